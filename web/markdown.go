package web

import (
	"bytes"
	"html"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	gmhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"smtplab/web/ui"
)

// This file turns the Markdown of exercises into HTML. Whoever wrote it may be anybody: HTML in it is shown as it stands,
// links lead to http, https or this site, and what comes out is cleaned once more.

// blocks reads a text of several paragraphs, inline one that stands in a line of something else.
var (
	showsHTML = goldmark.WithRenderer(renderer.NewRenderer(renderer.WithNodeRenderers(
		util.Prioritized(asText{}, 1), util.Prioritized(gmhtml.NewRenderer(), 1000))))
	blocks = goldmark.New(showsHTML)
	inline = goldmark.New(showsHTML, goldmark.WithParser(parser.NewParser(
		parser.WithBlockParsers(util.Prioritized(parser.NewParagraphParser(), 1000)),
		parser.WithInlineParsers(parser.DefaultInlineParsers()...))))
)

// cleaner lets through what Markdown makes, but pictures: nothing is fetched for a text.
var cleaner = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "h3", "h4", "h5", "h6")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.RequireNoReferrerOnFullyQualifiedLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	return p
})

// markdown is a text as HTML. Its headings begin at level top and leave none out, whatever levels they have in the text.
func markdown(source string, top int) ui.Prose {
	src := []byte(source)
	doc := blocks.Parser().Parse(text.NewReader(src))
	demote(doc, top)
	outdent(doc, src)
	return cleaned(blocks, src, doc)
}

// markdownLine is a text of one line as HTML without a paragraph around it.
func markdownLine(source string) ui.Prose {
	src := []byte(strings.TrimSpace(source)) // or a line that is indented would be nothing that this reads
	out := string(cleaned(inline, src, inline.Parser().Parse(text.NewReader(src))))
	return ui.Prose(strings.TrimSpace(strings.NewReplacer("<p>", "", "</p>", "").Replace(out)))
}

func cleaned(md goldmark.Markdown, src []byte, doc ast.Node) ui.Prose {
	var b bytes.Buffer
	if err := md.Renderer().Render(&b, src, doc); err != nil {
		panic(err) // cannot happen: memory takes everything
	}
	return ui.Prose(cleaner().Sanitize(b.String()))
}

// demote gives the headings of a text the levels from top on.
func demote(doc ast.Node, top int) {
	levels := map[int]bool{}
	headings := func(f func(*ast.Heading)) {
		_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if h, ok := n.(*ast.Heading); ok && entering {
				f(h)
			}
			return ast.WalkContinue, nil
		})
	}
	headings(func(h *ast.Heading) { levels[h.Level] = true })
	order := slices.Sorted(maps.Keys(levels))
	headings(func(h *ast.Heading) { h.Level = min(top+slices.Index(order, h.Level), 6) })
}

// outdent takes away the spaces with which all lines of an indented block of code begin. In a list it is easily indented by one
// too many, and whoever copied a line from it into a terminal would say something else.
func outdent(doc ast.Node, src []byte) {
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if n.Kind() != ast.KindCodeBlock || !entering {
			return ast.WalkContinue, nil
		}
		lines, all := n.Lines(), len(src)
		for i := range lines.Len() {
			at := lines.At(i)
			if line := at.Value(src); len(bytes.TrimSpace(line)) > 0 {
				all = min(all, len(line)-len(bytes.TrimLeft(line, " ")))
			}
		}
		for i := range lines.Len() {
			at := lines.At(i)
			less := at.TrimLeftSpaceWidth(all, src)
			less.ForceNewline = at.ForceNewline
			lines.Set(i, less)
		}
		return ast.WalkContinue, nil
	})
}

// asText shows HTML as it was written, and so <pc1@email.com>: that is an address of SMTP, and no link.
type asText struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (asText) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindRawHTML, func(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			writeText(w, src, n.(*ast.RawHTML).Segments)
		}
		return ast.WalkSkipChildren, nil
	})
	r.Register(ast.KindAutoLink, func(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			_, _ = w.WriteString(html.EscapeString("<" + string(n.(*ast.AutoLink).Label(src)) + ">"))
		}
		return ast.WalkSkipChildren, nil
	})
	r.Register(ast.KindHTMLBlock, func(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if block := n.(*ast.HTMLBlock); entering {
			_, _ = w.WriteString("<p>")
			writeText(w, src, block.Lines())
			if block.HasClosure() {
				_, _ = w.WriteString(html.EscapeString(string(block.ClosureLine.Value(src))))
			}
			_, _ = w.WriteString("</p>\n")
		}
		return ast.WalkSkipChildren, nil
	})
}

func writeText(w util.BufWriter, src []byte, lines *text.Segments) {
	for i := range lines.Len() {
		at := lines.At(i)
		_, _ = w.WriteString(html.EscapeString(string(at.Value(src))))
	}
}
