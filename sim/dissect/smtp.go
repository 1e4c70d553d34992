package dissect

import (
	"bytes"
	"strconv"

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
	mode    mode
	tx      uint32 // of the commands that the client is sending
	client  lines
	part    uint64 // the command or response that is still going on: its line, too long to be held, or its chunk
	left    uint64 // octets of the chunk that are to come
	end     terminator
	early   []byte   // sent after DATA, AUTH or STARTTLS and before the answer, so nobody knows yet what it is
	server  []byte   // an incomplete reply
	open    []asked  // commands not yet answered, oldest first
	few     [4]asked // room for them in most conversations
}

// mode is what the client's octets are.
type mode uint8

const (
	commands  mode = iota
	asking         // a command was said whose answer decides it
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
		if d.open[i].verb == trace.EOD {
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
			n := min(uint64(len(p)), d.left)
			d.counted(p[:n:n])
			p = p[n:]
		}
	}
}

func (d *SMTP) line(line []byte) {
	seq := d.part
	switch {
	case d.part != 0:
		d.note(trace.Event{Kind: trace.Data, Raw: line, Re: d.part})
	case d.mode == answering:
		seq = d.note(trace.Event{Kind: trace.Response, Raw: line})
		d.open = append(d.open, asked{seq: seq, verb: smtp.AUTH, tx: d.tx})
	default:
		seq = d.command(line)
	}
	if line[len(line)-1] != '\n' {
		d.part, d.left = seq, 0 // a line too long for any server, so no chunk follows it
		return
	}
	d.part = 0
	if last := len(d.open) - 1; last >= 0 && d.open[last].seq == seq {
		d.follow(seq, d.open[last].verb)
	}
}

func (d *SMTP) command(line []byte) (seq uint64) {
	verb, arg := smtp.ParseCommand(line)
	if verb == smtp.MAIL && (d.tx == 0 || d.state < trace.MailGiven) {
		d.tx = d.sink.NextTransaction()
	}
	if verb == smtp.BDAT {
		var last bool
		if d.left, last = readChunk(arg); last {
			verb = trace.EOD
		}
	}
	seq = d.note(trace.Event{Kind: trace.Command, Raw: line})
	d.open = append(d.open, asked{seq: seq, verb: verb, tx: d.tx})
	return seq
}

// follow says what comes after a line that has not been answered.
func (d *SMTP) follow(seq uint64, verb string) {
	switch verb {
	case smtp.DATA, smtp.AUTH, smtp.STARTTLS:
		d.mode = asking
	case smtp.BDAT, trace.EOD: // its octets follow, whatever it is answered
		d.mode, d.part = chunk, seq
		if verb == trace.EOD {
			d.mode = lastChunk
		}
		d.counted(nil)
	case smtp.RSET, smtp.EHLO, smtp.HELO, smtp.QUIT:
		d.tx = 0
	}
}

// readChunk reads what BDAT says, size and whether it is the last chunk: RFC 3030 §2. Both are zero for what no server
// can understand; then no chunk follows.
func readChunk(arg []byte) (size uint64, last bool) {
	digits, marker, _ := bytes.Cut(arg, []byte(" "))
	marker = bytes.TrimLeft(marker, " ")
	last = bytes.EqualFold(marker, []byte("LAST"))
	size, err := strconv.ParseUint(string(digits), 10, 63)
	if err != nil || !last && len(marker) > 0 {
		return 0, false
	}
	return size, last
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
	if d.left -= uint64(len(p)); d.left > 0 {
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
	before := d.state
	d.state = smtp.Next(before, a.verb, code)
	d.sink.Note(false, trace.Event{
		Kind: trace.Reply, Proto: trace.SMTP, Raw: raw, Re: a.seq, Tx: a.tx, Before: before, After: d.state,
		Verb: a.verb, Code: code,
	})
	switch a.verb {
	case smtp.MAIL:
		if code >= 400 && d.tx == a.tx {
			d.tx = 0
		}
	case smtp.DATA, smtp.AUTH, smtp.STARTTLS:
		if d.mode == asking {
			d.decide(a.verb, code)
		}
	}
}

// decide learns from an answer what the client's octets are that follow the command.
func (d *SMTP) decide(verb string, code int) {
	d.mode = commands
	switch {
	case verb == smtp.DATA && code == 354:
		d.mode = content
		d.end.begin()
	case verb == smtp.AUTH && code == 334:
		d.mode = answering
	case verb == smtp.STARTTLS && code == 220 && d.tls == nil: // TLS in TLS is nothing that RFC 3207 knows
		d.tx = 0
		d.tls = newLayer(d.sink, d.keys, d.said, d.answered)
		d.sink = secured{d.sink}
	}
	early := d.early
	d.early = nil
	d.Client(early)
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

// continued reports whether a line of a reply is followed by another one (RFC 5321 §4.2.1).
func continued(line []byte) bool { return len(line) > 3 && line[3] == '-' }
