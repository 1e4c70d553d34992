package web

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"smtplab/sim/lab"
	"smtplab/sim/runner"
	"smtplab/sim/smtp"
)

func (s *site) account(t testing.TB, a runner.Access, host string) (account lab.Account) {
	t.Helper()
	s.view(t, a, func(l *lab.Lab) { pc, _ := l.PC(host); account = pc.Account })
	return account
}

func (s *site) service(t testing.TB, a runner.Access) (service lab.Service) {
	t.Helper()
	s.view(t, a, func(l *lab.Lab) { v, _ := l.Server("server"); service = v.Service })
	return service
}

// formOf is what a browser would send of a page's form whose action ends so.
func formOf(t testing.TB, p page, end string) url.Values {
	t.Helper()
	for f := range elements(p.doc, "form") {
		if !strings.HasSuffix(attr(f, "action"), end) {
			continue
		}
		values := url.Values{}
		for d := range f.Descendants() {
			if name := attr(d, "name"); name != "" {
				addField(values, name, d)
			}
		}
		return values
	}
	t.Fatalf("%s has no form for …%s", p.path, end)
	return nil
}

func addField(values url.Values, name string, field *html.Node) {
	switch {
	case field.Data == "select":
		for o := range elements(field, "option") {
			if hasAttr(o, "selected") {
				values.Set(name, attr(o, "value"))
			}
		}
	case field.Data == "textarea":
		text := ""
		for d := range field.Descendants() {
			text += d.Data
		}
		values.Set(name, text)
	case attr(field, "type") == "checkbox":
		if hasAttr(field, "checked") {
			values.Add(name, attr(field, "value"))
		}
	default:
		values.Set(name, attr(field, "value"))
	}
}

func hasAttr(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// Without JavaScript: a preset fills the form in, saving it changes how mails are sent, and where one looks it is said.
func TestSettingUpAMailProgram(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	path := hostURL(a, "pc1") + "/settings"
	was := s.account(t, a, "pc1")
	p := v.get(path).wants(t, 200, "192.168.11.1", "02:00:c0:a8:0b:01", "pc1@email.com", "Classic", "Submission", "Implicit TLS")
	if got := accountInForm(t, p, "/settings"); got.Server != was.Server || got.SMTP != was.SMTP || got.User != "pc1" || got.Password != "pc1" {
		t.Errorf("the form has %+v, not %+v", got, was)
	}

	p = v.click(p, "?preset=submission").wants(t, 200, "Submission is filled in.")
	if got := s.account(t, a, "pc1"); got.SMTP != was.SMTP {
		t.Errorf("a look has changed the settings to %+v", got)
	}
	p = v.post(path, formOf(t, p, "/settings")).wants(t, 200, "Saved.")
	if p.path != path+"?done=saved" {
		t.Errorf("saving leads to %s", p.path)
	}
	got := s.account(t, a, "pc1")
	if want := (lab.Access{Port: 587, TLS: lab.TLSRequired, Login: lab.AnyMechanism}); got.SMTP != want || got.Server != was.Server {
		t.Errorf("it is set up as %+v", got)
	}

	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: "inside TLS"})
	v.get(hostURL(a, "pc1")+"/sent").wants(t, 200, "The server accepted the mail", "Port 587, TLS 1.3, login by SCRAM-SHA-256")
	v.get(labURL(a)).wants(t, 200, "SMTP · TLS 1.3", "ServerHello", "encrypted on the wire", "AUTH SCRAM-SHA-256")
	v.get(labURL(a)+"?show=smtp").wants(t, 200)

	// Every field at once, and back again.
	all := url.Values{
		"server": {" email.com "}, "user": {"pc1"}, "password": {"p w"}, "in_clear": {"1"}, "chunking": {"1"}, "without": {"SIZE", "DSN"},
		"smtp_port": {" 465 "}, "smtp_tls": {"first"}, "smtp_login": {"PLAIN"}, "pop3_port": {"110"}, "pop3_tls": {"offered"}, "pop3_login": {""},
	}
	p = v.post(path, all).wants(t, 200)
	want := lab.Account{
		Server: "email.com", SMTP: lab.Access{Port: 465, TLS: lab.TLSFirst, Login: "PLAIN"}, POP3: lab.Access{Port: 110, TLS: lab.TLSOffered},
		User: "pc1", Password: "p w", InClear: true, Chunking: true, Without: []string{"SIZE", "DSN"},
	}
	for from, got := range map[string]lab.Account{"the lab": s.account(t, a, "pc1"), "the form": accountInForm(t, p, "/settings")} {
		if !sameJSON(t, got, want) {
			t.Errorf("%s has %+v, not %+v", from, got, want)
		}
	}
}

