package live_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"smtplab/web/live"
)

// diary is a Source: a list of numbered entries, of which the oldest may be forgotten.
type diary struct {
	mu       sync.Mutex
	first    uint64 // of those held
	entries  []string
	watchers map[chan struct{}]bool
	fail     error
	batches  int // how often a batch was asked for
}

// news is what the diary sends: an envelope.
type news struct {
	After   uint64   `json:"after"`
	Seq     uint64   `json:"seq"`
	Entries []string `json:"entries"`
	Resync  bool     `json:"resync"`
	Welcome bool     `json:"welcome"`
}

func newDiary() *diary { return &diary{first: 1, watchers: map[chan struct{}]bool{}} }

func (d *diary) write(entries ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entries = append(d.entries, entries...)
	d.tellWatchers()
}

// reset forgets all entries and goes on counting.
func (d *diary) reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.first += uint64(len(d.entries))
	d.entries = nil
	d.tellWatchers()
}

func (d *diary) tellWatchers() {
	for c := range d.watchers {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

func (d *diary) Watch(context.Context) (<-chan struct{}, func(), error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := make(chan struct{}, 1)
	d.watchers[c] = true
	return c, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.watchers, c)
	}, nil
}

func (d *diary) Batch(_ context.Context, after, upTo uint64, newcomer bool) (live.Batch, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.batches++
	if d.fail != nil {
		return live.Batch{}, d.fail
	}
	last := d.first - 1 + uint64(len(d.entries))
	if upTo != 0 {
		last = min(last, upTo)
	}
	n := news{After: after, Seq: last, Welcome: newcomer}
	if after+1 < d.first || after > last {
		n.Resync = true
	} else {
		n.Entries = d.entries[after+1-d.first : last+1-d.first]
	}
	text, err := json.Marshal(n)
	return live.Batch{Text: text, Last: last}, err
}

// room is a server with hubs, for one diary.
type room struct {
	*httptest.Server
	hubs *live.Hubs
	left sync.WaitGroup // watchers that are still there
}

func open(t testing.TB, src live.Source, opt live.Options) *room {
	t.Helper()
	r := &room{hubs: live.New(opt)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		after, _ := strconv.ParseUint(req.URL.Query().Get("after"), 10, 64)
		r.left.Add(1)
		if err := r.hubs.Serve(w, req, "lab", src, after, r.left.Done); err != nil {
			r.left.Done()
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	}))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := r.hubs.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		r.Close()
	})
	return r
}

