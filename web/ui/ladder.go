package ui

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"
)

// Ladder is a conversation as a sequence diagram: time runs down, each segment is an arrow from when it was sent to
// when it arrived.
type Ladder struct {
	Title   string // "PC-1 → SMTP Server, 1 message accepted"
	Client  LadderEnd
	Server  LadderEnd
	Steps   []LadderStep // in the order of the trace
	Notes   []LadderNote // likewise
	Cut     string       // "Arrows 301 to 600 of 640."; "" when all are drawn
	Earlier Link         // those before; none without a Text
	Later   Link
	FileURL string // the drawing as a file
	TextURL string // the same in words: the dialogue
}

// LadderEnd is one end of the conversation.
type LadderEnd struct {
	Name    string // "PC-1"
	Address string // "192.168.11.1:49152"
}

// LadderStep is a segment on its way.
type LadderStep struct {
	Seq        uint64 // of the segment's event, which places it among what happened at the same time
	Sent       time.Duration
	Arrives    time.Duration // or would have
	FromClient bool
	Kind       string // "tcp" for a flag, "tls" for what is encrypted or sets that up, "text" for the rest
	Tone       string // of the worst code in it: "ok", "more", "temp", "err"; "" for none
	Label      string // "MAIL · RCPT · DATA"
	Secret     string // what comes behind it, if that is a password
	Lost       string // why it did not arrive; "" when it did
	Again      bool   // it was lost before
	Time       string // when it was sent, as rows show it: "0.254"
	Took       string // how long it was on its way: "2 ms"
	URL        string // what explains it; "" in a file
}

// LadderNote is something that happened and that nobody sent: a stored mail, a cut link, the end.
type LadderNote struct {
	Seq  uint64
	At   time.Duration
	Text string
	Tone string // "good", "bad" or ""
}

// The measures of the drawing, in its own units.
const (
	ladderWidth  = 560
	ladderClient = 78 // x of the lifelines
	ladderServer = ladderWidth - ladderClient

	ladderSlope   = 36 // how far down the first arrow goes
	ladderLongest = 90 // what would take more room is shortened, and marked
	ladderShort   = 60 // to this

	sendGap   = 20 // between two arrows that one end sends: their words need it
	arriveGap = 8  // between two arrivals at one end
	answerGap = 14 // from an arrival to the answer
	crossGap  = 6  // from a start to an arrival
	noteGap   = 20 // around a note
)

// ladderPlan is where everything in a drawing is.
type ladderPlan struct {
	Height int
	Arrows []rung
	Notes  []placedNote
	Gaps   []placedNote
}

// rung is a step that has its place.
type rung struct {
	LadderStep
	Y0, Y1 int
}

// placedNote is a text across both lifelines.
type placedNote struct {
	Y          int
	Text, Tone string
}

// arrival is an end that is still to be placed.
type arrival struct {
	at    time.Duration
	arrow int
}

// layLadder places a ladder's arrows. Where one is drawn depends on what happened before it only, so a drawing to which
// something is added keeps its upper part.
func layLadder(l Ladder) ladderPlan {
	p := &plotter{scale: ladderScale(l.Steps)}
	p.plan.Arrows = make([]rung, len(l.Steps))
	notes := l.Notes
	for i, s := range l.Steps {
		for len(notes) > 0 && notes[0].Seq < s.Seq {
			p.note(notes[0])
			notes = notes[1:]
		}
		p.start(i, s)
	}
	for _, n := range notes {
		p.note(n)
	}
	p.arriveUntil(math.MaxInt64)
	p.plan.Height = p.y + 2*noteGap
	return p.plan
}

// ladderScale is how much of the drawing a nanosecond takes: so much that the first latency, which is that of a SYN in a
// ladder that begins at its beginning, makes the usual slope.
func ladderScale(steps []LadderStep) float64 {
	for _, s := range steps {
		if d := s.Arrives - s.Sent; d > 0 {
			return ladderSlope / float64(d)
		}
	}
	return ladderSlope / float64(time.Millisecond)
}

