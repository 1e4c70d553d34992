package lab_test

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"smtplab/sim/clock"
	"smtplab/sim/lab"
	"smtplab/sim/trace"
	"smtplab/sim/vnet"
)

// Faults, injected at every step of what is going on. Each must come to an end, be told in words, and leave nothing
// behind.

// steps runs n events, as far as there are any.
func steps(l *lab.Lab, n int) {
	for range n {
		l.Step()
	}
}

// countSteps is how many events it takes until an action has settled.
func countSteps(t *testing.T, prepare func(*lab.Lab), a lab.Action) int {
	t.Helper()
	l := newLab(t)
	prepare(l)
	before := l.Steps()
	do(t, l, a)
	return int(l.Steps() - before)
}

// apply applies an action, which then has yet to happen.
func apply(t testing.TB, l *lab.Lab, a lab.Action) {
	t.Helper()
	if err := l.Apply(a); err != nil {
		t.Fatalf("%s: %v", a.Verb, err)
	}
}

// after lets lab time pass.
func after(l *lab.Lab, d time.Duration) {
	end := l.Now().Add(d)
	for {
		next, ok := l.Next()
		if !ok || next > end {
			l.AdvanceTo(end)
			return
		}
		l.Step()
	}
}

// skipToEnd uses the button for it until nothing is left to skip.
func skipToEnd(t testing.TB, l *lab.Lab) {
	t.Helper()
	for range 10_000 {
		if err := l.Check(lab.Action{Verb: lab.Skip}); err != nil {
			return
		}
		apply(t, l, lab.Action{Verb: lab.Skip})
	}
	t.Fatal("there is always something to skip")
}

// onlyNotice is the one notice that the lab has shown.
func onlyNotice(t testing.TB, l *lab.Lab) lab.Notice {
	t.Helper()
	notices := l.Notices(0)
	if len(notices) != 1 {
		t.Fatalf("%d notices: %+v", len(notices), notices)
	}
	isSentence(t, notices[0].Text)
	if o := notices[0].Outcome; notices[0].Sent > 0 && !notices[0].Good {
		isSentence(t, o.Advice)
	}
	return notices[0]
}

var bigMail = lab.Mail{To: "pc2@email.com", Subject: "Big", Body: body(3 * vnet.Window)}

// A link that is cut at any moment of a sending and restored delivers the mail exactly once.
func TestCutAndRestoreWhileSending(t *testing.T) {
	total := countSteps(t, func(*lab.Lab) {}, send("pc1", bigMail))
	for _, cut := range []string{"pc1", "server"} {
		for n := range total + 1 {
			l := newLab(t)
			apply(t, l, send("pc1", bigMail))
			steps(l, n)
			apply(t, l, lab.Action{Verb: lab.Cut, Host: cut})
			after(l, 5*time.Second)
			apply(t, l, lab.Action{Verb: lab.Restore, Host: cut})
			skipToEnd(t, l)
			sent, _ := l.Sent("pc1", 1)
			if sent.Outcome.Progress != lab.Accepted || waiting(l, "pc2") != 1 {
				t.Fatalf("%s cut after %d steps: %+v, %d mails", cut, n, sent.Outcome, waiting(l, "pc2"))
			}
			if got := belowTrace(t, fetched(t, l, "pc2")[0].Raw); got != string(sent.Raw) {
				t.Fatalf("%s cut after %d steps: %d octets became %d", cut, n, len(sent.Raw), len(got))
			}
			healthy(t, l)
		}
	}
}