func (r *room) enter(t testing.TB, after uint64) *websocket.Conn {
	t.Helper()
	url := "ws" + strings.TrimPrefix(r.URL, "http") + "/?after=" + strconv.FormatUint(after, 10)
	c, _, err := websocket.DefaultDialer.Dial(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetReadDeadline(time.Now().Add(20 * time.Second))
	return c
}

func next(t testing.TB, c *websocket.Conn) news {
	t.Helper()
	var n news
	if err := c.ReadJSON(&n); err != nil {
		t.Fatalf("reading: %v", err)
	}
	return n
}

// readTo reads until the position seq, and fails unless every envelope starts where the last one ended and no entry
// is missing or out of order. An entry is its own number.
func readTo(c *websocket.Conn, at, seq uint64) error {
	for at < seq {
		var n news
		if err := c.ReadJSON(&n); err != nil {
			return err
		}
		if n.Resync || n.After != at {
			return fmt.Errorf("an envelope after %d, want %d: %+v", n.After, at, n)
		}
		for _, e := range n.Entries {
			at++
			if e != strconv.FormatUint(at, 10) {
				return fmt.Errorf("entry %q, want %d", e, at)
			}
		}
		if n.Seq != at {
			return fmt.Errorf("seq %d after entry %d", n.Seq, at)
		}
	}
	return nil
}

func numbers(from, to int) []string {
	var all []string
	for i := from; i <= to; i++ {
		all = append(all, strconv.Itoa(i))
	}
	return all
}

func TestEverybodySeesEverythingInOrder(t *testing.T) {
	const watchers, entries = 50, 400
	d := newDiary()
	r := open(t, d, live.Options{Gather: time.Millisecond})
	var all sync.WaitGroup
	for i := range watchers {
		c := r.enter(t, 0)
		all.Go(func() {
			if err := readTo(c, 0, entries); err != nil {
				t.Errorf("watcher %d: %v", i, err)
			}
		})
	}
	for i := 1; i <= entries; i++ {
		d.write(strconv.Itoa(i))
		if i%20 == 0 {
			runtime.Gosched()
		}
	}
	all.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	if most := entries + 3*watchers; d.batches > most {
		t.Errorf("%d batches were drawn for %d watchers; one for each round is enough, and newcomers: at most %d", d.batches, watchers, most)
	}
}

func TestNewcomerIsWelcomedAndResumes(t *testing.T) {
	d := newDiary()
	d.write(numbers(1, 10)...)
	r := open(t, d, live.Options{Gather: time.Millisecond})

	c := r.enter(t, 4)
	if n := next(t, c); !n.Welcome || n.After != 4 || n.Seq != 10 || len(n.Entries) != 6 || n.Entries[0] != "5" {
		t.Errorf("resuming after 4: %+v", n)
	}
	up := r.enter(t, 10)
	if n := next(t, up); !n.Welcome || n.Seq != 10 || len(n.Entries) != 0 {
		t.Errorf("up to date: %+v", n)
	}
	d.write("11")
	for name, c := range map[string]*websocket.Conn{"resumed": c, "up to date": up} {
		if n := next(t, c); n.Welcome || n.After != 10 || n.Seq != 11 || len(n.Entries) != 1 {
			t.Errorf("%s: %+v", name, n)
		}
	}
}

func TestGapThatCannotBeFilledIsSaid(t *testing.T) {
	d := newDiary()
	d.write(numbers(1, 10)...)
	r := open(t, d, live.Options{Gather: time.Millisecond})
	up := r.enter(t, 10)
	next(t, up)
	d.reset()
	d.write("11")
	for at := uint64(10); at < 11; {
		n := next(t, up)
		if n.Resync {
			t.Errorf("who stood at the newest entry has missed nothing: %+v", n)
		}
		at = n.Seq
	}
	for _, after := range []uint64{3, 99} {
		if n := next(t, r.enter(t, after)); !n.Resync || n.Seq != 11 {
			t.Errorf("after %d: %+v", after, n)
		}
	}
}

// A browser that never reads is disconnected. It costs neither the others nor the source anything, and when it
// comes back it misses nothing.
func TestSlowReaderIsDroppedAndResumes(t *testing.T) {
	d := newDiary()
	r := open(t, d, live.Options{Gather: time.Microsecond, Queue: 2, WriteTimeout: 100 * time.Millisecond})
	slow := r.enter(t, 0)
	quick := r.enter(t, 0)

	big := strings.Repeat("x", 1<<20) // soon more than the sockets' buffers take
	gone := make(chan struct{})
	go func() { defer close(gone); waitFor(t, r, 1) }()
	var seen uint64
	for open := true; open; {
		d.write(big)
		for seen < d.last() {
			seen = next(t, quick).Seq
		}
		select {
		case <-gone:
			open = false
		default:
		}
		if seen > 100 {
			t.Fatal("100 MB were sent to somebody who reads nothing, and it is still there")
		}
	}

	var at uint64
	for {
		var n news
		if err := slow.ReadJSON(&n); err != nil {
			break // what it was sent before it was dropped is in order
		}
		if n.After != at {
			t.Fatalf("an envelope after %d, want %d", n.After, at)
		}
		at = n.Seq
	}
	if at >= seen {
		t.Fatalf("the slow reader was sent everything")
	}
	back := r.enter(t, at)
	if n := next(t, back); n.After != at || n.Seq != seen || len(n.Entries) != int(seen-at) {
		t.Errorf("resumed after %d: an envelope after %d to %d with %d entries, want up to %d", at, n.After, n.Seq, len(n.Entries), seen)
	}
}

func (d *diary) last() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.first - 1 + uint64(len(d.entries))
}

