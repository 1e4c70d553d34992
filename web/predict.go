package web

import (
	"smtplab/sim/trace"
	"smtplab/web/ui"
)

// predictable are the commands whose replies people predict by their code.
var predictable = []string{
	"EHLO", "HELO", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP", "HELP", "VRFY", "EXPN", "QUIT", "AUTH", "STARTTLS",
}

// codes are the codes that may answer each command, as the book says; to an opened connection those of RFC 5321 §4.3.2.
func (s *Server) codes() []ui.Codes {
	all := []ui.Codes{
		{Codes: []string{"220", "421", "554"}},
		{Verb: trace.EOD, Codes: s.book.Event(trace.Event{Kind: trace.Data, Proto: trace.SMTP, Raw: []byte("\r\n.\r\n")}).Next},
	}
	for _, verb := range predictable {
		e := trace.Event{Kind: trace.Command, Proto: trace.SMTP, Verb: verb, Raw: []byte(verb + "\r\n")}
		all = append(all, ui.Codes{Verb: verb, Codes: s.book.Event(e).Next})
	}
	return all
}
