package smtpserver

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

var peer = netip.MustParseAddr("192.168.11.1")

// TestSplits proves that replies and mail are the same however the client's octets are cut: at every place, and
// one at a time. RFC 2920 §3.2.
func TestSplits(t *testing.T) {
	for _, file := range dialogFiles(t) {
		script, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		cfg, octets := clientSide(t, script)
		want := converse(cfg, octets)
		stride := 1 + len(octets)/500*7 // long scripts are cut here and there
		for cut := 0; cut < len(octets); cut += stride {
			if got := converse(cfg, octets[:cut], octets[cut:]); got != want {
				t.Fatalf("%s cut at %d:\n%s", file, cut, difference(want, got))
			}
		}
		if got := converse(cfg, slices.Collect(slices.Chunk(octets, 1))...); got != want {
			t.Errorf("%s one octet at a time:\n%s", file, difference(want, got))
		}
	}
}

// clientSide is what the client of a script sends, as one.
func clientSide(t testing.TB, script *txtar.Archive) (*Config, []byte) {
	cfg := &Config{Domain: "email.com"}
	var octets []byte
	for _, f := range script.Files {
		switch f.Name {
		case "config":
			configure(t, cfg, string(f.Data))
		case "dialog":
			for line := range strings.Lines(string(f.Data)) {
				octets = append(octets, clientOctets(t, strings.TrimRight(line, " \n"))...)
			}
		}
	}
	return cfg, octets
}

// converse has a whole conversation and returns all that came of it.
func converse(cfg *Config, segments ...[]byte) string {
	host := newOffice()
	s := NewSession(cfg, host, peer)
	s.Open()
	said := bytes.Clone(s.Output())
	for _, p := range segments {
		p = bytes.Clone(p)
		s.Receive(p)
		clear(p) // a Session keeps nothing of what it was given
		said = append(said, s.Output()...)
	}
	return fmt.Sprintf("%s%v %d\n%s", said, s.State(), s.Transaction(), host.delivered())
}

// TestStates proves that an observer of the replies knows the state of the conversation: smtp.Next agrees with
// the Session after every command of many random conversations.
func TestStates(t *testing.T) {
	commands := []string{
		"EHLO pc1", "EHLO", "HELO pc1", "HELO -", "MAIL FROM:<pc1@email.com>", "MAIL FROM:<spammer@example.org>",
		"MAIL FROM:<broken@email.com>", "MAIL FROM:<pc1@email.com> SIZE=99999999", "MAIL", "RCPT TO:<pc2@email.com>",
		"RCPT TO:<pc3@email.com>", "RCPT TO:<nobody@email.com>", "RCPT TO:<lost@email.com>", "RCPT TO:<>", "DATA",
		"DATA", "DATA now", "RSET", "RSET now", "NOOP", "HELP", "HELP X", "VRFY pc1", "EXPN all", "FROB", "STARTTLS",
		"GET / HTTP/1.1", "MAIL FROM:<greylisted@example.org>", "QUIT", "QUIT now", strings.Repeat("x", 600),
	}
	for range 6 { // so that conversations get somewhere
		commands = append(commands, "EHLO pc1", "MAIL FROM:<>", "RCPT TO:<pc2@email.com>", "DATA")
	}
	messages := []string{".\r\n", "a\r\n.\r\n", "a\nb\r\n.\r\n", "\x00\r\n.\r\n", strings.Repeat("y", 600) + "\r\n.\r\n"}
	reached := map[trace.State]int{}
	for seed := range uint64(3000) {
		random := rand.New(rand.NewPCG(seed, 0))
		s := NewSession(&Config{Domain: "email.com", MaxSize: 500, MaxErrors: 12}, newOffice(), peer)
		s.Open()
		seen := smtp.Next(trace.NoState, "", replyCode(t, s.Output()))
		for range 40 {
			var line, verb string
			if seen == trace.InData {
				line, verb = messages[random.IntN(len(messages))], smtp.EOD
			} else {
				line = commands[random.IntN(len(commands))] + "\r\n"
				verb, _ = smtp.ParseCommand([]byte(line))
			}
			s.Receive([]byte(line))
			if seen == trace.Ended {
				if out := s.Output(); out != nil {
					t.Fatalf("said %q after the end", out)
				}
				break
			}
			seen = smtp.Next(seen, verb, replyCode(t, s.Output()))
			if seen != s.State() {
				t.Fatalf("seed %d: after %q an observer sees %v, but the session is %v", seed, line, seen, s.State())
			}
			reached[seen]++
		}
	}
	for _, state := range []trace.State{trace.Connected, trace.Greeted, trace.MailGiven, trace.RcptGiven, trace.InData, trace.Ended} {
		if reached[state] < 100 {
			t.Errorf("%v was reached only %d times", state, reached[state])
		}
	}
}

