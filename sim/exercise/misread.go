package exercise

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// misread is why a front matter that is no YAML is none, as far as its lines show: the line, from 1, and what is wrong with
// it; 0 when they do not. The YAML library names the place at which it gave up, which often comes after the mistake, and what
// it had expected there.
func misread(matter string) (line int, what string) {
	o := outline{lines: strings.Split(matter, "\n"), opened: true}
	for o.i < len(o.lines) {
		if what := o.next(); what != "" {
			return o.at + 1, what
		}
	}
	return 0, ""
}

// outline goes through a front matter line by line.
type outline struct {
	lines  []string
	i      int     // the next line
	at     int     // the line that is looked at
	levels []level // of what the next line may belong to, the outermost first
	opened bool    // nothing stands behind the last name or hyphen, so that what belongs to it may come
}

// level is where names stand, or hyphens.
type level struct {
	column int
	hyphen bool
}

var (
	names   = settingsOf(reflect.TypeFor[front]())
	scripts = strings.Fields("before needs solution does") // and a clause, whose texts have a bar if they have several lines

	nameAndValue = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_-]*):(?: +(.*))?$`)
	bar          = regexp.MustCompile(`^[|>][-+0-9]*(?: +#.*)?$`)
)

// What is wrong.
const (
	hasTab    = "a tab stands here: indent with spaces"
	hasColon  = "a text with a colon and a space in it has to stand in quotation marks"
	isNothing = "this is no “name: value”; if it goes on with the text above, it has to stand further in"
	isLess    = "this line is indented less than the first of its text"
	noPartner = "the quotation mark with which this begins has no other that ends it"
	hasMore   = `behind the quotation marks stands more: all of the text stands in them, ` +
		`and a quotation mark inside is written \"`
	hasBraces = "inside of others a text with brackets has to stand in quotation marks"
	noBracket = "the bracket with which this begins has no other that ends it"
)

func beginsWith(c byte) string {
	return fmt.Sprintf("a text that begins with %c has to stand in quotation marks", c)
}

// line is a line's text, without the spaces around it, and the column in which it begins.
func (o *outline) line(i int) (column int, text string) {
	text = strings.TrimLeft(o.lines[i], " ")
	return len(o.lines[i]) - len(text), strings.TrimRight(text, " ")
}

// within returns the next line if it stands further in than a column, and goes on to it. Empty lines are passed over.
func (o *outline) within(column int) (text string, ok bool) {
	for i := o.i; i < len(o.lines); i++ {
		if at, text := o.line(i); text != "" {
			if at > column {
				o.at, o.i = i, i+1
			}
			return text, at > column
		}
	}
	return "", false
}

// next looks at the next line, and at those that go on with its text. It returns what is wrong with the one at o.at.
func (o *outline) next() string {
	o.at = o.i
	column, text := o.line(o.i)
	o.i++
	if text == "" || text[0] == '#' {
		return ""
	}
	if text[0] == '\t' {
		return hasTab
	}
	within := column
	inList := false
	for isItem(text) {
		if what := o.place(level{column, true}, "the hyphen"); what != "" {
			return what
		}
		rest := strings.TrimLeft(text[1:], " ")
		within = column
		column += len(text) - len(rest)
		text, inList, o.opened = rest, true, true
	}
	m := nameAndValue.FindStringSubmatch(text)
	known := m != nil && slices.Contains(names, m[1])
	switch {
	case text == "":
		return ""
	case inList && !known:
		o.opened = false
		return o.value(text, within)
	case m == nil:
		return isNothing
	case !known && !o.opened && len(o.levels) > 0 && column > o.levels[len(o.levels)-1].column:
		return hasColon // it goes on with a text
	}
	if what := o.place(level{column: column}, "“"+m[1]+"”"); what != "" {
		return what
	}
	if value := m[2]; value != "" && value[0] != '#' {
		return o.value(value, column)
	}
	if slices.Contains(scripts, m[1]) {
		return o.barless(column, m[1])
	}
	o.opened = true
	return ""
}

func isItem(text string) bool { return text == "-" || strings.HasPrefix(text, "- ") }

// place puts a name or a hyphen into its column.
func (o *outline) place(at level, what string) string {
	beside, left := -1, false
	for n := len(o.levels); n > 0 && o.levels[n-1].column >= at.column; n-- {
		last := o.levels[n-1]
		if last == at {
			o.opened = false
			return ""
		}
		if last.column == at.column && at.hyphen && o.opened {
			break // a list may stand in the column of its name
		}
		if last.hyphen == at.hyphen {
			beside = last.column
		}
		o.levels, left = o.levels[:n-1], true
	}
	if !left && o.opened {
		o.levels, o.opened = append(o.levels, at), false
		return ""
	}
	if n := len(o.levels); beside < 0 && n > 0 {
		beside = o.levels[n-1].column
	}
	return fmt.Sprintf("%s is indented by %d spaces, and what it stands beside by %d", what, at.column, max(beside, 0))
}

