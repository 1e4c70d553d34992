package trace

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"smtplab/sim/clock"
)

func exported() []Event {
	at := func(ms int) clock.Time { return clock.Time(time.Duration(ms) * time.Millisecond) }
	return []Event{
		{Seq: 1, At: at(0), Kind: Action, From: "pc1", Note: "sends a mail"},
		{Seq: 2, At: at(4), Kind: Open, Proto: TCP, Conn: 1, From: "pc1", To: "server", Note: "49152 → 25"},
		{Seq: 3, At: at(5), Kind: Segment, Proto: TCP, Conn: 1, From: "server", To: "pc1", Raw: []byte("220 email.com\r\n")},
		{Seq: 4, At: at(6), Kind: Reply, Proto: SMTP, Conn: 1, From: "server", To: "pc1", Raw: []byte("250-email.com\r\n250 SIZE\r\n"), Code: 250, Re: 3, After: Greeted},
		{Seq: 5, At: at(7), Kind: Command, Proto: SMTP, Conn: 1, From: "pc1", To: "server", Raw: []byte("EHLO \x1b[31m\xe9\r\n"), Verb: "EHLO", Before: Connected},
		{Seq: 6, At: at(8), Kind: Data, Proto: SMTP, Conn: 1, From: "pc1", To: "server", Raw: []byte("Subject: caf\u00e9\r\n\r\nhi\u202e\r\n.\r\n")},
		{Seq: 7, At: at(9), Kind: Lost, Proto: TCP, Conn: 1, From: "pc1", To: "server", Note: "the link is cut"},
		{Seq: 8, At: at(10), Kind: Handshake, Proto: TLS, Conn: 2, From: "pc1", To: "server", Note: "ClientHello: TLS 1.3"},
		{Seq: 9, At: at(11), Kind: Handshake, Proto: TLS, Conn: 2, From: "server", To: "pc1", Note: "Finished: 36 octets", Secure: true},
		{Seq: 10, At: at(12), Kind: Response, Proto: SMTP, Conn: 1, From: "pc1", To: "server", Raw: []byte("cGMx\r\n"), Before: Authenticating},
		{Seq: 11, At: at(13), Kind: Command, Proto: SMTP, Conn: 2, From: "pc1", To: "server", Raw: []byte("NOOP\r\n"), Verb: "NOOP", Secure: true},
		{Seq: 12, At: at(14), Kind: Reply, Proto: SMTP, Conn: 2, From: "server", To: "pc1", Raw: []byte("250 ok\r\n"), Re: 11, Secure: true},
		{Seq: 13, At: at(15), Kind: Data, Proto: SMTP, Conn: 2, From: "pc1", To: "server", Raw: []byte("x\r\n"), Secure: true},
		{Seq: 14, At: at(16), Kind: Data, Proto: POP3, Conn: 3, From: "server", To: "pc1", Raw: []byte("y\r\n"), Re: 13, Secure: true},
		{Seq: 15, At: at(1500), Kind: Close, Proto: TCP, Conn: 1, Note: "closed by the client"},
	}
}

func TestWriteText(t *testing.T) {
	var b strings.Builder
	if err := WriteText(&b, slices.Values(exported())); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		`   0.000     *** pc1: sends a mail`,
		`   0.004 #1  === pc1 → server (49152 → 25)`,
		`   0.006 #1  <-  250-email.com`,
		`   0.006 #1  <-  250 SIZE`,
		`   0.007 #1   -> EHLO \x1b[31m\xe9`,
		`   0.008 #1   ~> Subject: café`,
		`   0.008 #1   ~> `,
		`   0.008 #1   ~> hi\u202e`,
		`   0.008 #1   ~> .`,
		`   0.009 #1   -x pc1 → server: the link is cut`,
		`   0.010 #2  TLS pc1 → server: ClientHello: TLS 1.3`,
		`   0.011 #2  TLS=server → pc1: Finished: 36 octets`,
		`   0.012 #1   -> cGMx`,
		`   0.013 #2   => NOOP`,
		`   0.014 #2  <=  250 ok`,
		`   0.015 #2   ≈> x`,
		`   0.016 #3  <≈  y`,
		`   1.500 #1  === closed by the client`,
	}, "\n") + "\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// What the JSON says of the wire, joined, is the octets that the wire carried.
func TestWriteJSONKeepsEveryOctet(t *testing.T) {
	var b bytes.Buffer
	start := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	if err := WriteJSON(&b, Header{"amber-fox", start}, slices.Values(exported())); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Version int
		Name    string
		Start   time.Time
		Events  []jsonEvent
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	if got.Version != JSONVersion || got.Name != "amber-fox" || !got.Start.Equal(start) || len(got.Events) != len(exported()) {
		t.Fatalf("got %+v", got)
	}
	for i, e := range exported() {
		j := got.Events[i]
		if octets := j.Text + string(j.Octets); octets != string(e.Raw) {
			t.Errorf("event %d: octets %q, want %q", e.Seq, octets, e.Raw)
		}
		if j.Seq != e.Seq || j.Kind != e.Kind.String() || j.After != e.After.String() || j.Secure != e.Secure || j.Re != e.Re {
			t.Errorf("event %d: got %+v", e.Seq, j)
		}
	}
}

func TestWriteJSONOfNothing(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJSON(&b, Header{}, slices.Values([]Event(nil))); err != nil || !json.Valid(b.Bytes()) {
		t.Errorf("%v: %q", err, b.String())
	}
}

type brokenWriter struct{}

var errBroken = errors.New("broken")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestExportersReportTheWriter(t *testing.T) {
	if err := WriteText(brokenWriter{}, slices.Values(exported())); !errors.Is(err, errBroken) {
		t.Errorf("text: %v", err)
	}
	if err := WriteJSON(brokenWriter{}, Header{}, slices.Values(exported())); !errors.Is(err, errBroken) {
		t.Errorf("JSON: %v", err)
	}
}
