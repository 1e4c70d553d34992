package smtpclient

// send writes what comes after the commands of the transaction: as much of the message as goes into one Output,
// and QUIT behind it. The end of the message is CRLF.CRLF exactly: RFC 5321 §4.1.1.4.
func (c *Conversation) send() {
	if c.sending {
		// Every CRLF may be followed by a dot, and each such dot becomes two: three octets grow to four.
		n := min(len(c.content), MaxOutput/4*3-8)
		c.out = c.dots.AppendTo(c.out, c.content[:n])
		c.content = c.content[n:]
		if len(c.content) > 0 {
			return
		}
		c.out = c.dots.End(c.out)
		c.sending = false
	}
	if c.leave {
		c.out = append(c.out, "QUIT\r\n"...)
		c.leave = false
	}
}
