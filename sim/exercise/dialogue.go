package exercise

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"smtplab/sim/clock"
	"smtplab/sim/lab"
	"smtplab/sim/trace"
)

// dialogue is a clause about one conversation: that these things were said and answered in it, in this order, and what it
// may have cost.
type dialogue struct {
	from, to string // host ids; "" for any
	port     int    // 0 for any
	who      string // "hand", "program", or "" for either
	inTLS    bool
	oneMail  bool // all of it is in one mail transaction
	steps    []step
	never    []step
	limits   []limit
}

// step is one thing that is said, or happens.
type step struct {
	text  string   // as it stands in the file
	event string   // "greeting", "TLS" or "close"; else
	line  *string  // a line of a message; else
	part  *string  // octets somewhere in a message; else
	verbs []string // a command
	args  string   // and all of it, as a pattern; "" for any
	codes []code   // how it is answered; none for anyhow
	content
}

// code is a pattern for a reply: "250", "5yz", "!250", "550 5.1.1", "+OK".
type code struct {
	not      bool
	low, top int
	enhanced string
}

// limit is a bound on what a conversation cost by the time at which all was said.
type limit struct {
	what string
	amount
}

// whats are what a limit can be about.
var whats = []string{"message octets", "early octets", "octets", "round trips", "commands ahead", "seconds"}

func parseDialogue(words, lines []string) (clause, error) {
	d := &dialogue{}
	if err := d.parseHead(words); err != nil {
		return nil, wrong(0, "%v", err)
	}
	for i, line := range lines {
		if err := d.parseLine(line); err != nil {
			return nil, wrong(i+1, "“%s”: %v", line, err)
		}
	}
	if len(d.steps) == 0 {
		return nil, wrong(0, "a dialogue needs lines below it that say what is said in it")
	}
	return d, nil
}

