package smtpclient

import (
	"cmp"
	"strconv"
)

// send writes what comes after the commands of the transaction: as much of the message as goes into one Output, the
// commands that had to wait for its end, and QUIT behind it.
func (c *Conversation) send() {
	switch {
	case !c.sending:
	case c.chunks > 0:
		c.sendChunk()
	default:
		c.sendData()
	}
	if !c.sending && c.stage == transaction {
		c.goOn()
	}
	if c.leave && !c.sending {
		c.out = append(c.out, "QUIT\r\n"...)
		c.leave = false
	}
}

// sendData writes a message behind DATA, which ends with CRLF.CRLF exactly: RFC 5321 §4.1.1.4.
func (c *Conversation) sendData() {
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

// chunkSize is how large a chunk is.
func (c *Conversation) chunkSize() int { return cmp.Or(max(c.cfg.Chunk, 0), DefaultChunk) }

// sayChunk says how many octets the n-th chunk has, from 0; they are sent after the commands: RFC 3030 §2.
func (c *Conversation) sayChunk(n int) {
	size := c.chunkSize()
	c.content = c.message[n*size : min(len(c.message), (n+1)*size)]
	c.sending = len(c.content) > 0
	c.out = strconv.AppendInt(append(c.out, "BDAT "...), int64(len(c.content)), 10)
	if n == c.chunks-1 {
		c.out = append(c.out, " LAST"...)
	}
}

// sendChunk writes the octets of a chunk as they are. What was announced is sent whatever the server says meanwhile: it
// counts them.
func (c *Conversation) sendChunk() {
	n := min(len(c.content), MaxOutput)
	c.out = append(c.out, c.content[:n]...)
	c.content = c.content[n:]
	c.sending = len(c.content) > 0
}

// isLastChunk reports whether a place of the transaction is that of the chunk that ends the message.
func (c *Conversation) isLastChunk(place int) bool { return c.chunks > 0 && place == c.rcpts+c.chunks }

// chunk acts upon the answer to a chunk, and reports whether it was the last, whose answer is that to the message. One that
// is refused ends the transaction, and no more of them are said: RFC 3030 §2.
func (c *Conversation) chunk(code int, text []byte) (last bool) {
	last = c.isLastChunk(c.answered)
	if last || code/100 != 2 {
		c.conclude(code, text)
	}
	c.open = c.open && !last
	return last
}
