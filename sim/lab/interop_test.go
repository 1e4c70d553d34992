package lab_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	netsmtp "net/smtp"
	"net/textproto"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"smtplab/sim/clock"
	"smtplab/sim/lab"
	"smtplab/sim/trace"
	"smtplab/sim/trace/tracetest"
	"smtplab/sim/vnet"
)

// Programs that know nothing of the lab talk to its server over its network: two standard clients, text written by
// hand, and programs that misbehave. They block, so each is a turn of the lab's clock: all of it is lab time.

var (
	smtpAddr = netip.MustParseAddrPort("192.168.11.4:25")
	pop3Addr = netip.MustParseAddrPort("192.168.11.4:110")
)

// program runs blocking code on a host until nothing more happens. It fails the test when the code still waits then.
func program(t testing.TB, l *lab.Lab, host string, code func(h *vnet.Host) error) {
	t.Helper()
	var ended bool
	var failed error
	err := l.Go(host, func(h *vnet.Host) {
		failed = code(h)
		ended = true
	})
	if err != nil {
		t.Fatal(err)
	}
	finish(t, l)
	switch {
	case !ended:
		t.Fatalf("the program on %s still waits", host)
	case failed != nil:
		t.Fatalf("the program on %s: %v", host, failed)
	}
}

// finish lets everything happen that is to happen, time-outs included.
func finish(t testing.TB, l *lab.Lab) {
	t.Helper()
	for n := 0; l.Step(); n++ {
		if n > 5_000_000 {
			t.Fatal("the lab does not come to rest")
		}
	}
}

// calendar is a connection for clients that set deadlines by the wall clock, which is not the lab's: a deadline is
// as far away in lab time as it is on the wall.
type calendar struct {
	*vnet.Conn
	now func() time.Time
}

func (c calendar) SetDeadline(wall time.Time) error {
	if wall.IsZero() {
		return c.Conn.SetDeadline(wall)
	}
	return c.Conn.SetDeadline(c.now().Add(time.Until(wall).Round(time.Minute)))
}

func dial(l *lab.Lab, h *vnet.Host, addr netip.AddrPort) (net.Conn, error) {
	conn, err := h.DialConn(addr)
	if err != nil {
		return nil, err
	}
	return calendar{conn, func() time.Time { return l.Calendar(l.Now()) }}, nil
}

// text is a message of CRLF lines, with those that give trouble: dots alone, dots in front, empty lines.
const text = "From: <pc1@email.com>\r\nTo: <pc2@email.com>\r\nSubject: Dots\r\n\r\n" +
	".\r\n..\r\n.hidden\r\n\r\n...\r\nQUIT\r\nend.\r\n"

// A client sends one message to recipients in one conversation. It returns those that were refused.
type client struct {
	name string
	send func(l *lab.Lab, h *vnet.Host, to []string, message string) (refused []string, err error)
}

var clients = []client{
	{"net/smtp", sendStandard},
	{"go-smtp", sendEmersion},
	{"one write", func(l *lab.Lab, h *vnet.Host, to []string, message string) ([]string, error) {
		return sendByHand(h, to, message, 1<<30)
	}},
	{"one octet a write", func(l *lab.Lab, h *vnet.Host, to []string, message string) ([]string, error) {
		return sendByHand(h, to, message, 1)
	}},
}

func sendStandard(l *lab.Lab, h *vnet.Host, to []string, message string) (refused []string, err error) {
	conn, err := dial(l, h, smtpAddr)
	if err != nil {
		return nil, err
	}
	c, err := netsmtp.NewClient(conn, "email.com")
	if err != nil {
		return nil, err
	}
	if err := errors.Join(c.Hello("pc1.email.com"), c.Mail("pc1@email.com")); err != nil {
		return nil, err
	}
	for _, address := range to {
		err := c.Rcpt(address)
		if refusal, ok := errors.AsType[*textproto.Error](err); ok && refusal.Code == 550 {
			refused = append(refused, address)
		} else if err != nil {
			return nil, err
		}
	}
	if len(refused) == len(to) {
		return refused, c.Quit()
	}
	w, err := c.Data()
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(w, message); err != nil {
		return nil, err
	}
	return refused, errors.Join(w.Close(), c.Quit())
}

