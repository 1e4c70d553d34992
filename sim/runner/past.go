package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"smtplab/sim/history"
	"smtplab/sim/journal"
	"smtplab/sim/lab"
)

// maxPlaying is how many labs of the past are played at a time. Others wait their turn.
const maxPlaying = 2

// mayAct says why the bearer cannot act; nil when he can.
func (a Access) mayAct() error {
	switch {
	case a.CanAct:
		return nil
	case a.Edits:
		return ErrPast
	}
	return ErrViewOnly
}

// moment is a lab of the past that is kept for a while: a class that follows a presenter looks at the same one, and so do
// the windows of a page.
type moment struct {
	key string
	pos journal.Pos // what was written of the lab when it was played
	at  uint64

	mu  sync.Mutex // held by whoever plays it or looks at it
	lab *lab.Lab   // nil until it is played
}

// moments are the last ones that were looked at, the newest first.
type moments struct {
	mu   sync.Mutex
	kept []*moment
}

// maxMoments is how many labs of the past are kept, and maxMomentOctets how much of the wire one may hold.
const (
	maxMoments      = 4
	maxMomentOctets = 8 << 20
)

// find returns a moment, perhaps one that has still to be played.
func (m *moments) find(key string, pos journal.Pos, at uint64) *moment {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, k := range m.kept {
		if k.key == key && k.pos == pos && k.at == at {
			m.kept = append([]*moment{k}, slices.Delete(m.kept, i, i+1)...)
			return k
		}
	}
	k := &moment{key: key, pos: pos, at: at}
	m.kept = append([]*moment{k}, m.kept...)
	return k
}

// tidy lets go of all but the newest n.
func (m *moments) tidy(n int) {
	m.mu.Lock()
	var old []*moment
	if len(m.kept) > n {
		old = slices.Clone(m.kept[n:])
		m.kept = slices.Clip(m.kept[:n])
	}
	m.mu.Unlock()
	for _, k := range old {
		k.close()
	}
}

// drop forgets a moment that failed or is too large to keep.
func (m *moments) drop(k *moment) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept = slices.DeleteFunc(m.kept, func(other *moment) bool { return other == k })
}

func (k *moment) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.lab != nil {
		k.lab.Close()
		k.lab = nil
	}
}

// viewPast plays the lab up to event a.At, unless that was done just now, and runs f with it.
func (r *Runner) viewPast(ctx context.Context, a Access, f func(*lab.Lab)) error {
	var pos journal.Pos
	err := r.with(a.Key, func(w *world) error {
		err := w.reaches(ctx, a)
		pos = w.pos
		return err
	})
	if err != nil {
		return err
	}
	defer r.moments.tidy(maxMoments)
	k := r.moments.find(a.Key, pos, a.At)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.lab == nil {
		if err := r.playPast(ctx, a, k); err != nil {
			r.moments.drop(k)
			return err
		}
	}
	w := &world{runner: r, key: a.Key} // of its own: whatever happens in it, the lab of now lives on
	err = w.attempt("view", func() error { f(k.lab); return nil })
	if k.lab.Trace().Octets() > maxMomentOctets {
		r.moments.drop(k)
		k.lab.Close()
		k.lab = nil
	}
	return err
}

func (r *Runner) playPast(ctx context.Context, a Access, k *moment) error {
	h, err := r.written(ctx, a)
	if err != nil {
		return err
	}
	r.playing <- struct{}{}
	defer func() { <-r.playing }()
	w := &world{runner: r, key: a.Key}
	return w.attempt("play", func() error {
		l, err := h.PlayTo(a.At)
		if err == nil {
			l.SetEra(h.era)
			k.lab = l
		}
		return err
	})
}

// reaches wakes the lab and says ErrGone when it has not come as far as an access leads.
func (w *world) reaches(ctx context.Context, a Access) error {
	if err := w.wake(ctx); err != nil {
		return err
	}
	if log := w.lab.Trace(); a.At > log.Last() {
		return fmt.Errorf("%w: event %d, and the newest is %d", ErrGone, a.At, log.Last())
	}
	return nil
}

// written is what the journal says of a lab that is or was awake, so that it plays; ErrGone when it has not come as far
// as the access leads. For an access to now it ends with how far the lab has come.
func (r *Runner) written(ctx context.Context, a Access) (h *written, err error) {
	err = r.with(a.Key, func(w *world) error {
		if err := w.reaches(ctx, a); err != nil {
			return err
		}
		if h, err = w.read(ctx); err != nil {
			return err
		}
		if a.At == 0 { // the journal does not say how far it has come since somebody did something
			h.End = &history.Mark{At: w.lab.Now(), Step: w.lab.Steps()}
		}
		return h.check()
	})
	return h, err
}

