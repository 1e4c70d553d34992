package lab

import (
	"io"
	"net/netip"
	"slices"
	"strings"

	"smtplab/sim/vnet"
)

// A line is an end of a connection that is used by actions: by a real program outside, through the gateway, or by hand,
// by a person at a PC's terminal or in the server's place. It is spoken over and ended by actions, and a client's is opened
// by one, so a replay says the same at the same moments. Both ends of a connection may be lines.
//
// What arrives from outside waits until whoever uses the line takes it (Arrived), which changes nothing in the lab; only
// that it was read makes room for more (Took), so that is an action again. A person reads at once, on the wire: nothing
// waits.
type line struct {
	lab  *Lab
	host *host
	end  *vnet.End

	arrived  []byte // and not taken
	fresh    bool   // it is among the lab's news
	opened   bool
	finished bool // nothing more will be said
	ended    bool // nothing more will arrive
	err      error
}

// LineState is what a line is like.
type LineState struct {
	Open     bool  // the connection is established
	Finished bool  // nothing more will be said
	Ended    bool  // nothing more will arrive than what has
	Err      error // why, unless the other side closed in good order: vnet.ErrRefused and the like
	Room     int   // octets that can be said now
}

// The host from which real programs come. It joins the network with the first of them. Its address is one that is set
// aside for examples: RFC 5737.
const (
	OutsideID   = "outside"
	outsideName = "Outside"
)

var outsideIP = netip.AddrFrom4([4]byte{203, 0, 113, 1})

// How many lines there are at a time.
const (
	MaxLines     = 64 // in a lab
	MaxTerminals = 8  // of one PC
)

// joinOutside makes the host Outside known, if it is not.
func (l *Lab) joinOutside() *host {
	if h := l.host(OutsideID); h != nil {
		return h
	}
	h := &Host{ID: OutsideID, Name: outsideName, Kind: Outside, IP: outsideIP, MAC: "02:00:5e:00:53:01", Link: DefaultLink}
	l.hosts = append(l.hosts, host{Host: h, net: l.net.AddHost(h.ID, h.IP, vnet.Link(h.Link))}) // build made room for it
	here := &l.hosts[len(l.hosts)-1]
	recorder{l}.Condition(here.net, "joined the network")
	return here
}

// checkConnect says whether a line can be opened.
func (l *Lab) checkConnect(a *Action) error {
	h := l.host(a.Host)
	switch {
	case h == nil && a.Host == OutsideID:
	case h == nil || h.net == nil || h.Kind == Server:
		return mistake("", "unknown_host", "There is no host “%s” in this lab that can open a connection.", shorten(a.Host))
	}
	if _, err := l.target(h, a.Target); err != nil {
		return err
	}
	if a.N < 1 || a.N > 0xFFFF {
		return mistake("port", "bad_port", "A port is a number from 1 to 65535.")
	}
	if len(l.lines) >= MaxLines {
		return mistake("", "limit", "%d connections are open from outside or by hand, which is the limit.", MaxLines)
	}
	if h != nil && h.Kind == PC && l.lineCount(h) >= MaxTerminals {
		return mistake("", "limit", "%s has %d terminals open, which is the limit. Close one of them first.", h.Name, MaxTerminals)
	}
	return nil
}

func (l *Lab) lineCount(h *host) (n int) {
	for _, line := range l.lines {
		if line.host == h {
			n++
		}
	}
	return n
}

// target is the address that a person at a host means: by an IPv4 address, a host's id or name, the name by which a PC
// introduces itself, or the mail domain. Nothing stands for the server.
func (l *Lab) target(from *host, text string) (netip.Addr, error) {
	text = strings.TrimSpace(text)
	to, err := netip.ParseAddr(text)
	switch {
	case text == "" || strings.EqualFold(text, l.spec.Domain):
		return l.server.host.IP, nil
	case err == nil && !to.Is4():
		return to, mistake("target", "bad_address", "“%s” is an IPv6 address; this network has IPv4 only, as 192.168.11.4 is.", shorten(text))
	case err != nil:
		h := l.named(text)
		switch {
		case strings.EqualFold(text, "localhost") && from != nil:
			to = from.IP
		case h == nil:
			return to, mistake("target", "unknown_name", "“%s” is no name in this lab. Enter a host, as pc2 is, an IPv4 address, or %s.", shorten(text), l.spec.Domain)
		case h.net == nil:
			return to, mistake("target", "unknown_name", "%s has no address: it only passes on what others send.", h.Name)
		default:
			to = h.IP
		}
	}
	if from != nil && (to == from.IP || to.IsLoopback() || to.IsUnspecified()) {
		return to, mistake("target", "bad_address", "That is %s itself, so nothing would cross the network. Enter another host.", from.Name)
	}
	return to, nil
}

