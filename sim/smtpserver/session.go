package smtpserver

import (
	"bytes"
	"cmp"
	"net/netip"
	"time"

	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// Session is the server's side of one conversation. Use NewSession or Init, then Open, then Receive for whatever the
// client sends; after each call take Output and send it. A Session is not safe for concurrent use.
type Session struct {
	cfg  *Config
	host Host
	peer netip.Addr

	state    trace.State
	name     string         // what the client called itself in EHLO or HELO
	extended bool           // it was EHLO
	env      *smtp.Envelope // the open mail transaction, or nil
	refused  bool           // a recipient of it was refused
	begun    int            // mail transactions so far
	mistakes int            // errors of the client so far
	spoken   bool           // the client has sent something
	tried    bool           // the client has tried a command
	fault    error

	line    lineReader
	data    smtp.DataReader
	content []byte // the message that is coming in

	out   []byte                           // replies that were not taken yet
	room  [256]byte                        // for those of most occasions
	made  smtp.Reply                       // the last reply that was made for its occasion
	lines [8]string                        // room for its text
	heard func(verb string, r *smtp.Reply) // tests listen here
}

// Open begins the conversation, when the connection is established: it queues the greeting.
func (s *Session) Open() {
	s.state = trace.Connected
	s.say("", greeting)
}

// Receive takes octets from the client. They may be cut anywhere: the same octets give the same replies. It does
// not keep p. After the end of the conversation it does nothing.
func (s *Session) Receive(p []byte) {
	if !s.spoken && len(p) > 0 {
		s.spoken = true
		if p[0] == tlsHandshake {
			s.say("", notTLS)
		}
	}
	for len(p) > 0 && !s.Closed() {
		if s.state == trace.InData {
			p = p[s.receiveData(p):]
		} else {
			p = p[s.receiveLine(p):]
		}
	}
}

// tlsHandshake is the first octet of a TLS connection (RFC 8446 §5.1). No command begins with it.
const tlsHandshake = 0x16

// Output takes the replies that are to be sent now, those to a pipelined group together; nil if there are none.
// They are valid until the next call of a method.
func (s *Session) Output() []byte {
	if len(s.out) == 0 {
		return nil
	}
	out := s.out
	s.out = nil
	if cap(out) <= 4<<10 { // room that many replies needed once is not worth keeping
		s.out = out[:0]
	}
	return out
}

// Closed reports that the conversation is over: the connection is to be closed once Output was sent.
func (s *Session) Closed() bool { return s.state == trace.Ended }

// Hangup ends the conversation when the client closed the connection, or it was lost. The open transaction is
// cancelled, as if by RSET; completed ones stay completed: RFC 5321 §4.1.1.10.
func (s *Session) Hangup() {
	s.out = nil
	s.end()
}

// Patience is how long to wait for the client's next octets before calling Expire; 0 means for ever.
func (s *Session) Patience() time.Duration {
	return max(0, cmp.Or(s.cfg.Patience, DefaultPatience))
}

// Expire ends the conversation because the client was silent for too long.
func (s *Session) Expire() { s.close(expired) }

// Shutdown ends the conversation because the server goes down: RFC 5321 §3.8.
func (s *Session) Shutdown() { s.close(shutdown) }

// State is where the conversation stands.
func (s *Session) State() trace.State { return s.state }

// Transaction is the number of mail transactions that were begun: the number of the one that is open, or of the
// last one.
func (s *Session) Transaction() int { return s.begun }

// Fault is the last error of the Host that was no reply and became 451 4.3.0; nil if there was none.
func (s *Session) Fault() error { return s.fault }

// fail ends the conversation because of a mistake in the server's own code.
func (s *Session) fail() { s.close(broken) }

func (s *Session) close(r *smtp.Reply) {
	if !s.Closed() {
		s.say("", r)
	}
}

// reset ends the open mail transaction, if there is one, and clears its buffers.
func (s *Session) reset() {
	s.env, s.content, s.refused = nil, nil, false
	s.state = min(s.state, trace.Greeted)
}

func (s *Session) end() {
	s.reset()
	s.line = lineReader{}
	s.state = trace.Ended
}

// maxFlood is how much may come without the end of a line before the connection is closed. A line that is too
// long is answered like any other command, when it ends; this is for those that never do.
const maxFlood = 256 << 10

// receiveLine takes octets of a command line and answers the command if its end is among them.
func (s *Session) receiveLine(p []byte) int {
	line, size, n, done := s.line.read(p)
	switch {
	case done && size <= maxFlood:
		s.command(line, size)
	case done || s.line.size > maxFlood:
		s.say("", endless)
	}
	return n
}

// command answers one command line. Size is the line's true size: one that is too long was cut.
func (s *Session) command(line []byte, size int) {
	verb, arg := smtp.ParseCommand(line)
	var reply *smtp.Reply
	switch {
	case size > s.cfg.maxLine(verb):
		reply = lineTooLong
	case bytes.IndexByte(line, '\n') >= 0 || bytes.IndexByte(line, '\r') >= 0:
		reply = bareNewline
	default:
		reply = s.perform(verb, arg)
	}
	if isMistake(reply.Code) {
		s.mistakes++
		if s.mistakes > s.cfg.maxErrors() {
			reply = tooManyErrors
		}
	}
	s.say(verb, reply)
}

// isMistake reports whether a reply blames the client's command of SMTP, rather than what it asked for.
func isMistake(code int) bool { return code >= 500 && code <= 504 || code == 555 }

// perform does what a command asks. The next release's verbs have their place here.
func (s *Session) perform(verb string, arg []byte) *smtp.Reply {
	first := !s.tried
	s.tried = true
	switch verb {
	case smtp.EHLO:
		return s.ehlo(arg)
	case smtp.HELO:
		return s.helo(arg)
	case smtp.MAIL:
		return s.mail(arg)
	case smtp.RCPT:
		return s.rcpt(arg)
	case smtp.DATA:
		return s.startData(arg)
	case smtp.RSET:
		return s.rset(arg)
	case smtp.NOOP:
		return s.noop(arg)
	case smtp.QUIT:
		return s.quit(arg)
	case smtp.VRFY:
		return s.vrfy(arg)
	case smtp.EXPN:
		return s.expn(arg)
	case smtp.HELP:
		return s.help(arg)
	case smtp.AUTH, smtp.STARTTLS, smtp.BDAT, smtp.BURL, smtp.ETRN, smtp.ATRN, smtp.TURN,
		smtp.SEND, smtp.SOML, smtp.SAML, smtp.VERB, smtp.ONEX:
		return notImplemented
	case "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT", "PATCH", "TRACE", "PRI":
		if first {
			return notHTTP
		}
	}
	return unknownCommand
}
