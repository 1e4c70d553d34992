package smtp

import "smtplab/sim/trace"

// Next is the state that a conversation is in after a reply, as an observer can know it: from the state before,
// the verb that was answered and the reply's code. The verb is EOD for the reply to the end of the data, and ""
// for the greeting and for a reply to nothing. It is the diagram of RFC 5321 §4.1.4 as a function.
func Next(before trace.State, verb string, code int) trace.State {
	if before == trace.Ended || code == 421 || code == 221 {
		return trace.Ended
	}
	positive := code >= 200 && code < 400
	switch verb {
	case EOD: // accepted or refused, the transaction is over
		if before < trace.RcptGiven { // a last chunk for which there was none: RFC 3030 §2
			return before
		}
		return trace.Greeted
	case "":
		if before == trace.NoState {
			return trace.Connected
		}
	case EHLO, HELO:
		if positive {
			return trace.Greeted
		}
	case MAIL:
		if positive {
			return trace.MailGiven
		}
	case RCPT:
		if positive {
			return trace.RcptGiven
		}
	case DATA:
		if code == 354 {
			return trace.InData
		}
	case BDAT: // one that is not the last; the last one is EOD
		switch {
		case positive:
			return trace.InChunks
		case Unimplemented(code): // there was no chunk
		case before >= trace.RcptGiven: // out of order it changes nothing
			return trace.Greeted // RFC 3030 §2: a refused chunk ends the transaction
		}
	case AUTH:
		if code == 334 {
			return trace.Authenticating
		}
		if before == trace.Authenticating {
			return trace.Greeted
		}
	case STARTTLS:
		if code == 220 {
			return trace.Connected // RFC 3207 §4.2: as if nothing had been said
		}
	case RSET:
		if positive && before > trace.Greeted {
			return trace.Greeted
		}
	}
	return before
}

// Unimplemented reports whether a code says that the server does not know the command, or does not serve it: RFC 5321
// §4.2.4. Such a command has no effect, and no octets that would belong to it are read.
func Unimplemented(code int) bool { return code == 500 || code == 502 }
