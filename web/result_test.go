package web

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"smtplab/sim/lab"
	"smtplab/sim/result"
)

// keyOf is a key that a test knows.
func keyOf(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

// file is a part of a form with a file in it.
func file(name, value string) part { return part{name, `filename="` + name + `.json"`, value} }

// verified hands files in, as a browser does and as a program does, and returns the page and the program's answer.
func (v *visitor) verified(parts ...part) (page, page) {
	v.t.Helper()
	body, kind := multipartForm(v.t, parts...)
	again, kind2 := multipartForm(v.t, parts...)
	return v.do(v.request("POST", "/verify", body, "Content-Type", kind)), v.do(v.request("POST", "/verify", again, "Content-Type", kind2, "Accept", "application/json"))
}

func TestResultOfALab(t *testing.T) {
	s := newSite(t, Options{Key: keyOf(1), Program: "smtplab v1"})
	a := s.newLab(t)
	v := s.visitor(t)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: "hello"})
	p := v.get(labURL(a)+"/result.json").wants(t, 200)
	if got := p.savedAs(t); got != "smtplab-amber-fox-result.json" {
		t.Errorf("saved as %s", got)
	}
	transcript := v.get(labURL(a) + "/transcript.json").body
	r, err := result.Verify([]byte(p.body), keyOf(1).Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatalf("%v\n%s", err, p.body)
	}
	if last := lastEvent(t, s, a.ID); r.Lab != "amber-fox" || r.Last != last || r.Events != int(last) || r.Program != "smtplab v1" || time.Since(r.Issued) > time.Minute {
		t.Errorf("it says %+v", r)
	}
	if strings.Contains(p.body, a.ID) || strings.Contains(p.body, a.ViewID) {
		t.Error("it leads to the lab")
	}

	page, answer := v.verified(file("result", p.body))
	page.wants(t, 200, "This result is genuine.", "amber-fox", r.Trace, r.Spec, "smtplab v1", "1 to ")
	var told struct {
		Genuine    bool
		Result     result.Result
		Transcript string
	}
	if err := json.Unmarshal([]byte(answer.wants(t, 200).body), &told); err != nil || !told.Genuine || told.Result.Trace != r.Trace || told.Transcript != "" {
		t.Errorf("%v: a program is told %s", err, answer.body)
	}
	page, answer = v.verified(file("result", p.body), file("transcript", transcript))
	page.wants(t, 200, "This result is genuine.", "The transcript is the one that it was issued for")
	answer.wants(t, 200, `"transcript":"same"`)

	// A part of the trace has no result of its own, and whoever may watch may have it.
	for _, path := range []string{labURL(a) + "/result.json?conn=1", "/labs/" + a.ViewID + "/result.json"} {
		if got, err := result.Verify([]byte(v.get(path).wants(t, 200).body), keyOf(1).Public().(ed25519.PublicKey)); err != nil || got.Trace != r.Trace || got.Events != r.Events {
			t.Errorf("%s: %v, %+v", path, err, got)
		}
	}

	// The lab goes on, and then begins again.
	s.fetched(t, a, "pc2")
	page, answer = v.verified(file("result", p.body), file("transcript", v.get(labURL(a)+"/transcript.json").body))
	page.wants(t, 200, "This result is genuine.", "and goes on")
	answer.wants(t, 200, `"transcript":"longer"`)
	s.act(t, a, lab.Action{Verb: lab.Reset})
	page, _ = v.verified(file("result", v.get(labURL(a)+"/result.json").body), file("transcript", v.get(labURL(a)+"/transcript.json").body))
	page.wants(t, 200, "This result is genuine.", "(1 event)")
}

