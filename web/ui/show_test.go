package ui

import (
	"net/url"
	"testing"
)

func TestParseShow(t *testing.T) {
	for query, want := range map[string]Show{
		"":                                {SMTP: true, POP3: true, TLS: true, Explain: true},
		"show=smtp+pop3+explain":          {SMTP: true, POP3: true, Explain: true}, // as links were before there was TLS
		"show=tls":                        {TLS: true},
		"show=":                           {},
		"show=tcp":                        {TCP: true},
		"show=tcp+tcp+nonsense":           {TCP: true},
		"show=smtp+pop3+tcp+explain+ends": {SMTP: true, POP3: true, TCP: true, Explain: true, Ends: true},
		"other=1":                         {SMTP: true, POP3: true, TLS: true, Explain: true},
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		got := ParseShow(values)
		if got != want {
			t.Errorf("%q: %+v, want %+v", query, got, want)
		}
		if again := ParseShow(url.Values{"show": {got.String()}}); again != got {
			t.Errorf("%q: written and read again it is %+v", query, again)
		}
	}
}

// Pressing a button of the filters leads to a page on which it looks the other way, unless it is one of a pair.
func TestChips(t *testing.T) {
	s := Show{SMTP: true, Explain: true}
	for _, c := range []struct {
		chip        chipOf
		is, wouldBe bool
	}{
		{chipOf{Word: "smtp", On: false}, true, false},
		{chipOf{Word: "tcp", On: true}, false, true},
		{chipOf{Word: "explain", Fixed: true, On: true}, true, true},
		{chipOf{Word: "explain", Fixed: true, On: false}, false, true},
	} {
		if got := c.chip.pressed(s); got != c.is {
			t.Errorf("%+v: pressed %v", c.chip, got)
		}
		after := s.with(c.chip.Word, c.chip.On)
		next := c.chip
		if !next.Fixed {
			next.On = !next.On
		}
		if got := next.pressed(after); got != c.wouldBe {
			t.Errorf("%+v: then pressed %v", c.chip, got)
		}
	}
}
