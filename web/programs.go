package web

import (
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"smtplab/sim/lab"
	"smtplab/sim/runner"
	"smtplab/web/ui"
)

// programs says how real programs reach the server: GET …/programs.
func (s *Server) programs(w http.ResponseWriter, r *http.Request) error {
	v, sc, _, err := s.serverOf(r)
	if err != nil {
		return err
	}
	win := s.serverWindow(r, sc, v, "Real programs")
	if win.Reach, err = s.reach(r, sc); err != nil {
		return err
	}
	return s.serverPage(w, r, win)
}

// outside is the window of the host from which real programs come: GET …/hosts/outside.
func (s *Server) outside(w http.ResponseWriter, r *http.Request) error {
	var sc *scene
	var talks []lab.Conversation
	if err := s.see(r, func(l *lab.Lab) { sc, talks = look(l, accessOf(r)), l.Conversations() }); err != nil {
		return err
	}
	id := chi.URLParam(r, "host")
	win := ui.OutsideWindow{Shell: s.labShell(r, sc.hostName(id), sc.name), Host: id, Name: sc.hostName(id), BackURL: sc.base}
	for _, h := range sc.hosts {
		if h.ID == id {
			win.IP = h.IP.String()
		}
	}
	win.Conversations = sc.talkLinks(talks, func(c *lab.Conversation) bool { return c.Client == id })
	var err error
	if win.Reach, err = s.reach(r, sc); err != nil {
		return err
	}
	return s.page(w, r, ui.Outside(win), ui.OutsidePage(win))
}

// reach is how real programs reach the scene's lab.
func (s *Server) reach(r *http.Request, sc *scene) (*ui.Reach, error) {
	reach := &ui.Reach{CertificateURL: sc.base + "/ca.pem", CertificateFile: certificateFile(sc.name)}
	if len(s.gates) == 0 {
		reach.Closed = "The doors are shut. Whoever starts this site opens them, into the lab /labs/" + runner.Demo + ", with the flags -smtp, -submission, -smtps, -pop3 and -pop3s:"
		reach.Open = "smtplab -smtp 127.0.0.1:2525 -pop3 127.0.0.1:2110"
		return reach, nil
	}
	demo, err := s.labs.Open(r.Context(), runner.Demo)
	if err != nil {
		return nil, err
	}
	if demo.Key != sc.access.Key {
		reach.Closed = "This lab has no door to the outside. One lab of this site has, which everybody shares:"
		reach.Elsewhere = ui.Link{Text: "the lab " + runner.Demo, URL: "/labs/" + runner.Demo}
		return reach, nil
	}
	writer, reader := sc.people()
	for _, g := range s.gates {
		reach.Gates = append(reach.Gates, ui.Gate{
			Address: g.Address, Port: g.Port, About: portMeaning[g.Port], Examples: examples(g, writer, reader, reach.CertificateFile),
		})
	}
	return reach, nil
}

// person is a mailbox for an example, and how one logs in to it.
type person struct{ address, user, password string }

// people are the first two who have a mailbox: who writes, and who is written to.
func (sc *scene) people() (writer, reader person) {
	var all []person
	for _, h := range sc.hosts {
		if h.Kind == lab.PC {
			user, _, _ := strings.Cut(h.Mailbox, "@")
			all = append(all, person{h.Mailbox, user, h.Password})
		}
	}
	if len(all) == 0 { // nobody is there but whom every server has: RFC 5321 §4.5.1
		all = []person{{"postmaster@" + sc.domain, "postmaster", ""}}
	}
	return all[0], all[min(1, len(all)-1)]
}

// examples are commands to copy that use a gate, the shortest way first.
func examples(g Gate, writer, reader person, ca string) []ui.Example {
	host, port, _ := net.SplitHostPort(g.Address)
	const mail = `Subject: From outside\r\n\r\nHello, lab.\r\n`
	login := reader.user + ":" + reader.password
	curl := fmt.Sprintf(`printf '%s' | curl --cacert %s --user %s --mail-from %s --mail-rcpt %s --upload-file - `, mail, ca, writer.user+":"+writer.password, writer.address, reader.address)
	switch g.Port {
	case 25:
		return []ui.Example{
			{Name: "swaks", Command: fmt.Sprintf(`swaks --server %s --from you@example.org --to %s --header 'Subject: From outside'`, g.Address, reader.address)},
			{Name: "Python", Command: fmt.Sprintf(`python3 -c 'import smtplib; smtplib.SMTP("%s", %s).sendmail("you@example.org", "%s", "%s")'`, host, port, reader.address, mail)},
			{Name: "By hand, inside TLS", Command: fmt.Sprintf(`openssl s_client -quiet -crlf -starttls smtp -connect %s -CAfile %s`, g.Address, ca)},
		}
	case 587:
		return []ui.Example{
			{Name: "swaks", Command: fmt.Sprintf(`swaks --server %s --tls --auth-user %s --auth-password %s --from %s --to %s`, g.Address, writer.user, writer.password, writer.address, reader.address)},
			{Name: "curl", Command: curl + "--ssl-reqd smtp://" + g.Address},
		}
	case 465:
		return []ui.Example{{Name: "curl", Command: curl + "smtps://" + g.Address}}
	case 110:
		return []ui.Example{
			{Name: "curl", Command: fmt.Sprintf(`curl --user %s pop3://%s/`, login, g.Address)},
			{Name: "Python", Command: fmt.Sprintf(`python3 -c 'import poplib; p = poplib.POP3("%s", %s); p.user("%s"); p.pass_("%s"); print(p.list())'`, host, port, reader.user, reader.password)},
		}
	case 995:
		return []ui.Example{{Name: "curl", Command: fmt.Sprintf(`curl --cacert %s --user %s pop3s://%s/`, ca, login, g.Address)}}
	}
	return nil
}
