package web

import (
	"fmt"
	"strconv"
	"strings"

	"smtplab/sim/dissect"
	"smtplab/sim/lab"
	"smtplab/sim/trace"
	"smtplab/web/ui"
)

// This file draws the events of a scene as rows: the same for the first paint and for a live batch.

// groups are the scene's events by connection, in the order in which each first appears. An event that belongs
// to no connection stands alone.
func (s *Server) groups(sc *scene) []ui.Group {
	var groups []ui.Group
	index := map[uint32]int{}
	for i := range sc.events {
		e := &sc.events[i]
		at, known := index[e.Conn]
		if e.Conn == 0 || !known {
			at = len(groups)
			index[e.Conn] = at
			groups = append(groups, sc.heading(e.Conn))
		}
		sc.resume(e)
		groups[at].Rows = append(groups[at].Rows, s.row(sc, e))
	}
	return groups
}

// heading is a group without rows.
func (sc *scene) heading(conn uint32) ui.Group {
	if conn == 0 {
		return ui.Group{}
	}
	t := sc.talks[conn]
	return ui.Group{
		Conn: conn, Proto: t.Proto.String(),
		Client: sc.hostName(t.Client), Server: sc.hostName(t.Server),
		Addresses: t.ClientAddr.String() + " → " + t.ServerAddr.String(),
		TLS:       tlsLabel(t.Conversation),
		Outcome:   t.Outcome, Tone: toneOf(t.Conversation),
		URL: sc.talkURL(conn), TextURL: fmt.Sprintf("%s/transcript.txt?conn=%d", sc.base, conn), Mails: t.mails,
	}
}

// tlsLabel is what an encrypted conversation is: "SMTP · TLS 1.3"; "" for one that is not.
func tlsLabel(c lab.Conversation) string {
	if c.TLS == "" {
		return ""
	}
	return protoWords(c)
}

// protoWords are what a conversation speaks, inside what: "SMTP", "POP3 · TLS 1.3".
func protoWords(c lab.Conversation) string {
	words := strings.ToUpper(c.Proto.String())
	if c.TLS != "" {
		words += " · " + c.TLS
	}
	return words
}

func toneOf(c lab.Conversation) string {
	switch {
	case c.Open:
		return "open"
	case c.Good:
		return "good"
	}
	return "bad"
}

func (s *Server) row(sc *scene, e *trace.Event) ui.Row {
	row := ui.Row{
		Seq: e.Seq, Time: seconds(e.At), Kind: e.Kind.String(), Proto: e.Proto.String(),
		Gist: s.gist(e), URL: eventURL(sc.base, e.Seq), Secure: e.Secure,
		Mark: markOf(sc.notes[e.Seq]), Hit: sc.hits[e.Seq],
	}
	if speaks(e) {
		row.Side, row.Who = sc.side(e), sc.hostName(e.From)
	}
	switch e.Kind {
	case trace.Command:
		row.Lines = ui.CommandLines(e.Raw)
	case trace.Response:
		row.Lines = ui.ResponseLines(e.Raw)
	case trace.Reply:
		row.Lines, row.Verb, row.Re = ui.ReplyLines(e.Raw), e.Verb, e.Re
	case trace.Data:
		t := sc.talks[e.Conn]
		row.Lines, t.inBody, t.end = messageLines(e.Raw, sc.pastHeader(e), t.end)
		sc.talks[e.Conn] = t
	case trace.Condition:
		row.Lines = ui.NoteLines(sc.hostName(e.From) + ": " + e.Note)
	case trace.Segment:
		row.Note = e.Note
		row.Lines = ui.NoteLines(sc.segmentWords(e))
	case trace.Handshake:
		var words string
		row.Name, words, _ = strings.Cut(e.Note, ": ")
		row.Lines = ui.NoteLines(words)
	default:
		row.Lines = ui.NoteLines(e.Note)
	}
	if e.Kind == trace.Reply {
		t := sc.talks[e.Conn]
		t.inBody, t.end, t.verb = false, "", e.Verb // what data follows is new, and belongs to that
		sc.talks[e.Conn] = t
	}
	return row
}

// messageLines are the lines of a part of a message. end is what the part before ended with, "" for the beginning: a dot
// alone ends a message between CRLF and CRLF only (RFC 5321 §4.1.1.4). It says whether the header is past, and how this part ends.
func messageLines(raw []byte, inBody bool, end string) ([]ui.Line, bool, string) {
	lines, inBody := ui.DataLines(raw, inBody)
	for i := range lines {
		l := &lines[i]
		if end != "" && end != "CRLF" && (l.Part == "dot" || l.Part == "stuffed") {
			l.Part = "body"
		}
		switch {
		case i == 0 && end == "CR" && l.Text == "" && l.EOL == "LF": // the other half of it
			end = "CRLF"
		case l.EOL == "":
			end = "none"
		default:
			end = l.EOL
		}
	}
	return lines, inBody, end
}

// pastHeader reports whether a chunk of data has nothing of a message's header: the header came in an earlier one,
// or it is no message but one of POP3's listings.
func (sc *scene) pastHeader(e *trace.Event) bool {
	t := sc.talks[e.Conn]
	return t.inBody || e.Proto == trace.POP3 && t.verb != "RETR" && t.verb != "TOP"
}

// speaks reports whether somebody says, sends or does e.
func speaks(e *trace.Event) bool {
	return e.Kind != trace.Open && e.Kind != trace.Close && e.Kind != trace.Store && e.Kind != trace.Reset
}

// side is which end of its conversation says e.
func (sc *scene) side(e *trace.Event) string {
	switch t := sc.talks[e.Conn]; {
	case e.From == "":
		return ""
	case e.From == t.Client:
		return "client"
	case e.From == t.Server:
		return "server"
	}
	return ""
}

// segmentWords are what a segment carried: "45 octets", or which records of TLS.
func (sc *scene) segmentWords(e *trace.Event) string {
	switch {
	case len(e.Raw) == 0:
		return "no octets"
	case !sc.sealed(e):
		return octetWords(e)
	}
	return orElse(dissect.Records(e.Raw), "TLS: "+octetWords(e)+" of the record before")
}

func octetWords(e *trace.Event) string {
	if len(e.Raw) == 1 {
		return "1 octet"
	}
	return strconv.Itoa(len(e.Raw)) + " octets"
}

// sealed reports whether a segment is TLS's: it comes after TLS began, or is its first, which looks like it.
func (sc *scene) sealed(e *trace.Event) bool {
	t := sc.talks[e.Conn]
	return len(e.Raw) > 0 && t.Shaken != 0 && (e.Seq > t.Shaken || dissect.Records(e.Raw) != "")
}

func eventURL(base string, seq uint64) string {
	return base + "/events/" + strconv.FormatUint(seq, 10)
}
