package pop3

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"smtplab/sim/drive"
	"smtplab/sim/mailbox"
	"smtplab/sim/sasl"
	"smtplab/sim/trace"
)

var (
	_ Maildrop        = (*mailbox.Drop)(nil)
	_ drive.Securable = (*Session)(nil)
	_ drive.Securable = (*Client)(nil)
)

// fakeHost is a server with the mailboxes of a store.
type fakeHost struct {
	store  *mailbox.Store
	sasl   *sasl.Server
	fault  error
	nonces int
}

// passwordOf is everybody's password.
func passwordOf(user string) string {
	switch user {
	case "spacey":
		return "two words "
	case "jürgen":
		return "geheimniß"
	}
	return "secret"
}

func (h *fakeHost) Login(user, password string) (Maildrop, error) {
	if h.fault != nil {
		return nil, h.fault
	}
	if password != passwordOf(user) {
		return nil, ErrLogin
	}
	return h.Open(user)
}

func (h *fakeHost) SASL() *sasl.Server { return h.sasl }

func (h *fakeHost) Open(user string) (Maildrop, error) {
	if h.fault != nil {
		return nil, h.fault
	}
	drop, ok := h.store.Drop(user)
	if !ok {
		return nil, ErrLogin
	}
	if !drop.Lock() {
		return nil, fmt.Errorf("fake: %w", ErrInUse)
	}
	return drop, nil
}

// newHost has pc1 with the given messages, whose unique-ids are U1, U2, …, and the empty mailboxes of others.
func newHost(contents ...string) *fakeHost {
	h := &fakeHost{store: mailbox.New(0)}
	h.sasl = &sasl.Server{
		Host: "email.com",
		Password: func(user string) (string, bool) {
			_, ok := h.store.Drop(user)
			return passwordOf(user), ok
		},
		Nonce: func() string { h.nonces++; return fmt.Sprintf("nonce%d", h.nonces) },
	}
	h.store.Add("pc1")
	h.store.Add("spacey")
	h.store.Add("jürgen")
	for i, content := range contents {
		h.deliver(fmt.Sprintf("U%d", i+1), content)
	}
	return h
}

func (h *fakeHost) deliver(uid, content string) {
	if err := h.store.Deliver("pc1", mailbox.Message{UID: uid, Content: []byte(content)}); err != nil {
		panic(err)
	}
}

func (h *fakeHost) drop() *mailbox.Drop {
	d, _ := h.store.Drop("pc1")
	return d
}

func (h *fakeHost) uids() string {
	var list []string
	for m := range h.drop().Messages() {
		list = append(list, m.UID)
	}
	return strings.Join(list, " ")
}

func open(h Host) *Session {
	s := NewSession(&Config{Domain: "email.com"}, h)
	s.Open()
	drain(s)
	return s
}

// drain takes all output, checking the promises of Output.
func drain(s interface{ Output() []byte }) string {
	var b strings.Builder
	for {
		p := s.Output()
		if p == nil {
			return b.String()
		}
		if len(p) == 0 || len(p) > MaxOutput {
			panic(fmt.Sprintf("Output returned %d octets", len(p)))
		}
		b.Write(p)
	}
}

// say sends lines and returns everything that is answered.
func say(s *Session, lines ...string) string {
	s.Receive([]byte(strings.Join(lines, "\r\n") + "\r\n"))
	return drain(s)
}

func login(t *testing.T, s *Session) {
	t.Helper()
	if got := say(s, "USER pc1", "PASS secret"); !strings.Contains(got, "+OK maildrop has") {
		t.Fatalf("login: %q", got)
	}
}

const (
	hello  = "Subject: one\r\n\r\nHello\r\n"                          // 23 octets
	dotted = "Subject: two\r\n\r\n.\r\n..\r\n.a\r\nb.\r\n\r\nend\r\n" // 38 octets
	grüße  = "Subject: Grüße\r\n\r\nHello\r\n"
)

