package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// keyFile holds the private key that results are signed with, in the data directory, beside the journal: PKCS #8 in PEM.
const keyFile = "result-key.pem"

// openKey is the key of a data directory, made when there is none. A file that is there and holds no key is never
// replaced: results that were issued with it could not be verified any more.
func openKey(dir string) (ed25519.PrivateKey, error) {
	name := filepath.Join(dir, keyFile)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return makeKey(name)
	}
	if err != nil {
		return nil, err
	}
	key, err := parseKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s, which results are signed with: %w; put the right one back, or take it away and have a new one made", name, err)
	}
	return key, nil
}

func parseKey(text []byte) (ed25519.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != pemType {
		return nil, errors.New("there is no private key in it")
	}
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, ok := any.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("the key in it is not one of Ed25519")
	}
	return key, nil
}

const pemType = "PRIVATE KEY"

// makeKey makes a key and a file with it, which is there whole or not at all, and which only its owner may read.
func makeKey(name string) (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Dir(name), keyFile+".*") // with mode 0600
	if err != nil {
		return nil, err
	}
	err = errors.Join(pem.Encode(f, &pem.Block{Type: pemType, Bytes: der}), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err == nil {
		err = syncDir(filepath.Dir(name))
	}
	if err != nil {
		_ = os.Remove(f.Name()) // err is the reason
		return nil, err
	}
	return key, nil
}

// syncDir makes what was renamed in a directory last. Where directories cannot be synced, they need not be.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync() // not everywhere possible
	return d.Close()
}
