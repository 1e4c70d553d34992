package smtpserver

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

var update = flag.Bool("update", false, "rewrite what the server says in testdata/*.txtar")

// TestDialogs plays the conversations of testdata/*.txtar. Each file is one scenario. It begins with a sentence
// on what it proves and the RFC's section, and has these parts:
//
//	-- config --     optional: how the server differs from the usual, as "maxsize 1000"
//	-- dialog --     what the two say, one line each
//	-- delivered --  the messages that the host got, each line of their content behind "| "
//
// In the dialog,
//
//	C: MAIL FROM:<>      the client sends this line with CRLF
//	C= "\r\n.\n"         the client sends these octets, in Go's notation; behind C: and C=, {x*512} is x 512 times
//	C: AUTH PLAIN {b64 "\x00pc1\x00secret"}    that text stands there in base64
//	! expire             something happens: expire, shutdown, hangup, panic, turn away, or tls: the handshake, which
//	                     fails if the client sent anything behind STARTTLS
//	S: 250 2.1.0 ...     the server says this line
//	=> MAIL given        the conversation is now in this state
//	# comment            for the reader, on a line of its own
//
// The client's lines up to the next S: or ! go out in one segment; an empty line divides segments too. With
// -update the S: and => lines and what was delivered are written anew. Commit the change only if you
// understand what caused it.
func TestDialogs(t *testing.T) {
	for _, file := range dialogFiles(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			written, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			played := play(t, txtar.Parse(written), nil)
			switch {
			case bytes.Equal(written, played):
			case *update:
				if err := os.WriteFile(file, played, 0o644); err != nil {
					t.Fatal(err)
				}
			default:
				t.Errorf("the conversation went otherwise:\n%s", difference(string(written), string(played)))
			}
		})
	}
}

func dialogFiles(t testing.TB) []string {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no dialogs: ", err)
	}
	return files
}

// play has the conversation of a script and returns the script as it should be. Heard may be nil.
func play(t testing.TB, script *txtar.Archive, heard func(verb string, r *smtp.Reply)) []byte {
	p := player{host: newOffice()}
	out := &txtar.Archive{Comment: script.Comment}
	cfg := &Config{Domain: "email.com"}
	first := ""
	for _, f := range script.Files {
		switch f.Name {
		case "config":
			first = configure(t, cfg, p.host, string(f.Data))
			out.Files = append(out.Files, f)
		case "dialog":
			p.session = NewSession(cfg, p.host, peer)
			p.session.heard = heard
			prepare(p.session, first)
			p.dialog(t, string(f.Data))
			out.Files = append(out.Files, txtar.File{Name: "dialog", Data: p.out.Bytes()})
		case "delivered":
		default:
			t.Fatalf("a script has no part %q", f.Name)
		}
	}
	if mail := p.host.delivered(); mail != "" {
		out.Files = append(out.Files, txtar.File{Name: "delivered", Data: []byte(mail)})
	}
	return txtar.Format(out)
}

// player has one conversation.
type player struct {
	host    *office
	session *Session
	state   trace.State
	segment []byte // what the client is going to send
	out     bytes.Buffer
}

func (p *player) dialog(t testing.TB, script string) {
	p.session.Open()
	p.answer()
	for line := range strings.Lines(script) {
		line = strings.TrimRight(line, " \n")
		switch {
		case strings.HasPrefix(line, "S: "), strings.HasPrefix(line, "=> "): // what was said when this was written
			p.send()
			continue
		case line == "", strings.HasPrefix(line, "! "):
			p.send()
		}
		fmt.Fprintln(&p.out, line)
		p.segment = append(p.segment, clientOctets(t, line)...)
		switch {
		case line == "", strings.HasPrefix(line, "#"), strings.HasPrefix(line, "C"):
		case line == "! expire":
			p.session.Expire()
		case line == "! shutdown":
			p.session.Shutdown()
		case line == "! hangup":
			p.session.Hangup()
		case line == "! panic":
			p.session.Fail()
		case line == "! tls":
			if !upgradeTLS(p.session) {
				t.Fatal("there is no handshake to be had")
			}
		default:
			t.Fatalf("what does %q mean?", line)
		}
		if strings.HasPrefix(line, "! ") {
			p.answer()
		}
	}
	p.send()
}

// clientOctets is what the client sends for a line of a script, if it is one of the client's.
func clientOctets(t testing.TB, line string) string {
	switch {
	case strings.HasPrefix(line, "C: "), line == "C:":
		return repeat(encode(line[min(3, len(line)):])) + "\r\n"
	case strings.HasPrefix(line, "C= "):
		raw, err := strconv.Unquote(line[3:])
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		return repeat(raw)
	}
	return ""
}

// send sends the client's segment and writes down the answer.
func (p *player) send() {
	if len(p.segment) > 0 {
		p.session.Receive(p.segment)
		p.segment = nil
		p.answer()
	}
}

