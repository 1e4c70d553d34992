package ui

import (
	"fmt"
	"strconv"
)

// plan is a Map with a place for everything, in the units of the SVG's view box.
type plan struct {
	ViewBox string
	Hub     point
	Hosts   []placed
}

// point is a place, as attributes want it.
type point struct{ X, Y string }

// placed is a host at its place. Cut is where a cut of its cable is marked: nearer to the switch, since the host's words
// stand beside the other end.
type placed struct {
	MapHost
	point
	Cut point
}

// The distances of the map.
const (
	columnWidth = 185
	minWidth    = 600
	mapHeight   = 460
	topRow      = 88
	bottomRow   = 352
	hubY        = 226
	guestEdge   = 84 // from the right
	guestRise   = 6  // above the switch: a guest's words stand below it
)

// draw places the hosts in two rows with the switch between them: PCs from the top left, servers last. With three
// PCs and a server these are the four corners. Whoever comes from outside has a place at the edge, which is free, so
// that nobody moves.
func draw(m Map) plan {
	var hosts, guests []MapHost
	for _, servers := range []bool{false, true} {
		for _, h := range m.Hosts {
			switch {
			case h.Server != servers:
			case h.Outside:
				guests = append(guests, h)
			default:
				hosts = append(hosts, h)
			}
		}
	}
	top := (len(hosts) + 1) / 2
	width := max(minWidth, top*columnWidth)
	hub := [2]int{width / 2, hubY}

	p := plan{ViewBox: fmt.Sprintf("0 0 %d %d", width, mapHeight), Hub: at(hub[0], hub[1])}
	for i, h := range hosts {
		row, n, y := i, top, topRow
		if i >= top {
			row, n, y = i-top, len(hosts)-top, bottomRow
		}
		p.place(h, width*(2*row+1)/(2*n), y, hub)
	}
	for _, h := range guests {
		p.place(h, width-guestEdge, hubY-guestRise, hub)
	}
	return p
}

func (p *plan) place(h MapHost, x, y int, hub [2]int) {
	p.Hosts = append(p.Hosts, placed{h, at(x, y), at((3*x+7*hub[0])/10, (3*y+7*hub[1])/10)})
}

func at(x, y int) point { return point{strconv.Itoa(x), strconv.Itoa(y)} }

// hostLabel is the part of a host's accessible name that never changes: the text that is drawn, in its order.
func hostLabel(h MapHost) string {
	if h.Server {
		return h.Name + " " + h.IP + " · " + Visible(h.Address)
	}
	return h.Name + " " + Visible(h.Address) + " " + h.IP
}

// hostState is the rest of it.
func hostState(h MapHost) string {
	state := ""
	if h.Unread > 0 {
		state += ", " + unreadWords(h.Unread)
	}
	if !h.LinkUp {
		state += ", link cut"
	}
	return state
}

// badge is the number of unread mails, short enough for its circle.
func badge(n int) string {
	if n > 99 {
		return "99+"
	}
	return strconv.Itoa(n)
}
