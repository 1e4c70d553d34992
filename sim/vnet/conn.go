package vnet

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"time"

	"smtplab/sim/clock"
)

// Conn is an end of a connection as a net.Conn, for blocking code. Its methods wait in lab time, and so must be
// called by a turn of the clock (clock.Go); anywhere else they fail instead of waiting. Deadlines are calendar
// times in the lab: see Network.Now.
type Conn struct {
	end    *End
	buf    []byte // received, not yet read
	err    error  // what Read returns when buf is empty
	opened bool
	closed bool

	readDeadline, writeDeadline time.Time
	reader, writer              *clock.Turn // who waits
	alarm                       *clock.Timer
}

var _ net.Conn = (*Conn)(nil)

// errNoTurn is a mistake of ours: blocking code that was not started with clock.Go would stop the whole lab.
var errNoTurn = errors.New("vnet: would wait outside a turn of the clock")

// DialConn opens a connection to addr and waits until it is open. It fails with a *net.OpError that wraps
// ErrRefused, ErrUnreachable or ErrTimeout.
func (h *Host) DialConn(addr netip.AddrPort) (*Conn, error) {
	c := &Conn{}
	c.end = h.Dial(addr, (*blocking)(c))
	for !c.opened && c.err == nil {
		if err := c.wait(&c.reader, time.Time{}); err != nil {
			return nil, c.opError("dial", err)
		}
	}
	if !c.opened {
		return nil, c.opError("dial", c.err)
	}
	return c, nil
}

// Read implements net.Conn. After the peer's FIN it returns io.EOF.
func (c *Conn) Read(p []byte) (int, error) {
	for len(c.buf) == 0 {
		switch {
		case c.closed:
			return 0, c.opError("read", net.ErrClosed)
		case c.err == io.EOF:
			return 0, io.EOF
		case c.err != nil:
			return 0, c.opError("read", c.err)
		}
		if err := c.wait(&c.reader, c.readDeadline); err != nil {
			return 0, c.opError("read", err)
		}
	}
	if c.passed(c.readDeadline) {
		return 0, c.opError("read", os.ErrDeadlineExceeded)
	}
	n := copy(p, c.buf)
	c.buf = c.buf[n:]
	c.end.Release(n)
	return n, nil
}

// Write implements net.Conn. It waits while the window is full.
func (c *Conn) Write(p []byte) (int, error) {
	written := 0
	for {
		switch {
		case c.closed || c.end.finSent:
			return written, c.opError("write", net.ErrClosed)
		case c.err != nil && c.err != io.EOF:
			return written, c.opError("write", c.err)
		case c.passed(c.writeDeadline):
			return written, c.opError("write", os.ErrDeadlineExceeded)
		}
		n := min(len(p)-written, c.end.Room())
		if err := c.end.Write(p[written : written+n]); err != nil {
			return written, c.opError("write", err)
		}
		if written += n; written == len(p) {
			return written, nil
		}
		if c.end.Room() > 0 {
			continue
		}
		if err := c.wait(&c.writer, c.writeDeadline); err != nil {
			return written, c.opError("write", err)
		}
	}
}

// CloseWrite is the half-close: the peer reads io.EOF, and this end goes on reading.
func (c *Conn) CloseWrite() error {
	c.end.Close()
	return nil
}

// Close implements net.Conn. When the peer's octets were left unread the connection is reset, as TCP does.
func (c *Conn) Close() error {
	if c.closed {
		return nil
	}
	c.closed = true
	c.alarm.Stop()
	if len(c.buf) > 0 {
		c.buf = nil
		c.end.Reset()
	} else {
		c.end.Close()
	}
	c.wake()
	return nil
}

// LocalAddr and RemoteAddr are *net.TCPAddr.
func (c *Conn) LocalAddr() net.Addr  { return net.TCPAddrFromAddrPort(c.end.AddrPort()) }
func (c *Conn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.end.Peer().AddrPort()) }