// History is the lab written down, up to the moment that the access leads to. It needs an editing link: what is written
// down can be opened again, and changed.
func (r *Runner) History(ctx context.Context, a Access) (*history.History, error) {
	if !a.Edits {
		return nil, ErrViewOnly
	}
	h, err := r.written(ctx, a)
	if err != nil {
		return nil, err
	}
	if a.At == 0 {
		return &h.History, nil
	}
	var until *history.History
	w := &world{runner: r, key: a.Key}
	err = w.attempt("play", func() error {
		until, err = h.Until(a.At)
		return err
	})
	return until, err
}

// Fork makes a lab of its own of what another was, at the moment that the access leads to, and returns the editing access
// to it. Up to there the two have the same trace.
func (r *Runner) Fork(ctx context.Context, a Access) (Access, error) {
	h, err := r.History(ctx, a)
	if err != nil {
		return Access{}, err
	}
	return r.keep(ctx, h)
}

// Import makes a lab of a history from elsewhere. One that another release recorded is played by what people did; lost
// is how many of their actions have become impossible. A history that makes no lab is a *lab.Mistake.
func (r *Runner) Import(ctx context.Context, h *history.History) (a Access, lost int, err error) {
	r.playing <- struct{}{}
	defer func() { <-r.playing }()
	w := &world{runner: r, key: "import"}
	err = w.attempt("import", func() error {
		l, err := h.Play()
		if errors.Is(err, history.ErrDiverged) {
			l, h, lost, err = h.Recall()
		}
		if err == nil {
			h.End = &history.Mark{At: l.Now(), Step: l.Steps()}
			l.Close()
		}
		return err
	})
	if err != nil {
		return Access{}, 0, err
	}
	a, err = r.keep(ctx, h)
	return a, lost, err
}

// batchOctets is how many octets of mails and files are written at once.
const batchOctets = 1 << 20

// keep writes a history that plays as a new lab.
func (r *Runner) keep(ctx context.Context, h *history.History) (Access, error) {
	if err := r.makeRoom(ctx); err != nil {
		return Access{}, fmt.Errorf("runner: make a lab: %w", err)
	}
	a := editing(newID())
	var pos journal.Pos
	write := func(rec record) error {
		b, err := rec.encode()
		if err == nil {
			pos, err = r.Journal.Append(ctx, a.Key, pos, b)
		}
		if err != nil {
			return fmt.Errorf("runner: write a lab: %w", err)
		}
		return nil
	}
	if err := write(record{Version: version, Spec: &h.Spec, Speed: h.Speed, Do: h.Reset}); err != nil {
		return Access{}, err
	}
	var some record
	octets := 0
	for i := range h.Actions {
		some.Past = append(some.Past, record{Do: &h.Actions[i]})
		if octets += h.Actions[i].Octets(); octets < batchOctets && len(some.Past) < 1000 {
			continue
		}
		if err := write(some); err != nil {
			return Access{}, err
		}
		some, octets = record{}, 0
	}
	end := *h.End
	end.Wall = time.Now().UTC().Round(time.Millisecond) // it goes on from now, however old it is
	some.Past = append(some.Past, record{Mark: &end})
	if err := write(some); err != nil {
		return Access{}, err
	}
	return a, nil
}

// Undo takes back the last thing that somebody did in the lab, with all that followed, and returns what that was. The
// clock is not undone, nor what real programs did: they are cut off. A *lab.Mistake says that there is nothing to undo.
func (r *Runner) Undo(ctx context.Context, a Access) (undone lab.Action, err error) {
	if err := a.mayAct(); err != nil {
		return undone, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err = r.with(a.Key, func(w *world) error {
		undone, err = w.undo(ctx)
		return err
	})
	return undone, err
}

func (w *world) undo(ctx context.Context) (undone lab.Action, err error) {
	if err := w.wake(ctx); err != nil {
		return undone, err
	}
	h, err := w.read(ctx)
	if err != nil {
		return undone, err
	}
	n := len(h.Actions) - 1
	for n >= 0 && !h.Actions[n].CanUndo() {
		n--
	}
	if n < 0 {
		return undone, &lab.Mistake{Code: "not_now", Text: "There is nothing to undo since the lab began or was reset."}
	}
	before, now := h.Before(n), time.Now()
	before.End.Wall = now.UTC().Round(time.Millisecond)
	var l *lab.Lab
	err = w.attempt("undo", func() error {
		l, err = before.Play()
		return err
	})
	if err != nil {
		return undone, err
	}
	if err := w.restart(ctx, whole(before, w.era+1)); err != nil {
		l.Close()
		if m, ok := errors.AsType[*lab.Mistake](err); ok {
			m.Field, m.Text = "", "This lab holds too much to write it anew. Reset it instead."
		}
		return undone, err
	}
	w.forget()
	w.era++
	w.stand(l, w.pos, now)
	w.schedule()
	w.notify()
	return h.Actions[n], nil
}
