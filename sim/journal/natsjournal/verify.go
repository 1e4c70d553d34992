package natsjournal

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/minio/highwayhash"
)

// A block file of JetStream is a run of records, little-endian:
//
//	length of the record, 4 octets, its highest bit set when there are headers
//	sequence number, 8; time, 8
//	length of the subject, 2; the subject
//	with headers: their length, 4; the headers
//	the message
//	checksum of all the above but the lengths, 8: HighwayHash, with a key made of the stream's and the block's names
const (
	recordHead     = 22
	recordChecksum = 8
	hasHeaders     = 1 << 31
)

// verify reads the store and fails when a record in it is damaged. A record at the very end that is not whole
// does not count: it was being written when the process was killed. verify changes nothing, and a store that
// is not there yet is well.
func verify(store string) error {
	dir := filepath.Join(store, "jetstream", "$G", "streams", streamName, "msgs")
	blocks, newest, err := blockFiles(dir)
	if err != nil {
		return err
	}
	for _, n := range blocks {
		name := filepath.Join(dir, fmt.Sprint(n, ".blk"))
		block, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		at, err := damage(n, block, n == newest)
		if err != nil {
			return err
		}
		if at >= 0 {
			return fmt.Errorf("the store is damaged: %s cannot be read from octet %d of %d on; nothing was changed, put back a copy of it", name, at, len(block))
		}
	}
	return nil
}

// blockFiles are the numbers of the block files in a directory, and the highest of them.
func blockFiles(dir string) (blocks []int, newest int, err error) {
	files, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, 0, nil
	}
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.Name(), ".blk"); ok {
			if n, err := strconv.Atoi(name); err == nil {
				blocks = append(blocks, n)
				newest = max(newest, n)
			}
		}
	}
	return blocks, newest, err
}

// damage is the offset of the first damaged record of a block, or -1. In the newest block a torn end is none:
// a record that is not whole, with no whole one behind it.
func damage(number int, block []byte, newest bool) (int, error) {
	key := sha256.Sum256(fmt.Appendf(nil, "%s-%d", streamName, number))
	h, err := highwayhash.NewDigest64(key[:])
	if err != nil {
		return 0, err
	}
	at := 0
	for at < len(block) {
		n := wholeRecord(h, block[at:])
		if n == 0 {
			break
		}
		at += n
	}
	if at == len(block) {
		return -1, nil
	}
	for behind := at + 1; behind < len(block); behind++ {
		if wholeRecord(h, block[behind:]) > 0 {
			return at, nil
		}
	}
	if newest {
		return -1, nil
	}
	return at, nil
}

// wholeRecord is the length of the record that b begins with, or 0 when that is not a whole record.
func wholeRecord(h hash.Hash, b []byte) int {
	if len(b) < recordHead+recordChecksum {
		return 0
	}
	length := binary.LittleEndian.Uint32(b)
	subject := int(binary.LittleEndian.Uint16(b[20:]))
	message := recordHead + subject
	if length&hasHeaders != 0 {
		message += 4
	}
	end := int(length &^ hasHeaders)
	if end > len(b) || message+recordChecksum > end {
		return 0
	}
	h.Reset()
	h.Write(b[4:20])
	h.Write(b[recordHead : recordHead+subject])
	h.Write(b[message : end-recordChecksum])
	if string(h.Sum(nil)) != string(b[end-recordChecksum:end]) {
		return 0
	}
	return end
}
