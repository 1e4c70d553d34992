// Package result is a small file that shows that a lab's run took place in this installation: what a student hands in,
// and what whoever marks it can check. Result.Sign makes one, Verify judges one, Result.Compare says whether a transcript
// is the one that it was issued for.
//
// # The file
//
// It is one JSON object with the fields of Result, in their order. Trace is the SHA-256 of the whole trace as
// trace.WriteJSON writes it, octet for octet, which is what GET /labs/{lab}/transcript.json without ?conn= gives; Spec is
// that of the lab's Spec in JSON. Signature is Ed25519 (RFC 8032) over the file without its signature and without white
// space between its words. So it can be checked elsewhere, given the public key:
//
//	jq -cj 'del(.signature)' result.json > signed
//	jq -r .signature result.json | base64 -d > signature
//	openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in signed -sigfile signature
//
// White space may change on the way. Everything else must be as Sign wrote it: a field that comes twice, that has another
// order or that nobody knows would let two readers read two results in one genuine file.
//
// # What it proves
//
// That whoever holds the installation's private key issued it: that by this machine's clock, at the time Issued, there
// was a lab of that Spec in which exactly those events had happened. With a transcript that is the same: that this is the
// record of that run. Nobody without the key can make one, change one, or have one vouch for another transcript.
//
// # What it does not prove
//
//   - Who did it. Whoever has a link to a lab can have its result, also of somebody else's run. Two hand-ins with the same
//     Trace are the same run.
//   - How it was done: alone or together, by hand, by a program or by opening the file of a lab that was saved, at the
//     first or at the tenth attempt. A reset forgets.
//   - That nothing happened afterwards.
//   - Anything against whoever runs the installation: the key lies in its data directory, and the clock is its own.
//
// Nothing in the file is secret, and it does not lead to the lab: it has the lab's name, not its address.
package result

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
)

// Version is the version of the file. Any other is refused.
const Version = 1

// MaxFile is how many octets a file may have. One that Sign made has less than a thousand.
const MaxFile = 16 << 10

const what = "SMTP Lab result"

// Result is what the file says.
type Result struct {
	What      string    `json:"what"`    // "SMTP Lab result"
	Version   int       `json:"version"` // of this file
	Lab       string    `json:"lab"`     // the lab's name: "amber-fox"
	Spec      string    `json:"spec"`    // SHA-256, in hexadecimal
	Events    int       `json:"events"`  // how many there were since the last reset
	Last      uint64    `json:"last"`    // the number of the last of them
	Trace     string    `json:"trace"`   // SHA-256, in hexadecimal: what pages call the fingerprint
	Issued    time.Time `json:"issued"`  // to the second
	Program   string    `json:"program"` // what issued it, with its version
	Key       []byte    `json:"key"`     // the public key that belongs to the signature
	Signature []byte    `json:"signature,omitempty"`
}

// Of is the result of a lab with all the events that it has now, neither issued nor signed. It takes them as a slice and
// not the lab, since hashing a long trace takes longer than anybody should hold a lab.
func Of(spec lab.Spec, events []trace.Event) (Result, error) {
	text, err := json.Marshal(spec)
	if err != nil {
		return Result{}, err
	}
	sum := sha256.New()
	if err := trace.WriteJSON(sum, trace.Header{Name: spec.Name, Start: spec.Start}, slices.Values(events)); err != nil {
		return Result{}, err
	}
	r := Result{Lab: spec.Name, Spec: digest(text), Events: len(events), Trace: hex.EncodeToString(sum.Sum(nil))}
	if r.Events > 0 {
		r.Last = events[r.Events-1].Seq
	}
	return r, nil
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Sign issues r, in the name of program, and returns the file.
func (r Result) Sign(key ed25519.PrivateKey, now time.Time, program string) []byte {
	r.What, r.Version, r.Issued, r.Program = what, Version, now.UTC().Truncate(time.Second), program
	r.Key = key.Public().(ed25519.PublicKey)
	r.Signature = ed25519.Sign(key, r.signed())
	var b bytes.Buffer
	if err := json.Indent(&b, r.encode(), "", "  "); err != nil {
		panic(err) // cannot happen: encode made it
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// signed is what the signature is over.
func (r Result) signed() []byte {
	r.Signature = nil
	return r.encode()
}

// encode is the file without white space.
func (r Result) encode() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // nor does jq
	if err := e.Encode(r); err != nil {
		panic(err) // cannot happen: Issued was read from JSON, or is of this century
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// What Verify finds wrong with a file, as sentences for whoever handed it over.
var (
	ErrTooLarge = errors.New("This is too large for a result file, which has less than a kilobyte.")
	ErrNoResult = errors.New("This is not a result file of SMTP Lab.")
	ErrCutOff   = errors.New("This file is cut off: its end is missing.")
	ErrVersion  = errors.New("This result file has another version than the one that is read here. It was made by an older or a newer SMTP Lab.")
	ErrAltered  = errors.New("This result file was altered: it is not as it was signed.")
	ErrForeign  = errors.New("This result file was signed with a key that is not this installation's. Anybody can make such a key, so it says nothing here. If another installation issued it, verify it there.")
)

// Verify says whether a file is one that the holder of key signed, and what it says. It fails with one of the errors
// above; with ErrForeign the Result is what the other key signed.
func Verify(file []byte, key ed25519.PublicKey) (Result, error) {
	r, err := read(file)
	switch {
	case err != nil:
		return Result{}, err
	case len(r.Key) != ed25519.PublicKeySize || !ed25519.Verify(r.Key, r.signed(), r.Signature):
		return Result{}, ErrAltered
	case !key.Equal(ed25519.PublicKey(r.Key)):
		return r, ErrForeign
	}
	return r, nil
}

// read reads what Sign wrote, and nothing else.
func read(file []byte) (Result, error) {
	var r Result
	if len(file) > MaxFile {
		return r, ErrTooLarge
	}
	var head struct {
		What    string
		Version int
	}
	switch err := json.NewDecoder(bytes.NewReader(file)).Decode(&head); {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return r, ErrCutOff
	case err != nil || head.What != what:
		return r, ErrNoResult
	case head.Version != Version:
		return r, ErrVersion
	}
	var compact bytes.Buffer
	if json.Unmarshal(file, &r) != nil || json.Compact(&compact, file) != nil || !bytes.Equal(compact.Bytes(), r.encode()) {
		return r, ErrAltered
	}
	return r, nil
}
