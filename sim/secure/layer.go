package secure

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"os"
	"time"

	"smtplab/sim/drive"
)

// Layer is TLS between a party and the wire. It is a drive.Party: what it receives and puts out are records. Use New. Stop
// must be called unless the layer is Closed or was hung up.
//
// The handshake of crypto/tls is blocking code, so it runs as a coroutine that gives way when it has to wait for
// octets. After the handshake nothing waits: a read that finds too little is done again later.
type Layer struct {
	inner drive.Securable
	conn  *tls.Conn
	wire  wire
	first bool // TLS came first: the party is not open yet

	shake func() (struct{}, bool) // goes on with the handshake; nil when it is over
	stop  func()
	err   error // of the handshake

	plain  []byte // room for what the party is about to hear
	moved  uint64 // how often it heard or said something, from 1 for the handshake
	taken  bool   // wire.out was handed over and may be used again
	parted bool   // close_notify was said
	over   bool
}

var _ drive.Party = (*Layer)(nil)

// New puts TLS between a party and the wire, as Server and Client of this package configure it: first says that TLS
// comes first, before the party is opened; early are octets that came before (drive.Securable.StartsTLS). The layer
// has to be opened, and speaks first if it is the client's.
func New(inner drive.Securable, config *tls.Config, client, first bool, early []byte) *Layer {
	l := &Layer{inner: inner, first: first}
	l.wire.in = append(l.wire.in, early...)
	if client {
		l.conn = tls.Client(&l.wire, config)
	} else {
		l.conn = tls.Server(&l.wire, config)
	}
	l.shake, l.stop = iter.Pull(func(yield func(struct{}) bool) {
		l.wire.wait = func() bool { return yield(struct{}{}) }
		l.err = l.conn.Handshake()
	})
	return l
}

// Open implements drive.Party. Everything happens when Output is asked for.
func (l *Layer) Open() {}

// Receive implements drive.Party.
func (l *Layer) Receive(p []byte) {
	if !l.over {
		l.wire.in = append(l.wire.in, p...)
	}
}

// Output implements drive.Party. The party hears more only when all that was said before has been taken, so what waits
// here is bounded by what the driver feeds and by what the party says at a time.
func (l *Layer) Output() []byte {
	if l.taken {
		l.wire.out, l.taken = l.wire.out[:0], false
	}
	for len(l.wire.out) == 0 {
		if l.over || !l.advance() {
			return nil
		}
	}
	l.taken = true
	return l.wire.out
}

// advance does one thing that leads to output, and reports false when there is nothing to do.
func (l *Layer) advance() bool {
	switch {
	case l.shake != nil:
		return l.goOn()
	case l.parted:
		l.over = true
		return false
	}
	if out := l.inner.Output(); len(out) > 0 {
		l.moved++
		l.conn.Write(out) // it fails only where nobody is left to be told
		return true
	}
	if l.inner.Closed() {
		l.part()
		return true
	}
	return l.hear()
}

// goOn goes on with the handshake, and reports whether it came to anything.
func (l *Layer) goOn() bool {
	if _, more := l.shake(); more {
		return len(l.wire.out) > 0
	}
	l.shake, l.wire.wait = nil, nil
	if l.err != nil {
		l.inner.Unsecured(l.err)
		l.parted = true // the alert, if there is one, is the last word
		return true
	}
	l.moved = 1
	state := l.conn.ConnectionState()
	l.inner.Secured(&state)
	if l.first {
		l.inner.Open()
	}
	return true
}

// hear has the party hear what has come whole, and reports whether anything had.
func (l *Layer) hear() bool {
	if l.plain == nil {
		l.plain = make([]byte, 4<<10)
	}
	n, err := l.conn.Read(l.plain)
	if n > 0 {
		l.moved++
		l.inner.Receive(l.plain[:n])
		return true
	}
	if errors.Is(err, errAgain) {
		return len(l.wire.out) > 0 // TLS may have had something to say of its own
	}
	// close_notify, the end of the connection, or something that is no TLS: nothing more will be heard.
	l.inner.Hangup()
	l.part()
	return true
}

// part says that nothing follows: RFC 8446 §6.1.
func (l *Layer) part() {
	l.conn.CloseWrite()
	l.parted = true
}

// Closed implements drive.Party.
func (l *Layer) Closed() bool { return l.over }

// Hangup implements drive.Party.
func (l *Layer) Hangup() {
	l.Stop()
	l.inner.Hangup()
}

// Stop lets go of a handshake that will not be finished.
func (l *Layer) Stop() {
	l.over = true
	if l.shake != nil {
		l.wire.ended = true
		l.stop()
		l.shake = nil
	}
}

// Patience implements drive.Party.
func (l *Layer) Patience() time.Duration { return l.inner.Patience() }

// Progress is what the party counts, once the handshake is done, and how often it heard or said something if it does
// not count. A handshake is one achievement: octets of it are none.
func (l *Layer) Progress() uint64 {
	if p, ok := l.inner.(interface{ Progress() uint64 }); ok && l.shake == nil {
		return 1 + p.Progress()
	}
	return l.moved
}

// Shutdown has the party say that it goes, if it can and if there is TLS to say it in.
func (l *Layer) Shutdown() {
	p, ok := l.inner.(interface{ Shutdown() })
	switch {
	case l.shake != nil:
		l.Hangup()
	case ok:
		p.Shutdown()
	default:
		l.inner.Hangup()
		l.part()
	}
}

// errSlow is a handshake that was not finished in time.
var errSlow = fmt.Errorf("the TLS handshake was not finished in time: %w", os.ErrDeadlineExceeded)

// Expire implements drive.Party.
func (l *Layer) Expire() {
	if l.shake == nil {
		l.inner.Expire()
		return
	}
	l.Stop()
	l.inner.Unsecured(errSlow)
}

// wire is the connection that crypto/tls believes to have.
type wire struct {
	in, out []byte
	wait    func() bool // gives way until there may be more; false when nothing will come. Nil outside the handshake
	ended   bool
}

// Read implements net.Conn. During the handshake it waits; later it fails with an error that crypto/tls takes for
// temporary, keeping what it has of a record.
func (w *wire) Read(p []byte) (int, error) {
	for len(w.in) == 0 {
		switch {
		case w.ended:
			return 0, io.EOF
		case w.wait == nil:
			return 0, errAgain
		case !w.wait():
			w.ended = true
		}
	}
	n := copy(p, w.in)
	if w.in = w.in[n:]; len(w.in) == 0 {
		w.in = nil
	}
	return n, nil
}

func (w *wire) Write(p []byte) (int, error) {
	w.out = append(w.out, p...)
	return len(p), nil
}

func (w *wire) Close() error                     { return nil }
func (w *wire) LocalAddr() net.Addr              { return nowhere{} }
func (w *wire) RemoteAddr() net.Addr             { return nowhere{} }
func (w *wire) SetDeadline(time.Time) error      { return nil }
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// nowhere is the address of a wire that leads nowhere.
type nowhere struct{}

func (nowhere) Network() string { return "lab" }
func (nowhere) String() string  { return "lab" }

// errAgain is what a read that finds too little fails with: a net.Error that is temporary.
var errAgain error = again{}

type again struct{}

func (again) Error() string   { return "secure: nothing more has come yet" }
func (again) Timeout() bool   { return false }
func (again) Temporary() bool { return true }
