package explain

import (
	"strings"
	"testing"

	"smtplab/sim/dissect"
	"smtplab/sim/trace"
)

// notes is a dissect.Sink that keeps what is said of TLS.
type notes []string

func (n *notes) Note(_ bool, e trace.Event) uint64 {
	if e.Kind == trace.Handshake {
		*n = append(*n, e.Note)
	}
	return uint64(len(*n))
}

func (n *notes) NextTransaction() uint32 { return 1 }

// record is a TLS record with a payload.
func record(kind byte, payload ...byte) []byte {
	return append([]byte{kind, 3, 3, byte(len(payload) >> 8), byte(len(payload))}, payload...)
}

func TestHandshake(t *testing.T) {
	b := load(t)
	used := map[string]bool{"secure": true, "?": true}
	explained := func(note string) {
		name, words, _ := strings.Cut(note, ": ")
		detail, _, _ := strings.Cut(words, " ")
		if _, what, ok := strings.Cut(words, "; "); ok && name == "Alert" {
			detail = what
		}
		x := b.Event(trace.Event{Kind: trace.Handshake, Proto: trace.TLS, Note: note})
		if !x.Found {
			t.Errorf("%q is explained by %q", note, x.Title)
		}
		checkWhole(t, note, x)
		if _, ok := b.tls[name+" "+detail]; ok {
			used[name+" "+detail] = true
		} else {
			used[name] = true
			if name == "Alert" && !strings.HasPrefix(detail, "alert ") {
				t.Errorf("%q has only a general explanation", note)
			}
		}
	}
	said := notes{
		"Certificate: email.com; issued by SMTP Lab; Ed25519; valid until 2027-11-23; for email.com", "Certificate: none",
		"HelloRetryRequest: TLS 1.3; TLS_AES_128_GCM_SHA256", "EncryptedExtensions: nothing more is agreed",
		"ChangeCipherSpec: means nothing in TLS 1.3", "ChangeCipherSpec: what follows is encrypted",
	}
	for i := range 256 {
		d := dissect.NewSMTP(&said, nil)
		d.Server([]byte("220 hi\r\n"))
		d.Client([]byte("STARTTLS\r\n"))
		d.Server([]byte("220 go\r\n"))
		d.Client(record(21, 2, byte(i)))             // each alert
		d.Client(record(22, byte(i), 0, 0, 0))       // each message of the handshake
		d.Client([]byte{22, 3, 3, 0, 9, 1})          // one that is cut off
		d.Server(record(23, 1, 2, 3))                // what cannot be decrypted
		d.Server(record(22, byte(i), 255, 255, 255)) // what is too long
		d.Close()
	}
	d := dissect.NewTLS(&said, nil, func(s dissect.Sink) dissect.Dissector { return dissect.NewSMTP(s, nil) })
	d.Client([]byte("EHLO pc1.email.com\r\n")) // no TLS
	for _, note := range said {
		explained(note)
	}
	for key := range b.tls {
		if !used[key] {
			t.Errorf("no message is explained by %q", key)
		}
	}
	if x := b.Event(trace.Event{Kind: trace.Handshake, Note: "Surprise: 3 octets"}); x.Found || x.Title == "" {
		t.Errorf("an unknown message is explained by %+v", x)
	}
}

// What the wire carried encrypted is explained as such, once.
func TestSecure(t *testing.T) {
	b := load(t)
	for _, e := range []trace.Event{
		{Kind: trace.Command, Proto: trace.SMTP, Verb: "AUTH", Raw: []byte("AUTH PLAIN AHBjMQBwYzE=\r\n")},
		{Kind: trace.Response, Proto: trace.SMTP, Verb: "AUTH", Raw: []byte("cGMx\r\n")},
		{Kind: trace.Reply, Proto: trace.POP3, Verb: "STAT", Code: 1, Raw: []byte("+OK 1 2\r\n")},
		{Kind: trace.Data, Proto: trace.SMTP, Raw: []byte("Subject: a\r\n\r\n..\r\n.\r\n")},
		{Kind: trace.Handshake, Proto: trace.TLS, Note: "Finished: 32 octets that confirm the handshake"},
	} {
		plain := b.Event(e)
		e.Secure = true
		x := b.Event(e)
		if x.Meaning != plain.Meaning+" "+b.tls["secure"].Meaning || x.Title != plain.Title || len(x.Refs) < len(plain.Refs) {
			t.Errorf("%v: %+v", e.Kind, x)
		}
		if again := b.Event(e); again.Meaning != x.Meaning || len(again.Refs) != len(x.Refs) || b.Event(trace.Event{Secure: true}).Title != "" {
			t.Errorf("%v: the second time it is %+v", e.Kind, again)
		}
	}
}
