// Package smtpclient is the sending end of SMTP: how a PC, or a server that passes mail on, hands a message to
// the next server. It covers the client's part of RFC 5321 with SIZE (RFC 1870), 8BITMIME (RFC 6152), PIPELINING
// (RFC 2920), STARTTLS (RFC 3207), AUTH (RFC 4954), SMTPUTF8 (RFC 6531), CHUNKING and BINARYMIME (RFC 3030), DSN
// (RFC 3461) and LIMITS (RFC 9422), each used only if the server offers it, and Config says nothing else. It does not
// compose messages, look up servers or try again.
//
// A Conversation is a value, a drive.Securable, that is fed the server's octets and says what to send; it owns no
// connection, reads no clock and starts nothing. It goes like this:
//
//  1. The server greets, and EHLO, or HELO if the server does not know EHLO (hello.go).
//  2. If wanted, STARTTLS, and all of 1 but the greeting again (starttls.go).
//  3. If wanted, AUTH (auth.go).
//  4. The message is written in other octets if the server takes no others (body.go).
//  5. MAIL, RCPT for every recipient, DATA: each after the answer to the one before, or as one group if the
//     server offers PIPELINING (transaction.go).
//  6. After 354 the message, dots stuffed, and the line of one dot; or BDAT in place of DATA, and chunks (content.go).
//  7. The server takes the message, for those recipients that it accepted, or refuses it. Those who were too many
//     for it have a transaction of their own, from 5.
//  8. QUIT, and the server's 221.
//
// 421 at any point ends the conversation. Result tells what came of it, at any time.
package smtpclient
