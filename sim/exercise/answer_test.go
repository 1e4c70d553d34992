package exercise

import (
	"errors"
	"strings"
	"testing"
)

// asking is an exercise that asks, and the checks of the answers.
func asking(t *testing.T, needs ...string) *Exercise {
	e := needing(t, needs...)
	e.Ask = []Question{
		{ID: "dot", Choices: []Choice{{Text: "A dot", Right: true}, {Text: "QUIT {word}", Why: "That ends the conversation of {word}."}, {Text: "Nothing"}}},
		{ID: "id"},
	}
	return e
}

func TestChosen(t *testing.T) {
	for script, says := range map[string]string{
		"":                            "The question below the task is not answered yet.",
		"answer dot is A dot":         "",
		"answer dot is right":         "",
		"answer dot is \"  a  dot \"": "",
		"answer dot is QUIT {word}":   "“QUIT " + Word(verifySeed) + "” is not right. That ends the conversation of " + Word(verifySeed) + ".",
		"answer dot is Nothing":       "“Nothing” is not right.",
		"answer dot is 7":             "“7” is none of the choices.",
		"answer dot is A dot\nanswer dot is Nothing": "“Nothing” is not right.", // the last counts
	} {
		if v := judged(t, asking(t, "answer dot is right"), script)[0]; v.Met != (says == "") || v.Text != says {
			t.Errorf("%q: %+v", script, v)
		}
	}
}

// An answer is compared with what was said in the student's own conversation, in any that met the check.
func TestQuoted(t *testing.T) {
	const size, receipt = `"SIZE=*" in c0`, `"Accepted as *" in c0`
	two := send + "\npc1 sends to=pc2@email.com subject=\"a longer one\" body=y"
	for _, c := range []struct {
		is, script, answer string
		met                bool
	}{
		{size, send, "253", false},
		{size, send, "244", true},
		{size, send, " 244 octets", true},
		{size, send, "", true}, // the script's own
		{size, send, "10485760", false},
		{size, two, "244", true},
		{size, two, "255", true},
		{size, two, "256", false},
		{receipt, send, "1267", true},
		{receipt, send, "126", false},
		{receipt, two, "b09e", true},
		{`"from=<*@" in c0`, send, "pc1", false}, // as it was said
		{`"FROM:<*@" in c0`, send, "pc1", true},
		{`"Subject: *" in c0`, two, "a", true}, // to the end of the word
		{`"Message-ID: <*>" in c0`, send, "", true},
		{`"{word}*" in c0`, send, "x", false},
		{`"nothing * like it" in c0`, send, "x", false},
	} {
		answer := "\nanswer id is " + c.answer
		if c.answer == "" {
			answer += c.is
		}
		v := judged(t, asking(t, "dialogue\nMAIL -> 250\nEOD -> 250", "answer id is "+c.is), c.script+answer)[1]
		if v.Met != c.met || v.Met != (v.Text == "") {
			t.Errorf("%s is %q after %q: %+v", c.is, c.answer, c.script, v)
		}
	}
	for script, says := range map[string]string{
		"":                           "The question below the task is not answered yet.",
		"answer id is 5":             "What the question is about has not happened yet: Check c0 is met.",
		send + "\nanswer id is 5":    "“5” is not right. What is right was said in the conversation that has event 24, and not after it.",
		connect + "\nanswer id is 5": "What the question is about has not happened yet: Check c0 is met.",
	} {
		if v := judged(t, asking(t, "dialogue\nMAIL -> 250\nEOD -> 250", "answer id is "+size), script)[1]; v.Met || v.Text != says {
			t.Errorf("%q: %+v", script, v)
		}
	}
}

func TestChosenFails(t *testing.T) {
	for text, want := range map[string]string{
		`answer id is "SIZE=" in c0`:   `"SIZE=" has to have one *, which stands for the answer`,
		`answer id is "* and *" in c0`: `has to have one *`,
		`answer id is "\q*" in c0`:     `is no text in quotation marks`,
	} {
		_, err := parseClause(text)
		if m, ok := errors.AsType[*mistake](err); !ok || !strings.Contains(m.text, want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	question := "ask:\n  - id: why\n    text: Why?\nsolution: |\n"
	for name, c := range map[string]struct {
		needs, says string
	}{
		"no choices":     {"answer why is right", "the check “sent” wants a right choice, and the question “why” has no “choices”"},
		"no question":    {"answer how is right", "“ask” has no question “how”"},
		"of nothing":     {`answer why is "x*" in nowhere`, "“nowhere” is no check of one dialogue"},
		"of no question": {`answer how is "x*" in sent`, "“ask” has no question “how”"},
	} {
		old := "needs: |\n      dialogue from pc1 to 25\n        MAIL FROM:<pc1@email.com> -> 250\n        EOD -> 250\n"
		_, err := Parse("sample.md", []byte(strings.Replace(spoil(t, old, "needs: '"+c.needs+"'\n"), "solution: |\n", question, 1)))
		if e, ok := errors.AsType[*Error](err); !ok || e.Line != 8 || !strings.Contains(e.Text, c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, script := range []string{"answer dot is right", `answer id is "x*" in c0`} {
		s, err := parseScript(script)
		if err != nil {
			t.Fatal(err)
		}
		e := asking(t, "dialogue\nMAIL", "answer dot is right")
		e.World.Before = s
		if _, _, err := e.try(nil); err == nil || !strings.Contains(err.Error(), "nobody asks yet") {
			t.Errorf("before the exercise, %s: %v", script, err)
		}
	}
	for script, says := range map[string]string{
		"answer id is right":      "the question “id” has no choices",
		`answer id is "x*" in c0`: "nothing has met “c0” yet",
	} {
		s, err := parseScript(script)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := asking(t, "dialogue\nMAIL").try(s); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", script, err)
		}
	}
}

// Where one of several needs is an answer, it is asked for whatever else has happened.
func TestEitherAnswer(t *testing.T) {
	e := asking(t, "answer dot is right")
	other, err := parseClause("answer dot is Nothing")
	if err != nil {
		t.Fatal(err)
	}
	e.Checks[0].needs = either{e.Checks[0].needs, other}
	for said, met := range map[string]bool{"A dot": true, "Nothing": true, "QUIT": false} {
		if v := judged(t, e, "answer dot is "+said)[0]; v.Met != met {
			t.Errorf("%s: %+v", said, v)
		}
	}
}

// A sentence quotes texts that may have markup, and is none itself.
func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"Say `NOOP`, *twice*":                     "Say NOOP, twice",
		"**Now** [here](/x), and [there](/y?a=b)": "Now here, and there",
		"2 * 3 * 4":     "2 * 3 * 4",
		"MAIL FROM:<*>": "MAIL FROM:<*>",
		"`*`":           "*",
		"no `end":       "no `end",
		"":              "",
	} {
		if got := plain(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
