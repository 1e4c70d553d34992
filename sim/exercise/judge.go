package exercise

import (
	"smtplab/sim/lab"
	"smtplab/sim/trace"
)

// Judge judges one run of an exercise, as it goes on. Use Exercise.Judge.
type Judge struct {
	exercise *Exercise
	word     string
	lab      *lab.Lab
	era      uint64
	first    uint64 // of the trace, when it was begun: another one after a reset
	seen     uint64
	follow   []follower
}

// Verdict is how a check stands.
type Verdict struct {
	Check  *Check
	Met    bool
	Broken bool   // it cannot be met any more, unless something is undone
	Seq    uint64 // the event that met it, or that came closest; 0 when there is none
	Text   string // what is missing, as a sentence; "" when it is met
}

// Judge begins to judge a run.
func (e *Exercise) Judge() *Judge { return &Judge{exercise: e} }

// Update judges what is new in a lab, and returns how each check stands. The lab may have been reset, or have had its past
// undone, since the last time: then all of it is new. It has to be the same lab otherwise, or an earlier or later moment.
func (j *Judge) Update(l *lab.Lab) []Verdict {
	log := l.Trace()
	if j.follow == nil || l.Era() != j.era || log.First() != j.first || log.Last() < j.seen {
		j.begin(l)
	}
	j.lab = l
	for e := range log.After(j.seen) {
		for _, f := range j.follow {
			f.event(l, &e)
		}
	}
	j.seen = log.Last()
	verdicts := make([]Verdict, len(j.follow))
	for i, f := range j.follow {
		v := f.verdict(l, j)
		verdicts[i] = Verdict{Check: &j.exercise.Checks[i], Met: v.met, Broken: v.broken, Seq: v.seq, Text: v.text}
	}
	return verdicts
}

func (j *Judge) begin(l *lab.Lab) {
	j.word, j.era, j.first, j.seen = Word(l.Spec().Seed), l.Era(), l.Trace().First(), 0
	j.follow = make([]follower, len(j.exercise.Checks))
	for i := range j.exercise.Checks {
		j.follow[i] = j.exercise.Checks[i].needs.follow(j.word)
	}
}

// Passed reports whether all checks are met.
func Passed(verdicts []Verdict) bool {
	for _, v := range verdicts {
		if !v.Met {
			return false
		}
	}
	return len(verdicts) > 0
}

// cost is what the conversation that met a check of a dialogue had cost by then, at event seq; nil when none did.
func (j *Judge) cost(check string) (spent *cost, seq uint64) {
	for i := range j.exercise.Checks {
		if f, ok := j.follow[i].(*dialogueFollower); ok && j.exercise.Checks[i].ID == check && f.met != nil && f.met.spoilt == 0 {
			return &f.spent, f.met.at
		}
	}
	return nil, 0
}

// says is what a check says to the student.
func (j *Judge) says(check string) string {
	for i := range j.exercise.Checks {
		if c := &j.exercise.Checks[i]; c.ID == check {
			return fill(c.Says, j.word)
		}
	}
	return check
}

// either is a clause that is met when one of several is.
type either []clause

func (a either) follow(word string) follower {
	f := make(eitherFollower, len(a))
	for i, c := range a {
		f[i] = c.follow(word)
	}
	return f
}

type eitherFollower []follower

func (f eitherFollower) event(l *lab.Lab, e *trace.Event) {
	for _, one := range f {
		one.event(l, e)
	}
}

func (f eitherFollower) verdict(l *lab.Lab, all *Judge) (best verdict) {
	for i, one := range f {
		v := one.verdict(l, all)
		if v.met {
			return v
		}
		if i == 0 || v.seq > best.seq {
			best = v
		}
	}
	return best
}
