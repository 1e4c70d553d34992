package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"smtplab/sim/lab"
)

// noting notes every row when it comes into the page, how many times any came, and what the light said.
const noting = `
	window.arrived = [];
	const noted = new WeakSet(); // a group that comes and grows in one frame tells of its rows twice
	window.batches = 0;
	window.said = [];
	addEventListener("DOMContentLoaded", () => new MutationObserver(() => said.push(document.getElementById("live").dataset.state))
		.observe(document.getElementById("live"), { attributeFilter: ["data-state"] }));
	addEventListener("DOMContentLoaded", () => new MutationObserver((changes) => {
		const rows = changes.flatMap((c) => [...c.addedNodes]).filter((n) => n.nodeType === 1)
			.flatMap((n) => n.matches(".row") ? [n] : [...n.querySelectorAll(".row")])
			.filter((row) => !noted.has(row) && noted.add(row));
		if (rows.length) batches++;
		arrived.push(...rows.map((row) => Number(row.dataset.seq)));
	}).observe(document.getElementById("groups"), { childList: true, subtree: true }));
`

// hurrying makes time on the page go by a hundred times as fast, for those who would wait long.
const hurrying = `
	const slow = setTimeout;
	window.setTimeout = (f, ms, ...rest) => slow(f, ms / 100, ...rest);
`

// sawAll waits until the page has shown the newest row, and fails unless each came once and in order.
func (p *tab) sawAll(w *world) {
	p.t.Helper()
	last := w.last()
	p.until(fmt.Sprintf("row %d is there", last), `(last) => document.getElementById("e" + last) !== null`, last)
	arrived, err := eval[[]uint64](p, `() => arrived`)
	p.do(err)
	for i, seq := range arrived {
		if seq != uint64(i+1) {
			p.t.Fatalf("row %d is event %d: %v", i+1, seq, arrived)
		}
	}
	if len(arrived) != int(last) {
		p.t.Errorf("%d rows came for %d events", len(arrived), last)
	}
}

// Two browsers watch a mail while it is sent, and lose their connections in the middle.
func TestWatchingLive(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.speed(8)
	one, other := s.browse(t, look{first: noting}), s.browse(t, look{first: noting})
	both := []*tab{one, other}
	for _, p := range both {
		p.openLab(w)
	}
	w.act(lab.Action{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: "pc2@email.com", Subject: "live", Body: "as it happens"}})
	for _, p := range both {
		p.sees(".row--client", "EHLO")
	}
	w.view(func(l *lab.Lab) {
		if quiet(l) {
			t.Error("nothing was shown before everything was over")
		}
	})
	s.cutSockets()
	for _, p := range both {
		p.until("it is live again", `() => said.join(" ") === "live reconnecting live"`)
		p.sees(".toast", "The server accepted the mail for pc2@email.com.")
	}
	w.until("the conversation is over", quiet)
	var pages []string
	for _, p := range both {
		p.sawAll(w)
		if p.is(`batches < 5`) {
			t.Errorf("all rows came in %s batches", p.text(`batches`))
		}
		if n := p.text(`document.querySelectorAll(".toast").length`); n != "1" {
			t.Errorf("there are %s pop-ups of one mail", n)
		}
		pages = append(pages, p.text(`document.getElementById("groups").innerText`))
	}
	if pages[0] != pages[1] {
		t.Errorf("the two see different things:\n%s\n\n%s", pages[0], pages[1])
	}
	one.sees(".group .outcome", "1 message accepted")
}

// Where websockets are blocked the page asks instead, and says so.
func TestPolling(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	p := s.browse(t, look{first: noting + `window.WebSocket = class { constructor() { setTimeout(() => this.onclose()) } close() {} }`})
	p.goTo(w.url(""))
	p.sees("#live[data-state=polling]", "Polling")
	w.mailed("pc1", lab.Mail{To: "pc2@email.com"})
	p.sees(".toast", "The server accepted the mail for pc2@email.com.")
	p.sawAll(w)
	p.sees("#host-pc2", "1")
	p.click("#controls button", "Pause")
	p.sees("#controls button[aria-pressed=true]", "Pause")
}

// A server that is gone is not hidden, and is found again when it is back.
func TestServerGone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	p := s.browse(t, look{first: noting + hurrying})
	p.openLab(w)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com"})
	p.sawAll(w)
	s.vanish()
	p.sees("#live[data-state=offline]", "Offline")
	p.click("#controls button", "Pause")
	p.sees(".toast[data-tone=bad]", "There is no connection to the lab. Nothing was done.")
	w.mailed("pc1", lab.Mail{To: "pc3@email.com"})
	s.serve(strings.TrimPrefix(s.url, "http://"))
	p.sees("#live[data-state=live]", "")
	p.sawAll(w)
	p.forgive("ERR_CONNECTION_REFUSED")
	p.drop(func(c string) bool {
		return strings.Contains(c, "net::ERR_") || strings.Contains(c, "closed before the connection is established")
	})
}

// A mail with more lines than fit is followed to its end, until the reader scrolls.
func TestFollowing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	p := s.browse(t, look{})
	p.openLab(w)
	atEnd := `() => { const l = document.getElementById("log"); return l.scrollHeight > l.clientHeight && l.scrollHeight - l.scrollTop - l.clientHeight < 48 }`
	for range 3 {
		w.mailed("pc1", lab.Mail{To: "pc2@email.com", Body: "one\ntwo\nthree"})
	}
	p.until("the newest rows are followed", atEnd)
	if p.is(`document.getElementById("log").scrollTop < 100`) {
		t.Error("there is nothing to scroll")
	}
	p.tabTo("#log", "", p.forward)
	p.press(home)
	p.until("the log is at its beginning", `() => document.getElementById("log").scrollTop === 0`)
	w.mailed("pc1", lab.Mail{To: "pc3@email.com", Body: "news"})
	p.sees("#log-new", "new ↓")
	shown, err := eval[[]string](p, `() => [...document.querySelectorAll("#groups .row")].filter((r) => r.checkVisibility()).map((r) => r.id)`)
	p.do(err)
	if want := fmt.Sprintf("%d new ↓", newRows(w, shown)); p.text(`document.getElementById("log-new").textContent`) != want {
		t.Errorf("the button says %s, not %s", p.text(`document.getElementById("log-new").textContent`), want)
	}
	if p.is(`document.getElementById("log").scrollTop > 0`) {
		t.Error("the text runs away from its reader")
	}
	p.click("#log-new", "")
	p.until("one is at the end", atEnd)
	p.seesNo("#log-new", "")
}

// newRows is how many of the shown rows belong to the last mail and the action that sent it.
func newRows(w *world, shown []string) (n int) {
	w.view(func(l *lab.Lab) {
		talks := l.Conversations()
		conn := talks[len(talks)-1].Conn
		for e := range l.Trace().After(0) {
			if mine := e.Conn == conn; mine && slices.Contains(shown, fmt.Sprintf("e%d", e.Seq)) {
				n++
			}
		}
	})
	return n + 1 // the action
}
