package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"testing"

	"smtplab/sim/lab"
	"smtplab/sim/runner"
)

// part is a field or a file of a multipart form.
type part struct{ name, file, value string }

func multipartForm(t testing.TB, parts ...part) (body *bytes.Buffer, contentType string) {
	t.Helper()
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	for _, p := range parts {
		disposition := fmt.Sprintf(`form-data; name="%s"`, p.name)
		if p.file != "" {
			disposition += "; " + p.file
		}
		out, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {disposition}})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(out, p.value)
	}
	w.Close()
	return body, w.FormDataContentType()
}

func (v *visitor) postParts(path string, parts ...part) page {
	v.t.Helper()
	body, kind := multipartForm(v.t, parts...)
	return v.do(v.request("POST", path, body, "Content-Type", kind))
}

// What a person types wrong is said beside its field, in the page with everything that was typed, and nothing is sent.
func TestMistakesInTheComposeForm(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	before := lastEvent(t, s, a.ID)
	many := ""
	for i := range 1000 {
		many += fmt.Sprintf("user%d@email.com, ", i)
	}
	for name, c := range map[string]struct {
		field string
		fill  map[string]string
		words string
	}{
		"no recipient":              {"to", map[string]string{"to": ""}, ""},
		"no domain":                 {"to", map[string]string{"to": "pc2@"}, "pc2@"},
		"no local part":             {"to", map[string]string{"to": "@email.com"}, "@email.com"},
		"no address at all":         {"to", map[string]string{"to": "pc2"}, "pc2"},
		"two @":                     {"to", map[string]string{"to": "a@b@c"}, "a@b@c"},
		"open quotes":               {"to", map[string]string{"to": `"a@email.com`}, ""},
		"open brackets":             {"to", map[string]string{"to": "<a@email.com"}, ""},
		"a bad copy":                {"cc", map[string]string{"cc": "nobody"}, "nobody"},
		"a bad blind copy":          {"bcc", map[string]string{"bcc": "nobody"}, "nobody"},
		"1,000 recipients":          {"to", map[string]string{"to": many}, ""},
		"CRLF in To":                {"to", map[string]string{"to": "pc2@email.com\r\nBcc: pc3@email.com"}, "line break"},
		"LF in To":                  {"to", map[string]string{"to": "pc2@email.com\nBcc: pc3@email.com"}, "line break"},
		"CR in To":                  {"to", map[string]string{"to": "pc2@email.com\rBcc: pc3@email.com"}, "line break"},
		"NUL in To":                 {"to", map[string]string{"to": "pc2@email.com\x00"}, "control character"},
		"VT in To":                  {"to", map[string]string{"to": "pc2@email.com\v"}, "control character"},
		"NEL in To":                 {"to", map[string]string{"to": "pc2@email.com\u0085"}, "control character"},
		"a line separator in To":    {"to", map[string]string{"to": "pc2@email.com\u2028"}, "line break"},
		"CRLF in Cc":                {"cc", map[string]string{"cc": "pc3@email.com\r\nX: y"}, "line break"},
		"CRLF in Bcc":               {"bcc", map[string]string{"bcc": "pc3@email.com\r\nX: y"}, "line break"},
		"CRLF in the subject":       {"subject", map[string]string{"subject": "hello\r\nX-Evil: yes"}, "line break"},
		"a fold in the subject":     {"subject", map[string]string{"subject": "hello\r\n X-Evil: yes"}, "line break"},
		"the end of the message":    {"subject", map[string]string{"subject": "\r\n.\r\nMAIL FROM:<>"}, "line break"},
		"NUL in the subject":        {"subject", map[string]string{"subject": "a\x00b"}, "control character"},
		"NUL in the message":        {"body", map[string]string{"body": "a\x00b"}, "NUL"},
		"a subject without end":     {"subject", map[string]string{"subject": strings.Repeat("x", 5000)}, ""},
		"a local part of 65 octets": {"to", map[string]string{"to": strings.Repeat("a", 65) + "@email.com"}, ""},
	} {
		fields := map[string]string{"to": "pc2@email.com", "subject": "kept subject", "body": "kept body\nof two lines"}
		form, parts := url.Values{}, []part(nil)
		for k, f := range c.fill {
			fields[k] = f
		}
		for k, f := range fields {
			form.Set(k, f)
			parts = append(parts, part{name: k, value: f})
		}
		for how, p := range map[string]page{
			"urlencoded": v.post(hostURL(a, "pc1")+"/mail", form),
			"multipart":  v.postParts(hostURL(a, "pc1")+"/mail", parts...),
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				p.wants(t, http.StatusUnprocessableEntity, c.words)
				if got := problemIn(p, c.field); got == "" {
					t.Errorf("nothing is said beside %q: %s", c.field, p.text())
				}
				for _, kept := range []string{"kept subject", "kept body", "pc2@email.com"} {
					if _, changed := c.fill[map[string]string{"kept subject": "subject", "kept body": "body", "pc2@email.com": "to"}[kept]]; !changed && !strings.Contains(p.body, kept) {
						t.Errorf("%q is lost", kept)
					}
				}
			})
		}
		api := v.post(hostURL(a, "pc1")+"/mail", form, "Accept", "application/json")
		var e struct {
			Error struct{ Code, Message, Field string }
		}
		if err := json.Unmarshal([]byte(api.body), &e); err != nil || api.status != 422 || e.Error.Field != c.field || e.Error.Code == "" || e.Error.Message == "" {
			t.Errorf("%s, for a program: %d %s", name, api.status, api.body)
		}
	}
	if after := lastEvent(t, s, a.ID); after != before {
		t.Errorf("the lab went from event %d to %d", before, after)
	}
}

