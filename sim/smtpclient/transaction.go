package smtpclient

import (
	"cmp"
	"strconv"

	"smtplab/sim/smtp"
)

// window is how many commands may be under way together. RFC 2920 §3.1: a client must not say so much without
// listening that neither side can go on; the answers to this many fit in what TCP keeps.
const window = 512

// begin begins the mail transaction, if the server can take the message at all: RFC 5321 §3.3.
func (c *Conversation) begin() {
	if !c.prepare() {
		c.quit()
		return
	}
	c.stage = transaction
	c.beginNext()
}

// beginNext begins a transaction for the recipients that the server is still to be told, or for as many as it takes at
// once (RFC 9422 §4.2). What a transaction has left behind that did not come to its end is cleared with RSET.
func (c *Conversation) beginNext() {
	c.stage = transaction
	c.said, c.answered = 0, 0
	if c.open {
		c.said, c.answered = -1, -1
	}
	c.mails++
	c.accepted, c.toSay, c.toAnswer = 0, 0, 0
	c.rcpts = min(c.waiting, cmp.Or(c.offers.recipients, c.waiting))
	c.goOn()
}

// endTransaction goes on when everything that was said in the transaction is answered.
func (c *Conversation) endTransaction() {
	switch {
	case c.stopped():
	case c.waiting > 0 && c.mails == c.offers.mails: // RFC 9422 §4.1
		c.refuse("The server takes no further mail in one conversation.", Reply{})
	case c.waiting > 0:
		c.beginNext()
		return
	case c.taken == 0:
		c.refuseAt(smtp.RCPT, "The server refused every recipient.", c.result.Recipients[0].Reply)
	}
	c.quit()
}

// verb is the command at a place of the transaction: RSET at -1 where it is needed, MAIL at 0, then a RCPT each, then
// DATA or a BDAT for each chunk.
func (c *Conversation) verb(place int) string {
	switch {
	case place < 0:
		return smtp.RSET
	case place == 0:
		return smtp.MAIL
	case place <= c.rcpts:
		return smtp.RCPT
	case place <= c.rcpts+c.chunks:
		return smtp.BDAT
	case place == c.rcpts+1 && c.chunks == 0:
		return smtp.DATA
	}
	return smtp.EOD
}

// goOn says the commands that may be said now: none in the middle of a message. When there are none left to say or to
// be answered the transaction is over.
func (c *Conversation) goOn() {
	if c.sending {
		return
	}
	for c.mayGoOn() {
		c.say(c.said)
		c.said++
	}
	if c.said == c.answered {
		c.endTransaction()
	}
}

// mayGoOn reports whether the next command may be said before more is answered.
func (c *Conversation) mayGoOn() bool {
	underWay := c.said - c.answered
	switch verb := c.verb(c.said); {
	case c.stopped() || verb == smtp.EOD:
		return false
	case underWay > 0 && (!c.offers.Has(smtp.WithPipelining) || underWay >= window):
		return false
	case c.sending: // a chunk, which was said last
		return false
	case verb == smtp.DATA || verb == smtp.BDAT: // RFC 5321 §3.3: not for nobody
		return c.accepted > 0 || c.answered <= c.rcpts
	}
	return true
}

// say says a command of the transaction.
func (c *Conversation) say(place int) {
	switch verb := c.verb(place); verb {
	case smtp.MAIL:
		c.sayMail()
	case smtp.RCPT:
		c.sayRcpt()
	case smtp.BDAT:
		c.sayChunk(place - c.rcpts - 1)
	default:
		c.out = append(c.out, verb...)
	}
	c.out = append(c.out, '\r', '\n')
}

// sayMail says MAIL, with the parameters that the server knows and the mail needs.
func (c *Conversation) sayMail() {
	c.out = c.mail.From.AppendTo(append(c.out, "MAIL FROM:"...))
	if c.offers.Has(smtp.WithSize) { // RFC 1870 §6
		c.out = strconv.AppendInt(append(c.out, " SIZE="...), int64(c.size()), 10)
	}
	switch c.octets {
	case eightBit: // RFC 6152 §3
		c.out = append(c.out, " BODY=8BITMIME"...)
	case binary: // RFC 3030 §3
		c.out = append(c.out, " BODY=BINARYMIME"...)
	}
	if c.utf8 { // RFC 6531 §3.4
		c.out = append(c.out, " SMTPUTF8"...)
	}
	if c.mail.DSN != nil && c.offers.Has(smtp.WithDSN) {
		c.out = c.mail.DSN.appendMail(c.out)
	}
}

