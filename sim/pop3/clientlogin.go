package pop3

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"smtplab/sim/sasl"
)

// offer is what CAPA told of the server; the zero value when the server does not know CAPA.
type offer struct {
	told       bool
	pipelining bool
	user       bool // USER and PASS
	stls       bool
	utf8       bool
	utf8Names  bool
	sasl       []string
}

// add takes in a line of CAPA's answer. Case does not matter: RFC 2449 §3.
func (o *offer) add(line []byte) {
	word, rest, _ := bytes.Cut(line, space)
	is := func(capability string) bool { return bytes.EqualFold(word, []byte(capability)) }
	switch {
	case is("PIPELINING"):
		o.pipelining = true
	case is("USER"):
		o.user = true
	case is("STLS"):
		o.stls = true
	case is("SASL"):
		o.sasl = strings.Fields(strings.ToUpper(string(rest)))
	case is("UTF8"):
		o.utf8, o.utf8Names = true, bytes.EqualFold(rest, []byte("USER"))
	}
}

// introduced goes on when the server has said what it offers: with TLS, or with the login.
func (c *Client) introduced() {
	switch {
	case c.login.TLS == TLSNever || c.tls == secured:
		c.logIn()
	case c.offer.stls:
		c.next("STLS")
	case c.login.TLS == TLSRequired:
		c.giveUp("The server offers no TLS, so the program does not log in.", nil)
	default:
		c.logIn()
	}
}

// StartsTLS implements drive.Securable.
func (c *Client) StartsTLS() (early []byte, ok bool) {
	if c.tls != goAhead || c.taken < len(c.out) {
		return nil, false
	}
	early = c.early
	c.tls, c.early = handshake, nil
	return early, true
}

// Secured implements drive.Securable. After STLS what the server offers is asked again: RFC 2595 §4.
func (c *Client) Secured(*tls.ConnectionState) {
	c.tls, c.early = secured, nil
	if c.greeted {
		c.offer = offer{}
		c.next("CAPA")
		c.goOn()
	}
}

// Unsecured implements drive.Securable.
func (c *Client) Unsecured(err error) {
	text := "TLS with the server could not begin, and without it the program does not go on"
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) {
		text = "The server could not prove who it is, so the program does not go on"
	}
	c.fail(text+": "+visible([]byte(err.Error()))+".", nil)
}

// logIn plans the login in the best way that both sides have.
func (c *Client) logIn() {
	c.exchange = c.newExchange()
	if c.exchange == nil && !c.saysPassword() {
		c.giveUp("There is no way to log in that this program may use and the server takes.", nil)
		return
	}
	if c.offer.utf8 && !c.plan.NoUTF8 {
		c.next("UTF8") // which comes after STLS and before the login: RFC 6856 §2.1
	}
	if c.exchange != nil {
		c.next("AUTH")
	} else {
		c.next("USER", "PASS")
	}
}

// isHidden reports whether nobody but the server hears what is said, as far as that matters.
func (c *Client) isHidden() bool { return c.tls == secured || !c.login.NotInClear }

// saysPassword reports whether USER and PASS can be used. A server that does not know CAPA is taken to know them.
func (c *Client) saysPassword() bool {
	return c.isHidden() && (c.offer.user || !c.offer.told) && c.login.isWord(c.offer.utf8Names)
}

// exchange is an exchange of AUTH: RFC 5034 §4.
type exchange struct {
	sasl.Client
	mechanism string
	initial   []byte // not said yet; nil when there is none
	broken    bool   // the client has given up
}

// newExchange begins an exchange by the strongest mechanism that both sides have and that may be used; nil when there
// is none.
func (c *Client) newExchange() *exchange {
	for _, mechanism := range sasl.Mechanisms {
		switch {
		case !slices.Contains(c.login.Mechanisms, mechanism) || !slices.Contains(c.offer.sasl, mechanism):
			continue
		case sasl.Readable(mechanism) && !c.isHidden():
			continue
		case mechanism == sasl.ScramSHA256 && c.login.Nonce == "":
			continue
		}
		client := sasl.NewClient(mechanism, c.login.User, c.login.Pass, c.login.Nonce)
		if client == nil {
			continue
		}
		if _, initial, err := client.Start(); err == nil {
			return &exchange{Client: client, mechanism: mechanism, initial: initial}
		}
	}
	return nil
}

// sayMechanism writes what stands behind AUTH: the mechanism, and the initial response if the line can hold it.
func (c *Client) sayMechanism() {
	x := c.exchange
	c.out = append(append(c.out, ' '), x.mechanism...)
	if x.initial == nil {
		return
	}
	response := "="
	if len(x.initial) > 0 {
		response = base64.StdEncoding.EncodeToString(x.initial)
	}
	if len("AUTH  \r\n")+len(x.mechanism)+len(response) <= MaxLine {
		c.out = append(append(c.out, ' '), response...)
		x.initial = nil
	}
}

// challenged answers a challenge, or gives the exchange up, which the server has then to refuse.
func (c *Client) challenged(line []byte) {
	x := c.exchange
	if x.broken {
		c.fail("The server goes on with a login that the program has given up.", line)
		return
	}
	response, ok := x.respond(line[len("+ "):])
	if !ok {
		x.broken = true
		c.note("The server does not keep to the rules of "+x.mechanism+", or does not know the password itself.", line)
		c.out = append(c.out, "*\r\n"...)
		return
	}
	c.out = append(append(c.out, response...), crlf...)
}

// respond is the line that answers a challenge.
func (x *exchange) respond(line []byte) (response string, ok bool) {
	challenge, ok := decodeBase64(line)
	if !ok {
		return "", false
	}
	octets := x.initial
	if octets == nil {
		var err error
		if octets, err = x.Next(challenge); err != nil {
			return "", false
		}
	} else if len(challenge) > 0 {
		return "", false // the server was to wait for the client: RFC 5034 §4
	}
	x.initial = nil
	response = base64.StdEncoding.EncodeToString(octets)
	return response, len(response)+len(crlf) <= MaxResponse
}

// admitted goes on after +OK to AUTH, which counts only if the server has proved what it had to.
func (c *Client) admitted(line []byte) {
	if c.exchange.broken || !c.exchange.Proven() {
		c.fail("The server says that the login is complete without having proved that it knows the password.", line)
		return
	}
	c.next("STAT", "UIDL")
}

// speakable reports whether there is any way to say the name and the password.
func (l *Login) speakable() bool {
	for _, s := range [...]string{l.User, l.Pass} {
		if s == "" || len("USER ")+len(s)+len("\r\n") > MaxLine || !isText([]byte(s)) {
			return false
		}
	}
	return true
}

// isWord reports whether USER and PASS can say them: the name is one word, and UTF-8 is for servers that take it.
func (l *Login) isWord(utf8 bool) bool {
	return !strings.Contains(l.User, " ") && (utf8 || isASCII([]byte(l.User+l.Pass)))
}
