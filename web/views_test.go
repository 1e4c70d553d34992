package web

import (
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"smtplab/sim/explain"
	"smtplab/sim/lab"
	"smtplab/sim/pop3"
	"smtplab/sim/runner"
	"smtplab/sim/smtp"
	"smtplab/sim/trace"
	"smtplab/web/ui"
)

// withID is the element of a page that has an id.
func withID(t testing.TB, p page, id string) *html.Node {
	t.Helper()
	for n := range p.doc.Descendants() {
		if attr(n, "id") == id {
			return n
		}
	}
	t.Fatalf("%s has no #%s", p.path, id)
	return nil
}

// ofClass are the elements below n that have a class.
func ofClass(n *html.Node, class string) (found []*html.Node) {
	for d := range n.Descendants() {
		if slices.Contains(strings.Fields(attr(d, "class")), class) {
			found = append(found, d)
		}
	}
	return found
}

// said is the text in an element, with single spaces.
func said(n *html.Node) string { return page{doc: n}.text() }

// busy is a lab in which one mail was accepted, one was fetched, one refused, and one never got through.
func (s *site) busy(t testing.TB) runner.Access {
	t.Helper()
	a := s.newLab(t)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: "accepted", Body: "one\n.two\n"})
	s.fetched(t, a, "pc2")
	s.mailed(t, a, "pc1", lab.Mail{To: "nobody@email.com", Subject: "refused"})
	s.act(t, a, lab.Action{Verb: lab.Cut, Host: "pc3"})
	s.act(t, a, lab.Action{Verb: lab.Send, Host: "pc3", Mail: &lab.Mail{To: "pc1@email.com", Subject: "cut"}})
	for over := false; !over; {
		s.view(t, a, func(l *lab.Lab) { c, ok := l.Conversation(4); over = ok && !c.Open })
		if !over && s.runner.Act(t.Context(), a, lab.Action{Verb: lab.Skip}) != nil {
			s.until(t, a, "the connection is given up", func(l *lab.Lab) bool { c, ok := l.Conversation(4); return ok && !c.Open })
		}
	}
	return a
}

// The views are tabs of the lab's page, and fragments for the browser code, which say the same.
func TestViews(t *testing.T) {
	s := newSite(t, Options{})
	a := s.busy(t)
	v := s.visitor(t)
	for _, name := range []string{"ladder", "packets", "state", "sessions"} {
		p := v.get(labURL(a)+"?view="+name).wants(t, 200)
		if got := attr(withID(t, p, "trace"), "data-view"); got != name {
			t.Errorf("?view=%s shows %q", name, got)
		}
		body := said(withID(t, p, "view-body"))
		f := v.get(labURL(a)+"/views/"+name, "X-Fragment", "1").wants(t, 200)
		if strings.Contains(f.body, "<html") || said(withID(t, f, "view-body")) != body || !strings.Contains(f.header.Get("Vary"), "X-Fragment") {
			t.Errorf("%s: the fragment says something else than the page", name)
		}
		if p := v.get(labURL(a) + "/views/" + name + "?conn=1"); p.path != labURL(a)+"?conn=1&view="+name {
			t.Errorf("the fragment's address, as a page, leads to %s", p.path)
		}
		// The tabs lead to each other, and keep the filters.
		kept := v.get(labURL(a)+"?view="+name+"&show=smtp+tcp").wants(t, 200)
		for tab := range elements(withID(t, kept, "views"), "a") {
			q, err := url.Parse(attr(tab, "href"))
			if err != nil || q.Query().Get("show") != "smtp tcp" || q.Query().Get("view") != strings.TrimPrefix(attr(tab, "data-view"), "dialogue") {
				t.Errorf("a tab leads to %s", attr(tab, "href"))
			}
		}
	}
	if got := attr(withID(t, v.get(labURL(a)+"?view=dialogue").wants(t, 200), "trace"), "data-view"); got != "dialogue" {
		t.Errorf("?view=dialogue shows %q", got)
	}
}

func TestViewsOfNothing(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	for _, name := range []string{"ladder", "packets", "state", "sessions"} {
		v.get(labURL(a)+"?view="+name).wants(t, 200, "There is no conversation yet.")
		v.get(labURL(a)+"/views/"+name, "X-Fragment", "1").wants(t, 200, "There is no conversation yet.")
		if name != "sessions" {
			v.get(labURL(a)+"/views/"+name+"?conn=1", "X-Fragment", "1").wants(t, 404)
		}
	}
	v.get(labURL(a)+"/ladder.svg").wants(t, 404)
}

