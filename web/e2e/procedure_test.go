package e2e

import "testing"

// The six steps of the classroom procedure, by pointing: with the mouse, and with a finger on a phone.
func TestProcedure(t *testing.T) {
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

			// 1. Click a PC: its mail window opens, with that PC's own address.
			p.click("#host-pc1", "")
			p.sees("#window .win__title", "PC-1")
			p.sees("#window .field--from", "pc1@email.com")
			if got := p.text(`location.pathname`); got != w.url("/hosts/pc1") {
				t.Errorf("the address is %s", got)
			}

			// 2. Enter recipient, subject, message; Send.
			p.fill("#f-to", "pc2@email.com")
			p.fill("#f-subject", "Meeting")
			p.fill("#f-body", "Noon, at the gate?")
			p.fits()
			p.click("#window button", "Send")

			// 3. A pop-up says how it went.
			p.sees("#toasts .toast[data-tone=good]", "The server accepted the mail for pc2@email.com.")
			p.sees("#toasts .toast", "250 2.0.0")
			p.seesNo("#window", "")
			p.sees(".row--client", "RCPT TO:<pc2@email.com>")
			p.sees(".row--server", "354")
			p.fits()
			p.click("#toasts .toast__close", "")

			// 4. Click Inbox on the receiving PC. 5. The message from PC-1 is displayed there.
			p.click("#host-pc2", "")
			p.sees("#window .field--from", "pc2@email.com")
			p.click("#window .tab", "Inbox")
			p.click("#window button.mails__open", "Meeting")
			p.sees("#window .mail__who", "pc1@email.com")
			p.sees("#window .mail__subject", "Meeting")
			p.sees("#window .mail__text", "Noon, at the gate?")
			p.fits()
			p.click("#window .win__close", "")
			p.seesNo("#window", "")
			p.seesNo("#host-pc2 .node__badge", "")

			// 6. Click the server: a dialog shows its address and its domain, with an Okay button.
			p.click("#host-server", "")
			p.sees("#window .win__title", "SMTP Server")
			p.sees("#window .facts", "192.168.11.4")
			p.sees("#window .facts", "email.com")
			p.fits()
			p.click("#window .btn", "Okay")
			p.seesNo("#window", "")
			if got := p.text(`location.pathname`); got != w.url("") {
				t.Errorf("the address is %s", got)
			}
		})
	}
}

// The same without ever pointing at anything. The focus is always where one expects it.
func TestProcedureByKeyboard(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	p := s.browse(t, look{first: `addEventListener("pointerdown", () => console.error("somebody pointed"), true)`})
	p.openLab(w)

	p.tabTo("a.skip", "", p.forward)
	p.tabTo("#host-pc1", "", p.forward)
	p.press(enter)
	p.hasFocus("#f-to")
	p.press("pc2@email.com")
	p.tabTo("#f-subject", "", p.forward)
	p.press("Meeting")
	p.tabTo("#f-body", "", p.forward)
	p.press("Noon,\rat the gate?")
	p.tabTo("#window button", "Send", p.forward)
	p.press(enter)
	p.sees("#toasts .toast", "The server accepted the mail for pc2@email.com.")
	p.hasFocus("#host-pc1")

	p.press(right)
	p.hasFocus("#host-pc2")
	p.press(enter)
	p.hasFocus("#f-to")
	p.tabTo("#window .tab", "Inbox", p.pressBack)
	p.press(enter)
	p.sees("#window button.mails__open", "Meeting")
	p.tabTo("#window button.mails__open", "Meeting", p.forward)
	p.press(enter)
	p.sees("#window .mail__text", "at the gate?")
	p.press(escape)
	p.seesNo("#window", "")
	p.hasFocus("#host-pc2")

	p.press(down)
	p.hasFocus("#host-server")
	p.press(enter)
	p.sees("#window .win__title", "SMTP Server")
	p.tabTo("#window .btn", "Okay", p.forward)
	p.press(enter)
	p.seesNo("#window", "")
	p.hasFocus("#host-server")

	// The map is one stop on the way of Tab; Home and End go to its first and its last host.
	p.press(home)
	p.hasFocus("#host-pc1")
	p.forward()
	if p.is(`document.activeElement.closest("#map")`) {
		t.Error("Tab stays on the map")
	}
}
