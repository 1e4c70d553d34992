package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"smtplab/sim/lab"
	"smtplab/web/ui"
)

// recentTalks is how many conversations the server's dialog lists.
const recentTalks = 20

// host is the window of a host: GET /labs/{lab}/hosts/{host}. A PC's is its mail program, at a new mail, or at the
// inbox for those who may only look; the server's is its dialog.
func (s *Server) host(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "host")
	var server lab.ServerView
	var sc *scene
	var talks []lab.Conversation
	isServer := false
	err := s.see(r, func(l *lab.Lab) {
		if server, isServer = l.Server(id); isServer {
			sc, talks = look(l, accessOf(r)), l.Conversations()
		}
	})
	if err != nil {
		return err
	}
	switch {
	case !isServer && accessOf(r).CanAct:
		return s.compose(w, r)
	case !isServer:
		return s.inbox(w, r)
	}
	win := s.serverWindow(r, sc, server, talks)
	return s.page(w, r, ui.Server(win), ui.ServerPage(win))
}

func (s *Server) serverWindow(r *http.Request, sc *scene, v lab.ServerView, talks []lab.Conversation) ui.ServerWindow {
	win := ui.ServerWindow{
		Shell: s.labShell(r, v.Name, sc.name), Host: v.ID, Name: v.Name, IP: v.IP.String(), Domain: v.Domain, BackURL: sc.base,
	}
	for _, p := range v.Ports {
		win.Ports = append(win.Ports, ui.Term{Name: strconv.Itoa(p.Number), Meaning: p.Proto + ": " + portMeaning[p.Proto]})
	}
	for _, line := range v.Keywords {
		win.Keywords = append(win.Keywords, s.keyword(line))
	}
	for _, m := range v.Mailboxes {
		win.Mailboxes = append(win.Mailboxes, ui.Mailbox{Address: m.Address, Messages: m.Messages, Size: size(m.Octets), Locked: m.Locked})
	}
	for i := len(talks) - 1; i >= 0 && len(win.Conversations) < recentTalks; i-- {
		win.Conversations = append(win.Conversations, sc.talkLink(talks[i]))
	}
	return win
}

// portMeaning says what a port is for.
var portMeaning = map[string]string{
	"SMTP": "mail comes in here, from PCs and from other servers.",
	"POP3": "PCs fetch the mail of their mailbox here.",
}

func (sc *scene) talkLink(c lab.Conversation) ui.ConversationLink {
	return ui.ConversationLink{
		Conn: c.Conn, Time: seconds(c.Opened), Proto: strings.ToUpper(c.Proto.String()),
		Title: sc.hostName(c.Client) + " → " + sc.hostName(c.Server), Outcome: c.Outcome, Tone: toneOf(c), URL: sc.talkURL(c.Conn),
	}
}

func (sc *scene) talkURL(conn uint32) string {
	return sc.base + "/conversations/" + strconv.FormatUint(uint64(conn), 10)
}

// pc looks at the PC of the URL: nothingHere when there is none.
func (s *Server) pc(r *http.Request) (lab.PCView, *scene, error) {
	var pc lab.PCView
	var sc *scene
	ok := false
	err := s.see(r, func(l *lab.Lab) {
		pc, ok = l.PC(chi.URLParam(r, "host"))
		sc = look(l, accessOf(r))
	})
	if err == nil && !ok {
		err = nothingHere
	}
	return pc, sc, err
}

// pcWindow is a PC's mail program with the tab that is current, and nothing in it.
func (s *Server) pcWindow(r *http.Request, sc *scene, pc lab.PCView, current string) ui.PCWindow {
	base := hostURL(sc.access, pc.ID)
	win := ui.PCWindow{
		Shell: s.labShell(r, pc.Name+" · "+current, sc.name),
		Host:  pc.ID, Name: pc.Name, Address: pc.Mailbox, IP: pc.IP.String(), BackURL: sc.base, CanAct: sc.access.CanAct,
	}
	for _, t := range []ui.Tab{
		{Label: "Compose", URL: base + "/compose"},
		{Label: "Inbox", URL: base + "/inbox", Does: sc.access.CanAct, Count: pc.Unread},
		{Label: "Sent", URL: base + "/sent"},
		{Label: "Settings", URL: base + "/settings"},
	} {
		if t.Label == "Compose" && !sc.access.CanAct {
			continue
		}
		t.Current = t.Label == current
		win.Tabs = append(win.Tabs, t)
	}
	return win
}

func (s *Server) pcPage(w http.ResponseWriter, r *http.Request, win ui.PCWindow) error {
	return s.page(w, r, ui.PC(win), ui.PCPage(win))
}

// settings are how a PC's mail program is set up: GET …/settings.
func (s *Server) settings(w http.ResponseWriter, r *http.Request) error {
	pc, sc, err := s.pc(r)
	if err != nil {
		return err
	}
	win := s.pcWindow(r, sc, pc, "Settings")
	server := pc.Server.IP.String()
	win.Settings = &ui.Settings{Items: []ui.Setting{
		{Name: "Address", Value: pc.Mailbox, Note: "What others write to, and what your mails say they are from."},
		{Name: "Outgoing mail (SMTP)", Value: server + ", port " + strconv.Itoa(pc.SMTPPort), Note: "The server that takes the mails that you send."},
		{Name: "Incoming mail (POP3)", Value: server + ", port " + strconv.Itoa(pc.POP3Port), Note: "The server that keeps your mails until you fetch them."},
		{Name: "Login", Value: pc.Login, Note: "The name of your mailbox on the server."},
		{Name: "Password", Value: pc.Password, Note: "Shown because this is a lab: POP3 says it in the clear, and you can read it on the wire."},
		{Name: "IP address", Value: pc.IP.String(), Note: "Of this PC, on the lab's network."},
		{Name: "MAC address", Value: pc.MAC, Note: "Of its network card."},
	}}
	return s.pcPage(w, r, win)
}
