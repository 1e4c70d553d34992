package smtpserver

import (
	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// ehlo answers EHLO, RFC 5321 §4.1.1.1: the client introduces itself and is told what is offered.
func (s *Session) ehlo(arg []byte) *smtp.Reply {
	name, refused := s.clientName(arg)
	if refused != nil {
		return refused
	}
	s.introduce(name, true)
	r := s.answer(250, none, rfc5321("4.1.1.1"), "greets "+name)
	r.Lines = s.cfg.keywords(r.Lines, s.secured(), s.accounts() != nil)
	return r
}

// helo answers HELO, the introduction without extensions.
func (s *Session) helo(arg []byte) *smtp.Reply {
	name, refused := s.clientName(arg)
	if refused != nil {
		return refused
	}
	s.introduce(name, false)
	return s.answer(250, none, rfc5321("4.1.1.1"), "greets "+name)
}

// clientName reads the name that a client gives itself. Whether the name is true is not asked: RFC 5321 §4.1.4. It is of
// ASCII, since nobody knows yet whether SMTPUTF8 is offered: RFC 6531 §3.7.1.
func (s *Session) clientName(arg []byte) (string, *smtp.Reply) {
	if len(arg) == 0 {
		return "", nameMissing
	}
	name, err := smtp.ParseDomain(arg)
	if err != nil {
		return "", s.syntaxError(err, none, rfc5321("4.1.1.1"))
	}
	return name, nil
}

// introduce makes the client known. It ends an open transaction as RSET does: RFC 5321 §4.1.4.
func (s *Session) introduce(name string, extended bool) {
	s.reset()
	s.name, s.extended = name, extended
	s.state = trace.Greeted
}

// protocol is what Received calls the way a message came: RFC 3848, and RFC 6531 §4.3 for a message with SMTPUTF8. Who
// uses an extension speaks ESMTP, however it introduced itself.
func (s *Session) protocol(utf8 bool) string {
	if !s.extended && !utf8 && !s.secured() && s.user == "" {
		return "SMTP"
	}
	name := "ESMTP"
	if utf8 {
		name = "UTF8SMTP"
	}
	if s.secured() {
		name += "S"
	}
	if s.user != "" {
		name += "A"
	}
	return name
}
