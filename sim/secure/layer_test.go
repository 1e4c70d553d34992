package secure

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"smtplab/sim/drive"
)

var began = time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)

func authority(t testing.TB, lab uint64) (*Authority, *tls.Certificate) {
	t.Helper()
	a, err := NewAuthority(NewSeed(lab, "ca", 0), "SMTP Lab CA", began, []string{"email.com"},
		[]netip.Prefix{netip.MustParsePrefix("192.168.11.0/24")})
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.Issue(NewSeed(lab, "server", 0), []string{"email.com"}, []netip.Addr{netip.MustParseAddr("192.168.11.4")})
	if err != nil {
		t.Fatal(err)
	}
	return a, c
}

func end(n uint32) End {
	return End{Seed: NewSeed(7, "test", n), Now: func() time.Time { return began }}
}

// talker is a party that says some lines, and has heard those of its peer.
type talker struct {
	says    [][]byte
	heard   bytes.Buffer
	want    int // octets to hear, then it closes
	state   *tls.ConnectionState
	err     error
	opened  bool
	hungUp  bool
	expired bool
}

func (p *talker) Open()            { p.opened = true }
func (p *talker) Receive(b []byte) { p.heard.Write(b) }
func (p *talker) Output() []byte {
	if !p.opened || len(p.says) == 0 {
		return nil
	}
	out := p.says[0]
	p.says = p.says[1:]
	return out
}
func (p *talker) Closed() bool                   { return p.opened && len(p.says) == 0 && p.heard.Len() >= p.want }
func (p *talker) Hangup()                        { p.hungUp = true }
func (p *talker) Patience() time.Duration        { return time.Minute }
func (p *talker) Expire()                        { p.expired = true }
func (p *talker) StartsTLS() ([]byte, bool)      { return nil, false }
func (p *talker) Secured(s *tls.ConnectionState) { p.state = s }
func (p *talker) Unsecured(err error)            { p.err = err }

// converse lets two parties talk, each cut in pieces of some octets, and returns what the wire carried.
func converse(a, b drive.Party, piece int) (wire []byte) {
	a.Open()
	b.Open()
	for moved := true; moved; {
		moved = false
		for _, d := range [][2]drive.Party{{a, b}, {b, a}} {
			for out := d[0].Output(); out != nil; out = d[0].Output() {
				moved = true
				wire = append(wire, out...)
				for len(out) > 0 {
					n := min(piece, len(out))
					d[1].Receive(out[:n])
					out = out[n:]
				}
			}
		}
	}
	return wire
}

func lines(name string, n int) [][]byte {
	var says [][]byte
	for i := range n {
		says = append(says, []byte(fmt.Sprintf("%s %d %s\r\n", name, i, strings.Repeat("x", i*i*40))))
	}
	return says
}

func size(says [][]byte) int { return len(bytes.Join(says, nil)) }

func TestLayer(t *testing.T) {
	a, cert := authority(t, 7)
	var first []byte
	for _, piece := range []int{1 << 20, 1000, 7, 1} {
		says, answers := lines("client", 30), lines("server", 30)
		c := &talker{says: says, want: size(answers)}
		s := &talker{says: answers, want: size(says)}
		client := New(c, Client(end(1), "email.com", a.Pool()), true, true, nil)
		server := New(s, Server(end(2), cert), false, true, nil)
		wire := converse(client, server, piece)
		if c.err != nil || s.err != nil || !client.Closed() || !server.Closed() {
			t.Fatalf("in pieces of %d: client %v %v, server %v %v", piece, c.err, client.Closed(), s.err, server.Closed())
		}
		if got, want := s.heard.Bytes(), bytes.Join(lines("client", 30), nil); !bytes.Equal(got, want) {
			t.Errorf("in pieces of %d the server heard %d octets, not the %d", piece, len(got), len(want))
		}
		if got, want := c.heard.Bytes(), bytes.Join(lines("server", 30), nil); !bytes.Equal(got, want) {
			t.Errorf("in pieces of %d the client heard %d octets, not the %d", piece, len(got), len(want))
		}
		if c.state.Version != tls.VersionTLS13 || c.state.ServerName != "email.com" {
			t.Errorf("version %x, server %q", c.state.Version, c.state.ServerName)
		}
		if bytes.Contains(wire, []byte("client 3")) {
			t.Error("the wire carried what was said in the clear")
		}
		if first == nil {
			first = wire
		}
	}
	// The same once more is the same to the octet.
	says, answers := lines("client", 30), lines("server", 30)
	c, s := &talker{says: says, want: size(answers)}, &talker{says: answers, want: size(says)}
	again := converse(New(c, Client(end(1), "email.com", a.Pool()), true, true, nil), New(s, Server(end(2), cert), false, true, nil), 1<<20)
	if !bytes.Equal(again, first) {
		t.Error("the wire carried other octets when the same was done again")
	}
}

