package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"smtplab/sim/lab"
	"smtplab/web/ui"
)

// This file is about what is typed at a terminal, or in the server's place: which octets that is, and what becomes of them.

// typed is what stands in the form of a terminal.
type typed struct {
	text    string
	end     string // of endings
	escapes bool
	several bool // lines at once
}

// endings are what a line may end with.
var endings = []struct{ word, label, octets string }{
	{"crlf", "CRLF", "\r\n"}, {"lf", "LF alone", "\n"}, {"cr", "CR alone", "\r"}, {"none", "nothing", ""},
}

// octets are what is said of it. Where several lines are to end with nothing, only the last does: they would be one line.
func (t typed) octets() ([]byte, error) {
	i := slices.IndexFunc(endings, func(e struct{ word, label, octets string }) bool { return e.word == t.end })
	switch {
	case i < 0 && t.end != "":
		return nil, &refusal{kind: badField, field: "text", text: "“" + ui.Visible(cut(t.end, 20)) + "” is nothing that a line can end with."}
	case i < 0:
		i = 0
	}
	end, between := endings[i].octets, endings[i].octets
	if end == "" {
		between = "\r\n"
	}
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(t.text)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if t.escapes {
		for i := range lines {
			var err error
			if lines[i], err = unescape(lines[i]); err != nil {
				return nil, err
			}
		}
	}
	return []byte(strings.Join(lines, between) + end), nil
}

// unescape reads \0, \r, \n, \t, \\ and \xHH.
func unescape(line string) (string, error) {
	var b strings.Builder
	for {
		plain, rest, found := strings.Cut(line, `\`)
		b.WriteString(plain)
		if !found {
			return b.String(), nil
		}
		octet, n := escaped(rest)
		if n == 0 {
			return "", &refusal{kind: badField, field: "text", text: "“\\" + ui.Visible(cut(rest, 3)) + "” is no escape. There are \\0, \\r, \\n, \\t, \\x and two digits, and \\\\ for a backslash."}
		}
		b.WriteByte(octet)
		line = rest[n:]
	}
}

// escaped is the octet that stands behind a backslash, and how long it is written; 0 for none.
func escaped(s string) (octet byte, n int) {
	if s == "" {
		return 0, 0
	}
	if i := strings.IndexByte(`0rnt\`, s[0]); i >= 0 {
		return "\x00\r\n\t\\"[i], 1
	}
	if s[0] == 'x' && len(s) >= 3 {
		if v, err := strconv.ParseUint(s[1:3], 16, 8); err == nil {
			return byte(v), 3
		}
	}
	return 0, 0
}

// say says what was typed, in one write: POST …/terminal/{conn}/say with text, end=crlf|lf|cr|none and escapes.
func (s *Server) say(w http.ResponseWriter, r *http.Request) error {
	conn, err := connOf(r)
	if err != nil {
		return err
	}
	f, err := readForm(r, fields{"text": lines, "end": oneLine, "escapes": oneLine})
	t := typed{text: f.values["text"], end: f.values["end"], escapes: f.on("escapes"), several: strings.Contains(f.values["text"], "\n")}
	var octets []byte
	if err == nil {
		octets, err = t.octets()
	}
	if err == nil {
		err = s.act(r, lab.Action{Verb: lab.Say, Host: chi.URLParam(r, "host"), Conn: conn, Data: octets})
	}
	if err != nil {
		return s.sayAgain(w, r, conn, t, err)
	}
	again := url.Values{} // so that the next line ends likewise
	if t.end != "" && t.end != endings[0].word {
		again.Set("end", t.end)
	}
	if t.escapes {
		again.Set("escapes", "1")
	}
	to := hostURL(accessOf(r), chi.URLParam(r, "host")) + "/terminal/" + chi.URLParam(r, "conn")
	if len(again) > 0 {
		to += "?" + again.Encode()
	}
	return done(w, r, to)
}

// sayAgain shows what was typed again, with what is wrong with it.
func (s *Server) sayAgain(w http.ResponseWriter, r *http.Request, conn uint32, t typed, cause error) error {
	a, ok := mistakeIn(r, cause)
	if !ok {
		return cause
	}
	h, err := s.handOf(r, conn)
	if err != nil {
		return err
	}
	win := s.terminalWindow(h)
	if win.Line.Say == nil {
		win.Problem = a.text
		return s.handPage(w, r, a.status, h, win)
	}
	win.Line.Say = h.sayForm(t)
	win.Line.Say.Problems = []ui.Problem{{Field: "text", Text: a.text}}
	return s.handPage(w, r, a.status, h, win)
}

// hangUp ends a connection: POST …/terminal/{conn}/close with do=finish or do=drop.
func (s *Server) hangUp(w http.ResponseWriter, r *http.Request) error {
	conn, err := connOf(r)
	if err != nil {
		return err
	}
	f, err := readForm(r, fields{"do": oneLine})
	if err != nil {
		return err
	}
	verb, known := map[string]lab.Verb{"finish": lab.Finish, "drop": lab.Drop}[f.values["do"]]
	if !known {
		return &refusal{kind: badField, field: "do", text: "A connection can be closed (finish) or reset (drop)."}
	}
	host := chi.URLParam(r, "host")
	err = s.act(r, lab.Action{Verb: verb, Host: host, Conn: conn})
	if m, ok := errors.AsType[*lab.Mistake](err); err != nil && !(ok && m.Code == "not_now" && !wantsJSON(r)) { // it had ended by itself
		return err
	}
	return done(w, r, hostURL(accessOf(r), host)+"/terminal/"+chi.URLParam(r, "conn"))
}

// sayForm is the form with what was typed in it.
func (h *hand) sayForm(t typed) *ui.SayForm {
	f := &ui.SayForm{
		URL: h.lineURL(h.talk.Conn) + "/say", Text: t.text, Several: t.several || strings.Contains(t.text, "\n"), Escapes: t.escapes, Label: "Your line",
	}
	if h.serves() {
		f.Label = "Your reply"
	}
	other := url.Values{}
	if !f.Several {
		other.Set("several", "1")
	}
	for _, e := range endings {
		f.Ends = append(f.Ends, ui.Choice{Value: e.word, Label: e.label, On: e.word == t.end})
	}
	if f.OtherURL = h.lineURL(h.talk.Conn); len(other) > 0 {
		f.OtherURL += "?" + other.Encode()
	}
	return f
}
