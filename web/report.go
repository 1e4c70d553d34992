package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"smtplab/sim/clock"
	"smtplab/sim/lab"
	"smtplab/sim/message"
	"smtplab/sim/result"
	"smtplab/sim/trace"
	"smtplab/web/ui"
)

// How long a report may become. It says what it leaves out, and the transcript and the archive of mails leave out nothing.
const (
	reportDeeds  = 500  // things that people did
	reportTalks  = 300  // conversations
	reportLines  = 5000 // of all dialogues together: some eighty pages
	reportLetter = 120  // lines of a message in a dialogue
	reportMails  = 100
	reportFields = 60  // of a mail's header
	reportValue  = 400 // characters of a header field
)

// handIn is one look at a lab for its report.
type handIn struct {
	*scene
	spec     lab.Spec
	now      clock.Time
	talks    []lab.Conversation
	pcs      []lab.PCView
	byTalk   map[uint32][]*trace.Event
	sendings map[string][]lab.Sent // of each PC, those that no event was found for yet
}

// report is a lab's run as a page to print and to hand in: GET /labs/{lab}/report.
func (s *Server) report(w http.ResponseWriter, r *http.Request) error {
	leave, err := s.heavyWork(r)
	if err != nil {
		return err
	}
	defer leave()
	in := handIn{byTalk: map[uint32][]*trace.Event{}, sendings: map[string][]lab.Sent{}}
	err = s.see(r, func(l *lab.Lab) {
		in.scene = look(l, accessOf(r))
		in.spec, in.now, in.events, in.talks = l.Spec(), l.Now(), eventsOf(l, 0), l.Conversations()
		for _, h := range in.hosts {
			if pc, ok := l.PC(h.ID); ok {
				in.pcs = append(in.pcs, pc)
			}
		}
	})
	if err != nil {
		return err
	}
	res, err := result.Of(in.spec, in.events)
	if err != nil {
		return err
	}
	for i := range in.events {
		e := &in.events[i]
		in.byTalk[e.Conn] = append(in.byTalk[e.Conn], e)
	}
	page := ui.ReportPage{
		Shell: s.labShell(r, "Report of "+in.name, in.name), Lab: in.name, Date: time.Now().UTC().Format(dateLayout),
		Events: eventRange(res.Last, res.Events), Fingerprint: res.Trace,
		BackURL: in.base, ResultURL: in.base + "/result.json", ResultFile: resultFile(in.access, in.name),
	}
	page.Time, page.Calendar = in.span()
	in.addDeeds(&page)
	in.addTalks(&page)
	in.addMails(&page)
	c := ui.Report(page)
	return s.page(w, r, c, c)
}

// span is from when to when there are events, in the lab's time and by its calendar.
func (in *handIn) span() (labTime, calendar string) {
	from, to := in.now, in.now
	if n := len(in.events); n > 0 {
		from, to = in.events[0].At, in.events[n-1].At
	}
	day := func(t clock.Time) time.Time { return in.start.Add(time.Duration(t)).UTC() }
	begin, end := day(from).Format(dateLayout), day(to).Format(dateLayout)
	if begin != end {
		begin += " to " + end
	}
	return seconds(from) + " s to " + seconds(to) + " s", begin
}

// addDeeds adds what people did, and what they changed, in order.
func (in *handIn) addDeeds(page *ui.ReportPage) {
	for _, pc := range in.pcs {
		in.sendings[pc.ID] = pc.Sent
	}
	left := 0
	for _, e := range in.byTalk[0] {
		if e.Kind != trace.Action && e.Kind != trace.Condition && e.Kind != trace.Reset {
			continue
		}
		if len(page.Deeds) == reportDeeds {
			left++
			continue
		}
		page.Deeds = append(page.Deeds, in.deed(e))
	}
	if left > 0 {
		page.Cut = append(page.Cut, "Of what was done the first "+strconv.Itoa(reportDeeds)+" things are listed; "+strconv.Itoa(left)+" more are in the transcript.")
	}
}

func (in *handIn) deed(e *trace.Event) ui.Deed {
	d := ui.Deed{Seq: e.Seq, Time: seconds(e.At), Who: in.hostName(e.From), What: e.Note}
	// A sending is told by the time at which it was asked for: the trace says that there was one, and not of what.
	if of := in.sendings[e.From]; e.Kind == trace.Action && strings.HasPrefix(e.Note, "sends") && len(of) > 0 && of[0].At == e.At {
		m := in.sentMail(e.From, of[0])
		in.sendings[e.From] = of[1:]
		d.What += " to " + m.To + ": " + orElse(m.Subject, "(no subject)")
		d.Came = m.Outcome.Sentence
		if of[0].Conn != 0 {
			d.Came += fmt.Sprintf(" (Conversation %d)", of[0].Conn)
		}
	}
	return d
}

// addTalks adds the conversations, and their dialogues as far as there is room.
func (in *handIn) addTalks(page *ui.ReportPage) {
	room, full := reportLines, uint32(0)
	for i, c := range in.talks {
		if i == reportTalks {
			page.Cut = append(page.Cut, fmt.Sprintf("The first %d conversations are listed, of %d. All are in the transcript.", reportTalks, len(in.talks)))
			break
		}
		t := in.talk(c)
		if room > 0 {
			in.addRows(&t, c, &room)
		} else if full == 0 {
			full = c.Conn
		}
		page.Talks = append(page.Talks, t)
	}
	if full != 0 {
		page.Cut = append(page.Cut, fmt.Sprintf("The report has the first %d lines that were said: the dialogues from conversation %d on are in the transcript only.", reportLines, full))
	}
}

