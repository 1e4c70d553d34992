package smtp

import (
	"bytes"
	"strings"
	"testing"
)

func TestStuffer(t *testing.T) {
	for in, want := range map[string]string{
		"":                   ".\r\n",
		"a":                  "a\r\n.\r\n",
		"a\r\n":              "a\r\n.\r\n",
		"a\r":                "a\r\r\n.\r\n",
		".":                  "..\r\n.\r\n",
		".\r\n":              "..\r\n.\r\n",
		"..\r\n.a\r\nb.\r\n": "...\r\n..a\r\nb.\r\n.\r\n",
		"\r\n.\r\n.":         "\r\n..\r\n..\r\n.\r\n",
		"a\n.\n":             "a\n.\n\r\n.\r\n", // only CRLF makes lines
		"\r\r\n.":            "\r\r\n..\r\n.\r\n",
	} {
		for cut := range len(in) + 1 {
			var s Stuffer
			got := s.AppendTo(nil, []byte(in[:cut]))
			got = s.AppendTo(got, []byte(in[cut:]))
			if got = s.End(got); string(got) != want {
				t.Errorf("%q cut at %d: %q, want %q", in, cut, got, want)
			}
		}
	}
}

func TestDataReader(t *testing.T) {
	for _, test := range []struct {
		in, content, rest string
		faults            Faults
	}{
		{in: ".\r\n"},
		{in: ".\r\nQUIT\r\n", rest: "QUIT\r\n"},
		{in: "a\r\n.\r\n.\r\n", content: "a\r\n", rest: ".\r\n"},
		{in: "..\r\n...\r\n.a\r\n.\r\n", content: ".\r\n..\r\na\r\n"},
		{in: "\r\n\r\n.\r\n", content: "\r\n\r\n"},
		{in: "caf\xc3\xa9\r\n.\r\n", content: "caf\xc3\xa9\r\n"},
		{in: strings.Repeat("x", 998) + "\r\n.\r\n", content: strings.Repeat("x", 998) + "\r\n"},
		{in: "." + strings.Repeat("x", 998) + "\r\n.\r\n", content: strings.Repeat("x", 998) + "\r\n"},
		{in: strings.Repeat("x", 999) + "\r\n.\r\n", content: strings.Repeat("x", 999) + "\r\n", faults: LongLine},

		// what is no end
		{in: "a\n.\n\r\n.\r\n", content: "a\n.\n\r\n", faults: BareLF},
		{in: "a\n.\r\n.\r\n", content: "a\n.\r\n", faults: BareLF},
		{in: "a\r.\r\r\n.\r\n", content: "a\r.\r\r\n", faults: BareCR},
		{in: "a\r.\r\n.\r\n", content: "a\r.\r\n", faults: BareCR},
		{in: "a\r.\n\r\n.\r\n", content: "a\r.\n\r\n", faults: BareCR | BareLF},
		{in: "a\n.\r\r\n.\r\n", content: "a\n.\r\r\n", faults: BareLF | BareCR},
		{in: "a\r\n.\n\r\n.\r\n", content: "a\r\n\n\r\n", faults: BareLF},
		{in: "a\r\n.\r\r\n.\r\n", content: "a\r\n\r\r\n", faults: BareCR},
		{in: "a\r\n.\rb\r\n.\r\n", content: "a\r\n\rb\r\n", faults: BareCR},
		{in: "a\r\n\x00.\r\n\r\n.\r\n", content: "a\r\n\x00.\r\n\r\n", faults: NUL},
		{in: "a\r\n.\x00\r\n.\r\n", content: "a\r\n\x00\r\n", faults: NUL},
		{in: "\n.\r\n.\r\n", content: "\n.\r\n", faults: BareLF},
		{in: "a\n\n.\r\n.\r\n", content: "a\n\n.\r\n", faults: BareLF},
		{in: "a\r\n .\r\n.\r\n", content: "a\r\n .\r\n"},
		{in: "a\r\n. \r\n.\r\n", content: "a\r\n \r\n"},
	} {
		for cut := range len(test.in) + 1 {
			var r DataReader
			content, n := r.Read(nil, []byte(test.in[:cut]))
			if !r.Done() {
				var more int
				content, more = r.Read(content, []byte(test.in[cut:]))
				n += more
			}
			if !r.Done() || string(content) != test.content || test.in[n:] != test.rest || r.Faults() != test.faults || r.Octets() != int64(len(content)) {
				t.Errorf("%q cut at %d: done %v, %q, rest %q, faults %04b, %d octets",
					test.in, cut, r.Done(), content, test.in[n:], r.Faults(), r.Octets())
			}
		}
	}
}

