package ui

// Shell is what stands around the content of every page.
type Shell struct {
	Title    string // of the document: "PC-1 · Inbox"
	Nav      string // the entry of the navigation that is current: "lab", "exercises", "theory" or ""
	Theme    string // "auto", "light" or "dark": the cookie "theme", "auto" when it is none of these
	ThemeURL string // POST theme=auto|light|dark, back=Here; sets the cookie, then 303 to back
	Here     string // this page's own path and query
	HomeURL  string // where the Lab entry leads: the lab the person is in, or "/"
	Lab      LabBar // zero outside a lab
}

// LabBar is the part of the header that belongs to one lab.
type LabBar struct {
	Name       string // "amber-fox"; "" outside a lab
	ShareURL   string
	NoticesURL string
	KeysURL    string // the keyboard shortcuts
	EventsURL  string // of an event, without its number
	More       []Link // what the palette leads to and is not on the page
	ViewOnly   bool
}

// Link is a text that leads somewhere. A Link without a Text is not drawn.
type Link struct {
	Text string
	URL  string
}

// Term is a word and what it means, with the standard that defines it.
type Term struct {
	Name    string // "SIZE 10485760"
	Meaning string
	Ref     Link // "RFC 1870 §4"
}

// LabPage is the page of a lab: the map on the left, the wire on the right.
type LabPage struct {
	Shell    Shell
	Seq      uint64 // the newest event drawn: the live channel goes on after it
	LiveURL  string // websocket, without "?after="
	PollURL  string // the same envelopes as a JSON array, without "?after="
	CanAct   bool   // false on a view-only link: nothing that acts is drawn
	Map      Map
	Time     TimeBar
	Present  string   // POST at=SEQ: where the presenter is
	Controls Controls // not drawn in the past
	Trace    Trace
	Waiting  Waiting
	Task     *Task // beside it, in a lab that was made for an exercise
}

// Map is the network: every host has one link, to the switch in the middle.
type Map struct {
	Switch string    // its name: "Switch"
	Hosts  []MapHost // PCs and servers in the order of the Spec
}

// MapHost is a host on the map and in the list.
type MapHost struct {
	ID      string // "pc1"
	Name    string // "PC-1"
	Server  bool
	Outside bool   // the host from which real programs come, which joins later
	Address string // a PC's mail address; a server's domain; else who is there
	IP      string
	URL     string // its window
	Unread  int
	LinkUp  bool
	Busy    bool // takes part in an open conversation: drawn lit, with its link
}

// Controls are the buttons under the map. Each is a plain POST form.
type Controls struct {
	ClockURL      string // POST do=run|pause|step|skip, or speed=VALUE
	ConditionsURL string // the conditions window
	ResetURL      string // GET asks for confirmation, POST does it
	UndoURL       string // POST
	Paused        bool
	Speed         string  // the Value of the current Speed
	Speeds        []Speed // slowest first
}

// TimeBar is where in the lab's history the page is, and the ways back and forth.
type TimeBar struct {
	Seq         uint64 // the newest event that is shown
	First, Last uint64 // the events that the lab holds
	Past        bool   // the page shows the past
	Time        string // of the event, in the past: "3.335 s" of lab time
	TimeOfDay   string // "10:00:03"
	What        string // "PC-1: MAIL FROM:<pc1@email.com>"
	Paces       []Choice
	PageURL     string // the lab's page now; with ?at=SEQ as of then
	StepURL     string // GET way=back|forth, from=SEQ, by=PACE leads to the next stop
	ForkURL     string // GET asks for confirmation; "" now, and for those who may only look
	ShareURL    string // links to this moment; "" now
}

// Speed is a step of the speed slider.
type Speed struct {
	Value string // "0.25", "1", "max"
	Label string // "1 line per 4 s", "1 line/s", "full speed"
}

// Waiting is what the world waits for, in words.
type Waiting struct {
	Text    string // "Waiting for the server's answer."
	Expects string // the verb or code that comes next, if it is known: "DATA"
	Idle    bool   // for nothing: no event is to come, so that there is nothing to step to
	In      string // lab time until the next event, when it is long: "4 min 30 s"
}

