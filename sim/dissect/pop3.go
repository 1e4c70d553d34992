package dissect

import (
	"bytes"

	"smtplab/sim/pop3"
	"smtplab/sim/trace"
)

// POP3 follows a POP3 conversation. The lines that follow a status line, of RETR, LIST and the like, are Data of
// the server. Use NewPOP3.
type POP3 struct {
	sink    Sink
	state   trace.State
	greeted bool
	client  lines
	torn    uint64
	server  lines
	body    asked // the command whose answer's lines are going on; zero when none is
	end     terminator
	open    []asked  // commands not yet answered, oldest first
	few     [6]asked // room for them in most conversations
}

// NewPOP3 begins at the opening of a connection.
func NewPOP3(sink Sink) *POP3 {
	d := &POP3{sink: sink, state: trace.Authorization}
	d.open = d.few[:0]
	return d
}

// State is where the conversation stands, as its replies show.
func (d *POP3) State() trace.State { return d.state }

// Transaction implements Dissector: POP3 has no mail transactions.
func (d *POP3) Transaction() uint32 { return 0 }

// Client implements Dissector.
func (d *POP3) Client(p []byte) {
	for len(p) > 0 {
		var line []byte
		if line, p = d.client.next(p); line != nil {
			d.command(line)
		}
	}
}

func (d *POP3) command(line []byte) {
	whole := line[len(line)-1] == '\n'
	if d.torn != 0 {
		d.sink.Note(true, trace.Event{Kind: trace.Data, Proto: trace.POP3, Raw: line, Re: d.torn})
		if whole {
			d.torn = 0
		}
		return
	}
	seq := d.sink.Note(true, trace.Event{Kind: trace.Command, Proto: trace.POP3, Raw: line, Before: d.state})
	verb, arg := pop3.ParseCommand(bytes.TrimSuffix(line, crlf))
	d.open = append(d.open, asked{seq: seq, verb: verb, many: pop3.MultiLine(verb, len(arg) > 0)})
	if !whole {
		d.torn = seq
	}
}

// Server implements Dissector.
func (d *POP3) Server(p []byte) {
	for len(p) > 0 {
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
	good, code := bytes.HasPrefix(raw, []byte("+OK")), -1
	if good {
		code = 1
	}
	before := d.state
	d.state = pop3.Next(before, a.verb, good)
	d.sink.Note(false, trace.Event{Kind: trace.Reply, Proto: trace.POP3, Raw: raw, Re: a.seq, Before: before, After: d.state, Verb: a.verb, Code: code})
	if good && a.many {
		d.body = a
		d.end.begin()
	}
}

// Close implements Dissector.
func (d *POP3) Close() {
	if len(d.client.held) > 0 {
		d.sink.Note(true, trace.Event{Kind: trace.Command, Proto: trace.POP3, Raw: d.client.held, Before: d.state})
	}
	if len(d.server.held) > 0 {
		d.reply(d.server.held)
	}
	d.client.held, d.server.held = nil, nil
}
