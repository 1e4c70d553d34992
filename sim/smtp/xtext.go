package smtp

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

const upperHex = "0123456789ABCDEF"

// AppendXtext appends text in the encoding in which parameters carry what their grammar would not let pass: an octet
// outside "!" to "~", "+" and "=" become "+" and two hexadecimal digits. RFC 3461 §4.
func AppendXtext(dst []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < '!' || c > '~' || c == '+' || c == '=' {
			dst = append(dst, '+', upperHex[c>>4], upperHex[c&15])
		} else {
			dst = append(dst, c)
		}
	}
	return dst
}

// ParseXtext is the text that xtext stands for. ok is false when it is none, or when the text is not of printable ASCII
// and spaces, as RFC 3461 §4.2 and §4.4 want it.
func ParseXtext(xtext string) (text string, ok bool) {
	if strings.IndexByte(xtext, '+') < 0 {
		return xtext, isXchars(xtext)
	}
	decoded := make([]byte, 0, len(xtext))
	for rest := xtext; rest != ""; {
		plain, after, more := strings.Cut(rest, "+")
		if !isXchars(plain) {
			return "", false
		}
		decoded = append(decoded, plain...)
		if !more {
			break
		}
		if len(after) < 2 {
			return "", false
		}
		high, low := strings.IndexByte(upperHex, after[0]), strings.IndexByte(upperHex, after[1])
		if high < 0 || low < 0 {
			return "", false
		}
		decoded = append(decoded, byte(high<<4|low))
		rest = after[2:]
	}
	return string(decoded), isPrintable(decoded)
}

// isXchars reports whether s is of characters that xtext has as themselves.
func isXchars(s string) bool {
	for i := range len(s) {
		if s[i] < '!' || s[i] > '~' || s[i] == '=' {
			return false
		}
	}
	return true
}

// AppendEmbedded appends text with each character outside ASCII as RFC 6533 §3 embeds it in ASCII: "\x{E9}" for é. What
// is no UTF-8 becomes the replacement character. A backslash of the text itself is embedded as well, so that it can be
// told apart.
func AppendEmbedded(dst []byte, text string) []byte {
	for _, r := range text {
		if r >= 0x80 || r == '\\' {
			dst = fmt.Appendf(dst, `\x{%02X}`, r)
		} else {
			dst = append(dst, byte(r))
		}
	}
	return dst
}

// AppendUTF8Addr appends an address as the type utf-8 of ORCPT has it in ASCII, utf-8-addr-xtext of RFC 6533 §3.
func AppendUTF8Addr(dst []byte, address string) []byte {
	for _, r := range address {
		if r <= ' ' || r >= 0x7F || r == '\\' || r == '+' || r == '=' {
			dst = fmt.Appendf(dst, `\x{%02X}`, r)
		} else {
			dst = append(dst, byte(r))
		}
	}
	return dst
}

// ParseUTF8Addr is the address that utf-8-addr-xtext or utf-8-addr-unitext stands for: RFC 6533 §3. ok is false when it
// is neither, or names a character that no address may hold.
//
//	utf-8-addr-unitext  = 1*( QUCHAR / EmbeddedUnicodeChar )
//	EmbeddedUnicodeChar = "\x{" HEXPOINT "}"
func ParseUTF8Addr(s string) (address string, ok bool) {
	var b strings.Builder
	for rest := s; rest != ""; {
		plain, after, more := strings.Cut(rest, `\`)
		if strings.ContainsAny(plain, "+") || !isXchars(asciiOf(plain)) {
			return "", false
		}
		b.WriteString(plain)
		if !more {
			break
		}
		digits, behind, closed := strings.Cut(strings.TrimPrefix(after, "x{"), "}")
		r, valid := hexPoint(digits)
		if !strings.HasPrefix(after, "x{") || !closed || !valid {
			return "", false
		}
		b.WriteRune(r)
		rest = behind
	}
	address = b.String()
	return address, address != "" && checkText(address) == nil
}

// hexPoint reads the number of a code point in two to six digits, without needless zeros. Controls of ASCII are none.
func hexPoint(digits string) (rune, bool) {
	if len(digits) < 2 || len(digits) > 6 || len(digits) > 2 && digits[0] == '0' || strings.Trim(digits, upperHex) != "" {
		return 0, false
	}
	n, _ := strconv.ParseUint(digits, 16, 32) // it cannot be out of range
	r := rune(n)
	return r, r >= ' ' && r != 0x7F && utf8.ValidRune(r)
}

// asciiOf is s without its octets outside ASCII.
func asciiOf(s string) string {
	if isASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r >= 0x80 {
			return -1
		}
		return r
	}, s)
}
