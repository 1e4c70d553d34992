package lab_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"smtplab/sim/lab"
	"smtplab/sim/message"
	"smtplab/sim/sasl"
	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// setUp changes the account of a PC.
func setUp(t testing.TB, l *lab.Lab, id string, change func(*lab.Account)) {
	t.Helper()
	pc, _ := l.PC(id)
	account := pc.Account
	change(&account)
	do(t, l, lab.Action{Verb: lab.Setup, Host: id, Settings: &lab.Settings{Account: &account}})
}

// serve changes how the server is set up.
func serve(t testing.TB, l *lab.Lab, change func(*lab.Service)) {
	t.Helper()
	v, _ := l.Server("server")
	service := v.Service
	change(&service)
	do(t, l, lab.Action{Verb: lab.Setup, Host: "server", Settings: &lab.Settings{Service: &service}})
}

// lastSent is what became of the last mail of pc1.
func lastSent(l *lab.Lab) lab.Outcome {
	pc, _ := l.PC("pc1")
	return pc.Sent[len(pc.Sent)-1].Outcome
}

// lines are the lines of the dialogue from event seq on, as "C: " and "S: ", with a "*" before those that the wire
// carried encrypted.
func linesFrom(l *lab.Lab, seq uint64) []string {
	var out []string
	for e := range l.Trace().After(seq) {
		mark := map[trace.Kind]string{trace.Command: "C: ", trace.Response: "C: ", trace.Reply: "S: "}[e.Kind]
		if mark == "" {
			continue
		}
		if e.Secure {
			mark = "*" + mark
		}
		out = append(out, mark+strings.TrimSuffix(string(e.Raw), "\r\n"))
	}
	return out
}

func has(lines []string, prefix string) bool {
	for _, line := range lines {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return false
}

// Every way to use TLS with every way to log in, by SMTP and by POP3: mail passes where it may, and the wire carries in
// the clear only what it may.
func TestAccess(t *testing.T) {
	for _, tls := range []lab.TLS{lab.TLSNever, lab.TLSOffered, lab.TLSRequired, lab.TLSFirst} {
		for _, login := range append([]string{"", lab.AnyMechanism}, sasl.Mechanisms...) {
			t.Run(fmt.Sprintf("%s %s", tls, login), func(t *testing.T) {
				l := newLab(t)
				secure := tls != lab.TLSNever
				readable := login != "" && login != lab.AnyMechanism && sasl.Readable(login)
				possible := secure || !readable
				access := lab.Access{Port: 25, TLS: tls, Login: login}
				switch {
				case tls == lab.TLSFirst:
					access.Port = 465
				case login != "":
					access.Port = 587
				}
				setUp(t, l, "pc1", func(a *lab.Account) { a.SMTP = access })
				do(t, l, send("pc1", hello("pc2@email.com")))
				delivered := possible && (tls != lab.TLSFirst || login != "")
				if o := lastSent(l); (o.Progress == lab.Accepted) != delivered {
					t.Fatalf("%+v", o)
				}
				if !delivered {
					return
				}
				said := linesFrom(l, 0)
				if has(said, "*C: MAIL") != secure || has(said, "C: MAIL") == secure {
					t.Errorf("%q", said)
				}
				if login != "" && !has(said, "*C: AUTH ") && !has(said, "C: AUTH ") {
					t.Errorf("no login: %q", said)
				}

				access.Port = 110
				if tls == lab.TLSFirst {
					access.Port = 995
				}
				before := l.Trace().Last()
				setUp(t, l, "pc2", func(a *lab.Account) { a.POP3 = access })
				if mails := fetched(t, l, "pc2"); len(mails) != 1 {
					t.Fatalf("%d mails", len(mails))
				}
				said = linesFrom(l, before)
				if has(said, "*C: RETR") != secure || has(said, "C: RETR") == secure || has(said, "C: PASS pc2") == secure && login == "" {
					t.Errorf("%q", said)
				}
				for e := range l.Trace().After(before) {
					if secure && e.Kind == trace.Segment && bytes.Contains(e.Raw, []byte("Hello")) {
						t.Error("the wire carried the message in the clear")
					}
				}
				healthy(t, l)
			})
		}
	}
}

// The handshake is told message by message, and what follows in both views.
func TestHandshakeIsTold(t *testing.T) {
	l := newLab(t)
	setUp(t, l, "pc1", func(a *lab.Account) { a.SMTP.TLS = lab.TLSRequired })
	do(t, l, send("pc1", hello("pc2@email.com")))
	var told []string
	for e := range l.Trace().After(0) {
		if e.Kind == trace.Handshake {
			name, _, _ := strings.Cut(e.Note, ":")
			told = append(told, e.From+" "+name)
		}
	}
	all := strings.Join(told, ", ")
	for _, want := range []string{"pc1 ClientHello", "server ServerHello", "server Certificate", "server Finished", "pc1 Finished"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %s in %s", want, all)
		}
	}
	if !strings.Contains(string(l.Keys()), "SERVER_TRAFFIC_SECRET_0 ") {
		t.Errorf("keys: %q", l.Keys())
	}
}

