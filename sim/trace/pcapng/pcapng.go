// Package pcapng writes capture files in the format of pcapng (draft-ietf-opsawg-pcapng), which network analysers read.
//
// A file is a sequence of blocks: a section header, one interface, the names of hosts, the keys of TLS, then a block for
// each packet. Every block has its type and, in front and behind, its length, and is padded to 32 bits; it ends
// with options, which are padded likewise.
package pcapng

import (
	"bufio"
	"encoding/binary"
	"io"
	"net/netip"
	"strings"
	"time"
)

// The types of blocks.
const (
	sectionHeader     = 0x0A0D0D0A
	interfaceBlock    = 1
	nameResolution    = 4
	enhancedPacket    = 6
	decryptionSecrets = 10
)

// The codes of options and of records. Those from 2 on are each block's own.
const (
	endOf      = 0 // the options, or the records of names
	optComment = 1

	shbUserAppl = 4

	ifName     = 2
	ifTSResol  = 9
	ifTSOffset = 14
)

const (
	byteOrder  = 0x1A2B3C4D
	ethernet   = 1          // LINKTYPE_ETHERNET
	noLimit    = 0          // of the octets captured of a packet
	nanosecond = 9          // 10 to the power of -9 seconds
	tlsKeyLog  = 0x544C534B // "TLSK": the format of NSS
	nameIPv4   = 1
	maxValue   = 0xFFFF // octets of an option or record
)

// Section is what a file says before its packets.
type Section struct {
	Program   string // that wrote it
	Comment   string // on the whole of it
	Interface string // on which the packets were captured
	Names     []Name
	Secrets   []byte // a key log of TLS; none when it is empty

	// Epoch is the second from which times are counted; the zero Time is 1970, as usual. No packet may be before it, or
	// 584 years behind.
	Epoch time.Time
}

// Name is what a host is called.
type Name struct {
	Addr netip.Addr // IPv4
	Name string
}

// Packet is an Ethernet frame.
type Packet struct {
	At      time.Time
	Octets  []byte
	Comment string
}

// Writer writes one section. Use NewWriter; after the last packet, Flush.
type Writer struct {
	out   *bufio.Writer // keeps the first error until Flush
	epoch time.Time
	block []byte // the body of the one that is written
}

// NewWriter begins a file.
func NewWriter(out io.Writer, s Section) *Writer {
	w := &Writer{out: bufio.NewWriter(out), epoch: s.Epoch}
	if w.epoch.IsZero() {
		w.epoch = time.Unix(0, 0)
	}

	w.begin()
	w.uint32(byteOrder)
	w.uint16(1) // version 1.0
	w.uint16(0)
	w.uint32(0xFFFFFFFF) // the section's length is not given
	w.uint32(0xFFFFFFFF)
	w.text(optComment, s.Comment)
	w.text(shbUserAppl, s.Program)
	w.end(sectionHeader)

	w.begin()
	w.uint16(ethernet)
	w.uint16(0)
	w.uint32(noLimit)
	w.text(ifName, s.Interface)
	w.record(ifTSResol, string([]byte{nanosecond}))
	if seconds := w.epoch.Unix(); seconds != 0 {
		w.record(ifTSOffset, string(le.AppendUint64(nil, uint64(seconds))))
	}
	w.end(interfaceBlock)

	if len(s.Names) > 0 {
		w.begin()
		for _, n := range s.Names {
			w.record(nameIPv4, string(n.Addr.AsSlice())+n.Name+"\x00")
		}
		w.record(endOf, "")
		w.end(nameResolution)
	}
	if len(s.Secrets) > 0 {
		w.begin()
		w.uint32(tlsKeyLog)
		w.uint32(uint32(len(s.Secrets)))
		w.padded(s.Secrets)
		w.end(decryptionSecrets)
	}
	return w
}

// Packet writes a packet.
func (w *Writer) Packet(p Packet) {
	at := uint64(p.At.Unix()-w.epoch.Unix())*1e9 + uint64(p.At.Nanosecond())
	w.begin()
	w.uint32(0) // the interface
	w.uint32(uint32(at >> 32))
	w.uint32(uint32(at))
	w.uint32(uint32(len(p.Octets))) // captured
	w.uint32(uint32(len(p.Octets))) // on the wire
	w.padded(p.Octets)
	w.text(optComment, p.Comment)
	w.end(enhancedPacket)
}

// Flush completes the file. It returns the first error that the underlying writer had.
func (w *Writer) Flush() error { return w.out.Flush() }

// begin starts the body of a block, which end writes.
func (w *Writer) begin() { w.block = w.block[:0] }

// end writes the block, with its options ended.
func (w *Writer) end(kind uint32) {
	w.record(endOf, "")
	length := uint32(12 + len(w.block))
	var edge [8]byte
	le.PutUint32(edge[:], kind)
	le.PutUint32(edge[4:], length)
	w.out.Write(edge[:])
	w.out.Write(w.block)
	w.out.Write(edge[4:])
}

var le = binary.LittleEndian

func (w *Writer) uint16(n uint16) { w.block = le.AppendUint16(w.block, n) }
func (w *Writer) uint32(n uint32) { w.block = le.AppendUint32(w.block, n) }

// padded adds octets, and zeros up to the next 32 bits.
func (w *Writer) padded(p []byte) {
	w.block = append(w.block, p...)
	w.block = append(w.block, make([]byte, -len(p)&3)...)
}

// text adds an option with a text, as much of it as fits in and is UTF-8, unless it is empty.
func (w *Writer) text(code uint16, text string) {
	text = strings.ToValidUTF8(text[:min(len(text), maxValue)], "")
	if text != "" {
		w.record(code, text)
	}
}

// record adds an option or the record of a name.
func (w *Writer) record(code uint16, value string) {
	w.uint16(code)
	w.uint16(uint16(len(value)))
	w.padded([]byte(value))
}
