package sim

import (
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"smtplab/sim/rfc"
)

// TestConformanceRequirements: they are complete, and each says what it asks, where that stands, and what proves it.
func TestConformanceRequirements(t *testing.T) {
	if n := len(rfc.Requirements); n != 103 {
		t.Errorf("there are %d requirements", n)
	}
	for i, r := range rfc.Requirements {
		if r.Number != i+1 {
			t.Errorf("requirement %d stands in place %d", r.Number, i+1)
		}
		if r.Text == "" || len(r.Refs) == 0 || len(r.Proof) == 0 {
			t.Errorf("%d has no text, no section or no proof", r.Number)
		}
		for _, text := range []string{r.Text, r.Deviation} {
			if text != "" && !strings.HasSuffix(text, ".") || strings.ContainsAny(text, "|\n") {
				t.Errorf("%d: %q is no sentence for a table", r.Number, text)
			}
		}
		for _, ref := range r.Refs {
			if d, ok := rfc.Find(ref.Doc); !ok || d.Status == rfc.No || d.Status == rfc.Planned {
				t.Errorf("%d cites %v, which rfc.Documents says is not implemented", r.Number, ref)
			}
		}
	}
}

// TestConformanceDocument: the tests that prove the requirements exist, and CONFORMANCE.md says what package rfc says.
func TestConformanceDocument(t *testing.T) {
	const file = "CONFORMANCE.md"
	want := conformance(t)
	got, err := os.ReadFile(file)
	switch {
	case string(got) == want:
	case !*update:
		t.Errorf("%s says something else than rfc.Requirements: run `go test ./sim -run TestConformance -update` (%v)", file, err)
	default:
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// conformance is the text of CONFORMANCE.md.
func conformance(t *testing.T) string {
	var b strings.Builder
	b.WriteString(`# Conformance

<!-- written by ` + "`go test ./sim -run TestConformance -update`" + ` from package rfc -->

What the standards ask of the programs of a lab, one requirement a line, and the tests that prove that it is kept. A link
leads to the test, or to the dialog that it plays. That these tests exist is checked by conformance_test.go; that they
pass, by ` + "`go test ./...`" + `. Requirements of an extension hold where it is offered. Level is how binding a requirement is: must,
should, or ours, which no standard asks for.

## Deviations

`)
	for _, r := range rfc.Requirements {
		if r.Deviation != "" {
			fmt.Fprintf(&b, "- **%d, %s.** %s *%s*\n", r.Number, r.Role, r.Deviation, r.Text)
		}
	}
	tests := findTests(t)
	for _, group := range rfc.RequirementGroups {
		fmt.Fprintf(&b, "\n## %s\n\n| No. | Requirement | Section | Level | Proved by |\n| ---: | --- | --- | --- | --- |\n", group.Title)
		for _, r := range group.Requirements {
			var refs, proofs []string
			for _, ref := range r.Refs {
				refs = append(refs, fmt.Sprintf("[%v](%s)", ref, ref.URL()))
			}
			for _, p := range r.Proof {
				file, err := tests.find(p)
				if err != nil {
					t.Errorf("%d: %v", r.Number, err)
				}
				proofs = append(proofs, fmt.Sprintf("[%s](%s)", strings.TrimPrefix(string(p), "sim/"), fromHere(file)))
			}
			text := r.Text
			if r.Deviation != "" {
				text += " *See the deviations.*"
			}
			fmt.Fprintf(&b, "| %d | %s | %s | %s | %s |\n", r.Number, text, strings.Join(refs, ", "), r.Level, strings.Join(proofs, ", "))
		}
	}
	b.WriteString(`
## Probes

Cases in which mail servers are known to go wrong, and what a lab's server answers. [TestProbes](lab/conformance_test.go)
says each to it over the lab's network: waiting for each answer, all at once before the greeting, and octet by octet.
“After” is what was said before; QUIT follows and is answered with 221.

| Case | After | What is said | Replies | Mails | Section |
| --- | --- | --- | --- | ---: | --- |
`)
	for _, p := range rfc.Probes {
		fmt.Fprintf(&b, "| %s | %s | `%s` | %s | %d | [%v](%s) |\n", p.Case, after(p.After), shown(p.Says), p.Replies, p.Mails, p.Ref, p.Ref.URL())
	}
	b.WriteString(`
## Smuggling

Where two servers see different ends of a message, one of them takes the rest for another mail, of which no sender knows.
Both ends here are proved not to be such a server.

- The server: of 14,641 ways to put CR, LF, NUL, spaces and other separators around a dot, none but CRLF.CRLF makes two mails of one
  ([TestSmuggling](smtpserver/session_test.go)). A message with a CR, LF or NUL alone is refused as a whole, not repaired.
- The client: of all messages of up to five of CR, LF, CRLF, NUL, dot, space and letter, it refuses those that are no text,
  and what it sends has one end, also for a server that takes every CR and LF for the end of a line and passes over NUL
  ([TestNothingToSmuggle](smtpclient/conformance_test.go)).
- Both together: whatever a message is, the client and the server agree where each mail ends and how many there are, by
  DATA, in chunks and as binary ([FuzzAgreement](lab/conformance_test.go)).
`)
	return b.String()
}

// after names the last of the steps that were said before a probe.
func after(steps int) string {
	if steps == 0 {
		return "the greeting"
	}
	verb, _, _ := strings.Cut(rfc.ProbeSteps[steps-1], " ")
	return verb
}

// shown is octets in Go's notation, without the middle if they are many.
func shown(octets string) string {
	text := strconv.Quote(octets)
	if len(text) <= 110 {
		return text
	}
	return text[:40] + " … " + text[len(text)-40:]
}

// fromHere is how CONFORMANCE.md links to a file of the module.
func fromHere(file string) string {
	if below, ok := strings.CutPrefix(file, "sim/"); ok {
		return below
	}
	return "../" + file
}

// prover is a test that may prove something.
type prover struct {
	file string // relative to the module
	code *ast.FuncDecl
}

// provers are the tests of the module, by package and function: "sim/smtpserver TestDialogs".
type provers map[string]prover

func findTests(t *testing.T) provers {
	tests := provers{}
	for _, s := range parseModule(t) {
		for _, d := range s.tree.Decls {
			f, ok := d.(*ast.FuncDecl)
			if ok && s.test && f.Recv == nil && (strings.HasPrefix(f.Name.Name, "Test") || strings.HasPrefix(f.Name.Name, "Fuzz")) {
				tests[s.pkg+" "+f.Name.Name] = prover{s.name, f}
			}
		}
	}
	return tests
}

// find is the file in which a proof is: the test's, or that of the dialog that is meant. A case that is no dialog must be
// named in the test's code.
func (p provers) find(proof rfc.Proof) (file string, err error) {
	pkg, name, part := proof.Split()
	test, ok := p[pkg+" "+name]
	if !ok {
		return "", fmt.Errorf("there is no test %q", proof)
	}
	if part == "" {
		return test.file, nil
	}
	for _, folder := range []string{"testdata", "testdata/dialog"} {
		file := path.Join(pkg, folder, part+".txtar")
		if _, err := os.Stat(filepath.Join("..", file)); err == nil {
			return file, nil
		}
	}
	named := false
	ast.Inspect(test.code, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			text, err := strconv.Unquote(literal.Value)
			named = named || err == nil && text == part
		}
		return true
	})
	if !named {
		return "", fmt.Errorf("%s %s has no case %q", pkg, name, part)
	}
	return test.file, nil
}
