// Package lab is a whole small world: hosts on a network, their mail programs and their server, and the one
// trace of what happened among them. It is the only room where all engines meet.
//
// A lab is deterministic. The same Spec and the same Actions give the same trace, event for event. It is
// single-threaded: whoever holds it calls one method at a time, and nothing happens between calls. It starts no
// goroutine and reads no wall clock.
package lab

import (
	"smtplab/sim/clock"
	"smtplab/sim/trace"
)

// Lab is one world. Use New.
type Lab struct{}

// New builds the world of a Spec at lab time zero. It fails with a *Mistake when the Spec is over the limits or
// contradicts itself.
func New(spec Spec) (*Lab, error) { panic("todo") }

// Spec is what the lab was made from.
func (l *Lab) Spec() Spec { panic("todo") }

// Check says whether the action could be applied now, and why not: nil or a *Mistake.
func (l *Lab) Check(a Action) error { panic("todo") }

// Apply does what a person did, at the current moment: its effects begin, but time does not move. It returns a
// *Mistake, and changes nothing, when Check would.
func (l *Lab) Apply(a Action) error { panic("todo") }

// Replay moves the lab to the moment (At, Step) of a journalled action and applies it.
func (l *Lab) Replay(a Action) error { panic("todo") }

// Step runs the next event of the world, and reports whether there was one.
func (l *Lab) Step() bool { panic("todo") }

// Settle runs events until nothing is going on: until no event is left, or the next is further than a second
// of lab time away (a time-out, a retry).
func (l *Lab) Settle() { panic("todo") }

// Now is the lab time; Next is the time of the next event, and whether there is one.
func (l *Lab) Now() clock.Time          { panic("todo") }
func (l *Lab) Next() (clock.Time, bool) { panic("todo") }
func (l *Lab) AdvanceTo(t clock.Time)   { panic("todo") }
func (l *Lab) Steps() uint64            { panic("todo") }

// Paused and Speed are the state of the lab's controls: pacing itself is the runner's.
func (l *Lab) Paused() bool   { panic("todo") }
func (l *Lab) Speed() float64 { panic("todo") }

// Trace is the lab's record.
func (l *Lab) Trace() *trace.Log { panic("todo") }

// Views.
func (l *Lab) Hosts() []HostView                             { panic("todo") }
func (l *Lab) PC(id string) (PCView, bool)                   { panic("todo") }
func (l *Lab) Inbox(id string, n int) (Received, bool)       { panic("todo") }
func (l *Lab) Sent(id string, n int) (Sent, bool)            { panic("todo") }
func (l *Lab) Server(id string) (ServerView, bool)           { panic("todo") }
func (l *Lab) Notices(after int) []Notice                    { panic("todo") }
func (l *Lab) Conversations() []Conversation                 { panic("todo") }
func (l *Lab) Conversation(conn uint32) (Conversation, bool) { panic("todo") }
func (l *Lab) Wait() Wait                                    { panic("todo") }
