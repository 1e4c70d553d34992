package smtp

import (
	"strings"
	"testing"
)

func TestParseNotify(t *testing.T) {
	for in, want := range map[string]string{
		"NEVER": "NEVER", "never": "NEVER", "SUCCESS": "SUCCESS", "delay,Success,FAILURE": "SUCCESS,FAILURE,DELAY",
		"SUCCESS,SUCCESS": "SUCCESS", "": "", "NEVER,SUCCESS": "", "SUCCESS,NEVER": "", "NEVER,NEVER": "", "SUCCESS,": "",
		",SUCCESS": "", "SUCCESS,,DELAY": "", "ALWAYS": "", "SUCCESS DELAY": "", "ſUCCESS": "",
	} {
		n, ok := ParseNotify(in)
		if ok != (want != "") || n.String() != want && ok {
			t.Errorf("%q: %v, %v, want %q", in, n, ok, want)
		}
	}
}

func TestParseReturn(t *testing.T) {
	for in, want := range map[string]Return{"FULL": ReturnFull, "hdrs": ReturnHeaders, "": 0, "HEADERS": 0} {
		if r, ok := ParseReturn(in); r != want || ok != (want != 0) || !strings.EqualFold(r.String(), in) && ok {
			t.Errorf("%q: %v, %v", in, r, ok)
		}
	}
}

func TestParseORcpt(t *testing.T) {
	for _, test := range []struct {
		in   string
		want RcptOptions
		ok   bool
	}{
		{"rfc822;pc1@email.com", RcptOptions{ORcptType: "rfc822", ORcpt: "pc1@email.com"}, true},
		{"rfc822;a+2Bb@c", RcptOptions{ORcptType: "rfc822", ORcpt: "a+b@c"}, true},
		{"X400;/C=de/", RcptOptions{}, false},
		{"X400;/C+3Dde/", RcptOptions{ORcptType: "X400", ORcpt: "/C=de/"}, true},
		{"utf-8;j\\x{F6}rg@b", RcptOptions{ORcptType: "utf-8", ORcpt: "jörg@b"}, true},
		{"utf-8;jörg@b", RcptOptions{ORcptType: "utf-8", ORcpt: "jörg@b"}, true},
		{"rfc822;jörg@b", RcptOptions{}, false},
		{"pc1@email.com", RcptOptions{}, false},
		{";pc1@email.com", RcptOptions{}, false},
		{"rfc 822;a", RcptOptions{}, false},
		{"a@b;c", RcptOptions{}, false},
		{"rfc822;a+2", RcptOptions{}, false},
		{"rfc822;" + strings.Repeat("x", 487), RcptOptions{ORcptType: "rfc822", ORcpt: strings.Repeat("x", 487)}, true},
		{"rfc822;" + strings.Repeat("x", 488), RcptOptions{}, false},
	} {
		var o RcptOptions
		if ok := o.ParseORcpt(test.in); ok != test.ok || o != test.want {
			t.Errorf("%q: %+v, %v", test.in, o, ok)
		}
	}
}

func TestRcptOptions(t *testing.T) {
	some := RcptOptions{Notify: NotifyNever}
	if (&Envelope{}).RcptOptions(3) != (RcptOptions{}) || (&Envelope{Options: []RcptOptions{{}, some}}).RcptOptions(1) != some {
		t.Error("the options of a recipient are not its own")
	}
}
