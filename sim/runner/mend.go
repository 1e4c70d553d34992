package runner

import (
	"context"
	"errors"

	"smtplab/sim/clock"
	"smtplab/sim/journal"
	"smtplab/sim/lab"
)

// errDiverged says that a lab does not come by the moments that its journal tells of. That happens when another
// release recorded them: when a reply got other words, or anything takes another time.
var errDiverged = errors.New("the journal tells of another history")

// mend makes the lab of a journal that diverged, and writes it down so that it wakes exactly from now on. When
// that cannot be written, it is mended again the next time.
func (w *world) mend(ctx context.Context, h *history, cause error) (*lab.Lab, error) {
	l, again, lost, err := h.recall()
	if err != nil {
		return nil, err
	}
	log := w.runner.Log.With("lab", w.key)
	log.Warn("a lab was played by what people did, not moment by moment: it was recorded by another release",
		"cause", cause, "actions", len(h.records), "impossible", lost)
	err = w.restart(ctx, again)
	if errors.Is(err, journal.ErrConflict) {
		return nil, err
	}
	if err != nil {
		log.Warn("what was played was not written", "error", err)
	}
	return l, nil
}

// recall makes the lab and lets people do again what they did, each thing as near as can be to when they did it.
// It returns the record from which the lab begins again exactly, and how many actions have become impossible.
func (h *history) recall() (l *lab.Lab, again record, lost int, err error) {
	if l, err = h.begin(); err != nil {
		return nil, record{}, 0, err
	}
	played := false
	defer closeUnless(&played, l)
	again = h.records[0]
	again.Past = nil
	for _, r := range h.records[1:] {
		switch {
		case r.Mark != nil:
			reach(l, r.Mark.At)
		case r.Do != nil:
			a := *r.Do
			if !redo(l, &a) {
				lost++
				continue
			}
			again.Past = append(again.Past, record{Do: &a})
		}
	}
	again.Past = append(again.Past, record{Mark: &mark{At: l.Now(), Step: l.Steps(), Wall: h.seenUntil()}})
	played = true
	return l, again, lost, nil
}

// redo does an action again and stamps it with its new moment. It reports whether that was possible; what is not
// may become so when what goes on has ended, and who fetches mail is to find all that was on its way.
func redo(l *lab.Lab, a *lab.Action) bool {
	reach(l, a.At)
	if a.Verb == lab.Fetch || l.Check(*a) != nil {
		l.Settle()
	}
	l.Stamp(a)
	return l.Apply(*a) == nil
}

// reach lets happen what happened until a time. If that is over, at least nothing is left half done.
func reach(l *lab.Lab, t clock.Time) {
	if t < l.Now() {
		l.Settle()
		return
	}
	for next, ok := l.Next(); ok && next <= t; next, ok = l.Next() {
		l.Step()
	}
	l.AdvanceTo(t)
}
