package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"smtplab/sim/lab"
	"smtplab/sim/smtp"
	"smtplab/sim/trace"
	"smtplab/web/ui"
)

// This file is about a person in the server's place: what is asked, what may be answered, and what was wrong.

// judgement is what the standards say of a server's part in a conversation.
type judgement struct {
	judge    smtp.Judge
	replies  []judged
	octets   int           // of the replies
	breaches []smtp.Breach // of what the server did last
	legal    []string      // codes that would have been legal there
}

// judged is what the standards say of one reply.
type judged struct {
	to       int // where it ends among the server's octets
	breaches []smtp.Breach
}

func judgeOf(sc *scene, events []trace.Event) *judgement {
	v := &judgement{judge: smtp.Judge{Name: sc.domain}}
	for i := range events {
		e := &events[i]
		breaches := v.judge.Event(e)
		switch {
		case e.Kind == trace.Reply && !e.Secure:
			v.octets += len(e.Raw)
			v.replies = append(v.replies, judged{v.octets, breaches})
			v.breaches, v.legal = breaches, nil
			if slices.Contains(breaches, smtp.Unlisted) || slices.Contains(breaches, smtp.Intermediate) || slices.Contains(breaches, smtp.NoGoAhead) {
				v.legal = codesFor(e.Verb)
			}
		case len(breaches) > 0:
			v.breaches, v.legal = breaches, nil
		}
	}
	return v
}

// waits reports whether the client waits for the server.
func (v *judgement) waits() bool { return !v.judge.Greeted() || len(v.judge.Asked()) > 0 }

func codesFor(verb string) []string {
	var codes []string
	for _, a := range smtp.Answers(verb) {
		codes = append(codes, strconv.Itoa(a.Code))
	}
	return append(codes, "421")
}

// takeOver puts a person in the server's place, or its program again: POST …/hand with hand=on or hand=off.
func (s *Server) takeOver(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r, fields{"hand": oneLine})
	if err != nil {
		return err
	}
	v, sc, _, err := s.serverOf(r)
	if err != nil {
		return err
	}
	if f.values["hand"] != "on" && f.values["hand"] != "off" {
		return &refusal{kind: badField, field: "hand", text: "A person can answer (on), or the program (off)."}
	}
	v.Service.ByHand = f.values["hand"] == "on"
	if err := s.act(r, lab.Action{Verb: lab.Setup, Host: v.ID, Settings: &lab.Settings{Service: &v.Service}}); err != nil {
		return err
	}
	return done(w, r, hostURL(sc.access, v.ID)+"/terminal")
}

// answering adds what a person who plays the server needs: what is asked, what may be answered, and what was wrong.
func (s *Server) answering(h *hand, l *ui.TerminalLine, v *judgement, sc *screen) {
	for _, b := range v.breaches {
		x := s.book.Breach(b)
		l.Breaches = append(l.Breaches, ui.Gist{Title: x.Title, Meaning: x.Meaning, Why: x.Why, Refs: refLinks(x.Refs)})
	}
	l.Legal = v.legal
	asked := v.judge.Asked()
	if l.Say != nil {
		for _, a := range asked {
			l.Asked = append(l.Asked, s.question(h, a))
		}
		l.Answers, l.AnswersURL = h.quicks(v), h.lineURL(h.talk.Conn)+"/say"
	}
	unsaid := sc.sent[1] - v.octets
	_, _, reply := lastSaid(h.events)
	switch {
	case l.Say == nil:
	case h.talk.Shaken != 0 || reply.Verb == smtp.STARTTLS && reply.Code == 220:
		l.Hint = "The client has begun TLS, and a person cannot. Whatever you say now is no TLS, so the client gives up. Do not offer `STARTTLS`, or answer it with `454`."
	case unsaid > 0:
		l.Hint = "Your reply is not whole yet. Each of its lines ends with `CRLF`, and the last has a space behind its code; with a hyphen, as in `250-`, another line must follow."
	case reply.Code == 221 || reply.Code == 421:
		l.Hint = "You have said goodbye. Now close the connection: that is the server's part."
	case !h.state.Open:
		l.Hint = "The connection is about to open. Then the server speaks first."
	case len(asked) == 0 && h.talk.State == trace.InData:
		l.Hint = "The message is coming in. Answer when its last line, a lone dot, is here."
	case len(asked) == 0 && v.judge.Greeted():
		l.Hint = "Nothing is asked. The client says what comes next; only `421` may come without being asked."
	}
}

// question is what the client asks.
func (s *Server) question(h *hand, a smtp.Asked) ui.Question {
	for i := range h.events {
		e := &h.events[i]
		if e.Seq != a.Seq {
			continue
		}
		if a.Verb == smtp.EOD {
			return ui.Question{Text: "the message, to its dot", Gist: "Do you take the responsibility for it?"}
		}
		return ui.Question{Text: ui.Visible(cut(strings.TrimRight(string(e.Raw), "\r\n"), 80)), Gist: s.book.Event(*e).Title}
	}
	return ui.Question{Text: a.Verb}
}

// quicks are the answers that the standards have for the oldest command, in words that can be sent as they are.
func (h *hand) quicks(v *judgement) []ui.Quick {
	var list []ui.Quick
	verb, asked := "", v.judge.Asked()
	if len(asked) > 0 {
		verb = orElse(asked[0].Verb, smtp.AnyVerb)
	}
	if len(asked) > 0 || !v.judge.Greeted() {
		for _, a := range smtp.Answers(verb) {
			list = append(list, h.quick(verb, a))
		}
	}
	for _, a := range []smtp.Answer{{Code: 500, Text: "Line too long"}, {Code: 501, Text: "Syntax error in the parameters"}} {
		if verb != "" && verb != smtp.EOD && !slices.ContainsFunc(list, func(q ui.Quick) bool { return q.Code == strconv.Itoa(a.Code) }) {
			list = append(list, h.quick(verb, a))
		}
	}
	return append(list, h.quick(verb, smtp.Answer{Code: 421, Named: true, Text: "Service not available, closing"}))
}

func (h *hand) quick(verb string, a smtp.Answer) ui.Quick {
	text := a.Text
	if a.Named {
		text = h.sc.domain + " " + text
	}
	code := strconv.Itoa(a.Code)
	q := ui.Quick{Code: code, Tone: ui.ReplyLines([]byte(code))[0].Tone, Text: text, Said: strings.TrimSpace(code + " " + text)}
	if verb == smtp.EHLO && a.Code == 250 {
		keywords := h.keywords()
		said := []string{text}
		q.Text, q.Said = text+", with "+count(len(keywords), "keyword"), ""
		for i, line := range append(said, keywords...) {
			separator := "-"
			if i == len(keywords) {
				separator = " "
			}
			q.Said += code + separator + line + "\n"
		}
	}
	return q
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// keywords are what the server is set to offer and a person can do: no TLS, and no arithmetic.
func (h *hand) keywords() []string {
	return slices.DeleteFunc(slices.Clone(h.service.Keywords), func(line string) bool {
		name, _, _ := strings.Cut(line, " ")
		return name == smtp.ExtStartTLS || name == smtp.ExtAuth
	})
}
