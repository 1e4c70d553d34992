package dissect

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	_ "unsafe" // for linkname

	"smtplab/sim/trace"
)

// tls13Suites are what crypto/tls chooses from for TLS 1.3, which no Config can say.
//
//go:linkname tls13Suites crypto/tls.defaultCipherSuitesTLS13
var tls13Suites []uint16

//go:linkname tls13SuitesNoAES crypto/tls.defaultCipherSuitesTLS13NoAES
var tls13SuitesNoAES []uint16

// only13 lets crypto/tls choose one suite for TLS 1.3 until the test is over.
func only13(t *testing.T, id uint16) {
	aes, noAES := tls13Suites, tls13SuitesNoAES
	tls13Suites, tls13SuitesNoAES = []uint16{id}, []uint16{id}
	t.Cleanup(func() { tls13Suites, tls13SuitesNoAES = aes, noAES })
}

// buffer carries the octets of one direction.
type buffer struct {
	mu     sync.Mutex
	more   sync.Cond
	octets bytes.Buffer
	closed bool
}

// end is one end of a connection in memory, which shows the dissector what it writes.
type end struct {
	net.Conn // nil: TLS asks for nothing else
	in, out  *buffer
	show     func([]byte)
}

func (e *end) Read(p []byte) (int, error) {
	e.in.mu.Lock()
	defer e.in.mu.Unlock()
	for e.in.octets.Len() == 0 {
		if e.in.closed {
			return 0, io.EOF
		}
		e.in.more.Wait()
	}
	return e.in.octets.Read(p)
}

func (e *end) Write(p []byte) (int, error) {
	e.show(bytes.Clone(p))
	e.out.mu.Lock()
	defer e.out.mu.Unlock()
	e.out.octets.Write(p)
	e.out.more.Broadcast()
	return len(p), nil
}

func (e *end) Close() error {
	e.out.mu.Lock()
	defer e.out.mu.Unlock()
	e.out.closed = true
	e.out.more.Broadcast()
	return nil
}

func (e *end) SetDeadline(time.Time) error      { return nil }
func (e *end) SetWriteDeadline(time.Time) error { return nil }
func (e *end) SetReadDeadline(time.Time) error  { return nil }

// pair is a connection whose segments are as cut makes them.
func pair(d Dissector, cut func(p []byte, feed func([]byte))) (client, server *end) {
	var tap sync.Mutex
	shown := func(feed func([]byte)) func([]byte) {
		return func(p []byte) {
			tap.Lock()
			defer tap.Unlock()
			cut(p, feed)
		}
	}
	up, down := &buffer{}, &buffer{}
	up.more.L, down.more.L = &up.mu, &down.mu
	return &end{in: down, out: up, show: shown(d.Client)}, &end{in: up, out: down, show: shown(d.Server)}
}

func whole(p []byte, feed func([]byte)) { feed(p) }

func octetwise(p []byte, feed func([]byte)) {
	for i := range p {
		feed(p[i : i+1 : i+1])
	}
}

func anyhow(p []byte, feed func([]byte)) {
	for len(p) > 0 {
		n := 1 + mathrand.IntN(min(len(p), 2000))
		feed(p[:n:n])
		p = p[n:]
	}
}

var cuts = map[string]func([]byte, func([]byte)){"whole": whole, "octetwise": octetwise, "anyhow": anyhow}

// identity is a certificate for email.com, issued by itself.
func identity(t testing.TB, key crypto.Signer) tls.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "email.com"}, DNSNames: []string{"email.com", "*.email.com"},
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2090, 11, 23, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

var edKey = func() crypto.Signer {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}()

// ends are configurations of a server that writes down its keys and of a client that takes any certificate.
func ends(t testing.TB, keys io.Writer) (client, server *tls.Config) {
	return &tls.Config{ServerName: "email.com", InsecureSkipVerify: true},
		&tls.Config{Certificates: []tls.Certificate{identity(t, edKey)}, KeyLogWriter: keys, SessionTicketsDisabled: true}
}

