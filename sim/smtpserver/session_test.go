package smtpserver

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"smtplab/sim/dissect"
	"smtplab/sim/sasl"
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
		phases := clientSide(t, script)
		want := converse(t, script, phases, whole)
		for i, octets := range phases {
			stride := 1 + len(octets)/500*7 // long scripts are cut here and there
			for at := 0; at < len(octets); at += stride {
				got := converse(t, script, phases, func(phase int, octets []byte) [][]byte {
					if phase != i {
						return whole(phase, octets)
					}
					return [][]byte{octets[:at], octets[at:]}
				})
				if got != want {
					t.Fatalf("%s cut at %d of phase %d:\n%s", file, at, i, difference(want, got))
				}
			}
		}
		if got := converse(t, script, phases, singly); got != want {
			t.Errorf("%s one octet at a time:\n%s", file, difference(want, got))
		}
	}
}

func whole(_ int, octets []byte) [][]byte  { return [][]byte{octets} }
func singly(_ int, octets []byte) [][]byte { return slices.Collect(slices.Chunk(octets, 1)) }

// clientSide is what the client of a script sends, in one piece up to each handshake of TLS.
func clientSide(t testing.TB, script *txtar.Archive) (phases [][]byte) {
	var octets []byte
	for _, f := range script.Files {
		if f.Name != "dialog" {
			continue
		}
		for line := range strings.Lines(string(f.Data)) {
			line = strings.TrimRight(line, " \n")
			octets = append(octets, clientOctets(t, line)...)
			if line == "! tls" {
				phases, octets = append(phases, octets), nil
			}
		}
	}
	return append(phases, octets)
}

// converse has a whole conversation, cut as it is told, and returns all that came of it.
func converse(t testing.TB, script *txtar.Archive, phases [][]byte, cut func(phase int, octets []byte) [][]byte) string {
	host, cfg, first := newOffice(), &Config{Domain: "email.com"}, ""
	for _, f := range script.Files {
		if f.Name == "config" {
			first = configure(t, cfg, host, string(f.Data))
		}
	}
	s := NewSession(cfg, host, peer)
	prepare(s, first)
	s.Open()
	said := drain(s)
	for i, octets := range phases {
		for _, p := range cut(i, octets) {
			p = bytes.Clone(p)
			s.Receive(p)
			clear(p) // a Session keeps nothing of what it was given
			said = append(said, drain(s)...)
		}
		if i < len(phases)-1 {
			upgradeTLS(s)
		}
	}
	return outcome(s, host, said)
}

// outcome is all that can be seen of a conversation.
func outcome(s *Session, host *office, said []byte) string {
	return fmt.Sprintf("%s%v %d %d\n%s", said, s.State(), s.Transaction(), s.Progress(), host.delivered())
}

