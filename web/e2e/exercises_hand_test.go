package e2e

import (
	"strings"
	"testing"
)

// begins begins an exercise from its page.
func (p *tab) begins(t testing.TB, id string) *world {
	t.Helper()
	p.goTo("/exercises/" + id)
	p.click(".exercise__begin .btn", "Begin")
	return p.began(t)
}

// told types a line into a terminal, and waits until it stands there, with the answer below it, if there is to be one.
func (p *tab) told(line, answer string) {
	p.t.Helper()
	before := p.said()
	p.types(line)
	p.until("“"+line+"” is said, and answered with “"+answer+"”", `(before, line, answer) => {
		const fresh = [...document.querySelectorAll(".said")].slice(before);
		const mine = fresh.findIndex((e) => e.matches(".said--mine") && e.textContent.includes(line));
		return mine >= 0 && fresh.slice(mine + 1).some((e) => e.textContent.includes(answer)) === Boolean(answer);
	}`, before, line, answer)
}

// said is how many lines a terminal has.
func (p *tab) said() int {
	p.t.Helper()
	n, err := eval[int](p, `() => document.querySelectorAll(".said").length`)
	p.do(err)
	return n
}

// answered chooses an answer, or types it, and waits until the question says what it says to it.
func (p *tab) answered(question, answer, says string) {
	p.t.Helper()
	if field := "#say-" + question; p.is(`document.querySelector("` + field + `")`) {
		p.click(field, "")
		p.hasFocus(field)
		p.do(p.selectAll(field))
		p.types(answer)
	} else {
		p.click("#ask-"+question+" label", answer)
		p.click("#ask-"+question+" .btn", "Answer")
	}
	p.sees("#said-"+question, "You answered: "+answer)
	p.sees("#said-"+question, says)
	p.until("the question has its answer", `(css) => document.querySelector(css).contains(document.activeElement)`, "#ask-"+question)
}

// A whole mail in the terminal, by keys alone: first without brackets, and with a QUIT that becomes text. Then what the
// empty line between header and text is for.
func TestByHandExercise(t *testing.T) {
	t.Parallel()
	p := newSite(t).browse(t, look{first: `addEventListener("pointerdown", () => console.error("somebody pointed"), true)`})
	p.goTo("/exercises/by-hand")
	p.sees(".exercise pre", "MAIL FROM:<pc1@email.com>")
	p.tabTo(".exercise__begin .btn", "Begin", p.forward)
	p.press(enter)
	w := p.began(t)
	p.checked("0 of 3")
	p.sees(".check__text", "There was no conversation from PC-1 to port 25 typed by hand, in the Terminal, yet.")
	p.tabTo("#host-pc1", "", p.forward)
	p.press(enter)
	p.hasFocus("#f-to")
	p.tabTo("#window .tab", "Terminal", p.pressBack)
	p.press(enter)
	p.hasFocus("#f-target")
	p.until("the fields have what the task names", `() => document.querySelector("#f-target").value + ":" + document.querySelector("#f-port").value === "email.com:25"`)
	p.press(enter)
	p.sees(".said", "220 email.com")
	p.hasFocus("#term-text")

	p.told("EHLO pc1.email.com", "250 HELP")
	p.told("MAIL FROM:pc1@email.com", "501 5.1.7")
	p.sees(".check__text", "Needed is “MAIL FROM:<pc1@email.com>”, answered with 250.")
	p.told("MAIL FROM:<pc1@email.com>", "250 2.1.0")
	p.told("RCPT TO:<pc2@email.com>", "250 2.1.5")
	p.told("DATA", "354")
	p.told("From: pc1@email.com", "")
	p.told("To: pc2@email.com", "")
	p.told("Subject: By hand "+w.word(), "")
	p.told("", "")
	p.told("Note: this was typed by hand.", "")
	p.told("QUIT", "")
	p.sees(".check__text", "It ends with a line that has only a dot")
	p.told(".", "250 2.0.0")
	p.checked("1 of 3")
	p.sees(".check__state[data-met=true]", "Its subject is in the header")
	p.told("QUIT", "221")
	p.checked("2 of 3")
	p.sees(".check__state[data-met=true]", "from EHLO to QUIT")

	// Once more, first with the empty line that should be missing.
	p.tabTo(".term__lines a", "+ New", p.pressBack)
	p.follow()
	p.hasFocus("#f-target")
	p.press(enter)
	p.hasFocus("#term-text")
	p.sees(".said", "220 email.com")
	p.told("EHLO pc1.email.com", "250 HELP")
	for _, gap := range []bool{true, false} {
		p.told("MAIL FROM:<pc1@email.com>", "250 2.1.0")
		p.told("RCPT TO:<pc2@email.com>", "250 2.1.5")
		p.told("DATA", "354")
		p.told("Subject: No gap "+w.word(), "")
		if gap {
			p.told("", "")
		}
		p.told("Note: this was typed by hand.", "")
		p.told(".", "250 2.0.0")
		if gap {
			p.sees(".check__text", "the line “Note:” stands in its text: an empty line ends the header, and one came before it.")
			p.checked("2 of 3")
		}
	}
	p.checked("Done")
	p.sees(".task__done", "The server does not read your message.")
	p.shoot("by hand")
}

