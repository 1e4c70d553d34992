package ui

import "strconv"

// subject is a mail's subject as it is shown.
func subject(s string) string {
	if s == "" {
		return "(no subject)"
	}
	return Visible(s)
}

// sender is a mail's From as it is shown.
func sender(s string) string {
	if s == "" {
		return "(no sender)"
	}
	return Visible(s)
}

// checkedWords says when the mail was checked and what is left on the server.
func checkedWords(in Inbox) string {
	words := "Not checked yet"
	if in.Checked != "" {
		words = "Checked at " + in.Checked
	}
	switch {
	case in.Waiting == 1:
		words += " · 1 mail is waiting on the server"
	case in.Waiting > 1:
		words += " · " + strconv.Itoa(in.Waiting) + " mails are waiting on the server"
	}
	return words
}

// differ reports whether the server did not say the same of all recipients.
func differ(list []Recipient) bool {
	for _, r := range list {
		if r != list[0] && (r.Accepted != list[0].Accepted || r.Reply != list[0].Reply) {
			return true
		}
	}
	return false
}

func acceptedMark(ok bool) string {
	if ok {
		return "✓ accepted"
	}
	return "✗ refused"
}
