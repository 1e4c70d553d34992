package web

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"

	"smtplab/sim/lab"
	"smtplab/sim/runner"
	"smtplab/web/live"
	"smtplab/web/ui"
)

// This file is the only place where the status of an answer other than success is chosen.
//
// Three kinds of error are kept apart. A *lab.Mistake is what a person asked for and cannot have, in the lab's
// words. A *refusal is a request that the web itself does not take. Everything else is a fault of ours: it is
// logged once, with a reference, and the reader is told the reference and nothing more.

// refusal is a request that is not done, and why, in a sentence for the person who made it.
type refusal struct {
	kind  kind
	text  string
	field string        // the form field at fault, or ""
	after time.Duration // tooMany and closing: when to try again
}

// Error is the sentence.
func (e *refusal) Error() string { return e.text }

// kind says what is wrong with a request.
type kind uint8

const (
	badRequest kind = iota
	badField        // a form field holds what it may not
	notFound
	wrongMethod
	past
	viewOnly
	crossOrigin
	wrongHost
	wrongType
	tooLarge
	tooMany
	closing
	full
)

// kinds are the status, the stable word for programs and the heading of each kind.
var kinds = [...]struct {
	status int
	code   string
	title  string
}{
	badRequest:  {http.StatusBadRequest, "bad_request", "That request makes no sense."},
	badField:    {http.StatusUnprocessableEntity, "bad_field", "Something in the form is not right."},
	notFound:    {http.StatusNotFound, "not_found", "There is nothing here."},
	wrongMethod: {http.StatusMethodNotAllowed, "wrong_method", "That cannot be done here."},
	past:        {http.StatusConflict, "past", "The past cannot be changed."},
	viewOnly:    {http.StatusForbidden, "view_only", "This link is for watching."},
	crossOrigin: {http.StatusForbidden, "cross_origin", "That came from another site."},
	wrongHost:   {http.StatusMisdirectedRequest, "wrong_host", "The lab does not answer to that name."},
	wrongType:   {http.StatusUnsupportedMediaType, "wrong_type", "That is not a form."},
	tooLarge:    {http.StatusRequestEntityTooLarge, "too_large", "That is too large."},
	tooMany:     {http.StatusTooManyRequests, "too_many", "A little slower, please."},
	closing:     {http.StatusServiceUnavailable, "closing", "The server is stopping."},
	full:        {http.StatusServiceUnavailable, "full", "There is no room at the moment."},
}

// mistakes are the statuses of a *lab.Mistake by its code; 422 for a code that is not here.
var mistakes = map[string]int{
	"not_now":       http.StatusConflict,
	"unknown_host":  http.StatusNotFound,
	"unknown_mail":  http.StatusNotFound,
	"unknown_event": http.StatusNotFound,
	"limit":         http.StatusUnprocessableEntity,
}

// nothingHere is the one answer to an unknown, a foreign and a malformed id, so that they cannot be told apart.
var nothingHere = &refusal{kind: notFound, text: "The address may be mistyped, or the lab may be gone. Opening your own lab starts a new one if need be."}

// watchOnly is the answer to whoever acts through a view-only link.
var watchOnly = &refusal{kind: viewOnly, text: "You are watching this lab through a view-only link. To act in it, ask whoever shared it for the editing link, or open your own lab."}

// pastOnly is the answer to whoever wants to change the past.
var pastOnly = &refusal{kind: past, text: "You are looking at the past, which cannot be changed. Go back to now, or make a lab of your own that goes on from this moment."}

// gone is the answer to whoever wants to see a moment that is not held.
var gone = &refusal{kind: notFound, text: "The lab has no such moment: it has not come so far, or it was reset since, or somebody has undone it."}

// statusOf is the status of a mistake.
func statusOf(m *lab.Mistake) int {
	if status, ok := mistakes[m.Code]; ok {
		return status
	}
	return http.StatusUnprocessableEntity
}

// answer is an error as it is told to whoever asked.
type answer struct {
	status    int
	code      string
	title     string
	text      string
	field     string
	after     time.Duration
	reference string // of a fault
}

// answerTo turns any error into an answer, and reports whether it is a fault of ours.
func answerTo(err error) (a answer, fault bool) {
	if m, ok := errors.AsType[*lab.Mistake](err); ok {
		title := "That cannot be done."
		if m.Code == "not_now" {
			title = "Not now."
		}
		return answer{status: statusOf(m), code: m.Code, title: title, text: m.Text, field: m.Field}, false
	}
	e, ok := errors.AsType[*refusal](err)
	if !ok {
		e = known(err)
	}
	if e == nil {
		return faultOf(err), true
	}
	k := kinds[e.kind]
	return answer{status: k.status, code: k.code, title: k.title, text: e.text, field: e.field, after: e.after}, false
}