// replyCode checks that out is exactly one reply and returns its code.
func replyCode(t testing.TB, out []byte) int {
	codes := replyCodes(t, out)
	if len(codes) != 1 {
		t.Fatalf("%d replies, want 1: %q", len(codes), out)
	}
	return codes[0]
}

// replyCodes checks that out keeps the rules of RFC 5321 §4.2 and returns the code of each reply.
func replyCodes(t testing.TB, out []byte) (codes []int) {
	first := 0 // the code of the reply that goes on
	for len(out) > 0 {
		line, rest, ok := bytes.Cut(out, []byte("\r\n"))
		code, more, text, err := smtp.ParseReplyLine(line)
		switch {
		case !ok || err != nil || len(text) == 0:
			t.Fatalf("%q is no line of a reply", line)
		case len(line)+2 > smtp.MaxReplyLine:
			t.Fatalf("a line of %d octets", len(line)+2)
		case first != 0 && code != first:
			t.Fatalf("%q in a reply of %d", line, first)
		case !printable(line) || bytes.IndexByte(line, '\t') >= 0:
			t.Fatalf("%q is not printable ASCII", line)
		}
		if enhanced, _, ok := smtp.ParseEnhanced(text); ok && int(enhanced.Class) != code/100 {
			t.Fatalf("%q has the wrong class", line)
		}
		first = code
		if !more {
			codes = append(codes, code)
			first = 0
		}
		out = rest
	}
	if first != 0 {
		t.Fatalf("a reply of %d does not end", first)
	}
	return codes
}

// FuzzSession proves that any octets at all, however cut, are answered alike, in replies that keep the rules, one
// to each command, and that the memory they take is bounded.
func FuzzSession(f *testing.F) {
	for _, file := range dialogFiles(f) {
		script, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if _, octets := clientSide(f, script); len(octets) < 2000 {
			f.Add(octets, uint16(7))
		}
	}
	f.Fuzz(func(t *testing.T, octets []byte, piece uint16) {
		cfg := &Config{Domain: "email.com", MaxSize: 1000, MaxRecipients: 3}
		host := newOffice()
		s := NewSession(cfg, host, peer)
		s.Open()
		said := bytes.Clone(s.Output())
		for p := range slices.Chunk(octets, int(piece)%1000+1) {
			s.Receive(p)
			said = append(said, s.Output()...)
			if held := cap(s.line.held); held > 2*longestLine {
				t.Fatalf("%d octets are kept for a command line", held)
			}
			if kept := len(s.content); kept > 1000+2*traceRoom+len(s.name) {
				t.Fatalf("%d octets are kept of a message", kept)
			}
		}
		result := fmt.Sprintf("%s%v %d\n%s", said, s.State(), s.Transaction(), host.delivered())
		if want := converse(cfg, octets); result != want {
			t.Fatalf("in pieces:\n%s", difference(want, result))
		}
		codes := replyCodes(t, said)
		if lines := bytes.Count(octets, []byte("\r\n")); len(codes) > lines+2 {
			t.Fatalf("%d replies to %d lines", len(codes), lines)
		}
		if codes[0] != 220 || slices.Contains(codes[1:], 220) {
			t.Fatalf("the greeting: %v", codes)
		}
		if accepted := strings.Count(string(said), "Accepted as"); accepted != len(host.mail) {
			t.Fatalf("%d messages accepted, %d delivered", accepted, len(host.mail))
		}
		for _, m := range host.mail {
			if len(m.env.To) == 0 || len(m.env.To) > 3 || !bytes.HasPrefix(m.content, []byte("Received: from ")) {
				t.Fatalf("delivered to %v: %q", m.env.To, m.content)
			}
			if rest := bytes.ReplaceAll(m.content, crlf, nil); bytes.ContainsAny(rest, "\r\n\x00") {
				t.Fatalf("delivered with a bare CR, LF or NUL: %q", m.content)
			}
		}
	})
}

