package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"smtplab/sim/lab"
	"smtplab/web/ui"
)

// pageRows is how many events are drawn at first, and at a time when going back.
const pageRows = 200

// lab is the page of a lab: GET /labs/{lab}.
func (s *Server) lab(w http.ResponseWriter, r *http.Request) error {
	s.remember(w, r, lastLab, accessOf(r))
	return s.labUpTo(w, r, extent{}, false)
}

// wire is other events: GET /labs/{lab}/wire?before=SEQ, the last before that one; after=SEQ, the last after it; from=SEQ,
// the first after it. n is how many at most. As a fragment it is their rows alone.
func (s *Server) wire(w http.ResponseWriter, r *http.Request) error {
	before, err := position(r, "before")
	if err != nil {
		return err
	}
	after, err := position(r, "after")
	if err != nil {
		return err
	}
	from, err := position(r, "from")
	if err != nil {
		return err
	}
	if r.URL.Query().Has("from") {
		return s.labUpTo(w, r, extent{after: from, forward: true}, true)
	}
	if before < 2 && !r.URL.Query().Has("after") {
		return &refusal{kind: badRequest, field: "before", text: "There is nothing before the first event."}
	}
	return s.labUpTo(w, r, extent{after: after, upTo: max(before, 1) - 1}, true)
}

// extent is a part of the trace: the events after one, up to another or to the newest when upTo is 0. Of more than are
// drawn at a time the last are meant, or the first.
type extent struct {
	after, upTo uint64
	forward     bool
}

// labUpTo draws the lab with a stretch of its events: with those of them that somebody looks for. As a fragment it is the
// whole, or only the rows.
func (s *Server) labUpTo(w http.ResponseWriter, r *http.Request, of extent, rowsOnly bool) error {
	f, err := lookedFor(r)
	if err != nil {
		return err
	}
	sc, box, err := s.lookFor(r, f, of)
	if err != nil {
		return err
	}
	bar, err := s.timeBar(r, sc)
	if err != nil {
		return err
	}
	trace := s.tracePanel(sc, box, f.show)
	if trace.Views, err = s.viewsOf(r, sc); err != nil {
		return err
	}
	live, era := labURL(sc.access.Now()), "?era="+strconv.FormatUint(sc.era, 10)
	page := ui.LabPage{
		Shell: s.labShell(r, "Lab "+sc.name, sc.name),
		// The newest event even when earlier ones are drawn: the page goes on with what is new, not with the gap.
		Seq: sc.last, LiveURL: live + "/live" + era, PollURL: live + "/poll" + era, CanAct: sc.access.CanAct,
		Map: sc.networkMap(), Time: bar, Present: live + "/present", Controls: sc.controls(), Trace: trace, Waiting: sc.waiting(),
	}
	s.addTask(&page, sc, sc.standing)
	if page.Task != nil && page.Task.Shown {
		if own := s.progress(w, r, sc.standing.ID)[sc.standing.ID]; own.begun() {
			page.Task.OwnURL = labURL(own.lab)
		}
	}
	fragment := ui.LabContent(page)
	if rowsOnly {
		fragment = ui.Rows(trace)
	}
	return s.render(w, r, f.status(), fragment, ui.Lab(page))
}

// back is n events before last; 0 at the beginning.
func back(last, n uint64) uint64 {
	if last < n {
		return 0
	}
	return last - n
}

func (s *Server) tracePanel(sc *scene, box ui.Find, show ui.Show) ui.Trace {
	t := ui.Trace{
		Groups: s.groups(sc), Show: show, LabURL: sc.base,
		TextURL: sc.base + "/transcript.txt", Saves: sc.saves(), SchemaURL: "/schema/transcript-1.json", VerifyURL: "/verify", OpenURL: "/open",
		Find: box, Notes: ui.Notes{URL: sc.base + "/annotations", Version: sc.noted}, Codes: s.codes(),
	}
	kept := box.Query(show)
	t.WireURL = sc.base + "/wire?" + kept
	if kept != "" {
		kept = "&" + kept
	}
	if sc.earlier {
		t.EarlierURL = sc.base + "/wire?before=" + strconv.FormatUint(sc.events[0].Seq, 10) + kept
	}
	if sc.later {
		t.LaterURL = sc.base + "/wire?from=" + strconv.FormatUint(sc.events[len(sc.events)-1].Seq, 10) + kept
	}
	return t
}