// Trace is the panel "On the wire".
type Trace struct {
	Groups     []Group
	Show       Show
	LabURL     string // the page itself: the filters are GET forms on it, see ParseShow
	WireURL    string // where events before or after one are: the browser code adds which
	EarlierURL string // leads to the events before the first that is drawn; "" when there are none
	LaterURL   string // to those after the last; "" when there are none
	TextURL    string // the transcript as text
	Saves      []Save // what can be taken home
	SchemaURL  string // of the transcript as JSON
	VerifyURL  string // where a signed result is checked
	OpenURL    string // where a lab that was saved is opened
	Find       Find
	Notes      Notes
	Codes      []Codes // what people choose from who predict replies
	Views      Views
}

// Save is a form in which a lab can be taken home.
type Save struct {
	Label  string // "CSV"
	Ending string // of the file: ".csv"; "" for a page
	About  string // what it is for, in a line
	URL    string
	Page   bool // it is looked at, rather than saved
}

// Group is the rows of one connection, or the single row of an event that belongs to none. In a live fragment
// it holds only the new rows: the browser adds them to the group that it has and renews the heading.
type Group struct {
	Conn      uint32   // 0 for an event that belongs to no connection: then there is one Row and no heading
	Proto     string   // "smtp" or "pop3"
	Client    string   // "PC-1"
	Server    string   // "SMTP Server"
	Addresses string   // "192.168.11.1:49152 → 192.168.11.4:25"
	TLS       string   // "SMTP · TLS 1.3" of one that is encrypted, else ""
	Outcome   string   // "1 message accepted", "in progress"
	Tone      string   // "open", "good" or "bad"
	URL       string   // the conversation as a page of its own
	TextURL   string   // its transcript as text
	Mails     []Link   // the mails that it brought, as the person may open them
	Figures   []string // what it cost: "6 round trips"; where it is shown whole
	Rows      []Row
}

// Row is one event.
type Row struct {
	Seq   uint64
	Time  string // lab time in seconds: "0.016"
	Kind  string // trace.Kind's name: "command", "reply", "data", "segment", "store", …
	Proto string // trace.Proto's name: "smtp", "pop3", "tls", "tcp", "lab"
	Side  string // who speaks: "client", "server", or "" for an event that nobody says
	Who   string // the speaker's name: "PC-1"
	Lines []Line // of CommandLines, ReplyLines or DataLines; one of NoteLines for the other kinds
	Gist  string // a few words on what it means, shown in the view "Explain"
	URL   string // its explanation
	Note  string // beside a segment: flags and numbers, "SYN · seq 0"
	Name  string // of a message of TLS: "ClientHello"

	Secure bool // the wire carried it encrypted

	Verb string // of a reply: what it answers, as trace.Event has it
	Re   uint64 // of a reply: the event that it answers; 0 for none
	Mark Mark   // what people keep beside it
	Hit  bool   // it is marked as found
}

// Line is one line of a row. The functions that make them are in line.go.
type Line struct {
	Code   string // a reply's code: "250", "+OK"
	Sep    string // what stands after the code: "-", " " or ""
	Tone   string // of the code: "ok" 2xx, "more" 3xx, "temp" 4xx, "err" 5xx; else ""
	Text   string // the rest, as Visible made it
	Secret string // what follows and is not for everybody's eyes: a password
	Part   string // of a message: "header", "fold" (a header's next line), "blank", "body", "dot" (the final one), "stuffed" (begins with a dot that the client doubled); else ""
	EOL    string // how it ended on the wire: "CRLF", "LF", "CR", or "" when the chunk ended within the line
}

// Explanation is the card under a row.
type Explanation struct {
	Seq       uint64
	Title     string // "RCPT names one recipient of this message."
	Meaning   string
	Why       string
	Before    string   // states, as people read them; both "" when the event has none
	After     string   // equal to Before, or "", when it did not change
	MayAnswer []string // replies to a command: "250", "550"
	MayFollow []string // what may be said next
	OnWire    string   // "26 bytes · TCP seq 47 · ack 131"
	Enhanced  Term     // "2.1.5" and its meaning
	Terms     []Term   // keywords of an EHLO reply, headers in a chunk of data
	Refs      []Link   // "RFC 5321 §4.1.1.3"
	Related   []Link   // the command answered, the mail delivered, the theory page
	Annotate  Annotate
}

