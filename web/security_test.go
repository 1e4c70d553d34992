package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/gorilla/websocket"

	"smtplab/sim/lab"
	"smtplab/static"
	"smtplab/web/live"
	"smtplab/web/ui"
)

func TestHostsThatAreAnsweredTo(t *testing.T) {
	s := newSite(t, Options{PublicURL: "https://lab.example", AllowedHosts: []string{"classroom.example", "[fd00::1]:8025", "10.0.0.5:8025"}})
	for host, known := range map[string]bool{
		"localhost":                true,
		"LOCALHOST:8025":           true,
		"127.0.0.1":                true,
		"127.0.0.1:1":              true,
		"[::1]":                    true,
		"[::1]:8025":               true,
		"lab.example":              true,
		"Lab.Example:443":          true,
		"lab.example:8443":         false,
		"lab.example.":             false,
		"classroom.example":        true,
		"classroom.example:99":     true,
		"[fd00::1]:8025":           true,
		"[fd00::1]:9":              false,
		"10.0.0.5:8025":            true,
		"10.0.0.5":                 false,
		"evil.example":             false,
		"evil.example:8025":        false,
		"localhost.evil":           false,
		"127.0.0.1.evil.example":   false,
		"localhost@evil.example":   false,
		"evil.example:localhost":   false,
		"evil.example/localhost":   false,
		"":                         false,
		"::1":                      false,
		"127.0.0.1:80:evil":        false,
		"[::1].evil.example":       false,
		"xn--localhost-.evil":      false,
		"0.0.0.0":                  false,
		"169.254.169.254":          false,
		"metadata.google.internal": false,
	} {
		r := httptest.NewRequest("GET", "/healthz", nil)
		r.Host = host
		w := httptest.NewRecorder()
		s.web.ServeHTTP(w, r)
		want := http.StatusMisdirectedRequest
		if known {
			want = http.StatusOK
		}
		if w.Code != want {
			t.Errorf("Host %q: %d, want %d", host, w.Code, want)
		}
		if !known && !strings.Contains(w.Body.String(), "The lab does not answer to that name.") {
			t.Errorf("Host %q is not told why", host)
		}
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for name, o := range map[string]Options{
		"a public address without scheme":  {PublicURL: "lab.example"},
		"a public address of another kind": {PublicURL: "ftp://lab.example"},
		"a path instead of a host":         {AllowedHosts: []string{"lab.example/path"}},
		"any host":                         {AllowedHosts: []string{"*"}},
		"no host":                          {AllowedHosts: []string{""}},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestEveryAnswerCarriesTheHeaders(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	for _, path := range []string{labURL(a), hostURL(a, "pc1"), "/theory/aim", "/labs/unknown", "/nowhere", labURL(a) + "/transcript.txt", "/healthz"} {
		p := v.get(path)
		for name, want := range map[string]string{
			"Content-Security-Policy":      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-src 'self'; frame-ancestors 'none'",
			"X-Content-Type-Options":       "nosniff",
			"X-Frame-Options":              "DENY",
			"Referrer-Policy":              "no-referrer",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Cache-Control":                "no-store",
		} {
			if got := p.header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if !strings.Contains(p.header.Get("Permissions-Policy"), "camera=()") {
			t.Errorf("%s: no Permissions-Policy", path)
		}
		if got := p.header.Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("%s lets %s read it", path, got)
		}
		if strings.Contains(p.body, "<script>") || strings.Contains(p.body, " style=") || strings.Contains(p.body, " onclick=") {
			t.Errorf("%s has something inline that its policy forbids", path)
		}
	}
}

// What is no document does not carry how one is to be treated, and what may be shown as one does.
func TestHeadersOfFiles(t *testing.T) {
	v := newSite(t, Options{}).visitor(t)
	for name, document := range map[string]bool{"js/lab.js": false, "css/app.css": false, "img/icon.svg": true, "js/none.js": false} {
		url := strings.Replace(static.Path("js/lab.js"), "js/lab.js", name, 1)
		h := v.get(url).header
		for _, of := range []string{"Content-Security-Policy", "X-Frame-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy", "Permissions-Policy"} {
			if got := h.Get(of); (got != "") != document {
				t.Errorf("%s: %s is %q", name, of, got)
			}
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cross-Origin-Resource-Policy") != "same-origin" {
			t.Errorf("%s: %v", name, h)
		}
	}
}

// posts are all the URLs that change something, for a lab.
func posts(t testing.TB, s *site, id string) []string {
	t.Helper()
	var urls []string
	err := chi.Walk(s.web.routes().(chi.Routes), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if method == "POST" {
			urls = append(urls, strings.NewReplacer("{lab}", id, "{host}", "pc1", "{n}", "1", "{k}", "1").Replace(route))
		}
		return nil
	})
	if err != nil || len(urls) < 8 {
		t.Fatalf("%d routes, %v", len(urls), err)
	}
	return urls
}

func TestUnsafeRequestsFromOtherSitesAreRefused(t *testing.T) {
	s := newSite(t, Options{PublicURL: "https://lab.example"})
	a := s.newLab(t)
	v := s.visitor(t)
	before := lastEvent(t, s, a.ID)
	for _, url := range posts(t, s, a.ID) {
		for name, header := range map[string][]string{
			"a foreign origin":       {"Origin", "http://evil.example"},
			"no origin of a page":    {"Origin", "null"},
			"a name like ours":       {"Origin", "http://localhost.evil"},
			"another port":           {"Origin", "http://127.0.0.1:1"},
			"a cross-site fetch":     {"Sec-Fetch-Site", "cross-site"},
			"a same-site fetch":      {"Sec-Fetch-Site", "same-site"},
			"our public name, plain": {"Origin", "http://lab.example"},
		} {
			p := v.post(url, nil, header...)
			if p.status != http.StatusForbidden || !strings.Contains(p.text(), "another site") {
				t.Errorf("%s from %s: %d %s", url, name, p.status, p.text())
			}
		}
	}
	if after := lastEvent(t, s, a.ID); after != before {
		t.Errorf("the lab went from event %d to %d", before, after)
	}
	for name, header := range map[string][]string{
		"our own page":        {"Origin", s.URL, "Sec-Fetch-Site", "same-origin"},
		"our public page":     {"Origin", "https://lab.example", "Sec-Fetch-Site", "same-origin"},
		"a program":           {},
		"an address typed in": {"Sec-Fetch-Site", "none"},
	} {
		if p := v.post(labURL(a)+"/clock", url.Values{"do": {"pause"}}, header...); p.status != http.StatusOK {
			t.Errorf("%s: %d", name, p.status)
		}
	}
}

func lastEvent(t testing.TB, s *site, id string) uint64 {
	t.Helper()
	a, err := s.runner.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var last uint64
	s.view(t, a, func(l *lab.Lab) { last = l.Trace().Last() })
	return last
}

// dial opens the lab's websocket.
func (s *site) dial(t testing.TB, path string, header http.Header) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	d := websocket.Dialer{HandshakeTimeout: 10 * time.Second}
	c, resp, err := d.Dial("ws"+strings.TrimPrefix(s.URL, "http")+path, header)
	if err == nil {
		t.Cleanup(func() { c.Close() })
		c.SetReadDeadline(time.Now().Add(20 * time.Second))
	}
	return c, resp, err
}

func TestOriginsThatMayWatch(t *testing.T) {
	s := newSite(t, Options{PublicURL: "https://lab.example:8443"})
	a := s.newLab(t)
	port := s.URL[strings.LastIndex(s.URL, ":")+1:]
	for name, c := range map[string]struct {
		header http.Header
		want   int
	}{
		"our own page":               {http.Header{"Origin": {s.URL}}, 101},
		"our own page with a cookie": {http.Header{"Origin": {s.URL}, "Cookie": {"lab=" + a.ID}}, 101},
		"our public page":            {http.Header{"Origin": {"https://lab.example:8443"}}, 101},
		"a program":                  {nil, 101},
		"no origin but a cookie":     {http.Header{"Cookie": {"lab=" + a.ID}}, 403},
		"no origin but a browser":    {http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403},
		"evil":                       {http.Header{"Origin": {"http://evil.example"}}, 403},
		"null":                       {http.Header{"Origin": {"null"}}, 403},
		"empty":                      {http.Header{"Origin": {""}}, 403},
		"a name like ours":           {http.Header{"Origin": {"http://localhost.evil:" + port}}, 403},
		"another port":               {http.Header{"Origin": {"http://127.0.0.1:1"}}, 403},
		"no port":                    {http.Header{"Origin": {"http://127.0.0.1"}}, 403},
		"another loopback name":      {http.Header{"Origin": {"http://localhost:" + port}}, 403},
		"another scheme":             {http.Header{"Origin": {"https://127.0.0.1:" + port}}, 403},
		"our public name, plain":     {http.Header{"Origin": {"http://lab.example:8443"}}, 403},
		"our public name, no port":   {http.Header{"Origin": {"https://lab.example"}}, 403},
		"a user in it":               {http.Header{"Origin": {"http://127.0.0.1:" + port + "@evil.example"}}, 403},
		"a path in it":               {http.Header{"Origin": {s.URL + "/"}}, 403},
		"two":                        {http.Header{"Origin": {s.URL, "http://evil.example"}}, 403},
		"a foreign host":             {http.Header{"Host": {"evil.example:" + port}, "Origin": {"http://evil.example:" + port}}, 421},
	} {
		_, resp, err := s.dial(t, labURL(a)+"/live?after=0", c.header)
		if resp == nil {
			t.Fatalf("%s: %v", name, err)
		}
		if resp.StatusCode != c.want {
			t.Errorf("%s: %s, want %d", name, resp.Status, c.want)
		}
	}
}

func TestAddressesThatOpenNoWebsocket(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	for path, want := range map[string]int{
		"/labs/" + strings.Repeat("a", len(a.ID)) + "/live": 404,
		"/labs/" + a.ID + "x/live":                          404,
		"/labs/" + strings.ToUpper(a.ID) + "/live":          404,
		"/labs//live":                404,
		"/labs/../live":              404,
		"/labs/%2e%2e/live":          404,
		labURL(a) + "/%6cive":        404,
		labURL(a) + "/live/":         404,
		labURL(a) + "/live?after=-1": 400,
		labURL(a) + "/live?after=x":  400,
		"/ws":                        404,
		"/%77s":                      404,
	} {
		_, resp, err := s.dial(t, path, nil)
		if resp == nil {
			t.Fatalf("%s: %v", path, err)
		}
		if resp.StatusCode != want {
			t.Errorf("%s: %s, want %d", path, resp.Status, want)
		}
	}
	s.visitor(t).get(labURL(a)+"/live").wants(t, 400, "websocket")
}

func TestViewOnlyCannotAct(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	s.mailed(t, a, "pc2", lab.Mail{To: "pc1@email.com", Subject: "hello"})
	s.fetched(t, a, "pc1")
	v := s.visitor(t)
	before := lastEvent(t, s, a.ID)
	for _, url := range posts(t, s, a.ViewID) {
		if !strings.HasPrefix(url, "/labs/") { // of no lab
			continue
		}
		p := v.post(url, nil).wants(t, http.StatusForbidden, "view-only link")
		if !strings.Contains(p.body, "/labs/"+a.ViewID) {
			t.Errorf("%s: no way back to the lab", url)
		}
		api := v.post(url, nil, "Accept", "application/json")
		if api.status != http.StatusForbidden || !strings.Contains(api.body, `"code":"view_only"`) {
			t.Errorf("%s for a program: %d %s", url, api.status, api.body)
		}
	}
	if after := lastEvent(t, s, a.ID); after != before {
		t.Errorf("the lab went from event %d to %d", before, after)
	}

	// The pages that it can see do not say the editing id, nor offer what it cannot do.
	for _, path := range []string{"", "/hosts/pc1", "/hosts/pc1/inbox", "/hosts/pc1/inbox/1", "/hosts/pc1/sent", "/hosts/server", "/notices",
		"/share", "/conditions", "/events/1", "/conversations/1", "/transcript.txt", "/transcript.json", "/transcript.pcapng", "/transcript.csv",
		"/mails.zip", "/report", "/result.json", "/poll"} {
		p := v.get("/labs/"+a.ViewID+path).wants(t, 200)
		if strings.Contains(p.body, a.ID) {
			t.Errorf("%q says the editing id", path)
		}
	}
	if p := v.get("/labs/" + a.ViewID); strings.Contains(p.body, "/clock") {
		t.Errorf("the page offers the clock")
	}
	v.get(labURL(a)+"/share").wants(t, 200, s.URL+"/labs/"+a.ID, s.URL+"/labs/"+a.ViewID)
}

// The websocket of a view-only link does not say the editing id either, whoever else watches the same lab.
func TestViewOnlyWatcherIsNotToldTheEditingID(t *testing.T) {
	s := newSite(t, Options{Live: live.Options{Gather: time.Millisecond}})
	a := s.newLab(t)
	editor, _, err := s.dial(t, labURL(a)+"/live?after=0", nil)
	if err != nil {
		t.Fatal(err)
	}
	viewer, _, err := s.dial(t, "/labs/"+a.ViewID+"/live?after=0", nil)
	if err != nil {
		t.Fatal(err)
	}
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: "hello"})
	last := lastEvent(t, s, a.ID)
	for _, w := range []struct {
		conn   *websocket.Conn
		id, no string
	}{{editor, a.ID, a.ViewID}, {viewer, a.ViewID, a.ID}} {
		said := ""
		for e := (ui.Envelope{}); e.Seq < last; {
			if err := w.conn.ReadJSON(&e); err != nil {
				t.Fatal(err)
			}
			said += e.HTML
			for _, wire := range e.Wire {
				said += wire.HTML
			}
		}
		if !strings.Contains(said, w.id) || strings.Contains(said, w.no) {
			t.Errorf("%s is told %v of itself and %v of the other", w.id, strings.Contains(said, w.id), strings.Contains(said, w.no))
		}
	}
}

