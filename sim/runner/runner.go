// Package runner keeps the labs that are awake: it applies people's actions to them, lets them run at the pace
// that people watch, tells watchers that there is news, and puts labs that nobody uses to sleep, to be woken
// by replaying their journal.
package runner

import (
	"context"
	"errors"

	"smtplab/sim/lab"
)

// ErrNotFound says that there is no such lab, or not for the bearer of that id: the two are not told apart.
var ErrNotFound = errors.New("runner: no such lab")

// Access is what a link to a lab allows.
type Access struct {
	ID     string // as it stands in the URL
	Key    string // which lab it is
	CanAct bool   // false for a view-only link
	ViewID string // the id of the view-only link to the same lab
}

// Runner keeps labs. It is safe for concurrent use.
type Runner struct{}

// Create makes a lab and returns the editing access to it.
func (r *Runner) Create(ctx context.Context, spec lab.Spec) (Access, error) { panic("todo") }

// Open resolves an id from a URL: an editing id, a view-only id, or "demo". ErrNotFound for any other.
func (r *Runner) Open(ctx context.Context, id string) (Access, error) { panic("todo") }

// Act does an action in a lab: validated, journalled, applied. A *lab.Mistake is the person's; any other error
// is a fault of ours.
func (r *Runner) Act(ctx context.Context, a Access, act lab.Action) error { panic("todo") }

// View runs f with the lab while nothing else touches it. f must not keep it, block, or act on it.
func (r *Runner) View(ctx context.Context, a Access, f func(*lab.Lab)) error { panic("todo") }

// Watch returns a channel of capacity one that receives when the lab's trace or state has news. A watcher that
// does not look costs nobody anything. stop must be called.
func (r *Runner) Watch(ctx context.Context, a Access) (news <-chan struct{}, stop func(), err error) {
	panic("todo")
}
