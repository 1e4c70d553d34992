package ui

import "smtplab/sim/rfc"

// term is a word of the glossary.
type term struct {
	id      string
	word    string
	meaning string
	ref     rfc.Ref
}

// theoryTerms are the words that the theory uses, from A to Z. Those of the architecture are RFC 5598's.
var theoryTerms = []term{
	{"alias", "Alias", "A name that stands for another mailbox, or for several. The sender of the envelope stays as it is.", rfc.Ref{Doc: 5321, Section: "3.9.1"}},
	{"base64", "Base64", "A way to write any octets with 64 harmless characters. It hides nothing: anybody can turn it back.", rfc.Ref{Doc: 4648, Section: "4"}},
	{"body", "Body", "What the author wrote: everything after the first blank line of a message.", rfc.Ref{Doc: 5322, Section: "2.3"}},
	{"bounce", "Bounce", "A mail from a server to the reverse-path which reports that a mail it had accepted could not be delivered.", rfc.Ref{Doc: 5321, Section: "6.1"}},
	{"certificate", "Certificate", "A statement that a public key belongs to a name, signed by a certification authority. By it a server shows who it is.", rfc.Ref{Doc: 5280, Section: "4.1"}},
	{"certification-authority", "Certification authority", "Who signs certificates. A client trusts a few of them, and so all the servers that they vouch for.", rfc.Ref{Doc: 5280, Section: "3.2"}},
	{"challenge", "Challenge", "What a server asks in an exchange of AUTH, after the code 334. The client’s next line answers it.", rfc.Ref{Doc: 4954, Section: "4"}},
	{"chunk", "Chunk", "A part of a message that BDAT sends, with its length told beforehand. No dot ends it.", rfc.Ref{Doc: 3030, Section: "2"}},
	{"client", "Client", "The program that has a mail to hand over. In SMTP it gives the commands.", rfc.Ref{Doc: 5321, Section: "2.3.2"}},
	{"command", "Command", "A line from the client: a verb, and what it is about.", rfc.Ref{Doc: 5321, Section: "2.3.7"}},
	{"command-injection", "Command injection", "A command that somebody on the way slips into a client’s conversation, as behind STARTTLS, in the hope that it is taken for the client’s own.", rfc.Ref{Doc: 3207, Section: "6"}},
	{"crlf", "CR LF", "Carriage return and line feed, the two characters (13 and 10) that end a line on the wire.", rfc.Ref{Doc: 5321, Section: "2.3.8"}},
	{"dns", "DNS", "The Domain Name System. Its MX records say which hosts take the mail for a domain.", rfc.Ref{Doc: 5321, Section: "5.1"}},
	{"domain", "Domain", "The part of an address after the @. It says who is responsible for the mailbox.", rfc.Ref{Doc: 5321, Section: "2.3.5"}},
	{"dot-stuffing", "Dot-stuffing", "The extra dot in front of a line that begins with a dot, so that no text can be taken for the end of the message.", rfc.Ref{Doc: 5321, Section: "4.5.2"}},
	{"downgrade", "Downgrade", "Making two programs do with less security than both have, as by striking STARTTLS from the server’s offers.", rfc.Ref{Doc: 3207, Section: "6"}},
	{"dsn", "DSN", "Delivery status notification: a report that a program can read, too. With NOTIFY the sender chooses which ones it wants.", rfc.Ref{Doc: 3461, Section: "4"}},
	{"eavesdropper", "Eavesdropper", "Who reads what passes on the way, without taking part.", rfc.Ref{Doc: 8446, Section: "1"}},
	{"envelope", "Envelope", "What MAIL and RCPT say: the sender and the recipients that the servers go by. It is not part of the message.", rfc.Ref{Doc: 5598, Section: "4.1.1"}},
	{"extension", "Extension", "Something that a server offers beyond the basic protocol, by a keyword in its answer to EHLO.", rfc.Ref{Doc: 5321, Section: "2.2"}},
	{"forward-path", "Forward-path", "The address of one recipient, as RCPT gives it.", rfc.Ref{Doc: 5321, Section: "3.3"}},
	{"greeting", "Greeting", "The first line of a session, said by the server: 220 and its name.", rfc.Ref{Doc: 5321, Section: "3.1"}},
	{"header", "Header", "The lines at the beginning of a message, each a field with a name and a value, up to the first blank line. It is for the reader.", rfc.Ref{Doc: 5322, Section: "2.2"}},
	{"implicit-tls", "Implicit TLS", "TLS from the first octet, on a port of its own: 465 for SMTP, 995 for POP3.", rfc.Ref{Doc: 8314, Section: "3"}},
	{"internationalized-address", "Internationalized address", "An address with letters beyond ASCII. Who uses one says SMTPUTF8.", rfc.Ref{Doc: 6531, Section: "3.3"}},
	{"local-part", "Local part", "The part of an address before the @. Only the server of the domain knows what it means.", rfc.Ref{Doc: 5321, Section: "2.3.11"}},
	{"mailbox", "Mailbox", "Where mail for one address is put, and also that address itself.", rfc.Ref{Doc: 5321, Section: "2.3.11"}},
	{"maildrop", "Maildrop", "POP3’s word for the mailbox that a session has open.", rfc.Ref{Doc: 1939, Section: "3"}},
	{"mailing-list", "Mailing list", "A name that stands for many mailboxes. Reports of failure go to whoever runs the list, not to the author.", rfc.Ref{Doc: 5321, Section: "3.9.2"}},
	{"mda", "MDA", "Mail delivery agent: the part of a mail server that puts a message in a mailbox.", rfc.Ref{Doc: 5598, Section: "4.3.3"}},
	{"mechanism", "Mechanism", "A way to prove who one is, such as PLAIN or SCRAM-SHA-256.", rfc.Ref{Doc: 4422, Section: "3"}},
	{"message", "Message", "Header and body together: what DATA brings.", rfc.Ref{Doc: 5322, Section: "2.1"}},
	{"ms", "MS", "Message store: where delivered mail is kept until its reader wants it. POP3 and IMAP are the ways into it.", rfc.Ref{Doc: 5598, Section: "4.2.2"}},
	{"msa", "MSA", "Mail submission agent: the part of a mail server that takes mail from its own users’ programs.", rfc.Ref{Doc: 5598, Section: "4.3.1"}},
	{"mta", "MTA", "Mail transfer agent: a mail server that takes a mail and passes it on, nearer to its recipient.", rfc.Ref{Doc: 5598, Section: "4.3.2"}},
	{"mua", "MUA", "Mail user agent: the program that people write and read mail with. Each PC of the lab runs one.", rfc.Ref{Doc: 5598, Section: "4.2.1"}},
	{"nonce", "Nonce", "Characters that were never used before. With one in it, an old exchange cannot be played back.", rfc.Ref{Doc: 5802, Section: "5.1"}},
	{"pipelining", "Pipelining", "Sending several commands without waiting for each answer, where the server offers it.", rfc.Ref{Doc: 2920}},
	{"port", "Port", "A number that leads to one program on a host: 25, 587 and 465 to SMTP, 110 and 995 to POP3.", rfc.Ref{Doc: 9293, Section: "4"}},
	{"relay", "Relay", "A server that passes mail on to another server. One that does so for anybody is an open relay.", rfc.Ref{Doc: 5321, Section: "2.3.10"}},
	{"reply", "Reply", "The server’s answer to a command: a code of three digits and a text, in one line or several.", rfc.Ref{Doc: 5321, Section: "4.2"}},
	{"response-code", "Response code", "In POP3, a word in brackets behind -ERR that tells programs the reason: [AUTH], [IN-USE], [UTF8].", rfc.Ref{Doc: 2449, Section: "8"}},
	{"reverse-path", "Reverse-path", "The sender’s address, as MAIL gives it: where a bounce goes. Empty, written <>, in bounces themselves.", rfc.Ref{Doc: 5321, Section: "3.3"}},
	{"salt", "Salt", "Octets that are hashed together with a password, so that the same password looks different for everybody.", rfc.Ref{Doc: 5802, Section: "2.1"}},
	{"sasl", "SASL", "The framework to which the mechanisms of AUTH belong: Simple Authentication and Security Layer.", rfc.Ref{Doc: 4422}},
	{"server", "Server", "The program that waits for clients and takes their mail. In SMTP it gives the replies.", rfc.Ref{Doc: 5321, Section: "2.3.2"}},
	{"session", "Session", "All that is said over one connection, from the greeting to QUIT. It may carry no mail, one, or many.", rfc.Ref{Doc: 5321, Section: "3"}},
	{"submission", "Submission", "Handing a mail in at the server of one’s own, with a login. It has ports of its own, 587 and 465.", rfc.Ref{Doc: 6409, Section: "3.1"}},
	{"tls", "TLS", "Transport Layer Security: it encrypts a connection, protects it from being altered, and shows the client which server it has reached.", rfc.Ref{Doc: 8446, Section: "1"}},
	{"tls-handshake", "TLS handshake", "The messages by which two programs agree on keys and the server proves who it is, before anything else is said.", rfc.Ref{Doc: 8446, Section: "2"}},
	{"trace-field", "Trace field", "A header field that servers add on the way: Received and Return-Path.", rfc.Ref{Doc: 5321, Section: "4.4"}},
	{"mail-transaction", "Transaction", "One mail from MAIL to the end of DATA. POP3 uses the same word for the state in which mail is read.", rfc.Ref{Doc: 5321, Section: "3.3"}},
	{"xtext", "xtext", "How a parameter writes characters that may not stand in it: a plus sign and two hexadecimal digits.", rfc.Ref{Doc: 3461, Section: "4"}},
}

