package pop3

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"smtplab/sim/sasl"
	"smtplab/sim/trace"
)

// What the table of requirements in sim/CONFORMANCE.md rests on beside the other tests of the package.

// Whatever a server is set up to offer, in the clear and under TLS, what CAPA lists before login is there, and what is
// not listed is not: RFC 2449 §5. After login the same is listed but STLS (RFC 2595 §4).
func TestCapabilitiesAreTrue(t *testing.T) {
	const refused = "-ERR not offered here"
	for set := range 1 << 6 {
		cfg := &Config{StartTLS: set&1 != 0, NoLoginInClear: set&2 != 0, UTF8: set&4 != 0, UTF8Names: set&8 != 0, MaxErrors: 50}
		if set&16 != 0 {
			cfg.Auth = sasl.Mechanisms
		}
		if set&32 != 0 {
			cfg.AuthInClear = []string{sasl.CramMD5}
		}
		for _, secure := range []bool{false, true} {
			begin := func() *Session {
				s := NewSession(cfg, newHost(hello))
				if secure {
					s.Secured(nil)
				}
				s.Open()
				drain(s)
				return s
			}
			s := begin()
			listed := capabilitiesOf(t, s)
			known := func(name, command, sign string) {
				_, offered := listed[name]
				if got := say(begin(), command); offered == strings.HasPrefix(got, sign) {
					t.Errorf("%+v, TLS %v: %s listed %v, %s is answered %q", *cfg, secure, name, offered, command, got)
				}
			}
			known("USER", "USER pc1", "-ERR a password could be read")
			known("UTF8", "UTF8", refused)
			known("STLS", "STLS now", map[bool]string{false: refused, true: "-ERR TLS is there"}[secure])
			known("SASL", "AUTH", refused)
			for _, mechanism := range sasl.Mechanisms {
				offered := slices.Contains(strings.Fields(listed["SASL"]), mechanism)
				if got := say(begin(), "AUTH "+mechanism); offered != strings.HasPrefix(got, "+ ") {
					t.Errorf("%+v, TLS %v: %s listed %v, answered %q", *cfg, secure, mechanism, offered, got)
				}
			}
			if utf8 := say(begin(), "USER jürgen"); listed["UTF8"] == "USER" && listed["USER"] != "-" && strings.HasPrefix(utf8, "-ERR a command is") {
				t.Errorf("%+v: UTF8 USER is listed, USER is answered %q", *cfg, utf8)
			}
			if _, ok := listed["USER"]; !ok {
				continue
			}
			login(t, s)
			if s.State() != trace.Transaction {
				t.Fatal(s.State())
			}
			delete(listed, "STLS")
			if got := capabilitiesOf(t, s); fmt.Sprint(got) != fmt.Sprint(listed) {
				t.Errorf("%+v: after login %v, before %v", *cfg, got, listed)
			}
			if got := say(s, "TOP 1 0", "UIDL 1"); strings.Count(got, "+OK ") != 2 {
				t.Errorf("TOP and UIDL are listed and answered %q", got)
			}
		}
	}
}

// capabilitiesOf is what CAPA lists: the parameters of each capability.
func capabilitiesOf(t *testing.T, s *Session) map[string]string {
	t.Helper()
	lines := strings.Split(say(s, "CAPA"), "\r\n")
	if n := len(lines); n < 3 || !strings.HasPrefix(lines[0], "+OK ") || lines[n-2] != "." || lines[n-1] != "" {
		t.Fatalf("CAPA is answered %q", lines)
	}
	listed := map[string]string{}
	for _, line := range lines[1 : len(lines)-2] {
		name, params, _ := strings.Cut(line, " ")
		if _, twice := listed[name]; twice {
			t.Errorf("%s is listed twice", name)
		}
		listed[name] = params
	}
	return listed
}

// A message keeps its unique-id from session to session, whatever comes before it or goes: RFC 1939 §7.
func TestUniqueIDsStay(t *testing.T) {
	h := newHost(hello, dotted, hello)
	for _, step := range []struct{ say, uids string }{
		{"DELE 2\r\nRSET", "1 U1\r\n2 U2\r\n3 U3\r\n"}, {"RETR 1", "1 U1\r\n2 U2\r\n3 U3\r\n"}, {"DELE 2", "1 U1\r\n2 U2\r\n3 U3\r\n"}, {"DELE 1", "1 U1\r\n2 U3\r\n"}, {"NOOP", "1 U3\r\n"},
	} {
		s := open(h)
		login(t, s)
		if got := say(s, "UIDL", step.say, "QUIT"); !strings.HasPrefix(got, "+OK unique-ids follow\r\n"+step.uids+".\r\n") {
			t.Errorf("UIDL is answered %q, want %q", got, step.uids)
		}
	}
}

// TOP msg n is the header, the blank line and n lines, for every n: RFC 1939 §7. Dots are stuffed, and what has no header
// or no body has none.
func TestTopLineByLine(t *testing.T) {
	for _, content := range []string{
		hello, dotted, "", "\r\n", "\r\n\r\n", "Subject: x\r\n", "Subject: x\r\n\r\n", "Subject: x\r\n\r\n\r\n\r\n.\r\n", "\r\n.\r\n..\r\n", "Subject: x", "Subject: x\r\n\r\nno end", ".\r\n\r\n.\r\n",
	} {
		s := open(newHost(content))
		login(t, s)
		lines := strings.SplitAfter(content, "\r\n")
		if last := len(lines) - 1; lines[last] == "" {
			lines = lines[:last]
		} else {
			lines[last] += "\r\n"
		}
		head := slices.Index(lines, "\r\n") + 1 // with the blank line
		if head == 0 {
			head = len(lines)
		}
		for n := range len(lines) + 3 {
			_, body, _ := strings.Cut(say(s, fmt.Sprintf("TOP 1 %d", n)), "\r\n")
			if got, want := string(unstuff(t, body)), strings.Join(lines[:min(head+n, len(lines))], ""); got != want {
				t.Errorf("TOP 1 %d of %q is %q, want %q", n, content, got, want)
			}
		}
	}
}
