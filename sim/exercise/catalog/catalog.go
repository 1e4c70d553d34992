// Package catalog holds the exercises that come with the program, as files.
package catalog

import (
	"embed"
	"io/fs"
	"slices"
	"sync"

	"smtplab/sim/exercise"
)

//go:embed *.md
var files embed.FS

// All are the exercises, in the order of the course: by stage, and in that by what comes before.
func All() []*exercise.Exercise { return all() }

var all = sync.OnceValue(func() []*exercise.Exercise {
	list, err := exercise.Load(files)
	if err != nil {
		panic(err) // a test reads them all
	}
	return list
})

// With are these and others beside them, in order. One that has the id of one of these takes its place.
func With(others []*exercise.Exercise) ([]*exercise.Exercise, error) {
	taken := func(e *exercise.Exercise) bool {
		return slices.ContainsFunc(others, func(other *exercise.Exercise) bool { return other.ID == e.ID })
	}
	return exercise.Order(append(slices.DeleteFunc(slices.Clone(All()), taken), others...))
}

// Files are the files themselves.
func Files() fs.FS { return files }

// Find is the exercise of that id; nil when there is none.
func Find(id string) *exercise.Exercise {
	for _, e := range All() {
		if e.ID == id {
			return e
		}
	}
	return nil
}
