package message

import (
	"bytes"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
)

// View is a message as a person reads it. Its Text, Values and file names are safe to show as text: they have been
// through Visible. Its HTML is as the sender wrote it; pass it to SafeHTML.
type View struct {
	Fields   []Field      // the header, in order
	Text     string       // the plain text parts, with "\n" line ends
	HTML     string       // the first HTML part, as it came
	Files    []Attachment // all other parts, decoded; Data may share memory with the message
	Warnings []string     // what is malformed or was left out, as sentences
}

// Field is one header field.
type Field struct {
	Name  string
	Value string // unfolded, encoded words decoded
	Raw   string // all that stands after the colon, folds and all, without the last line end; not yet Visible
}

// What Parse reads of a message. All of it stays in the source; a display has to end somewhere.
const (
	maxFields   = 1000
	maxValue    = 16 << 10 // octets of one field
	maxText     = 1 << 20  // octets of Text, and of HTML
	maxParts    = 200
	maxDepth    = 20
	maxWarnings = 20
)

// Parse reads a message for display. It never fails, never changes raw, and its work is bounded by a small
// multiple of raw's length: what it cannot read it shows as it stands, with a warning.
func Parse(raw []byte) *View {
	p := &parser{View: &View{}}
	var body []byte
	p.Fields, body = p.header(raw)
	p.walk(p.Fields, body, 0)
	p.Text = Visible(p.plain.String())
	return p.View
}

// Get is the value of the first field of that name, in any case; "" when there is none.
func (v *View) Get(name string) string { return get(v.Fields, name) }

func get(fields []Field, name string) string {
	for i := range fields {
		if strings.EqualFold(fields[i].Name, name) {
			return fields[i].Value
		}
	}
	return ""
}

// Summary is what a list of messages shows of one: who it is from (the display name, else the address), its
// subject, its date (zero when it has no readable one), and how its text begins. It reads the header and a
// little of the body.
func Summary(raw []byte) (from, subject string, date time.Time, snippet string) {
	const bodyRead, snippetRunes = 2 << 10, 120
	v := Parse(raw[:min(len(raw), headerLen(raw)+bodyRead)])
	text := v.Text
	if text == "" && v.HTML != "" {
		text = Visible(htmlText(v.HTML))
	}
	words := strings.Join(strings.Fields(clip(text, 4*snippetRunes)), " ")
	return sender(v.Get("From")), v.Get("Subject"), parseDate(v.Get("Date")), clip(words, snippetRunes)
}

// parseDate is the date of a Date value; zero when it has none.
func parseDate(value string) time.Time {
	if date, err := time.Parse(dateLayout, value); err == nil {
		return date // as most senders write it; the general way costs ten times as much
	}
	date, err := mail.ParseDate(value)
	if err != nil {
		return time.Time{}
	}
	return date
}

// headerLen is the length of the header with its empty line: at most what Parse would read of it.
func headerLen(raw []byte) int {
	raw = raw[:min(len(raw), 256<<10)]
	for _, empty := range []string{"\r\n\r\n", "\n\n"} {
		if i := bytes.Index(raw, []byte(empty)); i >= 0 {
			return i + len(empty)
		}
	}
	return len(raw)
}

// sender is how a list names the author of a From value.
func sender(value string) string {
	list, err := mail.ParseAddressList(value)
	switch {
	case err != nil || len(list) == 0:
		return value
	case list[0].Name != "":
		return Visible(list[0].Name)
	}
	return list[0].Address
}

// clip is the first n characters of s, with an ellipsis if that is not all.
func clip(s string, n int) string {
	for i := range s {
		if n == 0 {
			return strings.TrimSpace(s[:i]) + "…"
		}
		n--
	}
	return s
}

// parser fills a View, and counts what bounds it.
type parser struct {
	*View
	parts int
	plain strings.Builder // the plain text so far
}

func (p *parser) warn(format string, args ...any) {
	w := Visible(fmt.Sprintf(format, args...))
	if len(p.Warnings) < maxWarnings && !slices.Contains(p.Warnings, w) {
		p.Warnings = append(p.Warnings, w)
	}
}