// TestStates proves that an observer of the replies knows the state of the conversation: smtp.Next agrees with
// the Session after every command of many random conversations.
func TestStates(t *testing.T) {
	commands := []string{
		"EHLO pc1", "EHLO", "HELO pc1", "HELO -", "MAIL FROM:<pc1@email.com>", "MAIL FROM:<spammer@example.org>",
		"MAIL FROM:<broken@email.com>", "MAIL FROM:<pc1@email.com> SIZE=99999999", "MAIL", "RCPT TO:<pc2@email.com>",
		"RCPT TO:<pc3@email.com>", "RCPT TO:<nobody@email.com>", "RCPT TO:<lost@email.com>", "RCPT TO:<>", "DATA",
		"DATA", "DATA now", "RSET", "RSET now", "NOOP", "HELP", "HELP X", "VRFY pc1", "EXPN all", "FROB", "STARTTLS now",
		"GET / HTTP/1.1", "MAIL FROM:<greylisted@example.org>", "QUIT", "QUIT now", strings.Repeat("x", 600),
		"MAIL FROM:<> BODY=BINARYMIME", "MAIL FROM:<jörg@email.com>", "RCPT TO:<jörg@email.com> NOTIFY=NEVER", "BDAT",
		"BDAT 0", "BDAT 0 LAST", "BDAT 3\r\n\x00", "BDAT 3 LAST\r\n\n", "BDAT 3 LAST\r\na", "BDAT 501\r\n" + strings.Repeat("y", 499),
		"BDAT 3 LEAST\r\nb", "BDAT 99999999999999999999", "BDAT 1\n", "AUTH", "AUTH PLAIN", "AUTH LOGIN", "AUTH FROB", "AUTH PLAIN =",
		"AUTH PLAIN AHBjMQBzZWNyZXQ=", "AUTH PLAIN AHBjMQB3cm9uZw==", "STARTTLS",
	}
	for range 9 { // so that conversations get somewhere
		commands = append(commands, "EHLO pc1", "MAIL FROM:<>", "RCPT TO:<pc2@email.com>", "DATA", "BDAT 3\r\nc")
	}
	said := map[trace.State][]string{
		trace.InData:         {".\r\n", "a\r\n.\r\n", "a\nb\r\n.\r\n", "\x00\r\n.\r\n", strings.Repeat("y", 600) + "\r\n.\r\n"},
		trace.Authenticating: {"*\r\n", "\r\n", "QUIT\r\n", "cGMx\r\n", "c2VjcmV0\r\n", "AHBjMQBzZWNyZXQ=\r\n", strings.Repeat("A", 13000) + "\r\n"},
	}
	cfg := Config{
		Domain: "email.com", MaxSize: 500, MaxErrors: 12, MaxTransactions: 10, StartTLS: true,
		Auth: []string{sasl.Plain}, AuthInClear: []string{sasl.Plain, sasl.Login},
	}
	reached := map[trace.State]int{}
	for seed := range uint64(5000) {
		random := rand.New(rand.NewPCG(seed, 0))
		if cfg.Without = 0; seed >= 4000 {
			cfg.Without = smtp.WithChunking
		}
		s := NewSession(&cfg, newOffice(), peer)
		s.Open()
		seen := smtp.Next(trace.NoState, "", replyCode(t, s.Output()))
		for range 50 {
			lines, verb := said[seen], smtp.EOD
			if seen == trace.Authenticating {
				verb = smtp.AUTH
			}
			if lines == nil {
				line := commands[random.IntN(len(commands))] + "\r\n"
				if !cfg.offers(smtp.WithChunking) { // then no chunk belongs to BDAT
					line = line[:strings.Index(line, "\r\n")+2]
				}
				lines, verb = []string{line}, answered(&cfg, line)
			}
			line := lines[random.IntN(len(lines))]
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
			upgradeTLS(s)
			reached[seen]++
		}
	}
	for state := trace.Connected; state <= trace.Authenticating; state++ {
		if reached[state] < 100 {
			t.Errorf("%v was reached only %d times", state, reached[state])
		}
	}
}

// answered is the verb that the reply to a command has, with a chunk behind it.
func answered(cfg *Config, command string) string {
	line, _, _ := strings.Cut(command, "\r\n")
	verb, arg := smtp.ParseCommand([]byte(line))
	if size, last, _ := smtp.ParseBDAT(arg); verb == smtp.BDAT && last && size >= 0 && cfg.offers(smtp.WithChunking) {
		return smtp.EOD
	}
	return verb
}

// TestSmuggling proves that nothing but CRLF.CRLF ends a message, with every mix of what others have taken for an end
// around the dot: none makes two messages of one. RFC 5321 §4.1.1.4.
func TestSmuggling(t *testing.T) {
	around := []string{"", "\r", "\n", "\r\n", "\x00", " ", ".", "\v", "\f", "\u0085", "\u2028"}
	var ends []string
	for _, a := range around {
		for _, b := range around {
			for _, c := range around {
				for _, d := range around {
					ends = append(ends, a+b+"."+c+d)
				}
			}
		}
	}
	cfg := &Config{Domain: "email.com"}
	begin := []byte("EHLO pc1\r\nMAIL FROM:<pc1@email.com>\r\nRCPT TO:<pc2@email.com>\r\nDATA\r\n")
	for _, end := range ends {
		if strings.Contains(end, "\r\n.\r\n") {
			continue
		}
		host := newOffice()
		s := NewSession(cfg, host, peer)
		s.Open()
		s.Receive(begin)
		drain(s)
		s.Receive([]byte("first" + end + "MAIL FROM:<pc3@email.com>\r\nRCPT TO:<pc1@email.com>\r\nDATA\r\nsecond\r\n.\r\n"))
		if codes := replyCodes(t, drain(s)); len(codes) != 1 || codes[0] != 250 && codes[0] != 554 || len(host.mail) > 1 || s.State() != trace.Greeted {
			t.Fatalf("with %q: %v, %d mails", end, codes, len(host.mail))
		}
	}
}

