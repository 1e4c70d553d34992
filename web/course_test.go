package web

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"smtplab/sim/exercise"
	"smtplab/sim/exercise/catalog"
	"smtplab/sim/lab"
	"smtplab/sim/runner"
	"smtplab/web/ui"
)

// strange is an exercise whose author tries everything, and asks questions.
const strange = `---
title: Strange <b>&
stage: A <i>stage
minutes: 5
after: [first-mail]
before: |
  pc3 sends to=pc2@email.com subject="Given"
checks:
  - id: sent
    says: Send <script>alert(1)</script> with ` + "`{word}`" + `
    needs: |
      mail in pc2
        subject has {word}
    hints:
      - First <img src=x onerror=alert(1)>.
      - "[Second](javascript:alert(1))"
  - id: told
    says: Say the word
    needs: answer word is {word}
  - id: chosen
    says: Choose
    needs: answer which is "The {word}"
ask:
  - id: word
    text: Which <b>word</b> is it?
  - id: which
    text: Which of them?
    choices:
      - text: The {word}
        right: true
        why: So it <script>is</script>.
      - text: Another
        why: No, not that.
quiz:
  - id: guess
    text: <script>quiz()</script>?
    choices:
      - text: <b>yes</b>
        right: true
      - text: "[no](data:text/html,x)"
        why: <iframe src="https://evil.example">
    why: Because.
solution: |
  pc1 sends to=pc2@email.com subject="{word}"
  answer word is {word}
  answer which is "The {word}"
refs: [RFC 5321 §2.1]
---
You <script>alert("promise")</script> will see.

## What to do

<div onclick="alert(2)">
Click
</div>

# One

Text <img src="https://evil.example/x.png"> and ![a picture](https://evil.example/y.png).

#### Four

1. A [good link](https://www.rfc-editor.org/), [one of ours](/theory/aim), [a bad one](javascript:alert%281%29), [data](data:text/html,x), [mail](mailto:x@y.z).
2. Your word is **{word}**.

## Why

<!-- a remark --> Because.

## What you have learnt

A <script>lot</script>.
`

