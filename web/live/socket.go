package live

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"
)

// This file is the only one that knows the websocket library.

// Close codes of RFC 6455 §7.4.1 that the hubs use, and 1013 of the IANA registry.
const (
	goingAway     = websocket.CloseGoingAway       // 1001: the server is stopping
	policyBroken  = websocket.ClosePolicyViolation // 1008: the browser says things; it has nothing to say
	internalError = websocket.CloseInternalServerErr
	tryAgainLater = websocket.CloseTryAgainLater // 1013: too slow; resume from your position
)

// What one peer may send us. Browsers only answer pings, so these are far above what they need.
const (
	readLimit   = 4 << 10 // octets of one frame
	pingsPerSec = 5       // a flood of pings is a flood
	pingBurst   = 20
)

// frame is an envelope as it goes on the wire, built once for everybody who is sent it.
type frame = websocket.PreparedMessage

func newFrame(text []byte) (*frame, error) {
	return websocket.NewPreparedMessage(websocket.TextMessage, text)
}

// socket is one browser's connection. Sending is for one goroutine, receive for one other; shut is for anybody.
type socket struct {
	conn *websocket.Conn
	opt  *Options
}

// writeBuffers lends the buffers of all sockets: an idle one holds none.
var writeBuffers sync.Pool

// open answers the handshake. After ErrHandshake nothing has been written, and the caller answers; after any
// other error the connection is gone.
func open(w http.ResponseWriter, r *http.Request, opt *Options) (*socket, error) {
	up := websocket.Upgrader{
		HandshakeTimeout:  opt.WriteTimeout,
		ReadBufferSize:    512, // a pong is six octets
		WriteBufferSize:   2 << 10,
		WriteBufferPool:   &writeBuffers,
		CheckOrigin:       opt.CheckOrigin,
		EnableCompression: false, // a deflate window per watcher costs more than the rows that it shrinks
		Error:             func(http.ResponseWriter, *http.Request, int, error) {},
	}
	conn, err := up.Upgrade(w, r, nil)
	if _, refused := errors.AsType[websocket.HandshakeError](err); refused {
		return nil, fmt.Errorf("%w: %w", ErrHandshake, err)
	}
	if err != nil {
		return nil, fmt.Errorf("live: answer the handshake: %w", err)
	}
	conn.SetReadLimit(readLimit)
	return &socket{conn: conn, opt: opt}, nil
}

// send writes a frame, and fails when the browser has not taken it within the write timeout.
func (s *socket) send(f *frame) error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(s.opt.WriteTimeout)); err != nil {
		return err
	}
	return s.conn.WritePreparedMessage(f)
}

// ping asks for a sign of life.
func (s *socket) ping() error {
	return s.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(s.opt.WriteTimeout))
}

// goodbye says why, as far as the browser still listens, and closes.
func (s *socket) goodbye(code int, why string) {
	msg := websocket.FormatCloseMessage(code, why)
	_ = s.conn.WriteControl(websocket.CloseMessage, msg, time.Now().Add(s.opt.WriteTimeout)) // it may be gone: then there is nobody to tell
	s.shut()
}

// shut closes the connection; a send or receive under way fails.
func (s *socket) shut() { _ = s.conn.Close() }

// receive reads until the browser leaves, is silent for too long, or breaks the rules, and returns the close
// code that it deserves; 0 when it is already gone. The browser is expected to answer pings and say nothing else.
func (s *socket) receive() (code int, why string) {
	alive := func() { _ = s.conn.SetReadDeadline(time.Now().Add(s.opt.PingEvery + s.opt.PongTimeout)) }
	pings := rate.NewLimiter(pingsPerSec, pingBurst)
	answer := s.conn.PingHandler()
	s.conn.SetPingHandler(func(data string) error {
		if !pings.Allow() {
			return errFlood
		}
		return answer(data)
	})
	s.conn.SetPongHandler(func(string) error { alive(); return nil })
	alive()
	switch _, _, err := s.conn.NextReader(); err {
	case nil:
		return policyBroken, "this channel only speaks; it does not listen"
	case errFlood:
		return policyBroken, "too many pings"
	}
	return 0, ""
}