func sendEmersion(l *lab.Lab, h *vnet.Host, to []string, message string) (refused []string, err error) {
	conn, err := dial(l, h, smtpAddr)
	if err != nil {
		return nil, err
	}
	c := smtp.NewClient(conn)
	if err := errors.Join(c.Hello("pc1.email.com"), c.Mail("pc1@email.com", &smtp.MailOptions{Size: int64(len(message))})); err != nil {
		return nil, err
	}
	for _, address := range to {
		err := c.Rcpt(address, nil)
		if refusal, ok := errors.AsType[*smtp.SMTPError](err); ok && refusal.Code == 550 {
			refused = append(refused, address)
		} else if err != nil {
			return nil, err
		}
	}
	if len(refused) == len(to) {
		return refused, c.Quit()
	}
	w, err := c.Data()
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(w, message); err != nil {
		return nil, err
	}
	return refused, errors.Join(w.Close(), c.Quit())
}

// session is a whole conversation as a client would write it that waits for nothing.
func session(to []string, message string) string {
	var b strings.Builder
	b.WriteString("EHLO pc1.email.com\r\nMAIL FROM:<pc1@email.com>\r\n")
	for _, address := range to {
		fmt.Fprintf(&b, "RCPT TO:<%s>\r\n", address)
	}
	message = strings.TrimPrefix(strings.ReplaceAll("\r\n"+message, "\r\n.", "\r\n.."), "\r\n")
	b.WriteString("DATA\r\n" + message + ".\r\nQUIT\r\n")
	return b.String()
}

// sendByHand writes a whole session in pieces without waiting for an answer, then reads to the end.
func sendByHand(h *vnet.Host, to []string, message string, piece int) (refused []string, err error) {
	conn, err := h.DialConn(smtpAddr)
	if err != nil {
		return nil, err
	}
	for octets := range slices.Chunk([]byte(session(to, message)), piece) {
		if _, err := conn.Write(octets); err != nil {
			return nil, err
		}
	}
	replies, err := io.ReadAll(conn)
	if err != nil {
		return nil, err
	}
	for i, line := range answers(string(replies))[3:][:len(to)] { // after the greeting, EHLO and MAIL
		if strings.HasPrefix(line, "550 ") {
			refused = append(refused, to[i])
		}
	}
	return refused, conn.Close()
}

// answers are the last lines of the replies.
func answers(replies string) (out []string) {
	for line := range strings.Lines(replies) {
		if len(line) > 3 && line[3] == ' ' {
			out = append(out, strings.TrimSuffix(line, "\r\n"))
		}
	}
	return out
}

