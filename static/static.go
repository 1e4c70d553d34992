// Package static holds the style sheets, scripts and images of the pages and serves them.
//
// There is no build step. All files live under one address that contains a hash of all their contents, as
// /static/1f3a9c27/js/live.js: so browsers may keep them for ever, and modules import each other by plain relative
// names. The style sheets, one file for each component, are joined into css/app.css when the program starts.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed css/*.css js/*.js img/*.svg
var embedded embed.FS

// Root is where the files are served; Handler expects requests for paths under it.
const Root = "/static/"

// types are the media types of the files that there are. They are stated here because the host's own table,
// which package mime reads, may lack them or have others.
var types = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// file is one file as it is served.
type file struct {
	body   []byte
	zipped []byte // body, compressed with gzip
}

// tree is all files by name ("js/live.js") and the hash of them all.
type tree struct {
	hash  string
	files map[string]file
}

var load = sync.OnceValue(func() tree {
	bodies := map[string][]byte{"css/app.css": styles(sheets...)}
	for _, name := range sheetsOnDemand {
		bodies["css/"+name+".css"] = styles(name)
	}
	err := fs.WalkDir(embedded, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) == ".css" {
			return err
		}
		bodies[name], err = embedded.ReadFile(name)
		return err
	})
	if err != nil {
		panic(err) // cannot happen: the files are in the program
	}

	t := tree{files: make(map[string]file)}
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(bodies)) {
		fmt.Fprintf(sum, "%s %d\n", name, len(bodies[name]))
		sum.Write(bodies[name])
		t.files[name] = file{bodies[name], zip(bodies[name])}
	}
	t.hash = hex.EncodeToString(sum.Sum(nil)[:5])
	return t
})

// Path is the address of a file, given its name: "css/app.css", "js/lab.js", "img/icon.svg". It panics for a name
// that is not there, since that is a slip in a template.
func Path(name string) string {
	t := load()
	if _, ok := t.files[name]; !ok {
		panic("static: no file " + name)
	}
	return Root + t.hash + "/" + name
}

// Scripts are the names of all modules, sorted.
func Scripts() []string {
	var names []string
	for name := range load().files {
		if path.Ext(name) == ".js" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// onDemand are modules that a page asks for when they are wanted, with those that only they need.
var onDemand = []string{"js/palette.js", "js/fuzzy.js", "js/predict.js", "js/held.js", "js/question.js", "js/views.js", "js/view.js", "js/card.js", "js/course.js"}

// Preloaded are the names of the modules that every page needs at once, sorted.
func Preloaded() []string {
	return slices.DeleteFunc(Scripts(), func(name string) bool { return slices.Contains(onDemand, name) })
}

// sheets are the style sheets in the order in which they are joined. layers.css states the order of the cascade.
var sheets = []string{
	"layers", "tokens", "base", "shell", "lab", "map", "trace", "explain", "find", "predict", "keys",
	"time", "present", "window", "compose", "mail", "settings", "server", "terminal", "toast", "prose", "report", "course", "print",
}

// sheetsOnDemand are served each by itself, to pages that show what they are for.
var sheetsOnDemand = []string{"views"}

// styles joins sheets.
func styles(sheets ...string) []byte {
	var all bytes.Buffer
	for _, name := range sheets {
		body, err := embedded.ReadFile("css/" + name + ".css")
		if err != nil {
			panic(err)
		}
		all.Write(body)
	}
	return all.Bytes()
}

func zip(body []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
	w.Write(body)                                         // a bytes.Buffer takes everything
	w.Close()
	return b.Bytes()
}

// Handler serves the files. An address with another hash than the current one is not found: it belongs to another
// version of the program, whose pages must not run this one's scripts.
func Handler() http.Handler {
	t := load()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := strings.CutPrefix(r.URL.Path, Root+t.hash+"/")
		f, found := t.files[name]
		if !ok || !found {
			http.NotFound(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		body := f.body
		h := w.Header()
		h.Set("Content-Type", types[path.Ext(name)])
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) {
			body = f.zipped
			h.Set("Content-Encoding", "gzip")
		}
		h.Set("Content-Length", strconv.Itoa(len(body)))
		if r.Method == http.MethodGet {
			w.Write(body)
		}
	})
}

// acceptsGzip reads an Accept-Encoding header: RFC 9110 §12.5.3. "gzip;q=0" is a refusal.
func acceptsGzip(header string) bool {
	for coding := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(coding, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q := strings.ReplaceAll(params, " ", "")
			return q != "q=0" && !strings.HasPrefix(q, "q=0.000") && q != "q=0.0" && q != "q=0.00"
		}
	}
	return false
}
