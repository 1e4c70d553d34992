package smtpclient

import (
	"bytes"
	"cmp"
	"time"

	"smtplab/sim/smtp"
)

// MaxOutput is the most that one call of Output returns, in octets.
const MaxOutput = 32 << 10

// leastOutput is room for the commands of most mails.
const leastOutput = 256

// Limits of what a client takes from a server. The line's is four times that of RFC 5321 §4.5.3.1.5.
const (
	maxLine  = 4 * smtp.MaxReplyLine
	maxLines = 256     // of one reply
	maxText  = 4 << 10 // octets of a reply's text that are kept
)

// Config is how a client behaves.
type Config struct {
	Hello    string   // the name for EHLO, "pc1.email.com", or an address literal, "[192.168.11.1]": RFC 5321 §4.1.3
	Pipeline bool     // say commands in groups if the server offers PIPELINING
	Timeouts Timeouts // zero fields mean DefaultTimeouts
	Spare    *[]byte  // memory that conversations hand on to each other, unless nil; they must not run concurrently
}

// Timeouts are how long to wait for the server, by what is awaited: RFC 5321 §4.5.3.2.
type Timeouts struct {
	Greeting time.Duration
	Command  time.Duration // EHLO, HELO, MAIL, RCPT, QUIT
	Data     time.Duration // DATA
	Block    time.Duration // the connection's readiness to take more of the message
	End      time.Duration // the end of the message
}

// DefaultTimeouts are the least that RFC 5321 §4.5.3.2 asks for.
var DefaultTimeouts = Timeouts{
	Greeting: 5 * time.Minute,
	Command:  5 * time.Minute,
	Data:     2 * time.Minute,
	Block:    3 * time.Minute,
	End:      10 * time.Minute,
}

// stage is what the conversation waits for the answer to.
type stage uint8

const (
	greeting stage = iota
	ehlo
	helo
	transaction // MAIL, RCPT and DATA; answered says which
	endOfData
	quit
	over
)

// Conversation is the client's end of one conversation, which sends one mail. Use New or Init.
type Conversation struct {
	cfg    *Config
	mail   Mail
	result Result
	stage  stage
	is8Bit bool // the content has octets that are not ASCII

	offers   offers
	said     int // of the transaction: MAIL, then a RCPT each, then DATA
	answered int
	accepted int // recipients

	line  []byte // of a reply, incomplete
	code  int    // of a reply whose last line is still to come, or 0
	lines int    // of that reply so far
	text  []byte // of those lines

	out     []byte
	taken   int    // octets of out that Output returned
	sending bool   // content is still to be sent
	content []byte // what is left of it
	dots    smtp.Stuffer
	leave   bool // QUIT is to be said after the content
}

// New returns the client's end of a new conversation. It fails, with one of the errors above, on what a client
// must not send: above all it never emits a bare CR or LF (RFC 5321 §2.3.8).
func New(cfg *Config, mail Mail) (*Conversation, error) {
	c := new(Conversation)
	if err := c.Init(cfg, mail); err != nil {
		return nil, err
	}
	return c, nil
}

// Init is New for a zero Conversation that is part of something else.
func (c *Conversation) Init(cfg *Config, mail Mail) error {
	if err := mail.check(); err != nil {
		return err
	}
	if cfg.Hello == "" || len(cfg.Hello) > smtp.MaxDomain || !isToken(cfg.Hello) {
		return ErrHello
	}
	c.cfg, c.mail, c.is8Bit = cfg, mail, is8Bit(mail.Content)
	c.out = c.borrow(min(max(leastOutput, len(mail.Content)+16), MaxOutput)) // 16 for the end and QUIT; many dots need more
	c.result.Recipients = make([]RecipientResult, len(mail.To))
	for i, to := range mail.To {
		c.result.Recipients[i].Path = to
	}
	return nil
}

// Open says that the connection is established: the client waits for the greeting.
func (c *Conversation) Open() {}

// Receive takes octets of the server, in any pieces. p is not kept.
func (c *Conversation) Receive(p []byte) {
	for len(p) > 0 && c.stage != over {
		end := bytes.IndexByte(p, '\n') + 1
		if end == 0 {
			end = len(p)
		}
		c.receiveLine(p[:end])
		p = p[end:]
	}
}

