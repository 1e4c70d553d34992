package ui

// whoMark is the mark at the start of a row: which way it went and, as in the RFCs, who said it.
func whoMark(r Row) string {
	switch r.Side {
	case "client":
		return "▶ C:"
	case "server":
		return "◀ S:"
	}
	return "·"
}

func firstLines(lines []Line) []Line { return lines[:min(len(lines), folded)] }

// kindWords say what a row is about that nobody says.
func kindWords(r Row) string {
	switch r.Kind {
	case "open", "close":
		return "TCP connection"
	case "segment":
		return "TCP segment"
	case "lost":
		return "✗ TCP segment lost"
	case "store":
		return "✓ stored for"
	case "action":
		return r.Who
	}
	return ""
}
