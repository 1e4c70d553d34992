package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"smtplab/sim/exercise"
	"smtplab/sim/exercise/catalog"
)

const goodExercise = `---
title: Good
stage: A
minutes: 5
checks:
  - id: sent
    says: PC-1 sends a mail
    needs: mailbox pc2 holds 1
    hints: [Write it., To whom you like., To PC-2.]
solution: |
  pc1 sends to=pc2@email.com subject=x body=y
wrong:
  - name: to somebody else
    fails: sent
    does: |
      pc1 sends to=pc3@email.com subject=x body=y
---
Send.

## What to do

Send it.
`

// Exercises are checked without a browser: what is wrong is said with file and line, what is right in a word.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	good := write("good.md", goodExercise)
	misspelt := write("bad/misspelt.md", strings.Replace(goodExercise, "minutes", "minuets", 1))
	unsolved := write("bad/unsolved.md", strings.Replace(goodExercise, "holds 1", "holds 3", 1))
	circle := filepath.Join(dir, "circle")
	write("circle/a.md", strings.Replace(goodExercise, "minutes: 5", "minutes: 5\nafter: [b]", 1))
	write("circle/b.md", strings.Replace(goodExercise, "minutes: 5", "minutes: 5\nafter: [a]", 1))
	unknown := write("after/unknown.md", strings.Replace(goodExercise, "minutes: 5", "minutes: 5\nafter: [frist-mail, good]", 1))
	write("after/good.md", strings.Replace(goodExercise, "minutes: 5", "minutes: 5\nafter: [first-mail]", 1))
	empty := filepath.Dir(write("empty/README.txt", "nothing"))

	for name, c := range map[string]struct {
		args  []string
		code  int
		out   []string // lines that begin so
		wrong []string
	}{
		"a good file":     {[]string{good}, exitOK, []string{good + ": ok, 1 check, 1 wrong way caught"}, nil},
		"a misspelt file": {[]string{misspelt}, exitFailure, nil, []string{misspelt + ":4: “minuets” is no setting here"}},
		"an unsolved one": {[]string{unsolved}, exitFailure, nil, []string{unsolved + ":8: the solution does not meet “sent”: 1 mail waits"}},
		"both":            {[]string{good, misspelt, unsolved}, exitFailure, []string{good + ": ok"}, []string{misspelt + ":4:", unsolved + ":8:"}},
		"a folder":        {[]string{filepath.Dir(misspelt)}, exitFailure, nil, []string{misspelt + ":4:", unsolved + ":8:"}},
		"in a circle":     {[]string{circle}, exitFailure, []string{circle + "/a.md: ok", circle + "/b.md: ok"}, []string{circle + "/a.md:5: “after” goes round in a circle: a after b after a"}},
		"after nobody":    {[]string{unknown}, exitFailure, nil, []string{unknown + ":5: “after” names “frist-mail”, and there is no such exercise: there are"}},
		"after a sibling": {[]string{filepath.Dir(unknown)}, exitFailure, []string{filepath.Dir(unknown) + "/good.md: ok"}, []string{unknown + ":5: “after” names “frist-mail”"}},
		"nothing in it":   {[]string{empty}, exitFailure, nil, []string{empty + ": there is no exercise (.md) in it"}},
		"no such file":    {[]string{good + "x"}, exitFailure, nil, []string{"stat " + good + "x: no such file"}},
		"no such flag":    {[]string{"-loud"}, exitUsage, nil, []string{"smtplab: flag provided but not defined: -loud"}},
		"help":            {[]string{"-h"}, exitOK, []string{"Usage: smtplab check [-v] [FILE...]"}, nil},
	} {
		var out, errs strings.Builder
		code := run(t.Context(), append([]string{"check"}, c.args...), func(string) string { return "" }, &out, &errs)
		if code != c.code || !linesBegin(out.String(), c.out) || !linesBegin(errs.String(), c.wrong) {
			t.Errorf("%s: exit code %d\n%s\n%s", name, code, out.String(), errs.String())
		}
	}
}

// endless is a folder in which every file goes on and on.
type endless struct{ folder fstest.MapFS }

