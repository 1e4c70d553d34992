package exercise

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"smtplab/sim/lab"
	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// parseMeasure reads the clauses of one line.
func parseMeasure(words []string) (clause, error) {
	switch words[0] {
	case "mailbox": // mailbox pc2 holds 1
		if len(words) < 4 || words[2] != "holds" {
			return nil, wrong(0, "write “mailbox HOST holds N”")
		}
		a, err := parseAmount(words[3:])
		return mailbox{words[1], a}, inFirst(err)
	case "connections": // connections from pc1 at most 1
		if len(words) < 4 || words[1] != "from" {
			return nil, wrong(0, "write “connections from HOST at most N”")
		}
		a, err := parseAmount(words[3:])
		return connections{words[2], a}, inFirst(err)
	case "compare": // compare seconds of second with first at most 0.5
		if len(words) < 7 || !slices.Contains(words, "of") || !slices.Contains(words, "with") {
			return nil, wrong(0, "write “compare round trips of CHECK with CHECK at most 0.5”")
		}
		of, with := slices.Index(words, "of"), slices.Index(words, "with")
		what := strings.Join(words[1:of], " ")
		if !slices.Contains(whats, what) || with != of+2 {
			return nil, wrong(0, "“%s” cannot be compared: take one of %s", what, strings.Join(whats, ", "))
		}
		a, err := parseAmount(words[with+2:])
		return compare{what, words[of+1], words[with+1], a}, inFirst(err)
	case "answer": // answer wasted is "500", or: answer wasted is message octets of late
		if len(words) < 4 || words[2] != "is" {
			return nil, wrong(0, "write “answer QUESTION is TEXT”, or “answer QUESTION is message octets of CHECK”")
		}
		want := strings.Join(words[3:], " ")
		if what, check, ok := strings.Cut(want, " of "); ok && slices.Contains(whats, what) {
			return answer{question: words[1], what: what, check: check}, nil
		}
		text, err := unquote(want)
		return answer{question: words[1], text: text}, inFirst(err)
	}
	// server answers at least 12
	if len(words) < 3 || words[1] != "answers" {
		return nil, wrong(0, "write “server answers at least N”")
	}
	a, err := parseAmount(words[2:])
	return answers{a}, inFirst(err)
}

func inFirst(err error) error {
	if err == nil {
		return nil
	}
	return wrong(0, "%v", err)
}

// mailbox is how many mails wait on the server now.
type mailbox struct {
	host string
	amount
}

func (m mailbox) follow(string) follower       { return m }
func (m mailbox) event(*lab.Lab, *trace.Event) {}
func (m mailbox) verdict(l *lab.Lab, _ *Judge) verdict {
	n := l.Waiting(m.host)
	if m.has(float64(n)) {
		return verdict{met: true, seq: l.Trace().Last()}
	}
	return verdict{text: fmt.Sprintf("%d mails wait on the server for %s, and it should be %s.", n, hostName(l, m.host), m.amount)}
}

// connections is how many a host has opened.
type connections struct {
	host string
	amount
}

type connectionsFollower struct {
	connections
	n    int
	last uint64
}

func (c connections) follow(string) follower { return &connectionsFollower{connections: c} }

func (f *connectionsFollower) event(_ *lab.Lab, e *trace.Event) {
	if e.Kind == trace.Open && e.From == f.host {
		f.n++
		f.last = e.Seq
	}
}

func (f *connectionsFollower) verdict(l *lab.Lab, _ *Judge) verdict {
	switch {
	case f.has(float64(f.n)):
		return verdict{met: true, seq: f.last}
	case f.op != "at least" && float64(f.n) > f.amount.n:
		return verdict{broken: true, seq: f.last, text: fmt.Sprintf("%s has opened %d connections, and it should be %s. Undo the last, or begin again.", hostName(l, f.host), f.n, f.amount)}
	}
	return verdict{seq: f.last, text: fmt.Sprintf("%s has opened %d connections, and it should be %s.", hostName(l, f.host), f.n, f.amount)}
}

