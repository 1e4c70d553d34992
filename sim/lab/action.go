package lab

import "smtplab/sim/clock"

// Verb names what a person did.
type Verb string

// The actions. Each says which fields of Action it reads.
const (
	Send    Verb = "send"    // Host, Mail: compose and send a mail
	Fetch   Verb = "fetch"   // Host: check the mail, a POP3 conversation
	Read    Verb = "read"    // Host, N: open mail N of the inbox
	Delete  Verb = "delete"  // Host, N: delete mail N, here and on the server, a POP3 conversation
	Cut     Verb = "cut"     // Host: cut the host's link
	Restore Verb = "restore" // Host: restore it
	Run     Verb = "run"     // let the world go on by itself
	Pause   Verb = "pause"   // stop it before the next event
	Step    Verb = "step"    // while paused: go on until the next segment has arrived or something was said
	Skip    Verb = "skip"    // jump to the next event, however far away
	Speed   Verb = "speed"   // Speed: how fast people watch
	Reset   Verb = "reset"   // begin again from the Spec
)

// Action is what a person did. Actions are validated, then journalled, then applied.
//
// At and Step are filled in when the action is accepted: with them a replay applies it at exactly the moment
// at which it was applied the first time.
type Action struct {
	Verb Verb   `json:"verb"`
	Host string `json:"host,omitempty"`
	N    int    `json:"n,omitempty"`
	Mail *Mail  `json:"mail,omitempty"`
	// Speed is in lines per second, at least MinSpeed; 0 is as fast as the machine can.
	Speed float64 `json:"speed,omitempty"`

	At   clock.Time `json:"at"`
	Step uint64     `json:"step"` // events that the clock had run
}

// Mail is what a person wrote in the compose window: field texts, as typed.
type Mail struct {
	To      string `json:"to"` // addresses separated by commas
	Cc      string `json:"cc,omitempty"`
	Bcc     string `json:"bcc,omitempty"`
	Subject string `json:"subject,omitempty"`
	Body    string `json:"body,omitempty"`
	Files   []File `json:"files,omitempty"`
}

// File is an attachment.
type File struct {
	Name string `json:"name"`
	Type string `json:"type,omitempty"` // media type; guessed from the name when empty
	Data []byte `json:"data"`
}

// Mistake is an action that cannot be done, in a sentence meant for the person who tried it.
type Mistake struct {
	Field string // the form field at fault: "to", "subject", "body", "files"; or ""
	Code  string // stable word for programs: "bad_address", "empty", "too_big", "limit", "unknown_host", "not_now", "unknown_mail"
	Text  string // "“pc2@” is not a complete address: the part after the @ is missing."
}

// Error is the sentence.
func (m *Mistake) Error() string { return m.Text }
