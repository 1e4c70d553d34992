package lab_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"smtplab/sim/lab"
	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// SMTP by hand: a person at a PC's terminal, and a person in the server's place. What is typed goes over the same wire,
// into the same trace, by the same rules.

// typist types at one end of a connection.
type typist struct {
	t    testing.TB
	l    *lab.Lab
	host string
	conn uint32
}

// terminal opens a connection from a PC by hand.
func terminal(t testing.TB, l *lab.Lab, host, target string, port int) typist {
	t.Helper()
	return typist{t, l, host, dialed(t, l, lab.Action{Host: host, Target: target, N: port})}
}

// playServer has a person answer on ports 25 and 587.
func playServer(t testing.TB, l *lab.Lab) { serve(t, l, func(s *lab.Service) { s.ByHand = true }) }

// called is the server's end of the newest connection.
func called(t testing.TB, l *lab.Lab) typist {
	t.Helper()
	talks := l.Conversations()
	c := talks[len(talks)-1]
	if !c.HandServer {
		t.Fatalf("nobody plays the server: %+v", c)
	}
	return typist{t, l, "server", c.Conn}
}

// say says octets as one write.
func (p typist) say(octets string) {
	p.t.Helper()
	do(p.t, p.l, lab.Action{Verb: lab.Say, Host: p.host, Conn: p.conn, Data: []byte(octets)})
}

// end ends the connection by Finish or Drop.
func (p typist) end(verb lab.Verb) {
	p.t.Helper()
	do(p.t, p.l, lab.Action{Verb: verb, Host: p.host, Conn: p.conn})
}

// hears is what the other side has said since.
func (p typist) hears(want ...string) {
	p.t.Helper()
	c := p.talk()
	other := c.Server
	if p.host == "server" {
		other = c.Client
	}
	said := heard(p.l, p.conn, other)
	for _, w := range want {
		_, after, found := strings.Cut(said, w)
		if !found {
			p.t.Fatalf("%s does not hear %q in %q", p.host, w, said)
		}
		said = after
	}
}

func (p typist) talk() lab.Conversation {
	c, _ := p.l.Conversation(p.conn)
	return c
}

// open reports whether the end is still there.
func (p typist) open() bool { _, ok := p.l.LineAt(p.conn, p.host); return ok }

func TestWholeMailByHand(t *testing.T) {
	l := newLab(t)
	p := terminal(t, l, "pc1", "email.com", 25)
	p.hears("220 email.com ")
	for _, step := range []struct{ say, hear string }{
		{"EHLO pc1.email.com\r\n", "250-email.com "},
		{"MAIL FROM:<pc1@email.com>\r\n", "250 2.1.0 "},
		{"RCPT TO:<pc2@email.com>\r\n", "250 2.1.5 "},
		{"DATA\r\n", "354 "},
		{"Subject: By hand\r\n\r\n", ""},
		{"Typed.\r\n", ""},
		{".\r\n", "250 2.0.0 Accepted"},
		{"QUIT\r\n", "221 "},
	} {
		p.say(step.say)
		p.hears(step.hear)
	}
	if p.open() || !allEnded(l) {
		t.Errorf("the terminal has not closed when the server had: %+v", p.talk())
	}
	if c := p.talk(); !c.HandClient || c.HandServer || c.Outcome != "1 message accepted" || !c.Good {
		t.Errorf("%+v", c)
	}
	mails := fetched(t, l, "pc2")
	if len(mails) != 1 || !strings.Contains(string(mails[0].Raw), "\r\nSubject: By hand\r\n\r\nTyped.\r\n") {
		t.Errorf("%+v", mails)
	}
	// It stands in the trace like what a program says, after who did it.
	var told []string
	for e := range l.Trace().After(0) {
		switch {
		case e.Kind == trace.Action && e.From == "pc1":
			told = append(told, e.Note)
		case e.Kind == trace.Command && e.Conn == p.conn:
			told = append(told, e.Verb)
		}
	}
	if want := []string{"opens a connection by hand: email.com, port 25", "EHLO", "MAIL", "RCPT", "DATA", "QUIT"}; !slices.Equal(told, want) {
		t.Errorf("told: %q", told)
	}
	healthy(t, l)
	checkWire(t, l)
}

