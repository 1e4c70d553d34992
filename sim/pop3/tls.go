package pop3

import (
	"crypto/tls"

	"smtplab/sim/trace"
)

// tlsPhase is how far a party has come with TLS.
type tlsPhase uint8

const (
	inClear   tlsPhase = iota
	goAhead            // +OK to STLS was said or heard
	handshake          // the driver was told
	secured            // what follows is protected
)

// stls answers STLS: RFC 2595 §4. What stands behind it on the wire is TLS's.
func (s *Session) stls(arg []byte) {
	switch {
	case s.tls == secured:
		s.err("TLS is there already")
	case !s.cfg.StartTLS:
		s.err(notOffered)
	case s.loggedIn() || s.unwanted(arg):
	case !s.startsTLS():
		s.err("STLS comes before UTF8") // RFC 6856 §2.1
	default:
		s.tls = goAhead
		s.ok("begin TLS now")
	}
}

// startsTLS reports whether STLS has a place now.
func (s *Session) startsTLS() bool {
	return s.cfg.StartTLS && s.tls == inClear && s.state == trace.Authorization && !s.utf8
}

// StartsTLS implements drive.Securable.
func (s *Session) StartsTLS() (early []byte, ok bool) {
	if s.tls != goAhead || len(s.out) > 0 && !s.sent {
		return nil, false
	}
	early = s.in[s.at:]
	s.tls, s.in, s.at = handshake, nil, 0
	return early, true
}

// Secured implements drive.Securable. Nothing that was said in the clear counts any more, since anybody may have said
// it.
func (s *Session) Secured(*tls.ConnectionState) {
	s.tls, s.user, s.in, s.at = secured, "", nil, 0
}

// Unsecured implements drive.Securable.
func (s *Session) Unsecured(error) { s.Hangup() }
