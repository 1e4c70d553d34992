package capture_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/netip"
	netsmtp "net/smtp"
	"slices"
	"strings"
	"testing"
	"time"

	"smtplab/sim/capture"
	"smtplab/sim/explain"
	"smtplab/sim/lab"
	"smtplab/sim/trace/packet"
	"smtplab/sim/vnet"
)

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// world is a lab in which much is done.
type world struct {
	*lab.Lab
	t *testing.T
}

func newWorld(t *testing.T) world {
	t.Helper()
	l, err := lab.New(lab.Default("amber-fox", 1, start))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return world{l, t}
}

// begin applies an action, which then has yet to happen.
func (w world) begin(a lab.Action) {
	w.t.Helper()
	if err := w.Apply(a); err != nil {
		w.t.Fatalf("%s: %v", a.Verb, err)
	}
}

func (w world) do(a lab.Action) {
	w.t.Helper()
	w.begin(a)
	w.Settle()
}

// after lets lab time pass.
func (w world) after(d time.Duration) {
	for end := w.Now().Add(d); ; w.Step() {
		if next, ok := w.Next(); !ok || next > end {
			w.AdvanceTo(end)
			return
		}
	}
}

func letter(subject, body string) *lab.Mail {
	return &lab.Mail{To: "pc2@email.com", Subject: subject, Body: body}
}

// account is a PC's own, with these ways to the server.
func account(pc string, smtp, pop3 lab.Access) *lab.Account {
	return &lab.Account{Server: "192.168.11.4", User: pc, Password: pc, SMTP: smtp, POP3: pop3}
}

func (w world) setUp(pc string, a *lab.Account) {
	w.t.Helper()
	w.do(lab.Action{Verb: lab.Setup, Host: pc, Settings: &lab.Settings{Account: a}})
}

// say has a program outside say something on its connection.
func (w world) say(conn uint32, words ...string) {
	w.t.Helper()
	for _, word := range words {
		w.do(lab.Action{Verb: lab.Say, Conn: conn, Data: []byte(word)})
	}
}

// connect has a program outside connect to a port.
func (w world) connect(port int) uint32 {
	w.t.Helper()
	w.do(lab.Action{Verb: lab.Connect, Host: lab.OutsideID, N: port})
	return w.LastLine()
}

const dots = ".\n..\n.hidden\n\n...\nQUIT\nend.\n"

// busy is what a class does in an hour. Each mail that arrives is for PC-2, and has a subject of its own.
func busy(t *testing.T) world {
	t.Helper()
	w := newWorld(t)
	first := letter("first", dots)
	first.To += ", nobody@email.com"
	w.do(lab.Action{Verb: lab.Send, Host: "pc1", Mail: first})
	w.do(lab.Action{Verb: lab.Fetch, Host: "pc2"})

	large := letter("large", strings.Repeat(strings.Repeat("x", 70)+"\n.dot\n", 4000))
	large.Files = []lab.File{{Name: "octets.bin", Data: []byte(strings.Repeat("\x00\x01\r\n.\xff", 100_000))}}
	w.do(lab.Action{Verb: lab.Send, Host: "pc1", Mail: large})

	// Encrypted: after STARTTLS, from the first octet, and by TLS 1.2.
	w.setUp("pc3", account("pc3", lab.Access{Port: 587, TLS: lab.TLSRequired, Login: "SCRAM-SHA-256"}, lab.Access{Port: 995, TLS: lab.TLSFirst}))
	w.do(lab.Action{Verb: lab.Send, Host: "pc3", Mail: letter("starttls", dots)})
	w.do(lab.Action{Verb: lab.Fetch, Host: "pc3"})
	w.setUp("pc3", account("pc3", lab.Access{Port: 465, TLS: lab.TLSFirst, Login: "PLAIN"}, lab.Access{Port: 110, TLS: lab.TLSRequired, Login: "PLAIN"}))
	w.do(lab.Action{Verb: lab.Send, Host: "pc3", Mail: letter("implicit", strings.Repeat(dots, 3000))})
	w.do(lab.Action{Verb: lab.Fetch, Host: "pc3"})
	w.oldTLS()

	// A link is cut in the middle of a message, and mended.
	w.begin(lab.Action{Verb: lab.Send, Host: "pc1", Mail: letter("cut", strings.Repeat(dots, 10_000))})
	w.after(30 * time.Millisecond)
	w.begin(lab.Action{Verb: lab.Cut, Host: "server"})
	w.after(4 * time.Second)
	w.begin(lab.Action{Verb: lab.Restore, Host: "server"})
	w.after(10 * time.Second)

	// From outside, in pieces.
	conn := w.connect(25)
	w.say(conn, "EH", "LO client.exa", "mple\r\n", "MAIL FROM:<a@client.example>\r\nRCPT TO:<pc2@email.com>\r\n", "DATA\r", "\n")
	w.say(conn, "Subject: outside\r\n\r\n..\r", "\n.", ".\r\nMore.\r\n", ".\r\n", "NOOP\r\nQUIT\r\n")
	w.say(w.connect(110), "USER pc1\r\nPASS pc1\r\nSTAT\r\nQUIT\r\n")
	return w
}

