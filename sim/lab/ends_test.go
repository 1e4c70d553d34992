package lab_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"smtplab/sim/lab"
)

// A line can be ended before it is open, at every step of its opening, and leaves nothing behind: not the line, and
// no place that the server holds for it.
func TestEndedEarly(t *testing.T) {
	for _, port := range []int{25, 465, 110, 995} {
		for _, verb := range []lab.Verb{lab.Finish, lab.Drop} {
			for steps := range 9 {
				t.Run(fmt.Sprintf("%d %s after %d", port, verb, steps), func(t *testing.T) {
					l := newLab(t)
					serve(t, l, func(s *lab.Service) { s.MaxConnections = 1 })
					apply(t, l, lab.Action{Verb: lab.Connect, Host: lab.OutsideID, N: port})
					conn := l.LastLine()
					for range steps {
						l.Step()
					}
					do(t, l, lab.Action{Verb: verb, Conn: conn})
					if lines := l.Outside(); len(lines) != 0 {
						t.Errorf("left: %+v", lines)
					}
					do(t, l, send("pc1", hello("pc2@email.com"))) // the only place is free again
					if o := lastSent(l); o.Progress != lab.Accepted {
						t.Errorf("%+v", o)
					}
				})
			}
		}
	}
}

// A restart ends what is open and what is about to open, and the server takes mail again at once.
func TestRestartHalfOpen(t *testing.T) {
	for steps := range 9 {
		l := newLab(t)
		apply(t, l, lab.Action{Verb: lab.Connect, Host: lab.OutsideID, N: 465})
		conn := l.LastLine()
		for range steps {
			l.Step()
		}
		do(t, l, lab.Action{Verb: lab.Restart, Host: "server"})
		// Either the server turned it away, or, when nothing of it had arrived yet, it is a new session.
		if st, ok := l.Line(conn); ok && !st.Ended && steps > 0 {
			t.Errorf("after %d steps the line outlived the restart: %+v", steps, st)
		}
		do(t, l, send("pc1", hello("pc2@email.com")))
		if o := lastSent(l); o.Progress != lab.Accepted {
			t.Errorf("after %d steps: %+v", steps, o)
		}
	}
}

// Who was a recipient when the server said 250 gets the mail, whatever becomes of the name before DATA (RFC 5321
// §4.2.5: by then the server has taken responsibility).
func TestAliasRemovedBeforeData(t *testing.T) {
	l := newLab(t)
	serve(t, l, func(s *lab.Service) { s.Aliases = []lab.Alias{{Name: "team", Members: []string{"pc1", "pc2"}}} })
	do(t, l, lab.Action{Verb: lab.Connect, Host: lab.OutsideID, N: 25})
	conn := l.LastLine()
	do(t, l, lab.Action{Verb: lab.Say, Conn: conn, Data: []byte("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<team@email.com>\r\n")})
	serve(t, l, func(s *lab.Service) { s.Aliases = nil })
	do(t, l, lab.Action{Verb: lab.Say, Conn: conn, Data: []byte("DATA\r\nSubject: x\r\n\r\nhello\r\n.\r\n")})
	replies := string(l.Arrived(nil, conn))
	do(t, l, lab.Action{Verb: lab.Finish, Conn: conn})
	if !strings.Contains(replies, "\r\n354 ") || !strings.Contains(replies, "\r\n250 2.0.0 ") {
		t.Errorf("%q", replies)
	}
	for _, id := range []string{"pc1", "pc2"} {
		if n := onServer(l, id); n != 1 {
			t.Errorf("%s has %d mails", id, n)
		}
	}
	if got := byHand(t, l, 25, "EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<team@email.com>\r\nQUIT\r\n"); !strings.Contains(got, "\r\n550 5.1.1 ") {
		t.Errorf("a new session: %q", got)
	}
}

// What the PC is set up for does not change under a conversation that has begun: its handshake is with the server it
// dialed.
func TestServerRenamedInHandshake(t *testing.T) {
	for steps := range 12 {
		l := newLab(t)
		setUp(t, l, "pc1", func(a *lab.Account) { a.SMTP.TLS = lab.TLSRequired })
		apply(t, l, send("pc1", hello("pc2@email.com")))
		for range steps {
			l.Step()
		}
		setUp(t, l, "pc1", func(a *lab.Account) { a.Server = "10.0.0.1" })
		if o := lastSent(l); o.Progress != lab.Accepted {
			t.Errorf("after %d steps: %+v", steps, o)
		}
	}
}

