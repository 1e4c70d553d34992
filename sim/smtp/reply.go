package smtp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strconv"

	"smtplab/sim/rfc"
)

// Reply is what a server answers: RFC 5321 §4.2. It is also an error, so a mailbox or a policy can refuse a
// command in the protocol's own words.
type Reply struct {
	Code     int          // 220 to 599
	Enhanced EnhancedCode // RFC 3463; zero for none
	Lines    []string     // the text, one string for each line; never to be split on "\n"
	Ref      rfc.Ref      // where the standard says so
	Next     Expect       // what the server will read next
}

// Expect is what a server reads after a reply.
type Expect uint8

// What may follow a reply.
const (
	ReadCommand Expect = iota // the next command
	ReadMail                  // after 354: the message, up to CRLF.CRLF
	ReadAuth                  // after 334: a line in base64, or "*" (RFC 4954 §4)
	StartTLS                  // after the 220 to STARTTLS: the TLS handshake (RFC 3207 §4)
	Close                     // after 221 and 421: nothing, the connection is closed
)

// Error is the reply's first line: "550 5.1.1 No mailbox here by that name".
func (r *Reply) Error() string {
	line, _, _ := bytes.Cut(r.AppendTo(nil), crlf)
	if len(line) > 3 && line[3] == '-' {
		line[3] = ' '
	}
	return string(line)
}

// Positive reports whether the reply grants what was asked: its code is below 400.
func (r *Reply) Positive() bool { return r.Code < 400 }

// AppendTo appends the reply as it goes over the wire, every line with its CRLF, and with the enhanced code if
// it has one. Whatever the text, the result keeps the rules of RFC 5321 §4.2: other octets than printable ASCII
// become question marks and a line that would exceed 512 octets is cut.
func (r *Reply) AppendTo(dst []byte) []byte { return r.appendTo(dst, r.Enhanced) }

// AppendPlain is AppendTo without the enhanced code, for a server that does not offer them.
func (r *Reply) AppendPlain(dst []byte) []byte { return r.appendTo(dst, EnhancedCode{}) }

func (r *Reply) appendTo(dst []byte, enhanced EnhancedCode) []byte {
	if len(r.Lines) == 0 {
		return AppendReplyLine(dst, r.Code, false, enhanced, "")
	}
	for i, text := range r.Lines {
		dst = AppendReplyLine(dst, r.Code, i < len(r.Lines)-1, enhanced, text)
	}
	return dst
}

// AppendReplyLine appends one line of a reply, CRLF included. More says that another line follows; the text may
// come in pieces. See Reply.AppendTo for what becomes of unsuitable text. A challenge, 334, may be longer than other
// replies: RFC 4954 §4.
func AppendReplyLine(dst []byte, code int, more bool, enhanced EnhancedCode, text ...string) []byte {
	from := len(dst)
	separator := byte(' ')
	if more {
		separator = '-'
	}
	dst = append(dst, byte('0'+code/100), byte('0'+code/10%10), byte('0'+code%10), separator)
	if !enhanced.IsZero() {
		dst = enhanced.AppendTo(dst)
		dst = append(dst, ' ')
	}
	limit := MaxReplyLine
	if code == 334 {
		limit = 2 * MaxAuthLine // it may say again what the client said, and more
	}
	for _, t := range text {
		dst = appendPrintable(dst, t, limit-2-(len(dst)-from))
	}
	return append(dst, '\r', '\n')
}

// appendPrintable appends at most limit octets of text, with a question mark for each that is not printable ASCII.
func appendPrintable(dst []byte, text string, limit int) []byte {
	if len(text) > limit {
		text = text[:max(limit, 0)]
	}
	from := len(dst)
	dst = append(dst, text...)
	if isPrintable(dst[from:]) {
		return dst
	}
	for i, c := range dst[from:] {
		if c < ' ' || c > '~' {
			dst[from+i] = '?'
		}
	}
	return dst
}

