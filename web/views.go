package web

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"smtplab/sim/clock"
	"smtplab/sim/lab"
	"smtplab/sim/trace"
	"smtplab/web/ui"
)

// This file is about the views of the trace besides the dialogue: which there are, where they are, and whose
// conversation they show. Each has a file of its own.

// viewing is a view on its way to being drawn.
type viewing interface {
	take(l *lab.Lab, sc *scene) error // while the lab stands still
	draw(s *Server, sc *scene, v *ui.View)
}

// viewKind is one of the views.
type viewKind struct {
	name  string // in addresses
	label string
	of    func(viewQuery) viewing
}

// views are those besides the dialogue, in the order of their tabs.
var views = []viewKind{
	{"ladder", "Ladder", func(q viewQuery) viewing { return &ladderView{subject: subject{viewQuery: q}} }},
	{"packets", "Packets", func(q viewQuery) viewing { return &packetsView{subject: subject{viewQuery: q}} }},
	{"state", "State", func(q viewQuery) viewing { return &stateView{subject: subject{viewQuery: q}} }},
	{"sessions", "Sessions", func(q viewQuery) viewing { return &sessionsView{viewQuery: q} }},
}

// viewQuery is what the query asks of a view.
type viewQuery struct {
	conn   uint32 // 0 for the newest
	before uint64 // what is shown ends before this event or, of sessions, conversation; 0 for the newest
	event  uint64 // that is looked at; 0 for none
	ack    uint64 // a segment whose acknowledgement is looked at; 0 for none
	upTo   uint64 // nothing after this event is told, as it is still to be predicted; 0 for everything
	show   string // what the filters show, which links are to keep; "" for what they show by themselves
}

func readViewQuery(r *http.Request) (q viewQuery, err error) {
	if q.conn, err = connAsked(r); err != nil {
		return q, err
	}
	for name, n := range map[string]*uint64{"before": &q.before, "event": &q.event, "ack": &q.ack, "upto": &q.upTo} {
		if *n, err = position(r, name); err != nil {
			return q, err
		}
	}
	if r.URL.Query().Has("show") {
		q.show = ui.ParseShow(r.URL.Query()).String()
	}
	return q, nil
}

// view is a view of the trace: GET /labs/{lab}/views/{view}?conn=N. It is a fragment; as a page it is part of the lab's.
func (s *Server) view(w http.ResponseWriter, r *http.Request) error {
	name := chi.URLParam(r, "view")
	v, err := s.viewOf(r, name)
	if err != nil {
		return err
	}
	if v == nil {
		return nothingHere
	}
	if !isFragment(r) {
		query := r.URL.Query()
		query.Set("view", name)
		w.Header().Add("Vary", "X-Fragment")
		http.Redirect(w, r, labURL(accessOf(r))+"?"+query.Encode(), http.StatusFound)
		return nil
	}
	c := ui.ShowView(*v)
	return s.page(w, r, c, c)
}

// viewOf draws a view; nil is the dialogue, or one that there is not.
func (s *Server) viewOf(r *http.Request, name string) (*ui.View, error) {
	i := slices.IndexFunc(views, func(k viewKind) bool { return k.name == name })
	if i < 0 {
		return nil, nil
	}
	q, err := readViewQuery(r)
	if err != nil {
		return nil, err
	}
	var sc *scene
	var taken error
	of := views[i].of(q)
	err = s.see(r, func(l *lab.Lab) {
		sc = look(l, accessOf(r))
		sc.last = min(sc.last, orElse(q.upTo, sc.last))
		taken = of.take(l, sc)
	})
	if err = orElse(err, taken); err != nil {
		return nil, err
	}
	v := &ui.View{Name: name, Label: views[i].label}
	of.draw(s, sc, v)
	return v, nil
}

