package smtpserver

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"

	"smtplab/sim/sasl"
	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// accounts are whom AUTH can prove a client to be; nil when there is no AUTH.
func (s *Session) accounts() *sasl.Server {
	if !s.cfg.authenticates() {
		return nil
	}
	return s.host.SASL()
}

// auth answers AUTH, RFC 4954 §4: it begins an exchange of challenges and responses in which the client proves who it is.
func (s *Session) auth(arg []byte) *smtp.Reply {
	word, initial, given := bytes.Cut(arg, []byte(" "))
	mechanism := strings.ToUpper(string(word))
	accounts := s.accounts()
	switch {
	case accounts == nil:
		return notImplemented
	case mechanism == "":
		return mechanismMissing
	case s.state < trace.Greeted:
		return ehloFirst
	case s.user != "":
		return authDone
	case s.state > trace.Greeted:
		return authInMail
	case !slices.Contains(s.cfg.mechanisms(s.secured()), mechanism):
		return s.notOffered(mechanism)
	}
	s.exchange = accounts.Begin(mechanism)
	switch {
	case s.exchange == nil:
		return unknownMechanism
	case !given:
		return s.step(nil)
	case string(initial) == "=": // present, and empty
		return s.step([]byte{})
	}
	return s.stepEncoded(bytes.TrimLeft(initial, " "))
}

// notOffered refuses a mechanism that is not offered now.
func (s *Session) notOffered(mechanism string) *smtp.Reply {
	if slices.Contains(s.cfg.mechanisms(true), mechanism) {
		return needsTLS
	}
	return unknownMechanism
}

// receiveResponse answers a line in an exchange. Every line is a response there, whatever verb it looks like.
func (s *Session) receiveResponse(line []byte, size int) {
	var reply *smtp.Reply
	switch {
	case size > smtp.MaxAuthLine:
		reply = s.failAuth(responseTooLong)
	case string(line) == "*":
		reply = s.failAuth(authCancelled)
	default:
		reply = s.stepEncoded(line)
	}
	s.conclude(smtp.AUTH, reply)
}

// stepEncoded is step with a response in base64. RFC 4954 §4 wants everything refused that is not exactly that; Go's
// decoder lets line ends pass.
func (s *Session) stepEncoded(encoded []byte) *smtp.Reply {
	response, err := base64.StdEncoding.Strict().AppendDecode([]byte{}, encoded)
	if err != nil || bytes.ContainsAny(encoded, "\r\n") {
		return s.failAuth(notBase64)
	}
	return s.step(response)
}

// step takes a response, nil for none yet, and answers with the next challenge or the outcome.
func (s *Session) step(response []byte) *smtp.Reply {
	challenge, done, err := s.exchange.Next(response)
	switch {
	case err == sasl.ErrCredentials:
		s.failures++
		if s.failures > s.cfg.maxAuthFailures() {
			return s.failAuth(tooManyFailures)
		}
		return s.failAuth(wrongCredentials)
	case err != nil:
		return s.failAuth(wrongMechanics)
	case done:
		user := s.exchange.User()
		s.leaveExchange()
		s.user = user
		return authenticated
	}
	s.state = trace.Authenticating
	r := s.answer(334, none, rfc4954("4"), base64.StdEncoding.EncodeToString(challenge))
	r.Next = smtp.ReadAuth
	return r
}

// failAuth ends an exchange with a refusal.
func (s *Session) failAuth(r *smtp.Reply) *smtp.Reply {
	s.leaveExchange()
	return r
}

func (s *Session) leaveExchange() {
	s.exchange = nil
	s.line.shrink()
	s.state = min(s.state, trace.Greeted)
}
