package pop3

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// script is a server that has one answer for each command, in lines separated by LF.
type script map[string]string

// plain is a server without CAPA that has two messages.
func plain() script {
	return script{
		"":            "+OK ready",
		"CAPA":        "-ERR what?",
		"USER pc1":    "+OK",
		"PASS secret": "+OK welcome",
		"STAT":        "+OK 2 20",
		"UIDL":        "+OK\n1 A\n2 B\n.",
		"RETR 1":      "+OK\nSubject: a\n\n..\n.",
		"RETR 2":      "+OK 99999999999 octets\nSubject: b\n.",
		"DELE 1":      "+OK",
		"DELE 2":      "+OK",
		"QUIT":        "+OK bye",
	}
}

func (s script) with(command, answer string) script {
	s[command] = answer
	return s
}

func (s script) pipelining() script { return s.with("CAPA", "+OK\nUIDL\nUSER\npipelining\n.") }

// converse lets a client talk with the server, which answers with its octets cut into pieces of size octets (0:
// whole). It returns the bursts of commands that the client sent. The connection is lost after cut answers; a
// negative cut never loses it. It fails if the client says what a client must not say.
func (s script) converse(t testing.TB, c *Client, size, cut int) (bursts []string) {
	t.Helper()
	answer := func(command string) {
		text, ok := s[command]
		if !ok {
			t.Fatalf("the script has no answer to %q", command)
		}
		if cut == 0 {
			c.Hangup()
			return
		}
		cut--
		octets := []byte(strings.ReplaceAll(text, "\n", "\r\n") + "\r\n")
		if strings.Contains(text, "\r") { // octets, not lines
			octets = []byte(text)
		}
		for len(octets) > 0 {
			n := len(octets)
			if size > 0 {
				n = min(n, size)
			}
			piece := bytes.Clone(octets[:n])
			c.Receive(piece)
			clear(piece) // p is not kept
			octets = octets[n:]
		}
	}
	c.Open()
	if !c.Closed() {
		answer("")
	}
	for burst := drain(c); burst != ""; burst = drain(c) {
		bursts = append(bursts, burst)
		for line := range strings.Lines(burst) {
			command, found := strings.CutSuffix(line, "\r\n")
			if !found || len(line) > MaxLine || !isText([]byte(command)) {
				t.Fatalf("the client said %q", line)
			}
			answer(command)
		}
	}
	return bursts
}

func newClient(plan Plan) *Client { return NewClient(Login{User: "pc1", Pass: "secret"}, plan) }

// summary is a result in one line.
func summary(r Result) string {
	var b strings.Builder
	for _, m := range r.Messages {
		fmt.Fprintf(&b, "%s=%q ", m.UID, m.Content)
	}
	fmt.Fprintf(&b, "waiting %d deleted %v done %v", r.Waiting, r.Deleted, r.Done)
	if r.Err != nil {
		fmt.Fprintf(&b, " error: %v", r.Err)
	}
	return b.String()
}

const (
	messageA = `A="Subject: a\r\n\r\n.\r\n" `
	messageB = `B="Subject: b\r\n" `
)

