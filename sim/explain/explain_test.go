package explain

import (
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"smtplab/sim/lab"
	"smtplab/sim/pop3"
	"smtplab/sim/rfc"
	"smtplab/sim/sasl"
	"smtplab/sim/smtp"
	"smtplab/sim/smtpserver"
	"smtplab/sim/trace"
)

func load(t *testing.T) *Book {
	t.Helper()
	b, err := Load("en")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestLoad(t *testing.T) {
	english := load(t)
	for _, lang := range []string{"", "EN", "en-GB", "tlh", "../en", "."} {
		if b, err := Load(lang); err != nil || b != english {
			t.Errorf("Load(%q) is not the English book: %v", lang, err)
		}
	}
	languages, err := fs.Glob(files, "*/smtp_verbs.json")
	if err != nil || len(languages) != 1 {
		t.Errorf("the books are %v, %v: Load should test each language", languages, err)
	}
}

// sections are the parts of a book that hold entries.
func (b *Book) sections() map[string]map[string]entry {
	return map[string]map[string]entry{
		"smtp_verbs": b.smtpVerbs, "smtp_replies": b.smtpReplies, "codes": b.codes, "keywords": b.keywords,
		"pop3_verbs": b.pop3Verbs, "pop3_replies": b.pop3Replies, "capabilities": b.capabilities,
		"headers": b.headers, "data": b.data, "tcp": b.tcp, "world": b.world,
		"mechanisms": b.mechanisms, "parameters": b.parameterWords, "sasl": b.sasl, "tls": b.tls,
		"breaches": b.breaches,
	}
}

// Each entry says something in a few plain sentences, and points to where it is written.
func TestEntries(t *testing.T) {
	for section, entries := range load(t).sections() {
		for key, e := range entries {
			at := section + " " + key
			if n := utf8.RuneCountInString(e.Title); n == 0 || n > 60 {
				t.Errorf("%s: a title of %d characters: %q", at, n, e.Title)
			}
			for part, text := range map[string]string{"title": e.Title, "meaning": e.Meaning, "why": e.Why} {
				checkText(t, at+": "+part, text)
			}
			if n := sentences(e.Meaning); n < 1 || n > 3 {
				t.Errorf("%s: the meaning has %d sentences", at, n)
			}
			if n := sentences(e.Why); n > 2 {
				t.Errorf("%s: the reason has %d sentences", at, n)
			}
			// Replies, and what is said of a note, may leave a part to the more general entry. Nothing else may.
			general := !strings.HasSuffix(section, "_replies") && !slices.Contains([]string{"codes", "tcp", "world", "sasl"}, section)
			if general && (e.Why == "" || len(e.Refs) == 0) {
				t.Errorf("%s has no reason or no reference", at)
			}
			for _, ref := range e.Refs {
				if _, ok := rfc.Find(ref.Doc); !ok {
					t.Errorf("%s: %v is not in rfc.Documents", at, ref)
				}
			}
		}
	}
}

func checkText(t *testing.T, at, text string) {
	t.Helper()
	if text == "" {
		return
	}
	if !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "?") {
		t.Errorf("%s does not end: %q", at, text)
	}
	if strings.Count(text, "`")%2 != 0 {
		t.Errorf("%s has an open backtick: %q", at, text)
	}
	for i, part := range strings.Split(text, "`") {
		if i%2 == 0 && (strings.ContainsAny(part, "\n*_#") || strings.Contains(part, "  ") || strings.Contains(part, "](")) {
			t.Errorf("%s has other markup than `code`: %q", at, text)
		}
	}
}

func sentences(text string) int {
	n := 0
	for i, part := range strings.Split(text, "`") {
		if i%2 == 0 { // outside of code
			n += strings.Count(part+" ", ". ") + strings.Count(part+" ", "? ")
		}
	}
	return n
}

