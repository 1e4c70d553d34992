package smtpclient

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"smtplab/sim/smtp"
)

const everything = "250-email.com\n250-PIPELINING\n250-SIZE\n250-8BITMIME\n250-SMTPUTF8\n250-DSN\n250-CHUNKING\n250-BINARYMIME\n250 ENHANCEDSTATUSCODES"

func TestInternationalizedAddresses(t *testing.T) {
	jörg := smtp.Path{Local: "jörg", Domain: "dömäne.example"}
	ascii := path("pc2@email.com")
	const inHeader = "From: jörg@dömäne.example\r\n\r\nhi\r\n"
	for _, c := range []struct {
		name     string
		mail     Mail
		without  smtp.Extensions
		wantMail string
		why      string
	}{
		{"sender", Mail{From: jörg, To: []smtp.Path{ascii}}, 0, "MAIL FROM:" + jörg.String() + " SIZE=0 SMTPUTF8", ""},
		{"recipient", Mail{From: ascii, To: []smtp.Path{ascii, jörg}}, 0, "MAIL FROM:<pc2@email.com> SIZE=0 SMTPUTF8", ""},
		{"header", Mail{To: []smtp.Path{ascii}, Content: []byte(inHeader)}, 0, "MAIL FROM:<> SIZE=36 BODY=8BITMIME SMTPUTF8", ""},
		{"body only", Mail{To: []smtp.Path{ascii}, Content: []byte("From: x\r\n\r\njörg\r\n")}, 0, "MAIL FROM:<> SIZE=18 BODY=8BITMIME", ""},
		{"nothing", Mail{To: []smtp.Path{ascii}, Content: []byte("From: x\r\n\r\n")}, 0, "MAIL FROM:<> SIZE=11", ""},
		{"not offered", Mail{To: []smtp.Path{jörg}}, smtp.WithSMTPUTF8, "", "does not take internationalized addresses"},
		{"not offered, header", Mail{To: []smtp.Path{ascii}, Content: []byte(inHeader)}, smtp.WithSMTPUTF8, "", "does not take internationalized addresses"},
		{"no 8BITMIME", Mail{To: []smtp.Path{jörg}}, smtp.With8BitMIME, "", "it does not offer 8BITMIME"},
		{"not needed", Mail{To: []smtp.Path{ascii}}, smtp.WithSMTPUTF8, "MAIL FROM:<> SIZE=0", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := converseAs(t, &Config{Hello: "pc1", Without: c.without}, server().with("EHLO", everything), c.mail, nil)
			said := strings.Join(k.bursts, "")
			if c.why != "" {
				if r := k.c.Result(); r.Err == nil || !strings.Contains(r.Err.Error(), c.why) || said != "EHLO pc1\r\nQUIT\r\n" {
					t.Errorf("%s after %q", summary(r), said)
				}
				return
			}
			if !strings.Contains(said, c.wantMail+"\r\n") || k.data != string(c.mail.Content)+".\r\n" {
				t.Errorf("said %q, want %q", said, c.wantMail)
			}
		})
	}
}

