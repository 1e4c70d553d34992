package web

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
	"smtplab/sim/trace/query"
	"smtplab/web/ui"
)

// looked is what a request looks for in the trace: "q", and of its matches those that "show" shows. With mode=find they
// are marked, and nothing is hidden.
type looked struct {
	text    string
	query   query.Query
	mistake string // what is wrong with it; then it looks for nothing
	show    ui.Show
	marks   bool
	hit     uint64 // the match that the page leads to; 0 for none
	upTo    uint64 // nothing after this is looked at; 0 for everything
	many    uint64 // how many lines are wanted at most
}

func lookedFor(r *http.Request) (looked, error) {
	form := r.URL.Query()
	f := looked{text: form.Get("q"), show: ui.ParseShow(form), marks: form.Get("mode") == "find"}
	var err error
	if f.query, err = query.Parse(f.text); err != nil {
		f.mistake = err.Error()
	}
	if f.hit, err = position(r, "hit"); err != nil {
		return f, err
	}
	if f.upTo, err = position(r, "upto"); err != nil {
		return f, err
	}
	f.many, err = position(r, "n")
	f.many = min(orElse(f.many, pageRows), pageRows)
	return f, err
}

// status is that of a page that shows what was looked for.
func (f looked) status() int {
	if f.mistake != "" {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// something reports whether it looks for anything.
func (f looked) something() bool { return f.mistake == "" && !f.query.Empty() }

// filters reports whether it hides what does not match.
func (f looked) filters() bool { return f.something() && !f.marks }

// shown reports whether an event is among the lines that people see.
func (f looked) shown(e *trace.Event) bool { return f.show.Shows(e.Kind.String(), e.Proto.String()) }

// found are the matches in a stretch of the trace.
type found struct {
	seqs    []uint64 // those that are shown
	matched int      // how many those are
	hidden  int      // matches that are not shown
	total   int      // events that are shown
	last    uint64   // the newest event of the stretch
}

// atOnce is how many events are looked at before others have their turn with the lab.
var atOnce uint64 = 20_000

// find looks through the events after `after`; through none where nothing is looked for.
func (s *Server) find(r *http.Request, f looked, after uint64) (found, error) {
	var got found
	if !f.something() {
		return got, nil
	}
	upTo := orElse(f.upTo, math.MaxUint64)
	for at, more, begun := after, true, false; more; {
		err := s.see(r, func(l *lab.Lab) {
			log := l.Trace()
			if upTo = min(upTo, orElse(accessOf(r).At, log.Last()), log.Last()); !begun {
				got.last, begun = upTo, true
			}
			beside := s.besides(l)
			at = max(at, log.First()-1) // there may have been a reset
			until := min(upTo, at+atOnce)
			for at < until {
				at++
				e := log.At(at)
				got.add(f, &e, beside)
			}
			more = at < upTo
		})
		if err != nil {
			return got, err
		}
	}
	return got, nil
}

func (g *found) add(f looked, e *trace.Event, beside query.About) {
	shown := f.shown(e)
	if shown {
		g.total++
	}
	switch {
	case !f.query.Match(e, beside):
	case shown:
		g.matched++
		g.seqs = append(g.seqs, e.Seq)
	default:
		g.hidden++
	}
}

// page is as many matches up to seq as are wanted, the newest, or else the first, and whether there are more before and
// after.
func (g *found) page(seq uint64, many int, forward bool) (seqs []uint64, earlier, later bool) {
	n, exact := slices.BinarySearch(g.seqs, seq)
	if exact {
		n++
	}
	if forward {
		n = min(n, many)
	}
	first := max(0, n-many)
	return g.seqs[first:n], first > 0, n < len(g.seqs)
}

// beside is what stands beside the events of a lab.
type beside struct {
	server *Server
	hosts  []lab.HostView
	notes  map[uint64]lab.Annotation
}

func (s *Server) besides(l *lab.Lab) beside {
	return beside{s, l.Hosts(), notesOf(l)}
}

// Gist implements query.About.
func (b beside) Gist(e *trace.Event) string { return b.server.gist(e) }

// Note implements query.About.
func (b beside) Note(seq uint64) (string, bool) {
	n := b.notes[seq]
	return n.Text, n.Pinned
}

// HostName implements query.About.
func (b beside) HostName(id string) string { return nameIn(b.hosts, id) }

// lookFor is the lab with the matches in a stretch of the trace, and the box that says so. Where nothing is looked for, or
// matches are only marked, it is all events.
func (s *Server) lookFor(r *http.Request, f looked, of extent) (*scene, ui.Find, error) {
	got, err := s.find(r, f, of.after)
	if err != nil {
		return nil, ui.Find{}, err
	}
	var sc *scene
	end := false
	err = s.see(r, func(l *lab.Lab) {
		sc = look(l, accessOf(r))
		sc.standing = s.course.judge(l, accessOf(r))
		newest := min(sc.last, orElse(f.upTo, sc.last))
		to := min(newest, orElse(of.upTo, newest))
		if !f.filters() {
			if of.forward {
				to = min(to, of.after+f.many)
			}
			sc.take(l, max(of.after, back(to, f.many)), to)
			sc.earlier = len(sc.events) > 0 && sc.events[0].Seq > sc.first
			sc.later = len(sc.events) > 0 && to < newest
			got.last, end = to, to == newest
			return
		}
		var seqs []uint64
		seqs, sc.earlier, sc.later = got.page(to, int(f.many), of.forward)
		sc.pick(l, seqs)
		sc.later = sc.later && len(sc.events) > 0
		end = to == newest && !sc.later
	})
	if err != nil {
		return nil, ui.Find{}, err
	}
	sc.mark(f, got)
	box := sc.search(f, got)
	box.End = end
	return sc, box, nil
}

// pick adds events that do not follow each other, and what there is to know of their conversations.
func (sc *scene) pick(l *lab.Lab, seqs []uint64) {
	sc.talks, sc.resumed = map[uint32]talk{}, map[uint64]talk{}
	for _, seq := range seqs {
		e := l.Trace().At(seq)
		if e.Seq == 0 {
			continue // a reset was faster
		}
		sc.events = append(sc.events, e)
		if e.Conn == 0 {
			continue
		}
		if _, known := sc.talks[e.Conn]; !known {
			sc.talks[e.Conn] = talkBefore(l, e)
		} else if e.Kind == trace.Data {
			sc.resumed[e.Seq] = talkBefore(l, e)
		}
	}
	sc.findMails(l)
}

// resume puts the conversation of an event where it stood before it, if events before it were left out.
func (sc *scene) resume(e *trace.Event) {
	if was, ok := sc.resumed[e.Seq]; ok {
		was.mails = sc.talks[e.Conn].mails
		sc.talks[e.Conn] = was
	}
}

// mark notes which of the scene's events are to be marked.
func (sc *scene) mark(f looked, got found) {
	if !f.marks {
		return
	}
	sc.hits = map[uint64]bool{}
	for i := range sc.events {
		seq := sc.events[i].Seq
		_, sc.hits[seq] = slices.BinarySearch(got.seqs, seq)
	}
}

// search is the box with what was looked for, and what was found.
func (sc *scene) search(f looked, got found) ui.Find {
	box := ui.Find{
		LabURL: sc.base, URL: sc.base + "/find", Text: f.text, Marks: f.marks, Mistake: f.mistake,
		Matched: got.matched, Total: got.total, Hidden: got.hidden, Last: got.last, At: f.hit,
	}
	if i, ok := slices.BinarySearch(got.seqs, f.hit); ok {
		box.Number = i + 1
	}
	return box
}

// match leads to the next match or the one before: GET /labs/{lab}/find?q=QUERY&show=…, with after=SEQ or before=SEQ.
// Behind the last one it goes on at the first. A program is told its number, and with from=SEQ which events from there
// on match; a person gets the page with the trace around it.
func (s *Server) match(w http.ResponseWriter, r *http.Request) error {
	after, err := position(r, "after")
	if err != nil {
		return err
	}
	before, err := position(r, "before")
	if err != nil {
		return err
	}
	from, err := position(r, "from")
	if err != nil {
		return err
	}
	f, err := lookedFor(r)
	if err != nil {
		return err
	}
	if f.mistake != "" && wantsJSON(r) {
		return &refusal{kind: badField, field: "q", text: f.mistake}
	}
	got, err := s.find(r, f, 0)
	if err != nil {
		return err
	}
	i, wrapped := got.next(after, before, r.URL.Query().Has("before"))
	if wantsJSON(r) {
		writeJSON(w, http.StatusOK, got.answer(i, wrapped, from))
		return nil
	}
	http.Redirect(w, r, f.pageOf(labURL(accessOf(r)), got, i), http.StatusSeeOther)
	return nil
}

// next is the index of the first match after `after`, or of the last one before `before`; -1 when there is none at all.
// wrapped says that it went round the end.
func (g *found) next(after, before uint64, back bool) (i int, wrapped bool) {
	if len(g.seqs) == 0 {
		return -1, false
	}
	if back {
		i, _ = slices.BinarySearch(g.seqs, before)
		if i == 0 {
			return len(g.seqs) - 1, true
		}
		return i - 1, false
	}
	i, _ = slices.BinarySearch(g.seqs, after+1)
	if i == len(g.seqs) {
		return 0, true
	}
	return i, false
}

// matchJSON is a match for programs.
type matchJSON struct {
	Seq     uint64   `json:"seq"`     // 0 when nothing matches
	Number  int      `json:"number"`  // which match it is, from 1
	Of      int      `json:"of"`      // how many there are
	Wrapped bool     `json:"wrapped"` // behind the end it went on at the beginning, or the other way round
	Last    uint64   `json:"last"`    // the newest event that was looked at
	Hits    []uint64 `json:"hits"`    // those from "from" on, the newest maxBehind of them
}

func (g *found) answer(i int, wrapped bool, from uint64) matchJSON {
	a := matchJSON{Number: i + 1, Of: g.matched, Wrapped: wrapped, Last: g.last, Hits: []uint64{}}
	if i >= 0 {
		a.Seq = g.seqs[i]
	}
	first, _ := slices.BinarySearch(g.seqs, from)
	hits := g.seqs[first:]
	a.Hits = append(a.Hits, hits[max(0, len(hits)-maxBehind):]...)
	return a
}

// pageOf is the page with match i in the middle of its rows.
func (f looked) pageOf(base string, got found, i int) string {
	form := url.Values{"q": {f.text}, "mode": {"find"}, "show": {f.show.String()}}
	if i < 0 {
		return base + "?" + form.Encode()
	}
	seq := got.seqs[i]
	form.Set("hit", strconv.FormatUint(seq, 10))
	form.Set("before", strconv.FormatUint(max(seq+pageRows/2, 2), 10))
	return base + "/wire?" + form.Encode() + "#e" + strconv.FormatUint(seq, 10)
}