// shake does the handshake over a connection.
func shake(client, server *tls.Conn) error {
	done := make(chan error, 1)
	go func() {
		err := server.Handshake()
		if err != nil {
			server.NetConn().Close()
		}
		done <- err
	}()
	err := client.Handshake()
	if err != nil {
		client.NetConn().Close()
	}
	return errors.Join(err, <-done)
}

// say has one side say something and the other read it.
func say(t testing.TB, from io.Writer, to io.Reader, text string) {
	t.Helper()
	if _, err := io.WriteString(from, text); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(text))
	if _, err := io.ReadFull(to, got); err != nil || string(got) != text {
		t.Fatalf("said %q, arrived %q: %v", text, got, err)
	}
}

// talk has a dialogue said: "C:" and what the client says, or "S:".
func talk(t testing.TB, client, server io.ReadWriter, dialogue ...string) {
	t.Helper()
	for _, s := range dialogue {
		if s[0] == 'C' {
			say(t, client, server, s[2:])
		} else {
			say(t, server, client, s[2:])
		}
	}
}

// text is what a side says in a dialogue.
func text(side string, dialogue []string) string {
	var b strings.Builder
	for _, s := range dialogue {
		if s[:1] == side {
			b.WriteString(s[2:])
		}
	}
	return b.String()
}

var mail = []string{
	"S:220 email.com ESMTP\r\n", "C:EHLO pc1\r\n", "S:250-email.com\r\n250 CHUNKING\r\n",
	"C:AUTH LOGIN\r\n", "S:334 VXNlcm5hbWU6\r\n", "C:cGMx\r\n", "S:334 UGFzc3dvcmQ6\r\n", "C:c2VjcmV0\r\n", "S:235 2.7.0 ok\r\n",
	"C:MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n", "S:250 ok\r\n250 ok\r\n354 go\r\n",
	"C:" + strings.Repeat("Subject: a long mail\r\n", 2500) + ".\r\nQUIT\r\n", "S:250 stored\r\n221 bye\r\n",
}

// handshakes are the notes about TLS, with who sent them; a note that was encrypted ends in "*". Lengths are #.
func (n *notes) handshakes() []string {
	var out []string
	for e := range n.log.After(0) {
		if e.Kind == trace.Handshake {
			s := e.From + " " + lengths.ReplaceAllString(e.Note, "#")
			if e.Secure {
				s += "*"
			}
			out = append(out, s)
		}
	}
	return out
}

var lengths = regexp.MustCompile(`\d+( octets| cipher suites)`)

func smtpIn(s Sink) Dissector { return NewSMTP(s, nil) }

var handshake13 = []string{
	"C ClientHello: TLS 1.3, TLS 1.2; for email.com; #; key share X25519MLKEM768, X25519",
	"S ServerHello: TLS 1.3; SUITE; key share X25519MLKEM768",
	"S ChangeCipherSpec: means nothing in TLS 1.3",
	"S EncryptedExtensions: the name is known*",
	"S Certificate: email.com; issued by itself; Ed25519; valid until 2090-11-23; for email.com, *.email.com*",
	"S CertificateVerify: signature Ed25519, #*",
	"S Finished: # that confirm the handshake*",
	"C ChangeCipherSpec: means nothing in TLS 1.3",
	"C Finished: # that confirm the handshake*",
	"C Alert: warning; close_notify*",
	"S Alert: warning; close_notify*",
}

var handshake12 = []string{
	"C ClientHello: TLS 1.2; for email.com; 1 cipher suite",
	"S ServerHello: TLS 1.2; SUITE",
	"S Certificate: email.com; issued by itself; KEY; valid until 2090-11-23; for email.com, *.email.com",
	"S ServerKeyExchange: key share X25519; signature SIGNATURE, #",
	"S ServerHelloDone: it is the client's turn",
	"C ClientKeyExchange: key share, #",
	"C ChangeCipherSpec: what follows is encrypted",
	"C Finished: # that confirm the handshake*",
	"S ChangeCipherSpec: what follows is encrypted",
	"S Finished: # that confirm the handshake*",
	"C Alert: warning; close_notify*",
	"S Alert: warning; close_notify*",
}

