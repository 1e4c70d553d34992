package exercise

import (
	"errors"
	"strings"
	"testing"
	"time"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
)

// played is the default lab after a script.
func played(t *testing.T, text string) *lab.Lab {
	t.Helper()
	l, err := play(t, text)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func play(t testing.TB, text string) (*lab.Lab, error) {
	t.Helper()
	s, err := parseScript(text)
	if err != nil {
		t.Fatal(err)
	}
	l, err := lab.New(lab.Default("test", verifySeed, start))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l, s.play(l, nil, apply(l))
}

// said is what hosts said in their conversations, a line each.
func said(l *lab.Lab) string {
	var b strings.Builder
	for e := range l.Trace().After(0) {
		if e.Line() {
			b.Write(e.Raw)
		}
	}
	return b.String()
}

// Each line of a script does what people can do, as the same action.
func TestScript(t *testing.T) {
	word := Word(verifySeed)
	for name, c := range map[string]struct {
		script string
		says   []string
	}{
		"sends": {`pc1 sends to="pc2@email.com, pc3@email.com" cc=pc1@email.com bcc=postmaster@email.com subject="A {word}" body="Hello, \"{word}\"" file="a.txt:it is {word}"`,
			[]string{"RCPT TO:<postmaster@email.com>", "Cc: pc1@email.com", "Subject: A " + word, `Hello, "` + word + `"`, fill("{base64 it is {word}}", word)}},
		"reads":         {"pc1 sends to=pc2@email.com subject=x body=y\npc2 checks\npc2 reads 1", []string{"RETR 1"}},
		"deletes":       {"pc1 sends to=pc2@email.com subject=x body=y\npc2 checks\npc2 deletes 1", []string{"DELE 1"}},
		"types":         {"pc1 connects 25\npc1 types EHLO {word}", []string{"EHLO " + word + "\r\n", "250-email.com greets " + word}},
		"types nothing": {"pc1 connects 25\npc1 types", []string{"\r\n500 "}},
		"to a host":     {"pc1 connects 192.168.11.4 110\npc1 types CAPA", []string{"+OK"}},
		"says":          {`pc1 connects 25` + "\n" + `pc1 says "NOOP\r\nNOOP\r\nQU"` + "\n" + `pc1 says "IT\r\n"`, []string{"NOOP\r\nNOOP\r\n250", "QUIT\r\n221"}},
		"repeats":       {"pc1 connects 25\npc1 types NOOP {5 ab}c", []string{"NOOP ababababab" + "c\r\n"}},
		"answers":       {"server sets by_hand=true\npc1 connects 25\nserver answers 220 email.com {word}\npc1 types QUIT\nserver says \"221 x\\r\\n\"", []string{"220 email.com " + word + "\r\n", "221 x\r\n"}},
		"sets":          {"pc1 sets smtp_port=587 smtp_tls=required smtp_login=any\npc1 sends to=pc2@email.com subject=x body=y", []string{"STARTTLS\r\n", "AUTH SCRAM"}},
		"sets a word":   {`server sets aliases="{word}: pc2"` + "\npc1 sends to={word}@email.com subject=x body=y", []string{"250 2.1.5 Recipient accepted"}},
		"remarks":       {"# a remark\n\n   \n  pc1 connects 25\n  # types nothing\n", []string{"220 "}},
	} {
		t.Run(name, func(t *testing.T) {
			text := said(played(t, c.script))
			for _, want := range c.says {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in %q", want, text)
				}
			}
		})
	}
}

// The ends of connections, cables and time are scripted, too.
func TestScriptEnds(t *testing.T) {
	closes := func(l *lab.Lab) (notes string) {
		for e := range l.Trace().After(0) {
			if e.Kind == trace.Close {
				notes += e.Note + ";"
			}
		}
		return notes
	}
	if got := closes(played(t, "pc1 connects 25\npc1 closes\npc2 connects 25\npc2 resets")); got != "closed;reset by pc2;" {
		t.Error(got)
	}
	l := played(t, "cut pc1\npc1 sends to=pc2@email.com subject=x body=y\nrestore pc1\nwaits 30s")
	if !strings.Contains(said(l), "250 2.0.0 Accepted") {
		t.Error("the mail was not sent when the cable was whole again")
	}
	if got := time.Duration(played(t, "waits 90m").Now()); got != 90*time.Minute {
		t.Errorf("after waiting 90 minutes it is %v", got)
	}
	if got := time.Duration(played(t, "pc1 connects 25\nskips").Now()); got < time.Minute {
		t.Errorf("nothing was skipped: it is %v", got)
	}
	l = played(t, "answer why is because of {word}\nanswer how is \"with care\"")
	if text, seq := l.Answer("why"); text != "because of "+Word(verifySeed) || seq == 0 {
		t.Errorf("%q", text)
	}
	if text, _ := l.Answer("how"); text != "with care" {
		t.Errorf("%q", text)
	}
}

