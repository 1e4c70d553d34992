package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"

	"smtplab/sim/lab"
)

// long is a lab with a trace of at least so many events: mails to one, and now and then one to many.
func (s *site) long(t testing.TB, events uint64) *world {
	t.Helper()
	w := s.newLab(t)
	var many []string
	for i := range 60 {
		many = append(many, fmt.Sprintf("nobody%d@email.com", i))
	}
	for i := 0; w.last() < events; i++ {
		to := "pc2@email.com"
		if i%3 == 0 {
			to += ", " + strings.Join(many, ", ")
		}
		w.mailed("pc1", lab.Mail{To: to, Body: "one\ntwo\nthree"})
	}
	return w
}

// everything shows all rows there are.
const everything = "?show=smtp+pop3+tls+tcp+explain"

// watching keeps an account of what is seen while one scrolls: seen are the numbers of the rows that were in sight; wrong
// is what ought not to be.
const watching = `
	window.seen = new Set();
	window.wrong = [];
	let noted = "";
	window.note = () => {
		const log = document.getElementById("log");
		const rows = [...log.querySelectorAll(".row")];
		const held = rows[0].id + rows.at(-1).id;
		if (held !== noted) {
			noted = held;
			if (rows.length > 2000) wrong.push(rows.length + " rows");
			rows.forEach((row, i) => {
				if (i && Number(row.dataset.seq) !== Number(rows[i - 1].dataset.seq) + 1) wrong.push(rows[i - 1].dataset.seq + " before " + row.dataset.seq);
			});
		}
		const box = log.getBoundingClientRect();
		let first = 0;
		for (let end = rows.length; first < end; ) { // the first that is not above
			const middle = (first + end) >> 1;
			if (rows[middle].getBoundingClientRect().bottom > box.top) end = middle;
			else first = middle + 1;
		}
		for (let i = first; i < rows.length && rows[i].getBoundingClientRect().top < box.bottom; i++) seen.add(Number(rows[i].dataset.seq));
	};
	window.frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
	window.scrollAll = async (way, done) => {
		const log = document.getElementById("log");
		for (let still = 0; still < 200 && !done(); ) {
			const from = log.scrollTop;
			log.scrollBy(0, way * log.clientHeight * 0.8);
			await frame();
			note();
			still = log.scrollTop === from ? still + 1 : 0;
		}
	};
`

// Whoever scrolls sees every row, one after another: those that the page does not hold come by themselves, and it never
// holds more than it can bear.
func TestScrollingThroughEverything(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.long(t, 2300)
	last := w.last()
	p := s.browse(t, look{first: watching, long: true})
	p.do(chromedp.Do(p.ctx, chromedp.EmulateViewport(1440, 2400))) // so that there is less to scroll
	p.goTo(w.url(everything))
	p.sees("#live[data-state=live]", "")
	p.until("the newest row is in sight", `(last) => { note(); return seen.has(last) }`, last)
	result := func(what string) {
		t.Helper()
		wrong, err := eval[[]string](p, `() => wrong`)
		p.do(err)
		if len(wrong) > 0 {
			t.Errorf("%s: %d times, at first %s", what, len(wrong), wrong[0])
		}
		missed, err := eval[[]int](p, `(last) => Array.from({ length: last }, (_, i) => i + 1).filter((n) => !seen.has(n))`, last)
		p.do(err)
		if len(missed) > 0 {
			t.Errorf("%s: %d rows of %d were never in sight, as %v", what, len(missed), last, missed[:min(len(missed), 5)])
		}
	}
	p.do(evalVoid(p, `async () => { await scrollAll(-1, () => seen.has(1)); return true }`))
	result("upwards")
	if !p.is(`document.getElementById("log-earlier").hidden && !document.getElementById("log-later").hidden`) {
		t.Error("at the beginning the ways on are not as they should be")
	}

	// What comes now waits, and is told of.
	w.mailed("pc3", lab.Mail{To: "pc1@email.com", Subject: "news"})
	p.sees("#log-now", "Back to now ↓")
	if !p.is(`document.getElementById("e1").checkVisibility() && document.querySelectorAll("#groups .row").length <= 2000`) {
		t.Error("the beginning is gone")
	}

	p.do(evalVoid(p, `async (last) => { seen.clear(); note(); await scrollAll(1, () => seen.has(last)); return true }`, w.last()))
	last = w.last()
	result("downwards")
	p.seesNo("#log-now", "")

	// Back at the end, what comes is followed again.
	p.do(evalVoid(p, `() => { document.getElementById("log").focus(); return true }`))
	p.press(end)
	p.until("one is at the end", `() => { const l = document.getElementById("log"); return l.scrollHeight - l.scrollTop - l.clientHeight < 48 }`)
	w.mailed("pc3", lab.Mail{To: "pc2@email.com", Subject: "more"})
	p.until("the newest row is in sight", `(last) => { note(); return seen.has(last) }`, w.last())
}

// toTheBeginning follows the link to earlier rows, with the keys, until there are none.
func (p *tab) toTheBeginning() {
	p.t.Helper()
	for n := 0; !p.is(`document.getElementById("e1")`); n++ {
		if n > 20 {
			p.t.Fatal("the beginning is never reached")
		}
		first := p.text(`document.querySelector("#groups .row").id`)
		p.do(evalVoid(p, `() => { document.querySelector("#log-earlier a").focus(); return true }`))
		p.press(enter)
		p.until("earlier rows are there", `(first) => Boolean(document.getElementById("e1")) || document.querySelector("#groups .row").id !== first`, first)
	}
}

