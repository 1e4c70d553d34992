package mailbox

import (
	"errors"
	"fmt"
	"slices"

	"smtplab/sim/clock"
)

// Why a message is not delivered. The errors of Deliver wrap these and name the maildrop.
var (
	ErrNoMailbox = errors.New("no such mailbox")
	ErrFull      = errors.New("mailbox full")
	ErrUID       = errors.New("not a unique-id")
)

// Message is a message as it was accepted.
type Message struct {
	UID     string     // unique in the store, 1 to 70 characters of 0x21 to 0x7E: RFC 1939 §7
	Content []byte     // CRLF lines, Return-Path on top; immutable, and shared by all maildrops that have it
	At      clock.Time // when it was delivered
	Conn    uint32     // the SMTP connection that brought it
	Tx      uint32     // its mail transaction
}

// Store is the maildrops of one server. Use New.
type Store struct {
	quota int64
	drops []*Drop // in order of name, without regard to case
}

// New returns a store without maildrops. Each will hold at most quota octets of mail, or any amount if quota is 0.
func New(quota int64) *Store { return &Store{quota: quota} }

// Add makes an empty maildrop. If there is one of that name already, it is left as it is.
func (s *Store) Add(name string) *Drop {
	i, found := s.find(name)
	if !found {
		s.drops = slices.Insert(s.drops, i, &Drop{name: name})
	}
	return s.drops[i]
}

// Drop finds a maildrop by name.
func (s *Store) Drop(name string) (*Drop, bool) {
	i, found := s.find(name)
	if !found {
		return nil, false
	}
	return s.drops[i], true
}

// Drops yields the maildrops in order of name.
func (s *Store) Drops() func(yield func(*Drop) bool) { return slices.Values(s.drops) }

// Deliver puts a message at the end of a maildrop, whether or not a session has it open: RFC 1939 numbers the
// messages at login, so the session does not see it. It fails with ErrNoMailbox, ErrFull or ErrUID. That no two
// messages have the same UID is up to the caller.
func (s *Store) Deliver(name string, m Message) error {
	d, err := s.accepts(name, &m)
	if err != nil {
		return err
	}
	d.append(m)
	return nil
}

// DeliverAll puts one message in several maildrops, which share its octets: the Return-Path on top is the same
// in all of them. It delivers to all or, when one of them cannot take it, to none: the end of the data has a
// single reply for all recipients (RFC 5321 §4.1.1.4). A maildrop named twice gets the message once.
func (s *Store) DeliverAll(names []string, m Message) error {
	for _, name := range names {
		if _, err := s.accepts(name, &m); err != nil {
			return err
		}
	}
	for _, name := range names {
		if d, _ := s.Drop(name); !d.endsWith(m.UID) {
			d.append(m)
		}
	}
	return nil
}

// accepts finds the maildrop that m is for, if it may take it.
func (s *Store) accepts(name string, m *Message) (*Drop, error) {
	d, ok := s.Drop(name)
	switch {
	case !ok:
		return nil, fmt.Errorf("mailbox: %w: %q", ErrNoMailbox, name)
	case !validUID(m.UID):
		return nil, fmt.Errorf("mailbox: %w: %q", ErrUID, m.UID)
	case s.quota > 0 && d.octets+int64(len(m.Content)) > s.quota:
		return nil, fmt.Errorf("mailbox: %w: %q", ErrFull, name)
	}
	return d, nil
}

func validUID(uid string) bool {
	for i := range len(uid) {
		if uid[i] < 0x21 || uid[i] > 0x7E {
			return false
		}
	}
	return len(uid) >= 1 && len(uid) <= 70
}

func (s *Store) find(name string) (int, bool) {
	return slices.BinarySearchFunc(s.drops, name, func(d *Drop, name string) int { return compareFold(d.name, name) })
}

// compareFold compares two names without regard to the case of ASCII letters.
func compareFold(a, b string) int {
	for i := range min(len(a), len(b)) {
		if x, y := lower(a[i]), lower(b[i]); x != y {
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
