package explain

import (
	"strings"
	"testing"

	"smtplab/sim/trace"
)

func TestTerms(t *testing.T) {
	command := func(line string) trace.Event {
		return trace.Event{Kind: trace.Command, Proto: trace.SMTP, Raw: []byte(line + "\r\n")}
	}
	b := load(t)
	used := map[string]bool{}
	for _, tt := range []struct {
		event trace.Event
		want  string // the names of the terms, those that are not known in brackets
	}{
		{command("MAIL FROM:<a@b> SIZE=262 BODY=8BITMIME SMTPUTF8"), "SIZE=262 BODY=8BITMIME SMTPUTF8"},
		{command("mail from:<> ret=hdrs envid=QQ314159 auth=<>"), "RET=hdrs ENVID=QQ314159 AUTH=<>"},
		{command("MAIL FROM:<a@b> RET=FULL BODY=7bit"), "RET=FULL BODY=7bit"},
		{command("MAIL FROM:<a@b> RET=x BODY=binarymime XYZZY=1"), "RET=x BODY=binarymime (XYZZY=1)"},
		{command("MAIL FROM:<a@b> BODY=x"), "BODY=x"},
		{command("RCPT TO:<a@b> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a@b"), "NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a@b"},
		{command("RCPT TO:<a@b> NOTIFY=never"), "NOTIFY=never"},
		{command("RCPT TO:<a@b"), ""},
		{command("MAIL FROM:<a@b> SIZE"), "SIZE"},
		{command("VRFY jürgen SMTPUTF8"), "SMTPUTF8"},
		{command("EXPN staff smtputf8"), "smtputf8"},
		{command("VRFY pc1"), ""},
		{command("BDAT 86 LAST"), "LAST"},
		{command("BDAT 86"), ""},
		{command("BDAT LAST"), ""},
		{command("NOOP SIZE=1"), ""},
		{trace.Event{Kind: trace.Reply, Proto: trace.SMTP, Verb: "EHLO", Code: 250,
			Raw: []byte("250-SIZE greets you\r\n250-SIZE 1\r\n250-LIMITS RCPTMAX=100 MAILMAX=5 RCPTDOMAINMAX=1 X=1\r\n250-AUTH PLAIN GSSAPI\r\n250-\r\n250 XYZZY 1\r\n")},
			"SIZE·1 LIMITS·RCPTMAX=100·MAILMAX=5·RCPTDOMAINMAX=1·X=1 RCPTMAX=100 MAILMAX=5 RCPTDOMAINMAX=1 (X=1) AUTH·PLAIN·GSSAPI PLAIN (GSSAPI) (XYZZY·1)"},
		{trace.Event{Kind: trace.Data, Proto: trace.POP3, Verb: "CAPA", Raw: []byte("TOP\r\nSASL LOGIN\r\nUTF8 USER\r\nEXPIRE NEVER\r\n.\r\n")},
			"TOP SASL·LOGIN LOGIN UTF8·USER USER EXPIRE·NEVER"},
		{trace.Event{Kind: trace.Reply, Proto: trace.SMTP, Verb: "EHLO", Code: 500, Raw: []byte("500 no\r\n")}, ""},
	} {
		var names []string
		for _, term := range b.Terms(tt.event) {
			name := strings.ReplaceAll(term.Name, " ", "·")
			if !term.Found {
				name = "(" + name + ")"
			}
			names = append(names, name)
			used[term.Title] = true
			checkWhole(t, term.Name, term.Explanation)
		}
		if got := strings.Join(names, " "); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.event.Raw, got, tt.want)
		}
	}
	for key, e := range b.parameterWords {
		if !used[e.Title] {
			t.Errorf("nothing is explained by %q", key)
		}
	}
	many := "250-x\r\n" + strings.Repeat("250-AUTH A B C D E F G\r\n", 1000)
	if n := len(b.Terms(trace.Event{Kind: trace.Reply, Proto: trace.SMTP, Verb: "EHLO", Code: 250, Raw: []byte(many)})); n != maxTerms {
		t.Errorf("%d words are explained", n)
	}
}
