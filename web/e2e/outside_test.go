package e2e

import (
	"bufio"
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"smtplab/sim/gateway"
)

// letIn opens a real port that leads to a port of the lab's server.
func (s *site) letIn(t testing.TB, w *world, port int) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := gateway.New(gateway.Options{Labs: s.labs, Lab: w.Access, Log: slog.New(slog.NewTextHandler(&s.log, nil))})
	done := make(chan error, 1)
	go func() { done <- g.Serve(l, port) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		g.Close(ctx)
		if err := <-done; err != nil {
			t.Errorf("the gateway: %v", err)
		}
	})
	return l.Addr().String()
}

// program is a real one that talks SMTP.
type program struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

func dial(t testing.TB, address string) *program {
	t.Helper()
	conn, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // it may have ended
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return &program{t, conn, bufio.NewReader(conn)}
}

// say says a line and waits for an answer whose last line begins so.
func (p *program) say(line, answer string) {
	p.t.Helper()
	if _, err := p.conn.Write([]byte(line + "\r\n")); err != nil {
		p.t.Fatal(err)
	}
	p.expect(answer)
}

func (p *program) expect(answer string) {
	p.t.Helper()
	for {
		line, err := p.in.ReadString('\n')
		if err != nil {
			p.t.Fatal(err)
		}
		if len(line) > 3 && line[3] == '-' {
			continue
		}
		if !strings.HasPrefix(line, answer) {
			p.t.Fatalf("the server says %q, not %s", line, answer)
		}
		return
	}
}
