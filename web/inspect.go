package web

import (
	"fmt"
	"math"
	"net/http"
	"strconv"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
	"smtplab/web/ui"
)

// event explains one event: GET /labs/{lab}/events/{seq}. As a fragment it is the card alone.
func (s *Server) event(w http.ResponseWriter, r *http.Request) error {
	seq, err := number(r, "seq")
	if err != nil {
		return err
	}
	return s.explained(w, r, uint64(seq), http.StatusOK, ui.Annotate{})
}

// explained is the explanation of event seq, with the form for a note as it was sent.
func (s *Server) explained(w http.ResponseWriter, r *http.Request, seq uint64, status int, sent ui.Annotate) error {
	var sc *scene
	var about surroundings
	err := s.see(r, func(l *lab.Lab) {
		sc = look(l, accessOf(r))
		if e := l.Trace().At(seq); e.Seq != 0 {
			sc.take(l, e.Seq-1, e.Seq)
			about = surroundingsOf(l, e)
		}
	})
	if err != nil {
		return err
	}
	if len(sc.events) == 0 {
		return nothingHere
	}
	card := s.explanation(sc, sc.events[0], about)
	sent.Conn = sc.events[0].Conn
	card.Annotate = sc.annotateForm(seq, sent)
	groups := s.groups(sc)
	return s.render(w, r, status, ui.Explain(card), ui.EventPage(ui.EventWindow{
		Shell: s.labShell(r, card.Title, sc.name), Group: groups[0], Explain: card,
		BackURL: fmt.Sprintf("%s#e%d", sc.base, seq),
	}))
}

// maxTalk is how many events of a conversation its page draws; all of them are in its transcript.
const maxTalk = 2000

// conversation is one conversation, whole: GET /labs/{lab}/conversations/{conn}.
func (s *Server) conversation(w http.ResponseWriter, r *http.Request) error {
	n, err := number(r, "conn")
	if err != nil || n > math.MaxUint32 {
		return nothingHere
	}
	conn := uint32(n)
	var sc *scene
	var c lab.Conversation
	var tally trace.Tally
	ok := false
	err = s.see(r, func(l *lab.Lab) {
		sc = look(l, accessOf(r))
		if c, ok = l.Conversation(conn); ok {
			sc.takeTalk(l, c)
			tally = tallyOf(l, sc, c)
		}
	})
	if err != nil {
		return err
	}
	if !ok {
		return nothingHere
	}
	win := ui.ConversationWindow{Shell: s.labShell(r, "Conversation "+strconv.Itoa(n), sc.name), Group: sc.heading(conn), BackURL: sc.base}
	if groups := s.groups(sc); len(groups) > 0 {
		win.Group = groups[0]
	}
	win.Group.Figures = sc.talkHead(c, &tally).Figures
	for _, link := range sc.viewLinks(c, "", "") {
		if link.As == ui.ToView {
			win.Links = append(win.Links, link)
		}
	}
	page := ui.ConversationPage(win)
	return s.page(w, r, page, page)
}

// takeTalk adds the events of one conversation.
func (sc *scene) takeTalk(l *lab.Lab, c lab.Conversation) {
	sc.talks = map[uint32]talk{c.Conn: {Conversation: c}}
	for e := range l.Trace().After(back(c.First, 1)) {
		if e.Seq > c.Last || len(sc.events) == maxTalk {
			break
		}
		if e.Conn == c.Conn {
			sc.events = append(sc.events, e)
		}
	}
	sc.findMails(l)
}

// surroundings is what the events around one say about it.
type surroundings struct {
	re     trace.Event // what it answers or is about; zero when there is nothing
	answer trace.Event // the reply to it; zero when there is none
	before trace.Event // what the other side said last before it; zero when there is nothing
	seq    int         // octets that its sender had sent before, and that the other side had
	ack    int
	under  trace.Event // the segment that carried it, sealed by TLS; zero when it was not
}

// maxAnswer is how far ahead the reply to a command is looked for.
const maxAnswer = 2000

func surroundingsOf(l *lab.Lab, e trace.Event) surroundings {
	var c surroundings
	log := l.Trace()
	if e.Re != 0 {
		c.re = log.At(e.Re)
	}
	if e.Secure {
		c.under = segmentUnder(l, e)
	}
	if e.Kind == trace.Command || e.Kind == trace.Response || e.Kind == trace.Data {
		for next := range log.After(e.Seq) {
			if next.Kind == trace.Reply && next.Re == e.Seq {
				c.answer = next
				break
			}
			if next.Seq > e.Seq+maxAnswer {
				break
			}
		}
	}
	talk, ok := l.Conversation(e.Conn)
	if !ok || !e.Line() {
		return c
	}
	for was := range log.After(back(talk.First, 1)) {
		switch {
		case was.Seq >= e.Seq:
			return c
		case was.Conn != e.Conn || !was.Line():
		case was.From == e.From:
			c.seq += len(was.Raw)
		default:
			c.before = was
			c.ack += len(was.Raw)
		}
	}
	return c
}

// segmentUnder is the segment by which the sender of an event said it inside TLS: the last one before, since what TLS
// carries is told when its record is whole.
func segmentUnder(l *lab.Lab, e trace.Event) trace.Event {
	talk, _ := l.Conversation(e.Conn)
	for seq := e.Seq - 1; seq >= talk.First && seq > 0; seq-- {
		if was := l.Trace().At(seq); was.Kind == trace.Segment && was.Conn == e.Conn && was.From == e.From && len(was.Raw) > 0 {
			return was
		}
	}
	return trace.Event{}
}

// onWire says what an event was for the network: "26 bytes · TCP seq 47 · ack 131". The numbers are relative, as
// analysers show them: the SYN has number 0, so the first octet has number 1.
func onWire(e trace.Event, c surroundings) string {
	switch {
	case len(e.Raw) == 0 && e.Secure:
		return "Inside TLS: the wire carried ciphertext."
	case len(e.Raw) == 0:
		return ""
	}
	words := fmt.Sprintf("%d bytes", len(e.Raw))
	switch {
	case e.Secure:
		return words + " inside TLS. The wire carried ciphertext: who listens on the way sees how much is said, and not what."
	case e.Line():
		words += fmt.Sprintf(" · TCP seq %d · ack %d", c.seq+1, c.ack+1)
	}
	return words
}