// TestRecipients proves that a hundred recipients are served and the next is told 452. RFC 5321 §4.5.3.1.8.
func TestRecipients(t *testing.T) {
	host := newOffice()
	s := NewSession(&Config{Domain: "email.com"}, host, peer)
	s.Open()
	s.Receive([]byte("EHLO pc1\r\nMAIL FROM:<pc1@email.com>\r\n"))
	s.Output()
	s.Receive(bytes.Repeat([]byte("RCPT TO:<pc2@email.com>\r\n"), 1000))
	codes := replyCodes(t, s.Output())
	for i, code := range codes {
		if want := map[bool]int{true: 250, false: 452}[i < 100]; code != want {
			t.Fatalf("recipient %d: %d, want %d", i+1, code, want)
		}
	}
	s.Receive([]byte("DATA\r\n.\r\n"))
	if len(codes) != 1000 || len(host.mail) != 1 || len(host.mail[0].env.To) != 100 {
		t.Errorf("%d replies, %d mails", len(codes), len(host.mail))
	}
}

// TestEnvelope proves what the host is told.
func TestEnvelope(t *testing.T) {
	host := newOffice()
	s := NewSession(&Config{Domain: "email.com"}, host, peer)
	s.Open()
	s.Receive([]byte("EHLO pc1\r\nMAIL FROM:<pc1@email.com> SIZE=5 BODY=8BITMIME\r\nRCPT TO:<pc2@email.com>\r\nDATA\r\n.\r\nHELO pc1\r\nMAIL FROM:<>\r\nRCPT TO:<pc2@email.com>\r\nDATA\r\n.\r\n"))
	want := []smtp.Envelope{
		{From: smtp.Path{Local: "pc1", Domain: "email.com"}, Size: 5, Body8Bit: true, ID: "M1", Helo: "pc1", Peer: peer, With: "ESMTP"},
		{ID: "M2", Helo: "pc1", Peer: peer, With: "SMTP"},
	}
	if len(host.mail) != 2 || s.Transaction() != 2 {
		t.Fatalf("%d mails in %d transactions", len(host.mail), s.Transaction())
	}
	for i, w := range want {
		w.To = []smtp.Path{{Local: "pc2", Domain: "email.com"}}
		if got := host.mail[i].env; fmt.Sprint(*got) != fmt.Sprint(w) {
			t.Errorf("mail %d: %+v, want %+v", i+1, *got, w)
		}
	}
}

// TestFault proves that an error of the host's that is no reply can be learnt.
func TestFault(t *testing.T) {
	s := NewSession(&Config{Domain: "email.com"}, newOffice(), peer)
	s.Open()
	s.Receive([]byte("VRFY nobody\r\n"))
	if s.Fault() != nil {
		t.Errorf("a refusal is no fault: %v", s.Fault())
	}
	s.Receive([]byte("VRFY broken\r\n"))
	if s.Fault() != errBroken {
		t.Errorf("the fault is %v", s.Fault())
	}
}

// TestOutputIsGivenOnce proves that replies are handed out together and once.
func TestOutputIsGivenOnce(t *testing.T) {
	s := NewSession(&Config{Domain: "email.com"}, newOffice(), peer)
	s.Open()
	s.Receive([]byte("NOOP\r\nNOOP\r\nNO"))
	if codes := replyCodes(t, s.Output()); !slices.Equal(codes, []int{220, 250, 250}) {
		t.Errorf("replies %v", codes)
	}
	if out := s.Output(); out != nil {
		t.Errorf("and once more: %q", out)
	}
	s.Hangup()
	s.Expire()
	s.Shutdown()
	s.Receive([]byte("OP\r\n"))
	if out := s.Output(); out != nil || !s.Closed() {
		t.Errorf("to a client that is gone: %q", out)
	}
}

func TestPatience(t *testing.T) {
	for configured, want := range map[time.Duration]time.Duration{0: 5 * time.Minute, time.Second: time.Second, -1: 0} {
		if got := NewSession(&Config{Patience: configured}, newOffice(), peer).Patience(); got != want {
			t.Errorf("Patience %v is %v, want %v", configured, got, want)
		}
	}
}

// TestMailAllocations keeps the cost of a mail from creeping up.
func TestMailAllocations(t *testing.T) {
	cfg, host := &Config{Domain: "email.com"}, &cellar{}
	ehlo := []byte("EHLO pc1.email.com\r\n")
	rest := []byte("MAIL FROM:<pc1@email.com>\r\nRCPT TO:<pc2@email.com>\r\nDATA\r\nSubject: Hello\r\n\r\nHello\r\n.\r\nQUIT\r\n")
	n := testing.AllocsPerRun(100, func() {
		s := NewSession(cfg, host, peer)
		s.Open()
		s.Output()
		s.Receive(ehlo)
		s.Output()
		s.Receive(rest)
		s.Output()
	})
	if n > 11 {
		t.Errorf("a mail costs %v allocations", n)
	}
}
