package smtp

import (
	"net/netip"
	"strings"
)

// SyntaxError is text that does not follow the grammar. There is one value for each thing that can be wrong, so
// errors can be compared, cost nothing, and never carry the octets of a stranger.
type SyntaxError struct {
	Part Part
	Text string // a clause that continues a sentence: "the part after the @ is missing"
}

// Error is the clause.
func (e *SyntaxError) Error() string { return e.Text }

// Part is the part of a command that is wrong.
type Part uint8

// The parts of a command.
const (
	InCommand Part = iota // around the argument: FROM: is missing
	InPath                // the address
	InParam               // a parameter of MAIL or RCPT
)

// What can be wrong.
var (
	errNoFrom      = &SyntaxError{InCommand, "FROM: must follow MAIL, as in MAIL FROM:<pc1@email.com>"}
	errNoTo        = &SyntaxError{InCommand, "TO: must follow RCPT, as in RCPT TO:<pc2@email.com>"}
	errNoSize      = &SyntaxError{InCommand, "the size of the chunk must follow BDAT, as in BDAT 1024 LAST"}
	errHugeSize    = &SyntaxError{InCommand, "nobody can count to the size of that chunk"}
	errNotLast     = &SyntaxError{InCommand, "behind the size of a chunk only LAST may follow"}
	errSpaceBefore = &SyntaxError{InCommand, "no space is allowed between the colon and the <"}

	errEmpty       = &SyntaxError{InPath, "the address is empty"}
	errNoOpen      = &SyntaxError{InPath, "the address must stand in angle brackets, as in <pc1@email.com>"}
	errNoClose     = &SyntaxError{InPath, "the closing > is missing"}
	errAfterPath   = &SyntaxError{InPath, "only a space and parameters may follow the closing >"}
	errNullRcpt    = &SyntaxError{InPath, "the empty address <> is allowed for a sender only"}
	errRoute       = &SyntaxError{InPath, "the source route before the address is not of the form @one,@two:"}
	errNoAt        = &SyntaxError{InPath, "there is no @ in the address"}
	errTwoAts      = &SyntaxError{InPath, "there is more than one @ in the address"}
	errNoLocal     = &SyntaxError{InPath, "the part before the @ is missing"}
	errNoDomain    = &SyntaxError{InPath, "the part after the @ is missing"}
	errLocalDot    = &SyntaxError{InPath, "before the @ a dot must stand between two other characters"}
	errLocalChar   = &SyntaxError{InPath, "a character before the @ is allowed inside quotation marks only"}
	errLocalLong   = &SyntaxError{InPath, "the part before the @ is longer than 64 characters"}
	errQuoteOpen   = &SyntaxError{InPath, "the closing quotation mark is missing"}
	errAfterQuote  = &SyntaxError{InPath, "an @ must follow the closing quotation mark"}
	errControl     = &SyntaxError{InPath, "control characters are not allowed"}
	errNotASCII    = &SyntaxError{InPath, "only ASCII characters are allowed"}
	errNotUTF8     = &SyntaxError{InPath, "the characters outside ASCII are not UTF-8"}
	errInvisible   = &SyntaxError{InPath, "a character that steers the text or is none is not allowed"}
	errULabel      = &SyntaxError{InPath, "a part of the domain name is no internationalized one"}
	errDomainDot   = &SyntaxError{InPath, "in a domain name a dot must stand between two other characters"}
	errDomainChar  = &SyntaxError{InPath, "a domain name consists of letters, digits, hyphens and dots only"}
	errHyphen      = &SyntaxError{InPath, "no part of a domain name begins or ends with a hyphen"}
	errLabelLong   = &SyntaxError{InPath, "a part of the domain name is longer than 63 characters"}
	errDomainLong  = &SyntaxError{InPath, "the domain name is longer than 255 characters"}
	errLiteralOpen = &SyntaxError{InPath, "the closing ] of the address literal is missing"}
	errLiteral     = &SyntaxError{InPath, "what stands in square brackets is not an IP address"}

	errParamWord  = &SyntaxError{InParam, "a parameter is a word of letters, digits and hyphens, as in SIZE=1024"}
	errParamValue = &SyntaxError{InParam, "a parameter with = needs a value of printable characters without = and spaces"}
	errParamTwice = &SyntaxError{InParam, "a parameter is given twice"}
)

