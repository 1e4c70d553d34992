package smtpserver

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"io"
	"math/big"
	"net"
	netsmtp "net/smtp"
	"strings"
	"testing"
	"time"

	gosasl "github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"

	"smtplab/sim/drive"
	"smtplab/sim/sasl"
	"smtplab/sim/smtp"
)

var _ drive.Securable = (*Session)(nil)

// The certificate of the tests' server, which signed it itself.
var certificate, trusted = func() (tls.Certificate, *x509.CertPool) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "email.com"}, DNSNames: []string{"email.com"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}()

// serverTLS allows no version below 1.2: RFC 8996, RFC 9325 §3.1.1.
func serverTLS(conn net.Conn) *tls.Conn {
	return tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
}

var clientTLS = &tls.Config{RootCAs: trusted, ServerName: "email.com"}

var submission = &Config{
	Domain: "email.com", StartTLS: true, RequireTLS: true, RequireAuth: true, Auth: sasl.Mechanisms,
}

// TestStandardClientSubmits proves that Go's own client can begin TLS, prove who it is and send a mail.
func TestStandardClientSubmits(t *testing.T) {
	for _, auth := range []netsmtp.Auth{netsmtp.PlainAuth("", "pc1", "secret", "127.0.0.1"), netsmtp.CRAMMD5Auth("pc1", "secret")} {
		host := newOffice()
		c, err := netsmtp.Dial(listen(t, submission, host, nil))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Mail("pc1@email.com"); err == nil || !strings.HasPrefix(err.Error(), "530 ") {
			t.Errorf("before TLS: %v", err)
		}
		if ok, mechanisms := c.Extension("AUTH"); ok {
			t.Errorf("before TLS AUTH is offered: %s", mechanisms)
		}
		if err := c.StartTLS(clientTLS); err != nil {
			t.Fatal(err)
		}
		if ok, _ := c.Extension("STARTTLS"); ok {
			t.Error("STARTTLS is offered under TLS")
		}
		if err := c.Auth(auth); err != nil {
			t.Fatal(err)
		}
		sendStandard(t, c)
		checkInterop(t, host, 1)
		checkProtected(t, host.mail[0].env, "UTF8SMTPSA")
	}
}

func sendStandard(t *testing.T, c *netsmtp.Client) {
	t.Helper()
	if err := c.Mail("pc1@email.com"); err != nil {
		t.Fatal(err)
	}
	if err := c.Rcpt("pc2@email.com"); err != nil {
		t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, interopMessage)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Quit(); err != nil {
		t.Error(err)
	}
}

func checkProtected(t *testing.T, e *smtp.Envelope, with string) {
	t.Helper()
	if e.User != "pc1" || !strings.HasPrefix(e.TLS, "TLS 1.3, TLS_") || e.With != with {
		t.Errorf("from %q over %q with %s", e.User, e.TLS, e.With)
	}
}

// TestEmersionClientSubmits does the same with go-smtp's client, where TLS comes first, and with what the sender wants
// reported.
func TestEmersionClientSubmits(t *testing.T) {
	host := newOffice()
	c, err := gosmtp.DialTLS(listen(t, submission, host, serverTLS), clientTLS)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Auth(gosasl.NewPlainClient("", "pc1", "wrong")); err == nil || !strings.Contains(err.Error(), "535") {
		t.Errorf("with the wrong password: %v", err)
	}
	if err := c.Auth(gosasl.NewLoginClient("pc1", "secret")); err != nil {
		t.Fatal(err)
	}
	submitter := "e=mc2@example.com"
	err = c.Mail("jörg@bücher.example", &gosmtp.MailOptions{
		UTF8: true, Return: gosmtp.DSNReturnHeaders, EnvelopeID: "QQ 314+159", Size: 100, Auth: &submitter,
	})
	if err != nil {
		t.Fatal(err)
	}
	err = c.Rcpt("pc2@email.com", &gosmtp.RcptOptions{
		Notify:                []gosmtp.DSNNotify{gosmtp.DSNNotifyDelayed, gosmtp.DSNNotifyFailure},
		OriginalRecipientType: gosmtp.DSNAddressTypeUTF8, OriginalRecipient: "jörg+a@email.com",
	})
	if err != nil {
		t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, interopMessage)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Quit(); err != nil {
		t.Error(err)
	}
	e := host.mail[0].env
	checkProtected(t, e, "UTF8SMTPSA")
	want := smtp.RcptOptions{Notify: smtp.NotifyFailure | smtp.NotifyDelay, ORcptType: "utf-8", ORcpt: "jörg+a@email.com"}
	got := e.RcptOptions(0)
	got.ORcptType = strings.ToLower(got.ORcptType)
	if got != want || e.Ret != smtp.ReturnHeaders || e.EnvID != "QQ 314+159" || e.Submitter != submitter || !e.UTF8 {
		t.Errorf("the envelope is %+v", *e)
	}
}

func TestEmersionClientStartsTLS(t *testing.T) {
	host := newOffice()
	c, err := gosmtp.DialStartTLS(listen(t, submission, host, nil), clientTLS)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Auth(gosasl.NewPlainClient("", "pc1", "secret")); err != nil {
		t.Fatal(err)
	}
	if err := c.SendMail("pc1@email.com", []string{"pc2@email.com"}, strings.NewReader(interopMessage)); err != nil {
		t.Fatal(err)
	}
	checkInterop(t, host, 1)
}

