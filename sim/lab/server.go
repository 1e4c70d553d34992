package lab

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"smtplab/sim/drive"
	"smtplab/sim/mailbox"
	"smtplab/sim/pop3"
	"smtplab/sim/sasl"
	"smtplab/sim/secure"
	"smtplab/sim/smtp"
	"smtplab/sim/smtpserver"
	"smtplab/sim/trace"
	"smtplab/sim/vnet"
)

// mailServer is the programs of the server: SMTP and POP3 on one set of mailboxes. Its policy is here, and
// asked for by the sessions through their Host interfaces.
type mailServer struct {
	lab     *Lab
	host    *host
	service *Service
	store   *mailbox.Store
	sasl    *sasl.Server
	here    []*driver // of those who are connected
	ids     uint32    // messages named so far
	nonces  uint32

	// How sessions are set up, by port. They are replaced as a whole, since sessions go on that use them.
	relay  *smtpserver.Config // 25: takes mail from everybody
	submit *smtpserver.Config // 587 and 465: takes it from those who log in
	pop3   *pop3.Config       // 110 and 995
}

const postmaster = "postmaster"

func (l *Lab) serve(h *host) *mailServer {
	s := &mailServer{lab: l, host: h, store: mailbox.New(MaxMailbox)}
	for i := range l.hosts {
		if pc := l.hosts[i].pc; pc != nil {
			s.store.Add(pc.mailbox.Local)
		}
	}
	s.store.Add(postmaster) // RFC 5321 §4.5.1: every server has one
	s.setUp(h.Service)
	for _, port := range ports {
		mustListen(h.net.Listen(port.number, s.accept(port)))
	}
	return s
}

// setUp sets the programs up for the conversations that begin from now on; nil is DefaultService.
func (s *mailServer) setUp(service *Service) {
	if service == nil {
		service = &defaultService
	}
	s.service = service
	without, _ := smtp.ExtensionsOf(service.Without...) // it was checked
	relay := smtpserver.Config{
		Domain: s.lab.spec.Domain, MaxSize: cmp.Or(service.MaxSize, MaxMessage), MaxRecipients: service.MaxRecipients,
		MaxTransactions: service.MaxTransactions, FinalDelivery: true, Patience: service.Patience, Without: without,
		StartTLS: true, Auth: service.Mechanisms, AuthInClear: service.InClear, Lookup: lookups[service.Lookup],
	}
	submit := relay
	submit.RequireAuth, submit.RequireTLS = true, service.RequireTLS
	s.pop3 = &pop3.Config{
		Domain: s.lab.spec.Domain, Idle: service.Patience, StartTLS: !without.Has(smtp.WithStartTLS), NoLoginInClear: service.RequireTLS,
		UTF8: !without.Has(smtp.WithSMTPUTF8),
	}
	if !without.Has(smtp.WithAuth) {
		s.pop3.Auth, s.pop3.AuthInClear = service.Mechanisms, service.InClear
	}
	if service.RequireTLS {
		submit.AuthInClear, s.pop3.AuthInClear = nil, nil
	}
	s.relay, s.submit = relay.Ready(), submit.Ready()
}

var lookups = map[Lookup]smtpserver.Lookup{
	LookupAnswer: smtpserver.Answer, LookupVague: smtpserver.Vague, LookupOff: smtpserver.Off,
}

// port is a port of the server.
type port struct {
	number uint16
	proto  trace.Proto
	first  bool // TLS comes first
	submit bool
}

var ports = []port{
	{number: smtpPort, proto: trace.SMTP},
	{number: submissionPort, proto: trace.SMTP, submit: true},
	{number: submissionsPort, proto: trace.SMTP, submit: true, first: true},
	{number: pop3Port, proto: trace.POP3},
	{number: pop3sPort, proto: trace.POP3, first: true},
}

// mustListen: a server that has just been built has its ports free.
func mustListen(err error) {
	if err != nil {
		panic(err)
	}
}

// accept is what the server does with a connection to a port.
func (s *mailServer) accept(port port) func(*vnet.End) vnet.Handler {
	return func(e *vnet.End) vnet.Handler {
		switch {
		case port.proto == trace.POP3:
			return s.acceptPOP3(e, port)
		case s.service.ByHand && !port.first: // nobody can type TLS
			return s.answer(e)
		}
		return s.acceptSMTP(e, port)
	}
}

