package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smtplab/sim/history"
	"smtplab/sim/lab"
)

// saved is the file of a lab in which a mail was sent.
func saved(t *testing.T) string {
	t.Helper()
	h := &history.History{Spec: lab.Default("amber-fox", 7, time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC))}
	l, err := lab.New(h.Spec)
	if err != nil {
		t.Fatal(err)
	}
	a := lab.Action{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: "pc2@email.com", Subject: "Lunch", Body: "At noon?"}}
	l.Stamp(&a)
	if err := l.Apply(a); err != nil {
		t.Fatal(err)
	}
	l.Settle()
	h.Actions, h.End = []lab.Action{a}, &history.Mark{At: l.Now(), Step: l.Steps()}
	var b bytes.Buffer
	if err := h.WriteFile(&b); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "x.smtplab")
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// A lab that was saved is played and exported without a browser.
func TestPlayAndExport(t *testing.T) {
	file := saved(t)
	for name, c := range map[string]struct {
		args []string
		code int
		says []string // in what it writes; with a failure, in what it complains of
		not  string
	}{
		"play":             {[]string{"play", file}, exitOK, []string{"-> EHLO pc1.email.com", "~> Subject: Lunch", "<-  221"}, ""},
		"play slowly":      {[]string{"play", "-speed", "10000", file}, exitOK, []string{"-> EHLO pc1.email.com", "<-  221"}, ""},
		"play to a moment": {[]string{"play", "-at", "12", file}, exitOK, []string{"-> EHLO"}, "221"},
		"text":             {[]string{"export", "--txt", file}, exitOK, []string{"-> RCPT TO:<pc2@email.com>"}, ""},
		"JSON":             {[]string{"export", "--json", file}, exitOK, []string{`"name":"amber-fox"`, `"verb":"RCPT"`}, ""},
		"packets":          {[]string{"export", "--pcapng", file}, exitOK, []string{"\x0A\x0D\x0D\x0A", "pc1.email.com", "RCPT TO:<pc2@email.com>"}, ""},
		"a drawing":        {[]string{"export", "--svg", file}, exitOK, []string{"<svg", "RCPT"}, ""},
		"a conversation":   {[]string{"export", "--txt", "-conn", "1", file}, exitOK, []string{"-> EHLO"}, "sends a mail"},
		"no conversation":  {[]string{"export", "--svg", "-conn", "9", file}, exitFailure, []string{"no conversation 9"}, ""},
		"CSV":              {[]string{"export", "--csv", file}, exitOK, []string{"seq,", "RCPT TO:<pc2@email.com>"}, ""},
		"help":             {[]string{"export", "-h"}, exitOK, []string{"Usage: smtplab play", "--txt"}, ""},
		"no format":        {[]string{"export", file}, exitUsage, []string{"export takes one of --txt"}, ""},
		"two formats":      {[]string{"export", "--txt", "--json", file}, exitUsage, []string{"export takes one of"}, ""},
		"no file":          {[]string{"play"}, exitUsage, []string{"takes one file"}, ""},
		"a missing file":   {[]string{"play", file + "x"}, exitFailure, []string{"no such file"}, ""},
		"another file":     {[]string{"play", "main.go"}, exitFailure, []string{"main.go: That is no lab of SMTP Lab: line 1"}, ""},
		"no such event":    {[]string{"export", "--txt", "-at", "9999", file}, exitFailure, []string{"no event 9999: the last is"}, ""},
		"no such flag":     {[]string{"play", "-loud", file}, exitUsage, []string{"-loud"}, ""},
	} {
		var out, errs strings.Builder
		code := run(t.Context(), c.args, func(string) string { return "" }, &out, &errs)
		text := out.String()
		if c.code != exitOK {
			text = errs.String()
			if out.Len() > 0 {
				t.Errorf("%s: it failed, and wrote %q", name, out.String())
			}
		}
		for _, want := range c.says {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in %q", name, want, text)
			}
		}
		if code != c.code || c.not != "" && strings.Contains(text, c.not) {
			t.Errorf("%s: exit code %d, %q", name, code, text)
		}
	}
}
