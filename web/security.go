package web

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// policy is the Content-Security-Policy of every page. Nothing is inline, nothing comes from elsewhere, nothing
// may frame the lab. connect-src 'self' covers the websocket.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-src 'self'; frame-ancestors 'none'"

// mailPolicy is that of the HTML of a mail, which runs in a frame: no script, no form, no name of its own
// (sandbox), nothing fetched from anywhere.
const mailPolicy = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; " +
	"form-action 'none'; base-uri 'none'; frame-ancestors 'self'"

// withHeaders sets what every answer carries; a handler may tighten or replace single headers.
func withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer") // a lab's address is its key
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "+
			"magnetometer=(), microphone=(), midi=(), payment=(), usb=()")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// lean takes from a script or a style sheet the headers that are about documents: they were most of what a first visit
// loads. An image keeps them, since a browser can show it as a document.
func lean(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ext := path.Ext(r.URL.Path); ext == ".js" || ext == ".css" {
			for _, name := range []string{"Content-Security-Policy", "X-Frame-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy", "Permissions-Policy"} {
				w.Header().Del(name)
			}
		}
		next.ServeHTTP(w, r)
	})
}

// names are the hosts that the lab answers to. A page of another site can make a browser send requests here by
// pointing its own name at this address (DNS rebinding); the Host header then still carries that name.
type names struct {
	public *url.URL        // nil when none is configured
	hosts  map[string]bool // "lab.example" with any port, or "lab.example:8080" with that one
}

// loopback names are always answered to, with any port.
var loopback = []string{"localhost", "127.0.0.1", "::1"}

// newNames reads the configured names. It fails when publicURL is not an absolute http or https address, or an
// allowed host is not a host or host:port.
func newNames(publicURL string, allowed []string) (*names, error) {
	n := &names{hosts: map[string]bool{}}
	for _, host := range loopback {
		n.hosts[host] = true
	}
	for _, host := range allowed {
		name, port := splitHost(host)
		if name == "" || strings.ContainsAny(host, "/@*") {
			return nil, fmt.Errorf("web: %q is not a host name", host)
		}
		n.hosts[joinHost(name, port)] = true
	}
	if publicURL == "" {
		return n, nil
	}
	u, err := url.Parse(publicURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("web: the public address %q is not like https://lab.example", publicURL)
	}
	n.public = u
	return n, nil
}

// know reports whether host, as a Host header has it, is one of the names.
func (n *names) know(host string) bool {
	name, port := splitHost(host)
	if name == "" {
		return false
	}
	return n.hosts[name] || n.hosts[joinHost(name, port)] || n.public != nil && sameHost(n.public.Scheme, n.public.Host, host)
}

// origin is the configured public origin, as "https://lab.example"; "" when there is none.
func (n *names) origin() string {
	if n.public == nil {
		return ""
	}
	return n.public.Scheme + "://" + n.public.Host
}

// guard refuses requests for other names: 421 with plain words.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.names.know(r.Host) {
			s.fail(w, r, &refusal{kind: wrongHost, text: "You reached SMTP Lab under a name that it was not told about. " +
				"Use the address that it printed when it started, or have its operator allow this name."})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// protect refuses unsafe requests that a browser sends on behalf of another site. Programs, which send neither
// Sec-Fetch-Site nor Origin, pass: they hold no cookie that could be abused.
func (s *Server) protect(next http.Handler) http.Handler {
	p := http.NewCrossOriginProtection()
	if origin := s.names.origin(); origin != "" {
		if err := p.AddTrustedOrigin(origin); err != nil {
			panic(err) // cannot happen: newNames made the origin
		}
	}
	p.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, &refusal{kind: crossOrigin, text: "Your browser says that another site sent this. Nothing was done. " +
			"If it was you, do it again from the lab's own page."})
	}))
	return p.Handler(next)
}

// mayWatch reports whether the page that opens a websocket is one of ours: its Origin is exactly the scheme, host
// and port that the request itself came to, or the public ones. A websocket is not subject to the same-origin
// policy, so this check is all there is.
//
// Our choice: without an Origin it is no browser, since browsers always send one here; it may watch, unless it
// carries a cookie, which would mean that something browser-like sends it.
func (s *Server) mayWatch(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	switch {
	case len(origins) == 0:
		return r.Header.Get("Cookie") == "" && r.Header.Get("Sec-Fetch-Site") == ""
	case len(origins) > 1:
		return false
	}
	u, err := url.Parse(origins[0])
	if err != nil || u.Host == "" || origins[0] != u.Scheme+"://"+u.Host {
		return false // "null", and whatever is no plain origin
	}
	if n := s.names.public; n != nil && u.Scheme == n.Scheme && sameHost(u.Scheme, u.Host, n.Host) {
		return true
	}
	return u.Scheme == schemeOf(r) && sameHost(u.Scheme, u.Host, r.Host)
}

// schemeOf is how the request came to this process. A proxy that ends TLS is what PublicURL is for.
func schemeOf(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

// sameHost compares two hosts with optional ports as a browser would: letters of either case, and the scheme's
// own port left out or not.
func sameHost(scheme, a, b string) bool {
	nameA, portA := splitHost(a)
	nameB, portB := splitHost(b)
	own := map[string]string{"http": "80", "https": "443"}[scheme]
	if portA == "" {
		portA = own
	}
	if portB == "" {
		portB = own
	}
	return nameA != "" && nameA == nameB && portA == portB
}

// splitHost takes "Name:port", "name" or "[::1]:port" apart; the name comes back in lower case, without
// brackets. Both are "" for anything else.
func splitHost(host string) (name, port string) {
	host = strings.ToLower(host)
	if name, port, err := net.SplitHostPort(host); err == nil {
		return name, port
	}
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		return host[1 : len(host)-1], ""
	}
	if strings.Contains(host, ":") {
		return "", ""
	}
	return host, ""
}

func joinHost(name, port string) string {
	if port == "" {
		return name
	}
	return net.JoinHostPort(name, port)
}
