package packet

import (
	"fmt"
	"strconv"
)

// Layer is one protocol's header in a frame, or what it all carries.
type Layer struct {
	Name   string // "Ethernet II"
	At     int    // where it begins in the frame, in octets
	Len    int
	Fields []Field
}

// Field is a field of a header, in words.
type Field struct {
	Name  string // "Sequence number"
	Value string // "1 (relative), 2749838157"
	At    int    // where it begins in the frame
	Len   int
}

// Layers are the headers of the frame, and its payload if there is one, so that a view can name each octet. octets are the
// frame's, as Append makes them.
func (f *Frame) Layers(octets []byte) []Layer {
	from, to := f.Source(), f.Destination()
	ethernet := begin("Ethernet II", 0)
	ethernet.add("Destination", macWords(to.MAC), 6)
	ethernet.add("Source", macWords(from.MAC), 6)
	ethernet.add("Type", "IPv4 (0x0800)", 2)

	ip := begin("Internet Protocol, version 4", ethernet.end())
	ip.add("Version and header length", fmt.Sprintf("4, %d octets", ipLen), 1)
	ip.add("Differentiated services", "0", 1)
	ip.add("Total length", strconv.Itoa(f.Len()-ethernetLen), 2)
	ip.add("Identification", hex16(f.ID), 2)
	ip.add("Flags and fragment offset", "don't fragment, 0", 2)
	ip.add("Time to live", strconv.Itoa(TTL), 1)
	ip.add("Protocol", fmt.Sprintf("TCP (%d)", Protocol), 1)
	ip.add("Header checksum", hex16(be.Uint16(octets[ip.end():])), 2)
	ip.add("Source address", from.Addr.Addr().String(), 4)
	ip.add("Destination address", to.Addr.Addr().String(), 4)

	tcp := begin("Transmission Control Protocol", ip.end())
	tcp.add("Source port", port(from), 2)
	tcp.add("Destination port", port(to), 2)
	tcp.add("Sequence number", number(f.RelSeq, f.Seq), 4)
	if f.Flags&ACK != 0 {
		tcp.add("Acknowledgement number", number(f.RelAck, f.Ack), 4)
	} else {
		tcp.add("Acknowledgement number", "0, not used without ACK", 4)
	}
	tcp.add("Header length", fmt.Sprintf("%d octets", tcpLen+len(f.Options)), 1)
	tcp.add("Flags", fmt.Sprintf("%v (0x%02x)", f.Flags, uint8(f.Flags)), 1)
	if f.Flags&SYN != 0 {
		tcp.add("Window", strconv.Itoa(f.window()), 2)
	} else {
		tcp.add("Window", fmt.Sprintf("%d, scaled to %d", f.Window, f.window()), 2)
	}
	tcp.add("Checksum", hex16(be.Uint16(octets[tcp.end():])), 2)
	tcp.add("Urgent pointer", "0", 2)
	if len(f.Options) > 0 {
		tcp.add("Maximum segment size", strconv.Itoa(MSS), 4)
		tcp.add("No operation", "for the alignment", 1)
		tcp.add("Window scale", fmt.Sprintf("%d, so windows count %d octets", Scale, 1<<Scale), 3)
	}
	layers := []Layer{ethernet, ip, tcp}
	if len(f.Payload) > 0 {
		layers = append(layers, Layer{Name: "Payload", At: tcp.end(), Len: len(f.Payload)})
	}
	return layers
}

func begin(name string, at int) Layer { return Layer{Name: name, At: at} }

func (l *Layer) end() int { return l.At + l.Len }

// add puts a field at the layer's end.
func (l *Layer) add(name, value string, octets int) {
	l.Fields = append(l.Fields, Field{name, value, l.end(), octets})
	l.Len += octets
}

func port(s Station) string { return strconv.Itoa(int(s.Addr.Port())) }

func number(relative, onWire uint32) string {
	return fmt.Sprintf("%d (relative), %d", relative, onWire)
}

func hex16(n uint16) string { return fmt.Sprintf("0x%04x", n) }
