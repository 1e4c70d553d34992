package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"smtplab/sim/sasl"
	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// Settings are how the programs of a host are set up: of the two, the one that fits the host.
type Settings struct {
	Account *Account `json:"account,omitempty"` // of a PC
	Service *Service `json:"service,omitempty"` // of the server
}

// TLS is when a mail program uses TLS.
type TLS string

// When that may be.
const (
	TLSNever    TLS = ""         // everything is said in the clear
	TLSOffered  TLS = "offered"  // by STARTTLS or STLS where the server offers it, and else in the clear
	TLSRequired TLS = "required" // likewise, but rather not at all than in the clear
	TLSFirst    TLS = "first"    // from the first octet: implicit TLS, RFC 8314 §3
)

// AnyMechanism as Access.Login stands for the strongest mechanism that both sides have.
const AnyMechanism = "any"

// Account is how a PC's mail program is set up.
type Account struct {
	Server   string `json:"server"` // an IPv4 address, or the name of the lab's mail domain
	SMTP     Access `json:"smtp"`
	POP3     Access `json:"pop3"`
	User     string `json:"user"` // for logins
	Password string `json:"password"`
	InClear  bool   `json:"in_clear,omitempty"` // AUTH may say the password readably without TLS

	Without  []string `json:"without,omitempty"`  // extensions that it does not use though the server offers them
	Chunking bool     `json:"chunking,omitempty"` // it sends messages by BDAT where the server takes that: RFC 3030
}

// Access is the way to one of a server's programs.
type Access struct {
	Port uint16 `json:"port"`
	TLS  TLS    `json:"tls,omitempty"`

	// Login is a mechanism of package sasl, or AnyMechanism. "" is no login by SMTP; by POP3, which is of no use without
	// one, it is USER and PASS.
	Login string `json:"login,omitempty"`
}

// Service is how the server's programs are set up. The ports are fixed: 25 takes mail from everybody, 587 and 465 from
// those who log in (RFC 6409, RFC 8314), 110 and 995 hand it out.
type Service struct {
	Without    []string `json:"without,omitempty"`     // extensions that it does not offer
	Mechanisms []string `json:"mechanisms,omitempty"`  // by which one can log in once TLS is on
	InClear    []string `json:"in_clear,omitempty"`    // by which one can log in without TLS, too
	RequireTLS bool     `json:"require_tls,omitempty"` // ports 587 and 110 take no login and no mail without TLS

	Lookup  Lookup  `json:"lookup,omitempty"` // what VRFY and EXPN tell
	Aliases []Alias `json:"aliases,omitempty"`

	MaxSize         int64         `json:"max_size,omitempty"`         // octets of a message; 0 is MaxMessage
	MaxRecipients   int           `json:"max_recipients,omitempty"`   // of a message; 0 is 100, the least of RFC 5321 §4.5.3.1.8
	MaxTransactions int           `json:"max_transactions,omitempty"` // in a conversation; 0 is any number
	MaxConnections  int           `json:"max_connections,omitempty"`  // at a time; 0 is MaxConnected
	Patience        time.Duration `json:"patience,omitempty"`         // with a client that achieves nothing; 0 is what the standards ask

	ByHand bool `json:"by_hand,omitempty"` // on ports 25 and 587 a person answers, and no program: see line.go
}

// Lookup is what VRFY and EXPN tell: RFC 5321 §3.5, §7.3.
type Lookup string

// What that may be.
const (
	LookupAnswer Lookup = ""      // the truth
	LookupVague  Lookup = "vague" // 252: send a mail and see
	LookupOff    Lookup = "off"   // VRFY as vague, EXPN not at all
)

// Alias is a name that stands for others: RFC 5321 §3.9.
type Alias struct {
	Name    string   `json:"name"`    // a local part, also one outside ASCII: RFC 6531 §3.3
	Members []string `json:"members"` // local parts of mailboxes or of other aliases
	List    bool     `json:"list,omitempty"`
}

// Limits of settings.
const (
	MaxConnected   = 50 // connections of one server at a time
	maxAliases     = 50
	maxMembers     = 100
	maxSetting     = 200 // octets of a text
	maxWords       = 500 // characters of what the trace tells of settings
	leastSize      = 1 << 10
	leastPatience  = time.Second
	mostPatience   = 24 * time.Hour
	mostRecipients = 1000
)

// DefaultAccount is the set-up of a PC with a mailbox: everything in the clear, so that it can be read on the wire.
func (l *Lab) DefaultAccount(h *Host) Account {
	return Account{
		Server: l.server.host.IP.String(), SMTP: Access{Port: smtpPort}, POP3: Access{Port: pop3Port},
		User: localPart(h.Mailbox), Password: h.Password,
	}
}