// A student switches an extension off, at the server or at the client, and sees the client fall back.
func TestWithout(t *testing.T) {
	m := hello("pc2@email.com")
	m.Subject, m.Body = "Grüße", strings.Repeat("Zwölf Boxkämpfer\n", 50)
	for _, keyword := range smtp.Switchable {
		for _, atServer := range []bool{true, false} {
			l := newLab(t)
			setUp(t, l, "pc1", func(a *lab.Account) {
				a.SMTP.TLS, a.Chunking = lab.TLSOffered, true
				if !atServer {
					a.Without = []string{keyword}
				}
			})
			if atServer {
				serve(t, l, func(s *lab.Service) { s.Without = []string{keyword} })
			}
			do(t, l, send("pc1", m))
			if o := lastSent(l); o.Progress != lab.Accepted {
				t.Errorf("without %s at the server (%v): %+v", keyword, atServer, o)
				continue
			}
			said := strings.Join(linesFrom(l, 0), "\n")
			for what, used := range map[string]bool{
				smtp.ExtStartTLS: strings.Contains(said, "C: STARTTLS"), smtp.ExtChunking: strings.Contains(said, "C: BDAT"),
				smtp.ExtSize: strings.Contains(said, " SIZE="), smtp.Ext8BitMIME: strings.Contains(said, " BODY=8BITMIME"),
				smtp.ExtEnhancedStatusCodes: strings.Contains(said, "S: 250 2.1.0"),
			} {
				expected := what != keyword || what == smtp.ExtEnhancedStatusCodes && !atServer
				if what == smtp.Ext8BitMIME && keyword != what { // the mail program may have written seven bits anyway
					continue
				}
				if used != expected {
					t.Errorf("without %s at the server (%v): %s is used: %v", keyword, atServer, what, used)
				}
			}
			mails := fetched(t, l, "pc2")
			if v := message.Parse(mails[len(mails)-1].Raw); v.Get("Subject") != "Grüße" || strings.TrimSpace(v.Text) != strings.TrimSpace(m.Body) {
				t.Errorf("without %s: the message arrived as %q", keyword, mails[len(mails)-1].Raw)
			}
			checkTLS(t, l)
		}
	}
}

// checkTLS checks that no line of the dialogue is missing: every SMTP conversation ends with 221.
func checkTLS(t testing.TB, l *lab.Lab) {
	t.Helper()
	for _, c := range l.Conversations() {
		if c.Open || !c.Good {
			t.Errorf("conversation %+v", c)
		}
	}
}

func TestWrongPassword(t *testing.T) {
	for _, login := range sasl.Mechanisms {
		l := newLab(t)
		setUp(t, l, "pc1", func(a *lab.Account) {
			a.SMTP = lab.Access{Port: 587, TLS: lab.TLSRequired, Login: login}
			a.POP3 = lab.Access{Port: 995, TLS: lab.TLSFirst, Login: login}
			a.Password = "wrong"
		})
		do(t, l, send("pc1", hello("pc2@email.com")))
		if o := lastSent(l); o.Progress != lab.Failed || !strings.HasPrefix(o.Reply, "535 5.7.8") || o.Advice == "" {
			t.Errorf("%s: %+v", login, o)
		}
		do(t, l, lab.Action{Verb: lab.Fetch, Host: "pc1"})
		if pc, _ := l.PC("pc1"); pc.CheckError == "" {
			t.Errorf("%s: POP3 let it in", login)
		}
		setUp(t, l, "pc1", func(a *lab.Account) { a.Password = "pc1" })
		healthy(t, l)
	}
}

