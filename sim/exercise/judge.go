package exercise

import (
	"smtplab/sim/lab"
	"smtplab/sim/trace"
)

// Judge judges one run of an exercise, as it goes on. Use Exercise.Judge.
type Judge struct {
	exercise *Exercise
	word     string
	era      uint64
	first    uint64 // of the trace, when it was begun: another one after a reset
	seen     uint64
	kinds    trace.Kinds // that anybody looks at
	moment   moment      // the event that is looked at
	checks   []standing
	verdicts []Verdict
}

// standing is a check of the run.
type standing struct {
	follower
	kinds trace.Kinds // that it looks at
	stale bool        // something came since it was judged
	now   Verdict
}

// Verdict is how a check stands, or a clause of one.
type Verdict struct {
	Check  *Check // nil for a clause
	Met    bool
	Broken bool   // it cannot be met any more, unless something is undone
	Seq    uint64 // the event that met it, or that came closest; 0 when there is none
	Text   string // what is missing, as a sentence; "" when it is met
}

// Judge begins to judge a run.
func (e *Exercise) Judge() *Judge { return &Judge{exercise: e} }

// Update judges what is new in a lab, and returns how each check stands. The lab may have been reset, or have had its past
// undone, since the last time: then all of it is new. It has to be the same lab otherwise, or an earlier or later moment.
// The verdicts are not to be changed; they are others as soon as one of them is.
func (j *Judge) Update(l *lab.Lab) []Verdict {
	log := l.Trace()
	if j.checks == nil || l.Era() != j.era || log.First() != j.first || log.Last() < j.seen {
		j.begin(l)
	}
	j.moment = moment{lab: l, log: log}
	for n := log.Next(j.kinds, j.seen); n != 0; n = log.Next(j.kinds, n) {
		j.moment.goTo(n)
		j.tell(&j.moment)
	}
	j.moment = moment{} // a lab that goes to sleep is not held
	news := j.seen != log.Last()
	j.seen, j.kinds = log.Last(), 0
	changed := false
	for i := range j.checks {
		c := &j.checks[i]
		if c.stale || news && c.depends() {
			before := c.now
			c.now, c.stale = c.verdict(l, j), false
			c.now.Check, c.kinds = &j.exercise.Checks[i], c.looks()
			changed = changed || c.now != before
		}
		j.kinds |= c.kinds
	}
	if changed {
		j.verdicts = make([]Verdict, len(j.checks))
		for i := range j.checks {
			j.verdicts[i] = j.checks[i].now
		}
	}
	return j.verdicts
}

// tell tells those of an event whom it may concern.
func (j *Judge) tell(m *moment) {
	for i := range j.checks {
		c := &j.checks[i]
		if c.kinds.Has(m.kind) && !c.ignores(m.conn) {
			c.event(m)
			c.stale = true
		}
	}
}

func (j *Judge) begin(l *lab.Lab) {
	j.word, j.era, j.first, j.seen, j.kinds = Word(l.Spec().Seed), l.Era(), l.Trace().First(), 0, 0
	j.checks, j.verdicts = make([]standing, len(j.exercise.Checks)), nil
	for i := range j.checks {
		j.checks[i] = standing{follower: j.exercise.Checks[i].needs.follow(j.word), stale: true}
	}
	for i := range j.checks {
		for _, other := range j.exercise.Checks[i].needs.mentions().checks {
			if f := j.dialogue(other); f != nil {
				f.measure()
			}
		}
	}
	for i := range j.checks {
		j.checks[i].kinds = j.checks[i].looks()
		j.kinds |= j.checks[i].kinds
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

// met are the conversations that met a check of a dialogue.
func (j *Judge) met(check string) []*talk {
	if f := j.dialogue(check); f != nil {
		return f.met
	}
	return nil
}

// dialogue follows a check, if that is about one dialogue; else nil.
func (j *Judge) dialogue(check string) *dialogueFollower {
	for i := range j.checks {
		if f, ok := j.checks[i].follower.(*dialogueFollower); ok && j.exercise.Checks[i].ID == check {
			return f
		}
	}
	return nil
}

// says is what a check says to the student.
func (j *Judge) says(check string) string {
	for i := range j.exercise.Checks {
		if c := &j.exercise.Checks[i]; c.ID == check {
			return plain(fill(c.Says, j.word))
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

func (f eitherFollower) event(m *moment) {
	for _, one := range f {
		one.event(m)
	}
}

func (f eitherFollower) verdict(l *lab.Lab, all *Judge) (best Verdict) {
	broken := true
	for i, one := range f {
		v := one.verdict(l, all)
		if v.Met {
			return v
		}
		broken = broken && v.Broken
		if i == 0 || v.Seq > best.Seq {
			best = v
		}
	}
	best.Broken = broken
	return best
}
