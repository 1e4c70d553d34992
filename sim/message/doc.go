// Package message is about the thing that SMTP carries and does not look into: the Internet message of RFC 5322
// and its MIME parts (RFC 2045 to 2049), in ASCII or internationalized (RFC 6532). It composes messages and delivery reports
// (RFC 3464), reads messages for display, writes them in other octets for a way that cannot carry what they have
// (RFC 6152 §3), and words the trace header fields that servers add (RFC 5321 §4.4).
//
// It knows no hosts, no clock and no transport: dates and identifiers are given to it, and the dots at line
// starts are not its business (dot-stuffing is smtp's, RFC 5321 §4.5.2). Reading never changes a message: what
// was stored is what will be shown as the source.
package message
