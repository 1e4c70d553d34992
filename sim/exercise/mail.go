package exercise

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"smtplab/sim/lab"
	"smtplab/sim/message"
)

// mail is a clause about a message that was stored in a mailbox: that there is one, so many, or none of which all this holds.
type mail struct {
	host   string // whose mailbox: a PC's id
	none   bool
	copies amount
	read   bool
	are    []func(word string) condition
}

// condition is something that has to hold of a message: it says "", or how the message is instead, as “its text has no line
// “.””.
type condition func(s *stored) string

func parseMail(words, lines []string, none bool) (clause, error) {
	if len(words) != 2 || words[0] != "in" {
		return nil, wrong(0, "say in whose mailbox, as “mail in pc2”: one PC, and a check for each other")
	}
	m := &mail{host: words[1], none: none, copies: once}
	for i, line := range lines {
		if line == "" {
			continue
		}
		if err := m.parseLine(line); err != nil {
			return nil, wrong(i+1, "“%s”: %v", line, err)
		}
	}
	if none && (m.read || m.copies != once) {
		return nil, wrong(0, "of a mail that did not come nothing says that it is read, or how often it came")
	}
	return m, nil
}

// once is how often a mail has to be there when nothing else is said.
var once = amount{"at least", 1}

const mailLines = "a line below “mail” is “subject has TEXT”, “header NAME has TEXT”, “no header NAME”, " +
	"“no header has TEXT”, “return path is ADDRESS”, “body has TEXT”, “body has line TEXT”, “attachment has TEXT”, " +
	"“attachment sha256 HEX”, “lines at most N”, “copies N” or “is read”"

func (m *mail) parseLine(line string) (err error) {
	l := mailLine(strings.Fields(line))
	text, err := l.text(line)
	add := func(c condition) { m.are = append(m.are, func(string) condition { return c }) }
	with := func(c func(s *stored, text string) string) { // the student's word
		m.are = append(m.are, func(word string) condition {
			text := fill(text, word)
			return func(s *stored) string { return c(s, text) }
		})
	}
	switch {
	case l.is("is read"):
		m.read = true
		return nil
	case l.is("copies ..."):
		m.copies, err = parseAmount(l[1:])
		return err
	case l.is("subject has ..."):
		with(func(s *stored, text string) string { return s.lacksIn("Subject", text) })
	case l.is("header ? has ..."):
		with(func(s *stored, text string) string { return s.lacksIn(l[1], text) })
	case l.is("header ?"):
		add(func(s *stored) string { return s.lacksIn(l[1], "") })
	case l.is("no header has ..."):
		with(func(s *stored, text string) string {
			if f, ok := s.field("", text); ok {
				return fmt.Sprintf("its header has “%s” in the field %s", text, f.name)
			}
			return ""
		})
	case l.is("no header ?"):
		add(func(s *stored) string {
			if _, ok := s.field(l[2], ""); ok {
				return "its header has a field " + l[2]
			}
			return ""
		})
	case l.is("return path is ?"):
		with(func(s *stored, text string) string { return s.lacksReturnPath(strings.Trim(text, "<>")) })
	case l.is("body has line ..."):
		with((*stored).lacksLine)
	case l.is("body has ..."):
		with((*stored).lacksText)
	case l.is("attachment has ..."):
		with((*stored).lacksInFile)
	case l.is("attachment sha256 ?"):
		if sum, bad := hex.DecodeString(l[2]); bad != nil || len(sum) != sha256.Size {
			return fmt.Errorf("“%s” is no SHA-256: that has 64 hexadecimal digits", l[2])
		}
		add(func(s *stored) string { return s.lacksFile(l[2]) })
	case l.is("lines at most ?"):
		a, err := parseAmount(l[1:])
		add(func(s *stored) string { return s.lacksShortness(a) })
		return err
	default:
		return fmt.Errorf("that is not understood: %s", mailLines)
	}
	return err
}

// mailLine is a line below “mail”, in words.
type mailLine []string

