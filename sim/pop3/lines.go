package pop3

import "bytes"

// maxSkip is how much of an over-long line is discarded before the session is ended.
const maxSkip = 64 << 10

// What cut can find at the beginning of the input.
type found int

const (
	nothing  found = iota // not a whole line yet
	command               // a line
	overlong              // the end of a line over the limit
	endless               // a line so long that its end is not waited for
	binary                // the first octet of a TLS handshake, which no command begins with
)

// cut takes one line off p. Only CRLF ends it. Of a line over the limit nothing is kept but that it was one, so
// that its tail is never taken for a command.
func (s *Session) cut(p []byte) (line, rest []byte, what found) {
	if s.skipping {
		return s.skip(p)
	}
	if len(p) > 0 && p[0] == 0x16 && s.tls != secured {
		return nil, nil, binary
	}
	limit := s.maxLine()
	if i := bytes.Index(p[:min(len(p), limit)], crlf); i >= 0 {
		return p[:i], p[i+2:], command
	}
	if len(p) < limit {
		return nil, p, nothing
	}
	s.skipping, s.skipped = true, 0
	return s.skip(p)
}

// maxLine is how long the client's next line may be.
func (s *Session) maxLine() int {
	if s.exchange != nil {
		return MaxResponse
	}
	return MaxLine
}

// skip discards up to the end of the line.
func (s *Session) skip(p []byte) (line, rest []byte, what found) {
	end := bytes.Index(p, crlf)
	switch {
	case end >= 0:
		s.skipped += end
		p, what = p[end+2:], overlong
		s.skipping = false
	case bytes.HasSuffix(p, crlf[:1]): // the LF may follow
		s.skipped += len(p) - 1
		p = p[len(p)-1:]
	default:
		s.skipped += len(p)
		p = nil
	}
	if s.skipped > maxSkip {
		return nil, nil, endless
	}
	return nil, p, what
}
