package pop3

import (
	"bytes"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"
)

func (c *Config) utf8Names() bool { return c.UTF8 && c.UTF8Names }

// utf8Mode answers UTF8: RFC 6856 §2.1. Messages are then sent as they are.
func (s *Session) utf8Mode(arg []byte) {
	switch {
	case !s.cfg.UTF8:
		s.err(notOffered)
	case s.loggedIn() || s.unwanted(arg):
	default:
		s.utf8 = true
		s.ok("messages come in UTF-8 from here on")
	}
}

// keepsBack refuses to send a message with UTF-8 in its header to a client that has not said UTF8. RFC 6856 §2.1
// leaves the choice between this and a surrogate, which would be another message than the one that was sent. A server
// that does not offer UTF8 knows no such messages, and sends them as they are.
func (s *Session) keepsBack(text []byte) bool {
	if !s.cfg.UTF8 || s.utf8 || !isInternationalized(text, 0) {
		return false
	}
	s.errCode(codeUTF8, "this message has UTF-8 in its header, say UTF8 before you log in")
	return true
}

// maxNesting is how deep parts are looked for. What is nested deeper is taken to have UTF-8 in its header.
const maxNesting = 16

// isInternationalized reports whether a message has UTF-8 in its header, or in that of one of its parts: RFC 6532 §3.
// UTF-8 in a body is no such thing: RFC 6152.
func isInternationalized(text []byte, depth int) bool {
	if isASCII(text) {
		return false
	}
	end := headerLen(text)
	if !isASCII(text[:end]) || depth == maxNesting {
		return true
	}
	kind, parameters, err := mime.ParseMediaType(contentType(text[:end]))
	switch {
	case err != nil: // what has no type has no parts
	case kind == "message/rfc822" || kind == "message/global":
		return isInternationalized(bytes.TrimPrefix(text[end:], crlf), depth+1)
	case strings.HasPrefix(kind, "multipart/") && parameters["boundary"] != "":
		return hasInternationalized(text[end:], parameters["boundary"], depth+1)
	}
	return false
}

// hasInternationalized is the same of the parts of a multipart body, which begins with the blank line: RFC 2046 §5.1.
// A delimiter of parts within a part may be taken for one of this body; that makes no difference to what is looked for.
func hasInternationalized(body []byte, boundary string, depth int) bool {
	delimiter := []byte("\r\n--" + boundary)
	_, rest, _ := bytes.Cut(body, delimiter)
	for len(rest) > 0 && !bytes.HasPrefix(rest, []byte("--")) {
		var part []byte
		part, rest, _ = bytes.Cut(rest, delimiter)
		if isInternationalized(part[lineLen(part):], depth) {
			return true
		}
	}
	return false
}

// contentType is the value of the field Content-Type, unfolded; "" when there is none.
func contentType(header []byte) string {
	for len(header) > 0 {
		n := lineLen(header)
		for n < len(header) && (header[n] == ' ' || header[n] == '\t') {
			n += lineLen(header[n:])
		}
		name, value, _ := bytes.Cut(header[:n], []byte(":"))
		if bytes.EqualFold(bytes.TrimRight(name, " \t"), []byte("Content-Type")) {
			return string(bytes.ReplaceAll(value, crlf, nil))
		}
		header = header[n:]
	}
	return ""
}

// prepared is a name or a password as it is to be compared: RFC 6856 §2.2, by the profiles that took the place of
// SASLprep, RFC 8265. ASCII is as it is.
func prepared(arg []byte, profile *precis.Profile) (string, bool) {
	if isASCII(arg) {
		return string(arg), true
	}
	text, err := profile.String(string(arg))
	return text, err == nil
}

// isUTF8Login reports whether a line is a USER or a PASS in UTF-8, where those may be.
func (s *Session) isUTF8Login(verb string, line []byte) bool {
	return s.cfg.utf8Names() && (verb == "USER" || verb == "PASS") && isText(line)
}

// isText reports whether a line is UTF-8 without control characters of ASCII.
func isText(line []byte) bool {
	for _, c := range line {
		if c < ' ' || c == 0x7F {
			return false
		}
	}
	return utf8.Valid(line)
}

func isASCII(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
