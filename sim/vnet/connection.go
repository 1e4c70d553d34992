package vnet

import (
	"io"
	"net"
	"net/netip"
	"time"

	"smtplab/sim/clock"
)

// Handler is the program at one end of a connection. Its methods are called by the network, one at a time; they
// may write to the end, close it, or do nothing.
type Handler interface {
	Opened(e *End)             // the handshake is done
	Received(e *End, p []byte) // octets arrived, in order; p is valid during the call
	Writable(e *End)           // there is Room again after there was none
	Closed(e *End, err error)  // nothing more will arrive: io.EOF when the peer closed, else why
}

// Connection is a TCP connection between two hosts. It has a client's end, which dialled, and a server's.
type Connection struct {
	ID     uint32 // from 1, in the order of dialling
	Client End
	Server End
	Tap    any // the tap's own notes on the connection

	opened bool // the client saw the SYN-ACK
	ended  bool
}

// End is one end of a connection.
type End struct {
	conn    *Connection
	host    *Host
	port    uint16
	handler Handler
	clock   *clock.Clock

	sent, taken uint64     // segments sent, and taken by the peer: they are taken in order
	way         int        // octets on the way to the peer
	full        bool       // Room was 0 when asked
	lost        []*Segment // to be sent again, in order
	retry       *clock.Timer
	retries     int
	finSent     bool // nothing more will be written
	finTaken    bool // the peer knows
	done        bool // nothing more will be read: FIN or reset arrived, or the end gave up
	unread      int  // octets received and not yet read by a blocking reader, or held
}

// Flag says what a segment is for, when that is not its octets.
type Flag uint8

// The flags, as a capture would show them.
const (
	PSH Flag = iota // carries octets
	SYN
	SYNACK
	ACK // the third step of the handshake
	FIN
	RST
)

var flagNames = [...]string{"PSH", "SYN", "SYN-ACK", "ACK", "FIN", "RST"}

func (f Flag) String() string { return flagNames[f] }

// Segment is octets or a flag on their way from one end to the other.
type Segment struct {
	From     *End
	Flag     Flag
	Payload  []byte
	Arrives  clock.Time
	Repeated bool   // sent before, and lost
	Ref      uint64 // the tap's own number for it

	n    uint64 // place in its direction
	cuts uint32 // of both links when it was sent
	next *Segment
}

// To is the end that the segment goes to.
func (s *Segment) To() *End { return s.From.Peer() }

// Dial begins to open a connection from h to addr; hd is told what comes of it: Opened, or Closed with
// ErrRefused, ErrUnreachable or ErrTimeout.
func (h *Host) Dial(addr netip.AddrPort, hd Handler) *End {
	n := h.net
	n.conns++
	c := &Connection{ID: n.conns}
	c.Client = End{conn: c, host: h, port: h.ephemeralPort(), handler: hd, clock: n.clock}
	peer := n.host(addr.Addr())
	if peer == nil {
		peer = &Host{ID: "", Addr: addr.Addr(), net: n, cut: true}
		c.Server = End{conn: c, host: peer, port: addr.Port(), clock: n.clock, done: true}
		n.clock.After(arpTimeout, clock.Func(func() { c.Client.fail(ErrUnreachable) }))
		return &c.Client
	}
	c.Server = End{conn: c, host: peer, port: addr.Port(), clock: n.clock}
	c.Client.send(SYN, nil)
	return &c.Client
}

func (h *Host) ephemeralPort() uint16 {
	p := h.nextPort
	if h.nextPort++; h.nextPort == 0 {
		h.nextPort = 49152 // RFC 6335 §6: 49152 to 65535
	}
	return p
}

// Connection is the connection that e is an end of.
func (e *End) Connection() *Connection { return e.conn }

// Host is the machine at this end.
func (e *End) Host() *Host { return e.host }

// AddrPort is this end's address.
func (e *End) AddrPort() netip.AddrPort { return netip.AddrPortFrom(e.host.Addr, e.port) }

// IsClient reports whether this end dialled.
func (e *End) IsClient() bool { return e == &e.conn.Client }

