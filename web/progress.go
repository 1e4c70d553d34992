package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"smtplab/sim/exercise"
	"smtplab/sim/lab"
	"smtplab/sim/runner"
)

// This file is about how far a visitor has come in the course. A cookie remembers in which lab he does each exercise;
// whether he has done it is judged from what happened in that lab, whenever somebody asks. So nobody can say that he has.

// courseCookie holds for each exercise that was begun the id of the newest lab, and behind a dot that of an earlier one in
// which it was done, so that who begins again loses nothing: "first-mail=abc…&by-hand=def….ghi…".
const courseCookie = "course"

// maxCourse is how long the cookie's value may be, in octets. Browsers keep 4096 with its name and attributes (RFC 6265
// §6.1).
const maxCourse = 3800

// begun is what the cookie says of an exercise.
type begun struct{ exercise, newest, done string }

// far is how far a visitor has come in an exercise.
type far struct {
	lab  runner.Access // in which he goes on; zero when he has not begun
	met  int           // checks in it
	of   int
	done bool
}

// The states of an exercise, for a visitor.
const (
	isNew   = "new"
	isBegun = "begun"
	isDone  = "done"
)

func (f far) begun() bool { return f.lab.ID != "" }

func (f far) state() string {
	switch {
	case f.done:
		return isDone
	case f.begun():
		return isBegun
	}
	return isNew
}

func (f far) words() string {
	switch f.state() {
	case isDone:
		return "done"
	case isBegun:
		return "begun, " + strconv.Itoa(f.met) + " of " + strconv.Itoa(f.of) + " checks"
	}
	return "not begun"
}

// begunBy reads the request's cookie: what it says of exercises that there are, once for each.
func (s *Server) begunBy(r *http.Request) []begun {
	c, err := r.Cookie(courseCookie)
	if err != nil {
		return nil
	}
	var all []begun
	for entry := range strings.SplitSeq(c.Value, "&") {
		id, labs, _ := strings.Cut(entry, "=")
		b := begun{exercise: id}
		b.newest, b.done, _ = strings.Cut(labs, ".")
		if s.course.find(id) != nil && !slices.ContainsFunc(all, func(other begun) bool { return other.exercise == id }) {
			all = append(all, b)
		}
	}
	return all
}

// progress is how far the visitor has come, by the exercises' ids: in those that are given, or in all.
func (s *Server) progress(r *http.Request, ids ...string) (map[string]far, error) {
	all := map[string]far{}
	for _, b := range s.begunBy(r) {
		if len(ids) > 0 && !slices.Contains(ids, b.exercise) {
			continue
		}
		f, err := s.farIn(r.Context(), b)
		if err != nil {
			return nil, err
		}
		all[b.exercise] = f
	}
	return all, nil
}

// farIn judges the lab that the cookie names, and the one in which the exercise was done before if need be.
func (s *Server) farIn(ctx context.Context, b begun) (far, error) {
	f, err := s.farInLab(ctx, b.exercise, b.newest)
	if err != nil || f.done || b.done == "" {
		return f, err
	}
	before, err := s.farInLab(ctx, b.exercise, b.done)
	if !f.begun() {
		f = before
	}
	f.done = before.done
	return f, err
}

// farInLab judges a lab; zero when it is gone, or the visitor's link is for looking only, or it is one of another exercise,
// or shows the solution: then it says nothing of him.
func (s *Server) farInLab(ctx context.Context, id, in string) (far, error) {
	a, st, err := s.standingOf(ctx, in)
	if err != nil || st == nil || st.ID != id || st.shown {
		return far{}, err
	}
	return far{lab: a, met: st.met(), of: len(st.verdicts), done: st.passed()}, nil
}

// standingOf is how the lab of an editing id stands; nil when there is none.
func (s *Server) standingOf(ctx context.Context, id string) (a runner.Access, st *standing, err error) {
	a, err = s.labs.Open(ctx, id)
	if err == nil && a.CanAct {
		err = s.labs.View(ctx, a, func(l *lab.Lab) { st = s.course.judge(l, a) })
	}
	if _, broken := errors.AsType[*runner.Broken](err); broken || errors.Is(err, runner.ErrNotFound) {
		return a, nil, nil
	}
	return a, st, err
}

// rememberRun sets the cookie: the visitor does the exercise in that lab now.
func (s *Server) rememberRun(w http.ResponseWriter, r *http.Request, e *exercise.Exercise, a runner.Access) error {
	entry := begun{exercise: e.ID, newest: a.ID}
	all := s.begunBy(r)
	for i, was := range all {
		if was.exercise != e.ID {
			continue
		}
		f, err := s.farInLab(r.Context(), e.ID, was.newest)
		if err != nil {
			return err
		}
		if entry.done = was.done; f.done {
			entry.done = was.newest
		}
		all = slices.Delete(all, i, i+1)
		break
	}
	value := courseValue(append(all, entry))
	http.SetCookie(w, &http.Cookie{
		Name: courseCookie, Value: value, Path: "/", MaxAge: int((180 * 24 * time.Hour).Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.isSecure(r),
	})
	return nil
}

// courseValue is the cookie's value. What was begun longest ago is left out when there is no room.
func courseValue(all []begun) string {
	var entries []string
	for _, b := range all {
		labs := b.newest
		if b.done != "" {
			labs += "." + b.done
		}
		entries = append(entries, b.exercise+"="+labs)
	}
	value := strings.Join(entries, "&")
	for len(value) > maxCourse && len(entries) > 1 {
		entries = entries[1:]
		value = strings.Join(entries, "&")
	}
	return value
}