// Unknown, malformed and odd ids all get the very same page.
func TestIDsThatNameNothing(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	text := ""
	for _, id := range []string{"unknown", strings.Repeat("a", len(a.ID)), a.ID[:len(a.ID)-1], a.ID + "a", strings.ToUpper(a.ID), "1", "2", "..", "%2e%2e",
		"..%2f..%2fetc%2fpasswd", "%00", "a%00b", "%0d%0aX-Evil:1", "|id", "CON", "null", "*", "%ff", strings.Repeat("x", 2000)} {
		p := v.get("/labs/" + id + "/hosts/pc1")
		if p.status != 404 || p.header.Get("X-Evil") != "" {
			t.Errorf("%q: %d", id, p.status)
			continue
		}
		_, words, _ := strings.Cut(p.text(), "Theory")
		if text == "" {
			text = words
		}
		if words != text {
			t.Errorf("%q: another page:\n%s", id, words)
		}
	}
	for _, path := range []string{"/hosts/nobody", "/hosts/switch", "/hosts/pc1/inbox/0", "/hosts/pc1/inbox/-1", "/hosts/pc1/inbox/+1", "/hosts/pc1/inbox/01",
		"/hosts/pc1/inbox/0x1", "/hosts/pc1/inbox/1abc", "/hosts/pc1/inbox/9223372036854775808", "/hosts/pc1/inbox/7", "/hosts/pc1/sent/7",
		"/hosts/pc1/inbox/..%2f..%2fx", "/hosts/pc1/inbox/1/files/1", "/hosts/nobody/inbox", "/hosts/server/inbox", "/hosts/..%2f/inbox",
		"/events/0", "/events/99999", "/events/-1", "/conversations/0", "/conversations/99", "/conversations/4294967297", "/transcript.exe", "/..%2f..%2fx"} {
		v.get(labURL(a)+path).wants(t, 404, "There is nothing here.")
	}
}

