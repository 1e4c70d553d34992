package smtpserver

import (
	"errors"
	"fmt"

	"smtplab/sim/rfc"
	"smtplab/sim/smtp"
)

// The replies whose words do not depend on the occasion. Where RFC 5321 §4.2 wants the server's name in front,
// in 220, 221, 421 and the reply to EHLO, say puts it there.
var (
	greeting      = fixed(220, none, rfc5321("3.1"), "ESMTP service ready")
	goodbye       = fixed(221, code(2, 0, 0), rfc5321("4.1.1.10"), "Goodbye, closing the connection")
	senderOK      = fixed(250, code(2, 1, 0), rfc5321("4.1.1.2"), "Sender accepted")
	recipientOK   = fixed(250, code(2, 1, 5), rfc5321("4.1.1.3"), "Recipient accepted")
	resetOK       = fixed(250, code(2, 0, 0), rfc5321("4.1.1.5"), "Reset, no mail transaction is open")
	noopOK        = fixed(250, code(2, 0, 0), rfc5321("4.1.1.9"), "OK, nothing to do")
	cannotSay     = fixed(252, code(2, 0, 0), rfc5321("3.5.3"), "That is not looked up here; send a mail and see")
	authenticated = fixed(235, code(2, 7, 0), rfc4954("6"), "You have proved who you are")
	beginTLS      = fixed(220, code(2, 0, 0), rfc3207("4"), "Ready, begin the TLS handshake")
	sendMessage   = fixed(354, none, rfc5321("4.1.1.4"), "Send the message; a line with only a dot ends it")

	notHTTP         = fixed(421, code(4, 7, 0), rfc5321("4.2.4"), "Closing the connection: this is SMTP, not HTTP")
	notTLS          = fixed(421, code(4, 7, 0), rfc5321("4.2.4"), "Closing the connection: a conversation here does not begin with TLS")
	expired         = fixed(421, code(4, 4, 2), rfc5321("4.5.3.2.7"), "Closing the connection: nothing came for too long")
	shutdown        = fixed(421, code(4, 3, 2), rfc5321("3.8"), "Closing the connection: the server is going down")
	endless         = fixed(421, code(4, 5, 0), rfc5321("4.5.3.1.4"), "Closing the connection: a command line does not end")
	broken          = fixed(421, code(4, 3, 0), rfc5321("3.8"), "Closing the connection: the server made a mistake of its own")
	countless       = fixed(421, code(4, 5, 4), rfc3030("2"), "Closing the connection: nobody can count to the size of that chunk")
	unheard         = fixed(421, code(4, 7, 0), rfc5321("3.8"), "Closing the connection: you do not read what you are told")
	tooManyFailures = fixed(421, code(4, 7, 0), rfc4954("6"), "Closing the connection: the password was wrong too often")
	tooManyErrors   = fixed(421, code(4, 7, 0), rfc5321("4.2.4"), "Closing the connection: too many commands were wrong")
	hostFault       = fixed(451, code(4, 3, 0), rfc5321("4.2.2"), "The server has a problem of its own; try again later")

	tooManyMails   = fixed(452, code(4, 5, 3), rfc.Ref{Doc: 9422}, "No more mails in this conversation; begin another one")
	tlsUnavailable = fixed(454, code(4, 7, 0), rfc3207("4"), "TLS is not available for the moment")

	unknownCommand   = fixed(500, code(5, 5, 2), rfc5321("4.2.4"), "Unknown command; HELP lists the known ones")
	lineTooLong      = fixed(500, code(5, 5, 2), rfc5321("4.5.3.1.4"), "Line too long for a command")
	bareNewline      = fixed(500, code(5, 5, 2), rfc5321("2.3.8"), "CR and LF may stand in a command line only together, as its end")
	notPrintable     = fixed(501, code(5, 5, 2), rfc5321("4.1.2"), "Only printable ASCII characters may stand in a command")
	responseTooLong  = fixed(500, code(5, 5, 6), rfc4954("4"), "The response is longer than any mechanism needs")
	notBase64        = fixed(501, code(5, 5, 2), rfc4954("4"), "The response is not in base64")
	wrongMechanics   = fixed(501, code(5, 7, 0), rfc4954("4"), "The response is not what the mechanism asks for")
	authCancelled    = fixed(501, code(5, 7, 0), rfc4954("4"), "As you wish: the exchange is given up")
	mechanismMissing = fixed(501, code(5, 5, 4), rfc4954("4"), "The mechanism is missing, as in AUTH PLAIN")
	badRet           = fixed(501, code(5, 5, 4), rfc3461("4.3"), "RET must be FULL or HDRS")
	badEnvID         = fixed(501, code(5, 5, 4), rfc3461("4.4"), "ENVID must be xtext of printable characters, at most 100 with its name")
	badNotify        = fixed(501, code(5, 5, 4), rfc3461("4.1"), "NOTIFY must be NEVER, or any of SUCCESS, FAILURE and DELAY with commas")
	badORcpt         = fixed(501, code(5, 5, 4), rfc3461("4.2"), "ORCPT must be a type, a semicolon and xtext, as in ORCPT=rfc822;pc2@email.com")
	badSubmitter     = fixed(501, code(5, 5, 4), rfc4954("5"), "AUTH must be <> or an address in xtext")
	utf8Value        = fixed(501, code(5, 5, 4), rfc6531("3.4"), "SMTPUTF8 has no value")
	noArgument       = fixed(501, code(5, 5, 4), rfc5321("4.1.1"), "This command takes no argument")
	nameMissing      = fixed(501, none, rfc5321("4.1.1.1"), "Your name is missing, as in EHLO pc1.email.com")
	stringMissing    = fixed(501, code(5, 5, 4), rfc5321("4.1.1.6"), "The name to look up is missing")
	badSize          = fixed(501, code(5, 5, 4), rfc.Ref{Doc: 1870, Section: "4"}, "SIZE needs a number of at most 20 digits, as in SIZE=1024")
	badBody          = fixed(501, code(5, 5, 4), rfc.Ref{Doc: 6152, Section: "2"}, "BODY must be 7BIT, 8BITMIME or BINARYMIME, as far as EHLO lists them")
	notImplemented   = fixed(502, code(5, 5, 1), rfc5321("4.2.4"), "That command is known, but not implemented here")
	ehloFirst        = fixed(503, code(5, 5, 1), rfc5321("4.1.4"), "Out of order: EHLO or HELO comes first")
	mailFirst        = fixed(503, code(5, 5, 1), rfc5321("4.1.4"), "Out of order: MAIL comes first")
	rcptFirst        = fixed(503, code(5, 5, 1), rfc5321("4.1.4"), "Out of order: RCPT comes first")
	mailGiven        = fixed(503, code(5, 5, 1), rfc5321("4.1.4"), "Out of order: MAIL was given already; RSET takes it back")
	chunksBegun      = fixed(503, code(5, 5, 1), rfc3030("2"), "Out of order: the message has begun with BDAT; RSET takes it back")
	binaryInChunks   = fixed(503, code(5, 5, 1), rfc3030("3"), "Out of order: a binary message comes with BDAT")
	authDone         = fixed(503, code(5, 5, 1), rfc4954("4"), "Out of order: you have proved already who you are")
	authInMail       = fixed(503, code(5, 5, 1), rfc4954("4"), "Out of order: AUTH comes before MAIL")
	tlsAlready       = fixed(503, code(5, 5, 1), rfc3207("4.2"), "Out of order: this is TLS already")
	noHelp           = fixed(504, code(5, 5, 4), rfc5321("4.1.1.8"), "There is no help on that; HELP alone lists the commands")
	unknownMechanism = fixed(504, code(5, 5, 4), rfc4954("4"), "That mechanism is not offered here; EHLO lists those that are")
	tlsFirst         = fixed(530, code(5, 7, 0), rfc3207("4"), "STARTTLS must come first")
	authFirst        = fixed(530, code(5, 7, 0), rfc4954("6"), "AUTH must come first")
	wrongCredentials = fixed(535, code(5, 7, 8), rfc4954("6"), "The name or the password is wrong")
	needsTLS         = fixed(538, code(5, 7, 11), rfc4954("6"), "That mechanism is offered under TLS only")
	needsUTF8        = fixed(553, code(5, 6, 7), rfc6531("3.5"), "A name outside ASCII needs SMTPUTF8 behind it, or for a recipient behind the sender")
	unknownParam     = fixed(555, code(5, 5, 4), rfc5321("4.1.1.11"), "The command has a parameter that is not known here")
	noneAccepted     = fixed(554, code(5, 5, 1), rfc5321("3.3"), "No recipient was accepted, so the message would go to nobody")

	nulInside  = fixed(554, code(5, 6, 0), rfc5321("4.5.2"), "Message refused: it holds the octet NUL")
	bareLF     = fixed(554, code(5, 6, 0), rfc5321("2.3.8"), "Message refused: it holds an LF without a CR before it")
	bareCR     = fixed(554, code(5, 6, 0), rfc5321("2.3.8"), "Message refused: it holds a CR without an LF after it")
	longInside = fixed(554, code(5, 6, 0), rfc5321("4.5.3.1.6"), "Message refused: it holds a line of more than 1000 octets")
	mailLoop   = fixed(554, code(5, 4, 6), rfc5321("6.3"), "Message refused: so many servers have passed it on that it must be going in a circle")
)

