package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"runtime/metrics"
	"time"

	"smtplab/sim/runner"
)

// serveAdmin serves metrics and profiles until stop is called.
func serveAdmin(address string, labs *runner.Runner, log *slog.Logger) (stop func(), err error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	server := &http.Server{
		Handler:           onlyLoopbackNames(adminHandler(labs)),
		ReadHeaderTimeout: 10 * time.Second,
		MaxHeaderBytes:    16 << 10,
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the admin address is served no more", "error", err)
		}
	}()
	log.Info("metrics and profiles", "url", "http://"+l.Addr().String()+"/metrics")
	return func() {
		_ = server.Close() // a profile may be under way; nobody waits for it
		<-ended
	}, nil
}

func adminHandler(labs *runner.Runner) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		writeMetrics(w, labs.Stats())
	})
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// writeMetrics writes the program's figures in the text format of Prometheus. They are a dozen plain numbers, so
// no client library is needed.
func writeMetrics(w io.Writer, s runner.Stats) {
	write := func(name, kind, help string, value any) {
		fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n%s %v\n", name, help, name, kind, name, value)
	}
	write("smtplab_labs_awake", "gauge", "Labs in memory.", s.Awake)
	write("smtplab_watchers", "gauge", "Those who are told of a lab's news.", s.Watchers)
	write("smtplab_actions_total", "counter", "Actions done in labs.", s.Actions)
	write("smtplab_wakes_total", "counter", "Labs woken by replaying their journal.", s.Wakes)
	write("smtplab_broken_total", "counter", "Labs that broke.", s.Broken)

	samples := []metrics.Sample{
		{Name: "/sched/goroutines:goroutines"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/total:bytes"},
		{Name: "/gc/cycles/total:gc-cycles"},
	}
	metrics.Read(samples)
	write("go_goroutines", "gauge", "Goroutines that exist.", samples[0].Value.Uint64())
	write("go_heap_objects_bytes", "gauge", "Memory of live objects, and of dead ones not yet collected.", samples[1].Value.Uint64())
	write("go_memory_bytes", "gauge", "Memory that the Go runtime has mapped.", samples[2].Value.Uint64())
	write("go_gc_cycles_total", "counter", "Garbage collections.", samples[3].Value.Uint64())
}

// onlyLoopbackNames refuses requests for other names: a page whose name was pointed at this machine could
// otherwise read along in its visitor's browser.
func onlyLoopbackNames(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if !isLoopback(host) {
			http.Error(w, "this is not the name of this machine", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}
