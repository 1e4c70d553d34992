package smtpserver

import "smtplab/sim/smtp"

// vrfy answers VRFY, RFC 5321 §4.1.1.6: does this name somebody here?
func (s *Session) vrfy(arg []byte) *smtp.Reply {
	if refused := needsString(arg); refused != nil {
		return refused
	}
	found, err := s.host.Verify(string(arg))
	switch {
	case err != nil:
		return s.refusal(err)
	case len(found) == 0:
		return cannotSay
	case len(found) == 1:
		return s.answer(250, code(2, 1, 5), rfc5321("3.5.1"), found...)
	}
	r := s.answer(553, code(5, 1, 4), rfc5321("3.5.1"), "Ambiguous; it may mean one of these")
	r.Lines = append(r.Lines, found...)
	return r
}

// expn answers EXPN, RFC 5321 §4.1.1.7: who is on this mailing list?
func (s *Session) expn(arg []byte) *smtp.Reply {
	if refused := needsString(arg); refused != nil {
		return refused
	}
	members, err := s.host.Expand(string(arg))
	switch {
	case err != nil:
		return s.refusal(err)
	case len(members) == 0:
		return cannotSay
	}
	return s.answer(250, code(2, 1, 5), rfc5321("3.5.1"), members...)
}

// needsString refuses an argument that is missing or not printable, or returns nil.
func needsString(arg []byte) *smtp.Reply {
	switch {
	case len(arg) == 0:
		return stringMissing
	case !printable(arg):
		return notPrintable
	}
	return nil
}

// printable reports whether arg is fit for a String, RFC 5321 §4.1.2. A tab passes as white space.
func printable(arg []byte) bool {
	for _, c := range arg {
		if c < ' ' && c != '\t' || c > '~' {
			return false
		}
	}
	return true
}
