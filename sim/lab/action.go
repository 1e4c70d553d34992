package lab

import (
	"fmt"
	"time"

	"smtplab/sim/clock"
	"smtplab/sim/trace"
)

// Verb names what a person did.
type Verb string

// The actions. Each says which fields of Action it reads.
const (
	Send    Verb = "send"    // Host, Mail: compose and send a mail
	Fetch   Verb = "fetch"   // Host: check the mail, a POP3 conversation
	Read    Verb = "read"    // Host, N: open mail N of the inbox
	Delete  Verb = "delete"  // Host, N: delete mail N, here and on the server, a POP3 conversation
	Cut     Verb = "cut"     // Host: cut the host's link
	Restore Verb = "restore" // Host: restore it
	Run     Verb = "run"     // let the world go on by itself
	Pause   Verb = "pause"   // stop it before the next event
	Step    Verb = "step"    // while paused: go on until the next segment has arrived or something was said
	Skip    Verb = "skip"    // jump to the next event, however far away
	Speed   Verb = "speed"   // Speed: how fast people watch
	Reset   Verb = "reset"   // begin again from the Spec
	Restart Verb = "restart" // Host: the server's programs end, and begin again
	Setup   Verb = "setup"   // Host, Settings: change how a host's programs are set up
	Note    Verb = "note"    // N, Text: keep a note beside event N; an empty one takes it away
	Pin     Verb = "pin"     // N: pin event N
	Unpin   Verb = "unpin"   // N: take the pin away

	Answer Verb = "answer" // Target, Text: answer a question of an exercise

	// Of connections that are used by hand, or by real programs outside: see line.go. Host says at which end that is;
	// "" is the client's.
	Connect Verb = "connect" // Host, Target, N: open a connection from the host to port N of the target
	Say     Verb = "say"     // Host, Conn, Data: say these octets
	Took    Verb = "took"    // Conn, N: N octets more of what had arrived were read
	Finish  Verb = "finish"  // Host, Conn: say nothing more
	Drop    Verb = "drop"    // Host, Conn: give the connection up
)

// Action is what a person did. Actions are validated, then journalled, then applied.
//
// At, Step and Seq are filled in by Lab.Stamp when the action is accepted: with them a replay applies it at
// exactly the moment at which it was applied the first time.
type Action struct {
	Verb Verb   `json:"verb"`
	Host string `json:"host,omitempty"`
	N    int    `json:"n,omitempty"`
	Mail *Mail  `json:"mail,omitempty"`
	Text string `json:"text,omitempty"`

	// Given says that it was done before the student of an exercise came, who cannot undo it.
	Given bool `json:"given,omitempty"`

	Settings *Settings `json:"settings,omitempty"`
	Conn     uint32    `json:"conn,omitempty"`
	Data     []byte    `json:"data,omitempty"`
	Target   string    `json:"target,omitempty"` // a host as a person names it, see Lab.target; "" is the server

	// Speed is in lines per second, at least MinSpeed; 0 is as fast as the machine can.
	Speed float64 `json:"speed,omitempty"`

	At   clock.Time `json:"at"`
	Step uint64     `json:"step"` // events that the clock had run
	Seq  uint64     `json:"seq"`  // newest event of the trace
}

// Mail is what a person wrote in the compose window: field texts, as typed.
type Mail struct {
	To      string `json:"to"` // addresses separated by commas
	Cc      string `json:"cc,omitempty"`
	Bcc     string `json:"bcc,omitempty"`
	Subject string `json:"subject,omitempty"`
	Body    string `json:"body,omitempty"`
	Files   []File `json:"files,omitempty"`
	Report  bool   `json:"report,omitempty"` // the server is asked to report what becomes of it: RFC 3461
}

// octets is how much text and files a mail has.
func (m *Mail) octets() int {
	n := len(m.Body)
	for i := range m.Files {
		n += len(m.Files[i].Data)
	}
	return n
}

// File is an attachment.
type File struct {
	Name string `json:"name"`
	Type string `json:"type,omitempty"` // media type; guessed from the name when empty
	Data []byte `json:"data"`
}

