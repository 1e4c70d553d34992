package drive

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"time"
)

// TLS puts TLS on a connection: tls.Server or tls.Client with a configuration.
type TLS func(net.Conn) *tls.Conn

// Over drives a party over a connection until the conversation ends, and closes the connection. secure puts TLS on it
// when the party asks for that; nil when it never does. A conn that is a *tls.Conn is a conversation in which TLS
// comes first.
//
// It returns nil when the party or its peer ended the conversation, and else what failed. When ctx is done a party
// that can say so (a method Shutdown) does, and others are hung up, with ctx's error. A party that panics says so if
// it can (a method Fail).
func Over(ctx context.Context, conn net.Conn, p Party, secure TLS) (err error) {
	d := &driver{raw: conn, conn: conn, party: p, secure: secure}
	d.timer = time.AfterFunc(time.Hour, d.interrupt)
	d.timer.Stop()
	stop := context.AfterFunc(ctx, d.interruptRead)
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("drive: a conversation panicked: %v\n%s", v, debug.Stack())
			if f, ok := p.(interface{ Fail() }); ok {
				f.Fail()
				err = errors.Join(err, d.send())
			}
		}
		stop()
		d.timer.Stop()
		p.Hangup()
		err = errors.Join(err, d.conn.Close())
	}()
	if first, ok := conn.(*tls.Conn); ok {
		if err := d.handshake(ctx, first, p.(Securable)); err != nil {
			return err
		}
	}
	p.Open()
	return d.run(ctx)
}

// driver carries octets between a connection and a party.
type driver struct {
	raw    net.Conn // whose deadlines end every wait, also that of TLS on it
	conn   net.Conn // what is spoken over: raw, or TLS on it
	party  Party
	secure TLS
	timer  *time.Timer // runs while the other side is waited for
}

func (d *driver) run(ctx context.Context) error {
	buf := make([]byte, 16<<10)
	for {
		if err := d.send(); err != nil || d.party.Closed() {
			return err
		}
		if p, ok := d.party.(Securable); ok {
			if early, now := p.StartsTLS(); now {
				if err := d.startTLS(ctx, p, early); err != nil {
					return errors.Join(err, d.send())
				}
				continue
			}
		}
		n, err := d.read(ctx, buf)
		d.party.Receive(buf[:n])
		switch {
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil:
			p, ok := d.party.(interface{ Shutdown() })
			if !ok {
				return ctx.Err()
			}
			p.Shutdown()
		case errors.Is(err, os.ErrDeadlineExceeded):
			d.party.Expire()
		case err == io.EOF:
			return d.send() // who has said everything may still be listening
		default:
			return err
		}
	}
}

// read waits for octets as long as the party's patience lasts, or until ctx is done.
func (d *driver) read(ctx context.Context, buf []byte) (int, error) {
	d.raw.SetReadDeadline(time.Time{})
	if ctx.Err() != nil {
		return 0, os.ErrDeadlineExceeded // its interrupt may have come too early for this read
	}
	defer d.patience()()
	return d.conn.Read(buf)
}

// send sends what the party has to say. It waits no longer than is usual for a peer that does not listen.
func (d *driver) send() error {
	for out := d.party.Output(); out != nil; out = d.party.Output() {
		d.raw.SetWriteDeadline(time.Time{})
		stop := d.patience()
		_, err := d.conn.Write(out)
		stop()
		if err != nil {
			return err
		}
	}
	return nil
}

// patience makes the wait that begins fail when the party's patience is over, and returns what ends that.
func (d *driver) patience() (stop func()) {
	patience := d.party.Patience()
	if patience <= 0 {
		return func() {}
	}
	d.timer.Reset(patience)
	return func() { d.timer.Stop() }
}

// startTLS goes on in TLS, of which some octets came early.
func (d *driver) startTLS(ctx context.Context, p Securable, early []byte) error {
	if d.secure == nil {
		return errors.New("drive: the party wants TLS, and nothing to put it on with was given")
	}
	return d.handshake(ctx, d.secure(&resumed{Conn: d.conn, early: bytes.Clone(early)}), p)
}

func (d *driver) handshake(ctx context.Context, conn *tls.Conn, p Securable) error {
	d.raw.SetDeadline(time.Time{})
	stop := d.patience()
	err := conn.HandshakeContext(ctx)
	stop()
	if err != nil {
		p.Unsecured(err)
		return fmt.Errorf("drive: TLS: %w", err)
	}
	d.conn = conn
	state := conn.ConnectionState()
	p.Secured(&state)
	return nil
}

// resumed is a connection of which some octets were read before.
type resumed struct {
	net.Conn
	early []byte
}

func (r *resumed) Read(p []byte) (int, error) {
	if len(r.early) == 0 {
		return r.Conn.Read(p)
	}
	n := copy(p, r.early)
	r.early = r.early[n:]
	return n, nil
}

// interrupt makes the wait fail that is going on. Its deadline is any instant of the past, so that nobody needs to ask
// for the time.
func (d *driver) interrupt() { d.raw.SetDeadline(longAgo) }

// interruptRead makes a read fail that is going on; what is being said is still said to its end.
func (d *driver) interruptRead() { d.raw.SetReadDeadline(longAgo) }

var longAgo = time.Unix(1, 0)
