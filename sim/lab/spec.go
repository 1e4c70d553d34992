package lab

import (
	"net/netip"
	"time"
)

// Spec is what a lab is made of. With the ordered list of Actions it is the lab: everything else is computed.
type Spec struct {
	Name     string    `json:"name"`               // for people: "amber-fox"
	Seed     uint64    `json:"seed"`               // of everything that looks random: message ids, ports
	Start    time.Time `json:"start"`              // the calendar time of lab time zero; dates in mails count from it
	Domain   string    `json:"domain"`             // the mail domain that the server is responsible for
	Exercise string    `json:"exercise,omitempty"` // the id of the exercise that the lab was made for; nothing that happens in it depends on that
	Shown    bool      `json:"shown,omitempty"`    // the exercise's solution was played in it, so that it proves nothing of whoever has it
	Opened   bool      `json:"opened,omitempty"`   // it was made of a file, in which anybody may have written anything, so that it proves nothing either
	Hosts    []Host    `json:"hosts"`
}

// HostKind is what a host is.
type HostKind string

// The kinds of host.
const (
	PC     HostKind = "pc"
	Server HostKind = "server"
	Switch HostKind = "switch"

	// Outside is where real programs come from, through the gateway. It is not in a Spec: it joins with the first one.
	Outside HostKind = "outside"
)

// Host is a machine of the Spec. Every host but the switch has one link, to the switch.
type Host struct {
	ID   string     `json:"id"`   // in URLs: "pc1"
	Name string     `json:"name"` // for people: "PC-1"
	Kind HostKind   `json:"kind"`
	IP   netip.Addr `json:"ip,omitzero"`
	MAC  string     `json:"mac,omitempty"`
	Link Link       `json:"link,omitzero"`

	// A PC's mailbox, and its mail program.
	Mailbox  string   `json:"mailbox,omitempty"` // its address: "pc1@email.com"
	Password string   `json:"password,omitempty"`
	Account  *Account `json:"account,omitempty"` // nil for DefaultAccount

	// The server's programs.
	Service *Service `json:"service,omitempty"` // nil for DefaultService
}

// Link is the cable from a host to the switch.
type Link struct {
	Latency   time.Duration `json:"latency"`   // one way
	Bandwidth int64         `json:"bandwidth"` // bits per second
}
