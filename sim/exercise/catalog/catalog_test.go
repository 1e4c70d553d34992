package catalog

import (
	"strings"
	"testing"

	"smtplab/sim/exercise"
)

// Every exercise is proven: doing nothing fails, the solution passes, each wrong way fails as it says.
func TestCatalog(t *testing.T) {
	if len(All()) == 0 {
		t.Fatal("there are none")
	}
	for _, e := range All() {
		t.Run(e.ID, func(t *testing.T) {
			t.Parallel()
			for _, err := range e.Verify() {
				t.Error(err)
			}
			if len(e.Wrong) == 0 {
				t.Error("it has no wrong way")
			}
			for _, title := range []string{exercise.SectionTask, exercise.SectionSee, exercise.SectionWhy, exercise.SectionElse} {
				if e.Part(title) == "" {
					t.Errorf("it has no section “%s”", title)
				}
			}
		})
	}
}

// Teachers are told which groups there are, so that theirs stand in them.
func TestStagesAreDocumented(t *testing.T) {
	for _, e := range All() {
		if !strings.Contains(exercise.Format, "`"+e.Stage+"`") {
			t.Errorf("FORMAT.md does not name the stage “%s”", e.Stage)
		}
	}
}
