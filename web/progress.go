package web

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"smtplab/sim/lab"
	"smtplab/sim/runner"
)

// This file is about how far a visitor has come in the course. A cookie remembers in which lab he does each exercise; whether
// he has done it is judged from what happened in that lab. What is done stays done: as soon as the server sees it, it puts a
// mark into the cookie that nobody else can make, and before it does anything in the lab that could change that.
//
// It is his own record, and no evidence: who has a link to somebody's lab can put that into his cookie. What is handed in is
// the report, which leads to the lab.

// courseCookie holds for each exercise that was begun the id of the newest lab, and behind a dot the mark that it is done:
// "first-mail=abc…&by-hand=def….Xk3…". In place of the mark may stand the id of the lab before, in which it may be done yet,
// or was: who begins again can go back. Earlier releases wrote such an id for what was done.
const courseCookie = "course"

// maxCourse is how long the cookie's value may be, in octets. Browsers keep 4096 with its name and attributes (RFC 6265
// §6.1).
const maxCourse = 3800

// begun is what the cookie says of an exercise.
type begun struct{ exercise, newest, done string }

// markingKey is what marks are made with: of the key that signs results, and of no use for anything else.
func markingKey(key ed25519.PrivateKey) []byte {
	h := hmac.New(sha256.New, key.Seed())
	h.Write([]byte("smtplab course"))
	return h.Sum(nil)
}

// markOctets is how much of the HMAC is a mark. RFC 2104 §5 wants 10 at least, and in the cookie there is little room.
const markOctets = 12

// mark says that an exercise was done by who goes on in that lab.
func (s *Server) mark(exercise, newest string) string {
	h := hmac.New(sha256.New, s.marking)
	h.Write([]byte(exercise + "\x00" + newest))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:markOctets])
}

func (s *Server) isMarked(b begun) bool {
	return hmac.Equal([]byte(b.done), []byte(s.mark(b.exercise, b.newest)))
}

// far is how far a visitor has come in an exercise.
type far struct {
	lab    runner.Access // in which he goes on; zero when he has not begun, or it is gone
	met    int           // checks in it
	of     int
	done   bool
	unread bool // the lab cannot be looked into now
}

// The states of an exercise, for a visitor.
const (
	isNew   = "new"
	isBegun = "begun"
	isDone  = "done"
)

func (f far) begun() bool { return f.lab.ID != "" || f.unread }

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
	switch {
	case f.done:
		return "done"
	case f.unread:
		return "begun; its lab cannot be looked into just now"
	case f.begun():
		return "begun, " + strconv.Itoa(f.met) + " of " + strconv.Itoa(f.of) + " checks"
	}
	return "not begun"
}

// idDigits are what ids and marks are made of, and the dot between them.
const idDigits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

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
		if strings.Trim(labs, idDigits) == "" { // else it would not fit into a cookie again
			b.newest, b.done, _ = strings.Cut(labs, ".")
		}
		if s.course.find(id) != nil && !slices.ContainsFunc(all, func(other begun) bool { return other.exercise == id }) {
			all = append(all, b)
		}
	}
	return all
}

// progress is how far the visitor has come, by the exercises' ids: in those that are given, or in all. The cookie lives on
// from now, with a mark for what is done.
func (s *Server) progress(w http.ResponseWriter, r *http.Request, ids ...string) map[string]far {
	all := s.begunBy(r)
	found := map[string]far{}
	for i := range all {
		if b := &all[i]; len(ids) == 0 || slices.Contains(ids, b.exercise) {
			found[b.exercise] = s.farIn(r.Context(), b)
		}
	}
	if len(all) > 0 {
		s.setCourse(w, r, all)
	}
	return found
}

// farIn is how far somebody has come by an entry of his cookie, which gets its mark when it is due. Only labs are looked
// into of which that is not known yet, since they may have to be woken.
func (s *Server) farIn(ctx context.Context, b *begun) far {
	if s.isMarked(*b) {
		f := far{done: true}
		if a, err := s.labs.Open(ctx, b.newest); err == nil && a.CanAct {
			f.lab = a
		}
		return f
	}
	f := s.farInLab(ctx, b.exercise, b.newest)
	if !f.done && b.done != "" {
		if before := s.farInLab(ctx, b.exercise, b.done); !f.begun() && before.begun() {
			b.newest, f = b.done, before
		} else {
			f.done = before.done
		}
	}
	if f.done {
		b.done = s.mark(b.exercise, b.newest)
	}
	return f
}

