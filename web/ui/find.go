package ui

import (
	"net/url"
	"strconv"
	"strings"
)

// Find is the box for what people look for in the trace, and what was found. A query hides the other lines, or marks
// those that match among them.
type Find struct {
	LabURL  string // the page: the form is a GET on it, with q, mode and show
	URL     string // leads to a match: GET with q, show, and after or before
	Text    string // the query as it was typed
	Marks   bool   // it marks lines, and hides none
	Mistake string // what is wrong with the query, in a sentence; then nothing was looked for

	Matched int    // lines, of those that the filters show
	Total   int    // lines that the filters show
	Hidden  int    // matches that the filters hide
	Last    uint64 // the newest event that was looked at
	End     bool   // the rows are the newest: what comes follows them
	At      uint64 // the match that the page leads to; 0 for none
	Number  int    // which one it is, from 1
}

// filters reports whether lines are hidden.
func (f Find) filters() bool { return f.Text != "" && f.Mistake == "" && !f.Marks }

// mode is the word for it in the query of the page.
func (f Find) mode() string {
	if f.Marks {
		return "find"
	}
	return "filter"
}

// words say what was found. find.js says the same.
func (f Find) words() string {
	switch {
	case f.Text == "" || f.Mistake != "":
		return ""
	case f.Marks && f.Number > 0:
		return "match " + strconv.Itoa(f.Number) + " of " + strconv.Itoa(f.Matched)
	case f.Marks && f.Matched == 1:
		return "1 match"
	case f.Marks:
		return strconv.Itoa(f.Matched) + " matches"
	}
	words := strconv.Itoa(f.Matched) + " of " + strconv.Itoa(f.Total) + " lines"
	if f.Hidden > 0 {
		words += ", " + strconv.Itoa(f.Hidden) + " more hidden"
	}
	return words
}

// Query is the part of an address that keeps what somebody looks for: "mode=filter&q=verb%3Arcpt&show=smtp"; "" when that
// is nothing.
func (f Find) Query(s Show) string {
	if f.Text == "" {
		return ""
	}
	return url.Values{"q": {f.Text}, "mode": {f.mode()}, "show": {s.String()}}.Encode()
}

// pinned is the query for the pinned lines.
const pinned = "is:pinned"

// pinnedURL leads to the pinned lines, or back from there to all.
func (f Find) pinnedURL(s Show) string {
	if f.onlyPinned() {
		return f.LabURL + "?" + showQuery(s)
	}
	return f.LabURL + "?" + Find{Text: pinned}.Query(s)
}

func showQuery(s Show) string { return url.Values{"show": {s.String()}}.Encode() }

func (f Find) onlyPinned() bool { return strings.TrimSpace(f.Text) == pinned && !f.Marks }

// Shows reports whether events of a kind and a protocol, as a Row names them, are shown. trace.css does the same.
func (s Show) Shows(kind, proto string) bool {
	switch {
	case kind == "lost": // never hidden: it explains the rest
		return true
	case kind == "handshake":
		return s.TLS
	case kind == "segment" || proto == "tcp":
		return s.TCP
	case proto == "smtp":
		return s.SMTP
	case proto == "pop3":
		return s.POP3
	}
	return true
}
