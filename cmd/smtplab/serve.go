package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"smtplab/sim/exercise"
	"smtplab/sim/gateway"
	"smtplab/sim/journal"
	"smtplab/sim/journal/natsjournal"
	"smtplab/sim/runner"
	"smtplab/web"
)

const (
	// stopTime is how long requests that are under way may take when the program is told to end.
	stopTime = 10 * time.Second

	// Without -data: when a lab is forgotten that nobody uses, and how many octets all of them share.
	memoryUnused = 7 * 24 * time.Hour
	memoryOctets = 512 << 20

	// With -data: a lab stays as long as the cookie by which its people find it.
	dataUnused = 180 * 24 * time.Hour
	dataOctets = 8 << 30
)

// serveCommand is `smtplab serve`.
func serveCommand(ctx context.Context, args []string, env func(string) string, stdout, stderr io.Writer) int {
	c, err := parseFlags(args, env, stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		fmt.Fprintf(stderr, "smtplab: %v\nTry smtplab -h.\n", err)
		return exitUsage
	}
	if err := serve(ctx, c, stdout, slog.New(slog.NewTextHandler(stderr, nil))); err != nil {
		fmt.Fprintf(stderr, "smtplab: %v\n", err)
		return exitFailure
	}
	return exitOK
}

// serve serves until ctx is done, and returns when everything has ended in good order. Once people can use it, it
// says so on stdout in one line.
func serve(ctx context.Context, c config, stdout io.Writer, log *slog.Logger) (err error) {
	var exercises []*exercise.Exercise // nil for those that come with the program
	if c.exercises != "" {
		var shadowed []string
		if exercises, shadowed, err = ownExercises(c.exercises); err != nil {
			return err
		}
		for _, id := range shadowed {
			log.Info("an exercise takes the place of the one that comes with the program", "exercise", id)
		}
	}
	l, err := net.Listen("tcp", c.listen)
	if err != nil {
		return err // it names the address
	}
	defer l.Close()
	labs, err := openLabs(ctx, c, log)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		err = errors.Join(err, labs.Close(ctx))
	}()
	opened, stopLetting, err := openGates(ctx, c, labs, log)
	if err != nil {
		return err
	}
	defer stopLetting()
	var key ed25519.PrivateKey // without -data it is one that ends with the program
	if c.data != "" {
		if key, err = openKey(c.data); err != nil {
			return err
		}
	}
	site, err := web.New(web.Options{
		Runner: labs, PublicURL: c.publicURL, AllowedHosts: ownAddresses(l.Addr()), Gates: opened, Log: log, Persistent: c.data != "",
		Key: key, Program: versionLine(), Exercises: exercises,
	})
	if err != nil {
		return err
	}
	if c.admin != "" {
		stop, err := serveAdmin(c.admin, labs, log)
		if err != nil {
			return err
		}
		defer stop()
	}
	if c.public {
		log.Warn("anybody who reaches this address can make labs", "address", l.Addr().String())
	}

	server := web.HTTPServer(site)
	server.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug) // what clients do wrong
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	site.SetReady(true)
	fmt.Fprintf(stdout, "SMTP Lab is at http://%s/\n", reachable(l.Addr()))
	for _, g := range opened {
		fmt.Fprintf(stdout, "Real programs reach the lab /labs/demo at %s (-%s)\n", g.Address, g.Flag)
	}

	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping")
	stopLetting()
	stop(context.WithoutCancel(ctx), server, site, log)
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// openGates opens the ports for real programs. It returns where they are, and what closes them.
func openGates(ctx context.Context, c config, labs *runner.Runner, log *slog.Logger) (opened []web.Gate, stop func(), err error) {
	if c.gates == [len(gates)]string{} {
		return nil, func() {}, nil
	}
	demo, err := labs.Open(ctx, runner.Demo)
	if err != nil {
		return nil, nil, err
	}
	entrance := gateway.New(gateway.Options{Labs: labs, Lab: demo, Log: log})
	stop = sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		entrance.Close(ctx)
	})
	for i, g := range gates {
		if c.gates[i] == "" {
			continue
		}
		l, err := net.Listen("tcp", c.gates[i])
		if err != nil {
			stop()
			return nil, nil, err
		}
		go func() { _ = entrance.Serve(l, g.port) }() // it returns when the gateway is closed
		opened = append(opened, web.Gate{Flag: g.flag, Address: reachable(l.Addr()), Port: g.port})
	}
	return opened, stop, nil
}

// stop lets requests end and says goodbye to websockets; who takes too long is cut off.
func stop(ctx context.Context, server *http.Server, site *web.Server, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	site.SetReady(false)
	watched := make(chan error, 1)
	go func() { watched <- site.Shutdown(ctx) }()
	err := server.Shutdown(ctx)
	if err = errors.Join(err, <-watched); err != nil {
		log.Warn("not everything ended in time", "error", err)
		_ = server.Close() // it was told
	}
}

// openLabs opens the journal and makes a runner of its labs, which closes both.
func openLabs(ctx context.Context, c config, log *slog.Logger) (*runner.Runner, error) {
	if c.data == "" {
		j := journal.NewMemory(journal.Limits{Octets: memoryOctets})
		return runner.New(runner.Options{Journal: j, Unused: memoryUnused, Log: log}), nil
	}
	j, err := natsjournal.Open(ctx, natsjournal.Options{Dir: c.data, Octets: dataOctets, Log: log})
	if err != nil {
		return nil, err
	}
	return runner.New(runner.Options{Journal: j, Unused: dataUnused, Log: log}), nil
}

// reachable is an address as one can type it on this machine.
func reachable(a net.Addr) string {
	ap := addrPort(a)
	if ap.Addr().IsUnspecified() {
		ap = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), ap.Port())
	}
	return ap.String()
}

// ownAddresses are the IP addresses, besides the loopback ones, under which a listener can be reached. Answering
// to them is safe: a name that an attacker points here is never an address.
func ownAddresses(a net.Addr) []string {
	ip := addrPort(a).Addr()
	switch {
	case ip.IsLoopback():
		return nil
	case !ip.IsUnspecified():
		return []string{hostName(ip)}
	}
	var hosts []string
	addrs, _ := net.InterfaceAddrs() // without them people need -public-url, and are told so
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && !p.Addr().IsLoopback() {
			hosts = append(hosts, hostName(p.Addr()))
		}
	}
	return hosts
}

func addrPort(a net.Addr) netip.AddrPort {
	ap := a.(*net.TCPAddr).AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// hostName is an address as it stands in a URL.
func hostName(ip netip.Addr) string {
	if ip.Is4() {
		return ip.String()
	}
	return "[" + ip.WithZone("").String() + "]"
}
