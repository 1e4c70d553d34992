package pop3

import (
	"bytes"
	"slices"
	"strconv"
	"time"

	"smtplab/sim/smtp"
)

// Login is who the client says it is, and how.
//
// The zero values of all but User and Pass are POP3 as it was in 1996: USER and PASS, in the clear.
type Login struct {
	User, Pass string

	TLS        TLSPolicy
	NotInClear bool     // what lets others read the password is not said before TLS: USER and PASS, PLAIN and LOGIN
	Mechanisms []string // of AUTH, that may be used, by their names in package sasl; USER and PASS when the server has none of them
	Nonce      string   // what SCRAM takes for random: printable ASCII without a comma. Without one it is not used
}

// TLSPolicy says when a client goes on in TLS. It has no meaning where TLS came first.
type TLSPolicy uint8

const (
	TLSNever     TLSPolicy = iota // even if it is offered
	TLSIfOffered                  // which anybody on the way can prevent
	TLSRequired                   // or the client does not log in
)

// Plan is what a client should do with the maildrop. The zero Plan fetches everything and deletes nothing.
type Plan struct {
	Known       func(uid string) bool // messages that need not be fetched; nil for none
	Delete      []string              // unique-ids of messages to delete, which are not fetched
	MaxMessages int                   // fetch at most so many; 0 for any number
	MaxOctets   int64                 // give up when a message exceeds this; 0 means 64 MiB
	Patience    time.Duration         // lab time to wait for the server; 0 means one minute
	NoUTF8      bool                  // UTF8 is not said, even if it is offered: RFC 6856
}

// Result is what came of a conversation: so far, until it is Done.
type Result struct {
	Done     bool
	Messages []Fetched // in the order of the maildrop
	Waiting  int       // messages on the server that are neither known nor fetched nor to be deleted
	Deleted  []string  // unique-ids of the messages that the server has removed, which it confirms at QUIT only
	Gone     []string  // unique-ids that were to be deleted and are not on the server
	Err      error     // what went wrong, a *Failure; nil when all went well
}

// Fetched is a message as the server sent it, without byte-stuffing.
type Fetched struct {
	UID     string
	Content []byte
}

// Failure is what went wrong, in words meant for the person at the PC.
type Failure struct {
	Text  string // a sentence
	Reply string // the reply that decided, as "-ERR [AUTH] wrong password"; "" for none
}

// Error is the sentence with the reply.
func (f *Failure) Error() string {
	if f.Reply == "" {
		return f.Text
	}
	return f.Text + " It said: " + f.Reply
}

// Limits of what a client takes from a server, whatever the server says of itself.
const (
	maxFetched = 64 << 20 // octets of a message, unless the plan says otherwise
	maxEntries = 100_000  // lines of a listing
	window     = 16       // commands under way when the server takes them pipelined
)

// Client is a PC's end of one conversation: it fetches what is not known, leaves mail on the server, and deletes
// only what it was told to. Use NewClient.
//
// It says CAPA; perhaps STLS, and CAPA again; UTF8 if it is offered, and AUTH or USER, PASS; STAT, UIDL; RETR and
// DELE as planned; QUIT. Commands of a group go out together if the server offers PIPELINING, else each waits for the
// answer to the one before.
type Client struct {
	login  Login
	plan   Plan
	result Result

	steps    []step // the commands, as far as they are planned
	said     int    // of steps, sent
	answered int    // of steps, answered completely
	greeted  bool
	tls      tlsPhase
	early    []byte // what came behind +OK to STLS
	offer    offer
	exchange *exchange // of AUTH
	over     bool

	line    []byte  // octets of a line that is not complete
	listing bool    // lines of a multi-line answer follow
	entries []entry // of UIDL's
	reading bool    // a message follows
	text    smtp.DataReader
	content []byte   // of that message so far
	doomed  []string // marked by DELE

	out   []byte // commands
	taken int    // octets of them that Output returned
}

// step is a command, and the message that it is about.
type step struct {
	verb string
	entry
}

// entry is a line of UIDL's answer.
type entry struct {
	number int
	uid    string
}

// NewClient returns the client's end of a new conversation.
func NewClient(login Login, plan Plan) *Client {
	return &Client{login: login, plan: plan, steps: make([]step, 0, 8)}
}

// Result is what has come of the conversation.
func (c *Client) Result() Result { return c.result }

// Open says that the connection is established: the client waits for the greeting.
func (c *Client) Open() {
	if !c.login.speakable() {
		c.fail("The user name or the password is empty, too long, or has characters that POP3 cannot carry.", nil)
	}
}

// Output returns the commands to send now, at most MaxOutput octets of them, and nil when there are none. They
// are valid until the next call of any method.
func (c *Client) Output() []byte {
	out := c.out[c.taken:min(len(c.out), c.taken+MaxOutput)]
	c.taken += len(out)
	if len(out) == 0 {
		c.out, c.taken = c.out[:0], 0
		return nil
	}
	return out
}

