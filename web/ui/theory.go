package ui

import (
	"strings"

	"github.com/a-h/templ"
)

// TheorySection is one page of the theory: the content below the page's h1, which is its Title. Its own headings
// begin at h2, and each that is worth linking to has an id, as in /theory/transfer#rcpt.
//
// The dialogues in it are what the lab really says, and a test plays them.
type TheorySection struct {
	Slug    string // in the URL: "transfer"
	Title   string
	Summary string // one sentence, for the list of pages
	Body    templ.Component
}

// TheorySections are the pages of the theory in the order in which they are best read.
func TheorySections() []TheorySection {
	return []TheorySection{
		{"introduction", "Introduction", "What SMTP is, who takes part, and the way of one mail.", theoryIntroduction()},
		{"aim", "Aim", "What you will know and be able to do after this lab.", theoryAim()},
		{"objectives", "Objectives", "Reliability, interoperability, security, efficiency: what SMTP promises, and what it does not.", theoryObjectives()},
		{"connection", "Step 1: connection establishment", "A TCP connection to port 25, and the greeting that opens the session.", theoryConnection()},
		{"handshake", "Step 2: handshake", "EHLO: the client says who it is, the server says what it can do.", theoryHandshake()},
		{"transfer", "Step 3: message transfer", "MAIL, RCPT and DATA: first the envelope, then the message.", theoryTransfer()},
		{"delivery", "Step 4: message delivery", "From the server's 250 to the mailbox, and from the mailbox to the reader by POP3.", theoryDelivery()},
		{"security", "Security: TLS and logins", "Who can read a mail on its way, how TLS hides it, and how AUTH tells the server who is sending.", theorySecurity()},
		{"procedure", "How to perform the lab", "The six steps of the classroom procedure, and what to try next.", theoryProcedure()},
		{"glossary", "Glossary", "The words, the commands and the reply codes, to look up.", theoryGlossary()},
		{"conformance", "What the standards ask", "The requirements that this lab keeps, one by one, with their sections, and where it deviates.", theoryConformance()},
		{"conclusion", "Conclusion", "What you have seen, what is often misunderstood, and questions to check yourself.", theoryConclusion()},
	}
}

// dialogue is an excerpt of a conversation in the default lab, as RFC 5321 Appendix D writes one: each line begins
// with "C: " for the client or "S: " for the server. A "…" at the end of a line stands for what differs from
// mail to mail, and a line that is only "…" for lines left out.
type dialogue string

