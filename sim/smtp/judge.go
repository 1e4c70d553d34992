package smtp

import (
	"bytes"
	"slices"

	"smtplab/sim/trace"
)

// Breach is a rule of the standards that a server broke.
type Breach uint8

// The breaches: first those of a reply by itself, then those of the occasion.
const (
	NotReply   Breach = iota + 1 // a line does not begin as replies do: RFC 5321 §4.2
	BadCode                      // a code that none can be: §4.2
	MixedCodes                   // lines of one reply have different codes: §4.2.1
	Unfinished                   // the last line of a reply says that another follows: §4.2.1
	LineEnd                      // CR or LF alone: §2.3.8
	BadText                      // an octet that no text may have: §4.2
	TooLong                      // a line: §4.5.3.1.5
	BadKeyword                   // a line of the reply to EHLO names no extension: §4.1.1.1
	BadClass                     // the enhanced code contradicts the code: RFC 2034 §4

	NoGreeting   // the first words were something else: RFC 5321 §3.1
	NoName       // a greeting, or the reply to EHLO, without the server's name: §4.2, §4.1.1.1
	WrongName    // or with another one
	Unasked      // a reply to nothing: §4.2, but for 421 of §3.8
	Intermediate // 3yz to what it does not fit: §4.2.1
	NoGoAhead    // DATA is answered with 2yz: §4.1.1.4
	Unlisted     // a code that the command is not answered with: §4.3.2
	OutOfOrder   // a command is granted that came at the wrong moment: §4.1.4
	TurnedAway   // a command is granted after the greeting was a refusal: §3.1
	AfterEnd     // a reply after 221 or 421: §3.8
	Hangup       // the connection is closed without either: §3.8
)

var breachNames = [...]string{
	"", "not a reply", "bad code", "mixed codes", "unfinished", "line end", "bad text", "too long", "bad keyword", "bad class",
	"no greeting", "no name", "wrong name", "unasked", "intermediate", "no go-ahead", "unlisted", "out of order", "turned away",
	"after the end", "hangup",
}

// String names the breach, as explanations do: "bad code".
func (b Breach) String() string { return breachNames[b] }

// Breaches are all there are.
func Breaches() []Breach {
	var all []Breach
	for b := NotReply; b <= Hangup; b++ {
		all = append(all, b)
	}
	return all
}

// Judge follows one conversation in the clear, as its trace tells it, and says what the server does wrong. It knows
// nothing but the trace, so it judges any server, also a person. The zero Judge is ready.
type Judge struct {
	Name string // the server's own, which it has to give; "" when that is not known

	server  string // the host
	open    []Asked
	tail    []byte // the last octets of the message that is coming in
	greeted bool
	refused bool // by the greeting
	ended   bool // 221 or 421 was said
	left    bool // the client has closed its side
}

// Asked is a command, a response of AUTH or an end of data that was not answered.
type Asked struct {
	Seq  uint64
	Verb string // EOD for the end of the data
}

// Asked are those, the oldest first: a server answers in order.
func (j *Judge) Asked() []Asked { return j.open }

// Greeted reports whether the server has said something.
func (j *Judge) Greeted() bool { return j.greeted }

// Event takes the next event of the conversation, and returns what the server does wrong by it.
func (j *Judge) Event(e *trace.Event) []Breach {
	switch e.Kind {
	case trace.Open:
		j.server = e.To
	case trace.Command:
		j.ask(e.Seq, e.Verb)
	case trace.Response:
		j.ask(e.Seq, AUTH)
	case trace.Data:
		j.data(e)
	case trace.Reply:
		return j.reply(e)
	case trace.Segment:
		return j.flag(e)
	}
	return nil
}

func (j *Judge) ask(seq uint64, verb string) { j.open = append(j.open, Asked{seq, verb}) }

var dotLine = []byte("\r\n.\r\n")

// data finds the end of a message. The trace cuts it there.
func (j *Judge) data(e *trace.Event) {
	if e.Re != 0 || j.tail == nil { // a chunk, or the rest of a line
		return
	}
	j.tail = append(j.tail, e.Raw...)
	if bytes.HasSuffix(j.tail, dotLine) {
		j.ask(e.Seq, EOD)
		j.tail = nil
		return
	}
	j.tail = j.tail[max(0, len(j.tail)-len(dotLine)):]
}

// flag sees who closes the connection.
func (j *Judge) flag(e *trace.Event) []Breach {
	if e.Note != "FIN" && e.Note != "RST" {
		return nil
	}
	if e.From != j.server {
		j.left = true
		return nil
	}
	if j.ended || j.left || j.server == "" {
		return nil
	}
	j.ended = true
	return []Breach{Hangup}
}

func (j *Judge) reply(e *trace.Event) []Breach {
	if len(e.Raw) == 0 {
		return nil
	}
	first := !j.greeted
	asked, isAnswer := j.answered(e.Re)
	text, breaches := grammar(e.Raw, asked.Verb)
	switch {
	case j.ended:
		breaches = append(breaches, AfterEnd)
	case slices.Contains(breaches, NotReply) || slices.Contains(breaches, BadCode): // it means nothing to anybody
	case first:
		breaches = append(breaches, j.greeting(e.Code, text)...)
	case isAnswer:
		breaches = append(breaches, j.answer(e, asked.Verb, text)...)
	case e.Code != 421:
		breaches = append(breaches, Unasked)
	}
	j.greeted = true
	j.refused = j.refused || first && e.Code == 554
	j.ended = j.ended || e.Code == 221 || e.Code == 421
	if e.After == trace.InData && e.Before != trace.InData {
		j.tail = []byte("\r\n")
	}
	return breaches
}

