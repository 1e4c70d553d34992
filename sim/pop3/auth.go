package pop3

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"smtplab/sim/sasl"
	"smtplab/sim/trace"
)

// mechanisms are those that AUTH takes now.
func (s *Session) mechanisms() []string {
	mechanisms := s.cfg.AuthInClear
	if s.tls == secured {
		mechanisms = s.cfg.Auth
	}
	if len(mechanisms) == 0 || s.host.SASL() == nil {
		return nil
	}
	return mechanisms
}

// auth answers AUTH mechanism [initial-response]: RFC 5034 §4.
func (s *Session) auth(arg []byte) {
	if s.loggedIn() {
		return
	}
	mechanisms := s.mechanisms()
	if mechanisms == nil {
		s.err(notOffered)
		return
	}
	word, initial, given := bytes.Cut(arg, space)
	mechanism := strings.ToUpper(string(word))
	if !slices.Contains(mechanisms, mechanism) {
		s.err("AUTH needs a mechanism that CAPA lists now")
		return
	}
	var response []byte
	if given {
		var ok bool
		if response, ok = initialResponse(initial); !ok {
			s.err(notBase64)
			return
		}
	}
	if s.exchange = s.host.SASL().Begin(mechanism); s.exchange == nil {
		s.err("this mechanism is not known here")
		return
	}
	s.step(response)
}

// response takes the client's answer to a challenge. A lone asterisk gives up: RFC 5034 §4.
func (s *Session) response(line []byte) {
	if string(line) == "*" {
		s.err("given up, as you wish")
		return
	}
	response, ok := decodeBase64(line)
	if !ok {
		s.err(notBase64)
		return
	}
	s.step(response)
}

// step goes on with the exchange.
func (s *Session) step(response []byte) {
	challenge, done, err := s.exchange.Next(response)
	switch {
	case errors.Is(err, sasl.ErrCredentials):
		s.wrongLogin()
	case err != nil:
		s.err("this is not what the mechanism allows")
	case done:
		s.login(s.host.Open(s.exchange.User()))
	case len("+ ")+base64.StdEncoding.EncodedLen(len(challenge))+len("\r\n") > MaxResponse:
		s.err("what you sent makes the next challenge too long")
	default:
		s.state = trace.Authenticating
		s.out = base64.StdEncoding.AppendEncode(append(s.out, "+ "...), challenge)
		s.end()
	}
}

const notBase64 = "this is not base64"

// initialResponse reads what stands behind the mechanism; "=" is a response of no octets: RFC 5034 §4.
func initialResponse(word []byte) (response []byte, ok bool) {
	if string(word) == "=" {
		return []byte{}, true
	}
	response, ok = decodeBase64(word)
	return response, ok && len(response) > 0
}

// decodeBase64 reads base64 as RFC 5034 §4 wants it read: nothing else may be in it, and padding at its end only. It
// is never nil when ok.
func decodeBase64(word []byte) (octets []byte, ok bool) {
	if bytes.ContainsAny(word, "\r\n") { // which package base64 skips
		return nil, false
	}
	octets, err := base64.StdEncoding.Strict().AppendDecode([]byte{}, word)
	return octets, err == nil
}
