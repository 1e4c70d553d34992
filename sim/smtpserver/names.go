package smtpserver

import (
	"bytes"
	"unicode/utf8"

	"smtplab/sim/smtp"
)

// vrfy answers VRFY, RFC 5321 §4.1.1.6: does this name somebody here?
func (s *Session) vrfy(arg []byte) *smtp.Reply {
	name, refused := s.lookup(arg)
	switch {
	case refused != nil:
		return refused
	case s.cfg.Lookup != Answer:
		return cannotSay
	}
	found, err := s.host.Verify(name)
	switch {
	case err != nil:
		return s.refusal(err)
	case len(found) == 0:
		return cannotSay
	case len(found) == 1:
		return s.names(s.answer(250, code(2, 1, 5), rfc5321("3.5.1")), found)
	}
	return s.names(s.answer(553, code(5, 1, 4), rfc5321("3.5.1"), "Ambiguous; it may mean one of these"), found)
}

// expn answers EXPN, RFC 5321 §4.1.1.7: who is on this mailing list?
func (s *Session) expn(arg []byte) *smtp.Reply {
	if s.cfg.Lookup == Off {
		return notImplemented
	}
	list, refused := s.lookup(arg)
	switch {
	case refused != nil:
		return refused
	case s.cfg.Lookup == Vague:
		return cannotSay
	}
	members, err := s.host.Expand(list)
	switch {
	case err != nil:
		return s.refusal(err)
	case len(members) == 0:
		return cannotSay
	}
	return s.names(s.answer(250, code(2, 1, 5), rfc5321("3.5.1")), members)
}

// names adds what was found to a reply. Replies are of ASCII here even where a client that says SMTPUTF8 may be sent
// UTF-8 (RFC 6531 §3.7.4.2 leaves that to the server), so other characters are embedded as RFC 6533 §3 writes them.
func (s *Session) names(r *smtp.Reply, found []string) *smtp.Reply {
	for _, name := range found {
		if !printable([]byte(name)) {
			name = string(smtp.AppendEmbedded(nil, name))
		}
		r.Lines = append(r.Lines, name)
	}
	return r
}

// lookup reads the argument of VRFY and EXPN: String [ SP "SMTPUTF8" ], RFC 5321 §4.1.1.6 and RFC 6531 §3.7.4.2. It
// returns the reply that refuses it, or nil.
func (s *Session) lookup(arg []byte) (name string, refused *smtp.Reply) {
	international := false
	if s.cfg.offers(utf8Mail) {
		i := bytes.LastIndexByte(arg, ' ')
		if international = i > 0 && bytes.EqualFold(arg[i+1:], []byte(smtp.ExtSMTPUTF8)); international {
			arg = bytes.TrimRight(arg[:i], " ")
		}
	}
	switch {
	case len(arg) == 0:
		return "", stringMissing
	case printable(arg):
	case !s.cfg.offers(utf8Mail), !utf8.Valid(arg), bytes.ContainsFunc(arg, isControl):
		return "", notPrintable
	case !international:
		return "", needsUTF8
	}
	return string(arg), nil
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

func isControl(r rune) bool { return r < ' ' && r != '\t' || r >= 0x7F && r < 0xA0 }
