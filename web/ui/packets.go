package ui

import "strconv"

// Packets are the frames of a conversation, as a network analyser lists them, and one of them opened.
type Packets struct {
	Frames  []FrameRow
	Cut     string // "Frames 301 to 600 of 640."; "" when all are listed
	Earlier Link   // those before; none without a Text
	Later   Link
	Frame   *Frame
	FileURL string // all of them as a capture file
}

// FrameRow is a frame in the list.
type FrameRow struct {
	N          int    // from 1 in the conversation
	Time       string // "0.254"
	From       string // "PC-1"
	FromClient bool
	Proto      string // "TCP", "SMTP", "TLS"
	Flags      string // "PSH, ACK"
	Seq        uint32 // relative
	Ack        string // likewise; "" without ACK
	Len        int    // octets of payload
	Info       string // "MAIL · RCPT · DATA"
	Secret     string // what comes behind it, if that is a password
	Lost       bool
	Again      bool
	URL        string // the view with it
	Chosen     bool
}

// Frame is one frame, opened.
type Frame struct {
	N       int
	Title   string // "PC-1 → SMTP Server, 124 octets on the wire"
	Notes   []string
	Layers  []FrameLayer
	Rows    []HexRow
	More    int // octets that are not drawn
	Lines   []Line
	Inside  string // what the lines are: "As text", "Inside TLS, as those read it who have the keys"
	Ends    bool   // there are ends of lines among the octets
	Stuffed bool   // and dots that the client doubled
	Explain Link   // what explains the segment
}

// FrameLayer is a header, or the payload.
type FrameLayer struct {
	Kind   string // "ethernet", "ip", "tcp" or "payload", as the octets are coloured
	Name   string // "Ethernet II"
	Words  string // what matters of it: "192.168.11.1 → 192.168.11.4, octets 14 to 33"
	Fields []Term
}

// HexRow is sixteen octets.
type HexRow struct {
	Offset string // "0010"
	Hex    []HexRun
	Text   []HexRun
}

// HexRun is neighbouring octets of one kind.
type HexRun struct {
	Kind string // of the layer, and "end" for CR and LF, "dot" for a dot that was doubled, "secret" for a password
	Text string
}

// frameClass is a row's class.
func (r FrameRow) class() string {
	class := "frame frame--server"
	if r.FromClient {
		class = "frame frame--client"
	}
	if r.Lost {
		class += " frame--lost"
	}
	return class
}

// direction is an arrow as in the other views, and who sends in words for those who do not see it.
func (r FrameRow) direction() string {
	if r.FromClient {
		return "▶"
	}
	return "◀"
}

// before and after are what stands around a password in the row's last column.
func (r FrameRow) before() string {
	if r.Again {
		return "again: " + r.Info
	}
	return r.Info
}

func (r FrameRow) after() string {
	if r.Lost {
		return " ✗ lost"
	}
	return ""
}

func (r FrameRow) id() string { return "f" + strconv.Itoa(r.N) }

// class is a run's: passwords have the one by which they are hidden everywhere.
func (r HexRun) class() string {
	if r.Kind == "secret" {
		return "secret"
	}
	return "hex--" + r.Kind
}
