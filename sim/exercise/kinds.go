package exercise

import (
	"slices"

	"smtplab/sim/trace"
)

// picky is a follower that only some kinds of event matter to, from here on: it is told of no others, and how it stands
// changes with no others. The others cost nothing: they are not even put together.
type picky interface{ looks() trace.Kinds }

// selective is a follower that knows of connections that do not matter to it.
type selective interface{ ignores(conn uint32) bool }

// dependent is a follower that asks the lab or the others, and not the events.
type dependent interface{ depends() bool }

func depends(f follower) bool {
	d, ok := f.(dependent)
	return ok && d.depends()
}

// kindsOf is the kinds of event that a follower looks at.
func kindsOf(f follower) trace.Kinds {
	if p, ok := f.(picky); ok {
		return p.looks()
	}
	return ^trace.Kinds(0)
}

// looks implements picky: what no step is about is not looked at, and nothing when all was said and nothing is forbidden.
func (f *dialogueFollower) looks() trace.Kinds {
	if len(f.met) > 0 && len(f.never) == 0 && !f.compared {
		return 0
	}
	return f.kinds
}

// looks implements picky. An action may be that somebody reads a mail.
func (f *mailFollower) looks() trace.Kinds {
	switch {
	case f.read:
		return trace.Of(trace.Store, trace.Action)
	case len(f.found) > 0 && f.copies == once:
		return 0
	}
	return trace.Of(trace.Store)
}

func (f eitherFollower) looks() (kinds trace.Kinds) {
	for _, one := range f {
		kinds |= kindsOf(one)
	}
	return kinds
}

func (f eitherFollower) depends() bool { return slices.ContainsFunc(f, depends) }

func (f *connectionsFollower) looks() trace.Kinds { return trace.Of(trace.Open) }

func (*mailboxFollower) looks() trace.Kinds { return trace.Of(trace.Store, trace.Reply, trace.Close) }

func (compare) looks() trace.Kinds        { return 0 }
func (compare) depends() bool             { return true }
func (answerFollower) looks() trace.Kinds { return 0 }
func (answerFollower) depends() bool      { return true }
