package runner

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// Access is what a link to a lab allows. Only Create, Import, Fork and Open make one.
type Access struct {
	ID     string // as it stands in the URL
	Key    string // which lab it is
	Edits  bool   // the link is an editing one
	CanAct bool   // so it lets act, unless it leads to the past
	ViewID string // the id of the view-only link to the same lab
	At     uint64 // the event as of which the lab is looked at; 0 for now
}

// AsOf is the access to the lab as it was when event seq had just happened.
func (a Access) AsOf(seq uint64) Access {
	a.At, a.CanAct = seq, false
	return a
}

// Now is the access to the lab as it is.
func (a Access) Now() Access {
	a.At, a.CanAct = 0, a.Edits
	return a
}

// Demo is the id of the lab that all people share.
const Demo = "demo"

// An editing id is 130 random bits. The key of its lab is derived from it one way, and the view-only id says the
// key: so whoever may look, and whoever reads the journal, learns no editing id; and no index is needed.
const (
	viewPrefix = "v-"
	idLen      = 26
)

var demoKey = keyOf(Demo)

func newID() string { return strings.ToLower(rand.Text()) }

func keyOf(id string) string {
	sum := sha256.Sum256([]byte("smtplab lab key\x00" + id))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:idLen]
}

// editing is the access of an editing id.
func editing(id string) Access {
	key := keyOf(id)
	return Access{ID: id, Key: key, Edits: true, CanAct: true, ViewID: viewPrefix + key}
}

// parse reads an id of any kind, and reports whether it is one.
func parse(id string) (Access, bool) {
	if key, ok := strings.CutPrefix(id, viewPrefix); ok {
		return Access{ID: id, Key: key, ViewID: id}, isID(key)
	}
	return editing(id), isID(id) || id == Demo
}

// isID reports whether s is made as ids and keys are: 26 digits of base32.
func isID(s string) bool {
	for i := range len(s) {
		if c := s[i]; !(c >= 'a' && c <= 'z' || c >= '2' && c <= '7') {
			return false
		}
	}
	return len(s) == idLen
}
