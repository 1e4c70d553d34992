package rfc

import (
	"slices"
	"strings"
)

// Level is how binding a requirement is: RFC 2119.
type Level uint8

// The levels. Ours is what no standard asks for and this project asks of itself.
const (
	Must Level = iota
	Should
	Ours
)

var levels = [...]string{"must", "should", "ours"}

// String is the level in lower case: "must".
func (l Level) String() string { return levels[l] }

// Role is who has to keep a requirement.
type Role uint8

// The roles of the programs in a lab.
const (
	SMTPServer Role = iota
	SMTPClient
	POP3Server
)

var roles = [...]string{"SMTP server", "SMTP client", "POP3 server"}

// String is the role in words: "SMTP server".
func (r Role) String() string { return roles[r] }

// Requirement is something that the standards ask of a program, and what proves that it is done.
type Requirement struct {
	Number    int
	Level     Level // of the most binding part of it
	Role      Role
	Text      string
	Refs      []Ref
	Proof     []Proof
	Deviation string // what is done otherwise, and why; "" for nothing
}

// Proof names a test: the path of its package below the module, its function, and behind a slash, where the proof is one
// case of many, that case's file in testdata or its name: "sim/smtpserver TestDialogs/order".
type Proof string

// Split takes a proof apart: "sim/smtpserver", "TestDialogs" and "order", which is "" for the whole test.
func (p Proof) Split() (pkg, test, part string) {
	pkg, test, _ = strings.Cut(string(p), " ")
	test, part, _ = strings.Cut(test, "/")
	return pkg, test, part
}

// RequirementGroup is the requirements that belong together.
type RequirementGroup struct {
	Title        string // "SMTP server: extensions"
	Requirements []Requirement
}

// RequirementGroups are all of them, numbered throughout. Their document is sim/CONFORMANCE.md, and its test
// sim/conformance_test.go.
var RequirementGroups = []RequirementGroup{
	{"SMTP server", smtpServer},
	{"SMTP server: extensions", smtpExtensions},
	{"SMTP client", smtpClient},
	{"POP3 server", pop3Server},
}

// Requirements are those of all groups, by number.
var Requirements = slices.Concat(smtpServer, smtpExtensions, smtpClient, pop3Server)
