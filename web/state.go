package web

import (
	"bytes"
	"slices"
	"strconv"

	"smtplab/sim/lab"
	"smtplab/sim/pop3"
	"smtplab/sim/smtp"
	"smtplab/sim/trace"
	"smtplab/web/ui"
)

// maxPath is how many of the last steps of a conversation are listed beside its diagram.
const maxPath = 40

// stateView is a conversation's way through its protocol's states.
type stateView struct {
	subject
	there   bool
	diagram ui.Diagram
	state   trace.State
	secure  bool
	reached map[string]bool
	taken   []int
	last    int
	path    []trace.Event // the last replies
	steps   int
	asked   []trace.Event // commands, responses and data that were not answered, oldest first
}

// diagrams are those of the protocols that have states.
var diagrams = map[trace.Proto]ui.Diagram{trace.SMTP: ui.SMTPStates, trace.POP3: ui.POP3States}

func (v *stateView) take(l *lab.Lab, sc *scene) (err error) {
	v.reached, v.last = map[string]bool{}, -1
	begun := false
	v.there, err = v.subject.take(l, sc, func(e *trace.Event) {
		if !begun {
			begun = true
			v.diagram = diagrams[v.talk.Proto]
			v.taken = make([]int, len(v.diagram.Edges))
		}
		v.follow(e)
	})
	return err
}

// follow goes on by an event.
func (v *stateView) follow(e *trace.Event) {
	v.secure = v.secure || e.Secure && e.Line()
	switch e.Kind {
	case trace.Open:
		v.state = e.After
		v.reached[v.state.String()] = true
	case trace.Command, trace.Response:
		v.asked = append(v.asked, *e)
	case trace.Data:
		last := len(v.asked) - 1
		switch {
		case v.talk.Proto != trace.SMTP:
		case last < 0 || v.asked[last].Kind != trace.Data:
			v.asked = append(v.asked, *e)
		default: // one message in several parts: how it ends is asked for
			raw := slices.Concat(v.asked[last].Raw, e.Raw)
			v.asked[last].Raw = raw[max(0, len(raw)-len("\r\n.\r\n")):]
		}
	case trace.Reply:
		v.answered(e)
		v.step(e.Before, e.After, e.Verb)
		v.steps++
		if v.path = append(v.path, *e); len(v.path) > maxPath {
			v.path = v.path[1:]
		}
	case trace.Close:
		v.asked = nil
		v.step(v.state, trace.Ended, ui.Closed)
	}
}

// answered takes out what a reply answers, and what came before that: replies come in order.
func (v *stateView) answered(e *trace.Event) {
	for i := range v.asked {
		if a := &v.asked[i]; a.Seq == e.Re || a.Kind == trace.Data && e.Verb == trace.EOD {
			v.asked = v.asked[i+1:]
			return
		}
	}
}

// step marks the way from a state to another.
func (v *stateView) step(from, to trace.State, verb string) {
	name := from.String()
	if verb == "" && v.steps == 0 {
		name = "" // the greeting is the beginning
	}
	if i := v.diagram.Edge(name, to.String(), verb); i >= 0 && !(from == trace.Ended && to == trace.Ended) {
		v.taken[i]++
		v.last = i
	}
	v.state = to
	v.reached[to.String()] = true
}

func (v *stateView) draw(s *Server, sc *scene, view *ui.View) {
	if !v.there {
		view.Empty = nothingYet
		return
	}
	view.Chooser = v.chooser(sc, view.Name)
	if v.diagram.Proto == "" || v.state == trace.NoState || v.steps == 0 && v.state == trace.Ended {
		view.Empty = "No protocol was spoken: the connection did not come about, or nothing was said in it."
		return
	}
	current := v.state.String()
	d := &ui.StateDiagram{
		Diagram: v.diagram, Title: v.diagram.Proto + ": " + current, Current: current, Means: ui.StateWords(current),
		Reached: v.reached, Taken: v.taken, Last: v.last, PathCut: v.steps - len(v.path),
	}
	v.next(s, d)
	for i := range v.path {
		e := &v.path[i]
		step := ui.StateStep{Time: seconds(e.At), Text: stepWords(e), From: e.Before.String(), To: e.After.String(), URL: eventURL(sc.base, e.Seq)}
		if i == 0 && d.PathCut == 0 && e.Verb == "" {
			step.From = ""
		}
		d.Path = append(d.Path, step)
	}
	view.State = d
}

