package smtpclient

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"smtplab/sim/drive"
	"smtplab/sim/smtp"

	gosmtp "github.com/emersion/go-smtp"
)

// office is a mail server by another hand: go-smtp. It accepts mail for everybody but nobody@.
type office struct {
	taken chan taken
	limit int64
}

type taken struct {
	from    string
	options gosmtp.MailOptions
	to      []string
	content string
}

func (o *office) NewSession(*gosmtp.Conn) (gosmtp.Session, error) { return &clerk{office: o}, nil }

type clerk struct {
	*office
	mail taken
}

func (c *clerk) Mail(from string, opts *gosmtp.MailOptions) error {
	c.mail = taken{from: from, options: *opts}
	return nil
}

func (c *clerk) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	if strings.HasPrefix(to, "nobody@") {
		return &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "No such mailbox"}
	}
	c.mail.to = append(c.mail.to, to)
	return nil
}

func (c *clerk) Data(r io.Reader) error {
	content, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	c.mail.content = string(content)
	c.office.taken <- c.mail
	return nil
}

func (c *clerk) Reset()        {}
func (c *clerk) Logout() error { return nil }

// open starts the server on a loopback port and returns a way to dial it.
func (o *office) open(t *testing.T) (dial func() net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := gosmtp.NewServer(o)
	s.Domain, s.MaxMessageBytes = "email.com", o.limit
	done := make(chan error, 1)
	go func() { done <- s.Serve(listener) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-done; err != nil && !errors.Is(err, gosmtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	return func() net.Conn {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
}

func TestDeliverToGoSMTP(t *testing.T) {
	o := &office{taken: make(chan taken, 1), limit: 4 << 20}
	dial := o.open(t)
	big := "Subject: big\r\n\r\n" + strings.Repeat(".a line that begins with a dot\r\n", 1<<15)
	for _, pipeline := range []bool{false, true} {
		cfg := &Config{Hello: "[127.0.0.1]"}
		if !pipeline {
			cfg.Without = smtp.WithPipelining
		}
		for _, c := range []struct {
			name    string
			to      string
			content string
			outcome Outcome
			taken   string // recipients
		}{
			{"plain", "pc2@email.com", hello, Accepted, "pc2@email.com"},
			{"dots", "pc2@email.com", "S: x\r\n\r\n.\r\n..\r\n.a\r\n\r\n.\r\n", Accepted, "pc2@email.com"},
			{"several recipients", "pc2@email.com pc3@email.com pc4@email.com", hello, Accepted, "pc2@email.com pc3@email.com pc4@email.com"},
			{"one refused", "pc2@email.com nobody@email.com pc3@email.com", hello, Partly, "pc2@email.com pc3@email.com"},
			{"all refused", "nobody@email.com", hello, Failed, ""},
			{"8-bit", "pc2@email.com", "S: x\r\n\r\nGrüße\r\n", Accepted, "pc2@email.com"},
			{"1 MiB", "pc2@email.com", big, Accepted, "pc2@email.com"},
			{"too big", "pc2@email.com", strings.Repeat(big, 5), Failed, ""},
		} {
			t.Run(c.name, func(t *testing.T) {
				r, err := deliverOver(context.Background(), dial(), cfg, mailTo(c.content, strings.Fields(c.to)...))
				if err != nil || r.Outcome() != c.outcome || !r.Done {
					t.Fatalf("%s, %v", summary(r), err)
				}
				if c.taken == "" {
					return
				}
				got := <-o.taken
				if got.from != "pc1@email.com" || strings.Join(got.to, " ") != c.taken || got.content != c.content {
					t.Errorf("taken from %s for %v, %d octets", got.from, got.to, len(got.content))
				}
				if got.options.Size != int64(len(c.content)) {
					t.Errorf("declared %d octets, want %d", got.options.Size, len(c.content))
				}
			})
		}
	}
}

func TestDeliverGivesUp(t *testing.T) {
	t.Run("silent server", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client, server := net.Pipe()
			defer server.Close()
			began := time.Now()
			r, err := deliverOver(context.Background(), client, config, mailTo(hello, "pc2@email.com"))
			if err != nil || r.Err == nil || time.Since(began) != DefaultTimeouts.Greeting {
				t.Errorf("after %v: %s, %v", time.Since(began), summary(r), err)
			}
		})
	})
	t.Run("cancelled", func(t *testing.T) {
		client, server := net.Pipe()
		defer server.Close()
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		r, err := deliverOver(ctx, client, config, mailTo(hello, "pc2@email.com"))
		if !errors.Is(err, context.Canceled) || !r.Done || r.Err == nil {
			t.Errorf("%s, %v", summary(r), err)
		}
	})
	t.Run("closed early", func(t *testing.T) {
		client, server := net.Pipe()
		go func() {
			io.WriteString(server, "220 email.com ready\r\n")
			server.Read(make([]byte, 100))
			server.Close()
		}()
		r, err := deliverOver(context.Background(), client, config, mailTo(hello, "pc2@email.com"))
		if err != nil || r.Err == nil || !strings.Contains(r.Err.Error(), "waiting for the answer to EHLO") {
			t.Errorf("%s, %v", summary(r), err)
		}
	})
}

// deliverOver drives a conversation that sends one mail over a connection.
func deliverOver(ctx context.Context, conn net.Conn, cfg *Config, mail Mail) (Result, error) {
	c, err := New(cfg, mail)
	if err != nil {
		return Result{}, err
	}
	err = drive.Over(ctx, conn, c, nil)
	return c.Result(), err
}
