package smtpclient

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"smtplab/sim/smtp"
)

// script is a server that has one answer for each command, in lines separated by LF. "" is the greeting and "."
// the end of the data. A command without an entry of its own has that of its verb.
type script map[string]string

func server() script {
	return script{
		"":     "220 email.com ready",
		"EHLO": "250-email.com greets you\n250-SIZE 1000000\n250-8BITMIME\n250-XODD  \x01\n250 HELP",
		"HELO": "250 email.com",
		"MAIL": "250 2.1.0 sender ok",
		"RCPT": "250 2.1.5 recipient ok",
		"DATA": "354 go ahead",
		".":    "250 2.0.0 Accepted as 4F1A",
		"QUIT": "221 bye",
		"RSET": "250 2.0.0 forgotten",
		"BDAT": "250 2.0.0 chunk ok",
	}
}

func (s script) with(command, answer string) script {
	s[command] = answer
	return s
}

func (s script) pipelining() script { return s.with("EHLO", "250-email.com\n250 pipelining") }

// talk is a conversation of a client with a script.
type talk struct {
	t      testing.TB
	s      script
	c      *Conversation
	size   int // the server's octets arrive in pieces of so many; 0 for whole
	cut    int // the connection is lost in place of this answer; negative for never
	bursts []string
	data   string // the message with its end, as it was sent; without an end when it came in chunks
	inData bool
	chunk  int  // octets of a chunk that are still to come
	last   bool // it is the last one

	auth   func(line string) string // answers AUTH and what follows, while it does
	tls    error                    // why the handshake fails
	secure bool
	early  []string // what came behind each go-ahead
}

func (k *talk) run() {
	k.c.Open()
	k.answer("")
	for {
		burst := k.drain()
		if early, now := k.c.StartsTLS(); now && burst == "" {
			k.handshake(early)
			continue
		}
		if burst == "" {
			return
		}
		k.bursts = append(k.bursts, burst)
		for burst != "" && !k.c.Closed() {
			burst = k.take(burst)
		}
	}
}

// handshake puts TLS on, as a driver does.
func (k *talk) handshake(early []byte) {
	k.bursts, k.early = append(k.bursts, "(TLS)"), append(k.early, string(early))
	if _, again := k.c.StartsTLS(); again {
		k.t.Error("TLS begins twice")
	}
	k.c.Receive([]byte("250 said while nobody listens\r\n"))
	if k.tls != nil {
		k.c.Unsecured(k.tls)
		return
	}
	k.secure = true
	k.c.Secured(&tls.ConnectionState{})
}

// take reads one command, a chunk, or the message, as a server does, and answers.
func (k *talk) take(burst string) (rest string) {
	switch {
	case k.inData:
		return k.takeData(burst)
	case k.chunk > 0:
		return k.takeChunk(burst)
	}
	line, rest, found := strings.Cut(burst, "\r\n")
	if !found || len(line) > maxChallenge-2 || strings.ContainsFunc(line, unicode.IsControl) || !utf8.ValidString(line) {
		k.t.Fatalf("the client said %q", burst)
	}
	verb, arg := smtp.ParseCommand([]byte(line))
	if k.auth != nil {
		if reply := k.auth(line); reply != "" {
			k.say(reply)
			return rest
		}
	}
	command := verb
	if _, ok := k.s[line]; ok {
		command = line
	} else if _, ok := k.s["TLS "+verb]; ok && k.secure {
		command = "TLS " + verb
	}
	switch verb {
	case smtp.MAIL:
		k.data = ""
	case smtp.BDAT:
		size, last, _ := strings.Cut(string(arg), " ")
		k.chunk, _ = strconv.Atoi(size)
		k.last = last == "LAST"
		if k.chunk == 0 {
			k.answerChunk()
		}
		return rest
	}
	k.inData = verb == "DATA" && strings.HasPrefix(k.s[command], "354")
	k.answer(command)
	return rest
}

func (k *talk) takeData(burst string) (rest string) {
	k.data += burst
	end := "\r\n.\r\n"
	if strings.HasPrefix(k.data, ".\r\n") {
		end = ".\r\n"
	}
	i := strings.Index(k.data, end)
	if i < 0 {
		return ""
	}
	rest = k.data[i+len(end):]
	k.data, k.inData = k.data[:i+len(end)], false
	k.answer(".")
	return rest
}

