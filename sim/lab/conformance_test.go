package lab_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"smtplab/sim/lab"
	"smtplab/sim/mailbox"
	"smtplab/sim/message"
	"smtplab/sim/pop3"
	"smtplab/sim/rfc"
	"smtplab/sim/sasl"
	"smtplab/sim/smtp"
	"smtplab/sim/smtpclient"
	"smtplab/sim/smtpserver"
	"smtplab/sim/vnet"
)

// What the table of requirements in sim/CONFORMANCE.md rests on beside the other tests of the package.

// The probes, against a lab's server over its network: by a client that waits for each answer, by one that says all at
// once before it is greeted, and by one that says it octet by octet. Whatever was said, the server is well afterwards, and
// what it took is what was sent.
func TestProbes(t *testing.T) {
	ways := map[string]func(t *testing.T, l *lab.Lab, steps []string, rest string) string{
		"step by step": func(t *testing.T, l *lab.Lab, steps []string, rest string) string {
			conn := dialed(t, l, lab.Action{Host: "pc1", N: 25})
			for _, said := range append(slices.Clone(steps), rest, "QUIT\r\n") {
				do(t, l, lab.Action{Verb: lab.Say, Conn: conn, Data: []byte(said)})
			}
			return heard(l, conn, "server")
		},
		"at once": func(t *testing.T, l *lab.Lab, steps []string, rest string) (replies string) {
			program(t, l, "pc1", func(h *vnet.Host) (err error) {
				replies, err = converse(h, smtpAddr, strings.Join(steps, "")+rest+"QUIT\r\n")
				return err
			})
			return replies
		},
		"octet by octet": func(t *testing.T, l *lab.Lab, steps []string, rest string) (replies string) {
			program(t, l, "pc1", func(h *vnet.Host) error {
				conn, err := h.DialConn(smtpAddr)
				if err != nil {
					return err
				}
				for _, octet := range []byte(strings.Join(steps, "") + rest + "QUIT\r\n") {
					if _, err := conn.Write([]byte{octet}); err != nil {
						return err
					}
				}
				octets, err := io.ReadAll(conn)
				replies = string(octets)
				return errors.Join(err, conn.Close())
			})
			return replies
		},
	}
	for _, probe := range rfc.Probes {
		for name, way := range ways {
			l := newLab(t)
			var steps []string
			want := []string{"220"}
			for i, step := range rfc.ProbeSteps[:probe.After] {
				steps = append(steps, step+"\r\n")
				want = append(want, []string{"250", "250", "250", "354"}[i])
			}
			want = append(append(want, strings.Fields(probe.Replies)...), "221")
			var got []string
			for _, line := range answers(way(t, l, steps, probe.Says)) {
				got = append(got, line[:3])
			}
			mails := 0
			for _, name := range []string{"pc1", "pc2", "pc3", "postmaster"} {
				mails += onServer(l, name)
			}
			if !slices.Equal(got, want) || mails != probe.Mails {
				t.Errorf("%s, %s, %.60q: %v and %d mails, want %v and %d", probe.Case, name, probe.Says, got, mails, want, probe.Mails)
			}
			for _, m := range fetched(t, l, "pc2") {
				text, _, _ := strings.Cut(strings.TrimSuffix("\r\n"+probe.Says, ".\r\n"), "\r\n.\r\nMAIL")
				text = strings.ReplaceAll(strings.TrimPrefix(text, "\r\n"), "\r\n.", "\r\n")
				if got := belowTrace(t, m.Raw); probe.After == 4 && strings.TrimSuffix(got, "\r\n") != strings.TrimSuffix(text, "\r\n") {
					t.Errorf("%s, %s: %q became %q", probe.Case, name, probe.Says, got)
				}
			}
			healthy(t, l)
		}
	}
}

// meadow is a server that takes all mail, for the tests that connect the programs to each other without a network.
type meadow struct {
	store mailbox.Store
	mails [][]byte
}

