package message

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// crlf gives a message typed with plain line ends its CRLFs.
func crlf(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }

func TestParseFields(t *testing.T) {
	tests := []struct{ name, field, want string }{
		{"plain", "Subject: Hello", "Hello"},
		{"folded", "Subject: one\n two\n\tthree", "one two\tthree"},
		{"no space, and one before the colon", "Subject :Hello", "Hello"},
		{"empty", "Subject:", ""},
		{"Q", "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe_an_alle?= !", "Grüße an alle !"},
		{"B", "Subject: =?UTF-8?B?5L2g5aW9?=", "你好"},
		{"B without padding", "Subject: =?UTF-8?B?w7w?=", "ü"},
		{"neighbours", "Subject: =?utf-8?q?a?= =?utf-8?q?b?= c =?utf-8?q?d?=", "ab c d"},
		{"a character split between words", "Subject: =?utf-8?q?=C3?=\n =?utf-8?q?=BC?=", "ü"},
		{"two charsets", "Subject: =?iso-8859-1?q?=FC?= =?koi8-r?b?5A==?=", "üД"},
		{"a language", "Subject: =?utf-8*de?q?=C3=BC?=", "ü"},
		{"windows", "Subject: =?windows-1252?q?=80_5?=", "€ 5"},
		{"unknown charset", "Subject: =?x-mars?q?a=FFb?=", "a\uFFFDb"},
		{"broken base64", "Subject: =?utf-8?b?@@@?= rest", "=?utf-8?b?@@@?= rest"},
		{"broken word", "Subject: =?utf-8?q?no end", "=?utf-8?q?no end"},
		{"no encoding", "Subject: =?utf-8??x?=", "=?utf-8??x?="},
		{"spaces in a word", "Subject: =?utf-8?q?two words?=", "two words"},
		{"raw UTF-8", "Subject: Grüße", "Grüße"},
		{"raw Latin-1", "Subject: Gr\xfc\xdfe", "Grüße"},
		{"line break out of a word", "Subject: =?utf-8?q?a=0D=0ABcc:_x?=", "a\nBcc: x"},
		{"escape out of a word", "Subject: =?utf-8?q?=1B[31m?=", "␛[31m"},
		{"bidi override", "Subject: invoice\u202Efdp.exe", "invoice⟨U+202E⟩fdp.exe"},
	}
	for _, tt := range tests {
		raw := crlf(tt.field + "\n\nbody")
		v := Parse(raw)
		if got := v.Get("subject"); got != tt.want || v.Text != "body" {
			t.Errorf("%s: %q and text %q, want %q", tt.name, got, v.Text, tt.want)
		}
		_, value, _ := strings.Cut(strings.TrimSuffix(string(raw), "\r\n\r\nbody"), ":")
		if v.Fields[0].Raw != value {
			t.Errorf("%s: raw value %q, want %q", tt.name, v.Fields[0].Raw, value)
		}
	}
}

