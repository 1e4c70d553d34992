package exercise

import (
	"errors"
	"strings"
	"testing"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
)

// What is wrong with a dialogue is told with its line, counted in the clause from 0.
func TestDialogueFails(t *testing.T) {
	for text, want := range map[string]struct {
		line int
		says string
	}{
		"dialogue":                                                {0, "needs lines below it"},
		"dialogue from":                                           {0, "“from” is not understood"},
		"dialogue with pc1\nEOD -> 250":                           {0, "a dialogue is “from HOST”, “to PORT”"},
		"dialogue to 0\nEOD -> 250":                               {0, "“0” is no port"},
		"dialogue to server:70000\nEOD -> 250":                    {0, "“70000” is no port"},
		"dialogue in French\nEOD -> 250":                          {0, "a dialogue is “from HOST”, “to PORT”"},
		"dialogue\nEOD -> 250\nnever":                             {2, "“never” is no command"},
		"dialogue\nnever EOD":                                     {0, "needs lines below it"},
		"dialogue\nEOD -> 250 # all is well\nmail -> 250":         {2, "“mail” is no command: commands are written in capitals"},
		"dialogue\n\nEOD ->":                                      {2, "“” is no reply: write 250, 5yz, !250"},
		"dialogue\nEOD -> 999":                                    {1, "“999” is no reply"},
		"dialogue\nEOD -> 2xx":                                    {1, "“2xx” is no reply"},
		"dialogue\nEOD -> 250 or 251":                             {1, "“250 or 251” is no reply"},
		"dialogue\n-> 250":                                        {1, "say before “->” what is said"},
		"dialogue\nTLS -> 220":                                    {1, "“TLS” is not answered"},
		"dialogue\nclose -> 221":                                  {1, "“close” is not answered"},
		"dialogue\nEOD dot -> 250":                                {1, "EOD is the end of the message, and nothing can stand behind it"},
		"dialogue\nEHLO|HELO pc1 -> 250":                          {1, "“EHLO|HELO” are several commands, and nothing can stand behind them"},
		"dialogue\nline \"a":                                      {1, "is no text in quotation marks"},
		"dialogue\nmessage has":                                   {1, "no command"},
		"dialogue\nmessage has \"\"":                              {1, "behind “has” stands a text"},
		"dialogue\nand EOD -> 250":                                {1, "“and” goes on with the line above, and there is none"},
		"dialogue\nNOOP\none transaction":                         {0, "“one transaction” is about what belongs to a mail"},
		"dialogue\nEOD -> 250\noctets few":                        {2, "“few” is no number"},
		"dialogue\nEOD -> 250\noctets at least":                   {2, "say how many"},
		"dialogue\nNOOP" + strings.Repeat("\nand NOOP", maxGroup): {maxGroup + 1, "at most 32 things can be said in any order"},
	} {
		_, err := parseClause(text)
		if m, ok := errors.AsType[*mistake](err); !ok || m.line != want.line || !strings.Contains(m.text, want.says) {
			t.Errorf("%q: %v in line %+v", text, err, m)
		}
	}
}

const (
	connect  = "pc1 connects 25\npc1 types EHLO pc1\n"
	envelope = "pc1 types MAIL FROM:<pc1@email.com>\npc1 types RCPT TO:<pc2@email.com>\n"
	letter   = "pc1 types DATA\npc1 types Subject: x\npc1 types\npc1 types Hello\npc1 types .\n"
)