// Whatever the version and the suite, what is read inside is what each side said, and the handshake is told in words.
func TestSuites(t *testing.T) {
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		id        uint16
		key       crypto.Signer
		keyName   string
		signature string
	}{
		{tls.TLS_AES_128_GCM_SHA256, edKey, "Ed25519", ""},
		{tls.TLS_AES_256_GCM_SHA384, edKey, "Ed25519", ""},
		{tls.TLS_CHACHA20_POLY1305_SHA256, edKey, "Ed25519", ""},
		{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, edKey, "Ed25519", "Ed25519"},
		{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, ecKey, "ECDSA", "ECDSAWithP256AndSHA256"},
		{tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, edKey, "Ed25519", "Ed25519"},
		{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, rsaKey, "RSA", "PSSWithSHA256"},
		{tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, rsaKey, "RSA", "PSSWithSHA256"},
		{tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, rsaKey, "RSA", "PSSWithSHA256"},
	} {
		for name, cut := range cuts {
			t.Run(tls.CipherSuiteName(test.id)+"/"+name, func(t *testing.T) {
				keys, n := &Keys{}, &notes{}
				clientConfig, serverConfig := ends(t, keys)
				serverConfig.Certificates = []tls.Certificate{identity(t, test.key)}
				want := handshake13
				if test.signature != "" {
					clientConfig.MaxVersion, clientConfig.CipherSuites = tls.VersionTLS12, []uint16{test.id}
					want = handshake12
				} else {
					only13(t, test.id)
				}
				d := NewTLS(n, keys, smtpIn)
				if d.State() != trace.Connected {
					t.Errorf("begins %v", d.State())
				}
				clientEnd, serverEnd := pair(d, cut)
				client, server := tls.Client(clientEnd, clientConfig), tls.Server(serverEnd, serverConfig)
				if err := shake(client, server); err != nil {
					t.Fatal(err)
				}
				talk(t, client, server, mail...)
				client.Close()
				server.Close()
				d.Close()
				for _, side := range []string{"C", "S"} {
					if got, want := n.said(side), text(side, mail); got != want {
						t.Errorf("%s said %d octets inside, read were %d", side, len(want), len(got))
					}
				}
				words := strings.NewReplacer("SUITE", tls.CipherSuiteName(test.id), "SIGNATURE", test.signature, "KEY", test.keyName)
				if got, want := strings.Join(n.handshakes(), "\n"), words.Replace(strings.Join(want, "\n")); got != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
				for e := range n.log.After(0) {
					if e.Kind != trace.Handshake && !e.Secure {
						t.Errorf("read inside, and not marked: %+v", e)
					}
				}
				if d.State() != trace.Ended {
					t.Errorf("ended %v", d.State())
				}
			})
		}
	}
}

// Who else can write down the keys, and what is told when nobody does.
func TestOtherKeyLogs(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, test := range []struct {
			name   string
			keys   *Keys
			client bool // writes the log, not the server
			why    string
		}{
			{"the client's", &Keys{}, true, ""},
			{"none", nil, false, "their keys are not known"},
			{"of nobody", &Keys{}, false, "their keys are not known"},
		} {
			t.Run(tls.VersionName(version)+"/"+test.name, func(t *testing.T) {
				n := &notes{}
				clientConfig, serverConfig := ends(t, nil)
				clientConfig.MaxVersion = version
				if test.client {
					clientConfig.KeyLogWriter = test.keys
				}
				d := NewTLS(n, test.keys, smtpIn)
				clientEnd, serverEnd := pair(d, whole)
				client, server := tls.Client(clientEnd, clientConfig), tls.Server(serverEnd, serverConfig)
				if err := shake(client, server); err != nil {
					t.Fatal(err)
				}
				talk(t, client, server, mail...)
				d.Close()
				all := strings.Join(n.handshakes(), "\n")
				if test.why == "" {
					if got, want := n.said("C"), text("C", mail); got != want || strings.Contains(all, "Encrypted:") {
						t.Errorf("read %d octets of %d, and\n%s", len(got), len(want), all)
					}
					return
				}
				for _, side := range []string{"C", "S"} {
					if got := n.said(side); got != "" {
						t.Errorf("read %q without keys", got)
					}
					if strings.Count(all, side+" Encrypted: # that cannot be decrypted: "+test.why) != 1 || strings.Count(all, side+" Encrypted:") < 5 {
						t.Errorf("told\n%s", all)
					}
				}
			})
		}
	}
}

