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

	"smtplab/sim/exercise"
	"smtplab/sim/exercise/catalog"
)

const checkUsage = `Usage: smtplab check [FILE...]

FILE is an exercise (.md), or a folder of them. Each is read, and proven: doing nothing fails, its solution passes, and each
of its wrong ways is caught by the check that it names. What is wrong is said with the line of the file. Without a FILE the
exercises that come with the program are checked. How to write one: sim/exercise/FORMAT.md
`

// checkCommand is check: it reads exercises and proves them.
func checkCommand(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("smtplab check", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, checkUsage)
		return exitOK
	case err != nil:
		return misused(stderr, err)
	}
	c := checker{stdout, stderr, exitOK}
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
		text, err := os.ReadFile(name)
		c.file(filepath.ToSlash(name), text, err)
	}
}

// folder checks all exercises of a folder, and that they can be put in order.
func (c *checker) folder(files fs.FS, name string) {
	names, err := fs.Glob(files, "*.md")
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("%s: there is no exercise (.md) in it", name)
	}
	if err != nil {
		c.wrong(err)
	}
	before := c.code
	for _, one := range names {
		text, err := fs.ReadFile(files, one)
		c.file(path.Join(name, one), text, err)
	}
	if c.code == before { // else it may be said twice
		if _, err := exercise.Load(files); err != nil {
			c.wrong(err)
		}
	}
}

// file checks one exercise.
func (c *checker) file(name string, text []byte, err error) {
	if err != nil {
		c.wrong(err)
		return
	}
	e, err := exercise.Parse(name, text)
	if err != nil {
		c.wrong(err)
		return
	}
	if errs := e.Verify(name); len(errs) > 0 {
		for _, err := range errs {
			c.wrong(err)
		}
		return
	}
	fmt.Fprintf(c.stdout, "%s: ok, %s, %s caught\n", name, countOf(len(e.Checks), "check"), countOf(len(e.Wrong), "wrong way"))
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