// rough is a bad day: connections are refused, cut, given up and reset at every stage.
func rough(t *testing.T) world {
	t.Helper()
	w := newWorld(t)
	w.setUp("pc3", account("pc3", lab.Access{Port: 26}, lab.Access{Port: 110})) // where nobody listens
	w.do(lab.Action{Verb: lab.Send, Host: "pc3", Mail: letter("refused", "")})

	chunks := account("pc3", lab.Access{Port: 25}, lab.Access{Port: 110})
	chunks.Chunking = true
	w.setUp("pc3", chunks)
	w.do(lab.Action{Verb: lab.Send, Host: "pc3", Mail: letter("chunks", strings.Repeat(dots, 1000))})

	// The first and the last segments of connections are lost, too.
	for _, moment := range []time.Duration{0, 1, 3, 5, 19, 23, 25} {
		for _, host := range []string{"pc1", "server"} {
			w.begin(lab.Action{Verb: lab.Send, Host: "pc1", Mail: letter("cut", "")})
			w.after(moment * time.Millisecond)
			w.begin(lab.Action{Verb: lab.Cut, Host: host})
			w.after(time.Second)
			w.begin(lab.Action{Verb: lab.Restore, Host: host})
			w.after(time.Minute)
		}
	}
	w.begin(lab.Action{Verb: lab.Send, Host: "pc1", Mail: letter("for good", strings.Repeat(dots, 10_000))})
	w.after(40 * time.Millisecond)
	w.begin(lab.Action{Verb: lab.Cut, Host: "pc1"})
	w.after(time.Hour)
	w.begin(lab.Action{Verb: lab.Restore, Host: "pc1"})

	conn := w.connect(25)
	w.say(conn, "EHLO client.example\r\n")
	w.begin(lab.Action{Verb: lab.Say, Conn: conn, Data: []byte("MAIL FROM:<a@client.example>\r\n")})
	w.after(3 * time.Millisecond) // the answer is on its way
	w.do(lab.Action{Verb: lab.Drop, Conn: conn})
	w.begin(lab.Action{Verb: lab.Fetch, Host: "pc2"})
	w.after(10 * time.Millisecond)
	w.do(lab.Action{Verb: lab.Restart, Host: "server"})
	w.do(lab.Action{Verb: lab.Fetch, Host: "pc2"})

	// What is under way is there, and not yet acknowledged.
	w.begin(lab.Action{Verb: lab.Send, Host: "pc1", Mail: letter("under way", strings.Repeat(dots, 10_000))})
	w.after(30 * time.Millisecond)
	return w
}

// oldTLS has a program on PC-1 that knows no TLS newer than 1.2 send a mail.
func (w world) oldTLS() {
	w.t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(w.CertificatePEM())
	failed := errors.New("it does not end")
	err := w.Go("pc1", func(h *vnet.Host) {
		conn, err := h.DialConn(netip.MustParseAddrPort("192.168.11.4:465"))
		if err != nil {
			failed = err
			return
		}
		secured := tls.Client(conn, &tls.Config{ServerName: "email.com", RootCAs: roots, Time: h.Now, MaxVersion: tls.VersionTLS12})
		c, err := netsmtp.NewClient(secured, "email.com")
		if err != nil {
			failed = err
			return
		}
		failed = errors.Join(c.Hello("pc1.email.com"), c.Auth(netsmtp.PlainAuth("", "pc1", "pc1", "email.com")), c.Mail("pc1@email.com"), c.Rcpt("pc2@email.com"))
		if failed == nil {
			out, err := c.Data()
			if err != nil {
				failed = err
				return
			}
			_, err = out.Write([]byte("Subject: old\r\n\r\n" + strings.ReplaceAll(dots, "\n", "\r\n")))
			failed = errors.Join(err, out.Close(), c.Quit())
		}
	})
	w.Settle()
	if err = errors.Join(err, failed); err != nil {
		w.t.Fatal(err)
	}
}

