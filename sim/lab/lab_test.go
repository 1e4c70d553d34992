package lab_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
)

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func newLab(t testing.TB) *lab.Lab {
	t.Helper()
	l, err := lab.New(lab.Default("test", 1, start))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// do applies an action and lets the world go on until nothing happens.
func do(t testing.TB, l *lab.Lab, a lab.Action) {
	t.Helper()
	if err := l.Apply(a); err != nil {
		t.Fatalf("%s: %v", a.Verb, err)
	}
	l.Settle()
}

func send(host string, m lab.Mail) lab.Action {
	return lab.Action{Verb: lab.Send, Host: host, Mail: &m}
}

func hello(to string) lab.Mail {
	return lab.Mail{To: to, Subject: "Hello", Body: "Hi there,\nhow are you?\n"}
}

// said lists the commands and replies of the trace, shortened.
func said(l *lab.Lab) []string {
	var out []string
	for e := range l.Trace().After(0) {
		switch e.Kind {
		case trace.Command:
			line, _, _ := strings.Cut(string(e.Raw), "\r\n")
			out = append(out, "C: "+line)
		case trace.Reply:
			lines := strings.Split(strings.TrimSuffix(string(e.Raw), "\r\n"), "\r\n")
			out = append(out, "S: "+lines[len(lines)-1])
		case trace.Data:
			out = append(out, fmt.Sprintf("%s: (%d octets)", e.From, len(e.Raw)))
		}
	}
	return out
}

// The classroom procedure: PC-1 writes to PC-2, PC-2 opens its inbox and reads.
func TestProcedure(t *testing.T) {
	l := newLab(t)
	do(t, l, send("pc1", hello("pc2@email.com")))
	notices := l.Notices(0)
	if len(notices) != 1 || !notices[0].Good || notices[0].Text != "The server accepted the mail for pc2@email.com." {
		t.Fatalf("notices: %+v", notices)
	}
	if o := notices[0].Outcome; !strings.HasPrefix(o.Reply, "250 2.0.0 ") || l.Trace().At(o.Seq).Code != 250 {
		t.Errorf("the outcome shows %q, event %d", o.Reply, o.Seq)
	}
	if pc2, _ := l.PC("pc2"); pc2.Unread != 1 || pc2.Waiting != 1 || len(pc2.Inbox) != 0 {
		t.Errorf("before fetching: %d unread, %d waiting, %d in the inbox", pc2.Unread, pc2.Waiting, len(pc2.Inbox))
	}
	do(t, l, lab.Action{Verb: lab.Fetch, Host: "pc2"})
	pc2, _ := l.PC("pc2")
	if len(pc2.Inbox) != 1 || pc2.Unread != 1 || pc2.Waiting != 0 || pc2.CheckError != "" {
		t.Fatalf("after fetching: %+v", pc2)
	}
	m := pc2.Inbox[0]
	for _, want := range []string{"Return-Path: <pc1@email.com>\r\nReceived: from pc1.email.com ([192.168.11.1])", "\r\nSubject: Hello\r\n", "\r\n\r\nHi there,\r\nhow are you?\r\n"} {
		if !strings.Contains(string(m.Raw), want) {
			t.Errorf("the mail lacks %q:\n%s", want, m.Raw)
		}
	}
	if m.FetchedBy != 2 || m.BroughtBy != 1 {
		t.Errorf("brought by %d, fetched by %d", m.BroughtBy, m.FetchedBy)
	}
	do(t, l, lab.Action{Verb: lab.Read, Host: "pc2", N: m.N})
	if pc2, _ := l.PC("pc2"); pc2.Unread != 0 || !pc2.Inbox[0].Read {
		t.Error("the mail is still unread")
	}
	s, ok := l.Server("server")
	if !ok || s.IP.String() != "192.168.11.4" || s.Domain != "email.com" || s.Name != "SMTP Server" {
		t.Errorf("the server is %+v", s)
	}
	if s.Mailboxes[1].Address != "pc2@email.com" || s.Mailboxes[1].Messages != 1 {
		t.Errorf("mailboxes: %+v", s.Mailboxes)
	}
	if w := l.Wait(); !w.Idle || l.Trace().Last() < 20 {
		t.Errorf("%+v after %d events", w, l.Trace().Last())
	}
	for _, c := range l.Conversations() {
		if c.Open || !c.Good {
			t.Errorf("conversation %+v", c)
		}
	}
}

// What the sessions believe and what the wire shows is one dialogue, in the right order.
func TestDialogue(t *testing.T) {
	l := newLab(t)
	do(t, l, send("pc1", hello("pc2@email.com, nobody@email.com")))
	raw := l.Trace()
	got := said(l)
	for i, line := range got { // sizes and names vary with the wording; the shape does not
		switch {
		case strings.HasPrefix(line, "C: MAIL"):
			got[i] = "C: MAIL"
		case strings.HasPrefix(line, "pc1: ("):
			got[i] = "data"
		case strings.HasPrefix(line, "S: "):
			got[i] = line[:6]
		}
	}
	want := []string{
		"S: 220", "C: EHLO pc1.email.com", "S: 250",
		"C: MAIL", "C: RCPT TO:<pc2@email.com>", "C: RCPT TO:<nobody@email.com>", "C: DATA",
		"S: 250", "S: 250", "S: 550", "S: 354", "data", "S: 250", "C: QUIT", "S: 221",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for e := range raw.After(0) {
		if e.Kind == trace.Reply && e.Re != 0 && raw.At(e.Re).Conn != e.Conn {
			t.Errorf("event %d answers event %d of another connection", e.Seq, e.Re)
		}
	}
	n := l.Notices(0)[0]
	if n.Good || n.Outcome.Progress != lab.PartlyAccepted || len(n.Outcome.Recipients) != 2 ||
		n.Outcome.Recipients[1].Accepted || !strings.HasPrefix(n.Outcome.Recipients[1].Reply, "550 5.1.1") || n.Outcome.Advice == "" {
		t.Errorf("notice %+v", n)
	}
}

// For a conversation in the clear, the octets of commands, replies and data, joined, are what the segments carried.
func TestTraceIsTheWire(t *testing.T) {
	l := newLab(t)
	randomActions(t, l, rand.New(rand.NewPCG(7, 7)), 60)
	wire := map[string]*bytes.Buffer{}
	told := map[string]*bytes.Buffer{}
	add := func(m map[string]*bytes.Buffer, e trace.Event) {
		key := fmt.Sprintf("%d %s", e.Conn, e.From)
		if m[key] == nil {
			m[key] = &bytes.Buffer{}
		}
		m[key].Write(e.Raw)
	}
	lost := map[string]bool{} // a payload sent again is on the wire twice
	for e := range l.Trace().After(0) {
		switch e.Kind {
		case trace.Segment:
			if key := fmt.Sprintf("%d %s %s", e.Conn, e.From, e.Raw); lost[key] {
				delete(lost, key)
			} else {
				add(wire, e)
			}
		case trace.Lost:
			s := l.Trace().At(e.Re)
			lost[fmt.Sprintf("%d %s %s", s.Conn, s.From, s.Raw)] = true
		case trace.Command, trace.Reply, trace.Data:
			add(told, e)
		}
	}
	if len(wire) < 20 {
		t.Fatalf("only %d directions", len(wire))
	}
	for key, w := range wire {
		if got := told[key]; w.Len() > 0 && (got == nil || !bytes.Equal(got.Bytes(), w.Bytes())) {
			t.Errorf("%s: told %q, wire carried %q", key, got, w)
		}
	}
}

// The same Spec and the same Actions at the same moments give the same trace, event for event.
func TestDeterminism(t *testing.T) {
	for seed := range uint64(300) {
		first := newLab(t)
		actions := randomActions(t, first, rand.New(rand.NewPCG(seed, 5)), 25)
		again := newLab(t)
		for i, a := range actions {
			if err := again.Replay(a); err != nil {
				t.Fatalf("seed %d: action %d (%s): %v", seed, i, a.Verb, err)
			}
		}
		if err := again.MoveTo(first.Now(), first.Steps()); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		same(t, seed, first, again)
		// A replay that begins at the last reset ends in the same place.
		if i := lastReset(actions); i >= 0 {
			short := newLab(t)
			for _, a := range actions[i:] {
				if err := short.Replay(a); err != nil {
					t.Fatalf("seed %d: from the reset: %v", seed, err)
				}
			}
			if err := short.MoveTo(first.Now(), first.Steps()); err != nil {
				t.Fatalf("seed %d: from the reset: %v", seed, err)
			}
			same(t, seed, first, short)
		}
	}
}

func lastReset(actions []lab.Action) int {
	for i := len(actions) - 1; i >= 0; i-- {
		if actions[i].Verb == lab.Reset {
			return i
		}
	}
	return -1
}

func same(t *testing.T, seed uint64, a, b *lab.Lab) {
	t.Helper()
	if a.Trace().Last() != b.Trace().Last() || a.Trace().First() != b.Trace().First() {
		t.Fatalf("seed %d: events %d to %d, then %d to %d", seed, a.Trace().First(), a.Trace().Last(), b.Trace().First(), b.Trace().Last())
	}
	for e := range a.Trace().After(0) {
		if f := b.Trace().At(e.Seq); fmt.Sprintf("%+v", e) != fmt.Sprintf("%+v", f) {
			t.Fatalf("seed %d: event %d\nfirst %+v\nthen  %+v", seed, e.Seq, e, f)
		}
	}
	x, y := views(a), views(b)
	for i := range x {
		if v, w := fmt.Sprintf("%+v", x[i]), fmt.Sprintf("%+v", y[i]); v != w {
			n := 0
			for n < min(len(v), len(w)) && v[n] == w[n] {
				n++
			}
			n = max(0, n-80)
			t.Fatalf("seed %d: view %d differs\nfirst …%.200s\nthen  …%.200s", seed, i, v[n:], w[n:])
		}
	}
}

// views is everything that can be seen of a lab.
func views(l *lab.Lab) []any {
	out := []any{l.Hosts(), l.Notices(0), l.Conversations(), l.Wait(), l.Paused(), l.Speed()}
	for _, h := range l.Hosts() {
		pc, _ := l.PC(h.ID)
		server, _ := l.Server(h.ID)
		out = append(out, pc, server)
	}
	return out
}

// randomActions does n random things at random moments, and returns those that were possible, stamped.
func randomActions(t *testing.T, l *lab.Lab, rng *rand.Rand, n int) []lab.Action {
	t.Helper()
	hosts := []string{"pc1", "pc2", "pc3", "server", "switch", "nobody"}
	addresses := []string{"pc1@email.com", "pc2@email.com", "pc3@email.com", "nobody@email.com", "x@other.org", "Postmaster@email.com", "broken@"}
	verbs := []lab.Verb{
		lab.Send, lab.Send, lab.Send, lab.Send, lab.Fetch, lab.Fetch, lab.Fetch, lab.Read, lab.Delete, lab.Cut, lab.Restore,
		lab.Restore, lab.Run, lab.Pause, lab.Step, lab.Skip, lab.Speed, lab.Reset,
	}
	pick := func(list []string) string { return list[rng.IntN(len(list))] }
	var done []lab.Action
	for range n {
		a := lab.Action{Verb: verbs[rng.IntN(len(verbs))], Host: pick(hosts[:3]), N: 1 + rng.IntN(3), Speed: float64(rng.IntN(5))}
		if rng.IntN(8) == 0 {
			a.Host = pick(hosts)
		}
		if a.Verb == lab.Reset && rng.IntN(4) > 0 {
			continue
		}
		if a.Verb == lab.Send {
			m := hello(pick(addresses))
			m.Cc = pick(append(addresses[:5:5], ""))
			m.Body = strings.Repeat("Grüße!\n.\n", rng.IntN(200))
			a.Mail = &m
		}
		l.Stamp(&a)
		var m *lab.Mistake
		checked := l.Check(a)
		if err := l.Apply(a); err == nil {
			done = append(done, a)
		} else if !errors.As(err, &m) || m.Text == "" || m.Code == "" {
			t.Fatalf("%s: %v is no mistake", a.Verb, err)
		} else if fmt.Sprint(checked) != fmt.Sprint(err) {
			t.Fatalf("%s: Check says %v, Apply %v", a.Verb, checked, err)
		}
		for range rng.IntN(40) {
			l.Step()
		}
		if rng.IntN(5) == 0 {
			l.AdvanceTo(l.Now().Add(time.Duration(rng.IntN(1000)) * time.Millisecond))
		}
	}
	return done
}