// A record that somebody changed on the way is told of, and the dissector goes on.
func TestChangedRecord(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		keys, n := &Keys{}, &notes{}
		clientConfig, serverConfig := ends(t, keys)
		clientConfig.MaxVersion = version
		d := NewTLS(n, keys, smtpIn)
		clientEnd, serverEnd := pair(d, whole)
		client, server := tls.Client(clientEnd, clientConfig), tls.Server(serverEnd, serverConfig)
		if err := shake(client, server); err != nil {
			t.Fatal(err)
		}
		clientEnd.show = func(p []byte) {
			p = bytes.Clone(p)
			p[len(p)-1] ^= 1
			d.Client(p)
		}
		say(t, client, server, "NOOP\r\n")
		clientEnd.show = d.Client
		say(t, client, server, "QUIT\r\n")
		d.Client([]byte{applicationData, 3, 3, 0, 200, 1})
		d.Close()
		got := n.handshakes()
		want := []string{"C Encrypted: # that cannot be decrypted: they do not match the keys*", "C CutOff: a record or message of which # came"}
		if got = got[len(got)-2:]; !slices.Equal(got, want) || n.said("C") != "QUIT\r\n" {
			t.Errorf("got %q and %q", got, n.said("C"))
		}
	}
}

// STARTTLS and STLS lead into TLS, and the conversation goes on inside.
func TestUpgrade(t *testing.T) {
	for _, test := range []struct {
		name          string
		dissector     func(*notes, *Keys) Dissector
		before, after []string
		states        []string
	}{
		{"SMTP", func(n *notes, k *Keys) Dissector { return NewSMTP(n, k) },
			[]string{
				"S:220 email.com\r\n", "C:EHLO pc1\r\n", "S:250-email.com\r\n250 STARTTLS\r\n",
				"C:STARTTLS now\r\n", "S:501 no\r\n", "C:MAIL FROM:<a@b>\r\n", "S:250 ok\r\n", "C:STARTTLS\r\n", "S:220 go\r\n",
			}, slices.Concat([]string{"C:STARTTLS\r\nBDAT 9 LAST\r\nNOOP\r\n", "S:503 no\r\n502 no\r\n250 ok\r\n"}, mail[1:]),
			[]string{"220 email.com connected", "250-email.com greeted", "501 no greeted", "250 ok MAIL given", "220 go connected",
				"503 no connected*", "502 no connected*", "250 ok connected*", "250-email.com greeted*", "334 VXNlcm5hbWU6 authenticating*", "334 UGFzc3dvcmQ6 authenticating*", "235 2.7.0 ok greeted*",
				"250 ok MAIL given*", "250 ok RCPT given*", "354 go in the data*", "250 stored greeted*", "221 bye ended*"}},
		{"POP3", func(n *notes, k *Keys) Dissector { return NewPOP3(n, k) },
			[]string{"S:+OK hi\r\n", "C:CAPA\r\n", "S:+OK\r\nSTLS\r\n.\r\n", "C:STLS\r\n", "S:+OK go\r\n"},
			[]string{"C:STLS\r\nNOOP\r\n", "S:-ERR no\r\n-ERR no\r\n", "C:AUTH PLAIN\r\n", "S:+ \r\n", "C:AHBjMgBzZWNyZXQ=\r\n", "S:+OK in\r\n", "C:RETR 1\r\n", "S:+OK\r\nSubject: x\r\n\r\n.\r\n", "C:QUIT\r\n", "S:+OK bye\r\n"},
			[]string{"+OK hi AUTHORIZATION", "+OK AUTHORIZATION", "+OK go AUTHORIZATION", "-ERR no AUTHORIZATION*", "-ERR no AUTHORIZATION*", "+  authenticating*", "+OK in TRANSACTION*", "+OK TRANSACTION*", "+OK bye UPDATE*"}},
	} {
		for name, cut := range cuts {
			t.Run(test.name+"/"+name, func(t *testing.T) {
				keys, n := &Keys{}, &notes{}
				d := test.dissector(n, keys)
				clientEnd, serverEnd := pair(d, cut)
				talk(t, clientEnd, serverEnd, test.before...)
				clientConfig, serverConfig := ends(t, keys)
				client, server := tls.Client(clientEnd, clientConfig), tls.Server(serverEnd, serverConfig)
				if err := shake(client, server); err != nil {
					t.Fatal(err)
				}
				talk(t, client, server, test.after...)
				client.Close()
				server.Close()
				d.Close()
				for _, side := range []string{"C", "S"} {
					if got, want := n.said(side), text(side, test.before)+text(side, test.after); got != want {
						t.Errorf("%s said %q, read was %q", side, want, got)
					}
				}
				var states []string
				for e := range n.log.After(0) {
					if e.Kind == trace.Reply {
						line, _, _ := strings.Cut(string(e.Raw), "\r\n")
						states = append(states, line+" "+e.After.String()+map[bool]string{true: "*"}[e.Secure])
					}
				}
				if !slices.Equal(states, test.states) {
					t.Errorf("got  %q\nwant %q", states, test.states)
				}
				want := strings.ReplaceAll(strings.Join(handshake13, "\n"), "SUITE", tls.CipherSuiteName(client.ConnectionState().CipherSuite))
				if got := strings.Join(n.handshakes(), "\n"); got != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
			})
		}
	}
}