// What may follow must be something that can be looked up in its turn.
func TestNext(t *testing.T) {
	b := load(t)
	status := map[string]entry{"+OK": {}, "+": {}, "-ERR": {}}
	answers := maps.Clone(b.codes)
	maps.Copy(answers, status)
	known := map[string]map[string]entry{
		"smtp_verbs": b.codes, "smtp_replies": b.smtpVerbs, "codes": b.smtpVerbs, "pop3_replies": b.pop3Verbs,
		"pop3_verbs": status, "sasl": answers,
	}
	for section, entries := range b.sections() {
		for key, e := range entries {
			for _, next := range e.Next {
				if _, ok := known[section][next]; !ok || next == "" || next == "?" {
					t.Errorf("%s %s: nothing is known of %q, which may come next", section, key, next)
				}
			}
			if len(slices.Compact(slices.Sorted(slices.Values(e.Next)))) != len(e.Next) {
				t.Errorf("%s %s: something may come next twice", section, key)
			}
		}
	}
}

// Every code that a verb may be answered with has an explanation of that very answer, or is one of those that
// mean the same after every verb.
func TestVerbsAndReplies(t *testing.T) {
	b := load(t)
	for verb, e := range b.smtpVerbs {
		checkWhole(t, "verb "+verb, b.Event(trace.Event{Kind: trace.Command, Proto: trace.SMTP, Verb: verb}))
		if len(e.Next) == 0 {
			t.Errorf("%s is never answered", verb)
		}
	}
	for key := range b.smtpReplies {
		fields := strings.Fields(key)
		if isCode(fields[0]) {
			continue
		}
		verb, code := fields[0], fields[1]
		if e, ok := b.smtpVerbs[verb]; verb != "*" && (!ok || !slices.Contains(e.Next, code)) {
			t.Errorf("there is a reply %q, but %s does not say that it may come", key, verb)
		}
	}
	for verb := range b.pop3Verbs {
		checkWhole(t, "verb "+verb, b.Event(trace.Event{Kind: trace.Command, Proto: trace.POP3, Verb: verb}))
	}
}

// What the book says of the answers to a verb, and what package smtp holds for legal, is the same. The end of the data is
// also that of the last chunk, whose BDAT may be out of order.
func TestLegalAnswers(t *testing.T) {
	b := load(t)
	for verb, e := range b.smtpVerbs {
		if strings.Contains(verb, "<") || verb == "?" || verb == "" {
			continue
		}
		for _, next := range e.Next {
			code, err := strconv.Atoi(next)
			if err != nil || !smtp.Legal(verb, code) && !(verb == smtp.EOD && smtp.Legal(smtp.BDAT, code)) {
				t.Errorf("the book has %s for an answer to %s, which is none", next, verb)
			}
		}
		answers := smtp.Answers(verb)
		if &answers[0] == &smtp.Answers("?")[0] || verb == smtp.ETRN { // no command of ours
			continue
		}
		for _, a := range answers {
			if code := strconv.Itoa(a.Code); !slices.Contains(e.Next, code) && code != "432" {
				t.Errorf("the book lacks %s for an answer to %s", code, verb)
			}
		}
	}
}

// Every rule that a server can break has an explanation, and there are none of others.
func TestBreaches(t *testing.T) {
	b := load(t)
	all := smtp.Breaches()
	for _, broken := range all {
		checkWhole(t, "breach "+broken.String(), b.Breach(broken))
	}
	if len(b.breaches) != len(all) {
		t.Errorf("%d breaches are explained, of %d", len(b.breaches), len(all))
	}
}

func isCode(s string) bool { return len(s) == 3 && s[0] >= '2' && s[0] <= '5' }

// checkWhole fails unless an explanation says what, why and where.
func checkWhole(t *testing.T, what string, x Explanation) {
	t.Helper()
	if x.Title == "" || x.Meaning == "" || x.Why == "" || len(x.Refs) == 0 {
		t.Errorf("%s is explained in part only: %+v", what, x)
	}
}

