package lab

import (
	"errors"
	"slices"
	"strings"
	"time"

	"smtplab/sim/mailbox"
	"smtplab/sim/pop3"
	"smtplab/sim/sasl"
	"smtplab/sim/smtp"
	"smtplab/sim/smtpserver"
	"smtplab/sim/trace"
	"smtplab/sim/vnet"
)

// mailServer is the programs of the server: SMTP and POP3 on one set of mailboxes. Its policy is here, and
// asked for by the sessions through their Host interfaces.
type mailServer struct {
	lab   *Lab
	host  *host
	smtp  smtpserver.Config
	pop3  pop3.Config
	store *mailbox.Store
	ids   uint32 // messages named so far
}

const postmaster = "postmaster"

func (l *Lab) serve(h *host) *mailServer {
	s := &mailServer{
		lab: l, host: h, store: mailbox.New(MaxMailbox),
		smtp: smtpserver.Config{
			Domain: l.spec.Domain, MaxSize: MaxMessage, FinalDelivery: true,
			Without: smtp.WithSMTPUTF8 | smtp.WithDSN | smtp.WithChunking | smtp.WithBinaryMIME | smtp.WithLimits,
		},
		pop3: pop3.Config{Domain: l.spec.Domain},
	}
	for i := range l.hosts {
		if pc := l.hosts[i].pc; pc != nil {
			s.store.Add(pc.mailbox.Local)
		}
	}
	s.store.Add(postmaster) // RFC 5321 §4.5.1: every server has one
	mustListen(h.net.Listen(smtpPort, s.acceptSMTP))
	mustListen(h.net.Listen(pop3Port, s.acceptPOP3))
	return s
}

// mustListen: a server that has just been built has its ports free.
func mustListen(err error) {
	if err != nil {
		panic(err)
	}
}

func (s *mailServer) acceptSMTP(e *vnet.End) vnet.Handler {
	in := &incoming{server: s, conversation: recorder{s.lab}.conversation(e.Connection())}
	in.session.Init(&s.smtp, in, e.Peer().Host().Addr)
	in.driver.init(s.lab.clock, &in.session, nil)
	return &in.driver
}

func (s *mailServer) acceptPOP3(e *vnet.End) vnet.Handler {
	return s.lab.drive(pop3.NewSession(&s.pop3, s), nil)
}

// incoming is the server's end of an SMTP connection: a session, and what it asks the server, RFC 5321's policy
// decisions.
type incoming struct {
	server       *mailServer
	conversation *conversation
	session      smtpserver.Session
	driver       driver
}

// The refusals of the server's policy. They are values, as every refusal is: a session says them as they are.
var (
	noSuchMailbox = &smtp.Reply{
		Code: 550, Enhanced: smtp.EnhancedCode{Class: 5, Subject: 1, Detail: 1},
		Lines: []string{"No such mailbox here"},
	}
	noRelay = &smtp.Reply{
		Code: 550, Enhanced: smtp.EnhancedCode{Class: 5, Subject: 7, Detail: 1},
		Lines: []string{"Relaying denied: this server takes mail for its own domain only"},
	}
	mailboxFull = &smtp.Reply{
		Code: 452, Enhanced: smtp.EnhancedCode{Class: 4, Subject: 2, Detail: 2},
		Lines: []string{"The mailbox is full, try again later"},
	}
	noLists = &smtp.Reply{
		Code: 550, Enhanced: smtp.EnhancedCode{Class: 5, Subject: 1, Detail: 1},
		Lines: []string{"No such mailing list here"},
	}
)

// Refusals lists what the lab's policy can answer beyond what the engines say themselves.
func Refusals() []smtp.Said {
	return []smtp.Said{
		{Verb: "RCPT", Code: 550, Enhanced: "5.1.1"},
		{Verb: "RCPT", Code: 550, Enhanced: "5.7.1"},
		{Verb: "RCPT", Code: 452, Enhanced: "4.2.2"},
		{Verb: trace.EOD, Code: 452, Enhanced: "4.2.2"},
		{Verb: "VRFY", Code: 550, Enhanced: "5.1.1"},
		{Verb: "EXPN", Code: 550, Enhanced: "5.1.1"},
	}
}

// Mail accepts every reverse-path: who a mail is really from is what Received and Return-Path are for.
func (in *incoming) Mail(*smtp.Envelope) error { return nil }

// Rcpt accepts the mailboxes of the server's domain, and postmaster without one: RFC 5321 §4.1.1.3, §7.9.
func (in *incoming) Rcpt(_ *smtp.Envelope, to smtp.Path) error {
	s := in.server
	if !s.local(to) {
		return noRelay
	}
	drop, ok := s.store.Drop(to.Local)
	switch {
	case !ok:
		return noSuchMailbox
	case drop.Octets() >= MaxMailbox:
		return mailboxFull
	}
	return nil
}

