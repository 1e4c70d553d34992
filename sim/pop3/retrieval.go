package pop3

import "bytes"

// retr answers RETR msg: RFC 1939 §5.
func (s *Session) retr(arg []byte) {
	if s.loggedOut() {
		return
	}
	i, ok := s.message(arg)
	if !ok {
		return
	}
	content := s.drop.Content(i)
	if s.keepsBack(content) {
		return
	}
	s.text("+OK ")
	s.octets(wireSize(content))
	s.end()
	s.body = body{kind: textBody, text: content}
}

// top answers TOP msg n: the header, the blank line and the first n lines of the message's body (RFC 1939 §7).
func (s *Session) top(arg []byte) {
	if s.loggedOut() {
		return
	}
	number, count, _ := bytes.Cut(arg, space)
	lines, ok := parseNumber(count)
	if !ok {
		s.err("TOP needs a message number and a number of lines")
		return
	}
	i, ok := s.message(number)
	if !ok {
		return
	}
	top := topOf(s.drop.Content(i), lines)
	if s.keepsBack(top) {
		return
	}
	s.ok("top of the message follows")
	s.body = body{kind: textBody, text: top}
}

// topOf cuts a message after its header, the blank line and so many lines more.
func topOf(content []byte, lines int) []byte {
	end := headerLen(content)
	for i := 0; i <= lines && end < len(content); i++ { // the blank line is the first of these
		end += lineLen(content[end:])
	}
	return content[:end]
}

// headerLen is the length of a message's header, without the blank line.
func headerLen(content []byte) int {
	end := 0
	for end < len(content) && !bytes.HasPrefix(content[end:], crlf) {
		end += lineLen(content[end:])
	}
	return end
}

// lineLen is the length of the first line of text, CRLF included.
func lineLen(text []byte) int {
	if i := bytes.Index(text, crlf); i >= 0 {
		return i + 2
	}
	return len(text)
}

// wireSize is the size of a message as it is announced: its octets with CRLF for every line end and without
// byte-stuffing (RFC 1939 §11), which is what the client has after unstuffing.
func wireSize(content []byte) int64 {
	if len(content) > 0 && !bytes.HasSuffix(content, crlf) {
		return int64(len(content)) + 2
	}
	return int64(len(content))
}
