package web

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"smtplab/sim/message"
	"smtplab/sim/rfc"
	"smtplab/sim/trace"
	"smtplab/web/ui"
)

// This file asks the book what things mean, and lays the answer out.

// gist is a few words on what an event means; "" for what explains itself.
func (s *Server) gist(e *trace.Event) string {
	switch e.Kind {
	case trace.Command, trace.Response, trace.Reply:
		return s.book.Event(*e).Title
	case trace.Handshake: // the row names the message already
		name, _, _ := strings.Cut(e.Note, ":")
		title := strings.TrimPrefix(s.book.Event(*e).Title, name+": ")
		if r, size := utf8.DecodeRuneInString(title); size > 0 {
			title = string(unicode.ToUpper(r)) + title[size:]
		}
		return title
	}
	return ""
}

// explanation is the card of the scene's event e.
func (s *Server) explanation(sc *scene, e trace.Event, about surroundings) ui.Explanation {
	entry := s.book.Event(behind(e, sc.talks[e.Conn].end))
	if e.Kind == trace.Response {
		entry = s.book.Response(e, about.before)
	}
	card := ui.Explanation{
		Seq: e.Seq, Title: entry.Title, Meaning: entry.Meaning, Why: entry.Why,
		Before: e.Before.String(), After: e.After.String(), OnWire: onWire(e, about),
		Refs: refLinks(entry.Refs), Related: sc.related(e, about),
	}
	switch e.Kind {
	case trace.Command, trace.Response, trace.Data:
		card.MayAnswer = entry.Next
		if about.answer.Seq != 0 { // which says it better: a pipelined command is sent before the last one's answer
			card.Before, card.After = about.answer.Before.String(), about.answer.After.String()
		}
	default:
		card.MayFollow = entry.Next
	}
	if e.Enhanced != "" {
		card.Enhanced = ui.Term{Name: e.Enhanced, Meaning: entry.Enhanced, Ref: firstRef(s.book.Enhanced(e.Enhanced).Refs)}
	}
	card.Terms = s.terms(sc, e)
	return card
}

// behind is e for the book, which does not know what came before: where the data before had no CRLF in the end, e goes on
// in its line, and a dot at the beginning ends no message.
func behind(e trace.Event, end string) trace.Event {
	if e.Kind == trace.Data && end != "" && end != "CRLF" {
		e.Raw = append([]byte("-"), e.Raw...)
	}
	return e
}

// terms are the words in an event that have a meaning of their own: those that the book finds, and the header fields of
// a message's beginning.
func (s *Server) terms(sc *scene, e trace.Event) []ui.Term {
	var terms []ui.Term
	for _, t := range s.book.Terms(e) {
		terms = append(terms, ui.Term{Name: t.Name, Meaning: t.Meaning, Ref: firstRef(t.Refs)})
	}
	if len(terms) == 0 && e.Kind == trace.Data && !sc.pastHeader(&e) {
		seen := map[string]bool{}
		for _, f := range message.Parse(e.Raw).Fields {
			if entry, ok := s.book.Header(f.Name); ok && !seen[f.Name] {
				seen[f.Name] = true
				terms = append(terms, ui.Term{Name: f.Name, Meaning: entry.Meaning, Ref: firstRef(entry.Refs)})
			}
		}
	}
	return terms
}

// keyword is a line of an EHLO reply, "SIZE 10485760", and what it means.
func (s *Server) keyword(line string) ui.Term {
	name, _, _ := strings.Cut(line, " ")
	t := ui.Term{Name: line}
	if entry, ok := s.book.Keyword(name); ok {
		t.Meaning, t.Ref = entry.Meaning, firstRef(entry.Refs)
	}
	return t
}

// header is a header field of a mail, and what it is for.
func (s *Server) header(f message.Field) ui.Header {
	h := ui.Header{Name: f.Name, Value: f.Value}
	if entry, ok := s.book.Header(f.Name); ok {
		h.Explain, h.Ref = entry.Meaning, firstRef(entry.Refs)
	}
	return h
}

// related leads from an event to what belongs to it.
func (sc *scene) related(e trace.Event, about surroundings) []ui.Link {
	var links []ui.Link
	if re := about.re; re.Seq != 0 {
		words := map[trace.Kind]string{trace.Reply: "It answers this: ", trace.Lost: "The segment that was lost: ", trace.Segment: "It was sent before: ", trace.Store: "The end of that mail: "}[e.Kind]
		links = append(links, ui.Link{Text: words + naming(re), URL: eventURL(sc.base, re.Seq)})
	}
	if a := about.answer; a.Seq != 0 {
		links = append(links, ui.Link{Text: "The answer: " + naming(a), URL: eventURL(sc.base, a.Seq)})
	}
	if under := about.under; under.Seq != 0 {
		links = append(links, ui.Link{Text: "The segment that carried it: " + octetWords(&under) + " of TLS", URL: eventURL(sc.base, under.Seq)})
	}
	links = append(links, sc.talks[e.Conn].mails...)
	if page, ok := theoryOf(e); ok {
		links = append(links, page)
	}
	return links
}

// naming is an event in a word: "RCPT", "250".
func naming(e trace.Event) string {
	switch {
	case e.Kind == trace.Reply && e.Proto == trace.SMTP:
		return strconv.Itoa(e.Code)
	case e.Kind == trace.Reply:
		return map[bool]string{true: "+OK", false: "-ERR"}[e.Code > 0]
	case e.Kind == trace.Response:
		return "the response"
	case e.Kind == trace.Command:
		return e.Verb
	}
	return "event " + strconv.FormatUint(e.Seq, 10)
}

// theoryOf is the page of theory that an event belongs to.
func theoryOf(e trace.Event) (ui.Link, bool) {
	slug := ""
	switch {
	case e.Kind == trace.Handshake || e.Verb == "AUTH" || e.Verb == "STARTTLS" || e.Verb == "STLS":
		slug = "security"
	case e.Proto == trace.POP3 || e.Kind == trace.Store:
		slug = "delivery"
	case e.Proto == trace.TCP || e.Kind == trace.Reply && e.Verb == "":
		slug = "connection"
	case e.Verb == "EHLO" || e.Verb == "HELO":
		slug = "handshake"
	case e.Proto == trace.SMTP:
		slug = "transfer"
	}
	for _, t := range ui.TheorySections() {
		if t.Slug == slug {
			return ui.Link{Text: "Theory: " + t.Title, URL: theoryURL(t)}, true
		}
	}
	return ui.Link{}, false
}

func refLinks(refs []rfc.Ref) []ui.Link {
	var links []ui.Link
	for _, ref := range refs {
		links = append(links, ui.Link{Text: ref.String(), URL: ref.URL()})
	}
	return links
}

func firstRef(refs []rfc.Ref) ui.Link {
	if len(refs) == 0 {
		return ui.Link{}
	}
	return ui.Link{Text: refs[0].String(), URL: refs[0].URL()}
}