func TestClientSaysOneCommandAtATime(t *testing.T) {
	c := newClient(Plan{})
	got := plain().converse(t, c, 0, -1)
	want := []string{"CAPA\r\n", "USER pc1\r\n", "PASS secret\r\n", "STAT\r\n", "UIDL\r\n", "RETR 1\r\n", "RETR 2\r\n", "QUIT\r\n"}
	if !slices.Equal(got, want) {
		t.Errorf("said %q, want %q", got, want)
	}
	if got, want := summary(c.Result()), messageA+messageB+"waiting 0 deleted [] done true"; got != want || !c.Closed() {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestClientPipelinesIfOffered(t *testing.T) {
	c := newClient(Plan{Delete: []string{"A"}})
	got := plain().pipelining().converse(t, c, 0, -1)
	want := []string{"CAPA\r\n", "USER pc1\r\nPASS secret\r\n", "STAT\r\nUIDL\r\n", "RETR 2\r\nDELE 1\r\n", "QUIT\r\n"}
	if !slices.Equal(got, want) {
		t.Errorf("said %q, want %q", got, want)
	}
	if got, want := summary(c.Result()), messageB+"waiting 0 deleted [A] done true"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestClientPlans(t *testing.T) {
	known := func(uids ...string) func(string) bool {
		return func(uid string) bool { return slices.Contains(uids, uid) }
	}
	for _, c := range []struct {
		name   string
		plan   Plan
		server script
		want   string
	}{
		{"all known", Plan{Known: known("A", "B")}, plain(), "waiting 0 deleted [] done true"},
		{"one known", Plan{Known: known("A")}, plain(), messageB + "waiting 0 deleted [] done true"},
		{"one at most", Plan{MaxMessages: 1}, plain(), messageA + "waiting 1 deleted [] done true"},
		{"delete a known one", Plan{Known: known("A", "B"), Delete: []string{"B", "C"}}, plain(), "waiting 0 deleted [B] done true"},
		{"empty maildrop", Plan{}, plain().with("UIDL", "+OK\n."), "waiting 0 deleted [] done true"},
		{"the same twice", Plan{}, plain().with("UIDL", "+OK\n1 A\n2 A\n."), messageA + "waiting 0 deleted [] done true"},
		{"stuffed listing", Plan{Known: known("A")}, plain().with("UIDL", "+OK\n.1 A\n2 B\n."), messageB + "waiting 0 deleted [] done true"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, server := range []script{c.server, c.server.pipelining()} {
				client := newClient(c.plan)
				server.converse(t, client, 0, -1)
				if got := summary(client.Result()); got != c.want {
					t.Errorf("got  %s\nwant %s", got, c.want)
				}
			}
		})
	}
}

func TestClientIsRefused(t *testing.T) {
	const end = "waiting 0 deleted [] done true error: "
	for _, c := range []struct{ name, command, answer, want string }{
		{"greeting", "", "-ERR come back later", end + "The server is not ready. It said: -ERR come back later"},
		{"password", "PASS secret", "-ERR [AUTH] no", end + "The server did not accept this user name with this password. It said: -ERR [AUTH] no"},
		{"user", "USER pc1", "-ERR no", end + "The server refused the login. It said: -ERR no"},
		{"in use", "PASS secret", "-ERR [IN-USE] wait", end + "The mailbox is open in another conversation, so try again when that is over. It said: -ERR [IN-USE] wait"},
		{"UIDL", "UIDL", "-ERR unknown", end + "The server does not say which messages it has. It said: -ERR unknown"},
		{"STAT", "STAT", "-ERR", end + "The server does not say which messages it has. It said: -ERR"},
		{"message", "RETR 1", "-ERR gone", messageB + "waiting 1 deleted [] done true error: The server did not hand out a message. It said: -ERR gone"},
		{"QUIT", "QUIT", "-ERR no", messageA + messageB + "waiting 0 deleted [] done true"},
		{"odd octets", "PASS secret", "-ERR \x1b[31m\xff", end + "The server refused the login. It said: -ERR ?[31m?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, server := range []script{plain(), plain().pipelining()} {
				client := newClient(Plan{})
				server.with(c.command, c.answer).converse(t, client, 0, -1)
				if got := summary(client.Result()); got != c.want {
					t.Errorf("got  %s\nwant %s", got, c.want)
				}
			}
		})
	}
}

// A deletion counts when QUIT is answered +OK, not before: RFC 1939 §6.
func TestDeletionNeedsTheAnswerToQuit(t *testing.T) {
	for name, server := range map[string]script{
		"refused": plain().with("QUIT", "-ERR disk full"),
		"DELE":    plain().with("DELE 1", "-ERR no"),
	} {
		c := newClient(Plan{Delete: []string{"A"}})
		server.converse(t, c, 0, -1)
		if r := c.Result(); len(r.Deleted) != 0 || r.Err == nil || len(r.Messages) != 1 {
			t.Errorf("%s: %s", name, summary(r))
		}
	}
	c := newClient(Plan{Delete: []string{"A"}})
	plain().converse(t, c, 0, 8) // lost before QUIT is answered
	if r := c.Result(); len(r.Deleted) != 0 || r.Err == nil {
		t.Errorf("lost: %s", summary(r))
	}
}