// EventWindow is an explanation as a page of its own, with the event that it explains.
type EventWindow struct {
	Shell   Shell
	Group   Group // the conversation's heading and the one row
	Explain Explanation
	BackURL string // the lab, at the row
}

// ConversationWindow is one conversation, whole.
type ConversationWindow struct {
	Shell   Shell
	Group   Group
	Links   []TalkLink // its views
	BackURL string
}

// Tab is one tab of a window.
type Tab struct {
	Label   string
	URL     string
	Does    bool // opening it does something, so it is a form's button: the inbox checks the mail
	Current bool
	Count   int // drawn when it is not 0
}

// PCWindow is a PC's programs. One of Compose, Inbox, Mail, Sent, Settings and Terminal is set.
type PCWindow struct {
	Shell    Shell
	Host     string // "pc1"
	Name     string // "PC-1"
	Address  string // "pc1@email.com"
	IP       string
	BackURL  string // the lab
	CanAct   bool
	Tabs     []Tab
	Compose  *Compose
	Inbox    *Inbox
	Mail     *Mail
	Sent     *SentBox
	Settings *Settings
	Terminal *Terminal
}

// Compose is the form of a new mail, with what was typed and what is wrong with it.
type Compose struct {
	SendURL   string   // POST multipart/form-data: to, cc, bcc, subject, body, files
	From      string   // the PC's own address
	Contacts  []string // addresses to offer
	To        string
	Cc        string
	Bcc       string
	Subject   string
	Body      string
	Report    bool      // the server is to report what becomes of it
	Limit     string    // what a mail may weigh: "Up to about 7 MB of files: …"
	MaxUpload int64     // how many octets of files a browser may hand over at all
	Problems  []Problem // in the order of the fields
}

// Problem is a mistake in a form.
type Problem struct {
	Field string // "to", "cc", "bcc", "subject", "body", "files"; "" for the form as a whole
	Text  string
}

// Inbox is what a PC has fetched.
type Inbox struct {
	CheckURL string // POST: check the mail; "" when nobody may act
	Checking bool
	Checked  string // when it was last checked, as "0.412 s"; "" when never
	Problem  string // why the last check failed
	Waiting  int    // mails that are on the server and were not fetched
	Mails    []InboxMail
}

// InboxMail is a mail in the list.
type InboxMail struct {
	URL       string // the mail
	ReadURL   string // POST that marks it read and leads to URL; "" when it is read or nobody may act
	DeleteURL string // POST; "" when nobody may act
	From      string
	Subject   string // "" is drawn as (no subject)
	Snippet   string
	Time      string
	Unread    bool
	Clip      bool // has attachments
	Deleting  bool
}

// Mail is one mail, opened.
type Mail struct {
	View          string // "text", "html", "headers" or "source"
	TextURL       string // this mail in each view
	HTMLURL       string // "" when there is no HTML
	HeadersURL    string
	SourceURL     string
	FrameURL      string // the HTML, for the sandboxed frame
	RawURL        string // the mail as a file to keep
	BackURL       string // the inbox
	DeleteURL     string // POST; "" when nobody may act
	ReplyURL      string // Compose, filled in; "" when nobody may act
	From, To, Cc  string
	Date, Subject string
	Text          string
	Headers       []Header // in the order of the message
	Source        string   // the message as it is stored
	SourceCut     bool     // Source is only its beginning
	Attachments   []Attachment
	Conversations []Link // "Delivered by PC-1 → SMTP Server", "Fetched by …"
}

// Header is one header field of a mail.
type Header struct {
	Name    string
	Value   string
	Explain string // one sentence
	Ref     Link
}

// Attachment is a file in a mail.
type Attachment struct {
	Name string
	Type string
	Size string // "12 kB"
	URL  string // served as a download
}

