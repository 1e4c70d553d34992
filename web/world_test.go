package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"smtplab/sim/lab"
	"smtplab/sim/runner"
	"smtplab/sim/trace"
	"smtplab/web/live"
	"smtplab/web/ui"
)

var quick = live.Options{Gather: time.Millisecond}

// watch reads the lab's websocket until done is true of an envelope; it fails on a gap.
func (s *site) watch(t testing.TB, a runner.Access, after uint64, done func(ui.Envelope) bool) []ui.Envelope {
	t.Helper()
	c, _, err := s.dial(t, labURL(a)+"/live?after="+strconv.FormatUint(after, 10), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var all []ui.Envelope
	for {
		var e ui.Envelope
		if err := c.ReadJSON(&e); err != nil {
			t.Fatalf("after %d envelopes: %v", len(all), err)
		}
		all = append(all, e)
		if done(e) {
			return all
		}
	}
}

// ofKind are the wires of a kind, in order.
func ofKind(envelopes []ui.Envelope, kind ui.WireKind) []ui.Wire {
	var wires []ui.Wire
	for _, e := range envelopes {
		for _, w := range e.Wire {
			if w.Kind == kind {
				wires = append(wires, w)
			}
		}
	}
	return wires
}

// rows are the numbers of the rows in envelopes, in the order of the page's text.
func rows(envelopes []ui.Envelope) []uint64 {
	var seqs []uint64
	for _, e := range envelopes {
		for piece := range strings.SplitSeq(e.HTML, `data-seq="`) {
			if n, err := strconv.ParseUint(piece[:max(0, strings.IndexByte(piece, '"'))], 10, 64); err == nil {
				seqs = append(seqs, n)
			}
		}
	}
	return seqs
}

func TestWatchingAMail(t *testing.T) {
	s := newSite(t, Options{Live: quick})
	a := s.newLab(t)
	var envelopes []ui.Envelope
	var watching sync.WaitGroup
	watching.Go(func() {
		seen := false
		envelopes = s.watch(t, a, 0, func(e ui.Envelope) bool {
			seen = seen || len(ofKind([]ui.Envelope{e}, ui.WireNotice)) > 0
			var last uint64
			s.view(t, a, func(l *lab.Lab) { last = l.Trace().Last() })
			return seen && e.Seq == last
		})
	})
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: "hello", Body: "there"})
	watching.Wait()

	var last uint64
	s.view(t, a, func(l *lab.Lab) { last = l.Trace().Last() })
	got := rows(envelopes)
	for i, seq := range got {
		if seq != uint64(i+1) {
			t.Fatalf("row %d is event %d", i, seq)
		}
	}
	if len(got) != int(last) || last < 20 {
		t.Errorf("%d rows for %d events", len(got), last)
	}
	if n := len(ofKind(envelopes[:1], ui.WireHost)); n != 4 {
		t.Errorf("a newcomer is told of %d hosts", n)
	}
	var labels []string
	for _, w := range ofKind(envelopes, ui.WireSegment) {
		labels = append(labels, w.Side+" "+w.Label)
	}
	told := strings.Join(labels, "\n")
	for _, want := range []string{"server 220", "client EHLO pc1.email.com", "client MAIL · RCPT · DATA", "client message, ", "server 250 · 250 · 354"} {
		if !strings.Contains(told, want) {
			t.Errorf("nothing travels as %q:\n%s", want, told)
		}
	}
	if notices := ofKind(envelopes, ui.WireNotice); len(notices) != 1 || !strings.Contains(notices[0].HTML, "The server accepted the mail for pc2@email.com.") {
		t.Errorf("notices: %+v", notices)
	}
	unread := 0
	for _, w := range ofKind(envelopes, ui.WireHost) {
		if w.Host == "pc2" {
			unread = w.Unread
		}
	}
	if unread != 1 {
		t.Errorf("PC-2's badge shows %d", unread)
	}

	// Whoever comes back in the middle, by websocket or by polling, is told the same.
	middle := last / 2
	again := s.watch(t, a, middle, func(e ui.Envelope) bool { return e.Seq == last })
	var polled []ui.Envelope
	p := s.visitor(t).get(labURL(a)+"/poll?after="+strconv.FormatUint(middle, 10)).wants(t, 200)
	if err := json.Unmarshal([]byte(p.body), &polled); err != nil {
		t.Fatal(err)
	}
	for how, envelopes := range map[string][]ui.Envelope{"websocket": again, "polling": polled} {
		if got := rows(envelopes); len(got) != int(last-middle) || got[0] != middle+1 {
			t.Errorf("%s after %d: rows %v", how, middle, got)
		}
		if len(ofKind(envelopes, ui.WireNotice)) != 1 {
			t.Errorf("%s: the notice that was missed is not told", how)
		}
	}
	upToDate := s.watch(t, a, last, func(ui.Envelope) bool { return true })
	if upToDate[0].HTML != "" || len(ofKind(upToDate, ui.WireNotice)) != 0 || len(ofKind(upToDate, ui.WireWait)) != 1 || len(ofKind(upToDate, ui.WireClock)) != 1 {
		t.Errorf("who has seen everything is told %+v", upToDate[0])
	}
}

