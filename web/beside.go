package web

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"smtplab/sim/explain"
	"smtplab/sim/smtp"
	"smtplab/sim/trace"
	"smtplab/web/ui"
)

// This file says what stands beside a terminal's screen: how the connection is, what its last line means, and what may be
// said next.

// terminalLine is the connection that is shown.
func (s *Server) terminalLine(h *hand) *ui.TerminalLine {
	c := h.talk
	l := &ui.TerminalLine{
		Conn: c.Conn, Conversation: ui.Link{Text: "On the wire", URL: h.sc.talkURL(c.Conn)}, Finished: h.state.Finished,
		Tone: map[bool]string{true: "open", false: "bad"}[c.Open],
	}
	v := judgeOf(h.sc, h.events)
	screen := drawScreen(h.events, h.host.ID)
	if h.serves() && c.Shaken == 0 {
		for _, reply := range v.replies {
			screen.judge(reply.to, reply.breaches)
		}
	}
	l.Screen, l.Cut = screen.shown(h.serves(), func(b smtp.Breach) string { return s.book.Breach(b).Title })
	l.Status = h.status(l)
	if c.State != trace.NoState {
		l.State = c.State.String()
	}
	if h.sc.access.CanAct && h.usable {
		l.CloseURL = h.lineURL(c.Conn) + "/close"
		if !h.state.Finished && (h.serves() || !h.state.Ended) {
			l.Say = h.sayForm(typed{})
		}
	}
	last, end, reply := lastSaid(h.events)
	l.Last = s.gistOf(h.sc, behind(last, end))
	if h.serves() {
		s.answering(h, l, v, screen)
		return l
	}
	l.Hint = h.hint(reply, screen)
	if l.Say != nil && h.state.Open {
		l.Next = h.suggestions(s.book.Event(reply), reply)
	}
	return l
}

// lastSaid are the last line of a conversation, and the last reply; zero where there is none. end is what the data before
// that line ended with, for behind.
func lastSaid(events []trace.Event) (last trace.Event, end string, reply trace.Event) {
	for i := len(events) - 1; i >= 0 && reply.Seq == 0; i-- {
		if e := events[i]; e.Line() {
			switch {
			case last.Seq == 0:
				last = e
			case end == "" && e.Kind == trace.Data:
				_, _, end = messageLines(e.Raw, true, "")
			}
			if e.Kind == trace.Reply {
				reply = e
			}
		}
	}
	return last, end, reply
}

// gistOf is what a line means; nil for none.
func (s *Server) gistOf(sc *scene, e trace.Event) *ui.Gist {
	if e.Seq == 0 {
		return nil
	}
	x := s.book.Event(e)
	g := &ui.Gist{Title: x.Title, Meaning: x.Meaning, URL: eventURL(sc.base, e.Seq)}
	if e.Kind == trace.Reply {
		g.Follow = x.Next
	}
	return g
}

// status says how the connection stands.
func (h *hand) status(l *ui.TerminalLine) string {
	c, to := h.talk, fmt.Sprintf("%s, port %d", h.peer(h.talk), h.talk.ServerAddr.Port())
	if h.serves() {
		to = fmt.Sprintf("%s, on port %d", h.sc.hostName(c.Client), c.ServerAddr.Port())
	}
	opened, how := false, ""
	for i := range h.events {
		switch e := &h.events[i]; e.Kind {
		case trace.Open:
			opened = true
		case trace.Close:
			how = e.Note
		}
	}
	switch {
	case c.Open && opened && h.state.Finished:
		return "You have closed your side. " + map[bool]string{true: "The client", false: "The other side"}[h.serves()] + " may still speak."
	case c.Open && h.state.Ended:
		return "The client has closed its side. Answer what is open, then close yours."
	case c.Open && opened:
		return "Connected to " + to + "."
	case c.Open && c.Server == "":
		return "Asking who has the address " + h.peer(c) + "…"
	case c.Open:
		return "Connecting to " + to + "…"
	}
	switch how {
	case "closed":
		l.Tone = "good"
		return "The connection to " + to + " is closed."
	case "refused":
		return "Refused: nobody listens on port " + strconv.Itoa(int(c.ServerAddr.Port())) + " of " + h.peer(c) + "."
	case "no such host":
		return "No answer: no host has the address " + h.peer(c) + "."
	case "timed out":
		return "Timed out: what was sent never arrived. Is a link cut?"
	case "given up":
		return "Given up before it was open."
	}
	return "The connection to " + to + " was broken off: " + how + "."
}

