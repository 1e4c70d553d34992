package exercise

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"smtplab/sim/lab"
)

// change is one setting of the world.
type change struct {
	host, key string
	value     text
}

// world reads how the lab differs from the default one. It is tried at once, so that what cannot be is found.
func (p parser) world(f *front) error {
	var hosts map[string]map[string]text
	if err := f.World.Decode(&hosts); err != nil {
		return p.yaml(err)
	}
	var changes []change
	s := lab.Default("x", 1, start)
	for host, settings := range namesIn(&f.World) {
		if !isHost(&s, host.Value) {
			return p.fail(host.Line+1, "there is no host “%s” in the lab: there are %s", host.Value, hostNames(&s))
		}
		for key, value := range namesIn(settings) {
			c := change{host: host.Value, key: key.Value}
			if err := value.Decode(&c.value); err != nil {
				return p.yaml(err)
			}
			changes = append(changes, c)
		}
	}
	if len(changes) == 0 {
		return nil
	}
	for _, c := range changes {
		if err := c.in(&s); err != nil {
			return p.fail(at(c.value), "%v", err)
		}
	}
	if _, err := lab.New(s); err != nil {
		of := culprit(changes, err)
		return p.fail(at(of.value), "%s: %s", of.key, strings.TrimSuffix(err.Error(), "."))
	}
	p.World.Spec = func(s *lab.Spec) {
		for _, c := range changes {
			_ = c.in(s) // it was tried
		}
	}
	return nil
}

// namesIn are the names of settings in YAML, and what they have, in the order of the file: that of a map would be another
// each time.
func namesIn(settings *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(name, value *yaml.Node) bool) {
		if settings.Kind == yaml.AliasNode {
			settings = settings.Alias
		}
		for i := 0; i+1 < len(settings.Content); i += 2 {
			if !yield(settings.Content[i], settings.Content[i+1]) {
				return
			}
		}
	}
}

// culprit is the change for which the lab refuses the world: the first with which it says the same. It names no host.
func culprit(changes []change, refused error) change {
	s := lab.Default("x", 1, start)
	return changes[slices.IndexFunc(changes, func(c change) bool {
		_ = c.in(&s) // it was tried
		_, err := lab.New(s)
		return err != nil && err.Error() == refused.Error()
	})] // the last makes it the world that was refused
}

// in makes the change.
func (c *change) in(s *lab.Spec) error {
	i := slices.IndexFunc(s.Hosts, func(h lab.Host) bool { return h.ID == c.host }) // it was looked for
	return setHost(&s.Hosts[i], c.key, fill(c.value.value, Word(s.Seed)))
}

func isHost(s *lab.Spec, id string) bool {
	return slices.ContainsFunc(s.Hosts, func(h lab.Host) bool { return h.ID == id })
}

func hostNames(s *lab.Spec) string {
	var names []string
	for _, h := range s.Hosts {
		if h.Kind != lab.Switch {
			names = append(names, h.ID)
		}
	}
	return strings.Join(names, ", ")
}

// Limits of a world's cables. What takes a second or more is no part of what is going on: see lab.Settle. A segment crosses
// two cables.
const (
	maxLatency   = 400 * time.Millisecond
	minBandwidth = 64_000
	maxBandwidth = 100_000_000_000
)

// setHost sets one thing of a host: its link's, or of its programs.
func setHost(h *lab.Host, key, value string) (err error) {
	if h.Kind == lab.Switch {
		return fmt.Errorf("“%s” has nothing that can be set", h.ID)
	}
	switch key {
	case "latency":
		h.Link.Latency, err = duration(value)
		if err == nil && (h.Link.Latency < 0 || h.Link.Latency > maxLatency) {
			err = fmt.Errorf("it is between 0s and %s", maxLatency)
		}
		return named(key, err)
	case "bandwidth":
		n, err := count(value)
		if err == nil && (n < minBandwidth || n > maxBandwidth) {
			err = fmt.Errorf("it is between %d and %d bits per second", minBandwidth, maxBandwidth)
		}
		h.Link.Bandwidth = int64(n)
		return named(key, err)
	}
	if h.Kind == lab.Server {
		if h.Service == nil {
			service := lab.DefaultService()
			h.Service = &service
		}
		return setService(h.Service, key, value)
	}
	if key == "password" { // of the mailbox; the mail program knows it
		h.Password = value
	}
	if h.Account == nil {
		l, err := lab.New(lab.Default("x", 1, start))
		if err != nil {
			return err
		}
		account := l.DefaultAccount(h)
		h.Account = &account
	}
	return setAccount(h.Account, key, value)
}

