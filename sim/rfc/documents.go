package rfc

import (
	"cmp"
	"slices"
)

// Status is how far the lab implements a standard.
type Status uint8

// The statuses. Planned means that the lab will do it and has left the place for it; No that it does not, and
// that nobody should expect it.
const (
	No Status = iota
	Planned
	Partial
	Yes
)

var statusNames = [...]string{"no", "planned", "partial", "yes"}

// String is the status in lower case: "partial".
func (s Status) String() string { return statusNames[s] }

// Document is a standard and what the lab makes of it.
type Document struct {
	Number int    // 5321
	Title  string // as the document has it
	Status Status
	Note   string // what is and is not done, as a sentence; "" when the status says it all
}

// Ref refers to the whole document.
func (d Document) Ref() Ref { return Ref{Doc: d.Number} }

// Find is the document of that number.
func Find(number int) (Document, bool) {
	i, found := slices.BinarySearchFunc(Documents, number, func(d Document, n int) int { return cmp.Compare(d.Number, n) })
	if !found {
		return Document{}, false
	}
	return Documents[i], true
}

// Documents are the standards that matter to the lab, in the order of their numbers. It is not to be changed.
var Documents = []Document{
	{1035, "Domain Names - Implementation and Specification", No, "A lab has one mail domain, so nothing is looked up yet."},
	{1870, "SMTP Service Extension for Message Size Declaration", Yes, ""},
	{1939, "Post Office Protocol - Version 3", Partial, "Everything but APOP, which is optional and rests on MD5."},
	{1985, "SMTP Service Extension for Remote Message Queue Starting", No, ""},
	{2033, "Local Mail Transfer Protocol", No, ""},
	{2034, "SMTP Service Extension for Returning Enhanced Error Codes", Yes, ""},
	{2045, "Multipurpose Internet Mail Extensions (MIME) Part One: Format of Internet Message Bodies", Yes, ""},
	{2046, "Multipurpose Internet Mail Extensions (MIME) Part Two: Media Types", Partial, "Text and multipart are composed and shown; other parts are attachments, message/rfc822 among them."},
	{2047, "MIME (Multipurpose Internet Mail Extensions) Part Three: Message Header Extensions for Non-ASCII Text", Partial, "Written in UTF-8. Read in UTF-8 and the common charsets of one octet per character."},
	{2049, "Multipurpose Internet Mail Extensions (MIME) Part Five: Conformance Criteria and Examples", Partial, "See 2046 and 2047."},
	{2183, "Communicating Presentation Information in Internet Messages: The Content-Disposition Header Field", Partial, "Disposition and file name; the dates and the size are not written and not read."},
	{2231, "MIME Parameter Value and Encoded Word Extensions: Character Sets, Languages, and Continuations", Yes, ""},
	{2449, "POP3 Extension Mechanism", Yes, ""},
	{2595, "Using TLS with IMAP, POP3 and ACAP", Planned, "STLS."},
	{2920, "SMTP Service Extension for Command Pipelining", Yes, ""},
	{3030, "SMTP Service Extensions for Transmission of Large and Binary MIME Messages", Planned, "CHUNKING and BINARYMIME."},
	{3206, "The SYS and AUTH POP Response Codes", Partial, "AUTH and SYS/TEMP; nothing here fails with SYS/PERM."},
	{3207, "SMTP Service Extension for Secure SMTP over Transport Layer Security", Planned, "STARTTLS."},
	{3461, "Simple Mail Transfer Protocol (SMTP) Service Extension for Delivery Status Notifications (DSNs)", Planned, "DSN."},
	{3463, "Enhanced Mail System Status Codes", Yes, ""},
	{3464, "An Extensible Message Format for Delivery Status Notifications", Planned, "Comes with relaying and its bounces."},
	{3848, "ESMTP and LMTP Transmission Types Registration", Partial, "SMTP and ESMTP; the names for TLS and AUTH come with them."},
	{4616, "The PLAIN Simple Authentication and Security Layer (SASL) Mechanism", Planned, "Comes with AUTH."},
	{4954, "SMTP Service Extension for Authentication", Planned, "AUTH."},
	{5034, "The Post Office Protocol (POP3) Simple Authentication and Security Layer (SASL) Authentication Mechanism", Planned, "AUTH in POP3. USER and PASS work."},
	{5248, "A Registry for SMTP Enhanced Mail System Status Codes", Yes, ""},
	{5321, "Simple Mail Transfer Protocol", Partial, "All commands and replies between one client and one server. Relaying through other servers (§5) comes later."},
	{5322, "Internet Message Format", Partial, "Messages are composed and shown; resent fields and the obsolete grammar only as far as display needs."},
	{5598, "Internet Mail Architecture", Yes, "Its words are the words of this lab."},
	{5802, "Salted Challenge Response Authentication Mechanism (SCRAM) SASL and GSS-API Mechanisms", Planned, "Comes with AUTH."},
	{6152, "SMTP Service Extension for 8-bit MIME Transport", Yes, ""},
	{6376, "DomainKeys Identified Mail (DKIM) Signatures", No, ""},
	{6409, "Message Submission for Mail", Planned, "Comes with AUTH. Until then PCs submit on port 25, as in the early days."},
	{6522, "The Multipart/Report Media Type for the Reporting of Mail System Administrative Messages", Planned, "Comes with bounces."},
	{6531, "SMTP Extension for Internationalized Email", Planned, "SMTPUTF8."},
	{6532, "Internationalized Email Headers", Planned, "Comes with SMTPUTF8. Headers in UTF-8 are already shown."},
	{6856, "Post Office Protocol Version 3 (POP3) Support for UTF-8", No, ""},
	{7208, "Sender Policy Framework (SPF) for Authorizing Use of Domains in Email, Version 1", No, ""},
	{7504, "SMTP 521 and 556 Reply Codes", Partial, "Both are explained when another server says them; ours has no occasion to."},
	{8314, "Cleartext Considered Obsolete: Use of Transport Layer Security (TLS) for Email Submission and Access", Planned, "Comes with STARTTLS. A lab shows the plain text on purpose."},
	{9051, "Internet Message Access Protocol (IMAP) - Version 4rev2", No, "Mail is fetched with POP3."},
	{9293, "Transmission Control Protocol (TCP)", Partial, "Connections open, close and fail as in TCP, and segments take their time; sequence numbers and windows are not simulated."},
	{9422, "The LIMITS SMTP Service Extension", No, ""},
}
