package secure

import (
	"crypto/sha256"
	"encoding/binary"
	"io"
	"math/rand/v2"
)

// Seed is where all randomness of a lab's TLS comes from.
type Seed [32]byte

// NewSeed is the seed for a purpose in a lab: "ca", or "server" and the number of a connection. Different purposes
// have seeds that do not tell of each other.
func NewSeed(lab uint64, purpose string, n uint32) Seed {
	var b []byte
	b = binary.BigEndian.AppendUint64(append(b, "smtplab tls\x00"...), lab)
	b = binary.BigEndian.AppendUint32(append(b, purpose...), n)
	return sha256.Sum256(b)
}

// Random yields the same octets for the same seed.
func (s Seed) Random() io.Reader { return random{rand.NewChaCha8(s)} }

// random passes over reads of one octet. The standard library makes one now and then, by the toss of a coin, so that
// nobody relies on what it reads (randutil.MaybeReadByte); a lab that is played again relies on it.
type random struct{ stream *rand.ChaCha8 }

func (r random) Read(p []byte) (int, error) {
	if len(p) == 1 {
		p[0] = 0
		return 1, nil
	}
	return r.stream.Read(p)
}
