package web

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"smtplab/sim/lab"
	"smtplab/sim/message"
	"smtplab/sim/runner"
	"smtplab/web/ui"
)

func mailURL(a runner.Access, host string, n int) string {
	return hostURL(a, host) + "/inbox/" + strconv.Itoa(n)
}

// inbox is what a PC has fetched, newest first: GET …/inbox.
func (s *Server) inbox(w http.ResponseWriter, r *http.Request) error {
	pc, sc, err := s.pc(r)
	if err != nil {
		return err
	}
	win := s.pcWindow(r, sc, pc, "Inbox")
	in := &ui.Inbox{Checking: pc.Checking, Problem: pc.CheckError, Waiting: pc.Waiting}
	if sc.access.CanAct {
		in.CheckURL = hostURL(sc.access, pc.ID) + "/inbox"
	}
	if pc.Checked {
		in.Checked = sc.timeOfDay(pc.CheckedAt)
	}
	for i := len(pc.Inbox) - 1; i >= 0; i-- {
		in.Mails = append(in.Mails, sc.inboxMail(pc.ID, pc.Inbox[i]))
	}
	win.Inbox = in
	return s.pcPage(w, r, win)
}

func (sc *scene) inboxMail(host string, m lab.Received) ui.InboxMail {
	url := mailURL(sc.access, host, m.N)
	from, subject, date, snippet := message.Summary(m.Raw)
	line := ui.InboxMail{
		URL: url, From: from, Subject: subject, Snippet: snippet, Time: dateOrTime(date, sc.timeOfDay(m.At)),
		Unread: !m.Read, Clip: mayHaveFiles(m.Raw), Deleting: m.Deleting,
	}
	if sc.access.CanAct {
		line.DeleteURL = url + "/delete"
		if !m.Read {
			line.ReadURL = url + "/read"
		}
	}
	return line
}

// dateOrTime is when a mail says that it was written, or else when it was fetched.
func dateOrTime(date time.Time, fetched string) string {
	if date.IsZero() {
		return fetched
	}
	return date.UTC().Format("2 Jan 15:04:05")
}

// mayHaveFiles reports whether a mail's header says that it is of several unlike parts. A list does not need to
// decode all its mails to be sure.
func mayHaveFiles(raw []byte) bool {
	header, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	return bytes.Contains(bytes.ToLower(header), []byte("multipart/mixed"))
}

// check fetches the mail, a POP3 conversation: POST …/inbox. Who opens an inbox that is being fetched already just
// sees it.
func (s *Server) check(w http.ResponseWriter, r *http.Request) error {
	host := chi.URLParam(r, "host")
	err := s.act(r, lab.Action{Verb: lab.Fetch, Host: host})
	if m, ok := errors.AsType[*lab.Mistake](err); err != nil && !(ok && m.Code == "not_now" && !wantsJSON(r)) {
		return err
	}
	return done(w, r, hostURL(accessOf(r), host)+"/inbox")
}

// read marks a mail as read, and shows it: POST …/inbox/{n}/read.
func (s *Server) read(w http.ResponseWriter, r *http.Request) error {
	n, err := number(r, "n")
	if err != nil {
		return err
	}
	host := chi.URLParam(r, "host")
	if err := s.act(r, lab.Action{Verb: lab.Read, Host: host, N: n}); err != nil {
		return err
	}
	return done(w, r, mailURL(accessOf(r), host, n))
}

// remove deletes a mail, here and on the server: POST …/inbox/{n}/delete.
func (s *Server) remove(w http.ResponseWriter, r *http.Request) error {
	n, err := number(r, "n")
	if err != nil {
		return err
	}
	host := chi.URLParam(r, "host")
	if err := s.act(r, lab.Action{Verb: lab.Delete, Host: host, N: n}); err != nil {
		return err
	}
	return done(w, r, hostURL(accessOf(r), host)+"/inbox")
}

// received is the mail of the URL; nothingHere when there is none.
func (s *Server) received(r *http.Request) (lab.Received, error) {
	n, err := number(r, "n")
	if err != nil {
		return lab.Received{}, err
	}
	var m lab.Received
	ok := false
	err = s.see(r, func(l *lab.Lab) { m, ok = l.Inbox(chi.URLParam(r, "host"), n) })
	if err == nil && !ok {
		err = nothingHere
	}
	return m, err
}