// CONFORMANCE 84, 100.
func TestPipelinedCommandsAreAnsweredInOneOutput(t *testing.T) {
	s := NewSession(&Config{}, newHost(hello))
	s.Open()
	s.Receive([]byte("USER pc1\r\nPASS secret\r\nSTAT\r\nRETR 1\r\nLIST 1\r\nQUIT\r\n"))
	out := string(s.Output())
	want := "+OK POP3 server ready\r\n" +
		"+OK now send PASS with the password\r\n" +
		"+OK maildrop has 1 message (23 octets)\r\n" +
		"+OK 1 23\r\n" +
		"+OK 23 octets\r\n" + hello + ".\r\n" +
		"+OK 1 23\r\n" +
		"+OK goodbye\r\n"
	if out != want || s.Output() != nil || !s.Closed() {
		t.Errorf("got  %q\nwant %q, and closed", out, want)
	}
}

// A conversation has one outcome, however TCP cuts it (row 52 has it for SMTP). CONFORMANCE 83, 100.
func TestAnySplitGivesTheSameOutcome(t *testing.T) {
	big := "Subject: big\r\n\r\n" + strings.Repeat(".line of the big message\r\n", 3000)
	script := "CAPA\r\nUSER pc1\r\nPASS secret\r\nUIDL\r\nLIST\r\nRETR 2\r\nRETR 3\r\nTOP 3 2\r\nBAD\nLINE\r\n" +
		strings.Repeat("x", 600) + "\r\r\nNOOP\r\nDELE 1\r\nRETR 1\r\nLIST\r\nRETR 3\r\nQUIT\r\nSTAT\r\n"
	converse := func(size int) (string, string) {
		h := newHost(hello, dotted, big)
		s := open(h)
		var b strings.Builder
		for i := 0; i < len(script); i += size {
			s.Receive([]byte(script[i:min(len(script), i+size)]))
			b.WriteString(drain(s))
		}
		return b.String(), fmt.Sprintf("%v %v %s %v", s.State(), s.Closed(), h.uids(), h.drop().Locked())
	}
	wantOut, wantEnd := converse(len(script))
	if wantEnd != "UPDATE true U2 U3 false" {
		t.Errorf("at the end: %s", wantEnd)
	}
	for size := 1; size < 40; size++ {
		out, end := converse(size)
		if out != wantOut || end != wantEnd {
			t.Fatalf("cut into pieces of %d octets: %s, want %s, same output: %v", size, end, wantEnd, out == wantOut)
		}
	}
}

// What cannot be answered yet waits, in order, even if the driver does not take the output in between.
func TestReceiveBeforeOutput(t *testing.T) {
	big := strings.Repeat("0123456789\r\n", 10000)
	h := newHost(big, hello)
	s := open(h)
	for range 3 {
		s.Receive([]byte("USER pc1\r\nPASS secret\r\nRETR 1\r\nRETR 2\r\nDELE 1\r\nRSET\r\nQU"))
		s.Receive([]byte("IX\r\n"))
	}
	if h.drop().Len() != 2 {
		t.Error("something was deleted")
	}
	out := drain(s)
	if n := strings.Count(out, big); n != 3 {
		t.Errorf("the big message came %d times, want 3", n)
	}
	if n := strings.Count(out, "-ERR unknown command\r\n"); n != 3 {
		t.Errorf("the last command was answered %d times, want 3", n)
	}
}

// CONFORMANCE 88, 91.
func TestBigMessagesStream(t *testing.T) {
	for name, content := range map[string]string{
		"text":         "Subject: big\r\n\r\n" + strings.Repeat("seventy-eight characters and two more make eighty octets in this line of text\r\n", 14000),
		"dots":         strings.Repeat(".\r\n", 50000),
		"empty":        "",
		"one dot":      ".",
		"no line end":  "Subject: x\r\n\r\nend",
		"empty lines":  strings.Repeat("\r\n", 50000),
		"one big line": strings.Repeat("x", 200000) + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := open(newHost(content))
			login(t, s)
			out := say(s, "RETR 1")
			head, body, _ := strings.Cut(out, "\r\n")
			size := len(content)
			if content != "" && !strings.HasSuffix(content, "\r\n") {
				content += "\r\n"
				size += 2
			}
			if want := fmt.Sprintf("+OK %d octet", size); !strings.HasPrefix(head, want) {
				t.Errorf("first line %q, want %q…", head, want)
			}
			if got := string(unstuff(t, body)); got != content {
				t.Errorf("after unstuffing %d octets, want %d", len(got), len(content))
			}
		})
	}
}

