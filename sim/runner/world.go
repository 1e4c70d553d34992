package runner

import (
	"container/list"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"smtplab/sim/history"
	"smtplab/sim/journal"
	"smtplab/sim/lab"
)

// patience is how long the journal may take when nobody's context says.
const patience = 10 * time.Second

// world is a lab that is awake, or about to be, or about to sleep.
type world struct {
	runner *Runner
	key    string

	// Guarded by Runner.mu.
	uses  int           // calls under way, watchers, and lines from outside
	taken uint          // uses ever begun
	idle  *list.Element // its place in Runner.unused
	left  time.Time     // when the last use ended

	known atomic.Bool // it was there when it was last looked for

	mu       sync.Mutex
	lab      *lab.Lab // nil while it sleeps or is broken
	broken   *Broken
	pos      journal.Pos // of the lab's last record
	era      uint64      // how often its past was undone
	recorded uint64      // Steps at that record
	marked   time.Time   // when that was, if it is a mark
	watchers []chan struct{}
	lines    []*Line // from outside, in use
	room     []byte  // for the next record that is encoded often
	pace             // see pace.go
}

// wake plays the lab's journal unless the lab is awake already.
func (w *world) wake(ctx context.Context) error {
	if w.broken != nil {
		return w.broken
	}
	if w.lab != nil {
		return nil
	}
	h, err := w.read(ctx)
	if err != nil {
		return err
	}
	err = w.guard("wake", func() error {
		w.pos, w.era = h.last, h.era
		if err := h.check(); err != nil {
			return w.fail("wake", err)
		}
		l, err := h.Play()
		if errors.Is(err, history.ErrDiverged) {
			l, err = w.mend(ctx, h, err)
		}
		switch {
		case errors.Is(err, journal.ErrConflict):
			return err
		case err != nil:
			return w.fail("wake", err)
		}
		w.stand(l, w.pos, h.seenUntil())
		return nil
	})
	if errors.Is(err, journal.ErrConflict) { // another node was faster to mend it
		return w.wake(ctx)
	}
	if err != nil {
		return err
	}
	w.runner.wakes.Add(1)
	w.schedule()
	return w.dropOrphans(ctx)
}

// read reads the lab's journal.
func (w *world) read(ctx context.Context) (*written, error) {
	if w.runner.isClosed() {
		return nil, ErrClosed
	}
	h := &written{}
	for e, err := range w.runner.Journal.Read(ctx, w.key, 0) {
		if err != nil {
			return nil, fmt.Errorf("runner: read the journal: %w", err)
		}
		h.add(e)
	}
	w.known.Store(h.last > 0)
	if h.last == 0 {
		return nil, ErrNotFound
	}
	return h, nil
}

func (r *Runner) isClosed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

// stand puts a lab in place whose last record is at pos and that was last seen to move at a time.
func (w *world) stand(l *lab.Lab, pos journal.Pos, seen time.Time) {
	now := time.Now()
	l.SetEra(w.era)
	w.lab, w.broken, w.pos, w.recorded, w.marked = l, nil, pos, l.Steps(), seen
	if seen.IsZero() || seen.After(now) {
		seen = now
	}
	w.moved, w.shown = seen, now
}

// act does an action.
func (w *world) act(ctx context.Context, a lab.Action) error {
	if a.Verb == lab.Reset {
		return w.reset(ctx)
	}
	if err := w.wake(ctx); err != nil {
		return err
	}
	if !a.OfLine() || a.Target != "" {
		a = keepable(a)
	}
	now := time.Now()
	err := w.guard(string(a.Verb), func() error {
		w.catchUp(now)
		w.lab.Stamp(&a)
		if err := w.lab.Check(a); err != nil {
			return err
		}
		idle := !near(w.lab)
		if err := w.append(ctx, record{Do: &a}); err != nil {
			return err
		}
		if err := w.lab.Apply(a); err != nil {
			return w.fail(string(a.Verb), err) // Check said that it can be done
		}
		w.acted(idle, now)
		return nil
	})
	if err == nil {
		w.schedule()
		w.notify()
	}
	return err
}

// reset begins the lab again, and forgets what was before. It is the way out for a lab that is broken.
func (w *world) reset(ctx context.Context) error {
	var again record
	switch err := w.wake(ctx); {
	case err == nil:
		w.catchUp(time.Now())
		spec, a := w.lab.Spec(), lab.Action{Verb: lab.Reset}
		w.lab.Stamp(&a)
		again = record{Version: version, Spec: &spec, Speed: w.lab.Speed(), Era: w.era, Do: &a}
	case errors.As(err, new(*Broken)):
		h, unreadable := w.read(ctx)
		if unreadable != nil || !h.begun {
			return errors.Join(err, unreadable)
		}
		w.pos, w.era, again = h.last, h.era, h.restart()
	default:
		return err
	}
	if err := w.restart(ctx, again); err != nil {
		return err
	}
	w.stop()
	err := w.guard("reset", func() error {
		l, err := (&history.History{Spec: *again.Spec, Speed: again.Speed, Reset: again.Do}).Play()
		if err != nil {
			return w.fail("reset", err)
		}
		if w.lab != nil {
			w.lab.Close()
		}
		w.stand(l, w.pos, time.Time{})
		return nil
	})
	if err != nil {
		return err
	}
	w.schedule()
	w.notify()
	return nil
}

