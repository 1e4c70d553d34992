package exercise

import (
	"slices"
	"strconv"
	"strings"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
)

// dialogueFollower follows all conversations that a dialogue may be.
type dialogueFollower struct {
	*dialogue
	steps []group // the dialogue's, with the student's word
	never []step
	talks []*talk // by the number of the connection, from base on; foreign for one that is not meant, nil for one that is not known
	base  uint32
	last  *talk   // the one that was told of last,
	conn  uint32  // and its number
	live  *talk   // the one that is going on and has come furthest
	ended *talk   // of those that will come no further, the one that has come furthest
	other other   // the last that is nearly meant
	met   []*talk // in which all is so

	kinds    trace.Kinds // of event that matter
	measured bool        // what a conversation costs is asked for, by a limit or by another check
	compared bool        // by another check

	room struct { // for the first few, which often are all
		talks [4]*talk
		met   [1]*talk
		one   talk
	}
}

// other is a conversation that is not meant.
type other struct {
	seq uint64
	is  string // “came from PC-3”
}

func (d *dialogue) follow(word string) follower {
	f := &dialogueFollower{dialogue: d, steps: make([]group, len(d.groups)), kinds: d.kinds, measured: len(d.limits) > 0}
	if f.measured {
		f.kinds |= costs
	}
	f.met = f.room.met[:0]
	for i, g := range d.groups {
		f.steps[i] = ready(g, word)
	}
	f.never = ready(d.never, word)
	return f
}

// measure says that another check asks what the conversations have cost, or were like.
func (f *dialogueFollower) measure() {
	f.compared, f.measured = true, true
	f.kinds |= costs
}

// ready are steps with the student's word, and with what they are compared with.
func ready(steps []step, word string) []step {
	steps = slices.Clone(steps)
	for i := range steps {
		s := &steps[i]
		if s.line != nil {
			line := fill(*s.line, word)
			s.line = &line
		}
		if s.part != nil {
			part := fill(*s.part, word)
			s.part = &part
		}
		s.content = s.content.with(word)
		s.verbs = slices.Clone(s.verbs)
		for i := range s.verbs {
			s.verbs[i] = fill(s.verbs[i], word)
		}
		if s.args != "" {
			s.args = fill(s.args, word)
			s.whole = patternOf(s.args)
		}
	}
	return steps
}

// talk is one conversation as far as it was followed.
type talk struct {
	group   int    // that is being done
	undone  uint32 // which of its steps are not done, a bit for each
	done    int    // steps in all
	at      uint64 // the event that did the last
	near    near   // what came instead of a step since then
	spoilt  uint64 // what may never be, and was
	ruled   *step  // the step that may not be
	closed  uint64
	message bool // octets of a message are expected
	tls     trace.Agreement
	secured uint64 // the event by which TLS stands; 0 while it does not
	heard   []byte // the tail with what came last behind it,
	fresh   int    // which begins here
	tail    []byte // the last octets of a message so far
	late    string // the limit that was exceeded, in words
	conn    uint32
	cost
}

// near is something that was said instead of a step.
type near struct {
	how  nearness
	seq  uint64 // the reply
	step *step
}

// nearness is how near that was. The nearest is told.
type nearness uint8

const (
	notNear   nearness = iota
	refusal            // something else was refused
	misspoken          // the command was another one of the kind
	inClear            // not in TLS
	answered           // it was answered otherwise
)

func (f *dialogueFollower) event(m *moment) {
	if m.conn == 0 {
		return
	}
	t := f.talk(m)
	if t == foreign {
		return
	}
	if f.reads {
		t.hear(m)
	}
	t.note(m)
	if t.spoilt == 0 {
		f.forbid(t, m)
	}
	if t.group < len(f.steps) {
		if f.measured {
			t.count(m.event())
		}
		f.advance(t, m)
	}
	f.rank(t)
}

// foreign stands for all conversations that are not meant.
var foreign = new(talk)

