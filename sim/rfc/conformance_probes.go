package rfc

import "strings"

// Probe is something that strangers say to an SMTP server, and what the server must make of it.
type Probe struct {
	Case    string
	After   int    // how many of ProbeSteps were said before
	Says    string // octets; QUIT follows
	Replies string // the codes of the replies to them: "250 503"
	Mails   int    // that were delivered in the end
	Ref     Ref
}

// ProbeSteps are a mail up to its first line.
var ProbeSteps = [...]string{"EHLO pc1.email.com", "MAIL FROM:<pc1@email.com>", "RCPT TO:<pc2@email.com>", "DATA"}

// Probes are cases in which servers are known to go wrong.
var Probes = append([]Probe{
	{"EHLO without a name", 0, "EHLO\r\n", "501", 0, Ref{5321, "4.1.4"}},
	{"HELO without a name", 0, "HELO\r\n", "501", 0, Ref{5321, "4.1.4"}},
	{"MAIL before EHLO", 0, "MAIL FROM:<pc1@email.com>\r\n", "503", 0, Ref{5321, "4.1.4"}},
	{"MAIL within MAIL", 2, "MAIL FROM:<pc3@email.com>\r\n", "503", 0, Ref{5321, "4.1.4"}},
	{"MAIL within MAIL, behind RCPT", 3, "MAIL FROM:<pc3@email.com>\r\n", "503", 0, Ref{5321, "4.1.4"}},
	{"a word before TO:", 2, "RCPT GARBAGETO:<pc2@email.com>\r\n", "501", 0, Ref{5321, "4.1.1.3"}},
	{"DATA without RCPT", 2, "DATA\r\n", "503", 0, Ref{5321, "4.1.4"}},
	{"the postmaster without a domain", 2, "RCPT TO:<Postmaster>\r\nDATA\r\nhelp\r\n.\r\n", "250 354 250", 1, Ref{5321, "4.5.1"}},
	{"the null reverse-path", 1, "MAIL FROM:<>\r\nRCPT TO:<pc2@email.com>\r\nDATA\r\na report\r\n.\r\n", "250 250 354 250", 1, Ref{5321, "4.5.5"}},
	{"a parameter that nobody knows", 1, "MAIL FROM:<pc1@email.com> FROB=1\r\n", "555", 0, Ref{5321, "4.1.1.11"}},
	{"a size beyond the limit", 1, "MAIL FROM:<pc1@email.com> SIZE=999999999999\r\n", "552", 0, Ref{1870, "6.1"}},
	{"a command of 5,000 octets", 0, "NOOP " + strings.Repeat("x", 4993) + "\r\nNOOP\r\n", "500 250", 0, Ref{5321, "4.5.3.1.9"}},
	{"a command of 5,000 octets that holds others", 0, strings.Repeat("QUIT ", 999) + "\nQUIT\r\nNOOP\r\n", "500 250", 0, Ref{5321, "4.5.3.1.9"}},
	{"an empty message", 4, ".\r\n", "250", 1, Ref{5321, "4.1.1.4"}},
	{"a message that is none", 4, ": no name\r\n\x01\xff no field\r\n Content-Type: multipart/mixed\r\n--\r\n.\r\n", "250", 1, Ref{5321, "3.3"}},
	{"two mails and QUIT in one piece", 4, "one\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<pc3@email.com>\r\nDATA\r\ntwo\r\n.\r\n", "250 250 250 354 250", 2, Ref{2920, "3.1"}},
	{"a foreign recipient", 2, "RCPT TO:<somebody@example.org>\r\n", "550", 0, Ref{5321, "7.9"}},
	{"a foreign recipient by a percent sign", 2, "RCPT TO:<somebody%example.org@email.com>\r\n", "550", 0, Ref{5321, "7.9"}},
	{"a foreign recipient by an exclamation mark", 2, "RCPT TO:<example.org!somebody@email.com>\r\n", "550", 0, Ref{5321, "7.9"}},
	{"a foreign recipient by a source route", 2, "RCPT TO:<@email.com:somebody@example.org>\r\n", "550", 0, Ref{5321, "7.9"}},
	{"a foreign recipient in quotation marks", 2, "RCPT TO:<\"somebody@example.org\"@email.com>\r\n", "550", 0, Ref{5321, "7.9"}},
}, smuggling()...)

// smuggling are messages with something that some servers take for the end: what follows is then a second mail, of which
// no sender knows. One server that is wrong about the end is enough for two that disagree.
func smuggling() (probes []Probe) {
	for _, end := range []struct{ octets, reply string }{
		{"\n.\n", "554"}, {"\n.\r\n", "554"}, {"\r.\r", "554"}, {"\r.\r\n", "554"}, {"\r.\n", "554"}, {"\n.\r", "554"},
		{"\r\n.\n", "554"}, {"\r\n.\r", "554"}, {"\r\n\x00.\r\n", "554"}, {"\r\n.\x00\r\n", "554"}, {"\r\n.\r\r\n", "554"}, {"\n\n.\r\n", "554"},
		{"\r\n .\r\n", "250"}, {"\r\n. \r\n", "250"}, {"\v.\v", "250"}, {"\f.\f", "250"}, {"\u0085.\u0085", "250"}, {"\u2028.\u2028", "250"}, {"\r\n..\r\n", "250"},
	} {
		p := Probe{"an end that is none", 4, "one" + end.octets + "MAIL FROM:<>\r\nRCPT TO:<pc3@email.com>\r\nDATA\r\ntwo\r\n.\r\n", end.reply, 0, Ref{5321, "4.1.1.4"}}
		if end.reply == "250" {
			p.Mails = 1
		}
		probes = append(probes, p)
	}
	return probes
}
