package e2e

import (
	"fmt"
	"strings"
	"testing"

	"smtplab/sim/lab"
)

// visible is what the parts of the page say that depend on the moment, besides the bar of time itself.
const visible = `[...document.querySelectorAll("[data-moment]:not(#time, #desk)")].map((e) => e.id + " " + e.outerHTML.replace(/\/labs\/[a-z0-9-]+(\/at\/\d+)?/g, "").replace(/ (tabindex="-?\d+"|data-fresh="")/g, "")).join("\n")`

// A teacher goes back by the slider and by steps, opens windows there, and comes back to now; each moment can be handed
// on by its address, and looks the same when it is opened by that.
func TestGoingBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "Lunch"})
	w.fetched("pc2")
	last := w.last()
	p := s.browse(t, look{})
	p.openLab(w)
	p.sees("#host-pc2 .node__badge", "1")
	p.sees("#time", fmt.Sprintf("Now, at event %d", last))

	p.click("#time [data-time-step=back]", "")
	p.sees("#desk", "This is the past")
	p.until("it is the line before the last", `() => location.search.includes("at=") && document.getElementById("moment").value < document.getElementById("moment").max`)
	p.click("#time [data-time-step=forth]", "")
	p.until("the slider moves on", `(last) => document.getElementById("moment").value <= last`, last)

	// By keys, to the beginning: nothing is in the inbox, nobody has said anything.
	p.tabTo("#moment", "", p.forward)
	p.press(home)
	p.sees("#time-what", "Event 1 of")
	p.hasFocus("#moment")
	p.until("the map is as it was", `() => document.querySelector("#host-pc2 [data-unread]").dataset.unread === "0" && document.querySelectorAll(".row").length === 1`)
	for range 12 {
		p.press(right)
	}
	p.sees("#time-what", "Event 13 of")
	p.until("what was said by then is there", `() => document.querySelectorAll(".row").length === 13 && location.search.includes("at=13")`)

	// Its windows are of then, and offer nothing that acts.
	p.click("#host-pc2", "")
	p.sees("#window .win__title", "PC-2")
	p.seesNo("#window form[method=post]", "")
	p.seesNo("#window", "Lunch")
	p.press(escape)
	p.sees("#desk", "This is the past")
	p.wait()

	// Whoever opens the address sees the same.
	there := p.text(visible)
	other := s.browse(t, look{})
	other.goTo(strings.TrimPrefix(p.text(`location.href`), s.url))
	other.sees("#desk", "This is the past")
	if got := other.text(visible); got != there {
		t.Errorf("the address shows another moment:\n%s\nwant\n%s", got, there)
	}

	// Meanwhile the lab goes on, which the past is told of and not shown.
	w.mailed("pc3", lab.Mail{To: "pc1@email.com"})
	p.until("the slider is longer", `(last) => Number(document.getElementById("moment").max) === last`, w.last())
	if got := p.text(visible); got != there {
		t.Errorf("the past has changed:\n%s\nwant\n%s", got, there)
	}
	p.click("#desk a", "Back to now")
	p.sees("#time", fmt.Sprintf("Now, at event %d", w.last()))
	p.sees(".row--client", "RCPT TO:<pc1@email.com>")
	p.back()
	p.sees("#desk", "This is the past")
}

// Back and forth is where one was, at every pace.
func TestBackAndForth(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "Lunch"})
	w.mailed("pc2", lab.Mail{To: "pc1@email.com", Subject: "Re: Lunch"})
	p := s.browse(t, look{phone: true})
	p.goTo(w.url(fmt.Sprintf("?at=%d", w.last()/2)))
	p.sees("#desk", "This is the past")
	p.fits()
	for _, pace := range []string{"by event", "by line", "by exchange", "by conversation"} {
		p.choose("#pace", pace)
		at := func() string { return p.text(`document.getElementById("moment").value`) }
		step := func(way string) {
			t.Helper()
			from := at()
			p.click("#time [data-time-step="+way+"]", "")
			p.until("the moment is another", `(from) => document.getElementById("moment").value !== from && location.search.includes("at=" + document.getElementById("moment").value)`, from)
			p.wait()
		}
		step("back")
		there, shown := at(), p.text(visible)
		step("forth")
		step("back")
		if at() != there || p.text(visible) != shown {
			t.Errorf("%s: at %s, want %s", pace, at(), there)
		}
	}
}

