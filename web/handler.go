package web

import (
	"bytes"
	"net/http"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"smtplab/web/ui"
)

// handler reads a request, asks the domain, and renders or redirects. It writes nothing before it can no longer
// fail; whatever error it returns is answered by fail.
type handler func(w http.ResponseWriter, r *http.Request) error

// handle makes an http.Handler of a handler.
func (s *Server) handle(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	}
}

// isFragment reports whether browser code asks for the inner part of a page.
func isFragment(r *http.Request) bool { return r.Header.Get("X-Fragment") == "1" }

// page renders the window or the page around it, as the request asks for.
func (s *Server) page(w http.ResponseWriter, r *http.Request, window, page templ.Component) error {
	return s.render(w, r, http.StatusOK, window, page)
}

// render draws into memory first, so that a fault still becomes an honest answer.
func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, window, page templ.Component) error {
	c := page
	if isFragment(r) {
		c = window
	}
	var b bytes.Buffer
	if err := c.Render(r.Context(), &b); err != nil {
		return err
	}
	w.Header().Add("Vary", "X-Fragment")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes())
	return nil
}

// show renders an error. Should even that fail, plain words do.
func (s *Server) show(w http.ResponseWriter, r *http.Request, status int, e ui.ErrorWindow) {
	if err := s.render(w, r, status, ui.Error(e), ui.ErrorPage(e)); err != nil {
		s.log.Error("cannot draw the error page", "error", err)
		http.Error(w, e.Title+" "+e.Text, status)
	}
}

// done ends an action: 204 for a program, 303 to the result for a person.
func done(w http.ResponseWriter, r *http.Request, result string) error {
	if wantsJSON(r) {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(w, r, result, http.StatusSeeOther)
	return nil
}

// shell is what stands around a page.
func (s *Server) shell(r *http.Request, title string) ui.Shell {
	sh := ui.Shell{
		Title: title, Theme: themeOf(r), ThemeURL: "/theme",
		Here: r.URL.RequestURI(), HomeURL: homeOf(r),
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		sh.Here = sh.HomeURL // a form's address cannot be gone back to
	}
	return sh
}

// homeOf is where the way back leads: the lab that the request is about, or the one that the visitor was in last.
// That one is not named in the page, which may be compressed: see the package comment.
func homeOf(r *http.Request) string {
	if a, ok := accessIn(r); ok {
		return labURL(a.Now())
	}
	return "/lab"
}

// routeOf is the pattern that the request matched: fit for a log, since it holds no id.
func routeOf(r *http.Request) string {
	if c := chi.RouteContext(r.Context()); c != nil {
		return c.RoutePattern()
	}
	return ""
}

func (s *Server) notFound(http.ResponseWriter, *http.Request) error { return nothingHere }

func (s *Server) methodNotAllowed(w http.ResponseWriter, r *http.Request) error {
	routes := chi.RouteContext(r.Context()).Routes
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if routes.Match(chi.NewRouteContext(), method, r.URL.Path) {
			w.Header().Add("Allow", method) // RFC 9110 §15.5.6 asks for it
		}
	}
	return &refusal{kind: wrongMethod, text: "This address does not take that kind of request."}
}
