package ui

import (
	"net/url"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"smtplab/static"
)

// pages are all pages, in their states.
func pages() map[string]templ.Component {
	viewOnly := sampleLab()
	viewOnly.CanAct, viewOnly.Shell.Lab.ViewOnly = false, true
	empty := sampleLab()
	empty.Trace.Groups = nil
	all := map[string]templ.Component{
		"lab":           Lab(sampleLab()),
		"lab, empty":    Lab(empty),
		"lab, watching": Lab(viewOnly),
		"server":        ServerPage(sampleServer()),
		"service":       ServerPage(sampleServerSettings()),
		"outside":       OutsidePage(sampleOutside()),
		"notices":       NoticesPage(sampleNotices()),
		"share":         SharePage(sampleShare()),
		"conditions":    ConditionsPage(sampleConditions()),
		"confirm":       ConfirmPage(sampleConfirm()),
		"error":         ErrorPage(sampleError()),
		"keys":          KeysPage(KeysWindow{sampleShell("lab"), "/labs/x7", true}),
		"conversation":  ConversationPage(ConversationWindow{Shell: sampleShell("lab"), Group: sampleGroups()[0], Links: []TalkLink{{"Ladder", "", "/labs/x7?view=ladder", ToView}}, BackURL: "/labs/x7"}),
		"event":         EventPage(EventWindow{sampleShell("lab"), sampleGroups()[0], sampleExplanation(), "/labs/x7"}),
		"verify":        Verify(VerifyPage{Shell: sampleShell(""), VerifyURL: "/verify", Key: "q2V5", KeyPEM: "-----BEGIN PUBLIC KEY-----\n", KeyKept: true}),
		"report":        Report(sampleReport("Lunch")),
		"no report":     Report(ReportPage{Shell: sampleShell("lab"), Lab: "amber-fox", Events: "none"}),
		"genuine":       Verify(sampleVerified(true)),
		"not genuine":   Verify(sampleVerified(false)),
		"theory":        Theory(TheoryPage{Shell: sampleShell("theory"), Title: "Aim", Contents: []Tab{{Label: "Aim", URL: "/theory/aim", Current: true}}, Next: Link{"Objectives", "/theory/objectives"}}),
	}
	for name, v := range sampleViews() {
		all["lab, "+name] = Lab(withView(v))
	}
	for name, c := range coursePages() {
		all[name] = c
	}
	for _, tab := range []string{"Compose", "Inbox", "Sent", "Settings"} {
		all["pc, "+tab] = PCPage(samplePC(tab))
	}
	for _, state := range []string{"dial", "line", "several", "answer", "called by nobody"} {
		all["terminal, "+state] = sampleTerminal(state)
	}
	for _, view := range []string{"text", "html", "headers", "source"} {
		w := samplePC("Mail")
		w.Mail.View = view
		all["mail, "+view] = PCPage(w)
	}
	return all
}

// fragments are what the browser asks for by itself.
func fragments() map[string]templ.Component {
	return map[string]templ.Component{
		"groups": Groups(sampleGroups()), "explanation": Explain(sampleExplanation()), "toast": Toast(sampleNotice("part")),
		"waiting": WaitingLine(Waiting{Text: "…", Expects: "DATA", In: "4 min"}), "pc": PC(samplePC("Inbox")), "server": Server(sampleServer()),
		"notices": Notices(sampleNotices()), "share": Share(sampleShare()), "conditions": Conditions(sampleConditions()),
		"confirm": Confirm(sampleConfirm()), "error": Error(sampleError()), "keys": KeySheet(KeysWindow{BackURL: "/labs/x7", CanAct: true}),
		"rows": Rows(sampleLab().Trace), "mark": RowMark(Mark{true, "two\nlines"}),
		"task": TaskWindow(TaskPage{Task: sampleTask(false)}), "task, changed": TaskChanges(sampleTask(true)), "question": TaskAsk(sampleTask(false).Asks[1]),
	}
}