// What is wrong is said in the page and for programs, with 422, and nothing else happens.
func TestResultsThatAreNotGenuine(t *testing.T) {
	s := newSite(t, Options{Key: keyOf(1)})
	elsewhere := newSite(t, Options{Key: keyOf(2)})
	a, b := s.newLab(t), elsewhere.newLab(t)
	v := s.visitor(t)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: "hello"})
	good := v.get(labURL(a) + "/result.json").body
	transcript := v.get(labURL(a) + "/transcript.json").body
	for name, test := range map[string]struct {
		parts []part
		code  string
		words string
	}{
		"altered":                    {[]part{file("result", strings.Replace(good, "amber-fox", "amber-ox", 1))}, "altered", "This result file was altered"},
		"cut off":                    {[]part{file("result", good[:len(good)/2])}, "cut_off", "its end is missing"},
		"of another installation":    {[]part{file("result", elsewhere.visitor(t).get(labURL(b)+"/result.json").body)}, "foreign", "not this installation's"},
		"huge":                       {[]part{file("result", good+strings.Repeat(" ", 5<<20))}, "too_large", "too large for a result file"},
		"no JSON":                    {[]part{file("result", "<script>alert(1)</script>")}, "no_result", "not a result file"},
		"the transcript":             {[]part{file("result", transcript)}, "no_result", "not a result file"},
		"of another version":         {[]part{file("result", strings.Replace(good, `"version": 1`, `"version": 2`, 1))}, "version", "another version"},
		"empty":                      {[]part{file("result", "")}, "no_result", "not a result file"},
		"no file":                    {[]part{{"result", `filename=""`, ""}, {"transcript", `filename=""`, ""}}, "empty", "Choose a result file"},
		"no form":                    {nil, "empty", "Choose a result file"},
		"only a transcript":          {[]part{file("transcript", transcript)}, "order", "before its transcript"},
		"the wrong order":            {[]part{file("transcript", transcript), file("result", good)}, "order", "before its transcript"},
		"another transcript":         {[]part{file("result", good), file("transcript", elsewhere.visitor(t).get(labURL(b)+"/transcript.json").body)}, "other_transcript", "not the transcript that it was issued for"},
		"a changed transcript":       {[]part{file("result", good), file("transcript", strings.Replace(transcript, "hello", "Hello", 1))}, "other_transcript", "not the transcript"},
		"of one conversation":        {[]part{file("result", good), file("transcript", v.get(labURL(a)+"/transcript.json?conn=1").body)}, "other_transcript", "not the transcript"},
		"no transcript at all":       {[]part{file("result", good), file("transcript", "")}, "other_transcript", "not the transcript"},
		"a bad result, a transcript": {[]part{file("result", good[:20]), file("transcript", strings.Repeat(transcript, 50))}, "cut_off", "its end is missing"},
	} {
		page, answer := v.verified(test.parts...)
		if page.status != 422 || !strings.Contains(page.text(), test.words) || strings.Contains(page.text(), "This result is genuine.") {
			t.Errorf("%s: %d, want 422 and %q:\n%s", name, page.status, test.words, page.text())
		}
		if answer.status != 422 || !strings.Contains(answer.body, `"code":"`+test.code+`"`) {
			t.Errorf("%s: a program is told %d %s", name, answer.status, answer.body)
		}
	}
	page, _ := v.verified(file("result", elsewhere.visitor(t).get(labURL(b)+"/result.json").body))
	page.wants(t, 422, "not one of this installation", keyWords(keyOf(2).Public().(ed25519.PublicKey)))

	// Not every request is a form with files.
	v.post("/verify", url.Values{"result": {good}}).wants(t, 422, "Choose a result file")
	v.do(v.request("POST", "/verify", strings.NewReader(good), "Content-Type", "application/json")).wants(t, 415)
	v.do(v.request("POST", "/verify", strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"result\"; filename=\"r\"\r\n\r\n{"), "Content-Type", "multipart/form-data; boundary=x")).wants(t, 400, "cut off")
	v.do(v.request("POST", "/verify", nil, "Content-Type", "multipart/form-data; boundary=x")).wants(t, 400)
	if s.log.Len() > 0 {
		t.Errorf("the server complained:\n%s", s.log.String())
	}
}

