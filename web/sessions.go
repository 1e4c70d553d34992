package web

import (
	"slices"
	"strconv"
	"time"

	"smtplab/sim/clock"
	"smtplab/sim/lab"
	"smtplab/sim/trace"
	"smtplab/web/ui"
)

// maxSessions is how many conversations are listed at a time.
const maxSessions = 50

// sessionsView is the list of conversations, newest first: those too that failed or carried nothing.
type sessionsView struct {
	viewQuery
	now     clock.Time
	talks   []lab.Conversation // in the order of dialling
	tallies map[uint32]*trace.Tally
	earlier bool   // there are conversations before these
	later   uint64 // before which conversation the next ones are; 0 when these are the newest
}

func (v *sessionsView) take(l *lab.Lab, sc *scene) error {
	v.now = l.Now()
	all := sc.conversations(l)
	end := len(all)
	if v.before != 0 {
		end, _ = slices.BinarySearchFunc(all, v.before, func(c lab.Conversation, n uint64) int { return int(int64(c.Conn) - int64(n)) })
		if next := end + maxSessions; next < len(all) {
			v.later = uint64(all[next].Conn)
		}
	}
	begin := max(0, end-maxSessions)
	v.talks, v.earlier = all[begin:end], begin > 0
	if v.before != 0 && end == len(all) {
		v.before = 0
	}
	v.tallies = make(map[uint32]*trace.Tally, len(v.talks))
	first, last := uint64(0), uint64(0)
	for _, c := range v.talks {
		v.tallies[c.Conn] = &trace.Tally{Proto: c.Proto}
		if first == 0 || c.First < first {
			first = c.First
		}
		last = min(max(last, c.Last), sc.last)
	}
	for e := range l.Trace().After(back(first, 1)) { // once for all: many at a time are interleaved
		if e.Seq > last {
			break
		}
		if t := v.tallies[e.Conn]; t != nil {
			t.Add(&e)
		}
	}
	return nil
}

func (v *sessionsView) draw(_ *Server, sc *scene, view *ui.View) {
	if len(v.talks) == 0 {
		view.Empty = nothingYet
		return
	}
	list := &ui.Sessions{}
	for _, c := range slices.Backward(v.talks) {
		list.Sessions = append(list.Sessions, v.session(sc, c, v.tallies[c.Conn]))
	}
	if v.earlier {
		list.Earlier = ui.Link{Text: "Show earlier conversations", URL: sc.viewURL(viewQuery{before: uint64(v.talks[0].Conn), show: v.show}, "sessions")}
	}
	if v.before != 0 {
		list.Later = ui.Link{Text: "Show later conversations", URL: sc.viewURL(viewQuery{before: v.later, show: v.show}, "sessions")}
	}
	view.Sessions = list
}

func (v *sessionsView) session(sc *scene, c lab.Conversation, t *trace.Tally) ui.Session {
	one := ui.Session{TalkHead: sc.talkHead(c, t), Opened: seconds(c.Opened), Open: c.Open, Links: sc.viewLinks(c, v.show, "")}
	one.Title = sc.hostName(c.Client) + " → " + sc.hostName(c.Server) + ":" + strconv.Itoa(int(c.ServerAddr.Port()))
	one.Figures = append(one.Figures, counted(t.Commands, "command"), replies(t.Replies))
	end := c.Closed
	if c.Open {
		end = v.now
	}
	one.Took = took(end.Sub(c.Opened))
	if t.Mails > 0 {
		one.Mails = counted(t.Mails, "mail")
	}
	for _, s := range t.Stages() {
		stage := ui.Stage{Name: s.Name, Progress: s.Progress.String()}
		if s.Progress != trace.Ahead && s.Progress != trace.Skipped {
			stage.Time = "+" + took(time.Duration(s.At-c.Opened))
		}
		if s.Done > 0 && s.Refused > 0 {
			stage.Note = strconv.Itoa(s.Done) + " ✓ " + strconv.Itoa(s.Refused) + " ✗"
		}
		one.Stages = append(one.Stages, stage)
	}
	return one
}

func replies(n int) string {
	if n == 1 {
		return "1 reply"
	}
	return strconv.Itoa(n) + " replies"
}
