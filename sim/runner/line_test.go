package runner

import (
	"log/slog"
	"strings"
	"testing"

	"smtplab/sim/journal"
	"smtplab/sim/lab"
)

// What a program does is written as JSON by hand, and is what the library would write.
func TestEncodeLine(t *testing.T) {
	for _, a := range []lab.Action{
		{Verb: lab.Say, Conn: 7, Data: []byte("EHLO x\r\n"), At: 1 << 50, Step: 99, Seq: 1<<63 + 5},
		{Verb: lab.Say, Conn: 1<<32 - 1, Data: []byte("\x00\xff\"\\")},
		{Verb: lab.Connect, Host: lab.OutsideID, N: 25, At: 5},
		{Verb: lab.Connect, Host: "pc1", N: 25, Target: "<\"email.com\u2028>"}, {Verb: lab.Say, Host: "server", Conn: 3, Data: []byte("250 OK\r\n")},
		{Verb: lab.Took, Conn: 3, N: 65536},
		{Verb: lab.Finish, Conn: 3}, {Verb: lab.Drop, Conn: 3},
	} {
		got, err := new(world).encode(record{Do: &a})
		want, _ := record{Do: &a}.encode()
		if err != nil || string(got) != string(want) {
			t.Errorf("%s, want %s: %v", got, want, err)
		}
	}
}

// BenchmarkLine sends mails over lines, without any socket: what the runner and the lab take of a real program's mail.
func BenchmarkLine(b *testing.B) {
	r := New(Options{Journal: journal.NewMemory(journal.Limits{}), Log: slog.New(slog.DiscardHandler)})
	a, err := r.Open(b.Context(), Demo)
	if err != nil {
		b.Fatal(err)
	}
	act := func(a2 lab.Action) {
		if err := r.Act(b.Context(), a, a2); err != nil {
			b.Fatal(err)
		}
	}
	act(lab.Action{Verb: lab.Speed})
	said := []string{"HELO x\r\n", "MAIL FROM:<a@example.org>\r\n", "RCPT TO:<pc1@email.com>\r\n", "DATA\r\n", "Subject: x\r\n\r\n" + strings.Repeat(strings.Repeat("x", 70)+"\r\n", 15) + ".\r\n", "QUIT\r\n"}
	answer := make([]byte, 4096)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		line, err := r.Dial(b.Context(), a, 25, func() {})
		if err != nil {
			b.Fatal(err)
		}
		line.Take(answer)
		for _, s := range said {
			if got, _, _, err := line.Say([]byte(s), answer); err != nil || got == 0 {
				b.Fatalf("%q: %d octets, %v", s, got, err)
			}
		}
		line.Close()
		if n++; n%2000 == 0 {
			b.StopTimer()
			act(lab.Action{Verb: lab.Reset})
			b.StartTimer()
		}
	}
}
