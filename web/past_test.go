package web

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"smtplab/sim/history"
	"smtplab/sim/lab"
	"smtplab/sim/runner"
)

// past is what of a lab depends on the moment: the parts of its page that say so, and the windows. Where it stands in an
// address which moment it is, that is left out.
func (s *site) past(t *testing.T, v *visitor, a runner.Access) string {
	t.Helper()
	base := labURL(a)
	page := v.get(base).wants(t, 200)
	var b strings.Builder
	for d := range page.doc.Descendants() {
		if d.Type != html.ElementNode || !hasAttr(d, "data-moment") || attr(d, "id") == "time" || attr(d, "id") == "desk" {
			continue
		}
		if err := html.Render(&b, d); err != nil {
			t.Fatal(err)
		}
	}
	for _, window := range []string{
		"/hosts/pc1/inbox", "/hosts/pc2/inbox", "/hosts/pc2/inbox/1", "/hosts/pc3/inbox", "/hosts/pc1/sent", "/hosts/pc1/sent/1", "/hosts/pc2/settings",
		"/hosts/server", "/hosts/server/settings", "/notices", "/conditions", "/conversations/1", "/transcript.txt",
	} {
		p := v.get(base+window, "X-Fragment", "1")
		fmt.Fprintf(&b, "== %s: %d\n", window, p.status)
		if p.status == 200 {
			b.WriteString(p.body)
		}
	}
	return strings.NewReplacer(base, "/LAB", labURL(a.Now()), "/LAB").Replace(b.String())
}

// The page at every moment, and every window over it, is what was seen live then.
func TestThePastIsWhatWasSeen(t *testing.T) {
	for seed := range uint64(2) {
		s := newSite(t, Options{Limits: Limits{Requests: Rate{1e6, 1e6}}})
		a := s.newLab(t)
		looker, err := s.runner.Open(t.Context(), a.ViewID) // who may only look sees now what the past shows: nothing that acts
		if err != nil {
			t.Fatal(err)
		}
		v := s.visitor(t)
		s.act(t, a, lab.Action{Verb: lab.Pause})
		rnd := rand.New(rand.NewPCG(seed, 5))
		seen := map[uint64]string{}
		for i := range 40 {
			pc, other := "pc"+strconv.Itoa(1+rnd.IntN(3)), "pc"+strconv.Itoa(1+rnd.IntN(3))
			act := lab.Action{Verb: lab.Step}
			switch rnd.IntN(12) {
			case 0, 1:
				act = lab.Action{Verb: lab.Send, Host: pc, Mail: &lab.Mail{To: other + "@email.com", Subject: fmt.Sprint("mail ", i), Body: "Hello."}}
			case 2:
				act = lab.Action{Verb: lab.Fetch, Host: pc}
			case 3:
				act = lab.Action{Verb: lab.Read, Host: pc, N: 1}
			case 4:
				act = lab.Action{Verb: lab.Cut, Host: pc}
			case 5:
				act = lab.Action{Verb: lab.Restore, Host: pc}
			}
			before := lastEvent(t, s, a.ID)
			if err := s.runner.Act(t.Context(), a, act); errors.As(err, new(*lab.Mistake)) {
				continue
			} else if err != nil {
				t.Fatal(err)
			}
			if last := lastEvent(t, s, a.ID); last != before {
				seen[last] = s.past(t, v, looker)
			}
		}
		if len(seen) < 15 {
			t.Fatalf("only %d moments", len(seen))
		}
		for seq, want := range seen {
			got := s.past(t, v, looker.AsOf(seq))
			if got != want {
				i := 0
				for i < min(len(got), len(want)) && got[i] == want[i] {
					i++
				}
				i = max(0, i-120)
				t.Fatalf("seed %d, event %d:\n…%.400s\nwant\n…%.400s", seed, seq, got[i:], want[i:])
			}
		}
	}
}

