package e2e

import (
	"strings"
	"testing"

	"smtplab/sim/lab"
)

// Who holds the view-only link sees everything, is offered nothing that acts, and cannot act.
func TestViewOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	used(w)
	owner := s.browse(t, look{})
	owner.openLab(w)
	owner.click(".top a", "Share")
	owner.sees("#window .win__title", "Share this lab")
	if got := owner.text(`document.getElementById("share-edit").value`); got != s.url+w.url("") {
		t.Errorf("the editing link is %s", got)
	}
	viewing := owner.text(`document.getElementById("share-view").value`)
	owner.click("#window .share__link:last-of-type button, #window [data-copy=share-view]", "Copy")
	owner.sees("#window button", "Copied ✓")

	p := s.browse(t, look{})
	base := strings.TrimPrefix(viewing, s.url)
	p.goTo(base)
	p.sees("#live[data-state=live]", "")
	p.sees(".badge", "view only")
	p.sees(".row--client", "RCPT TO:<pc2@email.com>")
	for _, path := range []string{"", "/hosts/pc1", "/hosts/pc1/compose", "/hosts/pc2/inbox", "/hosts/pc2/inbox/1", "/hosts/pc1/sent", "/hosts/pc1/settings", "/hosts/server", "/hosts/server/settings", "/hosts/server/programs", "/share", "/notices", "/conditions"} {
		if path != "" {
			p.openWindow(base + path)
			p.sees("#window .win__title", "")
			p.until(path+" is open", `(url) => document.getElementById("window").dataset.url === url`, base+path)
		}
		if html := p.text(`document.documentElement.outerHTML`); strings.Contains(html, w.ID) {
			t.Errorf("%s tells the editing link", path)
		}
		if acting := p.text(`[...document.querySelectorAll("form[method=post]:not([data-theme-form])")].map((f) => f.outerHTML)`); acting != "" {
			t.Errorf("%s offers %s", path, acting)
		}
	}
	before := w.last()
	status, err := eval[int](p, `async (url) => (await fetch(url, { method: "POST", body: new URLSearchParams({ do: "pause" }) })).status`, base+"/clock")
	p.do(err)
	if status != 403 || w.last() != before {
		t.Errorf("acting: %d", status)
	}
	p.forgive("403")

	// It is live all the same.
	p.press(escape)
	w.act(lab.Action{Verb: lab.Restore, Host: "pc3"})
	w.mailed("pc3", lab.Mail{To: "pc1@email.com"})
	p.sees(".row--client", "RCPT TO:<pc1@email.com>")
}
