package lab

// CanUndo reports whether the action is one that a person may take back: something that was done in the lab, and not
// only with its clock, nor by a real program outside, nor before he came.
func (a *Action) CanUndo() bool {
	return !a.ofClock() && a.Verb != Reset && !a.Given && (!a.OfLine() || a.ByHand())
}

// OfAnnotation reports whether the action is about a note or a pin.
func (a *Action) OfAnnotation() bool { return a.Verb == Note || a.Verb == Pin || a.Verb == Unpin }

// Octets is about how much text and files the action holds.
func (a *Action) Octets() int {
	n := len(a.Data)
	if a.Mail != nil {
		n += a.Mail.octets() + len(a.Mail.Subject) + len(a.Mail.To) + len(a.Mail.Cc) + len(a.Mail.Bcc)
	}
	return n
}

// Era is how often the past of the lab was undone: the number of an event means the same only within one.
func (l *Lab) Era() uint64 { return l.era }

// SetEra says how often that was.
func (l *Lab) SetEra(n uint64) { l.era = n }
