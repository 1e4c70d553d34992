package query

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"smtplab/sim/trace"
)

// talk is one of each: what the queries of the tests choose from.
var talk = []trace.Event{
	{Seq: 1, Kind: trace.Action, From: "pc1", Note: "sends a mail"},
	{Seq: 2, Kind: trace.Segment, Proto: trace.TCP, Conn: 1, From: "pc1", To: "server", Note: "SYN"},
	{Seq: 3, Kind: trace.Open, Proto: trace.SMTP, Conn: 1, From: "pc1", To: "server", Note: "49152 → 25"},
	{Seq: 4, Kind: trace.Segment, Proto: trace.SMTP, Conn: 1, From: "pc1", To: "server", Raw: []byte("RCPT TO:<pc2@email.com>\r\n")},
	{Seq: 5, Kind: trace.Command, Proto: trace.SMTP, Conn: 1, From: "pc1", To: "server", Raw: []byte("RCPT TO:<pc2@email.com>\r\n"), Verb: "RCPT"},
	{Seq: 6, Kind: trace.Reply, Proto: trace.SMTP, Conn: 1, From: "server", To: "pc1", Raw: []byte("550 5.1.1 No such mailbox here\r\n"), Verb: "RCPT", Code: 550, Enhanced: "5.1.1", Re: 5},
	{Seq: 7, Kind: trace.Reply, Proto: trace.SMTP, Conn: 1, From: "server", To: "pc1", Raw: []byte("250 2.1.15 Caf\u00c9 is open\r\n"), Verb: "NOOP", Code: 250, Enhanced: "2.1.15"},
	{Seq: 8, Kind: trace.Data, Proto: trace.SMTP, Conn: 1, From: "pc1", To: "server", Raw: []byte("Subject: hello -world\r\n")},
	{Seq: 9, Kind: trace.Reply, Proto: trace.SMTP, Conn: 1, From: "server", To: "pc1", Raw: []byte("354 go on\r\n"), Verb: trace.EOD, Code: 354},
	{Seq: 10, Kind: trace.Reply, Proto: trace.POP3, Conn: 2, From: "server", To: "pc2", Raw: []byte("+OK\r\n"), Verb: "RETR", Code: 1, Secure: true},
	{Seq: 11, Kind: trace.Reply, Proto: trace.POP3, Conn: 3, From: "server", To: "pc2", Raw: []byte("-ERR\r\n"), Verb: "RETR", Code: -1},
	{Seq: 12, Kind: trace.Handshake, Proto: trace.TLS, Conn: 2, From: "pc2", To: "server", Note: "ClientHello: TLS 1.3"},
	{Seq: 13, Kind: trace.Condition, From: "pc1", Note: "link cut"},
}

// desk is what stands beside the events of talk.
type desk struct{}

func (desk) Gist(e *trace.Event) string {
	if e.Seq == 6 {
		return "Nobody of that name is here."
	}
	return ""
}

func (desk) Note(seq uint64) (string, bool) {
	switch seq {
	case 5:
		return "Why this one?", false
	case 9:
		return "", true
	}
	return "", false
}

func (desk) HostName(id string) string {
	return map[string]string{"pc1": "PC-1", "pc2": "PC-2", "server": "SMTP Server"}[id]
}

// matching are the numbers of the events of talk that match.
func matching(q Query, about About) []uint64 {
	var seqs []uint64
	for i := range talk {
		if q.Match(&talk[i], about) {
			seqs = append(seqs, talk[i].Seq)
		}
	}
	return seqs
}

