package smtpclient

import (
	"strconv"

	"smtplab/sim/smtp"
)

// window is how many commands may be under way together. RFC 2920 §3.1: a client must not say so much without
// listening that neither side can go on; the answers to this many fit in what TCP keeps.
const window = 512

// begin begins the mail transaction: RFC 5321 §3.3.
func (c *Conversation) begin() {
	if c.is8Bit && !c.offers.eightBit {
		// RFC 6152 §3: without the extension only 7-bit content may be sent. This client does not convert.
		c.refuse("The message has characters that are not ASCII, and the server does not offer 8BITMIME.", Reply{})
		c.quit()
		return
	}
	c.stage = transaction
	c.goOn()
}

// verb is the command at a place of the transaction: MAIL, then a RCPT each, then DATA.
func (c *Conversation) verb(place int) string {
	switch {
	case place == 0:
		return smtp.MAIL
	case place <= len(c.mail.To):
		return smtp.RCPT
	case place == len(c.mail.To)+1:
		return smtp.DATA
	}
	return smtp.EOD
}

// goOn says the commands that may be said now, and goodbye if there are none left to say or to be answered.
func (c *Conversation) goOn() {
	for c.mayGoOn() {
		c.say(c.said)
		c.said++
	}
	if c.said == c.answered {
		c.quit()
	}
}

// mayGoOn reports whether the next command may be said before more is answered.
func (c *Conversation) mayGoOn() bool {
	underWay := c.said - c.answered
	switch verb := c.verb(c.said); {
	case c.result.Err != nil || verb == smtp.EOD:
		return false
	case underWay > 0:
		return c.cfg.Pipeline && c.offers.pipelining && underWay < window
	case verb == smtp.DATA && c.accepted == 0:
		c.refuse("The server refused every recipient.", c.result.Recipients[0].Reply)
		return false
	}
	return true
}

// say says a command of the transaction.
func (c *Conversation) say(place int) {
	switch verb := c.verb(place); verb {
	case smtp.MAIL:
		c.out = c.mail.From.AppendTo(append(c.out, "MAIL FROM:"...))
		if c.offers.size { // RFC 1870 §6
			c.out = strconv.AppendInt(append(c.out, " SIZE="...), int64(c.mail.size()), 10)
		}
		if c.is8Bit { // RFC 6152 §3
			c.out = append(c.out, " BODY=8BITMIME"...)
		}
	case smtp.RCPT:
		c.out = c.mail.To[place-1].AppendTo(append(c.out, "RCPT TO:"...))
	case smtp.DATA:
		c.out = append(c.out, "DATA"...)
	}
	c.out = append(c.out, '\r', '\n')
}

// transaction acts upon the answer to MAIL, RCPT or DATA, by its first digit: RFC 5321 §4.2.1.
func (c *Conversation) transaction(code int, text []byte) {
	verb, class := c.verb(c.answered), code/100
	if class == 3 != (verb == smtp.DATA) && class <= 3 {
		c.fail("The server gave an answer that does not fit the command "+verb+".", keep(code, text))
		return
	}
	switch verb {
	case smtp.MAIL:
		if class != 2 {
			c.refuse("The server did not accept the sender.", keep(code, text))
		}
	case smtp.RCPT:
		c.recipient(&c.result.Recipients[c.answered-1], keep(code, text))
	case smtp.DATA:
		c.data(class == 3, code, text)
	}
	c.answered++
	if c.stage == transaction {
		c.goOn()
	}
}

// recipient takes in the answer to one RCPT. A refused recipient does not spoil the accepted ones: RFC 5321 §3.3.
func (c *Conversation) recipient(r *RecipientResult, reply Reply) {
	r.Reply = reply
	if r.Accepted = reply.Positive(); r.Accepted {
		c.accepted++
	}
}

// data acts upon the answer to DATA. If DATA was in a group and nobody was accepted, the server should refuse it;
// if it says 354 all the same, RFC 2920 §3.1 wants a message of nothing but the final dot.
func (c *Conversation) data(goAhead bool, code int, text []byte) {
	switch {
	case c.result.Err != nil: // MAIL was refused
	case c.accepted == 0:
		c.refuse("The server refused every recipient.", c.result.Recipients[0].Reply)
	case !goAhead:
		c.refuse("The server did not want the message.", keep(code, text))
	}
	if goAhead {
		c.sending = true
		if c.result.Err == nil {
			c.content = c.mail.Content
		}
		c.stage = endOfData
	}
}