func english(t *testing.T) *explain.Book {
	t.Helper()
	book, err := explain.Load("en")
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// What the frames of a mail are said to mean.
func TestComments(t *testing.T) {
	w := newWorld(t)
	mail := letter("Hello", "Hi")
	mail.To += ", nobody@email.com"
	w.do(lab.Action{Verb: lab.Send, Host: "pc1", Mail: mail})
	var got []string
	for f, words := range capture.Of(w.Lab, 0).Explained(english(t)) {
		got = append(got, f.Flags.String()+": "+words)
	}
	want := []string{
		"SYN: SYN: may I connect?",
		"SYN, ACK: SYN-ACK: yes, you may.",
		"ACK: ACK: I have got it.",
		"PSH, ACK: 220: The server greets: it is there and ready.",
		"PSH, ACK: EHLO introduces the client and asks what is offered.",
		"PSH, ACK: 250: The server answers and lists its extensions.",
		"PSH, ACK: MAIL begins a mail and says where failures go.\nRCPT names one recipient of this message.\nDATA asks to send the message itself.",
		"PSH, ACK: 250: The sender is accepted, a transaction is open.\n250: This recipient is accepted.\n550: There is no such mailbox here.\n354: Go ahead: send the message.",
		"PSH, ACK: Here the message goes: header, empty line, body.",
		"PSH, ACK: 250: The server has taken responsibility for the mail.",
		"PSH, ACK: QUIT ends the conversation politely.",
		"PSH, ACK: 221: The server says goodbye.",
		"FIN, ACK: FIN: I have nothing more to say.",
		"FIN, ACK: FIN: I have nothing more to say.",
		"ACK: ",
		"ACK: ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// What was lost, and what is sent again, say so.
func TestCommentsOnLosses(t *testing.T) {
	w := newWorld(t)
	w.begin(lab.Action{Verb: lab.Send, Host: "pc1", Mail: letter("Hello", "Hi")})
	w.begin(lab.Action{Verb: lab.Cut, Host: "pc1"})
	w.after(2 * time.Second)
	w.begin(lab.Action{Verb: lab.Restore, Host: "pc1"})
	w.after(time.Minute)
	var got []string
	for _, words := range capture.Of(w.Lab, 0).Explained(english(t)) {
		got = append(got, words)
	}
	want := []string{"SYN: may I connect?\nIt did not arrive: the link was cut.", "Frame 1 is sent again.\nIt did not arrive: the link was cut.", "Frame 1 is sent again.", "SYN-ACK: yes, you may."}
	if !slices.Equal(got[:4], want) {
		t.Errorf("got %q, want %q", got[:4], want)
	}
}

// Of one conversation there is what is its own, and of a conversation that is not there nothing.
func TestOne(t *testing.T) {
	w := newWorld(t)
	w.do(lab.Action{Verb: lab.Send, Host: "pc1", Mail: letter("Hello", "Hi")})
	w.do(lab.Action{Verb: lab.Fetch, Host: "pc2"})
	for conn, want := range map[uint32]int{1: 1, 2: 1, 3: 0, 0: 2} {
		c := capture.Of(w.Lab, conn)
		if len(c.Talks) != want || len(c.Frames()) < 10*want || want == 0 && len(c.Events) > 0 {
			t.Errorf("of %d: %d conversations, %d frames, %d events", conn, len(c.Talks), len(c.Frames()), len(c.Events))
		}
		if err := c.Write(&bytes.Buffer{}, english(t)); err != nil {
			t.Error(err)
		}
	}
}

// A host without an address on the Ethernet gets one that no other has.
func TestHostsWithoutMAC(t *testing.T) {
	spec := lab.Default("test", 1, start)
	for i := range spec.Hosts {
		spec.Hosts[i].MAC = map[int]string{1: "nonsense", 2: "00:00:00:00:fe:80:00:00"}[i]
	}
	l, err := lab.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	w := world{l, t}
	for _, pc := range []string{"pc1", "pc2", "pc3"} {
		w.do(lab.Action{Verb: lab.Send, Host: pc, Mail: letter("Hello", "Hi")})
	}
	macs := map[[6]byte]bool{}
	for _, f := range capture.Of(l, 0).Frames() {
		macs[f.Source().MAC] = true
		if mac := f.Source().MAC; mac[0] != 2 || mac[5] != f.Source().Addr.Addr().As4()[3] {
			t.Fatalf("%s has % x", f.Source().Host, mac)
		}
	}
	if len(macs) != 4 {
		t.Errorf("%d addresses of 4", len(macs))
	}
}

// A lab that was captured goes on, and its capture does not.
func TestCaptureStays(t *testing.T) {
	w := newWorld(t)
	w.begin(lab.Action{Verb: lab.Send, Host: "pc1", Mail: letter("Hello", strings.Repeat(dots, 10_000))})
	w.after(30 * time.Millisecond)
	c := capture.Of(w.Lab, 0)
	var before, after bytes.Buffer
	if err := c.Write(&before, english(t)); err != nil {
		t.Fatal(err)
	}
	w.Settle()
	w.do(lab.Action{Verb: lab.Reset})
	w.do(lab.Action{Verb: lab.Send, Host: "pc1", Mail: letter("Another", dots)})
	if err := c.Write(&after, english(t)); err != nil || !bytes.Equal(before.Bytes(), after.Bytes()) {
		t.Errorf("%d octets became %d, %v", before.Len(), after.Len(), err)
	}
	if !slices.ContainsFunc(c.Frames(), func(f packet.Frame) bool { return f.Arrives > c.Now }) {
		t.Error("nothing was under way: that is no test")
	}
}
