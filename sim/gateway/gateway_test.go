package gateway

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	netsmtp "net/smtp"
	"net/textproto"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"smtplab/sim/journal"
	"smtplab/sim/journal/natsjournal"
	"smtplab/sim/lab"
	"smtplab/sim/runner"
	"smtplab/sim/trace"
)

// hall is a lab with a gateway, which runs as fast as it can.
type hall struct {
	tb      testing.TB
	labs    *runner.Runner
	access  runner.Access
	gateway *Gateway
	ports   map[int]net.Listener
}

func newHall(tb testing.TB) *hall { return openHall(tb, Limits{}, journal.NewMemory(journal.Limits{})) }

func openHall(tb testing.TB, limits Limits, j journal.Journal) *hall {
	tb.Helper()
	log := slog.New(slog.NewTextHandler(tb.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	h := &hall{tb: tb, labs: runner.New(runner.Options{Journal: j, Log: log}), ports: map[int]net.Listener{}}
	var err error
	if h.access, err = h.labs.Open(context.Background(), runner.Demo); err != nil {
		tb.Fatal(err)
	}
	h.gateway = New(Options{Labs: h.labs, Lab: h.access, Log: log, Limits: limits})
	h.act(lab.Action{Verb: lab.Speed})
	tb.Cleanup(h.close)
	return h
}

func (h *hall) close() {
	h.gateway.Close(context.Background())
	h.labs.Close(context.Background())
}

func (h *hall) act(a lab.Action) {
	h.tb.Helper()
	if err := h.labs.Act(context.Background(), h.access, a); err != nil {
		h.tb.Fatalf("%s: %v", a.Verb, err)
	}
}

func (h *hall) view(f func(*lab.Lab)) {
	h.tb.Helper()
	if err := h.labs.View(context.Background(), h.access, f); err != nil {
		h.tb.Fatal(err)
	}
}

// port is where a port of the lab's server is reached.
func (h *hall) port(n int) net.Listener {
	if h.ports[n] == nil {
		l := listen(h.tb)
		h.ports[n] = l
		go h.gateway.Serve(l, n)
	}
	return h.ports[n]
}

func (h *hall) addr(n int) string { return h.port(n).Addr().String() }

func listen(tb testing.TB) net.Listener {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { l.Close() })
	return l
}

// dial opens a connection with a deadline that no test should meet.
func (h *hall) dial(port int) *net.TCPConn {
	h.tb.Helper()
	conn, err := net.Dial("tcp", h.addr(port))
	if err != nil {
		h.tb.Fatal(err)
	}
	h.tb.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute))
	return conn.(*net.TCPConn)
}

// waiting is how many mails wait for pc1.
func (h *hall) waiting() (n int) {
	h.view(func(l *lab.Lab) {
		pc, _ := l.PC("pc1")
		n = pc.Waiting
	})
	return n
}

// eventually waits until something holds.
func (h *hall) eventually(what string, holds func() bool) {
	h.tb.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			h.tb.Fatalf("%s does not come true", what)
		}
	}
}

// empty waits until no connection from outside is left.
func (h *hall) empty() {
	h.tb.Helper()
	h.eventually("that nobody is there", func() bool {
		h.gateway.visitors.mu.Lock()
		here := h.gateway.visitors.all
		h.gateway.visitors.mu.Unlock()
		lines := 0
		h.view(func(l *lab.Lab) { lines = len(l.Outside()) })
		return here == 0 && lines == 0
	})
}

func (h *hall) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	h.view(func(l *lab.Lab) { pool.AppendCertsFromPEM(l.CertificatePEM()) })
	return pool
}

const mail = "MAIL FROM:<a@example.org>\r\nRCPT TO:<pc1@email.com>\r\nDATA\r\nSubject: Hello\r\n\r\nHi.\r\n.\r\n"