// Many lines are one write, so one segment, and the server answers them in one go.
func TestPipelinedPaste(t *testing.T) {
	l := newLab(t)
	p := terminal(t, l, "pc1", "server", 25)
	before := l.Trace().Last()
	p.say("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<pc2@email.com>\r\nRCPT TO:<nobody@email.com>\r\nDATA\r\n")
	var segments, commands int
	for e := range l.Trace().After(before) {
		if e.From == "pc1" && e.Kind == trace.Segment {
			segments++
		}
		if e.Kind == trace.Command {
			commands++
		}
	}
	if segments != 1 || commands != 5 {
		t.Errorf("%d segments with %d commands", segments, commands)
	}
	p.hears("250 ", "250 2.1.0", "250 2.1.5", "550 5.1.1", "354 ")
	p.say("Hello.\r\n.\r\nQUIT\r\n")
	p.hears("250 2.0.0", "221 ")
	checkWire(t, l)
}

// What no mail program sends: a line that ends with LF or CR alone, NUL, a line without an end, an empty line. The server
// takes none of it for what it might mean.
func TestOddOctets(t *testing.T) {
	for name, test := range map[string]struct {
		say  []string
		hear []string
	}{
		"LF alone":             {[]string{"NOOP\n", "NOOP\r\n"}, []string{"500 5.5.2"}},
		"CR alone":             {[]string{"NOOP\r", "NOOP\r\n"}, []string{"500 5.5.2"}},
		"NUL":                  {[]string{"NO\x00OP\r\n"}, []string{"500 5.5.2"}},
		"NUL in an argument":   {[]string{"EHLO x\x00y\r\n"}, []string{"501 "}},
		"in pieces":            {[]string{"NO", "OP", "\r", "\n"}, []string{"250 2.0.0"}},
		"an empty line":        {[]string{"\r\n"}, []string{"500 5.5.2"}},
		"a dot of smugglers":   {[]string{"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<pc2@email.com>\r\nDATA\r\n", "Hi\n.\nMAIL FROM:<evil@email.com>\r\n.\r\n"}, []string{"354 ", "554 5.6.0"}},
		"NUL in the message":   {[]string{"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<pc2@email.com>\r\nDATA\r\n", "\x00\r\n.\r\n"}, []string{"354 ", "554 5.6.0"}},
		"letters of elsewhere": {[]string{"EHLO zoë\r\n"}, []string{"501 "}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			p := terminal(t, l, "pc3", "", 25)
			p.hears("220 ")
			for _, octets := range test.say {
				p.say(octets)
			}
			p.hears(test.hear...)
			p.say("QUIT\r\n")
			p.hears("221 ")
			if heard(l, p.conn, "pc3") != strings.Join(test.say, "")+"QUIT\r\n" {
				t.Errorf("the wire carried %q", heard(l, p.conn, "pc3"))
			}
			if onServer(l, "pc2") != 0 {
				t.Error("a mail was taken")
			}
			checkWire(t, l)
			healthy(t, l)
		})
	}
}

// Two terminals on one PC are two conversations. So many may be open, and no more.
func TestTwoTerminals(t *testing.T) {
	l := newLab(t)
	one, two := terminal(t, l, "pc1", "", 25), terminal(t, l, "pc1", "192.168.11.4", 110)
	one.say("EHLO one\r\n")
	two.say("USER pc1\r\n")
	one.say("MAIL FROM:<>\r\n")
	two.say("PASS pc1\r\n")
	one.hears("250-", "250 2.1.0")
	two.hears("+OK", "+OK", "+OK")
	if c := one.talk(); c.State != trace.MailGiven {
		t.Errorf("one is %v", c.State)
	}
	if c := two.talk(); c.State != trace.Transaction {
		t.Errorf("two is %v", c.State)
	}
	for range lab.MaxTerminals - 2 {
		terminal(t, l, "pc1", "", 25)
	}
	open := lab.Action{Verb: lab.Connect, Host: "pc1", N: 25}
	if m := mustMistake(t, l, open, "limit", ""); !strings.Contains(m.Text, "8 terminals") {
		t.Errorf("%q", m.Text)
	}
	terminal(t, l, "pc2", "", 25) // it is another PC's matter
	one.end(lab.Finish)
	if one.open() {
		t.Error("it is closed on both sides, and still there")
	}
	do(t, l, open)
	two.end(lab.Finish)
	if c := two.talk(); c.Outcome != "no message fetched" || !c.Good {
		t.Errorf("two came out as %q", c.Outcome)
	}
}

