package explain

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"

	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// Event explains an event of the trace.
func (b *Book) Event(e trace.Event) Explanation { return b.protected(b.event(e), e) }

func (b *Book) event(e trace.Event) Explanation {
	switch e.Kind {
	case trace.Command:
		return b.command(e)
	case trace.Reply:
		return b.reply(e)
	case trace.Response:
		return b.response(e, "")
	case trace.Data:
		return b.message(e)
	case trace.Handshake:
		return b.handshake(e.Note)
	case trace.Segment:
		return exactly(b.tcp, segment(e))
	case trace.Open:
		return b.opened(e.Note)
	case trace.Close:
		return noted(b.tcp, "close", e.Note)
	case trace.Lost:
		return noted(b.tcp, "lost", e.Note)
	case trace.Store:
		return exactly(b.world, "store")
	case trace.Condition:
		return noted(b.world, "condition", e.Note)
	case trace.Action:
		return exactly(b.world, "action")
	case trace.Reset:
		return exactly(b.world, "reset")
	}
	return Explanation{}
}

// segment is the entry for a segment: that of its flag, or of what it carries.
func segment(e trace.Event) string {
	switch {
	case e.Note != "":
		return e.Note
	case isRecord(e.Raw):
		return "data tls"
	}
	return "data"
}

// opened explains the opening of a connection, "49152 → 587", by the port that it leads to.
func (b *Book) opened(note string) Explanation {
	_, port, _ := strings.Cut(note, "→ ")
	var c chain
	c.add(b.tcp, "open "+port, true)
	c.add(b.tcp, "open", true)
	return c.Explanation
}

func exactly(m map[string]entry, key string) Explanation {
	var c chain
	c.add(m, key, true)
	return c.Explanation
}

// noted explains a kind of event by its note: the entry whose key the note begins with, as "close reset" for
// "reset by server", or else that of the kind.
func noted(m map[string]entry, kind, note string) Explanation {
	var c chain
	for words := note; words != "" && !c.begun; words = withoutLastWord(words) {
		c.add(m, kind+" "+words, true)
	}
	c.add(m, kind, note == "")
	return c.Explanation
}

func withoutLastWord(s string) string {
	return s[:max(strings.LastIndexByte(s, ' '), 0)]
}

// command explains a command. One that is not known may still be guessed at: people type header fields, or the
// commands of other protocols.
func (b *Book) command(e trace.Event) Explanation {
	verbs := b.smtpVerbs
	if e.Proto == trace.POP3 {
		verbs = b.pop3Verbs
	}
	verb := e.Verb
	if verb == "" {
		verb = leadingWord(e.Raw)
	}
	if verb == "" {
		x := exactly(verbs, "")
		x.Found = false
		return x
	}
	switch {
	case verb == smtp.AUTH:
		return b.auth(verbs[verb], e.Raw)
	case e.Proto != trace.POP3 && verb == "MAIL" && isNullPath(e.Raw):
		return lookup(verbs, "MAIL <>", "MAIL", "?")
	}
	return lookup(verbs, verb, "?")
}

// auth explains AUTH by its mechanism, and by what is said along with it.
func (b *Book) auth(general entry, line []byte) Explanation {
	_, arg, _ := bytes.Cut(bytes.TrimRight(line, " \r\n"), []byte(" "))
	word, initial, _ := bytes.Cut(arg, []byte(" "))
	mechanism := strings.ToUpper(string(word))
	var c chain
	c.add(b.mechanisms, mechanism, true)
	if in, ok := initialResponse(mechanism, initial); ok && c.begun {
		var said chain
		said.addInside(b.sasl, in)
		c.Meaning += " " + said.Meaning
	}
	c.add(map[string]entry{mechanism: general}, mechanism, true)
	return c.Explanation
}

// leadingWord is the word that a line begins with, in upper case, whatever stands behind it.
func leadingWord(line []byte) string {
	n := 0
	for n < len(line) && (line[n]|0x20 >= 'a' && line[n]|0x20 <= 'z' || n > 0 && line[n] == '-') {
		n++
	}
	return strings.ToUpper(string(line[:n]))
}

// isNullPath reports whether the command is MAIL FROM:<>.
func isNullPath(line []byte) bool {
	_, path, found := bytes.Cut(line, []byte(":"))
	return found && bytes.HasPrefix(bytes.TrimLeft(path, " "), []byte("<>"))
}

// reply explains a reply. Of the verbs that may follow it names those for which the time has come.
func (b *Book) reply(e trace.Event) Explanation {
	var x Explanation
	if e.Proto == trace.POP3 {
		x = b.pop3Reply(e)
	} else {
		x = b.smtpReply(e)
	}
	x.Next = inTime(x.Next, e.After)
	if e.Secure {
		x.Next = slices.DeleteFunc(slices.Clone(x.Next), beginsTLS)
	}
	return x
}

// beginsTLS reports whether a verb asks for TLS, which is there but once.
func beginsTLS(verb string) bool { return verb == "STARTTLS" || verb == "STLS" }