func accountInForm(t testing.TB, p page, end string) lab.Account {
	t.Helper()
	values := formOf(t, p, end)
	f := form{values: map[string]string{}, ticked: values}
	for name := range values {
		f.values[name] = values.Get(name)
	}
	return accountIn(&f)
}

func sameJSON(t testing.TB, a, b any) bool {
	t.Helper()
	one, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	other, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(one) == string(other)
}

// What is wrong is said beside its field, in the form with everything as it was typed, and nothing changes.
func TestMistakesInSettings(t *testing.T) {
	s := newSite(t, Options{Limits: Limits{LabActs: Rate{1000, 1000}, Acts: Rate{1000, 1000}}})
	a := s.newLab(t)
	v := s.visitor(t)
	account := formOf(t, v.get(hostURL(a, "pc1")+"/settings"), "/settings")
	service := formOf(t, v.get(hostURL(a, "server")+"/settings"), "/settings")
	before := lastEvent(t, s, a.ID)
	free := []string{"server", "smtp_port", "pop3_port", "user", "max_size", "max_recipients", "max_transactions", "max_connections", "patience", "aliases"}
	for name, c := range map[string]struct {
		host, field, value, at, words string
	}{
		"no server":                  {"pc1", "server", "", "server", "IPv4"},
		"an IPv6 server":             {"pc1", "server", "::1", "server", "IPv4"},
		"another name":               {"pc1", "server", "example.org", "server", "example.org"},
		"no port":                    {"pc1", "smtp_port", "", "smtp_port", "65535"},
		"a port in words":            {"pc1", "smtp_port", "smtp", "smtp_port", "65535"},
		"port 0":                     {"pc1", "pop3_port", "0", "pop3_port", "65535"},
		"a port that is too large":   {"pc1", "pop3_port", "65536", "pop3_port", "65535"},
		"TLS of another kind":        {"pc1", "smtp_tls", "sometimes", "smtp_tls", "sometimes"},
		"another mechanism":          {"pc1", "smtp_login", "GSSAPI", "smtp_login", "GSSAPI"},
		"POP3 with another":          {"pc1", "pop3_login", "GSSAPI", "pop3_login", "GSSAPI"},
		"no user":                    {"pc1", "user", "", "user", "missing"},
		"no password":                {"pc1", "password", "", "password", "missing"},
		"a line break in a password": {"pc1", "password", "a\nb", "password", "line break"},
		"another extension":          {"pc1", "without", "HELP", "without", "extension"},

		"an offer of another extension": {"server", "offers", "HELP", "offers", "extension"},
		"another way to log in":         {"server", "mechanisms", "GSSAPI", "mechanisms", "GSSAPI"},
		"another policy":                {"server", "lookup", "lies", "lookup", "lies"},
		"a size in words":               {"server", "max_size", "large", "max_size", "1024"},
		"a size that is too small":      {"server", "max_size", "7", "max_size", "1024"},
		"a size beyond all bounds":      {"server", "max_size", "99999999999999999999", "max_size", "1024"},
		"too many recipients":           {"server", "max_recipients", "1001", "max_recipients", "1000"},
		"a negative number":             {"server", "max_transactions", "-1", "max_transactions", "1000"},
		"too many connections":          {"server", "max_connections", "51", "max_connections", "50"},
		"too much patience":             {"server", "patience", "86401", "patience", "day"},
		"half a second":                 {"server", "patience", "0.5", "patience", "second"},
		"an alias without a colon":      {"server", "aliases", "\r\nsales pc1", "aliases", "Line 2: A colon"},
		"an alias of two words":         {"server", "aliases", "a b: pc1", "aliases", "Line 1: Before"},
		"an alias of nobody":            {"server", "aliases", "a: pc1\r\n\r\nb: nobody", "aliases", "Line 3: “b” stands for “nobody”"},
		"an alias of none":              {"server", "aliases", "a:", "aliases", "Line 1: "},
		"somebody's name":               {"server", "aliases", "pc1: pc2", "aliases", "Line 1: “pc1” cannot"},
		"a name twice":                  {"server", "aliases", "a: pc1\nlist A: pc2", "aliases", "Line 2: “A” cannot"},
		"NUL in the aliases":            {"server", "aliases", "a\x00: pc1", "aliases", "NUL"},
	} {
		fields := url.Values{}
		for k, values := range map[string]url.Values{"pc1": account, "server": service}[c.host] {
			fields[k] = values
		}
		fields[c.field] = []string{c.value}
		if c.field == "offers" || c.field == "mechanisms" {
			fields[c.field] = append(slices.Clone(service[c.field]), c.value)
		}
		path := hostURL(a, c.host) + "/settings"
		t.Run(name, func(t *testing.T) {
			p := v.post(path, fields).wants(t, http.StatusUnprocessableEntity)
			if got := problemIn(p, c.at); !strings.Contains(got, c.words) {
				t.Errorf("beside %q it says %q: %s", c.at, got, p.text())
			}
			typed := strings.NewReplacer("\r\n", "\n", "\x00", "\uFFFD").Replace(c.value)
			if again := formOf(t, p, "/settings").Get(c.field); slices.Contains(free, c.field) && strings.TrimSpace(again) != strings.TrimSpace(typed) {
				t.Errorf("of %q stays %q", c.value, again)
			}
			api := v.post(path, fields, "Accept", "application/json")
			var e struct {
				Error struct{ Code, Message, Field string }
			}
			if err := json.Unmarshal([]byte(api.body), &e); err != nil || api.status != 422 || e.Error.Field != c.at || !strings.Contains(e.Error.Message, c.words) {
				t.Errorf("for a program: %d %s", api.status, api.body)
			}
			if part := v.post(path, fields, "X-Fragment", "1"); part.status != 422 || strings.Contains(part.body, "<html") {
				t.Errorf("as a fragment: %d %.60s", part.status, part.body)
			}
		})
	}
	if after := lastEvent(t, s, a.ID); after != before {
		t.Errorf("the lab went from event %d to %d", before, after)
	}
}

