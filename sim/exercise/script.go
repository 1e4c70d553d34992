package exercise

import (
	"fmt"
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

const moves = "a line of a script is “pc1 sends to=pc2@email.com subject=\"Hi\" body=\"Hello\"”, “pc2 checks”, “pc2 reads 1”, “pc2 deletes 1”, “pc1 connects 25”, “pc1 types EHLO pc1”, “pc1 says \"NOOP\\n\"”, “server answers 250 OK”, “pc1 closes”, “pc1 resets”, “pc1 sets smtp_tls=required”, “cut pc1”, “restore pc1”, “waits 30s”, “skips” or “answer QUESTION is TEXT”"

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
		return func(p *player) error { p.wait(d); return nil }, err
	case "answer":
		question, text, ok := strings.Cut(rest, " is ")
		if !ok {
			return nil, fmt.Errorf("write “answer QUESTION is TEXT”")
		}
		if what, check, ok := strings.Cut(text, " of "); ok {
			return func(p *player) error {
				t := p.judge.cost(check)
				if t == nil {
					return fmt.Errorf("nothing has met “%s” yet", check)
				}
				return p.act(lab.Action{Verb: lab.Answer, Target: question, Text: number(t.of(what))})
			}, nil
		}
		text, err := unquote(text)
		return func(p *player) error {
			return p.act(lab.Action{Verb: lab.Answer, Target: question, Text: fill(text, p.word)})
		}, err
	}
	verb, args, _ := strings.Cut(rest, " ")
	args = strings.TrimSpace(args)
	switch verb {
	case "sends":
		m, err := parseSend(args)
		return func(p *player) error {
			filled := lab.Mail{To: fill(m.To, p.word), Cc: fill(m.Cc, p.word), Bcc: fill(m.Bcc, p.word), Subject: fill(m.Subject, p.word), Body: fill(m.Body, p.word), Files: m.Files}
			return p.act(lab.Action{Verb: lab.Send, Host: who, Mail: &filled})
		}, err
	case "checks":
		return act(lab.Action{Verb: lab.Fetch, Host: who}), nil
	case "reads", "deletes":
		n, err := strconv.Atoi(args)
		return act(lab.Action{Verb: map[string]lab.Verb{"reads": lab.Read, "deletes": lab.Delete}[verb], Host: who, N: n}), err
	case "connects":
		target, port, both := strings.Cut(args, " ")
		if !both {
			target, port = "", args
		}
		n, err := strconv.Atoi(port)
		return func(p *player) error {
			if target == "" {
				target = p.lab.Spec().Domain
			}
			err := p.act(lab.Action{Verb: lab.Connect, Host: who, Target: target, N: n})
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
		return func(p *player) error { return p.act(lab.Action{Verb: v, Host: who, Conn: p.on(who)}) }, nil
	case "sets":
		values, err := pairs(args)
		return func(p *player) error { return p.set(who, values) }, err
	}
	return nil, fmt.Errorf("that is not understood: %s", moves)
}

func act(a lab.Action) func(*player) error { return func(p *player) error { return p.act(a) } }

func say(who, text string) func(*player) error {
	return func(p *player) error {
		return p.act(lab.Action{Verb: lab.Say, Host: who, Conn: p.on(who), Data: []byte(fill(text, p.word))})
	}
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
			if err := setAccount(&account, key, value); err != nil {
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
		if err := setService(&service, key, value); err != nil {
			return err
		}
	}
	return p.act(lab.Action{Verb: lab.Setup, Host: who, Settings: &lab.Settings{Service: &service}})
}

// setAccount sets one thing of a mail program.
func setAccount(a *lab.Account, key, value string) error {
	port := func(p *uint16) error {
		n, err := strconv.ParseUint(value, 10, 16)
		*p = uint16(n)
		return err
	}
	switch key {
	case "server":
		a.Server = value
	case "user":
		a.User = value
	case "password":
		a.Password = value
	case "smtp_port":
		return port(&a.SMTP.Port)
	case "smtp_tls":
		a.SMTP.TLS = lab.TLS(value)
	case "smtp_login":
		a.SMTP.Login = value
	case "pop3_port":
		return port(&a.POP3.Port)
	case "pop3_tls":
		a.POP3.TLS = lab.TLS(value)
	case "pop3_login":
		a.POP3.Login = value
	case "without":
		a.Without = list(value)
	default:
		return fmt.Errorf("a PC has no setting “%s”: it has server, user, password, smtp_port, smtp_tls, smtp_login, pop3_port, pop3_tls, pop3_login and without", key)
	}
	return nil
}

// setService sets one thing of the server.
func setService(s *lab.Service, key, value string) (err error) {
	number := func(n *int) error {
		*n, err = strconv.Atoi(value)
		return err
	}
	switch key {
	case "without":
		s.Without = list(value)
	case "mechanisms":
		s.Mechanisms = list(value)
	case "in_clear":
		s.InClear = list(value)
	case "require_tls":
		s.RequireTLS, err = strconv.ParseBool(value)
	case "by_hand":
		s.ByHand, err = strconv.ParseBool(value)
	case "lookup":
		s.Lookup = lab.Lookup(value)
	case "max_size":
		s.MaxSize, err = strconv.ParseInt(value, 10, 64)
	case "max_recipients":
		return number(&s.MaxRecipients)
	case "max_transactions":
		return number(&s.MaxTransactions)
	case "max_connections":
		return number(&s.MaxConnections)
	case "patience":
		s.Patience, err = time.ParseDuration(value)
	default:
		return fmt.Errorf("the server has no setting “%s”: it has without, mechanisms, in_clear, require_tls, by_hand, lookup, max_size, max_recipients, max_transactions, max_connections and patience", key)
	}
	return err
}

// list is a list with commas; empty for none.
func list(value string) []string {
	var items []string
	for _, item := range strings.Split(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// play plays a script in a lab of its own. judge may be nil.
func (s Script) play(l *lab.Lab, judge *Judge, act func(lab.Action) error) error {
	p := &player{lab: l, judge: judge, word: Word(l.Spec().Seed), conn: map[string]uint32{}, act: act}
	for _, m := range s {
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
