// Package smtpserver is the server's side of an SMTP conversation: RFC 5321 with the extensions SIZE (RFC 1870),
// 8BITMIME (RFC 6152), PIPELINING (RFC 2920), ENHANCEDSTATUSCODES (RFC 2034), STARTTLS (RFC 3207), AUTH (RFC 4954),
// SMTPUTF8 (RFC 6531), DSN (RFC 3461), CHUNKING and BINARYMIME (RFC 3030) and LIMITS (RFC 9422).
//
// A Session is a value. It is fed octets and answers with replies; it has no socket, no clock and no goroutine.
// What it cannot know by itself, who has a mailbox here, what may be relayed and whose password is right, it asks of a
// Host. It is a drive.Party, which drive.Over connects with a net.Conn for those who have one; TLS is the driver's.
//
// The way of a command: Receive collects a line (line.go), command looks up its verb (command.go), and the
// verb's handler parses, guards, asks, moves and answers (ehlo.go, mail.go, rcpt.go, data.go, chunks.go, auth.go, tls.go,
// names.go, help.go, other.go). All replies leave through say, in reply.go, which lists them too.
//
// It does not store mail, decide on relaying or send reports: the Host does. What the sender wants reported is in the
// Envelope.
package smtpserver
