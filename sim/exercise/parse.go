package exercise

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"smtplab/sim/lab"
	"smtplab/sim/rfc"
)

// Error is what is wrong with an exercise's file.
type Error struct {
	File string
	Line int // from 1; 0 when it is the file as a whole
	Text string
}

// Error names the place first: "first-mail.md:12: …".
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Text
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
}

const fence = "---\n"

// maxFile is how large an exercise's file may be, in octets.
const maxFile = 256 << 10

// Read reads an exercise's file for Parse. Of one that is too large it reads no more than Parse needs to say so.
func Read(file io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(file, maxFile+1)) }

// parser reads one file.
type parser struct {
	file string
	*Exercise
}

// Parse reads an exercise. name is that of its file: the exercise's id with ".md". Whatever is wrong is an *Error.
func Parse(name string, b []byte) (*Exercise, error) {
	p := parser{name, &Exercise{ID: strings.TrimSuffix(name[strings.LastIndexByte(name, '/')+1:], ".md"), file: name}}
	if len(b) > maxFile { // before anything is copied
		return nil, p.fail(0, "the file is larger than %d KiB", maxFile>>10)
	}
	if err := p.parse(string(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")))); err != nil {
		return nil, err
	}
	return p.Exercise, nil
}

// look looks at every text of the front matter. of is what the text is: the name before it.
func (p parser) look(n *yaml.Node, of string) error {
	if n.Kind == yaml.ScalarNode {
		return p.lookAt(n, of)
	}
	for i, inner := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			of = inner.Value
			continue
		}
		if err := p.look(inner, of); err != nil {
			return err
		}
	}
	return nil
}

// shown are texts that people read.
var shown = []string{"title", "stage", "says", "hints", "text", "why", "name"}

// lookAt looks for tokens that are none, and for what YAML takes for something of its own.
func (p parser) lookAt(n *yaml.Node, of string) error {
	var t text
	_ = t.UnmarshalYAML(n) // it is one
	switch isShown := slices.Contains(shown, of); {
	case isShown && n.LineComment != "" && n.Style == 0:
		return p.fail(at(t), "“%s” is cut off here, as a remark: a text with “ #” in it has to stand in quotation marks",
			n.LineComment)
	case isShown && n.Anchor != "":
		return p.fail(at(t), "%s", beginsWith('&'))
	case isShown && n.Style&yaml.TaggedStyle != 0:
		return p.fail(at(t), "%s", beginsWith('!'))
	}
	inScript := slices.Contains([]string{"before", "solution", "does"}, of)
	if err := noTokenIn(t.value, inScript); err != nil {
		return p.inside(t, err)
	}
	if (of == "title" || of == "stage") && fill(t.value, "") != t.value {
		return p.fail(at(t), "“%s” is the same for everybody, so nothing in braces can stand in it", of)
	}
	return nil
}

func (p parser) fail(line int, format string, args ...any) error {
	return &Error{p.file, line, fmt.Sprintf(format, args...)}
}

var idPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

const ownID = "an “id” of its own: small letters, digits and hyphens"

func (p parser) parse(src string) error {
	if !utf8.ValidString(src) {
		return p.fail(0, "the file is not UTF-8: save it as that")
	}
	src = strings.TrimPrefix(src, "\uFEFF") // which some editors put there
	if !idPattern.MatchString(p.ID) {
		return p.fail(0, "the name of the file is the exercise's id: small letters, digits and hyphens, as first-mail.md")
	}
	rest, ok := strings.CutPrefix(src, fence)
	matter, body, closed := strings.Cut(rest, "\n"+fence)
	switch {
	case ok && !closed:
		return p.fail(1, "the front matter does not end: behind the settings comes a line “---” again")
	case !ok:
		return p.fail(1, "the file begins with a front matter: a line “---”, the settings, and again a line “---”")
	}
	var whole yaml.Node
	if err := yaml.Unmarshal([]byte(matter), &whole); err != nil {
		return p.unreadable(err, matter)
	}
	var f front
	d := yaml.NewDecoder(strings.NewReader(matter))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil {
		return p.yaml(err)
	}
	if err := p.look(&whole, ""); err != nil {
		return err
	}
	if err := p.fill(&f); err != nil {
		return err
	}
	return p.read(body, strings.Count(matter, "\n")+4)
}