func (s *mailServer) acceptSMTP(e *vnet.End, port port) vnet.Handler {
	in := &incoming{server: s, service: s.service, conversation: recorder{s.lab}.conversation(e.Connection())}
	cfg := s.relay
	if port.submit {
		cfg = s.submit
	}
	in.session.Init(cfg, in, e.Peer().Host().Addr)
	in.driver.init(s.lab.clock, &in.session, in)
	in.driver.protect(&in.session, in, port.first)
	if s.crowded() {
		in.session.TurnAway("too many connections at a time")
	}
	s.here = append(s.here, &in.driver)
	in.driver.expect()
	return &in.driver
}

func (s *mailServer) acceptPOP3(e *vnet.End, port port) vnet.Handler {
	session := pop3.NewSession(s.pop3, s)
	if s.crowded() {
		session.TurnAway("too many connections at a time, try again later")
	}
	in := &incomingPOP3{server: s, conversation: recorder{s.lab}.conversation(e.Connection())}
	in.driver.init(s.lab.clock, session, in)
	in.driver.protect(session, in, port.first)
	s.here = append(s.here, &in.driver)
	in.driver.expect()
	return &in.driver
}

// crowded reports whether the server takes no more connections.
func (s *mailServer) crowded() bool {
	return len(s.here) >= cmp.Or(s.service.MaxConnections, MaxConnected)
}

// gone forgets a connection.
func (s *mailServer) gone(d *driver) {
	s.here = slices.DeleteFunc(s.here, func(other *driver) bool { return other == d })
	s.lab.trust.forget()
}

// restart ends all conversations, with 421 where the protocol has that. For a person who plays the server nobody says it.
func (s *mailServer) restart() {
	for _, d := range slices.Clone(s.here) {
		d.shutDown()
	}
	for _, n := range slices.Clone(s.lab.lines) {
		if n.host == s.host && !n.finished {
			n.finished = true
			n.end.Close()
			n.forget()
		}
	}
}

// incomingPOP3 is the server's end of a POP3 connection.
type incomingPOP3 struct {
	server       *mailServer
	conversation *conversation
	driver       driver
}

func (in *incomingPOP3) over(error) { in.server.gone(&in.driver) }

func (in *incomingPOP3) secure(p drive.Securable, first bool, early []byte) *secure.Layer {
	return in.server.lab.serverTLS(in.conversation, p, first, early)
}

// incoming is the server's end of an SMTP connection: a session, and what it asks the server, RFC 5321's policy
// decisions.
type incoming struct {
	server       *mailServer
	service      *Service // as it was when the connection came: what was accepted stays accepted
	conversation *conversation
	session      smtpserver.Session
	driver       driver
}

func (in *incoming) over(error) { in.server.gone(&in.driver) }

func (in *incoming) secure(p drive.Securable, first bool, early []byte) *secure.Layer {
	return in.server.lab.serverTLS(in.conversation, p, first, early)
}

// StartTLS implements smtpserver.Host: the lab always has a certificate.
func (in *incoming) StartTLS() error { return nil }

// SASL is what the exchanges by which one logs in have in common: each PC's mailbox opens with its password.
func (in *incoming) SASL() *sasl.Server { return in.server.SASL() }

// SASL implements pop3.Host.
func (s *mailServer) SASL() *sasl.Server {
	if s.sasl == nil {
		s.sasl = &sasl.Server{Host: s.lab.spec.Domain, Password: s.password, Nonce: s.nonce}
	}
	return s.sasl
}

// nonce is printable, new each time, and the same when the lab is played again.
func (s *mailServer) nonce() string {
	s.nonces++
	seed := secure.NewSeed(s.lab.spec.Seed, s.lab.life("nonce"), s.nonces)
	return base64.RawURLEncoding.EncodeToString(seed[:18])
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
	if drop, ok := s.store.Drop(to.Local); ok && drop.Octets() < MaxMailbox {
		return nil
	}
	names := s.resolve(in.service, to.Local)
	if len(names) == 0 {
		return noSuchMailbox
	}
	for _, name := range names {
		if drop, _ := s.store.Drop(name); drop.Octets() >= MaxMailbox {
			return mailboxFull
		}
	}
	return nil
}

