// Package runner keeps the labs that are awake: it applies people's actions to them, lets them run at the pace
// that people watch, tells watchers that there is news, and puts labs that nobody uses to sleep, to be woken
// by replaying their journal.
//
// # What is safe
//
// A lab's journal begins with its Spec; every action follows, written before its effects can be seen. Events of
// the world are not written: a lab that wakes plays its actions again, each at the moment at which it was first
// applied (Action.At, Step and Seq), and the same events happen. What happened since the last action is restored
// by a mark, a record that says how far the lab had come. A mark is written when the lab goes to sleep, when the
// runner closes, and when a timer fired for which people waited in real time. So after sleep and after an
// orderly end a lab is exactly where it was, and it is known when that was. After a crash it is where the last
// record was written, and what happened since happens again, the same.
//
// A journal that was recorded by another release may not play: other words take another time. Then the same people
// do the same things once more, in the same order and at the same time as near as can be (history.Recall), and nothing
// that they wrote is lost.
//
// A Reset writes the Spec once more and forgets the records before it, so a lab never wakes through what it has
// left behind. A lab that nobody uses for long is forgotten.
//
// # The past
//
// An Access may lead to a moment of the past: the lab is then played from its journal up to that event, looked at and
// thrown away (past.go). A Fork is a new lab whose journal begins with what another had come to. Undo writes the journal
// anew without the last thing that somebody did; the numbers of events that follow were used before, so it begins
// another era, and whoever watches has to look again.
//
// # Pace
//
// While a lab runs, what is near (less than a second of lab time away, as packets are) happens at the lab's
// speed, however long that takes on the wall; or as fast as the machine can when the speed is 0, but in small
// slices, so that no lab keeps others waiting. What is far (a time-out, a retry) happens when as much real time
// has passed. While nothing is going on, lab time follows the wall clock, so mails carry true dates. While a lab
// is paused, its time stands still. Sleep does not stop time: a timer that would have fired meanwhile fires
// when the lab wakes.
//
// # Who holds what
//
// A lab is single-threaded, so each awake one has a mutex. A lab that is idle has no goroutine and no timer. A
// panic in a lab is caught here, once: the lab is Broken until somebody resets it, and all others live on.
package runner

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"smtplab/sim/history"
	"smtplab/sim/journal"
	"smtplab/sim/lab"
)

// What a caller may want to tell apart. An action that cannot be done is a *lab.Mistake, and a lab that broke is
// a *Broken.
var (
	// ErrNotFound says that there is no such lab, or not for the bearer of that id: the two are not told apart.
	ErrNotFound = errors.New("runner: no such lab")
	// ErrViewOnly says that the link allows to look at the lab but not to act in it.
	ErrViewOnly = errors.New("runner: the link is view-only")
	// ErrPast says that the access leads to a moment of the past, in which nobody can act.
	ErrPast = errors.New("runner: the past cannot be changed")
	// ErrGone says that the lab holds no such event, now or any more.
	ErrGone = history.ErrGone
	// ErrFull says that there is no room: for another lab, another awake lab, or another record.
	ErrFull = journal.ErrFull
	// ErrClosed says that the runner was closed.
	ErrClosed = errors.New("runner: closed")
)

// Broken says that a lab failed in a way that is no fault of the person who used it. Ref is in the log too.
type Broken struct{ Ref string }

// Error names the reference.
func (b *Broken) Error() string { return "runner: the lab broke, reference " + b.Ref }

// Options are what a Runner needs and the limits that it keeps. Zero limits take their defaults.
type Options struct {
	Journal journal.Journal
	Log     *slog.Logger

	Rest     time.Duration // a lab that is neither used nor watched for so long goes to sleep; 5 minutes
	MaxAwake int           // labs awake at a time; 500
	MaxLabs  int           // labs in all; 20,000. When there are more, those go that nobody used for longest, but a day
	Unused   time.Duration // a lab that nobody used for so long is forgotten; 180 days
}

// Stats count what a Runner holds and has done since it was made.
type Stats struct {
	Awake    int    // labs in memory now
	Watchers int    // channels of Watch now
	Actions  uint64 // done by Act
	Wakes    uint64 // replays of a journal
	Broken   uint64 // labs that broke
}