// TestVersions: TLS 1.2 is spoken with clients that know no better, and nothing older.
func TestVersions(t *testing.T) {
	a, cert := authority(t, 7)
	for version, want := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		for _, curve := range []tls.CurveID{tls.X25519, tls.CurveP256} {
			run := func() ([]byte, *talker, *talker) {
				c, s := &talker{says: lines("c", 3), want: 1}, &talker{says: lines("s", 3), want: 1}
				config := Client(end(1), "192.168.11.4", a.Pool())
				config.MinVersion, config.MaxVersion, config.CurvePreferences = version, version, []tls.CurveID{curve}
				return converse(New(c, config, true, false, nil), New(s, Server(end(2), cert), false, false, nil), 50), c, s
			}
			wire, c, s := run()
			if got := c.state != nil && c.err == nil && s.err == nil; got != want {
				t.Errorf("version %x, %v: %v %v", version, curve, c.err, s.err)
			}
			if again, _, _ := run(); !bytes.Equal(wire, again) {
				t.Errorf("version %x, %v: other octets when done again", version, curve)
			}
		}
	}
}

// TestDistrust has clients that must not be satisfied.
func TestDistrust(t *testing.T) {
	a, cert := authority(t, 7)
	other, _ := authority(t, 8)
	for name, tt := range map[string]struct {
		server string
		pool   *x509.CertPool
		now    time.Time
	}{
		"another authority": {"email.com", other.Pool(), began},
		"another name":      {"example.org", a.Pool(), began},
		"another address":   {"192.168.11.5", a.Pool(), began},
		"too late":          {"email.com", a.Pool(), began.Add(11 * 365 * 24 * time.Hour)},
	} {
		c, s := &talker{says: lines("c", 1)}, &talker{says: lines("s", 1)}
		e := end(1)
		e.Now = func() time.Time { return tt.now }
		client, server := New(c, Client(e, tt.server, tt.pool), true, false, nil), New(s, Server(end(2), cert), false, false, nil)
		converse(client, server, 1<<20)
		if c.err == nil || c.state != nil || !client.Closed() {
			t.Errorf("%s: the client is satisfied", name)
		}
		if s.heard.Len() > 0 {
			t.Errorf("%s: the server heard %q", name, s.heard.String())
		}
	}
}

// TestRubbish: whatever comes instead of a handshake ends in Unsecured, and after it in Hangup.
func TestRubbish(t *testing.T) {
	_, cert := authority(t, 7)
	for _, rubbish := range []string{"EHLO pc1\r\n", "\x16\x03\x01\xff\xff", "\x00", strings.Repeat("a", 100_000), "\x80\x2e\x01\x00\x02"} {
		s := &talker{says: lines("s", 1)}
		server := New(s, Server(end(2), cert), false, false, []byte(rubbish))
		server.Open()
		for server.Output() != nil {
		}
		server.Receive(make([]byte, 70_000))
		for server.Output() != nil {
		}
		if s.err == nil || !server.Closed() || s.heard.Len() > 0 {
			t.Errorf("%.20q: error %v, closed %v", rubbish, s.err, server.Closed())
		}
	}
}

func TestEndings(t *testing.T) {
	a, cert := authority(t, 7)
	s := &talker{}
	server := New(s, Server(end(2), cert), false, true, nil)
	server.Open()
	server.Output()
	server.Expire()
	if s.err == nil || !server.Closed() {
		t.Error("a handshake that takes too long does not end")
	}
	server = New(&talker{}, Server(end(2), cert), false, true, nil)
	server.Output()
	server.Stop()
	server.Stop()
	server.Receive([]byte("x"))
	if server.Output() != nil || !server.Closed() {
		t.Error("a stopped layer says something")
	}

	// A record that was changed on its way ends the connection.
	c, p := &talker{says: lines("c", 2), want: 1 << 20}, &talker{says: lines("s", 2), want: 1 << 20}
	client, server := New(c, Client(end(1), "email.com", a.Pool()), true, true, nil), New(p, Server(end(2), cert), false, true, nil)
	converse(client, server, 1<<20)
	c.says = lines("late", 1)
	out := bytes.Clone(client.Output())
	out[len(out)-1] ^= 1
	server.Receive(out)
	for server.Output() != nil {
	}
	if !p.hungUp || !server.Closed() || bytes.Contains(p.heard.Bytes(), []byte("late")) {
		t.Errorf("a changed record: hung up %v, closed %v, heard %q", p.hungUp, server.Closed(), p.heard.String())
	}
}

// TestAgainstTLS has a layer talk to crypto/tls over a connection of the machine.
func TestAgainstTLS(t *testing.T) {
	a, cert := authority(t, 7)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	answers := lines("server", 20)
	s := &talker{says: answers, want: 6}
	done := make(chan error, 1)
	go func() {
		conn, err := l.Accept()
		if err == nil {
			err = drive.Over(context.Background(), conn, New(s, Server(end(2), cert), false, true, nil), nil)
		}
		done <- err
	}()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(a.PEM()) {
		t.Fatal("the authority's certificate cannot be read")
	}
	conn, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{ServerName: "email.com", RootCAs: roots, Time: func() time.Time { return began }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("hello\n")); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if want := bytes.Join(lines("server", 20), nil); err != nil || !bytes.Equal(got, want) {
		t.Errorf("heard %d octets of %d: %v", len(got), len(want), err)
	}
	conn.Close()
	if err := <-done; err != nil || s.heard.String() != "hello\n" {
		t.Errorf("the server heard %q: %v", s.heard.String(), err)
	}
}