func TestViewsOfWhatThereIsNot(t *testing.T) {
	s := newSite(t, Options{})
	a := s.busy(t)
	v := s.visitor(t)
	var foreign, close uint64
	s.view(t, a, func(l *lab.Lab) {
		one, _ := l.Conversation(1)
		two, _ := l.Conversation(2)
		foreign, close = two.First, one.Last
	})
	for query, status := range map[string]int{
		"/views/nothing": 404, "/views/dialogue": 404, "/views/Ladder": 404, "?view=nothing": 400, "?view=%3Cscript%3E": 400,
		"/views/ladder?conn=99": 404, "/views/ladder?conn=x": 400, "/views/ladder?conn=0": 400, "/views/ladder?conn=-1": 400, "/views/state?conn=99999999999": 400,
		"/views/ladder?before=x": 400, "/views/sessions?before=-1": 400, "/views/packets?event=x": 400, "/views/packets?ack=1.5": 400,
		"?view=ladder&conn=99": 404, "?view=packets&conn=1&event=x": 400,
		"/views/packets?conn=1&event=" + num(foreign): 404, "/views/packets?conn=1&event=" + num(close): 404, "/views/packets?conn=1&event=9999999": 404,
		"/views/packets?conn=1&ack=" + num(foreign): 404, "/views/packets?conn=2&event=" + num(foreign): 200,
		"/ladder.svg?conn=99": 404, "/ladder.svg?conn=x": 400,
		"/views/ladder?conn=1&before=1": 200, "/views/sessions?before=1": 200, "/views/sessions?before=9999999": 200, "/views/packets?conn=1&before=1": 200,
	} {
		v.get(labURL(a)+query, "X-Fragment", "1").wants(t, status)
	}
}

func num(n uint64) string { return strconv.FormatUint(n, 10) }

// The list names every conversation, the failed ones too, with how far each came and what it cost.
func TestSessions(t *testing.T) {
	s := newSite(t, Options{})
	a := s.busy(t)
	p := s.visitor(t).get(labURL(a)+"?view=sessions").wants(t, 200)
	var got []string
	for _, li := range ofClass(p.doc, "session") {
		words := said(li)
		for _, st := range ofClass(li, "stage") {
			got = append(got, attr(st, "data-progress"))
		}
		got = append(got, "|", words)
	}
	text := strings.Join(got, " ")
	for _, want := range []string{
		"failed ahead ahead ahead ahead ahead ahead ahead | #4 PC-3 → SMTP Server:25", "timed out",
		"done done skipped skipped done failed failed done | #3 PC-1 → SMTP Server:25", "refused: 550 5.1.1",
		"done skipped done done done done | #2 PC-2 → SMTP Server:110", "1 message fetched",
		"done done skipped skipped done done done done | #1 PC-1 → SMTP Server:25", "6 round trips", "5 commands", "7 replies",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the list does not say %q:\n%s", want, text)
		}
	}
	for i, li := range ofClass(p.doc, "session") {
		conn := strconv.Itoa(4 - i)
		var links []string
		for link := range elements(li, "a") {
			links = append(links, strings.TrimPrefix(attr(link, "href"), labURL(a)))
		}
		want := "/conversations/" + conn + " ?conn=" + conn + "&view=ladder ?conn=" + conn + "&view=packets ?conn=" + conn + "&view=state /transcript.txt?conn=" + conn
		if strings.Join(links, " ") != want {
			t.Errorf("session %s leads to %v", conn, links)
		}
	}
}

// A long list comes in pages, which together have every conversation once.
func TestManySessions(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	for range maxSessions + 7 {
		s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com"})
	}
	var seen []string
	p := v.get(labURL(a) + "?view=sessions")
	for range 3 {
		for _, li := range ofClass(p.doc, "session") {
			seen = append(seen, attr(li, "id"))
		}
		more := ofClass(p.doc, "view__more")
		if len(more) == 0 || !strings.Contains(said(more[len(more)-1]), "earlier") {
			break
		}
		for link := range elements(more[len(more)-1], "a") {
			p = v.get(attr(link, "href"))
		}
	}
	if len(seen) != maxSessions+7 || seen[0] != "s57" || seen[56] != "s1" || len(slices.Compact(slices.Sorted(slices.Values(seen)))) != len(seen) {
		t.Errorf("the pages list %d: %v", len(seen), seen)
	}
	for link := range elements(ofClass(p.doc, "view__more")[0], "a") {
		if p = v.get(attr(link, "href")); attr(ofClass(p.doc, "session")[0], "id") != "s57" {
			t.Errorf("the way back leads to %s", attr(link, "href"))
		}
	}
}

