package web

import (
	"bytes"
	"container/list"
	"context"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"weak"

	"smtplab/sim/clock"
	"smtplab/sim/exercise"
	"smtplab/sim/exercise/catalog"
	"smtplab/sim/lab"
	"smtplab/sim/runner"
	"smtplab/sim/trace"
	"smtplab/web/ui"
)

// This file is about a lab that was made for an exercise: it is judged as it goes on, and the task stands beside it.

// course is the exercises, and the labs that are being judged.
type course struct {
	all func() []*exercise.Exercise

	mu     sync.Mutex
	runs   map[string]*list.Element // of *run, by the lab's key
	recent *list.List               // the most recent first

	drawn sync.Mutex           // another one: nobody waits with a lab in his hands while a text is drawn
	texts map[textKey]ui.Prose // that were made of the exercises' Markdown
}

// maxRuns is how many labs are judged as they go on. Others are judged from their beginning when they are looked at.
const maxRuns = 512

func newCourse(exercises []*exercise.Exercise) *course {
	c := &course{all: catalog.All, runs: map[string]*list.Element{}, recent: list.New(), texts: map[textKey]ui.Prose{}}
	if exercises != nil {
		c.all = func() []*exercise.Exercise { return exercises }
	}
	return c
}

// find is the exercise of an id; nil when there is none.
func (c *course) find(id string) *exercise.Exercise {
	for _, e := range c.all() {
		if e.ID == id {
			return e
		}
	}
	return nil
}

// run is a lab that is judged as it goes on.
type run struct {
	key string

	mu      sync.Mutex
	lab     weak.Pointer[lab.Lab] // a lab that woke up is another one, and may have come to something else
	judge   *exercise.Judge
	stands  []exercise.Verdict
	changed uint64              // the newest event when it came to stand like that
	intact  bool                // as it stands
	begins  *exercise.Beginning // nil until somebody asks
	steps   []exercise.Step
	played  bool // steps are known, or cannot be
}

// standing is how a lab stands to its exercise: a copy, to be drawn when the lab is let go.
type standing struct {
	*exercise.Exercise
	verdicts []exercise.Verdict
	events   map[uint64]trace.Event // that the verdicts name
	changed  uint64
	word     string
	answers  map[string]string
	void     string // why nothing in it counts: the beginning of a sentence; "" when it does
	moot     bool   // and so far that nothing is said to be met
	shown    bool
	steps    []exercise.Step
}

// complete reports whether all is met.
func (st *standing) complete() bool { return !st.moot && exercise.Passed(st.verdicts) }

// passed reports whether all is met, and counts.
func (st *standing) passed() bool { return st.void == "" && st.complete() }

// weigh says whether a lab can count. One that is shown or came from a file is judged all the same: whoever teaches wants to see it.
func (st *standing) weigh(made, intact bool, spec *lab.Spec) {
	st.shown, st.moot = spec.Shown, !made || !intact
	switch {
	case !made:
		st.void = "This lab is not as the exercise makes them, which may have been changed since"
	case !intact:
		st.void = "What the exercise had prepared is not in this lab, which was reset or goes on from an earlier moment"
	case spec.Shown:
		st.void = "In this lab the solution was shown"
	case spec.Opened:
		st.void = "This lab was opened from a file, and a file can be changed"
	}
	if st.moot {
		st.verdicts = slices.Clone(st.verdicts)
		for i := range st.verdicts {
			st.verdicts[i] = exercise.Verdict{Check: st.verdicts[i].Check}
		}
	}
}

func (st *standing) met() (n int) {
	for _, v := range st.verdicts {
		if v.Met {
			n++
		}
	}
	return n
}

// judge judges a lab; nil when it was made for no exercise that there is. It is called while nothing else touches the lab.
// What an earlier call has seen is not looked at again, but the past is another lab each time.
func (c *course) judge(l *lab.Lab, a runner.Access) *standing {
	spec := l.Spec()
	if spec.Exercise == "" {
		return nil
	}
	e := c.find(spec.Exercise)
	if e == nil {
		return nil
	}
	st := &standing{Exercise: e, word: exercise.Word(spec.Seed), events: map[uint64]trace.Event{}, answers: map[string]string{}}
	begins := c.run(a.Key).beginning(e, &spec)
	if a.At != 0 {
		st.verdicts, st.changed = e.Judge().Update(l), l.Trace().Last()
		st.weigh(begins.Made(), begins.IntactThen(l), &spec)
	} else {
		intact := begins.Intact(l)
		st.verdicts, st.changed = c.run(a.Key).update(e, l, intact)
		st.weigh(begins.Made(), intact, &spec)
	}
	for _, v := range st.verdicts {
		if v.Seq != 0 {
			st.events[v.Seq] = l.Trace().At(v.Seq)
		}
	}
	for _, q := range e.Ask {
		if text, seq := l.Answer(q.ID); seq != 0 {
			st.answers[q.ID] = text
		}
	}
	if st.shown && l.Trace().First() == 1 { // else it was reset since
		st.steps = c.run(a.Key).stepsOf(e, &spec)
	}
	return st
}

