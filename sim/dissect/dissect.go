// Package dissect reads a conversation off the wire, as a network analyser does: it is shown the octets of both
// directions in the order in which they are sent, and says which of them are commands, replies and parts of a
// message. It asks neither end, so it tells the truth about any client and any server, also about those that
// break the rules. RFC 5321 §2.4, §4.1.1.4 and RFC 1939 §3 say where lines and messages end.
//
// Every octet ends up in exactly one event, in order. Where TLS carries the conversation those are the octets inside:
// they are read with the keys that one end gave away, as an analyser reads them with a key log, and the messages of
// TLS itself are told in words (RFC 8446, RFC 5246). What cannot be decrypted is told as that.
package dissect

import (
	"bytes"

	"smtplab/sim/trace"
)

// Dissector follows one conversation.
type Dissector interface {
	Client(p []byte) // octets that the client sent; they must never change afterwards
	Server(p []byte) // octets that the server sent; likewise
	Close()          // nothing more follows: what is incomplete is told as it is
	State() trace.State
	// Transaction is the mail transaction whose end of data the server has still to answer; 0 if there is none.
	Transaction() uint32
}

// Sink takes the events. Of each, Kind, Proto, Secure, Re, Tx, Before and After are set, Raw or (of a Handshake) Note,
// and Verb and Code of a reply; the sink knows the rest. It returns the event's number.
type Sink interface {
	Note(fromClient bool, e trace.Event) uint64
	NextTransaction() uint32
}

// maxLine is how many octets of an unfinished line are held back before they are told as they are.
const maxLine = 4 << 10

var (
	crlf      = []byte("\r\n")
	endOfData = []byte("\r\n.\r\n")
)

// asked is a command that has not been answered.
type asked struct {
	seq  uint64
	verb string
	tx   uint32
	many bool // POP3: a positive answer has more than one line
	last bool // BDAT: its chunk, if one there is, ends the message
}

// dropFirst takes the oldest command off. A few that are left move to the front, so that their room is used again;
// many, of a client that says much and reads nothing, stay where they are, since moving them each time would take
// time by the square of their number.
func dropFirst(open []asked) []asked {
	if len(open) > 16 {
		return open[1:]
	}
	return append(open[:0], open[1:]...)
}

// keep adds to octets that are undecided. The first are not copied, since they never change and may be many: a client
// can say AUTH a thousand times in one breath.
func keep(early, p []byte) []byte {
	if len(early) == 0 {
		return p[:len(p):len(p)]
	}
	return append(early, p...)
}

// cutOff is the line that a client did not end. part is the one that it goes on, 0 for none.
func cutOff(line []byte, part uint64, response bool) trace.Event {
	switch {
	case part != 0:
		return trace.Event{Kind: trace.Data, Raw: line, Re: part}
	case response:
		return trace.Event{Kind: trace.Response, Raw: line}
	}
	return trace.Event{Kind: trace.Command, Raw: line}
}

// lines cuts a stream into lines, joining what segments have torn apart.
type lines struct{ held []byte }

// next returns the first line of p with its CRLF, and what follows it. Without a whole line it keeps p and
// returns nil, but it never keeps more than maxLine octets: those are returned as they are.
func (l *lines) next(p []byte) (line, rest []byte) {
	if len(l.held) > 0 {
		p = append(l.held, p...)
		l.held = nil
	}
	if i := bytes.Index(p, crlf); i >= 0 {
		return p[: i+2 : i+2], p[i+2:]
	}
	if len(p) <= maxLine {
		l.held = append([]byte(nil), p...)
		return nil, nil
	}
	if p[len(p)-1] == '\r' { // its LF may follow
		l.held = []byte{'\r'}
		p = p[:len(p)-1]
	}
	return p[:len(p):len(p)], nil
}

// terminator finds CRLF.CRLF in a stream, however segments tear it.
type terminator struct {
	tail [4]byte // the last octets seen
	n    uint8   // how many there are
}

// begin starts looking at the beginning of a line.
func (t *terminator) begin() { t.n = uint8(copy(t.tail[:], crlf)) }

// find returns how many octets of p belong to the data, the terminator included, and whether it ended there.
func (t *terminator) find(p []byte) (n int, ended bool) {
	var seam [8]byte
	held := copy(seam[:], t.tail[:t.n])
	length := held + copy(seam[held:], p[:min(len(p), 4)])
	if i := bytes.Index(seam[:length], endOfData); i >= 0 {
		return i + len(endOfData) - held, true
	}
	if i := indexEnd(p); i >= 0 {
		return i + len(endOfData), true
	}
	if len(p) >= 4 {
		t.n = uint8(copy(t.tail[:], p[len(p)-4:]))
	} else {
		keep := seam[max(0, length-4):length]
		t.n = uint8(copy(t.tail[:], keep))
	}
	return len(p), false
}

// indexEnd is where CRLF.CRLF is in p, or -1. It looks for the dot, of which there are fewer than line ends.
func indexEnd(p []byte) int {
	for i := 0; ; i++ {
		n := bytes.IndexByte(p[i:], '.')
		if n < 0 {
			return -1
		}
		if i += n; i >= 2 && bytes.HasPrefix(p[i-2:], endOfData) {
			return i - 2
		}
	}
}
