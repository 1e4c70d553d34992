package pop3

import "strconv"

// Said is a kind of reply that a Session can give.
type Said struct {
	Verb string // the command that it answers; "" for the greeting (OK), or for a line that is no command (not OK)
	OK   bool   // +OK or -ERR
	Code string // response code, as "IN-USE": RFC 2449 §8; "" for none
}

// Response codes: RFC 2449 §8.1.2 and RFC 3206 §4.
const (
	codeInUse  = "IN-USE"
	codeAuth   = "AUTH"
	codeSystem = "SYS/TEMP"
)

// Replies lists every kind of reply that a Session can give, so that each can be explained.
func Replies() []Said {
	said := []Said{
		{Verb: "", OK: true},
		{Verb: ""},
		{Verb: "PASS", Code: codeAuth},
		{Verb: "PASS", Code: codeInUse},
		{Verb: "PASS", Code: codeSystem},
	}
	for _, verb := range verbs {
		said = append(said, Said{Verb: verb})
		switch verb {
		case "APOP", "STLS", "AUTH": // not offered
		default:
			said = append(said, Said{Verb: verb, OK: true})
		}
	}
	return said
}

// A reply is one line, answered with ok or err for the command at hand; end completes a line that is written
// piece by piece with the methods between.

func (s *Session) ok(text string) {
	s.out = append(s.out, "+OK "...)
	s.text(text)
	s.end()
}

// err refuses the command. Enough refusals end the session: RFC 1939 leaves this to the server.
func (s *Session) err(text string) { s.errCode("", text) }

func (s *Session) errCode(code, text string) {
	if s.errors++; s.errors >= s.cfg.maxErrors() {
		s.fatal("too many errors, goodbye")
		return
	}
	s.out = append(s.out, "-ERR "...)
	if code != "" {
		s.text("[")
		s.text(code)
		s.text("] ")
	}
	s.text(text)
	s.end()
}

// fatal refuses and hangs up. Nothing is deleted, since only QUIT leads to UPDATE.
func (s *Session) fatal(text string) {
	s.out = append(s.out, "-ERR "...)
	s.text(text)
	s.end()
	s.release()
	s.closed = true
}

func (s *Session) text(text string) { s.out = append(s.out, text...) }
func (s *Session) number(n int64)   { s.out = strconv.AppendInt(s.out, n, 10) }
func (s *Session) end()             { s.out = append(s.out, '\r', '\n') }

// messages writes "2 messages".
func (s *Session) messages(n int) {
	s.number(int64(n))
	if n == 1 {
		s.text(" message")
	} else {
		s.text(" messages")
	}
}

// octets writes "320 octets".
func (s *Session) octets(n int64) {
	s.number(n)
	if n == 1 {
		s.text(" octet")
	} else {
		s.text(" octets")
	}
}

// content writes "2 messages (320 octets)", the part of the maildrop that is not marked as deleted.
func (s *Session) content() {
	s.messages(s.count - s.marked)
	s.text(" (")
	s.octets(s.size)
	s.text(")")
}
