package trace

import (
	"fmt"
	"testing"

	"smtplab/sim/clock"
)

func TestLogGivesBackWhatItWasGiven(t *testing.T) {
	var l Log
	want := []Event{
		{Kind: Action, Note: "send", From: "pc1"},
		{Kind: Segment, Proto: TCP, Conn: 1, From: "pc1", To: "server", Note: "SYN", Arrives: 5},
		{Kind: Segment, Proto: SMTP, Conn: 1, From: "server", To: "pc1", Raw: []byte("220 hi\r\n"), Arrives: 4_000_000_005},
		{Kind: Segment, Proto: SMTP, Conn: 1, From: "server", To: "pc1", Raw: []byte("220 hi\r\n"), Arrives: 4_000_000_006, Re: 3},
		{Kind: Reply, Proto: SMTP, Conn: 1, From: "server", To: "pc1", Raw: []byte("220 hi\r\n"), Code: 220, After: Connected},
		{Kind: Command, Proto: SMTP, Conn: 1, From: "pc1", To: "server", Raw: []byte("mail from:<>\r\n"), Verb: "MAIL", Tx: 7, Before: Greeted},
		{Kind: Reply, Proto: SMTP, Conn: 1, Re: 6, Raw: []byte("250 2.1.0 ok\r\n"), Verb: "MAIL", Code: 250, Enhanced: "2.1.0", Before: Greeted, After: MailGiven, Tx: 7},
		{Kind: Command, Proto: SMTP, Conn: 1, Raw: []byte("XYZZY 1\r\n"), Verb: "XYZZY"},
		{Kind: Command, Proto: SMTP, Conn: 1, Raw: []byte("\x16\x03\x01\r\n")},
		{Kind: Data, Proto: SMTP, Conn: 1, Raw: []byte("hello\r\n.\r\n")},
		{Kind: Reply, Proto: SMTP, Conn: 1, Re: 10, Raw: []byte("554 5.6.0 no\r\n"), Verb: EOD, Code: 554, Enhanced: "5.6.0"},
		{Kind: Command, Proto: POP3, Conn: 2, Raw: []byte("RETR 1\r\n"), Verb: "RETR"},
		{Kind: Reply, Proto: POP3, Conn: 2, Re: 12, Raw: []byte("+OK\r\n"), Verb: "RETR", Code: 1},
		{Kind: Reply, Proto: POP3, Conn: 2, Raw: []byte("-ERR no\r\n"), Code: -1},
		{Kind: Command, Proto: SMTP, Conn: 1, Raw: []byte("AUTH LOGIN\r\n"), Verb: "AUTH", Secure: true},
		{Kind: Reply, Proto: SMTP, Conn: 1, Re: 15, Raw: []byte("334 VXNlcm5hbWU6\r\n"), Verb: "AUTH", Code: 334, After: Authenticating, Secure: true},
		{Kind: Response, Proto: SMTP, Conn: 1, Raw: []byte("cGMx\r\n"), Verb: "AUTH", Before: Authenticating, Secure: true},
		{Kind: Reply, Proto: SMTP, Conn: 1, Re: 17, Raw: []byte("535 5.7.8 no\r\n"), Verb: "AUTH", Code: 535, Enhanced: "5.7.8", Before: Authenticating, Secure: true},
		{Kind: Reply, Proto: POP3, Conn: 2, Re: 17, Raw: []byte("+ VXNl\r\n"), Verb: "AUTH"},
		{Kind: Command, Proto: SMTP, Conn: 1, Raw: []byte("BDAT 2\r\n"), Verb: "BDAT"},
		{Kind: Data, Proto: SMTP, Conn: 1, Re: 20, Raw: []byte("hi"), Verb: "BDAT"},
		{Kind: Reply, Proto: SMTP, Conn: 1, Re: 21, Raw: []byte("250 2.0.0 ok\r\n"), Verb: "BDAT", Code: 250, Enhanced: "2.0.0"},
		{Kind: Command, Proto: SMTP, Conn: 1, Raw: []byte("bdat  2 last \r\n"), Verb: "BDAT"},
		{Kind: Data, Proto: SMTP, Conn: 1, Re: 23, Raw: []byte("!\n"), Verb: "BDAT"},
		{Kind: Reply, Proto: SMTP, Conn: 1, Re: 23, Raw: []byte("250 2.0.0 ok\r\n"), Verb: EOD, Code: 250, Enhanced: "2.0.0"},
		{Kind: Reply, Proto: SMTP, Conn: 1, Re: 24, Raw: []byte("250 2.0.0 ok\r\n"), Verb: EOD, Code: 250, Enhanced: "2.0.0"},
		{Kind: Command, Proto: SMTP, Conn: 1, Raw: []byte("BDAT 2 LAST\r\n"), Verb: "BDAT"},
		{Kind: Reply, Proto: SMTP, Conn: 1, Re: 27, Raw: []byte("502 5.5.1 no\r\n"), Verb: "BDAT", Code: 502, Enhanced: "5.5.1", Secure: true},
		{Kind: Reply, Proto: SMTP, Conn: 1, Re: 27, Raw: []byte("250 2.0.0 ok\r\n"), Verb: EOD, Code: 250, Enhanced: "2.0.0", Secure: true},
		{Kind: Handshake, Proto: TLS, Conn: 1, Note: "Finished: 36 octets", Secure: true},
		{Kind: Close, Conn: 1, Note: "closed"},
	}
	for round := range 20 { // over several chunks
		for i := range want {
			e := want[i]
			offset := uint64(round * len(want))
			e.Seq = offset + uint64(i) + 1
			if e.Re > 0 {
				e.Re += offset
			}
			e.At = 5
			if got := l.Append(&e); got != e.Seq {
				t.Fatalf("appended as %d, want %d", got, e.Seq)
			}
			if got := l.At(e.Seq); fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", e) {
				t.Errorf("got  %+v\nwant %+v", got, e)
			}
			if kind, conn, re := l.Kind(e.Seq), l.Conn(e.Seq), l.Re(e.Seq); kind != e.Kind || conn != e.Conn || re != e.Re {
				t.Errorf("event %d: kind %v, connection %d, re %d", e.Seq, kind, conn, re)
			}
			if verb, code := l.Verb(e.Seq), l.Code(e.Seq); verb != e.Verb || code != e.Code {
				t.Errorf("event %d: verb %q, code %d", e.Seq, verb, code)
			}
		}
	}
	last := l.Last()
	var n uint64
	for e := range l.After(3) {
		if n++; e.Seq != 3+n {
			t.Fatalf("After(3) yields %d at place %d", e.Seq, n)
		}
	}
	if n != last-3 {
		t.Errorf("After(3) yields %d events of %d", n, last)
	}
	var asked []uint64
	for seq := l.Next(Of(Handshake, Close), 3); seq != 0; seq = l.Next(Of(Handshake, Close), seq) {
		if e := l.At(seq); l.Kind(seq) != e.Kind || l.Conn(seq) != e.Conn || e.Kind != Handshake && e.Kind != Close {
			t.Errorf("Next yields %+v of kind %v, connection %d", e, l.Kind(seq), l.Conn(seq))
		}
		asked = append(asked, seq)
	}
	if len(asked) != 2*20 || l.Next(Of(Reset), 0) != 0 {
		t.Errorf("Next yields %d of 40 events", len(asked))
	}
	if l.Kind(last+1) != 0 || l.Conn(last+1) != 0 {
		t.Error("an event that there is not has a kind")
	}
	l.Reset()
	if l.First() != last+1 || l.Last() != last || l.At(last).Kind != 0 {
		t.Errorf("after Reset: first %d, last %d", l.First(), l.Last())
	}
	if got := l.Append(&Event{Kind: Reset}); got != last+1 {
		t.Errorf("first event after Reset is %d, want %d", got, last+1)
	}
}

