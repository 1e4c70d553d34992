package exercise

import (
	"bytes"
	"fmt"
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

// parseChosen reads “answer order is right” and “answer receipt is "Accepted as *" in sent”; ok is false when it is another
// clause.
func parseChosen(words []string, line string) (c clause, ok bool, err error) {
	if words[0] != "answer" || len(words) < 4 || words[2] != "is" {
		return nil, false, nil
	}
	if len(words) == 4 && words[3] == "right" {
		return chosen{words[1]}, true, nil
	}
	_, want, _ := strings.Cut(line, " is ")
	text, check, ok, err := parseQuoted(strings.TrimSpace(want))
	return quoted{words[1], text, check}, ok, err
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

func (f chosenFollower) verdict(l *lab.Lab, all *Judge) verdict {
	said, seq := l.Answer(f.question)
	if seq == 0 {
		return unanswered
	}
	for _, c := range all.exercise.question(f.question).Choices {
		if !same(said, fill(c.Text, f.word)) {
			continue
		}
		if c.Right {
			return verdict{met: true, seq: seq}
		}
		text := fmt.Sprintf("“%s” is not right.", said)
		if c.Why != "" {
			text += " " + plain(fill(c.Why, f.word))
		}
		return verdict{seq: seq, text: text}
	}
	return verdict{seq: seq, text: fmt.Sprintf("“%s” is none of the choices.", said)}
}

var unanswered = verdict{text: "The question below the task is not answered yet."}

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

func (f *quotedFollower) verdict(l *lab.Lab, all *Judge) verdict {
	answer, seq := l.Answer(f.question)
	if seq == 0 {
		return unanswered
	}
	met := all.met(f.check)
	if len(met) == 0 {
		return verdict{seq: seq, text: "What the question is about has not happened yet: " + all.says(f.check) + "."}
	}
	for _, t := range met {
		said, known := f.said[t.conn]
		if !known {
			said = t.said(l, f.text)
			f.said[t.conn] = said
		}
		if said != "" && (same(answer, said) || sameNumber(answer, said)) {
			return verdict{met: true, seq: seq}
		}
	}
	at := met[len(met)-1].at
	return verdict{seq: at, text: fmt.Sprintf("“%s” is not right. What is right was said in the conversation that has event %d, and not after it.", answer, at)}
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