// Whatever our engines say has an explanation of its own: not that of the code in general.
func TestEverythingSaidIsExplained(t *testing.T) {
	b := load(t)
	for _, said := range smtpserver.Replies() {
		verb := said.Verb
		if verb == smtp.AnyVerb {
			verb = "XYZZY"
		}
		x := b.Event(trace.Event{Kind: trace.Reply, Proto: trace.SMTP, Verb: verb, Code: said.Code, Enhanced: said.Enhanced})
		checkSaid(t, said, x)
		if (said.Code == 221 || said.Code == 334 || said.Code == 421) != (len(x.Next) == 0) {
			t.Errorf("%+v may be followed by %v", said, x.Next)
		}
		if said.Enhanced != "" && (x.Enhanced == "" || !b.Enhanced(said.Enhanced).Found) {
			t.Errorf("%v: the enhanced code is not explained", said)
		}
		if said.Enhanced == "" && x.Enhanced != "" {
			t.Errorf("%v has an enhanced code: %q", said, x.Enhanced)
		}
	}
	for _, said := range pop3.Replies() {
		e := trace.Event{Kind: trace.Reply, Proto: trace.POP3, Verb: said.Verb, Code: -1, Raw: []byte("-ERR no\r\n")}
		switch {
		case said.Status == pop3.OK:
			e.Code, e.Raw = 1, []byte("+OK yes\r\n")
		case said.Status == pop3.Challenge:
			e.Code, e.Raw = 0, []byte("+ \r\n")
		case said.Code != "":
			e.Raw = []byte("-ERR [" + said.Code + "] no\r\n")
		}
		checkSaid(t, said, b.Event(e))
	}
}

func checkSaid(t *testing.T, said any, x Explanation) {
	t.Helper()
	checkWhole(t, "what was said", x)
	if !x.Found {
		t.Errorf("%+v has only a general explanation: %q", said, x.Title)
	}
}

// What a verb is answered with is explained for that verb, unless it means the same after each. Where the enhanced
// codes of two answers differ, so do the explanations.
func TestRepliesAreExplainedInContext(t *testing.T) {
	same := []string{"421", "500", "502", "530"} // what is wrong there has nothing to do with the verb
	b := load(t)
	said := slices.Concat(smtpserver.Replies(), lab.Refusals())
	for _, s := range said {
		if s.Verb == "" || s.Verb == smtp.AnyVerb {
			continue
		}
		code := strconv.Itoa(s.Code)
		key := s.Verb + " " + code
		if _, ok := b.smtpReplies[key]; !ok && !slices.Contains(same, code) {
			t.Errorf("%q is explained for any verb only", key)
		}
		if !slices.Contains(b.smtpVerbs[s.Verb].Next, code) {
			t.Errorf("%s does not say that %s may answer it", s.Verb, code)
		}
		for _, other := range said {
			if other.Verb != s.Verb || other.Code != s.Code || other.Enhanced == s.Enhanced {
				continue
			}
			x, y := b.smtpReply(event(s)), b.smtpReply(event(other))
			if x.Meaning == y.Meaning && !(code == "501" && (s.Verb == "VRFY" || s.Verb == "EXPN")) {
				t.Errorf("%+v and %+v are explained alike: %q", s, other, x.Meaning)
			}
		}
	}
}

func event(s smtp.Said) trace.Event {
	return trace.Event{Kind: trace.Reply, Proto: trace.SMTP, Verb: s.Verb, Code: s.Code, Enhanced: s.Enhanced}
}

