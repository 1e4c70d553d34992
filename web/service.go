package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"smtplab/sim/lab"
	"smtplab/sim/sasl"
	"smtplab/sim/smtp"
	"smtplab/web/ui"
)

// server is the server's dialog, at what it is and does: GET …/hosts/server.
func (s *Server) server(w http.ResponseWriter, r *http.Request) error {
	v, sc, talks, err := s.serverOf(r)
	if err != nil {
		return err
	}
	win := s.serverWindow(r, sc, v, "Overview")
	over := &ui.ServerOverview{}
	for _, p := range v.Ports {
		meaning := portMeaning[p.Number]
		if v.Service.ByHand && p.Proto == "SMTP" && !p.TLS {
			meaning = "SMTP, answered by hand: see Answer."
		}
		over.Ports = append(over.Ports, ui.Term{Name: strconv.Itoa(p.Number), Meaning: meaning})
	}
	for _, line := range v.Keywords {
		over.Keywords = append(over.Keywords, s.keyword(line))
	}
	for _, m := range v.Mailboxes {
		over.Mailboxes = append(over.Mailboxes, ui.Mailbox{Address: m.Address, Messages: m.Messages, Size: size(m.Octets), Locked: m.Locked})
	}
	over.Conversations = sc.talkLinks(talks, func(*lab.Conversation) bool { return true })
	win.Overview = over
	return s.serverPage(w, r, win)
}

// portMeaning says what a port of the server is for.
var portMeaning = map[int]string{
	25:  "SMTP: mail comes in here, from PCs and from other servers. TLS by STARTTLS.",
	587: "SMTP submission: takes mail from those who log in. TLS by STARTTLS.",
	465: "SMTP submission inside TLS, from the first octet.",
	110: "POP3: PCs fetch the mail of their mailbox here. TLS by STLS.",
	995: "POP3 inside TLS, from the first octet.",
}

// serverOf looks at the server of the URL: nothingHere when that host is none.
func (s *Server) serverOf(r *http.Request) (v lab.ServerView, sc *scene, talks []lab.Conversation, err error) {
	ok := false
	err = s.see(r, func(l *lab.Lab) {
		if v, ok = l.Server(chi.URLParam(r, "host")); ok {
			sc, talks = look(l, accessOf(r)), l.Conversations()
		}
	})
	if err == nil && !ok {
		err = nothingHere
	}
	return v, sc, talks, err
}

// serverWindow is the server's dialog with the tab that is current, and nothing in it.
func (s *Server) serverWindow(r *http.Request, sc *scene, v lab.ServerView, current string) ui.ServerWindow {
	base := hostURL(sc.access, v.ID)
	win := ui.ServerWindow{
		Shell: s.labShell(r, v.Name+" · "+current, sc.name), Host: v.ID, Name: v.Name, IP: v.IP.String(), Domain: v.Domain, BackURL: sc.base,
		Tabs: []ui.Tab{{Label: "Overview", URL: base}, {Label: "Settings", URL: base + "/settings"}, {Label: "Real programs", URL: base + "/programs"}, {Label: "Answer", URL: base + "/terminal"}},
	}
	for i := range win.Tabs {
		win.Tabs[i].Current = win.Tabs[i].Label == current
	}
	return win
}

func (s *Server) serverPage(w http.ResponseWriter, r *http.Request, win ui.ServerWindow) error {
	return s.page(w, r, ui.Server(win), ui.ServerPage(win))
}

// service are the server's settings.
func (s *Server) service(w http.ResponseWriter, r *http.Request) error {
	v, sc, _, err := s.serverOf(r)
	if err != nil {
		return err
	}
	return s.serverPage(w, r, s.serviceWindow(r, sc, v, v.Service, doneWords[r.URL.Query().Get("done")]))
}

// serviceFields are the fields of the server's settings. What it offers is ticked; the limits are empty for none.
var serviceFields = fields{
	"offers": boxes, "mechanisms": boxes, "in_clear": boxes, "require_tls": oneLine, "by_hand": oneLine, "lookup": oneLine, "aliases": lines,
	"max_size": oneLine, "max_recipients": oneLine, "max_transactions": oneLine, "max_connections": oneLine, "patience": oneLine,
}

// setUpService changes them.
func (s *Server) setUpService(w http.ResponseWriter, r *http.Request) error {
	v, sc, _, err := s.serverOf(r)
	if err != nil {
		return err
	}
	f, err := readForm(r, serviceFields)
	service, aliasLines, wrong := serviceIn(&f)
	if err = orElse(err, wrong); err == nil {
		err = inLines(s.act(r, lab.Action{Verb: lab.Setup, Host: v.ID, Settings: &lab.Settings{Service: &service}}), aliasLines)
	}
	if err == nil {
		return done(w, r, hostURL(sc.access, v.ID)+"/settings?done=saved")
	}
	a, ok := mistakeIn(r, err)
	if !ok {
		return err
	}
	win := s.serviceWindow(r, sc, v, service, "")
	form := win.Settings.Form
	form.Aliases = f.values["aliases"]
	for i := range form.Limits {
		form.Limits[i].Value = f.values[form.Limits[i].Name]
	}
	form.Problems = []ui.Problem{{Field: a.field, Text: a.text}}
	return s.render(w, r, a.status, ui.Server(win), ui.ServerPage(win))
}

// inLines says of a mistake in the aliases on which line it is.
func inLines(err error, lines []int) error {
	m, ok := errors.AsType[*lab.Mistake](err)
	if !ok || m.Field != "aliases" || m.Item == 0 {
		return err
	}
	return onLine(lines[m.Item-1], m.Text)
}

