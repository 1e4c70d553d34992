package pop3

import (
	"errors"
	"strings"

	"smtplab/sim/trace"

	"golang.org/x/text/secure/precis"
)

// userName answers USER name: RFC 1939 §7. Every name is accepted, so that nobody learns here which exist.
func (s *Session) userName(arg []byte) {
	if s.loggedIn() {
		return
	}
	if !s.takesPasswords() {
		s.err("a password could be read here, STLS comes first")
		return
	}
	name, ok := prepared(arg, precis.UsernameCasePreserved)
	if !ok || name == "" || strings.Contains(name, " ") {
		s.err("USER needs one user name")
		return
	}
	s.user = name
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
	secret, ok := prepared(arg, precis.OpaqueString)
	if !ok || secret == "" {
		s.err("PASS needs a password")
		return
	}
	drop, err := s.host.Login(user, secret)
	s.login(drop, err)
}

// takesPasswords reports whether USER and PASS have a place, which depends on who could read them.
func (s *Session) takesPasswords() bool { return s.tls == secured || !s.cfg.NoLoginInClear }

// login answers with a maildrop, or why there is none.
func (s *Session) login(drop Maildrop, err error) {
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
		s.wrongLogin()
	case errors.Is(err, ErrInUse):
		s.errCode(codeInUse, "this maildrop is open in another session, try again later")
	default:
		s.errCode(codeSystem, "the maildrop cannot be opened now, try again later")
	}
}

// wrongLogin refuses a name or a password. Who guesses is sent away soon.
func (s *Session) wrongLogin() {
	if s.failures++; s.failures >= s.cfg.maxAuthFailures() {
		s.fatalCode(codeAuth, "wrong user name or password, too many times, goodbye")
		return
	}
	s.errCode(codeAuth, "wrong user name or password")
}

// open begins the TRANSACTION state with the messages that are in the maildrop now.
func (s *Session) open(drop Maildrop) {
	s.state, s.exchange = trace.Transaction, nil
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
