package lab

import (
	"fmt"
	"net/netip"
	"strings"

	"smtplab/sim/smtp"
)

// The limits of one lab. Each is refused with a *Mistake that names it.
const (
	MaxHosts         = 32       // in a Spec
	MaxActions       = 20_000   // since the last reset
	MaxMails         = 1_000    // sendings since the last reset
	MaxOctets        = 96 << 20 // carried by the wire since the last reset
	MaxEvents        = 200_000  // in the trace since the last reset
	MaxMailed        = 64 << 20 // octets of text and files written since the last reset, also of mails that were refused
	MaxConversations = 16       // open at a time
	MaxRecipients    = 200      // of one mail, in all three fields
	MaxSubject       = 1_000    // characters
	MaxMailOctets    = 14 << 20 // text and files of one mail
	MaxFiles         = 20       // of one mail

	MinSpeed = 0.1 // lines per second
	MaxSpeed = 1000
)

// MaxMessage is the SIZE that servers advertise, in octets: RFC 1870.
const MaxMessage = 10 << 20

// MaxMailbox is how many octets one mailbox holds.
const MaxMailbox = 32 << 20

func mistake(field, code, format string, args ...any) *Mistake {
	return &Mistake{Field: field, Code: code, Text: fmt.Sprintf(format, args...)}
}

// in says which of several things is at fault, by its index.
func (m *Mistake) in(i int) *Mistake {
	m.Item = i + 1
	return m
}

// checkSpec says why a Spec makes no lab; nil when it does.
func checkSpec(s *Spec) error {
	if len(s.Hosts) == 0 || len(s.Hosts) > MaxHosts {
		return mistake("hosts", "limit", "A lab has between 1 and %d hosts; this one has %d.", MaxHosts, len(s.Hosts))
	}
	if _, err := smtp.ParseDomain([]byte(s.Domain)); err != nil {
		return mistake("domain", "bad_domain", "“%s” is not a mail domain: %v.", shorten(s.Domain), err)
	}
	if year := s.Start.Year(); year < 1900 || year >= 9900 { // RFC 5322 §3.3, and the lab's own time comes on top
		return mistake("start", "bad_start", "A lab begins between 1900 and 9900; this one would in the year %d.", year)
	}
	ids, ips, boxes := map[string]bool{OutsideID: true}, map[netip.Addr]bool{outsideIP: true}, map[string]bool{}
	servers := 0
	for i := range s.Hosts {
		h := &s.Hosts[i]
		switch {
		case !isID(h.ID) || ids[h.ID]:
			return mistake("hosts", "bad_host", "“%s” is not a host id of its own: it takes lower-case letters and digits, at most 16.", shorten(h.ID))
		case h.Kind != PC && h.Kind != Server && h.Kind != Switch:
			return mistake("hosts", "bad_host", "“%s” has no known kind.", h.ID)
		case h.Kind != Switch && (!h.IP.Is4() || ips[h.IP]):
			return mistake("hosts", "bad_host", "“%s” needs an IPv4 address of its own.", h.ID)
		case h.Link.Latency < 0 || h.Link.Bandwidth < 0:
			return mistake("hosts", "bad_host", "The link of “%s” has a negative latency or bandwidth.", h.ID)
		}
		ids[h.ID], ips[h.IP] = true, true
		if h.Kind == Server {
			servers++
		}
		if h.Kind == PC {
			box, err := mailboxOf(h, s.Domain)
			if err != nil {
				return err
			}
			name := strings.ToLower(box.Local)
			if boxes[name] {
				return mistake("hosts", "bad_host", "“%s” has the same mailbox as another PC.", h.ID)
			}
			boxes[name] = true
		}
	}
	if servers != 1 {
		return mistake("hosts", "bad_host", "A lab has one mail server; this one has %d.", servers)
	}
	return checkPrograms(s)
}

// checkPrograms says what is wrong with how the hosts' programs are set up at first.
func checkPrograms(s *Spec) error {
	for i := range s.Hosts {
		h := &s.Hosts[i]
		if h.Kind == PC && h.Account != nil {
			if err := checkAccount(h.Account, s.Domain); err != nil {
				return err
			}
		}
		if h.Kind == Server && h.Service != nil {
			if err := checkService(h.Service, (&Lab{spec: *s}).hasMailbox); err != nil {
				return err
			}
		}
	}
	return nil
}

// mailboxOf is the address of a PC's mailbox, which the lab's own server must be responsible for.
func mailboxOf(h *Host, domain string) (smtp.Path, error) {
	p, err := smtp.ParseAddress(h.Mailbox)
	if err != nil || !strings.EqualFold(p.Domain, domain) {
		return p, mistake("hosts", "bad_host", "“%s” needs a mailbox at %s; it has “%s”.", h.ID, domain, shorten(h.Mailbox))
	}
	return p, nil
}

func isID(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 16
}
