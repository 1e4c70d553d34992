package static

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func get(t *testing.T, url, encoding string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, url, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What the pages name must be there, whatever else moves.
func TestFiles(t *testing.T) {
	for name, want := range map[string]string{
		"css/app.css":  "text/css; charset=utf-8",
		"js/lab.js":    "text/javascript; charset=utf-8",
		"js/live.js":   "text/javascript; charset=utf-8",
		"js/trace.js":  "text/javascript; charset=utf-8",
		"js/dialog.js": "text/javascript; charset=utf-8",
		"img/icon.svg": "image/svg+xml",
	} {
		resp := get(t, Path(name), "")
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", name, resp.StatusCode)
		}
		if got := resp.Header.Get("Content-Type"); got != want {
			t.Errorf("%s: type %q, want %q", name, got, want)
		}
		if got := resp.Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
	}
}

func TestOtherAddresses(t *testing.T) {
	for _, url := range []string{
		"/static/", "/static/css/app.css", "/static/0000000000/css/app.css",
		path.Dir(Path("js/lab.js")), path.Dir(Path("js/lab.js")) + "/../css/app.css", Path("js/lab.js") + "x",
	} {
		if resp := get(t, url, ""); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d", url, resp.StatusCode)
		}
	}
}

func TestPathOfMissingFile(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic for a file that is not there")
		}
	}()
	Path("css/nowhere.css")
}

func TestMethods(t *testing.T) {
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, Path("js/lab.js"), nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", w.Code)
	}
	w = httptest.NewRecorder()
	Handler().ServeHTTP(w, httptest.NewRequest(http.MethodHead, Path("js/lab.js"), nil))
	if w.Code != http.StatusOK || w.Body.Len() != 0 {
		t.Errorf("HEAD: status %d with %d octets", w.Code, w.Body.Len())
	}
}

func TestCompression(t *testing.T) {
	plain := body(t, get(t, Path("css/app.css"), "").Body)
	for _, c := range []struct {
		accept string
		zipped bool
	}{
		{"gzip, deflate, br", true},
		{"br;q=1.0, GZIP;q=0.5", true},
		{"", false},
		{"br", false},
		{"gzip;q=0", false},
		{"gzip; q=0.000", false},
	} {
		resp := get(t, Path("css/app.css"), c.accept)
		if got := resp.Header.Get("Content-Encoding") == "gzip"; got != c.zipped {
			t.Errorf("Accept-Encoding %q: compressed %v", c.accept, got)
			continue
		}
		reader := io.Reader(resp.Body)
		if c.zipped {
			z, err := gzip.NewReader(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			reader = z
		}
		if body(t, reader) != plain {
			t.Errorf("Accept-Encoding %q: another content", c.accept)
		}
	}
}

// The layer statement must come first, or the layers stand in the order in which they are met.
func TestStylesBeginWithTheLayers(t *testing.T) {
	css := regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(string(styles(sheets...)), "")
	if !strings.HasPrefix(strings.TrimSpace(css), "@layer tokens, base, parts, media;") {
		t.Errorf("app.css begins with %.60q", css)
	}
	if open, shut := strings.Count(css, "{"), strings.Count(css, "}"); open != shut {
		t.Errorf("app.css has %d { and %d }", open, shut)
	}
}

// Every sheet that is in the folder is joined into app.css, or served by itself.
func TestEverySheetIsUsed(t *testing.T) {
	entries, err := embedded.ReadDir("css")
	if err != nil {
		t.Fatal(err)
	}
	used := make(map[string]int)
	for _, name := range slices.Concat(sheets, sheetsOnDemand) {
		used[name+".css"]++
	}
	for _, e := range entries {
		if used[e.Name()] != 1 {
			t.Errorf("css/%s is joined %d times", e.Name(), used[e.Name()])
		}
	}
}

// Every variable that a sheet uses is defined in tokens.css or has a fallback.
func TestTokens(t *testing.T) {
	css := string(styles(slices.Concat(sheets, sheetsOnDemand)...))
	for _, use := range regexp.MustCompile(`var\((--[\w-]+)\)`).FindAllStringSubmatch(css, -1) {
		if !strings.Contains(css, use[1]+":") {
			t.Errorf("%s is used and not defined", use[1])
		}
	}
}

var imports = regexp.MustCompile(`(?m)(?:from|import\() ?"(\./[\w-]+\.js)"`)

// Modules import only each other, by names that are there, and are small. Nothing is fetched from elsewhere, and
// HTML text becomes elements in one place only.
func TestModules(t *testing.T) {
	for _, name := range Scripts() {
		source := body(t, get(t, Path(name), "").Body)
		for _, i := range imports.FindAllStringSubmatch(source, -1) {
			Path(path.Join("js", i[1]))
		}
		if lines := strings.Count(source, "\n"); lines > 150 {
			t.Errorf("%s has %d lines", name, lines)
		}
		for _, word := range []string{"http://", "https://", "eval(", "insertAdjacentHTML", "outerHTML", "document.write"} {
			if strings.Contains(strings.ReplaceAll(source, `"http://www.w3.org/2000/svg"`, ""), word) {
				t.Errorf("%s contains %s", name, word)
			}
		}
		if strings.Contains(source, "innerHTML") && name != "js/fragment.js" {
			t.Errorf("%s sets innerHTML", name)
		}
	}
}

// Everything that a first visit loads, besides the page itself, fits in 72 KB as it is sent and 230 KB plain.
func TestBudget(t *testing.T) {
	plain, zipped := 0, 0
	for name, f := range load().files {
		if slices.Contains(onDemand, name) || path.Ext(name) == ".css" && name != "css/app.css" {
			continue
		}
		plain += len(f.body)
		zipped += len(f.zipped)
	}
	t.Logf("%d octets, %d compressed", plain, zipped)
	if plain > 230_000 || zipped > 72_000 {
		t.Errorf("%d octets, %d compressed", plain, zipped)
	}
}

var needs = regexp.MustCompile(`(?m)from "\./([\w-]+\.js)"`)

// What is loaded on demand is there, and nothing that every page loads needs it at once.
func TestOnDemand(t *testing.T) {
	for _, name := range onDemand {
		Path(name)
	}
	loaded := Preloaded()
	if len(loaded)+len(onDemand) != len(Scripts()) {
		t.Errorf("%d modules at once and %d on demand, of %d", len(loaded), len(onDemand), len(Scripts()))
	}
	for _, name := range loaded {
		for _, need := range needs.FindAllStringSubmatch(body(t, get(t, Path(name), "").Body), -1) {
			if slices.Contains(onDemand, "js/"+need[1]) {
				t.Errorf("%s needs js/%s", name, need[1])
			}
		}
	}
}
