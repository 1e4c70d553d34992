package message

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var (
	pc1 = mail.Address{Name: "PC-1", Address: "pc1@email.com"}
	pc2 = mail.Address{Address: "pc2@email.com"}
	pc3 = mail.Address{Name: "Zoë, the third", Address: "pc3@email.com"}
)

func draft(subject, text string, files ...Attachment) Draft {
	return Draft{From: pc1, To: []mail.Address{pc2}, Subject: subject, Text: text, Files: files,
		Date: monday, MessageID: "1.pc1@email.com"}
}

// The goldens show what goes over the wire. A change of theirs is a change for everyone who learns from it.
func TestComposeGolden(t *testing.T) {
	everything := draft("Grüße aus dem Labor, für alle", "Dear all,\n\nein schöner Tag.\n.\n",
		Attachment{Name: "notes.txt", Data: []byte("one\ntwo\n")},
		Attachment{Name: "Übersicht der Ergebnisse aus dem ersten Versuch im großen Labor.pdf", Data: bytes.Repeat([]byte{0, 1, 2}, 40)})
	everything.Cc = []mail.Address{pc3}
	tests := []struct {
		name  string
		draft Draft
	}{
		{"plain", draft("Hello", "Hello PC-2,\nthis is a test.\n")},
		{"everything", everything},
		{"chinese", draft("你好,世界:这是一封比较长的主题,用来看看它怎样折行", "你好,世界\n")},
		{"blind", Draft{From: pc2, Text: "All recipients are blind.", Date: monday, MessageID: "2@x"}},
	}
	for _, tt := range tests {
		got, err := Compose(tt.draft)
		if err != nil {
			t.Fatal(tt.name, err)
		}
		checkGolden(t, tt.name, got)
	}
}

// checkGolden compares a message with testdata/name.eml.
func checkGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name+".eml")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant:\n%s", name, got, want)
	}
}

func TestComposeRefuses(t *testing.T) {
	address := func(s string) mail.Address { return mail.Address{Address: s} }
	tests := []struct {
		name  string
		field string
		spoil func(*Draft)
	}{
		{"a line break in the subject", "Subject", func(d *Draft) { d.Subject = "Hi\r\nBcc: x@y" }},
		{"a bare CR", "Subject", func(d *Draft) { d.Subject = "Hi\rthere" }},
		{"a bare LF after other letters", "Subject", func(d *Draft) { d.Subject = "Grüße\nBcc: x@y" }},
		{"NUL", "Subject", func(d *Draft) { d.Subject = "a\x00b" }},
		{"an escape sequence", "Subject", func(d *Draft) { d.Subject = "\x1b[31mred" }},
		{"a C1 control", "Subject", func(d *Draft) { d.Subject = "a\u0085b" }},
		{"a name with a line break", "From", func(d *Draft) { d.From.Name = "a\nb" }},
		{"an address with a line break", "To", func(d *Draft) { d.To[0] = address("a\r\nb@c") }},
		{"an address without a domain", "To", func(d *Draft) { d.To[0] = address("pc2@") }},
		{"an address without a local part", "Cc", func(d *Draft) { d.Cc = []mail.Address{address("@email.com")} }},
		{"an address that is two", "Cc", func(d *Draft) { d.Cc = []mail.Address{address("a@b, c@d, e")} }},
		{"a domain with a bracket", "To", func(d *Draft) { d.To[0] = address("a@b>, <c") }},
		{"an address that is not UTF-8", "To", func(d *Draft) { d.To[0] = address("\xe6@email.com") }},
		{"an address with a C1 control", "To", func(d *Draft) { d.To[0] = address("a\u0085b@email.com") }},
		{"an endless address", "To", func(d *Draft) { d.To[0] = address(strings.Repeat("a", 300) + "@b") }},
		{"no date", "Date", func(d *Draft) { d.Date = time.Time{} }},
		{"the year 99999", "Date", func(d *Draft) { d.Date = monday.AddDate(97973, 0, 0) }},
		{"no message id", "Message-ID", func(d *Draft) { d.MessageID = "" }},
		{"a message id with brackets", "Message-ID", func(d *Draft) { d.MessageID = "<1@x>" }},
		{"a file name with a line break", "file name", func(d *Draft) { d.Files = []Attachment{{Name: "a\nb"}} }},
		{"an endless file name", "file name", func(d *Draft) { d.Files = []Attachment{{Name: strings.Repeat("a", 256)}} }},
		{"a file type with a line break", "file type", func(d *Draft) { d.Files = []Attachment{{Type: "text/plain\r\nX: y"}} }},
		{"a file type that is none", "file type", func(d *Draft) { d.Files = []Attachment{{Type: "a picture"}} }},
	}
	for _, tt := range tests {
		d := draft("Hello", "Hello")
		tt.spoil(&d)
		raw, err := Compose(d)
		var field *FieldError
		if !errors.As(err, &field) || field.Field != tt.field {
			t.Errorf("%s: error %v, want one of the field %s", tt.name, err, tt.field)
		}
		if raw != nil {
			t.Errorf("%s: a message came with the error", tt.name)
		}
	}
}

