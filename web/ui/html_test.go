package ui

import (
	"context"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
)

// render renders a component and parses what came out.
func render(t *testing.T, c templ.Component) (string, *html.Node) {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), root
}

// all are the elements for which keep holds, in the order of the document.
func all(root *html.Node, keep func(*html.Node) bool) []*html.Node {
	var found []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && keep(n) {
			found = append(found, n)
		}
	}
	return found
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func tag(name string) func(*html.Node) bool {
	return func(n *html.Node) bool { return n.Data == name }
}

func class(name string) func(*html.Node) bool {
	return func(n *html.Node) bool {
		for word := range strings.FieldsSeq(attr(n, "class")) {
			if word == name {
				return true
			}
		}
		return false
	}
}

func with(name, value string) func(*html.Node) bool {
	return func(n *html.Node) bool { return has(n, name) && attr(n, name) == value }
}

// one is the only element for which keep holds.
func one(t *testing.T, root *html.Node, keep func(*html.Node) bool) *html.Node {
	t.Helper()
	found := all(root, keep)
	if len(found) != 1 {
		t.Fatalf("%d elements instead of one", len(found))
	}
	return found[0]
}

// textOf is the text in an element, without that of elements for which leave holds.
func textOf(n *html.Node, leave func(*html.Node) bool) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	if n.Type == html.ElementNode && leave(n) {
		return ""
	}
	var b strings.Builder
	for c := range n.ChildNodes() {
		b.WriteString(textOf(c, leave))
	}
	return b.String()
}

func nothing(*html.Node) bool { return false }
