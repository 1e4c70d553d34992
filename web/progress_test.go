package web

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"smtplab/sim/exercise"
	"smtplab/sim/journal"
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
	mark := s.web.mark("plain", done.ID)
	for name, c := range map[string]struct{ cookie, plain string }{
		"its own":            {"plain=" + done.ID + "." + mark, isDone},
		"its lab is gone":    {"plain=" + unused + "." + s.web.mark("plain", unused), isDone},
		"another lab's":      {"plain=" + unused + "." + mark, isNew},
		"another exercise's": {"plain=" + unused + "." + s.web.mark("strange", unused), isNew},
		"another server's":   {"plain=" + unused + "." + courseSite(t, Options{}).web.mark("plain", unused), isNew},
		"cut off":            {"plain=" + unused + "." + s.web.mark("plain", unused)[:10], isNew},
	} {
		if got := state(s.visitor(t).get("/exercises", "Cookie", "course="+c.cookie), "Plain"); got != c.plain {
			t.Errorf("a mark, %s: %s, want %s", name, got, c.plain)
		}
	}
}

// What is done stays done, whatever happens in the lab afterwards: what would change it comes after the mark.
func TestDoneIsKept(t *testing.T) {
	for name, after := range map[string]func(v *visitor, base string){
		"reset":        func(v *visitor, base string) { v.post(base+"/reset", nil).wants(v.t, 200, "0 of 1") },
		"undone":       func(v *visitor, base string) { v.post(base+"/undo", nil).wants(v.t, 200, "0 of 1") },
		"begun again":  func(v *visitor, base string) { v.post(base+"/restart", nil).wants(v.t, 200, "0 of 1") },
		"looked at":    func(v *visitor, base string) { v.get(base).wants(v.t, 200) },
		"asked for it": func(v *visitor, base string) { v.get("/exercises") },
	} {
		s := courseSite(t, Options{})
		v := s.visitor(t)
		a, _ := v.began("plain")
		s.solved(t, a)
		after(v, labURL(a))
		s.act(t, a, lab.Action{Verb: lab.Reset}) // behind his back, too
		if got := state(v.get("/exercises").wants(t, 200, "1 of 2 done"), "Plain"); got != isDone {
			t.Errorf("%s: it is %s", name, got)
		}
		if p := v.get("/exercises/plain"); !strings.Contains(p.text(), "Continue") {
			t.Errorf("%s: there is no way back into the lab", name)
		}
		v.post("/exercises/plain/begin", nil).wants(t, 200, "0 of 1")
		if got := state(v.get("/exercises"), "Plain"); got != isDone {
			t.Errorf("%s, and begun again: it is %s", name, got)
		}
	}
	s := courseSite(t, Options{})
	v := s.visitor(t)
	a, _ := v.began("plain")
	v.post(labURL(a)+"/restart", nil).wants(t, 200)
	s.solved(t, a) // in the lab that he had left
	v.get(labURL(a)).wants(t, 200, "You have done it")
	if got := state(v.get("/exercises"), "Plain"); got != isDone {
		t.Errorf("in the lab before it is %s", got)
	}
	other := s.visitor(t).stay()
	if p := other.post("/labs/"+a.ID+"/undo", nil); p.header.Get("Set-Cookie") != "" {
		t.Errorf("somebody else gets %s", p.header.Get("Set-Cookie"))
	}
	if p := v.stay().post(labURL(a)+"/restart", nil); len(p.header.Values("Set-Cookie")) != 1 {
		t.Errorf("the cookie is set %d times", len(p.header.Values("Set-Cookie")))
	}
}