// A segment's arrival is held exactly when it is near, and never told too early when it is far.
func TestArrivals(t *testing.T) {
	var l Log
	for _, at := range []clock.Time{0, 7, 1 << 40} {
		for _, d := range []clock.Time{0, 1, 116, 4_000_000, 1<<32 - 2, 1<<32 - 1, 1 << 32, 1<<32 + 1, 1<<40 + 3, 1<<45 - 1, 1<<60 + 1} {
			got := l.At(l.Append(&Event{Kind: Segment, Proto: TCP, At: at, Arrives: at + d})).Arrives - at
			if got < d || got-d > d>>31 {
				t.Errorf("what takes %d is held as %d", d, got)
			}
		}
	}
}

func TestEnhancedCode(t *testing.T) {
	for raw, want := range map[string]string{
		"250 2.1.0 ok\r\n":      "2.1.0",
		"550-5.7.1 a\r\n":       "5.7.1",
		"550 5.7.10\r\n":        "5.7.10",
		"250 5.1.0 other class": "",
		"250 2.1. no\r\n":       "",
		"250 2..1 no\r\n":       "",
		"250 2.1.0.4 no\r\n":    "",
		"250 2.1.0x no\r\n":     "",
		"250 2 messages\r\n":    "",
		"250\r\n":               "",
		"354 3.0.0 never\r\n":   "",
	} {
		var l Log
		if got := l.At(l.Append(&Event{Kind: Reply, Proto: SMTP, Raw: []byte(raw)})).Enhanced; got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}
