package web

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
	"smtplab/web/ui"
)

// maxArrows is how many segments a ladder shows at a time.
const maxArrows = 300

// ladderView is a conversation as a sequence diagram.
type ladderView struct {
	subject
	there  bool
	arrows []uint64 // the segments of the whole conversation
	arrowRange
	events []trace.Event // of the range that is shown, and what happened to the hosts meanwhile
}

// arrowRange is the arrows that are shown, by their places.
type arrowRange struct{ from, to int }

func (v *ladderView) take(l *lab.Lab, sc *scene) (err error) {
	v.there, err = v.subject.take(l, sc, func(e *trace.Event) {
		if e.Kind == trace.Segment {
			v.arrows = append(v.arrows, e.Seq)
		}
	})
	if v.there && err == nil {
		v.cut()
		v.events = v.between(l, sc)
	}
	return err
}

// cut finds the range: the last arrows, or those before an event.
func (v *ladderView) cut() {
	v.to = len(v.arrows)
	if v.before != 0 {
		v.to, _ = slices.BinarySearch(v.arrows, v.before)
	}
	v.from = max(0, v.to-maxArrows)
}

// between are the events of the range, up to the first segment behind it.
func (v *ladderView) between(l *lab.Lab, sc *scene) (events []trace.Event) {
	first, end := v.talk.First, min(v.talk.Last, sc.last)+1
	if v.from > 0 {
		first = v.arrows[v.from]
	}
	if v.to < len(v.arrows) {
		end = v.arrows[v.to]
	}
	for e := range l.Trace().After(back(first, 1)) {
		if e.Seq >= end {
			break
		}
		if e.Conn == v.talk.Conn || e.Kind == trace.Condition && (e.From == v.talk.Client || e.From == v.talk.Server) {
			events = append(events, e)
		}
	}
	return events
}

func (v *ladderView) draw(s *Server, sc *scene, view *ui.View) {
	if !v.there {
		view.Empty = nothingYet
		return
	}
	view.Chooser = v.chooser(sc, view.Name)
	view.Chooser.Links = append(view.Chooser.Links, ui.TalkLink{
		Text: "SVG", Of: " drawing to keep", As: ui.ToFile, URL: fmt.Sprintf("%s/ladder.svg?conn=%d", sc.base, v.talk.Conn),
	})
	sc.events = v.events
	sc.talks = map[uint32]talk{v.talk.Conn: {Conversation: v.talk}}
	ladder := sc.ladder(v.talk)
	ladder.TextURL = sc.talkURL(v.talk.Conn)
	if v.from > 0 || v.to < len(v.arrows) {
		ladder.Cut = fmt.Sprintf("Arrows %d to %d of %d.", v.from+1, v.to, len(v.arrows))
	}
	at := func(i int) string {
		q := viewQuery{conn: v.talk.Conn, show: v.show}
		if i < len(v.arrows) {
			q.before = v.arrows[i]
		}
		return sc.viewURL(q, "ladder")
	}
	if v.from > 0 {
		ladder.Earlier = ui.Link{Text: "Show earlier ones", URL: at(v.from)}
	}
	if v.to < len(v.arrows) {
		ladder.Later = ui.Link{Text: "Show later ones", URL: at(v.to + maxArrows)}
	}
	view.Ladder = &ladder
}

// ladderFile is the same drawing as a file: GET /labs/{lab}/ladder.svg?conn=N. It holds no address of the lab.
func (s *Server) ladderFile(w http.ResponseWriter, r *http.Request) error {
	q, err := readViewQuery(r)
	if err != nil {
		return err
	}
	v := &ladderView{subject: subject{viewQuery: q}}
	var sc *scene
	var taken error
	err = s.see(r, func(l *lab.Lab) {
		sc = look(l, accessOf(r))
		taken = v.take(l, sc)
	})
	if err = orElse(err, taken); err != nil {
		return err
	}
	if !v.there {
		return nothingHere
	}
	var b bytes.Buffer
	if err := WriteLadder(&b, v.talk, sc.hosts, v.events); err != nil {
		return err
	}
	attach(w, "image/svg+xml", fmt.Sprintf("%s-%d.svg", fileName(sc.name), v.talk.Conn))
	_, err = w.Write(b.Bytes())
	return sent(err)
}

