package gateway

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// visitors counts who is there.
type visitors struct {
	limits Limits

	mu    sync.Mutex
	all   int
	known map[netip.Addr]*visitor // by address, or by network for IPv6
	swept time.Time
}

// maxKnown is how many addresses are known at a time.
const maxKnown = 10_000

type visitor struct {
	here    int
	limiter *rate.Limiter
}

// enter admits a connection from an address until leave is called, or reports that there are too many.
func (v *visitors) enter(from netip.Addr) (leave func(), ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.all >= v.limits.Connections {
		return nil, false
	}
	var who *visitor
	if !isOurs(from) {
		if who = v.visitor(from); who.here >= v.limits.PerAddress || !who.limiter.Allow() {
			return nil, false
		}
		who.here++
	}
	v.all++
	return func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.all--
		if who != nil {
			who.here--
		}
	}, true
}

// visitor is what is known of an address. An IPv6 network of 64 bits belongs to one customer, so it counts as one.
func (v *visitors) visitor(from netip.Addr) *visitor {
	if from.Is6() {
		if network, err := from.WithZone("").Prefix(64); err == nil {
			from = network.Addr()
		}
	}
	v.sweep()
	who := v.known[from]
	if who == nil && len(v.known) >= maxKnown {
		return &visitor{limiter: rate.NewLimiter(0, 0)} // an attack: nobody new comes in until some were forgotten
	}
	if who == nil {
		if v.known == nil {
			v.known = map[netip.Addr]*visitor{}
		}
		who = &visitor{limiter: rate.NewLimiter(v.limits.Rate, v.limits.Burst)}
		v.known[from] = who
	}
	return who
}

// sweep forgets, now and then, those who are not here and may come as often as somebody new.
func (v *visitors) sweep() {
	now := time.Now()
	if now.Sub(v.swept) < time.Minute {
		return
	}
	v.swept = now
	for from, who := range v.known {
		if who.here == 0 && who.limiter.TokensAt(now) >= float64(v.limits.Burst) {
			delete(v.known, from)
		}
	}
}
