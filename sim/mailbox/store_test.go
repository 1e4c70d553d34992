package mailbox

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func content(n int) []byte { return []byte(strings.Repeat("x", n-2) + "\r\n") }

func uids(d *Drop) []string {
	var list []string
	for m := range d.Messages() {
		list = append(list, m.UID)
	}
	return list
}

func TestNamesAreComparedWithoutCase(t *testing.T) {
	s := New(0)
	for _, name := range []string{"pc2", "PC1", "pc10", "Postmaster", "a.b"} {
		s.Add(name)
	}
	s.Add("POSTMASTER")
	for lookup, want := range map[string]string{"pc1": "PC1", "Pc2": "pc2", "postMASTER": "Postmaster", "A.B": "a.b"} {
		if d, ok := s.Drop(lookup); !ok || d.Name() != want {
			t.Errorf("Drop(%q) = %v, %v; want %q", lookup, d, ok, want)
		}
	}
	for _, lookup := range []string{"", "pc", "pc11", "a b", "[pc1", "postmaster "} {
		if _, ok := s.Drop(lookup); ok {
			t.Errorf("Drop(%q) found something", lookup)
		}
	}
	var names []string
	for d := range s.Drops() {
		names = append(names, d.Name())
	}
	if want := []string{"a.b", "PC1", "pc10", "pc2", "Postmaster"}; !slices.Equal(names, want) {
		t.Errorf("Drops = %q, want %q", names, want)
	}
}

func TestDeliver(t *testing.T) {
	s := New(100)
	d := s.Add("pc1")
	for _, step := range []struct {
		name, uid string
		octets    int
		want      error
	}{
		{"pc1", "A1", 60, nil},
		{"pc2", "A2", 10, ErrNoMailbox},
		{"pc1", "A3", 41, ErrFull},
		{"PC1", "A4", 40, nil},
		{"pc1", "A5", 2, ErrFull},
		{"pc1", "", 2, ErrUID},
		{"pc1", "a b", 2, ErrUID},
		{"pc1", "ä", 2, ErrUID},
		{"pc1", strings.Repeat("u", 71), 2, ErrUID},
	} {
		if err := s.Deliver(step.name, Message{UID: step.uid, Content: content(step.octets)}); !errors.Is(err, step.want) {
			t.Errorf("Deliver(%q, %q, %d octets) = %v, want %v", step.name, step.uid, step.octets, err, step.want)
		}
	}
	if got := uids(d); !slices.Equal(got, []string{"A1", "A4"}) || d.Octets() != 100 || d.Len() != 2 {
		t.Errorf("holds %q, %d octets", got, d.Octets())
	}
	if d.UID(1) != "A4" || len(d.Content(1)) != 40 || d.Message(0).UID != "A1" {
		t.Error("messages are not in order of delivery")
	}
}

func TestDeliverAll(t *testing.T) {
	s := New(50)
	pc1, pc2 := s.Add("pc1"), s.Add("pc2")
	m := Message{UID: "B1", Content: content(30)}
	if err := s.DeliverAll([]string{"pc1", "pc2", "PC1"}, m); err != nil {
		t.Fatal(err)
	}
	if pc1.Len() != 1 || pc2.Len() != 1 || &pc1.Content(0)[0] != &pc2.Content(0)[0] {
		t.Error("not delivered once to each with shared octets")
	}
	pc2.Delete([]string{"B1"})
	for want, names := range map[error][]string{ErrFull: {"pc2", "pc1"}, ErrNoMailbox: {"pc2", "pc3"}} {
		if err := s.DeliverAll(names, Message{UID: "B2", Content: content(30)}); !errors.Is(err, want) {
			t.Errorf("DeliverAll(%q) = %v, want %v", names, err, want)
		}
	}
	if pc2.Len() != 0 {
		t.Error("delivered to some although not to all")
	}
}

func TestDelete(t *testing.T) {
	s := New(0)
	d := s.Add("pc1")
	for _, uid := range []string{"C1", "C2", "C3", "C4"} {
		if err := s.Deliver("pc1", Message{UID: uid, Content: content(10)}); err != nil {
			t.Fatal(err)
		}
	}
	d.Delete([]string{"C3", "C1", "C9"})
	if got := uids(d); !slices.Equal(got, []string{"C2", "C4"}) || d.Octets() != 20 {
		t.Errorf("left %q, %d octets", got, d.Octets())
	}
	d.Delete(nil)
	if d.Len() != 2 {
		t.Error("deleting nothing deleted something")
	}
}

func TestLock(t *testing.T) {
	d := New(0).Add("pc1")
	if d.Locked() || !d.Lock() || !d.Locked() {
		t.Error("could not be taken")
	}
	if d.Lock() {
		t.Error("was taken twice")
	}
	d.Unlock()
	if d.Locked() || !d.Lock() {
		t.Error("was not given back")
	}
}

// An untouched lab has some mailboxes and no mail; that must cost next to nothing.
func TestEmptyStoreIsSmall(t *testing.T) {
	const stores = 1000
	keep := make([]*Store, stores)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range keep {
		keep[i] = New(1 << 20)
		for _, name := range []string{"pc1", "pc2", "pc3", "postmaster"} {
			keep[i].Add(name)
		}
	}
	runtime.ReadMemStats(&after)
	each := (after.TotalAlloc - before.TotalAlloc) / stores
	t.Logf("a store with four maildrops takes %d octets", each)
	if each > 512 {
		t.Errorf("a store with four empty maildrops takes %d octets, want at most 512", each)
	}
	runtime.KeepAlive(keep)
}

func BenchmarkDeliver(b *testing.B) {
	b.ReportAllocs()
	m := Message{UID: "D1", Content: content(1024)}
	var s *Store
	for i := range b.N {
		if i%1000 == 0 {
			s = New(0)
			s.Add("pc1")
		}
		if err := s.Deliver("pc1", m); err != nil {
			b.Fatal(err)
		}
	}
}