// WriteLadder writes a conversation as a sequence diagram in SVG, which needs nothing but itself. Of the events those of
// the conversation are drawn, and what happened to its hosts' links. It returns the writer's error.
func WriteLadder(w io.Writer, c lab.Conversation, hosts []lab.HostView, events []trace.Event) error {
	sc := &scene{hosts: hosts, events: events, talks: map[uint32]talk{c.Conn: {Conversation: c}}}
	return ui.WriteLadder(w, sc.ladder(c))
}

// ladder draws the scene's events of a conversation.
func (sc *scene) ladder(c lab.Conversation) ui.Ladder {
	l := ui.Ladder{
		Title:  sc.hostName(c.Client) + " → " + sc.hostName(c.Server) + ": " + protoWords(c) + ", " + c.Outcome,
		Client: ui.LadderEnd{Name: sc.hostName(c.Client), Address: c.ClientAddr.String()},
		Server: ui.LadderEnd{Name: sc.hostName(c.Server), Address: c.ServerAddr.String()},
	}
	place := map[uint64]int{} // of a segment, in Steps
	for i := range sc.events {
		e := &sc.events[i]
		switch {
		case e.Conn != c.Conn && e.Kind != trace.Condition:
		case e.Kind == trace.Segment:
			place[e.Seq] = len(l.Steps)
			l.Steps = append(l.Steps, sc.ladderStep(e, saidIn(sc.events[i+1:], e)))
			if first, ok := place[e.Re]; ok {
				again := &l.Steps[len(l.Steps)-1]
				was := l.Steps[first]
				again.Label, again.Secret, again.Kind, again.Tone = was.Label, was.Secret, was.Kind, was.Tone
			}
		case e.Kind == trace.Lost:
			if lost, ok := place[e.Re]; ok {
				l.Steps[lost].Lost = e.Note
			}
		case e.Kind == trace.Store:
			l.Notes = append(l.Notes, ladderNote(e, "✓ stored for "+e.Note, "good"))
		case e.Kind == trace.Condition:
			l.Notes = append(l.Notes, ladderNote(e, sc.hostName(e.From)+": "+e.Note, ""))
		case e.Kind == trace.Close && e.Note != "closed":
			l.Notes = append(l.Notes, ladderNote(e, "✗ "+e.Note, "bad"))
		case e.Kind == trace.Close:
			l.Notes = append(l.Notes, ladderNote(e, "closed", ""))
		}
	}
	return l
}

func ladderNote(e *trace.Event, text, tone string) ui.LadderNote {
	return ui.LadderNote{Seq: e.Seq, At: time.Duration(e.At), Text: text, Tone: tone}
}

// saidIn are the events that tell what a segment carried: they come right behind it.
func saidIn(after []trace.Event, segment *trace.Event) []trace.Event {
	for i := range after {
		if e := &after[i]; e.From != segment.From || e.At != segment.At || !e.Line() && e.Kind != trace.Handshake {
			return after[:i]
		}
	}
	return after
}