// receiveLine takes octets up to an LF, or as far as there are any.
func (c *Conversation) receiveLine(line []byte) {
	if len(c.line)+len(line) > maxLine {
		c.fail("The server sent a line without end.", Reply{})
		return
	}
	if len(c.line) > 0 || line[len(line)-1] != '\n' {
		c.line = append(c.line, line...)
		line = c.line
	}
	switch {
	case bytes.HasSuffix(line, crlf):
		c.replyLine(line[:len(line)-2])
		c.line = c.line[:0]
	case line[len(line)-1] == '\n':
		c.fail("The server ended a line with LF alone; SMTP lines end with CR LF.", Reply{})
	}
}

// replyLine takes in one line of a reply. A reply is complete, and acted upon, with the line that has a space
// after its code: RFC 5321 §4.2.1.
func (c *Conversation) replyLine(line []byte) {
	code, more, text, err := smtp.ParseReplyLine(line)
	if err != nil || c.code != 0 && code != c.code {
		c.fail("The server sent something that is no SMTP reply.", Reply{})
		return
	}
	if c.lines++; c.lines > maxLines {
		c.fail("The server sent a reply without end.", Reply{})
		return
	}
	switch {
	case c.stage == ehlo && code/100 == 2: // a list; its text is not kept
		if c.lines > 1 {
			c.offers.add(text)
		}
	case more || c.lines > 1:
		text = c.gather(text)
	}
	c.code = code
	if !more {
		c.code, c.lines, c.text = 0, 0, c.text[:0]
		c.reply(code, text)
	}
}

// gather collects the text of a reply of several lines.
func (c *Conversation) gather(line []byte) []byte {
	if c.lines > 1 {
		c.text = append(c.text, '\n')
	}
	c.text = append(c.text, line[:min(len(line), max(0, maxText-len(c.text)))]...)
	return c.text
}

// reply acts upon a reply. text is valid during the call.
func (c *Conversation) reply(code int, text []byte) {
	switch {
	case code == 421 && c.stage != quit: // RFC 5321 §3.8: at any time
		c.shutDown(keep(code, text))
	case c.stage == greeting:
		c.greeting(code, text)
	case c.stage == ehlo:
		c.ehlo(code, text)
	case c.stage == helo:
		c.helo(code, text)
	case c.stage == transaction:
		c.transaction(code, text)
	case c.stage == endOfData:
		c.endOfData(code, text)
	case c.stage == quit:
		c.finish()
	}
}

// keep makes a Reply of a reply that is worth keeping.
func keep(code int, text []byte) Reply {
	for i, b := range text {
		if (b < ' ' || b > '~') && b != '\n' {
			text = bytes.Clone(text)
			for j := i; j < len(text); j++ {
				if (text[j] < ' ' || text[j] > '~') && text[j] != '\n' {
					text[j] = '?'
				}
			}
			break
		}
	}
	return Reply{code, string(text)}
}

// Output returns octets to send now, at most MaxOutput of them, and nil when there are none. They are valid
// until the next call of any method.
func (c *Conversation) Output() []byte {
	if c.taken == len(c.out) {
		c.out, c.taken = c.out[:0], 0
		c.send()
	}
	out := c.out[c.taken:min(len(c.out), c.taken+MaxOutput)]
	if len(out) == 0 {
		return nil
	}
	c.taken += len(out)
	return out
}

// Closed reports whether the client ends the connection, once Output is sent.
func (c *Conversation) Closed() bool { return c.stage == over }

// Hangup says that the connection is gone. An acceptance that was received stands: RFC 5321 §4.2.5.
func (c *Conversation) Hangup() {
	c.fail("The connection was lost; the client was waiting for "+c.awaited()+".", Reply{})
	c.out, c.taken = nil, 0
	c.sending, c.leave = false, false
}

// Patience is how long the client waits for the server's next octets: RFC 5321 §4.5.3.2.
func (c *Conversation) Patience() time.Duration {
	t := &c.cfg.Timeouts
	switch {
	case c.stage == greeting:
		return cmp.Or(t.Greeting, DefaultTimeouts.Greeting)
	case c.sending:
		return cmp.Or(t.Block, DefaultTimeouts.Block)
	case c.stage == endOfData:
		return cmp.Or(t.End, DefaultTimeouts.End)
	case c.Expects() == smtp.DATA:
		return cmp.Or(t.Data, DefaultTimeouts.Data)
	}
	return cmp.Or(t.Command, DefaultTimeouts.Command)
}

