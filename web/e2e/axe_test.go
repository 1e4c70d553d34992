package e2e

import (
	_ "embed"
	"strconv"
	"strings"
	"testing"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
)

//go:embed testdata/axe/axe.min.js
var axeScript string

// axe fails for everything that axe-core finds wrong with what is on the screen: WCAG 2.2 A and AA, and what axe
// holds for good practice. Colours are checked in light and in dark, the rest in light. A picture is kept of each.
func (p *tab) axe(what string) {
	p.t.Helper()
	if !p.is(`window.axe`) {
		_, err := eval[bool](p, `() => { `+axeScript+`; return true }`)
		p.do(err)
	}
	for _, theme := range []string{"light", "dark"} {
		p.emulate(theme == "dark", true)
		wrong, err := eval[[]string](p, `async (theme) => {
			await Promise.all(document.getAnimations().filter((a) => a.effect.getComputedTiming().endTime !== Infinity).map((a) => a.finished.catch(() => {})));
			for (const g of document.querySelectorAll(".group")) g.style.contentVisibility = "visible"; // a guessed height is not theirs
			const only = theme === "dark" ? { type: "rule", values: ["color-contrast", "link-in-text-block"] }
				: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
			const found = await axe.run(document, { runOnly: only, resultTypes: ["violations"], iframes: false });
			return found.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + v.help + "\n  " + n.html.slice(0, 300) + "\n  " + n.target + "\n  " + n.failureSummary));
		}`, theme)
		p.do(err)
		if len(wrong) > 0 {
			p.t.Errorf("%s, %s:\n%s", what, theme, strings.Join(wrong, "\n"))
		}
		p.shoot(what + ", " + theme)
	}
}

func TestAccessibility(t *testing.T) {
	t.Parallel()
	for _, device := range []struct {
		name string
		look look
	}{{"desktop", look{still: true, long: true}}, {"phone", look{still: true, phone: true, long: true}}} {
		t.Run(device.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			w := s.newLab(t)
			p := s.browse(t, device.look)
			p.openLab(w)
			p.axe("an empty lab")
			p.halfway(w)
			p.axe("a mail on its way")
			w.act(lab.Action{Verb: lab.Run})
			w.until("it has arrived", quiet)
			used(w)
			p.openLab(w)
			p.axe("a lab with traffic")
			p.click(".row--client .row__text", "RCPT TO:<pc2@email.com>")
			p.sees(".card", "RFC 5321")
			p.axe("an explanation")

			for _, state := range []struct{ path, sees, what string }{
				{"/hosts/pc1", "#f-to", "a new mail"},
				{"/hosts/pc2/inbox", ".mails", "an inbox"},
				{"/hosts/pc3/inbox", ".empty", "an empty inbox"},
				{"/hosts/pc2/inbox/1", ".mail__text", "a mail"},
				{"/hosts/pc2/inbox/1?view=headers", ".headers", "a mail's headers"},
				{"/hosts/pc2/inbox/1?view=source", ".mail__source", "a mail's source"},
				{"/hosts/pc1/sent", ".sent", "what was sent"},
				{"/hosts/pc1/settings", ".setup__form", "the settings"},
				{"/hosts/server", ".facts--big", "the server's dialog"},
				{"/share", ".share", "the links to share"},
				{"/notices", ".notices", "the notices"},
				{"/conditions", ".links", "the conditions"},
				{"/reset", ".btn--danger", "the question before a reset"},
			} {
				p.openWindow(w.url(state.path))
				p.sees("#window "+state.sees, "")
				p.axe(state.what)
			}
		})
	}
}

// Settings, TLS and those who come from outside.
func TestAccessibilityOfSettings(t *testing.T) {
	t.Parallel()
	for _, device := range []struct {
		name string
		look look
	}{{"desktop", look{still: true, long: true}}, {"phone", look{still: true, phone: true, long: true}}} {
		t.Run(device.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			w := s.demo(t)
			p := s.browse(t, device.look)
			w.secure("pc2")
			w.mailed("pc2", lab.Mail{To: "pc1@email.com", Subject: "Between us"})
			w.visited()
			p.openLab(w)
			p.sees(".row--handshake", "ServerHello")
			p.axe("a lab with TLS and somebody from outside")
			p.click(".row--handshake .row__text", "ServerHello")
			p.sees(".card", "ServerHello")
			p.axe("an explanation of TLS")

			for _, state := range []struct{ path, sees, what string }{
				{"/hosts/pc2/sent", ".sent__way", "a mail that was sent inside TLS"},
				{"/hosts/pc2/settings?preset=submission", ".preset[aria-current]", "a preset"},
				{"/hosts/server/settings", ".mechanisms", "the server's settings"},
				{"/hosts/server/programs", ".gate", "how real programs connect"},
				{"/hosts/outside", ".talks", "who is outside"},
			} {
				p.openWindow(w.url(state.path))
				p.sees("#window "+state.sees, "")
				p.axe(state.what)
			}
			p.openWindow(w.url("/hosts/server/settings"))
			p.fill("#f-max_size", "7")
			p.click("#window .setup__buttons .btn", "Save")
			p.sees("#window .field__problem", "")
			p.axe("a mistake in the settings")
			p.forgive("422")
		})
	}
}

