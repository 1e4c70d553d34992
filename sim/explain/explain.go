package explain

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync"

	"smtplab/sim/rfc"
	"smtplab/sim/smtp"
)

//go:embed en/*.json
var files embed.FS

// Explanation is what one thing means.
type Explanation struct {
	Title    string    // a sentence of at most 60 characters: "RCPT names one recipient of this message."
	Meaning  string    // what it is, in a few sentences
	Why      string    // why it is there
	Next     []string  // for a command or the end of data, the codes that may answer it; for a reply, the verbs that may follow
	Enhanced string    // for a reply with an enhanced status code, what that says
	Refs     []rfc.Ref // the most telling first
	Found    bool      // false when only something general could be said
}

// entry is an explanation as the files have it.
type entry struct {
	Title   string   `json:"title"`
	Meaning string   `json:"meaning"`
	Why     string   `json:"why"`
	Next    []string `json:"next"` // null inherits from the more general entry, [] does not
	Refs    refs     `json:"refs"`
}

// refs are written as they are cited: "RFC 5321 §4.1.1.3".
type refs []rfc.Ref

// UnmarshalJSON parses a list of citations.
func (r *refs) UnmarshalJSON(data []byte) error {
	var cited []string
	if err := json.Unmarshal(data, &cited); err != nil {
		return err
	}
	for _, s := range cited {
		ref, err := parseRef(s)
		if err != nil {
			return err
		}
		*r = append(*r, ref)
	}
	return nil
}

func parseRef(s string) (rfc.Ref, error) {
	number, section, _ := strings.Cut(strings.TrimPrefix(s, "RFC "), " §")
	doc, err := strconv.Atoi(number)
	ref := rfc.Ref{Doc: doc, Section: section}
	if err != nil || ref.String() != s || strings.ContainsRune(section, ' ') {
		return rfc.Ref{}, fmt.Errorf("%q is not a reference such as \"RFC 5321 §4.1.1.3\"", s)
	}
	return ref, nil
}

// Book is the explanations in one language. It does not change and may be shared; so the slices that it hands out
// must not be changed either.
type Book struct {
	smtpVerbs, smtpReplies, codes, keywords map[string]entry
	pop3Verbs, pop3Replies, capabilities    map[string]entry
	headers, headerFolded, data, tcp, world map[string]entry
	mechanisms, parameterWords, sasl, tls   map[string]entry
	breaches                                map[string]entry
	enhanced                                codeWords
}

// codeWords are the parts of an enhanced status code in words (RFC 3463 §3).
type codeWords struct {
	Classes  map[string]string `json:"classes"`  // by "5"
	Subjects map[string]string `json:"subjects"` // by "1"
	Details  map[string]string `json:"details"`  // by "1.1"
}

// fallback is the language of a Book when there is none in the language that was asked for.
const fallback = "en"

// Load returns the book in a language, named as "en" or "en-GB"; in English if there is none in that language.
func Load(lang string) (*Book, error) {
	lang, _, _ = strings.Cut(strings.ToLower(lang), "-")
	if lang == fallback || !hasLanguage(lang) {
		return english()
	}
	return read(lang)
}

func hasLanguage(lang string) bool {
	_, err := fs.Stat(files, path.Join(lang, "smtp_verbs.json"))
	return err == nil
}

var english = sync.OnceValues(func() (*Book, error) { return read(fallback) })

func read(lang string) (*Book, error) {
	b := &Book{}
	for name, into := range map[string]any{
		"smtp_verbs": &b.smtpVerbs, "smtp_replies": &b.smtpReplies, "codes": &b.codes, "enhanced": &b.enhanced, "keywords": &b.keywords,
		"pop3_verbs": &b.pop3Verbs, "pop3_replies": &b.pop3Replies, "capabilities": &b.capabilities,
		"headers": &b.headers, "data": &b.data, "tcp": &b.tcp, "world": &b.world,
		"mechanisms": &b.mechanisms, "parameters": &b.parameterWords, "sasl": &b.sasl, "tls": &b.tls,
		"breaches": &b.breaches,
	} {
		file := path.Join(lang, name+".json")
		text, err := files.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("explain: %w", err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			return nil, fmt.Errorf("explain: %s: %w", file, err)
		}
	}
	b.headerFolded = make(map[string]entry, len(b.headers))
	for name, e := range b.headers {
		b.headerFolded[strings.ToLower(name)] = e
	}
	return b, nil
}

