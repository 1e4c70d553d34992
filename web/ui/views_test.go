package ui

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// sampleViews are a view each, as the lab's page has it.
func sampleViews() map[string]View {
	choose := &Chooser{
		FormURL: "/labs/x7", Name: "ladder", Newest: true, Earlier: 3, Talks: []Choice{{"2", "#2 PC-2 → SMTP Server", false}, {"1", "#1 " + hostile, false}},
		Talk:  TalkHead{Conn: 2, Title: "PC-2 → SMTP Server", Proto: "POP3", Outcome: hostile, Tone: "bad", Figures: []string{"6 round trips"}},
		Links: []TalkLink{{"Dialogue", " of conversation 2", "/labs/x7/conversations/2", ToDialogue}, {"State", " of conversation 2", "/labs/x7?view=state&conn=2", ToView}, {"Transcript", "", "/t", ToFile}},
	}
	ladder := talk(6, 2*time.Millisecond)
	ladder.Title, ladder.Steps[2].Label, ladder.Steps[3].Secret, ladder.Steps[4].Lost, ladder.Steps[5].Kind = hostile, hostile, hostile, hostile, "tls"
	ladder.Notes = []LadderNote{{Seq: 7, At: time.Minute, Text: hostile, Tone: "good"}}
	return map[string]View{
		"ladder": {Name: "ladder", Label: "Ladder", Chooser: choose, Ladder: &ladder},
		"packets": {Name: "packets", Label: "Packets", Chooser: choose, Packets: &Packets{
			FileURL: "/labs/x7/transcript.pcapng",
			Frames:  []FrameRow{{N: 1, From: "PC-1", FromClient: true, Info: hostile, URL: "/a", Chosen: true}, {N: 2, From: "SMTP Server", Info: "PASS ", Secret: hostile, URL: "/b", Lost: true, Again: true}},
			Frame: &Frame{
				N: 1, Title: hostile, Notes: []string{hostile}, Layers: []FrameLayer{{"tcp", "Transmission Control Protocol", "octets 34 to 53", []Term{{Name: "Flags", Meaning: "ACK"}}}},
				Rows:  []HexRow{{"0000", []HexRun{{"tcp", "3c 73 "}, {"end", "0d 0a "}}, []HexRun{{"tcp", "<s"}, {"end", "←↓"}}}},
				Lines: CommandLines([]byte(hostile + "\r\n")), Inside: "As text", Ends: true, Stuffed: true, More: 12, Explain: Link{"What this segment means", "/labs/x7/events/1"},
			},
		}},
		"state": {Name: "state", Label: "State", Chooser: choose, State: sampleState("MAIL given")},
		"sessions": {Name: "sessions", Label: "Sessions", Sessions: &Sessions{
			Sessions: []Session{{TalkHead: choose.Talk, Opened: "0.242", Took: "26 ms", Mails: "1 mail", Links: choose.Links, Stages: []Stage{
				{"connect", "done", "+4 ms", ""}, {"EHLO", "begun", "+8 ms", ""}, {"TLS", "skipped", "", ""}, {"RCPT", "done", "+9 ms", "2 ✓ 1 ✗"}, {"DATA", "failed", "+10 ms", ""}, {"QUIT", "ahead", "", ""},
			}}},
			Earlier: Link{"Show earlier conversations", "/labs/x7?view=sessions&before=2"},
		}},
	}
}

func sampleState(current string) *StateDiagram {
	s := &StateDiagram{
		Diagram: SMTPStates, Title: "SMTP: " + current, Current: current, Means: StateWords(current), Reached: map[string]bool{"connected": true, "greeted": true},
		Taken: make([]int, len(SMTPStates.Edges)), Last: 5, Waits: "The server is to answer RCPT, with one of these:", Answers: []Answer{{"250", "ok"}, {"550", "err"}},
		Next: []MayFollow{{"RCPT", "RCPT names one recipient of this message.", "RCPT given", []Answer{{"250", "ok"}}}},
		Path: []StateStep{{"0.01", "greeting 220", "", "connected", "/labs/x7/events/7"}, {"0.02", "NOOP 250", "connected", "connected", "/labs/x7/events/9"}}, PathCut: 4,
	}
	s.Taken[1], s.Taken[5] = 2, 1
	return s
}