// A link that is cut for good at any moment: the sender hears it in words. Nothing is delivered in part, nothing is
// delivered twice, and what the sender was told is true.
func TestCutForGoodWhileSending(t *testing.T) {
	total := countSteps(t, func(*lab.Lab) {}, send("pc1", bigMail))
	failed, delivered := 0, 0
	for _, cut := range []string{"pc1", "server"} {
		for n := range total + 1 {
			l := newLab(t)
			apply(t, l, send("pc1", bigMail))
			steps(l, n)
			apply(t, l, lab.Action{Verb: lab.Cut, Host: cut})
			skipToEnd(t, l)
			notice := onlyNotice(t, l)
			sent, _ := l.Sent("pc1", 1)
			switch there := waiting(l, "pc2"); {
			case there > 1, notice.Good && there == 0:
				t.Fatalf("%s cut after %d steps: %d mails, and %q", cut, n, there, notice.Text)
			case !notice.Good && sent.Outcome.Progress != lab.Failed:
				t.Fatalf("%s cut after %d steps: %+v", cut, n, sent.Outcome)
			case there == 1 && !notice.Good && !strings.Contains(notice.Outcome.Advice, "may have taken it"):
				t.Fatalf("%s cut after %d steps: the mail is there, and it says %q", cut, n, notice.Outcome.Advice)
			case !notice.Good:
				failed++
			default:
				delivered++
			}
			if !allEnded(l) {
				t.Fatalf("%s cut after %d steps: %+v", cut, n, l.Conversations())
			}
			apply(t, l, lab.Action{Verb: lab.Restore, Host: cut})
			healthy(t, l)
			if t.Failed() {
				t.Fatalf("%s was cut after %d steps", cut, n)
			}
		}
	}
	if failed < total || delivered == 0 {
		t.Errorf("of %d sendings, %d failed and %d were delivered", 2*(total+1), failed, delivered)
	}
}

// A cut in the middle of DATA is told plainly, with what to do.
func TestCutInDataWords(t *testing.T) {
	l := newLab(t)
	apply(t, l, send("pc1", bigMail))
	for l.Trace().At(l.Trace().Last()).Kind != trace.Data {
		l.Step()
	}
	apply(t, l, lab.Action{Verb: lab.Cut, Host: "pc1"})
	l.Settle()
	if w := l.Wait(); w.Idle || !strings.Contains(w.Text, "lost") || w.In == 0 {
		t.Errorf("the lab waits: %+v", w)
	}
	skipToEnd(t, l)
	notice := onlyNotice(t, l)
	if notice.Good || !strings.Contains(notice.Text, "timed out") || !strings.Contains(notice.Outcome.Advice, "link") {
		t.Errorf("%q %q", notice.Text, notice.Outcome.Advice)
	}
	if waiting(l, "pc2") != 0 {
		t.Error("half a mail was delivered")
	}
	c := l.Conversations()[0]
	if c.Good || c.Outcome != "timed out" {
		t.Errorf("the conversation is told as %q", c.Outcome)
	}
}

// The same for fetching: cut and restored, the mail is there once.
func TestCutAndRestoreWhileFetching(t *testing.T) {
	prepare := func(l *lab.Lab) { do(t, l, send("pc1", bigMail)) }
	fetch := lab.Action{Verb: lab.Fetch, Host: "pc2"}
	for n := range countSteps(t, prepare, fetch) + 1 {
		l := newLab(t)
		prepare(l)
		sent, _ := l.Sent("pc1", 1)
		apply(t, l, fetch)
		steps(l, n)
		apply(t, l, lab.Action{Verb: lab.Cut, Host: "server"})
		after(l, 5*time.Second)
		apply(t, l, lab.Action{Verb: lab.Restore, Host: "server"})
		skipToEnd(t, l)
		pc2, _ := l.PC("pc2")
		if len(pc2.Inbox) != 1 || pc2.CheckError != "" || belowTrace(t, pc2.Inbox[0].Raw) != string(sent.Raw) {
			t.Fatalf("cut after %d steps: %d mails, %q", n, len(pc2.Inbox), pc2.CheckError)
		}
		healthy(t, l)
	}
}

// Cut for good, the mail stays on the server, the maildrop is free in the end, and the next fetch brings the mail.
func TestCutForGoodWhileFetching(t *testing.T) {
	prepare := func(l *lab.Lab) { do(t, l, send("pc1", bigMail)) }
	fetch := lab.Action{Verb: lab.Fetch, Host: "pc2"}
	failed := 0
	for _, cut := range []string{"pc2", "server"} {
		for n := range countSteps(t, prepare, fetch) + 1 {
			l := newLab(t)
			prepare(l)
			apply(t, l, fetch)
			steps(l, n)
			apply(t, l, lab.Action{Verb: lab.Cut, Host: cut})
			skipToEnd(t, l)
			pc2, _ := l.PC("pc2")
			if pc2.CheckError != "" {
				failed++
				isSentence(t, pc2.CheckError)
				notices := l.Notices(1)
				if len(notices) != 1 || notices[0].Good || !strings.Contains(notices[0].Text, pc2.CheckError) {
					t.Fatalf("%s cut after %d steps: notices %+v", cut, n, notices)
				}
			}
			apply(t, l, lab.Action{Verb: lab.Restore, Host: cut})
			if mails := fetched(t, l, "pc2"); len(mails) != 1 {
				t.Fatalf("%s cut after %d steps: %d mails", cut, n, len(mails))
			}
			healthy(t, l)
			if t.Failed() {
				t.Fatalf("%s was cut after %d steps", cut, n)
			}
		}
	}
	if failed == 0 {
		t.Error("no fetch failed")
	}
}