// run is that of a lab, made if there is none. The one that was not used for longest is forgotten for it.
func (c *course) run(key string) *run {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.runs[key]; e != nil {
		c.recent.MoveToFront(e)
		return e.Value.(*run)
	}
	if c.recent.Len() >= maxRuns {
		delete(c.runs, c.recent.Remove(c.recent.Back()).(*run).key)
	}
	r := &run{key: key}
	c.runs[key] = c.recent.PushFront(r)
	return r
}

// beginning is how the lab begins, which no reset changes.
func (r *run) beginning(e *exercise.Exercise, spec *lab.Spec) exercise.Beginning {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.begins == nil {
		b := e.Beginning(*spec)
		r.begins = &b
	}
	return *r.begins
}

// update judges what is new in the lab.
func (r *run) update(e *exercise.Exercise, l *lab.Lab, intact bool) ([]exercise.Verdict, uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at := weak.Make(l); r.judge == nil || r.lab != at {
		r.judge, r.lab, r.stands = e.Judge(), at, nil
	}
	if verdicts := r.judge.Update(l); !slices.Equal(verdicts, r.stands) || intact != r.intact {
		r.stands, r.changed, r.intact = verdicts, l.Trace().Last(), intact
	}
	return r.stands, r.changed
}

// stepsOf are what was done in a lab in which the solution is shown; none when it cannot be played any more.
func (r *run) stepsOf(e *exercise.Exercise, spec *lab.Spec) []exercise.Step {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.played {
		r.played = true // or what fails would be played again for each who looks
		if steps, err := e.Steps(spec); err == nil {
			r.steps = steps
		}
	}
	return r.steps
}

// keepSteps takes what was done from whoever has just done it.
func (r *run) keepSteps(steps []exercise.Step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.steps, r.played = steps, true
}

// textKey names a text of an exercise and how it is drawn.
type textKey struct {
	source string
	top    int // the level of its headings; 0 for a line
}

// What stands for {word} in a text that is kept, and for {base64 …} with the word in it; and what becomes of them in the
// address of a link. Nobody writes the first.
const (
	wordMark      = "\uE000"
	base64Of      = "base64\u00A0of\u00A0"
	wordMarkInURL = "%EE%80%80"
	base64OfInURL = "base64%C2%A0of%C2%A0"
)

// What stands for {word} before there is a lab.
const (
	anyWord      = `<em class="word">your word</em>`
	anyWordInURL = "your%20word"
)

// text is a text of an exercise with headings from level top on, and the lab's word in it; word may be "".
func (c *course) text(source string, top int, word string) ui.Prose {
	key := textKey{source, top}
	c.drawn.Lock()
	made, known := c.texts[key]
	c.drawn.Unlock()
	if !known { // two may draw it at once, which is no harm
		made = textWith(source, top, wordMark)
		c.drawn.Lock()
		c.texts[key] = made
		c.drawn.Unlock()
	}
	if word != "" && (strings.Contains(string(made), base64Of) || strings.Contains(string(made), base64OfInURL)) {
		return textWith(source, top, word) // not kept: it is another for each lab
	}
	return ui.Prose(strings.NewReplacer(wordMark, orElse(word, anyWord), wordMarkInURL, orElse(word, anyWordInURL)).Replace(string(made)))
}

// textWith is a text of an exercise with a word in it. Of the mark for a word nobody knows the base64, so it is said.
func textWith(source string, top int, word string) ui.Prose {
	source = exercise.FillWith(source, word, func(plain string) string {
		if strings.Contains(plain, wordMark) {
			return base64Of + plain
		}
		return exercise.Base64(plain)
	})
	if top > 0 {
		return markdown(source, top)
	}
	return markdownLine(source)
}

// line is a text of one line.
func (c *course) line(source, word string) ui.Prose { return c.text(source, 0, word) }

// Parts of the task that stand beside a lab, besides what is to be done.
var besides = []string{exercise.SectionSee, exercise.SectionElse}