// SentBox is what a PC sent, newest first.
type SentBox struct {
	Mails []SentMail
}

// SentMail is one sending and what became of it.
type SentMail struct {
	To           string
	Subject      string
	Time         string
	Tone         string // "open" under way, "good" accepted, "part" for some, "bad" for none
	Outcome      Outcome
	Conversation Link
	Way          string // how it went: "Port 587, TLS 1.3, login by SCRAM-SHA-256"; "" when it went not at all
	RawURL       string // the mail as a file to keep
}

// Outcome is what the server said of a sending.
type Outcome struct {
	Sentence   string // "The server accepted the mail for pc2@email.com."
	Advice     string
	Reply      string // as it was on the wire: "250 2.0.0 Accepted as 4F1A"
	ReplyURL   string // its explanation
	Recipients []Recipient
}

// Recipient is what the server said of one recipient.
type Recipient struct {
	Address  string
	Accepted bool
	Reply    string
}

// Settings are how a PC's mail program is set up.
type Settings struct {
	Items []Setting    // what cannot be changed; everything, for those who may only look
	Form  *AccountForm // nil when nobody may act
}

// AccountForm is where a PC's mail program is set up.
type AccountForm struct {
	SaveURL    string // POST: the fields of an Account, as the handler names them
	Notice     string // what was just done; "" for nothing
	Filled     string // what was filled in and not saved; "" for nothing
	Presets    []Preset
	Server     string
	ServerHint string // what may be entered: "192.168.11.4 or email.com"
	Ways       []Way
	User       string
	Password   string
	InClear    bool
	Chunking   bool
	Without    []Choice
	Problems   []Problem
}

// Preset is a usual set-up that one click fills in.
type Preset struct {
	Label   string // "Submission"
	About   string // "Ports 587 and 110, STARTTLS, login"
	URL     string // the form with it
	Current bool   // the form has it
}

// Way is how a program on the server is reached.
type Way struct {
	Name  string // before the names of its fields: "smtp"
	Title string // "Outgoing mail"
	About string
	Port  string // as it was typed
	TLS   []Choice
	Login []Choice
}

// Choice is an option of a list, or a box to tick.
type Choice struct {
	Value string
	Label string
	On    bool
}

// Setting is one line of the settings.
type Setting struct {
	Name  string // "Outgoing mail (SMTP)"
	Value string // "192.168.11.4, port 25"
	Note  string // what it is for
}

// ServerWindow is the server's dialog. One of Overview, Settings, Reach and Terminal is set.
type ServerWindow struct {
	Shell    Shell
	Host     string // "server"
	Name     string // "SMTP Server"
	IP       string
	Domain   string
	BackURL  string
	Tabs     []Tab
	Overview *ServerOverview
	Settings *ServiceSettings
	Reach    *Reach
	Terminal *Terminal
}

// ServerOverview is what the server is and does.
type ServerOverview struct {
	Ports         []Term // "25": "SMTP: …"
	Keywords      []Term // what EHLO advertises
	Mailboxes     []Mailbox
	Conversations []ConversationLink // newest first
}

// ServiceSettings are how the server's programs are set up.
type ServiceSettings struct {
	Items []Setting    // for those who may only look
	Form  *ServiceForm // nil when nobody may act
}

// ServiceForm is where the server's programs are set up.
type ServiceForm struct {
	SaveURL    string // POST: the fields of a Service, as the handler names them
	RestartURL string // POST
	Notice     string // what was just done; "" for nothing
	Offers     []Choice
	Mechanisms []Mechanism
	RequireTLS bool
	ByHand     bool // a person answers on ports 25 and 587
	Lookup     []Choice
	Aliases    string // one a line
	Limits     []Limit
	Problems   []Problem
}

// Mechanism is a way to log in, and where the server takes it.
type Mechanism struct {
	Name   string // "SCRAM-SHA-256"
	About  string
	Secure bool // inside TLS
	Clear  bool // and without
}

// Limit is a number that bounds what the server takes.
type Limit struct {
	Name    string // of its field
	Label   string
	Unit    string // "octets", or ""
	Value   string // as it was typed; "" for the Default
	Default string
}

