package pop3

import (
	"errors"
	"time"

	"smtplab/sim/sasl"
	"smtplab/sim/trace"
)

// MaxOutput is the most that one call of Output returns, in octets. A message of any size is sent in such pieces.
const MaxOutput = 32 << 10

// Config is what the sessions of a server have in common. The zero Config is usable.
type Config struct {
	Domain          string        // named in the greeting: "email.com"
	MaxErrors       int           // refusals that end a session; 0 means 20
	MaxAuthFailures int           // wrong names or passwords that end a session; 0 means 3
	Idle            time.Duration // autologout timer: RFC 1939 §3 wants at least 10 minutes, which is what 0 means

	StartTLS       bool     // STLS is offered: RFC 2595 §4
	NoLoginInClear bool     // USER and PASS are refused before TLS
	Auth           []string // mechanisms of AUTH under TLS, by their names in package sasl: RFC 5034
	AuthInClear    []string // those before TLS
	UTF8           bool     // UTF8 is offered: RFC 6856
	UTF8Names      bool     // USER and PASS take names and passwords in UTF-8, if UTF8 is offered: RFC 6856 §2.2
}

func (c *Config) maxErrors() int {
	if c.MaxErrors > 0 {
		return c.MaxErrors
	}
	return 20
}

func (c *Config) maxAuthFailures() int {
	if c.MaxAuthFailures > 0 {
		return c.MaxAuthFailures
	}
	return 3
}

func (c *Config) idle() time.Duration {
	if c.Idle > 0 {
		return c.Idle
	}
	return 10 * time.Minute
}

// Why a login fails. Any other error of Host.Login or Host.Open is a fault of the server and answered [SYS/TEMP].
var (
	ErrLogin = errors.New("pop3: wrong user name or password")
	ErrInUse = errors.New("pop3: the maildrop is open in another session")
)

// Host is what a session must ask of the server it runs on.
type Host interface {
	// Login checks a user's name and password and locks the user's maildrop for this session: RFC 1939 §4.
	// It fails with ErrLogin or ErrInUse.
	Login(user, password string) (Maildrop, error)

	// SASL is what the exchanges of AUTH have in common; nil when AUTH is not offered.
	SASL() *sasl.Server

	// Open locks the maildrop of a user who has proved in an exchange who it is, and fails as Login does.
	Open(user string) (Maildrop, error)
}

// Maildrop is a user's mail, locked for one session until Unlock. Its messages are counted from 0 and stay
// where they are while it is locked; new ones may come behind them.
type Maildrop interface {
	Len() int
	UID(i int) string     // unique-id, 1 to 70 characters of 0x21 to 0x7E
	Content(i int) []byte // CRLF lines, not byte-stuffed; immutable
	Delete(uids []string) // removes messages
	Unlock()              // ends the session's hold
}

// Session is the server's end of one conversation. Use NewSession.
type Session struct {
	cfg      *Config
	host     Host
	state    trace.State
	tls      tlsPhase
	errors   int
	failures int // wrong names or passwords
	closed   bool

	user     string         // said by USER, until PASS
	exchange *sasl.Exchange // of AUTH, until it is over
	utf8     bool           // UTF-8 mode: RFC 6856 §2.1

	drop    Maildrop // locked from PASS until the end
	count   int      // messages in it at login: RFC 1939 §4 fixes their numbers
	size    int64    // octets of those not marked
	deleted []bool   // marked by DELE; nil until the first
	marked  int

	in       []byte // received and not yet answered, from at on
	at       int
	skipping bool // in the rest of an over-long line
	skipped  int  // octets of it so far

	out  []byte
	sent bool // out was handed over and may be used again
	body body // what is still to follow of a multi-line reply

	lines uint64 // of the client, answered
	taken uint64 // octets that Output has returned
}

// NewSession returns the server's end of a new conversation.
func NewSession(cfg *Config, host Host) *Session { return &Session{cfg: cfg, host: host} }

// State is AUTHORIZATION, TRANSACTION or UPDATE, Authenticating within an exchange of AUTH; NoState before the
// greeting, Ended after the end.
func (s *Session) State() trace.State { return s.state }

// Open says that the connection is established: the server greets (RFC 1939 §4).
func (s *Session) Open() {
	if s.closed { // turned away
		return
	}
	s.out = append(make([]byte, 0, 1024), "+OK "...)
	if s.cfg.Domain != "" {
		s.text(s.cfg.Domain)
		s.text(" ")
	}
	s.text("POP3 server ready")
	s.end()
	s.state = trace.Authorization
}

// TurnAway is said before Open to a client that is not served, because too many are, say: it is told -ERR and the reason
// instead of the greeting, and the conversation is over.
func (s *Session) TurnAway(reason string) {
	s.fatal(reason)
	s.state = trace.Ended
}

