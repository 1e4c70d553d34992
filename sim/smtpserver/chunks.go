package smtpserver

import (
	"strconv"

	"smtplab/sim/rfc"
	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// chunk is a part of a message that is coming in: RFC 3030 §2.
type chunk struct {
	left    int64 // octets that are still to come
	last    bool
	refused *smtp.Reply // why none of it is kept; nil if all of it is
}

// bdat answers BDAT, RFC 3030 §2, unless octets follow: then they are read first, whatever the answer will be. A size
// that is more than can be counted would have everything read as the chunk for ever, so the conversation ends.
func (s *Session) bdat(arg []byte) *smtp.Reply {
	if !s.cfg.offers(smtp.WithChunking) {
		return notImplemented
	}
	size, last, err := smtp.ParseBDAT(arg)
	switch {
	case size < 0:
		return countless
	case size == 0 && err != nil:
		return s.syntaxError(err, none, rfc3030("2"))
	}
	s.chunk = chunk{left: size, last: last}
	if err != nil {
		s.chunk.refused = s.syntaxError(err, none, rfc3030("2"))
	} else {
		s.chunk.refused = s.beginChunk(size)
	}
	if size == 0 {
		s.endChunk()
	}
	return nil
}

// beginChunk makes ready for a chunk. It returns the reply that refuses it, or nil.
func (s *Session) beginChunk(size int64) *smtp.Reply {
	if refused := s.barred(smtp.BDAT); refused != nil {
		return refused
	}
	switch {
	case s.state < trace.RcptGiven:
		return s.tooEarly()
	case s.state == trace.RcptGiven:
		s.content, s.chunked = s.received(), 0
	}
	if size > s.cfg.maxSize()-s.chunked {
		return s.tooBig()
	}
	s.chunked += size
	return nil
}

// receiveChunk takes octets of a chunk, and answers if its end is among them.
func (s *Session) receiveChunk(p []byte) int {
	n := int(min(int64(len(p)), s.chunk.left))
	if s.chunk.refused == nil {
		s.content = append(s.content, p[:n]...)
	}
	s.chunk.left -= int64(n)
	s.octets += uint64(n)
	if s.chunk.left == 0 {
		s.endChunk()
	}
	return n
}

// endChunk answers a chunk. The answer to the last one is that to the message.
func (s *Session) endChunk() {
	c := s.chunk
	s.chunk = chunk{}
	switch {
	case c.refused != nil && c.last:
		s.conclude(smtp.EOD, c.refused)
	case c.refused != nil:
		s.conclude(smtp.BDAT, c.refused)
	case c.last:
		s.conclude(smtp.EOD, s.endOfChunks())
	default:
		s.state = trace.InChunks
		s.conclude(smtp.BDAT, s.answer(250, code(2, 0, 0), rfc3030("2"),
			strconv.FormatInt(s.chunked, 10)+" octets of the message are here"))
	}
}

// endOfChunks ends the mail transaction. Only a message that was announced as binary may hold any octets.
func (s *Session) endOfChunks() *smtp.Reply {
	var faults smtp.Faults
	if !s.env.Binary {
		faults = smtp.FaultsOf(s.content)
	}
	return s.endOfMessage(s.chunked, faults)
}

func rfc3030(section string) rfc.Ref { return rfc.Ref{Doc: 3030, Section: section} }
