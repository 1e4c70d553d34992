package ui

import "strings"

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
