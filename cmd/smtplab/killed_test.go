package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

var letsIn = regexp.MustCompile(`at (\S+) \(-(\w+)\)`)

// gated starts the real program with ports for SMTP and POP3 and a lab that runs as fast as it can.
func gated(t *testing.T, args ...string) (cmd *exec.Cmd, base, smtp, pop3 string) {
	t.Helper()
	cmd, base, stdout := program(t, append([]string{"-smtp", ":0", "-pop3", ":0"}, args...)...)
	for range 2 {
		line, err := stdout.ReadString('\n')
		m := letsIn.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("it said %q, %v", line, err)
		}
		if m[2] == "smtp" {
			smtp = m[1]
		} else {
			pop3 = m[1]
		}
	}
	resp, err := http.PostForm(strings.TrimSuffix(base, "/")+"/labs/demo/clock", url.Values{"speed": {"max"}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode >= 400 {
		t.Fatalf("speed=max: %s", resp.Status)
	}
	return cmd, base, smtp, pop3
}

// dialogue is a connection on which lines are said and answered.
type dialogue struct {
	t testing.TB
	net.Conn
	in *bufio.Reader
}

func hail(t testing.TB, addr string) *dialogue {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute))
	return &dialogue{t, conn, bufio.NewReader(conn)}
}

// say says a line, unless it is "", and expects an answer whose last line begins so.
func (d *dialogue) say(line, want string) string {
	d.t.Helper()
	if line != "" {
		fmt.Fprintf(d, "%s\r\n", line)
	}
	for {
		got, err := d.in.ReadString('\n')
		if err != nil {
			d.t.Fatalf("to %q: %q, %v", line, got, err)
		}
		if len(got) > 3 && got[3] == '-' {
			continue
		}
		if !strings.HasPrefix(got, want) {
			d.t.Fatalf("to %q: %q, want %q", line, got, want)
		}
		return got
	}
}

// A real client was told 250, and the program is killed at once: the mail is there when it starts again. One that was in
// the middle of its message has lost it, and nobody waits for it any more.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	cmd, _, smtp, _ := gated(t, "-data", dir)
	half := hail(t, smtp)
	half.say("", "220 ")
	for _, line := range []string{"EHLO half", "MAIL FROM:<>", "RCPT TO:<pc1@email.com>"} {
		half.say(line, "250 ")
	}
	half.say("DATA", "354 ")
	fmt.Fprintf(half, "Subject: half\r\n\r\nThis is not the e")
	whole := hail(t, smtp)
	whole.say("", "220 ")
	const mails = 3
	for n := range mails {
		for _, line := range []string{"EHLO whole", "MAIL FROM:<>", "RCPT TO:<pc1@email.com>"} {
			whole.say(line, "250 ")
		}
		whole.say("DATA", "354 ")
		whole.say(fmt.Sprintf("Subject: whole %d\r\n\r\nAll of it.\r\n.", n), "250 2.0.0 ")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if _, err := io.ReadAll(half.in); err == nil {
		if _, err := half.in.ReadByte(); err == nil {
			t.Error("the killed program goes on")
		}
	}

	cmd, base, smtp, pop3 := gated(t, "-data", dir)
	p := hail(t, pop3)
	p.say("", "+OK")
	p.say("USER pc1", "+OK")
	p.say("PASS pc1", "+OK")
	if got := p.say("STAT", "+OK "); !strings.HasPrefix(got, fmt.Sprintf("+OK %d ", mails)) {
		t.Errorf("after the restart: %q", got)
	}
	p.say("QUIT", "+OK")
	page, err := http.Get(strings.TrimSuffix(base, "/") + "/labs/demo/transcript.txt")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(page.Body)
	page.Body.Close()
	if err != nil || !strings.Contains(string(text), "EHLO half") || !strings.Contains(string(text), "reset by outside") {
		t.Errorf("%v, the transcript does not tell how the half mail ended:\n%.2000s", err, text)
	}
	// And those who are connected when it ends in good order are told.
	last := hail(t, smtp)
	last.say("", "220 ")
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	last.say("", "421 4.3.2 email.com ")
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}
