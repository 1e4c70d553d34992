package main

import (
	"strings"
	"testing"
)

// msmtp, which has its TLS from GnuTLS and its logins from GNU SASL, SCRAM among them. Its exit codes are those of sysexits.h: 65
// says that a recipient or the message was refused, 69 that it could not come to an understanding with the server, and 77
// that the login was refused.
func TestInteropMsmtp(t *testing.T) {
	msmtp := tool(t, "msmtp")
	if version, _ := execute(t, "", msmtp, "--version"); !strings.Contains(version, "scram-sha-256") || !strings.Contains(version, "GnuTLS") {
		lacking(t, "msmtp has no GnuTLS or no GNU SASL")
	}
	o := openOffice(t)
	const (
		clear    = "--port={smtp} --auth=off "
		startTLS = "--tls=on --tls-starttls=on --tls-trust-file={ca} "
		firstTLS = "--tls=on --tls-starttls=off --tls-trust-file={ca} "
		login    = "--user=pc1 --passwordeval=echo{sp}pc1 "
	)
	o.sendings(t, msmtp, "--host=localhost --timeout=30 --domain=client.example --from=a@example.org", []sending{
		{name: "in the clear", args: clear + "pc2@email.com", with: "ESMTP"},
		{name: "several recipients", args: clear + "pc1@email.com pc2@email.com pc3@email.com", with: "ESMTP", to: []string{"pc1", "pc2", "pc3"}},
		{name: "recipients from the header", args: clear + "--read-recipients", with: "ESMTP"},
		{name: "one of them unknown", args: clear + "pc1@email.com nobody@email.com", code: 65, says: "550 5.1.1"},
		{name: "another domain", args: clear + "somebody@example.org", code: 65, says: "550 5.7.1"},
		{name: "UTF-8", args: clear + "pc2@email.com", message: grüße, with: "ESMTP"},
		{name: "a mebibyte", args: clear + "pc2@email.com", message: parcel, with: "ESMTP"},
		{name: "null sender", args: clear + "--from=<> pc2@email.com", with: "ESMTP", from: "<>"},
		{name: "reports wanted", args: clear + "--dsn-notify=failure,delay --dsn-return=headers pc2@email.com", with: "ESMTP"},

		{name: "STARTTLS", args: "--port={smtp} --auth=off " + startTLS + "pc2@email.com", with: "ESMTPS"},
		{name: "STARTTLS, by an address", args: "--host=127.0.0.1 --port={smtp} --auth=off " + startTLS + "pc2@email.com", with: "ESMTPS"},
		{name: "STARTTLS, an authority it does not know", args: "--port={smtp} --auth=off --tls=on pc2@email.com", code: 69, says: "NOT trusted"},
		{name: "TLS first", args: "--port={smtps} --auth=on " + firstTLS + login + "pc2@email.com", with: "ESMTPSA"},
		{name: "TLS first, a mebibyte", args: "--port={smtps} --auth=on " + firstTLS + login + "pc2@email.com", message: parcel, with: "ESMTPSA"},

		{name: "PLAIN", args: "--port={submission} --auth=plain " + startTLS + login + "pc2@email.com", with: "ESMTPSA"},
		{name: "LOGIN", args: "--port={submission} --auth=login " + startTLS + login + "pc2@email.com", with: "ESMTPSA"},
		{name: "CRAM-MD5", args: "--port={submission} --auth=cram-md5 " + startTLS + login + "pc2@email.com", with: "ESMTPSA"},
		{name: "SCRAM-SHA-256", args: "--port={submission} --auth=scram-sha-256 " + startTLS + login + "pc2@email.com", with: "ESMTPSA"},
		{name: "CRAM-MD5 in the clear", args: "--port={submission} --auth=cram-md5 " + login + "pc2@email.com", with: "ESMTPA"},
		{name: "SCRAM-SHA-256 in the clear", args: "--port={submission} --auth=scram-sha-256 " + login + "pc2@email.com", with: "ESMTPA"},
		{name: "PLAIN in the clear", args: "--port={submission} --auth=plain " + login + "pc2@email.com", code: 69, says: "does not support"},
		{name: "a mechanism that is not there", args: "--port={submission} --auth=scram-sha-1 " + startTLS + login + "pc2@email.com", code: 69, says: "does not support"},
		{name: "PLAIN, a wrong password", args: "--port={submission} --auth=plain " + startTLS + "--user=pc1 --passwordeval=echo{sp}no pc2@email.com", code: 77, says: "535 5.7.8"},
		{name: "SCRAM-SHA-256, a wrong password", args: "--port={submission} --auth=scram-sha-256 " + startTLS + "--user=pc1 --passwordeval=echo{sp}no pc2@email.com", code: 77, says: "535 5.7.8"},
		{name: "submission, no login", args: "--port={submission} --auth=off " + startTLS + "pc2@email.com", code: 65, says: "530 5.7.0"},
	})
}

// msmtp asks what the server can do.
func TestInteropMsmtpServerInfo(t *testing.T) {
	msmtp := tool(t, "msmtp")
	o := openOffice(t)
	said, code := execute(t, "", msmtp, o.fill("--serverinfo --host=localhost --port={smtp} --tls=on --tls-trust-file={ca} --timeout=30")...)
	if code != 0 {
		t.Fatalf("exit %d:\n%s", code, said)
	}
	for _, word := range []string{"SIZE 10485760", "PIPELINING", "DSN", "AUTH", "PLAIN", "CRAM-MD5", "SCRAM-SHA-256", "LOGIN", "TLS1.3"} {
		if !strings.Contains(said, word) {
			t.Errorf("no %s in\n%s", word, said)
		}
	}
}
