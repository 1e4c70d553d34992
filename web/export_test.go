package web

import (
	"archive/zip"
	"context"
	"crypto/ed25519"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"smtplab/sim/lab"
	"smtplab/sim/result"
	"smtplab/sim/trace"
)

// savedAs is the name under which a browser saves an answer.
func (p page) savedAs(t testing.TB) string {
	t.Helper()
	name, ok := strings.CutPrefix(p.header.Get("Content-Disposition"), `attachment; filename="`)
	if !ok {
		t.Errorf("%s is shown, not saved: %q", p.path, p.header.Get("Content-Disposition"))
	}
	return strings.TrimSuffix(name, `"`)
}

func TestTranscripts(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: "hello"})
	s.fetched(t, a, "pc2")
	for _, ending := range []string{".txt", ".json", ".csv"} {
		url := labURL(a) + "/transcript" + ending
		all := v.get(url).wants(t, 200, "EHLO", "RETR 1")
		one := v.get(url+"?conn=2").wants(t, 200, "RETR 1")
		if strings.Contains(one.body, "EHLO") || len(one.body) >= len(all.body) {
			t.Errorf("one conversation:\n%s", one.body)
		}
		if got, want := all.savedAs(t), "smtplab-amber-fox"+ending; got != want {
			t.Errorf("%s is saved as %s", all.path, got)
		}
		if got, want := one.savedAs(t), "smtplab-amber-fox-conversation-2"+ending; got != want {
			t.Errorf("%s is saved as %s", one.path, got)
		}
		for _, conn := range []string{"0", "-1", "x", "99999999999"} {
			v.get(url+"?conn="+conn).wants(t, 400)
		}
		if none := v.get(url+"?conn=77").wants(t, 200); strings.Contains(none.body, "RETR") {
			t.Errorf("of a conversation that is not there:\n%s", none.body)
		}
		if watching := v.get("/labs/"+a.ViewID+"/transcript"+ending).wants(t, 200); watching.body != all.body {
			t.Errorf("through a view-only link %s is another", ending)
		}
	}
	var data struct {
		Version int
		Name    string
		Events  []struct{ Seq uint64 }
	}
	p := v.get(labURL(a) + "/transcript.json")
	if err := json.Unmarshal([]byte(p.body), &data); err != nil || data.Version != trace.JSONVersion || data.Name != "amber-fox" || len(data.Events) != int(lastEvent(t, s, a.ID)) {
		t.Errorf("%v: version %d of %q with %d events", err, data.Version, data.Name, len(data.Events))
	}
	p = v.get(labURL(a) + "/transcript.csv")
	if rows, err := csv.NewReader(strings.NewReader(p.body)).ReadAll(); err != nil || len(rows) != len(data.Events)+1 {
		t.Errorf("%v: %d rows for %d events", err, len(rows), len(data.Events))
	}
	if got := p.header.Get("Content-Type"); got != "text/csv; charset=utf-8; header=present" {
		t.Errorf("CSV is served as %s", got)
	}
}

// Who opens a transcript in a spreadsheet does not compute what somebody wrote in a mail.
func TestFormulasInMails(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: "=1+1", Body: "=HYPERLINK(\"http://evil.example\")\n@SUM(1)\n+1\n-1\n"})
	p := s.visitor(t).get(labURL(a)+"/transcript.csv").wants(t, 200)
	rows, err := csv.NewReader(strings.NewReader(p.body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
				t.Errorf("a cell begins as a formula: %.60q", cell)
			}
		}
	}
}

// The schema is where the menu says, and is what the transcripts of these tests are checked by.
func TestSchema(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	p := v.click(v.get(labURL(a)), "/schema/transcript-1.json").wants(t, 200)
	if p.body != string(trace.Schema) || p.header.Get("Content-Type") != "application/schema+json" {
		t.Errorf("%s:\n%.200s", p.header.Get("Content-Type"), p.body)
	}
}

