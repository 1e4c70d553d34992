package ui

// Mark is what people keep beside an event: a pin, a note or both.
type Mark struct {
	Pinned bool
	Text   string // of the note, lines separated by "\n"
}

func (m Mark) empty() bool { return !m.Pinned && m.Text == "" }

// Annotate is the form that pins a line and writes a note on it.
type Annotate struct {
	URL     string // POST do=pin|unpin, or text; "" when nobody may act
	Mark    Mark
	Problem string // with the text that was sent, which is then in Mark
	Conn    uint32 // the event's conversation; 0 for none
}

// Notes say where a page learns of notes and pins that others make.
type Notes struct {
	URL     string // GET Annotations, without "?after="
	Version uint64 // of those that are drawn
}

// Annotations are the notes and pins that changed after a version, as JSON. What is not in All has none any more.
type Annotations struct {
	Version uint64       `json:"version"`
	All     []uint64     `json:"all"`     // the events that have one
	Changed []Annotation `json:"changed"` // in the order of their events
}

// Annotation is what stands beside one event.
type Annotation struct {
	Seq    uint64 `json:"seq"`
	Pinned bool   `json:"pinned,omitempty"`
	Text   string `json:"text,omitempty"`
	HTML   string `json:"html"` // RowMark
}

const maxNote = 500 // lab.MaxNote

// eventWords are the numbers by which an event is looked for.
func eventWords(seq uint64, conn uint32) string {
	words := "Event " + itoa(seq)
	if conn != 0 {
		words += ", conversation " + itoa(uint64(conn))
	}
	return words
}

// pinWord is what the button does.
func pinWord(pinned bool) string {
	if pinned {
		return "unpin"
	}
	return "pin"
}
