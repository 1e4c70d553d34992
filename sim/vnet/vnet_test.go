package vnet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"smtplab/sim/clock"
)

// recorder is a tap that writes down what it sees and checks that it makes sense.
type recorder struct {
	clock    *clock.Clock
	lines    []string
	underWay int
}

func (r *recorder) note(format string, args ...any) {
	r.lines = append(r.lines, fmt.Sprintf("%v ", time.Duration(r.clock.Now()))+fmt.Sprintf(format, args...))
}

func (r *recorder) Opened(c *Connection)            { r.note("opened %d", c.ID) }
func (r *recorder) Ended(c *Connection, how string) { r.note("ended %d %s", c.ID, how) }
func (r *recorder) Condition(h *Host, what string)  { r.note("%s %s", h.ID, what) }
func (r *recorder) Arrived(s *Segment)              { r.underWay--; r.note("arrived %s", describe(s)) }
func (r *recorder) Lost(s *Segment, why string) {
	r.underWay--
	r.note("lost %s: %s", describe(s), why)
}
func (r *recorder) Sent(s *Segment) {
	r.underWay++
	r.note("sent %s", describe(s))
}

func describe(s *Segment) string {
	if s.Flag != PSH {
		return fmt.Sprintf("%s→%s %s", s.From.host.ID, s.To().host.ID, s.Flag)
	}
	return fmt.Sprintf("%s→%s %q", s.From.host.ID, s.To().host.ID, s.Payload)
}

var (
	addrA = netip.MustParseAddr("192.168.11.1")
	addrB = netip.MustParseAddr("192.168.11.4")
	epoch = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
)

func newNet() (*clock.Clock, *recorder, *Network, *Host, *Host) {
	c := clock.New(0)
	r := &recorder{clock: c}
	n := New(c, epoch, r)
	link := Link{Latency: time.Millisecond}
	return c, r, n, n.AddHost("a", addrA, link), n.AddHost("b", addrB, link)
}

func run(c *clock.Clock) {
	for c.Step() {
	}
}

// script is a Handler that keeps what happens to it.
type script struct {
	got    bytes.Buffer
	events []string
	onOpen func(*End)
	onData func(*End, []byte)
	onEnd  func(*End, error)
}

func (s *script) Opened(e *End) {
	s.events = append(s.events, "opened")
	if s.onOpen != nil {
		s.onOpen(e)
	}
}
func (s *script) Received(e *End, p []byte) {
	s.got.Write(p)
	if s.onData != nil {
		s.onData(e, p)
	}
}
func (s *script) Writable(*End) { s.events = append(s.events, "writable") }
func (s *script) Closed(e *End, err error) {
	s.events = append(s.events, "closed: "+err.Error())
	if s.onEnd != nil {
		s.onEnd(e, err)
	}
}

// The whole life of a connection, as a capture would show it.
func TestLifeOfAConnection(t *testing.T) {
	c, r, _, a, b := newNet()
	server := &script{onData: func(e *End, p []byte) { e.Write([]byte("250 ok\r\n")) }}
	server.onOpen = func(e *End) { e.Write([]byte("220 hi\r\n")) }
	server.onEnd = func(e *End, _ error) { e.Close() }
	b.Listen(25, func(*End) Handler { return server })
	client := &script{}
	answers := 0
	client.onData = func(e *End, p []byte) {
		if answers++; answers == 1 {
			e.Write([]byte("NOOP\r\n"))
		} else {
			e.Close()
		}
	}
	a.Dial(netip.AddrPortFrom(addrB, 25), client)
	run(c)
	want := strings.Split(strings.TrimSpace(`
0s sent a→b SYN
2ms arrived a→b SYN
2ms sent b→a SYN-ACK
4ms arrived b→a SYN-ACK
4ms opened 1
4ms sent a→b ACK
6ms arrived a→b ACK
6ms sent b→a "220 hi\r\n"
8ms arrived b→a "220 hi\r\n"
8ms sent a→b "NOOP\r\n"
10ms arrived a→b "NOOP\r\n"
10ms sent b→a "250 ok\r\n"
12ms arrived b→a "250 ok\r\n"
12ms sent a→b FIN
14ms arrived a→b FIN
14ms sent b→a FIN
16ms arrived b→a FIN
16ms ended 1 closed`), "\n")
	if !slices.Equal(r.lines, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(r.lines, "\n"), strings.Join(want, "\n"))
	}
	if c.Pending() != 0 || r.underWay != 0 {
		t.Errorf("%d events and %d segments are left over", c.Pending(), r.underWay)
	}
}

