package trace

import (
	"sort"
	"unsafe"
)

// arena holds octets for as long as the log does: many small texts share one allocation.
type arena struct{ chunks []chunk }

// chunk is the octets of an arena from a place on.
type chunk struct {
	begin  uint32
	octets []byte
}

// span is where a text is in an arena, as if all its chunks were one. Its zero value is the empty text.
type span struct{ begin, length uint32 }

// A chunk is at least twice as long as the one before, within these bounds, or as long as its one text.
const (
	minChunk = 512
	maxChunk = 4 << 10
)

func (a *arena) at(s span) []byte {
	if s.length == 0 {
		return nil
	}
	c := a.chunk(s.begin)
	from, to := s.begin-c.begin, s.begin-c.begin+s.length
	return c.octets[from:to:to]
}

// chunk is the one that holds a place. The last is asked for most: who adds a text soon wants it back.
func (a *arena) chunk(place uint32) *chunk {
	last := len(a.chunks) - 1
	if place < a.chunks[last].begin {
		last = sort.Search(last, func(i int) bool { return a.chunks[i].begin > place }) - 1
	}
	return &a.chunks[last]
}

// add holds p, or finds that it holds it already.
func (a *arena) add(p []byte) span {
	if s, ok := a.find(p); ok {
		return s
	}
	c := a.room(len(p))
	c.octets = append(c.octets, p...)
	return c.last(len(p))
}

func (a *arena) addString(p string) span {
	c := a.room(len(p))
	c.octets = append(c.octets, p...)
	return c.last(len(p))
}

// room is the chunk that n more octets go to.
func (a *arena) room(n int) *chunk {
	if len(a.chunks) == 0 {
		a.chunks = append(a.chunks, chunk{0, make([]byte, 0, max(minChunk, n))})
	}
	c := &a.chunks[len(a.chunks)-1]
	if cap(c.octets)-len(c.octets) < n {
		size := min(max(2*cap(c.octets), minChunk), maxChunk)
		a.chunks = append(a.chunks, chunk{c.end(), make([]byte, 0, max(size, n))})
		c = &a.chunks[len(a.chunks)-1]
	}
	return c
}

func (c *chunk) end() uint32 { return c.begin + uint32(len(c.octets)) }

// last is where the chunk's last n octets are.
func (c *chunk) last(n int) span { return span{c.end() - uint32(n), uint32(n)} }

// find looks for p, as memory and not as text, in the chunk that was last written to. Commands and replies are cut
// from the segment that was appended just before them, so that is where they are.
func (a *arena) find(p []byte) (span, bool) {
	if len(a.chunks) == 0 {
		return span{}, false
	}
	c := &a.chunks[len(a.chunks)-1]
	begin := uintptr(unsafe.Pointer(unsafe.SliceData(c.octets)))
	here := uintptr(unsafe.Pointer(unsafe.SliceData(p)))
	if here < begin || here+uintptr(len(p)) > begin+uintptr(len(c.octets)) {
		return span{}, false
	}
	return span{c.begin + uint32(here-begin), uint32(len(p))}, true
}
