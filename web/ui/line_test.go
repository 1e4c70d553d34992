package ui

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

func TestVisible(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"RCPT TO:<pc2@email.com>", "RCPT TO:<pc2@email.com>"},
		{"Grüße, 李, 👩‍🏫", "Grüße, 李, 👩‍🏫"},
		{"a\tb", "a\tb"},
		{"\x1b[31mred\x00\x7f", `\x1B[31mred\x00\x7F`},
		{"evil\u202egnp.exe", `evil\u202Egnp.exe`},
		{"zero\u200bwidth\ufeff", `zero\u200Bwidth\uFEFF`},
		{"\u2028\u0085", `\u2028\u0085`},
		{"\xff\xe9t\xe9", `\xFF\xE9t\xE9`},
		{"real \uFFFD stays", "real \uFFFD stays"},
	} {
		if got := Visible(c.in); got != c.want {
			t.Errorf("Visible(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestVisibleTextKeepsLineEnds(t *testing.T) {
	if got, want := VisibleText("a\r\nb\n\rc\x07"), "a\nb\n"+`\x0Dc\x07`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Whatever comes in, nothing that acts on the screen comes out.
func FuzzVisible(f *testing.F) {
	f.Add(hostile)
	f.Add("plain")
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range Visible(s) {
			if r != '\t' && r != 0x200c && r != 0x200d && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
				t.Fatalf("Visible(%q) = %q", s, Visible(s))
			}
		}
	})
}

func TestCommandLines(t *testing.T) {
	got := CommandLines([]byte("MAIL FROM:<>\r\nNOOP\nQUIT\rX"))
	want := []Line{{Text: "MAIL FROM:<>", EOL: "CRLF"}, {Text: "NOOP", EOL: "LF"}, {Text: "QUIT", EOL: "CR"}, {Text: "X"}}
	if !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestReplyLines(t *testing.T) {
	for _, c := range []struct {
		raw  string
		want []Line
	}{
		{"250 OK\r\n", []Line{{Code: "250", Sep: " ", Tone: "ok", Text: "OK", EOL: "CRLF"}}},
		{"250-a\r\n250 b\r\n", []Line{{Code: "250", Sep: "-", Tone: "ok", Text: "a", EOL: "CRLF"}, {Code: "250", Sep: " ", Tone: "ok", Text: "b", EOL: "CRLF"}}},
		{"354\r\n", []Line{{Code: "354", Tone: "more", EOL: "CRLF"}}},
		{"421 4.3.2 Bye\r\n", []Line{{Code: "421", Sep: " ", Tone: "temp", Text: "4.3.2 Bye", EOL: "CRLF"}}},
		{"550 No\r\n", []Line{{Code: "550", Sep: " ", Tone: "err", Text: "No", EOL: "CRLF"}}},
		{"2500 is no code\r\n", []Line{{Text: "2500 is no code", EOL: "CRLF"}}},
		{"999 neither\r\n", []Line{{Text: "999 neither", EOL: "CRLF"}}},
		{"-ERR [IN-USE] Busy\r\n", []Line{{Code: "-ERR", Sep: " ", Tone: "err", Text: "[IN-USE] Busy", EOL: "CRLF"}}},
		{"+OK 2 octets\r\n250 in a mail\r\n.\r\n", []Line{{Code: "+OK", Sep: " ", Tone: "ok", Text: "2 octets", EOL: "CRLF"}, {Text: "250 in a mail", EOL: "CRLF"}, {Text: ".", Part: "dot", EOL: "CRLF"}}},
	} {
		if got := ReplyLines([]byte(c.raw)); !slices.Equal(got, c.want) {
			t.Errorf("%q\ngot  %+v\nwant %+v", c.raw, got, c.want)
		}
	}
}

func TestDataLines(t *testing.T) {
	parts := func(raw string, inBody bool) (string, bool) {
		lines, body := DataLines([]byte(raw), inBody)
		var words []string
		for _, l := range lines {
			words = append(words, l.Part)
		}
		return strings.Join(words, " "), body
	}
	for _, c := range []struct {
		name, raw  string
		inBody     bool
		want       string
		wantInBody bool
	}{
		{"a whole message", "A: b\r\n c\r\n\r\ntext\r\n..dots\r\n\r\n.\r\n", false, "header fold blank body stuffed body dot", true},
		{"a chunk that ends in the header", "A: b\r\nC: d", false, "header header", false},
		{"a chunk of the body", "A: b\r\n\r\n", true, "body body", true},
		{"a dot that ends nothing", ".\nx", true, "body body", true},
		{"nothing", "", false, "", false},
	} {
		if got, body := parts(c.raw, c.inBody); got != c.want || body != c.wantInBody {
			t.Errorf("%s: got %q %v, want %q %v", c.name, got, body, c.want, c.wantInBody)
		}
	}
}
