package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"smtplab/sim/lab"
)

// terminals are windows in which people type; rows of theirs are .said.

// types types a line and sends it with Enter, as at any terminal.
func (p *tab) types(line string) {
	p.t.Helper()
	p.press(line)
	p.press(enter)
}

// pastes puts a text into the field that has the focus, as Ctrl+V does.
func (p *tab) pastes(text string) {
	p.t.Helper()
	_, err := eval[bool](p, `(text) => {
		const data = new DataTransfer();
		data.setData("text/plain", text);
		const field = document.activeElement;
		if (field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }))) field.setRangeText(text);
		return true;
	}`, text)
	p.do(err)
}

// follow follows the link that has the focus, as Enter does. A key of the test comes in two halves, of which the second
// could reach the field that has the focus by then.
func (p *tab) follow() {
	p.t.Helper()
	p.do(func() error {
		_, err := eval[bool](p, `() => { document.activeElement.click(); return true }`)
		return err
	}())
}

// A whole mail by hand, with line ends that no mail program sends, a history, and a paste that goes out as one write.
func TestTerminal(t *testing.T) {
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
			p.click("#window .tab", "Terminal")
			p.hasFocus("#f-target")
			p.do(p.selectAll("#f-target"))
			p.types("nowhere.example")
			p.sees("#window .field__problem", "“nowhere.example” is no name in this lab.")
			p.forgive("422")
			p.do(p.selectAll("#f-target"))
			p.types("email.com")
			p.sees(".said .code", "220")
			p.hasFocus("#term-text")
			p.fits()
			p.types("EHLO pc1.email.com")
			p.sees(".said", "250 HELP")
			p.sees(".term__state", "greeted")
			p.sees(".gist", "The server answers and lists its extensions.")

			// What could be said is there for those who ask, and stays away from those who do not.
			p.seesNo(".nexts a", "")
			p.click(".nexts summary", "What could I say?")
			p.click(".nexts a", "MAIL FROM:<pc1@email.com>")
			p.hasFocus("#term-text")
			p.press(enter)
			p.sees(".said", "250 2.1.0")
			p.sees(".nexts a", "RCPT TO:<pc2@email.com>")
			p.click(".nexts summary", "")
			p.seesNo(".nexts a", "")
			p.click("#term-text", "")

			// The history goes back and forth, to what was being typed.
			p.press("RC")
			p.press(kb.ArrowUp)
			p.press(kb.ArrowUp)
			p.until("the first line is back", `() => document.getElementById("term-text").value === "EHLO pc1.email.com"`)
			p.press(kb.ArrowDown)
			p.press(kb.ArrowDown)
			p.types("PT TO:<pc2@email.com>")
			p.sees(".said", "250 2.1.5")

			// LF alone is shown as what it is, and does not end the line for the server.
			p.choose("#term-end", "LF alone")
			p.click("#term-text", "")
			p.types("NOOP")
			p.sees(`.said__eol[data-eol=LF]`, "LF")
			p.sees(".term__side", "Your line has no end yet")
			p.choose("#term-end", "CRLF")
			p.click("#term-text", "")
			p.types("NOOP")
			p.sees(".said", "500 5.5.2")
			p.click(".say__how .box", "Escapes")
			p.click("#term-text", "")
			p.types(`RCPT\0`)
			p.sees(".said--mine", `RCPT\x00`)
			p.click("#term-text", "")
			p.types(`\q`)
			p.sees("#window .field__problem", "is no escape")
			p.until("the line is back", `() => document.getElementById("term-text").value === "\\q"`)
			p.forgive("422")
			p.do(p.selectAll("#term-text"))
			p.types("DATA")
			p.sees(".said", "354")

			// Several lines are one write.
			p.pastes("Subject: By hand\n\nTyped, and pasted.\n.\nQUIT\n")
			p.sees("textarea#term-text", "")
			before := w.last()
			p.click("#window .say button", "Send")
			p.sees(".said", "221 2.0.0")
			p.sees(".term__status", "is closed")
			p.seesNo("#term-text", "")
			p.fits()
			segments := 0
			w.view(func(l *lab.Lab) {
				for e := range l.Trace().After(before) {
					if e.From == "pc1" && e.Note == "" && e.Kind.String() == "segment" {
						segments++
					}
				}
			})
			if segments != 1 {
				t.Errorf("what was pasted went out in %d segments", segments)
			}
			w.fetched("pc2")
			w.view(func(l *lab.Lab) {
				if m, _ := l.Inbox("pc2", 1); !strings.Contains(string(m.Raw), "Subject: By hand\r\n\r\nTyped, and pasted.\r\n") {
					t.Errorf("PC-2 has %q", m.Raw)
				}
			})
		})
	}
}

