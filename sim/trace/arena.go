package trace

import "unsafe"

// arena holds octets for as long as the log does: many small texts share one allocation.
type arena struct{ chunks [][]byte }

// span is where a text is in an arena. Its zero value is the empty text.
type span struct {
	chunk  uint32
	offset uint32
	length uint32
}

// A chunk is at least twice as long as the one before, within these bounds, or as long as its one text.
const (
	minChunk = 512
	maxChunk = 8 << 10
)

func (a *arena) at(s span) []byte {
	if s.length == 0 {
		return nil
	}
	end := s.offset + s.length
	return a.chunks[s.chunk][s.offset:end:end]
}

// add holds p, or finds that it holds it already.
func (a *arena) add(p []byte) span {
	if s, ok := a.find(p); ok {
		return s
	}
	s := a.room(len(p))
	a.chunks[s.chunk] = append(a.chunks[s.chunk], p...)
	return s
}

func (a *arena) addString(p string) span {
	s := a.room(len(p))
	a.chunks[s.chunk] = append(a.chunks[s.chunk], p...)
	return s
}

// room is where n more octets go.
func (a *arena) room(n int) span {
	last := len(a.chunks) - 1
	if last < 0 || cap(a.chunks[last])-len(a.chunks[last]) < n {
		size := minChunk
		if last >= 0 {
			size = min(max(2*cap(a.chunks[last]), minChunk), maxChunk)
		}
		a.chunks = append(a.chunks, make([]byte, 0, max(size, n)))
		last++
	}
	return span{uint32(last), uint32(len(a.chunks[last])), uint32(n)}
}

// find looks for p, as memory and not as text, in the chunk that was last written to. Commands and replies are cut
// from the segment that was appended just before them, so that is where they are.
func (a *arena) find(p []byte) (span, bool) {
	last := len(a.chunks) - 1
	if last < 0 {
		return span{}, false
	}
	chunk := a.chunks[last]
	begin := uintptr(unsafe.Pointer(unsafe.SliceData(chunk)))
	here := uintptr(unsafe.Pointer(unsafe.SliceData(p)))
	if here < begin || here+uintptr(len(p)) > begin+uintptr(len(chunk)) {
		return span{}, false
	}
	return span{uint32(last), uint32(here - begin), uint32(len(p))}, true
}