func (k *talk) takeChunk(burst string) (rest string) {
	n := min(k.chunk, len(burst))
	k.data += burst[:n]
	if k.chunk -= n; k.chunk == 0 {
		k.answerChunk()
	}
	return burst[n:]
}

func (k *talk) answerChunk() {
	if k.last {
		k.answer(".")
	} else {
		k.answer("BDAT")
	}
}

func (k *talk) answer(command string) {
	text, ok := k.s[command]
	if !ok {
		k.t.Fatalf("the script has no answer to %q", command)
	}
	if k.cut == 0 {
		k.c.Hangup()
		return
	}
	k.cut--
	k.say(text)
}

// say says lines separated by LF, or octets if there is a CR in them.
func (k *talk) say(text string) {
	octets := []byte(strings.ReplaceAll(text, "\n", "\r\n") + "\r\n")
	if strings.Contains(text, "\r") { // octets, not lines
		octets = []byte(text)
	}
	for len(octets) > 0 {
		n := len(octets)
		if k.size > 0 {
			n = min(n, k.size)
		}
		piece := bytes.Clone(octets[:n])
		k.c.Receive(piece)
		clear(piece) // p is not kept
		octets = octets[n:]
	}
}

func (k *talk) drain() string {
	var b strings.Builder
	for {
		p := k.c.Output()
		if p == nil {
			return b.String()
		}
		if len(p) == 0 || len(p) > MaxOutput {
			k.t.Fatalf("Output returned %d octets", len(p))
		}
		b.Write(p)
	}
}

func path(s string) smtp.Path {
	p, err := smtp.ParseAddress(s)
	if err != nil {
		panic(err)
	}
	return p
}

func mailTo(content string, to ...string) Mail {
	m := Mail{From: path("pc1@email.com"), Content: []byte(content)}
	for _, address := range to {
		m.To = append(m.To, path(address))
	}
	return m
}

var config = &Config{Hello: "pc1.email.com"}

func converse(t testing.TB, s script, m Mail) *talk {
	t.Helper()
	return converseAs(t, config, s, m, nil)
}

func converseAs(t testing.TB, cfg *Config, s script, m Mail, with func(*talk)) *talk {
	t.Helper()
	c, err := New(cfg, m)
	if err != nil {
		t.Fatal(err)
	}
	k := &talk{t: t, s: s, c: c, cut: -1}
	if with != nil {
		with(k)
	}
	k.run()
	if r := c.Result(); !r.Done || !c.Closed() {
		t.Errorf("not over: %s", summary(r))
	}
	return k
}

// summary is a result in one line.
func summary(r Result) string {
	var b strings.Builder
	for _, to := range r.Recipients {
		fmt.Fprintf(&b, "%s: %v %v, ", to.Path.Local, to.Accepted, to.Reply)
	}
	fmt.Fprintf(&b, "final %v, %v at %s", r.Final, r.Outcome(), r.Stage)
	if r.Err != nil {
		fmt.Fprintf(&b, ": %v", r.Err)
	}
	return b.String()
}

const (
	hello     = "Subject: hi\r\n\r\nHello\r\n" // 22 octets
	recipient = "250 2.1.5 recipient ok"
	final     = "final 250 2.0.0 Accepted as 4F1A"
)

func TestOneCommandAtATime(t *testing.T) {
	k := converse(t, server(), mailTo(hello, "pc2@email.com", "pc3@email.com"))
	want := []string{
		"EHLO pc1.email.com\r\n",
		"MAIL FROM:<pc1@email.com> SIZE=22\r\n",
		"RCPT TO:<pc2@email.com>\r\n",
		"RCPT TO:<pc3@email.com>\r\n",
		"DATA\r\n",
		hello + ".\r\n",
		"QUIT\r\n",
	}
	if !slices.Equal(k.bursts, want) {
		t.Errorf("said %q\nwant %q", k.bursts, want)
	}
	if got, want := summary(k.c.Result()), "pc2: true "+recipient+", pc3: true "+recipient+", "+final+", accepted at EOD"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if e := k.c.Result().Final.Enhanced().String(); e != "2.0.0" {
		t.Errorf("enhanced code %q", e)
	}
}

