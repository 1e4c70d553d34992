package smtpclient

import (
	"bytes"

	"smtplab/sim/smtp"
)

// Limits of what a client takes from a server. The line's is four times that of RFC 5321 §4.5.3.1.5; a challenge may be
// longer: RFC 4954 §4.
const (
	maxLine      = 4 * smtp.MaxReplyLine
	maxChallenge = 12288   // with CRLF; an answer to one, too
	maxLines     = 256     // of one reply
	maxText      = 4 << 10 // octets of a reply's text that are kept
)

// Receive takes octets of the server, in any pieces. p is not kept.
func (c *Conversation) Receive(p []byte) {
	for len(p) > 0 && c.stage < goAhead {
		end := bytes.IndexByte(p, '\n') + 1
		if end == 0 {
			end = len(p)
		}
		c.receiveLine(p[:end])
		p = p[end:]
	}
	if c.stage == goAhead {
		c.early = append(c.early, p[:min(len(p), maxLine-len(c.early))]...)
	}
}

// receiveLine takes octets up to an LF, or as far as there are any.
func (c *Conversation) receiveLine(line []byte) {
	if n := len(c.line) + len(line); n > maxLine && (c.stage != auth || n > maxChallenge) {
		c.fail("The server sent a line without end.", Reply{})
		return
	}
	if len(c.line) > 0 || line[len(line)-1] != '\n' {
		c.line = append(c.line, line...)
		line = c.line
	}
	switch {
	case bytes.HasSuffix(line, crlf):
		c.replyLine(line[:len(line)-2])
		c.line = c.line[:0]
	case line[len(line)-1] == '\n':
		c.fail("The server ended a line with LF alone; SMTP lines end with CR LF.", Reply{})
	}
}

// replyLine takes in one line of a reply. A reply is complete, and acted upon, with the line that has a space
// after its code: RFC 5321 §4.2.1.
func (c *Conversation) replyLine(line []byte) {
	code, more, text, err := smtp.ParseReplyLine(line)
	if err != nil || c.code != 0 && code != c.code {
		c.fail("The server sent something that is no SMTP reply.", Reply{})
		return
	}
	if c.lines++; c.lines > maxLines {
		c.fail("The server sent a reply without end.", Reply{})
		return
	}
	switch {
	case c.stage == ehlo && code/100 == 2: // a list; its text is not kept
		if c.lines > 1 {
			c.offers.add(text)
		}
	case more || c.lines > 1:
		text = c.gather(text)
	}
	c.code = code
	if !more {
		c.code, c.lines, c.text = 0, 0, c.text[:0]
		c.reply(code, text)
	}
}

// gather collects the text of a reply of several lines.
func (c *Conversation) gather(line []byte) []byte {
	if c.lines > 1 {
		c.text = append(c.text, '\n')
	}
	c.text = append(c.text, line[:min(len(line), max(0, maxText-len(c.text)))]...)
	return c.text
}

// reply acts upon a reply. text is valid during the call.
func (c *Conversation) reply(code int, text []byte) {
	switch {
	case code == 421 && c.stage != quit: // RFC 5321 §3.8: at any time
		c.shutDown(keep(code, text))
	case c.stage == greeting:
		c.greeting(code, text)
	case c.stage == ehlo:
		c.ehlo(code, text)
	case c.stage == helo:
		c.helo(code, text)
	case c.stage == startTLS:
		c.startTLS(code, text)
	case c.stage == auth:
		c.auth(code, text)
	case c.stage == transaction:
		c.transaction(code, text)
	case c.stage == endOfData:
		c.endOfData(code, text)
	case c.stage == quit:
		c.finish()
	}
}

// keep makes a Reply of a reply that is worth keeping.
func keep(code int, text []byte) Reply {
	for i, b := range text {
		if (b < ' ' || b > '~') && b != '\n' {
			text = bytes.Clone(text)
			for j := i; j < len(text); j++ {
				if (text[j] < ' ' || text[j] > '~') && text[j] != '\n' {
					text[j] = '?'
				}
			}
			break
		}
	}
	return Reply{code, string(text)}
}
