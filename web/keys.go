package web

import (
	"net/http"

	"smtplab/sim/lab"
	"smtplab/web/ui"
)

// keys are the keyboard shortcuts: GET /labs/{lab}/keys.
func (s *Server) keys(w http.ResponseWriter, r *http.Request) error {
	var name string
	if err := s.see(r, func(l *lab.Lab) { name = l.Spec().Name }); err != nil {
		return err
	}
	a := accessOf(r)
	k := ui.KeysWindow{Shell: s.labShell(r, "Keys", name), BackURL: labURL(a), CanAct: a.CanAct}
	return s.page(w, r, ui.KeySheet(k), ui.KeysPage(k))
}
