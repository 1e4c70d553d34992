package smtpserver

import (
	"bytes"

	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// maxFlood is how much may come without the end of a line before the connection is closed. A line that is too
// long is answered like any other command, when it ends; this is for those that never do.
const maxFlood = 256 << 10

// receiveLine takes octets of a line and answers it if its end is among them.
func (s *Session) receiveLine(p []byte) int {
	limit := longestLine
	if s.exchange != nil {
		limit = smtp.MaxAuthLine
	}
	line, size, n, done := s.line.read(p, limit)
	switch {
	case done && size <= maxFlood && s.exchange != nil:
		s.receiveResponse(line, size)
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
	if reply != nil { // nil: a chunk follows, or is over
		s.conclude(verb, reply)
	}
}

// conclude says the reply to a command or a message. A mistake too many ends the conversation, and a chunk that is refused
// the transaction: RFC 3030 §2. What the server does not implement is no chunk.
func (s *Session) conclude(verb string, r *smtp.Reply) {
	if isMistake(r.Code) {
		s.mistakes++
		if s.mistakes > s.cfg.maxErrors() {
			r = tooManyErrors
		}
	}
	chunkRefused := verb == smtp.BDAT && r.Code >= 400 && !smtp.Unimplemented(r.Code)
	if chunkRefused && s.state >= trace.RcptGiven || verb == smtp.EOD && s.state > trace.MailGiven {
		s.reset()
	}
	s.say(verb, r)
}

// isMistake reports whether a reply blames the client's command of SMTP, rather than what it asked for.
func isMistake(code int) bool { return code >= 500 && code <= 504 || code == 555 }

// perform does what a command asks. It returns nil for a command that is answered elsewhere.
func (s *Session) perform(verb string, arg []byte) *smtp.Reply {
	first := !s.tried
	s.tried = true
	if verb != smtp.BDAT { // of which the octets must be read first
		if refused := s.barred(verb); refused != nil {
			return refused
		}
	}
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
	case smtp.BDAT:
		return s.bdat(arg)
	case smtp.AUTH:
		return s.auth(arg)
	case smtp.STARTTLS:
		return s.startTLS(arg)
	case smtp.BURL, smtp.ETRN, smtp.ATRN, smtp.TURN,
		smtp.SEND, smtp.SOML, smtp.SAML, smtp.VERB, smtp.ONEX:
		return notImplemented
	case "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT", "PATCH", "TRACE", "PRI":
		if first {
			return notHTTP
		}
	}
	return unknownCommand
}

// barred refuses a command that must wait for TLS (RFC 3207 §4) or AUTH (RFC 4954 §6), or returns nil.
func (s *Session) barred(verb string) *smtp.Reply {
	tls, auth := s.cfg.RequireTLS && !s.secured(), s.cfg.RequireAuth && s.user == ""
	if !tls && !auth {
		return nil
	}
	switch verb {
	case smtp.MAIL, smtp.RCPT, smtp.DATA, smtp.BDAT, smtp.VRFY, smtp.EXPN:
		if tls {
			return tlsFirst
		}
		return authFirst
	case smtp.AUTH:
		if tls {
			return tlsFirst
		}
	}
	return nil
}