// DefaultService is a server that offers all it can, and lets nobody say a password readably by AUTH without TLS.
func DefaultService() Service {
	return Service{Mechanisms: slices.Clone(sasl.Mechanisms), InClear: []string{sasl.ScramSHA256, sasl.CramMD5}}
}

// defaultService is one for all labs that do not change it.
var defaultService = DefaultService()

func localPart(address string) string {
	local, _, _ := strings.Cut(address, "@")
	return local
}

func (l *Lab) checkSetup(a *Action) error {
	h := l.host(a.Host)
	switch {
	case h == nil || h.Kind != PC && h.Kind != Server:
		return mistake("", "unknown_host", "There is no host “%s” in this lab that can be set up.", shorten(a.Host))
	case a.Settings == nil || (h.Kind == PC) != (a.Settings.Account != nil) || (h.Kind == Server) != (a.Settings.Service != nil):
		return mistake("", "bad_setting", "Those are not settings of %s.", h.Name)
	case h.Kind == PC:
		return checkAccount(a.Settings.Account, l.spec.Domain)
	}
	return checkService(a.Settings.Service, l.hasMailbox)
}

func checkAccount(a *Account, domain string) error {
	if _, err := addressOf(a.Server, domain); err != nil {
		return err
	}
	for _, way := range []struct {
		name   string
		access Access
	}{{"smtp", a.SMTP}, {"pop3", a.POP3}} {
		switch x := way.access; {
		case x.Port == 0:
			return mistake(way.name+"_port", "bad_port", "A port is a number from 1 to 65535.")
		case x.TLS != TLSNever && x.TLS != TLSOffered && x.TLS != TLSRequired && x.TLS != TLSFirst:
			return mistake(way.name+"_tls", "bad_setting", "“%s” is no way to use TLS.", shorten(string(x.TLS)))
		case x.Login != "" && x.Login != AnyMechanism && !sasl.Known(x.Login):
			return mistake(way.name+"_login", "bad_setting", "“%s” is no way to log in that is known here.", shorten(x.Login))
		}
	}
	if err := checkText("user", "user name", a.User); err != nil {
		return err
	}
	if err := checkText("password", "password", a.Password); err != nil {
		return err
	}
	return checkWithout(a.Without)
}

// addressOf is where a mail program finds its server.
func addressOf(server, domain string) (netip.Addr, error) {
	if strings.EqualFold(server, domain) {
		return netip.Addr{}, nil // the lab's own server
	}
	ip, err := netip.ParseAddr(server)
	if err != nil || !ip.Is4() {
		return ip, mistake("server", "bad_address", "“%s” is not an IPv4 address, as 192.168.11.4 is, nor the name %s.", shorten(server), domain)
	}
	return ip, nil
}

func checkText(field, name, text string) error {
	switch {
	case text == "":
		return mistake(field, "empty", "The %s is missing.", name)
	case len(text) > maxSetting:
		return mistake(field, "limit", "The %s is too long: at most %d characters.", name, maxSetting)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7F }):
		return mistake(field, "bad_text", "The %s has characters that cannot be typed.", name)
	}
	return nil
}

func checkWithout(keywords []string) error {
	if _, ok := smtp.ExtensionsOf(keywords...); !ok {
		return mistake("without", "bad_setting", "There is an extension among those that are switched off that is not known here.")
	}
	return nil
}

func checkService(s *Service, hasMailbox func(local string) bool) error {
	if err := checkWithout(s.Without); err != nil {
		return err
	}
	for _, list := range [][]string{s.Mechanisms, s.InClear} {
		for i, m := range list {
			if slices.Contains(list[:i], m) {
				return mistake("mechanisms", "bad_setting", "“%s” is named twice.", shorten(m))
			}
			if !sasl.Known(m) || !slices.Contains(s.Mechanisms, m) {
				return mistake("mechanisms", "bad_setting", "“%s” is no way to log in that this server has.", shorten(m))
			}
		}
	}
	switch {
	case s.Lookup != LookupAnswer && s.Lookup != LookupVague && s.Lookup != LookupOff:
		return mistake("lookup", "bad_setting", "“%s” is no way to answer VRFY and EXPN.", shorten(string(s.Lookup)))
	case s.MaxSize != 0 && (s.MaxSize < leastSize || s.MaxSize > MaxMessage):
		return mistake("max_size", "bad_setting", "The size limit is between %d and %d octets.", leastSize, MaxMessage)
	case s.MaxRecipients < 0 || s.MaxRecipients > mostRecipients:
		return mistake("max_recipients", "bad_setting", "The limit of recipients is between 1 and %d.", mostRecipients)
	case s.MaxTransactions < 0 || s.MaxTransactions > mostRecipients:
		return mistake("max_transactions", "bad_setting", "The limit of mails in a conversation is between 1 and %d.", mostRecipients)
	case s.MaxConnections < 0 || s.MaxConnections > MaxConnected:
		return mistake("max_connections", "bad_setting", "The limit of connections is between 1 and %d.", MaxConnected)
	case s.Patience != 0 && (s.Patience < leastPatience || s.Patience > mostPatience):
		return mistake("patience", "bad_setting", "The server waits between a second and a day.")
	}
	return checkAliases(s.Aliases, hasMailbox)
}