// view runs f. A panic in it is not held against the lab, which f does not change.
func (w *world) view(f func(*lab.Lab)) error {
	return w.attempt("view", func() error {
		w.catchUp(time.Now())
		f(w.lab)
		return nil
	})
}

// append writes a record.
func (w *world) append(ctx context.Context, r record) error {
	return w.write(ctx, r, w.runner.Journal.Append)
}

// restart writes a record from which the lab begins again.
func (w *world) restart(ctx context.Context, r record) error {
	return w.write(ctx, r, w.runner.Journal.Restart)
}

type writer func(ctx context.Context, lab string, after journal.Pos, record []byte) (journal.Pos, error)

// write writes a record. When that fails the journal may have it or not, or somebody else's: the lab is put
// aside, to be read from there. Unless the journal has refused the record for what it is.
func (w *world) write(ctx context.Context, r record, to writer) error {
	b, err := w.encode(r)
	if err != nil {
		return err
	}
	pos, err := to(ctx, w.key, w.pos, b)
	if err != nil {
		switch {
		case errors.Is(err, journal.ErrTooBig):
			return &lab.Mistake{Field: "files", Code: "too_big", Text: "This is more than a lab can keep of one mail."}
		case !errors.Is(err, journal.ErrFull):
			w.forget()
			w.notify() // lines from outside end with the lab that they were opened in
		}
		return fmt.Errorf("runner: write to the journal: %w", err)
	}
	w.pos = pos
	if w.lab != nil {
		w.recorded, w.marked = w.lab.Steps(), time.Time{}
	}
	if r.Mark != nil {
		w.marked = r.Mark.Wall
	}
	return nil
}

// encode is r as the journal takes it. It is valid until the next one.
func (w *world) encode(r record) ([]byte, error) {
	b, ok := r.appendLine(w.room[:0])
	if !ok {
		return r.encode()
	}
	if cap(b) <= 64<<10 {
		w.room = b
	}
	return b, nil
}

// mark writes how far the lab has come since its last record, without which the same would happen again, and when
// that was: time goes on while the lab sleeps. A mark that says so stands for a day; then another one tells the
// journal that the lab is used.
func (w *world) mark(ctx context.Context) {
	if w.lab.Steps() == w.recorded && time.Since(w.marked) < spare {
		return
	}
	err := w.append(ctx, record{Mark: &history.Mark{At: w.lab.Now(), Step: w.lab.Steps(), Wall: w.moved.UTC().Round(time.Millisecond)}})
	if err != nil {
		w.runner.Log.Warn("how far a lab had come was not written", "lab", w.key, "error", err)
	}
}

// sleep lets go of the lab.
func (w *world) sleep(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lab == nil {
		return
	}
	_ = w.guard("sleep", func() error { // what failed was reported
		now := time.Now()
		w.catchUp(now)
		w.moved = now // though it may be paused
		w.mark(ctx)
		return nil
	})
	w.forget()
	if p, ok := w.runner.Journal.(journal.Packer); ok {
		p.Pack(w.key)
	}
}

// forget lets go of the lab's memory, and of the TLS handshakes that are going on in it.
func (w *world) forget() {
	w.stop()
	if w.lab != nil {
		w.lab.Close()
		w.lab = nil
	}
}

// attempt runs f, which leaves the lab as it is. A panic in it is an error, which is logged.
func (w *world) attempt(what string, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = w.report(what, p)
		}
	}()
	return f()
}

// guard runs f, which moves the lab. A panic in it breaks this lab and no other.
func (w *world) guard(what string, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = w.fail(what, p)
		}
	}()
	return f()
}

// fail breaks the lab.
func (w *world) fail(what string, cause any) error {
	w.broken = w.report(what, cause)
	w.forget()
	w.notify()
	return w.broken
}

// report logs a failure once, and returns what is told of it.
func (w *world) report(what string, cause any) *Broken {
	b := &Broken{Ref: rand.Text()[:8]}
	w.runner.broke.Add(1)
	w.runner.Log.Error("a lab broke", "ref", b.Ref, "lab", w.key, "in", what, "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
	return b
}

// watch wakes the lab and adds a watcher. A broken lab can be watched: somebody may reset it.
func (w *world) watch(ctx context.Context) (chan struct{}, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.wake(ctx); err != nil && !errors.As(err, new(*Broken)) {
		return nil, err
	}
	c := make(chan struct{}, 1)
	w.watchers = append(w.watchers, c)
	return c, nil
}

func (w *world) unwatch(c chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watchers = slices.DeleteFunc(w.watchers, func(other chan struct{}) bool { return other == c })
}

// notify tells the watchers, and the lines. Whoever has not looked since the last time knows already.
func (w *world) notify() {
	w.look()
	for _, c := range w.watchers {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