// Each kind of line finds what it is about, and nothing else.
func TestDialogue(t *testing.T) {
	for _, c := range []struct {
		needs, script string
		met           bool
	}{
		{"EHLO -> 250\nMAIL -> 250\nRCPT -> 250\nDATA -> 354\nEOD -> 250\nQUIT -> 221\nclose", connect + envelope + letter + "pc1 types QUIT", true},
		{"greeting -> 220\nEHLO|HELO -> 250", connect, true},
		{"greeting -> 220\nEHLO|HELO -> 250", "pc1 connects 25\npc1 types HELO pc1", true},
		{"EHLO -> 250\ngreeting -> 220", connect, false}, // the order counts
		{"RCPT -> 250\nMAIL -> 250", connect + envelope, false},
		{"MAIL -> 250\nEOD -> 250", connect + envelope + letter, true}, // others may come between
		{"EHLO\nclose", connect + "pc1 resets", true},
		{"EHLO\nclose", connect, false},
		{"MAIL FROM:<PC1@EMAIL.COM> -> 250", connect + envelope, true},
		{"MAIL FROM:<pc1@email.com> -> 250", connect + "pc1 types mail from:<pc1@email.com> BODY=8BITMIME", true},
		{"MAIL FROM:<pc1@email.com> -> 250", connect + "pc1 types MAIL FROM:<pc1@email.com.net>", false},
		{"MAIL FROM:<*@email.com> -> 250", connect + envelope, true},
		{"MAIL FROM:<*@email.com> -> 250", connect + "pc1 types MAIL FROM:<pc1@email.com> SIZE=5", true},
		{"MAIL FROM:<*@example.net> -> 250", connect + envelope, false},
		{"MAIL * SIZE=* -> 250", connect + "pc1 types MAIL FROM:<pc1@email.com> SIZE=5 BODY=7BIT", true},
		{"MAIL FROM:<{word}@email.com> -> 250", connect + "pc1 types MAIL FROM:<{word}@email.com>", true},
		{"{word} -> 500", connect + "pc1 types {word} please", true},
		{"RSET -> 500", connect + "pc1 types {word}", false},
		{"* -> 500", connect + "pc1 types {word} please", true},
		{"* -> 500", connect + "pc1 types NOOP", false},
		{"DATA -> 354\n* -> 250", connect + envelope + letter, false}, // the dot is no command
		{"RCPT -> 5yz", connect + "pc1 types RCPT TO:<pc2@email.com>", true},
		{"RCPT -> 4yz", connect + "pc1 types RCPT TO:<pc2@email.com>", false},
		{"RCPT -> !250", connect + "pc1 types RCPT TO:<pc2@email.com>", true},
		{"RCPT -> !503", connect + "pc1 types RCPT TO:<pc2@email.com>", false},
		{"RCPT -> 250|503", connect + "pc1 types RCPT TO:<pc2@email.com>", true},
		{"RCPT -> 503 5.5.1", connect + "pc1 types RCPT TO:<pc2@email.com>", true},
		{"RCPT -> 503 5.1.1", connect + "pc1 types RCPT TO:<pc2@email.com>", false},
		{"RCPT", connect + "pc1 types RCPT TO:<pc2@email.com>", true}, // however it is answered
		{"RCPT -> 250\nand RCPT TO:<pc2@email.com> -> 250", connect + envelope + "pc1 types RCPT TO:<pc3@email.com>", true},
		{"RCPT TO:<pc2@email.com> -> 250\nand RCPT -> 250", connect + envelope + "pc1 types RCPT TO:<pc3@email.com>", true},
		{"RCPT -> 250\nand RCPT TO:<pc2@email.com> -> 250", connect + envelope, false},
		{"STARTTLS -> 220\nTLS", connect + "pc1 types STARTTLS\npc1 types hello, I am no TLS", false},
		{"TLS\nMAIL -> 250", "pc1 sets smtp_tls=required\n" + send, true},
		{"TLS", "pc1 sets smtp_tls=first smtp_port=465\n" + send, true},
		{"EHLO -> 250\nnever TLS", connect + "pc1 types STARTTLS\npc1 types hello, I am no TLS", true},
		{"EHLO -> 250\nnever MAIL", called + "pc1 types MAIL FROM:<pc1@email.com>", false}, // nobody answers it
		{"EHLO -> 250\nnever MAIL -> 250", called + "pc1 types MAIL FROM:<pc1@email.com>", true},
		{"USER -> +OK\nPASS -> -ERR", "pc1 connects 110\npc1 types USER pc1\npc1 types PASS wrong", true},
		{"USER -> +OK\nPASS -> +OK", "pc1 connects 110\npc1 types USER pc1\npc1 types PASS wrong", false},
		{"USER -> +OK\nPASS -> +OK\nround trips 4", "pc1 connects 110\npc1 types USER pc1\npc1 types PASS pc1", true},
	} {
		if v := verdictOn(t, "dialogue from pc1\n"+c.needs, c.script); v.Met != c.met || v.Met != (v.Text == "") {
			t.Errorf("%q after %q: %+v", c.needs, c.script, v)
		}
	}
}

// Which conversations are meant.
func TestDialogueOfWhom(t *testing.T) {
	for head, met := range map[string]bool{
		"":                               true,
		"from pc1":                       true,
		"from pc2":                       false,
		"to 25":                          true,
		"to server:25":                   true,
		"to server":                      true,
		"to 587":                         false,
		"by hand":                        true,
		"by program":                     false,
		"from pc1 to 25 by hand":         true,
		"from pc1 to 25 by hand in TLS":  false,
		"from pc1 to server:587 by hand": false,
	} {
		if v := verdictOn(t, "dialogue "+head+"\nEHLO -> 250", connect); v.Met != met {
			t.Errorf("%s: %+v", head, v)
		}
	}
}

// A student who is near learns what he said, what was answered and what is needed, in one sentence.
// called is a conversation with a person, up to the answer to EHLO.
const called = "server sets by_hand=true\npc1 connects 25\nserver answers 220 x\npc1 types EHLO pc1\nserver answers 250 x\n"

