package lab_test

import (
	"bytes"
	"fmt"
	"net/mail"
	"strings"
	"testing"

	"smtplab/sim/lab"
	"smtplab/sim/message"
	"smtplab/sim/trace"
	"smtplab/sim/vnet"
)

// What people type, and what others type in order to do harm. Each is either done, or answered with a sentence that
// says what is wrong with it.

// Addresses that no mail program can send to. Each is refused before anything happens, in the field where it stands.
var malformed = []string{
	"pc2", "pc2@", "@email.com", "@", "<>", "<@>", "< >", "<<pc2@email.com>>", "<pc2@email.com", "pc2@email.com>",
	"pc2@email.com@other.example", "a b@email.com", "pc2 @email.com", "pc2@ email.com", "pc2@email.com pc3@email.com",
	"<pc2@email.com>SIZE=1", "<pc2@email.com> BODY=8BITMIME", "pc2(c)@email.com", "pc2@email.com (comment)",
	`"pc2@email.com`, `"pc2"x@email.com`, `"`, `\`, `pc"2@email.com`,
	"pc2@[300.0.0.1]", "pc2@[IPv6:zz]", "pc2@[1.2.3.4", "pc2@[]", "pc2@1.2.3.4]",
	"pc2@-email.com", "pc2@email-.com", "pc2@email..com", "pc2@.email.com", "pc2@email.com.", ".pc2@email.com", "pc2.@email.com", "pc..2@email.com",
	"pc2@em_ail.com", "pc2@email,com", "pc2＠email.com",
	strings.Repeat("x", 65) + "@email.com", "pc2@" + strings.Repeat("x", 64) + ".com", "pc2@" + strings.Repeat("x.", 128) + "com",
	"@one.example,@two.example:pc2@email.com", "<@one.example:pc2@email.com>",
	"../../etc/passwd", "|id", "%00", "javascript:alert(1)", "<script>alert(1)</script>@email.com",
	"PC Two pc2@email.com", "PC Two <pc2@email.com> and more", "pc2@email.com\u202Emoc.liame@3cp", strings.Repeat("x", 20_000),
}

func TestMalformedAddresses(t *testing.T) {
	l := newLab(t)
	for _, address := range malformed {
		for _, field := range []string{"to", "cc", "bcc"} {
			m := lab.Mail{To: "pc2@email.com", Subject: "x"}
			*map[string]*string{"to": &m.To, "cc": &m.Cc, "bcc": &m.Bcc}[field] = "pc3@email.com, " + address + ", pc1@email.com"
			mistake := mustMistake(t, l, send("pc1", m), "bad_address", field)
			if len(mistake.Text) > 400 {
				t.Errorf("%q is answered with %d octets", address, len(mistake.Text))
			}
		}
	}
}

// No control character passes from a form into a header field or a command.
func TestControlCharacters(t *testing.T) {
	l := newLab(t)
	for _, evil := range []string{"\r", "\n", "\x00", "\r\n", "\r\nBcc: x@email.com", "\r\nRCPT TO:<pc3@email.com>", "\r\n.\r\nQUIT\r\n", "\r\n ", "\n\n", "\x0b", "\x1b[2J", "\x7f", "\u0085"} {
		for field, set := range map[string]func(*lab.Mail, string){
			"to":      func(m *lab.Mail, s string) { m.To = "pc2" + s + "@email.com" },
			"cc":      func(m *lab.Mail, s string) { m.Cc = "pc2@ema" + s + "il.com" },
			"bcc":     func(m *lab.Mail, s string) { m.Bcc = "<p" + s + "c2@email.com>" },
			"subject": func(m *lab.Mail, s string) { m.Subject = "Hello" + s + "there" },
			"files":   func(m *lab.Mail, s string) { m.Files = []lab.File{{Name: "a" + s + ".txt", Data: []byte("x")}} },
		} {
			m := hello("pc2@email.com")
			set(&m, evil)
			if mistake := mistakeOf(t, l, send("pc1", m)); mistake.Field != field {
				t.Errorf("%s with %q: of field %q: %s", field, evil, mistake.Field, mistake.Text)
			}
		}
		for _, set := range []func(*lab.Mail, string){
			func(m *lab.Mail, s string) { m.To = `"PC` + s + `Two" <pc2@email.com>` },
			func(m *lab.Mail, s string) { m.Cc = "PC" + s + "Two <pc2@email.com>" },
			func(m *lab.Mail, s string) { m.To = `"pc` + s + `2"@email.com` },
			func(m *lab.Mail, s string) {
				m.Files = []lab.File{{Name: "a", Type: "text/plain" + s + "; x=y", Data: []byte("x")}}
			},
		} {
			m := hello("pc2@email.com")
			set(&m, evil)
			mistakeOf(t, l, send("pc1", m))
		}
	}
	m := hello("pc2@email.com")
	m.Body = "a\x00b"
	mustMistake(t, l, send("pc1", m), "bad_text", "body")
}

