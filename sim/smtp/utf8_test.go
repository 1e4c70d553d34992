package smtp

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestParseUTF8(t *testing.T) {
	for _, test := range []struct {
		in   string
		want string
		err  *SyntaxError
	}{
		{in: "<pc1@email.com>", want: "<pc1@email.com>"},
		{in: "<jörg@email.com>", want: "<jörg@email.com>"},
		{in: `<"jörg"@email.com>`, want: "<jörg@email.com>"},
		{in: `<"jörg b"@email.com>`, want: `<"jörg b"@email.com>`},
		{in: "<δοκιμή.x@email.com>", want: "<δοκιμή.x@email.com>"},
		{in: "<a@bücher.example>", want: "<a@bücher.example>"},
		{in: "<a@BÜCHER.example>", want: "<a@BÜCHER.example>"},
		{in: "<用户@例子.广告>", want: "<用户@例子.广告>"},
		{in: "<a@xn--bcher-kva.example>", want: "<a@xn--bcher-kva.example>"},
		{in: "<" + strings.Repeat("ö", 32) + "@b>", want: "<" + strings.Repeat("ö", 32) + "@b>"},
		{in: "<" + strings.Repeat("ö", 33) + "@b>", err: errLocalLong},
		{in: "<a@" + strings.Repeat("ö", 63) + ">", err: errULabel}, // its A-label is longer than 63
		{in: "<j\xc3rg@b>", err: errNotUTF8},
		{in: "<a@\xff>", err: errNotUTF8},
		{in: "<a\xc0\x80@b>", err: errNotUTF8},     // an overlong NUL
		{in: "<a\xed\xa0\x80@b>", err: errNotUTF8}, // a surrogate
		{in: "<\u202egro.live@b>", err: errInvisible},
		{in: "<a\u2066@b>", err: errInvisible},
		{in: "<a\u200f@b>", err: errInvisible},
		{in: "<a\u0085@b>", err: errInvisible}, // NEL
		{in: "<a\u2028@b>", err: errInvisible},
		{in: "<a\ufffe@b>", err: errInvisible},
		{in: "<a\U0001ffff@b>", err: errInvisible},
		{in: "<a\ufdd0@b>", err: errInvisible},
		{in: "<ö\x00@b>", err: errControl},
		{in: "<ö\r\n@b>", err: errControl},
		{in: "<a@b。c>", err: errULabel}, // a dot in disguise
		{in: "<a@ö-.b>", err: errHyphen},
		{in: "<a@\u200dö.b>", err: errULabel},
		{in: "<a@א1a.b>", err: errULabel}, // RFC 5893 §2
		{in: "<ö@[1.2.3.4]>", want: "<ö@[1.2.3.4]>"},
		{in: "<ö@[1.2.3.ö]>", err: errLiteral},
		{in: `<"\ö"@b>`, err: errNotASCII},
		{in: "<ö>", err: errNoAt},
		{in: "<poſtmaster>", err: errNoAt},
	} {
		path, _, err := ParseRcptUTF8([]byte("TO:" + test.in))
		switch {
		case test.err != nil && err != error(test.err):
			t.Errorf("%.100q: error %v, want %v", test.in, err, test.err)
		case test.err == nil && err != nil:
			t.Errorf("%.100q: error %v", test.in, err)
		case test.err == nil && path.String() != test.want:
			t.Errorf("%.100q: %v, want %v", test.in, path, test.want)
		}
	}
	if _, params, err := ParseMailUTF8([]byte("FROM:<> X=ö")); err != nil || params != "X=ö" {
		t.Errorf("a parameter in UTF-8: %q, %v", params, err)
	}
	if _, _, err := ParseMailUTF8([]byte("FROM:<> Ö=1")); err != error(errParamWord) {
		t.Errorf("a keyword in UTF-8: %v", err)
	}
	if p, err := ParseAddressUTF8("jörg@bücher.example"); err != nil || p.IsASCII() || (Path{"jörg", "b"}).IsASCII() || !(Path{"a", "b"}).IsASCII() {
		t.Errorf("%v %v", p, err)
	}
	if _, err := ParseAddressUTF8("\xff@b"); err != error(errNotUTF8) {
		t.Error(err)
	}
	if (Path{"poſtmaſter", "b"}).IsPostmaster() {
		t.Error("a long s is no s")
	}
}

func TestSameDomain(t *testing.T) {
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"email.com", "EMAIL.com", true},
		{"bücher.example", "xn--bcher-kva.example", true},
		{"XN--BCHER-KVA.example", "Bücher.EXAMPLE", true},
		{"BÜCHER.example", "bücher.example", true},
		{"bücher.example", "bucher.example", false},
		{"bu\u0308cher.example", "bücher.example", true},
		{"email.com", "email.org", false},
		{"\xff", "email.com", false},
		{"[1.2.3.4]", "[1.2.3.4]", true},
	} {
		if SameDomain(test.a, test.b) != test.same || SameDomain(test.b, test.a) != test.same {
			t.Errorf("%q and %q: want %v", test.a, test.b, test.same)
		}
	}
}

// FuzzPathUTF8 proves of the wider grammar what FuzzPath does, that it takes all that the narrow one does, and that
// nothing in a path is malformed or misleads.
func FuzzPathUTF8(f *testing.F) {
	for _, test := range paths {
		if len(test.in) < 100 {
			f.Add(test.in)
		}
	}
	f.Add("<δοκιμή@bücher.example>")
	f.Add("<\u202ea\xff@b。c>")
	f.Fuzz(func(t *testing.T, in string) {
		narrow, _, narrowErr := ParseRcpt([]byte("TO:" + in))
		path, params, err := ParseRcptUTF8([]byte("TO:" + in))
		if err != nil {
			if _, ok := err.(*SyntaxError); !ok || path != (Path{}) || narrowErr == nil {
				t.Fatalf("%q: %v with error %v, in ASCII %v", in, path, err, narrowErr)
			}
			return
		}
		if narrowErr == nil && path != narrow {
			t.Fatalf("%q: %v, in ASCII %v", in, path, narrow)
		}
		if narrowErr != nil && path.IsASCII() && isASCII(string(params)) && isASCII(in) {
			t.Fatalf("%q: %v is taken, but refused as ASCII: %v", in, path, narrowErr)
		}
		again, _, err := ParseRcptUTF8([]byte("TO:" + path.String()))
		if err != nil || again != path {
			t.Fatalf("%q: %#v is printed as %v, which is %#v, %v", in, path, path, again, err)
		}
		if len(path.Local) > MaxLocalPart || len(path.Domain) > MaxDomain {
			t.Fatalf("%q: %#v is over the limits", in, path)
		}
		text := path.String() + string(params)
		if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || misleads(r) }) {
			t.Fatalf("%q lets through %q", in, text)
		}
		if !SameDomain(path.Domain, path.Domain) || !path.Equal(path) {
			t.Fatalf("%v is not equal to itself", path)
		}
	})
}
