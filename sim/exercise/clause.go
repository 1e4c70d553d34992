package exercise

import (
	"fmt"
	"strconv"
	"strings"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
)

// clause is what a check needs. It is immutable, and makes a follower for each run.
type clause interface {
	follow(word string) follower
	mentions() mentions
}

// follower follows one run for one clause. It is told of every event that may matter to it, in order, and says at any
// time whether its clause is met. kinds.go has what most do alike.
type follower interface {
	event(m *moment)
	verdict(l *lab.Lab, all *Judge) Verdict

	looks() trace.Kinds       // what kinds of event matter from here on: it changes with no others, which cost nothing
	ignores(conn uint32) bool // whether a connection is known not to matter
	depends() bool            // whether it changes with the lab or with other checks, besides events
}

// mistake is what is wrong with a line of a clause.
type mistake struct {
	line int // from 0 in the clause
	text string
}

func (m *mistake) Error() string { return m.text }

func wrong(line int, format string, args ...any) error {
	return &mistake{line, fmt.Sprintf(format, args...)}
}

// parseClause reads what a check needs: a first line that says what it is about, and lines below it that say more.
func parseClause(text string) (clause, error) {
	var lines []string
	for _, line := range strings.Split(text, "\n") {
		lines = append(lines, strings.TrimSpace(withoutRemark(line)))
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	if len(lines) == 0 {
		return nil, wrong(0, "it needs nothing: say what has to be so")
	}
	words := strings.Fields(lines[0])
	if len(words) == 0 {
		return nil, wrong(0, "the first line is empty")
	}
	switch words[0] {
	case "dialogue":
		return parseDialogue(words[1:], lines[1:])
	case "mail":
		return parseMail(words[1:], lines[1:], false)
	case "no":
		if len(words) > 1 && words[1] == "mail" {
			return parseMail(words[2:], lines[1:], true)
		}
	case "mailbox", "connections", "answer", "compare", "server":
		if len(lines) > 1 {
			return nil, wrong(1, "“%s” has one line only", words[0])
		}
		if words[0] == "answer" {
			return parseAnswer(lines[0])
		}
		return parseMeasure(words)
	}
	return nil, wrong(0, "“%s” is nothing that can be checked: begin with dialogue, mail, no mail, mailbox, connections, "+
		"answer, compare or server", lines[0])
}

// withoutRemark is a line without what stands behind " # ", unless that is in quotation marks.
func withoutRemark(line string) string {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\':
			i++ // what stands behind it means itself, be it another
		case line[i] == '"':
			quoted = !quoted
		case line[i] == '#' && !quoted && (i == 0 || line[i-1] == ' ') && (i == len(line)-1 || line[i+1] == ' '):
			return line[:i]
		}
	}
	return line
}

// amount is how much of something is asked for.
type amount struct {
	op string // "", "at least", "at most"
	n  float64
}

// parseAmount reads "3", "= 3", "at least 3" or "at most 0.5".
func parseAmount(words []string) (amount, error) {
	var a amount
	if len(words) == 3 && words[0] == "at" && (words[1] == "least" || words[1] == "most") {
		a.op, words = "at "+words[1], words[2:]
	}
	if len(words) == 2 && words[0] == "=" {
		words = words[1:]
	}
	if len(words) != 1 {
		return a, fmt.Errorf("say how many, as “3”, “at least 3” or “at most 3”")
	}
	n, err := strconv.ParseFloat(words[0], 64)
	if err != nil || strings.Trim(words[0], "0123456789.") != "" { // Go reads NaN, Inf and 0x1p4, too
		return a, fmt.Errorf("“%s” is no number", words[0])
	}
	a.n = n
	return a, nil
}

func (a amount) has(n float64) bool {
	switch a.op {
	case "at least":
		return n >= a.n
	case "at most":
		return n <= a.n
	}
	return n == a.n
}

func (a amount) String() string {
	return strings.TrimSpace(a.op + " " + strconv.FormatFloat(a.n, 'f', -1, 64))
}

// unquote takes the quotation marks off a text that has them.
func unquote(text string) (string, error) {
	if strings.HasPrefix(text, "“") || strings.HasPrefix(text, "„") {
		return "", fmt.Errorf(`quotation marks are straight here, as in "text"`)
	}
	if !strings.HasPrefix(text, `"`) {
		return text, nil
	}
	s, err := strconv.Unquote(text)
	if err != nil {
		return "", fmt.Errorf(`%s is no text in quotation marks; inside them \r\n, \x00, \" and \\ have their meaning`, text)
	}
	return s, nil
}
