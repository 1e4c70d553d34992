package pop3

import (
	"strings"
	"testing"

	"smtplab/sim/sasl"
)

// everything is a server that offers all there is.
func everything() *Config {
	return &Config{StartTLS: true, Auth: sasl.Mechanisms, AuthInClear: sasl.Mechanisms, UTF8: true, UTF8Names: true}
}

// Whatever a client sends, the server answers each line once in the grammar of RFC 1939, stays in the states of
// Next, gives the same outcome for every split, and deletes nothing without QUIT. If first has STLS, what stands behind
// it is TLS's, and second is said in TLS.
func FuzzPOP3Session(f *testing.F) {
	f.Add("USER pc1\r\nPASS secret\r\n", "STAT\r\nLIST\r\nRETR 1\r\nDELE 2\r\nQUIT\r\n", uint8(3))
	f.Add("USER pc1\r\nPASS secret\r\n", "UIDL\r\nTOP 2 3\r\nRSET\r\nDELE 1\n\r\nQUI", uint8(1))
	f.Add("CAPA\r\nUSER pc1\r\nPASS wrong\r\n", "\x16\x03\x01GET / HTTP/1.1\r\n", uint8(7))
	f.Add(strings.Repeat("x", 300)+"\r\r\n", strings.Repeat("NOOP\r\n", 40), uint8(100))
	f.Add("USER pc1\r\nSTLS\r\nPASS secret\r\nDELE 1\r\nQUIT\r\n", "PASS secret\r\nSTLS\r\nUTF8\r\nUSER pc1\r\nPASS secret\r\nRETR 3\r\nDELE 3\r\nQUIT\r\n", uint8(5))
	f.Add("AUTH PLAIN AHBjMQBzZWNyZXQ=\r\nRETR 3\r\nTOP 3 0\r\n", "AUTH LOGIN\r\nQUIT\r\n", uint8(2))
	f.Add("AUTH LOGIN\r\ncGMx\r\nQUIT\r\nAUTH PLAIN =\r\n", "AUTH LOGIN\r\ncGMx\r\nc2VjcmV0\r\nDELE 1\r\nQUIT\r\n", uint8(1))
	f.Add("AUTH CRAM-MD5\r\n*\r\nAUTH PLAIN\r\n"+strings.Repeat("A", 300)+"\r\n", "AUTH SCRAM-SHA-256 biwsbj1wYzEscj14\r\nSTLS\r\nSTLS\r\n", uint8(64))
	f.Add("UTF8\r\nSTLS\r\nUSER jürgen\r\nPASS geheimniß\r\n", "USER \xff\r\nNOOP ü\r\n", uint8(9))
	f.Fuzz(func(t *testing.T, first, second string, size uint8) {
		h := newHost(hello, dotted, grüße)
		o := &observer{t: t, s: NewSession(everything(), h)}
		o.s.Open()
		o.listen()
		whole := ""
		for _, part := range []string{first, second} {
			whole += o.say(part)
			if o.s.tls == goAhead {
				o.startTLS()
			}
		}
		if o.s.Closed() != o.s.closed {
			t.Error("output is left")
		}
		o.s.Hangup()
		if len(o.s.in) > MaxResponse+len(first)+len(second) {
			t.Error("input is kept")
		}
		left := h.uids()
		if h.drop().Locked() {
			t.Error("the maildrop is still locked")
		}
		if left != "U1 U2 U3" && !strings.Contains(whole, "removed, goodbye\r\n") {
			t.Errorf("left %q without QUIT", left)
		}

		h = newHost(hello, dotted, grüße)
		s := NewSession(everything(), h)
		s.Open()
		drain(s)
		var b strings.Builder
		for _, input := range []string{first, second} {
			for step := max(1, int(size)); input != ""; {
				n := min(step, len(input))
				s.Receive([]byte(input[:n]))
				b.WriteString(drain(s))
				input = input[n:]
				if _, tls := s.StartsTLS(); tls {
					s.Secured(nil)
					break
				}
			}
		}
		s.Hangup()
		if b.String() != whole || h.uids() != left {
			t.Errorf("cut into pieces of %d: %q, left %s; whole: %q, left %s", size, b.String(), h.uids(), whole, left)
		}
	})
}

// Whatever a server sends, the client does not panic, says only well-formed commands that are due, keeps within
// bounds, and comes to the same result for every split. What stands behind the first NUL is said in TLS, if it comes to
// that.
func FuzzPOP3Client(f *testing.F) {
	f.Add("+OK\r\n-ERR\r\n+OK\r\n+OK\r\n+OK 2 20\r\n+OK\r\n1 A\r\n2 B\r\n.\r\n+OK\r\nx\r\n..\r\n.\r\n+OK\r\n+OK\r\n", uint8(1))
	f.Add("+OK\r\n+OK\r\nPIPELINING\r\nUSER\r\n.\r\n+OK\r\n-ERR [AUTH] no\r\n+OK\r\n", uint8(2))
	f.Add("+OK\r\n+OK\r\nPIPELINING\r\nUSER\r\n.\r\n+OK\r\n+OK\r\n-ERR\r\n+OK\r\n1 A\r\n.\r\n", uint8(3))
	f.Add("-ERR\n", uint8(1))
	f.Add("+OK\r\n+OK\r\nSTLS\r\n.\r\n+OK\r\n+OK\r\n.\r\n\x00+OK\r\nSASL PLAIN\r\nUTF8\r\nPIPELINING\r\n.\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n1 A\r\n.\r\n", uint8(4))
	f.Add("+OK\r\n+OK\r\nSASL CRAM-MD5\r\n.\r\n+ PDFAZT4=\r\n+ PDFAZT4=\r\n+OK\r\n-ERR\r\n", uint8(1))
	f.Add("+OK\r\n+OK\r\nSASL LOGIN\r\n.\r\n+ \r\n+ \r\n+ \r\n-ERR\r\n+OK\r\n", uint8(1))
	f.Add("+OK\r\n+OK\r\nSASL SCRAM-SHA-256\r\n.\r\n+OK\r\n", uint8(1))
	f.Fuzz(func(t *testing.T, server string, size uint8) {
		converse := func(size int) (said, result string) {
			login := Login{User: "pc1", Pass: "secret", TLS: TLSIfOffered, Mechanisms: sasl.Mechanisms, Nonce: "n"}
			c := NewClient(login, Plan{Delete: []string{"B"}, MaxOctets: 1 << 10})
			c.Open()
			var b strings.Builder
			inClear, inTLS, _ := strings.Cut(server, "\x00")
			for _, rest := range []string{inClear, inTLS} {
				for rest != "" {
					n := min(size, len(rest))
					c.Receive([]byte(rest[:n]))
					b.WriteString(drain(c))
					rest = rest[n:]
					if _, tls := c.StartsTLS(); tls {
						c.Secured(nil)
						b.WriteString(drain(c))
						break
					}
				}
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
		exchange := false
		for line := range strings.Lines(said) {
			verb, _ := ParseCommand([]byte(line))
			_, answer := decodeBase64([]byte(strings.TrimSuffix(line, "\r\n")))
			command := len(line) <= MaxLine && known(verb)
			if !strings.HasSuffix(line, "\r\n") || !printable([]byte(line[:len(line)-2])) || !command && !(exchange && (answer || line == "*\r\n")) {
				t.Errorf("said %q", line)
			}
			exchange = exchange || verb == "AUTH"
		}
		if gotSaid, got := converse(max(1, int(size))); gotSaid != said || got != result {
			t.Errorf("in pieces of %d said %q with %s; whole said %q with %s", size, gotSaid, got, said, result)
		}
	})
}
