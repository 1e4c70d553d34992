package journal_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"smtplab/sim/journal"
	"smtplab/sim/journal/journaltest"
)

func TestMemory(t *testing.T) {
	journaltest.Run(t, func(*testing.T) journal.Journal {
		return journal.NewMemory(journal.Limits{Unused: time.Hour, Now: time.Now})
	})
}

func TestMemoryForgetsUnused(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	m := journal.NewMemory(journal.Limits{Unused: 24 * time.Hour, Now: func() time.Time { return now }})
	journaltest.Append(t, m, "written", "1")
	journaltest.Append(t, m, "read", "1")
	journaltest.Append(t, m, "left", "1")

	now = now.Add(20 * time.Hour)
	journaltest.Append(t, m, "written", "2")
	journaltest.Records(t, m, "read", 0)

	now = now.Add(20 * time.Hour)
	if n, err := m.Labs(t.Context()); n != 2 || err != nil {
		t.Errorf("labs: %d, %v", n, err)
	}
	if last, _ := m.Last(t.Context(), "left"); last != 0 {
		t.Error("a log that was left alone is still there")
	}

	now = now.Add(20 * time.Hour)
	if n, _ := m.Labs(t.Context()); n != 0 {
		t.Errorf("%d logs were not forgotten", n)
	}
}

func TestMemoryFull(t *testing.T) {
	m := journal.NewMemory(journal.Limits{Octets: 1000})
	at := journaltest.Append(t, m, "a", strings.Repeat("x", 600))
	if _, err := m.Append(t.Context(), "b", 0, make([]byte, 600)); !errors.Is(err, journal.ErrFull) {
		t.Errorf("beyond the limit: %v", err)
	}
	if n, _ := m.Labs(t.Context()); n != 1 {
		t.Errorf("the refused record made a lab: %d", n)
	}
	if err := m.Trim(t.Context(), "a", at[0]+1); err != nil {
		t.Fatal(err)
	}
	journaltest.Append(t, m, "b", strings.Repeat("x", 600))
}

// What somebody's attachments fill leaves room for everybody's small records.
func TestMemoryFullOfAttachments(t *testing.T) {
	m := journal.NewMemory(journal.Limits{Octets: 20_000})
	journaltest.Append(t, m, "a", strings.Repeat("x", 19_900))
	if _, err := m.Append(t.Context(), "b", 0, make([]byte, 5000)); !errors.Is(err, journal.ErrFull) {
		t.Errorf("an attachment beyond the limit: %v", err)
	}
	journaltest.Append(t, m, "b", strings.Repeat("x", 1000))
	if _, err := m.Append(t.Context(), "c", 0, make([]byte, 1200)); !errors.Is(err, journal.ErrFull) {
		t.Errorf("beyond the reserve: %v", err)
	}
}

// BenchmarkMemoryLog reports what a log costs whose owner is asleep: ten records that look like actions.
func BenchmarkMemoryLog(b *testing.B) {
	m := journal.NewMemory(journal.Limits{Unused: time.Hour, Now: time.Now})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range b.N {
		lab := fmt.Sprint("lab-", i)
		var at journal.Pos
		for n := range 10 {
			r := fmt.Sprintf(`{"do":{"verb":"send","host":"pc1","mail":{"to":"pc2@email.com","subject":"Hello %d","body":"This is mail number %d, with a line or two of text in it."},"at":%d,"step":%d}}`, n, n, 1e9*n, 40*n)
			at, _ = m.Append(b.Context(), lab, at, []byte(r))
		}
		m.Pack(lab)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(b.N), "B/log")
	runtime.KeepAlive(m)
}
