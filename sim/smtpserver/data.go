package smtpserver

import (
	"bytes"

	"smtplab/sim/message"
	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// startData answers DATA, RFC 5321 §4.1.1.4: from now on octets are the message, up to CRLF.CRLF.
func (s *Session) startData(arg []byte) *smtp.Reply {
	switch {
	case len(arg) > 0:
		return noArgument
	case s.state < trace.RcptGiven:
		return s.tooEarly()
	case s.state == trace.InChunks:
		return chunksBegun
	case s.env.Binary:
		return binaryInChunks
	}
	s.content = s.received()
	s.data = smtp.DataReader{Limit: s.cfg.maxSize()}
	s.state = trace.InData
	return sendMessage
}

// tooEarly refuses a message for which there is no recipient yet.
func (s *Session) tooEarly() *smtp.Reply {
	switch {
	case s.state < trace.Greeted:
		return ehloFirst
	case s.state < trace.MailGiven:
		return mailFirst
	case s.refused:
		return noneAccepted
	}
	return rcptFirst
}

// A message gets room for what its client declared, up to a limit: a declaration costs the client nothing.
const (
	leastRoom = 2 << 10
	mostRoom  = 1 << 20
	traceRoom = 256 // about what the trace fields take
)

// received begins the content of a message with the trace field that every server adds, RFC 5321 §4.4. It names
// the recipient only if there is one, so that nobody learns of the others (§7.6).
func (s *Session) received() []byte {
	id, now := s.host.Stamp()
	s.env.ID = id
	field := message.Received{Helo: s.name, Addr: s.peer, By: s.cfg.Domain, With: s.env.With, ID: id, Date: now}
	if len(s.env.To) == 1 {
		field.For = s.env.To[0].Address()
	}
	var buf [traceRoom]byte
	fields := buf[:0]
	if s.cfg.FinalDelivery {
		fields = message.AppendReturnPath(fields, s.env.From.Address())
	}
	fields = message.AppendReceived(fields, field)
	room := leastRoom
	if s.env.Size > 0 {
		room = int(min(s.env.Size, mostRoom))
	}
	return append(make([]byte, 0, len(fields)+room), fields...)
}

// receiveData takes octets of the message, and answers if its end is among them.
func (s *Session) receiveData(p []byte) (n int) {
	s.content, n = s.data.Read(s.content, p)
	s.octets += uint64(n)
	if s.data.Done() {
		s.conclude(smtp.EOD, s.endOfMessage(s.data.Octets(), s.data.Faults()))
	}
	return n
}

// endOfMessage ends the mail transaction, with the message stored or refused.
func (s *Session) endOfMessage(octets int64, faults smtp.Faults) *smtp.Reply {
	env, content := s.env, s.content
	s.reset() // RFC 5321 §4.1.1.4: the buffers are cleared whatever comes of it
	if refused := s.inspect(octets, faults, content); refused != nil {
		return refused
	}
	if err := s.host.Deliver(env, content); err != nil {
		return s.refusal(err)
	}
	return s.answer(250, code(2, 0, 0), rfc5321("4.1.1.4"), "Accepted as "+env.ID)
}

// inspect refuses a message for what it is, or returns nil. A message is not repaired: with a CR or LF alone,
// what one server takes for text is a command to another (RFC 5321 §2.3.8).
func (s *Session) inspect(octets int64, faults smtp.Faults, content []byte) *smtp.Reply {
	switch {
	case octets > s.cfg.maxSize():
		return s.tooBig()
	case faults&smtp.NUL != 0:
		return nulInside
	case faults&smtp.BareLF != 0:
		return bareLF
	case faults&smtp.BareCR != 0:
		return bareCR
	case faults&smtp.LongLine != 0:
		return longInside
	case passages(content) > maxPassages:
		return mailLoop
	}
	return nil
}

// maxPassages is how many servers may have passed on a message, this one included: RFC 5321 §6.3 advises a limit
// of at least 100.
const maxPassages = 100

// passages counts the Received fields in the header section of a message whose lines end with CRLF.
func passages(content []byte) (n int) {
	for {
		size := bytes.IndexByte(content, '\n') + 1
		if size <= len(crlf) { // the empty line, or no line
			return n
		}
		if size > len(received) && bytes.EqualFold(content[:len(received)], received) {
			n++
		}
		content = content[size:]
	}
}

var (
	crlf     = []byte("\r\n")
	received = []byte("Received:")
)
