package gateway

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"smtplab/sim/lab"
	"smtplab/sim/runner"
)

// Labs is what the gateway asks of the runner, which documents it.
type Labs interface {
	Dial(ctx context.Context, a runner.Access, port int, news func()) (*runner.Line, error)
	Act(ctx context.Context, a runner.Access, act lab.Action) error
	View(ctx context.Context, a runner.Access, f func(*lab.Lab)) error
}

// Options are what New needs to know.
type Options struct {
	Labs   Labs
	Lab    runner.Access // the lab that is let into
	Log    *slog.Logger
	Limits Limits
}

// Limits are what the gateway bears. Zero fields take the defaults. What one address may do is not limited for
// loopback addresses.
type Limits struct {
	Connections int        // at a time; lab.MaxLines, the most that a lab takes
	PerAddress  int        // of those from one address; 8
	Rate        rate.Limit // new ones a second from one address, once it has had its Burst; 1
	Burst       int        // 20
	Octets      int64      // that one connection may send; 64 MiB
}

func (l Limits) withDefaults() Limits {
	l.Connections = cmp.Or(l.Connections, lab.MaxLines)
	l.PerAddress = cmp.Or(l.PerAddress, 8)
	l.Rate = cmp.Or(l.Rate, 1)
	l.Burst = cmp.Or(l.Burst, 20)
	l.Octets = cmp.Or(l.Octets, 64<<20)
	return l
}

// How long real clients may take.
const (
	sendTime   = 10 * time.Minute // to read what they are told
	lingerTime = 5 * time.Second  // to close when the server has
	excuseTime = 2 * time.Second  // to read why they are turned away
	goodbye    = 3 * time.Second  // to read 421 when the program ends
)

// Gateway lets real programs into a lab. Use New.
type Gateway struct {
	Options
	visitors visitors

	mu        sync.Mutex
	closed    bool
	listeners []net.Listener
	conns     map[io.Closer]bool // and what else ends those who are served
	sweeper   *time.Timer        // set while there are any
	clock     atomic.Int64       // how often it has swept
	serving   sync.WaitGroup
	idle      chan visit // to goroutines that wait for a connection
	idlers    atomic.Int32
	excused   atomic.Int32 // who are being turned away
}

// New returns a gateway into a lab.
func New(o Options) *Gateway {
	o.Limits = o.Limits.withDefaults()
	return &Gateway{Options: o, visitors: visitors{limits: o.Limits}, conns: map[io.Closer]bool{}, idle: make(chan visit)}
}

// Serve lets the connections of a listener of TCP in to a port of the lab's server, until the gateway or the listener is
// closed.
func (g *Gateway) Serve(l net.Listener, port int) error {
	if !g.begin(l) {
		return l.Close()
	}
	defer g.serving.Done()
	var pause time.Duration
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			pause = 0
			g.admit(conn.(*net.TCPConn), port)
		case errors.Is(err, net.ErrClosed):
			return nil
		default: // too many files are open, for example: others will be closed
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			g.Log.Warn("a connection from outside could not be accepted", "error", err, "again after", pause)
			time.Sleep(pause)
		}
	}
}

func (g *Gateway) begin(l net.Listener) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.listeners = append(g.listeners, l)
	g.serving.Add(1)
	return true
}

// admit has a connection served, by a goroutine that has served others if one is idle: its stack has grown already.
func (g *Gateway) admit(conn *net.TCPConn, port int) {
	v := visit{conn, port}
	if !g.enter(conn) {
		return
	}
	select {
	case g.idle <- v:
	default:
		go g.work(v)
	}
}

// visit is a connection to be served.
type visit struct {
	conn *net.TCPConn
	port int
}

// maxIdle is how many goroutines wait for connections.
const maxIdle = 8

// work serves a connection, and others after it for as long as few goroutines are idle.
func (g *Gateway) work(v visit) {
	for {
		g.serve(v.conn, v.port)
		g.leave(v.conn)
		if g.idlers.Add(1) > maxIdle {
			g.idlers.Add(-1)
			return
		}
		next, ok := <-g.idle
		g.idlers.Add(-1)
		if !ok {
			return
		}
		v = next
	}
}

// enter notes what Close has to close, or closes it when that has been.
func (g *Gateway) enter(c io.Closer) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		c.Close()
		return false
	}
	g.conns[c] = true
	g.serving.Add(1)
	if g.sweeper == nil {
		g.sweeper = time.AfterFunc(sweepEvery, g.sweep)
	}
	return true
}

// sweepEvery is how often those are looked for who take too long. One timer for all costs less than two for each, which
// most connections would set and stop within a millisecond.
const sweepEvery = time.Second

