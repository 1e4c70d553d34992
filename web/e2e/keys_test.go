package e2e

import (
	"fmt"
	"strings"
	"testing"

	"smtplab/sim/lab"
)

// The single keys do what the sheet says, never while somebody types, and not at all when they are switched off.
func TestSingleKeys(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "keys"})
	w.mailed("pc2", lab.Mail{To: "pc1@email.com", Subject: "keys"})
	p := s.browse(t, look{})
	p.openLab(w)

	p.press("r")
	p.sees("#controls [data-do=pause][aria-pressed=true]", "")
	w.act(lab.Action{Verb: lab.Send, Host: "pc3", Mail: &lab.Mail{To: "pc1@email.com"}})
	p.sees("#controls [data-do=step][aria-disabled=false]", "")
	before := w.last()
	p.press("k")
	w.until("a step was taken", func(l *lab.Lab) bool { return l.Trace().Last() > before })
	p.until("the step was answered", `() => !document.querySelector("#controls form").dataset.sending`)
	p.press("r")
	p.sees("#controls [data-do=run][aria-pressed=true]", "")
	w.until("it is over", quiet)

	p.sees(".row__gist", "")
	p.press("e")
	p.seesNo(".row__gist", "")
	p.press("e")
	p.sees(".row__gist", "")

	p.press("[")
	p.hasFocus(".group__title a")
	third := p.text(`document.activeElement.closest(".group").id`)
	p.press("[")
	p.until("one is at another conversation", `(id) => document.activeElement.closest(".group")?.id !== id`, third)
	p.press("]")
	p.until("one is back", `(id) => document.activeElement.closest(".group")?.id === id`, third)

	p.click(".row--client .row__text", "EHLO")
	p.press("m")
	p.sees(".row[data-open] > .mark .mark__pin", "")
	p.press("m")
	p.seesNo(".row[data-open] > .mark .mark__pin", "")

	p.press("g2")
	p.sees("#window .win__title", "PC-2")
	p.hasFocus("#window #f-to") // where the keys are letters
	p.press("kre?/")
	if got := p.text(`document.getElementById("f-to").value`); got != "kre?/" {
		t.Errorf("what was typed became %q", got)
	}
	p.press(escape)
	p.click("#unsent button", "Throw away")
	p.hasFocus("#host-pc2")
	p.press("c")
	p.sees("#window .win__title", "PC-1")
	p.press(escape)
	p.seesNo("#window", "")
	p.press("/")
	p.hasFocus("#find-text")
	p.press(backspace) // the test's keyboard types also what a page does not want typed
	p.press(escape)
	p.hasFocus("#log")

	// The sheet has the switch. This browser remembers it.
	p.press("?")
	p.sees("#window .win__title", "Keyboard shortcuts")
	p.hasFocus("#window [data-single-keys]:checked")
	p.press(" ")
	p.hasFocus("#window [data-single-keys]:not(:checked)")
	p.press(escape)
	p.seesNo("#window", "")
	p.press("/e?")
	p.pressControl("k")
	p.sees("#palette", "")
	p.press(escape)
	if p.is(`document.getElementById("find-text") === document.activeElement || document.querySelector("#window[open]")`) || !p.is(`document.querySelector(".row__gist").checkVisibility()`) {
		t.Error("a key worked that was switched off")
	}
	p.openLab(w)
	p.press("/")
	p.click(".bench__keys", "")
	p.sees("#window [data-single-keys]:not(:checked)", "")
	p.click("#window [data-single-keys]", "")
	p.press(escape)
	p.seesNo("#window", "")
	p.press("/")
	p.hasFocus("#find-text")
}

// The palette by keyboard: it finds by letters, runs, remembers, and gives the focus back.
func TestPalette(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	for w.last() < 260 {
		w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "palette"})
	}
	p := s.browse(t, look{})
	p.openLab(w)
	p.click(".group:last-child .row--client .row__text", "QUIT")
	p.hasFocus(".row [data-explain]")
	p.pressControl("k")
	p.hasFocus("#palette [role=combobox]")
	p.sees("#palette [role=option]", "Open PC-1")
	p.sees("#palette [role=option]", "Save: CSV .csv")
	p.sees("#palette [role=option]", "Theory: Glossary")
	chosen := func(words string) {
		t.Helper()
		p.until(words+" is chosen", `(words) => {
			const field = document.querySelector("#palette [role=combobox]");
			const option = document.getElementById(field.getAttribute("aria-activedescendant"));
			return option?.ariaSelected === "true" && option.textContent.includes(words) && document.querySelectorAll("#palette [aria-selected=true]").length === 1;
		}`, words)
	}
	p.press("opc2")
	chosen("Open PC-2")
	p.press(strings.Repeat(backspace, 4) + "prot")
	chosen("Protocols: SMTP")
	p.press(down)
	chosen("Protocols: POP3")
	p.press(escape)
	p.seesNo("#palette", "")
	p.hasFocus(".row [data-explain]")
	p.sees(".card", "") // it was the palette that was closed, and not the card

	p.pressControl("k")
	p.press("protcp" + enter)
	p.seesNo("#palette", "")
	p.sees(".row--segment", "")
	p.pressControl("k")
	chosen("Protocols: TCP") // what was used last comes first
	p.press("nothing of the kind")
	p.sees("#palette [data-none]", "There is no such command here.")
	p.press(enter)
	p.sees("#palette", "")
	p.press(escape)

	p.pressControl("k")
	p.press("5" + enter)
	p.sees("#e5 .card", "")
	p.hasFocus("#e5 [data-explain]")
	p.sees("#log-now", "Back to now")
	p.pressControl("k")
	p.press("99999" + enter)
	p.sees(".toast", "not on the wire any more")
	p.forgive("404")

	p.click("[data-palette]", "")
	p.press("notices" + enter)
	p.sees("#window .win__title", "Notices")

	// Who may only look on is offered nothing that acts.
	p.goTo("/labs/" + w.ViewID)
	p.sees("#live[data-state=live]", "")
	p.pressControl("k")
	p.sees("#palette [role=option]", "Open PC-1")
	for _, words := range []string{"Skip ahead", "Reset", "Write a mail", "Pin or unpin"} {
		p.seesNo("#palette [role=option]", words)
	}
}

// Every key of the sheet that does not need a moment of its own is in the palette, with its key.
func TestPaletteListsTheKeys(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com"})
	w.act(lab.Action{Verb: lab.Pause})
	w.act(lab.Action{Verb: lab.Send, Host: "pc3", Mail: &lab.Mail{To: "pc1@email.com"}})
	p := s.browse(t, look{})
	p.openLab(w)
	p.lookFor("rcpt")
	p.click(".find .chip", "Find")
	p.sees("#find-said", "match ")
	p.openWindow(w.url("/keys"))
	p.sees("#window .keys__list", "")
	names, err := eval[[]string](p, `() => [...document.querySelectorAll("#window [data-key]")].map((row) => row.querySelector("b").textContent).filter((name) => !name.startsWith("Answer") && !["Open a host", "Forward in time", "Back to now"].includes(name))`)
	p.do(err)
	p.press(escape)
	p.pressControl("k")
	for _, name := range names {
		p.sees("#palette [role=option]", name)
	}
	if len(names) < 12 {
		t.Error(fmt.Sprint("only ", names))
	}
}