// Whatever the client, and however it cuts its octets: what is delivered is what was sent, octet for octet, and it is
// the same message with the same trace fields.
func TestClientsDeliver(t *testing.T) {
	big := "Subject: Big\r\n\r\n" + strings.Repeat(strings.Repeat("x", 70)+"\r\n.dot\r\n", 6000)
	if len(big) < 3*vnet.Window {
		t.Fatalf("%d octets fit into few windows", len(big))
	}
	for _, test := range []struct {
		name, message string
		to            []string
		delivered     []string
	}{
		{"dots", text, []string{"pc2@email.com"}, []string{"pc2"}},
		{"several recipients", text, []string{"pc2@email.com", "pc3@email.com", "Postmaster"}, []string{"pc2", "pc3"}},
		{"a refused recipient", text, []string{"nobody@email.com", "pc2@email.com", "x@other.example"}, []string{"pc2"}},
		{"a source route", text, []string{"@one.example,@two.example:pc2@email.com"}, []string{"pc2"}},
		{"an address literal", text, []string{"pc2@[192.168.11.4]"}, []string{"pc2"}},
		{"no text at all", "Subject: Nothing\r\n\r\n", []string{"pc2@email.com"}, []string{"pc2"}},
		{"everybody refused", text, []string{"nobody@email.com"}, nil},
		{"several windows", big, []string{"pc2@email.com", "pc3@email.com"}, []string{"pc2", "pc3"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			stored := map[string][]byte{}
			for _, c := range clients {
				if c.name == "one octet a write" && len(test.message) > vnet.Window {
					continue // it would be no other way of cutting, only a slower one
				}
				l := newLab(t)
				var refused []string
				program(t, l, "pc1", func(h *vnet.Host) (err error) {
					refused, err = c.send(l, h, test.to, test.message)
					return err
				})
				if !allEnded(l) {
					t.Errorf("%s: conversations are open: %+v", c.name, l.Conversations())
				}
				for _, address := range test.to {
					known := !strings.HasPrefix(address, "nobody@") && !strings.HasSuffix(address, ".example")
					if slices.Contains(refused, address) == known {
						t.Errorf("%s: %s was refused: %v", c.name, address, !known)
					}
				}
				checkDialogue(t, l, test.to)
				for _, id := range []string{"pc2", "pc3"} {
					mails := fetched(t, l, id)
					if want := slices.Contains(test.delivered, id); (len(mails) == 1) != want || len(mails) > 1 {
						t.Fatalf("%s: %s got %d mails", c.name, id, len(mails))
					} else if !want {
						continue
					}
					if got := belowTrace(t, mails[0].Raw); got != test.message {
						t.Errorf("%s: sent %d octets, %s got %d:\n%.300q", c.name, len(test.message), id, len(got), got)
					}
					if first := stored[id]; first == nil {
						stored[id] = mails[0].Raw
					} else if !bytes.Equal(asESMTP(first), asESMTP(mails[0].Raw)) {
						t.Errorf("%s: the message differs from net/smtp's:\n%.300q\n%.300q", c.name, mails[0].Raw, first)
					}
				}
				checkWire(t, l)
			}
		})
	}
}

