package clock

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// Whatever is scheduled, moved and stopped, events run in the order of (time, number) and the clock never goes back.
func TestEventsRunInOrder(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 1))
		c := New(0)
		type ran struct {
			at Time
			n  int
		}
		var got []ran
		want := map[int]Time{}
		var timers []*Timer
		for n := range 100 {
			d := time.Duration(rng.IntN(20))
			note := Func(func() { got = append(got, ran{c.Now(), n}) })
			if rng.IntN(3) > 0 {
				c.After(d, note)
				want[n] = Time(d)
				continue
			}
			timer := c.NewTimer(note)
			timers = append(timers, timer)
			timer.Reset(d)
			want[n] = Time(d)
			switch other := timers[rng.IntN(len(timers))]; {
			case other == timer && rng.IntN(2) == 0:
				if !timer.Stop() {
					t.Fatal("a running timer says that it does not run")
				}
				delete(want, n)
			case other == timer:
				timer.Reset(d + 5)
				want[n] = Time(d) + 5
			}
		}
		for c.Step() {
		}
		if len(got) != len(want) {
			t.Fatalf("seed %d: %d events ran, want %d", seed, len(got), len(want))
		}
		for _, r := range got {
			if want[r.n] != r.at {
				t.Errorf("seed %d: event %d ran at %d, want %d", seed, r.n, r.at, want[r.n])
			}
		}
		if !slices.IsSortedFunc(got, func(a, b ran) int { return int(a.at - b.at) }) {
			t.Errorf("seed %d: time went back: %v", seed, got)
		}
	}
}

func TestSameInstantRunsFirstScheduledFirst(t *testing.T) {
	c := New(0)
	var got []int
	for i := range 10 {
		c.At(7, Func(func() { got = append(got, i) }))
	}
	for c.Step() {
	}
	if !slices.IsSorted(got) || len(got) != 10 {
		t.Errorf("ran in order %v", got)
	}
	if c.Steps() != 10 || c.Now() != 7 {
		t.Errorf("after 10 events: %d steps, time %d", c.Steps(), c.Now())
	}
}

func TestAdvanceToNeverPassesAnEvent(t *testing.T) {
	c := New(0)
	c.At(5, Func(func() {}))
	c.AdvanceTo(5)
	if c.Now() != 5 {
		t.Errorf("now %d, want 5", c.Now())
	}
	defer func() {
		if recover() == nil {
			t.Error("AdvanceTo passed over an event")
		}
	}()
	c.AdvanceTo(6)
}

// Two blocking conversations take turns only when the world gives them one.
func TestTurns(t *testing.T) {
	c := New(0)
	var got []string
	var a, b *Turn
	a = c.Go(func() {
		got = append(got, "a1")
		a.Wait()
		got = append(got, "a2")
		b.Wake()
	})
	b = c.Go(func() {
		got = append(got, "b1")
		a.Wake()
		b.Wait()
		got = append(got, "b2")
	})
	for c.Step() {
	}
	if want := []string{"a1", "b1", "a2", "b2"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if !a.Done() || !b.Done() || c.Turn() != nil {
		t.Error("a conversation is left over")
	}
}

func TestStopAbandonsAConversation(t *testing.T) {
	c := New(0)
	ended := false
	var turn *Turn
	turn = c.Go(func() {
		for turn.Wait() {
		}
		ended = true
	})
	c.Step()
	turn.Stop()
	if !ended || !turn.Done() {
		t.Error("the conversation goes on")
	}
	turn.Wake()
	if c.Pending() != 0 {
		t.Error("an abandoned conversation was woken")
	}
}

func BenchmarkStep(b *testing.B) {
	c := New(0)
	nothing := Func(func() {})
	for range 16 {
		c.After(time.Second, nothing)
	}
	b.ReportAllocs()
	for b.Loop() {
		c.After(time.Second, nothing)
		c.Step()
	}
}
