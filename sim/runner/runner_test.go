package runner_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"smtplab/sim/journal"
	"smtplab/sim/lab"
	"smtplab/sim/runner"
	"smtplab/sim/trace"
)

func TestIDs(t *testing.T) {
	tb := setTable(t)
	a := tb.a
	if len(a.ID) != 26 || len(a.Key) != 26 || a.ViewID != "v-"+a.Key || !a.CanAct || strings.Contains(a.ViewID, a.ID) {
		t.Errorf("Create gives %+v", a)
	}
	if got, err := tb.r.Open(t.Context(), a.ID); err != nil || got != a {
		t.Errorf("Open: %+v, %v", got, err)
	}
	view, err := tb.r.Open(t.Context(), a.ViewID)
	if err != nil || view.Key != a.Key || view.CanAct || view.ID != a.ViewID || view.ViewID != a.ViewID {
		t.Errorf("Open for viewing: %+v, %v", view, err)
	}
	if err := tb.r.Act(t.Context(), view, do(lab.Pause)); !errors.Is(err, runner.ErrViewOnly) {
		t.Errorf("acting by a view-only link: %v", err)
	}
	if err := tb.r.View(t.Context(), view, func(*lab.Lab) {}); err != nil {
		t.Errorf("looking by a view-only link: %v", err)
	}
	for e, err := range tb.j.Read(t.Context(), a.Key, 0) {
		if err != nil || strings.Contains(string(e.Record), a.ID) {
			t.Errorf("the journal knows the editing id: %s, %v", e.Record, err)
		}
	}

	other := tb.create("other")
	swapped := a.ID[:25] + map[bool]string{true: "b", false: "a"}[a.ID[25] == 'a']
	for _, id := range []string{
		"", "x", "v-", swapped, a.Key, "v-" + a.ID, "v-" + other.ID, "V-" + a.Key, "v-v-" + a.Key, strings.ToUpper(a.ID),
		a.ID + "a", a.ID[1:], "../" + a.ID, a.ID + "\x00", "demo ", "Demo", "v-demo", strings.Repeat("a", 26), strings.Repeat("1", 26),
	} {
		if got, err := tb.r.Open(t.Context(), id); err != runner.ErrNotFound || got != (runner.Access{}) {
			t.Errorf("Open(%q): %+v, %v", id, got, err)
		}
	}
}

func TestUnknownLabLeavesNothingBehind(t *testing.T) {
	tb := setTable(t)
	nobody := runner.Access{Key: strings.Repeat("a", 26), CanAct: true}
	if err := tb.r.View(t.Context(), nobody, func(*lab.Lab) { t.Error("it was shown") }); !errors.Is(err, runner.ErrNotFound) {
		t.Errorf("View: %v", err)
	}
	for _, v := range []lab.Verb{lab.Run, lab.Reset} {
		if err := tb.r.Act(t.Context(), nobody, do(v)); !errors.Is(err, runner.ErrNotFound) {
			t.Errorf("%s: %v", v, err)
		}
	}
	if _, _, err := tb.r.Watch(t.Context(), nobody); !errors.Is(err, runner.ErrNotFound) {
		t.Errorf("Watch: %v", err)
	}
	if n := tb.r.Stats().Awake; n != 0 {
		t.Errorf("%d labs are awake", n)
	}
}

