package sim

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The groups of packages that the rules speak of. A pattern is a package's path below the module, or one that
// ends in "/..." for a package and all below it.
var (
	// words are what all rooms share. They import only each other.
	words = []string{"sim/rfc", "sim/clock", "sim/trace", "sim/trace/packet", "sim/trace/query", "sim/trace/pcapng", "sim/drive", "sim/sasl", "sim/smtp", "sim/message",
		"sim/explain", "sim/trace/tracetest"}

	// engines each do one thing, and do not know of each other.
	engines = []string{"sim/vnet", "sim/secure", "sim/dissect", "sim/smtpserver", "sim/smtpclient", "sim/pop3", "sim/mailbox"}

	// world is the one room where the engines meet.
	world = []string{"sim/lab"}

	// written is that world written down, to be played again or to be read elsewhere.
	written = []string{"sim/history", "sim/capture", "sim/result"}

	// taught is what people do in that world to learn, and how it is seen that they did.
	taught = []string{"sim/exercise", "sim/exercise/catalog"}

	// keepers keep labs: on the wall clock, in storage, for many people at once.
	keepers = []string{"sim/journal/...", "sim/runner", "sim/gateway"}

	// outside is the web and the command.
	outside = []string{"web/...", "static", "cmd/..."}

	everything = slices.Concat([]string{"sim"}, words, engines, world, written, taught, keepers, outside)

	// deterministic is what a lab is made of: it must give the same trace each time it is played.
	deterministic = slices.Concat(words, engines, world, written, taught)
)

// wall are the functions of package time that read or wait for real time.
var wall = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// rule forbids the packages of from to import those of to. Test files are exempt: a test may bring the whole
// world to one package.
type rule struct {
	from, to []string
	except   []string // packages or files of from that may all the same, and do
	because  string
}

var rules = []rule{
	{from: slices.Concat([]string{"sim"}, words, engines, world, written, taught, keepers), to: []string{"web/...", "cmd/...", "static"},
		because: "the arrow runs cmd → web → sim: the world must be usable without any page"},
	{from: []string{"web/..."}, to: []string{"cmd/..."},
		because: "the arrow runs cmd → web → sim: the pages must be testable without the command"},
	{from: words, to: slices.Concat(engines, world, written, taught, keepers),
		because: "words are shared by all rooms, so they may know none of them"},
	{from: engines, to: slices.Concat(world, written, taught, keepers),
		because: "an engine is driven by the lab and asks it through a small interface of its own; so it can be read, fuzzed and used alone"},
	{from: engines, to: engines, except: []string{"sim/dissect/pop3.go"}, // it shares pop3's words: which replies have many lines
		because: "only the lab knows several engines: two engines that know each other cannot be understood or replaced one at a time"},
	{from: world, to: slices.Concat(written, taught, keepers),
		because: "a lab is a value without goroutines or wall clock; who keeps and paces it is not its business"},
	{from: written, to: keepers,
		because: "a lab that is written down can be played by a command, without anybody who keeps it"},
	{from: taught, to: slices.Concat(engines, keepers),
		because: "an exercise is judged by what happened in a lab, and nothing in a lab knows of it; so nobody passes by saying so"},
	{from: everything, to: []string{"github.com/nats-io/..."}, except: []string{"sim/journal/natsjournal"},
		because: "one package knows NATS, behind the journal's interface; everything else works without a broker"},
	{from: everything, to: []string{"net/http"}, except: []string{"web", "web/live", "static", "cmd/smtplab"},
		because: "only the web and its files know HTTP, and the command starts them"},
	{from: everything, to: []string{"github.com/gorilla/websocket"}, except: []string{"web/live"},
		because: "one package knows the websocket library, so that it can be exchanged"},
	{from: everything, to: []string{"github.com/a-h/templ"}, except: []string{"web", "web/ui"},
		because: "only the web draws pages; the world hands out plain values"},
	{from: everything, to: []string{"github.com/yuin/goldmark/..."}, except: []string{"web/markdown.go"},
		because: "one file makes HTML of what anybody may have written, and cleans it"},
	{from: deterministic, to: []string{"crypto/rand"},
		because: "whatever looks random in a lab comes from its Spec's seed, or a replay would differ"},
}

// goes are the packages and files of sim that may start goroutines, and what for. No lab needs any: one that runs is a
// timer, and one that does not is nothing.
var goes = map[string]string{
	"sim/gateway": "a connection of the machine is read and written at the same time, and each waits",
}

// clocks are the packages and files of sim that may read real time, and what for.
var clocks = map[string]string{
	"sim/drive/over.go":       "it drives an engine over a net.Conn that belongs to no lab, as the tests with other programs do",
	"sim/gateway":             "it serves connections of the machine, which end by the machine's time",
	"sim/journal":             "it notes when people last used a log, so that those that nobody uses can be forgotten",
	"sim/journal/journaltest": "it asks for the logs that were not used since a moment of the calendar",
	"sim/runner":              "it maps lab time to the wall clock that people watch by, and puts idle labs to sleep",
}

