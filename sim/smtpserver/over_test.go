package smtpserver

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	netsmtp "net/smtp"
	"net/textproto"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"smtplab/sim/drive"
	"smtplab/sim/smtp"
)

// served is a conversation over a pipe.
type served struct {
	client net.Conn
	reader *bufio.Reader
	host   *office
	done   chan error
}

// startServing serves one conversation; its error comes on done.
func startServing(ctx context.Context, cfg *Config, h Host) *served {
	client, server := net.Pipe()
	s := &served{client: client, reader: bufio.NewReader(client), done: make(chan error, 1)}
	go func() { s.done <- drive.Over(ctx, server, NewSession(cfg, h, peer), nil) }()
	return s
}

func (s *served) expect(t *testing.T, want string) {
	t.Helper()
	line, err := s.reader.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, want) {
		t.Fatalf("the server said %q, %v; want %q", line, err, want)
	}
}

func (s *served) expectEnd(t *testing.T, want error) {
	t.Helper()
	if line, err := s.reader.ReadString('\n'); err != io.EOF {
		t.Errorf("behind the end: %q, %v", line, err)
	}
	if err := <-s.done; !errors.Is(err, want) {
		t.Errorf("the driver returned %v, want %v", err, want)
	}
}

func TestOverQuit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startServing(t.Context(), &Config{Domain: "email.com"}, newOffice())
		s.expect(t, "220 email.com ")
		io.WriteString(s.client, "QUIT\r\n")
		s.expect(t, "221 2.0.0 email.com ")
		s.expectEnd(t, nil)
	})
}

func TestOverExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		s := startServing(t.Context(), &Config{Domain: "email.com"}, newOffice())
		s.expect(t, "220 ")
		time.Sleep(4 * time.Minute) // of the bubble's time
		io.WriteString(s.client, "NOOP\r\n")
		s.expect(t, "250 ")
		s.expect(t, "421 4.4.2 email.com ")
		if waited := time.Since(began); waited != 9*time.Minute {
			t.Errorf("waited for %v, want 5 minutes after the last command", waited)
		}
		s.expectEnd(t, nil)
	})
}

func TestOverShutsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := startServing(ctx, &Config{Domain: "email.com", Patience: -1}, newOffice())
		s.expect(t, "220 ")
		synctest.Wait()
		cancel()
		s.expect(t, "421 4.3.2 email.com ")
		s.expectEnd(t, nil)
	})
}

func TestOverWithoutListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startServing(t.Context(), &Config{Domain: "email.com"}, newOffice())
		var netErr net.Error
		if err := <-s.done; !errors.As(err, &netErr) || !netErr.Timeout() {
			t.Errorf("a client that does not read: %v", err)
		}
	})
}

func TestOverLostConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := newOffice()
		s := startServing(t.Context(), &Config{Domain: "email.com"}, host)
		s.expect(t, "220 ")
		io.WriteString(s.client, "HELO pc1\r\n")
		s.expect(t, "250 ")
		io.WriteString(s.client, "MAIL FROM:<>\r\n")
		s.expect(t, "250 ")
		io.WriteString(s.client, "RCPT TO:<pc2@email.com>\r\n")
		s.expect(t, "250 ")
		io.WriteString(s.client, "DATA\r\n")
		s.expect(t, "354 ")
		io.WriteString(s.client, "half a message\r\n.")
		s.client.Close()
		if err := <-s.done; err != nil || len(host.mail) != 0 {
			t.Errorf("the driver returned %v with %d mails", err, len(host.mail))
		}
	})
}

// clumsy is a Host with a mistake in its code.
type clumsy struct{ *office }

func (clumsy) Verify(string) ([]string, error) { panic("stumbled") }

func TestOverSurvivesPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startServing(t.Context(), &Config{Domain: "email.com"}, clumsy{newOffice()})
		s.expect(t, "220 ")
		io.WriteString(s.client, "VRFY pc1\r\n")
		s.expect(t, "421 4.3.0 email.com ")
		if err := <-s.done; err == nil || !strings.Contains(err.Error(), "stumbled") {
			t.Errorf("the driver returned %v", err)
		}
	})
}

// listen serves conversations on a loopback port until the test ends. first puts TLS on each connection before anything
// is said, or is nil.
func listen(t *testing.T, cfg *Config, host Host, first drive.TLS) (addr string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if first != nil {
				conn = first(conn)
			}
			if err := drive.Over(context.Background(), conn, NewSession(cfg, host, peer), serverTLS); err != nil {
				t.Errorf("the server: %v", err)
			}
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		<-ended
	})
	return listener.Addr().String()
}

const interopMessage = "Subject: dots\r\n\r\n.\r\n..two\r\nend\r\n"

// TestStandardClient proves that Go's own client and the server understand each other, over TCP.
func TestStandardClient(t *testing.T) {
	host := newOffice()
	addr := listen(t, &Config{Domain: "email.com"}, host, nil)
	err := netsmtp.SendMail(addr, nil, "pc1@email.com", []string{"pc2@email.com", "pc3@email.com"}, []byte(interopMessage))
	if err != nil {
		t.Fatal(err)
	}
	checkInterop(t, host, 2)

	err = netsmtp.SendMail(addr, nil, "pc1@email.com", []string{"nobody@email.com"}, []byte(interopMessage))
	var refusal *textproto.Error
	if !errors.As(err, &refusal) || refusal.Code != 550 || refusal.Msg != "5.1.1 No mailbox here by that name" {
		t.Errorf("to nobody: %v", err)
	}
}

// TestEmersionClient does the same with go-smtp's client, which reads sizes and enhanced codes.
func TestEmersionClient(t *testing.T) {
	host := newOffice()
	c, err := gosmtp.Dial(listen(t, &Config{Domain: "email.com", MaxSize: 1000}, host, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Hello("pc1.email.com"); err != nil {
		t.Fatal(err)
	}
	if size, ok := c.MaxMessageSize(); size != 1000 || !ok {
		t.Errorf("the client reads SIZE as %d, %v", size, ok)
	}
	for _, extension := range []string{"PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "SMTPUTF8", "DSN", "CHUNKING", "BINARYMIME", "LIMITS"} {
		if ok, _ := c.Extension(extension); !ok {
			t.Errorf("the client does not see %s", extension)
		}
	}
	if err := c.SendMail("pc1@email.com", []string{"pc2@email.com"}, strings.NewReader(interopMessage)); err != nil {
		t.Fatal(err)
	}
	checkInterop(t, host, 1)

	var refusal *gosmtp.SMTPError
	err = c.Mail("pc1@email.com", &gosmtp.MailOptions{Size: 1001})
	if !errors.As(err, &refusal) || refusal.Code != 552 || refusal.EnhancedCode != (gosmtp.EnhancedCode{5, 3, 4}) {
		t.Errorf("too big: %v", err)
	}
	if err := c.Reset(); err != nil {
		t.Error(err)
	}
	if err := c.Noop(); err != nil {
		t.Error(err)
	}
	if err := c.Verify("pc1"); err != nil {
		t.Error(err)
	}
	if err := c.Quit(); err != nil {
		t.Error(err)
	}
}

func checkInterop(t *testing.T, host *office, recipients int) {
	t.Helper()
	if len(host.mail) != 1 {
		t.Fatalf("%d mails", len(host.mail))
	}
	m := host.mail[0]
	if !strings.HasSuffix(string(m.content), "+0000\r\n"+interopMessage) || len(m.env.To) != recipients || m.env.From != (smtp.Path{Local: "pc1", Domain: "email.com"}) {
		t.Errorf("delivered from %v to %v: %q", m.env.From, m.env.To, m.content)
	}
}