// keyword is something that the lab's server offers in its answer to EHLO.
type keyword struct {
	word  string
	offer string
	ref   rfc.Ref
}

var theoryKeywords = []keyword{
	{"PIPELINING", "The client may send several commands before it reads the answers.", rfc.Ref{Doc: 2920}},
	{"SIZE", "The client may say how large a message is before it sends it. The number is the most that the server takes, in octets.", rfc.Ref{Doc: 1870}},
	{"8BITMIME", "The message may contain octets above 127, so that text in UTF-8 needs no disguise.", rfc.Ref{Doc: 6152}},
	{"ENHANCEDSTATUSCODES", "Replies carry a second, finer code.", rfc.Ref{Doc: 2034}},
	{"SMTPUTF8", "Addresses and header fields may be in any script, in UTF-8.", rfc.Ref{Doc: 6531}},
	{"DSN", "The sender may say which reports about the delivery it wants.", rfc.Ref{Doc: 3461}},
	{"CHUNKING", "The message may be sent in counted pieces, by BDAT instead of DATA.", rfc.Ref{Doc: 3030, Section: "2"}},
	{"BINARYMIME", "What BDAT sends may be any octets, without lines.", rfc.Ref{Doc: 3030, Section: "3"}},
	{"LIMITS", "How much the server takes at a time: RCPTMAX recipients of a mail, MAILMAX mails in a conversation.", rfc.Ref{Doc: 9422}},
	{"STARTTLS", "The conversation may go on encrypted. Once it is, this line is gone.", rfc.Ref{Doc: 3207}},
	{"AUTH", "The client may log in, by one of the mechanisms listed behind the word. Under TLS there are more.", rfc.Ref{Doc: 4954}},
	{"EXPN", "The command EXPN, which a server need not have.", rfc.Ref{Doc: 5321, Section: "4.1.1.7"}},
	{"HELP", "The command HELP, likewise.", rfc.Ref{Doc: 5321, Section: "4.1.1.8"}},
}

