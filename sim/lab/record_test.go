package lab_test

import (
	"bytes"
	"testing"
	"time"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
)

// What is sent again says what it repeats, and everything that is sent says when it will arrive: what does not is lost
// at that moment, and what does is answered then.
func TestSegmentsTellTheirWay(t *testing.T) {
	l := newLab(t)
	apply(t, l, send("pc1", bigMail))
	after(l, 30*time.Millisecond) // in the middle of the message
	apply(t, l, lab.Action{Verb: lab.Cut, Host: "server"})
	after(l, 4*time.Second)
	apply(t, l, lab.Action{Verb: lab.Restore, Host: "server"})
	skipToEnd(t, l)
	log := l.Trace()
	repeated, lost, answered := 0, 0, 0
	var newest trace.Event // segment of the client
	for e := range log.After(0) {
		switch {
		case e.Kind == trace.Lost:
			if was := log.At(e.Re); was.Kind != trace.Segment || was.Arrives != e.At {
				t.Errorf("lost at %d: %+v", e.At, was)
			}
			lost++
		case e.Kind == trace.Segment && e.Re != 0:
			if was := log.At(e.Re); was.Re != 0 || was.From != e.From || was.Note != e.Note || !bytes.Equal(was.Raw, e.Raw) {
				t.Errorf("%+v repeats %+v", e, was)
			}
			repeated++
		case e.Kind == trace.Segment && e.From == "server" && e.At == newest.Arrives:
			answered++
		}
		if e.Kind == trace.Segment && e.From == "pc1" {
			newest = e
		}
	}
	if lost < 6 || repeated < lost || answered < 5 {
		t.Errorf("%d segments were lost, %d repeated, %d answered when they arrived", lost, repeated, answered)
	}
}
