package smtpserver

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"smtplab/sim/sasl"
	"smtplab/sim/smtp"
)

// What the table of requirements in sim/CONFORMANCE.md rests on beside the other tests of the package.

// TestKeywords proves, for every set of extensions that is left out and every policy, that the reply to EHLO begins with
// the server's name, that its keywords follow the grammar and are there once, and that they are true: what is offered is
// known, and what is left out is neither offered nor known. RFC 5321 §4.1.1.1, §4.2.4, RFC 1870 §4.
func TestKeywords(t *testing.T) {
	for set := range smtp.Extensions(1 << len(smtp.Switchable)) {
		for _, cfg := range []*Config{
			{},
			{Lookup: Off, StartTLS: true, Auth: sasl.Mechanisms},
			{Lookup: Vague, StartTLS: true, AuthInClear: sasl.Mechanisms, MaxSize: 1 << 62, MaxTransactions: 1 << 30},
		} {
			cfg.Domain, cfg.Without, cfg.MaxErrors = "email.com", set, 50
			for _, secured := range []bool{false, true} {
				s := NewSession(cfg, newOffice(), peer)
				if secured {
					s.Secured(&protected)
				}
				s.Open()
				drain(s)
				checkKeywords(t, s)
			}
		}
	}
}

// usesOf are the commands and parameters that a keyword stands for.
var usesOf = map[string][]string{
	smtp.ExtSize:       {"MAIL FROM:<> SIZE=1"},
	smtp.Ext8BitMIME:   {"MAIL FROM:<> BODY=8BITMIME"},
	smtp.ExtSMTPUTF8:   {"MAIL FROM:<> SMTPUTF8"},
	smtp.ExtDSN:        {"MAIL FROM:<> RET=FULL", "MAIL FROM:<> ENVID=1"},
	smtp.ExtChunking:   {"BDAT"},
	smtp.ExtBinaryMIME: {"MAIL FROM:<> BODY=BINARYMIME"},
	smtp.ExtStartTLS:   {"STARTTLS now"},
	smtp.ExtAuth:       {"AUTH FROB", "MAIL FROM:<> AUTH=<>"},
	smtp.ExtExpn:       {"EXPN all"},
	smtp.ExtHelp:       {"HELP"},
}

func checkKeywords(t *testing.T, s *Session) {
	offered := keywords(t, answer(s, "EHLO pc1"))
	without := s.cfg.Without.Keywords()
	if s.cfg.Lookup == Off {
		without = append(without, smtp.ExtExpn)
	}
	for keyword, uses := range usesOf {
		left := slices.Contains(without, keyword)
		for _, use := range uses {
			reply := answer(s, use)
			answer(s, "RSET")
			unknown := slices.Contains([]string{"500", "502", "555"}, reply[:3]) || strings.Contains(reply, "BODY must be")
			if offered[keyword] && unknown || left && (offered[keyword] || !unknown) {
				t.Fatalf("without %v, in TLS %v: %s is offered: %v; %s is answered %q", without, s.secured(), keyword, offered[keyword], use, reply)
			}
		}
	}
}

var ehloLine = regexp.MustCompile(`^250[- ]([A-Z0-9][A-Z0-9-]*)((?: [!-~]+)*)$`)

// keywords reads the reply to EHLO.
func keywords(t *testing.T, reply string) map[string]bool {
	lines := strings.Split(strings.TrimSuffix(reply, "\r\n"), "\r\n")
	if !strings.HasPrefix(lines[0], "250-email.com ") {
		t.Fatalf("the reply to EHLO begins with %q", lines[0])
	}
	offered := map[string]bool{}
	for _, line := range lines[1:] {
		m := ehloLine.FindStringSubmatch(line)
		if m == nil || offered[m[1]] {
			t.Fatalf("%q in %q", line, reply)
		}
		if params := strings.Fields(m[2]); m[1] == smtp.ExtSize && (len(params) > 1 || len(params) == 1 && (len(params[0]) > 20 || strings.Trim(params[0], "0123456789") != "")) {
			t.Fatalf("%q is not SIZE and a number of at most 20 digits", line)
		}
		offered[m[1]] = true
	}
	return offered
}

// answer says a line and returns what is answered.
func answer(s *Session, line string) string {
	s.Receive([]byte(line + "\r\n"))
	return string(drain(s))
}

// TestEnhancedCodes proves for all that is said in the dialogs that every line of every reply of 2yz, 4yz and 5yz has an
// enhanced code of its class, the same one, and that a greeting, the replies to EHLO and HELO, and 3yz have none. Without
// the extension none has. RFC 2034 §3, §4.
func TestEnhancedCodes(t *testing.T) {
	for _, file := range dialogFiles(t) {
		script, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, without := range []smtp.Extensions{0, smtp.WithEnhancedStatusCodes} {
			checkEnhanced(t, file, script, without)
		}
	}
}