// A mail that takes longer than a server waits for a command is not given up while it is still coming in, with TLS
// as without.
func TestSlowMail(t *testing.T) {
	for _, tls := range []lab.TLS{lab.TLSNever, lab.TLSRequired} {
		s := lab.Default("test", 1, start)
		s.Hosts[0].Link.Bandwidth = 100_000
		l, err := lab.New(s)
		if err != nil {
			t.Fatal(err)
		}
		setUp(t, l, "pc1", func(a *lab.Account) { a.SMTP.TLS = tls })
		file := lab.File{Name: "a.bin", Data: bytes.Repeat([]byte("abc"), 1_500_000)}
		begin := l.Now()
		apply(t, l, send("pc1", lab.Mail{To: "pc2@email.com", Files: []lab.File{file}}))
		for lastSent(l).Progress == lab.Sending && l.Step() {
		}
		if o := lastSent(l); o.Progress != lab.Accepted {
			t.Errorf("%v after %v: %+v", tls, l.Now().Sub(begin), o)
		}
		if took := l.Now().Sub(begin); took < 5*60e9 {
			t.Errorf("it took %v only: nothing was proved", took)
		}
	}
}

// A report says what became of each recipient: delivered is also what went to a list, which answers for its members,
// and to one mailbox under another name; expanded is what went on to several (RFC 3464 §2.3.3).
func TestReportOfNames(t *testing.T) {
	l := newLab(t)
	serve(t, l, func(s *lab.Service) {
		s.Aliases = []lab.Alias{
			{Name: "class", List: true, Members: []string{"pc2", "pc3"}},
			{Name: "pair", Members: []string{"pc2", "pc3"}},
			{Name: "boss", Members: []string{"pc3"}},
		}
	})
	m := hello("class@email.com, pair@email.com, boss@email.com")
	m.Report = true
	do(t, l, send("pc1", m))
	mails := fetched(t, l, "pc1")
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	raw := string(mails[0].Raw)
	for name, action := range map[string]string{"class": "delivered", "pair": "expanded", "boss": "delivered"} {
		if want := "Final-Recipient: rfc822; " + name + "@email.com\r\nAction: " + action + "\r\n"; !strings.Contains(raw, want) {
			t.Errorf("no %q in %s", want, raw)
		}
	}
}

// No challenge comes twice, not even after a reset: what was heard in the last life opens nothing in this one.
func TestChallengesDiffer(t *testing.T) {
	l := newLab(t)
	seen := map[string]bool{}
	for range 3 {
		for range 2 {
			got := byHand(t, l, 25, "EHLO x\r\nAUTH CRAM-MD5\r\n*\r\nQUIT\r\n")
			_, challenge, _ := strings.Cut(got, "\r\n334 ")
			challenge, _, _ = strings.Cut(challenge, "\r\n")
			if len(challenge) < 10 || seen[challenge] {
				t.Errorf("challenge %q in %q, seen: %v", challenge, got, seen[challenge])
			}
			seen[challenge] = true
		}
		do(t, l, lab.Action{Verb: lab.Reset})
	}
}

// A client that is cut off while it connects, and gives up, does not keep its place on the server for ever.
func TestCutWhileConnecting(t *testing.T) {
	for _, port := range []int{25, 465, 110, 995} {
		l := newLab(t)
		serve(t, l, func(s *lab.Service) { s.MaxConnections = 1 })
		apply(t, l, lab.Action{Verb: lab.Connect, Host: lab.OutsideID, N: port})
		conn := l.LastLine()
		l.Step() // the SYN has arrived
		apply(t, l, lab.Action{Verb: lab.Cut, Host: lab.OutsideID})
		apply(t, l, lab.Action{Verb: lab.Drop, Conn: conn})
		for l.Step() { // as long as anybody waits
		}
		apply(t, l, lab.Action{Verb: lab.Restore, Host: lab.OutsideID})
		do(t, l, send("pc1", hello("pc2@email.com")))
		if o := lastSent(l); o.Progress != lab.Accepted {
			t.Errorf("port %d: %+v", port, o)
		}
	}
}

