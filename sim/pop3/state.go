package pop3

import "smtplab/sim/trace"

// Next is the state in which a conversation stands after a reply: the verb of the command that it answers, ""
// for the greeting, and its status. What answers a line of an exchange answers AUTH. It is all that an observer of the
// wire needs, and the Session is tested to agree with it.
func Next(before trace.State, verb string, status Status) trace.State {
	ok := status == OK
	switch {
	case before == trace.NoState && verb == "":
		if ok {
			return trace.Authorization
		}
		return trace.Ended
	case before == trace.Authenticating:
		switch status {
		case OK:
			return trace.Transaction
		case Err:
			return trace.Authorization
		}
	case before == trace.Authorization && verb == "AUTH" && status == Challenge:
		return trace.Authenticating
	case before == trace.Authorization && (verb == "PASS" || verb == "AUTH") && ok:
		return trace.Transaction
	case before == trace.Authorization && verb == "QUIT" && ok:
		return trace.Ended // RFC 1939 §6: without a maildrop there is no UPDATE
	case before == trace.Transaction && verb == "QUIT" && ok:
		return trace.Update
	}
	return before
}
