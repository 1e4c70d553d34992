package smtpserver

import "bytes"

// lineReader finds command lines in octets that come in any pieces. Only CRLF ends a line. Of an unfinished line
// it holds no more than the longest that the caller allows, however long the line gets.
type lineReader struct {
	held []byte // the beginning of an unfinished line
	size int    // octets of the unfinished line, held or not
	cr   bool   // the last octet of the unfinished line is CR
}

// read takes octets of p up to the end of a line, or all. If done, line is the line without its CRLF, cut if it
// is longer than limit, and size is its true size with CRLF. The line is valid until the next call, or until p changes.
// The limit is the same throughout a line.
func (l *lineReader) read(p []byte, limit int) (line []byte, size, n int, done bool) {
	n = l.end(p)
	if n == 0 {
		l.hold(p, limit)
		return nil, 0, len(p), false
	}
	if l.size == 0 { // the usual case: nothing needs to be copied
		return p[:n-2], n, n, true
	}
	l.hold(p[:n], limit)
	line, size = l.held, l.size
	if size <= limit {
		line = line[:size-2]
	}
	l.held, l.size, l.cr = l.held[:0], 0, false
	return line, size, n, true
}

// end returns how many octets of p belong to the current line, up to its CRLF; 0 if that is not in p.
func (l *lineReader) end(p []byte) int {
	for n := 0; ; {
		i := bytes.IndexByte(p[n:], '\n')
		if i < 0 {
			return 0
		}
		n += i + 1
		if n == 1 && l.cr || n > 1 && p[n-2] == '\r' {
			return n
		}
	}
}

// hold adds octets to the unfinished line.
func (l *lineReader) hold(p []byte, limit int) {
	if room := limit - len(l.held); room > 0 {
		l.held = append(l.held, p[:min(room, len(p))]...)
	}
	l.size += len(p)
	l.cr = p[len(p)-1] == '\r'
}

// shrink gives up the room that an exceptionally long line took. No line is unfinished.
func (l *lineReader) shrink() {
	if cap(l.held) > 2*longestLine {
		l.held = nil
	}
}
