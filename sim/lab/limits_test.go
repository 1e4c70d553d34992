package lab_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"smtplab/sim/lab"
	"smtplab/sim/vnet"
)

// The limits of a lab: each is reached, refused by name, and left again by a reset. Labs are many, and none of them
// notices the others.

// limited checks that what makes a lab larger is refused by the limit that this word is about, and that looking at
// things and resetting are not.
func limited(t *testing.T, l *lab.Lab, word string, verbs ...lab.Verb) {
	t.Helper()
	mail := hello("pc3@email.com")
	for _, verb := range verbs {
		if m := mustMistake(t, l, lab.Action{Verb: verb, Host: "pc1", N: 1, Mail: &mail}, "limit", ""); !strings.Contains(m.Text, word) {
			t.Errorf("%s: %q does not speak of %q", verb, m.Text, word)
		}
	}
	views(l)
	do(t, l, lab.Action{Verb: lab.Reset})
	do(t, l, send("pc1", hello("pc2@email.com")))
	if n := onlyNotice(t, l); !n.Good {
		t.Errorf("after the reset: %+v", n)
	}
}

func TestMaxConversations(t *testing.T) {
	l := newLab(t)
	mail := hello("pc2@email.com")
	for range lab.MaxConversations - 1 {
		apply(t, l, send("pc1", mail))
	}
	apply(t, l, lab.Action{Verb: lab.Fetch, Host: "pc2"})
	for _, a := range []lab.Action{send("pc3", mail), {Verb: lab.Fetch, Host: "pc3"}} {
		if m := mustMistake(t, l, a, "limit", ""); !strings.Contains(m.Text, "16 conversations") {
			t.Errorf("%q", m.Text)
		}
	}
	apply(t, l, lab.Action{Verb: lab.Pause}) // that is no conversation
	l.Settle()
	if waiting(l, "pc2") != lab.MaxConversations-1 {
		t.Errorf("%d mails", waiting(l, "pc2"))
	}
	do(t, l, send("pc3", mail)) // there is room again
	if n := l.Notices(lab.MaxConversations); len(n) != 1 || !n[0].Good {
		t.Errorf("%+v", n)
	}
	healthy(t, l)
}

func TestMaxMails(t *testing.T) {
	l := newLab(t)
	for range lab.MaxMails {
		do(t, l, send("pc1", lab.Mail{To: "pc2@email.com"}))
	}
	if waiting(l, "pc2") != lab.MaxMails {
		t.Errorf("%d mails", waiting(l, "pc2"))
	}
	if mails := fetched(t, l, "pc2"); len(mails) != lab.MaxMails { // which is still possible
		t.Errorf("%d mails were fetched", len(mails))
	}
	uids := map[string]bool{}
	pc2, _ := l.PC("pc2")
	for _, m := range pc2.Inbox {
		uids[m.UID] = true
	}
	if len(uids) != lab.MaxMails {
		t.Errorf("%d names for %d mails", len(uids), lab.MaxMails)
	}
	limited(t, l, "1000 mails", lab.Send)
}

func TestMaxActions(t *testing.T) {
	l := newLab(t)
	for n := range lab.MaxActions {
		apply(t, l, lab.Action{Verb: []lab.Verb{lab.Pause, lab.Run}[n%2]})
	}
	limited(t, l, "20000 actions", lab.Send, lab.Fetch, lab.Pause, lab.Run, lab.Speed, lab.Cut, lab.Skip)
}

// The record is full by events, or by octets, whatever comes first.
func TestMaxEvents(t *testing.T) {
	l := newLab(t)
	program(t, l, "pc1", func(h *vnet.Host) error {
		_, err := converse(h, smtpAddr, strings.Repeat("NOOP\r\n", lab.MaxEvents/2)+"QUIT\r\n")
		return err
	})
	if l.Trace().Len() < lab.MaxEvents {
		t.Fatalf("%d events", l.Trace().Len())
	}
	limited(t, l, "record is full", lab.Send, lab.Fetch)
}

func TestMaxOctets(t *testing.T) {
	l := newLab(t)
	program(t, l, "pc1", func(h *vnet.Host) error {
		conn, err := h.DialConn(smtpAddr)
		if err != nil {
			return err
		}
		io.WriteString(conn, "EHLO pc1\r\nMAIL FROM:<>\r\nRCPT TO:<pc2@email.com>\r\nDATA\r\n")
		part := []byte(strings.Repeat(strings.Repeat("x", 998)+"\r\n", 1049))
		for range lab.MaxOctets / len(part) {
			if _, err := conn.Write(part); err != nil {
				return err
			}
		}
		io.WriteString(conn, string(part)+".\r\nQUIT\r\n")
		replies, err := io.ReadAll(conn)
		if got := answers(string(replies)); len(got) != 7 || !strings.HasPrefix(got[5], "552 5.3.4 ") {
			t.Errorf("%q", got)
		}
		return errors.Join(err, conn.Close())
	})
	if l.Trace().Octets() < lab.MaxOctets {
		t.Fatalf("%d octets", l.Trace().Octets())
	}
	limited(t, l, "record is full", lab.Send, lab.Fetch)
}

