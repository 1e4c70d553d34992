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
	slots []slot
	free  int32 // the first unused slot, plus 1
	turn  *Turn // the conversation whose turn it is, if any
}

// entry is an event's place in the order. Entries are moved about all the time, so they have no pointers: the event
// itself stays in its slot.
type entry struct {
	at   Time
	n    uint64
	slot int32
}

// slot holds what an entry stands for.
type slot struct {
	event Event
	index int32 // of the entry in the heap; of an unused slot, the next unused one plus 1
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
func (c *Clock) At(t Time, e Event) { c.push(t, c.take(e)) }

// After schedules e after d of lab time.
func (c *Clock) After(d time.Duration, e Event) { c.At(c.now.Add(d), e) }

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
	next := c.heap[0]
	event := c.slots[next.slot].event
	c.remove(0)
	c.now = next.at
	c.steps++
	event.Run()
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
	slot  int32 // plus 1; 0 when the timer is not running
}

// NewTimer returns a timer for e that is not running.
func (c *Clock) NewTimer(e Event) *Timer {
	t := new(Timer)
	t.Init(c, e)
	return t
}

// Init makes t a timer for e that is not running.
func (t *Timer) Init(c *Clock, e Event) { *t = Timer{clock: c, event: e} }

// Run is the timer's time: Step calls it.
func (t *Timer) Run() {
	t.slot = 0
	t.event.Run()
}

// Reset makes the timer run d from now, whether or not it was running.
func (t *Timer) Reset(d time.Duration) {
	c := t.clock
	if t.slot == 0 {
		slot := c.take(t)
		c.push(c.now.Add(d), slot)
		t.slot = slot + 1
		return
	}
	i := int(c.slots[t.slot-1].index)
	c.n++
	c.heap[i].at, c.heap[i].n = c.now.Add(d), c.n
	c.down(i)
	c.up(i)
}

// Stop makes the timer not run. It reports whether it was running.
func (t *Timer) Stop() bool {
	if t == nil || t.slot == 0 {
		return false
	}
	t.clock.remove(int(t.clock.slots[t.slot-1].index))
	t.slot = 0
	return true
}

// Running reports whether the timer will run, and when.
func (t *Timer) Running() (Time, bool) {
	if t == nil || t.slot == 0 {
		return 0, false
	}
	c := t.clock
	return c.heap[c.slots[t.slot-1].index].at, true
}

// take puts an event in an unused slot.
func (c *Clock) take(e Event) int32 {
	if c.free == 0 {
		c.slots = append(c.slots, slot{event: e})
		return int32(len(c.slots) - 1)
	}
	i := c.free - 1
	c.free = c.slots[i].index
	c.slots[i].event = e
	return i
}

// The heap is written out rather than taken from container/heap, whose interface boxes every entry: scheduling
// is the busiest operation of a lab.

func (e *entry) before(f *entry) bool { return e.at < f.at || e.at == f.at && e.n < f.n }

func (c *Clock) push(t Time, slot int32) {
	c.n++
	c.heap = append(c.heap, entry{max(t, c.now), c.n, slot})
	c.up(len(c.heap) - 1)
}

// remove takes entry i out of the heap, and its event out of its slot.
func (c *Clock) remove(i int) {
	s := c.heap[i].slot
	c.slots[s] = slot{index: c.free}
	c.free = s + 1
	last := len(c.heap) - 1
	moved := c.heap[last]
	c.heap = c.heap[:last]
	if i < last {
		c.set(i, moved)
		c.down(i)
		c.up(i)
	}
}

func (c *Clock) set(i int, e entry) {
	c.heap[i] = e
	c.slots[e.slot].index = int32(i)
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
