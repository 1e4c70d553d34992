package result

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
)

// Match is how a transcript is related to a result.
type Match uint8

// A transcript is another one, or it has the events that the result was issued for and then more, or it is the very one.
const (
	Other Match = iota
	Longer
	Same
)

// Compare reads a transcript in JSON, as trace.WriteJSON writes it, and says how it is related to r. Its memory does not
// depend on the transcript's length. It fails only when reading does.
//
// Longer is there for the lab that went on between the saving of two files: in a transcript each event has a line, so
// the one that the result was issued for can be cut from it.
func (r Result) Compare(transcript io.Reader) (Match, error) {
	in := bufio.NewReader(transcript)
	whole, begin := sha256.New(), delayed{Hash: sha256.New()}
	for line := 0; ; {
		piece, err := in.ReadSlice('\n') // of a long line, a part
		whole.Write(piece)
		if line <= r.Events { // the header is line 0
			begin.Write(piece)
		}
		switch {
		case err == nil:
			line++
		case errors.Is(err, io.EOF):
			return r.match(whole, begin), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return Other, err
		}
	}
}

// end is how a transcript ends, after its last event.
const end = "\n]}\n"

// match compares the whole of a transcript, and its begin with another end.
func (r Result) match(whole hash.Hash, begin delayed) Match {
	switch r.Trace {
	case sum(whole):
		return Same
	case sum(begin.endedBy(",\n", end)):
		return Longer
	}
	return Other
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// delayed is a hash that waits with the last octets written to it, so that they can be exchanged.
type delayed struct {
	hash.Hash
	last []byte
}

const delay = 2

func (d *delayed) Write(p []byte) {
	d.last = append(d.last, p...)
	if n := len(d.last) - delay; n > 0 {
		d.Hash.Write(d.last[:n])
		d.last = append(d.last[:0], d.last[n:]...)
	}
}

// endedBy is the hash with another end in the place of the one that it has, or as it is when it has not.
func (d *delayed) endedBy(was, end string) hash.Hash {
	if string(d.last) == was {
		d.last = []byte(end)
	}
	d.Hash.Write(d.last)
	return d.Hash
}