// setAccount sets one thing of a mail program.
func setAccount(a *lab.Account, key, value string) (err error) {
	switch key {
	case "server":
		a.Server = value
	case "user":
		a.User = value
	case "password":
		a.Password = value
	case "smtp_port":
		a.SMTP.Port, err = portOf(value)
	case "smtp_tls":
		a.SMTP.TLS = tlsOf(value)
	case "smtp_login":
		a.SMTP.Login = value
	case "pop3_port":
		a.POP3.Port, err = portOf(value)
	case "pop3_tls":
		a.POP3.TLS = tlsOf(value)
	case "pop3_login":
		a.POP3.Login = value
	case "in_clear":
		a.InClear, err = truth(value)
	case "without":
		a.Without = list(value)
	case "chunking":
		a.Chunking, err = truth(value)
	default:
		return fmt.Errorf("a PC has no setting “%s”: it has server, user, password, smtp_port, smtp_tls, smtp_login, "+
			"pop3_port, pop3_tls, pop3_login, in_clear, without and chunking", key)
	}
	return named(key, err)
}

// setService sets one thing of the server.
func setService(s *lab.Service, key, value string) (err error) {
	switch key {
	case "without":
		s.Without = list(value)
	case "mechanisms":
		s.Mechanisms = list(value)
	case "in_clear":
		s.InClear = list(value)
	case "require_tls":
		s.RequireTLS, err = truth(value)
	case "by_hand":
		s.ByHand, err = truth(value)
	case "lookup":
		if s.Lookup = lab.Lookup(value); s.Lookup != lab.LookupVague && s.Lookup != lab.LookupOff {
			err = fmt.Errorf("“%s” is no way to answer VRFY and EXPN: it is vague or off; "+
				"without this setting they are answered", value)
		}
	case "aliases":
		s.Aliases, err = aliases(value)
	case "max_size":
		var n int
		n, err = count(value)
		s.MaxSize = int64(n)
	case "max_recipients":
		s.MaxRecipients, err = count(value)
	case "max_transactions":
		s.MaxTransactions, err = count(value)
	case "max_connections":
		s.MaxConnections, err = count(value)
	case "patience":
		s.Patience, err = duration(value)
	default:
		return fmt.Errorf("the server has no setting “%s”: it has without, mechanisms, in_clear, require_tls, by_hand, "+
			"lookup, aliases, max_size, max_recipients, max_transactions, max_connections and patience", key)
	}
	return named(key, err)
}

func named(key string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", key, err)
}

func portOf(value string) (uint16, error) {
	n, err := strconv.ParseUint(value, 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("“%s” is no port, a number from 1 to 65535", value)
	}
	return uint16(n), nil
}

// tlsOf is when TLS is used; the lab says whether it can be so.
func tlsOf(value string) lab.TLS {
	if value == "never" {
		return lab.TLSNever
	}
	return lab.TLS(value)
}

func truth(value string) (bool, error) {
	if value != "true" && value != "false" {
		return false, fmt.Errorf("“%s” is neither true nor false", value)
	}
	return value == "true", nil
}

func count(value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil {
		return 0, fmt.Errorf("“%s” is no number", value)
	}
	return n, nil
}

func duration(value string) (time.Duration, error) {
	d, err := time.ParseDuration(value)
	if err != nil {
		return 0, fmt.Errorf("“%s” is no time, as 200ms, 30s and 5m are", value)
	}
	return d, nil
}

// aliases are those of a text as “sales: pc1, pc2; list staff: pc1, pc2, pc3”.
func aliases(text string) (all []lab.Alias, err error) {
	for _, one := range strings.Split(text, ";") {
		if strings.TrimSpace(one) == "" {
			continue
		}
		name, members, ok := strings.Cut(one, ":")
		name, isList := strings.CutPrefix(strings.TrimSpace(name), "list ")
		if !ok {
			return nil, fmt.Errorf("write aliases as “sales: pc1, pc2; list staff: pc1, pc2, pc3”")
		}
		all = append(all, lab.Alias{Name: strings.TrimSpace(name), List: isList, Members: list(members)})
	}
	return all, nil
}

// list is a list with commas; empty for none.
func list(value string) []string {
	var items []string
	for _, item := range strings.Split(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
