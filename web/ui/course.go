package ui

import "github.com/a-h/templ"

// Task is the exercise of a lab, beside it.
type Task struct {
	Title      string
	URL        string // the exercise's page
	LabURL     string // the lab now: what is remembered of it in the tab is by that
	Checks     []TaskCheck
	Met        int
	Now        Prose      // what is to be done next; "" when nothing is
	Parts      []TaskPart // the first says what to do, and the questions come after it
	Asks       []Ask
	Done       *TaskDone // when all is met
	Void       string    // why nothing in the lab counts, but for its solution being shown: the beginning of a sentence; "" when it does
	Shown      bool      // the solution was played in the lab
	Steps      []TaskStep
	OwnURL     string // of a shown one: the lab in which the visitor does the exercise; "" when he has none
	RestartURL string // GET asks, POST does it; "" where nobody may act
	ShowURL    string // the same
}

// TaskCheck is one thing that has to be so.
type TaskCheck struct {
	ID     string
	Says   Prose
	Met    bool
	Broken bool   // it cannot be met any more
	Next   bool   // it is the first that is not met: then Text says what is missing
	Text   string // as it was on the wire in parts
	Event  Link   // that met it, or that came closest
	Hints  []Prose
}

// TaskPart is a section of the task's text.
type TaskPart struct {
	Title string
	Text  Prose
	Open  bool
}

// Ask is a question that belongs to the task, with what was answered.
type Ask struct {
	ID      string
	Text    Prose
	Choices []AskChoice // none: in words
	Said    string      // the last answer; "" for none
	SaidWhy Prose       // what there is to say to it
	SayURL  string      // POST question, answer; "" where nobody may act
	Typed   string      // what was sent and not taken
	Problem string
}

// AskChoice is a possible answer.
type AskChoice struct {
	Value string
	Label Prose
}

// TaskDone is what a finished exercise leads to.
type TaskDone struct {
	Learnt      Prose
	Why         Prose
	Next        Link // the next exercise
	PosttestURL string
	EvidenceURL string
}

// TaskStep is a line of the solution, in a lab in which it was played.
type TaskStep struct {
	Text string
	URL  string // the lab as it was then; "" when that is gone
}

// TaskPage is a task as a page of its own: what is wrong with an answer, where there is no browser code.
type TaskPage struct {
	Shell   Shell
	Task    Task
	BackURL string // the lab
}

// QuizQuestion is one for oneself: who chooses an answer sees at once whether it is right.
type QuizQuestion struct {
	ID      string
	Text    Prose
	Choices []QuizChoice
	Why     Prose
}

// QuizChoice is a possible answer.
type QuizChoice struct {
	Text  Prose
	Right bool
	Why   Prose
}

// PosttestPage is questions after an exercise.
type PosttestPage struct {
	Shell   Shell
	Title   string         // of the exercise
	Own     []QuizQuestion // about what happened in the lab
	Before  []QuizQuestion // that were asked before it
	BackURL string         // the lab
}

// EvidencePage is what a student hands in.
type EvidencePage struct {
	Shell     Shell
	Title     string // of the exercise
	Stage     string
	Lab       string // its name
	Word      string // the lab's own
	LabURL    string // as others can open it, to look
	BackURL   string
	ReportURL string // what else happened in the lab, to print
	Time      string // as of which it was drawn up
	Met       int
	Checks    []Evidence
	Answers   []Answered
	Void      string // why it is none: the beginning of a sentence
	Complete  bool
}

// Evidence is a check with the event that met it.
type Evidence struct {
	Says  Prose
	Met   bool
	Text  string // what is missing
	Seq   uint64 // of the event; 0 for none
	Time  string // "0.412 s, 10:00:03"
	Quote string // "SMTP Server: 250 2.0.0 Accepted as 4F1A"
	URL   string
}

// Answered is what was answered to a question.
type Answered struct {
	Text Prose
	Said string // "" for nothing
}

// ExercisesPage is the list of all exercises.
type ExercisesPage struct {
	Shell  Shell
	Stages []CourseStage
	Done   int
	Of     int
	Course []CourseStep
}

// CourseStage is a group of exercises.
type CourseStage struct {
	Title     string
	Exercises []ExerciseItem
}

// ExerciseItem is an exercise in the list.
type ExerciseItem struct {
	Title   string
	URL     string
	Minutes int
	After   []string // titles of what comes before
	State   string   // "new", "begun" or "done"
	Words   string   // "begun, 1 of 3 checks"
}

// CourseStep is a part of the course, and where it is found.
type CourseStep struct {
	Title string
	Text  string
	Link  Link
}

// ExercisePage is an exercise to read.
type ExercisePage struct {
	Shell       Shell
	Title       string
	Stage       string
	Minutes     int
	After       []ExerciseItem
	State       string
	Words       string
	Promise     Prose
	Quiz        []QuizQuestion
	Task        Prose
	Checks      []Prose
	See         Prose
	Why         Prose
	Else        Prose
	Refs        []Link
	BeginURL    string // POST
	ContinueURL string // the lab begun before; "" for none
	Previous    Link
	Next        Link
}

// checkMark tells without colour how a check stands.
func checkMark(c TaskCheck) string {
	switch {
	case c.Met:
		return "✓"
	case c.Broken:
		return "✗"
	}
	return "○"
}

// checkWords are the mark for those who do not see it.
func checkWords(c TaskCheck) string {
	switch {
	case c.Met:
		return "Done: "
	case c.Broken:
		return "Cannot be done any more: "
	}
	return "Not done yet: "
}

func metWords(met bool) string {
	if met {
		return "✓ Met:"
	}
	return "○ Not met:"
}

// hintWords name a hint of several, from 0.
func hintWords(i, of int) string {
	switch {
	case i == 0:
		return "Hint"
	case i == of-1:
		return "Last hint"
	}
	return "Another hint"
}

// askProblem ties a mistake to its field.
func askProblem(a Ask) templ.Attributes {
	if a.Problem == "" {
		return nil
	}
	return templ.Attributes{"aria-invalid": "true", "aria-describedby": "wrong-" + a.ID}
}