// mistakeOf is the mistake in an action, whatever it is.
func mistakeOf(t testing.TB, l *lab.Lab, a lab.Action) *lab.Mistake {
	t.Helper()
	m, ok := l.Check(a).(*lab.Mistake)
	if !ok {
		t.Fatalf("%s %+v: %v", a.Verb, a.Mail, l.Check(a))
	}
	return mustMistake(t, l, a, m.Code, m.Field)
}

// A bare CR, and every other octet, in the text is carried: the text is encoded, not the message broken.
func TestEveryOctetInText(t *testing.T) {
	octets := make([]byte, 256)
	for i := range octets {
		octets[i] = byte(i)
	}
	l := newLab(t)
	m := lab.Mail{To: "pc2@email.com", Subject: "Octets", Body: "lone\rreturn\n\x01\x7f\u0085é", Files: []lab.File{{Name: "all.bin", Data: octets}}}
	do(t, l, send("pc1", m))
	if n := onlyNotice(t, l); !n.Good {
		t.Fatalf("%+v", n)
	}
	if view := message.Parse(fetched(t, l, "pc2")[0].Raw); len(view.Files) != 1 || !bytes.Equal(view.Files[0].Data, octets) {
		t.Errorf("the file became %+v", view.Files)
	}
	checkWire(t, l)
}

// Empty fields: only a recipient is needed.
func TestEmptyFields(t *testing.T) {
	l := newLab(t)
	for _, to := range []string{"", " ", ",", " , ;\t,", "\r\n"} {
		mustMistake(t, l, send("pc1", lab.Mail{To: to, Cc: to, Bcc: to, Subject: "x", Body: "y"}), "empty", "to")
	}
	mustMistake(t, l, lab.Action{Verb: lab.Send, Host: "pc1"}, "empty", "to")
	for _, m := range []lab.Mail{{To: "pc2@email.com"}, {Cc: "pc2@email.com"}, {Bcc: "pc2@email.com"}, {To: "pc2@email.com", Files: []lab.File{{}}}} {
		do(t, l, send("pc1", m))
	}
	mails := fetched(t, l, "pc2")
	if len(mails) != 4 {
		t.Fatalf("%d mails", len(mails))
	}
	for i, m := range mails {
		if view := message.Parse(m.Raw); strings.TrimSpace(view.Text) != "" || view.Get("Subject") != "" || len(view.Warnings) > 0 {
			t.Errorf("mail %d: %+v", i, view)
		}
	}
}

