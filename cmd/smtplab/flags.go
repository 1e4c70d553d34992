package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
)

// config is what the flags of serve say.
type config struct {
	listen    string
	publicURL string
	public    bool
	data      string
	exercises string // a folder of further ones; "" for none
	admin     string
	gates     [len(gates)]string // addresses to listen on for real programs; "" for not at all
}

// gates are the ports that can be opened for real programs: by which flag, and which port of the lab's server it is.
var gates = [...]struct {
	flag string
	port int
	what string
}{
	{"smtp", 25, "SMTP, with STARTTLS"},
	{"submission", 587, "SMTP submission, with a login"},
	{"smtps", 465, "SMTP submission that begins with TLS"},
	{"pop3", 110, "POP3, with STLS"},
	{"pop3s", 995, "POP3 that begins with TLS"},
}

const usage = `SMTP Lab: see how e-mail moves, line by line.

Usage: smtplab [serve] [flags]
       smtplab play FILE
       smtplab export --txt FILE
       smtplab check [FILE...]
       smtplab version

Each flag can also be given as the environment variable that is named with it; a flag on the command line wins.

`

// parseFlags reads the flags of serve: what stands on the command line, over the environment, over the defaults.
// It returns flag.ErrHelp when only the usage was asked for, which it writes to help.
func parseFlags(args []string, env func(string) string, help io.Writer) (config, error) {
	var c config
	fs := flag.NewFlagSet("smtplab serve", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&c.listen, "listen", "127.0.0.1:8025", "serve on this `address`; port 0 picks one. Without a host it is 127.0.0.1, or with -public all of this machine's addresses")
	fs.StringVar(&c.publicURL, "public-url", "", "answer to this `URL` too: the one that people use, behind a proxy or under a name")
	fs.BoolVar(&c.public, "public", false, "allow -listen and the ports for real programs to be reached from other machines: anybody there can use the labs")
	for i, g := range gates {
		fs.StringVar(&c.gates[i], g.flag, "", "let real programs into the lab /labs/demo on this `address`: "+g.what)
	}
	fs.StringVar(&c.data, "data", "", "keep the labs in this `directory`; without it they are gone when the program ends")
	fs.StringVar(&c.exercises, "exercises", "", "show the exercises of this `directory` beside those that come with the program, once they have passed smtplab check; one with the id of such takes its place")
	fs.StringVar(&c.admin, "admin", "", "serve metrics (/metrics) and profiles (/debug/pprof/) on this loopback `address`")
	fs.Usage = func() {} // or it would be shown for every mistake

	var failed error
	fs.VisitAll(func(f *flag.Flag) {
		if v := env(envName(f.Name)); v != "" {
			if err := fs.Set(f.Name, v); err != nil {
				failed = errors.Join(failed, fmt.Errorf("%s: %q is not a value of -%s", envName(f.Name), v, f.Name))
			}
		}
	})
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		io.WriteString(help, usage)
		fs.VisitAll(func(f *flag.Flag) { printFlag(help, f) })
		return c, err
	case err != nil:
		return c, err
	case fs.NArg() > 0:
		return c, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	case failed != nil:
		return c, failed
	}
	return c, c.check()
}

// envName is the environment variable that stands for a flag: SMTPLAB_PUBLIC_URL for -public-url.
func envName(flag string) string {
	return "SMTPLAB_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

func printFlag(w io.Writer, f *flag.Flag) {
	value, text := flag.UnquoteUsage(f)
	if value != "" {
		value = " " + value
	}
	fmt.Fprintf(w, "  -%s%s\n    \t%s", f.Name, value, text)
	if f.DefValue != "" && f.DefValue != "false" {
		fmt.Fprintf(w, " (default %s)", f.DefValue)
	}
	fmt.Fprintf(w, " [%s]\n", envName(f.Name))
}

// check completes the addresses and refuses those that would be open to the world by accident.
func (c *config) check() (err error) {
	if c.listen, err = complete("listen", c.listen, c.public); err != nil {
		return err
	}
	for i, g := range gates {
		if c.gates[i] != "" {
			if c.gates[i], err = complete(g.flag, c.gates[i], c.public); err != nil {
				return err
			}
		}
	}
	if c.admin != "" {
		c.admin, err = complete("admin", c.admin, false)
	}
	return err
}

// complete adds to an address to listen on the host that it lacks, and refuses one that other machines can reach unless
// that is meant.
func complete(flag, address string, public bool) (string, error) {
	host, port, err := net.SplitHostPort(address)
	switch {
	case err != nil:
		return "", fmt.Errorf("-%s: %w", flag, err)
	case host == "" && !public:
		host = "127.0.0.1"
	case !public && !isLoopback(host) && flag == "admin":
		return "", fmt.Errorf("-admin %s can be reached from other machines: it has to be a loopback address", address)
	case !public && !isLoopback(host):
		return "", fmt.Errorf("-%s %s can be reached from other machines; if that is meant, add -public", flag, address)
	}
	return net.JoinHostPort(host, port), nil
}

// isLoopback reports whether a host, as in an address to listen on, is this machine and nobody else.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
