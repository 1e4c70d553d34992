package exercise

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"smtplab/sim/explain"
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
	}
	// server answers at least 12
	if len(words) != 5 || words[1] != "answers" || words[2] != "at" || words[3] != "least" {
		return nil, wrong(0, "write “server answers at least N”")
	}
	a, err := parseAmount(words[2:])
	return serverAnswers{a}, inFirst(err)
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

type mailboxFollower struct {
	watching
	mailbox
	last uint64 // the event that may have changed it last
}

func (m mailbox) follow(string) follower { return &mailboxFollower{mailbox: m} }

func (f *mailboxFollower) event(m *moment) {
	switch {
	case m.kind == trace.Store:
		if _, here := m.lab.Delivered(f.host, m.seq); here {
			f.last = m.seq
		}
	case m.kind == trace.Reply && m.says() == "QUIT" && m.event().Proto == trace.POP3: // what was marked is gone: RFC 1939 §6
		f.last = m.seq
	}
}

func (f *mailboxFollower) verdict(l *lab.Lab, _ *Judge) Verdict {
	n := l.Waiting(f.host)
	if f.has(float64(n)) {
		return Verdict{Met: true, Seq: f.last}
	}
	return Verdict{Seq: f.last, Text: fmt.Sprintf("%s on the server for %s, and it should be %s.", countOf(n, "mail waits", "mails wait"), hostName(l, f.host), f.amount)}
}

// countOf is a number with its noun: "1 mail", "2 mails".
func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// connections is how many a host has opened.
type connections struct {
	host string
	amount
}

type connectionsFollower struct {
	watching
	connections
	n    int
	last uint64
}

func (c connections) follow(string) follower { return &connectionsFollower{connections: c} }

func (f *connectionsFollower) event(m *moment) {
	if m.kind == trace.Open && m.event().From == f.host {
		f.n++
		f.last = m.seq
	}
}

func (f *connectionsFollower) verdict(l *lab.Lab, _ *Judge) Verdict {
	if f.has(float64(f.n)) {
		return Verdict{Met: true, Seq: f.last}
	}
	text := fmt.Sprintf("%s has opened %s, and it should be %s.", hostName(l, f.host), countOf(f.n, "connection", "connections"), f.amount)
	if f.op != "at least" && float64(f.n) > f.amount.n {
		return Verdict{Broken: true, Seq: f.last, Text: text + " Undo the last, or begin again."}
	}
	return Verdict{Seq: f.last, Text: text}
}

// compare is what one conversation cost as a part of what another did: those that met two other checks.
type compare struct {
	what, check, with string
	amount
}

func (c compare) follow(string) follower { return compareFollower{compare: c} }

type compareFollower struct {
	aloof
	compare
}

// verdict compares those of all the conversations that suit best, so that who did it badly first can do it again.
func (c compareFollower) verdict(_ *lab.Lab, all *Judge) Verdict {
	these, those := all.met(c.check), all.met(c.with)
	switch {
	case len(these) == 0:
		return Verdict{Text: "There is nothing to compare before this is done: " + all.says(c.check) + "."}
	case len(those) == 0:
		return Verdict{Text: "There is nothing to compare before this is done: " + all.says(c.with) + "."}
	}
	this, that := these[len(these)-1], those[len(those)-1]
	less := func(x, y *talk) int { return cmp.Compare(x.cost.of(c.what), y.cost.of(c.what)) }
	switch c.op {
	case "at most":
		this, that = slices.MinFunc(these, less), slices.MaxFunc(those, less)
	case "at least":
		this, that = slices.MaxFunc(these, less), slices.MinFunc(those, less)
	}
	x, y := this.cost.of(c.what), that.cost.of(c.what)
	if y > 0 && c.has(x/y) {
		return Verdict{Met: true, Seq: this.at}
	}
	return Verdict{Seq: this.at, Text: fmt.Sprintf("In %s the one took %s and the other %s. That is %.2f of it, and it should be %s.", c.what, number(x), number(y), x/max(y, 1e-9), c.amount)}
}

// serverAnswers is how often a person in the server's place has answered as the standard allows, in one conversation, before
// breaking a rule.
type serverAnswers struct{ amount }

type serverFollower struct {
	watching
	serverAnswers
	talks map[uint32]*hand
	best  *hand // the first with enough answers, or the newest
}

// hand is a conversation in which a person may be the server.
type hand struct {
	judge  smtp.Judge
	n      int    // answers
	last   uint64 // of them
	breach uint64 // the first that breaks a rule; 0 for none
	what   string // it does
	said   string // its first line
}

func (a serverAnswers) follow(string) follower {
	return &serverFollower{serverAnswers: a, talks: map[uint32]*hand{}}
}

// event judges every conversation until its server speaks: only then it is known who that is.
func (f *serverFollower) event(m *moment) {
	l, e := m.lab, m.event()
	if e.Conn == 0 || e.Kind == trace.Open {
		return
	}
	h, known := f.talks[e.Conn]
	if !known {
		c, _ := l.Conversation(e.Conn)
		h = &hand{judge: smtp.Judge{Name: l.Spec().Domain}}
		h.judge.Event(&trace.Event{Kind: trace.Open, From: c.Client, To: c.Server})
		f.talks[e.Conn] = h
	}
	if h == nil || h.breach != 0 {
		return
	}
	if e.Kind == trace.Reply && h.last == 0 {
		if c, _ := l.Conversation(e.Conn); !c.HandServer {
			f.talks[e.Conn] = nil
			return
		}
	}
	broken := h.judge.Event(e)
	switch {
	case len(broken) > 0:
		h.breach, h.what, h.said = e.Seq, breachTitle(broken[0]), firstLine(e.Raw)
	case e.Kind == trace.Reply:
		h.n, h.last = h.n+1, e.Seq
	default:
		return
	}
	if f.best == nil || !f.has(float64(f.best.n)) {
		f.best = h
	}
}

// breachTitle is the sentence on a rule, the same that stands beside the answer where it is given.
func breachTitle(b smtp.Breach) string {
	book, err := explain.Load("en")
	if err != nil {
		return b.String()
	}
	return book.Breach(b).Title
}

func (f *serverFollower) verdict(*lab.Lab, *Judge) Verdict {
	h := f.best
	switch {
	case h == nil:
		return Verdict{Text: "You have not answered anybody in the server's place yet."}
	case f.has(float64(h.n)):
		return Verdict{Met: true, Seq: h.last}
	case h.breach != 0:
		text := fmt.Sprintf("%s That was event %d", h.what, h.breach)
		if h.said != "" {
			text += ", “" + h.said + "”"
		}
		return Verdict{Seq: h.breach, Text: text + ". Let somebody call again."}
	}
	return Verdict{Seq: h.last, Text: fmt.Sprintf("You have given %s in one conversation without breaking a rule. It should be %s.", countOf(h.n, "answer", "answers"), f.amount)}
}