// What the server refuses is told in words, with its code and with what to do.
func TestRefusals(t *testing.T) {
	for _, test := range []struct{ to, reply, advice string }{
		{"nobody@email.com", "550 5.1.1 ", "names no mailbox"},
		{"u%x@email.com", "550 5.1.1 ", "names no mailbox"},
		{"u!x@email.com", "550 5.1.1 ", "names no mailbox"},
		{`"pc2 "@email.com`, "550 5.1.1 ", "names no mailbox"},
		{`"a@b"@email.com`, "550 5.1.1 ", "names no mailbox"},
		{`"a\"b\\c"@email.com`, "550 5.1.1 ", "names no mailbox"},
		{"pc2@other.example", "550 5.7.1 ", "only takes mail for email.com"},
		{"pc2@email.com.evil.example", "550 5.7.1 ", "only takes mail for email.com"},
		{"pc2@xn--mnchen-3ya.de", "550 5.7.1 ", "only takes mail for email.com"},
		{"postmaster@other.example", "550 5.7.1 ", "only takes mail for email.com"},
		{"pc2@[192.168.11.1]", "550 5.7.1 ", "only takes mail for email.com"},
		{"pc2@[IPv6:::1]", "550 5.7.1 ", "only takes mail for email.com"},
	} {
		l := newLab(t)
		do(t, l, send("pc1", hello(test.to)))
		n := onlyNotice(t, l)
		o := n.Outcome
		if n.Good || o.Progress != lab.Failed || !strings.HasPrefix(o.Reply, test.reply) || !strings.Contains(o.Advice, test.advice) || !strings.Contains(n.Text, "refused") {
			t.Errorf("%s: %+v", test.to, n)
		}
		if e := l.Trace().At(o.Seq); e.Kind != trace.Reply || e.Verb != "RCPT" || e.Code != 550 {
			t.Errorf("%s: the notice points to %+v", test.to, e)
		}
		if len(o.Recipients) != 1 || o.Recipients[0].Accepted || o.Recipients[0].Address != test.to {
			t.Errorf("%s: %+v", test.to, o.Recipients)
		}
		healthy(t, l)
	}
}

// Ways to write an address that do reach a mailbox.
func TestSpellings(t *testing.T) {
	for _, test := range []struct{ to, name, address string }{
		{"pc2@email.com", "", "pc2@email.com"},
		{"  pc2@EMAIL.com ;", "", "pc2@EMAIL.com"},
		{"PC2@email.com", "", "PC2@email.com"},
		{`"pc2"@email.com`, "", "pc2@email.com"},
		{`"p\c2"@email.com`, "", "pc2@email.com"},
		{"<pc2@email.com>", "", "pc2@email.com"},
		{"PC Two <pc2@email.com>", "PC Two", "pc2@email.com"},
		{`"Two, PC" <pc2@email.com>`, "Two, PC", "pc2@email.com"},
		{`"PC \"Two\"" <pc2@email.com>`, `PC "Two"`, "pc2@email.com"},
		{`"back\\slash" <pc2@email.com>`, `back\slash`, "pc2@email.com"},
		{`"a <b> c; d@e" <pc2@email.com>`, "a <b> c; d@e", "pc2@email.com"},
		{`O'Neill (home) <pc2@email.com>`, "O'Neill (home)", "pc2@email.com"},
		{"Zoë <pc2@email.com>", "Zoë", "pc2@email.com"},
		{strings.Repeat("名", 100) + "<pc2@email.com>", strings.Repeat("名", 100), "pc2@email.com"},
	} {
		l := newLab(t)
		do(t, l, send("pc1", hello(test.to)))
		if n := onlyNotice(t, l); !n.Good {
			t.Errorf("%s: %s %+v", test.to, n.Text, n.Outcome)
			continue
		}
		m, err := mail.ReadMessage(bytes.NewReader(fetched(t, l, "pc2")[0].Raw))
		if err != nil {
			t.Fatal(err)
		}
		to, err := m.Header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Name != test.name || to[0].Address != test.address {
			t.Errorf("%s: To is %q, %v", test.to, m.Header.Get("To"), err)
		}
	}
	l := newLab(t)
	do(t, l, send("pc1", hello("pc2@[192.168.11.4]")))
	if n := onlyNotice(t, l); !n.Good || len(fetched(t, l, "pc2")) != 1 {
		t.Errorf("the server's address literal: %+v", n)
	}
	for _, to := range []string{"postmaster@email.com", "POSTMASTER@Email.Com", `"Post Master" <postmaster@[192.168.11.4]>`} {
		l := newLab(t)
		do(t, l, send("pc1", hello(to)))
		if n := onlyNotice(t, l); !n.Good || onServer(l, "postmaster") != 1 {
			t.Errorf("%s: %+v", to, n)
		}
	}
}

