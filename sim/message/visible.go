package message

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks one character keeps: more than any script needs, too few to climb over
// the neighbouring lines.
const maxMarks = 8

// Visible returns s with every character that would act on the page or the terminal, instead of being seen,
// replaced by one that is: a control by its picture ("␛"), a bidirectional override or an invisible format
// character by its number ("⟨U+202E⟩"), an octet that is not UTF-8 by its value ("⟨0xFF⟩"), and all but the first
// combining marks on a character by their count ("⟨+9992 marks⟩"). Line feeds and tabs stay, and the CR of a
// CRLF goes with its line feed; the joiners that scripts and emoji need stay too.
//
// Visible is for people to read. Escaping for HTML is still the page's duty.
func Visible(s string) string {
	i := firstActing(s)
	if i < 0 {
		return s
	}
	return visibleFrom(s, i)
}

// firstActing is the index of the first octet of s that is not plainly visible ASCII, or -1.
func firstActing(s string) int {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\n' && c != '\t' || c >= 0x7f {
			return i
		}
	}
	return -1
}

func visibleFrom(s string, i int) string {
	var b strings.Builder
	b.Grow(len(s) + 16)
	b.WriteString(s[:i])
	marks := 0
	for s = s[i:]; s != ""; {
		r, size := utf8.DecodeRuneInString(s)
		if unicode.Is(unicode.M, r) {
			marks++
		} else {
			writeMarksLeft(&b, marks)
			marks = 0
		}
		if marks <= maxMarks {
			writeVisible(&b, r, s, size)
		}
		s = s[size:]
	}
	writeMarksLeft(&b, marks)
	return b.String()
}

func writeMarksLeft(b *strings.Builder, marks int) {
	if marks > maxMarks {
		b.WriteString("⟨+" + strconv.Itoa(marks-maxMarks) + " marks⟩")
	}
}

// writeVisible writes r, the first character of s.
func writeVisible(b *strings.Builder, r rune, s string, size int) {
	switch {
	case r == '\n' || r == '\t':
		b.WriteRune(r)
	case r == '\r' && len(s) > 1 && s[1] == '\n':
		// The line feed that follows stands for both.
	case r < ' ':
		b.WriteRune(0x2400 + r) // the pictures of the C0 controls
	case r == 0x7f:
		b.WriteRune('␡')
	case r == utf8.RuneError && size == 1:
		b.WriteString("⟨0x" + hex(uint64(s[0]), 2) + "⟩")
	case acts(r):
		b.WriteString("⟨U+" + hex(uint64(r), 4) + "⟩")
	default:
		b.WriteRune(r)
	}
}

// acts reports whether r is not seen but changes how its neighbours are: the C1 controls, the line and paragraph
// separators, and the format characters except the joiners and the soft hyphen.
func acts(r rune) bool {
	switch r {
	case '\u200c', '\u200d', '\u00ad':
		return false
	case '\u2028', '\u2029':
		return true
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

func hex(n uint64, width int) string {
	digits := strings.ToUpper(strconv.FormatUint(n, 16))
	return strings.Repeat("0", max(0, width-len(digits))) + digits
}