func TestParseBodies(t *testing.T) {
	const mixed = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
	tests := []struct {
		name, raw  string
		text, html string
		files      string // "name type size" each, separated by ", "
		warning    string // a part of the only warning; "" for none
	}{
		{"nothing", "", "", "", "", ""},
		{"no body", "Subject: x\n", "", "", "", ""},
		{"no header", "\nHello", "Hello", "", "", ""},
		{"the empty line was forgotten", "Subject: x\nHello there: you\nBye\n", "Hello there: you\nBye\n", "", "", "“Hello there: you” is not a header field"},
		{"a text that looks like a fold", " Hello\n", " Hello\n", "", "", "is not a header field"},
		{"an indented first line of the body", "Subject: x\n\n  indented\n", "  indented\n", "", "", ""},
		{"quoted-printable", "Content-Transfer-Encoding: quoted-printable\n\na=3Db=\nc =\n d  \n=C3=BC =XY =\n", "a=bc  d\nü =XY ", "", "", ""},
		{"latin1", "Content-Type: text/plain; charset=\"ISO-8859-1\"\nContent-Transfer-Encoding: quoted-printable\n\n=FC", "ü", "", "", ""},
		{"unlabelled", "\nGr\xfc\xdfe", "Grüße", "", "", ""},
		{"unknown charset", "Content-Type: text/plain; charset=x-mars\n\na\xffb", "a\uFFFDb", "", "", "“x-mars” is unknown"},
		{"not the charset it says", "Content-Type: text/plain; charset=utf-8\n\na\xffb", "a\uFFFDb", "", "", "not the one that it is in"},
		{"unknown encoding", "Content-Transfer-Encoding: x-zip\n\nabc", "abc", "", "", "“x-zip” is unknown"},
		{"dirty base64", "Content-Transfer-Encoding: base64\n\naGVs\n*bG8=\n", "hello", "", "", "not base64"},
		{"cut base64", "Content-Transfer-Encoding: base64\n\naGVsb", "hel", "", "", "breaks off"},
		{"a line of base64", "Content-Type: x/y\nContent-Transfer-Encoding: BASE64\n\n" + strings.Repeat("AAAA", 30000), "", "", "attachment 1 x/y 90000", ""},
		{"a type that is none", "Content-Type: text\n\nHello", "Hello", "", "", "not of the form"},
		{"escape in the text", "\na\x1b[2Jb\x00\n", "a␛[2Jb␀\n", "", "", ""},
		{"alternative", "Content-Type: multipart/alternative; boundary=\"a b\"\n\npreamble\n--a b\n\nplain\n--a b  \nContent-Type: text/html\n\n<p>html\n--a b--\nepilogue\n--a b\n\nno part\n", "plain", "<p>html", "", ""},
		{"mixed", mixed + "--b\n\none\n--b\nContent-Type: text/plain; name=list.txt\n\nfile\n--b\n\ntwo\n--b\nContent-Disposition: attachment\n\nxyz\n--b--\n", "one\ntwo", "", "list.txt text/plain 4, attachment 2 text/plain 3", ""},
		{"a second HTML part", mixed + "--b\nContent-Type: text/html\n\n1\n--b\nContent-Type: text/html\n\n22\n--b--\n", "", "1", "attachment 1 text/html 2", ""},
		{"nested", mixed + "--b\nContent-Type: multipart/alternative; boundary=bb\n\n--bb\n\ninner\n--bb--\n\n--b\nContent-Type: image/png\n\nxx\n--b--\n", "inner", "", "attachment 1 image/png 2", ""},
		{"a mail inside a mail", mixed + "--b\nContent-Type: message/rfc822\n\nSubject: inner\n\nHello\n--b--\n", "", "", "attachment 1 message/rfc822 23", ""},
		{"cut off", mixed + "--b\n\nHello\nand", "Hello\nand", "", "", "may be cut off"},
		{"cut off at a boundary", mixed + "--b\n\nHello\n--b\n", "Hello", "", "", "may be cut off"},
		{"no boundary", "Content-Type: multipart/mixed\n\n--b\n\nHello\n--b--\n", "--b\n\nHello\n--b--\n", "", "", "has no boundary"},
		{"another boundary", "Content-Type: multipart/mixed; boundary=c\n\n--b\n\nHello\n--b--\n", "--b\n\nHello\n--b--\n", "", "", "no part that begins"},
		{"a boundary within a line", mixed + "--b\n\nx --b\n--bc\n--b--\n", "x --b\n--bc", "", "", ""},
		{"an empty part", mixed + "--b\n\n--b--\n", "", "", "", ""},
	}
	for _, tt := range tests {
		v := Parse(crlf(tt.raw))
		if v.Text != tt.text || v.HTML != tt.html {
			t.Errorf("%s: text %q, HTML %q; want %q, %q", tt.name, v.Text, v.HTML, tt.text, tt.html)
		}
		var files []string
		for _, f := range v.Files {
			files = append(files, fmt.Sprintf("%s %s %d", f.Name, f.Type, len(f.Data)))
		}
		if got := strings.Join(files, ", "); got != tt.files {
			t.Errorf("%s: files %q, want %q", tt.name, got, tt.files)
		}
		switch {
		case tt.warning == "" && len(v.Warnings) > 0,
			tt.warning != "" && (len(v.Warnings) != 1 || !strings.Contains(v.Warnings[0], tt.warning)):
			t.Errorf("%s: warnings %q, want %q", tt.name, v.Warnings, tt.warning)
		}
		if plain := Parse([]byte(tt.raw)); plain.Text != v.Text && !strings.Contains(tt.files, "rfc822") {
			t.Errorf("%s: with bare line feeds the text is %q", tt.name, plain.Text)
		}
	}
}