// An address that is named twice gets one mail and one RCPT.
func TestNamedTwice(t *testing.T) {
	l := newLab(t)
	do(t, l, send("pc1", lab.Mail{To: "pc2@email.com, pc2@email.com", Cc: "PC-2 <pc2@EMAIL.COM>", Bcc: `"pc2"@email.com`}))
	n := onlyNotice(t, l)
	if !n.Good || len(n.Outcome.Recipients) != 1 || len(fetched(t, l, "pc2")) != 1 {
		t.Errorf("%+v", n)
	}
}

// A mail that is too big: the server says so when it hears the size, before the message is sent, and the pop-up says
// what to do. One octet less is delivered.
func TestBig(t *testing.T) {
	l := newLab(t)
	do(t, l, send("pc1", lab.Mail{To: "pc2@email.com", Subject: "Big", Body: "x\n"}))
	small, _ := l.Sent("pc1", 1)
	head := len(small.Raw) - len("x\r\n")
	for n, extra := range []int{0, 1} {
		do(t, l, send("pc1", lab.Mail{To: "pc2@email.com", Subject: "Big", Body: wireText(lab.MaxMessage - head + extra)}))
		sent, _ := l.Sent("pc1", n+2)
		o := sent.Outcome
		if len(sent.Raw) != lab.MaxMessage+extra {
			t.Fatalf("the message has %d octets", len(sent.Raw))
		}
		if extra == 0 {
			if o.Progress != lab.Accepted {
				t.Errorf("at the limit: %+v", o)
			}
			continue
		}
		isSentence(t, o.Sentence)
		isSentence(t, o.Advice)
		if o.Progress != lab.Failed || !strings.HasPrefix(o.Reply, "552 5.3.4 ") || !strings.Contains(o.Advice, "10 MB") || l.Trace().At(o.Seq).Verb != "MAIL" {
			t.Errorf("over the limit: %+v", o)
		}
		for e := range l.Trace().After(0) {
			if e.Conn == sent.Conn && e.Kind == trace.Data {
				t.Error("it was sent all the same")
				break
			}
		}
	}
	mails := fetched(t, l, "pc2")
	if sent, _ := l.Sent("pc1", 2); len(mails) != 2 || belowTrace(t, mails[1].Raw) != string(sent.Raw) {
		t.Errorf("%d mails", len(mails))
	}
	file := lab.File{Name: "big.bin", Data: make([]byte, 10<<20)}
	do(t, l, send("pc1", lab.Mail{To: "pc2@email.com", Files: []lab.File{file}}))
	if sent, _ := l.Sent("pc1", 4); sent.Outcome.Progress != lab.Failed || !strings.HasPrefix(sent.Outcome.Reply, "552 5.3.4 ") {
		t.Errorf("a file of 10 MB: %+v", sent.Outcome)
	}
	file.Data = make([]byte, lab.MaxMailOctets)
	mustMistake(t, l, send("pc1", lab.Mail{To: "pc2@email.com", Body: "x", Files: []lab.File{file}}), "too_big", "files")
}

// wireText is text that takes n octets in a message.
func wireText(n int) string {
	var b strings.Builder
	for ; n > 200; n -= 100 {
		b.WriteString(strings.Repeat("x", 98) + "\n")
	}
	return b.String() + strings.Repeat("y", n-2) + "\n"
}

// Without SIZE a client learns it at the end of the data, and the conversation goes on.
func TestBigUnannounced(t *testing.T) {
	l := newLab(t)
	program(t, l, "pc1", func(h *vnet.Host) error {
		big := "EHLO pc1.email.com\r\nMAIL FROM:<pc1@email.com>\r\nRCPT TO:<pc2@email.com>\r\nDATA\r\n" +
			strings.ReplaceAll(wireText(lab.MaxMessage+1), "\n", "\r\n") + ".\r\nNOOP\r\nQUIT\r\n"
		replies, err := converse(h, smtpAddr, big)
		if got := answers(replies); len(got) != 8 || !strings.HasPrefix(got[5], "552 5.3.4 ") || !strings.HasPrefix(got[6], "250 ") {
			t.Errorf("%q", got)
		}
		return err
	})
	healthy(t, l)
}

