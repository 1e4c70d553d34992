package dissect

import (
	"bytes"

	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// SMTP follows an SMTP conversation, also into the TLS that STARTTLS begins. Use NewSMTP.
type SMTP struct {
	sink    Sink
	keys    *Keys
	tls     *layer // what carries the conversation since STARTTLS; nil while the wire does
	state   trace.State
	greeted bool
	chunks  bool // the server has offered CHUNKING
	mode    mode
	tx      uint32 // of the commands that the client is sending
	client  lines
	part    uint64 // the command or response that is still going on: its line, too long to be held, or its chunk
	left    int64  // octets of the chunk that are to come
	end     terminator
	early   []byte   // sent after DATA, AUTH, STARTTLS or BDAT and before the answer, so nobody knows yet what it is
	server  []byte   // an incomplete reply
	open    []asked  // commands not yet answered, oldest first
	few     [4]asked // room for them in most conversations
}

// mode is what the client's octets are.
type mode uint8

const (
	commands  mode = iota
	asking         // the last command was one whose answer decides it
	content        // a message, up to its dot
	chunk          // a part of a message, by count
	lastChunk      // the last one
	answering      // a line that answers a challenge, then what its answer decides
)

// NewSMTP begins at the opening of a connection. keys are those of the TLS that may follow, nil if there are none.
func NewSMTP(sink Sink, keys *Keys) *SMTP {
	d := &SMTP{sink: sink, keys: keys, state: trace.Connected}
	d.open = d.few[:0]
	return d
}

// State is where the conversation stands, as its replies show.
func (d *SMTP) State() trace.State { return d.state }

// Transaction implements Dissector.
func (d *SMTP) Transaction() uint32 {
	for i := range d.open {
		if d.open[i].verb == trace.EOD || d.open[i].last {
			return d.open[i].tx
		}
	}
	return 0
}

// Client implements Dissector.
func (d *SMTP) Client(p []byte) {
	if d.tls != nil {
		d.tls.feed(&d.tls.client, p)
		return
	}
	d.said(p)
}

// said reads what the client said, whatever carried it.
func (d *SMTP) said(p []byte) {
	for len(p) > 0 {
		switch d.mode {
		case commands, answering:
			var line []byte
			if line, p = d.client.next(p); line != nil {
				d.line(line)
			}
		case asking:
			d.early = keep(d.early, p)
			return
		case content:
			n, ended := d.end.find(p)
			d.data(p[:n:n], ended)
			p = p[n:]
		case chunk, lastChunk:
			n := min(int64(len(p)), d.left)
			d.counted(p[:n:n])
			p = p[n:]
		}
	}
}

func (d *SMTP) line(line []byte) {
	seq, held := d.part, line
	switch {
	case d.part != 0:
		held = nil
		d.note(trace.Event{Kind: trace.Data, Raw: line, Re: d.part})
	case d.mode == answering:
		seq = d.note(trace.Event{Kind: trace.Response, Raw: line})
		d.open = append(d.open, asked{seq: seq, verb: smtp.AUTH, tx: d.tx})
	default:
		seq = d.command(line)
	}
	if line[len(line)-1] != '\n' {
		d.part = seq
		return
	}
	d.part = 0
	if last := len(d.open) - 1; last >= 0 && d.open[last].seq == seq {
		d.follow(&d.open[last], held)
	}
}

func (d *SMTP) command(line []byte) (seq uint64) {
	verb, _ := smtp.ParseCommand(line)
	if verb == smtp.MAIL && (d.tx == 0 || d.state < trace.MailGiven) {
		d.tx = d.sink.NextTransaction()
	}
	seq = d.note(trace.Event{Kind: trace.Command, Raw: line})
	d.open = append(d.open, asked{seq: seq, verb: verb, tx: d.tx})
	return seq
}

// follow says what comes after a line that has not been answered. The line is nil if it was too long to be held.
func (d *SMTP) follow(a *asked, line []byte) {
	switch a.verb {
	case smtp.DATA, smtp.AUTH, smtp.STARTTLS:
		d.mode = asking
	case smtp.BDAT:
		d.announce(a, line)
	case smtp.RSET, smtp.EHLO, smtp.HELO, smtp.QUIT:
		d.tx = 0
	}
}

// announce reads which chunk BDAT says will follow: RFC 3030 §2. A server that has offered CHUNKING reads it, whatever it
// thinks of it, if nothing is wrong with the command. Otherwise the answer tells whether there is one.
func (d *SMTP) announce(a *asked, line []byte) {
	_, arg := smtp.ParseCommand(line)
	size, last, err := smtp.ParseBDAT(arg)
	d.left, a.last = max(size, 0), last && err == nil
	d.mode = asking
	if d.chunks && err == nil && len(line) <= smtp.MaxCommandLine {
		d.beginChunk(*a)
	}
}

func (d *SMTP) beginChunk(a asked) {
	d.mode, d.part = chunk, a.seq
	if a.last {
		d.mode = lastChunk
	}
	d.counted(nil)
}

// data tells a part of the message that DATA began.
func (d *SMTP) data(p []byte, ended bool) {
	seq := d.note(trace.Event{Kind: trace.Data, Raw: p})
	if ended {
		d.open = append(d.open, asked{seq: seq, verb: trace.EOD, tx: d.tx})
		d.mode, d.tx = commands, 0
	}
}

// counted tells a part of a chunk, which may be an empty one.
func (d *SMTP) counted(p []byte) {
	if len(p) > 0 {
		d.note(trace.Event{Kind: trace.Data, Raw: p, Re: d.part})
	}
	if d.left -= int64(len(p)); d.left > 0 {
		return
	}
	if d.mode == lastChunk {
		d.tx = 0
	}
	d.mode, d.part = commands, 0
}

// note tells what the client said.
func (d *SMTP) note(e trace.Event) uint64 {
	e.Proto, e.Tx, e.Before = trace.SMTP, d.tx, d.state
	return d.sink.Note(true, e)
}

// Server implements Dissector.
func (d *SMTP) Server(p []byte) {
	if d.tls != nil {
		d.tls.feed(&d.tls.server, p)
		return
	}
	d.answered(p)
}

// answered reads what the server said, whatever carried it.
func (d *SMTP) answered(p []byte) {
	if len(d.server) > 0 {
		p = append(d.server, p...)
		d.server = nil
	}
	carrier := d.tls
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
			if d.tls != carrier {
				d.Server(p[pos:])
				return
			}
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
	verb := a.verb
	if a.last && !smtp.Unimplemented(code) {
		verb = trace.EOD
	}
	before := d.state
	d.state = smtp.Next(before, verb, code)
	d.sink.Note(false, trace.Event{
		Kind: trace.Reply, Proto: trace.SMTP, Raw: raw, Re: a.seq, Tx: a.tx, Before: before, After: d.state,
		Verb: verb, Code: code,
	})
	switch {
	case verb == smtp.MAIL && code >= 400 && d.tx == a.tx:
		d.tx = 0
	case (verb == smtp.EHLO || verb == smtp.HELO) && code/100 == 2:
		d.chunks = verb == smtp.EHLO && offersChunks(raw)
	}
	if d.mode == asking && len(d.open) == 0 { // it was the last command that was answered
		d.decide(a, code)
	}
}

// decide learns from an answer what the client's octets are that follow the command.
func (d *SMTP) decide(a asked, code int) {
	d.mode = commands
	hear := d.said // by what carried the command
	switch {
	case a.verb == smtp.DATA && code == 354:
		d.mode = content
		d.end.begin()
	case a.verb == smtp.AUTH && code == 334:
		d.mode = answering
	case a.verb == smtp.BDAT && !smtp.Unimplemented(code):
		d.beginChunk(a)
	case a.verb == smtp.STARTTLS && code == 220 && d.tls == nil: // TLS in TLS is nothing that RFC 3207 knows
		d.tx, d.chunks = 0, false
		d.tls = newLayer(d.sink, d.keys, d.said, d.answered)
		d.sink = secured{d.sink}
		hear = d.Client
	}
	early := d.early
	d.early = nil
	hear(early)
}

// Close implements Dissector.
func (d *SMTP) Close() {
	if d.tls != nil {
		d.tls.close()
	}
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
		d.note(cutOff(rest, d.part, d.mode == answering))
	}
}

// lineEnd is the length of the first line of p, its CRLF included; 0 when there is no whole line.
func lineEnd(p []byte) int {
	if i := bytes.Index(p, crlf); i >= 0 {
		return i + len(crlf)
	}
	return 0
}

// offersChunks reports whether a reply to EHLO lists CHUNKING. Its first line lists nothing.
func offersChunks(reply []byte) bool {
	for {
		reply = reply[lineEnd(reply):]
		end := lineEnd(reply)
		if end == 0 {
			return false
		}
		_, _, text, _ := smtp.ParseReplyLine(reply[:end])
		if name, _, _ := bytes.Cut(text, space); bytes.EqualFold(name, chunking) {
			return true
		}
	}
}

var (
	chunking = []byte(smtp.ExtChunking)
	space    = []byte(" ")
)

// continued reports whether a line of a reply is followed by another one (RFC 5321 §4.2.1).
func continued(line []byte) bool { return len(line) > 3 && line[3] == '-' }
