package exercise

import (
	"errors"
	"strings"
	"testing"

	"smtplab/sim/lab"
)

func TestMailFails(t *testing.T) {
	for text, want := range map[string]struct {
		line int
		says string
	}{
		"mail":                                     {0, "say in whose mailbox"},
		"mail in":                                  {0, "say in whose mailbox"},
		"mail to pc2":                              {0, "say in whose mailbox"},
		"mail in pc2 now":                          {0, "say in whose mailbox"},
		"no mail":                                  {0, "say in whose mailbox"},
		"no mail in pc2\nis read":                  {0, "of a mail that did not come"},
		"no mail in pc2\ncopies 2":                 {0, "of a mail that did not come"},
		"mail in pc2\n\nsubject is x":              {2, "“subject is x”: that is not understood: a line below “mail” is “subject has TEXT”"},
		"mail in pc2\nsubject has":                 {1, "that is not understood"},
		"mail in pc2\nsubject has \"x":             {1, "is no text in quotation marks"},
		"mail in pc2\nheader":                      {1, "that is not understood"},
		"mail in pc2\nheader From is x":            {1, "that is not understood"},
		"mail in pc2\nno subject":                  {1, "that is not understood"},
		"mail in pc2\nreturn path is":              {1, "that is not understood"},
		"mail in pc2\nreturn path is a b":          {1, "that is not understood"},
		"mail in pc2\nbody is x":                   {1, "that is not understood"},
		"mail in pc2\ncopies many":                 {1, "“many” is no number"},
		"mail in pc2\ncopies":                      {1, "that is not understood"},
		"mail in pc2\nlines at most few":           {1, "“few” is no number"},
		"mail in pc2\nlines at least 3":            {1, "that is not understood"},
		"mail in pc2\nattachment sha256 abc":       {1, "“abc” is no SHA-256: that has 64 hexadecimal digits"},
		"mail in pc2\nattachment has":              {1, "that is not understood"},
		"mail in pc2\nis read twice":               {1, "that is not understood"},
		"mail in pc2\nsubject has x # why\nis red": {2, "“is red”"},
	} {
		_, err := parseClause(text)
		if m, ok := errors.AsType[*mistake](err); !ok || m.line != want.line || !strings.Contains(m.text, want.says) {
			t.Errorf("%q: %v in line %+v", text, err, m)
		}
	}
}

// typed is a script that types a message, said in quotation marks.
func typed(message string) string {
	return "pc1 connects 25\n" + `pc1 says "HELO pc1\r\nMAIL FROM:<mallory@example.net>\r\nRCPT TO:<pc2@email.com>\r\nDATA\r\n` + message + `\r\n.\r\n"`
}

// What is asked of a message is there, or it is said how the message is instead.
func TestMail(t *testing.T) {
	boss := typed(`From: Boss <boss@email.com>\r\nTo: pc2@email.com\r\nSubject: Hello\r\n world\r\n\r\nDear all,\r\n..\r\nyours`)
	for _, c := range []struct{ needs, script, says string }{
		{"subject has hello", boss, ""},
		{"subject has \"Hello world\"", boss, ""}, // though it is folded
		{"subject has {word}", boss, "its Subject is “Hello world”, and “" + Word(verifySeed) + "” has to be in it"},
		{"header from has boss@email.com", boss, ""},
		{"header From has mallory", boss, "its From is “Boss <boss@email.com>”, and “mallory” has to be in it"},
		{"header Received has HELO", boss, "its Received is “from pc1 ([192.168.11.1]) by email.com with SMTP id 1267 for <pc2@email.com>; Mon, 23 Nov 2026 10:00:00 +0000”, and “HELO” has to be in it"},
		{"header Received", boss, ""},
		{"header X-Test", boss, "its header has no field X-Test"},
		{"no header X-Test", boss, ""},
		{"no header to", boss, "its header has a field to"},
		{"no header has pc3", boss, ""},
		{"no header has PC2@email.com", boss, "its header has “PC2@email.com” in the field Received"},
		{"return path is mallory@example.net", boss, ""},
		{"return path is <mallory@example.net>", boss, ""},
		{"return path is boss@email.com", boss, "its Return-Path is <mallory@example.net>, not <boss@email.com>"},
		{"return path is boss@email.com", typed(`Return-Path: <boss@email.com>\r\n\r\nx`), "its Return-Path is <mallory@example.net>, not <boss@email.com>"},
		{"body has \"Dear all\"", boss, ""},
		{"body has dear", boss, "“dear” is not in its text"},
		{"body has Boss", boss, "“Boss” is not in its text, but in its header: an empty line has to stand between header and text"},
		{"body has line .", boss, ""},
		{"body has line yours", boss, ""},
		{"body has line \"Dear all,\"", boss, ""},
		{"body has line Dear", boss, "its text has no line “Dear”"},
		{"body has line ..", boss, "its text has no line “..”"},
		{"body has line abc", typed(`abc\r\n\r\nx`), ""}, // the sender forgot the empty line, and this is no field
		{"lines at most 200", boss, ""},
		{"lines at most 30", boss, "a line of it has 53 octets, and 30 are allowed"},
		{"subject has x", typed(`\r\nSubject: x\r\n\r\ny`), "the line “Subject:” stands in its text: an empty line ends the header, and one came before it"},
		{"body has hello", typed(`Subject: x\r\nNote: hello`), "“hello” is not in its text, but in its header: an empty line has to stand between header and text"},
		{"subject has Grüße", "pc1 sends to=pc2@email.com subject=\"Viele Grüße\" body=y", ""}, // encoded, or in UTF-8
		{"subject has Grüße", typed(`Subject: =?utf-8?q?Viele_Gr=C3=BC=C3=9Fe?=\r\n\r\nx`), ""},
		{"body has Grüße", typed(`Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe`), ""},
		{"attachment has abc", typed(`Subject: x\r\n\r\nabc`), "no file is attached to it"},
		{"attachment has abc", "pc1 sends to=pc2@email.com subject=x body=abc file=\"a.txt:x\"", "“abc” is not in the file that is attached to it"},
		{"attachment sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "pc1 sends to=pc2@email.com subject=x body=y file=\"a.txt:abc\"", ""},
		{"attachment sha256 BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", "pc1 sends to=pc2@email.com subject=x body=y file=\"a.txt:abcd\"", "the file in it is another one, or not whole"},
		{"attachment sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", send, "no file is attached to it"},
		{"subject has x\nbody has z", send, "“z” is not in its text"}, // the first that does not hold
		{"subject has z\nbody has y", send, "its Subject is “x”, and “z” has to be in it"},
	} {
		v := verdictOn(t, "mail in pc2\n"+c.needs, c.script)
		_, says, found := strings.Cut(v.Text, ") is not the one: ")
		if v.Met != (c.says == "") || !v.Met && (!found || says != c.says+".") {
			t.Errorf("%q after %q:\n%s\nwant\n%s.", c.needs, c.script, v.Text, c.says)
		}
	}
}

