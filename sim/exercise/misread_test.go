package exercise

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// Whatever is done to a line of a front matter so that it is no YAML any more, the error names that line, or the next when
// nobody can tell which of the two is the one. What is as it should be is not blamed.
func TestMisread(t *testing.T) {
	spoil := map[string]func(line string) string{
		"further in":        func(line string) string { return " " + line },
		"further out":       func(line string) string { return strings.TrimPrefix(line, " ") },
		"a tab":             func(line string) string { return strings.Replace(line, "  ", "\t", 1) },
		"no mark before":    func(line string) string { return strings.Replace(line, `"`, "", 1) },
		"no mark behind":    func(line string) string { return strings.TrimSuffix(line, `"`) },
		"no marks":          func(line string) string { return strings.ReplaceAll(line, `"`, "") },
		"no bar":            func(line string) string { return strings.TrimSuffix(line, " |") },
		"begins with code":  func(line string) string { return strings.Replace(line, "- ", "- `x` ", 1) },
		"begins with stars": func(line string) string { return strings.Replace(line, ": ", ": *x* ", 1) },
		"begins with link":  func(line string) string { return strings.Replace(line, ": ", ": [x](/) ", 1) },
	}
	for file, b := range catalogFiles(t) {
		matter, _, _ := strings.Cut(strings.TrimPrefix(string(b), fence), "\n"+fence)
		if line, what := misread(matter); line != 0 {
			t.Errorf("%s:%d: %s", file, line+1, what)
		}
		if file != "login-by-hand.md" && file != "unknown-user.md" {
			continue // they have it all, and others would take long
		}
		lines := strings.Split(matter, "\n")
		for how, f := range spoil {
			for i, line := range lines {
				lines[i] = f(line)
				spoilt := strings.Join(lines, "\n")
				if yaml.Unmarshal([]byte(spoilt), new(yaml.Node)) != nil {
					if at, what := misread(spoilt); at != i+1 && at != i+2 {
						t.Errorf("%s:%d: %s: %q: line %d, “%s”", file, i+2, how, lines[i], at+1, what)
					}
				}
				lines[i] = line
			}
		}
	}
}
