package runner

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync"

	"smtplab/sim/journal"
	"smtplab/sim/lab"
	"smtplab/sim/vnet"
)

// Line is a connection from outside into a lab, as whoever serves a real program uses it: what the program says is said
// with Say, and what is taken from it with Take is for the program. What is said becomes actions, so it is journalled
// like everything that people do, and it travels at the lab's pace: while the lab is paused, nothing is there to take.
type Line struct {
	runner *Runner
	world  *world
	conn   uint32
	lab    *lab.Lab // in which it was opened; when the world has another, the line is gone
	news   func()

	mu       sync.Mutex
	changed  sync.Cond // when state or closed has
	arrived  []byte    // and not taken
	read     int       // octets taken, of which the lab has not been told
	state    lab.LineState
	busy     bool // somebody says something, and sees for himself what comes of it
	finished bool // nothing more will be said
	closed   bool
	cut      bool // it was before the server had closed it
}

// Dial opens a connection from Outside to a port of a lab's server. It does not wait until that is established. news is
// called when there may be something to Take; it must not block, nor use the line. A *lab.Mistake says that the lab
// takes no more.
func (r *Runner) Dial(ctx context.Context, a Access, port int, news func()) (*Line, error) {
	if err := a.mayAct(); err != nil {
		return nil, err
	}
	w, err := r.use(a.Key)
	if err != nil {
		return nil, err
	}
	n := &Line{runner: r, world: w, news: news}
	n.changed.L = &n.mu
	w.mu.Lock()
	defer w.mu.Unlock()
	connect := lab.Action{Verb: lab.Connect, Host: lab.OutsideID, N: port}
	err = w.act(ctx, connect)
	if errors.Is(err, journal.ErrConflict) { // another node acted: see what it did, and try once more
		err = w.act(ctx, connect)
	}
	if err != nil {
		r.release(w)
		return nil, err
	}
	n.conn, n.lab = w.lab.LastLine(), w.lab
	w.lines = append(w.lines, n)
	n.look()
	return n, nil
}

// Room waits until something can be said, and returns how many octets.
func (n *Line) Room() (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for {
		switch {
		case n.closed:
			return 0, net.ErrClosed
		case n.state.Err != nil:
			return 0, n.state.Err
		case n.state.Ended: // and what was said after that would be heard by nobody
			return 0, net.ErrClosed
		case n.state.Open && n.state.Room > 0:
			return min(n.state.Room, vnet.MaxSegment), nil
		}
		n.changed.Wait()
	}
}

// Say says p, for which there is Room, and takes what has arrived by then: mostly the answer. more reports whether there
// is something left to Take, which news does not tell of; over whether the server has closed the connection and all was
// taken.
func (n *Line) Say(p, answer []byte) (got int, more, over bool, err error) {
	n.mu.Lock()
	n.busy = true
	n.mu.Unlock()
	err = n.act(lab.Action{Verb: lab.Say, Data: p})
	n.mu.Lock()
	defer n.mu.Unlock()
	n.busy = false
	got = n.take(answer)
	over = n.state.Ended && n.state.Err == nil && len(n.arrived) == 0
	return got, n.something() && !over, over, err
}

// Take takes what has arrived. It does not wait: 0 and no error mean that there is nothing. After the last octet the error
// is io.EOF when the server has closed the connection, and else what broke it.
func (n *Line) Take(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	got := n.take(p)
	switch {
	case got > 0:
	case n.cut:
		return 0, net.ErrClosed
	case n.state.Err != nil:
		return 0, n.state.Err
	case n.state.Ended:
		return 0, io.EOF
	}
	return got, nil
}

// take takes what has arrived. The lab counts what was not taken, and is told long before its window is full.
func (n *Line) take(p []byte) int {
	got := copy(p, n.arrived)
	n.arrived = n.arrived[:copy(n.arrived, n.arrived[got:])]
	if n.read += got; n.read >= vnet.Window/2 && !n.state.Ended {
		read := n.read
		n.read = 0
		n.mu.Unlock()
		err := n.act(lab.Action{Verb: lab.Took, N: read})
		n.mu.Lock()
		if err != nil { // tried again with the next octets, unless the line has ended, which is seen next
			n.read += read
		}
	}
	return got
}

// something reports whether there is something to Take.
func (n *Line) something() bool { return len(n.arrived) > 0 || n.state.Ended || n.state.Err != nil }

// CloseWrite says that nothing more will be said.
func (n *Line) CloseWrite() error {
	if err := n.act(lab.Action{Verb: lab.Finish}); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.finished = true
	return nil
}

// Close gives the line up: nothing waits for it any more. When both sides had not said all, the connection is reset, as
// TCP does.
func (n *Line) Close() error {
	n.mu.Lock()
	if n.closed {
		n.mu.Unlock()
		return nil
	}
	n.closed, n.cut = true, !n.state.Ended
	over := n.finished && n.state.Ended // and so the lab has forgotten it
	n.changed.Broadcast()
	n.mu.Unlock()

	var err error
	if !over {
		err = n.act(lab.Action{Verb: lab.Drop})
	}
	w := n.world
	w.mu.Lock()
	w.lines = slices.DeleteFunc(w.lines, func(other *Line) bool { return other == n })
	w.mu.Unlock()
	n.runner.release(w)
	if errors.As(err, new(*lab.Mistake)) || errors.Is(err, vnet.ErrReset) { // it had ended meanwhile
		return nil
	}
	return err
}

// act does an action on the line. How long that may take is the journal's to say, which has a limit of its own where none
// is given: there is an action for every line that a program says, so a timer for each would cost.
func (n *Line) act(a lab.Action) error {
	w := n.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lab != n.lab {
		return vnet.ErrReset
	}
	a.Conn = n.conn
	err := w.act(context.Background(), a)
	n.look()
	return err
}

// look has those lines look to which something happened, or all when the lab is another one.
func (w *world) look() {
	if w.lab != nil {
		defer w.lab.Seen()
	}
	if len(w.lines) == 0 {
		return
	}
	if w.lab == nil || w.lines[0].lab != w.lab {
		for _, n := range w.lines {
			n.look()
		}
		return
	}
	var few [8]uint32
	for _, conn := range w.lab.News(few[:0]) {
		for _, n := range w.lines {
			if n.conn == conn {
				n.look()
			}
		}
	}
}

// look sees what has arrived. It is called with the world locked.
func (n *Line) look() {
	n.mu.Lock()
	defer n.mu.Unlock()
	before, had := n.state, len(n.arrived)
	if n.world.lab != n.lab {
		n.state.Ended, n.state.Err = true, vnet.ErrReset
	} else if state, ok := n.lab.Line(n.conn); ok {
		n.arrived = n.lab.Arrived(n.arrived, n.conn)
		n.state = state
	} else {
		n.state.Ended = true
	}
	if before != n.state {
		n.changed.Broadcast()
	}
	if !n.busy && n.something() && (before != n.state || len(n.arrived) > had) {
		n.news()
	}
}

// dropOrphans ends the lines from outside that nobody serves any more: the program that did ended without a word.
func (w *world) dropOrphans(ctx context.Context) error {
	for _, conn := range w.lab.Outside() {
		if err := w.act(ctx, lab.Action{Verb: lab.Drop, Conn: conn}); err != nil {
			return err
		}
	}
	return nil
}
