package exercise

import (
	"smtplab/sim/lab"
	"smtplab/sim/trace"
)

// moment is an event that a run is judged by. It is read as far as somebody asks: of most events a kind, a verb and a code
// tell that they do not matter.
type moment struct {
	lab  *lab.Lab
	log  *trace.Log // the lab's
	seq  uint64
	kind trace.Kind
	conn uint32

	verb   string // of verbOf
	code   int    // of codeOf
	verbOf uint64 // the event whose verb was read
	codeOf uint64
	whole  trace.Event // the last that was read whole
}

// goTo makes it another event of the lab.
func (m *moment) goTo(seq uint64) {
	m.seq, m.kind, m.conn = seq, m.log.Kind(seq), m.log.Conn(seq)
}

// event is all of it, until the next.
func (m *moment) event() *trace.Event {
	if m.whole.Seq != m.seq {
		m.log.Read(m.seq, &m.whole)
	}
	return &m.whole
}

// says is the verb of a command, or of the one that is answered.
func (m *moment) says() string {
	if m.verbOf != m.seq {
		m.verb, m.verbOf = m.log.Verb(m.seq), m.seq
	}
	return m.verb
}

// replies is the code of a reply.
func (m *moment) replies() int {
	if m.codeOf != m.seq {
		m.code, m.codeOf = m.log.Code(m.seq), m.seq
	}
	return m.code
}

// answers is the event that is answered; 0 for none.
func (m *moment) answers() uint64 { return m.log.Re(m.seq) }

// raw is its octets.
func (m *moment) raw() []byte { return m.log.Raw(m.seq) }
