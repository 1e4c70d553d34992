package web

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"smtplab/sim/exercise"
	"smtplab/sim/exercise/catalog"
	"smtplab/web/ui"
)

func TestMarkdown(t *testing.T) {
	for source, want := range map[string]string{
		"A `code` and **more**.":           "<p>A <code>code</code> and <strong>more</strong>.</p>\n",
		"# One\n\n### Two\n\n# Three":      "<h3>One</h3>\n<h4>Two</h4>\n<h3>Three</h3>\n",
		"###### Six":                       "<h3>Six</h3>\n",
		"3. a\n4. b":                       "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n",
		"<b>x</b> & y":                     "<p>&lt;b&gt;x&lt;/b&gt; &amp; y</p>\n",
		"<script>\nalert(1)\n</script>":    "<p>&lt;script&gt;\nalert(1)\n&lt;/script&gt;</p>\n",
		"<!-- x -->":                       "<p>&lt;!-- x --&gt;</p>\n",
		"[a](/theory/aim)":                 "<p><a href=\"/theory/aim\">a</a></p>\n",
		"[a](https://example.org/)":        "<p><a href=\"https://example.org/\" rel=\"noreferrer noopener\" target=\"_blank\">a</a></p>\n",
		"[a](javascript:alert(1))":         "<p>a</p>\n",
		"[a](vbscript:x)":                  "<p>a</p>\n",
		"[a](data:text/html,x)":            "<p>a</p>\n",
		"<javascript:alert(1)>":            "<p>&lt;javascript:alert(1)&gt;</p>\n",
		"<https://example.org/?a&b>":       "<p>&lt;https://example.org/?a&amp;b&gt;</p>\n",
		"RCPT TO:<pc2@email.com>":          "<p>RCPT TO:&lt;pc2@email.com&gt;</p>\n",
		"![p](https://example.org/x.png)":  "<p></p>\n",
		"{word} `{word}`":                  "<p>{word} <code>{word}</code></p>\n",
		"    pre <b>":                      "<pre><code>pre &lt;b&gt;\n</code></pre>\n",
		"1. a\n\n        b\n\n          c": "<ol>\n<li>\n<p>a</p>\n<pre><code>b\n\n  c\n</code></pre>\n</li>\n</ol>\n",
		"":                                 "",
	} {
		if got := string(markdown(source, 3)); got != want {
			t.Errorf("%q\n%q\nwant\n%q", source, got, want)
		}
	}
	for source, want := range map[string]string{
		"Say `EHLO`":        "Say <code>EHLO</code>",
		"# No heading":      "# No heading",
		"- no list\n- here": "- no list\n- here",
		"RCPT TO:<a@b.c>":   "RCPT TO:&lt;a@b.c&gt;",
		"<p>shown</p>":      "&lt;p&gt;shown&lt;/p&gt;",
		"1. no number":      "1. no number",
		"From: <a@b.c>":     "From: &lt;a@b.c&gt;",
		"> 250 no quote":    "&gt; 250 no quote",
		"    no pre":        "no pre",
		"two\n\nlines":      "two\nlines",
	} {
		if got := string(markdownLine(source)); got != want {
			t.Errorf("%q\n%q\nwant\n%q", source, got, want)
		}
	}
}

// What stands for the student's word in a text, and for the base64 of it, is known where there is a lab.
func TestWordInText(t *testing.T) {
	c := &course{texts: map[textKey]ui.Prose{}}
	for source, want := range map[string][2]string{
		"Say `{word}`":               {"Say <code><em class=\"word\">your word</em></code>", "Say <code>KLMNO</code>"},
		"`{base64 {word}}`":          {"<code>base64\u00a0of\u00a0<em class=\"word\">your word</em></code>", "<code>S0xNTk8=</code>"},
		"`{base64 \\0pc1\\0{word}}`": {"<code>base64\u00a0of\u00a0\\0pc1\\0<em class=\"word\">your word</em></code>", "<code>AHBjMQBLTE1OTw==</code>"},
	} {
		if got := [2]string{string(c.line(source, "")), string(c.line(source, "KLMNO"))}; got != want {
			t.Errorf("%q: %q, want %q", source, got, want)
		}
	}
}

// Whatever an exercise of the program says about addresses in angle brackets, students see the brackets.
func TestBracketsAreShown(t *testing.T) {
	tag := regexp.MustCompile("<[^>]*>")
	for _, e := range catalog.All() {
		seen := func(what, source, made string) {
			t.Helper()
			shown := html.UnescapeString(tag.ReplaceAllString(made, ""))
			if want := strings.Count(source, "<"); strings.Count(shown, "<") != want {
				t.Errorf("%s, %s: not all %d brackets are shown in\n%s", e.ID, what, want, shown)
			}
		}
		line := func(what, source string) { seen(what, source, string(markdownLine(source))) }
		questions := func(all []exercise.Question) {
			for _, q := range all {
				line(q.ID, q.Text)
				line(q.ID, q.Why)
				for _, c := range q.Choices {
					line(q.ID, c.Text)
					line(q.ID, c.Why)
				}
			}
		}
		seen("the promise", e.Promise, string(markdown(e.Promise, 3)))
		for _, part := range e.Parts {
			seen(part.Title, part.Text, string(markdown(part.Text, 3)))
		}
		for _, c := range e.Checks {
			line(c.ID, c.Says)
			for _, hint := range c.Hints {
				line(c.ID, hint)
			}
		}
		questions(e.Ask)
		questions(e.Quiz)
	}
}
