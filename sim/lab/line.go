package lab

import (
	"io"
	"net/netip"
	"slices"

	"smtplab/sim/vnet"
)

// A line is a connection that is used by hand: by a real program outside, through the gateway, or by a person. It is
// opened, spoken over and ended by actions, so a replay says the same at the same moments. What arrives on it waits
// until whoever uses it takes it (Arrived), which changes nothing in the lab; only that it was read makes room for more
// (Took), so that is an action again.
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
	Open  bool  // the connection is established
	Ended bool  // nothing more will arrive than what has
	Err   error // why, unless the other side closed in good order: vnet.ErrRefused and the like
	Room  int   // octets that can be said now
}

// The host from which real programs come. It joins the network with the first of them. Its address is one that is set
// aside for examples: RFC 5737.
const (
	OutsideID   = "outside"
	outsideName = "Outside"
)

var outsideIP = netip.AddrFrom4([4]byte{203, 0, 113, 1})

// MaxLines is how many lines a lab has at a time.
const MaxLines = 64

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
	if a.N < 1 || a.N > 0xFFFF {
		return mistake("port", "bad_port", "A port is a number from 1 to 65535.")
	}
	if len(l.lines) >= MaxLines {
		return mistake("", "limit", "%d connections are open from outside or by hand, which is the limit.", MaxLines)
	}
	return nil
}

func (l *Lab) checkLine(a *Action) error {
	n := l.line(a.Conn)
	switch {
	case n == nil:
		return mistake("", "not_now", "There is no open connection number %d.", a.Conn)
	case a.Verb == Say && (!n.opened || n.finished || len(a.Data) == 0 || len(a.Data) > n.end.Room()):
		return mistake("", "not_now", "That cannot be said on this connection now.")
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
	n := &line{lab: l, host: h}
	n.end = h.net.Dial(l.address(uint16(a.N)), n)
	recorder{l}.conversation(n.end.Connection())
	l.lines = append(l.lines, n)
}

// use does what an action says of a line. A line on which nothing more is said or will arrive is forgotten.
func (l *Lab) use(a *Action) {
	n := l.line(a.Conn)
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

// Line is what line conn is like; false when there is none.
func (l *Lab) Line(conn uint32) (LineState, bool) {
	n := l.known(conn)
	if n == nil {
		return LineState{}, false
	}
	return LineState{Open: n.opened, Ended: n.ended, Err: n.err, Room: n.end.Room()}, true
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
func (l *Lab) LastLine() uint32 {
	if len(l.lines) == 0 {
		return 0
	}
	return l.lines[len(l.lines)-1].end.Connection().ID
}

// Arrived appends to dst what has arrived on line conn since it was last asked for.
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

func (l *Lab) line(conn uint32) *line { return find(l.lines, conn) }

func find(lines []*line, conn uint32) *line {
	for _, n := range lines {
		if n.end.Connection().ID == conn {
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
	if !n.fresh {
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
	n.arrived = append(n.arrived, p...)
	e.Hold(len(p))
	n.tell()
}

// Writable implements vnet.Handler.
func (n *line) Writable(*vnet.End) { n.tell() }

// Closed implements vnet.Handler.
func (n *line) Closed(_ *vnet.End, err error) {
	n.ended = true
	if err != io.EOF {
		n.err = err
	}
	n.tell()
	n.forget()
}