// A deletion counts when the server has confirmed it, and then here and there alike; else it can be repeated.
func TestCutWhileDeleting(t *testing.T) {
	prepare := func(l *lab.Lab) {
		do(t, l, send("pc1", hello("pc2@email.com")))
		do(t, l, lab.Action{Verb: lab.Fetch, Host: "pc2"})
	}
	remove := lab.Action{Verb: lab.Delete, Host: "pc2", N: 1}
	for n := range countSteps(t, prepare, remove) + 1 {
		l := newLab(t)
		prepare(l)
		apply(t, l, remove)
		steps(l, n)
		apply(t, l, lab.Action{Verb: lab.Cut, Host: "pc2"})
		skipToEnd(t, l)
		apply(t, l, lab.Action{Verb: lab.Restore, Host: "pc2"})
		pc2, _ := l.PC("pc2")
		for _, m := range pc2.Inbox {
			if m.Deleting {
				t.Fatalf("cut after %d steps: it is still being deleted", n)
			}
			do(t, l, remove) // once more
		}
		if pc2, _ := l.PC("pc2"); len(pc2.Inbox) != 0 || onServer(l, "pc2") != 0 {
			t.Fatalf("cut after %d steps: %d mails here, %d on the server: %+v", n, len(pc2.Inbox), onServer(l, "pc2"), l.Notices(0))
		}
		healthy(t, l)
	}
}

// onServer is how many mails a mailbox has.
func onServer(l *lab.Lab, name string) int {
	server, _ := l.Server("server")
	for _, m := range server.Mailboxes {
		if m.Address == name+"@"+server.Domain {
			return m.Messages
		}
	}
	return -1
}

// With the server's link cut nobody gets through, and everybody hears it.
func TestServerCutBefore(t *testing.T) {
	l := newLab(t)
	apply(t, l, lab.Action{Verb: lab.Cut, Host: "server"})
	apply(t, l, send("pc1", hello("pc2@email.com")))
	apply(t, l, lab.Action{Verb: lab.Fetch, Host: "pc2"})
	skipToEnd(t, l)
	notices := l.Notices(0)
	if len(notices) != 2 {
		t.Fatalf("%d notices", len(notices))
	}
	for _, n := range notices {
		isSentence(t, n.Text)
		if n.Good || !strings.Contains(n.Text, "timed out") {
			t.Errorf("notice %q", n.Text)
		}
	}
	apply(t, l, lab.Action{Verb: lab.Restore, Host: "server"})
	healthy(t, l)
}

// A reset at any moment: the old world is gone with all that was under way in it, the new one works, and the numbers
// of events go on.
func TestResetInConversation(t *testing.T) {
	for n := range countSteps(t, func(*lab.Lab) {}, send("pc1", bigMail)) + 1 {
		l := newLab(t)
		apply(t, l, send("pc1", bigMail))
		steps(l, n)
		last, now := l.Trace().Last(), l.Now()
		apply(t, l, lab.Action{Verb: lab.Reset})
		if e := l.Trace().At(last + 1); e.Kind != trace.Reset || l.Trace().First() != last+1 || l.Trace().Last() != last+1 || l.Now() != now {
			t.Fatalf("after %d steps: events %d to %d where %d was the last: %+v", n, l.Trace().First(), l.Trace().Last(), last, e)
		}
		if w := l.Wait(); !w.Idle || len(l.Conversations()) != 0 || len(l.Notices(0)) != 0 || onServer(l, "pc2") != 0 {
			t.Fatalf("after %d steps something is left: %+v", n, w)
		}
		if pc1, _ := l.PC("pc1"); len(pc1.Sent) != 0 {
			t.Fatalf("after %d steps the mail is still being sent", n)
		}
		healthy(t, l)
	}
}

