package pop3

import (
	"strings"
	"testing"
)

// Whatever a client sends, the server answers each line once in the grammar of RFC 1939, stays in the states of
// Next, gives the same outcome for every split, and deletes nothing without QUIT.
func FuzzPOP3Session(f *testing.F) {
	f.Add("USER pc1\r\nPASS secret\r\n", "STAT\r\nLIST\r\nRETR 1\r\nDELE 2\r\nQUIT\r\n", uint8(3))
	f.Add("USER pc1\r\nPASS secret\r\n", "UIDL\r\nTOP 2 3\r\nRSET\r\nDELE 1\n\r\nQUI", uint8(1))
	f.Add("CAPA\r\nUSER pc1\r\nPASS wrong\r\n", "\x16\x03\x01GET / HTTP/1.1\r\n", uint8(7))
	f.Add(strings.Repeat("x", 300)+"\r\r\n", strings.Repeat("NOOP\r\n", 40), uint8(100))
	f.Fuzz(func(t *testing.T, first, second string, size uint8) {
		h := newHost(hello, dotted)
		o := &observer{t: t, s: NewSession(&Config{}, h)}
		o.s.Open()
		o.listen()
		whole := o.say(first) + o.say(second)
		if o.s.Closed() != o.s.closed {
			t.Error("output is left")
		}
		o.s.Hangup()
		if len(o.s.in) > MaxLine+len(first)+len(second) {
			t.Error("input is kept")
		}
		left := h.uids()
		if h.drop().Locked() {
			t.Error("the maildrop is still locked")
		}
		if left != "U1 U2" && !strings.Contains(whole, "removed, goodbye\r\n") {
			t.Errorf("left %q without QUIT", left)
		}

		h = newHost(hello, dotted)
		s := open(h)
		var b strings.Builder
		input := first + second
		for step := max(1, int(size)); input != ""; {
			n := min(step, len(input))
			s.Receive([]byte(input[:n]))
			b.WriteString(drain(s))
			input = input[n:]
		}
		s.Hangup()
		if b.String() != whole || h.uids() != left {
			t.Errorf("cut into pieces of %d: %q, left %s; whole: %q, left %s", size, b.String(), h.uids(), whole, left)
		}
	})
}

// Whatever a server sends, the client does not panic, says only well-formed commands that are due, keeps within
// bounds, and comes to the same result for every split.
func FuzzPOP3Client(f *testing.F) {
	f.Add("+OK\r\n-ERR\r\n+OK\r\n+OK\r\n+OK 2 20\r\n+OK\r\n1 A\r\n2 B\r\n.\r\n+OK\r\nx\r\n..\r\n.\r\n+OK\r\n+OK\r\n", uint8(1))
	f.Add("+OK\r\n+OK\r\nPIPELINING\r\n.\r\n+OK\r\n-ERR [AUTH] no\r\n+OK\r\n", uint8(2))
	f.Add("+OK\r\n+OK\r\nPIPELINING\r\n.\r\n+OK\r\n+OK\r\n-ERR\r\n+OK\r\n1 A\r\n.\r\n", uint8(3))
	f.Add("-ERR\n", uint8(1))
	f.Fuzz(func(t *testing.T, server string, size uint8) {
		converse := func(size int) (said, result string) {
			c := newClient(Plan{Delete: []string{"B"}, MaxOctets: 1 << 10})
			c.Open()
			var b strings.Builder
			for rest := server; rest != ""; {
				n := min(size, len(rest))
				c.Receive([]byte(rest[:n]))
				b.WriteString(drain(c))
				rest = rest[n:]
			}
			c.Hangup()
			if r := c.Result(); !r.Done || !c.Closed() || r.Waiting < 0 || len(r.Deleted) > 0 && !strings.HasSuffix(b.String(), "QUIT\r\n") {
				t.Errorf("ended with %s after %q", summary(r), b.String())
			}
			if len(c.line) > MaxResponse || cap(c.content) > 4<<10+2*len(server) {
				t.Errorf("keeps %d octets of a line and %d of a message", len(c.line), cap(c.content))
			}
			return b.String(), summary(c.Result())
		}
		said, result := converse(max(1, len(server)))
		for line := range strings.Lines(said) {
			verb, _ := ParseCommand([]byte(line))
			if !strings.HasSuffix(line, "\r\n") || len(line) > MaxLine || !printable([]byte(line[:len(line)-2])) || !known(verb) {
				t.Errorf("said %q", line)
			}
		}
		if gotSaid, got := converse(max(1, int(size))); gotSaid != said || got != result {
			t.Errorf("in pieces of %d said %q with %s; whole said %q with %s", size, gotSaid, got, said, result)
		}
	})
}
