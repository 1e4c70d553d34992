package lab

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
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
	Server     HostView   // the lab's mail server
	Account    Account    // how the mail program is set up
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
	Raw     []byte // the message as it was handed to the client; only from Lab.Sent
	At      clock.Time
	Conn    uint32
	Outcome Outcome

	// Converted is the keyword of the extension for whose lack the message was sent in another encoding; "" for as it was.
	Converted string
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
	Sentence   string // "The server accepted the mail for pc2@email.com."
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
	Keywords  []string // what EHLO advertises on port 25 before TLS, one line each: "SIZE 10485760"
	Service   Service  // how its programs are set up
	Mailboxes []MailboxView
}

// Port is a port the server listens on.
type Port struct {
	Number int
	Proto  string // "SMTP"
	TLS    bool   // it comes first
	Login  bool   // nothing without it
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
	TLS            string // "TLS 1.3"; "" before its version is agreed on, and without
	Shaken         uint64 // the first event of its handshake; 0 when there is none
	Login          string // the mechanism of AUTH by which an SMTP client logged in, "" if it did not
	Chunks         bool   // a message, or a part of one, came by BDAT
	HandClient     bool   // a person is the client, at a terminal
	HandServer     bool   // a person is the server
}

// Wait is what the world waits for.
type Wait struct {
	Text    string        // "Nothing is going on. Click a PC to send a mail."
	Expects string        // what the client says then, if that is known: "DATA"
	In      time.Duration // lab time until the next event; 0 when there is none or it is due
	Idle    bool          // nothing is scheduled
}

// Hosts are the hosts in the order of the Spec.
func (l *Lab) Hosts() []HostView {
	views := make([]HostView, len(l.hosts))
	for i := range l.hosts {
		views[i] = l.view(&l.hosts[i])
	}
	return views
}

func (l *Lab) view(h *host) HostView {
	v := HostView{Host: *h.Host, LinkUp: h.net == nil || h.net.LinkUp()}
	for _, c := range l.conversations {
		if c.open && (c.client == h || c.server == h) {
			v.Busy = true
		}
	}
	if h.pc != nil {
		v.Unread = l.server.waiting(h.pc)
		for i := range h.pc.inbox {
			if !h.pc.inbox[i].Read {
				v.Unread++
			}
		}
	}
	return v
}

// PC is a PC's mail program; false when there is no such PC.
func (l *Lab) PC(id string) (PCView, bool) {
	h := l.host(id)
	if h == nil || h.pc == nil {
		return PCView{}, false
	}
	pc := h.pc
	return PCView{
		HostView: l.view(h), Server: l.view(l.server.host), Account: pc.account, Checking: pc.fetching != nil,
		Checked: pc.checked, CheckedAt: pc.checkedAt, CheckError: pc.checkError, Waiting: l.server.waiting(pc),
		Inbox: slices.Clone(pc.inbox), Sent: l.sent(pc),
	}, true
}

func (l *Lab) sent(pc *mailProgram) []Sent {
	views := make([]Sent, len(pc.sent))
	for i, s := range pc.sent {
		views[i] = l.sentView(i+1, s)
	}
	return views
}

func (l *Lab) sentView(n int, s *sending) Sent {
	v := Sent{N: n, Mail: *s.mail, At: s.at, Outcome: l.outcome(s), Converted: s.result.Converted}
	if s.conversation != nil {
		v.Conn = s.conversation.id
	}
	return v
}

// Inbox is mail n of a PC's inbox.
func (l *Lab) Inbox(id string, n int) (Received, bool) {
	if h := l.host(id); h != nil && h.pc != nil {
		if m := h.pc.mail(n); m != nil {
			return *m, true
		}
	}
	return Received{}, false
}

// Sent is sending n of a PC.
func (l *Lab) Sent(id string, n int) (Sent, bool) {
	h := l.host(id)
	if h == nil || h.pc == nil || n < 1 || n > len(h.pc.sent) {
		return Sent{}, false
	}
	s := h.pc.sent[n-1]
	v := l.sentView(n, s)
	out, _ := l.compose(h, s.mail, s.at, s.number, nil) // it could be composed when it was sent
	v.Raw = out.content
	return v, true
}