func (*meadow) Mail(*smtp.Envelope) error            { return nil }
func (*meadow) Rcpt(*smtp.Envelope, smtp.Path) error { return nil }
func (*meadow) Verify(string) ([]string, error)      { return nil, nil }
func (*meadow) Expand(string) ([]string, error)      { return nil, nil }
func (*meadow) SASL() *sasl.Server                   { return nil }
func (*meadow) StartTLS() error                      { return nil }
func (m *meadow) Stamp() (string, time.Time)         { return fmt.Sprintf("M%d", len(m.mails)), start }
func (m *meadow) Deliver(_ *smtp.Envelope, content []byte) error {
	_, text, _ := bytes.Cut(content, []byte(" +0000\r\n")) // below the trace field
	m.mails = append(m.mails, text)
	m.store.Add("pc2")
	return m.store.Deliver("pc2", mailbox.Message{UID: fmt.Sprintf("M%d", len(m.mails)), Content: text})
}

func (m *meadow) Login(string, string) (pop3.Maildrop, error) { return m.Open("") }
func (m *meadow) Open(string) (pop3.Maildrop, error) {
	drop := m.store.Add("pc2")
	drop.Lock()
	return drop, nil
}

// party is what the programs of both ends are, as far as carry needs it.
type party interface {
	Open()
	Receive([]byte)
	Output() []byte
	Closed() bool
	Hangup()
}

// carry has two parties talk until neither says anything more, and carries their octets in pieces.
func carry(client, server party, piece int) {
	server.Open()
	client.Open()
	for moved := true; moved; {
		moved = false
		for _, way := range [][2]party{{server, client}, {client, server}} {
			for out := way[0].Output(); out != nil; out = way[0].Output() {
				moved = true
				for p := range slices.Chunk(bytes.Clone(out), piece) {
					way[1].Receive(p)
				}
			}
		}
	}
	client.Hangup()
	server.Hangup()
}

var peer = netip.MustParseAddr("192.168.11.1")

