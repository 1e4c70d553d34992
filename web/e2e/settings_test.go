package e2e

import (
	"strings"
	"testing"

	"smtplab/sim/lab"
)

// A mail program is set up with a click and two choices, and its mail goes inside TLS, which can be seen.
func TestSettingUp(t *testing.T) {
	t.Parallel()
	for _, device := range []struct {
		name string
		look look
	}{{"mouse", look{}}, {"phone", look{phone: true}}} {
		t.Run(device.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			w := s.newLab(t)
			p := s.browse(t, device.look)
			p.openLab(w)
			p.click("#host-pc1", "")
			p.click("#window .tab", "Settings")
			p.sees("#window .preset[aria-current]", "Classic")
			p.click("#window .preset", "Submission")
			p.sees("#window .setup__buttons", "Submission is filled in.")
			p.choose("#f-smtp_login", "SCRAM-SHA-256")
			p.fits()
			p.click("#window .btn", "Save")
			p.sees("#window .done", "Saved.")
			if got := p.text(`location.pathname + location.search`); got != w.url("/hosts/pc1/settings?done=saved") {
				t.Errorf("the address is %s", got)
			}
			w.view(func(l *lab.Lab) {
				pc, _ := l.PC("pc1")
				if want := (lab.Access{Port: 587, TLS: lab.TLSRequired, Login: "SCRAM-SHA-256"}); pc.Account.SMTP != want {
					t.Errorf("it is set up as %+v", pc.Account)
				}
			})

			p.click("#window .tab", "Compose")
			p.fill("#f-to", "pc2@email.com")
			p.fill("#f-subject", "Between us")
			p.click("#window button", "Send")
			p.sees("#toasts .toast[data-tone=good]", "The server accepted the mail for pc2@email.com.")
			p.sees(".group__tls", "SMTP · TLS 1.3")
			p.sees(".row--handshake", "ClientHello")
			p.sees(".row--client:has(.row__lock)", "AUTH SCRAM-SHA-256")
			p.sees(".row--response:has(.row__lock)", "")
			p.seesNo(".row--command:has(.row__lock)", "STARTTLS")
			p.fits()

			// The messages of TLS can be hidden, and what carried everything can be shown.
			p.click(".filters .chip", "TLS")
			p.seesNo(".row--handshake", "")
			p.sees(".row--client", "AUTH SCRAM-SHA-256")
			p.click(".filters .chip", "TCP")
			p.sees(".row--segment", "TLS: application data")
			p.seesNo(".row--segment", `\x17`)

			p.openWindow(w.url("/hosts/pc1/sent"))
			p.sees("#window .sent__way", "Port 587, TLS 1.3, login by SCRAM-SHA-256")
		})
	}
}

// choose picks an option of a list, as keys do: by its first letters.
func (p *tab) choose(css, label string) {
	p.t.Helper()
	p.sees(css, label)
	_, err := eval[bool](p, `(css, label) => {
		const list = document.querySelector(css);
		list.focus();
		list.selectedIndex = [...list.options].findIndex((o) => o.text === label);
		list.dispatchEvent(new Event("input", { bubbles: true }));
		list.dispatchEvent(new Event("change", { bubbles: true }));
		return true;
	}`, css, label)
	p.do(err)
}

// The same with keys alone; a mistake has the focus, and leaving without saving is asked about.
func TestSettingUpByKeyboard(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	p := s.browse(t, look{first: `addEventListener("pointerdown", () => console.error("somebody pointed"), true)`})
	p.openLab(w)
	p.tabTo("#host-pc1", "", p.forward)
	p.press(enter)
	p.sees("#window .field--from", "")
	p.tabTo("#window .tab", "Settings", p.pressBack)
	p.press(enter)
	p.hasFocus("#f-server")
	p.tabTo("#f-smtp_port", "", p.forward)
	p.press("x") // the field's text is selected by Tab
	p.press(enter)
	p.sees("#window .field__problem", "A port is a number from 1 to 65535.")
	p.hasFocus("#f-smtp_port[aria-invalid][aria-describedby=p-smtp_port]")
	p.forgive("422")
	p.do(p.selectAll("#f-smtp_port"))
	p.press("2525")
	p.press(escape)
	p.sees("#unsent", "Leave without saving?")
	p.press(enter)
	p.seesNo("#unsent", "")
	p.press(enter)
	p.sees("#window .done", "Saved.")
	p.press(escape)
	p.seesNo("#window", "")
	w.view(func(l *lab.Lab) {
		if pc, _ := l.PC("pc1"); pc.Account.SMTP.Port != 2525 {
			t.Errorf("it is set up as %+v", pc.Account)
		}
	})
}

