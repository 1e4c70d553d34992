package sim

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"smtplab/sim/rfc"
)

var update = flag.Bool("update", false, "write CONFORMANCE.md and the standards table of README.md anew")

// The marks in README.md between which the standards stand.
const (
	standardsBegin = "<!-- standards: written by `go test ./sim -run TestReadme -update` -->\n"
	standardsEnd   = "<!-- end of standards -->\n"
)

// TestReadmeStandards: what README.md says about standards is what package rfc says.
func TestReadmeStandards(t *testing.T) {
	text := readme(t)
	before, rest, ok1 := strings.Cut(text, standardsBegin)
	got, after, ok2 := strings.Cut(rest, standardsEnd)
	if !ok1 || !ok2 {
		t.Fatal("README.md has lost the marks around its standards")
	}
	want := standards()
	if got == want {
		return
	}
	if !*update {
		t.Fatal("README.md says something else about standards than rfc.Documents: run `go test ./sim -run TestReadme -update`")
	}
	if err := os.WriteFile("../README.md", []byte(before+standardsBegin+want+standardsEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// standards is a table of what is implemented, and a list of what is not yet.
func standards() string {
	var table strings.Builder
	var planned []string
	table.WriteString("\n| Standard | | |\n| --- | --- | --- |\n")
	for _, d := range rfc.Documents {
		link := fmt.Sprintf("[RFC %d](%s)", d.Number, d.Ref().URL())
		switch d.Status {
		case rfc.Yes, rfc.Partial:
			fmt.Fprintf(&table, "| %s %s | %s | %s |\n", link, d.Title, d.Status, d.Note)
		case rfc.Planned:
			planned = append(planned, link)
		}
	}
	if len(planned) > 0 {
		fmt.Fprintf(&table, "\nPlanned: %s.\n", strings.Join(planned, ", "))
	}
	return table.String() + "\n"
}

// TestReadmeFiles: what README.md links to is there.
func TestReadmeFiles(t *testing.T) {
	for _, m := range regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllStringSubmatch(readme(t), -1) {
		if _, err := os.Stat("../" + m[1]); err != nil {
			t.Errorf("README.md links to %s: %v", m[1], err)
		}
	}
}

// TestReadmeFlags: the flags in README.md are those of serve, no more and no fewer. Other commands list theirs with -h.
func TestReadmeFlags(t *testing.T) {
	source, err := os.ReadFile("../cmd/smtplab/flags.go")
	if err != nil {
		t.Fatal(err)
	}
	main := string(source)
	defined := map[string]bool{}
	for _, m := range regexp.MustCompile(`\.(?:String|Bool|Int|Duration|Func|Var|StringVar|BoolVar|IntVar|DurationVar|TextVar|BoolFunc)\([^"\n]*"([a-z0-9-]+)"`).FindAllStringSubmatch(main, -1) {
		defined[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`(?m)^\t\{"([a-z0-9]+)", \d+, "`).FindAllStringSubmatch(main, -1) { // the rows of gates
		defined[m[1]] = true
	}
	if len(defined) == 0 {
		t.Fatal("the command defines no flags that this test can find")
	}
	told := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `--([a-z0-9-]+)").FindAllStringSubmatch(readme(t), -1) {
		told[m[1]] = true
		if !defined[m[1]] {
			t.Errorf("README.md tells of --%s, which the command does not know", m[1])
		}
	}
	for name := range defined {
		if !told[name] {
			t.Errorf("README.md does not tell of --%s", name)
		}
	}
}

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
