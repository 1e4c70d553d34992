package exercise

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
)

// verdict says what is missing, by the conversation that came closest.
func (f *dialogueFollower) verdict(l *lab.Lab, _ *Judge) Verdict {
	if len(f.met) > 0 {
		return Verdict{Met: true, Seq: f.met[0].at}
	}
	t := f.best()
	switch {
	case t == nil && f.other.seq > 0:
		return Verdict{Seq: f.other.seq, Text: fmt.Sprintf("There was no conversation%s yet. The one at event %d %s.", f.words(l), f.other.seq, f.other.is)}
	case t == nil:
		return Verdict{Text: "There was no conversation" + f.words(l) + " yet."}
	case t.spoilt != 0:
		words := capital(t.ruled.words())
		if t.ruled.answer() != "" {
			words += ","
		}
		return Verdict{Seq: t.spoilt, Text: fmt.Sprintf("%s may not come in this conversation, and it did (event %d). Begin another one.", words, t.spoilt)}
	case t.late != "":
		return Verdict{Seq: t.at, Text: "All was said, but " + t.late + ". Begin another conversation."}
	}
	v := Verdict{Seq: t.at, Text: f.missing(l, t)}
	if t.near.seq != 0 {
		v.Seq = t.near.seq
	}
	if t.closed != 0 {
		v.Text += fmt.Sprintf(" That conversation has ended (event %d): begin another one.", t.closed)
	}
	return v
}

// missing says what has to be said next in a conversation, and what was said instead.
func (f *dialogueFollower) missing(l *lab.Lab, t *talk) string {
	s := f.next(t)
	switch t.near.how {
	case answered:
		return t.near.said(l) + " Needed is " + t.near.step.answer() + "."
	case inClear:
		return t.near.said(l) + " That was without TLS, and it has to be said in TLS."
	case misspoken:
		return t.near.said(l) + " Needed is " + t.near.step.words() + "."
	case refusal:
		return fmt.Sprintf("Still missing: %s. The last refusal was “%s” (event %d).", s.words(), firstLine(l.Trace().Raw(t.near.seq)), t.near.seq)
	}
	switch {
	case t.message && t.closed == 0 && s.isEOD():
		return "All that is sent now is the message. It ends with a line that has only a dot, with CRLF before and behind it."
	case t.message && t.closed == 0 && !s.inMessage():
		return fmt.Sprintf("All that is sent now is the message, until a line that has only a dot, with CRLF before and behind it. Still missing then: %s.", s.words())
	case t.done > 0:
		return "Good up to event " + strconv.FormatUint(t.at, 10) + ". Still missing: " + s.words() + "."
	}
	return "Still missing: " + s.words() + "."
}

// said says what was said, and how it was answered.
func (n *near) said(l *lab.Lab) string {
	said := "“" + firstLine(l.Trace().Raw(l.Trace().Re(n.seq))) + "”"
	if n.how == answered && (n.step.isEOD() || n.step.event != "") {
		said = capital(n.step.said())
	}
	return fmt.Sprintf("%s was answered with “%s” (event %d).", said, firstLine(l.Trace().Raw(n.seq)), n.seq)
}

// next is the first step that is not done.
func (f *dialogueFollower) next(t *talk) *step {
	g := f.steps[t.group]
	for i := range g {
		if t.undone>>i&1 != 0 {
			return &g[i]
		}
	}
	return &g[0]
}

// words say which conversations are meant, with a space before.
func (d *dialogue) words(l *lab.Lab) string {
	words := ""
	if d.from != "" {
		words += " from " + hostName(l, d.from)
	}
	if d.to != "" {
		words += " to " + hostName(l, d.to)
	}
	if d.port != 0 {
		words += " to port " + strconv.Itoa(d.port)
	}
	switch d.who {
	case "hand":
		words += " typed by hand, in the Terminal,"
	case "program":
		words += " by a mail program"
	}
	return words
}

// words say what a step is: “RCPT TO:<pc2@email.com>”, answered with 250.
func (s *step) words() string {
	if answer := s.answer(); answer != "" {
		return s.said() + ", answered with " + answer
	}
	return s.said()
}

// answer says how a step is answered; "" for anyhow.
func (s *step) answer() string {
	text := codesWords(s.codes)
	if s.has != "" {
		text += " with “" + s.has + "” in it"
	}
	if s.has != "" && s.lacks != "" {
		text += " and"
	}
	if s.lacks != "" {
		text += " without “" + s.lacks + "”"
	}
	return text
}

// lineEnds shows those that a part of a message has.
var lineEnds = strings.NewReplacer("\r\n", "<CRLF>", "\n", "<LF>", "\r", "<CR>")

func (s *step) said() string {
	switch {
	case s.line != nil:
		return "the line “" + *s.line + "” in the message"
	case s.part != nil:
		return "“" + lineEnds.Replace(*s.part) + "” in the message"
	case s.event == "greeting":
		return "the greeting of the server"
	case s.event == "close":
		return "the end of the connection"
	case s.event != "":
		return s.event
	case s.isEOD():
		return "the dot that ends the message"
	case s.verbs[0] == "*":
		return "a command"
	case s.args != "":
		return "“" + strings.ReplaceAll(s.args, "*", "…") + "”"
	}
	return alternatives(s.verbs, "“", "”")
}

func (s *step) isEOD() bool { return len(s.verbs) > 0 && s.verbs[0] == trace.EOD }

func codesWords(codes []code) string {
	var words []string
	for _, c := range codes {
		words = append(words, c.words())
	}
	return alternatives(words, "", "")
}

// alternatives are texts in marks: “MAIL”, “RCPT” or “DATA”.
func alternatives(texts []string, open, end string) string {
	last := len(texts) - 1
	if last < 0 {
		return ""
	}
	all := open + texts[last] + end
	if last > 0 {
		all = open + strings.Join(texts[:last], end+", "+open) + end + " or " + all
	}
	return all
}

func (c *code) words() string {
	text := strconv.Itoa(c.low)
	switch {
	case c.low == 1:
		text = "+OK"
	case c.low == -1:
		text = "-ERR"
	case c.top > c.low:
		text = fmt.Sprintf("a code from %d to %d", c.low, c.top)
	case c.enhanced != "":
		text += " " + c.enhanced
	}
	if c.not {
		return "anything but " + text
	}
	return text
}

// capital is the beginning of a sentence.
func capital(s string) string {
	if 'a' <= s[0] && s[0] <= 'z' {
		return strings.ToUpper(s[:1]) + s[1:]
	}
	return s
}

func hostName(l *lab.Lab, id string) string {
	for _, h := range l.Spec().Hosts {
		if h.ID == id {
			return h.Name
		}
	}
	return id
}

// firstLine is the first line of what was said.
func firstLine(raw []byte) string {
	line, _, _ := strings.Cut(string(raw), "\r\n")
	return line
}

// markup is what may stand in a text of one line: code, a link, and what is stressed.
var markup = regexp.MustCompile("`([^`]+)`|\\[([^\\]]*)\\]\\([^)]*\\)|\\*\\*([^*]+)\\*\\*|\\*([^* ][^*]*)\\*")

// plain is such a text as a sentence, without its markup.
func plain(text string) string { return markup.ReplaceAllString(text, "$1$2$3$4") }
