package web

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"smtplab/sim/runner"
	"smtplab/web/ui"
)

// This file is about presenting: somebody shows a lab, and the pages of those who follow go to the moments that he goes
// to. It is about people in front of screens now, so nothing of it is kept: neither in the lab nor over a restart.

// presentFor is how long a presenter stays one who is not heard of. His page speaks up much more often.
const presentFor = 25 * time.Second

// presenters are those who present, by the key of the lab.
type presenters struct {
	mu    sync.Mutex
	stage map[string]*presentation
}

// presentation is what somebody shows.
type presentation struct {
	at  uint64      // the moment; 0 for now
	end *time.Timer // takes it away
}

// show notes what is presented in a lab, and has over called when it ends by itself. It reports whether that is news.
func (p *presenters) show(key string, at uint64, over func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if on := p.stage[key]; on != nil {
		on.end.Reset(presentFor)
		news := on.at != at
		on.at = at
		return news
	}
	if p.stage == nil {
		p.stage = map[string]*presentation{}
	}
	p.stage[key] = &presentation{at, time.AfterFunc(presentFor, func() {
		p.end(key)
		over()
	})}
	return true
}

// end ends what is presented in a lab, and reports whether something was.
func (p *presenters) end(key string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	on := p.stage[key]
	if on != nil {
		on.end.Stop()
		delete(p.stage, key)
	}
	return on != nil
}

// wire is what watchers of a lab are told of it.
func (p *presenters) wire(key string) ui.Wire {
	p.mu.Lock()
	defer p.mu.Unlock()
	on := p.stage[key]
	if on == nil {
		return ui.Wire{Kind: ui.WirePresent}
	}
	return ui.Wire{Kind: ui.WirePresent, Up: true, Seq: on.at}
}

// present says where the presenter is: POST /labs/{lab}/present with at=SEQ, 0 for now; or do=end.
func (s *Server) present(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r, fields{"at": oneLine, "do": oneLine})
	if err != nil {
		return err
	}
	a := accessOf(r)
	nudge := func() { s.labs.Nudge(a) }
	news := false
	if f.values["do"] == "end" {
		news = s.presenters.end(a.Key)
	} else {
		at, err := strconv.ParseUint(orElse(f.values["at"], "0"), 10, 64)
		if err != nil {
			return &refusal{kind: badField, field: "at", text: "“at” must be the number of an event, or 0 for now."}
		}
		news = s.presenters.show(a.Key, at, nudge)
	}
	if news {
		nudge()
	}
	return acted(w, r, labURL(a))
}

// presented is whether somebody presents in the lab that an access leads to.
func (s *Server) presented(a runner.Access) ui.Wire { return s.presenters.wire(a.Key) }
