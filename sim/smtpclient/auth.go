package smtpclient

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"

	"smtplab/sim/sasl"
	"smtplab/sim/smtp"
)

// Login is who the client is, and how it may prove it: RFC 4954. A client that has one sends no mail before the server
// believes it.
type Login struct {
	User, Password string
	Mechanisms     []string      // that may be used, of sasl.Mechanisms; empty for all
	InClear        bool          // a password may be said where everybody on the way can read it: for a lesson about that
	Nonce          func() string // what SCRAM takes for random, printable ASCII without a comma; SCRAM is not used without
}

// exchange is a login that goes on.
type exchange struct {
	client  sasl.Client
	initial []byte // a first response that was too long for the command; nil when there is none
	given   bool   // the client has cancelled
}

// logIn says AUTH, with the strongest mechanism that both sides have.
func (c *Conversation) logIn() {
	mechanism, client := c.mechanism()
	if client == nil {
		c.refuse(c.noMechanism(), Reply{})
		c.quit()
		return
	}
	_, initial, err := client.Start()
	if err != nil {
		c.refuse("The client cannot log in with "+mechanism+" by that name and password.", Reply{})
		c.quit()
		return
	}
	c.login = &exchange{client: client}
	c.stage = auth
	begin := len(c.out)
	c.out = append(append(c.out, "AUTH "...), mechanism...)
	switch {
	case initial == nil:
	case len(initial) == 0:
		c.out = append(c.out, " ="...)
	case len(c.out)-begin+len(" \r\n")+base64.StdEncoding.EncodedLen(len(initial)) <= smtp.MaxCommandLine:
		c.out = base64.StdEncoding.AppendEncode(append(c.out, ' '), initial)
	default: // RFC 4954 §4: it waits for an empty challenge
		c.login.initial = initial
	}
	c.out = append(c.out, '\r', '\n')
}

// mechanism is the strongest that the server offers and the client may use. One that lets everybody on the way read the
// password needs TLS: RFC 4954 §4.
func (c *Conversation) mechanism() (string, sasl.Client) {
	if !c.offers.Has(smtp.WithAuth) {
		return "", nil
	}
	l := c.cfg.Login
	for i, m := range sasl.Mechanisms {
		switch {
		case c.offers.mechanisms&(1<<i) == 0,
			len(l.Mechanisms) > 0 && !slices.Contains(l.Mechanisms, m),
			sasl.Readable(m) && !c.result.Secure && !l.InClear,
			m == sasl.ScramSHA256 && l.Nonce == nil:
			continue
		}
		nonce := ""
		if m == sasl.ScramSHA256 {
			nonce = l.Nonce()
		}
		if client := sasl.NewClient(m, l.User, l.Password, nonce); client != nil {
			return m, client
		}
	}
	return "", nil
}

// noMechanism is why there is none.
func (c *Conversation) noMechanism() string {
	if !c.offers.Has(smtp.WithAuth) {
		return "The server does not offer AUTH, and the client is set to log in before it sends mail."
	}
	for i, m := range sasl.Mechanisms {
		if c.offers.mechanisms&(1<<i) != 0 && sasl.Readable(m) && !c.result.Secure && !c.cfg.Login.InClear {
			return "Without TLS everybody on the way could read the password, so the client did not say it."
		}
	}
	return "The server and the client have no way to log in in common."
}

// auth acts upon the answer to AUTH, or to what the client said after a challenge: RFC 4954 §4.
func (c *Conversation) auth(code int, text []byte) {
	switch class := code / 100; {
	case class == 3 && code != 334 || class == 3 && c.login.given:
		c.misfit(keep(code, text))
		return
	case class == 3:
		c.challenge(text)
		return
	case c.login.given: // and the reason is known
	case class == 2 && c.login.client.Proven():
		c.login = nil
		c.begin()
		return
	case class == 2:
		c.refuse("The server says that the login succeeded, but has not proved that it knows the password: it may be an impostor.", keep(code, text))
	default:
		c.refuse(loginWords(code), keep(code, text))
	}
	c.quit()
}

// challenge answers a challenge, or cancels with "*" when it makes no sense.
func (c *Conversation) challenge(text []byte) {
	response, ok := c.respond(text)
	if !ok || base64.StdEncoding.EncodedLen(len(response))+len("\r\n") > maxChallenge {
		c.refuse("The server did not keep to the rules of the login, so the client broke it off.", keep(334, text))
		c.login.given = true
		c.out = append(c.out, "*\r\n"...)
		return
	}
	c.out = append(base64.StdEncoding.AppendEncode(c.out, response), '\r', '\n')
}

// respond is the answer to a challenge in base64.
func (c *Conversation) respond(text []byte) (response []byte, ok bool) {
	challenge, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil || bytes.ContainsAny(text, "\r\n") {
		return nil, false
	}
	if initial := c.login.initial; initial != nil {
		c.login.initial = nil
		return initial, len(challenge) == 0
	}
	response, err = c.login.client.Next(challenge)
	return response, err == nil
}

// loginWords is why a server refuses a login, by its code: RFC 4954 §6.
func loginWords(code int) string {
	switch code {
	case 535:
		return "The server did not accept the name and the password."
	case 534:
		return "The server finds this way to log in too weak."
	case 538:
		return "The server wants TLS before this way to log in."
	case 432:
		return "The server wants the password to be changed first."
	case 454:
		return "The server cannot check the password now."
	}
	return "The server did not let the client log in."
}

// check reports whether the name and the password can be said at all.
func (l *Login) check() error {
	if l != nil && (l.User == "" || l.Password == "" || strings.ContainsRune(l.User+l.Password, 0)) {
		return ErrLogin
	}
	return nil
}
