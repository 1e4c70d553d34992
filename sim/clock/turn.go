package clock

import "iter"

// Turn is a conversation written as ordinary blocking code (a standard client, TLS) that takes its turns with
// the rest of the lab. It is a coroutine: while it runs nothing else does, and when it has to wait it gives the
// turn back. So blocking code is as deterministic as the rest.
type Turn struct {
	clock *Clock
	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool
	woken bool // a wake-up is already scheduled
	done  bool
}

// Go starts f as a conversation: its first turn is an event like any other.
func (c *Clock) Go(f func()) *Turn {
	t := &Turn{clock: c}
	t.next, t.stop = iter.Pull(func(yield func(struct{}) bool) {
		t.yield = yield
		f()
	})
	t.Wake()
	return t
}

// Turn is the conversation whose turn it is, or nil when the world itself is running.
func (c *Clock) Turn() *Turn { return c.turn }

// Wait gives the turn back until somebody calls Wake. It must be called by the conversation itself. It reports
// false when the conversation has been abandoned and should return without waiting again.
func (t *Turn) Wait() bool { return t.yield(struct{}{}) }

// Wake schedules the conversation's next turn, now. Waking twice is waking once.
func (t *Turn) Wake() {
	if t.woken || t.done {
		return
	}
	t.woken = true
	t.clock.At(t.clock.now, t)
}

// Run takes one turn. It is called by Step.
func (t *Turn) Run() {
	t.woken = false
	if t.done {
		return
	}
	outer := t.clock.turn
	t.clock.turn = t
	if _, more := t.next(); !more {
		t.done = true
	}
	t.clock.turn = outer
}

// Done reports whether the conversation has returned.
func (t *Turn) Done() bool { return t.done }

// Stop abandons the conversation: its Wait returns false and Stop returns when it has ended.
func (t *Turn) Stop() {
	if t.done {
		return
	}
	t.done = true
	t.stop()
}