// Each way in which dialling fails has its own error, and the time that it takes.
func TestDialErrors(t *testing.T) {
	for _, test := range []struct {
		name  string
		to    netip.AddrPort
		setup func(a, b *Host)
		want  error
		after time.Duration
	}{
		{"nobody listens", netip.AddrPortFrom(addrB, 26), func(a, b *Host) {}, ErrRefused, 4 * time.Millisecond},
		{"listener declines", netip.AddrPortFrom(addrB, 27), func(a, b *Host) { b.Listen(27, func(*End) Handler { return nil }) }, ErrRefused, 4 * time.Millisecond},
		{"no such host", netip.MustParseAddrPort("192.168.11.99:25"), func(a, b *Host) {}, ErrUnreachable, 3 * time.Second},
		{"own link cut", netip.AddrPortFrom(addrB, 25), func(a, b *Host) { a.Cut() }, ErrTimeout, 0},
		{"their link cut", netip.AddrPortFrom(addrB, 25), func(a, b *Host) { b.Cut() }, ErrTimeout, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, _, _, a, b := newNet()
			b.Listen(25, func(*End) Handler { return &script{} })
			test.setup(a, b)
			var got error
			a.Dial(test.to, &script{onEnd: func(_ *End, err error) { got = err }})
			run(c)
			if got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if test.after > 0 && time.Duration(c.Now()) != test.after {
				t.Errorf("failed after %v, want %v", time.Duration(c.Now()), test.after)
			}
			if test.want == ErrTimeout && time.Duration(c.Now()) < time.Minute {
				t.Errorf("gave up after only %v", time.Duration(c.Now()))
			}
		})
	}
}

// A link that is cut while octets are under way and restored later loses nothing and reorders nothing.
func TestCutAndRestore(t *testing.T) {
	c, r, _, a, b := newNet()
	server := &script{}
	b.Listen(25, func(*End) Handler { return server })
	var end *End
	client := &script{onOpen: func(e *End) { end = e }}
	a.Dial(netip.AddrPortFrom(addrB, 25), client)
	run(c)
	end.Write([]byte("one "))
	c.AdvanceTo(c.Now().Add(time.Millisecond))
	end.Write([]byte("two "))
	b.Cut()
	c.After(0, clock.Func(b.Restore)) // back at once: what was under way is lost all the same
	c.After(1500*time.Microsecond, clock.Func(func() { end.Write([]byte("three ")) }))
	run(c)
	if got := server.got.String(); got != "one two three " {
		t.Errorf("received %q", got)
	}
	var lost int
	for _, l := range r.lines {
		if strings.Contains(l, "lost") {
			lost++
		}
	}
	if lost < 2 {
		t.Errorf("lost %d segments, want at least 2:\n%s", lost, strings.Join(r.lines, "\n"))
	}
}

// A link that stays cut ends the connection for whoever has something to say.
func TestCutForGood(t *testing.T) {
	c, _, _, a, b := newNet()
	b.Listen(25, func(*End) Handler { return &script{} })
	var end *End
	var got error
	a.Dial(netip.AddrPortFrom(addrB, 25), &script{onOpen: func(e *End) { end = e }, onEnd: func(_ *End, err error) { got = err }})
	run(c)
	b.Cut()
	end.Write([]byte("MAIL FROM:<>\r\n"))
	if wait, waiting := end.Waiting(); waiting {
		t.Errorf("waits %v before anything was lost", wait)
	}
	for c.Step() {
		if _, waiting := end.Waiting(); waiting {
			break
		}
	}
	if wait, waiting := end.Waiting(); !waiting || wait != firstRetry {
		t.Errorf("waits %v, %v; want %v", wait, waiting, firstRetry)
	}
	run(c)
	if got != ErrTimeout {
		t.Errorf("got %v, want %v", got, ErrTimeout)
	}
	if err := end.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("writing to a dead connection: %v", err)
	}
}