// sweep closes the connections of those who take too long.
func (g *Gateway) sweep() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.clock.Add(1)
	for c := range g.conns {
		if t, ok := c.(*traveller); ok && t.expired() {
			t.conn.Close() // which ends the wait
		}
	}
	if len(g.conns) == 0 {
		g.sweeper = nil
		return
	}
	g.sweeper.Reset(sweepEvery)
}

func (g *Gateway) leave(c io.Closer) {
	g.mu.Lock()
	delete(g.conns, c)
	g.mu.Unlock()
	c.Close()
	g.serving.Done()
}

func (g *Gateway) serve(conn *net.TCPConn, port int) {
	from := conn.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().Unmap()
	leave, ok := g.visitors.enter(from)
	if !ok {
		g.excuse(conn, port, "too many connections, try again later")
		return
	}
	defer leave()
	t := arrive(conn, g.Limits.Octets, &g.clock)
	var err error
	t.line, err = g.Labs.Dial(context.Background(), g.Lab, port, t.news)
	if err != nil {
		text := "the lab cannot be entered now, try again later"
		if m, ok := errors.AsType[*lab.Mistake](err); ok {
			text = m.Text
		} else {
			g.Log.Error("a connection from outside was not let in", "from", from, "error", err)
		}
		g.excuse(conn, port, text)
		return
	}
	if !g.enter(t) {
		return
	}
	defer g.leave(t)
	t.full = func() {
		g.Log.Warn("the lab's record is full; those who are connected from outside are told 421")
		if err := g.sayGoodbye(context.Background()); err != nil {
			g.Log.Error("they cannot be told", "error", err)
		}
	}
	if err := t.travel(); err != nil {
		g.Log.Debug("a connection from outside ended", "from", from, "port", port, "error", err)
	}
}

// maxExcused is how many clients are turned away with words at a time; others without.
const maxExcused = 16

// excuse turns a client away in the words of its protocol: RFC 5321 §3.8, RFC 1939 §3. Where TLS comes first there are
// none.
func (g *Gateway) excuse(conn *net.TCPConn, port int, why string) {
	defer g.excused.Add(-1)
	if g.excused.Add(1) > maxExcused {
		conn.SetLinger(0)
		return
	}
	conn.SetDeadline(time.Now().Add(excuseTime))
	switch port {
	case 25, 587:
		io.WriteString(conn, "421 4.7.0 SMTP Lab: "+why+"\r\n")
	case 110:
		io.WriteString(conn, "-ERR [SYS/TEMP] SMTP Lab: "+why+"\r\n")
	}
	conn.CloseWrite()
	io.CopyN(io.Discard, conn, 4<<10) // or what it has said would have the words lost on the way
}

// Close lets nobody in any more, has the lab's server say 421 to those who are there, and returns when they are gone.
func (g *Gateway) Close(ctx context.Context) {
	g.mu.Lock()
	again := g.closed
	g.closed = true
	for _, l := range g.listeners {
		l.Close()
	}
	busy := len(g.conns) > 0
	g.mu.Unlock()
	if busy {
		if err := g.sayGoodbye(ctx); err != nil {
			g.Log.Warn("those who are connected from outside are not told that the server ends", "error", err)
		}
	}
	if !again {
		defer close(g.idle) // nobody is admitted any more once serving is over
	}
	gone := make(chan struct{})
	go func() { g.serving.Wait(); close(gone) }()
	select {
	case <-gone:
		return
	case <-time.After(goodbye):
	case <-ctx.Done():
	}
	g.mu.Lock()
	for c := range g.conns {
		c.Close()
	}
	g.mu.Unlock()
	<-gone
}

// sayGoodbye has the lab's server say 421. A lab that is paused stays so, but is stepped on until that was heard.
func (g *Gateway) sayGoodbye(ctx context.Context) error {
	paused, server := false, ""
	err := g.Labs.View(ctx, g.Lab, func(l *lab.Lab) {
		paused = l.Paused()
		for _, h := range l.Hosts() {
			if h.Kind == lab.Server {
				server = h.ID
			}
		}
	})
	if err == nil {
		err = g.Labs.Act(ctx, g.Lab, lab.Action{Verb: lab.Restart, Host: server})
	}
	if err != nil {
		return err
	}
	for range maxGoodbye {
		if !paused || g.Labs.Act(ctx, g.Lab, lab.Action{Verb: lab.Step}) != nil { // nothing is going on any more
			break
		}
	}
	return nil
}

// maxGoodbye is how many steps of a paused lab that takes at the most.
const maxGoodbye = 4 * lab.MaxLines

// isOurs reports whether somebody at this machine comes, who may do to it what they like.
func isOurs(a netip.Addr) bool { return a.IsLoopback() }