// mistakeIn reports whether an error is about a person's form, which is then shown again with the answer beside the
// field.
func mistakeIn(r *http.Request, err error) (a answer, ok bool) {
	a, fault := answerTo(err)
	ok = !fault && !wantsJSON(r) && (a.status == http.StatusUnprocessableEntity || a.status == http.StatusConflict)
	return a, ok
}

// faultOf is the answer to a fault of ours. Of a lab that broke for good, its next visitor can make a new start.
func faultOf(err error) answer {
	a := answer{
		status: http.StatusInternalServerError, code: "fault", title: "Something broke on our side.",
		text: "Nothing that you did was wrong. Please try again; nothing is half done.",
	}
	if broken, ok := errors.AsType[*runner.Broken](err); ok {
		a.code, a.reference = "broken", broken.Ref
		a.text = "This lab has come to a point from which it cannot go on. Nothing that you did was wrong, and other labs are not affected. A reset begins it again."
	}
	return a
}

// known is the refusal that an error of another package amounts to; nil when it is none.
func known(err error) *refusal {
	tooBig, _ := errors.AsType[*http.MaxBytesError](err)
	switch {
	case errors.Is(err, runner.ErrNotFound):
		return nothingHere
	case tooBig != nil:
		return &refusal{kind: tooLarge, text: "The most that is taken here is " + octets(tooBig.Limit) + "."}
	case errors.Is(err, multipart.ErrMessageTooLarge):
		return &refusal{kind: tooLarge, text: "A part of the form has headers that are too long."}
	case errors.Is(err, live.ErrHandshake):
		return &refusal{kind: badRequest, text: "This address speaks the websocket protocol only. The lab's page uses it by itself."}
	case errors.Is(err, runner.ErrViewOnly):
		return watchOnly
	case errors.Is(err, runner.ErrPast):
		return pastOnly
	case errors.Is(err, runner.ErrGone):
		return gone
	case errors.Is(err, runner.ErrFull):
		return &refusal{kind: full, text: "The server holds as many labs, or as much of them, as it may. Labs that nobody uses make room by and by.", after: time.Minute}
	case errors.Is(err, live.ErrClosing), errors.Is(err, runner.ErrClosed):
		return &refusal{kind: closing, text: "It will be back soon; the page reconnects by itself.", after: 2 * time.Second}
	}
	return nil
}

// fail answers a request that ended with an error.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // whoever asked is gone, and the error probably says no more than that
	}
	a, fault := answerTo(err)
	if fault {
		a.reference = orElse(a.reference, rand.Text()[:10])
		s.log.Error("request failed", "reference", a.reference, "method", r.Method, "route", routeOf(r), slog.Any("error", err))
	}
	if a.after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(a.after.Seconds()))))
	}
	if wantsJSON(r) {
		writeJSON(w, a.status, errorJSON(a))
		return
	}
	url, text := wayOut(r, a)
	s.show(w, r, a.status, ui.ErrorWindow{
		Shell: s.shell(r, a.title), BackURL: url, BackText: text,
		Status: a.status, Title: a.title, Text: a.text, Reference: a.reference,
	})
}

// errorJSON is an error for programs: {"error": {"code", "message", "field", "reference"}}; the last two only when
// there is one.
func errorJSON(a answer) any {
	type body struct {
		Code      string `json:"code"`
		Message   string `json:"message"`
		Field     string `json:"field,omitempty"`
		Reference string `json:"reference,omitempty"`
	}
	return struct {
		Error body `json:"error"`
	}{body{a.code, a.text, a.field, a.reference}}
}

// wantsJSON reports whether a program asked. A browser that navigates accepts text/html.
func wantsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // cannot happen: the values are our own plain structs
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(body)
}

// wayOut is where an error page leads.
func wayOut(r *http.Request, a answer) (url, text string) {
	access, ok := accessIn(r)
	switch {
	case strings.HasPrefix(r.URL.Path, "/exercises/"):
		return "/exercises", "See all exercises"
	case strings.HasPrefix(r.URL.Path, "/theory/"):
		return "/theory", "Read the theory"
	case !ok:
		return "/", "Open my lab"
	case a.code == "broken" && access.CanAct:
		return labURL(access) + "/reset", "Reset the lab"
	}
	return labURL(access.Now()), "Back to the lab"
}

// octets words a number of octets: "64 KiB".
func octets(n int64) string {
	switch {
	case n >= 1<<20:
		return strconv.FormatInt(n>>20, 10) + " MiB"
	case n >= 1<<10:
		return strconv.FormatInt(n>>10, 10) + " KiB"
	}
	return strconv.FormatInt(n, 10) + " octets"
}