func checkAliases(aliases []Alias, hasMailbox func(local string) bool) error {
	if len(aliases) > maxAliases {
		return mistake("aliases", "limit", "At most %d aliases and lists are possible.", maxAliases)
	}
	names := map[string]bool{}
	for i, a := range aliases {
		name := strings.ToLower(a.Name)
		if _, err := smtp.ParseAddressUTF8(a.Name + "@x"); err != nil || hasMailbox(a.Name) || names[name] || name == postmaster {
			return mistake("aliases", "bad_address", "“%s” cannot be the name of an alias or a list: it is no name, or somebody has it.", shorten(a.Name)).in(i)
		}
		names[name] = true
	}
	for i, a := range aliases {
		if len(a.Members) == 0 || len(a.Members) > maxMembers {
			return mistake("aliases", "limit", "“%s” stands for %d names; it has to be between 1 and %d.", shorten(a.Name), len(a.Members), maxMembers).in(i)
		}
		for _, m := range a.Members {
			if !hasMailbox(m) && !names[strings.ToLower(m)] {
				return mistake("aliases", "bad_address", "“%s” stands for “%s”, which is no mailbox and no alias here.", shorten(a.Name), shorten(m)).in(i)
			}
		}
	}
	return nil
}

// hasMailbox reports whether a local part names a mailbox of the lab.
func (l *Lab) hasMailbox(local string) bool {
	for i := range l.spec.Hosts {
		if h := &l.spec.Hosts[i]; h.Kind == PC && strings.EqualFold(localPart(h.Mailbox), local) {
			return true
		}
	}
	return strings.EqualFold(local, postmaster)
}

// setUp changes settings. What goes on goes on as it began.
func (l *Lab) setUp(h *host, s *Settings) {
	text := ""
	if s.Account != nil {
		h.pc.setUp(l, h, s.Account)
		text = s.Account.words()
	} else {
		l.server.setUp(s.Service)
		text = s.Service.words()
	}
	if r := []rune(text); len(r) > maxWords {
		text = string(r[:maxWords]) + "…"
	}
	l.log.Append(&trace.Event{Kind: trace.Condition, At: l.clock.Now(), From: h.ID, Note: text})
}

// words are the settings as the trace tells of them.
func (a *Account) words() string {
	text := fmt.Sprintf("sends by %s, port %d, %s", a.Server, a.SMTP.Port, a.SMTP.words("no login"))
	text += fmt.Sprintf("; fetches by port %d, %s", a.POP3.Port, a.POP3.words("login by USER and PASS"))
	return text + without(a.Without)
}

func (x Access) words(noLogin string) string {
	text := map[TLS]string{TLSNever: "no TLS", TLSOffered: "TLS if offered", TLSRequired: "TLS required", TLSFirst: "TLS first"}[x.TLS]
	switch x.Login {
	case "":
		return text + ", " + noLogin
	case AnyMechanism:
		return text + ", login by the strongest mechanism"
	}
	return text + ", login by " + x.Login
}

func without(keywords []string) string {
	if len(keywords) == 0 {
		return ""
	}
	return "; without " + strings.Join(keywords, ", ")
}

func (s *Service) words() string {
	text := "offers everything"
	if len(s.Without) > 0 {
		text = "offers no " + strings.Join(s.Without, ", ")
	}
	text += "; logins by " + none(s.Mechanisms) + ", without TLS by " + none(s.InClear)
	if s.RequireTLS {
		text += "; ports 587 and 110 require TLS"
	}
	if s.Lookup != LookupAnswer {
		text += "; " + string(s.Lookup) + " about names"
	}
	if s.ByHand {
		text += "; a person answers on ports 25 and 587"
	}
	for _, a := range s.Aliases {
		text += "; " + a.Name + " is " + strings.Join(a.Members, ", ")
	}
	return text
}

func none(mechanisms []string) string {
	if len(mechanisms) == 0 {
		return "none"
	}
	return strings.Join(mechanisms, ", ")
}