// Mistake is an action that cannot be done, in a sentence meant for the person who tried it.
type Mistake struct {
	Field string // the form field at fault: "to", "subject", "body", "files"; or ""
	Code  string // stable word for programs: "bad_address", "empty", "too_big", "limit", "unknown_host", "not_now", "unknown_mail", "unknown_name", "unknown_event"
	Text  string // "“pc2@” is not a complete address: the part after the @ is missing."
	Item  int    // which one of the field's several things, from 1; 0 when that says nothing
}

// Error is the sentence.
func (m *Mistake) Error() string { return m.Text }

// Stamp fills in the moment of an action that is about to be applied. A reset, where a replay may begin, also
// notes the speed that it keeps.
func (l *Lab) Stamp(a *Action) {
	a.At, a.Step, a.Seq = l.clock.Now(), l.clock.Steps(), l.log.Last()
	if a.Verb == Reset {
		a.Speed = l.speed
	}
}

// Check says whether the action could be applied now, and why not: nil or a *Mistake.
func (l *Lab) Check(a Action) error {
	out, err := l.check(&a)
	l.keep(out.content)
	return err
}

// keep has the next mail composed where one was that is not needed any more, if that is not much memory.
func (l *Lab) keep(content []byte) {
	if cap(content) > cap(l.page) && cap(content) <= maxPage {
		l.page = content[:0]
	}
}

const maxPage = 4 << 10

// Apply does what a person did, at the current moment: its effects begin, but time does not move unless moving it
// is what the person did. It returns a *Mistake, and changes nothing, when Check would.
func (l *Lab) Apply(a Action) error {
	out, err := l.check(&a)
	if err != nil {
		return err
	}
	if !a.OfLine() || a.ByHand() {
		l.actions++
	}
	switch {
	case a.Given:
		l.given++
	case !l.own.ok && !a.ofClock():
		l.own = acted{l.clock.Now(), l.clock.Steps(), true}
	}
	if text := a.describe(); text != "" {
		l.log.Append(&trace.Event{Kind: trace.Action, At: l.clock.Now(), From: a.Host, Note: text})
	}
	l.apply(&a, out)
	return nil
}

// Replay moves the lab to the moment of an action that was applied before, and applies it. It fails when the lab
// does not come by that moment, which only happens when it has another history.
func (l *Lab) Replay(a Action) error {
	if a.Verb == Reset && l.log.Len() == 0 { // a replay may begin at a reset
		l.clock = clock.Resume(a.At, a.Step)
		l.log.StartAt(a.Seq)
	}
	if err := l.MoveTo(a.At, a.Step); err != nil {
		return err
	}
	if l.log.Last() != a.Seq {
		return fmt.Errorf("lab: replay: the trace has %d events where it had %d", l.log.Last(), a.Seq)
	}
	return l.Apply(a)
}

// MoveTo runs the world on to a moment that it had before: so many events run, at that time.
func (l *Lab) MoveTo(at clock.Time, steps uint64) error {
	for l.clock.Steps() < steps {
		if !l.clock.Step() {
			return fmt.Errorf("lab: replay: nothing happens after %d events, where %d had", l.clock.Steps(), steps)
		}
	}
	if next, ok := l.clock.Next(); l.clock.Steps() != steps || at < l.clock.Now() || ok && next < at {
		return fmt.Errorf("lab: replay: the lab does not come by time %d after %d events", at, steps)
	}
	l.clock.AdvanceTo(at)
	return nil
}