func parseExercise(t testing.TB, name, text string) *exercise.Exercise {
	t.Helper()
	e, err := exercise.Parse(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

const plainExercise = `---
title: Plain
stage: A <i>stage
minutes: 1
checks:
  - id: sent
    says: Send a mail
    needs: |
      mail in pc2
    hints: [Send it.]
solution: pc1 sends to=pc2@email.com
---
Plain.

## What to do

Send.

## Why

That is **why**.

## What you have learnt

That it works.
`

// courseSite is a site with two exercises, plain and strange.
func courseSite(t testing.TB, o Options) *site {
	o.Exercises = []*exercise.Exercise{parseExercise(t, "plain.md", plainExercise), parseExercise(t, "strange.md", strange)}
	return newSite(t, o)
}

// begun is the lab in which the visitor has just begun an exercise, at full speed.
func (v *visitor) began(id string) (runner.Access, page) {
	v.t.Helper()
	p := v.submit(v.get("/exercises/"+id).wants(v.t, 200), "/exercises/"+id+"/begin", nil).wants(v.t, 200, `id="task"`)
	a, err := v.site.runner.Open(v.t.Context(), strings.TrimPrefix(p.path, "/labs/"))
	if err != nil {
		v.t.Fatal(err)
	}
	v.site.act(v.t, a, lab.Action{Verb: lab.Speed})
	return a, p
}

func (s *site) word(t testing.TB, a runner.Access) (word string) {
	t.Helper()
	s.view(t, a, func(l *lab.Lab) { word = exercise.Word(l.Spec().Seed) })
	return word
}

// solved does what the exercise plain asks for.
func (s *site) solved(t testing.TB, a runner.Access) {
	t.Helper()
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com"})
}

func state(p page, title string) string {
	for li := range elements(p.doc, "li") {
		if attr(li, "data-state") != "" && strings.Contains(textOf(li), title) {
			return attr(li, "data-state")
		}
	}
	return "not there"
}

func textOf(n *html.Node) string { return page{doc: n}.text() }

// The list and an exercise can be read by anybody, without a script; a visitor who has begun one is led back to it.
func TestReadingAndBeginning(t *testing.T) {
	s := newSite(t, Options{})
	v := s.visitor(t)
	p := v.get("/exercises").wants(t, 200, "First mail", "10 min", "not begun", "0 of ", "/theory/aim", "/theory/procedure", "/theory/conformance")
	if got := state(p, "First mail"); got != isNew || !strings.Contains(p.body, `<a href="/exercises" aria-current="page">`) {
		t.Errorf("the list says %s", got)
	}
	p = v.click(p, "/exercises/first-mail").wants(t, 200, "What to do", "You should see", "I got something else", "RFC 5598 §2.1", "your word", "Before you begin", "Right.", "about 10 minutes", "Begin")
	if strings.Contains(p.text(), "{word}") || strings.Contains(p.text(), "Continue") {
		t.Error("there is no lab yet")
	}
	stay := s.visitor(t).stay()
	first := stay.post("/exercises/first-mail/begin", nil).wants(t, http.StatusSeeOther)
	cookie := first.header.Get("Set-Cookie")
	where := first.header.Get("Location")
	for _, want := range []string{"course=first-mail=" + strings.TrimPrefix(where, "/labs/") + ";", "Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=15552000"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie %q has no %s", cookie, want)
		}
	}
	a, page := v.began("first-mail")
	page.wants(t, 200, "PC-1 sends a mail to PC-2", "0 of 3", s.word(t, a), "There was no conversation from PC-1", "Restart…", "Show me…", "A mail is written on a PC")
	s.view(t, a, func(l *lab.Lab) {
		if spec := l.Spec(); spec.Exercise != "first-mail" || spec.Shown {
			t.Errorf("%+v", spec)
		}
	})
	if got := state(v.get("/exercises"), "First mail"); got != isBegun {
		t.Errorf("it is %s", got)
	}
	again := v.click(v.get("/exercises/first-mail").wants(t, 200, "Continue", "Begin again", "begun, 0 of 3 checks"), labURL(a))
	if again.path != labURL(a) {
		t.Errorf("Continue leads to %s", again.path)
	}
	for _, url := range []string{"/exercises/none", "/exercises/FIRST-MAIL", "/exercises/first-mail.md", "/exercises/..%2f", "/exercises/first-mail/begin/x"} {
		if p := v.get(url); p.status != 404 {
			t.Errorf("%s: %d", url, p.status)
		}
	}
	v.get("/exercises/none").wants(t, 404, "There is no such exercise.", "See all exercises")
	v.get("/theory/none").wants(t, 404, "There is no such page in the theory.", "Read the theory")
	v.get("/exercises/first-mail/begin").wants(t, 405)
	v.post("/exercises/none/begin", nil).wants(t, 404)
	if p := s.visitor(t).stay().post("/exercises/first-mail/begin", nil, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"); p.status != 403 {
		t.Errorf("another site begins an exercise: %d", p.status)
	}
	limited := newSite(t, Options{Limits: Limits{Labs: Rate{0.001, 1}}}).visitor(t)
	limited.began("first-mail")
	limited.post("/exercises/first-mail/begin", nil).wants(t, 429)
}

// The base64 of something with the lab's word in it is another in each lab, and before there is one it is said in words.
func TestBase64InTexts(t *testing.T) {
	s := newSite(t, Options{})
	v := s.visitor(t)
	before := v.get("/exercises/login-by-hand").wants(t, 200, `AUTH PLAIN base64 of \0pc1\0fox- your word`)
	pages := []page{before}
	for range 2 {
		a, p := v.began("login-by-hand")
		pages = append(pages, p.wants(t, 200, "AUTH PLAIN "+exercise.Base64(`\0pc1\0fox-`+s.word(t, a))))
	}
	for _, p := range pages {
		if strings.Contains(p.text(), "{base64") {
			t.Errorf("%s: a token is not filled in", p.path)
		}
	}
}

// The word stands in the address of a link, too, and in one of base64.
func TestWordsInLinks(t *testing.T) {
	c := newCourse(nil)
	const source = "[a](/find/{word}) [b](/find/{base64 a{word}}) {word}"
	for word, want := range map[string]string{
		"KXABC": `<a href="/find/KXABC">a</a> <a href="/find/` + exercise.Base64("aKXABC") + `">b</a> KXABC`,
		"":      `<a href="/find/your%20word">a</a> <a href="/find/base64%C2%A0of%C2%A0ayour%20word">b</a> ` + anyWord,
	} {
		for range 2 { // as it is drawn, and as it is kept
			if got := string(c.line(source, word)); strings.ReplaceAll(got, ` rel="nofollow"`, "") != want {
				t.Errorf("with %q it is\n%s\nwant\n%s", word, got, want)
			}
		}
	}
}

// While a text is drawn, labs are judged: it takes long where somebody wrote it for that.
func TestTextsHoldNobodyUp(t *testing.T) {
	c := newCourse(nil)
	c.mu.Lock()
	defer c.mu.Unlock()
	drawn := make(chan ui.Prose, 1)
	go func() { drawn <- c.line("*x*", "") }()
	select {
	case <-drawn:
	case <-time.After(10 * time.Second):
		t.Fatal("it waits for the labs that are judged")
	}
}

// A solution is played once for who looks at its steps, whether that goes well or not.
func TestStepsArePlayedOnce(t *testing.T) {
	plain, r := parseExercise(t, "plain.md", plainExercise), &run{}
	spec := plain.Spec("x", 1, time.Now())
	impossible := parseExercise(t, "plain.md", strings.Replace(plainExercise, "solution: pc1 sends to=pc2@email.com", "solution: pc2 reads 9", 1))
	if steps := r.stepsOf(impossible, &spec); len(steps) > 0 {
		t.Fatalf("%+v", steps)
	}
	if steps := r.stepsOf(plain, &spec); len(steps) > 0 {
		t.Error("it was played again")
	}
	s := courseSite(t, Options{})
	v := s.visitor(t)
	a, _ := v.began("plain")
	p := v.stay().post(labURL(a)+"/show", nil).wants(t, 303)
	id, _, _ := strings.Cut(strings.TrimPrefix(p.header.Get("Location"), "/labs/"), "?")
	shown, err := s.runner.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if r := s.web.course.run(shown.Key); !r.played || len(r.steps) != 1 {
		t.Errorf("what was played to show it is not kept: %+v", r.steps)
	}
}

// A teacher's exercise stands among those that come with the program, after the one that it names, and is done as they are.
func TestOwnExercise(t *testing.T) {
	own := parseExercise(t, "own.md", strings.NewReplacer("title: Plain", "title: Mine\nafter: [first-mail]", "A <i>stage", "A first contact").Replace(plainExercise))
	all, err := catalog.With([]*exercise.Exercise{own})
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, Options{Exercises: all})
	v := s.visitor(t)
	v.get("/exercises").wants(t, 200, "First mail", "Mine", "0 of "+strconv.Itoa(len(catalog.All())+1))
	v.get("/exercises/own").wants(t, 200, "A. First contact", "First mail")
	a, _ := v.began("own")
	s.solved(t, a)
	if got := state(v.get("/exercises"), "Mine"); got != isDone {
		t.Errorf("it is %s", got)
	}
}

