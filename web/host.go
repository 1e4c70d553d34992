package web

import (
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"smtplab/sim/lab"
	"smtplab/web/ui"
)

// recentTalks is how many conversations a window lists.
const recentTalks = 20

// host is the window of a host: GET /labs/{lab}/hosts/{host}. A PC's is its mail program, at a new mail, or at the
// inbox for those who may only look; the server's is its dialog; Outside's says who comes from there.
func (s *Server) host(w http.ResponseWriter, r *http.Request) error {
	switch kind, err := s.kindOf(r); {
	case err != nil:
		return err
	case kind == lab.Server:
		return s.server(w, r)
	case kind == lab.Outside:
		return s.outside(w, r)
	case accessOf(r).CanAct:
		return s.compose(w, r)
	}
	return s.inbox(w, r)
}

// kindOf is what the host of the URL is: nothingHere when there is none.
func (s *Server) kindOf(r *http.Request) (kind lab.HostKind, err error) {
	err = s.see(r, func(l *lab.Lab) {
		for _, h := range l.Hosts() {
			if h.ID == chi.URLParam(r, "host") {
				kind = h.Kind
			}
		}
	})
	if err == nil && kind == "" {
		err = nothingHere
	}
	return kind, err
}

// talkLinks are the newest conversations for which keep holds, the newest first.
func (sc *scene) talkLinks(talks []lab.Conversation, keep func(*lab.Conversation) bool) []ui.ConversationLink {
	var links []ui.ConversationLink
	for i := len(talks) - 1; i >= 0 && len(links) < recentTalks; i-- {
		if keep(&talks[i]) {
			links = append(links, sc.talkLink(talks[i]))
		}
	}
	return links
}

func (sc *scene) talkLink(c lab.Conversation) ui.ConversationLink {
	return ui.ConversationLink{
		Conn: c.Conn, Time: seconds(c.Opened), Proto: protoWords(c),
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
		{Label: "Terminal", URL: base + "/terminal"},
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
