package ui

import (
	"strings"

	"github.com/a-h/templ"
)

// stateChange is "MAIL given → RCPT given", or the one state when nothing changed.
func stateChange(before, after string) string {
	switch {
	case after == "" || after == before:
		return before
	case before == "":
		return after
	}
	return before + " → " + after
}

func dots(words []string) string { return strings.Join(words, " · ") }

// opensAs says how the browser code follows a link of the lab: to a row of the trace, or to a window over the map.
func opensAs(url string) templ.Attributes {
	switch {
	case strings.Contains(url, "/events/"):
		return templ.Attributes{"data-event": true}
	case strings.Contains(url, "/hosts/"):
		return templ.Attributes{"data-dialog": true}
	}
	return nil
}
