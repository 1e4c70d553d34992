package web

import (
	"net/http"
	"slices"
	"strconv"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
)

// transcript is the events that the query asks for: all, or those of ?conn=N. They are copied, so that a slow
// reader holds up nobody; their octets are shared.
func (s *Server) transcript(r *http.Request) ([]trace.Event, lab.Spec, error) {
	var conn uint64
	if text := r.URL.Query().Get("conn"); text != "" {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil || n == 0 {
			return nil, lab.Spec{}, &refusal{kind: badRequest, field: "conn", text: "“conn” must be the number of a conversation."}
		}
		conn = n
	}
	var events []trace.Event
	var spec lab.Spec
	err := s.see(r, func(l *lab.Lab) {
		spec = l.Spec()
		for e := range l.Trace().After(0) {
			if conn == 0 || uint64(e.Conn) == conn {
				events = append(events, e)
			}
		}
	})
	return events, spec, err
}

// transcriptText is the dialogue to read and paste: GET /labs/{lab}/transcript.txt.
func (s *Server) transcriptText(w http.ResponseWriter, r *http.Request) error {
	leave, err := s.heavyWork(r)
	if err != nil {
		return err
	}
	defer leave()
	events, spec, err := s.transcript(r)
	if err != nil {
		return err
	}
	attach(w, "text/plain; charset=utf-8", fileName(spec.Name)+".txt")
	return sent(trace.WriteText(w, slices.Values(events)))
}

// transcriptJSON is every event for programs: GET /labs/{lab}/transcript.json. Its schema is trace.WriteJSON's.
func (s *Server) transcriptJSON(w http.ResponseWriter, r *http.Request) error {
	leave, err := s.heavyWork(r)
	if err != nil {
		return err
	}
	defer leave()
	events, spec, err := s.transcript(r)
	if err != nil {
		return err
	}
	attach(w, "application/json; charset=utf-8", fileName(spec.Name)+".json")
	return sent(trace.WriteJSON(w, trace.Header{Name: spec.Name, Start: spec.Start}, slices.Values(events)))
}

// certificate is the certificate of the lab's own authority, by which real programs can check the server's:
// GET /labs/{lab}/ca.pem.
func (s *Server) certificate(w http.ResponseWriter, r *http.Request) error {
	var pem []byte
	var name string
	if err := s.see(r, func(l *lab.Lab) { pem, name = l.CertificatePEM(), l.Spec().Name }); err != nil {
		return err
	}
	attach(w, "application/x-pem-file", certificateFile(name))
	_, err := w.Write(pem)
	return sent(err)
}

// certificateFile is the name under which a lab's certificate is kept.
func certificateFile(lab string) string { return fileName(lab) + "-ca.pem" }

// sent ends an answer of which a part is on its way: an error means that the reader has gone, and there is nobody
// left to tell.
func sent(error) error { return nil }

// fileName is a lab's name, fit for a file.
func fileName(name string) string {
	clean := []byte("smtplab-")
	for _, c := range []byte(name) {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' {
			clean = append(clean, c)
		}
	}
	return string(clean)
}

// heavyWork counts a large form or a transcript for its client, until leave is called: each may take much memory.
func (s *Server) heavyWork(r *http.Request) (leave func(), err error) {
	leave, ok := s.heavy.enter(clientOf(r))
	if !ok {
		return nil, &refusal{kind: tooMany, text: "Many large mails or transcripts are under way at this moment.", after: retryFull}
	}
	return leave, nil
}