// Expire says that the server was silent for that long: the client gives up.
func (c *Conversation) Expire() {
	c.fail("The server did not answer in time; the client was waiting for "+c.awaited()+".", Reply{})
}

// Result is what has come of the conversation. Its Recipients are not to be changed.
func (c *Conversation) Result() Result {
	r := c.result
	if !r.Done && r.Err == nil {
		r.Stage = c.Expects()
	}
	return r
}

// Expects is the verb whose answer the client waits for: EOD for the end of the data, "" for the greeting or when
// it is over.
func (c *Conversation) Expects() string {
	switch c.stage {
	case ehlo:
		return smtp.EHLO
	case helo:
		return smtp.HELO
	case transaction:
		return c.verb(c.answered)
	case endOfData:
		return smtp.EOD
	case quit:
		return smtp.QUIT
	}
	return ""
}

// Next is the verb that the client says next if all goes well: EOD for the message with its end, "" when it will
// say no more.
func (c *Conversation) Next() string {
	switch c.stage {
	case greeting:
		return smtp.EHLO
	case ehlo, helo:
		return smtp.MAIL
	case transaction:
		return c.verb(c.said)
	case endOfData:
		return smtp.QUIT
	}
	return ""
}

func (c *Conversation) awaited() string {
	switch verb := c.Expects(); verb {
	case "":
		return "the server's greeting"
	case smtp.EOD:
		return "the answer to the message, so nobody knows whether the server took it"
	default:
		return "the answer to " + verb
	}
}

// greeting acts upon the server's first words: RFC 5321 §3.1.
func (c *Conversation) greeting(code int, text []byte) {
	if code/100 != 2 {
		c.refuse("The server does not take mail now.", keep(code, text))
		c.quit()
		return
	}
	c.sayHello(smtp.EHLO)
	c.stage = ehlo
}

// endOfData acts upon the answer to the message. It settles the matter, for all recipients that were accepted.
func (c *Conversation) endOfData(code int, text []byte) {
	if c.accepted > 0 {
		c.result.Final = keep(code, text)
		if code/100 != 2 {
			c.refuse("The server did not take the message.", c.result.Final)
		}
	}
	c.quit()
}

// quit says goodbye, and waits for the server to do so: RFC 5321 §4.1.1.10.
func (c *Conversation) quit() {
	if c.result.Err == nil {
		c.result.Stage = smtp.EOD
	}
	c.leave = true
	c.stage = quit
}

// shutDown ends the conversation because the server says 421 and closes.
func (c *Conversation) shutDown(r Reply) {
	if c.stage == transaction && c.Expects() == smtp.RCPT {
		c.result.Recipients[c.answered-1].Reply = r
	}
	if c.stage == endOfData && c.accepted > 0 {
		c.result.Final = r
	}
	c.fail("The server ended the conversation.", r)
}

// refuse keeps the first reason why the mail is accepted for nobody.
func (c *Conversation) refuse(text string, r Reply) {
	if c.result.Err == nil {
		c.result.Stage = c.Expects()
		c.result.Err = &Failure{text, c.result.Stage, r}
	}
}

// fail ends the conversation at once: the other side cannot be understood or is not there. Commands that were said
// are still sent, but no more of the message, and not its end.
func (c *Conversation) fail(text string, r Reply) {
	switch c.stage {
	case over:
		return
	case quit: // the matter is settled
	default:
		c.refuse(text, r)
		c.sending, c.content = false, nil
	}
	c.finish()
}

// finish ends the conversation. A server that says goodbye before it can have read all still gets all.
func (c *Conversation) finish() {
	c.stage = over
	c.result.Done = true
	if c.cfg.Spare != nil && c.taken == len(c.out) && cap(c.out) <= maxSpare {
		*c.cfg.Spare, c.out, c.taken = c.out, nil, 0
	}
}

// maxSpare is how large memory may be that waits for the next conversation.
const maxSpare = 4 << 10

// borrow returns an empty slice with room for n octets.
func (c *Conversation) borrow(n int) []byte {
	if spare := c.cfg.Spare; spare != nil && cap(*spare) >= n {
		out := (*spare)[:0]
		*spare = nil
		return out
	}
	return make([]byte, 0, n)
}
