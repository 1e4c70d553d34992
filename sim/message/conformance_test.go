package message

import (
	"bytes"
	"net/mail"
	"strings"
	"testing"
)

// What the table of requirements in sim/CONFORMANCE.md rests on beside the other tests of the package.

// A composed message has the fields that RFC 5322 §3.6 wants, each once: Date, From and Message-ID, and To, Cc and Subject
// where there is something to say. Names and subject are ASCII on the wire (RFC 2047 §5), and Bcc is nowhere.
func TestComposeFieldsOnce(t *testing.T) {
	everything := draft("Größe 👋", "Schöne Grüße\n", Attachment{Name: "Übersicht.txt", Data: []byte("x")})
	everything.From.Name, everything.To, everything.Cc = "Zoë", []mail.Address{pc2, pc3}, []mail.Address{pc3}
	for name, d := range map[string]Draft{
		"plain":      draft("Hello", "Hello"),
		"everything": everything,
		"blind":      {From: pc2, Date: monday, MessageID: "2@x"},
		"forged":     draft("x", "Date: x\nFrom: y\nMessage-ID: <z>\n\nBcc: w\n"),
	} {
		raw, err := Compose(d)
		if err != nil {
			t.Fatal(name, err)
		}
		header, _, found := bytes.Cut(raw, []byte("\r\n\r\n"))
		if !found {
			t.Fatalf("%s: no blank line in %q", name, raw)
		}
		count := map[string]int{}
		for line := range strings.SplitSeq(string(header), "\r\n") {
			if field, _, ok := strings.Cut(line, ":"); ok && line[0] != ' ' && line[0] != '\t' {
				count[strings.ToLower(field)]++
			}
			if len(line) > MaxLine || strings.ContainsFunc(line, func(r rune) bool { return r > '~' }) {
				t.Errorf("%s: the line %q", name, line)
			}
		}
		for _, field := range []string{"date", "from", "message-id"} {
			if count[field] != 1 {
				t.Errorf("%s: %s is there %d times", name, field, count[field])
			}
		}
		for field, n := range count {
			if n > 1 || field == "bcc" || field == "sender" || field == "received" || field == "return-path" {
				t.Errorf("%s: %s is there %d times", name, field, n)
			}
		}
		msg, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(name, err)
		}
		if date, err := msg.Header.Date(); err != nil || !date.Equal(monday) || msg.Header.Get("Message-Id") != "<"+d.MessageID+">" {
			t.Errorf("%s: %v, %v, %s", name, date, err, msg.Header.Get("Message-Id"))
		}
		if from, err := msg.Header.AddressList("From"); err != nil || len(from) != 1 || *from[0] != d.From {
			t.Errorf("%s: from %v, %v", name, from, err)
		}
	}
}