func TestDialogueSays(t *testing.T) {
	const whole = "dialogue from pc1 to 25 by hand\nEHLO|HELO -> 250\nMAIL FROM:<pc1@email.com> -> 250\nRCPT TO:<*@email.com> -> 250\nDATA -> 354\nEOD -> 250\nQUIT -> 221"
	for _, c := range []struct{ needs, script, says string }{
		{whole, "", "There was no conversation from PC-1 to port 25 typed by hand, in the Terminal, yet."},
		{whole, "pc3 connects 25", "There was no conversation from PC-1 to port 25 typed by hand, in the Terminal, yet. The one at event 7 came from PC-3."},
		{whole, "pc1 connects 587", "There was no conversation from PC-1 to port 25 typed by hand, in the Terminal, yet. The one at event 7 went to port 587."},
		{whole, send, "There was no conversation from PC-1 to port 25 typed by hand, in the Terminal, yet. The one at event 7 was the mail program’s."},
		{whole, "pc1 checks", "There was no conversation from PC-1 to port 25 typed by hand, in the Terminal, yet."},
		{whole, "pc3 sends to=pc2@email.com subject=x body=y", "There was no conversation from PC-1 to port 25 typed by hand, in the Terminal, yet."},
		{strings.Replace(whole, "hand", "program", 1), connect, "There was no conversation from PC-1 to port 25 by a mail program yet. The one at event 7 was typed by hand."},
		{"dialogue from pc1 to 587 by program\nEHLO", send, "There was no conversation from PC-1 to port 587 by a mail program yet. The one at event 7 went to port 25."},
		{"dialogue from pc1 to 587 by program\nEHLO", "pc1 checks", "There was no conversation from PC-1 to port 587 by a mail program yet."},
		{whole, "pc1 connects 25", "Still missing: “EHLO” or “HELO”, answered with 250."},
		{whole, connect, "Good up to event 11. Still missing: “MAIL FROM:<pc1@email.com>”, answered with 250."},
		{whole, connect + "pc1 types MAIL FROM:pc1@email.com", "“MAIL FROM:pc1@email.com” was answered with “501 5.1.7 Syntax error: the address must stand in angle brackets, as in <pc1@email.com>” (event 15). Needed is “MAIL FROM:<pc1@email.com>”, answered with 250."},
		{whole, connect + "pc1 types MAIL FROM:<pc2@email.com>", "“MAIL FROM:<pc2@email.com>” was answered with “250 2.1.0 Sender accepted” (event 15). Needed is “MAIL FROM:<pc1@email.com>”, answered with 250."},
		{whole, connect + "pc1 types MIAL FROM:<pc1@email.com>", "Still missing: “MAIL FROM:<pc1@email.com>”, answered with 250. The last refusal was “500 5.5.2 Unknown command; HELP lists the known ones” (event 15)."},
		{whole, connect + "pc1 types NOOP", "Good up to event 11. Still missing: “MAIL FROM:<pc1@email.com>”, answered with 250."},
		{whole, connect + "pc1 types MAIL FROM:<pc1@email.com>\npc1 types RCPT TO:<pc9@email.com>\npc1 types DATA", "“RCPT TO:<pc9@email.com>” was answered with “550 5.1.1 No such mailbox here” (event 19). Needed is 250."},
		{"dialogue\nMAIL -> 250\nmessage has \"\\n.\\r\\nx\"", connect + envelope, "Good up to event 15. Still missing: “<LF>.<CRLF>x” in the message."},
		{whole, connect + envelope + "pc1 types DATA\npc1 types Hello\npc1 types QUIT", "All that is sent now is the message. It ends with a line that has only a dot, with CRLF before and behind it."},
		{"dialogue\nMAIL -> 250\nQUIT -> 221", connect + envelope + "pc1 types DATA\npc1 types QUIT", "All that is sent now is the message, until a line that has only a dot, with CRLF before and behind it. Still missing then: “QUIT”, answered with 221."},
		{whole, connect + envelope + letter, "Good up to event 34. Still missing: “QUIT”, answered with 221."},
		{whole, connect + envelope + letter + "pc1 closes", "Good up to event 34. Still missing: “QUIT”, answered with 221. That conversation has ended (event 37): begin another one."},
		{whole, connect + envelope + "pc1 types DATA\npc1 says \"a\\nb\\r\\n.\\r\\n\"", "The dot that ends the message was answered with “554 5.6.0 Message refused: it holds an LF without a CR before it” (event 27). Needed is 250."},
		{"dialogue\nRCPT -> 4yz", connect + "pc1 types RCPT TO:<pc2@email.com>", "“RCPT TO:<pc2@email.com>” was answered with “503 5.5.1 Out of order: MAIL comes first” (event 15). Needed is a code from 400 to 499."},
		{"dialogue\nRCPT -> !503", connect + "pc1 types RCPT TO:<pc2@email.com>", "“RCPT TO:<pc2@email.com>” was answered with “503 5.5.1 Out of order: MAIL comes first” (event 15). Needed is anything but 503."},
		{"dialogue\nMAIL|RCPT|DATA -> 503 5.5.1", connect, "Still missing: “MAIL”, “RCPT” or “DATA”, answered with 503 5.5.1."},
		{"dialogue\nEHLO -> 250 has TELEPATHY lacks AUTH", connect, "“EHLO pc1” was answered with “250-email.com greets pc1” (event 11). Needed is 250 with “TELEPATHY” in it and without “AUTH”."},
		{"dialogue\nUSER -> -ERR|+OK\n* -> +OK\ngreeting -> 220\nTLS\nclose", "", "There was no conversation yet."},
		{"dialogue to server:110\nUSER -> -ERR", "pc1 connects 110", "Still missing: “USER”, answered with -ERR."},
		{"dialogue\nEHLO\nTLS", connect, "Good up to event 11. Still missing: TLS."},
		{"dialogue\nEHLO\nclose", connect, "Good up to event 11. Still missing: the end of the connection."},
		{"dialogue\nEHLO\ngreeting -> 220", connect, "Good up to event 11. Still missing: the greeting of the server, answered with 220."},
		{"dialogue\nEHLO\n* -> 500", connect, "Good up to event 11. Still missing: a command, answered with 500."},
		{"dialogue\nEHLO\nline \"..\"", connect, "Good up to event 11. Still missing: the line “..” in the message."},
		{"dialogue\nEHLO\nmessage has {word}", connect, "Good up to event 11. Still missing: “" + Word(verifySeed) + "” in the message."},
		{"dialogue\nEHLO\nnever NOOP", connect + "pc1 types NOOP", "“NOOP” may not come in this conversation, and it did (event 13). Begin another one."},
		{"dialogue\nEHLO\nnever NOOP -> 250", connect + "pc1 types NOOP", "“NOOP”, answered with 250, may not come in this conversation, and it did (event 15). Begin another one."},
		{"dialogue\nMAIL\nnever EOD", connect + envelope + letter, "The dot that ends the message may not come in this conversation, and it did (event 34). Begin another one."},
		{"dialogue\nMAIL\nnever line Hello", connect + envelope + letter, "The line “Hello” in the message may not come in this conversation, and it did (event 29). Begin another one."},
		{"dialogue\nEHLO -> 250\nround trips at most 1", connect, "All was said, but it took 3 round trips, and at most 1 is needed. Begin another conversation."},
		{"dialogue\nEHLO -> 250\ncommands ahead at least 4", connect, "All was said, but the client was 1 command ahead of the answers, and at least 4 is needed. Begin another conversation."},
		{"dialogue\nEOD -> 250\nearly octets 0", connect + `pc1 says "MAIL FROM:<pc1@email.com>\r\nRCPT TO:<pc2@email.com>\r\nDATA\r\nA: b\r\n.\r\n"`,
			"All was said, but 9 octets of the message left before the server had asked for it, and 0 is needed. Begin another conversation."},
		{"dialogue\nEOD -> 250\nmessage octets at least 500", connect + envelope + letter, "All was said, but the message had 24 octets, and at least 500 is needed. Begin another conversation."},
	} {
		if v := verdictOn(t, c.needs, c.script); v.Met || v.Text != c.says {
			t.Errorf("%q after %q:\n%s\nwant\n%s", c.needs, c.script, v.Text, c.says)
		}
	}
}

