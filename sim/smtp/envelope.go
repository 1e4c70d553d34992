package smtp

import "net/netip"

// Envelope is what SMTP knows of a message apart from its content: RFC 5321 §2.3.1.
type Envelope struct {
	From     Path   // the reverse-path; null for a delivery report
	To       []Path // the forward-paths that were accepted, in order
	Size     int64  // the size that MAIL declared, in octets; 0 for none
	Body8Bit bool   // MAIL said BODY=8BITMIME, or SMTPUTF8, which implies it (RFC 6531 §3.1)
	Binary   bool   // MAIL said BODY=BINARYMIME: any octets at all, RFC 3030 §3
	UTF8     bool   // MAIL said SMTPUTF8: paths and header fields may hold UTF-8, RFC 6531
	ID       string // the server's name for the message; "" before DATA or BDAT

	Ret     Return        // RET of MAIL: RFC 3461 §4.3
	EnvID   string        // ENVID of MAIL, decoded; "" for none: §4.4
	Options []RcptOptions // for each of To; nil while no recipient has any

	Helo      string     // how the client introduced itself
	Peer      netip.Addr // where it really is
	With      string     // the protocol, as Received names it: RFC 3848, RFC 6531 §4.3
	User      string     // who the client has proved to be, with AUTH; "" for nobody
	Submitter string     // AUTH of MAIL: who submitted the message, "<>" if that is not known; "" when it was not said
	TLS       string     // how the conversation is protected: "TLS 1.3, TLS_AES_128_GCM_SHA256"; "" when it is not
}

// RcptOptions are those of the recipient To[i].
func (e *Envelope) RcptOptions(i int) RcptOptions {
	if e.Options == nil {
		return RcptOptions{}
	}
	return e.Options[i]
}

// AddRcpt adds a recipient that was accepted.
func (e *Envelope) AddRcpt(to Path, options RcptOptions) {
	if e.Options == nil && options != (RcptOptions{}) {
		e.Options = make([]RcptOptions, len(e.To), cap(e.To)+1)
	}
	e.To = append(e.To, to)
	if e.Options != nil {
		e.Options = append(e.Options, options)
	}
}
