package pop3

// stat answers STAT: RFC 1939 §5. Marked messages are not counted.
func (s *Session) stat(arg []byte) {
	if s.loggedOut() || s.unwanted(arg) {
		return
	}
	s.text("+OK ")
	s.number(int64(s.count - s.marked))
	s.text(" ")
	s.number(s.size)
	s.end()
}

// list answers LIST [msg], a scan listing: RFC 1939 §5.
func (s *Session) list(arg []byte) {
	if s.loggedOut() {
		return
	}
	if len(arg) > 0 {
		if i, ok := s.message(arg); ok {
			s.text("+OK ")
			s.scan(i)
		}
		return
	}
	s.text("+OK ")
	s.content()
	s.end()
	s.body = body{kind: scanBody}
}

// uidl answers UIDL [msg], the unique-id listing: RFC 1939 §7.
func (s *Session) uidl(arg []byte) {
	if s.loggedOut() {
		return
	}
	if len(arg) > 0 {
		if i, ok := s.message(arg); ok {
			s.text("+OK ")
			s.uniqueID(i)
		}
		return
	}
	s.ok("unique-ids follow")
	s.body = body{kind: uniqueIDBody}
}

// scan writes "1 120", the number and the size of message i.
func (s *Session) scan(i int) {
	s.number(int64(i + 1))
	s.text(" ")
	s.number(wireSize(s.drop.Content(i)))
	s.end()
}

// uniqueID writes "1 A2F0", the number and the unique-id of message i.
func (s *Session) uniqueID(i int) {
	s.number(int64(i + 1))
	s.text(" ")
	s.text(s.drop.UID(i))
	s.end()
}

// message finds the message, counted from 0, whose number is the argument, or refuses: numbers are plain decimals
// from 1, and those of marked messages are not valid (RFC 1939 §5).
func (s *Session) message(arg []byte) (i int, ok bool) {
	n, ok := parseNumber(arg)
	switch {
	case !ok || n == 0:
		s.err("a message number is needed, in digits, from 1")
	case n > s.count:
		s.err("no such message")
	case s.isDeleted(n - 1):
		s.err("this message is marked as deleted")
	default:
		return n - 1, true
	}
	return 0, false
}

// unwanted refuses the argument of a command that has none.
func (s *Session) unwanted(arg []byte) bool {
	if len(arg) > 0 {
		s.err("this command has no argument")
		return true
	}
	return false
}
