package dissect

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
)

// The types of messages of the handshake: RFC 8446 §4, RFC 5246 §7.4.
const (
	helloRequest        = 0
	clientHello         = 1
	serverHello         = 2
	newSessionTicket    = 4
	endOfEarlyData      = 5
	encryptedExtensions = 8
	certificate         = 11
	serverKeyExchange   = 12
	certificateRequest  = 13
	serverHelloDone     = 14
	certificateVerify   = 15
	clientKeyExchange   = 16
	finished            = 20
	certificateStatus   = 22
	keyUpdate           = 24
)

// understand says in words what a message holds, and keeps what the reading of later records needs.
func (l *layer) understand(h *half, kind uint8, body []byte, secure bool) string {
	name, words := "", ""
	switch kind {
	case helloRequest:
		name, words = "HelloRequest", "asks for a new handshake"
	case clientHello:
		name, words = "ClientHello", l.clientHello(h, body)
	case serverHello:
		if name = "ServerHello"; isRetry(body) {
			name = "HelloRetryRequest"
		}
		words = l.serverHello(h, body)
	case newSessionTicket:
		name, words = "NewSessionTicket", l.ticketWords(body)
	case endOfEarlyData:
		name, words = "EndOfEarlyData", "the early data is over"
	case encryptedExtensions:
		name, words = "EncryptedExtensions", encryptedExtensionsWords(body)
	case certificate:
		name, words = "Certificate", l.certificateWords(body)
	case serverKeyExchange:
		name, words = "ServerKeyExchange", keyExchangeWords(body)
	case certificateRequest:
		name, words = "CertificateRequest", "asks for a certificate of the client"
	case serverHelloDone:
		name, words = "ServerHelloDone", "it is the client's turn"
	case certificateVerify:
		name, words = "CertificateVerify", signatureWords(body)
	case clientKeyExchange:
		name, words = "ClientKeyExchange", shareWords(body)
	case finished:
		name, words = "Finished", octets(len(body))+" that confirm the handshake"
		l.finish(h, secure)
	case certificateStatus:
		name, words = "CertificateStatus", octets(len(body))
	case keyUpdate:
		name, words = "KeyUpdate", updateWords(body)
		l.update(h, secure)
	default:
		return fmt.Sprintf("Unknown: a message of type %d with %s", kind, octets(len(body)))
	}
	if words == "" {
		words = "cannot be understood, " + octets(len(body))
	}
	return name + ": " + words
}

// finish goes over to the keys of the application data: RFC 8446 §7.3.
func (l *layer) finish(h *half, secure bool) {
	if secure && l.version == tls.VersionTLS13 {
		h.finished = true
		h.forgetKeys()
	}
}

// update goes over to the next keys: RFC 8446 §4.6.3.
func (l *layer) update(h *half, secure bool) {
	if secure && l.version == tls.VersionTLS13 && l.hasKeys(h) {
		h.keys = h.keys.update()
	}
}

func updateWords(body []byte) string {
	switch {
	case bytes.Equal(body, []byte{0}):
		return "the keys of this side change"
	case bytes.Equal(body, []byte{1}):
		return "the keys of this side change; those of the other shall, too"
	}
	return ""
}

func (l *layer) ticketWords(body []byte) string {
	s := cryptobyte.String(body)
	var lifetime, ageAdd uint32
	var nonce, ticket cryptobyte.String
	if !s.ReadUint32(&lifetime) ||
		l.version == tls.VersionTLS13 && (!s.ReadUint32(&ageAdd) || !s.ReadUint8LengthPrefixed(&nonce)) ||
		!s.ReadUint16LengthPrefixed(&ticket) {
		return ""
	}
	if lifetime == 0 { // for as long as the server likes: RFC 5077 §3.3
		return octets(len(ticket))
	}
	return fmt.Sprintf("%s; good for %v", octets(len(ticket)), time.Duration(lifetime)*time.Second)
}

// keyExchangeWords reads the parameters of ECDHE and their signature: RFC 8422 §5.4.
func keyExchangeWords(body []byte) string {
	const namedCurve = 3
	s := cryptobyte.String(body)
	var kind uint8
	var group uint16
	var point cryptobyte.String
	if !s.ReadUint8(&kind) || kind != namedCurve || !s.ReadUint16(&group) || !s.ReadUint8LengthPrefixed(&point) {
		return ""
	}
	signature := signatureWords(s)
	if signature == "" {
		return ""
	}
	return "key share " + groupName(group) + "; " + signature
}

func signatureWords(body []byte) string {
	s := cryptobyte.String(body)
	var scheme uint16
	var signature cryptobyte.String
	if !s.ReadUint16(&scheme) || !s.ReadUint16LengthPrefixed(&signature) || !s.Empty() {
		return ""
	}
	return fmt.Sprintf("signature %v, %s", tls.SignatureScheme(scheme), octets(len(signature)))
}

// shareWords reads the client's part of ECDHE: RFC 8422 §5.7.
func shareWords(body []byte) string {
	s := cryptobyte.String(body)
	var point cryptobyte.String
	if !s.ReadUint8LengthPrefixed(&point) || !s.Empty() {
		return ""
	}
	return "key share, " + octets(len(point))
}

// list joins words, but not more than eight.
func list(words []string) string {
	const most = 8
	if more := len(words) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:most], ", "), more)
	}
	return strings.Join(words, ", ")
}

// wireName is a name as a peer gave it, but not more than 64 octets of it, and what is no text replaced.
func wireName(p []byte) string {
	const most = 64
	if len(p) > most {
		return strings.ToValidUTF8(string(p[:most]), "\uFFFD") + "…"
	}
	return strings.ToValidUTF8(string(p), "\uFFFD")
}
