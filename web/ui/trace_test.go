package ui

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// The text of a row is what was on the wire, with nothing between the code and the words but what was there.
func TestRowsSayWhatWasOnTheWire(t *testing.T) {
	s := &script{proto: "smtp", conn: 1}
	said := []struct{ kind, raw string }{
		{"reply", "250-PIPELINING\r\n250 SIZE  10\r\n"},
		{"reply", "354\r\n"},
		{"command", "RCPT TO:<\"two  spaces\"@email.com> \r\n"},
		{"data", " folded\r\n\r\n  indented\r\n.\r\n"},
	}
	for _, x := range said {
		s.add(x.kind, "client", x.raw, "a few words")
	}
	_, root := render(t, Groups([]Group{{Conn: 1, Rows: s.rows}}))
	rows := all(root, class("row"))
	if len(rows) != len(said) {
		t.Fatalf("%d rows, want %d", len(rows), len(said))
	}
	for i, row := range rows {
		var got strings.Builder
		for _, line := range all(row, class("line")) {
			got.WriteString(textOf(line, class("eol")) + "\r\n")
		}
		if got.String() != said[i].raw {
			t.Errorf("row %d says %q, want %q", i, got.String(), said[i].raw)
		}
	}
}

// A live fragment is put in its place by these ids, and the rows of one connection are in one group.
func TestGroupsCanBeInserted(t *testing.T) {
	_, root := render(t, Groups(sampleGroups()))
	for _, g := range all(root, class("group")) {
		if conn := attr(g, "data-conn"); conn != "" {
			if attr(g, "id") != "c"+conn {
				t.Errorf("group of connection %s has id %q", conn, attr(g, "id"))
			}
			one(t, g, class("group__head"))
			one(t, g, class("rows"))
		} else if attr(g, "id") != "l"+attr(one(t, g, class("row")), "data-seq") {
			t.Errorf("the group of a lone event has id %q", attr(g, "id"))
		}
	}
	for _, r := range all(root, class("row")) {
		if attr(r, "id") != "e"+attr(r, "data-seq") {
			t.Errorf("row %s has id %q", attr(r, "data-seq"), attr(r, "id"))
		}
		one(t, r, func(n *html.Node) bool { return has(n, "data-explain") })
	}
}

// Who speaks is said in letters, and a refusal is marked by more than its colour.
func TestRowsCanBeReadWithoutColour(t *testing.T) {
	_, root := render(t, Groups(sampleGroups()))
	for side, want := range map[string]string{"row--client": "▶ C:", "row--server": "◀ S:"} {
		for _, r := range all(root, class(side)) {
			if got := strings.TrimSpace(textOf(one(t, r, class("row__who")), nothing)); got != want {
				t.Errorf("%s: %q", side, got)
			}
		}
	}
	for _, c := range all(root, class("code")) {
		if tone := attr(c, "data-tone"); tone == "" || c.Data != "b" {
			t.Errorf("code %q: <%s> with tone %q", textOf(c, nothing), c.Data, tone)
		}
	}
}

// A long message is folded in its middle: its beginning and its end, with the dot, stay in view.
func TestLongMessagesAreFolded(t *testing.T) {
	for n, want := range map[int]string{folded: "", folded + 1: "Show all 31 lines"} {
		s := &script{proto: "smtp", conn: 1}
		s.add("data", "client", strings.Repeat("x\r\n", n-1)+".\r\n", "")
		_, root := render(t, Groups([]Group{{Conn: 1, Rows: s.rows}}))
		if got := len(all(root, class("line"))); got != n {
			t.Errorf("%d lines: %d drawn", n, got)
		}
		got, away := "", 0
		for _, details := range all(root, tag("details")) {
			got, away = textOf(one(t, details, tag("summary")), nothing), len(all(details, class("line")))
			if len(all(details, class("line--dot"))) != 0 {
				t.Errorf("%d lines: the dot is folded away", n)
			}
		}
		if got != want || want != "" && away != n-foldedHead-foldedTail {
			t.Errorf("%d lines: %q for %d of them, want %q", n, got, away, want)
		}
	}
}

func TestPartsOfAMessageAreMarked(t *testing.T) {
	s := &script{proto: "smtp", conn: 1}
	s.add("data", "client", "Subject: Lunch\r\n\r\n..profile\r\n.\r\n", "")
	_, root := render(t, Groups([]Group{{Conn: 1, Rows: s.rows}}))
	for part, want := range map[string]string{"header": "Subject: Lunch", "blank": "", "stuffed": "..profile", "dot": "."} {
		if got := textOf(one(t, root, class("line--"+part)), class("eol")); got != want {
			t.Errorf("%s: %q, want %q", part, got, want)
		}
	}
}

// Words between backquotes in the lab's own texts are code.
func TestMarked(t *testing.T) {
	source, root := render(t, marked("Say `EHLO` or `<b>`."))
	var words []string
	for _, c := range all(root, tag("code")) {
		words = append(words, textOf(c, nothing))
	}
	if got := strings.Join(words, "|"); got != "EHLO|<b>" {
		t.Errorf("code: %q in %s", got, source)
	}
	if got := textOf(root, nothing); got != "Say EHLO or <b>." {
		t.Errorf("text: %q", got)
	}
}

// Links of an explanation stay on the page where they can.
func TestRelatedLinks(t *testing.T) {
	e := Explanation{Related: []Link{{"the command", "/labs/x7/events/3"}, {"the mail", "/labs/x7/hosts/pc2/inbox/1"}, {"the theory", "/theory/transfer"}}}
	_, root := render(t, Explain(e))
	want := []string{"data-event", "data-dialog", ""}
	for i, a := range all(root, tag("a")) {
		for _, key := range []string{"data-event", "data-dialog"} {
			if has(a, key) != (key == want[i]) {
				t.Errorf("%s: %s is %v", attr(a, "href"), key, has(a, key))
			}
		}
	}
}

// What the wire carried encrypted is marked in words, too, and what was not is not. A line that is empty can be read.
func TestLocks(t *testing.T) {
	_, root := render(t, Groups([]Group{{Conn: 1, Proto: "smtp", TLS: "SMTP · TLS 1.3", Rows: []Row{
		{Seq: 1, Kind: "handshake", Proto: "tls", Side: "server", Name: "ServerHello", Lines: NoteLines("TLS 1.3"), URL: "/e/1"},
		{Seq: 2, Kind: "response", Proto: "smtp", Side: "client", Secure: true, Lines: CommandLines([]byte("\r\n")), URL: "/e/2"},
	}}}))
	rows := all(root, class("row"))
	for i, want := range []int{0, 1} {
		if n := len(all(rows[i], with("aria-label", "encrypted on the wire"))); n != want {
			t.Errorf("row %d has %d locks", i+1, n)
		}
	}
	for i, want := range []string{"ServerHello TLS 1.3", "(an empty line)"} {
		if got := strings.Join(strings.Fields(textOf(one(t, rows[i], class("row__text")), class("eol"))), " "); got != want {
			t.Errorf("row %d says %q, want %q", i+1, got, want)
		}
	}
	if got := strings.TrimSpace(textOf(one(t, root, class("group__tls")), nothing)); got != "SMTP · TLS 1.3" {
		t.Errorf("the heading says %q", got)
	}
}