// A program that blocks in a world that is reset ends with it: nobody is left behind.
func TestResetUnderProgram(t *testing.T) {
	l := newLab(t)
	returned := false
	if err := l.Go("pc1", func(h *vnet.Host) {
		if conn, err := h.DialConn(smtpAddr); err == nil {
			io.ReadAll(conn)
		}
		returned = true
	}); err != nil {
		t.Fatal(err)
	}
	l.Settle()
	apply(t, l, lab.Action{Verb: lab.Reset})
	healthy(t, l)
	if !returned {
		t.Error("the program still waits in a world that is gone")
	}
}

// Paused in the middle of DATA and then stepped to the end, a mail leaves the same trace as at full speed.
func TestPauseInData(t *testing.T) {
	run := newLab(t)
	do(t, run, send("pc1", bigMail))
	step := newLab(t)
	apply(t, step, send("pc1", bigMail))
	for step.Trace().At(step.Trace().Last()).Kind != trace.Data {
		step.Step()
	}
	apply(t, step, lab.Action{Verb: lab.Pause})
	if w := step.Wait(); !step.Paused() || !strings.HasPrefix(w.Text, "Paused. ") {
		t.Errorf("paused: %v, %q", step.Paused(), w.Text)
	}
	clicks := 0
	for ; step.Check(lab.Action{Verb: lab.Step}) == nil; clicks++ {
		last := step.Trace().Last()
		apply(t, step, lab.Action{Verb: lab.Step})
		if step.Trace().Last() == last && step.Check(lab.Action{Verb: lab.Step}) == nil {
			t.Error("a step showed nothing")
		}
		isSentence(t, step.Wait().Text)
	}
	if clicks < 10 || !step.Paused() {
		t.Errorf("%d steps, paused: %v", clicks, step.Paused())
	}
	apply(t, step, lab.Action{Verb: lab.Run})
	same(t, 0, run, step)
}

// Skip goes past time-outs, to the moment at which they end.
func TestSkipTimeouts(t *testing.T) {
	l := newLab(t)
	apply(t, l, send("pc1", hello("pc2@email.com")))
	l.Step() // the SYN is there
	apply(t, l, lab.Action{Verb: lab.Cut, Host: "server"})
	l.Settle()
	for range 7 { // six repetitions, and the end of the patience with them
		before := l.Now()
		if err := l.Check(lab.Action{Verb: lab.Step}); err == nil || !strings.Contains(err.Error(), "Skip ahead") {
			t.Errorf("Step is possible: %v", err)
		}
		apply(t, l, lab.Action{Verb: lab.Skip})
		if l.Now().Sub(before) < 900*time.Millisecond {
			t.Errorf("skipped only %v", l.Now().Sub(before))
		}
	}
	if n := onlyNotice(t, l); n.Good || l.Now() > clock.Time(3*time.Minute) {
		t.Errorf("at %v: %q", time.Duration(l.Now()), n.Text)
	}
	apply(t, l, lab.Action{Verb: lab.Restore, Host: "server"})
	healthy(t, l)
}

// Two PCs that send at the same time have two conversations; both mails arrive, to each other too.
func TestSendAtOnce(t *testing.T) {
	l := newLab(t)
	apply(t, l, send("pc1", lab.Mail{To: "pc2@email.com, pc3@email.com", Subject: "From one", Body: bigMail.Body}))
	apply(t, l, send("pc2", lab.Mail{To: "pc1@email.com, pc3@email.com", Subject: "From two", Body: bigMail.Body}))
	apply(t, l, send("pc1", lab.Mail{To: "pc1@email.com", Subject: "To myself"}))
	l.Settle()
	for _, n := range l.Notices(0) {
		if !n.Good {
			t.Errorf("%+v", n)
		}
	}
	for id, want := range map[string][]string{"pc1": {"From two", "To myself"}, "pc2": {"From one"}, "pc3": {"From one", "From two"}} {
		mails := fetched(t, l, id)
		if len(mails) != len(want) {
			t.Errorf("%s has %d mails", id, len(mails))
		}
		for _, subject := range want {
			found := 0
			for _, m := range mails {
				if strings.Contains(string(m.Raw), "\r\nSubject: "+subject+"\r\n") {
					found++
				}
			}
			if found != 1 {
				t.Errorf("%s has %q %d times", id, subject, found)
			}
		}
	}
	transactions := map[uint32]uint32{}
	for e := range l.Trace().After(0) {
		if conn := transactions[e.Tx]; e.Tx > 0 && conn > 0 && conn != e.Conn {
			t.Errorf("transaction %d belongs to conversations %d and %d", e.Tx, conn, e.Conn)
		}
		transactions[e.Tx] = e.Conn
	}
	healthy(t, l)
}

