package trace

import (
	"bytes"
	"iter"
	"math"
	"time"

	"smtplab/sim/clock"
)

// Log is the ordered record of one lab. Events are numbered from 1 and are never removed one by one; Reset
// forgets them all but goes on counting. The zero Log is empty and ready.
//
// A lab's memory is mostly its log, so events are held small: what can be read off the octets (verb, code,
// enhanced code) is read off when an event is asked for, and octets are held once, however many events show them.
type Log struct {
	first  uint64 // number of the oldest event held, less one
	chunks [][]record
	hosts  []string
	text   arena
	octets int64
}

// record is an event as it is held, in 32 octets. It has no pointers, so the garbage collector passes over it.
type record struct {
	at       clock.Time
	text     span   // Raw, or Note for the kinds without octets
	conn, tx uint32 // of a Segment, tx is its way
	re       uint32 // how many events before this one; 0 for none
	from, to uint8  // places in hosts, from 1
	what     pair   // Kind; Proto and, in the highest bit, Secure
	states   pair   // Before and After; of a Segment, the scale of its way
}

// way is how long a segment travels, in units of 1<<scale nanoseconds. What takes four seconds or more may be held as
// a few nanoseconds longer than it is.
func way(d time.Duration) (units uint32, scale pair) {
	n := uint64(max(d, 0))
	for n>>scale > math.MaxUint32-1 {
		scale++
	}
	return uint32((n + 1<<scale - 1) >> scale), scale
}

// pair is two small numbers, each less than 16.
type pair uint8

func pairOf(a, b uint8) pair { return pair(a | b<<4) }

func (p pair) first() uint8  { return uint8(p & 15) }
func (p pair) second() uint8 { return uint8(p >> 4) }

const _, _, _ = 15 - toEOD, 7 - TLS, 15 - Ended // does not compile when the last kind, protocol or state is too large

// toEOD is the Kind that a record has for the Reply to the end of the data. Which one that is cannot be read off the
// octets: BDAT 5 LAST ends a message only where CHUNKING is served.
const toEOD = Handshake + 1

// secure is the bit that second has for Secure, beside the protocol.
const secure = 8

func (r *record) kind() Kind {
	if k := Kind(r.what.first()); k != toEOD {
		return k
	}
	return Reply
}

func (r *record) toEOD() bool  { return Kind(r.what.first()) == toEOD }
func (r *record) proto() Proto { return Proto(r.what.second() &^ secure) }
func (r *record) secure() bool { return r.what.second()&secure != 0 }

// Records are allocated chunkLen at a time, but in the first chunk as they come: most labs are small.
const chunkLen = 64

// First is the number of the oldest event held, Last that of the newest; Last is First-1 when there is none.
func (l *Log) First() uint64 { return l.first + 1 }

// Last is the number of the newest event, or of the newest ever when none is held.
func (l *Log) Last() uint64 {
	if len(l.chunks) == 0 {
		return l.first
	}
	last := len(l.chunks) - 1
	return l.first + uint64(last*chunkLen+len(l.chunks[last]))
}

// Octets is how many octets the wire carried, repetitions included.
func (l *Log) Octets() int64 { return l.octets }

// Append adds a copy of an event and returns its number. Seq, Code and Enhanced are not read, and Verb only when it is EOD,
// of a Reply: the log derives them.
// Raw is copied, unless it is part of an event's Raw that this log gave out just before: then it is shared.
func (l *Log) Append(e *Event) uint64 {
	last := len(l.chunks) - 1
	if last < 0 || len(l.chunks[last]) == chunkLen {
		var chunk []record
		if last >= 0 {
			chunk = make([]record, 0, chunkLen)
		}
		l.chunks = append(l.chunks, chunk)
		last++
	}
	seq := l.Last() + 1
	r := record{
		at: e.At, conn: e.Conn, tx: e.Tx, from: l.hostIndex(e.From), to: l.hostIndex(e.To),
		what: pairOf(uint8(e.Kind), uint8(e.Proto)), states: pairOf(uint8(e.Before), uint8(e.After)),
	}
	if e.Kind == Reply && e.Verb == EOD {
		r.what = pairOf(uint8(toEOD), uint8(e.Proto))
	}
	if e.Secure {
		r.what |= pairOf(0, secure)
	}
	if e.Re > l.first {
		r.re = uint32(seq - e.Re)
	}
	switch {
	case e.Note != "":
		r.text = l.text.addString(e.Note)
	case len(e.Raw) > 0:
		r.text = l.text.add(e.Raw)
	}
	if e.Kind == Segment {
		l.octets += int64(len(e.Raw))
		r.tx, r.states = way(e.Arrives.Sub(e.At))
	}
	l.chunks[last] = append(l.chunks[last], r)
	return seq
}