// The dialogue of a mail, step by step, and questions about it, of which two are about this student's own.
func TestReadTheDialogueExercise(t *testing.T) {
	t.Parallel()
	p := newSite(t).browse(t, look{})
	w := p.begins(t, "read-the-dialogue")
	p.click("#controls button", "Pause")
	p.sees(`#controls[data-paused=true]`, "")
	p.click("#host-pc1", "")
	p.fill("#f-to", "pc2@email.com")
	p.fill("#f-subject", "Read "+w.word())
	p.fill("#f-body", "Who speaks when?")
	p.click("#window button", "Send")
	p.seesNo("#window", "")
	p.sees("#wire-foot, .trace", "Paused.")
	p.seesNo(".row", "220")
	for _, line := range []string{"220 email.com", "EHLO pc1.email.com", "250 HELP", "MAIL FROM:<pc1@email.com>", "250 2.1.0",
		"RCPT TO:<pc2@email.com>", "250 2.1.5", "DATA", "354", "Subject: Read " + w.word(), "250 2.0.0", "QUIT", "221 2.0.0"} {
		p.stepTo("#groups .row", line)
	}
	p.checked("1 of 7")
	p.stepTo("#toasts .toast", "The server accepted the mail") // which covers no button
	p.click("#controls button", "Run")
	p.sees(`#controls[data-paused=false]`, "")

	p.sees(".check__text", "The question below the task is not answered yet.")
	p.answered("first", "PC-1: EHLO", "That is the first line of PC-1. Look one line above it.")
	p.sees(".check__text", "“PC-1: EHLO” is not right.")
	p.answered("first", "The server: 220", "The server greets.")
	p.checked("2 of 7")
	p.answered("order", "EHLO, MAIL, RCPT, DATA, QUIT", "First the greeting")
	p.checked("3 of 7")
	p.answered("digit", "So far, so good. Now send the rest.", "DATA has two halves")
	p.checked("4 of 7")
	p.answered("end", "A line that has only a dot", "the server acts on")
	p.checked("5 of 7")
	p.answered("size", "10485760", "")
	p.sees(".check__text", "“10485760” is not right. What is right was said in the conversation that has event")
	p.click(".check__text a", "Look at event")
	p.sees(".row[data-open] .card", "")
	p.sees(".row[data-open]", "221 2.0.0")
	p.answered("size", p.text(`document.getElementById("groups").innerText.match(/SIZE=(\d+)/)[1]`), "")
	p.checked("6 of 7")
	p.answered("receipt", "1267", "")
	p.sees(".check__text", "“1267” is not right.")
	p.answered("receipt", p.text(`document.getElementById("groups").innerText.match(/Accepted as (\w+)/)[1]`), "")
	p.checked("Done")
	p.sees(".task__done", "The server speaks first.")
	p.sees(".task__done", "SMTP is a conversation in plain text")
	p.shoot("read the dialogue")
}