func TestChunking(t *testing.T) {
	cfg := &Config{Hello: "pc1", Chunking: true, Chunk: 10}
	for _, c := range []struct {
		name    string
		s       script
		content string
		bursts  []string
		want    string
	}{
		{"in one group", server().with("EHLO", everything), hello, []string{
			"EHLO pc1\r\n",
			"MAIL FROM:<pc1@email.com> SIZE=22\r\nRCPT TO:<pc2@email.com>\r\nBDAT 10\r\nSubject: hBDAT 10\r\ni\r\n\r\nHelloBDAT 2 LAST\r\n\r\n",
			"QUIT\r\n",
		}, "accepted at EOD"},
		{"one at a time", server().with("EHLO", "250-email.com\n250 CHUNKING"), hello, []string{
			"EHLO pc1\r\n", "MAIL FROM:<pc1@email.com>\r\n", "RCPT TO:<pc2@email.com>\r\n",
			"BDAT 10\r\nSubject: h", "BDAT 10\r\ni\r\n\r\nHello", "BDAT 2 LAST\r\n\r\n", "QUIT\r\n",
		}, "accepted at EOD"},
		{"dots and a last line without its end", server().with("EHLO", "250-email.com\n250 CHUNKING"), ".\r\n.", []string{
			"EHLO pc1\r\n", "MAIL FROM:<pc1@email.com>\r\n", "RCPT TO:<pc2@email.com>\r\n", "BDAT 6 LAST\r\n.\r\n.\r\n", "QUIT\r\n",
		}, "accepted at EOD"},
		{"empty", server().with("EHLO", "250-email.com\n250 CHUNKING"), "", []string{
			"EHLO pc1\r\n", "MAIL FROM:<pc1@email.com>\r\n", "RCPT TO:<pc2@email.com>\r\n", "BDAT 0 LAST\r\n", "QUIT\r\n",
		}, "accepted at EOD"},
		{"not offered", server(), "x\r\n", []string{
			"EHLO pc1\r\n", "MAIL FROM:<pc1@email.com> SIZE=3\r\n", "RCPT TO:<pc2@email.com>\r\n", "DATA\r\n", "x\r\n.\r\n", "QUIT\r\n",
		}, "accepted at EOD"},
		{"nobody accepted", server().with("EHLO", "250-email.com\n250 CHUNKING").with("RCPT", "550 no"), hello, []string{
			"EHLO pc1\r\n", "MAIL FROM:<pc1@email.com>\r\n", "RCPT TO:<pc2@email.com>\r\n", "QUIT\r\n",
		}, "failed at RCPT: The server refused every recipient. It said: 550 no"},
		{"a chunk refused", server().with("EHLO", "250-email.com\n250 CHUNKING").with("BDAT", "552 5.3.4 too big"), hello, []string{
			"EHLO pc1\r\n", "MAIL FROM:<pc1@email.com>\r\n", "RCPT TO:<pc2@email.com>\r\n", "BDAT 10\r\nSubject: h", "QUIT\r\n",
		}, "final 552 5.3.4 too big, failed at BDAT: The server did not take the message. It said: 552 5.3.4 too big"},
		{"the last refused", server().with("EHLO", "250-email.com\n250 CHUNKING").with(".", "554 spam"), hello, []string{
			"EHLO pc1\r\n", "MAIL FROM:<pc1@email.com>\r\n", "RCPT TO:<pc2@email.com>\r\n",
			"BDAT 10\r\nSubject: h", "BDAT 10\r\ni\r\n\r\nHello", "BDAT 2 LAST\r\n\r\n", "QUIT\r\n",
		}, "final 554 spam, failed at EOD: The server did not take the message. It said: 554 spam"},
		{"354", server().with("EHLO", "250-email.com\n250 CHUNKING").with("BDAT", "354 go"), hello, []string{
			"EHLO pc1\r\n", "MAIL FROM:<pc1@email.com>\r\n", "RCPT TO:<pc2@email.com>\r\n", "BDAT 10\r\nSubject: h",
		}, "does not fit the command BDAT. It said: 354 go"},
		{"421", server().with("EHLO", "250-email.com\n250 CHUNKING").with("BDAT", "421 bye"), hello, []string{
			"EHLO pc1\r\n", "MAIL FROM:<pc1@email.com>\r\n", "RCPT TO:<pc2@email.com>\r\n", "BDAT 10\r\nSubject: h",
		}, "failed at BDAT: The server ended the conversation. It said: 421 bye"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := converseAs(t, cfg, c.s, mailTo(c.content, "pc2@email.com"), nil)
			if got := summary(k.c.Result()); !strings.HasSuffix(got, c.want) || !slices.Equal(k.bursts, c.bursts) {
				t.Errorf("%s\nwant …%s\nsaid %q\nwant %q", got, c.want, k.bursts, c.bursts)
			}
		})
	}
	// In groups the refusal comes after more was said; the answers to it are awaited and change nothing.
	k := converseAs(t, cfg, server().with("EHLO", everything).with("BDAT", "552 too big").with(".", "503 no"), mailTo(hello, "pc2@email.com"), nil)
	if got := summary(k.c.Result()); !strings.HasSuffix(got, "final 552 too big, failed at BDAT: The server did not take the message. It said: 552 too big") {
		t.Error(got)
	}
	big := strings.Repeat("a line of text\r\n", 1<<16)
	k = converseAs(t, &Config{Hello: "pc1", Chunking: true}, server().with("EHLO", everything), mailTo(big, "pc2@email.com"), nil)
	if k.data != big || strings.Count(strings.Join(k.bursts, ""), "BDAT 16384\r\n") != 63 {
		t.Errorf("%d octets came in chunks of another size", len(k.data))
	}
	// A server that refuses the first of many chunks is not sent the others: RFC 3030 §2.
	c, err := New(&Config{Hello: "pc1", Chunking: true, Chunk: 100000}, mailTo(big, "pc2@email.com"))
	if err != nil {
		t.Fatal(err)
	}
	sent := 0
	for _, replies := range []string{"220 hi\r\n", "250-hi\r\n250-PIPELINING\r\n250 CHUNKING\r\n", "250 ok\r\n250 ok\r\n", "552 too big\r\n"} {
		c.Receive([]byte(replies))
		if strings.HasPrefix(replies, "250 ok") {
			sent += len(c.Output()) // not all of the first
			continue
		}
		for out := c.Output(); out != nil; out = c.Output() {
			if replies[:3] == "552" {
				sent += len(out)
			}
			if replies[:3] == "250" {
				break
			}
		}
	}
	if sent > 110000 || !strings.Contains(summary(c.Result()), "552 too big") || c.Expects() != smtp.QUIT {
		t.Errorf("%d octets were sent: %s", sent, summary(c.Result()))
	}
}

