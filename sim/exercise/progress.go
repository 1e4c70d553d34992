package exercise

import (
	"bytes"
	"slices"

	"smtplab/sim/lab"
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
func (f *dialogueFollower) forbid(l *lab.Lab, t *talk, e *trace.Event) {
	for i := range f.never {
		s := &f.never[i]
		if s.inMessage() && e.Kind == trace.Data && ofMessage(e) && t.find(s, 0) >= 0 || f.isDone(l, s, e) {
			t.spoilt, t.ruled = e.Seq, s
			f.met = slices.DeleteFunc(f.met, func(other *talk) bool { return other == t })
			return
		}
	}
}

// advance goes on with the steps, and when they are all done judges what they cost.
func (f *dialogueFollower) advance(l *lab.Lab, t *talk, e *trace.Event) {
	if f.oneMail && e.Kind == trace.Reply && e.Verb == "MAIL" && e.Code == 250 && f.begins <= t.group && t.group <= f.ends {
		f.goTo(t, f.begins) // another mail begins, and what was done for the last does not count for it
	}
	if e.Kind == trace.Data {
		f.advanceInMessage(t, e)
		return
	}
	g := f.steps[t.group]
	for i := range g {
		if t.undone>>i&1 == 0 {
			continue
		}
		if f.isDone(l, &g[i], e) {
			f.did(t, i, e)
			return
		}
	}
	if e.Kind == trace.Reply {
		f.miss(l, t, e)
	}
}

// advanceInMessage goes on with the steps that are something in a message: one event may have several of them.
func (f *dialogueFollower) advanceInMessage(t *talk, e *trace.Event) {
	if !ofMessage(e) {
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
		f.did(t, which, e)
	}
}

// did notes that a step of the group was done.
func (f *dialogueFollower) did(t *talk, step int, e *trace.Event) {
	t.undone &^= 1 << step
	t.done, t.at, t.near = t.done+1, e.Seq, near{}
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
func (f *dialogueFollower) miss(l *lab.Lab, t *talk, e *trace.Event) {
	note := func(how nearness, s *step) {
		if how >= t.near.how {
			t.near = near{how, e.Seq, s}
		}
	}
	g := f.steps[t.group]
	for i := range g {
		s := &g[i]
		switch {
		case t.undone>>i&1 == 0:
		case s.isAsked(l, e) && !s.isAnsweredBy(e):
			note(answered, s)
		case s.isAsked(l, e):
			note(inClear, s)
		case s.args != "" && slices.Contains(s.verbs, e.Verb):
			note(misspoken, s)
		}
	}
	if e.Code >= 400 || e.Code < 0 {
		note(refusal, nil)
	}
}

// isDone reports whether an event does a step that is no line of a message.
func (f *dialogueFollower) isDone(l *lab.Lab, s *step, e *trace.Event) bool {
	switch {
	case s.inMessage():
		return false
	case s.event == "TLS":
		return e.Kind == trace.Handshake
	case s.event == "close":
		return e.Kind == trace.Close
	}
	return e.Kind == trace.Reply && (!f.inTLS || e.Secure) && s.isAnsweredBy(e) && s.isAsked(l, e)
}

// isAnsweredBy reports whether a reply is one that the step needs.
func (s *step) isAnsweredBy(e *trace.Event) bool {
	if !s.content.isIn(e) {
		return false
	}
	for i := range s.codes {
		c := &s.codes[i]
		if (e.Code >= c.low && e.Code <= c.top && (c.enhanced == "" || c.enhanced == e.Enhanced)) != c.not {
			return true
		}
	}
	return len(s.codes) == 0
}

// isAsked reports whether a reply is one to the step's command, whatever it says.
func (s *step) isAsked(l *lab.Lab, e *trace.Event) bool {
	switch {
	case s.event == "greeting":
		return e.Re == 0
	case s.event != "" || s.inMessage() || e.Re == 0:
		return false
	case !slices.Contains(s.verbs, e.Verb) && (len(s.verbs) != 1 || s.verbs[0] != "*" || e.Verb == trace.EOD):
		return false
	}
	return s.args == "" || s.whole.begins(bytes.TrimRight(l.Trace().Raw(e.Re), "\r\n"))
}