func (p parser) fill(f *front) error {
	e := p.Exercise
	e.Title, e.Stage, e.Minutes = f.Title.value, f.Stage.value, f.Minutes
	var missing []string
	need := func(name string, isThere bool) {
		if !isThere {
			missing = append(missing, "“"+name+"”")
		}
	}
	need("title", e.Title != "")
	need("stage", e.Stage != "")
	need("checks", len(f.Checks) > 0)
	need("solution", f.Solution.value != "")
	switch {
	case len(missing) > 0:
		return p.fail(1, "in the front matter is missing: %s", strings.Join(missing, ", "))
	case e.Minutes < 1 || e.Minutes > 240:
		return p.fail(1, "“minutes” says how long it takes: between 1 and 240")
	}
	for _, id := range f.After {
		if !idPattern.MatchString(id.value) || id.value == e.ID {
			return p.fail(at(id), "“after” has the ids of other exercises, and “%s” is none", id.value)
		}
		e.After, e.afterLines = append(e.After, id.value), append(e.afterLines, at(id))
	}
	if err := p.world(f); err != nil {
		return err
	}
	if err := p.checks(f); err != nil {
		return err
	}
	if err := p.asked(f); err != nil {
		return err
	}
	if err := p.quiz(f); err != nil {
		return err
	}
	if err := p.played(f); err != nil {
		return err
	}
	for _, r := range f.Refs {
		ref, err := rfc.Parse(r.value)
		if err != nil {
			return p.fail(at(r), "%v", err)
		}
		e.Refs = append(e.Refs, ref)
	}
	return nil
}

// checks reads what has to be so in the end.
func (p parser) checks(f *front) error {
	ids := map[string]bool{}
	for _, c := range f.Checks {
		if !idPattern.MatchString(c.ID.value) || ids[c.ID.value] {
			return p.fail(cmp.Or(c.ID.line, c.Says.line)+1, "a check has %s", ownID)
		}
		ids[c.ID.value] = true
		if c.Says.value == "" {
			return p.fail(at(c.ID), "the check “%s” has to say to the student what it wants: “says”", c.ID.value)
		}
		if len(c.Needs) == 0 {
			return p.fail(at(c.ID), "the check “%s” needs something: “needs”", c.ID.value)
		}
		check := Check{ID: c.ID.value, Says: c.Says.value, line: at(c.ID), at: at(c.Needs[0])}
		var all either
		for _, needs := range c.Needs {
			one, err := parseClause(needs.value)
			if err != nil {
				return p.inside(needs, err)
			}
			all = append(all, one)
		}
		if check.needs = all; len(all) == 1 {
			check.needs = all[0]
		}
		for _, hint := range c.Hints {
			if hint.value == "" {
				return p.fail(cmp.Or(hint.line, c.ID.line)+1, "a hint of the check “%s” is empty", c.ID.value)
			}
			check.Hints = append(check.Hints, hint.value)
		}
		p.Checks = append(p.Checks, check)
	}
	return nil
}

// asked reads the questions that are asked during the task, and holds the checks against them.
func (p parser) asked(f *front) (err error) {
	if p.Ask, err = p.questions(f.Ask); err != nil {
		return err
	}
	if err := p.refer(f); err != nil {
		return err
	}
	for i, q := range p.Ask {
		if !p.isCompared(q.ID) {
			return p.fail(at(f.Ask[i].ID), "no check looks at the answer to “%s”: one needs “answer %s is …”, "+
				"or it belongs into “quiz”", q.ID, q.ID)
		}
	}
	return nil
}

// quiz reads the questions before and after.
func (p parser) quiz(f *front) (err error) {
	if p.Quiz, err = p.questions(f.Quiz); err != nil {
		return err
	}
	for i, q := range p.Quiz {
		right := 0
		for _, c := range q.Choices {
			if c.Right {
				right++
			}
		}
		switch {
		case len(q.Choices) == 0:
			return p.fail(at(f.Quiz[i].ID), "the question “%s” is in “quiz”, so it has to have “choices”", q.ID)
		case right > 1:
			return p.fail(at(f.Quiz[i].ID), "%d choices of the question “%s” are “right”: in “quiz” one is", right, q.ID)
		}
	}
	return nil
}

// played reads what is played: what comes before, the solution, and the wrong ways.
func (p parser) played(f *front) (err error) {
	if p.World.Before, err = p.script(f.Before); err != nil {
		return err
	}
	if p.Solve, err = p.script(f.Solution); err != nil {
		return err
	}
	for _, w := range f.Wrong {
		do, err := p.script(w.Does)
		if err != nil {
			return err
		}
		line := cmp.Or(w.Fails.line, w.Name.line, w.Does.line) + 1
		switch {
		case w.Name.value == "":
			return p.fail(line, "a wrong way has a “name”")
		case !p.isCheck(w.Fails.value):
			return p.fail(line, "a wrong way says which check it “fails”: “%s” is none", w.Fails.value)
		case len(do) == 0:
			return p.fail(line, "the wrong way “%s” does nothing: say in “does” what it does", w.Name.value)
		}
		p.Wrong = append(p.Wrong, Wrong{Name: w.Name.value, Fails: w.Fails.value, Do: do, line: line})
	}
	return nil
}