// check is Check; for Send it returns the letter, so that it is composed once.
func (l *Lab) check(a *Action) (out letter, err error) {
	if err := l.checkLimits(a); err != nil {
		return out, err
	}
	switch a.Verb {
	case Send:
		h, err := l.pcOf(a)
		if err != nil {
			return out, err
		}
		if a.Mail == nil {
			return out, mistake("to", "empty", "There is no mail to send.")
		}
		memory := l.page
		l.page = nil
		return l.compose(h, a.Mail, l.clock.Now(), l.mails+1, memory)
	case Fetch:
		return out, l.checkFetch(a)
	case Read:
		_, err := l.mailOf(a)
		return out, err
	case Delete:
		if _, err := l.mailOf(a); err != nil {
			return out, err
		}
		return out, l.checkFetch(a)
	case Cut, Restore:
		return out, l.checkLink(a)
	case Step, Skip:
		return out, l.checkMove(a)
	case Speed:
		if a.Speed != 0 && !(a.Speed >= MinSpeed && a.Speed <= MaxSpeed) {
			return out, mistake("speed", "bad_speed", "The speed is between %g and %d lines per second, or max.", MinSpeed, MaxSpeed)
		}
	case Restart:
		if a.Host != l.server.host.ID {
			return out, mistake("", "unknown_host", "“%s” is no server of this lab.", shorten(a.Host))
		}
	case Setup:
		return out, l.checkSetup(a)
	case Answer:
		return out, l.checkAnswer(a)
	case Note, Pin, Unpin:
		return out, l.checkAnnotation(a)
	case Connect:
		return out, l.checkConnect(a)
	case Say, Took, Finish, Drop:
		return out, l.checkLine(a)
	case Run, Pause, Reset:
	default:
		return out, mistake("", "unknown_action", "There is no action called “%s”.", shorten(string(a.Verb)))
	}
	return out, nil
}

// checkLimits refuses what would make the lab too large. Resetting it, ending conversations and looking at things is
// always possible.
func (l *Lab) checkLimits(a *Action) error {
	switch a.Verb {
	case Reset, Restart, Finish, Drop:
		return nil
	}
	if l.actions >= MaxActions && (!a.OfLine() || a.ByHand()) {
		return mistake("", "limit", "This lab has seen %d actions, which is its limit. Reset it to go on.", MaxActions)
	}
	switch a.Verb {
	case Send, Fetch, Delete, Connect, Say:
	default:
		return nil
	}
	switch {
	case l.log.Len() >= MaxEvents || l.log.Octets() >= MaxOctets:
		return mistake("", "limit", "This lab's record is full (%d events, %d MB). Reset the lab to go on.", l.log.Len(), l.log.Octets()>>20)
	case a.Verb == Send && l.mails >= MaxMails:
		return mistake("", "limit", "%d mails have been sent in this lab, which is its limit. Reset it to go on.", MaxMails)
	case len(l.talks) >= MaxConversations && a.Verb != Connect && a.Verb != Say:
		return mistake("", "limit", "%d conversations are going on at once, which is the limit. Let some of them end first.", MaxConversations)
	}
	return nil
}

// OfLine reports whether the action is about a line. Of those from outside there are many, and what they cost is counted
// in octets and events.
func (a *Action) OfLine() bool {
	switch a.Verb {
	case Connect, Say, Took, Finish, Drop:
		return true
	}
	return false
}

// ofClock reports whether the action moves time, and nothing else.
func (a *Action) ofClock() bool {
	switch a.Verb {
	case Run, Pause, Step, Skip, Speed:
		return true
	}
	return false
}

// acted is the moment of an action.
type acted struct {
	at   clock.Time
	step uint64
	ok   bool
}

// ByHand reports whether the action is about a line that a person uses. Who does names the host, which a real program
// need not.
func (a *Action) ByHand() bool { return a.OfLine() && a.Host != "" && a.Host != OutsideID }

func (l *Lab) pcOf(a *Action) (*host, error) {
	h := l.host(a.Host)
	switch {
	case h == nil:
		return nil, mistake("", "unknown_host", "There is no host “%s” in this lab.", shorten(a.Host))
	case h.pc == nil:
		return nil, mistake("", "unknown_host", "%s is no PC: it has no mail program.", h.Name)
	}
	return h, nil
}

func (l *Lab) checkFetch(a *Action) error {
	h, err := l.pcOf(a)
	if err == nil && h.pc.fetching != nil {
		return mistake("", "not_now", "%s is checking its mail already. Wait for it to finish.", h.Name)
	}
	return err
}

func (l *Lab) mailOf(a *Action) (*Received, error) {
	h, err := l.pcOf(a)
	if err != nil {
		return nil, err
	}
	m := h.pc.mail(a.N)
	if m == nil {
		return nil, mistake("", "unknown_mail", "%s has no mail number %d in its inbox.", h.Name, a.N)
	}
	return m, nil
}

