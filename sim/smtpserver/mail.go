package smtpserver

import (
	"strconv"
	"strings"

	"smtplab/sim/rfc"
	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// mail answers MAIL, RFC 5321 §4.1.1.2: it begins a mail transaction.
func (s *Session) mail(arg []byte) *smtp.Reply {
	from, params, err := smtp.ParseMail(arg)
	if err != nil {
		return s.syntaxError(err, code(5, 1, 7), rfc5321("4.1.1.2"))
	}
	switch {
	case s.state < trace.Greeted:
		return ehloFirst
	case s.state > trace.Greeted:
		return mailGiven
	}
	env := s.newEnvelope(from)
	if refused := s.mailParams(env, params); refused != nil {
		return refused
	}
	if err := s.host.Mail(env); err != nil {
		return s.refusal(err)
	}
	s.env = env
	s.state = trace.MailGiven
	s.begun++
	return senderOK
}

// newEnvelope begins the envelope of a mail transaction.
func (s *Session) newEnvelope(from smtp.Path) *smtp.Envelope {
	env := &smtp.Envelope{From: from, Helo: s.name, Peer: s.peer, With: "SMTP"}
	if s.extended {
		env.With = "ESMTP"
	}
	return env
}

// mailParams notes the parameters of MAIL in the envelope. It returns the reply that refuses them, or nil.
func (s *Session) mailParams(env *smtp.Envelope, params smtp.Params) *smtp.Reply {
	for keyword, value := range params.All() {
		var refused *smtp.Reply
		switch {
		case keyword == smtp.ExtSize && !s.cfg.NoSize:
			refused = s.size(env, value)
		case keyword == "BODY" && !s.cfg.No8BitMIME:
			refused = body(env, value)
		default:
			refused = unknownParam
		}
		if refused != nil {
			return refused
		}
	}
	return nil
}

// size reads the size that the client declares: RFC 1870 §6.1, size-value = 1*20DIGIT.
func (s *Session) size(env *smtp.Envelope, value string) *smtp.Reply {
	if len(value) == 0 || len(value) > 20 || strings.Trim(value, "0123456789") != "" {
		return badSize
	}
	octets, err := strconv.ParseInt(value, 10, 64)
	if err != nil || octets > s.cfg.maxSize() { // 20 digits may be more than an int64 holds
		return s.tooBig()
	}
	env.Size = octets
	return nil
}

func (s *Session) tooBig() *smtp.Reply {
	return s.answer(552, code(5, 3, 4), rfc.Ref{Doc: 1870, Section: "6"},
		"Message too big: at most "+strconv.FormatInt(s.cfg.maxSize(), 10)+" octets are accepted")
}

// body reads what kind of content the client announces: RFC 6152 §2.
func body(env *smtp.Envelope, value string) *smtp.Reply {
	switch {
	case strings.EqualFold(value, "8BITMIME"):
		env.Body8Bit = true
	case !strings.EqualFold(value, "7BIT"):
		return badBody
	}
	return nil
}
