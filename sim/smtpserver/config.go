package smtpserver

import (
	"cmp"
	"net/netip"
	"time"

	"smtplab/sim/sasl"
	"smtplab/sim/smtp"
)

// The limits of a server whose Config names no others.
const (
	DefaultMaxSize         = 10 << 20           // octets of a message
	DefaultMaxRecipients   = smtp.MinRecipients // recipients of a message: the least that RFC 5321 §4.5.3.1.8 allows
	DefaultMaxErrors       = 20                 // mistakes in one conversation that are answered and forgiven
	DefaultMaxAuthFailures = 3                  // wrong passwords in one conversation that are answered
	DefaultPatience        = 5 * time.Minute    // RFC 5321 §4.5.3.2.7
)

// Config is what a server is like. A zero limit stands for its default. It must not change while a Session
// uses it.
type Config struct {
	Domain          string        // the server's name: "email.com"
	MaxSize         int64         // the largest message, in octets, without the Received field that is added
	MaxRecipients   int           // the most recipients of one message
	MaxTransactions int           // the most MAIL commands of one conversation; 0 for no limit
	MaxErrors       int           // mistakes that are forgiven; the next one is answered with 421
	MaxAuthFailures int           // wrong passwords that are; the next one is answered with 421
	FinalDelivery   bool          // mail ends here: Return-Path goes on top of every message (RFC 5321 §4.4)
	Patience        time.Duration // how long to wait for the client's next octets; negative for ever

	// Without are the extensions that are not offered: EHLO does not list them, and their commands and parameters are
	// not known. Without SIZE, MaxSize still holds, but nobody is told beforehand. SMTPUTF8 needs 8BITMIME
	// (RFC 6531 §3.1) and BINARYMIME needs CHUNKING (RFC 3030 §3), and go with them.
	Without smtp.Extensions

	StartTLS    bool     // STARTTLS is offered
	RequireTLS  bool     // nothing of consequence is done before TLS: RFC 3207 §4
	Auth        []string // the mechanisms of AUTH that are offered under TLS, in upper case
	AuthInClear []string // those that are offered without
	RequireAuth bool     // only clients that have proved who they are may send mail or look up names: RFC 4954 §6

	Lookup Lookup // what VRFY and EXPN tell

	offered *offered // remembers keywords; nil unless the Config is Ready
}

// Lookup is how much a server tells strangers about its mailboxes: RFC 5321 §3.5.3 and §7.3.
type Lookup uint8

// The policies for VRFY and EXPN.
const (
	Answer Lookup = iota // what the Host finds
	Vague                // 252, whatever is asked
	Off                  // 252 to VRFY, which every server knows (§4.5.1), and 502 to EXPN, which EHLO does not list then
)

func (c *Config) maxSize() int64       { return cmp.Or(c.MaxSize, DefaultMaxSize) }
func (c *Config) maxRecipients() int   { return cmp.Or(c.MaxRecipients, DefaultMaxRecipients) }
func (c *Config) maxErrors() int       { return cmp.Or(c.MaxErrors, DefaultMaxErrors) }
func (c *Config) maxAuthFailures() int { return cmp.Or(c.MaxAuthFailures, DefaultMaxAuthFailures) }

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

	// SASL knows the accounts that AUTH checks. Without any it is nil, and AUTH is not offered. It is asked only where
	// the Config names mechanisms.
	SASL() *sasl.Server

	// StartTLS is asked at STARTTLS whether TLS can begin now. A fault becomes 454 4.7.0 here.
	StartTLS() error

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
