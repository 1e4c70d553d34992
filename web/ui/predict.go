package ui

import "github.com/a-h/templ"

// Codes are the codes by which the standard lets a command be answered: the choices of who predicts them.
type Codes struct {
	Verb  string   // "RCPT"; "" for a connection that opens, "EOD" for the end of a message
	Codes []string // "250", "550"
}

// answer is a kind of answer that can be predicted: RFC 5321 §4.2.1, RFC 1939 §3.
type answer struct {
	value string // its code's first digit; of POP3 "ok", "err" or "more"
	key   string // that answers with it
	name  string
	means string
}

var smtpClasses = []answer{
	{"2", "2", "2yz", "success"},
	{"3", "3", "3yz", "go on"},
	{"4", "4", "4yz", "try later"},
	{"5", "5", "5yz", "no"},
}

var pop3Classes = []answer{
	{"ok", "2", "+OK", "yes"},
	{"more", "3", "+", "go on"},
	{"err", "5", "-ERR", "no"},
}

// replyData says of a reply's row what it answers, for those who predict it.
func replyData(r Row) templ.Attributes {
	if r.Kind != "reply" {
		return nil
	}
	return templ.Attributes{"data-verb": r.Verb, "data-re": itoa(r.Re)}
}
