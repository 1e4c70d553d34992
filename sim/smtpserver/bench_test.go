package smtpserver

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"smtplab/sim/sasl"
	"smtplab/sim/smtp"
)

// cellar is a Host that takes everything and keeps nothing.
type cellar struct{ octets int }

func (*cellar) Mail(*smtp.Envelope) error            { return nil }
func (*cellar) Rcpt(*smtp.Envelope, smtp.Path) error { return nil }
func (*cellar) Verify(string) ([]string, error)      { return nil, nil }
func (*cellar) Expand(string) ([]string, error)      { return nil, nil }
func (*cellar) SASL() *sasl.Server                   { return nil }
func (*cellar) StartTLS() error                      { return nil }
func (*cellar) Stamp() (string, time.Time)           { return "4F1A", time.Unix(1772442000, 0).UTC() }
func (c *cellar) Deliver(_ *smtp.Envelope, content []byte) error {
	c.octets += len(content)
	return nil
}

// BenchmarkMail is a whole conversation that delivers one mail, as a pipelining client has it.
func BenchmarkMail(b *testing.B) {
	for _, size := range []int{1 << 10, 1 << 20} {
		b.Run(byteSize(size), func(b *testing.B) {
			line := strings.Repeat("x", 76) + "\r\n"
			var stuffer smtp.Stuffer
			data := stuffer.AppendTo(nil, []byte(strings.Repeat(line, size/len(line))))
			data = append(stuffer.End(data), "QUIT\r\n"...)
			ehlo := []byte("EHLO pc1.email.com\r\n")
			group := []byte("MAIL FROM:<pc1@email.com>\r\nRCPT TO:<pc2@email.com>\r\nDATA\r\n")
			cfg := &Config{Domain: "email.com"}
			host := &cellar{}
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				s := NewSession(cfg, host, peer)
				s.Open()
				s.Output()
				for _, segment := range [][]byte{ehlo, group, data} {
					s.Receive(segment)
					s.Output()
				}
				if !s.Closed() {
					b.Fatal("the conversation did not end")
				}
			}
			if host.octets == 0 {
				b.Fatal("nothing was delivered")
			}
		})
	}
}

// BenchmarkData is the way of a message's octets alone, in segments of 16 KiB.
func BenchmarkData(b *testing.B) {
	message := bytes.Repeat([]byte(strings.Repeat("x", 76)+"\r\n"), (1<<20)/78)
	var stuffer smtp.Stuffer
	wire := stuffer.End(stuffer.AppendTo(nil, message))
	b.SetBytes(int64(len(wire)))
	for b.Loop() {
		var r smtp.DataReader
		content := make([]byte, 0, len(wire))
		for p := wire; len(p) > 0; {
			var n int
			content, n = r.Read(content, p[:min(len(p), 16<<10)])
			p = p[n:]
		}
		if !r.Done() {
			b.Fatal("no end")
		}
	}
}

func byteSize(n int) string {
	if n >= 1<<20 {
		return "1MiB"
	}
	return "1KiB"
}
