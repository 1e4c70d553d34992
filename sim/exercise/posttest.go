package exercise

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"smtplab/sim/lab"
	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// maxPosttest is how many questions a posttest has.
const maxPosttest = 5

// Posttest makes questions of what happened in a lab, at most five, each of another sort, and each with one right choice;
// fewer where too little happened. They are the same for the same lab. gist says in a few words what an event means. What
// is quoted of the trace stands between backquotes.
func Posttest(l *lab.Lab, gist func(trace.Event) string) []Question {
	a := &asker{lab: l, gist: gist, rnd: rand.New(rand.NewPCG(l.Spec().Seed, 0))}
	a.read()
	sorts := []struct {
		id  string
		ask func() Question
	}{
		{"answer", a.howAnswered}, {"next", a.whatNext}, {"responsible", a.whenResponsible}, {"recipients", a.howMany},
		{"port", a.whichPort}, {"state", a.whichState}, {"mailbox", a.whoseMailbox}, {"class", a.whatClass},
	}
	a.rnd.Shuffle(len(sorts), func(i, j int) { sorts[i], sorts[j] = sorts[j], sorts[i] })
	var all []Question
	for _, s := range sorts {
		if q := s.ask(); q.Text != "" && len(all) < maxPosttest {
			q.ID = s.id
			all = append(all, q)
		}
	}
	return all
}

// asker makes questions. Each sort of them chooses by chance among the events of which it can ask; it returns the zero
// Question when there is none.
type asker struct {
	lab  *lab.Lab
	gist func(trace.Event) string
	rnd  *rand.Rand

	opened   []trace.Event // connections
	replies  []trace.Event // of SMTP, to a command or to the end of the data
	nexts    []pair        // a reply, and what the client said next
	accepted []mailed
	stored   []trace.Event
}

// pair is two events of one conversation.
type pair struct{ first, then trace.Event }

// mailed is a mail that the server accepted.
type mailed struct {
	mail, eod trace.Event   // the reply to MAIL, and the one that accepted it
	others    []trace.Event // replies in its conversation before, that are no refusals
	asked     int           // how often a recipient was named
	took      []string      // the recipients that were accepted, each once
}

// read goes through the trace once.
func (a *asker) read() {
	type side struct {
		last trace.Event // reply
		mailed
	}
	sides := map[uint32]*side{}
	for e := range a.lab.Trace().After(0) {
		if e.Kind == trace.Store {
			a.stored = append(a.stored, e)
		}
		if e.Conn == 0 {
			continue
		}
		s := sides[e.Conn]
		if s == nil {
			s = &side{}
			sides[e.Conn] = s
		}
		switch e.Kind {
		case trace.Open:
			a.opened = append(a.opened, e)
		case trace.Command, trace.Response, trace.Data:
			if c, _ := a.lab.Conversation(e.Conn); e.From == c.Client && s.last.Seq != 0 {
				a.nexts = append(a.nexts, pair{s.last, e})
				s.last = trace.Event{}
			}
		case trace.Reply:
			if s.last = e; e.Proto != trace.SMTP {
				continue
			}
			if e.Re != 0 && e.Code >= 200 {
				a.replies = append(a.replies, e)
			}
			if a.follow(&s.mailed, e); s.eod.Seq != 0 {
				a.accepted = append(a.accepted, s.mailed)
				s.mailed = mailed{others: s.others}
			}
		}
	}
}

// follow goes on with a mail by a reply of its conversation.
func (a *asker) follow(m *mailed, e trace.Event) {
	switch {
	case e.Verb == "MAIL" && e.Code == 250:
		m.mail, m.asked, m.took = e, 0, nil
	case e.Verb == "RCPT":
		m.asked++
		if e.Code == 250 || e.Code == 251 {
			m.take(a.recipient(e))
		}
	case e.Verb == "RSET", e.Verb == "EHLO", e.Verb == "HELO":
		m.mail = trace.Event{}
	case e.Verb == trace.EOD && e.Code == 250 && m.mail.Seq != 0:
		m.eod = e
		return
	}
	if e.Code < 400 && e.Verb != trace.EOD {
		m.others = append(m.others, e)
	}
}

// take adds a recipient to the envelope, which holds it once however often it is named.
func (m *mailed) take(to string) {
	if !slices.ContainsFunc(m.took, func(other string) bool { return strings.EqualFold(other, to) }) {
		m.took = append(m.took, to)
	}
}

// recipient is the address that a reply to RCPT is about.
func (a *asker) recipient(e trace.Event) string {
	line := a.lab.Trace().At(e.Re).Raw
	_, arg := smtp.ParseCommand([]byte(firstLine(line)))
	path, _, err := smtp.ParseRcptUTF8(arg)
	if err != nil {
		return string(line) // somebody in the server's place took it as it was
	}
	return path.Address()
}