// A submission port takes nothing from somebody who is not logged in; port 25 does.
func TestSubmission(t *testing.T) {
	l := newLab(t)
	setUp(t, l, "pc1", func(a *lab.Account) { a.SMTP.Port = 587 })
	do(t, l, send("pc1", hello("pc2@email.com")))
	if o := lastSent(l); !strings.HasPrefix(o.Reply, "530 5.7.0") {
		t.Errorf("%+v", o)
	}
	serve(t, l, func(s *lab.Service) { s.RequireTLS = true })
	setUp(t, l, "pc1", func(a *lab.Account) { a.SMTP.Login = sasl.ScramSHA256 })
	do(t, l, send("pc1", hello("pc2@email.com")))
	if o := lastSent(l); o.Progress != lab.Failed {
		t.Errorf("without TLS: %+v", o)
	}
	setUp(t, l, "pc1", func(a *lab.Account) { a.SMTP.TLS = lab.TLSOffered })
	do(t, l, send("pc1", hello("pc2@email.com")))
	if o := lastSent(l); o.Progress != lab.Accepted {
		t.Errorf("with TLS: %+v", o)
	}
	// Nothing and nobody there.
	setUp(t, l, "pc1", func(a *lab.Account) { a.SMTP.Port = 2525 })
	do(t, l, send("pc1", hello("pc2@email.com")))
	if o := lastSent(l); o.Progress != lab.Failed || !strings.Contains(o.Sentence, "refused the connection") {
		t.Errorf("a closed port: %+v", o)
	}
	setUp(t, l, "pc1", func(a *lab.Account) { a.Server = "192.168.11.99" })
	apply(t, l, send("pc1", hello("pc2@email.com")))
	finish(t, l)
	if o := lastSent(l); o.Progress != lab.Failed || !strings.Contains(o.Sentence, "no host") {
		t.Errorf("an address that nobody has: %+v", o)
	}
	setUp(t, l, "pc1", func(a *lab.Account) { a.Server, a.SMTP = "192.168.11.2", lab.Access{Port: 25} })
	do(t, l, send("pc1", hello("pc2@email.com")))
	if o := lastSent(l); !strings.Contains(o.Sentence, "refused the connection") {
		t.Errorf("another PC: %+v", o)
	}
}

// Aliases and lists are who they stand for, VRFY and EXPN tell of them as far as the policy lets them.
func TestAliases(t *testing.T) {
	l := newLab(t)
	serve(t, l, func(s *lab.Service) {
		s.Aliases = []lab.Alias{
			{Name: "teacher", Members: []string{"pc1"}},
			{Name: "class", List: true, Members: []string{"pc1", "pc2", "pc3", "teacher"}},
			{Name: "a", Members: []string{"b"}}, {Name: "b", Members: []string{"a", "pc3"}},
		}
	})
	do(t, l, send("pc2", hello("class@email.com, Teacher@email.com")))
	do(t, l, send("pc2", hello("a@email.com")))
	for id, want := range map[string]int{"pc1": 1, "pc2": 1, "pc3": 2} {
		if got := len(fetched(t, l, id)); got != want {
			t.Errorf("%s has %d mails, want %d", id, got, want)
		}
	}
	if pc3, _ := l.PC("pc3"); !bytes.HasPrefix(pc3.Inbox[0].Raw, []byte("Return-Path: <postmaster@email.com>\r\n")) {
		t.Errorf("a mail of a list: %.80q", pc3.Inbox[0].Raw) // RFC 5321 §3.9.2
	} else if !bytes.HasPrefix(pc3.Inbox[1].Raw, []byte("Return-Path: <pc2@email.com>\r\n")) {
		t.Errorf("a mail of an alias: %.80q", pc3.Inbox[1].Raw) // §3.9.1
	}
	ask := func() []string {
		before := l.Trace().Last()
		byHand(t, l, 25, "EHLO x\r\nVRFY class\r\nEXPN class\r\nVRFY nobody\r\nEXPN pc1\r\nQUIT\r\n")
		var codes []string
		for _, line := range linesFrom(l, before) {
			if strings.HasPrefix(line, "S: ") {
				codes = append(codes, line[3:6])
			}
		}
		return codes[2 : len(codes)-1]
	}
	for lookup, want := range map[lab.Lookup]string{
		lab.LookupAnswer: "[250 250 550 550]", lab.LookupVague: "[252 252 252 252]", lab.LookupOff: "[252 502 252 502]",
	} {
		serve(t, l, func(s *lab.Service) { s.Lookup = lookup })
		if got := fmt.Sprint(ask()); got != want {
			t.Errorf("lookup %q: %s, want %s", lookup, got, want)
		}
	}
}

