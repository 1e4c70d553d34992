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
	{2195, "IMAP/POP AUTHorize Extension for Simple Challenge/Response", Yes, "CRAM-MD5, in SMTP and POP3."},
	{2231, "MIME Parameter Value and Encoded Word Extensions: Character Sets, Languages, and Continuations", Yes, ""},
	{2449, "POP3 Extension Mechanism", Yes, ""},
	{2595, "Using TLS with IMAP, POP3 and ACAP", Partial, "STLS of POP3; IMAP and ACAP are not spoken."},
	{2920, "SMTP Service Extension for Command Pipelining", Yes, ""},
	{3030, "SMTP Service Extensions for Transmission of Large and Binary MIME Messages", Yes, ""},
	{3206, "The SYS and AUTH POP Response Codes", Partial, "AUTH and SYS/TEMP; nothing here fails with SYS/PERM."},
	{3207, "SMTP Service Extension for Secure SMTP over Transport Layer Security", Yes, ""},
	{3461, "Simple Mail Transfer Protocol (SMTP) Service Extension for Delivery Status Notifications (DSNs)", Partial, "All parameters, and reports of success. What fails is refused while the client listens, so there are no reports of that before there is relaying."},
	{3463, "Enhanced Mail System Status Codes", Yes, ""},
	{3464, "An Extensible Message Format for Delivery Status Notifications", Partial, "Reports that a message was delivered or went to a list; those of failures come with relaying."},
	{3834, "Recommendations for Automatic Responses to Electronic Mail", Partial, "Delivery reports, the only mails that the server itself sends, say Auto-Submitted and go to no null sender."},
	{3848, "ESMTP and LMTP Transmission Types Registration", Partial, "The names of SMTP; LMTP is not spoken."},
	{4422, "Simple Authentication and Security Layer (SASL)", Partial, "Logins. No mechanism here has a security layer: that is what TLS is for."},
	{4616, "The PLAIN Simple Authentication and Security Layer (SASL) Mechanism", Yes, ""},
	{4954, "SMTP Service Extension for Authentication", Yes, ""},
	{5034, "The Post Office Protocol (POP3) Simple Authentication and Security Layer (SASL) Authentication Mechanism", Yes, ""},
	{5246, "The Transport Layer Security (TLS) Protocol Version 1.2", Partial, "By Go's crypto/tls; no renegotiation, and no certificates of clients."},
	{5248, "A Registry for SMTP Enhanced Mail System Status Codes", Yes, ""},
	{5280, "Internet X.509 Public Key Infrastructure Certificate and Certificate Revocation List (CRL) Profile", Partial, "Each lab has an authority, which may vouch for its names only; nothing is revoked."},
	{5321, "Simple Mail Transfer Protocol", Partial, "All commands and replies between one client and one server. Relaying through other servers (§5) comes later."},
	{5322, "Internet Message Format", Partial, "Messages are composed and shown; resent fields and the obsolete grammar only as far as display needs."},
	{5598, "Internet Mail Architecture", Yes, "Its words are the words of this lab."},
	{5802, "Salted Challenge Response Authentication Mechanism (SCRAM) SASL and GSS-API Mechanisms", Partial, "With SHA-256 only (RFC 7677), and without channel binding."},
	{6066, "Transport Layer Security (TLS) Extensions: Extension Definitions", Partial, "The name of the server; the other extensions are optional."},
	{6152, "SMTP Service Extension for 8-bit MIME Transport", Yes, ""},
	{6376, "DomainKeys Identified Mail (DKIM) Signatures", No, ""},
	{6409, "Message Submission for Mail", Partial, "Port 587 takes mail after a login only; messages are stored as they came, nothing is added or corrected (§8)."},
	{6522, "The Multipart/Report Media Type for the Reporting of Mail System Administrative Messages", Yes, ""},
	{6531, "SMTP Extension for Internationalized Email", Yes, "Replies stay in ASCII, which §3.7.4 allows."},
	{6532, "Internationalized Email Headers", Yes, "PCs write UTF-8 where an address needs it, and encoded words (RFC 2047) otherwise."},
	{6533, "Internationalized Delivery Status and Disposition Notifications", Partial, "The address type utf-8 of ORCPT, addresses in replies, and delivery reports; no disposition notifications."},
	{6856, "Post Office Protocol Version 3 (POP3) Support for UTF-8", Partial, "UTF8, and the code [UTF8]; LANG is optional and not offered."},
	{7208, "Sender Policy Framework (SPF) for Authorizing Use of Domains in Email, Version 1", No, ""},
	{7504, "SMTP 521 and 556 Reply Codes", Partial, "Both are explained when another server says them; ours has no occasion to."},
	{7677, "SCRAM-SHA-256 and SCRAM-SHA-256-PLUS Simple Authentication and Security Layer (SASL) Mechanisms", Partial, "SCRAM-SHA-256; not -PLUS, which binds the login to TLS."},
	{8265, "Preparation, Enforcement, and Comparison of Internationalized Strings Representing Usernames and Passwords", Partial, "USER and PASS of POP3."},
	{8314, "Cleartext Considered Obsolete: Use of Transport Layer Security (TLS) for Email Submission and Access", Partial, "Ports 465 and 995. The ports in the clear stay, and are what a lab begins with: they can be read along."},
	{8446, "The Transport Layer Security (TLS) Protocol Version 1.3", Partial, "By Go's crypto/tls; no early data, and no certificates of clients."},
	{8996, "Deprecating TLS 1.0 and TLS 1.1", Yes, ""},
	{9051, "Internet Message Access Protocol (IMAP) - Version 4rev2", No, "Mail is fetched with POP3."},
	{9293, "Transmission Control Protocol (TCP)", Partial, "Connections open, close and fail as in TCP, and segments take their time; sequence numbers and windows are not simulated."},
	{9325, "Recommendations for Secure Use of Transport Layer Security (TLS) and Datagram Transport Layer Security (DTLS)", Partial, "TLS 1.2 and 1.3, as Go's crypto/tls sets them up; a mail program may still be set up to do without, to see what that means."},
	{9422, "The LIMITS SMTP Service Extension", Yes, "RCPTMAX and MAILMAX; nothing here limits domains."},
}
