package secure

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/netip"
	"time"
)

// Authority is a certification authority: RFC 5280. Its keys are made from a seed, so it is the same whenever the lab
// is played. It can only vouch for the names and networks that it was made for (§4.2.1.10).
type Authority struct {
	key         ed25519.PrivateKey
	certificate *x509.Certificate
	pool        *x509.CertPool
}

// validity is how long certificates are valid: longer than a course, and from before the lab began.
const validity = 10 * 365 * 24 * time.Hour

// NewAuthority makes the authority of a lab. It is valid from a day before since; names are the domains below which,
// and networks the addresses among which its servers are.
func NewAuthority(seed Seed, name string, since time.Time, names []string, networks []netip.Prefix) (*Authority, error) {
	a := &Authority{key: ed25519.NewKeyFromSeed(seed[:]), pool: x509.NewCertPool()}
	c := &x509.Certificate{
		SerialNumber:                serial(seed[:]),
		Subject:                     pkix.Name{CommonName: name, Organization: []string{"SMTP Lab: for learning only, do not trust"}},
		NotBefore:                   since.Add(-24 * time.Hour),
		NotAfter:                    since.Add(validity),
		IsCA:                        true,
		BasicConstraintsValid:       true,
		MaxPathLenZero:              true,
		KeyUsage:                    x509.KeyUsageCertSign,
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         names,
	}
	for _, n := range networks {
		c.PermittedIPRanges = append(c.PermittedIPRanges, &net.IPNet{
			IP: n.Masked().Addr().AsSlice(), Mask: net.CIDRMask(n.Bits(), n.Addr().BitLen()),
		})
	}
	var err error
	if a.certificate, err = a.sign(c, c, a.key.Public()); err != nil {
		return nil, err
	}
	a.pool.AddCert(a.certificate)
	return a, nil
}

// Issue makes the certificate of a server that is reached by these names and addresses. The first name is its common
// name.
func (a *Authority) Issue(seed Seed, names []string, addrs []netip.Addr) (*tls.Certificate, error) {
	key := ed25519.NewKeyFromSeed(seed[:])
	c := &x509.Certificate{
		SerialNumber:          serial(seed[:]),
		Subject:               pkix.Name{CommonName: names[0]},
		DNSNames:              names,
		NotBefore:             a.certificate.NotBefore,
		NotAfter:              a.certificate.NotAfter,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, addr := range addrs {
		c.IPAddresses = append(c.IPAddresses, addr.AsSlice())
	}
	leaf, err := a.sign(c, a.certificate, key.Public())
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

// sign makes a certificate. Ed25519 needs no randomness, and its signatures are all of one length.
func (a *Authority) sign(c, parent *x509.Certificate, public any) (*x509.Certificate, error) {
	raw, err := x509.CreateCertificate(nil, c, parent, public, a.key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(raw)
}

// serial is a serial number that is positive and of one length: RFC 5280 §4.1.2.2.
func serial(seed []byte) *big.Int {
	sum := sha256.Sum256(append([]byte("serial\x00"), seed...))
	sum[0] = sum[0]&0x3F | 0x40
	return new(big.Int).SetBytes(sum[:16])
}

// Pool is the authority as a client believes in it.
func (a *Authority) Pool() *x509.CertPool { return a.pool }

// PEM is the authority's certificate as programs take it: RFC 7468 §5.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}