// The security policy forbids anything inline: it would not work, or somebody would weaken the policy for it.
func TestNothingInline(t *testing.T) {
	everything := pages()
	for name, c := range fragments() {
		everything["fragment "+name] = c
	}
	for name, c := range everything {
		_, root := render(t, c)
		for _, n := range all(root, func(*html.Node) bool { return true }) {
			switch {
			case n.Data == "style", n.Data == "script" && !strings.HasPrefix(attr(n, "src"), static.Root):
				t.Errorf("%s: an inline <%s>", name, n.Data)
			case n.Data == "iframe" && attr(n, "sandbox") != "":
				t.Errorf("%s: a sandbox that allows %q", name, attr(n, "sandbox"))
			}
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
					t.Errorf("%s: <%s %s=%q>", name, n.Data, a.Key, a.Val)
				}
				if strings.HasPrefix(strings.ToLower(a.Val), "javascript:") {
					t.Errorf("%s: <%s %s=%q>", name, n.Data, a.Key, a.Val)
				}
			}
		}
	}
}

// What is in a mail or on the wire is text, and is seen.
func TestHostileText(t *testing.T) {
	mailWith := func(view string) templ.Component {
		w := samplePC("Mail")
		w.Mail = sampleMail(view)
		w.Mail.Subject, w.Mail.From, w.Mail.To, w.Mail.Cc, w.Mail.Date = hostile, hostile, hostile, hostile, hostile
		return PC(w)
	}
	inbox := samplePC("Inbox")
	inbox.Inbox.Mails[0] = InboxMail{URL: "/m", From: hostile, Subject: hostile, Snippet: hostile, DeleteURL: "/d"}
	talk := &script{proto: "smtp", conn: 1}
	talk.add("command", "client", hostile+"\r\n", "")
	talk.add("reply", "server", "250 "+hostile+"\r\n", "")
	talk.add("data", "client", hostile+"\r\n\r\n"+hostile+"\r\n.\r\n", "")
	talk.add("store", "", hostile, "")
	notice := Notice{Tone: "bad", Outcome: Outcome{Sentence: hostile, Reply: hostile, Advice: hostile, Recipients: []Recipient{{hostile, true, hostile}, {"x", false, hostile}}}}
	for name, c := range map[string]templ.Component{
		"text": mailWith("text"), "headers": mailWith("headers"), "source": mailWith("source"), "html": mailWith("html"),
		"inbox": PC(inbox), "groups": Groups([]Group{{Conn: 1, Outcome: hostile, Rows: talk.rows}}), "toast": Toast(notice),
		"explanation": Explain(Explanation{Terms: []Term{{Name: hostile}}}),
		"note":        RowMark(Mark{Text: hostile + "\n" + hostile}),
		"query":       Rows(Trace{Find: Find{Text: hostile, Mistake: hostile}}),
		"waiting":     WaitingLine(Waiting{Text: hostile, Expects: hostile}),
		"ladder":      ShowView(sampleViews()["ladder"]),
		"packets":     ShowView(sampleViews()["packets"]),
		"sessions":    ShowView(sampleViews()["sessions"]),
		"error":       Error(ErrorWindow{Title: hostile, Text: hostile, BackURL: "/", BackText: "Back"}),
		"report":      reportBody(sampleReport(hostile)),
		"verdict":     verdict(Verdict{Title: "Genuine", Text: hostile, Facts: []Term{{Name: "Lab", Meaning: hostile}}}),
		"terminal":    terminal(*sampleHand("line")), "answer": terminal(*sampleHand("answer")),
		"check":    taskCheck(TaskCheck{ID: "x", Next: true, Text: hostile}),
		"said":     TaskAsk(Ask{ID: "x", Said: hostile}),
		"step":     taskShown(Task{Steps: []TaskStep{{Text: hostile}, {Text: hostile, URL: "/x"}}}),
		"evidence": evidence(EvidencePage{Checks: []Evidence{{Seq: 1, Quote: hostile, Text: hostile}}, Answers: []Answered{{Said: hostile}}}),
	} {
		source, root := render(t, c)
		if n := len(all(root, tag("script"))); n > 0 {
			t.Errorf("%s: %d scripts", name, n)
		}
		for _, n := range all(root, func(n *html.Node) bool { return has(n, "onload") }) {
			t.Errorf("%s: <%s onload>", name, n.Data)
		}
		if strings.ContainsAny(source, "\x1b\x00\u202e") || !strings.Contains(source, `\x1B[31m`) || !strings.Contains(source, `\u202E`) {
			t.Errorf("%s: a control character came through", name)
		}
	}
}

