package dissect

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"encoding/binary"
	"hash"
	"slices"

	"golang.org/x/crypto/chacha20poly1305"
)

// suite is what a cipher suite says about records.
type suite struct {
	id       uint16
	hash     func() hash.Hash
	keyLen   int
	aead     func(key []byte) (cipher.AEAD, error)
	explicit bool // TLS 1.2 with GCM: a part of the nonce is sent along (RFC 5288 §3)
}

// suites are those that can be read: all of TLS 1.3 that are used with TCP, and of TLS 1.2 those with an AEAD.
var suites = [...]suite{
	{tls.TLS_AES_128_GCM_SHA256, sha256.New, 16, gcm, false},
	{tls.TLS_AES_256_GCM_SHA384, sha512.New384, 32, gcm, false},
	{tls.TLS_CHACHA20_POLY1305_SHA256, sha256.New, 32, chacha20poly1305.New, false},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, sha256.New, 16, gcm, true},
	{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, sha256.New, 16, gcm, true},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, sha512.New384, 32, gcm, true},
	{tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, sha512.New384, 32, gcm, true},
	{tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, sha256.New, 32, chacha20poly1305.New, false},
	{tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, sha256.New, 32, chacha20poly1305.New, false},
}

func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// suiteOf is the suite with a number; nil for one that cannot be read, or is not of that version of TLS.
func suiteOf(version, id uint16) *suite {
	i := slices.IndexFunc(suites[:], func(s suite) bool { return s.id == id })
	if i < 0 || (version == tls.VersionTLS13) != (id>>8 == 0x13) {
		return nil
	}
	return &suites[i]
}

// protection is what encrypts the records of one direction, as its receiver knows it.
type protection struct {
	*suite
	version uint16
	secret  []byte // TLS 1.3: the traffic secret that the rest comes from
	sealed  cipher.AEAD
	iv      []byte
	number  uint64 // of the next record
}

// protectionOf derives the keys of TLS 1.3 from a traffic secret: RFC 8446 §7.3. It is nil for a secret that fits no key.
func (s *suite) protectionOf(secret []byte) *protection {
	if len(secret) != s.hash().Size() {
		return nil
	}
	return newProtection(s, tls.VersionTLS13, secret, s.expand(secret, "key", s.keyLen), s.expand(secret, "iv", 12))
}

func newProtection(s *suite, version uint16, secret, key, iv []byte) *protection {
	aead, err := s.aead(key)
	if err != nil {
		return nil
	}
	return &protection{suite: s, version: version, secret: secret, sealed: aead, iv: iv}
}

// update is the protection that follows KeyUpdate: RFC 8446 §7.2.
func (p *protection) update() *protection {
	return p.protectionOf(p.expand(p.secret, "traffic upd", len(p.secret)))
}

// expand is HKDF-Expand-Label with no context: RFC 8446 §7.1.
func (s *suite) expand(secret []byte, label string, length int) []byte {
	info := binary.BigEndian.AppendUint16(nil, uint16(length))
	label = "tls13 " + label
	info = append(append(append(info, byte(len(label))), label...), 0)
	out, err := hkdf.Expand(s.hash, secret, string(info), length)
	if err != nil {
		panic(err) // only for lengths that no caller asks for
	}
	return out
}

// protectionsOf derives the keys of both directions of TLS 1.2 from the master secret: RFC 5246 §6.3. They have no MAC
// keys, since the suites are AEADs.
func (s *suite) protectionsOf(master, clientRandom, serverRandom []byte) (client, server *protection) {
	ivLen := 12
	if s.explicit {
		ivLen = 4
	}
	block := s.prf(master, "key expansion", slices.Concat(serverRandom, clientRandom), 2*(s.keyLen+ivLen))
	next := func(n int) (part []byte) {
		part, block = block[:n], block[n:]
		return part
	}
	clientKey, serverKey, clientIV, serverIV := next(s.keyLen), next(s.keyLen), next(ivLen), next(ivLen)
	return newProtection(s, tls.VersionTLS12, nil, clientKey, clientIV), newProtection(s, tls.VersionTLS12, nil, serverKey, serverIV)
}

// prf is the pseudorandom function of TLS 1.2: RFC 5246 §5.
func (s *suite) prf(secret []byte, label string, seed []byte, length int) []byte {
	seed = slices.Concat([]byte(label), seed)
	mac := func(parts ...[]byte) []byte {
		h := hmac.New(s.hash, secret)
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	var out []byte
	for a := mac(seed); len(out) < length; a = mac(a) {
		out = append(out, mac(a, seed)...)
	}
	return out[:length]
}

// open decrypts the next record. The type of its content is the record's, or in TLS 1.3 the one that is inside. What it
// returns is newly allocated. ok is false when the record does not match the keys.
func (p *protection) open(record []byte) (kind uint8, content []byte, ok bool) {
	kind, content = record[0], record[headerLen:]
	nonce := slices.Clone(p.iv)
	if p.explicit {
		if len(content) < 8 {
			return kind, nil, false
		}
		nonce, content = append(nonce, content[:8]...), content[8:]
	} else {
		for i := range 8 {
			nonce[len(nonce)-8+i] ^= byte(p.number >> (56 - 8*i))
		}
	}
	about := record[:headerLen] // RFC 8446 §5.2
	if p.version == tls.VersionTLS12 {
		length := max(0, len(content)-p.sealed.Overhead())
		about = binary.BigEndian.AppendUint64(nil, p.number) // RFC 5246 §6.2.3.3
		about = append(about, record[:3]...)
		about = binary.BigEndian.AppendUint16(about, uint16(length))
	}
	p.number++
	content, err := p.sealed.Open(nil, nonce, content, about)
	if err != nil {
		return kind, nil, false
	}
	if p.version == tls.VersionTLS12 {
		return kind, content, true
	}
	n := len(content)
	for n > 0 && content[n-1] == 0 { // padding: RFC 8446 §5.4
		n--
	}
	if n == 0 {
		return kind, nil, false
	}
	return content[n-1], content[: n-1 : n-1], true
}
