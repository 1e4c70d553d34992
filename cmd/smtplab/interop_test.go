package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/smtp"
	"net/textproto"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Other people's programs talk to this one as it is run, over real TCP and TLS: each sends the same letters in all the
// ways that it has, and what the mailboxes then hold is what was sent, octet for octet. They are skipped where they are
// missing, unless the environment says SMTPLAB_TOOLS=require.

func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		lacking(t, name+" is missing")
	}
	return path
}

func lacking(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("SMTPLAB_TOOLS") == "require" {
		t.Fatalf("%s, and SMTPLAB_TOOLS wants it", what)
	}
	t.Skipf("%s on this machine", what)
}

// What is sent has what gives trouble on the way: lines that begin with dots, empty ones, and some that are commands.
const (
	head   = "Date: Thu, 26 Nov 2026 12:00:00 +0000\r\nFrom: a@example.org\r\nTo: pc2@email.com\r\nMessage-ID: <1@example.org>\r\n"
	dots   = ".\r\n..\r\n.hidden\r\n\r\n...\r\nQUIT\r\n \r\nend. \r\n"
	letter = head + "Subject: Dots\r\n\r\n" + dots
	grüße  = head + "Subject: Grüße aus 東京\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n" +
		"Content-Transfer-Encoding: 8bit\r\n\r\nSchöne Grüße 🙂\r\n" + dots
)

// parcel is a mebibyte, more than fits into any buffer on the way; tooLarge is more than the server takes.
var (
	parcel   = head + "Subject: Big\r\n\r\n" + strings.Repeat(strings.Repeat("x", 70)+"\r\n.dot\r\n", 1<<20/78)
	tooLarge = strings.Repeat(parcel, 11)
)

// office is the program with its ports open, and its lab in a hurry.
type office struct {
	*running
	ports map[string]string // by the flag with which it was opened
	ca    string            // a file with the certificate of the lab's authority
	roots *x509.CertPool
}

// openFlags have all ports opened.
func openFlags() (flags []string) {
	for _, g := range gates {
		flags = append(flags, "-"+g.flag, "127.0.0.1:0")
	}
	return flags
}

func openOffice(t *testing.T) *office {
	t.Helper()
	o := enter(t, start(t, append([]string{"-listen", ":0"}, openFlags()...)...))
	t.Cleanup(func() { o.end(t) })
	return o
}

var port = regexp.MustCompile(`^Real programs reach the lab /labs/demo at 127\.0\.0\.1:(\d+) \(-(\w+)\)\n$`)

// enter makes the office of a program that was started with openFlags.
func enter(t *testing.T, p *running) *office {
	t.Helper()
	o := &office{running: p, ports: map[string]string{}, ca: filepath.Join(t.TempDir(), "ca.pem"), roots: x509.NewCertPool()}
	for range gates {
		line, err := p.stdout.ReadString('\n')
		m := port.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("it said %q, %v", line, err)
		}
		o.ports[m[2]] = m[1]
	}
	o.post(t, "/labs/demo/clock", url.Values{"speed": {"max"}})
	resp, pem := o.get(t, "/labs/demo/ca.pem")
	if resp.StatusCode != 200 || !o.roots.AppendCertsFromPEM([]byte(pem)) {
		t.Fatalf("the authority's certificate: %s, %.100q", resp.Status, pem)
	}
	if err := os.WriteFile(o.ca, []byte(pem), 0o600); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) post(t *testing.T, path string, form url.Values) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(o.url+path, form)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	client.CloseIdleConnections()
	if resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s: %s", path, resp.Status)
	}
}

func (o *office) addr(flag string) string { return "127.0.0.1:" + o.ports[flag] }

// fill makes arguments of a line in which {smtp} and the like stand for port numbers, {ca} for the file of the authority's
// certificate, {sp} for a space, and so on for what else is given in pairs.
func (o *office) fill(args string, more ...string) []string {
	more = append(more, "{ca}", o.ca, "{sp}", " ")
	for flag, number := range o.ports {
		more = append(more, "{"+flag+"}", number)
	}
	words, r := strings.Fields(args), strings.NewReplacer(more...)
	for i := range words {
		words[i] = r.Replace(words[i])
	}
	return words
}

// sending is one way in which a program sends a message, and what becomes of it.
type sending struct {
	name    string
	args    string // as fill takes them; {mail} is a file with the message; on standard input its last line has no end
	message string // "" is letter

	code int    // exit code
	says string // something that the program says, if that matters

	with string   // how the server says that the message came: RFC 3848; "" when nothing is delivered
	to   []string // whose mailboxes; nil is that of pc2
	from string   // the reverse-path; "" is <a@example.org>
}

func (s sending) complete() *sending {
	s.message, s.from = cmp.Or(s.message, letter), cmp.Or(s.from, "<a@example.org>")
	if s.to == nil {
		s.to = []string{"pc2"}
	}
	return &s
}

