package runner

import (
	"context"
	"errors"

	"smtplab/sim/journal"
	"smtplab/sim/lab"
)

// mend makes the lab of a journal that another release recorded, so that something else would happen, and writes it
// down so that it wakes exactly from now on. When that cannot be written, it is mended again the next time.
func (w *world) mend(ctx context.Context, h *written, cause error) (*lab.Lab, error) {
	l, again, lost, err := h.Recall()
	if err != nil {
		return nil, err
	}
	log := w.runner.Log.With("lab", w.key)
	log.Warn("a lab was played by what people did, not moment by moment: it was recorded by another release",
		"cause", cause, "actions", len(h.Actions), "impossible", lost)
	err = w.restart(ctx, whole(again, h.era))
	if errors.Is(err, journal.ErrConflict) {
		return nil, err
	}
	if err != nil {
		log.Warn("what was played was not written", "error", err)
	}
	return l, nil
}
