package lab

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

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

// Delivered is the content of the message of a Store event, if it was stored in the mailbox of that PC and is still there,
// or was fetched from there; else false. It is immutable.
func (l *Lab) Delivered(host string, store *trace.Event) ([]byte, bool) {
	name, uid, _ := strings.Cut(store.Note, " ")
	h := l.host(host)
	if store.Kind != trace.Store || h == nil || h.pc == nil || !strings.EqualFold(localPart(h.Mailbox), name) {
		return nil, false
	}
	if drop, ok := l.server.store.Drop(name); ok {
		later := func(i int) bool { return drop.Message(i).At >= store.At }
		for i := sort.Search(drop.Len(), later); i < drop.Len() && drop.Message(i).At == store.At; i++ {
			if drop.UID(i) == uid {
				return drop.Content(i), true
			}
		}
	}
	for i := range h.pc.inbox {
		if m := &h.pc.inbox[i]; m.UID == uid {
			return m.Raw, true
		}
	}
	return nil, false
}

// IsRead reports whether a message was fetched by a PC and opened there.
func (l *Lab) IsRead(host, uid string) bool {
	h := l.host(host)
	if h == nil || h.pc == nil {
		return false
	}
	for i := range h.pc.inbox {
		if m := &h.pc.inbox[i]; m.UID == uid {
			return m.Read
		}
	}
	return false
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
