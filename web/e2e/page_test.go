package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// This file says what people do on a page and see of it. An element is named by a CSS selector and by words that
// it contains; it is the first of those that can be seen.

const finding = `
	const seen = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
		(!e.ownerSVGElement || e.getBoundingClientRect().width > 0); // hidden parts of a drawing count as visible there
	const find = (css, words) => [...document.querySelectorAll(css)].find((e) => seen(e) && e.textContent.replace(/\s+/g, " ").includes(words));
	`

// until waits until a JavaScript function answers true, also while one page replaces another.
func (p *tab) until(what, function string, args ...any) {
	p.t.Helper()
	step, cancel := context.WithTimeout(p.ctx, 10*time.Second)
	defer cancel()
	for {
		ok, err := eval[bool](p, function, args...)
		switch {
		case ok:
			return
		case step.Err() != nil:
			at, _ := eval[string](p, `() => location.pathname + ", focus on " + document.activeElement.outerHTML.slice(0, 200) + "\n" +
				(document.querySelector("#window[open]") ?? document.body).innerText.replace(/\s+/g, " ").slice(0, 2000)`)
			p.t.Fatalf("waited in vain until %s (%v) on %s", what, err, at)
		}
		p.wait()
	}
}

// wait lets the page get on.
func (p *tab) wait() {
	select {
	case <-time.After(15 * time.Millisecond):
	case <-p.ctx.Done():
	}
}

// sees waits until an element can be seen.
func (p *tab) sees(css, words string) {
	p.t.Helper()
	p.until("one sees "+css+" with “"+words+"”", `(css, words) => {`+finding+` return Boolean(find(css, words)) }`, css, words)
}

// seesNo waits until no such element can be seen.
func (p *tab) seesNo(css, words string) {
	p.t.Helper()
	p.until("one sees no "+css+" with “"+words+"”", `(css, words) => {`+finding+` return !find(css, words) }`, css, words)
}

// click waits until an element can be seen, stands still and is covered by nothing, and clicks or taps on it.
func (p *tab) click(css, words string) {
	p.t.Helper()
	var spot, before []float64
	what := css + " with “" + words + "” can be clicked"
	p.until(what, `(css, words) => {`+finding+` find(css, words)?.scrollIntoView({ block: "nearest", inline: "nearest" }); return Boolean(find(css, words)) }`, css, words)
	for step := time.Now(); ; p.wait() {
		spot, _ = eval[[]float64](p, `(css, words) => {`+finding+`
			const e = find(css, words);
			if (!e) return [];
			const box = e.matches("svg *") ? e.getBoundingClientRect() : e.getClientRects()[0];
			const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
			return e.contains(document.elementFromPoint(x, y)) ? [x, y] : [];
		}`, css, words)
		if len(spot) == 2 && len(before) == 2 && spot[0] == before[0] && spot[1] == before[1] {
			break
		}
		if before = spot; time.Since(step) > 10*time.Second {
			p.t.Fatalf("waited in vain until %s", what)
		}
	}
	p.touch(spot[0], spot[1])
}

// fill types into a field, after a click into it.
func (p *tab) fill(css, text string) {
	p.t.Helper()
	p.click(css, "")
	p.until(css+" has the focus", `(css) => document.activeElement.matches(css)`, css)
	p.press(text)
}

// tabTo presses Tab, or Shift and Tab, until an element has the focus. Not getting there fails.
func (p *tab) tabTo(css, words string, press func()) {
	p.t.Helper()
	var way []string
	for range 160 {
		press()
		at, err := eval[[]string](p, `(css, words) => {
			const e = document.activeElement;
			return [e.matches(css) && e.textContent.includes(words) ? "there" : "", e.outerHTML.slice(0, 80)];
		}`, css, words)
		p.do(err)
		if at[0] != "" {
			return
		}
		way = append(way, at[1])
	}
	p.t.Fatalf("the keys do not lead to %s with “%s”, but to\n%s", css, words, strings.Join(way, "\n"))
}

