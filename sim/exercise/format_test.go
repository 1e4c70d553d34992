package exercise

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The exercise in FORMAT.md is one, and is as it should be.
func TestFormatExample(t *testing.T) {
	_, rest, found := strings.Cut(Format, "```markdown\n")
	text, _, closed := strings.Cut(rest, "```\n")
	if !found || !closed {
		t.Fatal("there is none")
	}
	const name = "take-it-back.md"
	e, err := Parse(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(Format, "`"+name+"`") {
		t.Errorf("it is not called %s", name)
	}
	for _, err := range append(e.Verify(), e.UnknownAfter([]string{"first-mail"})...) {
		t.Error(err)
	}
	if len(e.Quiz) == 0 || len(e.Wrong) == 0 || len(e.Refs) == 0 {
		t.Error("it shows too little")
	}
}

// FORMAT.md tells of everything that can stand in a file.
func TestFormatIsComplete(t *testing.T) {
	words := settingsOf(reflect.TypeFor[front]())
	for _, err := range []error{setAccount(nil, "x", ""), setService(nil, "x", "")} { // they list what there is
		_, list, _ := strings.Cut(err.Error(), ": it has ")
		words = append(words, strings.Fields(strings.NewReplacer(",", "", " and ", " ").Replace(list))...)
	}
	for _, m := range regexp.MustCompile("“(?:pc[12] |server )?([a-z]+)").FindAllStringSubmatch(moves, -1) {
		words = append(words, m[1])
	}
	for _, m := range regexp.MustCompile("“([a-z0-9 ]+)").FindAllStringSubmatch(mailLines, -1)[1:] {
		words = append(words, strings.TrimSpace(m[1]))
	}
	words = slices.Concat(words, whats, sections)
	if len(words) < 80 {
		t.Errorf("only %q were found", words)
	}
	text := strings.Join(strings.Fields(Format), " ")
	for _, w := range words {
		if !regexp.MustCompile(`\b` + w + `\b`).MatchString(text) {
			t.Errorf("it does not tell of “%s”", w)
		}
	}
}
