// Package journaltest holds what every journal promises, as tests.
package journaltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"smtplab/sim/journal"
)

// Run tests the journals that open returns: a new and empty one at each call, which the suite closes.
func Run(t *testing.T, open func(t *testing.T) journal.Journal) {
	for _, test := range []struct {
		name string
		f    func(*testing.T, journal.Journal)
	}{
		{"an unknown lab has no records", unknown},
		{"records come back in order", order},
		{"reading begins behind a position", readAfter},
		{"a reader may stop early", stopEarly},
		{"a record is kept octet for octet", octets},
		{"writing at another position is a conflict", conflict},
		{"of many writers at one position one wins", race},
		{"labs do not see each other", apart},
		{"restart forgets what was before", restart},
		{"delete forgets all, and no position comes twice", deleted},
		{"labs are counted", count},
		{"unused labs are named, least recently used first", unused},
		{"names and sizes are checked", refusals},
		{"a packed log reads and grows as before", pack},
		{"a cancelled reading ends with the reason", cancelled},
		{"a closed journal refuses", closed},
	} {
		t.Run(test.name, func(t *testing.T) {
			j := open(t)
			t.Cleanup(func() {
				if err := j.Close(); err != nil {
					t.Error(err)
				}
			})
			test.f(t, j)
		})
	}
}

// Append appends records to a lab and returns their positions.
func Append(t *testing.T, j journal.Journal, lab string, records ...string) []journal.Pos {
	t.Helper()
	last, err := j.Last(t.Context(), lab)
	if err != nil {
		t.Fatal(err)
	}
	var at []journal.Pos
	for _, r := range records {
		if last, err = j.Append(t.Context(), lab, last, []byte(r)); err != nil {
			t.Fatal(err)
		}
		at = append(at, last)
	}
	return at
}

// Restart begins a lab again with a record, and returns its position.
func Restart(t *testing.T, j journal.Journal, lab, record string) journal.Pos {
	t.Helper()
	last, err := j.Last(t.Context(), lab)
	if err != nil {
		t.Fatal(err)
	}
	at, err := j.Restart(t.Context(), lab, last, []byte(record))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// Full tests that a journal with a limit, of so many octets, keeps a reserve for small records and can always be
// restarted.
func Full(t *testing.T, j journal.Journal, limit int) {
	ctx := t.Context()
	const large = 2 * journal.Small
	if limit < 20*large {
		t.Fatalf("a limit of %d octets is too small for this test", limit)
	}
	at := Append(t, j, "large", strings.Repeat("x", limit-large))[0]
	if _, err := j.Append(ctx, "large", at, make([]byte, 2*large)); !errors.Is(err, journal.ErrFull) {
		t.Errorf("a large record beyond the limit: %v", err)
	}
	if _, err := j.Append(ctx, "new", 0, make([]byte, 2*large)); !errors.Is(err, journal.ErrFull) {
		t.Errorf("a large record of another lab: %v", err)
	}
	if n, err := j.Labs(ctx); n != 1 || err != nil {
		t.Errorf("a refused record made a lab: %d, %v", n, err)
	}
	var err error
	small, n := make([]byte, journal.Small-1), 0
	for ; err == nil && n < limit; n++ {
		_, err = j.Append(ctx, fmt.Sprint("small-", n), 0, small)
	}
	if reserve := limit / 10; n*len(small) < reserve/2 || n*len(small) > 2*(reserve+large) || !errors.Is(err, journal.ErrFull) {
		t.Errorf("%d small records went in, then %v", n, err)
	}
	if _, err := j.Restart(ctx, "large", at, []byte("again")); err != nil {
		t.Fatalf("a restart when all is full: %v", err)
	}
	want(t, j, "large", 0, "again")
	if _, err := j.Append(ctx, "new", 0, make([]byte, 2*large)); err != nil {
		t.Errorf("there is room again: %v", err)
	}
}

// Records are the records of a lab behind a position.
func Records(t *testing.T, j journal.Journal, lab string, after journal.Pos) []string {
	t.Helper()
	var records []string
	for e, err := range j.Read(t.Context(), lab, after) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Pos <= after {
			t.Fatalf("position %d follows %d", e.Pos, after)
		}
		after = e.Pos
		records = append(records, string(e.Record))
	}
	return records
}

func want(t *testing.T, j journal.Journal, lab string, after journal.Pos, records ...string) {
	t.Helper()
	if got := Records(t, j, lab, after); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", records) {
		t.Errorf("%s behind %d: %q, want %q", lab, after, got, records)
	}
}

