package message

import (
	"html"
	"sync"

	"github.com/microcosm-cc/bluemonday"
)

// policy is what of HTML a mail may use here: the structure of a text. Nothing that loads (images, styles,
// frames), nothing that asks (forms), nothing that runs. bluemonday's ready policies let remote images through,
// which tell a sender that the mail was read.
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "div", "span", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code", "tt",
		"b", "strong", "i", "em", "u", "s", "strike", "del", "ins", "small", "big", "sub", "sup", "center",
		"ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td")
	p.AllowAttrs("colspan", "rowspan").Matching(bluemonday.Integer).OnElements("td", "th")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true) // with it comes rel=noopener
	return p
})

var textOnly = sync.OnceValue(bluemonday.StrictPolicy)

// SafeHTML is the HTML of a mail without all that could load, run, ask or hide. It is the inner of two walls:
// the page must still show it in a sandboxed frame with a policy of its own.
func SafeHTML(source string) string { return policy().Sanitize(source) }

// htmlText is the text of an HTML part, for a list.
func htmlText(source string) string { return html.UnescapeString(textOnly().Sanitize(source)) }
