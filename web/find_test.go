package web

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
	"smtplab/web/ui"
)

// drawn are the numbers of the rows of a page.
func (p page) drawn() []uint64 {
	var seqs []uint64
	for li := range elements(p.doc, "li") {
		if n, err := strconv.ParseUint(attr(li, "data-seq"), 10, 64); err == nil {
			seqs = append(seqs, n)
		}
	}
	slices.Sort(seqs)
	return seqs
}

func queryURL(base, q string, more ...string) string {
	form := url.Values{"q": {q}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return base + "?" + form.Encode()
}

// those are the events of a lab of which f is true.
func (s *site) those(t testing.TB, id string, f func(trace.Event) bool) (seqs []uint64) {
	t.Helper()
	a, err := s.runner.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	s.view(t, a, func(l *lab.Lab) {
		for e := range l.Trace().After(0) {
			if f(e) {
				seqs = append(seqs, e.Seq)
			}
		}
	})
	return seqs
}

// The page has the matches that the filters show, counts the others, and leads back through all that there are.
func TestFilteredPage(t *testing.T) {
	was := atOnce
	atOnce = 97 // so that it takes many looks
	defer func() { atOnce = was }()
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	for lastEvent(t, s, a.ID) < 6*pageRows {
		s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com, nobody@email.com", Subject: "sifted"})
	}
	shown := s.those(t, a.ID, func(e trace.Event) bool { return ui.ParseShow(nil).Shows(e.Kind.String(), e.Proto.String()) })
	want := s.those(t, a.ID, func(e trace.Event) bool { return e.Verb == "RCPT" && e.Code == 550 })
	p := v.get(queryURL(labURL(a), "verb:rcpt code:5xx")).wants(t, 200, fmt.Sprintf("%d of %d lines", len(want), len(shown)))
	if got := p.drawn(); !slices.Equal(got, want) {
		t.Errorf("rows %v, want %v", got, want)
	}
	segments := s.those(t, a.ID, func(e trace.Event) bool { return e.Kind == trace.Segment })
	v.get(queryURL(labURL(a), "kind:segment")).wants(t, 200, fmt.Sprintf("0 of %d lines, %d more hidden", len(shown), len(segments)))

	// Earlier ones are behind the link, page by page, each once.
	var all []uint64
	pages := 0
	p = v.get(queryURL(labURL(a), "kind:segment", "show", "smtp tcp")).wants(t, 200)
	for ; ; pages++ {
		all = append(all, p.drawn()...)
		if n := len(p.drawn()); n > pageRows {
			t.Errorf("%d rows at once", n)
		}
		earlier := ""
		for link := range elements(p.doc, "a") {
			if strings.Contains(attr(link, "href"), "/wire?before=") {
				earlier = attr(link, "href")
			}
		}
		if earlier == "" {
			break
		}
		p = v.get(earlier).wants(t, 200)
	}
	slices.Sort(all)
	if !slices.Equal(all, segments) || pages < 2 {
		t.Errorf("%d pages lead to %d segments of %d", pages+1, len(all), len(segments))
	}

	// A fragment is what is new after an event, with the counts of that stretch only.
	rows := v.get(queryURL(labURL(a)+"/wire", "code:550", "after", strconv.FormatUint(want[len(want)-3], 10)), "X-Fragment", "1").wants(t, 200, `data-matched="2"`)
	if got := rows.drawn(); !slices.Equal(got, want[len(want)-2:]) {
		t.Errorf("after that there are %v", got)
	}
	rows = v.get(queryURL(labURL(a)+"/wire", "code:550", "after", "0", "upto", strconv.FormatUint(want[1]-1, 10)), "X-Fragment", "1").wants(t, 200, `data-matched="1"`, `data-end="true"`)
	if got := rows.drawn(); !slices.Equal(got, want[:1]) {
		t.Errorf("up to there there are %v", got)
	}
	v.get(labURL(a)+"/wire", "X-Fragment", "1").wants(t, 400)
	v.get(labURL(a)+"/wire?after=x").wants(t, 400)
}

// A query that makes no sense is answered on the page, with everything shown and what was typed.
func TestMistakenQuery(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com"})
	p := v.get(queryURL(labURL(a), `code:"><script>`)).wants(t, 422, "is no reply code", "EHLO")
	for script := range elements(p.doc, "script") {
		if !strings.HasPrefix(attr(script, "src"), "/static/") {
			t.Error("what was typed has become a script")
		}
	}
	for input := range elements(p.doc, "input") {
		if attr(input, "id") == "find-text" && attr(input, "value") != `code:"><script>` {
			t.Errorf("the box says %q", attr(input, "value"))
		}
	}
	v.get(queryURL(labURL(a)+"/find", "is:odd"), "Accept", "application/json").wants(t, 422, "pinned, noted or encrypted")
	v.get(queryURL(labURL(a), strings.Repeat("x", 501))).wants(t, 422, "at most 500 characters")
	for _, name := range []string{"hit", "upto"} {
		v.get(queryURL(labURL(a), "x", name, "-1")).wants(t, 400)
	}
}

// A message in parts is drawn as what it is, also when the parts before are not there.
func TestFilteredDataKeepsItsMeaning(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: "long", Body: strings.Repeat("Header: it is not\n", 5000) + "needle: 4711"})
	chunks := s.those(t, a.ID, func(e trace.Event) bool { return e.Kind == trace.Data })
	p := s.visitor(t).get(queryURL(labURL(a), "kind:data -Subject:")).wants(t, 200)
	if got := p.drawn(); len(got) < 2 || !slices.Equal(got, chunks[1:]) {
		t.Fatalf("rows %v of %v", got, chunks)
	}
	for span := range elements(p.doc, "span") {
		if strings.Contains(attr(span, "class"), "line--header") {
			t.Fatal("a line of the body is drawn as a header field")
		}
	}
}

