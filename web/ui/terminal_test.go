package ui

import (
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
)

// sampleTerminal is the page of a terminal, or of a person in the server's place.
func sampleTerminal(state string) templ.Component {
	t := sampleHand(state)
	if t.Server {
		w := sampleServer()
		w.Overview, w.Terminal = nil, t
		return ServerPage(w)
	}
	w := samplePC("Terminal")
	w.Terminal = t
	return PCPage(w)
}

func sampleHand(state string) *Terminal {
	t := &Terminal{
		Host: "pc1", URL: "/labs/x7/hosts/pc1/terminal/3", BaseURL: "/labs/x7/hosts/pc1/terminal", NewURL: "/labs/x7/hosts/pc1/terminal?new",
		Lines: []TerminalTab{{URL: "/3", Title: hostile, Open: true, Current: true}, {URL: "/1", Title: "SMTP Server:25"}},
	}
	form := &SayForm{
		URL: "/3/say", OtherURL: "/3?several=1", Label: "Your line", Text: "EHLO <x>", Ends: []Choice{{"crlf", "CRLF", true}, {"lf", "LF alone", false}},
		Problems: []Problem{{"text", "“\\q” is no escape."}},
	}
	line := &TerminalLine{
		Conn: 3, Status: "Connected to " + hostile, Tone: "open", State: "greeted", Conversation: Link{"On the wire", "/c/3"}, Hint: "Wait for `250`.",
		Screen: []ScreenLine{
			{Code: "220", Tone: "ok", Text: " " + Visible(hostile), EOL: "CRLF"}, {Mine: true, Text: Visible(hostile), EOL: "LF"}, {Mine: true, Text: "EH"},
		},
		Cut: true, Say: form, CloseURL: "/3/close",
		Last: &Gist{Title: "`EHLO` asks.", Meaning: "It asks.", Why: "To know.", URL: "/events/9", Refs: []Link{{"RFC 5321 §4", "https://x"}}, Follow: []string{"MAIL"}},
		Next: []Suggestion{{"MAIL FROM:<>", "MAIL FROM:<>", "/3?text=x"}},
	}
	switch state {
	case "dial":
		t.NewURL, t.Dial = "", &DialForm{
			OpenURL: "/t", Target: hostile, Port: "x", Targets: []Choice{{"email.com", "SMTP Server", false}}, Ports: []Choice{{"25", "SMTP", false}},
			Problems: []Problem{{"target", "No such name: " + hostile}, {"port", "A port is a number."}},
		}
	case "several":
		form.Several, form.Problems = true, nil
		t.Line = line
	case "line":
		t.Line = line
	case "answer":
		t.Server, t.NewURL, t.Hand, t.Line = true, "", &HandForm{"/hand", true}, line
		line.Next = nil
		line.Screen[1].Verdict, line.Screen[1].About, line.Screen[2].Verdict = "breach", "That is no reply.", "legal"
		line.Breaches, line.Legal = []Gist{{Title: "That is no reply.", Meaning: "It has no code."}}, []string{"250", "550"}
		line.Asked = []Question{{Visible(hostile), "MAIL begins a mail."}, {"DATA", "DATA asks."}}
		line.AnswersURL = "/3/say"
		for _, code := range []string{"250", "550", "451", "421"} {
			line.Answers = append(line.Answers, Quick{code, "ok", "OK", code + " OK\n"})
		}
	default:
		t.Server, t.NewURL, t.Lines, t.Hand, t.Nothing = true, "", nil, &HandForm{"/hand", false}, "Nobody has called yet."
	}
	return t
}

// What was said is a list within the log, and each line says who said it and how it ended.
func TestScreen(t *testing.T) {
	_, root := render(t, sampleTerminal("line"))
	if log := one(t, root, with("role", "log")); log.Data != "div" || attr(log, "tabindex") != "0" || attr(log, "aria-label") == "" {
		t.Errorf("the screen is <%s>", log.Data)
	}
	var got []string
	for _, l := range all(root, func(n *html.Node) bool { return n.Data == "li" && strings.HasPrefix(attr(n, "class"), "said") }) {
		got = append(got, strings.Join(strings.Fields(textOf(l, nothing)), " "))
	}
	if len(got) != 3 || !strings.HasPrefix(got[0], "Server: 220 ") || !strings.HasSuffix(got[0], "CRLF") || !strings.HasPrefix(got[1], "You: ") || got[2] != "You: EHno end yet" {
		t.Errorf("%q", got)
	}
	_, root = render(t, sampleTerminal("answer"))
	said := textOf(one(t, root, class("term__screen")), nothing)
	for _, want := range []string{"Client:", "✗ That is no reply.", "✓"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in %q", want, said)
		}
	}
}

// A reply of a click is whole, and the usual ones come first.
func TestQuickAnswers(t *testing.T) {
	_, root := render(t, sampleTerminal("answer"))
	var said []string
	for _, b := range all(root, class("quick")) {
		said = append(said, attr(b, "value"))
	}
	if strings.Join(said, "") != "250 OK\n550 OK\n451 OK\n421 OK\n" {
		t.Errorf("%q", said)
	}
	others := one(t, root, func(n *html.Node) bool { return n.Data == "details" && attr(n, "data-remember") == "quicks" })
	if n := len(all(others, class("quick"))); n != 1 {
		t.Errorf("%d are folded away", n)
	}
}

// Of two mistakes the first has the focus, and each stands at its field.
func TestMistakesInDialling(t *testing.T) {
	_, root := render(t, terminal(*sampleHand("dial")))
	if focus := one(t, root, func(n *html.Node) bool { return has(n, "autofocus") }); attr(focus, "name") != "target" {
		t.Errorf("the focus is on %s", attr(focus, "name"))
	}
	for name, want := range map[string]string{"target": "No such name", "port": "A port is a number."} {
		said := ""
		for id := range strings.FieldsSeq(attr(one(t, root, with("name", name)), "aria-describedby")) {
			said += textOf(one(t, root, with("id", id)), nothing)
		}
		if !strings.Contains(said, want) {
			t.Errorf("%s is described by %q", name, said)
		}
	}
}