// Terminals, and a person in the server's place.
func TestAccessibilityByHand(t *testing.T) {
	t.Parallel()
	for _, device := range []struct {
		name string
		look look
	}{{"desktop", look{still: true, long: true}}, {"phone", look{still: true, phone: true, long: true}}} {
		t.Run(device.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			w := s.newLab(t)
			p := s.browse(t, device.look)
			p.openLab(w)
			p.openWindow(w.url("/hosts/pc1/terminal"))
			p.sees(".term__dial", "")
			p.axe("a new terminal")
			w.typed("EHLO pc1.email.com\r\nNOOP\nNOOP\r\nMAIL FROM:<>\r\n")
			p.openWindow(w.url("/hosts/pc1/terminal"))
			p.sees(".said", "250 2.1.0")
			p.click(".nexts summary", "")
			p.sees(".nexts a", "")
			p.axe("a terminal")

			w.act(lab.Action{Verb: lab.Setup, Host: "server", Settings: &lab.Settings{Service: &lab.Service{ByHand: true}}})
			p.openWindow(w.url("/hosts/server/terminal"))
			p.sees(".term__hand", "You are the server.")
			p.axe("nobody calls")
			w.act(lab.Action{Verb: lab.Send, Host: "pc2", Mail: &lab.Mail{To: "pc1@email.com"}})
			p.click(".quick", "220")
			p.click(".quick", "250 email.com")
			p.sees(".asked li:first-child", "MAIL FROM")
			p.axe("being the server")
			p.fill("#term-text", "299 fine")
			p.press(enter)
			p.sees(".said[data-verdict=breach]", "There is no such code.")
			p.click(".quicks summary", "other answers")
			p.axe("a wrong answer")
		})
	}
}

// typed opens a terminal on PC-1 and says something in it.
func (w *world) typed(octets string) {
	w.t.Helper()
	w.act(lab.Action{Verb: lab.Connect, Host: "pc1", Target: "email.com", N: 25})
	var conn uint32
	w.until("the server greets", func(l *lab.Lab) bool {
		c := l.Conversations()[len(l.Conversations())-1]
		conn = c.Conn
		return c.State == trace.Connected
	})
	w.act(lab.Action{Verb: lab.Say, Host: "pc1", Conn: conn, Data: []byte(octets)})
}

// The pages that are no windows.
func TestAccessibilityOfPages(t *testing.T) {
	t.Parallel()
	for _, device := range []struct {
		name string
		look look
	}{{"desktop", look{still: true, long: true}}, {"phone", look{still: true, phone: true, long: true}}} {
		t.Run(device.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			w := s.newLab(t)
			used(w)
			p := s.browse(t, device.look)
			for _, page := range []struct{ path, what string }{
				{w.url("/hosts/pc2/inbox/1"), "the page of a mail"},
				{w.url("/hosts/server"), "the page of the server"},
				{w.url("/events/9"), "the page of a line"},
				{w.url("/conversations/1"), "the page of a conversation"},
				{w.url("/report"), "a report"},
				{"/theory", "the theory"},
				{"/theory/handshake", "a page of theory"},
				{"/theory/glossary", "the glossary"},
				{"/theory/conformance", "the requirements"},
				{"/verify", "where a result is verified"},
			} {
				p.goTo(page.path)
				p.axe(page.what)
			}
			p.goTo("/labs/there-is-none")
			p.sees(".error", "")
			p.axe("an error")
			p.forgive("404")
		})
	}
}

// The exercises: the list, one to read, the task beside its lab, and what comes after it.
func TestAccessibilityOfTheCourse(t *testing.T) {
	t.Parallel()
	for _, device := range []struct {
		name string
		look look
	}{{"desktop", look{still: true, long: true}}, {"phone", look{still: true, phone: true, long: true}}} {
		t.Run(device.name, func(t *testing.T) {
			t.Parallel()
			p := askingSite(t).browse(t, device.look)
			p.goTo("/exercises")
			p.axe("the exercises")
			p.click(".stage__title", "Who said what")
			p.click(".quiz summary", "The client")
			p.axe("an exercise")
			p.click(".exercise__begin .btn", "Begin")
			w := p.began(t)
			p.axe("a task, as it is at first")
			p.openTask()
			p.click(".hint summary", "Hint")
			p.fill("#say-code", " ")
			p.press(enter)
			p.sees("#wrong-code", "Write an answer first.")
			p.forgive("422")
			p.axe("a task, unfolded")
			w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: w.word()})
			w.act(lab.Action{Verb: lab.Answer, Target: "code", Text: "250"})
			w.act(lab.Action{Verb: lab.Answer, Target: "who", Text: "The server"})
			p.checked("Done")
			p.axe("a task, finished")
			p.goTo("/exercises")
			p.axe("the exercises, one of them done")
			for _, page := range []struct{ path, what string }{{"/evidence", "a report"}, {"/posttest", "the questions after an exercise"}, {"/restart", "the question before a restart"}} {
				p.goTo(w.url(page.path))
				p.axe(page.what)
			}
			p.goTo(w.url("/show"))
			p.click(".ask__buttons .btn", "Show me")
			p.sees("#desk", "This is the past")
			p.openTask()
			p.axe("a solution that is shown")
		})
	}
}