func TestDemoIsShared(t *testing.T) {
	tb := setTable(t)
	var wg sync.WaitGroup
	keys := make([]string, 8)
	for i := range keys {
		wg.Go(func() {
			a, err := tb.r.Open(t.Context(), "demo")
			if err != nil || !a.CanAct || a.ID != "demo" {
				t.Errorf("%+v, %v", a, err)
			}
			keys[i] = a.Key
			if err := tb.r.Act(t.Context(), a, send("pc1", "pc2@email.com", fmt.Sprint(i))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, k := range keys {
		if k != keys[0] {
			t.Errorf("two demo labs: %s and %s", k, keys[0])
		}
	}
	a, err := tb.r.Open(t.Context(), "v-"+keys[0])
	if err != nil {
		t.Fatal(err)
	}
	err = tb.r.View(t.Context(), a, func(l *lab.Lab) {
		if pc, _ := l.PC("pc1"); len(pc.Sent) != 8 {
			t.Errorf("%d mails were sent", len(pc.Sent))
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// TestMail is the classroom procedure, as fast as the machine can.
func TestMail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := setTable(t)
		tb.act(speed(0), send("pc1", "pc2@email.com", "Hi"))
		synctest.Wait()
		tb.act(at(lab.Fetch, "pc2"))
		synctest.Wait()
		tb.view(func(l *lab.Lab) {
			pc1, _ := l.PC("pc1")
			if len(pc1.Sent) != 1 || pc1.Sent[0].Outcome.Progress != lab.Accepted {
				t.Errorf("sent: %+v", pc1.Sent)
			}
			pc2, _ := l.PC("pc2")
			if len(pc2.Inbox) != 1 || !strings.Contains(string(pc2.Inbox[0].Raw), "Subject: Hi") {
				t.Errorf("inbox: %+v", pc2.Inbox)
			}
		})
	})
}

func TestMistakesAreNotWritten(t *testing.T) {
	tb := setTable(t)
	tb.act(do(lab.Pause))
	before := tb.j.appends.Load()
	for _, test := range []struct {
		code string
		a    lab.Action
	}{
		{"unknown_host", at(lab.Fetch, "pc9")},
		{"not_now", do(lab.Step)},
		{"unknown_mail", lab.Action{Verb: lab.Read, Host: "pc1", N: 1}},
		{"unknown_action", do("dance")},
		{"bad_speed", speed(-1)},
		{"too_big", lab.Action{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: "pc2@email.com", Body: strings.Repeat("\x01", 5<<20)}}},
	} {
		if err := tb.try(test.a); code(err) != test.code {
			t.Errorf("%s: %v, want %s", test.a.Verb, err, test.code)
		}
	}
	if n := tb.j.appends.Load() - before; n > 1 { // the journal itself refused the last
		t.Errorf("%d records were written", n)
	}
	tb.act(send("pc1", "pc2@email.com", "it goes on"))
}

func TestTrueDates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := setTable(t)
		began := time.Now()
		time.Sleep(100 * time.Second)
		tb.act(send("pc1", "pc2@email.com", "dated"))
		tb.view(func(l *lab.Lab) {
			pc, _ := l.PC("pc1")
			if got := l.Calendar(pc.Sent[0].At); got.Sub(began).Round(time.Second) != 100*time.Second {
				t.Errorf("sent at %v, which is %v after the beginning", got, got.Sub(began))
			}
		})
	})
}

func TestSpeed(t *testing.T) {
	for _, perSecond := range []float64{0.5, 3, 50, 400} {
		t.Run(fmt.Sprint(perSecond), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tb := setTable(t)
				tb.act(speed(perSecond), send("pc1", "pc2@email.com", "slow"))
				began, first := time.Now(), tb.segments()
				for n := 1; n <= 10; n++ {
					wait := time.Duration(float64(n)/perSecond*float64(time.Second)) + 20*time.Millisecond
					time.Sleep(time.Until(began.Add(wait)))
					synctest.Wait()
					// Several segments may be one line's work, such as an answer and the sign that it came.
					if got := tb.segments() - first; got < n || got > 2*n+10 {
						t.Fatalf("after %v: %d segments", wait, got)
					}
				}
			})
		})
	}
}

// segments counts what was sent.
func (tb *table) segments() (n int) {
	tb.t.Helper()
	tb.view(func(l *lab.Lab) {
		for e := range l.Trace().After(0) {
			if e.Kind == trace.Segment {
				n++
			}
		}
	})
	return n
}

func TestPauseAndStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := setTable(t)
		tb.act(send("pc1", "pc2@email.com", "halting"))
		time.Sleep(2 * time.Second)
		tb.act(do(lab.Pause))
		before := tb.whole()
		time.Sleep(time.Minute)
		same(t, "a paused lab", tb.whole(), before)

		for last := tb.last(); tb.goesOn(); {
			tb.act(do(lab.Step))
			now := tb.last()
			if now == last && tb.goesOn() {
				t.Fatal("a step showed nothing")
			}
			last = now
		}
		tb.view(func(l *lab.Lab) {
			if pc, _ := l.PC("pc1"); pc.Sent[0].Outcome.Progress != lab.Accepted {
				t.Errorf("stepped through, the mail is %+v", pc.Sent[0].Outcome)
			}
			if !l.Paused() {
				t.Error("stepping has ended the pause")
			}
		})
		tb.act(do(lab.Run), send("pc2", "pc1@email.com", "running"))
		time.Sleep(time.Minute)
		tb.view(func(l *lab.Lab) {
			if pc, _ := l.PC("pc2"); pc.Sent[0].Outcome.Progress != lab.Accepted {
				t.Errorf("running again, the mail is %+v", pc.Sent[0].Outcome)
			}
		})
	})
}

