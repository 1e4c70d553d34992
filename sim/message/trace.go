package message

import (
	"net/netip"
	"time"
	"unicode/utf8"
)

// Received is what one server knows about how a message came to it: the "time stamp line" of RFC 5321 §4.4.
type Received struct {
	Helo string     // what the client called itself in EHLO or HELO
	Addr netip.Addr // where the client really connected from
	By   string     // the name of the server that received it
	With string     // the protocol, as RFC 3848 names it: "SMTP", "ESMTP"
	ID   string     // the server's own name for the message; "" leaves the clause out
	For  string     // the forward-path without its brackets, if it was the only one; "" leaves the clause out
	Date time.Time
}

// AppendReceived appends the Received field, folded and ended by CRLF, as
//
//	Received: from pc1.email.com ([192.168.11.1])
//		by email.com with ESMTP id 00000001
//		for <pc2@email.com>; Mon, 02 Mar 2026 09:00:00 +0000
//
// Half of it is a stranger's words. An octet that has no place in its clause becomes "?", and words longer than
// any name may be (RFC 5321 §4.5.3.1) are cut, so no client can write another field or an overlong line here.
// AppendReceived allocates nothing but what dst needs to grow.
func AppendReceived(dst []byte, r Received) []byte {
	dst = append(dst, "Received: from "...)
	switch {
	case r.Helo != "":
		dst = appendAtom(dst, r.Helo)
	case r.Addr.IsValid():
		dst = appendLiteral(dst, r.Addr)
	default:
		dst = append(dst, "unknown"...)
	}
	if r.Addr.IsValid() {
		dst = append(dst, " ("...)
		dst = appendLiteral(dst, r.Addr)
		dst = append(dst, ')')
	}
	dst = append(dst, "\r\n\tby "...)
	dst = appendAtom(dst, r.By)
	if r.With != "" {
		dst = append(dst, " with "...)
		dst = appendAtom(dst, r.With)
	}
	if r.ID != "" {
		dst = append(dst, " id "...)
		dst = appendAtom(dst, r.ID)
	}
	if r.For != "" {
		dst = append(dst, "\r\n\tfor <"...)
		dst = appendPath(dst, r.For)
		dst = append(dst, '>')
	}
	dst = append(dst, "; "...)
	dst = appendDate(dst, r.Date)
	return append(dst, "\r\n"...)
}

// AppendReturnPath appends the Return-Path field that final delivery puts above all others, ended by CRLF
// (RFC 5321 §4.4). The path is the reverse-path without its brackets; the null path "" gives "<>". What has no
// place in a path becomes "?", as in AppendReceived.
func AppendReturnPath(dst []byte, path string) []byte {
	dst = append(dst, "Return-Path: <"...)
	dst = appendPath(dst, path)
	return append(dst, ">\r\n"...)
}

// The longest names that a trace field repeats: RFC 5321 §4.5.3.1.2 and §4.5.3.1.3.
const (
	maxDomain = 255
	maxPath   = 256
)

// appendAtom appends s as one word of a trace field: visible ASCII without the characters that end a clause or
// begin a comment, a quoted string or a path. Brackets stay, since an address literal is a name too.
func appendAtom(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, "unknown"...)
	}
	for i := range min(len(s), maxDomain) {
		c := s[i]
		switch {
		case c <= ' ' || c >= 0x7f,
			c == '(', c == ')', c == '<', c == '>', c == ';', c == ',', c == '"', c == '\\':
			c = '?'
		}
		dst = append(dst, c)
	}
	return dst
}

// appendPath appends a path: what is printable, where a quoted local part may hold spaces and brackets. Only a server with
// SMTPUTF8 has paths outside ASCII, and may then write them here (RFC 6531 §3.7.3).
func appendPath(dst []byte, s string) []byte {
	s = s[:min(len(s), maxPath)]
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			var size int
			dst, size = appendVisible(dst, s[i:])
			i += size
			continue
		}
		if c < ' ' || c == 0x7f {
			c = '?'
		}
		dst = append(dst, c)
		i++
	}
	return dst
}

// appendVisible appends the first character of s, and returns how many octets it has.
func appendVisible(dst []byte, s string) ([]byte, int) {
	r, size := utf8.DecodeRuneInString(s)
	if acts(r) || r == utf8.RuneError && size == 1 {
		return append(dst, '?'), size
	}
	return append(dst, s[:size]...), size
}

// appendLiteral appends an address literal: "[192.168.11.1]" or "[IPv6:2001:db8::1]" (RFC 5321 §4.1.3).
func appendLiteral(dst []byte, a netip.Addr) []byte {
	a = a.Unmap().WithZone("")
	dst = append(dst, '[')
	if a.Is6() {
		dst = append(dst, "IPv6:"...)
	}
	dst = a.AppendTo(dst)
	return append(dst, ']')
}

// dateLayout is RFC 5322 §3.3, with the zone as a number as RFC 5321 §4.4 asks.
const dateLayout = "Mon, 02 Jan 2006 15:04:05 -0700"

// appendDate appends t in that layout. Every mail has two dates, and Time.AppendFormat would read the layout anew
// for each.
func appendDate(dst []byte, t time.Time) []byte {
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	_, zone := t.Zone() // in seconds
	sign := byte('+')
	if zone < 0 {
		sign, zone = '-', -zone
	}
	dst = append(append(dst, t.Weekday().String()[:3]...), ", "...)
	dst = append(appendTwo(dst, day), ' ')
	dst = append(append(dst, month.String()[:3]...), ' ')
	dst = append(appendTwo(appendTwo(dst, year/100), year%100), ' ')
	dst = append(appendTwo(dst, hour), ':')
	dst = append(appendTwo(dst, minute), ':')
	dst = append(appendTwo(dst, second), ' ', sign)
	return appendTwo(appendTwo(dst, zone/3600), zone/60%60)
}

// appendTwo appends a number of two digits.
func appendTwo(dst []byte, n int) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }
