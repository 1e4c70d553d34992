package runner_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"

	"smtplab/sim/lab"
	"smtplab/sim/runner"
)

// wander does random things in a lab, and shows every moment at which somebody could have looked: the number of the
// newest event, when that was new.
func wander(tb *table, seed uint64, actions int, show func(seq uint64)) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	last := tb.last()
	pcs := []string{"pc1", "pc2", "pc3"}
	for i := range actions {
		pc, other := pcs[rnd.IntN(3)], pcs[rnd.IntN(3)]
		var a lab.Action
		switch rnd.IntN(12) {
		case 0, 1, 2:
			a = send(pc, other+"@email.com, nobody@email.com", fmt.Sprintf("mail %d", i))
		case 3:
			a = at(lab.Fetch, pc)
		case 4:
			a = lab.Action{Verb: lab.Read, Host: pc, N: 1}
		case 5:
			a = at(lab.Cut, pc)
		case 6:
			a = at(lab.Restore, pc)
		case 7:
			a = do(lab.Pause)
		case 8:
			a = do(lab.Skip)
		case 9:
			a = do(lab.Run)
		case 10:
			account := lab.Account{Server: "192.168.11.4", User: pc, Password: pc,
				SMTP: lab.Access{Port: 587, TLS: lab.TLSRequired, Login: "SCRAM-SHA-256"}, POP3: lab.Access{Port: 995, TLS: lab.TLSFirst}}
			a = lab.Action{Verb: lab.Setup, Host: pc, Settings: &lab.Settings{Account: &account}}
		default:
			a = do(lab.Step)
		}
		if code(tb.try(a)) == "" {
			for range rnd.IntN(4) {
				_ = tb.try(do(lab.Step)) // not while nothing is going on
			}
		}
		synctest.Wait()
		if now := tb.last(); now != last {
			last = now
			show(now)
		}
	}
}

// at looks at the lab of the past.
func (tb *table) at(seq uint64) *table {
	past := *tb
	past.a = tb.a.AsOf(seq)
	return &past
}

// TestPast looks back at every moment that was seen live: it is the same, whatever happened since, and also after a restart.
func TestPast(t *testing.T) {
	for seed := range uint64(3) {
		synctest.Test(t, func(t *testing.T) {
			tb := setTable(t)
			tb.act(speed(0))
			if seed%3 == 2 { // some labs were reset before
				tb.act(send("pc1", "pc2@email.com", "forgotten"), do(lab.Reset))
				synctest.Wait()
			}
			seen := map[uint64]string{}
			wander(tb, seed, 40, func(seq uint64) { seen[seq] = tb.whole() })
			if len(seen) < 10 {
				t.Fatalf("only %d moments", len(seen))
			}
			for _, when := range []string{"at once", "after a restart"} {
				for seq, want := range seen {
					same(t, fmt.Sprintf("seed %d, event %d, %s", seed, seq, when), tb.at(seq).whole(), want)
				}
				tb = tb.reload() // the last step's events are nobody's action, and so in no journal before it sleeps
			}
		})
	}
}

// TestFork makes new labs of moments of another. They have the same past and a future of their own.
func TestFork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := setTable(t)
		tb.act(speed(0))
		var seen []uint64
		wander(tb, 3, 40, func(seq uint64) { seen = append(seen, seq) })
		before := tb.whole()
		for _, seq := range []uint64{seen[0], seen[len(seen)/2], seen[len(seen)-1]} {
			want := tb.at(seq).whole()
			a, err := tb.r.Fork(t.Context(), tb.a.AsOf(seq))
			if err != nil {
				t.Fatal(err)
			}
			fork := &table{t: t, j: tb.j, r: tb.r, a: a}
			same(t, fmt.Sprintf("forked at %d", seq), fork.at(seq).whole(), want)
			fork.act(do(lab.Run), send("pc1", "pc3@email.com", "only here"))
			synctest.Wait()
			fork = fork.again()
			if fork.last() <= seq {
				t.Errorf("forked at %d: nothing happens in it", seq)
			}
		}
		same(t, "the original", tb.whole(), before)
		now, err := tb.r.Fork(t.Context(), tb.a)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "forked now", (&table{t: t, j: tb.j, r: tb.r, a: now}).whole(), before)
	})
}