func TestParseFileNames(t *testing.T) {
	tests := []struct{ disposition, want string }{
		{`attachment; filename=notes.txt`, "notes.txt"},
		{`attachment; filename="two words; and.txt"`, "two words; and.txt"},
		{`attachment; FILENAME = "a\"b"`, `a"b`},
		{`attachment; filename*=utf-8'de'%C3%9Cbung.pdf`, "Übung.pdf"},
		{`attachment; filename*=iso-8859-1''%DCbung.pdf`, "Übung.pdf"},
		{`attachment; filename="plain.txt"; filename*=utf-8''better.txt`, "better.txt"},
		{`attachment; filename*0="long "; filename*1="name"; filename*2*=%2Etxt`, "long name.txt"},
		{`attachment; filename*0*=utf-8''%C3; filename*1*=%BC.txt`, "ü.txt"},
		{`attachment; filename="=?utf-8?b?w7wudHh0?="`, "ü.txt"},
		{`attachment; filename="../../etc/passwd"`, "passwd"},
		{`attachment; filename="C:\Users\x\secret.doc"`, "secret.doc"},
		{`attachment; filename=".."`, "attachment 1"},
		{`attachment; filename="`, "attachment 1"},
		{`attachment; filename="a` + "\u202e" + `fdp.exe"`, "a⟨U+202E⟩fdp.exe"},
		{`attachment; filename*=utf-8''a%0D%0AX:%20y`, "a X: y"},
		{`attachment;;; =x; filename=x; filename=y`, "x"},
	}
	for _, tt := range tests {
		v := Parse([]byte("Content-Disposition: " + tt.disposition + "\r\n\r\nx"))
		if len(v.Files) != 1 || v.Files[0].Name != tt.want {
			t.Errorf("%s: %v, want %q", tt.disposition, v.Files, tt.want)
		}
	}
}