// A view without a conversation shows the newest that carries something, not a failed attempt that came later.
func TestNewestConversation(t *testing.T) {
	s := newSite(t, Options{})
	a := s.busy(t)
	p := s.visitor(t).get(labURL(a)+"?view=ladder").wants(t, 200)
	for _, option := range ofClass(p.doc, "choose") {
		if got := said(option); !strings.Contains(got, "Newest: #3 PC-1 → SMTP Server") || !strings.Contains(got, "#4 PC-3 → SMTP Server, SMTP, timed out") {
			t.Errorf("one chooses from %s", got)
		}
	}
}

// The ladder tells the conversation: what was said along the arrows, each with its explanation, and what happened between.
func TestLadder(t *testing.T) {
	s := newSite(t, Options{})
	a := s.busy(t)
	v := s.visitor(t)
	p := v.get(labURL(a)+"?view=ladder&conn=1").wants(t, 200)
	var labels []string
	for _, label := range ofClass(p.doc, "ladder__label") {
		labels = append(labels, said(label))
	}
	want := []string{"SYN", "SYN-ACK", "ACK", "220 email.com ESMTP service ready", "EHLO pc1.email.com", "250-email.com greets pc1.email.com (14 lines)",
		"MAIL · RCPT · DATA", "250 · 250 · 354", "message, ", "250 2.0.0 Accepted as ", "QUIT", "221 2.0.0 email.com Goodbye, closing", "FIN", "FIN"}
	if len(labels) != len(want) {
		t.Fatalf("the arrows say %q", labels)
	}
	for i := range want {
		if !strings.HasPrefix(labels[i], want[i]) {
			t.Errorf("arrow %d says %q, want %q", i, labels[i], want[i])
		}
	}
	for _, arrow := range ofClass(p.doc, "ladder__arrow") {
		v.get(attr(arrow, "href"), "X-Fragment", "1").wants(t, 200, "card")
	}
	if got := said(withID(t, p, "view-body")); !strings.Contains(got, "✓ stored for pc2") || !strings.Contains(got, "closed") {
		t.Errorf("it does not tell of the mail: %s", got)
	}
	cut := v.get(labURL(a)+"?view=ladder&conn=4").wants(t, 200, "again: SYN ✗ lost", "≈ 2 s later", "✗ timed out")
	if n := strings.Count(said(withID(t, cut, "view-body")), "✗ lost"); n != 7 {
		t.Errorf("%d segments are lost", n)
	}
	v.get(labURL(a)+"?view=ladder&conn=2").wants(t, 200, "UTF8 · USER · PASS", "+OK · message, ")
}

// typed is a conversation of many short lines.
func (s *site) typed(t testing.TB, a runner.Access, lines int) (conn uint32) {
	t.Helper()
	s.act(t, a, lab.Action{Verb: lab.Connect, Host: lab.OutsideID, N: 25})
	s.view(t, a, func(l *lab.Lab) { conn = l.LastLine() })
	s.until(t, a, "the server greets", func(l *lab.Lab) bool { line, _ := l.Line(conn); return line.Open && len(l.Arrived(nil, conn)) > 0 })
	for range lines {
		s.act(t, a, lab.Action{Verb: lab.Say, Conn: conn, Data: []byte("NOOP\r\n")})
	}
	return conn
}