func TestResync(t *testing.T) {
	s := newSite(t, Options{Live: quick})
	a := s.newLab(t)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com"})
	s.act(t, a, lab.Action{Verb: lab.Reset})
	for _, after := range []uint64{1, 1 << 40} {
		e := s.watch(t, a, after, func(ui.Envelope) bool { return true })[0]
		var last uint64
		s.view(t, a, func(l *lab.Lab) { last = l.Trace().Last() })
		if !e.Resync || e.Seq != last || e.HTML != "" {
			t.Errorf("after %d: %+v, want a resync to %d", after, e, last)
		}
	}
	for lastEvent(t, s, a.ID) < maxBehind+100 {
		s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com, pc3@email.com"})
	}
	var first uint64
	s.view(t, a, func(l *lab.Lab) { first = l.Trace().First() })
	for s2 := lastEvent(t, s, a.ID); s2-first <= maxBehind; s2 = lastEvent(t, s, a.ID) {
		s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com"})
	}
	if e := s.watch(t, a, first, func(ui.Envelope) bool { return true })[0]; !e.Resync {
		t.Errorf("more than %d events behind: %d octets of rows", maxBehind, len(e.HTML))
	}
}

// A reset while everybody watches and a mail is half sent: nobody is stuck, the new world begins.
func TestResetInTheMiddleOfAConversation(t *testing.T) {
	s := newSite(t, Options{Live: quick})
	a := s.newLab(t)
	v := s.visitor(t)
	s.act(t, a, lab.Action{Verb: lab.Pause})
	s.act(t, a, lab.Action{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: "pc2@email.com", Body: "half"}})
	step := func() bool {
		inData := false
		v.post(labURL(a)+"/clock", url.Values{"do": {"step"}}, "X-Fragment", "1").wants(t, 204)
		s.view(t, a, func(l *lab.Lab) {
			if c, ok := l.Conversation(1); ok {
				inData = c.State == trace.InData
			}
		})
		return inData
	}
	for n := 0; !step(); n++ {
		if n > 200 {
			t.Fatal("stepping does not reach the data")
		}
	}
	v.get(labURL(a)).wants(t, 200, "354")
	before := lastEvent(t, s, a.ID)
	v.submit(v.get(labURL(a)+"/reset").wants(t, 200, "Reset the lab?"), "/reset", nil).wants(t, 200, "PC-1")
	if after := lastEvent(t, s, a.ID); after <= before {
		t.Errorf("the numbering went from %d back to %d", before, after)
	}
	e := s.watch(t, a, before, func(ui.Envelope) bool { return true })
	if len(ofKind(e, ui.WireReset)) != 1 && !e[0].Resync {
		t.Errorf("who watched is told %+v", e[0])
	}
	s.act(t, a, lab.Action{Verb: lab.Speed})
	s.act(t, a, lab.Action{Verb: lab.Run})
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: "again"})
	v.get(hostURL(a, "pc1")+"/sent").wants(t, 200, "The server accepted the mail")
}

func TestLinkCutInTheMiddleOfTheData(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	s.act(t, a, lab.Action{Verb: lab.Pause})
	s.act(t, a, lab.Action{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: "pc2@email.com", Body: strings.Repeat("line\n", 1000)}})
	for n, inData := 0, false; !inData; n++ {
		if n > 200 {
			t.Fatal("stepping does not reach the data")
		}
		s.act(t, a, lab.Action{Verb: lab.Step})
		s.view(t, a, func(l *lab.Lab) { c, _ := l.Conversation(1); inData = c.State == trace.InData })
	}
	p := v.submit(v.get(labURL(a)+"/conditions"), "/links/pc1", url.Values{"do": {"cut"}}).wants(t, 200, "link cut")
	if p.path != labURL(a)+"/conditions" {
		t.Errorf("cutting leads to %s", p.path)
	}
	s.act(t, a, lab.Action{Verb: lab.Run})
	for n := 0; ; n++ {
		over := false
		s.view(t, a, func(l *lab.Lab) { over = len(l.Notices(0)) > 0 })
		if over {
			break
		}
		if n > 2000 {
			t.Fatal("the mail never fails")
		}
		v.post(labURL(a)+"/clock", url.Values{"do": {"skip"}}, "X-Fragment", "1")
		if n%60 == 59 {
			s.web.labActs = newMeter(DefaultLimits.LabActs, 10, time.Now) // this test is quicker than a person
			s.web.acts = newMeter(DefaultLimits.Acts, 10, time.Now)
		}
	}
	v.get(labURL(a)+"/notices").wants(t, 200, "PC-1")
	v.submit(v.get(labURL(a)+"/conditions"), "/links/pc1", url.Values{"do": {"restore"}}).wants(t, 200, "connected")
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com"})
}

