package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"smtplab/sim/lab"
	"smtplab/sim/sasl"
	"smtplab/sim/smtp"
	"smtplab/web/ui"
)

// settings are how the programs of a host are set up: GET …/settings. With ?preset=WORD a PC's form is filled in with a
// preset, which changes nothing before it is saved.
func (s *Server) settings(w http.ResponseWriter, r *http.Request) error {
	switch kind, err := s.kindOf(r); {
	case err != nil:
		return err
	case kind == lab.Server:
		return s.service(w, r)
	}
	pc, sc, err := s.pc(r)
	if err != nil {
		return err
	}
	account, i := pc.Account, presetOf(r)
	if i >= 0 && sc.access.CanAct {
		account = presets[i].in(account)
	}
	win := s.accountWindow(r, sc, pc, account)
	if form := win.Settings.Form; form != nil {
		form.Notice = doneWords[r.URL.Query().Get("done")]
		if i >= 0 {
			form.Filled = presets[i].label + " is filled in. It counts once you save it."
		}
	}
	return s.pcPage(w, r, win)
}

// doneWords say what was just done to a host, by the query that the way back has.
var doneWords = map[string]string{
	"saved":     "Saved. What goes on goes on as it began; the next conversation is different.",
	"restarted": "The server has restarted. Whoever was connected was told 421 and sent away.",
}

// setUp changes how the programs of a host are set up: POST …/settings.
func (s *Server) setUp(w http.ResponseWriter, r *http.Request) error {
	switch kind, err := s.kindOf(r); {
	case err != nil:
		return err
	case kind == lab.Server:
		return s.setUpService(w, r)
	}
	pc, sc, err := s.pc(r)
	if err != nil {
		return err
	}
	f, err := readForm(r, accountFields)
	account := accountIn(&f)
	if err == nil {
		err = s.act(r, lab.Action{Verb: lab.Setup, Host: pc.ID, Settings: &lab.Settings{Account: &account}})
	}
	if err == nil {
		return done(w, r, hostURL(sc.access, pc.ID)+"/settings?done=saved")
	}
	a, ok := mistakeIn(r, err)
	if !ok {
		return err
	}
	win := s.accountWindow(r, sc, pc, account)
	form := win.Settings.Form
	for i := range form.Ways {
		form.Ways[i].Port = f.values[form.Ways[i].Name+"_port"]
	}
	form.Problems = []ui.Problem{{Field: a.field, Text: a.text}}
	return s.render(w, r, a.status, ui.PC(win), ui.PCPage(win))
}

// restart ends and begins the server's programs: POST …/restart.
func (s *Server) restart(w http.ResponseWriter, r *http.Request) error {
	host := chi.URLParam(r, "host")
	if err := s.act(r, lab.Action{Verb: lab.Restart, Host: host}); err != nil {
		return err
	}
	return done(w, r, hostURL(accessOf(r), host)+"/settings?done=restarted")
}

// accountFields are the fields of a PC's settings: those of Account, with smtp_ or pop3_ before those of an Access.
var accountFields = fields{
	"server": oneLine, "user": oneLine, "password": oneLine, "in_clear": oneLine, "chunking": oneLine, "without": boxes,
	"smtp_port": oneLine, "smtp_tls": oneLine, "smtp_login": oneLine,
	"pop3_port": oneLine, "pop3_tls": oneLine, "pop3_login": oneLine,
}

func accountIn(f *form) lab.Account {
	return lab.Account{
		Server: strings.TrimSpace(f.values["server"]), SMTP: wayIn(f, "smtp"), POP3: wayIn(f, "pop3"),
		User: f.values["user"], Password: f.values["password"],
		InClear: f.on("in_clear"), Without: f.ticked["without"], Chunking: f.on("chunking"),
	}
}

// wayIn reads the way to a program. What is no port becomes 0, which the lab does not take.
func wayIn(f *form, name string) lab.Access {
	port, err := strconv.ParseUint(strings.TrimSpace(f.values[name+"_port"]), 10, 16)
	if err != nil {
		port = 0
	}
	return lab.Access{Port: uint16(port), TLS: lab.TLS(f.values[name+"_tls"]), Login: f.values[name+"_login"]}
}

// preset is a way to set up a mail program that one can choose with a click.
type preset struct {
	word, label, about string
	smtp, pop3         lab.Access
}

// presets are the three usual ways to set up a mail program: as it was, as RFC 6409 with RFC 3207 has it, and as RFC 8314
// asks for.
var presets = []preset{
	{"classic", "Classic", "Ports 25 and 110, in the clear", lab.Access{Port: 25}, lab.Access{Port: 110}},
	{
		"submission", "Submission", "Ports 587 and 110, STARTTLS, login",
		lab.Access{Port: 587, TLS: lab.TLSRequired, Login: lab.AnyMechanism}, lab.Access{Port: 110, TLS: lab.TLSRequired, Login: lab.AnyMechanism},
	},
	{
		"implicit", "Implicit TLS", "Ports 465 and 995, TLS first, login",
		lab.Access{Port: 465, TLS: lab.TLSFirst, Login: lab.AnyMechanism}, lab.Access{Port: 995, TLS: lab.TLSFirst, Login: lab.AnyMechanism},
	},
}

// in is an account with the preset in it; who logs in, and where, stays.
func (p preset) in(a lab.Account) lab.Account {
	a.SMTP, a.POP3 = p.smtp, p.pop3
	return a
}

// is reports whether an account is set up so.
func (p preset) is(a lab.Account) bool { return a.SMTP == p.smtp && a.POP3 == p.pop3 }