// Steps lead from stop to stop and back again, at each pace, and the end of the way is the end of the trace.
func TestStepping(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: "one"})
	s.fetched(t, a, "pc2")
	last := lastEvent(t, s, a.ID)
	v := s.visitor(t)
	at := regexp.MustCompile(`[?&]at=(\d+)`)
	step := func(from uint64, way, by string) uint64 {
		t.Helper()
		p := v.get(fmt.Sprintf("%s/step?way=%s&by=%s&from=%d&show=smtp", labURL(a), way, by, from)).wants(t, 200)
		found := at.FindStringSubmatch(p.path)
		if found == nil || !strings.Contains(p.path, "show=smtp") {
			t.Fatalf("a step leads to %s", p.path)
		}
		n, err := strconv.ParseUint(found[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for by, least := range map[string]int{"event": int(last) - 1, "line": 15, "exchange": 10, "conversation": 2} {
		var stops []uint64
		for at := uint64(1); at < last; {
			if at = step(at, "forth", by); at < last {
				stops = append(stops, at)
			}
		}
		if len(stops) < least-1 {
			t.Errorf("by %s: %v", by, stops)
		}
		for i := len(stops) - 1; i > 0; i-- {
			if got := step(stops[i], "back", by); got != stops[i-1] {
				t.Errorf("by %s: back from %d to %d, want %d", by, stops[i], got, stops[i-1])
			}
		}
		if got := step(1, "back", by); got != 1 {
			t.Errorf("by %s: back from the first event to %d", by, got)
		}
	}
	if got := step(0, "back", "event"); got != last-1 {
		t.Errorf("back from now: %d", got)
	}
}

// What is no moment of the lab is said to be none, and nothing acts in one that is.
func TestNoSuchMoment(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com"})
	v := s.visitor(t)
	last := lastEvent(t, s, a.ID)
	for at, status := range map[string]int{
		"?at=0": 200, "?at=": 200, "?at=" + fmt.Sprint(last): 200, "?at=" + fmt.Sprint(last+1): 404, "?at=18446744073709551615": 404,
		"?at=18446744073709551616": 400, "?at=-1": 400, "?at=x": 400, "/at/0": 404, "/at/x": 404, "/at/01": 404, "/at/1": 200,
		"/at/1/hosts/pc1/inbox": 200, "/at/1/hosts/pc9": 404, "/at/" + fmt.Sprint(last+1) + "/hosts/pc1": 404, "/at/1/step": 200,
	} {
		if p := v.get(labURL(a) + at); p.status != status {
			t.Errorf("%s: %d, want %d: %.300s", at, p.status, status, p.text())
		}
	}
	v.get(labURL(a)+"?at=5").wants(t, 200, "This is the past", "Back to now", "Go on from here")
	v.get("/labs/"+a.ViewID+"?at=5").wants(t, 200, "This is the past", "Back to now")
	v.post(labURL(a)+"/reset?at=5", nil).wants(t, 409, "The past cannot be changed")
	v.post(labURL(a)+"/at/5/reset", nil).wants(t, 405)
	v.post(labURL(a)+"/hosts/pc1/mail?at=5", url.Values{"to": {"pc2@email.com"}}).wants(t, 409, "The past cannot be changed")
	s.act(t, a, lab.Action{Verb: lab.Reset})
	v.get(labURL(a)+"?at=5").wants(t, 404, "reset since")
}

// A fork is a lab of its own, for those who may act; it begins with what had happened.
func TestForking(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: "one"})
	moment := lastEvent(t, s, a.ID)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc3@email.com", Subject: "two"})
	v := s.visitor(t)
	p := v.get(labURL(a.AsOf(moment))+"/fork").wants(t, 200, "event "+fmt.Sprint(moment), "Make the lab", "paused there")
	p = v.submit(p, "moment="+fmt.Sprint(moment), nil).wants(t, 200)
	id := strings.TrimPrefix(p.path, "/labs/")
	if id == a.ID || strings.Contains(id, "?") {
		t.Fatalf("the fork is at %s", p.path)
	}
	if got := lastEvent(t, s, id); got != moment {
		t.Errorf("the fork has %d events, want %d", got, moment)
	}
	if fork, err := s.runner.Open(t.Context(), id); err != nil {
		t.Error(err)
	} else {
		s.view(t, fork, func(l *lab.Lab) {
			if !l.Paused() {
				t.Error("the fork runs on")
			}
		})
	}
	v.get("/labs/"+id+"/hosts/pc1/sent").wants(t, 200, "one")
	if p := v.get("/labs/" + id + "/hosts/pc1/sent"); strings.Contains(p.text(), "two") {
		t.Error("it knows what came later")
	}
	view := "/labs/" + a.ViewID
	for _, p := range []page{v.get(view + "/fork"), v.post(view+"/fork?moment=3", nil), v.get(view + "/lab.smtplab"), v.post(view+"/undo", nil)} {
		p.wants(t, 403, "view-only link")
	}
	v.post(labURL(a)+"/fork?moment=99999", nil).wants(t, 404, "no such moment")
	v.post(labURL(a)+"/fork?moment=x", nil).wants(t, 400)
}

