package live

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// Source is one lab as the holders of one link see it. It must be safe for concurrent use.
type Source interface {
	// Watch returns a channel that receives when there is news. stop must be called.
	Watch(ctx context.Context) (news <-chan struct{}, stop func(), err error)

	// Batch encodes what a watcher at the position after is to be sent, up to the position upTo, or up to the
	// newest event when upTo is 0; a newcomer is also sent the state of whatever others have been told to
	// change. An error ends the watching of everybody.
	Batch(ctx context.Context, after, upTo uint64, newcomer bool) (Batch, error)
}

// Batch is what brings a watcher from one position to another.
type Batch struct {
	Text []byte // the envelope, JSON
	Last uint64 // the position of whoever has received it
}

// Options are the limits of a set of hubs. The zero Options has sensible ones.
type Options struct {
	Gather       time.Duration // news is gathered this long; 50 ms when zero
	PingEvery    time.Duration // 25 s when zero
	PongTimeout  time.Duration // silence after a ping that means the browser is gone; 20 s when zero
	WriteTimeout time.Duration // how long one frame may take to leave; 10 s when zero
	Queue        int           // frames that may wait for one watcher; 16 when zero

	// CheckOrigin decides whether the page that opens the socket may. Nil refuses every browser page of another host.
	CheckOrigin func(*http.Request) bool

	// Fault is told of a Source's error, once for each. It may be nil.
	Fault func(error)
}

func (o Options) withDefaults() Options {
	o.Gather = orElse(o.Gather, 50*time.Millisecond)
	o.PingEvery = orElse(o.PingEvery, 25*time.Second)
	o.PongTimeout = orElse(o.PongTimeout, 20*time.Second)
	o.WriteTimeout = orElse(o.WriteTimeout, 10*time.Second)
	o.Queue = orElse(o.Queue, 16)
	if o.Fault == nil {
		o.Fault = func(error) {}
	}
	return o
}

func orElse[T comparable](v, other T) T {
	var zero T
	if v == zero {
		return other
	}
	return v
}

// ErrHandshake says that the request is no websocket handshake, or one from a page that may not open it.
var ErrHandshake = errors.New("live: not a websocket handshake")

var errFlood = errors.New("live: too many pings")

// ErrClosing refuses a watcher because the server is stopping.
var ErrClosing = errors.New("live: the server is stopping")

// Hubs are the labs that are being watched. Use New.
type Hubs struct {
	opt     Options
	mu      sync.Mutex
	hubs    map[string]*hub // by key; the values' watchers are guarded by mu as well
	closing bool
	wg      sync.WaitGroup // every goroutine of every hub and watcher
}

// New returns hubs with nobody watching. They start no goroutine until somebody does.
func New(opt Options) *Hubs {
	return &Hubs{opt: opt.withDefaults(), hubs: map[string]*hub{}}
}

// Serve makes a websocket of the request and lets it watch: key names the lab and the link, since two links to
// one lab see different addresses; after is where the browser stands. It returns when the handshake is done,
// and calls left when the browser is gone. When it returns an error nothing has been written, and left is not called.
func (hs *Hubs) Serve(w http.ResponseWriter, r *http.Request, key string, src Source, after uint64, left func()) error {
	if hs.stopping() {
		return ErrClosing
	}
	sock, err := open(w, r, &hs.opt)
	if err != nil {
		return err
	}
	if watcher := newWatcher(sock, after, left); !hs.admit(key, src, watcher) {
		sock.goodbye(goingAway, "the server is stopping")
		left()
	}
	return nil
}

// Watched counts the labs that are being watched and those who watch.
func (hs *Hubs) Watched() (labs, watchers int) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	for _, h := range hs.hubs {
		watchers += len(h.watchers)
	}
	return len(hs.hubs), watchers
}

// Shutdown tells every browser that the server is going away, and waits until all goroutines have ended. When
// ctx ends first it cuts the connections.
func (hs *Hubs) Shutdown(ctx context.Context) error {
	hs.mu.Lock()
	hs.closing = true
	everybody := hs.everybody()
	hs.mu.Unlock()
	for _, w := range everybody {
		w.dismiss(goingAway, "the server is stopping")
	}
	ended := make(chan struct{})
	go func() { hs.wg.Wait(); close(ended) }()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	for _, w := range everybody {
		w.sock.shut()
	}
	<-ended // a closed connection ends both of its goroutines at once
	return ctx.Err()
}

func (hs *Hubs) stopping() bool {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	return hs.closing
}

// everybody is all watchers. The caller holds mu.
func (hs *Hubs) everybody() []*watcher {
	var all []*watcher
	for _, h := range hs.hubs {
		for w := range h.watchers {
			all = append(all, w)
		}
	}
	return all
}

// admit lets w watch, and starts its goroutines, and the hub's if it is the first. It reports false, and starts
// nothing, when the server is stopping.
func (hs *Hubs) admit(key string, src Source, w *watcher) bool {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if hs.closing {
		return false
	}
	h := hs.hubs[key]
	if h == nil {
		h = hs.start(key, src)
	}
	h.watchers[w] = struct{}{}
	hs.wg.Go(w.write)
	hs.wg.Go(func() {
		w.read()
		hs.leave(h, w)
	})
	h.wake()
	return true
}

// start makes the hub of a lab that nobody watched. The caller holds mu.
func (hs *Hubs) start(key string, src Source) *hub {
	ctx, stop := context.WithCancel(context.Background()) // lives as long as somebody watches, not as long as a request
	h := &hub{key: key, src: src, set: hs, stop: stop, watchers: map[*watcher]struct{}{}, joined: make(chan struct{}, 1)}
	hs.hubs[key] = h
	hs.wg.Go(func() { h.run(ctx) })
	return h
}

// leave forgets w, and ends the hub when it was the last.
func (hs *Hubs) leave(h *hub, w *watcher) {
	hs.mu.Lock()
	delete(h.watchers, w)
	if len(h.watchers) == 0 {
		hs.end(h)
	}
	hs.mu.Unlock()
	w.left()
}

// end stops a hub. The caller holds mu.
func (hs *Hubs) end(h *hub) {
	h.stop()
	if hs.hubs[h.key] == h { // a hub that failed has been replaced, perhaps
		delete(hs.hubs, h.key)
	}
}