func TestEverythingAdvertisedIsExplained(t *testing.T) {
	b := load(t)
	all := &smtpserver.Config{MaxTransactions: 5, StartTLS: true, AuthInClear: sasl.Mechanisms}
	for _, keyword := range all.Keywords() {
		if x, ok := b.Keyword(keyword); !ok {
			t.Errorf("the keyword %s is not explained", keyword)
		} else {
			checkWhole(t, keyword, x)
		}
	}
	// What the server answers to CAPA and the header fields that the lab writes.
	for _, capability := range []string{"USER", "TOP", "UIDL", "PIPELINING", "RESP-CODES", "AUTH-RESP-CODE", "EXPIRE NEVER", "IMPLEMENTATION SMTP-Lab",
		"STLS", "SASL PLAIN", "UTF8 USER"} {
		if x, ok := b.Capability(capability); !ok {
			t.Errorf("the capability %s is not explained", capability)
		} else {
			checkWhole(t, capability, x)
		}
	}
	for _, name := range []string{"Received", "Return-Path", "Date", "From", "To", "Cc", "Subject", "Message-ID", "MIME-Version",
		"Content-Type", "content-transfer-encoding", "CONTENT-DISPOSITION"} {
		if x, ok := b.Header(name); !ok {
			t.Errorf("the field %s is not explained", name)
		} else {
			checkWhole(t, name, x)
		}
	}
	if x, ok := b.Header("X-Whatever"); ok || x.Title == "" {
		t.Errorf("an unknown field: %+v", x)
	}
	if x, ok := b.Keyword("XYZZY 1"); ok || x.Title == "" {
		t.Errorf("an unknown keyword: %+v", x)
	}
	if x, ok := b.Capability("XYZZY"); ok || x.Title == "" {
		t.Errorf("an unknown capability: %+v", x)
	}
}

