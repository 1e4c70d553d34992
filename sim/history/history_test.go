package history_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"smtplab/sim/history"
	"smtplab/sim/lab"
)

var start = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// lived is a lab in which two mails were sent, and its history.
func lived(tb testing.TB) (*lab.Lab, *history.History) {
	tb.Helper()
	h := &history.History{Spec: lab.Default("test", 7, start)}
	l, err := lab.New(h.Spec)
	if err != nil {
		tb.Fatal(err)
	}
	for _, a := range []lab.Action{
		{Verb: lab.Speed},
		{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: "pc2@email.com", Subject: "<Grüße>", Body: "Hello.\n.\n", Files: []lab.File{{Name: "a", Data: []byte{0, 1, 2, 0xFF}}}}},
		{Verb: lab.Fetch, Host: "pc2"},
		{Verb: lab.Read, Host: "pc2", N: 1},
		{Verb: lab.Send, Host: "pc2", Mail: &lab.Mail{To: "pc1@email.com", Subject: "Re", Body: "x"}},
	} {
		l.Stamp(&a)
		if err := l.Apply(a); err != nil {
			tb.Fatal(err)
		}
		h.Actions = append(h.Actions, a)
		l.Settle()
	}
	h.End = &history.Mark{At: l.Now(), Step: l.Steps()}
	return l, h
}

func events(l *lab.Lab) (all []string) {
	for e := range l.Trace().After(0) {
		all = append(all, e.Kind.String()+" "+e.Note+string(e.Raw))
	}
	return all
}

// A file gives back the lab that it was written from, and is the same when it is written again.
func TestFile(t *testing.T) {
	l, h := lived(t)
	var b bytes.Buffer
	if err := h.WriteFile(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	if !strings.Contains(text, "<Grüße>") {
		t.Error("it cannot be read by people")
	}
	again, err := history.ReadFile(&b)
	if err != nil {
		t.Fatal(err)
	}
	l2, err := again.Play()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(events(l2), "\n"), strings.Join(events(l), "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := again.WriteFile(&b); err != nil || b.String() != text {
		t.Errorf("written again it is another file: %v", err)
	}
}

// The history up to an event is played to the moment of that event, with nothing that came later.
func TestUntil(t *testing.T) {
	l, h := lived(t)
	for seq := uint64(1); seq <= l.Trace().Last(); seq++ {
		past, err := h.PlayTo(seq)
		if err != nil {
			t.Fatal(err)
		}
		until, err := h.Until(seq)
		if err != nil {
			t.Fatal(err)
		}
		fork, err := until.Play()
		if err != nil {
			t.Fatal(err)
		}
		got, want := events(fork), events(l)
		if fork.Trace().Last() != past.Trace().Last() || fork.Steps() != past.Steps() || len(got) < int(seq) || strings.Join(got, "\n") != strings.Join(want[:len(got)], "\n") {
			t.Fatalf("event %d: %d events, %d in the past", seq, len(got), past.Trace().Last())
		}
	}
	if _, err := h.PlayTo(l.Trace().Last() + 1000); !errors.Is(err, history.ErrGone) {
		t.Errorf("what never happened: %v", err)
	}
}

// What people wrote later beside what had happened by then is there, and what they wrote beside what came later is not.
func TestNotesOfThePast(t *testing.T) {
	l, h := lived(t)
	early, last := uint64(5), l.Trace().Last()
	for _, a := range []lab.Action{{Verb: lab.Note, N: int(early), Text: "look"}, {Verb: lab.Pin, N: int(early)}, {Verb: lab.Note, N: int(last), Text: "the end"}} {
		l.Stamp(&a)
		if err := l.Apply(a); err != nil {
			t.Fatal(err)
		}
		h.Actions = append(h.Actions, a)
	}
	past, err := h.PlayTo(early + 1)
	if err != nil {
		t.Fatal(err)
	}
	if a := past.Annotation(early); a.Text != "look" || !a.Pinned {
		t.Errorf("%+v", a)
	}
	if all, _ := past.Annotations(); len(all) != 1 {
		t.Errorf("%d annotations", len(all))
	}
}

// What is no such file is refused in words that name the place.
func TestBadFile(t *testing.T) {
	_, h := lived(t)
	var b bytes.Buffer
	if err := h.WriteFile(&b); err != nil {
		t.Fatal(err)
	}
	good := b.String()
	for name, c := range map[string]struct{ text, want string }{
		"nothing":          {"", "end of JSON"},
		"a picture":        {"\x89PNG\r\n\x1a\n", "line 1"},
		"other JSON":       {`{"version": 1, "events": []}`, "“smtplab” is missing"},
		"a later version":  {strings.Replace(good, `"smtplab": 1`, `"smtplab": 2`, 1), "version 2"},
		"cut off":          {good[:len(good)/2], "line "},
		"a wrong type":     {strings.Replace(good, `"seed": 7`, "\n\"seed\": \"x\"", 1), "“spec.seed”"},
		"an unknown field": {strings.Replace(good, `"seed": 7`, `"sead": 7`, 1), "sead"},
		"another reset":    {strings.Replace(good, `"actions"`, `"reset": {"verb": "send", "at": 0, "step": 0, "seq": 0}, "actions"`, 1), "“reset”"},
		"too large":        {`{"smtplab": 1, "x": "` + strings.Repeat("x", history.MaxFile), "larger than"},
	} {
		_, err := history.ReadFile(strings.NewReader(c.text))
		m, ok := errors.AsType[*lab.Mistake](err)
		if !ok || m.Code != "bad_file" || !strings.Contains(m.Text, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzFile opens whatever is there: it makes a lab, or a sentence says why not.
func FuzzFile(f *testing.F) {
	_, h := lived(f)
	h.Actions = h.Actions[:2]
	h.End = nil
	var b bytes.Buffer
	if err := h.WriteFile(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := history.ReadFile(bytes.NewReader(b))
		if err != nil {
			if m, ok := errors.AsType[*lab.Mistake](err); !ok || m.Text == "" {
				t.Error(err)
			}
			return
		}
		l, err := h.Play()
		if errors.Is(err, history.ErrDiverged) {
			l, _, _, err = h.Recall()
		}
		if err == nil {
			l.Close()
		}
	})
}
