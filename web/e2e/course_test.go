package e2e

import (
	"strings"
	"testing"

	"smtplab/sim/exercise"
	"smtplab/sim/lab"
)

// began is the lab of an exercise that the tab shows, at full speed.
func (p *tab) began(t testing.TB) *world {
	t.Helper()
	p.sees("#task", "")
	p.sees(`#live[data-state=live]`, "")
	id, _, _ := strings.Cut(strings.TrimPrefix(p.text(`location.pathname`), "/labs/"), "/")
	a, err := p.site.labs.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t, p.site.labs, a}
	w.act(lab.Action{Verb: lab.Speed})
	return w
}

// openTask opens the sheet in which the task is on a phone.
func (p *tab) openTask() {
	p.t.Helper()
	if p.taskIs("false") {
		p.click("[data-task-fold]", "")
	}
	p.sees("#task-body", "")
}

// leaveTask closes the sheet again, if there is one.
func (p *tab) leaveTask() {
	p.t.Helper()
	if p.taskIs("true") && p.is(`document.getElementById("task").hasAttribute("data-open")`) {
		p.click("[data-task-fold]", "")
		p.seesNo("#task-body", "")
	}
}

// taskIs tells what the button of the task says of it, as soon as that is so.
func (p *tab) taskIs(expanded string) bool {
	p.t.Helper()
	p.sees(`#live[data-state=live]`, "")
	p.until("the task can be opened and closed", `() => document.querySelector("[data-task-fold]").ariaExpanded === String(document.getElementById("task-body").checkVisibility())`)
	return p.text(`document.querySelector("[data-task-fold]").ariaExpanded`) == expanded
}

// checked waits until so many checks are met, as the strip says.
func (p *tab) checked(words string) {
	p.t.Helper()
	p.sees("#task-count", words)
}

// word is the lab's own.
func (w *world) word() (word string) {
	w.t.Helper()
	w.view(func(l *lab.Lab) { word = exercise.Word(l.Spec().Seed) })
	return word
}

// A student does the first exercise: by the mouse, and with a finger on a phone. The checks tick as it happens; what was
// done wrongly is said, and hints are there to be opened.
func TestFirstExercise(t *testing.T) {
	t.Parallel()
	for _, device := range []struct {
		name string
		look look
	}{{"mouse", look{}}, {"phone", look{phone: true}}} {
		t.Run(device.name, func(t *testing.T) {
			t.Parallel()
			p := newSite(t).browse(t, device.look)
			p.goTo("/theory/aim")
			p.click(".top__nav a", "Exercises")
			p.sees(".stage__item[data-state=new]", "First mail")
			p.click(".stage__title", "First mail")
			p.sees(".exercise", "your word")
			p.click(".quiz summary", "On PC-2")
			p.sees(".quiz p", "No. PC-2 has not asked for it yet")
			p.click(".exercise__begin .btn", "Begin")

			w := p.began(t)
			p.checked("0 of 3")
			p.openTask()
			p.sees(".text", w.word())
			p.sees(".check__text", "There was no conversation from PC-1")
			p.click(".hint summary", "Hint")
			p.sees(".hint p", "A mail is written on a PC")
			p.fits()

			// A wrong way first: the mail comes to PC-2, but without the word.
			p.leaveTask()
			p.click("#host-pc1", "")
			p.fill("#f-to", "pc2@email.com")
			p.fill("#f-subject", "Hello")
			p.click("#window button", "Send")
			p.checked("1 of 3")
			p.openTask()
			p.sees(".check__state[data-met=true]", "PC-1 sends a mail to PC-2")
			p.sees(".check__text", "its Subject is “Hello”, and “"+w.word()+"” has to be in it")
			p.seesNo(".hint p", "A mail is written on a PC") // that is done
			p.click(".check__text a", "Look at event")
			p.sees(".row[data-open] .card", "")

			// The right way.
			p.click("#host-pc1", "")
			p.fill("#f-to", "pc2@email.com")
			p.fill("#f-subject", "Hello "+w.word())
			p.click("#window button", "Send")
			p.checked("2 of 3")
			p.click("#host-pc2", "")
			p.click("#window .tab", "Inbox")
			p.click("#window button.mails__open", w.word())
			p.checked("Done")
			if p.phone {
				p.click("#window .win__close", "")
			}
			p.openTask()
			p.sees(".task__done", "You have done it")
			p.sees(".task__done", "Mail is not sent from PC to PC")
			p.fits()
			p.shoot("finished")

			p.click(".task__done a", "Evidence report")
			p.sees(".evidence", "All 3 checks are met")
			p.sees(".evidence__event code", "250 2.0.0 Accepted")
			p.sees(".evidence", w.word())
			p.shoot("evidence")
			p.click(".evidence__back a", "Back to the lab")
			p.checked("Done")
			p.openTask()
			p.click(".task__done a", "Questions about your run")
			p.sees(".quiz", "of your run")
			p.click(".quiz summary", "")
			p.sees(".quiz p[data-right]", "")
			p.shoot("posttest")
			p.click(".top__nav a", "Exercises")
			p.sees(".stage__item[data-state=done]", "First mail")
		})
	}
}

