package e2e

import (
	"slices"
	"testing"

	"smtplab/sim/lab"
)

// asks waits until a reply is asked for, and answers.
func (p *tab) predicts(question, answer string) {
	p.t.Helper()
	p.sees("#predict-ask", question)
	p.click("#predict [data-answer]", answer)
}

// Replies are held back until they were predicted: rows, pop-ups and whatever else would give them away. Nobody else
// waits for that.
func TestPredictFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	p, other := s.browse(t, look{}), s.browse(t, look{})
	p.openLab(w)
	other.openLab(w)
	p.click("[data-predict]", "Predict first")
	p.sees("#predict", "From the next reply on")
	w.mailed("pc1", lab.Mail{To: "pc2@email.com, nobody@email.com", Subject: "foreseen", Body: "x"})
	other.sees(".toast", "")
	other.sees(".code", "221")

	p.sees("#predict-ask", "A connection has opened. What does the server say first?")
	p.sees(".row--open", "49152 → 25")
	p.seesNo(".row--reply", "")
	p.seesNo(".toast", "")
	p.click("#predict [data-answer]", "success")
	p.sees("#predict [data-said]", "Right: 220 email.com")
	p.sees("#predict [data-score]", "1 of 1 right")
	p.sees(".row--reply .code", "220")
	p.sees(".group .outcome", "in progress")
	p.predicts("EHLO pc1.email.com", "2yz")
	p.sees(".row--client", "DATA")
	p.predicts("PC-1 says “MAIL FROM:<pc1@email.com>", "success")
	p.predicts("RCPT TO:<pc2@email.com>", "success")
	p.predicts("RCPT TO:<nobody@email.com>", "success")
	p.sees("#predict [data-said]", "Not this time. It is 550 5.1.1 No such mailbox here. There is no such mailbox here.")
	p.sees("#predict [data-score]", "4 of 5 right")

	// The exact code, of those that the standard allows or any other.
	p.click("#predict [data-level]", "Code")
	p.sees("#predict-ask", "“DATA”")
	p.sees("#predict [data-score]", "0 of 0 right")
	p.click("#predict [data-answer]", "354")
	p.sees("#predict [data-said]", "Right: 354")
	p.sees(".line--header", "Subject: foreseen")
	p.sees("#predict-ask", "The message has ended. What does the server answer?")
	p.fill("#predict [data-other] input", "251\r")
	p.sees("#predict [data-said]", "Almost: the class is right. It is 250 2.0.0")
	p.sees("#predict [data-score]", "1 of 2 right")
	if p.is(`document.querySelector(".toast")`) {
		t.Error("the pop-up came before its reply was all there was to come")
	}

	// Turning it off releases what is held, in order and once.
	p.sees("#predict-ask", "“QUIT”")
	p.seesNo(".code", "221")
	p.click("[data-predict]", "Predict first")
	p.seesNo("#predict", "")
	p.sees(".code", "221")
	p.sees(".toast", "")
	p.sees(".group .outcome", "1 message accepted; refused: 550")
	rows := p.shownRows()
	for i, seq := range rows {
		if i > 0 && seq <= rows[i-1] {
			t.Errorf("row %d comes after %d", seq, rows[i-1])
		}
	}
	if rest := other.shownRows(); len(rows) != len(rest) {
		t.Errorf("%d rows, where others see %d", len(rows), len(rest))
	}
}

// By keyboard, with POP3; "reveal all" goes on with what comes; a reload keeps the run, and a reset ends the question.
func TestPredictByKeyboard(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "keys"})
	p := s.browse(t, look{})
	p.openLab(w)
	p.press("p")
	p.sees("#predict", "From the next reply on")
	w.fetched("pc2")
	p.sees("#predict-ask", "What does the server say first?")
	p.seesNo("#predict [data-answer]", "2yz")
	p.press("2")
	p.sees("#predict [data-said]", "Right: +OK")
	p.press("5")
	p.sees("#predict [data-said]", "Not this time. It is +OK")
	p.tabTo("#predict [data-answer]", "+OK", p.forward)
	p.press(enter)
	p.sees("#predict [data-score]", "2 of 3 right")
	p.hasFocus("#predict [data-answer]")

	// What is looked for is not found before it is predicted.
	p.lookFor("code:+ok proto:pop3")
	p.sees("#find-said", "3 of ")
	p.lookFor("a")
	p.press(backspace)
	p.seesNo("#find-said", " of ")
	p.sees(".row--client", "EHLO")
	p.press(escape)
	p.click("#predict [data-reveal]", "Reveal all")
	p.sees("#predict [data-said]", "Everything that was held back is shown.")
	p.seesNo("#predict-ask", "")
	p.sees(".group .outcome", "1 message fetched")
	other := s.browse(t, look{})
	other.openLab(w)
	if got, want := p.shownRows(), other.shownRows(); !slices.Equal(got, want) {
		t.Errorf("rows %v, where others see %v", got, want)
	}

	w.act(lab.Action{Verb: lab.Fetch, Host: "pc3"})
	p.sees("#predict-ask", "What does the server say first?")
	p.goTo(w.url(""))
	p.sees("#predict [data-said]", "The page was loaded again")
	p.sees("#predict [data-score]", "2 of 3 right")
	p.seesNo("#predict-ask", "")
	w.act(lab.Action{Verb: lab.Fetch, Host: "pc3"})
	p.sees("#predict-ask", "What does the server say first?")
	w.act(lab.Action{Verb: lab.Reset})
	p.seesNo("#predict-ask", "")
	p.sees(".row--reset", "The lab was reset")
	p.click("#predict [data-again]", "Start the score again")
	p.sees("#predict [data-score]", "0 of 0 right")
}

// A lab at full speed goes on while one thinks, and what was missed is not lost.
func TestPredictWhileMuchHappens(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	p := s.browse(t, look{first: noting})
	p.openLab(w)
	p.click("[data-predict]", "Predict first")
	p.sees("#predict", "From the next reply on")
	for range 15 {
		w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "much"})
	}
	p.predicts("What does the server say first?", "success")
	p.predicts("EHLO", "go on")
	p.predicts("MAIL FROM", "success")
	p.click("#predict [data-reveal]", "")
	p.sawAll(w)
}
