package smtp

// The limits of RFC 5321 §4.5.3.1, in octets. Each is the least that everybody must be able to receive; this
// lab takes most of them as the most that it accepts too, and says so where it does not.
const (
	MaxLocalPart   = 64       // §4.5.3.1.1: what stands before the @
	MaxDomain      = 255      // §4.5.3.1.2: what stands after it, or after EHLO
	MaxPath        = 256      // §4.5.3.1.3: with brackets and separators. Not enforced: the limits of the parts and of the line are
	MaxCommandLine = 512      // §4.5.3.1.4: with the verb and CRLF
	MaxReplyLine   = 512      // §4.5.3.1.5: with the code and CRLF
	MaxTextLine    = 1000     // §4.5.3.1.6: with CRLF, without a dot that was put in front for transparency
	MinContent     = 64 << 10 // §4.5.3.1.7: every server takes a message of this size
	MinRecipients  = 100      // §4.5.3.1.8: and this many recipients
	MaxLabel       = 63       // RFC 1035 §2.3.4: one part of a domain

	// Extensions lengthen the commands to which they add parameters, by these octets with the space in front.
	MailLineSize = 26  // " SIZE=" and its number: RFC 1870 §3
	MailLineBody = 17  // " BODY=8BITMIME": RFC 6152 §2; RFC 3030 §3 needs no more
	LineSMTPUTF8 = 10  // " SMTPUTF8" of MAIL, VRFY and EXPN: RFC 6531 §3.1
	MailLineDSN  = 110 // " RET=FULL" and " ENVID=" with at most 100 characters: RFC 3461 §4.3 and §4.4
	RcptLineDSN  = 536 // " NOTIFY=SUCCESS,FAILURE,DELAY" and " ORCPT=" with at most 500: RFC 3461 §4.1 and §4.2
	MailLineAuth = 500 // " AUTH=" and a mailbox: RFC 4954 §3

	MaxAuthLine = 12288 // a response of the client in an exchange of AUTH, with CRLF: RFC 4954 §4
	MaxEnvID    = 100   // the parameter ENVID as it is written: RFC 3461 §4.4
	MaxORcpt    = 500   // the parameter ORCPT as it is written: RFC 3461 §4.2
)
