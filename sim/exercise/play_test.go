package exercise

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"smtplab/sim/history"
	"smtplab/sim/lab"
)

// firstOf is an exercise of the catalogue.
func firstOf(t *testing.T, id string) *Exercise {
	t.Helper()
	all, err := Load(os.DirFS("catalog"))
	if err != nil {
		t.Fatal(err)
	}
	return all[slices.IndexFunc(all, func(e *Exercise) bool { return e.ID == id })]
}

const small = `---
title: Small
stage: Z
minutes: 1
before: |
  pc3 sends to=pc2@email.com subject="Delete me"
  waits 30s
checks:
  - id: emptied
    says: The mailbox is empty
    needs: mailbox pc2 holds 0
  - id: read
    says: Your mail was read
    needs: |
      mail in pc2
        subject has {word}
        is read
solution: |
  pc1 sends to=pc2@email.com subject="{word}"
  pc2 checks
  pc2 reads 2
  pc2 deletes 1
  pc2 deletes 2
---
Small.

## What to do

Delete.
`

func parseSmall(t *testing.T) *Exercise {
	t.Helper()
	e, err := Parse("small.md", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// A lab that is written down plays again, ends at the time that is now, and what was done before the student came is
// marked, so that he cannot undo it.
func TestLabsThatAreHandedOn(t *testing.T) {
	e := parseSmall(t)
	now := start.Add(time.Hour)
	h, err := e.Prepared("amber-fox", 5, now)
	if err != nil {
		t.Fatal(err)
	}
	l, err := h.Play()
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if len(h.Actions) != 1 || !h.Actions[0].Given || h.Actions[0].CanUndo() || l.Waiting("pc2") != 1 || Passed(e.Judge().Update(l)) {
		t.Errorf("%+v", h.Actions)
	}
	if off := l.Calendar(l.Now()).Sub(now).Abs(); off > time.Second || h.Spec.Exercise != "small" || h.Spec.Shown || h.Spec.Name != "amber-fox" || h.Spec.Seed != 5 {
		t.Errorf("%s off, %+v", off, h.Spec)
	}
	begins := e.Beginning(l.Spec())
	if !begins.Intact(l) || !begins.Made() {
		t.Error("what had happened is said to be gone")
	}
	for seq, given := range map[uint64]bool{0: false, 1: true, l.Trace().Last(): true} { // while it goes on
		early, err := h.PlayTo(seq)
		if err != nil {
			t.Fatal(err)
		}
		defer early.Close()
		if begins.Intact(early) != given || !begins.IntactThen(early) {
			t.Errorf("event %d: that it was to come is not seen", seq)
		}
		if err := apply(early)(lab.Action{Verb: lab.Speed}); err != nil || begins.Intact(early) != given {
			t.Errorf("event %d: another speed changes it: %v", seq, err)
		}
		if err := apply(early)(lab.Action{Verb: lab.Cut, Host: "pc3"}); err != nil || begins.Intact(early) || begins.IntactThen(early) {
			t.Errorf("event %d: who stops it is not seen: %v", seq, err)
		}
	}
	for name, change := range map[string]func(*lab.Spec){
		"another password": func(s *lab.Spec) { s.Hosts[1].Password = "x" }, "another server": func(s *lab.Spec) { s.Hosts[3].Service = &lab.Service{} },
		"a host more": func(s *lab.Spec) { s.Hosts = append(s.Hosts, s.Hosts[0]) }, "another exercise": func(s *lab.Spec) { s.Exercise = "other" },
	} {
		spec := e.Spec("amber-fox", 6, now)
		if change(&spec); e.Beginning(spec).Made() {
			t.Errorf("%s: it is said to make such a lab", name)
		}
	}
	if err := apply(l)(lab.Action{Verb: lab.Reset}); err != nil || begins.Intact(l) || begins.IntactThen(l) {
		t.Errorf("after a reset it is said to be there: %v", err)
	}
}

// In a lab that is shown the solution was played, step by step, and it passes; it says that it proves nothing.
func TestLabsThatAreShown(t *testing.T) {
	e := parseSmall(t)
	h, shown, err := e.Shown("amber-fox", 5, start)
	if err != nil {
		t.Fatal(err)
	}
	l, err := h.Play()
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if !Passed(e.Judge().Update(l)) || !l.Spec().Shown {
		t.Errorf("it has not passed: %+v", e.Judge().Update(l))
	}
	spec := l.Spec()
	steps, err := e.Steps(&spec)
	if err != nil || len(steps) != 5 || !slices.Equal(steps, shown) || steps[0].Text != `pc1 sends to=pc2@email.com subject="`+Word(5)+`"` {
		t.Fatalf("%v %+v", err, steps)
	}
	for i, s := range steps {
		note := l.Trace().At(s.Seq).Note
		if want := []string{"sends a mail", "checks its mail", "reads mail 2", "deletes mail 1", "deletes mail 2"}[i]; note != want {
			t.Errorf("“%s” began with event %d, %q", s.Text, s.Seq, note)
		}
	}
}

// A run is judged the same at once, event by event, and later, when its mails are gone: what was done stays done.
func TestJudgedLaterAsAtTheTime(t *testing.T) {
	e := parseSmall(t)
	l, err := e.Run("run", 7, start)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	at := e.Judge()
	at.Update(l)
	if err := e.Solve.play(l, at, apply(l)); err != nil {
		t.Fatal(err)
	}
	now, later := at.Update(l), e.Judge().Update(l)
	if !Passed(now) || !Passed(later) || !slices.Equal(now, later) {
		t.Errorf("at the time %+v\nlater %+v", now, later)
	}
	if quit := l.Trace().At(now[0].Seq); !strings.HasPrefix(string(quit.Raw), "+OK") || quit.Verb != "QUIT" {
		t.Errorf("the mailbox was emptied by event %+v", quit)
	}
	if read := l.Trace().At(now[1].Seq); read.Note != "reads mail 2" {
		t.Errorf("it was read at event %+v", read)
	}
}

// Every exercise of the catalogue can be prepared and shown; the shown lab passes when it is judged from its beginning, as
// whoever wakes it does. It can be asked about.
func TestCatalogIsHandedOn(t *testing.T) {
	all, err := Load(os.DirFS("catalog"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		t.Run(e.ID, func(t *testing.T) {
			t.Parallel()
			if h, err := e.Prepared("amber-fox", 5, start); err != nil || len(h.Actions) != e.Beginning(h.Spec).given {
				t.Errorf("prepared: %d actions, %v", len(h.Actions), err)
			}
			h, shown, err := e.Shown("amber-fox", 5, start)
			if err != nil {
				t.Fatal(err)
			}
			var file bytes.Buffer
			if err := h.WriteFile(&file); err != nil {
				t.Fatal(err)
			}
			if h, err = history.ReadFile(&file); err != nil {
				t.Fatal(err)
			}
			l, err := h.Play()
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			for _, v := range e.Judge().Update(l) {
				if !v.Met {
					t.Errorf("%s: %s", v.Check.ID, v.Text)
				}
			}
			spec := l.Spec()
			if b := e.Beginning(spec); !b.Made() || !b.Intact(l) {
				t.Error("it is said to be another lab")
			}
			if steps, err := e.Steps(&spec); err != nil || !slices.Equal(steps, shown) || len(steps) != len(e.Solve) || steps[len(steps)-1].Seq > l.Trace().Last() {
				t.Errorf("steps %+v, %v", steps, err)
			}
			if n := len(Posttest(l, words)); n < 3 {
				t.Errorf("%d questions", n)
			}
		})
	}
}