// Reach is how real programs reach the lab's server.
type Reach struct {
	Gates           []Gate
	Closed          string // why there are none
	Open            string // the command that opens some, or ""
	Elsewhere       Link   // the lab that has some
	CertificateURL  string
	CertificateFile string // the name under which it is kept
}

// Gate is a real port that leads to the lab's server.
type Gate struct {
	Address  string // "127.0.0.1:2525"
	Port     int    // of the lab's server
	About    string
	Examples []Example
}

// Example is a command to copy.
type Example struct {
	Name    string // "swaks"
	Command string
}

// OutsideWindow says who comes from outside, and how.
type OutsideWindow struct {
	Shell         Shell
	Host          string
	Name          string
	IP            string
	BackURL       string
	Conversations []ConversationLink
	Reach         *Reach
}

// Mailbox is one mailbox on the server.
type Mailbox struct {
	Address  string
	Messages int
	Size     string // "1.2 kB"
	Locked   bool   // a POP3 conversation has it open
}

// ConversationLink is a conversation in a list.
type ConversationLink struct {
	Conn    uint32
	Time    string
	Proto   string // "SMTP", "SMTP · TLS 1.3"
	Title   string // "PC-1 → SMTP Server"
	Outcome string
	Tone    string // "open", "good" or "bad"
	URL     string
}

// Notice is a pop-up, shown as a toast and kept in the list.
type Notice struct {
	N            int
	Tone         string // "good", "part" or "bad"
	Time         string
	Host         string // "PC-1"
	Outcome      Outcome
	Conversation Link
}

// NoticesWindow is the list of all pop-ups, newest first.
type NoticesWindow struct {
	Shell   Shell
	BackURL string
	Notices []Notice
}

// ShareWindow holds the links to a lab. The addresses are absolute.
type ShareWindow struct {
	Shell   Shell
	BackURL string
	EditURL string // "" on a view-only link
	ViewURL string
	Keeps   string // how long the lab lives, in a sentence
	Moment  string // "event 57": the links lead to it; "" for now
}

// ConditionsWindow is where links are cut and restored.
type ConditionsWindow struct {
	Shell   Shell
	BackURL string
	CanAct  bool
	Links   []Cable
}

// Cable is the link from a host to the switch.
type Cable struct {
	Host   string // "PC-1"
	URL    string // POST do=cut|restore
	Up     bool
	Detail string // "1 ms · 100 Mbit/s"
}

// ConfirmWindow asks before something that cannot be undone.
type ConfirmWindow struct {
	Shell     Shell
	BackURL   string
	Title     string // "Reset the lab?"
	Text      string
	ActionURL string // POST
	Action    string // "Reset"
	Leaves    bool   // it leads to another page
}

// OpenWindow is the form for a lab's file.
type OpenWindow struct {
	Shell     Shell
	BackURL   string
	OpenURL   string // POST file=
	Extension string // ".smtplab"
	Limit     string // how large it may be
	Problems  []Problem
}

// ErrorWindow says what went wrong.
type ErrorWindow struct {
	Shell     Shell
	BackURL   string
	BackText  string // "Back to the lab"
	Status    int
	Title     string // "There is no such lab."
	Text      string
	Reference string // of a fault of ours: what to quote
}

// VerifyPage is where a signed result is checked.
type VerifyPage struct {
	Shell     Shell
	VerifyURL string // POST multipart/form-data: result and transcript
	Key       string // the installation's public key, as results have it
	KeyPEM    string // and as other programs read it
	KeyKept   bool   // it outlives the program
	Verdict   *Verdict
}

// Verdict is what was found out about a result.
type Verdict struct {
	Good       bool
	Title      string // "This result is genuine."
	Text       string
	Transcript string // what was found out about its transcript; "" when there was none
	Facts      []Term // what it says
}

// TheoryPage is the frame of a page of theory. The content is the component's child.
type TheoryPage struct {
	Shell    Shell
	Title    string
	Contents []Tab // all the pages, in their order
	Previous Link
	Next     Link
}
