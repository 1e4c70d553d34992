package e2e

import (
	"strings"
	"testing"
)

// Exercises in which the server is asked, measured or played, done as a student does them: by what the page says.

// Be the server: an answer that breaks a rule is named, and twelve right ones count, as does the promise that nobody keeps.
func TestBeTheServerExercise(t *testing.T) {
	t.Parallel()
	p := newSite(t).browse(t, look{})
	p.goTo("/exercises/be-the-server")
	p.click(".exercise__begin .btn", "Begin")
	w := p.began(t)
	p.checked("0 of 4")
	p.sees(".check__text", "You have not answered anybody in the server's place yet.")
	writes := func(to, subject string) {
		p.click("#host-pc1", "")
		p.click("#f-to", "")
		p.insert(to)
		p.fill("#f-subject", subject)
		p.click("#window button", "Send")
		p.seesNo("#window", "")
		p.click("#host-server", "")
		p.click("#window .tab", "Answer")
	}
	answers := func(answer, then string) {
		p.click(".quick", answer)
		p.sees(".asked li:first-child", then)
	}
	six := "pc1@email.com, pc2@email.com, pc3@email.com, postmaster@email.com, ghost@email.com, " + w.word() + "@email.com"

	// A wrong way first: the greeting of somebody who does not say who he is.
	writes(six, "Trust "+w.word())
	p.sees(".quick", "220 email.com ESMTP service ready")
	p.fill("#term-text", "220 Hello!")
	p.press(enter)
	p.sees(".said--mine[data-verdict=breach]", "The server's name is missing.")
	p.sees(".check__text", "The server's name is missing. That was event 7, “220 Hello!”. Let somebody call again.")
	p.shoot("be-the-server wrong")
	p.click(".term__foot button", "Close")
	p.sees(".term__status", "is closed")
	p.click("#window .win__close", "")

	// The right way.
	writes(six, "Trust "+w.word())
	answers("220 email.com ESMTP service ready", "EHLO")
	answers("250 email.com greets you", "MAIL FROM")
	answers("250 Sender OK", "RCPT TO:<pc1@email.com>")
	answers("250 Recipient OK", "RCPT TO:<pc2@email.com>")
	answers("250 Recipient OK", "RCPT TO:<pc3@email.com>")
	answers("250 Recipient OK", "RCPT TO:<postmaster@email.com>")
	answers("250 Recipient OK", "RCPT TO:<ghost@email.com>")
	answers("550 No such mailbox here", "RCPT TO:<"+w.word()+"@email.com>")
	answers("550 No such mailbox here", "DATA")
	answers("354", "the message, to its dot")
	p.shoot("be-the-server half")
	p.sees(".check__text", "You have given 10 answers")
	answers("250 OK, accepted", "QUIT")
	p.click(".quick", "221 email.com")
	p.checked("2 of 4")
	p.sees(".check__state[data-met=true]", "break no rule")
	p.sees(".check__state[data-met=true]", "refuse the two whom there are not")
	p.sees("#toasts .toast", "The server accepted the mail for 4 of 6 recipients.")
	p.click("#window .win__close", "")

	// Where is it? Not where one would look first.
	p.click("#host-pc2", "")
	p.click("#window .tab", "Inbox")
	p.click("#window button", "Check mail")
	p.sees("#toasts .toast", "No new mail for pc2@email.com.")
	p.sees("#window .empty", "No mail here yet.")
	p.click("#window .win__close", "")
	p.click("#ask-where label", "In the mailboxes of the four")
	p.click("#ask-where .btn", "Answer")
	p.sees("#said-where", "Check the mail on PC-2. Nobody has put it there.")
	p.checked("2 of 4")
	p.click("#ask-where label", "Nowhere.")
	p.click("#ask-where .btn", "Answer")
	p.checked("3 of 4")
	p.sees("#said-where", "With the 250 you took the responsibility")

	// Not now, and not: never.
	writes("pc2@email.com", "Busy")
	answers("220", "EHLO")
	answers("250 email.com greets you", "MAIL FROM")
	answers("250 Sender OK", "RCPT")
	answers("450 Mailbox is busy", "DATA")
	answers("554", "QUIT")
	p.click(".quick", "221 email.com")
	p.checked("Done")
	p.sees("#toasts .toast", "The server may think otherwise later: wait a little and send it again.")
	p.click("#window .win__close", "")
	p.sees(".task__done", "A server is a list of rules and one promise.")
	p.shoot("be-the-server finished")
}

