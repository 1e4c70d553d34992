package trace

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"
)

// table is what a program reads of the events' CSV: the rows below the header, by column.
func table(t *testing.T, text string) []map[string]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll() // which refuses rows of unequal length
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if !slices.Equal(rows[0], columns) {
		t.Fatalf("the header is %q", rows[0])
	}
	var all []map[string]string
	for _, row := range rows[1:] {
		cells := map[string]string{}
		for i, name := range rows[0] {
			cells[name] = row[i]
		}
		all = append(all, cells)
	}
	return all
}

func writeCSV(t *testing.T, events []Event) string {
	t.Helper()
	var b strings.Builder
	if err := WriteCSV(&b, slices.Values(events)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWriteCSV(t *testing.T) {
	text := writeCSV(t, exported())
	if lines := strings.Count(text, "\r\n"); lines != len(exported())+1 || strings.Count(text, "\n") != lines {
		t.Errorf("%d lines for %d events:\n%s", lines, len(exported()), text)
	}
	for _, want := range []string{
		"1,0,action,lab,,pc1,,,,,,,,,,,,sends a mail\r\n",
		"3,0.005,segment,tcp,1,server,pc1,,,,,,,,,0.0075,15,\r\n",
		`4,0.006,reply,smtp,1,server,pc1,,,250,,3,,,greeted,,25,250-email.com\r\n250 SIZE` + "\r\n",
		`5,0.007,command,smtp,1,pc1,server,,EHLO,,,,,connected,,,13,EHLO \x1b[31m\xe9` + "\r\n",
		`6,0.008,data,smtp,1,pc1,server,,,,,,,,,,28,Subject: café\r\n\r\nhi\u202e\r\n.` + "\r\n",
		"11,0.013,command,smtp,2,pc1,server,yes,NOOP,,,,,,,,6,NOOP\r\n",
		"16,0.018,reply,pop3,4,server,pc2,,RETR,OK,,15,,,,,14,'+OK 4 octets\r\n",
		"18,0.02,reply,pop3,4,server,pc2,,,ERR,,,,,,,9,'-ERR no\r\n",
		"20,0.022,segment,tcp,1,pc1,server,,,,,,,,,,,FIN\r\n",
		"23,1.501,condition,lab,,pc2,,,,,,,,,,,,link cut\r\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no line %q in\n%s", want, text)
		}
	}
}

// A spreadsheet that opens the file computes nothing that somebody wrote in a mail, and no cell can break out of its row.
func TestNoCellIsAFormula(t *testing.T) {
	var events []Event
	for _, text := range []string{
		`=HYPERLINK("http://evil.example","x")`, "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\r\n=1", "＝1", "－1", "＋1", "＠1",
		"a,b", `say "=1"`, "a\r\n=1\r\n", "\"\n=1", "\xff=1", "\ufeff=1", "'=1", "", " =1",
	} {
		for _, e := range []Event{
			{Kind: Data, Raw: []byte(text)}, {Kind: Command, Raw: []byte(text), Verb: text}, {Kind: Reply, Raw: []byte(text), Enhanced: text},
			{Kind: Close, Note: text, From: text, To: text},
		} {
			e.Seq = uint64(len(events) + 1)
			events = append(events, e)
		}
	}
	text := writeCSV(t, events)
	rows := table(t, text)
	if len(rows) != len(events) || strings.Count(text, "\n") != len(events)+1 {
		t.Fatalf("%d rows in %d lines for %d events:\n%s", len(rows), strings.Count(text, "\n"), len(events), text)
	}
	for i, row := range rows {
		for column, cell := range row {
			for _, sign := range []string{"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"} {
				if strings.HasPrefix(cell, sign) {
					t.Errorf("row %d, %s: %q begins with %q", i+1, column, cell, sign)
				}
			}
			if strings.ContainsAny(cell, "\r\n") {
				t.Errorf("row %d, %s: %q has a line end", i+1, column, cell)
			}
		}
	}
	if got := rows[0]["text"]; got != `'=HYPERLINK("http://evil.example","x")` {
		t.Errorf("a formula became %q", got)
	}
}
