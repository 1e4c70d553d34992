package pop3

import (
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
// maildrop/1, maildrop/2, … are the messages of pc1; its section dialog has a line for each line said:
//
//	C: STAT          the client of the first connection; C2 is a second one, opened when it first speaks
//	C: "STAT\n"      octets, without a CRLF being added
//	C: # hangup      the connection is lost
//	S: +OK 0 0       what that server must answer; -update rewrites these lines
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
			h := newHost()
			for i := range archive.Files {
				f := &archive.Files[i]
				if strings.HasPrefix(f.Name, "maildrop/") {
					h.deliver("U"+strings.TrimPrefix(f.Name, "maildrop/"), strings.ReplaceAll(string(f.Data), "\n", "\r\n"))
				}
				if f.Name == "dialog" {
					got := play(t, h, string(f.Data), heard)
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
	play(t, broken, "C: USER pc1\nC: PASS secret\n", heard)
	for _, said := range Replies() {
		if !heard[said] {
			t.Errorf("no dialog hears %+v", said)
		}
	}
}

// play says the lines of a dialog and returns it with what the servers answer.
func play(t *testing.T, h *fakeHost, dialog string, heard map[Said]bool) string {
	var b strings.Builder
	observers := map[string]*observer{}
	for line := range strings.Lines(dialog) {
		line = strings.TrimRight(line, "\n")
		who, what, _ := strings.Cut(line, ": ")
		switch {
		case who == "S" || strings.HasPrefix(who, "S2"):
		case who == "C" || who == "C2":
			server := strings.Replace(who, "C", "S", 1)
			o := observers[who]
			if o == nil {
				o = &observer{t: t, s: NewSession(&Config{Domain: "email.com", MaxErrors: 30}, h), heard: heard}
				observers[who] = o
				o.s.Open()
				write(&b, server, o.listen())
			}
			fmt.Fprintln(&b, line)
			if what == "# hangup" {
				o.s.Hangup()
				continue
			}
			octets := what + "\r\n"
			if unquoted, err := strconv.Unquote(what); err == nil {
				octets = unquoted
			}
			write(&b, server, o.say(octets))
		case strings.HasPrefix(line, "="):
			fmt.Fprintln(&b, strings.TrimSpace("= "+h.uids()))
		default:
			fmt.Fprintln(&b, line)
		}
	}
	return b.String()
}

func write(b *strings.Builder, server, octets string) {
	for line := range strings.Lines(octets) {
		fmt.Fprintf(b, "%s: %s\n", server, strings.TrimSuffix(line, "\r\n"))
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

// listen takes the session's output apart, reply by reply.
func (o *observer) listen() string {
	out := drain(o.s)
	for rest := out; rest != ""; {
		rest = o.reply(rest)
	}
	if !o.s.Closed() && len(o.said) > 0 {
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
	if !found || len(line)+2 > MaxReply || !printable([]byte(line)) {
		o.t.Errorf("not a reply: %q", line)
	}
	ok := strings.HasPrefix(line, "+OK ")
	if !ok && !strings.HasPrefix(line, "-ERR ") {
		o.t.Fatalf("not a reply: %q", line)
	}
	verb, args := o.answered()
	if ok && MultiLine(verb, args) {
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
	said := Said{Verb: verb, OK: ok, Code: responseCode(line)}
	if !known(verb) {
		said.Verb = ""
	}
	if !slices.Contains(Replies(), said) {
		o.t.Errorf("Replies has no %+v, %q", said, line)
	}
	if o.heard != nil {
		o.heard[said] = true
	}
	o.state = Next(o.state, verb, ok)
	return rest
}

// answered is the command that the next reply answers; "" for the greeting.
func (o *observer) answered() (verb string, args bool) {
	if o.state == trace.NoState || len(o.said) == 0 {
		return "", false
	}
	verb, arg := ParseCommand([]byte(o.said[0]))
	o.said = o.said[1:]
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
