package smtp

// Path names a mailbox, or nobody: RFC 5321 §4.1.2. The zero Path is the null path, "<>".
type Path struct {
	Local  string // the local part without quotation marks or backslashes; octets, case kept
	Domain string // as written; address literals keep their brackets; "" for <Postmaster> alone
}

// IsNull reports whether p is "<>", the sender of mail that nobody may answer: RFC 5321 §4.5.5.
func (p Path) IsNull() bool { return p == Path{} }

// IsPostmaster reports whether the local part is postmaster, in any case: RFC 5321 §4.5.1.
func (p Path) IsPostmaster() bool { return isWord(p.Local, "postmaster") }

// IsASCII reports whether p needs no SMTPUTF8: RFC 6531 §3.2.
func (p Path) IsASCII() bool { return isASCII(p.Local) && isASCII(p.Domain) }

// Equal reports whether p and q name the same mailbox. Domains are compared without case and local parts with
// it (RFC 5321 §2.4), except for postmaster. How the local part was quoted makes no difference, nor which of its two
// forms an internationalized domain has.
func (p Path) Equal(q Path) bool {
	return (p.Local == q.Local || p.IsPostmaster() && q.IsPostmaster()) && SameDomain(p.Domain, q.Domain)
}

// String is the path as commands carry it: "<pc1@email.com>".
func (p Path) String() string {
	return string(p.AppendTo(make([]byte, 0, len(p.Local)+len(p.Domain)+8)))
}

// Address is the path without angle brackets: "pc1@email.com", and "" for the null path.
func (p Path) Address() string {
	return string(p.appendAddress(make([]byte, 0, len(p.Local)+len(p.Domain)+8)))
}

// AppendTo appends what String returns.
func (p Path) AppendTo(dst []byte) []byte {
	dst = append(dst, '<')
	dst = p.appendAddress(dst)
	return append(dst, '>')
}

func (p Path) appendAddress(dst []byte) []byte {
	dst = appendLocalPart(dst, p.Local)
	if p.Domain == "" {
		return dst
	}
	dst = append(dst, '@')
	return append(dst, p.Domain...)
}

// appendLocalPart writes a local part, in quotation marks only if it needs them: RFC 5321 §4.1.2 asks senders to
// avoid the quoted form where the plain one will do.
func appendLocalPart(dst []byte, local string) []byte {
	if local == "" || isDotString(local) {
		return append(dst, local...)
	}
	dst = append(dst, '"')
	for i := range len(local) {
		if c := local[i]; c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, local[i])
	}
	return append(dst, '"')
}

// isDotString reports whether s is Dot-string = Atom *("." Atom).
func isDotString(s string) bool {
	dot := true // as if a dot had just been read: none may come first, last, or after another
	for i := range len(s) {
		switch c := s[i]; {
		case c == '.' && dot:
			return false
		case c == '.':
			dot = true
		case !is(c, atext|nonASCII):
			return false
		default:
			dot = false
		}
	}
	return !dot
}