func TestComposeText(t *testing.T) {
	long := strings.Repeat("x", 999)
	tests := []struct {
		name, text, encoding, want string
	}{
		{"nothing", "", "7bit", ""},
		{"a line without an end", "Hello", "7bit", "Hello\r\n"},
		{"every line end", "a\nb\rc\r\nd\n\re", "7bit", "a\r\nb\r\nc\r\nd\r\n\r\ne\r\n"},
		{"dots are not stuffed", ".\n..\n.a", "7bit", ".\r\n..\r\n.a\r\n"},
		{"the longest line", long[1:], "7bit", long[1:] + "\r\n"},
		{"a longer one", long, "quoted-printable", long + "\r\n"},
		{"some letters outside ASCII", "Ein schöner Tag im Labor.", "quoted-printable", "Ein schöner Tag im Labor.\r\n"},
		{"mostly such", "你好,世界\n", "base64", "你好,世界\r\n"},
		{"NUL and escape", "The bell \x07 and \x00 and \x1b are far between.", "quoted-printable", "The bell \x07 and \x00 and \x1b are far between.\r\n"},
		{"not UTF-8", "Tsch\xfcs, und auf bald!", "quoted-printable", "Tsch\uFFFDs, und auf bald!\r\n"},
		{"white space at line ends", "Grüße aus dem Labor, mit \t\n Rand \n", "quoted-printable", "Grüße aus dem Labor, mit \t\r\n Rand \r\n"},
	}
	for _, tt := range tests {
		raw, err := Compose(draft("Hello", tt.text))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		header, text, _ := read(t, raw)
		if got := header.Get("Content-Transfer-Encoding"); got != tt.encoding {
			t.Errorf("%s: encoding %s, want %s", tt.name, got, tt.encoding)
		}
		if text != tt.want {
			t.Errorf("%s: text %q, want %q", tt.name, text, tt.want)
		}
		checkLines(t, raw)
	}
}

func TestComposeFields(t *testing.T) {
	words := strings.Repeat("all work and no play makes a dull subject, ", 30)
	tests := []struct{ name, subject string }{
		{"plain", "Hello"},
		{"punctuation", `"Re: [lab] 50% <off>, (really); a\b = c?"`},
		{"looks encoded", "what does =?utf-8?q?Hello?= mean"},
		{"outside ASCII", "Grüße 👋🏽 aus Zürich"},
		{"spaces around", "  indented  "},
		{"only spaces", "   "},
		{"double spaces where it would fold", strings.Repeat("ab  ", 60) + "."},
		{"a tab", "a\tb"},
		{"long", strings.TrimSpace(words)},
		{"one endless word", strings.Repeat("x", 5000)},
		{"endless and outside ASCII", strings.Repeat("世", 2000)},
	}
	for _, tt := range tests {
		raw, err := Compose(draft(tt.subject, "Hello"))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		header, _, _ := read(t, raw)
		if got := decodeHeader(t, header.Get("Subject")); got != tt.subject {
			t.Errorf("%s: the standard library reads %q, want %q", tt.name, got, tt.subject)
		}
		if got := Parse(raw).Get("Subject"); got != Visible(tt.subject) {
			t.Errorf("%s: Parse reads %q, want %q", tt.name, got, tt.subject)
		}
		checkLines(t, raw)
	}
}