// What stands behind STARTTLS, or behind the 220, is TLS's to read: RFC 3207 §6.
func TestInjection(t *testing.T) {
	for _, cut := range cuts {
		n := &notes{}
		d := NewSMTP(n, &Keys{})
		for _, s := range []string{"S:220 hi\r\n", "C:EHLO x\r\n", "S:250 hi\r\n", "C:STARTTLS\r\nMAIL FROM:<a@b>\r\n", "S:220 go\r\n250 ok\r\n", "C:RSET\r\n"} {
			if s[0] == 'C' {
				cut([]byte(s[2:]), d.Client)
			} else {
				cut([]byte(s[2:]), d.Server)
			}
		}
		d.Close()
		if got, want := n.said("C")+n.said("S"), "EHLO x\r\nSTARTTLS\r\n220 hi\r\n250 hi\r\n220 go\r\n"; got != want {
			t.Errorf("said %q, want %q", got, want)
		}
		got := n.handshakes()
		if len(got) != 2 || !strings.HasPrefix(got[0], `C NotTLS: #, "MAIL `) || !strings.HasPrefix(got[1], `S NotTLS: #, "250 o`) {
			t.Errorf("told %q", got)
		}
	}
}

// A handshake that fails ends with an alert that says why.
func TestFailedHandshake(t *testing.T) {
	for _, test := range []struct {
		name string
		set  func(client, server *tls.Config)
		want string
	}{
		{"no trust", func(c, _ *tls.Config) { c.InsecureSkipVerify = false }, "C Alert: fatal; bad_certificate*"},
		{"no trust in TLS 1.2", func(c, _ *tls.Config) { c.InsecureSkipVerify, c.MaxVersion = false, tls.VersionTLS12 }, "C Alert: fatal; bad_certificate"},
		{"no version", func(c, s *tls.Config) { c.MaxVersion, s.MinVersion = tls.VersionTLS12, tls.VersionTLS13 }, "S Alert: fatal; protocol_version"},
		{"no protocol", func(c, s *tls.Config) { c.NextProtos, s.NextProtos = []string{"smtp"}, []string{"pop3"} }, "S Alert: fatal; no_application_protocol"},
	} {
		t.Run(test.name, func(t *testing.T) {
			keys, n := &Keys{}, &notes{}
			clientConfig, serverConfig := ends(t, keys)
			test.set(clientConfig, serverConfig)
			d := NewTLS(n, keys, smtpIn)
			clientEnd, serverEnd := pair(d, whole)
			if err := shake(tls.Client(clientEnd, clientConfig), tls.Server(serverEnd, serverConfig)); err == nil {
				t.Fatal("the handshake did not fail")
			}
			d.Close()
			if got := n.handshakes(); got[len(got)-1] != test.want {
				t.Errorf("got %q, want %q at the end", got, test.want)
			}
		})
	}
}

