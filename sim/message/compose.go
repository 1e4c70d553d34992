package message

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Draft is a mail as a person wrote it, before it is a message. There is no Bcc: the blind recipients belong to
// the envelope alone (RFC 5322 §3.6.3). An address may have characters outside ASCII; the message is then
// internationalized (RFC 6532), which only servers with SMTPUTF8 take.
type Draft struct {
	From      mail.Address
	To, Cc    []mail.Address
	Subject   string // "" leaves the field out
	Text      string // with any convention of line ends
	Files     []Attachment
	Date      time.Time
	MessageID string // without its angle brackets: "1.pc1@email.com"
}

// Attachment is a file that travels with a message.
type Attachment struct {
	Name string // "" for a part that has none
	Type string // media type; Compose guesses it from the name when it is empty
	Data []byte
}

// FieldError says which field of a Draft cannot be written, and why. Nothing is repaired silently: who types a
// line break into a subject may be trying to write another header field.
type FieldError struct {
	Field  string // "From", "To", "Cc", "Subject", "Date", "Message-ID", "file name", "file type"
	Reason string // "holds a line break"
}

// Error is the field and the reason.
func (e *FieldError) Error() string { return "message: " + e.Field + " " + e.Reason }

// MaxLine is the longest line of a message, without its CRLF: RFC 5322 §2.1.1.
const MaxLine = 998

// foldAt is how long a line should be: RFC 5322 §2.1.1.
const foldAt = 78

// Compose writes a Draft as a message: RFC 5322 header fields and a MIME body, every line ended by CRLF. It
// fails with a *FieldError when a field cannot stand in a header. The same Draft gives the same octets.
//
// What is not ASCII in a field becomes encoded words (RFC 2047), unless an address needs the header to be in UTF-8
// anyway: then all of it is. Text that is plain ASCII goes as it was typed, in 7bit; other text as UTF-8, in quoted-printable while it is
// mostly ASCII, else in base64. A text always ends with a line end, as the content of a text file does.
func Compose(d Draft) ([]byte, error) { return Append(nil, d) }

// Append is Compose for a caller who has memory: the message is appended to dst.
func Append(dst []byte, d Draft) ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	dst = slices.Grow(dst, d.sizeHint())
	dst = append(dst, "Date: "...)
	dst = appendDate(dst, d.Date)
	dst = append(dst, "\r\n"...)
	h := headerWriter{utf8: d.isInternational()}
	dst = h.appendAddresses(dst, "From: ", []mail.Address{d.From})
	switch {
	case len(d.To) > 0:
		dst = h.appendAddresses(dst, "To: ", d.To)
	case len(d.Cc) == 0:
		// All recipients are blind. The empty group says so (RFC 5322 §3.4).
		dst = append(dst, "To: undisclosed-recipients:;\r\n"...)
	}
	if len(d.Cc) > 0 {
		dst = h.appendAddresses(dst, "Cc: ", d.Cc)
	}
	if d.Subject != "" {
		dst = h.appendUnstructured(dst, "Subject: ", d.Subject)
	}
	dst = append(dst, "Message-ID: <"...)
	dst = append(dst, d.MessageID...)
	dst = append(dst, ">\r\nMIME-Version: 1.0\r\n"...)
	if len(d.Files) == 0 {
		return appendTextPart(dst, d.Text), nil
	}
	return appendMixed(dst, d), nil
}

// fieldNames is about what the header takes besides what a Draft says.
const fieldNames = 192

// sizeHint is about how long the message will be, so that it is allocated once. A text that needs an encoding
// takes more.
func (d *Draft) sizeHint() int {
	n := fieldNames + len(d.From.Name) + len(d.From.Address) + len(d.MessageID) + len(d.Subject)
	for _, list := range [][]mail.Address{d.To, d.Cc} {
		for i := range list {
			n += len(list[i].Name) + len(list[i].Address) + len(", \r\n<>")
		}
	}
	n += len(d.Text) + strings.Count(d.Text, "\n") // each becomes CRLF
	for _, f := range d.Files {
		n += 256 + base64.StdEncoding.EncodedLen(len(f.Data))*39/38
	}
	return n
}