// waitFor waits until so many watch.
func waitFor(t testing.TB, r *room, watchers int) {
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		if _, n := r.hubs.Watched(); n == watchers {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("never were there %d watchers", watchers)
}

func TestNothingIsLeftWhenAllHaveLeft(t *testing.T) {
	d := newDiary()
	d.write("1")
	r := open(t, d, live.Options{})
	before := settled(t, -1)
	var conns []*websocket.Conn
	for range 20 {
		c := r.enter(t, 0)
		next(t, c)
		conns = append(conns, c)
	}
	if labs, n := r.hubs.Watched(); labs != 1 || n != 20 {
		t.Errorf("%d labs and %d watchers", labs, n)
	}
	for _, c := range conns {
		c.Close()
	}
	r.left.Wait()
	if labs, n := r.hubs.Watched(); labs != 0 || n != 0 {
		t.Errorf("%d labs and %d watchers are left", labs, n)
	}
	r.CloseClientConnections()
	if after := settled(t, before); after > before {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.watchers) != 0 {
		t.Errorf("the hub still watches")
	}
}

// settled counts the goroutines, when they are no more than want or for as long as they still end.
func settled(t testing.TB, want int) int {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for {
		n := runtime.NumGoroutine()
		if want < 0 || n <= want || time.Now().After(deadline) {
			return n
		}
		runtime.Gosched()
	}
}

func TestShutdownSaysGoingAway(t *testing.T) {
	r := open(t, newDiary(), live.Options{})
	c := r.enter(t, 0)
	next(t, c)
	if err := r.hubs.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	expectClose(t, c, websocket.CloseGoingAway)
	r.left.Wait()
	resp, err := http.Get(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusBadRequest {
		t.Errorf("a stopping server answers %s", resp.Status)
	}
}

func TestFaultOfTheSourceEndsTheWatching(t *testing.T) {
	d := newDiary()
	faults := make(chan error, 10)
	r := open(t, d, live.Options{Gather: time.Millisecond, Fault: func(err error) { faults <- err }})
	c := r.enter(t, 0)
	next(t, c)
	d.mu.Lock()
	d.fail = errors.New("ink has run out")
	d.tellWatchers()
	d.mu.Unlock()
	expectClose(t, c, websocket.CloseInternalServerErr)
	if err := <-faults; err.Error() != "ink has run out" || len(faults) != 0 {
		t.Errorf("faults: %v and %d more", err, len(faults))
	}
	d.mu.Lock()
	d.fail = nil
	d.mu.Unlock()
	d.write("1")
	if n := next(t, r.enter(t, 0)); n.Seq != 1 {
		t.Errorf("watching again: %+v", n)
	}
}

func expectClose(t testing.TB, c *websocket.Conn, code int) {
	t.Helper()
	for {
		_, _, err := c.ReadMessage()
		if err == nil {
			continue
		}
		if !websocket.IsCloseError(err, code) {
			t.Errorf("closed with %v, want code %d", err, code)
		}
		return
	}
}

// Whatever a peer sends, it is disconnected and forgotten, and nobody else notices.
func TestRudePeers(t *testing.T) {
	for name, rude := range map[string]func(c *websocket.Conn) error{
		"a 1 MiB frame":  func(c *websocket.Conn) error { return c.WriteMessage(websocket.TextMessage, make([]byte, 1<<20)) },
		"a binary frame": func(c *websocket.Conn) error { return c.WriteMessage(websocket.BinaryMessage, []byte{0}) },
		"invalid UTF-8":  func(c *websocket.Conn) error { return c.WriteMessage(websocket.TextMessage, []byte{0xff}) },
		"10,000 frames": func(c *websocket.Conn) error {
			for range 10_000 {
				if err := c.WriteMessage(websocket.TextMessage, []byte("x")); err != nil {
					return nil // it was cut off
				}
			}
			return nil
		},
		"fragments without end": func(c *websocket.Conn) error {
			for {
				if _, err := c.NetConn().Write([]byte{0x01, 0x81, 0, 0, 0, 0, 'x'}); err != nil {
					return nil
				}
			}
		},
		"a compressed frame": func(c *websocket.Conn) error {
			_, err := c.NetConn().Write([]byte{0xc1, 0x81, 0, 0, 0, 0, 0})
			return err
		},
		"a frame without a mask": func(c *websocket.Conn) error {
			_, err := c.NetConn().Write([]byte{0x81, 0x01, 'x'})
			return err
		},
		"a flood of pings": func(c *websocket.Conn) error {
			for range 10_000 {
				if err := c.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)); err != nil {
					return nil
				}
			}
			return nil
		},
		"half a close": func(c *websocket.Conn) error { return c.NetConn().Close() },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDiary()
			r := open(t, d, live.Options{Gather: time.Millisecond})
			polite := r.enter(t, 0)
			next(t, polite)
			c := r.enter(t, 0)
			next(t, c)
			if err := rude(c); err != nil {
				t.Logf("sending: %v", err)
			}
			waitFor(t, r, 1)
			d.write("1")
			if n := next(t, polite); n.Seq != 1 {
				t.Errorf("the other one: %+v", n)
			}
		})
	}
}

// A peer that answers no ping, because its machine or its network is gone, is given up.
func TestSilentPeerIsGivenUp(t *testing.T) {
	r := open(t, newDiary(), live.Options{PingEvery: 20 * time.Millisecond, PongTimeout: 20 * time.Millisecond})
	c := r.enter(t, 0)
	c.SetPingHandler(func(string) error { return nil }) // it hears and does not answer
	go c.ReadMessage()
	r.left.Wait()
}

func TestPeerThatAnswersPingsStays(t *testing.T) {
	d := newDiary()
	r := open(t, d, live.Options{Gather: time.Millisecond, PingEvery: 20 * time.Millisecond, PongTimeout: time.Second})
	c := r.enter(t, 0)
	next(t, c)
	pings := 0
	answer := c.PingHandler()
	c.SetPingHandler(func(data string) error {
		if pings++; pings == 5 {
			d.write("1")
		}
		return answer(data)
	})
	if n := next(t, c); n.Seq != 1 || pings < 5 {
		t.Errorf("%+v after %d pings", n, pings)
	}
}

func TestHandshakeIsRefusedWithoutAnAnswer(t *testing.T) {
	hubs := live.New(live.Options{CheckOrigin: func(*http.Request) bool { return false }})
	for _, r := range []*http.Request{
		httptest.NewRequest("GET", "/", nil),
		func() *http.Request {
			r := httptest.NewRequest("GET", "/", nil)
			for k, v := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-Websocket-Version": "13", "Sec-Websocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="} {
				r.Header.Set(k, v)
			}
			return r
		}(),
	} {
		w := httptest.NewRecorder()
		err := hubs.Serve(w, r, "lab", newDiary(), 0, func() { t.Error("left without having been there") })
		if !errors.Is(err, live.ErrHandshake) || w.Body.Len() != 0 {
			t.Errorf("%v, %q", err, w.Body.String())
		}
	}
}