// goesOn reports whether something is near.
func (tb *table) goesOn() (near bool) {
	tb.t.Helper()
	tb.view(func(l *lab.Lab) {
		next, ok := l.Next()
		near = ok && next.Sub(l.Now()) < time.Second
	})
	return near
}

// stuck cuts PC-1's link in the middle of a conversation and lets the near things happen, so that the lab waits
// for a time-out.
func (tb *table) stuck() (wait time.Duration) {
	tb.t.Helper()
	tb.act(speed(1), send("pc1", "pc2@email.com", "cut off"))
	time.Sleep(8 * time.Second)
	tb.act(at(lab.Cut, "pc1"), speed(0))
	synctest.Wait()
	tb.view(func(l *lab.Lab) {
		next, ok := l.Next()
		if wait = next.Sub(l.Now()); !ok || wait < time.Second {
			tb.t.Fatalf("the lab does not wait: %v, %v", wait, ok)
		}
	})
	return wait
}

func TestFarTimersTakeRealTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := setTable(t)
		wait := tb.stuck()
		steps := tb.steps()
		time.Sleep(wait - time.Millisecond)
		synctest.Wait()
		if got := tb.steps(); got != steps {
			t.Errorf("%d events happened too early", got-steps)
		}
		tb.view(func(l *lab.Lab) {
			if in := l.Wait().In; in > 2*time.Millisecond {
				t.Errorf("the time-out is still %v away", in)
			}
		})
		time.Sleep(2 * time.Millisecond)
		synctest.Wait()
		if tb.steps() == steps {
			t.Error("the timer did not fire")
		}
	})
}

func TestPauseStopsFarTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := setTable(t)
		wait := tb.stuck()
		tb.act(do(lab.Pause))
		steps := tb.steps()
		time.Sleep(wait + time.Hour)
		if got := tb.steps(); got != steps {
			t.Errorf("%d events happened in a pause", got-steps)
		}
		tb.act(do(lab.Run))
		time.Sleep(wait - time.Millisecond)
		synctest.Wait()
		if got := tb.steps(); got != steps {
			t.Errorf("%d events happened: the pause was counted", got-steps)
		}
		time.Sleep(2 * time.Millisecond)
		synctest.Wait()
		if tb.steps() == steps {
			t.Error("the timer did not fire after the pause")
		}
	})
}

func TestSkip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := setTable(t)
		tb.stuck()
		steps, began := tb.steps(), time.Now()
		tb.act(do(lab.Skip))
		if tb.steps() == steps || time.Now() != began {
			t.Error("skip did not jump to the time-out")
		}
	})
}

func (tb *table) steps() (n uint64) {
	tb.t.Helper()
	tb.view(func(l *lab.Lab) { n = l.Steps() })
	return n
}

// TestSleepAndWake brings labs into many states by random actions, and compares each before and after a sleep.
func TestSleepAndWake(t *testing.T) {
	for seed := range uint64(25) {
		synctest.Test(t, func(t *testing.T) {
			tb := setTable(t)
			random := rand.New(rand.NewPCG(seed, 1))
			for range 4 {
				tb.play(random)
				tb.act(do(lab.Pause)) // or it would go on until it sleeps
				before := tb.whole()
				wakes := tb.r.Stats().Wakes
				time.Sleep(6 * time.Minute)
				synctest.Wait()
				if n := tb.r.Stats().Awake; n != 0 {
					t.Fatalf("%d labs are awake", n)
				}
				same(t, fmt.Sprintf("seed %d", seed), tb.whole(), before)
				if n := tb.r.Stats().Wakes; n != wakes+1 {
					t.Fatalf("woken %d times", n-wakes)
				}
				tb.act(do(lab.Run))
			}
		})
	}
}

// TestOrderlyEnd closes a runner in the middle of things and goes on in another.
func TestOrderlyEnd(t *testing.T) {
	for seed := range uint64(25) {
		synctest.Test(t, func(t *testing.T) {
			tb := setTable(t)
			tb.play(rand.New(rand.NewPCG(seed, 2)))
			before := tb.whole()
			tb.close()
			same(t, fmt.Sprintf("seed %d", seed), tb.again().whole(), before)
		})
	}
}