func TestUnknownRecipient(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	s.mailed(t, a, "pc1", lab.Mail{To: "nobody@email.com, pc2@email.com", Subject: "one of two"})
	v.get(hostURL(a, "pc1")+"/sent").wants(t, 200, "nobody@email.com", "550 5.1.1", "accepted", "refused")
	s.mailed(t, a, "pc1", lab.Mail{To: "nobody@email.com"})
	notices := v.get(labURL(a)+"/notices").wants(t, 200, "550 5.1.1")
	// The reply that decided leads to its explanation.
	for link := range elements(notices.doc, "a") {
		if href := attr(link, "href"); strings.Contains(href, "/events/") {
			v.get(href).wants(t, 200, "550", "RFC 5321")
			return
		}
	}
	t.Error("the notice has no link to the reply")
}

// Two browsers act at once: everything that was accepted happens, once, and nothing else.
func TestTwoBrowsersActAtOnce(t *testing.T) {
	s := newSite(t, Options{Live: quick})
	a := s.newLab(t)
	const each = 10
	var both sync.WaitGroup
	for _, host := range []string{"pc1", "pc2"} {
		v := s.visitor(t)
		both.Go(func() {
			for i := range each {
				p := v.post(hostURL(a, host)+"/mail", url.Values{"to": {"pc3@email.com"}, "subject": {host + " " + strconv.Itoa(i)}})
				if p.status != 200 {
					t.Errorf("%s, mail %d: %d %s", host, i, p.status, p.text())
				}
			}
		})
	}
	both.Wait()
	s.until(t, a, "all are delivered", func(l *lab.Lab) bool { return len(l.Notices(0)) == 2*each && quiet(l) })
	s.fetched(t, a, "pc3")
	s.view(t, a, func(l *lab.Lab) {
		pc, _ := l.PC("pc3")
		if len(pc.Inbox) != 2*each {
			t.Errorf("%d mails arrived", len(pc.Inbox))
		}
	})
	body := s.visitor(t).get(hostURL(a, "pc3") + "/inbox").body
	for _, host := range []string{"pc1", "pc2"} {
		for i := range each {
			if n := strings.Count(body, ">"+host+" "+strconv.Itoa(i)+"<"); n != 1 {
				t.Errorf("mail %d of %s is listed %d times", i, host, n)
			}
		}
	}
}

// What a mail contains is shown and never acts.
func TestHostileMail(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	hostile := `"><script>alert(1)</script><img src=http://evil.example/x onerror=alert(1)></textarea><svg onload=alert(1)>` + "\u202e"
	v.postParts(hostURL(a, "pc1")+"/mail", part{name: "to", value: "pc2@email.com"}, part{name: "subject", value: hostile}, part{name: "body", value: hostile},
		part{"files", `filename="<img src=x onerror=alert(1)>.html"`, hostile}).wants(t, 200)
	s.until(t, a, "the mail is delivered", func(l *lab.Lab) bool { return len(l.Notices(0)) == 1 && quiet(l) })
	s.fetched(t, a, "pc2")
	base := hostURL(a, "pc2") + "/inbox"
	for _, path := range []string{labURL(a), labURL(a) + "/conversations/1", base, base + "/1", base + "/1?view=headers", base + "/1?view=source", base + "/1?view=%3Cscript%3E",
		hostURL(a, "pc2") + "/compose?reply=1", hostURL(a, "pc1") + "/sent", labURL(a) + "/notices", labURL(a) + "?show=%3Cscript%3E",
		labURL(a) + "?view=ladder", labURL(a) + "?view=packets&conn=1&event=20", labURL(a) + "?view=state", labURL(a) + "?view=sessions"} {
		p := v.get(path).wants(t, 200)
		for tag := range elements(p.doc, "script") {
			if !strings.HasPrefix(attr(tag, "src"), "/static/") {
				t.Errorf("%s: a script of somebody else's", path)
			}
		}
		for d := range p.doc.Descendants() {
			for _, at := range d.Attr {
				if strings.HasPrefix(at.Key, "on") || strings.Contains(at.Val, "javascript:") || at.Key == "src" && strings.Contains(at.Val, "evil") {
					t.Errorf("%s: <%s %s=%q>", path, d.Data, at.Key, at.Val)
				}
			}
		}
		if strings.Contains(p.body, "\u202e") && !strings.Contains(path, "compose") {
			t.Errorf("%s: text runs backwards", path)
		}
	}
	v.get(base+"/1/html").wants(t, 404) // it has no HTML part
	raw := v.get(base+"/1/raw").wants(t, 200)
	if got := raw.header.Get("Content-Type"); got != "message/rfc822" || raw.header.Get("X-Content-Type-Options") != "nosniff" || raw.header.Get("Content-Security-Policy") != mailPolicy {
		t.Errorf("the source is served as %s, %v", got, raw.header)
	}
	if text := v.get(labURL(a)+"/transcript.txt").wants(t, 200).body; strings.Contains(text, "\u202e") || !strings.Contains(text, " -> RCPT TO:<pc2@email.com>") {
		t.Errorf("the transcript:\n%.500s", text)
	}
}