func TestSettingUpTheServer(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	path := hostURL(a, "server") + "/settings"
	fields := formOf(t, v.get(path).wants(t, 200, "192.168.11.4", "email.com", "SCRAM-SHA-256"), "/settings")
	fields["offers"] = slices.DeleteFunc(fields["offers"], func(k string) bool { return k == smtp.ExtChunking || k == smtp.ExtStartTLS })
	fields["in_clear"] = nil
	for name, value := range map[string]string{
		"require_tls": "1", "lookup": "vague", "aliases": "sales: pc1, pc2\r\n\r\n list  staff :pc3,sales\r\n", "max_size": "2048",
		"max_recipients": "2", "max_transactions": "3", "max_connections": "4", "patience": "60",
	} {
		fields.Set(name, value)
	}
	p := v.post(path, fields).wants(t, 200, "Saved.")
	want := lab.Service{
		Without: []string{smtp.ExtChunking, smtp.ExtStartTLS}, Mechanisms: lab.DefaultService().Mechanisms, RequireTLS: true, Lookup: lab.LookupVague,
		Aliases: []lab.Alias{{Name: "sales", Members: []string{"pc1", "pc2"}}, {Name: "staff", Members: []string{"pc3", "sales"}, List: true}},
		MaxSize: 2048, MaxRecipients: 2, MaxTransactions: 3, MaxConnections: 4, Patience: 60e9,
	}
	if got := s.service(t, a); !sameJSON(t, got, want) {
		t.Errorf("it is set up as %+v", got)
	}
	again := formOf(t, p, "/settings")
	if again.Get("aliases") != "sales: pc1, pc2\nlist staff: pc3, sales\n" || again.Get("patience") != "60" || slices.Contains(again["offers"], smtp.ExtChunking) {
		t.Errorf("the form has %v", again)
	}
	over := v.get(hostURL(a, "server")).wants(t, 200, "192.168.11.4", "SIZE 2048", "587", "995")
	if strings.Contains(over.text(), smtp.ExtChunking) {
		t.Error("the dialog still says that it takes chunks")
	}
	v.submit(p, "/restart", nil).wants(t, 200, "The server has restarted.")
	s.view(t, a, func(l *lab.Lab) {
		if e := l.Trace().At(l.Trace().Last()); !strings.HasPrefix(e.Note, "restarts") {
			t.Errorf("the last event is %+v", e)
		}
	})
	v.post(hostURL(a, "pc1")+"/restart", nil).wants(t, 404)
	v.post(hostURL(a, "switch")+"/settings", account(t, v, a)).wants(t, 404)
	if p := v.post(path, fields, "Accept", "application/json"); p.status != http.StatusNoContent {
		t.Errorf("a program gets %d %s", p.status, p.body)
	}
}

