// Package smtp holds the words that both sides of an SMTP conversation share: paths, commands, replies, the
// keywords of EHLO, the transparency of the dot, the limits, and the states. It covers the grammar of RFC 5321
// §4.1.2–4.1.3 and §4.2, the enhanced status codes of RFC 3463, and §4.5.2–4.5.3, and the words of the extensions:
// addresses in UTF-8 (RFC 6531), what a sender wants reported (RFC 3461, RFC 6533) and chunks (RFC 3030).
//
// It is not a server or a client: it decides nothing, keeps no conversation and knows no host. Those are
// smtpserver and smtpclient. What people see of a conversation is read with the same functions.
package smtp