// answered takes what a reply answers, and all before it, off the list.
func (j *Judge) answered(re uint64) (Asked, bool) {
	for i, a := range j.open {
		if re != 0 && a.Seq == re {
			j.open = j.open[i+1:]
			return a, true
		}
	}
	return Asked{}, false
}

// greeting judges the first reply: RFC 5321 §3.1. A server that must go at once says 421.
func (j *Judge) greeting(code int, text [][]byte) []Breach {
	switch code {
	case 220:
		return j.named(text[0])
	case 421, 554:
		return nil
	}
	return []Breach{NoGreeting}
}

// named judges the name at the beginning of a text.
func (j *Judge) named(text []byte) []Breach {
	name, _, _ := bytes.Cut(text, space)
	if _, err := ParseDomain(name); err != nil {
		return []Breach{NoName}
	}
	if j.Name != "" && name[0] != '[' && !SameDomain(string(name), j.Name) {
		return []Breach{WrongName}
	}
	return nil
}

// answer judges a reply by the command that it answers.
func (j *Judge) answer(e *trace.Event, verb string, text [][]byte) (breaches []Breach) {
	code, class := e.Code, e.Code/100
	if verb == "" { // a line without any
		verb = AnyVerb
	}
	switch {
	case class == 3 && !(verb == DATA && code == 354) && !(verb == AUTH && code == 334):
		return []Breach{Intermediate}
	case verb == DATA && class == 2 && code != 221:
		return []Breach{NoGoAhead}
	case !Legal(verb, code) && !(code == 503 && j.refused):
		breaches = append(breaches, Unlisted)
	case j.refused && class < 4 && verb != QUIT:
		breaches = append(breaches, TurnedAway)
	case class < 4 && !timely(verb, e.Before):
		breaches = append(breaches, OutOfOrder)
	}
	hello := verb == EHLO || verb == HELO
	if hello && code == 250 {
		breaches = append(breaches, j.named(text[0])...)
	}
	if verb == EHLO && code == 250 {
		for _, line := range text[1:] {
			if _, ok := ParseKeyword(line); !ok {
				breaches = append(breaches, BadKeyword)
				break
			}
		}
	}
	if enhanced, _, ok := ParseEnhanced(text[0]); ok && !hello && int(enhanced.Class) != class {
		breaches = append(breaches, BadClass)
	}
	return breaches
}

// timely reports whether a server may grant a command in a state: RFC 5321 §3.3 and §4.1.4, RFC 3030 §2, RFC 4954 §4. DATA
// without a recipient need not be refused.
func timely(verb string, s trace.State) bool {
	switch verb {
	case MAIL:
		return s == trace.Greeted
	case RCPT, DATA:
		return s == trace.MailGiven || s == trace.RcptGiven
	case BDAT:
		return s == trace.RcptGiven || s == trace.InChunks
	case AUTH:
		return s == trace.Greeted || s == trace.Authenticating
	}
	return true
}

// allowsUTF8 reports whether a reply may hold more than ASCII: to VRFY and EXPN, which can ask for it (RFC 6531 §3.7.4.2).
func allowsUTF8(verb string) bool { return verb == VRFY || verb == EXPN }

// grammar judges a reply by itself, and returns the text of each line.
//
//	Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
//	Reply-code = %x32-35 %x30-35 %x30-39
//	textstring = 1*( %d09 / %d32-126 )
func grammar(raw []byte, verb string) (text [][]byte, breaches []Breach) {
	has := func(b Breach, broken bool) {
		if broken && !slices.Contains(breaches, b) {
			breaches = append(breaches, b)
		}
	}
	limit := MaxReplyLine
	if verb == AUTH { // RFC 4954 §4
		limit = MaxAuthLine
	}
	code, more := "", false
	for rest := raw; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, crlf)
		rest = after
		digits := len(line) >= 3 && isDigit(line[0]) && isDigit(line[1]) && isDigit(line[2])
		has(NotReply, !digits || len(line) > 3 && line[3] != ' ' && line[3] != '-' && line[3] != '\r' && line[3] != '\n')
		has(LineEnd, !ended || bytes.ContainsAny(line, "\r\n"))
		has(TooLong, len(line)+len(crlf) > limit)
		has(BadText, bytes.ContainsFunc(line, func(r rune) bool {
			return r < ' ' && r != '\t' && r != '\r' && r != '\n' || r == 0x7F || r > 0x7F && !allowsUTF8(verb)
		}))
		if digits {
			has(BadCode, line[0] < '2' || line[0] > '5' || line[1] > '5')
			has(MixedCodes, code != "" && code != string(line[:3]))
			code = string(line[:3])
		}
		more = len(line) > 3 && line[3] == '-'
		text = append(text, line[min(len(line), 4):])
	}
	has(Unfinished, more)
	return text, breaches
}