// farInLab judges a lab; zero when it is gone, or the visitor's link is for looking only, or it is one of another exercise,
// or one that shows the solution or came from a file: then it says nothing of him.
func (s *Server) farInLab(ctx context.Context, id, in string) far {
	a, st, err := s.standingOf(ctx, in)
	switch {
	case err != nil:
		s.log.Warn("how far a visitor has come is not known", "exercise", id, "error", err)
		return far{lab: a, unread: true}
	case st == nil || st.ID != id || st.void != "" && !st.moot:
		return far{}
	}
	return far{lab: a, met: st.met(), of: len(st.verdicts), done: st.passed()}
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

// keepDone marks in the cookie that an exercise is done, when the visitor does it in this lab and it says so. Whatever he
// asked for comes after that, be it a reset.
func (s *Server) keepDone(w http.ResponseWriter, r *http.Request, a runner.Access) {
	all := s.begunBy(r)
	i := slices.IndexFunc(all, func(b begun) bool { return a.ID == b.newest || a.ID == b.done })
	if i < 0 || s.isMarked(all[i]) {
		return
	}
	if _, st, err := s.standingOf(r.Context(), a.ID); err == nil && st != nil && st.ID == all[i].exercise && st.passed() {
		all[i].done = s.mark(all[i].exercise, all[i].newest)
		s.setCourse(w, r, all)
	}
}

// rememberRun sets the cookie: the visitor does the exercise in that lab now. What was done stays done.
func (s *Server) rememberRun(w http.ResponseWriter, r *http.Request, id string, a runner.Access) {
	entry := begun{exercise: id, newest: a.ID}
	all := s.begunBy(r)
	if i := slices.IndexFunc(all, func(b begun) bool { return b.exercise == id }); i >= 0 {
		was := all[i]
		switch f := s.farIn(r.Context(), &was); {
		case f.done:
			entry.done = s.mark(id, a.ID)
		case f.unread: // it is found out another time
			entry.done = cmp.Or(was.done, was.newest)
		case f.begun():
			entry.done = was.newest
		}
		all = slices.Delete(all, i, i+1)
	}
	s.setCourse(w, r, append(all, entry))
}

// rememberFork does the same for a lab that goes on from another, if that was the one of the visitor, and if it can count.
func (s *Server) rememberFork(w http.ResponseWriter, r *http.Request, from, made runner.Access) {
	all := s.begunBy(r)
	i := slices.IndexFunc(all, func(b begun) bool { return from.ID == b.newest || from.ID == b.done })
	if i < 0 {
		return
	}
	if _, st, err := s.standingOf(r.Context(), made.ID); err == nil && st != nil && st.ID == all[i].exercise && st.void == "" {
		s.rememberRun(w, r, st.ID, made)
	}
}

// setCourse sets the cookie. What an answer had set of it before is replaced (RFC 6265 §4.1.1).
func (s *Server) setCourse(w http.ResponseWriter, r *http.Request, all []begun) {
	const name = "Set-Cookie"
	w.Header()[name] = slices.DeleteFunc(w.Header()[name], func(c string) bool { return strings.HasPrefix(c, courseCookie+"=") })
	http.SetCookie(w, &http.Cookie{
		Name: courseCookie, Value: courseValue(all, s.isMarked), Path: "/", MaxAge: int((180 * 24 * time.Hour).Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.isSecure(r),
	})
}

// courseValue is the cookie's value. When there is no room, what was begun longest ago is left out: what is not done before
// what is.
func courseValue(all []begun, isDone func(begun) bool) string {
	kept := slices.Clone(all)
	for value := ""; ; {
		var entries []string
		for _, b := range kept {
			labs := b.newest
			if b.done != "" {
				labs += "." + b.done
			}
			entries = append(entries, b.exercise+"="+labs)
		}
		if value = strings.Join(entries, "&"); len(value) <= maxCourse || len(kept) == 1 {
			return value
		}
		last := len(kept) - 1 // was begun just now
		i := max(slices.IndexFunc(kept[:last], func(b begun) bool { return !isDone(b) }), 0)
		kept = slices.Delete(kept, i, i+1)
	}
}