// Two terminals of one PC, opened by keys alone; a host that refuses; and what is said while the lab is paused.
func TestTerminals(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	p := s.browse(t, look{first: `addEventListener("pointerdown", () => console.error("somebody pointed"), true)`})
	p.openLab(w)
	p.openWindow(w.url("/hosts/pc3/terminal"))
	p.hasFocus("#f-target")
	p.press(enter)
	p.sees(".said .code", "220")
	p.tabTo(".term__lines a", "+ New", p.pressBack)
	p.follow()
	p.hasFocus("#f-target")
	p.do(p.selectAll("#f-target"))
	p.press("pc1")
	p.forward()
	p.hasFocus("#f-port")
	p.do(p.selectAll("#f-port"))
	p.press("2525")
	p.press(enter)
	p.sees(".term__status", "Refused: nobody listens on port 2525 of PC-1.")
	p.tabTo(".term__lines a", "SMTP Server:25", p.pressBack)
	p.follow()
	p.hasFocus("#term-text")
	w.act(lab.Action{Verb: lab.Pause})
	p.sees(".term__paused", "The lab is paused")
	p.types("EHLO waits")
	p.sees(".said--mine", "EHLO waits")
	p.seesNo(".said .code", "250")
	w.act(lab.Action{Verb: lab.Run})
	p.sees(".said .code", "250")
	p.seesNo(".term__paused", "")
	p.tabTo(".term__foot button", "Close", p.forward)
	p.press(enter)
	p.sees(".term__status", "is closed")

	// A reset takes the connections away.
	w.act(lab.Action{Verb: lab.Reset})
	p.sees(".term__dial", "")
	p.forgive("404")
	p.sees("#window .win__title", "PC-3")
}

// Without JavaScript the same, by forms.
func TestTerminalWithoutJavaScript(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	p := s.browse(t, look{plain: true})
	p.goTo(w.url("/hosts/pc1/terminal"))
	p.click(".term__dial button", "Connect")
	p.until("it went there", `() => location.pathname.endsWith("/terminal/1")`) // or the next click would take its place
	p.click(".term__again a", "Look again")
	p.sees(".said .code", "220")
	p.fill("#term-text", "EHLO pc1")
	p.press(enter)
	p.sees(".said", "EHLO pc1")
	p.click(".term__again a", "Look again")
	p.sees(".said", "250 HELP")
	p.click(".say__how a", "Several lines")
	p.fill("textarea#term-text", "MAIL FROM:<>\nRCPT TO:<pc2@email.com>\nQUIT")
	p.click(".say button", "Send")
	p.sees(".said", "QUIT")
	p.click(".term__again a", "Look again")
	p.sees(".said", "250 2.1.5")
	p.sees(".term__status", "is closed")
}

// The PC's client calls, and a person answers: rightly, wrongly, and to the end.
func TestBeingTheServer(t *testing.T) {
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
			p.click("#host-server", "")
			p.click("#window .tab", "Answer")
			p.click(".term__hand button", "Be the server")
			p.sees("#window .empty", "Nobody has called yet.")
			w.act(lab.Action{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: "pc2@email.com", Subject: "Who is there?"}})
			p.sees(".quick", "220 email.com ESMTP service ready") // whoever calls appears by itself
			p.click(".quick", "220")
			p.sees(".asked li:first-child", "EHLO pc1.email.com")
			p.sees(".said--mine[data-verdict=legal]", "220 email.com")
			p.fits()
			p.click(".quick", "250 email.com greets you, with")
			p.sees(".asked li:first-child", "MAIL FROM:<pc1@email.com>")
			p.sees(".said--mine", "250-SIZE 10485760")
			p.seesNo(".said--mine", "STARTTLS")
			p.click(".quick", "250 Sender OK")
			p.sees(".asked li:first-child", "RCPT TO:<pc2@email.com>")
			p.click(".quick", "250 Recipient OK")
			p.sees(".asked li:first-child", "DATA")

			// What is wrong is said, with what would have been right.
			p.fill("#term-text", "250 OK")
			p.press(enter)
			p.sees(".said--mine[data-verdict=breach]", "DATA is granted with 354, not with a 2.")
			p.sees(".term__breaches", "354 tells the client to begin with it.")
			p.sees(".term__breaches", "354 · 554 · 503")
			p.fits()
			p.sees(".term__status", "is closed") // the client cannot go on
			p.sees("#toasts .toast", "does not fit the command DATA")

			w.act(lab.Action{Verb: lab.Send, Host: "pc3", Mail: &lab.Mail{To: "pc1@email.com"}})
			p.click(".term__lines a:has(.term__waits)", "PC-3")
			p.fill("#term-text", "554 No mail today")
			p.press(enter)
			p.sees(".asked li:first-child", "QUIT")
			p.click(".quick", "221 email.com")
			p.sees(".said--mine[data-verdict=legal]", "221 email.com")
			p.sees(".term__status", "is closed")

			p.click(".term__hand button", "Let the program answer")
			p.sees(".term__hand", "Be the server.")
			w.mailed("pc1", lab.Mail{To: "pc2@email.com"})
			p.click("#window .tab", "Overview")
			p.sees(".boxes", "pc2@email.com 1")
		})
	}
}
