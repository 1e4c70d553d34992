package exercise

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"smtplab/sim/lab"
	"smtplab/sim/message"
	"smtplab/sim/trace"
)

// mail is a clause about a message that was stored in a mailbox: that there is one, so many, or none of which all this holds.
type mail struct {
	host   string // whose mailbox: a PC's id
	none   bool
	copies amount
	read   bool
	are    []condition
}

// condition is something that holds of a message.
type condition struct {
	text  string // as it stands in the file
	holds func(m *stored, word string) bool
}

// stored is a message in a mailbox.
type stored struct {
	raw  []byte
	view *message.View
}

func parseMail(words, lines []string, none bool) (clause, error) {
	if len(words) != 2 || words[0] != "in" {
		return nil, wrong(0, "say in whose mailbox, as “mail in pc2”")
	}
	m := &mail{host: words[1], none: none, copies: amount{"at least", 1}}
	for i, line := range lines {
		if line == "" {
			continue
		}
		if err := m.parseLine(line); err != nil {
			return nil, wrong(i+1, "“%s”: %v", line, err)
		}
	}
	return m, nil
}

const mailLines = "a line below “mail” is “subject has TEXT”, “header NAME has TEXT”, “no header NAME”, “no header has TEXT”, “return path is ADDRESS”, “body has TEXT”, “body has line TEXT”, “attachment has TEXT”, “attachment sha256 HEX”, “lines at most N”, “copies N” or “is read”"

func (m *mail) parseLine(line string) error {
	add := func(holds func(s *stored, word string) bool) error {
		m.are = append(m.are, condition{line, holds})
		return nil
	}
	words := strings.Fields(line)
	rest := func(n int) (string, error) {
		text := line
		for range n {
			_, text, _ = strings.Cut(strings.TrimSpace(text), " ")
		}
		if text = strings.TrimSpace(text); text == "" {
			return "", fmt.Errorf("the text is missing")
		}
		return unquote(text)
	}
	is := func(pattern ...string) bool {
		if len(words) < len(pattern) {
			return false
		}
		for i, p := range pattern {
			if p != "?" && p != words[i] {
				return false
			}
		}
		return true
	}
	switch {
	case is("is", "read"):
		m.read = true
		return nil
	case is("copies"):
		var err error
		m.copies, err = parseAmount(words[1:])
		return err
	case is("subject", "has"):
		text, err := rest(2)
		add(func(s *stored, word string) bool { return headerHas(s, "Subject", fill(text, word)) })
		return err
	case is("header", "?", "has"):
		text, err := rest(3)
		add(func(s *stored, word string) bool { return headerHas(s, words[1], fill(text, word)) })
		return err
	case is("no", "header", "has"):
		text, err := rest(3)
		add(func(s *stored, word string) bool { return !headerHas(s, "", fill(text, word)) })
		return err
	case is("no", "header", "?"):
		return add(func(s *stored, _ string) bool { return !headerHas(s, words[2], "") })
	case is("header", "?") && len(words) == 2:
		return add(func(s *stored, _ string) bool { return headerHas(s, words[1], "") })
	case is("return", "path", "is"):
		text, err := rest(3)
		add(func(s *stored, word string) bool {
			return headerHas(s, "Return-Path", "<"+fill(strings.Trim(text, "<>"), word)+">")
		})
		return err
	case is("body", "has", "line"):
		text, err := rest(3)
		add(func(s *stored, word string) bool { return hasLine(bodyOf(s.raw)+"\r\n", fill(text, word)) })
		return err
	case is("body", "has"):
		text, err := rest(2)
		add(func(s *stored, word string) bool {
			return strings.Contains(bodyOf(s.raw), fill(text, word)) || strings.Contains(s.view.Text, fill(text, word))
		})
		return err
	case is("attachment", "has"):
		text, err := rest(2)
		add(func(s *stored, word string) bool {
			return slices.ContainsFunc(s.view.Files, func(f message.Attachment) bool { return strings.Contains(string(f.Data), fill(text, word)) })
		})
		return err
	case is("attachment", "sha256", "?"):
		return add(func(s *stored, _ string) bool { return hasFile(s, words[2]) })
	case is("lines", "at", "most", "?"):
		a, err := parseAmount(words[1:])
		add(func(s *stored, _ string) bool {
			for line := range strings.SplitSeq(string(s.raw), "\r\n") {
				if float64(len(line)) > a.n {
					return false
				}
			}
			return true
		})
		return err
	}
	return fmt.Errorf("that is not understood: %s", mailLines)
}

