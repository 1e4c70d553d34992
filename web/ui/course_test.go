package ui

import (
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
)

// sampleTask is a task with everything that one can have.
func sampleTask(done bool) Task {
	t := Task{
		Title: "By hand", URL: "/exercises/by-hand", LabURL: "/labs/x7", Met: 1, Now: "Say <code>QUIT</code>",
		Checks: []TaskCheck{
			{ID: "ehlo", Says: "Say <code>EHLO</code>", Met: true, Event: Link{"event 9", "/labs/x7/events/9"}, Hints: []Prose{"One"}},
			{ID: "quit", Says: "Say <code>QUIT</code>", Next: true, Text: "“QUIT” is missing.", Event: Link{"event 12", "/labs/x7/events/12"}, Hints: []Prose{"One", "Two", "Three"}},
			{ID: "never", Says: "Never RSET", Broken: true, Text: "It was said."},
		},
		Parts: []TaskPart{{"What to do", "<ol><li>Type.</li></ol>", true}, {"You should see", "<p>An answer.</p>", false}},
		Asks: []Ask{
			{ID: "word", Text: "Which word?", SayURL: "/labs/x7/answer", Typed: "x", Problem: "Too short."},
			{ID: "which", Text: "Which one?", SayURL: "/labs/x7/answer", Choices: []AskChoice{{"a", "A"}, {"b", "B"}}, Said: "b", SaidWhy: "No."},
		},
		RestartURL: "/labs/x7/restart", ShowURL: "/labs/x7/show",
	}
	if done {
		t.Met = 3
		t.Now, t.Done = "", &TaskDone{Learnt: "<p>That it works.</p>", Why: "<p>Because.</p>", Next: Link{"The next", "/exercises/next"}, PosttestURL: "/labs/x7/posttest", EvidenceURL: "/labs/x7/evidence"}
		for i := range t.Checks {
			t.Checks[i].Met, t.Checks[i].Broken, t.Checks[i].Next = true, false, false
		}
	}
	return t
}

func sampleQuiz() []QuizQuestion {
	return []QuizQuestion{
		{ID: "one", Text: "Where?", Why: "For this reason.", Choices: []QuizChoice{{Text: "Here", Right: true}, {Text: "There", Why: "Not there."}}},
		{ID: "two", Text: "When?", Choices: []QuizChoice{{Text: "Now"}, {Text: "Then", Right: true}}},
	}
}

func coursePages() map[string]templ.Component {
	all := map[string]templ.Component{}
	for name, change := range map[string]func(*Task){
		"begun": func(*Task) {}, "lost": func(t *Task) { t.Void = "It was reset" }, "looking on": func(t *Task) { t.RestartURL, t.ShowURL = "", ""; t.Asks[0].SayURL, t.Asks[1].SayURL = "", "" },
		"shown": func(t *Task) {
			t.Shown, t.OwnURL, t.Steps = true, "/labs/x8", []TaskStep{{"pc1 checks", "/labs/x7/at/3"}, {"waits 3s", ""}}
		},
	} {
		for _, done := range []bool{false, true} {
			t := sampleTask(done)
			change(&t)
			lab := sampleLab()
			lab.Task = &t
			name := name + map[bool]string{true: ", done"}[done]
			all["task, "+name] = Lab(lab)
			all["task alone, "+name] = TaskAlone(TaskPage{Shell: sampleShell("lab"), Task: t, BackURL: "/labs/x7"})
		}
	}
	item := ExerciseItem{Title: "First mail", URL: "/exercises/first-mail", Minutes: 10, State: "begun", Words: "begun, 1 of 3 checks", After: []string{"Nothing"}}
	all["exercises"] = Exercises(ExercisesPage{Shell: sampleShell("exercises"), Stages: []CourseStage{{"A first contact", []ExerciseItem{item, {Title: "Done", State: "done", Words: "done"}, {Title: "New", State: "new"}}}}, Course: []CourseStep{{"Aim", "What for.", Link{"Read", "/theory/aim"}}, {Title: "Pretest", Text: "Before."}}})
	all["exercise"] = Exercise(ExercisePage{Shell: sampleShell("exercises"), Title: "First mail", Stage: "A", Minutes: 10, After: []ExerciseItem{item}, Promise: "<p>You will.</p>", Quiz: sampleQuiz(), Task: "<p>Do.</p>", Checks: []Prose{"Sent"}, See: "<p>See.</p>", Why: "<p>Why.</p>", Else: "<p>Else.</p>", Refs: []Link{{"RFC 5321 §2.1", "https://www.rfc-editor.org/rfc/rfc5321"}}, BeginURL: "/exercises/first-mail/begin", ContinueURL: "/labs/x7", Previous: Link{"Before", "/exercises/a"}, Next: Link{"After", "/exercises/b"}})
	all["posttest"] = Posttest(PosttestPage{Shell: sampleShell("lab"), Title: "First mail", Own: sampleQuiz(), BackURL: "/labs/x7"})
	all["evidence"] = EvidenceReport(EvidencePage{Shell: sampleShell("lab"), Title: "First mail", LabURL: "http://localhost/labs/v-x7", Checks: []Evidence{{Says: "Sent", Met: true, Seq: 9, Quote: "250 OK", URL: "/labs/x7/events/9"}, {Says: "Read", Text: "Nobody has."}}, Answers: []Answered{{"Which?", ""}}, BackURL: "/labs/x7"})
	return all
}