// Peer is the other end.
func (e *End) Peer() *End {
	if e.IsClient() {
		return &e.conn.Server
	}
	return &e.conn.Client
}

// Room is how many octets may be written now without waiting. When it is 0, Writable is called later.
func (e *End) Room() int {
	room := Window - e.way - e.Peer().unread
	if room <= 0 {
		e.full = true
		return 0
	}
	return room
}

// Hold says that the end's program has n octets more than it can deal with now: they take up room in the peer's window
// until Release. So who does not read what it is told is not told more (RFC 9293 §3.8.6).
func (e *End) Hold(n int) { e.unread += n }

// Release says that the program has dealt with n octets that it held.
func (e *End) Release(n int) {
	e.unread -= n
	if peer := e.Peer(); peer.full && !e.conn.ended {
		peer.makeRoom()
	}
}

// Held is how many octets the end's program holds.
func (e *End) Held() int { return e.unread }

// Write sends a copy of p, in segments of at most MaxSegment. Writing to an end that was closed, reset or given
// up fails.
func (e *End) Write(p []byte) error {
	if e.finSent || e.conn.ended {
		return net.ErrClosed
	}
	for len(p) > 0 {
		n := min(len(p), MaxSegment)
		e.send(PSH, p[:n])
		p = p[n:]
	}
	return nil
}

// Close says that nothing more will be written. What was written still arrives, and so does what the peer
// writes: this is the half-close of TCP (RFC 9293 §3.6).
func (e *End) Close() {
	if e.finSent || e.conn.ended {
		return
	}
	e.finSent = true
	if e.conn.opened {
		e.send(FIN, nil)
		return
	}
	e.giveUp()
	e.conn.end("given up")
}

// Reset ends the connection at once; what is under way is lost to the peer.
func (e *End) Reset() {
	if e.conn.ended {
		return
	}
	e.giveUp()
	e.host.net.transmit(e, RST, nil)
	e.conn.end("reset by " + e.host.ID)
}

// giveUp forgets everything that e still meant to do.
func (e *End) giveUp() {
	e.finSent, e.done = true, true
	e.retry.Stop()
	e.lost = nil
}

// fail ends the connection at this end and tells its handler, unless that has said and heard all.
func (e *End) fail(err error) {
	if e.conn.ended {
		return
	}
	through := e.done && e.finSent
	e.giveUp()
	e.conn.end(reason(err))
	if e.handler != nil && !through {
		e.handler.Closed(e, err)
	}
	if !e.IsClient() && !e.conn.opened { // the client has waited for the SYN-ACK as long
		client := e.Peer()
		client.giveUp()
		client.handler.Closed(client, err)
	}
}

// refused is the arrival of a reset. Where the connection was given up before it got here, nobody is there to hear of it.
func (e *End) refused() {
	if e.done || e.handler == nil {
		return
	}
	err := ErrReset
	if e.IsClient() && !e.conn.opened {
		err = ErrRefused
	}
	e.giveUp()
	e.conn.end(reason(err))
	e.handler.Closed(e, err)
}

func reason(err error) string {
	switch err {
	case ErrRefused:
		return "refused"
	case ErrUnreachable:
		return "no such host"
	case ErrTimeout:
		return "timed out"
	}
	return "reset"
}

func (c *Connection) end(how string) {
	if !c.ended {
		c.ended = true
		c.Client.retry.Stop()
		c.Server.retry.Stop()
		c.Client.host.net.tap.Ended(c, how)
	}
}

// send queues a segment behind those that wait to be sent again, or sends it.
func (e *End) send(f Flag, payload []byte) {
	e.sent++
	e.way += len(payload)
	s := e.host.net.segment(e, f, payload)
	s.n = e.sent
	if len(e.lost) > 0 {
		e.lost = append(e.lost, s)
		return
	}
	e.host.net.launch(s)
}

// transmit sends a segment outside the numbered order: a reset.
func (n *Network) transmit(e *End, f Flag, payload []byte) {
	n.launch(n.segment(e, f, payload))
}

