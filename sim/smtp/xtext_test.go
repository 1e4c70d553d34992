package smtp

import (
	"testing"
	"unicode/utf8"
)

func TestParseXtext(t *testing.T) {
	for _, test := range []struct {
		in, want string
		ok       bool
	}{
		{"", "", true},
		{"pc1@email.com", "pc1@email.com", true},
		{"e+3Dmc2@example.com", "e=mc2@example.com", true}, // RFC 4954 §5
		{"a+20b+2Bc", "a b+c", true},
		{"+2B+2B", "++", true},
		{"a=b", "", false},
		{"a b", "", false},
		{"a+2", "", false},
		{"a+", "", false},
		{"a+2b", "", false},  // in capitals only
		{"a+0Db", "", false}, // a CR
		{"a+E9", "", false},
		{"caf\xc3\xa9", "", false},
		{"+G0", "", false},
		{"\x7f", "", false},
	} {
		text, ok := ParseXtext(test.in)
		if ok != test.ok || ok && text != test.want {
			t.Errorf("%q: %q, %v", test.in, text, ok)
		}
	}
}

func TestParseUTF8Addr(t *testing.T) {
	for _, test := range []struct {
		in, want string
		ok       bool
	}{
		{`j\x{F6}rg@email.com`, "jörg@email.com", true},
		{"jörg@email.com", "jörg@email.com", true},
		{`\x{1F4EC}\x{2B}\x{3D}\x{5C}\x{20}@b`, `📬+=\ @b`, true},
		{"", "", false},
		{"a+2Bb", "", false},
		{"a=b", "", false},
		{"a b", "", false},
		{`\x{D800}`, "", false},
		{`\x{110000}`, "", false},
		{`\x{0A}`, "", false},
		{`\x{7F}`, "", false},
		{`\x{85}`, "", false},
		{`\x{202E}`, "", false},
		{`\x{0041}`, "", false},
		{`\x{f6}`, "", false},
		{`\x{}`, "", false},
		{`\x{F6`, "", false},
		{`\y{F6}`, "", false},
		{`\`, "", false},
		{"\xff", "", false},
	} {
		address, ok := ParseUTF8Addr(test.in)
		if ok != test.ok || ok && address != test.want {
			t.Errorf("%q: %q, %v", test.in, address, ok)
		}
	}
}

// FuzzXtext proves that what is encoded can pass as a parameter's value and is decoded to itself, and that nothing that
// decodes holds a control.
func FuzzXtext(f *testing.F) {
	f.Add("e+3Dmc2@example.com")
	f.Add(`a\x{F6}b`)
	f.Add("jörg ✓\r\n+=\\")
	f.Fuzz(func(t *testing.T, s string) {
		encoded := string(AppendXtext(nil, s))
		if !isXchars(encoded) {
			t.Fatalf("%q is no value of a parameter", encoded)
		}
		text, ok := ParseXtext(encoded)
		if printable := isPrintable([]byte(s)); ok != printable || ok && text != s {
			t.Fatalf("%q is encoded as %q and that decoded as %q, %v", s, encoded, text, ok)
		}
		if text, ok := ParseXtext(s); ok && !isPrintable([]byte(text)) {
			t.Fatalf("%q decodes to %q", s, text)
		}
		if utf8.ValidString(s) && s != "" {
			embedded := string(AppendUTF8Addr(nil, s))
			if !isXchars(embedded) {
				t.Fatalf("%q is no value of a parameter", embedded)
			}
			if back, ok := ParseUTF8Addr(embedded); ok && back != s {
				t.Fatalf("%q is embedded as %q and that is %q", s, embedded, back)
			}
		}
		if !isASCII(string(AppendEmbedded(nil, s))) {
			t.Fatalf("%q is embedded outside ASCII", s)
		}
	})
}
