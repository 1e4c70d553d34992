package ui

// toneMark says without colour how a thing went.
func toneMark(tone string) string {
	switch tone {
	case "good":
		return "✓"
	case "part":
		return "!"
	}
	return "✗"
}
