package message

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strings"
	"testing"
)

func TestConvert(t *testing.T) {
	const (
		text  = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
		mixed = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: binary\n\n"
	)
	for _, c := range []struct {
		name         string
		raw          string
		seven, eight string // "" for unchanged, "!" for an error
	}{
		{"ascii", "Subject: x\n\nhi", "", ""},
		{"no lines", "", "", ""},
		{"text", text + "Content-Transfer-Encoding: 8bit\n\nSo viel Grün wie möglich, mindestens.\n",
			text + "Content-Transfer-Encoding: quoted-printable\n\nSo viel Gr=C3=BCn wie m=C3=B6glich, mindestens.\n", ""},
		{"text without a last line end", text + "\nSo viel Grün wie möglich",
			text + "Content-Transfer-Encoding: quoted-printable\n\nSo viel Gr=C3=BCn wie m=C3=B6glich=\n", ""},
		{"foreign text", text + "Content-Transfer-Encoding: 8bit (as it is)\nX: y\n\n你好\n",
			text + "Content-Transfer-Encoding: base64\nX: y\n\n5L2g5aW9DQo=\n", ""},
		{"no MIME", "Subject: x\n\nGrüne Grüße aus Köln\n",
			"Subject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nGr=C3=BCne Gr=C3=BC=C3=9Fe aus K=C3=B6ln\n", ""},
		{"no MIME, Latin-1", "Subject: x\n\nGr\xfc\xdfe aus der Ferne\n",
			"Subject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=unknown-8bit\nContent-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe aus der Ferne\n", ""},
		{"long line", text + "\n" + strings.Repeat("x", 999) + "\n",
			text + "Content-Transfer-Encoding: quoted-printable\n\n" + strings.Repeat(strings.Repeat("x", 75)+"=\n", 13) + strings.Repeat("x", 24) + "\n",
			text + "Content-Transfer-Encoding: quoted-printable\n\n" + strings.Repeat(strings.Repeat("x", 75)+"=\n", 13) + strings.Repeat("x", 24) + "\n"},
		{"parts", mixed + "prëamble\n--b\nContent-Type: image/png\nContent-Transfer-Encoding: binary\n\n\x00\xff\n--b \n\nplain\n\n--b\n" +
			"Content-Transfer-Encoding: 8bit\nContent-Type: text/plain; charset=utf-8\n\nHier ist das Grün, das ich meine\n--b--\nepilogue\n",
			"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 7bit\n\n--b\n" +
				"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\nAP8=\n--b \n\nplain\n\n--b\n" +
				"Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=utf-8\n\nHier ist das Gr=C3=BCn, das ich meine\n--b--\nepilogue\n",
			"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 8bit\n\nprëamble\n--b\n" +
				"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\nAP8=\n--b \n\nplain\n\n--b\n" +
				"Content-Transfer-Encoding: 8bit\nContent-Type: text/plain; charset=utf-8\n\nHier ist das Grün, das ich meine\n--b--\nepilogue\n"},
		{"a message inside", mixed + "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\nSubject: inner\n\nDas Grün, das ich meine\n--b--\n",
			strings.Replace(mixed, "binary", "7bit", 1) + "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 7bit\n\n" +
				"Subject: inner\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nDas Gr=C3=BCn, das ich meine\n--b--\n", ""},
		{"a digest", "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: inner\n\nDas Grün, das ich meine\n--b--\n",
			"Content-Type: multipart/digest; boundary=b\n\n--b\n\n" +
				"Subject: inner\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nDas Gr=C3=BCn, das ich meine\n--b--\n", ""},
		{"cut off", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png\n\n\xff",
			"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n/w==", ""},
		{"header", "Subject: Grüße\n\nhi\n", "!", ""},
		{"header of a part", "Content-Type: multipart/mixed; boundary=b\n\n--b\nX: ü\n\nx\n--b--\n", "!", ""},
		{"NUL in a header", "Subject: \x00\n\nhi\n", "!", "!"},
		{"no header", "Grüße\n", "!", ""},
		{"no boundary", "Content-Type: multipart/mixed\n\nü\n", "!", ""},
		{"no part", "Content-Type: multipart/mixed; boundary=b\n\nü\n", "!", ""},
		{"unknown encoding", "Content-Transfer-Encoding: x-uue\n\nü\n", "!", ""},
		{"broken base64", "Content-Transfer-Encoding: base64\n\nü\n", "!", ""},
		{"a report", "Content-Type: message/delivery-status\n\nü\n", "!", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := crlf(c.raw)
			for i, f := range []func([]byte) ([]byte, error){SevenBit, EightBit} {
				want := []string{c.seven, c.eight}[i]
				got, err := f(raw)
				switch {
				case want == "!":
					if !errors.Is(err, ErrUnconvertible) {
						t.Errorf("%d: got %q, %v", i, got, err)
					}
				case err != nil:
					t.Errorf("%d: %v", i, err)
				case want == "" && !bytes.Equal(got, raw), want != "" && string(got) != string(crlf(want)):
					t.Errorf("%d: got\n%q\nwant\n%q", i, got, crlf(want))
				}
			}
		})
	}
	// Line ends that are none: the octets stay.
	raw := []byte("Content-Type: text/plain\r\n\r\na\nb\rc\x00")
	if got, err := EightBit(raw); err != nil || !bytes.HasSuffix(got, []byte("base64\r\n\r\nYQpiDWMA\r\n")) {
		t.Errorf("%q, %v", got, err)
	}
	// A delimiter that some would see and others not.
	for _, raw := range []string{
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\n--b\r\n\r\n\xff\r\n--b--\r\n",
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\n\r\n\xff\r\n--b--\r\n",
	} {
		if got, err := SevenBit([]byte(raw)); err == nil {
			t.Errorf("%q became %q", raw, got)
		}
	}
}