// halfway stops the lab in the middle of a mail.
func (p *tab) halfway(w *world) {
	p.t.Helper()
	w.act(lab.Action{Verb: lab.Pause})
	w.act(lab.Action{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: "pc3@email.com", Subject: "Halfway"}})
	for n, inData := 0, false; !inData; n++ {
		if n > 60 {
			p.t.Fatal("stepping does not reach the data")
		}
		w.act(lab.Action{Verb: lab.Step})
		w.view(func(l *lab.Lab) { c, _ := l.Conversation(1); inData = c.State == trace.InData })
	}
	p.sees(".code", "354")
}

// used is a lab in which mails went well and badly, with files and without, and were read.
func used(w *world) {
	w.t.Helper()
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "Meeting", Body: "Noon, at the gate?\n.\nYours"})
	w.mailed("pc3", lab.Mail{To: "pc2@email.com, nobody@email.com", Body: "No subject."})
	w.mailed("pc1", lab.Mail{To: "nobody@email.com", Subject: "In vain", Files: []lab.File{{Name: "notes.txt", Data: []byte("a file")}}})
	w.fetched("pc2")
	w.act(lab.Action{Verb: lab.Cut, Host: "pc3"})
}

// secure sets a PC up to use TLS and a login.
func (w *world) secure(host string) {
	w.t.Helper()
	var account lab.Account
	w.view(func(l *lab.Lab) { pc, _ := l.PC(host); account = pc.Account })
	account.SMTP = lab.Access{Port: 587, TLS: lab.TLSRequired, Login: lab.AnyMechanism}
	account.POP3 = lab.Access{Port: 995, TLS: lab.TLSFirst, Login: lab.AnyMechanism}
	w.act(lab.Action{Verb: lab.Setup, Host: host, Settings: &lab.Settings{Account: &account}})
}

// visited is a lab to which a program from outside came.
func (w *world) visited() {
	w.t.Helper()
	w.act(lab.Action{Verb: lab.Connect, Host: lab.OutsideID, N: 25})
	var conn uint32
	w.view(func(l *lab.Lab) { conn = l.LastLine() })
	w.until("the server greets", func(l *lab.Lab) bool {
		line, _ := l.Line(conn)
		return line.Open && len(l.Arrived(nil, conn)) > 0
	})
	w.act(lab.Action{Verb: lab.Say, Conn: conn, Data: []byte("EHLO client.example\r\n")})
}

// openWindow opens a window over the lab, as a link to it would.
func (p *tab) openWindow(url string) {
	p.t.Helper()
	ok, err := eval[bool](p, `(url) => {
		const link = Object.assign(document.createElement("a"), { href: url });
		link.dataset.dialog = "";
		document.getElementById("content").append(link);
		link.click();
		link.remove();
		return true;
	}`, url)
	p.do(err)
	if !ok {
		p.t.Fatalf("%s does not open", url)
	}
}

// The views of the trace besides the dialogue.
func TestAccessibilityOfViews(t *testing.T) {
	t.Parallel()
	for _, device := range []struct {
		name string
		look look
	}{{"desktop", look{still: true, long: true}}, {"phone", look{still: true, phone: true, long: true}}} {
		t.Run(device.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			w := s.newLab(t)
			w.secure("pc2")
			w.mailed("pc2", lab.Mail{To: "pc1@email.com", Subject: "Between us"})
			used(w)
			p := s.browse(t, device.look)
			p.openLab(w)
			p.click("#views a", "Ladder")
			p.sees(".ladder__label", "FIN")
			p.axe("a ladder")
			p.goTo(w.url("?view=ladder&conn=1"))
			p.click(".ladder__arrow .ladder__label", "STARTTLS")
			p.sees("#view-card .card", "STARTTLS")
			p.axe("a ladder with TLS and an explanation")
			p.goTo(w.url("?view=packets&conn=2&event=" + w.message()))
			p.sees(".hex--dot", "")
			p.axe("packets")
			p.goTo(w.url("?view=state&conn=2"))
			p.sees(".state--now", "ended")
			p.axe("a state diagram")
			p.goTo(w.url("?view=sessions"))
			p.sees(".session", "#1")
			p.axe("sessions")
		})
	}
}

// message is the event of the first message that was said readably.
func (w *world) message() (seq string) {
	w.view(func(l *lab.Lab) {
		for e := range l.Trace().After(0) {
			if seq == "" && e.Kind == trace.Data && !e.Secure {
				seq = strconv.FormatUint(e.Seq, 10)
			}
		}
	})
	return seq
}
