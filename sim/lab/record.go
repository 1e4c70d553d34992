package lab

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"

	"smtplab/sim/clock"
	"smtplab/sim/dissect"
	"smtplab/sim/trace"
	"smtplab/sim/vnet"
)

// recorder is the lab's tap: it writes what the wire carries into the trace. Nothing else writes about
// conversations, so the trace cannot say what did not happen.
type recorder struct{ lab *Lab }

// conversation is what the lab remembers of a connection: which events are its, and how it went.
type conversation struct {
	lab            *Lab
	id             uint32
	proto          trace.Proto
	client, server *host
	clientAddr     netip.AddrPort
	serverAddr     netip.AddrPort
	opened, closed clock.Time
	first, last    uint64
	state          trace.State
	open           bool
	how            string // how it ended
	accepted       uint16 // messages, by SMTP
	fetched        uint16 // messages, by POP3
	shaken         uint64 // the first message of its TLS handshake; 0 while there was none
	agreed         uint64 // the ServerHello that settled its version
	asked          uint64 // the last AUTH command of SMTP
	login          uint64 // the one by which the client logged in
	chunks         bool   // a message, or a part of one, came by BDAT
	refused        uint64 // the first reply that refused something, of which later ones are consequences; 0 if none did
	byHand         struct{ client, server bool }
	dissector      dissect.Dissector // nil once it has ended
}

// The ports of the server.
const (
	smtpPort        = 25
	submissionPort  = 587 // RFC 6409
	submissionsPort = 465 // RFC 8314 §3.3
	pop3Port        = 110
	pop3sPort       = 995
)

func (r recorder) conversation(c *vnet.Connection) *conversation {
	if v, ok := c.Tap.(*conversation); ok {
		return v
	}
	l := r.lab
	v := &conversation{
		lab: l, id: c.ID, open: true, opened: l.clock.Now(),
		client: l.host(c.Client.Host().ID), server: l.host(c.Server.Host().ID),
		clientAddr: c.Client.AddrPort(), serverAddr: c.Server.AddrPort(),
	}
	v.proto = trace.TCP
	for _, port := range ports {
		if port.number == v.serverAddr.Port() && v.server == l.server.host {
			v.proto, v.dissector = port.proto, v.dissect(port)
		}
	}
	c.Tap = v
	l.conversations = append(l.conversations, v)
	return v
}

// dissect reads what goes over a port of the server, with the keys of its TLS, as an analyser that was given them.
func (v *conversation) dissect(port port) dissect.Dissector {
	inner := func(sink dissect.Sink) dissect.Dissector {
		if port.proto == trace.POP3 {
			return dissect.NewPOP3(sink, &v.lab.keys)
		}
		return dissect.NewSMTP(sink, &v.lab.keys)
	}
	if port.first {
		return dissect.NewTLS(v, &v.lab.keys, inner)
	}
	return inner(v)
}

// note appends an event of the conversation.
func (v *conversation) note(e *trace.Event) uint64 {
	e.At, e.Conn = v.lab.clock.Now(), v.id
	v.last = v.lab.log.Append(e)
	if v.first == 0 {
		v.first = v.last
	}
	return v.last
}

func (h *host) id() string {
	if h == nil {
		return ""
	}
	return h.ID
}

// Sent implements vnet.Tap.
func (r recorder) Sent(s *vnet.Segment) {
	v := r.conversation(s.From.Connection())
	e := trace.Event{Kind: trace.Segment, Proto: v.proto, From: v.client.id(), To: v.server.id(), Raw: s.Payload, Arrives: s.Arrives}
	if !s.From.IsClient() {
		e.From, e.To = e.To, e.From
	}
	if s.Flag != vnet.PSH {
		e.Proto, e.Note = trace.TCP, s.Flag.String()
	}
	if s.Repeated {
		e.Re = cmp.Or(r.lab.log.At(s.Ref).Re, s.Ref)
	}
	s.Ref = v.note(&e)
	switch {
	case s.Flag != vnet.PSH || s.Repeated || v.dissector == nil:
	case s.From.IsClient():
		v.dissector.Client(r.lab.log.Raw(s.Ref)) // the log's own octets, which last
	default:
		v.dissector.Server(r.lab.log.Raw(s.Ref))
	}
}

