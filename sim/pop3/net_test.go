package pop3

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"smtplab/sim/drive"
	"smtplab/sim/sasl"
)

// dial returns both ends of a loopback TCP connection.
func dial(t *testing.T) (client, server net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	client, err = net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err = listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

// serve starts a session on a connection. Its error comes when the conversation is over.
func serve(conn net.Conn, h Host) <-chan error {
	done := make(chan error, 1)
	go func() { done <- drive.Over(context.Background(), conn, NewSession(&Config{}, h), nil) }()
	return done
}

// A client that shares no code with this package: the standard library's text protocols.
func TestAnIndependentClient(t *testing.T) {
	big := "Subject: big\r\n\r\n" + strings.Repeat(".a line of the big message\r\n", 20000)
	h := newHost(hello, big)
	conn, end := dial(t)
	done := serve(end, h)
	client := textproto.NewConn(conn)
	ask := func(command string) string {
		t.Helper()
		if command != "" {
			if err := client.PrintfLine("%s", command); err != nil {
				t.Fatal(err)
			}
		}
		line, err := client.ReadLine()
		if err != nil || !strings.HasPrefix(line, "+OK") {
			t.Fatalf("%s: %q, %v", command, line, err)
		}
		return line
	}
	text := func() string {
		t.Helper()
		lines, err := client.ReadDotLines()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(lines, "\r\n") + "\r\n"
	}
	ask("")
	ask("USER pc1")
	ask("PASS secret")
	ask("UIDL")
	if got := text(); got != "1 U1\r\n2 U2\r\n" {
		t.Errorf("UIDL: %q", got)
	}
	ask("RETR 1")
	if got := text(); got != hello {
		t.Errorf("RETR 1: %q", got)
	}
	ask("RETR 2")
	if got := text(); got != big {
		t.Errorf("RETR 2: %d octets, want %d", len(got), len(big))
	}
	ask("DELE 1")
	ask("QUIT")
	if err := <-done; err != nil {
		t.Error(err)
	}
	if h.uids() != "U2" || h.drop().Locked() {
		t.Errorf("left %q", h.uids())
	}
}

func TestClientAndServerOverTCP(t *testing.T) {
	h := newHost(hello, dotted)
	conn, end := dial(t)
	done := serve(end, h)
	c := newClient(Plan{Delete: []string{"U1"}})
	err := drive.Over(context.Background(), conn, c, nil)
	r := c.Result()
	if err != nil || r.Err != nil || len(r.Messages) != 1 || !slices.Equal(r.Deleted, []string{"U1"}) {
		t.Errorf("%s, %v", summary(r), err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestEndingContextFreesTheMaildrop(t *testing.T) {
	h := newHost(hello)
	conn, end := dial(t)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- drive.Over(ctx, end, NewSession(&Config{}, h), nil) }()
	client := textproto.NewConn(conn)
	client.PrintfLine("USER pc1\r\nPASS secret\r\nDELE 1")
	for range 4 {
		if _, err := client.ReadLine(); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if h.drop().Locked() || h.uids() != "U1" {
		t.Errorf("locked %v, left %q", h.drop().Locked(), h.uids())
	}
}

func TestAutologoutOverAPipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		done := serve(server, newHost())
		began := time.Now()
		line, err := textproto.NewConn(client).ReadLine()
		if err != nil || !strings.HasPrefix(line, "+OK") {
			t.Fatal(line, err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if waited := time.Since(began); waited != 10*time.Minute {
			t.Errorf("logged out after %v", waited)
		}
	})
}

func TestPanicEndsOneConversation(t *testing.T) {
	conn, end := dial(t)
	done := serve(end, &panicHost{})
	client := textproto.NewConn(conn)
	client.PrintfLine("USER pc1\r\nPASS secret")
	if err := <-done; err == nil || !strings.Contains(err.Error(), "panicked: no disk") {
		t.Error(err)
	}
}

type panicHost struct{ fakeHost }

func (*panicHost) Login(string, string) (Maildrop, error) { panic("no disk") }

// Both ends over TCP, TLS by STLS and TLS first. CONFORMANCE 102.
func TestClientAndServerInTLS(t *testing.T) {
	a := newAuthority(t)
	server := a.server(t)
	dialTLS := func(conn net.Conn) *tls.Conn { return tls.Client(conn, a.client()) }
	login := Login{User: "pc1", Pass: "secret", TLS: TLSRequired, NotInClear: true, Mechanisms: sasl.Mechanisms, Nonce: "client"}
	for _, implicit := range []bool{false, true} {
		h := newHost(hello, grüße)
		conn, end := dial(t)
		if implicit {
			conn, end = dialTLS(conn), tls.Server(end, server)
		}
		done := make(chan error, 1)
		go func() {
			cfg := everything()
			cfg.AuthInClear, cfg.NoLoginInClear = nil, true
			done <- drive.Over(context.Background(), end, NewSession(cfg, h), overTLS(server))
		}()
		c := NewClient(login, Plan{})
		if err := drive.Over(context.Background(), conn, c, dialTLS); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if r := c.Result(); r.Err != nil || len(r.Messages) != 2 {
			t.Errorf("implicit %v: %s", implicit, summary(r))
		}
	}
}

// A client that does not trust the server says nothing but STLS to it.
func TestUntrustedServer(t *testing.T) {
	for _, other := range []*tls.Config{newAuthority(t).client(), {RootCAs: nil, ServerName: "example.org"}} {
		h := newHost(hello)
		conn, end := dial(t)
		done := make(chan error, 1)
		server := newAuthority(t).server(t)
		go func() { done <- drive.Over(context.Background(), end, NewSession(everything(), h), overTLS(server)) }()
		c := NewClient(Login{User: "pc1", Pass: "secret", TLS: TLSIfOffered}, Plan{})
		err := drive.Over(context.Background(), conn, c, func(conn net.Conn) *tls.Conn { return tls.Client(conn, other) })
		if r := c.Result(); err == nil || r.Err == nil || !strings.HasPrefix(r.Err.Error(), "The server could not prove who it is") {
			t.Errorf("%s, %v", summary(r), err)
		}
		if err := <-done; err == nil || h.drop().Locked() {
			t.Errorf("the server: %v", err)
		}
	}
}

// What somebody on the way puts behind STLS, or behind its answer, makes TLS fail and is neither carried out nor
// believed: RFC 2595 §4. CONFORMANCE 102.
func TestInjectionBehindSTLS(t *testing.T) {
	a := newAuthority(t)
	for _, pieces := range [][]string{
		{"STLS\r\nUSER pc1\r\nPASS secret\r\nDELE 1\r\nQUIT\r\n"},
		{"STLS\r\n", "USER pc1\r\nPASS secret\r\nDELE 1\r\nQUIT\r\n"},
		{"STLS\r\nUS", "ER pc1\r\nPASS secret\r\nDELE 1\r\nQUIT\r\n"},
	} {
		h := newHost(hello)
		conn, end := net.Pipe()
		done := make(chan error, 1)
		go func() {
			done <- drive.Over(context.Background(), end, NewSession(everything(), h), overTLS(a.server(t)))
		}()
		heard := make(chan []byte, 1)
		go func() {
			all, _ := io.ReadAll(conn)
			heard <- all
		}()
		for _, piece := range pieces {
			if _, err := conn.Write([]byte(piece)); err != nil {
				break // the server has gone by then
			}
		}
		if err := <-done; err == nil || !strings.Contains(err.Error(), "TLS") {
			t.Errorf("%q: %v", pieces, err)
		}
		if got := string(<-heard); strings.Count(got, "+OK") != 2 || strings.Contains(got, "-ERR") {
			t.Errorf("%q: the server said %q", pieces, got)
		}
		if h.uids() != "U1" || h.drop().Locked() {
			t.Errorf("%q: left %q", pieces, h.uids())
		}
	}

	conn, end := net.Pipe()
	c := NewClient(Login{User: "pc1", Pass: "secret", TLS: TLSIfOffered}, Plan{})
	done := make(chan error, 1)
	go func() {
		done <- drive.Over(context.Background(), conn, c, func(conn net.Conn) *tls.Conn { return tls.Client(conn, a.client()) })
	}()
	go io.Copy(io.Discard, end)
	io.WriteString(end, "+OK\r\n+OK\r\nSTLS\r\nUSER\r\n.\r\n+OK\r\n+OK\r\nUSER\r\n.\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n1 A\r\n.\r\n")
	if err := <-done; err == nil {
		t.Error("the client took clear text for TLS")
	}
	if r := c.Result(); r.Err == nil || len(r.Messages) != 0 || r.Waiting != 0 {
		t.Errorf("the client believed %s", summary(r))
	}
}
