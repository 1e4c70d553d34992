package exercise

import (
	"slices"
	"strings"

	"smtplab/sim/lab"
)

// mentions is what a clause names, and what has to be there.
type mentions struct {
	hosts     []string
	mailboxes []string // of hosts that are PCs
	checks    []string // of one dialogue each, which it has to measure
	questions []string // of those asked during the task
}

// orNone is a list of one name; empty when there is none.
func orNone(one string) []string {
	if one == "" {
		return nil
	}
	return []string{one}
}

func (d *dialogue) mentions() mentions {
	return mentions{hosts: slices.Concat(orNone(d.from), orNone(d.to))}
}
func (m *mail) mentions() mentions       { return mentions{mailboxes: orNone(m.host)} }
func (m mailbox) mentions() mentions     { return mentions{mailboxes: orNone(m.host)} }
func (c connections) mentions() mentions { return mentions{hosts: orNone(c.host)} }
func (c compare) mentions() mentions     { return mentions{checks: []string{c.check, c.with}} }
func (serverAnswers) mentions() mentions { return mentions{} }
func (c chosen) mentions() mentions      { return mentions{questions: orNone(c.question)} }

func (a answer) mentions() mentions {
	return mentions{questions: orNone(a.question), checks: orNone(a.check)}
}

func (q quoted) mentions() mentions {
	return mentions{questions: orNone(q.question), checks: orNone(q.check)}
}

func (a either) mentions() (all mentions) {
	for _, one := range a {
		m := one.mentions()
		all.hosts = append(all.hosts, m.hosts...)
		all.mailboxes = append(all.mailboxes, m.mailboxes...)
		all.checks = append(all.checks, m.checks...)
		all.questions = append(all.questions, m.questions...)
	}
	return all
}

// clausesOf are the ways that a clause may be met, in the order of the file.
func clausesOf(c clause) []clause {
	if e, ok := c.(either); ok {
		return e
	}
	return []clause{c}
}

// refer finds what clauses say of other checks, of hosts and of questions.
func (p parser) refer(f *front) error {
	hosts := map[string]lab.HostKind{}
	for _, h := range p.Spec("x", 1, start).Hosts {
		hosts[h.ID] = h.Kind
	}
	for i, c := range p.Checks {
		for j, needs := range clausesOf(c.needs) {
			line := at(f.Checks[i].Needs[j])
			names := needs.mentions()
			for _, host := range slices.Concat(names.hosts, names.mailboxes) {
				if hosts[host] == "" {
					return p.fail(line, "the check “%s” is about a host “%s”, which is not in the lab", c.ID, host)
				}
			}
			for _, host := range names.mailboxes {
				if hosts[host] != lab.PC {
					return p.fail(line, "the check “%s” is about the mailbox of “%s”, which is no PC", c.ID, host)
				}
			}
			for _, question := range names.questions {
				if err := p.referTo(c, needs, question, line); err != nil {
					return err
				}
			}
			for _, other := range names.checks {
				if !p.isDialogue(other) {
					return p.fail(line, "the check “%s” is about what another has measured, "+
						"and “%s” is no check of one dialogue", c.ID, other)
				}
			}
		}
	}
	return nil
}

// referTo finds the question of a clause that is about an answer.
func (p parser) referTo(c Check, needs clause, id string, line int) error {
	if !p.isAsked(id) {
		return p.fail(line, "the check “%s” is about an answer, and “ask” has no question “%s”", c.ID, id)
	}
	choices := p.question(id).Choices
	switch needs := needs.(type) {
	case answer:
		if err := p.mismeasured(line, needs.plain); err != nil {
			return err
		}
		isIt := func(one Choice) bool { return one.Right && same(one.Text, needs.text) }
		if len(choices) > 0 && !slices.ContainsFunc(choices, isIt) {
			return p.fail(line, "the check “%s” wants another answer than the right choice of the question “%s”", c.ID, id)
		}
	case chosen:
		if len(choices) == 0 {
			return p.fail(line, "the check “%s” wants a right choice, and the question “%s” has no “choices”", c.ID, id)
		}
	}
	return nil
}

// mismeasured refuses an answer that was meant to be a measure of a check, and would be taken as it stands.
func (p parser) mismeasured(line int, answer string) error {
	i := strings.LastIndex(answer, " of ")
	if i < 0 || strings.HasPrefix(answer, `"`) || slices.Contains(whats, answer[:i]) || !p.isCheck(answer[i+len(" of "):]) {
		return nil
	}
	return p.fail(line, "“%s” cannot be measured: take one of %s; or put the answer into quotation marks, "+
		"if it stands for itself", answer[:i], strings.Join(whats, ", "))
}

func (p parser) isCheck(id string) bool {
	return slices.ContainsFunc(p.Checks, func(c Check) bool { return c.ID == id })
}

// isAsked reports whether there is such a question during the task.
func (p parser) isAsked(question string) bool {
	return slices.ContainsFunc(p.Ask, func(q Question) bool { return q.ID == question })
}

// isCompared reports whether a check is about the answer to a question.
func (p parser) isCompared(question string) bool {
	return slices.ContainsFunc(p.Checks, func(c Check) bool {
		return slices.Contains(c.needs.mentions().questions, question)
	})
}

func (p parser) isDialogue(check string) bool {
	for _, c := range p.Checks {
		if _, ok := c.needs.(*dialogue); ok && c.ID == check {
			return true
		}
	}
	return false
}
