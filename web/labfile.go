package web

import (
	"bytes"
	"errors"
	"net/http"

	"smtplab/sim/history"
	"smtplab/sim/lab"
	"smtplab/web/ui"
)

// labFile is the lab as a file, to be kept and opened again: GET /labs/{lab}/lab.smtplab. It needs an editing link, since
// whoever opens it can do in it what he likes.
func (s *Server) labFile(w http.ResponseWriter, r *http.Request) error {
	leave, err := s.heavyWork(r)
	if err != nil {
		return err
	}
	defer leave()
	a := accessOf(r)
	if !a.Edits {
		return watchOnly
	}
	h, err := s.labs.History(r.Context(), a)
	if err != nil {
		return err
	}
	attach(w, "application/json; charset=utf-8", momentName(a, h.Spec.Name)+history.Extension)
	return sent(h.WriteFile(w))
}

// chooseFile is the form for a lab's file: GET /open.
func (s *Server) chooseFile(w http.ResponseWriter, r *http.Request) error {
	return s.fileForm(w, r, http.StatusOK)
}

func (s *Server) fileForm(w http.ResponseWriter, r *http.Request, status int, problems ...ui.Problem) error {
	win := ui.OpenWindow{
		Shell: s.shell(r, "Open a lab"), BackURL: homeOf(r), OpenURL: "/open", Extension: history.Extension, Problems: problems,
		Limit: "At most " + octets(history.MaxFile) + ".",
	}
	return s.render(w, r, status, ui.Open(win), ui.OpenPage(win))
}

// openFile makes a lab of a file: POST /open.
func (s *Server) openFile(w http.ResponseWriter, r *http.Request) error {
	leave, err := s.heavyWork(r)
	if err != nil {
		return err
	}
	defer leave()
	if err := s.mayMakeLab(r); err != nil {
		return err
	}
	f, err := readForm(r, fields{"file": upload})
	if err != nil {
		return err
	}
	if len(f.files) != 1 {
		return s.openAgain(w, r, &lab.Mistake{Field: "file", Code: "empty", Text: "Choose a file first."})
	}
	h, err := history.ReadFile(bytes.NewReader(f.files[0].Data))
	if err != nil {
		return s.openAgain(w, r, err)
	}
	h.Spec.Opened = h.Spec.Exercise != "" // whatever it says of itself
	a, lost, err := s.labs.Import(r.Context(), h)
	if err != nil {
		return s.openAgain(w, r, err)
	}
	if lost > 0 {
		s.log.Info("a lab's file was recorded by another release", "actions", len(h.Actions), "impossible", lost)
	}
	return done(w, r, labURL(a))
}

// openAgain shows the form again with what is wrong with the file. Any other error is answered like all others.
func (s *Server) openAgain(w http.ResponseWriter, r *http.Request, cause error) error {
	if _, ok := errors.AsType[*lab.Mistake](cause); !ok || wantsJSON(r) {
		return cause
	}
	a, _ := answerTo(cause)
	return s.fileForm(w, r, a.status, ui.Problem{Field: "file", Text: a.text})
}
