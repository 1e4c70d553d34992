package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"smtplab/sim/clock"
	"smtplab/sim/lab"
	"smtplab/sim/runner"
	"smtplab/sim/trace"
	"smtplab/web/ui"
)

// scene is one consistent look at a lab through one link: copied while nothing moved, drawn afterwards, so that
// drawing holds up nobody.
type scene struct {
	access runner.Access
	base   string // "/labs/{id}": links in it are for the holder of that link only
	name   string
	start  time.Time // of lab time
	domain string
	hosts  []lab.HostView
	first  uint64 // events held
	last   uint64
	events []trace.Event // those to be drawn, oldest first
	talks  map[uint32]talk

	earlier bool            // there are events before these
	later   bool            // and after
	resumed map[uint64]talk // before events that follow a gap
	hits    map[uint64]bool // events to be marked as found
	notes   map[uint64]lab.Annotation
	noted   uint64 // their version

	paused   bool
	speed    float64
	wait     lab.Wait
	era      uint64
	standing *standing   // of a lab's page: to its exercise; nil when it has none
	here     trace.Event // of a scene of the past: the newest event
}

// talk is a conversation that has events in the scene, and where it stood before the first of them.
type talk struct {
	lab.Conversation
	mails  []ui.Link
	verb   string // of the last reply: what data belongs to
	inData bool   // octets of the client are a message
	inBody bool   // the message's blank line has passed
	end    string // what the last part of it ended with, for messageLines
}

// look copies what the whole page shows, without events.
func look(l *lab.Lab, a runner.Access) *scene {
	_, noted := l.Annotations()
	sc := &scene{
		notes: notesOf(l), noted: noted,
		access: a, base: labURL(a), name: l.Spec().Name, start: l.Spec().Start, domain: l.Spec().Domain, hosts: l.Hosts(),
		first: l.Trace().First(), last: l.Trace().Last(),
		paused: l.Paused(), speed: l.Speed(), wait: l.Wait(), era: l.Era(),
	}
	if a.At != 0 { // the events of a moment come together, and each is one that can be looked at
		sc.last = min(sc.last, a.At)
		sc.here = l.Trace().At(sc.last)
	}
	return sc
}

// take adds the events after `after` up to `upTo`, and what there is to know of their conversations.
func (sc *scene) take(l *lab.Lab, after, upTo uint64) {
	sc.talks = map[uint32]talk{}
	for e := range l.Trace().After(after) {
		if e.Seq > upTo {
			break
		}
		sc.events = append(sc.events, e)
		if _, known := sc.talks[e.Conn]; !known && e.Conn != 0 {
			sc.talks[e.Conn] = talkBefore(l, e)
		}
	}
	sc.findMails(l)
}

// talkBefore is the conversation of e as it stood when e happened.
func talkBefore(l *lab.Lab, e trace.Event) talk {
	t := talk{}
	t.Conversation, _ = l.Conversation(e.Conn)
	log := l.Trace()
	var chunks []trace.Event // of the message under way, newest first
	for seq := e.Seq - 1; seq >= max(log.First(), t.First) && seq > 0; seq-- {
		was := log.At(seq)
		if was.Conn != e.Conn {
			continue
		}
		if was.Kind == trace.Data {
			chunks = append(chunks, was)
		}
		if was.Kind == trace.Reply {
			t.inData, t.verb = was.After == trace.InData, was.Verb
			break
		}
	}
	for i := len(chunks) - 1; i >= 0 && !t.inBody; i-- {
		_, t.inBody = ui.DataLines(chunks[i].Raw, false)
	}
	if len(chunks) > 0 {
		_, _, t.end = messageLines(chunks[0].Raw, true, "")
	}
	return t
}

// findMails links each conversation to the mails that it brought to an inbox.
func (sc *scene) findMails(l *lab.Lab) {
	if len(sc.talks) == 0 {
		return
	}
	for _, h := range sc.hosts {
		if h.Kind != lab.PC {
			continue
		}
		pc, _ := l.PC(h.ID)
		for _, m := range pc.Inbox {
			link := ui.Link{Text: "Mail " + strconv.Itoa(m.N) + " of " + h.Name, URL: mailURL(sc.access, h.ID, m.N)}
			for _, conn := range []uint32{m.BroughtBy, m.FetchedBy} {
				if t, ok := sc.talks[conn]; ok {
					t.mails = append(t.mails, link)
					sc.talks[conn] = t
				}
			}
		}
	}
}

// see runs f with the request's lab.
func (s *Server) see(r *http.Request, f func(*lab.Lab)) error {
	return s.labs.View(r.Context(), accessOf(r), f)
}

// labShell is what stands around a page of a lab.
func (s *Server) labShell(r *http.Request, title, name string) ui.Shell {
	a := accessOf(r)
	sh := s.shell(r, title)
	sh.Nav = "lab"
	sh.Lab = ui.LabBar{
		Name: name, ShareURL: labURL(a) + "/share", NoticesURL: labURL(a) + "/notices", ViewOnly: !a.Edits,
		KeysURL: labURL(a) + "/keys", EventsURL: labURL(a) + "/events/", More: theoryLinks(),
	}
	return sh
}

// hostName is a host's name for people.
func (sc *scene) hostName(id string) string { return nameIn(sc.hosts, id) }

func nameIn(hosts []lab.HostView, id string) string {
	for i := range hosts {
		if hosts[i].ID == id {
			return hosts[i].Name
		}
	}
	return id
}

// seconds is lab time as rows show it: "0.016".
func seconds(t clock.Time) string {
	return strconv.FormatFloat(time.Duration(t).Seconds(), 'f', 3, 64)
}

// size is a number of octets for people: "1.2 kB".
func size(n int64) string {
	switch {
	case n >= 1_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return strconv.FormatInt(n, 10) + " bytes"
}

// timeOfDay is an instant as a clock in the lab shows it.
func (sc *scene) timeOfDay(t clock.Time) string {
	return sc.start.Add(time.Duration(t)).UTC().Format(time.TimeOnly)
}