func account(t testing.TB, v *visitor, a runner.Access) url.Values {
	t.Helper()
	return formOf(t, v.get(hostURL(a, "pc1")+"/settings"), "/settings")
}

// Those who may only look see the values, and nothing to change them with.
func TestSettingsForWatchers(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	base := "/labs/" + a.ViewID + "/hosts/"
	for host, words := range map[string][]string{
		"pc1":    {"192.168.11.4", "port 25", "USER and PASS", "02:00:c0:a8:0b:01"},
		"server": {"SCRAM-SHA-256", "Tell the truth", "10485760 octets", "192.168.11.4"},
	} {
		for _, query := range []string{"", "?preset=submission", "?done=saved"} {
			p := v.get(base+host+"/settings"+query).wants(t, 200, words...)
			for f := range elements(p.doc, "form") {
				if action := attr(f, "action"); strings.Contains(action, "/hosts/") && !strings.HasSuffix(action, "/inbox") {
					t.Errorf("%s: there is a form for %s", p.path, action)
				}
			}
			if strings.Contains(p.text(), "Saved.") {
				t.Errorf("%s: something was saved", p.path)
			}
		}
		for _, path := range []string{"/settings", "/restart"} {
			v.post(base+host+path, nil).wants(t, http.StatusForbidden)
		}
	}
}

func TestCertificate(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	p := s.visitor(t).get("/labs/"+a.ViewID+"/ca.pem").wants(t, 200)
	if got := p.header.Get("Content-Type"); got != "application/x-pem-file" {
		t.Errorf("Content-Type %q", got)
	}
	if got := p.header.Get("Content-Disposition"); got != `attachment; filename="smtplab-amber-fox-ca.pem"` {
		t.Errorf("Content-Disposition %q", got)
	}
	block, rest := pem.Decode([]byte(p.body))
	if block == nil || len(rest) > 0 {
		t.Fatalf("no PEM: %q", p.body)
	}
	if c, err := x509.ParseCertificate(block.Bytes); err != nil || !c.IsCA {
		t.Errorf("%v: %+v", err, c)
	}
}

// The server's dialog says how real programs get in: to the demo lab, if its doors are open.
func TestRealPrograms(t *testing.T) {
	gates := []Gate{{"smtp", "127.0.0.1:2525", 25}, {"submission", "127.0.0.1:2587", 587}, {"smtps", "127.0.0.1:2465", 465}, {"pop3", "127.0.0.1:2110", 110}, {"pop3s", "127.0.0.1:2995", 995}}
	shut, open := newSite(t, Options{}), newSite(t, Options{Gates: gates})
	shut.visitor(t).get("/labs/demo/hosts/server/programs").wants(t, 200, "The doors are shut.", "smtplab -smtp 127.0.0.1:2525", "192.168.11.4", "/labs/demo/ca.pem")
	v := open.visitor(t)
	p := v.get("/labs/demo/hosts/server/programs").wants(t, 200, "swaks --server 127.0.0.1:2525", "pop3s://127.0.0.1:2995/", "smtplab-demo-ca.pem", "trust store")
	for _, g := range gates {
		if !strings.Contains(p.text(), g.Address+" → port") {
			t.Errorf("%s is not shown", g.Address)
		}
	}
	a := open.newLab(t)
	p = v.get(hostURL(a, "server")+"/programs").wants(t, 200, "This lab has no door")
	if strings.Contains(p.text(), "2525") {
		t.Error("another lab's door is shown")
	}
	v.get(hostURL(a, "pc1")+"/programs").wants(t, 404)
}
