package message

import (
	"bytes"
	"errors"
	"mime/quotedprintable"
	"strings"
	"unicode/utf8"
)

// ErrUnconvertible says that a message cannot be written in fewer kinds of octets: its header needs them, or a part is
// in an encoding, or of a type, that nobody but its author could change.
var ErrUnconvertible = errors.New("message: cannot be written in other octets")

// SevenBit returns a message so that every server can carry it, without 8BITMIME (RFC 6152 §3): in ASCII without NUL, in
// lines that end with CRLF and have at most 998 octets. The parts that are not like that become quoted-printable or
// base64 and are labelled so; what they hold, their order and their boundaries stay, and so does every field of a header
// but Content-Transfer-Encoding. A text without any label that needs an encoding gets the labels that say so.
//
// A message that is like that already is returned as it is. The error is ErrUnconvertible.
func SevenBit(raw []byte) ([]byte, error) { return convert(raw, false) }

// EightBit is SevenBit for a way that carries octets outside ASCII, but lines only: so that a message that came as
// BINARYMIME (RFC 3030 §3) fits in a maildrop.
func EightBit(raw []byte) ([]byte, error) { return convert(raw, true) }

func convert(raw []byte, eight bool) ([]byte, error) {
	c := converter{eight: eight}
	if c.carries(raw) {
		return raw, nil
	}
	dst, ok := c.entity(make([]byte, 0, len(raw)+len(raw)/4+256), raw, place{isMessage: true, isLast: true})
	if !ok || !c.carries(dst) {
		return nil, ErrUnconvertible
	}
	return dst, nil
}

// maxNesting is how deep parts may lie in parts that are converted.
const maxNesting = 100

// converter writes entities (RFC 2045 §2.4) for a way that carries octets outside ASCII, or one that does not.
type converter struct{ eight bool }

// place is where an entity stands.
type place struct {
	isMessage bool // it is a whole message: MIME-Version is said in its header
	inDigest  bool // its type is message/rfc822 if it says none: RFC 2046 §5.1.5
	isLast    bool // no delimiter follows, so that its last line can have an end of its own
	depth     int
}

// carries reports whether the way carries text as it is: RFC 2045 §2.7 and §2.8.
func (c converter) carries(text []byte) bool {
	for line := range bytes.Lines(text) {
		line, ended := bytes.CutSuffix(line, []byte("\r\n"))
		if len(line) > MaxLine || !ended && bytes.HasSuffix(line, []byte("\n")) {
			return false
		}
		for _, b := range line {
			if b == 0 || b == '\r' || b >= utf8.RuneSelf && !c.eight {
				return false
			}
		}
	}
	return true
}

// entity appends an entity as the way carries it. It reports false when there is no such form.
func (c converter) entity(dst, raw []byte, at place) ([]byte, bool) {
	h, ok := readHeader(raw, at)
	if !ok || h.isAmbiguous || !c.carries(raw[:h.size]) || at.depth > maxNesting {
		return nil, false
	}
	body := raw[h.size:]
	switch {
	case strings.HasPrefix(h.kind, "multipart/"):
		dst = h.appendTo(dst, c.relabel(h.encoding))
		return c.multipart(dst, body, h, at)
	case (h.kind == "message/rfc822" || h.kind == "message/global") && h.isIdentity():
		dst = h.appendTo(dst, c.relabel(h.encoding))
		return c.entity(dst, body, place{isMessage: true, isLast: at.isLast, depth: at.depth + 1})
	case c.carries(body):
		return append(h.appendTo(dst, c.relabel(h.encoding)), body...), true
	}
	return c.leaf(dst, body, h, at)
}

// relabel is the label of an entity whose octets are as the way carries them, instead of one that says more: of
// "binary", or "8bit". "" leaves it.
func (c converter) relabel(encoding string) string {
	switch {
	case c.eight && encoding == "binary":
		return "8bit"
	case !c.eight && (encoding == "binary" || encoding == "8bit"):
		return "7bit"
	}
	return ""
}