// A fork is a lab of one's own, from the moment that is seen.
func TestGoingOnFromAMoment(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "Lunch"})
	moment := w.last()
	w.mailed("pc2", lab.Mail{To: "pc3@email.com"})
	p := s.browse(t, look{})
	p.goTo(w.url(fmt.Sprintf("?at=%d", moment)))
	p.click("#desk a", "Go on from here")
	p.sees("#window .win__title", "Go on from here in a lab of its own?")
	p.click("#window button", "Make the lab")
	p.until("it is another lab", `(id) => !location.pathname.includes(id) && document.getElementById("live")?.dataset.state === "live"`, w.ID)
	p.sees("#time", fmt.Sprintf("Now, at event %d", moment))
	p.sees("#controls [data-do=pause][aria-pressed=true]", "") // there is time to do something else
	p.sees("#host-pc2 .node__badge", "1")
	p.until("PC-3 has none", `() => document.querySelector("#host-pc3 [data-unread]").dataset.unread === "0"`)
}

// What was done last is taken back, for everybody who watches.
func TestTakingBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "kept"})
	kept := w.last()
	p, other := s.browse(t, look{}), s.browse(t, look{})
	p.openLab(w)
	other.openLab(w)
	w.mailed("pc3", lab.Mail{To: "pc2@email.com", Subject: "regretted"})
	for _, tab := range []*tab{p, other} {
		tab.sees("#host-pc2 .node__badge", "2")
	}
	p.click("#controls button", "Undo")
	for _, tab := range []*tab{p, other} {
		tab.sees("#host-pc2 .node__badge", "1")
		tab.sees("#time", fmt.Sprintf("Now, at event %d", kept))
		tab.seesNo(".row--client", "MAIL FROM:<pc3@email.com>")
	}
	w.mailed("pc3", lab.Mail{To: "pc1@email.com", Subject: "instead"})
	other.sees("#host-pc1 .node__badge", "1")
}

// The pages of those who watch go to the moments that the presenter goes to, and back to now when he has left. Who does
// not want to follow need not.
func TestPresenting(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "Lunch"})
	teacher, student, colleague := s.browse(t, look{}), s.browse(t, look{phone: true}), s.browse(t, look{})
	teacher.openLab(w)
	student.goTo("/labs/" + w.ViewID)
	student.sees("#live[data-state=live]", "")
	colleague.openLab(w)
	student.seesNo("[data-present]", "")

	teacher.click("[data-present]", "Present")
	teacher.sees("#presenting", "You present.")
	student.sees("#presenting", "You follow the presenter.")
	colleague.sees("#presenting", "Somebody is presenting.")
	teacher.click("#time [data-time-step=back]", "")
	student.sees("#desk", "This is the past")
	moment := func(p *tab) string { return p.text(`document.getElementById("moment").value`) }
	at := moment(teacher)
	student.until("it is the same moment", `(at) => document.getElementById("moment").value === at`, at)
	if colleague.is(`document.getElementById("lab").dataset.past === "true"`) {
		t.Error("who acts in the lab was taken along without being asked")
	}
	colleague.click("#presenting button", "Follow")
	colleague.until("it is the same moment", `(at) => document.getElementById("moment").value === at`, at)
	colleague.click("#presenting button", "Stop following")
	teacher.click("#time [data-time-step=back]", "")
	teacher.until("it is another moment", `(at) => document.getElementById("moment").value !== at`, at)
	student.until("it is the same moment", `(at) => document.getElementById("moment").value === at`, moment(teacher))
	if moment(colleague) != at {
		t.Error("who does not follow was taken along")
	}
	student.fits()

	teacher.click("#desk a", "Back to now")
	teacher.sees("#time", "Now, at event")
	student.sees("#time", "Now, at event")
	teacher.click("#time [data-time-step=back]", "")
	student.sees("#desk", "This is the past")
	teacher.goTo("/theory/aim") // he leaves
	student.sees("#time", "Now, at event")

	teacher.openLab(w) // and is back, as the tab remembers
	teacher.sees("#presenting", "You present.")
	student.sees("#presenting", "You follow the presenter.")
	teacher.click("#presenting button", "Stop presenting")
	student.sees("#presenting", "The presenter has left.")
	teacher.seesNo("#presenting", "")
	teacher.sees("[data-present][aria-pressed=false]", "Present")
}

// On the projector the next line comes with one key, and nobody reads a password.
func TestProjector(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "Lunch"})
	w.fetched("pc2")
	p := s.browse(t, look{})
	p.openLab(w)
	p.sees(".secret", "pc2")
	p.click(".bar [data-projector]", "Projector")
	p.until("passwords are hidden", `() => [...document.querySelectorAll(".secret")].every((e) => getComputedStyle(e).color === "rgba(0, 0, 0, 0)")`)
	p.tabTo("#moment", "", p.forward)
	p.press(home)
	p.sees("#time-what", "Event 1 of")
	p.tabTo("#log", "", p.forward)
	for n := range 5 {
		before := p.text(`document.getElementById("moment").value`)
		p.press(" ")
		p.until(fmt.Sprintf("line %d is there", n), `(before) => Number(document.getElementById("moment").value) > Number(before) && location.search.includes("at=" + document.getElementById("moment").value)`, before)
		p.wait()
	}
	p.fits()
	p.shoot("the-projector")

	p.openLab(w)
	p.click("#host-pc1", "")
	p.click("#window .tab", "Settings")
	p.sees("#window label", "Password")
	p.seesNo("#window small", "Shown readably")
	p.shoot("settings-on-the-projector")
}

