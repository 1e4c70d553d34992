package exercise

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"smtplab/sim/lab"
)

// judged is how checks stand after a script, in the default lab; before are the checks that they speak of.
func judged(t *testing.T, e *Exercise, script string) []Verdict {
	t.Helper()
	s, err := parseScript(script)
	if err != nil {
		t.Fatal(err)
	}
	_, v, err := e.try(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// needing is an exercise of checks c0, c1 and so on.
func needing(t *testing.T, needs ...string) *Exercise {
	t.Helper()
	e := &Exercise{ID: "test"}
	for i, text := range needs {
		c, err := parseClause(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		id := "c" + number(float64(i))
		e.Checks = append(e.Checks, Check{ID: id, Says: "Check " + id + " is met", needs: c})
	}
	return e
}

// verdictOn is how a check of that need stands after a script.
func verdictOn(t *testing.T, needs, script string) Verdict {
	t.Helper()
	return judged(t, needing(t, needs), script)[0]
}

const send = "pc1 sends to=pc2@email.com subject=x body=y"

func TestMailbox(t *testing.T) {
	for script, want := range map[string]struct {
		met  bool
		text string
	}{
		"pc1 checks":                         {false, "0 mails wait on the server for PC-2, and it should be 1."},
		send:                                 {true, ""},
		send + "\npc2 checks":                {true, ""}, // it stays on the server
		send + "\npc2 checks\npc2 deletes 1": {false, "0 mails wait on the server for PC-2"},
		send + "\n" + send:                   {false, "2 mails wait on the server for PC-2, and it should be 1."},
		send + "\n" + send + "\npc2 checks\npc2 deletes 2": {true, ""},
	} {
		if v := verdictOn(t, "mailbox pc2 holds 1", script); v.Met != want.met || !strings.HasPrefix(v.Text, want.text) || v.Met != (v.Text == "") {
			t.Errorf("%s: %+v", script, v)
		}
	}
	if v := verdictOn(t, "mailbox pc2 holds at least 2", send); v.Met || v.Text != "1 mail waits on the server for PC-2, and it should be at least 2." {
		t.Errorf("%+v", v)
	}
}

func TestConnections(t *testing.T) {
	for needs, want := range map[string]struct {
		met, broken bool
		text        string
	}{
		"connections from pc1 at most 2":  {true, false, ""},
		"connections from pc1 2":          {true, false, ""},
		"connections from pc1 at most 1":  {false, true, "PC-1 has opened 2 connections, and it should be at most 1. Undo the last, or begin again."},
		"connections from pc1 at least 3": {false, false, "PC-1 has opened 2 connections, and it should be at least 3."},
		"connections from pc3 at least 1": {false, false, "PC-3 has opened 0 connections, and it should be at least 1."},
		"connections from pc3 0":          {true, false, ""},
	} {
		if v := verdictOn(t, needs, send+"\npc1 connects 25\npc2 checks"); v.Met != want.met || v.Broken != want.broken || v.Text != want.text {
			t.Errorf("%s: %+v", needs, v)
		}
	}
}

// What a conversation cost is what it cost when all was said, and not what came later.
func TestCompare(t *testing.T) {
	e := needing(t, "dialogue from pc1 by program\nEOD -> 250", "dialogue from pc2 by program\nEOD -> 250", "compare round trips of c0 with c1 at most 0.75")
	both := "pc2 sends to=pc1@email.com subject=x body=y\npc1 sends to=pc2@email.com subject=x body=y"
	if v := judged(t, e, "pc2 sends to=pc1@email.com subject=x body=y")[2]; v.Met || v.Text != "There is nothing to compare before this is done: Check c0 is met." {
		t.Errorf("%+v", v)
	}
	if v := judged(t, e, send)[2]; v.Met || v.Text != "There is nothing to compare before this is done: Check c1 is met." {
		t.Errorf("%+v", v)
	}
	v := judged(t, e, both)[2]
	if v.Met || !strings.Contains(v.Text, "That is 1.00 of it, and it should be at most 0.75.") || v.Seq == 0 {
		t.Errorf("%+v", v)
	}
	if v := judged(t, e, "pc2 sets without=PIPELINING\n"+both+"\npc1 connects 25"); !v[2].Met {
		t.Errorf("%+v", v)
	}
	if v := judged(t, e, both+"\npc2 sets without=PIPELINING\n"+both); !v[2].Met {
		t.Errorf("who did it badly first cannot do it again: %+v", v)
	}
}

func TestAnswer(t *testing.T) {
	e := needing(t, "dialogue from pc1\nEOD -> 250", "answer n is message octets of c0", "answer n is about message octets of c0", `answer n is "To  be {word}"`)
	// The message has 248 octets, and three more end it.
	word := Word(verifySeed)
	for said, want := range map[string][3]bool{
		"to be " + word:             {false, false, true},
		"  TO BE  " + word + " ":    {false, false, true},
		"to be":                     {},
		word:                        {},
		"message":                   {},
		"message octets of c0":      {}, // which is a text, for a student
		"{measured}":                {true, true, false},
		"{measured} octets":         {true, true, false},
		"{measured}.0":              {true, true, false},
		"{nearly}":                  {false, true, false},
		"{measured}0":               {},
		"-{measured}":               {},
		"about {measured}, I guess": {},
	} {
		l, err := e.Run("test", verifySeed, start)
		if err != nil {
			t.Fatal(err)
		}
		j := e.Judge()
		s, _ := parseScript(send)
		if err := s.play(l, j, apply(l)); err != nil {
			t.Fatal(err)
		}
		j.Update(l)
		n := j.met("c0")[0].cost.of("message octets")
		text := strings.NewReplacer("{measured}", number(n), "{nearly}", number(n+2)).Replace(said)
		if err := l.Apply(lab.Action{Verb: lab.Answer, Target: "n", Text: text}); err != nil {
			t.Fatal(err)
		}
		v := j.Update(l)
		if got := [3]bool{v[1].Met, v[2].Met, v[3].Met}; got != want {
			t.Errorf("“%s”: %v, want %v", text, got, want)
		}
		l.Close()
	}
	for script, want := range map[string][2]string{
		"pc1 checks":             {"The question below the task is not answered yet.", "The question below the task is not answered yet."},
		"answer n is 7":          {"What the question is about has not happened yet: Check c0 is met.", "The answer is not right: “7”."},
		send + "\nanswer n is 7": {"The answer is not right: “7”.", "The answer is not right: “7”."},
		send + "\nanswer n is x": {"The answer is a number, and “x” is none.", "The answer is not right: “x”."},
	} {
		if v := judged(t, e, script); v[1].Text != want[0] || v[3].Text != want[1] {
			t.Errorf("%s: %+v", script, v)
		}
	}
}

// An answer that is a measure with a slip of the pen is not taken as it stands.
func TestMismeasured(t *testing.T) {
	for answer, says := range map[string]string{
		"answer n is duration of sent":     "“duration” cannot be measured: take one of message octets,",
		"answer n is about length of sent": "“about length” cannot be measured",
		`'answer n is "duration of sent"'`: "",
		"answer n is the end of it":        "",
		"answer n is about octets of sent": "",
	} {
		_, err := Parse("sample.md", []byte(spoil(t, "solution:", "  - {id: n, says: x, needs: "+answer+", hints: [a, b, c]}\nask: [{id: n, text: How many}]\nsolution:")))
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

func TestNumbersIn(t *testing.T) {
	for text, want := range map[string][]float64{
		"0": {0}, "27562": {27562}, " 27562 ": {27562}, "27 562": {27562}, "27,562 octets": {27562, 27.562}, "27'562": {27562},
		"27\u00a0562": {27562}, "1,234,567": {1234567}, "1,234.5": {1234.5}, "4.5 s": {4.5}, "12 bytes": {12},
		"3,11": {3.11}, "3,1 s": {3.1}, "0,250": {250, 0.25}, "12345,6": {12345.6}, "5, I think": {5}, "5.": {5}, "5": {5},
		"": nil, "many": nil, "-5": nil, "x5": nil, ",5": nil, "1.2.3": nil, "1,2,3": nil,
	} {
		if got := numbersIn(text); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// hello is a call to a server that a person is, answered as it should be, up to DATA.
const hello = `server sets by_hand=true
pc1 sends to=pc2@email.com subject=x body=y
server answers 220 email.com ESMTP
server answers 250 email.com greets you
server answers 250 OK
server answers 250 OK
`

// A person in the server's place is judged by the standard, one conversation at a time.
func TestServerAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		needs, script string
		met           bool
		text          string
	}{
		"nobody calls":         {"server answers at least 1", "server sets by_hand=true", false, "You have not answered anybody in the server's place yet."},
		"the program answers":  {"server answers at least 1", send, false, "You have not answered anybody in the server's place yet."},
		"nobody answers":       {"server answers at least 1", "server sets by_hand=true\n" + send, false, "You have not answered anybody in the server's place yet."},
		"four":                 {"server answers at least 4", hello, true, ""},
		"not five":             {"server answers at least 5", hello, false, "You have given 4 answers in one conversation without breaking a rule. It should be at least 5."},
		"one":                  {"server answers at least 2", "server sets by_hand=true\n" + send + "\nserver answers 220 email.com x", false, "You have given 1 answer in one"},
		"all":                  {"server answers at least 7", hello + "server answers 354 Go on\nserver answers 250 OK\nserver answers 221 email.com bye", true, ""},
		"then a breach":        {"server answers at least 4", hello + "server answers 250 Go on", true, ""},
		"too early a breach":   {"server answers at least 5", hello + "server answers 250 Go on", false, "DATA is granted with 354, not with a 2. That was event "},
		"a code that is none":  {"server answers at least 1", "server sets by_hand=true\n" + send + "\nserver answers 999 email.com x", false, "There is no such code. That was event "},
		"no code":              {"server answers at least 1", "server sets by_hand=true\n" + send + "\nserver answers Hello", false, "That is no reply: it does not begin with a code."},
		"another name":         {"server answers at least 1", "server sets by_hand=true\n" + send + "\nserver answers 220 example.org x", false, "That is not the server's name."},
		"hanging up":           {"server answers at least 5", hello + "server closes", false, "The server hung up without a goodbye. That was event "},
		"and again":            {"server answers at least 5", hello + "server answers 250 Go on\n" + hello, false, "You have given 4 answers"},
		"and again, better":    {"server answers at least 5", hello + "server answers 250 Go on\n" + hello + "server answers 354 Go on", true, ""},
		"a person at each end": {"server answers at least 3", "server sets by_hand=true\npc1 connects 25\nserver answers 220 email.com x\npc1 says \"EHLO a\\r\\nMAIL FROM:<a@b>\\r\\n\"\nserver says \"250-email.com\\r\\n250 PIPELINING\\r\\n\"\nserver answers 250 OK", true, ""},
	} {
		if v := verdictOn(t, c.needs, c.script); v.Met != c.met || !strings.HasPrefix(v.Text, c.text) {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// A conversation may be judged before its server has accepted it.
func TestServerAnswersStepByStep(t *testing.T) {
	e := needing(t, "server answers at least 1")
	l, err := e.Run("test", verifySeed, start)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	j := e.Judge()
	s, _ := parseScript("server sets by_hand=true")
	if err := s.play(l, j, apply(l)); err != nil {
		t.Fatal(err)
	}
	if err := l.Apply(lab.Action{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: "pc2@email.com"}}); err != nil {
		t.Fatal(err)
	}
	for next, ok := l.Next(); ok && next < l.Now().Add(time.Second); next, ok = l.Next() {
		l.Step()
		j.Update(l)
	}
	s, _ = parseScript("server answers 220 email.com x")
	if err := s.play(l, j, apply(l)); err != nil {
		t.Fatal(err)
	}
	if v := j.Update(l); !v[0].Met {
		t.Errorf("%+v", v[0])
	}
}

// A clause that is none says what it should be.
func TestMeasureFails(t *testing.T) {
	for text, want := range map[string]string{
		"mailbox pc2":                            "write “mailbox HOST holds N”",
		"mailbox pc2 has 1":                      "write “mailbox HOST holds N”",
		"mailbox pc2 holds many":                 "“many” is no number",
		"mailbox pc2 holds at most":              "say how many",
		"mailbox pc2 holds -1":                   "“-1” is no number",
		"mailbox pc2 holds 1 or 2":               "say how many",
		"mailbox pc2 holds 1\nand more":          "has one line only",
		"connections from":                       "write “connections from HOST at most N”",
		"connections to pc1 1":                   "write “connections from HOST at most N”",
		"compare octets":                         "write “compare round trips of CHECK with CHECK at most 0.5”",
		"compare beauty of a with b at most 0.5": "“beauty” cannot be compared: take one of message octets",
		"compare octets of a and b with c 1":     "cannot be compared",
		"compare octets of a with b":             "write “compare",
		"answer":                                 "write “answer QUESTION is TEXT”",
		"answer why":                             "write “answer QUESTION is TEXT”",
		"answer why was x":                       "write “answer QUESTION is TEXT”",
		"answer why is \"x":                      "is no text in quotation marks",
		"server":                                 "write “server answers at least N”",
		"server answers 12":                      "write “server answers at least N”",
		"server answers at most 12":              "write “server answers at least N”",
		"server answers at least many":           "“many” is no number",
		"":                                       "it needs nothing",
		"\n\n":                                   "it needs nothing",
		"no news":                                "“no news” is nothing that can be checked",
	} {
		_, err := parseClause(text)
		if m, ok := errors.AsType[*mistake](err); !ok || !strings.Contains(m.text, want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
