package smtp

import (
	"strings"
	"testing"
)

// paths are Forward-paths as RCPT TO: may carry them. Want is the canonical form; "" means that the path is
// refused, with err.
var paths = []struct {
	in   string
	want string
	err  *SyntaxError
}{
	{in: "<pc1@email.com>", want: "<pc1@email.com>"},
	{in: "<PC1@Email.COM>", want: "<PC1@Email.COM>"},
	{in: "<a@b>", want: "<a@b>"},
	{in: "<a.b.c@d.e.f>", want: "<a.b.c@d.e.f>"},
	{in: "<!#$%&'*+-/=?^_`{|}~@b>", want: "<!#$%&'*+-/=?^_`{|}~@b>"},
	{in: "<../../x@b>", err: errLocalDot},
	{in: "<..@b>", err: errLocalDot},
	{in: "</etc/passwd@b>", want: "</etc/passwd@b>"},
	{in: "<|id@b>", want: "<|id@b>"},
	{in: "<%00@b>", want: "<%00@b>"},
	{in: "<a@1.2.3.4>", want: "<a@1.2.3.4>"},
	{in: "<a@xn--bcher-kva.example>", want: "<a@xn--bcher-kva.example>"},
	{in: "<a@b-c.d--e>", want: "<a@b-c.d--e>"},
	{in: "<" + strings.Repeat("x", 64) + "@b>", want: "<" + strings.Repeat("x", 64) + "@b>"},
	{in: "<" + strings.Repeat("x", 65) + "@b>", err: errLocalLong},
	{in: "<a@" + strings.Repeat("x", 63) + ">", want: "<a@" + strings.Repeat("x", 63) + ">"},
	{in: "<a@" + strings.Repeat("x", 64) + ">", err: errLabelLong},
	{in: "<a@" + strings.Repeat("b.", 127) + "c>", want: "<a@" + strings.Repeat("b.", 127) + "c>"}, // 255
	{in: "<a@" + strings.Repeat("b.", 127) + "cc>", err: errDomainLong},
	{in: "<a@" + strings.Repeat("x", 300) + ">", err: errLabelLong},
	{in: "<" + strings.Repeat("x", 20000) + "@b>", err: errLocalLong},

	// quoted local parts, RFC 5321 §4.1.2
	{in: `<"pc1"@b>`, want: "<pc1@b>"},
	{in: `<"a b"@c>`, want: `<"a b"@c>`},
	{in: `<"a@b"@c>`, want: `<"a@b"@c>`},
	{in: `<"a>b"@c>`, want: `<"a>b"@c>`},
	{in: `<"a\"b"@c>`, want: `<"a\"b"@c>`},
	{in: `<"\"\\"@c>`, want: `<"\"\\"@c>`},
	{in: `<"\a\b"@c>`, want: "<ab@c>"},
	{in: `<"a\ b"@c>`, want: `<"a b"@c>`},
	{in: `<".a."@c>`, want: `<".a."@c>`},
	{in: `<"a..b"@c>`, want: `<"a..b"@c>`},
	{in: `<""@c>`, err: errNoLocal},
	{in: `<"a@b>`, err: errQuoteOpen},
	{in: `<"a\"@b>`, err: errQuoteOpen},
	{in: `<"a\`, err: errQuoteOpen},
	{in: `<"a"b@c>`, err: errAfterQuote},
	{in: `<"a".b@c>`, err: errAfterQuote},
	{in: `<"a">`, err: errAfterQuote},
	{in: `<a"b"@c>`, err: errLocalChar},
	{in: "<\"a\x00\"@c>", err: errControl},
	{in: "<\"a\\\x00\"@c>", err: errControl},
	{in: "<\"a\\\r\n\"@c>", err: errControl},
	{in: "<\"a\x7f\"@c>", err: errControl},
	{in: "<\"\xc3\xa9\"@c>", err: errNotASCII},

	// source routes, appendix C
	{in: "<@a:b@c>", want: "<b@c>"},
	{in: "<@a,@b.example:c@d>", want: "<c@d>"},
	{in: "<@a>", err: errNoLocal},
	{in: "<@>", err: errNoDomain},
	{in: "<@:a@b>", err: errDomainChar},
	{in: "<@a,b:c@d>", err: errRoute},
	{in: "<@a;c@d>", err: errRoute},
	{in: "<@a:@b:c@d>", err: errNoLocal},
	{in: "<@a,>", err: errRoute},
	{in: "<@-a:b@c>", err: errHyphen},

	// address literals, §4.1.3
	{in: "<a@[192.168.11.4]>", want: "<a@[192.168.11.4]>"},
	{in: "<a@[001.002.3.255]>", want: "<a@[001.002.3.255]>"},
	{in: "<a@[IPv6:::1]>", want: "<a@[IPv6:::1]>"},
	{in: "<a@[ipv6:2001:db8::ff00:42:8329]>", want: "<a@[ipv6:2001:db8::ff00:42:8329]>"},
	{in: "<a@[IPv6:::ffff:192.0.2.1]>", want: "<a@[IPv6:::ffff:192.0.2.1]>"},
	{in: "<a@[X400:c=de!]>", want: "<a@[X400:c=de!]>"},
	{in: "<a@[300.0.0.1]>", err: errLiteral},
	{in: "<a@[256.0.0.1]>", err: errLiteral},
	{in: "<a@[1.2.3]>", err: errLiteral},
	{in: "<a@[1.2.3.4.5]>", err: errLiteral},
	{in: "<a@[1.2.3.]>", err: errLiteral},
	{in: "<a@[1.2.3.0004]>", err: errLiteral},
	{in: "<a@[1.2.3.-4]>", err: errLiteral},
	{in: "<a@[]>", err: errLiteral},
	{in: "<a@[IPv6:zz]>", err: errLiteral},
	{in: "<a@[IPv6:]>", err: errLiteral},
	{in: "<a@[IPv6:1.2.3.4]>", err: errLiteral},
	{in: "<a@[IPv6:fe80::1%eth0]>", err: errLiteral},
	{in: "<a@[::1]>", err: errLiteral},
	{in: "<a@[X-:y]>", err: errLiteral},
	{in: "<a@[X:]>", err: errLiteral},
	{in: "<a@[X:a b]>", err: errLiteral},
	{in: "<a@[X_Y:a]>", err: errLiteral},
	{in: "<a@[1.2.3.4>", err: errLiteralOpen},
	{in: "<a@[1.2.3.4]x>", err: errDomainChar},

	// the postmaster, §4.5.1
	{in: "<Postmaster>", want: "<Postmaster>"},
	{in: "<postMASTER>", want: "<postMASTER>"},
	{in: "<postmaster@b>", want: "<postmaster@b>"},
	{in: "<Postmaster >", err: errLocalChar},

	// what is none
	{in: "", err: errNoOpen},
	{in: "<", err: errNoAt},
	{in: "<>", err: errNullRcpt},
	{in: "< >", err: errLocalChar},
	{in: "a@b", err: errNoOpen},
	{in: " <a@b>", err: errSpaceBefore},
	{in: "<<a@b>>", err: errLocalChar},
	{in: "<a@b", err: errNoClose},
	{in: "<a@b>,<c@d>", err: errAfterPath},
	{in: "<a@b><c@d>", err: errAfterPath},
	{in: "<a@b>SIZE=1", err: errAfterPath},
	{in: "<a@b>\tSIZE=1", err: errAfterPath},
	{in: "<a>", err: errNoAt},
	{in: "<a.>", err: errNoAt},
	{in: "<a@>", err: errNoDomain},
	{in: "<a@", err: errNoDomain},
	{in: "<@b>", err: errNoLocal},
	{in: "<a@b@c>", err: errTwoAts},
	{in: "<a@@b>", err: errTwoAts},
	{in: `"a`, err: errNoOpen},
	{in: "a b@c", err: errNoOpen},
	{in: "<a b@c>", err: errLocalChar},
	{in: "<a(c)@b>", err: errLocalChar},
	{in: "<a:b@c>", err: errLocalChar},
	{in: "<a@b c>", err: errDomainChar},
	{in: "<a@b_c>", err: errDomainChar},
	{in: "<a@b,c>", err: errDomainChar},
	{in: "<a@-b>", err: errHyphen},
	{in: "<a@b->", err: errHyphen},
	{in: "<a@b.-c>", err: errHyphen},
	{in: "<a@b..c>", err: errDomainDot},
	{in: "<a@.b>", err: errDomainDot},
	{in: "<a@b.>", err: errDomainDot},
	{in: "<.a@b>", err: errLocalDot},
	{in: "<a.@b>", err: errLocalDot},
	{in: "<a..a@b>", err: errLocalDot},
	{in: "<a\x00@b>", err: errControl},
	{in: "<a\r\n@b>", err: errControl},
	{in: "<a@b\x0b>", err: errControl},
	{in: "<a@b\x00>", err: errControl},
	{in: "<a@\x00>", err: errControl},
	{in: "<j\xc3\xb6rg@b>", err: errNotASCII},
	{in: "<a@b\xc3\xbccher.example>", err: errNotASCII},
	{in: "<a@\xff>", err: errNotASCII},
}

func TestParseRcpt(t *testing.T) {
	for _, test := range paths {
		path, params, err := ParseRcpt([]byte("TO:" + test.in))
		switch {
		case test.err != nil && err != error(test.err):
			t.Errorf("%.100q: error %v, want %v", test.in, err, test.err)
		case test.err == nil && err != nil:
			t.Errorf("%.100q: error %v", test.in, err)
		case test.err == nil && (path.String() != test.want || params != ""):
			t.Errorf("%.100q: %v with %q, want %v", test.in, path, params, test.want)
		}
	}
}

func TestParseMail(t *testing.T) {
	for _, test := range []struct {
		in, want, params string
		err              *SyntaxError
	}{
		{in: "FROM:<>", want: "<>"},
		{in: "from:<pc1@email.com>", want: "<pc1@email.com>"},
		{in: "FROM:<> SIZE=1", want: "<>", params: "SIZE=1"},
		{in: "FROM:<a@b>  SIZE=1   body=8BITMIME  ", want: "<a@b>", params: "SIZE=1   body=8BITMIME"},
		{in: "FROM:<a@b> ", want: "<a@b>"},
		{in: "FROM:<a@b> X", want: "<a@b>", params: "X"},
		{in: "FROM:<a@b> X-1=!~<>", want: "<a@b>", params: "X-1=!~<>"},
		{in: "", err: errNoFrom},
		{in: "<a@b>", err: errNoFrom},
		{in: "TO:<a@b>", err: errNoFrom},
		{in: "FROM <a@b>", err: errNoFrom},
		{in: "FROM :<a@b>", err: errNoFrom},
		{in: "XFROM:<a@b>", err: errNoFrom},
		{in: "FROM: <a@b>", err: errSpaceBefore},
		{in: "FROM: <>", err: errSpaceBefore},
		{in: "FROM:<Postmaster>", err: errNoAt},
		{in: "FROM:<>SIZE=1", err: errAfterPath},
		{in: "FROM:<a@b> SIZE=", err: errParamValue},
		{in: "FROM:<a@b> SIZE= 1", err: errParamValue},
		{in: "FROM:<a@b> SIZE=1=2", err: errParamValue},
		{in: "FROM:<a@b> SIZE=\x00", err: errParamValue},
		{in: "FROM:<a@b> SIZE=1\xff", err: errParamValue},
		{in: "FROM:<a@b> =1", err: errParamWord},
		{in: "FROM:<a@b> -X=1", err: errParamWord},
		{in: "FROM:<a@b> X_Y", err: errParamWord},
		{in: "FROM:<a@b> X\tY", err: errParamWord},
		{in: "FROM:<a@b> X\x00", err: errParamWord},
		{in: "FROM:<a@b> <c@d>", err: errParamWord},
		{in: "FROM:<a@b> SIZE=1 BODY=7BIT size=2", err: errParamTwice},
	} {
		path, params, err := ParseMail([]byte(test.in))
		switch {
		case test.err != nil && err != error(test.err):
			t.Errorf("%q: error %v, want %v", test.in, err, test.err)
		case test.err == nil && err != nil:
			t.Errorf("%q: error %v", test.in, err)
		case test.err == nil && (path.String() != test.want || string(params) != test.params):
			t.Errorf("%q: %v with %q, want %v with %q", test.in, path, params, test.want, test.params)
		}
	}
}

func TestParseAddress(t *testing.T) {
	for _, test := range []struct {
		in   string
		want Path
		err  *SyntaxError
	}{
		{in: "pc1@email.com", want: Path{"pc1", "email.com"}},
		{in: `"Lab Assistant"@email.com`, want: Path{"Lab Assistant", "email.com"}},
		{in: "pc1@[192.168.11.4]", want: Path{"pc1", "[192.168.11.4]"}},
		{in: "", err: errEmpty},
		{in: "pc2", err: errNoAt},
		{in: "pc2@", err: errNoDomain},
		{in: "@email.com", err: errNoLocal},
		{in: "pc2@email.com ", err: errDomainChar},
		{in: "<pc2@email.com>", err: errLocalChar},
		{in: "pc2@email.com>", err: errDomainChar},
		{in: "pc2@email.com\r\nRCPT TO:<x@y>", err: errControl},
		{in: "pc2@email.com\x00", err: errControl},
		{in: "Postmaster", err: errNoAt},
		{in: "@relay:pc2@email.com", err: errNoLocal},
	} {
		path, err := ParseAddress(test.in)
		switch {
		case test.err != nil && err != error(test.err):
			t.Errorf("%q: error %v, want %v", test.in, err, test.err)
		case test.err == nil && (err != nil || path != test.want):
			t.Errorf("%q: %v, %v, want %v", test.in, path, err, test.want)
		}
	}
}

func TestParseDomain(t *testing.T) {
	for in, want := range map[string]*SyntaxError{
		"pc1.email.com": nil, "localhost": nil, "[127.0.0.1]": nil, "[IPv6:::1]": nil, "1.2.3.4": nil,
		"": errNoDomain, "a b": errDomainChar, "a@b": errDomainChar, "@b": errDomainChar, "a_b": errDomainChar,
		"[::1]": errLiteral, "[1.2.3.4] x": errDomainChar, "a\x00": errControl, "\xff": errNotASCII,
	} {
		name, err := ParseDomain([]byte(in))
		if want == nil && (err != nil || name != in) || want != nil && err != error(want) {
			t.Errorf("%q: %q, %v, want %v", in, name, err, want)
		}
	}
}

func TestPathEqual(t *testing.T) {
	for _, test := range []struct {
		a, b  string
		equal bool
	}{
		{"<pc1@email.com>", "<pc1@EMAIL.Com>", true},
		{"<pc1@email.com>", `<"pc1"@email.com>`, true},
		{"<pc1@email.com>", "<PC1@email.com>", false},
		{"<pc1@email.com>", "<pc1@email.org>", false},
		{"<Postmaster>", "<POSTMASTER>", true},
		{"<postmaster@b>", "<PostMaster@B>", true},
		{"<postmaster@b>", "<Postmaster>", false},
	} {
		a, _, errA := ParseRcpt([]byte("TO:" + test.a))
		b, _, errB := ParseRcpt([]byte("TO:" + test.b))
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if a.Equal(b) != test.equal || b.Equal(a) != test.equal {
			t.Errorf("%v equals %v: %v, want %v", a, b, !test.equal, test.equal)
		}
	}
}

func TestPathText(t *testing.T) {
	for _, test := range []struct {
		path             Path
		text, address    string
		null, postmaster bool
	}{
		{Path{}, "<>", "", true, false},
		{Path{"pc1", "email.com"}, "<pc1@email.com>", "pc1@email.com", false, false},
		{Path{`a"b\c d`, "e"}, `<"a\"b\\c d"@e>`, `"a\"b\\c d"@e`, false, false},
		{Path{"PostMaster", ""}, "<PostMaster>", "PostMaster", false, true},
	} {
		p := test.path
		if p.String() != test.text || p.Address() != test.address || p.IsNull() != test.null || p.IsPostmaster() != test.postmaster {
			t.Errorf("%#v: %q %q %v %v", p, p.String(), p.Address(), p.IsNull(), p.IsPostmaster())
		}
	}
}

// FuzzPath proves that what a path prints it also parses, to the same path.
func FuzzPath(f *testing.F) {
	for _, test := range paths {
		if len(test.in) < 100 {
			f.Add(test.in)
		}
	}
	f.Fuzz(func(t *testing.T, in string) {
		path, params, err := ParseRcpt([]byte("TO:" + in))
		if err != nil {
			if _, ok := err.(*SyntaxError); !ok || path != (Path{}) || params != "" {
				t.Fatalf("%q: %v %q with error %v", in, path, params, err)
			}
			return
		}
		again, _, err := ParseRcpt([]byte("TO:" + path.String()))
		if err != nil || again != path {
			t.Fatalf("%q: %#v is printed as %v, which is %#v, %v", in, path, path, again, err)
		}
		if len(path.Local) > MaxLocalPart || len(path.Domain) > MaxDomain {
			t.Fatalf("%q: %#v is over the limits", in, path)
		}
		for _, c := range []byte(path.String() + string(params)) {
			if c < ' ' || c > '~' {
				t.Fatalf("%q: an octet %#x was let through", in, c)
			}
		}
		if path.Domain != "" {
			if box, err := ParseAddress(path.Address()); err != nil || box != path {
				t.Fatalf("%v as an address is %v, %v", path, box, err)
			}
		}
	})
}