func unknown(t *testing.T, j journal.Journal) {
	want(t, j, "nobody", 0)
	if last, err := j.Last(t.Context(), "nobody"); last != 0 || err != nil {
		t.Errorf("Last: %d, %v", last, err)
	}
	for _, after := range []journal.Pos{0, 1} {
		if _, err := j.Restart(t.Context(), "nobody", after, []byte("x")); !errors.Is(err, journal.ErrConflict) {
			t.Errorf("Restart behind %d: %v", after, err)
		}
	}
	want(t, j, "nobody", 0)
	if err := j.Delete(t.Context(), "nobody"); err != nil {
		t.Errorf("Delete: %v", err)
	}
}

func order(t *testing.T, j journal.Journal) {
	var records []string
	for i := range 50 {
		records = append(records, fmt.Sprint("record ", i))
	}
	at := Append(t, j, "a", records...)
	want(t, j, "a", 0, records...)
	if last, err := j.Last(t.Context(), "a"); last != at[49] || err != nil {
		t.Errorf("Last: %d, %v; want %d", last, err, at[49])
	}
}

func readAfter(t *testing.T, j journal.Journal) {
	at := Append(t, j, "a", "1", "2")
	Append(t, j, "b", "other")
	at = append(at, Append(t, j, "a", "3")...)
	want(t, j, "a", at[0], "2", "3")
	want(t, j, "a", at[1], "3")
	want(t, j, "a", at[2])
	want(t, j, "a", at[2]+100)
}

func stopEarly(t *testing.T, j journal.Journal) {
	Append(t, j, "a", "1", "2", "3")
	n := 0
	for range j.Read(t.Context(), "a", 0) {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("read %d records", n)
	}
	want(t, j, "a", 0, "1", "2", "3")
}

func octets(t *testing.T, j journal.Journal) {
	var all []byte
	for i := range 256 {
		all = append(all, byte(i))
	}
	big := strings.Repeat("the same octets, many times over. ", 3<<20/34)
	Append(t, j, "a", "", string(all), big, "\r\n\x00")
	want(t, j, "a", 0, "", string(all), big, "\r\n\x00")
}

func conflict(t *testing.T, j journal.Journal) {
	at := Append(t, j, "a", "1", "2")
	for _, after := range []journal.Pos{0, at[0], at[1] + 1} {
		if _, err := j.Append(t.Context(), "a", after, []byte("x")); !errors.Is(err, journal.ErrConflict) {
			t.Errorf("behind %d: %v", after, err)
		}
	}
	if _, err := j.Append(t.Context(), "new", at[1], []byte("x")); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("in a lab without records: %v", err)
	}
	want(t, j, "a", 0, "1", "2")
	want(t, j, "new", 0)
}

func race(t *testing.T, j journal.Journal) {
	after := Append(t, j, "a", "first")[0]
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { _, errs[i] = j.Append(t.Context(), "a", after, fmt.Append(nil, "writer ", i)) })
	}
	wg.Wait()
	won := -1
	for i, err := range errs {
		switch {
		case err == nil && won >= 0:
			t.Errorf("writers %d and %d both won", won, i)
		case err == nil:
			won = i
		case !errors.Is(err, journal.ErrConflict):
			t.Errorf("writer %d: %v", i, err)
		}
	}
	want(t, j, "a", 0, "first", fmt.Sprint("writer ", won))
}

