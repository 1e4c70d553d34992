package dissect

import (
	"bytes"

	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// SMTP follows an SMTP conversation. Use NewSMTP.
type SMTP struct {
	sink    Sink
	state   trace.State
	greeted bool
	mode    mode
	tx      uint32 // of the commands that the client is sending
	client  lines
	torn    uint64 // the command whose line is still going on, too long to be held
	end     terminator
	early   []byte   // sent after DATA and before its answer, so nobody knows yet what it is
	server  []byte   // an incomplete reply
	open    []asked  // commands not yet answered, oldest first
	few     [4]asked // room for them in most conversations
}

type mode uint8

const (
	commands mode = iota
	asking        // DATA was said and not answered
	content       // 354 was the answer
)

// NewSMTP begins at the opening of a connection.
func NewSMTP(sink Sink) *SMTP {
	d := &SMTP{sink: sink, state: trace.Connected}
	d.open = d.few[:0]
	return d
}

// State is where the conversation stands, as its replies show.
func (d *SMTP) State() trace.State { return d.state }

// Transaction implements Dissector.
func (d *SMTP) Transaction() uint32 {
	for i := range d.open {
		if d.open[i].verb == trace.EOD {
			return d.open[i].tx
		}
	}
	return 0
}

// Client implements Dissector.
func (d *SMTP) Client(p []byte) {
	for len(p) > 0 {
		switch d.mode {
		case commands:
			var line []byte
			if line, p = d.client.next(p); line != nil {
				d.command(line)
			}
		case asking:
			d.early = append(d.early, p...)
			return
		case content:
			n, ended := d.end.find(p)
			d.data(p[:n:n], ended)
			p = p[n:]
		}
	}
}

func (d *SMTP) command(line []byte) {
	whole := line[len(line)-1] == '\n'
	if d.torn != 0 {
		d.note(trace.Event{Kind: trace.Data, Raw: line, Re: d.torn})
		if whole {
			d.torn = 0
		}
		return
	}
	verb, _ := smtp.ParseCommand(line)
	if verb == "MAIL" && (d.tx == 0 || d.state < trace.MailGiven) {
		d.tx = d.sink.NextTransaction()
	}
	seq := d.note(trace.Event{Kind: trace.Command, Raw: line})
	d.open = append(d.open, asked{seq: seq, verb: verb, tx: d.tx})
	switch verb {
	case "DATA":
		d.mode = asking
	case "RSET", "EHLO", "HELO", "QUIT":
		d.tx = 0
	}
	if !whole {
		d.torn = seq
	}
}

func (d *SMTP) data(p []byte, ended bool) {
	seq := d.note(trace.Event{Kind: trace.Data, Raw: p})
	if ended {
		d.open = append(d.open, asked{seq: seq, verb: trace.EOD, tx: d.tx})
		d.mode, d.tx = commands, 0
	}
}

// note tells what the client said.
func (d *SMTP) note(e trace.Event) uint64 {
	e.Proto, e.Tx, e.Before = trace.SMTP, d.tx, d.state
	return d.sink.Note(true, e)
}

// Server implements Dissector.
func (d *SMTP) Server(p []byte) {
	if len(d.server) > 0 {
		p = append(d.server, p...)
		d.server = nil
	}
	start, pos := 0, 0
	for {
		n := lineEnd(p[pos:])
		if n == 0 {
			break
		}
		last := !continued(p[pos : pos+n])
		if pos += n; last || pos-start > 4*maxLine {
			d.reply(p[start:pos:pos])
			start = pos
		}
	}
	switch rest := p[start:]; {
	case len(rest) > 4*maxLine:
		d.reply(rest)
	case len(rest) > 0:
		d.server = append([]byte(nil), rest...)
	}
}

func (d *SMTP) reply(raw []byte) {
	var a asked
	if !d.greeted {
		d.greeted = true
	} else if len(d.open) > 0 {
		a = d.open[0]
		d.open = dropFirst(d.open)
	}
	code, _, _, _ := smtp.ParseReplyLine(raw)
	before := d.state
	d.state = smtp.Next(before, a.verb, code)
	d.sink.Note(false, trace.Event{
		Kind: trace.Reply, Proto: trace.SMTP, Raw: raw, Re: a.seq, Tx: a.tx, Before: before, After: d.state,
		Verb: a.verb, Code: code,
	})
	if a.verb == "MAIL" && code >= 400 && d.tx == a.tx {
		d.tx = 0
	}
	if a.verb == "DATA" && d.mode == asking {
		d.mode = commands
		if code == 354 {
			d.mode = content
			d.end.begin()
		}
		early := d.early
		d.early = nil
		d.Client(early)
	}
}

// Close implements Dissector.
func (d *SMTP) Close() {
	if rest := d.server; len(rest) > 0 {
		d.server = nil
		d.reply(rest) // it may still say what the early octets are
	}
	if rest := d.early; len(rest) > 0 {
		d.early = nil
		d.note(trace.Event{Kind: trace.Data, Raw: rest})
	}
	if rest := d.client.held; len(rest) > 0 {
		d.client.held = nil
		d.note(trace.Event{Kind: trace.Command, Raw: rest})
	}
}

// lineEnd is the length of the first line of p, its CRLF included; 0 when there is no whole line.
func lineEnd(p []byte) int {
	if i := bytes.Index(p, crlf); i >= 0 {
		return i + len(crlf)
	}
	return 0
}

// continued reports whether a line of a reply is followed by another one (RFC 5321 §4.2.1).
func continued(line []byte) bool { return len(line) > 3 && line[3] == '-' }
