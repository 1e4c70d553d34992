package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"smtplab/sim/journal"
	"smtplab/sim/lab"
	"smtplab/sim/runner"
	"smtplab/sim/trace"
	"smtplab/sim/trace/tracetest"
)

// site is the whole web with real labs behind it.
type site struct {
	*httptest.Server
	web    *Server
	runner *runner.Runner
	log    strings.Builder
}

func newSite(t testing.TB, o Options) *site {
	t.Helper()
	s := &site{runner: runner.New(runner.Options{Journal: journal.NewMemory(journal.Limits{}), Log: slog.New(slog.DiscardHandler)})}
	if o.Runner == nil {
		o.Runner = s.runner
	}
	o.Log = slog.New(slog.NewTextHandler(&s.log, nil))
	web, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	s.web = web
	s.Server = httptest.NewServer(web)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := web.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		s.Server.Close()
		if err := s.runner.Close(ctx); err != nil {
			t.Errorf("closing the runner: %v", err)
		}
	})
	return s
}

// newLab makes a lab that runs at full speed.
func (s *site) newLab(t testing.TB) runner.Access {
	t.Helper()
	start := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	a, err := s.runner.Create(t.Context(), lab.Default("amber-fox", 1, start))
	if err != nil {
		t.Fatal(err)
	}
	s.act(t, a, lab.Action{Verb: lab.Speed})
	s.act(t, a, lab.Action{Verb: lab.Run})
	return a
}

func (s *site) act(t testing.TB, a runner.Access, act lab.Action) {
	t.Helper()
	if err := s.runner.Act(t.Context(), a, act); err != nil {
		t.Fatalf("%s: %v", act.Verb, err)
	}
}

func (s *site) view(t testing.TB, a runner.Access, f func(*lab.Lab)) {
	t.Helper()
	if err := s.runner.View(t.Context(), a, f); err != nil {
		t.Fatal(err)
	}
}

// until waits for news of the lab until f is true of it.
func (s *site) until(t testing.TB, a runner.Access, what string, f func(*lab.Lab) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	news, stop, err := s.runner.Watch(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	for {
		ok := false
		s.view(t, a, func(l *lab.Lab) { ok = f(l) })
		if ok {
			return
		}
		select {
		case <-news:
		case <-ctx.Done():
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// quiet is true of a lab in which nobody talks.
func quiet(l *lab.Lab) bool {
	for _, c := range l.Conversations() {
		if c.Open {
			return false
		}
	}
	return true
}

// mailed sends a mail and waits until the conversation is over.
func (s *site) mailed(t testing.TB, a runner.Access, host string, m lab.Mail) {
	t.Helper()
	s.act(t, a, lab.Action{Verb: lab.Send, Host: host, Mail: &m})
	s.until(t, a, "the mail is sent", func(l *lab.Lab) bool {
		pc, _ := l.PC(host)
		return pc.Sent[len(pc.Sent)-1].Outcome.Progress != lab.Sending && quiet(l)
	})
}

// fetched checks the mail of a host and waits until the conversation is over.
func (s *site) fetched(t testing.TB, a runner.Access, host string) {
	t.Helper()
	s.act(t, a, lab.Action{Verb: lab.Fetch, Host: host})
	s.until(t, a, "the mail is fetched", func(l *lab.Lab) bool {
		pc, _ := l.PC(host)
		return pc.Checked && !pc.Checking && quiet(l)
	})
}

// visitor is a browser without JavaScript: it keeps cookies, follows redirects and submits forms.
type visitor struct {
	t      testing.TB
	site   *site
	client *http.Client
}

func (s *site) visitor(t testing.TB) *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := *s.Client()
	client.Jar = jar
	return &visitor{t, s, &client}
}

// page is what a visitor sees.
type page struct {
	status int
	path   string // where redirects led, with the query
	header http.Header
	body   string
	doc    *html.Node
}

func (v *visitor) do(r *http.Request) page {
	v.t.Helper()
	resp, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	if r.Method == http.MethodGet && resp.StatusCode == http.StatusOK && strings.HasSuffix(resp.Request.URL.Path, "/transcript.json") {
		tracetest.Valid(v.t, trace.Schema, body) // each that a test sees
	}
	doc, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		v.t.Fatal(err)
	}
	return page{resp.StatusCode, resp.Request.URL.RequestURI(), resp.Header, string(body), doc}
}

func (v *visitor) request(method, path string, body io.Reader, header ...string) *http.Request {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.site.URL+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

func (v *visitor) get(path string, header ...string) page {
	v.t.Helper()
	return v.do(v.request("GET", path, nil, header...))
}

const urlencoded = "application/x-www-form-urlencoded"

func (v *visitor) post(path string, fields url.Values, header ...string) page {
	v.t.Helper()
	header = append([]string{"Content-Type", urlencoded}, header...)
	return v.do(v.request("POST", path, strings.NewReader(fields.Encode()), header...))
}

// click follows the link in the page whose address ends so.
func (v *visitor) click(p page, end string) page {
	v.t.Helper()
	for a := range elements(p.doc, "a") {
		if href := attr(a, "href"); strings.HasSuffix(href, end) {
			return v.get(href)
		}
	}
	v.t.Fatalf("%s has no link to …%s", p.path, end)
	return page{}
}

// submit sends the form of the page whose action ends so, with the fields as they stand there except those given.
func (v *visitor) submit(p page, end string, fields url.Values) page {
	v.t.Helper()
	for f := range elements(p.doc, "form") {
		action := attr(f, "action")
		if !strings.HasSuffix(action, end) || attr(f, "method") != "post" {
			continue
		}
		all := url.Values{}
		for _, tag := range []string{"input", "textarea"} {
			for in := range elements(f, tag) {
				if name := attr(in, "name"); name != "" && attr(in, "type") != "file" {
					all.Set(name, attr(in, "value"))
				}
			}
		}
		for name, values := range fields {
			all[name] = values
		}
		return v.post(action, all)
	}
	v.t.Fatalf("%s has no form for …%s", p.path, end)
	return page{}
}

// elements yields the elements of that name below n.
func elements(n *html.Node, name string) func(yield func(*html.Node) bool) {
	return func(yield func(*html.Node) bool) {
		for d := range n.Descendants() {
			if d.Type == html.ElementNode && d.Data == name && !yield(d) {
				return
			}
		}
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// text is what a reader sees of a page, with single spaces.
func (p page) text() string {
	var b strings.Builder
	for d := range p.doc.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func (p page) wants(t testing.TB, status int, words ...string) page {
	t.Helper()
	if p.status != status {
		t.Fatalf("%s: status %d, want %d\n%s", p.path, p.status, status, p.text())
	}
	for _, w := range words {
		if !strings.Contains(p.text(), w) && !strings.Contains(p.body, w) {
			t.Errorf("%s does not say %q:\n%s", p.path, w, p.text())
		}
	}
	return p
}
