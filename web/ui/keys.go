package ui

// KeysWindow is the sheet of keyboard shortcuts.
type KeysWindow struct {
	Shell   Shell
	BackURL string
	CanAct  bool // those that act are listed
}

// shortcut is a key and what it does. static/js/shortcuts.js does it; a test compares the two.
type shortcut struct {
	Keys  string // as they are pressed one after the other: "g 1"
	Name  string // of what it does, as the palette lists it
	About string // a few words more, or ""
	Acts  bool   // it changes the lab
}

// keyGroup is some shortcuts with a heading.
type keyGroup struct {
	Title string
	Keys  []shortcut
}

var keyGroups = []keyGroup{
	{"Time", []shortcut{
		{"k", "Step", "go on until the next segment has arrived", true},
		{"r", "Run or pause", "", true},
		{"s", "Skip ahead", "to the next event, however far away", true},
		{"ArrowLeft", "Back in time", "as far as is chosen beside the slider", false},
		{"ArrowRight", "Forward in time", "", false},
		{"b", "Back to now", "", false},
	}},
	{"The trace", []shortcut{
		{"/", "Look for lines", "into the filter box; Escape leaves it", false},
		{"n", "Next match", "", false},
		{"N", "Previous match", "", false},
		{"]", "Next conversation", "", false},
		{"[", "Previous conversation", "", false},
		{"e", "Explanations on or off", "the few words beside the lines", false},
		{"m", "Pin or unpin the line", "that is open or has the focus", true},
	}},
	{"Predicting", []shortcut{
		{"p", "Predict first on or off", "", false},
		{"2", "Answer: success", "2yz, or +OK", false},
		{"3", "Answer: go on", "3yz, or + of POP3", false},
		{"4", "Answer: try later", "4yz", false},
		{"5", "Answer: no", "5yz, or -ERR", false},
	}},
	{"Going places", []shortcut{
		{"g 1", "Open a host", "g, then 1 to 9: the hosts in the order of the list", false},
		{"t", "Projector on or off", "large type, passwords hidden", false},
		{"c", "Write a mail", "on the first PC", true},
		{"?", "Keyboard shortcuts", "this sheet", false},
	}},
}

// of are the shortcuts for whoever may act, or only look.
func (g keyGroup) of(canAct bool) []shortcut {
	var some []shortcut
	for _, k := range g.Keys {
		if canAct || !k.Acts {
			some = append(some, k)
		}
	}
	return some
}

// queryWords are what can be typed into the box for lines: package query reads it.
var queryWords = []Term{
	{Name: `rcpt "no such"`, Meaning: "words, and several together, in a line, beside it or in its note"},
	{Name: "verb:rcpt", Meaning: "a command and its replies; verb:eod for the end of a message"},
	{Name: "code:5xx", Meaning: "replies: 250, 25x, 5.1.1, +OK, -ERR"},
	{Name: "host:pc1", Meaning: "what a host says and hears"},
	{Name: "conn:2", Meaning: "a conversation, or a range of them as 2-4"},
	{Name: "kind:reply", Meaning: "command, reply, data, segment, store and more"},
	{Name: "proto:smtp", Meaning: "smtp, pop3, tls, tcp or lab"},
	{Name: "seq:10-40", Meaning: "lines by their numbers"},
	{Name: "is:pinned", Meaning: "pinned, noted or encrypted lines"},
	{Name: "-code:2xx", Meaning: "a hyphen turns any of these round"},
}

// keyCap is what stands on a key.
func keyCap(key string) string {
	switch key {
	case "ArrowLeft":
		return "←"
	case "ArrowRight":
		return "→"
	}
	return key
}
