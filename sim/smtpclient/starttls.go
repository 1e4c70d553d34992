package smtpclient

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"os"

	"smtplab/sim/smtp"
)

// startTLS acts upon the answer to STARTTLS: RFC 3207 §4. Octets behind a go-ahead are TLS's to judge: they were said by
// nobody who had proved who he is, so they are never a reply.
func (c *Conversation) startTLS(code int, text []byte) {
	switch {
	case code/100 == 2:
		c.stage = goAhead
	case code/100 == 3:
		c.misfit(keep(code, text))
	case c.cfg.TLS == TLSRequired:
		c.refuse("The server would not begin TLS, and the client is set to send nothing without.", keep(code, text))
		c.quit()
	default:
		c.offers.Extensions &^= smtp.WithStartTLS
		c.introduced()
	}
}

// StartsTLS implements drive.Securable.
func (c *Conversation) StartsTLS() (early []byte, ok bool) {
	if c.stage != goAhead {
		return nil, false
	}
	c.stage = handshake
	early, c.early = c.early, nil
	return early, true
}

// Secured implements drive.Securable. What the server said before may have come from somebody else: all of it is
// forgotten, and the client introduces itself again (RFC 3207 §4.2).
func (c *Conversation) Secured(*tls.ConnectionState) {
	switch c.stage {
	case greeting: // TLS came first: RFC 8314 §3
		c.result.Secure = true
	case handshake:
		c.result.Secure = true
		c.offers = offers{}
		c.sayHello(smtp.EHLO)
		c.stage = ehlo
	}
}

// Unsecured implements drive.Securable. There is no way back to the clear: whoever could break the handshake off would
// have the mail.
func (c *Conversation) Unsecured(err error) {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.Expire()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		c.Hangup()
	default:
		c.fail(tlsWords(err), Reply{})
	}
}

// tlsWords is why there is no TLS with the server, for a person.
func tlsWords(err error) string {
	var (
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &authority):
		return "The server's certificate is not signed by anybody whom the client trusts, so it may be another server."
	case errors.As(err, &name):
		return "The server's certificate is for another name, so it may be another server."
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "The server's certificate is not valid at this time."
	case errors.As(err, &invalid):
		return "The server's certificate is not valid."
	case errors.As(err, &record):
		return "The server agreed to TLS, and then said something that is not TLS."
	}
	return "The server and the client could not agree on TLS."
}
