package runner

import (
	"context"
	"fmt"
	"time"

	"smtplab/sim/journal"
)

const (
	// spare is how long nobody may have used a lab that goes when there is no room for a new one.
	spare = 24 * time.Hour

	// tidyEvery is how often labs are looked for that were unused for too long, and batch how many of them go at
	// a time. That is done by those who make labs, so it needs no goroutine.
	tidyEvery = time.Hour
	batch     = 20
)

// makeRoom forgets what may be forgotten, and returns ErrFull when there is no room for another lab.
func (r *Runner) makeRoom(ctx context.Context) error {
	r.tidying.Lock()
	defer r.tidying.Unlock()
	now := time.Now()
	if now.Sub(r.tidied) >= tidyEvery {
		gone, err := r.forget(ctx, now.Add(-r.Unused), batch)
		if err != nil {
			return err
		}
		if gone < batch { // or the next one goes on with it
			r.tidied = now
		}
	}
	n, err := r.Journal.Labs(ctx)
	if err != nil || n < r.MaxLabs {
		return err
	}
	gone, err := r.forget(ctx, now.Add(-spare), n-r.MaxLabs+1)
	if err == nil && n-gone >= r.MaxLabs {
		err = fmt.Errorf("%d labs: %w", n, journal.ErrFull)
	}
	return err
}

// forget deletes labs that were used last before a time and are asleep: at most n, least recently used first. It
// returns how many.
func (r *Runner) forget(ctx context.Context, before time.Time, n int) (gone int, err error) {
	keys, err := r.Journal.Unused(ctx, before, n+r.MaxAwake) // those that are awake stay
	if err != nil {
		return 0, err
	}
	for _, key := range keys {
		if gone == n {
			break
		}
		deleted, err := r.delete(ctx, key)
		if err != nil {
			return gone, err
		}
		if deleted {
			gone++
		}
	}
	if gone > 0 {
		r.Log.Info("labs that nobody used were forgotten", "labs", gone, "unused since", before.UTC().Format(time.RFC3339))
	}
	return gone, nil
}

// delete deletes a lab unless it is awake. Who comes for it meanwhile waits, and does not find it.
func (r *Runner) delete(ctx context.Context, key string) (deleted bool, err error) {
	r.mu.Lock()
	if r.closed || r.awake[key] != nil {
		r.mu.Unlock()
		return false, nil
	}
	w := &world{runner: r, key: key, uses: 1}
	r.awake[key] = w
	w.mu.Lock()
	r.mu.Unlock()
	defer r.release(w)
	defer w.mu.Unlock()
	return true, r.Journal.Delete(ctx, key)
}