// inside is a mistake in a clause or a script, with the line of the file.
func (p parser) inside(t text, err error) error {
	m, ok := errors.AsType[*mistake](err)
	if !ok {
		return p.fail(at(t), "%v", err)
	}
	return p.fail(at(t)+m.line, "%s", m.text)
}

func (p parser) script(t text) (Script, error) {
	s, err := parseScript(t.value)
	if err != nil {
		return nil, p.inside(t, err)
	}
	for i := range s {
		s[i].line += at(t)
		words := append(strings.Fields(s[i].text), "")
		host := words[0]
		switch words[0] {
		case "answer":
			if !p.isAsked(words[1]) {
				return nil, p.fail(s[i].line, "“ask” has no question “%s”", words[1])
			}
			_, said, _ := strings.Cut(s[i].text, " is ")
			if err := p.mismeasured(s[i].line, strings.TrimSpace(said)); err != nil {
				return nil, err
			}
			continue
		case "waits", "skips":
			continue
		case "cut", "restore":
			host = words[1]
		}
		if spec := lab.Default("x", 1, start); !isHost(&spec, host) {
			return nil, p.fail(s[i].line, "“%s”: there is no host “%s” in the lab: there are %s",
				s[i].text, host, hostNames(&spec))
		}
	}
	return s, nil
}

func (p parser) questions(in []frontQuestion) ([]Question, error) {
	var all []Question
	for _, f := range in {
		q := Question{ID: f.ID.value, Text: f.Text.value, Why: f.Why.value}
		right := 0
		for _, c := range f.Choices {
			if c.Text.value == "" {
				return nil, p.fail(cmp.Or(c.Why.line, f.ID.line)+1, "a choice of the question “%s” has no “text”", q.ID)
			}
			q.Choices = append(q.Choices, Choice{c.Text.value, c.Right, c.Why.value})
			if c.Right {
				right++
			}
		}
		switch {
		case !idPattern.MatchString(q.ID) || slices.ContainsFunc(all, func(other Question) bool { return other.ID == q.ID }):
			return nil, p.fail(cmp.Or(f.ID.line, f.Text.line)+1, "a question has %s", ownID)
		case q.Text == "":
			return nil, p.fail(at(f.ID), "the question “%s” has no “text”", q.ID)
		case len(q.Choices) == 1:
			return nil, p.fail(at(f.ID), "the question “%s” has one choice only", q.ID)
		case len(q.Choices) > 0 && right == 0:
			return nil, p.fail(at(f.ID), "no choice of the question “%s” is “right”", q.ID)
		}
		all = append(all, q)
	}
	return all, nil
}

// The sections of the text, of which the first has to be there.
const (
	SectionTask  = "What to do"
	SectionSee   = "You should see"
	SectionWhy   = "Why"
	SectionElse  = "I got something else"
	SectionLearn = "What you have learnt"
)

var sections = []string{SectionTask, SectionSee, SectionWhy, SectionElse, SectionLearn}

// read reads what the student reads.
func (p parser) read(body string, line int) error {
	if err := noTokenIn(body, false); err != nil {
		return p.inside(text{line: line - 1}, err)
	}
	promise, rest, _ := strings.Cut("\n"+body, "\n## ")
	p.Promise = strings.TrimSpace(promise)
	if p.Promise == "" {
		return p.fail(line, "below the front matter stands first what the student will be able to do")
	}
	line += strings.Count(promise, "\n")
	stood := map[string]bool{}
	for rest != "" {
		var part string
		part, rest, _ = strings.Cut(rest, "\n## ")
		title, text, _ := strings.Cut(part, "\n")
		title = strings.TrimSpace(title)
		switch {
		case !slices.Contains(sections, title):
			return p.fail(line, "“## %s” is no section: there are %s", title, strings.Join(sections, ", "))
		case stood[title]:
			return p.fail(line, "the section “## %s” stands here a second time", title)
		}
		stood[title] = true
		p.Parts = append(p.Parts, Section{title, withoutBlank(text)})
		line += strings.Count(part, "\n") + 1
	}
	if p.Part(SectionTask) == "" {
		return p.fail(line, "the section “## %s” is missing", SectionTask)
	}
	return nil
}

// withoutBlank is a text without the blank lines around it. A first line that is indented stays so: it may be code.
func withoutBlank(text string) string {
	text = strings.TrimRight(text, " \t\r\n")
	for {
		line, rest, more := strings.Cut(text, "\n")
		if !more || strings.TrimSpace(line) != "" {
			return text
		}
		text = rest
	}
}
