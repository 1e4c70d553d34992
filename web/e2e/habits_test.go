package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"

	"smtplab/sim/lab"
)

// What was written is not lost by a slip: closing, another tab and the Back button ask first.
func TestUnsentMail(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	p := s.browse(t, look{})
	p.openLab(w)
	p.click("#host-pc1", "")
	p.hasFocus("#f-to")
	p.press(escape) // nothing is written yet: nothing is asked
	p.seesNo("#window", "")

	p.click("#host-pc1", "")
	p.fill("#f-body", "Half a thought")
	for _, leave := range []struct {
		how string
		do  func()
	}{
		{"Escape", func() { p.press(escape) }},
		{"the cross", func() { p.click("#window .win__close", "") }},
		{"another tab", func() { p.click("#window .tab", "Settings") }},
		{"the inbox, which acts", func() { p.click("#window .tab", "Inbox") }},
		{"the Back button", p.back},
	} {
		leave.do()
		p.sees("#unsent[open]", "Throw this mail away?")
		p.hasFocus("#unsent [value=keep]")
		p.press(enter)
		p.seesNo("#unsent", "")
		p.until("the page has taken note", `() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(true))))`)
		p.sees("#window .field--from", "pc1@email.com")
		if got := p.text(`document.getElementById("f-body").value`); got != "Half a thought" {
			t.Errorf("after %s there is %q", leave.how, got)
		}
	}
	p.press(escape)
	p.click("#unsent button", "Throw away")
	p.seesNo("#window", "")
	p.click("#host-pc1", "")
	p.hasFocus("#f-to")
	if got := p.text(`document.getElementById("f-body").value`); got != "" {
		t.Errorf("what was thrown away is back: %q", got)
	}
}

// A form that is wrong comes back with its mistake beside the field and with everything that was typed.
func TestMistakeInAForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	p := s.browse(t, look{})
	p.openLab(w)
	p.click("#host-pc1", "")
	p.fill("#f-to", "pc2")
	p.fill("#f-body", "Where to?")
	p.click("#window button", "Send")
	p.sees("#window #p-to", "")
	p.forgive("422")
	p.hasFocus("#f-to[aria-invalid=true][aria-describedby~=p-to]")
	p.press(end + "@email.com")
	p.click("#window button", "Send")
	p.sees(".toast", "The server accepted the mail for pc2@email.com.")
	p.sees(".line--body", "Where to?")
}

// A window that is renewed while its form is on the way still shows the answer; one that is gone does not come back.
func TestAnswersThatComeLate(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "first"})
	w.fetched("pc2")
	p := s.browse(t, look{first: `
		const quick = fetch;
		const released = new Promise((done) => { window.release = () => { done(); return true } });
		window.fetch = async (url, options) => {
			if (options?.method === "POST") await released;
			return quick(url, options);
		};`})
	p.openLab(w)
	p.openWindow(w.url("/hosts/pc2/inbox"))
	p.click("#window button.mails__open", "first")
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "second"})
	w.fetched("pc2")
	p.sees("#window .mails", "second")
	p.until("the answer may come", `() => release()`)
	p.sees("#window .mail__subject", "first")

	p.goTo(w.url(""))
	p.sees("#live[data-state=live]", "")
	p.openWindow(w.url("/hosts/pc2/inbox"))
	p.click("#window button.mails__open", "second")
	p.press(escape)
	p.seesNo("#window", "")
	p.until("the answer may come", `() => release()`)
	w.until("the mail is read", func(l *lab.Lab) bool { m, _ := l.Inbox("pc2", 2); return m.Read })
	p.sees(".row--action", "reads mail 2")
	p.seesNo("#window", "")
}

// The button goes round; the choice outlives the page. Automatic is what the system prefers.
func TestTheme(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	p := s.browse(t, look{dark: true})
	p.openLab(w)
	const paper = `getComputedStyle(document.body).backgroundColor`
	dark := p.text(paper)
	p.click(".top__theme button", "")
	p.sees("html[data-theme=light]", "")
	light := p.text(paper)
	if dark == light {
		t.Errorf("light and dark are both %s", light)
	}
	p.goTo("/theory")
	p.sees("html[data-theme=light]", "")
	if got := p.text(paper); got != light {
		t.Errorf("the next page is %s", got)
	}
	p.click(".top__theme button", "")
	p.sees("html[data-theme=dark]", "")
	p.emulate(false, false)
	if got := p.text(paper); got != dark {
		t.Errorf("dark is now %s", got)
	}
	p.click(".top__theme button", "")
	p.sees("html[data-theme=auto]", "")
	if got := p.text(paper); got != light {
		t.Errorf("automatic is not what the system prefers: %s", got)
	}
}

