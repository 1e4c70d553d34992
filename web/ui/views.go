package ui

import (
	"strconv"

	"github.com/a-h/templ"
)

// Views are the ways to see the trace, of which one is current.
type Views struct {
	Tabs []ViewTab
	URL  string // of the views as fragments, before "/ladder"
	View *View  // the one that is shown; nil for the dialogue
}

// ViewTab leads to a view.
type ViewTab struct {
	Name  string // "ladder", as in addresses; "dialogue"
	Label string
	URL   string // the lab's page with it
}

// Current is the name of the view that is shown.
func (v Views) Current() string {
	if v.View == nil {
		return "dialogue"
	}
	return v.View.Name
}

// View is the trace seen otherwise than as a dialogue. One of its parts is set, or Empty.
type View struct {
	Name     string // "ladder"
	Label    string // "Ladder"
	Empty    string // why there is nothing to be seen
	Chooser  *Chooser
	Ladder   *Ladder
	Packets  *Packets
	State    *StateDiagram
	Sessions *Sessions
}

// Chooser says which conversation is shown, and is where another is chosen.
type Chooser struct {
	FormURL string   // GET view=Name, conn=N or nothing: the lab's page
	Name    string   // of the view
	Show    string   // what the filters show, to be kept; "" for what they show by themselves
	Newest  bool     // it is shown because it is the newest
	Talks   []Choice // newest first
	Earlier int      // how many there are before those
	Talk    TalkHead
	Links   []TalkLink
}

// TalkLink leads to a conversation in another view.
type TalkLink struct {
	Text string // "Ladder"
	Of   string // " of conversation 3": for those who hear links without what stands around
	URL  string
	As   LinkKind
}

// LinkKind says how the browser code follows a link.
type LinkKind uint8

// To the conversation in the dialogue, to a view, or to a file to keep.
const (
	ToDialogue LinkKind = iota
	ToView
	ToFile
)

func (l TalkLink) attributes() templ.Attributes {
	switch l.As {
	case ToDialogue:
		return templ.Attributes{"data-conversation": true}
	case ToView:
		return templ.Attributes{"data-view-link": true}
	}
	return templ.Attributes{"download": true}
}

// TalkHead is a conversation in a few words.
type TalkHead struct {
	Conn    uint32
	Title   string // "PC-1 → SMTP Server"
	Proto   string // "SMTP", "POP3 · TLS 1.3"
	Outcome string
	Tone    string // "open", "good" or "bad"
	Figures []string
}

// newestWords say which conversation is the newest, where that is what is shown.
func newestWords(c Chooser) string {
	if !c.Newest {
		return "The newest conversation"
	}
	return "Newest: #" + strconv.Itoa(int(c.Talk.Conn)) + " " + c.Talk.Title
}