// The space bar shows the next line wherever the mouse has been. Who went to a button by Tab presses that.
func TestProjectorAfterTheMouse(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "Lunch"})
	p := s.browse(t, look{})
	p.goTo(w.url("?at=5"))
	p.sees("#desk", "This is the past")
	moves := func(what string, do func()) {
		t.Helper()
		before := p.text(`document.getElementById("moment").value`)
		do()
		p.until("the next line is there after "+what, `(before) => Number(document.getElementById("moment").value) > Number(before) && location.search.includes("at=" + document.getElementById("moment").value)`, before)
		p.wait()
	}
	space := func() { p.press(" ") }
	p.click(".bar [data-projector]", "Projector")
	moves("a click on Projector", space)
	moves("a second space", space)
	moves("a click on Forward", func() { p.click("#time [data-time-step=forth]", "") })
	moves("a click on Forward and a space", space)
	p.click("#pace", "")
	p.press(escape)
	moves("a click on the menu of paces", space)
	p.click("[data-list-toggle]", "List")
	p.sees("#host-list", "PC-1")
	moves("a click on List", space)
	p.sees("#host-list", "PC-1")
	if !p.is(`document.documentElement.hasAttribute("data-projector")`) {
		t.Error("the space bar has switched the projector off")
	}

	p.press("t") // the key for it
	p.seesNo("html[data-projector]", "")
	p.press("t")
	p.sees("html[data-projector]", "")

	p.tabTo("[data-list-toggle]", "", p.forward)
	at := p.text(`document.getElementById("moment").value`)
	p.press(" ")
	p.seesNo("#host-list", "PC-1")
	if p.text(`document.getElementById("moment").value`) != at {
		t.Error("a button that was reached by Tab has shown the next line")
	}
}

// On every projector all is there, and what the map says is larger than without; alone and with a task beside it.
func TestProjectorFits(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "Lunch"})
	p := s.browse(t, look{long: true, still: true})
	lettering := func() []float64 {
		t.Helper()
		sizes, err := eval[[]float64](p, `() => ["name", "title", "address", "ip"].map((part) => {
			const e = document.querySelector(".map .node__" + part);
			return parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a;
		})`)
		p.do(err)
		return sizes
	}
	p.goTo("/exercises/first-mail")
	p.click(".exercise__begin .btn", "Begin")
	p.sees("#live[data-state=live]", "")
	for _, page := range []string{w.url(""), p.text(`location.pathname`)} {
		for _, size := range []struct{ width, height int64 }{{1024, 768}, {1280, 720}, {1440, 900}, {1920, 1080}} {
			p.resize(size.width, size.height)
			p.goTo(page)
			p.sees("#live[data-state=live]", "")
			if page != w.url("") {
				p.leaveTask() // on a narrow screen it is seen first
			}
			small := lettering()
			p.click(".bar [data-projector]", "Projector")
			for i, large := range lettering() {
				if large <= small[i] {
					t.Errorf("%s at %d: the map's words are %.1f px high, and %.1f px on the projector", page, size.width, small[i], large)
				}
			}
			p.fits()
			p.within()
			p.click("[data-list-toggle]", "List")
			p.sees("#host-list", "PC-1")
			p.within()
			p.click(".bar [data-projector]", "Projector")
			p.within()
		}
	}
}

// What there is of the past, and of labs as files.
func TestAccessibilityOfThePast(t *testing.T) {
	t.Parallel()
	for _, device := range []struct {
		name string
		look look
	}{{"desktop", look{still: true, long: true}}, {"phone", look{still: true, phone: true, long: true}}} {
		t.Run(device.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			w := s.newLab(t)
			w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "Lunch"})
			p := s.browse(t, device.look)
			p.goTo(w.url("?at=20"))
			p.axe("the past")
			p.click("#desk a", "Link")
			p.sees("#window .share", "event 20")
			p.axe("the links to a moment")
			p.press(escape)
			p.click("#desk a", "Go on from here")
			p.sees("#window button", "Make the lab")
			p.axe("the question before a fork")
			p.goTo("/open")
			p.axe("the form for a file")
		})
	}
}