// plotter goes down a drawing from one moment to the next.
type plotter struct {
	plan    ladderPlan
	scale   float64
	begun   bool
	at      time.Duration // the moment at y
	y       int
	pending []arrival // soonest first
	started [2]int    // y of the last start at each end, from its side; 0 for none
	arrived [2]int    // likewise of arrivals
}

func sideOf(client bool) int {
	if client {
		return 0
	}
	return 1
}

// start places the beginning of an arrow.
func (p *plotter) start(i int, s LadderStep) {
	p.arriveUntil(s.Sent)
	p.goTo(s.Sent)
	side := sideOf(s.FromClient)
	p.below(p.started[side], sendGap)
	p.below(p.arrived[side], answerGap)
	p.started[side] = p.y
	p.plan.Arrows[i] = rung{LadderStep: s, Y0: p.y}
	end := arrival{max(s.Arrives, s.Sent), i}
	at, _ := slices.BinarySearchFunc(p.pending, end, func(a, b arrival) int {
		if a.at <= b.at {
			return -1
		}
		return 1
	})
	p.pending = slices.Insert(p.pending, at, end)
}

// arriveUntil places the ends of the arrows that arrive by then: what is sent at that moment may answer them.
func (p *plotter) arriveUntil(at time.Duration) {
	for len(p.pending) > 0 && p.pending[0].at <= at {
		end := p.pending[0]
		p.pending = p.pending[1:]
		p.goTo(end.at)
		arrow := &p.plan.Arrows[end.arrow]
		side := sideOf(!arrow.FromClient)
		if arrow.Lost == "" {
			p.below(p.arrived[side], arriveGap)
			if p.started[side] > arrow.Y0 { // a level arrow may end where another begins
				p.below(p.started[side], crossGap)
			}
			p.arrived[side] = p.y
		}
		arrow.Y1 = p.y
	}
}

// note places a text across.
func (p *plotter) note(n LadderNote) {
	p.arriveUntil(n.At)
	p.goTo(n.At)
	p.below(max(p.started[0], p.started[1], p.arrived[0], p.arrived[1]), noteGap)
	p.plan.Notes = append(p.plan.Notes, placedNote{p.y, n.Text, n.Tone})
	mark := p.y + noteGap - answerGap
	p.arrived = [2]int{mark, mark}
}

// goTo goes down to a later moment, by a shortened way when it is far.
func (p *plotter) goTo(at time.Duration) {
	if !p.begun {
		p.begun, p.at, p.y = true, at, noteGap
		return
	}
	if at <= p.at {
		return
	}
	way := float64(at-p.at) * p.scale
	if way > ladderLongest {
		p.plan.Gaps = append(p.plan.Gaps, placedNote{Y: p.y + ladderShort/2, Text: "≈ " + about(at-p.at) + " later"})
		way = ladderShort
	}
	p.at, p.y = at, p.y+int(math.Round(way))
}

// below goes down so far that there is a gap below what is at y, if anything is.
func (p *plotter) below(y, gap int) {
	if y > 0 {
		p.y = max(p.y, y+gap)
	}
}

// about is a duration roughly, for people: "4 min", "30 ms".
func about(d time.Duration) string {
	unit, name := time.Microsecond, "µs"
	switch {
	case d >= 100*time.Hour:
		unit, name = 24*time.Hour, "d"
	case d >= 2*time.Hour:
		unit, name = time.Hour, "h"
	case d >= 2*time.Minute:
		unit, name = time.Minute, "min"
	case d >= time.Second:
		unit, name = time.Second, "s"
	case d >= time.Millisecond:
		unit, name = time.Millisecond, "ms"
	}
	return strconv.Itoa(int((d+unit/2)/unit)) + " " + name
}

// X is where the arrow begins.
func (a rung) X() int {
	if a.FromClient {
		return ladderClient
	}
	return ladderServer
}

// ToX and ToY are where it ends: halfway when it was lost.
func (a rung) ToX() int {
	switch {
	case a.Lost != "":
		return ladderWidth / 2
	case a.FromClient:
		return ladderServer
	}
	return ladderClient
}

