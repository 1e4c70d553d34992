package web

import (
	"archive/zip"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"smtplab/sim/lab"
	"smtplab/sim/message"
)

// This file hands out mails as files, octet for octet as they are stored: one, or all of a lab.

// mailRaw is a mail as it is stored, to keep: GET …/inbox/{n}/raw.
func (s *Server) mailRaw(w http.ResponseWriter, r *http.Request) error {
	m, err := s.received(r)
	if err != nil {
		return err
	}
	return s.eml(w, r, "inbox", m.N, m.Raw)
}

// sentRaw is a mail as it was handed to the mail program's client: GET …/sent/{n}/raw.
func (s *Server) sentRaw(w http.ResponseWriter, r *http.Request) error {
	n, err := number(r, "n")
	if err != nil {
		return err
	}
	var m lab.Sent
	ok := false
	if err := s.see(r, func(l *lab.Lab) { m, ok = l.Sent(chi.URLParam(r, "host"), n) }); err != nil {
		return err
	}
	if !ok {
		return nothingHere
	}
	return s.eml(w, r, "sent", n, m.Raw)
}

// eml answers with a mail as a file: "smtplab-amber-fox-pc2-inbox-1.eml".
func (s *Server) eml(w http.ResponseWriter, r *http.Request, box string, n int, raw []byte) error {
	var name string
	if err := s.see(r, func(l *lab.Lab) { name = l.Spec().Name }); err != nil {
		return err
	}
	quarantine(w)
	attach(w, "message/rfc822", fmt.Sprintf("%s-%s-%s-%d.eml", fileName(name), chi.URLParam(r, "host"), box, n))
	_, err := w.Write(raw)
	return sent(err)
}

// filed is a mail of a lab and its place in the archive.
type filed struct {
	box  string // "inbox" or "sent"
	host string
	n    int
	at   time.Time
	raw  []byte // of one in an inbox: those of one that was sent are composed when it is its turn
}

// name is "inbox/pc2/1.eml". A host's id holds nothing but letters and digits.
func (m *filed) name() string { return m.box + "/" + m.host + "/" + strconv.Itoa(m.n) + ".eml" }

// mails is all mails of a lab in one archive: GET /labs/{lab}/mails.zip. How many octets that is the lab itself bounds
// (lab.MaxMailed, lab.MaxOctets); they are never in memory together.
func (s *Server) mails(w http.ResponseWriter, r *http.Request) error {
	leave, err := s.heavyWork(r)
	if err != nil {
		return err
	}
	defer leave()
	var all []filed
	var name string
	var first uint64
	err = s.see(r, func(l *lab.Lab) {
		name, first = l.Spec().Name, l.Trace().First()
		all = mailsOf(l)
	})
	if err != nil {
		return err
	}
	attach(w, "application/zip", momentName(accessOf(r), name)+"-mails.zip")
	archive := zip.NewWriter(w)
	for len(all) > 0 {
		batch, err := s.composed(r, all, first)
		if err != nil {
			panic(http.ErrAbortHandler) // a part is on its way: better an archive that is broken off than one that lacks mails
		}
		for i, raw := range batch {
			if err := add(archive, &all[i], raw); err != nil {
				return sent(err)
			}
		}
		all = all[len(batch):]
	}
	return sent(archive.Close())
}

// mailsOf are the mails of a lab: what its PCs have received, then what they sent.
func mailsOf(l *lab.Lab) []filed {
	var received, sent []filed
	for _, h := range l.Hosts() {
		pc, ok := l.PC(h.ID)
		if !ok {
			continue
		}
		for _, m := range pc.Inbox {
			received = append(received, filed{"inbox", h.ID, m.N, l.Calendar(m.At), m.Raw})
		}
		for _, m := range pc.Sent {
			sent = append(sent, filed{"sent", h.ID, m.N, l.Calendar(m.At), nil})
		}
	}
	return append(received, sent...)
}

// batchOctets is how much is composed in one look at the lab.
const batchOctets = 1 << 20

// composed are the octets of the first of the mails, one at least. It fails when the lab was reset since its first event
// was that one: its mails are gone.
func (s *Server) composed(r *http.Request, all []filed, first uint64) (batch [][]byte, err error) {
	octets, gone := 0, false
	err = s.see(r, func(l *lab.Lab) {
		gone = l.Trace().First() != first
		for i := 0; i < len(all) && octets < batchOctets && !gone; i++ {
			raw := all[i].raw
			if all[i].box == "sent" {
				m, ok := l.Sent(all[i].host, all[i].n)
				raw, gone = m.Raw, !ok
				octets += len(raw)
			}
			batch = append(batch, raw)
		}
	})
	if err == nil && gone {
		err = nothingHere
	}
	return batch, err
}

// add writes a mail into the archive, with its own date, or the one that the lab's clock had.
func add(archive *zip.Writer, m *filed, raw []byte) error {
	h := &zip.FileHeader{Name: m.name(), Method: zip.Deflate, Modified: m.at}
	if _, _, date, _ := message.Summary(raw); !date.IsZero() {
		h.Modified = date
	}
	if year := h.Modified.UTC().Year(); year < 1980 || year >= 2100 {
		h.Modified = time.Time{} // a ZIP archive cannot say it
	}
	out, err := archive.CreateHeader(h)
	if err != nil {
		return err
	}
	_, err = out.Write(raw)
	return err
}