// A long conversation is drawn and listed in parts, which together have every segment once.
func TestLongConversation(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	conn := strconv.Itoa(int(s.typed(t, a, 200)))
	segments := 0
	s.until(t, a, "all is answered", func(l *lab.Lab) bool {
		segments = 0
		answered := 0
		for e := range l.Trace().After(0) {
			if e.Kind == trace.Segment {
				segments++
			}
			if e.Kind == trace.Reply && e.Verb == "NOOP" {
				answered++
			}
		}
		return answered == 200
	})
	for view, class := range map[string]string{"ladder": "ladder__arrow", "packets": "frame__info"} {
		seen := map[string]bool{}
		p := v.get(labURL(a) + "?view=" + view + "&conn=" + conn)
		for next := ""; ; p = v.get(next) {
			items := ofClass(withID(t, p, "view-body"), class)
			if len(items) > maxArrows+1 {
				t.Fatalf("%s: %d at once", view, len(items))
			}
			for _, item := range items {
				for link := range elements(item, "a") {
					item = link
				}
				if id := attr(item, "id"); id != "" && seen[id] {
					t.Fatalf("%s: %s is there twice", view, id)
				} else if id != "" {
					seen[id] = true
				}
			}
			next = ""
			for _, more := range ofClass(p.doc, "view__more") {
				if !strings.Contains(said(more), " of ") {
					t.Errorf("%s: the part is not named: %s", view, said(more))
				}
				for link := range elements(more, "a") {
					if strings.Contains(said(link), "earlier") {
						next = attr(link, "href")
					}
				}
			}
			if next == "" {
				break
			}
		}
		if view == "ladder" && len(seen) != segments || len(seen) < segments {
			t.Errorf("%s: %d of %d segments", view, len(seen), segments)
		}
	}
	// The frame of an event is opened wherever it is, among its neighbours.
	p := v.get(labURL(a)+"?view=packets&conn="+conn+"&event=20").wants(t, 200)
	if chosen := slices.IndexFunc(ofClass(p.doc, "frame"), func(n *html.Node) bool { return attr(n, "data-chosen") == "true" }); chosen < 0 {
		t.Error("the frame that is opened is not listed")
	}
}

func TestPackets(t *testing.T) {
	s := newSite(t, Options{})
	a := s.busy(t)
	v := s.visitor(t)
	var data, pass, syn trace.Event
	s.view(t, a, func(l *lab.Lab) {
		for e := range l.Trace().After(0) {
			switch {
			case e.Kind == trace.Data && e.Conn == 1:
				data = e
			case e.Verb == "PASS" && e.Kind == trace.Command:
				pass = e
			case e.Note == "SYN" && e.Conn == 1:
				syn = e
			}
		}
	})
	// An event that is no segment opens the segment that carried it.
	p := v.get(labURL(a)+"?view=packets&conn=1&event="+num(data.Seq)).wants(t, 200, "message, ", "Ethernet II", "02:00:c0:a8:0b:01 → 02:00:c0:a8:0b:04", "192.168.11.1 → 192.168.11.4", "PSH, ACK", "CRLF")
	hex := ofClass(p.doc, "hex")[0]
	if got := said(hex); !strings.Contains(got, "0d 0a") || !strings.Contains(got, "←↓") {
		t.Errorf("the octets:\n%s", got)
	}
	if dots := ofClass(hex, "hex--dot"); len(dots) != 2 || said(dots[0]) != "2e" || said(dots[1]) != "." {
		t.Errorf("%d dots are marked as doubled", len(dots))
	}
	v.get(labURL(a)+"?view=packets&conn=1&event="+num(syn.Seq)).wants(t, 200, "Maximum segment size", "SYN")
	v.get(labURL(a)+"?view=packets&conn=1&ack="+num(lastFIN(t, s, a))).wants(t, 200, "as a real machine would send it")
	p = v.get(labURL(a)+"?view=packets&conn=2&event="+num(pass.Seq)).wants(t, 200)
	if secret := ofClass(ofClass(p.doc, "hex")[0], "secret"); len(secret) != 2 || said(secret[0]) != "70 63 32" || said(secret[1]) != "pc2" {
		t.Errorf("the password is not told apart: %d", len(secret))
	}
	p = v.get(labURL(a)+"?view=packets&conn=4").wants(t, 200, "again: SYN ✗ lost")
	if n := len(ofClass(p.doc, "frame--lost")); n != 7 {
		t.Errorf("%d frames are lost", n)
	}
}

// lastFIN is the last FIN of the first conversation, which is acknowledged by a frame of its own.
func lastFIN(t testing.TB, s *site, a runner.Access) (seq uint64) {
	t.Helper()
	s.view(t, a, func(l *lab.Lab) {
		for e := range l.Trace().After(0) {
			if e.Conn == 1 && e.Note == "FIN" {
				seq = e.Seq
			}
		}
	})
	return seq
}