// resolve is the mailboxes that a local part stands for, each once: its own, or those of an alias.
func (s *mailServer) resolve(service *Service, local string) []string {
	if drop, ok := s.store.Drop(local); ok {
		return []string{drop.Name()}
	}
	if service.alias(local) == nil {
		return nil
	}
	var names []string
	seen := map[string]bool{} // aliases may go in a circle
	var follow func(local string)
	follow = func(local string) {
		if drop, ok := s.store.Drop(local); ok {
			if !slices.Contains(names, drop.Name()) {
				names = append(names, drop.Name())
			}
			return
		}
		if a := service.alias(local); a != nil && !seen[a.Name] {
			seen[a.Name] = true
			for _, m := range a.Members {
				follow(m)
			}
		}
	}
	follow(local)
	return names
}

// alias is the alias or list of a name, or nil.
func (s *Service) alias(local string) *Alias {
	for i := range s.Aliases {
		if a := &s.Aliases[i]; strings.EqualFold(a.Name, local) {
			return a
		}
	}
	return nil
}

// local reports whether the server is responsible for a path: its domain or its address literal.
func (s *mailServer) local(p smtp.Path) bool {
	return p.IsPostmaster() && p.Domain == "" || smtp.SameDomain(p.Domain, s.lab.spec.Domain) ||
		p.Domain == "["+s.host.IP.String()+"]"
}

// Verify tells the truth about the server's mailboxes and aliases: in a lab there is nobody to hide them from, and
// where there is, Service.Lookup says so. RFC 5321 §3.5.1 also takes a name without a domain.
func (in *incoming) Verify(name string) ([]string, error) {
	local, err := in.localName(name)
	if err != nil {
		return nil, err
	}
	if drop, ok := in.server.store.Drop(local); ok {
		return []string{in.server.address(drop.Name())}, nil
	}
	if a := in.service.alias(local); a != nil {
		return []string{in.server.address(a.Name)}, nil
	}
	return nil, noSuchMailbox
}

// Expand tells who is on a list, or behind an alias. A mailbox is no list: RFC 5321 §3.5.1.
func (in *incoming) Expand(name string) ([]string, error) {
	local, err := in.localName(name)
	if err != nil {
		return nil, err
	}
	a := in.service.alias(local)
	if a == nil {
		return nil, noLists
	}
	members := make([]string, len(a.Members))
	for i, m := range a.Members {
		members[i] = in.server.address(m)
	}
	return members, nil
}

// localName is the local part that VRFY or EXPN asks for, if this server is responsible for it.
func (in *incoming) localName(name string) (string, error) {
	name = strings.Trim(name, "<>")
	p, err := smtp.ParseAddressUTF8(name)
	if err != nil {
		p, err = smtp.ParseAddressUTF8(name + "@" + in.server.lab.spec.Domain) // which may be quoted
	}
	if err != nil {
		p = smtp.Path{Local: name, Domain: in.server.lab.spec.Domain}
	}
	if !in.server.local(p) {
		return "", noRelay
	}
	return p.Local, nil
}

// address is a local part with the server's domain, as replies name it.
func (s *mailServer) address(local string) string {
	return smtp.Path{Local: local, Domain: s.lab.spec.Domain}.String()
}

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

// Login implements pop3.Host: each PC's mailbox opens with its password.
func (s *mailServer) Login(user, password string) (pop3.Maildrop, error) {
	if want, exists := s.password(user); !exists || want != password {
		return nil, pop3.ErrLogin
	}
	return s.Open(user)
}

// Open implements pop3.Host.
func (s *mailServer) Open(user string) (pop3.Maildrop, error) {
	drop, ok := s.dropOf(user)
	switch {
	case !ok:
		return nil, pop3.ErrLogin
	case !drop.Lock():
		return nil, pop3.ErrInUse
	}
	return drop, nil
}

// password is that of a mailbox which a PC has. Nobody can log in as postmaster.
func (s *mailServer) password(user string) (password string, exists bool) {
	drop, _ := s.dropOf(user)
	if h := s.owner(drop); h != nil {
		return h.Password, true
	}
	return "", false
}

// dropOf is the maildrop of a user: of a mailbox's name, or of its whole address.
func (s *mailServer) dropOf(user string) (*mailbox.Drop, bool) {
	if at := strings.LastIndexByte(user, '@'); at >= 0 {
		if !strings.EqualFold(user[at+1:], s.lab.spec.Domain) {
			return nil, false
		}
		user = user[:at]
	}
	return s.store.Drop(user)
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