// task is what stands beside the lab of the scene; nil when it was made for no exercise.
func (s *Server) task(sc *scene, st *standing) *ui.Task {
	if st == nil {
		return nil
	}
	now := labURL(sc.access.Now())
	t := &ui.Task{
		Title: st.Title, URL: exerciseURL(st.Exercise), LabURL: now, Met: st.met(), Shown: st.shown,
	}
	if st.moot || !st.shown { // what a lab is that shows the solution stands there anyway
		t.Void = st.void
	}
	if sc.access.CanAct {
		t.RestartURL, t.ShowURL = sc.base+"/restart", sc.base+"/show"
	}
	t.Parts = append(t.Parts, ui.TaskPart{Title: exercise.SectionTask, Text: s.course.text(st.Part(exercise.SectionTask), 4, st.word), Open: true})
	for _, title := range besides {
		if text := st.Part(title); text != "" {
			t.Parts = append(t.Parts, ui.TaskPart{Title: title, Text: s.course.text(text, 4, st.word)})
		}
	}
	next := !st.moot
	for _, v := range st.verdicts {
		c := s.taskCheck(sc, st, v)
		if c.Next = next && !v.Met; c.Next {
			t.Now, next = c.Says, false
		}
		t.Checks = append(t.Checks, c)
	}
	for _, q := range st.Ask {
		t.Asks = append(t.Asks, s.taskAsk(sc, st, q))
	}
	for _, step := range st.steps {
		line := ui.TaskStep{Text: step.Text}
		if step.Seq != 0 {
			line.URL = labURL(sc.access.Now().AsOf(step.Seq))
		}
		t.Steps = append(t.Steps, line)
	}
	if st.complete() {
		t.Done = s.taskDone(sc, st)
	}
	return t
}

func (s *Server) taskCheck(sc *scene, st *standing, v exercise.Verdict) ui.TaskCheck {
	c := ui.TaskCheck{ID: v.Check.ID, Says: s.course.line(v.Check.Says, st.word), Met: v.Met, Broken: v.Broken, Text: v.Text, Event: sc.eventLink(v.Seq)}
	for _, hint := range v.Check.Hints {
		c.Hints = append(c.Hints, s.course.line(hint, st.word))
	}
	return c
}

// eventLink leads to an event; it is not drawn when there is none.
func (sc *scene) eventLink(seq uint64) ui.Link {
	if seq == 0 {
		return ui.Link{}
	}
	return ui.Link{Text: "event " + formatSeq(seq), URL: eventURL(sc.base, seq)}
}

func (s *Server) taskAsk(sc *scene, st *standing, q exercise.Question) ui.Ask {
	a := ui.Ask{ID: q.ID, Text: s.course.line(q.Text, st.word), Said: st.answers[q.ID]}
	if sc.access.CanAct {
		a.SayURL = sc.base + "/answer"
	}
	for _, c := range q.Choices {
		choice := ui.AskChoice{Value: c.Filled(st.word), Label: s.course.line(c.Text, st.word)}
		a.Choices = append(a.Choices, choice)
		if choice.Value == a.Said {
			a.SaidWhy = s.course.line(c.Why, st.word)
		}
	}
	return a
}

func (s *Server) taskDone(sc *scene, st *standing) *ui.TaskDone {
	d := &ui.TaskDone{
		Learnt: s.course.text(st.Part(exercise.SectionLearn), 4, st.word), Why: s.course.text(st.Part(exercise.SectionWhy), 4, st.word),
		PosttestURL: sc.base + "/posttest", EvidenceURL: sc.base + "/evidence", Next: ui.Link{URL: "/exercises"},
	}
	if _, next := s.course.around(st.Exercise); next != nil {
		d.Next = ui.Link{Text: next.Title, URL: exerciseURL(next)}
	}
	return d
}

// around are the exercises before and after another in the course; nil where there is none.
func (c *course) around(e *exercise.Exercise) (before, after *exercise.Exercise) {
	all := c.all()
	i := slices.Index(all, e)
	if i > 0 {
		before = all[i-1]
	}
	if i >= 0 && i+1 < len(all) {
		after = all[i+1]
	}
	return before, after
}

// addTask puts the task beside the lab. Where something had happened before, beginning again takes the place of a reset,
// which would forget that.
func (s *Server) addTask(p *ui.LabPage, sc *scene, st *standing) {
	if p.Task = s.task(sc, st); p.Task != nil && len(st.World.Before) > 0 {
		p.Controls.ResetURL = p.Task.RestartURL
	}
}

// addTaskWire tells how the exercise stands.
func (s *Server) addTaskWire(ctx context.Context, e *ui.Envelope, sc *scene, st *standing) error {
	var b bytes.Buffer
	err := ui.TaskChanges(*s.task(sc, st)).Render(ctx, &b)
	e.Wire = append(e.Wire, ui.Wire{Kind: ui.WireTask, HTML: b.String()})
	return err
}