// Where a connection leads: by every name that a host has.
func TestTargets(t *testing.T) {
	for target, want := range map[string]string{
		"": "192.168.11.4:25", "email.com": "192.168.11.4:25", " EMAIL.COM ": "192.168.11.4:25", "server": "192.168.11.4:25",
		"SMTP Server": "192.168.11.4:25", "192.168.11.4": "192.168.11.4:25", "pc2": "192.168.11.2:25", "PC-2": "192.168.11.2:25",
		"pc2.email.com": "192.168.11.2:25", "10.1.2.3": "10.1.2.3:25",
	} {
		l := newLab(t)
		if c := terminal(t, l, "pc1", target, 25).talk(); c.ServerAddr.String() != want {
			t.Errorf("%q leads to %s, want %s", target, c.ServerAddr, want)
		}
	}
	l := newLab(t)
	for target, code := range map[string]string{
		"pc9": "unknown_name", "example.org": "unknown_name", "192.168.11": "unknown_name", "\xff\x00": "unknown_name",
		strings.Repeat("x", 5000): "unknown_name", "switch": "unknown_name", "::1": "bad_address", "127.0.0.1": "bad_address",
		"0.0.0.0": "bad_address", "localhost": "bad_address", "pc1": "bad_address", "192.168.11.1": "bad_address",
	} {
		mustMistake(t, l, lab.Action{Verb: lab.Connect, Host: "pc1", Target: target, N: 25}, code, "target")
	}
	for _, port := range []int{0, -1, 65536} {
		mustMistake(t, l, lab.Action{Verb: lab.Connect, Host: "pc1", Target: "pc2", N: port}, "bad_port", "port")
	}
	for _, host := range []string{"server", "switch", "nobody", ""} {
		mustMistake(t, l, lab.Action{Verb: lab.Connect, Host: host, N: 25}, "unknown_host", "")
	}
}

// Nobody listens on a PC, nor on most ports of the server; nobody has some addresses; and a cut cable carries nothing.
func TestNoConnection(t *testing.T) {
	for _, test := range []struct {
		target  string
		port    int
		cut     bool
		outcome string
	}{
		{"pc2", 25, false, "refused"}, {"email.com", 26, false, "refused"}, {"10.0.0.1", 25, false, "no such host"}, {"email.com", 25, true, "timed out"},
	} {
		l := newLab(t)
		if test.cut {
			apply(t, l, lab.Action{Verb: lab.Cut, Host: "server"})
		}
		p := terminal(t, l, "pc1", test.target, test.port)
		if w := l.Wait(); test.cut && !strings.Contains(w.Text, "terminal on PC-1") {
			t.Errorf("it waits: %q", w.Text)
		}
		if _, ok := l.LineAt(p.conn, "pc1"); ok {
			mustMistake(t, l, lab.Action{Verb: lab.Say, Host: "pc1", Conn: p.conn, Data: []byte("x")}, "not_now", "text")
		}
		skipToEnd(t, l)
		if c := p.talk(); c.Outcome != test.outcome || c.Open || c.Good || p.open() {
			t.Errorf("%s, port %d: %+v", test.target, test.port, c)
		}
	}
}