// choose is one of several by chance.
func choose[T any](a *asker, from []T) T { return from[a.rnd.IntN(len(from))] }

// mix makes the choices of a question: the right one, and of the others so many that there are four. wrong is said to those
// who choose one of these.
func (a *asker) mix(right string, others []string, wrong string) []Choice {
	choices := []Choice{{Text: right, Right: true}}
	a.rnd.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
	for _, o := range others {
		if len(choices) < 4 && !slices.ContainsFunc(choices, func(c Choice) bool { return c.Text == o }) {
			choices = append(choices, Choice{Text: o, Why: wrong})
		}
	}
	a.rnd.Shuffle(len(choices), func(i, j int) { choices[i], choices[j] = choices[j], choices[i] })
	return choices
}

// usual are reply codes that everybody has seen.
var usual = []int{220, 221, 250, 354, 421, 500, 501, 503, 530, 550, 552}

func (a *asker) howAnswered() Question {
	if len(a.replies) == 0 {
		return Question{}
	}
	e := choose(a, a.replies)
	asked := a.lab.Trace().At(e.Re)
	text := fmt.Sprintf("Event %d of your run was %s. How did the server answer?", asked.Seq, quote(asked))
	if e.Verb == trace.EOD {
		text = fmt.Sprintf("Event %d of your run was the end of a message. How did the server answer?", asked.Seq)
	}
	var codes []string
	for _, code := range usual {
		codes = append(codes, "`"+strconv.Itoa(code)+"`")
	}
	return Question{Text: text, Choices: a.mix("`"+fmt.Sprintf("%03d", e.Code)+"`", codes, fmt.Sprintf("Look at event %d.", e.Seq)), Why: a.is(e)}
}

// The words of clients, by protocol.
var clientWords = map[trace.Proto][]string{
	trace.SMTP: {"`EHLO`", "`MAIL`", "`RCPT`", "`DATA`", "`RSET`", "`QUIT`", theMessage},
	trace.POP3: {"`USER`", "`PASS`", "`STAT`", "`UIDL`", "`RETR`", "`DELE`", "`QUIT`"},
}

const theMessage = "the message itself"

func (a *asker) whatNext() Question {
	var good []pair
	for _, p := range a.nexts {
		if p.then.Kind != trace.Command || p.then.Verb != "" {
			good = append(good, p)
		}
	}
	if len(good) == 0 {
		return Question{}
	}
	p := choose(a, good)
	right := "`" + p.then.Verb + "`"
	switch p.then.Kind {
	case trace.Data:
		right = theMessage
	case trace.Response:
		right = "its answer to the challenge"
	}
	return Question{
		Text:    fmt.Sprintf("Event %d of your run was %s. What did the client say next?", p.first.Seq, quote(p.first)),
		Choices: a.mix(right, slices.Clone(clientWords[p.first.Proto]), fmt.Sprintf("Look at event %d.", p.then.Seq)),
		Why:     a.is(p.then),
	}
}

func (a *asker) whenResponsible() Question {
	var good []mailed
	for _, m := range a.accepted {
		if len(m.others) >= 2 {
			good = append(good, m)
		}
	}
	if len(good) == 0 {
		return Question{}
	}
	m := choose(a, good)
	var others []string
	for _, e := range m.others {
		others = append(others, numbered(e))
	}
	why := "With its answer to the end of the message the server takes responsibility: from then on the mail may not get lost without a report (RFC 5321 §4.2.5). The answers before only say that the conversation may go on."
	return Question{
		Text:    fmt.Sprintf("Which of these replies made the server responsible for the mail of %s?", hostName(a.lab, m.eod.To)),
		Choices: a.mix(numbered(m.eod), others, "It let the client go on, and no more: the server had no message yet."),
		Why:     why,
	}
}

func (a *asker) howMany() Question {
	if len(a.accepted) == 0 {
		return Question{}
	}
	m := choose(a, a.accepted)
	n := len(m.took)
	var others []string
	for _, other := range []int{n + 1, n + 2, n - 1, m.asked} {
		if other >= 0 && other != n {
			others = append(others, strconv.Itoa(other))
		}
	}
	why := fmt.Sprintf("The server accepted %s for it, by its replies to RCPT. Who is named twice is in the envelope once. What stands in To and Cc has no part in that.", countOf(n, "recipient", "recipients"))
	return Question{
		Text:    fmt.Sprintf("How many different recipients did the envelope of the mail have that the server accepted at event %d?", m.eod.Seq),
		Choices: a.mix(strconv.Itoa(n), others, ""), Why: why,
	}
}