// TestCrash abandons a runner without closing it. Another one gets to the same place: what happened since the
// last record happens again, the same.
func TestCrash(t *testing.T) {
	for seed := range uint64(25) {
		synctest.Test(t, func(t *testing.T) {
			tb := setTable(t)
			tb.play(rand.New(rand.NewPCG(seed, 3)))
			time.Sleep(time.Duration(seed) * 100 * time.Millisecond)
			before, last := tb.events(), tb.last()
			crashed := &table{t: t, j: newKept(), a: tb.a}
			copyLog(t, crashed.j, tb.j, tb.a.Key)
			crashed = crashed.again()
			deadline := time.Now().Add(30 * time.Minute)
			for crashed.last() < last && time.Now().Before(deadline) {
				time.Sleep(time.Second)
			}
			after := crashed.events()
			if len(after) < len(before) {
				t.Fatalf("seed %d: %d events came again, of %d", seed, len(after), len(before))
			}
			same(t, fmt.Sprintf("seed %d", seed), strings.Join(after[:len(before)], "\n"), strings.Join(before, "\n"))
		})
	}
}

func copyLog(t *testing.T, to, from *kept, key string) {
	t.Helper()
	var last journal.Pos
	for e, err := range from.Read(t.Context(), key, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if last, err = to.Append(t.Context(), key, last, e.Record); err != nil {
			t.Fatal(err)
		}
	}
}

func (tb *table) events() (events []string) {
	tb.t.Helper()
	tb.view(func(l *lab.Lab) {
		for e := range l.Trace().After(0) {
			events = append(events, fmt.Sprintf("%+v", e))
		}
	})
	return events
}

// play does a dozen random things and lets some time pass between them.
func (tb *table) play(random *rand.Rand) {
	tb.t.Helper()
	pc := func() string { return fmt.Sprintf("pc%d", 1+random.IntN(3)) }
	for range 12 {
		var a lab.Action
		switch random.IntN(16) {
		case 0, 1, 2:
			a = send(pc(), pc()+"@email.com", fmt.Sprint("mail ", random.IntN(100)))
		case 3, 4:
			a = at(lab.Fetch, pc())
		case 5:
			a = lab.Action{Verb: lab.Read, Host: pc(), N: 1 + random.IntN(3)}
		case 6:
			a = lab.Action{Verb: lab.Delete, Host: pc(), N: 1 + random.IntN(3)}
		case 7:
			a = at([]lab.Verb{lab.Cut, lab.Restore, lab.Restore}[random.IntN(3)], pc())
		case 8:
			a = do([]lab.Verb{lab.Pause, lab.Step, lab.Skip, lab.Run, lab.Run}[random.IntN(5)])
		case 9, 10:
			a = speed([]float64{0, 0.5, 5, 100}[random.IntN(4)])
		case 11:
			if random.IntN(4) == 0 {
				a = do(lab.Reset)
			} else {
				a = do(lab.Run)
			}
		case 12:
			a = lab.Action{Verb: lab.Connect, Host: pc(), Target: []string{"email.com", "", "pc1\xff"}[random.IntN(3)], N: 25}
		case 13, 14:
			a = tb.typed(random)
		case 15:
			a = at(lab.Setup, "server")
			service := lab.DefaultService()
			service.ByHand = random.IntN(2) == 0
			a.Settings = &lab.Settings{Service: &service}
		}
		if err := tb.try(a); err != nil && code(err) == "" {
			tb.t.Fatalf("%+v: %v", a, err)
		}
		time.Sleep(time.Duration(random.IntN(4000)) * time.Millisecond)
		synctest.Wait()
	}
}

// typed is something that a person says at one end of the newest connection.
func (tb *table) typed(random *rand.Rand) lab.Action {
	tb.t.Helper()
	a := lab.Action{Verb: lab.Say, Host: "server", Data: []byte([]string{"220 email.com\r\n", "250 OK\r\n"}[random.IntN(2)])}
	tb.view(func(l *lab.Lab) {
		talks := l.Conversations()
		if len(talks) == 0 {
			return
		}
		c := talks[len(talks)-1]
		if a.Conn = c.Conn; random.IntN(2) == 0 {
			a.Host, a.Data = c.Client, []byte("EHLO x\r\nMAIL FROM:<>\n")
		}
	})
	return a
}

func TestSleepCountsAsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := setTable(t)
		tb.act(speed(0), send("pc1", "pc2@email.com", "then the link is cut"))
		tb.stuck()
		steps := tb.steps()
		tb.close()
		time.Sleep(24 * time.Hour)
		woken := tb.again()
		woken.view(func(*lab.Lab) {})
		synctest.Wait()
		if woken.steps() == steps {
			t.Error("a timer that was due while the lab slept did not fire")
		}
	})
}

