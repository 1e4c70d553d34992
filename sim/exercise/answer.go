package exercise

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
)

// chosen is that the student has chosen a right choice of a question.
type chosen struct{ question string }

// quoted is that the student's answer is something that was said in the conversation that met a check.
type quoted struct {
	question string
	text     string // in which one star stands for the answer
	check    string
}

// parseAnswer reads “answer order is right”, “answer receipt is "Accepted as *" in sent”, “answer wasted is about octets of
// late” and “answer port is 587”.
func parseAnswer(line string) (clause, error) {
	words := strings.Fields(line)
	if len(words) < 4 || words[2] != "is" {
		return nil, wrong(0, "write “answer QUESTION is TEXT”, or “answer QUESTION is message octets of CHECK”")
	}
	_, want, _ := strings.Cut(line, " is ")
	question, want := words[1], strings.TrimSpace(want)
	if want == "right" {
		return chosen{question}, nil
	}
	if text, check, ok, err := parseQuoted(want); ok {
		return quoted{question, text, check}, inFirst(err)
	}
	measured, about := strings.CutPrefix(want, "about ")
	if what, check, ok := strings.Cut(measured, " of "); ok && slices.Contains(whats, what) {
		return answer{question: question, what: what, check: check, about: about}, nil
	}
	text, err := unquote(want)
	return answer{question: question, text: text, plain: want}, inFirst(err)
}

// parseQuoted reads “"Accepted as *" in sent”; ok is false when it is another sort of answer.
func parseQuoted(want string) (text, check string, ok bool, err error) {
	literal, err := strconv.QuotedPrefix(want)
	if err != nil {
		return "", "", false, nil
	}
	check, ok = strings.CutPrefix(strings.TrimSpace(want[len(literal):]), "in ")
	if !ok {
		return "", "", false, nil
	}
	text, err = strconv.Unquote(literal)
	if err == nil && strings.Count(text, "*") != 1 {
		err = fmt.Errorf("%s has to have one *, which stands for the answer", literal)
	}
	return text, strings.TrimSpace(check), true, err
}

func (c chosen) follow(word string) follower { return chosenFollower{chosen: c, word: word} }

type chosenFollower struct {
	aloof
	chosen
	word string
}

func (f chosenFollower) verdict(l *lab.Lab, all *Judge) Verdict {
	said, seq := l.Answer(f.question)
	if seq == 0 {
		return unanswered
	}
	for _, c := range all.exercise.question(f.question).Choices {
		if !same(said, fill(c.Text, f.word)) {
			continue
		}
		if c.Right {
			return Verdict{Met: true, Seq: seq}
		}
		text := fmt.Sprintf("“%s” is not right.", said)
		if c.Why != "" {
			text += " " + plain(fill(c.Why, f.word))
		}
		return Verdict{Seq: seq, Text: text}
	}
	return Verdict{Seq: seq, Text: fmt.Sprintf("“%s” is none of the choices.", said)}
}

var unanswered = Verdict{Text: "The question below the task is not answered yet."}

// tooEarly is how an answer stands, given at event seq, before anything has met the check that it is about.
func tooEarly(all *Judge, check string, seq uint64) Verdict {
	return Verdict{Seq: seq, Text: "What the question is about has not happened yet: " + all.says(check) + "."}
}

// sameNumber reports whether an answer is a number that was said, be it with a unit behind it.
func sameNumber(answer, said string) bool {
	return isNumber(said) && slices.ContainsFunc(numbersIn(answer), func(n float64) bool { return number(n) == said })
}

// question is the one of that id, of those that are answered during the task; the zero Question when there is none.
func (e *Exercise) question(id string) (q Question) {
	if i := slices.IndexFunc(e.Ask, func(q Question) bool { return q.ID == id }); i >= 0 {
		return e.Ask[i]
	}
	return q
}

func (q quoted) follow(word string) follower {
	return &quotedFollower{quoted: q, text: fill(q.text, word), said: map[uint32]string{}}
}

type quotedFollower struct {
	aloof
	quoted
	text string            // with the student's word
	said map[uint32]string // what stood for the star, by the conversation that met the check
}

func (f *quotedFollower) verdict(l *lab.Lab, all *Judge) Verdict {
	answer, seq := l.Answer(f.question)
	if seq == 0 {
		return unanswered
	}
	met := all.met(f.check)
	if len(met) == 0 {
		return tooEarly(all, f.check, seq)
	}
	for _, t := range met {
		said, known := f.said[t.conn]
		if !known {
			said = t.said(l, f.text)
			f.said[t.conn] = said
		}
		if said != "" && (same(answer, said) || sameNumber(answer, said)) {
			return Verdict{Met: true, Seq: seq}
		}
	}
	at := met[len(met)-1].at
	return Verdict{Seq: at, Text: fmt.Sprintf("“%s” is not right. What is right was said in the conversation that has event %d, and not after it.", answer, at)}
}