// A transcript passes through, however long it is, and a body that is longer than any is refused.
func TestLongTranscripts(t *testing.T) {
	s := newSite(t, Options{Key: keyOf(1)})
	a := s.newLab(t)
	v := s.visitor(t)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Body: strings.Repeat("x", 500_000)})
	good, transcript := v.get(labURL(a)+"/result.json").body, v.get(labURL(a)+"/transcript.json").body
	if len(transcript) < 10*bodyLimit {
		t.Fatalf("the transcript has %d octets", len(transcript))
	}
	page, _ := v.verified(file("result", good), file("transcript", transcript))
	page.wants(t, 200, "octet for octet.")

	body, kind := multipartForm(t, file("result", good), file("transcript", transcript))
	r := httptest.NewRequest("POST", "/verify", http.MaxBytesReader(nil, io.NopCloser(body), 10*bodyLimit))
	r.Header.Set("Content-Type", kind)
	_, err := s.web.judge(r)
	if answer, fault := answerTo(err); fault || answer.status != 413 {
		t.Errorf("longer than any: %v, %+v", err, answer)
	}
	if got := bodyLimitOf(r); got != verifyLimit {
		t.Errorf("of such a form %d octets are read", got)
	}
}

// A lab that somebody named, and a name that a file has, do nothing to the page.
func TestResultOfAHostileLab(t *testing.T) {
	s := newSite(t, Options{Key: keyOf(1), Program: "<b>smtplab</b>"})
	const hostile = "\"><script>alert(1)</script>\u202e\r\n=1+1 ../x"
	a, err := s.runner.Create(t.Context(), lab.Default(hostile, 1, time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	v := s.visitor(t)
	p := v.get(labURL(a)+"/result.json").wants(t, 200)
	if got := p.savedAs(t); got != "smtplab-scriptalert1script11x-result.json" {
		t.Errorf("saved as %q", got)
	}
	page, _ := v.verified(part{"result", `filename="../../<svg onload=alert(1)>.json"`, p.body})
	page.wants(t, 200, "This result is genuine.")
	for script := range elements(page.doc, "script") {
		if !strings.HasPrefix(attr(script, "src"), "/static/") {
			t.Error("a script of somebody else's")
		}
	}
	if strings.Contains(page.body, "\u202e") || strings.Contains(page.body, "<b>smtplab") {
		t.Errorf("the name acts:\n%s", page.text())
	}
}

// The page says whether its key lasts, and shows it so that others can verify.
func TestKeysAreShown(t *testing.T) {
	kept := newSite(t, Options{Key: keyOf(1)})
	kept.visitor(t).get("/verify").wants(t, 200, "keeps its key in its data directory", keyWords(keyOf(1).Public().(ed25519.PublicKey)), "-----BEGIN PUBLIC KEY-----")
	first, second := newSite(t, Options{}), newSite(t, Options{})
	first.visitor(t).get("/verify").wants(t, 200, "its key ends with the program")
	a := first.newLab(t)
	made := first.visitor(t).get(labURL(a) + "/result.json").body
	page, _ := first.visitor(t).verified(file("result", made))
	page.wants(t, 200, "This result is genuine.")
	page, _ = second.visitor(t).verified(file("result", made))
	page.wants(t, 422, "not one of this installation")
	if strings.Contains(kept.visitor(t).get("/verify").body, "PRIVATE") {
		t.Error("the page shows the private key")
	}
}

func TestVerifyingIsLimited(t *testing.T) {
	s := newSite(t, Options{Limits: Limits{Acts: Rate{PerSecond: 0.001, Burst: 2}}})
	v := s.visitor(t)
	for range 2 {
		v.postParts("/verify", file("result", "x")).wants(t, 422)
	}
	if p := v.postParts("/verify", file("result", "x")).wants(t, 429); p.header.Get("Retry-After") == "" {
		t.Error("it does not say when to try again")
	}
	busy := newSite(t, Options{Limits: Limits{Heavy: 1, ClientHeavy: 1}})
	leave, ok := busy.web.heavy.enter("127.0.0.1")
	if !ok {
		t.Fatal("nothing goes on, and there is no room")
	}
	a := busy.newLab(t)
	for _, path := range []string{"/result.json", "/mails.zip", "/transcript.csv"} {
		busy.visitor(t).get(labURL(a)+path).wants(t, 429)
	}
	busy.visitor(t).postParts("/verify", file("result", "x")).wants(t, 429)
	leave()
	busy.visitor(t).postParts("/verify", file("result", "x")).wants(t, 422)
}
