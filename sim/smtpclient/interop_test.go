package smtpclient

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"smtplab/sim/drive"
	"smtplab/sim/sasl"
	"smtplab/sim/smtp"

	gosasl "github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"
)

// office is a mail server by another hand: go-smtp. It accepts mail for everybody but nobody@.
type office struct {
	taken chan taken
	limit int64
	setUp func(*gosmtp.Server)
}

type taken struct {
	user    string
	from    string
	options gosmtp.MailOptions
	to      []string
	wishes  []gosmtp.RcptOptions
	content string
}

func (o *office) NewSession(*gosmtp.Conn) (gosmtp.Session, error) { return &clerk{office: o}, nil }

type clerk struct {
	*office
	user string
	mail taken
}

// AuthMechanisms and Auth implement gosmtp.AuthSession.
func (c *clerk) AuthMechanisms() []string { return []string{gosasl.Plain, "LOGIN"} }

func (c *clerk) Auth(mechanism string) (gosasl.Server, error) {
	check := func(user, password string) error {
		if user != "pc1" || password != "secret" {
			return gosmtp.ErrAuthFailed
		}
		c.user = user
		return nil
	}
	if mechanism == gosasl.Plain {
		return gosasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
	}
	return &loginServer{check: check}, nil
}

// loginServer asks in the words of Microsoft's servers.
type loginServer struct {
	check func(user, password string) error
	said  []string
}

func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if response != nil {
		l.said = append(l.said, string(response))
	}
	if len(l.said) < 2 {
		return []byte([]string{"User Name\x00", "Password\x00"}[len(l.said)]), false, nil
	}
	return nil, true, l.check(l.said[0], l.said[1])
}

func (c *clerk) Mail(from string, opts *gosmtp.MailOptions) error {
	c.mail = taken{user: c.user, from: from, options: *opts}
	return nil
}

func (c *clerk) Rcpt(to string, opts *gosmtp.RcptOptions) error {
	if strings.HasPrefix(to, "nobody@") {
		return &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "No such mailbox"}
	}
	c.mail.to, c.mail.wishes = append(c.mail.to, to), append(c.mail.wishes, *opts)
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
	if o.setUp != nil {
		o.setUp(s)
	}
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

// deliverOver drives a conversation that sends one mail over a connection.
func deliverOver(ctx context.Context, conn net.Conn, cfg *Config, mail Mail, secure drive.TLS) (Result, error) {
	c, err := New(cfg, mail)
	if err != nil {
		return Result{}, err
	}
	err = drive.Over(ctx, conn, c, secure)
	return c.Result(), err
}

