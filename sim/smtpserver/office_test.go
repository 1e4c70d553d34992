package smtpserver

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"smtplab/sim/sasl"
	"smtplab/sim/smtp"
)

// office is the Host of the tests: the mail server of email.com, which relays for nobody.
type office struct {
	mail     []mail
	ids      int
	accounts *sasl.Server
	tls      error // why there is none
}

type mail struct {
	env     *smtp.Envelope
	content []byte
}

// newOffice returns an office in which pc1's password is "secret" and pc2's "geheim ✓".
func newOffice() *office {
	passwords := map[string]string{"pc1": "secret", "pc2": "geheim ✓"}
	nonces := 0
	return &office{accounts: &sasl.Server{
		Host: "email.com",
		Password: func(user string) (string, bool) {
			password, exists := passwords[user]
			return password, exists
		},
		Nonce: func() string { nonces++; return fmt.Sprintf("nonce%d", nonces) },
	}}
}

func (o *office) SASL() *sasl.Server { return o.accounts }
func (o *office) StartTLS() error    { return o.tls }

// What the office refuses with. These are its own words, not the Session's.
var (
	officeReplies = []*smtp.Reply{noRelaying, noMailbox, mailboxFull, notWelcome, comeBack, noHandshake}

	noRelaying  = &smtp.Reply{Code: 550, Enhanced: code(5, 7, 1), Lines: []string{"This server does not relay"}}
	noMailbox   = &smtp.Reply{Code: 550, Enhanced: code(5, 1, 1), Lines: []string{"No mailbox here by that name"}}
	mailboxFull = &smtp.Reply{Code: 452, Enhanced: code(4, 2, 2), Lines: []string{"The mailbox is full"}}
	notWelcome  = &smtp.Reply{Code: 550, Enhanced: code(5, 7, 1), Lines: []string{"Not welcome,", "and that is final"}}
	noHandshake = &smtp.Reply{Code: 454, Enhanced: code(4, 7, 0), Lines: []string{"The certificate is being renewed"}}
	comeBack    = &smtp.Reply{Code: 421, Enhanced: code(4, 7, 0), Lines: []string{"Come back later"}}
)

func isOffices(r *smtp.Reply) bool { return slices.Contains(officeReplies, r) }

var errBroken = errors.New("office: the roof is leaking")

// The names of the office's world.
var mailboxes = []string{"pc1", "pc2", "pc3", "postmaster", "Lab Assistant", "full", "lost", `odd"one`, "a+b", "unlucky", "jörg"}

func (o *office) Mail(env *smtp.Envelope) error {
	switch env.From.Local {
	case "spammer":
		return notWelcome
	case "greylisted":
		return comeBack
	case "broken":
		return errBroken
	}
	return nil
}

func (o *office) Rcpt(env *smtp.Envelope, to smtp.Path) error {
	switch {
	case to.Domain != "" && !smtp.SameDomain(to.Domain, "email.com") && !smtp.SameDomain(to.Domain, "bücher.example") && to.Domain != "[192.168.11.4]":
		return noRelaying
	case to.Local == "broken":
		return errBroken
	case to.Local == "full":
		return fmt.Errorf("office: %w", mailboxFull)
	case !to.IsPostmaster() && !slices.Contains(mailboxes, to.Local):
		return noMailbox
	}
	return nil
}

func (o *office) Verify(name string) ([]string, error) {
	switch name {
	case "pc1":
		return []string{"<pc1@email.com>"}, nil
	case "pc":
		return []string{"<pc1@email.com>", "<pc2@email.com>", "PC 3 (caf\xe9\r\n) <pc3@email.com>"}, nil
	case "jörg":
		return []string{"<jörg@email.com>"}, nil
	case "secret":
		return nil, nil
	case "broken":
		return nil, errBroken
	}
	return nil, noMailbox
}

func (o *office) Expand(list string) ([]string, error) {
	switch list {
	case "all":
		return []string{"<pc1@email.com>", "<pc2@email.com>", "<pc3@email.com>"}, nil
	case "secret":
		return nil, nil
	case "broken":
		return nil, errBroken
	}
	return nil, noMailbox
}

func (o *office) Stamp() (string, time.Time) {
	o.ids++
	return fmt.Sprintf("M%d", o.ids), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
}

func (o *office) Deliver(env *smtp.Envelope, content []byte) error {
	for _, to := range env.To {
		switch to.Local {
		case "lost":
			return errBroken
		case "unlucky":
			return noMailbox
		}
	}
	o.mail = append(o.mail, mail{env, content})
	return nil
}

// delivered shows what came, for scripts.
func (o *office) delivered() string {
	var b strings.Builder
	for _, m := range o.mail {
		fmt.Fprintf(&b, "%s from %v to %v", m.env.ID, m.env.From, m.env.To)
		if m.env.Size != 0 {
			fmt.Fprintf(&b, " size %d", m.env.Size)
		}
		fmt.Fprintln(&b, m.extras())
		for line := range strings.SplitAfterSeq(string(m.content), "\r\n") {
			text, whole := strings.CutSuffix(line, "\r\n")
			switch {
			case len(text) > 120:
				fmt.Fprintf(&b, "| %s... %d octets\n", printableOnly(text[:20]), len(text))
			case whole:
				fmt.Fprintf(&b, "| %s\n", printableOnly(text))
			case text != "":
				fmt.Fprintf(&b, "| %q without CRLF\n", text)
			}
		}
	}
	return b.String()
}

// extras are what the extensions tell of a mail.
func (m mail) extras() string {
	var b strings.Builder
	e := m.env
	for _, extra := range []struct {
		name, value string
		said        bool
	}{
		{"8bit", "", e.Body8Bit}, {"binary", "", e.Binary}, {"utf8", "", e.UTF8}, {"ret", " " + e.Ret.String(), e.Ret != 0},
		{"envid", fmt.Sprintf(" %q", e.EnvID), e.EnvID != ""}, {"submitter", " " + e.Submitter, e.Submitter != ""},
		{"user", " " + e.User, e.User != ""}, {"tls", " " + e.TLS, e.TLS != ""},
	} {
		if extra.said {
			b.WriteString(" " + extra.name + extra.value)
		}
	}
	for i, to := range e.To {
		if o := e.RcptOptions(i); o != (smtp.RcptOptions{}) {
			fmt.Fprintf(&b, "\n  %v: notify %q, first sent to %q %q", to, o.Notify, o.ORcptType, o.ORcpt)
		}
	}
	return b.String()
}

// printableOnly writes other octets than printable ASCII and tab as \xNN.
func printableOnly(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c == '\t' || c >= ' ' && c <= '~' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	return b.String()
}
