package ui

// Sessions are conversations with what each achieved and cost, newest first.
type Sessions struct {
	Sessions []Session
	Earlier  Link // those before; none without a Text
	Later    Link
}

// Session is one conversation in the list.
type Session struct {
	TalkHead
	Opened string // lab time in seconds: "0.242"
	Took   string // "26 ms"; of one that goes on, until now
	Open   bool
	Mails  string // "1 mail"; "" for none
	Stages []Stage
	Links  []TalkLink
}

// Stage is a step that a conversation takes, and what became of it.
type Stage struct {
	Name     string // "RCPT"
	Progress string // trace.Progress's name: "done", "failed", "begun", "skipped" or "ahead"
	Time     string // since the beginning: "+8 ms"; "" when there is none
	Note     string // "2 ✓ 1 ✗" where some were refused
}

// progressMark is what a stage is marked with beside its colour.
func progressMark(progress string) string {
	switch progress {
	case "done":
		return "✓"
	case "failed":
		return "✗"
	case "begun":
		return "…"
	case "skipped":
		return "–"
	}
	return "○"
}

// progressWords say what a mark says.
func progressWords(progress string) string {
	switch progress {
	case "begun":
		return "under way"
	case "skipped":
		return "not used"
	case "ahead":
		return "not reached"
	}
	return progress
}

// tookWords say how long a conversation lasted.
func tookWords(s Session) string {
	if s.Open {
		return "for " + s.Took + " so far"
	}
	return "took " + s.Took
}
