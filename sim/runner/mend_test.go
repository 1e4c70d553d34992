package runner_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"smtplab/sim/journal"
	"smtplab/sim/lab"
	"smtplab/sim/runner"
)

var update = flag.Bool("update", false, "record the golden journal anew")

const golden = "testdata/golden.jsonl"

// TestGolden plays a journal that an earlier release recorded.
//
// When it fails, labs that people keep with -data will not wake at exactly the moment at which they slept: the words
// of a reply, or what anything takes in time, have changed. Nothing is lost then, for such labs are mended (see
// mend.go); but those who paused in the middle of a conversation find it elsewhere. If the change is worth that,
// record the journal anew: go test ./sim/runner -run TestGolden -update
func TestGolden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if *update {
			recordGolden(t)
		}
		b, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		records := bytes.Split(bytes.TrimSpace(b), []byte("\n"))
		tb := setTable(t)
		tb.write(records...)
		tb.view(func(l *lab.Lab) {
			for id, want := range map[string]struct{ sent, got int }{"pc1": {1, 2}, "pc2": {2, 0}, "pc3": {2, 1}} {
				if pc, _ := l.PC(id); len(pc.Sent) != want.sent || len(pc.Inbox) != want.got {
					t.Errorf("%s: %d sent, %d in its inbox; want %v", id, len(pc.Sent), len(pc.Inbox), want)
				}
			}
		})
		if got := tb.records(); !bytes.Equal(bytes.Join(got, []byte("\n")), bytes.TrimSpace(b)) {
			t.Errorf("the lab had another history and was mended: %d records became %d", len(records), len(got))
		}
	})
}

// recordGolden does in a lab everything that can be done, in the middle of conversations too.
func recordGolden(t *testing.T) {
	tb := setTable(t)
	tb.act(send("pc2", "pc1@email.com", "forgotten by the reset"))
	time.Sleep(2050 * time.Millisecond)
	first := send("pc1", "pc2@email.com, pc3@email.com", "Grüße, with a file")
	first.Mail.Bcc = "nobody@email.com"
	first.Mail.Files = []lab.File{{Name: "a.txt", Data: []byte("A line.\r\n.\r\nAnother.\r\n")}}
	tb.act(do(lab.Reset), speed(5), first)
	time.Sleep(1850 * time.Millisecond)
	tb.act(do(lab.Pause), do(lab.Step), do(lab.Step), send("pc3", "pc1@email.com", "while it is paused"), do(lab.Step))
	tb = tb.reload()
	tb.act(do(lab.Run))
	time.Sleep(time.Second)
	tb.act(speed(0))
	synctest.Wait()
	tb.act(at(lab.Fetch, "pc2"))
	synctest.Wait()
	tb.act(lab.Action{Verb: lab.Read, Host: "pc2", N: 1}, speed(4), send("pc2", "pc1@email.com, x@else.example", "cut off"))
	time.Sleep(3100 * time.Millisecond)
	tb.act(at(lab.Cut, "pc2"), speed(0))
	synctest.Wait()
	tb.act(do(lab.Skip))
	synctest.Wait()
	tb = tb.reload()
	tb.act(at(lab.Restore, "pc2"), do(lab.Skip))
	synctest.Wait()
	tb.act(lab.Action{Verb: lab.Delete, Host: "pc2", N: 1})
	synctest.Wait()
	tb.act(at(lab.Fetch, "pc1"))
	synctest.Wait()
	account := lab.Account{Server: "192.168.11.4", User: "pc3", Password: "pc3", Chunking: true,
		SMTP: lab.Access{Port: 587, TLS: lab.TLSRequired, Login: "SCRAM-SHA-256"}, POP3: lab.Access{Port: 995, TLS: lab.TLSFirst}}
	tb.act(lab.Action{Verb: lab.Setup, Host: "pc3", Settings: &lab.Settings{Account: &account}}, send("pc3", "pc1@email.com", "in TLS"))
	synctest.Wait()
	tb.act(at(lab.Fetch, "pc3"), lab.Action{Verb: lab.Connect, Host: lab.OutsideID, N: 25})
	synctest.Wait()
	var conn uint32
	tb.view(func(l *lab.Lab) { conn = l.LastLine() })
	for _, said := range []string{"EHLO x\r\n", "MAIL FROM:<>\r\nRCPT TO:<pc1@email.com>\r\nDATA\r\n", "From outside.\r\n.\r\n"} {
		tb.act(lab.Action{Verb: lab.Say, Conn: conn, Data: []byte(said)})
		synctest.Wait()
	}
	tb = tb.reload() // nobody serves the line any more
	tb.act(speed(10), send("pc2", "pc3@email.com", "in the middle"))
	time.Sleep(1050 * time.Millisecond)
	tb.act(do(lab.Pause), do(lab.Step))
	records := append(bytes.Join(tb.records(), []byte("\n")), '\n')
	if err := os.WriteFile(golden, records, 0o600); err != nil {
		t.Fatal(err)
	}
}

// records are the lab's records.
func (tb *table) records() (records [][]byte) {
	tb.t.Helper()
	for e, err := range tb.j.Read(tb.t.Context(), tb.a.Key, 0) {
		if err != nil {
			tb.t.Fatal(err)
		}
		records = append(records, e.Record)
	}
	return records
}

