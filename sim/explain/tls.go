package explain

import (
	"slices"
	"strings"

	"smtplab/sim/trace"
)

// handshake explains a message of TLS by its name, "ServerHello: …", and where that says too little by what it holds:
// "Alert: fatal; bad_certificate".
func (b *Book) handshake(note string) Explanation {
	name, words, _ := strings.Cut(note, ": ")
	detail, _, _ := strings.Cut(words, " ")
	if _, description, ok := strings.Cut(words, "; "); ok && name == "Alert" {
		detail = description
	}
	return lookup(b.tls, name+" "+detail, name, "?")
}

// protected adds to an explanation that the wire did not carry what it explains.
func (b *Book) protected(x Explanation, e trace.Event) Explanation {
	if !e.Secure || x.Title == "" {
		return x
	}
	also := b.tls["secure"]
	x.Meaning += " " + also.Meaning
	for _, ref := range also.Refs {
		if !slices.Contains(x.Refs, ref) {
			x.Refs = append(slices.Clip(x.Refs), ref)
		}
	}
	return x
}

// isRecord reports whether octets begin with the header of a TLS record: RFC 8446 §5.1.
func isRecord(p []byte) bool { return len(p) > 4 && p[0] >= 20 && p[0] <= 23 && p[1] == 3 }
