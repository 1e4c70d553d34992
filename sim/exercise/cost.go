package exercise

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"smtplab/sim/clock"
	"smtplab/sim/trace"
)

// cost is what a conversation has cost so far.
type cost struct {
	tally       *trace.Tally // octets and round trips, as they are told beside the trace; nil before the first event
	begin, end  clock.Time
	message     int // octets of messages
	ahead       int // the most commands that waited for replies at a time
	outstanding int
	dot         uint64 // the last part of a message that DATA began: what it is answered with answers no command
	client      string
	early       early
}

// whats are what can be measured of a conversation.
var whats = []string{"message octets", "early octets", "octets", "round trips", "commands ahead", "seconds"}

// costs are the kinds of event that a cost is counted from.
var costs = trace.Of(trace.Open, trace.Segment, trace.Command, trace.Response, trace.Data, trace.Reply, trace.Close)

func (c *cost) count(e *trace.Event) {
	if c.tally == nil {
		c.tally, c.begin, c.client = new(trace.Tally), e.At, e.From
	}
	c.end = e.At
	c.tally.Add(e)
	c.early.count(e, c.client)
	switch e.Kind {
	case trace.Command, trace.Response:
		c.outstanding++
		c.ahead = max(c.ahead, c.outstanding)
	case trace.Data:
		if ofMessage(e) {
			c.message += len(e.Raw)
		}
		if e.Re == 0 {
			c.dot = e.Seq
		}
	case trace.Reply:
		if e.Re != 0 && e.Re != c.dot {
			c.outstanding--
		}
	}
}

// restart forgets the messages of before: another mail begins.
func (c *cost) restart() { c.message, c.early.octets = 0, 0 }

// of is one of whats.
func (c *cost) of(what string) float64 {
	switch what {
	case "octets":
		return float64(c.tally.Sent + c.tally.Received)
	case "early octets":
		return float64(c.early.octets)
	case "message octets":
		return float64(c.message)
	case "round trips":
		return float64(c.tally.Trips)
	case "commands ahead":
		return float64(c.ahead)
	}
	return time.Duration(c.end - c.begin).Seconds()
}

// limit is a bound on what a conversation cost by the time at which all was said.
type limit struct {
	what string
	amount
}

// exceeded says which limit was, or "".
func (d *dialogue) exceeded(c *cost) string {
	for _, l := range d.limits {
		if n := c.of(l.what); !l.has(n) {
			return fmt.Sprintf("%s, and %s is needed", took(n, l.what), l.amount)
		}
	}
	return ""
}

// took says what a conversation cost: it took 2 round trips.
func took(n float64, what string) string {
	words := "it took %s"
	switch what {
	case "message octets":
		what, words = "octets", "the message had %s"
	case "early octets":
		what, words = "octets", "%s of the message left before the server had asked for it"
	case "commands ahead":
		what, words = "commands", "the client was %s ahead of the answers"
	}
	if n == 1 {
		what = strings.TrimSuffix(what, "s")
	}
	return fmt.Sprintf(words, number(n)+" "+what)
}

func number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
