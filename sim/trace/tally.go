package trace

import (
	"slices"
	"strings"

	"smtplab/sim/clock"
)

// Tally is what one conversation cost and how far it came. The zero Tally is that of nothing; it is fed the events of
// the conversation in their order, from the first.
type Tally struct {
	Proto    Proto // SMTP or POP3; learnt from the events, but a connection that does not come about does not tell
	Trips    int   // round trips: how often the client had to wait for the server before it could go on
	Commands int   // lines of the client, those included that answer a challenge
	Replies  int   // of the server
	Sent     int64 // octets that the client put on the wire, repetitions and TLS included, headers of TCP not
	Received int64 // likewise of the server
	Mails    int   // accepted by SMTP, or retrieved by POP3
	Lost     int   // segments that did not arrive

	client  string // host id
	waits   bool   // the client has sent something that the server has not answered
	tls     Agreement
	ended   bool
	endedAt clock.Time
	reached [allStages]reach
}

// Progress is how far a conversation came with one of its stages.
type Progress uint8

// The ways in which a stage can stand. A Begun one was not answered yet, a Failed one was refused, or ended by the end of
// the connection. The conversation did without a Skipped one, as many do without TLS.
const (
	Ahead Progress = iota
	Begun
	Done
	Failed
	Skipped
)

var progressNames = [...]string{"ahead", "begun", "done", "failed", "skipped"}

// String is the progress's name in class names: "done".
func (p Progress) String() string { return progressNames[p] }

// Stage is one of the steps that every conversation of its protocol takes.
type Stage struct {
	Name     string // "connect", "RCPT", "login"
	Progress Progress
	At       clock.Time // when it was done first, or failed, or began; not of those ahead or skipped
	Done     int        // how often it was done
	Refused  int        // how often the server refused it
}

// stage numbers the steps of all protocols.
type stage uint8

const (
	connectStage stage = iota
	helloStage
	tlsStage
	authStage
	mailStage
	rcptStage
	dataStage
	listStage
	retrieveStage
	quitStage
	allStages
)

var stageNames = [allStages]string{"connect", "EHLO", "TLS", "AUTH", "MAIL", "RCPT", "DATA", "list", "retrieve", "QUIT"}

// stagesOf are the steps of each protocol, in their order.
var stagesOf = map[Proto][]stage{
	SMTP: {connectStage, helloStage, tlsStage, authStage, mailStage, rcptStage, dataStage, quitStage},
	POP3: {connectStage, tlsStage, authStage, listStage, retrieveStage, quitStage},
}

// stageOf is the step that a verb belongs to, for those that belong to one.
var stageOf = map[string]stage{
	"EHLO": helloStage, "HELO": helloStage, "STARTTLS": tlsStage, "STLS": tlsStage, auth: authStage,
	"MAIL": mailStage, "RCPT": rcptStage, "DATA": dataStage, "BDAT": dataStage, EOD: dataStage, "QUIT": quitStage,
	"USER": authStage, "PASS": authStage, "APOP": authStage,
	"STAT": listStage, "LIST": listStage, "UIDL": listStage, "RETR": retrieveStage, "TOP": retrieveStage,
}

// reach is what is known of a step.
type reach struct{ began, done, refused count }

// count is how often something happened, and when first.
type count struct {
	n  int
	at clock.Time
}

func (c *count) add(at clock.Time) {
	if c.n++; c.n == 1 {
		c.at = at
	}
}

// Add counts the next event of the conversation.
func (t *Tally) Add(e *Event) {
	if t.client == "" {
		t.client = e.From // a conversation begins with the client's SYN
	}
	if e.Proto == SMTP || e.Proto == POP3 {
		t.Proto = e.Proto
	}
	switch e.Kind {
	case Segment:
		t.segment(e)
	case Lost:
		t.Lost++
	case Open:
		t.reached[connectStage].done.add(e.At)
	case Command, Response:
		t.Commands++
		if s, known := stageOf[e.Verb]; known {
			t.reached[s].began.add(e.At)
		}
	case Reply:
		t.Replies++
		t.reply(e)
	case Handshake:
		t.handshake(e)
	case Close:
		t.ended, t.endedAt = true, e.At
	}
}