// Whatever stands in an exercise's file is text: HTML is shown and does nothing, links lead to the web or to this site,
// headings have their place in the page.
func TestTextsAreHarmless(t *testing.T) {
	s := courseSite(t, Options{Live: quick})
	v := s.visitor(t)
	a, labPage := v.began("strange")
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: s.word(t, a)})
	s.act(t, a, lab.Action{Verb: lab.Answer, Target: "word", Text: s.word(t, a)})
	s.act(t, a, lab.Action{Verb: lab.Answer, Target: "which", Text: "The " + s.word(t, a)})
	base := labURL(a)
	pages := map[string]page{
		"the list": v.get("/exercises"), "the exercise": v.get("/exercises/strange"), "the lab": labPage, "the lab, done": v.get(base),
		"the posttest": v.get(base + "/posttest"), "the report": v.get(base + "/evidence"),
		"the live channel": {doc: parse(t, ofKind(s.watch(t, a, 0, func(ui.Envelope) bool { return true }), ui.WireTask)[0].HTML)},
	}
	for name, p := range pages {
		for d := range p.doc.Descendants() {
			if d.Type != html.ElementNode {
				continue
			}
			switch d.Data {
			case "script", "img", "iframe", "style":
				if src := attr(d, "src"); !strings.HasPrefix(src, "/static/") {
					t.Errorf("%s has a <%s src=%q>", name, d.Data, src)
				}
			case "a":
				if u, err := url.Parse(attr(d, "href")); err != nil || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" {
					t.Errorf("%s leads to %s", name, attr(d, "href"))
				}
			}
			for _, a := range d.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
					t.Errorf("%s has <%s %s=%q>", name, d.Data, a.Key, a.Val)
				}
			}
		}
	}
	pages["the exercise"].wants(t, 200, `<script>alert("promise")</script>`, `<div onclick="alert(2)">`, "<!-- a remark -->", "Because.", `rel="noreferrer noopener" target="_blank"`)
	pages["the lab, done"].wants(t, 200, "Send <script>alert(1)</script> with "+s.word(t, a), "First <img src=x onerror=alert(1)>.", "A <script>lot</script>.", "You have done it", "So it <script>is</script>.")
	pages["the posttest"].wants(t, 200, "<script>quiz()</script>?", "<b>yes</b>")
	named := regexp.MustCompile(`<a href="`+base+`\?at=(\d+)">[Ee]vent (\d+)</a>`).FindAllStringSubmatch(pages["the posttest"].body, -1)
	if len(named) == 0 || slices.ContainsFunc(named, func(m []string) bool { return m[1] != m[2] }) {
		t.Errorf("the events that are asked about are not linked: %q", named)
	}
	if p := pages["the lab"]; strings.Contains(p.text(), "{word}") {
		t.Error("the word is not filled in")
	}
	for name, want := range map[string]string{"the exercise": "h3 One, h4 Four", "the lab": "h4 One, h5 Four"} {
		var got []string
		for d := range pages[name].doc.Descendants() {
			if text := textOf(d); d.Type == html.ElementNode && regexp.MustCompile(`^h\d$`).MatchString(d.Data) && (text == "One" || text == "Four") {
				got = append(got, d.Data+" "+text)
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func parse(t testing.TB, fragment string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(fragment))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// An answer is an action of the lab. What is wrong with one is said beside its field, and it is not lost.
func TestAnswering(t *testing.T) {
	s := courseSite(t, Options{})
	v := s.visitor(t)
	a, p := v.began("strange")
	word := s.word(t, a)
	say := func(question, answer string) url.Values {
		return url.Values{"question": {question}, "answer": {answer}}
	}
	if p = v.submit(p, "/answer", say("word", word)).wants(t, 200, "You answered: "+word); p.path != labURL(a) {
		t.Errorf("it leads to %s", p.path)
	}
	part := v.post(labURL(a)+"/answer", say("which", "Another"), "X-Fragment", "1").wants(t, 200, "You answered: Another", "No, not that.")
	if !strings.HasPrefix(part.body, `<div class="task__ask" id="ask-which"`) || !strings.Contains(part.body, "checked") {
		t.Errorf("the question alone: %s", part.body)
	}
	for name, c := range map[string]struct {
		fields url.Values
		says   string
	}{
		"nothing":          {say("word", ""), "Write an answer first."},
		"blanks":           {say("word", " \t"), "Write an answer first."},
		"too long":         {say("word", strings.Repeat("x", 501)), "at most 500 characters"},
		"two lines":        {say("word", "a\nb"), "one line of text"},
		"no choice":        {say("which", "Something else"), "Choose one of the answers."},
		"no such question": {say("none", "x"), "asks no such question"},
		"no question":      {url.Values{"answer": {"x"}}, "asks no such question"},
	} {
		for _, header := range [][]string{nil, {"X-Fragment", "1"}} {
			if p := v.post(labURL(a)+"/answer", c.fields, header...); p.status != 422 || !strings.Contains(p.text(), c.says) {
				t.Errorf("%s: %d %s", name, p.status, p.text())
			}
		}
	}
	typed := v.post(labURL(a)+"/answer", say("word", strings.Repeat("y", 501)))
	field, problem := one(t, typed.doc, "input", "id", "say-word"), one(t, typed.doc, "p", "id", "wrong-word")
	if attr(field, "aria-describedby") != "wrong-word" || attr(field, "value") != strings.Repeat("y", 501) || problem == nil {
		t.Error("the mistake is not beside the field, or what was typed is gone")
	}
	if p := v.post(labURL(a)+"/answer", say("word", strings.Repeat("x", 501)), "Accept", "application/json"); p.status != 422 || !strings.Contains(p.body, `"field":"answer"`) {
		t.Errorf("as data: %d %s", p.status, p.body)
	}
	v.post(labURL(a)+"/answer", say("word", strings.Repeat("x", 70_000))).wants(t, 413)
	v.post("/labs/"+a.ViewID+"/answer", say("word", "x")).wants(t, 403, "view-only link")
	v.post(labURL(a)+"/answer?at=1", say("word", "x")).wants(t, 409, "The past cannot be changed")
	v.post(labURL(s.newLab(t))+"/answer", say("word", "x")).wants(t, 404)
	v.get(labURL(a)).wants(t, 200, "You answered: "+word) // and nothing else was taken
	if p := v.get("/labs/" + a.ViewID); strings.Contains(p.body, a.ID) || strings.Contains(p.body, "data-say") || strings.Contains(p.body, "/restart") || strings.Contains(p.text(), "Show me…") {
		t.Error("who may only look is offered to act")
	}
}

// one is the only element with that attribute.
func one(t testing.TB, doc *html.Node, tag, name, value string) (found *html.Node) {
	t.Helper()
	for e := range elements(doc, tag) {
		if attr(e, name) == value {
			if found != nil {
				t.Fatalf("there are two <%s %s=%q>", tag, name, value)
			}
			found = e
		}
	}
	if found == nil {
		t.Fatalf("there is no <%s %s=%q>", tag, name, value)
	}
	return found
}

// Whoever watches is told how the checks stand when that has changed, and not with every event.
func TestChecksTickLive(t *testing.T) {
	s := courseSite(t, Options{Live: quick})
	v := s.visitor(t)
	a, _ := v.began("plain")
	s.mailed(t, a, "pc1", lab.Mail{To: "pc3@email.com"}) // not yet
	before := lastEvent(t, s, a.ID)
	var envelopes []ui.Envelope
	var watching sync.WaitGroup
	watching.Go(func() {
		envelopes = s.watch(t, a, before, func(e ui.Envelope) bool { return strings.Contains(e.HTML, "221") })
	})
	s.solved(t, a)
	watching.Wait()
	told := ofKind(envelopes, ui.WireTask)
	if len(told) == 0 || len(told) > 3 {
		t.Fatalf("told %d times in %d envelopes", len(told), len(envelopes))
	}
	if html := told[len(told)-1].HTML; !strings.Contains(html, `id="check-sent" data-moment data-met="true"`) || !strings.Contains(html, "You have done it") || !strings.Contains(html, "<strong>why</strong>") {
		t.Errorf("in the end it is told\n%s", html)
	}
	quiet := v.get(fmt.Sprintf("%s/poll?era=0&after=%d", labURL(a), lastEvent(t, s, a.ID)))
	if strings.Contains(quiet.body, `"kind":"task"`) {
		t.Error("nothing has changed, and it is told")
	}
	if p := v.get(fmt.Sprintf("%s/poll?era=0&after=%d", labURL(s.newLab(t)), 0)); strings.Contains(p.body, `"kind":"task"`) {
		t.Error("a lab without an exercise tells of one")
	}
}

// The past is judged as it was, and nobody acts in it.
func TestTaskInThePast(t *testing.T) {
	s := courseSite(t, Options{})
	v := s.visitor(t)
	a, _ := v.began("strange")
	given := lastEvent(t, s, a.ID)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: s.word(t, a)})
	v.get(labURL(a)).wants(t, 200, "1 of 3")
	then := v.get(fmt.Sprintf("%s?at=%d", labURL(a), given)).wants(t, 200, "0 of 3", "This is the past")
	if strings.Contains(then.body, "data-say") || strings.Contains(then.text(), "Restart…") || strings.Contains(then.text(), "Show me…") {
		t.Error("the past offers to act")
	}
	past := labURL(a.AsOf(given))
	v.get(past+"/evidence").wants(t, 200, "0 of 3 checks are met", "Not finished")
	v.get(past+"/posttest").wants(t, 200)
	v.get(fmt.Sprintf("%s/at/%d/evidence", labURL(a), given+9999)).wants(t, 404)
}

// Beginning again makes another lab; what was done before stays done.
func TestRestarting(t *testing.T) {
	s := courseSite(t, Options{})
	v := s.visitor(t)
	a, p := v.began("plain")
	s.solved(t, a)
	if got := state(v.get("/exercises").wants(t, 200, "1 of 2 done"), "Plain"); got != isDone {
		t.Fatalf("it is %s", got)
	}
	p = v.click(p, "/restart").wants(t, 200, "Begin the exercise again?")
	p = v.submit(p, "/restart", nil).wants(t, 200, "0 of 1")
	if p.path == labURL(a) {
		t.Error("it is the same lab")
	}
	if got := state(v.get("/exercises"), "Plain"); got != isDone {
		t.Errorf("begun again it is %s", got)
	}
	v.click(v.get("/exercises/plain").wants(t, 200, "Continue", "done"), p.path)
	again, _ := s.runner.Open(t.Context(), strings.TrimPrefix(p.path, "/labs/"))
	if p := v.submit(v.get(labURL(again)+"/restart"), "/restart", nil).wants(t, 200); p.path == labURL(again) {
		t.Error("it is the same lab")
	}
	if got := state(v.get("/exercises"), "Plain"); got != isDone {
		t.Errorf("begun a third time it is %s", got)
	}
	view := "/labs/" + a.ViewID
	for _, p := range []page{v.get(view + "/restart"), v.post(view+"/restart", nil), v.get(view + "/show"), v.post(view+"/show", nil)} {
		p.wants(t, 403, "view-only link")
	}
	none := labURL(s.newLab(t))
	for _, p := range []page{v.get(none + "/restart"), v.post(none+"/restart", nil), v.get(none + "/show"), v.post(none+"/show", nil), v.get(none + "/evidence"), v.get(none + "/posttest")} {
		p.wants(t, 404)
	}
}

// The solution is shown in a lab that says so, from its beginning on, and proves nothing.
func TestShowing(t *testing.T) {
	s := courseSite(t, Options{})
	v := s.visitor(t)
	a, p := v.began("strange")
	p = v.submit(v.click(p, "/show").wants(t, 200, "See how it is done?"), "/show", nil).wants(t, 200, "This lab shows the solution", "0 of 3", "This is the past", "pc1 sends to=pc2@email.com")
	id, at, _ := strings.Cut(strings.TrimPrefix(p.path, "/labs/"), "?at=")
	shown, err := s.runner.Open(t.Context(), id)
	if err != nil || shown.Key == a.Key || at == "" || at == "1" {
		t.Fatalf("it leads to %s: %v", p.path, err)
	}
	now := v.get("/labs/"+id).wants(t, 200, "All is met in this lab", "does not count")
	if strings.Contains(now.text(), "You have done it") || strings.Contains(now.text(), "Evidence report") {
		t.Error("it counts")
	}
	v.get("/labs/"+id+"/evidence").wants(t, 200, "no evidence of anybody’s work")
	other := s.visitor(t)
	if got := state(other.get("/exercises", "Cookie", "course=strange="+id), "Strange"); got != isNew {
		t.Errorf("with a lab that was shown it is %s", got)
	}
	v.get(labURL(a)).wants(t, 200, "0 of 3") // as it was
}

// What had happened before the student came cannot be undone, and after a reset nothing counts.
func TestWhatWasGiven(t *testing.T) {
	s := courseSite(t, Options{})
	v := s.visitor(t)
	a, p := v.began("strange")
	s.view(t, a, func(l *lab.Lab) {
		if l.Waiting("pc2") != 1 {
			t.Errorf("%d mails wait", l.Waiting("pc2"))
		}
	})
	v.post(labURL(a)+"/undo", nil).wants(t, 409, "nothing to undo")
	if reset := one(t, p.doc, "div", "id", "controls"); strings.Contains(rendered(t, reset), labURL(a)+"/reset") {
		t.Error("the reset would forget it")
	}
	s.act(t, a, lab.Action{Verb: lab.Reset})
	word := s.word(t, a)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: word})
	s.act(t, a, lab.Action{Verb: lab.Answer, Target: "word", Text: word})
	s.act(t, a, lab.Action{Verb: lab.Answer, Target: "which", Text: "The " + word})
	lost := v.get(labURL(a)).wants(t, 200, "0 of 3", "What the exercise had prepared is not in this lab", "nothing in it counts")
	if strings.Contains(lost.text(), "You have done it") || strings.Contains(lost.body, `data-met="true"`) || strings.Contains(lost.text(), "is missing") {
		t.Error("it counts")
	}
	v.get(labURL(a)+"/evidence").wants(t, 200, "it is no evidence")
	if got := state(v.get("/exercises"), "Strange"); got != isBegun {
		t.Errorf("it is %s", got)
	}
}

