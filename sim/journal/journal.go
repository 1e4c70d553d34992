// Package journal is a durable, ordered log for each lab: what people did there, in the order they did it.
// A lab is its journal played again, so whatever is in the journal is safe and nothing else needs to be.
//
// A record is a few octets to a few megabytes that the journal does not look into. Records have positions that
// grow, never come twice and need not be dense. A writer says after which position it writes; when somebody
// else has written meanwhile it gets ErrConflict, reads what is new, and decides again. So two nodes may hold
// the same lab and no action is lost or applied to a lab that its author did not see.
//
// There are two implementations: Memory here, and NATS JetStream in natsjournal. Package journaltest holds what
// both promise.
package journal

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// MaxRecord is the size of the largest record, in octets: a mail with 14 MiB of files, in JSON, with room to spare.
const MaxRecord = 24 << 20

// Small is the size below which a record, in octets, may use the reserve (see Room). An action without files is small.
const Small = 4 << 10

// Room is how far a record of a size may fill a journal that has a limit, all in octets. Behind the limit is a
// reserve of a tenth for small records, so that those who fill the journal with attachments do not keep everybody
// else from acting.
func Room(limit int64, size int) int64 {
	if size < Small {
		return limit + limit/10
	}
	return limit
}

// The refusals that a writer can act upon. After any other error it is not known whether the record was
// written: the writer has to read again.
var (
	ErrConflict = errors.New("journal: the log is not at the position it was expected at")
	ErrFull     = errors.New("journal: there is no room for another record")
	ErrTooBig   = fmt.Errorf("journal: the record is larger than %d octets", MaxRecord)
	ErrName     = errors.New("journal: a lab's name is 1 to 64 of a-z, 0-9 and -")
)

// Pos is the position of a record. Zero is the position before the first.
type Pos uint64

// Entry is a record and where it stands.
type Entry struct {
	Pos    Pos
	Record []byte // not to be modified
}

// Journal keeps logs. It is safe for concurrent use.
type Journal interface {
	// Append writes the record that follows the one at after, and returns its position once it is safe.
	Append(ctx context.Context, lab string, after Pos, record []byte) (Pos, error)

	// Read yields the records behind after, oldest first, and ends with those that were there when it began
	// or later. A lab without records yields none. After an error it yields no more.
	Read(ctx context.Context, lab string, after Pos) iter.Seq2[Entry, error]

	// Last is the position of the newest record, zero when there is none.
	Last(ctx context.Context, lab string) (Pos, error)

	// Restart writes the record that follows the one at after and forgets all before it. There is room for it
	// even in a journal that is full, for it gives back more than it takes.
	Restart(ctx context.Context, lab string, after Pos, record []byte) (Pos, error)

	// Delete forgets all records of the lab.
	Delete(ctx context.Context, lab string) error

	// Labs counts the labs that have records.
	Labs(ctx context.Context) (int, error)

	// Unused names the labs that were used last before a time: at most n, least recently used first. Writing a
	// record is a use; reading may be one.
	Unused(ctx context.Context, before time.Time, n int) ([]string, error)

	// Close makes everything safe and ends the journal's use.
	Close() error
}

// Packer is a Journal that can hold a log in less space while nobody uses it.
type Packer interface {
	// Pack makes the log small. It may be read and appended to afterwards as before.
	Pack(lab string)
}

// CheckName returns ErrName unless lab is fit to be a file's name and a subject's token on every system.
func CheckName(lab string) error {
	if lab == "" || len(lab) > 64 {
		return ErrName
	}
	for i := range len(lab) {
		if c := lab[i]; !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
			return ErrName
		}
	}
	return nil
}

// CheckRecord returns the refusal that every implementation gives for a lab's name or a record's size.
func CheckRecord(lab string, record []byte) error {
	if len(record) > MaxRecord {
		return ErrTooBig
	}
	return CheckName(lab)
}