func TestResetReachesThePeer(t *testing.T) {
	c, _, _, a, b := newNet()
	server := &script{onData: func(e *End, _ []byte) { e.Reset() }}
	b.Listen(25, func(*End) Handler { return server })
	client := &script{onOpen: func(e *End) { e.Write([]byte("boo")) }}
	a.Dial(netip.AddrPortFrom(addrB, 25), client)
	run(c)
	if want := []string{"opened", "closed: " + ErrReset.Error()}; !slices.Equal(client.events, want) {
		t.Errorf("client saw %q, want %q", client.events, want)
	}
	if want := []string{"opened"}; !slices.Equal(server.events, want) {
		t.Errorf("server saw %q, want %q", server.events, want)
	}
}

// After its own FIN an end still reads what the peer says.
func TestHalfClose(t *testing.T) {
	c, _, _, a, b := newNet()
	server := &script{onEnd: func(e *End, _ error) {
		e.Write([]byte("the answer"))
		e.Close()
	}}
	b.Listen(25, func(*End) Handler { return server })
	client := &script{onOpen: func(e *End) {
		e.Write([]byte("the question"))
		e.Close()
	}}
	a.Dial(netip.AddrPortFrom(addrB, 25), client)
	run(c)
	if server.got.String() != "the question" || client.got.String() != "the answer" {
		t.Errorf("server got %q, client got %q", server.got.String(), client.got.String())
	}
}

// Latency is paid once a way, transmission on both links and in turn.
func TestLatencyAndBandwidth(t *testing.T) {
	c := clock.New(0)
	r := &recorder{clock: c}
	n := New(c, epoch, r)
	link := Link{Latency: 10 * time.Millisecond, Bandwidth: 8000} // 1 octet a millisecond
	a, b := n.AddHost("a", addrA, link), n.AddHost("b", addrB, link)
	b.Listen(25, func(*End) Handler { return &script{} })
	a.Dial(netip.AddrPortFrom(addrB, 25), &script{})
	c.Step() // the SYN arrives
	if got, want := time.Duration(c.Now()), 2*(10+headerOctets)*time.Millisecond; got != want {
		t.Errorf("an empty segment takes %v, want %v", got, want)
	}
}

func TestBlockingConversation(t *testing.T) {
	c, _, n, a, b := newNet()
	l, err := b.ListenConn(25)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.ListenConn(25); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("listening twice: %v", err)
	}
	big := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MiB: many windows
	var received []byte
	var serverErr, clientErr error
	c.Go(func() {
		conn, err := l.Accept()
		if err != nil {
			serverErr = err
			return
		}
		received, serverErr = io.ReadAll(conn)
		conn.Write([]byte("thanks"))
		conn.Close()
		l.Close()
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			serverErr = fmt.Errorf("accept on a closed listener: %v", err)
		}
	})
	c.Go(func() {
		conn, err := a.DialConn(netip.AddrPortFrom(addrB, 25))
		if err != nil {
			clientErr = err
			return
		}
		if got := conn.RemoteAddr().(*net.TCPAddr).String(); got != "192.168.11.4:25" {
			clientErr = fmt.Errorf("remote address %s", got)
		}
		conn.SetReadDeadline(n.Now().Add(time.Second))
		_, err = conn.Read(make([]byte, 1))
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			clientErr = fmt.Errorf("read with a deadline: %v", err)
		}
		conn.SetReadDeadline(time.Time{})
		if n, err := conn.Write(big); n != len(big) || err != nil {
			clientErr = fmt.Errorf("wrote %d, %v", n, err)
		}
		conn.CloseWrite()
		answer, err := io.ReadAll(conn)
		if string(answer) != "thanks" || err != nil {
			clientErr = fmt.Errorf("answer %q, %v", answer, err)
		}
		conn.Close()
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			clientErr = fmt.Errorf("read after close: %v", err)
		}
	})
	run(c)
	if serverErr != nil || clientErr != nil {
		t.Errorf("server: %v; client: %v", serverErr, clientErr)
	}
	if !bytes.Equal(received, big) {
		t.Errorf("received %d octets, sent %d", len(received), len(big))
	}
	if time.Duration(c.Now()) < time.Second {
		t.Errorf("the deadline took only %v of lab time", time.Duration(c.Now()))
	}
}

