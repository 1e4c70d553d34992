package e2e

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
)

// shownRows are the numbers of the rows that can be seen.
func (p *tab) shownRows() []uint64 {
	p.t.Helper()
	seqs, err := eval[[]uint64](p, `() => [...document.querySelectorAll("#groups .row")].filter((r) => r.checkVisibility()).map((r) => Number(r.dataset.seq))`)
	p.do(err)
	return seqs
}

// lookFor fills the box, in the place of what is in it. The text comes as one, as if pasted: a part of one is a mistake,
// and slow typing would make it.
func (p *tab) lookFor(text string) {
	p.t.Helper()
	p.click("#find-text", "")
	p.hasFocus("#find-text")
	p.until("the box is empty", `() => { document.activeElement.select(); return true }`)
	p.insert(text)
}

// seqOf is the first event of a lab of which f is true.
func (w *world) seqOf(f func(trace.Event) bool) (seq uint64) {
	w.t.Helper()
	w.view(func(l *lab.Lab) {
		for e := range l.Trace().After(0) {
			if f(e) {
				seq = e.Seq
				return
			}
		}
	})
	if seq == 0 {
		w.t.Fatal("there is no such event")
	}
	return seq
}

func refusal(e trace.Event) bool { return e.Code == 550 }

// A filter leaves the lines that match, says how many, takes those that come, and stays in the address.
func TestFilterBox(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com, nobody@email.com", Subject: "filtered"})
	w.fetched("pc2")
	p := s.browse(t, look{})
	p.openLab(w)
	all := len(p.shownRows())

	p.lookFor("verb:rcpt code:5xx")
	p.sees("#find-said", fmt.Sprintf("1 of %d lines", all))
	if rows := p.shownRows(); len(rows) != 1 || rows[0] != w.seqOf(refusal) {
		t.Errorf("rows %v are left", rows)
	}
	// What comes and matches is added; the rest is counted.
	w.mailed("pc3", lab.Mail{To: "nobody@email.com", Subject: "again"})
	p.sees("#find-said", "2 of ")
	p.until("there are two rows", `() => document.querySelectorAll("#groups .row").length === 2`)
	p.sees(".group .outcome", "refused: 550")

	// The address brings it back, and the buttons above have their say.
	p.goTo(strings.TrimPrefix(p.text(`location.href`), s.url))
	p.sees("#find-said", "2 of ")
	if got := p.text(`document.getElementById("find-text").value`); got != "verb:rcpt code:5xx" {
		t.Errorf("the box says %q", got)
	}
	p.lookFor("kind:segment")
	p.sees("#find-said", "0 of ")
	p.sees("#find-said", " more hidden")
	p.sees(".log__none", "No line matches.")
	p.click(".filters .chip", "TCP")
	p.seesNo("#find-said", "more hidden")
	p.sees(".row--segment", "octets")

	// A mistake says what would be right, and leaves what is shown.
	before := p.shownRows()
	p.lookFor("code:abc")
	p.sees("#find-mistake", "5xx")
	p.forgive("422")
	p.is(`document.getElementById("find-text").ariaInvalid === "true"`)
	if after := p.shownRows(); len(after) != len(before) {
		t.Errorf("a mistake leaves %d rows of %d", len(after), len(before))
	}

	// Without words everything is there again, and what comes live.
	p.lookFor("")
	p.press(backspace)
	p.seesNo("#find-mistake", "")
	p.sees(".row--client", "EHLO")
	if got := p.text(`location.search`); strings.Contains(got, "q=") {
		t.Errorf("the address still has %s", got)
	}
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "live again"})
	p.sees(".line--header", "Subject: live again")
	rows := p.shownRows()
	seen := map[uint64]bool{}
	for _, seq := range rows {
		if seen[seq] {
			t.Errorf("row %d is there twice", seq)
		}
		seen[seq] = true
	}
	if len(rows) != int(w.last()) {
		t.Errorf("%d rows for %d events", len(rows), w.last())
	}
}

