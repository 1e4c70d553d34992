package lab

import (
	"net/netip"
	"time"

	"smtplab/sim/clock"
	"smtplab/sim/trace"
)

// The views are plain values for whoever draws the lab. They are computed when asked for and hold no
// reference into the lab, except to immutable bytes.

// HostView is a host as the map shows it.
type HostView struct {
	Host
	LinkUp bool
	Unread int  // PCs: mails fetched and not yet read, plus mails waiting on the server
	Busy   bool // takes part in a conversation that is open now
}

// PCView is a PC's mail program.
type PCView struct {
	HostView
	Server     HostView // its mail server
	SMTPPort   int
	POP3Port   int
	Login      string
	Checking   bool       // a fetch is under way
	CheckedAt  clock.Time // when the mail was last fetched; meaningful when Checked
	Checked    bool
	CheckError string     // why the last fetch failed, as a sentence; "" if it did not
	Waiting    int        // mails on the server that were not fetched yet
	Inbox      []Received // oldest first
	Sent       []Sent     // oldest first
}

// Received is a mail that a PC has fetched.
type Received struct {
	N         int // from 1 in this inbox; stays when others are deleted
	Raw       []byte
	At        clock.Time // when it was fetched
	Read      bool
	Deleting  bool
	UID       string // the POP3 unique-id, which is also the id in the server's 250 reply
	FetchedBy uint32 // the POP3 connection that fetched it
	BroughtBy uint32 // the SMTP connection that delivered it to the server; 0 if that is not known any more
}

// Sent is a mail that a PC sent or tried to send.
type Sent struct {
	N       int // from 1 on this PC
	Mail    Mail
	Raw     []byte // the message as it was handed to the client
	At      clock.Time
	Conn    uint32
	Outcome Outcome
}

// Progress is how far a sending has come.
type Progress uint8

// A sending is under way, or it was accepted for all, for some, or for no recipient.
const (
	Sending Progress = iota
	Accepted
	PartlyAccepted
	Failed
)

// Outcome is what became of a sending, in the words of the pop-up.
type Outcome struct {
	Progress   Progress
	Sentence   string // "The server accepted your mail for pc2@email.com."
	Advice     string // on failure, what to do about it
	Reply      string // the reply that decided, as it was on the wire, first line: "250 2.0.0 Accepted as 4F1A"; "" when there was none
	Seq        uint64 // the event of that reply; 0 when there was none
	Recipients []Recipient
}

// Recipient is what the server said of one recipient.
type Recipient struct {
	Address  string
	Accepted bool
	Reply    string
}

// Notice is a pop-up that was shown, kept.
type Notice struct {
	N       int    // from 1 in the lab
	Seq     uint64 // the newest event when it appeared: who has seen events up to here or later has seen it
	Host    string
	At      clock.Time
	Good    bool
	Text    string // one sentence
	Sent    int    // the sending that it reports (Sent.N on Host), or 0
	Conn    uint32
	Outcome Outcome
}

// ServerView is what the server's dialog shows.
type ServerView struct {
	HostView
	Domain    string
	Ports     []Port
	Keywords  []string // what EHLO advertises, one line each: "SIZE 10485760"
	Mailboxes []MailboxView
}

// Port is a port the server listens on.
type Port struct {
	Number int
	Proto  string // "SMTP"
}

// MailboxView is one mailbox of the server.
type MailboxView struct {
	Address  string
	Messages int
	Octets   int64
	Locked   bool // a POP3 conversation has it open
}

// Conversation is one connection, as a group of lines.
type Conversation struct {
	Conn           uint32
	Proto          trace.Proto
	Client, Server string // host ids
	ClientAddr     netip.AddrPort
	ServerAddr     netip.AddrPort
	Opened, Closed clock.Time
	Open           bool
	State          trace.State
	First, Last    uint64 // events
	Outcome        string // "1 message accepted", "refused: 550", "reset", "in progress"
	Good           bool
}

// Wait is what the world waits for.
type Wait struct {
	Text    string        // "Nothing is going on. Click a PC to send a mail."
	Expects string        // the verb or code that comes next, if one is known: "DATA"
	In      time.Duration // lab time until the next event; 0 when there is none or it is due
	Idle    bool          // nothing is scheduled
}
