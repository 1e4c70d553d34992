package exercise

import (
	"io/fs"
	"slices"
	"strings"
)

// Load reads all exercises of a folder and puts them in order: by stage, and within a stage each after those that it comes
// after, else by their names. What is wrong is an *Error.
func Load(folder fs.FS) ([]*Exercise, error) {
	names, err := fs.Glob(folder, "*.md")
	if err != nil {
		return nil, err
	}
	var all []*Exercise
	for _, name := range names {
		b, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, err
		}
		e, err := Parse(name, b)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return order(all)
}

// order sorts exercises.
func order(all []*Exercise) ([]*Exercise, error) {
	slices.SortFunc(all, func(a, b *Exercise) int { return strings.Compare(a.Stage+"\x00"+a.ID, b.Stage+"\x00"+b.ID) })
	var sorted []*Exercise
	placed := map[string]bool{}
	for len(sorted) < len(all) {
		before := len(sorted)
		for _, e := range all {
			if !placed[e.ID] && !slices.ContainsFunc(e.After, func(id string) bool { return !placed[id] }) {
				sorted, placed[e.ID] = append(sorted, e), true
				break // begin again, so that the first that can come does
			}
		}
		if len(sorted) == before {
			for _, e := range all {
				if !placed[e.ID] {
					return nil, &Error{e.ID + ".md", 0, "“after” names an exercise that there is not, or two that wait for each other"}
				}
			}
		}
	}
	return sorted, nil
}
