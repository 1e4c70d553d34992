package ui

import (
	"os"
	"regexp"
	"testing"

	"golang.org/x/net/html"

	"smtplab/sim/trace/query"
)

var tableRow = regexp.MustCompile(`\{ key: "([^"]+)", name: "([^"]+)"`)

// The sheet says what the table does, no more and no less.
func TestKeysAreWhatTheSheetSays(t *testing.T) {
	source, err := os.ReadFile("../../static/js/shortcuts.js")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]string{}
	for _, row := range tableRow.FindAllStringSubmatch(string(source), -1) {
		if table[row[1]] != "" {
			t.Errorf("%s is in the table twice", row[1])
		}
		table[row[1]] = row[2]
	}
	n := 0
	for _, g := range keyGroups {
		for _, k := range g.Keys {
			n++
			if table[k.Keys] != k.Name {
				t.Errorf("%s is “%s” on the sheet and “%s” in the table", k.Keys, k.Name, table[k.Keys])
			}
		}
	}
	if n != len(table) || n < 10 {
		t.Errorf("%d keys on the sheet, %d in the table", n, len(table))
	}
}

// Who only looks on is told of no key that acts.
func TestKeysOfWhoLooksOn(t *testing.T) {
	for _, canAct := range []bool{true, false} {
		_, root := render(t, KeySheet(KeysWindow{BackURL: "/labs/x7", CanAct: canAct}))
		for _, key := range []string{"k", "m", "c", "r", "s"} {
			if n := len(all(root, with("data-key", key))); (n == 1) != canAct {
				t.Errorf("can act %v: %s is there %d times", canAct, key, n)
			}
		}
		one(t, root, with("data-key", "/"))
		one(t, root, func(n *html.Node) bool { return has(n, "data-single-keys") })
	}
}

// What the sheet says of the box is understood by it.
func TestQueryWordsAreUnderstood(t *testing.T) {
	for _, w := range queryWords {
		if q, err := query.Parse(w.Name); err != nil || q.Empty() {
			t.Errorf("%s: %v", w.Name, err)
		}
	}
}