func TestDataReaderLimit(t *testing.T) {
	r := DataReader{Limit: 5}
	var content []byte
	for _, c := range []byte("abc\r\ndef\r\n.\r\n") {
		content, _ = r.Read(content, []byte{c})
	}
	if !r.Done() || string(content) != "abc\r\n" || r.Octets() != 10 {
		t.Errorf("kept %q of %d octets, done %v", content, r.Octets(), r.Done())
	}
}

// FuzzDataReader proves that unstuffing reads what stuffing wrote, and that reading is the same however the
// octets are cut, with exactly one end.
func FuzzDataReader(f *testing.F) {
	f.Add([]byte("Subject: dots\r\n\r\n.\r\n..\r\nend"), uint8(3))
	f.Add([]byte("\r\n.\r\n\n.\n\r.\r\x00"), uint8(1))
	f.Add([]byte(".\r"), uint8(2))
	f.Fuzz(func(t *testing.T, message []byte, piece uint8) {
		size := int(piece)%64 + 1

		// The message over the wire: one end, and what stands behind it is not touched.
		var s Stuffer
		var wire []byte
		for p := message; len(p) > 0; {
			n := min(size, len(p))
			wire = s.AppendTo(wire, p[:n])
			p = p[n:]
		}
		wire = s.End(wire)
		want := message
		if len(message) > 0 && !bytes.HasSuffix(message, crlf) {
			want = append(bytes.Clone(message), crlf...)
		}
		var r DataReader
		content, n := r.Read(nil, append(bytes.Clone(wire), "QUIT\r\n"...))
		if !r.Done() || n != len(wire) || !bytes.Equal(content, want) {
			t.Fatalf("%q went as %q and came as %q, done %v after %d", message, wire, content, r.Done(), n)
		}
		if r.Faults()&^LongLine == 0 != isClean(want) {
			t.Fatalf("%q has the faults %04b", want, r.Faults())
		}

		// Any octets at all, at once and in pieces.
		var whole, pieces DataReader
		atOnce, took := whole.Read(nil, message)
		var inPieces []byte
		at := 0
		for at < len(message) && !pieces.Done() {
			inPieces, n = pieces.Read(inPieces, message[at:min(at+size, len(message))])
			at += n
		}
		if !bytes.Equal(atOnce, inPieces) || whole.Done() != pieces.Done() || took != at ||
			whole.Octets() != pieces.Octets() || whole.Faults() != pieces.Faults() {
			t.Fatalf("%q: at once %q %d, in pieces %q %d", message, atOnce, took, inPieces, at)
		}
		if end := bytes.Index(append([]byte("\r\n"), message...), []byte("\r\n.\r\n")); whole.Done() != (end >= 0) || end >= 0 && took != end+3 {
			t.Fatalf("%q: done %v after %d, but the end is at %d", message, whole.Done(), took, end)
		}
	})
}

// isClean reports whether p has no NUL and every CR and LF stands in a CRLF.
func isClean(p []byte) bool {
	return !bytes.ContainsAny(bytes.ReplaceAll(p, crlf, nil), "\x00\r\n")
}

func BenchmarkStuffer(b *testing.B) {
	message := bytes.Repeat([]byte(strings.Repeat("x", 76)+"\r\n"), (1<<20)/78)
	wire := make([]byte, 0, len(message)+3)
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	for b.Loop() {
		var s Stuffer
		wire = s.End(s.AppendTo(wire[:0], message))
	}
}

// FuzzFaultsOf proves that a message has the same faults whether it came in chunks or after DATA.
func FuzzFaultsOf(f *testing.F) {
	f.Add([]byte("a\r\n.\r\nb\nc\rd\x00"))
	f.Add(bytes.Repeat([]byte("x"), 1001))
	f.Add([]byte("\n\r\r\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if !bytes.HasSuffix(content, crlf) {
			content = append(content, crlf...)
		}
		var stuffer Stuffer
		var reader DataReader
		got, _ := reader.Read(nil, stuffer.End(stuffer.AppendTo(nil, content)))
		if faults := FaultsOf(content); faults != reader.Faults() || !bytes.Equal(got, content) || !reader.Done() {
			t.Fatalf("%q: faults %b in chunks, %b after DATA", content, faults, reader.Faults())
		}
	})
}
