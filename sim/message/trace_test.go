package message

import (
	"net/mail"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

var monday = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

func TestAppendReceived(t *testing.T) {
	v4 := netip.MustParseAddr("192.168.11.1")
	tests := []struct {
		name string
		in   Received
		want string
	}{
		{
			"one recipient",
			Received{"pc1.email.com", v4, "email.com", "ESMTP", "00000001", "pc2@email.com", monday},
			"Received: from pc1.email.com ([192.168.11.1])\r\n\tby email.com with ESMTP id 00000001\r\n" +
				"\tfor <pc2@email.com>; Mon, 02 Mar 2026 09:00:00 +0000\r\n",
		},
		{
			"several recipients name nobody",
			Received{Helo: "pc1", Addr: v4, By: "email.com", With: "SMTP", ID: "7", Date: monday},
			"Received: from pc1 ([192.168.11.1])\r\n\tby email.com with SMTP id 7; Mon, 02 Mar 2026 09:00:00 +0000\r\n",
		},
		{
			"address literals",
			Received{Helo: "[IPv6:::1]", Addr: netip.MustParseAddr("fe80::1%eth0"), By: "email.com", Date: monday},
			"Received: from [IPv6:::1] ([IPv6:fe80::1])\r\n\tby email.com; Mon, 02 Mar 2026 09:00:00 +0000\r\n",
		},
		{
			"a mapped address is an IPv4 address",
			Received{Addr: netip.MustParseAddr("::ffff:10.0.0.1"), By: "email.com", Date: monday},
			"Received: from [10.0.0.1] ([10.0.0.1])\r\n\tby email.com; Mon, 02 Mar 2026 09:00:00 +0000\r\n",
		},
		{
			"nothing known",
			Received{Date: monday},
			"Received: from unknown\r\n\tby unknown; Mon, 02 Mar 2026 09:00:00 +0000\r\n",
		},
		{
			"hostile words stay in their clause",
			Received{
				Helo: "a\r\nBcc: x (b) <c>;\x00é", Addr: v4, By: "b\nc", With: "X Y", ID: "1;2",
				For: "\"a b\"@c\r\nX: y", Date: monday,
			},
			"Received: from a??Bcc:?x??b???c????? ([192.168.11.1])\r\n\tby b?c with X?Y id 1?2\r\n" +
				"\tfor <\"a b\"@c??X: y>; Mon, 02 Mar 2026 09:00:00 +0000\r\n",
		},
	}
	for _, tt := range tests {
		if got := string(AppendReceived(nil, tt.in)); got != tt.want {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, tt.want)
		}
	}
}

func TestAppendReturnPath(t *testing.T) {
	tests := []struct{ path, want string }{
		{"pc1@email.com", "Return-Path: <pc1@email.com>\r\n"},
		{"", "Return-Path: <>\r\n"},
		{`"two words"@email.com`, "Return-Path: <\"two words\"@email.com>\r\n"},
		{"jörg@dömäne.example", "Return-Path: <jörg@dömäne.example>\r\n"},
		{"j\xf6rg\u0085\u202e@b", "Return-Path: <j?rg??@b>\r\n"},
		{"a@b\r\nBcc: c", "Return-Path: <a@b??Bcc: c>\r\n"},
		{strings.Repeat("x", 2000), "Return-Path: <" + strings.Repeat("x", 256) + ">\r\n"},
	}
	for _, tt := range tests {
		if got := string(AppendReturnPath(nil, tt.path)); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.path, got, tt.want)
		}
	}
}

// Whatever a client says, the field is one field, its lines are short enough to be sent on and of characters that are
// seen, in ASCII but for the path.
func FuzzReceived(f *testing.F) {
	f.Add("pc1", "email.com", "ESMTP", "1", "pc2@email.com")
	f.Add("a\r\n\r\nbody", "\n", "\r", "\x00", "é\r\n.\r\n")
	f.Fuzz(func(t *testing.T, helo, by, with, id, rcpt string) {
		r := Received{helo, netip.MustParseAddr("10.0.0.1"), by, with, id, rcpt, monday}
		field := string(AppendReceived(AppendReturnPath(nil, rcpt), r))
		msg, err := mail.ReadMessage(strings.NewReader(field + "\r\n"))
		if err != nil {
			t.Fatalf("%q: %v", field, err)
		}
		if len(msg.Header) != 2 || len(msg.Header["Received"]) != 1 || len(msg.Header["Return-Path"]) != 1 {
			t.Fatalf("fields %v in %q", msg.Header, field)
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(field, "\r\n"), "\r\n") {
			if len(line) > 998 || !utf8.ValidString(line) || strings.ContainsFunc(line, func(c rune) bool { return c != '\t' && (c < ' ' || unicode.IsControl(c)) }) {
				t.Fatalf("line %q", line)
			}
		}
	})
}

func TestAppendReceivedDoesNotAllocate(t *testing.T) {
	r := Received{"pc1.email.com", netip.MustParseAddr("192.168.11.1"), "email.com", "ESMTP", "00000001", "pc2@email.com", monday}
	dst := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(100, func() { AppendReceived(AppendReturnPath(dst, "pc1@email.com"), r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAppendReceived(b *testing.B) {
	r := Received{"pc1.email.com", netip.MustParseAddr("192.168.11.1"), "email.com", "ESMTP", "00000001", "pc2@email.com", monday}
	dst := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		AppendReceived(dst, r)
	}
}

func TestDatesFollowTheLayout(t *testing.T) {
	for _, zone := range []int{0, 3600, -5 * 3600, 5*3600 + 45*60, -(3*3600 + 30*60), 14 * 3600} {
		for _, at := range []time.Time{monday, time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 30, 23, 59, 59, 0, time.UTC)} {
			at = at.In(time.FixedZone("", zone))
			if got, want := string(appendDate(nil, at)), at.Format(dateLayout); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	}
}
