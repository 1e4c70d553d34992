package smtp

import "slices"

// Answer is a reply that the standards have for a command, in words that a server might choose.
type Answer struct {
	Code  int
	Named bool // the server's name comes first in its text: RFC 5321 §4.2
	Text  string
}

// Answers are the replies that the standards have for a command of that verb, the usual ones first: RFC 5321 §4.3.2, and
// for what they add RFC 3030, RFC 3207 and RFC 4954. "" stands for the opening of the connection, EOD for the end of the
// data. A verb of none of them is unknown. Those that may follow every command, of which Legal knows, are not repeated.
func Answers(verb string) []Answer {
	if list, ok := answers[verb]; ok {
		return list
	}
	return answers[AnyVerb]
}

// Legal reports whether the standards have a reply with that code for a command of that verb. Every command may be
// answered with 500, since the line was too long, with 501, and with 421: RFC 5321 §4.3.2.
func Legal(verb string, code int) bool {
	if code == 421 || verb != "" && verb != EOD && (code == 500 || code == 501) {
		return true
	}
	return slices.ContainsFunc(Answers(verb), func(a Answer) bool { return a.Code == code })
}

var answers = map[string][]Answer{
	"": {
		{220, true, "ESMTP service ready"},
		{554, false, "No SMTP service here"},
	},
	EHLO: {
		{250, true, "greets you"},
		{550, false, "You are not welcome here"},
		{502, false, "Command not implemented"},
		{504, false, "Command parameter not implemented"},
	},
	HELO: {
		{250, true, "greets you"},
		{550, false, "You are not welcome here"},
		{502, false, "Command not implemented"},
		{504, false, "Command parameter not implemented"},
	},
	MAIL: {
		{250, false, "Sender OK"},
		{550, false, "Sender refused"},
		{451, false, "Local error, try again later"},
		{452, false, "Not enough storage, try again later"},
		{455, false, "Parameters cannot be served now"},
		{503, false, "Bad sequence of commands"},
		{530, false, "Authentication required"},
		{552, false, "That is more than this server stores"},
		{553, false, "Sender's address not allowed"},
		{555, false, "Unknown parameter of MAIL"},
	},
	RCPT: {
		{250, false, "Recipient OK"},
		{550, false, "No such mailbox here"},
		{450, false, "Mailbox is busy, try again later"},
		{251, false, "User not local; will forward to <somebody@example.org>"},
		{451, false, "Local error, try again later"},
		{452, false, "Too many recipients"},
		{455, false, "Parameters cannot be served now"},
		{503, false, "Bad sequence of commands"},
		{530, false, "Authentication required"},
		{551, false, "User not local; please try <somebody@example.org>"},
		{552, false, "The mailbox is full"},
		{553, false, "Mailbox name not allowed"},
		{555, false, "Unknown parameter of RCPT"},
	},
	DATA: { // refusals for reasons of policy, which §4.3.2 has behind DATA, come here or at the end of the data
		{354, false, "Start mail input; end with <CRLF>.<CRLF>"},
		{554, false, "No valid recipients"},
		{503, false, "Bad sequence of commands"},
		{450, false, "Not now, try again later"},
		{451, false, "Local error, try again later"},
		{530, false, "Authentication required"},
		{550, false, "Refused by policy"},
	},
	EOD: {
		{250, false, "OK, accepted"},
		{554, false, "Transaction failed"},
		{451, false, "Local error, try again later"},
		{450, false, "Not now, try again later"},
		{452, false, "Not enough storage, try again later"},
		{550, false, "Refused by policy"},
		{552, false, "The message is too big"},
	},
	BDAT: { // RFC 3030 §2
		{250, false, "Chunk received"},
		{503, false, "Bad sequence of commands"},
		{554, false, "Transaction failed"},
		{451, false, "Local error, try again later"},
		{452, false, "Not enough storage, try again later"},
		{502, false, "Command not implemented"},
		{530, false, "Authentication required"},
		{552, false, "The message is too big"},
	},
	RSET: {{250, false, "Reset OK"}},
	NOOP: {{250, false, "OK"}},
	QUIT: {{221, true, "closing the connection"}},
	VRFY: {
		{252, false, "Cannot verify, but will take mail for this user"},
		{250, false, "PC-2 <pc2@email.com>"},
		{550, false, "No such user here"},
		{251, false, "User not local; will forward to <somebody@example.org>"},
		{451, false, "Local error, try again later"},
		{502, false, "Command not implemented"},
		{504, false, "Command parameter not implemented"},
		{530, false, "Authentication required"},
		{551, false, "User not local; please try <somebody@example.org>"},
		{553, false, "User name is ambiguous"},
	},
	EXPN: {
		{252, false, "Cannot expand, but will take mail for this list"},
		{250, false, "<pc2@email.com>"},
		{550, false, "No such list here"},
		{451, false, "Local error, try again later"},
		{502, false, "Command not implemented"},
		{504, false, "Command parameter not implemented"},
		{530, false, "Authentication required"},
		{553, false, "List name is ambiguous"},
	},
	HELP: {
		{214, false, "Commands: EHLO MAIL RCPT DATA RSET NOOP QUIT"},
		{502, false, "Command not implemented"},
		{211, false, "All is well"},
		{504, false, "Command parameter not implemented"},
	},
	STARTTLS: { // RFC 3207 §4
		{454, false, "TLS not available for the moment"},
		{502, false, "Command not implemented"},
		{220, false, "Ready to start TLS"},
		{503, false, "Bad sequence of commands"},
	},
	AUTH: { // RFC 4954 §4 and §6
		{504, false, "Mechanism not implemented"},
		{235, false, "Authentication succeeded"},
		{535, false, "Name or password is wrong"},
		{334, false, ""},
		{432, false, "A password transition is needed"},
		{454, false, "Temporary authentication failure"},
		{502, false, "Command not implemented"},
		{503, false, "Bad sequence of commands"},
		{530, false, "Begin TLS first"},
		{534, false, "The mechanism is too weak"},
		{538, false, "The mechanism needs encryption"},
	},
	ETRN: { // RFC 1985 §5
		{250, false, "OK, queuing started"},
		{251, false, "OK, no messages waiting"},
		{252, false, "OK, pending messages started"},
		{253, false, "OK, messages started"},
		{458, false, "Unable to queue messages"},
		{459, false, "Node not allowed"},
		{502, false, "Command not implemented"},
	},
	AnyVerb: {
		{500, false, "Command not recognized"},
		{502, false, "Command not implemented"},
	},
}
