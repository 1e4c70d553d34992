package ui

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"smtplab/sim/lab"
	"smtplab/sim/pop3"
	"smtplab/sim/sasl"
	"smtplab/sim/smtp"
	"smtplab/sim/smtpserver"
	"smtplab/sim/trace"
)

// TestDialogues plays every dialogue of the theory: what the pages say is what the lab says.
func TestDialogues(t *testing.T) {
	lunch := send(lab.Mail{To: "pc2@email.com", Subject: "Lunch", Body: "Noon, at the gate?"})
	tests := []struct {
		name   string
		said   dialogue
		played []string
	}{
		{"greeting", dialogueGreeting, play(t, lunch)},
		{"EHLO", dialogueEhlo, play(t, lunch)},
		{"STARTTLS", dialogueStartTLS, play(t, account(587, lab.TLSRequired, sasl.Plain, "pc1"), lunch)},
		{"no login", dialogueAuthFirst, play(t, account(587, lab.TLSNever, "", "pc1"), lunch)},
		{"PLAIN", dialogueAuthPlain, play(t, account(465, lab.TLSFirst, sasl.Plain, "pc1"), lunch)},
		{"SCRAM", dialogueAuthScram, play(t, account(587, lab.TLSNever, sasl.ScramSHA256, "pc1"), lunch)},
		{"wrong password", dialogueAuthWrong, play(t, account(465, lab.TLSFirst, sasl.Plain, "guess"), lunch)},
		{"chunks", dialogueChunks, play(t, account(25, lab.TLSNever, "", "pc1"), lunch)},
		{"HELO", dialogueHelo, typed("HELO pc1.email.com")},
		{"MAIL", dialogueMail, play(t, lunch)},
		{"RCPT", dialogueRcpt, play(t, lunch)},
		{"two RCPTs", dialogueRcptTwo, play(t, send(lab.Mail{To: "pc2@email.com, pc3@email.com"}))},
		{"DATA", dialogueData, play(t, lunch)},
		{"dots", dialogueDot, play(t, send(lab.Mail{To: "pc2@email.com", Body: "The file is called\n.profile"}))},
		{"unknown mailbox", dialogueUnknown, play(t, send(lab.Mail{To: "nobody@email.com"}))},
		{"relaying", dialogueRelay, play(t, send(lab.Mail{To: "anna@example.org"}))},
		{"order", dialogueOrder, typed("EHLO pc1.email.com", "RCPT TO:<pc2@email.com>")},
		{"QUIT", dialogueQuit, play(t, lunch)},
		{"POP3 login", dialoguePopLogin, play(t, lunch, lab.Action{Verb: lab.Fetch, Host: "pc2"})},
		{"POP3 reading", dialoguePopRead, play(t, lunch, lab.Action{Verb: lab.Fetch, Host: "pc2"})},
		{"POP3 goodbye", dialoguePopQuit, play(t, lunch, lab.Action{Verb: lab.Fetch, Host: "pc2"})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := strings.Split(strings.Trim(string(tt.said), "\n"), "\n")
			if !holds(tt.played, want) {
				t.Errorf("the page has\n%s\n\nbut this was said:\n%s", strings.Join(want, "\n"), strings.Join(tt.played, "\n"))
			}
		})
	}
}

func send(m lab.Mail) lab.Action { return lab.Action{Verb: lab.Send, Host: "pc1", Mail: &m} }

// account sets PC-1's mail program up to send by a port, with TLS and a login as they are told, and by BDAT.
func account(port uint16, tls lab.TLS, login, password string) lab.Action {
	return lab.Action{Verb: lab.Setup, Host: "pc1", Settings: &lab.Settings{Account: &lab.Account{
		Server: "192.168.11.4", SMTP: lab.Access{Port: port, TLS: tls, Login: login}, POP3: lab.Access{Port: 110},
		User: "pc1", Password: password, Chunking: true,
	}}}
}

