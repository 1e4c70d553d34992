// Package exercise is the course's tasks: what a student is to do in a lab, and how the lab finds out that it was done.
//
// An exercise is a text file: a front matter that sets up a world, says what is checked and plays a solution, and below it,
// in Markdown, what the student reads. FORMAT.md, beside this file, is the page for whoever writes one, and format.go has its
// text.
//
//   - exercise.go   what an exercise is
//   - parse.go      from a file to an Exercise, or to a sentence with a line number. front.go has the front matter as YAML,
//     and world.go what the hosts of a lab can be set to
//   - misread.go    why a front matter cannot be read, by what teachers do
//   - token.go      {word} and {base64 …}, and what they stand for
//   - load.go       a folder of exercises, in order
//   - clause.go     what a check asks for: a small language, one meaning for each line; mentions.go finds what it names
//   - dialogue.go   the clause that most checks are: what is said in a conversation. talk.go finds and follows the
//     conversations, progress.go goes on with what is needed, lines.go and content.go look into messages and replies,
//     pattern.go compares commands, cost.go counts what it cost, and words.go says what is missing
//   - mail.go       messages in mailboxes; stored.go reads them, as far as somebody asks
//   - measure.go    the clauses of one line; answer.go those on what a student answers to a question
//   - judge.go      all checks of a run, judged as it goes on, by moment.go event by event; kinds.go keeps from each what
//     does not matter to it
//   - script.go     solutions and wrong answers, played in a lab
//   - play.go       labs of an exercise for those who keep them: prepared for a student, or with the solution played
//   - posttest.go   questions about what happened in a student's own lab
//   - verify.go     an exercise proven: nothing done fails, the solution passes, each wrong answer fails as it says
//
// A Judge reads the trace and the mailboxes, and nothing else: the engines know of no exercise, and nobody can pass by
// saying that he has. It is fed what is new, so judging a run costs what its events cost, once. What a student answers in
// words is an action of the lab too, and stands in its trace.
package exercise
