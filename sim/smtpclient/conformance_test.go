package smtpclient

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

	"smtplab/sim/sasl"
	"smtplab/sim/smtp"
)

// What the table of requirements in sim/CONFORMANCE.md rests on beside the other tests of the package.

// The commands whose answer decides what comes next are the last of what the client says at once: RFC 2920 §3.1, RFC 3207
// §4, RFC 4954 §4.
func TestLastInAGroup(t *testing.T) {
	last := []string{smtp.EHLO, smtp.HELO, smtp.DATA, smtp.VRFY, smtp.EXPN, smtp.QUIT, smtp.NOOP, smtp.STARTTLS, smtp.AUTH}
	mail := mailTo(hello, "pc2@email.com", "pc3@email.com", "pc4@email.com")
	groups := 0
	for _, extra := range []string{"", "250-CHUNKING\n", "250-LIMITS RCPTMAX=1\n", "250-STARTTLS\n", "250-AUTH CRAM-MD5\n"} {
		for _, answers := range []script{
			server(), server().with("RCPT", "550 no"), server().with("RCPT TO:<pc3@email.com>", "452 4.5.3 too many"),
			server().with("MAIL", "550 no"), server().with("DATA", "354 go").with("RCPT", "550 no"), server().with(".", "554 no"), server().with("EHLO", "502 no"),
		} {
			if !strings.HasPrefix(answers["EHLO"], "502") {
				answers = answers.with("EHLO", "250-email.com\n"+extra+"250 PIPELINING").with("STARTTLS", "454 not now")
			}
			cfg := &Config{Hello: "pc1", Chunking: true, Chunk: 7, TLS: TLSIfOffered}
			if strings.Contains(extra, "AUTH") {
				cfg.Login = login("secret", sasl.CramMD5)
			}
			k := converseAs(t, cfg, answers, mail, func(k *talk) { k.auth = checker() })
			for _, burst := range k.bursts {
				lines := strings.SplitAfter(strings.TrimSuffix(burst, "\r\n"), "\r\n")
				for i, line := range lines {
					if verb, _ := smtp.ParseCommand([]byte(line)); slices.Contains(last, verb) && i < len(lines)-1 {
						t.Errorf("%q is not the last of %q", line, burst)
					}
				}
				if len(lines) > 1 && strings.HasPrefix(burst, smtp.MAIL) {
					groups++
				}
			}
		}
	}
	if groups < 20 {
		t.Errorf("only %d groups were said", groups)
	}
}

// Of a reply the first digit decides, whatever the others and the text say: RFC 5321 §4.2.1, §4.3.2.
func TestFirstDigitDecides(t *testing.T) {
	commands := []string{"", "EHLO", "MAIL", "RCPT", "DATA", "."}
	for _, at := range commands {
		for _, answer := range []string{"2", "4", "5"} {
			if at == "DATA" && answer == "2" {
				answer = "3"
			}
			for _, rest := range []string{"99 whatever", "37", "59-one\n" + answer + "59-250 two\n" + answer + "59 354 three"} {
				k := converse(t, server().with(at, answer+rest), mailTo(hello, "pc2@email.com"))
				want := map[bool]Outcome{true: Accepted, false: Failed}[answer < "4"]
				if r := k.c.Result(); r.Outcome() != want {
					t.Errorf("%q answered with %q: %s", at, answer+rest, summary(r))
				}
			}
		}
	}
}

// What the server refused for good is not asked for again, and what it refused for now is not asked for at once: RFC 5321
// §4.2.1. Trying again later is for whoever has the mail.
func TestRefusedOnce(t *testing.T) {
	for _, at := range []string{"MAIL", "RCPT", "DATA", "."} {
		for _, answer := range []string{"550 5.7.1 no", "451 4.3.0 not now"} {
			for _, s := range []script{server(), server().pipelining()} {
				k := converse(t, s.with(at, answer), mailTo(hello, "pc2@email.com"))
				said := strings.Join(k.bursts, "")
				for _, command := range []string{"MAIL FROM:", "RCPT TO:", "DATA\r\n", "QUIT\r\n"} {
					if strings.Count(said, command) > 1 {
						t.Errorf("%q answered with %q: said %q", at, answer, said)
					}
				}
				if r := k.c.Result(); r.Outcome() != Failed || !strings.Contains(r.Err.Error(), answer) {
					t.Errorf("%q answered with %q: %s", at, answer, summary(r))
				}
			}
		}
	}
}

