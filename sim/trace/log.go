package trace

// Log is the ordered record of one lab. Events are numbered from 1 and are never removed one by one; Reset
// forgets them all but goes on counting.
type Log struct{}

// First and Last are the numbers of the oldest event held and of the newest; Last is First-1 when there is none.
func (l *Log) First() uint64 { panic("todo") }
func (l *Log) Last() uint64  { panic("todo") }

// At is event seq; the zero Event when it is not held.
func (l *Log) At(seq uint64) Event { panic("todo") }

// After yields the events with numbers greater than seq, oldest first.
func (l *Log) After(seq uint64) func(yield func(Event) bool) { panic("todo") }