// A standard client's mail, in the clear and over STARTTLS, lands in PC-1's inbox, and its lines are in the trace.
func TestDelivers(t *testing.T) {
	h := newHall(t)
	for _, secure := range []bool{false, true} {
		c, err := netsmtp.Dial(h.addr(25))
		if err != nil {
			t.Fatal(err)
		}
		if secure {
			if err := c.StartTLS(&tls.Config{ServerName: "localhost", RootCAs: h.roots()}); err != nil {
				t.Fatal(err)
			}
			if err := c.Auth(netsmtp.PlainAuth("", "pc2", "pc2", "127.0.0.1")); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(c.Mail("a@example.org"), c.Rcpt("pc1@email.com")); err != nil {
			t.Fatal(err)
		}
		w, err := c.Data()
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, "Subject: Hello\r\n\r\n.dot\r\n")
		if err := errors.Join(w.Close(), c.Quit()); err != nil {
			t.Fatal(err)
		}
	}
	h.empty()
	h.act(lab.Action{Verb: lab.Fetch, Host: "pc1"})
	h.eventually("that the mails are fetched", func() bool {
		n := 0
		h.view(func(l *lab.Lab) {
			pc, _ := l.PC("pc1")
			n = len(pc.Inbox)
		})
		return n == 2
	})
	h.view(func(l *lab.Lab) {
		pc, _ := l.PC("pc1")
		for i, with := range []string{"with ESMTP id", "with ESMTPSA id"} {
			if raw := string(pc.Inbox[i].Raw); !strings.HasSuffix(raw, "\r\nSubject: Hello\r\n\r\n.dot\r\n") || !strings.Contains(strings.Replace(raw, "UTF8SMTP", "ESMTP", 1), with) ||
				!strings.Contains(raw, "[203.0.113.1]") {
				t.Errorf("mail %d is %q", i+1, raw)
			}
		}
		clear, secret := 0, 0
		for e := range l.Trace().After(0) {
			switch {
			case e.Kind != trace.Command || e.Verb != "MAIL" || e.From != lab.OutsideID:
			case e.Secure:
				secret++
			default:
				clear++
			}
		}
		if clear != 1 || secret != 1 {
			t.Errorf("MAIL was traced %d times in the clear and %d times in TLS", clear, secret)
		}
	})
}

