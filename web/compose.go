package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"smtplab/sim/lab"
	"smtplab/sim/message"
	"smtplab/web/ui"
)

// compose is the form of a new mail: GET …/compose. With ?reply=N it is an answer to mail N of the inbox.
func (s *Server) compose(w http.ResponseWriter, r *http.Request) error {
	pc, sc, err := s.pc(r)
	if err != nil {
		return err
	}
	win := s.pcWindow(r, sc, pc, "Compose")
	win.Compose = newMail(sc, pc, answering(r, pc))
	return s.pcPage(w, r, win)
}

// maxUpload is how many octets of files a mail's form may bring: what mailLimit leaves beside its other fields. It is
// more than the lab's mail server takes, so that its refusal can be seen.
const maxUpload = mailLimit - 256<<10

// newMail is the form with m in it.
func newMail(sc *scene, pc lab.PCView, m lab.Mail) *ui.Compose {
	c := &ui.Compose{
		SendURL: hostURL(sc.access, pc.ID) + "/mail", From: pc.Mailbox,
		To: m.To, Cc: m.Cc, Bcc: m.Bcc, Subject: m.Subject, Body: m.Body, Report: m.Report,
		Limit:     "Up to about 7 MB of files. Base64 makes them a third larger, and the server has a limit of its own.",
		MaxUpload: maxUpload,
	}
	for _, h := range sc.hosts {
		if h.Mailbox != "" && h.ID != pc.ID {
			c.Contacts = append(c.Contacts, h.Mailbox)
		}
	}
	return c
}

// answering is the mail that answers the one that the query names; an empty one when it names none.
func answering(r *http.Request, pc lab.PCView) lab.Mail {
	n, err := strconv.Atoi(r.URL.Query().Get("reply"))
	if err != nil {
		return lab.Mail{}
	}
	for _, m := range pc.Inbox {
		if m.N == n {
			return replyTo(message.Parse(m.Raw))
		}
	}
	return lab.Mail{}
}

// maxQuote is how many lines of a mail its answer quotes.
const maxQuote = 200

func replyTo(v *message.View) lab.Mail {
	to := v.Get("Reply-To")
	if to == "" {
		to = v.Get("From")
	}
	subject := v.Get("Subject")
	if !strings.HasPrefix(strings.ToLower(subject), "re:") {
		subject = "Re: " + subject
	}
	lines := strings.Split(strings.TrimRight(v.Text, "\n"), "\n")
	var body strings.Builder
	body.WriteString("\n\n" + v.Get("From") + " wrote:\n")
	for _, line := range lines[:min(len(lines), maxQuote)] {
		body.WriteString("> " + line + "\n")
	}
	return lab.Mail{To: to, Subject: subject, Body: body.String()}
}

// mailFields are the fields of a mail's form.
var mailFields = fields{"to": oneLine, "cc": oneLine, "bcc": oneLine, "subject": oneLine, "body": lines, "report": oneLine, "files": upload}

// send sends a mail: POST …/mail with to, cc, bcc, subject, body, report and files. It leads to the sending, or back to the form
// with what is wrong and everything that was typed.
func (s *Server) send(w http.ResponseWriter, r *http.Request) error {
	if r.ContentLength < 0 || r.ContentLength > bodyLimit {
		leave, err := s.heavyWork(r)
		if err != nil {
			return err
		}
		defer leave()
	}
	f, err := readForm(r, mailFields)
	mail := lab.Mail{
		To: f.values["to"], Cc: f.values["cc"], Bcc: f.values["bcc"],
		Subject: f.values["subject"], Body: f.values["body"], Report: f.on("report"), Files: f.files,
	}
	host := chi.URLParam(r, "host")
	if err == nil {
		err = s.act(r, lab.Action{Verb: lab.Send, Host: host, Mail: &mail})
	}
	if err != nil {
		return s.sendAgain(w, r, mail, err)
	}
	return s.sending(w, r)
}

// sending leads to what becomes of the mail that was just sent.
func (s *Server) sending(w http.ResponseWriter, r *http.Request) error {
	pc, sc, err := s.pc(r)
	if err != nil {
		return err
	}
	url := hostURL(sc.access, pc.ID) + "/sent"
	if len(pc.Sent) == 0 { // somebody has reset the lab in the meantime
		return done(w, r, url)
	}
	n := pc.Sent[len(pc.Sent)-1].N
	url += "/" + strconv.Itoa(n)
	if wantsJSON(r) {
		writeJSON(w, http.StatusAccepted, struct {
			Sent int    `json:"sent"`
			URL  string `json:"url"`
		}{n, url})
		return nil
	}
	return done(w, r, url)
}

// sendAgain shows the form again when it is the form that is wrong. Any other error is answered like all others.
func (s *Server) sendAgain(w http.ResponseWriter, r *http.Request, mail lab.Mail, cause error) error {
	a, ok := mistakeIn(r, cause)
	if !ok {
		return cause
	}
	pc, sc, err := s.pc(r)
	if err != nil {
		return err
	}
	win := s.pcWindow(r, sc, pc, "Compose")
	win.Compose = newMail(sc, pc, mail)
	win.Compose.Problems = []ui.Problem{{Field: a.field, Text: a.text}}
	return s.render(w, r, a.status, ui.PC(win), ui.PCPage(win))
}
