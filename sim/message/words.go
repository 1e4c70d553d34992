package message

import (
	"encoding/base64"
	"strings"
)

// decodeWords returns a header value with its encoded words decoded (RFC 2047), as readers do it: generously.
// White space between encoded words goes; neighbouring words of one charset are put together before they are
// decoded, since some senders split characters; what is not quite an encoded word stays as it stood. It reports
// false when a charset is unknown.
func decodeWords(s string) (string, bool) {
	if !strings.Contains(s, "=?") {
		if isASCII(s) {
			return s, true
		}
		return decodeCharset("", []byte(s))
	}
	var (
		b       strings.Builder
		octets  []byte // of the encoded words that wait for their neighbours
		charset string
		known   = true
	)
	decode := func(charset string, octets []byte) {
		text, ok := decodeCharset(charset, octets)
		known = known && ok
		b.WriteString(text)
	}
	for s != "" {
		word, before, after, found := cutEncodedWord(s)
		between := len(octets) > 0 && found && strings.Trim(before, " \t\r\n") == ""
		if !between || !strings.EqualFold(word.charset, charset) {
			decode(charset, octets)
			octets = octets[:0]
		}
		if !between {
			decode("", []byte(before))
		}
		if !found {
			break
		}
		octets, charset = append(octets, word.octets...), word.charset
		s = after
	}
	decode(charset, octets)
	return b.String(), known
}

// encodedWord is `=?charset?encoding?text?=`, its text as octets.
type encodedWord struct {
	charset string
	octets  []byte
}

// cutEncodedWord finds the first encoded word of s. Without one, before is all of s.
func cutEncodedWord(s string) (word encodedWord, before, after string, found bool) {
	for from := 0; ; {
		i := strings.Index(s[from:], "=?")
		if i < 0 {
			return encodedWord{}, s, "", false
		}
		start := from + i
		if word, size := parseEncodedWord(s[start:]); size > 0 {
			return word, s[:start], s[start+size:], true
		}
		from = start + len("=?")
	}
}

// maxEncodedWord is how long a word may be that is still tried: far over the 75 characters of RFC 2047 §2, which senders
// exceed, and a bound on the work for a line full of "=?".
const maxEncodedWord = 4096

// parseEncodedWord parses the encoded word that s begins with, and returns its length; 0 when there is none.
func parseEncodedWord(s string) (encodedWord, int) {
	body := s[len("=?"):min(len(s), maxEncodedWord)]
	charset, rest, ok := strings.Cut(body, "?")
	if !ok || charset == "" || strings.ContainsAny(charset, " \t\r\n") {
		return encodedWord{}, 0
	}
	encoding, rest, ok := strings.Cut(rest, "?")
	if !ok || len(encoding) != 1 {
		return encodedWord{}, 0
	}
	text, _, ok := strings.Cut(rest, "?=")
	if !ok {
		return encodedWord{}, 0
	}
	charset, _, _ = strings.Cut(charset, "*") // a language tag: RFC 2231 §5
	var octets []byte
	switch encoding {
	case "b", "B":
		octets, ok = decodeBase64Word(text)
	case "q", "Q":
		octets = decodeQWord(text)
	default:
		ok = false
	}
	if !ok {
		return encodedWord{}, 0
	}
	return encodedWord{charset, octets}, len("=?") + len(body) - len(rest) + len(text) + len("?=")
}

// decodeBase64Word decodes base64 with or without its padding.
func decodeBase64Word(s string) ([]byte, bool) {
	octets, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
	return octets, err == nil
}

// decodeQWord decodes the Q encoding (RFC 2047 §4.2).
func decodeQWord(s string) []byte { return decodeHex(strings.ReplaceAll(s, "_", " "), '=') }

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}