// What one mail may have.
func TestMailLimits(t *testing.T) {
	l := newLab(t)
	files := make([]lab.File, lab.MaxFiles+1)
	m := hello("pc2@email.com")
	m.Files = files
	mustMistake(t, l, send("pc1", m), "limit", "files")
	m.Files = files[:lab.MaxFiles]
	do(t, l, send("pc1", m))
	m = hello("pc2@email.com")
	m.Subject = strings.Repeat("x", lab.MaxSubject+1)
	mustMistake(t, l, send("pc1", m), "limit", "subject")
	m.Subject = strings.Repeat("x", lab.MaxSubject)
	do(t, l, send("pc1", m))
	for _, n := range l.Notices(0) {
		if !n.Good {
			t.Errorf("at the limit: %+v", n)
		}
	}
	for _, speed := range []float64{-1, lab.MinSpeed / 2, lab.MaxSpeed + 1, nan, 1 / zero} {
		mustMistake(t, l, lab.Action{Verb: lab.Speed, Speed: speed}, "bad_speed", "speed")
	}
	for _, speed := range []float64{0, lab.MinSpeed, lab.MaxSpeed} {
		if apply(t, l, lab.Action{Verb: lab.Speed, Speed: speed}); l.Speed() != speed {
			t.Errorf("the speed is %g, not %g", l.Speed(), speed)
		}
	}
}

var (
	zero float64
	nan  = zero / zero
)

// A Spec that makes no lab is refused, and the sentence names what is wrong with it.
func TestBadSpecs(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*lab.Spec)
		field string
		word  string
	}{
		"no hosts":          {func(s *lab.Spec) { s.Hosts = nil }, "hosts", "between 1 and 32"},
		"too many hosts":    {func(s *lab.Spec) { s.Hosts = make([]lab.Host, lab.MaxHosts+1) }, "hosts", "33"},
		"no domain":         {func(s *lab.Spec) { s.Domain = "" }, "domain", "domain"},
		"a bad domain":      {func(s *lab.Spec) { s.Domain = "email..com" }, "domain", "email..com"},
		"a line in it":      {func(s *lab.Spec) { s.Domain = "email.com\r\nX" }, "domain", "domain"},
		"an IDN":            {func(s *lab.Spec) { s.Domain = "münchen.de" }, "domain", "ASCII"},
		"no id":             {func(s *lab.Spec) { s.Hosts[0].ID = "" }, "hosts", "host id"},
		"an id twice":       {func(s *lab.Spec) { s.Hosts[0].ID = "pc2" }, "hosts", "pc2"},
		"a path as id":      {func(s *lab.Spec) { s.Hosts[0].ID = "../pc1" }, "hosts", "../pc1"},
		"upper case":        {func(s *lab.Spec) { s.Hosts[0].ID = "PC1" }, "hosts", "PC1"},
		"a long id":         {func(s *lab.Spec) { s.Hosts[0].ID = strings.Repeat("x", 17) }, "hosts", "16"},
		"a control in it":   {func(s *lab.Spec) { s.Hosts[0].ID = "pc\n1" }, "hosts", "host id"},
		"no kind":           {func(s *lab.Spec) { s.Hosts[0].Kind = "" }, "hosts", "“pc1” has no known kind"},
		"an unknown kind":   {func(s *lab.Spec) { s.Hosts[0].Kind = "toaster" }, "hosts", "“pc1” has no known kind"},
		"no address":        {func(s *lab.Spec) { s.Hosts[0].IP = netip.Addr{} }, "hosts", "“pc1” needs an IPv4 address"},
		"an address twice":  {func(s *lab.Spec) { s.Hosts[0].IP = s.Hosts[3].IP }, "hosts", "IPv4 address of its own"},
		"IPv6":              {func(s *lab.Spec) { s.Hosts[0].IP = netip.MustParseAddr("::1") }, "hosts", "“pc1” needs an IPv4 address"},
		"negative latency":  {func(s *lab.Spec) { s.Hosts[0].Link.Latency = -1 }, "hosts", "“pc1” has a negative"},
		"negative capacity": {func(s *lab.Spec) { s.Hosts[3].Link.Bandwidth = -1 }, "hosts", "“server” has a negative"},
		"no server":         {func(s *lab.Spec) { s.Hosts = append(s.Hosts[:3:3], s.Hosts[4]) }, "hosts", "one mail server; this one has 0"},
		"two servers":       {func(s *lab.Spec) { s.Hosts[0].Kind = lab.Server }, "hosts", "one mail server; this one has 2"},
		"no mailbox":        {func(s *lab.Spec) { s.Hosts[0].Mailbox = "" }, "hosts", "“pc1” needs a mailbox at email.com"},
		"a foreign mailbox": {func(s *lab.Spec) { s.Hosts[0].Mailbox = "pc1@other.example" }, "hosts", "pc1@other.example"},
		"a mailbox twice":   {func(s *lab.Spec) { s.Hosts[1].Mailbox = "PC1@email.com" }, "hosts", "“pc2” has the same mailbox as another PC"},
		"no start":          {func(s *lab.Spec) { s.Start = time.Time{} }, "start", "year 1"},
		"a late start":      {func(s *lab.Spec) { s.Start = start.AddDate(7900, 0, 0) }, "start", "year 9926"},
		"a bad mailbox":     {func(s *lab.Spec) { s.Hosts[0].Mailbox = "pc1@email.com>\r\nDATA" }, "hosts", "“pc1” needs a mailbox"},
	} {
		spec := lab.Default("bad", 1, start)
		test.spoil(&spec)
		l, err := lab.New(spec)
		var m *lab.Mistake
		if l != nil || !errors.As(err, &m) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		isSentence(t, m.Text)
		if m.Field != test.field || m.Code == "" || !strings.Contains(m.Text, test.word) {
			t.Errorf("%s: %q, code %q of field %q", name, m.Text, m.Code, m.Field)
		}
	}
}