// talk is a conversation without its dialogue.
func (in *handIn) talk(c lab.Conversation) ui.ReportTalk {
	t := ui.ReportTalk{
		Conn: c.Conn, Client: in.hostName(c.Client), Server: in.hostName(c.Server), Proto: protoWords(c), Outcome: c.Outcome,
		Addresses: c.ClientAddr.String() + " → " + c.ServerAddr.String(), Time: seconds(c.Opened) + "–",
	}
	if !c.Open {
		t.Time += seconds(c.Closed)
	}
	for _, e := range in.byTalk[c.Conn] {
		switch {
		case e.Kind == trace.Segment && e.From == c.Client:
			t.Sent += len(e.Raw)
		case e.Kind == trace.Segment:
			t.Received += len(e.Raw)
		case e.Kind == trace.Reply && carriesMail(e):
			t.Mails++
		}
	}
	return t
}

// carriesMail reports whether with a reply a message has changed hands.
func carriesMail(e *trace.Event) bool {
	return e.Proto == trace.SMTP && e.Verb == trace.EOD && e.Code >= 200 && e.Code < 300 ||
		e.Proto == trace.POP3 && e.Verb == "RETR" && e.Code > 0
}

// addRows adds what was said, while there is room for more lines.
func (in *handIn) addRows(t *ui.ReportTalk, c lab.Conversation, room *int) {
	var letter int           // lines of the message under way
	var left int             // octets of it that are left out
	inBody, end := false, "" // for messageLines
	add := func(e *trace.Event, lines []ui.Line) {
		row := ui.ReportRow{Seq: e.Seq, Time: seconds(e.At), Secure: e.Secure, Lines: lines}
		if e.Line() {
			row.Who = map[bool]string{true: "C", false: "S"}[e.From == c.Client]
		}
		t.Rows = append(t.Rows, row)
		*room -= len(lines)
	}
	events := in.byTalk[c.Conn]
	for i, e := range events {
		if *room <= 0 {
			t.Rest = fmt.Sprintf("The report ends here; how the conversation goes on, from event %d to %d, is in the transcript.", e.Seq, events[len(events)-1].Seq)
			return
		}
		switch e.Kind {
		case trace.Segment:
		case trace.Data:
			var lines []ui.Line
			lines, inBody, end = messageLines(e.Raw, inBody, end)
			shown := min(len(lines), reportLetter-letter)
			for _, line := range lines[shown:] {
				left += len(line.Text)
			}
			if letter += shown; shown > 0 {
				add(e, lines[:shown])
			}
		case trace.Command:
			add(e, ui.CommandLines(e.Raw))
		case trace.Response:
			add(e, ui.ResponseLines(e.Raw))
		case trace.Reply:
			add(e, ui.ReplyLines(e.Raw))
		default:
			add(e, ui.NoteLines(in.happened(e)))
		}
		if left > 0 && (i+1 == len(events) || events[i+1].Kind != trace.Data && events[i+1].Kind != trace.Segment) {
			add(e, ui.NoteLines("… and "+size(int64(left))+" more of this message, which the transcript has."))
			t.Rows[len(t.Rows)-1].Who = ""
			left = 0
		}
		if e.Kind == trace.Reply {
			letter, inBody, end = 0, false, ""
		}
	}
}

// happened says what happened to a connection.
func (in *handIn) happened(e *trace.Event) string {
	switch e.Kind {
	case trace.Open:
		return "The connection stands: port " + e.Note + "."
	case trace.Close:
		return "The connection ended: " + e.Note + "."
	case trace.Lost:
		return "Lost on the way from " + in.hostName(e.From) + " to " + in.hostName(e.To) + ": " + e.Note
	case trace.Handshake:
		return "TLS, " + in.hostName(e.From) + ": " + e.Note
	case trace.Store:
		return "Stored for " + e.Note
	}
	return e.Note
}

// addMails adds the mails that were delivered and fetched, with their headers.
func (in *handIn) addMails(page *ui.ReportPage) {
	waiting, left := 0, 0
	for _, pc := range in.pcs {
		waiting += pc.Waiting
		for _, m := range pc.Inbox {
			if len(page.Mails) == reportMails {
				left++
				continue
			}
			page.Mails = append(page.Mails, reportMail(pc, m))
		}
	}
	if waiting > 0 {
		page.Waiting = countOf(waiting, "mail") + " more on the server: delivered, and not fetched by anybody yet."
	}
	if left > 0 {
		page.Cut = append(page.Cut, fmt.Sprintf("The headers of the first %d mails are shown; %d more mails are in the archive of mails.", reportMails, left))
	}
}

func reportMail(pc lab.PCView, m lab.Received) ui.ReportMail {
	v := message.Parse(m.Raw)
	mail := ui.ReportMail{
		Title: fmt.Sprintf("Mail %d of %s: %s", m.N, pc.Name, orElse(v.Get("Subject"), "(no subject)")), Size: size(int64(len(m.Raw))),
		Came: fmt.Sprintf("fetched by conversation %d", m.FetchedBy),
	}
	if m.BroughtBy != 0 {
		mail.Came = fmt.Sprintf("delivered by conversation %d, ", m.BroughtBy) + mail.Came
	}
	for i, f := range v.Fields {
		if i == reportFields {
			mail.Rest = "and " + countOf(len(v.Fields)-i, "more field")
			break
		}
		mail.Headers = append(mail.Headers, ui.Header{Name: f.Name, Value: clipped(f.Value, reportValue)})
	}
	return mail
}

// clipped is s with at most n characters of it.
func clipped(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i] + "…"
		}
	}
	return s
}