func TestPipelining(t *testing.T) {
	mail := mailTo(hello, "pc2@email.com", "pc3@email.com")
	grouped := []string{
		"EHLO pc1.email.com\r\n",
		"MAIL FROM:<pc1@email.com>\r\nRCPT TO:<pc2@email.com>\r\nRCPT TO:<pc3@email.com>\r\nDATA\r\n",
		hello + ".\r\n",
		"QUIT\r\n",
	}
	if k := converse(t, server().pipelining(), mail); !slices.Equal(k.bursts, grouped) {
		t.Errorf("said %q\nwant %q", k.bursts, grouped)
	}
	c, err := New(&Config{Hello: "pc1.email.com", Without: smtp.WithPipelining}, mail)
	if err != nil {
		t.Fatal(err)
	}
	k := &talk{t: t, s: server().pipelining(), c: c, cut: -1}
	if k.run(); len(k.bursts) != 7 {
		t.Errorf("pipelined although it was told not to: %q", k.bursts)
	}
}

// RFC 2920 §3.1: DATA went out in a group and every recipient was refused.
func TestDataAfterOnlyRefusedRecipients(t *testing.T) {
	refused := server().pipelining().with("RCPT", "550 5.1.1 nobody")
	want := "pc2: false 550 5.1.1 nobody, final , failed at "
	k := converse(t, refused.with("DATA", "554 no recipients"), mailTo(hello, "pc2@email.com"))
	if got := summary(k.c.Result()); !strings.HasPrefix(got, want) || k.data != "" || len(k.bursts) != 3 {
		t.Errorf("%s after %q", got, k.bursts)
	}
	for _, answer := range []string{"554 no valid recipients", "250 whatever"} {
		k := converse(t, refused.with("DATA", "354 go").with(".", answer), mailTo(hello, "pc2@email.com"))
		if got := summary(k.c.Result()); !strings.HasPrefix(got, want) || k.data != ".\r\n" {
			t.Errorf("354, then %s: %s, sent %q", answer, got, k.data)
		}
	}
	// Without pipelining DATA is not even said.
	k = converse(t, server().with("RCPT", "550 5.1.1 nobody"), mailTo(hello, "pc2@email.com"))
	if got := summary(k.c.Result()); !strings.HasPrefix(got, want) || slices.Contains(k.bursts, "DATA\r\n") {
		t.Errorf("%s after %q", got, k.bursts)
	}
}

func TestManyRecipientsGoOutInWindows(t *testing.T) {
	m := mailTo(hello)
	for i := range 3 * window {
		m.To = append(m.To, path(fmt.Sprintf("pc%d@email.com", i)))
	}
	s := server().pipelining().with("RCPT TO:<pc7@email.com>", "550 no")
	k := converse(t, s, m)
	for _, burst := range k.bursts {
		if n := strings.Count(burst, "\r\n"); n > window {
			t.Errorf("%d commands under way", n)
		}
	}
	r := k.c.Result()
	if r.Outcome() != Partly || r.Recipients[7].Accepted || !r.Recipients[3*window-1].Accepted || k.data == "" {
		t.Errorf("%v, final %v", r.Outcome(), r.Final)
	}
}

func TestFallsBackToHELO(t *testing.T) {
	for _, code := range []string{"500", "502", "504"} {
		k := converse(t, server().with("EHLO", code+" what?"), mailTo(hello, "pc2@email.com"))
		if k.bursts[1] != "HELO pc1.email.com\r\n" || k.bursts[2] != "MAIL FROM:<pc1@email.com>\r\n" || k.c.Result().Outcome() != Accepted {
			t.Errorf("%s: said %q", code, k.bursts)
		}
	}
}

