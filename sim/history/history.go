// Package history is a lab written down: its Spec, what people did and when, and how far it had come. Since a lab is
// deterministic, that is all of it: played again it is the same lab, event for event, at its end or at any moment before.
//
// A History comes out of a journal (package runner) or out of a file that people keep and hand on (file.go). It is
// played whole (Play), up to an event (PlayTo), or, when another release recorded it, by what people did (Recall).
package history

import (
	"errors"
	"fmt"
	"time"

	"smtplab/sim/clock"
	"smtplab/sim/lab"
)

// History is what happened in a lab, from its beginning or its last reset on.
type History struct {
	Spec    lab.Spec     `json:"spec"`
	Speed   float64      `json:"speed,omitempty"` // of a lab that was reset, which keeps it
	Reset   *lab.Action  `json:"reset,omitempty"` // from which the lab began again, with its moment; nil for lab time zero
	Actions []lab.Action `json:"actions,omitempty"`
	End     *Mark        `json:"end,omitempty"` // how far it had come since; nil when that is not known
}

// Mark is a moment of a lab, and when that was.
type Mark struct {
	At   clock.Time `json:"at"`
	Step uint64     `json:"step"`
	Wall time.Time  `json:"wall,omitzero"`
}

var (
	// ErrDiverged says that a lab does not come by the moments that its history tells of. That happens when another
	// release recorded them: when a reply got other words, or anything takes another time.
	ErrDiverged = errors.New("history: another one happens")
	// ErrGone says that the lab holds no such event: it was not yet, or a reset has forgotten it.
	ErrGone = errors.New("history: there is no such event")
)

// begin makes the lab as it was at its beginning.
func (h *History) begin() (*lab.Lab, error) {
	l, err := lab.New(h.Spec)
	if err != nil || h.Reset == nil {
		return l, err
	}
	if err := l.Apply(lab.Action{Verb: lab.Speed, Speed: h.Speed}); err != nil {
		return nil, err
	}
	return l, l.Replay(*h.Reset)
}

// Play makes the lab and lets everything happen again. ErrDiverged says that something else would happen.
func (h *History) Play() (l *lab.Lab, err error) {
	if l, err = h.begin(); err != nil {
		return nil, err
	}
	played := false
	defer closeUnless(&played, l)
	for _, a := range h.Actions {
		if err := l.Replay(a); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDiverged, err)
		}
	}
	if h.End != nil {
		if err := l.MoveTo(h.End.At, h.End.Step); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDiverged, err)
		}
	}
	played = true
	return l, nil
}

// PlayTo makes the lab as it was when event seq had just happened, with all that happened in the same step. Notes and pins
// of events up to there are those of now: they are about the past, and no part of it. Events after the last action are
// reached if they follow from it, whether or not the lab had come so far. ErrGone says that there is no such event.
func (h *History) PlayTo(seq uint64) (*lab.Lab, error) {
	l, done, err := h.playTo(seq)
	if err != nil {
		return nil, err
	}
	for _, a := range h.Actions[done:] {
		if a.OfAnnotation() && uint64(a.N) <= seq {
			_ = l.Apply(a) // it was possible once, and where it is not now nothing is lost
		}
	}
	return l, nil
}

// Until is the history up to the moment of PlayTo: what a fork begins with.
func (h *History) Until(seq uint64) (*History, error) {
	l, done, err := h.playTo(seq)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	until := *h
	until.Actions = h.Actions[:done:done]
	until.End = &Mark{At: l.Now(), Step: l.Steps()}
	return &until, nil
}

// Before is the history up to the moment at which action n, counted from 0, was done.
func (h *History) Before(n int) *History {
	before := *h
	before.Actions = h.Actions[:n:n]
	before.End = &Mark{At: h.Actions[n].At, Step: h.Actions[n].Step}
	return &before
}

func (h *History) playTo(seq uint64) (l *lab.Lab, done int, err error) {
	if l, err = h.begin(); err != nil {
		return nil, 0, err
	}
	played := false
	defer closeUnless(&played, l)
	if seq < l.Trace().First() && seq != l.Trace().Last() {
		return nil, 0, ErrGone
	}
	for l.Trace().Last() < seq && done < len(h.Actions) {
		a := &h.Actions[done]
		if l.Steps() < a.Step { // towards the action, and perhaps not as far
			if !l.Step() {
				return nil, 0, fmt.Errorf("%w: nothing happens after %d events", ErrDiverged, l.Steps())
			}
			continue
		}
		if err := l.Replay(*a); err != nil {
			return nil, 0, fmt.Errorf("%w: %w", ErrDiverged, err)
		}
		done++
	}
	for l.Trace().Last() < seq {
		if !l.Step() {
			return nil, 0, ErrGone
		}
	}
	played = true
	return l, done, nil
}

// closeUnless lets go of a lab that was played in vain, also where playing it panicked.
func closeUnless(played *bool, l *lab.Lab) {
	if !*played {
		l.Close()
	}
}

// Recall makes the lab and lets people do again what they did, each thing as near as can be to when they did it. It
// returns the history that this makes, which plays exactly, and how many actions have become impossible.
func (h *History) Recall() (l *lab.Lab, again *History, lost int, err error) {
	if l, err = h.begin(); err != nil {
		return nil, nil, 0, err
	}
	played := false
	defer closeUnless(&played, l)
	made := *h
	made.Actions = nil
	for _, a := range h.Actions {
		if redo(l, &a) {
			made.Actions = append(made.Actions, a)
		} else {
			lost++
		}
	}
	made.End = &Mark{}
	if h.End != nil {
		reach(l, h.End.At)
		made.End.Wall = h.End.Wall
	}
	made.End.At, made.End.Step = l.Now(), l.Steps()
	played = true
	return l, &made, lost, nil
}

// redo does an action again and stamps it with its new moment. It reports whether that was possible; what is not
// may become so when what goes on has ended, and who fetches mail is to find all that was on its way.
func redo(l *lab.Lab, a *lab.Action) bool {
	reach(l, a.At)
	if a.Verb == lab.Fetch || l.Check(*a) != nil {
		l.Settle()
	}
	l.Stamp(a)
	return l.Apply(*a) == nil
}

// reach lets happen what happened until a time. If that is over, at least nothing is left half done.
func reach(l *lab.Lab, t clock.Time) {
	if t < l.Now() {
		l.Settle()
		return
	}
	for next, ok := l.Next(); ok && next <= t; next, ok = l.Next() {
		l.Step()
	}
	l.AdvanceTo(t)
}
