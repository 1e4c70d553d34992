package smtpclient

import (
	"strconv"
	"strings"

	"smtplab/sim/smtp"
)

// Result is what came of a conversation: so far, until it is Done.
type Result struct {
	Done       bool
	Stage      string            // the verb whose answer is awaited, or decided: "RCPT"; EOD for the end of the data, "" for the greeting
	Recipients []RecipientResult // in the order of the mail
	Final      Reply             // to the end of the data, of the last transaction that came so far
	Err        error             // why the mail was accepted for nobody, a *Failure
	Left       error             // why it was accepted for nobody else, when there were several transactions and the first went well; a *Failure
	Secure     bool              // the conversation is, or was, in TLS
	Converted  string            // the keyword of the extension for whose lack the message was sent in another encoding: "8BITMIME"; "" for as it was

	settled bool // nothing of this will change any more but Done
}

// RecipientResult is what the server said about one recipient.
type RecipientResult struct {
	Path     smtp.Path
	Reply    Reply // to RCPT, the last if there were several; zero if the server was not told of the recipient
	Accepted bool  // by RCPT
	Final    Reply // to the end of the message that was sent for this recipient; zero if none was, or the answer is not known

	state rcptState
}

// rcptState is how far the client is with a recipient.
type rcptState uint8

const (
	untold  rcptState = iota
	told              // RCPT was said
	granted           // and accepted
	settled           // the recipient was refused, or the message answered
)

// Taken reports whether the server took the message for this recipient.
func (r *RecipientResult) Taken() bool { return r.Final.Code/100 == 2 }

// Reply is what the server said: RFC 5321 §4.2. The zero Reply is nothing said.
type Reply struct {
	Code int
	Text string // without the code; lines separated by "\n"; other octets than printable ASCII became question marks
}

// String is the reply's first line: "250 2.0.0 Accepted as 4F1A".
func (r Reply) String() string {
	if r.Code == 0 {
		return ""
	}
	line, _, _ := strings.Cut(r.Text, "\n")
	if line == "" {
		return strconv.Itoa(r.Code)
	}
	return strconv.Itoa(r.Code) + " " + line
}

// Enhanced is the enhanced status code in the reply's first line, zero if there is none: RFC 2034 §4.
func (r Reply) Enhanced() smtp.EnhancedCode {
	line, _, _ := strings.Cut(r.Text, "\n")
	code, _, _ := smtp.ParseEnhanced([]byte(line))
	return code
}

// Positive reports whether the reply grants what was asked: 2yz, or 354.
func (r Reply) Positive() bool { return r.Code >= 200 && r.Code < 400 }

// Outcome is what became of the mail.
type Outcome uint8

// The mail is on its way, or it was accepted for all, for some, or for no recipient.
const (
	Pending Outcome = iota
	Accepted
	Partly
	Failed
)

var outcomes = [...]string{"pending", "accepted", "accepted for some", "failed"}

// String is the outcome in words.
func (o Outcome) String() string { return outcomes[o] }

// Outcome is settled by the answer to the end of the data, whatever happens after it: RFC 5321 §4.2.5.
func (r Result) Outcome() Outcome {
	switch {
	case r.Err != nil:
		return Failed
	case !r.settled:
		return Pending
	}
	for i := range r.Recipients {
		if !r.Recipients[i].Taken() {
			return Partly
		}
	}
	return Accepted
}

// Failure is why a mail was accepted for nobody, in words meant for the person who sent it.
type Failure struct {
	Text  string // a sentence
	Verb  string // the command whose answer decided, EOD for the end of the data, "" for the greeting
	Reply Reply  // that answer; zero if there was none
}

// Error is the sentence, with the reply.
func (f *Failure) Error() string {
	if f.Reply.Code == 0 {
		return f.Text
	}
	return f.Text + " It said: " + f.Reply.String()
}