func checkEnhanced(t *testing.T, file string, script *txtar.Archive, without smtp.Extensions) {
	host, cfg, first := newOffice(), &Config{Domain: "email.com"}, ""
	for _, f := range script.Files {
		if f.Name == "config" {
			first = configure(t, cfg, host, string(f.Data))
		}
	}
	cfg.Without |= without
	s := NewSession(cfg, host, peer)
	var verbs []string
	s.heard = func(verb string, r *smtp.Reply) {
		for range r.Lines {
			verbs = append(verbs, verb)
		}
	}
	prepare(s, first)
	s.Open()
	said := drain(s)
	for _, octets := range clientSide(t, script) {
		s.Receive(octets)
		said = append(said, drain(s)...)
		upgradeTLS(s)
	}
	last := ""
	for i, line := range strings.Split(strings.TrimSuffix(string(said), "\r\n"), "\r\n") {
		code, more, text, err := smtp.ParseReplyLine([]byte(line))
		if err != nil || i >= len(verbs) {
			t.Fatalf("%s: %q", file, line)
		}
		enhanced, _, found := smtp.ParseEnhanced(text)
		bare := code == 220 && verbs[i] == "" || verbs[i] == smtp.EHLO || verbs[i] == smtp.HELO || code/100 == 3
		if want := !bare && cfg.offers(smtp.WithEnhancedStatusCodes); found != want || found && int(enhanced.Class) != code/100 {
			t.Errorf("%s: %q answers %q", file, line, verbs[i])
		}
		if last != "" && enhanced.String() != last {
			t.Errorf("%s: %q has another code than the line before, %s", file, line, last)
		}
		if last = enhanced.String(); !more {
			last = ""
		}
	}
}

// TestSizesOfObjects proves that the sizes which every server must take are taken, and kept whole. RFC 5321 §4.5.3.1.
func TestSizesOfObjects(t *testing.T) {
	domain := func(n int) string { return strings.Repeat("b.", (n-1)/2) + strings.Repeat("c", n-(n-1)/2*2) }
	for _, path := range []string{
		strings.Repeat("a", smtp.MaxLocalPart) + "@b",
		"a@" + domain(smtp.MaxDomain),
		strings.Repeat("a", smtp.MaxLocalPart) + "@" + domain(smtp.MaxPath-len("<@>")-smtp.MaxLocalPart),
	} {
		s := NewSession(&Config{Domain: "email.com"}, newOffice(), peer)
		s.Open()
		drain(s)
		answer(s, "EHLO pc1")
		if got := answer(s, "MAIL FROM:<"+path+">"); !strings.HasPrefix(got, "250 ") || s.env.From.Address() != path {
			t.Errorf("a path of %d octets: %q", len(path)+2, got)
		}
	}
	host := newOffice()
	s := NewSession(&Config{Domain: "email.com"}, host, peer)
	s.Open()
	content := strings.Repeat(strings.Repeat("x", smtp.MaxTextLine-2)+"\r\n", smtp.MinContent/smtp.MaxTextLine) + strings.Repeat("y", smtp.MinContent%smtp.MaxTextLine-2) + "\r\n"
	s.Receive([]byte("EHLO pc1\r\nMAIL FROM:<>\r\nRCPT TO:<pc2@email.com>\r\nDATA\r\n" + content + ".\r\n"))
	if len(content) != smtp.MinContent || len(host.mail) != 1 || !bytes.HasSuffix(host.mail[0].content, []byte("+0000\r\n"+content)) {
		t.Errorf("a message of %d octets: %d mails", len(content), len(host.mail))
	}
}

// TestTrailingSpace proves that white space at the end of a line changes no reply, whatever the command. RFC 5321 §4.1.1.
func TestTrailingSpace(t *testing.T) {
	converse := func(end string) string {
		s := NewSession(&Config{Domain: "email.com", AuthInClear: sasl.Mechanisms}, newOffice(), peer)
		s.Open()
		var said strings.Builder
		for _, line := range []string{
			"HELO pc1", "NOOP", "NOOP x", "HELP", "HELP MAIL", "VRFY pc1", "EXPN all", "EHLO pc1", "AUTH LOGIN", "*", "MAIL FROM:<pc1@email.com>", "RSET",
			"MAIL FROM:<pc1@email.com> SIZE=1", "RCPT TO:<pc2@email.com>", "RCPT TO:<pc3@email.com> NOTIFY=NEVER", "BDAT 0", "RSET", "FROB", "QUIT",
		} {
			if line != "*" { // which is no command
				line += end
			}
			said.WriteString(answer(s, line))
		}
		return said.String()
	}
	want := converse("")
	if codes := fmt.Sprint(replyCodes(t, []byte(want))); codes != "[220 250 250 250 214 214 250 250 250 334 501 250 250 250 250 250 250 250 500 221]" {
		t.Fatalf("without any: %s", codes)
	}
	for _, end := range []string{" ", "\t", " \t \t  "} {
		if got := converse(end); got != want {
			t.Errorf("with %q at the end of the lines:\n%s", end, difference(want, got))
		}
	}
}

// TestSilenceInData proves that nothing is said between 354 and the end of the message, whatever comes: RFC 5321
// §4.1.1.4. The one reply to its end is for all recipients.
func TestSilenceInData(t *testing.T) {
	s := NewSession(&Config{Domain: "email.com", MaxSize: 100}, newOffice(), peer)
	s.Open()
	s.Receive([]byte("EHLO pc1\r\nMAIL FROM:<>\r\nRCPT TO:<pc2@email.com>\r\nRCPT TO:<pc3@email.com>\r\nDATA\r\n"))
	drain(s)
	for _, text := range []string{"QUIT\r\n", "\x00\r\n", "a\nb\r\n", strings.Repeat("x", 5000) + "\r\n", "..\r\n", ".", "x", "\r\n.\r"} {
		s.Receive([]byte(text))
		if out := drain(s); len(out) > 0 {
			t.Fatalf("after %.20q: %q", text, out)
		}
	}
	s.Receive([]byte("\n"))
	if codes := fmt.Sprint(replyCodes(t, drain(s))); codes != "[552]" {
		t.Errorf("at the end: %s", codes)
	}
}