// headerHas reports whether a field, or any when name is "", has a text in it, as it stands in the message or decoded.
func headerHas(s *stored, name, text string) bool {
	for _, f := range s.view.Fields {
		if (name == "" || strings.EqualFold(f.Name, name)) && (strings.Contains(strings.ToLower(f.Value), strings.ToLower(text)) || strings.Contains(strings.ToLower(string(f.Raw)), strings.ToLower(text))) {
			return true
		}
	}
	return false
}

func bodyOf(raw []byte) string {
	_, body, _ := strings.Cut(string(raw), "\r\n\r\n")
	return body
}

func hasFile(s *stored, sum string) bool {
	for _, f := range s.view.Files {
		digest := sha256.Sum256(f.Data)
		if strings.EqualFold(hex.EncodeToString(digest[:]), sum) {
			return true
		}
	}
	return false
}

type mailFollower struct {
	*mail
	word  string
	found []foundMail // for which all holds but, perhaps, that it is read
	near  foundMail   // for which the most holds
	holds int
	lacks string // what does not hold of it
}

type foundMail struct {
	seq uint64
	uid string
}

func (m *mail) follow(word string) follower { return &mailFollower{mail: m, word: word, holds: -1} }

func (f *mailFollower) event(l *lab.Lab, e *trace.Event) {
	if e.Kind != trace.Store {
		return
	}
	name, uid, _ := strings.Cut(e.Note, " ")
	m, ok := l.Stored(f.host, name, uid)
	if !ok {
		return
	}
	s := &stored{m, message.Parse(m)}
	n, lacks := 0, ""
	for _, c := range f.are {
		if c.holds(s, f.word) {
			n++
		} else if lacks == "" {
			lacks = fill(c.text, f.word)
		}
	}
	if lacks == "" {
		f.found = append(f.found, foundMail{e.Seq, uid})
	} else if n >= f.holds {
		f.near, f.holds, f.lacks = foundMail{e.Seq, uid}, n, lacks
	}
}

func (f *mailFollower) verdict(l *lab.Lab, _ *Judge) verdict {
	count, last := 0, foundMail{}
	for _, m := range f.found {
		if last = m; !f.read || l.IsRead(f.host, m.uid) {
			count++
		}
	}
	name := hostName(l, f.host)
	switch {
	case f.none && count > 0:
		return verdict{broken: true, seq: last.seq, text: fmt.Sprintf("A mail came to %s that should not have come (event %d). Undo it, or begin again.", name, last.seq)}
	case f.none:
		return verdict{met: true}
	case f.copies.has(float64(count)):
		return verdict{met: true, seq: last.seq}
	case count > 0:
		return verdict{seq: last.seq, text: fmt.Sprintf("%s has %d such mails, and %s is needed.", name, count, f.copies)}
	case len(f.found) > 0:
		return verdict{seq: last.seq, text: fmt.Sprintf("The mail is in the mailbox of %s, but nobody has read it: check the mail there and open it.", name)}
	case f.near.seq > 0:
		return verdict{seq: f.near.seq, text: fmt.Sprintf("The mail that came to %s (event %d) is not it: “%s” does not hold.", name, f.near.seq, f.lacks)}
	}
	return verdict{text: fmt.Sprintf("No mail has come to %s yet.", name)}
}
