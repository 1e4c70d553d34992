package e2e

import (
	"strings"
	"testing"

	"smtplab/sim/lab"
)

// The bench above the trace: what is looked for, what people keep beside it, keys, commands, predictions.
func TestAccessibilityOfTheBench(t *testing.T) {
	t.Parallel()
	for _, device := range []struct {
		name string
		look look
	}{{"desktop", look{still: true, long: true}}, {"phone", look{still: true, phone: true, long: true}}} {
		t.Run(device.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			w := s.newLab(t)
			used(w)
			seq := int(w.seqOf(refusal))
			w.act(lab.Action{Verb: lab.Pin, N: seq})
			w.act(lab.Action{Verb: lab.Note, N: seq, Text: "Why was this refused?\nLook at the enhanced code: " + strings.Repeat("5.1.1 ", 20)})
			p := s.browse(t, device.look)
			p.openLab(w)
			p.lookFor("is:pinned")
			p.sees("#find-said", "1 of ")
			p.click(".row--server .row__text", "550")
			p.sees(".annotate textarea", "")
			p.axe("a filter, and a line with a note")
			p.fits()
			p.lookFor("code:abc")
			p.sees("#find-mistake", "5xx")
			p.forgive("422")
			p.axe("a mistake in a filter")
			p.lookFor("code:2xx recipient")
			p.click(".find .chip", "Find")
			p.sees("#find-said", "match ")
			p.axe("going from match to match")
			p.fits()

			p.openWindow(w.url("/keys"))
			p.sees("#window .keys", "")
			p.axe("the keys")
			p.fits()
			p.press(escape)
			p.seesNo("#window", "")
			p.click("[data-palette]", "")
			p.press("open")
			p.sees("#palette [aria-selected=true]", "Open PC-1")
			p.axe("the commands")
			p.press("xyz")
			p.sees("#palette", "There is no such command here.")
			p.axe("no command")
			p.press(escape)

			p.click("[data-predict]", "")
			p.sees("#predict", "From the next reply on")
			w.act(lab.Action{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: "pc2@email.com, nobody@email.com", Subject: "Foreseen"}})
			p.predicts("What does the server say first?", "try later")
			p.sees("#predict-ask", "EHLO")
			p.axe("predicting a class")
			p.fits()
			p.click("#predict [data-level]", "Code")
			p.sees("#predict [data-offered]", "250")
			p.axe("predicting a code")
			p.fits()
		})
	}
}
