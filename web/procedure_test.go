package web

import (
	"net/url"
	"strings"
	"testing"

	"smtplab/sim/lab"
)

// The six steps of the classroom procedure, by plain links and forms: no script runs here.
func TestProcedureWithoutJavaScript(t *testing.T) {
	s := newSite(t, Options{})
	v := s.visitor(t)

	home := v.get("/").wants(t, 200, "PC-1", "PC-2", "PC-3", "192.168.11.4", "email.com")
	id := strings.TrimPrefix(home.path, "/labs/")
	a, err := s.runner.Open(t.Context(), id)
	if err != nil || !a.CanAct {
		t.Fatalf("/ led to %s: %+v, %v", home.path, a, err)
	}
	v.submit(home, "/clock", url.Values{"speed": {"max"}}).wants(t, 200, "PC-1")

	// 1. Click a PC: its mail window opens, with that PC's own address.
	window := v.click(home, "/hosts/pc1").wants(t, 200, "PC-1", "pc1@email.com")

	// 2. Enter recipient, subject, message; Send. 3. It says how it went.
	v.submit(window, "/mail", url.Values{"to": {"pc2@email.com"}, "subject": {"Grüße"}, "body": {"Noon, at the gate?"}}).
		wants(t, 200, "pc2@email.com", "Grüße")
	s.until(t, a, "the mail is delivered", func(l *lab.Lab) bool { return len(l.Notices(0)) == 1 && quiet(l) })
	v.get(home.path+"/notices").wants(t, 200, "The server accepted the mail for pc2@email.com.", "250 2.0.0")
	v.get(home.path+"/hosts/pc1/sent/1").wants(t, 200, "The server accepted the mail for pc2@email.com.")

	// 4. Click Inbox on the receiving PC. 5. The message from PC-1 is displayed there.
	receiver := v.click(v.get(home.path), "/hosts/pc2").wants(t, 200, "pc2@email.com")
	inbox := v.submit(receiver, "/inbox", nil).wants(t, 200) // opening it checks the mail
	s.until(t, a, "the mail is fetched", func(l *lab.Lab) bool {
		pc, _ := l.PC("pc2")
		return len(pc.Inbox) == 1 && quiet(l)
	})
	inbox = v.get(inbox.path).wants(t, 200, "PC-1", "Grüße", "Noon, at the gate?")
	mail := v.submit(inbox, "/inbox/1/read", nil).wants(t, 200, "pc1@email.com", "Grüße", "Noon, at the gate?")
	if !strings.HasSuffix(mail.path, "/hosts/pc2/inbox/1") {
		t.Errorf("reading led to %s", mail.path)
	}
	v.click(mail, "view=headers").wants(t, 200, "Return-Path", "Received", "Message-ID")
	v.click(mail, "view=source").wants(t, 200, "Subject: =?utf-8?")
	s.view(t, a, func(l *lab.Lab) {
		if m, ok := l.Inbox("pc2", 1); !ok || !m.Read {
			t.Errorf("the mail is not read: %+v", m)
		}
	})

	// 6. Click the server: a dialog shows its address and its domain, with an Okay button.
	server := v.click(v.get(home.path), "/hosts/server").wants(t, 200, "SMTP Server", "192.168.11.4", "email.com", "Okay")
	back := false
	for link := range elements(server.doc, "a") {
		back = back || attr(link, "href") == home.path
	}
	if !back {
		t.Errorf("Okay does not lead back to %s", home.path)
	}

	// And all of it was on the wire.
	v.get(home.path).wants(t, 200, "EHLO", "RCPT TO:<pc2@email.com>", "354", "RETR 1")
	v.submit(v.get(mail.path), "/inbox/1/delete", nil).wants(t, 200)
	s.until(t, a, "the mail is deleted", func(l *lab.Lab) bool {
		pc, _ := l.PC("pc2")
		server, _ := l.Server("server")
		return len(pc.Inbox) == 0 && server.Mailboxes[1].Messages == 0
	})
}