// So it does when the last thing that happened before was an action, and when the lab woke meanwhile.
func TestSleepAfterAnActionCountsAsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := setTable(t)
		tb.act(speed(0), send("pc1", "pc2@email.com", "then the link is cut"))
		tb.stuck()
		tb.act(speed(0))
		steps := tb.steps()
		tb = tb.reload()
		tb.view(func(*lab.Lab) {})
		tb.close()
		time.Sleep(24 * time.Hour)
		woken := tb.again()
		woken.view(func(*lab.Lab) {})
		synctest.Wait()
		if woken.steps() == steps {
			t.Error("a timer that was due while the lab slept did not fire")
		}
	})
}

// TestFullJournal fills a journal with attachments: everybody can go on, and begin again.
func TestFullJournal(t *testing.T) {
	const limit = 1 << 20
	j := &kept{Memory: journal.NewMemory(journal.Limits{Octets: limit})}
	tb := &table{t: t, j: j, r: newRunner(t, runner.Options{Journal: j})}
	tb.a = tb.create("full")
	tb.act(speed(0))
	big := send("pc1", "pc2@email.com", "big")
	big.Mail.Files = []lab.File{{Name: "a.bin", Data: make([]byte, limit/4)}}
	var err error
	for n := 0; err == nil && n < 10; n++ {
		err = tb.try(big)
	}
	if !errors.Is(err, runner.ErrFull) {
		t.Fatalf("big mails: %v", err)
	}
	other := &table{t: t, j: j, r: tb.r, a: tb.create("other")}
	other.act(send("pc1", "pc2@email.com", "small"), do(lab.Reset))
	tb.act(do(lab.Pause), do(lab.Reset), big)
	tb.reload().view(func(l *lab.Lab) {
		if pc, _ := l.PC("pc1"); len(pc.Sent) != 1 || pc.Sent[0].Mail.Subject != "big" {
			t.Errorf("%d mails after the reset", len(pc.Sent))
		}
	})
}

func TestReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := setTable(t)
		tb.act(speed(2), send("pc1", "pc2@email.com", "interrupted"))
		time.Sleep(4200 * time.Millisecond) // between two lines
		before := tb.last()
		tb.act(do(lab.Reset))
		tb.view(func(l *lab.Lab) {
			if first := l.Trace().First(); first != before+1 {
				t.Errorf("the trace begins at %d, after %d", first, before)
			}
			if e := l.Trace().At(before + 1); e.Kind != trace.Reset {
				t.Errorf("it begins with %v", e.Kind)
			}
			if pc, _ := l.PC("pc1"); len(pc.Sent) != 0 || l.Speed() != 2 || l.Paused() {
				t.Errorf("after a reset: %d mails, speed %v, paused %v", len(pc.Sent), l.Speed(), l.Paused())
			}
		})
		n := 0
		for range tb.j.Read(t.Context(), tb.a.Key, 0) {
			n++
		}
		if n != 1 {
			t.Errorf("the journal has %d records", n)
		}
		tb.act(send("pc1", "pc2@email.com", "after"))
		time.Sleep(3 * time.Second)
		tb.act(do(lab.Pause))
		here := tb.whole()
		tb.close()
		same(t, "woken from a reset", tb.again().whole(), here)
	})
}

func TestTwoPeopleAtOnce(t *testing.T) {
	tb := setTable(t)
	tb.act(speed(0))
	var wg sync.WaitGroup
	for _, pc := range []string{"pc1", "pc2", "pc3"} {
		wg.Go(func() {
			for i := range 20 {
				if err := tb.try(send(pc, "pc1@email.com, pc2@email.com", fmt.Sprint(pc, " ", i))); err != nil && code(err) != "limit" {
					t.Error(err)
				}
				if err := tb.try(at(lab.Fetch, pc)); err != nil && code(err) == "" {
					t.Error(err)
				}
				tb.view(func(l *lab.Lab) { l.Hosts() })
			}
		})
	}
	wg.Wait()
	here := tb.events()
	tb.close()
	again := tb.again()
	again.view(func(l *lab.Lab) { l.Settle() })
	there := again.events()
	if len(there) < len(here) {
		t.Fatalf("%d events, then %d", len(here), len(there))
	}
	same(t, "replayed", strings.Join(there[:len(here)], "\n"), strings.Join(here, "\n"))
}

// TestTwoNodes lets two runners on one journal act in the same lab.
func TestTwoNodes(t *testing.T) {
	one := setTable(t)
	other := one.again()
	one.act(speed(0))
	for i := range 5 {
		one.act(send("pc1", "pc3@email.com", fmt.Sprint("one ", i)))
		other.act(send("pc2", "pc3@email.com", fmt.Sprint("other ", i)))
	}
	other.view(func(l *lab.Lab) {
		l.Settle()
		s, _ := l.Server("server")
		for _, m := range s.Mailboxes {
			if m.Address == "pc3@email.com" && m.Messages != 10 {
				t.Errorf("%d mails arrived", m.Messages)
			}
		}
	})
	one.act(send("pc1", "pc3@email.com", "last"), do(lab.Pause)) // or their times would follow the wall
	one.close()
	same(t, "the other node", other.reload().whole(), one.again().whole())
}

