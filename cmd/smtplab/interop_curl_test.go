package main

import (
	"fmt"
	"strings"
	"testing"
)

// curl sends. Of its exit codes, 55 says that a recipient was refused, 60 that it does not believe in the server's
// certificate, and 67 that the login was refused.
func TestInteropCurlSMTP(t *testing.T) {
	curl := curlWithMail(t)
	o := openOffice(t)
	o.sendings(t, curl, "-sS --max-time 30 --mail-from a@example.org --upload-file {mail}", []sending{
		{name: "in the clear", args: "smtp://127.0.0.1:{smtp}/client.example --mail-rcpt pc2@email.com", with: "ESMTP"},
		{name: "null sender", args: "smtp://127.0.0.1:{smtp} --mail-from <> --mail-rcpt pc2@email.com", with: "ESMTP", from: "<>"},
		{name: "UTF-8", args: "smtp://127.0.0.1:{smtp} --mail-rcpt pc2@email.com", message: grüße, with: "ESMTP"},
		{name: "SMTPUTF8", args: "smtp://127.0.0.1:{smtp} --mail-from grüße@example.org --mail-rcpt pc2@email.com", message: grüße, with: "UTF8SMTP", from: "<grüße@example.org>"},
		{name: "a mebibyte", args: "smtp://127.0.0.1:{smtp} --mail-rcpt pc2@email.com", message: parcel, with: "ESMTP"},
		{name: "a mebibyte under TLS", args: "smtps://localhost:{smtps} --cacert {ca} --user pc1:pc1 --mail-rcpt pc2@email.com", message: parcel, with: "ESMTPSA"},
		{name: "more than is taken", args: "smtp://127.0.0.1:{smtp} --mail-rcpt pc2@email.com", message: tooLarge, code: 55, says: "552"},

		{name: "several recipients", args: "smtp://127.0.0.1:{smtp} --mail-rcpt pc1@email.com --mail-rcpt <pc2@email.com> --mail-rcpt pc3@email.com", with: "ESMTP", to: []string{"pc1", "pc2", "pc3"}},
		{name: "one of them unknown", args: "smtp://127.0.0.1:{smtp} --mail-rcpt pc1@email.com --mail-rcpt nobody@email.com", code: 55, says: "550"},
		{name: "one of them unknown, which is allowed", args: "smtp://127.0.0.1:{smtp} --mail-rcpt-allowfails --mail-rcpt nobody@email.com --mail-rcpt pc1@email.com", with: "ESMTP", to: []string{"pc1"}},

		{name: "STARTTLS", args: "smtp://localhost:{smtp} --ssl-reqd --cacert {ca} --mail-rcpt pc2@email.com", with: "ESMTPS"},
		{name: "STARTTLS, by an address", args: "smtp://127.0.0.1:{smtp} --ssl-reqd --cacert {ca} --mail-rcpt pc2@email.com", with: "ESMTPS"},
		{name: "STARTTLS, by the domain", args: "smtp://email.com:{smtp} --resolve email.com:{smtp}:127.0.0.1 --ssl-reqd --cacert {ca} --mail-rcpt pc2@email.com", with: "ESMTPS"},
		{name: "STARTTLS, by another name", args: "smtp://example.org:{smtp} --resolve example.org:{smtp}:127.0.0.1 --ssl-reqd --cacert {ca} --mail-rcpt pc2@email.com", code: 60},
		{name: "STARTTLS, an authority it does not know", args: "smtp://localhost:{smtp} --ssl-reqd --mail-rcpt pc2@email.com", code: 60},
		{name: "TLS first", args: "smtps://localhost:{smtps} --cacert {ca} --user pc1:pc1 --mail-rcpt pc2@email.com", with: "ESMTPSA"},

		{name: "PLAIN", args: "smtp://localhost:{submission} --ssl-reqd --cacert {ca} --user pc1:pc1 --login-options AUTH=PLAIN --mail-rcpt pc2@email.com", with: "ESMTPSA"},
		{name: "PLAIN at once", args: "smtp://localhost:{submission} --ssl-reqd --cacert {ca} --user pc1:pc1 --login-options AUTH=PLAIN --sasl-ir --mail-rcpt pc2@email.com", with: "ESMTPSA"},
		{name: "LOGIN", args: "smtp://localhost:{submission} --ssl-reqd --cacert {ca} --user pc1:pc1 --login-options AUTH=LOGIN --mail-rcpt pc2@email.com", with: "ESMTPSA"},
		{name: "LOGIN at once", args: "smtp://localhost:{submission} --ssl-reqd --cacert {ca} --user pc1:pc1 --login-options AUTH=LOGIN --sasl-ir --mail-rcpt pc2@email.com", with: "ESMTPSA"},
		{name: "CRAM-MD5", args: "smtp://localhost:{submission} --ssl-reqd --cacert {ca} --user pc1:pc1 --login-options AUTH=CRAM-MD5 --mail-rcpt pc2@email.com", with: "ESMTPSA"},
		{name: "CRAM-MD5 in the clear", args: "smtp://localhost:{submission} --user pc1:pc1 --login-options AUTH=CRAM-MD5 --mail-rcpt pc2@email.com", with: "ESMTPA"},
		{name: "PLAIN in the clear", args: "smtp://localhost:{submission} --user pc1:pc1 --login-options AUTH=PLAIN --mail-rcpt pc2@email.com", code: 67},
		{name: "a wrong password", args: "smtps://localhost:{smtps} --cacert {ca} --user pc1:no --mail-rcpt pc2@email.com", code: 67},
		{name: "submission, no login", args: "smtps://localhost:{smtps} --cacert {ca} --mail-rcpt pc2@email.com", code: 55, says: "530"},
	})
	o.sendings(t, curl, "-sS --max-time 30 --mail-from a@example.org --upload-file -", []sending{ // so it says no SIZE
		{name: "a length that it does not know at first", args: "smtp://127.0.0.1:{smtp} --mail-rcpt pc2@email.com", with: "ESMTP"},
		{name: "more than is taken, which is seen late", args: "smtp://127.0.0.1:{smtp} --mail-rcpt pc2@email.com", message: tooLarge, code: 8},
	})
}