func TestRefusals(t *testing.T) {
	const pending = "pc2: false , final , failed at "
	for _, c := range []struct{ name, command, answer, want string }{
		{"greeting", "", "554 no mail here", pending + ": The server does not take mail now. It said: 554 no mail here"},
		{"EHLO", "EHLO", "550 go away", pending + "EHLO: The server did not accept how the client introduced itself. It said: 550 go away"},
		{"MAIL", "MAIL", "452 4.3.1 full\n", "failed at MAIL: The server did not accept the sender. It said: 452 4.3.1 full"},
		{"DATA", "DATA", "451 later", "final , failed at DATA: The server did not want the message. It said: 451 later"},
		{"message", ".", "552-5.3.4 too big\n552 5.3.4 really", "final 552 5.3.4 too big, failed at EOD: The server did not take the message. It said: 552 5.3.4 too big"},
		{"2xx to DATA", "DATA", "250 ok", "does not fit the command DATA. It said: 250 ok"},
		{"354 to RCPT", "RCPT", "354 ok", "does not fit the command RCPT. It said: 354 ok"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, s := range []script{server(), server().pipelining()} {
				k := converse(t, s.with(c.command, strings.TrimSuffix(c.answer, "\n")), mailTo(hello, "pc2@email.com"))
				if got := summary(k.c.Result()); !strings.HasSuffix(got, c.want) {
					t.Errorf("got  %s\nwant …%s", got, c.want)
				}
				if strings.HasPrefix(c.want, pending) && k.bursts[len(k.bursts)-1] != "QUIT\r\n" {
					t.Errorf("no QUIT after %q", k.bursts)
				}
			}
		})
	}
}

// A refused recipient does not spoil the accepted ones: RFC 5321 §3.3.
func TestSomeRecipientsRefused(t *testing.T) {
	for _, s := range []script{server(), server().pipelining()} {
		k := converse(t, s.with("RCPT TO:<pc9@email.com>", "550-5.1.1 No such\n550 5.1.1 mailbox"), mailTo(hello, "pc9@email.com", "pc2@email.com"))
		want := "pc9: false 550 5.1.1 No such, pc2: true " + recipient + ", " + final + ", accepted for some at EOD"
		if got := summary(k.c.Result()); got != want || k.data != hello+".\r\n" {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if text := k.c.Result().Recipients[0].Reply.Text; text != "5.1.1 No such\n5.1.1 mailbox" {
			t.Errorf("text %q", text)
		}
	}
}

func Test421AtAnyTime(t *testing.T) {
	for _, pipelining := range []bool{false, true} {
		for _, at := range []string{"", "EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT"} {
			s := server()
			if pipelining {
				s = s.pipelining()
			}
			k := converse(t, s.with(at, "421 4.3.2 shutting down"), mailTo(hello, "pc2@email.com"))
			r := k.c.Result()
			if at == "QUIT" {
				if r.Outcome() != Accepted {
					t.Errorf("at QUIT: %s", summary(r))
				}
				continue
			}
			var f *Failure
			if !errors.As(r.Err, &f) || f.Reply.Code != 421 || r.Outcome() != Failed {
				t.Errorf("at %q: %s", at, summary(r))
			}
			if at == "." && r.Final.Code != 421 || at == "RCPT" && r.Recipients[0].Reply.Code != 421 {
				t.Errorf("at %q: %s", at, summary(r))
			}
		}
	}
}

func TestHostileServers(t *testing.T) {
	for _, c := range []struct{ name, command, answer, want string }{
		{"endless line", "", "220 " + strings.Repeat("x\r", 10000), "without end"},
		{"endless reply", "EHLO", strings.Repeat("250-X\r\n", 10000), "without end"},
		{"LF alone", "MAIL", "250 ok\n\r", "LF alone"},
		{"no reply", "", "+OK POP3\r\n", "no SMTP reply"},
		{"code 199", "", "199 x\r\n", "no SMTP reply"},
		{"code 600", "MAIL", "600 x\r\n", "no SMTP reply"},
		{"four digits", "MAIL", "2500 x\r\n", "no SMTP reply"},
		{"two codes", "EHLO", "250-email.com\r\n251 HELP\r\n", "no SMTP reply"},
		{"empty line", "MAIL", "\r\n", "no SMTP reply"},
		{"TLS", "", "\x16\x03\x01\r\n", "no SMTP reply"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := converse(t, server().with(c.command, c.answer), mailTo(hello, "pc2@email.com"))
			var f *Failure
			if err := k.c.Result().Err; !errors.As(err, &f) || !strings.Contains(f.Text, c.want) {
				t.Errorf("got %v, want …%s…", err, c.want)
			}
		})
	}
	k := converse(t, server().with(".", "550 \x1b[31m\xff\x00bad"), mailTo(hello, "pc2@email.com"))
	if got := k.c.Result().Final.String(); got != "550 ?[31m??bad" {
		t.Errorf("odd octets are kept: %q", got)
	}
	// Garbage after the acceptance does not take it back.
	k = converse(t, server().with("QUIT", "what?\r\n"), mailTo(hello, "pc2@email.com"))
	if r := k.c.Result(); r.Outcome() != Accepted {
		t.Errorf("garbage at QUIT: %s", summary(r))
	}
	// A server that answers before it can have read the message still gets all of it.
	big := strings.Repeat("a line of text\r\n", 10000)
	k = converse(t, server().with("DATA", "354 go\r\n250 had it\r\n221 bye\r\n").with(".", "\r").with("QUIT", "\r"), mailTo(big, "pc2@email.com"))
	if got := strings.Join(k.bursts, ""); !strings.HasSuffix(got, "DATA\r\n"+big+".\r\nQUIT\r\n") {
		t.Errorf("sent %d octets, ending in %q", len(got), got[max(0, len(got)-40):])
	}
}

