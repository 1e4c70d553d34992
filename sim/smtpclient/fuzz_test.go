package smtpclient

import (
	"bytes"
	"strings"
	"testing"

	"smtplab/sim/smtp"
)

// Whatever a server sends, the client does not panic, keeps within bounds, says only well-formed commands in the
// order of the standard, and comes to the same result for every split. Whatever the mail, it is sent unchanged.
func FuzzSMTPClient(f *testing.F) {
	const ready = "220 hi\r\n250-hi\r\n250-SIZE 100\r\n250 PIPELINING\r\n"
	f.Add(ready+"250 ok\r\n250 ok\r\n550 no\r\n354 go\r\n250 ok\r\n221 bye\r\n", "x\r\n.\r\n", uint8(1))
	f.Add(ready+"250 ok\r\n550 no\r\n550 no\r\n354 go\r\n554 no\r\n", ".", uint8(2))
	f.Add("220 hi\r\n502 no\r\n250 hi\r\n250 ok\r\n251 ok\r\n421 bye\r\n", "\r\n..\r\n", uint8(3))
	f.Add("554 no\r\n221 bye\r\n", "", uint8(4))
	f.Fuzz(func(t *testing.T, server, content string, size uint8) {
		mail := mailTo(content, "pc2@email.com", "pc3@email.com")
		if _, err := New(config, mail); err != nil {
			if !strings.Contains(content, "\x00") && strings.Count(content, "\r\n") == strings.Count(content, "\r") && strings.Count(content, "\r") == strings.Count(content, "\n") {
				t.Errorf("%q was refused: %v", content, err)
			}
			return
		}
		converse := func(size int) (said, result string, failed bool) {
			c, err := New(config, mail)
			if err != nil {
				t.Fatal(err)
			}
			c.Open()
			var b strings.Builder
			for rest := server; rest != ""; {
				n := min(size, len(rest))
				c.Receive([]byte(rest[:n]))
				for out := c.Output(); out != nil; out = c.Output() {
					if len(out) > MaxOutput {
						t.Fatalf("Output returned %d octets", len(out))
					}
					b.Write(out)
				}
				rest = rest[n:]
			}
			failed = c.Closed() && c.Result().Err != nil
			c.Hangup()
			r := c.Result()
			if !r.Done || !c.Closed() || r.Outcome() == Pending || len(c.line) > maxLine || len(c.text) > maxText+maxLines {
				t.Errorf("ended with %s", summary(r))
			}
			return b.String(), summary(r), failed
		}
		said, result, failed := converse(max(1, len(server)))
		checkGrammar(t, said, content)
		gotSaid, got, _ := converse(max(1, int(size)))
		checkGrammar(t, gotSaid, content)
		if got != result || gotSaid != said && !failed { // after a failure the rest of the message is not sent
			t.Errorf("in pieces of %d said %q with %s; whole said %q with %s", size, gotSaid, got, said, result)
		}
	})
}

// checkGrammar checks that the client's octets are commands in the order of RFC 5321 §4.1.4 and, after DATA, the
// message with its end, or nothing but the end (RFC 2920 §3.1), or a beginning of them.
func checkGrammar(t *testing.T, said, content string) {
	t.Helper()
	order := ""
	for rest := said; rest != ""; {
		line, after, found := strings.Cut(rest, "\r\n")
		verb, _ := smtp.ParseCommand([]byte(line))
		if !found || len(line) > 510 || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("said %q", line)
		}
		order += verb + " "
		rest = after
		if verb == smtp.DATA && rest != "" && rest != "QUIT\r\n" {
			var r smtp.DataReader
			message, n := r.Read(nil, []byte(rest))
			if !r.Done() {
				t.Fatalf("the message %q does not end", rest)
			}
			want := []byte(content)
			if len(want) > 0 && !bytes.HasSuffix(want, crlf) {
				want = append(want, crlf...)
			}
			if len(message) > 0 && !bytes.Equal(message, want) {
				t.Errorf("sent %q, want %q", message, want)
			}
			order += "EOD "
			rest = rest[n:]
		}
	}
	for _, whole := range []string{"EHLO MAIL RCPT RCPT DATA EOD QUIT ", "EHLO HELO MAIL RCPT RCPT DATA EOD QUIT "} {
		steps := strings.SplitAfter(whole, " ")
		for i := range steps {
			if begun := strings.Join(steps[:i], ""); order == begun || order == begun+"QUIT " {
				return
			}
		}
	}
	t.Errorf("said %s", order)
}
