// Package vnet is the lab's network: hosts joined by links to one switch, and connections between them that
// behave as TCP does where a learner can see it. Opening takes a three-way handshake, octets arrive in order
// after the links' latency and transmission time, a cut link loses segments until they are sent again, and a
// port where nobody listens answers with a reset.
//
// There are two ways to be at the end of a connection. A Handler is called when something arrives, and suits
// protocol sessions, which are values. A Conn is a net.Conn, and suits blocking code (a standard client, TLS),
// which must then run as a turn of the clock: see clock.Go. Both ways the lab stays single-threaded and
// deterministic.
//
// What is simplified, on purpose: acknowledgements take no time and are not sent as segments of their own; a
// segment is what one write handed over, up to MaxSegment octets, as a capture shows it on a machine that
// leaves the splitting to its network card.
package vnet

import (
	"net/netip"
	"syscall"
	"time"

	"smtplab/sim/clock"
)

// MaxSegment is the most octets that one segment carries.
const MaxSegment = 32 << 10

// Window is how many octets a sender may have on the way to a receiver that has not taken them.
const Window = 128 << 10

// The errors of a connection. They are the system's own, so that programs written for a real network
// recognize them.
var (
	ErrRefused     error = syscall.ECONNREFUSED // nobody listens on that port
	ErrUnreachable error = syscall.EHOSTUNREACH // no host has that address
	ErrTimeout     error = syscall.ETIMEDOUT    // segments were sent again and again, and never arrived
	ErrReset       error = syscall.ECONNRESET   // the other end gave the connection up
)

// Retransmission: the first repetition comes after firstRetry, each further one after twice the time, and the
// connection is given up after the last (RFC 6298 §5; systems differ in how often they try).
const (
	firstRetry = time.Second
	maxRetries = 6
	arpTimeout = 3 * time.Second // how long a host asks for an address that nobody has
)

// Network is the switch and everything plugged into it.
type Network struct {
	clock *clock.Clock
	epoch time.Time
	hosts []*Host
	tap   Tap
	conns uint32
	free  *Segment // segments to use again
	spare int      // how many
}

// Tap sees what the wire carries. Its methods are called in the order in which things happen; they must not act
// on the network. Segments and their octets are used again: a tap copies what it keeps.
type Tap interface {
	Opened(c *Connection)            // the client got the answer to its SYN
	Sent(s *Segment)                 // a segment left its sender
	Arrived(s *Segment)              // it reached its receiver
	Lost(s *Segment, why string)     // it did not
	Ended(c *Connection, how string) // no segment of the connection will follow
	Condition(h *Host, what string)  // a link was cut or restored
}

// New returns an empty network. epoch is the calendar time of lab time zero: deadlines count from it.
func New(c *clock.Clock, epoch time.Time, tap Tap) *Network {
	return &Network{clock: c, epoch: epoch, tap: tap}
}

// Now is the calendar time in the lab.
func (n *Network) Now() time.Time { return n.epoch.Add(time.Duration(n.clock.Now())) }

// Link is the cable from a host to the switch.
type Link struct {
	Latency   time.Duration // one way
	Bandwidth int64         // bits per second; 0 is unlimited
}

// Host is a machine on the network.
type Host struct {
	ID        string
	Addr      netip.Addr
	net       *Network
	link      Link
	cut       bool
	cuts      uint32     // how often the link was cut: a segment that was under way then is lost
	sendFree  clock.Time // when the host's side of the link can begin to send
	recvFree  clock.Time // when the switch's side can
	listeners []listener
	nextPort  uint16
}

type listener struct {
	port   uint16
	accept func(*End) Handler
}

// AddHost plugs a host into the switch.
func (n *Network) AddHost(id string, addr netip.Addr, link Link) *Host {
	h := &Host{ID: id, Addr: addr, net: n, link: link, nextPort: 49152}
	n.hosts = append(n.hosts, h)
	return h
}

func (n *Network) host(addr netip.Addr) *Host {
	for _, h := range n.hosts {
		if h.Addr == addr {
			return h
		}
	}
	return nil
}

// Listen makes accept decide who handles each connection to the port; accept may return nil to refuse it. It
// fails with EADDRINUSE when somebody listens there already.
func (h *Host) Listen(port uint16, accept func(*End) Handler) error {
	if h.listening(port) != nil {
		return syscall.EADDRINUSE
	}
	h.listeners = append(h.listeners, listener{port, accept})
	return nil
}

// Unlisten undoes Listen. Connections that are open stay open.
func (h *Host) Unlisten(port uint16) {
	for i := range h.listeners {
		if h.listeners[i].port == port {
			h.listeners = append(h.listeners[:i:i], h.listeners[i+1:]...)
			return
		}
	}
}

func (h *Host) listening(port uint16) func(*End) Handler {
	for i := range h.listeners {
		if h.listeners[i].port == port {
			return h.listeners[i].accept
		}
	}
	return nil
}

// Ports lists the ports on which the host listens, in the order in which it began to.
func (h *Host) Ports() []uint16 {
	ports := make([]uint16, len(h.listeners))
	for i := range h.listeners {
		ports[i] = h.listeners[i].port
	}
	return ports
}

// Now is the calendar time in the lab, for deadlines.
func (h *Host) Now() time.Time { return h.net.Now() }

// LinkUp reports whether the host's link is whole.
func (h *Host) LinkUp() bool { return !h.cut }

// Cut cuts the host's link. What is under way on it is lost.
func (h *Host) Cut() {
	if !h.cut {
		h.cut = true
		h.cuts++
		h.net.tap.Condition(h, "link cut")
	}
}

// Restore mends the host's link. Senders that wait repeat themselves when their time comes.
func (h *Host) Restore() {
	if h.cut {
		h.cut = false
		h.net.tap.Condition(h, "link restored")
	}
}

// arrival is when octets that from sends to to now will have arrived, and marks both links as taken until then.
func (n *Network) arrival(from, to *Host, octets int) clock.Time {
	t := max(n.clock.Now(), from.sendFree).Add(from.link.transmission(octets))
	from.sendFree = t
	t = max(t.Add(from.link.Latency), to.recvFree).Add(to.link.transmission(octets))
	to.recvFree = t
	return t.Add(to.link.Latency)
}

// headerOctets is what Ethernet, IP and TCP add to a segment.
const headerOctets = 54

func (l Link) transmission(octets int) time.Duration {
	if l.Bandwidth <= 0 {
		return 0
	}
	return time.Duration(int64(octets+headerOctets) * 8 * int64(time.Second) / l.Bandwidth)
}
