package explain_test

import (
	"testing"
	"time"

	"smtplab/sim/explain"
	"smtplab/sim/lab"
	"smtplab/sim/message"
	"smtplab/sim/sasl"
	"smtplab/sim/trace"
)

// In the classroom's lab nothing happens that the book has only a general word for: a mail is sent and
// fetched, one is refused, a cable is cut and mended.
func TestLabIsExplained(t *testing.T) {
	book, err := explain.Load("en")
	if err != nil {
		t.Fatal(err)
	}
	l, err := lab.New(lab.Default("amber-fox", 1, time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)))
	if err != nil {
		t.Fatal(err)
	}
	mail := lab.Mail{To: "pc2@email.com, nobody@email.com", Cc: "pc3@email.com", Subject: "Grüße", Body: "Hello\n.\n", Files: []lab.File{{Name: "a.txt", Data: []byte("a")}}}
	for _, a := range []lab.Action{
		{Verb: lab.Send, Host: "pc1", Mail: &mail},
		{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: "somebody@elsewhere.example", Subject: "Relay", Body: "Hello"}},
		{Verb: lab.Fetch, Host: "pc2"},
		{Verb: lab.Delete, Host: "pc2", N: 1},
		{Verb: lab.Cut, Host: "pc1"},
		{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: "pc2@email.com", Subject: "Cut", Body: "Hello"}},
		{Verb: lab.Restore, Host: "pc1"},
	} {
		if err := l.Apply(a); err != nil {
			t.Fatal(a, err)
		}
		for l.Step() {
		}
	}
	kinds := map[trace.Kind]bool{}
	checkTrace(t, book, l, kinds)
	for kind := trace.Action; kind < trace.Reset; kind++ {
		if !kinds[kind] {
			t.Errorf("no event of the kind %v happened", kind)
		}
	}
	checkKeywordsAndHeaders(t, book, l)
}

// checkTrace explains everything that happened, and every word of it that has a meaning of its own.
func checkTrace(t *testing.T, book *explain.Book, l *lab.Lab, kinds map[trace.Kind]bool) {
	t.Helper()
	for e := range l.Trace().After(0) {
		kinds[e.Kind] = true
		x := book.Event(e)
		if !x.Found || x.Title == "" || x.Meaning == "" || x.Why == "" || len(x.Refs) == 0 {
			t.Errorf("%v %v %s %d %q %q is explained by %+v", e.Kind, e.Proto, e.Verb, e.Code, e.Raw, e.Note, x)
		}
		for _, term := range book.Terms(e) {
			if !term.Found {
				t.Errorf("%q of %q is not explained", term.Name, e.Raw)
			}
		}
	}
}

// Nor does anything happen in TLS, in a login or when the lab is set up anew.
func TestSettingsAreExplained(t *testing.T) {
	book, err := explain.Load("en")
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[trace.Kind]bool{}
	for _, way := range []struct{ smtp, pop3 lab.Access }{
		{lab.Access{Port: 587, TLS: lab.TLSRequired, Login: sasl.Plain}, lab.Access{Port: 110, TLS: lab.TLSRequired, Login: sasl.Login}},
		{lab.Access{Port: 465, TLS: lab.TLSFirst, Login: sasl.Login}, lab.Access{Port: 995, TLS: lab.TLSFirst, Login: sasl.Plain}},
		{lab.Access{Port: 587, Login: sasl.CramMD5}, lab.Access{Port: 110, Login: sasl.ScramSHA256}},
		{lab.Access{Port: 25, TLS: lab.TLSOffered, Login: sasl.ScramSHA256}, lab.Access{Port: 110, TLS: lab.TLSOffered, Login: sasl.CramMD5}},
		{lab.Access{Port: 587}, lab.Access{Port: 110}}, // which is refused
	} {
		l, err := lab.New(lab.Default("amber-fox", 1, time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)))
		if err != nil {
			t.Fatal(err)
		}
		account := func(password string) *lab.Settings {
			return &lab.Settings{Account: &lab.Account{Server: "email.com", SMTP: way.smtp, POP3: way.pop3, User: "pc1", Password: password, Chunking: true}}
		}
		mail := lab.Mail{To: "pc1@email.com, nobody@email.com", Subject: "Grüße", Body: "Hello\n.\n"}
		service := lab.DefaultService()
		service.MaxTransactions = 1
		for _, a := range []lab.Action{
			{Verb: lab.Setup, Host: "pc1", Settings: account("wrong")},
			{Verb: lab.Send, Host: "pc1", Mail: &mail},
			{Verb: lab.Fetch, Host: "pc1"},
			{Verb: lab.Setup, Host: "server", Settings: &lab.Settings{Service: &service}},
			{Verb: lab.Setup, Host: "pc1", Settings: account("pc1")},
			{Verb: lab.Send, Host: "pc1", Mail: &mail},
			{Verb: lab.Fetch, Host: "pc1"},
			{Verb: lab.Connect, Host: lab.OutsideID, N: 25},
			{Verb: lab.Restart, Host: "server"},
		} {
			if err := l.Apply(a); err != nil {
				t.Fatal(a, err)
			}
			l.Settle()
		}
		checkTrace(t, book, l, kinds)
		l.Close()
	}
	if !kinds[trace.Response] || !kinds[trace.Handshake] {
		t.Errorf("only these happened: %v", kinds)
	}
}

// checkKeywordsAndHeaders looks up what the server advertises and every field of the mails that were fetched.
func checkKeywordsAndHeaders(t *testing.T, book *explain.Book, l *lab.Lab) {
	t.Helper()
	server, _ := l.Server("server")
	for _, keyword := range server.Keywords {
		if _, ok := book.Keyword(keyword); !ok {
			t.Errorf("the keyword %s is not explained", keyword)
		}
	}
	fields := 0
	for e := range l.Trace().After(0) {
		if e.Proto != trace.POP3 || e.Kind != trace.Data || e.Verb != "RETR" {
			continue
		}
		for _, f := range message.Parse(e.Raw).Fields {
			fields++
			if _, ok := book.Header(f.Name); !ok {
				t.Errorf("the field %s is not explained", f.Name)
			}
		}
	}
	if fields == 0 {
		t.Error("no mail was fetched")
	}
}

// What the lab's policy refuses with is explained as exactly as what the engines say themselves.
func TestRefusalsAreExplained(t *testing.T) {
	book, err := explain.Load("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range lab.Refusals() {
		x := book.Event(trace.Event{Kind: trace.Reply, Proto: trace.SMTP, Verb: said.Verb, Code: said.Code, Enhanced: said.Enhanced})
		if !x.Found || x.Meaning == "" || len(x.Next) == 0 || x.Enhanced == "" {
			t.Errorf("%+v is explained by %+v", said, x)
		}
	}
}
