package message

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/textproto"
	"strings"
	"testing"
	"time"
)

func report() Report {
	return Report{
		From: mail.Address{Name: "Mail delivery", Address: "mailer-daemon@email.com"}, To: "pc1@email.com",
		Date: monday, MessageID: "7.report@email.com", MTA: "email.com", Arrival: monday.Add(-time.Minute),
		For:     []Fate{{Recipient: "nobody@email.com", Action: Failed, Status: "5.1.1", Diagnostic: "550 5.1.1 No mailbox here by that name"}},
		Message: crlf("Received: from pc1\n\tby email.com\nFrom: pc1@email.com\nSubject: Lunch\n\nAt noon?\n"),
	}
}

// The goldens are what programs of others must understand.
func TestReportGolden(t *testing.T) {
	delivered := report()
	delivered.Envelope, delivered.Full, delivered.Arrival = "QQ314159", true, time.Time{}
	delivered.For = []Fate{
		{Original: "rfc822;PC2@email.com", Recipient: "pc2@email.com", Action: Delivered, Status: "2.1.5"},
		{Original: "rfc822;away@example.org", Recipient: "away@example.org", Action: Relayed, Status: "2.1.9", Remote: "mx.example.org"},
	}
	international := report()
	international.To, international.Full = "jörg@dömäne.example", true
	international.For[0].Original, international.For[0].Recipient = "utf-8;李@email.com", "李@email.com"
	international.Message = crlf("From: jörg@dömäne.example\nTo: 李@email.com\nSubject: Grüße\n\nHallo\n")
	for name, r := range map[string]Report{"report-failed": report(), "report-delivered": delivered, "report-international": international} {
		got, err := AppendReport(nil, r)
		if err != nil {
			t.Fatal(err)
		}
		checkGolden(t, name, got)
		readReport(t, got)
		if v := Parse(got); len(v.Warnings) > 0 || !strings.Contains(v.Text, "mail system of email.com") {
			t.Errorf("%s: Parse reads %q, %q", name, v.Text, v.Warnings)
		}
	}
}

// readReport reads a report with the standard library: the types of its parts, and the groups of fields.
func readReport(t *testing.T, raw []byte) (kinds []string, groups []textproto.MIMEHeader) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" || params["report-type"] != "delivery-status" || m.Header.Get("Auto-Submitted") != "auto-replied" {
		t.Fatalf("%q, %v", m.Header, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return kinds, groups
		}
		if err != nil {
			t.Fatal(err)
		}
		kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, kind)
		content, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(kind, "delivery-status") {
			continue
		}
		fields := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(content, "\r\n"...))))
		for {
			group, err := fields.ReadMIMEHeader()
			if len(group) > 0 {
				groups = append(groups, group)
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%v in %q", err, content)
			}
		}
	}
}

func TestReportParts(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*Report)
		kinds string
	}{
		{"header", func(*Report) {}, "text/plain message/delivery-status text/rfc822-headers"},
		{"full", func(r *Report) { r.Full = true }, "text/plain message/delivery-status message/rfc822"},
		{"nothing", func(r *Report) { r.Message = nil }, "text/plain message/delivery-status"},
		{"binary", func(r *Report) { r.Full, r.Message = true, []byte("Content-Type: image/png\r\n\r\n\x00") }, "text/plain message/delivery-status message/rfc822"},
		{"binary that cannot be encoded", func(r *Report) { r.Full, r.Message = true, []byte("Content-Type: message/partial\r\n\r\n\x00") }, "text/plain message/delivery-status text/rfc822-headers"},
		{"no header", func(r *Report) { r.Message = []byte("\x00") }, "text/plain message/delivery-status"},
		{"header in UTF-8", func(r *Report) { r.Message = crlf("Subject: ü\n\nx\n") }, "text/plain message/delivery-status message/global-headers"},
		{"recipient in UTF-8", func(r *Report) { r.For[0].Recipient = "ü@b" }, "text/plain message/global-delivery-status text/rfc822-headers"},
	} {
		r := report()
		c.spoil(&r)
		raw, err := AppendReport(nil, r)
		if err != nil {
			t.Fatal(err)
		}
		if kinds, _ := readReport(t, raw); strings.Join(kinds, " ") != c.kinds {
			t.Errorf("%s: parts %q", c.name, kinds)
		}
	}
	for field, spoil := range map[string]func(*Report){
		"From":       func(r *Report) { r.From.Address = "" },
		"To":         func(r *Report) { r.To = "" }, // nobody reports to the null reverse-path
		"Date":       func(r *Report) { r.Date = time.Time{} },
		"Message-ID": func(r *Report) { r.MessageID = "x" },
	} {
		r := report()
		spoil(&r)
		var f *FieldError
		if raw, err := AppendReport(nil, r); !errors.As(err, &f) || f.Field != field || raw != nil {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// Whatever strangers said, a report has its parts and each recipient one group of fields, and the message comes back.
func FuzzReport(f *testing.F) {
	f.Add("rfc822;a@b", "a@b", "5.1.1", "550 no", "mx", "env", []byte("Subject: x\r\n\r\n--=_7\r\n"), true)
	f.Add("x\r\n\r\ny", "a\r\nAction: delivered", "\n", "550 a\nb\r\n\r\nc", "\r", "ü\x00", []byte("Subject: ü\n\n\xff"), false)
	f.Fuzz(func(t *testing.T, original, recipient, status, diagnostic, remote, envelope string, message []byte, full bool) {
		r := report()
		r.Envelope, r.Message, r.Full = envelope, message, full
		fate := Fate{Original: original, Recipient: recipient, Action: Failed, Status: status, Diagnostic: diagnostic, Remote: remote}
		r.For = []Fate{fate, fate}
		raw, err := AppendReport(nil, r)
		if err != nil {
			t.Fatal(err)
		}
		if !(converter{eight: true}).carries(raw) {
			t.Fatalf("%q does not fit in lines", raw)
		}
		kinds, groups := readReport(t, raw)
		if len(groups) != 3 || len(kinds) < 2 || len(kinds) > 3 || kinds[0] != "text/plain" {
			t.Fatalf("parts %q, groups %q in %q", kinds, groups, raw)
		}
		for _, g := range groups[1:] {
			if len(g["Action"]) != 1 || g.Get("Action") != "failed" || len(g["Status"]) != 1 || len(g["Final-Recipient"]) != 1 {
				t.Errorf("group %q", g)
			}
		}
	})
}
