package explain

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"smtplab/sim/message"
	"smtplab/sim/sasl"
	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// What SMTP and POP3 carry of a login is in base64 (RFC 4954 §4, RFC 5034 §4). This file says what is inside. A line
// does not tell its mechanism, but none of those that are known can be mistaken for another, save that LOGIN's name
// and password are any text.

// inside is an octet string of a login: the entry that explains it, and what that entry's places stand for.
type inside struct {
	key    string
	values []string // as strings.NewReplacer takes them: "{user}", "`pc1`"
}

// Response explains the line by which a client answers a challenge. Event does so, too, but does not know what was
// asked, and so cannot tell a name from a password.
func (b *Book) Response(e, challenge trace.Event) Explanation {
	asked := ""
	if challenge.Kind == trace.Reply {
		asked = readChallenge(challenged(challenge)).key
	}
	return b.protected(b.response(e, asked), e)
}

func (b *Book) response(e trace.Event, asked string) Explanation {
	line := bytes.TrimSuffix(e.Raw, []byte("\r\n"))
	var c chain
	c.addInside(b.sasl, readResponse(line, asked))
	c.add(b.sasl, "response "+e.Proto.String(), true)
	return c.Explanation
}

// addInside completes an explanation by the entry for what is in base64, with its places filled in.
func (c *chain) addInside(m map[string]entry, in inside) {
	begun := c.begun
	c.add(m, in.key, true)
	if !begun && c.begun {
		c.Meaning = strings.NewReplacer(in.values...).Replace(c.Meaning)
	}
}

// readResponse says what a line within an exchange is. asked is the key of the challenge before it, "" when it is not
// known.
func readResponse(line []byte, asked string) inside {
	switch string(line) {
	case "":
		return inside{key: "response empty"}
	case "*":
		return inside{key: "response cancel"}
	}
	p, ok := decode(line)
	if !ok {
		return inside{key: "response bad"}
	}
	return insideResponse(p, asked)
}

func insideResponse(p []byte, asked string) inside {
	switch asked {
	case "challenge login name":
		return inside{"response login name", places("text", p)}
	case "challenge login password":
		return inside{"response login password", places("text", p)}
	}
	parts := bytes.Split(p, []byte{0})
	user, digest := cutLast(p, ' ')
	switch {
	case len(parts) == 3 && len(parts[0]) == 0:
		return inside{"response plain", places("user", parts[1], "password", parts[2])}
	case len(parts) == 3:
		return inside{"response plain as", places("as", parts[0], "user", parts[1], "password", parts[2])}
	case attribute(p, "r") != nil && attribute(p, "n") != nil && bytes.ContainsAny(p[:1], "nyp"):
		return inside{"response scram first", places("text", p, "user", unsaslname(attribute(p, "n")))}
	case attribute(p, "c") != nil && attribute(p, "r") != nil && attribute(p, "p") != nil:
		return inside{"response scram final", places("text", p)}
	case len(user) > 0 && isMD5(digest):
		return inside{"response cram", places("user", user)}
	case utf8.Valid(p) && len(parts) == 1:
		return inside{"response login", places("text", p)}
	}
	return inside{"response", places("text", p)}
}

// initialResponse says what a client says along with AUTH; ok is false when that is nothing.
func initialResponse(mechanism string, word []byte) (in inside, ok bool) {
	switch {
	case len(word) == 0:
		return inside{}, false
	case string(word) == "=":
		return inside{key: "response empty"}, true
	case mechanism == sasl.Login:
		return readResponse(word, "challenge login name"), true
	}
	return readResponse(word, ""), true
}

// challenged is what a challenge carries in base64.
func challenged(e trace.Event) []byte {
	_, text, _ := bytes.Cut(bytes.TrimSuffix(e.Raw, []byte("\r\n")), []byte(" "))
	return text
}

// isChallenge reports whether a reply asks for a line that is no command.
func isChallenge(e trace.Event) bool {
	return e.Verb == smtp.AUTH && (e.Proto == trace.SMTP && e.Code == 334 || e.Proto == trace.POP3 && e.Code == 0)
}

// readChallenge says what a challenge asks. LOGIN asks in words, which differ from server to server.
func readChallenge(encoded []byte) inside {
	p, ok := decode(encoded)
	lower := bytes.ToLower(p)
	switch {
	case !ok:
		return inside{}
	case len(p) == 0:
		return inside{key: "challenge empty"}
	case bytes.HasPrefix(lower, []byte("user")):
		return inside{"challenge login name", places("text", p)}
	case bytes.HasPrefix(lower, []byte("password")):
		return inside{"challenge login password", places("text", p)}
	case p[0] == '<' && p[len(p)-1] == '>' && bytes.IndexByte(p, '@') > 0:
		return inside{"challenge cram", places("text", p)}
	case attribute(p, "r") != nil && attribute(p, "s") != nil && attribute(p, "i") != nil:
		return inside{"challenge scram first", places("text", p, "count", attribute(p, "i"))}
	case bytes.HasPrefix(p, []byte("v=")):
		return inside{"challenge scram final", places("text", p)}
	}
	return inside{"challenge", places("text", p)}
}

// decode reads base64, at most as much as a line of an exchange may hold, and nothing else: Go's decoder lets line
// ends pass.
func decode(encoded []byte) (p []byte, ok bool) {
	if len(encoded) > smtp.MaxAuthLine || bytes.ContainsAny(encoded, "\r\n") {
		return nil, false
	}
	p, err := base64.StdEncoding.Strict().AppendDecode(nil, encoded)
	return p, err == nil
}

// attribute is the value of an attribute of a SCRAM message (RFC 5802 §5.1), nil when there is none.
func attribute(p []byte, name string) []byte {
	for part := range bytes.SplitSeq(p, []byte(",")) {
		if value, ok := bytes.CutPrefix(part, []byte(name+"=")); ok {
			return append([]byte{}, value...)
		}
	}
	return nil
}

// unsaslname is the name that a saslname stands for: RFC 5802 §5.1.
func unsaslname(name []byte) []byte {
	return []byte(strings.NewReplacer("=2C", ",", "=3D", "=").Replace(string(name)))
}

func cutLast(p []byte, sep byte) (before, after []byte) {
	i := bytes.LastIndexByte(p, sep)
	if i < 0 {
		return nil, p
	}
	return p[:i], p[i+1:]
}

// isMD5 reports whether p is an MD5 digest as CRAM-MD5 writes one: RFC 2195 §2.
func isMD5(p []byte) bool { return len(p) == 32 && len(bytes.Trim(p, "0123456789abcdef")) == 0 }

// places are the places of an entry and what to put there, of names and octets in turn.
func places(named ...any) []string {
	var values []string
	for i := 0; i < len(named); i += 2 {
		values = append(values, "{"+named[i].(string)+"}", quoted(named[i+1].([]byte)))
	}
	return values
}

// maxQuoted is how many octets of somebody's words an explanation repeats.
const maxQuoted = 160

// quoted is what somebody said, as code in an explanation: one short line without characters that act.
func quoted(p []byte) string {
	more := ""
	if len(p) > maxQuoted {
		p, more = p[:maxQuoted], "…"
		for n := 1; n < utf8.UTFMax && !utf8.Valid(p); n++ { // not within a character
			p = p[:len(p)-1]
		}
	}
	if len(p) == 0 {
		return "nothing"
	}
	return "`" + unquotable.Replace(message.Visible(string(p))) + more + "`"
}

// unquotable are the characters that Visible leaves and code in an explanation cannot hold.
var unquotable = strings.NewReplacer("`", "ˋ", "\n", "␊", "\t", "␉")
