package message

import (
	"encoding/base64"
	"net/mail"
	"strings"
	"unicode/utf8"
)

// headerWriter writes header fields: in ASCII, or in UTF-8 (RFC 6532 §3.2).
type headerWriter struct{ utf8 bool }

// appendAddresses appends an address field, folded before the address that would make its line longer than 78.
func (h headerWriter) appendAddresses(dst []byte, field string, addresses []mail.Address) []byte {
	line := len(dst) // where the current line begins
	dst = append(dst, field...)
	for i, a := range addresses {
		if i > 0 {
			dst = append(dst, ',')
			if len(dst)-line+1+len(a.Name)+len(a.Address)+4 > foldAt {
				dst = append(dst, "\r\n"...)
				line = len(dst)
			}
			dst = append(dst, ' ')
		}
		dst = h.appendAddress(dst, a)
	}
	return append(dst, "\r\n"...)
}

// appendAddress appends `pc1@email.com` or `PC-1 <pc1@email.com>`. What is not simple is left to net/mail, or,
// for a display name that does not fit a line, to encoded words.
func (h headerWriter) appendAddress(dst []byte, a mail.Address) []byte {
	if isSimple(a.Address) && isAtoms(a.Name) {
		if a.Name == "" {
			return append(dst, a.Address...)
		}
		dst = append(append(dst, a.Name...), " <"...)
		return append(append(dst, a.Address...), '>')
	}
	a.Name = strings.ToValidUTF8(a.Name, "\uFFFD")
	if parsed, err := mail.ParseAddress("<" + a.Address + ">"); err == nil {
		a.Address = parsed.Address // a local part that came quoted is quoted once, below
	}
	address := (&mail.Address{Address: a.Address}).String() // "<pc1@email.com>", a local part quoted if it must be
	switch {
	case a.Name == "":
		return append(dst, address...)
	case len(a.Name) >= foldAt/2 || strings.Contains(a.Name, "=?") || strings.ContainsRune(a.Name, '\t'):
	case isASCII(a.Name):
		return append(dst, (&mail.Address{Name: a.Name, Address: a.Address}).String()...)
	case h.utf8:
		return append(append(dst, `"`+quotable.Replace(a.Name)+`" `...), address...)
	}
	dst = appendEncodedWords(dst, a.Name)
	return append(append(dst, "\r\n "...), address...)
}

// quotable makes text fit for a quoted-string: RFC 5322 §3.2.4.
var quotable = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// isAtoms reports whether a display name may stand unquoted: short words of letters, digits and hyphens, with
// single spaces between them (RFC 5322 §3.2.5). The empty name may.
func isAtoms(name string) bool {
	for i := range len(name) {
		c := name[i]
		inner := c == ' ' && i > 0 && i+1 < len(name) && name[i-1] != ' '
		if !isAlphanumeric(c) && c != '-' && !inner {
			return false
		}
	}
	return len(name) < foldAt/2
}

// isSimple reports whether an address needs no quoting: letters, digits and the commonest punctuation.
func isSimple(address string) bool {
	dot := true // a dot may not come here
	for i := range len(address) {
		c := address[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '+':
			dot = false
		case (c == '.' || c == '@') && !dot && !(i+1 < len(address) && address[i+1] == '@'):
			dot = true
		default:
			return false
		}
	}
	return !dot && strings.Count(address, "@") == 1
}

// appendUnstructured appends a field of free text: as it is, folded if it is long, when it is text that a reader will
// get back unchanged; else in encoded words.
func (h headerWriter) appendUnstructured(dst []byte, field, s string) []byte {
	dst = append(dst, field...)
	if !h.isPlainText(s) {
		dst = appendEncodedWords(dst, strings.ToValidUTF8(s, "\uFFFD"))
		return append(dst, "\r\n"...)
	}
	col := len(field)
	for len(s) > foldAt-col {
		fold := foldingSpace(s, foldAt-col)
		if fold < 0 {
			break
		}
		dst = append(dst, s[:fold]...)
		dst = append(dst, "\r\n"...)
		s, col = s[fold:], 0 // the space begins the next line
	}
	dst = append(dst, s...)
	return append(dst, "\r\n"...)
}