// A lab that was opened from a file is no proof, whatever the file says of itself, and nor is one with another world. It is
// judged, for whoever wants to see how far somebody came.
func TestFilesCannotForgeProgress(t *testing.T) {
	s := courseSite(t, Options{})
	v := s.visitor(t)
	own, p := v.began("strange")
	p = v.submit(v.click(p, "/show"), "/show", nil).wants(t, 200)
	shown, _, _ := strings.Cut(p.path, "?")
	file := v.get(shown+"/lab.smtplab").wants(t, 200, `"shown": true`).body
	honest := strings.Replace(file, `"shown": true`, `"shown": false`, 1)
	for name, c := range map[string]struct{ file, says string }{
		"as it is":       {file, "In this lab the solution was shown"},
		"not shown":      {honest, "This lab was opened from a file"},
		"says it is not": {strings.Replace(honest, `"shown": false`, `"opened": false`, 1), "This lab was opened from a file"},
		"another world":  {strings.Replace(honest, `"password": "pc3"`, `"password": "x"`, 1), "This lab is not as the exercise makes them"},
		"nothing given":  {strings.Replace(honest, `"given": true,`, ``, 1), "What the exercise had prepared is not in this lab"},
	} {
		if name != "as it is" && c.file == file {
			t.Fatalf("%s: the file is the same", name)
		}
		opened := v.postParts("/open", part{name: "file", file: `filename="x.smtplab"`, value: c.file}).wants(t, 200)
		a, err := s.runner.Open(t.Context(), strings.TrimPrefix(opened.path, "/labs/"))
		if err != nil {
			t.Fatal(err)
		}
		evidence := v.get(opened.path+"/evidence").wants(t, 200, c.says, "it is no evidence of anybody’s work")
		if strings.Contains(evidence.text(), "Finished.") || strings.Contains(opened.text(), "You have done it") || strings.Contains(opened.text(), "Evidence report") {
			t.Errorf("%s: it counts", name)
		}
		v.get(opened.path+"/at/"+fmt.Sprint(lastEvent(t, s, a.ID))+"/evidence").wants(t, 200, c.says)
		other := s.visitor(t)
		cookie := "course=strange=" + a.ID
		other.get(opened.path, "Cookie", cookie).wants(t, 200)
		if p := other.get("/exercises", "Cookie", cookie); state(p, "Strange") == isDone || strings.Contains(p.header.Get("Set-Cookie"), ".") {
			t.Errorf("%s: done, %s", name, p.header.Get("Set-Cookie"))
		}
	}
	opened := v.postParts("/open", part{name: "file", file: `filename="x.smtplab"`, value: honest}).wants(t, 200, "nothing in it counts. Restart the exercise", "All is met in this lab")
	fork := v.post(opened.path+"/fork", nil).wants(t, 200, "This lab was opened from a file")
	v.get(fork.path+"/lab.smtplab").wants(t, 200, `"opened": true`)
	v.get(labURL(own)).wants(t, 200, "0 of 3") // as it was
	v.get("/open").wants(t, 200, "it does not count as done")
}

