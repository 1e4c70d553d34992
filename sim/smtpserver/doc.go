// Package smtpserver is the server's side of an SMTP conversation: RFC 5321 with the extensions SIZE (RFC 1870),
// 8BITMIME (RFC 6152), PIPELINING (RFC 2920) and ENHANCEDSTATUSCODES (RFC 2034).
//
// A Session is a value. It is fed octets and answers with replies; it has no socket, no clock and no goroutine.
// What it cannot know by itself, who has a mailbox here and what may be relayed, it asks of a Host. Serve
// connects a Session with a net.Conn for those who have one.
//
// The way of a command: Receive collects a line (line.go), command looks up its verb (session.go), and the
// verb's handler parses, guards, asks, moves and answers (ehlo.go, mail.go, rcpt.go, data.go, names.go,
// other.go). All replies leave through say, in reply.go, which lists them too.
//
// It does not store mail or decide on relaying: the Host does.
package smtpserver