// inView waits until the beginning of an element can be read where the task scrolls, and stands still there.
func (p *tab) inView(css string) {
	p.t.Helper()
	p.until(css+" is in view", `async (css) => {
		const e = document.querySelector(css), place = e.closest(".task__read, .task__checks").getBoundingClientRect();
		const top = () => e.getBoundingClientRect().top, before = top();
		await new Promise((done) => setTimeout(done, 100));
		const below = Math.min(e.getBoundingClientRect().bottom, top() + 60);
		return top() === before && top() >= place.top && below <= place.bottom;
	}`, css)
}

// On a phone the task is open when one comes to the lab, once; then the bar says what comes next. Elsewhere, too, what is
// opened comes into view, and who is done sees at once how to go on.
func TestTaskIsSeen(t *testing.T) {
	t.Parallel()
	for _, device := range []struct {
		name string
		look look
	}{{"mouse", look{}}, {"still", look{still: true}}, {"phone", look{phone: true}}} {
		t.Run(device.name, func(t *testing.T) {
			t.Parallel()
			p := newSite(t).browse(t, device.look)
			p.goTo("/exercises/by-hand")
			p.click(".exercise__begin .btn", "Begin")
			w := p.began(t)
			p.sees("#task-body", "Click PC-1, then Terminal.")
			p.click(".task__text summary", "I got something else")
			p.inView(".task__text[open]:not(:nth-of-type(1)) .text")
			if p.phone {
				p.click("[data-task-close]", "To the lab")
				p.seesNo("#task-body", "")
				p.sees("#task-now", "You have held a whole conversation by hand")
				p.fits()
				p.goTo(w.url(""))
				p.taskIs("false")
				p.seesNo("#task-body", "")
				p.click("#host-pc1", "")
				p.click("#window .tab", "Terminal")
				p.hasFocus("#f-target")
				p.press(enter)
				p.until("the line to type is large enough for a phone", `() => parseFloat(getComputedStyle(document.querySelector("#window .say__row input")).fontSize) >= 16`)
			}

			p.goTo("/exercises/first-mail")
			p.click(".exercise__begin .btn", "Begin")
			w = p.began(t)
			p.sees("#task-body", "Open the mail.") // another lab
			w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: w.word()})
			p.checked("2 of 3")
			p.until("what is met takes a line", `() => [...document.querySelectorAll(".check__state[data-met=true]")].every((e) => e.offsetHeight < 30)`)
			p.click(".hint summary", "Hint")
			p.inView(".hint[open] p")
			w.fetched("pc2")
			w.act(lab.Action{Verb: lab.Read, Host: "pc2", N: 1})
			p.checked("Done")
			for _, next := range []string{"posttest", "evidence", "exercises/read-the-dialogue"} {
				p.inView(".task__on a[href$='" + next + "']")
			}
			p.inView(".task__done details")
		})
	}
}