// Whatever its pieces, a conversation has one outcome; and wherever it is lost, the client knows what it knows.
func TestAnySplitAndAnyLoss(t *testing.T) {
	for _, s := range []script{server(), server().pipelining(), server().with("EHLO", "502 no"), server().with("RCPT", "550-no\n550 no")} {
		mail := mailTo(hello, "pc2@email.com", "pc3@email.com")
		whole := converse(t, s, mail)
		for size := 1; size < 40; size++ {
			c, err := New(config, mail)
			if err != nil {
				t.Fatal(err)
			}
			k := &talk{t: t, s: s, c: c, size: size, cut: -1}
			k.run()
			if got, want := summary(c.Result()), summary(whole.c.Result()); got != want || !slices.Equal(k.bursts, whole.bursts) {
				t.Errorf("pieces of %d:\ngot  %s\nwant %s", size, got, want)
			}
		}
	}
	for cut, want := range []string{"the server's greeting", "EHLO", "MAIL", "RCPT", "DATA", "nobody knows", ""} {
		c, err := New(config, mailTo(hello, "pc2@email.com"))
		if err != nil {
			t.Fatal(err)
		}
		k := &talk{t: t, s: server(), c: c, cut: cut}
		k.run()
		r := c.Result()
		if want == "" {
			if r.Outcome() != Accepted { // the 250 stands although QUIT was not answered
				t.Errorf("lost at QUIT: %s", summary(r))
			}
		} else if !r.Done || r.Err == nil || !strings.Contains(r.Err.Error(), want) || c.Output() != nil {
			t.Errorf("lost at answer %d: %s", cut, summary(r))
		}
	}
}

func TestContent(t *testing.T) {
	for _, c := range []struct{ content, sent string }{
		{"", ".\r\n"},
		{"x", "x\r\n.\r\n"},
		{"x\r\n", "x\r\n.\r\n"},
		{"\r\n", "\r\n.\r\n"},
		{".\r\n", "..\r\n.\r\n"},
		{".", "..\r\n.\r\n"},
		{"a\r\n.\r\nb\r\n..\r\n.c", "a\r\n..\r\nb\r\n...\r\n..c\r\n.\r\n"},
	} {
		k := converse(t, server(), mailTo(c.content, "pc2@email.com"))
		if k.data != c.sent {
			t.Errorf("%q was sent as %q, want %q", c.content, k.data, c.sent)
		}
	}
	for _, content := range []string{
		strings.Repeat(".\r\n", 60000),
		strings.Repeat("\r\n", 60000),
		"x" + strings.Repeat(".\r\n", 60000),
		strings.Repeat("x", 60000),
		"." + strings.Repeat("x", 60000),
	} {
		k := converse(t, server(), mailTo(content, "pc2@email.com"))
		var r smtp.DataReader
		got, n := r.Read(nil, []byte(k.data))
		if !r.Done() || n != len(k.data) || strings.TrimSuffix(string(got), "\r\n") != strings.TrimSuffix(content, "\r\n") {
			t.Errorf("%.20q… did not come back: %d of %d octets", content, len(got), len(content))
		}
	}
}