func rendered(t testing.TB, n *html.Node) string {
	t.Helper()
	var b strings.Builder
	if err := html.Render(&b, n); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The report quotes the events that met the checks, and leads others to the lab without letting them act.
func TestEvidence(t *testing.T) {
	s := courseSite(t, Options{})
	v := s.visitor(t)
	a, _ := v.began("strange")
	word := s.word(t, a)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: word})
	s.act(t, a, lab.Action{Verb: lab.Answer, Target: "word", Text: word})
	p := v.get(labURL(a)+"/evidence").wants(t, 200, "Not finished: 2 of 3", "stores message", "in the mailbox of pc2", word, "Not answered", a.ViewID, "Name")
	if report := rendered(t, one(t, p.doc, "main", "id", "content")); strings.Count(report, a.ID) != strings.Count(report, `href="/labs/`+a.ID+`"`) {
		t.Error("what is handed in has the editing link in it, besides in the way back, which is not printed")
	}
	s.act(t, a, lab.Action{Verb: lab.Answer, Target: "which", Text: "The " + word})
	p = v.get(labURL(a)+"/evidence").wants(t, 200, "Finished.", "All 3 checks are met.", "The question “word” is answered: "+word)
	if events := strings.Count(p.text(), "Event "); events != 3 {
		t.Errorf("%d events are quoted", events)
	}
}