// serviceIn is what a form says, and on which line of it each alias stands.
func serviceIn(f *form) (s lab.Service, aliasLines []int, err error) {
	s = lab.Service{
		Mechanisms: f.ticked["mechanisms"], InClear: f.ticked["in_clear"], RequireTLS: f.on("require_tls"), ByHand: f.on("by_hand"), Lookup: lab.Lookup(f.values["lookup"]),
		MaxSize: f.limit("max_size"), MaxRecipients: int(f.limit("max_recipients")), MaxTransactions: int(f.limit("max_transactions")),
		MaxConnections: int(f.limit("max_connections")), Patience: time.Duration(f.limit("patience")) * time.Second,
	}
	offers := f.ticked["offers"]
	for _, keyword := range smtp.Switchable {
		if !slices.Contains(offers, keyword) {
			s.Without = append(s.Without, keyword)
		}
	}
	if _, known := smtp.ExtensionsOf(offers...); !known {
		err = &refusal{kind: badField, field: "offers", text: "There is an extension among those that are offered that is not known here."}
	}
	aliases, aliasLines, wrong := parseAliases(f.values["aliases"])
	s.Aliases = aliases
	return s, aliasLines, orElse(err, wrong)
}

// limit is a number in a form: 0 for an empty field, and -1, which no limit may be, for what is no number.
func (f *form) limit(name string) int64 {
	text := strings.TrimSpace(f.values[name])
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// serviceWindow is the server's settings with a service in the form; for those who may only look, its values.
func (s *Server) serviceWindow(r *http.Request, sc *scene, v lab.ServerView, service lab.Service, notice string) ui.ServerWindow {
	win := s.serverWindow(r, sc, v, "Settings")
	win.Settings = &ui.ServiceSettings{}
	if !sc.access.CanAct {
		win.Settings.Items = serviceItems(service)
		return win
	}
	base := hostURL(sc.access, v.ID)
	form := &ui.ServiceForm{
		SaveURL: base + "/settings", RestartURL: base + "/restart", Notice: notice,
		Offers: choices(smtp.Switchable, without(service.Without)), RequireTLS: service.RequireTLS, ByHand: service.ByHand,
		Lookup: chosen(lookupWords, string(service.Lookup)), Aliases: aliasText(service.Aliases), Limits: limitsOf(service),
	}
	for _, m := range sasl.Mechanisms {
		form.Mechanisms = append(form.Mechanisms, ui.Mechanism{
			Name: m, About: mechanismWords[m], Secure: slices.Contains(service.Mechanisms, m), Clear: slices.Contains(service.InClear, m),
		})
	}
	win.Settings.Form = form
	return win
}

// without is the extensions that can be switched, but for those that are.
func without(off []string) []string {
	return slices.DeleteFunc(slices.Clone(smtp.Switchable), func(k string) bool { return slices.Contains(off, k) })
}

// lookupWords are the policies for VRFY and EXPN.
var lookupWords = []ui.Choice{
	{Value: string(lab.LookupAnswer), Label: "Tell the truth"},
	{Value: string(lab.LookupVague), Label: "Stay vague: 252, send a mail and see"},
	{Value: string(lab.LookupOff), Label: "VRFY stays vague, EXPN is off"},
}

// mechanismWords say what a mechanism lets the wire see.
var mechanismWords = map[string]string{
	sasl.ScramSHA256: "proves the password, never says it; the server proves that it knows it, too",
	sasl.CramMD5:     "proves the password, never says it; old",
	sasl.Plain:       "says the password readably",
	sasl.Login:       "says the password readably, in two steps; old",
}

// limitsOf are the limits of a service, as the form has them.
func limitsOf(s lab.Service) []ui.Limit {
	limits := []ui.Limit{
		{Name: "max_size", Label: "Size of a message", Unit: "octets", Default: strconv.Itoa(lab.MaxMessage)},
		{Name: "max_recipients", Label: "Recipients of a mail", Default: "100"},
		{Name: "max_transactions", Label: "Mails in a conversation", Default: "any"},
		{Name: "max_connections", Label: "Connections at a time", Default: strconv.Itoa(lab.MaxConnected)},
		{Name: "patience", Label: "Patience with the silent", Unit: "seconds", Default: "300 SMTP, 600 POP3"},
	}
	for i, n := range []int64{s.MaxSize, int64(s.MaxRecipients), int64(s.MaxTransactions), int64(s.MaxConnections), int64(s.Patience / time.Second)} {
		if n > 0 {
			limits[i].Value = strconv.FormatInt(n, 10)
		}
	}
	return limits
}

// serviceItems are a service for those who cannot change it.
func serviceItems(s lab.Service) []ui.Setting {
	items := []ui.Setting{
		{Name: "Offers", Value: listOf(without(s.Without)), Note: "The extensions that EHLO advertises."},
		{Name: "Login inside TLS", Value: listOf(s.Mechanisms), Note: "The mechanisms of AUTH."},
		{Name: "Login without TLS", Value: listOf(s.InClear), Note: "Those that it takes in the clear, too."},
		{Name: "TLS required", Value: yesOrNo(s.RequireTLS), Note: "Whether ports 587 and 110 take no login and no mail without TLS."},
		{Name: "Answers by hand", Value: yesOrNo(s.ByHand), Note: "Whether a person plays the server on ports 25 and 587."},
		{Name: "VRFY and EXPN", Value: labelOf(lookupWords, string(s.Lookup)), Note: "What it tells of its mailboxes and lists."},
		{Name: "Aliases and lists", Value: orElse(strings.ReplaceAll(strings.TrimSpace(aliasText(s.Aliases)), "\n", " · "), "none"), Note: "Names that stand for others."},
	}
	for _, l := range limitsOf(s) {
		items = append(items, ui.Setting{Name: l.Label, Value: strings.TrimSpace(orElse(l.Value, l.Default) + " " + l.Unit), Note: "A limit."})
	}
	return items
}
