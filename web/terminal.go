package web

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
	"smtplab/web/ui"
)

// This file is about connections by hand: a PC's terminal, and the server's window where a person answers. Both show
// what the wire carried (screen.go), and what is typed becomes actions.

// hand is a host's connections by hand, as they are now.
type hand struct {
	sc      *scene
	host    lab.HostView
	pc      lab.PCView      // of a PC
	service *lab.ServerView // the server's, and of a PC's the one that it can call
	talks   []lab.Conversation
	waits   map[uint32]bool // for the server's answer

	talk   lab.Conversation // the one that is shown; zero when none is
	state  lab.LineState
	usable bool // there is a line
	events []trace.Event
}

// serves reports whether the host is the server, so that the person answers.
func (h *hand) serves() bool { return h.host.Kind == lab.Server }

func (h *hand) url() string { return hostURL(h.sc.access, h.host.ID) + "/terminal" }

func (h *hand) lineURL(conn uint32) string {
	return h.url() + "/" + strconv.FormatUint(uint64(conn), 10)
}

// handOf looks at the connections by hand of the URL's host, and at the one that conn names: 0 names the newest that is
// open, and noConn none. nothingHere when there is no such host, or no such connection.
func (s *Server) handOf(r *http.Request, conn uint32) (*hand, error) {
	h := &hand{waits: map[uint32]bool{}}
	found := false
	err := s.see(r, func(l *lab.Lab) {
		h.sc = look(l, accessOf(r))
		for _, host := range h.sc.hosts {
			if host.ID == chi.URLParam(r, "host") && (host.Kind == lab.PC || host.Kind == lab.Server) {
				h.host, found = host, true
			}
			if v, ok := l.Server(host.ID); ok {
				h.service = &v
			}
		}
		if !found {
			return
		}
		h.pc, _ = l.PC(h.host.ID)
		for _, c := range l.Conversations() {
			if c.HandClient && c.Client == h.host.ID || c.HandServer && h.serves() {
				h.talks = append(h.talks, c)
				if h.serves() && c.Open {
					h.waits[c.Conn] = judgeOf(h.sc, talkEvents(l, c, h.sc.last)).waits()
				}
			}
		}
		found = h.choose(l, conn)
	})
	if err == nil && !found {
		err = nothingHere
	}
	return h, err
}

// noConn names no connection.
const noConn = math.MaxUint32

// choose has a connection shown, and reports whether it is there.
func (h *hand) choose(l *lab.Lab, conn uint32) bool {
	if conn == noConn {
		return true
	}
	for _, c := range slices.Backward(h.talks) {
		if c.Conn == conn || conn == 0 && c.Open {
			h.talk, h.events = c, talkEvents(l, c, h.sc.last)
			h.state, h.usable = l.LineAt(c.Conn, h.host.ID)
			return true
		}
	}
	return conn == 0
}

// talkEvents are the events of a conversation up to one.
func talkEvents(l *lab.Lab, c lab.Conversation, last uint64) []trace.Event {
	var events []trace.Event
	for e := range l.Trace().After(back(c.First, 1)) {
		if e.Seq > min(c.Last, last) {
			break
		}
		if e.Conn == c.Conn {
			events = append(events, e)
		}
	}
	return events
}

// terminal is where connections are used by hand: GET …/terminal, which shows the newest that is open, or the form for one;
// with ?new the form; GET …/terminal/{conn} shows that one. What stands in ?text, ?end, ?escapes and ?several is in the form.
func (s *Server) terminal(w http.ResponseWriter, r *http.Request) error {
	conn, err := connOf(r)
	if err != nil {
		return err
	}
	h, err := s.handOf(r, conn)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	t := s.terminalWindow(h)
	if t.Line != nil && t.Line.Say != nil {
		t.Line.Say = h.sayForm(typed{text: strings.ReplaceAll(q.Get("text"), "\x00", ""), end: q.Get("end"), escapes: q.Has("escapes"), several: q.Has("several")})
	}
	return s.handPage(w, r, http.StatusOK, h, t)
}

// connOf is the connection that the URL names, for handOf.
func connOf(r *http.Request) (uint32, error) {
	switch {
	case chi.URLParam(r, "conn") == "" && r.URL.Query().Has("new"):
		return noConn, nil
	case chi.URLParam(r, "conn") == "":
		return 0, nil
	}
	n, err := number(r, "conn")
	if err != nil || n >= noConn {
		return 0, nothingHere
	}
	return uint32(n), nil
}

// handPage shows a terminal in the window of its host.
func (s *Server) handPage(w http.ResponseWriter, r *http.Request, status int, h *hand, t *ui.Terminal) error {
	if h.serves() {
		win := s.serverWindow(r, h.sc, *h.service, "Answer")
		win.Terminal = t
		return s.render(w, r, status, ui.Server(win), ui.ServerPage(win))
	}
	win := s.pcWindow(r, h.sc, h.pc, "Terminal")
	win.Terminal = t
	return s.render(w, r, status, ui.PC(win), ui.PCPage(win))
}