// ladderStep is a segment as an arrow, which leads to what explains the first thing that it says.
func (sc *scene) ladderStep(e *trace.Event, said []trace.Event) ui.LadderStep {
	s := ui.LadderStep{
		Seq: e.Seq, Sent: time.Duration(e.At), Arrives: time.Duration(e.Arrives), FromClient: sc.side(e) == "client" && (e.From != e.To || e.Note == "SYN"),
		Kind: "text", Again: e.Re != 0, Time: seconds(e.At), Took: took(e.Arrives.Sub(e.At)), URL: eventURL(sc.base, e.Seq),
	}
	if len(said) > 0 {
		s.URL = eventURL(sc.base, said[0].Seq)
	}
	switch {
	case e.Note != "":
		s.Kind, s.Label = "tcp", e.Note
	case sc.sealed(e):
		s.Kind = "tls"
	}
	if s.Label == "" {
		s.Label, s.Secret = sc.said(said)
	}
	if s.Label+s.Secret == "" {
		s.Label = cut(sc.segmentWords(e), maxArrowLabel)
	}
	for i := range said {
		if t := toneOfReply(&said[i]); worse(t, s.Tone) {
			s.Tone = t
		}
	}
	return s
}

// maxArrowLabel is how many characters fit along an arrow.
const maxArrowLabel = 50

// said is what a segment carried in a few words: the only command or reply, with a password in it apart; the verbs and
// codes of several; how large a message is.
func (sc *scene) said(events []trace.Event) (words, secret string) {
	if len(events) == 1 && events[0].Kind != trace.Data && events[0].Kind != trace.Handshake {
		e := &events[0]
		line, more, _ := strings.Cut(string(e.Raw), "\r\n")
		switch n := strings.Count(more, "\r\n"); {
		case line == "":
			return "(an empty line)", ""
		case n > 0:
			suffix := fmt.Sprintf(" (%d lines)", n+1)
			return cut(line, maxArrowLabel-len(suffix)) + suffix, ""
		case e.Kind == trace.Response && line != "*":
			return "", cut(line, maxArrowLabel)
		case e.Kind == trace.Command && ui.SecretAt(line) > 0:
			at := ui.SecretAt(line)
			return ui.Visible(line[:at]), cut(line[at:], max(1, maxArrowLabel-at))
		}
		return cut(line, maxArrowLabel), ""
	}
	var parts []string
	for len(events) > 0 {
		kind := events[0].Kind
		n := 1
		for n < len(events) && events[n].Kind == kind {
			n++
		}
		parts = append(parts, sameKind(events[:n]))
		events = events[n:]
	}
	return cut(strings.Join(parts, " · "), maxArrowLabel), ""
}

// sameKind is several events of one kind in a few words.
func sameKind(events []trace.Event) string {
	var words []string
	octets := 0
	for i := range events {
		e := &events[i]
		octets += len(e.Raw)
		switch e.Kind {
		case trace.Handshake:
			name, _, _ := strings.Cut(e.Note, ":")
			words = append(words, name)
		case trace.Command:
			line, _, _ := strings.Cut(string(e.Raw), "\r\n")
			words = append(words, line[:orElse(ui.SecretAt(line), len(line))])
		default:
			words = append(words, naming(*e))
		}
	}
	switch e := &events[0]; {
	case e.Kind == trace.Data && e.Proto == trace.POP3 && e.Re != 0 && e.Verb != "RETR" && e.Verb != "TOP":
		return "list, " + size(int64(octets))
	case e.Kind == trace.Data:
		return "message, " + size(int64(octets))
	case e.Kind == trace.Handshake && len(words) > 3:
		return fmt.Sprintf("%s … %s (%d messages)", words[0], words[len(words)-1], len(words))
	case e.Kind == trace.Command && len(words) > 1:
		return verbs(words)
	}
	return strings.Join(words, " · ")
}

// tones are from good to bad.
var tones = []string{"", "ok", "more", "temp", "err"}

func worse(tone, than string) bool { return slices.Index(tones, tone) > slices.Index(tones, than) }

// toneOfReply is the tone of a reply's code, as rows colour it; "" of what is no reply.
func toneOfReply(e *trace.Event) string {
	if e.Kind != trace.Reply {
		return ""
	}
	switch {
	case e.Code < 0 || e.Code >= 500:
		return "err"
	case e.Code >= 400:
		return "temp"
	case e.Code == 0 || e.Code >= 300:
		return "more"
	}
	return "ok"
}
