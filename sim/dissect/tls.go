package dissect

import (
	"crypto/tls"
	"fmt"
	"strconv"

	"smtplab/sim/trace"
)

// TLS follows a conversation in which TLS comes first (RFC 8314 §3), and inside it another one. Use NewTLS.
type TLS struct {
	carrier *layer
	inner   Dissector
}

// NewTLS begins at the opening of a connection. inner makes the dissector of what TLS carries, which starts when TLS
// carries its first octets. keys may be nil: then nothing inside can be read.
func NewTLS(sink Sink, keys *Keys, inner func(Sink) Dissector) *TLS {
	d := &TLS{inner: inner(secured{sink})}
	d.carrier = newLayer(sink, keys, d.inner.Client, d.inner.Server)
	return d
}

// Client implements Dissector.
func (d *TLS) Client(p []byte) { d.carrier.feed(&d.carrier.client, p) }

// Server implements Dissector.
func (d *TLS) Server(p []byte) { d.carrier.feed(&d.carrier.server, p) }

// Close implements Dissector.
func (d *TLS) Close() {
	d.carrier.close()
	d.inner.Close()
}

// State is where the conversation inside stands.
func (d *TLS) State() trace.State { return d.inner.State() }

// Transaction implements Dissector.
func (d *TLS) Transaction() uint32 { return d.inner.Transaction() }

// secured is a Sink for what TLS carries.
type secured struct{ Sink }

func (s secured) Note(fromClient bool, e trace.Event) uint64 {
	e.Secure = true
	return s.Sink.Note(fromClient, e)
}

// layer is TLS in a conversation. It tells TLS's own messages and hands on what TLS carries.
type layer struct {
	sink           Sink
	keys           *Keys
	client, server half
	version        uint16 // 0 before ServerHello, and likewise the rest
	suite          *suite
	clientRandom   []byte
	serverRandom   []byte
}

// half is one direction.
type half struct {
	fromClient bool
	carried    func(p []byte) // takes what TLS carries, which never changes afterwards
	records    records
	message    []byte // of the handshake, incomplete
	waiting    [][]byte
	waits      int         // octets in waiting
	keys       *protection // nil while they are not known
	searched   int         // octets of the key log that do not have them
	sealed     bool        // TLS 1.2: ChangeCipherSpec was said
	finished   bool        // TLS 1.3: Finished was said
	blind      bool        // the keys will never be known
	deaf       bool        // what came is no TLS, so nothing that follows is
	told       bool        // that something cannot be decrypted
}

const (
	maxWaiting = 64 << 10 // octets of records that wait for their keys
	maxMessage = 64 << 10 // octets of a message of the handshake
)

func newLayer(sink Sink, keys *Keys, client, server func(p []byte)) *layer {
	return &layer{
		sink: sink, keys: keys,
		client: half{fromClient: true, carried: client, blind: keys == nil},
		server: half{carried: server, blind: keys == nil},
	}
}

// feed takes octets of one direction.
//
// A record may come before its keys: an end writes them down when it has computed them, and the server of TLS 1.2 can
// do so only after the client's first encrypted record. It waits until the other side speaks, which it does when it
// knows the keys, too; if they are not written down by then, they never will be.
func (l *layer) feed(h *half, p []byte) {
	other := &l.client
	if h == other {
		other = &l.server
	}
	l.resume(other, true)
	l.resume(h, false)
	for len(p) > 0 && !h.deaf {
		var record []byte
		var ok bool
		record, p, ok = h.records.next(p)
		switch {
		case !ok:
			h.deaf = true
			l.note(h, false, "NotTLS: "+someOctets(record))
		case record != nil && (len(h.waiting) > 0 || l.lacksKeys(h, record)):
			l.wait(h, record)
		case record != nil:
			l.record(h, record)
		}
	}
}

// close tells what is incomplete. Nothing is left for a second call.
func (l *layer) close() {
	for _, h := range []*half{&l.client, &l.server} {
		l.resume(h, true)
		if n := len(h.records.held) + len(h.message); n > 0 {
			h.records.held, h.message = nil, nil
			l.note(h, false, "CutOff: a record or message of which "+octets(n)+" came")
		}
	}
}

// wait keeps a record until its keys are known.
func (l *layer) wait(h *half, record []byte) {
	h.waiting = append(h.waiting, record)
	if h.waits += len(record); h.waits > maxWaiting {
		l.resume(h, true)
	}
}

// resume goes on with the records that wait, as far as their keys are known; with all of them when it is the last chance.
func (l *layer) resume(h *half, last bool) {
	for len(h.waiting) > 0 {
		record := h.waiting[0]
		if l.lacksKeys(h, record) {
			if !last {
				return
			}
			h.blind = true
		}
		h.waiting, h.waits = h.waiting[1:], h.waits-len(record)
		l.record(h, record)
	}
	h.waiting = nil
}