// hint says what a person cannot do at a terminal, or has still to do.
func (h *hand) hint(reply trace.Event, sc *screen) string {
	port := int(h.talk.ServerAddr.Port())
	for _, p := range h.service.Ports {
		if p.Number == port && p.TLS && h.talk.Server == h.service.ID && h.talk.Open {
			return fmt.Sprintf("On port %d TLS comes first: the server says nothing before it has a `ClientHello`, which nobody can type. Try port %s.", port, map[string]string{"SMTP": "25", "POP3": "110"}[p.Proto])
		}
	}
	if (reply.Verb == smtp.STARTTLS && reply.Code == 220 || reply.Verb == "STLS" && reply.Code > 0) && !reply.Secure {
		return "The server now waits for TLS, and a handshake cannot be typed: from here on a terminal is lost, as `telnet` is. Whatever you type is taken for a broken `ClientHello`. Open a new connection, or let the PC's mail program do it: see Settings."
	}
	if h.talk.Open && h.talk.Proto != trace.TCP && sc.waitsForEnd() {
		return "Your line has no end yet: only `CR` and `LF` together are one. The server waits for them, and takes whatever comes before for a part of this line."
	}
	return ""
}

// suggestions are what may be said next, by the last reply, with this PC's own names in it.
func (h *hand) suggestions(x explain.Explanation, reply trace.Event) []ui.Suggestion {
	if reply.Seq == 0 {
		return nil
	}
	next := x.Next
	if reply.After == trace.InData {
		next = []string{smtp.EOD}
	}
	var list []ui.Suggestion
	for _, verb := range next {
		text := h.example(verb, reply)
		if text == "" {
			continue
		}
		show := text
		if verb == smtp.EOD {
			show = "a short message, and the dot"
		}
		query := url.Values{"text": {text}}
		list = append(list, ui.Suggestion{Text: text, Show: show, URL: h.lineURL(h.talk.Conn) + "?" + query.Encode()})
	}
	return list
}

// example is a command of that verb as this PC would say it; "" for one that cannot be typed, or that is for experts.
func (h *hand) example(verb string, reply trace.Event) string {
	other := "pc2@" + h.sc.domain
	for _, host := range h.sc.hosts {
		if host.Mailbox != "" && host.ID != h.host.ID {
			other = host.Mailbox
			break
		}
	}
	user, _, _ := strings.Cut(h.host.Mailbox, "@")
	name, _, _ := strings.Cut(other, "@")
	switch verb {
	case smtp.EHLO, smtp.HELO:
		return verb + " " + h.host.ID + "." + h.sc.domain
	case smtp.MAIL:
		return "MAIL FROM:<" + h.host.Mailbox + ">"
	case smtp.RCPT:
		return "RCPT TO:<" + other + ">"
	case smtp.EOD:
		return "From: <" + h.host.Mailbox + ">\nTo: <" + other + ">\nSubject: Hello\n\nTyped by hand.\n."
	case smtp.VRFY, smtp.EXPN:
		return verb + " " + name
	case smtp.AUTH:
		if reply.Proto == trace.SMTP && strings.Contains(string(reply.Raw), " PLAIN") {
			return "AUTH PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00"+user+"\x00"+h.host.Password))
		}
	case "USER":
		return "USER " + user
	case "PASS":
		return "PASS " + h.host.Password
	case "RETR", "DELE":
		return verb + " 1"
	case "TOP":
		return "TOP 1 5"
	case smtp.DATA, smtp.RSET, smtp.NOOP, smtp.HELP, smtp.QUIT, "STAT", "LIST", "UIDL", "CAPA":
		return verb
	}
	return ""
}