func TestDeliverToGoSMTP(t *testing.T) {
	o := &office{taken: make(chan taken, 1), limit: 4 << 20}
	dial := o.open(t)
	big := "Subject: big\r\n\r\n" + strings.Repeat(".a line that begins with a dot\r\n", 1<<15)
	for _, cfg := range []*Config{
		{Hello: "[127.0.0.1]", Without: smtp.WithPipelining},
		{Hello: "[127.0.0.1]"},
		{Hello: "[127.0.0.1]", Chunking: true, Without: smtp.WithPipelining},
		{Hello: "[127.0.0.1]", Chunking: true, Chunk: 1000},
	} {
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
				r, err := deliverOver(context.Background(), dial(), cfg, mailTo(c.content, strings.Fields(c.to)...), nil)
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

// What the extensions add, each on and off at the server and at the client.
func TestExtensionsWithGoSMTP(t *testing.T) {
	everything := func(s *gosmtp.Server) {
		s.EnableSMTPUTF8, s.EnableBINARYMIME, s.EnableDSN, s.MaxRecipients = true, true, true, 2
	}
	binary := Mail{From: path("pc1@email.com"), To: []smtp.Path{path("pc2@email.com")}, Binary: true,
		Content: []byte("MIME-Version: 1.0\r\nContent-Type: image/png\r\n\r\n\x00\n")}
	international := mailTo(hello, "pc2@email.com")
	international.From.Local = "jörg"
	wishes := mailTo(hello, "pc2@email.com")
	wishes.DSN = &DSN{Return: smtp.ReturnFull, Envelope: "a=b", Rcpt: []RecipientDSN{{Notify: smtp.NotifyNever, Original: path("a+b@email.com")}}}
	for _, c := range []struct {
		name    string
		setUp   func(*gosmtp.Server)
		without smtp.Extensions
		mail    Mail
		outcome Outcome
		check   func(taken, Result) bool
	}{
		{"binary", everything, 0, binary, Accepted, func(m taken, _ Result) bool {
			return m.options.Body == gosmtp.BodyBinaryMIME && m.content == string(binary.Content)
		}},
		{"binary, not at the server", nil, 0, binary, Accepted, func(m taken, r Result) bool {
			return strings.HasSuffix(m.content, "base64\r\n\r\nAAo=\r\n") && r.Converted == "BINARYMIME"
		}},
		{"binary, not at the client", everything, smtp.WithChunking, binary, Accepted, func(m taken, r Result) bool {
			return strings.HasSuffix(m.content, "base64\r\n\r\nAAo=\r\n") && r.Converted == "BINARYMIME"
		}},
		{"8-bit", nil, 0, mailTo("S: x\r\n\r\nü\r\n", "pc2@email.com"), Accepted, func(m taken, r Result) bool { return m.options.Body == gosmtp.Body8BitMIME }},
		{"8-bit, not at the client", nil, smtp.With8BitMIME, mailTo("S: x\r\n\r\nü\r\n", "pc2@email.com"), Accepted, func(m taken, r Result) bool {
			return m.options.Body == "" && strings.Contains(m.content, "base64") && r.Converted == "8BITMIME"
		}},
		{"SMTPUTF8", everything, 0, international, Accepted, func(m taken, _ Result) bool { return m.options.UTF8 && m.from == "jörg@email.com" }},
		{"SMTPUTF8, not at the server", nil, 0, international, Failed, nil},
		{"SMTPUTF8, not at the client", everything, smtp.WithSMTPUTF8, international, Failed, nil},
		{"DSN", everything, 0, wishes, Accepted, func(m taken, _ Result) bool {
			w := m.wishes[0]
			return m.options.Return == gosmtp.DSNReturnFull && m.options.EnvelopeID == "a=b" && len(w.Notify) == 1 && w.Notify[0] == gosmtp.DSNNotifyNever && w.OriginalRecipient == "a+b@email.com"
		}},
		{"DSN, not at the server", nil, 0, wishes, Accepted, func(m taken, _ Result) bool { return m.options.Return == "" }},
		{"DSN, not at the client", everything, smtp.WithDSN, wishes, Accepted, func(m taken, _ Result) bool { return m.options.Return == "" }},
		{"SIZE, not at the client", everything, smtp.WithSize, mailTo(hello, "pc2@email.com"), Accepted, func(m taken, _ Result) bool { return m.options.Size == 0 }},
		{"LIMITS", everything, 0, mailTo(hello, "a@b.c", "b@b.c", "c@b.c"), Accepted, func(m taken, _ Result) bool { return len(m.to) == 1 && m.to[0] == "c@b.c" }},
		{"LIMITS, not at the client", everything, smtp.WithLimits, mailTo(hello, "a@b.c", "b@b.c", "c@b.c"), Accepted, func(m taken, r Result) bool {
			return len(m.to) == 1 && m.to[0] == "c@b.c" && r.Recipients[2].Reply.Code == 250
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := &office{taken: make(chan taken, 10), setUp: c.setUp}
			r, err := deliverOver(context.Background(), o.open(t)(), &Config{Hello: "pc1", Without: c.without}, c.mail, nil)
			if err != nil || r.Outcome() != c.outcome || r.Left != nil {
				t.Fatalf("%s, left %v, %v", summary(r), r.Left, err)
			}
			if c.check == nil {
				return
			}
			var last taken
			for len(o.taken) > 0 {
				last = <-o.taken
			}
			if !c.check(last, r) {
				t.Errorf("%+v, %s", last, summary(r))
			}
		})
	}
}

// certificate is one for email.com, signed by itself, and who believes it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"email.com"}, NotBefore: time.Unix(0, 0), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestTLSAndAuthWithGoSMTP(t *testing.T) {
	own, pool := certificate(t)
	o := &office{taken: make(chan taken, 1), setUp: func(s *gosmtp.Server) { s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{own}} }}
	dial := o.open(t)
	trusting := func(name string, pool *x509.CertPool) drive.TLS {
		return func(conn net.Conn) *tls.Conn { return tls.Client(conn, &tls.Config{ServerName: name, RootCAs: pool}) }
	}
	for _, c := range []struct {
		name   string
		cfg    Config
		secure drive.TLS
		why    string
	}{
		{"PLAIN", Config{TLS: TLSRequired, Login: login("secret")}, trusting("email.com", pool), ""},
		{"LOGIN", Config{TLS: TLSIfOffered, Login: login("secret", sasl.Login)}, trusting("email.com", pool), ""},
		{"wrong password", Config{TLS: TLSRequired, Login: login("wrong")}, trusting("email.com", pool), "did not accept the name and the password"},
		{"no login in the clear", Config{Login: login("secret")}, nil, "does not offer AUTH"},
		{"STARTTLS left out", Config{TLS: TLSRequired, Without: smtp.WithStartTLS}, nil, "does not offer STARTTLS"},
		{"unknown authority", Config{TLS: TLSIfOffered}, trusting("email.com", x509.NewCertPool()), "not signed by anybody"},
		{"another name", Config{TLS: TLSIfOffered}, trusting("example.org", pool), "for another name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.cfg.Hello = "pc1"
			r, err := deliverOver(context.Background(), dial(), &c.cfg, mailTo(hello, "pc2@email.com"), c.secure)
			if c.why != "" {
				if r.Err == nil || !strings.Contains(r.Err.Error(), c.why) {
					t.Errorf("%s, %v", summary(r), err)
				}
				return
			}
			if err != nil || r.Outcome() != Accepted || !r.Secure {
				t.Fatalf("%s, secure %v, %v", summary(r), r.Secure, err)
			}
			if got := <-o.taken; got.user != "pc1" || got.content != hello {
				t.Errorf("taken from %q: %q", got.user, got.content)
			}
		})
	}
}

