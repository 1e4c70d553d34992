package lab

import (
	"crypto/tls"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"smtplab/sim/drive"
	"smtplab/sim/secure"
)

// trust is what a lab has for TLS, once a conversation uses it.
type trust struct {
	authority   *secure.Authority
	certificate *tls.Certificate // of the server
	layers      []*secure.Layer  // that are in use
}

// trusted returns it, made from the seed: the same whenever the lab is played, and after a reset.
func (l *Lab) trusted() *trust {
	if l.trust != nil {
		return l.trust
	}
	seed, ip := l.spec.Seed, l.server.host.IP
	local, _ := ip.Prefix(24)
	a, err := secure.NewAuthority(secure.NewSeed(seed, "ca", 0), "SMTP Lab CA of “"+strings.ToValidUTF8(l.spec.Name, "\uFFFD")+"”", l.spec.Start,
		[]string{l.spec.Domain, "localhost"},
		[]netip.Prefix{local, netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")})
	if err != nil {
		panic(err) // the Spec was checked
	}
	// Real programs reach the server at an address of the machine, and simulated ones at its own.
	c, err := a.Issue(secure.NewSeed(seed, "server", 0), []string{l.spec.Domain, "localhost"},
		[]netip.Addr{ip, netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()})
	if err != nil {
		panic(err)
	}
	l.trust = &trust{authority: a, certificate: c}
	return l.trust
}

// CertificatePEM is the certificate of the lab's authority, by which real programs can check the server's.
func (l *Lab) CertificatePEM() []byte { return l.trusted().authority.PEM() }

// Keys are the keys of all TLS conversations since the last reset, in the format that network analysers read.
func (l *Lab) Keys() []byte { return l.keys.Text() }

// serverTLS puts TLS between the server's end of a conversation and the wire.
func (l *Lab) serverTLS(v *conversation, p drive.Securable, first bool, early []byte) *secure.Layer {
	t := l.trusted()
	end := l.tlsEnd(v, "server end")
	end.Keys = &l.keys
	return t.keep(secure.New(p, secure.Server(end, t.certificate), false, first, early))
}

// clientTLS puts TLS between a PC's end of a conversation and the wire. server is how the PC knows the server.
func (l *Lab) clientTLS(v *conversation, server string, p drive.Securable, first bool, early []byte) *secure.Layer {
	t := l.trusted()
	return t.keep(secure.New(p, secure.Client(l.tlsEnd(v, "client end"), server, t.authority.Pool()), true, first, early))
}

func (l *Lab) tlsEnd(v *conversation, purpose string) secure.End {
	return secure.End{Seed: secure.NewSeed(l.spec.Seed, l.life(purpose), v.id), Now: l.net.Now}
}

// life names what is random in the lab's life since the last reset, in which connections are counted from 1 again.
func (l *Lab) life(purpose string) string {
	return purpose + " " + strconv.FormatUint(l.log.First(), 10)
}

// keep remembers a layer until it is over, so that Close can let go of a handshake.
func (t *trust) keep(layer *secure.Layer) *secure.Layer {
	t.layers = append(t.layers, layer)
	return layer
}

// forget forgets the layers that are over.
func (t *trust) forget() {
	if t != nil {
		t.layers = slices.DeleteFunc(t.layers, (*secure.Layer).Closed)
	}
}

// stop lets go of all handshakes.
func (t *trust) stop() {
	if t == nil {
		return
	}
	for _, layer := range t.layers {
		layer.Stop()
	}
	t.layers = nil
}
