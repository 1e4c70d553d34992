package pop3

import "smtplab/sim/trace"

// dele answers DELE msg: RFC 1939 §5. The message is marked, and removed only by QUIT.
func (s *Session) dele(arg []byte) {
	if s.loggedOut() {
		return
	}
	i, ok := s.message(arg)
	if !ok {
		return
	}
	if s.deleted == nil {
		s.deleted = make([]bool, s.count)
	}
	s.deleted[i] = true
	s.marked++
	s.size -= wireSize(s.drop.Content(i))
	s.ok("message marked as deleted, QUIT will remove it")
}

// rset answers RSET: RFC 1939 §5. Marked messages are unmarked.
func (s *Session) rset(arg []byte) {
	if s.loggedOut() || s.unwanted(arg) {
		return
	}
	for i, deleted := range s.deleted {
		if deleted {
			s.size += wireSize(s.drop.Content(i))
		}
	}
	s.deleted, s.marked = nil, 0
	s.text("+OK maildrop has ")
	s.content()
	s.end()
}

// quit answers QUIT: RFC 1939 §4 and §6. After login it leads to the UPDATE state, in which the marked messages
// are removed and the maildrop is unlocked; before login there is nothing to update.
func (s *Session) quit(arg []byte) {
	if s.unwanted(arg) {
		return
	}
	s.closed = true
	if s.state == trace.Authorization {
		s.state = trace.Ended
		s.ok("goodbye")
		return
	}
	s.state = trace.Update
	if s.marked > 0 {
		s.drop.Delete(s.doomed())
	}
	s.release()
	s.text("+OK ")
	if s.marked > 0 {
		s.messages(s.marked)
		s.text(" removed, ")
	}
	s.text("goodbye")
	s.end()
}

// doomed is the unique-ids of the marked messages.
func (s *Session) doomed() []string {
	uids := make([]string, 0, s.marked)
	for i, deleted := range s.deleted {
		if deleted {
			uids = append(uids, s.drop.UID(i))
		}
	}
	return uids
}

func (s *Session) isDeleted(i int) bool { return s.deleted != nil && s.deleted[i] }
