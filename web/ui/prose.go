package ui

// Prose is HTML that was made of an exercise's Markdown, and cleaned. It is drawn as it is.
type Prose string
