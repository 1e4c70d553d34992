package main

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// swaks, the Swiss army knife for SMTP, a Perl script: https://jetmore.org/john/code/swaks/. Of its exit codes, 23 to 26
// say which command was refused, 28 that the login was, and 29 that TLS failed.
func TestInteropSwaks(t *testing.T) {
	swaks := swaksWithTLS(t)
	o := openOffice(t)
	const (
		startTLS = "-tls --tls-verify --tls-ca-path {ca} "
		firstTLS = "--tls-on-connect --tls-verify --tls-ca-path {ca} "
		login    = "--auth-user pc1 --auth-password pc1 "
	)
	o.sendings(t, swaks, "--server 127.0.0.1 --timeout 30 --from a@example.org --to pc2@email.com --data -", []sending{
		{name: "in the clear", args: "--port {smtp}", with: "ESMTP"},
		{name: "HELO", args: "--port {smtp} --protocol SMTP", with: "SMTP"},
		{name: "pipelined", args: "--port {smtp} --pipeline", with: "ESMTP"},
		{name: "pipelined under TLS", args: "--port {smtp} --pipeline " + startTLS, with: "ESMTPS"},
		{name: "null sender", args: "--port {smtp} --from <>", with: "ESMTP", from: "<>"},
		{name: "UTF-8", args: "--port {smtp}", message: grüße, with: "ESMTP"},
		{name: "a mebibyte", args: "--port {smtp}", message: parcel, with: "ESMTP"},
		{name: "a mebibyte under TLS", args: "--port {smtps} " + firstTLS + login, message: parcel, with: "ESMTPSA"},

		{name: "several recipients", args: "--port {smtp} --to pc1@email.com,pc2@email.com,PC3@EMAIL.COM", with: "ESMTP", to: []string{"pc1", "pc2", "pc3"}},
		{name: "one of them unknown", args: "--port {smtp} --to pc1@email.com,nobody@email.com,pc3@email.com", says: "550 5.1.1", with: "ESMTP", to: []string{"pc1", "pc3"}},
		{name: "one of them unknown, pipelined", args: "--port {smtp} --pipeline --to pc1@email.com,nobody@email.com,pc3@email.com", says: "550 5.1.1", with: "ESMTP", to: []string{"pc1", "pc3"}},
		{name: "all of them unknown", args: "--port {smtp} --to nobody@email.com", code: 24, says: "550 5.1.1"},
		{name: "all of them unknown, pipelined", args: "--port {smtp} --pipeline --to nobody@email.com", code: 24, says: "550 5.1.1"},
		{name: "another domain", args: "--port {smtp} --to somebody@example.org", code: 24, says: "550 5.7.1"},

		{name: "STARTTLS", args: "--port {smtp} " + startTLS, with: "ESMTPS"},
		{name: "STARTTLS, TLS 1.2", args: "--port {smtp} --tls-protocol tlsv1_2 " + startTLS, says: "TLSv1.2:", with: "ESMTPS"},
		{name: "STARTTLS, an authority it does not know", args: "--port {smtp} -tls --tls-verify", code: 29},
		{name: "TLS first", args: "--port {smtps} " + firstTLS + login, with: "ESMTPSA"},
		{name: "TLS first, no login", args: "--port {smtps} " + firstTLS, code: 23, says: "530 5.7.0"},
		{name: "submission, no login", args: "--port {submission}", code: 23, says: "530 5.7.0"},

		{name: "PLAIN", args: "--port {submission} --auth PLAIN " + startTLS + login, with: "ESMTPSA"},
		{name: "LOGIN", args: "--port {submission} --auth LOGIN " + startTLS + login, with: "ESMTPSA"},
		{name: "CRAM-MD5", args: "--port {submission} --auth CRAM-MD5 " + startTLS + login, with: "ESMTPSA"},
		{name: "CRAM-MD5 in the clear", args: "--port {submission} --auth CRAM-MD5 " + login, with: "ESMTPA"},
		{name: "PLAIN in the clear", args: "--port {submission} --auth PLAIN " + login, code: 28},
		{name: "a mechanism that is not there", args: "--port {submission} --auth CRAM-SHA1 " + startTLS + login, code: 28},
		{name: "PLAIN, a wrong password", args: "--port {submission} --auth PLAIN --auth-user pc1 --auth-password no " + startTLS, code: 28, says: "535 5.7.8"},
		{name: "LOGIN, a wrong password", args: "--port {submission} --auth LOGIN --auth-user pc1 --auth-password no " + startTLS, code: 28, says: "535 5.7.8"},
		{name: "CRAM-MD5, a wrong password", args: "--port {submission} --auth CRAM-MD5 --auth-user pc1 --auth-password no", code: 28, says: "535 5.7.8"},
		{name: "CRAM-MD5, nobody", args: "--port {submission} --auth CRAM-MD5 --auth-user no --auth-password no", code: 28, says: "535 5.7.8"},

		{name: "leaves after RCPT", args: "--port {smtp} --quit-after RCPT"},
		{name: "hangs up after DATA", args: "--port {smtp} --drop-after-send DATA"},
	})
}

func swaksWithTLS(t *testing.T) string {
	t.Helper()
	swaks := tool(t, "swaks")
	if can, _ := execute(t, "", swaks, "--support"); !strings.Contains(can, "=== TLS supported") {
		lacking(t, "swaks finds no Net::SSLeay")
	}
	return swaks
}

// A mail that swaks puts together itself: text and files in one.
func TestInteropSwaksAttachments(t *testing.T) {
	swaks := swaksWithTLS(t)
	o := openOffice(t)
	octets := bytes.Repeat([]byte{0, '\r', '\n', '.', '\n', 0xFF, '\r', '.', '\r', '\n'}, 3000)
	file := filepath.Join(t.TempDir(), "octets.bin")
	if err := os.WriteFile(file, octets, 0o600); err != nil {
		t.Fatal(err)
	}
	said, code := execute(t, "", swaks, o.fill("--server 127.0.0.1 --port {smtp} --timeout 30 --from a@example.org --to pc2@email.com "+
		"--h-Subject Grüße --body Schöne.Grüße --attach-type application/octet-stream --attach-name octets.bin --attach @{file}", "{file}", file)...)
	if code != 0 {
		t.Fatalf("exit %d:\n%s", code, said)
	}
	mails := o.collect(t, "pc2")
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	m, err := mail.ReadMessage(strings.NewReader(mails[0]))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Header.Get("Subject"); got != "Grüße" {
		t.Errorf("subject %q", got)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, want := range []struct{ name, text string }{{"", "Schöne.Grüße"}, {"octets.bin", string(octets)}} {
		part, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		var r io.Reader = part
		if part.Header.Get("Content-Transfer-Encoding") == "BASE64" {
			r = base64.NewDecoder(base64.StdEncoding, part)
		}
		got, err := io.ReadAll(r)
		if err != nil || part.FileName() != want.name || strings.TrimRight(string(got), "\r\n") != strings.TrimRight(want.text, "\r\n") {
			t.Errorf("%q has %d octets, %v; want %q with %d", part.FileName(), len(got), err, want.name, len(want.text))
		}
	}
}
