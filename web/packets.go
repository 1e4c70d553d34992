package web

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"smtplab/sim/capture"
	"smtplab/sim/lab"
	"smtplab/sim/trace"
	"smtplab/sim/trace/packet"
	"smtplab/web/ui"
)

// maxFrames is how many frames are listed at a time.
const maxFrames = 300

// maxOctets is how many octets of a frame are drawn.
const maxOctets = 2048

// packetsView is a conversation as a network analyser shows it.
type packetsView struct {
	subject
	there  bool
	events map[uint64]trace.Event
	frames []packet.Frame
	chosen int // place in frames; -1 when there are none
	from   int // the frames that are listed
	to     int
}

func (v *packetsView) take(l *lab.Lab, sc *scene) (err error) {
	v.events = map[uint64]trace.Event{}
	if v.there, err = v.subject.take(l, sc, func(e *trace.Event) { v.events[e.Seq] = *e }); !v.there || err != nil {
		return err
	}
	c := capture.Of(l, v.talk.Conn)
	c.Events = slices.DeleteFunc(c.Events, func(e trace.Event) bool { return e.Seq > sc.last })
	v.frames = c.Frames()
	return v.choose()
}

// choose finds the frame that is opened, and those that are listed: the newest, or those before an event, or those around
// the one that is opened.
func (v *packetsView) choose() error {
	v.chosen, v.to = -1, len(v.frames)
	switch {
	case v.event != 0 || v.ack != 0:
		if v.chosen = slices.IndexFunc(v.frames, v.asked); v.chosen < 0 {
			return nothingHere
		}
	case len(v.frames) > 0: // the first that says something
		v.chosen = max(0, slices.IndexFunc(v.frames, func(f packet.Frame) bool { return len(f.Payload) > 0 }))
	}
	switch {
	case v.before != 0:
		v.to, _ = slices.BinarySearchFunc(v.frames, v.before, func(f packet.Frame, seq uint64) int {
			if max(f.Event, f.Acks) < seq {
				return -1
			}
			return 1
		})
	case v.event != 0 || v.ack != 0:
		if v.chosen < len(v.frames)-maxFrames {
			v.to = min(len(v.frames), v.chosen+maxFrames/2)
		}
	}
	v.from = max(0, v.to-maxFrames)
	return nil
}

// asked reports whether the query is about a frame: the segment that carries an event, or the acknowledgement of one.
func (v *packetsView) asked(f packet.Frame) bool {
	if v.ack != 0 {
		return f.Acks == v.ack
	}
	return f.Event == v.event || slices.Contains(f.Completes, v.event)
}

func (v *packetsView) draw(_ *Server, sc *scene, view *ui.View) {
	if !v.there {
		view.Empty = nothingYet
		return
	}
	view.Chooser = v.chooser(sc, view.Name)
	sc.talks = map[uint32]talk{v.talk.Conn: {Conversation: v.talk}}
	p := &ui.Packets{FileURL: fmt.Sprintf("%s/transcript.pcapng?conn=%d", sc.base, v.talk.Conn)}
	view.Chooser.Links = append(view.Chooser.Links, ui.TalkLink{Text: "Capture", Of: " file of this conversation", As: ui.ToFile, URL: p.FileURL})
	for i := v.from; i < v.to; i++ {
		p.Frames = append(p.Frames, v.row(sc, i))
	}
	if v.from > 0 || v.to < len(v.frames) {
		p.Cut = fmt.Sprintf("Frames %d to %d of %d.", v.from+1, v.to, len(v.frames))
	}
	if v.from > 0 {
		p.Earlier = ui.Link{Text: "Show earlier ones", URL: v.pageURL(sc, v.from)}
	}
	if v.to < len(v.frames) {
		p.Later = ui.Link{Text: "Show later ones", URL: v.pageURL(sc, v.to+maxFrames)}
	}
	if v.chosen >= 0 {
		p.Frame = v.frame(sc, v.chosen)
	}
	view.Packets = p
}

// pageURL is the view with the frames before one.
func (v *packetsView) pageURL(sc *scene, before int) string {
	q := viewQuery{conn: v.talk.Conn, show: v.show}
	if before < len(v.frames) {
		q.before = max(v.frames[before].Event, v.frames[before].Acks)
	}
	return sc.viewURL(q, "packets")
}

