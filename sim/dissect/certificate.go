package dissect

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
)

// certificateWords reads RFC 8446 §4.4.2 or RFC 5246 §7.4.2 and says of the first certificate, which is the sender's,
// "email.com; issued by SMTP Lab; Ed25519; valid until 2027-11-23; for email.com, www.email.com"; "" for what is no such
// message.
func (l *layer) certificateWords(body []byte) string {
	s := cryptobyte.String(body)
	var context, all, first cryptobyte.String
	if l.version == tls.VersionTLS13 && !s.ReadUint8LengthPrefixed(&context) ||
		!s.ReadUint24LengthPrefixed(&all) || !s.Empty() {
		return ""
	}
	count := 0
	for ; !all.Empty(); count++ {
		var der, extensions cryptobyte.String
		if !all.ReadUint24LengthPrefixed(&der) || l.version == tls.VersionTLS13 && !all.ReadUint16LengthPrefixed(&extensions) {
			return ""
		}
		if count == 0 {
			first = der
		}
	}
	if count == 0 {
		return "none"
	}
	cert, err := x509.ParseCertificate(first)
	if err != nil {
		return "one that cannot be understood, " + octets(len(first))
	}
	words := describe(cert)
	if count > 1 {
		words = append(words, fmt.Sprintf("%d more that vouch for it", count-1))
	}
	return strings.Join(words, "; ")
}

func describe(c *x509.Certificate) []string {
	issuer := "issued by " + wireName([]byte(nameOf(c.Issuer.CommonName, c.Issuer.String())))
	if bytes.Equal(c.RawIssuer, c.RawSubject) {
		issuer = "issued by itself"
	}
	words := []string{
		wireName([]byte(nameOf(c.Subject.CommonName, c.Subject.String()))),
		issuer,
		c.PublicKeyAlgorithm.String(),
		"valid until " + c.NotAfter.UTC().Format(time.DateOnly),
	}
	var names []string
	for _, name := range c.DNSNames {
		names = append(names, wireName([]byte(name)))
	}
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	return appendWords(words, "for ", names)
}

// nameOf is the common name, or where there is none the whole.
func nameOf(common, whole string) string {
	switch {
	case common != "":
		return common
	case whole != "":
		return whole
	}
	return "without a name"
}
