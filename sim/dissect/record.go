package dissect

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// The types of TLS records: RFC 8446 §5.1.
const (
	changeCipherSpec = 20
	alert            = 21
	handshake        = 22
	applicationData  = 23
)

const (
	headerLen = 5              // type, version, length
	maxRecord = 16<<10 + 2<<10 // of what follows a header: RFC 5246 §6.2.3, which allows more than RFC 8446 §5.2
)

// isHeader reports whether p begins with the header of a record. Octets in the clear hardly ever do.
func isHeader(p []byte) bool {
	return len(p) >= headerLen && p[0] >= changeCipherSpec && p[0] <= applicationData && p[1] == 3 && p[2] <= 4 &&
		payloadLen(p) <= maxRecord
}

// payloadLen is how many octets follow a header.
func payloadLen(header []byte) int { return int(binary.BigEndian.Uint16(header[3:])) }

// records cuts a stream into TLS records, joining what segments have torn apart.
type records struct{ held []byte }

// next returns the first record of p, header included, and what follows it; nil when there is no whole one. It keeps
// no more than one record. ok is false when the octets that it returns are no record; then nothing that follows is.
func (r *records) next(p []byte) (record, rest []byte, ok bool) {
	if len(r.held) == 0 && isHeader(p) && len(p) >= headerLen+payloadLen(p) {
		n := headerLen + payloadLen(p)
		return p[:n:n], p[n:], true
	}
	for {
		size := headerLen
		if len(r.held) >= headerLen {
			size += payloadLen(r.held)
		}
		n := min(size-len(r.held), len(p))
		r.held = append(r.held, p[:n]...)
		p = p[n:]
		switch {
		case len(r.held) < size:
			return nil, nil, true
		case size == headerLen && !isHeader(r.held):
			return r.take(append(r.held, p...)), nil, false
		case size == headerLen+payloadLen(r.held):
			return r.take(r.held), p, true
		}
	}
}

// take forgets what is held and returns octets that are made of it.
func (r *records) take(octets []byte) []byte {
	r.held = nil
	return octets
}

// Records says which TLS records the octets of a segment are, by the headers, which everybody on the way can read:
// "TLS: handshake 512 octets, application data 45 octets". It is "" for octets that do not begin with a header: no TLS,
// or what goes on with a record that an earlier segment began.
func Records(p []byte) string {
	var words []string
	for isHeader(p) {
		n := payloadLen(p)
		text := fmt.Sprintf("%s %s", recordNames[p[0]-changeCipherSpec], octets(n))
		if p = p[headerLen:]; n > len(p) {
			text += fmt.Sprintf(" (%d of them here)", len(p))
			n = len(p)
		}
		words, p = append(words, text), p[n:]
	}
	switch {
	case words == nil:
		return ""
	case len(p) > 0:
		words = append(words, "the beginning of a header")
	}
	return "TLS: " + strings.Join(words, ", ")
}

var recordNames = [...]string{"change cipher spec", "alert", "handshake", "application data"}

// octets is "1 octet" or "2 octets".
func octets(n int) string {
	if n == 1 {
		return "1 octet"
	}
	return fmt.Sprintf("%d octets", n)
}
