package exercise

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestVerify(t *testing.T) {
	if errs := parsed(t).Verify(); len(errs) > 0 {
		t.Error(errs)
	}
}

// What is wrong with an exercise that can be read is found by doing it: the error names the line.
func TestVerifyFails(t *testing.T) {
	needs := "dialogue from pc1 to 25\n        MAIL FROM:<pc1@email.com> -> 250\n        EOD -> 250\n"
	for name, c := range map[string]struct {
		changes []string
		errs    []string // each begins with its line
	}{
		"a check that is never met":  {[]string{"MAIL FROM:<pc1@email.com>", "MAIL FROM:<boss@email.com>"}, []string{"10 the solution does not meet “sent”: “MAIL FROM:<pc1@email.com> SIZE="}},
		"a command that is not said": {[]string{"        EOD -> 250", "        VRFY -> 250"}, []string{"11 the solution does not meet “sent”"}},
		"another answer":             {[]string{"        EOD -> 250", "        EOD -> 251"}, []string{"11 the solution does not meet “sent”"}},
		"what may not be said":       {[]string{"        EOD -> 250", "        EOD -> 250\n        never RCPT"}, []string{"12 the solution does not meet “sent”"}},
		"too many octets":            {[]string{"        EOD -> 250", "        EOD -> 250\n        octets at most 1"}, []string{"9 the solution does not meet “sent”"}},
		"another word":               {[]string{"solution: |\n", "  - id: said\n    says: Say it\n    needs: answer what is so {word}\n    hints: [a, b, c]\nask:\n  - {id: what, text: Which}\nsolution: |\n  answer what is thus\n"}, []string{"15 the solution does not meet “said”: The answer is not right: “thus”. Right is “so "}},
		"two hints":                  {[]string{", Three tells.", ""}, []string{"6 a check has 3 hints, and “sent” has 2: the first points"}},
		"a host that is no client":   {[]string{"from pc1", "from server"}, []string{"9 the solution does not meet “sent”"}},
		"everybody passes":           {[]string{needs, "mailbox pc2 holds 0\n", "pc1 sends to=pc2@email.com subject=\"Hi\" body=\"x\"", "pc1 checks"}, []string{"0 a student who does nothing has passed", "15 the wrong way “nobody sends” is not caught by “sent”; it fails: nothing", "6 the check “sent” is met whatever is done"}},
		"a check for nothing":        {[]string{"solution:", "  - id: none\n    says: No mail comes to PC-3\n    needs: no mail in pc3\n    hints: [a, b, c]\nsolution:"}, []string{"13 the check “none” is met whatever is done: take it out, or add a wrong way that it catches"}},
		"a solution that fails":      {[]string{"pc1 sends to=pc2@email.com", "pc1 sends to=pc2"}, []string{"14 the solution: “pc1 sends to=pc2 subject=\"Hi\" body=\"x\"” cannot be done"}},
		"a wrong way that fails":     {[]string{"      pc1 checks", "      pc1 checks\n      pc1 reads 3"}, []string{"20 the wrong way “nobody sends”: “pc1 reads 3” cannot be done"}},
		"a wrong way that is right":  {[]string{"      pc1 checks", "      pc1 sends to=pc3@email.com subject=x body=x"}, []string{"17 the wrong way “nobody sends” is not caught by “sent”; it fails: nothing"}},
		"a beginning that fails":     {[]string{"solution:", "before: |\n  pc2 reads 1\nsolution:"}, []string{"14 what comes before: “pc2 reads 1” cannot be done"}},
	} {
		var got []string
		for _, err := range parsed(t, c.changes...).Verify() {
			e, ok := errors.AsType[*Error](err)
			if !ok || e.File != "sample.md" {
				t.Fatalf("%s: %T: %v", name, err, err)
			}
			got = append(got, number(float64(e.Line))+" "+e.Text)
		}
		for i, want := range c.errs {
			if i >= len(got) || !strings.HasPrefix(got[i], want) {
				t.Errorf("%s: %q; want %q", name, got, c.errs)
				break
			}
		}
		if len(got) != len(c.errs) {
			t.Errorf("%s: %q; want %q", name, got, c.errs)
		}
	}
}

// A judge that looks at every event as it comes, and one that comes when all is over, judge alike.
func TestJudgedAsItGoes(t *testing.T) {
	for name, text := range catalogFiles(t) {
		e, err := Parse(name, text)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range append(e.Wrong, Wrong{Name: "the solution", Do: e.Solve}) {
			l, err := e.Run("test", verifySeed, start)
			if err != nil {
				t.Fatal(err)
			}
			j := e.Judge()
			p := &player{lab: l, judge: j, word: Word(verifySeed), conn: map[string]uint32{}, act: apply(l)}
			for _, m := range w.Do {
				if err := m.do(p); err != nil {
					t.Fatalf("%s, %s: %v", name, w.Name, err)
				}
				settled := l.Now().Add(1e9)
				for next, ok := l.Next(); ok && next < settled; next, ok = l.Next() {
					l.Step()
					j.Update(l)
					settled = l.Now().Add(1e9)
				}
				j.Update(l)
			}
			late, early := e.Judge().Update(l), j.Update(l)
			for i := range late {
				if late[i].Met != early[i].Met {
					t.Errorf("%s, %s, %s: %v as it went on (%s), %v in the end (%s)", name, w.Name, late[i].Check.ID, early[i].Met, early[i].Text, late[i].Met, late[i].Text)
				}
			}
			l.Close()
		}
	}
}

// What a check says can be so in other ways than that of the solution, and they count.
func TestOtherWaysPass(t *testing.T) {
	const (
		mail = "pc1 types MAIL FROM:<pc1@email.com>\n"
		rcpt = "pc1 types RCPT TO:<pc2@email.com>\n"
		data = "pc1 types DATA\n"
		text = "pc1 says \"Subject: Recovered {word}\\r\\n\\r\\nx\\r\\n.\\r\\n\"\n"
	)
	for _, c := range []struct{ file, checks, script string }{
		{"wrong-order.md", "refused recovered arrived", connect + rcpt + mail + rcpt + data + text},
		{"wrong-order.md", "refused recovered arrived", connect + mail + data + rcpt + data + text},
		{"wrong-order.md", "refused recovered arrived", connect + mail + mail + rcpt + data + text},
		{"wrong-order.md", "refused recovered arrived", connect + mail + rcpt + mail + data + text},
		{"wrong-order.md", "refused arrived", connect + mail + data + connect + mail + rcpt + data + text},
		{"wrong-order.md", "refused arrived", connect + mail + rcpt + data + text + data},
	} {
		e, err := Parse(c.file, catalogFiles(t)[c.file])
		if err != nil {
			t.Fatal(err)
		}
		var met []string
		for _, v := range judged(t, e, c.script) {
			if v.Met {
				met = append(met, v.Check.ID)
			}
		}
		if got := strings.Join(met, " "); got != c.checks {
			t.Errorf("%s: met are %q, want %q, after\n%s", c.file, got, c.checks, c.script)
		}
	}
}

// These were written by teachers who had the page on the format and nothing else. Whatever is changed, theirs go on to work.
func TestExercisesOfTeachers(t *testing.T) {
	names, err := filepath.Glob("testdata/teachers/*.md")
	if err != nil || len(names) < 4 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		e, err := Parse(name, text)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, err := range e.Verify() {
			t.Error(err)
		}
	}
}
