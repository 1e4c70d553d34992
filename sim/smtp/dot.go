package smtp

import "bytes"

// Stuffer makes a message fit for transmission after DATA: it puts a dot before each line that begins with one,
// RFC 5321 §4.5.2. The message may come in pieces, cut anywhere. The zero Stuffer is ready for a message.
//
// Only CRLF ends a line. The Stuffer does not look for bare CR or LF; who writes the message must not put them in.
type Stuffer struct{ at place }

// place is where in a line a message in transit is.
type place uint8

const (
	atStart    place = iota // at the beginning of a line
	inText                  // somewhere else
	afterCR                 // after a CR that may be the first half of CRLF
	afterDot                // reader: the line so far is a dot
	afterDotCR              // reader: the line so far is a dot and a CR
)

// AppendTo appends the octets that represent the piece p of the message.
func (s *Stuffer) AppendTo(dst, p []byte) []byte {
	if len(p) == 0 {
		return dst
	}
	switch {
	case s.at == afterCR && p[0] == '\n':
		dst, p = append(dst, '\n'), p[1:]
		s.at = atStart
		return s.AppendTo(dst, p)
	case s.at == atStart && p[0] == '.':
		dst = append(dst, '.')
	}
	for {
		i := indexLineDot(p)
		if i < 0 {
			break
		}
		dst = append(dst, p[:i+3]...)
		p = p[i+2:] // the dot, once more
	}
	s.at = placeAfter(p)
	return append(dst, p...)
}

// indexLineDot is where CRLF and a dot are in p, or -1. It looks for the dot, of which there are fewer than line ends.
func indexLineDot(p []byte) int {
	for i := 0; ; i++ {
		n := bytes.IndexByte(p[i:], '.')
		if n < 0 {
			return -1
		}
		if i += n; i >= 2 && p[i-1] == '\n' && p[i-2] == '\r' {
			return i - 2
		}
	}
}

// placeAfter is where the octets p, which are not empty, lead to if they begin inside a line or with its first octet.
func placeAfter(p []byte) place {
	switch {
	case bytes.HasSuffix(p, crlf):
		return atStart
	case p[len(p)-1] == '\r':
		return afterCR
	}
	return inText
}

// End appends the end of the message, CRLF.CRLF. If the message did not end with CRLF it does now; if it did,
// that CRLF is the first half of the end, as RFC 5321 §4.1.1.4 asks. The Stuffer is then ready for the next.
func (s *Stuffer) End(dst []byte) []byte {
	if s.at != atStart {
		dst = append(dst, '\r', '\n')
	}
	s.at = atStart
	return append(dst, '.', '\r', '\n')
}

// DataReader reads a message as it comes after DATA: it takes away the dots of transparency and finds the end.
// Only CRLF.CRLF is the end, where the first CRLF may be the one behind DATA. It finds the true end whatever is
// wrong with the message, so that no part of a message is ever taken for commands. The zero DataReader is ready
// for a message and keeps all of it.
type DataReader struct {
	Limit int64 // keep at most this many octets and count the rest; 0 for no limit

	at     place
	done   bool
	faults Faults
	octets int64
	line   int // octets of the current line so far, without a dot of transparency
}

// Faults are the things that may be wrong with a message on the wire.
type Faults uint8

// The faults.
const (
	BareCR   Faults = 1 << iota // a CR that no LF follows: RFC 5321 §2.3.8
	BareLF                      // an LF that follows no CR
	NUL                         // an octet 0
	LongLine                    // a line of more than MaxTextLine octets
)

// Read takes octets from the wire, appends the message's octets among them to dst, and returns the longer dst
// and how many octets it took: all of p, or fewer if the message ended in it. How the octets are cut into calls
// makes no difference.
func (r *DataReader) Read(dst, p []byte) (content []byte, n int) {
	kept := 0 // p[kept:n] are octets of the message that are still to be appended
	for n < len(p) && !r.done {
		switch r.at {
		case atStart:
			r.line = 0
			if p[n] != '.' {
				r.at = inText
				break
			}
			dst = r.keep(dst, p[kept:n])
			n++
			kept = n
			r.at = afterDot
		case afterDot:
			r.at = inText
			if p[n] == '\r' {
				n++
				kept = n
				r.at = afterDotCR
			}
		case afterDotCR:
			if p[n] == '\n' {
				n++
				kept = n
				r.done = true
				break
			}
			dst = r.keep(dst, crlf[:1]) // the CR was part of the line after all
			r.line++
			r.faults |= BareCR
			r.at = inText
		case afterCR:
			if p[n] == '\n' {
				n++
				r.grow(1)
				r.at = atStart
				break
			}
			r.faults |= BareCR
			r.at = inText
		case inText:
			n += r.text(p[n:])
		}
	}
	if r.faults&NUL == 0 && bytes.IndexByte(p[:n], 0) >= 0 {
		r.faults |= NUL
	}
	return r.keep(dst, p[kept:n]), n
}

// text reads to the end of the line or of p, whichever is first, and returns how many octets that is.
func (r *DataReader) text(p []byte) int {
	size := bytes.IndexByte(p, '\n') + 1
	text := p[:size]
	switch {
	case size == 0:
		text = p
		r.at = inText
		if p[len(p)-1] == '\r' {
			text = p[:len(p)-1]
			r.at = afterCR
		}
		size = len(p)
	case size > 1 && p[size-2] == '\r':
		text = p[:size-2]
		r.at = atStart
	default: // the line goes on: a bare LF does not end it
		r.faults |= BareLF
	}
	if bytes.IndexByte(text, '\r') >= 0 {
		r.faults |= BareCR
	}
	r.grow(size)
	return size
}

// grow counts octets of the current line.
func (r *DataReader) grow(n int) {
	r.line += n
	if r.line > MaxTextLine {
		r.faults |= LongLine
	}
}

// keep appends octets of the message, as far as the limit allows, and counts them.
func (r *DataReader) keep(dst, p []byte) []byte {
	if room := r.Limit - r.octets; r.Limit > 0 && int64(len(p)) > room {
		dst = append(dst, p[:max(room, 0)]...)
	} else {
		dst = append(dst, p...)
	}
	r.octets += int64(len(p))
	return dst
}

// Done reports whether the end was read.
func (r *DataReader) Done() bool { return r.done }

// Faults are those seen so far.
func (r *DataReader) Faults() Faults { return r.faults }

// FaultsOf are those of a message that came in chunks (RFC 3030), the same that a DataReader finds after DATA. Its last
// line need not end.
func FaultsOf(content []byte) (faults Faults) {
	line := 0
	for i, c := range content {
		line++
		if line > MaxTextLine {
			faults |= LongLine
		}
		switch {
		case c == 0:
			faults |= NUL
		case c == '\r' && (i+1 == len(content) || content[i+1] != '\n'):
			faults |= BareCR
		case c == '\n' && (i == 0 || content[i-1] != '\r'):
			faults |= BareLF
		case c == '\n':
			line = 0
		}
	}
	return faults
}

// Octets is the size of the message so far, whether its octets were kept or not: without the dots of
// transparency and the end, with the CRLF of its last line (RFC 1870 §5).
func (r *DataReader) Octets() int64 { return r.octets }