// multipart appends the parts of a composite body between the delimiters that it has (RFC 2046 §5.1.1). A preamble or an
// epilogue that cannot be carried is left out: nobody is to read them. Where it is not certain what is a delimiter
// nothing is changed.
func (c converter) multipart(dst, body []byte, h header, at place) ([]byte, bool) {
	part := place{inDigest: h.kind == "multipart/digest", depth: at.depth + 1}
	delimiter := []byte("--" + h.boundary)
	for n := 0; ; n++ {
		start, end, closing, found := findDelimiter(body, delimiter)
		switch {
		case h.boundary == "" || !found && n == 0:
			return nil, false
		case found && !isBetweenLines(body, start, end):
			return nil, false
		case !found: // the message was cut off
			return c.entity(dst, body, part)
		}
		content := body[:max(0, start-len("\r\n"))]
		var ok bool
		switch {
		case n > 0:
			if dst, ok = c.entity(dst, content, part); !ok {
				return nil, false
			}
			dst = append(dst, "\r\n"...)
		case start > 0 && c.carries(content):
			dst = append(append(dst, content...), "\r\n"...)
		}
		dst = append(dst, body[start:end]...)
		body = body[end:]
		if !closing {
			continue
		}
		if c.carries(body) {
			dst = append(dst, body...)
		}
		return dst, true
	}
}

// isBetweenLines reports whether what stands at body[start:end] is a line of its own, with CRLF before and behind it.
func isBetweenLines(body []byte, start, end int) bool {
	return (start == 0 || bytes.HasSuffix(body[:start], []byte("\r\n"))) && (end == len(body) || bytes.HasSuffix(body[:end], []byte("\r\n")))
}

// leaf appends an entity with content of its own, encoded.
func (c converter) leaf(dst, body []byte, h header, at place) ([]byte, bool) {
	data, ok := h.decode(body)
	if !ok || strings.HasPrefix(h.kind, "message/") && !strings.HasPrefix(h.kind, "message/global") {
		return nil, false // RFC 2046 §5.2: such may not be encoded
	}
	if h.typed == "" && h.kind == "text/plain" { // an unlabelled text: RFC 1428 §3
		h.charset = "unknown-8bit"
		if utf8.Valid(data) {
			h.charset = "utf-8"
		}
	}
	if strings.HasPrefix(h.kind, "text/") && hasCleanLines(data) && isMostlyASCII(string(data)) {
		out := bytes.NewBuffer(h.appendTo(dst, "quoted-printable"))
		w := quotedprintable.NewWriter(out)
		w.Write(data) // a Buffer does not fail
		w.Close()
		if at.isLast && !bytes.HasSuffix(data, []byte("\r\n")) {
			out.WriteString("=\r\n") // a line end that is none: whoever sends the message would add a true one
		}
		return out.Bytes(), true
	}
	dst = appendBase64(h.appendTo(dst, "base64"), data)
	if !at.isLast {
		dst = bytes.TrimSuffix(dst, []byte("\r\n"))
	}
	return dst, true
}

// hasCleanLines reports whether CR and LF occur only as CRLF.
func hasCleanLines(text []byte) bool {
	n := bytes.Count(text, []byte("\r\n"))
	return bytes.Count(text, []byte("\r")) == n && bytes.Count(text, []byte("\n")) == n
}

// header is the header of an entity, with its empty line, and what it says of the content.
type header struct {
	raw       []byte
	size      int
	kind      string // the type in lower case, or the one that is meant when there is none
	typed     string // the value of Content-Type
	boundary  string
	encoding  string // Content-Transfer-Encoding in lower case, without comments
	isVersion bool   // MIME-Version is said
	isMessage bool
	charset   string // to be said with a type, when there is none

	isAmbiguous bool // the type or the encoding is said twice, and readers differ in which they believe
}

