package pop3

import (
	"bytes"
	"errors"

	"smtplab/sim/trace"
)

// userName answers USER name: RFC 1939 §7. Every name is accepted, so that nobody learns here which exist.
func (s *Session) userName(arg []byte) {
	if s.loggedIn() {
		return
	}
	if len(arg) == 0 || bytes.IndexByte(arg, ' ') >= 0 {
		s.err("USER needs one user name")
		return
	}
	s.user = string(arg)
	s.ok("now send PASS with the password")
}

// password answers PASS string: RFC 1939 §7. All that follows the first space is the password.
func (s *Session) password(arg []byte) {
	user := s.user
	s.user = ""
	if s.loggedIn() {
		return
	}
	if user == "" {
		s.err("PASS comes directly after USER")
		return
	}
	if len(arg) == 0 {
		s.err("PASS needs a password")
		return
	}
	drop, err := s.host.Login(user, string(arg))
	if err != nil {
		s.loginFailed(err)
		return
	}
	s.open(drop)
	s.text("+OK maildrop has ")
	s.content()
	s.end()
}

func (s *Session) loginFailed(err error) {
	switch {
	case errors.Is(err, ErrLogin):
		s.errCode(codeAuth, "wrong user name or password")
	case errors.Is(err, ErrInUse):
		s.errCode(codeInUse, "this maildrop is open in another session, try again later")
	default:
		s.errCode(codeSystem, "the maildrop cannot be opened now, try again later")
	}
}

// open begins the TRANSACTION state with the messages that are in the maildrop now.
func (s *Session) open(drop Maildrop) {
	s.state = trace.Transaction
	s.drop, s.count, s.size = drop, drop.Len(), 0
	for i := range s.count {
		s.size += wireSize(drop.Content(i))
	}
}

// loggedIn refuses a command that has no place after login.
func (s *Session) loggedIn() bool {
	if s.state == trace.Transaction {
		s.err("already logged in")
		return true
	}
	return false
}

// loggedOut refuses a command that has no place before login.
func (s *Session) loggedOut() bool {
	if s.state != trace.Transaction {
		s.err("log in first, with USER and then PASS")
		return true
	}
	return false
}