// In TLS the wire carried other octets than what was said; both are shown.
func TestViewsOfTLS(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	var account lab.Account
	s.view(t, a, func(l *lab.Lab) { pc, _ := l.PC("pc1"); account = pc.Account })
	account.SMTP = lab.Access{Port: 587, TLS: lab.TLSRequired, Login: lab.AnyMechanism}
	s.act(t, a, lab.Action{Verb: lab.Setup, Host: "pc1", Settings: &lab.Settings{Account: &account}})
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com"})
	v.get(labURL(a)+"?view=ladder").wants(t, 200, "ClientHello", "ServerHello … Finished", "ladder__arrow--tls", "MAIL · RCPT · DATA")
	v.get(labURL(a)+"?view=state").wants(t, 200, "STARTTLS 220", "greeted → connected", "AUTH 235")
	v.get(labURL(a)+"?view=sessions").wants(t, 200, "SMTP · TLS 1.3", "12 round trips")
	var mail trace.Event
	s.view(t, a, func(l *lab.Lab) {
		for e := range l.Trace().After(0) {
			if e.Verb == "MAIL" && e.Kind == trace.Command {
				mail = e
			}
		}
	})
	p := v.get(labURL(a)+"?view=packets&event="+num(mail.Seq)).wants(t, 200, "Inside TLS, as whoever has the keys reads it", "MAIL FROM:")
	if strings.Contains(said(ofClass(p.doc, "hex")[0]), "MAIL") {
		t.Error("the wire carries it readably")
	}
}