// A mailbox is found by VRFY in each way to write it: RFC 5321 §3.5.1.
func TestWaysToVerify(t *testing.T) {
	l := newLab(t)
	for _, name := range []string{"pc1", "<pc1>", `"pc1"`, "PC1", "pc1@email.com", "<pc1@email.com>"} {
		if got := byHand(t, l, 25, "EHLO x\r\nVRFY "+name+"\r\nQUIT\r\n"); !strings.Contains(got, "\r\n250 2.1.5 ") {
			t.Errorf("VRFY %s: %q", name, got)
		}
	}
}

// The host from which real programs come, and its address, belong to nobody else.
func TestOutsideIsReserved(t *testing.T) {
	for _, change := range []func(*lab.Host){
		func(h *lab.Host) { h.ID = lab.OutsideID },
		func(h *lab.Host) { h.IP = netip.MustParseAddr("203.0.113.1") },
	} {
		s := lab.Default("test", 1, start)
		change(&s.Hosts[0])
		if _, err := lab.New(s); err == nil {
			t.Error("it was taken")
		}
	}
	s := lab.Default("x\xff", 1, start) // a name that is no text is no reason to have no certificate
	l, err := lab.New(s)
	if err != nil || len(l.CertificatePEM()) == 0 {
		t.Error(err)
	}
}

// A mail to people and to a list is stored for all of them or for nobody, also where only the copies of the list, whose
// Return-Path is longer, do not fit: who tries again would give it to some people twice.
func TestForAllOrNobody(t *testing.T) {
	for _, room := range []int{0, 1000} {
		l := newLab(t)
		serve(t, l, func(s *lab.Service) { s.Aliases = []lab.Alias{{Name: "class", List: true, Members: []string{"pc2"}}} })
		deliver := func(to, body string) string {
			recipients := "RCPT TO:<" + strings.Join(strings.Fields(to), ">\r\nRCPT TO:<") + ">\r\n"
			conn := dialed(t, l, lab.Action{Host: "pc1", N: 25})
			said := []byte("EHLO x\r\nMAIL FROM:<>\r\n" + recipients + "DATA\r\n" + body + ".\r\nQUIT\r\n")
			for part := range slices.Chunk(said, 32<<10) {
				do(t, l, lab.Action{Verb: lab.Say, Conn: conn, Data: part})
			}
			return heard(l, conn, "server")
		}
		const text = "Subject: x\r\n\r\nx\r\n"
		octets := func(id string) (sum int) {
			for _, m := range fetched(t, l, id) {
				sum += len(m.Raw)
			}
			return sum
		}
		deliver("pc3@email.com pc1@email.com", text) // as later: Received names a recipient only where it is the only one
		direct := octets("pc3")
		line := strings.Repeat("x", 998) + "\r\n"
		for range 3 {
			deliver("pc2@email.com", strings.Repeat(line, 9500))
		}
		left := lab.MaxMailbox - octets("pc2") - direct - room // then the mail fits as it is, and not as the list sends it on
		deliver("pc1@email.com", text)
		empty := octets("pc1") - direct - len(text)
		filler := strings.Repeat(line, (left-empty)/len(line)-1)
		rest := left - empty - len(filler)
		filler += strings.Repeat("x", rest/2-2) + "\r\n" + strings.Repeat("x", rest-rest/2-2) + "\r\n"
		if got := deliver("pc2@email.com", filler); !strings.Contains(got, "\r\n250 2.0.0 ") {
			t.Fatalf("the mailbox cannot be filled: %q", got)
		}
		if got := lab.MaxMailbox - octets("pc2"); got != direct+room {
			t.Fatalf("%d octets are left, want %d", got, direct+room)
		}
		got := deliver("pc3@email.com class@email.com", text)
		refused := strings.Contains(got, "\r\n452 4.2.2 ")
		if want := room == 0; refused != want {
			t.Errorf("with room for %d octets more: %q", room, got)
		}
		if n := onServer(l, "pc3"); n != 1 && refused || n != 2 && !refused {
			t.Errorf("with room for %d octets more: pc3 has %d mails after %q", room, n, got)
		}
	}
}
