package web

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"time"

	"smtplab/sim/lab"
	"smtplab/sim/result"
	"smtplab/sim/runner"
	"smtplab/sim/trace"
	"smtplab/web/ui"
)

// verifyLimit is how many octets a result and its transcript may have together. They pass through: none is kept.
const verifyLimit = 256 << 20

// result is what the lab's run was, signed: GET /labs/{lab}/result.json. It is always of the whole trace.
func (s *Server) result(w http.ResponseWriter, r *http.Request) error {
	leave, err := s.heavyWork(r)
	if err != nil {
		return err
	}
	defer leave()
	var events []trace.Event
	var spec lab.Spec
	if err := s.see(r, func(l *lab.Lab) { spec, events = l.Spec(), eventsOf(l, 0) }); err != nil {
		return err
	}
	res, err := result.Of(spec, events)
	if err != nil {
		return err
	}
	attach(w, "application/json; charset=utf-8", resultFile(accessOf(r), spec.Name))
	_, err = w.Write(res.Sign(s.key, time.Now(), s.program))
	return sent(err)
}

// resultFile is the name under which a lab's result is kept.
func resultFile(a runner.Access, lab string) string { return momentName(a, lab) + "-result.json" }

// verifyForm is where a result can be checked: GET /verify.
func (s *Server) verifyForm(w http.ResponseWriter, r *http.Request) error {
	return s.verifyPage(w, r, http.StatusOK, nil)
}

// verify says whether a result is genuine, and whether a transcript is the one that it was issued for: POST /verify,
// multipart/form-data with the files result and, after it and not needed, transcript. It answers at once and not by 303:
// nothing is kept that another page could show.
func (s *Server) verify(w http.ResponseWriter, r *http.Request) error {
	if err := s.acts.take(clientOf(r), "There were too many files from your address."); err != nil {
		return err
	}
	leave, err := s.heavyWork(r)
	if err != nil {
		return err
	}
	defer leave()
	v, err := s.judge(r)
	if err != nil {
		if a, ok := mistakeIn(r, err); ok {
			return s.verifyPage(w, r, a.status, badVerdict(v, a))
		}
		return err
	}
	if wantsJSON(r) {
		writeJSON(w, http.StatusOK, verdictJSON(v))
		return nil
	}
	return s.verifyPage(w, r, http.StatusOK, goodVerdict(v))
}

// verdict is what was found out about a result, as far as that went.
type verdict struct {
	result     result.Result
	compared   bool
	transcript result.Match
}

// judge reads the form part by part, since a transcript may be large. What is wrong is a *lab.Mistake with a word for
// programs; then the rest of the form is still read, since browsers listen only when they have said everything.
func (s *Server) judge(r *http.Request) (verdict, error) {
	var v verdict
	parts, err := r.MultipartReader()
	if err != nil {
		if _, err := readForm(r, fields{}); err != nil {
			return v, err
		}
		return v, noFile
	}
	defer io.Copy(io.Discard, r.Body) // as far as it goes
	judged := false
	for n := 0; n < maxFields; n++ {
		part, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return v, broken(err)
		}
		switch {
		case part.FileName() == "": // no file was chosen
		case part.FormName() == "result" && !judged:
			judged = true
			if v.result, err = s.genuine(part); err != nil {
				return v, err
			}
		case part.FormName() == "transcript" && !judged:
			return v, &lab.Mistake{Field: "result", Code: "order", Text: "The result has to come before its transcript."}
		case part.FormName() == "transcript" && !v.compared:
			v.compared = true
			if v.transcript, err = v.result.Compare(part); err != nil {
				return v, broken(err)
			}
		}
	}
	switch {
	case !judged:
		return v, noFile
	case v.compared && v.transcript == result.Other:
		return v, &lab.Mistake{Field: "transcript", Code: "other_transcript", Text: "The result is genuine, but this is not the transcript that it was issued for: " +
			"it is of another run, of a single conversation or of an earlier moment, or it was altered."}
	}
	return v, nil
}

var noFile = &lab.Mistake{Field: "result", Code: "empty", Text: "Choose a result file first."}