func curlWithMail(t *testing.T) string {
	t.Helper()
	curl := tool(t, "curl")
	if version, _ := execute(t, "", curl, "--version"); !strings.Contains(version, " pop3s ") || !strings.Contains(version, " smtps ") {
		lacking(t, "curl has no SMTP and POP3")
	}
	return curl
}

// curl asks for addresses and for help.
func TestInteropCurlSMTPCommands(t *testing.T) {
	curl := curlWithMail(t)
	o := openOffice(t)
	for _, test := range []struct {
		args string
		code int
		says string
	}{
		{"smtp://127.0.0.1:{smtp} --mail-rcpt pc1", 0, "250 2.1.5 <pc1@email.com>\r\n"},
		{"smtp://127.0.0.1:{smtp} --mail-rcpt pc1@email.com", 0, "250 2.1.5 <pc1@email.com>\r\n"},
		{"smtp://127.0.0.1:{smtp} --mail-rcpt nobody", 8, ""},
		{"smtp://127.0.0.1:{smtp} --mail-rcpt nobody --request EXPN", 8, ""},
		{"smtp://127.0.0.1:{smtp} --request HELP", 0, "214"},
		{"smtp://127.0.0.1:{smtp} --request NOOP", 0, "250"},
		{"smtp://127.0.0.1:{smtp} --request RSET", 0, "250"},
	} {
		said, code := execute(t, "", curl, o.fill("-sS --max-time 30 "+test.args)...)
		if code != test.code || !strings.HasPrefix(said, test.says) {
			t.Errorf("%s: exit %d, %q", test.args, code, said)
		}
	}
}