// moving notes what flies over the map, what lights up, and the longest animation of all.
const moving = `
	window.flown = 0;
	window.lit = 0;
	window.longest = 0;
	addEventListener("DOMContentLoaded", () => {
		new MutationObserver((changes) => { flown += changes.reduce((n, c) => n + c.addedNodes.length, 0) })
			.observe(document.getElementById("flights"), { childList: true });
		new MutationObserver((changes) => { lit += changes.filter((c) => c.target.matches(".cable--lit")).length })
			.observe(document.querySelector(".cables"), { subtree: true, attributeFilter: ["class"] });
		const look = () => {
			for (const a of document.getAnimations()) longest = Math.max(longest, a.effect.getComputedTiming().activeDuration);
			requestAnimationFrame(look);
		};
		look();
	});
`

// Who asked their system for less motion sees lights instead of flights.
func TestMotion(t *testing.T) {
	t.Parallel()
	for _, still := range []bool{false, true} {
		s := newSite(t)
		w := s.newLab(t)
		w.speed(8)
		p := s.browse(t, look{still: still, first: moving})
		p.openLab(w)
		w.act(lab.Action{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: "pc2@email.com"}})
		p.sees(".toast", "The server accepted the mail for pc2@email.com.")
		switch moves := p.is(`flown > 0 || longest > 1`); {
		case moves == still:
			t.Errorf("less motion %v: %s flights, and animations of %s ms", still, p.text(`flown`), p.text(`longest`))
		case p.is(`lit === 0`):
			t.Errorf("less motion %v: nothing lights up", still)
		}
	}
}

// The first visit is quick also where the network is slow.
func TestWeightOfTheFirstLoad(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.browse(t, look{})
	p.goTo("/")
	p.sees("#live[data-state=live]", "")
	requests, octets := p.weight()
	t.Logf("the first load takes %d requests and %d octets, headers and all", requests, octets)
	if octets > 120_000 || octets < 10_000 {
		t.Errorf("%d octets", octets)
	}
}

// No page needs scrolling sideways on a phone.
func TestNothingIsWiderThanAPhone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	used(w)
	p := s.browse(t, look{phone: true})
	p.openLab(w)
	p.fits()
	for _, path := range []string{"/hosts/pc1", "/hosts/pc2/inbox", "/hosts/pc2/inbox/1", "/hosts/pc2/inbox/1?view=headers", "/hosts/pc2/inbox/1?view=source", "/hosts/pc1/sent",
		"/hosts/pc1/settings", "/hosts/pc1/terminal", "/hosts/server", "/hosts/server/terminal", "/share", "/notices", "/conditions", "/reset"} {
		p.openWindow(w.url(path))
		p.until(path+" is open", `(url) => document.getElementById("window").dataset.url === url`, w.url(path))
		p.fits()
	}
	for _, path := range []string{w.url("/hosts/pc1"), w.url("/hosts/pc2/inbox"), w.url("/hosts/pc1/terminal"), w.url("/hosts/server"), w.url("/events/12"), w.url("/conversations/1"), w.url("/conditions"),
		"/theory", "/theory/introduction", "/theory/aim", "/theory/objectives", "/theory/connection", "/theory/handshake", "/theory/transfer", "/theory/delivery", "/theory/conclusion",
		"/theory/procedure", "/theory/glossary", "/theory/conformance"} {
		p.goTo(path)
		p.sees("h1", "")
		p.fits()
	}
	p.goTo("/nowhere")
	p.fits()
	p.forgive("404")
}

// A window that is open when the page is loaded anew is open again, over the lab; Back closes it.
func TestReloadWithAWindow(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "again"})
	p := s.browse(t, look{})
	p.openLab(w)
	p.click("#host-pc2", "")
	p.sees("#window .win__title", "PC-2")
	p.click("#window .tab", "Settings")
	p.sees("#window .tab[aria-current]", "Settings")
	p.do(chromedp.Do(p.ctx, chromedp.Reload()))
	p.sees("#lab", "")
	p.sees("#window .win__title", "PC-2")
	p.sees("#window .tab[aria-current]", "Settings")
	p.sees("#live[data-state=live]", "")
	p.back()
	p.seesNo("#window", "")
	p.sees("#host-pc2", "")
	if got := p.text(`location.pathname + location.search`); got != w.url("") {
		t.Errorf("the address is %s", got)
	}

	// Who is led to a window by its address sees it alone, and nothing is opened that is no window of this lab.
	p.goTo(w.url("/hosts/pc1"))
	p.sees(".sheet--window .win__title", "PC-1")
	p.goTo(w.url("?open=/theory/aim"))
	p.sees("#live[data-state=live]", "")
	p.sees("#lab", "")

	// While the server is away, it says so and stays.
	p.until("nobody answers", `() => { window.fetch = () => Promise.reject(new TypeError("away")); return true }`)
	p.click("#host-pc1", "")
	p.sees("#toasts .toast", "There is no connection to the lab.")
	p.sees("#lab", "")
}