// judged looks at the request's lab and judges it, which has to be one of an exercise: nothingHere when it is not.
func (s *Server) judged(r *http.Request, f func(*lab.Lab)) (sc *scene, st *standing, err error) {
	err = s.see(r, func(l *lab.Lab) {
		sc, st = look(l, accessOf(r)), s.course.judge(l, accessOf(r))
		if f != nil && st != nil {
			f(l)
		}
	})
	if err == nil && st == nil {
		err = nothingHere
	}
	return sc, st, err
}

// answer answers a question of the exercise: POST /labs/{lab}/answer with question and answer. To browser code it gives
// back the question alone, with what was answered or what is wrong with it.
func (s *Server) answer(w http.ResponseWriter, r *http.Request) error {
	f, wrong := readForm(r, fields{"question": oneLine, "answer": oneLine})
	if _, bad := mistakeIn(r, wrong); wrong != nil && !bad {
		return wrong
	}
	_, st, err := s.judged(r, nil)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(st.Ask, func(q exercise.Question) bool { return q.ID == f.values["question"] })
	if i < 0 {
		return &refusal{kind: badField, field: "question", text: "This exercise asks no such question."}
	}
	q, text := st.Ask[i], strings.TrimSpace(f.values["answer"])
	if wrong == nil && len(q.Choices) > 0 && !slices.ContainsFunc(q.Choices, func(c exercise.Choice) bool { return c.Filled(st.word) == text }) {
		wrong = &refusal{kind: badField, field: "answer", text: "Choose one of the answers."}
	}
	if wrong == nil {
		wrong = s.act(r, lab.Action{Verb: lab.Answer, Target: q.ID, Text: text})
	}
	problem, isMistake := answer{}, false
	if wrong != nil {
		if problem, isMistake = mistakeIn(r, wrong); !isMistake {
			return wrong
		}
	}
	if !isMistake && !isFragment(r) {
		return done(w, r, labURL(accessOf(r)))
	}
	sc, st, err := s.judged(r, nil) // with the answer in it
	if err != nil {
		return err
	}
	p := ui.TaskPage{Shell: s.labShell(r, st.Title, sc.name), Task: *s.task(sc, st), BackURL: sc.base}
	p.Task.Asks[i].Typed, p.Task.Asks[i].Problem = text, problem.text
	return s.render(w, r, orElse(problem.status, http.StatusOK), ui.TaskAsk(p.Task.Asks[i]), ui.TaskAlone(p))
}

// confirmRestart asks whether the exercise is to be begun again: GET /labs/{lab}/restart.
func (s *Server) confirmRestart(w http.ResponseWriter, r *http.Request) error {
	return s.confirmRun(w, r, ui.ConfirmWindow{
		Title: "Begin the exercise again?", Action: "Begin again", ActionURL: "/restart",
		Text: "You get a new lab, with another word, in which nothing has happened yet. This one stays at its address.",
	})
}

// restartRun begins the lab's exercise again, in a new lab: POST /labs/{lab}/restart.
func (s *Server) restartRun(w http.ResponseWriter, r *http.Request) error {
	_, st, err := s.judged(r, nil)
	if err != nil {
		return err
	}
	return s.beginRun(w, r, st.Exercise)
}

// confirmShow asks whether the solution is to be seen: GET /labs/{lab}/show.
func (s *Server) confirmShow(w http.ResponseWriter, r *http.Request) error {
	return s.confirmRun(w, r, ui.ConfirmWindow{
		Title: "See how it is done?", Action: "Show me", ActionURL: "/show",
		Text: "The solution is played in a lab of its own, and you go through it step by step. Your own lab stays as it is. The one that is shown does not count as yours.",
	})
}

func (s *Server) confirmRun(w http.ResponseWriter, r *http.Request, c ui.ConfirmWindow) error {
	sc, _, err := s.judged(r, nil)
	if err != nil {
		return err
	}
	if !sc.access.Edits {
		return watchOnly
	}
	c.Shell, c.BackURL, c.Leaves = s.labShell(r, c.Title, sc.name), sc.base, true
	c.ActionURL = labURL(sc.access.Now()) + c.ActionURL
	return s.page(w, r, ui.Confirm(c), ui.ConfirmPage(c))
}