// Runner keeps labs. It is safe for concurrent use. Use New.
type Runner struct {
	Options

	mu      sync.Mutex
	closed  bool
	awake   map[string]*world // by Access.Key
	unused  *list.List        // of the *world that have no uses, least recently used first
	sweeper *time.Timer       // set while unused is not empty

	tidying sync.Mutex
	tidied  time.Time // when labs were last looked for that nobody used; guarded by tidying

	playing chan struct{} // holds one for each lab of the past that is being played
	moments moments       // labs of the past that were looked at lately

	watchers              atomic.Int64
	actions, wakes, broke atomic.Uint64
}

// New returns a runner of the labs in a journal.
func New(o Options) *Runner {
	setDefault(&o.Rest, 5*time.Minute)
	setDefault(&o.MaxAwake, 500)
	setDefault(&o.MaxLabs, 20_000)
	setDefault(&o.Unused, 180*24*time.Hour)
	return &Runner{Options: o, awake: map[string]*world{}, unused: list.New(), playing: make(chan struct{}, maxPlaying)}
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// Create makes a lab and returns the editing access to it. A Spec that makes no lab is a *lab.Mistake.
func (r *Runner) Create(ctx context.Context, spec lab.Spec) (Access, error) {
	if _, err := lab.New(spec); err != nil {
		return Access{}, err
	}
	if err := r.makeRoom(ctx); err != nil {
		return Access{}, fmt.Errorf("runner: create a lab: %w", err)
	}
	a := editing(newID())
	if err := r.begin(ctx, a.Key, spec); err != nil {
		return Access{}, fmt.Errorf("runner: create a lab: %w", err)
	}
	return a, nil
}

func (r *Runner) begin(ctx context.Context, key string, spec lab.Spec) error {
	b, err := record{Version: version, Spec: &spec}.encode()
	if err != nil {
		return err
	}
	_, err = r.Journal.Append(ctx, key, 0, b)
	return err
}

// Open resolves an id from a URL: an editing id, a view-only id, or "demo", a lab that all people share and that
// is made when it is first opened. ErrNotFound for any other.
func (r *Runner) Open(ctx context.Context, id string) (Access, error) {
	a, ok := parse(id)
	if !ok {
		return Access{}, ErrNotFound
	}
	if r.isAwake(a.Key) {
		return a, nil
	}
	last, err := r.Journal.Last(ctx, a.Key)
	switch {
	case err != nil:
		return Access{}, fmt.Errorf("runner: open a lab: %w", err)
	case last > 0:
		return a, nil
	case a.Key != demoKey:
		return Access{}, ErrNotFound
	}
	err = r.begin(ctx, demoKey, lab.Default(Demo, rand.Uint64(), time.Now()))
	if err != nil && !errors.Is(err, journal.ErrConflict) { // somebody else was first
		return Access{}, fmt.Errorf("runner: make the demo lab: %w", err)
	}
	return a, nil
}

func (r *Runner) isAwake(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.awake[key]
	return w != nil && w.known.Load()
}

// Act does an action in a lab: validated, journalled, applied. A *lab.Mistake is the person's, ErrViewOnly the
// link's; any other error is a fault of ours. The action is done or not done as a whole, whatever becomes of ctx.
func (r *Runner) Act(ctx context.Context, a Access, act lab.Action) error {
	if err := a.mayAct(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return r.with(a.Key, func(w *world) error {
		err := w.act(ctx, act)
		if errors.Is(err, journal.ErrConflict) { // another node acted: see what it did, and try once more
			err = w.act(ctx, act)
		}
		if err == nil {
			r.actions.Add(1)
		}
		return err
	})
}

// View runs f with the lab while nothing else touches it, or with the lab of the past that the access leads to: ErrGone
// when there is none. f must not keep it, block, or act on it.
func (r *Runner) View(ctx context.Context, a Access, f func(*lab.Lab)) error {
	if a.At != 0 {
		return r.viewPast(ctx, a, f)
	}
	return r.with(a.Key, func(w *world) error {
		if err := w.wake(ctx); err != nil {
			return err
		}
		return w.view(f)
	})
}

// Watch returns a channel of capacity one that receives when the lab's trace or state has news. A watcher that
// does not look costs nobody anything. stop must be called.
func (r *Runner) Watch(ctx context.Context, a Access) (news <-chan struct{}, stop func(), err error) {
	w, err := r.use(a.Key)
	if err != nil {
		return nil, nil, err
	}
	c, err := w.watch(ctx)
	if err != nil {
		r.release(w)
		return nil, nil, err
	}
	r.watchers.Add(1)
	return c, sync.OnceFunc(func() {
		w.unwatch(c)
		r.watchers.Add(-1)
		r.release(w)
	}), nil
}

// Nudge tells those who watch a lab that there is news, which is not in the lab.
func (r *Runner) Nudge(a Access) {
	if !r.isAwake(a.Key) {
		return // and so nobody watches it
	}
	_ = r.with(a.Key, func(w *world) error { // a runner that is closed has no watchers
		w.notify()
		return nil
	})
}

// Stats counts.
func (r *Runner) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Stats{
		Awake:    len(r.awake),
		Watchers: int(r.watchers.Load()),
		Actions:  r.actions.Load(),
		Wakes:    r.wakes.Load(),
		Broken:   r.broke.Load(),
	}
}

// Close puts all labs to sleep and closes the journal. What is under way is finished first.
func (r *Runner) Close(ctx context.Context) error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	if r.sweeper != nil {
		r.sweeper.Stop()
	}
	worlds := r.awake
	r.awake = map[string]*world{}
	r.mu.Unlock()

	for _, w := range worlds {
		w.sleep(ctx)
	}
	r.moments.tidy(0)
	if err := r.Journal.Close(); err != nil {
		return fmt.Errorf("runner: close: %w", err)
	}
	return nil
}