func TestMatch(t *testing.T) {
	for text, want := range map[string][]uint64{
		"":                          {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13},
		"verb:rcpt":                 {5, 6},
		"VERB:Rcpt":                 {5, 6},
		"verb:eod":                  {9},
		"code:550":                  {6},
		"code:5xx":                  {6},
		"code:25X":                  {7},
		"code:xx0":                  nil, // a mistake, see below
		"code:5.1.1":                {6},
		"code:2.1.1x":               {7},
		"code:2.1.1":                nil,
		"code:2.x.x":                {7},
		"code:+OK":                  {10},
		"code:-ERR":                 {11},
		"-code:5xx verb:rcpt":       {5},
		"host:pc1":                  {1, 2, 3, 4, 5, 6, 7, 8, 9, 13},
		"host:PC-1 kind:reply":      {6, 7, 9},
		`host:"smtp server"`:        {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
		"host:pc3":                  nil,
		"conn:2":                    {10, 12},
		"conn:2-3":                  {10, 11, 12},
		"conn:2-":                   {10, 11, 12},
		"-conn:1-":                  {1, 13},
		"kind:data":                 {8},
		"kind:Handshake":            {12},
		"proto:tcp":                 {2},
		"proto:pop3":                {10, 11},
		"seq:10":                    {10},
		"seq:3-5":                   {3, 4, 5},
		"seq:-2":                    {1, 2},
		"seq:12-":                   {12, 13},
		"seq:5-3":                   nil,
		"is:pinned":                 {9},
		"is:noted":                  {5},
		"is:encrypted":              {10},
		"rcpt":                      {5}, // and not the segment that carried it
		"RCPT TO:<pc2@email.com>":   {5},
		`"no such"`:                 {6},
		`"such no"`:                 nil,
		"such no":                   {6},
		`"no such`:                  {6}, // still being typed
		`-"no such" code:5xx`:       nil,
		"name nobody":               {6},  // of the few words beside it
		"why":                       {5},  // of the note
		"café":                      {7},  // in either case
		"cafÉ":                      {7},  //
		"Subject:":                  {8},  // a colon does not make a key
		"49152":                     {3},  //
		"tls":                       {12}, //
		"PC-1 sends":                {1},
		`"pc-1 link cut"`:           {13},
		"kind:data -":               {8}, // a hyphen alone is text
		`kind:data "-world"`:        {8}, // and so is one between quotation marks
		"kind:data -hello":          nil,
		`"" verb:rcpt ""`:           {5, 6},
		"  verb:rcpt   kind:reply ": {6},
	} {
		q, err := Parse(text)
		if err != nil {
			if text != "code:xx0" {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		if got := matching(q, desk{}); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

// Who has nothing to tell of what stands beside the events can still ask for what is in them.
func TestMatchAlone(t *testing.T) {
	for text, want := range map[string][]uint64{"host:pc1 sends": {1}, "rcpt": {5}, "is:pinned": nil, "-is:noted seq:5": {5}, "nobody": nil} {
		q, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := matching(q, nil); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

// A mistake says what would be right.
func TestMistakes(t *testing.T) {
	for text, wants := range map[string]string{
		"verb:":                    "verb:rcpt",
		"host: pc1":                "host:pc1",
		"code:":                    "5xx",
		"code:abc":                 "“code:abc” is no reply code.",
		"code:1xx":                 "250, 5xx or 25x",
		"code:2500":                "5.1.1",
		"code:5.1":                 "5.x.x",
		"code:55.1.1":              "5.1.1",
		"rcpt kind:answer":         "action, open, segment",
		"proto:imap":               "lab, tcp, smtp, pop3, tls",
		"conn:one":                 "conn:2-4",
		"conn:":                    "conn:2",
		"seq:-":                    "seq:10-40",
		"seq:1-2-3":                "seq:10-40",
		"seq:99999999999999999999": "seq:10",
		"is:red":                   "pinned, noted or encrypted",
		strings.Repeat("a", 1<<10): "at most 500 characters",
	} {
		_, err := Parse(text)
		if m, ok := errors.AsType[*Mistake](err); !ok || !strings.Contains(m.Text, wants) {
			t.Errorf("%.40s: %v, want one that says %q", text, err, wants)
		}
	}
}

func TestEmpty(t *testing.T) {
	for text, want := range map[string]bool{"": true, "  ": true, `""`: true, "-": false, "a": false, "seq:1": false} {
		if q, err := Parse(text); err != nil || q.Empty() != want {
			t.Errorf("%q: %v, %v", text, q.Empty(), err)
		}
	}
}

// Every kind and every protocol can be asked for by its name, and finds those events only.
func TestKindsAndProtos(t *testing.T) {
	for _, name := range trace.KindNames() {
		q, err := Parse("kind:" + name)
		if err != nil {
			t.Fatal(err)
		}
		for k := trace.Action; int(k) <= len(trace.KindNames()); k++ {
			if q.Match(&trace.Event{Kind: k}, nil) != (k.String() == name) {
				t.Errorf("kind:%s and a %s", name, k)
			}
		}
	}
	for _, name := range trace.ProtoNames() {
		q, err := Parse("proto:" + name)
		if err != nil {
			t.Fatal(err)
		}
		for p := trace.Lab; int(p) < len(trace.ProtoNames()); p++ {
			if q.Match(&trace.Event{Proto: p}, nil) != (p.String() == name) {
				t.Errorf("proto:%s and %s", name, p)
			}
		}
	}
}

// Whatever is typed is understood or is a mistake; two queries behind each other match what both match; and a term
// behind a hyphen matches what it did not.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"verb:rcpt", "code:5xx -proto:pop3", `host:"SMTP Server" "no such`, "-seq:1-4 -", "-\"a b\" is:pinned", "kind:reply code:-err"} {
		f.Add(s, "conn:1 text")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		qa, errA := Parse(a)
		qb, errB := Parse(b)
		for _, err := range []error{errA, errB} {
			if m, ok := errors.AsType[*Mistake](err); err != nil && (!ok || m.Text == "") {
				t.Fatalf("not a mistake but %v", err)
			}
		}
		if errA != nil {
			return
		}
		both, err := Parse(a + " " + b)
		if errB == nil && err == nil && !strings.Contains(a, `"`) {
			inA, inB := matching(qa, desk{}), matching(qb, desk{})
			want := slices.DeleteFunc(slices.Clone(inA), func(seq uint64) bool { return !slices.Contains(inB, seq) })
			if got := matching(both, desk{}); !slices.Equal(got, want) {
				t.Errorf("%q and %q: %v, want %v", a, b, got, want)
			}
		}
		if text := strings.TrimSpace(a); len(qa.terms) == 1 && !qa.terms[0].not && text[0] != '"' {
			turned, err := Parse("-" + text)
			if err != nil || len(turned.terms) != 1 {
				return // it was as long as may be
			}
			if n := len(matching(qa, desk{})) + len(matching(turned, desk{})); n != len(talk) {
				t.Errorf("%q and its opposite match %d events of %d", a, n, len(talk))
			}
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	for _, text := range []string{"verb:rcpt code:5xx", "kind:data mailbox", "mailbox here"} {
		q, err := Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				q.Match(&talk[i%len(talk)], desk{})
			}
		})
	}
}

func ExampleQuery_Match() {
	q, err := Parse(`verb:rcpt code:5xx "no such"`)
	if err != nil {
		panic(err)
	}
	for i := range talk {
		if q.Match(&talk[i], nil) {
			fmt.Printf("%s", talk[i].Raw)
		}
	}
	// Output: 550 5.1.1 No such mailbox here
}
