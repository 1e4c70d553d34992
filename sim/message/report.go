package message

import (
	"bytes"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
)

// Report is a delivery status notification: what became of a message, for whoever sent it (RFC 3461 §6). It is an
// ordinary mail, sent from the null reverse-path, so that nothing ever answers it: RFC 5321 §4.5.5.
type Report struct {
	From      mail.Address // the mail system that reports: `Mail delivery <mailer-daemon@email.com>`
	To        string       // the reverse-path of the message, without brackets
	Date      time.Time
	MessageID string // of the report, without its angle brackets

	MTA      string    // the name of the server that reports
	Envelope string    // the sender's name for the sending, ENVID decoded; "" if there was none
	Arrival  time.Time // of the message; zero if it is not known
	For      []Fate    // at least one

	Message []byte // the message that this is about; nil brings nothing of it back
	Full    bool   // bring all of it back, not its header alone: RET of RFC 3461 §4.3
}

// Fate is what became of a message for one recipient: RFC 3464 §2.3.
type Fate struct {
	Original   string // ORCPT as it was given, its address decoded: "rfc822;pc2@email.com"; "" if there was none
	Recipient  string // the address that was tried, without brackets
	Action     Action
	Status     string // RFC 3463: "5.1.1"
	Diagnostic string // what the server that decided said: "550 5.1.1 No mailbox here by that name"; "" for nothing
	Remote     string // that server's name; "" if it is this one
}

// Action is what was done: RFC 3464 §2.3.3.
type Action string

// The actions.
const (
	Delivered Action = "delivered"
	Failed    Action = "failed"
	Delayed   Action = "delayed"
	Relayed   Action = "relayed" // to a server that does not report
	Expanded  Action = "expanded"
)

// AppendReport appends a report as a multipart/report (RFC 6522) of three parts: one for people, one for programs
// (RFC 3464), and the message, or its header. It fails with a *FieldError when From, To, the date or the id cannot stand
// in a header; what strangers said is made to fit instead. When an address is outside ASCII the parts are those of
// RFC 6533, in UTF-8. The same Report gives the same octets.
func AppendReport(dst []byte, r Report) ([]byte, error) {
	to := mail.Address{Address: r.To}
	d := Draft{From: r.From, To: []mail.Address{to}, Date: r.Date, MessageID: r.MessageID}
	if err := d.check(); err != nil {
		return nil, err
	}
	h := headerWriter{utf8: d.isInternational()}
	original, kind := r.original()
	text, status := appendTextPart(nil, r.words()), r.appendStatus(nil)
	boundary := boundaryFor(r.MessageID, slices.Concat(text, status, original))

	dst = appendDate(append(dst, "Date: "...), r.Date)
	dst = h.appendAddresses(append(dst, "\r\n"...), "From: ", []mail.Address{r.From})
	dst = h.appendAddresses(dst, "To: ", d.To)
	dst = h.appendUnstructured(dst, "Subject: ", r.subject())
	dst = append(dst, "Message-ID: <"+r.MessageID+">\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"+ // RFC 3834 §5
		"Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\""+boundary+"\"\r\n"...)
	if !isASCII(string(status)) || is8Bit(original) {
		dst = append(dst, "Content-Transfer-Encoding: 8bit\r\n"...)
	}
	dst = append(dst, "\r\nThis is a report about a mail, in MIME format.\r\n"...)

	dst = append(append(dst, "\r\n--"+boundary+"\r\n"...), text...)
	dst = append(dst, "\r\n--"+boundary+"\r\n"...)
	dst = append(appendPartHeader(dst, statusKind(status), status), status...)
	if kind != "" {
		dst = append(dst, "\r\n--"+boundary+"\r\n"...)
		dst = append(appendPartHeader(dst, kind, original), original...)
	}
	return append(dst, "\r\n--"+boundary+"--\r\n"...), nil
}

// appendPartHeader appends the Content fields of a part that stands as it is.
func appendPartHeader(dst []byte, kind string, content []byte) []byte {
	dst = append(dst, "Content-Type: "+kind+"\r\n"...)
	if is8Bit(content) {
		dst = append(dst, "Content-Transfer-Encoding: 8bit\r\n"...)
	}
	return append(dst, "\r\n"...)
}

func is8Bit(text []byte) bool { return !isASCII(string(text)) }

// statusKind is the type of the part for programs: RFC 3464 §2.1, or RFC 6533 §4.
func statusKind(status []byte) string {
	if is8Bit(status) {
		return "message/global-delivery-status"
	}
	return "message/delivery-status"
}