// The event that a verdict names is the one that met it, or that came closest.
func TestDialogueNamesTheEvent(t *testing.T) {
	for script, seq := range map[string]uint64{
		connect + "pc1 types NOOP":                 15,
		connect:                                    11,
		"pc1 connects 25":                          0,
		"pc3 connects 25":                          7,
		connect + "pc1 types NOOP x y":             15,
		connect + "pc1 types NOOP\npc1 types NOOP": 15,
		connect + "pc1 types {word}":               15,
		connect + "pc1 closes\npc1 connects 25\npc1 types EHLO again": 25,
	} {
		if v := verdictOn(t, "dialogue from pc1 by hand\nEHLO -> 250\nNOOP", script); v.Seq != seq {
			t.Errorf("%q: %+v, want event %d", script, v, seq)
		}
	}
}

// Of several conversations the one is told of that is going on, if something was done in it, else the one that had come
// furthest.
func TestDialogueToldOf(t *testing.T) {
	const needs = "dialogue\nEHLO -> 250\nMAIL -> 250\nRCPT -> 250\nEOD -> 250"
	for _, c := range []struct{ script, says string }{
		{connect + envelope + "pc1 closes\npc1 connects 25", "Good up to event 19. Still missing: the dot that ends the message, answered with 250. That conversation has ended"},
		{connect + envelope + "pc1 closes\n" + connect, "Good up to event 33. Still missing: “MAIL”, answered with 250."},
		{connect + envelope + "pc1 closes\n" + connect + "pc1 closes", "Good up to event 19. Still missing: the dot that ends the message, answered with 250. That conversation has ended"},
		{connect + "pc1 closes\n" + connect + "pc1 closes", "Good up to event 25. Still missing: “MAIL”, answered with 250. That conversation has ended (event 28)"},
		{connect + "pc2 connects 25\npc2 types EHLO pc2", "Good up to event 22. Still missing: “MAIL”, answered with 250."},
		{connect + envelope + "pc2 connects 25\npc2 types EHLO pc2", "Good up to event 19. Still missing: the dot that ends the message, answered with 250."},
	} {
		if v := verdictOn(t, needs, c.script); v.Met || !strings.HasPrefix(v.Text, c.says) {
			t.Errorf("%q:\n%s\nwant\n%s", c.script, v.Text, c.says)
		}
	}
}

