// Package mailbox keeps the maildrops of one server in memory: where accepted mail waits until a POP3 session
// takes it away. It knows no protocol. What is delivered here is what POP3 hands out, octet for octet.
//
// A maildrop is named by the local part of its address. RFC 5321 §2.4 leaves it to the receiving host whether
// the case of a local part matters; this server's policy is that it does not, for the 26 ASCII letters, so that
// mail for PC1 and for pc1 lands in one place.
//
// Nothing in it is safe for concurrent use: a lab is single-threaded inside.
package mailbox
