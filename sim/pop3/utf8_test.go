package pop3

import (
	"bytes"
	"strings"
	"testing"
)

func TestIsInternationalized(t *testing.T) {
	nested := func(depth int, content string) string {
		return strings.Repeat("Content-Type: message/rfc822\n\n", depth) + content
	}
	for _, c := range []struct {
		name, text string
		want       bool
	}{
		{"nothing", "", false},
		{"ASCII", "Subject: x\n\nHello\n", false},
		{"in the header", "Subject: ü\n\nHello\n", true},
		{"no end of the header", "Subject: ü", true},
		{"in the body", "Subject: x\n\nü\n", false},
		{"body alone", "\nSubject: ü\n", false},
		{"in a part", "Content-Type: multipart/mixed; boundary=b\n\n--b\nX: ü\n\n--b--\n", true},
		{"in a part's body", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nX: ü\n--b--\n", false},
		{"in the preamble", "Content-Type: multipart/mixed; boundary=b\n\nX: ü\n--b\n\n\n--b--\n", false},
		{"in the epilogue", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n\n--b--\nX: ü\n", false},
		{"folded type", "content-TYPE : multipart/mixed;\n\tboundary=\"b c\"\n\n--b c  \nX: ü\n\n--b c--\n", true},
		{"no closing delimiter", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n--b\nX: ü", true},
		{"no boundary", "Content-Type: multipart/mixed\n\n--\nX: ü\n", false},
		{"no such type", "Content-Type: multipart\n\n--b\nX: ü\n", false},
		{"forwarded", nested(1, "Subject: ü\n\n"), true},
		{"forwarded deeply", nested(maxNesting-1, "Subject: x\n\nü\n"), false},
		{"forwarded too deeply", nested(maxNesting, "Subject: x\n\nü\n"), true},
	} {
		if got := isInternationalized([]byte(strings.ReplaceAll(c.text, "\n", "\r\n")), 0); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// ASCII is never kept back, a header in UTF-8 always is, and what is kept back alone is kept back within another message
// too.
func FuzzIsInternationalized(f *testing.F) {
	f.Add([]byte("Subject: ü\r\n\r\n"))
	f.Add([]byte("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX: ü\r\n\r\n--b--\r\n"))
	f.Add([]byte("Content-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed;\r\n boundary=\"\"\r\n\r\n--\r\nX: ü"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got := isInternationalized(text, 0)
		header, _, _ := bytes.Cut(append([]byte("\r\n"), text...), []byte("\r\n\r\n"))
		if isASCII(text) && got || !isASCII(header) && !got {
			t.Errorf("%q: %v", text, got)
		}
		forwarded := append([]byte("Content-Type: message/rfc822\r\n\r\n"), text...)
		if got && !isInternationalized(forwarded, 0) {
			t.Error("a message can be forwarded past the check")
		}
		const delimiter = "\r\n--a boundary that is not in it"
		part := "Content-Type: multipart/mixed; boundary=\"" + delimiter[4:] + "\"\r\n" + delimiter + "\r\n" + string(text) + delimiter + "--\r\n"
		if got && !bytes.Contains(text, []byte(delimiter)) && !isInternationalized([]byte(part), 0) {
			t.Error("a message can be attached past the check")
		}
	})
}