// Lines that “and” joins may come in any order, each once, before those below.
func TestAnyOrder(t *testing.T) {
	const needs = "dialogue\nMAIL -> 250\nRCPT TO:<pc1@email.com> -> 250\nand RCPT TO:<pc2@email.com> -> 250\nand RCPT TO:<pc9@email.com> -> 550\nNOOP -> 250"
	rcpts := func(names ...string) string {
		script := connect + "pc1 types MAIL FROM:<>\n"
		for _, n := range names {
			script += "pc1 types RCPT TO:<" + n + "@email.com>\n"
		}
		return script + "pc1 types NOOP"
	}
	for _, c := range []struct {
		rcpts []string
		says  string // "" for met
	}{
		{[]string{"pc1", "pc2", "pc9"}, ""},
		{[]string{"pc9", "pc2", "pc1"}, ""},
		{[]string{"pc2", "pc3", "pc9", "pc1"}, ""},
		{[]string{"pc9", "pc1", "pc1"}, "“RCPT TO:<pc1@email.com>” was answered with “250 2.1.5 Recipient accepted” (event 27). Needed is “RCPT TO:<pc2@email.com>”"},
		{[]string{"pc2", "pc9"}, "Good up to event 23. Still missing: “RCPT TO:<pc1@email.com>”, answered with 250."},
		{[]string{"pc2", "pc1"}, "Good up to event 23. Still missing: “RCPT TO:<pc9@email.com>”, answered with 550."},
	} {
		if v := verdictOn(t, needs, rcpts(c.rcpts...)); v.Met != (c.says == "") || !strings.HasPrefix(v.Text, c.says) {
			t.Errorf("%v: %+v", c.rcpts, v)
		}
	}
	for text, met := range map[string]bool{`b\r\na\r\nc\r\n`: true, `a\r\nb\r\nc\r\n`: true, `a\r\nc\r\nb\r\n`: false, `c\r\na\r\nb\r\n`: false, `ab\r\nb\r\nc\r\n`: false} {
		v := verdictOn(t, "dialogue\nline a\nand line b\nline c", connect+envelope+"pc1 types DATA\npc1 says \""+text+"\"")
		if v.Met != met {
			t.Errorf("lines %s: %+v", text, v)
		}
	}
}

// What is needed in one transaction does not count when it was said in several.
func TestOneTransaction(t *testing.T) {
	const needs = "dialogue\nEHLO -> 250\nMAIL -> 250\nRCPT TO:<pc1@email.com> -> 250\nRCPT TO:<pc2@email.com> -> 250\nEOD -> 250\nQUIT -> 221\none transaction"
	const one, two, from = "pc1 types RCPT TO:<pc1@email.com>\n", "pc1 types RCPT TO:<pc2@email.com>\n", "pc1 types MAIL FROM:<>\n"
	for name, c := range map[string]struct {
		script string
		met    bool
	}{
		"one":                           {connect + from + one + two + letter, true},
		"two":                           {connect + from + one + letter + from + two + letter, false},
		"two, the second with both":     {connect + from + one + letter + from + one + two + letter, true},
		"the first with both":           {connect + from + one + two + letter + from + two + letter, true},
		"taken back by RSET":            {connect + from + one + "pc1 types RSET\n" + from + two + letter, false},
		"taken back by EHLO":            {connect + from + one + "pc1 types EHLO pc1\n" + from + two + letter, false},
		"a second MAIL that is refused": {connect + from + one + from + two + letter, true},
		"in two conversations":          {connect + from + one + letter + "pc1 types QUIT\n" + connect + from + two + letter, false},
		"a recipient refused":           {connect + from + one + "pc1 types RCPT TO:<pc9@email.com>\n" + two + letter, true},
	} {
		if v := verdictOn(t, needs, c.script+"pc1 types QUIT"); v.Met != c.met {
			t.Errorf("%s: %+v", name, v)
		}
	}
	// What was needed before the mail stays done, whatever mail it was said in.
	const after = "dialogue\nMAIL|RCPT|DATA -> 503\nMAIL -> 250\nRCPT -> 250\nEOD -> 250\none transaction"
	if v := verdictOn(t, after, connect+two+from+two+letter+from); !v.Met {
		t.Errorf("a mistake before the mail: %+v", v)
	}
	if v := verdictOn(t, "dialogue\nRCPT -> 250\nRCPT -> 250\nEOD -> 250\none transaction", connect+from+one+letter+from+two+letter); v.Met {
		t.Errorf("without MAIL: %+v", v)
	}
}

