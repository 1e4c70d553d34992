package pcapng

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// file is what a reader that shares nothing with the writer finds in a file.
type file struct {
	program, comment, iface string
	resolution              []byte
	offset                  int64
	names                   map[string]string
	secrets                 []byte
	packets                 []Packet
	kinds                   []uint32 // of blocks, in order
}

// read reads a file. It insists on every length, all padding, and that nothing is left.
func read(b []byte) (f file, err error) {
	f.names = map[string]string{}
	for len(b) > 0 {
		if len(b) < 12 {
			return f, fmt.Errorf("%d octets are left", len(b))
		}
		kind, n := le.Uint32(b), le.Uint32(b[4:])
		if n%4 != 0 || n < 12 || int(n) > len(b) || le.Uint32(b[n-4:]) != n {
			return f, fmt.Errorf("block %#x says that it has %d octets of %d, and then %d", kind, n, len(b), le.Uint32(b[min(int(n), len(b))-4:]))
		}
		f.kinds = append(f.kinds, kind)
		if err := f.block(kind, b[8:n-4]); err != nil {
			return f, fmt.Errorf("block %#x: %w", kind, err)
		}
		b = b[n:]
	}
	return f, nil
}

func (f *file) block(kind uint32, b []byte) error {
	switch kind {
	case 0x0A0D0D0A:
		if !bytes.Equal(b[:16], []byte("\x4D\x3C\x2B\x1A\x01\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF")) {
			return fmt.Errorf("it begins with % x", b[:16])
		}
		o, err := options(b[16:])
		f.comment, f.program = string(o[1]), string(o[4])
		return err
	case 1:
		if !bytes.Equal(b[:8], []byte{1, 0, 0, 0, 0, 0, 0, 0}) {
			return fmt.Errorf("it begins with % x", b[:8])
		}
		o, err := options(b[8:])
		f.iface, f.resolution = string(o[2]), o[9]
		if o[14] != nil {
			f.offset = int64(le.Uint64(o[14]))
		}
		return err
	case 4:
		for le.Uint16(b) != 0 {
			value, rest, err := record(b)
			if err != nil || le.Uint16(b) != 1 || value[len(value)-1] != 0 {
				return fmt.Errorf("a name is %q, %v", value, err)
			}
			f.names[netip.AddrFrom4([4]byte(value)).String()] = string(value[4 : len(value)-1])
			b = rest
		}
		if le.Uint16(b[2:]) != 0 {
			return errors.New("the end of names has a length")
		}
		_, err := options(b[4:])
		return err
	case 10:
		if string(b[:4]) != "KSLT" {
			return fmt.Errorf("the keys are of type %q", b[:4])
		}
		secrets, rest, err := counted(b[8:], le.Uint32(b[4:]))
		f.secrets = secrets
		if err != nil {
			return err
		}
		_, err = options(rest)
		return err
	case 6:
		if le.Uint32(b) != 0 || le.Uint32(b[12:]) != le.Uint32(b[16:]) {
			return fmt.Errorf("it begins with % x", b[:20])
		}
		octets, rest, err := counted(b[20:], le.Uint32(b[12:]))
		if err != nil {
			return err
		}
		o, err := options(rest)
		ns := uint64(le.Uint32(b[4:]))<<32 | uint64(le.Uint32(b[8:]))
		f.packets = append(f.packets, Packet{
			At: time.Unix(f.offset+int64(ns/1e9), int64(ns%1e9)), Octets: octets, Comment: string(o[1]),
		})
		return err
	}
	return errors.New("it is unknown")
}

// options reads options up to their end, which must be that of b.
func options(b []byte) (map[uint16][]byte, error) {
	all := map[uint16][]byte{}
	for len(b) >= 4 && le.Uint16(b) != 0 {
		value, rest, err := record(b)
		if err != nil || all[le.Uint16(b)] != nil {
			return nil, fmt.Errorf("option %d: %v", le.Uint16(b), err)
		}
		all[le.Uint16(b)], b = value, rest
	}
	if !bytes.Equal(b, []byte{0, 0, 0, 0}) {
		return nil, fmt.Errorf("the options end with % x", b)
	}
	return all, nil
}