// The keys lead there too: by the links at either end, and by the button to the newest.
func TestEarlierRowsByKeys(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.long(t, 900)
	p := s.browse(t, look{first: watching})
	p.goTo(w.url(everything))
	p.sees("#live[data-state=live]", "")
	p.toTheBeginning()
	p.seesNo("#log-earlier", "")
	p.do(evalVoid(p, `() => { note(); return true }`))
	if wrong := p.text(`wrong.join()`); wrong != "" {
		t.Error(wrong)
	}

	// An old page goes on to the newest, by links and at once.
	p.goTo(w.url("/wire?before=300&show=smtp+pop3+tls+tcp"))
	p.sees("#live[data-state=live]", "")
	p.sees("#log-now", "Back to now ↓")
	p.do(evalVoid(p, `() => { document.querySelector("#log-later a").focus(); return true }`))
	p.press(enter)
	p.until("later rows are there", `() => Boolean(document.getElementById("e300"))`)
	p.click("#log-now", "Back to now")
	p.until("the newest row is there", `(last) => Boolean(document.getElementById("e" + last)) && !document.getElementById("e300")`, w.last())
	w.mailed("pc3", lab.Mail{To: "pc1@email.com"})
	p.until("what comes is followed", `(last) => { const row = document.getElementById("e" + last), log = document.getElementById("log"); return Boolean(row) && row.getBoundingClientRect().top < log.getBoundingClientRect().bottom }`, w.last())
}

// Two conversations at once stand in two groups, and stay whole when the earlier part of both comes.
func TestEarlierRowsOfTwoAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.act(lab.Action{Verb: lab.Pause})
	var many []string
	for i := range 90 {
		many = append(many, fmt.Sprintf("nobody%d@email.com", i))
	}
	for _, host := range []string{"pc1", "pc2"} {
		w.act(lab.Action{Verb: lab.Send, Host: host, Mail: &lab.Mail{To: "pc3@email.com, " + strings.Join(many, ", ")}})
	}
	w.act(lab.Action{Verb: lab.Run})
	w.until("both are over", func(l *lab.Lab) bool { return len(l.Notices(0)) == 2 && quiet(l) })
	p := s.browse(t, look{})
	p.goTo(w.url(everything))
	p.sees("#live[data-state=live]", "")
	p.toTheBeginning()
	p.until("all is there", `(last) => document.querySelectorAll("#groups .row").length === last`, w.last())
	order, err := eval[[]string](p, `() => ["c1", "c2"].map((id) => [...document.getElementById(id).querySelectorAll(".row")].every((row, i, all) => !i || Number(all[i - 1].dataset.seq) < Number(row.dataset.seq)) ? "" : id).concat([...document.querySelectorAll(".group")].length === 4 ? "" : "groups")`)
	p.do(err)
	if got := strings.Join(order, ""); got != "" {
		t.Errorf("not in order: %s", got)
	}
}

// effort is how much of the processor's time the page's thread has taken so far, in milliseconds: other than a duration, it
// does not grow with what else the machine does.
func (p *tab) effort() float64 {
	p.t.Helper()
	var got performance.GetMetricsResult
	p.do(chromedp.FromContext(p.ctx).Target.Call(p.ctx, performance.GetMetrics.Method, nil, &got))
	for _, m := range got.Metrics {
		if m.Name == "TaskDuration" {
			return m.Value * 1000
		}
	}
	p.t.Fatal("the browser does not tell its effort")
	return 0
}

// drawn waits until the page is drawn.
func (p *tab) drawn() {
	p.t.Helper()
	p.do(evalVoid(p, `() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(true))))`))
}

// BenchmarkTrace opens a trace of 20,000 events, scrolls to its beginning and back, and uses the filters and the views. It
// reports the most effort that one frame, one filter or one view took: so long a click or a key may have to wait.
//
//	go test -run '^$' -bench Trace -benchtime 1x ./web/e2e
func BenchmarkTrace(b *testing.B) {
	s := newSite(b)
	w := s.long(b, 20_000)
	last := w.last()
	for b.Loop() {
		p := s.browse(b, look{long: true})
		p.call(performance.Enable.Method, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks})
		most := func(what string, step func(i int) (more bool)) {
			worst, before := 0.0, p.effort()
			for i, more := 0, true; more; i++ {
				more = step(i)
				now := p.effort()
				worst, before = max(worst, now-before), now
			}
			b.ReportMetric(worst, what+"-ms")
		}
		scroll := func(way int, to uint64) func(int) bool {
			return func(i int) bool {
				if i == 4000 {
					b.Fatalf("event %d is never reached", to)
				}
				there, err := eval[bool](p, `async (way, to) => {
					document.getElementById("log").scrollBy(0, way * 1500);
					await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
					return Boolean(document.getElementById("e" + to));
				}`, way, to)
				p.do(err)
				return !there
			}
		}
		most("open", func(int) bool {
			p.goTo(w.url(everything))
			p.sees("#live[data-state=live]", "")
			return false
		})
		most("up", scroll(-1, 1))
		most("down", scroll(1, last))
		chips := []string{"TCP", "SMTP", "SMTP", "Lines", "CRLF"}
		most("filter", func(i int) bool {
			p.click(".filters .chip", chips[i])
			p.drawn()
			return i+1 < len(chips)
		})
		views := []string{"Sessions", "Ladder", "Packets", "State", "Dialogue"}
		most("view", func(i int) bool {
			p.click("#views a", views[i])
			p.until("it is there", `() => !document.querySelector("[aria-busy=true]")`)
			p.drawn()
			return i+1 < len(views)
		})
	}
}
