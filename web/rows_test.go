package web

import (
	"fmt"
	"strings"
	"testing"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
)

// A dot ends a message between CRLF and CRLF, and is called its end there only.
func TestMessageLines(t *testing.T) {
	for name, test := range map[string]struct{ parts, want string }{
		"a message":               {"A: b\r\n|\r\nx\r\n|.\r\n", "header blank body dot"},
		"behind LF":               {"A: b\n|.\r\n|.\r\n", "header body dot"},
		"behind LF, in one piece": {"A: b\n.\r\n.\r\n", "header body dot"},
		"behind CR":               {"A: b\r|.\r\n", "header body"},
		"behind CR and LF, torn":  {"A: b\r|\n.\r\n", "header blank dot"},
		"in a line":               {"A: b\r\n\r\nx|.\r\n", "header blank body body"},
		"two dots behind LF":      {"A: b\r\n\r\nx\n..\r\n", "header blank body body"},
		"the dot at once":         {".\r\n", "dot"},
	} {
		var got []string
		inBody, end := false, ""
		for part := range strings.SplitSeq(test.parts, "|") {
			lines, body, ended := messageLines([]byte(part), inBody, end)
			for _, l := range lines {
				got = append(got, l.Part)
			}
			inBody, end = body, ended
		}
		if got := strings.Join(got, " "); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

// The same in the dialogue, on the card of the event, and in what comes later.
func TestDotBehindLF(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	s.act(t, a, lab.Action{Verb: lab.Connect, Host: "pc1", Target: "email.com", N: 25})
	s.until(t, a, "the server greets", func(l *lab.Lab) bool { c, _ := l.Conversation(1); return c.State == trace.Connected })
	says := func(text string) (seq uint64) {
		s.act(t, a, lab.Action{Verb: lab.Say, Host: "pc1", Conn: 1, Data: []byte(text)})
		s.until(t, a, "it is said", func(l *lab.Lab) bool {
			seq = 0
			for e := range l.Trace().After(0) {
				if string(e.Raw) == text && (e.Kind == trace.Command || e.Kind == trace.Data) {
					seq = e.Seq
				}
			}
			next, ok := l.Next()
			return seq > 0 && (!ok || next.Sub(l.Now()) > 1e9)
		})
		return seq
	}
	for _, line := range []string{"EHLO x", "MAIL FROM:<>", "RCPT TO:<pc2@email.com>", "DATA"} {
		says(line + "\r\n")
	}
	says("Subject: x\n")
	first := says(".\r\n")
	card := func(seq uint64) string { return fmt.Sprintf("%s/events/%d", labURL(a), seq) }
	const ends = "it says that the message is complete."
	term := hostURL(a, "pc1") + "/terminal"
	if strings.Contains(v.get(term).wants(t, 200).text(), ends) {
		t.Error("the terminal calls it the end")
	}
	last := says("\r\n.\r\n")
	if strings.Contains(v.get(card(first)).wants(t, 200).text(), ends) {
		t.Error("the card calls it the end")
	}
	v.get(card(last)).wants(t, 200, ends)
	if got := strings.Count(v.get(labURL(a)).body, "line--dot"); got != 1 {
		t.Errorf("%d dots are called the end", got)
	}
}