func (p *player) answer() {
	for line := range strings.SplitSeq(strings.TrimSuffix(string(drain(p.session)), "\r\n"), "\r\n") {
		if line != "" {
			fmt.Fprintln(&p.out, "S:", line)
		}
	}
	if now := p.session.State(); now != p.state {
		p.state = now
		fmt.Fprintln(&p.out, "=>", now)
	}
}

// drain takes all that a session has to say.
func drain(s *Session) (said []byte) {
	for out := s.Output(); out != nil; out = s.Output() {
		said = append(said, out...)
	}
	return said
}

// prepare does what comes before Open.
func prepare(s *Session, first string) {
	switch first {
	case "tls":
		s.Secured(&protected)
	case "turned away":
		s.TurnAway("too many are open")
	}
}

var protected = tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256}

// upgradeTLS is the handshake, if there is one now. It fails when something else came first.
func upgradeTLS(s *Session) bool {
	early, ok := s.StartsTLS()
	switch {
	case ok && len(early) > 0:
		s.Unsecured(errors.New("that is no handshake"))
	case ok:
		s.Secured(&protected)
	}
	return ok
}

var encoded = regexp.MustCompile(`\{b64 ("(?:[^"\\]|\\.)*")\}`)

func encode(line string) string {
	return encoded.ReplaceAllStringFunc(line, func(s string) string {
		text, err := strconv.Unquote(encoded.FindStringSubmatch(s)[1])
		if err != nil {
			panic(err)
		}
		return base64.StdEncoding.EncodeToString([]byte(text))
	})
}

var repetition = regexp.MustCompile(`\{([^{}*]+)\*(\d+)\}`)

func repeat(line string) string {
	return repetition.ReplaceAllStringFunc(line, func(s string) string {
		part := repetition.FindStringSubmatch(s)
		n, _ := strconv.Atoi(part[2])
		return strings.Repeat(part[1], n)
	})
}

// configure reads a script's settings. It returns what happens before the conversation.
func configure(t testing.TB, cfg *Config, host *office, text string) (first string) {
	for line := range strings.Lines(text) {
		word, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, _ := strconv.Atoi(value)
		switch word {
		case "maxsize":
			cfg.MaxSize = int64(n)
		case "maxrecipients":
			cfg.MaxRecipients = n
		case "maxtransactions":
			cfg.MaxTransactions = n
		case "maxerrors":
			cfg.MaxErrors = n
		case "maxauthfailures":
			cfg.MaxAuthFailures = n
		case "without":
			set, ok := smtp.ExtensionsOf(strings.Fields(value)...)
			if !ok {
				t.Fatalf("there is no extension %q", value)
			}
			cfg.Without |= set
		case "auth":
			cfg.Auth = strings.Fields(value)
		case "authinclear":
			cfg.AuthInClear = strings.Fields(value)
		case "requireauth":
			cfg.RequireAuth = true
		case "starttls":
			cfg.StartTLS = true
		case "requiretls":
			cfg.RequireTLS = true
		case "finaldelivery":
			cfg.FinalDelivery = true
		case "lookup":
			cfg.Lookup = map[string]Lookup{"answer": Answer, "vague": Vague, "off": Off}[value]
		case "noaccounts":
			host.accounts = nil
		case "notls":
			host.tls = map[string]error{"refused": noHandshake, "broken": errBroken}[value]
		case "first":
			first = value
		default:
			t.Fatalf("there is no setting %q", word)
		}
	}
	return first
}

// difference shows the lines from the first that differs.
func difference(written, played string) string {
	a, b := strings.Split(written, "\n"), strings.Split(played, "\n")
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	show := func(lines []string) string {
		return strings.Join(lines[min(i, len(lines)):min(i+6, len(lines))], "\n\t")
	}
	return fmt.Sprintf("line %d, written:\n\t%s\nplayed:\n\t%s", i+1, show(a), show(b))
}

// TestRepliesIsComplete proves that Replies lists exactly what a Session says of its own accord in all dialogs.
func TestRepliesIsComplete(t *testing.T) {
	listed := Replies()
	said := map[smtp.Said]bool{}
	for _, file := range dialogFiles(t) {
		script, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		play(t, script, func(verb string, r *smtp.Reply) {
			if isOffices(r) {
				return
			}
			enhanced := r.Enhanced.String()
			if verb == smtp.EHLO || verb == smtp.HELO {
				enhanced = ""
			}
			exact, general := smtp.Said{Verb: verb, Code: r.Code, Enhanced: enhanced}, smtp.Said{Verb: smtp.AnyVerb, Code: r.Code, Enhanced: enhanced}
			switch {
			case slices.Contains(listed, exact):
				said[exact] = true
			case slices.Contains(listed, general):
				said[general] = true
			default:
				t.Errorf("%s: Replies does not list %+v (%v)", file, exact, r)
			}
		})
	}
	for _, s := range listed {
		if !said[s] {
			t.Errorf("no dialog brings the Session to say %+v", s)
		}
	}
}
