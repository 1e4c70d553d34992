package ui

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

const ms = time.Millisecond

// segment is a step of a ladder: sent at a moment, under way for some time.
func segment(seq uint64, fromClient bool, at, way time.Duration) LadderStep {
	return LadderStep{
		Seq: seq, FromClient: fromClient, Sent: at, Arrives: at + way, Kind: "text", Label: "label", Time: "0.001", Took: "2 ms",
		URL: "/labs/x7/events/" + itoa(seq),
	}
}

// talk is a ladder of steps that answer each other, each when the one before has arrived.
func talk(n int, way time.Duration) Ladder {
	l := Ladder{Title: "a talk", Client: LadderEnd{"PC-1", "192.168.11.1:49152"}, Server: LadderEnd{"SMTP Server", "192.168.11.4:25"}}
	for i := range n {
		l.Steps = append(l.Steps, segment(uint64(i+1), i%2 == 0, time.Duration(i)*way, way))
	}
	return l
}

// Time runs down: nothing arrives above where it was sent, and at each end things come in their order.
func TestLadderRunsDown(t *testing.T) {
	for name, l := range map[string]Ladder{"a talk": talk(20, 2*ms), "no latency": talk(20, 0), "crossing": crossing(), "a burst": burst()} {
		plan := layLadder(l)
		var last [2]int
		for i, a := range plan.Arrows {
			if a.Y1 < a.Y0 || a.Y0 <= 0 || a.Y1 > plan.Height {
				t.Errorf("%s: arrow %d goes from %d to %d of %d", name, i, a.Y0, a.Y1, plan.Height)
			}
			side := sideOf(a.FromClient)
			if last[side] != 0 && a.Y0 < last[side]+sendGap {
				t.Errorf("%s: arrow %d begins at %d, %d below the one before: its words do not fit", name, i, a.Y0, a.Y0-last[side])
			}
			last[side] = a.Y0
		}
	}
}

// crossing is two that speak at once.
func crossing() Ladder {
	l := talk(0, 0)
	l.Steps = []LadderStep{segment(1, true, 0, 2*ms), segment(2, false, ms, 2*ms), segment(3, true, 3*ms, 2*ms)}
	return l
}

// burst is many segments that one end sends at once, and that arrive one behind the other.
func burst() Ladder {
	l := talk(0, 0)
	for i := range 6 {
		l.Steps = append(l.Steps, segment(uint64(i+1), true, 0, 2*ms+time.Duration(i)*ms/10))
	}
	return l
}

// The slope of an arrow is its latency: twice the time is twice as far down.
func TestLadderSlopeIsLatency(t *testing.T) {
	l := talk(0, 0)
	l.Steps = []LadderStep{segment(1, true, 0, 4*ms), segment(2, false, 4*ms, 4*ms), segment(3, true, 8*ms, 8*ms), segment(4, false, 16*ms, 2*ms)}
	var got []int
	for _, a := range layLadder(l).Arrows {
		got = append(got, a.Y1-a.Y0)
	}
	if got[0] != ladderSlope || got[1] != ladderSlope || got[2] != 2*ladderSlope || got[3] != ladderSlope/2 {
		t.Errorf("4, 4, 8 and 2 ms go down by %v", got)
	}
}

// A long wait takes little room and says how long it was.
func TestLadderShortensWaits(t *testing.T) {
	for wait, words := range map[time.Duration]string{4 * time.Minute: "≈ 4 min later", 30 * time.Second: "≈ 30 s later", 45 * ms: "≈ 43 ms later", 50 * time.Hour: "≈ 50 h later"} {
		l := talk(0, 0)
		l.Steps = []LadderStep{segment(1, true, 0, 2*ms), segment(2, true, wait, 2*ms)}
		plan := layLadder(l)
		if len(plan.Gaps) != 1 || plan.Gaps[0].Text != words {
			t.Fatalf("after %v: %+v", wait, plan.Gaps)
		}
		first, second := plan.Arrows[0], plan.Arrows[1]
		if way := second.Y0 - first.Y1; way != ladderShort || plan.Gaps[0].Y <= first.Y1 || plan.Gaps[0].Y >= second.Y0 {
			t.Errorf("after %v: the gap at %d is between %d and %d", wait, plan.Gaps[0].Y, first.Y1, second.Y0)
		}
	}
	if gaps := layLadder(talk(9, 2*ms)).Gaps; len(gaps) != 0 {
		t.Errorf("without a wait: %+v", gaps)
	}
}