func (p *tab) forward() { p.press(tabKey) }

// hasFocus waits until an element has the focus.
func (p *tab) hasFocus(css string) {
	p.t.Helper()
	p.until(css+" has the focus", `(css) => document.activeElement.matches(css)`, css)
}

// is reports whether a JavaScript expression is true now.
func (p *tab) is(expression string) bool {
	p.t.Helper()
	ok, err := eval[bool](p, "() => Boolean("+expression+")")
	p.do(err)
	return ok
}

// text is a JavaScript expression's.
func (p *tab) text(expression string) string {
	p.t.Helper()
	text, err := eval[string](p, "() => String("+expression+")")
	p.do(err)
	return text
}

// openLab loads the page of a lab and waits until it is live.
func (p *tab) openLab(w *world) {
	p.t.Helper()
	p.goTo(w.url(""))
	p.sees(`#live[data-state=live]`, "")
}

// fits fails when the page, or the window on it, is wider than the screen.
func (p *tab) fits() {
	p.t.Helper()
	wide, err := eval[[]string](p, `() => {
		const edge = document.documentElement.clientWidth;
		const boxes = [document.documentElement, ...document.querySelectorAll("#window, .win__body")];
		if (innerWidth <= edge && boxes.every((e) => e.scrollWidth <= e.clientWidth)) return [];
		const out = [...document.querySelectorAll("body *")].filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > edge + 0.5);
		return [location.pathname + location.search, ...out.map((e) => e.cloneNode(false).outerHTML.slice(0, 160))];
	}`)
	p.do(err)
	if len(wide) > 0 {
		p.t.Errorf("wider than the screen:\n%s", strings.Join(wide, "\n"))
	}
}

// within fails when something is cut off by the edge of its part of the page, or words are printed over others.
func (p *tab) within() {
	p.t.Helper()
	out, err := eval[[]string](p, `() => {`+finding+`
		const name = (e) => e.cloneNode(false).outerHTML.slice(0, 120);
		const beyond = [...document.querySelectorAll(".top, .net, .trace, .task__bar")].flatMap((part) => {
			const edge = part.getBoundingClientRect();
			return [...part.querySelectorAll(":is(.top, .bar, .foot, .task__bar, .hosts) *, .map text")].filter((e) => {
				const box = e.getBoundingClientRect();
				return seen(e) && box.width > 1 && !e.closest(".views, .time__what") &&
					(box.left < edge.left - 1 || box.right > edge.right + 1 || box.bottom > innerHeight + 1);
			});
		});
		const boxes = [...document.querySelectorAll(".hosts a > *")].filter((e) => seen(e) && e.textContent).map((e) => {
			const words = document.createRange();
			words.selectNodeContents(e);
			return [e, words.getBoundingClientRect()];
		});
		const over = boxes.filter(([e, a]) => boxes.some(([other, b]) => other !== e &&
			a.left < b.right && b.left < a.right && a.top + 1 < b.bottom && b.top + 1 < a.bottom));
		return [...beyond, ...over.map(([e]) => e)].map(name);
	}`)
	p.do(err)
	if len(out) > 0 {
		p.t.Errorf("cut off or covered at %s:\n%s", p.text(`innerWidth`), strings.Join(out, "\n"))
	}
}

// shoot keeps a picture of the page where SMTPLAB_SHOTS says: "an-inbox-dark-phone.png".
func (p *tab) shoot(name string) {
	p.t.Helper()
	dir := os.Getenv("SMTPLAB_SHOTS")
	if dir == "" {
		return
	}
	p.until("nothing moves", `() => document.getAnimations().every((a) => a.playState !== "running" || a.effect.getComputedTiming().endTime === Infinity)`)
	name = strings.NewReplacer(" ", "-", ",", "", "'", "").Replace(name)
	if p.phone {
		name += "-phone"
	}
	name += ".png"
	p.do(os.MkdirAll(dir, 0o755))
	p.do(os.WriteFile(filepath.Join(dir, name), p.picture(), 0o644))
}