// barless looks for the text of a script behind whose name no bar stands.
func (o *outline) barless(column int, name string) string {
	at, several, colon := o.at, 0, false
	i := o.i
	for text, ok := o.within(column); ok; text, ok = o.within(column) {
		if several == 0 && (isItem(text) || text[0] == '#') {
			o.at, o.i, o.opened = at, i, true
			return ""
		}
		several++
		colon = colon || strings.Contains(text, ": ")
	}
	if o.at = at; several > 1 || colon {
		return fmt.Sprintf("a text of several lines follows: put “|” behind “%s:”", name)
	}
	return ""
}

// value looks at what stands behind a name or a hyphen in that column, and at what goes on with it.
func (o *outline) value(value string, column int) string {
	switch c := value[0]; c {
	case '"', '\'':
		return o.quoted(value, column)
	case '[', '{':
		return o.flow(value, column)
	case '`', '@', '%', '*', '&', '!':
		return beginsWith(c)
	case '|', '>':
		if !bar.MatchString(value) {
			return beginsWith(c)
		}
		return o.block(column)
	}
	for text, ok := value, true; ok; text, ok = o.continued(column) {
		if text[0] == '\t' {
			return hasTab
		}
		if text, _, _ = strings.Cut(text, " #"); strings.Contains(text, ": ") || strings.HasSuffix(text, ":") {
			return hasColon
		}
	}
	return ""
}

// continued is the next line of a text that has no marks: no item, and no name that there is.
func (o *outline) continued(column int) (text string, ok bool) {
	at, i := o.at, o.i
	text, ok = o.within(column)
	m := nameAndValue.FindStringSubmatch(text)
	if ok && (isItem(text) || m != nil && slices.Contains(names, m[1])) {
		o.at, o.i, ok = at, i, false
	}
	return text, ok
}

// quoted looks for the end of a text in quotation marks. It may come some lines later.
func (o *outline) quoted(value string, column int) string {
	at, mark := o.at, value[0]
	rest, ended := afterMark(value[1:], mark)
	switch {
	case ended && rest != "" && rest[0] != '#':
		return hasMore
	case ended:
		return ""
	}
	for text, ok := o.within(column); ok; text, ok = o.within(column) {
		if rest, ended := afterMark(text, mark); ended && rest == "" {
			return ""
		} else if ended {
			break
		}
	}
	o.at = at
	return noPartner
}

// afterMark is what stands behind the quotation mark that ends a text.
func afterMark(text string, mark byte) (rest string, ended bool) {
	for i := 0; i < len(text); i++ {
		switch {
		case mark == '"' && text[i] == '\\', text[i] == mark && mark == '\'' && strings.HasPrefix(text[i+1:], "'"):
			i++
		case text[i] == mark:
			return strings.TrimSpace(text[i+1:]), true
		}
	}
	return "", false
}

// flow looks at a list or settings in brackets.
func (o *outline) flow(value string, column int) string {
	at, depth, colons, before := o.at, 0, 0, ' '
	for text, ok := value, true; ok; text, ok = o.within(column) {
		for text != "" {
			c := text[0]
			text = text[1:]
			switch c {
			case '"', '\'':
				text, ok = afterMark(text, c)
				if !ok {
					return noPartner
				}
			case '[', '{':
				if !strings.ContainsRune(" [{,", before) {
					return hasBraces
				}
				depth++
				colons = 0
			case ',':
				colons = 0
			case ':':
				if colons++; colons > 1 && strings.HasPrefix(text, " ") {
					return hasColon
				}
			case ']', '}':
				if depth--; depth == 0 && text != "" && !strings.HasPrefix(text, " #") {
					return beginsWith(value[0])
				} else if depth == 0 {
					return ""
				}
			}
			before = rune(c)
		}
	}
	o.at = at
	return noBracket
}

// block looks at the lines of a text behind a bar.
func (o *outline) block(column int) string {
	first := -1
	for text, ok := o.within(column); ok; text, ok = o.within(column) {
		switch at, _ := o.line(o.at); {
		case text[0] == '\t' && (first < 0 || at < first):
			return hasTab
		case first < 0:
			first = at
		case at < first:
			return isLess
		}
	}
	return ""
}