// Receive takes octets of the client, in any pieces, and answers the commands that are complete. p is not kept.
// Output must be emptied before the next call: what cannot be answered yet is held in memory.
func (s *Session) Receive(p []byte) {
	s.reuse()
	if s.at == len(s.in) {
		s.in, s.at = append(s.in[:0], s.answer(p)...), 0
		return
	}
	s.in = append(s.in[:copy(s.in, s.in[s.at:])], p...)
	s.at = len(s.in) - len(s.answer(s.in))
}

// Output returns octets to send now, at most MaxOutput of them, and nil when there are none. They are valid until
// the next call of any method.
func (s *Session) Output() []byte {
	s.reuse()
	s.at = len(s.in) - len(s.answer(s.in[s.at:]))
	if len(s.out) == 0 {
		return nil
	}
	s.sent = true
	s.taken += uint64(len(s.out))
	return s.out
}

// Progress grows with each line that is answered and each KiB that Output returns, so that a driver can tell a slow
// client from one that only keeps the connection open.
func (s *Session) Progress() uint64 { return s.lines + s.taken>>10 }

// Closed reports whether the server ends the connection, once Output is sent.
func (s *Session) Closed() bool { return s.closed && s.body.kind == noBody }

// Hangup says that the connection is gone. The maildrop is unlocked and nothing is deleted: RFC 1939 §6.
func (s *Session) Hangup() {
	s.release()
	s.closed, s.state = true, trace.Ended
	s.out, s.body = nil, body{}
}

// Patience is how long the server waits for the client's next octets: the autologout timer of RFC 1939 §3.
func (s *Session) Patience() time.Duration { return s.cfg.idle() }

// Expire says that the client was silent for that long. RFC 1939 §3: the server closes without a response and
// without removing messages.
func (s *Session) Expire() { s.Hangup() }

// reuse makes room in out once what it held has been sent.
func (s *Session) reuse() {
	if s.sent {
		s.out, s.sent = s.out[:0], false
	}
}

// answer carries out the commands in p, in order, until the octets or the room in out run out, and returns those
// that must wait. So a command is carried out only when everything before it was answered, however the client
// pipelines: RFC 2449 §6.6.
func (s *Session) answer(p []byte) (rest []byte) {
	for {
		if !s.stream() {
			return p
		}
		if s.closed {
			return nil
		}
		if s.tls == goAhead || s.tls == handshake || s.room() < s.maxAnswer() {
			return p
		}
		line, rest, found := s.cut(p)
		switch found {
		case nothing:
			return rest
		case command:
			s.lines++
			if s.exchange != nil {
				s.response(line)
			} else {
				s.command(line)
			}
		case overlong:
			s.lines++
			s.user = ""
			s.err("line too long: a command has at most 255 octets, an answer to a challenge 12288")
		case endless:
			s.fatal("line too long, goodbye")
		case binary:
			s.fatal("this is POP3 in the clear, not TLS, goodbye")
		}
		p = rest
	}
}

// maxAnswer is the most that the first line of the next answer takes. Before login that may be a challenge.
func (s *Session) maxAnswer() int {
	if s.drop == nil {
		return MaxResponse
	}
	return MaxReply
}

// command carries out one command.
func (s *Session) command(line []byte) {
	verb, arg := ParseCommand(line)
	if verb != "PASS" {
		s.user = "" // RFC 1939 §7: PASS counts only immediately after USER
	}
	if !printable(line) && !s.isUTF8Login(verb, line) {
		s.user = ""
		s.err("a command is printable ASCII characters and ends with CR LF")
		return
	}
	switch verb {
	case "USER":
		s.userName(arg)
	case "PASS":
		s.password(arg)
	case "STAT":
		s.stat(arg)
	case "LIST":
		s.list(arg)
	case "UIDL":
		s.uidl(arg)
	case "RETR":
		s.retr(arg)
	case "TOP":
		s.top(arg)
	case "DELE":
		s.dele(arg)
	case "RSET":
		s.rset(arg)
	case "NOOP":
		s.noop(arg)
	case "CAPA":
		s.capa(arg)
	case "QUIT":
		s.quit(arg)
	case "STLS":
		s.stls(arg)
	case "AUTH":
		s.auth(arg)
	case "UTF8":
		s.utf8Mode(arg)
	case "APOP": // it rests on MD5, and has the server keep passwords that can be read: RFC 1939 §13
		s.err(notOffered)
	case "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PRI":
		s.fatal("this is POP3, not HTTP, goodbye")
	default:
		s.err("unknown command")
	}
}

// release gives up the maildrop, if the session has it.
func (s *Session) release() {
	if s.drop != nil {
		s.drop.Unlock()
		s.drop = nil
	}
}