// with runs f with a world, locked.
func (r *Runner) with(key string, f func(*world) error) error {
	w, err := r.use(key)
	if err != nil {
		return err
	}
	defer r.release(w)
	w.mu.Lock()
	defer w.mu.Unlock()
	return f(w)
}

// use returns the world of a lab, which may be asleep yet, and keeps it in memory until release. When there are
// too many it puts to sleep those that were not used for longest.
func (r *Runner) use(key string) (*world, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		if r.closed {
			return nil, ErrClosed
		}
		if w := r.awake[key]; w != nil {
			r.take(w)
			return w, nil
		}
		if len(r.awake) < r.MaxAwake {
			break
		}
		oldest := r.unused.Front()
		if oldest == nil {
			return nil, fmt.Errorf("runner: %d labs are in use: %w", len(r.awake), ErrFull)
		}
		r.dismiss(oldest.Value.(*world))
	}
	w := &world{runner: r, key: key}
	r.awake[key] = w
	w.uses = 1
	return w, nil
}

// take adds a use. It is called with r.mu held, as are dismiss and leave.
func (r *Runner) take(w *world) {
	w.uses++
	w.taken++
	if w.idle != nil {
		r.unused.Remove(w.idle)
		w.idle = nil
	}
}

// dismiss puts an unused lab to sleep. It gives up r.mu for as long as that takes, so somebody may use the lab
// meanwhile, and wake it again: then it stays.
func (r *Runner) dismiss(w *world) {
	r.take(w)
	taken := w.taken
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	w.sleep(ctx)
	cancel()
	r.mu.Lock()
	switch w.uses--; {
	case w.uses > 0 || r.closed:
	case w.taken == taken:
		delete(r.awake, w.key)
	default:
		r.leave(w)
	}
}

// leave notes that nobody uses the lab any more.
func (r *Runner) leave(w *world) {
	w.left = time.Now()
	w.idle = r.unused.PushBack(w)
	if r.sweeper == nil {
		r.sweeper = time.AfterFunc(r.Rest, r.sweep)
	}
}

// release ends a use.
func (r *Runner) release(w *world) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w.uses--; w.uses > 0 || r.closed {
		return
	}
	if !w.known.Load() { // there is no such lab
		delete(r.awake, w.key)
		return
	}
	r.leave(w)
}

// sweep puts to sleep what has been unused for long.
func (r *Runner) sweep() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for !r.closed {
		oldest := r.unused.Front()
		if oldest == nil {
			r.sweeper = nil
			return
		}
		w := oldest.Value.(*world)
		if rest := r.Rest - time.Since(w.left); rest > 0 {
			r.sweeper.Reset(rest)
			return
		}
		r.dismiss(w)
	}
}