// Every event of a mail and its fetching has an explanation with a title, as a page and as a card.
func TestEveryEventIsExplained(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com, nobody@email.com", Subject: "hello"})
	s.fetched(t, a, "pc2")
	for seq := uint64(1); seq <= lastEvent(t, s, a.ID); seq++ {
		path := eventURL(labURL(a), seq)
		page := v.get(path).wants(t, 200, "#e"+strconv.FormatUint(seq, 10))
		card := v.get(path, "X-Fragment", "1").wants(t, 200)
		if strings.Contains(card.body, "<html") || len(card.body) >= len(page.body) || !strings.Contains(card.header.Get("Vary"), "X-Fragment") {
			t.Errorf("event %d: the card is the page", seq)
		}
		if strings.Contains(page.body, "<title> · ") {
			t.Errorf("event %d has no title", seq)
		}
	}
	ehlo := v.get(labURL(a) + "/transcript.json").body
	if !strings.Contains(ehlo, `"verb":"EHLO"`) {
		t.Fatal("no EHLO")
	}
}

func TestEarlierEvents(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	for lastEvent(t, s, a.ID) < 3*pageRows {
		s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com"})
	}
	seen := map[string]bool{}
	p := v.get(labURL(a)).wants(t, 200)
	if !strings.Contains(p.body, `data-seq="`+strconv.FormatUint(lastEvent(t, s, a.ID), 10)) {
		t.Error("the page does not say where the live channel goes on")
	}
	for {
		earlier := ""
		for li := range elements(p.doc, "li") {
			if seq := attr(li, "data-seq"); seq != "" {
				if seen[seq] {
					t.Fatalf("event %s is on two pages", seq)
				}
				seen[seq] = true
			}
		}
		for link := range elements(p.doc, "a") {
			if strings.Contains(attr(link, "href"), "/wire?before=") {
				earlier = attr(link, "href")
			}
		}
		if earlier == "" || attrHidden(p, earlier) {
			break
		}
		p = v.get(earlier).wants(t, 200)
	}
	if len(seen) != int(lastEvent(t, s, a.ID)) {
		t.Errorf("%d of %d events are to be seen", len(seen), lastEvent(t, s, a.ID))
	}
	v.get(labURL(a)+"/wire?before=1").wants(t, 400)
	v.get(labURL(a)+"/wire?before=x").wants(t, 400)
}

// attrHidden reports whether the paragraph around a link is hidden.
func attrHidden(p page, href string) bool {
	for link := range elements(p.doc, "a") {
		if attr(link, "href") == href && link.Parent != nil {
			for _, at := range link.Parent.Attr {
				if at.Key == "hidden" {
					return true
				}
			}
		}
	}
	return false
}

func TestShutdownEndsWatching(t *testing.T) {
	s := newSite(t, Options{Live: quick})
	a := s.newLab(t)
	c, _, err := s.dial(t, labURL(a)+"/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.web.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	for {
		if _, _, err = c.ReadMessage(); err != nil {
			break
		}
	}
	if !websocket.IsCloseError(err, websocket.CloseGoingAway) {
		t.Errorf("closed with %v", err)
	}
	_, resp, _ := s.dial(t, labURL(a)+"/live", nil)
	if resp == nil || resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a newcomer: %v", resp)
	}
}
