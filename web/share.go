package web

import (
	"net/http"
	"strconv"

	"smtplab/sim/lab"
	"smtplab/web/ui"
)

// share holds the links to a lab: GET /labs/{lab}/share. A view-only link is not told the editing one.
func (s *Server) share(w http.ResponseWriter, r *http.Request) error {
	var name string
	if err := s.see(r, func(l *lab.Lab) { name = l.Spec().Name }); err != nil {
		return err
	}
	a := accessOf(r)
	origin := s.originOf(r)
	win := ui.ShareWindow{
		Shell: s.labShell(r, "Share", name), BackURL: labURL(a),
		ViewURL: origin + "/labs/" + a.ViewID, Keeps: s.keeps(),
	}
	if a.Edits {
		win.EditURL = origin + labURL(a.Now())
	}
	if a.At != 0 {
		at := strconv.FormatUint(a.At, 10)
		win.Moment, win.ViewURL = "event "+at, win.ViewURL+"?at="+at
		if win.EditURL != "" {
			win.EditURL += "?at=" + at
		}
	}
	return s.page(w, r, ui.Share(win), ui.SharePage(win))
}

// originOf is what an address must begin with so that others can open it.
func (s *Server) originOf(r *http.Request) string {
	if origin := s.names.origin(); origin != "" {
		return origin
	}
	return schemeOf(r) + "://" + r.Host // a name that guard knows
}

func (s *Server) keeps() string {
	if s.persistent {
		return "The lab is kept on the server's disk and survives a restart."
	}
	return "The lab lives in the server's memory: it is gone when the server stops."
}