func TestClientDoesNotTrustTheServer(t *testing.T) {
	for _, c := range []struct{ name, command, answer, want string }{
		{"no POP3", "", "220 email.com ESMTP\r\n", "no POP3 answer"},
		{"lower case", "STAT", "+ok 2 20\r\n", "no POP3 answer"},
		{"glued", "STAT", "+OK2 20\r\n", "no POP3 answer"},
		{"endless line", "STAT", "+OK " + strings.Repeat("x\r", 10000), "more than 512"},
		{"endless listing line", "UIDL", "+OK\r\n1 " + strings.Repeat("x", 10000), "more than 512"},
		{"bare LF", "STAT", "+OK\r\r\n+OK\n", "no POP3 answer"},
		{"LF alone", "", "+OK\n\r", "LF alone"},
		{"speaks ahead of all", "QUIT", "+OK\r\n+OK\r\n", ""},
		{"number 0", "UIDL", "+OK\r\n0 A\r\n.\r\n", "makes no sense"},
		{"huge number", "UIDL", "+OK\r\n" + strings.Repeat("9", 400) + " A\r\n.\r\n", "makes no sense"},
		{"no unique-id", "UIDL", "+OK\r\n1\r\n.\r\n", "makes no sense"},
		{"unique-id with a space", "UIDL", "+OK\r\n1 A B\r\n.\r\n", "makes no sense"},
		{"long unique-id", "UIDL", "+OK\r\n1 " + strings.Repeat("u", 71) + "\r\n.\r\n", "makes no sense"},
		{"unique-id of control characters", "UIDL", "+OK\r\n1 \x01\r\n.\r\n", "makes no sense"},
		{"endless listing", "UIDL", "+OK\r\n" + strings.Repeat("1 A\r\n", maxEntries+1), "without end"},
		{"endless message", "RETR 1", "+OK\r\n" + strings.Repeat("x", 5000), "bigger than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := newClient(Plan{MaxOctets: 4096})
			plain().with(c.command, c.answer).converse(t, client, 0, -1)
			r := client.Result()
			if !client.Closed() || !r.Done {
				t.Error("not over")
			}
			var failure *Failure
			if (c.want == "") != (r.Err == nil) || c.want != "" && (!errors.As(r.Err, &failure) || !strings.Contains(failure.Text, c.want)) {
				t.Errorf("got %v, want …%s…", r.Err, c.want)
			}
		})
	}
}

// Whatever its pieces, a conversation has one outcome; and wherever it is lost, the client says so and keeps what
// it has.
func TestClientWithAnySplitAndAnyLoss(t *testing.T) {
	for _, server := range []script{plain(), plain().pipelining()} {
		whole := newClient(Plan{Delete: []string{"C"}})
		server.converse(t, whole, 0, -1)
		for size := 1; size < 30; size++ {
			c := newClient(Plan{Delete: []string{"C"}})
			server.converse(t, c, size, -1)
			if got, want := summary(c.Result()), summary(whole.Result()); got != want {
				t.Errorf("pieces of %d:\ngot  %s\nwant %s", size, got, want)
			}
		}
		for cut := range 9 {
			c := newClient(Plan{})
			server.converse(t, c, 0, cut)
			r := c.Result()
			lost := cut < 8 // after QUIT nothing can be lost any more
			if !r.Done || lost != (r.Err != nil) || len(r.Messages) != max(0, cut-6) {
				t.Errorf("lost after %d answers: %s", cut, summary(r))
			}
		}
	}
}

func TestClientRefusesWhatItCannotSay(t *testing.T) {
	for _, login := range [][2]string{
		{"", "secret"}, {"pc1", ""}, {"pc1\r\nQUIT", "secret"}, {"pc1", "a\nb"},
		{"pc1", "\xff"}, {"pc1\x00", "secret"}, {"pc1", strings.Repeat("x", 249)},
	} {
		c := NewClient(Login{User: login[0], Pass: login[1]}, Plan{})
		if said := plain().converse(t, c, 0, -1); len(said) > 0 || !c.Closed() || c.Result().Err == nil {
			t.Errorf("%q: said %q, %v", login, said, c.Result().Err)
		}
	}
	for _, login := range [][2]string{{"pc 1", "secret"}, {"pc1", "geheimniß"}, {"jürgen", "secret"}} { // there are servers that take these
		c := NewClient(Login{User: login[0], Pass: login[1]}, Plan{})
		said := plain().pipelining().converse(t, c, 0, -1)
		if !slices.Equal(said, []string{"CAPA\r\n", "QUIT\r\n"}) || c.Result().Err == nil {
			t.Errorf("%q: said %q, %v", login, said, c.Result().Err)
		}
	}
}