func (d *dialogue) parseHead(words []string) error {
	for len(words) > 0 {
		if len(words) < 2 {
			return fmt.Errorf("“%s” is not understood", words[0])
		}
		switch words[0] + " " + words[1] {
		case "by hand", "by program":
			d.who = words[1]
		case "in TLS":
			d.inTLS = true
		default:
			switch words[0] {
			case "from":
				d.from = words[1]
			case "to":
				host, port, both := strings.Cut(words[1], ":")
				if !both && isNumber(host) {
					host, port = "", host
				}
				n, err := strconv.Atoi(port)
				if port != "" && (err != nil || n < 1 || n > 0xFFFF) {
					return fmt.Errorf("“%s” is no port", port)
				}
				d.to, d.port = host, n
			default:
				return fmt.Errorf("“%s” is not understood: a dialogue is “from HOST”, “to PORT”, “by hand”, “by program”, “in TLS”", strings.Join(words, " "))
			}
		}
		words = words[2:]
	}
	return nil
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func (d *dialogue) parseLine(line string) error {
	if line == "" {
		return nil
	}
	if line == "one transaction" {
		d.oneMail = true
		return nil
	}
	for _, what := range whats {
		if rest, ok := strings.CutPrefix(line, what+" "); ok {
			a, err := parseAmount(strings.Fields(rest))
			d.limits = append(d.limits, limit{what, a})
			return err
		}
	}
	rest, never := strings.CutPrefix(line, "never ")
	s, err := parseStep(rest)
	if never {
		d.never = append(d.never, s)
	} else {
		d.steps = append(d.steps, s)
	}
	return err
}

func parseStep(line string) (step, error) {
	s := step{text: line}
	said, codes, answered := strings.Cut(line, "->")
	said = strings.TrimSpace(said)
	if answered {
		var err error
		if codes, s.content, err = parseContent(codes); err != nil {
			return s, err
		}
		if s.codes, err = parseCodes(codes); err != nil {
			return s, err
		}
	}
	for start, text := range map[string]**string{"line ": &s.line, "message has ": &s.part} {
		if rest, ok := strings.CutPrefix(line, start); ok {
			what, err := unquote(strings.TrimSpace(rest))
			*text = &what
			return s, err
		}
	}
	switch said {
	case "":
		return s, fmt.Errorf("say before “->” what is said")
	case "TLS", "close":
		if answered {
			return s, fmt.Errorf("“%s” is not answered", said)
		}
		fallthrough
	case "greeting":
		s.event = said
		return s, nil
	}
	verbs, _, whole := strings.Cut(said, " ")
	for _, v := range strings.Split(verbs, "|") {
		if v == "" || strings.ToUpper(v) != v {
			return s, fmt.Errorf("“%s” is no command: commands are written in capitals, as MAIL, EHLO|HELO or EOD, which is the end of the message", v)
		}
		s.verbs = append(s.verbs, v)
	}
	if whole {
		s.args = said
		if len(s.verbs) > 1 {
			return s, fmt.Errorf("“%s” are several commands, and nothing can stand behind them", verbs)
		}
	}
	return s, nil
}

func parseCodes(text string) ([]code, error) {
	var codes []code
	for _, one := range strings.Split(text, "|") {
		c, ok := parseCode(strings.Fields(one))
		if !ok {
			return nil, fmt.Errorf("“%s” is no reply: write 250, 5yz, !250, 550 5.1.1, 250|251, +OK or -ERR", strings.TrimSpace(text))
		}
		codes = append(codes, c)
	}
	return codes, nil
}

func parseCode(words []string) (c code, ok bool) {
	if len(words) < 1 || len(words) > 2 {
		return c, false
	}
	if len(words) == 2 {
		if c.enhanced = words[1]; strings.Count(c.enhanced, ".") != 2 || strings.Trim(c.enhanced, "0123456789.") != "" {
			return c, false
		}
	}
	w, not := strings.CutPrefix(words[0], "!")
	switch c.not = not; {
	case w == "+OK":
		c.low, c.top = 1, 1
	case w == "-ERR":
		c.low, c.top = -1, -1
	case len(w) == 3 && w[0] >= '2' && w[0] <= '5' && w[1:] == "yz":
		c.low = int(w[0]-'0') * 100
		c.top = c.low + 99
	case len(w) == 3 && isNumber(w):
		c.low, _ = strconv.Atoi(w) // it is one
		c.top = c.low
	default:
		return c, false
	}
	return c, true
}

// isAnsweredBy reports whether a reply is one that the step needs.
func (s *step) isAnsweredBy(e *trace.Event, word string) bool {
	if !s.content.isIn(e, word) {
		return false
	}
	for _, c := range s.codes {
		if (e.Code >= c.low && e.Code <= c.top && (c.enhanced == "" || c.enhanced == e.Enhanced)) != c.not {
			return true
		}
	}
	return len(s.codes) == 0
}

// isAsked reports whether a reply is one to the step's command, whatever it says.
func (s *step) isAsked(l *lab.Lab, e *trace.Event, word string) bool {
	if s.event == "greeting" {
		return e.Re == 0
	}
	if !slices.Contains(s.verbs, e.Verb) {
		return false
	}
	if s.args == "" || e.Verb == trace.EOD {
		return true
	}
	text, pattern := strings.TrimRight(string(l.Trace().Raw(e.Re)), "\r\n"), fill(s.args, word)
	return glob(pattern, text) || glob(pattern+" *", text)
}

// dialogueFollower follows all conversations that a dialogue may be.
type dialogueFollower struct {
	*dialogue
	word  string
	talks map[uint32]*talk
	best  *talk // that has come furthest
	met   *talk // the first in which all is so
	spent cost  // by then
}

func (d *dialogue) follow(word string) follower {
	return &dialogueFollower{dialogue: d, word: word, talks: map[uint32]*talk{}}
}

// talk is one conversation as far as it was followed.
type talk struct {
	done    int    // steps
	at      uint64 // the event that did the last
	refused uint64 // the reply to the next step that was another
	spoilt  uint64 // what may never be, and was
	tail    string // of a line of a message that is not whole yet
	recent  recent
	cost
	late string // the limit that was exceeded, in words
}

func (f *dialogueFollower) event(l *lab.Lab, e *trace.Event) {
	if e.Conn == 0 {
		return
	}
	t, known := f.talks[e.Conn]
	if !known {
		if c, ok := l.Conversation(e.Conn); ok && f.concerns(&c) {
			t = new(talk)
		}
		f.talks[e.Conn] = t
	}
	if t == nil {
		return
	}
	t.count(e)
	f.forbid(l, t, e)
	f.advance(l, t, e)
	if f.best == nil || t.done > f.best.done || t.done == f.best.done && (t.refused > 0 || f.best.spoilt > 0) {
		f.best = t
	}
}

func (d *dialogue) concerns(c *lab.Conversation) bool {
	switch {
	case d.from != "" && d.from != c.Client, d.to != "" && d.to != c.Server, d.port != 0 && d.port != int(c.ServerAddr.Port()):
		return false
	}
	return d.who == "" || (d.who == "hand") == c.HandClient
}

// forbid looks for what may never be.
func (f *dialogueFollower) forbid(l *lab.Lab, t *talk, e *trace.Event) {
	for i := range f.never {
		if t.spoilt == 0 && f.isDone(l, t, &f.never[i], e) {
			t.spoilt = e.Seq
		}
	}
}

// advance goes on with the steps, and when they are all done judges what they cost.
func (f *dialogueFollower) advance(l *lab.Lab, t *talk, e *trace.Event) {
	if f.oneMail && e.Kind == trace.Reply && e.Verb == "MAIL" && e.Code == 250 && t.done < len(f.steps) {
		t.done = min(t.done, max(0, slices.IndexFunc(f.steps, func(s step) bool { return slices.Contains(s.verbs, "MAIL") })))
	}
	for t.done < len(f.steps) {
		s := &f.steps[t.done]
		if !f.isDone(l, t, s, e) {
			if e.Kind == trace.Reply && len(s.codes) > 0 && s.isAsked(l, e, f.word) {
				t.refused = e.Seq
			}
			break
		}
		t.done, t.at, t.refused = t.done+1, e.Seq, 0
		if t.done == len(f.steps) {
			t.late = f.exceeded(&t.cost)
			if t.late == "" && t.spoilt == 0 && (f.met == nil || f.met.spoilt != 0) {
				f.met, f.spent = t, t.cost
			}
		}
		if s.line == nil && s.part == nil { // one event may have several lines, and is one of everything else
			break
		}
	}
	if e.Kind == trace.Data {
		t.tail = tailOf(t.tail + string(e.Raw))
	}
	t.recent.add(e)
}

// isDone reports whether an event does a step.
func (f *dialogueFollower) isDone(l *lab.Lab, t *talk, s *step, e *trace.Event) bool {
	switch {
	case s.line != nil:
		return e.Kind == trace.Data && e.Re == 0 && hasLine(t.tail+string(e.Raw), fill(*s.line, f.word))
	case s.part != nil:
		return t.recent.has(e, fill(*s.part, f.word))
	case s.event == "TLS":
		return e.Kind == trace.Handshake
	case s.event == "close":
		return e.Kind == trace.Close
	}
	return e.Kind == trace.Reply && (!f.inTLS || e.Secure) && s.isAsked(l, e, f.word) && s.isAnsweredBy(e, f.word)
}

func hasLine(text, line string) bool {
	return strings.HasPrefix(text, line+"\r\n") || strings.Contains(text, "\r\n"+line+"\r\n")
}

// tailOf is what of a text may belong to a line that is not whole, with the end of the line before.
func tailOf(text string) string {
	i := strings.LastIndex(text, "\r\n")
	if i < 0 {
		return text[max(0, len(text)-4096):]
	}
	return text[i:]
}

// exceeded says which limit was, or "".
func (d *dialogue) exceeded(c *cost) string {
	for _, l := range d.limits {
		if n := c.of(l.what); !l.has(n) {
			return fmt.Sprintf("%s: %s, and %s is needed", l.what, number(n), l.amount)
		}
	}
	return ""
}

func number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

func (f *dialogueFollower) verdict(l *lab.Lab, _ *Judge) verdict {
	if f.met != nil && f.met.spoilt == 0 {
		return verdict{met: true, seq: f.met.at}
	}
	t := f.best
	switch {
	case t == nil:
		return verdict{text: "There was no conversation " + f.words(l) + " yet."}
	case t.spoilt != 0:
		return verdict{seq: t.spoilt, text: fmt.Sprintf("Event %d may not be in this conversation. Begin another one.", t.spoilt)}
	case t.late != "":
		return verdict{seq: t.at, text: "All was said, but not as it should: " + t.late + "."}
	case t.refused != 0:
		return verdict{seq: t.refused, text: fmt.Sprintf("“%s” is needed; event %d is another answer: %s", fill(f.steps[t.done].text, f.word), t.refused, firstLine(l.Trace().Raw(t.refused)))}
	case t.done > 0:
		return verdict{seq: t.at, text: fmt.Sprintf("After event %d, “%s” is missing.", t.at, fill(f.steps[t.done].text, f.word))}
	}
	return verdict{seq: t.first.Seq, text: fmt.Sprintf("“%s” is missing.", fill(f.steps[0].text, f.word))}
}

// words say which conversations are meant.
func (d *dialogue) words(l *lab.Lab) string {
	var words []string
	if d.from != "" {
		words = append(words, "from "+hostName(l, d.from))
	}
	if d.to != "" {
		words = append(words, "to "+hostName(l, d.to))
	}
	if d.port != 0 {
		words = append(words, "on port "+strconv.Itoa(d.port))
	}
	switch d.who {
	case "hand":
		words = append(words, "by hand")
	case "program":
		words = append(words, "by a mail program")
	}
	return strings.Join(words, " ")
}

func hostName(l *lab.Lab, id string) string {
	for _, h := range l.Spec().Hosts {
		if h.ID == id {
			return h.Name
		}
	}
	return id
}

func firstLine(raw []byte) string {
	line, _, _ := strings.Cut(string(raw), "\r\n")
	return line
}

// cost is what a conversation has cost so far.
type cost struct {
	first       trace.Event
	end         clock.Time
	octets      int // in both directions, repetitions too
	message     int // octets of messages
	trips       int // how often one side had to wait for the other
	ahead       int // the most commands that waited for replies at a time
	outstanding int
	speaker     string
	early       early
}

func (c *cost) count(e *trace.Event) {
	if c.first.Seq == 0 {
		c.first = *e
	}
	c.end = e.At
	c.early.count(e, c.first.From)
	switch e.Kind {
	case trace.Segment:
		c.octets += len(e.Raw)
		return
	case trace.Command, trace.Response:
		c.outstanding++
		c.ahead = max(c.ahead, c.outstanding)
	case trace.Data:
		if e.Re == 0 || e.Verb == "BDAT" {
			c.message += len(e.Raw)
		}
	case trace.Reply:
		if e.Re != 0 && (e.Code < 300 || e.Code >= 400) && e.Verb != trace.EOD || e.Verb == "DATA" {
			c.outstanding = max(0, c.outstanding-1)
		}
		if c.speaker != e.From {
			c.trips++
		}
	default:
		return
	}
	c.speaker = e.From
}

// of is one of whats.
func (c *cost) of(what string) float64 {
	switch what {
	case "octets":
		return float64(c.octets)
	case "message octets":
		return float64(c.message)
	case "early octets":
		return float64(c.early.octets)
	case "round trips":
		return float64(c.trips)
	case "commands ahead":
		return float64(c.ahead)
	}
	return time.Duration(c.end - c.first.At).Seconds()
}
