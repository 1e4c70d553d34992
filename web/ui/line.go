package ui

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible returns s so that nothing in it acts on the screen. Control characters and octets that are no UTF-8
// become "\x1B", direction marks and other invisible characters become "\u202E". Tabs stay. The pictures of control
// characters that Unicode has were not chosen: many fonts lack them.
func Visible(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\t':
			b.WriteRune(r)
		case r < ' ' || r == 0x7f || r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02X`, s[i])
		case hidden(r):
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// VisibleText is Visible for a text of several lines: its line ends stay.
func VisibleText(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = Visible(line)
	}
	return strings.Join(lines, "\n")
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// hidden reports whether r is invisible and could mislead: controls, formats (direction marks, zero-width
// characters, tags) and line or paragraph separators. The joiners stay, since scripts and emoji need them.
func hidden(r rune) bool {
	if r == 0x200c || r == 0x200d {
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// CommandLines are the lines of a Command event: one, or more if the client pipelined.
func CommandLines(raw []byte) []Line {
	var lines []Line
	for text, eol := range wireLines(raw) {
		open, secret := text, ""
		if n := SecretAt(text); n > 0 {
			open, secret = text[:n], text[n:]
		}
		lines = append(lines, Line{Text: Visible(open), Secret: Visible(secret), EOL: eol})
	}
	return lines
}

// ResponseLines are the lines of a Response event: all of them are secrets, but for the "*" that cancels.
func ResponseLines(raw []byte) []Line {
	var lines []Line
	for text, eol := range wireLines(raw) {
		if text == "*" {
			lines = append(lines, Line{Text: text, EOL: eol})
		} else {
			lines = append(lines, Line{Secret: Visible(text), EOL: eol})
		}
	}
	return lines
}

// SecretAt is where in a command a password begins, readable or encoded: behind PASS (RFC 1939 §7), and behind the
// mechanism of AUTH (RFC 4954 §4). 0 for a command without.
func SecretAt(text string) int {
	words := strings.SplitAfterN(text, " ", 3)
	switch verb := strings.ToUpper(strings.TrimSpace(words[0])); {
	case verb == "PASS" && len(words) > 1:
		return len(words[0])
	case verb == "AUTH" && len(words) > 2:
		return len(words[0]) + len(words[1])
	}
	return 0
}

// ReplyLines are the lines of a Reply event, each with its code apart. POP3's "+OK" and "-ERR" count as codes;
// the lines of a POP3 multi-line reply after the first have none.
func ReplyLines(raw []byte) []Line {
	var lines []Line
	pop := false
	for text, eol := range wireLines(raw) {
		line := Line{EOL: eol}
		switch {
		case len(lines) == 0 && strings.HasPrefix(text, "+OK"):
			pop, line.Code, line.Tone, text = true, "+OK", "ok", text[3:]
		case len(lines) == 0 && strings.HasPrefix(text, "-ERR"):
			pop, line.Code, line.Tone, text = true, "-ERR", "err", text[4:]
		case pop && text == ".":
			line.Part = "dot"
		case !pop && isCode(text):
			line.Code, line.Tone, text = text[:3], tone(text[0]), text[3:]
		}
		if line.Code != "" && text != "" {
			line.Sep, text = text[:1], text[1:]
		}
		line.Text = Visible(text)
		lines = append(lines, line)
	}
	return lines
}

// isCode reports whether a reply line begins with a code: RFC 5321 §4.2, three digits, then space, hyphen or the end.
func isCode(s string) bool {
	if len(s) < 3 || s[0] < '2' || s[0] > '5' || s[1] < '0' || s[1] > '9' || s[2] < '0' || s[2] > '9' {
		return false
	}
	return len(s) == 3 || s[3] == ' ' || s[3] == '-'
}

func tone(first byte) string {
	switch first {
	case '2':
		return "ok"
	case '3':
		return "more"
	case '4':
		return "temp"
	}
	return "err"
}

// DataLines are the lines of a Data event. inBody says whether the message's blank line came in an earlier
// chunk; the second result says whether it has come by now.
func DataLines(raw []byte, inBody bool) ([]Line, bool) {
	var lines []Line
	for text, eol := range wireLines(raw) {
		line := Line{Text: Visible(text), EOL: eol}
		switch {
		case text == "." && eol == crlf:
			line.Part = "dot"
		case strings.HasPrefix(text, ".."):
			line.Part = "stuffed"
		case inBody:
			line.Part = "body"
		case text == "":
			line.Part, inBody = "blank", true
		case text[0] == ' ' || text[0] == '\t':
			line.Part = "fold"
		default:
			line.Part = "header"
		}
		lines = append(lines, line)
	}
	return lines, inBody
}

// NoteLines is the one line of an event that carries words instead of octets.
func NoteLines(note string) []Line {
	return []Line{{Text: Visible(note)}}
}

const crlf = "CRLF"

// wireLines yields the lines of raw with the name of the line end that each had. Only CR LF, LF and CR end a
// line; what stands after the last of them is a line with no end.
func wireLines(raw []byte) func(yield func(text, eol string) bool) {
	return func(yield func(text, eol string) bool) {
		for len(raw) > 0 {
			i := bytes.IndexAny(raw, "\r\n")
			if i < 0 {
				yield(string(raw), "")
				return
			}
			text, eol, n := string(raw[:i]), "LF", 1
			if raw[i] == '\r' {
				eol = "CR"
				if i+1 < len(raw) && raw[i+1] == '\n' {
					eol, n = crlf, 2
				}
			}
			if !yield(text, eol) {
				return
			}
			raw = raw[i+n:]
		}
	}
}
