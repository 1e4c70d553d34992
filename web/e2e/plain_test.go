package e2e

import (
	"testing"

	"smtplab/sim/lab"
)

// Without JavaScript everything works by links and forms.
func TestWithoutJavaScript(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	p := s.browse(t, look{plain: true})
	p.goTo(w.url(""))
	p.click("#host-pc1", "")
	p.sees(".win__title", "PC-1")
	p.fill("#f-to", "pc2")
	p.fill("#f-subject", "By hand")
	p.fill("#f-body", "No script was run.")
	p.click(".compose button", "Send")
	p.sees("#p-to", "")
	p.forgive("422")
	if got := p.text(`document.getElementById("f-body").value`); got != "No script was run." {
		t.Errorf("what was typed is gone: %q", got)
	}
	p.hasFocus("#f-to[autofocus]")
	p.press(end + "@email.com") // after what was there: the field has the focus
	p.click(".compose button", "Send")
	p.sees(".sent", "By hand")
	w.until("the mail is sent", func(l *lab.Lab) bool { return len(l.Notices(0)) == 1 && quiet(l) })
	p.click(".win__close", "")
	p.sees(".row--client", "RCPT TO:<pc2@email.com>")

	p.click("#host-pc2", "")
	p.click(".tab", "Inbox")
	w.until("the mail is fetched", func(l *lab.Lab) bool { pc, _ := l.PC("pc2"); return len(pc.Inbox) == 1 && quiet(l) })
	p.click(".win__close", "")
	p.click("#host-pc2", "")
	p.click(".tab", "Inbox")
	p.click("button.mails__open", "By hand")
	p.sees(".mail__text", "No script was run.")
	p.click(".chip", "Source")
	p.sees(".mail__source", "Return-Path")
	p.click(".win__close", "")

	p.click("#host-server", "")
	p.sees(".win__title", "SMTP Server")
	p.click(".win__foot a", "Okay")
	p.click("#controls button", "Pause")
	p.sees("#controls button[aria-pressed=true]", "Pause")
	p.click(".top__theme button", "")
	p.sees("html[data-theme=light]", "")
	p.click(".row--client .row__text", "RCPT")
	p.sees(".card", "RFC 5321")
	p.click("a.btn", "Back to the lab")
	p.click("#controls a", "Reset")
	p.click("button", "Reset")
	p.sees(".row--reset", "The lab was reset")
	p.seesNo(".row--client", "RCPT")
}
