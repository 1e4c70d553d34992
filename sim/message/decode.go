package message

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// decodeTransfer undoes a Content-Transfer-Encoding (RFC 2045 §6), as far as it can be undone.
func (p *parser) decodeTransfer(encoding string, body []byte) []byte {
	switch strings.ToLower(encoding) {
	case "", "7bit", "8bit", "binary":
		return body
	case "base64":
		data, clean := decodeBase64(body)
		if !clean {
			p.warn("A part in base64 holds characters that are not base64, or breaks off. What could be decoded is shown.")
		}
		return data
	case "quoted-printable":
		return decodeQuotedPrintable(body)
	}
	p.warn("The transfer encoding “%s” is unknown. The part is shown as it stands.", clip(encoding, 40))
	return body
}

// decodeBase64 decodes what is base64 in b up to the padding, whatever the lengths of its lines. It reports
// false when there was anything else but white space.
func decodeBase64(b []byte) (data []byte, clean bool) {
	clean = true
	digits := make([]byte, 0, len(b))
	for i, c := range b {
		switch {
		case isAlphanumeric(c) || c == '+' || c == '/':
			digits = append(digits, c)
		case c == '=':
			return decodeDigits(digits, clean && strings.Trim(string(b[i:]), "= \t\r\n") == "")
		case c != ' ' && c != '\t' && c != '\r' && c != '\n':
			clean = false
		}
	}
	return decodeDigits(digits, clean && len(digits)%4 == 0)
}

// decodeDigits decodes base64 digits in place. A single digit left over says nothing and is dropped.
func decodeDigits(digits []byte, clean bool) ([]byte, bool) {
	if len(digits)%4 == 1 {
		digits, clean = digits[:len(digits)-1], false
	}
	n, err := base64.RawStdEncoding.Decode(digits, digits)
	return digits[:n], clean && err == nil
}

// decodeQuotedPrintable decodes quoted-printable (RFC 2045 §6.7). A "=" that begins nothing stands for itself.
func decodeQuotedPrintable(b []byte) []byte {
	dst := make([]byte, 0, len(b))
	for len(b) > 0 {
		line := b
		if i := indexLineEnd(b); i >= 0 {
			line = b[:i]
		}
		b = b[len(line):]
		end := lineEndLen(b)
		text := strings.TrimRight(string(line), " \t") // white space at a line's end was added on the way
		soft := strings.HasSuffix(text, "=")
		dst = append(dst, decodeHex(strings.TrimSuffix(text, "="), '=')...)
		if !soft {
			dst = append(dst, b[:end]...)
		}
		b = b[end:]
	}
	return dst
}

func indexLineEnd(b []byte) int {
	for i, c := range b {
		if c == '\n' || c == '\r' && i+1 < len(b) && b[i+1] == '\n' {
			return i
		}
	}
	return -1
}

// lineEndLen is the length of the line end that b begins with.
func lineEndLen(b []byte) int {
	switch {
	case len(b) > 1 && b[0] == '\r' && b[1] == '\n':
		return 2
	case len(b) > 0:
		return 1
	}
	return 0
}

// decodeHex replaces the mark and the two hexadecimal digits behind it by the octet that they stand for. A mark
// without digits stands for itself.
func decodeHex(s string, mark byte) []byte {
	dst := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == mark && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			dst = append(dst, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
			continue
		}
		dst = append(dst, s[i])
	}
	return dst
}

// parameters are the value of a Content field and its attributes: `text/plain; charset=utf-8`.
type parameters struct {
	value string
	attrs map[string]string // by name in lower case, as written; the first of each name counts
}

// maxAttributes is how many attributes of a field are read.
const maxAttributes = 64

// parseParameters reads a Content field as readers do: what the grammar of RFC 2045 §5.1 would refuse is
// skipped, up to the next semicolon.
func parseParameters(s string) parameters {
	value, rest, _ := strings.Cut(s, ";")
	p := parameters{value: strings.TrimSpace(value)}
	for rest != "" && len(p.attrs) < maxAttributes {
		var name, text string
		name, text, rest = cutAttribute(rest)
		if name == "" {
			continue
		}
		if p.attrs == nil {
			p.attrs = make(map[string]string, 2)
		}
		if _, twice := p.attrs[name]; !twice {
			p.attrs[name] = text
		}
	}
	return p
}

// cutAttribute cuts `name=value` or `name="value"` with its semicolon off s.
func cutAttribute(s string) (name, value, rest string) {
	end := strings.IndexAny(s, "=;")
	if end < 0 {
		return "", "", ""
	}
	if s[end] == ';' {
		return "", "", s[end+1:]
	}
	name = strings.ToLower(strings.TrimSpace(s[:end]))
	s = strings.TrimLeft(s[end+1:], " \t")
	if !strings.HasPrefix(s, `"`) {
		value, rest, _ = strings.Cut(s, ";")
		return name, strings.TrimSpace(value), rest
	}
	var b strings.Builder
	i := 1
	for ; i < len(s) && s[i] != '"'; i++ {
		// Only a quote or a backslash is taken as quoted: senders on some systems write paths.
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\') {
			i++
		}
		b.WriteByte(s[i])
	}
	_, rest, _ = strings.Cut(s[min(i, len(s)):], ";")
	return name, b.String(), rest
}

// get is the attribute of that name, put together from its pieces and decoded as RFC 2231 says.
func (p parameters) get(name string) (string, bool) {
	if text, ok := p.attrs[name+"*"]; ok {
		charset, octets := cutCharset(text)
		return decodeAttribute(charset, decodeHex(octets, '%')), true
	}
	if text, ok := p.attrs[name]; ok {
		return text, true
	}
	var octets []byte
	charset := ""
	for n := 0; ; n++ {
		piece := name + "*" + strconv.Itoa(n)
		text, encoded := p.attrs[piece+"*"]
		if n == 0 && encoded {
			charset, text = cutCharset(text)
		}
		if encoded {
			octets = append(octets, decodeHex(text, '%')...)
			continue
		}
		text, ok := p.attrs[piece]
		if !ok {
			return decodeAttribute(charset, octets), n > 0
		}
		octets = append(octets, text...)
	}
}

// cutCharset cuts "charset'language'" off an extended value (RFC 2231 §4).
func cutCharset(s string) (charset, text string) {
	if parts := strings.SplitN(s, "'", 3); len(parts) == 3 {
		return parts[0], parts[2]
	}
	return "", s
}

func decodeAttribute(charset string, octets []byte) string {
	text, _ := decodeCharset(charset, octets)
	return text
}
