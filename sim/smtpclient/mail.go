package smtpclient

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"smtplab/sim/smtp"
)

// Mail is a message and where it goes. It is not changed, and must not be while a Conversation has it.
type Mail struct {
	From    smtp.Path   // reverse-path; the null path for reports
	To      []smtp.Path // at least one
	Content []byte      // CRLF lines, dots not stuffed; the CRLF of the last line may be missing
}

// What cannot be sent. New refuses it rather than change it, so that what the server stores is what the client
// was given.
var (
	ErrNoRecipient = errors.New("smtpclient: a mail needs a recipient")
	ErrLineEnd     = errors.New("smtpclient: a line of the message does not end with CR LF") // RFC 5321 §2.3.8
	ErrNUL         = errors.New("smtpclient: the message contains a NUL octet")
	ErrPath        = errors.New("smtpclient: not an address that a command can carry")
	ErrHello       = errors.New("smtpclient: not a name to introduce oneself with")
)

func (m *Mail) check() error {
	if len(m.To) == 0 {
		return ErrNoRecipient
	}
	if !m.From.IsNull() && !sendable(m.From) {
		return fmt.Errorf("%w: %q", ErrPath, m.From)
	}
	for _, to := range m.To {
		if !sendable(to) {
			return fmt.Errorf("%w: %q", ErrPath, to)
		}
	}
	if bytes.IndexByte(m.Content, 0) >= 0 {
		return ErrNUL
	}
	if !hasCleanLines(m.Content) {
		return ErrLineEnd
	}
	return nil
}

// sendable reports whether a path, however it was made, can stand in a command: printable ASCII, a domain that
// does not end the path early, and within the limits of RFC 5321 §4.5.3.1, so that the line is too.
func sendable(p smtp.Path) bool {
	switch {
	case p.Local == "" || len(p.Local) > smtp.MaxLocalPart || len(p.Domain) > smtp.MaxDomain:
		return false
	case p.Domain == "" && !p.IsPostmaster():
		return false
	}
	for i := range len(p.Local) {
		if c := p.Local[i]; c < ' ' || c > '~' {
			return false
		}
	}
	return isToken(p.Domain)
}

// isToken reports whether s has only what a domain or an address literal is made of.
func isToken(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c <= ' ' || c > '~':
			return false
		case c == '<' || c == '>' || c == '@' || c == '"' || c == '\\':
			return false
		}
	}
	return true
}

// hasCleanLines reports whether CR and LF occur only as CRLF.
func hasCleanLines(text []byte) bool {
	lines := 0
	for rest := text; ; lines++ {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			return bytes.Count(text, cr) == lines
		}
		if i == 0 || rest[i-1] != '\r' {
			return false
		}
		rest = rest[i+1:]
	}
}

var (
	cr   = []byte("\r")
	crlf = []byte("\r\n")
)

// size is the message's size as MAIL declares it: RFC 1870 §5.
func (m *Mail) size() int {
	if len(m.Content) > 0 && !bytes.HasSuffix(m.Content, crlf) {
		return len(m.Content) + len(crlf)
	}
	return len(m.Content)
}

// is8Bit reports whether text has octets that are not ASCII.
func is8Bit(text []byte) bool {
	for ; len(text) >= 8; text = text[8:] {
		if binary.LittleEndian.Uint64(text)&0x8080808080808080 != 0 {
			return true
		}
	}
	for _, c := range text {
		if c >= 0x80 {
			return true
		}
	}
	return false
}