// The same by keys alone, and nothing is lost by loading the page again.
func TestFirstExerciseByKeyboard(t *testing.T) {
	t.Parallel()
	p := newSite(t).browse(t, look{first: `addEventListener("pointerdown", () => console.error("somebody pointed"), true)`})
	p.goTo("/exercises")
	p.tabTo(".stage__title", "First mail", p.forward)
	p.press(enter)
	p.sees(".exercise", "")
	p.tabTo(".exercise__begin .btn", "Begin", p.forward)
	p.press(enter)
	w := p.began(t)

	p.tabTo(".hint summary", "Hint", p.forward)
	p.press(enter)
	p.sees(".hint p", "A mail is written on a PC")
	p.tabTo(".hint summary", "Another hint", p.forward)
	p.press(enter)
	p.sees(".hint p", "Click PC-1 on the map")
	p.goTo(w.url(""))
	p.sees(".hint p", "Click PC-1 on the map") // it was opened in this tab

	p.tabTo("[data-task-fold]", "", p.forward)
	p.press(enter)
	p.seesNo("#task-body", "")
	p.sees("#task-now", "PC-1 sends a mail to PC-2")
	p.tabTo("#host-pc1", "", p.forward)
	p.press(enter)
	p.hasFocus("#f-to")
	p.press("pc2@email.com")
	p.tabTo("#f-subject", "", p.forward)
	p.press(w.word())
	p.tabTo("#window button", "Send", p.forward)
	p.press(enter)
	p.checked("2 of 3")
	p.sees("#task-now", "PC-2 has opened it")
	p.hasFocus("#host-pc1")
	p.press(right)
	p.press(enter)
	p.hasFocus("#f-to")
	p.tabTo("#window .tab", "Inbox", p.pressBack)
	p.press(enter)
	p.sees("#window button.mails__open", w.word())
	p.tabTo("#window button.mails__open", w.word(), p.forward)
	p.press(enter)
	p.checked("Done")
	p.press(escape)
	p.tabTo("[data-task-fold]", "", p.pressBack)
	p.press(enter)
	p.sees(".task__done", "You have done it")
}

// Beginning again asks first, and leads to another lab; the list still knows that it was done before. The solution is shown
// in a lab that does not count.
func TestRestartAndShow(t *testing.T) {
	t.Parallel()
	p := newSite(t).browse(t, look{})
	p.goTo("/exercises/first-mail")
	p.click(".exercise__begin .btn", "Begin")
	w := p.began(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: w.word()})
	w.fetched("pc2")
	w.act(lab.Action{Verb: lab.Read, Host: "pc2", N: 1})
	p.checked("Done")

	p.click("#task .btn", "Restart")
	p.sees("#window", "Begin the exercise again?")
	p.click("#window a", "Cancel")
	p.seesNo("#window", "")
	p.click("#task .btn", "Restart")
	p.click("#window .btn", "Begin again")
	p.checked("0 of 3")
	again := p.began(t)
	if again.ID == w.ID || again.word() == w.word() {
		t.Errorf("it is the same lab, or the same word: %s", again.word())
	}

	p.click("#task .btn", "Show me")
	p.click("#window .btn", "Show me")
	p.sees(".task__shown", "does not count as yours")
	p.sees("#desk", "This is the past")
	p.checked("0 of 3")
	if got := p.text(`document.querySelector(".task__play a").pathname`); got != again.url("") {
		t.Errorf("one's own lab is %s, want %s", got, again.url(""))
	}
	p.click(".steps a", "pc2 checks")
	p.checked("2 of 3")
	p.shoot("shown")
	p.click("[data-play]", "Play")
	p.until("it plays on", `() => document.querySelectorAll(".row--client").length > 12`)
	p.click("[data-play]", "Pause")
	p.click("#desk a", "Back to now")
	p.checked("Done")
	p.sees(".task__done", "All is met in this lab")
	p.goTo("/exercises")
	p.sees(".stage__item[data-state=done]", "First mail")
	p.click(".stage__title", "First mail")
	p.click(".exercise__begin .btn", "Continue")
	p.checked("0 of 3")
	if got := p.text(`location.pathname`); got != again.url("") {
		t.Errorf("it goes on at %s, want %s", got, again.url(""))
	}
}