func TestComposeAddresses(t *testing.T) {
	list := []mail.Address{
		pc1, pc2, pc3,
		{Address: `"two words"@email.com`},
		{Name: `O'Hara, "Jo" \ (boss)`, Address: "jo@email.com"},
		{Name: strings.Repeat("Long Name ", 100), Address: "long@email.com"},
		{Name: "=?utf-8?q?x?=", Address: "literal@[192.168.11.4]"},
		{Name: "tab\there", Address: "a.b+c_d@sub.email.com"},
	}
	for range 200 {
		list = append(list, pc2)
	}
	d := draft("Hello", "Hello")
	d.To = list
	raw, err := Compose(d)
	if err != nil {
		t.Fatal(err)
	}
	checkLines(t, raw)
	header, _, _ := read(t, raw)
	got, err := header.AddressList("To")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(list) {
		t.Fatalf("%d addresses, want %d", len(got), len(list))
	}
	list[3].Address = "two words@email.com" // as net/mail keeps it
	for i := range list {
		if strings.TrimSpace(got[i].Name) != strings.TrimSpace(list[i].Name) || got[i].Address != list[i].Address {
			t.Errorf("address %d is %v, want %v", i, got[i], list[i])
		}
	}
}

// With an address outside ASCII all the header is in UTF-8 (RFC 6532); without, none of it is.
func TestComposeInternationalized(t *testing.T) {
	d := draft("Grüße aus Zürich", "Hello")
	d.To = []mail.Address{{Address: "李@email.com"}, {Name: `Jörg "der Große"`, Address: "jörg@dömäne.example"}, {Name: "tab\tü", Address: `"ü b"@email.com`}, {Name: "PC-2", Address: "pc2@email.com"}}
	raw, err := Compose(d)
	if err != nil {
		t.Fatal(err)
	}
	want := "From: PC-1 <pc1@email.com>\r\nTo: <李@email.com>, \"Jörg \\\"der Große\\\"\" <jörg@dömäne.example>,\r\n" +
		" =?utf-8?q?tab=09=C3=BC?=\r\n <\"ü b\"@email.com>, PC-2 <pc2@email.com>\r\nSubject: Grüße aus Zürich\r\n"
	if !bytes.Contains(raw, []byte(want)) || !Internationalized(raw) {
		t.Errorf("got\n%s\nwant\n%s", raw, want)
	}
	checkLines(t, raw)
	header, _, _ := read(t, raw)
	got, err := header.AddressList("To")
	if err != nil || len(got) != 4 {
		t.Fatalf("%v, %v", got, err)
	}
	d.To[2].Address = "ü b@email.com" // as net/mail keeps it
	for i := range got {
		if *got[i] != d.To[i] {
			t.Errorf("address %d is %v, want %v", i, got[i], d.To[i])
		}
	}
	v := Parse(raw)
	if v.Get("Subject") != d.Subject || !strings.Contains(v.Get("To"), "jörg@dömäne.example") || len(v.Warnings) > 0 {
		t.Errorf("Parse reads %q, %q, %q", v.Get("Subject"), v.Get("To"), v.Warnings)
	}
	if from, subject, _, _ := Summary(bytes.Replace(raw, []byte("PC-1 <pc1@"), []byte("<jörg@"), 1)); from != "jörg@email.com" || subject != d.Subject {
		t.Errorf("Summary reads %q, %q", from, subject)
	}
	d.To = d.To[3:]
	if raw, err = Compose(d); err != nil || Internationalized(raw) {
		t.Errorf("%v: %s", err, raw)
	}
}