// problemIn is what a page says beside a field.
func problemIn(p page, field string) string {
	for d := range p.doc.Descendants() {
		if attr(d, "id") == "p-"+field && d.FirstChild != nil {
			return d.FirstChild.Data
		}
	}
	return ""
}

func TestFileNamesThatCouldForgeHeaders(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	for _, file := range []string{
		`filename*=utf-8''a%0d%0aX-Evil:%20yes`,
		`filename*=utf-8''a%00b`,
		`filename*=utf-8''a%0ab.txt`,
	} {
		p := v.postParts(hostURL(a, "pc1")+"/mail", part{name: "to", value: "pc2@email.com"}, part{"files", file, "x"})
		if p.status != 422 && p.status != 400 {
			t.Errorf("%s: %d", file, p.status)
		}
	}
}

// Escapes that are not decoded once more on the way are just characters.
func TestEscapesAreOnlyText(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	v.post(hostURL(a, "pc1")+"/mail", url.Values{"to": {"pc2@email.com"}, "subject": {`a%0d%0aX-Evil: 1 \u000d\u000aX-Evil: 2 &#13;&#10;`}}).wants(t, 200)
	s.until(t, a, "the mail is delivered", func(l *lab.Lab) bool { return len(l.Notices(0)) == 1 && quiet(l) })
	s.fetched(t, a, "pc2")
	s.view(t, a, func(l *lab.Lab) {
		m, _ := l.Inbox("pc2", 1)
		if bytes.Contains(m.Raw, []byte("\nX-Evil")) {
			t.Errorf("a header was forged:\n%s", m.Raw)
		}
	})
}