// selectAll selects the text of a field.
func (p *tab) selectAll(css string) error {
	_, err := eval[bool](p, `(css) => { document.querySelector(css).select(); return true }`, css)
	return err
}

// What the server does not offer any more, it does not say any more.
func TestServerWithoutAnExtension(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	p := s.browse(t, look{})
	p.openLab(w)
	p.click("#host-server", "")
	p.sees("#window .server .terms", "CHUNKING")
	p.click("#window .tab", "Settings")
	p.click("#window .boxgrid .box", "CHUNKING")
	p.fill("#f-aliases", "sales pc1")
	p.click("#window .setup__buttons .btn", "Save")
	p.sees("#window .field__problem", "Line 1: A colon is missing")
	p.hasFocus("#f-aliases")
	p.forgive("422")
	p.do(p.selectAll("#f-aliases"))
	p.press("sales: pc1, pc2")
	p.click("#window .setup__buttons .btn", "Save")
	p.sees("#window .done", "Saved.")
	p.click("#window .btn", "Restart the server")
	p.sees("#window .done", "The server has restarted.")
	p.click("#window .tab", "Overview")
	p.seesNo("#window .server .terms", "CHUNKING")
	p.click("#window .btn", "Okay")
	w.mailed("pc1", lab.Mail{To: "sales@email.com", Subject: "offer"})
	p.sees(".row--server", "250-PIPELINING")
	p.seesNo(".row--server", "CHUNKING")
	p.sees(".toast[data-tone=good]", "The server accepted the mail for sales@email.com.")
}

// The first real program from outside appears on the map of whoever watches, by itself.
func TestOutsideAppears(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.demo(t)
	address := s.letIn(t, w, 25)
	p := s.browse(t, look{first: copying})
	p.openLab(w)
	p.seesNo("#host-outside", "")
	mail := dial(t, address)
	mail.expect("220")
	p.sees("#host-outside", "Outside")
	p.sees("#host-outside", "203.0.113.1")
	p.sees(`[data-cable=outside][data-busy=true]`, "")
	mail.say("EHLO client.example", "250 ")
	mail.say("MAIL FROM:<you@example.org>", "250")
	mail.say("RCPT TO:<pc2@email.com>", "250")
	mail.say("DATA", "354")
	mail.say("Subject: From outside\r\n\r\nHello.\r\n.", "250")
	p.sees(".group__title", "Outside → SMTP Server")
	p.sees(".row--client", "MAIL FROM:<you@example.org>")
	p.sees("#host-pc2 .node__badge", "1")

	// The keys lead there, and its window tells who it is.
	p.tabTo("#host-pc1", "", p.forward)
	p.press(right)
	p.hasFocus("#host-pc2")
	p.press(right)
	p.hasFocus("#host-outside")
	p.press(enter)
	p.sees("#window .win__title", "Outside")
	p.sees("#window .talks", "Outside → SMTP Server")
	p.sees("#window .command__text", "swaks --server 127.0.0.1:2525")
	p.click("#window .command .btn", "Copy")
	p.sees("#window .command .btn", "Copied ✓")
	if got := p.text(`copied`); !strings.HasPrefix(got, "swaks --server 127.0.0.1:2525 --from you@example.org --to ") {
		t.Errorf("%q was copied", got)
	}
	p.press(escape)
	p.hasFocus("#host-outside")
	mail.say("QUIT", "221")
	p.sees(`[data-cable=outside][data-busy=false]`, "")

	// A reset lab has nobody outside.
	w.act(lab.Action{Verb: lab.Reset})
	p.seesNo("#host-outside", "")
	p.seesNo("[data-list-host=outside]", "")
	if n := p.text(`document.querySelectorAll("#map [tabindex='0']").length`); n != "1" {
		t.Errorf("%s hosts are in the tab order", n)
	}
	if strings.Contains(p.text(`document.getElementById("map").innerHTML`), "outside") {
		t.Error("something of it is left on the map")
	}
}