// The messages that other programs fell over.
func TestParseIsBounded(t *testing.T) {
	var nested, many strings.Builder
	for i := range 500 {
		fmt.Fprintf(&nested, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	many.WriteString("Content-Type: multipart/mixed; boundary=b\r\n\r\n")
	for range 10_000 {
		many.WriteString("--b\r\nContent-Type: image/png\r\n\r\nx\r\n")
	}
	tests := []struct{ name, raw, warning string }{
		{"500 nested multiparts", nested.String(), "nested more than 20 deep"},
		{"10 000 parts", many.String(), "more than 200 parts"},
		{"20 000 fields", strings.Repeat("To: x\r\n", 20_000), "more than 1000 fields"},
		{"100 000 folds", "To: x" + strings.Repeat("\r\n x", 100_000) + "\r\n", "longer than 16384 octets"},
		{"a header line of 1 MB", "To: " + strings.Repeat("x", 1<<20) + "\r\n", "longer than 16384 octets"},
		{"a field name of 1 MB", strings.Repeat("x", 1<<20) + ": y\r\n", "is not a header field"},
		{"1 MB of encoded words", "To: " + strings.Repeat("=?utf-8?q?", 100_000) + "\r\n", "longer than 16384 octets"},
		{"a text of 2 MB", "\r\n" + strings.Repeat("Hello\r\n", 300_000), "longer than 1048576 octets"},
		{"a text of 2 MB in parts", "Content-Type: multipart/mixed; boundary=b\r\n\r\n" +
			strings.Repeat("--b\r\n\r\n"+strings.Repeat("x", 20_000)+"\r\n", 100) + "--b--\r\n", "longer than 1048576 octets"},
	}
	for _, tt := range tests {
		v := Parse([]byte(tt.raw))
		if !strings.Contains(strings.Join(v.Warnings, "\n"), tt.warning) {
			t.Errorf("%s: warnings %q", tt.name, v.Warnings)
		}
		checkBounds(t, v)
	}
}

func checkBounds(t *testing.T, v *View) {
	t.Helper()
	// A character can grow from one octet to the five of "⟨0x00⟩" or "⟨U+202E⟩" and its brackets.
	if len(v.Fields) > maxFields || len(v.Files) > maxParts || len(v.Warnings) > maxWarnings || len(v.Text) > 12*maxText || len(v.HTML) > 3*maxText {
		t.Errorf("%d fields, %d files, %d warnings, %d octets of text and %d of HTML",
			len(v.Fields), len(v.Files), len(v.Warnings), len(v.Text), len(v.HTML))
	}
}

func TestSummary(t *testing.T) {
	tests := []struct{ name, raw, from, subject, date, snippet string }{
		{"plain", "From: PC-1 <pc1@email.com>\nSubject: Hello\nDate: Mon, 02 Mar 2026 09:00:00 +0000\n\nDear\n  all,\n",
			"PC-1", "Hello", "2026-03-02", "Dear all,"},
		{"an address only", "From: pc1@email.com\n\n", "pc1@email.com", "", "", ""},
		{"an encoded name", "From: =?utf-8?q?Zo=C3=AB?= <z@email.com>\n\n", "Zoë", "", "", ""},
		{"no address at all", "From: nobody in particular\nDate: 2 Mar 99999 09:00:00 +0000\n\n", "nobody in particular", "", "", ""},
		{"long", "\n" + strings.Repeat("世界 ", 9000), "", "", "", strings.Repeat("世界 ", 39) + "世界 …"},
		{"in HTML only", "Content-Type: text/html\n\n<style>p{}</style><p>Fish &amp; <b>chips</b></p>", "", "", "", "Fish & chips"},
		{"with a file", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nSee the file.\n--b\nContent-Type: x/y\n\n" + strings.Repeat("x", 9000),
			"", "", "", "See the file."},
	}
	for _, tt := range tests {
		from, subject, date, snippet := Summary(crlf(tt.raw))
		day := ""
		if !date.IsZero() {
			day = date.Format(time.DateOnly)
		}
		if want := strings.ReplaceAll(tt.snippet, "世界 …", "世界…"); from != tt.from || subject != tt.subject || day != tt.date || snippet != want {
			t.Errorf("%s: %q, %q, %q, %q", tt.name, from, subject, day, snippet)
		}
	}
}

func TestVisible(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain\ttext\n", "plain\ttext\n"},
		{"Grüße 👩‍🔬 نص", "Grüße 👩‍🔬 نص"},
		{"a\r\nb\rc", "a\nb␍c"},
		{"\x00\x1b[31m\x7f", "␀␛[31m␡"},
		{"\u0085\u2028\u200b\ufeff", "⟨U+0085⟩⟨U+2028⟩⟨U+200B⟩⟨U+FEFF⟩"},
		{"\u202a\u202b\u202c\u202d\u202e", "⟨U+202A⟩⟨U+202B⟩⟨U+202C⟩⟨U+202D⟩⟨U+202E⟩"},
		{"\u2066\u2067\u2068\u2069", "⟨U+2066⟩⟨U+2067⟩⟨U+2068⟩⟨U+2069⟩"},
		{"a\xffb\uFFFD", "a⟨0xFF⟩b\uFFFD"},
		{"e" + strings.Repeat("\u0301", 10_000) + "x", "e" + strings.Repeat("\u0301", 8) + "⟨+9992 marks⟩x"},
		{strings.Repeat("\u0301", 9), strings.Repeat("\u0301", 8) + "⟨+1 marks⟩"},
	}
	for _, tt := range tests {
		if got := Visible(tt.in); got != tt.want {
			t.Errorf("Visible(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestSafeHTML(t *testing.T) {
	tests := []struct{ in, want string }{
		{`<p>Hello <b>you</b></p>`, `<p>Hello <b>you</b></p>`},
		{`a<script>alert(1)</script>b<style>p{}</style>`, `ab`},
		{`<p onclick="x()" style="position:fixed" class="x" id="y">a</p>`, `<p>a</p>`},
		{`<img src="https://tracker.example/1.gif"><img src=x onerror=alert(1)>a`, `a`},
		{`<form action="https://evil.example"><input name=a><button>Go</button></form>`, `Go`},
		{`<iframe src=x></iframe><object data=x></object><svg><a xlink:href="javascript:x">a</a></svg>`, `a`},
		{`<meta http-equiv=refresh content="0;url=x"><base href="//evil.example"><link rel=stylesheet href=x>a`, `a`},
		{`<a href="javascript:alert(1)">a</a>`, `a`},
		{`<a href=" jAva&#10;script:alert(1)">a</a>`, `a`},
		{`<a href="data:text/html,x">a</a>`, `a`},
		{`<a href="/labs/demo">a</a>`, `a`},
		{`<a href="https://example.org/?a=1&b=2" target=_top ping=x>a</a>`,
			`<a href="https://example.org/?a=1&amp;b=2" rel="nofollow noreferrer noopener" target="_blank">a</a>`},
		{`<a href="mailto:pc1@email.com">a</a>`, `<a href="mailto:pc1@email.com" rel="nofollow noreferrer">a</a>`},
		{`<td colspan="2" background="https://x/y.png">a`, `<td colspan="2">a`},
		{`<b>not closed`, `<b>not closed`},
		{`</textarea>a<!-- comment -->`, `a`},
	}
	for _, tt := range tests {
		if got := strings.TrimSpace(SafeHTML(tt.in)); got != tt.want {
			t.Errorf("SafeHTML(%s)\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}

// Whatever arrives can be shown: Parse ends, leaves the message alone, keeps to its bounds and gives text that
// acts on nothing.
func FuzzParse(f *testing.F) {
	f.Add([]byte("Subject: =?utf-8?q?=C3=BC?=\r\n x\r\n\r\nHello\r\n.\r\n"))
	f.Add(crlf("Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\nx\n--c--\n--b\nContent-Disposition: attachment; filename*0*=utf-8''a; filename*1=b\nContent-Transfer-Encoding: base64\n\nAAAA\n--b--\n"))
	f.Add([]byte("Content-Type: text/html; charset=koi8-r\nContent-Transfer-Encoding: quoted-printable\n\n<b>=E4=\n=3D="))
	f.Add([]byte("no header\xff\x00\u202e"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := bytes.Clone(raw)
		v := Parse(raw)
		from, subject, _, snippet := Summary(raw)
		SafeHTML(v.HTML)
		if !bytes.Equal(raw, before) {
			t.Fatal("the message was changed")
		}
		checkBounds(t, v)
		shown := append([]string{v.Text, from, subject, snippet}, v.Warnings...)
		for _, field := range v.Fields {
			shown = append(shown, field.Name, field.Value)
		}
		for _, file := range v.Files {
			shown = append(shown, file.Name, file.Type)
			if strings.ContainsAny(file.Name, "/\\\n") {
				t.Fatalf("file name %q", file.Name)
			}
		}
		for _, s := range shown {
			if Visible(s) != s || !utf8.ValidString(s) {
				t.Fatalf("%q acts", s)
			}
		}
		if !utf8.ValidString(v.HTML) {
			t.Fatalf("HTML %q", v.HTML)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	raw, err := Compose(draft("Hello", strings.Repeat("Hello PC-2, this is a line of text.\n", 28)))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Parse(raw)
		}
	})
	b.Run("Summary", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Summary(raw)
		}
	})
}