// The lab wakes from its journal as it was, with what real clients said in TLS.
func TestReplays(t *testing.T) {
	dir := t.TempDir()
	open := func() journal.Journal {
		j, err := natsjournal.Open(context.Background(), natsjournal.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	h := openHall(t, Limits{}, open())
	conn, err := tls.Dial("tcp", h.addr(465), &tls.Config{ServerName: "email.com", RootCAs: h.roots()})
	if err != nil {
		t.Fatal(err)
	}
	text := textproto.NewConn(conn)
	for _, line := range []string{"EHLO x", "AUTH PLAIN AHBjMgBwYzI=", "MAIL FROM:<pc2@email.com>", "RCPT TO:<pc1@email.com>", "DATA", "Subject: Secret\r\n\r\nHi.\r\n.", "QUIT"} {
		text.PrintfLine("%s", line)
	}
	var codes []int
	for range 8 {
		code, _, err := text.ReadResponse(0)
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, code)
	}
	if fmt.Sprint(codes) != "[220 250 235 250 250 354 250 221]" {
		t.Errorf("codes %v", codes)
	}
	conn.Close()
	h.empty()
	var before []string
	h.view(func(l *lab.Lab) { before = events(l) })
	h.close()

	again := openHall(t, Limits{}, open())
	again.view(func(l *lab.Lab) {
		after := events(l)
		for i := range before {
			if i >= len(after) || before[i] != after[i] {
				t.Fatalf("event %d was %.200s and is now %.200s", i+1, before[i], after[min(i, len(after)-1)])
			}
		}
	})
	if again.waiting() != 1 {
		t.Error("the mail is gone")
	}
}

func events(l *lab.Lab) []string {
	var all []string
	for e := range l.Trace().After(0) {
		all = append(all, fmt.Sprintf("%+v", e))
	}
	return all
}

// A client that vanishes in the middle of a message delivers nothing, however it vanishes; one that only closes its half
// after the end has its mail delivered and is told so.
func TestVanishes(t *testing.T) {
	h := newHall(t)
	half := "EHLO x\r\n" + strings.TrimSuffix(mail, ".\r\n")
	for name, leave := range map[string]func(*net.TCPConn){
		"closes":          func(c *net.TCPConn) { c.Close() },
		"resets":          func(c *net.TCPConn) { c.SetLinger(0); c.Close() },
		"closes its half": func(c *net.TCPConn) { c.CloseWrite(); io.Copy(io.Discard, c); c.Close() },
	} {
		conn := h.dial(25)
		io.WriteString(conn, half)
		leave(conn)
		h.empty()
		if n := h.waiting(); n != 0 {
			t.Errorf("one that %s delivers %d mails", name, n)
		}
	}
	conn := h.dial(25)
	io.WriteString(conn, "EHLO x\r\n"+mail)
	conn.CloseWrite()
	replies, err := io.ReadAll(conn)
	if err != nil || !strings.Contains(string(replies), "\r\n250 2.0.0 ") || h.waiting() != 1 {
		t.Errorf("%d mails, %v, %q", h.waiting(), err, replies)
	}
	h.empty()
}

// A client that sends and never reads is stopped, one that reads late gets all, and neither costs memory without bound.
func TestSlowReaders(t *testing.T) {
	h := newHall(t)
	conn := h.dial(25)
	conn.SetReadBuffer(4 << 10)
	flood := []byte(strings.Repeat("HELP\r\n", 10_000))
	sent := 0
	for sent < 64<<20 { // what the systems' buffers and the lab's windows take
		conn.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
		n, err := conn.Write(flood)
		if sent += n; err != nil {
			break
		}
	}
	if sent > 32<<20 {
		t.Errorf("%d octets were taken from a client that does not read", sent)
	}
	conn.Close()
	h.empty()

	// One that reads slowly what it asked for gets every octet of it.
	big := strings.Repeat(strings.Repeat("x", 70)+"\r\n", 20_000)
	sender := h.dial(25)
	io.WriteString(sender, "EHLO x\r\n"+strings.Replace(mail, "Hi.\r\n", big, 1)+"QUIT\r\n")
	io.Copy(io.Discard, sender)
	reader := h.dial(110)
	io.WriteString(reader, "USER pc1\r\nPASS pc1\r\nRETR 1\r\nRETR 1\r\nRETR 1\r\nQUIT\r\n")
	var got strings.Builder
	buf := make([]byte, 20_000)
	var err error
	for n := 0; err == nil; got.Write(buf[:n]) {
		runtime.Gosched()
		n, err = reader.Read(buf)
	}
	if n := strings.Count(got.String(), big); n != 3 || err != io.EOF {
		t.Errorf("%d of 3 copies in %d octets: %v", n, got.Len(), err)
	}
	h.empty()
}

// One octet at a time is the same as all at once.
func TestOneByOne(t *testing.T) {
	h := newHall(t)
	conn := h.dial(25)
	conn.SetNoDelay(true)
	go func() {
		for _, c := range []byte("EHLO x\r\n" + mail + "QUIT\r\n") {
			conn.Write([]byte{c})
		}
	}()
	replies, err := io.ReadAll(conn)
	if err != nil || !strings.HasSuffix(string(replies), "closing the connection\r\n") || h.waiting() != 1 {
		t.Errorf("%d mails, %v, %q", h.waiting(), err, replies)
	}
	h.empty()
}

// Who says QUIT hears the last word and then the end, in a fast lab and in a slow one, without having to hang up.
func TestQuit(t *testing.T) {
	for _, speed := range []float64{0, 50} {
		t.Run(fmt.Sprint(speed), func(t *testing.T) {
			h := newHall(t)
			h.act(lab.Action{Verb: lab.Speed, Speed: speed})
			for _, port := range []int{25, 110} {
				for _, end := range []string{"QUIT\r\n", "quit\r\n", "QUIT\r\nNOOP\r\n"} {
					conn := h.dial(port)
					reader := bufio.NewReader(conn)
					if _, err := reader.ReadString('\n'); err != nil {
						t.Fatal(err)
					}
					io.WriteString(conn, end)
					if rest, err := io.ReadAll(reader); err != nil || strings.Count(string(rest), "\r\n") != 1 {
						t.Errorf("port %d, %q: %q, %v", port, end, rest, err)
					}
					conn.Close()
				}
			}
			h.empty()
		})
	}
}

// Ten thousand connections are opened and dropped: no file, no goroutine and no line is left, and the next client is
// served.
func TestManyConnections(t *testing.T) {
	if testing.Short() {
		t.Skip("it opens 10,000 connections")
	}
	h := newHall(t)
	h.dial(25).Close()
	h.empty()
	files, goroutines := openFiles(), runtime.NumGoroutine()
	var all sync.WaitGroup
	var in atomic.Int32
	for worker := range 8 {
		all.Go(func() {
			for i := range 1250 {
				conn, err := net.Dial("tcp", h.addr(25))
				if errors.Is(err, syscall.ECONNRESET) { // it was turned away before the handshake of the machine was over
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				in.Add(1)
				if (i+worker)%2 == 0 {
					conn.(*net.TCPConn).SetLinger(0)
				}
				if i%3 == 0 {
					io.WriteString(conn, "EHLO x\r\n")
				}
				conn.Close()
			}
		})
	}
	all.Wait()
	if n := in.Load(); n < 9_000 {
		t.Errorf("only %d connections were opened", n)
	}
	h.empty()
	h.act(lab.Action{Verb: lab.Reset}) // its record is nearly full
	h.act(lab.Action{Verb: lab.Speed})
	h.eventually("that files and goroutines are as before", func() bool {
		return openFiles() <= files+10 && runtime.NumGoroutine() <= goroutines+10
	})
	if got := h.say(25, "EHLO x\r\n"+mail+"QUIT\r\n"); !strings.Contains(got, "250 2.0.0") {
		t.Errorf("%q", got)
	}
}

func openFiles() int {
	fds, err := filepath.Glob("/proc/self/fd/*")
	if err != nil || len(fds) == 0 {
		return 0
	}
	return len(fds)
}

// say says octets on a connection of its own and returns all that is said to that.
func (h *hall) say(port int, octets string) string {
	h.tb.Helper()
	conn := h.dial(port)
	io.WriteString(conn, octets)
	got, err := io.ReadAll(conn)
	if err != nil {
		h.tb.Errorf("%q: %v", got, err)
	}
	return string(got)
}

// Rubbish ends with a reply or without a word, never in a mail, and harms nobody.
func TestRubbish(t *testing.T) {
	h := newHall(t)
	for _, port := range []int{25, 587, 465, 110, 995} {
		for _, rubbish := range []string{
			"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
			"POST / HTTP/1.1\r\nContent-Length: 200\r\n\r\nEHLO x\r\n" + mail,
			"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "SSH-2.0-OpenSSH_9.2\r\n", "\x00\xff\xfe\r\n", "\r\n\r\n",
			strings.Repeat("x", 1<<20), "STARTTLS\r\n" + mail, "EHLO x\r\nSTARTTLS\r\n" + mail + "QUIT\r\n", "STLS\r\nDELE 1\r\nQUIT\r\n",
		} {
			conn := h.dial(port)
			go func() {
				io.WriteString(conn, rubbish)
				conn.CloseWrite()
			}()
			io.Copy(io.Discard, conn)
			conn.Close()
		}
	}
	h.empty()
	if n := h.waiting(); n != 0 {
		t.Errorf("%d mails came of rubbish", n)
	}
	if got := h.say(25, "EHLO x\r\n"+mail+"QUIT\r\n"); !strings.Contains(got, "250 2.0.0") {
		t.Errorf("%q", got)
	}
}

// Who comes when it is full is told so in the words of the protocol.
func TestFull(t *testing.T) {
	h := openHall(t, Limits{Connections: 2}, journal.NewMemory(journal.Limits{}))
	for range 2 {
		if line, err := bufio.NewReader(h.dial(25)).ReadString('\n'); err != nil || !strings.HasPrefix(line, "220 ") {
			t.Fatalf("%q, %v", line, err)
		}
	}
	if got := h.say(25, "EHLO x\r\n"); !strings.HasPrefix(got, "421 4.7.0 ") {
		t.Errorf("SMTP: %q", got)
	}
	if got := h.say(110, "CAPA\r\n"); !strings.HasPrefix(got, "-ERR [SYS/TEMP] ") {
		t.Errorf("POP3: %q", got)
	}
	if got := h.say(465, ""); got != "" {
		t.Errorf("TLS first: %q", got)
	}
}

// The server's own limit of connections is answered by the server.
func TestCrowded(t *testing.T) {
	h := newHall(t)
	h.view(func(l *lab.Lab) {})
	var service lab.Service
	h.view(func(l *lab.Lab) {
		v, _ := l.Server("server")
		service = v.Service
	})
	service.MaxConnections = 1
	h.act(lab.Action{Verb: lab.Setup, Host: "server", Settings: &lab.Settings{Service: &service}})
	first := bufio.NewReader(h.dial(25))
	if line, err := first.ReadString('\n'); err != nil || !strings.HasPrefix(line, "220 ") {
		t.Fatalf("%q, %v", line, err)
	}
	if got := h.say(25, ""); !strings.HasPrefix(got, "421 4.7.0 email.com ") {
		t.Errorf("%q", got)
	}
}

// Strangers may come so often, and so many at a time; people at the machine as they like.
func TestVisitors(t *testing.T) {
	v := visitors{limits: Limits{Connections: 100, PerAddress: 2, Rate: 1e-9, Burst: 3}.withDefaults()}
	stranger, other := ip("192.0.2.7"), ip("192.0.2.8")
	var leave []func()
	enter := func(want bool, who string) {
		t.Helper()
		l, ok := v.enter(ip(who))
		if ok != want {
			t.Errorf("%s: %v", who, ok)
		}
		if ok {
			leave = append(leave, l)
		}
	}
	enter(true, stranger.String())
	enter(true, stranger.String())
	enter(false, stranger.String())
	enter(true, other.String())
	leave[0]()
	enter(true, stranger.String())  // the third of its burst
	leave[1]()                      //
	enter(false, stranger.String()) // and it has had that
	for range 90 {
		enter(true, "127.0.0.1")
	}
	enter(true, "2001:db8::1")
	enter(true, "2001:db8::2")
	enter(false, "2001:db8::3") // a network of IPv6 counts as one
	enter(true, "2001:db8:0:1::3")
	for _, l := range leave[2:] {
		l()
	}
	if v.all != 0 {
		t.Errorf("%d are left", v.all)
	}
}

// When the program ends, those who are connected are told 421 by the server.
func TestClose(t *testing.T) {
	h := newHall(t)
	conn := h.dial(25)
	r := bufio.NewReader(conn)
	if line, err := r.ReadString('\n'); err != nil || !strings.HasPrefix(line, "220 ") {
		t.Fatalf("%q, %v", line, err)
	}
	h.gateway.Close(context.Background())
	rest, err := io.ReadAll(r)
	if !strings.HasPrefix(string(rest), "421 4.3.2 email.com ") || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
	if _, err := net.DialTimeout("tcp", h.addr(25), time.Second); err == nil {
		t.Error("somebody was let in")
	}
	h.gateway.Close(context.Background())
}

// It closes in time also when the lab is paused. Who has been greeted is told 421, and the lab stays paused.
func TestClosePaused(t *testing.T) {
	h := newHall(t)
	greeted := h.dial(25)
	r := bufio.NewReader(greeted)
	if line, err := r.ReadString('\n'); err != nil || !strings.HasPrefix(line, "220 ") {
		t.Fatalf("%q, %v", line, err)
	}
	h.act(lab.Action{Verb: lab.Pause})
	for range 2 {
		io.WriteString(h.dial(25), "EHLO x\r\n")
	}
	h.eventually("that they are in", func() bool {
		n := 0
		h.view(func(l *lab.Lab) { n = len(l.Outside()) })
		return n == 3
	})
	h.gateway.Close(context.Background())
	h.empty()
	rest, err := io.ReadAll(r)
	if !strings.HasPrefix(string(rest), "421 4.3.2 ") || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
	h.view(func(l *lab.Lab) {
		if !l.Paused() {
			t.Error("the lab runs")
		}
	})
}

// While the lab is paused a client waits, and when somebody resets it the connection breaks.
func TestPausedAndReset(t *testing.T) {
	h := newHall(t)
	h.act(lab.Action{Verb: lab.Pause})
	conn := h.dial(25)
	conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := conn.Read(make([]byte, 1)); n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a paused lab said something: %v", err)
	}
	conn.SetDeadline(time.Now().Add(time.Minute))
	h.act(lab.Action{Verb: lab.Run})
	r := bufio.NewReader(conn)
	if line, err := r.ReadString('\n'); err != nil || !strings.HasPrefix(line, "220 ") {
		t.Fatalf("%q, %v", line, err)
	}
	h.act(lab.Action{Verb: lab.Reset})
	if _, err := io.ReadAll(r); err == nil {
		t.Error("the connection ended in good order, though its lab is gone")
	}
	h.empty()
}

// What one connection may send is bounded.
func TestTooMuch(t *testing.T) {
	h := openHall(t, Limits{Octets: 1 << 20}, journal.NewMemory(journal.Limits{}))
	conn := h.dial(25)
	go io.Copy(io.Discard, conn)
	io.WriteString(conn, "EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<pc1@email.com>\r\nDATA\r\n")
	var err error
	for i := 0; i < 1000 && err == nil; i++ {
		_, err = conn.Write(make([]byte, 64<<10))
	}
	if err == nil {
		t.Error("64 MB were taken")
	}
	h.empty()
}

// Who is gone before the connection is even open, by a reset or in good order, leaves nothing behind, at the pace of
// people as well.
func TestGoneBeforeOpen(t *testing.T) {
	h := newHall(t)
	h.act(lab.Action{Verb: lab.Speed, Speed: 3})
	for i := range 70 {
		conn := h.dial(25)
		if i%2 == 0 {
			conn.SetLinger(0)
		}
		if i%3 == 0 {
			h.eventually("that it is in", func() bool {
				n := 0
				h.view(func(l *lab.Lab) { n = len(l.Outside()) })
				return n > 0
			})
		}
		conn.Close()
	}
	h.act(lab.Action{Verb: lab.Speed})
	h.empty()
	if got := h.say(25, "EHLO x\r\n"+mail+"QUIT\r\n"); !strings.Contains(got, "250 2.0.0") {
		t.Errorf("%q", got)
	}
}

// The server's last words reach a client that has said all and waits, also when they and the end come in one moment.
func TestLastWords(t *testing.T) {
	h := newHall(t)
	for _, port := range []int{25, 110} {
		conn := h.dial(port)
		r := bufio.NewReader(conn)
		if _, err := r.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		h.act(lab.Action{Verb: lab.Pause})
		io.WriteString(conn, "NOOP\r\n")
		conn.CloseWrite()
		h.eventually("that all was said", func() bool { return h.lastLineFinished() })
		h.act(lab.Action{Verb: lab.Run})
		got, err := io.ReadAll(r)
		if want := map[int]string{25: "250 ", 110: "-ERR "}[port]; err != nil || !strings.HasPrefix(string(got), want) {
			t.Errorf("port %d: %q, %v", port, got, err)
		}
	}
	h.empty()
}

// lastLineFinished reports whether the line that was opened last has been half-closed: nothing can be said on it.
func (h *hall) lastLineFinished() (finished bool) {
	h.view(func(l *lab.Lab) {
		err := l.Check(lab.Action{Verb: lab.Say, Conn: l.LastLine(), Data: []byte("x")})
		finished = err != nil
	})
	return finished
}

// failing is a journal that can be told to fail.
type failing struct {
	journal.Journal
	fails atomic.Bool
}

func (j *failing) Append(ctx context.Context, name string, after journal.Pos, record []byte) (journal.Pos, error) {
	if j.fails.Load() {
		return 0, errors.New("the disk is full")
	}
	return j.Journal.Append(ctx, name, after, record)
}

// When the journal fails, whoever made it fail, nobody from outside is left hanging.
func TestJournalFails(t *testing.T) {
	j := &failing{Journal: journal.NewMemory(journal.Limits{})}
	h := openHall(t, Limits{}, j)
	r := bufio.NewReader(h.dial(25))
	if line, err := r.ReadString('\n'); err != nil || !strings.HasPrefix(line, "220 ") {
		t.Fatalf("%q, %v", line, err)
	}
	j.fails.Store(true)
	if err := h.labs.Act(t.Context(), h.access, lab.Action{Verb: lab.Fetch, Host: "pc1"}); err == nil {
		t.Error("what could not be written was done")
	}
	if _, err := io.ReadAll(r); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the client waits")
	}
	j.fails.Store(false)
	h.empty()
	if got := h.say(25, "EHLO x\r\n"+mail+"QUIT\r\n"); !strings.Contains(got, "250 2.0.0") {
		t.Errorf("%q", got)
	}
}

// When the lab's record is full, those who are in the middle of a session are told 421, and so is whoever comes then.
func TestRecordFull(t *testing.T) {
	h := newHall(t)
	var last string
	for range 100 {
		conn := h.dial(25)
		r := bufio.NewReader(conn)
		line, err := r.ReadString('\n')
		for err == nil && !strings.HasPrefix(line, "421 ") {
			last = line
			if _, err = io.WriteString(conn, "NOOP\r\n"); err == nil {
				line, err = r.ReadString('\n')
			}
		}
		if strings.HasPrefix(line, "421 4.3.2 ") {
			last = line
			break
		}
	}
	if !strings.HasPrefix(last, "421 4.3.2 ") {
		t.Fatalf("the last words are %q", last)
	}
	if got := h.say(25, ""); !strings.HasPrefix(got, "421 4.") {
		t.Errorf("the next one is told %q", got)
	}
	h.act(lab.Action{Verb: lab.Reset})
	if got := h.say(25, "EHLO x\r\n"+mail+"QUIT\r\n"); !strings.Contains(got, "250 2.0.0") {
		t.Errorf("after a reset: %q", got)
	}
}

func ip(s string) netip.Addr { return netip.MustParseAddr(s) }
