package web

import (
	"bytes"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
	"smtplab/web/ui"
)

// This file says what moves on the map, and how the edges of the page stand. The kinds are ui.Wire's.

// joins are the hosts that are there without being in the Spec, if the scene tells something of them; all of them for
// a newcomer. They come before anything moves to them.
func (sc *scene) joins(ctx context.Context, all bool) ([]ui.Wire, error) {
	var wires []ui.Wire
	for _, h := range sc.hosts {
		if h.Kind != lab.Outside || !all && !sc.touched()[h.ID] {
			continue
		}
		var b bytes.Buffer
		if err := ui.Joined(sc.networkMap(), h.ID).Render(ctx, &b); err != nil {
			return nil, err
		}
		wires = append(wires, ui.Wire{Kind: ui.WireJoin, Host: h.ID, HTML: b.String()})
	}
	return wires, nil
}

// motions are the scene's events as the map shows them.
func (sc *scene) motions() []ui.Wire {
	var wires []ui.Wire
	for i := range sc.events {
		e := &sc.events[i]
		w := ui.Wire{Seq: e.Seq, Conn: e.Conn, From: e.From, To: e.To, Proto: e.Proto.String()}
		switch e.Kind {
		case trace.Segment:
			w.Kind, w.Label, w.Ms, w.Side, w.Secure = ui.WireSegment, sc.label(e), sc.travel(), sc.side(e), sc.sealed(e)
		case trace.Lost:
			w.Kind, w.Label, w.Ms, w.Side = ui.WireLost, e.Note, sc.travel(), sc.side(e)
		case trace.Open:
			w.Kind = ui.WireOpen
		case trace.Close:
			w.Kind = ui.WireClose
		case trace.Condition:
			w = ui.Wire{Kind: ui.WireCondition, Seq: e.Seq, Host: e.From, Up: sc.up(e.From)}
		case trace.Reset:
			w = ui.Wire{Kind: ui.WireReset, Seq: e.Seq}
		default:
			sc.follow(e)
			continue
		}
		if e.Kind == trace.Segment && len(e.Raw) > 0 {
			w.Proto = sc.talks[e.Conn].Proto.String()
		}
		wires = append(wires, w)
	}
	return wires
}

// follow keeps track of who is in the middle of a message.
func (sc *scene) follow(e *trace.Event) {
	if e.Kind != trace.Reply {
		return
	}
	t := sc.talks[e.Conn]
	t.inData = e.After == trace.InData
	sc.talks[e.Conn] = t
}

// maxLabel is how many characters stand beside what travels.
const maxLabel = 32

// label is what is written beside a segment: its flag, the TLS records that it is, the codes that it answers with, its command, or the verbs of
// several, since both sides may pipeline.
func (sc *scene) label(e *trace.Event) string {
	t := sc.talks[e.Conn]
	lines := strings.Split(strings.TrimSuffix(string(e.Raw), "\r\n"), "\r\n")
	text := lines[0]
	switch {
	case len(e.Raw) == 0:
		return e.Note
	case sc.sealed(e):
		text = sealWords(sc.segmentWords(e))
	case e.From == t.Client && t.inData:
		return "message, " + size(int64(len(e.Raw)))
	case e.From == t.Server && t.Proto == trace.SMTP:
		text = codes(lines)
	case e.From == t.Server:
		text, _, _ = strings.Cut(text, " ")
	case len(lines) > 1:
		text = verbs(lines)
	}
	return cut(text, maxLabel)
}

// sealWords are what a segment of TLS carries, without the numbers when there are several records.
func sealWords(words string) string {
	records := strings.Split(words, ", ")
	if len(records) == 1 {
		return words
	}
	kinds := []string{}
	for _, record := range records {
		if kind := strings.TrimRight(strings.SplitN(record, " octet", 2)[0], " 0123456789"); !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return strings.Join(kinds, ", ")
}

// verbs are those of all commands in the lines, repetitions counted: "MAIL · 3 RCPT · DATA".
func verbs(lines []string) string {
	var all []string
	for i := 0; i < len(lines); {
		verb, _, _ := strings.Cut(lines[i], " ")
		n := 1
		for i+n < len(lines) && strings.HasPrefix(lines[i+n], verb+" ") {
			n++
		}
		if i += n; n > 1 {
			verb = strconv.Itoa(n) + " " + verb
		}
		all = append(all, verb)
	}
	return strings.Join(all, " · ")
}

// codes are those of all replies in the lines, each from its last line: RFC 5321 §4.2.1.
func codes(lines []string) string {
	var all []string
	for _, line := range lines {
		if len(line) == 3 || len(line) > 3 && line[3] == ' ' {
			all = append(all, line[:3])
		}
	}
	return strings.Join(all, " · ")
}

// cut is the beginning of a text, of at most so many characters.
func cut(text string, most int) string {
	if utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most-1]) + "…"
	}
	return ui.Visible(text)
}

// travel is how long a segment is drawn on its way, in milliseconds of the wall clock: most of the time that the
// lab's speed gives a line, and never so long that it bores.
func (sc *scene) travel() int {
	if sc.speed == 0 || sc.speed > 20 {
		return 0
	}
	return int(math.Min(2400, 850/sc.speed))
}

func (sc *scene) up(host string) bool {
	for i := range sc.hosts {
		if sc.hosts[i].ID == host {
			return sc.hosts[i].LinkUp
		}
	}
	return false
}

// edges is the state at the edges of the page: the hosts, all or those that something happened to, what the world
// waits for, the controls.
func (sc *scene) edges(ctx context.Context, all bool) ([]ui.Wire, error) {
	var wires []ui.Wire
	touched := sc.touched()
	for _, h := range sc.hosts {
		if h.Kind != lab.Switch && (all || touched[h.ID]) {
			wires = append(wires, ui.Wire{Kind: ui.WireHost, Host: h.ID, Unread: h.Unread, Up: h.LinkUp, Busy: h.Busy})
		}
	}
	var b bytes.Buffer
	if err := ui.WaitingLine(sc.waiting()).Render(ctx, &b); err != nil {
		return nil, err
	}
	return append(wires,
		ui.Wire{Kind: ui.WireWait, HTML: b.String()},
		ui.Wire{Kind: ui.WireClock, Paused: sc.paused, Speed: speedValue(sc.speed)},
		ui.Wire{Kind: ui.WireNotes, N: int(sc.noted)}), nil
}

// touched are the hosts that the scene's events are about. A stored mail also makes its owner's badge grow, and a
// reset touches everybody.
func (sc *scene) touched() map[string]bool {
	hosts := map[string]bool{}
	for i := range sc.events {
		e := &sc.events[i]
		hosts[e.From], hosts[e.To] = true, true
		if e.Kind == trace.Store || e.Kind == trace.Reset {
			for _, h := range sc.hosts {
				hosts[h.ID] = true
			}
		}
	}
	return hosts
}
