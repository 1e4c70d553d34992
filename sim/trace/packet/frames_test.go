package packet_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"smtplab/sim/capture"
	"smtplab/sim/clock"
	"smtplab/sim/lab"
	"smtplab/sim/trace"
	"smtplab/sim/trace/packet"
)

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// ms is lab time.
func ms(n int) clock.Time { return clock.Time(n) * clock.Time(time.Millisecond) }

var talks = []packet.Talk{{
	Conn:   1,
	Client: packet.Station{Host: "pc1", MAC: [6]byte{2, 0, 192, 168, 11, 1}, Addr: netip.MustParseAddrPort("192.168.11.1:49152")},
	Server: packet.Station{Host: "server", MAC: [6]byte{2, 0, 192, 168, 11, 4}, Addr: netip.MustParseAddrPort("192.168.11.4:25")},
}}

// wire is events of a connection by hand: each segment takes ten milliseconds.
type wire struct{ events []trace.Event }

func (w *wire) add(at int, e trace.Event) uint64 {
	e.Seq, e.At, e.Conn = uint64(len(w.events)+1), ms(at), 1
	if e.Kind == trace.Segment {
		e.Arrives = ms(at + 10)
	}
	w.events = append(w.events, e)
	return e.Seq
}

// sent is a segment: a flag, or octets.
func (w *wire) sent(at int, from, what string) uint64 {
	e := trace.Event{Kind: trace.Segment, From: from, To: "server"}
	if from == "server" {
		e.To = "pc1"
	}
	if strings.ToUpper(what) == what {
		e.Note = what
	} else {
		e.Raw = []byte(what)
	}
	return w.add(at, e)
}

func (w *wire) lost(at int, segment uint64, again int) uint64 {
	w.add(at, trace.Event{Kind: trace.Lost, Re: segment, Note: "the link was cut"})
	e := w.events[segment-1]
	e.Re = segment
	return w.add(again, e)
}

func (w *wire) opened() {
	w.sent(0, "pc1", "SYN")
	w.sent(10, "server", "SYN-ACK")
	w.sent(20, "pc1", "ACK")
}