// Many look at a lab at once while it goes on. Run with -race.
func TestJudgingForMany(t *testing.T) {
	s := courseSite(t, Options{Limits: Limits{Requests: Rate{1e6, 1e6}}})
	v := s.visitor(t)
	a, _ := v.began("plain")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			other := s.visitor(t)
			for range 6 {
				other.get([]string{labURL(a), labURL(a) + "/poll?era=0&after=0", labURL(a) + "/evidence", "/exercises/plain"}[i%4])
			}
		})
	}
	all.Go(func() { s.solved(t, a) })
	all.Wait()
	v.get(labURL(a)).wants(t, 200, "You have done it")
}

// As many labs are judged as they go on as may be; others are judged anew, and come to the same.
func TestJudgesAreForgotten(t *testing.T) {
	s := courseSite(t, Options{})
	v := s.visitor(t)
	a, _ := v.began("plain")
	s.solved(t, a)
	v.get(labURL(a)).wants(t, 200, "You have done it")
	for i := range maxRuns + 10 {
		s.web.course.run(fmt.Sprint(i))
	}
	if n := len(s.web.course.runs); n != maxRuns || s.web.course.recent.Len() != maxRuns || s.web.course.runs[a.Key] != nil {
		t.Errorf("%d are kept", n)
	}
	v.get(labURL(a)).wants(t, 200, "You have done it")
}
