package smtpclient

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"smtplab/sim/sasl"
	"smtplab/sim/smtp"
)

// setting is what a fuzzed number says of a client: bits 0 and 1 are Config.TLS, then one each for what follows, and from
// bit 8 the extensions that it does without.
type setting uint32

const (
	withLogin setting = 4 << iota
	inClear
	inChunks
	isBinary
	withDSN
	withUTF8
)

func (s setting) has(bit setting) bool { return s&bit != 0 }

func (s setting) config() *Config {
	cfg := &Config{Hello: "pc1", TLS: TLS(s % 3), Chunking: s.has(inChunks), Chunk: 5, Without: smtp.Extensions(s >> 8)}
	if s.has(withLogin) {
		cfg.Login = &Login{User: "pc1", Password: "secret", InClear: s.has(inClear), Nonce: func() string { return "client" }}
	}
	return cfg
}

func (s setting) mail(content string) Mail {
	m := mailTo(content, "pc2@email.com", "pc3@email.com")
	m.Binary = s.has(isBinary)
	if s.has(withUTF8) {
		m.To[1].Local = "jörg"
	}
	if s.has(withDSN) {
		m.DSN = &DSN{Return: smtp.ReturnFull, Rcpt: []RecipientDSN{{Notify: smtp.NotifyNever}}}
	}
	return m
}

// Whatever a server sends, in the clear and inside TLS, the client does not panic, keeps within bounds, says only
// well-formed commands in the order of the standards and nothing that was not offered, says nothing in the clear that it
// is set not to, and comes to the same result for every split. Whatever the mail, it is sent unchanged.
func FuzzSMTPClient(f *testing.F) {
	const ready = "220 hi\r\n250-hi\r\n250-SIZE 100\r\n250 PIPELINING\r\n"
	const all = "220 hi\r\n250-hi\r\n250-SIZE\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250-CHUNKING\r\n250-BINARYMIME\r\n250-AUTH CRAM-MD5 PLAIN LOGIN SCRAM-SHA-256\r\n250-LIMITS RCPTMAX=1\r\n250-STARTTLS\r\n250 PIPELINING\r\n"
	f.Add(ready+"250 ok\r\n250 ok\r\n550 no\r\n354 go\r\n250 ok\r\n221 bye\r\n", "", "x\r\n.\r\n", uint8(1), uint32(0))
	f.Add(ready+"250 ok\r\n550 no\r\n550 no\r\n354 go\r\n554 no\r\n", "", ".", uint8(2), uint32(0))
	f.Add(ready+"250 ok\r\n250 ok\r\n452 4.5.3 no\r\n354 go\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n", "", ".", uint8(2), uint32(0))
	f.Add("220 hi\r\n502 no\r\n250 hi\r\n250 ok\r\n251 ok\r\n421 bye\r\n", "", "\r\n..\r\n", uint8(3), uint32(0))
	f.Add("554 no\r\n221 bye\r\n", "", "", uint8(4), uint32(0))
	f.Add(all+"220 go\r\n", "250-hi\r\n250 CHUNKING\r\n250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n", "a: b\r\n\r\nhello\r\n", uint8(5), uint32(2|inChunks))
	f.Add(all+"220 go\r\n250 injected\r\n", "", "", uint8(5), uint32(2))
	f.Add(all+"454 no\r\n334 PDEyPg==\r\n235 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n", "", "a: ü\r\n\r\n\x00", uint8(5), uint32(1|withLogin|isBinary|withDSN|withUTF8))
	f.Add(all+"334 x\r\n501 no\r\n", "", "", uint8(5), uint32(withLogin|inClear))
	f.Fuzz(func(t *testing.T, server, inside, content string, size uint8, number uint32) {
		s := setting(number)
		if _, err := New(s.config(), s.mail(content)); err != nil {
			if !s.has(isBinary) && !strings.Contains(content, "\x00") && strings.Count(content, "\r\n") == strings.Count(content, "\r") && strings.Count(content, "\r") == strings.Count(content, "\n") {
				t.Errorf("%q was refused: %v", content, err)
			}
			return
		}
		whole := meet(t, s, server, inside, content, 1<<20)
		whole.check(t)
		pieces := meet(t, s, server, inside, content, max(1, int(size)))
		pieces.check(t)
		if pieces.early || whole.early {
			return // whether an answer came before the question is a matter of when octets leave
		}
		if pieces.result != whole.result || !whole.failed && !slices.Equal(pieces.said[:], whole.said[:]) { // after a failure the rest of the message is not sent
			t.Errorf("in pieces of %d said %q with %s; whole said %q with %s", size, pieces.said, pieces.result, whole.said, whole.result)
		}
	})
}

// meeting is what came of a client and what a server says.
type meeting struct {
	setting setting
	message []byte
	heard   [2]string // in the clear, and inside TLS
	said    [2]string
	result  string
	failed  bool
	early   bool
}

// meet has a client hear a server in pieces. TLS begins well if nothing comes behind the go-ahead.
func meet(t *testing.T, s setting, server, inside, content string, size int) meeting {
	c, err := New(s.config(), s.mail(content))
	if err != nil {
		t.Fatal(err)
	}
	m := meeting{setting: s, heard: [2]string{server, inside}}
	phase := 0
	c.Open()
	for rest := server; rest != ""; {
		n := min(size, len(rest))
		c.Receive([]byte(rest[:n]))
		rest = rest[n:]
		for out := c.Output(); out != nil; out = c.Output() {
			if len(out) > MaxOutput {
				t.Fatalf("Output returned %d octets", len(out))
			}
			m.said[phase] += string(out)
		}
		if early, ok := c.StartsTLS(); ok {
			if string(early)+rest != "" {
				c.Unsecured(errors.New("that is not TLS"))
				break
			}
			phase, rest = 1, inside
			c.Secured(nil)
			for out := c.Output(); out != nil; out = c.Output() {
				m.said[phase] += string(out)
			}
		}
	}
	m.failed = c.Closed() && c.Result().Err != nil
	c.Hangup()
	r := c.Result()
	if !r.Done || !c.Closed() || r.Outcome() == Pending || len(c.line) > maxChallenge || len(c.text) > maxText+maxLines {
		t.Errorf("ended with %s", summary(r))
	}
	m.failed = m.failed || r.Left != nil
	m.result, m.message = summary(r), c.message
	m.early = strings.Contains(m.result+fmt.Sprint(r.Left), "before it was asked")
	return m
}

