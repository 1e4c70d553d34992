package ui

import "github.com/a-h/templ"

// pageTitle is the document's title: the page first, so that tabs can be told apart.
func pageTitle(title string) string {
	if title == "" {
		return "SMTP Lab"
	}
	return Visible(title) + " · SMTP Lab"
}

// nextTheme is what the theme button changes to.
func nextTheme(theme string) string {
	switch theme {
	case "light":
		return "dark"
	case "dark":
		return "auto"
	}
	return "light"
}

// current is aria-current for the entry of a navigation that is the page itself.
func current(is bool) templ.Attributes {
	if !is {
		return nil
	}
	return templ.Attributes{"aria-current": "page"}
}