// A line of a message is found wherever the chunks are cut that carry it, and nothing is found that is none.
func TestLinesOfMessages(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for name, c := range map[string]struct {
		line, said string // said after DATA
		met        bool
	}{
		"in one":                {`"b"`, `pc1 says "a\r\nb\r\nc\r\n"`, true},
		"the first":             {`"a"`, `pc1 says "a\r\nb\r\n"`, true},
		"an empty one":          {`""`, `pc1 says "a\r\n\r\nb\r\n"`, true},
		"no empty one":          {`""`, `pc1 says "a\r\nb\r\n"`, false},
		"torn apart":            {`"abc"`, "pc1 says \"x\\r\\na\"\npc1 says \"b\"\npc1 says \"c\\r\\n\"", true},
		"torn at its end":       {`"abc"`, "pc1 says \"x\\r\\nabc\"\npc1 says \"\\r\\n\"", true},
		"torn in its end":       {`"abc"`, "pc1 says \"x\\r\\nabc\\r\"\npc1 says \"\\n\"", true},
		"torn in the end above": {`"abc"`, "pc1 says \"x\\r\"\npc1 says \"\\nabc\\r\\n\"", true},
		"the first, torn":       {`"abc"`, "pc1 says \"a\"\npc1 says \"bc\\r\\n\"", true},
		"typed":                 {`"abc"`, "pc1 types x\npc1 types abc", true},
		"the end of one":        {`"abc"`, `pc1 says "xabc\r\n"`, false},
		"the beginning of one":  {`"abc"`, `pc1 says "abcx\r\n"`, false},
		"the end of one, torn":  {`"abc"`, "pc1 says \"x\"\npc1 says \"abc\\r\\n\"", false},
		"not ended":             {`"abc"`, `pc1 says "x\r\nabc"`, false},
		"with LF alone":         {`"abc"`, `pc1 says "x\nabc\n"`, false},
		"dots are as they are":  {`".."`, `pc1 says "..\r\n"`, true},
		"the dot at the end":    {`"."`, `pc1 says "x\r\n.\r\n"`, true},
		"other letters":         {`"ABC"`, `pc1 says "abc\r\n"`, false},
		"a hash":                {`"a # b"`, `pc1 says "a # b\r\n"`, true},
		"behind a long one":     {`"abc"`, "pc1 says \"" + long + "\"\npc1 says \"x\\r\\nabc\\r\\n\"", true},
		"the end of a long one": {`"abc"`, "pc1 says \"" + long + "\"\npc1 says \"abc\\r\\n\"", false},
		"the end of a long one, where its beginning is forgotten": {`"` + strings.Repeat("x", 4096) + `"`, "pc1 says \"" + long + "\"\npc1 says \"\\r\\n\"", false},
		"in the next message": {`"abc"`, "pc1 says \"x\\r\\n.\\r\\n\"\n" + envelope + "pc1 types DATA\npc1 types abc", true},
		"in two messages":     {`"."`, "pc1 resets\n" + connect + envelope + "pc1 types DATA", false},
	} {
		if v := verdictOn(t, "dialogue\nDATA -> 354\nline "+c.line, connect+envelope+"pc1 types DATA\n"+c.said); v.Met != c.met {
			t.Errorf("%s: %+v", name, v)
		}
	}
	const twice = "dialogue\nline a\nline b\nline a\nEOD -> 250"
	for said, met := range map[string]bool{`a\r\nb\r\na\r\n.\r\n`: true, `b\r\na\r\nb\r\n.\r\n`: false, `a\r\na\r\nb\r\n.\r\n`: false} {
		if v := verdictOn(t, twice, connect+envelope+"pc1 types DATA\npc1 says \""+said+"\""); v.Met != met {
			t.Errorf("in order %s: %+v", said, v)
		}
		var pieces strings.Builder
		for _, c := range strings.ReplaceAll(strings.ReplaceAll(said, `\r`, "\r"), `\n`, "\n") {
			pieces.WriteString("pc1 says " + quoteRune(c) + "\n")
		}
		if v := verdictOn(t, twice, connect+envelope+"pc1 types DATA\n"+pieces.String()); v.Met != met {
			t.Errorf("in order %s, octet by octet: %+v", said, v)
		}
	}
}

func quoteRune(c rune) string {
	return `"` + map[rune]string{'\r': `\r`, '\n': `\n`}[c] + strings.Trim(string(c), "\r\n") + `"`
}

// A chunk of BDAT is a part of the message too, without dots.
func TestLinesOfChunks(t *testing.T) {
	const needs = "dialogue\nRCPT -> 250\nline .\nline abc\nEOD -> 250"
	if v := verdictOn(t, needs, connect+envelope+`pc1 says "BDAT 6\r\n.\r\nabcBDAT 2 LAST\r\n\r\n"`); !v.Met {
		t.Errorf("%+v", v)
	}
	if v := verdictOn(t, needs, connect+envelope+`pc1 says "BDAT 6 LAST\r\n.\r\nab\r"`); v.Met {
		t.Errorf("%+v", v)
	}
}

// Of commands that were sent together each is answered on its own, in their order.
func TestPipelined(t *testing.T) {
	const needs = "dialogue\nMAIL FROM:<pc1@email.com> -> 250\nRCPT TO:<pc9@email.com> -> 550\nRCPT TO:<pc2@email.com> -> 250\nDATA -> 354\nline abc\nEOD -> 250\nQUIT -> 221\none transaction"
	group := func(a, b string) string {
		return connect + `pc1 says "MAIL FROM:<pc1@email.com>\r\nRCPT TO:<` + a + `@email.com>\r\nRCPT TO:<` + b + `@email.com>\r\nDATA\r\nabc\r\n.\r\nQUIT\r\n"`
	}
	if v := verdictOn(t, needs, group("pc9", "pc2")); !v.Met {
		t.Errorf("%+v", v)
	}
	if v := verdictOn(t, needs, group("pc2", "pc9")); v.Met || !strings.HasPrefix(v.Text, "Good up to event 21. Still missing: “RCPT TO:<pc2@email.com>”, answered with 250.") {
		t.Errorf("the other way round: %+v", v)
	}
	if v := verdictOn(t, "dialogue\nQUIT -> 221\ncommands ahead 4", group("pc9", "pc2")); !v.Met {
		t.Errorf("ahead: %+v", v)
	}
	if v := verdictOn(t, "dialogue\nQUIT -> 221\ncommands ahead 1", connect+envelope+"pc1 types QUIT"); !v.Met {
		t.Errorf("one by one: %+v", v)
	}
	if v := verdictOn(t, "dialogue\nAUTH -> 235|5yz\nNOOP -> 250\ncommands ahead 1", "pc1 connects 25\npc1 types EHLO pc1\npc1 types AUTH CRAM-MD5\npc1 types eA==\npc1 types NOOP"); !v.Met {
		t.Errorf("an exchange: %+v", v)
	}
	if v := verdictOn(t, "dialogue\nEOD -> 250\nNOOP -> 250\ncommands ahead 1", connect+envelope+`pc1 says "BDAT 3\r\nabc"`+"\n"+`pc1 says "BDAT 2 LAST\r\n\r\n"`+"\npc1 types NOOP"); !v.Met {
		t.Errorf("chunks: %+v", v)
	}
}