// A segment that is lost ends halfway, with a cross, and what comes again says so.
func TestLadderShowsLoss(t *testing.T) {
	l := talk(0, 0)
	l.Steps = []LadderStep{segment(1, true, 0, 2*ms), segment(2, true, time.Second, 2*ms)}
	l.Steps[0].Lost, l.Steps[1].Again = "the link was cut", true
	lost := layLadder(l).Arrows[0]
	if lost.ToX() != ladderWidth/2 || lost.ToY() != (lost.Y0+lost.Y1)/2 {
		t.Errorf("it ends at %d, %d", lost.ToX(), lost.ToY())
	}
	_, root := render(t, ladderView(l))
	arrows := all(root, class("ladder__arrow"))
	for i, want := range []string{"label ✗ lost 0.001 s, PC-1 to SMTP Server, lost: the link was cut", "again: label 0.001 s, PC-1 to SMTP Server, 2 ms on its way"} {
		if got := attr(arrows[i], "aria-label"); got != want {
			t.Errorf("arrow %d is read as %q", i, got)
		}
	}
}

// A drawing that grows keeps its upper part, so that it does not move under its reader.
func TestLadderGrowsDownwards(t *testing.T) {
	whole := talk(12, 2*ms)
	whole.Notes = []LadderNote{{Seq: 4, At: 6 * ms, Text: "✓ stored"}}
	long := layLadder(whole)
	whole.Steps = whole.Steps[:8]
	for i, a := range layLadder(whole).Arrows {
		if a.Y0 != long.Arrows[i].Y0 || i < 7 && a.Y1 != long.Arrows[i].Y1 {
			t.Errorf("arrow %d was at %d to %d, and is at %d to %d", i, a.Y0, a.Y1, long.Arrows[i].Y0, long.Arrows[i].Y1)
		}
	}
}

// Every arrow of a page is a link to what explains it, and its name begins with what is seen.
func TestLadderLinks(t *testing.T) {
	_, root := render(t, ladderView(talk(4, 2*ms)))
	drawing := one(t, root, tag("svg"))
	if attr(drawing, "role") != "group" || attr(drawing, "aria-label") != "Sequence diagram: a talk" {
		t.Errorf("the drawing is a %q, %q", attr(drawing, "role"), attr(drawing, "aria-label"))
	}
	links := all(drawing, tag("a"))
	for i, a := range links {
		if attr(a, "href") != "/labs/x7/events/"+itoa(uint64(i+1)) || !strings.HasPrefix(attr(a, "aria-label"), "label 0.001 s, ") {
			t.Errorf("arrow %d leads to %s as %q", i, attr(a, "href"), attr(a, "aria-label"))
		}
	}
	if len(links) != 4 {
		t.Errorf("%d links", len(links))
	}
}

// The file is XML, needs nothing from elsewhere, and does not tell the address of the lab.
func TestLadderFile(t *testing.T) {
	l := talk(4, 2*ms)
	l.Title, l.Steps[1].Label, l.Steps[2].Secret = hostile, hostile+"\uFFFE", hostile
	l.Steps[3].Kind = "tls"
	l.Notes = []LadderNote{{Seq: 9, At: time.Second, Text: hostile, Tone: "bad"}}
	var b bytes.Buffer
	if err := WriteLadder(&b, l); err != nil {
		t.Fatal(err)
	}
	texts := ""
	for d := xml.NewDecoder(&b); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if name := token.Name.Local; name == "a" || name == "script" || name == "style" || name == "image" || name == "use" {
				t.Errorf("there is a <%s>", name)
			}
			for _, a := range token.Attr {
				if a.Name.Local == "class" && strings.Contains(a.Value, "labs") || strings.Contains(a.Value, "/labs/") || strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "style" {
					t.Errorf("<%s %s=%q>", token.Name.Local, a.Name.Local, a.Value)
				}
			}
		case xml.CharData:
			texts += string(token)
		}
	}
	for _, want := range []string{"PC-1", "192.168.11.4:25", `\x1B[31m`, `\u202E`, "≈ 992 ms later"} {
		if !strings.Contains(texts, want) {
			t.Errorf("the file does not say %q:\n%s", want, texts)
		}
	}
	if strings.ContainsAny(texts, "\u202e\x1b\uFFFE") {
		t.Error("a control character came through")
	}
	if l.Steps[0].URL == "" {
		t.Error("writing the file has changed the ladder")
	}
	if err := WriteLadder(failing{}, talk(2, ms)); err == nil {
		t.Error("the writer's error is lost")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// Without browser code a ladder that is cut leads on.
func TestLadderPages(t *testing.T) {
	l := talk(2, ms)
	l.Cut, l.Earlier = "Arrows 301 to 302 of 302.", Link{"Show earlier ones", "/labs/x7?before=9"}
	_, root := render(t, ladderView(l))
	more := one(t, root, class("view__more"))
	if got := strings.Join(strings.Fields(textOf(more, nothing)), " "); got != "Arrows 301 to 302 of 302. Show earlier ones" || attr(one(t, more, tag("a")), "href") != l.Earlier.URL {
		t.Errorf("it says %q", got)
	}
}
