package natsjournal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"smtplab/sim/journal"
	"smtplab/sim/journal/journaltest"
)

// envWriter makes the test binary write to the journal in the directory that it names until it is killed.
const envWriter = "SMTPLAB_TEST_JOURNAL_WRITER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(envWriter); dir != "" {
		writeUntilKilled(dir)
		return
	}
	os.Exit(m.Run())
}

func options(t *testing.T, dir string) Options {
	return Options{Dir: dir, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
}

func open(t *testing.T, dir string) *Journal {
	t.Helper()
	j, err := Open(t.Context(), options(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func TestContract(t *testing.T) {
	journaltest.Run(t, func(t *testing.T) journal.Journal { return open(t, t.TempDir()) })
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	at := journaltest.Append(t, j, "a", "1", "2", "3")
	journaltest.Append(t, j, "b", "1")
	journaltest.Append(t, j, "gone", "1", "2")
	at = append(at, journaltest.Restart(t, j, "a", "4"), journaltest.Append(t, j, "a", "5")[0])
	if err := j.Delete(t.Context(), "gone"); err != nil {
		t.Fatal(err)
	}
	for round := range 3 {
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		j = open(t, dir)
		if n, err := j.Labs(t.Context()); n != 2 || err != nil {
			t.Errorf("round %d: %d labs, %v", round, n, err)
		}
		if last, err := j.Last(t.Context(), "a"); last != at[4] || err != nil {
			t.Errorf("round %d: last %d, %v; want %d", round, last, err, at[4])
		}
		journaltest.Append(t, j, "b", "more")
	}
	if got := strings.Join(journaltest.Records(t, j, "a", 0), " "); got != "4 5" {
		t.Errorf("a: %s", got)
	}
	if got := strings.Join(journaltest.Records(t, j, "b", 0), " "); got != "1 more more more" {
		t.Errorf("b: %s", got)
	}
}

func TestFull(t *testing.T) {
	o := options(t, t.TempDir())
	o.Octets = 1 << 20
	j, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	journaltest.Full(t, j, 1<<20)
}

// TestKilled kills a writing process and checks that every record is there that was said to be safe, once and
// in order, and that the journal goes on.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	var safe int
	for round := range 3 {
		said := killWriter(t, dir, 40+30*round)
		j := open(t, dir)
		records := journaltest.Records(t, j, "lab", 0)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		for i, r := range records {
			if want := fmt.Sprint("record ", i); !strings.HasPrefix(r, want+" ") {
				t.Fatalf("round %d: record %d is %.20q", round, i, r)
			}
		}
		if safe += said; len(records) < safe {
			t.Fatalf("round %d: %d records were safe, %d are there", round, safe, len(records))
		}
		safe = len(records)
	}
}

// killWriter runs a writer, kills it once it has said that n records are safe, and returns how many it said.
func killWriter(t *testing.T, dir string, n int) int {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), envWriter+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := 0
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if lines.Text() == "safe" {
			said++
		}
		if said == n {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	err = cmd.Wait()
	if exit := (*exec.ExitError)(nil); said < n || !errors.As(err, &exit) || exit.Exited() {
		t.Fatalf("the writer said %d times that a record is safe, then ended: %v\n%s", said, err, &stderr)
	}
	return said
}

func writeUntilKilled(dir string) {
	ctx := context.Background()
	j, err := Open(ctx, Options{Dir: dir, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	n := 0
	var after journal.Pos
	for e, err := range j.Read(ctx, "lab", 0) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		after = e.Pos
		n++
	}
	for ; n < 10_000; n++ {
		record := fmt.Sprintf("record %d %s", n, strings.Repeat("x", 37*n%4000))
		if after, err = j.Append(ctx, "lab", after, []byte(record)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println("safe")
	}
}

// written makes a store with 100 records in two labs, and returns its directory and its block file.
func written(t *testing.T) (dir, block string) {
	dir = t.TempDir()
	j := open(t, dir)
	for i := range 50 {
		journaltest.Append(t, j, "a", fmt.Sprint("record ", i))
		journaltest.Append(t, j, "b", fmt.Sprint("record ", i))
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, filepath.Join(dir, "journal/jetstream/$G/streams", streamName, "msgs/1.blk")
}

func TestDamageIsRefused(t *testing.T) {
	for _, test := range []struct {
		name   string
		damage func(t *testing.T, dir, block string)
		says   string
	}{
		{"a bit of a message", func(t *testing.T, _, block string) { flip(t, block, 1000, 1) }, "damaged: "},
		{"a bit of every record's head", func(t *testing.T, _, block string) {
			for i := range recordHead {
				flip(t, block, int64(i), 0x40)
			}
		}, "octet 0 of"},
		{"a sequence number", func(t *testing.T, _, block string) { flip(t, block, 7, 0x40) }, "octet 0 of"},
		{"a length", func(t *testing.T, _, block string) { flip(t, block, 3, 0x40) }, "octet 0 of"},
		{"the stream's description", func(t *testing.T, _, block string) {
			flip(t, filepath.Join(filepath.Dir(block), "../meta.inf"), 20, 1)
		}, "description of its stream"},
		{"the whole store", func(t *testing.T, dir, _ string) {
			if err := os.RemoveAll(filepath.Join(dir, "journal")); err != nil {
				t.Fatal(err)
			}
		}, "description of its stream"},
		{"another format", func(t *testing.T, dir, _ string) {
			write(t, filepath.Join(dir, "format"), "smtplab journal 9\n")
		}, "another version"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir, block := written(t)
			test.damage(t, dir, block)
			before := read(t, block)
			for range 2 {
				j, err := Open(t.Context(), options(t, dir))
				if err == nil {
					_ = j.Close()
					t.Fatal("it opened")
				}
				if !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), dir) {
					t.Errorf("it says %q, want %q and the directory", err, test.says)
				}
			}
			if read(t, block) != before {
				t.Error("the block file was changed")
			}
		})
	}
}

// TestTornEnd cuts the last record off at some octets: that one is gone, all others are there and the journal
// goes on.
func TestTornEnd(t *testing.T) {
	for _, left := range []int{1, 8, recordHead, recordHead + 8, -1} {
		dir, block := written(t)
		text := read(t, block)
		last := strings.LastIndex(text, "lab.b") - recordHead
		if left < 0 {
			left += len(text) - last
		}
		write(t, block, text[:last+left])
		for round := range 3 {
			j := open(t, dir)
			if n := len(journaltest.Records(t, j, "a", 0)); n != 50 {
				t.Fatalf("cut at %d, round %d: %d records of a", left, round, n)
			}
			if n := len(journaltest.Records(t, j, "b", 0)); n != 49+round {
				t.Fatalf("cut at %d, round %d: %d records of b", left, round, n)
			}
			journaltest.Append(t, j, "b", "more")
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestCannotOpen(t *testing.T) {
	t.Run("used by another", func(t *testing.T) {
		dir := t.TempDir()
		open(t, dir)
		if _, err := Open(t.Context(), options(t, dir)); err == nil || !strings.Contains(err.Error(), "another process") {
			t.Errorf("a second one: %v", err)
		}
	})
	t.Run("not a directory", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		write(t, file, "")
		if _, err := Open(t.Context(), options(t, file)); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("a file: %v", err)
		}
	})
}

func flip(t *testing.T, file string, at int64, mask byte) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := make([]byte, 1)
	if _, err := f.ReadAt(b, at); err != nil && err != io.EOF {
		t.Fatal(err)
	}
	b[0] ^= mask
	if _, err := f.WriteAt(b, at); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(b)
}

func BenchmarkAppend(b *testing.B) {
	j, err := Open(b.Context(), Options{Dir: b.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	record := make([]byte, 1000)
	var after journal.Pos
	for b.Loop() {
		if after, err = j.Append(b.Context(), "lab", after, record); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	j, err := Open(b.Context(), Options{Dir: b.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	var after journal.Pos
	for range 100 {
		if after, err = j.Append(b.Context(), "lab", after, make([]byte, 200)); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		n := 0
		for _, err := range j.Read(b.Context(), "lab", 0) {
			if n++; err != nil {
				b.Fatal(err)
			}
		}
		if n != 100 {
			b.Fatal(n)
		}
	}
}
