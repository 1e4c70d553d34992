package web

import (
	"io"
	"iter"
	"net/http"
	"slices"
	"strconv"

	"smtplab/sim/history"
	"smtplab/sim/lab"
	"smtplab/sim/runner"
	"smtplab/sim/trace"
	"smtplab/web/ui"
)

// transcript is the events that the query asks for: all, or those of ?conn=N. The name is that of the lab, or of a
// conversation in it, as a file.
func (s *Server) transcript(r *http.Request) (events []trace.Event, spec lab.Spec, name string, err error) {
	conn, err := connAsked(r)
	if err != nil {
		return nil, lab.Spec{}, "", err
	}
	err = s.see(r, func(l *lab.Lab) { spec, events = l.Spec(), eventsOf(l, conn) })
	name = momentName(accessOf(r), spec.Name)
	if conn != 0 {
		name += "-conversation-" + strconv.FormatUint(uint64(conn), 10)
	}
	return events, spec, name, err
}

// eventsOf are the events of a connection, or all when conn is 0: copied, so that a slow reader holds up nobody. Their
// octets are shared.
func eventsOf(l *lab.Lab, conn uint32) []trace.Event {
	var events []trace.Event
	for e := range l.Trace().After(0) {
		if conn == 0 || e.Conn == conn {
			events = append(events, e)
		}
	}
	return events
}

// save answers with a transcript as a file of a media type, whose name ends so, as write writes it.
func (s *Server) save(w http.ResponseWriter, r *http.Request, kind, ending string, write func(io.Writer, lab.Spec, iter.Seq[trace.Event]) error) error {
	leave, err := s.heavyWork(r)
	if err != nil {
		return err
	}
	defer leave()
	events, spec, name, err := s.transcript(r)
	if err != nil {
		return err
	}
	attach(w, kind, name+ending)
	return sent(write(w, spec, slices.Values(events)))
}

// transcriptText is the dialogue to read and paste: GET /labs/{lab}/transcript.txt.
func (s *Server) transcriptText(w http.ResponseWriter, r *http.Request) error {
	return s.save(w, r, "text/plain; charset=utf-8", ".txt", func(w io.Writer, _ lab.Spec, events iter.Seq[trace.Event]) error {
		return trace.WriteText(w, events)
	})
}

// transcriptJSON is every event for programs: GET /labs/{lab}/transcript.json. Its schema is trace.WriteJSON's.
func (s *Server) transcriptJSON(w http.ResponseWriter, r *http.Request) error {
	return s.save(w, r, "application/json; charset=utf-8", ".json", func(w io.Writer, spec lab.Spec, events iter.Seq[trace.Event]) error {
		return trace.WriteJSON(w, trace.Header{Name: spec.Name, Start: spec.Start}, events)
	})
}

// transcriptCSV is every event for spreadsheets: GET /labs/{lab}/transcript.csv.
func (s *Server) transcriptCSV(w http.ResponseWriter, r *http.Request) error {
	return s.save(w, r, "text/csv; charset=utf-8; header=present", ".csv", func(w io.Writer, _ lab.Spec, events iter.Seq[trace.Event]) error {
		return trace.WriteCSV(w, events)
	})
}

// schema describes the transcript in JSON, for programs and for those who write them: GET /schema/transcript-1.json.
func (s *Server) schema(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/schema+json")
	_, err := w.Write(trace.Schema)
	return sent(err)
}

// saves are what can be taken home of a lab.
func (sc *scene) saves() []ui.Save {
	saves := []ui.Save{
		{Label: "Text", Ending: ".txt", About: "The dialogue, to read and to paste.", URL: sc.base + "/transcript.txt"},
		{Label: "JSON", Ending: ".json", About: "Every event and every octet, for programs.", URL: sc.base + "/transcript.json"},
		{Label: "CSV", Ending: ".csv", About: "A row for each event, for a spreadsheet.", URL: sc.base + "/transcript.csv"},
		{Label: "Capture", Ending: ".pcapng", About: "Every frame of the network, for Wireshark.", URL: sc.base + "/transcript.pcapng"},
		{Label: "Mails", Ending: ".zip", About: "Sent and received, each as an .eml file.", URL: sc.base + "/mails.zip"},
		{Label: "Hand-in", About: "A page to print, with your name on it.", URL: sc.base + "/report", Page: true},
		{Label: "Signed result", Ending: ".json", About: "Shows that this run took place here.", URL: sc.base + "/result.json"},
	}
	if sc.access.Edits {
		saves = append(saves, ui.Save{Label: "Lab", Ending: history.Extension, About: "All of it, to be opened again.", URL: sc.base + "/lab" + history.Extension})
	}
	return saves
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

// momentName is a lab's name as that of a file, with the moment when it is not now: "smtplab-amber-fox-20".
func momentName(a runner.Access, lab string) string {
	name := fileName(lab)
	if a.At != 0 {
		name += "-" + strconv.FormatUint(a.At, 10)
	}
	return name
}

// heavyWork counts a large form or a large file for its client, until leave is called: each may take much memory.
func (s *Server) heavyWork(r *http.Request) (leave func(), err error) {
	leave, ok := s.heavy.enter(clientOf(r))
	if !ok {
		return nil, &refusal{kind: tooMany, text: "Many large mails or files are under way at this moment.", after: retryFull}
	}
	return leave, nil
}
