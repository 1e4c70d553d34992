package web

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"smtplab/sim/lab"
)

// Every endpoint there is refuses a body that is too large, said in advance or not, without reading it.
func TestLargeBodiesAreRefusedEverywhere(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	fill := strings.NewReplacer("{lab}", a.ID, "{host}", "pc1", "{n}", "1", "{k}", "1", "{seq}", "1", "{conn}", "1", "{page}", "aim", "{at}", "1", "{exercise}", "first-mail", "*", "x")
	routes := 0
	err := chi.Walk(s.web.routes().(chi.Routes), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		routes++
		path := fill.Replace(route)
		r := httptest.NewRequest(method, "http://localhost"+path, infinite{})
		r.ContentLength = 1 << 30
		r.Header.Set("Content-Type", urlencoded)
		w := httptest.NewRecorder()
		s.web.ServeHTTP(w, r)
		if w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(w.Body.String(), "The most that is taken here is") {
			t.Errorf("%s %s: %d", method, route, w.Code)
		}
		if method != "POST" {
			return nil
		}
		r = httptest.NewRequest(method, "http://localhost"+path, infinite{})
		r.ContentLength = -1
		r.Header.Set("Content-Type", urlencoded)
		w = httptest.NewRecorder()
		s.web.ServeHTTP(w, r)
		reads := !strings.Contains(route, "/inbox") && !slices.Contains([]string{"reset", "restart", "undo", "fork", "begin", "show"}, path[strings.LastIndex(path, "/")+1:])
		if reads && w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("%s %s, not said in advance: %d", method, route, w.Code)
		}
		return nil
	})
	if err != nil || routes < 30 {
		t.Fatalf("%d routes, %v", routes, err)
	}
}

// infinite is a body without end.
type infinite struct{}

func (infinite) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// A form of ten megabytes is read, and refused by the lab, in words; one that is larger still is refused here.
func TestHugeMails(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	before := lastEvent(t, s, a.ID)
	for name, c := range map[string]struct {
		octets int
		want   int
	}{"over what the lab takes": {lab.MaxMailOctets + 1, 422}, "over what the form may weigh": {mailLimit, 413}} {
		p := v.postParts(hostURL(a, "pc1")+"/mail", part{name: "to", value: "pc2@email.com"}, part{name: "subject", value: "kept"},
			part{name: "body", value: strings.Repeat("x", c.octets)})
		if p.status != c.want {
			t.Errorf("%s: %d, want %d", name, p.status, c.want)
		}
	}
	if after := lastEvent(t, s, a.ID); after != before {
		t.Errorf("the lab went from event %d to %d", before, after)
	}
}

func TestTooManyRequests(t *testing.T) {
	once := Rate{PerSecond: 0.01, Burst: 1}
	for name, c := range map[string]struct {
		limits Limits
		ask    func(v *visitor, id string) page
	}{
		"requests": {Limits{Requests: once}, func(v *visitor, id string) page { return v.get("/theory/aim") }},
		"labs":     {Limits{Labs: once}, func(v *visitor, id string) page { return v.site.visitor(v.t).get("/") }},
		"actions": {Limits{Acts: once}, func(v *visitor, id string) page {
			return v.post("/labs/"+id+"/clock", url.Values{"do": {"run"}}, "X-Fragment", "1")
		}},
		"actions in a lab": {Limits{LabActs: once}, func(v *visitor, id string) page {
			return v.post("/labs/"+id+"/clock", url.Values{"do": {"run"}}, "X-Fragment", "1")
		}},
		"requests, as data": {Limits{Requests: once}, func(v *visitor, id string) page { return v.get("/theory/aim", "Accept", "application/json") }},
	} {
		s := newSite(t, Options{Limits: c.limits})
		v := s.visitor(t)
		id := s.newLab(t).ID
		if p := c.ask(v, id); p.status >= 400 {
			t.Errorf("%s: the first is refused: %d %s", name, p.status, p.text())
		}
		p := c.ask(v, id)
		wait, err := strconv.Atoi(p.header.Get("Retry-After"))
		if p.status != http.StatusTooManyRequests || err != nil || wait < 1 || wait > 100 {
			t.Errorf("%s: the second: %d, Retry-After %q", name, p.status, p.header.Get("Retry-After"))
		}
	}
}

// Ten thousand labs from one address do not come to be.
func TestOneAddressCannotMakeLabsWithoutEnd(t *testing.T) {
	s := newSite(t, Options{})
	made := 0
	for i := range 10_000 {
		r := httptest.NewRequest("GET", "http://localhost/", nil)
		r.RemoteAddr = fmt.Sprintf("[2001:db8::%x]:1000", i) // one client has all of a /64 network
		w := httptest.NewRecorder()
		s.web.ServeHTTP(w, r)
		if w.Code == http.StatusSeeOther {
			made++
		}
	}
	if most := DefaultLimits.Labs.Burst + 20; made > most {
		t.Errorf("%d labs were made, at most %d should", made, most)
	}
}

func TestSocketsAreCounted(t *testing.T) {
	for name, limits := range map[string]Limits{
		"of a client": {ClientSockets: 2}, "on a lab": {LabSockets: 2}, "in all": {Sockets: 2},
	} {
		s := newSite(t, Options{Limits: limits})
		a := s.newLab(t)
		path := labURL(a) + "/live?after=0"
		first, _, err := s.dial(t, path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.dial(t, path, nil); err != nil {
			t.Fatal(err)
		}
		_, resp, _ := s.dial(t, path, nil)
		if resp == nil || resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" {
			t.Fatalf("%s: the third: %v", name, resp)
		}
		first.Close()
		deadline := time.Now().Add(10 * time.Second)
		for { // until the server has noticed
			if _, resp, err := s.dial(t, path, nil); err == nil {
				break
			} else if resp == nil || time.Now().After(deadline) {
				t.Fatalf("%s: nobody gets in after one has left: %v", name, err)
			}
		}
	}
}

