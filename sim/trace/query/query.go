// Package query finds lines in a trace: what people type into the filter box, read and applied.
//
//	verb:rcpt code:5xx host:pc1 "no such" -proto:pop3
//
// A query is terms with spaces between; all of them hold for an event that matches. A term is a word of the text that
// people see in the line, in the few words beside it or in its note, in either case of letters; several words between
// quotation marks; or a key with a value. A hyphen before a term turns it round. The keys:
//
//	verb:rcpt       the command, and its replies; eod for those to the end of a message
//	code:550        replies with that code; x stands for any digit: 5xx, 25x. Of POP3: +ok, -err
//	code:5.1.1      replies with that enhanced code (RFC 3463); 5.x.x
//	host:pc1        what that host sends or is sent; its id or its name
//	conn:2          the conversation; a range as 2-4
//	kind:reply      the kind of event, as trace.KindNames has them
//	proto:smtp      the protocol, as trace.ProtoNames has them
//	seq:10-40       the numbers of events; 10, 10- and -40 too
//	is:pinned       pinned lines; noted ones, with a note; encrypted ones
//
// Words with a colon that have none of these keys are text: "Subject:" and "TO:<pc2@email.com>" are on the wire.
package query

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"smtplab/sim/trace"
)

// MaxLength is how long a query may be, in characters.
const MaxLength = 500

// Query says which events somebody wants to see. Its zero value matches all.
type Query struct{ terms []term }

// term is one condition.
type term struct {
	not  bool
	slow bool // it reads text: others are asked first
	holds
}

// holds reports whether a condition holds for an event.
type holds func(*trace.Event, About) bool

// About tells what stands beside events where people see them, and is not in the trace.
type About interface {
	Gist(e *trace.Event) string                 // what it means in a few words, or ""
	Note(seq uint64) (text string, pinned bool) // what people keep beside it
	HostName(id string) string                  // "PC-1"
}

// Mistake is a query that cannot be read, in a sentence for whoever typed it.
type Mistake struct{ Text string }

// Error is the sentence.
func (m *Mistake) Error() string { return m.Text }

func mistake(format string, args ...any) error { return &Mistake{fmt.Sprintf(format, args...)} }

// Parse reads a query. Its error is a *Mistake. Quotation marks that are not closed reach to the end: people are still
// typing.
func Parse(text string) (Query, error) {
	if utf8.RuneCountInString(text) > MaxLength {
		return Query{}, mistake("A filter has at most %d characters.", MaxLength)
	}
	var q Query
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimSpace(rest) {
		var t term
		if after, ok := strings.CutPrefix(rest, "-"); ok && after != "" && after[0] != ' ' {
			t.not, rest = true, after
		}
		var key, value string
		var err error
		key, rest = cutKey(rest)
		value, rest = cutValue(rest)
		if key != "" {
			t.holds, err = keys[key](value)
		} else if value != "" {
			t.slow, t.holds = true, says(value)
		}
		if err != nil {
			return Query{}, err
		}
		if t.holds != nil {
			q.terms = append(q.terms, t)
		}
	}
	slices.SortStableFunc(q.terms, func(a, b term) int {
		switch {
		case a.slow == b.slow:
			return 0
		case b.slow:
			return -1
		}
		return 1
	})
	return q, nil
}

// cutKey takes a key and its colon off the text; "" when it does not begin with one.
func cutKey(s string) (key, rest string) {
	key, rest, found := strings.Cut(s, ":")
	key = strings.ToLower(key)
	if _, known := keys[key]; !found || !known {
		return "", s
	}
	return key, rest
}

// cutValue takes a word off the text, or what stands between quotation marks.
func cutValue(s string) (value, rest string) {
	if quoted, ok := strings.CutPrefix(s, `"`); ok {
		value, rest, _ = strings.Cut(quoted, `"`)
		return value, rest
	}
	end := strings.IndexByte(s, ' ')
	if end < 0 {
		end = len(s)
	}
	return s[:end], s[end:]
}

// Empty reports whether the query asks for nothing in particular.
func (q Query) Empty() bool { return len(q.terms) == 0 }

// Match reports whether every term holds for the event.
func (q Query) Match(e *trace.Event, about About) bool {
	for _, t := range q.terms {
		if t.holds(e, about) == t.not {
			return false
		}
	}
	return true
}
