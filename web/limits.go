package web

import (
	"container/list"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"smtplab/sim/history"
)

// How large a request may be. A mail of 10 MiB grows by a third when a form encodes it badly.
const (
	bodyLimit = 64 << 10
	mailLimit = 16 << 20
	fileLimit = history.MaxFile + 1<<20 // a lab's file, in a form
)

// Limits bound what one client address or one lab may ask for. A classroom often shares one address, so those of
// an address are wide. A zero field has the value of DefaultLimits.
type Limits struct {
	Requests Rate // all requests of a client but static files
	Labs     Rate // labs made by a client
	Acts     Rate // actions of a client
	LabActs  Rate // actions in a lab, whoever does them

	Sockets       int // websockets in all
	ClientSockets int // of a client
	LabSockets    int // on a lab
	Heavy         int // large forms and files under way at once, in all
	ClientHeavy   int // of a client

	Remembered int // clients, and labs, whose rates are kept; the least recent are forgotten
}

// Rate is so many a second on average, and so many at once.
type Rate struct {
	PerSecond float64
	Burst     int
}

// DefaultLimits let forty students behind one address work without noticing them.
var DefaultLimits = Limits{
	Requests: Rate{200, 1000},
	Labs:     Rate{0.2, 80},
	Acts:     Rate{40, 200},
	LabActs:  Rate{20, 80},

	Sockets:       10_000,
	ClientSockets: 400,
	LabSockets:    200,
	Heavy:         32,
	ClientHeavy:   12,

	Remembered: 8192,
}

// retryFull is when to try again what was refused because too much of it goes on.
const retryFull = 10 * time.Second

func (l Limits) withDefaults() Limits {
	d := DefaultLimits
	return Limits{
		Requests: orElse(l.Requests, d.Requests), Labs: orElse(l.Labs, d.Labs),
		Acts: orElse(l.Acts, d.Acts), LabActs: orElse(l.LabActs, d.LabActs),
		Sockets: orElse(l.Sockets, d.Sockets), ClientSockets: orElse(l.ClientSockets, d.ClientSockets),
		LabSockets: orElse(l.LabSockets, d.LabSockets),
		Heavy:      orElse(l.Heavy, d.Heavy), ClientHeavy: orElse(l.ClientHeavy, d.ClientHeavy),
		Remembered: orElse(l.Remembered, d.Remembered),
	}
}

func orElse[T comparable](v, other T) T {
	var zero T
	if v == zero {
		return other
	}
	return v
}

// bodyLimitOf is how many octets of a request are read: only the forms of a mail and of a lab's file may be large, and that
// of a result, which is read part by part.
func bodyLimitOf(r *http.Request) int64 {
	if r.Method == http.MethodPost && r.URL.Path == "/verify" && strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return verifyLimit
	}
	if r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/labs/") && strings.HasSuffix(r.URL.Path, "/mail") {
		return mailLimit
	}
	if r.Method == http.MethodPost && r.URL.Path == "/open" {
		return fileLimit
	}
	return bodyLimit
}

// limitBody stands before every handler there is, so that none can forget it.
func (s *Server) limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := bodyLimitOf(r)
		if r.ContentLength > limit {
			w.Header().Set("Connection", "close") // rather than read the rest
			s.fail(w, r, &http.MaxBytesError{Limit: limit})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		next.ServeHTTP(w, r)
	})
}

// slowDown refuses a client that asks for too much of everything.
func (s *Server) slowDown(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.requests.take(clientOf(r), "There were too many requests from your address."); err != nil {
			s.fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// clientOf is what rates are counted by: an IPv4 address, or the /64 network of an IPv6 one, since a client has
// all of that. Behind a proxy it is the proxy.
func clientOf(r *http.Request) string {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	addr := at.Addr().Unmap().WithZone("")
	if addr.Is6() {
		net, _ := addr.Prefix(64) // 64 is valid for every IPv6 address
		return net.String()
	}
	return addr.String()
}

// meter keeps a token bucket for each key, for as many keys as it may remember. A key that was forgotten begins
// with a full bucket.
type meter struct {
	rate Rate
	max  int
	now  func() time.Time

	mu      sync.Mutex
	buckets map[string]*list.Element
	recent  *list.List // of *bucket, most recent first
}

type bucket struct {
	key     string
	limiter *rate.Limiter
}

func newMeter(r Rate, remembered int, now func() time.Time) *meter {
	return &meter{rate: r, max: remembered, now: now, buckets: map[string]*list.Element{}, recent: list.New()}
}

// take spends one token of key's bucket, or is a refusal that says when there will be one.
func (m *meter) take(key, text string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	turn := m.bucket(key).ReserveN(now, 1)
	wait := turn.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	turn.CancelAt(now)
	return &refusal{kind: tooMany, text: text, after: wait}
}

// bucket is key's, made when there is none. The caller holds mu.
func (m *meter) bucket(key string) *rate.Limiter {
	if e := m.buckets[key]; e != nil {
		m.recent.MoveToFront(e)
		return e.Value.(*bucket).limiter
	}
	if m.recent.Len() >= m.max {
		oldest := m.recent.Remove(m.recent.Back()).(*bucket)
		delete(m.buckets, oldest.key)
	}
	b := &bucket{key, rate.NewLimiter(rate.Limit(m.rate.PerSecond), m.rate.Burst)}
	m.buckets[key] = m.recent.PushFront(b)
	return b.limiter
}

// gauge counts what is going on now: in all, and for each key. It remembers only keys with something going on.
type gauge struct {
	all, each int

	mu     sync.Mutex
	total  int
	counts map[string]int
}

func newGauge(all, each int) *gauge {
	return &gauge{all: all, each: each, counts: map[string]int{}}
}

// enter counts one more for key, until leave is called, once; ok is false, and nothing is counted, when there are
// enough.
func (g *gauge) enter(key string) (leave func(), ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.total >= g.all || g.counts[key] >= g.each {
		return nil, false
	}
	g.total++
	g.counts[key]++
	return func() { g.leave(key) }, true
}

func (g *gauge) leave(key string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total--
	if g.counts[key]--; g.counts[key] == 0 {
		delete(g.counts, key)
	}
}
