// Package smtpclient is the sending end of SMTP: how a PC, or a server that passes mail on, hands a message to
// the next server. It covers the client's part of RFC 5321 with SIZE (RFC 1870), 8BITMIME (RFC 6152) and
// PIPELINING (RFC 2920), each used only if the server offers it. It does not compose messages, look up servers
// or try again.
//
// A Conversation is a value that is fed the server's octets and says what to send; it owns no connection, reads
// no clock and starts nothing. Deliver drives one over a net.Conn. It goes like this:
//
//  1. The server greets (Conversation.greeting).
//  2. EHLO, or HELO if the server does not know EHLO (hello.go).
//  3. MAIL, RCPT for every recipient, DATA: each after the answer to the one before, or as one group if the
//     server offers PIPELINING (transaction.go).
//  4. After 354 the message, dots stuffed, and the line of one dot (content.go).
//  5. The server takes the message, for those recipients that it accepted, or refuses it.
//  6. QUIT, and the server's 221.
//
// 421 at any point ends the conversation. Result tells what came of it, at any time.
package smtpclient