// moments are the states in which a verb is in order, for the verbs that are not always so: RFC 5321 §4.1.4, RFC 4954 §4
// and RFC 1939 §3. DATA needs a recipient that was accepted, and BDAT likewise.
var moments = map[trace.Proto]map[string][]trace.State{
	trace.SMTP: {
		"MAIL": {trace.Greeted},
		"RCPT": {trace.MailGiven, trace.RcptGiven},
		"DATA": {trace.RcptGiven},
		"EOD":  {trace.InData},
		"BDAT": {trace.RcptGiven, trace.InChunks},
		"AUTH": {trace.Greeted}, "STARTTLS": {trace.Greeted},
	},
	trace.POP3: {
		"USER": {trace.Authorization}, "PASS": {trace.Authorization},
		"AUTH": {trace.Authorization}, "STLS": {trace.Authorization}, "UTF8": {trace.Authorization},
		"STAT": {trace.Transaction}, "LIST": {trace.Transaction}, "UIDL": {trace.Transaction}, "RETR": {trace.Transaction},
		"TOP": {trace.Transaction}, "DELE": {trace.Transaction}, "RSET": {trace.Transaction}, "NOOP": {trace.Transaction},
	},
}

// inTime are the verbs that are in order in a state; all of them when the state is not known.
func inTime(verbs []string, state trace.State) []string {
	proto := trace.SMTP
	switch state {
	case trace.NoState:
		return verbs
	case trace.Ended, trace.Update:
		return nil
	case trace.Authorization, trace.Transaction:
		proto = trace.POP3
	}
	var timely []string
	for _, verb := range verbs {
		if states := moments[proto][verb]; states == nil || slices.Contains(states, state) {
			timely = append(timely, verb)
		}
	}
	return timely
}

