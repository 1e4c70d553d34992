package web

import (
	"context"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"smtplab/sim/exercise"
	"smtplab/sim/runner"
	"smtplab/web/ui"
)

// This file is about exercises to read, and about beginning them.

func exerciseURL(e *exercise.Exercise) string { return "/exercises/" + e.ID }

// exerciseOf is the exercise of the URL.
func (s *Server) exerciseOf(r *http.Request) (*exercise.Exercise, error) {
	if e := s.course.find(chi.URLParam(r, "exercise")); e != nil {
		return e, nil
	}
	return nil, &refusal{kind: notFound, text: "There is no such exercise. The list of exercises has them all."}
}

// courseSteps are the parts of the course, in the manner of a virtual laboratory.
var courseSteps = []ui.CourseStep{
	{Title: "Aim", Text: "What you will know and be able to do.", Link: ui.Link{Text: "Read the aim", URL: "/theory/aim"}},
	{Title: "Theory", Text: "How SMTP works, step by step.", Link: ui.Link{Text: "Read the theory", URL: "/theory"}},
	{Title: "Pretest", Text: "Each exercise begins with a question about what you expect. Nobody counts it."},
	{Title: "Procedure", Text: "How to use the lab.", Link: ui.Link{Text: "Read the procedure", URL: "/theory/procedure"}},
	{Title: "Simulation", Text: "The exercises above, each in a lab of its own; or a lab without a task.", Link: ui.Link{Text: "Open your lab", URL: "/"}},
	{Title: "Posttest", Text: "When an exercise is done, the lab asks you about what happened in your own run."},
	{Title: "Assignment", Text: "The evidence report of a finished exercise quotes the events that met each check. Hand it in."},
	{Title: "References", Text: "What the standards ask of a mail server, one by one.", Link: ui.Link{Text: "See the requirements", URL: "/theory/conformance"}},
}

// exercises is the list: GET /exercises.
func (s *Server) exercises(w http.ResponseWriter, r *http.Request) error {
	far := s.progress(w, r)
	p := ui.ExercisesPage{Shell: s.shell(r, "Exercises"), Of: len(s.course.all()), Course: courseSteps}
	p.Shell.Nav = "exercises"
	for _, e := range s.course.all() {
		if n := len(p.Stages); n == 0 || p.Stages[n-1].Title != e.Stage {
			p.Stages = append(p.Stages, ui.CourseStage{Title: e.Stage})
		}
		stage := &p.Stages[len(p.Stages)-1]
		stage.Exercises = append(stage.Exercises, s.exerciseItem(e, far[e.ID]))
		if far[e.ID].state() == isDone {
			p.Done++
		}
	}
	c := ui.Exercises(p)
	return s.page(w, r, c, c)
}

func (s *Server) exerciseItem(e *exercise.Exercise, far far) ui.ExerciseItem {
	item := ui.ExerciseItem{Title: e.Title, URL: exerciseURL(e), Minutes: e.Minutes, State: far.state(), Words: far.words()}
	for _, id := range e.After {
		if before := s.course.find(id); before != nil {
			item.After = append(item.After, before.Title)
		}
	}
	return item
}

// exercise is one of them, to read: GET /exercises/{exercise}.
func (s *Server) exercise(w http.ResponseWriter, r *http.Request) error {
	e, err := s.exerciseOf(r)
	if err != nil {
		return err
	}
	far := s.progress(w, r, append([]string{e.ID}, e.After...)...)
	mine := far[e.ID]
	text := func(title string) ui.Prose { return s.course.text(e.Part(title), 3, "") }
	p := ui.ExercisePage{
		Shell: s.shell(r, e.Title), Title: e.Title, Stage: e.Stage, Minutes: e.Minutes, State: mine.state(), Words: mine.words(),
		Promise: s.course.text(e.Promise, 3, ""), Task: text(exercise.SectionTask), See: text(exercise.SectionSee),
		Why: text(exercise.SectionWhy), Else: text(exercise.SectionElse), Refs: refLinks(e.Refs), BeginURL: exerciseURL(e) + "/begin",
	}
	p.Shell.Nav = "exercises"
	if mine.lab.ID != "" {
		p.ContinueURL = labURL(mine.lab)
	}
	for _, id := range e.After {
		if before := s.course.find(id); before != nil {
			p.After = append(p.After, s.exerciseItem(before, far[id]))
		}
	}
	for _, q := range e.Quiz {
		p.Quiz = append(p.Quiz, question(q, func(text string) ui.Prose { return s.course.line(text, "") }))
	}
	for _, c := range e.Checks {
		p.Checks = append(p.Checks, s.course.line(c.Says, ""))
	}
	before, after := s.course.around(e)
	if before != nil {
		p.Previous = ui.Link{Text: before.Title, URL: exerciseURL(before)}
	}
	if after != nil {
		p.Next = ui.Link{Text: after.Title, URL: exerciseURL(after)}
	}
	c := ui.Exercise(p)
	return s.page(w, r, c, c)
}

// begin makes a lab for the exercise and leads there: POST /exercises/{exercise}/begin.
func (s *Server) begin(w http.ResponseWriter, r *http.Request) error {
	e, err := s.exerciseOf(r)
	if err != nil {
		return err
	}
	return s.beginRun(w, r, e)
}

func (s *Server) beginRun(w http.ResponseWriter, r *http.Request, e *exercise.Exercise) error {
	if err := s.mayMakeLab(r); err != nil {
		return err
	}
	a, err := s.makeRun(r.Context(), e)
	if err != nil {
		return err
	}
	s.rememberRun(w, r, e.ID, a)
	return done(w, r, labURL(a))
}

// makeRun makes a lab of the exercise's world, in which what comes before has happened.
func (s *Server) makeRun(ctx context.Context, e *exercise.Exercise) (runner.Access, error) {
	if len(e.World.Before) == 0 {
		return s.labs.Create(ctx, e.Spec(randomName(), randomSeed(), time.Now()))
	}
	h, err := e.Prepared(randomName(), randomSeed(), time.Now())
	if err != nil {
		return runner.Access{}, err
	}
	a, _, err := s.labs.Import(ctx, h)
	return a, err
}
