package smtpserver

import (
	"cmp"
	"net/netip"
	"time"

	"smtplab/sim/sasl"
	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// Session is the server's side of one conversation. Use NewSession or Init, then Open, then Receive for whatever the
// client sends; after each call take Output and send it until there is no more. It is a drive.Party that can go on in
// TLS. A Session is not safe for concurrent use.
type Session struct {
	cfg  *Config
	host Host
	peer netip.Addr

	state    trace.State
	name     string         // what the client called itself in EHLO or HELO
	extended bool           // it was EHLO
	tls      string         // how the conversation is protected; "" when it is not
	upgrade  upgrade        // on the way there
	user     string         // who the client has proved to be
	exchange *sasl.Exchange // in which it is about to
	env      *smtp.Envelope // the open mail transaction, or nil
	refused  bool           // a recipient of it was refused

	begun    int    // mail transactions so far
	mails    int    // MAIL commands so far
	mistakes int    // errors of the client so far
	failures int    // of AUTH so far
	replies  uint64 // said so far
	octets   uint64 // of messages so far
	spoken   bool   // the client has sent something
	tried    bool   // the client has tried a command
	fault    error

	line    lineReader
	data    smtp.DataReader
	chunk   chunk
	chunked int64  // octets of the message that came in chunks, with those that are to come in this one
	content []byte // the message that is coming in
	held    []byte // received, and to be read when there is room for the answers

	out   []byte                           // replies that are to be sent, or that Output gave away
	sent  bool                             // it gave them away, so out may be used again
	room  [256]byte                        // for those of most occasions
	made  smtp.Reply                       // the last reply that was made for its occasion
	lines [14]string                       // room for its text: all that EHLO may list
	heard func(verb string, r *smtp.Reply) // tests listen here
}

// Open begins the conversation, when the connection is established: it queues the greeting.
func (s *Session) Open() {
	if s.Closed() { // turned away
		return
	}
	s.state = trace.Connected
	s.say("", greeting)
}

// TurnAway is said before Open to a client that is not served, because too many are, say: it is told 421 with the reason
// instead of the greeting, and the conversation is over. RFC 5321 §3.8.
func (s *Session) TurnAway(reason string) {
	s.close(s.answer(421, code(4, 7, 0), rfc5321("3.8"), "Closing the connection: "+reason))
}

// maxOutput is how much is queued at least before a Session stops reading. What one more command is answered with comes
// on top.
const maxOutput = 32 << 10

// maxHeld is how much is kept for a client that sends on and on without reading what it is told.
const maxHeld = 1 << 20

// Receive takes octets from the client. They may be cut anywhere: the same octets give the same replies. It does
// not keep p. After the end of the conversation it does nothing.
//
// Output is to be taken until it is nil before the next call. Where many commands come at once their answers come in
// several pieces, each of about 32 KiB at most, and what is not answered yet is held. A driver that calls Receive all
// the same makes that grow, to 1 MiB and no further: then the conversation ends with 421.
func (s *Session) Receive(p []byte) {
	if !s.spoken && len(p) > 0 {
		s.spoken = true
		if p[0] == tlsHandshake {
			s.close(notTLS)
		}
	}
	s.reuse()
	if len(s.held) == 0 {
		p = s.read(p)
		if !s.Closed() {
			s.held = append(s.held, p...)
		}
		return
	}
	if s.held = append(s.held, p...); len(s.held) > maxHeld {
		s.close(unheard)
	}
	s.resume()
}

// tlsHandshake is the first octet of a TLS connection (RFC 8446 §5.1). No command begins with it.
const tlsHandshake = 0x16

// Output returns the replies that are to be sent now, those to a pipelined group together; nil if there are none.
// They are valid until the next call of a method.
func (s *Session) Output() []byte {
	s.reuse()
	s.resume()
	if len(s.out) == 0 {
		return nil
	}
	s.sent = true
	return s.out
}

// reuse makes room in out once Output gave away what it held. Room that many replies needed once is not worth keeping.
func (s *Session) reuse() {
	switch {
	case !s.sent:
	case cap(s.out) > 4<<10:
		s.out, s.sent = nil, false
	default:
		s.out, s.sent = s.out[:0], false
	}
}

// resume reads on in what was held.
func (s *Session) resume() {
	if len(s.held) == 0 {
		return
	}
	if rest := s.read(s.held); s.Closed() {
		s.held = nil
	} else {
		s.held = s.held[:copy(s.held, rest)]
	}
}

// read takes octets as long as there is room for the answers and they are not TLS's, and returns those that must wait.
func (s *Session) read(p []byte) (rest []byte) {
	for len(p) > 0 && !s.Closed() && s.upgrade == noUpgrade && len(s.out) < maxOutput {
		switch {
		case s.state == trace.InData:
			p = p[s.receiveData(p):]
		case s.chunk.left > 0:
			p = p[s.receiveChunk(p):]
		default:
			p = p[s.receiveLine(p):]
		}
	}
	return p
}

// Progress grows with every reply and with every KiB of a message. Whoever measures patience since it last grew, and not
// since the last octet, is rid of a client that sends an octet now and then.
func (s *Session) Progress() uint64 { return s.replies + s.octets>>10 }

// Closed reports that the conversation is over: the connection is to be closed once Output was sent.
func (s *Session) Closed() bool { return s.state == trace.Ended }

// Hangup ends the conversation when the client closed the connection, or it was lost. The open transaction is
// cancelled, as if by RSET; completed ones stay completed: RFC 5321 §4.1.1.10.
func (s *Session) Hangup() {
	s.out, s.sent = nil, false
	s.end()
}

// Patience is how long to wait for the client's next octets before calling Expire; 0 means for ever.
func (s *Session) Patience() time.Duration {
	return max(0, cmp.Or(s.cfg.Patience, DefaultPatience))
}

// Expire ends the conversation because the client was silent for too long.
func (s *Session) Expire() { s.close(expired) }

// Shutdown ends the conversation because the server goes down: RFC 5321 §3.8.
func (s *Session) Shutdown() { s.close(shutdown) }

// State is where the conversation stands.
func (s *Session) State() trace.State { return s.state }

// Transaction is the number of mail transactions that were begun: the number of the one that is open, or of the
// last one.
func (s *Session) Transaction() int { return s.begun }

// Fault is the last error of the Host that was no reply and became 451 4.3.0 or 454 4.7.0, with the client's address;
// nil if there was none.
func (s *Session) Fault() error { return s.fault }

// Fail ends the conversation because of a mistake in the server's own code.
func (s *Session) Fail() { s.close(broken) }

// close ends the conversation. A client that waits for the handshake of TLS cannot be told.
func (s *Session) close(r *smtp.Reply) {
	switch {
	case s.Closed():
	case s.upgrade != noUpgrade:
		s.end()
	default:
		s.reuse()
		s.say("", r)
	}
}

// reset ends the open mail transaction, if there is one, and clears its buffers.
func (s *Session) reset() {
	s.env, s.content, s.refused = nil, nil, false
	s.state = min(s.state, trace.Greeted)
}

func (s *Session) end() {
	s.reset()
	s.line, s.chunk = lineReader{}, chunk{}
	s.exchange, s.held, s.upgrade = nil, nil, noUpgrade
	s.state = trace.Ended
}