// From match to match, round the ends, also where the chips hide some.
func TestFind(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	for range 3 {
		s.mailed(t, a, "pc1", lab.Mail{To: "nobody@email.com"})
	}
	want := s.those(t, a.ID, func(e trace.Event) bool { return e.Code == 550 })
	find := func(more ...string) (m matchJSON) {
		t.Helper()
		p := v.get(queryURL(labURL(a)+"/find", "code:550", more...), "Accept", "application/json").wants(t, 200)
		if err := json.Unmarshal([]byte(p.body), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	num := func(n uint64) string { return strconv.FormatUint(n, 10) }
	for _, test := range []struct {
		way     string
		from    uint64
		want    int
		wrapped bool
	}{
		{"after", 0, 0, false}, {"after", want[0] - 1, 0, false}, {"after", want[0], 1, false}, {"after", want[2], 0, true}, {"after", 1 << 40, 0, true},
		{"before", want[2], 1, false}, {"before", want[2] + 1, 2, false}, {"before", want[0], 2, true}, {"before", 0, 2, true},
	} {
		if m := find(test.way, num(test.from)); m.Seq != want[test.want] || m.Number != test.want+1 || m.Of != 3 || m.Wrapped != test.wrapped {
			t.Errorf("%s %d: %+v, want match %d of %v", test.way, test.from, m, test.want+1, want)
		}
	}
	if m := find("after", "0", "from", num(want[1])); !slices.Equal(m.Hits, want[1:]) {
		t.Errorf("from the second on there are %v", m.Hits)
	}
	if m := find("after", "0", "show", "pop3"); m.Seq != 0 || m.Number != 0 || m.Of != 0 || len(m.Hits) != 0 {
		t.Errorf("of what is hidden there is %+v", m)
	}

	// A person is led to the page around it, where it is marked.
	p := v.get(queryURL(labURL(a)+"/find", "code:550", "before", "0")).wants(t, 200, "match 3 of 3")
	if !strings.HasPrefix(p.path, labURL(a)+"/wire?") {
		t.Errorf("find leads to %s", p.path)
	}
	hits := 0
	for li := range elements(p.doc, "li") {
		if strings.Contains(attr(li, "class"), "row--hit") {
			hits++
		}
	}
	if hits != 3 {
		t.Errorf("%d rows are marked", hits)
	}
	v.get(queryURL(labURL(a)+"/find", "no such word")).wants(t, 200, "0 matches")
}

// Notes are told of by their version, and fetched from where one stands.
func TestAnnotationsOfALab(t *testing.T) {
	s := newSite(t, Options{Live: quick})
	a := s.newLab(t)
	v := s.visitor(t)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com"})
	fetch := func(after int) (n ui.Annotations) {
		t.Helper()
		p := v.get(fmt.Sprintf("%s/annotations?after=%d", labURL(a), after)).wants(t, 200)
		if err := json.Unmarshal([]byte(p.body), &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := fetch(0); n.Version != 0 || n.All == nil || len(n.All)+len(n.Changed) != 0 {
		t.Errorf("a new lab has %+v", n)
	}
	note := func(seq int, fields url.Values, header ...string) page {
		t.Helper()
		return v.post(eventURL(labURL(a), uint64(seq))+"/note", fields, header...)
	}
	note(3, url.Values{"do": {"pin"}}).wants(t, 200, "mark__pin")
	note(7, url.Values{"text": {"a <b>\r\nc"}}).wants(t, 200, "a &lt;b&gt;")
	note(7, url.Values{"do": {"pin"}}, "X-Fragment", "1").wants(t, 204)
	n := fetch(1)
	if n.Version != 3 || !slices.Equal(n.All, []uint64{3, 7}) || len(n.Changed) != 1 || n.Changed[0].Seq != 7 || n.Changed[0].Text != "a <b>\nc" || !n.Changed[0].Pinned {
		t.Errorf("after version 1 there is %+v", n)
	}
	if n := fetch(99); len(n.Changed) != 2 {
		t.Errorf("who has a version that never was gets %+v", n)
	}
	e := s.watch(t, a, lastEvent(t, s, a.ID), func(ui.Envelope) bool { return true })
	if w := ofKind(e, ui.WireNotes); len(w) != 1 || w[0].N != 3 {
		t.Errorf("who begins to watch is told %+v", w)
	}
	v.get(labURL(a)).wants(t, 200, "mark__pin", "a &lt;b&gt;", `data-version="3"`)
	v.get(queryURL(labURL(a), "is:pinned")).wants(t, 200, "1 of 17 lines, 1 more hidden") // event 3 is a segment

	// What cannot be is said, with what was written.
	p := note(7, url.Values{"text": {strings.Repeat("long ", 120)}}).wants(t, 422, "at most 500 characters", "long long")
	if !strings.Contains(p.body, `aria-invalid="true"`) {
		t.Error("the field is not marked")
	}
	note(7, url.Values{"text": {"a\x00b"}}).wants(t, 422, "NUL")
	note(7, url.Values{"do": {"eat"}}).wants(t, 422)
	note(7, url.Values{}).wants(t, 422)
	note(9999, url.Values{"do": {"pin"}}).wants(t, 404, "There is no event 9999")
	v.post("/labs/"+a.ViewID+"/events/7/note", url.Values{"do": {"unpin"}}).wants(t, 403)
	watching := v.get("/labs/"+a.ViewID+"/events/7").wants(t, 200, "a &lt;b&gt;")
	for form := range elements(watching.doc, "form") {
		if strings.HasSuffix(attr(form, "action"), "/note") {
			t.Error("who may only watch is offered the form")
		}
	}
}