// The dialogues. TestDialogues plays each of them.
const (
	dialogueGreeting dialogue = `
S: 220 email.com ESMTP service ready`

	dialogueEhlo dialogue = `
C: EHLO pc1.email.com
S: 250-email.com greets pc1.email.com
S: 250-PIPELINING
S: 250-SIZE 10485760
S: 250-8BITMIME
S: 250-ENHANCEDSTATUSCODES
S: 250-SMTPUTF8
S: 250-DSN
S: 250-CHUNKING
S: 250-BINARYMIME
S: 250-LIMITS RCPTMAX=100
S: 250-STARTTLS
S: 250-AUTH SCRAM-SHA-256 CRAM-MD5
S: 250-EXPN
S: 250 HELP`

	dialogueStartTLS dialogue = `
C: EHLO pc1.email.com
S: 250-email.com greets pc1.email.com
…
S: 250-STARTTLS
S: 250-AUTH SCRAM-SHA-256 CRAM-MD5
…
C: STARTTLS
S: 220 2.0.0 email.com Ready, begin the TLS handshake
…
C: EHLO pc1.email.com
S: 250-email.com greets pc1.email.com
…
S: 250-AUTH SCRAM-SHA-256 CRAM-MD5 PLAIN LOGIN
…`

	dialogueAuthFirst dialogue = `
C: MAIL FROM:<pc1@email.com> SIZE=…
S: 530 5.7.0 AUTH must come first`

	dialogueAuthPlain dialogue = `
C: AUTH PLAIN AHBjMQBwYzE=
S: 235 2.7.0 You have proved who you are`

	dialogueAuthScram dialogue = `
C: AUTH SCRAM-SHA-256 biwsbj1wYzEscj…
S: 334 cj…
C: Yz1iaXdzLHI9…
S: 334 dj…
C:
S: 235 2.7.0 You have proved who you are`

	dialogueAuthWrong dialogue = `
C: AUTH PLAIN AHBjMQBndWVzcw==
S: 535 5.7.8 The name or the password is wrong`

	dialogueHelo dialogue = `
C: HELO pc1.email.com
S: 250 email.com greets pc1.email.com`

	dialogueMail dialogue = `
C: MAIL FROM:<pc1@email.com> SIZE=…
S: 250 2.1.0 Sender accepted`

	dialogueRcpt dialogue = `
C: RCPT TO:<pc2@email.com>
S: 250 2.1.5 Recipient accepted`

	dialogueRcptTwo dialogue = `
C: RCPT TO:<pc2@email.com>
S: 250 2.1.5 Recipient accepted
C: RCPT TO:<pc3@email.com>
S: 250 2.1.5 Recipient accepted`

	dialogueData dialogue = `
C: DATA
S: 354 Send the message; a line with only a dot ends it
…
C: From: PC-1 <pc1@email.com>
C: To: pc2@email.com
C: Subject: Lunch
…
C:
C: Noon, at the gate?
C: .
S: 250 2.0.0 Accepted as …`

	dialogueDot dialogue = `
C: The file is called
C: ..profile
C: .`

	dialogueChunks dialogue = `
C: BDAT 262 LAST
…
C: Subject: Lunch
…
C:
C: Noon, at the gate?
S: 250 2.0.0 Accepted as …`

	dialogueUnknown dialogue = `
C: RCPT TO:<nobody@email.com>
S: 550 5.1.1 No such mailbox here`

	dialogueRelay dialogue = `
C: RCPT TO:<anna@example.org>
S: 550 5.7.1 Relaying denied: this server takes mail for its own domain only`

	dialogueOrder dialogue = `
C: RCPT TO:<pc2@email.com>
S: 503 5.5.1 Out of order: MAIL comes first`

	dialogueQuit dialogue = `
C: QUIT
S: 221 2.0.0 email.com Goodbye, closing the connection`

	dialoguePopLogin dialogue = `
C: USER pc2
S: +OK now send PASS with the password
C: PASS pc2
S: +OK maildrop has 1 message (…`

	dialoguePopRead dialogue = `
C: RETR 1
S: +OK …
S: Return-Path: <pc1@email.com>
S: Received: from pc1.email.com ([192.168.11.1])
S: 	by email.com with ESMTP id …
S: 	for <pc2@email.com>; …
…
S: From: PC-1 <pc1@email.com>
S: To: pc2@email.com
S: Subject: Lunch
…
S:
S: Noon, at the gate?
S: .`

	dialoguePopQuit dialogue = `
C: QUIT
S: +OK goodbye`
)

// spoken is one line of a dialogue.
type spoken struct {
	side string // "client", "server", or "gap" for lines left out; also its class
	who  string // "C:", "S:" or ""
	line Line
}

// spoken are the lines of the dialogue.
func (d dialogue) spoken() []spoken {
	var all []spoken
	for text := range strings.SplitSeq(strings.Trim(string(d), "\n"), "\n") {
		switch who, said, _ := strings.Cut(text, ":"); who {
		case "C":
			all = append(all, spoken{"client", "C:", Line{Text: strings.TrimPrefix(said, " ")}})
		case "S":
			all = append(all, spoken{"server", "S:", replyLine(strings.TrimPrefix(said, " "))})
		default:
			all = append(all, spoken{"gap", "", Line{Text: text}})
		}
	}
	return all
}

// replyLine is one line of a reply, or of the message in it.
func replyLine(text string) Line {
	for _, line := range ReplyLines([]byte(text)) {
		return line
	}
	return Line{}
}
