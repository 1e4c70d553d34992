// Package explain says what everything that a lab can show means, why it is there, what may follow, and where the
// standard says so: for people who meet SMTP for the first time.
//
// The texts are data, one folder of JSON files for each language. They use the words of RFC 5598. Their only
// markup is `code`, in backticks. To explain something new, add an entry; a test fails when an engine can say
// something that has none.
//
// An explanation is looked up from the most specific to the most general: for the reply "550 5.1.1" to RCPT the
// entries "RCPT 550 5.1.1", "RCPT 550", "* 550 5.1.1", "* 550", "550" and "5", in this order. So whatever a
// foreign server says gets a truthful answer. A specific entry may leave out what the more general ones say.
//
// The files, and what their keys are:
//
//	smtp_verbs.json    "RCPT"; "MAIL <>" for the null path; "EOD"; "?" for no command, "" for no word at all
//	smtp_replies.json  "RCPT 550 5.1.1"; "220" for a reply to nothing; "* 500" for any verb
//	codes.json         "550"; "5" for a class; "?" for no code
//	enhanced.json      the classes, subjects and details of RFC 3463
//	keywords.json      "SIZE", of the reply to EHLO; "?" for unknown ones, here and below
//	pop3_verbs.json    "RETR"
//	pop3_replies.json  "PASS -ERR AUTH", "PASS +OK"; "greeting +OK" for a reply to nothing; "* -ERR AUTH"
//	capabilities.json  "UIDL", of the reply to CAPA
//	headers.json       "Received", in any case
//	data.json          what a chunk of a message holds
//	parameters.json    "MAIL SIZE", "MAIL BODY=8BITMIME", "LIMITS RCPTMAX"; "?" for unknown ones, here and below
//	mechanisms.json    "PLAIN": ways to log in
//	sasl.json          what responses and challenges hold in base64; {user} and the like are filled in
//	tls.json           "ClientHello", "Alert bad_certificate"; "secure" for what TLS carried
//	tcp.json           flags, "data", "open", "close", "lost", "open" also with its port, the others with their note
//	breaches.json      "bad code": the rules that a server's replies can break, by the names that smtp.Breach has
//	world.json         what happens outside conversations
package explain