// SetDeadline, SetReadDeadline and SetWriteDeadline implement net.Conn, in the lab's calendar time.
func (c *Conn) SetDeadline(t time.Time) error {
	c.readDeadline, c.writeDeadline = t, t
	c.wake()
	return nil
}

func (c *Conn) SetReadDeadline(t time.Time) error {
	c.readDeadline = t
	c.wake()
	return nil
}

func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.writeDeadline = t
	c.wake()
	return nil
}

func (c *Conn) passed(deadline time.Time) bool {
	return !deadline.IsZero() && !c.end.host.net.Now().Before(deadline)
}

// wait gives the turn away until something happened or the deadline passes.
func (c *Conn) wait(who **clock.Turn, deadline time.Time) error {
	turn := c.end.clock.Turn()
	if turn == nil {
		return errNoTurn
	}
	if c.passed(deadline) {
		return os.ErrDeadlineExceeded
	}
	if !deadline.IsZero() {
		if c.alarm == nil {
			c.alarm = c.end.clock.NewTimer(clock.Func(c.wake))
		}
		c.alarm.Reset(deadline.Sub(c.end.host.net.Now()))
		defer c.alarm.Stop()
	}
	*who = turn
	defer func() { *who = nil }()
	if !turn.Wait() {
		return net.ErrClosed
	}
	return nil
}

func (c *Conn) wake() {
	if c.reader != nil {
		c.reader.Wake()
	}
	if c.writer != nil {
		c.writer.Wake()
	}
}

func (c *Conn) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: "tcp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}

// blocking is the Handler side of a Conn, kept out of its method set.
type blocking Conn

func (b *blocking) Opened(*End) {
	b.opened = true
	(*Conn)(b).wake()
}

func (b *blocking) Received(e *End, p []byte) {
	if b.closed {
		e.Reset() // nobody will read it
		return
	}
	b.buf = append(b.buf, p...)
	e.Hold(len(p))
	(*Conn)(b).wake()
}

func (b *blocking) Writable(*End) { (*Conn)(b).wake() }

func (b *blocking) Closed(_ *End, err error) {
	b.err = err
	(*Conn)(b).wake()
}

// Listener accepts connections to a port for blocking code. It is a net.Listener.
type Listener struct {
	host   *Host
	port   uint16
	queue  []*Conn // open, not yet accepted
	turn   *clock.Turn
	closed bool
}

var _ net.Listener = (*Listener)(nil)

// ListenConn listens on a port for blocking code.
func (h *Host) ListenConn(port uint16) (*Listener, error) {
	l := &Listener{host: h, port: port}
	err := h.Listen(port, func(e *End) Handler { return &arriving{blocking: blocking{end: e}, listener: l} })
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: "tcp", Addr: l.Addr(), Err: err}
	}
	return l, nil
}

// arriving is a connection that its listener hears of once it is open.
type arriving struct {
	blocking
	listener *Listener
}

func (a *arriving) Opened(e *End) {
	a.blocking.Opened(e)
	l := a.listener
	l.queue = append(l.queue, (*Conn)(&a.blocking))
	if l.turn != nil {
		l.turn.Wake()
	}
}

// Accept implements net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	for len(l.queue) == 0 {
		turn := l.host.net.clock.Turn()
		if turn == nil {
			return nil, errNoTurn
		}
		if l.closed {
			return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.Addr(), Err: net.ErrClosed}
		}
		l.turn = turn
		more := turn.Wait()
		l.turn = nil
		if !more {
			return nil, net.ErrClosed
		}
	}
	c := l.queue[0]
	l.queue = l.queue[1:]
	return c, nil
}

// Close implements net.Listener. Connections that are open stay open.
func (l *Listener) Close() error {
	if !l.closed {
		l.closed = true
		l.host.Unlisten(l.port)
		if l.turn != nil {
			l.turn.Wake()
		}
	}
	return nil
}

// Addr implements net.Listener.
func (l *Listener) Addr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(l.host.Addr, l.port))
}