// What cannot be said is refused in words, and nothing happens.
func TestMistakesByHand(t *testing.T) {
	l := newLab(t)
	p := terminal(t, l, "pc1", "", 25)
	say := func(host string, conn uint32, octets string) lab.Action {
		return lab.Action{Verb: lab.Say, Host: host, Conn: conn, Data: []byte(octets)}
	}
	before := l.Trace().Last()
	mustMistake(t, l, say("pc1", p.conn, ""), "empty", "text")
	mustMistake(t, l, say("pc1", p.conn, strings.Repeat("x", 128<<10+1)), "too_big", "text")
	mustMistake(t, l, say("pc1", p.conn+1, "x"), "not_now", "")
	mustMistake(t, l, say("pc2", p.conn, "x"), "not_now", "") // it is not its own
	mustMistake(t, l, say("server", p.conn, "x"), "not_now", "")
	mustMistake(t, l, say("\"", p.conn, "x"), "not_now", "")
	mustMistake(t, l, lab.Action{Verb: lab.Took, Host: "pc1", Conn: p.conn, N: 1}, "not_now", "") // a person reads at once
	if l.Trace().Last() != before {
		t.Error("something happened")
	}
	p.end(lab.Finish)
	mustMistake(t, l, say("pc1", p.conn, "x"), "not_now", "")

	q := terminal(t, l, "pc1", "", 25)
	apply(t, l, lab.Action{Verb: lab.Finish, Host: "pc1", Conn: q.conn}) // and nothing has arrived yet
	mustMistake(t, l, say("pc1", q.conn, "x"), "not_now", "text")
	mustMistake(t, l, lab.Action{Verb: lab.Finish, Host: "pc1", Conn: q.conn}, "not_now", "")
	do(t, l, lab.Action{Verb: lab.Drop, Host: "pc1", Conn: q.conn})
	if q.open() || !allEnded(l) {
		t.Errorf("%+v", q.talk())
	}
}

// A terminal reads at once: however much the server says, its window stays open.
func TestTerminalReadsAtOnce(t *testing.T) {
	l := newLab(t)
	p := terminal(t, l, "pc1", "", 25)
	for range 30 {
		p.say(strings.Repeat("HELP\r\n", 300)) // 220 kB of answers in all
	}
	p.say("QUIT\r\n")
	if said := heard(l, p.conn, "server"); strings.Count(said, "214 ") != 9000 || len(said) < 2*(128<<10) || !strings.HasSuffix(said, "\r\n") {
		t.Errorf("%d octets, of which %d ends of help", len(said), strings.Count(said, "214 "))
	}
	if p.open() {
		t.Error("it has not come to its end")
	}
}

// answerRight answers a PC's mail program as a server should, and returns what it was asked.
func answerRight(p typist) (asked []string) {
	replies := map[string]string{
		"EHLO": "250-email.com hello\r\n250 SIZE 10485760\r\n", "MAIL": "250 OK\r\n", "RCPT": "250 OK\r\n", "DATA": "354 go on\r\n",
		"EOD": "250 OK, accepted\r\n", "QUIT": "221 email.com bye\r\n",
	}
	p.say("220 email.com by hand\r\n")
	for range 20 {
		open := p.judge().Asked()
		if len(open) == 0 {
			break
		}
		asked = append(asked, open[0].Verb)
		p.say(replies[open[0].Verb])
	}
	return asked
}

// judge judges the conversation as far as it has come.
func (p typist) judge() *smtp.Judge {
	j, _ := p.judged()
	return j
}

func (p typist) judged() (*smtp.Judge, []smtp.Breach) {
	j := &smtp.Judge{Name: "email.com"}
	var all []smtp.Breach
	for e := range p.l.Trace().After(0) {
		if e.Conn == p.conn {
			all = append(all, j.Event(&e)...)
		}
	}
	return j, all
}

