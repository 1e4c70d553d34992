package ui

import "strconv"

// StateDiagram is a conversation's protocol as the standard's diagram, with the way that the conversation took.
type StateDiagram struct {
	Diagram
	Title   string // "SMTP: MAIL given", for those who do not see the drawing
	Current string // the state it is in, as trace.State names it
	Means   string // what that is, in a sentence
	Reached map[string]bool
	Taken   []int // how often each of Edges was
	Last    int   // the place in Edges of the one that was taken last; -1 for none

	Waits   string   // "The server is to answer RCPT with one of these:"; "" when the client may speak
	Answers []Answer // of those
	Next    []MayFollow
	Path    []StateStep // oldest first
	PathCut int         // how many older ones there are
}

// Answer is a reply's code.
type Answer struct {
	Code string // "250", "+OK"
	Tone string // "ok", "more", "temp" or "err"
}

// MayFollow is a verb that the client may say now.
type MayFollow struct {
	Verb    string
	Title   string // what it does
	LeadsTo string // the state after it succeeded; "" when it stays
	Answers []Answer
}

// StateStep is a reply that a conversation went a step by.
type StateStep struct {
	Time string
	Text string // "EHLO 250"
	From string
	To   string // equal to From when it stayed
	URL  string
}

// Diagram is a protocol's states and how they follow each other: what never changes.
type Diagram struct {
	Proto         string // "SMTP"
	Ref           Link   // where the standard has it
	Width, Height int
	Nodes         []StateNode
	Edges         []StateEdge
}

// StateNode is a state, drawn as a box around a point.
type StateNode struct {
	Name string // as trace.State names it
	X, Y int
	W    int
}

const nodeHeight = 38

// StateEdge is a way from one state to another.
type StateEdge struct {
	From   string   // "" for the beginning; anyState for all
	To     string   //
	Verbs  []string // whose reply leads there; EOD is the end of the data, "" the greeting, closed the end without one
	Label  string
	Path   string // of the line, with its head at the end
	X, Y   int    // where the label stands
	Anchor string // of the label: "start", "middle" or "end"
}

// anyState as StateEdge.From stands for all states, and closed as a verb for the end of the connection.
const (
	anyState = "*"
	Closed   = "(closed)"
)

// SMTPStates is the diagram of RFC 5321 §4.1.4, with the extensions that the lab knows.
var SMTPStates = Diagram{
	Proto: "SMTP", Ref: Link{"RFC 5321 §4.1.4", "https://www.rfc-editor.org/rfc/rfc5321#section-4.1.4"}, Width: 640, Height: 510,
	Nodes: []StateNode{
		{"connected", 310, 70, 150}, {"greeted", 310, 180, 150}, {"MAIL given", 310, 280, 150}, {"RCPT given", 310, 380, 150}, {"in the data", 310, 480, 150},
		{"authenticating", 75, 180, 130}, {"in chunks", 75, 380, 130}, {"ended", 555, 70, 110},
	},
	Edges: []StateEdge{
		{"", "connected", []string{""}, "220", "M310 16V49", 320, 38, "start"},
		{"connected", "greeted", []string{"EHLO", "HELO"}, "EHLO", "M290 89V159", 282, 128, "end"},
		{"greeted", "connected", []string{"STARTTLS"}, "STARTTLS", "M330 161V91", 338, 128, "start"},
		{"greeted", "authenticating", []string{"AUTH"}, "AUTH", "M235 172H142", 188, 166, "middle"},
		{"authenticating", "greeted", []string{"AUTH"}, "235 or no", "M140 190H233", 188, 206, "middle"},
		{"greeted", "MAIL given", []string{"MAIL"}, "MAIL", "M310 199V259", 302, 234, "end"},
		{"MAIL given", "RCPT given", []string{"RCPT"}, "RCPT", "M310 299V359", 302, 334, "end"},
		{"RCPT given", "RCPT given", []string{"RCPT"}, "RCPT", "M255 361C245 328 205 340 233 368", 222, 342, "end"},
		{"RCPT given", "in the data", []string{"DATA"}, "DATA", "M310 399V459", 302, 434, "end"},
		{"in the data", "greeted", []string{"EOD"}, "the dot", "M385 480H546Q556 480 556 470V182Q556 172 546 172H387", 548, 440, "end"},
		{"RCPT given", "greeted", []string{"RSET", "EHLO", "HELO", "EOD"}, "RSET, BDAT LAST", "M385 380H412Q422 380 422 370V190Q422 180 412 180H387", 430, 340, "start"},
		{"MAIL given", "greeted", []string{"RSET", "EHLO", "HELO"}, "RSET", "M385 280H388Q396 280 396 272V198Q396 188 388 188H387", 404, 254, "start"},
		{"RCPT given", "in chunks", []string{"BDAT"}, "BDAT", "M235 388H142", 188, 404, "middle"},
		{"in chunks", "in chunks", []string{"BDAT"}, "BDAT", "M55 399C45 440 105 440 97 401", 75, 446, "middle"},
		{"in chunks", "greeted", []string{"EOD", "BDAT", "RSET", "EHLO", "HELO"}, "BDAT LAST", "M75 361V246Q75 236 85 236H262Q272 236 272 226V201", 82, 290, "start"},
		{anyState, "ended", []string{"QUIT", Closed}, "QUIT", "M462 70H498", 479, 60, "middle"},
	},
}

