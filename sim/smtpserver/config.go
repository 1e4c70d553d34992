package smtpserver

import (
	"cmp"
	"net/netip"
	"strconv"
	"time"

	"smtplab/sim/smtp"
)

// The limits of a server whose Config names no others.
const (
	DefaultMaxSize       = 10 << 20           // octets of a message
	DefaultMaxRecipients = smtp.MinRecipients // recipients of a message: the least that RFC 5321 §4.5.3.1.8 allows
	DefaultMaxErrors     = 20                 // mistakes in one conversation that are answered and forgiven
	DefaultPatience      = 5 * time.Minute    // RFC 5321 §4.5.3.2.7
)

// Config is what a server is like. A zero limit stands for its default. It must not change while a Session
// uses it.
type Config struct {
	Domain        string        // the server's name: "email.com"
	MaxSize       int64         // the largest message, in octets, without the Received field that is added
	MaxRecipients int           // the most recipients of one message
	MaxErrors     int           // mistakes that are forgiven; the next one is answered with 421
	FinalDelivery bool          // mail ends here: Return-Path goes on top of every message (RFC 5321 §4.4)
	Patience      time.Duration // how long to wait for the client's next octets; negative for ever

	// Extensions that are not offered. Without SIZE, MaxSize still holds, but nobody is told beforehand.
	NoSize, No8BitMIME, NoPipelining, NoEnhancedStatusCodes bool
}

func (c *Config) maxSize() int64     { return cmp.Or(c.MaxSize, DefaultMaxSize) }
func (c *Config) maxRecipients() int { return cmp.Or(c.MaxRecipients, DefaultMaxRecipients) }
func (c *Config) maxErrors() int     { return cmp.Or(c.MaxErrors, DefaultMaxErrors) }

// maxLine is the longest command line, CRLF included: the extensions make room for their parameters.
func (c *Config) maxLine(verb string) int {
	limit := smtp.MaxCommandLine
	if verb == smtp.MAIL && !c.NoSize {
		limit += smtp.MailLineSize
	}
	if verb == smtp.MAIL && !c.No8BitMIME {
		limit += smtp.MailLineBody
	}
	return limit
}

// longestLine is the largest value of maxLine.
const longestLine = smtp.MaxCommandLine + smtp.MailLineSize + smtp.MailLineBody

// Keywords are the lines of the reply to EHLO after its first: "SIZE 10485760".
func (c *Config) Keywords() []string { return c.appendKeywords(nil) }

// appendKeywords appends what is offered. EXPN and HELP are named since RFC 5321 §4.1.1.1 asks for every command
// that a server need not have (§4.5.1).
func (c *Config) appendKeywords(dst []string) []string {
	if !c.NoPipelining {
		dst = append(dst, smtp.ExtPipelining)
	}
	if !c.NoSize {
		var room [32]byte
		size := strconv.AppendInt(append(room[:0], smtp.ExtSize+" "...), c.maxSize(), 10)
		dst = append(dst, string(size))
	}
	if !c.No8BitMIME {
		dst = append(dst, smtp.Ext8BitMIME)
	}
	if !c.NoEnhancedStatusCodes {
		dst = append(dst, smtp.ExtEnhancedStatusCodes)
	}
	return append(dst, smtp.ExtExpn, smtp.ExtHelp)
}

// Host is what a Session cannot know by itself: policy and storage. A method refuses with a *smtp.Reply of 4yz
// or 5yz, which the client gets as it is; any other error is a fault of the host's and becomes 451 4.3.0.
type Host interface {
	// Mail is asked when a client wants to begin a transaction. The envelope has no recipients yet.
	Mail(env *smtp.Envelope) error

	// Rcpt is asked for each recipient. The envelope has those that were accepted before. A path without a
	// domain is <Postmaster>.
	Rcpt(env *smtp.Envelope, to smtp.Path) error

	// Verify looks up whom VRFY names. One line means that one, several that the name is ambiguous, and none
	// that the host does not say: 252.
	Verify(name string) ([]string, error)

	// Expand returns the members of a mailing list for EXPN, one a line, or none if the host does not say.
	Expand(list string) ([]string, error)

	// Stamp returns a name for a message that begins now, without spaces, and the time.
	Stamp() (id string, now time.Time)

	// Deliver takes a complete message: the trace fields and the client's octets, CRLF and all. Both arguments
	// belong to the host from then on. A nil error means that the message is stored: the client is told 250, and
	// the message must not be lost any more (RFC 5321 §6.1).
	Deliver(env *smtp.Envelope, content []byte) error
}

// NewSession returns the server's side of a conversation with a client at the address peer. Call Open when the
// connection is established.
func NewSession(cfg *Config, host Host, peer netip.Addr) *Session {
	s := new(Session)
	s.Init(cfg, host, peer)
	return s
}

// Init is NewSession for a zero Session that is part of something else.
func (s *Session) Init(cfg *Config, host Host, peer netip.Addr) {
	s.cfg, s.host, s.peer = cfg, host, peer
}
