package gateway

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"smtplab/sim/lab"
	"smtplab/sim/runner"
)

// traveller carries octets between a real connection and a line into a lab. While the lab runs as fast as it can, answers
// are there when what they answer has been said, and one goroutine does it all; what comes later is carried by another,
// which lives only as long as there is something to carry.
type traveller struct {
	conn *net.TCPConn
	line *runner.Line
	most int64  // octets that the client may send
	quit bool   // the client has said that it ends, so what it could still say matters to nobody
	full func() // the lab takes no more: has its server tell everybody so

	pending atomic.Int32 // news of the line that were not looked after
	flushes sync.WaitGroup

	clock    *atomic.Int64 // the gateway's, in sweeps
	patience atomic.Int64  // until when the client is waited for; 0 for ever

	sending sync.Mutex // to the client
	once    sync.Once
	over    chan struct{} // closed when nothing more will be sent to it
	err     error         // why; nil when the server had said all
}

var errTooMuch = errors.New("the client has sent more than one connection may")

// buffers are the rooms in which octets stay for a moment.
var buffers = sync.Pool{New: func() any { return new(buffer) }}

type buffer struct {
	there [16 << 10]byte
	back  [16 << 10]byte
}

// arrive returns a traveller that is about to get its line; until travel, its news are looked after.
func arrive(conn *net.TCPConn, most int64, clock *atomic.Int64) *traveller {
	t := &traveller{conn: conn, most: most, clock: clock, over: make(chan struct{})}
	t.pending.Store(1)
	return t
}

// travel returns when both directions have ended.
func (t *traveller) travel() error {
	buf := buffers.Get().(*buffer)
	defer buffers.Put(buf)
	t.flush(buf) // the greeting
	err := t.there(buf)
	if err == nil && !t.isOver() {
		err = t.line.CloseWrite()
	}
	if err != nil {
		t.line.Close() // what the client had not finished is not finished
		t.pass(buf.back[:])
	}
	<-t.over
	err = errors.Join(err, t.err, t.line.Close())
	t.flushes.Wait()
	return err
}

// isOver reports whether nothing more will be sent to the client.
func (t *traveller) isOver() bool {
	select {
	case <-t.over:
		return true
	default:
		return false
	}
}

// Close ends both sides, and with them the waiting for either.
func (t *traveller) Close() error {
	err := errors.Join(t.line.Close(), t.conn.Close())
	t.once.Do(func() { t.end(net.ErrClosed) }) // also where no news of that came
	return err
}

// there carries what the client says, up to its end, and what is answered at once.
func (t *traveller) there(buf *buffer) error {
	var said int64
	for {
		n, err := t.conn.Read(buf.there[:])
		if said += int64(n); said > t.most {
			return errTooMuch
		}
		for p := buf.there[:n]; len(p) > 0 && !t.isOver(); { // afterwards it is only waited for
			room, failed := t.line.Room() // waits, and nobody may wait for us meanwhile
			if failed != nil {
				return failed
			}
			room = min(room, len(p))
			failed = t.say(p[:room], buf.back[:])
			if m, ok := errors.AsType[*lab.Mistake](failed); ok && m.Code == "limit" {
				t.full()
				return nil // what the client had not finished is not finished, as after any 421
			}
			if failed != nil {
				return failed
			}
			p = p[room:]
		}
		switch {
		case t.quit && t.isOver(): // which closed the connection
			return nil
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// say says p to the lab and passes on what is answered at once. When that is the server's last word, the line is let go of
// before the client hears it: a client that comes again at once does not have to wait for that.
func (t *traveller) say(p, answer []byte) error {
	t.sending.Lock()
	defer t.sending.Unlock()
	n, more, over, err := t.line.Say(p, answer)
	if over && err == nil {
		err = errors.Join(t.line.CloseWrite(), t.line.Close())
	}
	if n > 0 {
		err = errors.Join(err, t.send(answer[:n]))
	}
	t.quit = isQuit(p)
	switch {
	case more:
		t.passOn(answer)
	case over:
		t.once.Do(func() { t.end(io.EOF) })
	}
	return err
}

// isQuit reports whether what a client says is QUIT and nothing else: RFC 5321 §4.1.1.10, RFC 1939 §5. In TLS nobody
// can tell.
func isQuit(p []byte) bool {
	return len(p) == len("QUIT\r\n") && bytes.EqualFold(p, []byte("QUIT\r\n"))
}

// news is called when something has arrived that nobody waits for. It must not block.
func (t *traveller) news() {
	if t.pending.Add(1) == 1 {
		t.flushes.Go(func() {
			buf := buffers.Get().(*buffer)
			defer buffers.Put(buf)
			t.flush(buf)
		})
	}
}

// flush passes on what there is until there are no news.
func (t *traveller) flush(buf *buffer) {
	for {
		seen := t.pending.Load()
		t.pass(buf.back[:])
		if t.pending.CompareAndSwap(seen, 0) {
			return
		}
	}
}

// pass passes on what has arrived. After the server's last word the client has a moment to close as well.
func (t *traveller) pass(buf []byte) {
	t.sending.Lock()
	defer t.sending.Unlock()
	t.passOn(buf)
}

func (t *traveller) passOn(buf []byte) {
	for {
		n, err := t.line.Take(buf)
		switch {
		case n > 0:
			if err = t.send(buf[:n]); err == nil {
				continue
			}
		case err == nil:
			return
		}
		t.once.Do(func() { t.end(err) })
		return
	}
}

// end is the end of what is sent to the client.
func (t *traveller) end(err error) {
	switch {
	case err == io.EOF && t.quit: // nothing is on its way that would make a close a reset
		t.err = t.conn.Close()
	case err == io.EOF:
		t.wait(lingerTime)
		t.err = t.conn.CloseWrite()
	default:
		t.err = err
		t.conn.SetLinger(0) // it was cut off, and shall see that it was
		t.conn.Close()
	}
	close(t.over)
}

// send sends to the client, which has a limited time to read it.
func (t *traveller) send(p []byte) error {
	t.wait(sendTime)
	_, err := t.conn.Write(p)
	t.patience.Store(0)
	return err
}

// wait has patience with the client for some time from now on, give or take a sweep.
func (t *traveller) wait(d time.Duration) {
	t.patience.Store(t.clock.Load() + int64(d/sweepEvery) + 1)
}

// expired reports whether the client has taken too long.
func (t *traveller) expired() bool {
	until := t.patience.Load()
	return until != 0 && t.clock.Load() > until
}
