package journal

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"sync"
	"time"
)

var errClosed = errors.New("journal: closed")

// packLimit is the size of the largest log that Pack makes small, in octets. Larger ones hold attachments,
// which hardly shrink.
const packLimit = 256 << 10

// Limits bound what a Memory keeps. The zero value bounds nothing.
type Limits struct {
	Octets int64 // of all logs together; beyond it Append returns ErrFull, see Room
}

// Memory is a Journal that lives as long as the process. Use NewMemory.
//
// A log is one run of octets, not a slice of records: a lab that nobody uses costs little more than what people
// wrote in it.
type Memory struct {
	limits Limits

	mu     sync.Mutex
	closed bool
	last   Pos // given to any log: so that no position comes twice, not even after Delete
	octets int64
	logs   map[string]*memoryLog

	// The logs in the order of their use: oldest and newest are next to this.
	ends memoryLog
}

// memoryLog is one lab's log: packed, which is deflated, and behind it tail. Both are frames, one for each
// record: its position, its length, its octets.
type memoryLog struct {
	name         string
	packed, tail []byte
	last         Pos
	used         time.Time
	older, newer *memoryLog
}

// NewMemory returns an empty journal.
func NewMemory(limits Limits) *Memory {
	m := &Memory{limits: limits, logs: map[string]*memoryLog{}}
	m.ends.older, m.ends.newer = &m.ends, &m.ends
	return m
}

// Append implements Journal.
func (m *Memory) Append(_ context.Context, lab string, after Pos, record []byte) (Pos, error) {
	if err := CheckRecord(lab, record); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return 0, errClosed
	}
	l := m.logs[lab]
	switch {
	case l == nil && after != 0, l != nil && l.last != after:
		return 0, ErrConflict
	case m.limits.Octets > 0 && m.octets+int64(len(record)) > Room(m.limits.Octets, len(record)):
		return 0, ErrFull
	case l == nil:
		l = &memoryLog{name: lab}
		m.logs[lab] = l
	}
	return m.add(l, record), nil
}

func (m *Memory) add(l *memoryLog, record []byte) Pos {
	m.last++
	l.last = m.last
	m.resize(l, func() { l.tail = appendFrame(l.tail, l.last, record) })
	m.touch(l)
	return l.last
}

// Read implements Journal. It reads what was there when the reading began.
func (m *Memory) Read(ctx context.Context, lab string, after Pos) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		frames, err := m.frames(lab)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		for len(frames) > 0 {
			var e Entry
			e, frames = cutFrame(frames)
			if e.Pos <= after {
				continue
			}
			if err := ctx.Err(); err != nil {
				yield(Entry{}, err)
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// frames are the frames of a log, unpacked.
func (m *Memory) frames(lab string) ([]byte, error) {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return nil, errClosed
	}
	l := m.logs[lab]
	if l == nil {
		m.mu.Unlock()
		return nil, nil
	}
	m.touch(l)
	packed, tail := l.packed, l.tail
	m.mu.Unlock()
	return unpack(packed, tail), nil
}

// Last implements Journal.
func (m *Memory) Last(_ context.Context, lab string) (Pos, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return 0, errClosed
	}
	l := m.logs[lab]
	if l == nil {
		return 0, nil
	}
	m.touch(l)
	return l.last, nil
}

// Restart implements Journal.
func (m *Memory) Restart(_ context.Context, lab string, after Pos, record []byte) (Pos, error) {
	if err := CheckRecord(lab, record); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return 0, errClosed
	}
	l := m.logs[lab]
	if l == nil || l.last != after {
		return 0, ErrConflict
	}
	m.resize(l, func() { l.packed, l.tail = nil, nil })
	return m.add(l, record), nil
}

// Delete implements Journal.
func (m *Memory) Delete(_ context.Context, lab string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if l := m.logs[lab]; l != nil {
		m.remove(l)
	}
	return nil
}

// Labs implements Journal.
func (m *Memory) Labs(context.Context) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.logs), nil
}