// The server takes a hundred recipients at a time (RFC 5321 §4.5.3.1.8), the mail program two hundred: the others go in
// a second transaction (§4.5.3.1.10), so that a mailbox with names in both gets two copies.
func TestManyRecipients(t *testing.T) {
	spec := lab.Default("class", 1, start)
	spec.Hosts[1].Mailbox = "classroom@email.com"
	for _, test := range []struct {
		n        int
		progress lab.Progress
	}{{100, lab.Accepted}, {150, lab.Accepted}, {200, lab.Accepted}, {201, lab.Failed}, {1000, lab.Failed}} {
		l, err := lab.New(spec)
		if err != nil {
			t.Fatal(err)
		}
		m := lab.Mail{To: strings.Join(spellings(test.n), ", ")}
		if test.n > lab.MaxRecipients {
			if mistake := mustMistake(t, l, send("pc1", m), "limit", "to"); !strings.Contains(mistake.Text, fmt.Sprint(test.n)) {
				t.Errorf("%q", mistake.Text)
			}
			continue
		}
		do(t, l, send("pc1", m))
		n := onlyNotice(t, l)
		o := n.Outcome
		if o.Progress != test.progress || len(o.Recipients) != test.n {
			t.Errorf("%d recipients: %s %+v", test.n, n.Text, o.Reply)
		}
		for i, r := range o.Recipients {
			if !r.Accepted || !strings.HasPrefix(r.Reply, "250 2.0.0 ") {
				t.Errorf("recipient %d of %d: %+v", i, test.n, r)
			}
		}
		if mails := fetched(t, l, "pc2"); len(mails) != (test.n+99)/100 {
			t.Errorf("%d copies in one mailbox", len(mails))
		}
		healthy(t, l)
	}
}

// spellings are n different ways to write one address: local parts are compared with case.
func spellings(n int) []string {
	const local = "classroom"
	list := make([]string, n)
	for i := range list {
		name := []byte(local)
		for bit := range name {
			if i>>bit&1 == 1 {
				name[bit] -= 'a' - 'A'
			}
		}
		list[i] = string(name) + "@email.com"
		if i >= 1<<len(local) {
			list[i] = string(name) + "@[192.168.11.4]"
		}
	}
	return list
}

// Everything that people write in their languages comes back as it was, octet for octet on the way.
func TestRoundTrip(t *testing.T) {
	for _, m := range []lab.Mail{
		{Subject: "Grüße aus Köln", Body: "Schöne Grüße!\n"},
		{Subject: "日本語の件名はとても長いので何行かに折り返されるはずですがどうでしょうか", Body: strings.Repeat("こんにちは世界。\n", 500)},
		{Subject: "👩‍👩‍👧‍👦 عربى עברית", Body: "mixed: é 漢 👍\n\n.\n..\n.x\n"},
		{Subject: "=?utf-8?q?not_a_word?=", Body: "=?utf-8?q?nor_this?=\n"},
		{Subject: strings.Repeat("long ", 190), Body: strings.Repeat("x", 5000) + "\n" + strings.Repeat(".", 999) + "\n"},
		{Subject: "Dots", Body: ".\n..\n.\n\n.\n"},
		{Subject: "From", Body: "From me\n>From you\nReceived: not\n\n"},
		{Subject: `<script>alert("x")</script>`, Body: "</textarea><img src=x onerror=alert(1)>\n"},
		{Subject: "Files", Body: "Siehe Anhang.\n", Files: []lab.File{
			{Name: "Übersicht für März.txt", Type: "text/plain", Data: []byte("Zeile\r\n.\r\nohne Ende")},
			{Name: "../../etc/passwd", Data: []byte{0, 1, 2, '\r', '\n', '.', '\r', '\n', 0xFF}},
			{Name: strings.Repeat("n", 255), Type: "image/png", Data: bytes.Repeat([]byte("\x89PNG\r\n"), 20_000)},
			{Name: "mail.eml", Type: "message/rfc822", Data: []byte("Subject: inside\r\n\r\n.\r\n")},
			{Name: "empty", Data: nil},
		}},
	} {
		l := newLab(t)
		m.To = "pc2@email.com"
		do(t, l, send("pc1", m))
		if n := onlyNotice(t, l); !n.Good {
			t.Errorf("%.40s: %+v", m.Subject, n)
			continue
		}
		sent, _ := l.Sent("pc1", 1)
		got := fetched(t, l, "pc2")[0]
		if belowTrace(t, got.Raw) != string(sent.Raw) {
			t.Errorf("%.40s: %d octets became %d", m.Subject, len(sent.Raw), len(got.Raw))
		}
		for line := range bytes.Lines(got.Raw) {
			if len(line) > 1000 || !bytes.HasSuffix(line, []byte("\r\n")) || bytes.ContainsFunc(line, func(r rune) bool { return r > 0x7E }) {
				t.Errorf("%.40s: the line %.80q", m.Subject, line)
			}
		}
		view := message.Parse(got.Raw)
		if strings.TrimSpace(view.Get("Subject")) != strings.TrimSpace(m.Subject) || strings.TrimSuffix(view.Text, "\n") != strings.TrimSuffix(m.Body, "\n") || len(view.Warnings) > 0 {
			t.Errorf("%.40s: became %q %.200q %q", m.Subject, view.Get("Subject"), view.Text, view.Warnings)
		}
		if len(view.Files) != len(m.Files) {
			t.Errorf("%.40s: %d files became %d", m.Subject, len(m.Files), len(view.Files))
			continue
		}
		for i, f := range view.Files {
			if !bytes.Equal(f.Data, m.Files[i].Data) {
				t.Errorf("%.40s: file %d: %d octets became %d", m.Subject, i, len(m.Files[i].Data), len(f.Data))
			}
		}
		if name := view.Files; len(name) > 0 && name[0].Name != m.Files[0].Name {
			t.Errorf("a file called %q became %q", m.Files[0].Name, name[0].Name)
		}
		checkWire(t, l)
	}
}

