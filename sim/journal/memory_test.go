package journal_test

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"smtplab/sim/journal"
	"smtplab/sim/journal/journaltest"
)

func TestMemory(t *testing.T) {
	journaltest.Run(t, func(*testing.T) journal.Journal {
		return journal.NewMemory(journal.Limits{})
	})
}

func TestMemoryUses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := journal.NewMemory(journal.Limits{})
		journaltest.Append(t, m, "written", "1")
		journaltest.Append(t, m, "read", "1")
		journaltest.Append(t, m, "asked", "1")
		journaltest.Append(t, m, "left", "1")
		time.Sleep(24 * time.Hour)
		journaltest.Append(t, m, "written", "2")
		journaltest.Records(t, m, "read", 0)
		if _, err := m.Last(t.Context(), "asked"); err != nil {
			t.Fatal(err)
		}
		if labs, err := m.Unused(t.Context(), time.Now(), 10); fmt.Sprint(labs) != "[left]" || err != nil {
			t.Errorf("unused: %v, %v", labs, err)
		}
	})
}

func TestMemoryFull(t *testing.T) {
	journaltest.Full(t, journal.NewMemory(journal.Limits{Octets: 1 << 20}), 1<<20)
}

// BenchmarkMemoryLog reports what a log costs whose owner is asleep: ten records that look like actions.
func BenchmarkMemoryLog(b *testing.B) {
	m := journal.NewMemory(journal.Limits{})
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
