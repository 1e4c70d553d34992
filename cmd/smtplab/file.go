package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"smtplab/sim/capture"
	"smtplab/sim/explain"
	"smtplab/sim/history"
	"smtplab/sim/lab"
	"smtplab/sim/trace"
	"smtplab/web"
)

// format is what a lab can be exported as: all of it, or one conversation when that is not 0.
type format struct {
	flag string
	what string
	to   func(w io.Writer, l *lab.Lab, conn uint32) error
}

var formats = []format{
	{"txt", "the dialogue, to read and paste", func(w io.Writer, l *lab.Lab, conn uint32) error { return trace.WriteText(w, eventsOf(l, conn)) }},
	{"json", "every event, for programs", func(w io.Writer, l *lab.Lab, conn uint32) error {
		return trace.WriteJSON(w, trace.Header{Name: l.Spec().Name, Start: l.Spec().Start}, eventsOf(l, conn))
	}},
	{"csv", "every event, for spreadsheets", func(w io.Writer, l *lab.Lab, conn uint32) error { return trace.WriteCSV(w, eventsOf(l, conn)) }},
	{"pcapng", "what the network carried, for Wireshark", func(w io.Writer, l *lab.Lab, conn uint32) error {
		book, err := explain.Load("en")
		if err != nil {
			return err
		}
		return capture.Of(l, conn).Write(w, book)
	}},
	{"svg", "a conversation as a sequence diagram; without -conn the newest", drawing},
}

// eventsOf are a conversation's events, or all.
func eventsOf(l *lab.Lab, conn uint32) iter.Seq[trace.Event] {
	if conn == 0 {
		return l.Trace().After(0)
	}
	return func(yield func(trace.Event) bool) {
		for e := range l.Trace().After(0) {
			if e.Conn == conn && !yield(e) {
				return
			}
		}
	}
}

// drawing is a conversation as a ladder.
func drawing(w io.Writer, l *lab.Lab, conn uint32) error {
	talks := l.Conversations()
	if len(talks) == 0 {
		return errors.New("there is no conversation to draw")
	}
	c := talks[len(talks)-1]
	if conn != 0 {
		c, _ = l.Conversation(conn)
	}
	return web.WriteLadder(w, c, l.Hosts(), slices.Collect(l.Trace().After(0)))
}

const fileUsage = `Usage: smtplab play [-at EVENT] [-speed LINES] FILE
       smtplab export %s [-at EVENT] [-conn N] FILE

FILE is a lab that was saved (.smtplab), or - for standard input. Its lab is made again and everything that had happened
in it happens again. play shows the dialogue line by line; export writes it to standard output.

`

// fileCommand is play or export: what can be done with a lab's file without a browser.
func fileCommand(ctx context.Context, command string, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	fs := flag.NewFlagSet("smtplab "+command, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	at := fs.Uint64("at", 0, "only up to this `event`")
	var speed *float64
	var conn uint64
	wanted := map[string]*bool{}
	if command == "play" {
		speed = fs.Float64("speed", 0, "show so many `lines` a second; 0 shows them at once")
	} else {
		fs.Uint64Var(&conn, "conn", 0, "only this `conversation`")
		for _, f := range formats {
			wanted[f.flag] = fs.Bool(f.flag, false, f.what)
		}
	}
	switch err := fs.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stdout, fileUsage, flagsOf(formats))
		fs.SetOutput(stdout)
		fs.PrintDefaults()
		return exitOK
	case err != nil:
		return misused(stderr, err)
	case fs.NArg() != 1:
		return misused(stderr, fmt.Errorf("%s takes one file", command))
	}
	var to []format
	for _, f := range formats {
		if on := wanted[f.flag]; on != nil && *on {
			to = append(to, f)
		}
	}
	if command == "export" && len(to) != 1 {
		return misused(stderr, fmt.Errorf("export takes one of %s", flagsOf(formats)))
	}
	l, err := openFile(fs.Arg(0), *at, stdin, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "smtplab:", err)
		return exitFailure
	}
	defer l.Close()
	if command == "play" {
		err = play(ctx, stdout, l, *speed)
	} else {
		if _, ok := l.Conversation(uint32(conn)); conn != 0 && (!ok || conn > math.MaxUint32) {
			fmt.Fprintf(stderr, "smtplab: there is no conversation %d\n", conn)
			return exitFailure
		}
		out := bufio.NewWriter(stdout)
		err = errors.Join(to[0].to(out, l, uint32(conn)), out.Flush())
	}
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(stderr, "smtplab:", err)
		return exitFailure
	}
	return exitOK
}

func misused(stderr io.Writer, err error) int {
	fmt.Fprintln(stderr, "smtplab:", err)
	return exitUsage
}

func flagsOf(formats []format) string {
	var flags []string
	for _, f := range formats {
		flags = append(flags, "--"+f.flag)
	}
	return strings.Join(flags, "|")
}

// openFile makes the lab of a file, as it was at an event, or at its end when that is 0.
func openFile(name string, at uint64, stdin io.Reader, stderr io.Writer) (*lab.Lab, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	h, err := history.ReadFile(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	l, err := h.Play()
	if errors.Is(err, history.ErrDiverged) {
		var again *history.History
		var lost int
		if l, again, lost, err = h.Recall(); err == nil {
			h = again
			fmt.Fprintf(stderr, "smtplab: %s was recorded by another release: the same people did the same things once more, and %d of them have become impossible\n", name, lost)
		}
	}
	if err != nil || at == 0 {
		return l, err
	}
	last := l.Trace().Last()
	l.Close()
	if at > last {
		return nil, fmt.Errorf("%s has no event %d: the last is %d", name, at, last)
	}
	return h.PlayTo(at)
}

// play shows the dialogue at a speed in lines a second.
func play(ctx context.Context, w io.Writer, l *lab.Lab, speed float64) error {
	if !(speed > 0) {
		return trace.WriteText(w, l.Trace().After(0))
	}
	for e := range l.Trace().After(0) {
		one := func(yield func(trace.Event) bool) { yield(e) }
		if err := trace.WriteText(w, one); err != nil {
			return err
		}
		if e.Kind == trace.Segment {
			continue // it has no line of its own
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(float64(time.Second) / speed)):
		}
	}
	return nil
}
