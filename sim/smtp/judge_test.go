package smtp_test

import (
	"slices"
	"strings"
	"testing"

	"smtplab/sim/dissect"
	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// wire is a conversation as a trace has it: dissected from what both sides said.
type wire struct {
	log trace.Log
	tx  uint32
}

func (w *wire) Note(fromClient bool, e trace.Event) uint64 {
	e.From, e.To = "pc1", "server"
	if !fromClient {
		e.From, e.To = e.To, e.From
	}
	return w.log.Append(&e)
}

func (w *wire) NextTransaction() uint32 { w.tx++; return w.tx }

// judged plays a script of what the client ("C: ") and the server ("S: ") said in turn, and returns what is wrong with
// each thing that the server said or did. "/" is CRLF and "~" LF; FIN and RST close a side.
func judged(t *testing.T, script string) []string {
	t.Helper()
	w := &wire{}
	w.log.Append(&trace.Event{Kind: trace.Open, Proto: trace.SMTP, From: "pc1", To: "server"})
	d := dissect.NewSMTP(w, nil)
	for line := range strings.SplitSeq(script, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		who, said, ok := strings.Cut(line, ": ")
		octets := []byte(strings.NewReplacer("/", "\r\n", "~", "\n").Replace(said))
		from := map[string]string{"C": "pc1", "S": "server"}[who]
		switch {
		case !ok || from == "":
			t.Fatalf("%q is nothing that anybody says", line)
		case said == "FIN" || said == "RST":
			w.log.Append(&trace.Event{Kind: trace.Segment, Proto: trace.TCP, From: from, Note: said})
		case who == "C":
			d.Client(octets)
		default:
			d.Server(octets)
		}
	}
	d.Close()
	j := smtp.Judge{Name: "email.com"}
	var all []string
	for e := range w.log.After(0) {
		for _, b := range j.Event(&e) {
			all = append(all, b.String())
		}
	}
	return all
}

const begin = `
	S: 220 email.com ready/
	C: EHLO pc1/
	S: 250-email.com hello/250-PIPELINING/250 SIZE 1000/
`

const mail = begin + `
	C: MAIL FROM:<a@email.com>/
	S: 250 OK/
	C: RCPT TO:<b@email.com>/
	S: 250 OK/
`

// Each script breaks just the rules that stand beside it.
func TestJudge(t *testing.T) {
	for name, test := range map[string]struct {
		script string
		want   string // with commas
	}{
		"a whole mail":                 {mail + "C: DATA/\nS: 354 go on/\nC: Subject: x//..//hello\nC: /./\nS: 250 OK/\nC: QUIT/\nS: 221 email.com bye/\nS: FIN\nC: FIN", ""},
		"pipelined":                    {begin + "C: MAIL FROM:<>/RCPT TO:<b@email.com>/DATA/\nS: 250 OK/550 no/\nS: 554 nobody/\nC: RSET/QUIT/\nS: 250 OK/221 email.com bye/", ""},
		"chunks":                       {mail + "C: BDAT 3/abcBDAT 2 LAST/de\nS: 250 OK/250 OK/", ""},
		"a name as an address":         {"S: 220 [192.168.11.4] hi/\nC: EHLO x/\nS: 250 EMAIL.COM/", ""},
		"421 at any time":              {begin + "S: 421 email.com going down/\nS: FIN", ""},
		"a polite refusal":             {"S: 554 no mail here/\nC: EHLO x/\nS: 503 no/\nC: QUIT/\nS: 221 email.com bye/", ""},
		"a code alone":                 {begin + "C: NOOP/\nS: 250/", ""},
		"a login":                      {begin + "C: AUTH LOGIN/\nS: 334 VXNlcm5hbWU6/\nC: eA==/\nS: 334 UGFzc3dvcmQ6/\nC: eA==/\nS: 235 2.7.0 welcome/", ""},
		"the client closes":            {begin + "C: FIN\nS: FIN", ""},
		"no extension":                 {"S: 220 email.com hi/\nC: HELO x/\nS: 250 email.com/", ""},
		"a list verified":              {begin + "C: VRFY böb/\nS: 250 Böb <bob@email.com>/", ""},
		"no digits":                    {begin + "C: NOOP/\nS: OK/", "not a reply"},
		"two digits":                   {begin + "C: NOOP/\nS: 25 OK/", "not a reply"},
		"no space":                     {begin + "C: NOOP/\nS: 250OK/", "not a reply"},
		"an empty line":                {begin + "C: NOOP/\nS: /", "not a reply"},
		"1yz":                          {begin + "C: NOOP/\nS: 150 well/", "bad code"},
		"6yz":                          {begin + "C: NOOP/\nS: 650 well/", "bad code"},
		"x6z":                          {begin + "C: NOOP/\nS: 260 well/", "bad code"},
		"two codes":                    {begin + "C: HELP/\nS: 211-one/214 two/", "mixed codes"},
		"cut off":                      {begin + "C: HELP/\nS: 214-one/", "unfinished"},
		"LF alone":                     {begin + "C: NOOP/\nS: 250 OK~250 OK/", "line end"},
		"no line end":                  {begin + "C: NOOP/\nS: 250 OK", "line end"},
		"umlauts":                      {begin + "C: NOOP/\nS: 250 schön/", "bad text"},
		"a bell":                       {begin + "C: NOOP/\nS: 250 \a/", "bad text"},
		"a tab":                        {begin + "C: NOOP/\nS: 250 a\tb/", ""},
		"512 octets":                   {begin + "C: NOOP/\nS: 250 " + strings.Repeat("x", 506) + "/", ""},
		"513 octets":                   {begin + "C: NOOP/\nS: 250 " + strings.Repeat("x", 507) + "/", "too long"},
		"a long challenge":             {begin + "C: AUTH X/\nS: 334 " + strings.Repeat("x", 3000) + "/", ""},
		"no keyword":                   {"S: 220 email.com hi/\nC: EHLO x/\nS: 250-email.com/250-SIZE 5/250 -what?/", "bad keyword"},
		"another class":                {begin + "C: NOOP/\nS: 250 5.0.0 OK/", "bad class"},
		"no greeting":                  {"S: 250 email.com/", "no greeting"},
		"a greeting of nobody":         {"S: 220 !/", "no name"},
		"a greeting of another":        {"S: 220 example.org hi/", "wrong name"},
		"an EHLO of another":           {"S: 220 email.com hi/\nC: EHLO x/\nS: 250 OK/", "wrong name"},
		"nothing was asked":            {begin + "S: 250 OK/", "unasked"},
		"in the middle of the message": {mail + "C: DATA/\nS: 354 go on/\nC: Subject: x/\nS: 250 OK/", "unasked"},
		"two answers":                  {begin + "C: NOOP/\nS: 250 OK/250 OK/", "unasked"},
		"354 to RCPT":                  {begin + "C: MAIL FROM:<>/\nS: 250 OK/\nC: RCPT TO:<b@email.com>/\nS: 354 go on/", "intermediate"},
		"334 to DATA":                  {mail + "C: DATA/\nS: 334 go on/", "intermediate"},
		"354 to AUTH":                  {begin + "C: AUTH X/\nS: 354 go on/", "intermediate"},
		"250 to DATA":                  {mail + "C: DATA/\nS: 250 OK/", "no go-ahead"},
		"221 to MAIL":                  {begin + "C: MAIL FROM:<>/\nS: 221 email.com bye/", "unlisted"},
		"220 to EHLO":                  {"S: 220 email.com hi/\nC: EHLO x/\nS: 220 email.com/", "unlisted"},
		"550 to RSET":                  {begin + "C: RSET/\nS: 550 no/", "unlisted"},
		"250 to QUIT":                  {begin + "C: QUIT/\nS: 250 email.com bye/", "unlisted"},
		"500 to no word at all":        {begin + "C: /...//\nS: 500 what?/500 what?/500 what?/", ""},
		"250 to what nobody knows":     {begin + "C: XYZZY/\nS: 250 OK/", "unlisted"},
		"501 to the end of the data":   {mail + "C: DATA/\nS: 354 go on/\nC: ./\nS: 501 what?/", "unlisted"},
		"354 without a recipient":      {begin + "C: MAIL FROM:<>/DATA/\nS: 250 OK/354 go on/", ""},
		"MAIL before EHLO":             {"S: 220 email.com hi/\nC: MAIL FROM:<>/\nS: 250 OK/", "out of order"},
		"MAIL twice":                   {begin + "C: MAIL FROM:<>/MAIL FROM:<>/\nS: 250 OK/250 OK/", "out of order"},
		"RCPT before MAIL":             {begin + "C: RCPT TO:<b@email.com>/\nS: 250 OK/", "out of order"},
		"DATA before MAIL":             {begin + "C: DATA/\nS: 354 go on/", "out of order"},
		"AUTH within a mail":           {mail + "C: AUTH PLAIN x/\nS: 235 OK/", "out of order"},
		"out of order and refused":     {begin + "C: RCPT TO:<b@email.com>/\nS: 503 MAIL first/", ""},
		"a change of mind":             {"S: 554 no mail here/\nC: EHLO x/\nS: 250 email.com/", "turned away"},
		"after the goodbye":            {begin + "C: QUIT/\nS: 221 email.com bye/\nC: NOOP/\nS: 250 OK/", "after the end"},
		"no goodbye":                   {begin + "S: FIN", "hangup"},
		"a broken connection":          {begin + "C: NOOP/\nS: RST", "hangup"},
		"several at once":              {"S: 250 \a" + strings.Repeat("x", 600) + "/", "too long, bad text, no greeting"},
	} {
		if got := strings.Join(judged(t, test.script), ", "); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// What is still to be answered comes in order: commands, responses, and the end of a message wherever segments tear it.
func TestAsked(t *testing.T) {
	w := &wire{}
	d := dissect.NewSMTP(w, nil)
	var j smtp.Judge
	seen := uint64(0)
	open := func() (verbs []string) {
		for e := range w.log.After(seen) {
			j.Event(&e)
			seen = e.Seq
		}
		for _, a := range j.Asked() {
			verbs = append(verbs, a.Verb)
		}
		return verbs
	}
	for _, step := range []struct{ client, server, want string }{
		{"", "220 x\r\n", ""},
		{"EHLO x\r\nNOOP\r\n", "", "EHLO NOOP"},
		{"", "250 x\r\n", "NOOP"},
		{"AUTH LOGIN\r\n", "250 OK\r\n", "AUTH"},
		{"", "334 \r\n", ""},
		{"eA==\r\n", "", "AUTH"},
		{"", "235 OK\r\n", ""},
		{"MAIL FROM:<>\r\nRCPT TO:<a@x>\r\nDATA\r\n", "250 OK\r\n", "RCPT DATA"},
		{"", "250 OK\r\n354 go\r\n", ""},
		{"Subject: x\r\n\r", "", ""},
		{"\n.", "", ""},
		{"\r\n", "", "EOD"},
		{"what?\r\n", "", "EOD "},
		{"", "250 OK\r\n500 what?\r\n", ""},
		{"MAIL FROM:<>\r\nRCPT TO:<a@x>\r\nDATA\r\n", "250 OK\r\n250 OK\r\n354 go\r\n", ""},
		{".\r\n", "", "EOD"},
		{"", "250 OK\r\n", ""},
	} {
		if step.client != "" {
			d.Client([]byte(step.client))
		}
		if step.server != "" {
			d.Server([]byte(step.server))
		}
		if got := strings.Join(open(), " "); got != step.want {
			t.Errorf("after %q and %q: %q is open, want %q", step.client, step.server, got, step.want)
		}
	}
}

// The answers that are offered are legal, each verb has one that grants it, and none is there twice.
func TestAnswers(t *testing.T) {
	verbs := []string{"", smtp.EHLO, smtp.HELO, smtp.MAIL, smtp.RCPT, smtp.DATA, smtp.EOD, smtp.BDAT, smtp.RSET, smtp.NOOP, smtp.QUIT,
		smtp.VRFY, smtp.EXPN, smtp.HELP, smtp.STARTTLS, smtp.AUTH, smtp.ETRN}
	for _, verb := range verbs {
		seen := map[int]bool{}
		granted := false
		for _, a := range smtp.Answers(verb) {
			if seen[a.Code] || !smtp.Legal(verb, a.Code) || a.Text == "" && a.Code != 334 {
				t.Errorf("%s: %+v", verb, a)
			}
			seen[a.Code] = true
			granted = granted || a.Code < 400
		}
		if !granted || !smtp.Legal(verb, 421) || smtp.Legal(verb, 299) {
			t.Errorf("%s: %v", verb, smtp.Answers(verb))
		}
	}
	if codes := smtp.Answers("XYZZY"); len(codes) != 2 || codes[0].Code != 500 {
		t.Errorf("of an unknown command: %v", codes)
	}
	if names := smtp.Breaches(); len(names) != 20 || slices.ContainsFunc(names, func(b smtp.Breach) bool { return b.String() == "" }) {
		t.Errorf("%v", names)
	}
}