// known is a conversation that is followed already, or foreign, or nil.
func (f *dialogueFollower) known(conn uint32) *talk {
	if i := conn - f.base; i < uint32(len(f.talks)) { // also when conn is less
		return f.talks[i]
	}
	return nil
}

// talk is the conversation of an event.
func (f *dialogueFollower) talk(m *moment) *talk {
	if m.conn == f.conn {
		return f.last
	}
	t := f.known(m.conn)
	if t == nil {
		t = f.meet(m)
		f.keep(m.conn, t)
	}
	f.last, f.conn = t, m.conn
	return t
}

// meet begins to follow a conversation, if it is one that is meant.
func (f *dialogueFollower) meet(m *moment) *talk {
	c, ok := m.lab.Call(m.conn)
	if !ok {
		return foreign
	}
	if is, nearly := f.unlike(m.lab, &c); is != "" {
		if nearly {
			f.other = other{m.seq, is}
		}
		return foreign
	}
	t := &f.room.one
	if f.live != nil || f.ended != nil {
		t = new(talk)
	}
	t.conn = m.conn
	f.goTo(t, 0)
	return t
}

func (f *dialogueFollower) keep(conn uint32, t *talk) {
	switch {
	case len(f.talks) == 0:
		f.base, f.talks = conn, f.room.talks[:0]
	case conn < f.base:
		f.talks = append(make([]*talk, f.base-conn), f.talks...)
		f.base = conn
	}
	for uint32(len(f.talks)) <= conn-f.base {
		f.talks = append(f.talks, nil)
	}
	f.talks[conn-f.base] = t
}

// unlike says what a conversation is that is not meant, and whether it is nearly one; "" when it is one.
func (d *dialogue) unlike(l *lab.Lab, c *lab.Call) (is string, nearly bool) {
	var all []string
	if d.from != "" && d.from != c.Client {
		all = append(all, "came from "+hostName(l, c.Client))
	}
	if d.to != "" && d.to != c.Server {
		all = append(all, "went to "+hostName(l, c.Server))
	}
	if d.who == "hand" && !c.ByHand {
		all = append(all, "was the mail program’s")
	}
	if d.who == "program" && c.ByHand {
		all = append(all, "was typed by hand")
	}
	fetches := !c.ByHand && (c.Port == 110 || c.Port == 995)
	nearly = len(all) < 2 && (!fetches || d.port == 0 || d.port == int(c.Port)) // who fetches mail has made no mistake
	if d.port != 0 && d.port != int(c.Port) {
		all = append(all, "went to port "+strconv.Itoa(int(c.Port)))
	}
	return strings.Join(all, " and "), nearly
}

// rank keeps which conversation is told of.
func (f *dialogueFollower) rank(t *talk) {
	if t.closed == 0 && t.spoilt == 0 && t.late == "" && t.group < len(f.steps) {
		if f.live == nil || t.done >= f.live.done {
			f.live = t
		}
		return
	}
	if f.live == t {
		f.live = nil
	}
	if f.ended == nil || f.ended.spoilt > 0 || t.spoilt == 0 && t.done >= f.ended.done {
		f.ended = t
	}
}

// best is the conversation that is told of: the one that is going on, if something was done in it, else the one that had
// come furthest.
func (f *dialogueFollower) best() *talk {
	switch {
	case f.live != nil && (f.live.done > 0 || f.ended == nil || f.ended.done == 0):
		return f.live
	case f.ended != nil:
		return f.ended
	}
	return f.live
}

// note keeps where the conversation stands.
func (t *talk) note(m *moment) {
	switch {
	case m.kind == trace.Close:
		t.closed = m.seq
	case m.kind == trace.Handshake:
		if t.tls.Add(m.event()) && t.secured == 0 {
			t.secured = m.seq
		}
	case m.kind == trace.Reply && m.replies() == 354:
		t.message = m.says() == "DATA"
	case m.kind == trace.Reply && t.message && m.says() == trace.EOD:
		t.message = false
	}
}
