package ui

import (
	"strings"
	"unicode"
)

// stateMark tells without colour how far an exercise is.
func stateMark(state string) string {
	switch state {
	case "done":
		return "✓"
	case "begun":
		return "◐"
	}
	return "○"
}

// stageWords is a stage with the letter that sorts it set apart: "B message" is "B. Message".
func stageWords(stage string) string {
	letter, name, ok := strings.Cut(stage, " ")
	if !ok || len(letter) != 1 || name == "" {
		return stage
	}
	first := []rune(name)
	first[0] = unicode.ToUpper(first[0])
	return letter + ". " + string(first)
}
