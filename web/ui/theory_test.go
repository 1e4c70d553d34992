package ui

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// theoryNodes renders a page of theory and returns its elements in the order of the document.
func theoryNodes(t *testing.T, s TheorySection) []*html.Node {
	t.Helper()
	var b strings.Builder
	if err := s.Body.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader("<!DOCTYPE html><title>t</title><main>" + b.String() + "</main>"))
	if err != nil {
		t.Fatal(err)
	}
	var nodes []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "main" {
			for e := range n.Descendants() {
				if e.Type == html.ElementNode {
					nodes = append(nodes, e)
				}
			}
		}
	}
	return nodes
}

// attribute is the value of an attribute, and "" when there is none.
func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// text is the words in n, with single spaces.
func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func TestTheorySections(t *testing.T) {
	var slugs []string
	for _, s := range TheorySections() {
		slugs = append(slugs, s.Slug)
		if s.Title == "" || s.Summary == "" {
			t.Errorf("%s: a section needs a title and a summary", s.Slug)
		}
		words := 0
		for _, n := range theoryNodes(t, s) {
			if n.Data == "p" || n.Data == "li" || n.Data == "dd" || n.Data == "td" {
				words += len(strings.Fields(text(n)))
			}
		}
		if words < 150 {
			t.Errorf("%s has only %d words", s.Slug, words)
		}
	}
	want := []string{"introduction", "aim", "objectives", "connection", "handshake", "transfer", "delivery", "security", "procedure", "glossary", "conformance", "conclusion"}
	if !slices.Equal(slugs, want) {
		t.Errorf("the sections are %q, want %q", slugs, want)
	}
}

// TestTheoryHeadings: below the page's h1, headings begin at h2 and go down one level at a time.
func TestTheoryHeadings(t *testing.T) {
	for _, s := range TheorySections() {
		level := 1
		for _, n := range theoryNodes(t, s) {
			if len(n.Data) != 2 || n.Data[0] != 'h' || n.Data[1] < '1' || n.Data[1] > '6' {
				continue
			}
			next := int(n.Data[1] - '0')
			if next < 2 || next > level+1 {
				t.Errorf("%s: %s %q follows a heading of level %d", s.Slug, n.Data, text(n), level)
			}
			if attribute(n, "id") == "" {
				t.Errorf("%s: heading %q cannot be linked to: it has no id", s.Slug, text(n))
			}
			level = next
		}
		if level == 1 {
			t.Errorf("%s has no headings", s.Slug)
		}
	}
}

// TestTheoryPunctuation: no space has slipped in where the template breaks a line beside a link.
func TestTheoryPunctuation(t *testing.T) {
	slip := regexp.MustCompile(`.{0,20}(\( | [,;:.)]( |$)).{0,20}`)
	for _, s := range TheorySections() {
		for _, n := range theoryNodes(t, s) {
			if n.Data != "p" && n.Data != "li" && n.Data != "dd" {
				continue
			}
			if found := slip.FindString(text(n)); found != "" && attribute(n.Parent.Parent, "class") != "dialogue" {
				t.Errorf("%s: a space too many in %q", s.Slug, found)
			}
		}
	}
}

// TestTheoryIsPlain: nothing that the strict content security policy would refuse.
func TestTheoryIsPlain(t *testing.T) {
	for _, s := range TheorySections() {
		for _, n := range theoryNodes(t, s) {
			if n.Data == "script" || n.Data == "style" || n.Data == "iframe" {
				t.Errorf("%s has a <%s>", s.Slug, n.Data)
			}
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
					t.Errorf("%s: <%s> has the attribute %s", s.Slug, n.Data, a.Key)
				}
			}
		}
	}
}