// readHeader reads fields up to the empty line. It reports false when there is a line that is none.
func readHeader(raw []byte, at place) (header, bool) {
	h := header{isMessage: at.isMessage}
	var types, encodings int
	for h.size < len(raw) {
		line := fieldLine(raw[h.size:])
		h.size += len(line)
		if len(trimLineEnd(line)) == 0 {
			break
		}
		name, value, ok := cutField(line)
		switch {
		case !ok:
			return header{}, false
		case strings.EqualFold(name, "MIME-Version"):
			h.isVersion = true
		case strings.EqualFold(name, "Content-Type"):
			types++
			h.typed = value
		case strings.EqualFold(name, transferEncoding):
			encodings++
			word, _, _ := strings.Cut(value, "(")
			h.encoding = strings.ToLower(strings.TrimSpace(word))
		}
	}
	h.raw, h.isAmbiguous = raw[:h.size], max(types, encodings) > 1
	media := parseParameters(h.typed)
	h.boundary, _ = media.get("boundary")
	switch h.kind = strings.ToLower(media.value); {
	case h.kind == "" && at.inDigest:
		h.kind = "message/rfc822"
	case h.kind == "":
		h.kind = "text/plain"
	}
	return h, true
}

const transferEncoding = "Content-Transfer-Encoding"

// cutField is the name of a field, and its value unfolded.
func cutField(line []byte) (name, value string, ok bool) {
	before, after, found := bytes.Cut(line, []byte(":"))
	before = bytes.TrimRight(before, " \t")
	return string(before), strings.TrimSpace(unfold(string(after))), found && isFieldName(before)
}

// isIdentity reports whether the content stands as it is.
func (h *header) isIdentity() bool {
	switch h.encoding {
	case "", "7bit", "8bit", "binary":
		return true
	}
	return false
}

// decode undoes the encoding that the content has, if it is known.
func (h *header) decode(body []byte) ([]byte, bool) {
	switch {
	case h.isIdentity():
		return body, true
	case h.encoding == "base64":
		return decodeBase64(body)
	case h.encoding == "quoted-printable":
		return decodeQuotedPrintable(body), hasCleanLines(body)
	}
	return nil, false
}

// appendTo appends the header with another label for its encoding; "" leaves it as it is.
func (h *header) appendTo(dst []byte, label string) []byte {
	if label == "" {
		return append(dst, h.raw...)
	}
	label = transferEncoding + ": " + label + "\r\n"
	for rest := h.raw; len(rest) > 0; {
		line := fieldLine(rest)
		rest = rest[len(line):]
		name, _, ok := cutField(line)
		switch {
		case ok && strings.EqualFold(name, transferEncoding):
			dst = append(dst, label...)
			label = ""
			continue
		case !ok && label != "": // the empty line
			if h.isMessage && !h.isVersion {
				dst = append(dst, "MIME-Version: 1.0\r\n"...)
			}
			if h.charset != "" {
				dst = append(dst, "Content-Type: text/plain; charset="+h.charset+"\r\n"...)
			}
			dst = append(dst, label...)
		}
		dst = append(dst, line...)
	}
	return dst
}

// Internationalized reports whether a header of a message, its own or that of a part, has characters outside ASCII: it
// is then of RFC 6532, and goes only where SMTPUTF8 is known (RFC 6531 §3.4). Octets that are not UTF-8 are not such
// characters.
func Internationalized(raw []byte) bool { return isInternational(raw, place{isMessage: true}) }

func isInternational(raw []byte, at place) bool {
	h, ok := readHeader(raw, at)
	switch {
	case !ok || at.depth > maxNesting:
		return false
	case !isASCII(string(h.raw)) && utf8.Valid(h.raw):
		return true
	case !strings.HasPrefix(h.kind, "multipart/") || h.boundary == "":
		return false
	}
	parts := partScanner{delimiter: []byte("--" + h.boundary), rest: raw[h.size:]}
	for part, ok := parts.part(); ok; part, ok = parts.part() {
		if isInternational(part, place{depth: at.depth + 1}) {
			return true
		}
	}
	return false
}
