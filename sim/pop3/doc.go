// Package pop3 is both ends of the protocol by which a PC takes its mail from the server: RFC 1939 in its three
// states, with the capabilities of RFC 2449 and the response codes of RFC 3206.
//
// A Session is the server's end of one conversation and a Client the PC's. Both are values that are fed octets
// and say what to send; they own no connection, read no clock and start nothing. Whoever drives them calls Open
// once the connection stands, Receive with what arrives, in whatever pieces, sends what Output returns until it
// returns nil, and closes when Closed says so. Hangup tells them that the connection is gone, Expire that the
// time they gave the other side, Patience, is over. Serve and Fetch do this over a net.Conn.
//
// The life of a session: the greeting, then AUTHORIZATION (USER, PASS) until the maildrop is locked, then
// TRANSACTION (STAT, LIST, UIDL, RETR, TOP, DELE, RSET, NOOP), then QUIT, which alone leads to UPDATE, where the
// messages marked by DELE are removed. A conversation that ends in any other way removes nothing.
//
// Not offered: APOP (RFC 1939 §7), AUTH (RFC 5034) and STLS (RFC 2595). They are refused by name.
package pop3