// sayRcpt says RCPT for the next recipient that the server is still to be told.
func (c *Conversation) sayRcpt() {
	for c.result.Recipients[c.toSay].state != untold {
		c.toSay++
	}
	r := &c.result.Recipients[c.toSay]
	c.out = r.Path.AppendTo(append(c.out, "RCPT TO:"...))
	if c.mail.DSN != nil && c.offers.Has(smtp.WithDSN) {
		c.out = c.mail.DSN.appendRcpt(c.out, c.toSay)
	}
	r.state = told
	c.waiting--
	c.toSay++
}

// nextAnswered is the recipient whose answer comes next.
func (c *Conversation) nextAnswered() *RecipientResult {
	for c.result.Recipients[c.toAnswer].state != told {
		c.toAnswer++
	}
	return &c.result.Recipients[c.toAnswer]
}

// transaction acts upon the answer to a command of the transaction, by its first digit: RFC 5321 §4.2.1.
func (c *Conversation) transaction(code int, text []byte) {
	if c.said == c.answered { // what comes next waits for the rest of a message that was answered already
		c.fail("The server gave an answer before it was asked.", keep(code, text))
		return
	}
	verb, class := c.verb(c.answered), code/100
	if class == 3 != (verb == smtp.DATA) && class <= 3 {
		c.misfit(keep(code, text))
		return
	}
	switch verb {
	case smtp.RSET:
		if class != 2 {
			c.refuse("The server did not want to begin anew.", keep(code, text))
		}
	case smtp.MAIL:
		if c.open = class == 2; !c.open {
			c.refuse("The server did not accept the sender.", keep(code, text))
		}
	case smtp.RCPT:
		c.recipient(keep(code, text))
	case smtp.DATA:
		c.data(class == 3, code, text)
	case smtp.BDAT:
		if last := c.chunk(code, text); last {
			c.endTransaction()
			return
		}
	}
	c.answered++
	if c.stage == transaction {
		c.goOn()
	}
}

// recipient takes in the answer to one RCPT. A refused recipient does not spoil the accepted ones: RFC 5321 §3.3. One
// that was too many waits for the next transaction: §4.5.3.1.10.
func (c *Conversation) recipient(reply Reply) {
	r := c.nextAnswered()
	r.Reply = reply
	switch {
	case reply.Positive():
		r.state, r.Accepted = granted, true
		c.accepted++
	case c.accepted > 0 && reply.isTooMany():
		r.state = untold
		c.waiting++
		c.rcpts = min(c.rcpts, max(c.said-1, 0)) // there is no point in more
	default:
		r.state = settled
	}
}

// isTooMany reports whether a recipient was refused because there were too many before it. Servers of old said 552; an
// enhanced code can tell that something else is full (RFC 3463 §3.6).
func (r Reply) isTooMany() bool {
	e := r.Enhanced()
	return (r.Code == 452 || r.Code == 552) && (e.IsZero() || e.Subject == 5 && e.Detail == 3)
}

// data acts upon the answer to DATA. If DATA was in a group and nobody was accepted, the server should refuse it;
// if it says 354 all the same, RFC 2920 §3.1 wants a message of nothing but the final dot.
func (c *Conversation) data(goAhead bool, code int, text []byte) {
	if !goAhead && c.accepted > 0 {
		c.refuse("The server did not want the message.", keep(code, text))
	}
	if goAhead {
		c.sending = true
		if c.accepted > 0 && !c.stopped() {
			c.content = c.message
		}
		c.stage = endOfData
	}
}

// endOfData acts upon the answer to the message. What was begun is over whatever the answer is: RFC 5321 §4.1.1.4.
func (c *Conversation) endOfData(code int, text []byte) {
	c.open = false
	c.conclude(code, text)
	c.endTransaction()
}

// conclude keeps the answer to the message, if there was one. It settles the matter for all recipients that were
// accepted.
func (c *Conversation) conclude(code int, text []byte) {
	if c.accepted == 0 || c.stopped() {
		return
	}
	c.result.Final = keep(code, text)
	for i := range c.result.Recipients {
		r := &c.result.Recipients[i]
		if r.state != granted {
			continue
		}
		r.state, r.Final = settled, c.result.Final
		if r.Taken() {
			c.taken++
		}
	}
	if code/100 != 2 {
		c.refuse("The server did not take the message.", c.result.Final)
	}
}
