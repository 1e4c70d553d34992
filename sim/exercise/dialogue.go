package exercise

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"smtplab/sim/trace"
)

// dialogue is a clause about one conversation: that these things were said and answered in it, in this order, and what it
// may have cost. talk.go follows it.
type dialogue struct {
	from, to string // host ids; "" for any
	port     int    // 0 for any
	who      string // "hand", "program", or "" for either
	inTLS    bool
	oneMail  bool // all of it is in one mail transaction
	groups   []group
	begins   int // the first group that is about a mail; -1 for none
	ends     int // and the last
	never    []step
	limits   []limit
	kinds    trace.Kinds // of event that matter
	reads    bool        // what stands in messages is asked for
}

// group are steps that come before those of the next group, in any order among themselves.
type group []step

// inMessage reports whether the step is something in a message.
func (s *step) inMessage() bool { return s.line != nil || s.part != nil }

// maxGroup is how many steps a group has at most.
const maxGroup = 32

// step is one thing that is said, or happens.
type step struct {
	at      int      // the line of the clause, from 0
	event   string   // "greeting", "TLS" or "close"; else
	line    *string  // a line of a message; else
	part    *string  // octets somewhere in a message; else
	verbs   []string // a command; "*" for any
	args    string   // and all of it, as a pattern; "" for any
	codes   []code   // how it is answered; none for anyhow
	content          // what the answer has in it

	whole pattern // args, ready to be compared
}

// code is a pattern for a reply: "250", "5yz", "!250", "550 5.1.1", "+OK".
type code struct {
	not      bool
	low, top int
	enhanced string
}

func parseDialogue(words, lines []string) (clause, error) {
	d := &dialogue{}
	if err := d.parseHead(words); err != nil {
		return nil, wrong(0, "%v", err)
	}
	for i, line := range lines {
		if err := d.parseLine(i+1, line); err != nil {
			return nil, wrong(i+1, "“%s”: %v", line, err)
		}
	}
	if len(d.groups) == 0 {
		return nil, wrong(0, "a dialogue needs lines below it that say what is said in it")
	}
	d.kinds = d.looksAt()
	d.reads = d.kinds.Has(trace.Data)
	if d.begins = d.groupOfMail(); d.oneMail && d.begins < 0 {
		return nil, wrong(0, "“one transaction” is about what belongs to a mail: MAIL, RCPT, DATA, EOD or a line of it")
	}
	for i, g := range d.groups {
		if g.isOfMail() {
			d.ends = i
		}
	}
	return d, nil
}

// looksAt is the kinds of event that the steps are about.
func (d *dialogue) looksAt() trace.Kinds {
	kinds := trace.Of(trace.Reply, trace.Close)
	for _, g := range slices.Concat(d.groups, []group{d.never}) {
		for i := range g {
			switch {
			case g[i].inMessage():
				kinds |= trace.Of(trace.Data)
			case g[i].event == "TLS":
				kinds |= trace.Of(trace.Handshake)
			}
		}
	}
	if slices.ContainsFunc(d.never, func(s step) bool { return s.anyhow() }) {
		kinds |= trace.Of(trace.Command)
	}
	return kinds
}

// groupOfMail is the group in which a mail is begun, or else the first that is about one; -1 for none.
func (d *dialogue) groupOfMail() int {
	begins := slices.IndexFunc(d.groups, func(g group) bool { return slices.ContainsFunc(g, step.beginsMail) })
	if begins >= 0 {
		return begins
	}
	return slices.IndexFunc(d.groups, group.isOfMail)
}

func (g group) isOfMail() bool { return slices.ContainsFunc(g, step.isOfMail) }

// beginsMail reports whether the step is MAIL, accepted.
func (s step) beginsMail() bool {
	return len(s.verbs) == 1 && s.verbs[0] == "MAIL" && s.has == "" && s.takes(250, nil)
}

func (s step) isOfMail() bool {
	return s.inMessage() || slices.ContainsFunc(s.verbs, func(v string) bool { return slices.Contains(ofMail, v) })
}

// ofMail are the verbs of a mail transaction.
var ofMail = []string{"MAIL", "RCPT", "DATA", "BDAT", trace.EOD}

func (d *dialogue) parseHead(words []string) error {
	stood := map[string]bool{}
	for len(words) > 0 {
		if len(words) < 2 {
			return fmt.Errorf("“%s” is not understood", words[0])
		}
		if stood[words[0]] {
			return fmt.Errorf("“%s %s”: “%s” stands here a second time", words[0], words[1], words[0])
		}
		stood[words[0]] = true
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

func (d *dialogue) parseLine(at int, line string) error {
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
	rest, and := strings.CutPrefix(rest, "and ")
	s, err := parseStep(strings.TrimSpace(rest))
	s.at = at
	last := len(d.groups) - 1
	switch {
	case err != nil:
	case never:
		d.never = append(d.never, s)
	case !and:
		d.groups = append(d.groups, group{s})
	case last < 0:
		err = fmt.Errorf("“and” goes on with the line above, and there is none")
	case len(d.groups[last]) == maxGroup:
		err = fmt.Errorf("at most %d things can be said in any order", maxGroup)
	default:
		d.groups[last] = append(d.groups[last], s)
	}
	return err
}

func parseStep(line string) (step, error) {
	var s step
	if rest, ok := strings.CutPrefix(line, "line "); ok {
		text, err := unquote(strings.TrimSpace(rest))
		s.line = &text
		return s, err
	}
	if rest, ok := strings.CutPrefix(line, "message has "); ok {
		text, err := unquote(strings.TrimSpace(rest))
		if s.part = &text; text == "" && err == nil {
			err = fmt.Errorf("behind “has” stands a text")
		}
		return s, err
	}
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
	if !answered && (strings.Contains(said, "=>") || strings.Contains(said, "→")) {
		return s, fmt.Errorf("the arrow before an answer is “->”")
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
		if name := fill(v, ""); v == "" || strings.ToUpper(name) != name {
			return s, fmt.Errorf("“%s” is no command: commands are written in capitals, as MAIL, EHLO|HELO or EOD, which is the end of the message", v)
		}
		s.verbs = append(s.verbs, v)
	}
	switch {
	case whole && len(s.verbs) > 1:
		return s, fmt.Errorf("“%s” are several commands, and nothing can stand behind them", verbs)
	case whole && s.verbs[0] == trace.EOD:
		return s, fmt.Errorf("EOD is the end of the message, and nothing can stand behind it; a line of the message is: line \"…\"")
	case whole:
		s.args = said
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
	case len(w) == 3 && isNumber(w) && w[0] >= '2' && w[0] <= '5':
		c.low, _ = strconv.Atoi(w) // it is one
		c.top = c.low
	default:
		return c, false
	}
	return c, true
}
