// Package pop3 is both ends of the protocol by which a PC takes its mail from the server: RFC 1939 in its three
// states, with the capabilities of RFC 2449 and the response codes of RFC 3206, TLS by STLS (RFC 2595 §4) or from the
// beginning (RFC 8314 §3.3), the exchanges of AUTH (RFC 5034), and messages and names in UTF-8 (RFC 6856).
//
// A Session is the server's end of one conversation and a Client the PC's. Both are parties in the sense of package
// drive: values that are fed octets and say what to send, and that can go on in TLS. They own no connection, read no
// clock and start nothing.
//
// The life of a session: the greeting, then AUTHORIZATION (STLS, UTF8, then USER and PASS, or AUTH) until the maildrop
// is locked, then TRANSACTION (STAT, LIST, UIDL, RETR, TOP, DELE, RSET, NOOP), then QUIT, which alone leads to UPDATE,
// where the messages marked by DELE are removed. A conversation that ends in any other way removes nothing.
//
// Not offered: APOP (RFC 1939 §7), which rests on MD5 and on passwords that the server can read, and whose work
// SCRAM-SHA-256 does better; it is refused by name. LANG (RFC 6856 §3), which UTF8 does not need: replies are in
// English.
package pop3
