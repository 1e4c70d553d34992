package exercise

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// This file is about tokens: what stands in braces in an exercise, and is something else in each lab.

// FillWith is a text of an exercise as it is read in a lab with that word: the promise, a section, a hint, a question.
// base64 says what {base64 …} is, and is told what stands in it: Base64, or another way to say that.
func FillWith(text, word string, base64 func(plain string) string) string {
	f := filler{word: word, base64: base64}
	filled, _, _ := f.text(text, "")
	return filled
}

// fill is FillWith Base64.
func fill(text, word string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	return FillWith(text, word, Base64)
}

// Base64 is the base64 of a text in which \0 is NUL.
func Base64(plain string) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(plain, `\0`, "\x00")))
}

// filler puts into texts what their tokens stand for: a lab's word for {word}; the base64 of what stands in {base64 …}, in
// which the word may be; in scripts x, 12000 times, for {12000 x}, in which both may be; and one brace for {{.
type filler struct {
	word    string
	base64  func(plain string) string
	repeats bool  // it is a script
	room    int   // how many octets what is repeated may have yet
	err     error // about the first token that is none

	// endless is how much text was left at the first {base64, and at the first that is repeated, that does not end.
	// Those behind it do not end either. Without it a line of them would be read to its end from each.
	endless struct{ base64, repeated int }
}

// repeated is how a text begins that stands often.
var repeated = regexp.MustCompile(`^\{(\d{1,6}) `)

// text fills a text. When it is what stands in a token, it ends at the brace that closes that.
func (f *filler) text(text, in string) (filled, rest string, closed bool) {
	var b strings.Builder
	for {
		i := strings.IndexAny(text, "{}")
		if i < 0 {
			b.WriteString(text)
			return b.String(), "", false
		}
		b.WriteString(text[:i])
		if text[i] == '}' {
			if in != "" {
				return b.String(), text[i+1:], true
			}
			b.WriteByte('}')
			text = text[i+1:]
			continue
		}
		var put string
		put, text = f.token(text[i:], in)
		b.WriteString(put)
	}
}

// token fills the token that a text begins with. What is none stays as it is.
func (f *filler) token(text, in string) (put, rest string) {
	if rest, ok := strings.CutPrefix(text, "{{"); ok {
		return "{", rest
	}
	if rest, ok := strings.CutPrefix(text, "{word}"); ok {
		return f.word, rest
	}
	if plain, ok := strings.CutPrefix(text, "{base64 "); ok && in != "base64" && len(text) > f.endless.base64 {
		plain, rest, closed := f.text(plain, "base64")
		if closed {
			return f.base64(plain), rest
		}
		f.endless.base64 = len(text)
	}
	if m := f.repetition(text, in); m != nil {
		one, rest, closed := f.text(text[len(m[0]):], "repeated")
		if closed && one != "" {
			n, _ := strconv.Atoi(m[1]) // digits
			n = min(n, f.room/len(one))
			f.room -= n * len(one)
			return strings.Repeat(one, n), rest
		}
		if !closed {
			f.endless.repeated = len(text)
		}
	}
	if f.err == nil && len(text) > 1 && f.begins(text[1]) {
		f.err = noToken(text)
	}
	return "{", text[1:]
}

// repetition is how a text begins that stands often, and how often; nil when it is none.
func (f *filler) repetition(text, in string) []string {
	if !f.repeats || in != "" || len(text) <= f.endless.repeated {
		return nil
	}
	return repeated.FindStringSubmatch(text)
}

// begins reports whether a brace before this octet is that of a token. Before any other it is one of the text.
func (f *filler) begins(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || f.repeats && '0' <= c && c <= '9'
}

// maxToken is how much of what is no token is quoted.
const maxToken = 40

func noToken(text string) error {
	inner, _, closed := strings.Cut(text, "}")
	if quoted := []rune(inner); len(quoted) > maxToken {
		inner = string(quoted[:maxToken]) + "…"
	}
	if !closed {
		return fmt.Errorf("“%s” does not end: a “}” is missing", inner)
	}
	return fmt.Errorf("“%s}” stands for nothing: there are {word} and {base64 …}, in scripts also {12000 x}; "+
		"a brace that is only a brace is written {{", inner)
}

// noTokenIn is what is wrong with the first token of a text that is none; nil when there is no such token. A token ends in
// the line in which it begins.
func noTokenIn(text string, inScript bool) error {
	for i, line := range strings.Split(text, "\n") {
		f := filler{word: "word", base64: Base64, repeats: inScript} // any, for nothing cannot be repeated
		if f.text(line, ""); f.err != nil {
			return &mistake{i, f.err.Error()}
		}
	}
	return nil
}
