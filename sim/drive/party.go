package drive

import (
	"crypto/tls"
	"time"
)

// Party is one side of a conversation, as a value.
type Party interface {
	Open()                   // the connection is established
	Receive(p []byte)        // octets arrived, cut anywhere; p is not kept
	Output() []byte          // octets to send now; nil when there are none. They are valid until the next call
	Closed() bool            // close the connection once Output was sent
	Hangup()                 // the connection is gone
	Patience() time.Duration // how long to wait for the next octets; 0 is for ever
	Expire()                 // that long has passed
}

// Securable is a Party that can go on in TLS, because its protocol has a command for that (RFC 3207, RFC 2595 §4) or
// because TLS came first (RFC 8314 §3).
type Securable interface {
	Party

	// StartsTLS reports whether TLS begins now. It is to be asked whenever Output is empty. When it is true the party
	// has said or heard the go-ahead, and the driver begins the handshake; the party hears nothing until Secured or
	// Unsecured. Octets that came behind the go-ahead in the same breath are handed over: they are TLS's to judge
	// and never a command or a reply (RFC 3207 §6, CVE-2011-0411). It is true once.
	StartsTLS() (early []byte, ok bool)

	// Secured says that what follows is protected, and how. Where TLS came first it is called before Open.
	Secured(*tls.ConnectionState)

	// Unsecured says that the handshake failed, and why. The connection cannot be used any more.
	Unsecured(err error)
}
