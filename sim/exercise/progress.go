package exercise

import (
	"bytes"
	"slices"
	"strings"

	"smtplab/sim/trace"
)

// goTo puts a conversation at the beginning of a group.
func (f *dialogueFollower) goTo(t *talk, group int) {
	t.group, t.undone, t.done = group, 0, 0
	for _, g := range f.steps[:group] {
		t.done += len(g)
	}
	if group < len(f.steps) {
		t.undone = 1<<len(f.steps[group]) - 1
	}
}

// forbid looks for what may never be.
func (f *dialogueFollower) forbid(t *talk, m *moment) {
	for i := range f.never {
		s := &f.never[i]
		if s.inMessage() && m.kind == trace.Data && ofMessage(m.event()) && t.find(s, 0) >= 0 || f.isDone(t, s, m) || f.isSaid(s, m) {
			t.spoilt, t.ruled = m.seq, s
			f.met = slices.DeleteFunc(f.met, func(other *talk) bool { return other == t })
			return
		}
	}
}

// advance goes on with the steps, and when they are all done judges what they cost.
func (f *dialogueFollower) advance(t *talk, m *moment) {
	if f.oneMail && m.kind == trace.Reply && f.begins <= t.group && t.group <= f.ends && m.replies() == 250 && m.says() == "MAIL" {
		f.goTo(t, f.begins) // another mail begins, and what was done for the last does not count for it
		t.cost.restart()
	}
	if m.kind == trace.Data {
		f.advanceInMessage(t, m)
		return
	}
	g, done := f.steps[t.group], -1
	for i := range g { // of several the one that asks for most, or the others would be left with it
		if t.undone>>i&1 != 0 && f.isDone(t, &g[i], m) && (done < 0 || g[i].asks() > g[done].asks()) {
			done = i
		}
	}
	if done >= 0 {
		f.did(t, done, m)
		return
	}
	if m.kind == trace.Reply {
		f.miss(t, m)
	}
}

// advanceInMessage goes on with the steps that are something in a message: one event may have several of them.
func (f *dialogueFollower) advanceInMessage(t *talk, m *moment) {
	if !ofMessage(m.event()) || f.inTLS && !m.event().Secure {
		return
	}
	for pos := 0; t.group < len(f.steps); {
		end, which := -1, 0
		g := f.steps[t.group]
		for i := range g {
			if !g[i].inMessage() || t.undone>>i&1 == 0 {
				continue
			}
			if at := t.find(&g[i], pos); at >= 0 && (end < 0 || at < end) {
				end, which = at, i
			}
		}
		if end < 0 {
			return
		}
		pos = end
		f.did(t, which, m)
	}
}

// did notes that a step of the group was done.
func (f *dialogueFollower) did(t *talk, step int, m *moment) {
	t.undone &^= 1 << step
	t.done, t.at, t.near = t.done+1, m.seq, near{}
	if t.undone != 0 {
		return
	}
	if f.goTo(t, t.group+1); t.group < len(f.steps) {
		return
	}
	if t.late = f.exceeded(&t.cost); t.late == "" && t.spoilt == 0 {
		f.met = append(f.met, t)
	}
}

// miss notes what a reply says of a step that it does not do.
func (f *dialogueFollower) miss(t *talk, m *moment) {
	note := func(how nearness, s *step) {
		if how >= t.near.how {
			t.near = near{how, m.seq, s}
		}
	}
	g := f.steps[t.group]
	for i := range g {
		s := &g[i]
		switch {
		case t.undone>>i&1 == 0:
		case s.isAsked(m) && !s.isAnsweredBy(m):
			note(answered, s)
		case s.isAsked(m):
			note(inClear, s)
		case s.args != "" && slices.Contains(s.verbs, m.says()):
			note(misspoken, s)
		}
	}
	if code := m.replies(); code >= 400 || code < 0 {
		note(refusal, nil)
	}
}

// isSaid reports whether an event is a command that a step forbids, however it will be answered, if it will.
func (f *dialogueFollower) isSaid(s *step, m *moment) bool {
	return m.kind == trace.Command && s.anyhow() && s.names(m.says(), m.raw()) && (!f.inTLS || m.event().Secure)
}

// isDone reports whether an event does a step that is no line of a message.
func (f *dialogueFollower) isDone(t *talk, s *step, m *moment) bool {
	switch {
	case s.inMessage():
		return false
	case s.event == "TLS":
		return t.secured == m.seq
	case s.event == "close":
		return m.kind == trace.Close
	}
	return m.kind == trace.Reply && s.isAnsweredBy(m) && s.isAsked(m) && (!f.inTLS || m.event().Secure)
}

// isAnsweredBy reports whether a reply is one that the step needs.
func (s *step) isAnsweredBy(m *moment) bool { return s.takes(m.replies(), m) && s.content.isIn(m) }

// asks is how much a step asks for.
func (s *step) asks() int {
	n := len(s.has) + len(s.lacks)
	if s.args != "" {
		n += 1 + len(s.args) - strings.Count(s.args, "*")
	}
	if len(s.codes) > 0 {
		n += 2
	}
	if len(s.verbs) == 1 && s.verbs[0] != "*" {
		n++
	}
	return n
}

// takes reports whether a code is one of those that the step needs: that of a reply, or without an enhanced one.
func (s *step) takes(n int, m *moment) bool {
	for i := range s.codes {
		c := &s.codes[i]
		if (n >= c.low && n <= c.top && (c.enhanced == "" || m != nil && c.enhanced == m.event().Enhanced)) != c.not {
			return true
		}
	}
	return len(s.codes) == 0
}

// isAsked reports whether a reply is one to the step's command, whatever it says.
func (s *step) isAsked(m *moment) bool {
	switch {
	case s.event == "greeting":
		return m.answers() == 0
	case s.event != "" || s.inMessage() || m.answers() == 0:
		return false
	}
	return s.names(m.says(), m.log.Raw(m.answers()))
}

// names reports whether a command is the step's, by its verb and by the line that it is.
func (s *step) names(verb string, line []byte) bool {
	if !slices.Contains(s.verbs, verb) && (len(s.verbs) != 1 || s.verbs[0] != "*" || verb == trace.EOD) {
		return false
	}
	return s.args == "" || s.whole.begins(bytes.TrimRight(line, "\r\n"))
}

// anyhow reports whether it does not matter how the step's command is answered.
func (s *step) anyhow() bool {
	return len(s.verbs) > 0 && len(s.codes) == 0 && s.content == (content{})
}
