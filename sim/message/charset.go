package message

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"
)

// decodeCharset returns octets as valid UTF-8. It reports false when it does not know the charset, or the
// octets are not text in it; what cannot be read is then U+FFFD.
func decodeCharset(name string, octets []byte) (string, bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	switch name {
	case "", "us-ascii", "ascii", "iso-8859-1", "latin1":
		// Mail labelled so, or not at all, but with 8-bit octets is UTF-8 or, on older systems, Windows'
		// superset of ISO 8859-1. UTF-8 is recognized by its form.
		return decodeUnlabelled(octets)
	case "utf-8", "utf8":
		text := string(octets)
		return strings.ToValidUTF8(text, "\uFFFD"), utf8.ValidString(text)
	}
	encoding, err := ianaindex.MIME.Encoding(name)
	if err != nil || encoding == nil {
		return strings.ToValidUTF8(string(octets), "\uFFFD"), false
	}
	text, err := encoding.NewDecoder().Bytes(octets)
	if err != nil {
		return strings.ToValidUTF8(string(octets), "\uFFFD"), false
	}
	return string(text), true
}

func decodeUnlabelled(octets []byte) (string, bool) {
	if utf8.Valid(octets) {
		return string(octets), true
	}
	text, _ := charmap.Windows1252.NewDecoder().Bytes(octets) // every octet is a character of it
	return string(text), true
}