// withView is the page of a lab with one of the views.
func withView(v View) LabPage {
	p := sampleLab()
	p.Trace.Views = sampleTabs()
	p.Trace.Views.View = &v
	return p
}

func sampleTabs() Views {
	v := Views{URL: "/labs/x7/views"}
	for _, name := range []string{"dialogue", "ladder", "packets", "state", "sessions"} {
		v.Tabs = append(v.Tabs, ViewTab{name, strings.ToUpper(name[:1]) + name[1:], "/labs/x7?view=" + name})
	}
	return v
}

// One tab is current, and its view is there; the dialogue is there too, behind it.
func TestViewTabs(t *testing.T) {
	for name, v := range sampleViews() {
		_, root := render(t, Lab(withView(v)))
		current := all(one(t, root, with("id", "views")), func(n *html.Node) bool { return has(n, "aria-current") })
		if len(current) != 1 || attr(current[0], "data-view") != name {
			t.Errorf("%s: %d tabs are current", name, len(current))
		}
		if got := attr(one(t, root, with("id", "trace")), "data-view"); got != name {
			t.Errorf("%s: the panel shows %s", name, got)
		}
		one(t, one(t, root, with("id", "view")), with("data-name", name))
		one(t, root, with("id", "log"))
	}
	_, root := render(t, Lab(withView(View{Name: "state", Label: "State", Empty: "Nothing yet."})))
	if got := textOf(one(t, one(t, root, with("id", "view")), class("empty")), nothing); got != "Nothing yet." {
		t.Errorf("an empty view says %q", got)
	}
	p := sampleLab()
	p.Trace.Views = sampleTabs()
	_, root = render(t, Lab(p))
	if got := attr(one(t, root, with("id", "trace")), "data-view"); got != "dialogue" || len(all(one(t, root, with("id", "view-content")), func(*html.Node) bool { return true })) > 0 {
		t.Errorf("without a view the panel shows %q", got)
	}
}

// A stage is told by a mark and in words, not by its colour alone.
func TestStages(t *testing.T) {
	_, root := render(t, ShowView(sampleViews()["sessions"]))
	var got []string
	for _, li := range all(root, class("stage")) {
		got = append(got, strings.Join(strings.Fields(textOf(li, nothing)), " "))
	}
	want := []string{"✓ connect done +4 ms", "… EHLO under way +8 ms", "– TLS not used", "✓ RCPT done +9 ms 2 ✓ 1 ✗", "✗ DATA failed +10 ms", "○ QUIT not reached"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("the stages read\n%s\nwant\n%s", strings.Join(got, "|"), strings.Join(want, "|"))
	}
}

// The chooser is a form that works without browser code, and keeps the view.
func TestChooser(t *testing.T) {
	_, root := render(t, ShowView(sampleViews()["ladder"]))
	form := one(t, root, tag("form"))
	if attr(form, "method") != "get" || attr(form, "action") != "/labs/x7" || attr(one(t, form, with("name", "view")), "value") != "ladder" {
		t.Error("it leads elsewhere")
	}
	var options []string
	for _, o := range all(form, tag("option")) {
		options = append(options, attr(o, "value")+" "+textOf(o, nothing))
	}
	if len(options) != 4 || options[0] != " Newest: #2 PC-2 → SMTP Server" || options[3] != " 3 more are in Sessions" {
		t.Errorf("one can choose %q", options)
	}
	for _, a := range all(root, tag("a")) {
		if text := textOf(a, nothing); strings.HasPrefix(text, "State") && (!has(a, "data-view-link") || text != "State of conversation 2") {
			t.Errorf("a link reads %q", text)
		}
	}
}