// isPlainText reports whether s may stand in the header as it is: visible characters and inner spaces, nothing that
// looks like an encoded word, no stretch without a place to fold that could grow past a line. It has no control
// characters outside ASCII: see checkWords.
func (h headerWriter) isPlainText(s string) bool {
	if s == "" || s[0] == ' ' || s[len(s)-1] == ' ' || strings.Contains(s, "=?") || h.utf8 && !utf8.ValidString(s) {
		return false
	}
	stretch := 0
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f || s[i] > '~' && !h.utf8 {
			return false
		}
		stretch++
		if isFoldingSpace(s, i) {
			stretch = 0
		}
		if stretch > MaxLine-foldAt {
			return false
		}
	}
	return true
}

// isFoldingSpace reports whether s[i] is a single space between words. Readers that reduce runs of white space
// at a fold, as many do, then still get the text back unchanged.
func isFoldingSpace(s string, i int) bool {
	return s[i] == ' ' && i > 0 && i+1 < len(s) && s[i-1] != ' ' && s[i+1] != ' '
}

// foldingSpace is the last folding space of s before width, or else the first after it, or -1.
func foldingSpace(s string, width int) int {
	for i := min(width, len(s)-1); i > 0; i-- {
		if isFoldingSpace(s, i) {
			return i
		}
	}
	for i := max(width, 0); i < len(s); i++ {
		if isFoldingSpace(s, i) {
			return i
		}
	}
	return -1
}

// An encoded word is at most 75 characters (RFC 2047 §2), and holds whole characters (§5).
const (
	wordB    = "=?utf-8?b?"
	wordQ    = "=?utf-8?q?"
	wordEnd  = "?="
	wordRoom = 75 - len(wordQ) - len(wordEnd)
)

// appendEncodedWords appends s as encoded words (RFC 2047 §4), one on a line: in the Q encoding, which people can
// nearly read, unless base64 is much shorter. The standard library's encoder leaves alone what is ASCII already; here even that must be encoded when it
// would be misread, as a subject about "=?utf-8?q?x?=" would.
func appendEncodedWords(dst []byte, s string) []byte {
	quoted := 0
	for i := range len(s) {
		quoted += quotedLen(s[i])
	}
	start, appendWord := wordB, appendBWord
	if 2*quoted <= 3*base64.StdEncoding.EncodedLen(len(s)) {
		start, appendWord = wordQ, appendQWord
	}
	for first := true; first || s != ""; first = false {
		if !first {
			dst = append(dst, "\r\n "...)
		}
		dst = append(dst, start...)
		dst, s = appendWord(dst, s)
		dst = append(dst, wordEnd...)
	}
	return dst
}

// appendBWord appends as much of s as one word holds in base64, and returns the rest.
func appendBWord(dst []byte, s string) ([]byte, string) {
	n := 0
	for n < len(s) {
		_, size := utf8.DecodeRuneInString(s[n:])
		if base64.StdEncoding.EncodedLen(n+size) > wordRoom {
			break
		}
		n += size
	}
	return base64.StdEncoding.AppendEncode(dst, []byte(s[:n])), s[n:]
}

// appendQWord appends as much of s as one word holds in the Q encoding, and returns the rest.
func appendQWord(dst []byte, s string) ([]byte, string) {
	room := wordRoom
	for len(s) > 0 {
		_, size := utf8.DecodeRuneInString(s)
		need := 0
		for i := range size {
			need += quotedLen(s[i])
		}
		if need > room {
			break
		}
		for i := range size {
			dst = appendQuoted(dst, s[i])
		}
		room, s = room-need, s[size:]
	}
	return dst, s
}

// quotedLen is how many characters the Q encoding takes for c. Only letters and digits go unchanged: they are
// safe in a phrase too (RFC 2047 §5 (3)).
func quotedLen(c byte) int {
	if c == ' ' || isAlphanumeric(c) {
		return 1
	}
	return 3
}

func appendQuoted(dst []byte, c byte) []byte {
	switch {
	case c == ' ':
		return append(dst, '_')
	case isAlphanumeric(c):
		return append(dst, c)
	}
	return append(dst, '=', upperHex[c>>4], upperHex[c&15])
}

const upperHex = "0123456789ABCDEF"

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
