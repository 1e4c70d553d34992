package exercise

import (
	"fmt"
	"slices"
	"strings"

	"smtplab/sim/lab"
)

// verifySeed is the seed of the labs in which exercises are tried. Any does.
const verifySeed = 4711

// Verify proves an exercise: a run in which nothing is done fails, the solution passes, each wrong way is caught by the
// check that it names, and by no failure of its own script, and there is no check that fails nobody. It returns an *Error
// for everything that is not so, and for a check without its hints, with the name that Parse was told.
func (e *Exercise) Verify() []error {
	var all []error
	fail := func(line int, format string, args ...any) {
		all = append(all, &Error{e.file, line, fmt.Sprintf(format, args...)})
	}
	caught := map[string]bool{} // checks that have failed somebody
	judge := func(verdicts []Verdict) (failed []string) {
		for _, v := range verdicts {
			if !v.Met {
				failed = append(failed, v.Check.ID)
				caught[v.Check.ID] = true
			}
		}
		return failed
	}
	_, verdicts, err := e.try(nil)
	switch {
	case err != nil:
		fail(lineOf(err), "what comes before: %v", err)
		return all
	case len(judge(verdicts)) == 0:
		fail(0, "a student who does nothing has passed: every check is met from the beginning")
	}
	j, verdicts, err := e.try(e.Solve)
	if err != nil {
		fail(lineOf(err), "the solution: %v", err)
	}
	for _, v := range verdicts {
		if err == nil && !v.Met {
			line := v.Check.at + j.missingAt(v.Check)
			fail(line, "the solution does not meet “%s”: %s%s", v.Check.ID, v.Text, wanted(v.Check))
		}
	}
	for _, w := range e.Wrong {
		_, verdicts, err := e.try(w.Do)
		if err != nil {
			fail(lineOf(err), "the wrong way “%s”: %v", w.Name, err)
			continue
		}
		if failed := judge(verdicts); !slices.Contains(failed, w.Fails) {
			fail(w.line, "the wrong way “%s” is not caught by “%s”; it fails: %s", w.Name, w.Fails, orNothing(failed))
		}
	}
	for _, c := range e.Checks {
		if n := len(c.Hints); n != hints {
			fail(c.line, "a check has %d hints, and “%s” has %d: the first points, the second is nearer, the third tells",
				hints, c.ID, n)
		}
		if !caught[c.ID] {
			fail(c.line, "the check “%s” is met whatever is done: take it out, or add a wrong way that it catches", c.ID)
		}
	}
	return all
}

// hints is how many belong to a check. The page calls the third the last.
const hints = 3

func orNothing(ids []string) string {
	if len(ids) == 0 {
		return "nothing"
	}
	return strings.Join(ids, ", ")
}

func lineOf(err error) int {
	if m, ok := err.(*mistake); ok {
		return m.line
	}
	return 0
}

// try plays a script in the exercise's world and judges it.
func (e *Exercise) try(s Script) (*Judge, []Verdict, error) {
	l, err := e.Run("try", verifySeed, start)
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	j := e.Judge()
	j.Update(l)
	if err := s.play(l, j, apply(l)); err != nil {
		return nil, nil, err
	}
	return j, j.Update(l), nil
}

// Trial is the lab in which Verify has judged the solution, with what was said in it; as far as it went, if it cannot be
// done. Whoever asks for it closes it.
func (e *Exercise) Trial() (*lab.Lab, error) {
	l, err := e.Run("try", verifySeed, start)
	if err == nil {
		_ = e.Solve.play(l, e.Judge(), apply(l)) // Verify says why not
	}
	return l, err
}

// missingAt is the line of a dialogue that is not met which is missing in it, from 0; 0 for other clauses.
func (j *Judge) missingAt(c *Check) int {
	f := j.dialogue(c.ID)
	if f == nil {
		return 0
	}
	switch t := f.best(); {
	case t == nil || t.late != "":
		return 0
	case t.spoilt != 0:
		return t.ruled.at
	case t.near.how == answered || t.near.how == inClear || t.near.how == misspoken:
		return t.near.step.at
	default:
		return f.next(t).at
	}
}

// wanted says which answer in words a check wants. Students are not told.
func wanted(c *Check) string {
	if a, ok := c.needs.(answer); ok && a.check == "" {
		return " Right is “" + fill(a.text, Word(verifySeed)) + "”."
	}
	return ""
}
