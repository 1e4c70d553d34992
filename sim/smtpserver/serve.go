package smtpserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"time"
)

// Serve drives a Session over a connection until the conversation ends, and closes the connection. When ctx is
// done the client is told 421. It returns nil if the conversation ended with 221 or 421, or the client closed
// the connection, and else what failed.
//
// Patience is measured in the machine's time here. A lab, whose time may stand still, calls the Session directly.
func Serve(ctx context.Context, conn net.Conn, s *Session) (err error) {
	d := &driver{conn: conn, session: s}
	d.timer = time.AfterFunc(time.Hour, d.giveUp)
	d.timer.Stop()
	stop := context.AfterFunc(ctx, d.wake)
	defer func() {
		if v := recover(); v != nil {
			s.fail()
			err = errors.Join(fmt.Errorf("smtpserver: session panicked: %v\n%s", v, debug.Stack()), d.flush())
		}
		stop()
		s.Hangup()
		err = errors.Join(err, conn.Close())
	}()
	return d.run(ctx)
}

// driver carries octets between a connection and a session.
type driver struct {
	conn    net.Conn
	session *Session
	timer   *time.Timer // runs while the client is waited for
}

func (d *driver) run(ctx context.Context) error {
	s := d.session
	s.Open()
	buf := make([]byte, 16<<10)
	for {
		if err := d.flush(); err != nil || s.Closed() {
			return err
		}
		n, err := d.read(ctx, buf)
		s.Receive(buf[:n])
		switch {
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil:
			s.Shutdown()
		case errors.Is(err, os.ErrDeadlineExceeded):
			s.Expire()
		case err == io.EOF:
			return d.flush() // who has sent everything may still be listening
		default:
			return err
		}
	}
}

// read waits for octets as long as the session's patience lasts, or until ctx is done.
func (d *driver) read(ctx context.Context, buf []byte) (int, error) {
	d.conn.SetReadDeadline(time.Time{})
	if ctx.Err() != nil {
		return 0, os.ErrDeadlineExceeded // wake may have come too early for this read
	}
	if patience := d.session.Patience(); patience > 0 {
		d.timer.Reset(patience)
		defer d.timer.Stop()
	}
	return d.conn.Read(buf)
}

// flush sends what the session has to say. It waits no longer than is usual for a client that does not listen.
func (d *driver) flush() error {
	out := d.session.Output()
	if out == nil {
		return nil
	}
	d.conn.SetWriteDeadline(time.Time{})
	d.timer.Reset(cmp.Or(d.session.Patience(), DefaultPatience))
	defer d.timer.Stop()
	_, err := d.conn.Write(out)
	return err
}

// giveUp makes the wait fail that is going on. Its deadline is any instant of the past, so that nobody needs to
// ask for the time.
func (d *driver) giveUp() { d.conn.SetDeadline(longAgo) }

// wake makes a read fail that is going on; a reply is still sent to its end.
func (d *driver) wake() { d.conn.SetReadDeadline(longAgo) }

var longAgo = time.Unix(1, 0)