// The example of RFC 7677 §3, octet for octet: the nonce of the server begins with the client's, the proof is right, and
// the signature of the server is believed. With another signature it is not.
func TestRFC7677(t *testing.T) {
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	const nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
	for signature, outcome := range map[string]Outcome{
		"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=": Accepted,
		"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G8=": Failed,
	} {
		answers := map[string]string{
			"AUTH SCRAM-SHA-256 " + encode("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"):              "334 " + encode("r="+nonce+",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"),
			encode("c=biws,r=" + nonce + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="): "334 " + encode("v="+signature),
			"":  "235 2.7.0 welcome",
			"*": "501 5.7.0 as you wish",
		}
		cfg := &Config{Hello: "pc1", Login: &Login{User: "user", Password: "pencil", Nonce: func() string { return "rOprNGfwEbeRWgbNEkqO" }}}
		k := converseAs(t, cfg, offering(sasl.ScramSHA256), mailTo(hello, "pc2@email.com"), func(k *talk) {
			k.auth = func(line string) string { return answers[line] }
		})
		if r := k.c.Result(); r.Outcome() != outcome {
			t.Errorf("%s: %s after %q", signature, summary(r), k.bursts)
		}
	}
}

// loneDots counts the places at which the most lenient of servers could see the end of a message: a line of one dot, where
// CR and LF each end a line and NUL is passed over.
func loneDots(wire string) (n int) {
	wire = strings.NewReplacer("\x00", "", "\r\n", "\n", "\r", "\n").Replace(wire)
	for line := range strings.SplitSeq("\n"+wire, "\n") {
		if line == "." {
			n++
		}
	}
	return n
}

// Whatever mix of CR, LF, NUL and dots a message is: either the client refuses it, or what it sends has its one end where
// the most lenient server sees one, too. As a binary message it goes in chunks that are counted, or is encoded. RFC 5321
// §2.3.8, §4.1.1.4, §4.5.2.
func TestNothingToSmuggle(t *testing.T) {
	pieces := []string{"\r", "\n", "\r\n", "\x00", ".", " ", "a"}
	sent, refused := 0, 0
	var try func(content string, left int)
	try = func(content string, left int) {
		for _, binary := range []bool{false, true} {
			m := mailTo("Subject: x\r\n\r\n"+content, "pc2@email.com")
			m.Binary = binary
			if !binary {
				m.Content = []byte(content)
			}
			c, err := New(config, m)
			if err != nil {
				if !errors.Is(err, ErrLineEnd) && !errors.Is(err, ErrNUL) || binary {
					t.Fatalf("%q: %v", content, err)
				}
				refused++
				continue
			}
			for _, s := range []script{server(), server().with("EHLO", everything)} {
				if binary {
					c, _ = New(config, m)
				}
				k := &talk{t: t, s: s, c: c, cut: -1}
				k.run()
				counted := c.chunks > 0
				if n := loneDots(k.data); !counted && (n != 1 || !strings.HasSuffix("\r\n"+k.data, "\r\n.\r\n")) {
					t.Fatalf("%q was sent as %q: %d ends", content, k.data, n)
				}
				if counted && !bytes.Equal([]byte(k.data), c.message) {
					t.Fatalf("%q was sent in chunks as %q", content, k.data)
				}
				if c.Result().Outcome() != Accepted {
					t.Fatalf("%q: %s", content, summary(c.Result()))
				}
				if sent++; !binary {
					break
				}
			}
		}
		if left > 0 {
			for _, p := range pieces {
				try(content+p, left-1)
			}
		}
	}
	try("", 5)
	if sent < 10_000 || refused < 10_000 {
		t.Errorf("%d were sent, %d refused", sent, refused)
	}
}
