package web

import (
	"context"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"smtplab/sim/runner"
)

type accessKey struct{}

// accessOf is the access that the request's lab id gives. Only handlers behind open may ask.
func accessOf(r *http.Request) runner.Access { return r.Context().Value(accessKey{}).(runner.Access) }

// accessIn is the same for those who cannot know whether there is one.
func accessIn(r *http.Request) (runner.Access, bool) {
	a, ok := r.Context().Value(accessKey{}).(runner.Access)
	return a, ok
}

// open finds the lab of the URL for h, as of the moment that the URL names, if it does: /labs/{lab}/at/{seq}/…, or
// ?at=SEQ, which is what people hand on. An id is compared by the runner, as a whole; nothing is read into it here.
func (s *Server) open(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		a, err := s.labs.Open(r.Context(), chi.URLParam(r, "lab"))
		if err != nil {
			return err
		}
		if seq, err := momentOf(r); err != nil {
			return err
		} else if seq != 0 {
			a = a.AsOf(seq)
		}
		r = r.WithContext(context.WithValue(r.Context(), accessKey{}, a))
		s.keepDone(w, r, a)
		if err := h(w, r); err != nil {
			s.fail(w, r, err) // here, where the way back to the lab is known
		}
		return nil
	}
}

// momentOf is the event as of which the request wants to see the lab; 0 for now.
func momentOf(r *http.Request) (uint64, error) {
	if chi.URLParam(r, "at") == "" {
		return position(r, "at")
	}
	n, err := number(r, "at")
	return uint64(n), err
}

// acting stands before everything that changes a lab: it lets only editing links through, at a bearable rate.
func (s *Server) acting(h handler) handler {
	return s.open(func(w http.ResponseWriter, r *http.Request) error {
		if err := s.mayAct(r); err != nil {
			return err
		}
		return h(w, r)
	})
}

func (s *Server) mayAct(r *http.Request) error {
	a := accessOf(r)
	switch {
	case !a.Edits:
		return watchOnly
	case !a.CanAct:
		return pastOnly
	}
	if err := s.acts.take(clientOf(r), "There were too many actions from your address."); err != nil {
		return err
	}
	return s.labActs.take(a.Key, "Too much is being done in this lab at once.")
}

// labURL is the page of a lab, as of the moment that the access leads to; everything in it begins with that.
func labURL(a runner.Access) string {
	if a.At == 0 {
		return "/labs/" + a.ID
	}
	return "/labs/" + a.ID + "/at/" + strconv.FormatUint(a.At, 10)
}

func hostURL(a runner.Access, host string) string { return labURL(a) + "/hosts/" + host }

// number is a number in the URL, written the one way that we write it: "1", "12". Everything else names nothing.
func number(r *http.Request, name string) (int, error) {
	text := chi.URLParam(r, name)
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || strconv.Itoa(n) != text {
		return 0, nothingHere
	}
	return n, nil
}

// position is an event number in the query; 0 when it is missing.
func position(r *http.Request, name string) (uint64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, &refusal{kind: badRequest, field: name, text: "“" + name + "” must be the number of an event."}
	}
	return n, nil
}