// follows is which commands may come after which: RFC 5321 §4.1.4 and the extensions. LINE is what answers a challenge,
// EOD a message.
var follows = map[string]string{
	"":         "EHLO QUIT",
	"EHLO":     "HELO STARTTLS AUTH MAIL QUIT",
	"HELO":     "MAIL QUIT",
	"STARTTLS": "AUTH MAIL QUIT",
	"AUTH":     "LINE MAIL QUIT",
	"LINE":     "LINE MAIL QUIT",
	"MAIL":     "RCPT QUIT",
	"RCPT":     "RCPT DATA BDAT RSET QUIT",
	"DATA":     "EOD RSET QUIT",
	"BDAT":     "BDAT MAIL RSET QUIT",
	"EOD":      "MAIL QUIT",
	"RSET":     "MAIL QUIT",
}

// parameters are what may be said only if it is offered.
var parameters = map[string]smtp.Extensions{
	" SIZE=":             smtp.WithSize,
	" BODY=8BITMIME":     smtp.With8BitMIME,
	" BODY=BINARYMIME":   smtp.WithBinaryMIME,
	" SMTPUTF8":          smtp.WithSMTPUTF8,
	" RET=":              smtp.WithDSN,
	" NOTIFY=":           smtp.WithDSN,
	"BDAT ":              smtp.WithChunking,
	"STARTTLS":           smtp.WithStartTLS,
	"AUTH ":              smtp.WithAuth,
	"AUTH " + sasl.Plain: smtp.WithAuth,
}

func (m *meeting) check(t *testing.T) {
	t.Helper()
	for phase, said := range m.said {
		verbs := m.walk(t, phase, said)
		secure := phase == 1
		switch {
		case TLS(m.setting%3) == TLSRequired && !secure && slices.ContainsFunc(verbs, func(v string) bool { return v == smtp.MAIL || v == smtp.AUTH }):
			t.Errorf("said without TLS: %q", said)
		case m.setting.has(withLogin) && slices.Contains(verbs, smtp.MAIL) && !slices.Contains(verbs, smtp.AUTH):
			t.Errorf("said MAIL without a login: %q", said)
		case !secure && !m.setting.has(inClear) && (strings.Contains(said, "AUTH PLAIN") || strings.Contains(said, "AUTH LOGIN")):
			t.Errorf("said a password in the clear: %q", said)
		}
	}
}

// walk checks that what the client said in the clear, or in TLS, is commands in order, each with what belongs behind it.
func (m *meeting) walk(t *testing.T, phase int, said string) (verbs []string) {
	t.Helper()
	before := ""
	for rest := said; rest != ""; {
		line, after, found := strings.Cut(rest, "\r\n")
		if !found || len(line) > maxChallenge || strings.ContainsFunc(line, unicode.IsControl) || !utf8.ValidString(line) {
			t.Fatalf("said %q", rest)
		}
		verb, arg := smtp.ParseCommand([]byte(line))
		if (before == smtp.AUTH || before == "LINE") && verb != smtp.MAIL && verb != smtp.QUIT {
			verb = "LINE"
		} else {
			m.checkOffered(t, phase, line)
		}
		if !slices.Contains(strings.Fields(follows[before]), verb) {
			t.Fatalf("said %q after %q, in %q", verb, before, said)
		}
		verbs = append(verbs, verb)
		before, rest = verb, after
		switch verb {
		case smtp.DATA:
			if n := m.content(rest); n > 0 {
				before, rest = "EOD", rest[n:]
			}
		case smtp.BDAT:
			size := 0
			for _, digit := range bytes.TrimSuffix(arg, []byte(" LAST")) {
				size = 10*size + int(digit-'0')
			}
			if m.failed && rest == "" {
				return verbs // it ended before the chunk left
			}
			if len(rest) < size || !bytes.Contains(m.message, []byte(rest[:size])) {
				t.Fatalf("the chunk %q is not of %q", rest, m.message)
			}
			rest = rest[size:]
		}
	}
	return verbs
}

// content is the length of the message with its end that rest begins with, or of the end alone (RFC 2920 §3.1).
func (m *meeting) content(rest string) int {
	var dots smtp.Stuffer
	for _, whole := range [][]byte{dots.End(dots.AppendTo(nil, m.message)), []byte(".\r\n")} {
		if strings.HasPrefix(rest, string(whole)) {
			return len(whole)
		}
	}
	return 0
}

// checkOffered checks that the server has named each extension that a command needs, on this side of TLS.
func (m *meeting) checkOffered(t *testing.T, phase int, line string) {
	t.Helper()
	heard := strings.ToUpper(m.heard[phase])
	for text, needs := range parameters {
		if !strings.Contains(line, text) {
			continue
		}
		if smtp.Extensions(m.setting>>8)&needs != 0 || !strings.Contains(heard, needs.Keywords()[0]) {
			t.Errorf("said %q, which was not offered in %q", line, heard)
		}
	}
}