// Without scripts the form does it, and find leads to the page around the match.
func TestFilterBoxWithoutScripts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	for range 12 {
		w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "plain"})
	}
	w.mailed("pc1", lab.Mail{To: "nobody@email.com", Subject: "plain"})
	p := s.browse(t, look{plain: true})
	p.goTo(w.url("?q=verb%3Aehlo+kind%3Acommand"))
	p.sees("#find-said", "13 of ")
	p.click(".find .chip", "Find")
	p.sees("#find-said", "13 matches")
	p.click(".find__steps [name=after]", "")
	p.sees("#find-said", "match 1 of 13")
	p.sees(fmt.Sprintf("#e%d.row--hit", w.seqOf(func(e trace.Event) bool { return e.Verb == "EHLO" })), "EHLO")
	p.click(".find__steps [name=before]", "")
	p.sees("#find-said", "match 13 of 13")
	p.click(".filters .chip", "TCP")
	p.sees(".find .chip[aria-pressed=true]", "Find")
	p.sees("#find-said", "13 matches")
}

// Find goes from match to match through a trace of which the page holds only a part, and back to now.
func TestFindNext(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "nobody@email.com", Subject: "the first"})
	first := w.seqOf(refusal)
	for w.last() < 2400 {
		w.mailed("pc1", lab.Mail{To: "pc2@email.com, pc3@email.com", Subject: "hay"})
	}
	w.mailed("pc3", lab.Mail{To: "nobody@email.com", Subject: "the last"})
	var last uint64
	w.view(func(l *lab.Lab) {
		for e := range l.Trace().After(first) {
			if refusal(e) {
				last = e.Seq
			}
		}
	})
	p := s.browse(t, look{})
	p.openLab(w)
	p.lookFor("code:550 mailbox")
	p.click(".find .chip", "Find")
	at := func(seq uint64, words string) {
		t.Helper()
		p.sees("#find-said", words)
		p.until(fmt.Sprintf("one is at %d", seq), `(seq) => {
			const row = document.querySelector("#e" + seq + ".row--hit[aria-current=true]");
			const [box, log] = [row?.getBoundingClientRect(), document.getElementById("log").getBoundingClientRect()];
			return Boolean(row) && box.top >= log.top && box.bottom <= log.bottom;
		}`, seq)
	}
	at(last, "match 2 of 2")
	p.seesNo("#log-now", "")
	p.click(".find__steps [name=before]", "")
	at(first, "match 1 of 2")
	p.sees("#log-now", "Back to now")
	p.click(".find__steps [name=before]", "")
	at(last, "from the end: match 2 of 2")
	p.click("#find-text", "")
	p.press(enter)
	at(first, "from the beginning: match 1 of 2")
	p.hasFocus("#find-text")

	// What comes meanwhile does not run into the past; back to now shows it, without a gap.
	w.mailed("pc1", lab.Mail{To: "nobody@email.com, pc2@email.com", Subject: "while away"})
	p.seesNo(".line--header", "Subject: while away")
	p.click("#log-now", "")
	p.sees(".line--header", "Subject: while away")
	p.sees("#find-said", "3 matches")
	p.seesNo("#log-now", "")
	rows := p.shownRows()
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "and on"})
	p.sees(".line--header", "Subject: and on")
	if now := p.shownRows(); len(now) <= len(rows) || now[0] != rows[0] {
		t.Errorf("rows %d to %d became %d to %d", rows[0], rows[len(rows)-1], now[0], now[len(now)-1])
	}

	// By keyboard, and in the address.
	p.press("n")
	p.sees("#find-said", "match ")
	p.hasFocus(".row[aria-current=true] [data-explain]")
	q, err := url.ParseQuery(strings.TrimPrefix(p.text(`location.search`), "?"))
	if err != nil || q.Get("q") != "code:550 mailbox" || q.Get("mode") != "find" {
		t.Errorf("the address has %v", q)
	}
}

// What is looked for is looked for in the past too, where the past is shown.
func TestFilterInThePast(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "nobody@email.com", Subject: "one"})
	between := w.last()
	w.mailed("pc1", lab.Mail{To: "nobody@email.com", Subject: "two"})
	p := s.browse(t, look{})
	p.openLab(w)
	p.lookFor("code:550")
	p.sees("#find-said", "2 of ")
	p.click("#moment", "")
	p.until("the slider can be moved", `(seq) => { const m = document.getElementById("moment"); m.value = seq; m.dispatchEvent(new Event("input", { bubbles: true })); return true }`, between)
	p.sees("#desk", "This is the past")
	p.sees("#find-said", "1 of ")
	p.until("there is one row", `() => document.querySelectorAll("#groups .row").length === 1`)
	p.lookFor("rcpt")
	p.sees("#find-said", "2 of ")
	p.goTo(strings.TrimPrefix(p.text(`location.href`), s.url))
	p.sees("#desk", "This is the past")
	p.sees("#find-said", "2 of ")
	p.press("b")
	p.sees("#time", "Now, at event")
}