func (e endless) ReadDir(name string) ([]fs.DirEntry, error) { return e.folder.ReadDir(name) }

func (e endless) Open(name string) (fs.File, error) {
	f, err := e.folder.Open(name)
	return &endlessFile{File: f}, err
}

type endlessFile struct {
	fs.File
	n int
}

func (f *endlessFile) Read(b []byte) (int, error) {
	if f.n += len(b); f.n > 1<<20 {
		return 0, errors.New("too much was read")
	}
	return len(b), nil
}

// Of a file that is too large no more is read than that.
func TestCheckEndless(t *testing.T) {
	var out, errs strings.Builder
	c := checker{&out, &errs, exitOK, false}
	c.folder(endless{fstest.MapFS{"a.md": {}}}, "own")
	if want := "own/a.md: the file is larger than 256 KiB\n"; c.code != exitFailure || errs.String() != want {
		t.Errorf("%d: %q", c.code, errs.String())
	}
}

// What a teacher needs to write one is in the program: the page about it, something to begin with, and what was said.
func TestCheckTeaches(t *testing.T) {
	if out, _, code := runWith(t, "check", "-format"); code != exitOK || out != exercise.Format {
		t.Errorf("-format: exit code %d: %.80q", code, out)
	}
	if out, _, code := runWith(t, "check", "-print", "bcc"); code != exitOK || !strings.HasPrefix(out, "---\ntitle: "+catalog.Find("bcc").Title) {
		t.Errorf("-print: exit code %d: %.80q", code, out)
	}
	if _, errs, code := runWith(t, "check", "-print", "../bcc"); code != exitUsage || !strings.Contains(errs, "there are first-mail, ") {
		t.Errorf("-print: exit code %d: %q", code, errs)
	}
	name := filepath.Join(t.TempDir(), "good.md")
	if err := os.WriteFile(name, []byte(goodExercise), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, _, code := runWith(t, "check", "-v", name); code != exitOK || !strings.Contains(out, "-> RCPT TO:<pc2@email.com>") || !strings.Contains(out, name+": ok") {
		t.Errorf("-v: exit code %d: %s", code, out)
	}
}

// Without a file, the exercises that come with the program are checked.
func TestCheckCatalog(t *testing.T) {
	var out, errs strings.Builder
	if code := run(t.Context(), []string{"check"}, func(string) string { return "" }, &out, &errs); code != exitOK || errs.Len() > 0 {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
	if !strings.Contains(out.String(), "first-mail.md: ok, 3 checks, 5 wrong ways caught\n") {
		t.Error(out.String())
	}
}

// The exercises of a teacher stand beside those of the program, or in their place.
func TestOwnExercises(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"mine.md": strings.Replace(goodExercise, "title: Good", "title: Quite my own\nafter: [bcc]", 1),
		"bcc.md":  strings.Replace(goodExercise, "title: Good", "title: Blind copies of my own", 1),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := start(t, "-listen", ":0", "-exercises", dir)
	_, list := p.get(t, "/exercises")
	for _, title := range []string{"First mail", "Quite my own", "Blind copies of my own"} {
		if !strings.Contains(list, title) {
			t.Errorf("the list of exercises does not have “%s”", title)
		}
	}
	if shipped := catalog.Find("bcc").Title; strings.Contains(list, shipped) {
		t.Errorf("the list of exercises still has “%s”", shipped)
	}
	if _, page := p.get(t, "/exercises/mine"); !strings.Contains(page, "Blind copies of my own") {
		t.Error("it does not say what it comes after")
	}
	p.end(t)
	if log := p.stderr.String(); strings.Count(log, "takes the place") != 1 || !strings.Contains(log, "exercise=bcc") {
		t.Errorf("the log has\n%s", log)
	}
}

// linesBegin reports whether the lines of a text begin so; without any, that there is none.
func linesBegin(text string, lines []string) bool {
	rest := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) == 0 {
		return text == ""
	}
	for _, want := range lines {
		if len(rest) == 0 || !strings.HasPrefix(rest[0], want) {
			return false
		}
		rest = rest[1:]
	}
	return true
}