// The PC's mail program calls, a person answers as a server does, and the mail counts as accepted, though nobody has it.
func TestBeTheServer(t *testing.T) {
	l := newLab(t)
	playServer(t, l)
	do(t, l, send("pc1", hello("pc2@email.com")))
	p := called(t, l)
	if w := l.Wait(); !strings.Contains(w.Text, "PC-1 waits for the greeting. A person plays the server") {
		t.Errorf("it waits: %q", w.Text)
	}
	asked := answerRight(p)
	if want := []string{"EHLO", "MAIL", "RCPT", "DATA", "EOD", "QUIT"}; !slices.Equal(asked, want) {
		t.Errorf("asked %v", asked)
	}
	p.hears("EHLO pc1.email.com", "MAIL FROM:<pc1@email.com> SIZE=", "RCPT TO:<pc2@email.com>", "Subject: Hello")
	if n := onlyNotice(t, l); !n.Good || !strings.HasPrefix(n.Outcome.Reply, "250 OK, accepted") || l.Trace().At(n.Outcome.Seq).Code != 250 {
		t.Errorf("%+v", n)
	}
	if onServer(l, "pc2") != 0 {
		t.Error("it is stored somewhere")
	}
	if c := p.talk(); c.Outcome != "1 message accepted" || c.HandClient || p.open() || !allEnded(l) {
		t.Errorf("%+v", c)
	}
	if _, breaches := p.judged(); len(breaches) > 0 {
		t.Errorf("the judge holds %v against it", breaches)
	}
	checkWire(t, l)

	// The ports that are not SMTP in the clear answer by themselves, and so do all when the program is back.
	do(t, l, lab.Action{Verb: lab.Fetch, Host: "pc2"})
	if pc2, _ := l.PC("pc2"); pc2.CheckError != "" {
		t.Errorf("%s", pc2.CheckError)
	}
	serve(t, l, func(s *lab.Service) { s.ByHand = false })
	healthy(t, l)
}

// Wrong answers: the client under test does what the standard says with whatever comes, and the judge tells what was wrong.
func TestWrongAnswers(t *testing.T) {
	ehlo := "220 email.com hi\r\n|250 email.com\r\n|"
	for name, test := range map[string]struct {
		answers string // one for each time that the client waits
		text    string // of the notice
		breach  string
	}{
		"no code":           {"hello\r\n", "something that is no SMTP reply", "not a reply"},
		"LF alone":          {"220 email.com hi\n", "LF alone", "line end"},
		"no greeting":       {"250 email.com\r\n|250 email.com\r\n|250 OK\r\n|250 OK\r\n|354 go\r\n|250 OK\r\n|221 email.com\r\n", "accepted", "no greeting"},
		"a refusal":         {"554 no mail\r\n|221 email.com bye\r\n", "refused the mail", ""},
		"EHLO refused":      {"220 email.com hi\r\n|550 no\r\n|221 email.com bye\r\n", "refused the mail", ""},
		"an old server":     {"220 email.com hi\r\n|502 what?\r\n|250 email.com\r\n|250 OK\r\n|250 OK\r\n|354 go\r\n|250 OK\r\n|221 email.com\r\n", "accepted", ""},
		"354 to MAIL":       {ehlo + "354 go\r\n", "does not fit the command MAIL", "intermediate"},
		"250 to DATA":       {ehlo + "250 OK\r\n|250 OK\r\n|250 OK\r\n", "does not fit the command DATA", "no go-ahead"},
		"nobody":            {ehlo + "250 OK\r\n|550 no such mailbox\r\n|221 email.com bye\r\n", "refused", ""},
		"perhaps later":     {ehlo + "451 try again\r\n|221 email.com bye\r\n", "refused", ""},
		"an odd code":       {ehlo + "250 OK\r\n|250 OK\r\n|354 go\r\n|251 fine\r\n|221 email.com\r\n", "accepted", "unlisted"},
		"no code at all":    {ehlo + "299 fine\r\n|250 OK\r\n|354 go\r\n|250 OK\r\n|221 email.com\r\n", "accepted", "bad code"},
		"two codes":         {ehlo + "250-OK\r\n251 OK\r\n", "no SMTP reply", "mixed codes"},
		"421":               {ehlo + "421 email.com going\r\n", "ended the conversation", ""},
		"another name":      {"220 example.org hi\r\n|250 email.com\r\n|421 email.com\r\n", "ended the conversation", "wrong name"},
		"it only hangs up":  {ehlo + "FIN", "connection", "hangup"},
		"a broken off line": {ehlo + "RST", "broke off", "hangup"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			playServer(t, l)
			do(t, l, send("pc1", hello("pc2@email.com")))
			p := called(t, l)
			for answer := range strings.SplitSeq(test.answers, "|") {
				switch answer {
				case "FIN":
					p.end(lab.Finish)
				case "RST":
					p.end(lab.Drop)
				default:
					p.say(answer)
				}
			}
			n := onlyNotice(t, l)
			if !strings.Contains(n.Text+n.Outcome.Advice, test.text) {
				t.Errorf("%q %q", n.Text, n.Outcome.Advice)
			}
			var names []string
			_, breaches := p.judged()
			for _, b := range breaches {
				names = append(names, b.String())
			}
			if got := strings.Join(names, ", "); got != test.breach {
				t.Errorf("the judge says %q, want %q", got, test.breach)
			}
			if p.open() || !allEnded(l) {
				t.Errorf("%+v", p.talk())
			}
			checkWire(t, l)
		})
	}
}

