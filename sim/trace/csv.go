package trace

import (
	"encoding/csv"
	"io"
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"

	"smtplab/sim/clock"
)

// columns are the header row of WriteCSV.
var columns = []string{
	"seq", "time", "kind", "proto", "conn", "from", "to", "secure", "verb", "code", "enhanced", "re", "tx", "before", "after", "arrives", "octets", "text",
}

// WriteCSV writes events for spreadsheets: a table as RFC 4180 has it, in UTF-8 without a byte order mark, with a header
// row and then one row, in one line, for each event.
//
//	seq,time,kind,proto,conn,from,to,secure,verb,code,enhanced,re,tx,before,after,arrives,octets,text
//	7,0.004,command,smtp,1,pc1,server,,EHLO,,,,,connected,,,20,EHLO pc1.email.com
//
// The columns are the fields of WriteJSON with these differences: time and arrives are lab time in seconds; secure is "yes" or empty;
// the code of POP3 is OK or ERR; octets is how many the event has; text is the octets as WriteText writes them, with \r\n
// between lines and the last line end left out, or the words of an event that has no octets. Those of a Segment are only
// counted: they are in the lines. WriteJSON is exact.
//
// Whatever a spreadsheet could take for a formula begins with an apostrophe, which makes it text: a subject of
// "=HYPERLINK(…)" is something that somebody else wrote.
func WriteCSV(w io.Writer, events iter.Seq[Event]) error {
	out := csv.NewWriter(w) // keeps the first error until Flush
	out.UseCRLF = true
	row := columns
	write := func() { _ = out.Write(row) } // out.Error has it
	write()
	row = make([]string, len(columns))
	for e := range events {
		fillRow(row, &e)
		write()
	}
	out.Flush()
	return out.Error()
}

func fillRow(row []string, e *Event) {
	row[0], row[1] = number(e.Seq), exactly(e.At)
	row[2], row[3], row[4], row[5], row[6] = e.Kind.String(), e.Proto.String(), number(uint64(e.Conn)), e.From, e.To
	row[7], row[8], row[9], row[10] = "", e.Verb, codeWord(e), e.Enhanced
	if e.Secure {
		row[7] = "yes"
	}
	row[11], row[12], row[13], row[14] = number(e.Re), number(uint64(e.Tx)), e.Before.String(), e.After.String()
	if row[15] = ""; e.Arrives != 0 {
		row[15] = exactly(e.Arrives)
	}
	row[16], row[17] = number(uint64(len(e.Raw))), e.Note
	if e.Line() {
		row[17] = strings.ReplaceAll(strings.TrimSuffix(string(e.Raw), "\r\n"), "\r\n", `\r\n`)
	}
	for i := range row {
		row[i] = harmless(Printable(row[i]))
	}
}

// exactly is a time in seconds with as many digits as it takes.
func exactly(t clock.Time) string { return strconv.FormatFloat(seconds(t), 'f', -1, 64) }

// number is n, or "" for 0, which stands for nothing in an Event.
func number(n uint64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(n, 10)
}

// codeWord is a code of SMTP, or what a server of POP3 says in its place.
func codeWord(e *Event) string {
	switch {
	case e.Proto == POP3 && e.Code > 0:
		return "OK"
	case e.Proto == POP3 && e.Code < 0:
		return "ERR"
	}
	return number(uint64(e.Code))
}

// harmless is a printable cell that no spreadsheet computes. Some take the wide forms of the signs for the signs.
func harmless(cell string) string {
	if first, _ := utf8.DecodeRuneInString(cell); strings.ContainsRune("=+-@\t＝＋－＠", first) {
		return "'" + cell
	}
	return cell
}
