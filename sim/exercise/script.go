package exercise

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"smtplab/sim/lab"
)

// Script is what somebody does in a lab: a solution, a wrong way, or what has happened before an exercise begins.
type Script []move

// move is one line of a script.
type move struct {
	line int // from 0
	text string
	do   func(p *player) error
}

// player plays a script in a lab. What it does can be done by people too, and by the same actions.
type player struct {
	lab   *lab.Lab
	judge *Judge
	word  string
	act   func(lab.Action) error
	conn  map[string]uint32 // the newest connection by hand of each host
}

// parseScript reads the lines of a script.
func parseScript(text string) (Script, error) {
	var s Script
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		do, err := parseMove(line)
		if err != nil {
			return nil, wrong(i, "“%s”: %v", line, err)
		}
		s = append(s, move{i, line, do})
	}
	return s, nil
}

const moves = `a line of a script is “pc1 sends to=pc2@email.com subject="Hi" body="Hello"”, “pc2 checks”, “pc2 reads 1”, ` +
	`“pc2 deletes 1”, “pc1 connects 25”, “pc1 types EHLO pc1”, “pc1 says "NOOP\n"”, “server answers 250 OK”, ` +
	`“pc1 closes”, “pc1 resets”, “pc1 sets smtp_tls=required”, “cut pc1”, “restore pc1”, “waits 30s”, “skips” ` +
	`or “answer QUESTION is TEXT”`

func parseMove(line string) (func(*player) error, error) {
	who, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch who {
	case "cut", "restore":
		return act(lab.Action{Verb: lab.Verb(who), Host: rest}), nil
	case "skips":
		return act(lab.Action{Verb: lab.Skip}), nil
	case "waits":
		d, err := time.ParseDuration(rest)
		if err != nil || d < 0 || d > maxWait {
			return nil, fmt.Errorf("write how long, as 30s, 5m or 48h; at most %s", maxWait)
		}
		return func(p *player) error { p.wait(d); return nil }, nil
	case "answer":
		question, text, ok := strings.Cut(rest, " is ")
		if !ok {
			return nil, fmt.Errorf("write “answer QUESTION is TEXT”")
		}
		if text == "right" {
			return func(p *player) error { return p.choose(question) }, nil
		}
		if pattern, check, ok, err := parseQuoted(text); ok {
			return func(p *player) error { return p.quote(question, pattern, check) }, err
		}
		if what, check, ok := strings.Cut(text, " of "); ok && slices.Contains(whats, what) {
			return func(p *player) error {
				if p.judge == nil {
					return fmt.Errorf("what a check has measured is not known before the exercise begins")
				}
				met := p.judge.met(check)
				if len(met) == 0 {
					return fmt.Errorf("nothing has met “%s” yet", check)
				}
				return p.act(lab.Action{Verb: lab.Answer, Target: question, Text: number(met[0].cost.of(what))})
			}, nil
		}
		text, err := unquote(text)
		return func(p *player) error {
			return p.act(lab.Action{Verb: lab.Answer, Target: question, Text: p.fill(text)})
		}, err
	}
	verb, args, _ := strings.Cut(rest, " ")
	args = strings.TrimSpace(args)
	switch verb {
	case "sends":
		m, err := parseSend(args)
		return func(p *player) error {
			filled := lab.Mail{
				To: p.fill(m.To), Cc: p.fill(m.Cc), Bcc: p.fill(m.Bcc), Subject: p.fill(m.Subject), Body: p.fill(m.Body),
			}
			for _, f := range m.Files {
				filled.Files = append(filled.Files, lab.File{Name: f.Name, Data: []byte(p.fill(string(f.Data)))})
			}
			return p.act(lab.Action{Verb: lab.Send, Host: who, Mail: &filled})
		}, err
	case "checks":
		return act(lab.Action{Verb: lab.Fetch, Host: who}), nil
	case "reads", "deletes":
		n, err := count(args)
		v := map[string]lab.Verb{"reads": lab.Read, "deletes": lab.Delete}[verb]
		return act(lab.Action{Verb: v, Host: who, N: n}), err
	case "connects":
		target, port, both := strings.Cut(args, " ")
		if !both {
			target, port = "", args
		}
		n, err := portOf(port)
		return func(p *player) error {
			to := cmp.Or(target, p.lab.Spec().Domain)
			err := p.act(lab.Action{Verb: lab.Connect, Host: who, Target: to, N: int(n)})
			p.conn[who] = p.lab.LastLine()
			return err
		}, err
	case "types", "answers":
		return say(who, args+"\r\n"), nil
	case "says":
		text, err := unquote(args)
		return say(who, text), err
	case "closes", "resets":
		v := map[string]lab.Verb{"closes": lab.Finish, "resets": lab.Drop}[verb]
		return func(p *player) error { return p.online(lab.Action{Verb: v, Host: who}) }, nil
	case "sets":
		values, err := pairs(args)
		return func(p *player) error { return p.set(who, values) }, err
	}
	return nil, fmt.Errorf("that is not understood: %s", moves)
}

func act(a lab.Action) func(*player) error { return func(p *player) error { return p.act(a) } }

func say(who, text string) func(*player) error {
	return func(p *player) error {
		return p.online(lab.Action{Verb: lab.Say, Host: who, Data: []byte(p.fill(text))})
	}
}