// curl fetches, in each way to connect and to log in that it has. What it gets is what was sent.
func TestInteropCurlPOP3(t *testing.T) {
	curl := curlWithMail(t)
	o := openOffice(t)
	o.deliver(t, letter)
	o.deliver(t, parcel)
	for _, test := range []struct{ name, url, args string }{
		{"in the clear", "pop3://127.0.0.1:{pop3}", ""},
		{"PLAIN", "pop3://localhost:{pop3}", "--ssl-reqd --cacert {ca} --login-options AUTH=PLAIN"},
		{"PLAIN at once", "pop3://localhost:{pop3}", "--ssl-reqd --cacert {ca} --login-options AUTH=PLAIN --sasl-ir"},
		{"LOGIN", "pop3://localhost:{pop3}", "--ssl-reqd --cacert {ca} --login-options AUTH=LOGIN"},
		{"CRAM-MD5", "pop3://127.0.0.1:{pop3}", "--login-options AUTH=CRAM-MD5"},
		{"STLS", "pop3://localhost:{pop3}", "--ssl-reqd --cacert {ca}"},
		{"STLS, by an address", "pop3://127.0.0.1:{pop3}", "--ssl-reqd --cacert {ca}"},
		{"TLS first", "pop3s://localhost:{pop3s}", "--cacert {ca}"},
	} {
		t.Run(test.name, func(t *testing.T) {
			ask := func(path, args string) string {
				t.Helper()
				said, code := execute(t, "", curl, o.fill("-sS --max-time 30 --user pc2:pc2 "+test.url+path+" "+test.args+" "+args)...)
				if code != 0 {
					t.Fatalf("exit %d: %.500s", code, said)
				}
				return said
			}
			first, second := ask("/1", ""), ask("/2", "")
			if _, _, rest := untrace(t, first); rest != letter {
				t.Errorf("RETR 1: %s", difference(rest, letter))
			}
			if _, _, rest := untrace(t, second); rest != parcel {
				t.Errorf("RETR 2: %s", difference(rest, parcel))
			}
			if got, want := ask("", ""), fmt.Sprintf("1 %d\r\n2 %d\r\n", len(first), len(second)); got != want {
				t.Errorf("LIST: %q, want %q", got, want)
			}
			if lines := strings.Fields(ask("", "--request UIDL")); len(lines) != 4 || lines[0] != "1" || lines[2] != "2" || lines[1] == lines[3] {
				t.Errorf("UIDL: %q", lines)
			}
			head, _, _ := strings.Cut(first, "\r\n\r\n")
			if got, want := ask("", "--request TOP{sp}1{sp}2"), head+"\r\n\r\n.\r\n..\r\n"; got != want {
				t.Errorf("TOP 1 2: %s", difference(got, want))
			}
		})
	}
	for _, test := range []struct {
		name, args string
		code       int
	}{
		{"a wrong password", "pop3://127.0.0.1:{pop3} --user pc2:no", 67},
		{"a wrong password, CRAM-MD5", "pop3://127.0.0.1:{pop3} --user pc2:no --login-options AUTH=CRAM-MD5", 67},
		{"PLAIN in the clear", "pop3://127.0.0.1:{pop3} --user pc2:pc2 --login-options AUTH=PLAIN", 67},
		{"an authority it does not know", "pop3s://127.0.0.1:{pop3s} --user pc2:pc2", 60},
		{"a mail that is not there", "pop3://127.0.0.1:{pop3}/3 --user pc2:pc2", 8},
	} {
		if said, code := execute(t, "", curl, o.fill("-sS --max-time 30 "+test.args)...); code != test.code {
			t.Errorf("%s: exit %d: %s", test.name, code, said)
		}
	}
	if said, code := execute(t, "", curl, o.fill("-sS --max-time 30 --user pc2:pc2 pop3://127.0.0.1:{pop3}/1 --request DELE -l")...); code != 0 {
		t.Errorf("DELE: exit %d: %s", code, said)
	}
	if mails := o.collect(t, "pc2"); len(mails) != 1 {
		t.Errorf("%d mails are left", len(mails))
	}
}