func TestEvents(t *testing.T) {
	const smtpProto, pop3Proto = trace.SMTP, trace.POP3
	tests := []struct {
		event trace.Event
		title string // how the title begins
		found bool
	}{
		{trace.Event{Kind: trace.Command, Proto: smtpProto, Verb: "RCPT"}, "RCPT names one recipient of this message.", true},
		{trace.Event{Kind: trace.Command, Proto: smtpProto, Verb: "MAIL", Raw: []byte("mail from: <> SIZE=1\r\n")}, "MAIL FROM:<> begins", true},
		{trace.Event{Kind: trace.Command, Proto: smtpProto, Verb: "MAIL", Raw: []byte("MAIL FROM:<a@b>\r\n")}, "MAIL begins", true},
		{trace.Event{Kind: trace.Command, Proto: smtpProto, Verb: "HELLO"}, "This is not a command of SMTP.", false},
		{trace.Event{Kind: trace.Command, Proto: smtpProto, Raw: []byte("Subject: Hi\r\n")}, "This is a header field", true},
		{trace.Event{Kind: trace.Command, Proto: smtpProto, Raw: []byte("\x00\xff\r\n")}, "This line holds no command.", false},
		{trace.Event{Kind: trace.Command, Proto: smtpProto, Verb: "GET"}, "This is HTTP", true},
		{trace.Event{Kind: trace.Command, Proto: pop3Proto, Verb: "QUIT"}, "QUIT ends the session and makes", true},
		{trace.Event{Kind: trace.Command, Proto: pop3Proto, Verb: "MAIL"}, "This is not a command of POP3.", false},

		{trace.Event{Kind: trace.Reply, Proto: smtpProto, Code: 220}, "The server greets", true},
		{trace.Event{Kind: trace.Reply, Proto: smtpProto, Verb: "EOD", Code: 250, Enhanced: "2.0.0"}, "The server has taken responsibility", true},
		{trace.Event{Kind: trace.Reply, Proto: smtpProto, Verb: "RCPT", Code: 550, Enhanced: "5.1.1"}, "There is no such mailbox", true},
		{trace.Event{Kind: trace.Reply, Proto: smtpProto, Verb: "RCPT", Code: 550, Enhanced: "5.9.9"}, "This recipient is refused.", true},
		{trace.Event{Kind: trace.Reply, Proto: smtpProto, Verb: "QUIT", Code: 421, Enhanced: "4.4.2"}, "The server waited too long.", true},
		{trace.Event{Kind: trace.Reply, Proto: smtpProto, Verb: "NOOP", Code: 450}, "450: ", false},
		{trace.Event{Kind: trace.Reply, Proto: smtpProto, Verb: "NOOP", Code: 599}, "No: a reply that begins with 5", false},
		{trace.Event{Kind: trace.Reply, Proto: smtpProto, Verb: "NOOP", Code: 0}, "This is not a reply of SMTP.", false},
		{trace.Event{Kind: trace.Reply, Proto: smtpProto, Verb: "NOOP", Code: 700}, "This is not a reply of SMTP.", false},
		{trace.Event{Kind: trace.Reply, Proto: pop3Proto, Code: 1, Raw: []byte("+OK hello\r\n")}, "The POP3 server greets", true},
		{trace.Event{Kind: trace.Reply, Proto: pop3Proto, Verb: "PASS", Code: -1, Raw: []byte("-ERR [in-use] busy\r\n")}, "The maildrop is open in another", true},
		{trace.Event{Kind: trace.Reply, Proto: pop3Proto, Verb: "PASS", Code: -1, Raw: []byte("-ERR [x\r\n")}, "The login failed.", true},
		{trace.Event{Kind: trace.Reply, Proto: pop3Proto, Verb: "XYZZY", Code: -1, Raw: []byte("-ERR\r\n")}, "No: the command was not done.", false},
		{trace.Event{Kind: trace.Reply, Proto: pop3Proto, Verb: "STAT", Code: -1, Raw: []byte("220 hello\r\n")}, "This is not a reply of POP3.", false},

		{trace.Event{Kind: trace.Segment, Note: "SYN-ACK"}, "SYN-ACK: yes", true},
		{trace.Event{Kind: trace.Segment, Raw: []byte("QUIT\r\n")}, "A segment carries", true},
		{trace.Event{Kind: trace.Segment, Raw: []byte("\x17\x03\x03\x00\x13...")}, "A segment carries TLS", true},
		{trace.Event{Kind: trace.Open, Note: "49152 → 8025"}, "The connection is established.", true},
		{trace.Event{Kind: trace.Open, Note: "49152 → 25"}, "A connection to port 25", true},
		{trace.Event{Kind: trace.Open, Note: "49152 → 587"}, "A connection to port 587", true},
		{trace.Event{Kind: trace.Open, Note: "49152 → 465"}, "A connection to port 465", true},
		{trace.Event{Kind: trace.Open, Note: "49152 → 110"}, "A connection to port 110", true},
		{trace.Event{Kind: trace.Open, Note: "49152 → 995"}, "A connection to port 995", true},
		{trace.Event{Kind: trace.Close, Note: "closed"}, "The connection was closed in order.", true},
		{trace.Event{Kind: trace.Close, Note: "reset by server"}, "The connection was broken off.", true},
		{trace.Event{Kind: trace.Close, Note: "no such host"}, "There is no host", true},
		{trace.Event{Kind: trace.Close, Note: "who knows"}, "The connection has ended.", false},
		{trace.Event{Kind: trace.Lost, Note: "the link was cut"}, "A segment was lost", true},
		{trace.Event{Kind: trace.Condition, Note: "link restored"}, "The cable was mended.", true},
		{trace.Event{Kind: trace.Condition, Note: "joined the network"}, "Somebody from outside", true},
		{trace.Event{Kind: trace.Condition, Note: "restarts: whoever is connected is told 421"}, "The server restarts.", true},
		{trace.Event{Kind: trace.Condition, Note: "sends by 192.168.11.4, port 587, TLS required, login by PLAIN; fetches by port 995"}, "A mail program was set up", true},
		{trace.Event{Kind: trace.Condition, Note: "offers no AUTH; requires TLS for logins and submissions"}, "The server was set up", true},
		{trace.Event{Kind: trace.Condition, Note: "is on fire"}, "Something in the world", false},
		{trace.Event{Kind: trace.Store, Note: "pc2 1"}, "The message is in the mailbox.", true},
		{trace.Event{Kind: trace.Action, Note: "PC-1 sends a mail"}, "A person did something.", true},
		{trace.Event{Kind: trace.Reset}, "The lab began again.", true},
	}
	b := load(t)
	for _, tt := range tests {
		x := b.Event(tt.event)
		if !strings.HasPrefix(x.Title, tt.title) || x.Found != tt.found {
			t.Errorf("%v %v %d %q %q: %q, found %v; want %q, %v", tt.event.Kind, tt.event.Verb, tt.event.Code, tt.event.Raw, tt.event.Note, x.Title, x.Found, tt.title, tt.found)
		}
		checkWhole(t, x.Title, x)
	}
	if x := b.Event(trace.Event{}); x.Title != "" {
		t.Errorf("nothing is explained as %q", x.Title)
	}
}

