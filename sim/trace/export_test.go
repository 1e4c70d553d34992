package trace

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"smtplab/sim/clock"
	"smtplab/sim/trace/tracetest"
)

func exported() []Event {
	at := func(ms int) clock.Time { return clock.Time(time.Duration(ms) * time.Millisecond) }
	return []Event{
		{Seq: 1, At: at(0), Kind: Action, From: "pc1", Note: "sends a mail"},
		{Seq: 2, At: at(4), Kind: Open, Proto: TCP, Conn: 1, From: "pc1", To: "server", Note: "49152 → 25"},
		{Seq: 3, At: at(5), Kind: Segment, Proto: TCP, Conn: 1, From: "server", To: "pc1", Raw: []byte("220 email.com\r\n"), Arrives: at(7) + 500_000},
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
		{Seq: 15, At: at(17), Kind: Command, Proto: POP3, Conn: 4, From: "pc2", To: "server", Raw: []byte("RETR 1\r\n"), Verb: "RETR", Before: Transaction},
		{Seq: 16, At: at(18), Kind: Reply, Proto: POP3, Conn: 4, From: "server", To: "pc2", Raw: []byte("+OK 4 octets\r\n"), Verb: "RETR", Code: 1, Re: 15},
		{Seq: 17, At: at(19), Kind: Data, Proto: POP3, Conn: 4, From: "server", To: "pc2", Raw: []byte("=1+1\r\n.\r\n"), Verb: "RETR", Re: 15},
		{Seq: 18, At: at(20), Kind: Reply, Proto: POP3, Conn: 4, From: "server", To: "pc2", Raw: []byte("-ERR no\r\n"), Code: -1},
		{Seq: 19, At: at(21), Kind: Command, Proto: SMTP, Conn: 1, From: "pc1", To: "server", Raw: []byte("NOOP\n"), Verb: "NOOP"},
		{Seq: 20, At: at(22), Kind: Segment, Proto: TCP, Conn: 1, From: "pc1", To: "server", Note: "FIN"},
		{Seq: 21, At: at(23), Kind: Store, Proto: SMTP, Conn: 1, From: "server", Tx: 2, Note: "pc2@email.com 4F1A"},
		{Seq: 22, At: at(1500), Kind: Close, Proto: TCP, Conn: 1, Note: "closed by the client"},
		{Seq: 23, At: at(1501), Kind: Condition, From: "pc2", Note: "link cut"},
		{Seq: 24, At: at(1502), Kind: Reset, Note: "The lab was reset"},
	}
}

// The examples have every kind of event, so that no exporter can forget one.
func TestExamplesHaveEveryKind(t *testing.T) {
	seen := map[Kind]bool{}
	for _, e := range exported() {
		seen[e.Kind] = true
	}
	for k := Action; int(k) < len(kindNames); k++ {
		if !seen[k] {
			t.Errorf("no %s", k)
		}
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
		`   0.017 #4   -> RETR 1`,
		`   0.018 #4  <-  +OK 4 octets`,
		`   0.019 #4  <~  =1+1`,
		`   0.019 #4  <~  .`,
		`   0.020 #4  <-  -ERR no`,
		`   0.021 #1   -> NOOP\x0a`,
		`   0.023 #1  *** server: stored for pc2@email.com 4F1A`,
		`   1.500 #1  === closed by the client`,
		`   1.501     *** pc2: link cut`,
		`   1.502     *** The lab was reset`,
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
	tracetest.Valid(t, Schema, b.Bytes())
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
	tracetest.Valid(t, Schema, b.Bytes())
}

// The schema has the words that this package has, all of them and no other, and describes each field.
func TestSchemaIsUpToDate(t *testing.T) {
	type words struct {
		Enum        []string
		Description string
	}
	var schema struct {
		Properties map[string]struct{ Const int }
		Defs       map[string]struct {
			Properties map[string]words
			Enum       []string
		} `json:"$defs"`
	}
	if err := json.Unmarshal(Schema, &schema); err != nil {
		t.Fatal(err)
	}
	event := schema.Defs["event"].Properties
	for _, list := range []struct {
		what      string
		got, want []string
	}{
		{"kind", event["kind"].Enum, kindNames[1:]},
		{"proto", event["proto"].Enum, protoNames[:]},
		{"state", schema.Defs["state"].Enum, stateNames[1:]},
	} {
		if !slices.Equal(list.got, list.want) {
			t.Errorf("%s: %q, want %q", list.what, list.got, list.want)
		}
	}
	if got := schema.Properties["version"].Const; got != JSONVersion {
		t.Errorf("it is the schema of version %d", got)
	}
	fields := reflect.TypeFor[jsonEvent]()
	for i := range fields.NumField() {
		name, _, _ := strings.Cut(fields.Field(i).Tag.Get("json"), ",")
		if event[name].Description == "" {
			t.Errorf("it does not describe %q", name)
		}
	}
	if len(event) != fields.NumField() {
		t.Errorf("it describes %d fields of %d", len(event), fields.NumField())
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
	if err := WriteCSV(brokenWriter{}, slices.Values(exported())); !errors.Is(err, errBroken) {
		t.Errorf("CSV: %v", err)
	}
}