// How a check stands is said in words and by a mark, not by its colour alone; only the first that is not met says more.
func TestChecks(t *testing.T) {
	_, root := render(t, taskBody(sampleTask(false)))
	for id, want := range map[string]string{"ehlo": "✓Done: Say EHLO event 9", "quit": "○Not done yet: Say QUIT “QUIT” is missing. Look at event 12", "never": "✗Cannot be done any more: Never RSET"} {
		if got := strings.Join(strings.Fields(textOf(one(t, root, with("id", "check-"+id)), nothing)), " "); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	var names []string
	for _, h := range all(root, func(n *html.Node) bool { return has(n, "data-hint") }) {
		names = append(names, attr(h, "data-hint")+" "+strings.Fields(textOf(one(t, h, tag("summary")), nothing))[0])
		if has(h, "open") {
			t.Error("a hint is open from the beginning")
		}
	}
	if got := strings.Join(names, ", "); got != "ehlo.1 Hint, quit.1 Hint, quit.2 Another, quit.3 Last" {
		t.Errorf("hints: %s", got)
	}
}

// Whatever changes in a task has a name, and is marked as being of the moment: so it is found live, and in the past.
func TestTaskChangesAreFound(t *testing.T) {
	for _, done := range []bool{false, true} {
		_, strip := render(t, Lab(LabPage{Task: new(sampleTask(done))}))
		_, changes := render(t, TaskChanges(sampleTask(done)))
		n := 0
		for c := range one(t, changes, tag("body")).ChildNodes() {
			if c.Type != html.ElementNode {
				continue
			}
			n++
			there := one(t, strip, with("id", attr(c, "id")))
			if !has(c, "data-moment") || !has(there, "data-moment") {
				t.Errorf("%s is not marked", attr(c, "id"))
			}
		}
		if n != 9 { // the count, what is next, what is lost, what is done, three checks, two answers
			t.Errorf("%d parts", n)
		}
	}
}

// A mistake in an answer stands beside its field and is tied to it, and what was typed is there.
func TestAnswersGoWrong(t *testing.T) {
	_, root := render(t, TaskAsk(sampleTask(false).Asks[0]))
	field := one(t, root, with("name", "answer"))
	if attr(field, "value") != "x" || attr(field, "aria-invalid") != "true" || textOf(one(t, root, with("id", attr(field, "aria-describedby"))), nothing) != "Too short." {
		t.Errorf("%+v", field.Attr)
	}
	choice := sampleTask(false).Asks[1]
	choice.Problem = "Choose one."
	_, root = render(t, TaskAsk(choice))
	if set := one(t, root, tag("fieldset")); attr(set, "aria-describedby") != "wrong-which" || len(all(root, func(n *html.Node) bool { return has(n, "checked") })) != 1 {
		t.Errorf("%+v", set.Attr)
	}
}

// Nobody is told the right answer before he has chosen.
func TestQuizKeepsQuiet(t *testing.T) {
	_, root := render(t, quiz(sampleQuiz()))
	choices := all(root, tag("details"))
	if len(choices) != 4 {
		t.Fatalf("%d choices", len(choices))
	}
	for _, c := range choices {
		if has(c, "open") || !strings.HasPrefix(attr(c, "name"), "quiz-") {
			t.Errorf("%+v", c.Attr)
		}
	}
	if got := strings.Join(strings.Fields(textOf(choices[0], nothing)), " "); got != "HereRight. For this reason." {
		t.Errorf("%q", got)
	}
	if got := strings.Join(strings.Fields(textOf(choices[1], nothing)), " "); got != "ThereNo. Not there." {
		t.Errorf("%q", got)
	}
}
