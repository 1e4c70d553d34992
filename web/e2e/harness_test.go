package e2e

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The tests would prove little if the ear were deaf.
func TestWhateverAPageComplainsOfIsHeard(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	defer elsewhere.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Security-Policy", "script-src 'self'")
		_, _ = w.Write([]byte(`<!doctype html><link rel="icon" href="data:,"><script>alert(1)</script><script src="/bad.js"></script>` +
			`<img src="/missing.png"><img src="` + elsewhere.URL + `/spy.png">`))
	})
	mux.HandleFunc("GET /bad.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write([]byte(`console.error("I", 1); console.log("fine"); Promise.reject(new Error("unheard")); new WebSocket("ws://` +
			strings.TrimPrefix(elsewhere.URL, "http://") + `/"); throw new Error("thrown")`))
	})
	here := httptest.NewServer(mux)
	defer here.Close()
	p := (&site{t: t, url: here.URL}).browse(t, look{})
	p.goTo("/")
	for _, complaint := range []string{"Content Security Policy", "^console.error: I 1$", "unheard", "thrown", "404.*missing.png", "elsewhere: http:.*spy.png", "^failed: .*spy.png", "elsewhere: ws:", "WebSocket connection"} {
		p.forgive(complaint)
	}
}
