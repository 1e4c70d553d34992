package smtpserver

import (
	"crypto/tls"

	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// startTLS answers STARTTLS, RFC 3207 §4: with 220 the handshake begins, and nothing that was said before counts.
func (s *Session) startTLS(arg []byte) *smtp.Reply {
	switch {
	case !s.cfg.startsTLS():
		return notImplemented
	case len(arg) > 0:
		return noArgument
	case s.secured():
		return tlsAlready
	}
	if err := s.host.StartTLS(); err != nil {
		if r := s.refusal(err); r != hostFault {
			return r
		}
		return tlsUnavailable
	}
	s.forget()
	s.upgrade = agreed
	return beginTLS
}

// upgrade is how far the way from STARTTLS to TLS is gone. Until it is, no octet is read as a command.
type upgrade uint8

const (
	noUpgrade upgrade = iota
	agreed            // 220 was said
	handshake         // the driver has taken over
)

// secured reports whether the conversation is protected by TLS.
func (s *Session) secured() bool { return s.tls != "" }

// forget makes the conversation what it was when it began: RFC 3207 §4.2. What it costs the client stays counted.
func (s *Session) forget() {
	s.reset()
	s.name, s.extended, s.user = "", false, ""
	s.line = lineReader{}
	s.state = min(s.state, trace.Connected)
}

// StartsTLS implements drive.Securable.
func (s *Session) StartsTLS() (early []byte, ok bool) {
	if s.upgrade != agreed || len(s.out) > 0 && !s.sent {
		return nil, false
	}
	early, s.held = s.held, nil
	s.upgrade = handshake
	return early, true
}

// Secured implements drive.Securable.
func (s *Session) Secured(state *tls.ConnectionState) {
	if s.Closed() {
		return
	}
	s.forget()
	s.upgrade = noUpgrade
	s.tls = tls.VersionName(state.Version) + ", " + tls.CipherSuiteName(state.CipherSuite)
}

// Unsecured implements drive.Securable. There is nobody who could be told.
func (s *Session) Unsecured(error) { s.Hangup() }