// A PC sends while it fetches, and a mail that arrives during a POP3 session is seen by the next one.
func TestSendWhileFetching(t *testing.T) {
	for n := range 30 {
		l := newLab(t)
		do(t, l, send("pc1", bigMail))
		apply(t, l, lab.Action{Verb: lab.Fetch, Host: "pc2"})
		steps(l, n)
		apply(t, l, send("pc2", hello("pc1@email.com, pc2@email.com")))
		l.Settle()
		pc2, _ := l.PC("pc2")
		if got := len(pc2.Inbox) + pc2.Waiting; got != 2 || pc2.CheckError != "" {
			t.Fatalf("after %d steps: %d mails, %q", n, got, pc2.CheckError)
		}
		if mails := fetched(t, l, "pc2"); len(mails) != 2 || len(fetched(t, l, "pc1")) != 1 {
			t.Fatalf("after %d steps: %d mails", n, len(mails))
		}
		healthy(t, l)
	}
}

// While a PC fetches, it cannot be told to fetch or delete again; and a maildrop that somebody else has open is
// refused in words, then free again.
func TestFetchTwice(t *testing.T) {
	l := newLab(t)
	do(t, l, send("pc1", hello("pc2@email.com")))
	do(t, l, lab.Action{Verb: lab.Fetch, Host: "pc2"})
	for _, first := range []lab.Verb{lab.Fetch, lab.Delete} {
		apply(t, l, lab.Action{Verb: first, Host: "pc2", N: 1})
		for _, second := range []lab.Verb{lab.Fetch, lab.Delete} {
			mustMistake(t, l, lab.Action{Verb: second, Host: "pc2", N: 1}, "not_now", "")
		}
		l.Settle()
	}
	if onServer(l, "pc2") != 0 {
		t.Error("the mail was not deleted")
	}

	do(t, l, send("pc1", hello("pc2@email.com")))
	var replies string
	if err := l.Go("pc3", func(h *vnet.Host) {
		replies, _ = converse(h, pop3Addr, "USER pc2\r\nPASS pc2\r\n")
	}); err != nil {
		t.Fatal(err)
	}
	l.Settle()
	do(t, l, lab.Action{Verb: lab.Fetch, Host: "pc2"})
	pc2, _ := l.PC("pc2")
	if isSentence(t, pc2.CheckError); !strings.Contains(pc2.CheckError, "open in another conversation") || len(pc2.Inbox) != 0 {
		t.Errorf("%q", pc2.CheckError)
	}
	finish(t, l) // the other one is idle for too long
	if !strings.Contains(replies, "+OK maildrop has 1 message") {
		t.Errorf("%q", replies)
	}
	if mails := fetched(t, l, "pc2"); len(mails) != 1 {
		t.Errorf("%d mails", len(mails))
	}
	healthy(t, l)
}

// A mailbox that is full refuses with 452 4.2.2, in words; nobody else's copy is delivered either, and when there is
// room again the same mail is taken.
func TestMailboxFull(t *testing.T) {
	l := newLab(t)
	mail := lab.Mail{To: "pc2@email.com", Subject: "Fill", Body: body(9 << 20)}
	const fit = 3
	for range fit {
		do(t, l, send("pc1", mail))
	}
	mail.Cc = "pc3@email.com"
	do(t, l, send("pc1", mail))
	sent, _ := l.Sent("pc1", fit+1)
	o := sent.Outcome
	if o.Progress != lab.Failed || !strings.HasPrefix(o.Reply, "452 4.2.2 ") || !strings.Contains(o.Advice, "full") || o.Seq == 0 {
		t.Errorf("%+v", o)
	}
	isSentence(t, o.Sentence)
	isSentence(t, o.Advice)
	if onServer(l, "pc2") != fit || onServer(l, "pc3") != 0 {
		t.Errorf("%d and %d mails", onServer(l, "pc2"), onServer(l, "pc3"))
	}
	do(t, l, lab.Action{Verb: lab.Fetch, Host: "pc2"})
	do(t, l, lab.Action{Verb: lab.Delete, Host: "pc2", N: 1})
	do(t, l, send("pc1", mail))
	if sent, _ := l.Sent("pc1", fit+2); sent.Outcome.Progress != lab.Accepted || onServer(l, "pc2") != fit || onServer(l, "pc3") != 1 {
		t.Errorf("%+v", sent.Outcome)
	}
}