// What has to be said in TLS does not count in the clear.
func TestInTLS(t *testing.T) {
	const secure = "pc1 sets smtp_tls=required\n" + send
	for _, c := range []struct {
		needs, script string
		met           bool
	}{
		{"dialogue in TLS\nEHLO -> 250\nMAIL -> 250\nEOD -> 250", secure, true},
		{"dialogue in TLS\nEHLO -> 250\nMAIL -> 250\nEOD -> 250", send, false},
		{"dialogue in TLS\nEHLO -> 250\nEHLO -> 250", secure, false}, // the first was in the clear
		{"dialogue\nEHLO -> 250\nSTARTTLS -> 220\nTLS\nEHLO -> 250\nline \"Subject: x\"\nEOD -> 250", secure, true},
		{"dialogue\nEHLO -> 250\nTLS\nEHLO -> 250", send, false},
		{"dialogue\nTLS\nEOD -> 250", "pc1 sets smtp_tls=first smtp_port=465 smtp_login=any\n" + send, true},
	} {
		if v := verdictOn(t, c.needs, c.script); v.Met != c.met {
			t.Errorf("%q after %q: %+v", c.needs, c.script, v)
		}
	}
	v := verdictOn(t, "dialogue from pc1 in TLS\nEHLO -> 250", connect)
	if want := "“EHLO pc1” was answered with “250-email.com greets pc1” (event 11). That was without TLS, and it has to be said in TLS."; v.Text != want {
		t.Errorf("%s\nwant\n%s", v.Text, want)
	}
}

// What a conversation has cost is counted until all was said, and not what comes afterwards.
func TestCostEndsWithTheDialogue(t *testing.T) {
	long := judged(t, needing(t, "dialogue\nEOD -> 250", "dialogue\nMAIL -> 250", "compare message octets of c1 with c0 0"), connect+envelope+letter)
	if !long[2].Met {
		t.Errorf("MAIL has cost something of the message: %+v", long[2])
	}
	two := judged(t, needing(t, "dialogue\nEOD -> 250", "dialogue\nEOD -> 250\nEOD -> 250", "compare message octets of c1 with c0 2"), connect+envelope+letter+envelope+letter)
	if !two[2].Met {
		t.Errorf("two messages are not twice as many octets as the first: %+v", two[2])
	}
}