func record(b []byte) (value, rest []byte, err error) {
	return counted(b[4:], uint32(le.Uint16(b[2:])))
}

// counted reads n octets and the zeros behind them.
func counted(b []byte, n uint32) (value, rest []byte, err error) {
	padded := (n + 3) / 4 * 4
	if int(padded) > len(b) {
		return nil, nil, fmt.Errorf("%d octets of %d", n, len(b))
	}
	if strings.Trim(string(b[n:padded]), "\x00") != "" {
		return nil, nil, fmt.Errorf("padded with % x", b[n:padded])
	}
	return b[:n], b[padded:], nil
}

func write(t *testing.T, s Section, packets ...Packet) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b, s)
	for _, p := range packets {
		w.Packet(p)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The blocks come in the order in which readers need them: the keys before what is encrypted with them.
func TestOrderOfBlocks(t *testing.T) {
	packet := Packet{At: time.Unix(1, 2), Octets: []byte("x")}
	all := Section{Names: []Name{{netip.AddrFrom4([4]byte{10, 0, 0, 1}), "a"}}, Secrets: []byte("CLIENT_RANDOM")}
	for _, tt := range []struct {
		s    Section
		want []uint32
	}{
		{Section{}, []uint32{sectionHeader, interfaceBlock, enhancedPacket}},
		{all, []uint32{sectionHeader, interfaceBlock, nameResolution, decryptionSecrets, enhancedPacket}},
	} {
		f, err := read(write(t, tt.s, packet))
		if err != nil || !slices.Equal(f.kinds, tt.want) {
			t.Errorf("blocks %v, %v, want %v", f.kinds, err, tt.want)
		}
	}
}

// The beginning of a file, octet for octet as the draft has it.
func TestOctets(t *testing.T) {
	got := write(t, Section{Program: "abcde", Interface: "lab"})
	want := "\x0A\x0D\x0D\x0A" + "\x2C\x00\x00\x00" + "\x4D\x3C\x2B\x1A" + "\x01\x00\x00\x00" + "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF" +
		"\x04\x00\x05\x00abcde\x00\x00\x00" + "\x00\x00\x00\x00" + "\x2C\x00\x00\x00" +
		"\x01\x00\x00\x00" + "\x28\x00\x00\x00" + "\x01\x00\x00\x00" + "\x00\x00\x00\x00" +
		"\x02\x00\x03\x00lab\x00" + "\x09\x00\x01\x00\x09\x00\x00\x00" + "\x00\x00\x00\x00" + "\x28\x00\x00\x00"
	if string(got) != want {
		t.Errorf("got  % x\nwant % x", got, want)
	}
}

// A lab may begin in any year from 1900 to 9900.
func TestTimes(t *testing.T) {
	for _, tt := range []struct{ epoch, at time.Time }{
		{time.Time{}, time.Date(1970, 1, 1, 0, 0, 0, 1, time.UTC)},
		{time.Time{}, time.Date(2026, 11, 23, 9, 0, 0, 123456789, time.UTC)},
		{time.Time{}, time.Date(2550, 1, 1, 0, 0, 0, 5, time.UTC)},
		{time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1900, 1, 1, 0, 0, 3, 4, time.UTC)},
		{time.Date(9899, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9899, 12, 31, 23, 59, 59, 999999999, time.UTC)},
	} {
		f, err := read(write(t, Section{Epoch: tt.epoch}, Packet{At: tt.at}))
		if err != nil || !f.packets[0].At.Equal(tt.at) || f.resolution[0] != 9 {
			t.Errorf("%v became %v, %v", tt.at, f.packets, err)
		}
	}
}