// Everything that the menu offers is there, also for those who may only look.
func TestSaveMenu(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com"})
	for _, id := range []string{a.ID, a.ViewID} {
		p := v.get("/labs/" + id)
		var offered []string
		for d := range elements(p.doc, "details") {
			if !strings.Contains(attr(d, "class"), "menu--save") {
				continue
			}
			for link := range elements(d, "a") {
				href := attr(link, "href")
				offered = append(offered, href)
				v.get(href).wants(t, 200)
			}
		}
		for _, want := range []string{"/transcript.txt", "/transcript.json", "/transcript.csv", "/transcript.pcapng", "/mails.zip", "/report", "/result.json"} {
			if !slices.Contains(offered, "/labs/"+id+want) {
				t.Errorf("the menu does not offer %s, but %q", want, offered)
			}
		}
		if offers := slices.Contains(offered, "/labs/"+id+"/lab.smtplab"); offers != (id == a.ID) {
			t.Errorf("through %s the lab itself is offered: %v", id, offers)
		}
		for _, want := range []string{"/schema/transcript-1.json", "/verify", "/open"} {
			if !slices.Contains(offered, want) {
				t.Errorf("the menu does not lead to %s, but to %q", want, offered)
			}
		}
	}
}

func TestMailsAsFiles(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Bcc: "pc3@email.com", Subject: "Grüße", Body: ".\nfirst\n", Files: []lab.File{{Name: "x.bin", Data: []byte{0, 0xff, '\r', '\n', '.'}}}})
	s.mailed(t, a, "pc1", lab.Mail{To: "nobody@email.com", Subject: "in vain"})
	s.fetched(t, a, "pc2")
	var received lab.Received
	var was lab.Sent
	s.view(t, a, func(l *lab.Lab) {
		received, _ = l.Inbox("pc2", 1)
		was, _ = l.Sent("pc1", 1)
	})
	for _, id := range []string{a.ID, a.ViewID} {
		for _, test := range []struct{ path, name, octets string }{
			{"/hosts/pc2/inbox/1/raw", "smtplab-amber-fox-pc2-inbox-1.eml", string(received.Raw)},
			{"/hosts/pc1/sent/1/raw", "smtplab-amber-fox-pc1-sent-1.eml", string(was.Raw)},
		} {
			p := v.get("/labs/"+id+test.path).wants(t, 200)
			if p.body != test.octets || len(p.body) < 300 {
				t.Errorf("%s: %d octets, want the %d that are stored", test.path, len(p.body), len(test.octets))
			}
			if got := p.savedAs(t); got != test.name {
				t.Errorf("%s is saved as %s", test.path, got)
			}
			if got := p.header.Get("Content-Type"); got != "message/rfc822" || p.header.Get("Content-Security-Policy") != mailPolicy {
				t.Errorf("%s is served as %s with %q", test.path, got, p.header.Get("Content-Security-Policy"))
			}
		}
	}
	if strings.Contains(string(was.Raw), "pc3@") {
		t.Error("a mail that was sent tells of its blind copies")
	}
	v.click(v.get(hostURL(a, "pc1")+"/sent"), "/sent/2/raw").wants(t, 200, "in vain")
	for _, path := range []string{"/hosts/pc1/sent/3/raw", "/hosts/pc1/sent/0/raw", "/hosts/pc1/sent/x/raw", "/hosts/pc9/sent/1/raw", "/hosts/server/sent/1/raw", "/hosts/pc2/inbox/2/raw"} {
		v.get(labURL(a)+path).wants(t, 404)
	}
}

// unzip is what is in an archive, by name.
func unzip(t *testing.T, p page) map[string]*zip.File {
	t.Helper()
	r, err := zip.NewReader(strings.NewReader(p.body), int64(len(p.body)))
	if err != nil {
		t.Fatalf("%s: %v", p.path, err)
	}
	files := map[string]*zip.File{}
	for _, f := range r.File {
		if files[f.Name] != nil {
			t.Errorf("%s is there twice", f.Name)
		}
		files[f.Name] = f
	}
	return files
}

