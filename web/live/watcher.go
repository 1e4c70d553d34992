package live

import "time"

// watcher is one browser: a socket, a short queue, and where it stands.
type watcher struct {
	sock  *socket
	queue chan *frame
	over  chan farewell // capacity one: the first reason wins
	left  func()

	stand // the hub's
}

// stand is where a watcher stands. Watchers that stand alike are sent the same frame.
type stand struct {
	at      uint64 // its position
	greeted bool   // it has been sent the state of things
}

// farewell is why a watcher is disconnected.
type farewell struct {
	code int
	why  string
}

func newWatcher(sock *socket, after uint64, left func()) *watcher {
	return &watcher{
		sock:  sock,
		queue: make(chan *frame, sock.opt.Queue),
		over:  make(chan farewell, 1),
		left:  left,
		stand: stand{at: after},
	}
}

// offer queues a frame, and reports false when the queue is full. It never waits.
func (w *watcher) offer(f *frame) bool {
	select {
	case w.queue <- f:
		return true
	default:
		return false
	}
}

// dismiss has the writer say goodbye. It never waits; a writer that is stuck ends at its own deadline.
func (w *watcher) dismiss(code int, why string) {
	select {
	case w.over <- farewell{code, why}:
	default: // it is leaving already
	}
}

// write sends what is queued, and pings, until it is told to stop or the browser is gone.
func (w *watcher) write() {
	ping := time.NewTicker(w.sock.opt.PingEvery)
	defer ping.Stop()
	for {
		select {
		case bye := <-w.over: // before anything that is still queued
			w.sock.goodbye(bye.code, bye.why)
			return
		default:
		}
		var err error
		select {
		case bye := <-w.over:
			w.sock.goodbye(bye.code, bye.why)
			return
		case f := <-w.queue:
			err = w.sock.send(f)
		case <-ping.C:
			err = w.sock.ping()
		}
		if err != nil {
			w.sock.shut()
			return
		}
	}
}

// read waits until the browser is gone, and ends the writer.
func (w *watcher) read() {
	code, why := w.sock.receive()
	w.dismiss(code, why)
}