func TestBinary(t *testing.T) {
	const content = "MIME-Version: 1.0\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\n\x00\n\r\xff."
	const encoded = "MIME-Version: 1.0\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAoN/y4=\r\n"
	for _, c := range []struct {
		name      string
		without   smtp.Extensions
		content   string
		wantMail  string
		data      string
		converted string
	}{
		{"as it is", 0, content, "SIZE=86 BODY=BINARYMIME", content, ""},
		{"not CHUNKING", smtp.WithChunking, content, "SIZE=91", encoded + ".\r\n", "BINARYMIME"},
		{"not BINARYMIME", smtp.WithBinaryMIME, content, "SIZE=91", encoded + ".\r\n", "BINARYMIME"},
		{"no 8BITMIME either", smtp.WithBinaryMIME | smtp.With8BitMIME, content, "SIZE=91", encoded + ".\r\n", "BINARYMIME"},
		{"not binary after all", 0, hello, "SIZE=22", hello + ".\r\n", ""},
		{"8-bit after all", 0, "S: x\r\n\r\nü\r\n", "SIZE=12 BODY=8BITMIME", "S: x\r\n\r\nü\r\n.\r\n", ""},
		{"long lines", 0, "S: x\r\n\r\n" + strings.Repeat("x", 2000), "SIZE=2008 BODY=BINARYMIME", "S: x\r\n\r\n" + strings.Repeat("x", 2000), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := mailTo(c.content, "pc2@email.com")
			m.Binary = true
			k := converseAs(t, &Config{Hello: "pc1", Without: c.without}, server().with("EHLO", everything), m, nil)
			said := strings.Join(k.bursts, "")
			if r := k.c.Result(); !strings.Contains(said, "MAIL FROM:<pc1@email.com> "+c.wantMail+"\r\n") || k.data != c.data || r.Converted != c.converted || r.Outcome() != Accepted {
				t.Errorf("%s, converted for %q: said %q", summary(r), r.Converted, said)
			}
		})
	}
	m := mailTo("\x00", "pc2@email.com")
	m.Binary = true
	k := converseAs(t, config, server(), m, nil)
	if r := k.c.Result(); r.Err == nil || !strings.Contains(r.Err.Error(), "does not offer BINARYMIME, and the message cannot be written in others") {
		t.Error(summary(r))
	}
}

