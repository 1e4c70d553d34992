package smtp

import (
	"bytes"
	"strings"
)

// The keywords of service extensions: RFC 5321 §2.2, as the reply to EHLO lists them.
const (
	ExtSize                = "SIZE"                // RFC 1870
	Ext8BitMIME            = "8BITMIME"            // RFC 6152
	ExtPipelining          = "PIPELINING"          // RFC 2920
	ExtEnhancedStatusCodes = "ENHANCEDSTATUSCODES" // RFC 2034
	ExtHelp                = "HELP"                // RFC 5321 §4.1.1.8
	ExtExpn                = "EXPN"                // RFC 5321 §4.1.1.7
	ExtAuth                = "AUTH"                // RFC 4954
	ExtStartTLS            = "STARTTLS"            // RFC 3207
	ExtSMTPUTF8            = "SMTPUTF8"            // RFC 6531
	ExtDSN                 = "DSN"                 // RFC 3461
	ExtChunking            = "CHUNKING"            // RFC 3030
	ExtBinaryMIME          = "BINARYMIME"          // RFC 3030
	ExtLimits              = "LIMITS"              // RFC 9422
)

// Keyword is one line of the reply to EHLO after its first: an extension that the server offers.
type Keyword struct {
	Name  string // in upper case
	Param string // its parameters as written, separated by spaces; "" for none
}

// String is the line's text: "SIZE 10485760".
func (k Keyword) String() string {
	if k.Param == "" {
		return k.Name
	}
	return k.Name + " " + k.Param
}

// ParseKeyword parses the text of such a line. It reports false for a line that is none, which a client passes
// over.
//
//	ehlo-line    = ehlo-keyword *( SP ehlo-param )
//	ehlo-keyword = ( ALPHA / DIGIT ) *( ALPHA / DIGIT / "-" )
//	ehlo-param   = 1*( %d33-126 )
func ParseKeyword(text []byte) (Keyword, bool) {
	name, param, _ := bytes.Cut(trimRight(text), space)
	if len(name) == 0 || name[0] == '-' {
		return Keyword{}, false
	}
	for _, c := range name {
		if !is(c, ldh) {
			return Keyword{}, false
		}
	}
	for _, c := range param {
		if c < ' ' || c > '~' {
			return Keyword{}, false
		}
	}
	return Keyword{strings.ToUpper(string(name)), string(param)}, true
}
