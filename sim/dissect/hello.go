package dissect

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"strings"

	"golang.org/x/crypto/cryptobyte"
)

// The extensions that are told of: RFC 8446 §4.2.
const (
	serverName        = 0
	protocols         = 16 // ALPN: RFC 7301
	supportedVersions = 43
	keyShare          = 51
)

// retryRandom is what is random in a ServerHello, unless it is a HelloRetryRequest: RFC 8446 §4.1.3.
var retryRandom = []byte("\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91" +
	"\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c")

func isRetry(body []byte) bool { return len(body) >= 34 && bytes.Equal(body[2:34], retryRandom) }

// clientHello reads RFC 8446 §4.1.2 and says "TLS 1.3, TLS 1.2; for email.com; ALPN smtp; 13 cipher suites; key share
// X25519"; "" for what is no ClientHello.
func (l *layer) clientHello(h *half, body []byte) string {
	s := cryptobyte.String(body)
	var legacy uint16
	var random []byte
	var session, ciphers, compression cryptobyte.String
	if !s.ReadUint16(&legacy) || !s.ReadBytes(&random, 32) || !s.ReadUint8LengthPrefixed(&session) ||
		!s.ReadUint16LengthPrefixed(&ciphers) || !s.ReadUint8LengthPrefixed(&compression) {
		return ""
	}
	versions := []string{tls.VersionName(legacy)}
	var host, alpn, shares []string
	ok := extensions(s, func(kind uint16, data cryptobyte.String) {
		switch kind {
		case serverName:
			host = serverNames(data)
		case protocols:
			alpn = protocolNames(data)
		case supportedVersions:
			versions = versionNames(data)
		case keyShare:
			shares = shareNames(data)
		}
	})
	if !ok {
		return ""
	}
	if h.fromClient {
		l.clientRandom = random
	}
	count := len(ciphers) / 2
	words := []string{list(versions)}
	words = appendWords(words, "for ", host)
	words = appendWords(words, "ALPN ", alpn)
	if words = append(words, fmt.Sprintf("%d cipher suites", count)); count == 1 {
		words[len(words)-1] = "1 cipher suite"
	}
	return strings.Join(appendWords(words, "key share ", shares), "; ")
}

// serverHello reads RFC 8446 §4.1.3, also of a HelloRetryRequest, and says "TLS 1.3; TLS_AES_128_GCM_SHA256; key share
// X25519"; "" for what is no ServerHello.
func (l *layer) serverHello(h *half, body []byte) string {
	s := cryptobyte.String(body)
	var version, id uint16
	var random []byte
	var session cryptobyte.String
	var compression uint8
	if !s.ReadUint16(&version) || !s.ReadBytes(&random, 32) || !s.ReadUint8LengthPrefixed(&session) ||
		!s.ReadUint16(&id) || !s.ReadUint8(&compression) {
		return ""
	}
	var alpn, share []string
	ok := extensions(s, func(kind uint16, data cryptobyte.String) {
		var group uint16
		switch {
		case kind == protocols:
			alpn = protocolNames(data)
		case kind == supportedVersions:
			data.ReadUint16(&version)
		case kind == keyShare && data.ReadUint16(&group):
			share = []string{groupName(group)}
		}
	})
	if !ok {
		return ""
	}
	if !h.fromClient {
		l.version, l.suite, l.serverRandom = version, suiteOf(version, id), random
	}
	words := []string{tls.VersionName(version), tls.CipherSuiteName(id)}
	return strings.Join(appendWords(appendWords(words, "ALPN ", alpn), "key share ", share), "; ")
}

func encryptedExtensionsWords(body []byte) string {
	words := []string{}
	ok := extensions(body, func(kind uint16, data cryptobyte.String) {
		switch kind {
		case serverName:
			words = append(words, "the name is known")
		case protocols:
			words = appendWords(words, "ALPN ", protocolNames(data))
		}
	})
	switch {
	case !ok:
		return ""
	case len(words) == 0:
		return "nothing more is agreed"
	}
	return list(words)
}

// appendWords appends a list of names behind what they are, if there are any.
func appendWords(words []string, what string, names []string) []string {
	if len(names) == 0 {
		return words
	}
	return append(words, what+list(names))
}

// extensions yields each extension. What a hello ends with may be missing: RFC 5246 §7.4.1.2.
func extensions(s cryptobyte.String, each func(kind uint16, data cryptobyte.String)) (ok bool) {
	var all, data cryptobyte.String
	if s.Empty() {
		return true
	}
	if !s.ReadUint16LengthPrefixed(&all) || !s.Empty() {
		return false
	}
	for !all.Empty() {
		var kind uint16
		if !all.ReadUint16(&kind) || !all.ReadUint16LengthPrefixed(&data) {
			return false
		}
		each(kind, data)
	}
	return true
}

// serverNames reads RFC 6066 §3.
func serverNames(data cryptobyte.String) (names []string) {
	var all, name cryptobyte.String
	var kind uint8
	data.ReadUint16LengthPrefixed(&all)
	for all.ReadUint8(&kind) && all.ReadUint16LengthPrefixed(&name) {
		names = append(names, wireName(name))
	}
	return names
}

// protocolNames reads RFC 7301 §3.1.
func protocolNames(data cryptobyte.String) (names []string) {
	var all, name cryptobyte.String
	data.ReadUint16LengthPrefixed(&all)
	for all.ReadUint8LengthPrefixed(&name) {
		names = append(names, wireName(name))
	}
	return names
}

func versionNames(data cryptobyte.String) (names []string) {
	var all cryptobyte.String
	var version uint16
	data.ReadUint8LengthPrefixed(&all)
	for all.ReadUint16(&version) {
		if !isGrease(version) {
			names = append(names, tls.VersionName(version))
		}
	}
	return names
}

func shareNames(data cryptobyte.String) (names []string) {
	var all, key cryptobyte.String
	var group uint16
	data.ReadUint16LengthPrefixed(&all)
	for all.ReadUint16(&group) && all.ReadUint16LengthPrefixed(&key) {
		if !isGrease(group) {
			names = append(names, groupName(group))
		}
	}
	return names
}

// isGrease reports whether a number stands for nothing, and is sent to keep servers tolerant: RFC 8701 §2.
func isGrease(n uint16) bool { return n&0x0f0f == 0x0a0a && n>>8 == n&0xff }

// groupName is the name of a group in RFC 8446 §4.2.7.
func groupName(id uint16) string {
	switch tls.CurveID(id) {
	case tls.CurveP256:
		return "secp256r1"
	case tls.CurveP384:
		return "secp384r1"
	case tls.CurveP521:
		return "secp521r1"
	}
	return tls.CurveID(id).String()
}
