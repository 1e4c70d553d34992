package exercise

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"strings"
)

// Load reads all exercises of a folder and puts them in order. What is wrong is an *Error.
func Load(folder fs.FS) ([]*Exercise, error) {
	names, err := fs.Glob(folder, "*.md")
	if err != nil {
		return nil, err
	}
	var all []*Exercise
	for _, name := range names {
		file, err := folder.Open(name)
		if err != nil {
			return nil, err
		}
		b, err := Read(file)
		_ = file.Close() // it was only read
		if err != nil {
			return nil, err
		}
		e, err := Parse(name, b)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return Order(all)
}

// Order puts exercises in order: by stage, and within a stage each after those that it comes after, else by their names.
// What is wrong are *Errors.
func Order(all []*Exercise) ([]*Exercise, error) {
	all = slices.SortedFunc(slices.Values(all), func(a, b *Exercise) int {
		return cmp.Or(strings.Compare(a.Stage, b.Stage), strings.Compare(a.ID, b.ID))
	})
	var ids []string
	for _, e := range all {
		ids = append(ids, e.ID)
	}
	var unknown []error
	for _, e := range all {
		unknown = append(unknown, e.UnknownAfter(ids)...)
	}
	if len(unknown) > 0 {
		return nil, errors.Join(unknown...)
	}
	var sorted []*Exercise
	placed := map[string]bool{}
	waits := func(id string) bool { return !placed[id] }
	for len(sorted) < len(all) {
		before := len(sorted)
		for _, e := range all {
			if !placed[e.ID] && !slices.ContainsFunc(e.After, waits) {
				sorted, placed[e.ID] = append(sorted, e), true
				break // begin again, so that the first that can come does
			}
		}
		if len(sorted) == before {
			return nil, circle(all, waits)
		}
	}
	return sorted, nil
}

// UnknownAfter are errors for what an exercise is to come after, and is none of these.
func (e *Exercise) UnknownAfter(ids []string) (errs []error) {
	isThis := func(id string) bool { return id == e.ID }
	others := slices.Compact(slices.DeleteFunc(slices.Sorted(slices.Values(ids)), isThis))
	for i, id := range e.After {
		if slices.Contains(others, id) {
			continue
		}
		text := "“after” names “" + id + "”, and there is no such exercise"
		if len(others) > 0 {
			text += ": there are " + strings.Join(others, ", ")
		}
		errs = append(errs, &Error{e.file, e.afterLines[i], text})
	}
	return errs
}

// circle is the error for exercises that wait for each other. Whoever waits comes after somebody who does, so following
// them leads round.
func circle(all []*Exercise, waits func(id string) bool) error {
	at := func(id string) *Exercise {
		return all[slices.IndexFunc(all, func(e *Exercise) bool { return e.ID == id })]
	}
	e := all[slices.IndexFunc(all, func(e *Exercise) bool { return waits(e.ID) })]
	var way []string
	for !slices.Contains(way, e.ID) {
		way = append(way, e.ID)
		e = at(e.After[slices.IndexFunc(e.After, waits)])
	}
	way = append(way[slices.Index(way, e.ID):], e.ID)
	return &Error{e.file, e.afterLines[0], "“after” goes round in a circle: " + strings.Join(way, " after ")}
}