// POP3 by hand and by keys alone: what DELE marked comes back when the cable is pulled, and is gone after QUIT.
func TestPOP3DeleteExercise(t *testing.T) {
	t.Parallel()
	p := newSite(t).browse(t, look{first: `addEventListener("pointerdown", () => console.error("somebody pointed"), true)`})
	p.goTo("/exercises/pop3-delete")
	p.tabTo(".exercise__begin .btn", "Begin", p.forward)
	p.press(enter)
	w := p.began(t)
	p.checked("0 of 3")
	p.tabTo("#host-pc1", "", p.forward)
	p.press(right)
	p.press(enter)
	p.hasFocus("#f-to")
	p.tabTo("#window .tab", "Terminal", p.pressBack)
	p.press(enter)
	p.hasFocus("#f-target")
	p.forward()
	p.hasFocus("#f-port")
	p.press("110") // over what is there: Tab has selected it
	p.press(enter)
	p.sees(".said .code", "+OK")

	// A wrong way first: the password that PC-2 has in other labs.
	p.hasFocus("#term-text")
	p.types("USER pc2")
	p.types("PASS pc2")
	p.sees(".said", "-ERR [AUTH] wrong user name or password")
	p.sees(".check__text", "“PASS pc2” was answered with “-ERR [AUTH] wrong user name or password”")
	p.sees(".check__text", "Needed is “PASS owl-"+w.word()+"”")
	p.shoot("pop3 wrong")

	p.types("USER pc2")
	p.types("PASS owl-" + w.word())
	p.sees(".said--mine", "PASS owl-"+w.word()) // what was typed is there
	p.types("TOP 1 0")
	p.sees(".said", "Subject: Old news")
	p.types("DELE 1")
	p.types("STAT")
	p.sees(".said", "+OK 1 ")
	p.checked("0 of 3")
	p.sees(".check__text", "Still missing: the end of the connection.")
	p.tabTo(".term__foot button", "Close", p.forward)
	p.press(enter)
	p.checked("1 of 3")
	p.sees(".check__state[data-met=true]", "leave without QUIT")
	p.sees(".check__text", "Still missing: “QUIT”, answered with +OK with “1 message removed” in it. That conversation has ended")
	p.shoot("pop3 half")

	// It comes back, and the form knows where to.
	p.tabTo(".term__lines a", "+ New", p.pressBack)
	p.press(enter)
	p.hasFocus("#f-target")
	p.press(enter)
	p.sees(".said .code", "+OK")
	p.hasFocus("#term-text")
	p.types("USER pc2")
	p.types("PASS owl-" + w.word())
	p.types("STAT")
	p.sees(".said", "+OK 2 ")
	p.types("DELE 1")
	p.types("QUIT")
	p.sees(".said", "+OK 1 message removed, goodbye")
	p.checked("Done")
	p.press(escape)
	p.seesNo("#window", "")
	p.sees(".check__state[data-met=true]", "One mail is left on the server")
	p.sees(".task__done", "DELE marks, QUIT deletes.")
	p.shoot("pop3 finished")
}

// Too big, on a phone: the same refusal before and behind the message, and a number that is read off the wire.
func TestTooBigExercise(t *testing.T) {
	t.Parallel()
	p := newSite(t).browse(t, look{phone: true})
	p.goTo("/exercises/too-big")
	p.click(".exercise__begin .btn", "Begin")
	w := p.began(t)
	p.checked("1 of 4") // PC-2 has none of it yet
	p.leaveTask()
	sends := func(octets int) {
		p.fill("#f-to", "pc2@email.com")
		p.fill("#f-subject", "Big "+w.word())
		_, err := eval[bool](p, `(octets) => {
			const files = new DataTransfer();
			files.items.add(new File([new Uint8Array(octets)], "photo.jpg"));
			document.querySelector("#f-files").files = files.files;
			return true;
		}`, octets)
		p.do(err)
		p.click("#window button", "Send")
		p.seesNo("#window", "")
	}

	// A wrong way first: a file that is not too big. Undo makes it good again.
	p.click("#host-pc1", "")
	sends(2000)
	p.checked("0 of 4")
	p.openTask()
	p.sees(`.check__state[data-broken=true]`, "PC-2 gets neither")
	p.sees(".check__text", "was answered with “250 2.1.0 Sender accepted”")
	p.sees(".check__text", "Needed is 552.")
	p.fits()
	p.shoot("too-big wrong")
	p.leaveTask()
	p.click("#desk button", "Undo")
	p.checked("1 of 4")

	p.click("#host-pc1", "")
	sends(12000)
	p.checked("2 of 4")
	p.sees("#toasts .toast", "552 5.3.4 Message too big: at most 10240 octets are accepted")
	size := p.text(`[...document.querySelectorAll(".row--client")].map((e) => / SIZE=(\d+)/.exec(e.textContent)).find(Boolean)[1]`)
	p.click("#toasts button", "")
	p.click("#host-pc1", "")
	p.click("#window .tab", "Settings")
	p.click("#window summary", "Extensions")
	p.click("#window .setup__more .box", "SIZE")
	p.click("#window .btn", "Save")
	p.sees("#window .done", "Saved.")
	p.click("#window .tab", "Compose")
	sends(12000)
	p.checked("3 of 4")

	// It is not the limit that was sent in vain.
	p.openTask()
	p.sees(".check__text", "The question below the task is not answered yet.")
	p.fill("#say-octets", "10240")
	p.press(enter)
	p.sees("#said-octets", "10240")
	p.sees(".check__text", "The answer is not right: “10240”.")
	p.checked("3 of 4")
	p.do(p.selectAll("#say-octets"))
	p.types(size)
	p.checked("Done")
	p.sees(".task__done", "Refusing early costs a line, refusing late costs the message.")
	p.fits()
	p.shoot("too-big finished")
	if size == "10240" || strings.Trim(size, "0123456789") != "" {
		t.Errorf("the size was %q", size)
	}
}