// Replies lists every reply that a Session can give of its own accord, in its context. Those that a Host refuses
// with are the Host's.
func Replies() []smtp.Said {
	return []smtp.Said{
		{Verb: "", Code: 220},
		{Verb: "", Code: 421, Enhanced: "4.3.0"},
		{Verb: "", Code: 421, Enhanced: "4.3.2"},
		{Verb: "", Code: 421, Enhanced: "4.4.2"},
		{Verb: "", Code: 421, Enhanced: "4.5.0"},
		{Verb: "", Code: 421, Enhanced: "4.7.0"},

		{Verb: smtp.EHLO, Code: 250},
		{Verb: smtp.EHLO, Code: 421},
		{Verb: smtp.EHLO, Code: 500},
		{Verb: smtp.EHLO, Code: 501},
		{Verb: smtp.HELO, Code: 250},
		{Verb: smtp.HELO, Code: 421},
		{Verb: smtp.HELO, Code: 500},
		{Verb: smtp.HELO, Code: 501},

		{Verb: smtp.MAIL, Code: 250, Enhanced: "2.1.0"},
		{Verb: smtp.MAIL, Code: 451, Enhanced: "4.3.0"},
		{Verb: smtp.MAIL, Code: 452, Enhanced: "4.5.3"},
		{Verb: smtp.MAIL, Code: 501, Enhanced: "5.1.7"},
		{Verb: smtp.MAIL, Code: 501, Enhanced: "5.5.2"},
		{Verb: smtp.MAIL, Code: 501, Enhanced: "5.5.4"},
		{Verb: smtp.MAIL, Code: 503, Enhanced: "5.5.1"},
		{Verb: smtp.MAIL, Code: 530, Enhanced: "5.7.0"},
		{Verb: smtp.MAIL, Code: 552, Enhanced: "5.3.4"},
		{Verb: smtp.MAIL, Code: 553, Enhanced: "5.6.7"},
		{Verb: smtp.MAIL, Code: 555, Enhanced: "5.5.4"},

		{Verb: smtp.RCPT, Code: 250, Enhanced: "2.1.5"},
		{Verb: smtp.RCPT, Code: 451, Enhanced: "4.3.0"},
		{Verb: smtp.RCPT, Code: 452, Enhanced: "4.5.3"},
		{Verb: smtp.RCPT, Code: 501, Enhanced: "5.1.3"},
		{Verb: smtp.RCPT, Code: 501, Enhanced: "5.5.2"},
		{Verb: smtp.RCPT, Code: 501, Enhanced: "5.5.4"},
		{Verb: smtp.RCPT, Code: 503, Enhanced: "5.5.1"},
		{Verb: smtp.RCPT, Code: 530, Enhanced: "5.7.0"},
		{Verb: smtp.RCPT, Code: 553, Enhanced: "5.6.7"},
		{Verb: smtp.RCPT, Code: 555, Enhanced: "5.5.4"},

		{Verb: smtp.DATA, Code: 354},
		{Verb: smtp.DATA, Code: 501, Enhanced: "5.5.4"},
		{Verb: smtp.DATA, Code: 503, Enhanced: "5.5.1"},
		{Verb: smtp.DATA, Code: 530, Enhanced: "5.7.0"},
		{Verb: smtp.DATA, Code: 554, Enhanced: "5.5.1"},

		{Verb: smtp.BDAT, Code: 250, Enhanced: "2.0.0"},
		{Verb: smtp.BDAT, Code: 421, Enhanced: "4.5.4"},
		{Verb: smtp.BDAT, Code: 501, Enhanced: "5.5.2"},
		{Verb: smtp.BDAT, Code: 503, Enhanced: "5.5.1"},
		{Verb: smtp.BDAT, Code: 530, Enhanced: "5.7.0"},
		{Verb: smtp.BDAT, Code: 552, Enhanced: "5.3.4"},
		{Verb: smtp.BDAT, Code: 554, Enhanced: "5.5.1"},

		{Verb: smtp.EOD, Code: 250, Enhanced: "2.0.0"},
		{Verb: smtp.EOD, Code: 451, Enhanced: "4.3.0"},
		{Verb: smtp.EOD, Code: 503, Enhanced: "5.5.1"},
		{Verb: smtp.EOD, Code: 530, Enhanced: "5.7.0"},
		{Verb: smtp.EOD, Code: 552, Enhanced: "5.3.4"},
		{Verb: smtp.EOD, Code: 554, Enhanced: "5.4.6"},
		{Verb: smtp.EOD, Code: 554, Enhanced: "5.5.1"},
		{Verb: smtp.EOD, Code: 554, Enhanced: "5.6.0"},

		{Verb: smtp.RSET, Code: 250, Enhanced: "2.0.0"},
		{Verb: smtp.RSET, Code: 501, Enhanced: "5.5.4"},
		{Verb: smtp.NOOP, Code: 250, Enhanced: "2.0.0"},
		{Verb: smtp.NOOP, Code: 501, Enhanced: "5.5.2"},
		{Verb: smtp.QUIT, Code: 221, Enhanced: "2.0.0"},
		{Verb: smtp.QUIT, Code: 501, Enhanced: "5.5.4"},
		{Verb: smtp.HELP, Code: 214, Enhanced: "2.0.0"},
		{Verb: smtp.HELP, Code: 501, Enhanced: "5.5.2"},
		{Verb: smtp.HELP, Code: 504, Enhanced: "5.5.4"},

		{Verb: smtp.VRFY, Code: 250, Enhanced: "2.1.5"},
		{Verb: smtp.VRFY, Code: 252, Enhanced: "2.0.0"},
		{Verb: smtp.VRFY, Code: 451, Enhanced: "4.3.0"},
		{Verb: smtp.VRFY, Code: 501, Enhanced: "5.5.2"},
		{Verb: smtp.VRFY, Code: 501, Enhanced: "5.5.4"},
		{Verb: smtp.VRFY, Code: 530, Enhanced: "5.7.0"},
		{Verb: smtp.VRFY, Code: 553, Enhanced: "5.1.4"},
		{Verb: smtp.VRFY, Code: 553, Enhanced: "5.6.7"},
		{Verb: smtp.EXPN, Code: 250, Enhanced: "2.1.5"},
		{Verb: smtp.EXPN, Code: 252, Enhanced: "2.0.0"},
		{Verb: smtp.EXPN, Code: 451, Enhanced: "4.3.0"},
		{Verb: smtp.EXPN, Code: 501, Enhanced: "5.5.2"},
		{Verb: smtp.EXPN, Code: 501, Enhanced: "5.5.4"},
		{Verb: smtp.EXPN, Code: 530, Enhanced: "5.7.0"},
		{Verb: smtp.EXPN, Code: 553, Enhanced: "5.6.7"},

		{Verb: smtp.AUTH, Code: 235, Enhanced: "2.7.0"},
		{Verb: smtp.AUTH, Code: 334},
		{Verb: smtp.AUTH, Code: 500, Enhanced: "5.5.6"},
		{Verb: smtp.AUTH, Code: 501, Enhanced: "5.5.2"},
		{Verb: smtp.AUTH, Code: 501, Enhanced: "5.5.4"},
		{Verb: smtp.AUTH, Code: 501, Enhanced: "5.7.0"},
		{Verb: smtp.AUTH, Code: 503, Enhanced: "5.5.1"},
		{Verb: smtp.AUTH, Code: 504, Enhanced: "5.5.4"},
		{Verb: smtp.AUTH, Code: 530, Enhanced: "5.7.0"},
		{Verb: smtp.AUTH, Code: 535, Enhanced: "5.7.8"},
		{Verb: smtp.AUTH, Code: 538, Enhanced: "5.7.11"},
		{Verb: smtp.STARTTLS, Code: 220, Enhanced: "2.0.0"},
		{Verb: smtp.STARTTLS, Code: 454, Enhanced: "4.7.0"},
		{Verb: smtp.STARTTLS, Code: 501, Enhanced: "5.5.4"},
		{Verb: smtp.STARTTLS, Code: 503, Enhanced: "5.5.1"},

		{Verb: smtp.AnyVerb, Code: 421, Enhanced: "4.7.0"},
		{Verb: smtp.AnyVerb, Code: 500, Enhanced: "5.5.2"},
		{Verb: smtp.AnyVerb, Code: 502, Enhanced: "5.5.1"},
	}
}

