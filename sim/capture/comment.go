package capture

import (
	"fmt"
	"iter"
	"strconv"
	"strings"

	"smtplab/sim/explain"
	"smtplab/sim/trace"
	"smtplab/sim/trace/packet"
)

// Explained are the frames, and what each means.
func (c *Capture) Explained(book *explain.Book) iter.Seq2[*packet.Frame, string] {
	return func(yield func(*packet.Frame, string) bool) {
		x := explainer{book: book, events: make(map[uint64]*trace.Event, len(c.Events)), places: map[uint64]int{}}
		for i := range c.Events {
			x.events[c.Events[i].Seq] = &c.Events[i]
		}
		frames := c.Frames()
		for i := range frames {
			f := &frames[i]
			x.places[f.Event] = i + 1
			if !yield(f, x.comment(f)) {
				return
			}
		}
	}
}

// explainer words the comments.
type explainer struct {
	book   *explain.Book
	events map[uint64]*trace.Event
	places map[uint64]int // the numbers of frames, by their segments
}

// comment says what a frame is for, in a line for each thing that it carries. "" is for what needs no words.
func (x *explainer) comment(f *packet.Frame) string {
	var lines []string
	add := func(line string) {
		if len(lines) == 0 || lines[len(lines)-1] != line { // the records of TLS may carry a message in many parts
			lines = append(lines, line)
		}
	}
	switch {
	case f.Acks != 0:
	case f.Repeats != 0:
		add(fmt.Sprintf("Frame %d is sent again.", x.places[f.Repeats]))
	case len(f.Completes) > 0:
		for _, seq := range f.Completes {
			add(x.about(x.events[seq]))
		}
	default:
		add(x.about(x.events[f.Event]))
	}
	if f.Lost != "" {
		add("It did not arrive: " + f.Lost + ".")
	}
	return strings.Join(lines, "\n")
}

// about is an event in a sentence: "550: There is no such mailbox here."
func (x *explainer) about(e *trace.Event) string {
	title := x.book.Event(*e).Title
	if e.Kind == trace.Reply {
		return answer(e) + ": " + title
	}
	return title
}

// answer is how a reply begins.
func answer(e *trace.Event) string {
	switch {
	case e.Proto == trace.SMTP:
		return strconv.Itoa(e.Code)
	case e.Code > 0:
		return "+OK"
	case e.Code < 0:
		return "-ERR"
	}
	return "+"
}