func contents(t *testing.T, f *zip.File) string {
	t.Helper()
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("%s: %v", f.Name, err)
	}
	return string(body)
}

func TestAllMailsInOneArchive(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	if files := unzip(t, v.get(labURL(a)+"/mails.zip").wants(t, 200)); len(files) != 0 {
		t.Errorf("of a lab without mails: %d files", len(files))
	}
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com, pc3@email.com", Subject: "../../etc/passwd", Body: "one"})
	for range 3 { // together they are more than is composed at once
		s.mailed(t, a, "pc2", lab.Mail{To: "pc3@email.com", Body: "two", Files: []lab.File{{Name: "../x", Data: make([]byte, 400_000)}}})
	}
	s.fetched(t, a, "pc2")
	s.fetched(t, a, "pc3")
	p := v.get("/labs/"+a.ViewID+"/mails.zip").wants(t, 200)
	if got := p.savedAs(t); got != "smtplab-amber-fox-mails.zip" || p.header.Get("Content-Type") != "application/zip" {
		t.Errorf("saved as %s, %s", got, p.header.Get("Content-Type"))
	}
	files := unzip(t, p)
	want := map[string]string{}
	s.view(t, a, func(l *lab.Lab) {
		for _, host := range []string{"pc2", "pc3"} {
			pc, _ := l.PC(host)
			for _, m := range pc.Inbox {
				want["inbox/"+host+"/"+string(rune('0'+m.N))+".eml"] = string(m.Raw)
			}
		}
		for name, of := range map[string]struct {
			host string
			n    int
		}{"sent/pc1/1.eml": {"pc1", 1}, "sent/pc2/1.eml": {"pc2", 1}, "sent/pc2/2.eml": {"pc2", 2}, "sent/pc2/3.eml": {"pc2", 3}} {
			m, _ := l.Sent(of.host, of.n)
			want[name] = string(m.Raw)
		}
	})
	if len(files) != len(want) || len(want) != 9 {
		t.Errorf("%d files, want %d", len(files), len(want))
	}
	for name, octets := range want {
		f := files[name]
		if f == nil {
			t.Errorf("no %s", name)
			continue
		}
		if got := contents(t, f); got != octets {
			t.Errorf("%s: %d octets, want %d", name, len(got), len(octets))
		}
		m, err := mail.ReadMessage(strings.NewReader(octets))
		if err != nil {
			t.Fatal(err)
		}
		if date, err := m.Header.Date(); err != nil || !f.Modified.Equal(date) {
			t.Errorf("%s is of %v, the mail of %v", name, f.Modified, date)
		}
	}
}

// A lab that is reset while its mails are being packed has none of them any more: the archive breaks off, rather than
// be whole and lack some.
func TestResetWhileMailsArePacked(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com"})
	var all []filed
	var first uint64
	s.view(t, a, func(l *lab.Lab) { all, first = mailsOf(l), l.Trace().First() })
	r := httptest.NewRequest("GET", "/", nil)
	r = r.WithContext(context.WithValue(t.Context(), accessKey{}, a))
	if batch, err := s.web.composed(r, all, first); err != nil || len(batch) != 1 || len(batch[0]) == 0 {
		t.Errorf("before: %d mails, %v", len(batch), err)
	}
	s.act(t, a, lab.Action{Verb: lab.Reset})
	if _, err := s.web.composed(r, all, first); err == nil {
		t.Error("after the reset: no error")
	}
	s.act(t, a, lab.Action{Verb: lab.Run})
	s.mailed(t, a, "pc1", lab.Mail{To: "pc3@email.com"})
	if _, err := s.web.composed(r, all, first); err == nil {
		t.Error("another mail took its place")
	}
}