// Undo takes back what was done last. Who had seen it is told to look again, and then sees what happens instead.
func TestUndoing(t *testing.T) {
	s := newSite(t, Options{Live: quick})
	a := s.newLab(t)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: "kept"})
	kept := lastEvent(t, s, a.ID)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: "regretted"})
	last := lastEvent(t, s, a.ID)
	v := s.visitor(t)
	era := func() string {
		return regexp.MustCompile(`data-live="[^"]*\?era=(\d+)"`).FindStringSubmatch(v.get(labURL(a)).body)[1]
	}
	before := era()
	v.submit(v.get(labURL(a)), "/undo", nil).wants(t, 200)
	if got := lastEvent(t, s, a.ID); got != kept {
		t.Errorf("%d events, want %d", got, kept)
	}
	if p := v.get(labURL(a) + "/hosts/pc1/sent"); strings.Contains(p.text(), "regretted") || !strings.Contains(p.text(), "kept") {
		t.Errorf("sent: %s", p.text())
	}
	s.mailed(t, a, "pc3", lab.Mail{To: "pc2@email.com", Subject: "instead"}) // as many events as were undone
	if got := lastEvent(t, s, a.ID); got < last {
		t.Fatalf("%d events, there were %d", got, last)
	}
	if p := v.get(labURL(a) + "/poll?after=" + fmt.Sprint(last) + "&era=" + before); !strings.Contains(p.body, `"resync":true`) {
		t.Errorf("who had seen what was undone is told: %.200s", p.body)
	}
	if p := v.get(labURL(a) + "/poll?after=" + fmt.Sprint(kept) + "&era=" + era()); strings.Contains(p.body, `"resync":true`) || !strings.Contains(p.body, "pc3@email.com") {
		t.Errorf("who looks now is told: %.200s", p.body)
	}
	for range 2 {
		v.post(labURL(a)+"/undo", nil).wants(t, 200)
	}
	v.post(labURL(a)+"/undo", nil).wants(t, 409, "nothing to undo")
}

// A lab that is saved and opened is the same lab, elsewhere.
func TestSavingAndOpening(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: "<b>kept</b>", Files: []lab.File{{Name: "a.bin", Data: []byte{0, 0xFF}}}})
	s.fetched(t, a, "pc2")
	v := s.visitor(t)
	saved := v.get(labURL(a)+"/lab.smtplab").wants(t, 200)
	if got := saved.header.Get("Content-Disposition"); !strings.Contains(got, "smtplab-amber-fox.smtplab") {
		t.Errorf("it is called %s", got)
	}
	v.get("/open").wants(t, 200, "Open a lab")
	opened := v.postParts("/open", part{name: "file", file: `filename="x.smtplab"`, value: saved.body}).wants(t, 200)
	untilNow := regexp.MustCompile(`(?s)"end": \{.*?\}`) // while nothing goes on, lab time follows the wall clock
	again := v.get(opened.path+"/lab.smtplab").wants(t, 200)
	if got, want := untilNow.ReplaceAllString(again.body, ""), untilNow.ReplaceAllString(saved.body, ""); got != want {
		t.Errorf("saved again it is another:\n%.300s\nwas\n%.300s", got, want)
	}
	want, got := v.get(labURL(a)+"/transcript.json"), v.get(opened.path+"/transcript.json")
	if got.body != want.body {
		t.Error("the trace is another")
	}
	half := v.get(labURL(a.AsOf(20))+"/lab.smtplab").wants(t, 200)
	if h, err := history.ReadFile(bytes.NewReader([]byte(half.body))); err != nil || len(h.Actions) >= 4 {
		t.Errorf("the file of a moment: %v", err)
	}
	for name, c := range map[string]struct{ body, says string }{
		"a picture":    {"\x89PNG\r\n\x1a\n\x00\x00", "line 1"},
		"nothing":      {"", "no lab of SMTP Lab"},
		"cut off":      {saved.body[:len(saved.body)/2], "line "},
		"no hosts":     {regexp.MustCompile(`(?s)"hosts": \[.*?\n  \]`).ReplaceAllString(saved.body, `"hosts": []`), "between 1 and"},
		"a script":     {`{"smtplab": "<script>alert(1)</script>"}`, "cannot be"},
		"a bad PC":     {strings.Replace(saved.body, `"ip": "192.168.11.1"`, `"ip": "192.168.11.2"`, 1), "address of its own"},
		"much too big": {`{"smtplab": 1, "x": "` + strings.Repeat("x", history.MaxFile) + `"}`, "larger than"},
	} {
		p := v.postParts("/open", part{name: "file", file: `filename="x.smtplab"`, value: c.body})
		if p.status != 422 || !strings.Contains(p.text(), c.says) || strings.Contains(p.body, "<script>alert") {
			t.Errorf("%s: %d %.300s", name, p.status, p.text())
		}
	}
	v.postParts("/open", part{name: "other", value: "x"}).wants(t, 422, "Choose a file first")
	// What another release recorded is played by what people did.
	other := strings.Replace(saved.body, `"seq": 0`, `"seq": 3`, 1)
	if p := v.postParts("/open", part{name: "file", file: `filename="x"`, value: other}).wants(t, 200); !strings.Contains(v.get(p.path+"/hosts/pc2/inbox").text(), "kept") {
		t.Error("a mail was lost")
	}
}
