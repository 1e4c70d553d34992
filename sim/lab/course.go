package lab

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"smtplab/sim/mailbox"
	"smtplab/sim/trace"
)

// This file is for whoever watches over a lab in which somebody learns: what is in its mailboxes, and what its student
// has answered to questions.

const (
	maxAnswers    = 200
	maxAnswerText = 500 // characters
)

// said is an answer to a question.
type said struct {
	question, text string
	seq            uint64
}

// Answer is what a student answered last to a question, and the event of that; 0 when he has not.
func (l *Lab) Answer(question string) (text string, seq uint64) {
	for _, s := range l.answers {
		if s.question == question {
			text, seq = s.text, s.seq
		}
	}
	return text, seq
}

func (l *Lab) checkAnswer(a *Action) error {
	switch {
	case !isQuestion(a.Target):
		return mistake("question", "unknown_name", "“%s” is the name of no question.", shorten(a.Target))
	case strings.TrimSpace(a.Text) == "":
		return mistake("answer", "empty", "Write an answer first.")
	case utf8.RuneCountInString(a.Text) > maxAnswerText:
		return mistake("answer", "limit", "An answer has at most %d characters.", maxAnswerText)
	case len(l.answers) >= maxAnswers:
		return mistake("", "limit", "%d answers have been given in this lab, which is its limit.", maxAnswers)
	}
	return nil
}

func isQuestion(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 40
}

func (l *Lab) answer(a *Action) {
	seq := l.log.Append(&trace.Event{Kind: trace.Action, At: l.clock.Now(), Note: fmt.Sprintf("The question “%s” is answered: %s", a.Target, shorten(a.Text))})
	l.answers = append(l.answers, said{a.Target, a.Text, seq})
}

// Call is who called whom.
type Call struct {
	Client, Server string // host ids
	Port           uint16
	ByHand         bool // a person is the client, at a terminal
}

// Call is who called whom by a connection; false when there is no such.
func (l *Lab) Call(conn uint32) (Call, bool) {
	c := l.conversation(conn)
	if c == nil {
		return Call{}, false
	}
	return Call{c.client.id(), c.server.id(), c.serverAddr.Port(), c.byHand.client}, true
}

// stored is a message that was stored while somebody learns. It stays when he deletes it: what he has done, he has done.
type stored struct {
	seq       uint64 // the Store event
	name, uid string // of the mailbox, and of the message
	content   []byte
	opened    uint64 // the event of opening it first; 0 while nobody has
}

// witness remembers a message that was stored, of which the trace has just told, if the lab was made for an exercise.
func (l *Lab) witness(name string, m mailbox.Message) {
	if l.spec.Exercise != "" {
		l.stored = append(l.stored, stored{seq: l.log.Last(), name: name, uid: m.UID, content: m.Content})
	}
}

// read opens a mail of an inbox. The trace has told of it already.
func (l *Lab) read(h *host, n int) {
	m := h.pc.mail(n)
	m.Read = true
	for i := len(l.stored) - 1; i >= 0; i-- {
		if s := &l.stored[i]; s.uid == m.UID && strings.EqualFold(s.name, localPart(h.Mailbox)) && s.opened == 0 {
			s.opened = l.log.Last()
		}
	}
}

// witnessed is the message of a Store event; nil when there is none, or the lab was made for no exercise.
func (l *Lab) witnessed(store uint64) *stored {
	i := sort.Search(len(l.stored), func(i int) bool { return l.stored[i].seq >= store })
	if i == len(l.stored) || l.stored[i].seq != store {
		return nil
	}
	return &l.stored[i]
}

// Delivered is the content of the message of a Store event, if it was stored in the mailbox of that PC, whatever became of
// it; else false. It is immutable.
func (l *Lab) Delivered(host string, store uint64) ([]byte, bool) {
	h, s := l.host(host), l.witnessed(store)
	if s == nil || h == nil || h.pc == nil || !strings.EqualFold(localPart(h.Mailbox), s.name) {
		return nil, false
	}
	return s.content, true
}

// Opened is the event at which the message of a Store event was opened first, on the PC that had fetched it; 0 while it was
// not.
func (l *Lab) Opened(store uint64) uint64 {
	if s := l.witnessed(store); s != nil {
		return s.opened
	}
	return 0
}

// Waiting is how many messages are in the mailbox of a PC on the server, fetched before or not.
func (l *Lab) Waiting(host string) int {
	if h := l.host(host); h != nil && h.pc != nil {
		if drop, ok := l.server.store.Drop(localPart(h.Mailbox)); ok {
			return drop.Len()
		}
	}
	return 0
}
