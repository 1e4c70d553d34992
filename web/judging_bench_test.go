package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"smtplab/sim/exercise"
	"smtplab/sim/lab"
	"smtplab/sim/runner"
)

// BenchmarkJudging has a student do exercises of the catalog, by the forms of the page but without network and browser, and
// has the lab judged after each of them, as the page does. It reports the time of judging as a part of the time that the conversation
// took, in percent. Every conversation is the first that its judge sees, so that all of it is followed.
func BenchmarkJudging(b *testing.B) {
	for _, c := range []struct {
		id   string
		does func(s *student, word string)
	}{{"first-mail", (*student).sends}, {"by-hand", (*student).types}} {
		b.Run(c.id, func(b *testing.B) {
			s := newStudent(b, c.id)
			word := s.word(b, s.access)
			for b.Loop() {
				if s.done++; s.done%100 == 0 {
					s.act(b, s.access, lab.Action{Verb: lab.Reset})
					s.conn = 0
				}
				s.judge = s.exercise.Judge()
				s.see(nil)
				c.does(s, word)
				if !s.stands[0].Met {
					b.Fatalf("%+v", s.stands)
				}
			}
			b.ReportMetric(float64(s.run.Nanoseconds())/float64(b.N), "run-ns/op")
			b.ReportMetric(float64(s.judging.Nanoseconds())/float64(b.N), "judge-ns/op")
			b.ReportMetric(100*float64(s.judging)/float64(s.run), "judge-%")
		})
	}
}

// student does an exercise over and over.
type student struct {
	*site
	b            *testing.B
	access       runner.Access
	exercise     *exercise.Exercise
	judge        *exercise.Judge
	stands       []exercise.Verdict
	news         <-chan struct{}
	done         int
	conn         int
	run, judging time.Duration
}

func newStudent(b *testing.B, id string) *student {
	free := Rate{1e9, 1e9}
	s := &student{b: b, site: newSite(b, Options{Limits: Limits{Requests: free, Labs: free, Acts: free, LabActs: free}})}
	s.exercise = s.web.course.find(id)
	s.access, _ = s.visitor(b).began(id)
	news, stop, err := s.runner.Watch(b.Context(), s.access)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(stop)
	s.news = news
	return s
}

// post submits a form, and waits until all that it brings about has come to rest.
func (s *student) post(path string, fields url.Values) {
	r := httptest.NewRequest(http.MethodPost, s.URL+labURL(s.access)+path, strings.NewReader(fields.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	begin := time.Now()
	w := httptest.NewRecorder()
	s.web.ServeHTTP(w, r)
	for busy := true; busy; {
		s.view(s.b, s.access, func(l *lab.Lab) {
			next, ok := l.Next()
			busy = ok && next.Sub(l.Now()) < time.Second
		})
		if busy {
			<-s.news
		}
	}
	s.see(&begin)
	if w.Code != http.StatusSeeOther {
		s.b.Fatalf("%s: %d", path, w.Code)
	}
}

// see has the lab judged. What began then has ended now.
func (s *student) see(began *time.Time) {
	if began != nil {
		s.run += time.Since(*began)
	}
	s.view(s.b, s.access, func(l *lab.Lab) {
		begin := time.Now()
		s.stands = s.judge.Update(l)
		if began != nil {
			s.judging += time.Since(begin)
		}
	})
}

func (s *student) sends(word string) {
	s.post("/hosts/pc1/mail", url.Values{"to": {"pc2@email.com"}, "subject": {"Hello " + word}, "body": {"My first mail."}})
}

func (s *student) types(word string) {
	s.post("/hosts/pc1/terminal", url.Values{"target": {"server"}, "port": {"25"}})
	s.conn++
	for _, line := range []string{
		"EHLO pc1.email.com", "MAIL FROM:<pc1@email.com>", "RCPT TO:<pc2@email.com>", "DATA",
		"From: pc1@email.com", "Subject: By hand " + word, "", "Note: this was typed by hand.", ".", "QUIT",
	} {
		s.post(fmt.Sprintf("/hosts/pc1/terminal/%d/say", s.conn), url.Values{"text": {line}, "end": {"crlf"}})
	}
}