func TestImports(t *testing.T) {
	sources := parseModule(t)
	for _, r := range rules {
		used := map[string]bool{}
		for _, s := range sources {
			if s.test || !matchAny(r.from, s.pkg) {
				continue
			}
			for _, imported := range s.imports {
				if imported == s.pkg || !matchAny(r.to, imported) {
					continue
				}
				if i := slices.IndexFunc(r.except, s.in); i >= 0 {
					used[r.except[i]] = true
				} else {
					t.Errorf("%s: %s must not import %s: %s", s.name, s.pkg, imported, r.because)
				}
			}
		}
		for _, place := range r.except {
			if !used[place] {
				t.Errorf("the rule %q excepts %s, which does not need it: take it out", r.because, place)
			}
		}
	}
}

// TestRulesNamePackages keeps the rules alive: each pattern names a package that exists, and each package has
// its place in exactly one group.
func TestRulesNamePackages(t *testing.T) {
	packages := map[string]bool{}
	for _, s := range parseModule(t) {
		packages[s.pkg] = true
	}
	for _, pattern := range everything {
		found := false
		for pkg := range packages {
			found = found || match(pattern, pkg)
		}
		if !found {
			t.Errorf("the rules speak of %s, which does not exist", pattern)
		}
	}
	for pkg := range packages {
		n := 0
		for _, pattern := range everything {
			if match(pattern, pkg) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("package %s is in %d groups of imports_test.go: decide in which one it belongs", pkg, n)
		}
	}
}

func TestWallClock(t *testing.T) {
	checkUse(t, clocks, "real time", "lab time comes from sim/clock, or a replay would differ", func(s source, n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		pkg, ok := sel.X.(*ast.Ident)
		return ok && s.timeName != "" && pkg.Name == s.timeName && slices.Contains(wall, sel.Sel.Name)
	})
}

func TestGoStatements(t *testing.T) {
	checkUse(t, goes, "a go statement", "a lab is single-threaded inside: conversations take turns on its clock", func(_ source, n ast.Node) bool {
		_, ok := n.(*ast.GoStmt)
		return ok
	})
}

// checkUse fails for every node in sim that is found outside the places that may have it, and for every place
// that may and does not.
func checkUse(t *testing.T, may map[string]string, what, because string, found func(source, ast.Node) bool) {
	t.Helper()
	places := slices.Sorted(maps.Keys(may))
	used := map[string]bool{}
	for _, s := range parseModule(t) {
		if s.test || !match("sim/...", s.pkg) {
			continue
		}
		ast.Inspect(s.tree, func(n ast.Node) bool {
			if n == nil || !found(s, n) {
				return true
			}
			if i := slices.IndexFunc(places, s.in); i >= 0 {
				used[places[i]] = true
			} else {
				t.Errorf("%s: %s in %s: %s", s.fset.Position(n.Pos()), what, s.pkg, because)
			}
			return true
		})
	}
	for _, place := range places {
		if !used[place] {
			t.Errorf("%s may use %s (%s), but does not: take it off the list", place, what, may[place])
		}
	}
}

// source is one parsed Go file of the module.
type source struct {
	name     string   // file, relative to the module
	pkg      string   // its package's path below the module: "sim/smtp"
	imports  []string // import paths; our own without the module's name
	timeName string   // what the file calls package time, "" when it does not import it
	test     bool
	fset     *token.FileSet
	tree     *ast.File
}

// in reports whether a place, which is a package or a file, is where the source stands.
func (s source) in(place string) bool { return place == s.pkg || place == s.name }

// parseModule parses every Go file of the module.
func parseModule(t *testing.T) []source {
	t.Helper()
	root := os.DirFS("..")
	var sources []source
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if d.IsDir() || filepath.Ext(name) != ".go" {
			return nil
		}
		s, err := parseSource(root, name)
		sources = append(sources, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sources
}

func parseSource(root fs.FS, name string) (source, error) {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return source{}, err
	}
	s := source{
		name: name,
		pkg:  path.Dir(name),
		test: strings.HasSuffix(name, "_test.go"),
		fset: token.NewFileSet(),
	}
	s.tree, err = parser.ParseFile(s.fset, name, text, parser.SkipObjectResolution)
	if err != nil {
		return source{}, err
	}
	for _, spec := range s.tree.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return source{}, err
		}
		if imported == "time" {
			s.timeName = "time"
			if spec.Name != nil {
				s.timeName = spec.Name.Name
			}
		}
		s.imports = append(s.imports, strings.TrimPrefix(imported, "smtplab/"))
	}
	return s, nil
}

// match reports whether a package is what the pattern names: itself, or with "/..." it and all below it.
func match(pattern, pkg string) bool {
	tree, ok := strings.CutSuffix(pattern, "/...")
	return pkg == tree || ok && strings.HasPrefix(pkg, tree+"/")
}

func matchAny(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return match(p, pkg) })
}
