package live

import (
	"bytes"
	"context"
	"slices"
	"time"
)

// hub serves the watchers of one lab. Only its own goroutine moves the watchers' positions.
type hub struct {
	key      string
	src      Source
	set      *Hubs
	stop     context.CancelFunc
	watchers map[*watcher]struct{} // guarded by set.mu
	joined   chan struct{}         // capacity one: somebody came who has to be brought up to date
	said     []byte                // the last envelope that moved nobody; to say it again would be noise
}

// wake makes the hub look after a newcomer.
func (h *hub) wake() {
	select {
	case h.joined <- struct{}{}:
	default: // it has been told and has not looked yet
	}
}

// run serves until the last watcher has left, or the source fails.
func (h *hub) run(ctx context.Context) {
	if err := h.serve(ctx); err != nil && ctx.Err() == nil {
		h.set.opt.Fault(err)
		h.fail()
	}
}

func (h *hub) serve(ctx context.Context) error {
	news, stop, err := h.src.Watch(ctx)
	if err != nil {
		return err
	}
	defer stop()
	var sent time.Time
	gathering := false
	enough := time.NewTimer(time.Hour)
	defer enough.Stop()
	enough.Stop()
	for {
		whom := h.present
		select {
		case <-ctx.Done():
			return nil
		case <-news:
			if !gathering {
				// The first news after a silence leaves at once, the news of a busy lab in batches.
				gathering = true
				enough.Reset(h.set.opt.Gather - time.Since(sent))
			}
			continue
		case <-h.joined:
			whom = h.newcomers
		case <-enough.C:
			gathering = false
			sent = time.Now()
		}
		if err := h.tell(ctx, whom()); err != nil {
			return err
		}
	}
}

// tell sends watchers what is new to them: one envelope for each position, which is one for all who keep up.
func (h *hub) tell(ctx context.Context, watchers []*watcher) error {
	var upTo uint64 // the first envelope decides how far this round goes, so that all meet at one position
	rounds := map[stand]*round{}
	for _, w := range watchers {
		next := rounds[w.stand]
		if next == nil {
			var err error
			if next, err = h.prepare(ctx, w.stand, upTo); err != nil {
				return err
			}
			rounds[w.stand] = next
			upTo = next.last
		}
		h.give(w, next)
	}
	return nil
}

// round is an envelope ready to be sent.
type round struct {
	frame *frame
	last  uint64
	stale bool // says nothing that was not said before
}

func (h *hub) prepare(ctx context.Context, from stand, upTo uint64) (*round, error) {
	b, err := h.src.Batch(ctx, from.at, upTo, !from.greeted)
	if err != nil {
		return nil, err
	}
	f, err := newFrame(b.Text)
	if err != nil {
		return nil, err
	}
	if !from.greeted {
		return &round{frame: f, last: b.Last}, nil
	}
	stale := b.Last == from.at && bytes.Equal(b.Text, h.said)
	h.said = nil
	if b.Last == from.at {
		h.said = b.Text
	}
	return &round{f, b.Last, stale}, nil
}

// give queues an envelope for w, or disconnects it when its queue is full.
func (h *hub) give(w *watcher, next *round) {
	if next.stale {
		return
	}
	w.stand = stand{at: next.last, greeted: true}
	if !w.offer(next.frame) {
		h.forget(w)
		w.dismiss(tryAgainLater, "too slow; resume from your position")
	}
}

// present is who watches now.
func (h *hub) present() []*watcher {
	h.set.mu.Lock()
	defer h.set.mu.Unlock()
	all := make([]*watcher, 0, len(h.watchers))
	for w := range h.watchers {
		all = append(all, w)
	}
	return all
}

// newcomers are those who have not been told anything.
func (h *hub) newcomers() []*watcher {
	return slices.DeleteFunc(h.present(), func(w *watcher) bool { return w.greeted })
}

// forget stops sending to w. Its own goroutine still leaves, later.
func (h *hub) forget(w *watcher) {
	h.set.mu.Lock()
	defer h.set.mu.Unlock()
	delete(h.watchers, w)
}

// fail ends the hub and disconnects whoever watches: the source has nothing more to say.
func (h *hub) fail() {
	everybody := h.present()
	h.set.mu.Lock()
	h.set.end(h)
	h.set.mu.Unlock()
	for _, w := range everybody {
		w.dismiss(internalError, "something broke on our side")
	}
}
