package web

import (
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"smtplab/sim/lab"
	"smtplab/sim/result"
	"smtplab/sim/trace"
)

// classed are the elements of a class.
func classed(p page, class string) []*html.Node {
	var found []*html.Node
	for n := range p.doc.Descendants() {
		for word := range strings.FieldsSeq(attr(n, "class")) {
			if word == class {
				found = append(found, n)
			}
		}
	}
	return found
}

func TestReport(t *testing.T) {
	s := newSite(t, Options{Key: keyOf(1)})
	a := s.newLab(t)
	v := s.visitor(t)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Cc: "nobody@email.com", Bcc: "pc3@email.com", Subject: "Lunch", Body: "Noon?"})
	s.mailed(t, a, "pc1", lab.Mail{To: "nobody@email.com"})
	s.fetched(t, a, "pc2")
	s.act(t, a, lab.Action{Verb: lab.Cut, Host: "pc3"})
	s.act(t, a, lab.Action{Verb: lab.Restore, Host: "pc3"})
	p := v.get(labURL(a)+"/report").wants(t, 200, "Lab report", "amber-fox",
		// what was done, with what came of it
		"sends a mail to pc2@email.com, nobody@email.com, pc3@email.com: Lunch", "The server accepted the mail for 2 of 3 recipients. (Conversation 1)",
		"sends a mail to nobody@email.com: (no subject)", "checks its mail", "link cut", "link restored",
		// the conversations, in a row each and in full
		"SMTP Server: 1 message accepted; refused: 550 5.1.1", "SMTP Server: refused: 550 5.1.1", "1 message fetched",
		"EHLO pc1.email.com", "RCPT TO:<nobody@email.com>", "Noon?", "RETR 1", "The connection ended: closed",
		// the mails
		"Mail 1 of PC-2: Lunch", "Return-Path", "Received", "delivered by conversation 1, fetched by conversation 3", "1 mail more on the server",
	)
	var last uint64
	s.view(t, a, func(l *lab.Lab) { last = l.Trace().Last() })
	p.wants(t, 200, fmt.Sprintf("1 to %d (%d events)", last, last))

	// The fingerprint is that of the result: a page and a file that were handed in can be compared.
	r, err := result.Verify([]byte(v.click(p, "/result.json").wants(t, 200).body), keyOf(1).Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	prints := classed(p, "report__print")
	if len(prints) != 1 || strings.Join(strings.Fields(textIn(prints[0])), "") != r.Trace {
		t.Errorf("the page has another fingerprint than the result, %s", r.Trace)
	}

	// Whoever writes a name has nowhere to send it.
	for in := range elements(p.doc, "input") {
		if id := attr(in, "id"); strings.HasPrefix(id, "report-") {
			if attr(in, "name") != "" {
				t.Errorf("%s would be sent", id)
			}
			for up := in.Parent; up != nil; up = up.Parent {
				if up.Data == "form" {
					t.Errorf("%s is part of a form", id)
				}
			}
		}
	}
	if n := len(classed(p, "report__talk")); n != 3 {
		t.Errorf("%d dialogues", n)
	}

	// Octets are those that the wire carried, and mails are counted.
	var sent int
	s.view(t, a, func(l *lab.Lab) {
		for e := range l.Trace().After(0) {
			if e.Kind == trace.Segment && e.Conn == 1 && e.From == "pc1" {
				sent += len(e.Raw)
			}
		}
	})
	for row := range elements(p.doc, "tr") {
		if cells := strings.Fields(textIn(row)); len(cells) > 3 && cells[0] == "1" && cells[1] == "PC-1" {
			if text := strings.Join(cells, " "); !strings.Contains(text, fmt.Sprintf(" 1 %d ", sent)) {
				t.Errorf("the first conversation is told as %s, want 1 mail and %d octets", text, sent)
			}
			return
		}
	}
	t.Error("no row for the first conversation")
}

// textIn is the text in an element, its parts apart.
func textIn(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return b.String()
}

func TestReportOfNothing(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	v.get(labURL(a)+"/report").wants(t, 200, "Nothing has happened in this lab yet.", "none")
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: "before"})
	s.act(t, a, lab.Action{Verb: lab.Reset})
	p := v.get("/labs/"+a.ViewID+"/report").wants(t, 200, "The lab was reset", "(1 event)")
	if strings.Contains(p.text(), "before") || strings.Contains(p.body, a.ID) {
		t.Errorf("it tells of what was reset, or who may act:\n%s", p.text())
	}
}

// What somebody wrote in a mail is text in the report, and paper does not run backwards.
func TestHostileReport(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	hostile := `"><script>alert(1)</script><img src=http://evil.example/x onerror=alert(1)></td></table><svg onload=alert(1)>` + "\u202e"
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: hostile, Body: hostile})
	s.fetched(t, a, "pc2")
	p := v.get(labURL(a)+"/report").wants(t, 200, "Mail 1 of PC-2", "<script>alert(1)</script>")
	for d := range p.doc.Descendants() {
		if d.Type != html.ElementNode {
			continue
		}
		if d.Data == "img" || d.Data == "script" && !strings.HasPrefix(attr(d, "src"), "/static/") {
			t.Errorf("<%s> of somebody else's", d.Data)
		}
		for _, at := range d.Attr {
			if strings.HasPrefix(at.Key, "on") || at.Key == "style" {
				t.Errorf("<%s %s=%q>", d.Data, at.Key, at.Val)
			}
		}
	}
	if strings.Contains(p.body, "\u202e") {
		t.Error("text runs backwards")
	}
}

// A report has an end, and says what it leaves out.
func TestLongReport(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	long := lab.Mail{To: "pc2@email.com", Subject: "long", Body: strings.Repeat("the same line\n", reportLetter+50)}
	s.mailed(t, a, "pc1", long)
	p := v.get(labURL(a)+"/report").wants(t, 200, "bytes more of this message, which the transcript has.", "QUIT")
	if n := strings.Count(p.text(), "the same line"); n >= reportLetter || n < reportLetter-20 {
		t.Errorf("%d lines of the message are shown", n)
	}
	if len(classed(p, "report__cut")) != 0 {
		t.Error("it says that it is cut, and all that it has left out is said in its place")
	}
	for lines := 0; lines < reportLines+reportLetter; lines += reportLetter {
		s.mailed(t, a, "pc1", long)
	}
	p = v.get(labURL(a)+"/report").wants(t, 200, "The report ends here; how the conversation goes on", "are in the transcript only")
	if n := strings.Count(p.body, `class="line`); n > reportLines+2*reportLetter {
		t.Errorf("it has %d lines", n)
	}
	var talks int
	s.view(t, a, func(l *lab.Lab) { talks = len(l.Conversations()) })
	if n := len(classed(p, "report__talk")); n >= talks || n < 10 {
		t.Errorf("%d dialogues of %d conversations", n, talks)
	}
	p.wants(t, 200, fmt.Sprintf("(Conversation %d)", talks))
}

// In TLS the report has what was said, and says that others could not read it.
func TestReportOfTLS(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	s.sealed(t, a, "pc1", lab.TLSRequired)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: "secret"})
	p := s.visitor(t).get(labURL(a)+"/report").wants(t, 200, "SMTP · TLS 1.3", "STARTTLS", "ClientHello", "Subject: secret", "encrypted on the wire")
	if n := len(classed(p, "lock")); n < 10 {
		t.Errorf("%d lines are marked as encrypted", n)
	}
}
