package main

import (
	"strings"
	"testing"
)

// OpenSSL's own client: which TLS there is, and for which names. RFC 8996, RFC 9325 §3.1.1.
func TestInteropOpenSSL(t *testing.T) {
	openssl := tool(t, "openssl")
	o := openOffice(t)
	const old = " -cipher DEFAULT@SECLEVEL=0" // or it would not even try
	for _, way := range []struct{ name, args, goodbye string }{
		{"SMTPS", "-connect 127.0.0.1:{smtps}", "221 2.0.0"},
		{"SMTP", "-connect 127.0.0.1:{smtp} -starttls smtp", "221 2.0.0"},
		{"submission", "-connect 127.0.0.1:{submission} -starttls smtp -name client.example", "221 2.0.0"},
		{"POP3S", "-connect 127.0.0.1:{pop3s}", "+OK"},
		{"POP3", "-connect 127.0.0.1:{pop3} -starttls pop3", "+OK"},
	} {
		for _, test := range []struct {
			args string
			code int
			says string
		}{
			{"-tls1_3", 0, "TLSv1.3"},
			{"-tls1_2", 0, "TLSv1.2"},
			{"-tls1_1" + old, 1, "alert protocol version"},
			{"-tls1" + old, 1, "alert protocol version"},
			{"-verify_hostname localhost", 0, "Verify return code: 0 (ok)"},
			{"-verify_hostname email.com", 0, "Verify return code: 0 (ok)"},
			{"-verify_ip 127.0.0.1", 0, "Verify return code: 0 (ok)"},
			{"-verify_ip 192.168.11.4", 0, "Verify return code: 0 (ok)"},
			{"-verify_hostname example.org", 1, "hostname mismatch"},
			{"-verify_ip 127.0.0.2", 1, "IP address mismatch"},
		} {
			t.Run(way.name+" "+strings.Fields(test.args)[0], func(t *testing.T) {
				args := "s_client -ign_eof -CAfile {ca} -verify_return_error " + way.args + " " + test.args
				said, code := execute(t, "QUIT\r\n", openssl, o.fill(args)...)
				if code != test.code || !strings.Contains(said, test.says) {
					t.Errorf("%s: exit %d, want %d and %q:\n%s", test.args, code, test.code, test.says, said)
				}
				if said := strings.Contains(said, "\n"+way.goodbye); said != (test.code == 0) {
					t.Errorf("%s: the server said goodbye: %v", test.args, said)
				}
			})
		}
	}
}
