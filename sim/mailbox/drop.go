package mailbox

import "slices"

// Drop is one maildrop: messages in the order of their delivery, counted from 0.
type Drop struct {
	name     string
	messages []Message
	octets   int64
	locked   bool
}

// Name is the local part it belongs to, spelt as when it was added.
func (d *Drop) Name() string { return d.name }

// Len is the number of messages.
func (d *Drop) Len() int { return len(d.messages) }

// Octets is the size of all messages together.
func (d *Drop) Octets() int64 { return d.octets }

// Message is message i, 0 <= i < Len.
func (d *Drop) Message(i int) Message { return d.messages[i] }

// UID is the unique-id of message i.
func (d *Drop) UID(i int) string { return d.messages[i].UID }

// Content is the text of message i. It is immutable.
func (d *Drop) Content(i int) []byte { return d.messages[i].Content }

// Messages yields the messages, oldest first.
func (d *Drop) Messages() func(yield func(Message) bool) { return slices.Values(d.messages) }

// Lock takes the maildrop for one POP3 session, which alone may then delete from it: RFC 1939 §4. It reports
// false, and does nothing, when another session has it.
func (d *Drop) Lock() bool {
	taken := !d.locked
	d.locked = true
	return taken
}

// Unlock gives the maildrop back.
func (d *Drop) Unlock() { d.locked = false }

// Locked reports whether a session has the maildrop.
func (d *Drop) Locked() bool { return d.locked }

// Delete removes the messages with the given unique-ids. Unknown ones are ignored.
func (d *Drop) Delete(uids []string) {
	doomed := make(map[string]bool, len(uids))
	for _, uid := range uids {
		doomed[uid] = true
	}
	d.messages = slices.DeleteFunc(d.messages, func(m Message) bool {
		if doomed[m.UID] {
			d.octets -= int64(len(m.Content))
			return true
		}
		return false
	})
}

func (d *Drop) append(m Message) {
	d.messages = append(d.messages, m)
	d.octets += int64(len(m.Content))
}

// endsWith reports whether the newest message is the one with this unique-id.
func (d *Drop) endsWith(uid string) bool {
	n := len(d.messages)
	return n > 0 && d.messages[n-1].UID == uid
}