func (l *Lab) checkLink(a *Action) error {
	h := l.host(a.Host)
	switch {
	case h == nil || h.net == nil:
		return mistake("", "unknown_host", "There is no host “%s” with a link in this lab.", shorten(a.Host))
	case a.Verb == Cut && !h.net.LinkUp():
		return mistake("", "not_now", "The link of %s is cut already.", h.Name)
	case a.Verb == Restore && h.net.LinkUp():
		return mistake("", "not_now", "The link of %s is whole already.", h.Name)
	}
	return nil
}

func (l *Lab) checkMove(a *Action) error {
	next, ok := l.clock.Next()
	switch {
	case !ok:
		return mistake("", "not_now", "Nothing is going on. Send a mail first.")
	case a.Verb == Step && !l.near():
		return mistake("", "not_now", "Nothing happens for the next %s. Use Skip ahead to go there.", inWords(next.Sub(l.clock.Now())))
	}
	return nil
}

// apply does what check found possible.
func (l *Lab) apply(a *Action, out letter) {
	h := l.host(a.Host)
	switch a.Verb {
	case Send:
		l.send(h, a.Mail, out)
	case Fetch:
		l.fetch(h, nil)
	case Read:
		l.read(h, a.N)
	case Delete:
		m := h.pc.mail(a.N)
		m.Deleting = true
		l.fetch(h, []string{m.UID})
	case Cut:
		h.net.Cut()
	case Restore:
		h.net.Restore()
	case Run:
		l.paused = false
	case Pause:
		l.paused = true
	case Step:
		l.paused = true
		l.advance()
	case Skip:
		for last := l.log.Last(); l.log.Last() == last && l.clock.Step(); {
			l.advance()
		}
	case Speed:
		l.speed = a.Speed
	case Restart:
		l.log.Append(&trace.Event{Kind: trace.Condition, At: l.clock.Now(), From: a.Host, Note: "restarts: whoever is connected is told 421"})
		l.server.restart()
	case Setup:
		l.setUp(h, a.Settings)
	case Answer:
		l.answer(a)
	case Note, Pin, Unpin:
		l.annotate(a)
	case Connect:
		l.connect(a)
	case Say, Took, Finish, Drop:
		l.use(a)
	case Reset:
		l.reset()
		l.speed = a.Speed
	}
}

// advance runs the world until something can be seen.
func (l *Lab) advance() {
	for last := l.log.Last(); l.log.Last() == last && l.near(); {
		l.clock.Step()
	}
}

// reset begins again from the Spec. Time and the numbers of events go on, so that nobody who watches is confused.
func (l *Lab) reset() {
	l.Close()
	l.clock = clock.Resume(l.clock.Now(), l.clock.Steps())
	l.log.Reset()
	l.paused = false
	if err := l.build(); err != nil {
		panic(err) // the Spec made a lab before
	}
	l.log.Append(&trace.Event{Kind: trace.Reset, At: l.clock.Now(), Note: "The lab was reset"})
}

// describe is what a person did with the mail, in the words of the trace; "" for an action that the trace tells of
// in other ways, or that only moves time.
func (a *Action) describe() string {
	switch a.Verb {
	case Send:
		return "sends a mail"
	case Fetch:
		return "checks its mail"
	case Read:
		return fmt.Sprintf("reads mail %d", a.N)
	case Delete:
		return fmt.Sprintf("deletes mail %d", a.N)
	case Setup:
		return "changes its settings"
	case Connect:
		if a.Target != "" {
			return fmt.Sprintf("opens a connection by hand: %s, port %d", shorten(a.Target), a.N)
		}
	}
	return ""
}

// inWords is a duration as people say it.
func inWords(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.3g s", d.Seconds())
	}
	d = d.Round(time.Second)
	if s := d % time.Minute; s > 0 {
		return fmt.Sprintf("%d min %d s", d/time.Minute, s/time.Second)
	}
	return fmt.Sprintf("%d min", d/time.Minute)
}