func (l *Log) hostIndex(id string) uint8 {
	if id == "" {
		return 0
	}
	for i, h := range l.hosts {
		if h == id {
			return uint8(i + 1)
		}
	}
	l.hosts = append(l.hosts, id)
	return uint8(len(l.hosts))
}

func (l *Log) host(i uint8) string {
	if i == 0 {
		return ""
	}
	return l.hosts[i-1]
}

// Reset forgets all events and goes on counting.
func (l *Log) Reset() {
	l.first = l.Last()
	l.chunks, l.text, l.octets = nil, arena{}, 0
}

// StartAt makes an empty log go on counting after seq, as if that many events had been forgotten.
func (l *Log) StartAt(seq uint64) {
	l.Reset()
	l.first = seq
}

// Len is how many events are held.
func (l *Log) Len() int { return int(l.Last() - l.first) }

func (l *Log) record(seq uint64) *record {
	if seq <= l.first || seq > l.Last() {
		return nil
	}
	i := int(seq - l.first - 1)
	return &l.chunks[i/chunkLen][i%chunkLen]
}

// At is event seq; the zero Event when it is not held.
func (l *Log) At(seq uint64) (e Event) {
	l.Read(seq, &e)
	return e
}

// Read is At, into an event that may be used again.
func (l *Log) Read(seq uint64, e *Event) {
	r := l.record(seq)
	if r == nil {
		*e = Event{}
		return
	}
	*e = Event{
		Seq: seq, At: r.at, Kind: r.kind(), Proto: r.proto(), Secure: r.secure(), Conn: r.conn, Tx: r.tx,
		From: l.host(r.from), To: l.host(r.to), Before: State(r.states.first()), After: State(r.states.second()),
	}
	if r.re > 0 {
		e.Re = seq - uint64(r.re)
	}
	text := l.text.at(r.text)
	switch e.Kind {
	case Command, Response, Data:
		e.Raw, e.Verb = text, l.verb(seq, r, text)
	case Reply:
		e.Raw, e.Verb = text, l.verb(seq, r, text)
		if e.Code = code(e.Proto, text); e.Code > 1 && len(text) > 4 {
			e.Enhanced = enhanced(text[0], text[4:])
		}
	case Segment:
		e.Tx, e.Before, e.After = 0, NoState, NoState
		e.Arrives = e.At + clock.Time(r.tx)<<r.states
		if e.Proto != TCP {
			e.Raw = text
		} else {
			e.Note = string(text)
		}
	default:
		e.Note = string(text)
	}
}

// What follows reads one thing of an event, for whoever looks at many and at little of each.

// Kind is At(seq).Kind.
func (l *Log) Kind(seq uint64) Kind {
	if r := l.record(seq); r != nil {
		return r.kind()
	}
	return 0
}

// Conn is At(seq).Conn.
func (l *Log) Conn(seq uint64) uint32 {
	if r := l.record(seq); r != nil {
		return r.conn
	}
	return 0
}

// Re is At(seq).Re.
func (l *Log) Re(seq uint64) uint64 {
	if r := l.record(seq); r != nil && r.re > 0 {
		return seq - uint64(r.re)
	}
	return 0
}

// Raw is At(seq).Raw, for the kinds that carry octets.
func (l *Log) Raw(seq uint64) []byte {
	if r := l.record(seq); r != nil {
		return l.text.at(r.text)
	}
	return nil
}

// Verb is At(seq).Verb.
func (l *Log) Verb(seq uint64) string {
	r := l.record(seq)
	if r == nil {
		return ""
	}
	return l.verb(seq, r, l.text.at(r.text))
}

// verb is that of an event whose octets are known.
func (l *Log) verb(seq uint64, r *record, text []byte) string {
	switch r.kind() {
	case Command:
		return verb(text)
	case Response:
		return auth
	case Reply, Data:
		switch {
		case r.toEOD():
			return EOD
		case r.re > 0:
			return l.answers(seq - uint64(r.re))
		}
	}
	return ""
}

// Code is At(seq).Code.
func (l *Log) Code(seq uint64) int {
	if r := l.record(seq); r != nil && r.kind() == Reply {
		return code(r.proto(), l.text.at(r.text))
	}
	return 0
}

// answers is the verb that a reply to event re carries, unless it is one to the end of the data, and that of the data of a
// chunk, which belong to their BDAT.
func (l *Log) answers(re uint64) string {
	r := l.record(re)
	switch {
	case r == nil:
		return ""
	case r.kind() == Response:
		return auth
	case r.kind() == Data && r.re == 0:
		return EOD
	case r.kind() == Data:
		return l.answers(re - uint64(r.re))
	}
	return verb(l.text.at(r.text))
}

