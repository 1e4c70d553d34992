package dissect

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"smtplab/sim/trace"
)

// script is a conversation as octets: of each segment first who sent it, in the lowest bit of an octet, and its length
// in two octets.
type script []byte

func (s *script) add(fromClient bool, p []byte) {
	who := byte(0)
	if fromClient {
		who = 1
	}
	*s = append(binary.BigEndian.AppendUint16(append(*s, who), uint16(len(p))), p...)
}

// all yields the segments.
func (s script) all(yield func(fromClient bool, p []byte) bool) {
	for len(s) > 3 {
		n := min(int(binary.BigEndian.Uint16(s[1:])), len(s)-3)
		if !yield(s[0]&1 == 1, s[3:3+n:3+n]) {
			return
		}
		s = s[3+n:]
	}
}

// listener is a Dissector that writes a script.
type listener struct {
	Dissector
	heard script
}

func (l *listener) Client(p []byte) { l.heard.add(true, p) }
func (l *listener) Server(p []byte) { l.heard.add(false, p) }

// overheard is what the wire carries of TLS in which a short mail is sent, and its keys.
func overheard(t testing.TB, version uint16) (script, []byte) {
	keys, l := &Keys{}, &listener{}
	clientConfig, serverConfig := ends(t, keys)
	clientConfig.MaxVersion = version
	clientEnd, serverEnd := pair(l, whole)
	client, server := tls.Client(clientEnd, clientConfig), tls.Server(serverEnd, serverConfig)
	if err := shake(client, server); err != nil {
		t.Fatal(err)
	}
	talk(t, client, server, "C:EHLO x\r\n", "S:250 hi\r\n", "C:AUTH LOGIN\r\n", "S:334 \r\n", "C:a\r\n", "S:235 ok\r\n", "C:QUIT\r\n", "S:221 bye\r\n")
	client.Close()
	server.Close()
	return l.heard, keys.Text()
}

// Whatever is said behind STARTTLS, in whatever segments, the same is read, and little is held.
func FuzzTLS(f *testing.F) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		heard, keys := overheard(f, version)
		f.Add([]byte(heard), keys, uint64(1))
		f.Add([]byte(heard), []byte(nil), uint64(2))
		f.Add([]byte(heard[:len(heard)-10]), keys[:len(keys)/2], uint64(3))
	}
	f.Add([]byte("\x01\x00\x05EHLO \x00\x00\x05\x15\x03\x03\x00\x02"), []byte("x"), uint64(4))
	f.Add([]byte("\x01\x00\x09\x16\x03\x01\x00\x04\x01\xff\xff\xff\x01\x00\x06\x17\x03\x03\x00\x01x"), []byte(nil), uint64(5))
	f.Fuzz(func(t *testing.T, conversation, log []byte, seed uint64) {
		keys := &Keys{}
		if keys.Write(log); len(log) == 0 {
			keys = nil
		}
		rng := rand.New(rand.NewPCG(seed, 7))
		entire, torn := &notes{}, &notes{}
		for _, n := range []*notes{entire, torn} {
			cut := whole
			if n == torn {
				cut = func(p []byte, feed func([]byte)) { tear(rng, p, feed) }
			}
			d := NewSMTP(n, keys)
			for _, s := range []string{"S220 hi\r\n", "CSTARTTLS\r\n", "S220 go\r\n"} {
				if s[0] == 'C' {
					d.Client([]byte(s[1:]))
				} else {
					d.Server([]byte(s[1:]))
				}
			}
			script(conversation).all(func(fromClient bool, p []byte) bool {
				feed := d.Server
				if fromClient {
					feed = d.Client
				}
				cut(p, func(p []byte) {
					feed(p)
					for _, h := range []*half{&d.tls.client, &d.tls.server} {
						if len(h.records.held) > headerLen+maxRecord || len(h.message) > maxMessage || h.waits > maxWaiting {
							t.Fatalf("holds %d, %d and %d octets", len(h.records.held), len(h.message), h.waits)
						}
					}
				})
				return true
			})
			d.Close()
			if n.log.Len() > len(conversation)+5 {
				t.Errorf("%d events of %d octets", n.log.Len(), len(conversation))
			}
			for e := range n.log.After(0) {
				checkNote(t, e.Note)
			}
		}
		if a, b := gist(entire), gist(torn); !slices.Equal(a, b) {
			t.Errorf("whole %q\ntorn  %q", a, b)
		}
		for _, side := range []string{"C", "S"} {
			if a, b := entire.said(side), torn.said(side); a != b {
				t.Errorf("whole %q\ntorn  %q", a, b)
			}
		}
	})
}

// gist is what is told of TLS and the replies; of what is no TLS, and of what is cut off, only that it is.
func gist(n *notes) []string {
	var out []string
	for e := range n.log.After(0) {
		switch {
		case strings.HasPrefix(e.Note, "NotTLS: "), strings.HasPrefix(e.Note, "CutOff: "):
			out = append(out, e.From+e.Note[:6])
		case e.Kind == trace.Handshake:
			out = append(out, e.From+e.Note)
		case e.Kind == trace.Reply:
			out = append(out, string(e.Raw))
		}
	}
	return out
}

func checkNote(t *testing.T, note string) {
	t.Helper()
	if len(note) > 2000 || !utf8.ValidString(note) {
		t.Errorf("a note of %d octets: %q", len(note), note)
	}
}

// Whatever a message of the handshake holds, it is told in a few words.
func FuzzHandshake(f *testing.F) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		heard, _ := overheard(f, version)
		for fromClient, p := range script(heard).all {
			var r records
			for len(p) > 0 {
				var record []byte
				if record, p, _ = r.next(p); len(record) > 9 && record[0] == handshake {
					f.Add(record[5], record[9:], version, fromClient)
				}
			}
		}
	}
	f.Add(uint8(certificate), append([]byte{0, 1, 4, 0, 1, 1}, make([]byte, 257)...), uint16(tls.VersionTLS12), false)
	f.Add(uint8(keyUpdate), []byte{1}, uint16(tls.VersionTLS13), true)
	f.Fuzz(func(t *testing.T, kind uint8, body []byte, version uint16, fromClient bool) {
		l := newLayer(&notes{}, &Keys{}, func([]byte) {}, func([]byte) {})
		l.version = version
		h := &l.server
		if fromClient {
			h = &l.client
		}
		before := bytes.Clone(body)
		words := l.understand(h, kind, body, true)
		checkNote(t, words)
		if name, rest, ok := strings.Cut(words, ": "); !ok || name == "" || rest == "" {
			t.Errorf("told %q", words)
		}
		if !bytes.Equal(body, before) {
			t.Error("the octets were changed")
		}
	})
}