// stepTo presses Step until something has come, as whoever is told to do it again and again.
func (p *tab) stepTo(css, words string) {
	p.t.Helper()
	for range 12 {
		there, err := eval[bool](p, `(css, words) => {`+finding+` return Boolean(find(css, words)) }`, css, words)
		p.do(err)
		if there {
			return
		}
		before := p.text(`document.querySelector("[data-time-last]").textContent`)
		p.click("#controls button", "Step")
		p.until("the lab has gone on", `(before) => document.querySelector("[data-time-last]").textContent !== before`, before)
	}
	p.sees(css, words)
}

// A file, first attached and then typed: what the task has is pasted into the terminal, with the line in it that stood on
// the wire; at first without it, as whoever does not read.
func TestAttachmentExercise(t *testing.T) {
	t.Parallel()
	p := newSite(t).browse(t, look{})
	w := p.begins(t, "attachment-is-text")
	for _, file := range []string{"my word", w.word() + "\n"} {
		p.click("#host-pc1", "")
		p.fill("#f-to", "pc2@email.com")
		p.fill("#f-subject", "File "+w.word())
		p.fill("#f-body", w.word())
		_, err := eval[bool](p, `(text) => {
			const files = new DataTransfer();
			files.items.add(new File([text], "word.txt", { type: "text/plain" }));
			document.querySelector("#window input[type=file]").files = files.files;
			return true;
		}`, file)
		p.do(err)
		p.click("#window button", "Send")
		p.seesNo("#window", "")
		if file == "my word" {
			p.sees(".check__text", "“"+w.word()+"” is not in the file that is attached to it.")
			p.checked("0 of 3")
		}
	}
	p.checked("1 of 3")
	line := p.text(`document.getElementById("groups").innerText.match(/filename="word.txt"\s+(\S+)/g).at(-1).split(/\s+/).at(-1)`)

	p.click("#host-pc1", "")
	p.click("#window .tab", "Terminal")
	p.hasFocus("#f-target")
	p.press(enter)
	p.hasFocus("#term-text")
	p.sees(".said", "220 email.com")
	p.told("EHLO pc1.email.com", "250 HELP")
	message := p.text(`[...document.querySelectorAll("#task .text pre")].find((e) => e.textContent.includes("multipart")).textContent`)
	for _, in := range []string{"THE LINE OF STEP 3", line} {
		p.told("MAIL FROM:<pc1@email.com>", "250 2.1.0")
		p.told("RCPT TO:<pc2@email.com>", "250 2.1.5")
		p.told("DATA", "354")
		p.click(".say__how a", "Several lines")
		p.hasFocus("textarea#term-text")
		p.insert(strings.ReplaceAll(message, "THE LINE OF STEP 3", in))
		before := p.said()
		p.click("#window .say button", "Send")
		p.until("the server has taken it", `(before) => [...document.querySelectorAll(".said")].slice(before).some((e) => e.textContent.includes("250 2.0.0"))`, before)
		p.hasFocus("input#term-text") // for what comes next
		if in != line {
			p.checked("2 of 3")
			p.sees(".check__state[data-met=true]", "to the last boundary")
			p.sees(".check__text", "“"+w.word()+"” is not in the file that is attached to it.")
		}
	}
	p.checked("Done")
	p.told("QUIT", "221")
	p.sees(".task__done", "SMTP sees lines; MIME sees files.")
	p.click("#window .win__close", "")
	p.click("#host-pc2", "")
	p.click("#window .tab", "Inbox")
	p.click("#window button.mails__open", "Hand "+w.word())
	p.sees("#window", "I made this with a keyboard.")
	p.sees("#window .files", "word.txt")
	p.shoot("attachment")
}
