package sasl

import (
	"errors"
	"slices"
)

// The mechanisms, by their registered names.
const (
	ScramSHA256 = "SCRAM-SHA-256"
	CramMD5     = "CRAM-MD5"
	Plain       = "PLAIN"
	Login       = "LOGIN"
)

// Mechanisms are those that are known, the strongest first.
var Mechanisms = []string{ScramSHA256, CramMD5, Plain, Login}

// Known reports whether a mechanism is known. Its name is in upper case.
func Known(mechanism string) bool { return slices.Contains(Mechanisms, mechanism) }

// Readable reports whether whoever reads the wire learns the password: RFC 4954 §4 wants such mechanisms used under
// TLS only.
func Readable(mechanism string) bool { return mechanism == Plain || mechanism == Login }

// Why an exchange fails. The two are told apart by who is at fault: a client that breaks the mechanism's rules, or one
// that has the wrong name or password.
var (
	ErrSyntax      = errors.New("sasl: not what the mechanism allows")
	ErrCredentials = errors.New("sasl: wrong name or password")
)