// header reads fields up to the empty line, and returns what follows it. A line that is no field and continues
// none ends the header too: then the sender forgot the empty line.
func (p *parser) header(raw []byte) (fields []Field, body []byte) {
	for rest := raw; len(rest) > 0; {
		line := fieldLine(rest)
		if text := trimLineEnd(line); len(text) == 0 {
			return fields, rest[len(line):]
		}
		f, ok := p.field(line)
		if !ok {
			p.warn("The line “%s” is not a header field, and no empty line stands before it. It is shown as the beginning of the text.",
				clip(string(trimLineEnd(line[:min(len(line), 200)])), 60))
			return fields, rest
		}
		if len(fields) == maxFields {
			p.warn("The header has more than %d fields. The others are only in the source.", maxFields)
		}
		if len(fields) < maxFields {
			fields = append(fields, f)
		}
		rest = rest[len(line):]
	}
	return fields, nil
}

// fieldLine is the first line of b with the lines that continue it (RFC 5322 §2.2.3), line ends included.
func fieldLine(b []byte) []byte {
	for n := 0; ; {
		i := bytes.IndexByte(b[n:], '\n')
		if i < 0 {
			return b
		}
		n += i + 1
		if n == len(b) || b[n] != ' ' && b[n] != '\t' || n == i+1 && len(trimLineEnd(b[:n])) == 0 {
			return b[:n]
		}
	}
}

