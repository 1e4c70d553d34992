package dissect

import (
	"bytes"

	"smtplab/sim/pop3"
	"smtplab/sim/trace"
)

// POP3 follows a POP3 conversation, also into the TLS that STLS begins. The lines that follow a status line, of RETR,
// LIST and the like, are Data of the server. Use NewPOP3.
type POP3 struct {
	sink    Sink
	keys    *Keys
	tls     *layer // what carries the conversation since STLS; nil while the wire does
	state   trace.State
	greeted bool
	mode    mode // commands, asking or answering
	client  lines
	part    uint64 // the command or response whose line is still going on, too long to be held
	early   []byte // sent after AUTH or STLS and before the answer, so nobody knows yet what it is
	server  lines
	body    asked // the command whose answer's lines are going on; zero when none is
	end     terminator
	open    []asked  // commands not yet answered, oldest first
	few     [6]asked // room for them in most conversations
}

// NewPOP3 begins at the opening of a connection. keys are those of the TLS that may follow, nil if there are none.
func NewPOP3(sink Sink, keys *Keys) *POP3 {
	d := &POP3{sink: sink, keys: keys, state: trace.Authorization}
	d.open = d.few[:0]
	return d
}

// State is where the conversation stands, as its replies show.
func (d *POP3) State() trace.State { return d.state }

// Transaction implements Dissector: POP3 has no mail transactions.
func (d *POP3) Transaction() uint32 { return 0 }

// Client implements Dissector.
func (d *POP3) Client(p []byte) {
	if d.tls != nil {
		d.tls.feed(&d.tls.client, p)
		return
	}
	d.said(p)
}

// said reads what the client said, whatever carried it.
func (d *POP3) said(p []byte) {
	for len(p) > 0 {
		if d.mode == asking {
			d.early = keep(d.early, p)
			return
		}
		var line []byte
		if line, p = d.client.next(p); line != nil {
			d.line(line)
		}
	}
}

func (d *POP3) line(line []byte) {
	seq := d.part
	switch {
	case d.part != 0:
		d.note(trace.Event{Kind: trace.Data, Raw: line, Re: d.part})
	case d.mode == answering:
		seq = d.note(trace.Event{Kind: trace.Response, Raw: line})
		d.open = append(d.open, asked{seq: seq, verb: "AUTH"})
	default:
		seq = d.note(trace.Event{Kind: trace.Command, Raw: line})
		verb, arg := pop3.ParseCommand(bytes.TrimSuffix(line, crlf))
		d.open = append(d.open, asked{seq: seq, verb: verb, many: pop3.MultiLine(verb, len(arg) > 0)})
	}
	if line[len(line)-1] != '\n' {
		d.part = seq
		return
	}
	d.part = 0
	if last := len(d.open) - 1; last >= 0 && d.open[last].seq == seq && decides(d.open[last].verb) {
		d.mode = asking
	}
}

// decides reports whether the answer to a command of POP3 says what comes after it.
func decides(verb string) bool { return verb == "AUTH" || verb == "STLS" }

// note tells what the client said.
func (d *POP3) note(e trace.Event) uint64 {
	e.Proto, e.Before = trace.POP3, d.state
	return d.sink.Note(true, e)
}

// Server implements Dissector.
func (d *POP3) Server(p []byte) {
	if d.tls != nil {
		d.tls.feed(&d.tls.server, p)
		return
	}
	d.answered(p)
}

// answered reads what the server said, whatever carried it.
func (d *POP3) answered(p []byte) {
	carrier := d.tls
	for len(p) > 0 {
		if d.tls != carrier {
			d.Server(p)
			return
		}
		if d.body.seq != 0 {
			n, ended := d.end.find(p)
			d.sink.Note(false, trace.Event{Kind: trace.Data, Proto: trace.POP3, Raw: p[:n:n], Re: d.body.seq, Before: d.state})
			if ended {
				d.body = asked{}
			}
			p = p[n:]
			continue
		}
		var line []byte
		if line, p = d.server.next(p); line != nil {
			d.reply(line)
		}
	}
}

func (d *POP3) reply(raw []byte) {
	var a asked
	if !d.greeted {
		d.greeted = true
	} else if len(d.open) > 0 {
		a = d.open[0]
		d.open = dropFirst(d.open)
	}
	status, code := pop3.ParseStatus(raw), -1
	switch status {
	case pop3.OK:
		code = 1
	case pop3.Challenge:
		code = 0
	}
	before := d.state
	d.state = pop3.Next(before, a.verb, status)
	d.sink.Note(false, trace.Event{Kind: trace.Reply, Proto: trace.POP3, Raw: raw, Re: a.seq, Before: before, After: d.state, Verb: a.verb, Code: code})
	if status == pop3.OK && a.many {
		d.body = a
		d.end.begin()
	}
	if d.mode == asking && decides(a.verb) {
		d.decide(a.verb, code)
	}
}

// decide learns from an answer what the client's octets are that follow the command.
func (d *POP3) decide(verb string, code int) {
	d.mode = commands
	hear := d.said // by what carried the command
	switch {
	case verb == "AUTH" && code == 0:
		d.mode = answering
	case verb == "STLS" && code == 1 && d.tls == nil: // TLS in TLS is nothing that RFC 2595 knows
		d.tls = newLayer(d.sink, d.keys, d.said, d.answered)
		d.sink = secured{d.sink}
		hear = d.Client
	}
	early := d.early
	d.early = nil
	hear(early)
}

// Close implements Dissector.
func (d *POP3) Close() {
	if d.tls != nil {
		d.tls.close()
	}
	if rest := d.server.held; len(rest) > 0 {
		d.server.held = nil
		d.reply(rest) // it may still say what the early octets are
	}
	if rest := d.early; len(rest) > 0 {
		d.early = nil
		d.note(trace.Event{Kind: trace.Data, Raw: rest})
	}
	if rest := d.client.held; len(rest) > 0 {
		d.client.held = nil
		d.note(cutOff(rest, d.part, d.mode == answering))
	}
}
