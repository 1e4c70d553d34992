package smtpclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"time"
)

// Deliver drives a conversation that sends one mail over a connection, and closes the connection. What the
// server said is in the Result; the error is that of New or of the connection, or of ctx.
//
// Time is told by the machine's clock here. A lab, whose time may stand still, calls the Conversation directly.
func Deliver(ctx context.Context, conn net.Conn, cfg *Config, mail Mail) (Result, error) {
	c, err := New(cfg, mail)
	if err != nil {
		return Result{Done: true, Err: err}, errors.Join(err, conn.Close())
	}
	err = drive(ctx, conn, c)
	return c.Result(), err
}

func drive(ctx context.Context, conn net.Conn, c *Conversation) (err error) {
	d := driver{conn: conn, c: c}
	stop := context.AfterFunc(ctx, d.interrupt)
	defer func() {
		stop()
		if v := recover(); v != nil {
			err = fmt.Errorf("smtpclient: a conversation panicked: %v\n%s", v, debug.Stack())
		}
		c.Hangup()
		err = errors.Join(err, conn.Close())
	}()
	c.Open()
	return d.run(ctx)
}

// driver carries octets between a connection and a conversation.
type driver struct {
	conn net.Conn
	c    *Conversation
}

func (d *driver) run(ctx context.Context) error {
	buf := make([]byte, 16<<10)
	for {
		if err := d.send(ctx); err != nil {
			return err
		}
		if d.c.Closed() {
			return nil
		}
		n, err := d.wait(ctx, d.conn.Read, buf)
		d.c.Receive(buf[:n])
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, os.ErrDeadlineExceeded):
			d.c.Expire()
		case err == io.EOF:
			return d.send(ctx) // who has said everything may still be listening
		default:
			return err
		}
	}
}

func (d *driver) send(ctx context.Context) error {
	for out := d.c.Output(); out != nil; out = d.c.Output() {
		if _, err := d.wait(ctx, d.conn.Write, out); err != nil {
			return err
		}
	}
	return nil
}

// wait calls Read or Write, which fail when the conversation's patience is at its end or ctx is done.
func (d *driver) wait(ctx context.Context, transfer func([]byte) (int, error), p []byte) (int, error) {
	d.conn.SetDeadline(time.Time{})
	if ctx.Err() != nil { // its interrupt may have come before the line above
		return 0, ctx.Err()
	}
	timer := time.AfterFunc(d.c.Patience(), d.interrupt)
	defer timer.Stop()
	return transfer(p)
}

// interrupt wakes a Read or Write that waits: its deadline is an instant of the past.
func (d *driver) interrupt() { d.conn.SetDeadline(time.Unix(1, 0)) }