// The hello can be asked for again, protocols agreed on, tickets given out and a certificate of the client asked for.
func TestHandshakeVariants(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		keys, n := &Keys{}, &notes{}
		clientConfig, serverConfig := ends(t, keys)
		serverConfig.SessionTicketsDisabled, serverConfig.ClientAuth = false, tls.RequestClientCert
		serverConfig.NextProtos, clientConfig.NextProtos = []string{"smtp"}, []string{"x-other", "smtp"}
		clientConfig.ClientSessionCache = tls.NewLRUClientSessionCache(1)
		clientConfig.CurvePreferences, serverConfig.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256}, []tls.CurveID{tls.CurveP256}
		clientConfig.MaxVersion = version
		d := NewTLS(n, keys, smtpIn)
		clientEnd, serverEnd := pair(d, whole)
		client, server := tls.Client(clientEnd, clientConfig), tls.Server(serverEnd, serverConfig)
		if err := shake(client, server); err != nil {
			t.Fatal(err)
		}
		talk(t, client, server, mail...)
		all := strings.Join(n.handshakes(), "\n")
		want := []string{
			"ALPN x-other, smtp", "ALPN smtp", "CertificateRequest: asks for a certificate of the client", "Certificate: none", "secp256r1",
			"NewSessionTicket: #",
		}
		if version == tls.VersionTLS13 {
			want = append(want, "S HelloRetryRequest: TLS 1.3; TLS_", "S EncryptedExtensions: ALPN smtp, the name is known*", "S NewSessionTicket: #; good for 168h0m0s*")
		}
		for _, w := range want {
			if !strings.Contains(all, w) {
				t.Errorf("%s: no %q in\n%s", tls.VersionName(version), w, all)
			}
		}
		if strings.Contains(all, "Encrypted:") || strings.Contains(all, "cannot") || n.said("C") != text("C", mail) {
			t.Errorf("%s: not understood:\n%s", tls.VersionName(version), all)
		}
	}
}

// A session that is resumed has its own line in the log in TLS 1.3. In TLS 1.2 crypto/tls writes none, and that is told.
func TestResumption(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		keys := &Keys{}
		clientConfig, serverConfig := ends(t, keys)
		serverConfig.SessionTicketsDisabled, clientConfig.MaxVersion = false, version
		clientConfig.ClientSessionCache = tls.NewLRUClientSessionCache(1)
		for round := range 2 {
			n := &notes{}
			d := NewTLS(n, keys, smtpIn)
			clientEnd, serverEnd := pair(d, whole)
			client, server := tls.Client(clientEnd, clientConfig), tls.Server(serverEnd, serverConfig)
			if err := shake(client, server); err != nil {
				t.Fatal(err)
			}
			talk(t, client, server, mail...)
			d.Close()
			if got := client.ConnectionState().DidResume; got != (round == 1) {
				t.Fatalf("%s: resumed %v in round %d", tls.VersionName(version), got, round)
			}
			if got := n.said("C") == text("C", mail); got != (version == tls.VersionTLS13 || round == 0) {
				t.Errorf("%s: read %v in round %d\n%s", tls.VersionName(version), got, round, strings.Join(n.handshakes(), "\n"))
			}
		}
	}
}

// The keys change within a conversation: RFC 8446 §4.6.3. crypto/tls changes its own when the other side asks for it,
// and here the test is that other side.
func TestKeyUpdate(t *testing.T) {
	keys, n := &Keys{}, &notes{}
	clientConfig, serverConfig := ends(t, keys)
	d := NewTLS(n, keys, smtpIn)
	clientEnd, serverEnd := pair(d, octetwise)
	client, server := tls.Client(clientEnd, clientConfig), tls.Server(serverEnd, serverConfig)
	if err := shake(client, server); err != nil {
		t.Fatal(err)
	}
	say(t, server, client, "220 hi\r\n")
	s := suiteOf(tls.VersionTLS13, client.ConnectionState().CipherSuite)
	secret, _ := keys.secret(clientTraffic, d.carrier.clientRandom, 0)
	p := s.protectionOf(secret)
	for i := range 3 {
		clientEnd.Write(p.seal(handshake, []byte{keyUpdate, 0, 0, 1, 1}))
		p = p.update()
		clientEnd.Write(p.seal(applicationData, []byte("NOOP\r\n")))
		got := make([]byte, 6)
		if _, err := io.ReadFull(server, got); err != nil || string(got) != "NOOP\r\n" {
			t.Fatalf("the server read %q: %v", got, err)
		}
		fmt.Fprintf(server, "250 %d\r\n", i)
	}
	d.Close()
	if n.said("C") != strings.Repeat("NOOP\r\n", 3) || n.said("S") != "220 hi\r\n250 0\r\n250 1\r\n250 2\r\n" {
		t.Errorf("read %q and %q", n.said("C"), n.said("S"))
	}
	all := strings.Join(n.handshakes(), "\n")
	if strings.Count(all, "C KeyUpdate: the keys of this side change; those of the other shall, too*") != 3 ||
		strings.Count(all, "S KeyUpdate: the keys of this side change*") != 3 {
		t.Errorf("told\n%s", all)
	}
}