// A client that nobody answers waits as long as it should, and not for ever.
func TestNobodyAnswers(t *testing.T) {
	l := newLab(t)
	playServer(t, l)
	before := l.Now()
	do(t, l, send("pc1", hello("pc2@email.com")))
	p := called(t, l)
	skipToEnd(t, l)
	if n := onlyNotice(t, l); n.Good || !strings.Contains(n.Text, "did not answer in time") || l.Now().Sub(before) < 5*60e9 {
		t.Errorf("after %v: %+v", l.Now().Sub(before), n)
	}
	if p.open() || !allEnded(l) {
		t.Errorf("%+v", p.talk())
	}
}

// Both ends by hand at once: they share the number of their connection, and the host tells which end is meant. A side that
// is closed can still be answered.
func TestBothEnds(t *testing.T) {
	l := newLab(t)
	playServer(t, l)
	client := terminal(t, l, "pc1", "email.com", 587)
	server := called(t, l)
	if client.conn != server.conn || l.LastLine() != client.conn {
		t.Fatalf("connections %d and %d", client.conn, server.conn)
	}
	if w := l.Wait(); !strings.Contains(w.Text, "A terminal on PC-1 is connected, and a person plays the server") {
		t.Errorf("it waits: %q", w.Text)
	}
	server.say("220 email.com who is there?\r\n")
	client.hears("220 email.com who is there?")
	client.say("EHLO pc1\r\nNOOP\r\n")
	server.hears("EHLO pc1\r\nNOOP\r\n")
	client.end(lab.Finish)
	if st, ok := l.LineAt(server.conn, "server"); !ok || !st.Ended || st.Finished {
		t.Errorf("%+v %v", st, ok)
	}
	server.say("250 email.com\r\n250 OK\r\n")
	client.hears("250 email.com\r\n250 OK\r\n")
	if c := server.talk(); !c.HandClient || !c.HandServer || c.State != trace.Greeted || !c.Open {
		t.Errorf("%+v", c)
	}
	server.end(lab.Finish)
	if server.open() || client.open() || !allEnded(l) {
		t.Errorf("%+v", server.talk())
	}
	checkWire(t, l)

	// Whichever end is reset, the other is gone too.
	for _, who := range []string{"pc2", "server"} {
		client = terminal(t, l, "pc2", "", 25)
		server = called(t, l)
		do(t, l, lab.Action{Verb: lab.Drop, Host: who, Conn: client.conn})
		if server.open() || client.open() {
			t.Errorf("reset by %s: %+v", who, server.talk())
		}
	}
}