// mail is one mail, opened: GET …/inbox/{n}, with ?view=text|html|headers|source.
func (s *Server) mail(w http.ResponseWriter, r *http.Request) error {
	pc, sc, err := s.pc(r)
	if err != nil {
		return err
	}
	m, err := s.received(r)
	if err != nil {
		return err
	}
	talks := map[uint32]lab.Conversation{}
	err = s.see(r, func(l *lab.Lab) {
		for _, conn := range []uint32{m.BroughtBy, m.FetchedBy} {
			if c, ok := l.Conversation(conn); ok {
				talks[conn] = c
			}
		}
	})
	if err != nil {
		return err
	}
	win := s.pcWindow(r, sc, pc, "Inbox")
	win.Mail = s.openMail(sc, pc.ID, m, r.URL.Query().Get("view"))
	win.Mail.Conversations = sc.broughtBy(m, talks)
	return s.pcPage(w, r, win)
}

// maxSource is how much of a mail's source the page shows; all of it is a download.
const maxSource = 128 << 10

func (s *Server) openMail(sc *scene, host string, m lab.Received, view string) *ui.Mail {
	url := mailURL(sc.access, host, m.N)
	v := message.Parse(m.Raw)
	mail := &ui.Mail{
		View: view, TextURL: url + "?view=text", HeadersURL: url + "?view=headers", SourceURL: url + "?view=source",
		RawURL: url + "/raw", BackURL: hostURL(sc.access, host) + "/inbox",
		From: v.Get("From"), To: v.Get("To"), Cc: v.Get("Cc"), Date: v.Get("Date"), Subject: v.Get("Subject"),
		Text: v.Text, Source: string(m.Raw[:min(len(m.Raw), maxSource)]), SourceCut: len(m.Raw) > maxSource,
	}
	if v.HTML != "" {
		mail.HTMLURL, mail.FrameURL = url+"?view=html", url+"/html"
	}
	if view != "html" && view != "headers" && view != "source" || view == "html" && v.HTML == "" {
		mail.View = "text"
	}
	if sc.access.CanAct {
		mail.DeleteURL = url + "/delete"
		mail.ReplyURL = fmt.Sprintf("%s/compose?reply=%d", hostURL(sc.access, host), m.N)
	}
	for _, f := range v.Fields {
		mail.Headers = append(mail.Headers, s.header(f))
	}
	for i, f := range v.Files {
		mail.Attachments = append(mail.Attachments, ui.Attachment{
			Name: f.Name, Type: f.Type, Size: size(int64(len(f.Data))), URL: fmt.Sprintf("%s/files/%d", url, i+1),
		})
	}
	return mail
}

// broughtBy links a mail to the conversations that it came by.
func (sc *scene) broughtBy(m lab.Received, talks map[uint32]lab.Conversation) []ui.Link {
	var links []ui.Link
	for _, by := range []struct {
		words string
		conn  uint32
	}{{"Delivered by ", m.BroughtBy}, {"Fetched by ", m.FetchedBy}} {
		if c, ok := talks[by.conn]; ok {
			links = append(links, ui.Link{Text: by.words + sc.hostName(c.Client) + " → " + sc.hostName(c.Server), URL: sc.talkURL(c.Conn)})
		}
	}
	return links
}

// mailHTML is the HTML of a mail, for the frame: GET …/inbox/{n}/html. What could load, run or ask has been taken out,
// and the frame's own policy forbids it once more.
func (s *Server) mailHTML(w http.ResponseWriter, r *http.Request) error {
	m, err := s.received(r)
	if err != nil {
		return err
	}
	html := message.Parse(m.Raw).HTML
	if html == "" {
		return nothingHere
	}
	quarantine(w)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<!doctype html><html><head><meta charset=\"utf-8\"><title>Mail</title></head><body>%s</body></html>", message.SafeHTML(html))
	return nil
}

// quarantine sets the headers of what somebody else wrote: it may be framed by our page, and do nothing.
func quarantine(w http.ResponseWriter) {
	w.Header().Set("Content-Security-Policy", mailPolicy)
	w.Header().Set("X-Frame-Options", "SAMEORIGIN")
}

// mailFile is an attachment, always as a download: GET …/inbox/{n}/files/{k}.
func (s *Server) mailFile(w http.ResponseWriter, r *http.Request) error {
	k, err := number(r, "k")
	if err != nil {
		return err
	}
	m, err := s.received(r)
	if err != nil {
		return err
	}
	files := message.Parse(m.Raw).Files
	if k > len(files) {
		return nothingHere
	}
	f := files[k-1]
	quarantine(w)
	attach(w, "application/octet-stream", fmt.Sprintf("mail-%d-file-%d%s", m.N, k, extension(f.Name)))
	w.Write(f.Data)
	return nil
}

// attach makes the answer a download. The name is ours: one from a mail could be a path, or claim to be what it is not.
func attach(w http.ResponseWriter, kind, name string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

// extension is the end of a file name when it is a plain one: ".pdf"; else "".
func extension(name string) string {
	ext := strings.ToLower(path.Ext(name))
	if len(ext) < 2 || len(ext) > 9 {
		return ""
	}
	for _, c := range ext[1:] {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return ""
		}
	}
	return ext
}