// How often a mail is there, in whose mailbox, and whether it was read.
func TestMails(t *testing.T) {
	const read = "pc2 checks\npc2 reads 1"
	for _, c := range []struct {
		needs, script string
		met, broken   bool
		says          string
	}{
		{"mail in pc2", "", false, false, "No mail has come to PC-2 yet."},
		{"mail in pc2", send, true, false, ""},
		{"mail in pc3", send, false, false, "No mail has come to PC-3 yet."},
		{"mail in pc2\ncopies 1", send, true, false, ""},
		{"mail in pc2\ncopies 2", send, false, false, "PC-2 has 1 such mail, and 2 is needed."},
		{"mail in pc2\ncopies 1", send + "\n" + send, false, true, "PC-2 has 2 such mails, and 1 is needed. Undo the last, or begin again."},
		{"mail in pc2\ncopies at most 1", send + "\n" + send, false, true, "PC-2 has 2 such mails, and at most 1 is needed. Undo the last, or begin again."},
		{"mail in pc2\ncopies at least 2", send + "\n" + send, true, false, ""},
		{"mail in pc2\nsubject has x\ncopies 1", send + "\npc1 sends to=pc2@email.com subject=z body=y", true, false, ""},
		{"mail in pc2\nis read", send, false, false, "The mail “x” is in the mailbox of PC-2, but nobody has opened it: check the mail there and open it."},
		{"mail in pc2\nis read", "pc1 sends to=pc2@email.com subject=\"Grüße an alle\" body=y", false, false, "The mail “Grüße an alle” is in the mailbox of PC-2, but nobody has opened it: check the mail there and open it."},
		{"mail in pc2\nis read", "pc1 sends to=pc2@email.com body=y", false, false, "The mail is in the mailbox of PC-2, but nobody has opened it: check the mail there and open it."},
		{"mail in pc2\nis read", send + "\npc2 checks", false, false, "The mail “x” is in the mailbox of PC-2, but nobody has opened it: check the mail there and open it."},
		{"mail in pc2\nis read", send + "\n" + read, true, false, ""},
		{"mail in pc2\nis read\nsubject has z", send + "\n" + read, false, false, "The mail that came to PC-2 (event 22) is not the one: its Subject is “x”, and “z” has to be in it."},
		{"no mail in pc2", "", true, false, ""},
		{"no mail in pc2", send, false, true, "A mail came to PC-2 that should not have come (event 22). Undo it, or begin again."},
		{"no mail in pc2\nsubject has z", send, true, false, ""},
		{"no mail in pc3", send, true, false, ""},
		{"mail in pc2\nsubject has \"x 2\"", send + "\npc1 sends to=pc2@email.com subject=\"x 3\" body=y\n" + send, false, false, "The mail that came to PC-2 (event 84) is not the one: its Subject is “x”, and “x 2” has to be in it."},
	} {
		v := verdictOn(t, c.needs, c.script)
		if v.Met != c.met || v.Broken != c.broken || v.Text != c.says {
			t.Errorf("%q after %q: %+v", c.needs, c.script, v)
		}
	}
}

// A mail is found among many, wherever it is.
func TestMailAmongMany(t *testing.T) {
	e := needing(t, "mail in pc2\nsubject has \"number 7.\"", "mail in pc2\ncopies 30", "mail in pc3\nsubject has \"number 9.\"")
	l, err := e.Run("test", verifySeed, start)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for n := range 60 { // half of them at once, so that they are stored in the same moment
		to := []string{"pc2@email.com", "pc3@email.com"}[n%2]
		if err := apply(l)(lab.Action{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: to, Subject: "number " + number(float64(n)) + ".", Body: "x"}}); err != nil {
			t.Fatal(err)
		}
		if n > 30 || n%10 == 0 {
			l.Settle()
		}
	}
	l.Settle()
	for _, v := range e.Judge().Update(l) {
		if met := v.Check.ID != "c0"; v.Met != met {
			t.Errorf("%+v", v)
		}
	}
}