// Of the verbs that may follow a reply, only those are named that are in order by then.
func TestNextIsInTime(t *testing.T) {
	tests := []struct {
		proto trace.Proto
		verb  string
		code  int
		after trace.State
		want  string
	}{
		{trace.SMTP, "", 220, trace.Connected, "EHLO HELO QUIT"},
		{trace.SMTP, "RCPT", 550, trace.MailGiven, "RCPT RSET QUIT"},
		{trace.SMTP, "RCPT", 550, trace.RcptGiven, "RCPT DATA RSET QUIT"},
		{trace.SMTP, "NOOP", 250, trace.Greeted, "EHLO MAIL RSET NOOP QUIT"},
		{trace.SMTP, "EHLO", 250, trace.Greeted, "STARTTLS AUTH MAIL VRFY EXPN HELP NOOP RSET QUIT"},
		{trace.SMTP, "STARTTLS", 220, trace.Connected, "EHLO"},
		{trace.SMTP, "AUTH", 334, trace.Authenticating, ""},
		{trace.SMTP, "AUTH", 535, trace.Greeted, "AUTH QUIT"},
		{trace.SMTP, "MAIL", 530, trace.Connected, "QUIT"},
		{trace.SMTP, "RCPT", 250, trace.RcptGiven, "RCPT DATA BDAT RSET NOOP QUIT"},
		{trace.SMTP, "BDAT", 250, trace.InChunks, "BDAT RSET NOOP QUIT"},
		{trace.SMTP, "RCPT", 503, trace.InChunks, "BDAT EHLO RSET QUIT"},
		{trace.SMTP, "EOD", 250, trace.Greeted, "MAIL NOOP RSET QUIT"},
		{trace.SMTP, "DATA", 354, trace.InData, "EOD"},
		{trace.SMTP, "QUIT", 221, trace.Ended, ""},
		{trace.SMTP, "MAIL", 503, trace.Connected, "EHLO RSET QUIT"},
		{trace.SMTP, "MAIL", 503, trace.RcptGiven, "EHLO RCPT DATA RSET QUIT"},
		{trace.POP3, "CAPA", 1, trace.Authorization, "STLS AUTH UTF8 USER QUIT"},
		{trace.POP3, "CAPA", 1, trace.Transaction, "STAT LIST UIDL RETR QUIT"},
		{trace.POP3, "LIST", -1, trace.Authorization, "CAPA STLS AUTH USER QUIT"},
		{trace.POP3, "AUTH", 0, trace.Authenticating, ""},
	}
	b := load(t)
	for _, tt := range tests {
		x := b.Event(trace.Event{Kind: trace.Reply, Proto: tt.proto, Verb: tt.verb, Code: tt.code, After: tt.after})
		if got := strings.Join(x.Next, " "); got != tt.want {
			t.Errorf("after %s %d, %v: %s, want %s", tt.verb, tt.code, tt.after, got, tt.want)
		}
	}
	x := b.Event(trace.Event{Kind: trace.Reply, Proto: trace.SMTP, Verb: "EHLO", Code: 250, After: trace.Greeted, Secure: true})
	if slices.Contains(x.Next, "STARTTLS") || !slices.Contains(x.Next, "AUTH") || !slices.Contains(b.smtpReplies["EHLO 250"].Next, "STARTTLS") {
		t.Errorf("under TLS there may follow %v", x.Next)
	}
}

