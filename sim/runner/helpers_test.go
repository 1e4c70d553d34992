package runner_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"smtplab/sim/journal"
	"smtplab/sim/lab"
	"smtplab/sim/runner"
)

// kept is a journal that outlives the runners of a test, and that fails on demand.
type kept struct {
	*journal.Memory
	appends atomic.Int64
	fail    func() error // asked before every record; may panic
}

func newKept() *kept { return &kept{Memory: journal.NewMemory(journal.Limits{})} }

func (k *kept) Append(ctx context.Context, lab string, after journal.Pos, record []byte) (journal.Pos, error) {
	k.appends.Add(1)
	if k.fail != nil {
		if err := k.fail(); err != nil {
			return 0, err
		}
	}
	return k.Memory.Append(ctx, lab, after, record)
}

func (k *kept) Restart(ctx context.Context, lab string, after journal.Pos, record []byte) (journal.Pos, error) {
	if k.fail != nil {
		if err := k.fail(); err != nil {
			return 0, err
		}
	}
	return k.Memory.Restart(ctx, lab, after, record)
}

func (k *kept) Close() error { return nil }

// table is a runner with a lab in it.
type table struct {
	t testing.TB
	j *kept
	r *runner.Runner
	a runner.Access
}

func newRunner(t testing.TB, o runner.Options) *runner.Runner {
	t.Helper()
	o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	r := runner.New(o)
	t.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r
}

func setTable(t testing.TB) *table {
	t.Helper()
	j := newKept()
	tb := &table{t: t, j: j, r: newRunner(t, runner.Options{Journal: j})}
	tb.a = tb.create("test")
	return tb
}

func (tb *table) create(name string) runner.Access {
	tb.t.Helper()
	a, err := tb.r.Create(tb.t.Context(), lab.Default(name, 7, time.Now()))
	if err != nil {
		tb.t.Fatal(err)
	}
	return a
}

// again is the same lab in another runner on the same journal, as after a restart or on another node.
func (tb *table) again() *table {
	tb.t.Helper()
	return &table{t: tb.t, j: tb.j, r: newRunner(tb.t, runner.Options{Journal: tb.j}), a: tb.a}
}

func (tb *table) close() {
	tb.t.Helper()
	if err := tb.r.Close(context.Background()); err != nil {
		tb.t.Fatal(err)
	}
}

func (tb *table) try(a lab.Action) error { return tb.r.Act(tb.t.Context(), tb.a, a) }

func (tb *table) act(actions ...lab.Action) {
	tb.t.Helper()
	for _, a := range actions {
		if err := tb.try(a); err != nil {
			tb.t.Fatalf("%s: %v", a.Verb, err)
		}
	}
}

func (tb *table) view(f func(*lab.Lab)) {
	tb.t.Helper()
	if err := tb.r.View(tb.t.Context(), tb.a, f); err != nil {
		tb.t.Fatal(err)
	}
}

// last is the number of the newest event.
func (tb *table) last() (seq uint64) {
	tb.t.Helper()
	tb.view(func(l *lab.Lab) { seq = l.Trace().Last() })
	return seq
}

// whole is everything that can be seen of the lab: the trace event for event, the views, the controls.
func (tb *table) whole() string {
	tb.t.Helper()
	var s string
	tb.view(func(l *lab.Lab) { s = whole(tb.t, l) })
	return s
}

func whole(t testing.TB, l *lab.Lab) string {
	all := map[string]any{
		"steps": l.Steps(), "paused": l.Paused(), "speed": l.Speed(), "now": l.Now(), "wait": l.Wait(),
		"hosts": l.Hosts(), "notices": l.Notices(0), "conversations": l.Conversations(),
	}
	all["annotations"], _ = l.Annotations()
	var events []string
	for e := range l.Trace().After(0) {
		events = append(events, fmt.Sprintf("%+v %q", e, e.Raw))
	}
	all["events"] = events
	for _, h := range l.Hosts() {
		if pc, ok := l.PC(h.ID); ok {
			all[h.ID] = pc
		}
		if s, ok := l.Server(h.ID); ok {
			all[h.ID] = s
		}
	}
	b, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// same fails unless two wholes are equal, and shows where they part.
func same(t testing.TB, what, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	i := 0
	for i < min(len(got), len(want)) && got[i] == want[i] {
		i++
	}
	from := max(0, i-100)
	t.Errorf("%s: not the same at octet %d:\n got …%s\nwant …%s", what, i, clip(got[from:]), clip(want[from:]))
}

func clip(s string) string { return s[:min(len(s), 300)] }

func send(from, to, subject string) lab.Action {
	return lab.Action{Verb: lab.Send, Host: from, Mail: &lab.Mail{To: to, Subject: subject, Body: "Hello,\nthis is a test.\n"}}
}

func do(v lab.Verb) lab.Action              { return lab.Action{Verb: v} }
func at(v lab.Verb, host string) lab.Action { return lab.Action{Verb: v, Host: host} }
func speed(linesPerSecond float64) lab.Action {
	return lab.Action{Verb: lab.Speed, Speed: linesPerSecond}
}

// code is the code of a mistake, or "" for another error.
func code(err error) string {
	if m, ok := errors.AsType[*lab.Mistake](err); ok {
		return m.Code
	}
	return ""
}
