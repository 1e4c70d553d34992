package exercise

import (
	"bytes"
	"slices"

	"smtplab/sim/trace"
)

// ofMessage reports whether data are part of a message on its way to the server.
func ofMessage(e *trace.Event) bool { return e.Re == 0 || e.Verb == "BDAT" }

// maxTail is how many octets of a message a step can be about that several events carry.
const maxTail = 4096

// find is where, in what was heard of a message last, something ends that a step is about, begun at pos or later and not
// whole before; -1 for nowhere.
func (t *talk) find(s *step, pos int) int {
	if s.part != nil {
		pos = max(pos, t.fresh-len(*s.part)+1)
		if i := bytes.Index(t.heard[pos:], []byte(*s.part)); i >= 0 {
			return pos + i + len(*s.part)
		}
		return -1
	}
	pos = max(pos, t.fresh-len(*s.line)-1)
	if i := findLine(t.heard, *s.line, pos, t.fresh < maxTail); i >= 0 {
		return i + len(*s.line)
	}
	return -1
}

// findLine is where in a text, from pos on, a whole line begins; -1 for nowhere. One may begin where the text does if
// that is the beginning of all.
func findLine(text []byte, line string, pos int, whole bool) int {
	for pos <= len(text) {
		i := bytes.Index(text[pos:], []byte(line))
		if i < 0 {
			return -1
		}
		begin, end := pos+i, pos+i+len(line)
		if (begin == 0 && whole || bytes.HasSuffix(text[:begin], crlf)) && bytes.HasPrefix(text[end:], crlf) {
			return begin
		}
		pos = begin + 1
	}
	return -1
}

var crlf = []byte("\r\n")

// ends are the verbs after which a message is not gone on with.
var ends = []string{trace.EOD, "RSET", "EHLO", "HELO", "MAIL"}

// hear keeps the newest octets of a message.
func (t *talk) hear(m *moment) {
	switch {
	case m.kind == trace.Data && ofMessage(m.event()):
		t.heard = slices.Concat(t.tail, m.raw())
		t.fresh = len(t.tail)
		t.tail = t.heard[max(0, len(t.heard)-maxTail):]
	case m.kind == trace.Reply && slices.Contains(ends, m.says()):
		t.heard, t.tail = nil, nil
	}
}
