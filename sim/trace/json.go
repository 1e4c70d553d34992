package trace

import (
	"bufio"
	"encoding/json"
	"io"
	"iter"
	"time"
	"unicode/utf8"
)

// JSONVersion is the version of the schema that WriteJSON writes. Adding a field leaves it; removing one or changing
// what one means raises it.
const JSONVersion = 1

// Header says which lab a transcript is of.
type Header struct {
	Name  string    // "amber-fox"
	Start time.Time // the calendar time of lab time zero
}

// WriteJSON writes events for programs: one JSON object.
//
//	{"version": 1, "name": "amber-fox", "start": "2026-11-23T10:00:00Z", "events": [
//	  {"seq": 7, "at": 4000000, "kind": "command", "proto": "smtp", "conn": 1, "from": "pc1", "to": "server",
//	   "text": "EHLO pc1.email.com\r\n", "verb": "EHLO", "before": "connected"},
//	  …]}
//
// A field that is zero for an event is left out. They are, with their types:
//
//	seq       number   from 1
//	at        number   lab time in nanoseconds since start
//	kind      string   action, open, segment, lost, command, response, reply, data, handshake, store, condition, close, reset
//	proto     string   lab, tcp, smtp, pop3, tls
//	conn      number   the connection
//	from, to  string   host ids
//	text      string   the octets from the wire, when they are UTF-8
//	octets    string   the octets from the wire in base64, when they are not
//	secure    bool     the wire carried it encrypted: text and octets are what TLS carried
//	note      string   words, for kinds without octets
//	verb      string   of a command, or of the one that a reply answers
//	code      number   of a reply; for POP3 1 is +OK and -1 is -ERR, and a challenge has none
//	enhanced  string   "2.1.5"
//	re        number   the event that this one answers or is about; of a segment, the one that it repeats
//	tx        number   the mail transaction
//	before, after  string  the conversation's states
//	arrives   number   of a segment: the lab time when it reaches its receiver, unless an event of kind lost is about it
func WriteJSON(w io.Writer, h Header, events iter.Seq[Event]) error {
	out := bufio.NewWriter(w) // keeps the first error until Flush
	head, err := json.Marshal(struct {
		Version int       `json:"version"`
		Name    string    `json:"name"`
		Start   time.Time `json:"start"`
	}{JSONVersion, h.Name, h.Start})
	if err != nil {
		return err
	}
	out.Write(head[:len(head)-1])
	out.WriteString(`,"events":[`)
	between := "\n"
	for e := range events {
		out.WriteString(between)
		line, err := json.Marshal(eventJSON(&e))
		if err != nil {
			return err
		}
		out.Write(line)
		between = ",\n"
	}
	out.WriteString("\n]}\n")
	return out.Flush()
}

// jsonEvent is an Event in the schema of WriteJSON.
type jsonEvent struct {
	Seq      uint64 `json:"seq"`
	At       int64  `json:"at"`
	Kind     string `json:"kind"`
	Proto    string `json:"proto"`
	Conn     uint32 `json:"conn,omitempty"`
	From     string `json:"from,omitempty"`
	To       string `json:"to,omitempty"`
	Text     string `json:"text,omitempty"`
	Octets   []byte `json:"octets,omitempty"`
	Secure   bool   `json:"secure,omitempty"`
	Note     string `json:"note,omitempty"`
	Verb     string `json:"verb,omitempty"`
	Code     int    `json:"code,omitempty"`
	Enhanced string `json:"enhanced,omitempty"`
	Re       uint64 `json:"re,omitempty"`
	Tx       uint32 `json:"tx,omitempty"`
	Before   string `json:"before,omitempty"`
	After    string `json:"after,omitempty"`
	Arrives  int64  `json:"arrives,omitempty"`
}

func eventJSON(e *Event) jsonEvent {
	j := jsonEvent{
		Seq: e.Seq, At: int64(e.At), Kind: e.Kind.String(), Proto: e.Proto.String(), Conn: e.Conn, From: e.From, To: e.To,
		Secure: e.Secure, Note: e.Note, Verb: e.Verb, Code: e.Code, Enhanced: e.Enhanced, Re: e.Re, Tx: e.Tx,
		Before: e.Before.String(), After: e.After.String(), Arrives: int64(e.Arrives),
	}
	if utf8.Valid(e.Raw) {
		j.Text = string(e.Raw)
	} else {
		j.Octets = e.Raw
	}
	return j
}
