package packet

import (
	"cmp"
	"hash/fnv"
	"slices"

	"smtplab/sim/clock"
	"smtplab/sim/trace"
)

// Frames are those of some talks, in the order in which they were sent. events are what happened, oldest first: all
// of a lab's since its last reset, or at least all of these talks. now is the lab's time: what arrives later has not
// arrived.
//
// Segments that were sent again come again, and those that were lost are there as well, since they were sent. What arrives
// too late, when the connection has ended, is not acknowledged.
func Frames(talks []Talk, events []trace.Event, now clock.Time) []Frame {
	streams := make(map[uint32]*stream, len(talks))
	for i := range talks {
		streams[talks[i].Conn] = newStream(&talks[i])
	}
	for i := range events {
		if s := streams[events[i].Conn]; s != nil {
			s.take(&events[i])
		}
	}
	var frames []Frame
	for i := range talks {
		frames = append(frames, streams[talks[i].Conn].complete(now)...)
	}
	slices.SortFunc(frames, inOrder)
	return frames
}

// inOrder sorts by time, and at one time by what happened first. An acknowledgement of its own comes right behind what it
// is for, which was sent at an earlier time, and so before everything else that is sent now.
func inOrder(a, b Frame) int {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.cause(), b.cause()), cmp.Compare(a.Acks, b.Acks))
}

// cause is the event that made the frame be sent.
func (f *Frame) cause() uint64 { return max(f.Event, f.Acks) }

// stream is a connection on its way to being frames.
type stream struct {
	talk           *Talk
	frames         []Frame
	place          map[uint64]int // of a segment, in frames
	client, server direction
	ended          bool
	end            clock.Time
}

// direction is what one end sends. Numbers are relative.
type direction struct {
	isn     uint32 // the number of its SYN on the wire
	id      uint16 // of its next frame
	next    uint32 // the number of its next new octet, while events are read, and again while frames are numbered
	newest  int    // place of its newest frame with new octets, from 1
	arrived []arrival
	got     uint32 // the number up to which they have arrived, at the frame that is being numbered
}

// arrival is that octets reach their receiver.
type arrival struct {
	at    clock.Time
	event uint64
	end   uint32 // the number behind them
}

func newStream(t *Talk) *stream {
	s := &stream{talk: t, place: map[uint64]int{}}
	s.client.begin(t, 'c')
	s.server.begin(t, 's')
	return s
}

// begin sets the first numbers of a direction. As RFC 6528 asks they follow from the addresses, and the next connection
// of the same two ports has others.
func (d *direction) begin(t *Talk, side byte) {
	h := fnv.New64a()
	h.Write([]byte(t.Client.Addr.String() + t.Server.Addr.String()))
	h.Write([]byte{byte(t.Conn >> 24), byte(t.Conn >> 16), byte(t.Conn >> 8), byte(t.Conn), side, side, side, side})
	n := h.Sum64()
	d.isn, d.id = uint32(n>>32), uint16(n>>16)
}

func (s *stream) direction(fromClient bool) *direction {
	if fromClient {
		return &s.client
	}
	return &s.server
}

// take reads an event.
func (s *stream) take(e *trace.Event) {
	fromClient := e.From == s.talk.Client.Host
	if e.To == e.From { // who calls itself is refused
		fromClient = e.Note == "SYN"
	}
	switch e.Kind {
	case trace.Segment:
		s.segment(e, fromClient)
	case trace.Lost:
		if i, ok := s.place[e.Re]; ok {
			s.frames[i].Lost = e.Note
		}
	case trace.Close:
		s.ended, s.end = true, e.At
	case trace.Command, trace.Response, trace.Reply, trace.Data, trace.Handshake:
		if d := s.direction(fromClient); d.newest > 0 {
			f := &s.frames[d.newest-1]
			f.Completes = append(f.Completes, e.Seq)
		}
	}
}

// flagsOf are the flags of a segment by its note. ACK comes to them when there is something to acknowledge.
var flagsOf = map[string]Flags{"": PSH, "SYN": SYN, "SYN-ACK": SYN, "FIN": FIN, "RST": RST}

// segment makes a frame of a segment.
func (s *stream) segment(e *trace.Event, fromClient bool) {
	d := s.direction(fromClient)
	f := Frame{
		At: e.At, Arrives: e.Arrives, Talk: s.talk, FromClient: fromClient, Event: e.Seq, Repeats: e.Re,
		Flags: flagsOf[e.Note], Window: Window, Payload: e.Raw,
	}
	if f.Flags&SYN != 0 {
		f.Options = synOptions
	}
	if f.Flags == RST && d.next == 0 { // it refuses, and answers no number of its own: RFC 9293 §3.10.7.1
		d.isn, d.next = ^uint32(0), 1
	}
	if first, ok := s.place[e.Re]; ok {
		f.RelSeq = s.frames[first].RelSeq
	} else {
		f.RelSeq = d.next
		d.next += f.span()
	}
	s.place[e.Seq] = len(s.frames)
	s.frames = append(s.frames, f)
	if len(e.Raw) > 0 && e.Re == 0 {
		d.newest = len(s.frames)
	}
}

// span is how many numbers the frame takes: one for each octet, for SYN and for FIN.
func (f *Frame) span() uint32 {
	n := uint32(len(f.Payload))
	if f.Flags&(SYN|FIN) != 0 {
		n++
	}
	return n
}

// complete adds the acknowledgements of their own, and all numbers.
func (s *stream) complete(now clock.Time) []Frame {
	s.acknowledge(now)
	slices.SortFunc(s.frames, inOrder)
	s.client.next, s.server.next = 0, 0
	for i := range s.frames {
		f := &s.frames[i]
		s.number(f, s.direction(f.FromClient), s.direction(!f.FromClient))
	}
	return s.frames
}

// acknowledge finds out what arrives, and has it acknowledged where its receiver says nothing at that moment.
func (s *stream) acknowledge(now clock.Time) {
	type moment struct {
		fromClient bool
		at         clock.Time
	}
	spoke := map[moment]uint64{} // the last that an end sent at a moment
	for i := range s.frames {
		f := &s.frames[i]
		spoke[moment{f.FromClient, f.At}] = f.Event
	}
	for _, f := range s.frames {
		if f.span() == 0 || f.Lost != "" || f.Arrives > now || s.ended && f.Arrives > s.end {
			continue
		}
		d := s.direction(f.FromClient)
		d.arrived = append(d.arrived, arrival{f.Arrives, f.Event, f.RelSeq + f.span()})
		if spoke[moment{!f.FromClient, f.Arrives}] > f.Event {
			continue
		}
		s.frames = append(s.frames, Frame{
			At: f.Arrives, Arrives: f.Arrives, Talk: s.talk, FromClient: !f.FromClient, Acks: f.Event, Window: Window,
		})
	}
}

// number gives a frame its numbers: what its sender has said, and what had arrived there by then.
func (s *stream) number(f *Frame, own, peer *direction) {
	if f.Acks != 0 {
		f.RelSeq = own.next
	}
	own.next = max(own.next, f.RelSeq+f.span())
	for len(peer.arrived) > 0 && (peer.arrived[0].at < f.At || peer.arrived[0].at == f.At && peer.arrived[0].event <= f.cause()) {
		peer.got = max(peer.got, peer.arrived[0].end)
		peer.arrived = peer.arrived[1:]
	}
	if peer.got > 0 {
		f.Flags |= ACK
		f.RelAck, f.Ack = peer.got, peer.isn+peer.got
	}
	f.Seq = own.isn + f.RelSeq
	f.ID = own.id
	own.id++
}