// sendings runs a program once for each sending, with the arguments that all have in common first.
func (o *office) sendings(t *testing.T, program, common string, list []sending) {
	for _, s := range list {
		t.Run(s.name, func(t *testing.T) {
			s := s.complete()
			file := filepath.Join(t.TempDir(), "mail")
			if err := os.WriteFile(file, []byte(s.message), 0o600); err != nil {
				t.Fatal(err)
			}
			said, code := execute(t, strings.TrimSuffix(s.message, "\r\n"), program, o.fill(common+" "+s.args, "{mail}", file)...)
			if code != s.code || !strings.Contains(said, s.says) {
				t.Errorf("exit %d, want %d and %q:\n%s", code, s.code, s.says, said)
			}
			o.check(t, s)
		})
	}
}

// check collects all mail, and checks that it is what was sent.
func (o *office) check(t *testing.T, s *sending) {
	t.Helper()
	for _, box := range []string{"pc1", "pc2", "pc3"} {
		mails := o.collect(t, box)
		want := 0
		if s.with != "" && slices.Contains(s.to, box) {
			want = 1
		}
		if len(mails) != want {
			t.Errorf("%s got %d mails, want %d", box, len(mails), want)
			continue
		}
		for _, mail := range mails {
			from, with, rest := untrace(t, mail)
			if from != s.from || with != s.with {
				t.Errorf("%s got it from %s with %s, want %s with %s", box, from, with, s.from, s.with)
			}
			if rest != s.message {
				t.Errorf("%s got other octets than were sent: %s", box, difference(rest, s.message))
			}
		}
	}
}

// difference tells where two texts begin to differ.
func difference(got, want string) string {
	n := 0
	for n < min(len(got), len(want)) && got[n] == want[n] {
		n++
	}
	return fmt.Sprintf("%d and %d, from octet %d on %.60q, and not %.60q", len(got), len(want), n, got[n:], want[n:])
}

var traceFields = regexp.MustCompile(`^Return-Path: (<[^\r\n]*>)\r\nReceived: [^\r\n]+(?:\r\n[ \t][^\r\n]+)*?\swith (\w+) id [^\r\n]+(?:\r\n[ \t][^\r\n]+)*\r\n`)

// untrace takes off the fields that the server put on top of a message: RFC 5321 §4.4.
func untrace(t *testing.T, mail string) (from, with, rest string) {
	t.Helper()
	m := traceFields.FindStringSubmatch(mail)
	if m == nil {
		t.Fatalf("no trace fields on top of %.300q", mail)
	}
	return m[1], m[2], mail[len(m[0]):]
}

// deliver puts a message into the mailbox of pc2.
func (o *office) deliver(t *testing.T, message string) {
	t.Helper()
	c, err := smtp.NewClient(dial(t, o.addr("smtp")), "localhost")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Mail("a@example.org"), c.Rcpt("pc2@email.com")); err != nil {
		t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(w, message)
	if err := errors.Join(err, w.Close(), c.Quit()); err != nil {
		t.Fatal(err)
	}
}

// collect takes everything out of a mailbox.
func (o *office) collect(t *testing.T, box string) (mails []string) {
	t.Helper()
	conn := dial(t, o.addr("pop3"))
	c := textproto.NewConn(conn)
	ask := func(format string, args ...any) string {
		t.Helper()
		if format != "" {
			c.PrintfLine(format, args...)
		}
		line, err := c.ReadLine()
		if err != nil || !strings.HasPrefix(line, "+OK") {
			t.Fatalf("%s: %q, %v", fmt.Sprintf(format, args...), line, err)
		}
		return line
	}
	ask("")
	ask("UTF8") // RFC 6856 §2: or messages with UTF-8 in the header would be withheld
	ask("USER %s", box)
	ask("PASS %s", box)
	var n int
	if _, err := fmt.Sscanf(ask("STAT"), "+OK %d", &n); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		ask("RETR %d", i+1)
		mails = append(mails, readLines(t, c.R))
		ask("DELE %d", i+1)
	}
	ask("QUIT")
	return mails
}

// readLines reads a response of several lines: RFC 1939 §3. Package textproto would change its line ends.
func readLines(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	var text strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if line == ".\r\n" {
			return text.String()
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
}

// patience is longer than anything here takes, and ends what hangs.
const patience = time.Minute

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return conn
}

func (o *office) tls() *tls.Config { return &tls.Config{RootCAs: o.roots, ServerName: "localhost"} }

// execute runs a program to its end. It returns what that said, to whomever, and its exit code.
func execute(t *testing.T, stdin, program string, args ...string) (said string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := command(ctx, t, program, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if ctx.Err() != nil || err != nil && !errors.As(err, new(*exec.ExitError)) && !errors.Is(err, io.ErrClosedPipe) {
		t.Fatalf("%s: %v\n%s", filepath.Base(program), err, out.String())
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// command is a program without the settings of whoever runs the tests.
func command(ctx context.Context, t *testing.T, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "LC_ALL=C.UTF-8")
	return cmd
}
