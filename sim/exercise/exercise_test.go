package exercise

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A lab has a word, which stays, and few have that of another.
func TestWord(t *testing.T) {
	words := map[string]bool{}
	for seed := range uint64(1000) {
		w := Word(seed)
		if len(w) != 5 || strings.Trim(w, wordLetters) != "" || w != Word(seed) {
			t.Fatalf("seed %d: %q", seed, w)
		}
		words[w] = true
	}
	if len(words) < 990 {
		t.Errorf("a thousand labs have %d words", len(words))
	}
}

// However many tokens of a line do not end, the line is read once, and not to its end from each.
func TestEndlessTokens(t *testing.T) {
	for _, token := range []string{"{base64 ", "{9 ", "{9 {base64 ", "{word}{base64 {9 "} {
		line, begun := strings.Repeat(token, maxFile/len(token)), time.Now()
		if err := noTokenIn(line, true); err == nil {
			t.Errorf("%q: no error", token)
		}
		if fill(line, "{word}") != line {
			t.Errorf("%q is something else", token)
		}
		if took := time.Since(begun); took > 5*time.Second { // it is some milliseconds
			t.Fatalf("%q: %v", token, took)
		}
	}
}

// Whoever opens the folder finds each file in the list of doc.go.
func TestDocNamesFiles(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 20 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") && file != "doc.go" && !strings.Contains(string(doc), " "+file) {
			t.Errorf("it does not name %s", file)
		}
	}
}

func TestFill(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "",
		"Hi {word}, {word}!":                    "Hi KXTBA, KXTBA!",
		"{word":                                 "{word",
		"{Word}":                                "{Word}",
		`{base64 \0pc1\0pc1}`:                   "AHBjMQBwYzE=",
		"{base64 {word}}":                       "S1hUQkE=",
		"a {base64 x} b {base64 y} c":           "a eA== b eQ== c",
		"{base64 ":                              "{base64 ",
		"{base64 x} and {base64 y":              "eA== and {base64 y",
		"{base64 }":                             "",
		"{12 x} is filled in scripts only":      "{12 x} is filled in scripts only",
		"a } that closes nothing {base64 a}b}c": "a } that closes nothing YQ==b}c",
	} {
		if got := fill(text, "KXTBA"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