// TestUndo takes back one thing after the other, over restarts, until the lab is as at first.
func TestUndo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := setTable(t)
		tb.act(speed(0), do(lab.Pause))
		var before []string
		for _, a := range []lab.Action{
			send("pc1", "pc2@email.com", "one"), at(lab.Cut, "pc3"), send("pc2", "pc1@email.com", "two"), at(lab.Restore, "pc3"), at(lab.Fetch, "pc1"),
		} {
			before = append(before, tb.whole())
			tb.act(a, do(lab.Step), do(lab.Step), do(lab.Step))
		}
		for i := len(before) - 1; i >= 0; i-- {
			if _, err := tb.r.Undo(t.Context(), tb.a); err != nil {
				t.Fatal(err)
			}
			same(t, fmt.Sprintf("undone %d", i), tb.whole(), before[i])
			tb = tb.reload()
			same(t, fmt.Sprintf("undone %d, and woken", i), tb.whole(), before[i])
			tb.view(func(l *lab.Lab) {
				if want := uint64(len(before) - i); l.Era() != want {
					t.Errorf("era %d, want %d", l.Era(), want)
				}
			})
		}
		if _, err := tb.r.Undo(t.Context(), tb.a); code(err) != "not_now" {
			t.Errorf("nothing is left to undo, and yet: %v", err)
		}
	})
}

// TestNoSuchPast asks for what was not, and for what a link does not allow.
func TestNoSuchPast(t *testing.T) {
	tb := setTable(t)
	tb.act(do(lab.Pause), send("pc1", "pc2@email.com", "one"))
	for _, seq := range []uint64{tb.last() + 1, 1 << 62} {
		if err := tb.r.View(t.Context(), tb.a.AsOf(seq), func(*lab.Lab) { t.Error("seen") }); !errors.Is(err, runner.ErrGone) {
			t.Errorf("event %d: %v", seq, err)
		}
		if _, err := tb.r.Fork(t.Context(), tb.a.AsOf(seq)); !errors.Is(err, runner.ErrGone) {
			t.Errorf("fork of event %d: %v", seq, err)
		}
	}
	tb.act(do(lab.Reset))
	if err := tb.r.View(t.Context(), tb.a.AsOf(1), func(*lab.Lab) { t.Error("seen") }); !errors.Is(err, runner.ErrGone) {
		t.Errorf("forgotten by the reset: %v", err)
	}
	past := tb.a.AsOf(tb.last())
	if err := tb.r.Act(t.Context(), past, do(lab.Run)); !errors.Is(err, runner.ErrPast) {
		t.Errorf("an action in the past: %v", err)
	}
	looker, err := tb.r.Open(t.Context(), tb.a.ViewID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tb.r.Fork(t.Context(), looker); !errors.Is(err, runner.ErrViewOnly) {
		t.Errorf("a fork by who may only look: %v", err)
	}
	if _, err := tb.r.Undo(t.Context(), looker); !errors.Is(err, runner.ErrViewOnly) {
		t.Errorf("undone by who may only look: %v", err)
	}
}

// TestImport keeps a lab as a history and makes another of it, also of one that another release recorded.
func TestImport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := setTable(t)
		tb.act(speed(0), send("pc1", "pc2@email.com", "kept"))
		synctest.Wait()
		tb.act(at(lab.Fetch, "pc2"))
		synctest.Wait()
		h, err := tb.r.History(t.Context(), tb.a)
		if err != nil {
			t.Fatal(err)
		}
		a, lost, err := tb.r.Import(t.Context(), h)
		if err != nil || lost != 0 {
			t.Fatal(lost, err)
		}
		same(t, "imported", (&table{t: t, j: tb.j, r: tb.r, a: a}).whole(), tb.whole())

		h.Actions[len(h.Actions)-1].Seq += 5
		if a, lost, err = tb.r.Import(t.Context(), h); err != nil || lost != 0 {
			t.Fatal(lost, err)
		}
		other := &table{t: t, j: tb.j, r: tb.r, a: a}
		if got, want := other.sent(), tb.sent(); got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
		h.Spec.Hosts = nil
		if _, _, err := tb.r.Import(t.Context(), h); code(err) != "limit" {
			t.Errorf("a lab without hosts: %v", err)
		}
	})
}

// BenchmarkPast looks at the newest event but one of labs of different sizes. It reports microseconds for each look, and for
// each event that had to happen again.
func BenchmarkPast(b *testing.B) {
	for _, mails := range []int{25, 100, 400} {
		b.Run(fmt.Sprintf("mails=%d", mails), func(b *testing.B) {
			tb := setTable(b)
			tb.act(speed(0))
			body := strings.Repeat("A line of a mail.\n", 20)
			for range mails {
				tb.act(lab.Action{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: "pc2@email.com", Subject: "x", Body: body}})
				for busy := true; busy; {
					tb.view(func(l *lab.Lab) { _, busy = l.Next(); busy = busy && !l.Wait().Idle })
				}
			}
			last := tb.last()
			looks := uint64(0)
			for b.Loop() { // at other moments each time, or it would be kept
				looks++
				tb.at(last - 1 - looks%20).view(func(*lab.Lab) {})
			}
			us := float64(b.Elapsed().Microseconds()) / float64(b.N)
			b.ReportMetric(float64(last), "events")
			b.ReportMetric(us, "µs/look")
			b.ReportMetric(us/float64(last), "µs/event")
			b.ReportMetric(0, "ns/op")
		})
	}
}
