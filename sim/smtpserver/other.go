package smtpserver

import "smtplab/sim/smtp"

// rset answers RSET, RFC 5321 §4.1.1.5: it gives up the open transaction, if there is one.
func (s *Session) rset(arg []byte) *smtp.Reply {
	if len(arg) > 0 {
		return noArgument
	}
	s.reset()
	return resetOK
}

// noop answers NOOP, RFC 5321 §4.1.1.9. It may have an argument, which means nothing.
func (s *Session) noop(arg []byte) *smtp.Reply {
	if !printable(arg) {
		return notPrintable
	}
	return noopOK
}

// quit answers QUIT, RFC 5321 §4.1.1.10. An open transaction is given up.
func (s *Session) quit(arg []byte) *smtp.Reply {
	if len(arg) > 0 {
		return noArgument
	}
	return goodbye
}

// help answers HELP, RFC 5321 §4.1.1.8: which commands there are, or how one of them is written.
func (s *Session) help(arg []byte) *smtp.Reply {
	if !printable(arg) {
		return notPrintable
	}
	topic, _ := smtp.ParseCommand(arg)
	if r, ok := helpOn[topic]; ok {
		return r
	}
	return noHelp
}

// helpOn has the reply to HELP for each command, and to HELP alone.
var helpOn = map[string]*smtp.Reply{
	"": helps("These commands are known here:",
		"  EHLO HELO MAIL RCPT DATA QUIT",
		"  RSET NOOP VRFY EXPN HELP",
		"HELP and one of them says more. A mail takes EHLO, MAIL, RCPT, DATA in this order."),
	smtp.EHLO: helps("EHLO <your name>", "Introduces you and lists the extensions that are offered."),
	smtp.HELO: helps("HELO <your name>", "Introduces you, as EHLO does, without extensions."),
	smtp.MAIL: helps("MAIL FROM:<sender> [<parameters>]", "Begins a mail. MAIL FROM:<> is for reports that nobody may answer.",
		"Parameters belong to the extensions that EHLO lists."),
	smtp.RCPT: helps("RCPT TO:<recipient>", "Names a recipient of the mail; once for each of them."),
	smtp.DATA: helps("DATA", "Sends the mail. After 354: its header, an empty line, its text, and a line with only a dot."),
	smtp.RSET: helps("RSET", "Gives up the mail that was begun."),
	smtp.NOOP: helps("NOOP", "Does nothing. The answer shows that the connection lives."),
	smtp.QUIT: helps("QUIT", "Ends the conversation."),
	smtp.VRFY: helps("VRFY <name>", "Asks whether somebody has that name here."),
	smtp.EXPN: helps("EXPN <list>", "Asks who is on a mailing list."),
	smtp.HELP: helps("HELP [<command>]", "Lists the commands, or says how one is written."),
}

func helps(lines ...string) *smtp.Reply {
	return fixed(214, code(2, 0, 0), rfc5321("4.1.1.8"), lines...)
}
