// Package trace is the lab's one ordered record of what happened: immutable numbered events that every view
// (map, dialogue, inbox, checks, exports) is computed from. It holds words, not behaviour: it knows no host,
// no engine and no clock but the time it is told.
//
// The bytes in it were tapped from the wire. For a conversation in the clear, the Raw of its Command, Response, Reply
// and Data events, joined in order for each direction, are exactly the octets that the pipe carried. Where TLS
// protects it they are what TLS carried, and the pipe's own octets are in its Segment events. Nothing is retold by
// the code that sent it.
package trace

import (
	"slices"

	"smtplab/sim/clock"
)

// Kind says what sort of thing happened.
type Kind uint8

// The kinds of event. Command, Response, Reply and Data are what people read; Segment is what the wire carried them in.
const (
	Action    Kind = iota + 1 // a person did something; Note says what
	Open                      // a connection was established, as the client saw it; Note is "port → port"
	Segment                   // octets (Raw), or a flag (Note: SYN, SYN-ACK, ACK, FIN, RST; then Proto is TCP), left From for To
	Lost                      // a segment (Re) did not arrive; Note says why
	Command                   // one command line of the client, CRLF included
	Reply                     // one reply of the server, all its lines, CRLF included
	Data                      // part of a message in transit: the octets of one chunk
	Store                     // a message was put in a mailbox; Note is "mailbox message-id"
	Condition                 // the world changed: a link was cut or restored, a setting altered
	Close                     // a connection ended; Note says how
	Reset                     // the lab began again; everything before it is gone
	Response                  // one line by which the client answers a challenge of AUTH, CRLF included
	Handshake                 // a message by which TLS is set up, changed or ended; Note says what it holds
)

// Proto is the protocol that an event belongs to.
type Proto uint8

// The protocols. TCP events are the connection itself; Lab events belong to no conversation.
const (
	Lab Proto = iota
	TCP
	SMTP
	POP3
	TLS
)

// State is where a conversation stands. Its names are those of the standards: RFC 5321 §4.1.4 and RFC 1939 §3.
type State uint8

// The states of an SMTP conversation, then those of a POP3 one.
const (
	NoState        State = iota
	Connected            // SMTP: waiting for the greeting, or for EHLO
	Greeted              // SMTP: EHLO or HELO was accepted; no mail transaction
	MailGiven            // SMTP: MAIL was accepted
	RcptGiven            // SMTP: at least one RCPT was accepted
	InData               // SMTP: 354 was said; octets are the message
	InChunks             // SMTP: a chunk was accepted (RFC 3030), and it was not the last
	Authenticating       // SMTP, POP3: a challenge was given (RFC 4954 §4, RFC 5034 §4); the next line answers it
	Authorization        // POP3
	Transaction          // POP3
	Update               // POP3
	Ended                // the server said goodbye, or the connection is gone
)

// Event is one thing that happened. Events are numbered from 1 in the order they happened and never change.
type Event struct {
	Seq   uint64
	At    clock.Time
	Kind  Kind
	Proto Proto
	Conn  uint32 // the connection it belongs to, from 1; 0 for none
	From  string // host id; for what is sent, the sender
	To    string // host id

	Raw  []byte // tapped octets; never to be modified
	Note string // words, for the kinds that carry no octets; of a Handshake "ClientHello: TLS 1.3; for email.com"

	Secure bool // the wire carried it encrypted

	Verb     string // Command: its verb in upper case, "" if there is none; Reply: that of the command answered, EOD for the end of the data, be it the dot or the last chunk, "" for a greeting or a reply to nothing; Response: AUTH; Data of a chunk: BDAT
	Code     int    // Reply: the SMTP code; POP3: 1 for +OK, -1 for -ERR, 0 for a challenge, 0 for the + of a challenge
	Enhanced string // Reply: the enhanced status code, as "2.1.5", or ""
	Re       uint64 // Reply, Data of a POP3 server: Seq of the command, the Response or the last Data answered; Data of a chunk: of its BDAT; Lost: of the segment; Segment: of the one that it repeats, as it was first sent
	Tx       uint32 // the mail transaction it belongs to, from 1 in each lab; 0 for none
	Before   State  // Reply, Command and Response: the state in which it was said
	After    State  // Reply: the state that it leads to

	Arrives clock.Time // Segment: when it reaches its receiver, unless that is gone by then or a Lost event says otherwise
}

var kindNames = [...]string{"", "action", "open", "segment", "lost", "command", "reply", "data", "store", "condition", "close", "reset", "response", "handshake"}

// String is the kind's name in exports and class names: "command".
func (k Kind) String() string { return kindNames[k] }

// KindNames are the names of all kinds, in their order.
func KindNames() []string { return slices.Clone(kindNames[1:]) }

var protoNames = [...]string{"lab", "tcp", "smtp", "pop3", "tls"}

// String is the protocol's name in lower case: "smtp".
func (p Proto) String() string { return protoNames[p] }

// ProtoNames are the names of all protocols, in their order.
func ProtoNames() []string { return slices.Clone(protoNames[:]) }

var stateNames = [...]string{"", "connected", "greeted", "MAIL given", "RCPT given", "in the data", "in chunks", "authenticating", "AUTHORIZATION", "TRANSACTION", "UPDATE", "ended"}

// String is the state's name for people: "RCPT given".
func (s State) String() string { return stateNames[s] }

// Line reports whether e is something people read in the dialogue: what client or server said, or a part of a message.
func (e *Event) Line() bool {
	return e.Kind == Command || e.Kind == Response || e.Kind == Reply || e.Kind == Data
}
