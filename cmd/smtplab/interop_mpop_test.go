package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mpop fetches as msmtp sends: pipelined, with TLS from GnuTLS, and with logins from GNU SASL.
func TestInteropMpop(t *testing.T) {
	mpop := tool(t, "mpop")
	if version, _ := execute(t, "", mpop, "--version"); !strings.Contains(version, "scram-sha-256") || !strings.Contains(version, "GnuTLS") {
		lacking(t, "mpop has no GnuTLS or no GNU SASL")
	}
	o := openOffice(t)
	const (
		stls  = "--port={pop3} --tls=on --tls-starttls=on --tls-trust-file={ca} "
		first = "--port={pop3s} --tls=on --tls-starttls=off --tls-trust-file={ca} "
		right = "--passwordeval=echo{sp}pc2 "
		wrong = "--passwordeval=echo{sp}no "
	)
	for _, test := range []struct {
		name, args string
		code       int
		says       string
	}{
		{name: "USER and PASS in the clear", args: "--port={pop3} --auth=user " + right},
		{name: "CRAM-MD5 in the clear", args: "--port={pop3} --auth=cram-md5 " + right},
		{name: "SCRAM-SHA-256 in the clear", args: "--port={pop3} --auth=scram-sha-256 " + right},
		{name: "USER and PASS", args: stls + "--auth=user " + right},
		{name: "PLAIN", args: stls + "--auth=plain " + right},
		{name: "LOGIN", args: stls + "--auth=login " + right},
		{name: "CRAM-MD5", args: stls + "--auth=cram-md5 " + right},
		{name: "SCRAM-SHA-256", args: stls + "--auth=scram-sha-256 " + right},
		{name: "TLS first", args: first + "--auth=on " + right},
		{name: "each command for itself", args: first + "--auth=on --pipelining=off " + right},
		{name: "PLAIN in the clear", args: "--port={pop3} --auth=plain " + right, code: 69, says: "does not support"},
		{name: "USER, a wrong password", args: stls + "--auth=user " + wrong, code: 77, says: "[AUTH]"},
		{name: "SCRAM-SHA-256, a wrong password", args: stls + "--auth=scram-sha-256 " + wrong, code: 77},
		{name: "an authority it does not know", args: "--port={pop3s} --tls=on --tls-starttls=off --auth=user " + right, code: 69, says: "NOT trusted"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for range 3 {
				o.deliver(t, letter)
			}
			dir := t.TempDir()
			for _, sub := range []string{"new", "cur", "tmp"} {
				if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			args := "--host=localhost --timeout=30 --user=pc2 --keep=off --received-header=off --uidls-file={dir}/uidls --deliver=maildir,{dir} "
			said, code := execute(t, "", mpop, o.fill(args+test.args, "{dir}", dir)...)
			if code != test.code || !strings.Contains(said, test.says) {
				t.Errorf("exit %d, want %d and %q:\n%s", code, test.code, test.says, said)
			}
			want := 0 // what it fetched, it removed
			if test.code != 0 {
				want = 3
			}
			if mails := o.collect(t, "pc2"); len(mails) != want {
				t.Errorf("%d mails are left, want %d", len(mails), want)
			}
			files, err := filepath.Glob(filepath.Join(dir, "new", "*"))
			if err != nil || len(files) != 3-want {
				t.Errorf("%d mails were fetched, want %d: %v", len(files), 3-want, err)
			}
			for _, file := range files {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				mail := strings.ReplaceAll(string(text), "\n", "\r\n") // as maildirs have them
				if _, _, rest := untrace(t, mail); rest != letter {
					t.Errorf("it fetched other octets than were sent: %s", difference(rest, letter))
				}
			}
		})
	}
}
