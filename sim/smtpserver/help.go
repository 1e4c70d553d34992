package smtpserver

import (
	"strings"

	"smtplab/sim/smtp"
)

// help answers HELP, RFC 5321 §4.1.1.8: which commands there are, or how one of them is written.
func (s *Session) help(arg []byte) *smtp.Reply {
	if !printable(arg) {
		return notPrintable
	}
	topic, _ := smtp.ParseCommand(arg)
	r, ok := helpOn[topic]
	switch {
	case topic == "" && len(arg) == 0:
		return s.answer(214, code(2, 0, 0), rfc5321("4.1.1.8"), "These commands are known here:",
			"  EHLO HELO MAIL RCPT DATA QUIT", "  "+strings.Join(s.otherCommands(), " "),
			"HELP and one of them says more. A mail takes EHLO, MAIL, RCPT, DATA in this order.")
	case !ok || !s.knows(topic):
		return noHelp
	}
	return r
}

// otherCommands are those that no mail needs, as far as they are offered.
func (s *Session) otherCommands() (verbs []string) {
	for _, verb := range []string{smtp.RSET, smtp.NOOP, smtp.VRFY, smtp.EXPN, smtp.HELP, smtp.BDAT, smtp.STARTTLS, smtp.AUTH} {
		if s.knows(verb) {
			verbs = append(verbs, verb)
		}
	}
	return verbs
}

// knows reports whether a command that there is help on is offered.
func (s *Session) knows(verb string) bool {
	switch verb {
	case smtp.EXPN:
		return s.cfg.Lookup != Off
	case smtp.BDAT:
		return s.cfg.offers(smtp.WithChunking)
	case smtp.STARTTLS:
		return s.cfg.startsTLS() && !s.secured()
	case smtp.AUTH:
		return s.accounts() != nil
	}
	return true
}

// helpOn has the reply to HELP for each command.
var helpOn = map[string]*smtp.Reply{
	smtp.EHLO: helps("EHLO <your name>", "Introduces you and lists the extensions that are offered."),
	smtp.HELO: helps("HELO <your name>", "Introduces you, as EHLO does, without extensions."),
	smtp.MAIL: helps("MAIL FROM:<sender> [<parameters>]", "Begins a mail. MAIL FROM:<> is for reports that nobody may answer.",
		"Parameters belong to the extensions that EHLO lists."),
	smtp.RCPT: helps("RCPT TO:<recipient> [<parameters>]", "Names a recipient of the mail; once for each of them."),
	smtp.DATA: helps("DATA", "Sends the mail. After 354: its header, an empty line, its text, and a line with only a dot."),
	smtp.BDAT: helps("BDAT <size> [LAST]", "Sends a part of the mail, instead of DATA: as many octets as you say, right behind this line.",
		"LAST says that it is the last one."),
	smtp.RSET:     helps("RSET", "Gives up the mail that was begun."),
	smtp.NOOP:     helps("NOOP", "Does nothing. The answer shows that the connection lives."),
	smtp.QUIT:     helps("QUIT", "Ends the conversation."),
	smtp.VRFY:     helps("VRFY <name>", "Asks whether somebody has that name here."),
	smtp.EXPN:     helps("EXPN <list>", "Asks who is on a mailing list."),
	smtp.HELP:     helps("HELP [<command>]", "Lists the commands, or says how one is written."),
	smtp.STARTTLS: helps("STARTTLS", "Begins TLS. After 220 come the handshake, and EHLO once more."),
	smtp.AUTH: helps("AUTH <mechanism> [<response>]", "Proves who you are. After 334 comes a response in base64, or * to give up.",
		"EHLO lists the mechanisms."),
}

func helps(lines ...string) *smtp.Reply {
	return fixed(214, code(2, 0, 0), rfc5321("4.1.1.8"), lines...)
}
