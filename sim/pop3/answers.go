package pop3

import (
	"bytes"
	"fmt"
	"math"
	"slices"

	"smtplab/sim/smtp"
)

// Receive takes octets of the server, in any pieces. p is not kept. Nothing that the server says of sizes or
// counts is relied on, and what it says against the grammar ends the conversation.
func (c *Client) Receive(p []byte) {
	for len(p) > 0 && !c.over {
		switch {
		case c.tls == goAhead || c.tls == handshake:
			c.early, p = append(c.early, p...), nil
		case c.reading:
			p = c.receiveText(p)
		default:
			p = c.receiveLine(p)
		}
	}
}

// receiveLine completes a line and takes it in.
func (c *Client) receiveLine(p []byte) (rest []byte) {
	end := bytes.IndexByte(p, '\n') + 1
	if end == 0 {
		end = len(p)
	}
	if len(c.line)+end > c.maxLine() {
		c.fail(fmt.Sprintf("The server sent a line of more than %d characters, which POP3 does not allow.", c.maxLine()), nil)
		return nil
	}
	line := p[:end]
	if len(c.line) > 0 || line[end-1] != '\n' {
		c.line = append(c.line, line...)
		line = c.line
	}
	switch {
	case bytes.HasSuffix(line, crlf):
		c.line = c.line[:0]
		c.takeLine(line[:len(line)-2])
	case line[len(line)-1] == '\n':
		c.fail("The server ended a line with LF alone; POP3 lines end with CR LF.", nil)
	}
	return p[end:]
}

// maxLine is how long a line of the server may be now.
func (c *Client) maxLine() int {
	if c.Expects() == "AUTH" {
		return MaxResponse
	}
	return MaxReply
}

// receiveText takes in a part of a message.
func (c *Client) receiveText(p []byte) (rest []byte) {
	if need := len(c.content) + len(p); need > cap(c.content) {
		c.content = slices.Grow(c.content, need) // doubled: a big message comes in many pieces
	}
	var n int
	c.content, n = c.text.Read(c.content, p)
	switch {
	case c.text.Octets() > c.maxOctets():
		c.fail("The server sent a message that is bigger than this client takes.", nil)
	case c.text.Done():
		c.result.Messages = append(c.result.Messages, Fetched{c.steps[c.answered].uid, bytes.Clone(c.content)})
		c.result.Waiting--
		c.content, c.reading = c.content[:0], false
		c.answered++
		c.goOn()
	}
	return p[n:]
}

func (c *Client) maxOctets() int64 {
	if c.plan.MaxOctets > 0 {
		return c.plan.MaxOctets
	}
	return maxFetched
}

// takeLine takes in a line of a listing or the first line of an answer, and says what may be said then.
func (c *Client) takeLine(line []byte) {
	defer c.goOn()
	if c.listing {
		c.listed(line)
		return
	}
	status := ParseStatus(line)
	switch {
	case status == Challenge && c.Expects() == "AUTH":
		c.challenged(line)
	case status != OK && status != Err:
		c.fail("The server sent something that is no POP3 answer.", line)
	case !c.greeted:
		c.greeting(status == OK, line)
	case c.answered == c.said:
		c.fail("The server said something although it was not asked.", line)
	default:
		c.answer(c.steps[c.answered].verb, status == OK, line)
	}
}

func (c *Client) greeting(ok bool, line []byte) {
	c.greeted = true
	if !ok {
		c.fail("The server is not ready.", line)
		return
	}
	c.next("CAPA")
}

// answer takes in the answer to a command, or its first line.
func (c *Client) answer(verb string, ok bool, line []byte) {
	switch {
	case !ok:
		c.answered++
		c.refused(verb, line)
	case verb == "RETR":
		c.reading = true
		c.text = smtp.DataReader{Limit: c.maxOctets()}
	case verb == "CAPA" || verb == "UIDL":
		c.listing = true
	default:
		c.answered++
		c.granted(verb, line)
	}
}

// granted goes on after +OK to a command whose answer is one line.
func (c *Client) granted(verb string, line []byte) {
	switch verb {
	case "STLS":
		c.tls = goAhead
	case "AUTH":
		c.admitted(line)
	case "PASS":
		if c.result.Err == nil {
			c.next("STAT", "UIDL")
		}
	case "DELE":
		c.doomed = append(c.doomed, c.steps[c.answered-1].uid)
	case "QUIT":
		c.result.Deleted = c.doomed
		c.finish()
	}
}

// refused goes on after -ERR.
func (c *Client) refused(verb string, line []byte) {
	switch verb {
	case "CAPA": // RFC 2449 is younger than RFC 1939: a server need not know it
		c.introduced()
	case "STLS":
		c.giveUp("The server offers TLS and then refuses it, so the program does not log in.", line)
	case "USER", "PASS", "AUTH":
		c.giveUp(loginRefusal(line), line)
	case "STAT", "UIDL":
		c.giveUp("The server does not say which messages it has.", line)
	case "RETR":
		if bytes.HasPrefix(line, []byte("-ERR [UTF8]")) {
			c.note("A message has UTF-8 in its header. The server hands it out to programs that say UTF8 only.", line)
		}
		c.note("The server did not hand out a message.", line)
	case "DELE":
		c.note("The server did not delete a message.", line)
	case "QUIT":
		if len(c.doomed) > 0 {
			c.note("The server did not remove the deleted messages.", line)
		}
		c.finish()
	}
}

func loginRefusal(line []byte) string {
	switch {
	case bytes.HasPrefix(line, []byte("-ERR [AUTH]")):
		return "The server did not accept this user name with this password."
	case bytes.HasPrefix(line, []byte("-ERR [IN-USE]")):
		return "The mailbox is open in another conversation, so try again when that is over."
	}
	return "The server refused the login."
}

// listed takes in a line of the answer to CAPA or UIDL, or its end.
func (c *Client) listed(line []byte) {
	verb := c.steps[c.answered].verb
	if string(line) == "." {
		c.listing = false
		c.answered++
		switch {
		case verb == "CAPA":
			c.offer.told = true
			c.introduced()
		case c.result.Err == nil:
			c.planTransfer()
		}
		return
	}
	line = bytes.TrimPrefix(line, []byte("."))
	if verb == "CAPA" {
		c.offer.add(line)
		return
	}
	number, uid, _ := bytes.Cut(line, space)
	n, ok := parseNumber(number)
	if !ok || n == 0 || n == math.MaxInt || !isUniqueID(uid) {
		c.fail("The server sent a list of messages that makes no sense.", line)
		return
	}
	if len(c.entries) == maxEntries {
		c.fail("The server sent a list of messages without end.", nil)
		return
	}
	c.entries = append(c.entries, entry{n, string(uid)})
}

// isUniqueID reports whether uid is 1 to 70 characters of 0x21 to 0x7E: RFC 1939 §7.
func isUniqueID(uid []byte) bool {
	return len(uid) >= 1 && len(uid) <= 70 && printable(uid) && bytes.IndexByte(uid, ' ') < 0
}