// TestInjection proves over a real handshake that commands which came in the clear behind STARTTLS are not carried out:
// not in the same segment, nor in the next, nor when a true handshake follows. RFC 3207 §6, CVE-2011-0411.
func TestInjection(t *testing.T) {
	for _, segments := range [][]string{
		{"STARTTLS\r\nEHLO evil\r\nMAIL FROM:<pc1@email.com>\r\n"},
		{"STARTTLS\r\n", "EHLO evil\r\n"},
		{"STARTTLS\r\n\r\n"},
		{"STARTTLS\r\nNO", "OP\r\n"},
	} {
		client, server := net.Pipe()
		s := NewSession(&Config{Domain: "email.com", StartTLS: true}, newOffice(), peer)
		done := make(chan error, 1)
		go func() { done <- drive.Over(context.Background(), server, s, serverTLS) }()
		r := bufio.NewReader(client)
		line, _ := r.ReadString('\n')
		for i, segment := range segments {
			io.WriteString(client, segment)
			if i == 0 {
				if line, _ = r.ReadString('\n'); !strings.HasPrefix(line, "220 2.0.0 ") {
					t.Fatalf("to STARTTLS: %q", line)
				}
			}
		}
		go io.Copy(io.Discard, r) // what the server says of the handshake
		go tls.Client(client, clientTLS).Handshake()
		if err := <-done; err == nil || !s.Closed() || s.secured() || s.name != "" {
			t.Errorf("%q: %v, closed %v, secured %v", segments, err, s.Closed(), s.secured())
		}
		client.Close()
	}
}

// TestHandshakeFails proves that a session ends with the handshake: on garbage, on half of one, on a version that nobody
// should speak any more (RFC 8996), whether it was asked for or came first.
func TestHandshakeFails(t *testing.T) {
	old := &tls.Config{RootCAs: trusted, ServerName: "email.com", MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	for name, client := range map[string]func(net.Conn){
		"garbage":      func(c net.Conn) { io.WriteString(c, "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8") },
		"half a hello": func(c net.Conn) { io.WriteString(c, "\x16\x03\x01\x00\xf1\x01\x00") },
		"nothing":      func(net.Conn) {},
		"TLS 1.1":      func(c net.Conn) { tls.Client(c, old).Handshake() },
	} {
		for _, first := range []bool{true, false} {
			conn, server := net.Pipe()
			s := NewSession(submission, newOffice(), peer)
			done := make(chan error, 1)
			if first {
				go func() { done <- drive.Over(context.Background(), serverTLS(server), s, nil) }()
			} else {
				go func() { done <- drive.Over(context.Background(), server, s, serverTLS) }()
				r := bufio.NewReader(conn)
				r.ReadString('\n')
				io.WriteString(conn, "STARTTLS\r\n")
				r.ReadString('\n')
			}
			go func() {
				client(conn)
				conn.Close()
			}()
			if err := <-done; err == nil || !s.Closed() || s.secured() {
				t.Errorf("%s, first %v: %v, closed %v, secured %v", name, first, err, s.Closed(), s.secured())
			}
		}
	}
}

// TestMechanisms proves that the clients of package sasl come to an end with the Session in every mechanism, whether
// they begin with a response or wait for a challenge.
func TestMechanisms(t *testing.T) {
	for _, mechanism := range sasl.Mechanisms {
		for _, password := range []string{"secret", "wrong"} {
			for _, early := range []bool{true, false} {
				s := NewSession(&Config{Domain: "email.com", AuthInClear: sasl.Mechanisms}, newOffice(), peer)
				s.Open()
				s.Receive([]byte("EHLO pc1\r\n"))
				drain(s)
				got := authenticate(t, s, mechanism, password, early)
				want := map[string]string{"secret": "235 2.7.0 ", "wrong": "535 5.7.8 "}[password]
				if !strings.HasPrefix(got, want) || (s.user == "pc1") != (password == "secret") {
					t.Errorf("%s with %s, early %v: %q, user %q", mechanism, password, early, got, s.user)
				}
			}
		}
	}
}

// authenticate has an exchange and returns the reply that ended it.
func authenticate(t *testing.T, s *Session, mechanism, password string, early bool) string {
	c := sasl.NewClient(mechanism, "pc1", password, strings.Repeat("n", 600)) // so that challenges are long
	_, initial, err := c.Start()
	if err != nil {
		t.Fatal(err)
	}
	line := "AUTH " + mechanism
	if early && initial != nil && len(initial) < 300 {
		line += " " + base64.StdEncoding.EncodeToString(initial)
		initial = nil
	}
	for range 10 {
		s.Receive([]byte(line + "\r\n"))
		reply := string(drain(s))
		encoded, more := strings.CutPrefix(strings.TrimSuffix(reply, "\r\n"), "334 ")
		if !more {
			return reply
		}
		challenge, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			t.Fatalf("the challenge %q: %v", encoded, err)
		}
		response := initial
		if initial = nil; response == nil {
			if response, err = c.Next(challenge); err != nil {
				t.Fatalf("%s: %v", mechanism, err)
			}
		}
		line = base64.StdEncoding.EncodeToString(response)
	}
	t.Fatal("the exchange does not end")
	return ""
}
