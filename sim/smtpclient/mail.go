package smtpclient

import (
	"bytes"
	encoding "encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"smtplab/sim/smtp"
)

// Mail is a message and where it goes. It is not changed, and must not be while a Conversation has it.
type Mail struct {
	From    smtp.Path   // reverse-path; the null path for reports
	To      []smtp.Path // at least one
	Content []byte      // CRLF lines, dots not stuffed; the CRLF of the last line may be missing
	Binary  bool        // Content may be of any octets (RFC 3030 §3), which are sent so or encoded, as the server can take them
	DSN     *DSN        // which reports are asked for, if the server offers DSN; nil for what is usual
}

// What cannot be sent. New refuses it rather than change it, so that what the server stores is what the client
// was given.
var (
	ErrNoRecipient = errors.New("smtpclient: a mail needs a recipient")
	ErrLineEnd     = errors.New("smtpclient: a line of the message does not end with CR LF") // RFC 5321 §2.3.8
	ErrNUL         = errors.New("smtpclient: the message contains a NUL octet")
	ErrPath        = errors.New("smtpclient: not an address that a command can carry")
	ErrHello       = errors.New("smtpclient: not a name to introduce oneself with")
	ErrLogin       = errors.New("smtpclient: a login needs a name and a password")
	ErrDSN         = errors.New("smtpclient: not a wish for reports that a command can carry")
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
	switch {
	case m.Binary:
	case bytes.IndexByte(m.Content, 0) >= 0:
		return ErrNUL
	case !hasCleanLines(m.Content):
		return ErrLineEnd
	}
	return m.DSN.check(len(m.To))
}

// sendable reports whether a path, however it was made, can stand in a command: printable, a domain that does not end
// the path early, and within the limits of RFC 5321 §4.5.3.1, so that the line is too. Characters outside ASCII are
// printable for a server with SMTPUTF8: RFC 6531 §3.3.
func sendable(p smtp.Path) bool {
	switch {
	case p.Local == "" || len(p.Local) > smtp.MaxLocalPart || len(p.Domain) > smtp.MaxDomain:
		return false
	case p.Domain == "" && !p.IsPostmaster():
		return false
	}
	return isPrintable(p.Local) && isToken(p.Domain)
}

// isToken reports whether s has only what a domain or an address literal is made of.
func isToken(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c <= ' ' || c == 0x7F:
			return false
		case c == '<' || c == '>' || c == '@' || c == '"' || c == '\\':
			return false
		case c >= utf8.RuneSelf:
			return isPrintableUTF8(s[i:]) && !strings.ContainsAny(s[i:], " <>@\"\\")
		}
	}
	return true
}

// isPrintable reports whether s is UTF-8 without control characters.
func isPrintable(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c == 0x7F:
			return false
		case c >= utf8.RuneSelf:
			return isPrintableUTF8(s[i:])
		}
	}
	return true
}

func isPrintableUTF8(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isInternational reports whether an address has characters outside ASCII.
func (m *Mail) isInternational() bool {
	for _, to := range m.To {
		if !isASCII(to.Local) || !isASCII(to.Domain) {
			return true
		}
	}
	return !isASCII(m.From.Local) || !isASCII(m.From.Domain)
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
	cr    = []byte("\r")
	crlf  = []byte("\r\n")
	space = []byte(" ")
)

// octets is what a message is made of, as MAIL declares it: RFC 6152 §2 and RFC 3030 §3.
type octets uint8

const (
	sevenBit octets = iota
	eightBit
	binary
)

// octetsOf looks at a message. One that may be binary is so only if it could not be sent in lines.
func octetsOf(content []byte, mayBeBinary bool) octets {
	switch {
	case mayBeBinary && !isLines(content):
		return binary
	case is8Bit(content):
		return eightBit
	}
	return sevenBit
}

// isLines reports whether text is of lines that SMTP can carry: RFC 5321 §4.5.3.1.6.
func isLines(text []byte) bool {
	if bytes.IndexByte(text, 0) >= 0 || !hasCleanLines(text) {
		return false
	}
	for line := range bytes.Lines(text) {
		if len(line) > smtp.MaxTextLine {
			return false
		}
	}
	return true
}

// is8Bit reports whether text has octets that are not ASCII.
func is8Bit(text []byte) bool {
	for ; len(text) >= 8; text = text[8:] {
		if encoding.LittleEndian.Uint64(text)&0x8080808080808080 != 0 {
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