// After yields the events with numbers greater than seq, oldest first.
func (l *Log) After(seq uint64) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for n := max(seq, l.first) + 1; n <= l.Last(); n++ {
			if !yield(l.At(n)) {
				return
			}
		}
	}
}

// Kinds is a set of kinds.
type Kinds uint16

// Of is the set of some kinds.
func Of(kinds ...Kind) (set Kinds) {
	for _, k := range kinds {
		set |= 1 << k
	}
	return set
}

// Has reports whether a kind is in the set.
func (s Kinds) Has(k Kind) bool { return s>>k&1 != 0 }

// Next is the number of the first event of some kinds after event seq; 0 when there is none.
func (l *Log) Next(kinds Kinds, seq uint64) uint64 {
	if kinds == 0 {
		return 0
	}
	i := max(seq, l.first) - l.first
	for c := i / chunkLen; c < uint64(len(l.chunks)); c++ {
		records := l.chunks[c]
		for i -= c * chunkLen; i < uint64(len(records)); i++ {
			if kinds.Has(records[i].kind()) {
				return l.first + c*chunkLen + i + 1
			}
		}
		i = (c + 1) * chunkLen
	}
	return 0
}

// Before yields the events with numbers less than seq, newest first.
func (l *Log) Before(seq uint64) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for n := min(seq, l.Last()+1) - 1; n > l.first; n-- {
			if !yield(l.At(n)) {
				return
			}
		}
	}
}

// EOD is the verb of a reply to the end of the data, which is no command of its own.
const EOD = "EOD"

const auth = "AUTH"

var crlf = []byte("\r\n")

// The verbs that this release speaks, so that reading one costs no allocation.
var verbs = [...]string{
	"EHLO", "HELO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "HELP", "VRFY", "EXPN", "QUIT",
	auth, "STARTTLS", "BDAT",
	"USER", "PASS", "STAT", "LIST", "RETR", "DELE", "TOP", "UIDL", "CAPA", "STLS", "APOP", "UTF8", "LANG",
}

// verb is the first word of a command in upper case, as smtp.ParseCommand reads it; "" when it cannot be a verb.
func verb(line []byte) string {
	n := 0
	for n < len(line) && isVerbChar(line[n]) {
		n++
	}
	rest := bytes.TrimSuffix(line[n:], crlf)
	if n == 0 || n > 16 || len(rest) > 0 && rest[0] != ' ' && len(bytes.TrimRight(rest, " \t")) > 0 {
		return ""
	}
	var room [16]byte
	upper := room[:n]
	for i := range upper {
		if upper[i] = line[i]; upper[i] >= 'a' {
			upper[i] -= 'a' - 'A'
		}
	}
	for _, v := range verbs {
		if v == string(upper) {
			return v
		}
	}
	return string(upper)
}

func isVerbChar(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || isDigit(c) || c == '-' }

// code reads a reply's code (RFC 5321 §4.2); 1 and -1 are POP3's +OK and -ERR.
func code(p Proto, raw []byte) int {
	switch {
	case p == POP3 && bytes.HasPrefix(raw, []byte("+OK")):
		return 1
	case p == POP3 && bytes.HasPrefix(raw, []byte("+ ")):
		return 0 // a challenge: RFC 5034 §4
	case p == POP3:
		return -1
	case len(raw) < 3 || !isDigit(raw[0]) || !isDigit(raw[1]) || !isDigit(raw[2]):
		return 0
	}
	return int(raw[0]-'0')*100 + int(raw[1]-'0')*10 + int(raw[2]-'0')
}

// enhanced is the status code at the start of a reply's text, when its class is that of the reply (RFC 2034 §4, RFC 3463 §2).
func enhanced(class byte, text []byte) string {
	if len(text) < 5 || text[0] != class || text[1] != '.' || class != '2' && class != '4' && class != '5' {
		return ""
	}
	dots, n := 0, 0
	for ; n < len(text); n++ {
		switch c := text[n]; {
		case isDigit(c):
		case c == '.' && isDigit(text[n-1]):
			dots++
		case dots == 2 && text[n-1] != '.' && (c == ' ' || c == '\r'):
			for _, known := range usual {
				if known == string(text[:n]) {
					return known
				}
			}
			return string(text[:n])
		default:
			return ""
		}
	}
	return ""
}

// usual are the enhanced codes of most replies, so that reading one costs no allocation.
var usual = [...]string{"2.1.5", "2.1.0", "2.0.0", "5.5.1", "5.1.1", "5.5.2"}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
