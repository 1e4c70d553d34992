package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Python's smtplib. A script fails with exit code 1 and the exception.
func TestInteropPythonSMTP(t *testing.T) {
	python := tool(t, "python3")
	o := openOffice(t)
	o.sendings(t, python, "testdata/smtp_client.py", []sending{
		{name: "in the clear", args: "plain {smtp} {ca} pc2@email.com", with: "ESMTP"},
		{name: "HELO", args: "helo {smtp} {ca} pc2@email.com", with: "SMTP"},
		{name: "a mebibyte", args: "plain {smtp} {ca} pc2@email.com", message: parcel, with: "ESMTP"},
		{name: "UTF-8", args: "plain {smtp} {ca} pc2@email.com", message: grüße, with: "ESMTP"},
		{name: "SMTPUTF8 and 8BITMIME", args: "options {smtp} {ca} pc2@email.com", message: grüße, with: "UTF8SMTP"},
		{name: "reports wanted", args: "reports {smtp} {ca} pc2@email.com", with: "ESMTP"},
		{name: "several recipients", args: "plain {smtp} {ca} pc1@email.com pc2@email.com pc3@email.com", with: "ESMTP", to: []string{"pc1", "pc2", "pc3"}},
		{name: "several messages", args: "several {smtp} {ca} pc1@email.com pc2@email.com pc3@email.com", with: "ESMTP", to: []string{"pc1", "pc2", "pc3"}},
		{name: "one of them unknown", args: "plain {smtp} {ca} pc1@email.com nobody@email.com", says: "refused nobody@email.com 550 5.1.1", with: "ESMTP", to: []string{"pc1"}},
		{name: "all of them unknown", args: "plain {smtp} {ca} nobody@email.com somebody@example.org", code: 1, says: "SMTPRecipientsRefused"},
		{name: "more than is taken", args: "plain {smtp} {ca} pc2@email.com", message: tooLarge, code: 1, says: "SMTPSenderRefused: (552"},

		{name: "STARTTLS", args: "starttls {smtp} {ca} pc2@email.com", with: "ESMTPS"},
		{name: "STARTTLS, an authority it does not know", args: "untrusting {smtp} {ca}", code: 1, says: "CERTIFICATE_VERIFY_FAILED"},
		{name: "TLS first", args: "tls_first {smtps} {ca} pc2@email.com", with: "ESMTPSA"},
		{name: "TLS first, a mebibyte", args: "tls_first {smtps} {ca} pc2@email.com", message: parcel, with: "ESMTPSA"},
		{name: "PLAIN", args: "login_plain {submission} {ca} pc2@email.com", with: "ESMTPSA"},
		{name: "LOGIN", args: "login_login {submission} {ca} pc2@email.com", with: "ESMTPSA"},
		{name: "CRAM-MD5", args: "login_cram_md5 {submission} {ca} pc2@email.com", with: "ESMTPSA"},
		{name: "a login in the clear", args: "login_in_clear {submission} {ca} pc2@email.com", with: "ESMTPA"},
		{name: "a wrong password first", args: "wrong_password {submission} {ca} pc2@email.com", with: "ESMTPSA"},
		{name: "submission, no login", args: "starttls {submission} {ca} pc2@email.com", code: 1, says: "530, b'5.7.0"},
		{name: "commands", args: "commands {smtp} {ca}"},
	})
}

// A message that smtplib puts together itself, since its reverse-path is from the header and in UTF-8.
func TestInteropPythonComposes(t *testing.T) {
	python := tool(t, "python3")
	o := openOffice(t)
	if said, code := execute(t, grüße, python, o.fill("testdata/smtp_client.py composed {smtps} {ca}")...); code != 0 {
		t.Fatalf("exit %d:\n%s", code, said)
	}
	mails := o.collect(t, "pc2")
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	from, with, rest := untrace(t, mails[0])
	if from != "<grüße@example.org>" || with != "UTF8SMTPSA" || !strings.Contains(rest, "\r\nSubject: Grüße aus 東京\r\n") {
		t.Errorf("from %s with %s: %q", from, with, rest)
	}
}

// Python's poplib. The script says what it checks.
func TestInteropPythonPOP3(t *testing.T) {
	python := tool(t, "python3")
	o := openOffice(t)
	args := o.fill("testdata/pop3_client.py {pop3} {pop3s} {ca}")
	for _, message := range []string{letter, grüße} {
		o.deliver(t, message)
		file := filepath.Join(t.TempDir(), "mail")
		if err := os.WriteFile(file, []byte(message), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	if said, code := execute(t, "", python, args...); code != 0 || said != "ok\n" {
		t.Fatalf("exit %d:\n%s", code, said)
	}
	if mails := o.collect(t, "pc2"); len(mails) != 1 {
		t.Errorf("%d mails are left", len(mails))
	}
}
