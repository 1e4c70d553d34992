package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Clients that are killed in the middle of a message have sent none. RFC 5321 §4.1.1.4: only its end makes it one.
func TestInteropKilledClient(t *testing.T) {
	python := tool(t, "python3")
	const part = head + "Subject: Half\r\n\r\nHalf of a text.\r\n"
	for _, test := range []struct{ name, way, message string }{
		{"nothing was sent", "interrupted_plain", ""},
		{"in the header", "interrupted_plain", "Subject: x\r\n"},
		{"in a line", "interrupted_plain", part + "the last lin"},
		{"after many lines", "interrupted_plain", parcel},
		{"before the last dot", "interrupted_plain", part},
		{"after the last dot", "interrupted_plain", part + "."},
		{"in the last line end", "interrupted_plain", part + ".\r"},
		{"under TLS", "interrupted_tls", part + "."},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := openOffice(t)
			cmd, out := begin(t, test.message, python, o.fill("testdata/smtp_client.py "+test.way+" {smtp} {ca} pc1@email.com pc2@email.com")...)
			expect(t, out, "sent\n")
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			cmd.Wait() // with the error that it was killed
			o.until(t, " === ")
			o.check(t, (&sending{}).complete())
			o.deliver(t, letter) // the server goes on
			if mails := o.collect(t, "pc2"); len(mails) != 1 {
				t.Errorf("%d mails, want that of the next client", len(mails))
			}
		})
	}
}

// begin starts a program that the test ends.
func begin(t *testing.T, stdin, program string, args ...string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	cmd := command(ctx, t, program, args...)
	cmd.Stdin, cmd.Stderr = strings.NewReader(stdin), t.Output()
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewReader(pipe)
}

func expect(t *testing.T, r *bufio.Reader, want string) {
	t.Helper()
	if line, err := r.ReadString('\n'); line != want {
		t.Fatalf("it said %q, %v; want %q", line, err, want)
	}
}

// until waits until the transcript of the lab says something.
func (o *office) until(t *testing.T, says string) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		_, text := o.get(t, "/labs/demo/transcript.txt")
		switch {
		case strings.Contains(text, says):
			return
		case time.Now().After(end):
			t.Fatalf("the lab does not say %q:\n%s", says, text)
		}
	}
}

// When the program is asked to end, all who are connected are told, whatever they do, and it ends well. RFC 5321 §3.8.
func TestInteropSIGTERM(t *testing.T) {
	python := tool(t, "python3")
	cmd, url, stdout := program(t, openFlags()...)
	o := enter(t, &running{url: url, stdout: stdout})

	client, out := begin(t, "", python, o.fill("testdata/smtp_client.py told {smtp} {ca}")...)
	expect(t, out, "connected\n")
	clients := map[string]*talk{}
	for name, say := range map[string]string{
		"greeted": "", "in a mail transaction": "EHLO client.example\r\nMAIL FROM:<>\r\n",
		"in the data":      "EHLO client.example\r\nMAIL FROM:<>\r\nRCPT TO:<pc2@email.com>\r\nDATA\r\n",
		"in half a line":   "EHLO client.exam",
		"logging in":       "EHLO client.example\r\nAUTH CRAM-MD5\r\n",
		"having logged in": "EHLO client.example\r\nAUTH PLAIN AHBjMQBwYzE=\r\n",
	} {
		for _, secure := range []bool{false, true} {
			conn := dial(t, o.addr(map[bool]string{false: "smtp", true: "smtps"}[secure]))
			if secure {
				conn, name = tls.Client(conn, o.tls()), name+", under TLS"
			}
			clients[name] = converse(t, conn, say)
		}
	}
	pop3 := converse(t, dial(t, o.addr("pop3")), "USER pc2\r\n")

	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for name, c := range clients {
		if rest, err := c.rest(); !strings.HasPrefix(rest, "421 4.3.2 ") || strings.Count(rest, "\n") != 1 || err != nil {
			t.Errorf("%s: it was told %q, %v", name, rest, err)
		}
	}
	if rest, err := pop3.rest(); rest != "" || err != nil {
		t.Errorf("POP3: it was told %q, %v", rest, err)
	}
	if rest, err := io.ReadAll(out); !strings.HasPrefix(string(rest), "421 4.3.2 ") || err != nil {
		t.Errorf("smtplib was told %q, %v", rest, err)
	}
	if err := client.Wait(); err != nil {
		t.Errorf("smtplib: %v", err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the program: %v", err)
	}
}

// talk is a conversation that the test holds by itself.
type talk struct {
	net.Conn
	r *bufio.Reader
}

// converse says something line by line, and reads all answers to it but none to what has no line end.
func converse(t *testing.T, conn net.Conn, say string) *talk {
	t.Helper()
	c := &talk{conn, bufio.NewReader(conn)}
	c.answer(t) // the greeting
	for line := range strings.Lines(say) {
		if _, err := io.WriteString(c, line); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(line, "\n") {
			c.answer(t)
		}
	}
	return c
}

// answer reads a reply to its last line: RFC 5321 §4.2.1.
func (c *talk) answer(t *testing.T) {
	t.Helper()
	for {
		line, err := c.r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if len(line) < 4 || line[3] != '-' {
			return
		}
	}
}

// rest reads to the end, and closes.
func (c *talk) rest() (string, error) {
	text, err := io.ReadAll(c.r)
	return string(text), errors.Join(err, c.Close())
}
