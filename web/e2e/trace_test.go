package e2e

import (
	"strings"
	"testing"

	"smtplab/sim/lab"
)

func TestExplanation(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "explain"})
	p := s.browse(t, look{})
	p.openLab(w)
	p.click(".row--client .row__text", "RCPT TO:<pc2@email.com>")
	p.sees(".card", "RCPT")
	for _, words := range []string{"State", "May be answered", "250", "550", "On the wire"} {
		p.sees(".card .facts", words)
	}
	p.sees(`.card a.ref[href^="https://www.rfc-editor.org/rfc/rfc5321"][target=_blank][rel~=noopener]`, "RFC 5321")

	// The reply has its own, and only one card is open.
	p.click(".row--server .row__text", "2.1.5")
	p.sees(".card .facts", "2.1.5")
	p.sees(".card .facts", "May follow")
	if n := p.text(`document.querySelectorAll(".card").length`); n != "1" {
		t.Errorf("%s cards are open", n)
	}
	// With the keys: Escape closes, arrows move, Enter opens.
	p.press(escape)
	p.seesNo(".card", "")
	p.hasFocus(".row--server [data-explain]")
	p.press(down)
	p.press(enter)
	p.sees(".card", "")
	p.hasFocus("[aria-expanded=true]")
	p.press(enter)
	p.seesNo(".card", "")
}

func TestFilters(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "filters"})
	w.fetched("pc2")
	p := s.browse(t, look{})
	p.openLab(w)
	const smtp, pop3, segment, gist, ends = `.row--command[data-proto=smtp]`, `.row--command[data-proto=pop3]`, `.row--segment`, ".row__gist", ".eol"
	all := []string{smtp, pop3, segment, gist, ends}
	shows := func(wanted ...string) {
		t.Helper()
		for _, css := range all {
			if strings.Contains(strings.Join(wanted, "|"), css) {
				p.sees(css, "")
			} else {
				p.seesNo(css, "")
			}
		}
	}
	shows(smtp, pop3, gist)
	p.click(".filters .chip", "SMTP")
	shows(pop3, gist)
	p.click(".filters .chip", "POP3")
	p.click(".filters .chip", "TCP")
	shows(segment)
	p.click(".filters .chip", "SMTP")
	p.click(".filters .chip", "Lines")
	p.click(".filters .chip", "CRLF")
	shows(smtp, segment, ends)

	// The address remembers it.
	p.goTo(strings.TrimPrefix(p.text(`location.href`), s.url))
	shows(smtp, segment, ends)
	p.sees(".filters .chip[aria-pressed=true]", "CRLF")
	p.click(".filters .chip", "Explain")
	shows(smtp, segment, gist, ends)
}

// copying keeps what a page puts on the clipboard.
const copying = `
	const write = navigator.clipboard.writeText.bind(navigator.clipboard);
	navigator.clipboard.writeText = (text) => { window.copied = text; return write(text) };
`

func TestCopyingAsText(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "copied"})
	p := s.browse(t, look{first: copying})
	p.openLab(w)
	p.click(".menu summary", "Save")
	p.click(".menu button", "Copy as text")
	p.sees(".menu button", "Copied ✓")
	if text := p.text(`window.copied`); !strings.Contains(text, "RCPT TO:<pc2@email.com>") || !strings.Contains(text, "250 2.0.0") {
		t.Errorf("what was copied:\n%s", text)
	}
	p.press(escape)
	p.seesNo(".menu button", "")
	p.hasFocus(".menu summary")
}

// Links lead from the windows to the lines on the wire, and from there to the mails.
func TestFromMailToWireAndBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	for range 3 {
		w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "ways"})
	}
	w.fetched("pc2")
	p := s.browse(t, look{})
	p.openLab(w)
	p.click("#host-pc1", "")
	p.click("#window .tab", "Sent")
	p.click("#window .outcome__sentence a", "250 2.0.0")
	p.seesNo("#window", "")
	p.sees(".card", "250")
	p.hasFocus(".row--server[data-open] [data-explain]")
	p.press(escape)
	p.click(".group__mail", "Mail 1 of PC-2")
	p.sees("#window .mail__subject", "ways")
	p.click("#window .mail__ways a", "Delivered by PC-1")
	p.seesNo("#window", "")
	p.hasFocus("#c1 .group__title a")
	p.click("#c1 .group__title a", "PC-1 → SMTP Server")
	p.sees("h1", "One conversation")
	p.click(".sheet__buttons a", "Back to the lab")
	p.sees("#map", "")
}