func (sc *scene) networkMap() ui.Map {
	m := ui.Map{Switch: "Switch"}
	for _, h := range sc.hosts {
		if h.Kind == lab.Switch {
			m.Switch = h.Name
			continue
		}
		m.Hosts = append(m.Hosts, ui.MapHost{
			ID: h.ID, Name: h.Name, Server: h.Kind == lab.Server, Outside: h.Kind == lab.Outside, Address: addressOf(h, sc.domain), IP: h.IP.String(),
			URL: hostURL(sc.access, h.ID), Unread: h.Unread, LinkUp: h.LinkUp, Busy: h.Busy,
		})
	}
	return m
}

// addressOf is what names a host in mail: a PC's address, a server's domain. Outside has no name: who is there is said.
func addressOf(h lab.HostView, domain string) string {
	switch h.Kind {
	case lab.Server:
		return domain
	case lab.Outside:
		return "real programs"
	}
	return h.Mailbox
}

// speeds are the steps of the slider.
var speeds = []ui.Speed{
	{Value: "0.25", Label: "1 line per 4 s"},
	{Value: "0.5", Label: "1 line per 2 s"},
	{Value: "1", Label: "1 line/s"},
	{Value: "2", Label: "2 lines/s"},
	{Value: "5", Label: "5 lines/s"},
	{Value: "20", Label: "20 lines/s"},
	{Value: maxSpeed, Label: "full speed"},
}

// maxSpeed is how forms say that the world goes as fast as it can.
const maxSpeed = "max"

func speedValue(speed float64) string {
	if speed == 0 {
		return maxSpeed
	}
	return strconv.FormatFloat(speed, 'g', -1, 64)
}

// speedsWith are the steps, and the current speed where a program set one in between.
func speedsWith(speed float64) []ui.Speed {
	value := speedValue(speed)
	at, known := len(speeds)-1, false
	for i, step := range speeds {
		if step.Value == value {
			known = true
		}
		if v, err := strconv.ParseFloat(step.Value, 64); err == nil && v > speed && i < at {
			at = i
		}
	}
	if known {
		return speeds
	}
	return slices.Insert(slices.Clone(speeds), at, ui.Speed{Value: value, Label: value + " lines/s"})
}

func (sc *scene) controls() ui.Controls {
	return ui.Controls{
		ClockURL: sc.base + "/clock", ConditionsURL: sc.base + "/conditions", ResetURL: sc.base + "/reset", UndoURL: sc.base + "/undo",
		Paused: sc.paused, Speed: speedValue(sc.speed), Speeds: speedsWith(sc.speed),
	}
}

// longWait is how far away the next event must be for its distance to be told.
const longWait = time.Second

func (sc *scene) waiting() ui.Waiting {
	w := ui.Waiting{Text: sc.wait.Text, Expects: sc.wait.Expects, Idle: sc.wait.Idle}
	if sc.wait.In >= longWait {
		w.In = span(sc.wait.In)
	}
	return w
}

// span is a duration for people, to the second: "4 min 30 s".
func span(d time.Duration) string {
	d = d.Round(time.Second)
	var words []string
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if n := d / unit.size; n > 0 {
			words = append(words, strconv.Itoa(int(n))+" "+unit.name)
			d -= n * unit.size
		}
	}
	if len(words) > 2 {
		words = words[:2] // days and hours; nobody waits for the seconds
	}
	return strings.Join(words, " ")
}
