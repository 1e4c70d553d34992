package pop3

import (
	"bytes"
	"strconv"

	"smtplab/sim/trace"
)

// Status is how the first line of a reply begins: RFC 1939 §3 and RFC 5034 §4.
type Status uint8

const (
	NoStatus  Status = iota // not a reply
	OK                      // "+OK"
	Err                     // "-ERR"
	Challenge               // "+ ", within an exchange of AUTH
)

// ParseStatus reads the status of a line, with or without its CRLF. It is in upper case, and a word by itself.
func ParseStatus(line []byte) Status {
	indicator, _, more := bytes.Cut(bytes.TrimSuffix(line, crlf), space)
	switch string(indicator) {
	case "+OK":
		return OK
	case "-ERR":
		return Err
	case "+":
		if more {
			return Challenge
		}
	}
	return NoStatus
}

// Said is a kind of reply that a Session can give.
type Said struct {
	Verb   string // the command that it answers; "" for the greeting (OK), or for a line that is no command (Err)
	Status Status
	Code   string // response code, as "IN-USE": RFC 2449 §8; "" for none
}

// Response codes: RFC 2449 §8.1.2, RFC 3206 §4 and RFC 6856 §5.
const (
	codeInUse  = "IN-USE"
	codeAuth   = "AUTH"
	codeSystem = "SYS/TEMP"
	codeUTF8   = "UTF8"
)

const notOffered = "not offered here, CAPA lists what is"

// Replies lists every kind of reply that a Session can give, so that each can be explained.
func Replies() []Said {
	said := []Said{
		{Verb: "", Status: OK},
		{Verb: "", Status: Err},
		{Verb: "AUTH", Status: Challenge},
		{Verb: "RETR", Status: Err, Code: codeUTF8},
		{Verb: "TOP", Status: Err, Code: codeUTF8},
	}
	for _, verb := range [...]string{"PASS", "AUTH"} {
		for _, code := range [...]string{codeAuth, codeInUse, codeSystem} {
			said = append(said, Said{verb, Err, code})
		}
	}
	for _, verb := range verbs {
		said = append(said, Said{Verb: verb, Status: Err})
		if verb != "APOP" { // never offered
			said = append(said, Said{Verb: verb, Status: OK})
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
	s.refuse(code, text)
}

// fatal refuses and hangs up. Nothing is deleted, since only QUIT leads to UPDATE.
func (s *Session) fatal(text string) { s.fatalCode("", text) }

func (s *Session) fatalCode(code, text string) {
	s.refuse(code, text)
	s.release()
	s.closed = true
}

// refuse says -ERR, with a response code if there is one (RFC 2449 §8). It ends an exchange of AUTH: RFC 5034 §4.
func (s *Session) refuse(code, text string) {
	if s.exchange != nil {
		s.exchange, s.state = nil, trace.Authorization
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
