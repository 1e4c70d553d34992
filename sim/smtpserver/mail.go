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
	s.mails++
	parse := smtp.ParseMail
	if s.cfg.offers(utf8Mail) {
		parse = smtp.ParseMailUTF8
	}
	from, params, err := parse(arg)
	if err != nil {
		return s.syntaxError(err, code(5, 1, 7), rfc5321("4.1.1.2"))
	}
	switch {
	case s.state < trace.Greeted:
		return ehloFirst
	case s.state > trace.Greeted:
		return mailGiven
	case s.cfg.MaxTransactions > 0 && s.mails > s.cfg.MaxTransactions:
		return tooManyMails
	}
	env := &smtp.Envelope{From: from, Helo: s.name, Peer: s.peer, User: s.user, TLS: s.tls}
	if refused := s.mailParams(env, params); refused != nil {
		return refused
	}
	if !env.UTF8 && !from.IsASCII() {
		return needsUTF8
	}
	env.With = s.protocol(env.UTF8)
	if err := s.host.Mail(env); err != nil {
		return s.refusal(err)
	}
	s.env = env
	s.state = trace.MailGiven
	s.begun++
	return senderOK
}

// mailParams notes the parameters of MAIL in the envelope. It returns the reply that refuses them, or nil.
func (s *Session) mailParams(env *smtp.Envelope, params smtp.Params) *smtp.Reply {
	for keyword, value := range params.All() {
		var refused *smtp.Reply
		switch {
		case keyword == smtp.ExtSize && s.cfg.offers(smtp.WithSize):
			refused = s.size(env, value)
		case keyword == "BODY" && (s.cfg.offers(smtp.With8BitMIME) || s.cfg.offers(binaryMail)):
			refused = s.body(env, value)
		case keyword == smtp.ExtSMTPUTF8 && s.cfg.offers(utf8Mail):
			refused = internationalized(env, value)
		case keyword == "RET" && s.cfg.offers(smtp.WithDSN):
			refused = ret(env, value)
		case keyword == "ENVID" && s.cfg.offers(smtp.WithDSN):
			refused = envID(env, value)
		case keyword == smtp.ExtAuth && s.accounts() != nil:
			refused = s.submitter(env, value)
		default:
			refused = unknownParam
		}
		if refused != nil {
			return refused
		}
	}
	if env.UTF8 && !env.Binary {
		env.Body8Bit = true
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

// body reads what kind of content the client announces: RFC 6152 §2, RFC 3030 §3.
func (s *Session) body(env *smtp.Envelope, value string) *smtp.Reply {
	switch {
	case strings.EqualFold(value, "8BITMIME") && s.cfg.offers(smtp.With8BitMIME):
		env.Body8Bit = true
	case strings.EqualFold(value, "BINARYMIME") && s.cfg.offers(binaryMail):
		env.Binary = true
	case !strings.EqualFold(value, "7BIT"):
		return badBody
	}
	return nil
}

// internationalized reads SMTPUTF8, which has no value: RFC 6531 §3.4.
func internationalized(env *smtp.Envelope, value string) *smtp.Reply {
	if value != "" {
		return utf8Value
	}
	env.UTF8 = true
	return nil
}

// ret reads how much of the message a report shall return: RFC 3461 §4.3.
func ret(env *smtp.Envelope, value string) *smtp.Reply {
	var ok bool
	if env.Ret, ok = smtp.ParseReturn(value); !ok {
		return badRet
	}
	return nil
}

// envID reads the name that the sender gives to the transaction: RFC 3461 §4.4.
func envID(env *smtp.Envelope, value string) *smtp.Reply {
	id, ok := smtp.ParseXtext(value)
	if !ok || id == "" || len("ENVID=")+len(value) > smtp.MaxEnvID {
		return badEnvID
	}
	env.EnvID = id
	return nil
}

// submitter reads who is said to have submitted the message: RFC 4954 §5. A client that has not proved who it is is not
// trusted in that, as the standard demands.
func (s *Session) submitter(env *smtp.Envelope, value string) *smtp.Reply {
	env.Submitter = "<>"
	if value == env.Submitter {
		return nil
	}
	mailbox, ok := smtp.ParseXtext(value)
	if _, err := smtp.ParseAddress(mailbox); !ok || err != nil {
		return badSubmitter
	}
	if s.user != "" {
		env.Submitter = mailbox
	}
	return nil
}
