package lab

import (
	"fmt"
	"net/netip"
	"time"
)

// DefaultLink is the cable of the default lab: slow enough to have a shape in time, fast enough not to wait.
var DefaultLink = Link{Latency: time.Millisecond, Bandwidth: 100_000_000}

// Default is the Spec of the classroom's lab: PC-1, PC-2 and PC-3 at 192.168.11.1 to .3 with the mailboxes
// pc1@email.com to pc3@email.com, and the mail server at 192.168.11.4, joined by a switch.
func Default(name string, seed uint64, start time.Time) Spec {
	hosts := make([]Host, 0, 5)
	for i := 1; i <= 3; i++ {
		id := fmt.Sprintf("pc%d", i)
		hosts = append(hosts, Host{
			ID: id, Name: fmt.Sprintf("PC-%d", i), Kind: PC,
			IP: netip.AddrFrom4([4]byte{192, 168, 11, byte(i)}), MAC: macOf(i), Link: DefaultLink,
			Mailbox: id + "@email.com", Password: id,
		})
	}
	hosts = append(hosts,
		Host{
			ID: "server", Name: "SMTP Server", Kind: Server,
			IP: netip.AddrFrom4([4]byte{192, 168, 11, 4}), MAC: macOf(4), Link: DefaultLink,
		},
		Host{ID: "switch", Name: "Switch", Kind: Switch})
	return Spec{Name: name, Seed: seed, Start: start.UTC().Truncate(time.Second), Domain: "email.com", Hosts: hosts}
}

// macOf is a locally administered address: IEEE 802 reserves those for uses like this.
func macOf(i int) string { return fmt.Sprintf("02:00:c0:a8:0b:%02x", i) }
