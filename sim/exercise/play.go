package exercise

import (
	"bytes"
	"encoding/json"
	"time"

	"smtplab/sim/history"
	"smtplab/sim/lab"
)

// This file makes labs for those who keep them: written down, since that is how a lab is handed on.

// Step is a line of a script that was played.
type Step struct {
	Text string // `pc1 sends to=pc2@email.com subject="Hello KX4TB"`
	Seq  uint64 // the first event that came of it, or the newest before when none did
}

// Prepared is a lab of the exercise, written down: its world, in which what comes before has happened by the time of the
// calendar that is now. Nobody can undo that.
func (e *Exercise) Prepared(name string, seed uint64, now time.Time) (*history.History, error) {
	r, err := e.record(name, seed, now, nil)
	return &r.history, err
}

// Shown is such a lab in which the solution was played, and says so; and what was done in it.
func (e *Exercise) Shown(name string, seed uint64, now time.Time) (*history.History, []Step, error) {
	r, err := e.record(name, seed, now, e.Solve)
	return &r.history, r.steps, err
}

// Steps are what was done in a lab that Shown made, whose Spec this is: for who has not kept what Shown said.
func (e *Exercise) Steps(spec *lab.Spec) ([]Step, error) {
	r, err := e.play(spec.Name, spec.Seed, spec.Start, e.Solve)
	return r.steps, err
}

// recording is what was done in a lab.
type recording struct {
	history history.History
	steps   []Step
	took    time.Duration // of lab time
}

// record plays the scripts in a lab that begins so long before now that it comes to now.
func (e *Exercise) record(name string, seed uint64, now time.Time, s Script) (recording, error) {
	r, err := e.play(name, seed, now, s)
	if err != nil || r.took == 0 {
		return r, err
	}
	return e.play(name, seed, now.Add(-r.took), s)
}

// play makes a lab in which what comes before has happened, and plays a script in it, which may be nil.
func (e *Exercise) play(name string, seed uint64, start time.Time, s Script) (recording, error) {
	r := recording{history: history.History{Spec: e.Spec(name, seed, start)}}
	r.history.Spec.Shown = s != nil
	l, err := lab.New(r.history.Spec)
	if err != nil {
		return r, err
	}
	defer l.Close()
	act := func(given bool) func(lab.Action) error {
		return func(a lab.Action) error {
			a.Given = given
			l.Stamp(&a)
			r.history.Actions = append(r.history.Actions, a)
			return l.Apply(a)
		}
	}
	if err := e.World.Before.play(l, nil, act(true)); err != nil {
		return r, err
	}
	err = s.tell(l, e.Judge(), act(false), func(p *player, m *move) {
		r.steps = append(r.steps, Step{fill(m.text, p.word), l.Trace().Last() + 1})
	})
	for i := range r.steps {
		r.steps[i].Seq = min(r.steps[i].Seq, l.Trace().Last())
	}
	r.history.End = &history.Mark{At: l.Now(), Step: l.Steps()}
	r.took = time.Duration(l.Now())
	return r, err
}

// Beginning is how a lab of an exercise begins.
type Beginning struct {
	made  bool
	given int          // actions before the student comes
	end   history.Mark // when what came of them was over
}

// Beginning is that of a lab with a Spec.
func (e *Exercise) Beginning(spec lab.Spec) Beginning {
	b := Beginning{made: e.makes(spec)}
	if !b.made || len(e.World.Before) == 0 {
		return b
	}
	r, err := e.play(spec.Name, spec.Seed, spec.Start, nil)
	if b.made = err == nil; b.made {
		b.given, b.end = len(r.history.Actions), *r.history.End
	}
	return b
}

// makes reports whether the exercise makes labs of that Spec, whatever their word.
func (e *Exercise) makes(spec lab.Spec) bool {
	own := e.Spec(spec.Name, spec.Seed, spec.Start)
	own.Shown, own.Opened = spec.Shown, spec.Opened
	want, _ := json.Marshal(own) // a Spec was read from JSON, or will be
	got, _ := json.Marshal(spec)
	return bytes.Equal(want, got)
}

// Made reports whether the exercise makes such labs. One of a changed file, and one that was made before the exercise got
// another world, is another.
func (b Beginning) Made() bool { return b.made }

// Intact reports whether all that was to happen before the student came has, before he did anything. A reset forgets it; in
// a lab that goes on from an earlier moment it may not have happened yet; and what another release recorded may have become
// impossible.
func (b Beginning) Intact(l *lab.Lab) bool {
	at, step, acted := l.Acted()
	return l.Given() == b.given && (!acted || step >= b.end.Step && at >= b.end.At)
}

// IntactThen is Intact for a lab as it was once: what had not happened yet came later.
func (b Beginning) IntactThen(l *lab.Lab) bool {
	_, _, acted := l.Acted()
	return b.Intact(l) || !acted && l.Trace().First() <= 1
}
