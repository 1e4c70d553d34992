package web

import (
	"net/http"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"smtplab/web/ui"
)

// zipped compresses pages that hold no secret; see the package comment.
var zipped = middleware.Compress(5, "text/html")

// contents leads to the first page of the theory: GET /theory.
func (s *Server) contents(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, theoryURL(ui.TheorySections()[0]), http.StatusSeeOther)
	return nil
}

func theoryURL(t ui.TheorySection) string { return "/theory/" + t.Slug }

// theoryLinks lead to all its pages.
func theoryLinks() []ui.Link {
	var links []ui.Link
	for _, t := range ui.TheorySections() {
		links = append(links, ui.Link{Text: "Theory: " + t.Title, URL: theoryURL(t)})
	}
	return links
}

// theory is one page of it: GET /theory/{page}.
func (s *Server) theory(w http.ResponseWriter, r *http.Request) error {
	sections := ui.TheorySections()
	page := ui.TheoryPage{}
	var body templ.Component
	for i, t := range sections {
		current := t.Slug == chi.URLParam(r, "page")
		page.Contents = append(page.Contents, ui.Tab{Label: t.Title, URL: theoryURL(t), Current: current})
		if !current {
			continue
		}
		body, page.Title = t.Body, t.Title
		if i > 0 {
			page.Previous = ui.Link{Text: sections[i-1].Title, URL: theoryURL(sections[i-1])}
		}
		if i+1 < len(sections) {
			page.Next = ui.Link{Text: sections[i+1].Title, URL: theoryURL(sections[i+1])}
		}
	}
	if body == nil {
		return &refusal{kind: notFound, text: "There is no such page in the theory."}
	}
	page.Shell = s.shell(r, page.Title)
	page.Shell.Nav = "theory"
	c := ui.Theory(page)
	r = r.WithContext(templ.WithChildren(r.Context(), body))
	return s.page(w, r, c, c)
}
