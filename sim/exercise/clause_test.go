package exercise

import (
	"strings"
	"testing"
)

func TestWithoutRemark(t *testing.T) {
	for line, want := range map[string]string{
		"EOD -> 250":                     "EOD -> 250",
		"EOD -> 250 # the dot":           "EOD -> 250 ",
		"# all of it":                    "",
		"EOD -> 250 #":                   "EOD -> 250 ",
		"body has C# and F#":             "body has C# and F#",
		"body has #1":                    "body has #1",
		`line "a # b"`:                   `line "a # b"`,
		`line "a # b" # c`:               `line "a # b" `,
		`line "a\\" # b`:                 `line "a\\" `,
		`line "a\\\" # b" # c`:           `line "a\\\" # b" `,
		`line "say \"so\" # b" # and "c`: `line "say \"so\" # b" `,
	} {
		if got := withoutRemark(line); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func TestAmount(t *testing.T) {
	for text, want := range map[string][]bool{ // of 2, 3 and 4
		"3":          {false, true, false},
		"= 3":        {false, true, false},
		"at least 3": {false, true, true},
		"at most 3":  {true, true, false},
		"3.5":        {false, false, false},

		"at least 0.5":      {true, true, true},
		"at least 10485760": {false, false, false},
	} {
		a, err := parseAmount(strings.Fields(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		for i, n := range []float64{2, 3, 4} {
			if a.has(n) != want[i] {
				t.Errorf("%s has %g: %v", text, n, a.has(n))
			}
		}
		if again, err := parseAmount(strings.Fields(a.String())); err != nil || again != a {
			t.Errorf("%s says “%s”", text, a)
		}
	}
}

func TestNoAmount(t *testing.T) {
	for _, text := range []string{"", "NaN", "Inf", "at most inf", "-1", "+1", "0x10", "1e3", ".", "1.2.3", "1,5", "at 3", "3 4", strings.Repeat("9", 400)} {
		if a, err := parseAmount(strings.Fields(text)); err == nil {
			t.Errorf("%q is %v", text, a)
		}
	}
}

// What is read from a clause can be said once, for the second would take the place of the first.
func TestHeadOfDialogue(t *testing.T) {
	for head, want := range map[string]string{
		"by hand by program":    "“by program”: “by” stands here a second time",
		"from pc1 from pc2":     "“from pc2”: “from” stands here a second time",
		"to 25 from pc1 to 587": "“to 587”: “to” stands here a second time",
		"in TLS in TLS":         "“in TLS”: “in” stands here a second time",
	} {
		if _, err := parseClause("dialogue " + head + "\nNOOP"); err == nil || err.Error() != want {
			t.Errorf("%s: %v", head, err)
		}
	}
}

func TestPattern(t *testing.T) {
	for _, c := range []struct {
		pattern, line string
		is            bool
	}{
		{"NOOP", "NOOP", true},
		{"NOOP", "noop", true},
		{"noop", "NOOP", true},
		{"NOOP", "NOOP x", true},
		{"NOOP", "NOOPS", false},
		{"NOOP", "NOO", false},
		{"NOOP", "", false},
		{"*", "", true},
		{"*", "anything", true},
		{"MAIL *", "MAIL", false},
		{"MAIL *", "MAIL x", true},
		{"MAIL FROM:<*>", "MAIL FROM:<>", true},
		{"MAIL FROM:<*>", "MAIL FROM:<a@b> SIZE=1", true},
		{"MAIL FROM:<*>", "MAIL FROM:<a@b>x", false},
		{"MAIL FROM:<*@b>", "MAIL FROM:<x@a> <y@b>", true},
		{"MAIL FROM:<*@b>", "MAIL FROM:<x@b>c> and", false},
		{"a*b*c", "a b c", true},
		{"a*b*c", "abbcc", true},
		{"a*b*c", "ac b", false},
		{"a*b*c", "abc d", true},
		{"a*bc", "abcd bc", true},
		{"a*bc", "abcd bcd", false},
		{"É", "É", true},
		{"x", strings.Repeat("x", 300), false},
		{"x*", strings.Repeat("X", 300), true},
	} {
		if got := patternOf(c.pattern).begins([]byte(c.line)); got != c.is {
			t.Errorf("%q for %q: %v", c.pattern, c.line, got)
		}
	}
	if (pattern)(nil).begins(nil) {
		t.Error("the zero pattern matches something")
	}
}

// Of several needs one is enough. As long as none is met, the one is told of to which the last thing was said.
func TestEither(t *testing.T) {
	e := needing(t, "dialogue\nNOOP -> 250")
	other, err := parseClause("dialogue\nRSET -> 250\nNOOP -> 500")
	if err != nil {
		t.Fatal(err)
	}
	e.Checks[0].needs = either{e.Checks[0].needs, other}
	for script, says := range map[string]string{
		"":                                     "There was no conversation yet.",
		connect + "pc1 types RSET":             "Good up to event 15. Still missing: “NOOP”, answered with 500.",
		connect + "pc1 types NOOP":             "",
		connect + "pc1 types NOOP\n" + connect: "",
	} {
		if v := judged(t, e, script)[0]; v.Met != (says == "") || v.Text != says {
			t.Errorf("%q: %+v", script, v)
		}
	}
}
