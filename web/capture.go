package web

import (
	"net/http"
	"strconv"

	"smtplab/sim/capture"
	"smtplab/sim/lab"
)

// captureFile is what the network carried, for Wireshark and its like: GET /labs/{lab}/transcript.pcapng, all of it or
// one conversation, as ?conn=N.
func (s *Server) captureFile(w http.ResponseWriter, r *http.Request) error {
	leave, err := s.heavyWork(r)
	if err != nil {
		return err
	}
	defer leave()
	conn, err := connAsked(r)
	if err != nil {
		return err
	}
	var c *capture.Capture
	if err := s.see(r, func(l *lab.Lab) { c = capture.Of(l, conn) }); err != nil {
		return err
	}
	attach(w, "application/vnd.tcpdump.pcap", momentName(accessOf(r), c.Name)+".pcapng")
	return sent(c.Write(w, s.book))
}

// connAsked is the conversation that the query names, as ?conn=N; 0 when it names none.
func connAsked(r *http.Request) (uint32, error) {
	text := r.URL.Query().Get("conn")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n == 0 {
		return 0, &refusal{kind: badRequest, field: "conn", text: "“conn” must be the number of a conversation."}
	}
	return uint32(n), nil
}
