package dissect

import (
	"bytes"
	"encoding/hex"
	"sync"
)

// Keys is a key log in the format of NSS, in which one end of TLS conversations gives their secrets away: the
// KeyLogWriter of a tls.Config. A dissector that has it can read them. Each line has a label, the 32 octets that the
// client chose at random, and a secret, all but the first in hexadecimal. The zero Keys is empty and ready, and may be
// written to and read from at the same time.
//
// The server of crypto/tls writes no line for a session of TLS 1.2 that it resumes: without tickets every conversation
// can be read.
type Keys struct {
	mu    sync.Mutex
	lines []byte
}

// The labels. The first is of TLS 1.2, the others of TLS 1.3.
const (
	masterSecret           = "CLIENT_RANDOM"
	clientHandshakeTraffic = "CLIENT_HANDSHAKE_TRAFFIC_SECRET"
	serverHandshakeTraffic = "SERVER_HANDSHAKE_TRAFFIC_SECRET"
	clientTraffic          = "CLIENT_TRAFFIC_SECRET_0"
	serverTraffic          = "SERVER_TRAFFIC_SECRET_0"
)

// Write adds lines, and never fails.
func (k *Keys) Write(lines []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lines = append(k.lines, lines...)
	return len(lines), nil
}

// Text is a copy of the lines, for analysers that read captures of the same conversations.
func (k *Keys) Text() []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	return bytes.Clone(k.lines)
}

// Reset forgets all lines.
func (k *Keys) Reset() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lines = nil
}

// secret is the one that a line gives under a label and the client's random octets; nil when there is none. The first
// octets, up to from, are known not to have it; searched is how many there are now.
func (k *Keys) secret(label string, random []byte, from int) (secret []byte, searched int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	whole := k.lines[:bytes.LastIndexByte(k.lines, '\n')+1]
	if from > len(whole) { // they were forgotten
		from = 0
	}
	key := hex.AppendEncode(append(make([]byte, 0, 128), label+" "...), random)
	key = append(key, ' ')
	i := bytes.LastIndex(whole[from:], key) // who asks reads a conversation that goes on
	if i += from; i < from || i > 0 && whole[i-1] != '\n' {
		return nil, len(whole)
	}
	line, _, _ := bytes.Cut(whole[i+len(key):], []byte("\n"))
	secret, err := hex.AppendDecode(nil, line)
	if err != nil {
		return nil, len(whole)
	}
	return secret, len(whole)
}
