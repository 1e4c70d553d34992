package ui

import "github.com/a-h/templ"

// downloaded has the browser save what a link leads to, rather than show it.
func downloaded(is bool) templ.Attributes {
	if !is {
		return nil
	}
	return templ.Attributes{"download": true}
}

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

func orElse(url, other string) string {
	if url == "" {
		return other
	}
	return url
}

// fold splits the lines of a chunk into those that are shown, those that are folded away and those that are shown
// after them. When there are few, all of them are head.
func fold(lines []Line) (head, middle, tail []Line) {
	if len(lines) <= folded {
		return lines, nil, nil
	}
	end := len(lines) - foldedTail
	return lines[:foldedHead], lines[foldedHead:end], lines[end:]
}

// kindWords say what a row is about that nobody says, or that cannot be seen.
func kindWords(r Row) string {
	switch r.Kind {
	case "open", "close":
		return "TCP connection"
	case "segment":
		return "TCP segment"
	case "lost":
		return "✗ TCP segment lost:"
	case "store":
		return "✓ stored for"
	case "action":
		return r.Who
	case "command", "response":
		if len(r.Lines) == 1 && r.Lines[0].Text == "" {
			return "(an empty line)"
		}
	}
	return ""
}