// terminalWindow is what the window shows, with an empty form.
func (s *Server) terminalWindow(h *hand) *ui.Terminal {
	t := &ui.Terminal{Server: h.serves(), Host: h.host.ID, URL: h.url(), BaseURL: h.url(), Paused: h.sc.paused}
	canAct := h.sc.access.CanAct
	for _, c := range slices.Backward(h.talks) {
		if len(t.Lines) == recentTalks {
			break
		}
		t.Lines = append(t.Lines, ui.TerminalTab{
			URL: h.lineURL(c.Conn), Title: h.titleOf(c), Open: c.Open, Waits: h.waits[c.Conn], Current: c.Conn == h.talk.Conn,
		})
	}
	switch {
	case h.serves() && canAct:
		t.Hand = &ui.HandForm{URL: hostURL(h.sc.access, h.host.ID) + "/hand", On: h.service.Service.ByHand}
	case canAct && h.talk.Conn != 0:
		t.NewURL = h.url() + "?new"
	case canAct:
		t.Dial = h.dialForm(h.called())
		t.URL += "?new" // and it stays, whatever others open
	}
	if h.talk.Conn == 0 {
		t.Nothing = h.nothing()
		return t
	}
	t.URL = h.lineURL(h.talk.Conn)
	t.Line = s.terminalLine(h)
	return t
}

// nothing says why no connection is shown; "" where there is something to do instead.
func (h *hand) nothing() string {
	switch {
	case h.serves() && h.service.Service.ByHand:
		return "Nobody has called yet. Send a mail from a PC, or connect from its terminal: whoever comes waits here for your greeting."
	case h.serves():
		return "The server's program answers whoever calls."
	case !h.sc.access.CanAct:
		return "Nobody has a terminal open here."
	}
	return ""
}

// titleOf names a connection by its other end.
func (h *hand) titleOf(c lab.Conversation) string {
	if h.serves() {
		return h.sc.hostName(c.Client)
	}
	return fmt.Sprintf("%s:%d", h.peer(c), c.ServerAddr.Port())
}

// peer is the host that was called, or the address that nobody has.
func (h *hand) peer(c lab.Conversation) string {
	if c.Server == "" {
		return c.ServerAddr.Addr().String()
	}
	return h.sc.hostName(c.Server)
}

// called is what the terminal called last, and is likely to call again: at first the server, by its domain.
func (h *hand) called() (target, port string) {
	if len(h.talks) == 0 {
		return h.sc.domain, "25"
	}
	c := h.talks[len(h.talks)-1]
	if target = c.ServerAddr.Addr().String(); c.Server == h.service.ID {
		target = h.sc.domain
	}
	return target, strconv.Itoa(int(c.ServerAddr.Port()))
}

func (h *hand) dialForm(target, port string) *ui.DialForm {
	d := &ui.DialForm{OpenURL: h.url(), Target: target, Port: port, Targets: []ui.Choice{{Value: h.sc.domain, Label: h.service.Name}}}
	for _, host := range h.sc.hosts {
		if host.Kind != lab.Switch && host.ID != h.host.ID {
			d.Targets = append(d.Targets, ui.Choice{Value: host.IP.String(), Label: host.Name})
		}
	}
	for _, p := range h.service.Ports {
		label := p.Proto
		if p.TLS {
			label += " inside TLS"
		}
		d.Ports = append(d.Ports, ui.Choice{Value: strconv.Itoa(p.Number), Label: label})
	}
	return d
}

// connect opens a connection by hand: POST …/terminal with target and port.
func (s *Server) connect(w http.ResponseWriter, r *http.Request) error {
	h, err := s.handOf(r, noConn)
	if err != nil {
		return err
	}
	f, err := readForm(r, fields{"target": oneLine, "port": oneLine})
	target, port := strings.TrimSpace(f.values["target"]), strings.TrimSpace(f.values["port"])
	if err == nil && target == "" {
		err = &refusal{kind: badField, field: "target", text: "Whom do you want to call? Enter a host, as pc2 is, an IPv4 address, or " + h.sc.domain + "."}
	}
	if err == nil {
		n, bad := strconv.Atoi(port)
		if bad != nil {
			n = 0 // which the lab does not take
		}
		err = s.act(r, lab.Action{Verb: lab.Connect, Host: h.host.ID, Target: target, N: n})
	}
	if err == nil {
		return s.connected(w, r)
	}
	a, ok := mistakeIn(r, err)
	if !ok || h.serves() {
		return err
	}
	t := s.terminalWindow(h)
	t.Dial = h.dialForm(target, port)
	t.Dial.Problems = []ui.Problem{{Field: a.field, Text: a.text}}
	return s.handPage(w, r, a.status, h, t)
}

// connected leads to the connection that was just opened.
func (s *Server) connected(w http.ResponseWriter, r *http.Request) error {
	h, err := s.handOf(r, noConn)
	if err != nil {
		return err
	}
	if len(h.talks) == 0 { // somebody has reset the lab in the meantime
		return done(w, r, h.url())
	}
	conn := h.talks[len(h.talks)-1].Conn
	if wantsJSON(r) {
		writeJSON(w, http.StatusAccepted, struct {
			Conn uint32 `json:"conn"`
			URL  string `json:"url"`
		}{conn, h.lineURL(conn)})
		return nil
	}
	return done(w, r, h.lineURL(conn))
}
