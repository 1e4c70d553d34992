package trace_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"smtplab/sim/clock"
	"smtplab/sim/lab"
	"smtplab/sim/trace"
)

// played is what a lab's first conversation cost, after some actions.
func played(t *testing.T, conn uint32, actions ...lab.Action) trace.Tally {
	t.Helper()
	l, err := lab.New(lab.Default("tally", 1, time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range actions {
		if err := l.Apply(a); err != nil {
			t.Fatalf("%s: %v", a.Verb, err)
		}
		l.Settle()
	}
	c, _ := l.Conversation(conn)
	tally := trace.Tally{Proto: c.Proto}
	for e := range l.Trace().After(0) {
		if e.Conn == conn {
			tally.Add(&e)
		}
	}
	return tally
}

func send(to string) lab.Action {
	return lab.Action{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: to, Subject: "Tally", Body: "Hello"}}
}

// with sends as another account.
func with(change func(*lab.Account)) lab.Action {
	a := lab.Account{Server: "192.168.11.4", SMTP: lab.Access{Port: 25}, POP3: lab.Access{Port: 110}, User: "pc1", Password: "pc1"}
	change(&a)
	return lab.Action{Verb: lab.Setup, Host: "pc1", Settings: &lab.Settings{Account: &a}}
}

// strip is the stages in a line: "connect done, EHLO done, TLS skipped".
func strip(t trace.Tally) string {
	var words []string
	for _, s := range t.Stages() {
		word := s.Name + " " + s.Progress.String()
		if s.Done > 1 || s.Refused > 0 {
			word += fmt.Sprintf(" %d/%d", s.Done, s.Refused)
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

func TestStages(t *testing.T) {
	secure := with(func(a *lab.Account) {
		a.SMTP = lab.Access{Port: 587, TLS: lab.TLSRequired, Login: lab.AnyMechanism}
		a.POP3 = lab.Access{Port: 995, TLS: lab.TLSFirst, Login: lab.AnyMechanism}
	})
	wrong := with(func(a *lab.Account) {
		a.SMTP = lab.Access{Port: 587, TLS: lab.TLSRequired, Login: lab.AnyMechanism}
		a.Password = "mistyped"
	})
	fetch := lab.Action{Verb: lab.Fetch, Host: "pc1"}
	for _, tt := range []struct {
		name    string
		conn    uint32
		actions []lab.Action
		want    string
		mails   int
	}{
		{"a mail", 1, []lab.Action{send("pc2@email.com")},
			"connect done, EHLO done, TLS skipped, AUTH skipped, MAIL done, RCPT done, DATA done, QUIT done", 1},
		{"one recipient of three refused", 1, []lab.Action{send("pc2@email.com, nobody@email.com, pc3@email.com")},
			"connect done, EHLO done, TLS skipped, AUTH skipped, MAIL done, RCPT done 2/1, DATA done, QUIT done", 1},
		{"nobody takes it", 1, []lab.Action{send("nobody@email.com")},
			"connect done, EHLO done, TLS skipped, AUTH skipped, MAIL done, RCPT failed 0/1, DATA failed 0/1, QUIT done", 0},
		{"TLS and a login", 1, []lab.Action{secure, send("pc2@email.com")},
			"connect done, EHLO done 2/0, TLS done, AUTH done, MAIL done, RCPT done, DATA done, QUIT done", 1},
		{"a wrong password", 1, []lab.Action{wrong, send("pc2@email.com")},
			"connect done, EHLO done 2/0, TLS done, AUTH failed 0/1, MAIL ahead, RCPT ahead, DATA ahead, QUIT done", 0},
		{"the cable is cut", 1, []lab.Action{{Verb: lab.Cut, Host: "pc1"}, send("pc2@email.com")},
			"connect begun, EHLO ahead, TLS ahead, AUTH ahead, MAIL ahead, RCPT ahead, DATA ahead, QUIT ahead", 0},
		{"nothing to fetch", 1, []lab.Action{fetch},
			"connect done, TLS skipped, login done, list done 2/0, retrieve ahead, quit done", 0},
		{"a mail fetched in TLS", 2, []lab.Action{secure, send("pc1@email.com"), fetch},
			"connect done, TLS done, login done, list done 2/0, retrieve done, quit done", 1},
	} {
		got := played(t, tt.conn, tt.actions...)
		if strip(got) != tt.want || got.Mails != tt.mails {
			t.Errorf("%s: %d mails, %s\nwant %d, %s", tt.name, got.Mails, strip(got), tt.mails, tt.want)
		}
	}
}

// Pipelining sends the same octets in fewer round trips: RFC 2920 §1.
func TestPipeliningSavesRoundTrips(t *testing.T) {
	to := "pc1@email.com, pc2@email.com, pc3@email.com"
	fast := played(t, 1, send(to))
	slow := played(t, 1, with(func(a *lab.Account) { a.Without = []string{"PIPELINING"} }), send(to))
	// SYN, greeting, EHLO; the whole envelope and DATA at once, or five in turn; the message, QUIT.
	if fast.Trips != 6 || slow.Trips != 10 {
		t.Errorf("%d round trips with pipelining and %d without", fast.Trips, slow.Trips)
	}
	for name, pair := range map[string][2]int64{
		"octets sent": {fast.Sent, slow.Sent}, "octets received": {fast.Received, slow.Received},
		"commands": {int64(fast.Commands), int64(slow.Commands)}, "replies": {int64(fast.Replies), int64(slow.Replies)},
	} {
		if pair[0] != pair[1] || pair[0] == 0 {
			t.Errorf("%s: %d with pipelining, %d without", name, pair[0], pair[1])
		}
	}
	if fast.Commands != 7 || fast.Replies != 9 {
		t.Errorf("%d commands, %d replies", fast.Commands, fast.Replies)
	}
}

// script is a conversation, said shortly: "C" and "S" say who sends, and what is a flag or a line.
func script(lines ...string) (t trace.Tally) {
	hosts := map[byte]string{'C': "pc1", 'S': "server"}
	for i, line := range lines {
		e := trace.Event{At: clock.Time(i), Proto: trace.SMTP, From: hosts[line[0]]}
		switch text := line[2:]; {
		case text == "SYN" || text == "SYN-ACK" || text == "ACK" || text == "FIN" || text == "RST":
			e.Kind, e.Proto, e.Note = trace.Segment, trace.TCP, text
		case text == "lost":
			e.Kind = trace.Lost
		case text == "open":
			e.Kind = trace.Open
		case strings.HasPrefix(text, "close"):
			e.Kind, e.Note = trace.Close, text
		case line[0] == 'C':
			t.Add(&trace.Event{Kind: trace.Segment, At: e.At, Proto: trace.SMTP, From: e.From, Raw: []byte(text)})
			e.Kind, e.Verb = trace.Command, strings.Fields(text)[0]
		default:
			t.Add(&trace.Event{Kind: trace.Segment, At: e.At, Proto: trace.SMTP, From: e.From, Raw: []byte(text)})
			e.Kind = trace.Reply
			fmt.Sscanf(text, "%s %d", &e.Verb, &e.Code)
			e.Verb = strings.Trim(e.Verb, "-")
		}
		t.Add(&e)
	}
	return t
}

func TestTallyOfWhatGoesWrong(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lines []string
		want  string
		trips int
	}{
		{"turned away by the greeting", []string{"C SYN", "S SYN-ACK", "C open", "C ACK", "S - 554", "C QUIT", "S QUIT 221", "S FIN", "C FIN", "C close"},
			"connect failed 0/1, EHLO ahead, TLS ahead, AUTH ahead, MAIL ahead, RCPT ahead, DATA ahead, QUIT done", 3},
		{"a SYN sent twice", []string{"C SYN", "C lost", "C SYN", "S SYN-ACK", "C open", "C ACK", "S - 220"},
			"connect done, EHLO ahead, TLS ahead, AUTH ahead, MAIL ahead, RCPT ahead, DATA ahead, QUIT ahead", 2},
		{"an answer that is still to come", []string{"C SYN", "S SYN-ACK", "C open", "C ACK", "S - 220", "C EHLO"},
			"connect done, EHLO begun, TLS ahead, AUTH ahead, MAIL ahead, RCPT ahead, DATA ahead, QUIT ahead", 2},
		{"an answer that never came", []string{"C SYN", "S SYN-ACK", "C open", "C ACK", "S - 220", "C EHLO", "C close"},
			"connect done, EHLO failed, TLS ahead, AUTH ahead, MAIL ahead, RCPT ahead, DATA ahead, QUIT ahead", 2},
		{"TLS refused", []string{"C SYN", "S SYN-ACK", "C open", "C ACK", "S - 220", "C EHLO", "S EHLO 250", "C STARTTLS", "S STARTTLS 454"},
			"connect done, EHLO done, TLS failed 0/1, AUTH ahead, MAIL ahead, RCPT ahead, DATA ahead, QUIT ahead", 4},
		{"a time-out in the middle", []string{"C SYN", "S SYN-ACK", "C open", "C ACK", "S - 220", "C EHLO", "S EHLO 250", "C MAIL", "S MAIL 250", "S - 421", "S FIN"},
			"connect done, EHLO done, TLS skipped, AUTH skipped, MAIL done, RCPT ahead, DATA ahead, QUIT ahead", 4},
	} {
		got := script(tt.lines...)
		if strip(got) != tt.want || got.Trips != tt.trips {
			t.Errorf("%s: %d round trips, %s\nwant %d, %s", tt.name, got.Trips, strip(got), tt.trips, tt.want)
		}
	}
}

// A port that nobody serves: one question, and no for an answer.
func TestTallyOfARefusedConnection(t *testing.T) {
	var tally trace.Tally
	for _, e := range []trace.Event{
		{Kind: trace.Segment, Proto: trace.TCP, From: "pc1", Note: "SYN"},
		{Kind: trace.Segment, Proto: trace.TCP, From: "server", Note: "RST"},
		{Kind: trace.Close, Proto: trace.TCP, From: "pc1", Note: "refused", At: 7},
	} {
		tally.Add(&e)
	}
	if got := tally.Stages(); len(got) != 1 || got[0].Progress != trace.Failed || got[0].At != 7 || tally.Trips != 1 {
		t.Errorf("%d round trips, %+v", tally.Trips, got)
	}
}