func TestClientWaits(t *testing.T) {
	c := newClient(Plan{Patience: 7 * time.Second})
	c.Open()
	if c.Expects() != "" || c.Patience() != 7*time.Second || newClient(Plan{}).Patience() != time.Minute {
		t.Errorf("expects %q for %v", c.Expects(), c.Patience())
	}
	c.Receive([]byte("+OK\r\n"))
	if c.Expects() != "CAPA" {
		t.Errorf("expects %q, want CAPA", c.Expects())
	}
	c.Expire()
	if err := c.Result().Err; err == nil || !strings.Contains(err.Error(), "waiting for the answer to CAPA") {
		t.Errorf("after its patience: %v", err)
	}
}

// talk lets a client and a session talk until both have nothing to say.
func talk(c *Client, s *Session) { talkHeard(c, s, io.Discard) }

// talkHeard is talk with somebody who hears what the client says.
func talkHeard(c *Client, s *Session, heard io.Writer) {
	c.Open()
	s.Open()
	for again := true; again; {
		again = false
		for out := s.Output(); out != nil; out = s.Output() {
			c.Receive(out)
			again = true
		}
		for out := c.Output(); out != nil; out = c.Output() {
			heard.Write(out)
			s.Receive(out)
			again = true
		}
		_, clientStarts := c.StartsTLS()
		_, serverStarts := s.StartsTLS()
		if clientStarts != serverStarts {
			panic("only one side begins TLS")
		}
		if clientStarts {
			s.Secured(nil)
			c.Secured(nil)
			again = true
		}
	}
}

func TestClientAndServer(t *testing.T) {
	contents := []string{hello, dotted, "", ".\r\n", strings.Repeat(".dots\r\n", 30000)}
	h := newHost(contents...)
	c := newClient(Plan{})
	talk(c, NewSession(&Config{}, h))
	r := c.Result()
	if !r.Done || r.Err != nil || len(r.Messages) != len(contents) {
		t.Fatalf("%d messages, %v", len(r.Messages), r.Err)
	}
	for i, m := range r.Messages {
		if string(m.Content) != contents[i] || m.UID != fmt.Sprintf("U%d", i+1) {
			t.Errorf("message %d is %s with %d octets", i, m.UID, len(m.Content))
		}
	}
	c = newClient(Plan{Known: func(string) bool { return true }, Delete: []string{"U2", "U4"}})
	talk(c, NewSession(&Config{}, h))
	if r := c.Result(); r.Err != nil || !slices.Equal(r.Deleted, []string{"U2", "U4"}) || h.uids() != "U1 U3 U5" {
		t.Errorf("%s, left %s", summary(r), h.uids())
	}
}

func BenchmarkFetch1KiB(b *testing.B) {
	h := newHost("Subject: x\r\n\r\n" + strings.Repeat("a line of sixty-four octets, with its CR and its LF at the end.\r\n", 15))
	cfg := &Config{Domain: "email.com"}
	b.ReportAllocs()
	for b.Loop() {
		c := newClient(Plan{})
		talk(c, NewSession(cfg, h))
		if len(c.Result().Messages) != 1 {
			b.Fatal(c.Result().Err)
		}
	}
}

func BenchmarkFetch1MiB(b *testing.B) {
	content := strings.Repeat("a line of sixty-four octets, with its CR and its LF at the end.\r\n", 1<<14)
	h := newHost(content)
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		c := newClient(Plan{})
		talk(c, NewSession(&Config{}, h))
		if len(c.Result().Messages) != 1 {
			b.Fatal(c.Result().Err)
		}
	}
}