// verb is a command that the lab's server knows.
type verb struct {
	form    string // how it is written: "RCPT TO:<address>"
	meaning string
	good    string // the reply when all is well
	ref     rfc.Ref
}

var smtpVerbs = []verb{
	{"EHLO name", "Hello, I am the host of this name. What can you do?", "250", rfc.Ref{Doc: 5321, Section: "4.1.1.1"}},
	{"HELO name", "Hello, the old way, without extensions.", "250", rfc.Ref{Doc: 5321, Section: "4.1.1.1"}},
	{"STARTTLS", "Let us go on encrypted.", "220, then TLS", rfc.Ref{Doc: 3207, Section: "4"}},
	{"AUTH mechanism", "I can prove who I am, in this way.", "334 for each challenge, then 235", rfc.Ref{Doc: 4954, Section: "4"}},
	{"MAIL FROM:<address>", "I have a mail. Report failure to this address.", "250", rfc.Ref{Doc: 5321, Section: "4.1.1.2"}},
	{"RCPT TO:<address>", "It is for this address. Said once for each recipient.", "250", rfc.Ref{Doc: 5321, Section: "4.1.1.3"}},
	{"DATA", "Here comes the message.", "354, then 250", rfc.Ref{Doc: 5321, Section: "4.1.1.4"}},
	{"BDAT octets", "Here comes a piece of the message, of so many octets. With LAST behind the number it is the last.", "250", rfc.Ref{Doc: 3030, Section: "2"}},
	{"RSET", "Forget this transaction.", "250", rfc.Ref{Doc: 5321, Section: "4.1.1.5"}},
	{"VRFY name", "Is there such a mailbox? Ours tells; most servers on the Internet answer 252 and do not.", "250", rfc.Ref{Doc: 5321, Section: "4.1.1.6"}},
	{"EXPN list", "Who is on this mailing list, or behind this alias? In the lab the server’s settings make them.", "250", rfc.Ref{Doc: 5321, Section: "4.1.1.7"}},
	{"HELP", "Which commands do you know?", "214", rfc.Ref{Doc: 5321, Section: "4.1.1.8"}},
	{"NOOP", "Are you still there?", "250", rfc.Ref{Doc: 5321, Section: "4.1.1.9"}},
	{"QUIT", "Goodbye.", "221", rfc.Ref{Doc: 5321, Section: "4.1.1.10"}},
}