func TestComposeFiles(t *testing.T) {
	tests := []struct {
		file     Attachment
		wantType string
	}{
		{Attachment{Name: "notes.txt", Data: []byte("hello")}, "text/plain"},
		{Attachment{Name: "no extension", Data: nil}, "application/octet-stream"},
		{Attachment{Name: `quote " and \ slash.PNG`, Data: []byte{0, 255}}, "image/png"},
		{Attachment{Name: "写真.jpeg", Type: "image/jpeg; name=x", Data: bytes.Repeat([]byte("jpeg"), 999)}, "image/jpeg"},
		{Attachment{Name: strings.Repeat("ü", 120) + ".csv", Data: []byte("a;b")}, "text/csv"},
		{Attachment{Name: strings.Repeat("long ", 50), Data: []byte("x")}, "application/octet-stream"},
		{Attachment{Name: "mail.eml", Type: "message/rfc822", Data: []byte("From: x\r\n")}, "application/octet-stream"},
		{Attachment{Data: []byte("nameless")}, "application/octet-stream"},
	}
	d := draft("Files", "See the files.\n")
	for _, tt := range tests {
		d.Files = append(d.Files, tt.file)
	}
	raw, err := Compose(d)
	if err != nil {
		t.Fatal(err)
	}
	checkLines(t, raw)
	_, text, files := read(t, raw)
	if text != "See the files.\r\n" {
		t.Errorf("text %q", text)
	}
	shown := Parse(raw)
	if len(files) != len(tests) || len(shown.Files) != len(tests) {
		t.Fatalf("%d and %d files, want %d", len(files), len(shown.Files), len(tests))
	}
	for i, tt := range tests {
		if f := files[i]; f.Name != tt.file.Name || f.Type != tt.wantType || !bytes.Equal(f.Data, tt.file.Data) {
			t.Errorf("file %q came as %q, %s, %d octets", tt.file.Name, f.Name, f.Type, len(f.Data))
		}
		if f := shown.Files[i]; f.Type != tt.wantType || !bytes.Equal(f.Data, tt.file.Data) {
			t.Errorf("file %q is shown as %q, %s, %d octets", tt.file.Name, f.Name, f.Type, len(f.Data))
		}
	}
	if got := shown.Files[3].Name; got != "写真.jpeg" {
		t.Errorf("a file name is shown as %q", got)
	}
}

// Even a text that holds the boundary the message would get does not end its part.
func TestBoundaryIsAbsent(t *testing.T) {
	first := boundaryFor("1.pc1@email.com", nil)
	second := boundaryFor("1.pc1@email.com", []byte(first))
	text := "--" + first + "--\r\n--" + second + "\r\n"
	raw, err := Compose(draft("Boundary", text, Attachment{Name: "a", Data: []byte("b")}))
	if err != nil {
		t.Fatal(err)
	}
	if _, got, files := read(t, raw); got != text || len(files) != 1 {
		t.Errorf("text %q, %d files", got, len(files))
	}
}

// Whatever is typed, the message is lines of at most 998 octets ended by CRLF, has the fields it should have
// and no other, and reads back as it was typed.
func FuzzCompose(f *testing.F) {
	f.Add("Hello", "Hello\n", "notes.txt", "PC-1", false)
	f.Add("Grüße\t", "\r\r\n\n.\n\x00", "写真 \"x\".png", "O'Hara, Jo", true)
	f.Add("=?utf-8?q?x?=", "--=_\n"+strings.Repeat("x", 2000), "../../x", "=?utf-8?b?eA==?=", true)
	f.Add("a\r\nBcc: x@y", "", "", "", true)
	f.Fuzz(func(t *testing.T, subject, text, file, name string, international bool) {
		d := draft(subject, text, Attachment{Name: file, Data: []byte(text)})
		d.From.Name = name
		if international {
			d.From.Address = "jörg@email.com"
		}
		raw, err := Compose(d)
		if err != nil {
			var field *FieldError
			if !errors.As(err, &field) {
				t.Fatal(err)
			}
			return
		}
		checkLines(t, raw)
		header, gotText, files := read(t, raw)
		for field := range header {
			switch field {
			case "Date", "From", "To", "Subject", "Message-Id", "Mime-Version", "Content-Type":
			default:
				t.Fatalf("field %q in %q", field, raw)
			}
		}
		if want := canonical(text); gotText != want {
			t.Fatalf("text %q, want %q", gotText, want)
		}
		if len(files) != 1 || string(files[0].Data) != text {
			t.Fatalf("files %v", files)
		}
		subject = strings.ToValidUTF8(subject, "\uFFFD")
		view := Parse(raw)
		if got := view.Get("Subject"); got != strings.TrimSpace(Visible(subject)) && got != Visible(subject) {
			t.Fatalf("subject %q, want %q", got, subject)
		}
		if want := Visible(strings.ReplaceAll(canonical(text), "\r\n", "\n")); view.Text != want {
			t.Fatalf("Parse reads the text %q, want %q", view.Text, want)
		}
		if len(view.Warnings) > 0 {
			t.Fatalf("Parse warns of our own message: %v", view.Warnings)
		}
	})
}