// named is the host that a name stands for, or nil.
func (l *Lab) named(name string) *host {
	name = strings.ToLower(name)
	for i := range l.hosts {
		h := &l.hosts[i]
		if name == h.ID || name == strings.ToLower(h.Name) || h.pc != nil && name == strings.ToLower(h.pc.hello) {
			return h
		}
	}
	return nil
}

func (l *Lab) checkLine(a *Action) error {
	n := l.lineAt(a.Conn, a.Host)
	if n == nil {
		return mistake("", "not_now", "There is no open connection number %d.", a.Conn)
	}
	switch {
	case a.Verb == Say && !n.opened:
		return mistake("text", "not_now", "The connection is not open yet: the other side has still to answer.")
	case a.Verb == Say && n.finished:
		return mistake("text", "not_now", "This side of the connection is closed: you have said that nothing more would come.")
	case a.Verb == Say && len(a.Data) == 0:
		return mistake("text", "empty", "There is nothing to say: not even a line end.")
	case a.Verb == Say && len(a.Data) > n.end.Room():
		return mistake("text", "too_big", "These are %d octets, and there is room for %d: the other side has not read what came before.", len(a.Data), n.end.Room())
	case a.Verb == Finish && n.finished:
		return mistake("", "not_now", "This side of the connection is closed already.")
	case a.Verb == Took && (a.N < 1 || a.N > n.end.Held()):
		return mistake("", "not_now", "So much has not arrived on this connection.")
	}
	return nil
}

// connect opens a line.
func (l *Lab) connect(a *Action) {
	h := l.host(a.Host)
	if h == nil {
		h = l.joinOutside()
	}
	to, _ := l.target(h, a.Target) // it was checked
	n := &line{lab: l, host: h}
	n.end = h.net.Dial(netip.AddrPortFrom(to, uint16(a.N)), n)
	recorder{l}.conversation(n.end.Connection()).byHand.client = n.byHand()
	l.lines = append(l.lines, n)
}

// answer puts a person in the server's place. Nobody can answer when there are as many lines as there may be.
func (s *mailServer) answer(e *vnet.End) vnet.Handler {
	l := s.lab
	if len(l.lines) >= MaxLines {
		return nil
	}
	recorder{l}.conversation(e.Connection()).byHand.server = true
	n := &line{lab: l, host: s.host, end: e}
	l.lines = append(l.lines, n)
	return n
}

// byHand reports whether a person uses the line, and no program outside.
func (n *line) byHand() bool { return n.host.Kind != Outside }

// use does what an action says of a line. A line on which nothing more is said or will arrive is forgotten.
func (l *Lab) use(a *Action) {
	n := l.lineAt(a.Conn, a.Host)
	switch a.Verb {
	case Say:
		if n.end.Write(a.Data) != nil {
			n.Closed(n.end, vnet.ErrReset)
		}
	case Took:
		n.end.Release(a.N)
		if more := len(n.arrived) - n.end.Held(); more > 0 { // nobody asks in a replay, and yet it was taken
			n.arrived = n.arrived[:copy(n.arrived, n.arrived[more:])]
		}
	case Finish:
		n.finished = true
		if !n.opened { // a connection that nobody wants any more is not opened
			n.ended = true
			n.tell()
		}
		n.end.Close()
	case Drop:
		n.finished, n.ended = true, true
		n.end.Reset()
	}
	n.forget()
}

func (n *line) forget() {
	if n.finished && n.ended {
		n.lab.lines = slices.DeleteFunc(n.lab.lines, func(other *line) bool { return other == n })
	}
}

