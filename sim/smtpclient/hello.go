package smtpclient

import (
	"bytes"
	"strings"

	"smtplab/sim/sasl"
	"smtplab/sim/smtp"
)

// offers are what the server offers in its answer to EHLO and this client can use.
type offers struct {
	smtp.Extensions
	mechanisms uint8 // bit i stands for sasl.Mechanisms[i]
	recipients int   // in one transaction; 0 for no limit that the server tells: RFC 9422 §4.2
	mails      int   // in one conversation, likewise: RFC 9422 §4.1
}

// add takes in a line of the reply to EHLO: RFC 5321 §4.1.1.1. What it does not know, it passes over.
func (o *offers) add(text []byte) {
	keyword, param, _ := bytes.Cut(text, space)
	var upper [len(smtp.ExtPipelining)]byte // the longest of those below
	if len(keyword) > len(upper) {
		return
	}
	for i, b := range keyword {
		if b >= 'a' && b <= 'z' {
			b -= 'a' - 'A'
		}
		upper[i] = b
	}
	switch string(upper[:len(keyword)]) {
	case smtp.ExtPipelining:
		o.Extensions |= smtp.WithPipelining
	case smtp.ExtSize:
		o.Extensions |= smtp.WithSize
	case smtp.Ext8BitMIME:
		o.Extensions |= smtp.With8BitMIME
	case smtp.ExtSMTPUTF8:
		o.Extensions |= smtp.WithSMTPUTF8
	case smtp.ExtDSN:
		o.Extensions |= smtp.WithDSN
	case smtp.ExtChunking:
		o.Extensions |= smtp.WithChunking
	case smtp.ExtBinaryMIME:
		o.Extensions |= smtp.WithBinaryMIME
	case smtp.ExtStartTLS:
		o.Extensions |= smtp.WithStartTLS
	case smtp.ExtAuth:
		o.Extensions |= smtp.WithAuth
		o.addMechanisms(param)
	case smtp.ExtLimits:
		o.Extensions |= smtp.WithLimits
		o.addLimits(param)
	}
}

// addMechanisms reads "SCRAM-SHA-256 PLAIN": RFC 4954 §3.
func (o *offers) addMechanisms(param []byte) {
	for word := range bytes.FieldsSeq(param) {
		for i, known := range sasl.Mechanisms {
			if len(word) == len(known) && strings.EqualFold(string(word), known) {
				o.mechanisms |= 1 << i
			}
		}
	}
}

// addLimits reads "RCPTMAX=100 MAILMAX=5". A limit that is no number from 1 to 999999 is none: RFC 9422 §3.
func (o *offers) addLimits(param []byte) {
	for word := range bytes.FieldsSeq(param) {
		name, value, _ := bytes.Cut(word, equals)
		n, ok := limit(value)
		switch {
		case !ok:
		case bytes.EqualFold(name, rcptMax):
			o.recipients = n
		case bytes.EqualFold(name, mailMax):
			o.mails = n
		}
	}
}

var equals, rcptMax, mailMax = []byte("="), []byte("RCPTMAX"), []byte("MAILMAX")

// leaveOut takes away what the client does without.
func (o *offers) leaveOut(these smtp.Extensions) {
	o.Extensions &^= these
	if these.Has(smtp.WithLimits) {
		o.recipients, o.mails = 0, 0
	}
}

func limit(value []byte) (n int, ok bool) {
	for i := range len(value) {
		if value[i] < '0' || value[i] > '9' || i == 6 {
			return 0, false
		}
		n = 10*n + int(value[i]-'0')
	}
	return n, n > 0
}

// greeting acts upon the server's first words: RFC 5321 §3.1.
func (c *Conversation) greeting(code int, text []byte) {
	if code/100 != 2 {
		c.refuse("The server does not take mail now.", keep(code, text))
		c.quit()
		return
	}
	c.sayHello(smtp.EHLO)
	c.stage = ehlo
}

func (c *Conversation) sayHello(verb string) {
	c.out = append(c.out, verb...)
	c.out = append(c.out, ' ')
	c.out = append(c.out, c.cfg.Hello...)
	c.out = append(c.out, '\r', '\n')
}

// ehlo acts upon the answer to EHLO. A server that does not know it is asked with HELO: RFC 5321 §3.2.
func (c *Conversation) ehlo(code int, text []byte) {
	switch {
	case code/100 == 2:
		c.offers.leaveOut(c.cfg.Without)
		c.introduced()
	case code == 500 || code == 502 || code == 504:
		c.sayHello(smtp.HELO)
		c.offers = offers{}
		c.stage = helo
	default:
		c.refuse("The server did not accept how the client introduced itself.", keep(code, text))
		c.quit()
	}
}

func (c *Conversation) helo(code int, text []byte) {
	if code/100 != 2 {
		c.refuse("The server did not accept how the client introduced itself.", keep(code, text))
		c.quit()
		return
	}
	c.introduced()
}

// introduced goes on once both know each other's names: with TLS, then with who the client is, then with the mail.
func (c *Conversation) introduced() {
	switch {
	case !c.result.Secure && c.cfg.TLS != TLSNever && c.offers.Has(smtp.WithStartTLS):
		c.out = append(c.out, "STARTTLS\r\n"...)
		c.stage = startTLS
	case !c.result.Secure && c.cfg.TLS == TLSRequired:
		c.refuse("The server does not offer STARTTLS, and the client is set to send nothing without TLS.", Reply{})
		c.quit()
	case c.cfg.Login != nil:
		c.logIn()
	default:
		c.begin()
	}
}