// POP3States is the diagram of RFC 1939 §3.
var POP3States = Diagram{
	Proto: "POP3", Ref: Link{"RFC 1939 §3", "https://www.rfc-editor.org/rfc/rfc1939#section-3"}, Width: 640, Height: 330,
	Nodes: []StateNode{
		{"AUTHORIZATION", 310, 70, 160}, {"TRANSACTION", 310, 190, 160}, {"UPDATE", 310, 300, 160},
		{"authenticating", 75, 70, 130}, {"ended", 555, 300, 110},
	},
	Edges: []StateEdge{
		{"", "AUTHORIZATION", []string{""}, "+OK", "M310 16V49", 320, 38, "start"},
		{"AUTHORIZATION", "AUTHORIZATION", []string{"USER"}, "USER", "M370 51C390 14 424 40 392 64", 412, 36, "start"},
		{"AUTHORIZATION", "authenticating", []string{"AUTH"}, "AUTH", "M230 62H142", 186, 56, "middle"},
		{"authenticating", "AUTHORIZATION", []string{"AUTH"}, "-ERR", "M140 80H228", 186, 96, "middle"},
		{"authenticating", "TRANSACTION", []string{"AUTH"}, "+OK", "M75 89V180Q75 190 85 190H228", 84, 150, "start"},
		{"AUTHORIZATION", "TRANSACTION", []string{"PASS", "AUTH"}, "PASS", "M310 89V169", 302, 134, "end"},
		{"TRANSACTION", "TRANSACTION", []string{"STAT", "LIST", "UIDL", "RETR", "TOP", "DELE"}, "RETR, LIST …", "M370 171C390 134 424 160 392 184", 412, 156, "start"},
		{"TRANSACTION", "UPDATE", []string{"QUIT"}, "QUIT", "M310 209V279", 302, 248, "end"},
		{"UPDATE", "ended", []string{Closed}, "closed", "M390 300H498", 444, 292, "middle"},
		{"AUTHORIZATION", "ended", []string{"QUIT", Closed}, "QUIT", "M390 78H545Q555 78 555 88V279", 548, 134, "end"},
	},
}

// Edge is the place of the way that a conversation takes from a state to another by a reply to a verb; -1 for one that is
// not drawn, since nothing changes.
func (d Diagram) Edge(from, to, verb string) int {
	loose := -1
	for i, e := range d.Edges {
		if e.To != to || e.From != from && e.From != anyState {
			continue
		}
		for _, v := range e.Verbs {
			if v == verb {
				return i
			}
		}
		if from != to {
			loose = i
		}
	}
	return loose
}

// stateWords say what a conversation's state is.
var stateWords = map[string]string{
	"connected":      "The connection stands and the server has greeted, or is about to. The client has not introduced itself.",
	"greeted":        "The client has introduced itself. No mail is under way.",
	"MAIL given":     "A mail was begun: its sender is known, and nobody yet whom it is for.",
	"RCPT given":     "There is a sender and at least one recipient. More may be named, or the message may come.",
	"in the data":    "Every line is part of the message now, until a line with only a dot.",
	"in chunks":      "Some of the message has come, counted in octets. The rest is to follow, or it is given up.",
	"authenticating": "The server has asked something. The next line answers that and is no command.",
	"AUTHORIZATION":  "The server wants to know whose mailbox it is to open.",
	"TRANSACTION":    "The mailbox is open, for this client alone. Mails are listed, fetched and marked to be deleted.",
	"UPDATE":         "The client has said QUIT. Only now the server deletes what was marked.",
	"ended":          "The conversation is over.",
}

// StateWords say what a state is, in a sentence.
func StateWords(state string) string { return stateWords[state] }

// times is how often, behind a word: " ×3".
func times(n int) string {
	if n < 2 {
		return ""
	}
	return " ×" + strconv.Itoa(n)
}

// edgeClass tells the ways apart: not taken, taken, and taken last.
func (s StateDiagram) edgeClass(i int) string {
	switch {
	case i == s.Last:
		return "edge edge--last"
	case s.Taken[i] > 0:
		return "edge edge--taken"
	}
	return "edge"
}

func (s StateDiagram) nodeClass(name string) string {
	switch {
	case name == s.Current:
		return "state state--now"
	case s.Reached[name]:
		return "state state--been"
	}
	return "state"
}

// edgeHead is the end of the line: each kind has its own, since a head cannot take its line's colour everywhere.
func (s StateDiagram) edgeHead(i int) string {
	if i == s.Last || s.Taken[i] > 0 {
		return "url(#head-taken)"
	}
	return "url(#head)"
}