// asking is an exercise with everything that a task can have.
const asking = `---
title: Who said what
stage: B questions
minutes: 5
after: [asking-nothing]
before: |
  pc3 sends to=pc2@email.com subject="Given"
checks:
  - id: sent
    says: A mail with ` + "`{word}`" + ` comes to PC-2
    needs: |
      mail in pc2
        subject has {word}
    hints: [One., Two., Three.]
  - id: code
    says: You know the code
    needs: answer code is "250"
    hints: [It begins with a 2.]
  - id: who
    says: You know who said it
    needs: answer who is "The server"
ask:
  - id: code
    text: Which code ended the mail?
  - id: who
    text: Who said it?
    choices:
      - {text: The client, why: The client never says a code.}
      - {text: The server, right: true, why: Replies are the server's.}
quiz:
  - id: guess
    text: Who will say it?
    choices:
      - {text: The client, why: No.}
      - {text: The server, right: true}
solution: |
  pc1 sends to=pc2@email.com subject="{word}"
  answer code is "250"
  answer who is "The server"
refs: [RFC 5321 §4.2]
---
You tell who said what.

## What to do

1. Send a mail with **{word}**.
2. Answer the questions.

### More

    pc1@email.com, pc2@email.com, pc3@email.com, pc4@email.com, pc5@email.com, pc6@email.com, pc7@email.com, pc8@email.com

> Quoted.

## You should see

A ` + "`250`" + `.

## Why

The server answers.

## I got something else

Try again.

## What you have learnt

Who says what.
`

func askingSite(t testing.TB) *site {
	t.Helper()
	e, err := exercise.Parse("asking.md", []byte(asking))
	if err != nil {
		t.Fatal(err)
	}
	return newSiteWith(t, []*exercise.Exercise{e})
}

// Questions are answered beside the lab, by keys too; what is wrong with an answer is said at its field.
func TestAnsweringQuestions(t *testing.T) {
	t.Parallel()
	p := askingSite(t).browse(t, look{})
	p.goTo("/exercises/asking")
	p.click(".exercise__begin .btn", "Begin")
	w := p.began(t)
	p.fill("#say-code", " ")
	p.press(enter)
	p.sees("#wrong-code", "Write an answer first.")
	p.forgive("422")
	p.hasFocus("#say-code")
	p.press("354")
	p.press(enter)
	p.sees("#said-code", "354")
	p.checked("0 of 3")
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: w.word()})
	p.checked("1 of 3")
	p.sees(".check__text", "The answer is not right: “354”.")
	p.hasFocus("#say-code") // the live channel takes nothing away from under the hands
	p.press(end + "\b\b\b250")
	p.press(enter)
	p.checked("2 of 3")
	p.tabTo("#ask-who input", "", p.forward)
	p.press(" ")
	p.tabTo("#ask-who .btn", "Answer", p.forward)
	p.press(enter)
	p.sees("#said-who", "The client never says a code.")
	p.click("#ask-who label", "The server")
	p.click("#ask-who .btn", "Answer")
	p.checked("Done")
	p.sees("#said-who", "Replies are the server's.")
	p.sees(".task__done", "Who says what.")

	// In the past nobody answers, and nothing is answered yet.
	p.goTo(w.url("?at=1"))
	p.checked("0 of 3")
	p.seesNo("#task form", "")
	p.seesNo("#said-code", "250")
}

// A task can be read, and its questions answered, without JavaScript.
func TestTaskWithoutJavaScript(t *testing.T) {
	t.Parallel()
	p := askingSite(t).browse(t, look{plain: true})
	p.goTo("/exercises")
	p.click(".stage__title", "Who said what")
	p.click(".quiz summary", "The server")
	p.sees(".quiz p", "Right.")
	p.click(".exercise__begin .btn", "Begin")
	p.sees("#task-count", "0 of 3")
	p.click(".hint summary", "Hint")
	p.sees(".hint p", "One.")
	p.fill("#say-code", " ")
	p.press(enter)
	p.sees("#wrong-code", "Write an answer first.")
	p.sees("h1", "Who said what")
	p.forgive("422")
	p.fill("#say-code", "250")
	p.press(enter)
	p.sees("#task-count", "1 of 3")
	p.sees("#said-code", "250")
	p.click("#task .btn", "Restart")
	p.sees(".win__title", "Begin the exercise again?")
	p.click("a.btn", "Cancel")
	p.click("#task .btn", "Show me")
	p.click(".ask__buttons .btn", "Show me")
	p.sees(".task__shown", "This lab shows the solution")
	p.sees("#desk", "This is the past")
}
