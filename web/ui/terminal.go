package ui

// Terminal is where a person uses connections by hand: a PC's terminal, or the server's window where the person answers.
type Terminal struct {
	Server  bool   // the person answers
	Host    string // whose it is
	URL     string // what is shown: the browser code asks for it again when there is news
	BaseURL string // the same without a connection
	Paused  bool
	Lines   []TerminalTab // the host's connections by hand, the newest first
	NewURL  string        // a PC's form for another connection; "" when it is shown, or nobody may act
	Dial    *DialForm
	Hand    *HandForm // the server's: nil when nobody may act
	Line    *TerminalLine
	Nothing string // what is said when no connection is shown
	Problem string // what could not be done, where there is no field for it
}

// TerminalTab is a connection that can be shown.
type TerminalTab struct {
	URL     string
	Title   string // "SMTP Server:25", "PC-1"
	Open    bool
	Waits   bool // for the person's answer
	Current bool
}

// DialForm opens a connection.
type DialForm struct {
	OpenURL  string // POST target, port
	Target   string // as it was typed
	Port     string
	Targets  []Choice // to offer; the Label says what each is
	Ports    []Choice
	Problems []Problem
}

// HandForm has a person answer instead of the server's program, or the program again.
type HandForm struct {
	URL string // POST hand=on|off
	On  bool
}

// TerminalLine is one connection by hand.
type TerminalLine struct {
	Conn         uint32
	Status       string // "Connected to SMTP Server, port 25."
	Tone         string // "open", "good" or "bad"
	State        string // of the protocol: "MAIL given"; "" for none
	Screen       []ScreenLine
	Cut          bool   // the screen shows the end only
	Conversation Link   // all of it, on the wire
	Hint         string // what a person cannot do by hand here, or what is to be done next
	Say          *SayForm
	CloseURL     string // POST do=finish|drop; "" when nobody may act, or nothing is left to close
	Finished     bool   // this side has closed already
	Next         []Suggestion
	Asked        []Question // what is still to be answered, the oldest first
	Answers      []Quick    // to the oldest, the usual ones first; what may come unasked when nothing is
	AnswersURL   string     // POST text, end=crlf
	Last         *Gist
	Breaches     []Gist // what is wrong with the server's last reply
	Legal        []string
}

// SayForm is where a line is typed.
type SayForm struct {
	URL      string // POST text, end, escapes
	Text     string
	Several  bool // lines at once
	OtherURL string
	Ends     []Choice // crlf, lf, cr, none
	Escapes  bool
	Label    string // "Your line"
	Problems []Problem
}

// ScreenLine is a line as the wire carried it.
type ScreenLine struct {
	Mine    bool
	Code    string // of a server's reply
	Tone    string
	Text    string // the rest with what separates it, as Visible made it
	Secret  string // what follows and is not for everybody's eyes: a password
	EOL     string // "CRLF", "LF", "CR"; "" while it has not ended
	Verdict string // of a person's reply: "legal", "breach" or ""
	About   string // what the breach is, in a sentence
}

// Gist is what a line or a breach means.
type Gist struct {
	Title   string
	Meaning string
	Why     string
	URL     string // all that there is to know
	Refs    []Link
	Follow  []string // what may be said next
}

// Suggestion is what may be said next.
type Suggestion struct {
	Text string // of the field, with "\n" between lines
	Show string // what is shown of it
	URL  string // the form with it
}

// Question is a command that waits for an answer.
type Question struct {
	Text string // as Visible made it
	Gist string
}

// Quick is a reply that one click gives.
type Quick struct {
	Code string
	Tone string
	Text string // beside the code
	Said string // all of it, with "\n" between lines
}

// usual are how many answers are shown at once.
const usual = 3

// fewer are the usual answers, and the others.
func fewer(list []Quick) (first, others []Quick) {
	n := min(usual, len(list))
	return list[:n], list[n:]
}

func screenClass(l ScreenLine) string {
	if l.Mine {
		return "said said--mine"
	}
	return "said"
}

// eolWords name what a line ended with; nothing is named, too.
func eolWords(l ScreenLine) string {
	if l.EOL == "" {
		return "no end yet"
	}
	return l.EOL
}