// The largest Spec works: everybody writes to everybody.
func TestLargestSpec(t *testing.T) {
	spec := lab.Default("large", 1, start)
	spec.Hosts = spec.Hosts[3:4]
	var all []string
	for i := range lab.MaxHosts - 1 {
		id := fmt.Sprintf("host%d", i)
		spec.Hosts = append(spec.Hosts, lab.Host{
			ID: id, Name: id, Kind: lab.PC, IP: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), Link: lab.DefaultLink, Mailbox: id + "@email.com", Password: id,
		})
		all = append(all, id+"@email.com")
	}
	l, err := lab.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range spec.Hosts[1:] {
		do(t, l, send(h.ID, lab.Mail{To: strings.Join(all, ",")}))
	}
	for _, h := range spec.Hosts[1:] {
		if mails := fetched(t, l, h.ID); len(mails) != len(all) {
			t.Errorf("%s has %d mails", h.ID, len(mails))
		}
	}
	checkWire(t, l)
}

// Labs that are played in turns, a step here and a step there, are each what they would be alone. They start no
// goroutines.
func TestManyLabs(t *testing.T) {
	const n = 200
	before := runtime.NumGoroutine()
	labs := make([]*lab.Lab, n)
	actions := make([][]lab.Action, n)
	rngs := make([]*rand.Rand, n)
	for i := range labs {
		spec := lab.Default(fmt.Sprint("lab", i), uint64(i), start.Add(time.Duration(i)*time.Hour))
		var err error
		if labs[i], err = lab.New(spec); err != nil {
			t.Fatal(err)
		}
		rngs[i] = rand.New(rand.NewPCG(uint64(i), 11))
	}
	for range 8 {
		for i, l := range labs {
			actions[i] = append(actions[i], randomActions(t, l, rngs[i], 2)...)
		}
		if now := runtime.NumGoroutine(); now > before {
			t.Fatalf("%d goroutines became %d", before, now)
		}
	}
	for i, l := range labs {
		alone, err := lab.New(l.Spec())
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range actions[i] {
			if err := alone.Replay(a); err != nil {
				t.Fatalf("lab %d: %v", i, err)
			}
		}
		if err := alone.MoveTo(l.Now(), l.Steps()); err != nil {
			t.Fatalf("lab %d: %v", i, err)
		}
		same(t, uint64(i), l, alone)
	}
}

// A standard client leaves no goroutine behind either.
func TestProgramsEnd(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		l := newLab(t)
		program(t, l, "pc1", func(h *vnet.Host) error {
			_, err := sendStandard(l, h, []string{"pc2@email.com"}, text)
			return err
		})
	}
	if now := runtime.NumGoroutine(); now > before {
		t.Errorf("%d goroutines became %d", before, now)
	}
}