// ParseAddress parses an address as people write it in a form: Mailbox = Local-part "@" ( Domain /
// address-literal ), with nothing around it. The error is a *SyntaxError.
func ParseAddress(s string) (Path, error) {
	p := parser{s: s}
	return p.address()
}

func (p *parser) address() (Path, error) {
	if p.s == "" {
		return Path{}, errEmpty
	}
	path, err := p.mailbox()
	if err == nil && !p.end() {
		err = p.misplaced()
	}
	if err != nil {
		return Path{}, err
	}
	return path, nil
}

// ParseDomain parses what EHLO and HELO may give as the client's name: a domain or an address literal.
func ParseDomain(arg []byte) (string, error) {
	p := parser{s: string(arg)}
	domain, err := p.domainOrLiteral()
	if err == nil && !p.end() {
		err = p.misplaced()
	}
	if err == errTwoAts {
		err = errDomainChar // where not even one belongs
	}
	if err != nil {
		return "", err
	}
	return domain, nil
}

// ParseMail parses what follows MAIL: "FROM:" Reverse-path [SP Mail-parameters], RFC 5321 §4.1.1.2. The strings
// it returns share one copy of arg. The error is a *SyntaxError.
func ParseMail(arg []byte) (Path, Params, error) {
	p := parser{s: string(arg)}
	return p.mail()
}

func (p *parser) mail() (Path, Params, error) {
	if !p.word("FROM:") {
		return Path{}, "", errNoFrom
	}
	if p.word("<>") {
		return p.finish(Path{}, nil)
	}
	return p.finish(p.path())
}

// ParseRcpt parses what follows RCPT: "TO:" ( "<Postmaster>" / Forward-path ) [SP Rcpt-parameters], RFC 5321
// §4.1.1.3. The null path is refused. The strings it returns share one copy of arg. The error is a *SyntaxError.
func ParseRcpt(arg []byte) (Path, Params, error) {
	p := parser{s: string(arg)}
	return p.rcpt()
}

func (p *parser) rcpt() (Path, Params, error) {
	if !p.word("TO:") {
		return Path{}, "", errNoTo
	}
	if p.word("<>") {
		return Path{}, "", errNullRcpt
	}
	if p.word("<Postmaster>") {
		return p.finish(Path{Local: p.s[p.i-len("Postmaster>") : p.i-1]}, nil)
	}
	return p.finish(p.path())
}

// parser is a recursive-descent parser: one method for each rule of the grammar, which it names. s[i:] is what
// is still to be read.
type parser struct {
	s    string
	i    int
	wide uint8 // nonASCII where RFC 6531 §3.3 allows UTF-8 and there is some, else 0
}

func (p *parser) end() bool { return p.i == len(p.s) }

// peek is the next octet, 0 at the end; a NUL is in no rule, so the two need not be told apart.
func (p *parser) peek() byte {
	if p.end() {
		return 0
	}
	return p.s[p.i]
}

// eat reads the octet c if it is next.
func (p *parser) eat(c byte) bool {
	if p.end() || p.s[p.i] != c {
		return false
	}
	p.i++
	return true
}

// word reads the word w, in any case, if it is next.
func (p *parser) word(w string) bool {
	if len(p.s)-p.i < len(w) || !strings.EqualFold(p.s[p.i:p.i+len(w)], w) {
		return false
	}
	p.i += len(w)
	return true
}

// run reads the octets of a class and returns them.
func (p *parser) run(class uint8) string {
	from := p.i
	for p.i < len(p.s) && is(p.s[p.i], class) {
		p.i++
	}
	return p.s[from:p.i]
}

// misplaced says what is wrong with the next octet, which no rule allows after a domain.
func (p *parser) misplaced() *SyntaxError {
	switch c := p.peek(); {
	case c == '@':
		return errTwoAts
	case c >= 0x80:
		return errNotASCII
	case c < ' ' || c == 0x7F:
		return errControl
	}
	return errDomainChar
}

