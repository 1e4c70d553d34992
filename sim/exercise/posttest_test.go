package exercise

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
)

// words stands for the book of explanations.
func words(e trace.Event) string { return "That is a " + e.Kind.String() + "." }

// happened is a lab in which many things happen by chance.
func happened(t *testing.T, seed uint64) *lab.Lab {
	t.Helper()
	l, err := lab.New(lab.Default("random", seed, start))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	rnd := rand.New(rand.NewPCG(seed, 7))
	pc := func() string { return fmt.Sprintf("pc%d", 1+rnd.IntN(3)) }
	lines := []string{"EHLO x", "MAIL FROM:<pc1@email.com>", "RCPT TO:<pc2@email.com>", "RCPT TO:<nobody@email.com>", "DATA", ".", "Subject: `x` | *y*", "RSET", "QUIT", "", "AUTH PLAIN", "\x00\xff `", "USER pc1", "PASS pc1", "STAT", "RETR 1"}
	var conns []lab.Action
	for range rnd.IntN(40) {
		a := lab.Action{Host: pc()}
		switch rnd.IntN(6) {
		case 0:
			a.Verb, a.Mail = lab.Send, &lab.Mail{To: pc() + "@email.com, " + pc() + "@email.com, nobody@email.com", Subject: "`hi`", Body: strings.Repeat("line\n", rnd.IntN(300))}
		case 1:
			a.Verb = lab.Fetch
		case 2:
			a.Verb, a.N = lab.Connect, []int{25, 587, 110, 9}[rnd.IntN(4)]
		default:
			if len(conns) == 0 {
				continue
			}
			a = conns[rnd.IntN(len(conns))]
			a.Data = []byte(lines[rnd.IntN(len(lines))] + "\r\n")
		}
		if apply(l)(a) == nil && a.Verb == lab.Connect {
			conns = append(conns, lab.Action{Verb: lab.Say, Host: a.Host, Conn: l.LastLine()})
		}
		l.Settle()
	}
	return l
}

// Whatever happened in a lab, each question about it has one right choice among several, and all of them are the same when
// they are made again.
func TestPosttestOfRandomLabs(t *testing.T) {
	sorts := map[string]int{}
	for seed := range uint64(150) {
		l := happened(t, seed)
		all := Posttest(l, words)
		if again := Posttest(l, words); !reflect.DeepEqual(all, again) {
			t.Fatalf("seed %d: other questions the second time", seed)
		}
		if len(all) > maxPosttest || l.Trace().Last() == 0 && len(all) > 0 {
			t.Errorf("seed %d: %d questions", seed, len(all))
		}
		seen := map[string]bool{}
		for _, q := range all {
			sorts[q.ID]++
			right, texts := 0, map[string]bool{}
			for _, c := range q.Choices {
				if c.Right {
					right++
				}
				if texts[c.Text] || c.Text == "" || strings.Count(c.Text, "`")%2 != 0 || strings.ContainsAny(c.Text, "\r\n") {
					t.Errorf("seed %d: “%s” has the choice %q", seed, q.Text, c.Text)
				}
				texts[c.Text] = true
			}
			if right != 1 || len(q.Choices) < 3 || q.Why == "" || seen[q.ID] || strings.Count(q.Text, "`")%2 != 0 {
				t.Errorf("seed %d: %d right of %+v", seed, right, q)
			}
			seen[q.ID] = true
		}
	}
	if len(sorts) != 8 {
		t.Errorf("only these sorts of question: %v", sorts)
	}
}

// The right choices are what the trace says.
func TestPosttestIsTrue(t *testing.T) {
	e := firstOf(t, "first-mail")
	asked := map[string]bool{}
	for seed := range uint64(40) {
		l, err := e.Run("run", seed, start)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(l.Close)
		for _, a := range []lab.Action{
			{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: "pc2@email.com", Cc: "pc3@email.com, nobody@email.com", Subject: "x"}},
			{Verb: lab.Fetch, Host: "pc2"},
		} {
			if err := apply(l)(a); err != nil {
				t.Fatal(err)
			}
			l.Settle()
		}
		all := Posttest(l, words)
		if len(all) != maxPosttest {
			t.Errorf("seed %d: %d questions", seed, len(all))
		}
		for _, q := range all {
			asked[q.ID] = true
			var right string
			for _, c := range q.Choices {
				if c.Right {
					right = c.Text
				}
			}
			if !isTrue(l, q, right) {
				t.Errorf("seed %d: “%s” %s", seed, q.Text, right)
			}
		}
	}
	if len(asked) != 8 {
		t.Errorf("asked: %v", asked)
	}
}

// Who is named twice in an envelope is one recipient, as the exercise on three of them teaches, also in other letters.
func TestPosttestCountsARecipientOnce(t *testing.T) {
	e := parseSmall(t)
	script, err := parseScript("pc1 connects 25\npc1 types EHLO x\npc1 types MAIL FROM:<pc1@email.com>\npc1 types RCPT TO:<pc3@email.com>\npc1 types RCPT TO:<pc2@email.com>\n" +
		"pc1 types rcpt to:<PC3@Email.Com> NOTIFY=NEVER\npc1 types RCPT TO:<nobody@email.com>\npc1 types DATA\npc1 types\npc1 types .")
	if err != nil {
		t.Fatal(err)
	}
	l, err := lab.New(e.Spec("run", 7, start))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	if err := script.play(l, nil, apply(l)); err != nil {
		t.Fatal(err)
	}
	a := &asker{lab: l, gist: words, rnd: rand.New(rand.NewPCG(1, 1))}
	a.read()
	for _, c := range a.howMany().Choices {
		if c.Right && c.Text != "2" {
			t.Errorf("it counts %s", c.Text)
		}
	}
	if len(a.accepted) != 1 || a.accepted[0].asked != 4 {
		t.Errorf("%+v", a.accepted)
	}
}

// isTrue looks in the trace for what a question says.
func isTrue(l *lab.Lab, q Question, right string) bool {
	log := l.Trace()
	var seq uint64
	fmt.Sscanf(q.Text, "Event %d", &seq)
	fmt.Sscanf(q.Text, "At event %d", &seq)
	e := log.At(seq)
	bare := strings.Trim(right, "`")
	switch q.ID {
	case "answer":
		for r := range log.After(seq) {
			if r.Kind == trace.Reply && r.Re == seq {
				return fmt.Sprint(r.Code) == bare
			}
		}
	case "next":
		for r := range log.After(seq) {
			if r.Conn == e.Conn && r.Line() && r.From == e.To {
				return r.Verb == bare || r.Kind == trace.Data && right == theMessage
			}
		}
	case "responsible":
		fmt.Sscanf(right, "Event %d", &seq)
		e = log.At(seq)
		return e.Verb == trace.EOD && e.Code == 250
	case "recipients":
		return right == "2" // of three that were named
	case "port":
		c, _ := l.Conversation(e.Conn)
		return e.Kind == trace.Open && fmt.Sprint(c.ServerAddr.Port()) == right
	case "state":
		return e.After.String() == right
	case "mailbox":
		return e.Kind == trace.Store && strings.HasPrefix(e.Note, strings.TrimSuffix(bare, "@email.com")+" ")
	case "class":
		return e.Code/100 == 5 && strings.HasPrefix(right, "No, ") || e.Code == 354 && strings.HasPrefix(right, "So far")
	}
	return false
}
