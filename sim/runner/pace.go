package runner

import (
	"context"
	"time"

	"smtplab/sim/clock"
	"smtplab/sim/lab"
)

const (
	// soon is how near the next event must be to belong to what is going on: as in lab.Settle.
	soon = time.Second

	// frame is the shortest time between two ticks of a lab. At higher speeds several lines share one.
	frame = 20 * time.Millisecond

	// slack is how punctual what is far away has to be: to one part in so many of the time until then. With every line
	// that is sent a time-out of the server's comes nearer by what the line takes in lab time, which is no time on the
	// wall; setting a timer anew for that wakes a thread, which costs more than the line.
	slack = 128

	// slice is how many events of a lab run before others get their turn: well below a millisecond of mail.
	slice = 256
)

// pace is how a lab's time follows the wall's.
type pace struct {
	timer *time.Timer // nil while there is nothing to wait for
	fires time.Time   // when it does; zero once it has
	moved time.Time   // when the lab came to its present time
	shown time.Time   // when it last showed something
}

// near reports whether the next event belongs to what is going on.
func near(l *lab.Lab) bool {
	next, ok := l.Next()
	return ok && next.Sub(l.Now()) < soon
}

// catchUp lets lab time follow the wall while nothing is going on, at most to the next event.
func (w *world) catchUp(now time.Time) {
	l := w.lab
	if l.Paused() || near(l) {
		return
	}
	t := clock.Time(now.Sub(l.Spec().Start))
	if _, waiting := l.Next(); waiting {
		t = l.Now().Add(now.Sub(w.moved))
	}
	if t > l.Now() {
		l.AdvanceTo(t)
	}
	w.moved = now
}

// due is when the next event is to happen, and whether one is.
func (w *world) due() (time.Time, bool) {
	next, ok := w.lab.Next()
	switch {
	case !ok || w.lab.Paused():
		return time.Time{}, false
	case !near(w.lab):
		return w.moved.Add(next.Sub(w.lab.Now())), true
	}
	_, wait := stride(w.lab.Speed())
	return w.shown.Add(wait), true
}

// stride is how many lines are shown together at a speed, and how long to wait then. At speed 0 there is no wait.
func stride(speed float64) (lines int, wait time.Duration) {
	if speed == 0 {
		return 0, 0
	}
	lines = max(1, int(speed*frame.Seconds()))
	return lines, time.Duration(float64(lines) / speed * float64(time.Second))
}

// schedule sets the timer for what is due. It is called whenever that may have changed.
func (w *world) schedule() {
	if w.lab == nil {
		return
	}
	at, ok := w.due()
	if !ok {
		return // a timer that is set finds nothing due
	}
	wait := max(0, time.Until(at))
	if w.timer != nil && !w.fires.IsZero() && !w.fires.After(at.Add(wait/slack)) {
		return // it fires early enough, and is set anew then: most time-outs are put off before they come
	}
	if w.fires = at; w.timer == nil {
		w.timer = time.AfterFunc(wait, w.tick)
	} else {
		w.timer.Reset(wait)
	}
}

// stop stops the timer. A tick that is on its way finds nothing due.
func (w *world) stop() {
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
}

// tick lets happen what is due.
func (w *world) tick() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lab == nil {
		return
	}
	w.fires = time.Time{}
	if at, ok := w.due(); ok && !at.After(time.Now()) {
		err := w.guard("run", func() error {
			w.run(at)
			return nil
		})
		if err != nil {
			return // and nothing will happen any more
		}
		w.notify()
	}
	w.schedule()
}

// run runs what was due at a time.
func (w *world) run(at time.Time) {
	if near(w.lab) {
		w.show(time.Now())
		return
	}
	w.lab.Step()
	w.moved = at // so that a chain of timers keeps its time, even when the lab slept over some of them
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	w.mark(ctx)
}

// acted goes on after an action. What began in an idle lab is shown at the lab's speed from now on; what was
// going on keeps its pace, however busy people are.
func (w *world) acted(idle bool, now time.Time) {
	w.moved = now
	if idle {
		w.shown = now
	}
	if w.lab.Speed() == 0 && !w.lab.Paused() {
		w.show(now)
	}
}

// show runs the world for one tick: until as many lines were seen as share it, or at speed 0 for a slice.
func (w *world) show(now time.Time) {
	l := w.lab
	lines, _ := stride(l.Speed())
	last := l.Trace().Last()
	for range slice {
		if !near(l) {
			break
		}
		l.Step()
		if seen := l.Trace().Last(); seen != last {
			last = seen
			if lines--; lines == 0 {
				break
			}
		}
	}
	w.moved, w.shown = now, now
}
