package exercise

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"smtplab/sim/message"
)

// stored is a message in a mailbox, read as far as somebody asks.
type stored struct {
	raw  []byte
	view *message.View
}

func (s *stored) parsed() *message.View {
	if s.view == nil {
		s.view = message.Parse(s.raw)
	}
	return s.view
}

// field is a field of a message's header, as it stands there.
type field struct {
	name  []byte
	value []byte // all behind the colon, with its folds
}

func (f field) is(name string) bool {
	return len(f.name) == len(name) && bytes.EqualFold(f.name, []byte(name))
}

// nextField reads the field at the beginning of a text, and how long it is with its folds; 0 when there is none.
func nextField(text []byte) (f field, n int) {
	for more := true; more; more = n < len(text) && (text[n] == ' ' || text[n] == '\t') {
		i := bytes.IndexByte(text[n:], '\n')
		if n += i + 1; i < 0 {
			n = len(text)
		}
	}
	colon := bytes.IndexByte(text[:n], ':')
	f.name = text[:max(colon, 0)]
	for n := len(f.name); n > 0 && f.name[n-1] == ' '; n-- { // white space here is obsolete: RFC 5322 §4.5
		f.name = f.name[:n-1]
	}
	if f.value = text[colon+1 : n]; !isFieldName(f.name) {
		return field{}, 0
	}
	return f, n
}

// fields yields the header: up to an empty line, or one that is no field.
func (s *stored) fields(yield func(field) bool) {
	for rest := s.raw; len(rest) > 0; {
		f, n := nextField(rest)
		if n == 0 || !yield(f) {
			return
		}
		rest = rest[n:]
	}
}

func isFieldName(name []byte) bool {
	for _, c := range name {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return len(name) > 0
}

// body is what stands behind the header, without the empty line.
func (s *stored) body() string {
	rest := s.raw
	for len(rest) > 0 {
		_, n := nextField(rest)
		if n == 0 {
			break
		}
		rest = rest[n:]
	}
	return string(bytes.TrimPrefix(rest, crlf))
}

// field is the first field of a name, or any when that is "", that has a text in it, as it stands in the message or
// decoded, and whether there is one. Both may be in letters of either case.
func (s *stored) field(name, text string) (found field, ok bool) {
	decode := false
	for f := range s.fields {
		if name != "" && !f.is(name) {
			continue
		}
		if contains(f.value, text) {
			return f, true
		}
		decode = decode || bytes.Contains(f.value, []byte("=?")) || bytes.Contains(bytes.TrimSpace(f.value), crlf)
	}
	if !decode {
		return field{}, false
	}
	for _, f := range s.parsed().Fields {
		if (name == "" || strings.EqualFold(f.Name, name)) && contains([]byte(f.Value), text) {
			return field{[]byte(f.Name), []byte(f.Value)}, true
		}
	}
	return field{}, false
}

// contains reports whether a text is in another, in letters of either case.
func contains(in []byte, text string) bool {
	var room [256]byte
	var little [64]byte
	return bytes.Contains(lower(room[:0], in), lower(little[:0], []byte(text)))
}

// lacksIn says what is in a field instead of a text. What stands in the body though it belongs into the header is there
// because of an empty line that came too early, or did not come.
func (s *stored) lacksIn(name, text string) string {
	if _, ok := s.field(name, text); ok {
		return ""
	}
	if f, ok := s.field(name, ""); ok {
		return fmt.Sprintf("its %s is “%s”, and “%s” has to be in it", name, message.Visible(strings.Join(strings.Fields(string(f.value)), " ")), text)
	}
	if strings.Contains("\n"+strings.ToLower(s.body()), "\n"+strings.ToLower(name)+":") {
		return fmt.Sprintf("the line “%s:” stands in its text: an empty line ends the header, and one came before it", name)
	}
	return fmt.Sprintf("its header has no field %s", name)
}

// lacksReturnPath compares the Return-Path that the server put on top. Others may be lies.
func (s *stored) lacksReturnPath(address string) string {
	for f := range s.fields {
		if !f.is("Return-Path") {
			break
		}
		if got := strings.TrimSpace(string(f.value)); !strings.EqualFold(got, "<"+address+">") {
			return fmt.Sprintf("its Return-Path is %s, not <%s>", got, address)
		}
		return ""
	}
	return "it does not begin with a Return-Path"
}

func (s *stored) lacksLine(line string) string {
	if findLine([]byte(s.body()+"\r\n"), line, 0, true) >= 0 {
		return ""
	}
	return fmt.Sprintf("its text has no line “%s”", line) + s.misplaced(line)
}

func (s *stored) lacksText(text string) string {
	if strings.Contains(s.body(), text) || strings.Contains(s.parsed().Text, text) {
		return ""
	}
	return fmt.Sprintf("“%s” is not in its text", text) + s.misplaced(text)
}

// misplaced says that a text stands in the header, if it does.
func (s *stored) misplaced(text string) string {
	if _, ok := s.field("", text); !ok || len(text) < 2 {
		return ""
	}
	return ", but in its header: an empty line has to stand between header and text"
}

func (s *stored) lacksInFile(text string) string {
	for _, f := range s.parsed().Files {
		if strings.Contains(string(f.Data), text) {
			return ""
		}
	}
	if len(s.parsed().Files) > 0 {
		return fmt.Sprintf("“%s” is not in the file that is attached to it", text)
	}
	return "no file is attached to it"
}

func (s *stored) lacksFile(sum string) string {
	for _, f := range s.parsed().Files {
		digest := sha256.Sum256(f.Data)
		if strings.EqualFold(hex.EncodeToString(digest[:]), sum) {
			return ""
		}
	}
	if n := len(s.parsed().Files); n > 0 {
		return "the file in it is another one, or not whole"
	}
	return "no file is attached to it"
}

func (s *stored) lacksShortness(most amount) string {
	longest := 0
	for line := range bytes.SplitSeq(s.raw, crlf) {
		longest = max(longest, len(line))
	}
	if float64(longest) <= most.n {
		return ""
	}
	return fmt.Sprintf("a line of it has %d octets, and %s are allowed", longest, number(most.n))
}
