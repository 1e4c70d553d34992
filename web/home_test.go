package web

import (
	"net/http"
	"strings"
	"testing"
)

func (v *visitor) stay() *visitor {
	v.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return v
}

func TestFirstVisitMakesALabAndLaterOnesLeadBack(t *testing.T) {
	s := newSite(t, Options{})
	v := s.visitor(t).stay()
	first := v.get("/").wants(t, http.StatusSeeOther)
	where := first.header.Get("Location")
	cookie := first.header.Get("Set-Cookie")
	id := strings.TrimPrefix(where, "/labs/")
	for _, want := range []string{"lab=" + id + ";", "Path=/", "HttpOnly", "SameSite=Lax", "Max-Age="} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie %q has no %s", cookie, want)
		}
	}
	if strings.Contains(cookie, "Secure") {
		t.Errorf("over plain http the cookie would never come back: %s", cookie)
	}
	if again := v.get("/").header.Get("Location"); again != where {
		t.Errorf("then %s, now %s", where, again)
	}
	if other := s.visitor(t).stay().get("/").header.Get("Location"); other == where || !strings.HasPrefix(other, "/labs/") {
		t.Errorf("somebody else is led to %s", other)
	}
	if a, err := s.runner.Open(t.Context(), id); err != nil || !a.CanAct {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestCookiesThatLeadNowhere(t *testing.T) {
	s := newSite(t, Options{PublicURL: "https://lab.example"})
	a := s.newLab(t)
	for _, value := range []string{"unknown", a.ViewID, "../../x", strings.Repeat("x", 3000)} {
		p := s.visitor(t).stay().get("/", "Cookie", "lab="+value).wants(t, http.StatusSeeOther)
		if where := p.header.Get("Location"); !strings.HasPrefix(where, "/labs/") || strings.Contains(where, value) {
			t.Errorf("%.20q leads to %s", value, where)
		}
	}
	r := s.visitor(t).stay().request("GET", "/", nil)
	r.Host = "lab.example"
	if cookie := s.visitor(t).stay().do(r).header.Get("Set-Cookie"); !strings.Contains(cookie, "Secure") {
		t.Errorf("by the public https address: %q", cookie)
	}
}

func TestWhoMakesNoLab(t *testing.T) {
	s := newSite(t, Options{})
	v := s.visitor(t).stay()
	before := s.runner.Stats()
	for name, r := range map[string]*http.Request{
		"HEAD":       v.request("HEAD", "/", nil),
		"a robot":    v.request("GET", "/", nil, "User-Agent", "Mozilla/5.0 (compatible; Examplebot/2.1)"),
		"a preview":  v.request("GET", "/", nil, "User-Agent", "LinkPreview/1.0"),
		"a prefetch": v.request("GET", "/", nil, "Sec-Purpose", "prefetch;prerender"),
	} {
		p := v.do(r)
		if p.header.Get("Location") != "/theory" || p.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d, leads to %s, cookie %q", name, p.status, p.header.Get("Location"), p.header.Get("Set-Cookie"))
		}
	}
	if after := s.runner.Stats(); after.Awake != before.Awake {
		t.Errorf("%d labs, then %d", before.Awake, after.Awake)
	}
}

func TestDemoIsForEverybody(t *testing.T) {
	s := newSite(t, Options{})
	s.visitor(t).get("/labs/demo").wants(t, 200, "PC-1", "/labs/demo/clock")
}

func TestTheme(t *testing.T) {
	s := newSite(t, Options{})
	v := s.visitor(t)
	p := v.submit(v.get("/theory/aim").wants(t, 200, `data-theme="auto"`), "/theme", map[string][]string{"theme": {"dark"}})
	p.wants(t, 200, `data-theme="dark"`)
	if p.path != "/theory/aim" {
		t.Errorf("back at %s", p.path)
	}
	v.post("/theme", map[string][]string{"theme": {"pink"}}).wants(t, 422)
	for _, back := range []string{"//evil.example", "https://evil.example/", `/\evil.example`, `\\evil.example`, "javascript:alert(1)", "theory", ""} {
		p := s.visitor(t).stay().post("/theme", map[string][]string{"theme": {"light"}, "back": {back}})
		if got := p.header.Get("Location"); got != "/" {
			t.Errorf("back=%s leads to %s", back, got)
		}
	}
}

