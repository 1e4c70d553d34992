package smtpclient

import (
	"smtplab/sim/smtp"
)

// MaxOutput is the most that one call of Output returns, in octets.
const MaxOutput = 32 << 10

// leastOutput is room for the commands of most mails.
const leastOutput = 256

// stage is what the conversation waits for.
type stage uint8

const (
	greeting stage = iota
	ehlo
	helo
	startTLS
	auth
	transaction // MAIL, RCPT, DATA and BDAT; answered says which
	endOfData
	quit
	goAhead   // TLS, which begins once the driver knows
	handshake // its end
	over
)

// Conversation is the client's end of one conversation, which sends one mail. Use New or Init.
type Conversation struct {
	cfg     *Config
	mail    Mail
	message []byte // the mail's content as it is sent here: see body.go
	octets  octets // what it is made of
	utf8    bool   // an address is not ASCII
	result  Result
	stage   stage

	early  []byte    // what came behind the go-ahead for TLS
	login  *exchange // while AUTH goes on
	offers offers

	said     int  // of the transaction: its places, see verb
	answered int  // likewise
	rcpts    int  // RCPT commands in the transaction
	chunks   int  // BDAT commands in the transaction, 0 when it has DATA
	accepted int  // recipients, in the transaction
	mails    int  // transactions so far
	open     bool // the server has a transaction that was begun and not ended
	waiting  int  // recipients that the server is still to be told
	toSay    int  // where in the result's Recipients to look for the next
	toAnswer int  // likewise, for the next whose answer is awaited
	taken    int  // recipients for whom the server took the message

	line  []byte // of a reply, incomplete
	code  int    // of a reply whose last line is still to come, or 0
	lines int    // of that reply so far
	text  []byte // of those lines

	out     []byte
	sent    int    // octets of out that Output returned
	sending bool   // content is still to be sent
	content []byte // what is left of it, or of the chunk
	dots    smtp.Stuffer
	leave   bool // QUIT is to be said after the content
}

// New returns the client's end of a new conversation. It fails, with one of the errors above, on what a client
// must not send: above all it never emits a bare CR or LF (RFC 5321 §2.3.8) unless the mail is Binary.
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
	if cfg.Hello == "" || len(cfg.Hello) > smtp.MaxDomain || !isToken(cfg.Hello) || !isASCII(cfg.Hello) {
		return ErrHello
	}
	if err := cfg.Login.check(); err != nil {
		return err
	}
	c.cfg, c.mail, c.message = cfg, mail, mail.Content
	c.octets, c.utf8 = octetsOf(mail.Content, mail.Binary), mail.isInternational()
	c.out = c.borrow(min(max(leastOutput, len(mail.Content)+16), MaxOutput)) // 16 for the end and QUIT; many dots need more
	c.waiting = len(mail.To)
	c.result.Recipients = make([]RecipientResult, len(mail.To))
	for i, to := range mail.To {
		c.result.Recipients[i].Path = to
	}
	return nil
}

// Open says that the connection is established: the client waits for the greeting.
func (c *Conversation) Open() {}

// Output returns octets to send now, at most MaxOutput of them, and nil when there are none. They are valid
// until the next call of any method.
func (c *Conversation) Output() []byte {
	if c.sent == len(c.out) {
		c.out, c.sent = c.out[:0], 0
		c.send()
	}
	out := c.out[c.sent:min(len(c.out), c.sent+MaxOutput)]
	if len(out) == 0 {
		return nil
	}
	c.sent += len(out)
	return out
}

// Closed reports whether the client ends the connection, once Output is sent.
func (c *Conversation) Closed() bool { return c.stage == over }

// Hangup says that the connection is gone. An acceptance that was received stands: RFC 5321 §4.2.5.
func (c *Conversation) Hangup() {
	c.fail("The connection was lost; the client was waiting for "+c.awaited()+".", Reply{})
	c.out, c.sent = nil, 0
	c.sending, c.leave = false, false
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

// Expects is the verb whose answer the client waits for: EOD for the end of the data, in whatever way it was sent,
// STARTTLS for TLS itself too, "" for the greeting or when it is over.
func (c *Conversation) Expects() string {
	switch c.stage {
	case ehlo:
		return smtp.EHLO
	case helo:
		return smtp.HELO
	case startTLS, goAhead, handshake:
		return smtp.STARTTLS
	case auth:
		return smtp.AUTH
	case transaction:
		if c.isLastChunk(c.answered) {
			return smtp.EOD
		}
		return c.verb(c.answered)
	case endOfData:
		return smtp.EOD
	case quit:
		return smtp.QUIT
	}
	return ""
}

// Next is the verb that the client says next if all goes well: EOD for the message with its end, "" when it will
// say no more, or cannot know.
func (c *Conversation) Next() string {
	switch c.stage {
	case greeting:
		return smtp.EHLO
	case ehlo, helo:
		switch {
		case !c.result.Secure && c.cfg.TLS != TLSNever && c.stage == ehlo:
			return smtp.STARTTLS
		case c.cfg.Login != nil:
			return smtp.AUTH
		}
		return smtp.MAIL
	case startTLS, goAhead, handshake:
		return smtp.EHLO
	case transaction:
		if c.chunks > 0 && c.said > c.rcpts+c.chunks {
			return smtp.QUIT
		}
		return c.verb(c.said)
	case endOfData:
		return smtp.QUIT
	}
	return ""
}

func (c *Conversation) awaited() string {
	if c.stage == handshake || c.stage == goAhead {
		return "TLS to begin"
	}
	switch verb := c.Expects(); verb {
	case "":
		return "the server's greeting"
	case smtp.EOD:
		return "the answer to the message, so nobody knows whether the server took it"
	default:
		return "the answer to " + verb
	}
}

// quit says goodbye, and waits for the server to do so: RFC 5321 §4.1.1.10.
func (c *Conversation) quit() {
	c.settle()
	c.leave = true
	c.stage = quit
}

// shutDown ends the conversation because the server says 421 and closes.
func (c *Conversation) shutDown(r Reply) {
	switch c.Expects() {
	case smtp.RCPT:
		c.nextAnswered().Reply = r
	case smtp.EOD:
		c.conclude(r.Code, []byte(r.Text))
	}
	c.fail("The server ended the conversation.", r)
}

// misfit ends the conversation because a reply does not fit what it answers.
func (c *Conversation) misfit(r Reply) {
	c.fail("The server gave an answer that does not fit the command "+c.Expects()+".", r)
}

// refuse keeps the first reason why the mail is accepted for nobody, or for nobody else.
func (c *Conversation) refuse(text string, r Reply) { c.refuseAt(c.Expects(), text, r) }

func (c *Conversation) refuseAt(verb, text string, r Reply) {
	switch {
	case c.stopped():
	case c.taken > 0:
		c.result.Left = &Failure{text, verb, r}
	default:
		c.result.Stage = verb
		c.result.Err = &Failure{text, verb, r}
	}
}

// stopped reports whether there is such a reason, so that nothing more is begun.
func (c *Conversation) stopped() bool { return c.result.Err != nil || c.result.Left != nil }

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
	c.settle()
	c.stage = over
	c.result.Done = true
	if c.cfg.Spare != nil && c.sent == len(c.out) && cap(c.out) <= maxSpare {
		*c.cfg.Spare, c.out, c.sent = c.out, nil, 0
	}
}

// settle notes that the outcome will not change any more.
func (c *Conversation) settle() {
	c.result.settled = true
	if c.result.Err == nil {
		c.result.Stage = smtp.EOD
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
