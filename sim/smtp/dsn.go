package smtp

import "strings"

// Return is how much of a message the sender wants back with a report of failure: RFC 3461 §4.3.
type Return uint8

// What RET may say. ReturnUnsaid leaves it to the server.
const (
	ReturnUnsaid Return = iota
	ReturnFull
	ReturnHeaders
)

var returnWords = [...]string{"", "FULL", "HDRS"}

// String is the parameter's value: "FULL", and "" for none.
func (r Return) String() string { return returnWords[r] }

// ParseReturn reads the value of RET.
func ParseReturn(value string) (r Return, ok bool) {
	for r := ReturnFull; r <= ReturnHeaders; r++ {
		if isWord(value, returnWords[r]) {
			return r, true
		}
	}
	return 0, false
}

// Notify is the set of occasions at which the sender wants a report on a recipient: RFC 3461 §4.1. The empty set
// leaves it to the server, which reports failures.
type Notify uint8

// The occasions. NotifyNever stands alone.
const (
	NotifyNever Notify = 1 << iota
	NotifySuccess
	NotifyFailure
	NotifyDelay
)

var notifyWords = [...]string{"NEVER", "SUCCESS", "FAILURE", "DELAY"}

// String is the parameter's value: "SUCCESS,DELAY", and "" for none.
func (n Notify) String() string {
	var words []string
	for i, w := range notifyWords {
		if n&(1<<i) != 0 {
			words = append(words, w)
		}
	}
	return strings.Join(words, ",")
}

// ParseNotify reads the value of NOTIFY.
//
//	notify-esmtp-value = "NEVER" / 1#( "SUCCESS" / "FAILURE" / "DELAY" )
func ParseNotify(value string) (n Notify, ok bool) {
	for word := range strings.SplitSeq(value, ",") {
		bit := notifyBit(word)
		if bit == 0 {
			return 0, false
		}
		n |= bit
	}
	if n&NotifyNever != 0 && len(value) != len(notifyWords[0]) { // not by itself
		return 0, false
	}
	return n, true
}

func notifyBit(word string) Notify {
	for i, w := range notifyWords {
		if isWord(word, w) {
			return 1 << i
		}
	}
	return 0
}

// RcptOptions are what the parameters of RCPT say of one recipient. The zero value is none.
type RcptOptions struct {
	Notify    Notify
	ORcptType string // the type of ORcpt: "rfc822", "utf-8"; "" when there is no ORCPT
	ORcpt     string // the address to which the mail was sent first, decoded
}

// ParseORcpt reads the value of ORCPT into the options: addr-type ";" xtext, RFC 3461 §4.2, or for the type utf-8 the
// forms of RFC 6533 §3. Where the latter is not of ASCII the client must have said SMTPUTF8.
func (o *RcptOptions) ParseORcpt(value string) (ok bool) {
	kind, encoded, found := strings.Cut(value, ";")
	p := parser{s: kind}
	if !found || kind == "" || p.run(atext) != kind || len("ORCPT=")+len(value) > MaxORcpt {
		return false
	}
	decode := ParseXtext
	if isWord(kind, "utf-8") {
		decode = ParseUTF8Addr
	}
	address, ok := decode(encoded)
	if ok {
		o.ORcptType, o.ORcpt = kind, address
	}
	return ok
}
