package explain

import (
	"encoding/base64"
	"strings"
	"testing"
	"unicode/utf8"

	"smtplab/sim/message"
	"smtplab/sim/sasl"
	"smtplab/sim/trace"
)

func encoded(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func challengeEvent(line string) trace.Event {
	return trace.Event{Kind: trace.Reply, Proto: trace.SMTP, Verb: "AUTH", Code: 334, Raw: []byte("334 " + line + "\r\n"), After: trace.Authenticating}
}

const digest = "b913a602c7eda7a495b4e6e7334d3890"

func TestResponses(t *testing.T) {
	name, password := challengeEvent(encoded("Username:")), challengeEvent(encoded("Password:"))
	for _, tt := range []struct {
		said      string
		challenge trace.Event
		key       string
		has       string // in the meaning
	}{
		{encoded("\x00pc1\x00secret"), trace.Event{}, "response plain", "the user name, `pc1`, and the password, `secret`,"},
		{encoded("pc2\x00pc1\x00secret"), trace.Event{}, "response plain as", "`pc2`"},
		{encoded("\x00\x00"), trace.Event{}, "response plain", "the user name, nothing, and"},
		{encoded("pc1"), trace.Event{}, "response login", "`pc1`: the user name or the password"},
		{encoded("pc1"), name, "response login name", "the user name, `pc1`"},
		{encoded("\x00pc1\x00secret"), name, "response login name", "the user name, `␀pc1␀secret`"}, // what was asked counts
		{encoded("n,,n=x,r=y"), password, "response login password", "the password, `n,,n=x,r=y`"},
		{encoded("pc 1 " + digest), trace.Event{}, "response cram", "the user name, `pc 1`,"},
		{encoded("pc1 " + strings.ToUpper(digest)), trace.Event{}, "response login", digest[:0]},
		{encoded("n,,n=a=2Cb=3D,r=fyko"), trace.Event{}, "response scram first", "the user name, `a,b=`"},
		{encoded("p=tls-exporter,,n=pc1,r=fyko"), trace.Event{}, "response scram first", "`pc1`"},
		{encoded("c=biws,r=fyko3rfc,p=dHzb"), trace.Event{}, "response scram final", "`c=biws,r=fyko3rfc,p=dHzb`"},
		{"", trace.Event{}, "response empty", ""},
		{"*", trace.Event{}, "response cancel", ""},
		{"MAIL FROM:<a@b>", trace.Event{}, "response bad", "whatever command it looks like"},
		{"cGMx=", trace.Event{}, "response bad", ""},
		{"cGMx\rcGMx", trace.Event{}, "response bad", ""},
		{"cGN=", trace.Event{}, "response bad", ""}, // bits behind the end
		{"=", trace.Event{}, "response bad", ""},
		{strings.Repeat("A", 1<<16), trace.Event{}, "response bad", ""},
		{encoded("\xff\xfe"), trace.Event{}, "response", "`⟨0xFF⟩⟨0xFE⟩`"},
		{encoded("a`b\n\t\x1b\u202e"), trace.Event{}, "response login", "`aˋb␊␉␛⟨U+202E⟩`"},
		{encoded(strings.Repeat("é", 100)), trace.Event{}, "response login", "`" + strings.Repeat("é", 80) + "…`"},
	} {
		for _, proto := range []trace.Proto{trace.SMTP, trace.POP3} {
			e := trace.Event{Kind: trace.Response, Proto: proto, Verb: "AUTH", Raw: []byte(tt.said + "\r\n"), Before: trace.Authenticating}
			b := load(t)
			x := b.Response(e, tt.challenge)
			if x.Title != b.sasl[tt.key].Title || !strings.Contains(x.Meaning, tt.has) || !x.Found {
				t.Errorf("%q is explained by %q %q, want %s", tt.said, x.Title, x.Meaning, tt.key)
			}
			checkWhole(t, tt.key, x)
			checkText(t, tt.key, x.Meaning)
			if len(x.Next) == 0 || (proto == trace.POP3) != (x.Next[0] == "+OK") {
				t.Errorf("%v: it may be answered with %v", proto, x.Next)
			}
			if tt.challenge.Kind == 0 && b.Event(e).Meaning != x.Meaning {
				t.Errorf("%q: Event says %q", tt.said, b.Event(e).Meaning)
			}
		}
	}
}

func TestChallenges(t *testing.T) {
	b := load(t)
	for _, tt := range []struct{ said, key, has string }{
		{"", "challenge empty", ""},
		{encoded("Username:"), "challenge login name", "`Username:`"},
		{encoded("User Name\x00"), "challenge login name", "`User Name␀`"},
		{encoded("PASSWORD"), "challenge login password", ""},
		{encoded("<1896.697170952@postoffice.reston.mci.net>"), "challenge cram", "mci.net>`"},
		{encoded("r=fyko3rfc,s=QSXC,i=4096"), "challenge scram first", "hashed `4096` times"},
		{encoded("v=rmF9"), "challenge scram final", "`v=rmF9`"},
		{encoded("What is the magic word?"), "challenge", "magic"},
	} {
		for _, e := range []trace.Event{challengeEvent(tt.said),
			{Kind: trace.Reply, Proto: trace.POP3, Verb: "AUTH", Raw: []byte("+ " + tt.said + "\r\n"), After: trace.Authenticating}} {
			x := b.Event(e)
			if x.Title != b.sasl[tt.key].Title || !strings.Contains(x.Meaning, tt.has) || !x.Found || len(x.Next) > 0 {
				t.Errorf("%q is explained by %+v, want %s", e.Raw, x, tt.key)
			}
			checkWhole(t, tt.key, x)
		}
	}
	if x := b.Event(challengeEvent("Username:")); x.Title != b.smtpReplies["AUTH 334"].Title { // not in base64
		t.Errorf("a broken challenge is explained as %q", x.Title)
	}
}

// The command is explained by its mechanism, and by what is said along with it.
func TestAuth(t *testing.T) {
	b := load(t)
	for _, tt := range []struct{ line, title, has string }{
		{"AUTH PLAIN", b.mechanisms["PLAIN"].Title, "TLS only"},
		{"AUTH plain " + encoded("\x00pc1\x00secret"), b.mechanisms["PLAIN"].Title, "the password, `secret`"},
		{"AUTH LOGIN " + encoded("pc1"), b.mechanisms["LOGIN"].Title, "the user name, `pc1`. It is no secret."},
		{"AUTH SCRAM-SHA-256 " + encoded("n,,n=pc1,r=fyko"), b.mechanisms["SCRAM-SHA-256"].Title, "`fyko`"[:0] + "the user name, `pc1`"},
		{"AUTH PLAIN =", b.mechanisms["PLAIN"].Title, "empty"},
		{"AUTH PLAIN ***", b.mechanisms["PLAIN"].Title, b.sasl["response bad"].Meaning},
		{"AUTH GSSAPI " + encoded("x"), b.smtpVerbs["AUTH"].Title, b.smtpVerbs["AUTH"].Meaning},
		{"AUTH", b.smtpVerbs["AUTH"].Title, b.smtpVerbs["AUTH"].Meaning},
	} {
		x := b.Event(trace.Event{Kind: trace.Command, Proto: trace.SMTP, Verb: "AUTH", Raw: []byte(tt.line + "\r\n")})
		if x.Title != tt.title || !strings.Contains(x.Meaning, tt.has) || !x.Found || len(x.Next) == 0 {
			t.Errorf("%q is explained by %+v", tt.line, x)
		}
		checkWhole(t, tt.line, x)
	}
	for _, name := range sasl.Mechanisms {
		if x, ok := b.Mechanism(strings.ToLower(name)); !ok || !strings.HasPrefix(x.Title, name) {
			t.Errorf("%s is explained as %q", name, x.Title)
		}
	}
	if x, ok := b.Mechanism("GSSAPI"); ok || x.Title == "" {
		t.Errorf("an unknown mechanism: %+v", x)
	}
}

// Every entry for responses and challenges is used, and has no place left open.
func TestExchanges(t *testing.T) {
	b := load(t)
	used := map[string]bool{"response smtp": true, "response pop3": true}
	for _, mechanism := range sasl.Mechanisms {
		server := sasl.Server{Host: "email.com", Password: func(string) (string, bool) { return "secret", true }, Nonce: func() string { return "nonce" }}
		client, exchange := sasl.NewClient(mechanism, "pc1", "secret", "once"), server.Begin(mechanism)
		_, said, err := client.Start()
		asked := ""
		for done := false; !done && err == nil; {
			if said != nil {
				in := readResponse([]byte(base64.StdEncoding.EncodeToString(said)), asked)
				used[in.key] = true
				if in.key == "response" || in.key == "response bad" || in.key == "response login" {
					t.Errorf("%s: %q is taken for %q", mechanism, said, in.key)
				}
			}
			var challenge []byte
			if challenge, done, err = exchange.Next(said); err != nil || done {
				break
			}
			in := readChallenge([]byte(base64.StdEncoding.EncodeToString(challenge)))
			used[in.key], asked = true, in.key
			if said, err = client.Next(challenge); said == nil {
				said = []byte{}
			}
		}
		if err != nil || !client.Proven() {
			t.Errorf("%s: %v", mechanism, err)
		}
	}
	for _, key := range []string{"response", "response bad", "response cancel", "response login", "response plain as", "challenge", "challenge empty"} {
		used[key] = true // which these clients and servers do not say, or not without a challenge: see the tests above
	}
	for key := range b.sasl {
		if !used[key] {
			t.Errorf("nothing is explained by %q", key)
		}
	}
}

// Whatever is said, the explanation is a text of a few lines in which nothing acts.
func FuzzResponse(f *testing.F) {
	for _, said := range []string{encoded("\x00pc1\x00secret"), encoded("n,,n=a,r=b"), encoded("r=,s=,i=`"), encoded("{user}{text}"), "*", "", "=", "\xff"} {
		f.Add([]byte(said))
	}
	b, err := Load("en")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		line := append(append([]byte{}, said...), "\r\n"...)
		events := []trace.Event{
			{Kind: trace.Response, Proto: trace.SMTP, Verb: "AUTH", Raw: line},
			{Kind: trace.Response, Proto: trace.POP3, Verb: "AUTH", Raw: line, Secure: true},
			{Kind: trace.Reply, Proto: trace.SMTP, Verb: "AUTH", Code: 334, Raw: append([]byte("334 "), line...)},
			{Kind: trace.Reply, Proto: trace.POP3, Verb: "AUTH", Raw: append([]byte("+ "), line...)},
			{Kind: trace.Command, Proto: trace.SMTP, Verb: "AUTH", Raw: append([]byte("AUTH PLAIN "), line...)},
			{Kind: trace.Command, Proto: trace.SMTP, Verb: "MAIL", Raw: append([]byte("MAIL FROM:<a@b> "), line...)},
		}
		for _, e := range events {
			x := b.Event(e)
			b.Terms(e)
			switch {
			case !x.Found || !utf8.ValidString(x.Meaning) || strings.Count(x.Meaning, "`")%2 != 0:
				t.Errorf("%q is explained by %+v", e.Raw, x)
			case message.Visible(x.Meaning) != x.Meaning || strings.ContainsAny(x.Meaning, "\r\n\t"):
				t.Errorf("%q: something acts in %q", e.Raw, x.Meaning)
			case len(x.Meaning) > 8<<10:
				t.Errorf("%q is explained by %d octets", e.Raw, len(x.Meaning))
			}
		}
	})
}