// online does something on the connection that its host uses by hand.
func (p *player) online(a lab.Action) error {
	a.Conn = p.on(a.Host)
	err := p.act(a)
	if err == nil {
		return nil
	}
	isOpen := slices.ContainsFunc(p.lab.Conversations(), func(c lab.Conversation) bool {
		return c.Conn == a.Conn && c.Open
	})
	_, isServer := p.lab.Server(a.Host)
	switch {
	case isOpen:
		return err
	case a.Conn != 0:
		return fmt.Errorf("the connection of %s has ended: begin another", a.Host)
	case isServer:
		return fmt.Errorf("nobody has called %s, or it answers by itself: see “by_hand”", a.Host)
	}
	return fmt.Errorf("%s has no connection: first comes “%s connects 25”, or another port", a.Host, a.Host)
}

// on is the connection that a host uses by hand: its newest, and for a server the one that called last.
func (p *player) on(who string) uint32 {
	if c := p.conn[who]; c != 0 {
		return c
	}
	talks := p.lab.Conversations()
	for i := len(talks) - 1; i >= 0; i-- {
		if talks[i].Open && talks[i].HandServer && talks[i].Server == who {
			return talks[i].Conn
		}
	}
	return 0
}

// maxRepeated is how many octets what is repeated may have in one text.
const maxRepeated = 1 << 20

// fill is what a text of the script stands for.
func (p *player) fill(text string) string {
	f := filler{word: p.word, base64: Base64, repeats: true, room: maxRepeated}
	filled, _, _ := f.text(text, "")
	return filled
}

// maxWait is the longest that a script waits at a time.
const maxWait = 30 * 24 * time.Hour

// wait lets so much lab time go by, with all that happens in it.
func (p *player) wait(d time.Duration) {
	until := p.lab.Now().Add(d)
	for next, ok := p.lab.Next(); ok && next <= until; next, ok = p.lab.Next() {
		p.lab.Step()
	}
	if p.lab.Now() < until {
		p.lab.AdvanceTo(until)
	}
}

// pairs reads key=value and key="a text in quotation marks".
func pairs(text string) (map[string]string, error) {
	values := map[string]string{}
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		key, rest, ok := strings.Cut(text, "=")
		if !ok || key == "" || strings.ContainsAny(key, ` "`) {
			return nil, fmt.Errorf("“%s” is not KEY=VALUE", text)
		}
		if !strings.HasPrefix(rest, `"`) {
			values[key], text, _ = strings.Cut(rest, " ")
			continue
		}
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return nil, fmt.Errorf("the quotation marks behind “%s=” do not end", key)
		}
		values[key], _ = strconv.Unquote(quoted) // it is one
		text = rest[len(quoted):]
	}
	return values, nil
}

func parseSend(text string) (lab.Mail, error) {
	values, err := pairs(text)
	m := lab.Mail{}
	for key, value := range values {
		switch key {
		case "to":
			m.To = value
		case "cc":
			m.Cc = value
		case "bcc":
			m.Bcc = value
		case "subject":
			m.Subject = value
		case "body":
			m.Body = value
		case "file":
			name, data, _ := strings.Cut(value, ":")
			m.Files = append(m.Files, lab.File{Name: name, Data: []byte(data)})
		default:
			return m, fmt.Errorf("a mail has no “%s”: it has to, cc, bcc, subject, body and file", key)
		}
	}
	return m, err
}

// set changes settings, by the names that they have in a front matter too.
func (p *player) set(who string, values map[string]string) error {
	if pc, ok := p.lab.PC(who); ok {
		account := pc.Account
		for key, value := range values {
			if err := setAccount(&account, key, p.fill(value)); err != nil {
				return err
			}
		}
		return p.act(lab.Action{Verb: lab.Setup, Host: who, Settings: &lab.Settings{Account: &account}})
	}
	server, ok := p.lab.Server(who)
	if !ok {
		return fmt.Errorf("there is no host “%s”", who)
	}
	service := server.Service
	for key, value := range values {
		if err := setService(&service, key, p.fill(value)); err != nil {
			return err
		}
	}
	return p.act(lab.Action{Verb: lab.Setup, Host: who, Settings: &lab.Settings{Service: &service}})
}

// play plays a script in a lab of its own. judge may be nil.
func (s Script) play(l *lab.Lab, judge *Judge, act func(lab.Action) error) error {
	return s.tell(l, judge, act, func(*player, *move) {})
}

// tell is play, and says what is to be done next before it is.
func (s Script) tell(l *lab.Lab, judge *Judge, act func(lab.Action) error, next func(*player, *move)) error {
	p := &player{lab: l, judge: judge, word: Word(l.Spec().Seed), conn: map[string]uint32{}, act: act}
	for _, m := range s {
		next(p, &m)
		if judge != nil {
			judge.Update(l)
		}
		if err := m.do(p); err != nil {
			return &mistake{m.line, fmt.Sprintf("“%s” cannot be done: %v", m.text, err)}
		}
		l.Settle()
	}
	return nil
}

// apply does an action in a lab, as the runner does.
func apply(l *lab.Lab) func(lab.Action) error {
	return func(a lab.Action) error {
		l.Stamp(&a)
		return l.Apply(a)
	}
}

// start is the moment at which the labs begin in which exercises are tried.
var start = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// Spec is the world of the exercise, for a lab of that name and seed that begins at a time.
func (e *Exercise) Spec(name string, seed uint64, start time.Time) lab.Spec {
	s := lab.Default(name, seed, start)
	s.Exercise = e.ID
	if e.World.Spec != nil {
		e.World.Spec(&s)
	}
	return s
}

// Run makes a lab with the exercise's world, in which what comes before has happened.
func (e *Exercise) Run(name string, seed uint64, start time.Time) (*lab.Lab, error) {
	l, err := lab.New(e.Spec(name, seed, start))
	if err != nil {
		return nil, err
	}
	return l, e.World.Before.play(l, nil, apply(l))
}
