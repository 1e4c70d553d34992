package query

import (
	"strings"
	"unicode/utf8"

	"smtplab/sim/trace"
)

// says is the condition that a text is in what people see of an event.
func says(text string) holds {
	text = strings.ToLower(text)
	in := containsASCII
	if !isASCII(text) {
		in = func(s []byte, text string) bool { return strings.Contains(strings.ToLower(string(s)), text) }
	}
	return func(e *trace.Event, about About) bool {
		if e.Line() && in(e.Raw, text) || e.Note != "" && in([]byte(line(e, about)), text) {
			return true
		}
		if about == nil {
			return false
		}
		if note, _ := about.Note(e.Seq); note != "" && in([]byte(note), text) {
			return true
		}
		return in([]byte(about.Gist(e)), text)
	}
}

// line is what people read of an event that has words instead of octets. The octets of a segment are those of the lines
// that it carried, so it does not show them.
func line(e *trace.Event, about About) string {
	if about != nil && (e.Kind == trace.Action || e.Kind == trace.Condition) {
		return about.HostName(e.From) + " " + e.Note
	}
	return e.Note
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// containsASCII reports whether text, in lower case, is in s in either case. It allocates nothing: a trace may hold a
// hundred megabytes.
func containsASCII(s []byte, text string) bool {
	if text == "" {
		return true
	}
	first := text[0]
	for i := 0; i+len(text) <= len(s); i++ {
		if lower(s[i]) == first && hasPrefix(s[i:], text) {
			return true
		}
	}
	return false
}

// hasPrefix reports whether s, which is long enough, begins with text in either case.
func hasPrefix(s []byte, text string) bool {
	for i := range len(text) {
		if lower(s[i]) != text[i] {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
