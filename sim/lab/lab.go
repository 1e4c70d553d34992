// Package lab is a whole small world: hosts on a network, their mail programs and their server, and the one
// trace of what happened among them. It is the only room where all engines meet.
//
// A lab is deterministic. The same Spec and the same Actions give the same trace, event for event. It is
// single-threaded: whoever holds it calls one method at a time, and nothing happens between calls. It starts no
// goroutine and reads no wall clock.
//
// The way of an action: Check says whether it can be done, and why not (action.go); Apply begins it, which
// usually dials (pc.go); segments arrive as events of the clock, and a driver hands their octets to the session
// they are for (driver.go); a tap on the network writes the trace (record.go); the views (view.go) are computed
// from what is there.
package lab

import (
	"slices"
	"time"

	"smtplab/sim/clock"
	"smtplab/sim/dissect"
	"smtplab/sim/trace"
	"smtplab/sim/vnet"
)

// Lab is one world. Use New.
type Lab struct {
	spec   Spec
	clock  *clock.Clock
	net    *vnet.Network
	log    trace.Log
	hosts  []host
	server *mailServer

	conversations []*conversation
	talks         []talk // the PCs' parts in conversations that go on
	notices       []notice
	programs      []*clock.Turn
	lines         []*line
	news          []*line      // to which something happened
	trust         *trust       // nil until TLS is used
	keys          dissect.Keys // of all TLS conversations
	spare         []byte       // memory that the PCs' SMTP conversations hand on
	page          []byte       // and memory for the next mail to be composed in
	answers       []said       // to the questions of an exercise
	stored        []stored     // in the mailboxes, when there is one
	transactions  uint32
	mails         int
	mailed        int // octets of text and files in them
	actions       int
	given         int // actions before the student of an exercise came
	own           acted
	annotations   []Annotation // in the order of their events
	annotated     uint64       // how often any was changed

	era    uint64
	paused bool
	speed  float64
}

// host is a machine of the Spec with what runs on it.
type host struct {
	*Host
	net *vnet.Host   // nil for the switch
	pc  *mailProgram // nil unless it is a PC
}

// talk is a PC's part in a conversation that goes on.
type talk struct {
	host  *host
	proto string
	end   *vnet.End
	party caller
}

// caller is a client's side of a conversation, which can say what it is doing.
type caller interface {
	Expects() string // the verb whose answer it waits for; "" for the greeting, or when it is over
}

// soon is how near the next event must be for the world to count as going on: latency is shorter, time-outs and
// retries are longer.
const soon = time.Second

// DefaultSpeed is how many segments a second people see at first.
const DefaultSpeed = 3

// New builds the world of a Spec at lab time zero. It fails with a *Mistake when the Spec is over the limits or
// contradicts itself.
func New(spec Spec) (*Lab, error) {
	if err := checkSpec(&spec); err != nil {
		return nil, err
	}
	l := &Lab{spec: spec, clock: clock.New(0), speed: DefaultSpeed}
	if err := l.build(); err != nil {
		return nil, err
	}
	return l, nil
}

// build sets up the world of the Spec on the lab's clock.
func (l *Lab) build() error {
	l.net = vnet.New(l.clock, l.spec.Start, recorder{l})
	l.hosts = make([]host, len(l.spec.Hosts), len(l.spec.Hosts)+1) // Outside may join, and nobody may move then
	var server *host
	for i := range l.spec.Hosts {
		h, here := &l.spec.Hosts[i], &l.hosts[i]
		here.Host = h
		if h.Kind == Switch {
			continue
		}
		here.net = l.net.AddHost(h.ID, h.IP, vnet.Link(h.Link))
		if h.Kind == Server {
			server = here
			continue
		}
		pc, err := l.install(here)
		if err != nil {
			return err
		}
		here.pc = pc
	}
	l.server = l.serve(server)
	for i := range l.hosts {
		if h := &l.hosts[i]; h.pc != nil {
			h.pc.setUp(l, h, h.Account)
		}
	}
	l.keys.Reset()
	l.conversations, l.talks, l.notices, l.lines, l.news, l.trust = nil, nil, nil, nil, nil, nil
	l.transactions, l.mails, l.mailed, l.actions, l.given, l.own, l.answers, l.stored = 0, 0, 0, 0, 0, acted{}, nil, nil
	l.annotations, l.annotated = nil, 0
	return nil
}

