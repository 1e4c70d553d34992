package lab

import (
	"io"

	"smtplab/sim/clock"
	"smtplab/sim/drive"
	"smtplab/sim/secure"
	"smtplab/sim/vnet"
)

// driver sits at the end of a connection and lets a party speak over it. It is the only thing between a segment's
// arrival and the session that it is for.
type driver struct {
	clock *clock.Clock
	end   *vnet.End
	party drive.Party
	owner owner // may be nil

	tls    securer         // puts TLS on when the party asks for it; nil when it never does
	talker drive.Securable // the party, while it speaks in the clear and may ask for TLS
	held   []byte          // octets that arrived while the driver was full
	full   bool            // the party has more to say than there is room for
	ending bool            // it is to be shut down as soon as it is open

	timer    clock.Timer // runs when the party's patience may be at an end
	until    clock.Time  // when it is
	steady   progressive // the party, if it counts what its peer achieves
	progress uint64      // so far
	last     bool        // nothing more will arrive
	done     bool
}

// owner is whom a driver works for. It is told once, when the party has nothing more to do here: err is nil when it
// ended the conversation itself.
type owner interface{ over(err error) }

// securer puts TLS between a party and the wire: first says that it comes first, early what came too early.
type securer interface {
	secure(p drive.Securable, first bool, early []byte) *secure.Layer
}

// progressive is a party that counts what its peer achieves: octets alone are no reason to have more patience.
type progressive interface{ Progress() uint64 }

// drive returns a driver for a party; attach it to an end by dialling or accepting.
func (l *Lab) drive(p drive.Party, o owner) *driver {
	d := new(driver)
	d.init(l.clock, p, o)
	return d
}

// init is drive for a driver that is part of something else.
func (d *driver) init(c *clock.Clock, p drive.Party, o owner) {
	d.clock, d.party, d.owner = c, p, o
	d.steady, _ = p.(progressive)
	d.timer.Init(c, d)
}

// protect gives the driver what it needs for a party that may ask for TLS, or that has it first.
func (d *driver) protect(p drive.Securable, s securer, first bool) {
	if first {
		d.wrap(s.secure(p, true, nil))
		return
	}
	d.tls, d.talker = s, p
}

// wrap has TLS between the party and the wire from now on.
func (d *driver) wrap(l *secure.Layer) { d.party, d.steady, d.talker = l, l, nil }

// Opened implements vnet.Handler.
func (d *driver) Opened(e *vnet.End) {
	d.end = e
	if d.done { // it was not expected any more
		e.Reset()
		return
	}
	d.party.Open()
	if d.ending {
		d.shutDown()
		return
	}
	d.speak()
}

// Received implements vnet.Handler. A party that is not listened to does not listen either.
func (d *driver) Received(e *vnet.End, p []byte) {
	switch {
	case d.done:
	case d.full:
		d.held = append(d.held, p...)
		e.Hold(len(p))
	default:
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
	if d.end == nil {
		d.hangUp(vnet.ErrTimeout)
		return
	}
	d.until = d.clock.Now()
	d.party.Expire()
	d.speak()
	if !d.done { // the other side does not read what it is told
		d.end.Reset()
		d.hangUp(vnet.ErrTimeout)
	}
}

// expect waits for a connection that was accepted to be open: the peer may be gone by then, and nothing tells of it.
func (d *driver) expect() { d.wait() }

// speak sends what the party has to say, as far as the window allows, and has it hear what was held.
func (d *driver) speak() {
	for d.end.Room() > 0 {
		out := d.party.Output()
		if len(out) == 0 {
			if d.hear() {
				continue
			}
			d.full = false
			d.listen()
			return
		}
		if d.end.Write(out) != nil {
			d.hangUp(vnet.ErrReset)
			return
		}
	}
	d.full = true
	d.wait()
}

// hear has the party hear what it had no ear for, or go on in TLS, and reports whether it may have something to say to
// that.
func (d *driver) hear() bool {
	if d.talker != nil {
		if early, now := d.talker.StartsTLS(); now {
			layer := d.tls.secure(d.talker, false, early)
			d.wrap(layer)
			layer.Open()
			return true
		}
	}
	if len(d.held) == 0 {
		return false
	}
	p := d.held
	d.held = nil
	d.party.Receive(p)
	d.end.Release(len(p))
	return true
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

// wait has patience from now on, or, with a party that counts what its peer achieves, from the last achievement. The
// timer is only moved to run earlier: most conversations end long before it would, so moving it at every segment would
// be wasted.
func (d *driver) wait() {
	patience := d.party.Patience()
	if patience <= 0 {
		d.timer.Stop()
		return
	}
	if d.steady != nil {
		progress := d.steady.Progress()
		if progress == d.progress && d.until > d.clock.Now() {
			return
		}
		d.progress = progress
	}
	d.until = d.clock.Now().Add(patience)
	if at, running := d.timer.Running(); !running || at > d.until {
		d.timer.Reset(patience)
	}
}

// shutDown ends the conversation from this side: the party says so if its protocol has a word for it.
func (d *driver) shutDown() {
	switch {
	case d.done:
		return
	case d.end == nil:
		d.ending = true
		return
	}
	p, ok := d.party.(interface{ Shutdown() })
	if !ok {
		d.end.Close()
		d.hangUp(nil)
		return
	}
	p.Shutdown()
	d.speak()
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
	if len(d.held) > 0 { // whoever waits for room need not
		d.end.Release(len(d.held))
		d.held = nil
	}
	if d.owner != nil {
		d.owner.over(err)
	}
}