// Server is the mail server; false when that host is none.
func (l *Lab) Server(id string) (ServerView, bool) {
	s := l.server
	if id != s.host.ID {
		return ServerView{}, false
	}
	v := ServerView{
		HostView: l.view(s.host), Domain: l.spec.Domain, Keywords: s.relay.Keywords(), Service: *s.service,
	}
	for _, p := range ports {
		v.Ports = append(v.Ports, Port{Number: int(p.number), Proto: strings.ToUpper(p.proto.String()), TLS: p.first, Login: p.submit || p.proto == trace.POP3})
	}
	for drop := range s.store.Drops() {
		v.Mailboxes = append(v.Mailboxes, MailboxView{
			Address:  drop.Name() + "@" + l.spec.Domain,
			Messages: drop.Len(), Octets: drop.Octets(), Locked: drop.Locked(),
		})
	}
	return v, true
}

// Notices are the notices with numbers greater than after, oldest first.
func (l *Lab) Notices(after int) []Notice {
	var views []Notice
	for i := max(after, 0); i < len(l.notices); i++ {
		n := &l.notices[i]
		v := Notice{N: i + 1, Seq: n.seq, Host: n.host.ID, At: n.at, Good: !n.bad, Text: n.text, Sent: n.sent, Conn: n.conn}
		if n.sent > 0 {
			s := l.sentView(n.sent, n.host.pc.sent[n.sent-1])
			v.Outcome, v.Conn = s.Outcome, s.Conn
			v.Text, v.Good = s.Outcome.Sentence, s.Outcome.Progress == Accepted
		}
		views = append(views, v)
	}
	return views
}

// Conversations are all connections since the last reset, in the order of dialling.
func (l *Lab) Conversations() []Conversation {
	views := make([]Conversation, len(l.conversations))
	for i, c := range l.conversations {
		views[i] = l.conversationView(c)
	}
	return views
}

// Conversation is one connection.
func (l *Lab) Conversation(conn uint32) (Conversation, bool) {
	c := l.conversation(conn)
	if c == nil {
		return Conversation{}, false
	}
	return l.conversationView(c), true
}

func (l *Lab) conversation(conn uint32) *conversation {
	i, found := slices.BinarySearchFunc(l.conversations, conn, func(c *conversation, id uint32) int { return cmp.Compare(c.id, id) })
	if !found {
		return nil
	}
	return l.conversations[i]
}

func (l *Lab) conversationView(c *conversation) Conversation {
	v := Conversation{
		Conn: c.id, Proto: c.proto, Client: c.client.id(), Server: c.server.id(),
		ClientAddr: c.clientAddr, ServerAddr: c.serverAddr, Opened: c.opened, Closed: c.closed,
		Open: c.open, State: c.state, First: c.first, Last: c.last,
	}
	v.Outcome, v.Good = c.outcome()
	v.Shaken, v.Chunks = c.shaken, c.chunks
	v.HandClient, v.HandServer = c.byHand.client, c.byHand.server
	v.TLS, _, _ = strings.Cut(strings.TrimPrefix(c.lab.log.At(c.agreed).Note, serverHello), ";")
	if words := strings.Fields(string(c.lab.log.At(c.login).Raw)); len(words) > 1 {
		v.Login = strings.ToUpper(words[1])
	}
	return v
}

// outcome is how a conversation went, in a few words, and whether that is well.
func (c *conversation) outcome() (string, bool) {
	refusal := firstLine(c.lab.log.At(c.refused).Raw)
	switch {
	case c.open && refusal != "":
		return "in progress; refused: " + refusal, false
	case c.open:
		return "in progress", true
	case c.how != "closed" && c.accepted == 0:
		return c.how, false
	case c.accepted > 0 && refusal != "":
		return count(int(c.accepted), "message") + " accepted; refused: " + refusal, false
	case refusal != "":
		return "refused: " + refusal, false
	case c.accepted > 0:
		return count(int(c.accepted), "message") + " accepted", true
	case c.fetched > 0:
		return count(int(c.fetched), "message") + " fetched", true
	case c.proto == trace.POP3 && c.byHand.client: // who types may have deleted some
		return "no message fetched", true
	case c.proto == trace.POP3:
		return "no new message", true
	}
	return "no message", true
}

// firstLine is the first line of a reply without its CRLF, shortened to fit beside other words.
func firstLine(raw []byte) string {
	line, _, _ := strings.Cut(string(raw[:min(len(raw), 200)]), "\r\n")
	return shorten(line)
}