// inOrder are the verbs of each protocol in the order in which a conversation comes to them.
var inOrder = map[trace.Proto][]string{
	trace.SMTP: {"EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "BDAT", "EOD", "VRFY", "EXPN", "HELP", "NOOP", "RSET", "QUIT"},
	trace.POP3: {"CAPA", "STLS", "USER", "PASS", "AUTH", "UTF8", "LANG", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "NOOP", "RSET", "QUIT"},
}

// InOrder are the verbs that a client may say in a state, in a connection that TLS protects or not. In the middle of the
// data that is only its end, EOD. Where an answer to a challenge is expected, or nothing any more, there is no verb.
func (b *Book) InOrder(state trace.State, secure bool) []string {
	switch state {
	case trace.NoState, trace.Authenticating, trace.Update, trace.Ended:
		return nil
	case trace.InData:
		return []string{trace.EOD}
	}
	proto := trace.SMTP
	if state == trace.Authorization || state == trace.Transaction {
		proto = trace.POP3
	}
	var timely []string
	for _, verb := range inTime(inOrder[proto], state) {
		if !secure || !beginsTLS(verb) {
			timely = append(timely, verb)
		}
	}
	return timely
}

// smtpReply explains a reply by its context, its enhanced code and its code, as far as each is known.
func (b *Book) smtpReply(e trace.Event) Explanation {
	verb, code, enhanced := e.Verb, e.Code, e.Enhanced
	number := strconv.Itoa(code)
	var c chain
	if isChallenge(e) {
		c.addInside(b.sasl, readChallenge(challenged(e)))
	}
	for _, said := range []string{verb, "*"} {
		context := strings.TrimSpace(said + " " + number)
		if enhanced != "" {
			c.add(b.smtpReplies, context+" "+enhanced, true)
		}
		c.add(b.smtpReplies, context, true)
	}
	b.addGeneral(&c, code)
	c.Enhanced = b.Enhanced(enhanced).Meaning
	return c.Explanation
}

// pop3Reply explains a reply by the command it answers, its sign and its response code (RFC 2449 §8).
func (b *Book) pop3Reply(e trace.Event) Explanation {
	verb := e.Verb
	if verb == "" {
		verb = "greeting"
	}
	sign := "-ERR"
	switch {
	case e.Code > 0:
		sign = "+OK"
	case e.Code == 0:
		sign = "+"
	}
	if len(e.Raw) > 0 && !bytes.HasPrefix(e.Raw, []byte(sign)) {
		return lookup(b.pop3Replies, "?")
	}
	code := responseCode(e.Raw)
	var c chain
	if isChallenge(e) {
		c.addInside(b.sasl, readChallenge(challenged(e)))
	}
	for _, said := range []string{verb, "*"} {
		if code != "" {
			c.add(b.pop3Replies, said+" "+sign+" "+code, true)
		}
	}
	c.add(b.pop3Replies, verb+" "+sign, true)
	c.add(b.pop3Replies, sign, false)
	return c.Explanation
}

// responseCode is the word in brackets behind the sign, in upper case: "IN-USE" of "-ERR [IN-USE] busy".
func responseCode(raw []byte) string {
	_, text, _ := bytes.Cut(raw, []byte(" "))
	code, _, closed := bytes.Cut(text, []byte("]"))
	if !closed || len(code) == 0 || code[0] != '[' {
		return ""
	}
	return strings.ToUpper(string(code[1:]))
}

// message explains a chunk of data by what it holds. The trace may cut a message anywhere, so this is judged by
// the chunk alone.
func (b *Book) message(e trace.Event) Explanation {
	c := b.readChunk(e.Raw)
	var keys []string
	switch {
	case isTorn(e):
		return exactly(b.data, "torn")
	case e.Proto == trace.POP3:
		keys = c.pop3(e.Verb)
	case e.Re != 0:
		keys = c.chunk()
	default:
		keys = c.smtp()
	}
	if len(keys) == 0 {
		return exactly(b.data, "body")
	}
	x := exactly(b.data, keys[0])
	for _, key := range keys[1:] {
		also := b.data[key]
		x.Meaning += " " + also.Meaning
		for _, ref := range also.Refs {
			if !slices.Contains(x.Refs, ref) {
				x.Refs = append(slices.Clip(x.Refs), ref)
			}
		}
	}
	if c.end && e.Proto != trace.POP3 && e.Re == 0 {
		x.Next = b.smtpVerbs[trace.EOD].Next
	}
	return x
}

// isTorn reports whether data is not part of a message or an answer, but of a command line that was too long to
// be held in one piece: it refers to its command, as only chunks and the answers of a POP3 server do besides.
func isTorn(e trace.Event) bool {
	if e.Proto == trace.POP3 {
		return e.Verb != "" && pop3Answers[e.Verb] == ""
	}
	return e.Re != 0 && e.Verb != smtp.BDAT && e.Verb != trace.EOD
}

// pop3Answers are the entries for what a POP3 server sends in answer to a verb.
var pop3Answers = map[string]string{
	"RETR": "pop3 message", "TOP": "pop3 message", "LIST": "pop3 list", "UIDL": "pop3 list", "CAPA": "pop3 capabilities",
}

// chunk is what a piece of a message or of an answer holds.
type chunk struct {
	fields  bool // it begins with header fields
	empty   bool // there is an empty line, before any text
	body    bool // there is text
	stuffed bool // a line begins with two dots
	end     bool // a line with only a dot ends it
}

func (b *Book) readChunk(raw []byte) chunk {
	var c chunk
	header := b.beginsHeader(raw)
	for rest := raw; len(rest) > 0; {
		var line []byte
		line, rest = cutLine(rest)
		switch {
		case string(line) == "." && len(rest) == 0:
			c.end = true
			continue
		case len(line) == 0:
			c.empty = c.empty || !c.body
			header = false
		case header && isFieldLine(line):
			c.fields = true
		default:
			c.body, header = true, false
		}
		c.stuffed = c.stuffed || bytes.HasPrefix(line, []byte(".."))
	}
	return c
}

// smtp are the entries that explain a chunk of a message, the main one first.
func (c chunk) smtp() []string {
	keys := c.content()
	if c.stuffed {
		keys = append(keys, "stuffed")
	}
	if c.end {
		keys = append(keys, "end")
	}
	return keys
}

// chunk are the entries that explain a part of a chunk of BDAT: dots mean nothing there.
func (c chunk) chunk() []string {
	keys := c.content()
	if keys == nil {
		keys = []string{"body"}
	}
	return append(keys, "chunk")
}

// content is the entry for the lines of a chunk that belong to the message; none for the final dot alone.
func (c chunk) content() []string {
	switch {
	case c.fields && (c.empty || c.body):
		return []string{"message"}
	case c.fields:
		return []string{"header"}
	case c.empty && !c.body:
		return []string{"empty"}
	case c.body:
		return []string{"body"}
	}
	return nil
}

// pop3 are the entries that explain a chunk of the answer to verb, the main one first.
func (c chunk) pop3(verb string) []string {
	var keys []string
	if c.content() != nil {
		keys = append(keys, cmp.Or(pop3Answers[verb], "pop3 message"))
	}
	if c.stuffed {
		keys = append(keys, "stuffed")
	}
	if c.end {
		keys = append(keys, "pop3 end")
	}
	return keys
}

// cutLine cuts the first line off b, without its line end.
func cutLine(b []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(b, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), rest
}

// beginsHeader reports whether a chunk begins with a header field that is known, or one for experiments. Any
// field name would do at the beginning of a message, but a chunk may be from the middle, where "PS: see below"
// is text.
func (b *Book) beginsHeader(raw []byte) bool {
	line, _ := cutLine(raw)
	if len(line) == 0 || !isFieldLine(line) {
		return false
	}
	name, _, _ := bytes.Cut(line, []byte(":"))
	_, known := b.Header(string(name))
	return known || len(name) > 2 && strings.EqualFold(string(name[:2]), "X-")
}

// isFieldLine reports whether a line is a header field, or continues one (RFC 5322 §2.2).
func isFieldLine(line []byte) bool {
	if line[0] == ' ' || line[0] == '\t' {
		return true
	}
	name, _, found := bytes.Cut(line, []byte(":"))
	for _, c := range name {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return found && len(name) > 0
}