func TestDSN(t *testing.T) {
	m := mailTo(hello, "pc2@email.com", "pc3@email.com", "pc4@email.com")
	m.DSN = &DSN{Return: smtp.ReturnHeaders, Envelope: "a+b=c d", Rcpt: []RecipientDSN{
		{Notify: smtp.NotifySuccess | smtp.NotifyFailure | smtp.NotifyDelay, Original: smtp.Path{Local: "a+b", Domain: "email.com"}},
		{Notify: smtp.NotifyNever, Original: smtp.Path{Local: "jö+rg", Domain: "email.com"}},
	}}
	k := converseAs(t, config, server().with("EHLO", "250-email.com\n250 DSN"), m, nil)
	want := []string{
		"MAIL FROM:<pc1@email.com> RET=HDRS ENVID=a+2Bb+3Dc+20d\r\n",
		"RCPT TO:<pc2@email.com> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;a+2Bb@email.com\r\n",
		`RCPT TO:<pc3@email.com> NOTIFY=NEVER ORCPT=utf-8;j\x{F6}\x{2B}rg@email.com` + "\r\n",
		"RCPT TO:<pc4@email.com>\r\n",
	}
	got := slices.Clone(k.bursts[1:5])
	got[2] = strings.ReplaceAll(got[2], `"`, "") // a local part may be quoted
	if !slices.Equal(got, want) {
		t.Errorf("said %q\nwant %q", got, want)
	}
	k = converseAs(t, config, server(), m, nil)
	if said := strings.Join(k.bursts, ""); strings.Contains(said, "RET=") || strings.Contains(said, "NOTIFY=") || strings.Contains(said, "ORCPT=") {
		t.Errorf("not offered, and said %q", said)
	}
	for i, bad := range []DSN{
		{Return: 7},
		{Envelope: "a\r\nQUIT"},
		{Envelope: "ü"},
		{Envelope: strings.Repeat("+", 34)},
		{Rcpt: make([]RecipientDSN, 4)},
		{Rcpt: []RecipientDSN{{Notify: smtp.NotifyNever | smtp.NotifyDelay}}},
		{Rcpt: []RecipientDSN{{Notify: 16}}},
		{Rcpt: []RecipientDSN{{Original: smtp.Path{Local: "a\n", Domain: "b"}}}},
		{Rcpt: []RecipientDSN{{Original: smtp.Path{Local: "a", Domain: strings.Repeat("=", 200)}}}},
	} {
		m.DSN = &bad
		if _, err := New(config, m); !errors.Is(err, ErrDSN) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// limited is a server that takes so many recipients in a transaction, and so many transactions.
func limited(t *testing.T, s script, m Mail, recipients, mails int, refusal string) *talk {
	t.Helper()
	inMail, begun := 0, 0
	return converseAs(t, config, s, m, func(k *talk) {
		k.auth = func(line string) string {
			switch verb, _ := smtp.ParseCommand([]byte(line)); verb {
			case smtp.MAIL:
				inMail = 0
				if begun++; begun > mails {
					return "503 no more"
				}
			case smtp.RCPT:
				if inMail++; inMail > recipients {
					return refusal
				}
			}
			return ""
		}
	})
}

// Recipients that are too many go in further transactions: RFC 5321 §4.5.3.1.10 and RFC 9422.
func TestTooManyRecipients(t *testing.T) {
	addresses := make([]string, 7)
	for i := range addresses {
		addresses[i] = fmt.Sprintf("pc%d@email.com", i)
	}
	m := mailTo(hello, addresses...)
	limits := func(extra, value string) script {
		return server().with("EHLO", "250-email.com\n"+extra+"250 LIMITS "+value)
	}
	const pipelining = "250-PIPELINING\n"
	for _, c := range []struct {
		name    string
		s       script
		mails   int // that the server takes
		refusal string
		want    string // verbs
		outcome Outcome
		left    string
	}{
		{"told before", limits("", "RCPTMAX=3"), 9, "", "EHLO MAIL RCPT*3 DATA MAIL RCPT*3 DATA MAIL RCPT*1 DATA QUIT", Accepted, ""},
		{"told before, in groups", limits(pipelining, "MAILMAX=3 RCPTMAX=3"), 9, "", "EHLO MAIL RCPT*3 DATA MAIL RCPT*3 DATA MAIL RCPT*1 DATA QUIT", Accepted, ""},
		{"refused", server(), 9, "452 4.5.3 too many", "EHLO MAIL RCPT*4 DATA MAIL RCPT*4 DATA MAIL RCPT*1 DATA QUIT", Accepted, ""},
		{"refused, in groups", server().pipelining(), 9, "452 too many", "EHLO MAIL RCPT*7 DATA MAIL RCPT*4 DATA MAIL RCPT*1 DATA QUIT", Accepted, ""},
		{"refused, as of old", server().pipelining(), 9, "552 too many", "EHLO MAIL RCPT*7 DATA MAIL RCPT*4 DATA MAIL RCPT*1 DATA QUIT", Accepted, ""},
		{"full for another reason", server(), 9, "452 4.2.2 mailbox full", "EHLO MAIL RCPT*7 DATA QUIT", Partly, ""},
		{"no more mails", limits("", "RCPTMAX=3 MAILMAX=2"), 2, "", "EHLO MAIL RCPT*3 DATA MAIL RCPT*3 DATA QUIT", Partly, "no further mail in one conversation"},
		{"no more mails, untold", server(), 1, "452 4.5.3 too many", "EHLO MAIL RCPT*4 DATA MAIL QUIT", Partly, "did not accept the sender. It said: 503 no more"},
		{"odd limits", limits(pipelining, "RCPTMAX=0 MAILMAX=x RCPTMAX= RCPTMAX=1234567 RCPTMAX=-1 OTHER=1 MAILMAX"), 1, "", "EHLO MAIL RCPT*7 DATA QUIT", Partly, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			recipients := 3
			if c.refusal == "" {
				c.refusal = "550 more than was told"
			}
			k := limited(t, c.s, m, recipients, c.mails, c.refusal)
			r := k.c.Result()
			if got := shortVerbs(k.bursts); got != c.want {
				t.Errorf("said %s\nwant %s", got, c.want)
			}
			if r.Outcome() != c.outcome || r.Err != nil {
				t.Error(summary(r))
			}
			if (r.Left == nil) != (c.left == "") || r.Left != nil && !strings.Contains(r.Left.Error(), c.left) {
				t.Errorf("left because of %v, want …%s…", r.Left, c.left)
			}
			for i, to := range r.Recipients {
				if to.Taken() != (c.outcome == Accepted || i < 3*min(c.mails, 2) && (i < 3 || c.left != "")) {
					t.Errorf("recipient %d: %+v", i, to)
				}
			}
		})
	}
}

// shortVerbs is the verbs of all commands; those of RCPT are counted.
func shortVerbs(bursts []string) string {
	var words []string
	rcpts := 0
	for line := range strings.Lines(strings.Join(bursts, "")) {
		verb, _ := smtp.ParseCommand([]byte(line))
		switch verb {
		case smtp.RCPT:
			rcpts++
			continue
		case smtp.EHLO, smtp.MAIL, smtp.RSET, smtp.DATA, smtp.QUIT:
		default:
			continue
		}
		if rcpts > 0 {
			words, rcpts = append(words, fmt.Sprintf("RCPT*%d", rcpts)), 0
		}
		words = append(words, verb)
	}
	return strings.Join(words, " ")
}

// A transaction in which nobody was accepted is cleared before the next, which needs MAIL anew: RFC 5321 §4.1.1.5.
func TestTransactionsThatFail(t *testing.T) {
	m := mailTo(hello, "a@email.com", "b@email.com", "c@email.com")
	for _, c := range []struct {
		name string
		s    script
		want string
		sum  string
	}{
		{"first", server().with("EHLO", "250-email.com\n250 LIMITS RCPTMAX=1").with("RCPT TO:<a@email.com>", "550 no"),
			"EHLO MAIL RCPT*1 RSET MAIL RCPT*1 DATA MAIL RCPT*1 DATA QUIT", "accepted for some at EOD"},
		{"first, in groups", server().with("EHLO", "250-email.com\n250-PIPELINING\n250 LIMITS RCPTMAX=1").with("RCPT TO:<a@email.com>", "550 no").with("DATA", "354 go"),
			"EHLO MAIL RCPT*1 DATA MAIL RCPT*1 DATA MAIL RCPT*1 DATA QUIT", "accepted for some at EOD"},
		{"last", server().with("EHLO", "250-email.com\n250 LIMITS RCPTMAX=1").with("RCPT TO:<c@email.com>", "550 no"),
			"EHLO MAIL RCPT*1 DATA MAIL RCPT*1 DATA MAIL RCPT*1 QUIT", "accepted for some at EOD"},
		{"all", server().with("EHLO", "250-email.com\n250 LIMITS RCPTMAX=1").with("RCPT", "550 no"),
			"EHLO MAIL RCPT*1 RSET MAIL RCPT*1 RSET MAIL RCPT*1 QUIT", "failed at RCPT: The server refused every recipient. It said: 550 no"},
		{"RSET refused", server().with("EHLO", "250-email.com\n250 LIMITS RCPTMAX=1").with("RCPT", "550 no").with("RSET", "502 what?"),
			"EHLO MAIL RCPT*1 RSET QUIT", "failed at RSET: The server did not want to begin anew. It said: 502 what?"},
		{"message refused", server().with("EHLO", "250-email.com\n250 LIMITS RCPTMAX=1").with(".", "554 spam"),
			"EHLO MAIL RCPT*1 DATA QUIT", "failed at EOD: The server did not take the message. It said: 554 spam"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := converseAs(t, config, c.s, m, nil)
			if got := shortVerbs(k.bursts); got != c.want {
				t.Errorf("said %s\nwant %s", got, c.want)
			}
			if got := summary(k.c.Result()); !strings.HasSuffix(got, c.sum) {
				t.Errorf("%s, want …%s", got, c.sum)
			}
		})
	}
	// What was accepted before the connection is lost stays accepted.
	for cut := range 15 {
		k := converseAs(t, config, server().with("EHLO", "250-email.com\n250 LIMITS RCPTMAX=1"), m, func(k *talk) { k.cut = cut })
		r := k.c.Result()
		want := Partly
		switch {
		case cut < 6:
			want = Failed
		case cut == 14:
			want = Accepted
		}
		if r.Outcome() != want || (r.Err != nil) != (want == Failed) || (r.Left != nil) != (want == Partly) {
			t.Errorf("lost at answer %d: %s, left %v", cut, summary(r), r.Left)
		}
	}
}