// Line is what line conn is like, at its client's end; false when there is none.
func (l *Lab) Line(conn uint32) (LineState, bool) { return l.known(conn).state() }

// LineAt is what line conn is like at the end that a host has; false when there is none.
func (l *Lab) LineAt(conn uint32, host string) (LineState, bool) { return l.lineAt(conn, host).state() }

func (n *line) state() (LineState, bool) {
	if n == nil {
		return LineState{}, false
	}
	return LineState{Open: n.opened, Finished: n.finished, Ended: n.ended, Err: n.err, Room: n.end.Room()}, true
}

// Outside are the numbers of the lines from outside that are in use.
func (l *Lab) Outside() []uint32 {
	var conns []uint32
	for _, n := range l.lines {
		if n.host.Kind == Outside {
			conns = append(conns, n.end.Connection().ID)
		}
	}
	return conns
}

// LastLine is the number of the line that was opened last; 0 when there is none.
func (l *Lab) LastLine() (last uint32) {
	for _, n := range l.lines {
		if n.end.IsClient() {
			last = max(last, n.end.Connection().ID)
		}
	}
	return last
}

// Arrived appends to dst what has arrived on line conn from outside since it was last asked for.
func (l *Lab) Arrived(dst []byte, conn uint32) []byte {
	n := l.known(conn)
	if n == nil {
		return dst
	}
	dst = append(dst, n.arrived...)
	n.arrived = n.arrived[:0]
	return dst
}

// known is line conn, also if it was forgotten and nobody has seen that yet.
func (l *Lab) known(conn uint32) *line {
	if n := l.line(conn); n != nil {
		return n
	}
	return find(l.news, conn)
}

// line is line conn at its client's end.
func (l *Lab) line(conn uint32) *line { return find(l.lines, conn) }

func find(lines []*line, conn uint32) *line {
	for _, n := range lines {
		if n.end.IsClient() && n.end.Connection().ID == conn {
			return n
		}
	}
	return nil
}

// lineAt is line conn at the end that a host has; "" stands for the client's.
func (l *Lab) lineAt(conn uint32, host string) *line {
	for _, n := range l.lines {
		if n.end.Connection().ID == conn && (n.host.ID == host || host == "" && n.end.IsClient()) {
			return n
		}
	}
	return nil
}

// News appends to dst the numbers of the lines to which something happened since they were Seen. A line that is forgotten
// meanwhile can be asked for what had arrived, and how it ended, until then.
func (l *Lab) News(dst []uint32) []uint32 {
	for _, n := range l.news {
		dst = append(dst, n.end.Connection().ID)
	}
	return dst
}

// Seen says that the news were looked at.
func (l *Lab) Seen() {
	for _, n := range l.news {
		n.fresh = false
	}
	clear(l.news)
	l.news = l.news[:0]
}

func (n *line) tell() {
	if !n.fresh && !n.byHand() {
		n.fresh = true
		n.lab.news = append(n.lab.news, n)
	}
}

// Opened implements vnet.Handler.
func (n *line) Opened(*vnet.End) {
	n.opened = true
	n.tell()
}

// Received implements vnet.Handler.
func (n *line) Received(e *vnet.End, p []byte) {
	if n.byHand() {
		return
	}
	n.arrived = append(n.arrived, p...)
	e.Hold(len(p))
	n.tell()
}

// Writable implements vnet.Handler.
func (n *line) Writable(*vnet.End) { n.tell() }

// Closed implements vnet.Handler. A terminal closes its side when the other side has, as telnet does, and so does the
// server for a client that is a program: that listens no more. To a person who has only said all, one can still answer.
func (n *line) Closed(e *vnet.End, err error) {
	n.ended = true
	switch {
	case err != io.EOF:
		n.err = err
	case n.byHand() && (e.IsClient() || n.lab.line(e.Connection().ID) == nil):
		n.finished = true
		e.Close()
	}
	n.tell()
	n.forget()
}

// hungUp forgets the lines by hand of a connection on which nothing more will happen.
func (l *Lab) hungUp(conn uint32) {
	l.lines = slices.DeleteFunc(l.lines, func(n *line) bool { return n.byHand() && n.end.Connection().ID == conn })
}