// Keyword explains an extension that the reply to EHLO names, and reports whether the book knows it. Parameters
// behind the name do not matter: "SIZE 10485760".
func (b *Book) Keyword(keyword string) (Explanation, bool) {
	x := lookup(b.keywords, firstWord(keyword), "?")
	return x, x.Found
}

// Capability explains a capability that the reply to CAPA names, and reports whether the book knows it.
func (b *Book) Capability(capability string) (Explanation, bool) {
	x := lookup(b.capabilities, firstWord(capability), "?")
	return x, x.Found
}

// Header explains a header field by its name, in any case, and reports whether the book knows it.
func (b *Book) Header(name string) (Explanation, bool) {
	x := lookup(b.headerFolded, strings.ToLower(name), "?")
	return x, x.Found
}

// Breach explains a rule that a server broke.
func (b *Book) Breach(broken smtp.Breach) Explanation { return exactly(b.breaches, broken.String()) }

// Code explains an SMTP reply code without its context. Found is false when only its class is known.
func (b *Book) Code(code int) Explanation {
	var c chain
	c.add(b.codes, strconv.Itoa(code), true)
	b.addGeneral(&c, code)
	return c.Explanation
}

// addGeneral completes an explanation by what is true of every reply of that code or class.
func (b *Book) addGeneral(c *chain, code int) {
	c.add(b.codes, strconv.Itoa(code), false)
	c.add(b.codes, class(code), false)
	c.add(b.codes, "?", false)
}

// class is the first digit of a reply code, or "" for what is no code.
func class(code int) string {
	if code < 200 || code > 599 {
		return ""
	}
	return strconv.Itoa(code / 100)
}

// Enhanced says what an enhanced status code means (RFC 3463 §2), each of its three numbers as far as it is
// known. The zero Explanation is the answer to what is no such code.
func (b *Book) Enhanced(code string) Explanation {
	parts := strings.Split(code, ".")
	if len(parts) != 3 {
		return Explanation{}
	}
	class, known := b.enhanced.Classes[parts[0]]
	if !known {
		return Explanation{}
	}
	subject, hasSubject := b.enhanced.Subjects[parts[1]]
	detail, hasDetail := b.enhanced.Details[parts[1]+"."+parts[2]]
	hasOther := hasSubject && parts[2] == "0" // the subject's "other or undefined": the subject says it all
	x := Explanation{Title: code, Meaning: class + ".", Refs: []rfc.Ref{{Doc: 3463, Section: "2"}}, Found: hasDetail || hasOther}
	switch {
	case parts[1] == "0" && hasDetail:
		x.Meaning = class + "; " + detail + "."
	case hasSubject && hasDetail:
		x.Meaning = class + ". It is about " + subject + ": " + detail + "."
	case hasSubject:
		x.Meaning = class + ". It is about " + subject + "."
	}
	if n, err := strconv.Atoi(parts[1]); err == nil && hasSubject {
		x.Refs = []rfc.Ref{{Doc: 3463, Section: "3." + strconv.Itoa(n+1)}}
	}
	return x
}

// lookup explains the first of keys that is in m. What that entry leaves out is taken from the keys behind it.
// The last key stands for everything; an explanation that begins there is not Found.
func lookup(m map[string]entry, keys ...string) Explanation {
	var c chain
	for i, key := range keys {
		c.add(m, key, i < len(keys)-1)
	}
	return c.Explanation
}

// chain is an explanation put together from entries, the most specific first.
type chain struct {
	Explanation
	begun, hasNext bool
}

// add completes the explanation by the entry of that key, if there is one. Specific says that the entry would be
// about the very thing that is explained.
func (c *chain) add(m map[string]entry, key string, specific bool) {
	e, ok := m[key]
	if !ok {
		return
	}
	if !c.begun {
		c.Title, c.Meaning, c.begun = e.Title, e.Meaning, true
		c.Found = specific
	}
	if c.Why == "" {
		c.Why = e.Why
	}
	if !c.hasNext && e.Next != nil {
		c.Next, c.hasNext = e.Next, true
	}
	if len(c.Refs) == 0 {
		c.Refs = e.Refs
	}
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	return strings.ToUpper(word)
}