func (d *Draft) check() error {
	if err := checkAddress("From", d.From); err != nil {
		return err
	}
	for _, a := range d.To {
		if err := checkAddress("To", a); err != nil {
			return err
		}
	}
	for _, a := range d.Cc {
		if err := checkAddress("Cc", a); err != nil {
			return err
		}
	}
	if err := checkWords("Subject", d.Subject); err != nil {
		return err
	}
	if y := d.Date.Year(); y < 1900 || y > 9999 {
		return &FieldError{"Date", "is not a year of four digits since 1900"} // RFC 5322 §3.3
	}
	if !isMessageID(d.MessageID) {
		return &FieldError{"Message-ID", "is not of the form left@right"}
	}
	for _, f := range d.Files {
		if err := checkFile(f); err != nil {
			return err
		}
	}
	return nil
}

// checkWords refuses what cannot be part of a header field, however it is encoded. A tab is white space and
// passes.
func checkWords(field, s string) error {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\r' || c == '\n':
			return &FieldError{field, "holds a line break"}
		case c < ' ' && c != '\t' || c == 0x7f:
			return &FieldError{field, fmt.Sprintf("holds the control character U+%04X", c)}
		case c >= utf8.RuneSelf:
			return checkRunes(field, s[i:])
		}
	}
	return nil
}

// checkRunes is checkWords where the text is no longer ASCII: the C1 controls are refused too.
func checkRunes(field, s string) error {
	for _, r := range s {
		switch {
		case r == '\r' || r == '\n':
			return &FieldError{field, "holds a line break"}
		case unicode.IsControl(r) && r != '\t':
			return &FieldError{field, fmt.Sprintf("holds the control character U+%04X", r)}
		}
	}
	return nil
}

// checkAddress is not the grammar of addresses, which is smtp's: it refuses what would break the header line.
func checkAddress(field string, a mail.Address) error {
	if err := checkWords(field, a.Name); err != nil {
		return err
	}
	if err := checkWords(field, a.Address); err != nil {
		return err
	}
	at := strings.LastIndexByte(a.Address, '@')
	switch {
	case at <= 0 || at == len(a.Address)-1:
		return &FieldError{field, strconv.Quote(a.Address) + " is not a complete address"}
	case !utf8.ValidString(a.Address):
		return &FieldError{field, strconv.Quote(a.Address) + " is not UTF-8"}
	case !isDomain(a.Address[at+1:]):
		return &FieldError{field, strconv.Quote(a.Address) + " has a domain that cannot be written"}
	case len(a.Address) > maxPath:
		return &FieldError{field, "has an address that is too long"}
	}
	return nil
}

// isInternational reports whether an address has characters outside ASCII.
func (d *Draft) isInternational() bool {
	for _, list := range [][]mail.Address{d.To, d.Cc} {
		for i := range list {
			if !isASCII(list[i].Address) {
				return true
			}
		}
	}
	return !isASCII(d.From.Address)
}

// isDomain accepts names and address literals: visible characters that does not end an address or begin something
// else.
func isDomain(s string) bool {
	for i := range len(s) {
		switch s[i] {
		case ' ', '\t', '(', ')', '<', '>', ',', ';', '"', '\\':
			return false
		}
	}
	return true
}

// isMessageID reports whether s may stand between the brackets of a Message-ID (RFC 5322 §3.6.4). The limit
// keeps the field on one line.
func isMessageID(s string) bool {
	at := strings.IndexByte(s, '@')
	if at <= 0 || at == len(s)-1 || len(s) > 250 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '<' || c == '>' {
			return false
		}
	}
	return true
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Line-end classes of an octet of text.
const (
	typed   = iota // goes as it is
	lineEnd        // CR or LF
	foreign        // control or 8-bit: cannot go in 7bit as it is
)

var textClass = func() (class [256]uint8) {
	for c := range class {
		switch {
		case c == '\r' || c == '\n':
			class[c] = lineEnd
		case c < ' ' && c != '\t' || c >= 0x7f:
			class[c] = foreign
		}
	}
	return class
}()

