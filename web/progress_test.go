package web

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"smtplab/sim/exercise"
	"smtplab/sim/journal/natsjournal"
	"smtplab/sim/lab"
	"smtplab/sim/runner"
)

// Whatever stands in the cookie, an exercise is done only when a lab says so that the visitor may act in and that was made
// for it.
func TestProgressCannotBeForged(t *testing.T) {
	s := courseSite(t, Options{})
	v := s.visitor(t)
	done, _ := v.began("plain")
	s.solved(t, done)
	other, _ := v.began("strange")
	plain := s.newLab(t)
	s.solved(t, plain)
	unused := strings.Repeat("a", 26)
	for name, c := range map[string]struct{ cookie, plain string }{
		"nobody's":              {"", isNew},
		"a word":                {"done", isNew},
		"it says so":            {"plain=done", isNew},
		"nothing":               {"plain=", isNew},
		"only dots":             {"plain=...&=.&&&", isNew},
		"an id of nothing":      {"plain=" + unused, isNew},
		"a link for looking":    {"plain=" + done.ViewID, isNew},
		"another exercise's":    {"plain=" + other.ID, isNew},
		"a lab without a task":  {"plain=" + plain.ID, isNew},
		"the demo":              {"plain=demo", isNew},
		"no exercise":           {"none=" + done.ID, isNew},
		"a path":                {"plain=../" + done.ID, isNew},
		"the first one counts":  {"plain=" + unused + "&plain=" + done.ID, isNew},
		"its own":               {"plain=" + done.ID, isDone},
		"done before":           {"plain=" + unused + "." + done.ID, isDone},
		"done before, by a key": {"plain=" + unused + "." + done.ViewID, isNew},
		"done before, forged":   {"plain=" + unused + "." + other.ID, isNew},
	} {
		p := s.visitor(t).get("/exercises", "Cookie", "course="+c.cookie).wants(t, 200)
		if got := state(p, "Plain"); got != c.plain {
			t.Errorf("%s: %s, want %s", name, got, c.plain)
		}
		if p := s.visitor(t).get("/exercises/plain", "Cookie", "course="+c.cookie).wants(t, 200); strings.Contains(p.text(), "Continue") != (c.plain == isDone) {
			t.Errorf("%s: Continue, or not: %s", name, p.text())
		}
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var junk strings.Builder
		for range rnd.IntN(60) {
			junk.WriteByte("plain=strange.&v-\"a2 %\\\x80"[rnd.IntN(24)])
		}
		p := s.visitor(t).get("/exercises", "Cookie", "course="+junk.String()).wants(t, 200)
		if got := state(p, "Plain"); got != isNew {
			t.Errorf("%q: %s", junk.String(), got)
		}
	}
	s.act(t, done, lab.Action{Verb: lab.Reset})
	if got := state(v.get("/exercises"), "Plain"); got != isBegun {
		t.Errorf("after a reset it is %s", got)
	}
}

// The cookie holds what fits, the newest first to stay, and one entry for each exercise.
func TestTheCookieIsBounded(t *testing.T) {
	id := strings.Repeat("x", 26)
	var all []begun
	for range 90 {
		all = append(all, begun{strings.Repeat("e", 40), id, id})
	}
	all = append(all, begun{exercise: "last", newest: id})
	if value := courseValue(all); len(value) > maxCourse || len(value) < maxCourse-100 || !strings.HasSuffix(value, "&last="+id) {
		t.Errorf("%d octets: …%s", len(value), value[len(value)-60:])
	}
	s := courseSite(t, Options{})
	v := s.visitor(t).stay()
	p := v.post("/exercises/plain/begin", nil, "Cookie", "course=gone="+id+"&strange="+id+"."+id+"&plain="+id).wants(t, 303)
	want := "course=strange=" + id + "." + id + "&plain=" + strings.TrimPrefix(p.header.Get("Location"), "/labs/") + ";"
	if got := p.header.Get("Set-Cookie"); !strings.HasPrefix(got, want) {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// A restart of the server, or of the browser, which keeps the cookie, changes nothing.
func TestProgressSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	open := func() *runner.Runner {
		j, err := natsjournal.Open(t.Context(), natsjournal.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		return runner.New(runner.Options{Journal: j, Log: slog.New(slog.DiscardHandler)})
	}
	serve := func(labs *runner.Runner) *site {
		s := newSite(t, Options{Runner: labs, Exercises: []*exercise.Exercise{parseExercise(t, "plain.md", plainExercise), parseExercise(t, "strange.md", strange)}})
		s.runner = labs
		return s
	}
	shut := func(labs *runner.Runner) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := labs.Close(ctx); err != nil {
			t.Fatal(err)
		}
	}
	labs := open()
	s := serve(labs)
	v := s.visitor(t)
	done, _ := v.began("plain")
	s.solved(t, done)
	s.fetched(t, done, "pc2")
	s.act(t, done, lab.Action{Verb: lab.Delete, Host: "pc2", N: 1}) // what was done stays done
	s.until(t, done, "it is deleted", quiet)
	begun, _ := v.began("strange")
	s.act(t, begun, lab.Action{Verb: lab.Answer, Target: "word", Text: s.word(t, begun)})
	const want = "begun, 1 of 3 checks"
	v.get("/exercises").wants(t, 200, want, "1 of 2 done")
	cookie := "course=plain=" + done.ID + "&strange=" + begun.ID
	shut(labs)

	labs = open()
	s = serve(labs)
	p := s.visitor(t).get("/exercises", "Cookie", cookie).wants(t, 200, want, "1 of 2 done")
	if got := state(p, "Plain"); got != isDone {
		t.Errorf("it is %s", got)
	}
	s.visitor(t).get(labURL(done)+"/evidence").wants(t, 200, "Finished.")
	s.visitor(t).get(labURL(begun)).wants(t, 200, "1 of 3")
	shut(labs)
}