func TestEightBitContent(t *testing.T) {
	mail := mailTo("Subject: x\r\n\r\nGrüße\r\n", "pc2@email.com")
	k := converse(t, server(), mail)
	if k.bursts[1] != "MAIL FROM:<pc1@email.com> SIZE=23 BODY=8BITMIME\r\n" {
		t.Errorf("said %q", k.bursts[1])
	}
	// RFC 6152 §3: to a server without the extension it goes in 7 bit, and the result says so.
	k = converse(t, server().with("EHLO", "250 email.com"), mail)
	want := "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nR3LDvMOfZQ0K\r\n.\r\n"
	if r := k.c.Result(); r.Outcome() != Accepted || r.Converted != "8BITMIME" || k.data != want {
		t.Errorf("%s, converted for %q: sent %q", summary(r), r.Converted, k.data)
	}
	k = converse(t, server().with("EHLO", "250 email.com"), mailTo("Subject: Gr\xfc\xdfe\r\n\r\n", "pc2@email.com"))
	if r := k.c.Result(); r.Err == nil || !strings.Contains(r.Err.Error(), "8BITMIME") || !slices.Equal(k.bursts[1:], []string{"QUIT\r\n"}) {
		t.Errorf("%s after %q", summary(r), k.bursts)
	}
}