// TestBackPressure proves that a client that says much and reads nothing costs little: answers come in pieces, those to
// the rest when the first are taken, and in the end it is sent away.
func TestBackPressure(t *testing.T) {
	s := NewSession(&Config{Domain: "email.com"}, newOffice(), peer)
	s.Open()
	s.Receive(bytes.Repeat([]byte("HELP\r\n"), 10_000))
	pieces, said := 0, []byte(nil)
	for out := s.Output(); out != nil; out = s.Output() {
		if len(out) > maxOutput+1<<10 {
			t.Fatalf("%d octets at once", len(out))
		}
		pieces++
		said = append(said, out...)
	}
	if codes := replyCodes(t, said); len(codes) != 10_001 || pieces < 50 {
		t.Errorf("%d replies in %d pieces", len(codes), pieces)
	}
	for range 1000 {
		s.Receive(bytes.Repeat([]byte("HELP\r\n"), 1000))
		if len(s.out) > maxOutput+1<<10 || len(s.held) > maxHeld {
			t.Fatalf("%d octets are to be sent, %d are held", len(s.out), len(s.held))
		}
	}
	codes := replyCodes(t, drain(s))
	if !s.Closed() || codes[len(codes)-1] != 421 || s.held != nil {
		t.Errorf("closed: %v, the last reply %d", s.Closed(), codes[len(codes)-1])
	}
}

