package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"smtplab/sim/lab"
	"smtplab/web/ui"
)

// sentBox is what a PC sent, newest first: GET …/sent.
func (s *Server) sentBox(w http.ResponseWriter, r *http.Request) error {
	pc, sc, err := s.pc(r)
	if err != nil {
		return err
	}
	if err := s.lookAtWays(r, sc, pc.Sent); err != nil {
		return err
	}
	box := &ui.SentBox{}
	for i := len(pc.Sent) - 1; i >= 0; i-- {
		box.Mails = append(box.Mails, sc.sentMail(pc.ID, pc.Sent[i]))
	}
	win := s.pcWindow(r, sc, pc, "Sent")
	win.Sent = box
	return s.pcPage(w, r, win)
}

// sentMail is one sending: GET …/sent/{n}.
func (s *Server) sentMail(w http.ResponseWriter, r *http.Request) error {
	n, err := number(r, "n")
	if err != nil {
		return err
	}
	pc, sc, err := s.pc(r)
	if err != nil {
		return err
	}
	var sent lab.Sent
	ok := false
	if err := s.see(r, func(l *lab.Lab) { sent, ok = l.Sent(chi.URLParam(r, "host"), n) }); err != nil {
		return err
	}
	if !ok {
		return nothingHere
	}
	if err := s.lookAtWays(r, sc, []lab.Sent{sent}); err != nil {
		return err
	}
	win := s.pcWindow(r, sc, pc, "Sent")
	win.Sent = &ui.SentBox{Mails: []ui.SentMail{sc.sentMail(pc.ID, sent)}}
	return s.pcPage(w, r, win)
}

// lookAtWays adds to the scene the conversations by which mails were sent.
func (s *Server) lookAtWays(r *http.Request, sc *scene, mails []lab.Sent) error {
	sc.talks = map[uint32]talk{}
	return s.see(r, func(l *lab.Lab) {
		for i := range mails {
			if c, ok := l.Conversation(mails[i].Conn); ok {
				sc.talks[c.Conn] = talk{Conversation: c}
			}
		}
	})
}

// sentBy says how a mail went: "Port 587, TLS 1.3, login by SCRAM-SHA-256, in chunks"; "" when it went not at all.
func (sc *scene) sentBy(m lab.Sent) string {
	t, ok := sc.talks[m.Conn]
	if !ok {
		return ""
	}
	words := []string{"Port " + strconv.Itoa(int(t.ServerAddr.Port())), orElse(t.TLS, "in the clear")}
	if t.Login != "" {
		words = append(words, "login by "+t.Login)
	} else {
		words = append(words, "no login")
	}
	if t.Chunks {
		words = append(words, "in chunks")
	}
	if m.Converted != "" {
		words = append(words, "converted to 7 bit for lack of "+m.Converted)
	}
	return strings.Join(words, ", ")
}

// progressTone is how a sending stands, as colours and signs show it.
var progressTone = map[lab.Progress]string{lab.Sending: "open", lab.Accepted: "good", lab.PartlyAccepted: "part", lab.Failed: "bad"}

func (sc *scene) sentMail(host string, m lab.Sent) ui.SentMail {
	var to []string
	for _, field := range []string{m.Mail.To, m.Mail.Cc, m.Mail.Bcc} {
		if strings.TrimSpace(field) != "" {
			to = append(to, field)
		}
	}
	return ui.SentMail{
		To: strings.Join(to, ", "), Subject: m.Mail.Subject, Time: sc.timeOfDay(m.At),
		Tone: progressTone[m.Outcome.Progress], Outcome: sc.outcome(m.Outcome), Conversation: sc.way(m.Conn), Way: sc.sentBy(m),
		RawURL: fmt.Sprintf("%s/sent/%d/raw", hostURL(sc.access, host), m.N),
	}
}

// way links to the conversation by which something came; no link when there was none.
func (sc *scene) way(conn uint32) ui.Link {
	if conn == 0 {
		return ui.Link{}
	}
	return ui.Link{Text: "See the conversation", URL: sc.talkURL(conn)}
}

func (sc *scene) outcome(o lab.Outcome) ui.Outcome {
	out := ui.Outcome{Sentence: o.Sentence, Advice: o.Advice, Reply: o.Reply}
	if o.Seq != 0 {
		out.ReplyURL = eventURL(sc.base, o.Seq)
	}
	for _, r := range o.Recipients {
		out.Recipients = append(out.Recipients, ui.Recipient{Address: r.Address, Accepted: r.Accepted, Reply: r.Reply})
	}
	return out
}

// notices are the pop-ups, kept, newest first: GET /labs/{lab}/notices.
func (s *Server) notices(w http.ResponseWriter, r *http.Request) error {
	var sc *scene
	var all []lab.Notice
	if err := s.see(r, func(l *lab.Lab) { sc, all = look(l, accessOf(r)), l.Notices(0) }); err != nil {
		return err
	}
	win := ui.NoticesWindow{Shell: s.labShell(r, "Notices", sc.name), BackURL: sc.base}
	for i := len(all) - 1; i >= 0; i-- {
		win.Notices = append(win.Notices, sc.notice(all[i]))
	}
	return s.page(w, r, ui.Notices(win), ui.NoticesPage(win))
}

func (sc *scene) notice(n lab.Notice) ui.Notice {
	tone := progressTone[n.Outcome.Progress]
	if tone == "open" { // not about a sending
		tone = map[bool]string{true: "good", false: "bad"}[n.Good]
	}
	out := sc.outcome(n.Outcome)
	if out.Sentence == "" {
		out.Sentence = n.Text
	}
	return ui.Notice{
		N: n.N, Tone: tone, Time: sc.timeOfDay(n.At), Host: sc.hostName(n.Host),
		Outcome: out, Conversation: sc.way(n.Conn),
	}
}
