// Command smtplab serves SMTP Lab, the place to learn how e-mail moves.
//
//	smtplab [serve] [flags]   serve the lab's pages; the default
//	smtplab play FILE         show what happened in a lab that was saved
//	smtplab export --txt FILE write it in a format of your choice
//	smtplab check FILE        prove an exercise
//	smtplab version           say what this is
//
// `smtplab serve -h` lists the flags and the environment variables that stand for them.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() { // the first signal ends us in good order, a second one at once
		<-signals
		cancel()
		<-signals
		os.Exit(exitFailure)
	}()
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// The exit codes.
const (
	exitOK = iota
	exitFailure
	exitUsage
)

// run is the whole program: it ends when the command has been done or ctx is, and returns the exit code. What
// programs may read goes to stdout, everything else to stderr.
func run(ctx context.Context, args []string, env func(string) string, stdout, stderr io.Writer) int {
	command := "serve"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		command, args = args[0], args[1:]
	}
	switch command {
	case "serve":
		return serveCommand(ctx, args, env, stdout, stderr)
	case "play", "export":
		return fileCommand(ctx, command, args, os.Stdin, stdout, stderr)
	case "check":
		return checkCommand(args, stdout, stderr)
	case "version":
		fmt.Fprintln(stdout, versionLine())
		return exitOK
	case "help":
		return serveCommand(ctx, []string{"-h"}, env, stdout, stderr)
	}
	fmt.Fprintf(stderr, "smtplab: there is no command %q; there are serve, play, export, check and version\n", command)
	return exitUsage
}
