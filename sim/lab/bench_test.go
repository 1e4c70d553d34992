package lab_test

import (
	"bytes"
	"io"
	"log"
	"net"
	"net/mail"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"smtplab/sim/lab"
	"smtplab/sim/message"
)

// The benchmarks compare a mail through a whole lab (client, network, tap, trace, server, mailbox; one connection
// per mail) with go-smtp's client and server over net.Pipe, with no lab around them. Both compose the mail from what a
// person typed, by the same code, and keep it. Both are reported by the same
// run: compare the ratio of cpu-ns/op, the processor time of the whole process, not the figures.

const kib = 1 << 10

func body(octets int) string {
	line := strings.Repeat("x", 70) + "\n"
	return strings.Repeat(line, octets/len(line)) // the header makes up the rest
}

func BenchmarkMail(b *testing.B) {
	for _, size := range []struct {
		name   string
		octets int
	}{{"1KiB", kib}, {"1MiB", kib * kib}} {
		b.Run(size.name+"/lab", func(b *testing.B) { benchLab(b, size.octets) })
		b.Run(size.name+"/go-smtp", func(b *testing.B) { benchPeer(b, size.octets) })
	}
}

func benchLab(b *testing.B, octets int) {
	mail := lab.Mail{To: "pc2@email.com", Subject: "Benchmark", Body: body(octets - 300)}
	perLab := max(1, min(200, (16<<20)/octets)) // then a new lab, as a reset would give
	b.SetBytes(int64(octets))
	b.ReportAllocs()
	var l *lab.Lab
	sent := perLab
	defer reportCPU(b)()
	for b.Loop() {
		if sent == perLab {
			l, sent = newLab(b), 0
		}
		if err := l.Apply(lab.Action{Verb: lab.Send, Host: "pc1", Mail: &mail}); err != nil {
			b.Fatal(err)
		}
		l.Settle()
		sent++
	}
	if pc2, _ := l.PC("pc2"); pc2.Waiting != sent {
		b.Fatalf("%d of %d mails arrived", pc2.Waiting, sent)
	}
}

// reportCPU measures the processor time until the function that it returns is called.
func reportCPU(b *testing.B) func() {
	begin := cpuTime()
	return func() { b.ReportMetric(float64(cpuTime()-begin)/float64(b.N), "cpu-ns/op") }
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// sink is a go-smtp backend that keeps messages, as the lab's mailboxes do.
type sink struct{ messages [][]byte }

func (s *sink) NewSession(*smtp.Conn) (smtp.Session, error) { return s, nil }
func (s *sink) Mail(string, *smtp.MailOptions) error        { return nil }
func (s *sink) Rcpt(string, *smtp.RcptOptions) error        { return nil }
func (s *sink) Reset()                                      {}
func (s *sink) Logout() error                               { return nil }
func (s *sink) Data(r io.Reader) error {
	message, err := io.ReadAll(r)
	s.messages = append(s.messages, message)
	return err
}

// pipeListener hands out the server's ends of pipes.
type pipeListener chan net.Conn

func (l pipeListener) Accept() (net.Conn, error) {
	if c, ok := <-l; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (l pipeListener) Close() error   { return nil }
func (l pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

func benchPeer(b *testing.B, octets int) {
	backend := &sink{}
	server := smtp.NewServer(backend)
	server.Domain = "email.com"
	server.ErrorLog = log.New(io.Discard, "", 0)
	listener := make(pipeListener)
	go server.Serve(listener)
	defer close(listener)
	draft := message.Draft{
		From: mail.Address{Name: "PC-1", Address: "pc1@email.com"}, To: []mail.Address{{Address: "pc2@email.com"}},
		Subject: "Benchmark", Text: body(octets - 300), Date: start, MessageID: "1@pc1.email.com",
	}
	defer reportCPU(b)()
	b.SetBytes(int64(octets))
	b.ReportAllocs()
	for b.Loop() {
		backend.messages = backend.messages[:0]
		here, there := net.Pipe()
		listener <- there
		c := smtp.NewClient(here)
		content, err := message.Compose(draft)
		if err != nil {
			b.Fatal(err)
		}
		if err := c.SendMail("pc1@email.com", []string{"pc2@email.com"}, bytes.NewReader(content)); err != nil {
			b.Fatal(err)
		}
		if err := c.Quit(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMemory reports how much a lab holds: untouched, and after ten mails of some 200 trace lines in all.
func BenchmarkMemory(b *testing.B) {
	mail := lab.Mail{To: "pc2@email.com", Subject: "Hello", Body: "Hi there,\nhow are you?\n"}
	for _, mails := range []int{0, 10} {
		b.Run(map[int]string{0: "untouched", 10: "ten-mails"}[mails], func(b *testing.B) {
			const n = 200
			for b.Loop() {
				labs := make([]*lab.Lab, n)
				before := heap()
				for i := range labs {
					labs[i] = newLab(b)
					for range mails {
						do(b, labs[i], send("pc1", mail))
					}
				}
				b.ReportMetric(float64(heap()-before)/n, "B/lab")
				lines := 0
				for e := range labs[0].Trace().After(0) {
					if e.Line() {
						lines++
					}
				}
				b.ReportMetric(float64(lines), "lines/lab")
				runtime.KeepAlive(labs)
			}
		})
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
