package e2e

import (
	"strings"
	"testing"

	"smtplab/sim/lab"
)

// mark marks the page, so that unloaded can tell whether it is loaded again.
func (p *tab) mark() {
	p.t.Helper()
	p.do(evalVoid(p, `() => { window.mark = true; return true }`))
}

func (p *tab) unloaded() {
	p.t.Helper()
	if !p.is(`window.mark`) {
		p.t.Error("the page was loaded again")
	}
}

func evalVoid(p *tab, function string, args ...any) error {
	_, err := eval[bool](p, function, args...)
	return err
}

// at waits until the address has a query.
func (p *tab) at(query string) {
	p.t.Helper()
	p.until("the address is …"+query, `(query) => location.search === query`, query)
}

func TestViewsByMouse(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	used(w)
	p := s.browse(t, look{})
	p.openLab(w)
	p.mark()

	p.click("#views a", "Ladder")
	p.sees(".ladder__label", "SYN-ACK")
	p.seesNo("#log", "")
	p.seesNo(".filters", "")
	p.sees("#views a[aria-current]", "Ladder")
	p.at("?view=ladder")

	// An arrow is explained below, until that is closed; another takes its place.
	p.click(".ladder__arrow .ladder__label", "CAPA")
	p.sees("#view-card .card", "CAPA")
	p.click(".ladder__arrow .ladder__label", "SYN-ACK")
	p.sees("#view-card .card", "SYN-ACK")
	if n := p.text(`document.querySelectorAll("#view-card .card").length`); n != "1" {
		t.Errorf("%s cards are open", n)
	}
	p.click("#view-card button", "✕")
	p.seesNo("#view-card .card", "")
	p.hasFocus(".ladder__arrow")

	// Another conversation is chosen, and kept from view to view.
	p.do(evalVoid(p, `() => { const list = document.getElementById("view-conn"); list.value = "1"; return list.dispatchEvent(new Event("change", { bubbles: true })) }`))
	p.sees(".ladder__label", "EHLO pc1.email.com")
	p.at("?view=ladder&conn=1")
	p.click(".choose__links a", "Packets")
	p.at("?view=packets&conn=1")
	p.click(".frame__info a", "MAIL · RCPT · DATA")
	p.sees("#packets-frame h3", "No. 7")
	p.sees(".carried .line", "MAIL FROM:<pc1@email.com>")
	p.sees(".frame[data-chosen=true]", "MAIL · RCPT · DATA")
	p.click(".layer summary", "Transmission Control Protocol")
	p.sees(".layer .facts", "Sequence number")
	p.click(".frame__info a", "250 · 250 · 354")
	p.sees("#packets-frame h3", "No. 8")
	p.sees(".layer .facts", "Sequence number") // what was unfolded stays so
	p.click(".choose__links a", "State")
	p.sees(".state--now", "ended")
	p.click(".path a", "EHLO 250")
	p.sees("#view-card .card", "250")

	p.click("#views a", "Sessions")
	p.seesNo("#view-card .card", "")
	p.at("?view=sessions")
	p.sees(".session", "No such mailbox here")
	p.click("#s2 .session__links a", "Ladder")
	p.at("?view=ladder&conn=2")
	p.hasFocus("#view-body")
	p.click("#views a", "Sessions")
	p.click("#s2 .session__links a", "Dialogue")
	p.hasFocus("#c2 .group__title a")
	p.sees("#views a[aria-current]", "Dialogue")
	p.seesNo("#view", "")
	p.at("")
	p.unloaded()

	// The address leads back to it.
	p.goTo(w.url("?view=state&conn=1"))
	p.sees(".state--now", "ended")
	p.seesNo("#log", "")
}

func TestViewsByKeys(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com"})
	p := s.browse(t, look{})
	p.openLab(w)
	p.tabTo("#views a", "Ladder", p.forward)
	p.press(enter)
	p.sees(".ladder__label", "SYN")
	p.hasFocus("#views a[data-view=ladder]")
	p.tabTo(".ladder__arrow", "SYN", p.forward)
	p.press(down)
	p.press(down)
	p.until("the third arrow has the focus", `() => document.activeElement.getAttribute("aria-label").startsWith("ACK ")`)
	p.press(enter)
	p.sees("#view-card .card", "ACK")
	p.press(escape)
	p.seesNo("#view-card .card", "")
	p.press(end)
	p.until("the last arrow has the focus", `() => document.activeElement.getAttribute("aria-label").startsWith("FIN ")`)
	p.press(tabKey) // of the arrows there is one stop
	p.hasFocus(".ladder__hint a")

	p.tabTo("#views a", "Packets", p.pressBack)
	p.press(enter)
	p.tabTo(".frame__info a", "220", p.forward)
	p.press(down)
	p.press(enter)
	p.sees("#packets-frame h3", "No. 5")
	p.hasFocus(".frame__info a[aria-current]")
}