// byHand says octets over a line from pc1 and returns what the server said.
func byHand(t testing.TB, l *lab.Lab, port int, octets string) string {
	t.Helper()
	conn := dialed(t, l, lab.Action{Host: "pc1", N: port})
	do(t, l, lab.Action{Verb: lab.Say, Host: "pc1", Conn: conn, Data: []byte(octets)})
	if _, open := l.LineAt(conn, "pc1"); open {
		do(t, l, lab.Action{Verb: lab.Finish, Host: "pc1", Conn: conn})
	}
	if _, open := l.LineAt(conn, "pc1"); open {
		t.Error("the line is still in use")
	}
	return heard(l, conn, "server")
}

// dialed opens a line and returns its number.
func dialed(t testing.TB, l *lab.Lab, a lab.Action) uint32 {
	t.Helper()
	a.Verb = lab.Connect
	do(t, l, a)
	talks := l.Conversations()
	return talks[len(talks)-1].Conn
}

// heard is what a host has said on a connection, by the segments that arrived.
func heard(l *lab.Lab, conn uint32, host string) string {
	lost := map[uint64]bool{}
	for e := range l.Trace().After(0) {
		if e.Kind == trace.Lost {
			lost[e.Re] = true
		}
	}
	var b strings.Builder
	for e := range l.Trace().After(0) {
		if e.Kind == trace.Segment && e.Conn == conn && e.From == host && !lost[e.Seq] {
			b.Write(e.Raw)
		}
	}
	return b.String()
}

