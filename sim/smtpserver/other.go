package smtpserver

import "smtplab/sim/smtp"

// rset answers RSET, RFC 5321 §4.1.1.5: it gives up the open transaction, if there is one.
func (s *Session) rset(arg []byte) *smtp.Reply {
	if len(arg) > 0 {
		return noArgument
	}
	s.reset()
	return resetOK
}

// noop answers NOOP, RFC 5321 §4.1.1.9. It may have an argument, which means nothing.
func (s *Session) noop(arg []byte) *smtp.Reply {
	if !printable(arg) {
		return notPrintable
	}
	return noopOK
}

// quit answers QUIT, RFC 5321 §4.1.1.10. An open transaction is given up.
func (s *Session) quit(arg []byte) *smtp.Reply {
	if len(arg) > 0 {
		return noArgument
	}
	return goodbye
}
