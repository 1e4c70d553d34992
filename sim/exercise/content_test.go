package exercise

import (
	"strings"
	"testing"
)

// What a reply has in it can be asked for, and what it has not.
func TestReplyHas(t *testing.T) {
	const script = "pc1 connects 25\npc1 types EHLO pc1\npc1 types NOOP\npc1 connects 110\npc1 types USER pc1\npc1 types PASS pc1"
	for needs, met := range map[string]bool{
		"EHLO -> 250 has PIPELINING":                true,
		"EHLO -> 250 has pipelining":                true,
		"EHLO -> 250 has \"greets pc1\"":            false, // that line repeats what the client calls itself
		"EHLO -> 250 has TELEPATHY":                 false,
		"EHLO -> 250 lacks TELEPATHY":               true,
		"EHLO -> 250 lacks STARTTLS":                false,
		"EHLO -> 250 has STARTTLS lacks TELEPATHY":  true,
		"EHLO -> 250 has TELEPATHY lacks PIPELINES": false,
		"EHLO -> 5yz has PIPELINING":                false,
		"NOOP -> 250 2.0.0 has OK":                  true,
		"PASS -> +OK has \"0 messages\"":            true,
		"greeting -> 220 has {word}":                false,
	} {
		if v := verdictOn(t, "dialogue from pc1 by hand\n"+needs, script); v.Met != met {
			t.Errorf("%s: %+v", needs, v)
		}
	}
}

// Octets of a message are found wherever they are cut, and only in a message.
func TestMessageHas(t *testing.T) {
	const begin = "pc1 connects 25\npc1 says \"HELO pc1\\r\\nMAIL FROM:<pc1@email.com>\\r\\nRCPT TO:<pc2@email.com>\\r\\nDATA\\r\\n\"\n"
	for name, c := range map[string]struct {
		part, script string
		met          bool
	}{
		"at once":               {`message has "\n.\nMAIL"`, `pc1 says "x\n.\nMAIL\r\n.\r\n"`, true},
		"in pieces":             {`message has "\n.\nMAIL"`, "pc1 says \"x\\n\"\npc1 says \".\"\npc1 says \"\\nMA\"\npc1 says \"IL\\r\\n.\\r\\n\"", true},
		"over the ends of line": {`message has "a\r\nb\r\nc"`, "pc1 types a\npc1 types b\npc1 types c\npc1 types .", true},
		"its first octets":      {`message has "abc"`, "pc1 types abc", true},
		"not":                   {`message has "\n.\nMAIL"`, `pc1 says "x\r\n..\r\nMAIL\r\n.\r\n"`, false},
		"in two messages":       {`message has "a\r\n.\r\nMAIL"`, "pc1 types a\npc1 types .\npc1 types MAIL FROM:<pc1@email.com>", false},
		"in two more":           {`message has "ab"`, "pc1 says \"xa\\r\\n.\\r\\nMAIL FROM:<pc1@email.com>\\r\\nRCPT TO:<pc2@email.com>\\r\\nDATA\\r\\n\"\npc1 says \"b\\r\\n.\\r\\n\"", false},
		"in a command":          {"message has NOOP", "pc1 says \"a\\r\\n.\\r\\nNOOP\\r\\n\"", false},
		"a word":                {"message has x{word}x", "pc1 types x{word}x", true},
	} {
		if v := verdictOn(t, "dialogue from pc1\nDATA -> 354\n"+c.part, begin+c.script); v.Met != c.met {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// Octets of a message are early if they left before the server had asked for them.
func TestEarlyOctets(t *testing.T) {
	const group = `pc1 says "MAIL FROM:<pc1@email.com>\r\nRCPT TO:<pc2@email.com>\r\nDATA\r\n`
	for name, c := range map[string]struct {
		script string
		early  int
	}{
		"none":      {group + "\"\npc1 says \"x\\r\\n.\\r\\n\"", 0},
		"all":       {group + "x\\r\\n.\\r\\n\"", 6},
		"a line":    {group + "x\\r\\n\"\npc1 types .", 3},
		"two mails": {group + "x\\r\\n.\\r\\n\"\n" + group + "\"\npc1 says \"x\\r\\n.\\r\\n\"", 6},
	} {
		needs := "dialogue from pc1\nMAIL -> 250\nEOD -> 250\nearly octets " + number(float64(c.early))
		if name == "two mails" {
			needs = strings.Replace(needs, "EOD -> 250\n", "EOD -> 250\nEOD -> 250\n", 1)
		}
		if v := verdictOn(t, needs, "pc1 connects 25\npc1 types EHLO pc1\n"+c.script); !v.Met {
			t.Errorf("%s: %+v", name, v)
		}
	}
	if v := verdictOn(t, "dialogue from pc1\nEOD -> 250\nearly octets 0", send); !v.Met {
		t.Errorf("a mail program: %+v", v)
	}
	if v := verdictOn(t, "dialogue from pc1\nEOD -> 250\nearly octets 0", "pc1 sets smtp_tls=required\n"+send); !v.Met {
		t.Errorf("a mail program, in TLS: %+v", v)
	}
}

// A conversation in which something was said that may not be does not stand in the way of a better one.
func TestNever(t *testing.T) {
	const needs = "dialogue from pc1 by hand\nNOOP -> 250\nRSET -> 250\nnever QUIT"
	for script, met := range map[string]bool{
		"pc1 connects 25\npc1 types NOOP\npc1 types RSET":                                                                  true,
		"pc1 connects 25\npc1 types NOOP\npc1 types RSET\npc1 types QUIT":                                                  false,
		"pc1 connects 25\npc1 types NOOP\npc1 types RSET\npc1 types QUIT\npc1 connects 25\npc1 types NOOP\npc1 types RSET": true,
		"pc1 connects 25\npc1 types NOOP\npc1 types QUIT\npc1 connects 25\npc1 types NOOP\npc1 types RSET":                 true,
	} {
		if v := verdictOn(t, needs, script); v.Met != met {
			t.Errorf("%s: %+v", script, v)
		}
	}
}

func TestAttachmentHas(t *testing.T) {
	for script, met := range map[string]bool{
		`pc1 sends to=pc2@email.com subject=x body=y file="a.txt:my {word}"`:        true,
		`pc1 sends to=pc2@email.com subject=x body="{word}" file="a.txt:my"`:        false,
		`pc1 sends to=pc2@email.com subject=x body="{word}"`:                        false,
		`pc1 sends to=pc3@email.com subject=x body=y file="a.txt:my {word}"`:        false,
		`pc1 sends to=pc2@email.com subject=x body=y file="a.txt:{40000 x}{word}x"`: true,
	} {
		if v := verdictOn(t, "mail in pc2\nattachment has {word}", script); v.Met != met {
			t.Errorf("%s: %+v", script, v)
		}
	}
}