func TestInOrder(t *testing.T) {
	b := load(t)
	for _, tt := range []struct {
		state  trace.State
		secure bool
		want   string
	}{
		{trace.Connected, false, "EHLO HELO VRFY EXPN HELP NOOP RSET QUIT"},
		{trace.Greeted, false, "EHLO HELO STARTTLS AUTH MAIL VRFY EXPN HELP NOOP RSET QUIT"},
		{trace.Greeted, true, "EHLO HELO AUTH MAIL VRFY EXPN HELP NOOP RSET QUIT"},
		{trace.MailGiven, false, "EHLO HELO RCPT VRFY EXPN HELP NOOP RSET QUIT"},
		{trace.RcptGiven, false, "EHLO HELO RCPT DATA BDAT VRFY EXPN HELP NOOP RSET QUIT"},
		{trace.InData, false, "EOD"},
		{trace.Authenticating, false, ""},
		{trace.Authorization, false, "CAPA STLS USER PASS AUTH UTF8 LANG QUIT"},
		{trace.Transaction, true, "CAPA LANG STAT LIST UIDL RETR TOP DELE NOOP RSET QUIT"},
		{trace.Update, false, ""},
		{trace.Ended, false, ""},
	} {
		if got := strings.Join(b.InOrder(tt.state, tt.secure), " "); got != tt.want {
			t.Errorf("%v, secure %v: %s, want %s", tt.state, tt.secure, got, tt.want)
		}
	}
	// Whatever is in order is explained, with what may answer it.
	for proto, verbs := range inOrder {
		for _, verb := range verbs {
			if x := b.Event(trace.Event{Kind: trace.Command, Proto: proto, Verb: verb}); !x.Found || len(x.Next) == 0 {
				t.Errorf("%v %s: %+v", proto, verb, x)
			}
		}
	}
}

func TestData(t *testing.T) {
	tests := []struct {
		proto trace.Proto
		verb  string
		re    uint64
		raw   string
		want  []string // the entries of data.json, the first for the title
	}{
		{trace.SMTP, "", 0, "From: a\r\nSubject: b\r\n\r\nHello\r\n", []string{"message"}},
		{trace.SMTP, "", 0, "From: a\r\n\r\nHello\r\n.\r\n", []string{"message", "end"}},
		{trace.SMTP, "", 0, "From: a\r\n\r\n..\r\n.\r\n", []string{"message", "stuffed", "end"}},
		{trace.SMTP, "", 0, "Subject: a\r\n b\r\n", []string{"header"}},
		{trace.SMTP, "", 0, "X-Anything: a\r\n", []string{"header"}},
		{trace.SMTP, "", 0, "PS: see below\r\n", []string{"body"}},
		{trace.SMTP, "", 0, "Hello\r\n\r\nBye\r\n", []string{"body"}},
		{trace.SMTP, "", 0, "..two dots\r\n", []string{"body", "stuffed"}},
		{trace.SMTP, "", 0, "\r\n", []string{"empty"}},
		{trace.SMTP, "", 0, "\r\n.\r\n", []string{"empty", "end"}},
		{trace.SMTP, "", 0, ".\r\n", []string{"end"}},
		{trace.SMTP, "", 0, "half a li", []string{"body"}},
		{trace.SMTP, "", 0, "", []string{"body"}},
		{trace.SMTP, "BDAT", 7, "From: a\r\n\r\n..\r\n.\r\n", []string{"message", "chunk"}},
		{trace.SMTP, "EOD", 7, "\x00\xff", []string{"body", "chunk"}},
		{trace.SMTP, "EOD", 7, ".\r\n", []string{"body", "chunk"}},
		{trace.SMTP, "XYZZY", 7, "xxxxxxxx", []string{"torn"}},
		{trace.POP3, "RETR", 7, "From: a\r\n\r\n..\r\n", []string{"pop3 message", "stuffed"}},
		{trace.POP3, "LIST", 7, "1 320\r\n2 17\r\n.\r\n", []string{"pop3 list", "pop3 end"}},
		{trace.POP3, "CAPA", 7, "UIDL\r\n", []string{"pop3 capabilities"}},
		{trace.POP3, "UIDL", 7, ".\r\n", []string{"pop3 end"}},
		{trace.POP3, "PASS", 7, "xxxxxxxx", []string{"torn"}},
	}
	b := load(t)
	used := map[string]bool{}
	for _, tt := range tests {
		x := b.Event(trace.Event{Kind: trace.Data, Proto: tt.proto, Verb: tt.verb, Re: tt.re, Raw: []byte(tt.raw)})
		var meanings []string
		for _, key := range tt.want {
			meanings = append(meanings, b.data[key].Meaning)
			used[key] = true
		}
		if want := b.data[tt.want[0]]; x.Title != want.Title || x.Meaning != strings.Join(meanings, " ") {
			t.Errorf("%q: %q %q, want %v", tt.raw, x.Title, x.Meaning, tt.want)
		}
		if ends := slices.Contains(tt.want, "end"); ends != (len(x.Next) > 0) {
			t.Errorf("%q may be answered with %v", tt.raw, x.Next)
		}
		checkWhole(t, x.Title, x)
	}
	for key := range maps.Keys(b.data) {
		if !used[key] {
			t.Errorf("no chunk is explained by %q", key)
		}
	}
}