// viewsOf are the tabs of the lab's page, and the view that its query asks for.
func (s *Server) viewsOf(r *http.Request, sc *scene) (ui.Views, error) {
	v := ui.Views{URL: sc.base + "/views"}
	q := viewQuery{}
	if r.URL.Query().Has("show") {
		q.show = ui.ParseShow(r.URL.Query()).String()
	}
	v.Tabs = append(v.Tabs, ui.ViewTab{Name: "dialogue", Label: "Dialogue", URL: sc.viewURL(q, "")})
	for _, view := range views {
		v.Tabs = append(v.Tabs, ui.ViewTab{Name: view.name, Label: view.label, URL: sc.viewURL(q, view.name)})
	}
	name := r.URL.Query().Get("view")
	if name == "" || name == "dialogue" {
		return v, nil
	}
	var err error
	if v.View, err = s.viewOf(r, name); err == nil && v.View == nil {
		err = &refusal{kind: badRequest, field: "view", text: "There is no such view of the trace."}
	}
	return v, err
}

// viewURL is the lab's page with a view: "" is the dialogue. The query's conversation and place are kept.
func (sc *scene) viewURL(q viewQuery, name string) string {
	query := url.Values{}
	if name != "" {
		query.Set("view", name)
	}
	for key, n := range map[string]uint64{"conn": uint64(q.conn), "before": q.before, "event": q.event, "ack": q.ack} {
		if n != 0 {
			query.Set(key, strconv.FormatUint(n, 10))
		}
	}
	if q.show != "" {
		query.Set("show", q.show)
	}
	if len(query) == 0 {
		return sc.base
	}
	return sc.base + "?" + query.Encode()
}

// maxChoice is how many conversations one can choose from; the others are in the list of sessions.
const maxChoice = 100

// subject is the conversation that a view shows.
type subject struct {
	viewQuery
	all   []lab.Conversation // the newest
	older int                // how many there are before those
	talk  lab.Conversation
	tally trace.Tally
	now   clock.Time
}

// take finds the conversation, tallies it and hands its events to each. It reports whether there is one.
func (c *subject) take(l *lab.Lab, sc *scene, each func(*trace.Event)) (bool, error) {
	c.all, c.now = sc.conversations(l), l.Now()
	if len(c.all) == 0 && c.conn == 0 {
		return false, nil
	}
	if c.conn == 0 {
		c.talk = newest(l, sc, c.all)
	} else {
		talk, ok := l.Conversation(c.conn)
		if c.talk, ok = sc.soFar(talk), ok && talk.First <= sc.last; !ok {
			return false, nothingHere
		}
	}
	c.older = max(0, len(c.all)-maxChoice)
	c.all = c.all[c.older:]
	c.tally.Proto = c.talk.Proto
	for e := range eventsIn(l, sc, c.talk) {
		c.tally.Add(&e)
		each(&e)
	}
	return true, nil
}

// conversations are those that the scene knows of, in the order of dialling, as they stood at its end.
func (sc *scene) conversations(l *lab.Lab) []lab.Conversation {
	var all []lab.Conversation
	for _, c := range l.Conversations() {
		if c.First <= sc.last {
			all = append(all, sc.soFar(c))
		}
	}
	return all
}

// soFar is a conversation without what came of it after the scene's last event.
func (sc *scene) soFar(c lab.Conversation) lab.Conversation {
	if c.Last > sc.last {
		c.Last, c.Open, c.Outcome, c.Good = sc.last, true, "in progress", true
	}
	return c
}

// newest is the newest conversation that carries something, or just the newest when none does.
func newest(l *lab.Lab, sc *scene, all []lab.Conversation) lab.Conversation {
	for _, c := range slices.Backward(all) {
		for e := range eventsIn(l, sc, c) {
			if len(e.Raw) > 0 {
				return c
			}
		}
	}
	return all[len(all)-1]
}

// eventsIn yields the events of a conversation, oldest first, as far as the scene goes.
func eventsIn(l *lab.Lab, sc *scene, c lab.Conversation) func(yield func(trace.Event) bool) {
	return func(yield func(trace.Event) bool) {
		for e := range l.Trace().After(back(c.First, 1)) {
			if e.Seq > min(c.Last, sc.last) || e.Conn == c.Conn && !yield(e) {
				return
			}
		}
	}
}