func (n *Network) segment(e *End, f Flag, payload []byte) *Segment {
	s := n.free
	if s == nil {
		s = new(Segment)
	} else {
		n.free = s.next
		n.spare--
	}
	s.From, s.Flag, s.Payload = e, f, append(s.Payload[:0], payload...)
	s.Repeated, s.Ref, s.n, s.cuts = false, 0, 0, 0
	return s
}

// Segments are kept to be used again, but only a few small ones: a lab that has come to rest should be small.
const (
	maxSpare        = 8
	maxSparePayload = 2 << 10
)

func (n *Network) recycle(s *Segment) {
	if n.spare == maxSpare {
		return
	}
	if cap(s.Payload) > maxSparePayload {
		s.Payload = nil
	}
	s.From, s.next = nil, n.free
	n.free = s
	n.spare++
}

func (n *Network) launch(s *Segment) {
	from, to := s.From.host, s.To().host
	s.cuts = from.cuts + to.cuts
	s.Arrives = n.arrival(from, to, len(s.Payload))
	n.tap.Sent(s)
	n.clock.At(s.Arrives, s)
}

// Run is the segment's arrival.
func (s *Segment) Run() {
	e, n := s.From, s.From.host.net
	to := s.To()
	switch {
	case e.host.cut || to.host.cut || s.cuts != e.host.cuts+to.host.cuts:
		s.missed("the link was cut")
		return
	case s.Flag == RST:
		n.tap.Arrived(s)
		to.refused()
	case e.conn.ended:
		// The connection was reset or given up while the segment was under way: nobody is there, and the
		// sender is told if it still waits (RFC 9293 §3.10.7.1).
		if !e.done {
			n.transmit(to, RST, nil)
		}
	case s.n != e.taken+1:
		s.missed("an earlier segment is missing")
		return
	default:
		e.taken = s.n
		e.way -= len(s.Payload)
		e.retries = 0
		n.tap.Arrived(s)
		to.take(s)
		if e.full && !e.conn.ended {
			e.makeRoom()
		}
	}
	n.recycle(s)
}

// makeRoom tells the writer that it may go on, if it may.
func (e *End) makeRoom() {
	if e.Room() > 0 && e.handler != nil {
		e.full = false
		e.handler.Writable(e)
	}
}

// take is what the receiving end makes of a segment.
func (e *End) take(s *Segment) {
	c, n := e.conn, e.host.net
	switch s.Flag {
	case SYN:
		accept := e.host.listening(e.port)
		if accept != nil {
			e.handler = accept(e)
		}
		if e.handler == nil {
			n.transmit(e, RST, nil)
			return
		}
		e.send(SYNACK, nil)
	case SYNACK:
		c.opened = true
		n.tap.Opened(c)
		e.send(ACK, nil)
		e.handler.Opened(e)
	case ACK:
		e.handler.Opened(e)
	case PSH:
		e.handler.Received(e, s.Payload)
	case FIN:
		s.From.finTaken = true
		if e.finTaken {
			c.end("closed")
		}
		if !e.done {
			e.done = true
			e.handler.Closed(e, io.EOF)
		}
	}
}

// missed is what happens instead of an arrival: the sender will send the segment again.
func (s *Segment) missed(why string) {
	e := s.From
	e.host.net.tap.Lost(s, why)
	if e.conn.ended || s.Flag == RST {
		return
	}
	s.Repeated = true
	e.lost = append(e.lost, s)
	if e.retry == nil {
		e.retry = e.clock.NewTimer(clock.Func(e.repeat))
	}
	if _, running := e.retry.Running(); !running {
		e.retry.Reset(firstRetry << e.retries)
	}
}

// repeat sends what was lost again, or gives up.
func (e *End) repeat() {
	if e.retries++; e.retries > maxRetries {
		e.fail(ErrTimeout)
		return
	}
	again := e.lost
	e.lost = nil
	for _, s := range again {
		e.host.net.launch(s)
	}
}

// UnderWay is how many octets the end has sent that the peer has not taken yet.
func (e *End) UnderWay() int { return e.way }

// Waiting reports whether the end waits to send lost segments again, and for how long.
func (e *End) Waiting() (time.Duration, bool) {
	at, ok := e.retry.Running()
	return at.Sub(e.clock.Now()), ok
}