var popVerbs = []verb{
	{"CAPA", "What can you do?", "+OK and a list", rfc.Ref{Doc: 2449, Section: "5"}},
	{"STLS", "Let us go on encrypted.", "+OK, then TLS", rfc.Ref{Doc: 2595, Section: "4"}},
	{"UTF8", "I can read headers in any script.", "+OK", rfc.Ref{Doc: 6856, Section: "2.1"}},
	{"AUTH mechanism", "I can prove who I am, in this way.", "+ for each challenge, then +OK", rfc.Ref{Doc: 5034, Section: "4"}},
	{"USER name", "I want to open this mailbox.", "+OK", rfc.Ref{Doc: 1939, Section: "7"}},
	{"PASS password", "Here is the password.", "+OK", rfc.Ref{Doc: 1939, Section: "7"}},
	{"STAT", "How many messages, and how many octets?", "+OK 2 640", rfc.Ref{Doc: 1939, Section: "5"}},
	{"LIST", "How large is each?", "+OK and a list", rfc.Ref{Doc: 1939, Section: "5"}},
	{"UIDL", "What is each one’s lasting name?", "+OK and a list", rfc.Ref{Doc: 1939, Section: "7"}},
	{"RETR number", "Give me this message.", "+OK and the message", rfc.Ref{Doc: 1939, Section: "5"}},
	{"TOP number lines", "Give me its header and so many lines of its body.", "+OK and the lines", rfc.Ref{Doc: 1939, Section: "7"}},
	{"DELE number", "Mark it for deletion.", "+OK", rfc.Ref{Doc: 1939, Section: "5"}},
	{"RSET", "Take all marks back.", "+OK", rfc.Ref{Doc: 1939, Section: "5"}},
	{"NOOP", "Are you still there?", "+OK", rfc.Ref{Doc: 1939, Section: "5"}},
	{"QUIT", "Delete what is marked, and goodbye.", "+OK", rfc.Ref{Doc: 1939, Section: "6"}},
}

