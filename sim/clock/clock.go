// Package clock is a lab's time and turn-taking: one heap of events, ordered by (time, number), that a single
// caller runs one at a time. Nothing in a lab happens except as an event of its clock, so the same events
// give the same lab, and pausing is simply not calling Step.
//
// Lab time is not wall time. It moves only when an event runs or when the lab's owner calls AdvanceTo; between
// events it stands still. A Clock is not safe for concurrent use: a lab is single-threaded inside.
package clock

import "time"

// Time is an instant in lab time: nanoseconds since the lab began.
type Time int64

// Add returns t+d.
func (t Time) Add(d time.Duration) Time { return t + Time(d) }

// Sub returns the duration t-u.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t - u) }

// Event is something that happens at an instant. Run is called once, by Step, with the clock at that instant.
type Event interface{ Run() }

// Func lets an ordinary function be an Event.
type Func func()

// Run calls f.
func (f Func) Run() { f() }

// Clock orders and runs the events of one lab. Use New.
type Clock struct {
	now   Time
	n     uint64 // events scheduled so far: breaks ties, first scheduled runs first
	steps uint64
	heap  []entry
	turn  *Turn // the conversation whose turn it is, if any
}

type entry struct {
	at    Time
	n     uint64
	event Event
	timer *Timer // set for events that may be stopped or moved
}

// New returns a clock at the given instant with nothing to happen.
func New(start Time) *Clock { return &Clock{now: start} }

// Resume returns a clock with nothing to happen that goes on from an instant and a count of events.
func Resume(now Time, steps uint64) *Clock { return &Clock{now: now, steps: steps} }

// Now is the current lab time.
func (c *Clock) Now() Time { return c.now }

// Steps counts the events that have run: with the actions, it names a moment of the lab exactly.
func (c *Clock) Steps() uint64 { return c.steps }

// At schedules e at t, or now if t has passed. Events at the same instant run in the order they were scheduled.
func (c *Clock) At(t Time, e Event) { c.push(t, e, nil) }

// After schedules e after d of lab time.
func (c *Clock) After(d time.Duration, e Event) { c.push(c.now.Add(d), e, nil) }

// Next is the instant of the next event, and whether there is one.
func (c *Clock) Next() (Time, bool) {
	if len(c.heap) == 0 {
		return 0, false
	}
	return c.heap[0].at, true
}

// Pending is the number of events that wait to run.
func (c *Clock) Pending() int { return len(c.heap) }

// Step moves time to the next event and runs it. It reports whether there was one.
func (c *Clock) Step() bool {
	if len(c.heap) == 0 {
		return false
	}
	e := c.heap[0]
	c.remove(0)
	if e.timer != nil {
		e.timer.index = -1
	}
	c.now = e.at
	c.steps++
	e.event.Run()
	return true
}

// AdvanceTo moves time forward to t. It panics if an event is due before t, since that event would then run
// in the past; it does nothing when t is not later than now.
func (c *Clock) AdvanceTo(t Time) {
	if t <= c.now {
		return
	}
	if next, ok := c.Next(); ok && next < t {
		panic("clock: AdvanceTo would pass over an event")
	}
	c.now = t
}

// Timer is an event that can be moved or stopped, made once and used again without allocating.
type Timer struct {
	clock *Clock
	event Event
	index int // place in the heap, -1 when not scheduled
}

// NewTimer returns a timer for e that is not running.
func (c *Clock) NewTimer(e Event) *Timer {
	t := new(Timer)
	t.Init(c, e)
	return t
}

// Init makes t a timer for e that is not running.
func (t *Timer) Init(c *Clock, e Event) { *t = Timer{clock: c, event: e, index: -1} }

// Reset makes the timer run d from now, whether or not it was running.
func (t *Timer) Reset(d time.Duration) {
	c := t.clock
	if t.index < 0 {
		c.push(c.now.Add(d), t.event, t)
		return
	}
	c.n++
	c.heap[t.index].at, c.heap[t.index].n = c.now.Add(d), c.n
	c.down(t.index)
	c.up(t.index)
}

// Stop makes the timer not run. It reports whether it was running.
func (t *Timer) Stop() bool {
	if t == nil || t.index < 0 {
		return false
	}
	t.clock.remove(t.index)
	t.index = -1
	return true
}

// Running reports whether the timer will run, and when.
func (t *Timer) Running() (Time, bool) {
	if t == nil || t.index < 0 {
		return 0, false
	}
	return t.clock.heap[t.index].at, true
}

// The heap is written out rather than taken from container/heap, whose interface boxes every entry: scheduling
// is the busiest operation of a lab.

func (e *entry) before(f *entry) bool { return e.at < f.at || e.at == f.at && e.n < f.n }

func (c *Clock) push(t Time, e Event, timer *Timer) {
	if t < c.now {
		t = c.now
	}
	c.n++
	c.heap = append(c.heap, entry{t, c.n, e, timer})
	c.up(len(c.heap) - 1)
}

func (c *Clock) remove(i int) {
	last := len(c.heap) - 1
	c.set(i, c.heap[last])
	c.heap[last] = entry{}
	c.heap = c.heap[:last]
	if i < last {
		c.down(i)
		c.up(i)
	}
}

func (c *Clock) set(i int, e entry) {
	c.heap[i] = e
	if e.timer != nil {
		e.timer.index = i
	}
}

func (c *Clock) up(i int) {
	e := c.heap[i]
	for i > 0 {
		parent := (i - 1) / 2
		if !e.before(&c.heap[parent]) {
			break
		}
		c.set(i, c.heap[parent])
		i = parent
	}
	c.set(i, e)
}

func (c *Clock) down(i int) {
	e := c.heap[i]
	for {
		child := 2*i + 1
		if child >= len(c.heap) {
			break
		}
		if r := child + 1; r < len(c.heap) && c.heap[r].before(&c.heap[child]) {
			child = r
		}
		if !c.heap[child].before(&e) {
			break
		}
		c.set(i, c.heap[child])
		i = child
	}
	c.set(i, e)
}
