package pop3

import (
	"encoding/base64"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"smtplab/sim/trace"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite what the server says in testdata/dialog")

// TestDialogs plays testdata/dialog/*.txtar. Each file says in its first lines what it proves. Its sections
// maildrop/1, maildrop/2, … are the messages of pc1; config has lines as "StartTLS" and "Auth PLAIN LOGIN" for what
// the server offers; its section dialog has a line for each line said:
//
//	C: STAT          the client of the first connection; C2 is a second one, opened when it first speaks
//	C: "STAT\n"      octets, without a CRLF being added
//	C: {"\x00a\x00b"} these octets in base64, as a line or a part of one
//	C: # tls         TLS: before anything else was said, or when the server waits for it
//	C: # hangup      the connection is lost
//	S: +OK 0 0       what that server must answer; -update rewrites these lines
//	E: "NOOP\r\n"    what came behind STLS and was handed to TLS
//	= U1 U2          the unique-ids that are in the maildrop now
//	                 other lines are for the reader
//
// All that is said goes through an observer, which checks it against the grammar, Next and Replies.
func TestDialogs(t *testing.T) {
	files, err := filepath.Glob("testdata/dialog/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no dialogs", err)
	}
	heard := map[Said]bool{}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			h, cfg := newHost(), &Config{Domain: "email.com", MaxErrors: 50}
			for i := range archive.Files {
				f := &archive.Files[i]
				if strings.HasPrefix(f.Name, "maildrop/") {
					h.deliver("U"+strings.TrimPrefix(f.Name, "maildrop/"), strings.ReplaceAll(string(f.Data), "\n", "\r\n"))
				}
				if f.Name == "config" {
					configure(t, cfg, string(f.Data))
				}
				if f.Name == "dialog" {
					got := play(t, h, cfg, string(f.Data), heard)
					if *update {
						f.Data = []byte(got)
					} else if got != string(f.Data) {
						t.Errorf("got\n%s\nwant\n%s", got, f.Data)
					}
				}
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	broken := newHost() // a fault of the server is not something a dialog can cause
	broken.fault = os.ErrPermission
	play(t, broken, &Config{AuthInClear: []string{"PLAIN"}}, "C: USER pc1\nC: PASS secret\nC: AUTH PLAIN {\"\\x00pc1\\x00secret\"}\n", heard)
	for _, said := range Replies() {
		if !heard[said] {
			t.Errorf("no dialog hears %+v", said)
		}
	}
}

// configure reads a section config.
func configure(t *testing.T, cfg *Config, section string) {
	for line := range strings.Lines(section) {
		words := strings.Fields(line)
		switch words[0] {
		case "StartTLS":
			cfg.StartTLS = true
		case "NoLoginInClear":
			cfg.NoLoginInClear = true
		case "UTF8":
			cfg.UTF8 = true
		case "UTF8Names":
			cfg.UTF8Names = true
		case "Auth":
			cfg.Auth = words[1:]
		case "AuthInClear":
			cfg.AuthInClear = words[1:]
		default:
			t.Fatalf("no setting %q", line)
		}
	}
}

// play says the lines of a dialog and returns it with what the servers answer.
func play(t *testing.T, h *fakeHost, cfg *Config, dialog string, heard map[Said]bool) string {
	var b strings.Builder
	observers := map[string]*observer{}
	for line := range strings.Lines(dialog) {
		line = strings.TrimRight(line, "\n")
		who, what, _ := strings.Cut(line, ": ")
		switch {
		case who == "S" || who == "S2" || who == "E" || who == "E2":
		case who == "C" || who == "C2":
			server := strings.Replace(who, "C", "S", 1)
			o := observers[who]
			if o == nil {
				o = &observer{t: t, s: NewSession(cfg, h), heard: heard}
				observers[who] = o
				if what == "# tls" {
					o.s.Secured(nil)
					fmt.Fprintln(&b, line)
				}
				o.s.Open()
				write(&b, server, o.listen())
				if what == "# tls" {
					continue
				}
			}
			fmt.Fprintln(&b, line)
			switch what {
			case "# hangup":
				o.s.Hangup()
			case "# tls":
				if early := o.startTLS(); early != "" {
					fmt.Fprintf(&b, "%s: %q\n", strings.Replace(who, "C", "E", 1), early)
				}
			default:
				write(&b, server, o.say(octetsOf(what)))
			}
		case strings.HasPrefix(line, "="):
			fmt.Fprintln(&b, strings.TrimSpace("= "+h.uids()))
		default:
			fmt.Fprintln(&b, line)
		}
	}
	return b.String()
}

// octetsOf is what a line of a dialog has the client send.
func octetsOf(what string) string {
	if octets, err := strconv.Unquote(what); err == nil {
		return octets
	}
	if before, rest, found := strings.Cut(what, `{"`); found {
		if quoted, after, found := strings.Cut(rest, `"}`); found {
			if octets, err := strconv.Unquote(`"` + quoted + `"`); err == nil {
				what = before + base64.StdEncoding.EncodeToString([]byte(octets)) + after
			}
		}
	}
	return what + "\r\n"
}

func write(b *strings.Builder, server, octets string) {
	if octets == "" {
		return
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(octets, "\r\n"), "\r\n") {
		fmt.Fprintf(b, "%s: %s\n", server, line)
	}
}

// observer watches a session as one can who only sees the wire, and checks that the wire tells everything.
type observer struct {
	t     testing.TB
	s     *Session
	state trace.State
	input string   // octets of the client that make no whole line yet
	said  []string // commands that are not answered yet, "" for none
	heard map[Said]bool
}

// say sends octets and returns the answers.
func (o *observer) say(octets string) string {
	o.input += octets
	for !o.s.Closed() {
		line, rest, found := strings.Cut(o.input, "\r\n")
		if !found {
			break
		}
		o.said, o.input = append(o.said, line), rest
	}
	o.s.Receive([]byte(octets))
	return o.listen()
}

// startTLS begins TLS, and returns what came behind STLS. None of it is answered.
func (o *observer) startTLS() string {
	early, ok := o.s.StartsTLS()
	if !ok {
		o.t.Error("the server does not wait for TLS")
	}
	if _, again := o.s.StartsTLS(); again {
		o.t.Error("TLS begins twice")
	}
	text := string(early)
	o.s.Receive([]byte("USER pc1\r\n")) // nobody is to say this now; it is not heard
	o.s.Secured(nil)
	o.said, o.input = nil, ""
	if out := o.listen(); out != "" {
		o.t.Errorf("after TLS the server says %q", out)
	}
	return text
}

// listen takes the session's output apart, reply by reply.
func (o *observer) listen() string {
	before := o.s.Progress()
	out := drain(o.s)
	for rest := out; rest != ""; {
		rest = o.reply(rest)
	}
	if o.s.Progress()-before < uint64(len(out)>>10) {
		o.t.Errorf("no progress with %d octets", len(out))
	}
	if !o.s.Closed() && len(o.said) > 0 && o.s.tls != goAhead {
		o.t.Errorf("%q was not answered", o.said)
	}
	if o.state != o.s.State() {
		o.t.Errorf("state %v, from the wire %v", o.s.State(), o.state)
	}
	return out
}

// reply takes one reply off the output.
func (o *observer) reply(out string) (rest string) {
	line, rest, found := strings.Cut(out, "\r\n")
	status, limit := ParseStatus([]byte(line)), MaxReply
	if status == Challenge {
		limit = MaxResponse
	}
	if !found || len(line)+2 > limit || !printable([]byte(line)) {
		o.t.Errorf("not a reply: %q", line)
	}
	if status == NoStatus || line == "+OK" || line == "-ERR" {
		o.t.Fatalf("not a reply: %q", line)
	}
	verb, args := o.answered()
	if status == OK && MultiLine(verb, args) {
		body := ""
		after, found := strings.CutPrefix(rest, ".\r\n") // a list without entries
		if !found {
			body, after, found = strings.Cut(rest, "\r\n.\r\n")
		}
		if !found || strings.Contains(body, "\r\n.\r\n") {
			o.t.Errorf("%s: no end in %q", verb, rest)
		}
		rest = after
	}
	said := Said{Verb: verb, Status: status, Code: responseCode(line)}
	if !known(verb) {
		said.Verb = ""
	}
	if !slices.Contains(Replies(), said) {
		o.t.Errorf("Replies has no %+v, %q", said, line)
	}
	if o.heard != nil {
		o.heard[said] = true
	}
	o.state = Next(o.state, verb, status)
	return rest
}

// answered is the command that the next reply answers; "" for the greeting. What follows a challenge is no command.
func (o *observer) answered() (verb string, args bool) {
	if o.state == trace.NoState || len(o.said) == 0 {
		return "", false
	}
	verb, arg := ParseCommand([]byte(o.said[0]))
	o.said = o.said[1:]
	if o.state == trace.Authenticating {
		return "AUTH", false
	}
	return verb, len(arg) > 0
}

// responseCode is what stands in brackets at the beginning of a reply's text: RFC 2449 §8.
func responseCode(line string) string {
	_, text, _ := strings.Cut(line, " ")
	if !strings.HasPrefix(text, "[") {
		return ""
	}
	code, _, _ := strings.Cut(text[1:], "]")
	return code
}