// TestProgress proves that a client makes progress by commands and by much data, and not by single octets.
func TestProgress(t *testing.T) {
	s := NewSession(&Config{Domain: "email.com"}, newOffice(), peer)
	s.Open()
	for _, test := range []struct {
		says string
		more uint64
	}{
		{"", 0}, {"NO", 0}, {"OP\r\n", 1}, {"EHLO pc1\r\nMAIL FROM:<>\r\nRCPT TO:<pc2@email.com>\r\n", 3},
		{"BDAT 5000\r\n", 0}, {"x", 0}, {strings.Repeat("x", 2048), 2}, {"RSET\r\n", 0}, {strings.Repeat("x", 2943), 2},
		{"\r\n", 1}, {"RSET\r\nMAIL FROM:<>\r\nRCPT TO:<pc2@email.com>\r\nDATA\r\n", 4}, {strings.Repeat("x", 2048), 2}, {"\r", 0},
	} {
		before := s.Progress()
		s.Receive([]byte(test.says))
		drain(s)
		if got := s.Progress() - before; got != test.more {
			t.Errorf("%.20q: %d, want %d", test.says, got, test.more)
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
		case !ok || err != nil || len(text) == 0 && code != 334:
			t.Fatalf("%q is no line of a reply", line)
		case len(line)+2 > smtp.MaxReplyLine && code != 334:
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
// to each command, that an observer of them knows the state, that package dissect reads the same off the wire, and that the
// memory they take is bounded. What follows STARTTLS counts as said under TLS.
func FuzzSession(f *testing.F) {
	for _, file := range dialogFiles(f) {
		script, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if octets := bytes.Join(clientSide(f, script), nil); len(octets) < 2000 {
			f.Add(octets, uint16(7), uint16(0))
			f.Add(octets, uint16(len(octets)/2), uint16(len(octets)))
			f.Add(octets, uint16(len(octets)), uint16(smtp.WithChunking))
		}
	}
	f.Fuzz(func(t *testing.T, octets []byte, piece, set uint16) {
		cfg := &Config{
			Domain: "email.com", MaxSize: 1000, MaxRecipients: 3, MaxTransactions: 5, StartTLS: true,
			Auth: sasl.Mechanisms, AuthInClear: []string{sasl.CramMD5, sasl.Plain}, Lookup: Lookup(set>>11) % 3,
			Without: smtp.Extensions(set), RequireTLS: set&(1<<13) != 0, RequireAuth: set&(1<<14) != 0,
		}
		pieces := observe(t, cfg, octets, int(piece)%1000+1)
		if want := observe(t, cfg, octets, len(octets)+1); pieces != want {
			t.Fatalf("in pieces:\n%s", difference(want, pieces))
		}
	})
}

// observe has a conversation in pieces of a size, checks what can be checked while it goes on, and returns its outcome.
func observe(t *testing.T, cfg *Config, octets []byte, piece int) string {
	host := newOffice()
	s := NewSession(cfg, host, peer)
	seen, replies := trace.NoState, 0
	wire := &tap{}
	wire.SMTP = dissect.NewSMTP(wire, nil)
	s.heard = func(verb string, r *smtp.Reply) {
		seen = smtp.Next(seen, verb, r.Code)
		replies++
		wire.want = append(wire.want, replied{verb, r.Code})
	}
	s.Open()
	said := drain(s)
	wire.Server(bytes.Clone(said))
	for p := range slices.Chunk(octets, piece) {
		for more := bytes.Clone(p); len(more) > 0; {
			wire.Client(bytes.Clone(more))
			s.Receive(more)
			clear(more)
			for out := s.Output(); out != nil; out = s.Output() {
				if said = append(said, out...); len(out) > maxOutput+4<<10 {
					t.Fatalf("%d octets are to be sent at once", len(out))
				}
				wire.Server(bytes.Clone(out))
			}
			if !slices.EqualFunc(wire.got, wire.want, replied.is) {
				t.Fatalf("read off the wire are the replies %v, said were %v", wire.got, wire.want)
			}
			var ok bool
			if more, ok = s.StartsTLS(); ok {
				s.Secured(&protected)
				wire.SMTP = dissect.NewSMTP(wire, nil) // a handshake there is none, so what comes now is read as if in the clear
				wire.Server([]byte("220\r\n"))
				wire.got, wire.want = nil, nil
			}
		}
		if seen != s.State() || wire.State() != s.State() {
			t.Fatalf("an observer sees %v, on the wire %v, but the session is %v", seen, wire.State(), s.State())
		}
		limit := 2 * longestLine
		if s.State() == trace.Authenticating {
			limit = 2 * smtp.MaxAuthLine
		}
		if held := cap(s.line.held); held > limit || len(s.held) > 0 {
			t.Fatalf("%d octets are kept for a line, %d are held", held, len(s.held))
		}
		if kept := len(s.content); kept > 1000+2*traceRoom+len(s.name) {
			t.Fatalf("%d octets are kept of a message", kept)
		}
	}
	codes := replyCodes(t, said)
	if len(codes) != replies {
		t.Fatalf("%d replies were sent, %d said", len(codes), replies)
	}
	if lines := bytes.Count(octets, crlf); len(codes) > lines+2+bytes.Count(bytes.ToUpper(octets), []byte("BDAT")) {
		t.Fatalf("%d replies to %d lines", len(codes), lines)
	}
	if accepted := strings.Count(string(said), "Accepted as"); accepted != len(host.mail) {
		t.Fatalf("%d messages accepted, %d delivered", accepted, len(host.mail))
	}
	for _, m := range host.mail {
		checkMail(t, cfg, m)
	}
	return outcome(s, host, said)
}

// tap reads a conversation off the wire. It is the Sink of its dissector.
type tap struct {
	*dissect.SMTP
	log       trace.Log
	tx        uint32
	got, want []replied // the replies that were read, and those that were said
}

func (w *tap) Note(_ bool, e trace.Event) uint64 {
	seq := w.log.Append(&e)
	if e.Kind == trace.Reply {
		e = w.log.At(seq)
		w.got = append(w.got, replied{e.Verb, e.Code})
	}
	return seq
}

func (w *tap) NextTransaction() uint32 { w.tx++; return w.tx }

// replied is a reply and what it answers.
type replied struct {
	verb string
	code int
}

// is reports whether two replies are the same. A 421 may come unasked, so its verb means nothing.
func (a replied) is(b replied) bool { return a == b || a.code == 421 && b.code == 421 }

// checkMail checks what holds of every mail, whatever its client says.
func checkMail(t *testing.T, cfg *Config, m mail) {
	e := m.env
	if len(e.To) == 0 || len(e.To) > 3 || !bytes.HasPrefix(m.content, []byte("Received: from ")) || e.Options != nil && len(e.Options) != len(e.To) {
		t.Fatalf("delivered to %v: %q", e.To, m.content)
	}
	if rest := bytes.ReplaceAll(m.content, crlf, nil); bytes.ContainsAny(rest, "\r\n\x00") && !e.Binary {
		t.Fatalf("delivered with a bare CR, LF or NUL: %q", m.content)
	}
	if cfg.RequireTLS && e.TLS == "" || cfg.RequireAuth && e.User == "" {
		t.Fatalf("delivered from %q over %q", e.User, e.TLS)
	}
	for _, path := range append([]smtp.Path{e.From}, e.To...) {
		if !path.IsASCII() && !e.UTF8 {
			t.Fatalf("%v without SMTPUTF8", path)
		}
	}
}

// TestRecipients proves that a hundred recipients are served and the next is told 452. RFC 5321 §4.5.3.1.8.
func TestRecipients(t *testing.T) {
	host := newOffice()
	s := NewSession(&Config{Domain: "email.com"}, host, peer)
	s.Open()
	s.Receive([]byte("EHLO pc1\r\nMAIL FROM:<pc1@email.com>\r\n"))
	drain(s)
	s.Receive(bytes.Repeat([]byte("RCPT TO:<pc2@email.com>\r\n"), 1000))
	codes := replyCodes(t, drain(s))
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
	if !errors.Is(s.Fault(), errBroken) {
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