// Unused implements Journal. Reading a log, and asking for its last position, are uses.
func (m *Memory) Unused(_ context.Context, before time.Time, n int) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var labs []string
	for l := m.ends.newer; l != &m.ends && l.used.Before(before) && len(labs) < n; l = l.newer {
		labs = append(labs, l.name)
	}
	return labs, nil
}

// Close implements Journal. What was written is gone.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	clear(m.logs)
	m.ends.older, m.ends.newer = &m.ends, &m.ends
	m.octets = 0
	return nil
}

// Pack implements Packer. The work is done outside the lock and thrown away when the log has moved on.
func (m *Memory) Pack(lab string) {
	m.mu.Lock()
	l := m.logs[lab]
	if l == nil || len(l.tail) == 0 || len(l.packed)+len(l.tail) > packLimit {
		m.mu.Unlock()
		return
	}
	packed, tail, last := l.packed, l.tail, l.last
	m.mu.Unlock()

	small := deflate(unpack(packed, tail))

	m.mu.Lock()
	defer m.mu.Unlock()
	if m.logs[lab] == l && l.last == last && len(l.tail) == len(tail) {
		m.resize(l, func() { l.packed, l.tail = small, nil })
	}
}

// resize changes a log's octets and keeps the sum right.
func (m *Memory) resize(l *memoryLog, change func()) {
	m.octets -= int64(cap(l.packed) + cap(l.tail))
	change()
	m.octets += int64(cap(l.packed) + cap(l.tail))
}

func (m *Memory) remove(l *memoryLog) {
	m.octets -= int64(cap(l.packed) + cap(l.tail))
	delete(m.logs, l.name)
	l.unlink()
}

// touch makes l the log that was used last.
func (m *Memory) touch(l *memoryLog) {
	l.used = time.Now()
	l.unlink()
	l.older, l.newer = m.ends.older, &m.ends
	l.older.newer, l.newer.older = l, l
}

func (l *memoryLog) unlink() {
	if l.older != nil {
		l.older.newer, l.newer.older = l.newer, l.older
		l.older, l.newer = nil, nil
	}
}

// longLog is how many octets a log has that is being filled by a program, line by line, and will grow on.
const longLog = 64 << 10

// appendFrame grows frames by a quarter when it must, where append would double: there are many logs, and most
// will not grow again. One that is long is doubled, or copying it would cost more than writing it.
func appendFrame(frames []byte, pos Pos, record []byte) []byte {
	need := len(frames) + 2*binary.MaxVarintLen64 + len(record)
	if need > cap(frames) {
		spare := len(frames) / 4
		if len(frames) > longLog {
			spare = len(frames)
		}
		grown := make([]byte, len(frames), need+spare)
		copy(grown, frames)
		frames = grown
	}
	frames = binary.AppendUvarint(frames, uint64(pos))
	frames = binary.AppendUvarint(frames, uint64(len(record)))
	return append(frames, record...)
}

func cutFrame(frames []byte) (Entry, []byte) {
	pos, n := binary.Uvarint(frames)
	frames = frames[n:]
	size, n := binary.Uvarint(frames)
	frames = frames[n:]
	return Entry{Pos(pos), frames[:size:size]}, frames[size:]
}

// deflaters are kept because each holds more than half a megabyte.
var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.BestCompression)
	if err != nil {
		panic(err) // the level is wrong
	}
	return w
}}

func deflate(frames []byte) []byte {
	var b bytes.Buffer
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	w.Reset(&b)
	if _, err := w.Write(frames); err != nil {
		panic(err) // a bytes.Buffer takes everything
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return bytes.Clone(b.Bytes())
}

// unpack returns the frames of both parts. The result is not to be written to.
func unpack(packed, tail []byte) []byte {
	if len(packed) == 0 {
		return tail
	}
	frames, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	if err != nil {
		panic(err) // deflate wrote it
	}
	return append(frames, tail...)
}
