package e2e

import (
	"strings"
	"testing"
	"time"

	"smtplab/sim/lab"
)

// A lesson stops in the middle of a mail and goes on line by line.
func TestPauseAndStep(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.speed(1)
	p := s.browse(t, look{first: noting})
	p.openLab(w)
	w.act(lab.Action{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: "pc2@email.com", Subject: "slow", Body: strings.Repeat("line by line\n", 400)}})
	p.sees(".code", "354")
	p.click("#controls button", "Pause")
	p.sees("#controls[data-paused=true] button[aria-pressed=true]", "Pause")
	p.sees("#host-pc1[data-busy=true]", "PC-1")
	p.sees("#waiting", "PC-1")
	w.view(func(l *lab.Lab) {
		if !l.Paused() || quiet(l) || len(l.Notices(0)) > 0 {
			t.Fatalf("paused %v, over %v", l.Paused(), quiet(l))
		}
	})
	steps := 0
	for over := false; !over; steps++ {
		before := w.last()
		p.click("#controls button", "Step")
		w.until("a step is done", func(l *lab.Lab) bool {
			over = quiet(l)
			return l.Trace().Last() > before
		})
		p.until("the row is there", `(last) => document.getElementById("e" + last) !== null`, w.last())
		if steps > 60 {
			t.Fatal("stepping does not come to an end")
		}
	}
	if steps < 5 {
		t.Errorf("the rest took %d steps", steps)
	}
	p.sees(".toast", "The server accepted the mail for pc2@email.com.")
	p.sees(".line--body", "line by line")
	p.sawAll(w)
	p.click("#controls button", "Run")
	p.sees("#controls[data-paused=false] button[aria-pressed=true]", "Run")
}

// What is far away can be jumped to.
func TestSkipAhead(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	p := s.browse(t, look{})
	p.openLab(w)
	w.act(lab.Action{Verb: lab.Cut, Host: "pc1"})
	w.act(lab.Action{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: "pc2@email.com"}})
	p.sees("#waiting", "A segment from PC-1 was lost.")
	for n := 0; !p.is(`document.querySelector(".toast")`); n++ {
		if n > 40 {
			t.Fatal("skipping does not come to an end")
		}
		before := w.last()
		p.click("#controls button", "Skip ahead")
		w.until("something happens", func(l *lab.Lab) bool { return l.Trace().Last() > before })
		p.until("it is seen", `(last) => document.getElementById("e" + last) !== null`, w.last())
	}
	p.sees(".toast[data-tone=bad]", "timed out")
	w.view(func(l *lab.Lab) {
		if now := time.Duration(l.Now()); now < time.Minute {
			t.Errorf("the lab's clock went only to %v", now)
		}
	})
}

// The speed is a slider for the mouse and the keys; everybody sees where it stands.
func TestSpeed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	p, other := s.browse(t, look{}), s.browse(t, look{})
	p.openLab(w)
	other.openLab(w)
	speedIs := func(want float64) {
		t.Helper()
		w.until("the speed has changed", func(l *lab.Lab) bool { return l.Speed() == want })
	}
	p.tabTo("#speed", "", p.forward)
	p.press(home)
	speedIs(0.25)
	p.sees(".speed output", "1 line per 4 s")
	other.sees(".speed output", "1 line per 4 s")
	p.press(right)
	speedIs(0.5)
	p.press(end)
	speedIs(0)
	other.sees(".speed output", "full speed")
	p.press(tabKey)           // nobody's slider moves under their hand
	other.click("#speed", "") // in its middle
	speedIs(2)
	p.sees(".speed output", "2 lines/s")
}

// A reset asks first, and then begins again for everybody.
func TestReset(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com"})
	p, other := s.browse(t, look{}), s.browse(t, look{})
	p.openLab(w)
	other.openLab(w)
	p.sees("#host-pc2 .node__badge", "1")
	p.click("#controls a", "Reset")
	p.sees("#window .win__title", "Reset the lab?")
	p.hasFocus("#window [data-close]")
	p.click("#window .btn", "Cancel")
	p.seesNo("#window", "")
	p.hasFocus("#controls a")
	p.sees(".row--client", "RCPT")
	p.click("#controls a", "Reset")
	p.click("#window .btn--danger", "Reset")
	for _, tab := range []*tab{p, other} {
		tab.seesNo(".row--client", "RCPT")
		tab.seesNo(".node__badge", "")
	}
	p.seesNo("#window", "")
	w.mailed("pc1", lab.Mail{To: "pc3@email.com"})
	for _, tab := range []*tab{p, other} {
		tab.sees(".row--client", "RCPT TO:<pc3@email.com>")
		tab.sees("#host-pc3 .node__badge", "1")
	}
}

// A cut link shows on the map, to everybody.
func TestConditions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	p, other := s.browse(t, look{}), s.browse(t, look{})
	p.openLab(w)
	other.openLab(w)
	p.click("#controls a", "Conditions…")
	p.click(`#window button[aria-label="Cut the link of PC-2"]`, "Cut")
	p.sees("#window .links", "link cut")
	for _, tab := range []*tab{p, other} {
		tab.sees("#host-pc2[data-up=false]", "")
		tab.sees(`[data-cable=pc2] .cable__cut`, "")
		if name := tab.text(`document.getElementById("host-pc2").getAttribute("aria-label")`); !strings.Contains(name, "link cut") {
			t.Errorf("the map tells screen readers of %q", name)
		}
	}
	p.hasFocus(`#window button[aria-label="Restore the link of PC-2"]`)
	p.click(`#window button[aria-label="Restore the link of PC-2"]`, "Restore")
	for _, tab := range []*tab{p, other} {
		tab.sees("#host-pc2[data-up=true]", "")
		tab.seesNo(".cable__cut", "")
	}
}
