package exercise

import (
	"errors"
	"strings"
	"testing"

	"smtplab/sim/lab"
)

// sample is a small exercise that is as it should be. The tests spoil it.
const sample = `---
title: Sample
stage: A first contact
minutes: 5
checks:
  - id: sent
    says: PC-1 sends a mail
    needs: |
      dialogue from pc1 to 25
        MAIL FROM:<pc1@email.com> -> 250
        EOD -> 250
    hints: [One points., Two is nearer., Three tells.]
solution: |
  pc1 sends to=pc2@email.com subject="Hi" body="x"
wrong:
  - name: nobody sends
    fails: sent
    does: |
      pc1 checks
refs:
  - RFC 5321 §3.3
---
You will be able to send.

## What to do

Send.

## Why

Because.
`

// parsed is the sample with changes: pairs of what stood there and what stands there now.
func parsed(t *testing.T, changes ...string) *Exercise {
	t.Helper()
	e, err := Parse("sample.md", []byte(spoil(t, changes...)))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func spoil(t testing.TB, changes ...string) string {
	t.Helper()
	text := sample
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(text, changes[i]) {
			t.Fatalf("no %q in the sample", changes[i])
		}
		text = strings.Replace(text, changes[i], changes[i+1], 1)
	}
	return text
}

func TestParse(t *testing.T) {
	e := parsed(t)
	if e.ID != "sample" || e.Title != "Sample" || e.Stage != "A first contact" || e.Minutes != 5 {
		t.Errorf("%+v", e)
	}
	if e.Promise != "You will be able to send." || e.Part(SectionTask) != "Send." || e.Part(SectionWhy) != "Because." || e.Part(SectionElse) != "" {
		t.Errorf("the text: %q, %q", e.Promise, e.Parts)
	}
	if text := parsed(t, "\nSend.\n", "\n \n    220 ready\n    221 bye\n\n").Part(SectionTask); text != "    220 ready\n    221 bye" {
		t.Errorf("a section that begins with code: %q", text)
	}
	if len(e.Checks) != 1 || len(e.Wrong) != 1 || len(e.Refs) != 1 || e.Refs[0].String() != "RFC 5321 §3.3" {
		t.Errorf("%+v", e)
	}
	for what, text := range map[string]string{
		"line ends of Windows":  strings.ReplaceAll(sample, "\n", "\r\n"),
		"a byte order mark":     "\uFEFF" + sample,
		"in a folder":           sample,
		"the word, often":       spoil(t, "subject=\"Hi\"", "subject=\"{3 {word}} {3 {base64 {word}}}\""),
		"remarks of YAML":       spoil(t, "minutes: 5", "minutes: 5 # or less"),
		"needs of several ways": spoil(t, "    needs: |\n      dialogue from pc1 to 25\n        MAIL FROM:<pc1@email.com> -> 250\n        EOD -> 250\n", "    needs: [mailbox pc2 holds 1, mailbox pc3 holds 1]\n"),
	} {
		if _, err := Parse("a/b/sample.md", []byte(text)); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Whatever is wrong with a file, the error names the line, and says what to do.
func TestMalformed(t *testing.T) {
	question := "ask:\n  - id: why\n    text: Why?\nsolution: |\n"
	for name, c := range map[string]struct {
		old, new string
		line     int
		says     string
	}{
		"no front matter":             {"---\ntitle", "title", 1, "begins with a front matter"},
		"no end of it":                {"3\n---\n", "3\n", 1, "the front matter does not end"},
		"no title":                    {"title: Sample\n", "", 1, "in the front matter is missing: “title”"},
		"no stage":                    {"stage: A first contact\n", "", 1, "is missing: “stage”"},
		"no title and no stage":       {"title: Sample\nstage: A first contact\n", "", 1, "is missing: “title”, “stage”"},
		"no minutes":                  {"minutes: 5\n", "", 1, "between 1 and 240"},
		"minutes in words":            {"minutes: 5", "minutes: a few", 4, "a whole number is expected here, and not “a few”"},
		"endless":                     {"minutes: 5", "minutes: 500", 1, "between 1 and 240"},
		"a title of several":          {"title: Sample", "title: [a, b]", 2, "a text is expected here"},
		"a misspelt name":             {"minutes: 5", "minuets: 5", 4, "“minuets” is no setting here: check its spelling"},
		"a misspelt name in it":       {"    says:", "    sais:", 7, "“sais” is no setting here"},
		"twice":                       {"minutes: 5", "title: Other\nminutes: 5", 4, "“title” stands here a second time"},
		"not indented":                {"    says: PC-1", "  says: PC-1", 7, "“says” is indented by 2 spaces, and what it stands beside by 4"},
		"a colon in a text":           {"says: PC-1 sends", "says: PC-1: sends", 7, "has to stand in quotation marks"},
		"a tab":                       {"minutes: 5", "minutes:\n\t5", 5, "a tab stands here: indent with spaces"},
		"a name too far in":           {"    needs:", "     needs:", 8, "“needs” is indented by 5 spaces, and what it stands beside by 4"},
		"a name not far enough in":    {"    needs:", "   needs:", 8, "“needs” is indented by 3 spaces, and what it stands beside by 4"},
		"no bar":                      {"solution: |", "solution:\n  pc1 types a: b", 13, "a text of several lines follows: put “|” behind “solution:”"},
		"a text too far out":          {"      dialogue from", "    dialogue from", 9, "this is no “name: value”; if it goes on with the text above"},
		"a text that falls back":      {"        MAIL", "     MAIL", 10, "this line is indented less than the first of its text"},
		"a tab in a text":             {"      dialogue", "\tdialogue", 9, "a tab stands here"},
		"a colon in the title":        {"title: Sample", "title: Sample: one", 2, "has to stand in quotation marks"},
		"a colon in the second line":  {"says: PC-1 sends a mail", "says: PC-1\n      sends: a mail", 8, "has to stand in quotation marks"},
		"a colon in an item":          {"[One points., Two is nearer., Three tells.]", "\n      - Type: this", 13, "one with a colon and a space in it has to stand in quotation marks"},
		"a colon in brackets":         {"checks:", "world:\n  server: {aliases: list staff: pc1, lookup: off}\nchecks:", 6, "has to stand in quotation marks"},
		"a mark without the other":    {"says: PC-1", "says: \"PC-1", 7, "the quotation mark with which this begins has no other"},
		"more behind the marks":       {"says: PC-1", "says: \"PC-1\"", 7, "behind the quotation marks stands more"},
		"a text of code":              {"says: PC-1", "says: `PC-1`", 7, "a text that begins with ` has to stand in quotation marks"},
		"a text of emphasis":          {"says: PC-1", "says: *PC-1*", 7, "a text that begins with * has to stand in quotation marks"},
		"a text that is a link":       {"says: PC-1", "says: \"[PC-1](/)\"\n    hints:\n      - [PC-1](/)", 9, "a text that begins with [ has to stand in quotation marks"},
		"a text that is a token":      {"says: PC-1 sends a mail", "says: {word}", 7, "one that begins with [ or { has to stand in quotation marks"},
		"a bracket without other":     {"refs:\n  - RFC 5321 §3.3", "refs: [RFC 5321 §3.3", 20, "the bracket with which this begins has no other"},
		"a list of nothing":           {"title: Sample", "title: Sample\n? x\n: [", 3, "this is no “name: value”"},
		"after in words":              {"minutes: 5", "minutes: 5\nafter: first-mail", 5, "a list is expected here, and not “first-mail”"},
		"after nobody":                {"minutes: 5", "minutes: 5\nafter: [First mail]", 5, "“First mail” is none"},
		"after itself":                {"minutes: 5", "minutes: 5\nafter: [sample]", 5, "“sample” is none"},
		"checks in words":             {"minutes: 5\nchecks:", "minutes: 5\nquiz: none\nchecks:", 5, "a list is expected here"},
		"no id":                       {"  - id: sent\n    says", "  - says", 6, "a check has an “id” of its own"},
		"a bad id":                    {"id: sent", "id: It is sent", 6, "a check has an “id” of its own"},
		"no says":                     {"    says: PC-1 sends a mail\n", "", 6, "has to say to the student what it wants"},
		"no needs":                    {"    needs: |\n      dialogue from pc1 to 25\n        MAIL FROM:<pc1@email.com> -> 250\n        EOD -> 250\n", "", 6, "needs something"},
		"needs of spaces":             {"    needs: |\n      dialogue from pc1 to 25\n        MAIL FROM:<pc1@email.com> -> 250\n        EOD -> 250\n", "    needs: \" \"\n", 8, "it needs nothing"},
		"an unknown clause":           {"dialogue from pc1", "monologue from pc1", 9, "“monologue from pc1 to 25” is nothing that can be checked"},
		"a lower-case command":        {"MAIL FROM", "mail FROM", 10, "“mail” is no command"},
		"a bad reply":                 {"EOD -> 250", "EOD -> fine", 11, "“fine” is no reply"},
		"marks of a word processor":   {"EOD -> 250", "line “x”", 11, "quotation marks are straight here, as in \"text\""},
		"nothing behind has":          {"EOD -> 250", "EOD -> 250 has \"\"", 11, "behind “has” and “lacks” stands a text"},
		"a bad enhanced code":         {"EOD -> 250", "EOD -> 250 fine", 11, "“250 fine” is no reply"},
		"a bad port":                  {"to 25", "to 70000", 9, "“70000” is no port"},
		"another arrow":               {"EOD -> 250", "EOD => 250", 11, "the arrow before an answer is “->”"},
		"no mail in two":              {"dialogue from pc1 to 25\n        MAIL FROM:<pc1@email.com> -> 250\n        EOD -> 250", "no mail in pc2, pc3", 9, "one PC, and a check for each other"},
		"an unknown host in a script": {"      pc1 checks", "      pc7 checks", 19, "“pc7 checks”: there is no host “pc7” in the lab: there are pc1, pc2, pc3, server"},
		"an unknown host to cut":      {"      pc1 checks", "      cut", 19, "there is no host “” in the lab"},
		"an unknown host":             {"from pc1 to", "from pc7 to", 9, "a host “pc7”, which is not in the lab"},
		"no solution":                 {"solution: |\n  pc1 sends to=pc2@email.com subject=\"Hi\" body=\"x\"\n", "", 1, "is missing: “solution”"},
		"a solution of nonsense":      {"pc1 sends to", "pc1 posts to", 14, "that is not understood"},
		"a mail of nonsense":          {"subject=", "object=", 14, "a mail has no “object”"},
		"a wrong way without name":    {"  - name: nobody sends\n    fails", "  - fails", 16, "a wrong way has a “name”"},
		"a wrong way for nothing":     {"fails: sent", "fails: lost", 17, "“lost” is none"},
		"a wrong way that is none":    {"    does: |\n      pc1 checks\n", "", 17, "does nothing"},
		"a wrong way of nonsense":     {"      pc1 checks", "      pc1 dances", 19, "that is not understood"},
		"a reference to nothing":      {"RFC 5321 §3.3", "the RFC", 21, "RFC"},
		"no promise":                  {"You will be able to send.\n\n", "", 23, "what the student will be able to do"},
		"an unknown section":          {"## Why", "## Because", 29, "“## Because” is no section"},
		"a section twice":             {"## Why", "## What to do", 29, "stands here a second time"},
		"no task":                     {"## What to do\n\nSend.\n\n", "", 0, "the section “## What to do” is missing"},
		"before of nonsense":          {"solution: |", "before: |\n  pc1 dances\nsolution: |", 14, "that is not understood"},
		"a world without host":        {"checks:", "world:\n  pc9: {latency: 2ms}\nchecks:", 6, "there is no host “pc9” in the lab: there are pc1, pc2, pc3, server"},
		"a world of words":            {"checks:", "world: big\nchecks:", 5, "something of several settings"},
		"a setting of nobody":         {"checks:", "world:\n  pc1: {colour: red}\nchecks:", 6, "a PC has no setting “colour”"},
		"a setting of the server":     {"checks:", "world:\n  server:\n    smtp_port: 26\nchecks:", 7, "the server has no setting “smtp_port”"},
		"a setting of the switch":     {"checks:", "world:\n  switch: {latency: 1ms}\nchecks:", 6, "“switch” has nothing that can be set"},
		"no time":                     {"checks:", "world:\n  pc1: {latency: long}\nchecks:", 6, "latency: “long” is no time"},
		"a negative time":             {"checks:", "world:\n  pc1: {latency: -5ms}\nchecks:", 6, "latency: it is between 0s and 400ms"},
		"a time over the limit":       {"checks:", "world:\n  pc1: {latency: 2562047h}\nchecks:", 6, "latency: it is between 0s and 400ms"},
		"too narrow a cable":          {"checks:", "world:\n  pc1: {bandwidth: 1}\nchecks:", 6, "bandwidth: it is between"},
		"a port over the limit":       {"checks:", "world:\n  pc1: {smtp_port: 65536}\nchecks:", 6, "smtp_port: “65536” is no port"},
		"TLS when it pleases":         {"checks:", "world:\n  pc1: {smtp_tls: maybe}\nchecks:", 6, "smtp_tls: “maybe” is no way to use TLS"},
		"perhaps":                     {"checks:", "world:\n  server: {by_hand: perhaps}\nchecks:", 6, "by_hand: “perhaps” is neither true nor false"},
		"a size over the limit":       {"checks:", "world:\n  pc1: {latency: 1ms}\n  server: {max_size: 99999999999}\nchecks:", 7, "max_size: The size limit is between"},
		"a size under the limit":      {"checks:", "world:\n  server: {max_size: 10}\nchecks:", 6, "max_size: The size limit is between"},
		"too many connections":        {"checks:", "world:\n  server:\n    patience: 5s\n    max_connections: 1000\nchecks:", 8, "max_connections: "},
		"an unknown extension":        {"checks:", "world:\n  server: {without: TELEPATHY}\nchecks:", 6, "without: "},
		"the PC that has it wrong":    {"checks:", "world:\n  pc1:\n    smtp_tls: required\n  pc2:\n    smtp_tls: nonsense\nchecks:", 9, "smtp_tls: “nonsense” is no way to use TLS"},
		"the second of a line":        {"checks:", "world:\n  pc1: {smtp_tls: required, pop3_tls: nonsense, smtp_login: any}\nchecks:", 6, "pop3_tls: “nonsense”"},
		"the first of a line":         {"checks:", "world:\n  pc1: {user: pc1, smtp_port: a, pop3_port: b, latency: c, chunking: d, in_clear: e}\nchecks:", 6, "smtp_port: “a” is no port"},
		"a host in the second need":   {"    needs: |\n      dialogue from pc1 to 25\n        MAIL FROM:<pc1@email.com> -> 250\n        EOD -> 250\n", "    needs:\n      - mailbox pc2 holds 1\n      - |\n        mailbox pc3 holds 1\n      - mailbox pc4 holds 1\n", 12, "a host “pc4”"},
		"an unknown mechanism":        {"checks:", "world:\n  server: {mechanisms: MAGIC}\nchecks:", 6, "mechanisms: "},
		"an alias for nobody":         {"checks:", "world:\n  server: {aliases: \"sales: pc9\"}\nchecks:", 6, "aliases: "},
		"an alias of words":           {"checks:", "world:\n  server: {aliases: sales}\nchecks:", 6, "write aliases as"},
		"an answer to nothing":        {"needs: |\n      dialogue from pc1 to 25\n        MAIL FROM:<pc1@email.com> -> 250\n        EOD -> 250\n", "needs: answer why is x\n", 8, "“ask” has no question “why”"},
		"an answer in the solution":   {"solution: |\n", "solution: |\n  answer why is x\n", 14, "“ask” has no question “why”"},
		"a question without id":       {"solution: |\n", "ask:\n  - text: Why?\nsolution: |\n", 14, "a question has an “id” of its own"},
		"a question without text":     {"solution: |\n", "ask:\n  - id: why\nsolution: |\n", 14, "has no “text”"},
		"a question twice":            {"solution: |\n", "ask:\n  - {id: why, text: Why}\n  - {id: why, text: Why}\nsolution: |\n", 15, "of its own"},
		"no right choice":             {"solution: |\n", strings.Replace(question, "Why?\n", "Why?\n    choices: [{text: a}, {text: b}]\n", 1), 14, "no choice of the question “why” is “right”"},
		"a misspelt token":            {"sends a mail", "sends {wrod}", 7, "“{wrod}” stands for nothing: there are {word} and {base64 …}, in scripts also {12000 x}; a brace that is only a brace is written {{"},
		"in capitals":                 {"MAIL FROM:<pc1@email.com>", "MAIL FROM:<{Word}@email.com>", 10, "“{Word}” stands for nothing"},
		"without its end":             {"PC-1 sends a mail", "PC-1 sends {word", 7, "“{word” does not end: a “}” is missing"},
		"base64 without its end":      {"[One points., Two is nearer., Three tells.]", "\n      - one\n      - Say {base64 pc1", 14, "“{base64 pc1” does not end"},
		"base64 in base64":            {"PC-1 sends a mail", "\"{base64 {base64 x}}\"", 7, "“{base64 x}” stands for nothing"},
		"often, but in no script":     {"You will be able", "{a 12}\n{12 x} You will be able", 23, "“{a 12}” stands for nothing"},
		"often, but how often":        {"subject=\"Hi\"", "subject=\"{12000000 x}\"", 14, "“{12000000 x}” stands for nothing"},
		"a token in the world":        {"checks:", "world:\n  server: {aliases: \"{wort}: pc1\"}\nchecks:", 6, "“{wort}” stands for nothing"},
		"a token in the text":         {"Because.", "Because.\n\n`{wrod}`", 33, "“{wrod}” stands for nothing"},
		"a token in the title":        {"title: Sample", "title: Sample {word}", 2, "“title” is the same for everybody"},
		"a quiz of two":               {"solution: |\n", strings.Replace(question, "ask:\n  - id: why\n    text: Why?\n", "quiz:\n  - id: why\n    text: Why?\n    choices: [{text: a, right: true}, {text: b, right: true}]\n", 1), 14, "2 choices of the question “why” are “right”"},
		"a quiz of one":               {"solution: |\n", strings.Replace(question, "ask:\n  - id: why\n    text: Why?\n", "quiz:\n  - id: why\n    text: Why?\n    choices: [{text: a, right: true}]\n", 1), 14, "the question “why” has one choice only"},
		"a question for nobody":       {"solution: |\n", question, 14, "no check looks at the answer to “why”"},
		"an empty hint":               {"[One points., Two is nearer., Three tells.]", "[One, \"\", Three]", 12, "a hint of the check “sent” is empty"},
		"an empty choice":             {"solution: |\n", "quiz:\n  - id: why\n    text: Why?\n    choices: [{text: a, right: true}, {why: b}]\nsolution: |\n", 16, "a choice of the question “why” has no “text”"},
		"a text that is cut off":      {"[One points., Two is nearer., Three tells.]", "\n      - \"Two # three\" # a remark\n      - Say # now", 14, "“# now” is cut off here, as a remark"},
		"a text that is an anchor":    {"says: PC-1", "says: &now PC-1", 7, "a text that begins with & has to stand in quotation marks"},
		"a text that is a tag":        {"says: PC-1", "says: !now PC-1", 7, "a text that begins with ! has to stand in quotation marks"},
		"a host without settings":     {"checks:", "world:\n  pc9: {}\nchecks:", 6, "there is no host “pc9” in the lab"},
		"a quiz without choices":      {"solution: |\n", strings.Replace(question, "ask", "quiz", 1), 14, "it has to have “choices”"},
	} {
		_, err := Parse("sample.md", []byte(spoil(t, c.old, c.new)))
		e, ok := errors.AsType[*Error](err)
		switch {
		case err == nil:
			t.Errorf("%s: no error", name)
		case !ok:
			t.Errorf("%s: %T: %v", name, err, err)
		case e.File != "sample.md" || c.line != 0 && e.Line != c.line || !strings.Contains(e.Text, c.says):
			t.Errorf("%s: %v; want line %d, “%s”", name, err, c.line, c.says)
		}
	}
}

// What cannot be a file of an exercise at all has an error without a line.
func TestNoFile(t *testing.T) {
	for name, c := range map[string]struct{ file, text, says string }{
		"its name":    {"First Mail.md", sample, "the name of the file is the exercise's id"},
		"no name":     {"", sample, "the name of the file"},
		"too large":   {"sample.md", sample + strings.Repeat("x", maxFile), "larger than 256 KiB"},
		"not UTF-8":   {"sample.md", sample + "\xff", "not UTF-8"},
		"empty":       {"sample.md", "", "begins with a front matter"},
		"only fences": {"sample.md", "---\n\n---\nx", "the front matter is empty"},
		"a bomb":      {"sample.md", "---\na: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\ntitle: *b\n---\nx", ""},
	} {
		_, err := Parse(c.file, []byte(c.text))
		if e, ok := errors.AsType[*Error](err); !ok || !strings.Contains(e.Text, c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := (&Error{"x.md", 0, "it is bad"}).Error() + (&Error{"x.md", 7, "it is bad"}).Error(); got != "x.md: it is badx.md:7: it is bad" {
		t.Error(got)
	}
}

// Braces that are no tokens are braces, and two are one wherever one could be a token's.
func TestBracesOfTheText(t *testing.T) {
	e := parsed(t, "Send.", "Write {}, { x }, {\"a\": 1}, {12 x} and `${{HOME}`.", "Because.", "{{word} is {word}.")
	if got := fill(e.Part(SectionTask)+e.Part(SectionWhy), "KXTBA"); got != "Write {}, { x }, {\"a\": 1}, {12 x} and `${HOME}`.{word} is KXTBA." {
		t.Error(got)
	}
}

// HTML and script are text like any other: nothing in the package reads them, so whoever draws them sees what they are.
func TestMarkupStaysText(t *testing.T) {
	const evil = `<script>alert("x")</script><img src=x onerror=y>`
	e := parsed(t, "title: Sample", "title: '"+evil+"'", "says: PC-1 sends a mail", "says: '"+evil+"'", "Send.", evil, "You will be", evil+" You will be")
	if e.Title != evil || e.Checks[0].Says != evil || e.Part(SectionTask) != evil || !strings.HasPrefix(e.Promise, evil) {
		t.Errorf("%q, %q, %q, %q", e.Title, e.Checks[0].Says, e.Part(SectionTask), e.Promise)
	}
}

// The world of an exercise is made anew for each lab, and knows its word.
func TestWorld(t *testing.T) {
	e := parsed(t, "checks:", `world:
  pc1: {smtp_port: 587, smtp_tls: required, smtp_login: any, latency: 200ms, password: "fox-{word}"}
  pc2: {smtp_tls: never, in_clear: true, chunking: true, without: "SIZE, DSN", user: pc2, server: email.com}
  server: {max_size: 10240, in_clear: "PLAIN, LOGIN", mechanisms: "PLAIN, LOGIN", aliases: "sales: pc1, pc2; list 李: pc3", bandwidth: 64000, patience: 30s}
checks:`)
	a, b := e.Spec("a", 1, start), e.Spec("b", 2, start)
	pc1, server := &a.Hosts[0], &a.Hosts[3]
	if pc1.Account.SMTP != (lab.Access{Port: 587, TLS: lab.TLSRequired, Login: lab.AnyMechanism}) || pc1.Link.Latency.String() != "200ms" {
		t.Errorf("%+v", pc1.Account)
	}
	if want := "fox-" + Word(1); pc1.Password != want || pc1.Account.Password != want || b.Hosts[0].Password == want {
		t.Errorf("passwords %q, %q and %q", pc1.Password, pc1.Account.Password, b.Hosts[0].Password)
	}
	if s := server.Service; s.MaxSize != 10240 || len(s.InClear) != 2 || len(s.Aliases) != 2 || !s.Aliases[1].List || s.Aliases[1].Name != "李" {
		t.Errorf("%+v", s)
	}
	if pc2 := a.Hosts[1].Account; pc2.SMTP.TLS != lab.TLSNever || !pc2.InClear || !pc2.Chunking || len(pc2.Without) != 2 {
		t.Errorf("%+v", pc2)
	}
	if pc1.Account == b.Hosts[0].Account || a.Exercise != "sample" {
		t.Error("two labs share an account, or do not know their exercise")
	}
	for _, s := range []lab.Spec{a, b} {
		l, err := lab.New(s)
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
	}
}

// Any octets are an exercise or an error that names the file, and an exercise verifies or fails in the end.
func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(strings.Replace(sample, "checks:", "world:\n  pc1: {latency: 20ms, without: SIZE}\nbefore: |\n  pc1 connects 25\nask:\n  - {id: a, text: A}\nchecks:", 1)))
	f.Add([]byte(strings.Replace(sample, "pc1 checks", "pc1 connects 25\n      pc1 says \"{9 EHLO x\\r\\n}\"\n      waits 9h\n      skips\n      cut pc1", 1)))
	for _, name := range catalogFiles(f) {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := Parse("sample.md", b)
		if err != nil {
			if one, ok := errors.AsType[*Error](err); !ok || one.File != "sample.md" || one.Text == "" || e != nil {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		for _, err := range e.Verify() {
			if one, ok := errors.AsType[*Error](err); !ok || one.Line < 0 || one.Line > strings.Count(string(b), "\n")+1 {
				t.Fatalf("%T: %v", err, err)
			}
		}
	})
}
