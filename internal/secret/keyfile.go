package secret

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// maxKeyFile bounds what is read as a key file; a keyset of dozens of keys is far below it.
const maxKeyFile = 64 << 10

// LoadMasterKey reads the master key from a file that nobody but its owner may access. The mode
// is asked of the open file, so that it cannot be swapped between the look and the read.
func LoadMasterKey(path string) (MasterKey, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return MasterKey{}, fault.Wrap(err, fault.NotFound,
			"There is no master key file %s; give its right path, or restore it from its backup.", path)
	}
	if err != nil {
		return MasterKey{}, fault.Wrap(err, fault.Invalid,
			"The master key file %s cannot be opened; it must belong to the user the server runs as.", path)
	}
	defer f.Close()
	if err := checkKeyFile(f, path); err != nil {
		return MasterKey{}, err
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return MasterKey{}, fault.Wrap(err, fault.Internal, "The master key file %s cannot be read.", path)
	}
	k, err := ParseMasterKey(string(raw))
	if err != nil {
		return MasterKey{}, fault.New(fault.Invalid, "In the file %s: %s", path, fault.As(err).Message)
	}
	return k, nil
}

// checkKeyFile refuses what is not a plain file, or what others than the owner may access.
func checkKeyFile(f *os.File, path string) error {
	info, err := f.Stat()
	if err != nil {
		return fault.Wrap(err, fault.Internal, "The master key file %s cannot be examined.", path)
	}
	if !info.Mode().IsRegular() {
		return fault.New(fault.Invalid, "The master key file %s is not a regular file.", path)
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return fault.New(fault.Invalid,
			"The master key file %s is accessible to others (mode %04o); run: chmod 600 %s", path, perm, path)
	}
	return nil
}

// SaveMasterKey writes the master key to a new file of mode 0600 and returns when it is on disk.
// It never overwrites: what a lost master key had sealed is lost with it.
func SaveMasterKey(path string, k MasterKey) error {
	raw, err := k.json()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fault.Wrap(err, fault.Exists, "The file %s exists already and is left as it is; choose another path.", path)
	}
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "The master key file %s cannot be made; its directory must exist and be writable.", path)
	}
	if err := writeSynced(f, append(raw, '\n')); err != nil {
		_ = os.Remove(path) // half a key is no key, and would block the next attempt
		return fault.Wrap(err, fault.Internal, "The master key file %s could not be written.", path)
	}
	return nil
}

// writeSynced writes, syncs and closes f, then syncs its directory: a file whose name is not on
// disk is as lost as one whose bytes are not.
func writeSynced(f *os.File, b []byte) error {
	_, err := f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(f.Name()))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