// presetOf is the preset that the query asks for; -1 for none.
func presetOf(r *http.Request) int {
	for i := range presets {
		if presets[i].word == r.URL.Query().Get("preset") {
			return i
		}
	}
	return -1
}

// accountWindow is a PC's settings with an account in the form; for those who may only look, its values.
func (s *Server) accountWindow(r *http.Request, sc *scene, pc lab.PCView, account lab.Account) ui.PCWindow {
	win := s.pcWindow(r, sc, pc, "Settings")
	win.Settings = &ui.Settings{Items: []ui.Setting{
		{Name: "Address", Value: pc.Mailbox, Note: "What others write to, and what your mails say they are from."},
		{Name: "IP address", Value: pc.IP.String(), Note: "Of this PC, on the lab's network."},
		{Name: "MAC address", Value: pc.MAC, Note: "Of its network card."},
	}}
	if !sc.access.CanAct {
		win.Settings.Items = append(win.Settings.Items, accountItems(account)...)
		return win
	}
	url := hostURL(sc.access, pc.ID) + "/settings"
	form := &ui.AccountForm{
		SaveURL: url, Server: account.Server, ServerHint: pc.Server.IP.String() + " or " + sc.domain,
		Ways: []ui.Way{
			way("smtp", "Outgoing mail", "SMTP: hands over what you send.", account.SMTP),
			way("pop3", "Incoming mail", "POP3: fetches what has come for you.", account.POP3),
		},
		User: account.User, Password: account.Password, InClear: account.InClear, Chunking: account.Chunking,
		Without: choices(smtp.Switchable, account.Without),
	}
	for _, p := range presets {
		form.Presets = append(form.Presets, ui.Preset{Label: p.label, About: p.about, URL: url + "?preset=" + p.word, Current: p.is(account)})
	}
	win.Settings.Form = form
	return win
}

// tlsWords and loginWords are the ways to use TLS and to log in, in words.
var (
	tlsWords = map[string][]ui.Choice{
		"smtp": {
			{Value: string(lab.TLSNever), Label: "Never: in the clear"}, {Value: string(lab.TLSOffered), Label: "If offered (STARTTLS)"},
			{Value: string(lab.TLSRequired), Label: "Required (STARTTLS)"}, {Value: string(lab.TLSFirst), Label: "From the start"},
		},
		"pop3": {
			{Value: string(lab.TLSNever), Label: "Never: in the clear"}, {Value: string(lab.TLSOffered), Label: "If offered (STLS)"},
			{Value: string(lab.TLSRequired), Label: "Required (STLS)"}, {Value: string(lab.TLSFirst), Label: "From the start"},
		},
	}
	loginWords = map[string][]ui.Choice{
		"smtp": append([]ui.Choice{{Label: "No login"}, {Value: lab.AnyMechanism, Label: "The strongest"}}, mechanismChoices()...),
		"pop3": append([]ui.Choice{{Label: "USER and PASS"}, {Value: lab.AnyMechanism, Label: "The strongest"}}, mechanismChoices()...),
	}
)

func mechanismChoices() []ui.Choice { return choices(sasl.Mechanisms, nil) }

// choices are words to tick, with those ticked that are on.
func choices(words, on []string) []ui.Choice {
	var all []ui.Choice
	for _, w := range words {
		all = append(all, ui.Choice{Value: w, Label: w, On: slices.Contains(on, w)})
	}
	return all
}

// chosen are choices of which the one with a value is made.
func chosen(list []ui.Choice, value string) []ui.Choice {
	list = slices.Clone(list)
	for i := range list {
		list[i].On = list[i].Value == value
	}
	return list
}

// labelOf is the label of the choice with a value.
func labelOf(list []ui.Choice, value string) string {
	for _, c := range list {
		if c.Value == value {
			return c.Label
		}
	}
	return value
}

func way(name, title, about string, x lab.Access) ui.Way {
	return ui.Way{
		Name: name, Title: title, About: about, Port: strconv.Itoa(int(x.Port)),
		TLS: chosen(tlsWords[name], string(x.TLS)), Login: chosen(loginWords[name], x.Login),
	}
}

// accountItems are an account for those who cannot change it.
func accountItems(a lab.Account) []ui.Setting {
	words := func(name string, x lab.Access) string {
		return "port " + strconv.Itoa(int(x.Port)) + " · TLS: " + labelOf(tlsWords[name], string(x.TLS)) + " · login: " + labelOf(loginWords[name], x.Login)
	}
	return []ui.Setting{
		{Name: "Server", Value: a.Server, Note: "Where the mail program finds its server."},
		{Name: "Outgoing mail (SMTP)", Value: words("smtp", a.SMTP), Note: "The way of the mails that are sent."},
		{Name: "Incoming mail (POP3)", Value: words("pop3", a.POP3), Note: "The way of the mails that are fetched."},
		{Name: "User name", Value: a.User, Note: "The name of the mailbox on the server."},
		{Name: "Password", Value: a.Password, Note: "Shown because this is a lab. Without TLS it may be read on the wire, too."},
		{Name: "Readable without TLS", Value: yesOrNo(a.InClear), Note: "Whether AUTH may say the password so that everybody on the way can read it."},
		{Name: "Messages in chunks", Value: yesOrNo(a.Chunking), Note: "By `BDAT` instead of `DATA`, where the server takes it."},
		{Name: "Ignored extensions", Value: listOf(a.Without), Note: "Not used although the server may offer them."},
	}
}

func yesOrNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func listOf(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}
