package lab

import (
	"io"
	"time"

	"smtplab/sim/clock"
	"smtplab/sim/vnet"
)

// party is one side of a conversation, as a value: what smtpserver.Session, smtpclient.Conversation,
// pop3.Session and pop3.Client have in common.
type party interface {
	Open()                   // the connection is established
	Receive(p []byte)        // octets arrived
	Output() []byte          // octets to send now; nil when there are none
	Closed() bool            // close the connection once Output was sent
	Hangup()                 // the connection is gone
	Patience() time.Duration // how long to wait for the next octets; 0 is forever
	Expire()                 // that long has passed
}

// driver sits at the end of a connection and lets a party speak over it. It is the only thing between a segment's
// arrival and the session that it is for.
type driver struct {
	clock *clock.Clock
	end   *vnet.End
	party party
	timer clock.Timer // runs when the party's patience may be at an end
	until clock.Time  // when it is
	owner owner       // may be nil
	last  bool        // nothing more will arrive
	done  bool
}

// owner is whom a driver works for. It is told once, when the party has nothing more to do here: err is nil when it
// ended the conversation itself.
type owner interface{ over(err error) }

// overFunc is an owner that is only a function.
type overFunc func(err error)

func (f overFunc) over(err error) { f(err) }

// drive returns a driver for a party; attach it to an end by dialling or accepting.
func (l *Lab) drive(p party, o owner) *driver {
	d := new(driver)
	d.init(l.clock, p, o)
	return d
}

// init is drive for a driver that is part of something else.
func (d *driver) init(c *clock.Clock, p party, o owner) {
	d.clock, d.party, d.owner = c, p, o
	d.timer.Init(c, d)
}

// Opened implements vnet.Handler.
func (d *driver) Opened(e *vnet.End) {
	d.end = e
	d.party.Open()
	d.speak()
}

// Received implements vnet.Handler.
func (d *driver) Received(_ *vnet.End, p []byte) {
	if !d.done {
		d.party.Receive(p)
		d.speak()
	}
}

// Writable implements vnet.Handler.
func (d *driver) Writable(*vnet.End) {
	if !d.done {
		d.speak()
	}
}

// Closed implements vnet.Handler. After a half-close the other side reads on, so what the party still has to say is
// said first.
func (d *driver) Closed(e *vnet.End, err error) {
	d.end = e
	switch {
	case d.done:
		e.Close()
	case err == io.EOF:
		d.last = true
		d.speak()
	default:
		d.hangUp(err)
	}
}

// Run is the end of the party's patience, if nothing was heard since the timer was set.
func (d *driver) Run() {
	if left := d.until.Sub(d.clock.Now()); left > 0 {
		d.timer.Reset(left)
		return
	}
	d.party.Expire()
	d.speak()
	if !d.done { // the other side does not read what it is told
		d.end.Reset()
		d.hangUp(vnet.ErrTimeout)
	}
}

// speak sends what the party has to say, as far as the window allows.
func (d *driver) speak() {
	for d.end.Room() > 0 {
		out := d.party.Output()
		if len(out) == 0 {
			d.listen()
			return
		}
		if d.end.Write(out) != nil {
			d.hangUp(vnet.ErrReset)
			return
		}
	}
	d.wait()
}

// listen waits for the other side, or ends the conversation when one of the two has ended it.
func (d *driver) listen() {
	switch {
	case d.party.Closed():
		d.end.Close()
		d.finish(nil)
	case d.last:
		d.end.Close()
		d.hangUp(io.EOF)
	default:
		d.wait()
	}
}

// wait has patience from now on. The timer is only moved to run earlier: most conversations end long before it
// would, so moving it at every segment would be wasted.
func (d *driver) wait() {
	patience := d.party.Patience()
	if patience <= 0 {
		d.timer.Stop()
		return
	}
	d.until = d.clock.Now().Add(patience)
	if at, running := d.timer.Running(); !running || at > d.until {
		d.timer.Reset(patience)
	}
}

// hangUp tells the party that the connection is gone.
func (d *driver) hangUp(err error) {
	d.party.Hangup()
	d.finish(err)
}

func (d *driver) finish(err error) {
	if d.done {
		return
	}
	d.done = true
	d.timer.Stop()
	if d.owner != nil {
		d.owner.over(err)
	}
}