// said is what a file is asked to say.
type said struct {
	program, comment, name string
	secrets, octets        []byte
	words                  string
	at                     time.Time
}

// check writes a file that says it, and reads it again.
func (s *said) check(t *testing.T) {
	t.Helper()
	section := Section{
		Program: s.program, Comment: s.comment, Interface: s.name, Secrets: s.secrets,
		Names: []Name{{netip.AddrFrom4([4]byte{192, 168, 11, 1}), s.name}, {netip.AddrFrom4([4]byte{192, 168, 11, 4}), "email.com"}},
	}
	got, err := read(write(t, section, Packet{At: s.at, Octets: s.octets, Comment: s.words}, Packet{Octets: []byte("second"), At: s.at}))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.packets) != 2 || string(got.packets[1].Octets) != "second" {
		t.Fatalf("%d packets: %+v", len(got.packets), got.packets)
	}
	p := got.packets[0]
	for _, text := range []struct{ what, got, want string }{
		{"program", got.program, utf8(s.program)}, {"comment", got.comment, utf8(s.comment)}, {"interface", got.iface, utf8(s.name)},
		{"name", got.names["192.168.11.1"], s.name}, {"second name", got.names["192.168.11.4"], "email.com"},
		{"keys", string(got.secrets), string(s.secrets)}, {"octets", string(p.Octets), string(s.octets)}, {"words", p.Comment, utf8(s.words)},
	} {
		if text.got != text.want {
			t.Errorf("%s: got %q, want %q", text.what, text.got, text.want)
		}
	}
	if !p.At.Equal(s.at) {
		t.Errorf("at %v, want %v", p.At, s.at)
	}
}

// utf8 is as much of a text as is, since texts in a file must be.
func utf8(s string) string { return strings.ToValidUTF8(s, "") }

// Everything but texts may be large.
func TestLarge(t *testing.T) {
	s := said{secrets: bytes.Repeat([]byte("k"), 70_001), octets: bytes.Repeat([]byte("x"), 32<<10+54), words: strings.Repeat("w", 0xFFFF)}
	s.at = time.Unix(1<<33, 999_999_999)
	s.check(t)
}

// Of a text that does not fit in there is as much as does, and no half character.
func TestLongText(t *testing.T) {
	f, err := read(write(t, Section{Comment: strings.Repeat("é", 40_000)}))
	if err != nil || f.comment != strings.Repeat("é", 0xFFFF/2) {
		t.Errorf("%v: %d octets, that end with %q", err, len(f.comment), f.comment[max(0, len(f.comment)-4):])
	}
}

// Whatever it is given, it writes a file that can be read, and that says the same.
func FuzzWriter(f *testing.F) {
	f.Add("SMTP Lab", "A lab.", "pc1.email.com", []byte("CLIENT_RANDOM 00 11\n"), []byte("octets"), "It means this.", int64(1795424400), uint32(5))
	f.Add("", "", "", []byte(nil), []byte(nil), "", int64(0), uint32(0))
	f.Add("é", "a\nb", "x", []byte("keys"), []byte{0, 0, 0}, "\xFF", int64(1<<33), uint32(999_999_999))
	f.Fuzz(func(t *testing.T, program, comment, name string, secrets, octets []byte, words string, seconds int64, ns uint32) {
		if seconds < 0 || seconds >= 1<<34 || strings.Contains(name, "\x00") || max(len(program), len(comment), len(name), len(words)) > 10_000 {
			t.Skip()
		}
		(&said{program, comment, name, secrets, octets, words, time.Unix(seconds, int64(ns%1e9))}).check(t)
	})
}

type brokenWriter struct{}

var errBroken = errors.New("broken")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestReportsTheWriter(t *testing.T) {
	w := NewWriter(brokenWriter{}, Section{})
	w.Packet(Packet{Octets: make([]byte, 10_000)})
	if err := w.Flush(); !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
}