// finish reads the parameters behind a path.
func (p *parser) finish(path Path, err *SyntaxError) (Path, Params, error) {
	if err != nil {
		return Path{}, "", err
	}
	if !p.end() && p.peek() != ' ' {
		return Path{}, "", errAfterPath
	}
	params, err := p.params()
	if err != nil {
		return Path{}, "", err
	}
	return path, params, nil
}

// Path = "<" [ A-d-l ":" ] Mailbox ">"
func (p *parser) path() (Path, *SyntaxError) {
	switch {
	case p.peek() == ' ':
		return Path{}, errSpaceBefore
	case !p.eat('<'):
		return Path{}, errNoOpen
	}
	if err := p.sourceRoute(); err != nil {
		return Path{}, err
	}
	path, err := p.mailbox()
	switch {
	case err != nil:
		return Path{}, err
	case p.end():
		return Path{}, errNoClose
	case !p.eat('>'):
		return Path{}, p.misplaced()
	}
	return path, nil
}

// sourceRoute reads [ A-d-l ":" ] and forgets it, as RFC 5321 §4.1.1.3 and appendix C ask.
//
//	A-d-l = "@" Domain *( "," "@" Domain )
func (p *parser) sourceRoute() *SyntaxError {
	if p.peek() != '@' {
		return nil
	}
	for p.eat('@') {
		if _, err := p.domain(); err != nil {
			return err
		}
		switch {
		case p.eat(':'):
			return nil
		case p.peek() == '>' || p.end():
			return errNoLocal // "<@b>" was meant as an address
		case !p.eat(','):
			return errRoute
		}
	}
	return errRoute
}

// Mailbox = Local-part "@" ( Domain / address-literal )
func (p *parser) mailbox() (Path, *SyntaxError) {
	local, err := p.localPart()
	if err != nil {
		return Path{}, err
	}
	if len(local) > MaxLocalPart {
		return Path{}, errLocalLong
	}
	p.i++ // the @ that localPart stopped at
	domain, err := p.domainOrLiteral()
	if err != nil {
		return Path{}, err
	}
	return Path{local, domain}, nil
}

// Local-part = Dot-string / Quoted-string. When it succeeds the next octet is the @.
func (p *parser) localPart() (string, *SyntaxError) {
	if p.eat('"') {
		return p.quotedString()
	}
	from := p.i
	for {
		atom := p.run(atext | p.wide)
		next := p.peek()
		switch {
		case atom != "" && next == '@':
			return p.s[from:p.i], nil
		case atom != "" && next == '.':
			p.i++
		case next == '.', next == '@' && p.i > from:
			return "", errLocalDot
		case next == '@':
			return "", errNoLocal
		case p.end() || next == '>':
			return "", errNoAt
		case next >= 0x80:
			return "", errNotASCII
		case next < ' ' || next == 0x7F:
			return "", errControl
		default:
			return "", errLocalChar
		}
	}
}

// Quoted-string = DQUOTE *( qtextSMTP / quoted-pairSMTP ) DQUOTE, behind its first quotation mark. The empty
// one is refused: our choice, since nobody can have that name.
func (p *parser) quotedString() (string, *SyntaxError) {
	var unescaped []byte // only if there is a backslash
	from := p.i
	for !p.end() {
		switch c := p.s[p.i]; {
		case c >= 0x80 && !is(c, p.wide), c == '\\' && p.i+1 < len(p.s) && p.s[p.i+1] >= 0x80:
			return "", errNotASCII
		case c < ' ' || c == 0x7F:
			return "", errControl
		case c == '\\' && p.i+1 < len(p.s) && p.s[p.i+1] >= ' ' && p.s[p.i+1] < 0x7F:
			unescaped = append(unescaped, p.s[from:p.i]...)
			from = p.i + 1 // the octet behind the backslash stands for itself
			p.i += 2
		case c == '"':
			local := p.s[from:p.i]
			if unescaped != nil {
				local = string(append(unescaped, local...))
			}
			p.i++
			switch {
			case local == "":
				return "", errNoLocal
			case p.peek() != '@':
				return "", errAfterQuote
			}
			return local, nil
		default:
			p.i++
		}
	}
	return "", errQuoteOpen
}

