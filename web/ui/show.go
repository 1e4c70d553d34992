package ui

import (
	"net/url"
	"strings"

	"github.com/a-h/templ"
)

// Show is what a person wants to see of the trace. Its zero value hides everything: begin with ParseShow.
type Show struct {
	SMTP    bool
	POP3    bool
	TLS     bool
	TCP     bool
	Explain bool // a few words beside each row
	Ends    bool // the name of each line end
}

// ParseShow reads the query of the lab's page: "show=smtp+pop3+tls+explain". Without one it is just that.
func ParseShow(query url.Values) Show {
	if !query.Has("show") {
		return Show{SMTP: true, POP3: true, TLS: true, Explain: true}
	}
	var s Show
	for word := range strings.FieldsSeq(query.Get("show")) {
		s = s.with(word, true)
	}
	return s
}

// with is s with one thing shown or not; unknown words change nothing.
func (s Show) with(word string, on bool) Show {
	switch word {
	case "smtp":
		s.SMTP = on
	case "pop3":
		s.POP3 = on
	case "tls":
		s.TLS = on
	case "tcp":
		s.TCP = on
	case "explain":
		s.Explain = on
	case "ends":
		s.Ends = on
	}
	return s
}

// String is the words of s as they stand in the query.
func (s Show) String() string {
	var words []string
	for _, w := range []struct {
		on   bool
		word string
	}{{s.SMTP, "smtp"}, {s.POP3, "pop3"}, {s.TLS, "tls"}, {s.TCP, "tcp"}, {s.Explain, "explain"}, {s.Ends, "ends"}} {
		if w.on {
			words = append(words, w.word)
		}
	}
	return strings.Join(words, " ")
}

// showAll is the page with everything that is said on the wire.
func showAll(labURL string) string {
	all := Show{SMTP: true, POP3: true, TLS: true, TCP: true, Explain: true}
	return labURL + "?" + url.Values{"show": {all.String()}}.Encode()
}

// chipOf is a button that shows or hides one thing.
type chipOf struct {
	Word  string
	Label string
	Title string // when the Label alone does not say it
	On    bool   // what pressing it does
	Fixed bool   // it always does that, instead of turning the thing over
}

// pressed reports whether the button is down: a fixed one while things are as it would make them, another while
// its thing is shown.
func (c chipOf) pressed(s Show) bool {
	if !c.Fixed {
		return !c.On
	}
	return s.with(c.Word, c.On) == s
}

func (c chipOf) attributes() templ.Attributes {
	a := templ.Attributes{}
	if c.Fixed {
		a["data-show-on"] = yesNo(c.On)
	}
	if c.Title != "" {
		a["title"] = "Show " + c.Title
		a["aria-label"] = c.Label + " " + c.Title
	}
	return a
}