// Blind recipients get their copy, and no copy names them.
func TestBcc(t *testing.T) {
	for _, m := range []lab.Mail{
		{To: "pc2@email.com", Bcc: "Secret <pc3@email.com>, postmaster@email.com"},
		{Cc: "pc2@email.com", Bcc: "pc3@email.com"},
		{Bcc: "pc2@email.com; pc3@email.com"},
		{Bcc: "pc3@email.com"},
	} {
		m.Subject, m.Body = "Quiet", "Psst.\n"
		l := newLab(t)
		do(t, l, send("pc1", m))
		if n := onlyNotice(t, l); !n.Good {
			t.Errorf("%+v", n)
		}
		copies := append(fetched(t, l, "pc3"), fetched(t, l, "pc2")...)
		if len(copies) == 0 || onServer(l, "pc3") != 1 {
			t.Errorf("%+v: %d copies", m, len(copies))
		}
		var data []byte
		for e := range l.Trace().After(0) {
			if e.Kind == trace.Data && e.Proto == trace.SMTP {
				data = append(data, e.Raw...)
			}
		}
		sent, _ := l.Sent("pc1", 1)
		for _, text := range append([][]byte{data, sent.Raw}, raws(copies)...) {
			for _, secret := range []string{"bcc", "secret", "pc3@", "postmaster"} {
				// A copy for one recipient only may say for whom: nobody else sees it.
				alone := secret == "pc3@" && m.To+m.Cc == "" && !strings.Contains(m.Bcc, "pc2")
				if strings.Contains(strings.ToLower(string(text)), secret) && !alone {
					t.Errorf("%+v: a copy says %q:\n%s", m, secret, text)
				}
			}
		}
	}
}

func raws(mails []lab.Received) (out [][]byte) {
	for _, m := range mails {
		out = append(out, m.Raw)
	}
	return out
}