// domainOrLiteral reads what may follow the @ or EHLO, and checks its length.
func (p *parser) domainOrLiteral() (string, *SyntaxError) {
	read := p.domain
	if p.peek() == '[' {
		read = p.literal
	}
	domain, err := read()
	if err == nil && len(domain) > MaxDomain {
		err = errDomainLong
	}
	return domain, err
}

// Domain = sub-domain *( "." sub-domain ), sub-domain = Let-dig [ Ldh-str ] / U-label
func (p *parser) domain() (string, *SyntaxError) {
	from := p.i
	for {
		label := p.run(ldh | p.wide)
		switch {
		case label == "" && p.i == from && (p.end() || p.peek() == '>'):
			return "", errNoDomain
		case label == "" && (p.i > from || p.peek() == '.'):
			return "", errDomainDot
		case label == "":
			return "", p.misplaced()
		case label[0] == '-' || label[len(label)-1] == '-':
			return "", errHyphen
		case p.wide != 0 && !isASCII(label):
			if !isULabel(label) {
				return "", errULabel
			}
		case len(label) > MaxLabel:
			return "", errLabelLong
		}
		if !p.eat('.') {
			return p.s[from:p.i], nil
		}
	}
}

// address-literal = "[" ( IPv4 / "IPv6:" IPv6 / Standardized-tag ":" 1*dcontent ) "]", RFC 5321 §4.1.3
func (p *parser) literal() (string, *SyntaxError) {
	size := strings.IndexByte(p.s[p.i:], ']') + 1
	if size == 0 {
		return "", errLiteralOpen
	}
	literal := p.s[p.i : p.i+size]
	p.i += size
	inside := literal[1 : size-1]
	tag, rest, tagged := strings.Cut(inside, ":")
	switch {
	case !tagged && isIPv4(inside):
	case strings.EqualFold(tag, "IPv6") && isIPv6(rest):
	case tagged && !strings.EqualFold(tag, "IPv6") && isGeneral(tag, rest):
	default:
		return "", errLiteral
	}
	return literal, nil
}

// isIPv4 reports whether s is Snum 3( "." Snum ), with Snum of one to three digits below 256. Unlike
// netip.ParseAddr the grammar allows leading zeros.
func isIPv4(s string) bool {
	for n := range 4 {
		num, rest, more := strings.Cut(s, ".")
		if more != (n < 3) || !isSnum(num) {
			return false
		}
		s = rest
	}
	return true
}

func isSnum(s string) bool {
	if len(s) < 1 || len(s) > 3 {
		return false
	}
	value := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		value = value*10 + int(s[i]-'0')
	}
	return value < 256
}

func isIPv6(s string) bool {
	addr, err := netip.ParseAddr(s)
	return err == nil && addr.Is6() && addr.Zone() == ""
}

// isGeneral reports whether tag and rest form a General-address-literal. Which tags are registered we leave open.
func isGeneral(tag, rest string) bool {
	if tag == "" || rest == "" || tag[len(tag)-1] == '-' {
		return false
	}
	for i := range len(tag) {
		if !is(tag[i], ldh) {
			return false
		}
	}
	for i := range len(rest) {
		if !is(rest[i], dcontent) {
			return false
		}
	}
	return true
}

// The classes of octets that the grammar names.
const (
	atext    uint8 = 1 << iota // RFC 5322 §3.2.3: what an atom consists of
	letDig                     // ALPHA / DIGIT
	ldh                        // letters, digits, hyphen
	dcontent                   // inside a general address literal
	value                      // inside the value of a parameter
	nonASCII                   // an octet of a character of UTF-8 outside ASCII
)

// is reports whether c belongs to a class.
func is(c byte, class uint8) bool { return classes[c]&class != 0 }

var classes = func() (t [256]uint8) {
	for c := '!'; c <= '~'; c++ {
		if c != '=' {
			t[c] |= value
		}
		if !strings.ContainsRune(`[\]`, c) {
			t[c] |= dcontent
		}
		if !strings.ContainsRune(`()<>[]:;@\,."`, c) {
			t[c] |= atext
		}
	}
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" {
		t[c] |= letDig | ldh
	}
	t['-'] |= ldh
	for c := 0x80; c < len(t); c++ {
		t[c] = nonASCII
	}
	return t
}()