func (l *Lab) host(id string) *host {
	for i := range l.hosts {
		if l.hosts[i].ID == id {
			return &l.hosts[i]
		}
	}
	return nil
}

// Spec is what the lab was made from.
func (l *Lab) Spec() Spec { return l.spec }

// Given is how many actions were done before the student of an exercise came, unless a reset has forgotten them.
func (l *Lab) Given() int { return l.given }

// Acted is the moment, as an Action has it, at which anybody first did something since then, with more than the clock; ok is
// false when nobody has.
func (l *Lab) Acted() (at clock.Time, step uint64, ok bool) { return l.own.at, l.own.step, l.own.ok }

// Trace is the lab's record.
func (l *Lab) Trace() *trace.Log { return &l.log }

// Now is the lab time.
func (l *Lab) Now() clock.Time { return l.clock.Now() }

// Calendar is the date and time in the lab at an instant of lab time.
func (l *Lab) Calendar(t clock.Time) time.Time { return l.spec.Start.Add(time.Duration(t)) }

// Next is the time of the next event, and whether there is one.
func (l *Lab) Next() (clock.Time, bool) { return l.clock.Next() }

// Steps is how many events have run.
func (l *Lab) Steps() uint64 { return l.clock.Steps() }

// Paused reports whether the world waits for somebody to say run or step. Pacing itself is the runner's.
func (l *Lab) Paused() bool { return l.paused }

// Speed is how many segments a second people watch; 0 is as fast as the machine can.
func (l *Lab) Speed() float64 { return l.speed }

// AdvanceTo moves lab time forward while nothing happens, at most to the next event.
func (l *Lab) AdvanceTo(t clock.Time) {
	if next, ok := l.clock.Next(); ok {
		t = min(t, next)
	}
	l.clock.AdvanceTo(t)
}

// Step runs the next event of the world, and reports whether there was one.
func (l *Lab) Step() bool { return l.clock.Step() }

// Settle runs events until nothing is going on: until no event is left, or the next is further than a second
// of lab time away (a time-out, a retry).
func (l *Lab) Settle() {
	for l.near() {
		l.clock.Step()
	}
}

// near reports whether the next event belongs to what is going on now.
func (l *Lab) near() bool {
	next, ok := l.clock.Next()
	return ok && next.Sub(l.clock.Now()) < soon
}

// join and leave keep the list of the PCs' conversations.
func (l *Lab) join(h *host, proto string, end *vnet.End, p caller) {
	l.talks = append(l.talks, talk{h, proto, end, p})
}

func (l *Lab) leave(p caller) {
	for i := range l.talks {
		if l.talks[i].party == p {
			l.talks = slices.Delete(l.talks, i, i+1)
			return
		}
	}
}

// notice is a Notice as it is kept: its words are found when somebody looks.
type notice struct {
	host *host
	at   clock.Time
	seq  uint64
	sent int // the sending that it reports; else
	text string
	bad  bool
	conn uint32
}

// notify keeps a notice and thereby shows it.
func (l *Lab) notify(n notice) {
	n.at, n.seq = l.clock.Now(), l.log.Last()
	l.notices = append(l.notices, n)
}

// Go runs blocking code (a standard client, a terminal) as a program on a host, taking turns with the rest of the
// lab: its first turn is the next event. It ends at the latest with a Reset, or with Close. A program is no Action,
// so a replay of the Actions runs without it. Go fails when there is no such host.
func (l *Lab) Go(id string, program func(*vnet.Host)) error {
	h := l.host(id)
	if h == nil || h.net == nil {
		return mistake("", "unknown_host", "There is no host “%s” with a link in this lab.", shorten(id))
	}
	l.programs = append(l.programs, l.clock.Go(func() { program(h.net) }))
	return nil
}

// Close lets go of what the lab holds besides memory: the programs that Go started, and TLS handshakes that go on.
func (l *Lab) Close() {
	l.trust.stop()
	for _, p := range l.programs {
		p.Stop()
	}
	l.programs = nil
}
