package smtpserver

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"smtplab/sim/smtp"
)

// office is the Host of the tests: the mail server of email.com, which relays for nobody.
type office struct {
	mail []mail
	ids  int
}

type mail struct {
	env     *smtp.Envelope
	content []byte
}

func newOffice() *office { return &office{} }

// What the office refuses with. These are its own words, not the Session's.
var (
	officeReplies = []*smtp.Reply{noRelaying, noMailbox, mailboxFull, notWelcome, comeBack}

	noRelaying  = &smtp.Reply{Code: 550, Enhanced: code(5, 7, 1), Lines: []string{"This server does not relay"}}
	noMailbox   = &smtp.Reply{Code: 550, Enhanced: code(5, 1, 1), Lines: []string{"No mailbox here by that name"}}
	mailboxFull = &smtp.Reply{Code: 452, Enhanced: code(4, 2, 2), Lines: []string{"The mailbox is full"}}
	notWelcome  = &smtp.Reply{Code: 550, Enhanced: code(5, 7, 1), Lines: []string{"Not welcome,", "and that is final"}}
	comeBack    = &smtp.Reply{Code: 421, Enhanced: code(4, 7, 0), Lines: []string{"Come back later"}}
)

func isOffices(r *smtp.Reply) bool { return slices.Contains(officeReplies, r) }

var errBroken = errors.New("office: the roof is leaking")

// The names of the office's world.
var mailboxes = []string{"pc1", "pc2", "pc3", "postmaster", "Lab Assistant", "full", "lost", `odd"one`, "a+b", "unlucky"}

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
	case to.Domain != "" && !strings.EqualFold(to.Domain, "email.com") && to.Domain != "[192.168.11.4]":
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
		if m.env.Body8Bit {
			fmt.Fprint(&b, " 8bit")
		}
		fmt.Fprintln(&b)
		for line := range strings.SplitAfterSeq(string(m.content), "\r\n") {
			text, whole := strings.CutSuffix(line, "\r\n")
			switch {
			case len(text) > 120:
				fmt.Fprintf(&b, "| %s... %d octets\n", text[:20], len(text))
			case whole:
				fmt.Fprintf(&b, "| %s\n", printableOnly(text))
			case text != "":
				fmt.Fprintf(&b, "| %q without CRLF\n", text)
			}
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