// The diagram shows where one is and which ways were taken, and how often.
func TestStateDiagram(t *testing.T) {
	_, root := render(t, stateView(*sampleState("MAIL given")))
	drawing := one(t, root, with("role", "img"))
	if got := attr(drawing, "aria-label"); got != "State diagram of SMTP: MAIL given" {
		t.Errorf("it is named %q", got)
	}
	if got := strings.TrimSpace(textOf(one(t, drawing, class("state--now")), nothing)); got != "● MAIL given" {
		t.Errorf("one is in %q", got)
	}
	if n := len(all(drawing, class("state--been"))); n != 2 {
		t.Errorf("%d states were reached before", n)
	}
	taken, last := one(t, drawing, class("edge--taken")), one(t, drawing, class("edge--last"))
	if got := strings.TrimSpace(textOf(taken, nothing)); got != "EHLO ×2" {
		t.Errorf("a way reads %q", got)
	}
	if got := strings.TrimSpace(textOf(last, nothing)); got != "MAIL" {
		t.Errorf("the last way reads %q", got)
	}
	for _, want := range []string{"Now: MAIL given", "The server is to answer RCPT", "250", "550", "→ RCPT given", "The last 2 of 6 steps.", "stays connected", "RFC 5321 §4.1.4"} {
		if got := strings.Join(strings.Fields(textOf(root, nothing)), " "); !strings.Contains(got, want) {
			t.Errorf("%q is not said:\n%s", want, got)
		}
	}
}

// Boxes and labels lie inside the drawing, no two boxes overlap, and every way joins two states that there are.
func TestStateDiagramsAreSound(t *testing.T) {
	for _, d := range []Diagram{SMTPStates, POP3States} {
		names := map[string]bool{"": true, anyState: true}
		for i, n := range d.Nodes {
			names[n.Name] = true
			if n.X-n.W/2 < 0 || n.X+n.W/2 > d.Width || n.Y-nodeHeight/2 < 0 || n.Y+nodeHeight/2 > d.Height {
				t.Errorf("%s: %s lies outside", d.Proto, n.Name)
			}
			for _, o := range d.Nodes[:i] {
				if abs(n.X-o.X)*2 < n.W+o.W && abs(n.Y-o.Y) < nodeHeight {
					t.Errorf("%s: %s lies on %s", d.Proto, n.Name, o.Name)
				}
			}
			if StateWords(n.Name) == "" {
				t.Errorf("%s: nothing is said of %s", d.Proto, n.Name)
			}
		}
		for _, e := range d.Edges {
			if !names[e.From] || !names[e.To] || len(e.Verbs) == 0 || e.X < 0 || e.X > d.Width || e.Y < 0 || e.Y > d.Height {
				t.Errorf("%s: the way %q from %q to %q", d.Proto, e.Label, e.From, e.To)
			}
		}
	}
}

func abs(n int) int { return max(n, -n) }

// A frame's octets are shown once as numbers and once as characters, whatever they are.
func TestFrame(t *testing.T) {
	v := sampleViews()["packets"]
	_, root := render(t, ShowView(v))
	row := one(t, root, class("hex__row"))
	if got := strings.Join(strings.Fields(textOf(row, nothing)), " "); got != "0000 3c 73 0d 0a <s←↓" {
		t.Errorf("a row reads %q", got)
	}
	chosen := one(t, root, with("data-chosen", "true"))
	if a := one(t, chosen, tag("a")); !has(a, "aria-current") || attr(a, "href") != "/a" {
		t.Error("the chosen frame is not marked")
	}
	other := one(t, root, with("data-chosen", "false"))
	if got := textOf(one(t, other, class("frame__info")), nothing); !strings.HasPrefix(strings.TrimSpace(got), "again: PASS <script>") || !strings.HasSuffix(strings.TrimSpace(got), "✗ lost") {
		t.Errorf("what was lost and sent again reads %q", got)
	}
	if n := len(all(other, class("secret"))); n != 1 {
		t.Errorf("%d passwords are marked", n)
	}
}