// compare is what one conversation cost as a part of what another did: those that met two other checks.
type compare struct {
	what, check, with string
	amount
}

func (c compare) follow(string) follower       { return c }
func (c compare) event(*lab.Lab, *trace.Event) {}

func (c compare) verdict(_ *lab.Lab, all *Judge) verdict {
	a, b := all.cost(c.check), all.cost(c.with)
	if a == nil || b == nil {
		return verdict{text: "There are not both conversations yet that are to be compared."}
	}
	x, y := a.of(c.what), b.of(c.what)
	if y > 0 && c.has(x/y) {
		return verdict{met: true, seq: a.at}
	}
	return verdict{seq: a.at, text: fmt.Sprintf("%s: %s in one and %s in the other, which is %.2f; it should be %s.", c.what, number(x), number(y), x/max(y, 1e-9), c.amount)}
}

// answer is what the student says to a question.
type answer struct {
	question    string
	text        string // what is right; else
	what, check string // a measure of the conversation that met a check
}

type answerFollower struct {
	answer
	word string
}

func (a answer) follow(word string) follower          { return answerFollower{a, word} }
func (f answerFollower) event(*lab.Lab, *trace.Event) {}

func (f answerFollower) verdict(l *lab.Lab, all *Judge) verdict {
	said, seq := l.Answer(f.question)
	if seq == 0 {
		return verdict{text: "The question is not answered yet."}
	}
	want := fill(f.text, f.word)
	if f.what != "" {
		t := all.cost(f.check)
		if t == nil {
			return verdict{seq: seq, text: "What the question is about has not happened yet."}
		}
		want = number(t.of(f.what))
	}
	if strings.EqualFold(strings.Join(strings.Fields(said), " "), strings.Join(strings.Fields(want), " ")) {
		return verdict{met: true, seq: seq}
	}
	return verdict{seq: seq, text: "The answer is not right: “" + said + "”."}
}

// answers is how often a person in the server's place has answered as the standard allows, in one conversation, without
// breaking it.
type answers struct{ amount }

type answersFollower struct {
	answers
	talks map[uint32]*hand
	best  *hand
}

type hand struct {
	judge  smtp.Judge
	n      int
	last   uint64
	breach uint64
	what   string
}

func (a answers) follow(string) follower {
	return &answersFollower{answers: a, talks: map[uint32]*hand{}}
}

func (f *answersFollower) event(l *lab.Lab, e *trace.Event) {
	if e.Conn == 0 {
		return
	}
	h, known := f.talks[e.Conn]
	if !known {
		if c, ok := l.Conversation(e.Conn); ok && c.HandServer {
			h = &hand{judge: smtp.Judge{Name: l.Spec().Domain}}
			h.judge.Event(&trace.Event{Kind: trace.Open, From: c.Client, To: c.Server})
		}
		f.talks[e.Conn] = h
	}
	if h == nil || e.Kind == trace.Open {
		return
	}
	breaches := h.judge.Event(e)
	switch {
	case len(breaches) > 0 && h.breach == 0:
		h.breach, h.what = e.Seq, breaches[0].String()
	case e.Kind == trace.Reply && h.breach == 0:
		h.n, h.last = h.n+1, e.Seq
	}
	if f.best == nil || f.best.breach > 0 && h.breach == 0 || h.breach == 0 && h.n >= f.best.n {
		f.best = h
	}
}

func (f *answersFollower) verdict(*lab.Lab, *Judge) verdict {
	h := f.best
	switch {
	case h == nil:
		return verdict{text: "Nobody has called a server that you are yet."}
	case h.breach == 0 && f.has(float64(h.n)):
		return verdict{met: true, seq: h.last}
	case h.breach != 0:
		return verdict{seq: h.breach, text: fmt.Sprintf("The answer at event %d breaks a rule (%s). Let somebody call again.", h.breach, h.what)}
	}
	return verdict{seq: h.last, text: strconv.Itoa(h.n) + " answers so far were as the standard allows, in one conversation; " + f.amount.String() + " are needed."}
}