// A lab that was reset, or whose past was undone, is judged anew, also when as much has happened in it as before.
func TestJudgedAnew(t *testing.T) {
	e := needing(t, "dialogue from pc1 by hand\nEHLO -> 250\nNOOP -> 250", "mail in pc2\nsubject has x")
	l, err := e.Run("test", verifySeed, start)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	j := e.Judge()
	play := func(l *lab.Lab, script string) {
		t.Helper()
		s, err := parseScript(script)
		if err == nil {
			err = s.play(l, nil, apply(l))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	is := func(l *lab.Lab, when string, met ...bool) {
		t.Helper()
		for i, v := range j.Update(l) {
			if v.Met != met[i] {
				t.Errorf("%s: %s is %v: %s", when, v.Check.ID, v.Met, v.Text)
			}
			if v.Seq > l.Trace().Last() || v.Seq != 0 && v.Seq < l.Trace().First() {
				t.Errorf("%s: %s names event %d, which there is not", when, v.Check.ID, v.Seq)
			}
		}
	}
	is(l, "in the beginning", false, false)
	play(l, connect+"pc1 types NOOP\n"+send)
	is(l, "when all was done", true, true)
	if err := apply(l)(lab.Action{Verb: lab.Reset}); err != nil {
		t.Fatal(err)
	}
	is(l, "after a reset", false, false)
	play(l, connect+"pc1 types NOOP")
	is(l, "after a reset, and the first part again", true, false)

	// Undoing gives another lab, with fewer events, and perhaps as many again by the time somebody looks.
	again, err := e.Run("test", verifySeed, start)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	j = e.Judge()
	play(again, connect+"pc1 types NOOP")
	is(again, "before the undo", true, false)
	last := again.Trace().Last()
	undone, err := e.Run("test", verifySeed, start)
	if err != nil {
		t.Fatal(err)
	}
	defer undone.Close()
	undone.SetEra(1)
	play(undone, connect+"pc1 types RSET\n"+send)
	if undone.Trace().Last() <= last {
		t.Fatal("less has happened than before")
	}
	is(undone, "after the undo", false, true)
	earlier, err := e.Run("test", verifySeed, start)
	if err != nil {
		t.Fatal(err)
	}
	defer earlier.Close()
	earlier.SetEra(1)
	is(earlier, "at an earlier moment", false, false)
}

// A judge that is asked again when nothing has happened gives the same verdicts, without making them anew.
func TestJudgedOnce(t *testing.T) {
	e := needing(t, "dialogue\nEHLO -> 250\nNOOP", "answer why is So")
	e.Ask = []Question{{ID: "why", Choices: []Choice{{Text: "So", Right: true}}}}
	l, err := e.Run("test", verifySeed, start)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	j := e.Judge()
	before := j.Update(l)
	if again := j.Update(l); &again[0] != &before[0] {
		t.Error("other verdicts though nothing has happened")
	}
	if err := apply(l)(lab.Action{Verb: lab.Answer, Target: "why", Text: "So"}); err != nil {
		t.Fatal(err)
	}
	if after := j.Update(l); &after[0] == &before[0] || before[1].Met || !after[1].Met {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

// Events that no check looks at are not even put together: a judge that is shown only what the checks look at comes to the
// same verdicts as one that is shown all.
func TestNothingElseMatters(t *testing.T) {
	for name, text := range catalogFiles(t) {
		e, err := Parse(name, text)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range append(e.Wrong, Wrong{Name: "the solution", Do: e.Solve}) {
			l, err := e.Run("test", verifySeed, start)
			if err != nil {
				t.Fatal(err)
			}
			choosy, all := e.Judge(), e.Judge()
			if err := w.Do.play(l, choosy, apply(l)); err != nil {
				t.Fatalf("%s, %s: %v", name, w.Name, err)
			}
			all.begin(l)
			m := moment{lab: l, log: l.Trace()}
			for event := range l.Trace().After(0) {
				m.goTo(event.Seq)
				for i := range all.checks {
					all.checks[i].event(&m)
				}
			}
			all.seen = l.Trace().Last()
			few, many := choosy.Update(l), all.Update(l)
			for i := range few {
				if few[i].Met != many[i].Met {
					t.Errorf("%s, %s, %s: %+v, and when it is shown everything %+v", name, w.Name, few[i].Check.ID, few[i], many[i])
				}
			}
			l.Close()
		}
	}
	for kind := trace.Action; kind <= trace.Handshake; kind++ {
		if !trace.Of(kind).Has(kind) || trace.Of(kind).Has(kind+1) {
			t.Errorf("%v", kind)
		}
	}
}

// In TLS has to be what a dialogue asks of a message, too.
func TestMessageInTLS(t *testing.T) {
	const needs = "dialogue from pc1 in TLS\nline \"Subject: x\"\nEOD -> 250"
	for script, met := range map[string]bool{send: false, "pc1 sets smtp_tls=required\n" + send: true} {
		if v := verdictOn(t, needs, script); v.Met != met {
			t.Errorf("%s: %+v", script, v)
		}
	}
	if v := verdictOn(t, "dialogue from pc1 in TLS\nline \"Subject: x\"", send); v.Met {
		t.Errorf("in clear: %+v", v)
	}
}

// A dialogue of one mail transaction measures the message of that, one without all of the conversation.
func TestMeasuresOfOneTransaction(t *testing.T) {
	const two = connect + envelope + letter + envelope + letter
	for needs, met := range map[string]bool{
		"dialogue\nMAIL -> 250\nEOD -> 250\nMAIL -> 250\nEOD -> 250\nmessage octets 48":                          true,
		"dialogue\nMAIL FROM:<pc1@email.com> -> 250\nline Twice\nEOD -> 250\none transaction\nmessage octets 26": true,
		"dialogue\nMAIL FROM:<pc1@email.com> -> 250\nline Twice\nEOD -> 250\nmessage octets 50":                  true,
	} {
		script := two
		if strings.Contains(needs, "Twice") {
			script = connect + envelope + letter + envelope + strings.Replace(letter, "Hello", "Twice\npc1 types", 1)
		}
		if v := verdictOn(t, needs, script); v.Met != met {
			t.Errorf("%s: %+v", needs, v)
		}
	}
}

// What is begun and taken back is no part of the next message.
func TestMessageTakenBack(t *testing.T) {
	const script = connect + envelope + `pc1 says "BDAT 3\r\nabcRSET\r\n"` + "\n" + envelope + `pc1 says "BDAT 5 LAST\r\ndef\r\n"`
	for needs, met := range map[string]bool{"line def": true, "message has cd": false} {
		if v := verdictOn(t, "dialogue\nMAIL -> 250\n"+needs+"\nEOD -> 250\none transaction", script); v.Met != met {
			t.Errorf("%s: %+v", needs, v)
		}
	}
}

// What may be met in several ways cannot be met any more when none can.
func TestEitherIsBroken(t *testing.T) {
	e := needing(t, "connections from pc1 at most 0")
	other, err := parseClause("mail in pc3\nsubject has x")
	if err != nil {
		t.Fatal(err)
	}
	e.Checks[0].needs = either{e.Checks[0].needs, other}
	if v := judged(t, e, send)[0]; v.Met || v.Broken {
		t.Errorf("%+v", v)
	}
	if v := judged(t, e, send+"\npc1 sends to=pc3@email.com subject=x body=y")[0]; !v.Met {
		t.Errorf("%+v", v)
	}
	e.Checks[0].needs = either{e.Checks[0].needs.(either)[0]}
	if v := judged(t, e, send)[0]; v.Met || !v.Broken {
		t.Errorf("%+v", v)
	}
}