// showRun plays the solution of the lab's exercise in a lab of its own, and leads to its beginning: POST /labs/{lab}/show.
func (s *Server) showRun(w http.ResponseWriter, r *http.Request) error {
	_, st, err := s.judged(r, nil)
	if err != nil {
		return err
	}
	if err := s.mayMakeLab(r); err != nil {
		return err
	}
	h, steps, err := st.Shown(randomName(), randomSeed(), time.Now())
	if err != nil {
		return err
	}
	a, _, err := s.labs.Import(r.Context(), h)
	if err != nil {
		return err
	}
	s.course.run(a.Key).keepSteps(steps)
	if len(steps) == 0 {
		return done(w, r, labURL(a))
	}
	return done(w, r, labURL(a)+"?at="+formatSeq(steps[0].Seq))
}

// posttest asks about what happened in the lab: GET /labs/{lab}/posttest.
func (s *Server) posttest(w http.ResponseWriter, r *http.Request) error {
	var own []exercise.Question
	sc, st, err := s.judged(r, func(l *lab.Lab) {
		own = exercise.Posttest(l, func(e trace.Event) string { return s.gist(&e) })
	})
	if err != nil {
		return err
	}
	p := ui.PosttestPage{Shell: s.labShell(r, "Questions after "+st.Title, sc.name), Title: st.Title, BackURL: sc.base}
	for _, q := range own {
		drawn := question(q, func(text string) ui.Prose { return markdownLine(ui.Visible(text)) })
		drawn.Text = markdownLine(namedEvent.ReplaceAllString(ui.Visible(q.Text), "[$0]("+labURL(sc.access.Now())+"?at=$1)"))
		p.Own = append(p.Own, drawn)
	}
	for _, q := range st.Quiz {
		p.Before = append(p.Before, question(q, func(text string) ui.Prose { return s.course.line(text, st.word) }))
	}
	c := ui.Posttest(p)
	return s.page(w, r, c, c)
}

// namedEvent is an event that a question of a posttest names. It leads to the moment at which that had just happened.
var namedEvent = regexp.MustCompile(`\b[Ee]vent (\d+)`)

// question is a question as it is drawn.
func question(q exercise.Question, line func(string) ui.Prose) ui.QuizQuestion {
	out := ui.QuizQuestion{ID: q.ID, Text: line(q.Text), Why: line(q.Why)}
	for _, c := range q.Choices {
		out.Choices = append(out.Choices, ui.QuizChoice{Text: line(c.Text), Right: c.Right, Why: line(c.Why)})
	}
	return out
}

// evidence is the lab as evidence of its student's work: GET /labs/{lab}/evidence.
func (s *Server) evidence(w http.ResponseWriter, r *http.Request) error {
	sc, st, err := s.judged(r, nil)
	if err != nil {
		return err
	}
	a := accessOf(r)
	looking := a // whoever gets the report may look at the lab, and no more
	looking.ID = a.ViewID
	p := ui.EvidencePage{
		Shell: s.labShell(r, "Evidence: "+st.Title, sc.name), Title: st.Title, Stage: st.Stage, Lab: sc.name, Word: st.word,
		LabURL: s.originOf(r) + labURL(looking), BackURL: sc.base, ReportURL: labURL(looking) + "/report", Time: time.Now().UTC().Format("2 January 2006, 15:04 MST"),
		Met: st.met(), Void: st.void, Complete: st.passed(),
	}
	for _, v := range st.verdicts {
		c := ui.Evidence{Says: s.course.line(v.Check.Says, st.word), Met: v.Met, Text: v.Text}
		if e := st.events[v.Seq]; v.Met && e.Seq != 0 {
			c.Seq, c.Time, c.Quote, c.URL = e.Seq, sc.dateOf(e.At), cut(evidenceWords(sc, &e), maxEvidence), eventURL(labURL(looking), e.Seq)
		}
		p.Checks = append(p.Checks, c)
	}
	for _, q := range st.Ask {
		p.Answers = append(p.Answers, ui.Answered{Text: s.course.line(q.Text, st.word), Said: st.answers[q.ID]})
	}
	c := ui.EvidenceReport(p)
	return s.page(w, r, c, c)
}

// maxEvidence is how many characters of an event a report quotes.
const maxEvidence = 200

// evidenceWords are an event as a report quotes it.
func evidenceWords(sc *scene, e *trace.Event) string {
	if name, uid, ok := strings.Cut(e.Note, " "); ok && e.Kind == trace.Store {
		return sc.hostName(e.From) + " stores message " + uid + " in the mailbox of " + name
	}
	return eventWords(sc, e)
}

// dateOf is an instant of the lab by the calendar.
func (sc *scene) dateOf(t clock.Time) string {
	return sc.start.Add(time.Duration(t)).UTC().Format("2 January 2006, 15:04:05 MST")
}

func formatSeq(seq uint64) string { return strconv.FormatUint(seq, 10) }