// checkDialogue checks the trace of the first conversation, which sent a mail: each reply answers its command and
// leads from the state in which that was said to the next.
func checkDialogue(t *testing.T, l *lab.Lab, to []string) {
	t.Helper()
	var got []string
	for e := range l.Trace().After(0) {
		if e.Kind == trace.Reply && e.Conn == 1 {
			got = append(got, fmt.Sprintf("%s %d %s → %s", e.Verb, e.Code, e.Before, e.After))
		}
	}
	state := "MAIL given"
	want := []string{" 220 connected → connected", "EHLO 250 connected → greeted", "MAIL 250 greeted → MAIL given"}
	for _, address := range to {
		if strings.HasPrefix(address, "nobody@") || strings.HasSuffix(address, ".example") {
			want = append(want, fmt.Sprintf("RCPT 550 %s → %s", state, state))
			continue
		}
		want = append(want, fmt.Sprintf("RCPT 250 %s → RCPT given", state))
		state = "RCPT given"
	}
	switch {
	case state == "RCPT given":
		want = append(want, "DATA 354 RCPT given → in the data", "EOD 250 in the data → greeted", "QUIT 221 greeted → ended")
	case slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "DATA ") }):
		return // text sent by hand was taken for commands; which, the server's own tests say
	default:
		want = append(want, "QUIT 221 MAIL given → ended")
	}
	if !slices.Equal(got, want) {
		t.Errorf("the dialogue was\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// asESMTP is a message as if it had come without SMTPUTF8, which net/smtp says whenever it is offered.
func asESMTP(raw []byte) []byte {
	return bytes.Replace(raw, []byte(" with UTF8SMTP id "), []byte(" with ESMTP id "), 1)
}

// checkWire checks that the octets of commands, replies and data, joined, are what the segments carried, for each
// direction of each conversation in the clear.
func checkWire(t testing.TB, l *lab.Lab) {
	t.Helper()
	type direction struct {
		conn uint32
		from string
	}
	wire, told := map[direction]*bytes.Buffer{}, map[direction]*bytes.Buffer{}
	lost := map[string]int{} // a payload sent again is on the wire twice
	secured := map[uint32]bool{}
	for e := range l.Trace().After(0) {
		from := direction{e.Conn, e.From}
		if wire[from] == nil {
			wire[from], told[from] = &bytes.Buffer{}, &bytes.Buffer{}
		}
		switch e.Kind {
		case trace.Segment:
			if key := fmt.Sprint(from, string(e.Raw)); len(e.Raw) > 0 && lost[key] > 0 {
				lost[key]--
			} else {
				wire[from].Write(e.Raw)
			}
		case trace.Lost:
			if s := l.Trace().At(e.Re); len(s.Raw) > 0 {
				lost[fmt.Sprint(direction{s.Conn, s.From}, string(s.Raw))]++
			}
		case trace.Command, trace.Response, trace.Reply, trace.Data:
			told[from].Write(e.Raw)
		case trace.Handshake:
			secured[e.Conn] = true
		}
	}
	for from, w := range wire {
		if !secured[from.conn] && !bytes.Equal(w.Bytes(), told[from].Bytes()) {
			t.Errorf("conversation %d, %s: told %d octets, the wire carried %d:\n%.200q\n%.200q",
				from.conn, from.from, told[from].Len(), w.Len(), told[from].Bytes(), w.Bytes())
		}
	}
}

func allEnded(l *lab.Lab) bool {
	return !slices.ContainsFunc(l.Conversations(), func(c lab.Conversation) bool { return c.Open })
}

// fetched is a PC's inbox after it has checked its mail.
func fetched(t testing.TB, l *lab.Lab, id string) []lab.Received {
	t.Helper()
	do(t, l, lab.Action{Verb: lab.Fetch, Host: id})
	pc, ok := l.PC(id)
	if !ok || pc.CheckError != "" || pc.Checking {
		t.Fatalf("%s could not fetch: %q", id, pc.CheckError)
	}
	return pc.Inbox
}

var traceFields = regexp.MustCompile(`^Return-Path: <[^\r\n]*>\r\nReceived: [^\r\n]+(\r\n[ \t][^\r\n]+)*\r\n`)

// belowTrace is a delivered message without the header fields that the server put on top.
func belowTrace(t testing.TB, raw []byte) string {
	t.Helper()
	top := traceFields.Find(raw)
	if top == nil {
		t.Fatalf("no trace fields on top of %.200q", raw)
	}
	return string(raw[len(top):])
}

// The lab's own client takes its place among the others: its pipelined conversation leaves the same trace fields.
func TestOwnClientDelivers(t *testing.T) {
	l := newLab(t)
	do(t, l, send("pc1", lab.Mail{To: "pc2@email.com", Subject: "Dots", Body: ".\n..\n.hidden\n\n"}))
	sent, _ := l.Sent("pc1", 1)
	if got := belowTrace(t, fetched(t, l, "pc2")[0].Raw); got != string(sent.Raw) {
		t.Errorf("sent %q, got %q", sent.Raw, got)
	}
	other := newLab(t)
	program(t, other, "pc1", func(h *vnet.Host) error {
		_, err := sendStandard(other, h, []string{"pc2@email.com"}, string(sent.Raw))
		return err
	})
	a, b := fetched(t, l, "pc2")[0].Raw, fetched(t, other, "pc2")[0].Raw
	if !bytes.Equal(asESMTP(a), asESMTP(b)) {
		t.Errorf("the lab's client: %q\nnet/smtp: %q", a, b)
	}
}

// converse connects, writes octets and reads until the server closes.
func converse(h *vnet.Host, addr netip.AddrPort, octets string) (string, error) {
	conn, err := h.DialConn(addr)
	if err != nil {
		return "", err
	}
	// Who says much has to read meanwhile, or the server stops reading, too.
	var replies bytes.Buffer
	const most = 32 << 10
	for len(octets) > most {
		if _, err := io.WriteString(conn, octets[:most]); err != nil {
			return "", err
		}
		octets = octets[most:]
		conn.SetReadDeadline(h.Now().Add(10 * time.Millisecond))
		if _, err := replies.ReadFrom(conn); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return "", err
		}
	}
	conn.SetReadDeadline(time.Time{})
	if _, err := io.WriteString(conn, octets); err != nil {
		return "", err
	}
	_, err = replies.ReadFrom(conn)
	return replies.String(), errors.Join(err, conn.Close())
}

// healthy checks that whatever happened before, everything has ended, no maildrop is locked, and a new mail gets
// through.
func healthy(t testing.TB, l *lab.Lab) {
	t.Helper()
	finish(t, l)
	if !allEnded(l) {
		t.Errorf("open conversations: %+v", l.Conversations())
	}
	server, _ := l.Server("server")
	for _, m := range server.Mailboxes {
		if m.Locked {
			t.Errorf("%s is locked", m.Address)
		}
	}
	for _, h := range l.Hosts() {
		if h.Busy {
			t.Errorf("%s is busy", h.ID)
		}
		if pc, ok := l.PC(h.ID); ok && pc.Checking {
			t.Errorf("%s is checking its mail", h.ID)
		}
	}
	if w := l.Wait(); !w.Idle {
		t.Errorf("the lab waits: %+v", w)
	}
	before := waiting(l, "pc3")
	do(t, l, send("pc1", hello("pc3@email.com")))
	if waiting(l, "pc3") != before+1 {
		t.Errorf("the next mail is not delivered: %+v", l.Notices(0))
	}
	if mails := fetched(t, l, "pc3"); !strings.Contains(string(mails[len(mails)-1].Raw), "Hi there") {
		t.Error("the next mail is not fetched")
	}
	checkWire(t, l)
	checkTranscript(t, l)
}

// checkTranscript checks that what happened can be written as its schema has it, whatever it was.
func checkTranscript(t testing.TB, l *lab.Lab) {
	t.Helper()
	if l.Trace().Octets() > 64<<10 { // it would be more of the same
		return
	}
	var b bytes.Buffer
	if err := trace.WriteJSON(&b, trace.Header{Name: l.Spec().Name, Start: l.Spec().Start}, l.Trace().After(0)); err != nil {
		t.Fatal(err)
	}
	tracetest.Valid(t, trace.Schema, b.Bytes())
}

// waiting is how many mails wait for a PC on the server.
func waiting(l *lab.Lab, id string) int {
	pc, _ := l.PC(id)
	return pc.Waiting
}

// A program that never reads is cut off in the end; what it had sent in good order counts, and what the server had no room
// to answer was not carried out.
func TestNeverReads(t *testing.T) {
	l := newLab(t)
	program(t, l, "pc1", func(h *vnet.Host) error {
		conn, err := h.DialConn(smtpAddr)
		if err != nil {
			return err
		}
		mail := session([]string{"pc2@email.com"}, text)
		n, err := io.WriteString(conn, strings.TrimSuffix(mail, "QUIT\r\n")+strings.Repeat("NOOP\r\n", 200_000))
		if err == nil || n > 4*vnet.Window {
			return fmt.Errorf("the server took %d octets from a client that does not read: %v", n, err)
		}
		return nil
	})
	if waiting(l, "pc2") != 1 {
		t.Errorf("%d mails", waiting(l, "pc2"))
	}
	if l.Now() > clock.Time(30*time.Minute) {
		t.Errorf("the server waited for %v", time.Duration(l.Now()))
	}
	healthy(t, l)
}

// Neither does one that reads no mail from a POP3 server keep the maildrop.
func TestNeverReadsMail(t *testing.T) {
	l := newLab(t)
	do(t, l, send("pc1", lab.Mail{To: "pc2@email.com", Body: body(4 * vnet.Window)}))
	program(t, l, "pc2", func(h *vnet.Host) error {
		conn, err := h.DialConn(pop3Addr)
		if err != nil {
			return err
		}
		_, err = io.WriteString(conn, "USER pc2\r\nPASS pc2\r\nRETR 1\r\nDELE 1\r\nQUIT\r\n")
		return err
	})
	if waiting(l, "pc2") != 1 {
		t.Error("a mail was deleted although nobody has read it")
	}
	healthy(t, l)
}

// A connection that ends in the middle of DATA leaves nothing behind: RFC 5321 §4.1.1.10 has the server act as if the
// transaction had been given up.
func TestClosedInData(t *testing.T) {
	whole := session([]string{"pc2@email.com"}, text)
	end := strings.Index(whole, "\r\n.\r\nQUIT") + len("\r\n.\r") // all but the LF after the dot
	for _, n := range []int{end, end - 1, end - 2, end - 3, strings.Index(whole, "Subject"), strings.Index(whole, "DATA") + 6} {
		l := newLab(t)
		program(t, l, "pc1", func(h *vnet.Host) error {
			conn, err := h.DialConn(smtpAddr)
			if err != nil {
				return err
			}
			_, err = io.WriteString(conn, whole[:n])
			return errors.Join(err, conn.CloseWrite())
		})
		if waiting(l, "pc2") != 0 {
			t.Errorf("after %d octets: delivered", n)
		}
		healthy(t, l)
	}
}

// After a half-close everything that was said before it counts and is answered.
func TestHalfClose(t *testing.T) {
	whole := session([]string{"pc2@email.com"}, text)
	for _, octets := range []string{whole, strings.TrimSuffix(whole, "QUIT\r\n")} {
		l := newLab(t)
		program(t, l, "pc1", func(h *vnet.Host) error {
			replies, err := halfClosed(h, smtpAddr, octets)
			if !strings.Contains(replies, "\r\n250 2.0.0 Accepted") {
				t.Errorf("the replies are %q", replies)
			}
			return err
		})
		if waiting(l, "pc2") != 1 {
			t.Errorf("%d mails", waiting(l, "pc2"))
		}
		healthy(t, l)
	}
}

func halfClosed(h *vnet.Host, addr netip.AddrPort, octets string) (string, error) {
	conn, err := h.DialConn(addr)
	if err != nil {
		return "", err
	}
	if _, err := io.WriteString(conn, octets); err != nil {
		return "", err
	}
	if err := conn.CloseWrite(); err != nil {
		return "", err
	}
	replies, err := io.ReadAll(conn)
	return string(replies), errors.Join(err, conn.Close())
}

// The same for an answer that is longer than the window: it is still under way when the half-close arrives.
func TestHalfCloseBeforeLongAnswer(t *testing.T) {
	l := newLab(t)
	do(t, l, send("pc1", lab.Mail{To: "pc2@email.com", Body: body(4 * vnet.Window)}))
	sent, _ := l.Sent("pc1", 1)
	program(t, l, "pc2", func(h *vnet.Host) error {
		replies, err := halfClosed(h, pop3Addr, "USER pc2\r\nPASS pc2\r\nRETR 1\r\nDELE 1\r\nQUIT\r\n")
		if !strings.Contains(replies, string(sent.Raw)) || !strings.HasSuffix(replies, "goodbye\r\n") {
			t.Errorf("%d octets came for a mail of %d; the last: %q", len(replies), len(sent.Raw), replies[max(0, len(replies)-100):])
		}
		return err
	})
	if waiting(l, "pc2") != 0 {
		t.Error("the mail was not deleted by QUIT")
	}
	healthy(t, l)
}

// resetter sends a session and resets the connection when it has received a number of segments.
type resetter struct {
	octets string
	left   int
}

func (r *resetter) Opened(e *vnet.End) {
	e.Write([]byte(r.octets))
	r.Received(e, nil)
}
func (r *resetter) Received(e *vnet.End, _ []byte) {
	if r.left--; r.left < 0 {
		e.Reset()
	}
}
func (r *resetter) Writable(*vnet.End)          {}
func (r *resetter) Closed(e *vnet.End, _ error) { e.Close() }

// A reset ends the conversation wherever it comes: the mail is there or it is not, and nothing stays behind.
func TestResetAnywhere(t *testing.T) {
	for _, octets := range []string{session([]string{"pc2@email.com"}, text), "EHLO pc1\r\n", ""} {
		for n := range 6 {
			l := newLab(t)
			if err := l.Go("pc1", func(h *vnet.Host) { h.Dial(smtpAddr, &resetter{octets, n}) }); err != nil {
				t.Fatal(err)
			}
			finish(t, l)
			if waiting(l, "pc2") > 1 {
				t.Errorf("%d mails", waiting(l, "pc2"))
			}
			healthy(t, l)
		}
	}
	for n := range 9 {
		l := newLab(t)
		do(t, l, send("pc1", lab.Mail{To: "pc2@email.com", Body: body(2 * vnet.Window)}))
		if err := l.Go("pc2", func(h *vnet.Host) {
			h.Dial(pop3Addr, &resetter{"USER pc2\r\nPASS pc2\r\nRETR 1\r\nDELE 1\r\n", n})
		}); err != nil {
			t.Fatal(err)
		}
		finish(t, l)
		if waiting(l, "pc2") != 1 {
			t.Error("the mail was deleted without QUIT")
		}
		healthy(t, l)
	}
}

// A client that says nothing hears 421 after five minutes: RFC 5321 §4.5.3.2.7.
func TestIdleForEver(t *testing.T) {
	for _, begun := range []string{"", "EHLO pc1.email.com\r\n", "EHLO pc1.email.com\r\nMAIL FROM:<pc1@email.com>\r\nRCPT TO:<pc2@email.com>\r\nDATA\r\nhalf"} {
		l := newLab(t)
		program(t, l, "pc1", func(h *vnet.Host) error {
			replies, err := converse(h, smtpAddr, begun)
			if got := answers(replies); !strings.HasPrefix(got[len(got)-1], "421 4.4.2 email.com ") {
				t.Errorf("the last reply is %q", got[len(got)-1])
			}
			return err
		})
		if d := time.Duration(l.Now()).Round(time.Second); d != 5*time.Minute {
			t.Errorf("after %v", d)
		}
		if waiting(l, "pc2") != 0 {
			t.Error("half a message was delivered")
		}
		healthy(t, l)
	}
}

// A browser can be made to send a form to any port: no mail must come of it.
func TestHTTP(t *testing.T) {
	for _, request := range []string{"POST / HTTP/1.1\r\n", "GET / HTTP/1.0\r\n", "CONNECT email.com:25 HTTP/1.1\r\n"} {
		l := newLab(t)
		program(t, l, "pc1", func(h *vnet.Host) error {
			replies, err := converse(h, smtpAddr, request+"Host: email.com:25\r\nContent-Type: text/plain\r\n\r\n"+session([]string{"pc2@email.com"}, text))
			if got := answers(replies); len(got) != 2 || !strings.HasPrefix(got[1], "421 4.7.0 ") {
				t.Errorf("the replies are %q", got)
			}
			return err
		})
		if waiting(l, "pc2") != 0 {
			t.Error("a form has sent a mail")
		}
		healthy(t, l)
	}
}

// A client that is always wrong is answered twenty times, then sent away.
func TestAlwaysWrong(t *testing.T) {
	l := newLab(t)
	program(t, l, "pc1", func(h *vnet.Host) error {
		replies, err := converse(h, smtpAddr, strings.Repeat("WRONG\r\n", 200)+session([]string{"pc2@email.com"}, text))
		got := answers(replies)
		if len(got) != 22 || !strings.HasPrefix(got[20], "500 5.5.2 ") || !strings.HasPrefix(got[21], "421 4.7.0 ") {
			t.Errorf("%d replies, the last %q", len(got), got[len(got)-1])
		}
		return err
	})
	if waiting(l, "pc2") != 0 {
		t.Error("a mail was delivered after 421")
	}
	healthy(t, l)
}

// A standard client that cannot get through hears why, from the network's own errors.
func TestNoServer(t *testing.T) {
	l := newLab(t)
	program(t, l, "pc1", func(h *vnet.Host) error {
		for _, addr := range []string{"192.168.11.4:26", "192.168.11.2:25", "192.168.11.99:25"} {
			conn, err := dial(l, h, netip.MustParseAddrPort(addr))
			var op *net.OpError
			if conn != nil || !errors.As(err, &op) || !errors.Is(err, vnet.ErrRefused) && !errors.Is(err, vnet.ErrUnreachable) {
				t.Errorf("%s: %v", addr, err)
			}
		}
		return nil
	})
	healthy(t, l)
}