// tallyOf is what a conversation cost so far.
func tallyOf(l *lab.Lab, sc *scene, c lab.Conversation) trace.Tally {
	t := trace.Tally{Proto: c.Proto}
	for e := range eventsIn(l, sc, c) {
		t.Add(&e)
	}
	return t
}

// nothingYet is what a view says of a lab without conversations.
const nothingYet = "There is no conversation yet. Every one that is opened, by a PC or from outside, can be looked at here."

// chooser is the form by which another conversation is chosen, and what there is to say of this one.
func (c *subject) chooser(sc *scene, name string) *ui.Chooser {
	form := &ui.Chooser{
		FormURL: sc.base, Name: name, Show: c.show, Newest: c.conn == 0, Earlier: c.older,
		Talk: sc.talkHead(c.talk, &c.tally), Links: sc.viewLinks(c.talk, c.show, name),
	}
	listed := false
	for _, t := range slices.Backward(c.all) {
		on := t.Conn == c.conn
		listed = listed || on
		form.Talks = append(form.Talks, sc.talkChoice(t, on))
	}
	if !listed && c.conn != 0 {
		form.Talks = append(form.Talks, sc.talkChoice(c.talk, true))
	}
	return form
}

func (sc *scene) talkChoice(c lab.Conversation, on bool) ui.Choice {
	n := strconv.FormatUint(uint64(c.Conn), 10)
	return ui.Choice{Value: n, On: on, Label: "#" + n + " " + sc.hostName(c.Client) + " → " + sc.hostName(c.Server) + ", " +
		protoWords(c) + ", " + c.Outcome}
}

// talkHead is a conversation in a few words, with what it cost.
func (sc *scene) talkHead(c lab.Conversation, t *trace.Tally) ui.TalkHead {
	h := ui.TalkHead{
		Conn: c.Conn, Title: sc.hostName(c.Client) + " → " + sc.hostName(c.Server), Proto: protoWords(c),
		Outcome: c.Outcome, Tone: toneOf(c),
		Figures: []string{
			counted(t.Trips, "round trip"), size(t.Sent) + " sent", size(t.Received) + " received",
		},
	}
	if t.Lost > 0 {
		h.Figures = append(h.Figures, counted(t.Lost, "segment")+" lost")
	}
	return h
}

// viewLinks lead to a conversation in all views but one.
func (sc *scene) viewLinks(c lab.Conversation, show, except string) []ui.TalkLink {
	of := " of conversation " + strconv.FormatUint(uint64(c.Conn), 10)
	links := []ui.TalkLink{{Text: "Dialogue", Of: of, URL: sc.talkURL(c.Conn), As: ui.ToDialogue}}
	for _, v := range views {
		if v.name != except && v.name != "sessions" {
			links = append(links, ui.TalkLink{Text: v.label, Of: of, URL: sc.viewURL(viewQuery{conn: c.Conn, show: show}, v.name), As: ui.ToView})
		}
	}
	return append(links, ui.TalkLink{Text: "Transcript", Of: of, URL: fmt.Sprintf("%s/transcript.txt?conn=%d", sc.base, c.Conn), As: ui.ToFile})
}

// counted is a number of things: "1 round trip", "6 round trips".
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return strconv.Itoa(n) + " " + thing
}

// took is how long something took, for people: "0.4 ms", "26 ms", "2.4 s", "4 min 30 s".
func took(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return span(d)
	case d >= time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	}
	ms := float64(d) / float64(time.Millisecond)
	if ms >= 10 || ms == math.Trunc(ms) {
		return strconv.Itoa(int(math.Round(ms))) + " ms"
	}
	return strings.TrimSuffix(strconv.FormatFloat(ms, 'f', 1, 64), ".0") + " ms"
}
