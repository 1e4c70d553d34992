package exercise

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"smtplab/sim/journal"
	"smtplab/sim/lab"
	"smtplab/sim/runner"
)

// benchmarked is an exercise with checks as most have them.
const benchmarked = `---
title: Benchmark
stage: X
minutes: 1
checks:
  - id: sent
    says: x
    needs: |
      dialogue from pc1 to 25
        MAIL FROM:<pc1@email.com> -> 250
        RCPT TO:<pc2@email.com> -> 250
        EOD -> 250
        one transaction
  - id: stored
    says: x
    needs: |
      mail in pc2
        subject has {word}
  - id: quiet
    says: x
    needs: |
      no mail in pc3
        subject has {word}
  - id: said
    says: x
    needs: answer how is TCP
ask:
  - id: how
    text: How?
solution: |
  pc1 sends to=pc2@email.com subject="Hello {word}"
---
Promise.

## What to do

Send it.
`

// BenchmarkJudge has conversations run and judged, in the same run, and reports the time of judging as a part of the time
// of running, in percent: as the program runs them, by a runner with its journal in memory, and by nobody but the lab
// itself, which is the least that a mail can cost. They are judged as the program does it, after each action, with a sentence on what is
// missing then. Every conversation is the first that its judge sees, so that all of it is followed.
func BenchmarkJudge(b *testing.B) {
	for _, c := range []struct {
		name     string
		runner   bool
		converse func(*benchRun)
	}{
		{"typed", true, (*benchRun).typed},
		{"sent", true, (*benchRun).sends},
		{"typed/lab", false, (*benchRun).typed},
		{"sent/lab", false, (*benchRun).sends},
	} {
		b.Run(c.name, func(b *testing.B) {
			run := newBenchRun(b)
			if c.runner {
				run.inRunner()
			}
			for b.Loop() {
				run.converse(c.converse)
			}
			run.report()
		})
	}
}

// BenchmarkJudgeAll judges whole runs of several lengths, after the last event and after each. What an event costs has to
// stay the same.
func BenchmarkJudgeAll(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		run := newBenchRun(b)
		run.judge = run.exercise.Judge()
		for range n {
			run.sends()
		}
		events := run.lab.Trace().Len()
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				run.exercise.Judge().Update(run.lab)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*events), "ns/event")
		})
	}
}

// benchRun is a lab with conversations, and how long they and their judging took.
type benchRun struct {
	*testing.B
	exercise     *Exercise
	lab          *lab.Lab
	act          func(lab.Action) // until all has come to rest
	view         func(func(*lab.Lab))
	sent         int
	conn         uint32
	judge        *Judge
	stands       []Verdict
	run, judging time.Duration
}

func newBenchRun(b *testing.B) *benchRun {
	e, err := Parse("benchmark.md", []byte(benchmarked))
	if err != nil {
		b.Fatal(err)
	}
	r := &benchRun{B: b, exercise: e}
	r.act = func(a lab.Action) {
		if err := r.lab.Apply(a); err != nil {
			b.Fatal(err)
		}
		r.lab.Settle()
	}
	r.view = func(look func(*lab.Lab)) { look(r.lab) }
	if r.lab, err = e.Run("bench", verifySeed, start); err != nil {
		b.Fatal(err)
	}
	return r
}

// inRunner has the lab run as the program does.
func (r *benchRun) inRunner() {
	ctx := r.Context()
	host := runner.New(runner.Options{Journal: journal.NewMemory(journal.Limits{}), Log: slog.New(slog.DiscardHandler)})
	r.Cleanup(func() { host.Close(ctx) })
	access, err := host.Create(ctx, r.exercise.Spec("bench", verifySeed, start))
	if err != nil {
		r.Fatal(err)
	}
	r.view = func(look func(*lab.Lab)) {
		if err := host.View(ctx, access, look); err != nil {
			r.Fatal(err)
		}
	}
	news, stop, err := host.Watch(ctx, access)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(stop)
	r.act = func(a lab.Action) {
		if err := host.Act(ctx, access, a); err != nil {
			r.Fatal(err)
		}
		for busy := true; busy; {
			r.view(func(l *lab.Lab) {
				next, ok := l.Next()
				busy = ok && next.Sub(l.Now()) < time.Second
			})
			if busy {
				<-news
			}
		}
	}
	r.act(lab.Action{Verb: lab.Speed})
}

// sends has a program send a mail.
func (r *benchRun) sends() {
	r.do(lab.Action{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: "pc2@email.com", Subject: "Hello " + Word(verifySeed), Body: "My first mail."}})
}

// typed is the same by hand.
func (r *benchRun) typed() {
	r.do(lab.Action{Verb: lab.Connect, Host: "pc1", N: 25})
	r.conn++
	for _, line := range []string{"EHLO pc1.email.com", "MAIL FROM:<pc1@email.com>", "RCPT TO:<pc2@email.com>", "DATA", "Subject: Hello " + Word(verifySeed) + "\r\n\r\nMy first mail.\r\n.", "QUIT"} {
		r.do(lab.Action{Verb: lab.Say, Host: "pc1", Conn: r.conn, Data: []byte(line + "\r\n")})
	}
}

// do acts, and has what came of it judged.
func (r *benchRun) do(a lab.Action) {
	begin := time.Now()
	r.act(a)
	r.run += time.Since(begin)
	r.view(func(l *lab.Lab) {
		begin := time.Now()
		r.stands = r.judge.Update(l)
		r.judging += time.Since(begin)
	})
}

func (r *benchRun) converse(how func(*benchRun)) {
	if r.sent++; r.sent%200 == 0 {
		r.act(lab.Action{Verb: lab.Reset})
		r.conn = 0
	}
	r.judge = r.exercise.Judge()
	r.view(func(l *lab.Lab) {
		r.judge.begin(l)
		r.judge.seen = l.Trace().Last()
	})
	how(r)
	if !r.stands[0].Met || !r.stands[1].Met || !r.stands[2].Met {
		r.Fatalf("%+v", r.stands)
	}
}

func (r *benchRun) report() {
	r.ReportMetric(float64(r.run.Nanoseconds())/float64(r.N), "run-ns/op")
	r.ReportMetric(float64(r.judging.Nanoseconds())/float64(r.N), "judge-ns/op")
	r.ReportMetric(100*float64(r.judging)/float64(r.run), "judge-%")
}
