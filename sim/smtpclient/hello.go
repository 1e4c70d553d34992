package smtpclient

import (
	"bytes"

	"smtplab/sim/smtp"
)

// offers are the extensions that the server offers and this client uses.
type offers struct{ size, eightBit, pipelining bool }

// add takes in a line of the reply to EHLO: RFC 5321 §4.1.1.1. What it does not know, it passes over.
func (o *offers) add(text []byte) {
	keyword, _, _ := bytes.Cut(text, []byte(" "))
	switch {
	case bytes.EqualFold(keyword, []byte(smtp.ExtSize)):
		o.size = true
	case bytes.EqualFold(keyword, []byte(smtp.Ext8BitMIME)):
		o.eightBit = true
	case bytes.EqualFold(keyword, []byte(smtp.ExtPipelining)):
		o.pipelining = true
	}
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
		c.begin()
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
	c.begin()
}
