package web

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"smtplab/sim/lab"
	"smtplab/sim/runner"
	"smtplab/web/ui"
)

// act does what a person asked for in the request's lab.
func (s *Server) act(r *http.Request, a lab.Action) error {
	return s.labs.Act(r.Context(), accessOf(r), a)
}

// acted ends an action that shows on the map and the wire: 204 for programs and browser code, which watch, and
// 303 to the page for everybody else.
func acted(w http.ResponseWriter, r *http.Request, result string) error {
	if isFragment(r) {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return done(w, r, result)
}

// clockVerbs are the words of the form.
var clockVerbs = map[string]lab.Verb{"run": lab.Run, "pause": lab.Pause, "step": lab.Step, "skip": lab.Skip, "speed": lab.Speed}

// clock moves or holds the world: POST /labs/{lab}/clock with do=run|pause|step|skip, or speed=LINES_PER_SECOND|max.
func (s *Server) clock(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r, fields{"do": oneLine, "speed": oneLine})
	if err != nil {
		return err
	}
	a, err := clockAction(f)
	if err != nil {
		return err
	}
	if err := s.act(r, a); err != nil {
		return err
	}
	return acted(w, r, labURL(accessOf(r)))
}

func clockAction(f form) (lab.Action, error) {
	do := f.values["do"]
	speed, has := f.values["speed"]
	if do == "" && has {
		do = "speed"
	}
	verb, ok := clockVerbs[do]
	if !ok {
		return lab.Action{}, &refusal{kind: badField, field: "do", text: "The clock can run, pause, step, skip, or change its speed."}
	}
	if verb != lab.Speed || speed == maxSpeed {
		return lab.Action{Verb: verb}, nil
	}
	v, err := strconv.ParseFloat(speed, 64)
	if err != nil || !(v > 0) { // also refuses NaN
		return lab.Action{}, &refusal{kind: badField, field: "speed", text: "The speed is a number of lines per second, or “max”."}
	}
	return lab.Action{Verb: verb, Speed: v}, nil
}

// confirmReset asks first: GET /labs/{lab}/reset.
func (s *Server) confirmReset(w http.ResponseWriter, r *http.Request) error {
	var name string
	err := s.see(r, func(l *lab.Lab) { name = l.Spec().Name })
	if _, broken := errors.AsType[*runner.Broken](err); err != nil && !broken { // a broken lab may be reset
		return err
	}
	c := ui.ConfirmWindow{
		Shell: s.labShell(r, "Reset", name), BackURL: labURL(accessOf(r)), Title: "Reset the lab?",
		Text:      "Every mail, every conversation and every line on the wire will be gone, for everybody who is in this lab, and links to its moments lead nowhere. It cannot be undone. The hosts and their addresses stay.",
		ActionURL: r.URL.Path, Action: "Reset",
	}
	return s.page(w, r, ui.Confirm(c), ui.ConfirmPage(c))
}

// reset begins the lab again: POST /labs/{lab}/reset.
func (s *Server) reset(w http.ResponseWriter, r *http.Request) error {
	if err := s.act(r, lab.Action{Verb: lab.Reset}); err != nil {
		return err
	}
	return acted(w, r, labURL(accessOf(r)))
}

// conditions is where links are cut and restored: GET /labs/{lab}/conditions.
func (s *Server) conditions(w http.ResponseWriter, r *http.Request) error {
	var sc *scene
	if err := s.see(r, func(l *lab.Lab) { sc = look(l, accessOf(r)) }); err != nil {
		return err
	}
	c := ui.ConditionsWindow{Shell: s.labShell(r, "Conditions", sc.name), BackURL: sc.base, CanAct: sc.access.CanAct}
	for _, h := range sc.hosts {
		if h.Kind != lab.Switch {
			c.Links = append(c.Links, ui.Cable{Host: h.Name, URL: sc.base + "/links/" + h.ID, Up: h.LinkUp, Detail: cableWords(h.Link)})
		}
	}
	return s.page(w, r, ui.Conditions(c), ui.ConditionsPage(c))
}

// cableWords describes a cable: "1 ms · 100 Mbit/s".
func cableWords(l lab.Link) string {
	words := strconv.FormatFloat(float64(l.Latency)/float64(time.Millisecond), 'g', -1, 64) + " ms"
	switch {
	case l.Bandwidth >= 1_000_000:
		words += " · " + strconv.FormatInt(l.Bandwidth/1_000_000, 10) + " Mbit/s"
	case l.Bandwidth > 0:
		words += " · " + strconv.FormatInt(l.Bandwidth/1_000, 10) + " kbit/s"
	}
	return words
}

// link cuts or restores the cable of a host: POST /labs/{lab}/links/{host} with do=cut|restore.
func (s *Server) link(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r, fields{"do": oneLine})
	if err != nil {
		return err
	}
	verb, ok := map[string]lab.Verb{"cut": lab.Cut, "restore": lab.Restore}[f.values["do"]]
	if !ok {
		return &refusal{kind: badField, field: "do", text: "A link can be cut or restored."}
	}
	if err := s.act(r, lab.Action{Verb: verb, Host: chi.URLParam(r, "host")}); err != nil {
		return err
	}
	return done(w, r, labURL(accessOf(r))+"/conditions")
}