// Latency, bandwidth and seeds of the oddest kind change when things happen, not what.
func TestSlowLinks(t *testing.T) {
	for _, link := range []lab.Link{{}, {Latency: 10 * time.Second}, {Bandwidth: 9600}, {Latency: time.Minute, Bandwidth: 300}} {
		t.Run(fmt.Sprint(link), func(t *testing.T) {
			spec := lab.Default("slow", 7, start)
			for i := range spec.Hosts {
				spec.Hosts[i].Link = link
			}
			l, err := lab.New(spec)
			if err != nil {
				t.Fatal(err)
			}
			apply(t, l, send("pc1", hello("pc2@email.com")))
			finish(t, l)
			apply(t, l, lab.Action{Verb: lab.Fetch, Host: "pc2"})
			finish(t, l)
			pc2, _ := l.PC("pc2")
			if link.Latency == time.Minute { // slower than a mail program waits
				if isSentence(t, pc2.CheckError); !strings.Contains(pc2.CheckError, "did not answer in time") {
					t.Errorf("%q", pc2.CheckError)
				}
			} else if len(pc2.Inbox) != 1 {
				t.Errorf("%d mails: %q", len(pc2.Inbox), pc2.CheckError)
			}
			if !allEnded(l) {
				t.Errorf("%+v", l.Conversations())
			}
			checkWire(t, l)
		})
	}
}

var quotation = regexp.MustCompile(`“[^”]*”`)

// isSentence checks that a text is a plain sentence for people, or several.
func isSentence(t testing.TB, text string) {
	t.Helper()
	first, last := []rune(text + " ")[0], text[max(0, len(text)-1):]
	switch {
	case text == "" || strings.ToLower(string(first)) == string(first) && first != '“' && (first < '0' || first > '9'):
		t.Errorf("no sentence begins like this: %q", text)
	case last != "." && last != "?" && last != "…":
		t.Errorf("no sentence ends like this: %q", text)
	case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7F || r == 0xFFFD || r >= 0x202A && r <= 0x202E }):
		t.Errorf("it holds what cannot be shown: %q", text)
	}
	text = quotation.ReplaceAllString(text, "“…”") // not our words
	for _, ours := range []string{"%!", "smtpclient", "pop3:", "message:", "Message: ", "mailbox:", "lab:", "vnet", "errno", "<nil>", "{", "0x", "..", "!."} {
		if strings.Contains(text, ours) {
			t.Errorf("%q is no word for people: %q", ours, text)
		}
	}
}

// mustMistake checks that an action is refused, with that code for that field, by Check and Apply alike, and that
// nothing has changed.
func mustMistake(t testing.TB, l *lab.Lab, a lab.Action, code, field string) *lab.Mistake {
	t.Helper()
	events, steps, notices := l.Trace().Last(), l.Steps(), len(l.Notices(0))
	next, due := l.Next()
	checked, applied := l.Check(a), l.Apply(a)
	m, ok := checked.(*lab.Mistake)
	if !ok || fmt.Sprint(checked) != fmt.Sprint(applied) {
		t.Fatalf("%s %s: Check says %v, Apply %v", a.Verb, a.Host, checked, applied)
	}
	if m.Code != code || m.Field != field {
		t.Errorf("%s %s: code %q of field %q: %s", a.Verb, a.Host, m.Code, m.Field, m.Text)
	}
	isSentence(t, m.Text)
	if at, still := l.Next(); l.Trace().Last() != events || l.Steps() != steps || len(l.Notices(0)) != notices || at != next || still != due {
		t.Errorf("%s %s was refused and yet did something", a.Verb, a.Host)
	}
	return m
}