// An explanation belongs to whoever asked: putting two together must not write into the book.
func TestBookDoesNotChange(t *testing.T) {
	b := load(t)
	e := trace.Event{Kind: trace.Data, Proto: trace.SMTP, Raw: []byte("From: a\r\n\r\n..\r\n.\r\n")}
	first := b.Event(e)
	for range 3 {
		if x := b.Event(e); x.Meaning != first.Meaning || len(x.Refs) != len(first.Refs) {
			t.Fatalf("the second time it is explained as %+v", x)
		}
	}
}

func TestEnhanced(t *testing.T) {
	tests := []struct {
		code, meaning, ref string
		found              bool
	}{
		{"5.1.1", "No, and trying again will not help. It is about an address: there is no such mailbox.", "RFC 3463 §3.2", true},
		{"2.0.0", "It was done; no more is said.", "RFC 3463 §3.1", true},
		{"4.2.2", "Not now, perhaps later. It is about the mailbox: the mailbox is full.", "RFC 3463 §3.3", true},
		{"5.7.99", "No, and trying again will not help. It is about security or policy.", "RFC 3463 §3.8", false},
		{"5.99.1", "No, and trying again will not help.", "RFC 3463 §2", false},
		{"3.0.0", "", "", false},
		{"5.1", "", "", false},
		{"", "", "", false},
	}
	b := load(t)
	for _, tt := range tests {
		x := b.Enhanced(tt.code)
		ref := ""
		if len(x.Refs) > 0 {
			ref = x.Refs[0].String()
		}
		if x.Meaning != tt.meaning || ref != tt.ref || x.Found != tt.found {
			t.Errorf("%s: %q, %s, %v", tt.code, x.Meaning, ref, x.Found)
		}
	}
	for key := range b.enhanced.Details {
		subject, _, _ := strings.Cut(key, ".")
		if b.enhanced.Subjects[subject] == "" {
			t.Errorf("the detail %s has no subject", key)
		}
	}
}

func TestCode(t *testing.T) {
	b := load(t)
	for code, begins := range map[int]string{250: "250 ", 299: "Done: ", 399: "Go on: ", 499: "Not now: ", 599: "No: ", 99: "This is not a reply", 1000: "This is not a reply"} {
		x := b.Code(code)
		if !strings.HasPrefix(x.Title, begins) {
			t.Errorf("%d: %q", code, x.Title)
		}
		checkWhole(t, x.Title, x)
		if x.Found != (code == 250) {
			t.Errorf("%d: found %v", code, x.Found)
		}
	}
	for code := range b.codes {
		if isCode(code) && !strings.HasPrefix(b.codes[code].Title, code) {
			t.Errorf("the title of %s does not name it: %q", code, b.codes[code].Title)
		}
	}
}

func TestParseRef(t *testing.T) {
	for _, s := range []string{"5321", "RFC x", "RFC 5321 4.1", "RFC 5321 § 4.1", ""} {
		if ref, err := parseRef(s); err == nil {
			t.Errorf("%q is read as %v", s, ref)
		}
	}
}

func BenchmarkEvent(b *testing.B) {
	book, err := Load("en")
	if err != nil {
		b.Fatal(err)
	}
	e := trace.Event{Kind: trace.Reply, Proto: trace.SMTP, Verb: "RCPT", Code: 550, Enhanced: "5.1.1"}
	b.ReportAllocs()
	for b.Loop() {
		book.Event(e)
	}
}
