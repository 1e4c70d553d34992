package ui

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func hosts(pcs int) Map {
	m := Map{Switch: "Switch", Hosts: []MapHost{{ID: "server", Name: "SMTP Server", Server: true}}}
	for i := range pcs {
		m.Hosts = append(m.Hosts, MapHost{ID: fmt.Sprintf("pc%d", i+1), Name: fmt.Sprintf("PC-%d", i+1)})
	}
	return m
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDefaultLabHasFourCorners(t *testing.T) {
	want := map[string][2]string{"pc1": {"150", "88"}, "pc2": {"450", "88"}, "pc3": {"150", "352"}, "server": {"450", "352"}}
	for _, h := range draw(hosts(3)).Hosts {
		if got := [2]string{h.X, h.Y}; got != want[h.ID] {
			t.Errorf("%s is at %v, want %v", h.ID, got, want[h.ID])
		}
	}
}

// Any number of PCs has room: inside the picture, and not on top of each other or of the switch.
func TestHostsDoNotOverlap(t *testing.T) {
	for pcs := range 13 {
		p := draw(hosts(pcs))
		var left, top, width, height int
		if _, err := fmt.Sscan(p.ViewBox, &left, &top, &width, &height); err != nil {
			t.Fatal(err)
		}
		for i, a := range p.Hosts {
			x, y := number(t, a.X), number(t, a.Y)
			if x < 76 || x > width-76 || y < 60 || y > height-90 {
				t.Errorf("%d PCs: %s is at %d,%d of %s", pcs, a.ID, x, y, p.ViewBox)
			}
			for _, b := range p.Hosts[i+1:] {
				if dx, dy := x-number(t, b.X), y-number(t, b.Y); dx*dx < 152*152 && dy*dy < 150*150 {
					t.Errorf("%d PCs: %s and %s overlap", pcs, a.ID, b.ID)
				}
			}
		}
	}
}

// Whoever joins from outside has a place of its own, and nobody moves for it.
func TestGuestsMoveNobody(t *testing.T) {
	for pcs := range 13 {
		before := draw(hosts(pcs))
		m := hosts(pcs)
		m.Hosts = append(m.Hosts, MapHost{ID: "outside", Name: "Outside", Outside: true})
		after := draw(m)
		if after.ViewBox != before.ViewBox || after.Hub != before.Hub || len(after.Hosts) != len(before.Hosts)+1 {
			t.Fatalf("%d PCs: %s became %s", pcs, before.ViewBox, after.ViewBox)
		}
		guest := after.Hosts[len(before.Hosts)]
		x, y := number(t, guest.X), number(t, guest.Y)
		for i, h := range before.Hosts {
			if after.Hosts[i] != h {
				t.Errorf("%d PCs: %s moved from %v to %v", pcs, h.ID, h.point, after.Hosts[i].point)
			}
			if dx, dy := x-number(t, h.X), y-number(t, h.Y); dx*dx < 138*138 && dy*dy < 120*120 {
				t.Errorf("%d PCs: %s is on top of %s", pcs, guest.ID, h.ID)
			}
		}
		_, root := render(t, Joined(m, "outside"))
		if n := len(all(root, func(n *html.Node) bool {
			return has(n, "data-cable") || has(n, "data-guest") || has(n, "data-list-host")
		})); n != 3 {
			t.Errorf("%d PCs: who joins comes with %d of a cable, a node and an entry in the list", pcs, n)
		}
	}
}

// A host's accessible name contains the text that is seen, in its order (WCAG 2.5.3), and then its state.
func TestHostNames(t *testing.T) {
	_, root := render(t, networkMap(sampleMap()))
	want := map[string]string{
		"host-pc1":    "PC-1 pc1@email.com 192.168.11.1",
		"host-pc2":    "PC-2 pc2@email.com 192.168.11.2, 1 unread",
		"host-pc3":    "PC-3 pc3@email.com 192.168.11.3, link cut",
		"host-server": "SMTP Server 192.168.11.4 · email.com",
	}
	for id, name := range want {
		n := one(t, root, with("id", id))
		if got := attr(n, "aria-label"); got != name {
			t.Errorf("%s is called %q, want %q", id, got, name)
		}
		hidden := func(n *html.Node) bool { return attr(n, "aria-hidden") == "true" }
		seen := strings.Join(strings.Fields(textOf(n, hidden)), " ")
		if !strings.HasPrefix(name, spaced(seen, name)) {
			t.Errorf("%s shows %q and is called %q", id, seen, name)
		}
		if attr(n, "href") == "" {
			t.Errorf("%s leads nowhere", id)
		}
	}
}

// spaced puts back the spaces of name that texts which stand below each other do without.
func spaced(seen, name string) string {
	var b strings.Builder
	rest := strings.ReplaceAll(seen, " ", "")
	for _, r := range name {
		if rest == "" {
			break
		}
		b.WriteRune(r)
		if r != ' ' {
			rest = strings.TrimPrefix(rest, string(r))
		}
	}
	return b.String() + rest
}

func TestMapShowsState(t *testing.T) {
	_, root := render(t, networkMap(sampleMap()))
	for cable, want := range map[string][2]string{"pc1": {"true", "true"}, "pc2": {"true", "false"}, "pc3": {"false", "false"}, "server": {"true", "true"}} {
		c := one(t, root, with("data-cable", cable))
		if got := [2]string{attr(c, "data-up"), attr(c, "data-busy")}; got != want {
			t.Errorf("cable of %s: up, busy = %v, want %v", cable, got, want)
		}
	}
	if got := badge(100); got != "99+" {
		t.Errorf("a hundred mails show as %q", got)
	}
}