// write makes the journal hold these records of the lab, which must be asleep.
func (tb *table) write(records ...[]byte) {
	tb.t.Helper()
	ctx := tb.t.Context()
	last, err := tb.j.Last(ctx, tb.a.Key)
	if err != nil {
		tb.t.Fatal(err)
	}
	for i, r := range records {
		to := tb.j.Append
		if i == 0 {
			to = tb.j.Restart
		}
		if last, err = to(ctx, tb.a.Key, last, r); err != nil {
			tb.t.Fatal(err)
		}
	}
}

// sent tells of the mails of all PCs.
func (tb *table) sent() string {
	tb.t.Helper()
	var b strings.Builder
	tb.view(func(l *lab.Lab) {
		for _, id := range []string{"pc1", "pc2", "pc3"} {
			pc, _ := l.PC(id)
			for _, m := range pc.Sent {
				fmt.Fprintf(&b, "%s sent %q: %v\n", id, m.Mail.Subject, m.Outcome.Progress)
			}
			for _, m := range pc.Inbox {
				fmt.Fprintf(&b, "%s has mail %d, read %v\n", id, m.N, m.Read)
			}
		}
		fmt.Fprintln(&b, "speed", l.Speed(), "paused", l.Paused())
	})
	return b.String()
}

// TestMended changes moments in a journal. The mails are all there, and from then on the lab wakes exactly.
func TestMended(t *testing.T) {
	for name, tamper := range map[string]func(records []map[string]any){
		"an earlier time":  func(r []map[string]any) { moment(r, 3)["at"] = 5 },
		"a later time":     func(r []map[string]any) { moment(r, 3)["at"] = 5e9 },
		"another step":     func(r []map[string]any) { moment(r, 4)["step"] = 9 },
		"no such step":     func(r []map[string]any) { moment(r, 4)["step"] = 9e9 },
		"another event":    func(r []map[string]any) { moment(r, 2)["seq"] = 77 },
		"another mark":     func(r []map[string]any) { moment(r, len(r)-1)["step"] = 9e9 },
		"all of them":      func(r []map[string]any) { each(r, func(m map[string]any) { m["at"], m["step"], m["seq"] = 1, 2, 3 }) },
		"after a reset":    func(r []map[string]any) { r[0]["speed"] = 3; r[0]["do"] = beginning; moment(r, 1)["seq"] = 77 },
		"what nobody does": func(r []map[string]any) { moment(r, 1)["verb"] = "dance"; moment(r, 1)["speed"] = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tb := setTable(t)
				tb.act(speed(0), send("pc1", "pc2@email.com", "first"))
				synctest.Wait()
				tb.act(at(lab.Fetch, "pc2"))
				synctest.Wait()
				tb.act(lab.Action{Verb: lab.Read, Host: "pc2", N: 1}, send("pc2", "pc1@email.com", "second"))
				synctest.Wait()
				tb.act(at(lab.Fetch, "pc1"))
				synctest.Wait()
				tb.act(do(lab.Pause))
				want := tb.sent()
				tb.close()
				tb.write(tampered(t, tb.records(), tamper)...)

				tb = tb.again()
				if got := tb.sent(); got != want && name != "what nobody does" {
					t.Errorf("mended:\n%swant\n%s", got, want)
				}
				if n := tb.r.Stats().Broken; n != 0 {
					t.Errorf("%d labs broke", n)
				}
				if n := len(tb.records()); n != 1 {
					t.Errorf("the journal has %d records", n)
				}
				tb.act(send("pc3", "pc1@email.com", "third"), do(lab.Step), do(lab.Step))
				here := tb.whole()
				tb = tb.reload()
				same(t, "woken again", tb.whole(), here)
				if n := len(tb.records()); n < 4 {
					t.Errorf("it was mended again: %d records", n)
				}
			})
		})
	}
}

// beginning is a reset from which a lab begins.
var beginning = map[string]any{"verb": "reset", "at": 0, "step": 0, "seq": 100}

// moment is what a record says that has a moment.
func moment(records []map[string]any, i int) map[string]any {
	for _, key := range []string{"do", "mark"} {
		if m, ok := records[i][key].(map[string]any); ok {
			return m
		}
	}
	return map[string]any{}
}

func each(records []map[string]any, f func(map[string]any)) {
	for i := range records[1:] {
		f(moment(records, i+1))
	}
}

func tampered(t *testing.T, records [][]byte, tamper func([]map[string]any)) [][]byte {
	all := make([]map[string]any, len(records))
	for i, r := range records {
		if err := json.Unmarshal(r, &all[i]); err != nil {
			t.Fatal(err)
		}
	}
	tamper(all)
	for i := range records {
		var b bytes.Buffer
		if err := json.NewEncoder(&b).Encode(all[i]); err != nil {
			t.Fatal(err)
		}
		records[i] = b.Bytes()
	}
	return records
}

// TestMendedUnwritten mends a lab whose journal takes no record: it can be used all the same.
func TestMendedUnwritten(t *testing.T) {
	tb := setTable(t)
	tb.act(speed(0), send("pc1", "pc2@email.com", "kept"))
	tb.close()
	tb.write(tampered(t, tb.records(), func(r []map[string]any) { moment(r, 2)["seq"] = 77 })...)
	tb.j.fail = func() error { return journal.ErrTooBig }
	tb = &table{t: t, j: tb.j, r: newRunner(t, runner.Options{Journal: tb.j}), a: tb.a}
	tb.view(func(*lab.Lab) {})
	tb.j.fail = nil
	tb.act(send("pc1", "pc2@email.com", "new"))
	tb.reload().view(func(l *lab.Lab) {
		if pc, _ := l.PC("pc1"); len(pc.Sent) != 2 {
			t.Errorf("%d mails", len(pc.Sent))
		}
	})
}