func TestLabsAreNotGuessable(t *testing.T) {
	s := newSite(t, Options{})
	ids := map[string]bool{}
	for range 20 {
		a := s.newLab(t)
		for _, id := range []string{a.ID, a.ViewID} {
			if len(id) < 20 || ids[id] {
				t.Fatalf("the id %q is short or was given before", id)
			}
			ids[id] = true
		}
	}
}

// No page, whatever is asked of it, makes anything happen.
func TestNoGetChangesAnything(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	s.mailed(t, a, "pc2", lab.Mail{To: "pc1@email.com", Subject: "hello"})
	s.fetched(t, a, "pc1")
	v := s.visitor(t)
	before, actions := lastEvent(t, s, a.ID), s.runner.Stats().Actions
	fill := strings.NewReplacer("{lab}", a.ID, "{host}", "pc1", "{n}", "1", "{k}", "1", "{seq}", "1", "{conn}", "1", "{page}", "aim", "*", "x")
	var seen []string
	err := chi.Walk(s.web.routes().(chi.Routes), func(_, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		url := fill.Replace(route)
		if slices.Contains(seen, url) || route == "/" {
			return nil
		}
		seen = append(seen, url)
		for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
			v.do(v.request(method, url+"?do=step&speed=max&to=pc1@email.com&before=3", nil))
		}
		return nil
	})
	if err != nil || len(seen) < 30 {
		t.Fatalf("%d routes, %v", len(seen), err)
	}
	if after := lastEvent(t, s, a.ID); after != before || s.runner.Stats().Actions != actions {
		t.Errorf("events %d → %d, actions %d → %d", before, after, actions, s.runner.Stats().Actions)
	}
	s.view(t, a, func(l *lab.Lab) {
		if m, _ := l.Inbox("pc1", 1); m.Read {
			t.Errorf("looking at a mail marked it as read")
		}
	})
}
