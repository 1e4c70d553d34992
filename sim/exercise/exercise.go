package exercise

import (
	"strings"

	"smtplab/sim/lab"
	"smtplab/sim/rfc"
)

// Exercise is one task.
type Exercise struct {
	ID      string // "first-mail", the name of its file
	Title   string
	Stage   string   // "A first contact"
	Minutes int      // that it takes
	After   []string // ids of those that come before
	World   World
	Checks  []Check
	Ask     []Question // answered during the task; what a check compares
	Quiz    []Question // before and after, for oneself
	Solve   Script
	Wrong   []Wrong
	Refs    []rfc.Ref

	Promise string    // Markdown: what one will be able to do
	Parts   []Section // Markdown, in the order of the file

	file       string // that it was read from
	afterLines []int  // of the file, where the ids of After stand
}

// Section is a part of what the student reads.
type Section struct {
	Title string // "What to do", "You should see", "Why", "I got something else"
	Text  string // Markdown
}

// Part is the section of that title; "" when there is none.
func (e *Exercise) Part(title string) string {
	for _, s := range e.Parts {
		if s.Title == title {
			return s.Text
		}
	}
	return ""
}

// Check is one thing that has to be so.
type Check struct {
	ID    string
	Says  string   // for the student: "PC-1 sends a mail to PC-2 with your word in its subject"
	Hints []string // the first points, the last tells
	line  int      // of the file
	at    int      // the line in which what it needs begins
	needs clause
}

// Question is answered by a choice, or in words.
type Question struct {
	ID      string
	Text    string
	Choices []Choice // none: in words
	Why     string   // said afterwards
}

// Choice is a possible answer.
type Choice struct {
	Text  string
	Right bool
	Why   string // said to those who choose it
}

// Filled is the choice's text in a lab with that word, which is what is answered.
func (c Choice) Filled(word string) string { return fill(c.Text, word) }

// Wrong is a way to go wrong that a check has to catch.
type Wrong struct {
	Name  string
	Fails string // the check's id
	Do    Script
	line  int // of the file
}

// World is how an exercise's lab differs from the default one.
type World struct {
	Spec   func(*lab.Spec) // changes it; may be nil
	Before Script          // what has happened already
}

// wordLetters are those that nobody takes for another.
const wordLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ"

// Word is a lab's own word, as "KXTBA": it stands for {word} in an exercise, so that one student's answer is hardly
// another's. There are eight million, and nobody looks whether two labs have the same.
func Word(seed uint64) string {
	var b strings.Builder
	for range 5 {
		seed = seed*6364136223846793005 + 1442695040888963407
		b.WriteByte(wordLetters[(seed>>33)%uint64(len(wordLetters))])
	}
	return b.String()
}
