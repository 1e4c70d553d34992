package smtp

import (
	"fmt"
	"strings"
	"testing"

	"smtplab/sim/trace"
)

func TestReplyAppendTo(t *testing.T) {
	for _, test := range []struct {
		reply Reply
		want  string
		plain string
	}{
		{Reply{Code: 250, Enhanced: EnhancedCode{2, 1, 5}, Lines: []string{"OK"}}, "250 2.1.5 OK\r\n", "250 OK\r\n"},
		{Reply{Code: 214, Enhanced: EnhancedCode{2, 0, 0}, Lines: []string{"a", "b"}}, "214-2.0.0 a\r\n214 2.0.0 b\r\n", "214-a\r\n214 b\r\n"},
		{Reply{Code: 354}, "354 \r\n", "354 \r\n"},
		{Reply{Code: 550, Lines: []string{"caf\xc3\xa9\r\n250 OK\x00"}}, "550 caf????250 OK?\r\n", "550 caf????250 OK?\r\n"},
		{
			Reply{Code: 550, Enhanced: EnhancedCode{5, 100, 999}, Lines: []string{strings.Repeat("x", 600)}},
			"550 5.100.999 " + strings.Repeat("x", 496) + "\r\n", "550 " + strings.Repeat("x", 506) + "\r\n",
		},
	} {
		if got := string(test.reply.AppendTo([]byte("+"))); got != "+"+test.want {
			t.Errorf("%+v is written %q", test.reply, got)
		}
		if got := string(test.reply.AppendPlain(nil)); got != test.plain {
			t.Errorf("%+v is written %q without its enhanced code", test.reply, got)
		}
	}
}

func TestReplyIsAnError(t *testing.T) {
	var err error = &Reply{Code: 550, Enhanced: EnhancedCode{5, 1, 1}, Lines: []string{"No mailbox", "by that name"}}
	if got := err.Error(); got != "550 5.1.1 No mailbox" {
		t.Errorf("the error reads %q", got)
	}
	if (&Reply{Code: 550}).Positive() || !(&Reply{Code: 354}).Positive() {
		t.Error("a positive reply has a code below 400")
	}
}

func TestParseReplyLine(t *testing.T) {
	for _, test := range []struct {
		in   string
		code int
		more bool
		text string
		bad  bool
	}{
		{in: "250 OK\r\n", code: 250, text: "OK"},
		{in: "250-OK", code: 250, more: true, text: "OK"},
		{in: "250", code: 250},
		{in: "250 ", code: 250},
		{in: "599-", code: 599, more: true},
		{in: "250_OK", bad: true},
		{in: "2500 OK", bad: true},
		{in: "25 OK", bad: true},
		{in: "25", bad: true},
		{in: "", bad: true},
		{in: "150 OK", bad: true},
		{in: "650 OK", bad: true},
		{in: "2a0 OK", bad: true},
		{in: "+OK", bad: true},
	} {
		code, more, text, err := ParseReplyLine([]byte(test.in))
		if code != test.code || more != test.more || string(text) != test.text || (err != nil) != test.bad {
			t.Errorf("%q: %d %v %q %v", test.in, code, more, text, err)
		}
	}
}

func TestParseEnhanced(t *testing.T) {
	for _, test := range []struct {
		in, code, rest string
		ok             bool
	}{
		{"2.1.5 Recipient accepted", "2.1.5", "Recipient accepted", true},
		{"5.100.999", "5.100.999", "", true},
		{"4.4.2 ", "4.4.2", "", true},
		{"2.1.5x", "", "2.1.5x", false},
		{"3.1.5 x", "", "3.1.5 x", false},
		{"2.1. x", "", "2.1. x", false},
		{"2..1 x", "", "2..1 x", false},
		{"2.1000.1 x", "", "2.1000.1 x", false},
		{"2.1.1000 x", "", "2.1.1000 x", false},
		{"2.1", "", "2.1", false},
		{"2.111", "", "2.111", false},
		{"", "", "", false},
		{"OK, 2.1.5", "", "OK, 2.1.5", false},
	} {
		code, rest, ok := ParseEnhanced([]byte(test.in))
		if code.String() != test.code || string(rest) != test.rest || ok != test.ok {
			t.Errorf("%q: %q %q %v", test.in, code, rest, ok)
		}
	}
}