// Who goes on from a moment of his run goes on with the exercise there. A moment before what was given had all happened
// is none to go on from: the lab says so.
func TestForkOfARun(t *testing.T) {
	s := courseSite(t, Options{})
	v := s.visitor(t)
	a, _ := v.began("plain")
	s.mailed(t, a, "pc1", lab.Mail{To: "pc3@email.com"})
	p := v.post(labURL(a)+"/fork?moment=3", nil).wants(t, 200, "0 of 1")
	fork, err := s.runner.Open(t.Context(), strings.TrimPrefix(p.path, "/labs/"))
	if err != nil {
		t.Fatal(err)
	}
	v.click(v.get("/exercises/plain"), labURL(fork))
	s.act(t, fork, lab.Action{Verb: lab.Speed})
	s.act(t, fork, lab.Action{Verb: lab.Run})
	s.solved(t, fork)
	if got := state(v.get("/exercises"), "Plain"); got != isDone {
		t.Errorf("done in a fork it is %s", got)
	}

	given, _ := v.began("strange")
	p = v.post(labURL(given)+"/fork?moment=1", nil).wants(t, 200, "0 of 3") // the mail is on its way
	early, err := s.runner.Open(t.Context(), strings.TrimPrefix(p.path, "/labs/"))
	if err != nil {
		t.Fatal(err)
	}
	s.act(t, early, lab.Action{Verb: lab.Pause})
	s.act(t, early, lab.Action{Verb: lab.Cut, Host: "pc3"})
	if p := v.get(labURL(early) + "/poll?era=0&after=" + strconv.FormatUint(lastEvent(t, s, early.ID)-1, 10)); !strings.Contains(p.body, "is not in this lab") {
		t.Errorf("who watches is not told: %.300s", p.body)
	}
	v.get(labURL(early)).wants(t, 200, "What the exercise had prepared is not in this lab", "0 of 3")
	v.get(labURL(early)+"/evidence").wants(t, 200, "it is no evidence")
	s.act(t, given, lab.Action{Verb: lab.Reset})
	p = v.post(labURL(given)+"/fork", nil).wants(t, 200, "What the exercise had prepared is not in this lab", "0 of 3")
	v.click(v.get("/exercises/strange"), labURL(early)) // his run is still the one before
	given, _ = v.began("strange")
	if p := v.get(labURL(given)+"?at=1").wants(t, 200, "0 of 3"); strings.Contains(p.text(), "is not in this lab") {
		t.Error("the past, in which it was still to come, is said to lack it")
	}
	whole := v.post(labURL(given)+"/fork", nil).wants(t, 200, "0 of 3")
	if strings.Contains(whole.text(), "counts") {
		t.Error("a fork in which all is there does not count")
	}
	somebody := s.visitor(t).stay().post(labURL(a)+"/fork?moment=3", nil).wants(t, 303)
	if c := somebody.header.Get("Set-Cookie"); c != "" {
		t.Errorf("whose run it is not gets %s", c)
	}
}

// refusing is labs of which one cannot be looked into.
type refusing struct {
	*runner.Runner
	key string
}

func (r *refusing) View(ctx context.Context, a runner.Access, f func(*lab.Lab)) error {
	if a.Key == r.key {
		return runner.ErrFull
	}
	return r.Runner.View(ctx, a, f)
}

// A lab that cannot be looked into just now is said to be one, and keeps nobody from the others, or from beginning again.
func TestOneLabThatCannotBeRead(t *testing.T) {
	labs := &refusing{Runner: runner.New(runner.Options{Journal: journal.NewMemory(journal.Limits{}), Log: slog.New(slog.DiscardHandler)})}
	s := courseSite(t, Options{Runner: labs})
	s.runner = labs.Runner
	v := s.visitor(t)
	a, _ := v.began("plain")
	s.solved(t, a)
	v.began("strange")
	labs.key = a.Key
	p := v.get("/exercises").wants(t, 200, "begun; its lab cannot be looked into just now", "begun, 0 of 3 checks")
	if state(p, "Plain") != isBegun || state(p, "Strange") != isBegun {
		t.Errorf("%s, %s", state(p, "Plain"), state(p, "Strange"))
	}
	p = v.post("/exercises/plain/begin", nil).wants(t, 200, "0 of 1")
	labs.key = ""
	if got := state(v.get("/exercises"), "Plain"); got != isDone {
		t.Errorf("when it can be looked into, it is %s", got)
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
	none := func(begun) bool { return false }
	if value := courseValue(all, none); len(value) > maxCourse || len(value) < maxCourse-100 || !strings.HasSuffix(value, "&last="+id) {
		t.Errorf("%d octets: …%s", len(value), value[len(value)-60:])
	}
	all = slices.Insert(all, 0, begun{"first", id, "mark"})
	for i := range all {
		all[i].exercise += strconv.Itoa(i)
	}
	if value := courseValue(all, func(b begun) bool { return b.done == "mark" }); !strings.HasPrefix(value, "first0="+id+".mark&e") || !strings.HasSuffix(value, "&last91="+id) || len(value) > maxCourse {
		t.Errorf("what is done does not come first: %d octets, %.60s…", len(value), value)
	}
	s := courseSite(t, Options{})
	v := s.visitor(t).stay()
	p := v.post("/exercises/plain/begin", nil, "Cookie", "course=gone="+id+"&strange="+id+"."+id+"&plain="+id).wants(t, 303)
	want := "course=strange=" + id + "." + id + "&plain=" + strings.TrimPrefix(p.header.Get("Location"), "/labs/") + ";"
	if got := p.header.Get("Set-Cookie"); !strings.HasPrefix(got, want) {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	for _, url := range []string{"/exercises", "/exercises/plain"} { // who looks at the list has not stopped
		if got := v.get(url, "Cookie", strings.TrimSuffix(want, ";")).header.Get("Set-Cookie"); !strings.HasPrefix(got, want) || !strings.Contains(got, "Max-Age=15552000") {
			t.Errorf("%s: %s\nwant\n%s", url, got, want)
		}
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