// trimLineEnd is line without one line end.
func trimLineEnd(line []byte) []byte {
	line = bytes.TrimSuffix(line, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r"))
}

// field parses one field with its folds. It reports false when the line has no field name (RFC 5322 §2.2).
func (p *parser) field(line []byte) (Field, bool) {
	colon := bytes.IndexByte(line, ':')
	if colon < 0 {
		return Field{}, false
	}
	name := bytes.TrimRight(line[:colon], " \t") // white space here is obsolete, and seen: RFC 5322 §4.5
	if !isFieldName(name) {
		return Field{}, false
	}
	value := trimLineEnd(line[colon+1:])
	if len(value) > maxValue {
		p.warn("The field %s is longer than %d octets. Only its beginning is shown.", name, maxValue)
		value = value[:maxValue]
	}
	raw := string(value)
	decoded, known := decodeWords(strings.TrimSpace(unfold(raw)))
	if !known {
		p.warn("The field %s holds characters that cannot be read: its charset is unknown, or not the one that it names.", name)
	}
	return Field{Name: string(name), Value: Visible(decoded), Raw: raw}, true
}

// isFieldName reports whether name is visible ASCII without a colon, and of a length that a line can hold.
func isFieldName(name []byte) bool {
	if len(name) == 0 || len(name) > MaxLine {
		return false
	}
	for _, c := range name {
		if c <= ' ' || c >= 0x7f || c == ':' {
			return false
		}
	}
	return true
}

// unfold takes the line ends out of a folded value; the white space after them stays (RFC 5322 §2.2.3).
func unfold(s string) string {
	if !strings.Contains(s, "\n") {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", ""), "\n", "")
}

// walk reads one entity: the message itself, or a part of it.
func (p *parser) walk(fields []Field, body []byte, depth int) {
	media := parseParameters(get(fields, "Content-Type"))
	kind := strings.ToLower(media.value)
	switch {
	case kind == "":
		kind = "text/plain" // RFC 2045 §5.2
	case strings.Count(kind, "/") != 1:
		p.warn("The content type “%s” is not of the form type/subtype. The part is shown as plain text.", clip(media.value, 60))
		kind = "text/plain"
	case strings.HasPrefix(kind, "multipart/"):
		if p.multipart(media, body, depth) {
			return
		}
		kind = "text/plain"
	}
	p.leaf(kind, media, fields, body)
}

// multipart reads the parts of a composite body (RFC 2046 §5.1). It reports false when that cannot be done.
func (p *parser) multipart(media parameters, body []byte, depth int) bool {
	boundary, _ := media.get("boundary")
	if boundary == "" {
		p.warn("A multipart has no boundary, so its parts cannot be told apart. It is shown as plain text.")
		return false
	}
	if depth == maxDepth {
		p.warn("Parts are nested more than %d deep. The inner ones are only in the source.", maxDepth)
		return true
	}
	next := partScanner{delimiter: []byte("--" + boundary), rest: body}
	for n := 0; ; n++ {
		part, ok := next.part()
		if !ok {
			if n == 0 {
				p.warn("A multipart holds no part that begins with its boundary. It is shown as plain text.")
				return false
			}
			if !next.closed {
				p.warn("A multipart is not ended by its closing boundary: the message may be cut off.")
			}
			return true
		}
		if p.parts++; p.parts > maxParts {
			p.warn("The message has more than %d parts. The others are only in the source.", maxParts)
			return true
		}
		fields, content := p.header(part)
		p.walk(fields, content, depth+1)
	}
}

// partScanner cuts a multipart body at its delimiter lines.
type partScanner struct {
	delimiter []byte
	rest      []byte
	inside    bool // a delimiter has been passed, so rest begins with a part
	closed    bool // the closing delimiter has been passed
}

// part is the next part, without the line end before its delimiter, which belongs to the delimiter. The
// preamble and the epilogue are nobody's to read.
func (s *partScanner) part() ([]byte, bool) {
	if s.closed {
		return nil, false
	}
	if !s.inside {
		s.cut()
		if !s.inside || s.closed {
			return nil, false
		}
	}
	return s.cut()
}

// cut returns what stands before the next delimiter line, or all the rest, and moves behind it.
func (s *partScanner) cut() ([]byte, bool) {
	start, end, closing, found := findDelimiter(s.rest, s.delimiter)
	if !found {
		content, inside := s.rest, s.inside
		s.rest, s.closed, s.inside = nil, false, false
		return content, inside && len(content) > 0
	}
	content := trimLineEnd(s.rest[:start])
	s.rest = s.rest[end:]
	s.inside, s.closed = true, closing
	return content, true
}

// findDelimiter finds the next delimiter line of a multipart body: where it begins, and where the line behind it does.
func findDelimiter(body, delimiter []byte) (start, end int, closing, found bool) {
	for from := 0; ; {
		i := bytes.Index(body[from:], delimiter)
		if i < 0 {
			return 0, 0, false, false
		}
		start, end = from+i, from+i+len(delimiter)
		tail, lineLen := delimiterTail(body[end:])
		if (start == 0 || body[start-1] == '\n') && (tail == "" || tail == "--") {
			return start, end + lineLen, tail == "--", true
		}
		from = end
	}
}

// delimiterTail is what stands on the delimiter's line behind it, without white space at the end, and how long
// that is with its line end. A delimiter's tail is short: longer ones are not looked at.
func delimiterTail(b []byte) (string, int) {
	n := len(b)
	if i := bytes.IndexByte(b[:min(n, MaxLine)], '\n'); i >= 0 {
		n = i + 1
	} else if n > MaxLine {
		return "not a delimiter", 0
	}
	return strings.TrimRight(string(b[:n]), " \t\r\n"), n
}

// leaf reads a part that holds content: text to show, or a file.
func (p *parser) leaf(kind string, media parameters, fields []Field, body []byte) {
	data := p.decodeTransfer(get(fields, "Content-Transfer-Encoding"), body)
	disposition := parseParameters(get(fields, "Content-Disposition"))
	name, named := disposition.get("filename")
	if !named {
		name, named = media.get("name")
	}
	isText := kind == "text/plain" || kind == "text/html" && p.HTML == ""
	if !isText || named || strings.EqualFold(disposition.value, "attachment") {
		p.Files = append(p.Files, Attachment{Name: p.fileName(name), Type: Visible(kind), Data: data})
		return
	}
	if kind == "text/html" {
		p.HTML = p.text(media, data, maxText)
		return
	}
	text := p.text(media, data, maxText-p.plain.Len())
	if p.plain.Len() > 0 && text != "" {
		p.plain.WriteByte('\n')
	}
	p.plain.WriteString(text)
}

// text is the content of a text part in UTF-8 with "\n" line ends, from no more octets than there is room for.
func (p *parser) text(media parameters, data []byte, room int) string {
	if room = max(room, 0); len(data) > room {
		p.warn("The text is longer than %d octets. The rest is only in the source.", maxText)
		data = data[:room]
	}
	charset, _ := media.get("charset")
	text, known := decodeCharset(charset, data)
	if !known {
		p.warn("The text cannot be read in full: its charset “%s” is unknown, or not the one that it is in.", clip(charset, 40))
	}
	return strings.ReplaceAll(text, "\r\n", "\n")
}

// fileName is the name of a part as a file, without the folders that a sender may have put before it: no name
// from a mail is ever a path (RFC 2183 §2.3).
func (p *parser) fileName(name string) string {
	name, _ = decodeWords(name)
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		return r
	}, Visible(name)))
	if strings.Trim(name, ". ") == "" {
		return fmt.Sprintf("attachment %d", len(p.Files)+1)
	}
	return clip(name, maxFileName)
}
