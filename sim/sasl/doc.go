// Package sasl is the mechanisms by which a client proves who it is: RFC 4422, with PLAIN (RFC 4616), LOGIN (a draft
// that never became a standard), CRAM-MD5 (RFC 2195) and SCRAM-SHA-256 (RFC 7677, RFC 5802). SMTP and POP3 carry them
// in base64, each in its own words (RFC 4954, RFC 5034); here are only the octets inside.
//
// An Exchange is the server's side and a Client the client's, as values. PLAIN is that of emersion/go-sasl, SCRAM that
// of xdg-go/scram. What looks random is asked for: in a lab it comes from the seed.
package sasl
