package web

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"smtplab/sim/lab"
	"smtplab/sim/runner"
	"smtplab/web/live"
	"smtplab/web/ui"
)

// maxBehind is how many events a watcher may have missed. Who has missed more loads the page again, which shows
// only the newest anyway.
const maxBehind = 2000

// live opens the websocket: GET …/live?after=SEQ.
func (s *Server) live(w http.ResponseWriter, r *http.Request) error {
	after, err := position(r, "after")
	if err != nil {
		return err
	}
	if !s.mayWatch(r) {
		return &refusal{kind: crossOrigin, text: "Only the lab's own pages may watch it."}
	}
	a := accessOf(r)
	left, err := s.admit(clientOf(r), a.Key)
	if err != nil {
		return err
	}
	era, err := position(r, "era")
	if err != nil {
		left()
		return err
	}
	key := a.ID + " " + strconv.FormatUint(era, 10) // who has seen what was undone meanwhile is told something else
	if err := s.hubs.Serve(w, r, key, labSource{s, a, era}, after, left); err != nil {
		left()
		return err
	}
	return nil
}

// admit counts a websocket for its client and its lab, until left is called.
func (s *Server) admit(client, lab string) (left func(), err error) {
	fromClient, ok := s.clientSockets.enter(client)
	if !ok {
		return nil, &refusal{kind: tooMany, text: "Too many pages are open from your address.", after: retryFull}
	}
	fromLab, ok := s.labSockets.enter(lab)
	if !ok {
		fromClient()
		return nil, &refusal{kind: tooMany, text: "Too many people watch this lab.", after: retryFull}
	}
	return func() { fromLab(); fromClient() }, nil
}

// poll answers what the websocket would have said, for those whose network has none: a JSON array of envelopes.
func (s *Server) poll(w http.ResponseWriter, r *http.Request) error {
	after, err := position(r, "after")
	if err != nil {
		return err
	}
	era, err := position(r, "era")
	if err != nil {
		return err
	}
	e, err := s.envelope(r.Context(), accessOf(r), stretch{era, after, 0}, false)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, []ui.Envelope{e})
	return nil
}

// labSource is a lab as package live wants it.
type labSource struct {
	s   *Server
	a   runner.Access
	era uint64
}

func (l labSource) Watch(ctx context.Context) (<-chan struct{}, func(), error) {
	return l.s.labs.Watch(ctx, l.a)
}

func (l labSource) Batch(ctx context.Context, after, upTo uint64, newcomer bool) (live.Batch, error) {
	e, err := l.s.envelope(ctx, l.a, stretch{l.era, after, upTo}, newcomer)
	if err != nil {
		return live.Batch{}, err
	}
	text, err := json.Marshal(e)
	return live.Batch{Text: text, Last: e.Seq}, err
}

// stretch is a part of the trace: what happened after an event, up to another, or to the newest one when upTo is 0.
type stretch struct{ era, after, upTo uint64 }

// envelope says what happened in a stretch. A newcomer is told of every host, others of those that something happened to.
func (s *Server) envelope(ctx context.Context, a runner.Access, st stretch, newcomer bool) (ui.Envelope, error) {
	after, upTo := st.after, st.upTo
	var sc *scene
	var notices []lab.Notice
	var task *standing
	lost := false
	err := s.labs.View(ctx, a, func(l *lab.Lab) {
		sc = look(l, a)
		if upTo != 0 {
			sc.last = min(sc.last, upTo)
		}
		// What is not held any more, or was never there, or undone, cannot be told: the page has to be loaded again.
		if lost = sc.era != st.era || after+1 < sc.first || after > sc.last || sc.last-after > maxBehind; lost {
			return
		}
		sc.take(l, after, sc.last)
		notices, task = noticesBetween(l, after, sc.last), s.course.judge(l, a)
	})
	if err != nil {
		return ui.Envelope{}, err
	}
	e := ui.Envelope{Seq: sc.last, Resync: lost}
	if lost {
		return e, nil
	}
	if e.HTML, err = s.rowsHTML(ctx, sc); err != nil {
		return e, err
	}
	e.Wire, err = sc.wires(ctx, notices, newcomer)
	e.Wire = append(e.Wire, s.presented(a))
	if err == nil && task != nil && (newcomer || task.changed > after) {
		err = s.addTaskWire(ctx, &e, sc, task)
	}
	return e, err
}

// rowsHTML draws the scene's events; "" when there are none.
func (s *Server) rowsHTML(ctx context.Context, sc *scene) (string, error) {
	if len(sc.events) == 0 {
		return "", nil
	}
	var b bytes.Buffer
	err := ui.Groups(s.groups(sc)).Render(ctx, &b)
	return b.String(), err
}

// wires are what the map and the edges of the page are told.
func (sc *scene) wires(ctx context.Context, notices []lab.Notice, newcomer bool) ([]ui.Wire, error) {
	wires, err := sc.joins(ctx, newcomer)
	if err != nil {
		return nil, err
	}
	wires = append(wires, sc.motions()...)
	for _, n := range notices {
		toast, err := sc.toast(ctx, n)
		if err != nil {
			return nil, err
		}
		wires = append(wires, toast)
	}
	edges, err := sc.edges(ctx, newcomer)
	return append(wires, edges...), err
}

func (sc *scene) toast(ctx context.Context, n lab.Notice) (ui.Wire, error) {
	var b bytes.Buffer
	err := ui.Toast(sc.notice(n)).Render(ctx, &b)
	return ui.Wire{Kind: ui.WireNotice, Seq: n.Seq, N: n.N, HTML: b.String()}, err
}

// noticesBetween are the notices that appeared after the event `after`, up to the event last.
func noticesBetween(l *lab.Lab, after, last uint64) []lab.Notice {
	var news []lab.Notice
	for _, n := range l.Notices(0) {
		if n.Seq > after && n.Seq <= last {
			news = append(news, n)
		}
	}
	return news
}
