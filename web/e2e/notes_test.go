package e2e

import (
	"fmt"
	"strings"
	"testing"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
)

// One pins a line and writes a note on it; the other, who may only watch, sees both at once and cannot change them.
func TestNotesInTwoBrowsers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com, nobody@email.com", Subject: "noted"})
	seq := w.seqOf(refusal)
	row := fmt.Sprintf("#e%d ", seq)
	one, other := s.browse(t, look{}), s.browse(t, look{})
	one.openLab(w)
	other.goTo("/labs/" + w.ViewID)
	other.sees("#live[data-state=live]", "")

	one.click(row+".row__text", "550")
	one.click(row+"[data-pin]", "Pin")
	for _, p := range []*tab{one, other} {
		p.sees(row+"> .mark .mark__pin", "")
	}
	one.sees(row+"[data-pin][aria-pressed=true]", "Pin")
	one.click(row+".annotate summary", "Note")
	one.fill(row+".annotate textarea", "Why?<b>\rSecond line")
	one.click(row+".annotate .btn", "Keep the note")
	for _, p := range []*tab{one, other} {
		p.sees(row+"> .mark .mark__note p", "Why?<b>")
		p.sees(row+"> .mark .mark__note p:last-child", "Second line")
	}
	other.click(row+".row__text", "550")
	other.sees(row+".card", "RFC 5321")
	other.sees(row+".annotate", "Event ")
	other.seesNo(row+".annotate form", "")

	// The pinned lines are a list, also of what is pinned while one looks at it.
	other.click(".find .chip", "Pinned")
	other.sees("#find-said", "1 of ")
	if rows := other.shownRows(); len(rows) != 1 || rows[0] != seq {
		t.Errorf("pinned are %v", rows)
	}
	greeting := w.seqOf(func(e trace.Event) bool { return e.Code == 220 })
	w.act(lab.Action{Verb: lab.Pin, N: int(greeting)})
	other.sees("#find-said", "2 of ")
	other.sees(fmt.Sprintf("#e%d > .mark .mark__pin", greeting), "")
	other.click(".find .chip", "Pinned")
	other.sees(".row--client", "EHLO")
	other.sees(row+"> .mark .mark__note", "Second line")

	// What is taken away is gone for both. A note is looked for like any other word.
	other.lookFor("second line -host:pc2")
	other.sees("#find-said", "1 of ")
	one.click(row+"[data-pin]", "Pin")
	w.act(lab.Action{Verb: lab.Note, N: int(seq)})
	one.seesNo(row+"> .mark", "")
	other.sees("#find-said", "0 of ")
	other.lookFor("a")
	other.press(backspace)
	other.sees(row, "550")
	other.seesNo(row+"> .mark", "")

	// A note that comes back after a reload.
	w.act(lab.Action{Verb: lab.Note, N: int(seq), Text: "kept"})
	one.sees(row+"> .mark .mark__note", "kept")
	one.goTo(w.url(""))
	one.sees(row+"> .mark .mark__note", "kept")
}

// Without scripts a line is pinned and gets its note on its own page.
func TestNotesWithoutScripts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "noted"})
	p := s.browse(t, look{plain: true})
	p.goTo(w.url("/events/9"))
	p.click(".annotate [data-pin]", "Pin")
	p.sees(".mark__pin", "")
	p.click(".annotate summary", "Note")
	p.fill(".annotate textarea", "By hand")
	p.click(".annotate .btn", "Keep the note")
	p.sees(".mark__note", "By hand")
	if at := p.text(`location.pathname`); at != w.url("/events/9") {
		t.Errorf("it leads to %s", at)
	}
	w.view(func(l *lab.Lab) {
		if a := l.Annotation(9); !a.Pinned || a.Text != "By hand" {
			t.Errorf("the lab has %+v", a)
		}
	})
}

// What somebody is writing is left alone when somebody else writes on the same line; the form has that when it opens again.
func TestNoteOfSomebodyElseInAnOpenForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com"})
	p := s.browse(t, look{})
	p.openLab(w)
	p.click(".row--client .row__text", "RCPT")
	p.click(".annotate summary", "Note")
	p.fill(".annotate textarea", "mine, half written")
	seq := int(w.seqOf(func(e trace.Event) bool { return e.Verb == "RCPT" }))
	w.act(lab.Action{Verb: lab.Note, N: seq, Text: "theirs"})
	p.sees(".mark__note", "theirs")
	if got := p.text(`document.querySelector(".annotate textarea").value`); !strings.HasPrefix(got, "mine") {
		t.Errorf("what is being written became %q", got)
	}
	p.press(escape)
	p.sees(".annotate textarea", "")
	p.click(".row--client .row__text", "RCPT")
	p.seesNo(".card", "")
	p.click(".row--client .row__text", "RCPT")
	p.until("the form has theirs", `() => document.querySelector(".annotate textarea")?.value === "theirs"`)
}