func (a rung) ToY() int {
	if a.Lost != "" {
		return (a.Y0 + a.Y1) / 2
	}
	return a.Y1
}

// angle is how much the words lean to follow the arrow.
func (a rung) angle() float64 {
	degrees := math.Atan2(float64(a.Y1-a.Y0), ladderServer-ladderClient) * 180 / math.Pi
	if !a.FromClient {
		return -degrees
	}
	return degrees
}

// lean is the transformation of the words: they begin at the sender's end, above the line.
func (a rung) lean() string {
	return "translate(" + strconv.Itoa(a.X()) + " " + strconv.Itoa(a.Y0) + ") rotate(" + decimal(a.angle()) + ")"
}

// aim is the transformation of the head.
func (a rung) aim() string {
	turn := a.angle()
	if !a.FromClient {
		turn += 180
	}
	return "translate(" + strconv.Itoa(a.ToX()) + " " + strconv.Itoa(a.ToY()) + ") rotate(" + decimal(turn) + ")"
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// words are the arrow's, as they are read: first what is seen.
func (a rung) words(l Ladder) string {
	from, to := l.Client.Name, l.Server.Name
	if !a.FromClient {
		from, to = to, from
	}
	before, secret, after := a.seen()
	words := before + secret + after + " " + a.Time + " s, " + from + " to " + to
	if a.Lost != "" {
		return words + ", lost: " + a.Lost
	}
	return words + ", " + a.Took + " on its way"
}

// seen is what is written along the arrow, with a password in the middle, if there is one.
func (a rung) seen() (before, secret, after string) {
	before, secret = a.Label, a.Secret
	if a.Again {
		before = "again: " + before
	}
	if a.Lost != "" {
		after = " ✗ lost"
	}
	return before, secret, after
}

// colour is the arrow's in a file, which has no style sheet: that of the light theme.
func (a rung) colour() string {
	switch {
	case a.Lost != "":
		return inkErr
	case a.Kind == "tcp":
		return inkSoft
	case a.FromClient:
		return inkClient
	}
	return inkServer
}

// textColour is that of its words.
func (a rung) textColour() string {
	switch {
	case a.Tone == "err" || a.Lost != "":
		return inkErr
	case a.Tone == "temp":
		return inkTemp
	}
	return a.colour()
}

// The colours of the light theme, for drawings that stand alone.
const (
	inkText   = "#1d2430"
	inkSoft   = "#565f6e"
	inkLine   = "#d3cfc3"
	inkPaper  = "#ffffff"
	inkClient = "#2f4fd0"
	inkServer = "#0a6f50"
	inkErr    = "#b81f35"
	inkTemp   = "#b04806"
)

// noteColour is that of a note in a file.
func noteColour(tone string) string {
	switch tone {
	case "good":
		return inkServer
	case "bad":
		return inkErr
	}
	return inkSoft
}

// dashes tell what is encrypted by more than its colour.
func dashes(a rung) templ.Attributes {
	if a.Kind == "tls" {
		return templ.Attributes{"stroke-dasharray": "7 3"}
	}
	return nil
}

// padlock is drawn before the words of what TLS protects or sets up.
func padlock(a rung) string {
	x := "12"
	if !a.FromClient {
		x = "-20"
	}
	return "M" + x + "-10h1v-1a3 3 0 0 1 6 0v1h1v6h-8zm2.4 0h3.2v-1a1.6 1.6 0 0 0-3.2 0z"
}

// labelX is where the words begin or, at the server, end.
func labelX(a rung) int {
	x := 12
	if a.Kind == "tls" {
		x += 12
	}
	if !a.FromClient {
		x = -x
	}
	return x
}

func timeX(a rung) int {
	if a.FromClient {
		return ladderClient - 8
	}
	return ladderServer + 8
}

func anchor(start bool) string {
	if start {
		return "start"
	}
	return "end"
}

// inXML takes out the characters that no XML may hold. Visible has shown those that can be.
func inXML(r rune) rune {
	if r == '\uFFFE' || r == '\uFFFF' {
		return '\uFFFD'
	}
	return r
}