// ports are those that a mail server has, and what they are for.
var ports = []struct {
	number int
	about  string
}{
	{25, "Port 25 is SMTP's: servers hand mail to each other there."},
	{587, "Port 587 takes mail from the mail programs of a server's own users, who log in (RFC 6409)."},
	{465, "Port 465 is as 587, inside TLS from the beginning (RFC 8314)."},
	{110, "Port 110 is POP3's: mail is fetched there."},
	{995, "Port 995 is POP3's inside TLS (RFC 8314)."},
}

func (a *asker) whichPort() Question {
	if len(a.opened) == 0 {
		return Question{}
	}
	e := choose(a, a.opened)
	c, _ := a.lab.Conversation(e.Conn)
	right, why := strconv.Itoa(int(c.ServerAddr.Port())), "No program of mail is usually there."
	var others []string
	for _, p := range ports {
		if n := strconv.Itoa(p.number); n != right {
			others = append(others, n)
		} else {
			why = p.about
		}
	}
	return Question{
		Text:    fmt.Sprintf("At event %d of your run %s opened a connection. To which port?", e.Seq, hostName(a.lab, e.From)),
		Choices: a.mix(right, others, ""), Why: why,
	}
}

func (a *asker) whichState() Question {
	var good []trace.Event
	for _, e := range a.replies {
		if e.After != trace.NoState && e.Before != e.After {
			good = append(good, e)
		}
	}
	if len(good) == 0 {
		return Question{}
	}
	e := choose(a, good)
	var others []string
	for s := trace.Connected; s <= trace.Authenticating; s++ {
		if s != e.After {
			others = append(others, s.String())
		}
	}
	return Question{
		Text:    fmt.Sprintf("Event %d of your run was %s. Where did the conversation stand after it?", e.Seq, quote(e)),
		Choices: a.mix(e.After.String(), others, ""),
		Why:     fmt.Sprintf("It went from “%s” to “%s”: what may be said next depends on that, and nothing else (RFC 5321 §4.1.4).", e.Before, e.After),
	}
}

func (a *asker) whoseMailbox() Question {
	if len(a.stored) == 0 {
		return Question{}
	}
	e := choose(a, a.stored)
	name, _, _ := strings.Cut(e.Note, " ")
	domain := "@" + a.lab.Spec().Domain
	others := []string{"`postmaster" + domain + "`"}
	for _, h := range a.lab.Spec().Hosts {
		if h.Mailbox != "" {
			others = append(others, "`"+h.Mailbox+"`")
		}
	}
	right := "`" + name + domain + "`"
	others = slices.DeleteFunc(others, func(o string) bool { return strings.EqualFold(o, right) })
	return Question{
		Text:    fmt.Sprintf("At event %d of your run the server stored a message. In whose mailbox?", e.Seq),
		Choices: a.mix(right, others, "The envelope named another."),
		Why:     "The server stores a message for those whom the envelope names, whatever its header says.",
	}
}

// classes are what the first digit of a reply says: RFC 5321 §4.2.1.
var classes = map[int]string{
	2: "It is done.", 3: "So far so good: go on, the rest of it is still to come.",
	4: "Not now: the same may be tried again later.", 5: "No, and trying the same again will not help.",
}

func (a *asker) whatClass() Question {
	var rare, all []trace.Event
	for _, e := range a.replies {
		if classes[e.Code/100] == "" {
			continue
		}
		if all = append(all, e); e.Code >= 300 {
			rare = append(rare, e)
		}
	}
	if len(all) == 0 {
		return Question{}
	}
	if len(rare) > 0 {
		all = rare
	}
	e := choose(a, all)
	var others []string
	for digit := 2; digit <= 5; digit++ {
		if digit != e.Code/100 {
			others = append(others, classes[digit])
		}
	}
	return Question{
		Text:    fmt.Sprintf("Event %d of your run was %s. What does its first digit say, whatever the words are?", e.Seq, quote(e)),
		Choices: a.mix(classes[e.Code/100], others, ""), Why: a.is(e),
	}
}

// is what an event is, and what it means.
func (a *asker) is(e trace.Event) string {
	text := fmt.Sprintf("Event %d: %s.", e.Seq, quote(e))
	if e.Kind == trace.Data {
		text = fmt.Sprintf("Event %d: a part of the message.", e.Seq)
	}
	return strings.TrimSpace(text + " " + a.gist(e))
}

func numbered(e trace.Event) string { return fmt.Sprintf("Event %d: %s", e.Seq, quote(e)) }

// maxQuote is how many characters of a line are quoted.
const maxQuote = 60

// quote is the first line of an event, between backquotes.
func quote(e trace.Event) string {
	line := []rune(strings.TrimSpace(strings.NewReplacer("`", "'", "\n", " ", "\r", " ").Replace(firstLine(e.Raw))))
	if len(line) > maxQuote {
		line = append(line[:maxQuote-1], '…')
	}
	if len(line) == 0 {
		return "an empty line"
	}
	return "`" + string(line) + "`"
}
