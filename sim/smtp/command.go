package smtp

import (
	"bytes"
	"iter"
	"math"
	"strings"
)

// The verbs of commands: RFC 5321 §4.1.1, then those of extensions and of the past that a server should know by
// name even if it does not serve them (§4.2.4).
const (
	EHLO = "EHLO"
	HELO = "HELO"
	MAIL = "MAIL"
	RCPT = "RCPT"
	DATA = "DATA"
	RSET = "RSET"
	NOOP = "NOOP"
	QUIT = "QUIT"
	VRFY = "VRFY"
	EXPN = "EXPN"
	HELP = "HELP"

	AUTH     = "AUTH"     // RFC 4954
	STARTTLS = "STARTTLS" // RFC 3207
	BDAT     = "BDAT"     // RFC 3030
	ETRN     = "ETRN"     // RFC 1985
	ATRN     = "ATRN"     // RFC 2645
	BURL     = "BURL"     // RFC 4468
	TURN     = "TURN"     // RFC 821 §3.8
	SEND     = "SEND"     // RFC 821 §3.4
	SOML     = "SOML"
	SAML     = "SAML"
	VERB     = "VERB" // never standardized
	ONEX     = "ONEX"

	EOD = "EOD" // not a verb: the end of the message, CRLF.CRLF, which is answered as if it were a command
)

// ParseCommand splits a command line into its verb, in upper case, and its argument. The line may end with CRLF.
// Trailing white space is dropped, as RFC 5321 §4.1.1 asks. For known verbs nothing is allocated. The verb is ""
// if the line does not begin with a word that could be one: up to 16 letters, digits and hyphens.
func ParseCommand(line []byte) (verb string, arg []byte) {
	line = bytes.TrimSuffix(line, crlf)
	line = trimRight(line)
	word, arg, _ := bytes.Cut(line, space)
	return internVerb(word), bytes.TrimLeft(arg, " ")
}

var (
	crlf  = []byte("\r\n")
	space = []byte(" ")
)

func trimRight(line []byte) []byte {
	for len(line) > 0 && (line[len(line)-1] == ' ' || line[len(line)-1] == '\t') {
		line = line[:len(line)-1]
	}
	return line
}

// internVerb returns word in upper case.
func internVerb(word []byte) string {
	var upper [16]byte
	if len(word) > len(upper) {
		return ""
	}
	for i, c := range word {
		if !is(c, ldh) {
			return ""
		}
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		upper[i] = c
	}
	switch string(upper[:len(word)]) {
	case EHLO:
		return EHLO
	case HELO:
		return HELO
	case MAIL:
		return MAIL
	case RCPT:
		return RCPT
	case DATA:
		return DATA
	case RSET:
		return RSET
	case NOOP:
		return NOOP
	case QUIT:
		return QUIT
	case VRFY:
		return VRFY
	case EXPN:
		return EXPN
	case HELP:
		return HELP
	case AUTH:
		return AUTH
	case STARTTLS:
		return STARTTLS
	case BDAT:
		return BDAT
	}
	return string(upper[:len(word)])
}

// ParseBDAT parses what follows BDAT: chunk-size [ SP "LAST" ], RFC 3030 §2. The chunk follows its command whatever is
// thought of it, so size is to be heeded with an error, too: it is how many octets follow, 0 when the command does not
// say, and -1 when it says more than can be counted. The error is a *SyntaxError.
func ParseBDAT(arg []byte) (size int64, last bool, err error) {
	digits, marker, marked := bytes.Cut(arg, space)
	if len(digits) == 0 {
		return 0, false, errNoSize
	}
	for _, c := range digits {
		switch {
		case !isDigit(c):
			return 0, false, errNoSize
		case size < 0 || size > (math.MaxInt64-9)/10:
			size = -1
		default:
			size = size*10 + int64(c-'0')
		}
	}
	last = isWord(string(bytes.TrimLeft(marker, " ")), "LAST")
	switch {
	case size < 0:
		return size, last, errHugeSize
	case marked && !last:
		return size, false, errNotLast
	}
	return size, last, nil
}

// Params are the parameters of a MAIL or RCPT command as they were written, checked against the grammar:
// "SIZE=1024 BODY=8BITMIME". No keyword occurs twice.
type Params string

// All yields each parameter in order: its keyword in upper case, and its value, "" if it has none.
func (p Params) All() iter.Seq2[string, string] {
	return func(yield func(keyword, value string) bool) {
		for rest := string(p); rest != ""; {
			var param string
			param, rest, _ = strings.Cut(rest, " ")
			if param == "" {
				continue
			}
			keyword, value, _ := strings.Cut(param, "=")
			if !yield(strings.ToUpper(keyword), value) {
				return
			}
		}
	}
}

// Get returns the value of a parameter, and whether it is there. The keyword is in upper case.
func (p Params) Get(keyword string) (value string, ok bool) {
	for k, v := range p.All() {
		if k == keyword {
			return v, true
		}
	}
	return "", false
}

// params reads what is left as *( SP esmtp-param ). More than one space is let pass.
//
//	esmtp-param   = esmtp-keyword [ "=" esmtp-value ]
//	esmtp-keyword = ( ALPHA / DIGIT ) *( ALPHA / DIGIT / "-" )
//	esmtp-value   = 1*( %d33-60 / %d62-126 / UTF8-non-ascii )
func (p *parser) params() (Params, *SyntaxError) {
	for p.eat(' ') {
	}
	from := p.i
	for !p.end() {
		before := Params(p.s[from:p.i])
		if !is(p.peek(), letDig) {
			return "", errParamWord
		}
		keyword := p.run(ldh)
		hasValue := p.eat('=')
		switch {
		case hasValue && (p.run(value|p.wide) == "" || !p.end() && p.peek() != ' '):
			return "", errParamValue
		case !p.end() && p.peek() != ' ':
			return "", errParamWord
		}
		if _, twice := before.Get(strings.ToUpper(keyword)); twice {
			return "", errParamTwice
		}
		for p.eat(' ') {
		}
	}
	return Params(strings.TrimRight(p.s[from:], " ")), nil
}
