package gateway

import (
	"io"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"smtplab/sim/lab"
)

// BenchmarkSource has Postfix's smtp-source send mails, a connection each, to the gateway with its lab and its trace, and
// to go-smtp's own server, which throws them away: in turn, so that both see the same machine. It reports how many
// times as many mails a second the gateway takes (the median of the pairs), and how many those are.
func BenchmarkSource(b *testing.B) {
	source, err := exec.LookPath("smtp-source")
	if err != nil {
		b.Skip("there is no smtp-source (of Postfix) on this machine")
	}
	const mails = 400
	for _, sessions := range []int{1, 8} {
		b.Run("sessions="+strconv.Itoa(sessions), func(b *testing.B) {
			h := newHall(b)
			peer := listen(b)
			server := smtp.NewServer(nowhere{})
			server.Domain = "email.com"
			go server.Serve(peer)
			b.Cleanup(func() { server.Close() })
			send := func(l net.Listener) time.Duration {
				began := time.Now()
				out, err := exec.Command(source, "-s", strconv.Itoa(sessions), "-m", strconv.Itoa(mails), "-l", "1024",
					"-f", "a@example.org", "-t", "pc1@email.com", l.Addr().String()).CombinedOutput()
				if err != nil {
					b.Fatalf("smtp-source to %v (the peer is %v): %v: %s", l.Addr(), peer.Addr(), err, out)
				}
				return time.Since(began)
			}
			var ratios, rates []float64
			for b.Loop() {
				theirs, ours := send(peer), send(h.port(25))
				ratios = append(ratios, theirs.Seconds()/ours.Seconds())
				rates = append(rates, mails/ours.Seconds())
				h.act(lab.Action{Verb: lab.Reset})
			}
			b.ReportMetric(median(ratios), "×go-smtp")
			b.ReportMetric(median(rates), "mails/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}

// nowhere is a go-smtp backend that takes everything and keeps nothing.
type nowhere struct{}

func (nowhere) NewSession(*smtp.Conn) (smtp.Session, error) { return nowhere{}, nil }
func (nowhere) Mail(string, *smtp.MailOptions) error        { return nil }
func (nowhere) Rcpt(string, *smtp.RcptOptions) error        { return nil }
func (nowhere) Reset()                                      {}
func (nowhere) Logout() error                               { return nil }

func (nowhere) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}