// Years that an archive cannot say do no harm.
func TestArchiveOfAnotherCentury(t *testing.T) {
	s := newSite(t, Options{})
	v := s.visitor(t)
	for _, year := range []int{2090, 2100, 2150, 9899} {
		a, err := s.runner.Create(t.Context(), lab.Default("amber-fox", 1, time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)))
		if err != nil {
			t.Fatal(err)
		}
		s.act(t, a, lab.Action{Verb: lab.Speed})
		s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com"})
		for name, f := range unzip(t, v.get(labURL(a)+"/mails.zip").wants(t, 200)) {
			if got := f.Modified.UTC().Year(); (got == year) != (year < 2100) {
				t.Errorf("%d: %s is of %d", year, name, got)
			}
			if !strings.Contains(contents(t, f), "Date: ") {
				t.Errorf("%d: %s is no mail", year, name)
			}
		}
	}
}

// In the past everything is taken home as it was then, under a name that says when.
func TestTakingHomeThePast(t *testing.T) {
	s := newSite(t, Options{Key: keyOf(1)})
	a := s.newLab(t)
	v := s.visitor(t)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: "first"})
	s.fetched(t, a, "pc2")
	last := lastEvent(t, s, a.ID)
	then := map[string]string{}
	for _, path := range []string{"/transcript.txt", "/transcript.json", "/transcript.csv", "/transcript.csv?conn=1"} {
		then[path] = v.get(labURL(a)+path).wants(t, 200).body
	}
	was := v.get(labURL(a)+"/report").wants(t, 200)
	trace := resultIn(t, v.get(labURL(a)+"/result.json").body).Trace

	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: "afterwards"})
	s.fetched(t, a, "pc2")
	base := labURL(a.AsOf(last))
	for path, want := range then {
		p := v.get(base+path).wants(t, 200)
		if p.body != want {
			t.Errorf("%s is not what it was", path)
		}
		if name := fmt.Sprintf("smtplab-amber-fox-%d", last); !strings.HasPrefix(p.savedAs(t), name) {
			t.Errorf("%s is saved as %s", path, p.savedAs(t))
		}
	}
	p := v.get(base + "/result.json")
	if r := resultIn(t, p.body); r.Last != last || r.Trace != trace || p.savedAs(t) != fmt.Sprintf("smtplab-amber-fox-%d-result.json", last) {
		t.Errorf("the result of then is %+v, saved as %s", r, p.savedAs(t))
	}
	page, _ := v.verified(file("result", p.body), file("transcript", then["/transcript.json"]))
	page.wants(t, 200, "octet for octet.")
	files := unzip(t, v.get(base+"/mails.zip"))
	if len(files) != 2 || files["inbox/pc2/1.eml"] == nil || files["sent/pc1/1.eml"] == nil {
		t.Errorf("%d mails", len(files))
	}
	v.get(base+"/hosts/pc1/sent/1/raw").wants(t, 200, "first")
	v.get(base+"/hosts/pc1/sent/2/raw").wants(t, 404)
	report := v.get(base+"/report").wants(t, 200, "first", fmt.Sprintf("1 to %d (%d events)", last, last))
	if strings.Contains(report.text(), "afterwards") || len(classed(report, "report__talk")) != len(classed(was, "report__talk")) {
		t.Errorf("the report of then:\n%s", report.text())
	}
	v.click(v.get(fmt.Sprintf("%s?at=%d", labURL(a), last)), fmt.Sprintf("/at/%d/report", last)).wants(t, 200, "Lab report")
	for _, path := range []string{"/report", "/result.json", "/mails.zip", "/transcript.csv"} {
		v.get(labURL(a.AsOf(1_000_000))+path).wants(t, 404)
	}
}

// resultIn is what a result says that is one of ours.
func resultIn(t *testing.T, file string) result.Result {
	t.Helper()
	r, err := result.Verify([]byte(file), keyOf(1).Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatalf("%v\n%s", err, file)
	}
	return r
}
