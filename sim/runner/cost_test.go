package runner_test

import (
	"fmt"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"smtplab/sim/journal"
	"smtplab/sim/lab"
	"smtplab/sim/runner"
)

// crowd is many labs in one runner on a journal in memory.
type crowd struct {
	r    *runner.Runner
	labs []runner.Access
}

func newCrowd(t testing.TB, n int, rest time.Duration) *crowd {
	t.Helper()
	c := &crowd{r: runner.New(runner.Options{
		Journal: journal.NewMemory(journal.Limits{}),
		Log:     slog.New(slog.DiscardHandler), Rest: rest, MaxAwake: n + 1,
	})}
	for i := range n {
		a, err := c.r.Create(t.Context(), lab.Default(fmt.Sprint("lab-", i), uint64(i), time.Now()))
		if err != nil {
			t.Fatal(err)
		}
		c.labs = append(c.labs, a)
	}
	return c
}

func (c *crowd) each(t testing.TB, f func(runner.Access) error) {
	t.Helper()
	for _, a := range c.labs {
		if err := f(a); err != nil {
			t.Fatal(err)
		}
	}
}

func (c *crowd) wakeAll(t testing.TB) {
	t.Helper()
	c.each(t, func(a runner.Access) error { return c.r.View(t.Context(), a, func(*lab.Lab) {}) })
}

// tenMails sends ten mails in each lab, until all is quiet. It reports how many lines a lab's trace has then.
func (c *crowd) tenMails(t testing.TB) (lines int) {
	t.Helper()
	c.each(t, func(a runner.Access) error {
		if err := c.r.Act(t.Context(), a, speed(0)); err != nil {
			return err
		}
		for i := range 10 {
			m := send("pc1", "pc2@email.com", fmt.Sprint("Mail number ", i))
			m.Mail.Body = fmt.Sprintf("Hello PC-2,\nthis is mail number %d, with a line or two of text.\nRegards, PC-1\n", i)
			if err := c.r.Act(t.Context(), a, m); err != nil {
				return err
			}
			settle(t, c.r, a)
		}
		return nil
	})
	err := c.r.View(t.Context(), c.labs[0], func(l *lab.Lab) {
		for e := range l.Trace().After(0) {
			if e.Line() {
				lines++
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// settle waits until nothing is going on in a lab.
func settle(t testing.TB, r *runner.Runner, a runner.Access) {
	t.Helper()
	news, stop, err := r.Watch(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	for {
		var busy bool
		err := r.View(t.Context(), a, func(l *lab.Lab) {
			next, ok := l.Next()
			busy = ok && next.Sub(l.Now()) < time.Second
		})
		if err != nil {
			t.Fatal(err)
		}
		if !busy {
			return
		}
		<-news
	}
}

func heap() uint64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkMemory reports what one lab costs, in octets: the journal in memory included.
func BenchmarkMemory(b *testing.B) {
	const n = 400
	for b.Loop() {
		empty := heap()
		per := func() float64 { return float64(heap()-empty) / n }

		c := newCrowd(b, n, time.Hour)
		b.ReportMetric(per(), "untouched-asleep-B")
		c.wakeAll(b)
		b.ReportMetric(per(), "untouched-awake-B")
		lines := c.tenMails(b)
		b.ReportMetric(per(), "ten-mails-awake-B")
		b.ReportMetric(float64(lines), "lines")
		if err := c.r.Close(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMemoryAsleep reports what a lab with ten mails costs while it sleeps.
func BenchmarkMemoryAsleep(b *testing.B) {
	const n = 400
	for b.Loop() {
		empty := heap()
		c := newCrowd(b, n, time.Millisecond)
		c.tenMails(b)
		for c.r.Stats().Awake > 0 {
			runtime.Gosched()
		}
		b.ReportMetric(float64(heap()-empty)/n, "ten-mails-asleep-B")
		if err := c.r.Close(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWake reports the time to wake a lab with ten mails.
func BenchmarkWake(b *testing.B) {
	c := newCrowd(b, 2, time.Hour)
	c.tenMails(b)
	one := runner.New(runner.Options{Journal: noClose{c.r.Journal}, Log: slog.New(slog.DiscardHandler), MaxAwake: 1})
	i := 0
	for b.Loop() { // each wakes while the other is put to sleep
		if err := one.View(b.Context(), c.labs[i%2], func(*lab.Lab) {}); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

type noClose struct{ journal.Journal }

func (noClose) Close() error { return nil }

// TestIdleLabsHoldNoGoroutine counts goroutines with a hundred labs awake, after each sent a mail.
func TestIdleLabsHoldNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	c := newCrowd(t, 100, time.Hour)
	defer c.r.Close(t.Context())
	c.wakeAll(t)
	c.each(t, func(a runner.Access) error {
		if err := c.r.Act(t.Context(), a, speed(0)); err != nil {
			return err
		}
		if err := c.r.Act(t.Context(), a, send("pc1", "pc2@email.com", "quiet")); err != nil {
			return err
		}
		settle(t, c.r, a)
		return nil
	})
	for runtime.NumGoroutine() > before { // a tick that is just ending
		if t.Context().Err() != nil {
			t.Fatalf("%d goroutines more than before", runtime.NumGoroutine()-before)
		}
		runtime.Gosched()
	}
	if n := c.r.Stats().Awake; n != 100 {
		t.Errorf("%d labs are awake", n)
	}
}
