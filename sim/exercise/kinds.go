package exercise

import (
	"slices"

	"smtplab/sim/trace"
)

// watching is a follower that is only told of events, whatever their connection.
type watching struct{}

func (watching) ignores(uint32) bool { return false }
func (watching) depends() bool       { return false }

// aloof is a follower that asks the lab and the other checks, and is told of no event.
type aloof struct{}

func (aloof) event(*moment)       {}
func (aloof) looks() trace.Kinds  { return 0 }
func (aloof) ignores(uint32) bool { return true }
func (aloof) depends() bool       { return true }

// looks is what the steps are about, and nothing when all was said and nothing is forbidden.
func (f *dialogueFollower) looks() trace.Kinds {
	if len(f.met) > 0 && len(f.never) == 0 && !f.compared {
		return 0
	}
	return f.kinds
}

// ignores reports whether a conversation is followed already, and is not meant.
func (f *dialogueFollower) ignores(conn uint32) bool { return f.known(conn) == foreign }

func (*dialogueFollower) depends() bool { return false }

// looks is what may bring the mail. An action may be that somebody reads it.
func (f *mailFollower) looks() trace.Kinds {
	switch {
	case f.read:
		return trace.Of(trace.Store, trace.Action)
	case len(f.found) > 0 && f.copies == once:
		return 0
	}
	return trace.Of(trace.Store)
}

func (*connectionsFollower) looks() trace.Kinds { return trace.Of(trace.Open) }

func (*mailboxFollower) looks() trace.Kinds {
	return trace.Of(trace.Store, trace.Reply, trace.Close)
}

func (*serverFollower) looks() trace.Kinds { return ^trace.Kinds(0) }

// looks is whatever one of them looks at.
func (f eitherFollower) looks() (kinds trace.Kinds) {
	for _, one := range f {
		kinds |= one.looks()
	}
	return kinds
}

func (f eitherFollower) ignores(conn uint32) bool {
	return !slices.ContainsFunc(f, func(one follower) bool { return !one.ignores(conn) })
}

func (f eitherFollower) depends() bool { return slices.ContainsFunc(f, follower.depends) }