// wants checks the frames at a time, in the words of Info and with when they were sent.
func (w *wire) wants(t *testing.T, now int, want ...string) {
	t.Helper()
	var got []string
	for _, f := range packet.Frames(talks, w.events, ms(now)) {
		info := strings.NewReplacer(" Win=262140", "", " Win=65535", "", " MSS=1460 WS=4", "").Replace(f.Info())
		got = append(got, fmt.Sprintf("%d %s", time.Duration(f.At).Milliseconds(), info))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// What is answered when it arrives is acknowledged by the answer, and everything else by a frame of its own.
func TestAcknowledgements(t *testing.T) {
	var w wire
	w.opened()
	w.sent(30, "server", "hello")
	w.sent(50, "pc1", "question")
	w.sent(60, "server", "answer")
	w.sent(65, "server", "more")
	w.sent(70, "server", "FIN")
	w.sent(80, "pc1", "FIN")
	want := []string{
		"0 49152 → 25 [SYN] Seq=0 Len=0",
		"10 25 → 49152 [SYN, ACK] Seq=0 Ack=1 Len=0",
		"20 49152 → 25 [ACK] Seq=1 Ack=1 Len=0",
		"30 25 → 49152 [PSH, ACK] Seq=1 Ack=1 Len=5",
		"40 49152 → 25 [ACK] Seq=1 Ack=6 Len=0",
		"50 49152 → 25 [PSH, ACK] Seq=1 Ack=6 Len=8",
		"60 25 → 49152 [PSH, ACK] Seq=6 Ack=9 Len=6",
		"65 25 → 49152 [PSH, ACK] Seq=12 Ack=9 Len=4",
		"70 49152 → 25 [ACK] Seq=9 Ack=12 Len=0",
		"70 25 → 49152 [FIN, ACK] Seq=16 Ack=9 Len=0",
		"75 49152 → 25 [ACK] Seq=9 Ack=16 Len=0",
		"80 49152 → 25 [FIN, ACK] Seq=9 Ack=17 Len=0",
	}
	w.wants(t, 85, want...)
	w.wants(t, 90, append(want, "90 25 → 49152 [ACK] Seq=17 Ack=10 Len=0")...)
}

// What was lost was sent all the same, and is not acknowledged until it arrives. Its repetition has its numbers.
func TestRepetitions(t *testing.T) {
	var w wire
	syn := w.sent(0, "pc1", "SYN")
	w.lost(10, syn, 1000)
	w.sent(1010, "server", "SYN-ACK")
	w.sent(1020, "pc1", "ACK")
	first := w.sent(1030, "server", "first")
	second := w.sent(1035, "server", "second")
	again := w.lost(1040, first, 2040)
	w.lost(1045, second, 2040)
	w.wants(t, 5000,
		"0 49152 → 25 [SYN] Seq=0 Len=0",
		"1000 49152 → 25 [SYN] Seq=0 Len=0",
		"1010 25 → 49152 [SYN, ACK] Seq=0 Ack=1 Len=0",
		"1020 49152 → 25 [ACK] Seq=1 Ack=1 Len=0",
		"1030 25 → 49152 [PSH, ACK] Seq=1 Ack=1 Len=5",
		"1035 25 → 49152 [PSH, ACK] Seq=6 Ack=1 Len=6",
		"2040 25 → 49152 [PSH, ACK] Seq=1 Ack=1 Len=5",
		"2040 25 → 49152 [PSH, ACK] Seq=6 Ack=1 Len=6",
		"2050 49152 → 25 [ACK] Seq=1 Ack=6 Len=0",
		"2050 49152 → 25 [ACK] Seq=1 Ack=12 Len=0",
	)
	frames := packet.Frames(talks, w.events, ms(5000))
	if f := frames[4]; f.Event != first || f.Lost != "the link was cut" || f.Repeats != 0 {
		t.Errorf("what was lost: %+v", f)
	}
	if f := frames[6]; f.Event != again || f.Lost != "" || f.Repeats != first {
		t.Errorf("what repeats it: %+v", f)
	}
}

// Between a repetition and the next one an acknowledgement has the number behind all that was sent.
func TestAcknowledgementAfterRepetition(t *testing.T) {
	var w wire
	w.opened()
	first := w.sent(30, "server", "first")
	w.sent(35, "server", "second")
	w.lost(40, first, 1040)
	w.sent(1045, "pc1", "still there?")
	frames := packet.Frames(talks, w.events, ms(5000))
	if f := frames[len(frames)-1]; f.Acks == 0 || f.Info() != "25 → 49152 [ACK] Seq=12 Ack=13 Win=262140 Len=0" {
		t.Errorf("the last frame is %s", f.Info())
	}
}

// A port where nobody listens answers SYN with a reset whose own number is 0 on the wire: RFC 9293 §3.10.7.1.
func TestRefusal(t *testing.T) {
	var w wire
	w.sent(0, "pc1", "SYN")
	w.sent(10, "server", "RST")
	w.add(20, trace.Event{Kind: trace.Close, Note: "refused"})
	w.wants(t, 100, "0 49152 → 25 [SYN] Seq=0 Len=0", "10 25 → 49152 [RST, ACK] Seq=1 Ack=1 Len=0")
	frames := packet.Frames(talks, w.events, ms(100))
	if frames[1].Seq != 0 || frames[1].Ack != frames[0].Seq+1 {
		t.Errorf("on the wire: %d, %d after %d", frames[1].Seq, frames[1].Ack, frames[0].Seq)
	}
}

// A host that calls itself is both ends.
func TestRefusalByOneself(t *testing.T) {
	self := []packet.Talk{talks[0]}
	self[0].Server.Host = "pc1"
	events := []trace.Event{
		{Seq: 1, Kind: trace.Segment, Conn: 1, From: "pc1", To: "pc1", Note: "SYN"},
		{Seq: 2, Kind: trace.Segment, Conn: 1, From: "pc1", To: "pc1", Note: "RST"},
	}
	frames := packet.Frames(self, events, 0)
	if len(frames) != 2 || !frames[0].FromClient || frames[1].FromClient {
		t.Errorf("got %+v", frames)
	}
}

// What comes to an end that has gone is not acknowledged.
func TestReset(t *testing.T) {
	var w wire
	w.opened()
	w.sent(30, "server", "hello")
	w.sent(35, "pc1", "stop")
	w.sent(38, "server", "too late")
	w.sent(40, "pc1", "RST")
	w.add(40, trace.Event{Kind: trace.Close, Note: "reset by pc1"})
	w.wants(t, 100,
		"0 49152 → 25 [SYN] Seq=0 Len=0",
		"10 25 → 49152 [SYN, ACK] Seq=0 Ack=1 Len=0",
		"20 49152 → 25 [ACK] Seq=1 Ack=1 Len=0",
		"30 25 → 49152 [PSH, ACK] Seq=1 Ack=1 Len=5",
		"35 49152 → 25 [PSH, ACK] Seq=1 Ack=1 Len=4",
		"38 25 → 49152 [PSH, ACK] Seq=6 Ack=1 Len=8",
		"40 49152 → 25 [RST, ACK] Seq=5 Ack=6 Len=0",
	)
}

// What a frame completes is what its sender had said by then, also what began in frames before.
func TestCompletes(t *testing.T) {
	var w wire
	w.opened()
	w.sent(30, "pc1", "Mail Fr")
	again := w.sent(31, "pc1", "om:<>\r\nNoop\r\nqui")
	mail := w.add(31, trace.Event{Kind: trace.Command, From: "pc1", To: "server"})
	noop := w.add(31, trace.Event{Kind: trace.Command, From: "pc1", To: "server"})
	w.lost(41, again, 1041)
	w.sent(1051, "server", "250 ok\r\n")
	ok := w.add(1051, trace.Event{Kind: trace.Reply, From: "server", To: "pc1"})
	rest := w.add(2000, trace.Event{Kind: trace.Command, From: "pc1", To: "server"}) // told when the connection ends
	var got [][]uint64
	for _, f := range packet.Frames(talks, w.events, ms(2000)) {
		if len(f.Payload) > 0 {
			got = append(got, f.Completes)
		}
	}
	if want := [][]uint64{nil, {mail, noop, rest}, nil, {ok}}; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Whatever happens in a lab, what its frames say is what TCP could have done: checked by one who reads their octets. The
// past does not change as time goes on, and a connection's frames are the same alone and among others.
func TestRandomLabs(t *testing.T) {
	seen := map[string]int{}
	defer func() {
		for _, what := range []string{"sent again", "lost", "RST, ACK", "FIN, ACK", "acknowledgement", "large", "of TLS"} {
			if seen[what] < 5 {
				t.Errorf("%d frames are %s: that is no test", seen[what], what)
			}
		}
	}()
	for seed := range uint64(30) {
		l := randomLab(t, seed)
		var early [][]packet.Frame
		rng := rand.New(rand.NewPCG(seed, 7))
		var moments []clock.Time
		for range 40 {
			act(l, rng)
			for range rng.IntN(40) {
				l.Step()
			}
			early, moments = append(early, capture.Of(l, 0).Frames()), append(moments, l.Now())
		}
		l.Settle()
		c := capture.Of(l, 0)
		frames := c.Frames()
		check(t, seed, c, frames)
		for i := range frames {
			for _, word := range words(&frames[i]) {
				seen[word]++
			}
		}
		for i, now := range moments {
			past := func(f packet.Frame) bool { return f.At < now }
			n := count(frames, past)
			if count(early[i], past) != n || !slices.EqualFunc(early[i][:n], frames[:n], sameOctets) {
				t.Fatalf("seed %d: what was sent before %d is another at the end", seed, now)
			}
		}
		for _, talk := range c.Talks {
			whole := slices.DeleteFunc(slices.Clone(frames), func(f packet.Frame) bool { return f.Talk.Conn != talk.Conn })
			if alone := capture.Of(l, talk.Conn).Frames(); !slices.EqualFunc(alone, whole, sameOctets) {
				t.Fatalf("seed %d: connection %d differs alone", seed, talk.Conn)
			}
		}
	}
}

// words say what is special about a frame.
func words(f *packet.Frame) []string {
	all := []string{f.Flags.String()}
	for word, is := range map[string]bool{
		"sent again": f.Repeats != 0, "lost": f.Lost != "", "acknowledgement": f.Acks != 0,
		"large": f.Len() > 30_000, "of TLS": len(f.Payload) > 5 && f.Payload[0] == 23 && f.Payload[1] == 3,
	} {
		if is {
			all = append(all, word)
		}
	}
	return all
}

func count(frames []packet.Frame, is func(packet.Frame) bool) (n int) {
	for _, f := range frames {
		if is(f) {
			n++
		}
	}
	return n
}

func sameOctets(a, b packet.Frame) bool { return bytes.Equal(a.Append(nil), b.Append(nil)) }

func randomLab(t *testing.T, seed uint64) *lab.Lab {
	t.Helper()
	spec := lab.Default("random", seed, start)
	links := []lab.Link{{}, {Latency: time.Millisecond}, {Bandwidth: 64_000}, lab.DefaultLink, {Latency: 3 * time.Second, Bandwidth: 9600}}
	for i := range spec.Hosts {
		if spec.Hosts[i].Kind != lab.Switch {
			spec.Hosts[i].Link = links[(int(seed)+i*int(seed%3))%len(links)]
		}
	}
	l, err := lab.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// act does something in a lab, if it can be done.
func act(l *lab.Lab, rng *rand.Rand) {
	pc := fmt.Sprintf("pc%d", 1+rng.IntN(3))
	host := []string{pc, "server"}[rng.IntN(2)]
	line := l.LastLine()
	ports := []int{25, 26, 110, 465, 587, 995}
	tls := lab.Access{Port: uint16(ports[rng.IntN(len(ports))]), TLS: []lab.TLS{lab.TLSFirst, lab.TLSOffered}[rng.IntN(2)]}
	actions := []lab.Action{
		{Verb: lab.Send, Host: pc, Mail: &lab.Mail{To: "pc2@email.com", Subject: "x", Body: strings.Repeat("text\n.\n", rng.IntN(12_000))}},
		{Verb: lab.Send, Host: pc, Mail: &lab.Mail{To: "pc2@email.com", Subject: "x"}},
		{Verb: lab.Fetch, Host: pc},
		{Verb: lab.Cut, Host: host},
		{Verb: lab.Restore, Host: host}, {Verb: lab.Restore, Host: pc}, {Verb: lab.Restore, Host: "server"},
		{Verb: lab.Skip},
		{Verb: lab.Restart, Host: "server"},
		{Verb: lab.Setup, Host: pc, Settings: &lab.Settings{Account: &lab.Account{Server: "192.168.11.4", User: pc, Password: pc, SMTP: tls, POP3: lab.Access{Port: 995, TLS: lab.TLSFirst}}}},
		{Verb: lab.Setup, Host: pc, Settings: &lab.Settings{Account: &lab.Account{Server: l.Hosts()[rng.IntN(4)].IP.String(), SMTP: tls, POP3: tls}}},
		{Verb: lab.Connect, Host: lab.OutsideID, N: ports[rng.IntN(len(ports))]},
		{Verb: lab.Say, Conn: line, Data: []byte("EHLO x\r\nMAIL FR")}, {Verb: lab.Say, Conn: line, Data: []byte("NOOP\r\n")},
		{Verb: lab.Took, Conn: line, N: 1 + rng.IntN(20)},
		{Verb: lab.Finish, Conn: line}, {Verb: lab.Drop, Conn: line},
	}
	if a := actions[rng.IntN(len(actions))]; l.Check(a) == nil {
		if err := l.Apply(a); err != nil {
			panic(err) // Check said that it can be done
		}
	}
}

// end is what a reader of frames knows of one end of a connection.
type end struct {
	known  bool
	next   uint32 // behind the newest of its octets
	acked  uint32 // up to where the other has acknowledged them
	stream []byte
}

// check reads frames by their octets, as TCP's rules have it, and compares them with the events.
func check(t *testing.T, seed uint64, c *capture.Capture, frames []packet.Frame) {
	t.Helper()
	fail := func(f *packet.Frame, format string, args ...any) {
		t.Helper()
		t.Fatalf("seed %d, connection %d, at %d: %s: %s", seed, f.Talk.Conn, f.At, f.Info(), fmt.Sprintf(format, args...))
	}
	ends := map[place]*end{}
	completed := map[uint64]bool{}
	segments := map[uint64]*packet.Frame{}
	var last clock.Time
	for i := range frames {
		f := &frames[i]
		if f.At < last {
			fail(f, "it comes too late")
		}
		last = f.At
		octets := f.Append(nil)
		if sum(octets[14:34]) != 0 {
			fail(f, "IP's checksum is wrong")
		}
		if sum(octets[26:34], []byte{0, 6}, be.AppendUint16(nil, uint16(len(octets)-34)), octets[34:]) != 0 {
			fail(f, "TCP's checksum is wrong")
		}
		if n := int(be.Uint16(octets[16:])); n != len(octets)-14 || f.Len() != len(octets) {
			fail(f, "it says that it has %d octets of %d", n, len(octets)-14)
		}
		tcp := octets[34:]
		seq, ack, flags := be.Uint32(tcp[4:]), be.Uint32(tcp[8:]), packet.Flags(tcp[13])
		payload := tcp[tcp[12]>>4*4:]
		from, to := of(ends, f.Talk.Conn, f.Source()), of(ends, f.Talk.Conn, f.Destination())
		span := uint32(len(payload))
		if flags&(packet.SYN|packet.FIN) != 0 {
			span++
		}
		first := segments[f.Repeats]
		switch {
		case f.Repeats != 0 && (first == nil || first.Seq != seq || !bytes.Equal(first.Payload, payload) || first.Flags&^packet.ACK != flags&^packet.ACK):
			fail(f, "it does not repeat %+v", first)
		case f.Repeats != 0:
		case !from.known && flags&(packet.SYN|packet.RST) == 0:
			fail(f, "it begins without SYN")
		case !from.known:
			from.known, from.next, from.acked = true, seq, seq
		case seq != from.next:
			fail(f, "its number is %d, after %d", seq, from.next)
		}
		if f.Repeats == 0 {
			from.next = seq + span
			from.stream = append(from.stream, payload...)
		}
		if flags&packet.ACK != 0 {
			if int32(ack-to.next) > 0 || int32(ack-to.acked) < 0 {
				fail(f, "it acknowledges %d of %d, after %d", ack, to.next, to.acked)
			}
			to.acked = ack
		} else if flags&(packet.SYN|packet.RST) == 0 {
			fail(f, "it acknowledges nothing")
		}
		if under := from.next - from.acked; under > packet.Window<<packet.Scale {
			fail(f, "%d octets are under way, more than the window", under)
		}
		for _, seq := range f.Completes {
			if completed[seq] || len(payload) == 0 || seq <= f.Event {
				fail(f, "it cannot complete event %d", seq)
			}
			completed[seq] = true
		}
		if f.Event != 0 {
			segments[f.Event] = f
		}
	}
	streams := map[place][]byte{}
	for _, e := range c.Events {
		switch e.Kind {
		case trace.Segment:
			f := segments[e.Seq]
			if f == nil || f.At != e.At || f.Repeats != e.Re || f.Source().Host != e.From || !bytes.Equal(f.Payload, e.Raw) {
				t.Fatalf("seed %d: segment %+v is frame %+v", seed, e, f)
			}
			if e.Re == 0 {
				here := place{e.Conn, f.Source().Addr}
				streams[here] = append(streams[here], e.Raw...)
			}
		case trace.Command, trace.Response, trace.Reply, trace.Data, trace.Handshake:
			if !completed[e.Seq] {
				t.Fatalf("seed %d: no frame completes %+v", seed, e)
			}
		}
	}
	for here, want := range streams {
		if !bytes.Equal(ends[here].stream, want) {
			t.Fatalf("seed %d: %v: the frames carry %d octets, the segments %d", seed, here, len(ends[here].stream), len(want))
		}
	}
	// Where connections ended in good order, nothing is left unacknowledged.
	for _, e := range c.Events {
		if e.Kind == trace.Close && e.Note == "closed" {
			for here, end := range ends {
				if here.conn == e.Conn && end.acked != end.next {
					t.Fatalf("seed %d: %v: %d of %d are acknowledged", seed, here, end.acked, end.next)
				}
			}
		}
	}
}

// place is an end of a connection.
type place struct {
	conn uint32
	addr netip.AddrPort
}

func of(ends map[place]*end, conn uint32, s packet.Station) *end {
	here := place{conn, s.Addr}
	if ends[here] == nil {
		ends[here] = &end{}
	}
	return ends[here]
}

var be = binary.BigEndian

// sum is the checksum of RFC 1071 over parts of even length but the last: 0 when one that is in there is right.
func sum(parts ...[]byte) uint16 {
	n := uint32(0)
	for _, p := range parts {
		for i, c := range p {
			n += uint32(c) << (8 * (1 - i%2))
			n = n>>16 + n&0xFFFF
		}
	}
	return ^uint16(n>>16 + n)
}

// The layers name every octet of the headers once, and say of each what it holds.
func TestLayers(t *testing.T) {
	var w wire
	w.opened()
	w.sent(30, "server", "hello")
	frames := packet.Frames(talks, w.events, ms(100))
	for _, f := range frames {
		octets := f.Append(nil)
		at := 0
		for _, l := range f.Layers(octets) {
			if l.At != at {
				t.Errorf("%s: %s begins at %d, want %d", f.Info(), l.Name, l.At, at)
			}
			for _, field := range l.Fields {
				if field.At != at {
					t.Errorf("%s: %s begins at %d, want %d", f.Info(), field.Name, field.At, at)
				}
				at += field.Len
			}
			if l.Name == "Payload" {
				at += l.Len
			}
			if at != l.At+l.Len {
				t.Errorf("%s: %s ends at %d, want %d", f.Info(), l.Name, at, l.At+l.Len)
			}
		}
		if at != len(octets) {
			t.Errorf("%s: %d octets of %d are named", f.Info(), at, len(octets))
		}
	}
	hello := frames[3]
	octets := hello.Append(nil)
	said := map[string]string{}
	for _, l := range hello.Layers(octets) {
		for _, field := range l.Fields {
			said[l.Name+": "+field.Name] = field.Value
		}
	}
	for name, want := range map[string]string{
		"Ethernet II: Source":                                   "02:00:c0:a8:0b:04",
		"Ethernet II: Destination":                              "02:00:c0:a8:0b:01",
		"Internet Protocol, version 4: Total length":            "45",
		"Internet Protocol, version 4: Source address":          "192.168.11.4",
		"Internet Protocol, version 4: Header checksum":         fmt.Sprintf("0x%04x", be.Uint16(octets[24:])),
		"Transmission Control Protocol: Destination port":       "49152",
		"Transmission Control Protocol: Sequence number":        fmt.Sprintf("1 (relative), %d", be.Uint32(octets[38:])),
		"Transmission Control Protocol: Acknowledgement number": fmt.Sprintf("1 (relative), %d", be.Uint32(octets[42:])),
		"Transmission Control Protocol: Flags":                  "PSH, ACK (0x18)",
		"Transmission Control Protocol: Window":                 "65535, scaled to 262140",
		"Transmission Control Protocol: Checksum":               fmt.Sprintf("0x%04x", be.Uint16(octets[50:])),
	} {
		if said[name] != want {
			t.Errorf("%s is %q, want %q", name, said[name], want)
		}
	}
}
