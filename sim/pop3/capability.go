package pop3

// capabilities is what CAPA lists, in both states alike: RFC 2449 §6 and RFC 3206 §6.
const capabilities = "USER\r\n" +
	"TOP\r\n" +
	"UIDL\r\n" +
	"PIPELINING\r\n" +
	"RESP-CODES\r\n" +
	"AUTH-RESP-CODE\r\n" +
	"EXPIRE NEVER\r\n" +
	"IMPLEMENTATION SMTP-Lab\r\n" +
	".\r\n"

// capa answers CAPA, possible before and after login: RFC 2449 §5.
func (s *Session) capa(arg []byte) {
	if s.unwanted(arg) {
		return
	}
	s.ok("capabilities follow")
	s.text(capabilities)
}

// noop answers NOOP: RFC 1939 §5.
func (s *Session) noop(arg []byte) {
	if s.loggedOut() || s.unwanted(arg) {
		return
	}
	s.ok("nothing done")
}
