package dissect

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// notes is a Sink that keeps the events in a log, as the lab does.
type notes struct {
	log trace.Log
	tx  uint32
}

func (n *notes) Note(fromClient bool, e trace.Event) uint64 {
	e.From = "S"
	if fromClient {
		e.From = "C"
	}
	return n.log.Append(&e)
}

func (n *notes) NextTransaction() uint32 { n.tx++; return n.tx }

// lines writes the events compactly: "C command MAIL tx1 greeted" and "S reply MAIL 250 re3 greeted→MAIL given".
func (n *notes) lines() []string {
	var out []string
	for e := range n.log.After(0) {
		s := fmt.Sprintf("%s %s %q", e.From, e.Kind, e.Raw)
		if e.Re > 0 {
			s += fmt.Sprintf(" re%d", e.Re)
		}
		if e.Tx > 0 {
			s += fmt.Sprintf(" tx%d", e.Tx)
		}
		if e.Kind == trace.Reply {
			s += fmt.Sprintf(" %s→%s", e.Before, e.After)
		}
		out = append(out, s)
	}
	return out
}

// said joins the octets of one direction.
func (n *notes) said(who string) string {
	var b strings.Builder
	for e := range n.log.After(0) {
		if e.From == who {
			b.Write(e.Raw)
		}
	}
	return b.String()
}

// play feeds a dialogue: each string is one segment, "C:" or "S:" and its octets.
func play(d Dissector, segments ...string) {
	for _, s := range segments {
		if p := []byte(s[2:]); s[0] == 'C' {
			d.Client(p)
		} else {
			d.Server(p)
		}
	}
	d.Close()
}

