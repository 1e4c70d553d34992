package smtp

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// ParseMailUTF8 is ParseMail where SMTPUTF8 is offered: paths and the values of parameters may hold UTF-8, RFC 6531
// §3.3. Whether the client may use it, the parameters say: the caller must look for SMTPUTF8 if the path is not ASCII.
// Refused are characters that change how the text around them is read, and code points that are no characters.
func ParseMailUTF8(arg []byte) (Path, Params, error) {
	p := parser{s: string(arg)}
	if err := p.widen(); err != nil {
		return Path{}, "", err
	}
	return p.mail()
}

// ParseRcptUTF8 is ParseRcpt where SMTPUTF8 is offered. See ParseMailUTF8.
func ParseRcptUTF8(arg []byte) (Path, Params, error) {
	p := parser{s: string(arg)}
	if err := p.widen(); err != nil {
		return Path{}, "", err
	}
	return p.rcpt()
}

// ParseAddressUTF8 is ParseAddress with UTF-8 in both parts of the address. See ParseMailUTF8.
func ParseAddressUTF8(s string) (Path, error) {
	p := parser{s: s}
	if err := p.widen(); err != nil {
		return Path{}, err
	}
	return p.address()
}

// widen lets UTF-8 pass, if there is any that may. What is of ASCII goes the narrow way.
func (p *parser) widen() error {
	if isASCII(p.s) {
		return nil
	}
	if err := checkText(p.s); err != nil {
		return err
	}
	p.wide = nonASCII
	return nil
}

// checkText refuses what no text in an address may hold, or returns nil. Controls of ASCII are the grammar's to refuse.
func checkText(s string) *SyntaxError {
	switch {
	case !utf8.ValidString(s):
		return errNotUTF8
	case strings.ContainsFunc(s, misleads):
		return errInvisible
	}
	return nil
}

// misleads reports whether r is a control beyond ASCII, ends a line or changes the direction of the text (RFC 5198 §2
// and RFC 6532 §5 warn of them), or is no character at all.
func misleads(r rune) bool {
	return r >= 0x80 && unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control, unicode.Noncharacter_Code_Point)
}

// isWord reports whether s is a word of ASCII, in any case. The length keeps out the letters outside ASCII that fold to
// those of the word, as the long s does.
func isWord(s, word string) bool { return len(s) == len(word) && strings.EqualFold(s, word) }

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// uLabels turns a U-label into the A-label that stands for it (RFC 5890 §2.3.2.1). Upper case and compatible forms of
// letters are let pass, as RFC 5895 advises for what people type.
var uLabels = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.StrictDomainName(true), idna.VerifyDNSLength(true))

// isULabel reports whether a label that is not ASCII is one of an internationalized domain. One that stands for several
// is none: there are dots outside ASCII.
func isULabel(label string) bool {
	a, err := uLabels.ToASCII(label)
	return err == nil && !strings.Contains(a, ".")
}

// SameDomain reports whether two domains are the same: without regard to case, and to whether an internationalized
// label is written in Unicode or in ASCII (RFC 5890 §2.3.2.4).
func SameDomain(a, b string) bool {
	if strings.EqualFold(a, b) {
		return true
	}
	if isASCII(a) && isASCII(b) {
		return false
	}
	x, errX := uLabels.ToASCII(a)
	y, errY := uLabels.ToASCII(b)
	return errX == nil && errY == nil && strings.EqualFold(x, y)
}
