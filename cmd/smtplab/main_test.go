package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// envMain makes the test binary be the program itself.
const envMain = "SMTPLAB_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(envMain) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestFlags(t *testing.T) {
	standard := config{listen: "127.0.0.1:8025"}
	for _, test := range []struct {
		name string
		args string
		env  string // "NAME=value …"
		want config
		err  string
	}{
		{name: "the defaults", want: standard},
		{name: "a flag", args: "-listen 127.0.0.1:1", want: config{listen: "127.0.0.1:1"}},
		{name: "with two dashes", args: "--listen=127.0.0.1:1", want: config{listen: "127.0.0.1:1"}},
		{name: "a variable", env: "SMTPLAB_LISTEN=127.0.0.1:2", want: config{listen: "127.0.0.1:2"}},
		{name: "a flag wins over its variable", args: "-listen 127.0.0.1:1", env: "SMTPLAB_LISTEN=127.0.0.1:2", want: config{listen: "127.0.0.1:1"}},
		{
			name: "every flag", args: "-listen 10.0.0.1:1 -public-url https://lab.example -public -data /d -exercises /e -admin localhost:2 -smtp 10.0.0.1:25 -submission :587 -smtps :465 -pop3 :110 -pop3s :995",
			want: config{"10.0.0.1:1", "https://lab.example", true, "/d", "/e", "localhost:2", [...]string{"10.0.0.1:25", ":587", ":465", ":110", ":995"}},
		},
		{
			name: "every variable",
			env: "SMTPLAB_LISTEN=10.0.0.1:1 SMTPLAB_PUBLIC_URL=https://lab.example SMTPLAB_PUBLIC=true SMTPLAB_DATA=/d SMTPLAB_EXERCISES=/e SMTPLAB_ADMIN=localhost:2 " +
				"SMTPLAB_SMTP=:1 SMTPLAB_SUBMISSION=:2 SMTPLAB_SMTPS=:3 SMTPLAB_POP3=:4 SMTPLAB_POP3S=:5",
			want: config{"10.0.0.1:1", "https://lab.example", true, "/d", "/e", "localhost:2", [...]string{":1", ":2", ":3", ":4", ":5"}},
		},
		{name: "a port for programs", args: "-smtp :2525", want: config{listen: standard.listen, gates: [...]string{0: "127.0.0.1:2525", 4: ""}}},
		{name: "a port for programs of the world", args: "-pop3s 0.0.0.0:995", err: "-pop3s 0.0.0.0:995 can be reached from other machines; if that is meant, add -public"},
		{name: "a port for programs without a port", args: "-smtps 127.0.0.1", err: "-smtps: "},
		{name: "a flag takes back what a variable allows", args: "-public=false", env: "SMTPLAB_PUBLIC=1", want: standard},
		{name: "no host is loopback", args: "-listen :0", want: config{listen: "127.0.0.1:0"}},
		{name: "no host, public", args: "-listen :0 -public", want: config{listen: ":0", public: true}},
		{name: "IPv6 loopback", args: "-listen [::1]:0 -admin [::1]:0", want: config{listen: "[::1]:0", admin: "[::1]:0"}},
		{name: "localhost", args: "-listen localhost:0", want: config{listen: "localhost:0"}},
		{name: "all of 127/8", args: "-listen 127.5.0.1:0", want: config{listen: "127.5.0.1:0"}},
		{name: "the world by accident", args: "-listen 0.0.0.0:8025", err: "add -public"},
		{name: "the world by accident, IPv6", args: "-listen [::]:8025", err: "add -public"},
		{name: "a name by accident", args: "-listen lab.example:8025", err: "add -public"},
		{name: "the world by a variable", env: "SMTPLAB_LISTEN=0.0.0.0:8025", err: "add -public"},
		{name: "an address without a port", args: "-listen 127.0.0.1", err: "missing port"},
		{name: "admin has no host", args: "-admin :0", want: config{listen: standard.listen, admin: "127.0.0.1:0"}},
		{name: "admin for the world", args: "-admin 0.0.0.0:9 -public", err: "has to be a loopback address"},
		{name: "admin without a port", args: "-admin here", err: "-admin: "},
		{name: "an unknown flag", args: "-smpt :25", err: "-smpt"},
		{name: "a bad value", args: "-public=perhaps", err: "perhaps"},
		{name: "a bad variable", env: "SMTPLAB_PUBLIC=perhaps", err: `SMTPLAB_PUBLIC: "perhaps"`},
		{name: "an argument", args: "lab", err: `unexpected argument "lab"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			env := map[string]string{}
			for _, v := range strings.Fields(test.env) {
				name, value, _ := strings.Cut(v, "=")
				env[name] = value
			}
			c, err := parseFlags(strings.Fields(test.args), func(k string) string { return env[k] }, io.Discard)
			switch {
			case test.err == "" && err != nil:
				t.Fatal(err)
			case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
				t.Fatalf("error %v, want one that says %q", err, test.err)
			case test.err == "" && c != test.want:
				t.Errorf("got %+v, want %+v", c, test.want)
			}
		})
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"-h"}, {"serve", "--help"}, {"help"}} {
		out, errs, code := runWith(t, args...)
		if code != exitOK || errs != "" {
			t.Errorf("%q: exit %d, stderr %q", args, code, errs)
		}
		for _, word := range []string{
			"-listen address", "SMTPLAB_LISTEN", "default 127.0.0.1:8025", "-public-url URL", "SMTPLAB_PUBLIC_URL", "SMTPLAB_PUBLIC]",
			"-data directory", "SMTPLAB_DATA", "-exercises directory", "SMTPLAB_EXERCISES", "-admin address", "SMTPLAB_ADMIN", "smtplab version",
			"-smtp address", "SMTPLAB_SMTP", "-submission address", "-smtps address", "-pop3 address", "-pop3s address", "SMTPLAB_POP3S",
		} {
			if !strings.Contains(out, word) {
				t.Errorf("%q does not tell of %q:\n%s", args, word, out)
			}
		}
	}
	if _, err := parseFlags([]string{"-h"}, func(string) string { return "" }, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-h: %v", err)
	}
}

func TestCommands(t *testing.T) {
	out, errs, code := runWith(t, "version")
	if code != exitOK || errs != "" || !regexp.MustCompile(`^smtplab \S.* go1\.\S+ \w+/\w+\n$`).MatchString(out) {
		t.Errorf("version: exit %d, %q, %q", code, out, errs)
	}
	for _, args := range [][]string{{"sevre"}, {"-listen", "0.0.0.0:0"}, {"serve", "-x"}} {
		out, errs, code := runWith(t, args...)
		if code != exitUsage || out != "" || !strings.HasPrefix(errs, "smtplab: ") {
			t.Errorf("%q: exit %d, %q, %q", args, code, out, errs)
		}
	}
}

func TestCannotServe(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := l.Addr().String()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	exercises := t.TempDir()
	if err := os.WriteFile(filepath.Join(exercises, "bad.md"), []byte(strings.Replace(goodExercise, "minutes", "minuets", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, args, says string }{
		{"the port is taken", "-listen " + taken, taken},
		{"the admin port is taken", "-listen :0 -admin " + taken, taken},
		{"the data is no directory", "-listen :0 -data " + file, file},
		{"the exercises are no directory", "-listen :0 -exercises " + file, file},
		{"there are no exercises", "-listen :0 -exercises " + t.TempDir(), "there is no exercise (.md) in it"},
		{"an exercise is not right", "-listen :0 -exercises " + exercises, exercises + "/bad.md:4: “minuets” is no setting here"},
		{"the public URL is none", "-listen :0 -public-url lab.example", "lab.example"},
	} {
		out, errs, code := runWith(t, strings.Fields(test.args)...)
		if code != exitFailure || out != "" || !strings.Contains(errs, test.says) {
			t.Errorf("%s: exit %d, %q, %q", test.name, code, out, errs)
		}
	}
}

// runWith runs a command that ends by itself.
func runWith(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, func(string) string { return "" }, &out, &errs)
	return out.String(), errs.String(), code
}

// running is a program that serves.
type running struct {
	url    string
	stop   context.CancelFunc
	code   chan int
	stdout *bufio.Reader
	stderr *safeBuffer
}

// safeBuffer can be read while it is written.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

var ready = regexp.MustCompile(`^SMTP Lab is at (http://127\.0\.0\.1:\d+)/\n$`)

// start runs the program until it says that it is ready.
func start(t testing.TB, args ...string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r, w := io.Pipe()
	p := &running{stop: stop, code: make(chan int, 1), stdout: bufio.NewReader(r), stderr: &safeBuffer{}}
	go func() {
		p.code <- run(ctx, args, func(string) string { return "" }, w, p.stderr)
		w.Close()
	}()
	line, err := p.stdout.ReadString('\n')
	m := ready.FindStringSubmatch(line)
	if m == nil {
		stop()
		t.Fatalf("it said %q, %v\n%s", line, err, p.stderr)
	}
	p.url = m[1]
	t.Cleanup(stop)
	return p
}

// end stops the program, and checks that it ends well and said nothing more.
func (p *running) end(t testing.TB) {
	t.Helper()
	p.stop()
	rest, err := io.ReadAll(p.stdout)
	if code := <-p.code; code != exitOK || len(rest) > 0 || err != nil {
		t.Errorf("exit %d, %q, %v\n%s", code, rest, err, p.stderr)
	}
}

// get gets a page without following redirects.
func (p *running) get(t testing.TB, path string) (*http.Response, string) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(t.Context(), "GET", p.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestServe(t *testing.T) {
	p := start(t, "-listen", ":0")
	for _, path := range []string{"/healthz", "/readyz"} {
		if resp, body := p.get(t, path); resp.StatusCode != 200 {
			t.Errorf("%s: %s %q", path, resp.Status, body)
		}
	}
	home, _ := p.get(t, "/")
	where := home.Header.Get("Location")
	if home.StatusCode != 303 || !regexp.MustCompile(`^/labs/[a-z2-7]{26}$`).MatchString(where) {
		t.Fatalf("home: %s to %q", home.Status, where)
	}
	for _, path := range []string{where, "/labs/demo"} {
		if resp, body := p.get(t, path); resp.StatusCode != 200 || !strings.Contains(body, "192.168.11.4") {
			t.Errorf("%s: %s, %d octets", path, resp.Status, len(body))
		}
	}
	p.end(t)
	if _, err := http.Get(p.url + "/healthz"); err == nil {
		t.Error("it answers after its end")
	}
	if strings.Contains(p.stderr.String(), "level=ERROR") {
		t.Error(p.stderr)
	}
}

func TestLabsSurviveWithData(t *testing.T) {
	dir := t.TempDir()
	p := start(t, "-listen", ":0", "-data", dir)
	home, _ := p.get(t, "/")
	where := home.Header.Get("Location")
	p.end(t)

	p = start(t, "-listen", ":0", "-data", dir)
	if resp, _ := p.get(t, where); resp.StatusCode != 200 {
		t.Errorf("%s after a restart: %s", where, resp.Status)
	}
	p.end(t)

	p = start(t, "-listen", ":0")
	if resp, _ := p.get(t, where); resp.StatusCode != 404 {
		t.Errorf("%s without the data: %s", where, resp.Status)
	}
	p.end(t)
}

// TestWebsocketsAreToldOfTheEnd watches a lab while the program ends.
func TestWebsocketsAreToldOfTheEnd(t *testing.T) {
	p := start(t, "-listen", ":0")
	p.get(t, "/labs/demo") // which makes it
	live := "ws" + strings.TrimPrefix(p.url, "http") + "/labs/demo/live?after=0"
	conn, resp, err := websocket.DefaultDialer.DialContext(t.Context(), live, http.Header{"Origin": {p.url}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	defer conn.Close()
	p.stop()
	for err == nil {
		_, _, err = conn.ReadMessage()
	}
	if !websocket.IsCloseError(err, websocket.CloseGoingAway) {
		t.Errorf("the websocket ended with %v, want %d", err, websocket.CloseGoingAway)
	}
	p.end(t)
}

func TestAdmin(t *testing.T) {
	p := start(t, "-listen", ":0", "-admin", ":0")
	defer p.end(t)
	m := regexp.MustCompile(`url=(http://\S+)/metrics`).FindStringSubmatch(p.stderr.String())
	if m == nil {
		t.Fatalf("it does not say where: %s", p.stderr)
	}
	p.get(t, "/labs/demo")
	admin := &running{url: m[1]}
	resp, body := admin.get(t, "/metrics")
	for _, line := range []string{"# TYPE smtplab_labs_awake gauge", "smtplab_labs_awake 1\n", "smtplab_wakes_total 1\n", "go_goroutines "} {
		if !strings.Contains(body, line) {
			t.Errorf("%s: no %q in\n%s", resp.Status, line, body)
		}
	}
	if resp, body := admin.get(t, "/debug/pprof/heap?debug=1"); resp.StatusCode != 200 || !strings.HasPrefix(body, "heap profile") {
		t.Errorf("profile: %s %.40q", resp.Status, body)
	}
	for _, path := range []string{"/metrics", "/debug/pprof/"} {
		if resp, _ := p.get(t, path); resp.StatusCode != 404 {
			t.Errorf("%s is on the public address: %s", path, resp.Status)
		}
	}
	req, err := http.NewRequest("GET", m[1]+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "rebound.example"
	resp, err = http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("under another name: %s", resp.Status)
	}
}

func TestPublicAddresses(t *testing.T) {
	for _, test := range []struct {
		listen, shown string
		own           bool
	}{
		{"127.0.0.1:80", "127.0.0.1:80", false},
		{"[::1]:80", "[::1]:80", false},
		{"10.1.2.3:80", "10.1.2.3:80", true},
	} {
		a, err := net.ResolveTCPAddr("tcp", test.listen)
		if err != nil {
			t.Fatal(err)
		}
		if got := reachable(a); got != test.shown {
			t.Errorf("%s is shown as %s", test.listen, got)
		}
		if got := ownAddresses(a); (len(got) > 0) != test.own {
			t.Errorf("%s has addresses %q", test.listen, got)
		}
	}
	all := &net.TCPAddr{IP: net.IPv6unspecified, Port: 80}
	if got := reachable(all); got != "127.0.0.1:80" {
		t.Errorf("all addresses are shown as %s", got)
	}
	for _, host := range ownAddresses(all) {
		if strings.HasPrefix(host, "127.") || host == "[::1]" || strings.Contains(host, "/") {
			t.Errorf("all addresses include %q", host)
		}
	}
}

// program starts the real program in its own process, on a port of its choice.
func program(t testing.TB, args ...string) (cmd *exec.Cmd, url string, stdout *bufio.Reader) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.CommandContext(t.Context(), exe, append([]string{"-listen", ":0"}, args...)...)
	cmd.Env = append(os.Environ(), envMain+"=1")
	cmd.Stderr = t.Output()
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // it usually has ended
	stdout = bufio.NewReader(pipe)
	line, err := stdout.ReadString('\n')
	m := ready.FindStringSubmatch(line)
	if m == nil {
		t.Fatalf("it said %q, %v", line, err)
	}
	return cmd, m[1], stdout
}

func TestSignals(t *testing.T) {
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		cmd, _, _ := program(t)
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("after %v: %v", sig, err)
		}
	}
}

// TestSecondSignal holds a request open, so that the first signal has something to wait for.
func TestSecondSignal(t *testing.T) {
	cmd, url, _ := program(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST /labs/demo/hosts/pc1/mail HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n")
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100") {
		t.Fatalf("the request was not begun: %q, %v", line, err)
	}
	ended := make(chan error, 1)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	go func() { ended <- cmd.Wait() }()
	refused(t, url) // now it is stopping
	select {
	case err := <-ended:
		t.Fatalf("it did not wait for the request: %v", err)
	default:
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Error("a second signal did not cut it short")
	}
}

// refused returns when nobody listens any more.
func refused(t *testing.T, url string) {
	t.Helper()
	for t.Context().Err() == nil {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			return
		}
		conn.Close()
	}
}

// BenchmarkStart reports the time from the program's start until it says that it is ready, and the memory that
// it takes then.
func BenchmarkStart(b *testing.B) {
	for _, test := range []struct {
		name string
		args []string
	}{
		{"memory", nil},
		{"data", []string{"-data", ""}},
	} {
		b.Run(test.name, func(b *testing.B) {
			var took time.Duration
			var rss int
			for b.Loop() {
				args := append([]string(nil), test.args...)
				if len(args) > 0 {
					args[1] = b.TempDir()
				}
				began := time.Now()
				cmd, url, _ := program(b, args...)
				took += time.Since(began)
				(&running{url: url}).get(b, "/readyz")
				rss = residentKiB(b, cmd.Process.Pid)
				_ = cmd.Process.Signal(syscall.SIGTERM)
				if err := cmd.Wait(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(took.Microseconds())/1000/float64(b.N), "ms/ready")
			b.ReportMetric(float64(rss)/1024, "MiB")
		})
	}
}

// residentKiB is the memory of a process; 0 where the system does not say.
func residentKiB(t testing.TB, pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	var kib int
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			fmt.Sscan(rest, &kib)
		}
	}
	return kib
}