// is reports whether the line is a form: “?” stands for any word, “...” for one or more.
func (l mailLine) is(form string) bool {
	words := strings.Fields(form)
	for i, w := range words {
		if w == "..." {
			return len(l) > i
		}
		if i >= len(l) || w != "?" && w != l[i] {
			return false
		}
	}
	return len(l) == len(words)
}

// text is what stands behind “has”, “has line” or “is”, without its quotation marks; "" when there is no such word.
func (l mailLine) text(line string) (string, error) {
	for i, w := range l {
		if w != "has" && w != "is" || i == 0 {
			continue
		}
		rest := strings.TrimSpace(line[strings.Index(line, " "+w+" ")+len(w)+2:])
		if l.is("body has line ...") {
			rest = strings.TrimSpace(strings.TrimPrefix(rest, "line"))
		}
		return unquote(rest)
	}
	return "", nil
}

type mailFollower struct {
	watching
	*mail
	are   []condition // the mail's, with the student's word
	found []uint64    // the Store events of those for which all holds but, perhaps, that it is read
	near  uint64      // that of the one for which the most holds
	holds int
	lacks string // what does not hold of it

	message stored    // the one that is looked at
	room    [1]uint64 // for the first of those found, which often is the only one
}

func (m *mail) follow(word string) follower {
	f := &mailFollower{mail: m, are: make([]condition, len(m.are)), holds: -1}
	f.found = f.room[:0]
	for i, are := range m.are {
		f.are[i] = are(word)
	}
	return f
}

func (f *mailFollower) event(m *moment) {
	content, ok := m.lab.Delivered(f.host, m.seq)
	if !ok {
		return
	}
	f.message = stored{raw: content}
	n, lacks := 0, ""
	for _, lacksOf := range f.are {
		if how := lacksOf(&f.message); how == "" {
			n++
		} else if lacks == "" {
			lacks = how
		}
	}
	if lacks == "" {
		f.found = append(f.found, m.seq)
	} else if n >= f.holds {
		f.near, f.holds, f.lacks = m.seq, n, lacks
	}
}

func (f *mailFollower) verdict(l *lab.Lab, _ *Judge) Verdict {
	count, last := len(f.found), uint64(0)
	if count > 0 {
		last = f.found[count-1]
	}
	if f.read {
		count = 0
		for _, seq := range f.found {
			if at := l.Opened(seq); at != 0 {
				if count++; count == 1 || at > last {
					last = at
				}
			}
		}
	}
	switch {
	case f.none && count == 0:
		return Verdict{Met: true}
	case !f.none && f.copies.has(float64(count)):
		return Verdict{Met: true, Seq: last}
	}
	v := Verdict{Seq: last}
	switch name := hostName(l, f.host); {
	case f.none:
		v.Broken = true
		v.Text = fmt.Sprintf("A mail came to %s that should not have come (event %d). Undo it, or begin again.", name, last)
	case count > 0:
		v.Text = fmt.Sprintf("%s has %s, and %s is needed.", name, countOf(count, "such mail", "such mails"), f.copies)
		if v.Broken = f.copies.op != "at least" && float64(count) > f.copies.n; v.Broken {
			v.Text += " Undo the last, or begin again."
		}
	case len(f.found) > 0:
		content, _ := l.Delivered(f.host, last)
		v.Text = fmt.Sprintf("The mail%s is in the mailbox of %s, but nobody has opened it: check the mail there and open it.", subjectOf(content), name)
	case f.near > 0:
		v.Seq = f.near
		v.Text = fmt.Sprintf("The mail that came to %s (event %d) is not the one: %s.", name, f.near, f.lacks)
	default:
		v.Text = fmt.Sprintf("No mail has come to %s yet.", name)
	}
	return v
}

// subjectOf is how a mail is named among others, with a space before it; "" when it has no subject.
func subjectOf(content []byte) string {
	m := stored{raw: content}
	f, ok := m.field("Subject", "")
	subject := strings.Join(strings.Fields(string(f.value)), " ")
	if strings.Contains(subject, "=?") { // only then is it worth to read all of the mail
		subject = m.parsed().Get("Subject")
	}
	if !ok || subject == "" {
		return ""
	}
	return " “" + message.Visible(subject) + "”"
}
