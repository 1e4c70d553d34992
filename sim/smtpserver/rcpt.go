package smtpserver

import (
	"strconv"

	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// rcpt answers RCPT, RFC 5321 §4.1.1.3: it names one recipient. A refusal leaves the others as they are.
func (s *Session) rcpt(arg []byte) *smtp.Reply {
	to, params, err := smtp.ParseRcpt(arg)
	if err != nil {
		return s.syntaxError(err, code(5, 1, 3), rfc5321("4.1.1.3"))
	}
	switch {
	case s.state < trace.Greeted:
		return ehloFirst
	case s.state < trace.MailGiven:
		return mailFirst
	case params != "": // those of DSN will have their place here
		return unknownParam
	case len(s.env.To) >= s.cfg.maxRecipients():
		return s.tooManyRecipients()
	}
	if err := s.host.Rcpt(s.env, to); err != nil {
		s.refused = true
		return s.refusal(err)
	}
	s.env.To = append(s.env.To, to)
	s.state = trace.RcptGiven
	return recipientOK
}

// tooManyRecipients refuses one more: 452, so that the client sends it to the rest in another transaction,
// RFC 5321 §4.5.3.1.10.
func (s *Session) tooManyRecipients() *smtp.Reply {
	return s.answer(452, code(4, 5, 3), rfc5321("4.5.3.1.10"),
		"Too many recipients: at most "+strconv.Itoa(s.cfg.maxRecipients())+" at a time")
}
