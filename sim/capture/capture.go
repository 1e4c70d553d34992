// Package capture takes along what a lab's network carried: as frames, and as a file that network analysers open, with
// the names of the hosts, the keys of TLS, and what everything means in comments.
package capture

import (
	"io"
	"net"
	"time"

	"smtplab/sim/clock"
	"smtplab/sim/explain"
	"smtplab/sim/lab"
	"smtplab/sim/trace"
	"smtplab/sim/trace/packet"
	"smtplab/sim/trace/pcapng"
)

// Capture is what a file is made of. It holds no reference into the lab but to octets that never change, so it can be
// written after the lab was let go of.
type Capture struct {
	Name   string    // of the lab
	Start  time.Time // the calendar time of lab time zero
	Now    clock.Time
	Talks  []packet.Talk
	Events []trace.Event // of the talks, oldest first
	Names  []pcapng.Name
	Keys   []byte // of TLS
}

// Of is what there is of a lab since its last reset; of one of its connections only, when conn is not 0.
func Of(l *lab.Lab, conn uint32) *Capture {
	spec := l.Spec()
	c := &Capture{Name: spec.Name, Start: spec.Start, Now: l.Now(), Keys: l.Keys()}
	macs := map[string][6]byte{}
	for _, h := range l.Hosts() {
		if h.Kind == lab.Switch {
			continue
		}
		macs[h.ID] = macOf(h)
		c.Names = append(c.Names, pcapng.Name{Addr: h.IP, Name: nameOf(h, spec.Domain)})
	}
	for _, v := range l.Conversations() {
		if conn == 0 || v.Conn == conn {
			c.Talks = append(c.Talks, packet.Talk{
				Conn:   v.Conn,
				Client: packet.Station{Host: v.Client, MAC: macs[v.Client], Addr: v.ClientAddr},
				Server: packet.Station{Host: v.Server, MAC: macs[v.Server], Addr: v.ServerAddr},
			})
		}
	}
	for e := range l.Trace().After(0) {
		if e.Conn != 0 && (conn == 0 || e.Conn == conn) {
			c.Events = append(c.Events, e)
		}
	}
	return c
}

// macOf is a host's address on the Ethernet. One that has none gets one that is locally administered.
func macOf(h lab.HostView) [6]byte {
	if mac, err := net.ParseMAC(h.MAC); err == nil && len(mac) == 6 {
		return [6]byte(mac)
	}
	ip := h.IP.As4()
	return [6]byte{2, 0, ip[0], ip[1], ip[2], ip[3]}
}

// nameOf is what a host is called: a PC as it calls itself in EHLO, the server by its domain.
func nameOf(h lab.HostView, domain string) string {
	switch h.Kind {
	case lab.PC:
		return h.ID + "." + domain
	case lab.Server:
		return domain
	}
	return h.ID
}

// Frames are the capture's.
func (c *Capture) Frames() []packet.Frame { return packet.Frames(c.Talks, c.Events, c.Now) }

// Write writes the capture as pcapng. It returns the writer's first error.
func (c *Capture) Write(out io.Writer, book *explain.Book) error {
	s := pcapng.Section{
		Program: "SMTP Lab", Interface: "lab", Names: c.Names, Secrets: c.Keys,
		Comment: "The lab “" + c.Name + "”. Each frame is captured where it was sent. " + simplified,
	}
	if year := c.Start.Year(); year < 1970 || year > 2500 { // nanoseconds since 1970 would not fit
		s.Epoch = c.Start
	}
	w := pcapng.NewWriter(out, s)
	var octets []byte
	for f, words := range c.Explained(book) {
		octets = f.Append(octets[:0])
		w.Packet(pcapng.Packet{At: c.Start.Add(time.Duration(f.At)), Octets: octets, Comment: words})
	}
	return w.Flush()
}

// simplified says where the frames are more than what the lab's network carried.
const simplified = "The lab's network confirms what arrives without a segment of its own: the frames that do nothing else, " +
	"and all TCP windows, are written as a real machine would send them."
