package pop3

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smtplab/sim/drive"
)

// Mail programs that share no code with this package. They are skipped where they are missing, unless the environment
// says SMTPLAB_TOOLS=require.

func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("SMTPLAB_TOOLS") == "require" {
		t.Fatalf("%s is missing, and SMTPLAB_TOOLS wants it", name)
	} else if err != nil {
		t.Skipf("%s is missing on this machine", name)
	}
	return path
}

// authority signs the certificates of a test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{key: newKey(t)}
	a.cert = a.sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, a.key)
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sign completes and signs a certificate; the first one signs itself.
func (a *authority) sign(t *testing.T, c *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent := a.cert
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// server is the configuration of a server on this machine.
func (a *authority) server(t *testing.T) *tls.Config {
	t.Helper()
	key := newKey(t)
	leaf := a.sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, key)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}}}
}

// client is the configuration of a client that trusts the authority.
func (a *authority) client() *tls.Config {
	roots := x509.NewCertPool()
	roots.AddCert(a.cert)
	return &tls.Config{RootCAs: roots, ServerName: "localhost"}
}

// file is the authority's certificate as a file.
func (a *authority) file(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func overTLS(cfg *tls.Config) drive.TLS {
	return func(conn net.Conn) *tls.Conn { return tls.Server(conn, cfg) }
}

// listen serves one conversation after the other on a port of this machine, until the test ends.
func listen(t *testing.T, h Host, cfg *Config, server *tls.Config, implicit bool) (port string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if implicit {
				conn = tls.Server(conn, server)
			}
			if err := drive.Over(ctx, conn, NewSession(cfg, h), overTLS(server)); err != nil {
				t.Logf("a conversation ended with: %v", err)
			}
		}
	}()
	t.Cleanup(func() { listener.Close(); cancel(); <-done })
	_, port, _ = net.SplitHostPort(listener.Addr().String())
	return port
}

// run runs a program, and fails if it does.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", filepath.Base(name), err, out, complaint.String())
	}
	return string(out)
}

const poplibScript = `
import poplib, ssl, sys
port, tlsport, cafile = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
context = ssl.create_default_context(cafile=cafile)
hello = [b'Subject: one', b'', b'Hello']
dotted = [b'Subject: two', b'', b'.', b'..', b'.a', b'b.', b'', b'end']
unicode = ['Subject: Grüße'.encode(), b'', b'Hello']

def refused(call, *args):
    try:
        call(*args)
    except poplib.error_proto as e:
        return str(e)
    raise AssertionError('not refused: %r' % (args,))

def plain():
    p = poplib.POP3('127.0.0.1', port, timeout=30)
    assert p.getwelcome().startswith(b'+OK'), p.getwelcome()
    capa = p.capa()
    assert {'STLS', 'UTF8', 'USER', 'SASL', 'TOP', 'UIDL'} <= set(capa), capa
    p.user('pc1')
    assert '[AUTH]' in refused(p.pass_, 'wrong')
    p.user('pc1'); p.pass_('secret')
    assert 'STLS' not in p.capa()
    assert p.stat()[0] == 3
    assert [l.split()[0] for l in p.list()[1]] == [b'1', b'2', b'3']
    assert p.list(1).split()[2] == b'23'
    assert p.uidl()[1] == [b'1 U1', b'2 U2', b'3 U3'], p.uidl()
    assert p.retr(1)[1] == hello
    assert p.retr(2)[1] == dotted and p.retr(2)[2] == 38
    assert p.top(2, 2)[1] == dotted[:4]
    assert '[UTF8]' in refused(p.retr, 3)
    p.dele(1); p.rset(); p.noop(); p.dele(2)
    p.close()

def stls():
    p = poplib.POP3('127.0.0.1', port, timeout=30)
    p.stls(context)
    assert 'STLS' not in p.capa()
    p.utf8()
    p.user('pc1'); p.pass_('secret')
    assert len(p.uidl()[1]) == 3    # the first session said no QUIT
    assert p.retr(3)[1] == unicode
    p.quit()

def untrusting():
    p = poplib.POP3('127.0.0.1', port, timeout=30)
    try:
        p.stls(ssl.create_default_context())
    except ssl.SSLCertVerificationError:
        return
    raise AssertionError('poplib trusts everybody, so this test shows nothing')

def implicit():
    p = poplib.POP3_SSL('127.0.0.1', tlsport, context=context, timeout=30)
    assert 'STLS' not in p.capa()
    p.user('pc1'); p.pass_('secret')
    assert p.retr(2)[1] == dotted
    p.dele(1)
    p.quit()

plain(); untrusting(); stls(); implicit()
print('ok')
`

// Python's poplib in the clear, by STLS, and with TLS first. CONFORMANCE 83 to 95, 99, 102.
func TestPythonPoplib(t *testing.T) {
	python := tool(t, "python3")
	a := newAuthority(t)
	server := a.server(t)
	port := listen(t, newHost(hello, dotted, grüße), everything(), server, false)
	tlsPort := listen(t, newHost(hello, dotted), everything(), server, true)
	if got := run(t, python, "-c", poplibScript, port, tlsPort, a.file(t)); got != "ok\n" {
		t.Error(got)
	}
}

// curl in the clear, by STLS, and with TLS first, with each way to log in that it has. CONFORMANCE 91, 99, 102, 103.
func TestCurl(t *testing.T) {
	curl := tool(t, "curl")
	if version := run(t, curl, "--version"); !strings.Contains(version, "pop3s") {
		t.Skip("this curl has no POP3 under TLS")
	}
	a := newAuthority(t)
	server, ca := a.server(t), a.file(t)
	port := listen(t, newHost(hello, dotted), everything(), server, false)
	tlsPort := listen(t, newHost(hello, dotted), everything(), server, true)
	inClear, inTLS := "pop3://localhost:"+port, "pop3s://localhost:"+tlsPort
	for name, how := range map[string][]string{
		"of its choice": {inClear},
		"USER and PASS": {"pop3://localhost:" + listen(t, newHost(hello, dotted), &Config{}, nil, false)},
		"PLAIN":         {inClear, "--login-options", "AUTH=PLAIN"},
		"PLAIN at once": {inClear, "--login-options", "AUTH=PLAIN", "--sasl-ir"},
		"LOGIN":         {inClear, "--login-options", "AUTH=LOGIN"},
		"CRAM-MD5":      {inClear, "--login-options", "AUTH=CRAM-MD5"},
		"STLS":          {inClear, "--ssl-reqd", "--cacert", ca},
		"TLS":           {inTLS, "--cacert", ca},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"-sS", "--ipv4", "--max-time", "30", "--user", "pc1:secret"}, how[1:]...)
			if got := run(t, curl, append(args, how[0]+"/2")...); got != dotted {
				t.Errorf("RETR 2: %q", got)
			}
			if got := run(t, curl, append(args, how[0])...); got != "1 23\r\n2 38\r\n" {
				t.Errorf("LIST: %q", got)
			}
		})
	}
}
