package lab

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The limits of what people keep beside a trace.
const (
	MaxAnnotations = 200 // events with a note or a pin
	MaxNote        = 500 // characters
)

// Annotation is what people keep beside an event of the trace. It says something about the trace and is no part of it.
type Annotation struct {
	Seq     uint64 // the event
	Text    string // a note, lines separated by "\n"; "" for none
	Pinned  bool
	Version uint64 // of the annotations, when this one was last changed
}

// Annotations are all that there are, in the order of their events, and their version: how often any was changed since
// the last reset.
func (l *Lab) Annotations() ([]Annotation, uint64) { return slices.Clone(l.annotations), l.annotated }

// Annotation is that of one event; the zero Annotation when it has none.
func (l *Lab) Annotation(seq uint64) Annotation {
	if i, found := l.findAnnotation(seq); found {
		return l.annotations[i]
	}
	return Annotation{}
}

func (l *Lab) findAnnotation(seq uint64) (int, bool) {
	return slices.BinarySearchFunc(l.annotations, seq, func(a Annotation, seq uint64) int { return cmp.Compare(a.Seq, seq) })
}

// checkAnnotation says why a note or a pin cannot be kept.
func (l *Lab) checkAnnotation(a *Action) error {
	if a.N < 1 || l.log.At(uint64(a.N)).Seq == 0 {
		return mistake("", "unknown_event", "There is no event %d on the wire. After a reset the numbers go on.", a.N)
	}
	if n := utf8.RuneCountInString(noteText(a.Text)); n > MaxNote {
		return mistake("text", "too_big", "A note has at most %d characters; this one has %d.", MaxNote, n)
	}
	if _, has := l.findAnnotation(uint64(a.N)); !has && len(l.annotations) >= MaxAnnotations && a.annotates() {
		return mistake("text", "limit", "%d lines have a note or a pin, which is the limit. Take one away first.", MaxAnnotations)
	}
	return nil
}

// annotates reports whether the action adds something.
func (a *Action) annotates() bool { return a.Verb == Pin || a.Verb == Note && noteText(a.Text) != "" }

// annotate keeps what was written or pinned. What is left with neither is forgotten.
func (l *Lab) annotate(a *Action) {
	seq := uint64(a.N)
	i, has := l.findAnnotation(seq)
	kept := Annotation{Seq: seq}
	if has {
		kept = l.annotations[i]
	}
	switch a.Verb {
	case Note:
		kept.Text = noteText(a.Text)
	case Pin, Unpin:
		kept.Pinned = a.Verb == Pin
	}
	l.annotated++
	kept.Version = l.annotated
	switch something := kept.Text != "" || kept.Pinned; {
	case has && something:
		l.annotations[i] = kept
	case has:
		l.annotations = slices.Delete(l.annotations, i, i+1)
	case something:
		l.annotations = slices.Insert(l.annotations, i, kept)
	}
}

// noteText is a note as it is kept: lines that end as ours do, and nothing around them.
func noteText(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	return strings.TrimFunc(s, unicode.IsSpace)
}