func apart(t *testing.T, j journal.Journal) {
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			var after journal.Pos
			for n := range 10 {
				var err error
				if after, err = j.Append(t.Context(), fmt.Sprint("lab-", i), after, fmt.Append(nil, i, n)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	for i := range 10 {
		var records []string
		for n := range 10 {
			records = append(records, fmt.Sprint(i, n))
		}
		want(t, j, fmt.Sprint("lab-", i), 0, records...)
	}
}

func restart(t *testing.T, j journal.Journal) {
	at := Append(t, j, "a", "1", "2", "3")
	Append(t, j, "b", "other")
	for _, after := range []journal.Pos{0, at[1], at[2] + 100} {
		if _, err := j.Restart(t.Context(), "a", after, []byte("x")); !errors.Is(err, journal.ErrConflict) {
			t.Errorf("behind %d: %v", after, err)
		}
	}
	want(t, j, "a", 0, "1", "2", "3")
	for _, record := range []string{"4", "5"} {
		again := Restart(t, j, "a", record)
		if last, err := j.Last(t.Context(), "a"); again <= at[2] || last != again || err != nil {
			t.Errorf("it begins at %d behind %d, and the last is %d, %v", again, at[2], last, err)
		}
		want(t, j, "a", 0, record)
	}
	Append(t, j, "a", "6")
	want(t, j, "a", 0, "5", "6")
	want(t, j, "b", 0, "other")
	if _, err := j.Restart(t.Context(), "b", 0, make([]byte, journal.MaxRecord+1)); !errors.Is(err, journal.ErrTooBig) {
		t.Errorf("a record that is too big: %v", err)
	}
}

func unused(t *testing.T, j journal.Journal) {
	is := func(before time.Time, n int, labs ...string) {
		t.Helper()
		got, err := j.Unused(t.Context(), before, n)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(labs) {
			t.Errorf("unused: %v, %v; want %v", got, err, labs)
		}
	}
	began, later := time.Now(), time.Now().Add(time.Hour)
	is(later, 10)
	Append(t, j, "a", "1")
	Append(t, j, "b", "1", "2")
	Append(t, j, "c", "1")
	Append(t, j, "a", "2")
	is(began.Add(-time.Hour), 10)
	is(later, 10, "b", "c", "a")
	is(later, 2, "b", "c")
	Restart(t, j, "b", "3")
	is(later, 10, "c", "a", "b")
	if err := j.Delete(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	is(later, 10, "c", "b")
}

func deleted(t *testing.T, j journal.Journal) {
	old := Append(t, j, "a", "1")[0]
	Append(t, j, "b", "other")
	if err := j.Delete(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	want(t, j, "a", 0)
	if _, err := j.Append(t.Context(), "a", old, []byte("x")); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("behind a record that is gone: %v", err)
	}
	if again := Append(t, j, "a", "anew")[0]; again <= old {
		t.Errorf("position %d came again as %d", old, again)
	}
	want(t, j, "a", 0, "anew")
	want(t, j, "b", 0, "other")
}

func count(t *testing.T, j journal.Journal) {
	for i, step := range []func(){
		func() {},
		func() { Append(t, j, "a", "1", "2") },
		func() { Append(t, j, "b", "1") },
	} {
		step()
		if n, err := j.Labs(t.Context()); n != i || err != nil {
			t.Errorf("after %d labs: %d, %v", i, n, err)
		}
	}
	if err := j.Delete(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if n, err := j.Labs(t.Context()); n != 1 || err != nil {
		t.Errorf("after Delete: %d, %v", n, err)
	}
}

func refusals(t *testing.T, j journal.Journal) {
	for _, name := range []string{"", ".", "..", "*", ">", "a.b", "a b", "A", "a/b", "ä", "a\x00", strings.Repeat("a", 65)} {
		if _, err := j.Append(t.Context(), name, 0, []byte("x")); !errors.Is(err, journal.ErrName) {
			t.Errorf("%q: %v", name, err)
		}
		if last, err := j.Last(t.Context(), name); last != 0 || err != nil && !errors.Is(err, journal.ErrName) {
			t.Errorf("Last of %q: %d, %v", name, last, err)
		}
	}
	if _, err := j.Append(t.Context(), "a", 0, make([]byte, journal.MaxRecord+1)); !errors.Is(err, journal.ErrTooBig) {
		t.Errorf("a record that is too big: %v", err)
	}
	if _, err := j.Append(t.Context(), strings.Repeat("z", 64), 0, make([]byte, journal.MaxRecord)); err != nil {
		t.Errorf("the largest record: %v", err)
	}
}

func pack(t *testing.T, j journal.Journal) {
	p, ok := j.(journal.Packer)
	if !ok {
		return // nothing is promised
	}
	p.Pack("nobody")
	at := Append(t, j, "a", "1", "2")
	p.Pack("a")
	want(t, j, "a", 0, "1", "2")
	Append(t, j, "a", "3")
	want(t, j, "a", at[0], "2", "3")
	p.Pack("a")
	p.Pack("a")
	want(t, j, "a", 0, "1", "2", "3")
	Restart(t, j, "a", "4")
	want(t, j, "a", 0, "4")
}

func cancelled(t *testing.T, j journal.Journal) {
	Append(t, j, "a", "1", "2", "3")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var read bytes.Buffer
	var last error
	for e, err := range j.Read(ctx, "a", 0) {
		read.Write(e.Record)
		last = err
		cancel()
	}
	if read.String() != "1" || !errors.Is(last, context.Canceled) {
		t.Errorf("read %q, then %v", &read, last)
	}
}

func closed(t *testing.T, j journal.Journal) {
	at := Append(t, j, "a", "1")
	for range 2 {
		if err := j.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if _, err := j.Append(t.Context(), "a", at[0], []byte("2")); err == nil {
		t.Error("a closed journal took a record")
	}
	if _, err := j.Last(t.Context(), "a"); err == nil {
		t.Error("a closed journal knows the last record")
	}
	n := 0
	for _, err := range j.Read(t.Context(), "a", 0) {
		if n++; err == nil {
			t.Error("a closed journal can be read")
		}
	}
	if n != 1 {
		t.Errorf("a closed journal yields %d times", n)
	}
}
