package live_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"smtplab/web/live"
)

// handshake is what a browser sends.
const handshake = "GET /?after=0 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

// stub is the server's end of a connection whose other end takes everything, says a handshake and then nothing. It
// costs next to nothing, so what is measured is the server.
type stub struct {
	rest      string
	interrupt chan struct{} // capacity one: a deadline that has passed ends one read
	closed    chan struct{}
	once      sync.Once
}

func newStub() *stub {
	return &stub{rest: handshake, interrupt: make(chan struct{}, 1), closed: make(chan struct{})}
}

func (c *stub) Read(p []byte) (int, error) {
	if n := copy(p, c.rest); n > 0 {
		c.rest = c.rest[n:]
		return n, nil
	}
	select {
	case <-c.interrupt:
		return 0, os.ErrDeadlineExceeded
	case <-c.closed:
		return 0, io.EOF
	}
}

// SetReadDeadline knows only deadlines that have passed: so the HTTP server takes its own reader back when the
// connection becomes a websocket.
func (c *stub) SetReadDeadline(t time.Time) error {
	if !t.IsZero() && t.Before(time.Now()) {
		select {
		case c.interrupt <- struct{}{}:
		default:
		}
	}
	return nil
}

func (c *stub) Write(p []byte) (int, error)      { return len(p), nil }
func (c *stub) Close() error                     { c.once.Do(func() { close(c.closed) }); return nil }
func (c *stub) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
func (c *stub) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 2} }
func (c *stub) SetDeadline(time.Time) error      { return nil }
func (c *stub) SetWriteDeadline(time.Time) error { return nil }

// door is a listener that hands out the connections that are given to it.
type door chan net.Conn

func (d door) Accept() (net.Conn, error) {
	if c, ok := <-d; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (d door) Close() error   { return nil }
func (d door) Addr() net.Addr { return &net.TCPAddr{} }

// BenchmarkIdleWatcher says what somebody costs who watches a lab in which nothing happens: everything but the
// kernel's socket.
func BenchmarkIdleWatcher(b *testing.B) {
	const most = 16 << 10
	for b.Loop() {
		octets := idleWatcher(b, 500)
		b.ReportMetric(octets, "octets/watcher")
		if octets > most {
			b.Errorf("an idle watcher holds %.0f octets, at most %d should be", octets, most)
		}
	}
}

func idleWatcher(b *testing.B, watchers int) float64 {
	hubs := live.New(live.Options{})
	src := newDiary()
	in := make(door)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := hubs.Serve(w, r, "lab", src, 0, func() {}); err != nil {
			b.Error(err)
		}
	})}
	go server.Serve(in)
	enter := func(n int) {
		for range n {
			in <- newStub()
		}
	}
	wait := func(n int) {
		for _, have := hubs.Watched(); have != n; _, have = hubs.Watched() {
			runtime.Gosched()
		}
	}
	enter(10) // so that what there is once is there
	wait(10)
	before := inUse()
	enter(watchers)
	wait(watchers + 10)
	each := float64(inUse()-before) / float64(watchers)
	close(in)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := hubs.Shutdown(ctx); err != nil {
		b.Error(err)
	}
	return each
}

// inUse is the memory of heap and stacks after a collection.
func inUse() int64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

const fanOut = 100

var row = strings.Repeat("<li>row</li>", 50)

// BenchmarkFanOut says what one envelope to a hundred watchers costs, until all have it: over the hubs, and over the
// bare library with a prepared message and a loop, which waits for each watcher in turn.
func BenchmarkFanOut(b *testing.B) {
	b.Run("hubs", func(b *testing.B) {
		d := newDiary()
		r := open(b, d, live.Options{Gather: time.Nanosecond})
		var readers []*websocket.Conn
		for range fanOut {
			c := r.enter(b, 0)
			c.SetReadDeadline(time.Time{})
			if _, _, err := c.ReadMessage(); err != nil {
				b.Fatal(err)
			}
			readers = append(readers, c)
		}
		measureFanOut(b, readers, func() { d.write(row) }, d.forget)
	})
	b.Run("bare", func(b *testing.B) {
		var mu sync.Mutex
		var conns []*websocket.Conn
		src := newDiary()
		up := websocket.Upgrader{WriteBufferPool: &sync.Pool{}, ReadBufferSize: 512, WriteBufferSize: 2048}
		server := newServer(b, func(w http.ResponseWriter, r *http.Request) {
			c, err := up.Upgrade(w, r, nil)
			if err != nil {
				b.Error(err)
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			c.ReadMessage()
		})
		var readers []*websocket.Conn
		for range fanOut {
			c, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server, "http"), nil)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { c.Close() })
			readers = append(readers, c)
		}
		for n := 0; n < fanOut; runtime.Gosched() {
			mu.Lock()
			n = len(conns)
			mu.Unlock()
		}
		seq := uint64(0)
		measureFanOut(b, readers, func() {
			src.write(row)
			batch, err := src.Batch(b.Context(), seq, 0, false) // the same envelope
			if err != nil {
				b.Error(err)
			}
			seq = batch.Last
			m, err := websocket.NewPreparedMessage(websocket.TextMessage, batch.Text)
			if err != nil {
				b.Error(err)
			}
			for _, c := range conns {
				if err := c.WritePreparedMessage(m); err != nil {
					b.Error(err)
				}
			}
		}, src.forget)
	})
}

// measureFanOut says something, and waits until all readers have heard it.
func measureFanOut(b *testing.B, readers []*websocket.Conn, say, forget func()) {
	var heard sync.WaitGroup
	for _, c := range readers {
		go func() {
			for {
				if _, r, err := c.NextReader(); err != nil {
					return
				} else if _, err := io.Copy(io.Discard, r); err != nil {
					return
				}
				heard.Done()
			}
		}()
	}
	for b.Loop() {
		heard.Add(len(readers))
		say()
		heard.Wait()
		forget()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(readers)), "ns/watcher")
}

// forget drops the old entries, so that a long run does not measure memory.
func (d *diary) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.first += uint64(len(d.entries))
	d.entries = nil
}

func newServer(b *testing.B, h http.HandlerFunc) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: h}
	go server.Serve(l)
	b.Cleanup(func() { server.Close() })
	return "http://" + l.Addr().String()
}
