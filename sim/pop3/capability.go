package pop3

// capabilities is what CAPA lists at any time: RFC 2449 §6 and RFC 3206 §6.
const capabilities = "TOP\r\n" +
	"UIDL\r\n" +
	"PIPELINING\r\n" +
	"RESP-CODES\r\n" +
	"AUTH-RESP-CODE\r\n" +
	"EXPIRE NEVER\r\n" +
	"IMPLEMENTATION SMTP-Lab\r\n"

// capa answers CAPA, possible before and after login: RFC 2449 §5. What depends on TLS is told as it is now. Of the
// rest only STLS differs between the states (RFC 2595 §4): RFC 2449 §6.2 and §6.3 have the ways to log in listed after
// login, too.
func (s *Session) capa(arg []byte) {
	if s.unwanted(arg) {
		return
	}
	s.ok("capabilities follow")
	if s.takesPasswords() {
		s.text("USER\r\n")
	}
	s.text(capabilities)
	if s.startsTLS() {
		s.text("STLS\r\n")
	}
	if mechanisms := s.mechanisms(); len(mechanisms) > 0 {
		s.text("SASL")
		for _, mechanism := range mechanisms {
			s.text(" ")
			s.text(mechanism)
		}
		s.end()
	}
	switch {
	case s.cfg.utf8Names():
		s.text("UTF8 USER\r\n")
	case s.cfg.UTF8:
		s.text("UTF8\r\n")
	}
	s.text(terminator)
}

// noop answers NOOP: RFC 1939 §5.
func (s *Session) noop(arg []byte) {
	if s.loggedOut() || s.unwanted(arg) {
		return
	}
	s.ok("nothing done")
}
