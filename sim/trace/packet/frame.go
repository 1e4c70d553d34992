package packet

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"smtplab/sim/clock"
)

// Station is one end of a connection.
type Station struct {
	Host string // its id
	MAC  [6]byte
	Addr netip.AddrPort // IPv4
}

// Talk is a connection.
type Talk struct {
	Conn           uint32
	Client, Server Station
}

// Flags are those of TCP, as its header has them: RFC 9293 §3.1.
type Flags uint8

// The flags that a lab's segments have.
const (
	FIN Flags = 1 << iota
	SYN
	RST
	PSH
	ACK
)

var flagNames = [...]string{"FIN", "SYN", "RST", "PSH", "ACK"}

// String is as analysers write it: "SYN, ACK".
func (f Flags) String() string {
	var names []string
	for i, name := range flagNames {
		if f>>i&1 != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// Frame is one frame. Its numbers are those on the wire; RelSeq and RelAck count from the SYN, which has number 0.
type Frame struct {
	At         clock.Time // when it was sent
	Arrives    clock.Time // when it reaches its receiver, unless it is Lost; of an acknowledgement of its own, At
	Talk       *Talk
	FromClient bool

	Event     uint64   // the segment that it is; 0 for an acknowledgement of its own
	Acks      uint64   // the segment that an acknowledgement of its own is for, else 0
	Repeats   uint64   // the segment that this one repeats, as it was first sent; 0 for none
	Lost      string   // why it did not arrive; "" when it did or is under way
	Completes []uint64 // the commands, replies, data and messages of TLS of which it carries the last octets, in order

	ID      uint16 // identification of IP
	Flags   Flags
	Seq     uint32
	Ack     uint32
	RelSeq  uint32
	RelAck  uint32
	Window  uint16 // to be shifted by Scale, unless it is a SYN's
	Options []byte // of TCP
	Payload []byte // never to be modified
}

// What is the same in all frames.
const (
	TTL      = 64
	Window   = 65535
	Scale    = 2    // RFC 7323 §2
	MSS      = 1460 // RFC 6691: what an Ethernet carries, less the headers
	Protocol = 6    // TCP

	etherIPv4    = 0x0800
	dontFragment = 0x4000
)

// The lengths of headers, in octets; of TCP's without options.
const (
	ethernetLen = 14
	ipLen       = 20
	tcpLen      = 20
)

// synOptions are MSS, a NOP for the alignment, and the window's scale: RFC 9293 §3.2, RFC 7323 §2.2.
var synOptions = []byte{2, 4, MSS >> 8, MSS & 0xFF, 1, 3, 3, Scale}

// Source is who sent the frame.
func (f *Frame) Source() Station {
	if f.FromClient {
		return f.Talk.Client
	}
	return f.Talk.Server
}

// Destination is whom it is for.
func (f *Frame) Destination() Station {
	if f.FromClient {
		return f.Talk.Server
	}
	return f.Talk.Client
}

// Len is how many octets the frame has.
func (f *Frame) Len() int { return f.payloadAt() + len(f.Payload) }

func (f *Frame) payloadAt() int { return ethernetLen + ipLen + tcpLen + len(f.Options) }

// Append appends the frame's octets, without the Ethernet's own checksum, which captures lack.
func (f *Frame) Append(dst []byte) []byte {
	from, to := f.Source(), f.Destination()
	src, dest := from.Addr.Addr().As4(), to.Addr.Addr().As4()
	dst = append(append(dst, to.MAC[:]...), from.MAC[:]...)
	dst = be.AppendUint16(dst, etherIPv4)

	ip := len(dst)
	dst = append(dst, 4<<4|ipLen/4, 0)
	dst = be.AppendUint16(dst, uint16(f.Len()-ethernetLen))
	dst = be.AppendUint16(dst, f.ID)
	dst = be.AppendUint16(dst, dontFragment)
	dst = append(dst, TTL, Protocol, 0, 0)
	dst = append(append(dst, src[:]...), dest[:]...)
	be.PutUint16(dst[ip+10:], checksum(0, dst[ip:]))

	tcp := len(dst)
	dst = be.AppendUint16(dst, from.Addr.Port())
	dst = be.AppendUint16(dst, to.Addr.Port())
	dst = be.AppendUint32(dst, f.Seq)
	dst = be.AppendUint32(dst, f.Ack)
	dst = append(dst, byte(tcpLen+len(f.Options))/4<<4, byte(f.Flags))
	dst = be.AppendUint16(dst, f.Window)
	dst = append(dst, 0, 0, 0, 0) // checksum, urgent pointer
	dst = append(append(dst, f.Options...), f.Payload...)
	pseudo := sum(sum(Protocol+uint64(len(dst)-tcp), src[:]), dest[:]) // RFC 9293 §3.1
	be.PutUint16(dst[tcp+16:], checksum(pseudo, dst[tcp:]))
	return dst
}

var be = binary.BigEndian

// sum adds octets to a sum of 16-bit numbers: RFC 1071.
func sum(n uint64, p []byte) uint64 {
	for ; len(p) >= 2; p = p[2:] {
		n += uint64(p[0])<<8 | uint64(p[1])
	}
	if len(p) == 1 {
		n += uint64(p[0]) << 8
	}
	return n
}

// checksum is the complement of a sum with its carries added.
func checksum(n uint64, p []byte) uint16 {
	for n = sum(n, p); n > 0xFFFF; {
		n = n>>16 + n&0xFFFF
	}
	return ^uint16(n)
}

// Info is the frame in a line, with relative numbers: "49152 → 25 [PSH, ACK] Seq=1 Ack=70 Win=262140 Len=20".
func (f *Frame) Info() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d → %d [%v] Seq=%d", f.Source().Addr.Port(), f.Destination().Addr.Port(), f.Flags, f.RelSeq)
	if f.Flags&ACK != 0 {
		fmt.Fprintf(&b, " Ack=%d", f.RelAck)
	}
	fmt.Fprintf(&b, " Win=%d Len=%d", f.window(), len(f.Payload))
	if f.Flags&SYN != 0 {
		fmt.Fprintf(&b, " MSS=%d WS=%d", MSS, 1<<Scale)
	}
	return b.String()
}

// window is how many octets the sender says it has room for.
func (f *Frame) window() int {
	if f.Flags&SYN != 0 {
		return int(f.Window)
	}
	return int(f.Window) << Scale
}

func macWords(m [6]byte) string { return net.HardwareAddr(m[:]).String() }
