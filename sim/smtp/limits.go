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

	// Extensions lengthen the MAIL command: RFC 1870 §3 and RFC 6152 §2.
	MailLineSize = 26 // for " SIZE=" and its number
	MailLineBody = 17 // for " BODY=8BITMIME"
)