func TestHealth(t *testing.T) {
	s := newSite(t, Options{})
	v := s.visitor(t)
	v.get("/healthz").wants(t, 200, "ok")
	v.get("/readyz").wants(t, 503)
	s.web.SetReady(true)
	v.get("/readyz").wants(t, 200, "ready")
	v.get("/robots.txt").wants(t, 200, "Disallow: /")
	if err := s.web.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	v.get("/readyz").wants(t, 503)
	v.get("/healthz").wants(t, 200)
}

// Only what holds no secret is compressed.
func TestCompression(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	for path, want := range map[string]string{"/theory/transfer": "gzip", labURL(a): "", hostURL(a, "pc1"): "", labURL(a) + "/share": "", labURL(a) + "/poll": ""} {
		p := v.get(path, "Accept-Encoding", "gzip")
		if got := p.header.Get("Content-Encoding"); got != want || p.status != 200 {
			t.Errorf("%s: %d, Content-Encoding %q, want %q", path, p.status, got, want)
		}
	}
}

func TestTheoryPages(t *testing.T) {
	s := newSite(t, Options{})
	v := s.visitor(t)
	p := v.get("/theory")
	pages := 0
	for next := true; next; pages++ {
		p.wants(t, 200, "<h1>")
		next = false
		for a := range elements(p.doc, "a") {
			if attr(a, "rel") == "next" {
				p, next = v.get(attr(a, "href")), true
				break
			}
		}
	}
	if pages < 8 {
		t.Errorf("%d pages follow each other", pages)
	}
	v.get("/theory/unknown").wants(t, 404)
}

// A first visit transfers at most 120 KB, with all that the page names, and asks nobody else for anything.
func TestFirstLoadIsSmall(t *testing.T) {
	s := newSite(t, Options{})
	v := s.visitor(t)
	p := v.get("/", "Accept-Encoding", "gzip").wants(t, 200)
	total, files := len(p.body), map[string]bool{}
	for _, tag := range []string{"link", "script", "img"} {
		for el := range elements(p.doc, tag) {
			if url := attr(el, "href") + attr(el, "src"); url != "" {
				files[url] = true
			}
		}
	}
	for url := range files {
		if !strings.HasPrefix(url, "/static/") {
			t.Errorf("the page needs %s", url)
			continue
		}
		total += len(v.get(url, "Accept-Encoding", "gzip").wants(t, 200).body)
	}
	if total > 120_000 || len(files) < 5 {
		t.Errorf("%d octets in %d files, at most 120,000 should be", total, len(files)+1)
	}
	t.Logf("%d octets in %d files, %d of them the page", total, len(files)+1, len(p.body))
}

// Who was given a link to somebody's lab comes back to that lab from the theory, not to a new one of their own.
func TestWayBackFromTheTheory(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	for _, link := range []string{labURL(a), "/labs/" + a.ViewID} {
		guest := s.visitor(t)
		guest.get(link).wants(t, 200)
		theory := guest.get("/theory/aim").wants(t, 200, "Open the lab")
		if strings.Contains(theory.body, a.ID) || strings.Contains(theory.body, a.ViewID) {
			t.Error("a page that may be compressed names the lab")
		}
		if back := guest.get("/lab"); back.path != link {
			t.Errorf("from the theory the way led to %s, not back to %s", back.path, link)
		}
	}
	if p := s.visitor(t).get("/lab"); !strings.HasPrefix(p.path, "/labs/") {
		t.Errorf("without a lab, /lab leads to %s", p.path)
	}
}