// A real program from outside can be answered by hand, too.
func TestAnswerOutside(t *testing.T) {
	l := newLab(t)
	playServer(t, l)
	do(t, l, lab.Action{Verb: lab.Connect, Host: lab.OutsideID, N: 25})
	conn := l.LastLine()
	p := called(t, l)
	p.say("220 email.com hi\r\n")
	if got := string(l.Arrived(nil, conn)); got != "220 email.com hi\r\n" {
		t.Errorf("%q arrived outside", got)
	}
	do(t, l, lab.Action{Verb: lab.Say, Conn: conn, Data: []byte("EHLO x\r\n")})
	p.hears("EHLO x\r\n")
	if w := l.Wait(); !strings.Contains(w.Text, "Somebody outside is connected, and a person plays the server") {
		t.Errorf("it waits: %q", w.Text)
	}
	do(t, l, lab.Action{Verb: lab.Finish, Conn: conn})
	p.say("250 email.com\r\n")
	p.end(lab.Finish)
	if st, _ := l.Line(conn); !st.Ended || p.open() {
		t.Errorf("%+v", st)
	}
}

// A restart closes what a person answers. Nobody says 421, since nobody did.
func TestRestartByHand(t *testing.T) {
	l := newLab(t)
	playServer(t, l)
	do(t, l, send("pc1", hello("pc2@email.com")))
	p := called(t, l)
	do(t, l, lab.Action{Verb: lab.Restart, Host: "server"})
	if n := onlyNotice(t, l); n.Good || p.open() || heard(l, p.conn, "server") != "" {
		t.Errorf("%+v", n)
	}
	do(t, l, send("pc2", hello("pc1@email.com")))
	called(t, l).say("220 email.com\r\n")
}

// STARTTLS can be typed, and answered, but what comes then cannot.
func TestStartTLSByHand(t *testing.T) {
	l := newLab(t)
	p := terminal(t, l, "pc1", "", 25)
	p.say("EHLO x\r\n")
	p.say("STARTTLS\r\n")
	p.hears("220 2.0.0 ")
	p.say("EHLO again\r\n")
	if c := p.talk(); c.Open || p.open() {
		t.Errorf("the server went on: %+v", c)
	}
	playServer(t, l)
	setUp(t, l, "pc2", func(a *lab.Account) { a.SMTP.TLS = lab.TLSRequired })
	do(t, l, send("pc2", hello("pc1@email.com")))
	p = called(t, l)
	p.say("220 email.com\r\n")
	p.say("250-email.com\r\n250 STARTTLS\r\n")
	p.say("220 go\r\n")
	p.hears("STARTTLS\r\n", "\x16\x03")
	p.say("250 what is that?\r\n")
	if n := onlyNotice(t, l); n.Good || !strings.Contains(n.Text, "not TLS") || p.open() {
		t.Errorf("%+v", n)
	}
	l.Close()
}

// There are only so many lines. Whom nobody can answer is refused, and a reset ends them all.
func TestTooManyLines(t *testing.T) {
	l := newLab(t)
	playServer(t, l)
	for range lab.MaxLines / 2 {
		do(t, l, lab.Action{Verb: lab.Connect, Host: lab.OutsideID, N: 25}) // each is answered by a line, too
	}
	mustMistake(t, l, lab.Action{Verb: lab.Connect, Host: "pc1", N: 25}, "limit", "")
	do(t, l, send("pc1", hello("pc2@email.com")))
	if n := onlyNotice(t, l); !strings.Contains(n.Text, "refused the connection") {
		t.Errorf("%+v", n)
	}
	do(t, l, lab.Action{Verb: lab.Reset})
	healthy(t, l)
}

// The lab's own server breaks no rule, whatever is typed, and whatever programs do.
func TestServerKeepsTheRules(t *testing.T) {
	l := newLab(t)
	for seed := range uint64(20) {
		randomByHand(t, l, rand.New(rand.NewPCG(seed, 12)), 30, false)
	}
	judges := map[uint32]*smtp.Judge{}
	n := 0
	for e := range l.Trace().After(0) {
		c, _ := l.Conversation(e.Conn)
		if e.Conn == 0 || c.Proto != trace.SMTP || c.Shaken != 0 || c.ServerAddr.Port() == 465 {
			continue
		}
		if judges[e.Conn] == nil {
			judges[e.Conn] = &smtp.Judge{Name: "email.com"}
		}
		if breaches := judges[e.Conn].Event(&e); len(breaches) > 0 {
			t.Errorf("event %d, %q, breaks %v", e.Seq, e.Raw, breaches)
		}
		if e.Kind == trace.Reply {
			n++
		}
	}
	if n < 300 {
		t.Errorf("only %d replies", n)
	}
}