// The drawing as a file: XML that leads nowhere.
func TestLadderFile(t *testing.T) {
	s := newSite(t, Options{})
	a := s.busy(t)
	p := s.visitor(t).get(labURL(a)+"/ladder.svg?conn=4").wants(t, 200, "✗ lost", "PC-3")
	if p.header.Get("Content-Type") != "image/svg+xml" || p.header.Get("Content-Disposition") != `attachment; filename="smtplab-amber-fox-4.svg"` {
		t.Errorf("it is served as %v", p.header)
	}
	if strings.Contains(p.body, a.ID) || strings.Contains(p.body, "href") {
		t.Error("it tells the address of the lab")
	}
	for d := xml.NewDecoder(strings.NewReader(p.body)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// The state view says where the conversation stands, what is awaited and what may come.
func TestState(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	s.act(t, a, lab.Action{Verb: lab.Pause})
	s.act(t, a, lab.Action{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: "pc2@email.com"}})
	state := func() string {
		return said(withID(t, v.get(labURL(a)+"?view=state").wants(t, 200), "view-body"))
	}
	stepTo := func(what string, reached func(c lab.Conversation, log *trace.Log) bool) string {
		t.Helper()
		for range 60 {
			s.act(t, a, lab.Action{Verb: lab.Step})
			ok := false
			s.view(t, a, func(l *lab.Lab) {
				if c, there := l.Conversation(1); there {
					ok = reached(c, l.Trace())
				}
			})
			if ok {
				return state()
			}
		}
		t.Fatalf("stepping does not reach %s", what)
		return ""
	}
	contains := func(text string, words ...string) {
		t.Helper()
		for _, w := range words {
			if !strings.Contains(text, w) {
				t.Errorf("it does not say %q: %s", w, text)
			}
		}
	}
	if got := state(); !strings.Contains(got, "No protocol was spoken") {
		t.Errorf("before anything was said: %s", got)
	}
	contains(stepTo("the greeting", func(_ lab.Conversation, log *trace.Log) bool { return log.At(log.Last()).Code == 220 }),
		"Now: connected", "What the client may say", "EHLO introduces the client", "→ greeted", "How it came there", "greeting 220")
	contains(stepTo("EHLO", func(_ lab.Conversation, log *trace.Log) bool { return log.At(log.Last()).Verb == "EHLO" }),
		"The server is to answer EHLO, with one of these:", "250", "502")
	got := stepTo("the data", func(c lab.Conversation, _ *trace.Log) bool { return c.State == trace.InData })
	contains(got, "Now: in the data", "● in the data", "A line with only a dot ends the message.", "→ greeted", "RCPT 250", "MAIL given → RCPT given")
	s.act(t, a, lab.Action{Verb: lab.Run})
	s.until(t, a, "it is over", quiet)
	contains(state(), "Now: ended", "● ended", "the dot", "end of the data 250")
	s.fetched(t, a, "pc2")
	contains(state(), "UPDATE", "RETR +OK", "AUTHORIZATION → TRANSACTION", "QUIT +OK")
}

// Whoever types a message ends it with a line of its own.
func TestEndOfDataInParts(t *testing.T) {
	for parts, want := range map[string]bool{
		".\r\n": true, "a\r\n.\r\n": true, "a\r\n|.\r\n": true, "a\r\n|.|\r\n": true, "a|b|c|\r|\n|.|\r|\n": true,
		"a\r\n": false, "a.\r\n": false, "a\n|.\r\n": false, "a\r\n|.\r\n|b": false,
	} {
		v := stateView{subject: subject{talk: lab.Conversation{Proto: trace.SMTP}}}
		for part := range strings.SplitSeq(parts, "|") {
			v.follow(&trace.Event{Kind: trace.Data, Proto: trace.SMTP, Raw: []byte(part)})
		}
		if len(v.asked) != 1 || endsData(v.asked[0]) != want {
			t.Errorf("%q: %+v", parts, v.asked)
		}
	}
}

// The diagrams are those of the engines: each way leads where they say it leads, and wherever a command that is in order
// leads, there is a way.
func TestDiagramsAreTheEngines(t *testing.T) {
	book, err := explain.Load("en")
	if err != nil {
		t.Fatal(err)
	}
	next := func(d ui.Diagram, from trace.State, verb string) []trace.State {
		if d.Proto == "POP3" {
			return []trace.State{pop3.Next(from, verb, pop3.OK), pop3.Next(from, verb, pop3.Err), pop3.Next(from, verb, pop3.Challenge)}
		}
		var to []trace.State
		for _, code := range []int{220, 221, 235, 250, 334, 354, 450, 535, 550} {
			to = append(to, smtp.Next(from, verb, code))
		}
		return to
	}
	for _, d := range []ui.Diagram{ui.SMTPStates, ui.POP3States} {
		states := map[string]trace.State{}
		for st := trace.Connected; st <= trace.Ended; st++ {
			if slices.ContainsFunc(d.Nodes, func(n ui.StateNode) bool { return n.Name == st.String() }) {
				states[st.String()] = st
			}
		}
		for _, e := range d.Edges {
			for _, verb := range e.Verbs {
				if from, ok := states[e.From]; verb != ui.Closed && (ok || e.From == "") && !slices.Contains(next(d, from, verb), states[e.To]) {
					t.Errorf("%s: no answer to %q leads from %q to %q", d.Proto, verb, e.From, e.To)
				}
			}
		}
		for name, from := range states {
			verbs := book.InOrder(from, false)
			if from == trace.Authenticating {
				verbs = []string{"AUTH"} // what answers a challenge answers AUTH
			}
			for _, verb := range verbs {
				for _, to := range next(d, from, verb) {
					if to != from && d.Edge(name, to.String(), verb) < 0 {
						t.Errorf("%s: the answer to %s that leads from %v to %v is not drawn", d.Proto, verb, from, to)
					}
				}
			}
		}
	}
}

// A view of the past ends where the past does.
func TestViewsOfThePast(t *testing.T) {
	s := newSite(t, Options{})
	a := s.busy(t)
	v := s.visitor(t)
	var greeted uint64
	s.view(t, a, func(l *lab.Lab) {
		for e := range l.Trace().After(0) {
			if e.Code == 220 && greeted == 0 {
				greeted = e.Seq
			}
		}
	})
	then := labURL(a) + "/at/" + num(greeted)
	for _, name := range []string{"ladder", "packets", "state", "sessions"} {
		p := v.get(then+"?view="+name).wants(t, 200)
		body := withID(t, p, "view-body")
		for _, later := range []string{"EHLO pc1", "#2", "stored", "ended"} {
			if name != "state" && strings.Contains(said(body), later) {
				t.Errorf("%s shows %q, which was later", name, later)
			}
		}
		for link := range elements(withID(t, p, "view-content"), "a") {
			if href := attr(link, "href"); strings.HasPrefix(href, labURL(a)) && !strings.HasPrefix(href, then) {
				t.Errorf("%s leads out of the past: %s", name, href)
			}
		}
	}
	v.get(then+"?view=state").wants(t, 200, "Now: connected")
	v.get(then+"/views/sessions", "X-Fragment", "1").wants(t, 200, "in progress")
}