func TestFormsThatAreNone(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	before := lastEvent(t, s, a.ID)
	boundary := "multipart/form-data; boundary=x"
	for name, c := range map[string]struct {
		kind, body string
		want       int
	}{
		"JSON":                      {"application/json", `{"to":"pc2@email.com"}`, 415},
		"JSON as text":              {"text/plain", `{"to":"pc2@email.com"}`, 415},
		"no type":                   {"", "to=pc2@email.com", 415},
		"a broken type":             {"multipart/form-data; boundary", "x", 415},
		"no boundary":               {"multipart/form-data", "x", 400},
		"no parts":                  {boundary, "nothing here", 400},
		"a part cut off":            {boundary, "--x\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\npc2@em", 400},
		"a header cut off":          {boundary, "--x\r\nContent-Disposition: form-", 422},
		"a bad escape":              {urlencoded, "to=%zz", 400},
		"a field twice":             {urlencoded, "to=pc2@email.com&to=pc3@email.com", 422},
		"a field twice in parts":    {boundary, "--x\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\na@b\r\n--x\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\nc@d\r\n--x--\r\n", 422},
		"10,000 fields":             {urlencoded, strings.Repeat("a=1&", 10_000), 422},
		"10,000 parts":              {boundary, strings.Repeat("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n", 10_000) + "--x--\r\n", 422},
		"an SMTP session":           {urlencoded, "EHLO evil\r\nMAIL FROM:<>\r\n", 422},
		"100,000 headers in a part": {boundary, "--x\r\n" + strings.Repeat("A: b\r\n", 100_000) + "\r\n\r\n--x--\r\n", 413},
	} {
		r := v.request("POST", hostURL(a, "pc1")+"/mail", strings.NewReader(c.body), "Content-Type", c.kind)
		if c.kind == "" {
			r.Header.Del("Content-Type")
		}
		if p := v.do(r); p.status != c.want {
			t.Errorf("%s: %d, want %d\n%s", name, p.status, c.want, p.text())
		}
	}
	if after := lastEvent(t, s, a.ID); after != before {
		t.Errorf("the lab went from event %d to %d", before, after)
	}
}

