package ui

import "strconv"

// ReportPage is what somebody hands in: a lab's run on paper.
type ReportPage struct {
	Shell       Shell
	Lab         string // its name
	Date        string // when the page was made
	Events      string // "1 to 85 (85 events)"
	Time        string // of the lab: "0.000 s to 1.502 s"
	Calendar    string // and what its calendar said then
	Fingerprint string
	Cut         []string // what is left out, in sentences
	BackURL     string
	ResultURL   string // the signed result
	ResultFile  string // the name under which it is kept
	Deeds       []Deed
	Talks       []ReportTalk
	Mails       []ReportMail
	Waiting     string // mails that nobody has fetched, in a sentence; "" for none
}

// Deed is something that a person did.
type Deed struct {
	Seq  uint64
	Time string // "0.016"
	Who  string // "PC-1"; "" for the lab itself
	What string // "sends a mail to pc2@email.com: Lunch"
	Came string // what came of it, "" if that is not known
}

// ReportTalk is a conversation in the report.
type ReportTalk struct {
	Conn           uint32
	Client, Server string // "PC-1", "SMTP Server"
	Addresses      string
	Proto          string // "SMTP · TLS 1.3"
	Time           string // "0.004–0.031"
	Outcome        string
	Mails          int // accepted or fetched
	Sent, Received int // octets that the client sent, and that the server did
	Rows           []ReportRow
	Rest           string // how its rows go on that are left out, in a sentence; "" when they are all there
}

// ReportRow is one thing that was said, or that happened to the connection.
type ReportRow struct {
	Seq    uint64
	Time   string
	Who    string // "C", "S" or ""
	Secure bool   // the wire carried it encrypted
	Lines  []Line
}

// ReportMail is a mail that was delivered.
type ReportMail struct {
	Title   string // "Mail 1 of PC-2"
	Came    string // "delivered by conversation 1, fetched by 2"
	Size    string
	Headers []Header
	Rest    string // header fields that are left out, in a sentence; "" for none
}

// short is how many lines a dialogue may have that is kept on one page.
const short = 40

// lineCount is how many lines the dialogue takes.
func (t *ReportTalk) lineCount() int {
	n := 0
	for _, r := range t.Rows {
		n += len(r.Lines)
	}
	return n
}

func (t *ReportTalk) id() string { return "talk-" + strconv.Itoa(int(t.Conn)) }

// tall is how many lines a row may have that is kept on one page.
const tall = 20

// chunks are the parts of a text in which people compare it.
func chunks(s string) []string {
	const n = 8
	var parts []string
	for len(s) > n {
		parts, s = append(parts, s[:n]), s[n:]
	}
	return append(parts, s)
}