// A line that is none is found before anything is played, a line that cannot be done while it is.
func TestScriptFails(t *testing.T) {
	for line, want := range map[string]string{
		"pc1":                                "that is not understood",
		"pc1 dances":                         "that is not understood",
		"pc1 sends to":                       "“to” is not KEY=VALUE",
		"pc1 sends to=\"x":                   "the quotation marks behind “to=” do not end",
		"pc1 sends form=x":                   "a mail has no “form”",
		"pc1 reads first":                    "“first” is no number",
		"pc1 connects":                       "“” is no port",
		"pc1 connects server smtp":           "“smtp” is no port",
		"pc1 says \"NOOP":                    "is no text in quotation marks",
		"waits":                              "write how long",
		"waits long":                         "write how long",
		"waits -5s":                          "write how long",
		"waits 1000000h":                     "at most 720h",
		"answer why":                         "write “answer QUESTION is TEXT”",
		"answer why is \"":                   "is no text in quotation marks",
		"pc1 sets smtp_port":                 "“smtp_port” is not KEY=VALUE",
		"pc1 sets a=1 b=\"2":                 "do not end",
		"pc1 sends to=pc2@email.com \"x\"=y": "is not KEY=VALUE",
	} {
		_, err := parseScript("pc1 checks\n" + line)
		m, ok := errors.AsType[*mistake](err)
		if !ok || m.line != 1 || !strings.Contains(m.text, want) || !strings.HasPrefix(m.text, "“"+line+"”: ") {
			t.Errorf("%s: %v", line, err)
		}
	}
	for line, want := range map[string]string{
		"pc9 checks":                           "There is no host “pc9”",
		"server sends to=pc2@email.com body=x": "has no mail program",
		"pc1 sends to=pc2":                     "is not a complete mail address",
		"pc1 reads 7":                          "no mail number 7",
		"pc1 types NOOP":                       "pc1 has no connection: first comes “pc1 connects 25”",
		"server answers 220 x":                 "nobody has called server, or it answers by itself",
		"pc1 closes":                           "pc1 has no connection",
		"server sets lookup=quiet":             "lookup: “quiet” is no way to answer VRFY and EXPN: it is vague or off",
		"cut switch":                           "no host “switch” with a link",
		"restore pc1":                          "is whole already",
		"skips":                                "Nothing is going on",
		"pc1 sets smtp_port=0":                 "smtp_port: “0” is no port",
		"pc1 sets colour=red":                  "a PC has no setting “colour”",
		"server sets max_size=1":               "The size limit is between",
		"switch sets max_size=1":               "there is no host “switch”",
		"answer Why is x":                      "is the name of no question",
		"answer why is octets of sent":         "is not known before the exercise begins",
	} {
		_, err := play(t, "pc2 checks\n"+line)
		if m, ok := errors.AsType[*mistake](err); !ok || m.line != 1 || !strings.Contains(m.text, want) || !strings.Contains(m.text, "cannot be done") {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// However much a text is to be repeated, it stays within bounds.
func TestRepeatedIsBounded(t *testing.T) {
	p := &player{word: "WORDS"}
	if n := len(p.fill(strings.Repeat("{999999 {word}}", 1000))); n > maxRepeated {
		t.Errorf("%d octets", n)
	}
	for text, want := range map[string]string{"{3 ab}": "ababab", "{0 x}": "", "{1000000000 x}": "{1000000000 x}", "{x 3}": "{x 3}", "{{2 x}": "{2 x}", "{2 {2 x}}": "{2 x{2 x}", "{2 {base64 {word}}}": "V09SRFM=V09SRFM=", "{2 {word}}": "WORDSWORDS", "{2 {base64 x} {base64 y": "{2 eA== {base64 y"} {
		if got := p.fill(text); got != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}

// Whatever a check needs and a script does, trying it comes to an end.
func FuzzVerify(f *testing.F) {
	f.Add("dialogue from pc1 to 25 by hand\nEHLO|HELO -> 250 has SIZE lacks X\nline \"x\"\nmessage has \"\\n\"\nEOD -> 5yz\nnever QUIT\noctets at most 9\none transaction", "pc1 connects 25\npc1 types EHLO x\npc1 says \"NOOP\\n\"\npc1 closes")
	f.Add("mail in pc2\nsubject has x\nis read\ncopies 2", "pc1 sends to=pc2@email.com subject=x\npc2 checks\npc2 reads 1\npc2 deletes 1")
	f.Add("server answers at least 2", "server sets by_hand=true\npc1 connects 25\nserver answers 220 x\npc1 types QUIT\nwaits 100h")
	f.Add("no mail in pc2\nlines at most 9", "cut pc1\npc1 sends to=pc2@email.com file=\"x:{9 y}\"\nskips\nrestore pc1\nwaits 40m")
	f.Add("mailbox pc2 holds at least 1", "pc1 sets smtp_tls=first smtp_port=465\npc1 sends to=pc2@email.com")
	f.Add("connections from pc1 at most 1", "answer a is b")
	f.Fuzz(func(t *testing.T, needs, script string) {
		c, err := parseClause(needs)
		if err != nil {
			return
		}
		s, err := parseScript(script)
		if err != nil {
			return
		}
		e := &Exercise{ID: "x", Checks: []Check{{ID: "x", Says: "x", needs: c}}, Solve: s, Wrong: []Wrong{{Name: "x", Fails: "x", Do: s}}}
		if errs := e.Verify(); len(errs) == 0 {
			t.Fatal("the same script is the solution and a wrong way")
		}
	})
}
