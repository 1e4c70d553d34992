package web

import (
	"bytes"

	"smtplab/sim/smtp"
	"smtplab/sim/trace"
	"smtplab/web/ui"
)

// This file draws a terminal's screen from the trace: what the segments of a connection carried, in the order in which
// they left.

// screen is what was said on one connection, in lines as the wire had them.
type screen struct {
	me    string // the host whose terminal it is
	lines []screenLine
	sent  [2]int // octets of the other side, and of mine
}

// screenLine is a line and where it stands among the octets of its side.
type screenLine struct {
	mine     bool
	raw      []byte // with its end
	to       int    // the number of octets up to its end
	verdict  bool   // it ends a reply that was judged
	breaches []smtp.Breach
}

// drawScreen draws the screen that a host has of a conversation's events. What this side says is there at once, as it was
// typed, and not again when it had to be repeated; of the other side's octets those that arrive.
func drawScreen(events []trace.Event, me string) *screen {
	s := &screen{me: me}
	octets, lost := map[uint64]int{}, map[uint64]bool{}
	for i := range events {
		switch e := &events[i]; e.Kind {
		case trace.Segment:
			octets[e.Seq] = len(e.Raw)
		case trace.Lost:
			lost[e.Re] = octets[e.Re] > 0
		}
	}
	repeats := 0 // of mine that are to come
	for i := range events {
		switch e := &events[i]; {
		case e.Kind == trace.Lost && e.From == me && lost[e.Re]:
			repeats++
		case e.Kind != trace.Segment || len(e.Raw) == 0:
		case e.From == me && repeats > 0:
			repeats--
		case e.From == me || !lost[e.Seq]:
			s.add(e.From == me, e.Raw)
		}
	}
	return s
}

// add adds octets, which may go on with the last line.
func (s *screen) add(mine bool, raw []byte) {
	side := 0
	if mine {
		side = 1
	}
	for len(raw) > 0 {
		n := lineLength(raw)
		part := raw[:n]
		raw = raw[n:]
		s.sent[side] += n
		if last := len(s.lines) - 1; last >= 0 && s.lines[last].mine == mine && goesOn(s.lines[last].raw, part) {
			l := &s.lines[last]
			l.raw, l.to = append(l.raw[:len(l.raw):len(l.raw)], part...), s.sent[side]
			continue
		}
		s.lines = append(s.lines, screenLine{mine: mine, raw: part, to: s.sent[side]})
	}
}

// lineLength is how long the first line is, its end included: CRLF, or CR or LF alone.
func lineLength(raw []byte) int {
	i := bytes.IndexAny(raw, "\r\n")
	switch {
	case i < 0:
		return len(raw)
	case bytes.HasPrefix(raw[i:], []byte("\r\n")):
		return i + 2
	}
	return i + 1
}

// goesOn reports whether octets belong to the line before: it has no end yet, or they are the LF to its CR.
func goesOn(line, next []byte) bool {
	end := line[len(line)-1]
	return end != '\n' && end != '\r' || end == '\r' && next[0] == '\n'
}

// judge marks the lines that end a reply of mine, by what the judge says of it. to is where the reply ends among my octets.
func (s *screen) judge(to int, breaches []smtp.Breach) {
	for i := range s.lines {
		if l := &s.lines[i]; l.mine && l.to >= to {
			l.verdict, l.breaches = true, append(l.breaches, breaches...)
			return
		}
	}
}

// waitsForEnd reports whether the last line is mine, and has no CRLF.
func (s *screen) waitsForEnd() bool {
	last := len(s.lines) - 1
	return last >= 0 && s.lines[last].mine && !bytes.HasSuffix(s.lines[last].raw, []byte("\r\n"))
}

// maxScreen is how many lines a screen shows.
const maxScreen = 300

// shown are the newest lines as they are drawn, and whether there are more. about words a breach; codes says that my
// lines are replies, and else the other side's.
func (s *screen) shown(answers bool, about func(smtp.Breach) string) (lines []ui.ScreenLine, cut bool) {
	newest := s.lines[max(0, len(s.lines)-maxScreen):]
	for _, l := range newest {
		line := ui.ScreenLine{Mine: l.mine}
		drawn := ui.CommandLines(l.raw)
		if l.mine == answers {
			drawn = ui.ReplyLines(l.raw)
		}
		line.Code, line.Tone, line.Text, line.EOL = drawn[0].Code, drawn[0].Tone, drawn[0].Sep+drawn[0].Text, drawn[0].EOL
		line.Secret = drawn[0].Secret
		switch {
		case len(l.breaches) > 0:
			line.Verdict, line.About = "breach", about(l.breaches[0])
		case l.verdict:
			line.Verdict = "legal"
		}
		lines = append(lines, line)
	}
	return lines, len(newest) < len(s.lines)
}