// seal is the other way of open, with some padding.
func (p *protection) seal(kind uint8, content []byte) []byte {
	inner := append(append(bytes.Clone(content), kind), make([]byte, 7)...)
	n := len(inner) + p.sealed.Overhead()
	header := []byte{applicationData, 3, 3, byte(n >> 8), byte(n)}
	nonce := bytes.Clone(p.iv)
	nonce[len(nonce)-1] ^= byte(p.number)
	p.number++
	return p.sealed.Seal(header, nonce, inner, header)
}

func TestRecords(t *testing.T) {
	record := func(kind byte, n int) string {
		return string([]byte{kind, 3, 3, byte(n >> 8), byte(n)}) + strings.Repeat("x", n)
	}
	for p, want := range map[string]string{
		"":                       "",
		"EHLO pc1\r\n":           "",
		record(handshake, 3)[1:]: "",
		record(handshake, 512) + record(applicationData, 45):  "TLS: handshake 512 octets, application data 45 octets",
		record(changeCipherSpec, 1) + record(alert, 2):        "TLS: change cipher spec 1 octet, alert 2 octets",
		record(applicationData, 16401)[:1460]:                 "TLS: application data 16401 octets (1455 of them here)",
		record(handshake, 9) + record(applicationData, 9)[:4]: "TLS: handshake 9 octets, the beginning of a header",
		"\x16\x03\x01\xff\xff":                                "",
	} {
		if got := Records([]byte(p)); got != want {
			t.Errorf("%.20q: %q, want %q", p, got, want)
		}
	}
}

func TestKeys(t *testing.T) {
	random := bytes.Repeat([]byte{0xab}, 32)
	line := func(label, secret string) string { return fmt.Sprintf("%s %x %s\n", label, random, secret) }
	k := &Keys{}
	for _, s := range []string{line("X"+serverTraffic, "01"), "# comment\n", line(serverTraffic, "0102"), line(clientTraffic, "zz"), line(serverTraffic, "0304"),
		strings.TrimSuffix(line(masterSecret, "05"), "\n")} {
		io.WriteString(k, s)
	}
	got, searched := k.secret(serverTraffic, random, 0)
	if !bytes.Equal(got, []byte{3, 4}) || searched != bytes.LastIndexByte(k.Text(), '\n')+1 {
		t.Errorf("got %x, %d octets searched", got, searched)
	}
	for label, random := range map[string][]byte{clientTraffic: random, masterSecret: random, serverTraffic: random[1:], "TRAFFIC_SECRET_0": random} {
		if got, _ := k.secret(label, random, 0); got != nil {
			t.Errorf("%s: %x", label, got)
		}
	}
	io.WriteString(k, "\n")
	if got, _ := k.secret(masterSecret, random, searched); !bytes.Equal(got, []byte{5}) {
		t.Errorf("a line that is whole now: %x", got)
	}
	if got := string(k.Text()); !strings.HasSuffix(got, " 05\n") || strings.Count(got, "\n") != 6 {
		t.Errorf("text %q", got)
	}
	k.Reset()
	if got, searched := k.secret(serverTraffic, random, 1000); got != nil || searched != 0 {
		t.Errorf("forgotten, and found: %x", got)
	}
}