func TestNext(t *testing.T) {
	for _, test := range []struct {
		before trace.State
		verb   string
		code   int
		want   trace.State
	}{
		{trace.NoState, "", 220, trace.Connected},
		{trace.Connected, "", 220, trace.Connected},
		{trace.NoState, "", 421, trace.Ended},
		{trace.Connected, EHLO, 250, trace.Greeted},
		{trace.Connected, EHLO, 501, trace.Connected},
		{trace.RcptGiven, HELO, 250, trace.Greeted},
		{trace.RcptGiven, EHLO, 501, trace.RcptGiven},
		{trace.Greeted, MAIL, 250, trace.MailGiven},
		{trace.Greeted, MAIL, 552, trace.Greeted},
		{trace.MailGiven, RCPT, 250, trace.RcptGiven},
		{trace.MailGiven, RCPT, 251, trace.RcptGiven},
		{trace.MailGiven, RCPT, 550, trace.MailGiven},
		{trace.RcptGiven, RCPT, 452, trace.RcptGiven},
		{trace.RcptGiven, DATA, 354, trace.InData},
		{trace.MailGiven, DATA, 503, trace.MailGiven},
		{trace.InData, EOD, 250, trace.Greeted},
		{trace.InData, EOD, 554, trace.Greeted},
		{trace.InData, EOD, 421, trace.Ended},
		{trace.RcptGiven, BDAT, 250, trace.InChunks},
		{trace.InChunks, BDAT, 250, trace.InChunks},
		{trace.InChunks, BDAT, 552, trace.Greeted},
		{trace.RcptGiven, BDAT, 501, trace.Greeted},
		{trace.RcptGiven, BDAT, 502, trace.RcptGiven},
		{trace.InChunks, BDAT, 500, trace.InChunks},
		{trace.MailGiven, BDAT, 503, trace.MailGiven},
		{trace.Connected, BDAT, 503, trace.Connected},
		{trace.Greeted, BDAT, 421, trace.Ended},
		{trace.InChunks, EOD, 250, trace.Greeted},
		{trace.RcptGiven, EOD, 552, trace.Greeted},
		{trace.Connected, EOD, 503, trace.Connected},
		{trace.MailGiven, EOD, 554, trace.MailGiven},
		{trace.InChunks, DATA, 503, trace.InChunks},
		{trace.InChunks, RSET, 250, trace.Greeted},
		{trace.Greeted, AUTH, 334, trace.Authenticating},
		{trace.Authenticating, AUTH, 334, trace.Authenticating},
		{trace.Authenticating, AUTH, 235, trace.Greeted},
		{trace.Authenticating, AUTH, 500, trace.Greeted},
		{trace.Greeted, AUTH, 235, trace.Greeted},
		{trace.Connected, AUTH, 503, trace.Connected},
		{trace.RcptGiven, STARTTLS, 220, trace.Connected},
		{trace.RcptGiven, STARTTLS, 454, trace.RcptGiven},
		{trace.Connected, RSET, 250, trace.Connected},
		{trace.RcptGiven, RSET, 250, trace.Greeted},
		{trace.RcptGiven, RSET, 501, trace.RcptGiven},
		{trace.RcptGiven, NOOP, 250, trace.RcptGiven},
		{trace.RcptGiven, QUIT, 221, trace.Ended},
		{trace.RcptGiven, QUIT, 501, trace.RcptGiven},
		{trace.Greeted, "FROB", 421, trace.Ended},
		{trace.Ended, EHLO, 250, trace.Ended},
	} {
		if got := Next(test.before, test.verb, test.code); got != test.want {
			t.Errorf("%v, then %d to %q: %v, want %v", test.before, test.code, test.verb, got, test.want)
		}
	}
}

func ExampleReply() {
	refusal := &Reply{Code: 550, Enhanced: EnhancedCode{5, 1, 1}, Lines: []string{"No mailbox here by that name", "VRFY may help"}}
	fmt.Print(strings.ReplaceAll(string(refusal.AppendTo(nil)), "\r", ""))
	// Output:
	// 550-5.1.1 No mailbox here by that name
	// 550 5.1.1 VRFY may help
}

func TestIsPrintable(t *testing.T) {
	for c := range 256 {
		for at := range 11 {
			text := []byte("0123456789a")
			text[at] = byte(c)
			if got, want := isPrintable(text), c >= ' ' && c <= '~'; got != want {
				t.Errorf("%q: %v, want %v", text, got, want)
			}
		}
	}
}
