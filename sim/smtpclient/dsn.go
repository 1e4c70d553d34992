package smtpclient

import (
	"fmt"

	"smtplab/sim/smtp"
)

// DSN is which reports about the delivery the sender wants: RFC 3461. It is said only to a server that offers DSN.
type DSN struct {
	Return   string         // what of the message a report of failure brings back: "FULL" or "HDRS"; "" leaves it to the server
	Envelope string         // the sender's own name for this sending; "" for none
	Rcpt     []RecipientDSN // in the order of Mail.To; those that are missing are as usual
}

// RecipientDSN is what is wanted for one recipient.
type RecipientDSN struct {
	Notify   Notify
	Original smtp.Path // the address that the mail was first sent to, if it is worth telling
}

// Notify is when a report is wanted: RFC 3461 §4.1. Zero leaves it to the server.
type Notify uint8

// The conditions; NotifyNever stands alone.
const (
	NotifySuccess Notify = 1 << iota
	NotifyFailure
	NotifyDelay
	NotifyNever
)

var notifyWords = [...]string{"SUCCESS", "FAILURE", "DELAY", "NEVER"}

// Limits of RFC 3461 §4.2 and §4.4, in characters as they are said.
const (
	maxORCPT = 500
	maxENVID = 100
)

// check reports whether the wishes can be said for a mail to so many recipients.
func (d *DSN) check(recipients int) error {
	if d == nil {
		return nil
	}
	if d.Return != "" && d.Return != "FULL" && d.Return != "HDRS" || len(d.Rcpt) > recipients {
		return ErrDSN
	}
	if !isPrintable(d.Envelope) || !isASCII(d.Envelope) || len(appendXtext(nil, d.Envelope)) > maxENVID {
		return ErrDSN
	}
	for _, r := range d.Rcpt {
		switch {
		case r.Notify&NotifyNever != 0 && r.Notify != NotifyNever, r.Notify >= 1<<len(notifyWords):
			return ErrDSN
		case !r.Original.IsNull() && !sendable(r.Original), len(appendORCPT(nil, r.Original)) > maxORCPT:
			return ErrDSN
		}
	}
	return nil
}

// appendMail appends the parameters of MAIL: RFC 3461 §4.3 and §4.4.
func (d *DSN) appendMail(dst []byte) []byte {
	if d.Return != "" {
		dst = append(append(dst, " RET="...), d.Return...)
	}
	if d.Envelope != "" {
		dst = appendXtext(append(dst, " ENVID="...), d.Envelope)
	}
	return dst
}

// appendRcpt appends the parameters of RCPT for a recipient: RFC 3461 §4.1 and §4.2.
func (d *DSN) appendRcpt(dst []byte, i int) []byte {
	if i >= len(d.Rcpt) {
		return dst
	}
	r := d.Rcpt[i]
	before := " NOTIFY="
	for bit, word := range notifyWords {
		if r.Notify&(1<<bit) != 0 {
			dst = append(append(dst, before...), word...)
			before = ","
		}
	}
	if !r.Original.IsNull() {
		dst = appendORCPT(append(dst, " ORCPT="...), r.Original)
	}
	return dst
}

// appendORCPT appends an address with its type. One with characters outside ASCII has those, and what xtext would escape,
// as \x{E9}: RFC 6533 §3. Every server with DSN can take that.
func appendORCPT(dst []byte, p smtp.Path) []byte {
	address := p.Address()
	if isASCII(address) {
		return appendXtext(append(dst, "rfc822;"...), address)
	}
	dst = append(dst, "utf-8;"...)
	for _, r := range address {
		if r <= ' ' || r > '~' || r == '+' || r == '=' || r == '\\' {
			dst = fmt.Appendf(dst, `\x{%02X}`, r)
		} else {
			dst = append(dst, byte(r))
		}
	}
	return dst
}

// appendXtext appends s as a parameter's value: what is not printable, "+" and "=" become a plus sign and two
// hexadecimal digits (RFC 3461 §4).
func appendXtext(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || c == '+' || c == '=' {
			dst = append(dst, '+', upperHex[c>>4], upperHex[c&15])
		} else {
			dst = append(dst, c)
		}
	}
	return dst
}

const upperHex = "0123456789ABCDEF"
