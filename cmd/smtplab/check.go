package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"smtplab/sim/exercise"
	"smtplab/sim/exercise/catalog"
	"smtplab/sim/trace"
)

const checkUsage = `Usage: smtplab check [-v] [FILE...]
       smtplab check -format
       smtplab check -print EXERCISE

FILE is an exercise (.md), or a folder of them. Each is read, and proven: doing nothing fails, its solution passes, and each
of its wrong ways is caught by the check that it names. What is wrong is said with the line of the file. Without a FILE the
exercises that come with the program are checked. To have yours in the list of exercises: smtplab serve -exercises FOLDER

`

// checkCommand is check: it reads exercises and proves them.
func checkCommand(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("smtplab check", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	aloud := flags.Bool("v", false, "show what was said when the solution was played, too")
	format := flags.Bool("format", false, "print the page that says how an exercise is written")
	shipped := flags.String("print", "", "print an `exercise` that comes with the program, by its id, as first-mail")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, checkUsage)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return exitOK
	case err != nil:
		return misused(stderr, err)
	case *format:
		fmt.Fprint(stdout, exercise.Format)
		return exitOK
	case *shipped != "":
		text, err := fs.ReadFile(catalog.Files(), *shipped+".md")
		if err != nil {
			return misused(stderr, fmt.Errorf("there is no exercise %q; there are %s", *shipped, strings.Join(known(nil), ", ")))
		}
		fmt.Fprintf(stdout, "%s", text)
		return exitOK
	}
	c := checker{stdout, stderr, exitOK, *aloud}
	if flags.NArg() == 0 {
		c.folder(catalog.Files(), "")
	}
	for _, name := range flags.Args() {
		c.named(name)
	}
	return c.code
}

// checker checks exercises, and remembers whether one was not right.
type checker struct {
	stdout, stderr io.Writer
	code           int
	aloud          bool // the dialogue of the solution is shown
}

// named checks a file or a folder by its name.
func (c *checker) named(name string) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		c.wrong(err)
	case info.IsDir():
		c.folder(os.DirFS(name), filepath.ToSlash(name))
	default:
		siblings, err := fs.Glob(os.DirFS(filepath.Dir(name)), "*.md")
		if err != nil {
			c.wrong(err)
			return
		}
		text, err := read(os.Open(name))
		c.file(filepath.ToSlash(name), text, err, known(siblings))
	}
}

// known are the ids of exercises that may be named by those of these files: their own, and of those that come with the
// program.
func known(files []string) (ids []string) {
	for _, e := range catalog.All() {
		ids = append(ids, e.ID)
	}
	for _, file := range files {
		ids = append(ids, strings.TrimSuffix(file, ".md"))
	}
	return ids
}

// folder checks all exercises of a folder, and that they can be put in order with those that come with the program.
func (c *checker) folder(files fs.FS, name string) (all []*exercise.Exercise) {
	names, err := fs.Glob(files, "*.md")
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("%s: there is no exercise (.md) in it", name)
	}
	if err != nil {
		c.wrong(err)
	}
	for _, one := range names {
		text, err := read(files.Open(one))
		if e := c.file(path.Join(name, one), text, err, known(names)); e != nil {
			all = append(all, e)
		}
	}
	if len(all) == len(names) { // else one may be missing only because it is not right
		if _, err := catalog.With(all); err != nil {
			c.wrong(err)
		}
	}
	return all
}

// read reads a file that was opened, if it was.
func read(file fs.File, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return exercise.Read(file)
}

// file checks one exercise, which may name those of some ids. It returns nil when something is wrong.
func (c *checker) file(name string, text []byte, err error, ids []string) *exercise.Exercise {
	if err != nil {
		c.wrong(err)
		return nil
	}
	e, err := exercise.Parse(name, text)
	if err != nil {
		c.wrong(err)
		return nil
	}
	if c.aloud {
		c.dialogue(name, e)
	}
	if errs := append(e.UnknownAfter(ids), e.Verify()...); len(errs) > 0 {
		for _, err := range errs {
			c.wrong(err)
		}
		return nil
	}
	fmt.Fprintf(c.stdout, "%s: ok, %s, %s caught\n", name, countOf(len(e.Checks), "check"), countOf(len(e.Wrong), "wrong way"))
	return e
}

// dialogue shows what was said when the solution was played.
func (c *checker) dialogue(name string, e *exercise.Exercise) {
	l, err := e.Trial()
	if err != nil {
		return // it is said by what proves it
	}
	defer l.Close()
	fmt.Fprintf(c.stdout, "%s: the solution\n", name)
	if err := trace.WriteText(c.stdout, l.Trace().After(0)); err != nil {
		c.wrong(err)
	}
}

// ownExercises are the exercises of the course when those of a folder, which are checked, stand in it too. shadowed are the
// ids of those whose place they have taken.
func ownExercises(folder string) (all []*exercise.Exercise, shadowed []string, err error) {
	if _, err := os.ReadDir(folder); err != nil {
		return nil, nil, fmt.Errorf("-exercises: %w", err)
	}
	var wrong strings.Builder
	c := checker{io.Discard, &wrong, exitOK, false}
	own := c.folder(os.DirFS(folder), filepath.ToSlash(folder))
	if c.code != exitOK {
		return nil, nil, fmt.Errorf("-exercises %s: not all is right in it\n%s", folder, strings.TrimSuffix(wrong.String(), "\n"))
	}
	for _, e := range own {
		if catalog.Find(e.ID) != nil {
			shadowed = append(shadowed, e.ID)
		}
	}
	all, err = catalog.With(own)
	return all, shadowed, err
}

func (c *checker) wrong(err error) {
	fmt.Fprintln(c.stderr, err)
	c.code = exitFailure
}

// countOf is a number with its noun: "1 check", "3 checks".
func countOf(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
