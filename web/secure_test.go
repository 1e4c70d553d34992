package web

import (
	"strconv"
	"strings"
	"testing"

	"smtplab/sim/lab"
	"smtplab/sim/runner"
	"smtplab/sim/trace"
	"smtplab/web/ui"
)

// sealed sets a PC up to begin with TLS, or to go on with it.
func (s *site) sealed(t testing.TB, a runner.Access, host string, how lab.TLS) {
	t.Helper()
	account := s.account(t, a, host)
	account.SMTP = lab.Access{Port: map[lab.TLS]uint16{lab.TLSFirst: 465, lab.TLSRequired: 587}[how], TLS: how, Login: lab.AnyMechanism}
	s.act(t, a, lab.Action{Verb: lab.Setup, Host: host, Settings: &lab.Settings{Account: &account}})
}

// What flies on the map inside TLS is labelled by its records, and what is said before TLS by its words.
func TestWhatTravelsInsideTLS(t *testing.T) {
	for how, clear := range map[lab.TLS][]string{lab.TLSFirst: {}, lab.TLSRequired: {"220", "EHLO pc1.email.com", "250", "STARTTLS", "220"}} {
		s := newSite(t, Options{})
		a := s.newLab(t)
		s.sealed(t, a, "pc1", how)
		s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: "between us"})
		e, err := s.web.envelope(t.Context(), a, stretch{}, false)
		if err != nil {
			t.Fatal(err)
		}
		var open []string
		closed := 0
		for _, w := range ofKind([]ui.Envelope{e}, ui.WireSegment) {
			switch {
			case w.Proto == "tcp":
			case w.Secure != strings.HasPrefix(w.Label, "TLS: "):
				t.Errorf("%s: secure %v, but it flies as %q", how, w.Secure, w.Label)
			case w.Secure:
				closed++
			default:
				open = append(open, w.Label)
			}
		}
		if strings.Join(open, "|") != strings.Join(clear, "|") || closed < 10 {
			t.Errorf("%s: in the clear %q, and %d segments of TLS", how, open, closed)
		}
		page := s.visitor(t).get(labURL(a)+"?show=tcp").wants(t, 200, "TLS: application data", "TLS: handshake")
		if strings.Contains(page.text(), "\\x17\\x03\\x03") {
			t.Errorf("%s: ciphertext is shown as a line", how)
		}
	}
}

// Everything that is said inside TLS has an explanation, which says what the wire carried and leads there.
func TestEveryEventInsideTLSIsExplained(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	s.sealed(t, a, "pc1", lab.TLSRequired)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: "between us"})
	kinds := map[trace.Kind]bool{}
	for seq := uint64(1); seq <= lastEvent(t, s, a.ID); seq++ {
		var e trace.Event
		s.view(t, a, func(l *lab.Lab) { e = l.Trace().At(seq) })
		page := v.get(eventURL(labURL(a), seq)).wants(t, 200)
		kinds[e.Kind] = true
		if !e.Secure {
			continue
		}
		page.wants(t, 200, "wire carried ciphertext", "The segment that carried it")
		if !s.leadsTo(t, a, page, trace.Segment) {
			t.Errorf("event %d leads to no segment", seq)
		}
	}
	if !kinds[trace.Handshake] || !kinds[trace.Response] {
		t.Errorf("the kinds seen are %v", kinds)
	}
}

// leadsTo reports whether a page has a link to an event of that kind.
func (s *site) leadsTo(t testing.TB, a runner.Access, p page, kind trace.Kind) (found bool) {
	t.Helper()
	for link := range elements(p.doc, "a") {
		text, ok := strings.CutPrefix(attr(link, "href"), labURL(a)+"/events/")
		if n, err := strconv.ParseUint(text, 10, 64); ok && err == nil {
			s.view(t, a, func(l *lab.Lab) { found = found || l.Trace().At(n).Kind == kind })
		}
	}
	return found
}

// Whoever watches sees the host Outside come when the first real program does, and go with a reset.
func TestOutsideJoins(t *testing.T) {
	s := newSite(t, Options{Live: quick})
	a := s.newLab(t)
	v := s.visitor(t)
	v.get(hostURL(a, lab.OutsideID)).wants(t, 404)
	if p := v.get(labURL(a)).wants(t, 200); strings.Contains(p.body, "host-outside") {
		t.Error("somebody is outside before anybody came")
	}
	s.act(t, a, lab.Action{Verb: lab.Connect, Host: lab.OutsideID, N: 25})
	s.until(t, a, "the connection stands", func(l *lab.Lab) bool { n, _ := l.Line(l.LastLine()); return n.Open })

	for who, newcomer := range map[string]bool{"who watched": false, "a newcomer": true} {
		e, err := s.web.envelope(t.Context(), a, stretch{}, newcomer)
		if err != nil {
			t.Fatal(err)
		}
		joins := ofKind([]ui.Envelope{e}, ui.WireJoin)
		if len(joins) != 1 || joins[0].Host != lab.OutsideID || !strings.Contains(joins[0].HTML, `id="host-outside"`) || e.Wire[0].Kind != ui.WireJoin {
			t.Errorf("%s is told %+v", who, joins)
		}
	}
	last := lastEvent(t, s, a.ID)
	if e, err := s.web.envelope(t.Context(), a, stretch{after: last}, false); err != nil || len(ofKind([]ui.Envelope{e}, ui.WireJoin)) != 0 {
		t.Errorf("it is told again without a reason: %v, %+v", err, e.Wire)
	}
	v.get(labURL(a)).wants(t, 200, "host-outside", "203.0.113.1", "real programs")
	v.get(hostURL(a, lab.OutsideID)).wants(t, 200, "Outside → SMTP Server", "RFC 5737", "The doors are shut", "Okay")
	v.get("/labs/"+a.ViewID+"/hosts/outside").wants(t, 200, "Outside → SMTP Server")
	v.get(hostURL(a, lab.OutsideID)+"/settings").wants(t, 404)
	v.get(hostURL(a, lab.OutsideID)+"/inbox").wants(t, 404)
	v.get(labURL(a)+"/conditions").wants(t, 200, "Outside")

	s.act(t, a, lab.Action{Verb: lab.Reset})
	if e, err := s.web.envelope(t.Context(), a, stretch{after: lastEvent(t, s, a.ID) - 1}, true); err != nil || len(ofKind([]ui.Envelope{e}, ui.WireJoin)) != 0 {
		t.Errorf("after a reset: %v, %+v", err, e.Wire)
	}
	v.get(hostURL(a, lab.OutsideID)).wants(t, 404)
}

// The box in the form of a new mail asks for reports, and stays ticked when something else is wrong.
func TestAskingForAReport(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	form := formOf(t, v.get(hostURL(a, "pc1")), "/mail")
	if form.Has("report") {
		t.Error("it is ticked from the start")
	}
	form.Set("report", "1")
	form.Set("to", "nobody")
	if again := formOf(t, v.post(hostURL(a, "pc1")+"/mail", form).wants(t, 422), "/mail"); !again.Has("report") {
		t.Error("the tick is lost")
	}
	form.Set("to", "pc2@email.com")
	v.post(hostURL(a, "pc1")+"/mail", form).wants(t, 200)
	s.view(t, a, func(l *lab.Lab) {
		if sent, ok := l.Sent("pc1", 1); !ok || !sent.Mail.Report {
			t.Errorf("it was sent as %+v", sent.Mail)
		}
	})
}