// What people type, at both ends and at random moments, plays again the same.
func TestDeterminismByHand(t *testing.T) {
	for seed := range uint64(40) {
		first := newLab(t)
		actions := randomByHand(t, first, rand.New(rand.NewPCG(seed, 8)), 40, true)
		again := newLab(t)
		for i, a := range actions {
			if err := again.Replay(a); err != nil {
				t.Fatalf("seed %d: action %d (%s): %v", seed, i, a.Verb, err)
			}
		}
		if err := again.MoveTo(first.Now(), first.Steps()); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		same(t, seed, first, again)
		first.Close()
		again.Close()
	}
}

// randomByHand does n random things by hand, and others, at random moments, and returns those that were possible.
func randomByHand(t *testing.T, l *lab.Lab, rng *rand.Rand, n int, plays bool) []lab.Action {
	t.Helper()
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	var done []lab.Action
	for range n {
		a := lab.Action{Host: pick("pc1", "pc2", "pc3")}
		var open []lab.Conversation
		for _, c := range l.Conversations() {
			if c.Open && (c.HandClient || c.HandServer) {
				open = append(open, c)
			}
		}
		switch k := rng.IntN(12); {
		case k < 2 || k < 9 && len(open) == 0:
			a.Verb, a.Target, a.N = lab.Connect, pick("", "email.com", "server", "192.168.11.4", "pc2", "10.0.0.1", "nobody"), []int{25, 25, 587, 110, 465, 7}[rng.IntN(6)]
		case k < 9:
			c := open[rng.IntN(len(open))]
			a.Verb, a.Host, a.Conn = lab.Say, pick(c.Client, "server"), c.Conn
			said := pick("EHLO x\r\n", "HELO x\r\n", "MAIL FROM:<>\r\nRCPT TO:<pc1@email.com>\r\n", "DATA\r\n", "Hi\r\n.\r\n", "QUIT\r\n", "\n", "\x00", "USER pc1\r\nPASS pc1\r\n",
				"NOOP\r\nRSET\r\nHELP\r\n", "BDAT 3 LAST\r\nabc", "AUTH CRAM-MD5\r\n*\r\n", "VRFY pc1\r\n", strings.Repeat("x", 600)+"\r\n")
			if a.Host == "server" {
				said = pick("220 email.com hi\r\n", "250 OK\r\n", "250-email.com\r\n250 PIPELINING\r\n", "354 go\r\n", "550 no\r\n", "221 email.com\r\n", "what?\r\n", "250 OK\n", "421 x\r\n")
			}
			if rng.IntN(15) == 0 {
				a.Verb = []lab.Verb{lab.Finish, lab.Drop}[rng.IntN(2)]
			}
			a.Data = []byte(said)
		case k == 9:
			m := hello("pc1@email.com, pc2@email.com")
			a.Verb, a.Mail = lab.Send, &m
		case k == 10:
			v, _ := l.Server("server")
			service := v.Service
			service.ByHand = plays && rng.IntN(2) == 0
			a.Verb, a.Host, a.Settings = lab.Setup, "server", &lab.Settings{Service: &service}
		case k == 11:
			a.Verb, a.Host = []lab.Verb{lab.Cut, lab.Restore, lab.Restore, lab.Restart, lab.Fetch, lab.Pause, lab.Run}[rng.IntN(7)], pick(a.Host, "server")
		}
		l.Stamp(&a)
		checked := l.Check(a)
		if err := l.Apply(a); err == nil {
			done = append(done, a)
		} else if fmt.Sprint(checked) != fmt.Sprint(err) {
			t.Fatalf("%s: Check says %v, Apply %v", a.Verb, checked, err)
		}
		for range rng.IntN(30) {
			l.Step()
		}
	}
	return done
}
