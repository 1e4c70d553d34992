package explain

import (
	"bytes"
	"strings"

	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// Term is a word with a meaning of its own.
type Term struct {
	Name string // as it was said: "SIZE=262"
	Explanation
}

// Terms explains the words in an event that have a meaning of their own: the parameters of a command, and what the
// replies to EHLO and CAPA list. Of the words of a message it knows nothing: see Header.
func (b *Book) Terms(e trace.Event) []Term {
	switch {
	case e.Kind == trace.Command && e.Proto == trace.SMTP:
		return b.parameters(e.Raw)
	case e.Kind == trace.Reply && e.Verb == smtp.EHLO && e.Code == 250:
		return b.keywordTerms(e.Raw)
	case e.Kind == trace.Data && e.Proto == trace.POP3 && e.Verb == "CAPA":
		return b.capabilityTerms(e.Raw)
	}
	return nil
}

// maxTerms is how many words of one event are explained.
const maxTerms = 64

func (b *Book) parameters(line []byte) []Term {
	verb, arg := smtp.ParseCommand(line)
	var terms []Term
	parse := smtp.ParseMailUTF8
	switch verb {
	case smtp.MAIL:
	case smtp.RCPT:
		parse = smtp.ParseRcptUTF8
	case smtp.VRFY, smtp.EXPN, smtp.BDAT:
		if _, word := cutLast(arg, ' '); len(word) < len(arg) {
			x := lookup(b.parameterWords, verb+" "+strings.ToUpper(string(word)), "?")
			if x.Found {
				terms = append(terms, Term{string(word), x})
			}
		}
		return terms
	default:
		return nil
	}
	_, params, err := parse(arg)
	if err != nil {
		return nil
	}
	for keyword, value := range params.All() {
		name, whole := keyword, verb+" "+keyword
		if value != "" {
			name += "=" + value
		}
		x := lookup(b.parameterWords, verb+" "+keyword+"="+strings.ToUpper(value), whole, "?")
		if terms = append(terms, Term{name, x}); len(terms) == maxTerms {
			break
		}
	}
	return terms
}

// keywordTerms explains the lines of the reply to EHLO, of which the first is the server's name.
func (b *Book) keywordTerms(raw []byte) []Term {
	var terms []Term
	_, rest := cutLine(raw)
	for len(rest) > 0 && len(terms) < maxTerms {
		var line []byte
		if line, rest = cutLine(rest); len(line) <= 4 {
			continue
		}
		text := string(line[4:])
		x, _ := b.Keyword(text)
		terms = append(terms, Term{text, x})
		terms = b.appendWords(terms, text)
	}
	return terms
}

func (b *Book) capabilityTerms(raw []byte) []Term {
	var terms []Term
	for rest := raw; len(rest) > 0 && len(terms) < maxTerms; {
		var line []byte
		if line, rest = cutLine(rest); len(line) == 0 || bytes.Equal(line, []byte(".")) {
			continue
		}
		x, _ := b.Capability(string(line))
		terms = append(terms, Term{string(line), x})
		terms = b.appendWords(terms, string(line))
	}
	return terms
}

// appendWords explains what stands behind a keyword or a capability, where that is more than a number: mechanisms of
// AUTH, limits.
func (b *Book) appendWords(terms []Term, text string) []Term {
	first, rest, _ := strings.Cut(text, " ")
	for word := range strings.FieldsSeq(rest) {
		if len(terms) == maxTerms {
			break
		}
		var x Explanation
		switch strings.ToUpper(first) {
		case smtp.ExtAuth, "SASL":
			x, _ = b.Mechanism(word)
		case smtp.ExtLimits:
			name, _, _ := strings.Cut(strings.ToUpper(word), "=")
			x = lookup(b.parameterWords, smtp.ExtLimits+" "+name, "?")
		case "UTF8":
			x = lookup(b.parameterWords, "UTF8 "+strings.ToUpper(word), "?")
		default:
			return terms
		}
		terms = append(terms, Term{word, x})
	}
	return terms
}

// Mechanism explains a way to log in by its registered name, and reports whether the book knows it.
func (b *Book) Mechanism(name string) (Explanation, bool) {
	x := lookup(b.mechanisms, strings.ToUpper(name), "?")
	return x, x.Found
}