// lacksKeys reports whether a record is encrypted with keys that may still become known.
func (l *layer) lacksKeys(h *half, record []byte) bool {
	return !h.blind && h.encrypted(record) && !l.hasKeys(h)
}

// encrypted reports whether a record is. In TLS 1.3 its type says so: RFC 8446 §5.2.
func (h *half) encrypted(record []byte) bool { return h.sealed || record[0] == applicationData }

// hasKeys looks for the keys of a direction if they are not known.
func (l *layer) hasKeys(h *half) bool {
	readable := l.suite != nil && (l.version == tls.VersionTLS13 || l.version == tls.VersionTLS12 && h.sealed)
	if h.keys != nil || !readable {
		return h.keys != nil
	}
	var secret []byte
	secret, h.searched = l.keys.secret(l.label(h), l.clientRandom, h.searched)
	switch {
	case secret == nil:
	case l.version == tls.VersionTLS13:
		h.keys = l.suite.protectionOf(secret)
	default:
		client, server := l.suite.protectionsOf(secret, l.clientRandom, l.serverRandom)
		if h.keys = server; h.fromClient {
			h.keys = client
		}
	}
	return h.keys != nil
}

// forgetKeys has the next record's looked for.
func (h *half) forgetKeys() { h.keys, h.searched = nil, 0 }

// label is the one under which the secret is written down that the keys of a direction come from.
func (l *layer) label(h *half) string {
	switch {
	case l.version == tls.VersionTLS12:
		return masterSecret
	case h.fromClient && h.finished:
		return clientTraffic
	case h.fromClient:
		return clientHandshakeTraffic
	case h.finished:
		return serverTraffic
	}
	return serverHandshakeTraffic
}

// record reads a record whose keys are known, if it has any.
func (l *layer) record(h *half, record []byte) {
	if !h.encrypted(record) {
		l.content(h, record[0], record[headerLen:], false)
		return
	}
	if h.blind || h.keys == nil {
		l.sealed(h, record, "their keys are not known")
		return
	}
	kind, content, ok := h.keys.open(record)
	if !ok {
		l.sealed(h, record, "they do not match the keys")
		return
	}
	l.content(h, kind, content, true)
}

// sealed tells of a record that cannot be decrypted, and the first time in a direction why.
func (l *layer) sealed(h *half, record []byte, why string) {
	words := "Encrypted: " + octets(len(record)-headerLen)
	if !h.told {
		h.told = true
		words += " that cannot be decrypted: " + why
	}
	l.note(h, true, words)
}

// content reads what a record holds.
func (l *layer) content(h *half, kind uint8, p []byte, secure bool) {
	switch kind {
	case applicationData:
		if len(p) > 0 {
			h.carried(p)
		}
	case handshake:
		l.messages(h, p, secure)
	case alert:
		l.note(h, secure, "Alert: "+alertWords(p))
	case changeCipherSpec:
		l.changeCipher(h, secure)
	default:
		l.note(h, secure, fmt.Sprintf("Unknown: a record of type %d with %s", kind, octets(len(p))))
	}
}

// changeCipher begins encryption in TLS 1.2 (RFC 5246 §7.1). In TLS 1.3 it is for boxes on the way that expect it
// (RFC 8446 §D.4).
func (l *layer) changeCipher(h *half, secure bool) {
	words := "ChangeCipherSpec: means nothing in TLS 1.3"
	if l.version == tls.VersionTLS12 {
		h.sealed = true
		h.forgetKeys()
		words = "ChangeCipherSpec: what follows is encrypted"
	}
	l.note(h, secure, words)
}

// messages reads messages of the handshake, joining what records have torn apart: RFC 8446 §5.1.
func (l *layer) messages(h *half, p []byte, secure bool) {
	h.message = append(h.message, p...)
	rest := h.message
	for len(rest) >= 4 {
		n := 4 + (int(rest[1])<<16 | int(rest[2])<<8 | int(rest[3]))
		if n > maxMessage {
			h.deaf, h.message = true, nil
			l.note(h, secure, "TooLong: a message of "+octets(n)+" is not read, nor what follows")
			return
		}
		if len(rest) < n {
			break
		}
		l.note(h, secure, l.understand(h, rest[0], rest[4:n], secure))
		rest = rest[n:]
	}
	if len(rest) < len(h.message) {
		h.message = append([]byte(nil), rest...)
	}
}

func (l *layer) note(h *half, secure bool, words string) {
	l.sink.Note(h.fromClient, trace.Event{Kind: trace.Handshake, Proto: trace.TLS, Note: words, Secure: secure})
}

// someOctets shows the first octets of what is no TLS.
func someOctets(p []byte) string {
	const shown = 48
	if len(p) > shown {
		return fmt.Sprintf("%s, that begin with %s", octets(len(p)), strconv.QuoteToASCII(string(p[:shown])))
	}
	return octets(len(p)) + ", " + strconv.QuoteToASCII(string(p))
}
