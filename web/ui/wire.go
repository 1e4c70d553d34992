package ui

// Envelope is what the live channel carries, one JSON text for about every 50 ms in which there was news.
// Polling answers with an array of them, oldest first.
//
// HTML is Groups with the events after the last envelope, each group holding only its new rows. The browser
// looks for each group by its id: the rows of a group that it has are added and its heading is renewed; a group
// that it has not is put at the end. A row whose id is there already is ignored, so that sending one twice does
// no harm.
type Envelope struct {
	Seq    uint64 `json:"seq"`              // the newest event covered: what to ask for next
	HTML   string `json:"html,omitempty"`   // see above
	Wire   []Wire `json:"wire,omitempty"`   // in the order in which things happened
	Resync bool   `json:"resync,omitempty"` // the gap cannot be filled: the browser loads the page again
}

// WireKind says what a Wire is about.
type WireKind string

// The kinds of Wire, with the fields that each fills in besides Kind and Seq. Those after the first eight describe
// a state, not an event: the last one in an envelope counts, and one of each is sent when a channel opens.
const (
	WireSegment   WireKind = "segment"   // From, To, Label, Ms, Proto, Side, Secure: an envelope or packet travels
	WireLost      WireKind = "lost"      // From, To, Label, Ms, Proto, Side, Secure: it travels and gets lost on the way
	WireOpen      WireKind = "open"      // From, To, Conn, Proto: a connection was established
	WireClose     WireKind = "close"     // From, To, Conn, Proto: a connection ended
	WireCondition WireKind = "condition" // Host, Up: a link was cut or restored
	WireJoin      WireKind = "join"      // Host, HTML (Joined): a host that is not in the Spec is there; who has it need not do anything
	WireReset     WireKind = "reset"     // the lab began again: every row so far is gone
	WireNotice    WireKind = "notice"    // N, HTML (Toast): a pop-up
	WireHost      WireKind = "host"      // Host, Unread, Up, Busy: what the map shows of a host; sent for each host that changed
	WireWait      WireKind = "wait"      // HTML (WaitingLine): what the world waits for
	WireClock     WireKind = "clock"     // Paused, Speed: the state of the controls
	WireTask      WireKind = "task"      // HTML (TaskChanges): how the exercise stands, when that has changed
	WirePresent   WireKind = "present"   // Up, Seq: somebody presents the lab, at that event, or now when it is 0
	WireNotes     WireKind = "notes"     // N: the version of the notes and pins, see Annotations
)

// Wire is one small thing that the map or the edges of the page show. Hosts are named by their ids.
type Wire struct {
	Kind   WireKind `json:"kind"`
	Seq    uint64   `json:"seq,omitempty"`
	Conn   uint32   `json:"conn,omitempty"`
	From   string   `json:"from,omitempty"`
	To     string   `json:"to,omitempty"`
	Label  string   `json:"label,omitempty"`  // what is written beside it: "RCPT TO:<pc2@email.com>", "250", "ACK"
	Ms     int      `json:"ms,omitempty"`     // how long to draw it, in wall-clock milliseconds; 0 for no more than a flash
	Proto  string   `json:"proto,omitempty"`  // "smtp", "pop3"; "tcp" for a segment without octets
	Side   string   `json:"side,omitempty"`   // "client" or "server": whose octets it carries
	Secure bool     `json:"secure,omitempty"` // the octets are TLS's
	Host   string   `json:"host,omitempty"`
	Unread int      `json:"unread,omitempty"`
	Up     bool     `json:"up,omitempty"`
	Busy   bool     `json:"busy,omitempty"`
	Paused bool     `json:"paused,omitempty"`
	Speed  string   `json:"speed,omitempty"` // a Speed.Value
	N      int      `json:"n,omitempty"`
	HTML   string   `json:"html,omitempty"`
}