// segment counts octets and turns. A FIN answers nothing.
func (t *Tally) segment(e *Event) {
	fromClient := e.From == t.client
	switch {
	case e.Note == "FIN":
	case fromClient:
		t.waits = true
	case t.waits:
		t.waits = false
		t.Trips++
	}
	if fromClient {
		t.Sent += int64(len(e.Raw))
		t.reached[connectStage].began.add(e.At)
	} else {
		t.Received += int64(len(e.Raw))
	}
}

// reply counts what the server did or refused.
func (t *Tally) reply(e *Event) {
	no := e.Code < 0 || e.Code >= 400
	s, known := stageOf[e.Verb]
	r := &t.reached[s]
	switch {
	case no && t.Replies == 1 && e.Verb == "": // the greeting turns the client away
		t.reached[connectStage].done = count{}
		t.reached[connectStage].refused.add(e.At)
	case !known:
	case no:
		r.refused.add(e.At)
	case e.Code == 334 || e.Code == 354 || e.Code == 0, e.Verb == "BDAT", e.Verb == "USER", s == tlsStage:
		// More has to be said before it is done.
	default:
		r.done.add(e.At)
	}
	if !no && (e.Verb == EOD || e.Verb == "RETR") {
		t.Mails++
	}
}

// handshake follows TLS, which stands when both have said Finished, and falls by an alert before that.
func (t *Tally) handshake(e *Event) {
	r := &t.reached[tlsStage]
	if r.done.n > 0 {
		return
	}
	r.began.add(e.At)
	stands := t.tls.Add(e)
	switch name, words, _ := strings.Cut(e.Note, ": "); {
	case stands:
		r.done.add(e.At)
	case name == "Alert" && strings.HasPrefix(words, "fatal"):
		r.refused.add(e.At)
	}
}

// Stages are the steps of the conversation's protocol, each with what became of it. Of a connection to a port that
// nobody serves there is only the first.
func (t *Tally) Stages() []Stage {
	order := stagesOf[t.Proto]
	if order == nil {
		order = []stage{connectStage}
	}
	all := make([]Stage, len(order))
	later := false
	for i, s := range slices.Backward(order) {
		r := &t.reached[s]
		all[i] = Stage{Name: stageNames[s], Done: r.done.n, Refused: r.refused.n}
		if t.Proto == POP3 {
			all[i].Name = pop3Name(s)
		}
		switch {
		case r.done.n > 0:
			all[i].Progress, all[i].At = Done, r.done.at
		case r.refused.n > 0:
			all[i].Progress, all[i].At = Failed, r.refused.at
		case r.began.n > 0 && t.ended:
			all[i].Progress, all[i].At = Failed, t.endedAt
		case r.began.n > 0:
			all[i].Progress, all[i].At = Begun, r.began.at
		case later:
			all[i].Progress = Skipped
		}
		later = later || all[i].Progress != Ahead && s != quitStage // who quits has skipped nothing
	}
	return all
}

// pop3Name is what a step is called in POP3, where several commands may serve it.
func pop3Name(s stage) string {
	switch s {
	case authStage:
		return "login"
	case quitStage:
		return "quit"
	}
	return stageNames[s]
}

// Agreement follows the events of a TLS handshake, which stands when both ends have said Finished. The zero Agreement is
// that of none.
type Agreement struct{ first string } // who has said it first: a host id

// Add takes the next event of the conversation, and reports whether TLS stands by it.
func (a *Agreement) Add(e *Event) bool {
	if e.Kind != Handshake || !strings.HasPrefix(e.Note, "Finished: ") {
		return false
	}
	if a.first == "" {
		a.first = e.From
	}
	return a.first != e.From
}
