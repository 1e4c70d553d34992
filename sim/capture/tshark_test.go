package capture_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"smtplab/sim/capture"
	"smtplab/sim/explain"
	"smtplab/sim/lab"
	"smtplab/sim/trace"
	"smtplab/sim/trace/packet"
)

// tshark, the analyser Wireshark without its windows, is given nothing but the file. It is skipped where it is missing,
// unless the environment says SMTPLAB_TOOLS=require. A run takes half a second, so there are few captures, each of much.

// shark is what tshark says of a capture.
type shark struct {
	frames []sharkFrame
	mails  map[string][]byte // what it exports as mails, by their subjects
}

// sharkFrame is what it says of a frame: for each field, all values that the frame has.
type sharkFrame struct{ of map[string][]string }

var fields = []string{
	"frame.time_epoch", "frame.comment", "_ws.malformed", "_ws.expert.severity", "_ws.expert.message",
	"eth.src", "ip.src", "ip.src_host", "ip.checksum.status", "tcp.checksum.status", "tcp.srcport", "tcp.dstport", "tcp.seq", "tcp.ack", "tcp.flags", "tcp.len",
	"tcp.analysis.retransmission", "smtp.command_line", "smtp.response.code", "smtp.rsp.parameter", "pop.request.command",
}

// examine runs tshark over a capture.
func examine(t *testing.T, c *capture.Capture) *shark {
	t.Helper()
	path, err := exec.LookPath("tshark")
	if err != nil && os.Getenv("SMTPLAB_TOOLS") == "require" {
		t.Fatal("tshark is missing, and SMTPLAB_TOOLS wants it")
	} else if err != nil {
		t.Skip("tshark is missing on this machine")
	}
	book, err := explain.Load("en")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "lab.pcapng")
	var file bytes.Buffer
	if err := c.Write(&file, book); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{
		"-r", name, "-N", "n", "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE",
		"--export-objects", "imf," + filepath.Join(dir, "mails"), "-T", "fields", "-E", "separator=/t", "-E", "aggregator=\x1f",
	}
	for _, field := range fields {
		args = append(args, "-e", field)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir) // whose user has no preferences
	var said, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &complaints
	if err := cmd.Run(); err != nil {
		t.Fatalf("tshark: %v\n%s", err, complaints.String())
	}
	s := &shark{mails: map[string][]byte{}}
	for line := range strings.Lines(said.String()) {
		f := sharkFrame{map[string][]string{}}
		for i, values := range strings.Split(strings.TrimSuffix(line, "\n"), "\t") {
			if values != "" {
				f.of[fields[i]] = strings.Split(values, "\x1f")
			}
		}
		s.frames = append(s.frames, f)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "mails"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		b, err := os.ReadFile(filepath.Join(dir, "mails", entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		s.mails[strings.TrimSuffix(entry.Name(), ".eml")] = b
	}
	return s
}

// one is the field's only value; "" when there is none.
func (f sharkFrame) one(field string) string { return strings.Join(f.of[field], "|") }

// sound checks that tshark has nothing to complain of, and sees the frames as they are.
func (s *shark) sound(t *testing.T, c *capture.Capture) {
	t.Helper()
	frames := c.Frames()
	if len(s.frames) != len(frames) {
		t.Fatalf("tshark sees %d frames of %d", len(s.frames), len(frames))
	}
	for i, f := range s.frames {
		want := &frames[i]
		at, mac := c.Start.Add(time.Duration(want.At)), want.Source().MAC
		for field, value := range map[string]string{
			"frame.time_epoch":    fmt.Sprintf("%d.%09d", at.Unix(), at.Nanosecond()),
			"ip.checksum.status":  "1",
			"tcp.checksum.status": "1",
			"eth.src":             net.HardwareAddr(slices.Clone(mac[:])).String(),
			"ip.src":              want.Source().Addr.Addr().String(),
			"ip.src_host":         hostNames[want.Source().Host],
			"tcp.srcport":         strconv.Itoa(int(want.Source().Addr.Port())),
			"tcp.dstport":         strconv.Itoa(int(want.Destination().Addr.Port())),
			"tcp.seq":             strconv.Itoa(int(want.RelSeq)),
			"tcp.ack":             strconv.Itoa(int(want.RelAck)),
			"tcp.flags":           fmt.Sprintf("0x%04x", uint8(want.Flags)),
			"tcp.len":             strconv.Itoa(len(want.Payload)),
			"_ws.malformed":       "",
		} {
			if got := f.one(field); got != value {
				t.Errorf("frame %d, %s: %s is %q, want %q", i+1, want.Info(), field, got, value)
			}
		}
		for j, severity := range f.of["_ws.expert.severity"] {
			message := f.of["_ws.expert.message"][j]
			if n, err := strconv.Atoi(severity); err != nil || n >= warning && !honest(want, message) {
				t.Errorf("frame %d, %s: %q", i+1, want.Info(), message)
			}
		}
		repeats := want.Repeats != 0 && (len(want.Payload) > 0 || want.Flags != packet.ACK) // a mere ACK repeats nothing
		if got := f.one("tcp.analysis.retransmission") != ""; got != repeats {
			t.Errorf("frame %d, %s: tshark thinks that it is a retransmission: %v", i+1, want.Info(), got)
		}
	}
}

// hostNames are those that a file has for the hosts of the default lab.
var hostNames = map[string]string{
	"pc1": "pc1.email.com", "pc2": "pc2.email.com", "pc3": "pc3.email.com", "server": "email.com", "outside": "outside",
}

// warning is tshark's number for that severity. An error has a greater one.
const warning = 0x00600000

// honest reports whether a warning is about what did happen: a reset. The other one says that tshark does not decode
// logins unless it is asked to.
func honest(f *packet.Frame, message string) bool {
	return f.Flags&packet.RST != 0 && message == "Connection reset (RST)" ||
		strings.HasPrefix(message, "base64 decode failed or is not enabled")
}

// dialogue checks that tshark reads the lines of SMTP that the trace has, each in the frame that completes it.
func (s *shark) dialogue(t *testing.T, c *capture.Capture) {
	t.Helper()
	events := map[uint64]trace.Event{}
	for _, e := range c.Events {
		events[e.Seq] = e
	}
	lines := 0
	for i, f := range c.Frames() {
		var said, codes, texts []string
		for _, seq := range f.Completes {
			switch e := events[seq]; {
			case e.Proto != trace.SMTP:
			case e.Kind == trace.Command || e.Kind == trace.Response:
				said = append(said, strings.TrimSuffix(string(e.Raw), "\r\n")+`\r\n`) // as tshark writes a line end
			case e.Kind == trace.Reply:
				codes = append(codes, strconv.Itoa(e.Code))
				for line := range strings.Lines(string(e.Raw)) {
					texts = append(texts, strings.TrimSuffix(line, "\r\n")[4:])
				}
			}
		}
		lines += len(said) + len(texts)
		got := s.frames[i].of
		for _, part := range []struct {
			what      string
			got, want []string
		}{
			{"commands", got["smtp.command_line"], said}, {"codes", got["smtp.response.code"], codes}, {"replies", got["smtp.rsp.parameter"], texts},
		} {
			if !slices.Equal(part.got, part.want) {
				t.Errorf("frame %d: tshark reads the %s\n\t%q, want\n\t%q", i+1, part.what, part.got, part.want)
			}
		}
	}
	if lines < 100 {
		t.Errorf("%d lines of SMTP: that is no test", lines)
	}
}

// One lab with all that TCP, TLS, SMTP and POP3 do here.
func TestTshark(t *testing.T) {
	w := busy(t)
	c := capture.Of(w.Lab, 0)
	s := examine(t, c)
	s.sound(t, c)
	s.dialogue(t, c)
	s.asks(t, "CAPA", "110", "995")
	w.do(lab.Action{Verb: lab.Fetch, Host: "pc2"})
	s.mailed(t, w)
}

// One in which everything goes wrong that can.
func TestTsharkOnFaults(t *testing.T) {
	w := rough(t)
	c := capture.Of(w.Lab, 0)
	examine(t, c).sound(t, c)
	seen := map[string]int{}
	for _, f := range c.Frames() {
		for word, is := range map[string]bool{
			"reset": f.Flags&packet.RST != 0, "lost": f.Lost != "", "sent again": f.Repeats != 0, "under way": f.Arrives > c.Now,
			"SYN sent again": f.Repeats != 0 && f.Flags&packet.SYN != 0, "FIN sent again": f.Repeats != 0 && f.Flags&packet.FIN != 0,
		} {
			if is {
				seen[word]++
			}
		}
	}
	for _, word := range []string{"reset", "lost", "sent again", "under way", "SYN sent again", "FIN sent again"} {
		if seen[word] < 2 {
			t.Errorf("%d frames are %s: that is no test", seen[word], word)
		}
	}
}

// asks checks that tshark reads a command of POP3 on its way to each of the ports, in TLS too.
func (s *shark) asks(t *testing.T, command string, ports ...string) {
	t.Helper()
	for _, port := range ports {
		if !slices.ContainsFunc(s.frames, func(f sharkFrame) bool {
			return f.one("pop.request.command") == command && f.one("tcp.dstport") == port
		}) {
			t.Errorf("tshark reads no %s to port %s", command, port)
		}
	}
}

// mailed checks that the mails which tshark exports are those that PC-2 has fetched, less what the server put on top.
func (s *shark) mailed(t *testing.T, w world) {
	t.Helper()
	pc2, _ := w.PC("pc2")
	subjects := []string{"first", "large", "starttls", "implicit", "old", "cut", "outside"}
	for _, subject := range subjects {
		exported := s.mails[subject]
		found := slices.ContainsFunc(pc2.Inbox, func(m lab.Received) bool {
			top, ok := bytes.CutSuffix(m.Raw, exported)
			if !ok {
				top, ok = bytes.CutSuffix(m.Raw, dot.ReplaceAll(exported, nil)) // tshark 4.0 leaves the doubled dots in
			}
			return ok && len(exported) > 0 && bytes.HasPrefix(top, []byte("Return-Path: ")) && !bytes.Contains(top, []byte("\r\n\r\n"))
		})
		if !found {
			t.Errorf("%q: tshark exports %d octets, which PC-2 has not got", subject, len(exported))
		}
	}
	if len(s.mails) != len(subjects) || len(pc2.Inbox) != len(subjects) {
		t.Errorf("tshark exports %d mails of %d", len(s.mails), len(pc2.Inbox))
	}
}

// dot is one that begins a line.
var dot = regexp.MustCompile(`(?m)^\.`)