// A link that a program was led to make must not run.
func TestHostileAddresses(t *testing.T) {
	const run = "javascript:alert(1)"
	w := samplePC("Mail")
	w.BackURL, w.Mail.RawURL, w.Mail.FrameURL, w.Mail.View = run, run, run, "html"
	w.Mail.Attachments[0].URL, w.Mail.Conversations[0].URL = run, run
	if source, _ := render(t, PC(w)); strings.Contains(source, "javascript:") {
		t.Error("a javascript: address came through")
	}
}

// Names that elements use to point to each other are there, once.
func TestReferences(t *testing.T) {
	for name, c := range pages() {
		_, root := render(t, c)
		ids := make(map[string]int)
		for _, n := range all(root, func(n *html.Node) bool { return has(n, "id") }) {
			ids[attr(n, "id")]++
		}
		for id, n := range ids {
			if n > 1 {
				t.Errorf("%s: id %q is there %d times", name, id, n)
			}
		}
		delete(ids, "") // nothing may point to it
		for _, n := range all(root, func(*html.Node) bool { return true }) {
			for _, key := range []string{"for", "aria-labelledby", "aria-describedby", "aria-controls", "list"} {
				for id := range strings.FieldsSeq(attr(n, key)) {
					// The window's title comes with its content.
					if ids[id] == 0 && id != "window-title" {
						t.Errorf("%s: <%s %s=%q> points to nothing", name, n.Data, key, id)
					}
				}
			}
		}
	}
}

// Every page has a title, one h1, one main, the skip link, and the places where the browser code puts things.
func TestShell(t *testing.T) {
	for name, c := range pages() {
		_, root := render(t, c)
		if got := textOf(one(t, root, tag("title")), nothing); !strings.HasSuffix(got, " · SMTP Lab") {
			t.Errorf("%s: title %q", name, got)
		}
		one(t, root, tag("h1"))
		one(t, root, with("id", "content"))
		if got := attr(one(t, root, class("skip")), "href"); got != "#content" {
			t.Errorf("%s: the skip link leads to %q", name, got)
		}
		one(t, root, with("id", "window"))
		if got := attr(one(t, root, with("id", "toasts")), "role"); got != "status" {
			t.Errorf("%s: toasts are a %q", name, got)
		}
	}
}

func TestLogIsNotAList(t *testing.T) {
	_, root := render(t, Lab(sampleLab()))
	if log := one(t, root, with("role", "log")); log.Data != "div" {
		t.Errorf("role log is on <%s>", log.Data)
	}
}

// A view-only link gets no form that acts: only the filters and the theme are left.
func TestWatchingCannotAct(t *testing.T) {
	p := sampleLab()
	p.CanAct, p.Shell.Lab.ViewOnly = false, true
	_, root := render(t, Lab(p))
	for _, f := range all(root, tag("form")) {
		if attr(f, "method") == "post" && attr(f, "action") != p.Shell.ThemeURL {
			t.Errorf("a form to %s", attr(f, "action"))
		}
	}
	if got := textOf(one(t, root, class("badge")), nothing); got != "view only" {
		t.Errorf("badge %q", got)
	}

	w := samplePC("Compose")
	w.CanAct = false
	_, root = render(t, PC(w))
	if n := len(all(root, tag("form"))); n > 0 {
		t.Errorf("compose: %d forms", n)
	}

	c := sampleConditions()
	c.CanAct = false
	_, root = render(t, Conditions(c))
	if n := len(all(root, tag("form"))); n > 0 {
		t.Errorf("conditions: %d forms", n)
	}
	s := sampleShare()
	edit := s.EditURL
	s.EditURL = ""
	if source, _ := render(t, Share(s)); strings.Contains(source, edit) {
		t.Error("the editing link is shown to somebody who only looks on")
	}
}

