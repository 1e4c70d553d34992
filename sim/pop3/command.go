package pop3

import (
	"bytes"
	"math"
	"strings"
)

// Limits of the protocol, in octets with CRLF.
const (
	MaxLine     = 255   // of a command: RFC 2449 §4
	MaxReply    = 512   // of a reply's first line: RFC 1939 §3
	MaxResponse = 12288 // of a challenge or its answer, which RFC 5034 §4 frees from the limits above; as RFC 4954 §4
)

// verbs are the commands that the server knows by name, those it does not offer included.
var verbs = [...]string{
	"USER", "PASS", "STAT", "LIST", "RETR", "DELE", "NOOP", "RSET", "QUIT", // RFC 1939 §4 to §6
	"TOP", "UIDL", "APOP", // RFC 1939 §7
	"CAPA", "STLS", "AUTH", "UTF8", // RFC 2449 §5, RFC 2595 §4, RFC 5034 §4, RFC 6856 §2.1
}

// ParseCommand splits a command line, with or without its CRLF, into its verb in upper case and its argument:
// what follows the one space behind the verb. Trailing spaces are dropped, except from a password, whose spaces
// count (RFC 1939 §7). The verb is "" when the line does not begin with a word of letters and digits. arg points into line.
func ParseCommand(line []byte) (verb string, arg []byte) {
	line = bytes.TrimSuffix(line, crlf)
	word, arg, _ := bytes.Cut(line, space)
	verb = upper(word)
	if verb != "PASS" {
		arg = bytes.TrimRight(arg, " ")
	}
	return verb, arg
}

// MultiLine reports whether +OK to this command is followed by a text that ends with a line of one dot:
// RFC 1939 §3. args says whether the command had an argument.
func MultiLine(verb string, args bool) bool {
	switch verb {
	case "RETR", "TOP", "CAPA":
		return true
	case "LIST", "UIDL":
		return !args
	}
	return false
}

var (
	crlf  = []byte("\r\n")
	space = []byte(" ")
)

// upper returns a word of letters and digits in upper case, without allocating for the verbs of the protocol, which
// all have four; "" for any other octets.
func upper(word []byte) string {
	for _, c := range word {
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') {
			return ""
		}
	}
	if len(word) == 4 {
		var letters [4]byte
		for i, c := range word {
			if c >= 'a' {
				c -= 'a' - 'A'
			}
			letters[i] = c
		}
		for _, verb := range verbs {
			if string(letters[:]) == verb {
				return verb
			}
		}
	}
	return strings.ToUpper(string(word))
}

func known(verb string) bool {
	for _, v := range verbs {
		if v == verb {
			return true
		}
	}
	return false
}

// parseNumber reads plain decimal digits: no sign, no leading zero, no space. A number too big for an int is
// math.MaxInt, which is no message's number and more lines than any message has.
func parseNumber(digits []byte) (n int, ok bool) {
	if len(digits) == 0 || digits[0] == '0' && len(digits) > 1 {
		return 0, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		if n > (math.MaxInt-9)/10 {
			n = math.MaxInt
			continue
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// printable reports whether a line is made of what RFC 1939 §3 allows: printable ASCII characters and spaces.
func printable(line []byte) bool {
	for _, c := range line {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}
