package pop3

import "smtplab/sim/smtp"

// body is what follows the first line of a multi-line reply (RFC 1939 §3), written bit by bit as there is room.
type body struct {
	kind bodyKind
	next int          // listings: the message that is next, from 0
	text []byte       // the octets of a message that are left
	dots smtp.Stuffer // byte-stuffing is SMTP's transparency under another name
}

type bodyKind uint8

const (
	noBody bodyKind = iota
	scanBody
	uniqueIDBody
	textBody
)

const (
	maxListed  = 20 + 1 + 70 + 2 // "number unique-id CRLF", the longest line of a listing
	terminator = ".\r\n"
)

// stream writes as much of the body as there is room for, and reports whether none is left.
func (s *Session) stream() bool {
	switch s.body.kind {
	case noBody:
		return true
	case textBody:
		return s.streamText()
	}
	return s.streamListing()
}

func (s *Session) streamListing() bool {
	for ; s.body.next < s.count; s.body.next++ {
		if s.room() < maxListed {
			return false
		}
		switch {
		case s.isDeleted(s.body.next):
		case s.body.kind == scanBody:
			s.scan(s.body.next)
		default:
			s.uniqueID(s.body.next)
		}
	}
	if s.room() < len(terminator) {
		return false
	}
	s.text(terminator)
	s.body = body{}
	return true
}

func (s *Session) streamText() bool {
	b := &s.body
	if room := s.room(); room >= 8 {
		// Every CRLF may be followed by a dot, and each such dot becomes two: three octets grow to four.
		n := min(len(b.text), room/4*3-2)
		s.out = b.dots.AppendTo(s.out, b.text[:n])
		b.text = b.text[n:]
	}
	if len(b.text) > 0 || s.room() < len("\r\n")+len(terminator) {
		return false
	}
	s.out = b.dots.End(s.out)
	s.body = body{}
	return true
}

func (s *Session) room() int { return MaxOutput - len(s.out) }