// Arrived implements vnet.Tap. The segment's event was written when it was sent, and its arrival changes nothing
// that a view shows but what the receiver then does.
func (r recorder) Arrived(*vnet.Segment) {}

// Lost implements vnet.Tap.
func (r recorder) Lost(s *vnet.Segment, why string) {
	v := r.conversation(s.From.Connection())
	v.note(&trace.Event{Kind: trace.Lost, Proto: trace.TCP, From: s.From.Host().ID, To: s.To().Host().ID, Re: s.Ref, Note: why})
}

// Opened implements vnet.Tap.
func (r recorder) Opened(c *vnet.Connection) {
	v := r.conversation(c)
	if v.dissector != nil {
		v.state = v.dissector.State()
	}
	v.note(&trace.Event{
		Kind: trace.Open, Proto: v.proto, From: v.client.id(), To: v.server.id(), After: v.state,
		Note: v.ports(),
	})
}

// ports is "49152 → 25".
func (v *conversation) ports() string {
	var buf [16]byte
	text := strconv.AppendUint(buf[:0], uint64(v.clientAddr.Port()), 10)
	text = append(text, " → "...)
	return string(strconv.AppendUint(text, uint64(v.serverAddr.Port()), 10))
}

// Ended implements vnet.Tap.
func (r recorder) Ended(c *vnet.Connection, how string) {
	v := r.conversation(c)
	if v.dissector != nil {
		v.dissector.Close()
		v.dissector = nil
	}
	r.lab.hungUp(v.id)
	v.open, v.how, v.closed = false, how, r.lab.clock.Now()
	before := v.state
	v.state = trace.Ended
	v.note(&trace.Event{
		Kind: trace.Close, Proto: v.proto, From: v.client.id(), To: v.server.id(), Note: how, Before: before, After: v.state,
	})
}

// Condition implements vnet.Tap.
func (r recorder) Condition(h *vnet.Host, what string) {
	r.lab.log.Append(&trace.Event{Kind: trace.Condition, At: r.lab.clock.Now(), From: h.ID, Note: what})
}

// Note implements dissect.Sink.
func (v *conversation) Note(fromClient bool, e trace.Event) uint64 {
	e.From, e.To = v.client.id(), v.server.id()
	if !fromClient {
		e.From, e.To = e.To, e.From
	}
	seq := v.note(&e)
	switch e.Kind {
	case trace.Reply:
		v.state = e.After
		if e.Code < 400 && (e.Verb == "BDAT" || e.Verb == trace.EOD) {
			v.chunks = v.chunks || says(v.lab.log.At(e.Re).Raw, "BDAT ")
		}
		v.judge(&e, seq)
	case trace.Command:
		if says(e.Raw, "AUTH ") {
			v.asked = seq
		}
	case trace.Handshake:
		v.shake(&e, seq)
	}
	return seq
}

// says reports whether a command begins so, in letters of either case.
func says(raw []byte, begin string) bool {
	return len(raw) > len(begin) && strings.EqualFold(string(raw[:len(begin)]), begin)
}

// shake keeps where TLS begins, and where its version is agreed on.
func (v *conversation) shake(e *trace.Event, seq uint64) {
	if v.shaken == 0 {
		v.shaken = seq
	}
	if strings.HasPrefix(e.Note, serverHello) {
		v.agreed = seq
	}
}

// serverHello is how package dissect begins to tell of one.
const serverHello = "ServerHello: "

// judge counts what a reply achieved.
func (v *conversation) judge(e *trace.Event, seq uint64) {
	switch {
	case e.Code == 235: // RFC 4954 §4
		v.login = v.asked
	case e.Code < 0 || e.Code >= 400:
		if v.refused == 0 {
			v.refused = seq
		}
	case e.Proto == trace.SMTP && e.Verb == trace.EOD && e.Code < 300:
		v.accepted++
	case e.Proto == trace.POP3 && e.Verb == "RETR":
		v.fetched++
	}
}

// NextTransaction implements dissect.Sink.
func (v *conversation) NextTransaction() uint32 {
	v.lab.transactions++
	return v.lab.transactions
}