// local reports whether the server is responsible for a path: its domain or its address literal.
func (s *mailServer) local(p smtp.Path) bool {
	return p.IsPostmaster() && p.Domain == "" || strings.EqualFold(p.Domain, s.lab.spec.Domain) ||
		p.Domain == "["+s.host.IP.String()+"]"
}

// Verify tells the truth about the server's mailboxes: in a lab there is nobody to hide them from.
// RFC 5321 §3.5.1 also takes a name without a domain.
func (in *incoming) Verify(name string) ([]string, error) {
	s := in.server
	p, err := smtp.ParseAddress(strings.Trim(name, "<>"))
	if err != nil {
		p = smtp.Path{Local: name, Domain: s.lab.spec.Domain}
	}
	if !s.local(p) {
		return nil, noRelay
	}
	drop, ok := s.store.Drop(p.Local)
	if !ok {
		return nil, noSuchMailbox
	}
	return []string{smtp.Path{Local: drop.Name(), Domain: s.lab.spec.Domain}.String()}, nil
}

// Expand knows no mailing lists.
func (in *incoming) Expand(string) ([]string, error) { return nil, noLists }

// SASL knows no accounts.
func (in *incoming) SASL() *sasl.Server { return nil }

// StartTLS is not asked, since STARTTLS is not offered.
func (in *incoming) StartTLS() error { return nil }

// Stamp names a message. The names are short, differ in every lab, and never repeat in one: multiplying by an odd
// number permutes the numbers of 16 bits.
func (in *incoming) Stamp() (id string, now time.Time) {
	s := in.server
	n := s.ids
	s.ids++
	n = n&^0xFFFF | uint32(uint16(n)*40503+uint16(s.lab.spec.Seed))
	return hex(n), s.lab.net.Now()
}

// hex is n in at least four digits: "0A1F".
func hex(n uint32) string {
	var buf [8]byte
	i := len(buf)
	for n > 0 || i > len(buf)-4 {
		i--
		buf[i] = "0123456789ABCDEF"[n&15]
		n >>= 4
	}
	return string(buf[i:])
}

// Deliver stores a message in every recipient's mailbox, or in none: after this nil the server is responsible for
// it (RFC 5321 §4.2.5).
func (in *incoming) Deliver(env *smtp.Envelope, content []byte) error {
	s, v := in.server, in.conversation
	m := mailbox.Message{UID: env.ID, Content: content, At: s.lab.clock.Now(), Conn: v.id}
	if v.dissector != nil {
		m.Tx = v.dissector.Transaction()
	}
	var few [4]string
	names := few[:0]
	for _, to := range env.To {
		if drop, ok := s.store.Drop(to.Local); ok && !slices.Contains(names, drop.Name()) {
			names = append(names, drop.Name())
		}
	}
	if err := s.store.DeliverAll(names, m); err != nil {
		if errors.Is(err, mailbox.ErrFull) {
			return mailboxFull
		}
		return err
	}
	for _, name := range names {
		v.note(&trace.Event{Kind: trace.Store, Proto: trace.SMTP, From: s.host.ID, Tx: m.Tx, Note: name + " " + m.UID})
	}
	return nil
}

// Login implements pop3.Host: each PC's mailbox opens with its password.
func (s *mailServer) Login(user, password string) (pop3.Maildrop, error) {
	drop, pc := s.mailboxOf(user)
	if pc == nil || pc.Password != password {
		return nil, pop3.ErrLogin
	}
	return lock(drop)
}

// SASL implements pop3.Host: there is no AUTH.
func (s *mailServer) SASL() *sasl.Server { return nil }

// Open implements pop3.Host.
func (s *mailServer) Open(user string) (pop3.Maildrop, error) {
	drop, pc := s.mailboxOf(user)
	if pc == nil {
		return nil, pop3.ErrLogin
	}
	return lock(drop)
}

// mailboxOf finds a PC and its mailbox by the user's name or whole address; nil when there is none.
func (s *mailServer) mailboxOf(user string) (*mailbox.Drop, *host) {
	name := user
	if at := strings.LastIndexByte(user, '@'); at >= 0 {
		if !strings.EqualFold(user[at+1:], s.lab.spec.Domain) {
			return nil, nil
		}
		name = user[:at]
	}
	drop, _ := s.store.Drop(name)
	return drop, s.owner(drop)
}

func lock(drop *mailbox.Drop) (pop3.Maildrop, error) {
	if !drop.Lock() {
		return nil, pop3.ErrInUse
	}
	return drop, nil
}

// owner is the PC whose mailbox a maildrop is; nil for postmaster's.
func (s *mailServer) owner(drop *mailbox.Drop) *host {
	if drop == nil {
		return nil
	}
	for i := range s.lab.hosts {
		if h := &s.lab.hosts[i]; h.pc != nil && strings.EqualFold(h.pc.mailbox.Local, drop.Name()) {
			return h
		}
	}
	return nil
}