func TestSMTP(t *testing.T) {
	for _, test := range []struct {
		name     string
		segments []string
		want     []string
	}{
		{"a pipelined mail", []string{
			"S:220 email.com\r\n",
			"C:EHLO pc1\r\n",
			"S:250-email.com\r\n250 PIPELINING\r\n",
			"C:MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n",
			"S:250 ok\r\n250 ok\r\n354 go\r\n",
			"C:Subject: x\r\n\r\nhi\r\n.\r\nQUIT\r\n",
			"S:250 stored\r\n221 bye\r\n",
		}, []string{
			`S reply "220 email.com\r\n" connected→connected`,
			`C command "EHLO pc1\r\n"`,
			`S reply "250-email.com\r\n250 PIPELINING\r\n" re2 connected→greeted`,
			`C command "MAIL FROM:<a@b>\r\n" tx1`,
			`C command "RCPT TO:<c@d>\r\n" tx1`,
			`C command "DATA\r\n" tx1`,
			`S reply "250 ok\r\n" re4 tx1 greeted→MAIL given`,
			`S reply "250 ok\r\n" re5 tx1 MAIL given→RCPT given`,
			`S reply "354 go\r\n" re6 tx1 RCPT given→in the data`,
			`C data "Subject: x\r\n\r\nhi\r\n.\r\n" tx1`,
			`C command "QUIT\r\n"`,
			`S reply "250 stored\r\n" re10 tx1 in the data→greeted`,
			`S reply "221 bye\r\n" re11 greeted→ended`,
		}},
		{"two mails in one segment", []string{
			"S:220 hi\r\n", "C:HELO x\r\n", "S:250 hi\r\n",
			"C:MAIL FROM:<a@b>\r\n", "S:250 ok\r\n", "C:DATA\r\n", "S:354 go\r\n",
			"C:.\r\nMAIL FROM:<no>\r\nRSET\r\n", "S:250 ok\r\n501 no\r\n250 ok\r\n", "C:HELO x\r\n",
		}, []string{
			`S reply "220 hi\r\n" connected→connected`,
			`C command "HELO x\r\n"`,
			`S reply "250 hi\r\n" re2 connected→greeted`,
			`C command "MAIL FROM:<a@b>\r\n" tx1`,
			`S reply "250 ok\r\n" re4 tx1 greeted→MAIL given`,
			`C command "DATA\r\n" tx1`,
			`S reply "354 go\r\n" re6 tx1 MAIL given→in the data`,
			`C data ".\r\n" tx1`,
			`C command "MAIL FROM:<no>\r\n" tx2`,
			`C command "RSET\r\n" tx2`,
			`S reply "250 ok\r\n" re8 tx1 in the data→greeted`,
			`S reply "501 no\r\n" re9 tx2 greeted→greeted`,
			`S reply "250 ok\r\n" re10 tx2 greeted→greeted`,
			`C command "HELO x\r\n"`,
		}},
		{"data before 354 are told once it is known what they are", []string{
			"S:220 hi\r\n", "C:HELO x\r\n", "S:250 hi\r\n",
			"C:DATA\r\nNOOP\r\n.\r\n", "S:503 no\r\n", "S:250 ok\r\n500 what\r\n",
		}, []string{
			`S reply "220 hi\r\n" connected→connected`,
			`C command "HELO x\r\n"`,
			`S reply "250 hi\r\n" re2 connected→greeted`,
			`C command "DATA\r\n"`,
			`S reply "503 no\r\n" re4 greeted→greeted`,
			`C command "NOOP\r\n"`,
			`C command ".\r\n"`,
			`S reply "250 ok\r\n" re6 greeted→greeted`,
			`S reply "500 what\r\n" re7 greeted→greeted`,
		}},
		{"an empty message, and a dot that ends nothing", []string{
			"S:220 hi\r\n", "C:DATA\r\n", "S:354 go\r\n", "C:.\r\n", "S:250 ok\r\n",
			"C:DATA\r\n", "S:354 go\r\n", "C:a\n.\n.\r\nb\r\n.", "C:\r\n", "S:250 ok\r\n",
		}, []string{
			`S reply "220 hi\r\n" connected→connected`,
			`C command "DATA\r\n"`,
			`S reply "354 go\r\n" re2 connected→in the data`,
			`C data ".\r\n"`,
			`S reply "250 ok\r\n" re4 in the data→greeted`,
			`C command "DATA\r\n"`,
			`S reply "354 go\r\n" re6 greeted→in the data`,
			`C data "a\n.\n.\r\nb\r\n."`,
			`C data "\r\n"`,
			`S reply "250 ok\r\n" re9 in the data→greeted`,
		}},
		{"an exchange of AUTH, and lines that come before they may", []string{
			"S:220 hi\r\n", "C:AUTH LOGIN\r\ncGMx\r\nc2VjcmV0\r\nNOOP\r\n",
			"S:334 VXNlcm5hbWU6\r\n", "S:334 UGFzc3dvcmQ6\r\n235 ok\r\n250 ok\r\n",
			"C:AUTH PLAIN\r\n", "S:503 no\r\n", "C:*\r\nAUTH PLAIN AGE=\r\n", "S:500 what\r\n535 no\r\n",
			"C:AUTH PLAIN\r\n", "S:334 \r\n", "C:*\r", "C:\nQUIT\r\n", "S:501 no\r\n221 bye\r\n",
		}, []string{
			`S reply "220 hi\r\n" connected→connected`,
			`C command "AUTH LOGIN\r\n"`,
			`S reply "334 VXNlcm5hbWU6\r\n" re2 connected→authenticating`,
			`C response "cGMx\r\n"`,
			`S reply "334 UGFzc3dvcmQ6\r\n" re4 authenticating→authenticating`,
			`C response "c2VjcmV0\r\n"`,
			`S reply "235 ok\r\n" re6 authenticating→greeted`,
			`C command "NOOP\r\n"`,
			`S reply "250 ok\r\n" re8 greeted→greeted`,
			`C command "AUTH PLAIN\r\n"`,
			`S reply "503 no\r\n" re10 greeted→greeted`,
			`C command "*\r\n"`,
			`C command "AUTH PLAIN AGE=\r\n"`,
			`S reply "500 what\r\n" re12 greeted→greeted`,
			`S reply "535 no\r\n" re13 greeted→greeted`,
			`C command "AUTH PLAIN\r\n"`,
			`S reply "334 \r\n" re16 greeted→authenticating`,
			`C response "*\r\n"`,
			`S reply "501 no\r\n" re18 authenticating→greeted`,
			`C command "QUIT\r\n"`,
			`S reply "221 bye\r\n" re20 greeted→ended`,
		}},
		{"chunks", []string{
			"S:220 hi\r\n", "C:EHLO x\r\n", "S:250-hi\r\n250 chunking\r\n",
			"C:MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 6\r\n.\r\nQUI", "S:250 ok\r\n250 ok\r\n", "C:BDAT 2\r\n", "C:T\rbdat 0 last\r\nNOOP\r\n",
			"S:250 ok\r\n250 ok\r\n250 stored\r\n250 ok\r\n",
			"C:MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n", "S:250 ok\r\n250 ok\r\n", "C:BDAT 5 LAST\r\nRSET\n", "S:552 no\r\n", "C:BDAT -1\r\nBDAT 5 LASTING\r\nRSET\nBDAT\r\n",
			"S:501 no\r\n501 no\r\n", "S:501 no\r\n", "C:BDAT 3\r\nx",
		}, []string{
			`S reply "220 hi\r\n" connected→connected`,
			`C command "EHLO x\r\n"`,
			`S reply "250-hi\r\n250 chunking\r\n" re2 connected→greeted`,
			`C command "MAIL FROM:<a@b>\r\n" tx1`,
			`C command "RCPT TO:<c@d>\r\n" tx1`,
			`C command "BDAT 6\r\n" tx1`,
			`C data ".\r\nQUI" re6 tx1`,
			`S reply "250 ok\r\n" re4 tx1 greeted→MAIL given`,
			`S reply "250 ok\r\n" re5 tx1 MAIL given→RCPT given`,
			`C command "BDAT 2\r\n" tx1`,
			`C data "T\r" re10 tx1`,
			`C command "bdat 0 last\r\n" tx1`,
			`C command "NOOP\r\n"`,
			`S reply "250 ok\r\n" re6 tx1 RCPT given→in chunks`,
			`S reply "250 ok\r\n" re10 tx1 in chunks→in chunks`,
			`S reply "250 stored\r\n" re12 tx1 in chunks→greeted`,
			`S reply "250 ok\r\n" re13 greeted→greeted`,
			`C command "MAIL FROM:<a@b>\r\n" tx2`,
			`C command "RCPT TO:<c@d>\r\n" tx2`,
			`S reply "250 ok\r\n" re18 tx2 greeted→MAIL given`,
			`S reply "250 ok\r\n" re19 tx2 MAIL given→RCPT given`,
			`C command "BDAT 5 LAST\r\n" tx2`,
			`C data "RSET\n" re22 tx2`,
			`S reply "552 no\r\n" re22 tx2 RCPT given→greeted`,
			`C command "BDAT -1\r\n"`,
			`S reply "501 no\r\n" re25 greeted→greeted`,
			`C command "BDAT 5 LASTING\r\n"`,
			`S reply "501 no\r\n" re27 greeted→greeted`,
			`C data "RSET\n" re27`,
			`C command "BDAT\r\n"`,
			`S reply "501 no\r\n" re30 greeted→greeted`,
			`C command "BDAT 3\r\n"`,
			`C data "x" re32`,
		}},
		{"no CHUNKING, so no chunk", []string{
			"S:220 hi\r\n", "C:EHLO x\r\n", "S:250-hi\r\n250-CHUNKINGS\r\n250 8BITMIME CHUNKING\r\n",
			"C:MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 100 LAST\r\nNOOP\r\nDATA\r\n", "S:250 ok\r\n250 ok\r\n", "S:502 no\r\n", "S:250 ok\r\n354 go\r\n",
			"C:hi\r\n.\r\nQUIT\r\n", "S:250 stored\r\n221 bye\r\n",
		}, []string{
			`S reply "220 hi\r\n" connected→connected`,
			`C command "EHLO x\r\n"`,
			`S reply "250-hi\r\n250-CHUNKINGS\r\n250 8BITMIME CHUNKING\r\n" re2 connected→greeted`,
			`C command "MAIL FROM:<a@b>\r\n" tx1`,
			`C command "RCPT TO:<c@d>\r\n" tx1`,
			`C command "BDAT 100 LAST\r\n" tx1`,
			`S reply "250 ok\r\n" re4 tx1 greeted→MAIL given`,
			`S reply "250 ok\r\n" re5 tx1 MAIL given→RCPT given`,
			`S reply "502 no\r\n" re6 tx1 RCPT given→RCPT given`,
			`C command "NOOP\r\n" tx1`,
			`C command "DATA\r\n" tx1`,
			`S reply "250 ok\r\n" re10 tx1 RCPT given→RCPT given`,
			`S reply "354 go\r\n" re11 tx1 RCPT given→in the data`,
			`C data "hi\r\n.\r\n" tx1`,
			`C command "QUIT\r\n"`,
			`S reply "250 stored\r\n" re14 tx1 in the data→greeted`,
			`S reply "221 bye\r\n" re15 greeted→ended`,
		}},
		{"a chunk for a server that has offered nothing yet", []string{
			"S:220 hi\r\n", "C:BDAT 6\r\nNOOP\r\nEHLO x\r\n", "S:503 no\r\n250-hi\r\n250 CHUNKING x\r\n", "C:BDAT 6\r\nNOOP\r\nHELO x\r\n", "S:503 no\r\n250 hi\r\n",
			"C:BDAT 6\r\nNOOP\r\n", "S:502 no\r\n", "S:250 ok\r\n",
		}, []string{
			`S reply "220 hi\r\n" connected→connected`,
			`C command "BDAT 6\r\n"`,
			`S reply "503 no\r\n" re2 connected→connected`,
			`C data "NOOP\r\n" re2`,
			`C command "EHLO x\r\n"`,
			`S reply "250-hi\r\n250 CHUNKING x\r\n" re5 connected→greeted`,
			`C command "BDAT 6\r\n"`,
			`C data "NOOP\r\n" re7`,
			`C command "HELO x\r\n"`,
			`S reply "503 no\r\n" re7 greeted→greeted`,
			`S reply "250 hi\r\n" re9 greeted→greeted`,
			`C command "BDAT 6\r\n"`,
			`S reply "502 no\r\n" re12 greeted→greeted`,
			`C command "NOOP\r\n"`,
			`S reply "250 ok\r\n" re14 greeted→greeted`,
		}},
		{"STARTTLS that is refused", []string{
			"S:220 hi\r\n", "C:STARTTLS\r\nNOOP\r\n", "S:454 no\r\n", "S:250 ok\r\n", "C:NOOP\r\n", "S:250 ok\r\n",
		}, []string{
			`S reply "220 hi\r\n" connected→connected`,
			`C command "STARTTLS\r\n"`,
			`S reply "454 no\r\n" re2 connected→connected`,
			`C command "NOOP\r\n"`,
			`S reply "250 ok\r\n" re4 connected→connected`,
			`C command "NOOP\r\n"`,
			`S reply "250 ok\r\n" re6 connected→connected`,
		}},
		{"a line cut off by the end", []string{"S:220 hi\r\n", "C:MAIL FR", "S:42"}, []string{
			`S reply "220 hi\r\n" connected→connected`,
			`S reply "42" connected→connected`,
			`C command "MAIL FR"`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := &notes{}
			play(NewSMTP(n, nil), test.segments...)
			if got := n.lines(); !slices.Equal(got, test.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

func TestPOP3(t *testing.T) {
	n := &notes{}
	play(NewPOP3(n, nil),
		"S:+OK hi\r\n", "C:USER pc2\r\n", "S:+OK\r\n", "C:PASS a b\r\n", "S:+OK\r\n",
		"C:RETR 1\r\nLIST 1\r\nRETR 9\r\nQUIT\r\n",
		"S:+OK follows\r\nSubject: x\r\n\r\n..\r\n.", "S:\r\n+OK 1 20\r\n-ERR no\r\n+OK bye\r\n",
	)
	want := []string{
		`S reply "+OK hi\r\n" AUTHORIZATION→AUTHORIZATION`,
		`C command "USER pc2\r\n"`,
		`S reply "+OK\r\n" re2 AUTHORIZATION→AUTHORIZATION`,
		`C command "PASS a b\r\n"`,
		`S reply "+OK\r\n" re4 AUTHORIZATION→TRANSACTION`,
		`C command "RETR 1\r\n"`,
		`C command "LIST 1\r\n"`,
		`C command "RETR 9\r\n"`,
		`C command "QUIT\r\n"`,
		`S reply "+OK follows\r\n" re6 TRANSACTION→TRANSACTION`,
		`S data "Subject: x\r\n\r\n..\r\n." re6`,
		`S data "\r\n" re6`,
		`S reply "+OK 1 20\r\n" re7 TRANSACTION→TRANSACTION`,
		`S reply "-ERR no\r\n" re8 TRANSACTION→TRANSACTION`,
		`S reply "+OK bye\r\n" re9 TRANSACTION→UPDATE`,
	}
	if got := n.lines(); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// An exchange of POP3's AUTH, and lines that come before they may: RFC 5034 §4.
func TestPOP3Exchange(t *testing.T) {
	n := &notes{}
	play(NewPOP3(n, nil),
		"S:+OK hi\r\n", "C:AUTH PLAIN\r\n*\r\nSTLS\r\nNOOP\r\n", "S:+ \r\n-ERR no\r\n", "S:-ERR no\r\n-ERR no\r\n",
		"C:AUTH LOGIN\r\n", "S:+ VXNl\r\n", "C:cGMx\r\n", "S:+ UGFz\r\n", "C:c2Vj", "C:cmV0\r\n", "S:+OK in\r\n",
		"C:AUTH PLAIN\r\n", "S:-ERR no\r\n", "C:cut",
	)
	want := []string{
		`S reply "+OK hi\r\n" AUTHORIZATION→AUTHORIZATION`,
		`C command "AUTH PLAIN\r\n"`,
		`S reply "+ \r\n" re2 AUTHORIZATION→authenticating`,
		`C response "*\r\n"`,
		`S reply "-ERR no\r\n" re4 authenticating→AUTHORIZATION`,
		`C command "STLS\r\n"`,
		`S reply "-ERR no\r\n" re6 AUTHORIZATION→AUTHORIZATION`,
		`C command "NOOP\r\n"`,
		`S reply "-ERR no\r\n" re8 AUTHORIZATION→AUTHORIZATION`,
		`C command "AUTH LOGIN\r\n"`,
		`S reply "+ VXNl\r\n" re10 AUTHORIZATION→authenticating`,
		`C response "cGMx\r\n"`,
		`S reply "+ UGFz\r\n" re12 authenticating→authenticating`,
		`C response "c2VjcmV0\r\n"`,
		`S reply "+OK in\r\n" re14 authenticating→TRANSACTION`,
		`C command "AUTH PLAIN\r\n"`,
		`S reply "-ERR no\r\n" re16 TRANSACTION→TRANSACTION`,
		`C command "cut"`,
	}
	if got := n.lines(); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// To look for CHUNKING in what EHLO is answered costs no memory.
func TestOffersChunks(t *testing.T) {
	reply := []byte("250-CHUNKING.example\r\n250-PIPELINING\r\n250-SIZE 10485760\r\n250-8BITMIME\r\n250-DSN\r\n250 CHUNKING\r\n")
	if n := testing.AllocsPerRun(10, func() {
		if !offersChunks(reply) {
			t.Error("it is listed")
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
	for _, reply := range []string{"250 CHUNKING\r\n", "250-hi\r\n250 CHUNKINGS\r\n", "250-hi\r\nCHUNKING\r\n", "250-hi\r\n250 SIZE CHUNKING\r\n", "250 hi", ""} {
		if offersChunks([]byte(reply)) {
			t.Errorf("%q does not list it", reply)
		}
	}
}

// The transaction whose end is to be answered is that of the last chunk, too.
func TestTransactionOfChunks(t *testing.T) {
	n := &notes{}
	d := NewSMTP(n, nil)
	d.Server([]byte("220 hi\r\n"))
	d.Client([]byte("EHLO x\r\n"))
	d.Server([]byte("250-hi\r\n250 CHUNKING\r\n"))
	d.Client([]byte("MAIL FROM:<a@b>\r\nBDAT 1\r\nx"))
	d.Server([]byte("250 ok\r\n"))
	if got := d.Transaction(); got != 0 {
		t.Errorf("transaction %d ends", got)
	}
	d.Client([]byte("BDAT 2 LAST\r\ny\nMAIL FROM:<a@b>\r\n"))
	if got := d.Transaction(); got != 1 {
		t.Errorf("transaction %d ends, want 1", got)
	}
	d.Server([]byte("250 ok\r\n250 ok\r\n"))
	if got := d.Transaction(); got != 0 || n.tx != 2 {
		t.Errorf("transaction %d ends, and %d began", got, n.tx)
	}
}

// A response that is too long to be held is one all the same, and what comes after its end is decided by the answer.
func TestOverlongResponse(t *testing.T) {
	long := strings.Repeat("A", 2*maxLine)
	for _, play := range []func(*notes){
		func(n *notes) {
			play(NewSMTP(n, nil), "S:220 hi\r\n", "C:AUTH PLAIN\r\n", "S:334 \r\n", "C:"+long, "C:"+long+"\r\nQUIT\r\n", "S:235 ok\r\n")
		},
		func(n *notes) {
			play(NewPOP3(n, nil), "S:+OK\r\n", "C:AUTH PLAIN\r\n", "S:+ \r\n", "C:"+long, "C:"+long+"\r\nQUIT\r\n", "S:+OK\r\n")
		},
	} {
		n := &notes{}
		play(n)
		var kinds []string
		for e := range n.log.After(1) {
			kinds = append(kinds, e.Kind.String()+" "+e.Verb)
		}
		want := []string{"command AUTH", "reply AUTH", "response AUTH", "data AUTH", "reply AUTH", "command QUIT"}
		if !slices.Equal(kinds, want) {
			t.Errorf("got %q, want %q", kinds, want)
		}
	}
}

// A line too long to be held is told in pieces, and its tail is not taken for a command.
func TestOverlongLine(t *testing.T) {
	long := strings.Repeat("x", 3*maxLine)
	for _, d := range []func(*notes) Dissector{
		func(n *notes) Dissector { return NewSMTP(n, nil) },
		func(n *notes) Dissector { return NewPOP3(n, nil) },
	} {
		n := &notes{}
		play(d(n), "C:NOOP "+long, "C:"+long+"\r", "C:\nQUIT\r\n")
		commands := 0
		for e := range n.log.After(0) {
			if e.Kind == trace.Command {
				commands++
			}
		}
		if got, want := n.said("C"), "NOOP "+long+long+"\r\nQUIT\r\n"; got != want {
			t.Errorf("told %d octets of %d", len(got), len(want))
		}
		if commands != 2 {
			t.Errorf("%d commands, want NOOP and QUIT", commands)
		}
	}
}

// However segments tear the dialogue, the same commands and replies come out, and every octet once.
func FuzzDissect(f *testing.F) {
	f.Add([]byte("EHLO x\r\nMAIL FROM:<>\r\nDATA\r\nhello\r\n.\r\nQUIT\r\n"), []byte("220 a\r\n250-b\r\n250 c\r\n250 ok\r\n354 go\r\n250 ok\r\n221 bye\r\n"), uint64(1))
	f.Add([]byte("USER a\r\nRETR 1\r\n"), []byte("+OK\r\n+OK\r\n+OK\r\nx\r\n.\r\n"), uint64(2))
	f.Add([]byte("DATA\r\n.\r\n\r\n.\r\n\r"), []byte("354\r\n354 \r\n250-"), uint64(3))
	f.Add([]byte("AUTH LOGIN\r\ncGMx\r\nc2VjcmV0\r\nBDAT 12\r\nBDAT 0 LAST\r\nBDAT 0 LAST\r\nQUIT\r\n"), []byte("220 a\r\n334 \r\n334 \r\n235 ok\r\n250 ok\r\n250 ok\r\n"), uint64(4))
	f.Add([]byte("AUTH PLAIN\r\nAAA=\r\nSTLS\r\nNOOP\r\n"), []byte("+OK\r\n+ \r\n+OK\r\n-ERR\r\n"), uint64(5))
	f.Add([]byte("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a>\r\nBDAT 9 LAST\r\nNOOP\r\nRSET\r\n"), []byte("220 a\r\n250 b\r\n250 c\r\n250 d\r\n502 e\r\n250 f\r\n250 g\r\n"), uint64(7))
	f.Add([]byte("BDAT x\r\nBDAT 5 LAST\r\nabSTARTTLS\r\nNOOP\r\n"), []byte("220 a\r\n500 b\r\n503 c\r\n454 d\r\n"), uint64(6))
	f.Fuzz(func(t *testing.T, client, server []byte, seed uint64) {
		for _, dissector := range []func(*notes) Dissector{
			func(n *notes) Dissector { return NewSMTP(n, nil) },
			func(n *notes) Dissector { return NewPOP3(n, nil) },
		} {
			whole, torn := &notes{}, &notes{}
			d := dissector(whole)
			d.Client(client)
			d.Server(server)
			d.Close()
			d = dissector(torn)
			rng := rand.New(rand.NewPCG(seed, 3))
			tear(rng, client, d.Client)
			tear(rng, server, d.Server)
			d.Close()
			if upgraded(d) {
				continue // what follows is FuzzTLS's
			}
			for _, n := range []*notes{whole, torn} {
				if got := n.said("C"); got != string(client) {
					t.Errorf("told of the client %q, want %q", got, client)
				}
				if got := n.said("S"); got != string(server) {
					t.Errorf("told of the server %q, want %q", got, server)
				}
			}
			if len(client) < maxLine && len(server) < maxLine {
				if a, b := replies(whole), replies(torn); !slices.Equal(a, b) {
					t.Errorf("whole: %q\ntorn:  %q", a, b)
				}
			}
		}
	})
}

func upgraded(d Dissector) bool {
	switch d := d.(type) {
	case *SMTP:
		return d.tls != nil
	case *POP3:
		return d.tls != nil
	}
	return false
}

func tear(rng *rand.Rand, p []byte, feed func([]byte)) {
	for len(p) > 0 {
		n := 1 + rng.IntN(min(len(p), 9))
		feed(bytes.Clone(p[:n]))
		p = p[n:]
	}
}

// replies are the replies with the verbs that they answer.
func replies(n *notes) []string {
	var out []string
	for e := range n.log.After(0) {
		if e.Kind == trace.Reply {
			out = append(out, fmt.Sprintf("%s %q %s→%s", e.Verb, e.Raw, e.Before, e.After))
		}
	}
	return out
}

// The log reads the same verb off a line as the server does.
func TestVerbIsTheServers(t *testing.T) {
	for _, line := range []string{
		"EHLO x\r\n", "ehlo x\r\n", "NOOP\r\n", "QUIT \r\n", "QUIT\t\r\n", "QUIT\r\r\n", "QUIT\n\r\n", "QUIT \r\r\n", "QUIT\t \n\r\n", "EHLO\tx\r\n", "HELO\x00x\r\n", "RSET\v\r\n", "X-FOO 1\r\n",
		"MAIL\r\n", "MAILFROM:<a@b>\r\n", "MAIL:\r\n", " NOOP\r\n", "\r\n", "\x16\x03\r\n", "GET / HTTP/1.1\r\n", "ABCDEFGHIJKLMNOPQRST\r\n", "\xc3\xa9\r\n",
	} {
		n := &notes{}
		play(NewSMTP(n, nil), "S:220 hi\r\n", "C:"+line)
		want, _ := smtp.ParseCommand([]byte(line))
		if got := n.log.At(2); got.Kind != trace.Command || got.Verb != want {
			t.Errorf("%q: the log says %q, the server %q", line, got.Verb, want)
		}
	}
}