// replyCode is an SMTP reply code: RFC 5321 §4.2.3, and RFC 5321 §4.3.2 for where it may be said.
type replyCode struct {
	code    string
	meaning string
	next    string // what the client, or its user, does then
}

var replyCodes = []replyCode{
	{"214", "Help follows.", "Reads it."},
	{"220", "Service ready: the greeting. After STARTTLS: begin TLS now.", "Says EHLO. After STARTTLS, begins the handshake."},
	{"221", "Goodbye: the answer to QUIT.", "Closes the connection."},
	{"235", "The login succeeded.", "Goes on, as somebody the server knows."},
	{"250", "Done. After the end of DATA: the message is accepted.", "Goes on. After DATA, forgets its copy."},
	{"251", "The user has moved, and the server will forward the mail.", "Goes on."},
	{"252", "I will not say whether there is such a mailbox, but would take mail for it and try.", "Tries RCPT if it has a mail."},
	{"334", "A challenge of AUTH, in base64.", "Answers it, in base64, or gives up with *."},
	{"354", "Send the message; end it with a dot on a line of its own.", "Sends the message."},
	{"421", "The server has to close the connection.", "Connects again later."},
	{"450", "The mailbox cannot take mail just now.", "Tries again later."},
	{"451", "Something went wrong in the server.", "Tries again later."},
	{"452", "No room just now, or too many recipients at once.", "Tries again later, or sends the rest in another transaction."},
	{"454", "TLS, or the check of passwords, is not available just now.", "Tries again later, or goes on without."},
	{"455", "The server cannot honour these parameters just now.", "Tries again later."},
	{"500", "Unknown command, or the line is too long.", "Is faulty, or must do without that command."},
	{"501", "The command is right, what follows it is not: an address with a mistake, for instance.", "Has the person correct the address."},
	{"502", "A command of the standard that this server does not perform.", "Does without it."},
	{"503", "The wrong moment for this command.", "Is faulty: it has lost its place."},
	{"504", "This parameter is not performed here.", "Does without it."},
	{"530", "Log in first, or begin TLS first: the text says which.", "Does so, or has the person set it up."},
	{"534", "This way to log in is too weak for this account.", "Takes a stronger one."},
	{"535", "The name or the password is wrong.", "Asks the person for the password again."},
	{"538", "This way to log in is for encrypted conversations only.", "Says STARTTLS first."},
	{"550", "No such mailbox, or refused by policy.", "Tells the sender."},
	{"551", "The user is not here; the text says where to try.", "Tells the sender."},
	{"552", "Too large, or the mailbox is full.", "Tells the sender, who makes it smaller."},
	{"553", "A mailbox name that is not allowed.", "Tells the sender."},
	{"554", "The transaction failed. As a greeting: no mail service here.", "Tells the sender."},
	{"555", "A parameter of MAIL or RCPT that the server does not know.", "Is faulty: it used what was not offered."},
}

// mechanism is a way to log in that the lab's server has.
type mechanism struct {
	name    string
	sends   string // what the client sends
	betrays string // what an eavesdropper gets where there is no TLS
	keeps   string // what the server must keep
	proves  string // whether the server proves that it knows the account
	ref     rfc.Ref
}

// theoryMechanisms are those of package sasl, the strongest last.
var theoryMechanisms = []mechanism{
	{"LOGIN", "the name and then the password, each when it is asked for", "the password", "anything by which a password can be checked", "no", rfc.Ref{Doc: 4954, Section: "4"}},
	{"PLAIN", "the name and the password, at once", "the password", "anything by which a password can be checked", "no", rfc.Ref{Doc: 4616, Section: "2"}},
	{"CRAM-MD5", "the name, and the challenge signed with the password", "something to try out guesses on, fast", "the password itself", "no", rfc.Ref{Doc: 2195, Section: "2"}},
	{"SCRAM-SHA-256", "the name, and a proof made of password, salt and both nonces", "something to try out guesses on, slowly", "keys made of the password, which do not log anybody in", "yes", rfc.Ref{Doc: 7677, Section: "3"}},
}
