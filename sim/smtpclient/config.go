package smtpclient

import (
	"cmp"
	"time"

	"smtplab/sim/smtp"
)

// Config is how a client behaves.
type Config struct {
	Hello    string          // the name for EHLO, "pc1.email.com", or an address literal, "[192.168.11.1]": RFC 5321 §4.1.3
	Without  smtp.Extensions // extensions that the client does without, whatever the server offers
	TLS      TLS             // whether the conversation goes on in TLS
	Login    *Login          // who the client is: it sends mail only once the server knows. nil for nobody in particular
	Chunking bool            // send messages with BDAT rather than DATA where the server takes it: RFC 3030
	Chunk    int             // octets of a chunk; 0 for DefaultChunk
	Timeouts Timeouts        // zero fields mean DefaultTimeouts
	Spare    *[]byte         // memory that conversations hand on to each other, unless nil; they must not run concurrently
}

// TLS is whether a client says STARTTLS: RFC 3207.
type TLS uint8

// A client that must have TLS sends no mail, and says no password, without. One that takes it where it is offered goes on
// in the clear where it is not, so that somebody on the way who takes the offer out of the server's list is not noticed.
const (
	TLSNever TLS = iota
	TLSIfOffered
	TLSRequired
)

// DefaultChunk is how large a chunk of a message is, in octets.
const DefaultChunk = 16 << 10

// Timeouts are how long to wait for the server, by what is awaited: RFC 5321 §4.5.3.2.
type Timeouts struct {
	Greeting time.Duration
	Command  time.Duration // EHLO, HELO, STARTTLS and the handshake, AUTH, MAIL, RCPT, RSET, QUIT
	Data     time.Duration // DATA
	Block    time.Duration // the connection's readiness to take more of the message, or the answer to a chunk
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

// Patience is how long the client waits for the server's next octets: RFC 5321 §4.5.3.2.
func (c *Conversation) Patience() time.Duration {
	t := &c.cfg.Timeouts
	switch {
	case c.stage == greeting:
		return cmp.Or(t.Greeting, DefaultTimeouts.Greeting)
	case c.sending:
		return cmp.Or(t.Block, DefaultTimeouts.Block)
	}
	switch c.Expects() {
	case smtp.EOD:
		return cmp.Or(t.End, DefaultTimeouts.End)
	case smtp.DATA:
		return cmp.Or(t.Data, DefaultTimeouts.Data)
	case smtp.BDAT:
		return cmp.Or(t.Block, DefaultTimeouts.Block)
	}
	return cmp.Or(t.Command, DefaultTimeouts.Command)
}