// said is what stands in place of the star of a text where that was said last in the conversation by the time it met the
// check; "" when it was not. Without something behind the star it ends with the word.
func (t *talk) said(l *lab.Lab, text string) (said string) {
	before, after, _ := strings.Cut(text, "*")
	toEnd := after == ""
	if toEnd {
		after = " "
	}
	c, _ := l.Conversation(t.conn)
	for seq := c.First; seq <= t.at; seq++ {
		if !lines.Has(l.Trace().Kind(seq)) || l.Trace().Conn(seq) != t.conn {
			continue
		}
		for line := range bytes.SplitSeq(l.Trace().Raw(seq), crlf) {
			_, rest, ok := strings.Cut(string(line), before)
			word, _, closed := strings.Cut(rest, after)
			if ok && (closed || toEnd) && word != "" {
				said = word
			}
		}
	}
	return said
}

// lines are the kinds of event that people read in a dialogue.
var lines = trace.Of(trace.Command, trace.Response, trace.Reply, trace.Data)

// answer is that the student says a text to a question, or what a conversation that met a check has measured.
type answer struct {
	question    string
	text        string // what is right,
	plain       string // as it was written; else
	what, check string // a measure of the conversation that met a check
	about       bool   // it may be a hundredth more or less
}

type answerFollower struct {
	aloof
	answer
	word string
}

func (a answer) follow(word string) follower { return answerFollower{answer: a, word: word} }

func (f answerFollower) verdict(l *lab.Lab, all *Judge) Verdict {
	said, seq := l.Answer(f.question)
	if seq == 0 {
		return unanswered
	}
	if f.what == "" {
		if same(said, fill(f.text, f.word)) {
			return Verdict{Met: true, Seq: seq}
		}
		return Verdict{Seq: seq, Text: "The answer is not right: “" + said + "”."}
	}
	met := all.met(f.check)
	if len(met) == 0 {
		return tooEarly(all, f.check, seq)
	}
	if len(numbersIn(said)) == 0 {
		return Verdict{Seq: seq, Text: "The answer is a number, and “" + said + "” is none."}
	}
	for _, t := range met {
		want, room := t.cost.of(f.what), 0.0
		if f.about {
			room = want / 100
		}
		if slices.ContainsFunc(numbersIn(said), func(n float64) bool { return math.Abs(n-want) <= room }) {
			return Verdict{Met: true, Seq: seq}
		}
	}
	return Verdict{Seq: seq, Text: "The answer is not right: “" + said + "”."}
}

// same reports whether two texts are, but for the size of letters and for white space.
func same(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// numeral is a number as people write it: "12345", "12 345", "12,345.5", "3,11".
var numeral = regexp.MustCompile(`^(?:(\d{1,3}(?:[ ,'’\x{A0}\x{202F}]\d{3})+|\d+)(\.\d+)?|(\d+),(\d+))(?:[^\d,.]|[,.](?:\D|$)|$)`)

// numbersIn is what the number may be with which an answer begins: "12 345 octets". Of "3,110" nobody knows whether that
// is a little more than three.
func numbersIn(text string) (all []float64) {
	m := numeral.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return nil
	}
	add := func(number string) {
		if n, err := strconv.ParseFloat(number, 64); err == nil {
			all = append(all, n)
		}
	}
	if m[3] != "" {
		add(m[3] + "." + m[4])
		return all
	}
	add(strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, m[1]) + m[2])
	if whole, part, ok := strings.Cut(m[1], ","); ok && m[2] == "" && len(part) == 3 {
		add(whole + "." + part)
	}
	return all
}

// choose answers a question with its right choice.
func (p *player) choose(question string) error {
	if p.judge == nil {
		return fmt.Errorf("nobody asks yet")
	}
	for _, c := range p.judge.exercise.question(question).Choices {
		if c.Right {
			return p.act(lab.Action{Verb: lab.Answer, Target: question, Text: fill(c.Text, p.word)})
		}
	}
	return fmt.Errorf("the question “%s” has no choices", question)
}

// quote answers a question with what was said in the conversation that met a check.
func (p *player) quote(question, text, check string) error {
	if p.judge == nil {
		return fmt.Errorf("nobody asks yet")
	}
	met := p.judge.met(check)
	if len(met) == 0 {
		return fmt.Errorf("nothing has met “%s” yet", check)
	}
	said := met[len(met)-1].said(p.lab, fill(text, p.word))
	if said == "" {
		return fmt.Errorf("%q was not said in what met “%s”", fill(text, p.word), check)
	}
	return p.act(lab.Action{Verb: lab.Answer, Target: question, Text: said})
}
