package main

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

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
	mux.Handle("GET /metrics", promhttp.HandlerFor(figures(labs), promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// figures are what the program counts, in a registry of its own.
func figures(labs *runner.Runner) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	gauge := func(name, help string, value func(runner.Stats) int) {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help},
			func() float64 { return float64(value(labs.Stats())) }))
	}
	counter := func(name, help string, value func(runner.Stats) uint64) {
		registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help},
			func() float64 { return float64(value(labs.Stats())) }))
	}
	gauge("smtplab_labs_awake", "Labs in memory.", func(s runner.Stats) int { return s.Awake })
	gauge("smtplab_watchers", "Those who are told of a lab's news.", func(s runner.Stats) int { return s.Watchers })
	counter("smtplab_actions_total", "Actions done in labs.", func(s runner.Stats) uint64 { return s.Actions })
	counter("smtplab_wakes_total", "Labs woken by replaying their journal.", func(s runner.Stats) uint64 { return s.Wakes })
	counter("smtplab_broken_total", "Labs that broke.", func(s runner.Stats) uint64 { return s.Broken })
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return registry
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