// say queues a reply. Everything that a Session says passes here, and so do the rules for all replies: the
// server's name where machines look for it (RFC 5321 §4.2), no enhanced code in the reply to EHLO or HELO
// (RFC 2034 §4), and the end of the conversation after 221 and 421.
func (s *Session) say(verb string, r *smtp.Reply) {
	enhanced := r.Enhanced
	if verb == smtp.EHLO || verb == smtp.HELO || !s.cfg.offers(smtp.WithEnhancedStatusCodes) {
		enhanced = none
	}
	s.replies++
	if s.heard != nil {
		s.heard(verb, r)
	}
	if s.out == nil {
		s.out = s.room[:0]
	}
	named := r.Code == 220 || r.Code == 221 || r.Code == 421 || r.Code == 250 && (verb == smtp.EHLO || verb == smtp.HELO)
	for i, text := range r.Lines {
		more := i < len(r.Lines)-1
		if i == 0 && named {
			s.out = smtp.AppendReplyLine(s.out, r.Code, more, enhanced, s.cfg.Domain, " ", text)
		} else {
			s.out = smtp.AppendReplyLine(s.out, r.Code, more, enhanced, text)
		}
	}
	if r.Code == 221 || r.Code == 421 {
		s.end()
	}
}

// refusal is the reply to a command that the Host refused.
func (s *Session) refusal(err error) *smtp.Reply {
	if r, ok := errors.AsType[*smtp.Reply](err); ok && r.Code >= 400 && r.Code <= 599 && len(r.Lines) > 0 {
		return r
	}
	s.fault = fmt.Errorf("smtpserver: for %v: %w", s.peer, err)
	return hostFault
}

