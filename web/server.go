package web

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"smtplab/sim/exercise"
	"smtplab/sim/explain"
	"smtplab/sim/history"
	"smtplab/sim/lab"
	"smtplab/sim/runner"
	"smtplab/web/live"
)

// Labs is what the web asks of the runner, which documents it.
type Labs interface {
	Create(ctx context.Context, spec lab.Spec) (runner.Access, error)
	Open(ctx context.Context, id string) (runner.Access, error)
	Act(ctx context.Context, a runner.Access, act lab.Action) error
	View(ctx context.Context, a runner.Access, f func(*lab.Lab)) error
	Watch(ctx context.Context, a runner.Access) (news <-chan struct{}, stop func(), err error)
	History(ctx context.Context, a runner.Access) (*history.History, error)
	Fork(ctx context.Context, a runner.Access) (runner.Access, error)
	Import(ctx context.Context, h *history.History) (a runner.Access, lost int, err error)
	Undo(ctx context.Context, a runner.Access) (lab.Action, error)
	Nudge(a runner.Access)
}

// Options are what New needs to know.
type Options struct {
	Runner Labs

	// PublicURL is the address that people use, as "https://lab.example", when it is not the one that the server
	// itself listens on: behind a proxy, or under a name. "" when there is none.
	PublicURL string

	// AllowedHosts are further names to answer to: "lab.example" with any port, "lab.example:8080" with that one.
	AllowedHosts []string

	// Gates are the real ports at which programs of this machine reach the lab runner.Demo.
	Gates []Gate

	// Key signs results. When it is nil there is one that nobody else has and that ends with the Server.
	Key     ed25519.PrivateKey
	Program string // its name and version, for results

	// Exercises are those of the course, in its order; nil for the catalogue that comes with the program.
	Exercises []*exercise.Exercise

	Log        *slog.Logger // slog.Default when nil
	Persistent bool         // labs survive a restart; the share window says so
	Limits     Limits       // zero fields have the values of DefaultLimits
	Live       live.Options // CheckOrigin and Fault are the server's own
}

// Gate is a real port that leads into the lab runner.Demo.
type Gate struct {
	Flag    string // of the command, that opens it: "smtp"
	Address string // where it is: "127.0.0.1:2525"
	Port    int    // the port of the lab's server that it leads to: 25
}

// Server is the web. Use New.
type Server struct {
	labs       Labs
	names      *names
	log        *slog.Logger
	persistent bool
	gates      []Gate
	key        ed25519.PrivateKey
	keyKept    bool   // it outlives the Server
	marking    []byte // the key of the marks for what was done
	program    string
	book       *explain.Book
	hubs       *live.Hubs
	presenters presenters
	course     *course
	ready      atomic.Bool
	handler    http.Handler

	requests, labsMade, acts, labActs *meter
	clientSockets, labSockets         *gauge
	heavy                             *gauge
}

// New prepares the web. It fails when an option makes no sense.
func New(o Options) (*Server, error) {
	names, err := newNames(o.PublicURL, o.AllowedHosts)
	if err != nil {
		return nil, err
	}
	book, err := explain.Load("en")
	if err != nil {
		return nil, err
	}
	key := o.Key
	if key == nil {
		if _, key, err = ed25519.GenerateKey(rand.Reader); err != nil {
			return nil, err
		}
	}
	limits := o.Limits.withDefaults()
	count := func(r Rate) *meter { return newMeter(r, limits.Remembered, time.Now) }
	s := &Server{
		labs: o.Runner, names: names, log: orElse(o.Log, slog.Default()), persistent: o.Persistent, gates: o.Gates, book: book, course: newCourse(o.Exercises),
		key: key, keyKept: o.Key != nil, program: o.Program,
		marking:  markingKey(key),
		requests: count(limits.Requests), labsMade: count(limits.Labs),
		acts: count(limits.Acts), labActs: count(limits.LabActs),
		clientSockets: newGauge(limits.Sockets, limits.ClientSockets),
		labSockets:    newGauge(limits.Sockets, limits.LabSockets),
		heavy:         newGauge(limits.Heavy, limits.ClientHeavy),
	}
	o.Live.CheckOrigin = s.mayWatch
	o.Live.Fault = func(err error) { s.log.Error("watching failed", slog.Any("error", err)) }
	s.hubs = live.New(o.Live)
	s.handler = s.routes()
	return s, nil
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// SetReady says whether GET /readyz answers 200. A new Server is not ready.
func (s *Server) SetReady(ready bool) { s.ready.Store(ready) }

// Shutdown is not ready any more, tells every websocket that the server is going away (1001), and waits for
// them to end. Call it beside http.Server.Shutdown, which does not know of websockets.
func (s *Server) Shutdown(ctx context.Context) error {
	s.SetReady(false)
	return s.hubs.Shutdown(ctx)
}

// HTTPServer is a server for h with time-outs that a slow or silent client cannot outwait. Websockets are not
// subject to them.
func HTTPServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       2 * time.Minute, // 16 MiB over a slow line
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
}