// goOn says the commands that may be said now. They are said when the answer before them is read, not when they
// are taken for sending, so that how the server's octets are cut makes no difference.
func (c *Client) goOn() {
	for c.mayGoOn() {
		c.say(c.steps[c.said])
		c.said++
	}
}

// mayGoOn reports whether the next command may be said before more is answered. QUIT waits for everything, so
// that nothing is deleted before all is well.
func (c *Client) mayGoOn() bool {
	underWay := c.said - c.answered
	switch {
	case c.over || c.said == len(c.steps):
		return false
	case underWay == 0:
		return true
	}
	return c.offer.pipelining && underWay < window && c.steps[c.said].verb != "QUIT"
}

func (c *Client) say(s step) {
	c.out = append(c.out, s.verb...)
	switch s.verb {
	case "AUTH":
		c.sayMechanism()
	case "USER":
		c.out = append(append(c.out, ' '), c.login.User...)
	case "PASS":
		c.out = append(append(c.out, ' '), c.login.Pass...)
	case "RETR", "DELE":
		c.out = strconv.AppendInt(append(c.out, ' '), int64(s.number), 10)
	}
	c.out = append(c.out, '\r', '\n')
}

// Expects is the verb whose answer the client waits for; "" for the greeting, or when it is over.
func (c *Client) Expects() string {
	if c.over || c.answered == len(c.steps) {
		return ""
	}
	return c.steps[c.answered].verb
}

// Closed reports whether the client ends the connection, once Output is sent.
func (c *Client) Closed() bool { return c.over }

// Patience is how long the client waits for the server's next octets.
func (c *Client) Patience() time.Duration {
	if c.plan.Patience > 0 {
		return c.plan.Patience
	}
	return time.Minute
}

// Expire says that the server was silent for that long: the client gives up.
func (c *Client) Expire() {
	c.fail("The server did not answer in time; the client was waiting for "+c.awaited()+".", nil)
}

// Hangup says that the connection is gone.
func (c *Client) Hangup() {
	if c.Expects() == "QUIT" && len(c.doomed) == 0 {
		c.finish() // a server that is in a hurry, nothing is lost
		return
	}
	c.fail("The connection was lost; the client was waiting for "+c.awaited()+".", nil)
}

func (c *Client) awaited() string {
	if c.tls == goAhead || c.tls == handshake {
		return "TLS to begin"
	}
	if verb := c.Expects(); verb != "" {
		return "the answer to " + verb
	}
	return "the server's greeting"
}

// finish ends the conversation.
func (c *Client) finish() { c.over, c.result.Done = true, true }

// fail ends the conversation at once: the other side cannot be understood or is not there.
func (c *Client) fail(text string, reply []byte) {
	if !c.over {
		c.note(text, reply)
		c.finish()
		c.line, c.content, c.entries = nil, nil, nil
	}
}

// giveUp ends the conversation politely: no more commands but QUIT.
func (c *Client) giveUp(text string, reply []byte) {
	c.note(text, reply)
	c.steps = append(c.steps[:c.said], step{verb: "QUIT"})
}

// note keeps the first thing that went wrong.
func (c *Client) note(text string, reply []byte) {
	if c.result.Err == nil {
		c.result.Err = &Failure{Text: text, Reply: visible(reply)}
	}
}

// visible makes a reply fit to be shown: printable ASCII.
func visible(reply []byte) string {
	reply = bytes.Clone(reply)
	for i, b := range reply {
		if b < ' ' || b > '~' {
			reply[i] = '?'
		}
	}
	return string(reply)
}

// next plans commands.
func (c *Client) next(verbs ...string) {
	for _, verb := range verbs {
		c.steps = append(c.steps, step{verb: verb})
	}
}

// planTransfer decides, once UIDL has told what there is, what to fetch and what to delete.
func (c *Client) planTransfer() {
	seen := make(map[string]bool, len(c.entries))
	doomed := make(map[string]bool, len(c.plan.Delete))
	for _, uid := range c.plan.Delete {
		doomed[uid] = true
	}
	var deletions []step
	fetches := 0
	for _, e := range c.entries {
		switch {
		case seen[e.uid]: // RFC 1939 §7: the same unique-id means the same message
		case doomed[e.uid]:
			deletions = append(deletions, step{"DELE", e})
		case c.plan.Known == nil || !c.plan.Known(e.uid):
			c.result.Waiting++
			if fetches < c.plan.MaxMessages || c.plan.MaxMessages <= 0 {
				c.steps = append(c.steps, step{"RETR", e})
				fetches++
			}
		}
		seen[e.uid] = true
	}
	for _, uid := range c.plan.Delete {
		if !seen[uid] { // perhaps the answer to an earlier QUIT was lost
			c.result.Gone = append(c.result.Gone, uid)
		}
	}
	c.entries = nil
	c.steps = slices.Concat(c.steps, deletions)
	c.next("QUIT")
}