// appendTextPart appends the Content fields, the empty line and the text. It tries the common case first, text
// that needs no encoding, and takes it back when that turns out wrong.
func appendTextPart(dst []byte, text string) []byte {
	if plain, ok := appendPlain(append(dst, plainFields...), text); ok {
		return plain
	}
	text = canonical(text)
	if isMostlyASCII(text) {
		dst = append(dst, "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"...)
		out := bytes.NewBuffer(dst)
		w := quotedprintable.NewWriter(out)
		w.Write([]byte(text)) // a Buffer does not fail
		w.Close()
		return out.Bytes()
	}
	dst = append(dst, "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"...)
	return appendBase64(dst, []byte(text))
}

const plainFields = "Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"

// appendPlain appends text with CRLF for each line end. It reports false when the text cannot go in 7bit
// (RFC 2045 §2.7): when an octet is foreign or a line too long.
func appendPlain(dst []byte, text string) ([]byte, bool) {
	for text != "" {
		n := 0
		for n < len(text) && textClass[text[n]] == typed {
			n++
		}
		if n > MaxLine || n < len(text) && textClass[text[n]] == foreign {
			return nil, false
		}
		dst = append(dst, text[:n]...)
		dst = append(dst, "\r\n"...)
		text = afterLineEnd(text[n:])
	}
	return dst, true
}

// afterLineEnd is what follows the CRLF, CR or LF that text begins with; nothing follows the end of the text.
func afterLineEnd(text string) string {
	switch {
	case text == "":
		return ""
	case len(text) > 1 && text[0] == '\r' && text[1] == '\n':
		return text[2:]
	}
	return text[1:]
}

// canonical is the text as valid UTF-8 with CRLF line ends (RFC 2049 §4), the last line ended too.
func canonical(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return strings.ReplaceAll(text, "\n", "\r\n")
}

// isMostlyASCII reports whether people could still nearly read the text in quoted-printable, which spells out
// each octet outside ASCII with three: RFC 2045 §6.7.
func isMostlyASCII(text string) bool {
	foreigners := 0
	for i := range len(text) {
		if textClass[text[i]] == foreign {
			foreigners++
		}
	}
	return 3*foreigners <= len(text)
}

// appendBase64 appends data in lines of 76 characters (RFC 2045 §6.8).
func appendBase64(dst, data []byte) []byte {
	const octets = 57 // give 76 characters
	for len(data) > 0 {
		n := min(octets, len(data))
		dst = base64.StdEncoding.AppendEncode(dst, data[:n])
		dst = append(dst, "\r\n"...)
		data = data[n:]
	}
	return dst
}

// appendMixed appends the text and the files as the parts of a multipart/mixed (RFC 2046 §5.1.3).
func appendMixed(dst []byte, d Draft) []byte {
	text := appendTextPart(nil, d.Text)
	boundary := boundaryFor(d.MessageID, text)
	dst = append(dst, "Content-Type: multipart/mixed;\r\n boundary=\""+boundary+"\"\r\n\r\n"+
		"This is a message in several parts, in MIME format.\r\n"...)
	dst = append(dst, "\r\n--"+boundary+"\r\n"...)
	dst = append(dst, text...)
	for _, f := range d.Files {
		dst = append(dst, "\r\n--"+boundary+"\r\n"...)
		dst = appendFile(dst, f)
	}
	return append(dst, "\r\n--"+boundary+"--\r\n"...)
}

// boundaryFor derives a boundary from the message's id. "=_" cannot occur in quoted-printable or base64
// (RFC 2045 §6.7), so only a text in 7bit may have to be avoided.
func boundaryFor(messageID string, text []byte) string {
	h := fnv.New64a()
	h.Write([]byte(messageID))
	for {
		boundary := fmt.Sprintf("=_%016x", h.Sum64())
		if !bytes.Contains(text, []byte(boundary)) {
			return boundary
		}
		h.Write([]byte{'+'})
	}
}