// row is a frame in the list.
func (v *packetsView) row(sc *scene, i int) ui.FrameRow {
	f := &v.frames[i]
	row := ui.FrameRow{
		N: i + 1, Time: seconds(f.At), From: sc.hostName(f.Source().Host), FromClient: f.FromClient, Proto: "TCP", Flags: f.Flags.String(),
		Seq: f.RelSeq, Len: len(f.Payload), Lost: f.Lost != "", Again: f.Repeats != 0, Chosen: i == v.chosen,
	}
	row.Info, row.Secret = v.info(sc, f)
	if f.Flags&packet.ACK != 0 {
		row.Ack = strconv.FormatUint(uint64(f.RelAck), 10)
	}
	if len(f.Payload) > 0 {
		e := v.events[f.Event]
		row.Proto = strings.ToUpper(v.talk.Proto.String())
		if sc.sealed(&e) {
			row.Proto = "TLS"
		}
	}
	q := viewQuery{conn: v.conn, show: v.show, before: v.before, event: f.Event}
	if f.Event == 0 {
		q.ack = f.Acks
	}
	row.URL = sc.viewURL(q, "packets")
	return row
}

// info is what a frame is for, in a few words.
func (v *packetsView) info(sc *scene, f *packet.Frame) (words, secret string) {
	switch {
	case f.Acks != 0:
		return "acknowledges what has come", ""
	case f.Repeats != 0 && len(f.Payload) > 0:
		if i := slices.IndexFunc(v.frames, func(first packet.Frame) bool { return first.Event == f.Repeats }); i >= 0 {
			return v.info(sc, &v.frames[i])
		}
	case len(f.Payload) == 0:
		return v.events[f.Event].Note, ""
	}
	if words, secret = sc.said(v.carried(f)); words+secret != "" {
		return words, secret
	}
	e := v.events[f.Event]
	return cut(sc.segmentWords(&e), maxArrowLabel), ""
}

// carried are the events of which a frame carries the last octets.
func (v *packetsView) carried(f *packet.Frame) []trace.Event {
	var events []trace.Event
	for _, seq := range f.Completes {
		events = append(events, v.events[seq])
	}
	return events
}

// frame is a frame with all its octets.
func (v *packetsView) frame(sc *scene, i int) *ui.Frame {
	f := &v.frames[i]
	octets := f.Append(nil)
	one := &ui.Frame{
		N:     i + 1,
		Title: sc.hostName(f.Source().Host) + " → " + sc.hostName(f.Destination().Host) + ", " + counted(len(octets), "octet") + " on the wire",
	}
	if f.Event != 0 {
		one.Explain = ui.Link{Text: "What this segment means", URL: eventURL(sc.base, f.Event)}
	} else {
		one.Notes = append(one.Notes, "The lab's network confirms what arrives without a segment of its own. This frame is written as a real machine would send it.")
	}
	if f.Repeats != 0 {
		one.Notes = append(one.Notes, "It was sent before, and lost.")
	}
	if f.Lost != "" {
		one.Notes = append(one.Notes, "It did not arrive: "+f.Lost+".")
	}
	kinds := []string{"ethernet", "ip", "tcp", "payload"}
	layers := f.Layers(octets)
	for n, l := range layers {
		layer := ui.FrameLayer{Kind: kinds[n], Name: l.Name, Words: fmt.Sprintf("%soctets %d to %d", layerWords(f, kinds[n]), l.At, l.At+l.Len-1)}
		for _, field := range l.Fields {
			layer.Fields = append(layer.Fields, ui.Term{Name: field.Name, Meaning: field.Value})
		}
		one.Layers = append(one.Layers, layer)
	}
	e := v.events[f.Event]
	clear := len(f.Payload) > 0 && !sc.sealed(&e)
	kindAt := func(at int) string {
		n := 0
		for n < len(layers)-1 && at >= layers[n+1].At {
			n++
		}
		return kinds[n]
	}
	var marked map[int]string
	if clear {
		marked = v.marks(f, len(octets)-len(f.Payload))
	}
	for _, kind := range marked {
		one.Ends, one.Stuffed = one.Ends || kind == "end", one.Stuffed || kind == "dot"
	}
	one.Rows = hexRows(octets[:min(len(octets), maxOctets)], func(at int) string { return orElse(marked[at], kindAt(at)) })
	one.More = max(0, len(octets)-maxOctets)
	v.text(sc, f, one, clear)
	return one
}