// What is shown keeps up with the lab, and neither the place nor the focus of its reader is lost.
func TestViewsFollowTheLab(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.act(lab.Action{Verb: lab.Pause})
	p := s.browse(t, look{})
	p.openLab(w)
	p.click("#views a", "Ladder")
	p.sees("#view .empty", "There is no conversation yet.")
	w.act(lab.Action{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: "pc2@email.com"}})
	p.sees(".ladder__label", "SYN")
	p.do(evalVoid(p, `() => { document.querySelector(".ladder__arrow").focus(); return true }`))
	before := p.text(`document.activeElement.getAttribute("href")`)
	w.act(lab.Action{Verb: lab.Run})
	w.until("it is over", quiet)
	p.sees(".ladder__note", "closed")
	if now := p.text(`document.activeElement.getAttribute("href")`); now != before {
		t.Errorf("the focus went from %s to %s", before, now)
	}

	// A list that is open stays as it is; what is below it goes on.
	p.do(evalVoid(p, `() => { document.getElementById("view-body").scrollTop = 120; document.getElementById("view-conn").focus(); window.list = document.activeElement; return true }`))
	w.mailed("pc3", lab.Mail{To: "pc2@email.com"})
	p.sees(".ladder__end", "PC-3")
	p.until("the list says which one is the newest", `() => document.activeElement.selectedOptions[0].text === "Newest: #2 PC-3 → SMTP Server"`)
	if !p.is(`document.activeElement === window.list && document.getElementById("view-body").scrollTop === 120`) {
		t.Error("the list was exchanged, or the place lost")
	}

	// Not more often than twice a second, and one request at a time.
	w.until("it is quiet", quiet)
	p.do(evalVoid(p, `() => {
		const real = window.fetch;
		window.under = window.most = window.count = 0;
		window.fetch = async (...all) => {
			count++;
			most = Math.max(most, ++under);
			try { return await real(...all) } finally { under-- }
		};
		return true;
	}`))
	for range 20 {
		w.mailed("pc1", lab.Mail{To: "pc2@email.com"})
	}
	p.click("#views a", "Sessions")
	p.sees(".session", "#22")
	if p.is(`most > 2`) { // the last look, and the click's
		t.Errorf("%s requests at once", p.text("most"))
	}

	// After a reset a conversation that is gone makes place for what there is.
	p.click("#s22 .session__links a", "State")
	p.at("?view=state&conn=22")
	w.act(lab.Action{Verb: lab.Reset})
	p.sees("#view .empty", "There is no conversation yet.")
	p.at("?view=state")
	p.forgive("404")
}

// The views are in step with the bar of time.
func TestViewsInThePast(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com"})
	p := s.browse(t, look{})
	p.goTo(w.url("?view=state"))
	p.sees(".state--now", "ended")
	p.mark()
	for range 4 { // by line: 221, QUIT, 250, the message, 354
		p.click("[data-time-step=back]", "")
	}
	p.sees(".controls--past", "This is the past")
	p.until("the state is that of then", `() => document.querySelector(".state--now")?.textContent.includes("in the data")`)
	p.click("#views a", "Ladder")
	p.sees(".ladder__label", "MAIL · RCPT · DATA")
	p.seesNo(".ladder__label", "QUIT")
	p.sees(".ladder__arrow[href*='/at/']", "")
	p.unloaded()
	p.click("[data-time-now]", "Back to now")
	p.sees(".ladder__label", "QUIT")
	p.at("?view=ladder")
}

// Without JavaScript the tabs are links, the chooser is a form, and an arrow leads to a page.
func TestViewsWithoutJavaScript(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	used(w)
	p := s.browse(t, look{plain: true})
	p.goTo(w.url(""))
	for _, tab := range [][2]string{{"Ladder", ".ladder__arrow"}, {"Packets", ".hex"}, {"State", ".state--now"}, {"Sessions", ".session"}} {
		p.click("#views a", tab[0])
		p.sees(tab[1], "")
		p.sees("#views a[aria-current]", tab[0])
	}
	p.click("#s1 .session__links a", "Ladder")
	p.sees(".ladder__label", "MAIL · RCPT · DATA")
	p.click(".choose .btn", "Show")
	p.sees(".ladder__label", "MAIL · RCPT · DATA")
	p.click(".ladder__label", "MAIL · RCPT · DATA")
	p.sees("h1", "One line, explained")
}

// A command that is about the dialogue brings it back from behind another view.
func TestDialogueComesBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com"})
	p := s.browse(t, look{})
	p.openLab(w)
	p.pressControl("k")
	p.sees("#palette [role=option]", "View: Sessions")
	p.press("viewsess" + enter)
	p.sees(".session", "#1")
	p.pressControl("k")
	p.sees("#palette [role=option]", "Look for lines")
	p.press("lookfor" + enter)
	p.hasFocus("#find-text")
	p.sees("#views a[aria-current]", "Dialogue")
	p.click("#views a", "State")
	p.sees(".state--now", "ended")
	p.pressControl("k")
	p.sees("#palette [role=option]", "View: Sessions")
	p.press("9" + enter)
	p.sees("#e9 .card", "EHLO")
	p.hasFocus("#e9 [data-explain]")
}

// On a phone no view is wider than the screen.
func TestViewsOnAPhone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	used(w)
	p := s.browse(t, look{phone: true})
	for _, view := range []string{"ladder", "packets", "state", "sessions"} {
		p.goTo(w.url("?view=" + view + "&conn=1"))
		p.sees("#view-body", "")
		p.fits()
	}
	p.click("#s1 .session__links a", "Packets")
	p.click(".frame__info a", "EHLO")
	p.sees("#packets-frame", "No. 5")
	p.fits()
}

// The drawing as a file stands alone.
func TestLadderAsAFile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com"})
	p := s.browse(t, look{})
	p.goTo(w.url("?view=ladder"))
	p.sees(".choose__links a[download]", "SVG")
	drawn, err := eval[[]string](p, `async () => {
		const text = await (await fetch(document.querySelector(".choose__links a[download][href*='ladder.svg']").href)).text();
		const doc = new DOMParser().parseFromString(text, "image/svg+xml");
		return [doc.documentElement.nodeName, String(doc.querySelectorAll("text").length > 20), doc.querySelector("title").textContent];
	}`)
	p.do(err)
	if len(drawn) != 3 || drawn[0] != "svg" || drawn[1] != "true" || !strings.Contains(drawn[2], "PC-1 → SMTP Server: SMTP, 1 message accepted") {
		t.Errorf("the file is %v", drawn)
	}
}
