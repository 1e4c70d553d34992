// Package secure is TLS as a value. A Layer stands between a party (package drive) and whoever drives it: towards the
// wire it speaks TLS, towards the party plain octets, and it owns no connection and reads no clock, like the party
// itself. What is inside is crypto/tls, unchanged.
//
// An Authority is a lab's own certification authority, which signs the certificates of the lab's servers.
//
// All that looks random is made from a seed, so a lab that is played again puts the same octets on the wire, and
// the octets that a real client once said to it can be decrypted again. That needs the setting cryptocustomrand=1 of
// go.mod, without which crypto/tls would take no notice of tls.Config.Rand; and key agreements that use it, so
// X25519 and P-256 only. It is safe to do here because a lab keeps no secret: whoever may watch it reads what its
// connections carry, encrypted or not.
//
// It covers RFC 8446 and RFC 5246 as crypto/tls does, in the selection of RFC 9325: TLS 1.2 and 1.3 only, no
// compression, no renegotiation; and no session tickets, so that every conversation shows a whole handshake.
package secure