// reload makes the runner read the journal anew.
func (tb *table) reload() *table {
	tb.t.Helper()
	tb.close()
	return tb.again()
}

func TestManyLabs(t *testing.T) {
	tb := setTable(t)
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			a, err := tb.r.Create(t.Context(), lab.Default(fmt.Sprint(i), uint64(i), time.Now()))
			if err != nil {
				t.Error(err)
				return
			}
			news, stop, err := tb.r.Watch(t.Context(), a)
			if err != nil {
				t.Error(err)
				return
			}
			defer stop()
			for _, act := range []lab.Action{speed(0), send("pc1", "pc2@email.com", fmt.Sprint(i))} {
				if err := tb.r.Act(t.Context(), a, act); err != nil {
					t.Error(err)
				}
			}
			for done := false; !done; {
				<-news
				err := tb.r.View(t.Context(), a, func(l *lab.Lab) {
					pc, _ := l.PC("pc1")
					done = len(pc.Sent) == 1 && pc.Sent[0].Outcome.Progress == lab.Accepted
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestBusyAndSleepy puts labs to sleep all the time while people act in them: nothing is lost.
func TestBusyAndSleepy(t *testing.T) {
	j := newKept()
	tb := &table{t: t, j: j, r: newRunner(t, runner.Options{Journal: j, Rest: time.Microsecond, MaxAwake: 4})}
	var wg sync.WaitGroup
	var labs []*table
	for i := range 3 {
		l := &table{t: t, j: j, r: tb.r, a: tb.create(fmt.Sprint(i))}
		labs = append(labs, l)
		for _, pc := range []string{"pc1", "pc2"} {
			wg.Go(func() {
				for n := range 50 {
					if err := l.try(at(lab.Fetch, pc)); err != nil && code(err) != "not_now" {
						t.Error(err)
					}
					if err := l.try(speed(float64(n % 2 * 1000))); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	wg.Wait()
	for _, l := range labs {
		l.act(do(lab.Pause))
		here := l.whole()
		there := &table{t: t, j: newKept(), a: l.a}
		copyLog(t, there.j, j, l.a.Key)
		same(t, "replayed", there.again().whole(), here)
	}
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := setTable(t)
		news, stop, err := tb.r.Watch(t.Context(), tb.a)
		if err != nil {
			t.Fatal(err)
		}
		idle, stopIdle, err := tb.r.Watch(t.Context(), tb.a)
		if err != nil {
			t.Fatal(err)
		}
		tb.act(send("pc1", "pc2@email.com", "watched"))
		seen := tb.last()
		<-news
		for range 10 {
			<-news
			if now := tb.last(); now <= seen {
				t.Errorf("news, but event %d is still the last", now)
			} else {
				seen = now
			}
		}
		time.Sleep(time.Hour) // a lab that is watched stays awake, and nobody waits for who does not look
		if tb.r.Stats().Awake != 1 || tb.r.Stats().Watchers != 2 {
			t.Errorf("%+v", tb.r.Stats())
		}
		<-idle
		select {
		case <-idle:
			t.Error("news was kept twice")
		default:
		}
		stop()
		stop()
		stopIdle()
		time.Sleep(10 * time.Minute)
		if s := tb.r.Stats(); s.Awake != 0 || s.Watchers != 0 {
			t.Errorf("nobody watches, and %+v", s)
		}
	})
}

func TestCaps(t *testing.T) {
	j := newKept()
	tb := &table{t: t, j: j, r: newRunner(t, runner.Options{Journal: j, MaxAwake: 3, MaxLabs: 5})}
	var labs []*table
	for i := range 5 {
		labs = append(labs, &table{t: t, j: j, r: tb.r, a: tb.create(fmt.Sprint(i))})
	}
	if _, err := tb.r.Create(t.Context(), lab.Default("sixth", 1, time.Now())); !errors.Is(err, runner.ErrFull) {
		t.Errorf("a sixth lab: %v", err)
	}
	for _, l := range labs {
		l.act(send("pc1", "pc2@email.com", "all have their turn"))
	}
	if n := tb.r.Stats().Awake; n != 3 {
		t.Errorf("%d labs are awake", n)
	}
	var stops []func()
	for _, l := range labs[:3] {
		_, stop, err := tb.r.Watch(t.Context(), l.a)
		if err != nil {
			t.Fatal(err)
		}
		stops = append(stops, stop)
	}
	if err := labs[3].try(do(lab.Pause)); !errors.Is(err, runner.ErrFull) {
		t.Errorf("all are in use, and a fourth: %v", err)
	}
	stops[0]()
	labs[3].act(do(lab.Pause))
	for _, stop := range stops[1:] {
		stop()
	}
}

// TestForget lets labs lie about, and makes others.
func TestForget(t *testing.T) {
	const day = 24 * time.Hour
	synctest.Test(t, func(t *testing.T) {
		j := newKept()
		r := newRunner(t, runner.Options{Journal: j, Unused: 7 * day, MaxLabs: 4})
		make := func(name string) *table {
			tb := &table{t: t, j: j, r: r}
			tb.a = tb.create(name)
			return tb
		}
		there := func(tb *table) bool {
			_, err := r.Open(t.Context(), tb.a.ViewID)
			if err != nil && !errors.Is(err, runner.ErrNotFound) {
				t.Fatal(err)
			}
			return err == nil
		}
		left, watched, used := make("left"), make("watched"), make("used")
		_, stop, err := r.Watch(t.Context(), watched.a)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(6 * day)
		used.view(func(*lab.Lab) {})
		time.Sleep(2 * day)
		fourth := make("fourth")
		if there(left) || !there(watched) || !there(used) {
			t.Errorf("after a week: %t %t %t, want only the first gone", there(left), there(watched), there(used))
		}
		if err := left.try(do(lab.Run)); !errors.Is(err, runner.ErrNotFound) {
			t.Errorf("acting in a lab that is gone: %v", err)
		}
		stop()
		time.Sleep(time.Hour) // the lab that was watched is in use until it sleeps
		fifth := make("fifth")
		if _, err := r.Create(t.Context(), lab.Default("sixth", 1, time.Now())); !errors.Is(err, runner.ErrFull) {
			t.Errorf("all were used on this day, and another one: %v", err)
		}
		time.Sleep(day)
		fourth.view(func(*lab.Lab) {})
		fifth.view(func(*lab.Lab) {})
		make("sixth")
		if !there(used) && there(watched) && there(fourth) && there(fifth) {
			return
		}
		t.Errorf("there are %t %t %t %t, want only the first gone", there(used), there(watched), there(fourth), there(fifth))
	})
}

func TestJournalFails(t *testing.T) {
	tb := setTable(t)
	tb.act(speed(0), send("pc1", "pc2@email.com", "kept"))
	broken := errors.New("disk on fire")
	tb.j.fail = func() error { return broken }
	if err := tb.try(send("pc1", "pc2@email.com", "lost")); !errors.Is(err, broken) {
		t.Errorf("error: %v", err)
	}
	tb.j.fail = func() error { return journal.ErrFull }
	if err := tb.try(send("pc1", "pc2@email.com", "lost")); !errors.Is(err, runner.ErrFull) {
		t.Errorf("error: %v", err)
	}
	tb.j.fail = nil
	tb.act(send("pc1", "pc2@email.com", "goes on"))
	tb.view(func(l *lab.Lab) {
		pc, _ := l.PC("pc1")
		if len(pc.Sent) != 2 || pc.Sent[0].Mail.Subject != "kept" || pc.Sent[1].Mail.Subject != "goes on" {
			t.Errorf("sent: %+v", pc.Sent)
		}
	})
}

func TestBroken(t *testing.T) {
	tb := setTable(t)
	other := tb.create("other")
	tb.act(speed(0), send("pc1", "pc2@email.com", "before"))
	last := tb.last()
	news, stop, err := tb.r.Watch(t.Context(), tb.a)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	tb.j.fail = func() error { panic("a fault of ours") }
	err = tb.try(do(lab.Pause))
	b, ok := errors.AsType[*runner.Broken](err)
	if !ok || b.Ref == "" {
		t.Fatalf("error: %v", err)
	}
	tb.j.fail = nil
	<-news
	for name, f := range map[string]func() error{
		"act":  func() error { return tb.try(do(lab.Run)) },
		"view": func() error { return tb.r.View(t.Context(), tb.a, func(*lab.Lab) { t.Error("it was shown") }) },
	} {
		if got, ok := errors.AsType[*runner.Broken](f()); !ok || *got != *b {
			t.Errorf("%s: %v, want %v", name, got, b)
		}
	}
	if err := tb.r.Act(t.Context(), other, do(lab.Pause)); err != nil {
		t.Errorf("another lab: %v", err)
	}
	tb.act(do(lab.Reset))
	<-news
	tb.act(send("pc1", "pc2@email.com", "after"))
	tb.view(func(l *lab.Lab) {
		if pc, _ := l.PC("pc1"); len(pc.Sent) != 1 || l.Trace().First() <= last {
			t.Errorf("%d mails, the trace begins at %d after %d", len(pc.Sent), l.Trace().First(), last)
		}
		if l.Speed() != lab.DefaultSpeed {
			t.Errorf("after the reset the speed is %v", l.Speed())
		}
	})
	here := tb.whole()
	same(t, "woken after it broke", tb.reload().whole(), here)
}

func TestUnreadableJournal(t *testing.T) {
	for name, record := range map[string]string{
		"no JSON":              `{"do":`,
		"a spec of the future": `{"v":9,"spec":{"name":"new"}}`,
		"nothing at all":       `{}x`,
	} {
		t.Run(name, func(t *testing.T) {
			tb := setTable(t)
			last, err := tb.j.Last(t.Context(), tb.a.Key)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tb.j.Append(t.Context(), tb.a.Key, last, []byte(record)); err != nil {
				t.Fatal(err)
			}
			if _, ok := errors.AsType[*runner.Broken](tb.r.View(t.Context(), tb.a, func(*lab.Lab) {})); !ok {
				t.Error("it was shown")
			}
			tb.act(do(lab.Reset), send("pc1", "pc2@email.com", "after"))
		})
	}
	t.Run("no beginning", func(t *testing.T) {
		tb := setTable(t)
		if err := tb.j.Delete(t.Context(), tb.a.Key); err != nil {
			t.Fatal(err)
		}
		if _, err := tb.j.Append(t.Context(), tb.a.Key, 0, []byte(`{"do":{"verb":"run"}}`)); err != nil {
			t.Fatal(err)
		}
		if _, ok := errors.AsType[*runner.Broken](tb.try(do(lab.Reset))); !ok {
			t.Error("it was reset")
		}
	})
}

func TestPanicInView(t *testing.T) {
	tb := setTable(t)
	err := tb.r.View(t.Context(), tb.a, func(*lab.Lab) { panic("in a page") })
	if _, ok := errors.AsType[*runner.Broken](err); !ok {
		t.Errorf("error: %v", err)
	}
	tb.act(send("pc1", "pc2@email.com", "the lab is well"))
}

func TestClosed(t *testing.T) {
	tb := setTable(t)
	_, stop, err := tb.r.Watch(t.Context(), tb.a)
	if err != nil {
		t.Fatal(err)
	}
	tb.close()
	tb.close()
	if err := tb.try(do(lab.Pause)); !errors.Is(err, runner.ErrClosed) {
		t.Errorf("Act: %v", err)
	}
	if err := tb.r.View(t.Context(), tb.a, func(*lab.Lab) {}); !errors.Is(err, runner.ErrClosed) {
		t.Errorf("View: %v", err)
	}
	stop()
}

// TestHangUp cancels the request of an action, which is done all the same.
func TestHangUp(t *testing.T) {
	tb := setTable(t)
	ctx, cancel := context.WithCancel(t.Context())
	tb.j.fail = func() error { cancel(); return nil }
	if err := tb.r.Act(ctx, tb.a, do(lab.Pause)); err != nil {
		t.Fatal(err)
	}
	tb.view(func(l *lab.Lab) {
		if !l.Paused() {
			t.Error("the action was dropped")
		}
	})
}

// TestOctetsThatAreNoText sends what JSON cannot hold, and finds after a wake what it found before.
func TestOctetsThatAreNoText(t *testing.T) {
	tb := setTable(t)
	tb.act(speed(0))
	err := tb.try(lab.Action{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{
		To: "pc2@email.com", Subject: "\xff<&>\u2028", Body: "caf\xe9 \xf0\x9f\n",
		Files: []lab.File{{Name: "a\xff.bin", Data: []byte{0, 255, 13, 10}}},
	}})
	if err != nil && code(err) == "" {
		t.Fatal(err)
	}
	tb.act(lab.Action{Verb: lab.Pause}) // wherever it is: a lab that goes on is another one a moment later
	tb.act(lab.Action{Verb: lab.Note, N: 1, Text: "\xff<&>\u2028\r\n caf\xe9"}, lab.Action{Verb: lab.Pin, N: 2})
	here := tb.whole()
	same(t, "woken", tb.reload().whole(), here)
}
