package pop3

import "smtplab/sim/trace"

// Next is the state in which a conversation stands after a reply: the verb of the command that it answers, ""
// for the greeting, and whether it was +OK. It is all that an observer of the wire needs, and the Session is
// tested to agree with it.
func Next(before trace.State, verb string, ok bool) trace.State {
	switch {
	case before == trace.NoState && verb == "":
		if ok {
			return trace.Authorization
		}
		return trace.Ended
	case before == trace.Authorization && verb == "PASS" && ok:
		return trace.Transaction
	case before == trace.Authorization && verb == "QUIT" && ok:
		return trace.Ended // RFC 1939 §6: without a maildrop there is no UPDATE
	case before == trace.Transaction && verb == "QUIT" && ok:
		return trace.Update
	}
	return before
}
