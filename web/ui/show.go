package ui

import (
	"net/url"
	"strings"
)

// Show is what a person wants to see of the trace. Its zero value hides everything: begin with ParseShow.
type Show struct {
	SMTP    bool
	POP3    bool
	TCP     bool
	Explain bool // a few words beside each row
	Ends    bool // line ends as ␍␊
}

// ParseShow reads the query of the lab's page: "show=smtp+pop3+explain". Without one, SMTP and POP3 are shown.
func ParseShow(query url.Values) Show {
	if !query.Has("show") {
		return Show{SMTP: true, POP3: true}
	}
	var s Show
	for word := range strings.FieldsSeq(query.Get("show")) {
		s = s.toggle(word)
	}
	return s
}

// toggle is s with one thing turned over; unknown words change nothing.
func (s Show) toggle(word string) Show {
	switch word {
	case "smtp":
		s.SMTP = !s.SMTP
	case "pop3":
		s.POP3 = !s.POP3
	case "tcp":
		s.TCP = !s.TCP
	case "explain":
		s.Explain = !s.Explain
	case "ends":
		s.Ends = !s.Ends
	}
	return s
}

// String is the words of s as they stand in the query.
func (s Show) String() string {
	var words []string
	for _, w := range []struct {
		on   bool
		word string
	}{{s.SMTP, "smtp"}, {s.POP3, "pop3"}, {s.TCP, "tcp"}, {s.Explain, "explain"}, {s.Ends, "ends"}} {
		if w.on {
			words = append(words, w.word)
		}
	}
	return strings.Join(words, " ")
}
