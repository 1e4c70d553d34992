//go:build !unix

package natsjournal

import (
	"os"
	"path/filepath"
)

// lockDir only makes sure that the directory can be written. This system has no lock in the standard library:
// whoever starts two processes on one directory there damages it.
func lockDir(dir string) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
}