func BenchmarkCompose(b *testing.B) {
	for _, bm := range []struct {
		name  string
		draft Draft
	}{
		{"plain200", draft("Hello", strings.Repeat("Hello PC-2, this is a line.\n", 7))},
		{"plain1K", draft("Hello", strings.Repeat("Hello PC-2, this is a line of text.\n", 28))},
		{"utf8", draft("Grüße", strings.Repeat("Ein schöner Tag im Labor.\n", 38))},
		{"file100K", draft("File", "See the file.\n", Attachment{Name: "a.bin", Data: make([]byte, 100<<10)})},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Compose(bm.draft); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// read reads a message with the standard library.
func read(t *testing.T, raw []byte) (mail.Header, string, []Attachment) {
	t.Helper()
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%v in %q", err, raw)
	}
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		t.Fatalf("%v in %q", err, raw)
	}
	if kind != "multipart/mixed" {
		return msg.Header, decodeBody(t, msg.Header.Get("Content-Transfer-Encoding"), msg.Body), nil
	}
	var (
		parts = multipart.NewReader(msg.Body, params["boundary"])
		text  string
		files []Attachment
	)
	for n := 0; ; n++ {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return msg.Header, text, files
		}
		if err != nil {
			t.Fatalf("%v in %q", err, raw)
		}
		body := decodeBody(t, part.Header.Get("Content-Transfer-Encoding"), part)
		if n == 0 {
			text = body
			continue
		}
		_, disposition, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
		if err != nil {
			t.Fatalf("%v in %v", err, part.Header)
		}
		files = append(files, Attachment{disposition["filename"], part.Header.Get("Content-Type"), []byte(body)})
	}
}

func decodeBody(t *testing.T, encoding string, r io.Reader) string {
	t.Helper()
	var (
		body []byte
		err  error
	)
	switch encoding {
	case "quoted-printable":
		body, err = io.ReadAll(quotedprintable.NewReader(r))
	case "base64":
		body, err = io.ReadAll(r)
		data, clean := decodeBase64(body)
		if !clean {
			t.Fatalf("unclean base64 %q", body)
		}
		body = data
	default:
		body, err = io.ReadAll(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func decodeHeader(t *testing.T, s string) string {
	t.Helper()
	decoded, err := new(mime.WordDecoder).DecodeHeader(s)
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

// checkLines fails unless raw is lines of at most 998 octets, each ended by CRLF, of 7 bits unless its header is in UTF-8.
func checkLines(t *testing.T, raw []byte) {
	t.Helper()
	text, ended := strings.CutSuffix(string(raw), "\r\n")
	if !ended {
		t.Fatalf("no CRLF at the end of %q", raw)
	}
	last := rune(unicode.MaxASCII)
	if Internationalized(raw) {
		last = unicode.MaxRune
	}
	for line := range strings.SplitSeq(text, "\r\n") {
		if len(line) > MaxLine {
			t.Fatalf("a line of %d octets", len(line))
		}
		if !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return r > last || r == 0 || r == '\r' || r == '\n' }) {
			t.Fatalf("line %q", line)
		}
	}
}