// The ends of a message that are none: whatever is sent after them stays part of the message, or the message is
// refused; a second mail never comes of it.
func TestSmuggling(t *testing.T) {
	for _, end := range []string{
		"\n.\n", "\n.\r\n", "\r.\r", "\r.\r\n", "\r.\n", "\n.\r", "\r\n.\n", "\r\n.\r", "\r\n\x00.\r\n", "\r\n.\x00\r\n",
		"\r\n.\r\r\n", "\n\n.\r\n", "\r\n .\r\n", "\r\n. \r\n", "\u2028.\u2028", "\x0b.\x0b", "\u0085.\u0085", "\r\n..\r\n",
	} {
		l := newLab(t)
		program(t, l, "pc1", func(h *vnet.Host) error {
			smuggled := "MAIL FROM:<evil@email.com>\r\nRCPT TO:<pc3@email.com>\r\nDATA\r\nSubject: Smuggled\r\n\r\nx"
			replies, err := converse(h, smtpAddr, "EHLO x\r\nMAIL FROM:<pc1@email.com>\r\nRCPT TO:<pc2@email.com>\r\nDATA\r\n"+
				"Subject: A\r\n\r\ntext"+end+smuggled+"\r\n.\r\nQUIT\r\n")
			if got := answers(replies); len(got) != 7 || !strings.HasPrefix(got[6], "221 ") {
				t.Errorf("%q: %q", end, got)
			}
			return err
		})
		if n := onServer(l, "pc3"); n != 0 {
			t.Errorf("%q: a mail was smuggled", end)
		}
		for _, m := range fetched(t, l, "pc2") {
			if !strings.Contains(string(m.Raw), "Subject: Smuggled") {
				t.Errorf("%q: the text behind it is lost", end)
			}
		}
		healthy(t, l)
	}
}

// Hosts, mails and actions that do not exist, or cannot do what is asked.
func TestUnknown(t *testing.T) {
	l := newLab(t)
	do(t, l, send("pc1", hello("pc1@email.com")))
	do(t, l, lab.Action{Verb: lab.Fetch, Host: "pc1"})
	m := hello("pc2@email.com")
	for _, host := range []string{"", "pc4", "PC1", "pc1 ", "../pc1", "pc\x001", strings.Repeat("x", 10_000), "server", "switch"} {
		for _, verb := range []lab.Verb{lab.Send, lab.Fetch, lab.Read, lab.Delete} {
			mustMistake(t, l, lab.Action{Verb: verb, Host: host, N: 1, Mail: &m}, "unknown_host", "")
		}
		if host != "server" {
			mustMistake(t, l, lab.Action{Verb: lab.Cut, Host: host}, "unknown_host", "")
			mustMistake(t, l, lab.Action{Verb: lab.Restore, Host: host}, "unknown_host", "")
			err := l.Go(host, func(*vnet.Host) { t.Error("a program ran nowhere") })
			if mistake, ok := err.(*lab.Mistake); !ok || mistake.Code != "unknown_host" {
				t.Errorf("Go on %q: %v", host, err)
			}
		}
	}
	for _, n := range []int{0, -1, 2, 1 << 62, -1 << 63} {
		mustMistake(t, l, lab.Action{Verb: lab.Read, Host: "pc1", N: n}, "unknown_mail", "")
		mustMistake(t, l, lab.Action{Verb: lab.Delete, Host: "pc1", N: n}, "unknown_mail", "")
		if _, ok := l.Inbox("pc1", n); ok {
			t.Errorf("there is a mail %d", n)
		}
		if _, ok := l.Sent("pc1", n); ok {
			t.Errorf("there is a sending %d", n)
		}
	}
	for _, verb := range []lab.Verb{"", "SEND", "explode", lab.Verb(strings.Repeat("x", 1000)), "send\r\n"} {
		mustMistake(t, l, lab.Action{Verb: verb, Host: "pc1", N: 1, Mail: &m}, "unknown_action", "")
	}
	mustMistake(t, l, lab.Action{Verb: lab.Restore, Host: "pc1"}, "not_now", "")
	mustMistake(t, l, lab.Action{Verb: lab.Step}, "not_now", "")
	mustMistake(t, l, lab.Action{Verb: lab.Skip}, "not_now", "")
	do(t, l, lab.Action{Verb: lab.Cut, Host: "pc1"})
	mustMistake(t, l, lab.Action{Verb: lab.Cut, Host: "pc1"}, "not_now", "")
	for _, id := range []string{"", "pc4", "server", "switch"} {
		if _, ok := l.PC(id); ok {
			t.Errorf("there is a PC %q", id)
		}
	}
	for _, id := range []string{"", "pc1", "switch"} {
		if _, ok := l.Server(id); ok {
			t.Errorf("there is a server %q", id)
		}
	}
}
