package smtpserver

import (
	"strconv"

	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// rcpt answers RCPT, RFC 5321 §4.1.1.3: it names one recipient. A refusal leaves the others as they are.
func (s *Session) rcpt(arg []byte) *smtp.Reply {
	parse := smtp.ParseRcpt
	if s.cfg.offers(utf8Mail) {
		parse = smtp.ParseRcptUTF8
	}
	to, params, err := parse(arg)
	if err != nil {
		return s.syntaxError(err, code(5, 1, 3), rfc5321("4.1.1.3"))
	}
	switch {
	case s.state < trace.Greeted:
		return ehloFirst
	case s.state < trace.MailGiven:
		return mailFirst
	case s.state == trace.InChunks:
		return chunksBegun
	}
	options, refused := s.rcptParams(params)
	switch {
	case refused != nil:
		return refused
	case !s.env.UTF8 && !to.IsASCII():
		return needsUTF8
	case len(s.env.To) >= s.cfg.maxRecipients():
		return s.tooManyRecipients()
	}
	if err := s.host.Rcpt(s.env, to); err != nil {
		s.refused = true
		return s.refusal(err)
	}
	s.env.AddRcpt(to, options)
	s.state = trace.RcptGiven
	return recipientOK
}

// rcptParams reads the parameters of RCPT, all of which belong to DSN. It returns the reply that refuses them, or nil.
func (s *Session) rcptParams(params smtp.Params) (o smtp.RcptOptions, refused *smtp.Reply) {
	for keyword, value := range params.All() {
		ok := false
		switch {
		case !s.cfg.offers(smtp.WithDSN):
			return o, unknownParam
		case keyword == "NOTIFY":
			refused = badNotify
			o.Notify, ok = smtp.ParseNotify(value)
		case keyword == "ORCPT":
			refused = badORcpt
			ok = (s.env.UTF8 || printable([]byte(value))) && o.ParseORcpt(value)
		default:
			return o, unknownParam
		}
		if !ok {
			return o, refused
		}
	}
	return o, nil
}

// tooManyRecipients refuses one more: 452, so that the client sends it to the rest in another transaction,
// RFC 5321 §4.5.3.1.10.
func (s *Session) tooManyRecipients() *smtp.Reply {
	return s.answer(452, code(4, 5, 3), rfc5321("4.5.3.1.10"),
		"Too many recipients: at most "+strconv.Itoa(s.cfg.maxRecipients())+" at a time")
}