func TestHandshakesThatFailAreNotCounted(t *testing.T) {
	s := newSite(t, Options{Limits: Limits{ClientSockets: 1}})
	a := s.newLab(t)
	v := s.visitor(t)
	for range 3 {
		v.get(labURL(a)+"/live").wants(t, 400)
	}
	if _, _, err := s.dial(t, labURL(a)+"/live", nil); err != nil {
		t.Error(err)
	}
}

func TestHeavyWorkIsCounted(t *testing.T) {
	s := newSite(t, Options{Limits: Limits{ClientHeavy: 1}})
	a := s.newLab(t)
	v := s.visitor(t)
	pr, pw := io.Pipe()
	answered := make(chan page)
	reading := make(chan bool)
	go func() {
		r := v.request("POST", hostURL(a, "pc1")+"/mail", io.MultiReader(pr), "Content-Type", urlencoded)
		close(reading)
		answered <- v.do(r)
	}()
	<-reading
	io.WriteString(pw, "to=pc2%40email.com&body=") // it is read, and there is more to come
	deadline := time.Now().Add(10 * time.Second)
	for v.get(labURL(a)+"/transcript.txt").status != http.StatusTooManyRequests {
		if time.Now().After(deadline) {
			t.Fatal("a transcript and a large mail at once are too much, but are done")
		}
	}
	pw.Close()
	if p := <-answered; p.status != 200 {
		t.Errorf("the mail: %d", p.status)
	}
	v.get(labURL(a)+"/transcript.txt").wants(t, 200)
}

func TestMeter(t *testing.T) {
	now := time.Unix(1000, 0)
	m := newMeter(Rate{PerSecond: 2, Burst: 2}, 3, func() time.Time { return now })
	take := func(key string) bool { return m.take(key, "slower") == nil }
	if !take("a") || !take("a") || take("a") || !take("b") {
		t.Error("each key has its own two tokens")
	}
	err := m.take("a", "slower")
	if e, ok := err.(*refusal); !ok || e.kind != tooMany || e.after != 500*time.Millisecond {
		t.Errorf("got %+v", err)
	}
	now = now.Add(500 * time.Millisecond)
	if !take("a") || take("a") {
		t.Error("after half a second there is one more")
	}
	for i := range 1000 {
		take(fmt.Sprint(i))
	}
	if len(m.buckets) != 3 || m.recent.Len() != 3 {
		t.Errorf("%d buckets are remembered", len(m.buckets))
	}
}

func TestGauge(t *testing.T) {
	g := newGauge(3, 2)
	leave1, _ := g.enter("a")
	leave2, ok2 := g.enter("a")
	if _, ok := g.enter("a"); ok || !ok2 {
		t.Error("two of a key, not three")
	}
	leave3, _ := g.enter("b")
	if _, ok := g.enter("c"); ok {
		t.Error("three in all, not four")
	}
	leave1()
	leave2()
	leave3()
	if g.total != 0 || len(g.counts) != 0 {
		t.Errorf("%d and %v are left", g.total, g.counts)
	}
}

func TestDefaultLimitsAreLimits(t *testing.T) {
	v := reflect.ValueOf(Limits{}.withDefaults())
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("%s has no default", v.Type().Field(i).Name)
		}
	}
	server := HTTPServer(nil)
	if server.ReadHeaderTimeout == 0 || server.ReadTimeout == 0 || server.WriteTimeout == 0 || server.IdleTimeout == 0 || server.MaxHeaderBytes == 0 {
		t.Errorf("a slow client can wait for ever: %+v", server)
	}
}

// A client that sends its headers letter by letter is cut off, and headers without end are refused.
func TestSlowAndEndlessHeaders(t *testing.T) {
	s := newSite(t, Options{})
	server := HTTPServer(s.web)
	server.ReadHeaderTimeout = 50 * time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(l)
	defer server.Close()
	ask := func(text string) string {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(10 * time.Second))
		io.WriteString(c, text)
		answer, err := io.ReadAll(c)
		if e, ok := err.(net.Error); ok && e.Timeout() {
			t.Errorf("%.30q: it still waits", text)
		}
		return string(answer)
	}
	ask("GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
	if got := ask("GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + strings.Repeat("x", 64<<10) + "\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.1 431 ") {
		t.Errorf("endless headers: %.80q", got)
	}
}

func TestClientsAreToldApart(t *testing.T) {
	for from, want := range map[string]string{
		"192.0.2.1:1000":         "192.0.2.1",
		"[::ffff:192.0.2.1]:9":   "192.0.2.1",
		"[2001:db8:1:2:3::4]:80": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:80":      "fe80::/64",
		"@":                      "@",
	} {
		r := httptest.NewRequest("GET", "/", bytes.NewReader(nil))
		r.RemoteAddr = from
		r.Header.Set("X-Forwarded-For", "198.51.100.9") // anybody can write that
		if got := clientOf(r); got != want {
			t.Errorf("%s: %q, want %q", from, got, want)
		}
	}
}
