package main

import (
	"regexp"
	"testing"
)

var messageID = regexp.MustCompile(`(?mi)^Message-Id: (<[^>\r\n]+>)\r$`)

// smtp-source is what Postfix is tried with under load: many mails, several at a time.
func TestInteropSMTPSource(t *testing.T) {
	source := tool(t, "smtp-source")
	o := openOffice(t)
	for _, test := range []struct {
		name, args string
		mails      int
		octets     int // of each, at least
	}{
		{"one at a time", "-s 1 -m 200", 200, 0},
		{"eight at a time", "-s 8 -m 400", 400, 0},
		{"over the same connections", "-d -s 8 -m 400", 400, 0},
		{"large ones", "-s 4 -m 20 -l 100000", 20, 100_000},
		{"small ones", "-s 2 -m 20 -l 1", 20, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			said, code := execute(t, "", source, o.fill(test.args+" -M client.example -f a@example.org -t pc2@email.com 127.0.0.1:{smtp}")...)
			if code != 0 {
				t.Fatalf("exit %d:\n%s", code, said)
			}
			mails := o.collect(t, "pc2")
			different := map[string]bool{}
			for _, mail := range mails {
				_, _, rest := untrace(t, mail)
				if m := messageID.FindStringSubmatch(rest); m != nil && len(rest) >= test.octets {
					different[m[1]] = true
				}
			}
			if len(mails) != test.mails || len(different) != test.mails {
				t.Errorf("%d mails arrived, %d of them whole and different; %d were sent", len(mails), len(different), test.mails)
			}
		})
	}
	if said, code := execute(t, "", source, o.fill("-L -m 1 -f a@example.org -t pc2@email.com 127.0.0.1:{smtp}")...); code == 0 {
		t.Errorf("LMTP was spoken: %s", said)
	}
	if said, code := execute(t, "", source, o.fill("-m 1 -f a@example.org -t nobody@email.com 127.0.0.1:{smtp}")...); code == 0 {
		t.Errorf("nobody was taken for somebody: %s", said)
	}
	if mails := o.collect(t, "pc2"); len(mails) > 0 {
		t.Errorf("mails that were refused were delivered: %q", mails)
	}
}