// unstuff is RFC 1939 §3 in the simplest way: line by line.
func unstuff(t *testing.T, body string) []byte {
	t.Helper()
	var text []byte
	lines := strings.SplitAfter(body, "\r\n")
	for i, line := range lines {
		if line == ".\r\n" {
			if rest := strings.Join(lines[i+1:], ""); rest != "" {
				t.Errorf("%q follows the end", rest)
			}
			return text
		}
		text = append(text, strings.TrimPrefix(line, ".")...)
	}
	t.Error("no end")
	return nil
}

// CONFORMANCE 86, 95.
func TestOnlyQuitDeletes(t *testing.T) {
	for name, end := range map[string]func(s *Session){
		"hangup":           (*Session).Hangup,
		"autologout":       (*Session).Expire,
		"too many errors":  func(s *Session) { say(s, strings.Repeat("X\r\n", 30)) },
		"HTTP":             func(s *Session) { say(s, "GET / HTTP/1.1") },
		"TLS":              func(s *Session) { say(s, "\x16\x03\x01") },
		"endless line":     func(s *Session) { say(s, strings.Repeat("x", 100000)) },
		"QUIT cut short":   func(s *Session) { s.Receive([]byte("QUIT\r")); s.Hangup() },
		"QUIT with a word": func(s *Session) { say(s, "QUIT now"); s.Hangup() },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(hello, dotted)
			s := open(h)
			login(t, s)
			say(s, "DELE 1", "DELE 2")
			if !h.drop().Locked() {
				t.Error("not locked in TRANSACTION")
			}
			end(s)
			if !s.Closed() || h.drop().Locked() || h.uids() != "U1 U2" {
				t.Errorf("closed %v, locked %v, left %q", s.Closed(), h.drop().Locked(), h.uids())
			}
		})
	}
	h := newHost(hello, dotted)
	s := open(h)
	login(t, s)
	if got := say(s, "DELE 2", "QUIT"); !strings.HasSuffix(got, "+OK 1 message removed, goodbye\r\n") {
		t.Errorf("QUIT: %q", got)
	}
	if h.drop().Locked() || h.uids() != "U1" || s.State() != trace.Update {
		t.Errorf("after QUIT: locked %v, left %q, %v", h.drop().Locked(), h.uids(), s.State())
	}
}

// CONFORMANCE 96.
func TestAutologout(t *testing.T) {
	if d := NewSession(&Config{}, newHost()).Patience(); d < 10*time.Minute {
		t.Errorf("patience %v; RFC 1939 §3 wants at least 10 minutes", d)
	}
	s := open(newHost())
	s.Expire()
	if out := s.Output(); out != nil || s.State() != trace.Ended {
		t.Errorf("said %q, RFC 1939 §3 wants no response; %v", out, s.State())
	}
}

// CONFORMANCE 86, 101.
func TestMaildropIsExclusive(t *testing.T) {
	h := newHost(hello)
	first, second := open(h), open(h)
	login(t, first)
	if got := say(second, "USER pc1", "PASS secret"); !strings.Contains(got, "-ERR [IN-USE] ") {
		t.Errorf("second login: %q", got)
	}
	first.Hangup()
	login(t, second)
	h.fault = errors.New("disk on fire")
	if got := say(open(h), "USER pc1", "PASS secret"); !strings.Contains(got, "-ERR [SYS/TEMP] ") || strings.Contains(got, "fire") {
		t.Errorf("with a fault of the server: %q", got)
	}
}

// CONFORMANCE 89, 93, 97.
func TestMailDuringASessionWaitsForTheNext(t *testing.T) {
	h := newHost(hello)
	s := open(h)
	login(t, s)
	h.deliver("U2", dotted)
	if got := say(s, "STAT", "UIDL", "RETR 2", "DELE 1", "LIST"); got != "+OK 1 23\r\n"+
		"+OK unique-ids follow\r\n1 U1\r\n.\r\n"+
		"-ERR no such message\r\n"+
		"+OK message marked as deleted, QUIT will remove it\r\n"+
		"+OK 0 messages (0 octets)\r\n.\r\n" {
		t.Errorf("got %q", got)
	}
	say(s, "QUIT")
	next := open(h)
	login(t, next)
	if got := say(next, "UIDL"); got != "+OK unique-ids follow\r\n1 U2\r\n.\r\n" {
		t.Errorf("next session: %q", got)
	}
}