// layerWords are what matters most of a header.
func layerWords(f *packet.Frame, kind string) string {
	from, to := f.Source(), f.Destination()
	switch kind {
	case "ethernet":
		return net.HardwareAddr(from.MAC[:]).String() + " → " + net.HardwareAddr(to.MAC[:]).String() + ", "
	case "ip":
		return from.Addr.Addr().String() + " → " + to.Addr.Addr().String() + ", "
	case "tcp":
		return f.Info() + ", "
	}
	return ""
}

// carries reports whether a frame carries the end of such an event.
func (v *packetsView) carries(f *packet.Frame, is func(trace.Event) bool) bool {
	return slices.ContainsFunc(v.carried(f), is)
}

// stuffed is a part of a message whose dots are doubled: not one of BDAT, and none of POP3's lists.
func stuffed(e trace.Event) bool {
	return e.Kind == trace.Data && (e.Proto == trace.SMTP && e.Re == 0 || e.Verb == "RETR" || e.Verb == "TOP")
}

// marks are the places of octets in a frame that are not just text: what ends lines, dots that were doubled, passwords.
// The payload begins at a place in the frame.
func (v *packetsView) marks(f *packet.Frame, at int) map[int]string {
	marked := map[int]string{}
	message := v.carries(f, stuffed)
	commands := v.carries(f, func(e trace.Event) bool { return e.Kind == trace.Command })
	response := v.carries(f, func(e trace.Event) bool { return e.Kind == trace.Response })
	for line := range bytes.Lines(f.Payload[:min(len(f.Payload), maxOctets)]) {
		text := bytes.TrimRight(line, "\r\n")
		for i := len(text); i < len(line); i++ {
			marked[at+i] = "end"
		}
		if message && bytes.HasPrefix(text, []byte("..")) {
			marked[at] = "dot"
		}
		secret := len(text)
		if n := ui.SecretAt(string(text)); commands && n > 0 {
			secret = n
		} else if response {
			secret = 0
		}
		for i := secret; i < len(text); i++ {
			marked[at+i] = "secret"
		}
		at += len(line)
	}
	return marked
}

// hexRows are octets as hex dumps have them, each of its kind.
func hexRows(octets []byte, kind func(at int) string) []ui.HexRow {
	var rows []ui.HexRow
	for at := 0; at < len(octets); at += 16 {
		row := ui.HexRow{Offset: fmt.Sprintf("%04x", at)}
		for i, c := range octets[at:min(at+16, len(octets))] {
			k := kind(at + i)
			space := " "
			if i == 7 {
				space = "  "
			}
			row.Hex = addRun(row.Hex, k, fmt.Sprintf("%02x%s", c, space))
			row.Text = addRun(row.Text, k, dumped(c, k))
		}
		rows = append(rows, row)
	}
	return rows
}

// dumped is an octet in one character.
func dumped(c byte, kind string) string {
	switch {
	case kind == "end" && c == '\r':
		return "←"
	case kind == "end":
		return "↓"
	case c < ' ' || c > '~':
		return "·"
	}
	return string(rune(c))
}

func addRun(runs []ui.HexRun, kind, text string) []ui.HexRun {
	if n := len(runs); n > 0 && runs[n-1].Kind == kind {
		runs[n-1].Text += text
		return runs
	}
	return append(runs, ui.HexRun{Kind: kind, Text: text})
}

// maxCarried is how many lines of what a frame carries are drawn.
const maxCarried = 60

// text is what a frame carries, in lines with their ends: as it is, or as TLS had it before.
func (v *packetsView) text(sc *scene, f *packet.Frame, one *ui.Frame, clear bool) {
	one.Inside = "As text"
	if !clear {
		one.Inside = "Inside TLS, as whoever has the keys reads it"
	}
	for _, e := range v.carried(f) {
		var lines []ui.Line
		switch e.Kind {
		case trace.Command:
			lines = ui.CommandLines(e.Raw)
		case trace.Response:
			lines = ui.ResponseLines(e.Raw)
		case trace.Reply:
			lines = ui.ReplyLines(e.Raw)
		case trace.Data:
			lines, _, _ = messageLines(e.Raw, sc.pastHeader(&e), sc.talks[e.Conn].end)
		case trace.Handshake:
			lines = ui.NoteLines(e.Note)
		}
		one.Lines = append(one.Lines, lines...)
	}
	if len(one.Lines) == 0 && clear {
		one.Lines = ui.CommandLines(f.Payload)
	}
	if n := len(one.Lines); n > maxCarried {
		one.Lines = append(one.Lines[:maxCarried-1], ui.Line{Text: fmt.Sprintf("… and %d more lines", n-maxCarried+1)})
	}
}