func TestWhatIsNotSent(t *testing.T) {
	to := []smtp.Path{path("pc2@email.com")}
	for _, c := range []struct {
		name  string
		hello string
		mail  Mail
		want  error
	}{
		{"nobody", "pc1", Mail{}, ErrNoRecipient},
		{"bare LF", "pc1", Mail{To: to, Content: []byte("a\nb\r\n")}, ErrLineEnd},
		{"bare CR", "pc1", Mail{To: to, Content: []byte("a\rb\r\n")}, ErrLineEnd},
		{"CR at the end", "pc1", Mail{To: to, Content: []byte("a\r\nb\r")}, ErrLineEnd},
		{"LF at the start", "pc1", Mail{To: to, Content: []byte("\na\r")}, ErrLineEnd},
		{"LF CR", "pc1", Mail{To: to, Content: []byte("a\n\rb")}, ErrLineEnd},
		{"NUL", "pc1", Mail{To: to, Content: []byte("a\x00\r\n")}, ErrNUL},
		{"null recipient", "pc1", Mail{To: []smtp.Path{{}}}, ErrPath},
		{"no domain", "pc1", Mail{To: []smtp.Path{{Local: "pc2"}}}, ErrPath},
		{"no local part", "pc1", Mail{To: []smtp.Path{{Domain: "email.com"}}}, ErrPath},
		{"injected command", "pc1", Mail{To: []smtp.Path{{Local: "a\r\nQUIT", Domain: "b"}}}, ErrPath},
		{"injected parameter", "pc1", Mail{From: smtp.Path{Local: "a", Domain: "b> SIZE=1"}, To: to}, ErrPath},
		{"path that is not UTF-8", "pc1", Mail{To: []smtp.Path{{Local: "j\xf6rg", Domain: "b"}}}, ErrPath},
		{"C1 control", "pc1", Mail{To: []smtp.Path{{Local: "j\u0085rg", Domain: "b"}}}, ErrPath},
		{"8-bit name", "pc1.émail.com", Mail{To: to}, ErrHello},
		{"long local part", "pc1", Mail{To: []smtp.Path{{Local: strings.Repeat("a", 65), Domain: "b"}}}, ErrPath},
		{"no name", "", Mail{To: to}, ErrHello},
		{"two names", "pc1 pc2", Mail{To: to}, ErrHello},
		{"name with a line end", "pc1\r\nQUIT", Mail{To: to}, ErrHello},
	} {
		if _, err := New(&Config{Hello: c.hello}, c.mail); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	mail := Mail{To: []smtp.Path{{Local: "Postmaster"}, path(`"a b"@[192.168.11.4]`)}}
	k := converse(t, server(), mail)
	if want := []string{"MAIL FROM:<> SIZE=0\r\n", "RCPT TO:<Postmaster>\r\n", "RCPT TO:<\"a b\"@[192.168.11.4]>\r\n"}; !slices.Equal(k.bursts[1:4], want) {
		t.Errorf("said %q, want %q", k.bursts[1:4], want)
	}
}

// What the client waits for, for how long, and what comes next: RFC 5321 §4.5.3.2.
func TestExpectations(t *testing.T) {
	c, err := New(&Config{Hello: "pc1", Timeouts: Timeouts{Data: time.Second}}, mailTo(hello, "pc2@email.com", "pc3@email.com"))
	if err != nil {
		t.Fatal(err)
	}
	c.Open()
	for _, step := range []struct {
		expects, next string
		patience      time.Duration
		answer        string
	}{
		{"", "EHLO", 5 * time.Minute, "220 hi"},
		{"EHLO", "MAIL", 5 * time.Minute, "502 no"},
		{"HELO", "MAIL", 5 * time.Minute, "250 hi"},
		{"MAIL", "RCPT", 5 * time.Minute, "250 ok"},
		{"RCPT", "RCPT", 5 * time.Minute, "250 ok"},
		{"RCPT", "DATA", 5 * time.Minute, "250 ok"},
		{"DATA", "EOD", time.Second, "354 go"},
		{"EOD", "QUIT", 10 * time.Minute, "250 ok"},
		{"QUIT", "", 5 * time.Minute, "221 bye"},
	} {
		for c.Output() != nil {
		}
		if c.Expects() != step.expects || c.Next() != step.next || c.Patience() != step.patience {
			t.Errorf("expects %q, next %q, for %v; want %q, %q, %v", c.Expects(), c.Next(), c.Patience(), step.expects, step.next, step.patience)
		}
		if r := c.Result(); r.Done || r.Stage != step.expects {
			t.Errorf("at %q: %s", step.expects, summary(r))
		}
		c.Receive([]byte(step.answer + "\r\n"))
		if step.expects == "DATA" && c.Patience() != 3*time.Minute {
			t.Errorf("%v for a block of the message", c.Patience())
		}
	}
	if c.Expects() != "" || c.Next() != "" || !c.Result().Done {
		t.Errorf("after the end expects %q, next %q", c.Expects(), c.Next())
	}
	c, _ = New(config, mailTo(hello, "pc2@email.com"))
	c.Expire()
	if err := c.Result().Err; err == nil || !strings.Contains(err.Error(), "did not answer in time") || !c.Closed() {
		t.Errorf("after its patience: %v", err)
	}
}

// replies are what a server says in a conversation with one recipient, answer by answer.
var replies = [][]byte{
	[]byte("220 email.com SMTP Lab ready\r\n"),
	[]byte("250-email.com\r\n250-SIZE 10485760\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250-PIPELINING\r\n250 HELP\r\n"),
	[]byte("250 2.1.0 Sender accepted\r\n250 2.1.5 Recipient accepted\r\n354 Send the message, end with a dot\r\n"),
	[]byte("250 2.0.0 Accepted as 4F1A\r\n"),
	[]byte("221 2.0.0 Goodbye\r\n"),
}

func deliver(b *testing.B, content []byte) {
	mail := Mail{From: path("pc1@email.com"), To: []smtp.Path{path("pc2@email.com")}, Content: content}
	b.ReportAllocs()
	for b.Loop() {
		c, err := New(config, mail)
		if err != nil {
			b.Fatal(err)
		}
		c.Open()
		for _, reply := range replies {
			c.Receive(reply)
			for c.Output() != nil {
			}
		}
		if r := c.Result(); r.Outcome() != Accepted || !r.Done {
			b.Fatal(summary(r))
		}
	}
}

var line = "a line of sixty-four octets, with its CR and its LF at the end.\r\n"

func BenchmarkConversation1KiB(b *testing.B) {
	deliver(b, []byte("Subject: x\r\n\r\n"+strings.Repeat(line, 15)))
}

func BenchmarkConversation1MiB(b *testing.B) {
	content := strings.Repeat(line, 1<<14)
	b.SetBytes(int64(len(content)))
	deliver(b, []byte(content))
}

func TestAllocations(t *testing.T) {
	mail := mailTo("Subject: x\r\n\r\n"+strings.Repeat(line, 15), "pc2@email.com")
	n := testing.AllocsPerRun(100, func() {
		c, _ := New(config, mail)
		for _, reply := range replies {
			c.Receive(reply)
			for c.Output() != nil {
			}
		}
	})
	if n > 8 {
		t.Errorf("a conversation allocates %v times, want at most 8", n)
	}
}
