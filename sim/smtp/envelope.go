package smtp

import "net/netip"

// Envelope is what SMTP knows of a message apart from its content: RFC 5321 §2.3.1.
type Envelope struct {
	From     Path   // the reverse-path; null for a delivery report
	To       []Path // the forward-paths that were accepted, in order
	Size     int64  // the size that MAIL declared, in octets; 0 for none
	Body8Bit bool   // MAIL said BODY=8BITMIME
	ID       string // the server's name for the message; "" before DATA

	Helo string     // how the client introduced itself
	Peer netip.Addr // where it really is
	With string     // the protocol, as Received names it: RFC 3848
}
