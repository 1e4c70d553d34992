package exercise

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// text is a string of the front matter, and where it stands.
type text struct {
	value string
	line  int // of its first character's line, from 1 in the front matter
}

// UnmarshalYAML implements yaml.Unmarshaler.
func (t *text) UnmarshalYAML(n *yaml.Node) error {
	switch {
	case n.Style&yaml.FlowStyle != 0 && n.Kind != yaml.ScalarNode:
		return fmt.Errorf("line %d: a text is expected here: one that begins with [ or { has to stand in quotation marks",
			n.Line)
	case n.Kind == yaml.MappingNode:
		return fmt.Errorf("line %d: a text is expected here: one with a colon and a space in it "+
			"has to stand in quotation marks", n.Line)
	case n.Kind != yaml.ScalarNode:
		return fmt.Errorf("line %d: a text is expected here", n.Line)
	}
	t.value, t.line = n.Value, n.Line
	if n.Style == yaml.LiteralStyle || n.Style == yaml.FoldedStyle {
		t.line++ // it begins below the bar
	}
	return nil
}

// texts are one text, or several.
type texts []text

// UnmarshalYAML implements yaml.Unmarshaler.
func (t *texts) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		return n.Decode((*[]text)(t))
	}
	*t = make(texts, 1)
	return n.Decode(&(*t)[0])
}

// front is the front matter.
type front struct {
	Title   text      `yaml:"title"`
	Stage   text      `yaml:"stage"`
	Minutes int       `yaml:"minutes"`
	After   []text    `yaml:"after"`
	World   yaml.Node `yaml:"world"`
	Before  text      `yaml:"before"`
	Checks  []struct {
		ID    text   `yaml:"id"`
		Says  text   `yaml:"says"`
		Needs texts  `yaml:"needs"`
		Hints []text `yaml:"hints"`
	} `yaml:"checks"`
	Ask      []frontQuestion `yaml:"ask"`
	Quiz     []frontQuestion `yaml:"quiz"`
	Solution text            `yaml:"solution"`
	Wrong    []struct {
		Name  text `yaml:"name"`
		Fails text `yaml:"fails"`
		Does  text `yaml:"does"`
	} `yaml:"wrong"`
	Refs []text `yaml:"refs"`
}

type frontQuestion struct {
	ID      text `yaml:"id"`
	Text    text `yaml:"text"`
	Why     text `yaml:"why"`
	Choices []struct {
		Text  text `yaml:"text"`
		Right bool `yaml:"right"`
		Why   text `yaml:"why"`
	} `yaml:"choices"`
}

// settingsOf are the names of the settings of a type, and of what it holds.
func settingsOf(of reflect.Type) (names []string) {
	for of.Kind() == reflect.Slice {
		of = of.Elem()
	}
	for i := 0; of.Kind() == reflect.Struct && i < of.NumField(); i++ {
		if name := of.Field(i).Tag.Get("yaml"); name != "" {
			names = append(append(names, name), settingsOf(of.Field(i).Type)...)
		}
	}
	return names
}

// What the YAML library says, and what a teacher is told.
var (
	unknownField = regexp.MustCompile(`^field (\S+) not found in type .+$`)
	twice        = regexp.MustCompile(`^mapping key "(.*)" already defined at line \d+$`)
	otherType    = regexp.MustCompile("(?s)^cannot unmarshal !!\\S+ (?:`(.*)` )?into (\\S+)$")
)

func inPlainWords(words string) string {
	if m := unknownField.FindStringSubmatch(words); m != nil {
		return "“" + m[1] + "” is no setting here: check its spelling and how far it is indented"
	}
	if m := twice.FindStringSubmatch(words); m != nil {
		return "“" + m[1] + "” stands here a second time"
	}
	m := otherType.FindStringSubmatch(words)
	if m == nil {
		return strings.TrimPrefix(words, "yaml: ") // our own, most often
	}
	what := map[string]string{"int": "a whole number", "bool": "true or false", "string": "a text"}[m[2]]
	switch {
	case what != "":
	case strings.HasPrefix(m[2], "[]"):
		what = "a list"
	default:
		what = "something of several settings, indented below,"
	}
	if m[1] == "" {
		return what + " is expected here"
	}
	return what + " is expected here, and not “" + m[1] + "”"
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

// unreadable is an error of the YAML library about what is no YAML.
func (p parser) unreadable(err error, matter string) error {
	if line, what := misread(matter); line > 0 {
		return p.fail(line+1, "%s", what)
	}
	line, _ := p.cutLine(err.Error())
	return p.fail(line, "this cannot be read, or something above it: most often a line is indented more or less than those "+
		"that it belongs to, or a text has no quotation marks that has a colon and a space in it, "+
		"or begins with `, *, [, {, & or !")
}

// yaml is an error of the YAML library, or of ours, about what stands where something else is expected.
func (p parser) yaml(err error) error {
	words := err.Error()
	if errors.Is(err, io.EOF) {
		return p.fail(1, "the front matter is empty")
	}
	if e, ok := errors.AsType[*yaml.TypeError](err); ok && len(e.Errors) > 0 {
		words = e.Errors[0]
	}
	line, words := p.cutLine(words)
	return p.fail(line, "%s", inPlainWords(words))
}

// cutLine takes the line out of an error of the YAML library, which does not name the first.
func (parser) cutLine(words string) (line int, rest string) {
	line = 1
	m := yamlLine.FindStringSubmatch(words)
	if m != nil {
		line, _ = strconv.Atoi(m[1]) // digits
		words = strings.Replace(words, m[0], "", 1)
	}
	return line + 1, words
}

// at is the line of the file in which something of the front matter stands.
func at(t text) int { return t.line + 1 }