// genuine reads a result, which has to be one of ours.
func (s *Server) genuine(part *multipart.Part) (result.Result, error) {
	file, err := io.ReadAll(io.LimitReader(part, result.MaxFile+1))
	if err != nil {
		return result.Result{}, broken(err)
	}
	res, err := result.Verify(file, s.key.Public().(ed25519.PublicKey))
	for _, known := range []struct {
		err  error
		code string
	}{
		{result.ErrTooLarge, "too_large"}, {result.ErrNoResult, "no_result"}, {result.ErrCutOff, "cut_off"},
		{result.ErrVersion, "version"}, {result.ErrAltered, "altered"}, {result.ErrForeign, "foreign"},
	} {
		if errors.Is(err, known.err) {
			return res, &lab.Mistake{Field: "result", Code: known.code, Text: err.Error()}
		}
	}
	return res, err
}

// matchWords are what programs are told of a transcript.
var matchWords = map[result.Match]string{result.Longer: "longer", result.Same: "same"}

// verdictJSON is a good verdict for programs; transcript is "same", "longer", or missing when none was given.
func verdictJSON(v verdict) any {
	answer := struct {
		Genuine    bool          `json:"genuine"`
		Result     result.Result `json:"result"`
		Transcript string        `json:"transcript,omitempty"`
	}{Genuine: true, Result: v.result}
	if v.compared {
		answer.Transcript = matchWords[v.transcript]
	}
	return answer
}

func goodVerdict(v verdict) *ui.Verdict {
	good := &ui.Verdict{
		Good: true, Title: "This result is genuine.",
		Text:  "This installation issued it, and it was not altered since.",
		Facts: resultFacts(v.result),
	}
	switch {
	case v.compared && v.transcript == result.Same:
		good.Transcript = "The transcript is the one that it was issued for, octet for octet."
	case v.compared:
		good.Transcript = "The transcript begins with the " + strconv.Itoa(v.result.Events) + " events that it was issued for, octet for octet, and goes on: the lab was used further. " +
			"What comes after event " + strconv.FormatUint(v.result.Last, 10) + " is not part of the result."
	}
	return good
}

func badVerdict(v verdict, a answer) *ui.Verdict {
	bad := &ui.Verdict{Title: "This result is not genuine.", Text: a.text}
	switch a.code {
	case "empty", "order":
		bad.Title = "There is no result to verify."
	case "foreign":
		bad.Title, bad.Facts = "This result is not one of this installation.", []ui.Term{{Name: "Its key", Meaning: keyWords(v.result.Key)}}
	case "other_transcript":
		bad.Title, bad.Facts = "The transcript belongs to something else.", resultFacts(v.result)
	}
	return bad
}

// resultFacts are what a genuine result says.
func resultFacts(r result.Result) []ui.Term {
	return []ui.Term{
		{Name: "Lab", Meaning: r.Lab},
		{Name: "Events", Meaning: eventRange(r.Last, r.Events)},
		{Name: "Issued", Meaning: r.Issued.UTC().Format(dateLayout)},
		{Name: "Program", Meaning: orElse(r.Program, "not stated")},
		{Name: "Fingerprint", Meaning: r.Trace},
		{Name: "Lab’s own", Meaning: r.Spec},
	}
}

// dateLayout is a moment of the calendar for people; it is in UTC.
const dateLayout = "2 January 2006, 15:04:05 UTC"

// eventRange is which events there are: "1 to 85 (85 events)". A reset forgets the earlier ones and goes on counting.
func eventRange(last uint64, n int) string {
	if n == 0 {
		return "none"
	}
	first := strconv.FormatUint(last-uint64(n)+1, 10)
	return first + " to " + strconv.FormatUint(last, 10) + " (" + countOf(n, "event") + ")"
}

// countOf is a number of things: "1 event", "2 events".
func countOf(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return strconv.Itoa(n) + " " + thing
}

func (s *Server) verifyPage(w http.ResponseWriter, r *http.Request, status int, v *ui.Verdict) error {
	public := s.key.Public().(ed25519.PublicKey)
	text, err := publicPEM(public)
	if err != nil {
		return err
	}
	page := ui.VerifyPage{
		Shell: s.shell(r, "Verify a result"), VerifyURL: "/verify", Key: keyWords(public), KeyPEM: text, KeyKept: s.keyKept, Verdict: v,
	}
	if v != nil {
		page.Shell.Title = v.Title
	}
	c := ui.Verify(page)
	return s.render(w, r, status, c, c)
}

// keyWords is a public key as a result has it.
func keyWords(key ed25519.PublicKey) string { return base64.StdEncoding.EncodeToString(key) }

// publicPEM is a public key as other programs read it.
func publicPEM(key ed25519.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = pem.Encode(&b, &pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return b.String(), err
}