func TestMailWithFilesArrivesWhole(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	data := strings.Repeat("\x00\xff\r\n.\r\n", 1000)
	v.postParts(hostURL(a, "pc1")+"/mail",
		part{name: "to", value: "pc2@email.com"}, part{name: "subject", value: "files"}, part{name: "body", value: "two\r\nfiles"},
		part{"files", `filename="../../etc/pass\"wd.PDF"`, data}, part{"files", `filename="b"`, "<script>alert(1)</script>"}, part{name: "files", file: `filename=""`}).wants(t, 200)
	s.until(t, a, "the mail is delivered", func(l *lab.Lab) bool { return len(l.Notices(0)) == 1 && quiet(l) })
	s.fetched(t, a, "pc2")
	v.get(hostURL(a, "pc2")+"/inbox/1").wants(t, 200, "files/1", "files/2")
	file := v.get(hostURL(a, "pc2")+"/inbox/1/files/1").wants(t, 200)
	if file.body != data {
		t.Errorf("%d octets came, %d were sent", len(file.body), len(data))
	}
	for name, want := range map[string]string{
		"Content-Type": "application/octet-stream", "Content-Disposition": `attachment; filename="mail-1-file-1.pdf"`,
		"X-Content-Type-Options": "nosniff", "Content-Security-Policy": mailPolicy,
	} {
		if got := file.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	v.get(hostURL(a, "pc2")+"/inbox/1/files/3").wants(t, 404)
}

func TestAPIAnswers(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	const kind = "application/json"
	p := v.post(hostURL(a, "pc1")+"/mail", url.Values{"to": {"pc2@email.com"}}, "Accept", kind)
	var sent struct {
		Sent int
		URL  string
	}
	if err := json.Unmarshal([]byte(p.body), &sent); err != nil || p.status != http.StatusAccepted || sent.Sent != 1 || sent.URL != hostURL(a, "pc1")+"/sent/1" {
		t.Errorf("sending: %d %s", p.status, p.body)
	}
	s.until(t, a, "the mail is delivered", func(l *lab.Lab) bool { return len(l.Notices(0)) == 1 && quiet(l) })
	for path, fields := range map[string]url.Values{
		hostURL(a, "pc2") + "/inbox": nil,
		labURL(a) + "/clock":         {"do": {"pause"}},
		labURL(a) + "/links/pc3":     {"do": {"cut"}},
		labURL(a) + "/reset":         nil,
	} {
		if p := v.post(path, fields, "Accept", kind); p.status != http.StatusNoContent || p.body != "" {
			t.Errorf("%s: %d %s", path, p.status, p.body)
		}
	}
	for path, want := range map[string]string{
		"/labs/unknown/clock":                    `{"error":{"code":"not_found"`,
		hostURL(a, "nobody") + "/inbox":          `{"error":{"code":"unknown_host"`,
		hostURL(a, "pc1") + "/inbox/9/read":      `{"error":{"code":"unknown_mail"`,
		hostURL(a, "pc1") + "/inbox/9/read/more": `{"error":{"code":"not_found"`,
	} {
		if p := v.post(path, nil, "Accept", kind); p.status != 404 || !strings.HasPrefix(p.body, want) || !strings.HasPrefix(p.header.Get("Content-Type"), kind) {
			t.Errorf("%s: %d %s", path, p.status, p.body)
		}
	}
	if p := v.do(v.request("DELETE", labURL(a), nil, "Accept", kind)); p.status != 405 || p.header.Get("Allow") == "" {
		t.Errorf("DELETE: %d, Allow %q", p.status, p.header.Get("Allow"))
	}
}

func TestClockWords(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	url1 := labURL(a) + "/clock"
	for _, fields := range []url.Values{{"do": {"explode"}}, {}, {"speed": {"fast"}}, {"speed": {"NaN"}}, {"speed": {"-1"}}, {"speed": {"0"}}, {"speed": {"Inf"}},
		{"speed": {"1e308"}}, {"speed": {"1e-300"}}, {"do": {"speed"}}} {
		if p := v.post(url1, fields, "Accept", "application/json"); p.status != 422 {
			t.Errorf("%v: %d %s", fields, p.status, p.body)
		}
	}
	for _, fields := range []url.Values{{"speed": {"0.25"}}, {"speed": {"max"}}, {"do": {"speed"}, "speed": {"2"}}, {"do": {"pause"}}, {"do": {"run"}}} {
		if p := v.post(url1, fields, "X-Fragment", "1"); p.status != 204 {
			t.Errorf("%v: %d %s", fields, p.status, p.body)
		}
	}
	s.view(t, a, func(l *lab.Lab) {
		if l.Speed() != 2 || l.Paused() {
			t.Errorf("speed %v, paused %v", l.Speed(), l.Paused())
		}
	})
	v.post(labURL(a)+"/links/pc1", url.Values{"do": {"bend"}}).wants(t, 422, "cut or restored")
}

// A fault is told to the log whole and once, and to the reader by a reference only.
func TestFaults(t *testing.T) {
	s := newSite(t, Options{})
	for name, err := range map[string]error{
		"fault":  errors.New("secret path /var/lib/labs"),
		"broken": fmt.Errorf("view: %w", &runner.Broken{Ref: "REF123"}),
	} {
		s.log.Reset()
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
		s.web.handle(func(http.ResponseWriter, *http.Request) error { return err })(w, r)
		body := w.Body.String()
		if w.Code != 500 || strings.Contains(body, "secret") || !strings.Contains(body, "on our side") && name == "fault" {
			t.Errorf("%s: %d %s", name, w.Code, body)
		}
		logged := s.log.String()
		_, ref, ok := strings.Cut(logged, "reference=")
		ref, _, _ = strings.Cut(ref, " ")
		if strings.Count(logged, "\n") != 1 || !ok || !strings.Contains(body, ref) || !strings.Contains(logged, "error=") {
			t.Errorf("%s: logged %q, reference %q", name, logged, ref)
		}
	}
	s.log.Reset()
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
	s.web.recoverFault(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret") })).ServeHTTP(w, r)
	if w.Code != 500 || strings.Contains(w.Body.String(), "secret") || !strings.Contains(s.log.String(), "secret") {
		t.Errorf("a panic: %d, logged %q", w.Code, s.log.String())
	}
}

func TestErrorsHaveTheirStatus(t *testing.T) {
	for want, err := range map[int]error{
		409: &lab.Mistake{Code: "not_now"},
		422: fmt.Errorf("act: %w", &lab.Mistake{Code: "bad_address"}),
		404: runner.ErrNotFound,
		403: runner.ErrViewOnly,
		503: runner.ErrClosed,
		413: fmt.Errorf("read: %w", &http.MaxBytesError{Limit: 64 << 10}),
		500: errors.New("anything else"),
	} {
		if a, fault := answerTo(err); a.status != want || fault != (want == 500) || a.code == "" || a.title == "" {
			t.Errorf("%v: %+v, want %d", err, a, want)
		}
	}
	if a, _ := answerTo(runner.ErrFull); a.status != 503 || a.after == 0 {
		t.Errorf("full: %+v", a)
	}
}