func TestBadSettings(t *testing.T) {
	l := newLab(t)
	account := func(change func(*lab.Account)) *lab.Settings {
		pc, _ := l.PC("pc1")
		change(&pc.Account)
		return &lab.Settings{Account: &pc.Account}
	}
	service := func(change func(*lab.Service)) *lab.Settings {
		v, _ := l.Server("server")
		change(&v.Service)
		return &lab.Settings{Service: &v.Service}
	}
	for _, tt := range []struct {
		host, field string
		settings    *lab.Settings
	}{
		{"nobody", "", account(func(*lab.Account) {})},
		{"pc1", "user", account(func(a *lab.Account) { a.User = "pc1\xff" })}, // the journal keeps text
		{"pc1", "password", account(func(a *lab.Account) { a.Password = "\xc3(" })},
		{"server", "mechanisms", service(func(s *lab.Service) { s.InClear = []string{"PLAIN", "PLAIN"} })},
		{"switch", "", account(func(*lab.Account) {})},
		{"pc1", "", nil},
		{"pc1", "", service(func(*lab.Service) {})},
		{"server", "", account(func(*lab.Account) {})},
		{"pc1", "server", account(func(a *lab.Account) { a.Server = "mail.example.org" })},
		{"pc1", "server", account(func(a *lab.Account) { a.Server = "::1" })},
		{"pc1", "smtp_port", account(func(a *lab.Account) { a.SMTP.Port = 0 })},
		{"pc1", "pop3_tls", account(func(a *lab.Account) { a.POP3.TLS = "perhaps" })},
		{"pc1", "smtp_login", account(func(a *lab.Account) { a.SMTP.Login = "GSSAPI" })},
		{"pc1", "user", account(func(a *lab.Account) { a.User = "" })},
		{"pc1", "password", account(func(a *lab.Account) { a.Password = "a\r\nb" })},
		{"pc1", "password", account(func(a *lab.Account) { a.Password = strings.Repeat("x", 1000) })},
		{"pc1", "without", account(func(a *lab.Account) { a.Without = []string{"HELP"} })},
		{"server", "without", service(func(s *lab.Service) { s.Without = []string{"XCLIENT"} })},
		{"server", "mechanisms", service(func(s *lab.Service) { s.Mechanisms = []string{"NTLM"} })},
		{"server", "mechanisms", service(func(s *lab.Service) { s.Mechanisms, s.InClear = nil, []string{"PLAIN"} })},
		{"server", "lookup", service(func(s *lab.Service) { s.Lookup = "maybe" })},
		{"server", "max_size", service(func(s *lab.Service) { s.MaxSize = 1 << 40 })},
		{"server", "max_recipients", service(func(s *lab.Service) { s.MaxRecipients = -1 })},
		{"server", "max_transactions", service(func(s *lab.Service) { s.MaxTransactions = 1e6 })},
		{"server", "max_connections", service(func(s *lab.Service) { s.MaxConnections = 1e6 })},
		{"server", "patience", service(func(s *lab.Service) { s.Patience = 1 })},
		{"server", "aliases", service(func(s *lab.Service) { s.Aliases = []lab.Alias{{Name: "pc1", Members: []string{"pc2"}}} })},
		{"server", "aliases", service(func(s *lab.Service) { s.Aliases = []lab.Alias{{Name: "x y", Members: []string{"pc2"}}} })},
		{"server", "aliases", service(func(s *lab.Service) { s.Aliases = []lab.Alias{{Name: "x", Members: nil}} })},
		{"server", "aliases", service(func(s *lab.Service) { s.Aliases = []lab.Alias{{Name: "x", Members: []string{"nobody"}}} })},
	} {
		before := l.Trace().Last()
		err := l.Apply(lab.Action{Verb: lab.Setup, Host: tt.host, Settings: tt.settings})
		if m, ok := err.(*lab.Mistake); !ok || m.Field != tt.field || m.Text == "" || m.Code == "" {
			t.Errorf("%s %q: %v", tt.host, tt.field, err)
		}
		if l.Trace().Last() != before {
			t.Errorf("%s %q: something happened", tt.host, tt.field)
		}
	}
}

// A lab in which everything is set up at random, and connections are used by hand, plays again the same, to the octet:
// also those that TLS made.
func TestDeterminismOfSettings(t *testing.T) {
	for seed := range uint64(100) {
		first := newLab(t)
		actions := randomSettings(t, first, rand.New(rand.NewPCG(seed, 6)), 30)
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
		if !bytes.Equal(first.Keys(), again.Keys()) {
			t.Fatalf("seed %d: other keys", seed)
		}
		first.Close()
		again.Close()
	}
}