// What the client waits for, and for how long, where extensions are used: RFC 5321 §4.5.3.2.
func TestExpectationsOfExtensions(t *testing.T) {
	cfg := &Config{Hello: "pc1", TLS: TLSIfOffered, Login: login("secret", "CRAM-MD5"), Chunking: true, Chunk: 20}
	c, err := New(cfg, mailTo(hello, "pc2@email.com"))
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		expects, next string
		patience      time.Duration
		answer        string
	}{
		{"", "EHLO", DefaultTimeouts.Greeting, "220 hi"},
		{"EHLO", "STARTTLS", DefaultTimeouts.Command, "250-hi\r\n250 STARTTLS"},
		{"STARTTLS", "EHLO", DefaultTimeouts.Command, "220 go"},
		{"STARTTLS", "EHLO", DefaultTimeouts.Command, ""},
		{"EHLO", "AUTH", DefaultTimeouts.Command, "250-hi\r\n250-CHUNKING\r\n250 AUTH CRAM-MD5"},
		{"AUTH", "", DefaultTimeouts.Command, "334 PDE+"},
		{"AUTH", "", DefaultTimeouts.Command, "235 welcome"},
		{"MAIL", "RCPT", DefaultTimeouts.Command, "250 ok"},
		{"RCPT", "BDAT", DefaultTimeouts.Command, "250 ok"},
		{"BDAT", "BDAT", DefaultTimeouts.Block, "250 ok"},
		{"EOD", "QUIT", DefaultTimeouts.End, "250 ok"},
		{"QUIT", "", DefaultTimeouts.Command, "221 bye"},
	} {
		for c.Output() != nil {
		}
		if c.Expects() != step.expects || c.Next() != step.next || c.Patience() != step.patience {
			t.Errorf("expects %q, next %q, for %v; want %q, %q, %v", c.Expects(), c.Next(), c.Patience(), step.expects, step.next, step.patience)
		}
		if step.answer == "" {
			c.StartsTLS()
			c.Secured(nil)
			continue
		}
		c.Receive([]byte(step.answer + "\r\n"))
	}
	if r := c.Result(); r.Outcome() != Accepted || !r.Done || !r.Secure {
		t.Error(summary(r))
	}
}