// answer makes a reply whose words depend on the occasion. It is valid until the next one is made.
func (s *Session) answer(code int, enhanced smtp.EnhancedCode, ref rfc.Ref, lines ...string) *smtp.Reply {
	s.made = smtp.Reply{Code: code, Enhanced: enhanced, Lines: append(s.lines[:0], lines...), Ref: ref}
	return &s.made
}

// syntaxError is the reply to an argument that does not follow the grammar. What begins its text and path is
// the enhanced code for a wrong address.
func (s *Session) syntaxError(err error, path smtp.EnhancedCode, ref rfc.Ref) *smtp.Reply {
	syntax, _ := errors.AsType[*smtp.SyntaxError](err)
	enhanced := code(5, 5, 2)
	switch syntax.Part {
	case smtp.InPath:
		enhanced = path
	case smtp.InParam:
		enhanced = code(5, 5, 4)
	}
	return s.answer(501, enhanced, ref, "Syntax error: "+syntax.Text)
}

// fixed makes a reply once for all occasions.
func fixed(code int, enhanced smtp.EnhancedCode, ref rfc.Ref, lines ...string) *smtp.Reply {
	next := smtp.ReadCommand
	switch code {
	case 221, 421:
		next = smtp.Close
	case 220:
		if ref.Doc == 3207 {
			next = smtp.StartTLS
		}
	case 354:
		next = smtp.ReadMail
	}
	return &smtp.Reply{Code: code, Enhanced: enhanced, Lines: lines, Ref: ref, Next: next}
}

var none smtp.EnhancedCode

func code(class, subject, detail uint16) smtp.EnhancedCode {
	return smtp.EnhancedCode{Class: class, Subject: subject, Detail: detail}
}

func rfc3207(section string) rfc.Ref { return rfc.Ref{Doc: 3207, Section: section} }
func rfc3461(section string) rfc.Ref { return rfc.Ref{Doc: 3461, Section: section} }
func rfc4954(section string) rfc.Ref { return rfc.Ref{Doc: 4954, Section: section} }
func rfc6531(section string) rfc.Ref { return rfc.Ref{Doc: 6531, Section: section} }
func rfc5321(section string) rfc.Ref { return rfc.Ref{Doc: 5321, Section: section} }