// play does the actions in a default lab, each when the one before is over, and returns what was said.
func play(t *testing.T, actions ...lab.Action) []string {
	t.Helper()
	l, err := lab.New(lab.Default("theory", 1, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range actions {
		if err := l.Apply(a); err != nil {
			t.Fatal(err)
		}
		l.Settle()
	}
	return paired(slices.Collect(l.Trace().After(0)))
}

// paired is the lines of a trace as a dialogue: each command with its reply after it, also where the client
// pipelined, and after the reply to DATA the message and the reply to its end.
func paired(events []trace.Event) []string {
	var said []string
	done := map[uint64]bool{}
	say := func(e trace.Event) {
		who := "C: "
		if e.From == "server" {
			who = "S: "
		}
		for text := range strings.SplitSeq(strings.TrimSuffix(string(e.Raw), "\r\n"), "\r\n") {
			said = append(said, strings.TrimSuffix(who+text, " "))
		}
		done[e.Seq] = true
	}
	for i, e := range events {
		if !e.Line() || done[e.Seq] {
			continue
		}
		say(e)
		if e.Kind != trace.Command {
			continue
		}
		for _, later := range events[i:] {
			if later.Kind == trace.Reply && later.Re == e.Seq && later.Verb != trace.EOD {
				say(later)
			}
		}
	}
	return said
}

// typed is a dialogue of commands that the lab's client would not say, with a server like the lab's.
func typed(commands ...string) []string {
	s := smtpserver.NewSession(&smtpserver.Config{Domain: "email.com"}, nil, netip.MustParseAddr("192.168.11.1"))
	s.Open()
	s.Output()
	var said []string
	for _, c := range commands {
		s.Receive([]byte(c + "\r\n"))
		said = append(said, "C: "+c)
		for line := range strings.SplitSeq(strings.TrimSuffix(string(s.Output()), "\r\n"), "\r\n") {
			said = append(said, "S: "+line)
		}
	}
	return said
}

// holds reports whether the lines of want follow one another somewhere in said.
func holds(said, want []string) bool {
	for i := range said {
		if follows(said[i:], want) {
			return true
		}
	}
	return false
}

// follows reports whether said begins with the lines of want. A line "…" stands for any number of lines, and a
// line that ends with it for all that begin so.
func follows(said, want []string) bool {
	switch {
	case len(want) == 0:
		return true
	case want[0] == "…":
		return holds(said, want[1:])
	case len(said) == 0:
		return false
	}
	beginning, open := strings.CutSuffix(want[0], "…")
	if said[0] != want[0] && !(open && strings.HasPrefix(said[0], beginning)) {
		return false
	}
	return follows(said[1:], want[1:])
}

// TestTheoryKeywords: the table of keywords is what the lab's server offers.
func TestTheoryKeywords(t *testing.T) {
	var got, want []string
	for _, k := range theoryKeywords {
		got = append(got, k.word)
	}
	for line := range strings.SplitSeq(strings.Trim(string(dialogueEhlo), "\n"), "\n") {
		if strings.HasPrefix(line, "S: 250") && !strings.Contains(line, "greets") { // which TestDialogues has played
			word, _, _ := strings.Cut(line[len("S: 250-"):], " ")
			want = append(want, word)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the table has %q, the server offers %q", got, want)
	}
}

// TestTheoryCodes: every reply code that the lab's server can give can be looked up.
func TestTheoryCodes(t *testing.T) {
	known := map[string]bool{}
	for _, c := range replyCodes {
		known[c.code] = true
	}
	for _, said := range slices.Concat(smtpserver.Replies(), lab.Refusals()) {
		if code := itoa(uint64(said.Code)); !known[code] {
			t.Errorf("%s can be answered with %s, which is not in the glossary", said.Verb, code)
		}
	}
}

// TestTheoryMechanisms: the comparison has every way to log in that the lab's server has.
func TestTheoryMechanisms(t *testing.T) {
	var got []string
	for _, m := range theoryMechanisms {
		got = append(got, m.name)
	}
	if want := lab.DefaultService().Mechanisms; !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
		t.Errorf("the table has %q, the server %q", got, want)
	}
}

// TestTheoryVerbs: every command that the lab's servers answer can be looked up.
func TestTheoryVerbs(t *testing.T) {
	smtpKnown, popKnown := map[string]bool{}, map[string]bool{"APOP": true} // which is never offered
	for _, v := range smtpVerbs {
		word, _, _ := strings.Cut(v.form, " ")
		smtpKnown[word] = true
	}
	for _, v := range popVerbs {
		word, _, _ := strings.Cut(v.form, " ")
		popKnown[word] = true
	}
	for _, said := range smtpserver.Replies() {
		if said.Verb != "" && said.Verb != smtp.AnyVerb && said.Verb != smtp.EOD && !smtpKnown[said.Verb] {
			t.Errorf("%s is not among the commands of SMTP", said.Verb)
		}
	}
	for _, said := range pop3.Replies() {
		if said.Verb != "" && !popKnown[said.Verb] {
			t.Errorf("%s is not among the commands of POP3", said.Verb)
		}
	}
}
