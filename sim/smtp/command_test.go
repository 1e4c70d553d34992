package smtp

import (
	"bytes"
	"strings"
	"testing"
)

func TestParseCommand(t *testing.T) {
	for _, test := range []struct{ in, verb, arg string }{
		{"EHLO pc1\r\n", EHLO, "pc1"},
		{"ehlo pc1", EHLO, "pc1"},
		{"MAIL FROM:<a@b>  \t ", MAIL, "FROM:<a@b>"},
		{"MAIL  FROM:<a@b>", MAIL, "FROM:<a@b>"},
		{"DATA", DATA, ""},
		{"DATA ", DATA, ""},
		{"DATA\r\n", DATA, ""},
		{"starttls", STARTTLS, ""},
		{"STARTTLSxyz", "STARTTLSXYZ", ""},
		{"X-Frob 1 2", "X-FROB", "1 2"},
		{"EHLO\tpc1", "", ""},
		{" EHLO pc1", "", "EHLO pc1"},
		{"", "", ""},
		{"\r\n", "", ""},
		{"NOOP\x00", "", ""},
		{"caf\xc3\xa9", "", ""},
		{"abcdefghijklmnop", "ABCDEFGHIJKLMNOP", ""},
		{"abcdefghijklmnopq", "", ""},
	} {
		verb, arg := ParseCommand([]byte(test.in))
		if verb != test.verb || string(arg) != test.arg {
			t.Errorf("%q: %q %q, want %q %q", test.in, verb, arg, test.verb, test.arg)
		}
	}
}

func TestParseCommandAllocatesNothing(t *testing.T) {
	lines := [][]byte{[]byte("mail FROM:<a@b>\r\n"), []byte("RCPT TO:<a@b>\r\n"), []byte("Data\r\n"), []byte("QUIT\r\n")}
	if n := testing.AllocsPerRun(100, func() {
		for _, line := range lines {
			ParseCommand(line)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestParseBDAT(t *testing.T) {
	for _, test := range []struct {
		in   string
		size int64
		last bool
		err  *SyntaxError
	}{
		{in: "0", size: 0},
		{in: "86 LAST", size: 86, last: true},
		{in: "86  last", size: 86, last: true},
		{in: "00000000000000000000000000086", size: 86},
		{in: "922337203685477579", size: 922337203685477579},
		{in: "99999999999999999999999 LAST", size: -1, last: true, err: errHugeSize},
		{in: strings.Repeat("9", 400), size: -1, err: errHugeSize},
		{in: "86 FIRST", size: 86, err: errNotLast},
		{in: "86 LAST LAST", size: 86, err: errNotLast},
		{in: "", err: errNoSize},
		{in: "LAST", err: errNoSize},
		{in: "-1", err: errNoSize},
		{in: "+1", err: errNoSize},
		{in: "0x10", err: errNoSize},
		{in: "1.5 LAST", err: errNoSize},
		{in: "99999999999999999999999x", err: errNoSize},
	} {
		size, last, err := ParseBDAT([]byte(test.in))
		if size != test.size || last != test.last || test.err == nil && err != nil || test.err != nil && err != error(test.err) {
			t.Errorf("%.40q: %d, %v, %v", test.in, size, last, err)
		}
	}
}

func TestParams(t *testing.T) {
	_, params, err := ParseMail([]byte("FROM:<> size=100  BODY=8bitmime X"))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for keyword, value := range params.All() {
		all = append(all, keyword+":"+value)
	}
	if got := strings.Join(all, " "); got != "SIZE:100 BODY:8bitmime X:" {
		t.Errorf("All yields %s", got)
	}
	if v, ok := params.Get("SIZE"); v != "100" || !ok {
		t.Errorf("SIZE is %q, %v", v, ok)
	}
	if v, ok := params.Get("Y"); v != "" || ok {
		t.Errorf("Y is %q, %v", v, ok)
	}
}

func TestParseKeyword(t *testing.T) {
	for _, test := range []struct {
		in   string
		want Keyword
		ok   bool
	}{
		{"PIPELINING", Keyword{"PIPELINING", ""}, true},
		{"size 10485760", Keyword{"SIZE", "10485760"}, true},
		{"AUTH PLAIN LOGIN ", Keyword{"AUTH", "PLAIN LOGIN"}, true},
		{"8BITMIME", Keyword{"8BITMIME", ""}, true},
		{"", Keyword{}, false},
		{"-X", Keyword{}, false},
		{"AUTH=PLAIN", Keyword{}, false},
		{"SIZE \x01", Keyword{}, false},
	} {
		if k, ok := ParseKeyword([]byte(test.in)); k != test.want || ok != test.ok {
			t.Errorf("%q: %+v, %v", test.in, k, ok)
		}
	}
	if s := (Keyword{"SIZE", "1"}).String() + (Keyword{"HELP", ""}).String(); s != "SIZE 1HELP" {
		t.Errorf("printed as %q", s)
	}
}

// FuzzCommand proves that a command line is only divided: the verb is a word or nothing, the argument is part of
// the line, and what the parsers of arguments accept is printable ASCII.
func FuzzCommand(f *testing.F) {
	f.Add([]byte("EHLO pc1.email.com\r\n"))
	f.Add([]byte("mail FROM:<pc1@email.com> SIZE=100 BODY=8BITMIME \r\n"))
	f.Add([]byte("RCPT TO:<\"a b\"@[IPv6:::1]>"))
	f.Add([]byte("\x00\xff \r\r\n\n"))
	f.Fuzz(func(t *testing.T, line []byte) {
		before := bytes.Clone(line)
		verb, arg := ParseCommand(line)
		if !bytes.Equal(line, before) {
			t.Fatal("the line was changed")
		}
		if verb != strings.ToUpper(verb) || len(verb) > 16 || !bytes.Contains(line, arg) {
			t.Fatalf("%q: %q %q", line, verb, arg)
		}
		if verb != "" && !bytes.HasPrefix(bytes.ToUpper(line), []byte(verb)) {
			t.Fatalf("%q does not begin with %q", line, verb)
		}
		from, params, err := ParseMail(arg)
		if err != nil {
			return
		}
		for _, c := range []byte(from.String() + string(params)) {
			if c < ' ' || c > '~' {
				t.Fatalf("%q: an octet %#x was let through", line, c)
			}
		}
		again := append([]byte("FROM:"), from.String()...)
		if params != "" {
			again = append(append(again, ' '), params...)
		}
		if f2, p2, err := ParseMail(again); err != nil || f2 != from || p2 != params {
			t.Fatalf("%q is printed as %q, which is %v %q, %v", line, again, f2, p2, err)
		}
	})
}
