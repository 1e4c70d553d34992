package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
	"smtplab/web/ui"
)

// This file is about a lab's past: the bar on which people go back and forth in it, undoing, and going on from a moment.

// pace is by what people go through the trace.
type pace string

// paceInfo is what there is to know of a pace.
type paceInfo struct {
	pace  pace
	label string
	stops func(*trace.Event) bool // what is stopped at
}

// The paces, in the order of the list. The first is what a page begins with.
const (
	byLine         pace = "line"
	byEvent        pace = "event"
	byExchange     pace = "exchange"
	byConversation pace = "conversation"
)

var paces = []paceInfo{
	{byLine, "by line", func(e *trace.Event) bool { return e.Line() || e.Kind == trace.Handshake }},
	{byEvent, "by event", func(*trace.Event) bool { return true }},
	{byExchange, "by exchange", func(e *trace.Event) bool { return e.Kind == trace.Reply }},
	{byConversation, "by conversation", func(e *trace.Event) bool { return e.Kind == trace.Open }},
}

// paceOf is the pace that the query asks for.
func paceOf(query url.Values) pace {
	for _, p := range paces {
		if query.Get("by") == string(p.pace) {
			return p.pace
		}
	}
	return paces[0].pace
}

// step leads to the next stop before or after an event, of the newest when there is no from: GET
// /labs/{lab}/step?way=back|forth&from=SEQ&by=line|event|exchange|conversation. Where no stop is left it leads to the end.
func (s *Server) step(w http.ResponseWriter, r *http.Request) error {
	from, err := position(r, "from")
	if err != nil {
		return err
	}
	query, a := r.URL.Query(), accessOf(r).Now()
	var seq uint64
	err = s.labs.View(r.Context(), a, func(l *lab.Lab) { seq = stop(l.Trace(), from, query.Get("way") != "forth", paceOf(query)) })
	if err != nil {
		return err
	}
	to := labURL(a) + "?at=" + strconv.FormatUint(seq, 10)
	for _, kept := range []string{"by", "show", "q", "mode"} {
		if query.Has(kept) {
			to += "&" + kept + "=" + url.QueryEscape(query.Get(kept))
		}
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// stop is the next event at which somebody stops who comes from another.
func stop(log *trace.Log, from uint64, back bool, by pace) uint64 {
	stops := paces[slices.IndexFunc(paces, func(p paceInfo) bool { return p.pace == by })].stops
	if from == 0 {
		from = log.Last()
	}
	way, end := log.After(from), log.Last()
	if back {
		way, end = log.Before(from), log.First()
	}
	for e := range way {
		if stops(&e) {
			return e.Seq
		}
	}
	return end
}

// timeBar is the bar for the scene. For one of the past it looks once more at the lab, as it is now.
func (s *Server) timeBar(r *http.Request, sc *scene) (ui.TimeBar, error) {
	a, by := sc.access.Now(), paceOf(r.URL.Query())
	bar := ui.TimeBar{Seq: sc.last, First: sc.first, Last: sc.last, Past: sc.access.At != 0, PageURL: labURL(a), StepURL: labURL(a) + "/step"}
	for _, p := range paces {
		bar.Paces = append(bar.Paces, ui.Choice{Value: string(p.pace), Label: p.label, On: p.pace == by})
	}
	if !bar.Past {
		return bar, nil
	}
	if err := s.labs.View(r.Context(), a, func(l *lab.Lab) { bar.Last = max(l.Trace().Last(), sc.last) }); err != nil {
		return bar, err
	}
	e := sc.here
	bar.Time, bar.TimeOfDay, bar.What = seconds(e.At)+" s", sc.timeOfDay(e.At), cut(eventWords(sc, &e), maxWhat)
	bar.ShareURL = sc.base + "/share"
	if a.CanAct {
		bar.ForkURL = sc.base + "/fork"
	}
	return bar, nil
}

// maxWhat is how many characters tell what happened at a moment.
const maxWhat = 60

// eventWords are an event in a line: what was said, or what happened to whom.
func eventWords(sc *scene, e *trace.Event) string {
	switch {
	case e.Kind == trace.Segment && len(e.Raw) > 0:
		return sc.hostName(e.From) + " sends " + octetWords(e)
	case e.Kind == trace.Segment:
		return sc.hostName(e.From) + " sends " + e.Note
	case len(e.Raw) > 0:
		return sc.hostName(e.From) + ": " + firstOf(e.Raw)
	case e.From != "":
		return sc.hostName(e.From) + ": " + e.Note
	}
	return e.Note
}

func firstOf(raw []byte) string {
	for i, c := range raw {
		if c == '\r' || c == '\n' {
			return string(raw[:i])
		}
	}
	return string(raw)
}

// undo takes back the last thing that somebody did: POST /labs/{lab}/undo. Whoever watches loads the page again.
func (s *Server) undo(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.labs.Undo(r.Context(), accessOf(r)); err != nil {
		return err
	}
	return acted(w, r, labURL(accessOf(r)))
}

// confirmFork says what a fork is: GET /labs/{lab}/fork.
func (s *Server) confirmFork(w http.ResponseWriter, r *http.Request) error {
	a := accessOf(r)
	if !a.Edits {
		return watchOnly
	}
	var sc *scene
	if err := s.see(r, func(l *lab.Lab) { sc = look(l, a) }); err != nil {
		return err
	}
	c := ui.ConfirmWindow{
		Shell: s.labShell(r, "Go on from here", sc.name), BackURL: sc.base, Title: "Go on from here in a lab of its own?",
		Text:      "A new lab is made that is what this one was at event " + strconv.FormatUint(sc.last, 10) + ", with all that had happened by then, and it is paused there. This lab stays as it is. The new one has a link of its own: keep its address, for nobody else has it.",
		ActionURL: labURL(a.Now()) + "/fork?moment=" + strconv.FormatUint(sc.last, 10), Action: "Make the lab", Leaves: true,
	}
	return s.page(w, r, ui.Confirm(c), ui.ConfirmPage(c))
}

// fork makes a lab of a moment of another: POST /labs/{lab}/fork?moment=SEQ, or of now.
func (s *Server) fork(w http.ResponseWriter, r *http.Request) error {
	seq, err := position(r, "moment")
	if err != nil {
		return err
	}
	if err := s.mayMakeLab(r); err != nil {
		return err
	}
	a := accessOf(r)
	if seq != 0 {
		a = a.AsOf(seq)
	}
	made, err := s.labs.Fork(r.Context(), a)
	if err != nil {
		return err
	}
	if seq != 0 { // or it would have gone on before anybody sees it
		if err := s.labs.Act(r.Context(), made, lab.Action{Verb: lab.Pause}); err != nil {
			return err
		}
	}
	s.rememberFork(w, r, a, made)
	return done(w, r, labURL(made))
}