func randomSettings(t *testing.T, l *lab.Lab, rng *rand.Rand, n int) []lab.Action {
	t.Helper()
	var done []lab.Action
	some := func(list []string) []string {
		var out []string
		for _, s := range list {
			if rng.IntN(4) == 0 {
				out = append(out, s)
			}
		}
		return out
	}
	tls := func() lab.TLS {
		return []lab.TLS{lab.TLSNever, lab.TLSOffered, lab.TLSRequired, lab.TLSFirst}[rng.IntN(4)]
	}
	logins := append([]string{"", lab.AnyMechanism}, sasl.Mechanisms...)
	octets := []string{"EHLO x\r\n", "STARTTLS\r\n", "\x16\x03\x01\x02\x00", "MAIL FROM:<>\r\n", "RCPT TO:<pc1@email.com>\r\n", "BDAT 3\r\nabc", "DATA\r\nx\r\n.\r\n", "QUIT\r\n", "\x00\xff", "AUTH PLAIN =\r\n"}
	for range n {
		id := []string{"pc1", "pc2", "pc3"}[rng.IntN(3)]
		a := lab.Action{Host: id}
		switch rng.IntN(12) {
		case 0, 1, 2:
			pc, _ := l.PC(id)
			account := pc.Account
			account.SMTP = lab.Access{Port: []uint16{25, 587, 465}[rng.IntN(3)], TLS: tls(), Login: logins[rng.IntN(len(logins))]}
			account.POP3 = lab.Access{Port: []uint16{110, 995}[rng.IntN(2)], TLS: tls(), Login: logins[rng.IntN(len(logins))]}
			account.Without, account.Chunking, account.InClear = some(smtp.Switchable), rng.IntN(2) == 0, rng.IntN(2) == 0
			a.Verb, a.Settings = lab.Setup, &lab.Settings{Account: &account}
		case 3:
			v, _ := l.Server("server")
			service := v.Service
			service.Without, service.RequireTLS, service.InClear = some(smtp.Switchable), rng.IntN(2) == 0, some(service.Mechanisms)
			a.Verb, a.Host, a.Settings = lab.Setup, "server", &lab.Settings{Service: &service}
		case 4, 5, 6:
			m := hello("pc1@email.com, pc2@email.com")
			m.Body = strings.Repeat("Grüße!\n.\n", rng.IntN(300))
			a.Verb, a.Mail = lab.Send, &m
		case 7:
			a.Verb = lab.Fetch
		case 8:
			a.Verb, a.Host, a.N = lab.Connect, lab.OutsideID, []int{25, 465, 110, 995, 7}[rng.IntN(5)]
		case 9:
			a.Verb, a.Conn, a.Data = lab.Say, l.LastLine(), []byte(octets[rng.IntN(len(octets))])
		case 10:
			a.Verb, a.Conn = []lab.Verb{lab.Finish, lab.Drop}[rng.IntN(2)], l.LastLine()
		case 11:
			a.Verb, a.Host = []lab.Verb{lab.Cut, lab.Restore, lab.Restart}[rng.IntN(3)], []string{id, "server"}[rng.IntN(2)]
		}
		l.Stamp(&a)
		if l.Apply(a) == nil {
			done = append(done, a)
		}
		for range rng.IntN(60) {
			l.Step()
		}
	}
	return done
}

// A sender that asks for it is told that the message was delivered, by a mail that nobody may answer.
func TestReport(t *testing.T) {
	l := newLab(t)
	serve(t, l, func(s *lab.Service) {
		s.Aliases = []lab.Alias{{Name: "class", List: true, Members: []string{"pc1", "pc2", "pc3"}}}
	})
	m := hello("pc2@email.com, class@email.com, nobody@email.com")
	m.Report = true
	do(t, l, send("pc3", m))
	said := strings.Join(linesFrom(l, 0), "\n")
	for _, want := range []string{" RET=HDRS ENVID=mail-1", "RCPT TO:<pc2@email.com> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;pc2@email.com"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in %s", want, said)
		}
	}
	mails := fetched(t, l, "pc3")
	if len(mails) != 2 { // that of the list, and the report
		t.Fatalf("%d mails", len(mails))
	}
	raw := string(mails[1].Raw)
	for _, want := range []string{
		"Return-Path: <>\r\n", "report-type=delivery-status", "Original-Envelope-Id: mail-1\r\n",
		"Final-Recipient: rfc822;pc2@email.com\r\nAction: delivered\r\nStatus: 2.1.5\r\n",
		"Final-Recipient: rfc822;class@email.com\r\nAction: delivered\r\n", "text/rfc822-headers",
	} {
		if !strings.Contains(strings.ReplaceAll(raw, "; ", ";"), strings.ReplaceAll(want, "; ", ";")) {
			t.Errorf("no %q in %s", want, raw)
		}
	}
	if strings.Contains(raw, "nobody@email.com\r\nAction") {
		t.Error("a refused recipient is reported as well: RCPT was answered already")
	}
	// Nobody is told of a report, and nobody of a mail from nobody.
	byHand(t, l, 25, "EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<pc1@email.com> NOTIFY=SUCCESS\r\nDATA\r\n.\r\nMAIL FROM:<a@other.example>\r\nRCPT TO:<pc1@email.com> NOTIFY=SUCCESS\r\nDATA\r\n.\r\nQUIT\r\n")
	for id, want := range map[string]int{"pc1": 3, "pc2": 1, "pc3": 2} {
		if got := len(fetched(t, l, id)); got != want {
			t.Errorf("%s has %d mails, want %d", id, got, want)
		}
	}
}

