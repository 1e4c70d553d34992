package exercise

import _ "embed"

// Format is the page for whoever writes an exercise, in Markdown.
//
//go:embed FORMAT.md
var Format string