// Every pattern of dots, text and line ends comes out of the mailbox as it went in, by DATA and by BDAT, with the size
// that was told: RFC 5321 §4.5.2, RFC 1939 §3 and §11.
func TestEveryDot(t *testing.T) {
	pieces := []string{".", "\r\n", "x"}
	const most = 7
	var all []string
	var spell func(text string, left int)
	spell = func(text string, left int) {
		all = append(all, text)
		if left > 0 {
			for _, p := range pieces {
				spell(text+p, left-1)
			}
		}
	}
	spell("", most)
	for i, text := range all {
		m := new(meadow)
		c, err := smtpclient.New(&smtpclient.Config{Hello: "pc1", Chunking: i%2 == 1, Chunk: 3},
			smtpclient.Mail{To: []smtp.Path{{Local: "pc2", Domain: "email.com"}}, Content: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		carry(c, smtpserver.NewSession(&smtpserver.Config{Domain: "email.com"}, m, peer), 1+i%5)
		want := text
		if want != "" && !strings.HasSuffix(want, "\r\n") {
			want += "\r\n"
		}
		if len(m.mails) != 1 || string(m.mails[0]) != want || c.Result().Outcome() != smtpclient.Accepted {
			t.Fatalf("%q became %q: %v", text, m.mails, c.Result().Err)
		}
		reader := pop3.NewClient(pop3.Login{User: "pc2", Pass: "pc2"}, pop3.Plan{})
		carry(reader, pop3.NewSession(&pop3.Config{}, m), 1+i%7)
		if r := reader.Result(); len(r.Messages) != 1 || string(r.Messages[0].Content) != want {
			t.Fatalf("%q was fetched as %+v", text, r)
		}
		if drop, _ := m.Open(""); sizeOf(t, m) != len(drop.Content(0)) {
			t.Fatalf("%q: LIST says %d octets", text, sizeOf(t, m))
		}
	}
}

// sizeOf is the size of the first message by LIST.
func sizeOf(t *testing.T, m *meadow) (size int) {
	s := pop3.NewSession(&pop3.Config{}, m)
	s.Open()
	s.Receive([]byte("USER pc2\r\nPASS pc2\r\nLIST 1\r\nQUIT\r\n"))
	lines := strings.Split(string(s.Output()), "\r\n")
	if _, err := fmt.Sscanf(lines[3], "+OK 1 %d", &size); err != nil {
		t.Fatalf("LIST is answered %q: %v", lines[3], err)
	}
	return size
}

// Whatever a message is, the client and the server agree where each mail ends and how many there are, whether it goes by
// DATA, in chunks or as a binary one, and whatever the server offers. The mail goes to two recipients one at a time, so
// that each conversation has two.
func FuzzAgreement(f *testing.F) {
	for i, content := range []string{
		"", ".", "\r\n.\r\n", "a\r\n..\r\n", "Subject: x\r\n\r\nhello\r\n.\r\n.", "\n.\n", "\r.\r", "a\r\n.\rb\n.\r\n", "x\x00\r\n.\r\nQUIT\r\n", "\r",
		"MIME-Version: 1.0\r\nContent-Transfer-Encoding: binary\r\n\r\n\r\n.\r\nMAIL FROM:<evil@email.com>\r\n\xff\x00", "Subject: ü\r\n\r\n",
		"x: y\r\n\r\n" + strings.Repeat("z", 2000), "BDAT 3 LAST\r\n.\r\nRSET\r\nDATA\r\n", "a\r\n" + strings.Repeat(".\r\n", 100),
	} {
		f.Add([]byte(content), uint16(i), uint8(i), uint16(0))
		f.Add([]byte(content), uint16(1), uint8(200), uint16(smtp.WithChunking))
		f.Add([]byte(content), uint16(3), uint8(31), uint16(smtp.WithBinaryMIME))
	}
	f.Fuzz(func(t *testing.T, content []byte, set uint16, piece uint8, without uint16) {
		binary, chunking := set&1 != 0, set&2 != 0
		pc2, pc3 := smtp.Path{Local: "pc2", Domain: "email.com"}, smtp.Path{Local: "pc3", Domain: "email.com"}
		c, err := smtpclient.New(&smtpclient.Config{Hello: "pc1", Chunking: chunking, Chunk: 1 + int(set>>2)},
			smtpclient.Mail{From: pc2, To: []smtp.Path{pc2, pc3}, Content: content, Binary: binary})
		if clean := !bytes.ContainsAny(bytes.ReplaceAll(content, []byte("\r\n"), nil), "\r\n\x00"); (err == nil) != (binary || clean) {
			t.Fatalf("%q, binary %v: %v", content, binary, err)
		}
		if err != nil {
			return
		}
		m := new(meadow)
		cfg := &smtpserver.Config{Domain: "email.com", MaxRecipients: 1, Without: smtp.Extensions(without) &^ smtp.WithLimits}
		s := smtpserver.NewSession(cfg, m, peer)
		carry(c, s, 1+int(piece))
		r := c.Result()
		taken := 0
		for i := range r.Recipients {
			if r.Recipients[i].Taken() {
				taken++
			}
		}
		if !r.Done || taken != len(m.mails) || taken == 1 {
			t.Fatalf("%q: the client thinks that %d mails were taken, %v, and the server took %d", content, taken, r.Err, len(m.mails))
		}
		for _, mail := range m.mails {
			checkCarried(t, content, mail, r.Converted)
		}
	})
}

// checkCarried checks that what the server took is what the client had, or the same in other octets.
func checkCarried(t *testing.T, content, mail []byte, converted string) {
	whole := content
	if len(content) > 0 && !bytes.HasSuffix(content, []byte("\r\n")) {
		whole = append(bytes.Clone(content), "\r\n"...)
	}
	if converted == "" {
		if !bytes.Equal(mail, content) && !bytes.Equal(mail, whole) {
			t.Fatalf("%q became %q", content, mail)
		}
		return
	}
	eight, _ := message.EightBit(content)
	seven, _ := message.SevenBit(content)
	for _, form := range [][]byte{eight, seven} {
		if form != nil && (bytes.Equal(mail, form) || bytes.Equal(mail, append(bytes.Clone(form), "\r\n"...))) {
			return
		}
	}
	t.Fatalf("%q was converted to %q", content, mail)
}
