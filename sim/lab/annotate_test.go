package lab_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"smtplab/sim/lab"
)

func note(seq int, text string) lab.Action { return lab.Action{Verb: lab.Note, N: seq, Text: text} }

// annotations are those of a lab, as "5:pinned:text".
func annotations(l *lab.Lab) string {
	var all []string
	list, _ := l.Annotations()
	for _, a := range list {
		all = append(all, fmt.Sprintf("%d:%v:%s", a.Seq, a.Pinned, a.Text))
	}
	return strings.Join(all, " ")
}

// Notes and pins stand beside the trace and change nothing in it; one does not undo the other.
func TestAnnotations(t *testing.T) {
	l := newLab(t)
	do(t, l, send("pc1", hello("pc2@email.com")))
	before := l.Trace().Last()
	for _, step := range []struct {
		act  lab.Action
		want string
	}{
		{lab.Action{Verb: lab.Pin, N: 7}, "7:true:"},
		{note(3, "  \r\nfirst\r\nsecond\rthird \n"), "3:false:first\nsecond\nthird 7:true:"},
		{note(7, "both"), "3:false:first\nsecond\nthird 7:true:both"},
		{note(3, "again"), "3:false:again 7:true:both"},
		{lab.Action{Verb: lab.Unpin, N: 7}, "3:false:again 7:false:both"},
		{lab.Action{Verb: lab.Pin, N: 3}, "3:true:again 7:false:both"},
		{note(7, " \n "), "3:true:again"},
		{note(3, ""), "3:true:"},
		{lab.Action{Verb: lab.Unpin, N: 3}, ""},
		{lab.Action{Verb: lab.Unpin, N: 3}, ""}, // there is none: nothing to take away
	} {
		_, version := l.Annotations()
		do(t, l, step.act)
		if got := annotations(l); got != step.want {
			t.Errorf("after %s %d %q: %q, want %q", step.act.Verb, step.act.N, step.act.Text, got, step.want)
		}
		if _, now := l.Annotations(); now == version {
			t.Errorf("after %s: the version is still %d", step.act.Verb, now)
		}
		if a := l.Annotation(3); a.Seq != 0 && a.Seq != 3 || (a.Seq == 3) != strings.Contains(step.want, "3:") {
			t.Errorf("event 3 has %+v", a)
		}
	}
	if l.Trace().Last() != before {
		t.Error("notes are told of in the trace")
	}
}

func TestAnnotationsThatCannotBe(t *testing.T) {
	l := newLab(t)
	do(t, l, send("pc1", hello("pc2@email.com, pc3@email.com")))
	last := int(l.Trace().Last())
	for _, n := range []int{0, -1, last + 1, 1 << 40} {
		mustMistake(t, l, note(n, "x"), "unknown_event", "")
		mustMistake(t, l, lab.Action{Verb: lab.Pin, N: n}, "unknown_event", "")
	}
	mustMistake(t, l, note(1, strings.Repeat("é", lab.MaxNote+1)), "too_big", "text")
	do(t, l, note(1, " "+strings.Repeat("é", lab.MaxNote)+"\n"))

	for int(l.Trace().Last()) <= lab.MaxAnnotations+1 {
		do(t, l, send("pc1", hello("pc2@email.com")))
	}
	for n := 2; n <= lab.MaxAnnotations; n++ {
		do(t, l, lab.Action{Verb: lab.Pin, N: n})
	}
	const one = lab.MaxAnnotations + 1
	mustMistake(t, l, lab.Action{Verb: lab.Pin, N: one}, "limit", "text")
	mustMistake(t, l, note(one, "one too many"), "limit", "text")
	do(t, l, note(one, ""))
	do(t, l, note(2, "there is room where there is a pin"))
	do(t, l, lab.Action{Verb: lab.Unpin, N: 3})
	do(t, l, note(one, "now there is"))
}

// A reset takes the notes away with what they are about, and a replay brings them back as they were.
func TestAnnotationsAfterReplay(t *testing.T) {
	l := newLab(t)
	var acts []lab.Action
	act := func(a lab.Action) {
		l.Stamp(&a)
		acts = append(acts, a)
		do(t, l, a)
	}
	act(send("pc1", hello("pc2@email.com")))
	act(note(5, "gone with the reset"))
	act(lab.Action{Verb: lab.Reset})
	if got := annotations(l); got != "" {
		t.Errorf("after the reset: %q", got)
	}
	act(send("pc1", hello("pc2@email.com")))
	mustMistake(t, l, note(5, "of the first mail"), "unknown_event", "")
	act(note(int(l.Trace().First()), "kept"))
	act(lab.Action{Verb: lab.Pin, N: int(l.Trace().Last())})

	again := newLab(t)
	for _, a := range acts {
		if err := again.Replay(a); err != nil {
			t.Fatal(err)
		}
	}
	want, wantVersion := l.Annotations()
	if got, version := again.Annotations(); len(got) != 2 || !reflect.DeepEqual(got, want) || version != wantVersion {
		t.Errorf("got %+v at %d, want %+v at %d", got, version, want, wantVersion)
	}
}
