package e2e

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"smtplab/sim/exercise"
	"smtplab/sim/journal"
	"smtplab/sim/lab"
	"smtplab/sim/runner"
	"smtplab/web"
)

// site is the whole program, as `smtplab serve` puts it together, on a port of its own.
type site struct {
	t    testing.TB
	url  string // "http://127.0.0.1:40123"
	labs *runner.Runner
	web  *web.Server
	log  safeText

	http *http.Server
	done chan error // what serving ended with

	mu      sync.Mutex
	sockets []net.Conn // those that websockets have taken over
}

func newSite(t testing.TB) *site {
	t.Helper()
	return newSiteWith(t, nil)
}

// newSiteWith is a site with other exercises than those of the catalogue, unless they are nil.
func newSiteWith(t testing.TB, exercises []*exercise.Exercise) *site {
	t.Helper()
	s := &site{t: t}
	log := slog.New(slog.NewTextHandler(&s.log, nil))
	s.labs = runner.New(runner.Options{Journal: journal.NewMemory(journal.Limits{}), Log: log})
	var err error
	if s.web, err = web.New(web.Options{Runner: s.labs, Log: log, Exercises: exercises, Gates: []web.Gate{{Flag: "smtp", Address: "127.0.0.1:2525", Port: 25}, {Flag: "submission", Address: "127.0.0.1:2587", Port: 587}}}); err != nil {
		t.Fatal(err)
	}
	s.serve("127.0.0.1:0")
	t.Cleanup(s.close)
	return s
}

// serve begins to listen, also again after vanish.
func (s *site) serve(address string) {
	s.t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.url = "http://" + l.Addr().String()
	s.http, s.done = web.HTTPServer(s.web), make(chan error, 1)
	s.http.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateHijacked {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.sockets = append(s.sockets, c)
		}
	}
	go func() { s.done <- s.http.Serve(l) }()
}

// cutSockets ends every websocket without a word, as a router does that forgets a connection.
func (s *site) cutSockets() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.sockets {
		_ = c.Close() // some have ended by themselves
	}
	s.sockets = nil
}

// vanish is a server that is not there any more. Its labs go on: serve brings them back.
func (s *site) vanish() {
	s.t.Helper()
	if err := s.http.Close(); err != nil {
		s.t.Error(err)
	}
	if err := <-s.done; !errors.Is(err, http.ErrServerClosed) {
		s.t.Error(err)
	}
	s.cutSockets()
}

func (s *site) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	s.vanish()
	if err := errors.Join(s.web.Shutdown(ctx), s.labs.Close(ctx)); err != nil {
		s.t.Errorf("closing the site: %v", err)
	}
	if log := s.log.String(); strings.Contains(log, "level=ERROR") {
		s.t.Errorf("the server complained:\n%s", log)
	}
}

// world is a lab behind the pages: what the test itself does in it, and what it looks at.
type world struct {
	t    testing.TB
	labs *runner.Runner
	runner.Access
}

// newLab makes a lab that runs at full speed.
func (s *site) newLab(t testing.TB) *world {
	t.Helper()
	a, err := s.labs.Create(t.Context(), lab.Default("amber-fox", 1, time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t, s.labs, a}
	w.act(lab.Action{Verb: lab.Speed})
	return w
}

// demo is the lab that everybody shares, and that real programs reach.
func (s *site) demo(t testing.TB) *world {
	t.Helper()
	a, err := s.labs.Open(t.Context(), runner.Demo)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t, s.labs, a}
	w.act(lab.Action{Verb: lab.Speed})
	return w
}

// url is the lab's page, or one below it.
func (w *world) url(path string) string { return "/labs/" + w.ID + path }

func (w *world) act(a lab.Action) {
	w.t.Helper()
	if err := w.labs.Act(w.t.Context(), w.Access, a); err != nil {
		w.t.Fatalf("%s: %v", a.Verb, err)
	}
}

// speed sets how many lines a second there are; 0 is full speed.
func (w *world) speed(lines float64) { w.act(lab.Action{Verb: lab.Speed, Speed: lines}) }

// view looks at the lab as it is now.
func (w *world) view(f func(*lab.Lab)) {
	w.t.Helper()
	if err := w.labs.View(w.t.Context(), w.Access, f); err != nil {
		w.t.Fatal(err)
	}
}

// until waits for news of the lab until f is true of it.
func (w *world) until(what string, f func(*lab.Lab) bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	news, stop, err := w.labs.Watch(ctx, w.Access)
	if err != nil {
		w.t.Fatal(err)
	}
	defer stop()
	for ok := false; ; {
		if w.view(func(l *lab.Lab) { ok = f(l) }); ok {
			return
		}
		select {
		case <-news:
		case <-ctx.Done():
			w.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// quiet is true of a lab in which nobody talks.
func quiet(l *lab.Lab) bool {
	for _, c := range l.Conversations() {
		if c.Open {
			return false
		}
	}
	return true
}

// mailed sends a mail and waits until the conversation is over.
func (w *world) mailed(host string, m lab.Mail) {
	w.t.Helper()
	w.act(lab.Action{Verb: lab.Send, Host: host, Mail: &m})
	w.until("the mail is sent", func(l *lab.Lab) bool {
		pc, _ := l.PC(host)
		return pc.Sent[len(pc.Sent)-1].Outcome.Progress != lab.Sending && quiet(l)
	})
}

// fetched checks the mail of a host and waits until the conversation is over.
func (w *world) fetched(host string) {
	w.t.Helper()
	w.act(lab.Action{Verb: lab.Fetch, Host: host})
	w.until("the mail is fetched", func(l *lab.Lab) bool {
		pc, _ := l.PC(host)
		return pc.Checked && !pc.Checking && quiet(l)
	})
}

// last is the number of the newest event.
func (w *world) last() (seq uint64) {
	w.t.Helper()
	w.view(func(l *lab.Lab) { seq = l.Trace().Last() })
	return seq
}

// safeText is a text that several goroutines write to.
type safeText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *safeText) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *safeText) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}