// stepWords are what was answered, and with what: "EHLO 250", "greeting 220", "end of the data 250".
func stepWords(e *trace.Event) string {
	what := e.Verb
	switch what {
	case "":
		what = "greeting"
	case trace.EOD:
		what = "end of the data"
	}
	if e.Proto == trace.POP3 {
		return what + " " + pop3Sign(e.Code)
	}
	return what + " " + strconv.Itoa(e.Code)
}

func pop3Sign(code int) string {
	switch {
	case code > 0:
		return "+OK"
	case code < 0:
		return "-ERR"
	}
	return "+"
}

// next says what may come: the answer to what was asked, or a command.
func (v *stateView) next(s *Server, d *ui.StateDiagram) {
	if v.state == trace.Ended {
		return
	}
	if v.steps == 0 {
		d.Waits = "The server has yet to greet, with one of these:"
		d.Answers = answersOf(v.talk.Proto, map[bool][]string{true: {"220", "421", "554"}, false: {"+OK", "-ERR"}}[v.talk.Proto == trace.SMTP])
		return
	}
	if len(v.asked) > 0 && (v.asked[0].Kind != trace.Data || v.state != trace.InData || endsData(v.asked[0])) {
		e := v.asked[0]
		d.Waits = "The server is to answer " + askedWords(&e) + ", with one of these:"
		d.Answers = answersOf(e.Proto, s.book.Event(e).Next)
		return
	}
	if v.state == trace.Authenticating {
		d.Waits = "The client is to answer the challenge, or to give up with a line that is only an asterisk."
		return
	}
	for _, verb := range s.book.InOrder(v.state, v.secure) {
		x := s.book.Event(trace.Event{Kind: trace.Command, Proto: v.talk.Proto, Verb: verb})
		may := ui.MayFollow{Verb: verb, Title: x.Title, Answers: answersOf(v.talk.Proto, x.Next)}
		if verb == trace.EOD {
			may.Verb = "."
		}
		if to := leadsTo(v.talk.Proto, v.state, verb); to != v.state {
			may.LeadsTo = to.String()
		}
		d.Next = append(d.Next, may)
	}
}

// endsData reports whether the client has sent the dot that ends its message (RFC 5321 §4.1.1.4).
func endsData(e trace.Event) bool {
	return string(e.Raw) == ".\r\n" || bytes.HasSuffix(e.Raw, []byte("\r\n.\r\n"))
}

func askedWords(e *trace.Event) string {
	switch {
	case e.Kind == trace.Response:
		return "the response"
	case e.Kind == trace.Data:
		return "the end of the data"
	case e.Verb == "":
		return "what the client said"
	}
	return e.Verb
}

// leadsTo is the state after a verb was answered as its client hopes.
func leadsTo(p trace.Proto, from trace.State, verb string) trace.State {
	if p == trace.POP3 {
		return pop3.Next(from, verb, pop3.OK)
	}
	code := map[string]int{"DATA": 354, "AUTH": 235, "STARTTLS": 220, "QUIT": 221}[verb]
	return smtp.Next(from, verb, max(code, 250))
}

func answersOf(p trace.Proto, codes []string) []ui.Answer {
	var list []ui.Answer
	for _, code := range codes {
		e := trace.Event{Kind: trace.Reply, Proto: p}
		switch code {
		case "+OK":
			e.Code = 1
		case "-ERR":
			e.Code = -1
		default:
			e.Code, _ = strconv.Atoi(code)
		}
		list = append(list, ui.Answer{Code: code, Tone: toneOfReply(&e)})
	}
	return list
}