// TestTheoryLinks: a link inside leads to a section that exists, and one outside to the RFC that its text names.
func TestTheoryLinks(t *testing.T) {
	places := map[string]bool{"/lab": true}
	for _, s := range TheorySections() {
		places["/theory/"+s.Slug] = true
		for _, n := range theoryNodes(t, s) {
			id := attribute(n, "id")
			if id == "" {
				continue
			}
			place := "/theory/" + s.Slug + "#" + id
			if places[place] {
				t.Errorf("%s is there twice", place)
			}
			places[place] = true
		}
	}
	for _, s := range TheorySections() {
		for _, n := range theoryNodes(t, s) {
			if n.Data != "a" {
				continue
			}
			href, words := attribute(n, "href"), text(n)
			if doc, ok := strings.CutPrefix(href, "https://www.rfc-editor.org/rfc/rfc"); ok {
				if name := citation(doc); words != name && !strings.HasPrefix(words, "Appendix") {
					t.Errorf("%s: %q leads to %s", s.Slug, words, name)
				}
			} else if !places[href] {
				t.Errorf("%s: %q leads to %q, which does not exist", s.Slug, words, href)
			}
		}
	}
}

// citation is how the end of an RFC's address is cited: "5321#section-3.3" is "RFC 5321 §3.3".
func citation(doc string) string {
	return "RFC " + strings.Replace(doc, "#section-", " §", 1)
}

// TestTheoryIsAccessible: pictures and tables have their names, and what names a part exists.
func TestTheoryIsAccessible(t *testing.T) {
	for _, s := range TheorySections() {
		nodes := theoryNodes(t, s)
		ids := map[string]bool{}
		for _, n := range nodes {
			ids[attribute(n, "id")] = true
		}
		for _, n := range nodes {
			for id := range strings.FieldsSeq(attribute(n, "aria-labelledby")) {
				if !ids[id] {
					t.Errorf("%s: <%s> is named by %q, which does not exist", s.Slug, n.Data, id)
				}
			}
			switch n.Data {
			case "svg":
				if attribute(n, "role") != "img" || attribute(n, "aria-labelledby") == "" {
					t.Errorf("%s: a picture without a name", s.Slug)
				}
			case "figure", "table":
				caption := map[string]string{"figure": "figcaption", "table": "caption"}[n.Data]
				if !slices.ContainsFunc(slices.Collect(n.Descendants()), func(d *html.Node) bool { return d.Data == caption && text(d) != "" }) {
					t.Errorf("%s: a %s without a caption: %s", s.Slug, n.Data, text(n))
				}
			case "th":
				if scope := attribute(n, "scope"); scope != "row" && scope != "col" {
					t.Errorf("%s: the heading cell %q has no scope", s.Slug, text(n))
				}
			}
		}
	}
}

// TestTheoryProcedure: the six steps of the classroom procedure, in their order and in their words.
func TestTheoryProcedure(t *testing.T) {
	want := [][]string{
		{"Click a PC", "mail window opens", "pc1@email.com"},
		{"recipient", "subject", "message", "Send"},
		{"pop-up says how it went"},
		{"Inbox", "PC-2"},
		{"message from PC-1 is displayed"},
		{"Click the server", "“SMTP Server”", "192.168.11.4", "email.com", "Okay"},
	}
	for _, s := range TheorySections() {
		if s.Slug != "procedure" {
			continue
		}
		var steps []string
		for _, n := range theoryNodes(t, s) {
			if strings.HasPrefix(attribute(n, "id"), "step-") {
				steps = append(steps, text(n))
			}
		}
		if len(steps) != len(want) {
			t.Fatalf("the procedure has %d steps, want %d", len(steps), len(want))
		}
		for i, words := range want {
			for _, w := range words {
				if !strings.Contains(steps[i], w) {
					t.Errorf("step %d says %q, want %q in it", i+1, steps[i], w)
				}
			}
		}
	}
}

func TestTheoryGlossaryIsSorted(t *testing.T) {
	byWord := func(a, b term) int { return strings.Compare(strings.ToLower(a.word), strings.ToLower(b.word)) }
	if !slices.IsSortedFunc(theoryTerms, byWord) {
		t.Error("the words of the glossary are not in the order of the alphabet")
	}
	byCode := func(a, b replyCode) int { return strings.Compare(a.code, b.code) }
	if !slices.IsSortedFunc(replyCodes, byCode) {
		t.Error("the reply codes are not in order")
	}
}