// A server that takes few recipients at a time gets the mail in several transactions; one that also takes few
// transactions gets what it takes, and the sender is told who is left.
func TestFewAtATime(t *testing.T) {
	l := newLab(t)
	serve(t, l, func(s *lab.Service) { s.MaxRecipients = 2 })
	do(t, l, send("pc1", hello("pc1@email.com, pc2@email.com, pc3@email.com")))
	if o := lastSent(l); o.Progress != lab.Accepted || len(o.Recipients) != 3 {
		t.Errorf("%+v", o)
	}
	serve(t, l, func(s *lab.Service) { s.MaxTransactions = 1 })
	do(t, l, send("pc1", hello("pc1@email.com, pc2@email.com, pc3@email.com")))
	if o := lastSent(l); o.Progress != lab.PartlyAccepted || o.Recipients[2].Accepted || o.Advice == "" {
		t.Errorf("%+v", o)
	}
}

// An alias may have a name outside ASCII. It takes mail, and tells who it is to those who can ask.
func TestInternationalizedAlias(t *testing.T) {
	l := newLab(t)
	serve(t, l, func(s *lab.Service) { s.Aliases = []lab.Alias{{Name: "李", Members: []string{"pc2"}}} })
	do(t, l, send("pc1", hello("李@email.com")))
	if o := lastSent(l); o.Progress != lab.Accepted {
		t.Errorf("%+v", o)
	}
	if raw := string(fetched(t, l, "pc2")[0].Raw); !strings.Contains(raw, "\r\nTo: <李@email.com>\r\n") {
		t.Errorf("%s", raw)
	}
	said := byHand(t, l, 25, "EHLO x\r\nVRFY 李@email.com SMTPUTF8\r\nEXPN 李 SMTPUTF8\r\nVRFY 李\r\nQUIT\r\n")
	for _, want := range []string{`250 2.1.5 <\x{674E}@email.com>`, "250 2.1.5 <pc2@email.com>", "553 5.6.7 "} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in %s", want, said)
		}
	}
}

// An address outside ASCII is sent with SMTPUTF8, and not at all to a server that does not know it.
func TestInternationalizedAddress(t *testing.T) {
	l := newLab(t)
	do(t, l, send("pc1", hello("李@email.com, pc2@email.com")))
	if o := lastSent(l); o.Progress != lab.PartlyAccepted || !strings.HasPrefix(o.Recipients[0].Reply, "550 5.1.1") {
		t.Errorf("%+v", o)
	}
	said := strings.Join(linesFrom(l, 0), "\n")
	if !strings.Contains(said, " SMTPUTF8") || !strings.Contains(said, "RCPT TO:<李@email.com>") {
		t.Errorf("%s", said)
	}
	if raw := string(fetched(t, l, "pc2")[0].Raw); !strings.Contains(raw, "\r\nTo: <李@email.com>, pc2@email.com\r\n") || !strings.Contains(raw, "with UTF8SMTP id") {
		t.Errorf("%s", raw)
	}
	serve(t, l, func(s *lab.Service) { s.Without = []string{smtp.ExtSMTPUTF8} })
	before := l.Trace().Last()
	do(t, l, send("pc1", hello("李@email.com")))
	if o := lastSent(l); o.Progress != lab.Failed || !strings.Contains(o.Advice, "until the server offers it") || has(linesFrom(l, before), "C: MAIL") {
		t.Errorf("%+v", o)
	}
}