func TestDeliverGivesUp(t *testing.T) {
	t.Run("silent server", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client, server := net.Pipe()
			defer server.Close()
			began := time.Now()
			r, err := deliverOver(context.Background(), client, config, mailTo(hello, "pc2@email.com"), nil)
			if err != nil || r.Err == nil || time.Since(began) != DefaultTimeouts.Greeting {
				t.Errorf("after %v: %s, %v", time.Since(began), summary(r), err)
			}
		})
	})
	t.Run("silent in the handshake", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client, server := net.Pipe()
			defer server.Close()
			go func() {
				buf := make([]byte, 1000)
				for _, reply := range []string{"220 hi\r\n", "250-hi\r\n250 STARTTLS\r\n", "220 go\r\n"} {
					io.WriteString(server, reply)
					server.Read(buf)
				}
				io.Copy(io.Discard, server)
			}()
			secure := func(conn net.Conn) *tls.Conn { return tls.Client(conn, &tls.Config{ServerName: "email.com"}) }
			r, err := deliverOver(context.Background(), client, &Config{Hello: "pc1", TLS: TLSIfOffered}, mailTo(hello, "pc2@email.com"), secure)
			if err == nil || r.Err == nil || !strings.Contains(r.Err.Error(), "did not answer in time; the client was waiting for TLS to begin") {
				t.Errorf("%s, %v", summary(r), err)
			}
		})
	})
	t.Run("cancelled", func(t *testing.T) {
		client, server := net.Pipe()
		defer server.Close()
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		r, err := deliverOver(ctx, client, config, mailTo(hello, "pc2@email.com"), nil)
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
		r, err := deliverOver(context.Background(), client, config, mailTo(hello, "pc2@email.com"), nil)
		if err != nil || r.Err == nil || !strings.Contains(r.Err.Error(), "waiting for the answer to EHLO") {
			t.Errorf("%s, %v", summary(r), err)
		}
	})
}