func TestBlockingDialErrorsAreTheSystems(t *testing.T) {
	c, _, _, a, _ := newNet()
	var refused, unreachable error
	c.Go(func() {
		_, refused = a.DialConn(netip.AddrPortFrom(addrB, 25))
		_, unreachable = a.DialConn(netip.MustParseAddrPort("10.9.9.9:25"))
	})
	run(c)
	if !errors.Is(refused, syscall.ECONNREFUSED) || !errors.Is(unreachable, syscall.EHOSTUNREACH) {
		t.Errorf("got %v and %v", refused, unreachable)
	}
	var op *net.OpError
	if !errors.As(refused, &op) || op.Op != "dial" {
		t.Errorf("%T is no *net.OpError of dialling", refused)
	}
}

func TestBlockingOutsideATurnFails(t *testing.T) {
	_, _, _, a, _ := newNet()
	if _, err := a.DialConn(netip.AddrPortFrom(addrB, 25)); !errors.Is(err, errNoTurn) {
		t.Errorf("got %v", err)
	}
}

// A sender does not run away from a receiver that does not read.
func TestWindow(t *testing.T) {
	c, _, n, a, b := newNet()
	l, _ := b.ListenConn(25)
	var written int
	var err error
	c.Go(func() { l.Accept() })
	c.Go(func() {
		conn, _ := a.DialConn(netip.AddrPortFrom(addrB, 25))
		conn.SetWriteDeadline(n.Now().Add(time.Minute))
		written, err = conn.Write(make([]byte, 10*Window))
	})
	run(c)
	if written != Window || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("wrote %d, %v; want %d and a passed deadline", written, err, Window)
	}
}

// However links fail, what arrives is a prefix of what was sent, in order, and nothing is left over.
func TestRandomFaultsKeepTheOrder(t *testing.T) {
	for seed := range uint64(300) {
		first := randomRun(t, seed)
		if again := randomRun(t, seed); !slices.Equal(first, again) {
			t.Fatalf("seed %d: two runs differ", seed)
		}
	}
}

func randomRun(t *testing.T, seed uint64) []string {
	rng := rand.New(rand.NewPCG(seed, 2))
	c, r, _, a, b := newNet()
	var got, said [2]bytes.Buffer
	side := func(i int) *script {
		s := &script{}
		s.onData = func(e *End, p []byte) {
			got[i].Write(p)
			if rng.IntN(3) > 0 && said[i].Len() < 2000 {
				line := fmt.Sprintf("%d says %d\r\n", i, said[i].Len())
				if e.Write([]byte(line)) == nil {
					said[i].WriteString(line)
				}
			}
			if rng.IntN(40) == 0 {
				e.Close()
			}
		}
		s.onEnd = func(e *End, err error) { e.Close() }
		return s
	}
	server := side(1)
	server.onOpen = func(e *End) {
		e.Write([]byte("hello\r\n"))
		said[1].WriteString("hello\r\n")
	}
	b.Listen(25, func(*End) Handler { return server })
	a.Dial(netip.AddrPortFrom(addrB, 25), side(0))
	for range rng.IntN(8) {
		host := []*Host{a, b}[rng.IntN(2)]
		c.After(time.Duration(rng.IntN(40))*time.Millisecond, clock.Func(host.Cut))
		c.After(time.Duration(rng.IntN(4000))*time.Millisecond, clock.Func(host.Restore))
	}
	run(c)
	for i := range 2 {
		if !bytes.HasPrefix(said[1-i].Bytes(), got[i].Bytes()) {
			t.Errorf("seed %d: side %d received %q of %q", seed, i, got[i].Bytes(), said[1-i].Bytes())
		}
	}
	return r.lines
}