func TestInternationalized(t *testing.T) {
	for raw, want := range map[string]bool{
		"Subject: x\n\nü\n":    false,
		"Subject: ü\n\nx\n":    true,
		"Subject: \xfc\n\nx\n": false,
		"To: jörg@x.de\n":      true,
		"ü":                    false,
		"Content-Type: multipart/mixed; boundary=b\n\n--b\nX: ü\n\nx\n--b--\n":                                    true,
		"Content-Type: multipart/mixed; boundary=b\n\nü\n--b\nX: u\n\nü\n--b--\nü\n":                              false,
		"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nX: ü\n\nü\n--b--\nü\n": false,
	} {
		if got := Internationalized(crlf(raw)); got != want {
			t.Errorf("%q: %v", raw, got)
		}
	}
}

// leaves are the contents of a message's leaves, decoded by the standard library; not ok where it finds it malformed.
func leaves(raw []byte, depth int) (contents []string, ok bool) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil || depth > 20 {
		return nil, false
	}
	return leavesOf(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body, depth)
}

func leavesOf(contentType, encoding string, body io.Reader, depth int) (contents []string, ok bool) {
	if contentType == "" {
		contentType = "text/plain"
	}
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, false
	}
	encoding = strings.ToLower(encoding)
	identity := slices.Contains([]string{"", "7bit", "8bit", "binary"}, encoding)
	switch {
	case strings.HasPrefix(kind, "multipart/"):
		r := multipart.NewReader(body, params["boundary"])
		for {
			part, err := r.NextRawPart()
			if err == io.EOF {
				return contents, true
			}
			if err != nil {
				return nil, false
			}
			t := part.Header.Get("Content-Type")
			if t == "" && kind == "multipart/digest" {
				t = "message/rfc822"
			}
			inner, ok := leavesOf(t, part.Header.Get("Content-Transfer-Encoding"), part, depth+1)
			if !ok {
				return nil, false
			}
			contents = append(contents, inner...)
		}
	case (kind == "message/rfc822" || kind == "message/global") && identity:
		raw, err := io.ReadAll(body)
		if err != nil {
			return nil, false
		}
		return leaves(raw, depth+1)
	case encoding == "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case encoding == "quoted-printable":
		body = quotedprintable.NewReader(body)
	case !identity:
		return nil, false
	}
	data, err := io.ReadAll(body)
	return []string{string(data)}, err == nil
}

// Whatever a message is, its conversion is fit for the way, is its own conversion, and holds what the message held, for
// the standard library too.
func FuzzConvert(f *testing.F) {
	for _, raw := range []string{
		"Subject: x\n\nGrüße\n",
		"Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\na=C3=BC ü=\nb \n",
		"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png\n\n\xff\x00\n--b\n\nü\n--b--\n",
		"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\nü\n--b--\n",
		"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\nü\n--c--\n--b--\n",
		"Content-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\nSubject: x\n\nü\n",
	} {
		f.Add(crlf(raw))
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, eight := range []bool{false, true} {
			got, err := convert(raw, eight)
			if err != nil {
				if got != nil || (converter{eight}).carries(raw) {
					t.Errorf("%q and %v", got, err)
				}
				continue
			}
			if !(converter{eight}).carries(got) {
				t.Errorf("%q became %q, which does not fit", raw, got)
			}
			if again, err := convert(got, eight); err != nil || !bytes.Equal(again, got) {
				t.Errorf("%q became %q, and then %q, %v", raw, got, again, err)
			}
			if want, ok := leaves(raw, 0); ok {
				have, ok := leaves(got, 0)
				if !ok || !slices.Equal(have, want) {
					t.Errorf("%q with %q became %q with %q", raw, want, got, have)
				}
			}
		}
	})
}
