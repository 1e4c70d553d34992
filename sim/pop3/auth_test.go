package pop3

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"smtplab/sim/sasl"
	"smtplab/sim/trace"
)

// A line that answers a challenge may be long, AUTH itself may not: RFC 5034 §4. Of a line that is too long nothing is
// kept, and its end is no command. CONFORMANCE 103.
func TestLongResponses(t *testing.T) {
	for _, c := range []struct {
		name string
		line string
		want string
	}{
		{"longest", strings.Repeat("A", MaxResponse-2-2) + "==", "-ERR this is not base64"},
		{"longest that is base64", strings.Repeat("A", (MaxResponse-2)/4*4), "-ERR this is not what the mechanism allows"},
		{"one more", strings.Repeat("A", MaxResponse-2+1), "-ERR line too long: "},
		{"with a command at the edge", strings.Repeat("A", MaxResponse) + "QUIT", "-ERR line too long: "},
		{"with a command behind a bare LF", strings.Repeat("A", MaxResponse) + "\nQUIT\n", "-ERR line too long: "},
		{"beyond all limits", strings.Repeat("A", maxSkip+1), "-ERR line too long, goodbye"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, size := range []int{1, 511, 1 << 20} {
				s := NewSession(everything(), newHost())
				s.Open()
				drain(s)
				if got := say(s, "AUTH PLAIN"); got != "+ \r\n" || s.State() != trace.Authenticating {
					t.Fatalf("AUTH: %q, %v", got, s.State())
				}
				var got strings.Builder
				for rest := []byte(c.line + "\r\nNOOP\r\n"); len(rest) > 0; {
					n := min(size, len(rest))
					s.Receive(rest[:n])
					got.WriteString(drain(s))
					rest = rest[n:]
					if cap(s.in) > 2*MaxResponse+size {
						t.Fatalf("keeps %d octets", cap(s.in))
					}
				}
				first, rest, _ := strings.Cut(got.String(), "\r\n")
				if !strings.HasPrefix(first, c.want) {
					t.Errorf("answered %q, want %q", first, c.want)
				}
				if goodbye := strings.HasSuffix(c.want, "goodbye"); goodbye != s.Closed() || !goodbye && rest != "-ERR log in first, with USER and then PASS\r\n" {
					t.Errorf("closed %v after %q", s.Closed(), rest)
				}
				if s.State() != trace.Authorization {
					t.Errorf("state %v", s.State())
				}
			}
		})
	}
	s := NewSession(everything(), newHost())
	s.Open()
	drain(s)
	if got := say(s, "AUTH PLAIN "+strings.Repeat("A", MaxLine)); !strings.HasPrefix(got, "-ERR line too long: ") {
		t.Errorf("an initial response that is too long: %q", got)
	}
}

// SCRAM's challenge repeats the client's nonce, so a client can ask for one that no line holds.
func TestLongChallenge(t *testing.T) {
	s := NewSession(everything(), newHost())
	s.Open()
	drain(s)
	first := base64.StdEncoding.EncodeToString([]byte("n,,n=pc1,r=" + strings.Repeat("x", 9000)))
	if got := say(s, "AUTH SCRAM-SHA-256"); got != "+ \r\n" {
		t.Fatal(got)
	}
	if got := say(s, first); !strings.HasPrefix(got, "+ ") || len(got) > MaxResponse {
		t.Errorf("%d octets: %.40q", len(got), got)
	}
	say(s, "*", "AUTH SCRAM-SHA-256")
	first = base64.StdEncoding.EncodeToString([]byte("n,,n=pc1,r=" + strings.Repeat("x", 9190)))
	if got := say(s, first); got != "-ERR what you sent makes the next challenge too long\r\n" {
		t.Errorf("%d octets: %.40q", len(got), got)
	}
}

// A host without mechanisms offers no AUTH, whatever the configuration says.
func TestNoSASL(t *testing.T) {
	h := newHost()
	h.sasl = nil
	s := NewSession(everything(), h)
	s.Open()
	drain(s)
	if got := say(s, "CAPA", "AUTH PLAIN"); strings.Contains(got, "SASL") || !strings.HasSuffix(got, "-ERR "+notOffered+"\r\n") {
		t.Errorf("%q", got)
	}
}

// A lost connection ends an exchange, and whoever proved too late who it is has nothing.
func TestHangupInAnExchange(t *testing.T) {
	h := newHost(hello)
	s := NewSession(everything(), h)
	s.Open()
	say(s, "AUTH PLAIN")
	s.Hangup()
	if got := say(s, "AHBjMQBzZWNyZXQ="); got != "" || h.drop().Locked() || s.State() != trace.Ended {
		t.Errorf("said %q, locked %v, %v", got, h.drop().Locked(), s.State())
	}
}

// Every mechanism, in the clear and under TLS, whatever the pieces. CONFORMANCE 100, 103.
func TestMechanisms(t *testing.T) {
	for _, mechanism := range sasl.Mechanisms {
		for _, tls := range []TLSPolicy{TLSNever, TLSRequired} {
			h := newHost(hello)
			c := NewClient(Login{User: "pc1", Pass: "secret", Mechanisms: []string{mechanism}, TLS: tls, Nonce: "client"}, Plan{})
			s := NewSession(everything(), h)
			var said bytes.Buffer
			talkHeard(c, s, &said)
			if r := c.Result(); r.Err != nil || len(r.Messages) != 1 {
				t.Errorf("%s: %s", mechanism, summary(r))
			}
			if !strings.Contains(said.String(), "AUTH "+mechanism) || strings.Contains(said.String(), "PASS") {
				t.Errorf("%s: said %q", mechanism, said.String())
			}
			if (s.tls == secured) != (tls == TLSRequired) {
				t.Errorf("%s: TLS %v", mechanism, s.tls)
			}
		}
	}
}

// Progress grows with lines answered and octets taken, and not with octets that come to nothing. CONFORMANCE 96.
func TestProgress(t *testing.T) {
	s := open(newHost(strings.Repeat("0123456789\r\n", 1000)))
	login(t, s)
	before := s.Progress()
	for range 100 {
		s.Receive([]byte("x"))
		drain(s)
	}
	if s.Progress() != before {
		t.Error("a line without end is progress")
	}
	s.Receive([]byte("\r\n"))
	drain(s)
	if got := s.Progress() - before; got != 1 {
		t.Errorf("a command is progress by %d", got)
	}
	before = s.Progress()
	say(s, "RETR 1")
	if got := s.Progress() - before; got < 12 || got > 13 {
		t.Errorf("12 KiB are progress by %d", got)
	}
}
