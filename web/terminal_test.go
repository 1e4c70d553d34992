package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"smtplab/sim/lab"
	"smtplab/sim/runner"
	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// screenText is what a terminal's screen shows, a line each; > is before what this side said.
func screenText(p page) string {
	var b strings.Builder
	for li := range elements(p.doc, "li") {
		class := attr(li, "class")
		if !strings.HasPrefix(class, "said") {
			continue
		}
		if strings.Contains(class, "mine") {
			b.WriteString("> ")
		}
		for line := range elements(li, "span") {
			if attr(line, "class") != "said__line" {
				continue
			}
			for d := range line.Descendants() {
				if d.Type == html.TextNode && d.Parent.Data != "i" {
					b.WriteString(d.Data)
				}
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// typeAt says something at one end of a connection, and waits for the lab to come to rest.
func (v *visitor) typeAt(a runner.Access, host string, conn uint32, fields url.Values) page {
	v.t.Helper()
	p := v.post(fmt.Sprintf("%s/terminal/%d/say", hostURL(a, host), conn), fields)
	v.site.until(v.t, a, "nothing is on its way", func(l *lab.Lab) bool {
		next, ok := l.Next()
		return !ok || next.Sub(l.Now()) > 1e9
	})
	return p
}

// Without JavaScript: a connection, a few lines, several at once, and the end.
func TestTerminalByForms(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	base := hostURL(a, "pc1") + "/terminal"
	p := v.get(base).wants(t, 200, "192.168.11.4", "email.com", "POP3 inside TLS", "PC-2")
	p = v.submit(p, "/terminal", url.Values{"target": {" email.com "}, "port": {" 25 "}}).wants(t, 200)
	if p.path != base+"/1" {
		t.Fatalf("connecting leads to %s", p.path)
	}
	s.until(t, a, "the server greets", func(l *lab.Lab) bool { c, _ := l.Conversation(1); return c.State == trace.Connected })
	p = v.get(base).wants(t, 200, "Connected to SMTP Server, port 25.", "The server greets", "connected")
	if got := screenText(p); !strings.HasPrefix(got, "220 email.com ") {
		t.Errorf("the screen shows %q", got)
	}
	p = v.click(p, "?text=EHLO+pc1.email.com").wants(t, 200) // a suggestion is filled in
	if got := formOf(t, p, "/say").Get("text"); got != "EHLO pc1.email.com" {
		t.Errorf("filled in is %q", got)
	}
	v.typeAt(a, "pc1", 1, formOf(t, p, "/say"))
	v.typeAt(a, "pc1", 1, url.Values{"text": {"MAIL FROM:<>\r\nRCPT TO:<pc2@email.com>\r\nNOOP"}, "end": {"lf"}})
	p = v.typeAt(a, "pc1", 1, url.Values{"text": {`NO\0OP`}, "end": {"none"}, "escapes": {"1"}})
	if got := formOf(t, p, "/say"); got.Get("end") != "none" || got.Get("escapes") != "1" || got.Get("text") != "" {
		t.Errorf("the next line begins with %v", got)
	}
	v.typeAt(a, "pc1", 1, url.Values{"text": {""}})
	p = v.get(base+"/1").wants(t, 200)
	if got := screenText(p); !strings.Contains(got, "> EHLO pc1.email.com\n250-email.com greets") || !strings.Contains(got, "> MAIL FROM:<>\n> RCPT TO:<pc2@email.com>\n> NOOP\n> NO\\x00OP\n500 5.5.2") {
		t.Errorf("the screen shows\n%s", got)
	}
	if ends := strings.Count(p.body, `data-eol="LF"`); ends != 3 {
		t.Errorf("%d lines end with LF", ends)
	}
	p = v.typeAt(a, "pc1", 1, url.Values{"text": {"QUIT"}})
	p = v.get(base+"/1").wants(t, 200, "The connection to SMTP Server, port 25 is closed.")
	if strings.Contains(p.body, "/say") || strings.Contains(p.body, "/close") {
		t.Error("something can still be said")
	}
	v.get(labURL(a)).wants(t, 200, "PC-1 opens a connection by hand: email.com, port 25", "RCPT TO:&lt;pc2@email.com&gt;")
	v.get(base).wants(t, 200, "SMTP Server:25", "Connect")

	// A program gets numbers, and no pages.
	j := v.post(base, url.Values{"target": {"pc2"}, "port": {"25"}}, "Accept", "application/json").wants(t, http.StatusAccepted)
	var made struct {
		Conn uint32
		URL  string
	}
	if err := json.Unmarshal([]byte(j.body), &made); err != nil || made.Conn != 2 || made.URL != base+"/2" {
		t.Errorf("%v: %s", err, j.body)
	}
	s.until(t, a, "it is refused", quiet)
	v.get(made.URL).wants(t, 200, "Refused: nobody listens on port 25 of PC-2.")
	v.submit(v.submit(v.get(base+"?new"), "/terminal", url.Values{"target": {"10.9.8.7"}, "port": {"25"}}), "/close", url.Values{"do": {"finish"}}).wants(t, 200, "Given up before it was open.")

	// Whom it called last is proposed.
	for _, c := range []struct{ target, port, again string }{{"pc2", "2525", "192.168.11.2"}, {"192.168.11.4", "110", "email.com"}} {
		v.submit(v.get(base+"?new"), "/terminal", url.Values{"target": {c.target}, "port": {c.port}}).wants(t, 200)
		if got := formOf(t, v.get(base+"?new"), "/terminal"); got.Get("target") != c.again || got.Get("port") != c.port {
			t.Errorf("proposed is %v", got)
		}
	}
}

// What is wrong is said beside its field, with what was typed, and nothing happens.
func TestMistakesAtTerminals(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	base := hostURL(a, "pc1") + "/terminal"
	for _, c := range []struct{ target, port, field, words string }{
		{"", "25", "target", "Whom do you want to call?"}, {"nobody", "25", "target", "“nobody” is no name in this lab"}, {"::1", "25", "target", "IPv6"},
		{"pc1", "25", "target", "That is PC-1 itself"}, {"switch", "25", "target", "no address"}, {"a\nb", "25", "target", "line break"},
		{"email.com", "", "port", "65535"}, {"email.com", "smtp", "port", "65535"}, {"email.com", "65536", "port", "65535"}, {"email.com", "-1", "port", "65535"},
	} {
		p := v.post(base, url.Values{"target": {c.target}, "port": {c.port}}).wants(t, 422)
		if got := problemIn(p, c.field); !strings.Contains(got, c.words) {
			t.Errorf("%q %q: %q", c.target, c.port, got)
		}
		if got := formOf(t, p, "/terminal"); got.Get("port") != c.port {
			t.Errorf("of port %q stays %q", c.port, got.Get("port"))
		}
	}
	if s.view(t, a, func(l *lab.Lab) {
		if n := len(l.Conversations()); n > 0 {
			t.Errorf("%d connections", n)
		}
	}); t.Failed() {
		return
	}
	v.post(base, url.Values{"target": {"email.com"}, "port": {"25"}}).wants(t, 200)
	s.until(t, a, "the server greets", func(l *lab.Lab) bool { c, _ := l.Conversation(1); return c.State == trace.Connected })
	for _, c := range []struct {
		status int
		words  string
		fields url.Values
	}{
		{422, "nothing to say", url.Values{"text": {""}, "end": {"none"}}},
		{422, "is nothing that a line can end with", url.Values{"text": {"x"}, "end": {"bell"}}},
		{422, "is no escape", url.Values{"text": {`a\q`}, "escapes": {"1"}}},
		{422, "is no escape", url.Values{"text": {`a\x4`}, "escapes": {"1"}}},
		{422, "is no escape", url.Values{"text": {`a\`}, "escapes": {"1"}}},
		{422, "NUL", url.Values{"text": {"a\x00"}}},
	} {
		p := v.post(base+"/1/say", c.fields).wants(t, c.status)
		if got := problemIn(p, "text"); !strings.Contains(got, c.words) {
			t.Errorf("%v: beside the field it says %q", c.fields, got)
		}
		if got := formOf(t, p, "/say").Get("text"); got != strings.ReplaceAll(c.fields.Get("text"), "\x00", "\uFFFD") {
			t.Errorf("of %q stays %q", c.fields.Get("text"), got)
		}
	}
	v.post(base+"/1/say", url.Values{"text": {strings.Repeat("x", 70_000)}}).wants(t, http.StatusRequestEntityTooLarge, "64 KiB")
	v.post(base+"/1/close", url.Values{"do": {"explode"}}).wants(t, 422)
	for _, path := range []string{"/0", "/9", "/x", "/01", "/99999999999"} {
		v.get(base+path).wants(t, 404)
		v.post(base+path+"/say", url.Values{"text": {"x"}}).wants(t, 404)
	}
	v.get(hostURL(a, "pc2")+"/terminal/1").wants(t, 404) // it is another's
	v.get(hostURL(a, "server")+"/terminal/1").wants(t, 404)
	v.get(hostURL(a, "switch")+"/terminal").wants(t, 404)
	v.post(hostURL(a, "pc2")+"/terminal/1/say", url.Values{"text": {"x"}}).wants(t, 404)
	v.post(hostURL(a, "pc1")+"/hand", url.Values{"hand": {"on"}}).wants(t, 404)
	v.post(hostURL(a, "server")+"/hand", url.Values{"hand": {"perhaps"}}).wants(t, 422)
	v.post(hostURL(a, "server")+"/terminal", url.Values{"target": {"pc1"}, "port": {"25"}}).wants(t, 404)

	// The connection ends while somebody types.
	s.act(t, a, lab.Action{Verb: lab.Drop, Host: "pc1", Conn: 1})
	p := v.post(base+"/1/say", url.Values{"text": {"too late"}}).wants(t, http.StatusConflict, "There is no open connection number 1.", "broken off")
	if strings.Contains(p.body, "/say") {
		t.Error("it can still be said")
	}
	v.post(base+"/1/close", url.Values{"do": {"finish"}}).wants(t, 200)

	for range lab.MaxTerminals {
		s.act(t, a, lab.Action{Verb: lab.Connect, Host: "pc1", N: 25})
	}
	v.post(base, url.Values{"target": {"email.com"}, "port": {"25"}}).wants(t, 422, "PC-1 has 8 terminals open")
}

// Who may only look sees the screens, and has nothing to type into.
func TestTerminalsForWatchers(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	v.get("/labs/"+a.ViewID+"/hosts/pc1/terminal").wants(t, 200, "Nobody has a terminal open here.")
	s.act(t, a, lab.Action{Verb: lab.Connect, Host: "pc1", Target: "email.com", N: 25})
	s.until(t, a, "the server greets", func(l *lab.Lab) bool { c, _ := l.Conversation(1); return c.State == trace.Connected })
	s.act(t, a, lab.Action{Verb: lab.Setup, Host: "server", Settings: &lab.Settings{Service: &lab.Service{ByHand: true}}})
	s.act(t, a, lab.Action{Verb: lab.Send, Host: "pc2", Mail: &lab.Mail{To: "pc1@email.com"}})
	s.until(t, a, "PC-2 has called", func(l *lab.Lab) bool { st, _ := l.LineAt(2, "server"); return st.Open })
	for path, words := range map[string]string{"/hosts/pc1/terminal": "220 email.com", "/hosts/pc1/terminal/1": "220 email.com", "/hosts/server/terminal": "Connected to PC-2"} {
		for _, prefix := range []string{"/labs/" + a.ViewID, fmt.Sprintf("%s/at/%d", labURL(a), lastEvent(t, s, a.ID))} {
			p := v.get(prefix+path).wants(t, 200, words)
			for f := range elements(p.doc, "form") {
				if action := attr(f, "action"); strings.Contains(action, "/terminal") || strings.Contains(action, "/hand") {
					t.Errorf("%s%s: there is a form for %s", prefix, path, action)
				}
			}
		}
	}
	for _, path := range []string{"/hosts/pc1/terminal", "/hosts/pc1/terminal/1/say", "/hosts/pc1/terminal/1/close", "/hosts/server/hand"} {
		v.post("/labs/"+a.ViewID+path, url.Values{"text": {"x"}, "do": {"drop"}, "hand": {"off"}}).wants(t, http.StatusForbidden)
	}
	// In the past the screen shows what was there then.
	if got := screenText(v.get(fmt.Sprintf("%s/at/%d/hosts/pc1/terminal/1", labURL(a), 3))); got != "" {
		t.Errorf("at event 3 the screen shows %q", got)
	}
}

// A person in the server's place, without JavaScript: the clicks that answer, a wrong one, and what is said of each.
func TestBeingTheServerByForms(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	base := hostURL(a, "server") + "/terminal"
	p := v.submit(v.get(base).wants(t, 200, "Be the server", "The server's program answers"), "/hand", url.Values{"hand": {"on"}}).wants(t, 200, "You are the server.", "Nobody has called yet")
	if !s.service(t, a).ByHand {
		t.Fatal("nobody plays the server")
	}
	v.get(hostURL(a, "server")).wants(t, 200, "answered by hand")
	if !strings.Contains(v.get(hostURL(a, "server")+"/settings").body, `name="by_hand" value="1" checked`) {
		t.Error("the settings do not know")
	}
	s.act(t, a, lab.Action{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: "pc2@email.com", Subject: "x"}})
	s.until(t, a, "it has called", func(l *lab.Lab) bool { st, _ := l.LineAt(1, "server"); return st.Open })
	for _, step := range []struct{ asked, code string }{{"speaks first", "220"}, {"EHLO pc1.email.com", "250"}, {"MAIL FROM:", "250"}, {"RCPT TO:", "250"}, {"DATA", "354"}, {"the message, to its dot", "250"}, {"QUIT", "221"}} {
		p = v.get(base)
		if step.code != "220" {
			p.wants(t, 200, "Answer this", step.asked)
		}
		v.typeAt(a, "server", 1, url.Values{"text": {answerFor(t, p, step.code)}, "end": {"crlf"}})
	}
	p = v.get(base+"/1").wants(t, 200, "is closed")
	if strings.Contains(p.body, `data-verdict="breach"`) || strings.Count(p.body, `data-verdict="legal"`) != 7 {
		t.Errorf("the verdicts on\n%s", screenText(p))
	}
	s.view(t, a, func(l *lab.Lab) {
		if n := l.Notices(0); len(n) != 1 || !n[0].Good {
			t.Errorf("%+v", n)
		}
	})

	s.act(t, a, lab.Action{Verb: lab.Connect, Host: "pc3", Target: "email.com", N: 587})
	s.until(t, a, "it has called", func(l *lab.Lab) bool { st, _ := l.LineAt(2, "server"); return st.Open })
	v.typeAt(a, "server", 2, url.Values{"text": {"220 example.org hi"}})
	v.get(base).wants(t, 200, "That is not the server&#39;s name.", "RFC 5321 §4.1.1.1")
	v.typeAt(a, "server", 2, url.Values{"text": {"250-half a"}})
	v.get(base).wants(t, 200, "Your reply is not whole yet")
	v.typeAt(a, "server", 2, url.Values{"text": {"250 reply"}})
	v.get(base).wants(t, 200, "Nobody had asked for that reply.")
	v.typeAt(a, "pc3", 2, url.Values{"text": {"RSET"}})
	v.typeAt(a, "server", 2, url.Values{"text": {"550 no"}})
	v.get(base).wants(t, 200, "That code is not an answer to this command.", "250 · 421")
	v.submit(v.get(base+"/2"), "/close", url.Values{"do": {"finish"}}).wants(t, 200, "The server hung up without a goodbye.")
	v.submit(v.get(base), "/hand", url.Values{"hand": {"off"}}).wants(t, 200, "Be the server")
	if s.service(t, a).ByHand {
		t.Error("somebody still plays the server")
	}
}

// answerFor is what the button for a code says.
func answerFor(t testing.TB, p page, code string) string {
	t.Helper()
	for b := range elements(p.doc, "button") {
		if attr(b, "class") == "quick" && strings.HasPrefix(attr(b, "value"), code) {
			return attr(b, "value")
		}
	}
	t.Fatalf("there is no button for %s in %s", code, p.text())
	return ""
}

// STARTTLS and the ports of TLS end what can be typed, and it is said so.
func TestHintsAtTerminals(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	base := hostURL(a, "pc1") + "/terminal"
	v.post(base, url.Values{"target": {"email.com"}, "port": {"995"}}).wants(t, 200, "On port 995 TLS comes first", "Try port 110.")
	for conn, c := range []struct{ port, lines, words string }{
		{"25", "EHLO x\nSTARTTLS", "a handshake cannot be typed"}, {"110", "STLS", "a handshake cannot be typed"},
	} {
		v.post(base, url.Values{"target": {"email.com"}, "port": {c.port}}).wants(t, 200)
		n := uint32(conn + 2)
		s.until(t, a, "the server greets", func(l *lab.Lab) bool { st, _ := l.LineAt(n, "pc1"); return st.Open })
		for line := range strings.SplitSeq(c.lines, "\n") {
			v.typeAt(a, "pc1", n, url.Values{"text": {line}})
		}
		v.get(fmt.Sprintf("%s/%d", base, n)).wants(t, 200, c.words)
	}
	v.post(base, url.Values{"target": {"email.com"}, "port": {"25"}}).wants(t, 200)
	s.until(t, a, "the server greets", func(l *lab.Lab) bool { c, _ := l.Conversation(4); return c.State == trace.Connected })
	v.typeAt(a, "pc1", 4, url.Values{"text": {"NOOP"}, "end": {"lf"}})
	v.get(base+"/4").wants(t, 200, "Your line has no end yet")
	s.act(t, a, lab.Action{Verb: lab.Pause})
	if !strings.Contains(v.get(base+"/2").body, `data-paused="true"`) {
		t.Error("nothing says that the lab is paused")
	}
}

// segments are events as a screen is drawn from.
func segments(list ...string) []trace.Event {
	var events []trace.Event
	for i, s := range list {
		who, octets, _ := strings.Cut(s, ":")
		e := trace.Event{Seq: uint64(i + 1), Kind: trace.Segment, From: who[:3], Raw: []byte(octets)}
		if len(who) > 3 { // "pc1 lost 2"
			e.Kind, e.Raw = trace.Lost, nil
			fmt.Sscanf(who[3:], " lost %d", &e.Re)
		}
		events = append(events, e)
	}
	return events
}

// A screen joins what segments tear apart, shows what is typed once however often it was sent, and what comes when it comes.
func TestScreen(t *testing.T) {
	for name, test := range map[string]struct {
		events []trace.Event
		want   string
	}{
		"turns":                   {segments("srv:220 x\r\n", "pc1:EHLO x\r\n", "srv:250 x\r\n"), "220 x|> EHLO x|250 x"},
		"a line in pieces":        {segments("pc1:NO", "pc1:OP", "pc1:\r", "pc1:\n", "pc1:x"), "> NOOP|> x"},
		"broken into":             {segments("pc1:NO", "srv:421 x\r\n", "pc1:OP\r\n"), "> NO|421 x|> OP"},
		"LF and CR alone":         {segments("pc1:a\nb\rc\r\n\r\n"), "> a|> b|> c|> "},
		"LF to another's CR":      {segments("pc1:a\r", "srv:\n"), "> a|"},
		"mine was lost":           {segments("pc1:a\r\n", "pc1 lost 1:", "pc1:a\r\n", "pc1:b\r\n"), "> a|> b"},
		"mine was lost twice":     {segments("pc1:a\r\n", "pc1 lost 1:", "pc1:a\r\n", "pc1 lost 3:", "pc1:a\r\n", "pc1:b\r\n"), "> a|> b"},
		"two of mine were lost":   {segments("pc1:a\r\n", "pc1:b\r\n", "pc1 lost 1:", "pc1 lost 2:", "pc1:a\r\n", "pc1:b\r\n", "pc1:a\r\n"), "> a|> b|> a"},
		"theirs was lost":         {segments("srv:a\r\n", "srv lost 1:", "srv:a\r\n"), "a"},
		"theirs has yet to come":  {segments("srv:a\r\n", "srv lost 1:"), ""},
		"a password":              {segments("pc1:PASS x y\r\n", "pc1:AUTH PLAIN eA==\r\n"), "> PASS x y|> AUTH PLAIN eA=="},
		"an umlaut in two pieces": {segments("srv:250 \xc3", "srv:\xb6\r\n"), "250 ö"},
	} {
		var got []string
		for _, l := range first(drawScreen(test.events, "pc1").shown(false, nil)) {
			text := l.Code + l.Text + l.Secret
			if l.Mine {
				text = "> " + text
			}
			got = append(got, text)
		}
		if s := strings.Join(got, "|"); s != test.want {
			t.Errorf("%s: %q, want %q", name, s, test.want)
		}
	}
	var many []string
	for range maxScreen {
		many = append(many, "srv:x\r\n", "pc1:y\r\n")
	}
	if lines, cut := drawScreen(segments(many...), "pc1").shown(false, nil); len(lines) != maxScreen || !cut {
		t.Errorf("%d lines, cut: %v", len(lines), cut)
	}
	sc := drawScreen(segments("srv:250-a\r\n250 b\r\n", "srv:250 c\r\n"), "srv")
	sc.judge(14, []smtp.Breach{smtp.Unasked})
	if sc.lines[0].verdict || !sc.lines[1].verdict || sc.lines[2].verdict {
		t.Errorf("%+v", sc.lines)
	}
}

func first[T any](v T, _ bool) T { return v }