// A mistake stands beside its field, is tied to it, and the first one has the focus.
func TestProblemsStandBesideTheirFields(t *testing.T) {
	w := samplePC("Compose")
	w.Compose.Problems = []Problem{{"to", "Nobody is named."}, {"bcc", "Too many."}, {"", "The lab is full."}}
	_, root := render(t, PC(w))
	for name, want := range map[string]string{"to": "Nobody is named.", "bcc": "Too many."} {
		input := one(t, root, with("name", name))
		if attr(input, "aria-invalid") != "true" {
			t.Errorf("%s is not marked", name)
		}
		if got := textOf(one(t, root, with("id", attr(input, "aria-describedby"))), nothing); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := attr(one(t, root, func(n *html.Node) bool { return has(n, "autofocus") }), "name"); got != "to" {
		t.Errorf("the focus is on %q", got)
	}
	if got := textOf(one(t, root, with("role", "alert")), nothing); got != "The lab is full." {
		t.Errorf("of the form as a whole: %q", got)
	}
	if !has(one(t, root, class("copies")), "open") {
		t.Error("Bcc is folded away with its mistake")
	}
}

// Recipients are listed when the server did not say the same of all.
func TestRecipients(t *testing.T) {
	same := Outcome{Recipients: []Recipient{{"a", true, "250 OK"}, {"b", true, "250 OK"}}}
	for n, o := range map[int]Outcome{0: same, 2: sampleOutcome()} {
		_, root := render(t, outcome(o))
		var items int
		for _, list := range all(root, class("recipients")) {
			items = len(all(list, tag("li")))
		}
		if items != n {
			t.Errorf("%d recipients listed, want %d", items, n)
		}
	}
}

func TestThemeGoesRound(t *testing.T) {
	theme := "auto"
	for _, want := range []string{"light", "dark", "auto"} {
		if theme = nextTheme(theme); theme != want {
			t.Errorf("got %q, want %q", theme, want)
		}
	}
}

// A first visit, page and all, stays within 120 KB even when nothing is compressed.
func TestFirstLoad(t *testing.T) {
	p := sampleLab()
	p.Trace.Groups = nil
	source, root := render(t, Lab(p))
	for _, n := range all(root, tag("link")) {
		if !strings.HasPrefix(attr(n, "href"), static.Root) {
			t.Errorf("the page asks for %s", attr(n, "href"))
		}
	}
	if len(source) > 26_000 {
		t.Errorf("the empty lab page has %d octets", len(source))
	}
}

// Who only looks on is not told to write, send or check.
func TestViewOnlyWords(t *testing.T) {
	page := sampleLab()
	page.CanAct, page.Trace.Groups = false, nil
	pc := samplePC("Inbox")
	pc.CanAct, pc.Inbox = false, &Inbox{}
	sent := samplePC("Sent")
	sent.CanAct, sent.Sent = false, &SentBox{}
	for name, c := range map[string]templ.Component{"lab": Lab(page), "inbox": PC(pc), "sent": PC(sent)} {
		_, root := render(t, c)
		said := textOf(root, class("tabs"))
		for _, word := range []string{"Click a PC to write", "press Send", "press Check mail", "Write a mail"} {
			if strings.Contains(said, word) {
				t.Errorf("%s says %q", name, word)
			}
		}
	}
}

// The browser code reads off the line of words whether there is anything to step to.
func TestIdleIsSaid(t *testing.T) {
	for _, idle := range []bool{true, false} {
		_, root := render(t, WaitingLine(Waiting{Text: "Nothing is going on yet.", Idle: idle}))
		if got := attr(one(t, root, with("id", "waiting")), "data-idle"); got != yesNo(idle) {
			t.Errorf("idle %v: data-idle=%q", idle, got)
		}
	}
}

// The way out of filters that hide everything shows every protocol.
func TestShowAll(t *testing.T) {
	_, root := render(t, Lab(sampleLab()))
	link := attr(one(t, root, func(n *html.Node) bool { return has(n, "data-show-all") }), "href")
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	if s := ParseShow(u.Query()); !s.SMTP || !s.POP3 || !s.TLS || !s.TCP {
		t.Errorf("%s shows %+v", link, s)
	}
}

// A command to copy is the command, however its lines break.
func TestCommandsCanBeCopied(t *testing.T) {
	const line = "printf 'Subject: hello' | curl --user pc1:pc1 --upload-file - smtp://127.0.0.1:2587"
	_, root := render(t, command("x", "curl", line))
	button := one(t, root, func(n *html.Node) bool { return has(n, "data-copy") })
	text := textOf(one(t, root, with("id", attr(button, "data-copy"))), nothing)
	if got := strings.Join(strings.Fields(text), " "); got != line {
		t.Errorf("it reads %q", got)
	}
}
