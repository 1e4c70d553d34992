package smtpclient

import "smtplab/sim/smtp"

// DSN is which reports about the delivery the sender wants: RFC 3461. It is said only to a server that offers DSN.
type DSN struct {
	Return   smtp.Return    // what of the message a report of failure brings back
	Envelope string         // the sender's own name for this sending; "" for none
	Rcpt     []RecipientDSN // in the order of Mail.To; those that are missing are as usual
}

// RecipientDSN is what is wanted for one recipient.
type RecipientDSN struct {
	Notify   smtp.Notify
	Original smtp.Path // the address that the mail was first sent to, if it is worth telling
}

// Limits of RFC 3461 §4.2 and §4.4, in characters as they are said.
const (
	maxORCPT = 500
	maxENVID = 100
)

// check reports whether the wishes can be said for a mail to so many recipients.
func (d *DSN) check(recipients int) error {
	if d == nil {
		return nil
	}
	if len(d.Rcpt) > recipients || d.Return > smtp.ReturnHeaders {
		return ErrDSN
	}
	if !isPrintable(d.Envelope) || !isASCII(d.Envelope) || len(smtp.AppendXtext(nil, d.Envelope)) > maxENVID {
		return ErrDSN
	}
	for _, r := range d.Rcpt {
		_, sayable := smtp.ParseNotify(r.Notify.String())
		switch {
		case r.Notify != 0 && !sayable:
			return ErrDSN
		case !r.Original.IsNull() && !sendable(r.Original), len(appendORCPT(nil, r.Original)) > maxORCPT:
			return ErrDSN
		}
	}
	return nil
}

// appendMail appends the parameters of MAIL: RFC 3461 §4.3 and §4.4.
func (d *DSN) appendMail(dst []byte) []byte {
	if d.Return != smtp.ReturnUnsaid {
		dst = append(append(dst, " RET="...), d.Return.String()...)
	}
	if d.Envelope != "" {
		dst = smtp.AppendXtext(append(dst, " ENVID="...), d.Envelope)
	}
	return dst
}

// appendRcpt appends the parameters of RCPT for a recipient: RFC 3461 §4.1 and §4.2.
func (d *DSN) appendRcpt(dst []byte, i int) []byte {
	if i >= len(d.Rcpt) {
		return dst
	}
	r := d.Rcpt[i]
	if r.Notify != 0 {
		dst = append(append(dst, " NOTIFY="...), r.Notify.String()...)
	}
	if !r.Original.IsNull() {
		dst = appendORCPT(append(dst, " ORCPT="...), r.Original)
	}
	return dst
}

// appendORCPT appends an address with its type. One with characters outside ASCII is written in ASCII all the same, which
// every server with DSN can take: RFC 6533 §3.
func appendORCPT(dst []byte, p smtp.Path) []byte {
	address := p.Address()
	if isASCII(address) {
		return smtp.AppendXtext(append(dst, "rfc822;"...), address)
	}
	return smtp.AppendUTF8Addr(append(dst, "utf-8;"...), address)
}
