package secure

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"time"
)

// End is what one end of a TLS connection needs to know.
type End struct {
	Seed Seed             // its randomness; never the same for two connections
	Now  func() time.Time // certificates are valid or not by this time
	Keys io.Writer        // unless nil: takes the keys, in the format that network analysers read (NSS key log)
}

// Server is the configuration of a server's end.
func Server(e End, certificate *tls.Certificate) *tls.Config {
	c := config(e)
	c.Certificates = []tls.Certificate{*certificate}
	return c
}

// Client is the configuration of a client's end that knows a server by its name or address, and believes in an
// authority.
func Client(e End, server string, roots *x509.CertPool) *tls.Config {
	c := config(e)
	c.ServerName, c.RootCAs = server, roots
	return c
}

func config(e End) *tls.Config {
	return &tls.Config{
		Rand:                   e.Seed.Random(),
		Time:                   e.Now,
		KeyLogWriter:           e.Keys,
		MinVersion:             tls.VersionTLS12, // RFC 8996, RFC 9325 §3.1.1
		CurvePreferences:       []tls.CurveID{tls.X25519, tls.CurveP256},
		SessionTicketsDisabled: true,
	}
}