// original is what the report brings back of the message, and its type; "" for nothing. A message that lines cannot
// carry, and in which nothing can be changed, is brought back as its header alone.
func (r *Report) original() (content []byte, kind string) {
	global := Internationalized(r.Message)
	switch full, err := EightBit(r.Message); {
	case r.Message == nil:
		return nil, ""
	case r.Full && err == nil && global:
		return full, "message/global"
	case r.Full && err == nil:
		return full, "message/rfc822"
	}
	header := r.Message[:headerLen(r.Message)]
	switch {
	case !(converter{eight: true}).carries(header):
		return nil, ""
	case global:
		return header, "message/global-headers"
	}
	return header, "text/rfc822-headers" // RFC 6522 §4
}

// appendStatus appends the fields for programs: those of the message, then a group for each recipient, an empty line
// before each (RFC 3464 §2.1).
func (r *Report) appendStatus(dst []byte) []byte {
	dst = appendStatusField(dst, "Reporting-MTA: dns; ", r.MTA)
	if r.Envelope != "" {
		dst = appendStatusField(dst, "Original-Envelope-Id: ", r.Envelope)
	}
	if !r.Arrival.IsZero() {
		dst = append(appendDate(append(dst, "Arrival-Date: "...), r.Arrival), "\r\n"...)
	}
	for _, f := range r.For {
		dst = append(dst, "\r\n"...)
		if kind, address, ok := strings.Cut(f.Original, ";"); ok {
			dst = appendStatusField(dst, "Original-Recipient: ", kind+"; "+address)
		}
		dst = appendStatusField(dst, "Final-Recipient: "+addressKind(f.Recipient)+"; ", f.Recipient)
		dst = appendStatusField(dst, "Action: ", string(f.Action))
		dst = appendStatusField(dst, "Status: ", f.Status)
		if f.Remote != "" {
			dst = appendStatusField(dst, "Remote-MTA: dns; ", f.Remote)
		}
		if f.Diagnostic != "" {
			dst = appendStatusField(dst, "Diagnostic-Code: smtp; ", f.Diagnostic)
		}
	}
	return dst
}

// addressKind is the type of an address: RFC 3464 §2.3.2 and RFC 6533 §3.
func addressKind(address string) string {
	if isASCII(address) {
		return "rfc822"
	}
	return "utf-8"
}

// appendStatusField appends a field on one line: what has no place on it becomes "?", and what is longer than the line
// is cut.
func appendStatusField(dst []byte, name, value string) []byte {
	dst = append(dst, name...)
	value = strings.Join(strings.Fields(value), " ")
	value = value[:min(len(value), MaxLine-len(name))]
	for len(value) > 0 {
		var size int
		if value[0] < ' ' || value[0] == 0x7f {
			value = "?" + value[1:]
		}
		dst, size = appendVisible(dst, value)
		value = value[size:]
	}
	return append(dst, "\r\n"...)
}

// subject says the worst that happened.
func (r *Report) subject() string {
	for _, s := range []struct {
		action  Action
		subject string
	}{{Failed, "Your mail was not delivered"}, {Delayed, "Your mail is delayed"}, {Relayed, "Your mail was passed on"}} {
		if slices.ContainsFunc(r.For, func(f Fate) bool { return f.Action == s.action }) {
			return s.subject
		}
	}
	return "Your mail was delivered"
}

// words is the part for people.
func (r *Report) words() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "This is the mail system of %s.\n", Visible(r.MTA))
	for _, f := range r.For {
		fmt.Fprintf(&b, "\n<%s>: %s\n", Visible(f.Recipient), f.words())
		if f.Diagnostic == "" {
			continue
		}
		who := "The server"
		if f.Remote != "" {
			who = Visible(f.Remote)
		}
		fmt.Fprintf(&b, "    %s said: %s\n", who, Visible(f.Diagnostic))
	}
	return b.String()
}

// words is what happened, as a sentence.
func (f *Fate) words() string {
	switch f.Action {
	case Delivered:
		return "The mail was delivered."
	case Failed:
		return "The mail could not be delivered."
	case Delayed:
		return "The mail could not be delivered yet. The mail system goes on trying; there is no need to send it again."
	case Relayed:
		return "The mail was passed on to a server that does not report what becomes of it."
	case Expanded:
		return "The mail was passed on to several addresses."
	}
	return "The mail system does not know what became of the mail."
}