// isPrintable reports whether text is of printable ASCII. It looks at eight octets at a time: one below space borrows
// from the eighth bit, one from DEL on sets it.
func isPrintable(text []byte) bool {
	const ones, bits = 0x0101010101010101, 0x8080808080808080
	for ; len(text) >= 8; text = text[8:] {
		w := binary.LittleEndian.Uint64(text)
		if (w|(w-' '*ones)|(w+ones))&bits != 0 {
			return false
		}
	}
	for _, c := range text {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// ErrReply says that a line is not a line of a reply.
var ErrReply = errors.New("smtp: a reply must begin with three digits and a space or hyphen")

// ParseReplyLine parses one line of a reply: its code, whether another line follows, and its text. The line may
// end with CRLF; text is part of it. A line of three digits alone is accepted: RFC 5321 §4.2.
func ParseReplyLine(line []byte) (code int, more bool, text []byte, err error) {
	line = bytes.TrimSuffix(line, crlf)
	if len(line) < 3 || line[0] < '2' || line[0] > '5' || !isDigit(line[1]) || !isDigit(line[2]) {
		return 0, false, nil, ErrReply
	}
	code = int(line[0]-'0')*100 + int(line[1]-'0')*10 + int(line[2]-'0')
	if len(line) == 3 {
		return code, false, nil, nil
	}
	if line[3] != ' ' && line[3] != '-' {
		return 0, false, nil, ErrReply
	}
	return code, line[3] == '-', line[4:], nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// EnhancedCode is a status code of RFC 3463 §2: class.subject.detail. The zero value is none.
type EnhancedCode struct{ Class, Subject, Detail uint16 }

// IsZero reports whether there is no code.
func (e EnhancedCode) IsZero() bool { return e == EnhancedCode{} }

// String is the code with its dots, "2.1.5", or "" for none.
func (e EnhancedCode) String() string {
	if e.IsZero() {
		return ""
	}
	return string(e.AppendTo(make([]byte, 0, 8)))
}

// AppendTo appends the code with its dots.
func (e EnhancedCode) AppendTo(dst []byte) []byte {
	dst = strconv.AppendUint(dst, uint64(e.Class), 10)
	dst = append(dst, '.')
	dst = strconv.AppendUint(dst, uint64(e.Subject), 10)
	dst = append(dst, '.')
	return strconv.AppendUint(dst, uint64(e.Detail), 10)
}

// ParseEnhanced reads an enhanced code at the beginning of a reply's text and returns what follows it and its
// space. If there is none, ok is false and rest is the whole text.
func ParseEnhanced(text []byte) (code EnhancedCode, rest []byte, ok bool) {
	if len(text) < 5 || text[0] != '2' && text[0] != '4' && text[0] != '5' || text[1] != '.' {
		return EnhancedCode{}, text, false
	}
	subject, n := smallNumber(text[2:])
	at := 2 + n
	if n == 0 || at >= len(text) || text[at] != '.' {
		return EnhancedCode{}, text, false
	}
	detail, n := smallNumber(text[at+1:])
	at += 1 + n
	if n == 0 || at < len(text) && text[at] != ' ' {
		return EnhancedCode{}, text, false
	}
	return EnhancedCode{uint16(text[0] - '0'), subject, detail}, text[min(at+1, len(text)):], true
}

// smallNumber reads a number of one to three digits and returns how many there were.
func smallNumber(text []byte) (value uint16, n int) {
	for n < len(text) && n < 3 && isDigit(text[n]) {
		value = value*10 + uint16(text[n]-'0')
		n++
	}
	return value, n
}

// Said is a reply that a server can give, in its context, without its text.
type Said struct {
	Verb     string // the verb answered; EOD for the end of the data, "" for a greeting or for no command, AnyVerb
	Code     int
	Enhanced string // "2.1.5", or ""
}

// AnyVerb in Said stands for every command, known or not.
const AnyVerb = "*"