func TestOverlongLines(t *testing.T) {
	for _, c := range []struct {
		name string
		line string // sent, then CRLF NOOP CRLF
		want string
	}{
		{"longest", "USER " + strings.Repeat("u", MaxLine-2-5), "+OK now send PASS"},
		{"one more", "USER " + strings.Repeat("u", MaxLine-2-5+1), "-ERR line too long"},
		{"with QUIT at the edge", strings.Repeat("x", MaxLine) + "QUIT", "-ERR line too long"},
		{"full of bare line ends", strings.Repeat("\nQUIT\r\rQUIT\n", 50), "-ERR line too long"},
		{"at the limit", strings.Repeat("x", maxSkip), "-ERR line too long: "},
		{"beyond it", strings.Repeat("x", maxSkip+1), "-ERR line too long, goodbye"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(newHost())
			got := say(s, c.line, "NOOP")
			first, rest, _ := strings.Cut(got, "\r\n")
			if !strings.HasPrefix(first, c.want) {
				t.Errorf("answered %.80q, want %q", first, c.want)
			}
			if goodbye := strings.HasSuffix(c.want, "goodbye"); goodbye != s.Closed() {
				t.Errorf("closed: %v", s.Closed())
			} else if !goodbye && strings.Count(rest, "\r\n") != 1 {
				t.Errorf("then answered %q, want one line", rest)
			}
		})
	}
}

// An endless line costs no memory.
func TestEndlessLineIsNotKept(t *testing.T) {
	s := open(newHost())
	p := bytes.Repeat([]byte("x"), 1000)
	for range 60 {
		s.Receive(p)
		drain(s)
	}
	if cap(s.in) > 2*MaxLine+len(p) {
		t.Errorf("keeps %d octets of the line", cap(s.in))
	}
}

func TestErrorLimit(t *testing.T) {
	s := NewSession(&Config{MaxErrors: 3}, newHost())
	s.Open()
	drain(s)
	if got := say(s, "ONE", "TWO"); s.Closed() || got != "-ERR unknown command\r\n-ERR unknown command\r\n" {
		t.Errorf("closed %v after %q", s.Closed(), got)
	}
	if got := say(s, "CAPA", "USER pc1", "PASS wrong", "NOOP"); !s.Closed() || !strings.HasSuffix(got, "-ERR too many errors, goodbye\r\n") {
		t.Errorf("closed %v after %q", s.Closed(), got)
	}
}

// CONFORMANCE 87, 89, 94.
func TestUpdateKeepsNumbers(t *testing.T) {
	s := open(newHost(hello, dotted, hello))
	login(t, s)
	got := say(s, "DELE 1", "LIST", "UIDL", "RETR 1", "LIST 1", "DELE 1", "STAT", "RSET", "LIST")
	want := "+OK message marked as deleted, QUIT will remove it\r\n" +
		"+OK 2 messages (61 octets)\r\n2 38\r\n3 23\r\n.\r\n" +
		"+OK unique-ids follow\r\n2 U2\r\n3 U3\r\n.\r\n" +
		strings.Repeat("-ERR this message is marked as deleted\r\n", 3) +
		"+OK 2 61\r\n" +
		"+OK maildrop has 3 messages (84 octets)\r\n" +
		"+OK 3 messages (84 octets)\r\n1 23\r\n2 38\r\n3 23\r\n.\r\n"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func BenchmarkSessionRetrieves1KiB(b *testing.B) {
	h := newHost("Subject: x\r\n\r\n" + strings.Repeat("a line of sixty-four octets, with its CR and its LF at the end.\r\n", 15))
	script := []byte("USER pc1\r\nPASS secret\r\nUIDL\r\nRETR 1\r\nQUIT\r\n")
	b.ReportAllocs()
	for b.Loop() {
		s := NewSession(&Config{Domain: "email.com"}, h)
		s.Open()
		s.Receive(script)
		for s.Output() != nil {
		}
	}
}

func BenchmarkSessionRetrieves1MiB(b *testing.B) {
	content := strings.Repeat("a line of sixty-four octets, with its CR and its LF at the end.\r\n", 1<<14)
	h := newHost(content)
	script := []byte("USER pc1\r\nPASS secret\r\nRETR 1\r\nQUIT\r\n")
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		s := NewSession(&Config{}, h)
		s.Open()
		s.Receive(script)
		for s.Output() != nil {
		}
	}
}
